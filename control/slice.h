/* SPDX-License-Identifier: Apache-2.0
 *
 * A piece of text that lies in somebody else's memory: any bytes, no NUL at its end.  Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

struct slice {
	const char *at; /* may be NULL with len 0: there is none */
	size_t len;
};

/* Of a string constant. */
#define SLICE(text) ((struct slice){("" text), sizeof(text) - 1})

static inline struct slice
slice_of(const char *text) /* NULL: none */
{
	return (struct slice){text, text != NULL ? strlen(text) : 0};
}

static inline bool
slice_is(struct slice s, const char *text)
{
	return s.len == strlen(text) && (s.len == 0 || memcmp(s.at, text, s.len) == 0);
}

/* Without regard to the case of ASCII letters. */
static inline bool
slice_is_nocase(struct slice s, const char *text)
{
	return s.len == strlen(text) && (s.len == 0 || strncasecmp(s.at, text, s.len) == 0);
}

static inline bool
slice_equal(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static inline bool
slice_equal_nocase(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || strncasecmp(a.at, b.at, a.len) == 0);
}

/* S begins with TEXT? */
bool slice_begins(struct slice s, const char *text);

/* Cut S at the first C: what stands before it, which is taken off S together with C.  Without
 * a C all of S is taken. */
struct slice slice_cut(struct slice *s, char c);

/* S without spaces and tabs at its ends. */
struct slice slice_trim(struct slice s);

/* The whole decimal number 0..MAX that S is, nothing else.  0 or -EINVAL. */
int slice_number(struct slice s, uint64_t max, uint64_t *n);

/* S as a string in TEXT of SIZE bytes: 0; -ENOSPC, or -EINVAL with a NUL in it: TEXT is "". */
int slice_copy(struct slice s, char *text, size_t size);
