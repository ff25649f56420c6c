/* SPDX-License-Identifier: Apache-2.0
 *
 * NG over UDP: one datagram a message.  A wake-up takes what has come, by one system call, and
 * no more than a batch: others are there, too.  Which of our addresses was asked, a socket at
 * 0.0.0.0 or :: only knows from each datagram.  How answers leave: ng_post.h. */
#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control/log.h"
#include "control/ng_address.h"
#include "control/ng_post.h"
#include "control/ng_server_inside.h"

enum {
	BATCH = 32,          /* datagrams a wake-up */
	RECEIVE = 4 << 20,   /* bytes that may wait in the kernel, if it allows so many */
	SEND = 1 << 20,      /* likewise, on their way out */
	MESSAGE_MAX = 65535, /* bytes of a datagram, and more */
	LONG = 8192,         /* bytes of an answer that leaves alone */
};

struct udp {
	struct ng_door door;
	struct event *readable;
	struct ng_post *post;
	bool held;
	struct mmsghdr head[BATCH];
	struct iovec text[BATCH];
	struct ng_beside beside[BATCH];
	char bytes[BATCH][MESSAGE_MAX]; /* pages that nobody has written to cost nothing */
};

/* ---- Out. ---- */

/* Instead of ANSWER, which is longer than a datagram: its client would ask again and again. */
static int
send_too_long(struct ng_post *post, const struct ng_asker *a, struct slice answer, bool json)
{
	static const char bencode[] = "d6:result5:error12:error-reason37:The answer is too "
				      "long for a datagrame";
	static const char object[] = "{\"result\":\"error\",\"error-reason\":\"The answer "
				     "is too long for a datagram\"}";
	struct slice rest = answer, cookie = slice_cut(&rest, ' ');
	struct slice body = json ? slice_of(object) : slice_of(bencode);
	char text[NG_COOKIE_MAX + 1 + sizeof object];

	memcpy(text, cookie.at, cookie.len);
	text[cookie.len] = ' ';
	memcpy(text + cookie.len + 1, body.at, body.len);
	return ng_post_now(post, a, (struct slice){text, cookie.len + 1 + body.len});
}

static void
send_alone(const struct ng_asker *a, struct slice bytes, bool json)
{
	const struct udp *u = a->of;
	int err = ng_post_now(u->post, a, bytes);

	if (err == -EMSGSIZE)
		err = send_too_long(u->post, a, bytes, json);
	if (err != 0)
		log_warn("ng: an answer of %zu bytes was not sent: %s", bytes.len,
			strerror(-err));
}

static void
answer(const struct ng_asker *a, struct slice bytes, bool json)
{
	const struct udp *u = a->of;

	if (bytes.at == NULL)
		return;
	if (bytes.len > LONG || u->held)
		send_alone(a, bytes, json);
	else
		ng_post_add(u->post, a, bytes);
}

static void
flush(struct ng_door *d)
{
	ng_post_flush(((struct udp *)d)->post);
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

	ng_post_empty(u->post);
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

	ng_post_close(u->post);
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
	if ((u->post = ng_post_open(fd)) == NULL)
		goto no_post;
	u->readable = event_new(s->conf.base, fd, EV_READ | EV_PERSIST, on_readable, u);
	if (u->readable == NULL || event_add(u->readable, NULL) != 0)
		goto no_event;
	ng_server_add(s, &u->door, &udp_kind, fd);
	return ng_server_port(fd);

no_event:
	if (u->readable != NULL)
		event_free(u->readable);
	ng_post_close(u->post);
no_post:
	close(fd);
	free(u);
	return -ENOMEM;
}
