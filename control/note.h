/* SPDX-License-Identifier: Apache-2.0
 *
 * What a front end wants kept with a call, beside what the call model knows: bytes that mean
 * something to nobody but itself.  They stand in the call's record, so that it finds them
 * again in the control process that follows a killed one, and at another node.
 *
 * A note never changes; another one takes its place.  It may hold secrets: it lies where keys
 * lie, and is wiped when the last one lets go of it.  Control's one thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { NOTE_MAX = 16384 }; /* bytes of one */

struct note {
	unsigned holders; /* note.c's */
	uint32_t len;
	uint8_t bytes[];
};

/* Where notes lie; ALLOC gives zeros, FREE wipes and is told what size was asked for.  Before
 * the first note; until then in the heap. */
void note_memory(void *(*alloc)(size_t size), void (*release)(void *p, size_t size));

/* A copy of LEN bytes (1..NOTE_MAX), which the caller holds.  NULL: errno (EMSGSIZE, ENOMEM).
 */
struct note *note_open(const void *bytes, size_t len);
struct note *note_get(const struct note *n); /* one more holder; NULL is fine */
void note_put(struct note *n);               /* one less; NULL is fine */
