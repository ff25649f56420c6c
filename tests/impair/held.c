/* SPDX-License-Identifier: Apache-2.0
 *
 * A binary heap of frames; see held.h. */
#include "tests/impair/held.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int
held_open(struct held *h, size_t limit)
{
	*h = (struct held){.limit = limit, .heap = calloc(limit, sizeof *h->heap)};
	return h->heap != NULL ? 0 : -ENOMEM;
}

void
held_close(struct held *h)
{
	for (size_t i = 0; i < h->n; i++)
		free(h->heap[i].bytes);
	free(h->heap);
}

static bool
is_before(const struct held_frame *a, const struct held_frame *b)
{
	return a->due_us != b->due_us ? a->due_us < b->due_us : a->number < b->number;
}

static void
swap(struct held_frame *a, struct held_frame *b)
{
	struct held_frame was = *a;

	*a = *b;
	*b = was;
}

int
held_put(struct held *h, uint64_t due_us, unsigned way, const void *bytes, uint32_t len)
{
	struct held_frame f = {.due_us = due_us, .way = way, .len = len};

	if (h->n == h->limit)
		return -ENOBUFS;
	if ((f.bytes = malloc(len)) == NULL)
		return -ENOMEM;
	memcpy(f.bytes, bytes, len);
	f.number = h->numbers++;
	h->heap[h->n++] = f;
	for (size_t i = h->n - 1; i > 0 && is_before(&h->heap[i], &h->heap[(i - 1) / 2]);
		i = (i - 1) / 2)
		swap(&h->heap[i], &h->heap[(i - 1) / 2]);
	return 0;
}

const struct held_frame *
held_first(const struct held *h)
{
	return h->n > 0 ? &h->heap[0] : NULL;
}

void
held_drop_first(struct held *h)
{
	size_t i = 0, child;

	free(h->heap[0].bytes);
	h->heap[0] = h->heap[--h->n];
	while ((child = 2 * i + 1) < h->n) {
		if (child + 1 < h->n && is_before(&h->heap[child + 1], &h->heap[child]))
			child++;
		if (!is_before(&h->heap[child], &h->heap[i]))
			break;
		swap(&h->heap[i], &h->heap[child]);
		i = child;
	}
}
