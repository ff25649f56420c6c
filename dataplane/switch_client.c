/* SPDX-License-Identifier: Apache-2.0
 *
 * Control's half of switch.h; see switch_client.h.  Control's one thread; nothing here blocks.
 *
 * Commands are numbered without gaps and wait in a ring for their acknowledgements, which may
 * come in any order (a withdrawn transport is acknowledged when its slot is free), so the
 * number is the place in the ring.  Their bytes wait in one buffer and leave as many to a
 * message as fit. */
#include "dataplane/switch_client.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "dataplane/passed_fd.h"
#include "dataplane/secret.h"

enum {
	RING_MIN = 1024,    /* commands in flight that there is room for from the start */
	RING_MAX = 1 << 20, /* and ever */
	OUT_MIN = SW_MESSAGE_MAX, /* bytes waiting to be written */
	OUT_MAX = 1 << 28,
	READS = 64, /* messages in one run, so that others get their turn */
	FDS = 4,    /* descriptors in one message that we can close, should they come */
};

enum stage {
	AWAY,
	GREETED, /* hello is on its way */
	READY,
};

struct waiting {
	switch_done *done; /* may be NULL */
	void *arg;
	struct sw_history
		*history; /* SW_TRANSPORT_STOP: filled by the switch; NULL: unwanted */
	uint16_t type;    /* enum sw_type; 0: answered */
};

/* What of the state is mapped. */
struct view {
	struct sw_state head; /* as it was checked; what is mapped may change */
	const char *base;     /* [0, head.rules_at): read only */
	void *records;        /* [head.records_at, head.size): ours */
	int fd;               /* -1: no state yet */
};

struct switch_client {
	const struct switch_client_calls *calls;
	void *arg;
	int fd;
	enum stage stage;
	struct view view;

	uint64_t heard;        /* messages that have come */
	uint64_t oldest, next; /* numbers: the oldest unanswered command, the next one */
	struct waiting *ring;  /* number & (ring_size - 1) */
	size_t ring_size;      /* a power of two */

	char *out; /* bytes [out_head, out_tail) wait, whole messages at multiples of 8; keys
		    * are among them: memory of secret.h */
	size_t out_head, out_tail, out_size;

	alignas(8) char in[SW_MESSAGE_MAX];
};

/* ---- The state ---- */

static void
view_fini(struct view *v)
{
	if (v->fd < 0)
		return;
	munmap((void *)(uintptr_t)v->base, v->head.rules_at);
	if (v->records != NULL)
		munmap(v->records, v->head.size - v->head.records_at);
	close(v->fd);
	v->fd = -1;
}

static void *
map(int fd, uint64_t at, uint64_t len, int prot)
{
	void *p = mmap(NULL, len, prot, MAP_SHARED, fd, (off_t)at);

	if (p == MAP_FAILED)
		return NULL;
	madvise(p, len, MADV_DONTDUMP);
	return p;
}

/* Check and map the state in FD, which is the view's from now on; closed on failure.  NULL, or
 * what is wrong with it. */
static const char *
view_init(struct view *v, int fd)
{
	struct stat file;
	int seals = fcntl(fd, F_GET_SEALS);
	void *base;

	v->fd = fd;
	v->records = NULL;
	if (fstat(fd, &file) != 0 || seals < 0 || !(seals & F_SEAL_SHRINK)) {
		close(fd);
		v->fd = -1;
		return "the switch's state is not a sealed memfd";
	}
	if (pread(fd, &v->head, sizeof v->head, 0) != sizeof v->head ||
		sw_check_state(&v->head, (uint64_t)file.st_size) != 0) {
		close(fd);
		v->fd = -1;
		return "the switch's state is not well-formed";
	}
	if ((base = map(fd, 0, v->head.rules_at, PROT_READ)) == NULL)
		goto no_map;
	if (v->head.record_blocks > 0 &&
		(v->records = map(fd, v->head.records_at, v->head.size - v->head.records_at,
			 PROT_READ | PROT_WRITE)) == NULL)
		goto no_records;
	v->base = base;
	return NULL;

no_records:
	munmap(base, v->head.rules_at);
no_map:
	close(fd);
	v->fd = -1;
	return "the switch's state cannot be mapped";
}

const struct sw_state *
switch_client_state(const struct switch_client *c)
{
	return c->view.fd >= 0 ? (const void *)c->view.base : NULL;
}

const struct sw_core *
switch_client_core(const struct switch_client *c, unsigned i)
{
	const struct view *v = &c->view;

	if (v->fd < 0 || i >= v->head.cores)
		return NULL;
	return (const struct sw_core *)(const void *)(v->base + v->head.cores_at) + i;
}

const struct sw_transport_state *
switch_client_transport(const struct switch_client *c, uint32_t slot)
{
	const struct view *v = &c->view;

	if (v->fd < 0 || slot >= v->head.transports)
		return NULL;
	return (const struct sw_transport_state *)(const void *)(v->base +
								 v->head.transports_at) +
	       slot;
}

const struct sw_transport_more *
switch_client_more(const struct switch_client *c, uint32_t slot)
{
	const struct view *v = &c->view;

	if (v->fd < 0 || slot >= v->head.transports)
		return NULL;
	return (const struct sw_transport_more *)(const void *)(v->base + v->head.more_at) +
	       slot;
}

void *
switch_client_records(const struct switch_client *c, uint32_t *n)
{
	*n = c->view.fd >= 0 ? c->view.head.record_blocks : 0;
	return c->view.fd >= 0 ? c->view.records : NULL;
}

int
switch_client_state_fd(const struct switch_client *c)
{
	return c->view.fd;
}

/* ---- Commands in flight ---- */

static struct waiting *
waiting_at(const struct switch_client *c, uint64_t seq)
{
	return &c->ring[seq & (c->ring_size - 1)];
}

/* NULL: no command SEQ of TYPE is in flight. */
static struct waiting *
waiting_for(const struct switch_client *c, uint64_t seq, uint32_t type)
{
	struct waiting *w = waiting_at(c, seq);

	return seq - c->oldest < c->next - c->oldest && type != 0 && w->type == type ? w
										     : NULL;
}

static int
ring_make_room(struct switch_client *c)
{
	struct waiting *old = c->ring;
	size_t old_size = c->ring_size;

	if (c->next - c->oldest < old_size)
		return 0;
	if (old_size == RING_MAX)
		return -ENOBUFS;
	c->ring_size = old_size ? 2 * old_size : RING_MIN;
	if ((c->ring = calloc(c->ring_size, sizeof *c->ring)) == NULL) {
		c->ring = old;
		c->ring_size = old_size;
		return -ENOBUFS;
	}
	for (uint64_t seq = c->oldest; seq != c->next; seq++)
		*waiting_at(c, seq) = old[seq & (old_size - 1)];
	free(old);
	return 0;
}

/* The answer to command SEQ of TYPE.  False: no such command is in flight. */
static bool
answer(struct switch_client *c, uint64_t seq, uint32_t type, int error)
{
	struct waiting *w = waiting_for(c, seq, type), was;

	if (w == NULL)
		return false;
	was = *w;
	*w = (struct waiting){0};
	while (c->oldest != c->next && waiting_at(c, c->oldest)->type == 0)
		c->oldest++;
	if (was.done != NULL)
		was.done(was.arg, error);
	return true;
}

/* ---- Bytes that wait ---- */

static int
out_make_room(struct switch_client *c, size_t len)
{
	size_t used = c->out_tail - c->out_head;
	size_t size = c->out_size ? c->out_size : OUT_MIN;
	char *out;

	if (c->out_tail + len <= c->out_size)
		return 0;
	while (size <
		2 * used + len) /* the half at least, lest we move bytes at each command */
		size *= 2;
	if (size > OUT_MAX || (out = secret_alloc(size)) == NULL)
		return -ENOBUFS;
	if (used > 0)
		memcpy(out, c->out + c->out_head, used);
	secret_free(c->out, c->out_size);
	c->out = out;
	c->out_size = size;
	c->out_head = 0;
	c->out_tail = used;
	return 0;
}

static void
out_clear(struct switch_client *c)
{
	secret_free(c->out, c->out_size);
	c->out = NULL;
	c->out_head = c->out_tail = c->out_size = 0;
}

/* Number MSG, remember whom to call, let its bytes wait. */
static int
queue(struct switch_client *c, enum sw_type type, void *msg, size_t len, switch_done *done,
	void *arg)
{
	struct sw_head *head = msg;
	int error;

	if ((error = ring_make_room(c)) != 0 || (error = out_make_room(c, len)) != 0)
		return error;
	*waiting_at(c, c->next) =
		(struct waiting){.done = done, .arg = arg, .type = (uint16_t)type};
	*head = (struct sw_head){.magic = SW_MAGIC,
		.type = (uint16_t)type,
		.len = (uint16_t)len,
		.seq = c->next++};
	memcpy(c->out + c->out_tail, msg, len);
	c->out_tail += len;
	return 0;
}

/* How many of the bytes that wait go into one message: whole commands. */
static size_t
out_batch(const struct switch_client *c)
{
	size_t batch = 0;

	while (c->out_head + batch < c->out_tail) {
		const struct sw_head *head = (const void *)(c->out + c->out_head + batch);

		if (batch + head->len > SW_MESSAGE_MAX)
			break;
		batch += head->len;
	}
	return batch;
}

/* ---- Connection ---- */

/* Hang up; nothing that waits for an answer will get another one. */
static void
hang_up(struct switch_client *c)
{
	uint64_t end = c->next;

	close(c->fd);
	c->fd = -1;
	c->stage = AWAY;
	out_clear(c);
	while (c->oldest != end)
		answer(c, c->oldest, waiting_at(c, c->oldest)->type, -EPIPE);
}

/* The connection is of no use any more. */
static void
fail(struct switch_client *c, const char *why)
{
	hang_up(c);
	c->calls->closed(c->arg, why);
}

struct switch_client *
switch_client_open(const struct switch_client_calls *calls, void *arg)
{
	struct switch_client *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->calls = calls;
	c->arg = arg;
	c->fd = -1;
	c->view.fd = -1;
	c->oldest = c->next = 1; /* 0 is for events */
	return c;
}

void
switch_client_close(struct switch_client *c)
{
	if (c == NULL)
		return;
	if (c->fd >= 0)
		hang_up(c);
	out_clear(c);
	free(c->ring);
	view_fini(&c->view);
	explicit_bzero(c->in, sizeof c->in);
	free(c);
}

int
switch_client_hold(struct switch_client *c, int fd)
{
	struct view view;

	if (view_init(&view, fd) != NULL)
		return -EBADMSG;
	view_fini(&c->view);
	c->view = view;
	return 0;
}

/* Hello, with the descriptor of the state that we hold. */
static int
greet(struct switch_client *c)
{
	struct sw_hello hello = {
		.head = {SW_MAGIC, SW_HELLO, sizeof hello, c->next},
		.abi = SW_ABI,
		.pid = (uint32_t)getpid(),
	};
	struct iovec io = {&hello, sizeof hello};
	alignas(struct cmsghdr) char space[CMSG_SPACE(sizeof(int))] = {0};
	struct msghdr msg = {.msg_iov = &io, .msg_iovlen = 1};

	if (c->view.fd >= 0) {
		struct cmsghdr *with;

		msg.msg_control = space;
		msg.msg_controllen = sizeof space;
		with = CMSG_FIRSTHDR(&msg);
		with->cmsg_level = SOL_SOCKET;
		with->cmsg_type = SCM_RIGHTS;
		with->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(with), &c->view.fd, sizeof(int));
	}
	if (ring_make_room(c) != 0)
		return -ENOBUFS;
	if (sendmsg(c->fd, &msg, MSG_NOSIGNAL) < 0)
		return -errno;
	*waiting_at(c, c->next++) = (struct waiting){.type = SW_HELLO};
	return 0;
}

int
switch_client_connect(struct switch_client *c, const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int error;

	if (c->fd >= 0)
		return -EISCONN;
	if (strlen(path) >= sizeof to.sun_path)
		return -ENAMETOOLONG;
	strcpy(to.sun_path, path);
	if ((c->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) < 0)
		return -errno;
	if (connect(c->fd, (const struct sockaddr *)&to, sizeof to) != 0)
		error = -errno;
	else
		error = greet(c);
	if (error != 0) {
		close(c->fd);
		c->fd = -1;
		return error;
	}
	c->stage = GREETED;
	return 0;
}

int
switch_client_fd(const struct switch_client *c)
{
	return c->fd;
}

bool
switch_client_ready(const struct switch_client *c)
{
	return c->stage == READY;
}

uint64_t
switch_client_heard(const struct switch_client *c)
{
	return c->heard;
}

void
switch_client_hang_up(struct switch_client *c, const char *why)
{
	if (c->fd >= 0)
		fail(c, why);
}

bool
switch_client_pending(const struct switch_client *c)
{
	return c->out_tail > c->out_head;
}

/* ---- What the switch says: NULL, or what is wrong with it ---- */

static const char nonsense[] = "the switch talks nonsense";
static const char other_version[] = "the switch is of another version";

static const char *
take_welcome(struct switch_client *c, const struct sw_welcome *w, int *fd)
{
	struct view view;
	const char *wrong;

	if (c->stage != GREETED || *fd < 0 || !answer(c, w->head.seq, SW_HELLO, 0))
		return "the switch sent a welcome out of turn";
	if (w->abi != SW_ABI)
		return other_version;
	wrong = view_init(&view, *fd);
	*fd = -1;
	if (wrong != NULL)
		return wrong;
	view_fini(&c->view); /* only now: until then the old one may be all that is left of the
				calls */
	c->view = view;
	c->stage = READY;
	c->calls->welcome(c->arg, (enum sw_origin)w->origin);
	return NULL;
}

static const char *
take_ack(struct switch_client *c, const struct sw_ack *a)
{
	if (a->type == SW_HELLO)
		return a->error == -EPROTO ? other_version : "the switch refused us";
	if (!answer(c, a->head.seq, a->type, a->error))
		return "the switch acknowledged what was not said";
	return NULL;
}

static const char *
take_history(struct switch_client *c, const struct sw_history_said *said)
{
	const struct waiting *w = waiting_for(c, said->head.seq, SW_TRANSPORT_STOP);

	if (w == NULL)
		return "the switch answered what was not asked";
	if (w->history != NULL)
		*w->history = said->history;
	return NULL;
}

/* The messages in c->in[0..len), FD with them. */
static const char *
take(struct switch_client *c, size_t len, int *fd)
{
	const char *wrong = NULL;

	for (size_t at = 0; at < len && wrong == NULL;) {
		const void *msg = c->in + at;
		int whole = sw_check(msg, (uint32_t)(len - at), 1);

		if (whole < 0)
			return nonsense;
		at += (size_t)whole;
		switch (((const struct sw_head *)msg)->type) {
		case SW_WELCOME:
			wrong = take_welcome(c, msg, fd);
			break;
		case SW_ACK:
			wrong = take_ack(c, msg);
			break;
		case SW_EVENT:
			c->calls->event(c->arg, msg);
			break;
		case SW_HISTORY:
			wrong = take_history(c, msg);
			break;
		}
	}
	return wrong;
}

/* Read one message.  False: there is none for now, or the connection has failed. */
static bool
read_one(struct switch_client *c)
{
	struct iovec io = {c->in, sizeof c->in};
	alignas(struct cmsghdr) char space[CMSG_SPACE(FDS * sizeof(int))];
	struct msghdr msg = {.msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = space,
		.msg_controllen = sizeof space};
	ssize_t len = recvmsg(c->fd, &msg, MSG_CMSG_CLOEXEC);
	const char *wrong;
	int fd;

	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (len <= 0) {
		fail(c, "the switch is gone");
		return false;
	}
	c->heard++;
	fd = passed_fd_take(&msg);
	wrong = msg.msg_flags & MSG_TRUNC ? nonsense : take(c, (size_t)len, &fd);
	explicit_bzero(c->in, (size_t)len); /* a history has keys */
	if (fd >= 0)
		close(fd);
	if (wrong != NULL)
		fail(c, wrong);
	return c->fd >= 0;
}

/* Write what waits, as far as the socket takes it. */
static void
write_all(struct switch_client *c)
{
	while (switch_client_pending(c)) {
		size_t batch = out_batch(c);

		if (send(c->fd, c->out + c->out_head, batch, MSG_NOSIGNAL) < 0)
			return; /* full; or gone, and then the next run reads its last words
				   first */
		explicit_bzero(c->out + c->out_head, batch);
		c->out_head += batch;
	}
	if (c->out_size > OUT_MIN)
		out_clear(c);
	c->out_head = c->out_tail = 0;
}

void
switch_client_run(struct switch_client *c)
{
	for (unsigned i = 0; c->fd >= 0 && i < READS; i++)
		if (!read_one(c))
			break;
	if (c->fd >= 0)
		write_all(c);
}

/* ---- Commands ---- */

static int
command(struct switch_client *c, enum sw_type type, void *msg, size_t len, switch_done *done,
	void *arg)
{
	return c->stage == READY ? queue(c, type, msg, len, done, arg) : -ENOTCONN;
}

int
switch_client_transport_set(
	struct switch_client *c, const struct sw_transport *t, switch_done *done, void *arg)
{
	struct sw_transport_set msg = {.transport = *t};
	int error = command(c, SW_TRANSPORT_SET, &msg, sizeof msg, done, arg);

	explicit_bzero(&msg, sizeof msg);
	return error;
}

int
switch_client_transport_del(
	struct switch_client *c, uint32_t slot, uint64_t id, switch_done *done, void *arg)
{
	struct sw_transport_del msg = {.slot = slot, .id = id};

	return command(c, SW_TRANSPORT_DEL, &msg, sizeof msg, done, arg);
}

int
switch_client_transport_stop(struct switch_client *c, uint32_t slot, uint64_t id,
	struct sw_history *into, switch_done *done, void *arg)
{
	struct sw_transport_del msg = {.slot = slot, .id = id};
	int error = command(c, SW_TRANSPORT_STOP, &msg, sizeof msg, done, arg);

	if (error == 0)
		waiting_at(c, c->next - 1)->history = into;
	return error;
}

int
switch_client_transport_resume(struct switch_client *c, const struct sw_transport *t,
	const struct sw_history *h, switch_done *done, void *arg)
{
	struct sw_transport_resume msg = {.transport = *t, .history = *h};
	int error = command(c, SW_TRANSPORT_RESUME, &msg, sizeof msg, done, arg);

	explicit_bzero(&msg, sizeof msg);
	return error;
}

int
switch_client_flow_set(
	struct switch_client *c, const struct sw_flow *f, switch_done *done, void *arg)
{
	struct sw_flow_set msg = {.flow = *f};

	return command(c, SW_FLOW_SET, &msg, sizeof msg, done, arg);
}

int
switch_client_send(struct switch_client *c, enum sw_type type, switch_done *done, void *arg)
{
	struct sw_plain msg = {0};

	assert(type == SW_SYNC_BEGIN || type == SW_SYNC_END || type == SW_STOP);
	return command(c, type, &msg, sizeof msg, done, arg);
}

int
switch_client_log_set(struct switch_client *c, uint32_t level, switch_done *done, void *arg)
{
	struct sw_log_set msg = {.level = level};

	return command(c, SW_LOG_SET, &msg, sizeof msg, done, arg);
}
