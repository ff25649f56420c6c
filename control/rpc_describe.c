/* SPDX-License-Identifier: Apache-2.0
 *
 * See rpc_describe.h.  Control's one thread. */
#include "control/rpc_describe.h"

#include <stdlib.h>
#include <string.h>

#include "control/events.h"
#include "control/nearest.h"
#include "control/rpc_error.h"

const char *const rpc_role_names[RPC_ROLES] = {
	[RPC_ADMIN] = "admin",
	[RPC_SESSION] = "session",
	[RPC_VIEW] = "view",
};

static json_t *
describe_words(const char *const *words)
{
	json_t *list = json_array();

	for (; *words != NULL; words++)
		json_array_append_new(list, json_string(*words));
	return list;
}

static json_t *
describe_fields(const struct rpc_field *f)
{
	json_t *list = json_array();

	for (; f != NULL && f->name != NULL; f++) {
		json_t *o = json_pack("{s:s, s:s, s:b}", "name", f->name, "type",
			rpc_describe_type(f->type), "required", f->required);

		if (f->type == RPC_ARRAY)
			json_object_set_new(o, "element",
				json_string(rpc_describe_type(
					f->fields != NULL ? RPC_OBJECT : f->element)));
		if (f->min != 0 || f->max != 0) {
			json_object_set_new(o, "min", json_integer(f->min));
			json_object_set_new(o, "max", json_integer(f->max));
		}
		if (f->words != NULL)
			json_object_set_new(o, "words", describe_words(f->words));
		if (f->unit != NULL)
			json_object_set_new(o, "unit", json_string(f->unit));
		if (f->help != NULL)
			json_object_set_new(o, "help", json_string(f->help));
		if (f->fields != NULL)
			json_object_set_new(o, "fields", describe_fields(f->fields));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *
describe_errors(const struct rpc_error *const *errors)
{
	json_t *list = json_array();

	for (; errors != NULL && *errors != NULL; errors++) {
		const struct rpc_error *e = *errors;
		json_t *o = json_pack("{s:i, s:s, s:s*}", "code", e->code, "reason", e->reason,
			"help", e->help);

		if (e->retry_after_ms != 0)
			json_object_set_new(
				o, "retry_after_ms", json_integer(e->retry_after_ms));
		json_array_append_new(list, o);
	}
	return list;
}

const char *
rpc_describe_type(enum rpc_type type)
{
	static const char *const names[] = {
		[RPC_STRING] = "string",
		[RPC_INT] = "integer",
		[RPC_NUMBER] = "number",
		[RPC_BOOL] = "boolean",
		[RPC_OBJECT] = "object",
		[RPC_ARRAY] = "array",
		[RPC_ANY] = "any",
	};

	return names[type];
}

json_t *
rpc_describe_method(const struct rpc_method *m)
{
	json_t *o = json_pack("{s:s, s:s, s:s*, s:o, s:o, s:o}", "name", m->name, "role",
		rpc_role_names[m->role], "summary", m->summary, "params",
		describe_fields(m->params), "result", describe_fields(m->result), "errors",
		describe_errors(m->errors));

	if (m->example != NULL)
		json_object_set_new(
			o, "example", json_loads(m->example, JSON_DECODE_ANY, NULL));
	if (m->answer != NULL)
		json_object_set_new(o, "answer", json_loads(m->answer, JSON_DECODE_ANY, NULL));
	return o;
}

json_t *
rpc_describe_events(const struct event_kind *kinds)
{
	json_t *list = json_array();

	for (; kinds != NULL && kinds->name != NULL; kinds++)
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:o}", "name", kinds->name, "help",
				      kinds->help, "fields", describe_fields(kinds->fields)));
	return list;
}

/* Row I of the table followed by our own. */
static const struct rpc_method *
row(const struct rpc_method *methods, size_t n, size_t i)
{
	return i < n ? &methods[i] : &rpc_describe_methods[i - n];
}

const struct rpc_method *
rpc_describe_find(const struct rpc_method *methods, size_t n, const char *name)
{
	for (size_t i = 0; i < n + RPC_DESCRIBE_METHODS; i++)
		if (strcmp(row(methods, n, i)->name, name) == 0)
			return row(methods, n, i);
	return NULL;
}

const char *
rpc_describe_nearest(const struct rpc_method *methods, size_t n, const char *name)
{
	const char **names = calloc(n + RPC_DESCRIBE_METHODS + 1, sizeof *names);
	const char *best;

	if (names == NULL)
		return NULL;
	for (size_t i = 0; i < n + RPC_DESCRIBE_METHODS; i++)
		names[i] = row(methods, n, i)->name;
	best = nearest(name, names);
	free(names);
	return best;
}

static const struct rpc_field methods_result[] = {
	{.name = "methods",
		.type = RPC_ARRAY,
		.required = true,
		.fields =
			(const struct rpc_field[]){
				{.name = "name", .type = RPC_STRING, .required = true},
				{.name = "role",
					.type = RPC_STRING,
					.required = true,
					.help = "the least that may call it: admin, session, "
						"view"},
				{.name = "summary", .type = RPC_STRING},
				{.name = NULL},
			},
		.help = "all that there are"},
	{.name = NULL},
};

static void
methods_handler(struct rpc_request *req, const json_t *params, void *arg)
{
	const struct rpc_server_conf *conf = arg;
	json_t *list = json_array();

	for (size_t i = 0; i < conf->n_methods + RPC_DESCRIBE_METHODS; i++) {
		const struct rpc_method *m = row(conf->methods, conf->n_methods, i);

		json_array_append_new(
			list, json_pack("{s:s, s:s, s:s*}", "name", m->name, "role",
				      rpc_role_names[m->role], "summary", m->summary));
	}
	rpc_reply(req, json_pack("{s:o}", "methods", list));
}

static const struct rpc_field describe_params[] = {
	{.name = "method", .type = RPC_STRING, .help = "only this one; absent: all"},
	{.name = NULL},
};

static const struct rpc_error no_method = {
	.code = RPC_INVALID_PARAMS,
	.reason = "unknown_method",
	.help = "there is no method of this name; data.expected is the nearest one",
};

static const struct rpc_error *const describe_faults[] = {&no_method, NULL};

static const struct rpc_field describe_result[] = {
	{.name = "api",
		.type = RPC_INT,
		.required = true,
		.help = "version of the API, raised when something that worked stops working"},
	{.name = "methods",
		.type = RPC_ARRAY,
		.required = true,
		.element = RPC_OBJECT,
		.help = "name, role, summary, params, result (fields with name, type, "
			"required, element, min, max, words, unit, help, fields), errors "
			"(code, reason, help), example, answer"},
	{.name = "events",
		.type = RPC_ARRAY,
		.element = RPC_OBJECT,
		.help = "name, help, fields of the events that events.subscribe sends; not "
			"given if only one method was asked for"},
	{.name = NULL},
};

static void
describe_handler(struct rpc_request *req, const json_t *params, void *arg)
{
	const struct rpc_server_conf *conf = arg;
	const char *name = json_string_value(json_object_get(params, "method"));
	const struct rpc_method *only = NULL;
	json_t *list;

	if (name != NULL) {
		only = rpc_describe_find(conf->methods, conf->n_methods, name);
		if (only == NULL) {
			rpc_fail(req, &no_method, "method", name,
				rpc_describe_nearest(conf->methods, conf->n_methods, name),
				"there is no such method");
			return;
		}
	}
	list = json_array();
	if (only != NULL)
		json_array_append_new(list, rpc_describe_method(only));
	for (size_t i = 0; only == NULL && i < conf->n_methods + RPC_DESCRIBE_METHODS; i++)
		json_array_append_new(
			list, rpc_describe_method(row(conf->methods, conf->n_methods, i)));
	rpc_reply(req, json_pack("{s:i, s:o, s:o*}", "api", RPC_API, "methods", list, "events",
			       only == NULL ? rpc_describe_events(conf->events) : NULL));
}

const struct rpc_method rpc_describe_methods[RPC_DESCRIBE_METHODS] = {
	{
		.name = "rpc.methods",
		.role = RPC_VIEW,
		.summary = "The names of all methods, with a line about each.",
		.result = methods_result,
		.example = "{}",
		.answer =
			"{\"methods\": [{\"name\": \"rpc.methods\", \"role\": \"view\", \"summary\": "
			"\"The names of all methods, with a line about each.\"}]}",
		.handler = methods_handler,
	},
	{
		.name = "rpc.describe",
		.role = RPC_VIEW,
		.summary = "What a method takes, answers and refuses, with an example.",
		.params = describe_params,
		.result = describe_result,
		.errors = describe_faults,
		.example = "{\"method\": \"rpc.methods\"}",
		/* clang-format off */
		.answer = "{\"api\": 1, \"methods\": [{\"name\": \"rpc.methods\", \"role\": \"view\", \"summary\": "
			"\"The names of all methods, with a line about each.\", \"params\": [], "
			"\"result\": [{\"name\": \"methods\", \"type\": \"array\", \"required\": "
			"true, \"element\": \"object\"}], \"errors\": [], \"example\": {}}]}",
		/* clang-format on */
		.handler = describe_handler,
	},
};
