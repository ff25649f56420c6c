/* SPDX-License-Identifier: Apache-2.0
 *
 * See ng_post.h.  A few bundles go round between control and the thread: one is filled, those
 * behind it are with the thread, or free.  When none is free control sends by itself, so it
 * never waits for the thread, and what waits is bounded. */
#include "control/ng_post.h"

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "control/log.h"
#include "control/ng_address.h"

enum {
	BUNDLES = 4,     /* a power of two */
	ANSWERS = 64,    /* in a bundle, at most */
	BYTES = 1 << 16, /* of its answers; more than any that is added has */
	MANY = 8,        /* answers that are worth waking the thread up for */
};

struct bundle {
	unsigned n;
	size_t used; /* of the bytes */
	struct mmsghdr head[ANSWERS];
	struct iovec text[ANSWERS];
	struct ng_beside beside[ANSWERS];
	char bytes[BYTES];
};

struct ng_post {
	int fd;
	bool alone; /* control has one CPU, or there can be no thread */
	bool begun; /* the thread */
	pthread_t thread;
	sem_t turn;            /* one for each bundle that was given, one for the end */
	uint32_t given;        /* bundles so far: control's */
	_Atomic uint32_t done; /* and sent; this and all below: the thread writes */
	_Atomic uint32_t lost; /* answers that could not leave */
	_Atomic int error;     /* why the last of them */
	uint32_t told;         /* of the lost ones: control's */
	struct bundle bundle[BUNDLES]; /* number N is at N % BUNDLES */
};

/* ---- A datagram. ---- */

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
address(struct msghdr *msg, struct ng_beside *b, struct iovec *text, const struct ng_asker *a)
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

int
ng_post_now(const struct ng_post *p, const struct ng_asker *a, struct slice bytes)
{
	struct ng_beside beside;
	struct iovec text = {.iov_base = (char *)(uintptr_t)bytes.at, .iov_len = bytes.len};
	struct msghdr msg;

	address(&msg, &beside, &text, a);
	return sendmsg(p->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* ---- A bundle: by control, or by the thread. ---- */

static void
send_bundle(struct ng_post *p, struct bundle *b)
{
	for (unsigned at = 0; at < b->n;) {
		int n = sendmmsg(p->fd, &b->head[at], b->n - at, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0) {
			p->error = errno;
			p->lost++;
			n = 1; /* the others may be luckier */
		}
		at += (unsigned)n;
	}
	explicit_bzero(b->bytes, b->used); /* a key may stand there */
	b->n = 0;
	b->used = 0;
}

static void *
run(void *arg)
{
	struct ng_post *p = arg;
	uint32_t done = p->done;

	pthread_setname_np(pthread_self(), "ng-post");
	for (;;) {
		struct bundle *b = &p->bundle[done % BUNDLES];

		while (sem_wait(&p->turn) != 0) { /* EINTR */
		}
		if (b->n == 0)
			return NULL; /* none was given: the end */
		send_bundle(p, b);
		atomic_store_explicit(&p->done, ++done, memory_order_release);
	}
}

/* ---- Control. ---- */

static struct bundle *
filled(struct ng_post *p)
{
	return &p->bundle[p->given % BUNDLES];
}

/* The thread begins when there is something for it: then control has given up what it does not
 * need, and so the thread has no more than that.  Signals are control's. */
static bool
begin(struct ng_post *p)
{
	sigset_t all, before;
	int err;

	if (p->begun || p->alone)
		return p->begun;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&p->thread, NULL, run, p);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (err != 0)
		log_warn("ng: no thread can begin that sends answers, so none does: %s",
			strerror(err));
	p->begun = err == 0;
	p->alone = err != 0;
	return p->begun;
}

/* Is the bundle that is next free? */
static bool
has_another(struct ng_post *p)
{
	return p->given + 1 - atomic_load_explicit(&p->done, memory_order_acquire) < BUNDLES;
}

static void
tell_lost(struct ng_post *p)
{
	uint32_t lost = p->lost;

	if (lost == p->told)
		return;
	log_warn("ng: %u answers were not sent: %s", lost - p->told, strerror(p->error));
	p->told = lost;
}

void
ng_post_flush(struct ng_post *p)
{
	struct bundle *b = filled(p);

	if (b->n >= MANY && has_another(p) && begin(p)) {
		p->given++;
		sem_post(&p->turn);
	} else {
		send_bundle(p, b);
	}
	tell_lost(p);
}

void
ng_post_add(struct ng_post *p, const struct ng_asker *a, struct slice text)
{
	struct bundle *b = filled(p);

	if (b->n == ANSWERS || sizeof b->bytes - b->used < text.len) {
		ng_post_flush(p);
		b = filled(p);
	}
	b->text[b->n] = (struct iovec){b->bytes + b->used, text.len};
	memcpy(b->bytes + b->used, text.at, text.len);
	b->used += text.len;
	address(&b->head[b->n].msg_hdr, &b->beside[b->n], &b->text[b->n], a);
	b->n++;
}

/* ---- Its life. ---- */

/* The thread ends when it has sent what it was given. */
static void
end(struct ng_post *p)
{
	if (!p->begun)
		return;
	sem_post(&p->turn);
	pthread_join(p->thread, NULL);
	p->begun = false;
}

void
ng_post_empty(struct ng_post *p)
{
	send_bundle(p, filled(p));
	end(p);
	tell_lost(p);
}

static bool
has_one_cpu(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) == 1;
}

struct ng_post *
ng_post_open(int fd)
{
	struct ng_post *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->fd = fd;
	p->alone = has_one_cpu();
	sem_init(&p->turn, 0, 0);
	return p;
}

void
ng_post_close(struct ng_post *p)
{
	if (p == NULL)
		return;
	ng_post_empty(p);
	sem_destroy(&p->turn);
	free(p);
}
