/* SPDX-License-Identifier: Apache-2.0
 *
 * See arena.h.  Blocks from the heap, each holding many pieces; under AddressSanitizer one
 * each, so that it sees where a piece ends.  Some blocks are kept for the next request: they
 * are zero again once they are wiped, and pages that the heap has given back cost more than
 * all else that a request does with its memory. */
#include "control/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define SANITIZED
#endif

#ifdef SANITIZED
enum { BLOCK = 0 };
#else
enum { BLOCK = 32768 }; /* bytes of pieces: an ordinary request with its answer */
#endif

enum { SPARES = 64 }; /* blocks that are kept: requests that are under way at once */
enum { ALIGN = _Alignof(max_align_t) };

struct block {
	struct block *older;
	size_t size, used;
	_Alignas(max_align_t) char bytes[];
};

struct arena {
	struct block *newest; /* the one that pieces are taken from */
	size_t left;          /* of the limit */
};

static struct block *spare;
static unsigned spares;

/* B is used no more. */
static void
drop_block(struct block *b)
{
	explicit_bzero(b->bytes, b->used);
	if (BLOCK == 0 || b->size != BLOCK || spares >= SPARES) {
		free(b);
		return;
	}
	b->used = 0;
	b->older = spare;
	spare = b;
	spares++;
}

/* Zeros, with ROOM for at least that many bytes.  NULL: no memory. */
static struct block *
take_block(size_t room)
{
	size_t size = room > BLOCK ? room : BLOCK;
	struct block *b = spare;

	if (b != NULL && room <= BLOCK) {
		spare = b->older;
		spares--;
	} else if ((b = calloc(1, sizeof *b + size)) != NULL) {
		b->size = size;
	}
	return b;
}

struct arena *
arena_open(size_t limit)
{
	struct arena *a = calloc(1, sizeof *a);

	if (a != NULL)
		a->left = limit;
	return a;
}

void
arena_close(struct arena *a)
{
	struct block *older;

	if (a == NULL)
		return;
	for (struct block *b = a->newest; b != NULL; b = older) {
		older = b->older;
		drop_block(b);
	}
	free(a);
}

static struct block *
add_block(struct arena *a, size_t room)
{
	struct block *b = take_block(room);

	if (b == NULL)
		return NULL;
	b->older = a->newest;
	a->newest = b;
	return b;
}

void *
arena_take(struct arena *a, size_t size)
{
	struct block *b = a->newest;
	size_t begin = b != NULL ? (b->used + ALIGN - 1) & ~(size_t)(ALIGN - 1) : 0;

	if (size > a->left)
		return NULL;
	if (b == NULL || begin > b->size || b->size - begin < size) {
		if ((b = add_block(a, size)) == NULL)
			return NULL;
		begin = 0;
	}
	b->used = begin + size;
	a->left -= size;
	return b->bytes + begin;
}

void *
arena_array(struct arena *a, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return arena_take(a, bytes);
}

struct slice
arena_copy(struct arena *a, struct slice s)
{
	/* One more, so that an empty one has a place of its own. */
	char *copy = s.len < SIZE_MAX ? arena_take(a, s.len + 1) : NULL;

	if (copy == NULL)
		return (struct slice){NULL, 0};
	if (s.len > 0)
		memcpy(copy, s.at, s.len);
	return (struct slice){copy, s.len};
}

struct slice
arena_print(struct arena *a, const char *format, ...)
{
	va_list args, again;
	char *text = NULL;
	int len;

	va_start(args, format);
	va_copy(again, args);
	if ((len = vsnprintf(NULL, 0, format, args)) >= 0 &&
		(text = arena_take(a, (size_t)len + 1)) != NULL)
		vsnprintf(text, (size_t)len + 1, format, again);
	va_end(again);
	va_end(args);
	return (struct slice){text, text != NULL ? (size_t)len : 0};
}
