/* SPDX-License-Identifier: Apache-2.0
 *
 * The connection to the switch, and what the switch says; see switch_client.h.  Control's one
 * thread; nothing here blocks. */
#include "dataplane/switch_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "dataplane/passed_fd.h"
#include "dataplane/switch_client_inside.h"

enum {
	READS = 64, /* messages in one run, so that others get their turn */
	FDS = 4,    /* descriptors in one message that we can close, should they come */
};

/* ---- Connection ---- */

/* Hang up; nothing that waits for an answer will get another one. */
static void
hang_up(struct switch_client *c)
{
	uint64_t end = c->next;

	close(c->fd);
	c->fd = -1;
	c->stage = AWAY;
	switch_client_clear(c);
	while (c->oldest != end)
		switch_client_answer(
			c, c->oldest, switch_client_waiting_at(c, c->oldest)->type, -EPIPE);
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
	c->silence = -1;
	c->oldest = c->next = 1; /* 0 is for events */
	return c;
}

/* As long as FD is open the kernel does not answer the switch's media: it outlives the switch
 * with us.  It takes the place of what a switch before that has given us. */
static void
hold_silence(struct switch_client *c, int fd)
{
	if (c->silence >= 0)
		close(c->silence);
	c->silence = fd;
}

void
switch_client_close(struct switch_client *c)
{
	if (c == NULL)
		return;
	if (c->fd >= 0)
		hang_up(c);
	switch_client_clear(c);
	free(c->ring);
	switch_view_fini(&c->view);
	hold_silence(c, -1);
	explicit_bzero(c->in, sizeof c->in);
	free(c);
}

int
switch_client_hold(struct switch_client *c, int fd)
{
	struct view view;

	if (switch_view_init(&view, fd) != NULL)
		return -EBADMSG;
	switch_view_fini(&c->view);
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

	if (switch_client_make_room(c) != 0)
		return -ENOBUFS;
	if (passed_fd_send(c->fd, &hello, sizeof hello, c->view.fd, MSG_NOSIGNAL) < 0)
		return -errno;
	*switch_client_waiting_at(c, c->next++) = (struct waiting){.type = SW_HELLO};
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

/* ---- What the switch says: NULL, or what is wrong with it ---- */

static const char nonsense[] = "the switch talks nonsense";
static const char other_version[] = "the switch is of another version";

static const char *
take_welcome(struct switch_client *c, const struct sw_welcome *w, int fd[PASSED_FDS])
{
	struct view view;
	const char *wrong;

	if (c->stage != GREETED || fd[0] < 0 ||
		!switch_client_answer(c, w->head.seq, SW_HELLO, 0))
		return "the switch sent a welcome out of turn";
	if (w->abi != SW_ABI)
		return other_version;
	wrong = switch_view_init(&view, fd[0]);
	fd[0] = -1;
	if (wrong != NULL)
		return wrong;
	switch_view_fini(&c->view); /* only now: until then the old one may be all that is left
				of the calls */
	c->view = view;
	hold_silence(c, fd[1]);
	fd[1] = -1;
	c->stage = READY;
	c->calls->welcome(c->arg, (enum sw_origin)w->origin);
	return NULL;
}

static const char *
take_ack(struct switch_client *c, const struct sw_ack *a)
{
	if (a->type == SW_HELLO)
		return a->error == -EPROTO ? other_version : "the switch refused us";
	if (!switch_client_answer(c, a->head.seq, a->type, a->error))
		return "the switch acknowledged what was not said";
	return NULL;
}

static const char *
take_history(struct switch_client *c, const struct sw_history_said *said)
{
	const struct waiting *w = switch_client_waiting(c, said->head.seq, SW_TRANSPORT_STOP);

	if (w == NULL)
		return "the switch answered what was not asked";
	if (w->history != NULL)
		*w->history = said->history;
	return NULL;
}

/* The messages in c->in[0..len), FD with them. */
static const char *
take(struct switch_client *c, size_t len, int fd[PASSED_FDS])
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
		case SW_CAPTURED:
			if (c->calls->captured != NULL)
				c->calls->captured(c->arg, msg);
			break;
		case SW_MESH_HEARD:
			if (c->calls->mesh_heard != NULL)
				c->calls->mesh_heard(c->arg, msg);
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
	int fd[PASSED_FDS];

	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (len <= 0) {
		fail(c, "the switch is gone");
		return false;
	}
	c->heard++;
	passed_fds_take(&msg, fd, PASSED_FDS);
	wrong = msg.msg_flags & MSG_TRUNC ? nonsense : take(c, (size_t)len, fd);
	explicit_bzero(c->in, (size_t)len); /* a history has keys */
	for (unsigned i = 0; i < PASSED_FDS; i++)
		if (fd[i] >= 0)
			close(fd[i]);
	if (wrong != NULL)
		fail(c, wrong);
	return c->fd >= 0;
}

void
switch_client_run(struct switch_client *c)
{
	for (unsigned i = 0; c->fd >= 0 && i < READS; i++) {
		bool owed = c->oldest != c->next;

		/* The last answer that was waited for: hardly anything is behind it, and the
		 * descriptor says so if it is. */
		if (!read_one(c) || (owed && c->oldest == c->next))
			break;
	}
	if (c->fd >= 0)
		switch_client_write(c);
}
