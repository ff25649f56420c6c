/* SPDX-License-Identifier: Apache-2.0
 *
 * See rpc_request.h. */
#include "control/rpc_request.h"

#include <errno.h>
#include <event2/event.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/log.h"
#include "control/rpc_check.h"
#include "control/rpc_describe.h"
#include "control/rpc_error.h"
#include "control/rpc_exchange.h"
#include "control/rpc_once.h"
#include "control/rpc_parse.h"
#include "control/rpc_tally.h"
#include "control/wipe.h"

struct rpc_request {
	struct rpc_exchange *exchange; /* NULL: its client has been told something already */
	struct rpc_context *context;
	const struct rpc_method *method; /* NULL: it is none */
	json_t *id;                      /* NULL: a notification */
	json_t *params;                  /* that .cancel will be asked with; NULL */
	struct event *deadline;          /* NULL: none */
	unsigned deadline_ms;
	void *kept; /* by the handler */

	struct rpc_once_entry *once;   /* of its key; NULL: it has none */
	bool repeats;                  /* it waits for the answer of another with that key */
	TAILQ_ENTRY(rpc_request) same; /* likewise */
};

/* ---- Answers ---- */

static char *
text_of(json_t *value)
{
	char *text =
		json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));

	json_decref(value);
	return text;
}

static void
release(struct rpc_request *req)
{
	if (req->deadline != NULL)
		event_free(req->deadline);
	json_decref(req->params);
	json_decref(req->id);
	rpc_context_put(req->context);
	free(req);
}

/* Tell the client, who is told once.  CODE 0: TEXT is a result, else an error of that code. */
static void
tell(struct rpc_request *req, int code, const char *text)
{
	struct rpc_exchange *x = req->exchange;

	req->exchange = NULL;
	if (x == NULL)
		return;
	rpc_tally_add(req->context->conf.tally, req->method, code);
	rpc_exchange_answer(x, req->id, code == 0 ? "result" : "error", text);
}

/* The same answer for all that asked with the same key meanwhile. */
static void
tell_repeats(struct rpc_once_entry *e, int code, const char *text)
{
	struct rpc_request *again;

	while ((again = TAILQ_FIRST(&e->repeats)) != NULL) {
		TAILQ_REMOVE(&e->repeats, again, same);
		tell(again, code, text);
		release(again);
	}
}

/* Takes VALUE and REQ.  Only a result is kept: what was refused has changed nothing, and may
 * work when it is tried again. */
static void
answer(struct rpc_request *req, int code, json_t *value)
{
	struct rpc_once_entry *e = req->once;
	char *text = text_of(value); /* it may hold a key */

	tell(req, code, text);
	if (e != NULL)
		tell_repeats(e, code, text);
	if (e != NULL && code == 0 && text != NULL) {
		rpc_once_keep(req->context->once, e, text);
	} else {
		if (e != NULL)
			rpc_once_forget(req->context->once, e);
		wipe_free(text);
	}
	release(req);
}

/* Takes ERROR, an object with a code; NULL: no memory for it. */
static void
refuse(struct rpc_request *req, json_t *error)
{
	int code = (int)json_integer_value(json_object_get(error, "code"));

	answer(req, code != 0 ? code : RPC_INTERNAL, error);
}

void
rpc_reply(struct rpc_request *req, json_t *result)
{
	answer(req, 0, result);
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
	answer(req, err->code, rpc_error(err->code, &detail, "%s", message));
}

/* ---- What a client may ask for ---- */

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

static json_t *
not_permitted(const struct rpc_method *m, enum rpc_role role)
{
	const struct rpc_detail detail = {
		.reason = "not_permitted",
		.got = rpc_role_names[role],
		.expected = rpc_role_names[m->role],
	};

	return rpc_error(RPC_NOT_PERMITTED, &detail,
		"Not permitted: this is %s.sock, and %s is for %s.sock", rpc_role_names[role],
		m->name, rpc_role_names[m->role]);
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

/* Fills REQ->method.  The parameters, a new reference; NULL with *ERROR. */
static json_t *
admit(struct rpc_request *req, const struct rpc_call *call, json_t **error)
{
	const struct rpc_server_conf *conf = &req->context->conf;
	enum rpc_role role = rpc_exchange_peer(req->exchange)->role;
	const struct rpc_method *m;

	if (call->method == NULL) {
		*error = json_incref(call->error);
		return NULL;
	}
	m = rpc_describe_find(conf->methods, conf->n_methods, call->method);
	if (m == NULL) {
		*error = unknown_method(conf, call->method);
		return NULL;
	}
	req->method = m;
	if (role > m->role) {
		*error = not_permitted(m, role);
		return NULL;
	}
	return named_params(m, call->params, error);
}

/* ---- A key: once and no more ---- */

static uint64_t
body_hash(const struct rpc_request *req, const json_t *params)
{
	char *text = json_dumps(params, JSON_COMPACT | JSON_SORT_KEYS);
	uint64_t hash = rpc_once_hash(req->context->once, req->method->name, text);

	wipe_free(text); /* it may hold a key */
	return hash;
}

static json_t *
key_error(int status)
{
	static const struct rpc_detail reused = {
		.reason = "key_reused",
		.field = "idempotency_key",
	};
	static const struct rpc_detail busy = {
		.reason = "busy",
		.field = "idempotency_key",
		.retry_after_ms = 1000,
	};

	if (status == -EINVAL)
		return rpc_error(RPC_KEY_REUSED, &reused,
			"Another request has this idempotency_key: take a new one for each");
	return rpc_error(
		RPC_BUSY, &busy, "Too many requests with an idempotency_key are under way");
}

/* Has REQ been asked before?  True: then it is answered, now or with the first. */
static bool
is_repeat(struct rpc_request *req, const char *key, const json_t *params)
{
	struct rpc_once_entry *e;
	uid_t uid = rpc_exchange_peer(req->exchange)->who.uid;
	int status = rpc_once_begin(req->context->once, uid, key, body_hash(req, params), &e);

	if (status == 0) {
		req->once = e;
		return false;
	}
	if (status == -EEXIST) {
		tell(req, 0, e->answer);
		release(req);
	} else if (status == -EALREADY) {
		req->once = e;
		req->repeats = true;
		TAILQ_INSERT_TAIL(&e->repeats, req, same);
	} else {
		refuse(req, key_error(status));
	}
	return true;
}

/* ---- A deadline ---- */

static char *
deadline_text(const struct rpc_request *req, bool begun)
{
	const struct rpc_detail detail = {
		.reason = "deadline",
		.state = begun ? "begun" : "not_begun",
	};

	return text_of(rpc_error(RPC_DEADLINE, &detail, "Not answered within %u ms: %s",
		req->deadline_ms,
		begun ? "it was begun and goes on, and what comes of it is to be looked up"
		      : "nothing of it was begun, and nothing will be"));
}

static void *
argument(const struct rpc_request *req)
{
	const struct rpc_method *own = rpc_describe_find(NULL, 0, req->method->name);

	return req->method == own ? &req->context->conf : req->context->conf.arg;
}

static bool
is_withdrawn(struct rpc_request *req)
{
	return req->method->cancel != NULL &&
	       req->method->cancel(req, req->params, argument(req));
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct rpc_request *req = arg;
	bool over = req->repeats || is_withdrawn(req);
	char *text = deadline_text(req, req->repeats || !over);

	tell(req, RPC_DEADLINE, text);
	if (req->repeats)
		TAILQ_REMOVE(&req->once->repeats, req, same);
	else if (over && req->once != NULL) {
		tell_repeats(req->once, RPC_DEADLINE, text);
		rpc_once_forget(req->context->once, req->once);
	}
	wipe_free(text);
	if (over)
		release(req);
}

/* 0; -ETIME: it has passed already; -ENOMEM. */
static int
set_deadline(struct rpc_request *req, unsigned ms)
{
	int64_t left = (int64_t)ms - rpc_exchange_age_ms(req->exchange);
	struct timeval tv = {.tv_sec = left / 1000, .tv_usec = left % 1000 * 1000};

	req->deadline_ms = ms;
	if (left <= 0)
		return -ETIME;
	req->deadline = evtimer_new(req->context->base, on_deadline, req);
	return req->deadline != NULL && evtimer_add(req->deadline, &tv) == 0 ? 0 : -ENOMEM;
}

/* ---- Its begin ---- */

static void
log_order(const struct rpc_request *req)
{
	const struct rpc_peer *p = rpc_exchange_peer(req->exchange);

	if (req->method->role == RPC_ADMIN)
		log_info("rpc: %s, asked for by user %u, process %d", req->method->name,
			(unsigned)p->who.uid, (int)p->who.pid);
}

static void
run(struct rpc_request *req, json_t *params)
{
	log_order(req);
	if (req->deadline != NULL && req->method->cancel != NULL)
		req->params = json_incref(params);
	req->method->handler(req, params, argument(req));
}

/* What only looks changes nothing and may be done again.  So nobody who may but look can push
 * out results that others rely on. */
static bool
is_once(const struct rpc_request *req, const struct rpc_call *call)
{
	return call->key != NULL && req->method->role != RPC_VIEW;
}

/* Run what has been admitted, unless it is too late or a repeat. */
static void
begin(struct rpc_request *req, const struct rpc_call *call, json_t *params)
{
	int status = call->deadline_ms > 0 ? set_deadline(req, call->deadline_ms) : 0;

	if (status != 0) {
		char *text = status == -ETIME ? deadline_text(req, false) : NULL;

		tell(req, status == -ETIME ? RPC_DEADLINE : RPC_INTERNAL, text);
		wipe_free(text);
		release(req);
		return;
	}
	if (!is_once(req, call) || !is_repeat(req, call->key, params))
		run(req, params);
}

int
rpc_request_start(struct rpc_exchange *x, const struct rpc_call *call)
{
	struct rpc_request *req = calloc(1, sizeof *req);
	json_t *params, *error = NULL;

	if (req == NULL)
		return -ENOMEM;
	req->exchange = x;
	req->context = rpc_exchange_peer(x)->context;
	req->context->users++;
	req->id = json_incref(call->id);
	rpc_exchange_add(x);
	params = admit(req, call, &error);
	if (params != NULL)
		begin(req, call, params);
	else
		refuse(req, error);
	json_decref(params);
	return 0;
}

/* ---- For handlers ---- */

struct rpc_peer *
rpc_request_peer(const struct rpc_request *req)
{
	return req->exchange != NULL ? rpc_exchange_peer(req->exchange) : NULL;
}

void
rpc_request_keep(struct rpc_request *req, void *what)
{
	req->kept = what;
}

void *
rpc_request_kept(const struct rpc_request *req)
{
	return req->kept;
}
