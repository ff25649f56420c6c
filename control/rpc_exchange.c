/* SPDX-License-Identifier: Apache-2.0
 *
 * See rpc_exchange.h.  JSON-RPC 2.0, sections 4 to 6. */
#include "control/rpc_exchange.h"

#include <errno.h>
#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/rpc_once.h"
#include "control/rpc_parse.h"
#include "control/wipe.h"

/* Ends when its last request does, which may be after its peer. */
struct rpc_exchange {
	LIST_ENTRY(rpc_exchange) link;
	struct rpc_peer *peer; /* NULL: gone */
	struct evbuffer *out;  /* the answers so far */
	unsigned pending;      /* requests without an answer, and the line while it is read */
	struct rpc_parsed *line; /* NULL: all of it has been begun */
	size_t next;             /* request of it */
	int64_t read_ms;
	bool batch;
};

/* In place of an answer that there is no memory for. */
static const char no_memory[] =
	"{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32603,"
	"\"message\":\"Internal error: out of memory\",\"data\":{\"reason\":\"internal\"}}}";

struct rpc_context *
rpc_context_open(struct event_base *base, const struct rpc_server_conf *conf)
{
	struct rpc_context *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->base = base;
	c->conf = *conf;
	c->users = 1;
	c->once = rpc_once_open(base);
	if (c->once != NULL)
		return c;
	free(c);
	return NULL;
}

void
rpc_context_put(struct rpc_context *c)
{
	if (--c->users > 0)
		return;
	rpc_once_close(c->once);
	free(c);
}

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

static void
on_change(struct evbuffer *out, const struct evbuffer_cb_info *change, void *peer)
{
	struct rpc_peer *p = peer;

	p->owed += change->n_added - change->n_deleted;
	p->context->owed += change->n_added - change->n_deleted;
}

int
rpc_exchange_count(struct rpc_peer *p, struct evbuffer *out)
{
	return evbuffer_add_cb(out, on_change, p) != NULL ? 0 : -ENOMEM;
}

/* They are nobody's any more. */
static void
drop_answers(struct rpc_exchange *x)
{
	evbuffer_drain(x->out, evbuffer_get_length(x->out));
}

static struct rpc_exchange *
exchange_open(struct rpc_peer *p)
{
	struct rpc_exchange *x = calloc(1, sizeof *x);

	if (x == NULL)
		return NULL;
	x->out = evbuffer_new();
	if (x->out == NULL || rpc_exchange_count(p, x->out) != 0)
		goto no_out;
	x->peer = p;
	x->pending = 1;
	x->read_ms = now_ms();
	LIST_INSERT_HEAD(&p->list, x, link);
	p->n++;
	return x;

no_out:
	if (x->out != NULL)
		evbuffer_free(x->out);
	free(x);
	return NULL;
}

/* One of its requests, or the reading of its line, is done. */
static void
exchange_done(struct rpc_exchange *x)
{
	struct rpc_peer *p = x->peer;

	if (--x->pending > 0) {
		if (p != NULL)
			p->done(p->arg);
		return;
	}
	if (p != NULL) {
		LIST_REMOVE(x, link);
		p->n--;
		if (evbuffer_get_length(x->out) > 0 && p->has_room(p->arg, 0)) {
			evbuffer_add_printf(x->out, "%s\n", x->batch ? "]" : "");
			evbuffer_add_buffer(p->out, x->out);
		}
		drop_answers(x);
		p->done(p->arg);
	}
	evbuffer_free(x->out);
	free(x);
}

/* ---- Answers ---- */

static void
put_id(struct evbuffer *out, const json_t *id)
{
	char *text;

	if (json_is_integer(id)) {
		evbuffer_add_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(id));
		return;
	}
	text = json_dumps(id, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
	evbuffer_add_printf(out, "%s", text != NULL ? text : "null");
	wipe_free(text);
}

/* Add {"jsonrpc", "id": ID, KIND: TEXT}. */
static void
put_answer(struct rpc_exchange *x, const json_t *id, const char *kind, const char *text)
{
	struct rpc_peer *p = x->peer;

	if (!p->has_room(p->arg, text != NULL ? strlen(text) : sizeof no_memory))
		return;
	if (x->batch)
		evbuffer_add(x->out, evbuffer_get_length(x->out) == 0 ? "[" : ",", 1);
	if (text == NULL) {
		evbuffer_add(x->out, no_memory, strlen(no_memory));
		return;
	}
	evbuffer_add_printf(x->out, "{\"jsonrpc\":\"2.0\",\"id\":");
	put_id(x->out, id);
	evbuffer_add_printf(x->out, ",\"%s\":", kind);
	evbuffer_add(x->out, text, strlen(text));
	evbuffer_add(x->out, "}", 1);
}

void
rpc_exchange_answer(
	struct rpc_exchange *x, const json_t *id, const char *kind, const char *text)
{
	if (x->peer != NULL) {
		if (id != NULL)
			put_answer(x, id, kind, text);
		x->peer->requests--;
	}
	exchange_done(x);
}

/* ---- Lines ---- */

struct rpc_peer *
rpc_exchange_peer(const struct rpc_exchange *x)
{
	return x->peer;
}

int64_t
rpc_exchange_age_ms(const struct rpc_exchange *x)
{
	return now_ms() - x->read_ms;
}

void
rpc_exchange_add(struct rpc_exchange *x)
{
	x->pending++;
	x->peer->requests++;
}

static void
end_line(struct rpc_exchange *x)
{
	rpc_parsed_free(x->line);
	x->line = NULL;
	exchange_done(x);
}

int
rpc_exchange_line(struct rpc_peer *p, const char *line, size_t len)
{
	struct rpc_parsed *parsed = rpc_parse(line, len);
	struct rpc_exchange *x = parsed == NULL ? NULL : exchange_open(p);

	if (x == NULL) {
		rpc_parsed_free(parsed);
		return -ENOMEM;
	}
	x->line = parsed;
	x->batch = parsed->batch;
	p->reading = x;
	return 0;
}

int
rpc_exchange_step(
	struct rpc_peer *p, int (*start)(struct rpc_exchange *x, const struct rpc_call *call))
{
	struct rpc_exchange *x = p->reading;
	int error;

	if (x == NULL)
		return 0;
	error = start(x, &x->line->calls[x->next++]);
	if (error == 0 && x->next < x->line->n)
		return 1;
	p->reading = NULL;
	end_line(x);
	return error;
}

int
rpc_exchange_refuse(struct rpc_peer *p, json_t *error)
{
	struct rpc_exchange *x = exchange_open(p);
	char *text = json_dumps(error, JSON_COMPACT);

	json_decref(error);
	if (x != NULL) {
		put_answer(x, json_null(), "error", text);
		exchange_done(x);
	}
	wipe_free(text);
	return x != NULL ? 0 : -ENOMEM;
}

void
rpc_exchange_orphan(struct rpc_peer *p)
{
	struct rpc_exchange *x, *reading = p->reading;

	while ((x = LIST_FIRST(&p->list)) != NULL) {
		LIST_REMOVE(x, link);
		drop_answers(x);
		x->peer = NULL;
	}
	p->n = p->requests = 0;
	p->reading = NULL;
	if (reading != NULL)
		end_line(reading);
}
