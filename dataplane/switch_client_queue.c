/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands on their way to the switch, and in flight; of switch_client_inside.h.  Control's
 * one thread; nothing here blocks. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dataplane/passed_fd.h"
#include "dataplane/secret.h"
#include "dataplane/switch_client_inside.h"

enum {
	RING_MIN = 1024,    /* commands in flight that there is room for from the start */
	RING_MAX = 1 << 20, /* and ever */
	OUT_MIN = SW_MESSAGE_MAX, /* bytes waiting to be written */
	OUT_MAX = 1 << 28,
};

/* ---- Commands in flight ---- */

struct waiting *
switch_client_waiting_at(const struct switch_client *c, uint64_t seq)
{
	return &c->ring[seq & (c->ring_size - 1)];
}

struct waiting *
switch_client_waiting(const struct switch_client *c, uint64_t seq, uint32_t type)
{
	struct waiting *w = switch_client_waiting_at(c, seq);

	return seq - c->oldest < c->next - c->oldest && type != 0 && w->type == type ? w
										     : NULL;
}

int
switch_client_make_room(struct switch_client *c)
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
		*switch_client_waiting_at(c, seq) = old[seq & (old_size - 1)];
	free(old);
	return 0;
}

bool
switch_client_answer(struct switch_client *c, uint64_t seq, uint32_t type, int error)
{
	struct waiting *w = switch_client_waiting(c, seq, type), was;

	if (w == NULL)
		return false;
	was = *w;
	*w = (struct waiting){0};
	while (c->oldest != c->next && switch_client_waiting_at(c, c->oldest)->type == 0)
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

void
switch_client_clear(struct switch_client *c)
{
	secret_free(c->out, c->out_size);
	c->out = NULL;
	c->out_head = c->out_tail = c->out_size = 0;
	c->hurries = false;
	while (c->passings > 0)
		close(c->passing[--c->passings].fd);
}

/* FD is to go with the next command. */
static int
pass(struct switch_client *c, int fd)
{
	if (fd < 0)
		return 0;
	if (c->passings == SW_CAPTURES)
		return -ENOBUFS;
	c->passing[c->passings++] = (struct passing){c->next, fd};
	return 0;
}

int
switch_client_queue(struct switch_client *c, enum sw_type type, void *msg, size_t len, int fd,
	switch_done *done, void *arg)
{
	struct sw_head *head = msg;

	if (switch_client_make_room(c) != 0 || out_make_room(c, len) != 0 ||
		pass(c, fd) != 0) {
		if (fd >= 0)
			close(fd);
		return -ENOBUFS;
	}
	*switch_client_waiting_at(c, c->next) =
		(struct waiting){.done = done, .arg = arg, .type = (uint16_t)type};
	*head = (struct sw_head){.magic = SW_MAGIC,
		.type = (uint16_t)type,
		.len = (uint16_t)len,
		.seq = c->next++};
	memcpy(c->out + c->out_tail, msg, len);
	c->out_tail += len;
	c->hurries |= type != SW_TRANSPORT_DEL;
	return 0;
}

/* How many of the bytes that wait go into one message: whole commands.  *FD goes with them. */
static size_t
out_batch(const struct switch_client *c, int *fd)
{
	size_t batch = 0;

	*fd = -1;
	while (c->out_head + batch < c->out_tail) {
		const struct sw_head *head = (const void *)(c->out + c->out_head + batch);
		bool with_fd = c->passings > 0 && c->passing[0].seq == head->seq;

		if (batch + head->len > SW_MESSAGE_MAX || (with_fd && batch > 0))
			break;
		batch += head->len;
		if (with_fd) {
			*fd = c->passing[0].fd;
			break;
		}
	}
	return batch;
}

/* The first descriptor is on its way. */
static void
passed(struct switch_client *c)
{
	close(c->passing[0].fd);
	memmove(&c->passing[0], &c->passing[1], --c->passings * sizeof c->passing[0]);
}

void
switch_client_write(struct switch_client *c)
{
	while (switch_client_pending(c)) {
		int fd;
		size_t batch = out_batch(c, &fd);

		if (passed_fd_send(c->fd, c->out + c->out_head, batch, fd, MSG_NOSIGNAL) < 0)
			return; /* full; or gone, and then the next run reads its last words
				   first */
		explicit_bzero(c->out + c->out_head, batch);
		c->out_head += batch;
		if (fd >= 0)
			passed(c);
	}
	if (c->out_size > OUT_MIN)
		switch_client_clear(c);
	c->out_head = c->out_tail = 0;
	c->hurries = false;
}

bool
switch_client_pending(const struct switch_client *c)
{
	return c->out_tail > c->out_head;
}

bool
switch_client_hurries(const struct switch_client *c)
{
	return c->hurries;
}

void
switch_client_hurry(struct switch_client *c)
{
	c->hurries = true;
}
