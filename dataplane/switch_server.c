/* SPDX-License-Identifier: Apache-2.0
 *
 * The switch's half of switch.h.  Every message is checked before it is believed
 * (switch_check.c), carried out (switch_server_commands.c), and acknowledged in one message
 * per read.  Main thread. */
#include "dataplane/switch_server.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "dataplane/capture.h"
#include "dataplane/log.h"
#include "dataplane/passed_fd.h"
#include "dataplane/secret.h"
#include "dataplane/switch_server_inside.h"

enum {
	READS_A_TURN = 64,        /* messages before other events get their turn */
	EVENTS_WAITING = 1 << 18, /* bytes that wait for control; events beyond are dropped */
	ACKS_WAITING = 1 << 22,   /* ... and beyond this no more commands are read */
};

static void drop_control(struct switch_server *s);

/* ---- Out ---- */

static void
free_first(struct switch_server *s)
{
	struct message *m = TAILQ_FIRST(&s->out);

	TAILQ_REMOVE(&s->out, m, next);
	s->waiting -= m->len;
	secret_free(m, sizeof *m);
}

void
switch_server_flush(struct switch_server *s)
{
	struct message *m;

	while (s->fd >= 0 && (m = TAILQ_FIRST(&s->out)) != NULL) {
		if (send(s->fd, m->bytes, m->len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
			if (errno == EAGAIN || errno == EINTR)
				event_add(s->writer, NULL);
			else
				drop_control(s);
			return;
		}
		free_first(s);
	}
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct switch_server *s = arg;

	switch_server_flush(s);
	if (s->fd >= 0 && s->waiting < ACKS_WAITING)
		event_add(s->reader, NULL);
}

/* Append one struct of switch.h to what waits; lengths are multiples of 8 by their layout. */
void
switch_server_put(struct switch_server *s, const void *msg, size_t len)
{
	struct message *m = TAILQ_LAST(&s->out, messages);

	if (s->fd < 0)
		return; /* what a dead control asked for is not told to the next one */
	if (m == NULL || m->len + len > sizeof m->bytes) {
		if ((m = secret_alloc(sizeof *m)) == NULL) {
			drop_control(s); /* it will come back and reconcile */
			return;
		}
		TAILQ_INSERT_TAIL(&s->out, m, next);
	}
	memcpy(m->bytes + m->len, msg, len);
	m->len += len;
	s->waiting += len;
}

void
switch_server_acknowledge(struct switch_server *s, const struct sw_head *to, int error)
{
	struct sw_ack ack = {.head = {SW_MAGIC, SW_ACK, sizeof ack, to->seq},
		.error = error,
		.type = to->type};

	static_assert(sizeof ack % 8 == 0, "messages follow each other at multiples of 8");
	switch_server_put(s, &ack, sizeof ack);
}

bool
switch_server_say(struct switch_server *s, const struct sw_head *msg)
{
	if (!s->welcomed || s->waiting > EVENTS_WAITING)
		return false;
	switch_server_put(s, msg, msg->len);
	switch_server_flush(s);
	return true;
}

void
switch_server_event(struct switch_server *s, struct sw_event *ev)
{
	static_assert(sizeof *ev % 8 == 0, "messages follow each other at multiples of 8");
	ev->head = (struct sw_head){SW_MAGIC, SW_EVENT, sizeof *ev, 0};
	switch_server_say(s, &ev->head);
}

void
switch_server_captured(void *server, struct sw_captured *m)
{
	struct switch_server *s = server;

	if (!s->welcomed)
		return;
	m->head = (struct sw_head){SW_MAGIC, SW_CAPTURED, sizeof *m, 0};
	switch_server_put(s, m, sizeof *m);
	switch_server_flush(s);
}

/* WELCOME goes out by itself: it carries the state's descriptor, and what keeps the kernel
 * silent while a killed switch is replaced. */
static int
welcome(struct switch_server *s, const struct sw_head *to, enum sw_origin origin)
{
	struct sw_welcome w = {.head = {SW_MAGIC, SW_WELCOME, sizeof w, to->seq},
		.abi = SW_ABI,
		.pid = (uint32_t)getpid(),
		.origin = origin};
	const int fd[PASSED_FDS] = {s->state->fd, s->silence};

	return passed_fds_send(
		       s->fd, &w, sizeof w, fd, PASSED_FDS, MSG_NOSIGNAL | MSG_DONTWAIT) < 0
		       ? -errno
		       : 0;
}

/* ---- In ---- */

int
switch_server_take_fd(struct switch_server *s)
{
	int fd = s->passed;

	s->passed = -1;
	return fd;
}

/* First message of a connection; the state may come with it. */
static void
hello(struct switch_server *s, const struct sw_head *head)
{
	const struct sw_hello *h = (const void *)head;
	int origin;

	if (head->type != SW_HELLO || h->abi != SW_ABI) {
		log_warn("control speaks another version (%u, not %u): refused\n",
			head->type == SW_HELLO ? h->abi : 0, SW_ABI);
		switch_server_acknowledge(s, head, -EPROTO);
		switch_server_flush(s);
		drop_control(s);
		return;
	}
	origin = s->calls->hello(s->arg, switch_server_take_fd(s));
	if (origin >= 0)
		origin = welcome(s, head, (enum sw_origin)origin);
	if (origin < 0) {
		switch_server_acknowledge(s, head, origin);
		switch_server_flush(s);
		drop_control(s);
		return;
	}
	s->welcomed = true;
}

/* One message of LEN bytes, which may hold several commands.  FD came with it, for whichever
 * takes it.  False: control is gone. */
static bool
take_message(struct switch_server *s, size_t len, int fd)
{
	size_t at = 0;

	s->passed = fd;
	while (at < len && s->fd >= 0) {
		const struct sw_head *head = (const void *)(s->in + at);
		int step = sw_check(head, (uint32_t)(len - at), 0);

		if (step < 0) {
			log_err("control sent a malformed message: connection closed\n");
			drop_control(s);
			break;
		}
		if (s->welcomed)
			switch_server_carry_out(s, head);
		else
			hello(s, head);
		at += (size_t)step;
	}
	if ((fd = switch_server_take_fd(s)) >= 0)
		close(fd);
	return s->fd >= 0;
}

static bool
read_message(struct switch_server *s)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = {s->in, sizeof s->in};
	struct msghdr msg = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control.bytes};
	ssize_t len = recvmsg(s->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	bool more;
	int fd;

	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (len <= 0) {
		log_info("control has gone; calls go on\n");
		drop_control(s);
		return false;
	}
	fd = passed_fd_take(&msg);
	if (msg.msg_flags & MSG_TRUNC) {
		log_err("control sent a message that is too long: connection closed\n");
		if (fd >= 0)
			close(fd);
		drop_control(s);
		return false;
	}
	more = take_message(s, (size_t)len, fd);
	explicit_bzero(s->in, (size_t)len); /* there were keys in it */
	return more;
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct switch_server *s = arg;

	for (unsigned i = 0; i < READS_A_TURN && read_message(s); i++)
		;
	s->calls->settle(s->arg);
	switch_server_flush(s);
	if (s->fd >= 0 && s->waiting >= ACKS_WAITING)
		event_del(s->reader);
}

static void
drop_control(struct switch_server *s)
{
	if (s->fd < 0)
		return;
	event_free(s->reader);
	event_free(s->writer);
	s->reader = s->writer = NULL;
	close(s->fd);
	s->fd = -1;
	s->welcomed = false;
	while (!TAILQ_EMPTY(&s->out))
		free_first(s);
	if (s->capture != NULL) /* nobody is left to end them */
		capture_end_all(s->capture, s->tables);
}

static void
on_connect(evutil_socket_t listener, short what, void *arg)
{
	struct switch_server *s = arg;
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return;
	/* Its lock file sees to it that there is one control: an older connection is a dead
	 * one's. */
	drop_control(s);
	s->fd = fd;
	s->connection++;
	s->reader = event_new(s->base, fd, EV_READ | EV_PERSIST, on_readable, s);
	s->writer = event_new(s->base, fd, EV_WRITE, on_writable, s);
	if (s->reader == NULL || s->writer == NULL || event_add(s->reader, NULL) != 0)
		drop_control(s);
}

/* ---- Life ---- */

/* The socket gets its name when it is ready: control waits for that name, and is refused by
 * one that is not yet its own. */
static int
listen_at(const char *path, int uid, int gid)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if ((size_t)snprintf(addr.sun_path, sizeof addr.sun_path, "%s.new", path) >=
		sizeof addr.sun_path) {
		errno = ENAMETOOLONG;
		goto no_socket;
	}
	unlink(addr.sun_path);
	if (bind(fd, (const struct sockaddr *)&addr, sizeof addr) != 0)
		goto no_socket;
	if (chmod(addr.sun_path, S_IRUSR | S_IWUSR) == 0 &&
		((uid < 0 && gid < 0) || lchown(addr.sun_path, (uid_t)uid, (gid_t)gid) == 0) &&
		listen(fd, 4) == 0 && rename(addr.sun_path, path) == 0)
		return fd;
	unlink(addr.sun_path);

no_socket:
	close(fd);
	return -1;
}

struct switch_server *
switch_server_open(struct event_base *base, const char *path, int uid, int gid,
	const struct switch_server_calls *calls, void *arg)
{
	struct switch_server *s = calloc(1, sizeof *s);
	int fd;

	if (s == NULL)
		return NULL;
	s->calls = calls;
	s->arg = arg;
	s->base = base;
	s->fd = s->passed = s->silence = -1;
	TAILQ_INIT(&s->out);
	if ((s->path = strdup(path)) == NULL || (fd = listen_at(path, uid, gid)) < 0)
		goto no_socket;
	s->listener = event_new(base, fd, EV_READ | EV_PERSIST, on_connect, s);
	if (s->listener == NULL || event_add(s->listener, NULL) != 0)
		goto no_event;
	return s;

no_event:
	if (s->listener != NULL)
		event_free(s->listener);
	close(fd);
	unlink(path);
no_socket:
	free(s->path);
	free(s);
	return NULL;
}

void
switch_server_close(struct switch_server *s)
{
	if (s == NULL)
		return;
	switch_server_flush(s);
	drop_control(s);
	close(event_get_fd(s->listener));
	event_free(s->listener);
	unlink(s->path);
	free(s->path);
	free(s);
}

void
switch_server_serve(
	struct switch_server *s, struct switch_tables *tables, const struct state *state)
{
	s->tables = tables;
	s->state = state;
}

void
switch_server_silence(struct switch_server *s, int fd)
{
	s->silence = fd;
}

void
switch_server_capture(struct switch_server *s, struct capture *capture)
{
	if (s->capture != NULL && s->capture != capture)
		capture_end_all(s->capture, s->tables);
	s->capture = capture;
}
