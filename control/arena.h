/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory that is released all at once: what one request of a signalling server needs from its
 * arrival to its answer.  Bounded, so that no request takes more than it may; wiped when it is
 * released, for SDP holds keys.  Control's one thread; some memory is kept for the next arena.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "control/slice.h"

struct arena;

/* LIMIT: bytes at most, of all that is taken from it.  NULL: errno. */
struct arena *arena_open(size_t limit);
void arena_close(struct arena *a); /* NULL is fine */

/* SIZE bytes of zeros, aligned for anything, that live as long as A.  NULL: the limit, or no
 * memory. */
void *arena_take(struct arena *a, size_t size);

/* Zeros, ROOM of them, for a text whose length is not known yet (writer.h): arena_take() of at
 * most so many gives that very place.  What is not taken must be zeros again. */
char *arena_rest(struct arena *a, size_t *room);

/* N of them, SIZE bytes each; the product may overflow. */
void *arena_array(struct arena *a, size_t n, size_t size);

/* A copy of S in A.  at NULL, len 0: no memory (an empty S gets an at that is not NULL). */
struct slice arena_copy(struct arena *a, struct slice s);

/* What printf would write, NUL-ended.  at NULL: no memory. */
struct slice arena_print(struct arena *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* N as decimal text.  at NULL: no memory. */
struct slice arena_decimal(struct arena *a, uint64_t n);
