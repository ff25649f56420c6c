/* SPDX-License-Identifier: Apache-2.0
 *
 * See rpc_exchange.h.  JSON-RPC 2.0, sections 4 to 6. */
#include "control/rpc_exchange.h"

#include <errno.h>
#include <event2/buffer.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/rpc.h"
#include "control/rpc_check.h"
#include "control/rpc_describe.h"
#include "control/rpc_error.h"
#include "control/rpc_parse.h"
#include "control/wipe.h"

/* Ends when its last request does, which may be after its owner. */
struct rpc_exchange {
	LIST_ENTRY(rpc_exchange) link;
	struct rpc_exchanges *owner; /* NULL: gone */
	struct evbuffer *out;        /* the answers so far */
	unsigned pending; /* requests without an answer, and the line while it is read */
	bool batch;
};

struct rpc_request {
	struct rpc_exchange *exchange;
	json_t *id; /* NULL: a notification */
};

/* In place of an answer that there is no memory for. */
static const char no_memory[] =
	"{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32603,"
	"\"message\":\"Internal error: out of memory\",\"data\":{\"reason\":\"internal\"}}}";

/* ---- Exchanges ---- */

static struct rpc_exchange *
exchange_open(struct rpc_exchanges *xs)
{
	struct rpc_exchange *x = calloc(1, sizeof *x);

	if (x == NULL)
		return NULL;
	x->out = evbuffer_new();
	if (x->out == NULL) {
		free(x);
		return NULL;
	}
	x->owner = xs;
	x->pending = 1;
	LIST_INSERT_HEAD(&xs->list, x, link);
	xs->n++;
	return x;
}

/* One of its requests, or the reading of its line, is done. */
static void
exchange_done(struct rpc_exchange *x)
{
	struct rpc_exchanges *xs = x->owner;
	size_t bytes = evbuffer_get_length(x->out);

	if (--x->pending > 0) {
		if (xs != NULL)
			xs->done(xs->arg);
		return;
	}
	if (xs != NULL) {
		LIST_REMOVE(x, link);
		xs->n--;
		if (bytes > 0 && xs->has_room(xs->arg, bytes)) {
			evbuffer_add_printf(x->out, "%s\n", x->batch ? "]" : "");
			xs->send(xs->arg, x->out);
		}
		xs->done(xs->arg);
	}
	evbuffer_free(x->out);
	free(x);
}

/* Add {"jsonrpc", "id": ID, KIND: VALUE}.  Takes VALUE. */
static void
exchange_answer(struct rpc_exchange *x, json_t *id, const char *kind, json_t *value)
{
	json_t *whole = json_pack("{s:s, s:O, s:o}", "jsonrpc", "2.0", "id", id, kind, value);
	char *text = json_dumps(whole, JSON_COMPACT | JSON_REAL_PRECISION(15));
	const char *said = text != NULL ? text : no_memory;
	size_t before = evbuffer_get_length(x->out);

	json_decref(whole);
	if (x->owner->has_room(x->owner->arg, before + strlen(said))) {
		if (x->batch)
			evbuffer_add(x->out, before == 0 ? "[" : ",", 1);
		evbuffer_add(x->out, said, strlen(said));
	}
	wipe_free(text); /* it may hold a key */
}

/* ---- Answers ---- */

/* Takes VALUE and REQ. */
static void
answer(struct rpc_request *req, const char *kind, json_t *value)
{
	struct rpc_exchange *x = req->exchange;

	if (req->id != NULL && x->owner != NULL && x->owner->has_room(x->owner->arg, 0))
		exchange_answer(x, req->id, kind, value);
	else
		json_decref(value);
	json_decref(req->id);
	free(req);
	if (x->owner != NULL)
		x->owner->requests--;
	exchange_done(x);
}

void
rpc_reply(struct rpc_request *req, json_t *result)
{
	answer(req, "result", result);
}

void
rpc_fail(struct rpc_request *req, const struct rpc_error *err, const char *field,
	const char *got, const char *expected, const char *fmt, ...)
{
	const struct rpc_detail detail = {
		.reason = err->reason,
		.field = field,
		.got = got,
		.expected = expected,
		.retry_after_ms = err->retry_after_ms,
	};
	char message[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof message, fmt, ap);
	va_end(ap);
	answer(req, "error", rpc_error(err->code, &detail, "%s", message));
}

/* ---- Requests ---- */

static json_t *
unknown_method(const struct rpc_server_conf *conf, const char *name)
{
	const char *near = rpc_describe_nearest(conf->methods, conf->n_methods, name);
	char shown[RPC_REPEAT_MAX + 1];
	const struct rpc_detail detail = {
		.reason = "unknown_method",
		.got = rpc_repeat(name, shown, sizeof shown),
		.nearest = near,
	};

	return rpc_error(RPC_NO_METHOD, &detail, "Method not found: %s; %s%s", shown,
		near != NULL ? "did you mean " : "rpc.methods names those that exist",
		near != NULL ? near : "");
}

/* The parameters by name, as M's table wants them: a new reference.  NULL with *ERROR. */
static json_t *
named_params(const struct rpc_method *m, json_t *params, json_t **error)
{
	json_t *named = NULL;

	if (params == NULL)
		named = json_object();
	else if (json_is_object(params))
		named = json_incref(params);
	else if (rpc_check_by_name(m->params, params, &named, error) != 0)
		return NULL;
	if (rpc_check(m->params, named, error) == 0)
		return named;
	json_decref(named);
	return NULL;
}

/* Run one of X's requests.  0; -ENOMEM: it gets no answer. */
static int
start_call(struct rpc_exchange *x, struct rpc_server_conf *conf, const struct rpc_call *call)
{
	struct rpc_request *req = calloc(1, sizeof *req);
	const struct rpc_method *m, *own;
	json_t *params, *error = NULL;

	if (req == NULL)
		return -ENOMEM;
	req->exchange = x;
	req->id = json_incref(call->id);
	x->pending++;
	x->owner->requests++;

	if (call->method == NULL) {
		answer(req, "error", json_incref(call->error));
		return 0;
	}
	m = rpc_describe_find(conf->methods, conf->n_methods, call->method);
	if (m == NULL) {
		answer(req, "error", unknown_method(conf, call->method));
		return 0;
	}
	params = named_params(m, call->params, &error);
	if (params == NULL) {
		answer(req, "error", error);
		return 0;
	}
	own = rpc_describe_find(NULL, 0, call->method);
	m->handler(req, params, m == own ? conf : conf->arg);
	json_decref(params);
	return 0;
}

int
rpc_exchange_line(struct rpc_exchanges *xs, const char *line, size_t len)
{
	struct rpc_parsed *p = rpc_parse(line, len);
	struct rpc_exchange *x = p == NULL ? NULL : exchange_open(xs);
	int error = x == NULL ? -ENOMEM : 0;

	if (x != NULL) {
		x->batch = p->batch;
		for (size_t i = 0; i < p->n && error == 0; i++)
			error = start_call(x, xs->conf, &p->calls[i]);
		exchange_done(x);
	}
	rpc_parsed_free(p);
	return error;
}

int
rpc_exchange_refuse(struct rpc_exchanges *xs, json_t *error)
{
	struct rpc_exchange *x = exchange_open(xs);

	if (x == NULL) {
		json_decref(error);
		return -ENOMEM;
	}
	exchange_answer(x, json_null(), "error", error);
	exchange_done(x);
	return 0;
}

void
rpc_exchange_orphan(struct rpc_exchanges *xs)
{
	struct rpc_exchange *x;

	while ((x = LIST_FIRST(&xs->list)) != NULL) {
		LIST_REMOVE(x, link);
		x->owner = NULL;
	}
	xs->n = xs->requests = 0;
}
