/* SPDX-License-Identifier: Apache-2.0
 *
 * What bencode and JSON have in common, as NG uses them: text, whole numbers, lists and
 * dictionaries.  Requests are read into such values and answers are built of them, so that
 * nobody behind needs to know which of the two the client speaks.
 *
 * Values and what they point to lie in an arena, or in the bytes that they were read from.  A
 * dictionary keeps the order, and repeated keys.  A builder that finds no memory marks the
 * arena's value as NULL and goes on: the printer then says -ENOMEM, so that only the end is to
 * be checked.  Control's one thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/arena.h"
#include "control/slice.h"

enum value_type { VALUE_TEXT, VALUE_NUMBER, VALUE_LIST, VALUE_DICT };

enum {
	VALUE_DEPTH = 16,    /* of lists and dictionaries within each other, at most */
	VALUE_COUNT = 16384, /* values of one message, at most */
};

/* A message has hundreds: 48 bytes. */
struct value {
	struct value *next; /* of its list or dictionary */
	struct slice key;   /* in a dictionary */
	union {
		struct slice text;
		int64_t number;
		struct {
			struct value *first, *last;
		};
	};
	uint32_t n;   /* of a list or a dictionary: how many there are in it */
	uint8_t type; /* enum value_type */
	bool broken;  /* a builder found no memory for all of it */
};

/* ---- Looking. ---- */

/* The last value of D that has KEY; D that is no dictionary (or NULL) has none.  NULL. */
const struct value *value_find(const struct value *d, const char *key);

/* The text of V: that of a text, or a number printed into A.  at NULL: neither, or V NULL. */
struct slice value_text(const struct value *v, struct arena *a);

/* The number of V: of a number, or of a text that is one.  0 or -EINVAL. */
int value_number(const struct value *v, int64_t *n);

/* ---- Building; NULL is taken for "no memory" everywhere. ---- */

struct value *value_dict(struct arena *a);

/* Of whatever TYPE into dictionary D under KEY (a text that outlives A), or at the end of list
 * D with the KEY that is none; still nothing of it: "", 0, empty.  NULL: no memory, D is
 * broken. */
struct value *value_put(
	struct arena *a, struct value *d, struct slice key, enum value_type type);

/* Texts are not copied: what they point to must live as long as A.  One whose at is NULL is
 * one that somebody found no memory for: D is broken. */
static inline void
value_put_text(struct arena *a, struct value *d, const char *key, struct slice text)
{
	struct value *v = value_put(a, d, slice_of(key), VALUE_TEXT);

	if (v == NULL)
		return;
	v->text = text;
	if (text.at == NULL)
		d->broken = true;
}

static inline void
value_put_string(struct arena *a, struct value *d, const char *key, const char *text)
{
	value_put_text(a, d, key, slice_of(text));
}

static inline void
value_put_number(struct arena *a, struct value *d, const char *key, int64_t n)
{
	struct value *v = value_put(a, d, slice_of(key), VALUE_NUMBER);

	if (v != NULL)
		v->number = n;
}

/* The new, empty one, to be filled; NULL: no memory, D is broken. */
static inline struct value *
value_put_dict(struct arena *a, struct value *d, const char *key)
{
	return value_put(a, d, slice_of(key), VALUE_DICT);
}

static inline struct value *
value_put_list(struct arena *a, struct value *d, const char *key)
{
	return value_put(a, d, slice_of(key), VALUE_LIST);
}

/* The same under a key that is not a constant. */
static inline struct value *
value_put_dict_named(struct arena *a, struct value *d, struct slice key)
{
	return value_put(a, d, key, VALUE_DICT);
}
