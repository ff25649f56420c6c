/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines from an RPC client.  First each alone: control/rpc_parse.c, and control/rpc_check.c
 * with the parameters of the toy's methods; whatever comes, there is a request that fits its
 * table, or an error that can be sent.  Then all of them on one connection, of a role that the
 * first byte chooses, as far as handlers that answer at once, later, twice or never: every
 * answer is JSON, every request is answered at most once and forgotten. */
#include <assert.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/log.h"
#include "control/rpc_check.h"
#include "control/rpc_describe.h"
#include "control/rpc_error.h"
#include "control/rpc_exchange.h"
#include "control/rpc_parse.h"
#include "control/rpc_request.h"
#include "tests/control/toy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- A line ---- */

/* An error must be whole JSON with a code, no longer than some texts of bounded length. */
static void
must_be_sendable(json_t *error)
{
	char *text = json_dumps(error, JSON_COMPACT);

	assert(text != NULL && strlen(text) < 4096 && strchr(text, '\n') == NULL);
	assert(json_integer_value(json_object_get(error, "code")) <= RPC_INVALID_REQUEST);
	free(text);
}

static void
check_params(const struct rpc_method *m, json_t *params)
{
	json_t *named = NULL, *error = NULL;

	if (json_is_array(params)) {
		if (rpc_check_by_name(m->params, params, &named, &error) == 0)
			assert(json_object_size(named) == json_array_size(params));
	} else {
		named = params != NULL ? json_incref(params) : json_object();
	}
	if (named != NULL && rpc_check(m->params, named, &error) == 0) {
		for (const struct rpc_field *f = m->params; f != NULL && f->name != NULL; f++)
			assert(!f->required || json_object_get(named, f->name) != NULL);
	} else {
		must_be_sendable(error);
	}
	json_decref(error);
	json_decref(named);
}

static void
parse(const char *line, size_t len)
{
	struct rpc_parsed *p = rpc_parse(line, len);

	assert(p != NULL && p->n >= 1 && p->n <= RPC_BATCH_MAX);
	for (size_t i = 0; i < p->n; i++) {
		const struct rpc_call *c = &p->calls[i];

		if (c->method == NULL) {
			assert(c->id != NULL);
			must_be_sendable(c->error);
			continue;
		}
		assert(c->error == NULL && c->deadline_ms <= RPC_DEADLINE_MAX);
		assert(c->key == NULL || strlen(c->key) <= RPC_KEY_MAX);
		rpc_describe_nearest(toy_methods, toy_n_methods, c->method);
		for (size_t m = 0; m < toy_n_methods; m++)
			check_params(&toy_methods[m], c->params);
	}
	rpc_parsed_free(p);
}

/* ---- Handlers ---- */

enum { HELD = 64 };

static struct rpc_request *held[HELD];
static unsigned n_held;

static void
echo(struct rpc_request *req, const json_t *params, void *arg)
{
	rpc_reply(req, json_deep_copy(params));
}

static void
hold(struct rpc_request *req, const json_t *params, void *arg)
{
	if (n_held == HELD)
		rpc_reply(req, json_null());
	else
		held[n_held++] = req;
}

static bool
withdraw(struct rpc_request *req, const json_t *params, void *arg)
{
	assert(json_is_object(params));
	for (unsigned i = 0; i < n_held; i++) {
		if (held[i] != req)
			continue;
		held[i] = held[--n_held];
		return true;
	}
	return false;
}

/* Answer one that is held, and refuse the asker. */
static void
release(struct rpc_request *req, const json_t *params, void *arg)
{
	static const struct rpc_error empty = {1, "empty", "nothing is held", 0};

	if (n_held > 0)
		rpc_reply(held[--n_held], json_true());
	rpc_fail(req, &empty, NULL, NULL, NULL, "held: %u", n_held);
}

static const struct rpc_field any_fields[] = {
	{.name = "a", .type = RPC_ANY},
	{.name = "b", .type = RPC_INT, .min = 1, .max = 9},
	{.name = NULL},
};
static const struct rpc_method methods[] = {
	{.name = "f.echo", .role = RPC_VIEW, .params = any_fields, .handler = echo},
	{.name = "f.hold", .role = RPC_SESSION, .params = any_fields, .handler = hold},
	{.name = "f.wait",
		.role = RPC_SESSION,
		.params = any_fields,
		.handler = hold,
		.cancel = withdraw},
	{.name = "f.free", .role = RPC_ADMIN, .handler = release},
};

/* ---- A connection ---- */

static bool
has_room(void *arg, size_t bytes)
{
	return bytes < 1 << 20;
}

static void
done(void *arg)
{
}

static void
check_answers(struct evbuffer *out)
{
	char *line;
	size_t len;

	while ((line = evbuffer_readln(out, &len, EVBUFFER_EOL_LF)) != NULL) {
		json_t *value = json_loadb(line, len, 0, NULL);

		assert(value != NULL);
		json_decref(value);
		free(line);
	}
	assert(evbuffer_get_length(out) == 0);
}

static void
converse(struct rpc_peer *p, const char *data, size_t size)
{
	while (size > 0) {
		const char *end = memchr(data, '\n', size);
		size_t len = end != NULL ? (size_t)(end - data) : size;

		assert(rpc_exchange_line(p, data, len) == 0);
		while (rpc_exchange_step(p, rpc_request_start) > 0)
			;
		check_answers(p->out);
		data += end != NULL ? len + 1 : len;
		size -= end != NULL ? len + 1 : len;
	}
}

static void
connect_and_converse(enum rpc_role role, const char *data, size_t size)
{
	static const struct rpc_server_conf conf = {.version = "0",
		.methods = methods,
		.n_methods = sizeof methods / sizeof *methods,
		.events = toy_events};
	struct event_base *base = event_base_new();
	struct rpc_context *context = rpc_context_open(base, &conf);
	struct rpc_peer p = {.context = context,
		.role = role,
		.out = evbuffer_new(),
		.has_room = has_room,
		.done = done};

	converse(&p, data, size);
	if (memmem(data, size, "deadline_ms\":1", 14) != NULL) {
		usleep(1500); /* the shortest have passed */
		event_base_loop(base, EVLOOP_NONBLOCK);
		check_answers(p.out);
	}
	while (n_held > HELD / 2)
		rpc_reply(held[--n_held], json_object());
	check_answers(p.out);
	rpc_exchange_orphan(&p);
	while (n_held > 0)
		rpc_reply(held[--n_held], json_object());
	assert(evbuffer_get_length(p.out) == 0 && context->users == 1);
	rpc_context_put(context);
	evbuffer_free(p.out);
	event_base_free(base);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	log_set_level(LOG_LEVEL_ERROR);
	parse((const char *)data, size);
	connect_and_converse(data[0] % RPC_ROLES, (const char *)data + 1, size - 1);
	return 0;
}
