/* SPDX-License-Identifier: Apache-2.0
 *
 * Text that is written piece by piece, of a length that is known at its end.  Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "control/arena.h"
#include "control/decimal.h"

struct writer {
	char *at;
	size_t room;
	size_t len;  /* so far; above ROOM pieces are counted only */
	bool broken; /* something is missing: nothing of it is wanted */
};

/* What WRITE, which takes nothing of A, writes of WHAT, in A.  It is mostly written once, into
 * what A has left; if that was too little, once more when it is known how long it is.  at
 * NULL: no memory, or it is broken. */
struct slice writer_print(
	struct arena *a, void (*write)(struct writer *w, const void *what), const void *what);

/* Where LEN bytes go; NULL: there is no room for them. */
static inline char *
writer_room(struct writer *w, size_t len)
{
	w->len += len;
	return w->len <= w->room ? w->at + w->len - len : NULL;
}

/* Where they went. */
static inline char *
writer_put(struct writer *w, const char *at, size_t len)
{
	char *to = writer_room(w, len);

	if (to != NULL && len > 0)
		memcpy(to, at, len);
	return to;
}

static inline void
writer_put_string(struct writer *w, const char *text)
{
	writer_put(w, text, strlen(text));
}

static inline void
writer_put_number(struct writer *w, uint64_t n)
{
	char *to = writer_room(w, decimal_size(n));

	if (to != NULL)
		decimal_put(to, n);
}
