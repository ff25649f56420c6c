/* SPDX-License-Identifier: Apache-2.0
 *
 * See note.h. */
#include "control/note.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void *
heap_alloc(size_t size)
{
	return calloc(1, size);
}

static void
heap_free(void *p, size_t size)
{
	explicit_bzero(p, size);
	free(p);
}

static struct {
	void *(*alloc)(size_t size);
	void (*release)(void *p, size_t size);
} memory = {heap_alloc, heap_free};

void
note_memory(void *(*alloc)(size_t size), void (*release)(void *p, size_t size))
{
	memory.alloc = alloc;
	memory.release = release;
}

struct note *
note_open(const void *bytes, size_t len)
{
	struct note *n;

	if (len < 1 || len > NOTE_MAX) {
		errno = EMSGSIZE;
		return NULL;
	}
	if ((n = memory.alloc(sizeof *n + len)) == NULL)
		return NULL;
	n->holders = 1;
	n->len = (uint32_t)len;
	memcpy(n->bytes, bytes, len);
	return n;
}

struct note *
note_get(const struct note *n)
{
	struct note *mine = (struct note *)(uintptr_t)n;

	if (mine != NULL)
		mine->holders++;
	return mine;
}

void
note_put(struct note *n)
{
	if (n != NULL && --n->holders == 0)
		memory.release(n, sizeof *n + n->len);
}
