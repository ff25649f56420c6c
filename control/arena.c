/* SPDX-License-Identifier: Apache-2.0
 *
 * See arena.h.  Blocks from the heap, each holding many pieces; under AddressSanitizer one
 * each, so that it sees where a piece ends.  Some blocks are kept for the next request: they
 * are zero again once they are wiped, and pages that the heap has given back cost more than
 * all else that a request does with its memory. */
#include "control/arena.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "codecs/sanitized.h"
#include "control/decimal.h"

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
	struct block *newest; /* the one that pieces are taken from; A lies in the oldest */
	char *at, *end;       /* what is left of it, within the limit */
	size_t left;          /* of the limit, when it is used up */
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

/* Its bytes, as far as the limit allows, are what pieces are taken from now. */
static void
use_block(struct arena *a, struct block *b, size_t begin)
{
	size_t room = b->size - begin;

	b->older = a->newest;
	a->newest = b;
	a->at = b->bytes + begin;
	a->end = a->at + (room < a->left ? room : a->left);
	a->left -= (size_t)(a->end - a->at);
}

struct arena *
arena_open(size_t limit)
{
	struct block *b = take_block(sizeof(struct arena));
	struct arena *a;

	if (b == NULL)
		return NULL;
	a = (struct arena *)(void *)b->bytes;
	a->left = limit;
	use_block(a, b, sizeof *a);
	return a;
}

/* What was taken of the newest block is known now. */
static void
leave_block(struct arena *a)
{
	a->newest->used = (size_t)(a->at - a->newest->bytes);
	a->left += (size_t)(a->end - a->at);
}

void
arena_close(struct arena *a)
{
	struct block *older;

	if (a == NULL)
		return;
	leave_block(a);
	for (struct block *b = a->newest; b != NULL; b = older) {
		older = b->older;
		drop_block(b); /* the last one is where A is */
	}
}

/* A piece of SIZE bytes of a new block.  Apart, for hardly any needs one. */
static __attribute__((noinline)) void *
take_of_new(struct arena *a, size_t size)
{
	size_t left = a->left + (size_t)(a->end - a->at);
	struct block *b = size <= left ? take_block(size) : NULL;
	void *piece;

	if (b == NULL)
		return NULL;
	leave_block(a);
	use_block(a, b, 0);
	piece = a->at;
	a->at += size;
	return piece;
}

/* Bytes before the place of the next piece. */
static size_t
padding(const struct arena *a)
{
	return -(uintptr_t)a->at & (ALIGN - 1);
}

void *
arena_take(struct arena *a, size_t size)
{
	size_t left = (size_t)(a->end - a->at), pad = padding(a);
	char *piece = a->at + pad;

	if (size > left || left - size < pad)
		return take_of_new(a, size);
	a->at = piece + size;
	return piece;
}

char *
arena_rest(struct arena *a, size_t *room)
{
	size_t left = (size_t)(a->end - a->at), pad = padding(a);

	*room = left > pad ? left - pad : 0;
	return a->at + (left > pad ? pad : left);
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

struct slice
arena_decimal(struct arena *a, uint64_t n)
{
	char *text = arena_take(a, DECIMAL_MAX);

	if (text == NULL)
		return (struct slice){NULL, 0};
	return (struct slice){text, (size_t)(decimal_put(text, n) - text)};
}
