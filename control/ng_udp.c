/* SPDX-License-Identifier: Apache-2.0
 *
 * NG over UDP: one datagram a message.  Answers leave from the address that was asked, which
 * a socket at 0.0.0.0 or :: only knows from each datagram.  A wake-up takes what has come, by
 * one system call, and no more than a batch: others are there, too.  Answers of one turn leave
 * together: a client that is woken up by each of them takes our CPU from us. */
#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control/log.h"
#include "control/ng_address.h"
#include "control/ng_server_inside.h"

enum {
	BATCH = 32,          /* datagrams a wake-up */
	RECEIVE = 4 << 20,   /* bytes that may wait in the kernel, if it allows so many */
	SEND = 1 << 20,      /* likewise, on their way out */
	CONTROL = 64,        /* bytes of what comes beside a datagram, and goes */
	MESSAGE_MAX = 65535, /* bytes of a datagram, and more */
	LEAVING = 64,        /* answers that leave together, at most */
	LEAVING_BYTES = 1 << 16,
	LONG = 8192, /* bytes of an answer that leaves alone */
	/* Bytes of one, at most: 65,535 less a head of UDP and, of IPv4, one of that. */
	ANSWER_MAX = 65535 - 8 - 20,
	ANSWER6_MAX = 65535 - 8,
};

/* What of a datagram is beside its text. */
struct beside {
	struct sockaddr_storage peer;
	alignas(struct cmsghdr) char control[CONTROL];
};

/* Answers that wait for the end of the turn. */
struct leaving {
	unsigned n;
	size_t used; /* of the bytes */
	struct mmsghdr head[LEAVING];
	struct iovec text[LEAVING];
	struct beside beside[LEAVING];
	char bytes[LEAVING_BYTES];
};

struct udp {
	struct ng_door door;
	struct event *readable;
	bool held;
	struct leaving leaving;
	struct mmsghdr head[BATCH];
	struct iovec text[BATCH];
	struct beside beside[BATCH];
	char bytes[BATCH][MESSAGE_MAX]; /* pages that nobody has written to cost nothing */
};

/* ---- Out. ---- */

/* Say in MSG that it is to leave from the local address of A. */
static void
leave_from(struct msghdr *msg, const struct ng_asker *a)
{
	struct cmsghdr *c = msg->msg_control;

	if (a->local.family == AF_INET) {
		struct in_pktinfo from = {0};

		memcpy(&from.ipi_spec_dst, a->local.ip, sizeof from.ipi_spec_dst);
		c->cmsg_level = IPPROTO_IP;
		c->cmsg_type = IP_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof from);
		memcpy(CMSG_DATA(c), &from, sizeof from);
		msg->msg_controllen = CMSG_SPACE(sizeof from);
	} else {
		struct in6_pktinfo from = {.ipi6_ifindex = a->detail};

		memcpy(&from.ipi6_addr, a->local.ip, sizeof from.ipi6_addr);
		c->cmsg_level = IPPROTO_IPV6;
		c->cmsg_type = IPV6_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof from);
		memcpy(CMSG_DATA(c), &from, sizeof from);
		msg->msg_controllen = CMSG_SPACE(sizeof from);
	}
}

/* MSG, with what is beside it in B, is TEXT for A. */
static void
address(struct msghdr *msg, struct beside *b, struct iovec *text, const struct ng_asker *a)
{
	*msg = (struct msghdr){.msg_name = &b->peer,
		.msg_namelen = ng_address_out(&a->peer, &b->peer),
		.msg_iov = text,
		.msg_iovlen = 1};
	if (a->detail != 0)
		((struct sockaddr_in6 *)(void *)&b->peer)->sin6_scope_id = a->detail;
	if (a->local.family == 0)
		return;
	memset(b->control, 0, sizeof b->control);
	msg->msg_control = b->control;
	msg->msg_controllen = sizeof b->control;
	leave_from(msg, a);
}

/* 0 or -errno. */
static int
send_to(const struct ng_asker *a, struct slice bytes)
{
	const struct udp *u = a->of;
	struct beside beside;
	struct iovec text = {.iov_base = (char *)(uintptr_t)bytes.at, .iov_len = bytes.len};
	struct msghdr msg;

	address(&msg, &beside, &text, a);
	return sendmsg(u->door.fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* Answers may be lost on this way: the client asks again, and the cache has them. */
static void
lost(size_t len, int err)
{
	log_warn("ng: an answer of %zu bytes was not sent: %s", len, strerror(err));
}

static void
send_alone(const struct ng_asker *a, struct slice bytes)
{
	int err = send_to(a, bytes);

	if (err != 0)
		lost(bytes.len, -err);
}

/* All that wait leave. */
static void
flush(struct ng_door *d)
{
	struct udp *u = (struct udp *)d;
	struct leaving *l = &u->leaving;

	for (unsigned at = 0; at < l->n;) {
		int n = sendmmsg(d->fd, &l->head[at], l->n - at, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0) {
			lost(l->text[at].iov_len, errno);
			n = 1; /* the others may be luckier */
		}
		at += (unsigned)n;
	}
	explicit_bzero(l->bytes, l->used); /* a key may stand there */
	l->n = 0;
	l->used = 0;
}

static void
answer(const struct ng_asker *a, struct slice bytes, bool json)
{
	struct udp *u = a->of;
	struct leaving *l = &u->leaving;

	if (bytes.at == NULL)
		return;
	if (bytes.len > LONG || u->held) {
		send_alone(a, bytes);
		return;
	}
	if (l->n == LEAVING || sizeof l->bytes - l->used < bytes.len)
		flush(&u->door);
	l->text[l->n] = (struct iovec){l->bytes + l->used, bytes.len};
	memcpy(l->bytes + l->used, bytes.at, bytes.len);
	l->used += bytes.len;
	address(&l->head[l->n].msg_hdr, &l->beside[l->n], &l->text[l->n], a);
	l->n++;
}

/* ---- In. ---- */

/* Which address of ours was asked; family 0: the kernel has not said. */
static struct request_addr
asked_at(struct msghdr *msg)
{
	struct request_addr at = {0};

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo to;

			memcpy(&to, CMSG_DATA(c), sizeof to);
			at.family = AF_INET;
			memcpy(at.ip, &to.ipi_spec_dst, sizeof to.ipi_spec_dst);
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo to;

			memcpy(&to, CMSG_DATA(c), sizeof to);
			at.family = AF_INET6;
			memcpy(at.ip, &to.ipi6_addr, sizeof to.ipi6_addr);
		}
	}
	return at;
}

static void
take(struct udp *u, unsigned i)
{
	struct msghdr *msg = &u->head[i].msg_hdr;
	const struct sockaddr *peer = (const struct sockaddr *)&u->beside[i].peer;
	struct ng_asker asker = {.answer = answer,
		.way = "udp",
		.of = u,
		.peer = ng_address_in(peer),
		.local = asked_at(msg)};
	struct slice message = {u->bytes[i], u->head[i].msg_len};
	struct sockaddr_in6 v6;

	asker.room = asker.peer.family == AF_INET6 ? ANSWER6_MAX : ANSWER_MAX;
	if (peer->sa_family == AF_INET6) {
		memcpy(&v6, peer, sizeof v6);
		asker.detail = v6.sin6_scope_id;
	}
	if (ng_server_admits(u->door.server, &asker.peer))
		ng_exchange_take(u->door.server, message, false, &asker);
	explicit_bzero(u->bytes[i], u->head[i].msg_len); /* a key may stand there */
}

/* What the last call has made of them must be what they were. */
static void
prepare(struct udp *u)
{
	for (unsigned i = 0; i < BATCH; i++) {
		u->text[i] = (struct iovec){u->bytes[i], sizeof u->bytes[i]};
		u->head[i].msg_hdr = (struct msghdr){.msg_name = &u->beside[i].peer,
			.msg_namelen = sizeof u->beside[i].peer,
			.msg_iov = &u->text[i],
			.msg_iovlen = 1,
			.msg_control = u->beside[i].control,
			.msg_controllen = sizeof u->beside[i].control};
	}
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct udp *u = arg;
	int n;

	prepare(u);
	n = recvmmsg(fd, u->head, BATCH, MSG_DONTWAIT, NULL);
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		log_warn("ng: nothing could be received: %m");
	for (int i = 0; i < n; i++)
		take(u, (unsigned)i);
}

/* ---- The socket. ---- */

static void
hold(struct ng_door *d, bool on)
{
	struct udp *u = (struct udp *)d;

	flush(d);
	u->held = on; /* there may be no end of this turn */
	if (on)
		event_del(u->readable);
	else
		event_add(u->readable, NULL);
}

static void
close_udp(struct ng_door *d)
{
	struct udp *u = (struct udp *)d;

	flush(d);
	event_free(u->readable);
}

static const struct ng_door_kind udp_kind = {hold, close_udp, flush};

static void
set_options(int fd, uint16_t family)
{
	static const int on = 1, receive = RECEIVE, send = SEND;

	if (family == AF_INET)
		setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
	else
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive, sizeof receive);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send, sizeof send);
}

int
ng_server_udp(struct ng_server *s, const struct request_addr *at)
{
	struct sockaddr_storage to;
	socklen_t len = ng_address_out(at, &to);
	struct udp *u = calloc(1, sizeof *u);
	int fd;

	if (u == NULL)
		return -ENOMEM;
	fd = ng_server_socket(s, SOCK_DGRAM, (const struct sockaddr *)&to, len);
	if (fd < 0) {
		free(u);
		return fd;
	}
	set_options(fd, at->family);
	u->readable = event_new(s->conf.base, fd, EV_READ | EV_PERSIST, on_readable, u);
	if (u->readable == NULL || event_add(u->readable, NULL) != 0) {
		if (u->readable != NULL)
			event_free(u->readable);
		close(fd);
		free(u);
		return -ENOMEM;
	}
	ng_server_add(s, &u->door, &udp_kind, fd);
	return ng_server_port(fd);
}
