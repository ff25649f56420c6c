/* SPDX-License-Identifier: Apache-2.0
 *
 * See value.h. */
#include "control/value.h"

#include <errno.h>
#include <inttypes.h>

/* ---- Looking. ---- */

const struct value *
value_find(const struct value *d, const char *key)
{
	const struct value *found = NULL;

	if (d == NULL || d->type != VALUE_DICT)
		return NULL;
	for (const struct value *v = d->first; v != NULL; v = v->next)
		if (slice_is(v->key, key))
			found = v;
	return found;
}

struct slice
value_text(const struct value *v, struct arena *a)
{
	if (v != NULL && v->type == VALUE_TEXT)
		return v->text;
	if (v != NULL && v->type == VALUE_NUMBER)
		return arena_print(a, "%" PRId64, v->number);
	return (struct slice){NULL, 0};
}

int
value_number(const struct value *v, int64_t *n)
{
	struct slice digits;
	uint64_t size;
	bool negative;

	if (v != NULL && v->type == VALUE_NUMBER) {
		*n = v->number;
		return 0;
	}
	if (v == NULL || v->type != VALUE_TEXT)
		return -EINVAL;
	digits = slice_trim(v->text);
	if ((negative = slice_begins(digits, "-")))
		digits = (struct slice){digits.at + 1, digits.len - 1};
	if (slice_number(digits, INT64_MAX, &size) != 0)
		return -EINVAL;
	*n = negative ? -(int64_t)size : (int64_t)size;
	return 0;
}

/* ---- Building. ---- */

static struct value *
make(struct arena *a, enum value_type type)
{
	struct value *v = arena_take(a, sizeof *v);

	if (v != NULL)
		v->type = type;
	return v;
}

struct value *
value_dict(struct arena *a)
{
	return make(a, VALUE_DICT);
}

struct value *
value_put(struct arena *a, struct value *d, struct slice key, enum value_type type)
{
	struct value *v = d != NULL ? make(a, type) : NULL;

	if (v == NULL) {
		if (d != NULL)
			d->broken = true;
		return NULL;
	}
	v->key = key;
	if (d->last != NULL)
		d->last->next = v;
	else
		d->first = v;
	d->last = v;
	d->n++;
	return v;
}
