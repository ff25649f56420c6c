/* SPDX-License-Identifier: Apache-2.0
 *
 * See value_json.h. */
#include "control/value_json.h"

#include <errno.h>
#include <jansson.h>

#include "control/wipe.h"

enum {
	LONGEST = 1 << 20
}; /* bytes of JSON: jansson takes thirty times as much to read them */

/* ---- Reading. ---- */

struct reader {
	struct arena *a;
	unsigned count, depth;
};

static int fill(struct reader *r, struct value *v, json_t *from);

/* FROM becomes the next one within D, NAME its key: NULL in a list. */
static int
append(struct reader *r, struct value *d, const char *name, json_t *from)
{
	struct value *v = arena_take(r->a, sizeof *v);

	if (v == NULL)
		return -ENOMEM;
	if (name != NULL && (v->key = arena_copy(r->a, slice_of(name))).at == NULL)
		return -ENOMEM;
	*(d->last != NULL ? &d->last->next : &d->first) = v;
	d->last = v;
	d->n++;
	return fill(r, v, from);
}

static int
fill_list(struct reader *r, struct value *v, json_t *from)
{
	int err = 0;

	v->type = VALUE_LIST;
	for (size_t i = 0; err == 0 && i < json_array_size(from); i++)
		err = append(r, v, NULL, json_array_get(from, i));
	return err;
}

static int
fill_dict(struct reader *r, struct value *v, json_t *from)
{
	const char *name;
	json_t *member;
	int err = 0;

	v->type = VALUE_DICT;
	json_object_foreach (from, name, member)
		if ((err = append(r, v, name, member)) != 0)
			break;
	return err;
}

static int
fill_text(struct reader *r, struct value *v, json_t *from)
{
	const char *text = json_is_string(from) ? json_string_value(from) : "";

	v->type = VALUE_TEXT;
	v->text = arena_copy(r->a, (struct slice){text, json_string_length(from)});
	return v->text.at != NULL ? 0 : -ENOMEM;
}

/* A real number without its fraction; one that is larger than whole ones are is a text, and so
 * none. */
static int
fill_real(struct reader *r, struct value *v, double real)
{
	bool whole = real > -0x1p62 && real < 0x1p62;

	v->type = whole ? VALUE_NUMBER : VALUE_TEXT;
	if (whole)
		v->number = (int64_t)real;
	else
		v->text = arena_print(r->a, "%g", real);
	return whole || v->text.at != NULL ? 0 : -ENOMEM;
}

static int
fill(struct reader *r, struct value *v, json_t *from)
{
	int err;

	if (++r->count > VALUE_COUNT)
		return -E2BIG;
	if (json_is_string(from) || json_is_null(from))
		return fill_text(r, v, from);
	if (json_is_real(from))
		return fill_real(r, v, json_real_value(from));
	if (!json_is_object(from) && !json_is_array(from)) {
		v->type = VALUE_NUMBER;
		v->number =
			json_is_integer(from) ? json_integer_value(from) : json_is_true(from);
		return 0;
	}
	if (r->depth++ == VALUE_DEPTH)
		return -E2BIG;
	err = json_is_array(from) ? fill_list(r, v, from) : fill_dict(r, v, from);
	r->depth--;
	return err;
}

struct value *
value_from_json(struct arena *a, const char *text, size_t len)
{
	struct reader r = {.a = a};
	struct value *v = NULL;
	json_error_t e;
	json_t *root;
	int err;

	if (len > LONGEST) {
		errno = E2BIG;
		return NULL;
	}
	root = json_loadb(text, len, JSON_ALLOW_NUL, &e);
	/* Of a whole number that 64 bits do not hold, the library takes it for no JSON. */
	if (root == NULL && json_error_code(&e) == json_error_numeric_overflow)
		root = json_loadb(text, len, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &e);
	if (root == NULL) {
		errno = json_error_code(&e) == json_error_out_of_memory ? ENOMEM : EBADMSG;
		return NULL;
	}
	if (!json_is_object(root))
		err = -EBADMSG;
	else if ((v = arena_take(a, sizeof *v)) == NULL)
		err = -ENOMEM;
	else
		err = fill(&r, v, root);
	json_decref(root);
	errno = -err;
	return err == 0 ? v : NULL;
}

/* ---- Printing. ---- */

/* How many bytes the UTF-8 character is that S begins with; 0: it is none. */
static size_t
character(struct slice s)
{
	/* RFC 3629 section 4: lead bytes up to LAST, and what may come second. */
	static const struct {
		uint8_t last, length, low, high;
	} leads[] = {
		{0x7f, 1, 0, 0},
		{0xc1, 0, 0, 0},
		{0xdf, 2, 0x80, 0xbf},
		{0xe0, 3, 0xa0, 0xbf},
		{0xec, 3, 0x80, 0xbf},
		{0xed, 3, 0x80, 0x9f},
		{0xef, 3, 0x80, 0xbf},
		{0xf0, 4, 0x90, 0xbf},
		{0xf3, 4, 0x80, 0xbf},
		{0xf4, 4, 0x80, 0x8f},
		{0xff, 0, 0, 0},
	};
	const uint8_t *byte = (const uint8_t *)s.at;
	size_t row = 0;

	while (byte[0] > leads[row].last)
		row++;
	if (leads[row].length > s.len)
		return 0;
	for (size_t i = 1; i < leads[row].length; i++)
		if (byte[i] < (i == 1 ? leads[row].low : 0x80) ||
			byte[i] > (i == 1 ? leads[row].high : 0xbf))
			return 0;
	return leads[row].length;
}

/* S, with U+FFFD for each byte that is no UTF-8. */
static json_t *
mended(struct arena *a, struct slice s)
{
	static const char unknown[] = "\xef\xbf\xbd";
	char *copy = arena_array(a, s.len, sizeof unknown - 1);
	size_t len = 0;

	if (copy == NULL)
		return NULL;
	while (s.len > 0) {
		size_t n = character(s), skip = n > 0 ? n : 1;

		memcpy(copy + len, n > 0 ? s.at : unknown, n > 0 ? n : sizeof unknown - 1);
		len += n > 0 ? n : sizeof unknown - 1;
		s = (struct slice){s.at + skip, s.len - skip};
	}
	return json_stringn(copy, len);
}

static json_t *
text_to_json(struct arena *a, struct slice s)
{
	json_t *text = json_stringn(s.len > 0 ? s.at : "", s.len);

	return text != NULL ? text : mended(a, s);
}

static json_t *to_json(struct arena *a, const struct value *v);

/* A key is as any text. */
static int
add_member(struct arena *a, json_t *into, const struct value *v)
{
	json_t *name = text_to_json(a, v->key);
	int err = -1;

	if (name != NULL)
		err = json_object_setn_new(into, json_string_value(name),
			json_string_length(name), to_json(a, v));
	json_decref(name);
	return err;
}

static json_t *
to_json(struct arena *a, const struct value *v)
{
	json_t *into;
	int err = 0;

	if (v->broken)
		return NULL;
	if (v->type == VALUE_TEXT)
		return text_to_json(a, v->text);
	if (v->type == VALUE_NUMBER)
		return json_integer(v->number);
	into = v->type == VALUE_LIST ? json_array() : json_object();
	for (const struct value *of = v->first; err == 0 && of != NULL; of = of->next)
		err = v->type == VALUE_LIST ? json_array_append_new(into, to_json(a, of))
					    : add_member(a, into, of);
	if (err == 0)
		return into;
	json_decref(into);
	return NULL;
}

struct slice
value_to_json(struct arena *a, const struct value *v)
{
	json_t *root = v != NULL ? to_json(a, v) : NULL;
	char *text = json_dumps(root, JSON_COMPACT);
	struct slice copy = arena_copy(a, slice_of(text));

	wipe_free(text);
	json_decref(root);
	if (text == NULL)
		copy.at = NULL;
	if (copy.at == NULL)
		errno = ENOMEM;
	return copy;
}
