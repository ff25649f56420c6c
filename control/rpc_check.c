/* SPDX-License-Identifier: Apache-2.0
 *
 * See rpc_check.h.  Goes down no further than the tables do, however deep the value is. */
#include "control/rpc_check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "control/nearest.h"
#include "control/rpc_error.h"

enum {
	PATH = 256,  /* bytes of a field's path */
	WORDS = 512, /* bytes of an enumeration */
	NAMES = 64,  /* fields of one table that a mistyped name is compared with */
};

/* Where we are in the value: written down only when something is wrong there. */
struct place {
	const struct place *above; /* NULL: this is the top */
	const char *name;          /* of an object's field; NULL: an array's element */
	size_t index;
};

/* A text that grows in storage of the caller's, cut where that ends. */
struct words {
	char *text;
	size_t len, room;
};

static void words_add(struct words *w, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void
words_add(struct words *w, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(w->text + w->len, w->room - w->len, fmt, ap);
	va_end(ap);
	if (n > 0)
		w->len += (size_t)n;
	if (w->len >= w->room)
		w->len = w->room - 1;
}

static void
write_place(struct words *w, const struct place *at)
{
	char name[RPC_REPEAT_MAX + 1];

	if (at->above != NULL)
		write_place(w, at->above);
	if (at->name == NULL)
		words_add(w, "[%zu]", at->index);
	else
		words_add(w, "%s%s", w->len > 0 ? "." : "",
			rpc_repeat(at->name, name, sizeof name));
}

static const char *
path_of(const struct place *at, char path[PATH])
{
	struct words w = {.text = path, .room = PATH};

	path[0] = '\0';
	write_place(&w, at);
	return path;
}

static const char *const type_names[] = {
	[RPC_STRING] = "string",
	[RPC_INT] = "integer",
	[RPC_NUMBER] = "number",
	[RPC_BOOL] = "boolean",
	[RPC_OBJECT] = "object",
	[RPC_ARRAY] = "array",
	[RPC_ANY] = "element",
};

static bool
is_type(enum rpc_type type, json_t *value)
{
	switch (type) {
	case RPC_STRING:
		return json_is_string(value);
	case RPC_INT:
		return json_is_integer(value);
	case RPC_NUMBER:
		return json_is_number(value);
	case RPC_BOOL:
		return json_is_boolean(value);
	case RPC_OBJECT:
		return json_is_object(value);
	case RPC_ARRAY:
		return json_is_array(value);
	case RPC_ANY:
		break;
	}
	return true;
}

static void
add_range(struct words *w, const struct rpc_field *f)
{
	if (f->max == INT64_MAX)
		words_add(w, "at least %" PRId64, f->min);
	else if (f->min == INT64_MIN)
		words_add(w, "at most %" PRId64, f->max);
	else if (f->min == f->max)
		words_add(w, "%" PRId64, f->min);
	else
		words_add(w, "%" PRId64 "..%" PRId64, f->min, f->max);
}

const char *
rpc_check_expected(const struct rpc_field *f, char *buf, size_t room)
{
	struct words w = {.text = buf, .room = room};
	const bool ranged = f->min != 0 || f->max != 0;

	words_add(&w, "%s", f->type == RPC_ANY ? "anything" : type_names[f->type]);
	if (f->type == RPC_ARRAY) {
		words_add(&w, " of ");
		if (ranged)
			add_range(&w, f);
		words_add(&w, "%s%ss", ranged ? " " : "",
			type_names[f->fields != NULL ? RPC_OBJECT : f->element]);
	} else if (f->type == RPC_STRING && f->words != NULL) {
		w.len = 0;
		words_add(&w, "one of");
		for (size_t i = 0; f->words[i] != NULL; i++)
			words_add(&w, "%s %s", i > 0 ? "," : "", f->words[i]);
	} else if (f->type == RPC_STRING && ranged) {
		words_add(&w, " of ");
		add_range(&w, f);
		words_add(&w, " bytes");
	} else if (ranged) {
		words_add(&w, " ");
		add_range(&w, f);
	}
	return buf;
}

/* VALUE in words.  Of a string only its length, for it may be a key. */
static void
add_value(struct words *w, const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		words_add(w, "object");
		break;
	case JSON_ARRAY:
		words_add(w, "array of %zu elements", json_array_size(value));
		break;
	case JSON_STRING:
		words_add(w, "string of %zu bytes", json_string_length(value));
		break;
	case JSON_INTEGER:
		words_add(w, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		break;
	case JSON_REAL:
		words_add(w, "%.17g", json_real_value(value));
		break;
	case JSON_TRUE:
		words_add(w, "true");
		break;
	case JSON_FALSE:
		words_add(w, "false");
		break;
	case JSON_NULL:
		words_add(w, "null");
		break;
	}
}

/* VALUE, at AT, is not what F takes. */
static int
misfit(const struct rpc_field *f, json_t *value, const struct place *at, const char *reason,
	json_t **error)
{
	char path[PATH], expected[WORDS], got[RPC_REPEAT_MAX + 1];
	struct words w = {.text = got, .room = sizeof got};
	struct rpc_detail d = {.reason = reason, .got = got};

	add_value(&w, value);
	d.field = path_of(at, path);
	d.expected = rpc_check_expected(f, expected, sizeof expected);
	*error = rpc_error(RPC_INVALID_PARAMS, &d, "Invalid params: %s takes %s, not %s",
		d.field, d.expected, got);
	return -EINVAL;
}

/* A string is none of F's words. */
static int
no_such_word(
	const struct rpc_field *f, const char *word, const struct place *at, json_t **error)
{
	char path[PATH], expected[WORDS], got[RPC_REPEAT_MAX + 1];
	struct rpc_detail d = {.reason = "unknown_word", .nearest = nearest(word, f->words)};

	d.field = path_of(at, path);
	d.expected = rpc_check_expected(f, expected, sizeof expected);
	d.got = rpc_repeat(word, got, sizeof got);
	*error = rpc_error(RPC_INVALID_PARAMS, &d, "Invalid params: %s takes no \"%s\"%s%s%s",
		d.field, d.got, d.nearest != NULL ? "; did you mean " : "",
		d.nearest != NULL ? d.nearest : "", d.nearest != NULL ? "?" : "");
	return -EINVAL;
}

static int
unknown_field(const struct rpc_field *fields, const struct place *at, json_t **error)
{
	char path[PATH], expected[WORDS];
	struct words w = {.text = expected, .room = sizeof expected};
	const char *names[NAMES + 1];
	struct rpc_detail d = {.reason = "unknown_field", .expected = expected};
	size_t n = 0;

	for (; fields != NULL && fields[n].name != NULL && n < NAMES; n++) {
		names[n] = fields[n].name;
		words_add(&w, "%s%s", n > 0 ? ", " : "", names[n]);
	}
	names[n] = NULL;
	if (n == 0)
		words_add(&w, "no fields");
	d.field = path_of(at, path);
	d.nearest = nearest(at->name, names);
	*error =
		rpc_error(RPC_INVALID_PARAMS, &d, "Invalid params: there is no field %s%s%s%s",
			d.field, d.nearest != NULL ? "; did you mean " : "",
			d.nearest != NULL ? d.nearest : "", d.nearest != NULL ? "?" : "");
	return -EINVAL;
}

static int
missing(const struct rpc_field *f, const struct place *above, json_t **error)
{
	const struct place at = {.above = above, .name = f->name};
	char path[PATH], expected[WORDS];
	struct rpc_detail d = {.reason = "missing_field"};

	d.field = path_of(&at, path);
	d.expected = rpc_check_expected(f, expected, sizeof expected);
	*error = rpc_error(RPC_INVALID_PARAMS, &d, "Invalid params: %s is missing (%s)",
		d.field, d.expected);
	return -EINVAL;
}

static bool
in_range(const struct rpc_field *f, json_int_t n)
{
	return (f->min == 0 && f->max == 0) || (n >= f->min && n <= f->max);
}

static int check_object(const struct rpc_field *fields, json_t *object,
	const struct place *above, json_t **error);

static int
check_string(const struct rpc_field *f, json_t *value, const struct place *at, json_t **error)
{
	if (f->words == NULL) {
		if (!in_range(f, (json_int_t)json_string_length(value)))
			return misfit(f, value, at, "out_of_range", error);
		return 0;
	}
	for (size_t i = 0; f->words[i] != NULL; i++)
		if (strcmp(f->words[i], json_string_value(value)) == 0)
			return 0;
	return no_such_word(f, json_string_value(value), at, error);
}

static int check_value(
	const struct rpc_field *f, json_t *value, const struct place *at, json_t **error);

static int
check_array(
	const struct rpc_field *f, json_t *array, const struct place *above, json_t **error)
{
	const struct rpc_field each = {
		.type = f->fields != NULL ? RPC_OBJECT : f->element,
		.fields = f->fields,
		.words = f->words,
	};
	struct place at = {.above = above};
	json_t *value;

	if (!in_range(f, (json_int_t)json_array_size(array)))
		return misfit(f, array, above, "out_of_range", error);
	json_array_foreach (array, at.index, value) {
		int bad = check_value(&each, value, &at, error);

		if (bad != 0)
			return bad;
	}
	return 0;
}

static int
check_value(const struct rpc_field *f, json_t *value, const struct place *at, json_t **error)
{
	if (!is_type(f->type, value))
		return misfit(f, value, at, "wrong_type", error);
	if (f->type == RPC_STRING)
		return check_string(f, value, at, error);
	if (f->type == RPC_INT && !in_range(f, json_integer_value(value)))
		return misfit(f, value, at, "out_of_range", error);
	if (f->type == RPC_ARRAY)
		return check_array(f, value, at, error);
	if (f->type == RPC_OBJECT && f->fields != NULL)
		return check_object(f->fields, value, at, error);
	return 0;
}

static const struct rpc_field *
find(const struct rpc_field *fields, const char *name)
{
	for (; fields != NULL && fields->name != NULL; fields++)
		if (strcmp(fields->name, name) == 0)
			return fields;
	return NULL;
}

/* What is there comes first: a required field that is missing may just be mistyped. */
static int
check_object(const struct rpc_field *fields, json_t *object, const struct place *above,
	json_t **error)
{
	struct place at = {.above = above};
	json_t *value;

	json_object_foreach (object, at.name, value) {
		const struct rpc_field *f = find(fields, at.name);
		int bad = f == NULL ? unknown_field(fields, &at, error)
				    : check_value(f, value, &at, error);

		if (bad != 0)
			return bad;
	}
	for (const struct rpc_field *f = fields; f != NULL && f->name != NULL; f++)
		if (f->required && json_object_get(object, f->name) == NULL)
			return missing(f, above, error);
	return 0;
}

int
rpc_check(const struct rpc_field *fields, json_t *object, json_t **error)
{
	return check_object(fields, object, NULL, error);
}

int
rpc_check_by_name(
	const struct rpc_field *fields, json_t *array, json_t **named, json_t **error)
{
	struct rpc_detail d = {.reason = "too_many_values"};
	const struct rpc_field *f = fields;
	json_t *object = json_object();
	json_t *value;
	size_t i;

	json_array_foreach (array, i, value) {
		if (f == NULL || f->name == NULL) {
			json_decref(object);
			*error = rpc_error(RPC_INVALID_PARAMS, &d,
				"Invalid params: more values than the method has parameters "
				"(%zu)",
				i);
			return -EINVAL;
		}
		json_object_set(object, f->name, value);
		f++;
	}
	*named = object;
	return 0;
}
