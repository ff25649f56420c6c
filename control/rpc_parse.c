/* SPDX-License-Identifier: Apache-2.0
 *
 * See rpc_parse.h. */
#include "control/rpc_parse.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "control/nearest.h"
#include "control/rpc_error.h"

/* What jansson found wrong, in our words: its own repeat the bytes near by, maybe a key. */
static const char *
fault(enum json_error_code code)
{
	switch (code) {
	case json_error_stack_overflow:
		return "it is nested too deeply";
	case json_error_premature_end_of_input:
		return "it ends too early";
	case json_error_end_of_input_expected:
		return "something stands behind the end of the JSON value";
	case json_error_invalid_utf8:
		return "these bytes are no UTF-8";
	case json_error_null_character:
	case json_error_null_byte_in_key:
		return "a string has a NUL in it";
	case json_error_duplicate_key:
		return "an object has one key twice";
	case json_error_numeric_overflow:
		return "a number is too big";
	default:
		return "this is no JSON";
	}
}

static struct rpc_parsed *
parsed_open(size_t n)
{
	struct rpc_parsed *p = calloc(1, sizeof *p + n * sizeof p->calls[0]);

	if (p != NULL)
		p->n = n;
	return p;
}

static json_t *
parse_error(const json_error_t *e)
{
	static const struct rpc_detail detail = {
		.reason = "parse_error",
		.expected = "one JSON object or array a line, in UTF-8",
	};

	return rpc_error(RPC_PARSE_ERROR, &detail, "Parse error at byte %d: %s", e->position,
		fault(json_error_code(e)));
}

static bool
is_version(const json_t *v)
{
	return json_is_string(v) && strcmp(json_string_value(v), "2.0") == 0;
}

static bool
is_method(const json_t *v)
{
	return json_is_string(v);
}

static bool
is_params(const json_t *v)
{
	return json_is_object(v) || json_is_array(v);
}

static bool
is_id(const json_t *v)
{
	return json_is_string(v) || json_is_number(v) || json_is_null(v);
}

static bool
is_key(const json_t *v)
{
	return json_is_string(v) && json_string_length(v) >= 1 &&
	       json_string_length(v) <= RPC_KEY_MAX;
}

static bool
is_deadline(const json_t *v)
{
	return json_is_integer(v) && json_integer_value(v) >= 1 &&
	       json_integer_value(v) <= RPC_DEADLINE_MAX;
}

/* What a request object is made of; the last two are ours. */
static const struct member {
	const char *name;
	bool required;
	bool (*fits)(const json_t *v);
	const char *expected;
} members[] = {
	{"jsonrpc", true, is_version, "\"2.0\""},
	{"method", true, is_method, "string"},
	{"params", false, is_params, "object or array"},
	{"id", false, is_id, "string, number or null"},
	{"idempotency_key", false, is_key, "string of 1..128 bytes"},
	{"deadline_ms", false, is_deadline, "integer 1..600000"},
};
static_assert(RPC_KEY_MAX == 128 && RPC_DEADLINE_MAX == 600000, "said above");
static_assert(RPC_BATCH_MAX == 1000, "said in an error below");
enum { MEMBERS = sizeof members / sizeof members[0] };

static json_t *
invalid(const char *field, const char *expected)
{
	const struct rpc_detail detail = {
		.reason = "invalid_request",
		.field = field,
		.expected = expected,
	};

	return rpc_error(RPC_INVALID_REQUEST, &detail, "Invalid Request: %s must be %s", field,
		expected);
}

static const char *
nearest_member(const char *name)
{
	const char *names[MEMBERS + 1] = {NULL};

	for (size_t i = 0; i < MEMBERS; i++)
		names[i] = members[i].name;
	return nearest(name, names);
}

/* Others than the known members are refused: a mistyped "params" would go unheard. */
static json_t *
unknown_member(const char *name)
{
	char shown[RPC_REPEAT_MAX + 1];
	const struct rpc_detail detail = {
		.reason = "invalid_request",
		.field = rpc_repeat(name, shown, sizeof shown),
		.expected = "jsonrpc, method, params, id, idempotency_key, deadline_ms",
		.nearest = nearest_member(name),
	};

	return rpc_error(
		RPC_INVALID_REQUEST, &detail, "Invalid Request: there is no member %s", shown);
}

static const struct member *
find(const char *name)
{
	for (size_t i = 0; i < MEMBERS; i++)
		if (strcmp(members[i].name, name) == 0)
			return &members[i];
	return NULL;
}

/* What keeps OBJECT from being a request.  0; -EINVAL with *ERROR. */
static int
check_members(json_t *object, json_t **error)
{
	const char *name;
	json_t *v;

	for (const struct member *m = members; m < members + MEMBERS; m++) {
		v = json_object_get(object, m->name);
		if (v == NULL ? m->required : !m->fits(v)) {
			*error = invalid(m->name, m->expected);
			return -EINVAL;
		}
	}
	json_object_foreach (object, name, v) {
		if (find(name) == NULL) {
			*error = unknown_member(name);
			return -EINVAL;
		}
	}
	return 0;
}

static void
read_call(struct rpc_call *c, json_t *value)
{
	if (!json_is_object(value)) {
		c->id = json_null();
		c->error = invalid("request", "object");
		return;
	}
	c->id = json_object_get(value, "id");
	if (check_members(value, &c->error) == 0) {
		c->method = json_string_value(json_object_get(value, "method"));
		c->params = json_object_get(value, "params");
		c->key = json_string_value(json_object_get(value, "idempotency_key"));
		c->deadline_ms =
			(unsigned)json_integer_value(json_object_get(value, "deadline_ms"));
	} else if (c->id == NULL || !is_id(c->id)) {
		c->id = json_null(); /* section 5: what cannot be made out is null */
	}
}

/* One call that is answered with ERROR. */
static struct rpc_parsed *
refused(json_t *root, json_t *error)
{
	struct rpc_parsed *p = parsed_open(1);

	if (p == NULL) {
		json_decref(root);
		json_decref(error);
		return NULL;
	}
	p->root = root;
	p->calls[0] = (struct rpc_call){.id = json_null(), .error = error};
	return p;
}

struct rpc_parsed *
rpc_parse(const char *line, size_t len)
{
	json_error_t e;
	json_t *root = json_loadb(line, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);
	struct rpc_parsed *p;
	size_t n;

	if (root == NULL)
		return refused(NULL, parse_error(&e));
	n = json_is_array(root) ? json_array_size(root) : 1;
	if (n == 0 || n > RPC_BATCH_MAX)
		return refused(root, invalid("batch", "array of 1..1000 requests"));
	p = parsed_open(n);
	if (p == NULL) {
		json_decref(root);
		return NULL;
	}
	p->root = root;
	p->batch = json_is_array(root);
	for (size_t i = 0; i < n; i++)
		read_call(&p->calls[i], p->batch ? json_array_get(root, i) : root);
	return p;
}

void
rpc_parsed_free(struct rpc_parsed *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->n; i++)
		json_decref(p->calls[i].error);
	json_decref(p->root);
	free(p);
}
