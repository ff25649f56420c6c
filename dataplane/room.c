/* SPDX-License-Identifier: Apache-2.0
 *
 * A ring of bytes for packets that wait.  One stands in a piece; what is left at the end of
 * the ring when one does not fit there is a piece that nobody has. */
#include "dataplane/room.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

struct room {
	uint32_t size;
	uint32_t head, tail; /* next to take, longest taken; equal: all is free */
	alignas(8) uint8_t bytes[];
};

struct room *
room_open(size_t bytes)
{
	struct room *r = malloc(sizeof *r + bytes / 8 * 8);

	if (r == NULL)
		return NULL;
	r->size = (uint32_t)(bytes / 8 * 8);
	r->head = r->tail = 0;
	return r;
}

void
room_close(struct room *r)
{
	free(r);
}

static struct held *
at(struct room *r, uint32_t offset)
{
	return (struct held *)(void *)(r->bytes + offset);
}

/* Where NEED bytes fit; one stays free, so that a full ring is not an empty one. */
static bool
find(struct room *r, uint32_t need, uint32_t *offset)
{
	uint32_t behind = r->size - r->head;

	*offset = r->head;
	if (r->head < r->tail)
		return need < r->tail - r->head;
	if (need < behind || (need == behind && r->tail > 0))
		return true;
	if (need >= r->tail)
		return false;
	if (behind >= sizeof(struct held)) {
		at(r, r->head)->size = behind;
		at(r, r->head)->room = NULL;
	}
	*offset = 0;
	return true;
}

struct held *
room_take(struct room *r, const struct transcode_in *in, uint64_t now_us)
{
	uint32_t need = (uint32_t)(sizeof(struct held) + in->len + 7) / 8 * 8, offset;
	struct held *h;

	if (r->head == r->tail)
		r->head = r->tail = 0;
	if (!find(r, need, &offset))
		return NULL;
	h = at(r, offset);
	h->in = *in;
	h->came_us = now_us;
	h->room = r;
	h->size = need;
	memcpy(h->bytes, in->payload, in->len);
	h->in.payload = h->bytes;
	r->head = offset + need == r->size ? 0 : offset + need;
	return h;
}

void
room_give(struct held *h)
{
	struct room *r = h->room;

	if (r == NULL)
		return;
	h->room = NULL;
	while (r->tail != r->head) {
		uint32_t left = r->size - r->tail;

		if (left >= sizeof(struct held)) {
			if (at(r, r->tail)->room != NULL)
				return;
			left = at(r, r->tail)->size;
		}
		r->tail = r->tail + left == r->size ? 0 : r->tail + left;
	}
}
