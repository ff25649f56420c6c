/* SPDX-License-Identifier: Apache-2.0
 *
 * See ng_callback.h.  A few requests are under way at a time, the others wait their turn: when
 * a network fails, many calls end at once. */
#include "relay/ng_callback.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "control/log.h"
#include "control/request.h"
#include "relay/config.h"
#include "relay/dialog.h"
#include "relay/ng_inside.h"

enum {
	AT_ONCE = 16,
	WAITING = 4096,
	WORTH_MS = 60000, /* what has waited longer is not said any more */
	URL = 256,        /* bytes, with the address that stands for %% */
	PARAMS = 4,
	REST_S = 2,    /* after which failures are said that no line has counted */
	ANSWER = 4096, /* bytes of its headers, and of its body: its status is enough */
};

/* Why somebody is not told. */
enum cause { NO_ANSWER, NOT_OK, TOO_SLOW, TOO_LATE, TOO_MANY, NOWHERE, NO_MEMORY, CAUSES };
static const char *const causes[CAUSES] = {
	[NO_ANSWER] = "no answer",
	[NOT_OK] = "the answer is an error of HTTP",
	[TOO_SLOW] = "the answer takes too long",
	[TOO_LATE] = "others take too long",
	[TOO_MANY] = "too many wait already",
	[NOWHERE] = "[ng] timeout_url is no http://ADDRESS:PORT/PATH",
	[NO_MEMORY] = "out of memory",
};

struct callback {
	TAILQ_ENTRY(callback) link;
	struct ng_callbacks *all;
	int64_t said_ms;        /* of the clock that does not jump */
	struct event *deadline; /* NULL: it waits */
	struct evhttp_uri *uri;
	char host[INET6_ADDRSTRLEN]; /* that of the URI, without its brackets */
	struct evbuffer *body;
	struct evhttp_connection *conn; /* NULL: it waits */
};
TAILQ_HEAD(callback_list, callback);

struct ng_callbacks {
	struct event_base *base;
	struct callback_list waiting, running, done;
	unsigned n_waiting, n_running;
	struct event *sweep; /* drops those that are done: evhttp still has them in hand */
	struct event *rest; /* says how many were not said singly, of a burst that has ended */
	int patience_ms;
	struct failed {
		int64_t told_s;  /* the second of the last line */
		unsigned untold; /* since then */
	} failed[CAUSES];
};

/* Where a network has failed, there are thousands: one line a second and cause, and those
 * between are counted with the next one, or when there is none. */
static void
fail(struct ng_callbacks *c, enum cause cause, const char *host)
{
	static const struct timeval soon = {.tv_sec = REST_S};
	struct failed *f = &c->failed[cause];
	int64_t now_s = ng_now_ms() / 1000 + 1; /* 0: never */
	char more[48] = "";

	if (f->told_s == now_s) {
		f->untold++;
		if (!event_pending(c->rest, EV_TIMEOUT, NULL))
			event_add(c->rest, &soon);
		return;
	}
	if (f->untold > 0)
		snprintf(more, sizeof more, " (and %u more before)", f->untold);
	log_warn("a call that has timed out could not be told to %s: %s%s", host,
		causes[cause], more);
	*f = (struct failed){.told_s = now_s};
}

static void
tell_rest(struct ng_callbacks *c)
{
	for (unsigned i = 0; i < CAUSES; i++) {
		if (c->failed[i].untold > 0)
			log_warn("%u more calls that have timed out could not be told: %s",
				c->failed[i].untold, causes[i]);
		c->failed[i].untold = 0;
	}
}

static void
on_rest(evutil_socket_t fd, short events, void *arg)
{
	tell_rest(arg);
}

static void
drop(struct callback *b)
{
	if (b->deadline != NULL)
		event_free(b->deadline);
	if (b->conn != NULL)
		evhttp_connection_free(b->conn);
	if (b->uri != NULL)
		evhttp_uri_free(b->uri);
	if (b->body != NULL)
		evbuffer_free(b->body);
	free(b);
}

/* ---- What is said. ---- */

static void
put_escaped(struct evbuffer *to, const char *text)
{
	static const struct {
		char c;
		const char *as;
	} rows[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}};

	for (; *text != '\0'; text++) {
		const char *as = NULL;

		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
			if (rows[i].c == *text)
				as = rows[i].as;
		evbuffer_add(to, as != NULL ? as : text, as != NULL ? strlen(as) : 1);
	}
}

/* A call of METHOD with PARAMS, NULL-ended.  NULL: no memory. */
static struct evbuffer *
compose(const char *method, const char *const params[PARAMS + 1])
{
	struct evbuffer *b = evbuffer_new();

	if (b == NULL)
		return NULL;
	evbuffer_add_printf(b,
		"<?xml version=\"1.0\"?>\r\n<methodCall><methodName>%s</methodName><params>",
		method);
	for (unsigned i = 0; params[i] != NULL; i++) {
		evbuffer_add_printf(b, "<param><value><string>");
		put_escaped(b, params[i]);
		evbuffer_add_printf(b, "</string></value></param>");
	}
	evbuffer_add_printf(b, "</params></methodCall>\r\n");
	return b;
}

/* ---- Whom. ---- */

/* The address that a URI says as SAID.  Is it one?  For a name's sake libevent would wait. */
static bool
take_host(char host[INET6_ADDRSTRLEN], const char *said)
{
	size_t len = said != NULL ? strlen(said) : 0;
	struct request_addr numeric;

	if (len > 2 && said[0] == '[') {
		said++;
		len -= 2;
	}
	if (len == 0 || len >= INET6_ADDRSTRLEN)
		return false;
	memcpy(host, said, len);
	host[len] = '\0';
	return request_addr_parse(&numeric, host) == 0;
}

/* B is for PATTERN with ADDRESS for its %%.  Is that a URL of an address? */
static bool
find_server(struct callback *b, const char *pattern, const char *address)
{
	const char *at = strstr(pattern, "%%");
	bool six = strchr(address, ':') != NULL;
	char url[URL];

	if (at != NULL)
		snprintf(url, sizeof url, "%.*s%s%s%s%s", (int)(at - pattern), pattern,
			six ? "[" : "", address, six ? "]" : "", at + 2);
	else
		snprintf(url, sizeof url, "%s", pattern);
	b->uri = evhttp_uri_parse(url);
	return b->uri != NULL && take_host(b->host, evhttp_uri_get_host(b->uri));
}

/* ---- Under way. ---- */

static void
end(struct callback *b)
{
	struct ng_callbacks *c = b->all;

	if (b->deadline != NULL)
		event_del(b->deadline);
	TAILQ_REMOVE(&c->running, b, link);
	c->n_running--;
	TAILQ_INSERT_TAIL(&c->done, b, link);
	event_active(c->sweep, EV_TIMEOUT, 0);
}

static void
answered(struct evhttp_request *req, void *arg)
{
	struct callback *b = arg;
	int status = req != NULL ? evhttp_request_get_response_code(req) : 0;

	if (status != HTTP_OK)
		fail(b->all, status == 0 ? NO_ANSWER : NOT_OK, b->host);
	end(b);
}

/* Of all of a request: evhttp's own time begins anew with each byte. */
static void
on_deadline(evutil_socket_t fd, short events, void *arg)
{
	struct callback *b = arg;

	fail(b->all, TOO_SLOW, b->host);
	evhttp_connection_free(b->conn); /* which forgets the request */
	b->conn = NULL;
	end(b);
}

/* What POST says: the path and what else is in the URI. */
static void
put_target(char target[URL], const struct evhttp_uri *uri)
{
	const char *path = evhttp_uri_get_path(uri), *query = evhttp_uri_get_query(uri);

	snprintf(target, URL, "%s%s%s", path != NULL && path[0] != '\0' ? path : "/",
		query != NULL ? "?" : "", query != NULL ? query : "");
}

/* 0; -errno: B is still the caller's. */
static int
run(struct callback *b)
{
	const struct timeval patience = {.tv_sec = b->all->patience_ms / 1000,
		.tv_usec = b->all->patience_ms % 1000 * 1000};
	int port = evhttp_uri_get_port(b->uri);
	struct evhttp_request *req;
	char target[URL];
	struct evkeyvalq *headers;

	b->conn = evhttp_connection_base_new(
		b->all->base, NULL, b->host, (uint16_t)(port > 0 ? port : 80));
	b->deadline = evtimer_new(b->all->base, on_deadline, b);
	req = b->conn != NULL ? evhttp_request_new(answered, b) : NULL;
	if (req == NULL || b->deadline == NULL || evtimer_add(b->deadline, &patience) != 0) {
		if (req != NULL)
			evhttp_request_free(req);
		return -ENOMEM;
	}
	evhttp_connection_set_max_headers_size(b->conn, ANSWER);
	evhttp_connection_set_max_body_size(b->conn, ANSWER);
	headers = evhttp_request_get_output_headers(req);
	evhttp_add_header(headers, "Host", evhttp_uri_get_host(b->uri));
	evhttp_add_header(headers, "Content-Type", "text/xml");
	evhttp_add_header(headers, "Connection", "close");
	evbuffer_add_buffer(evhttp_request_get_output_buffer(req), b->body);
	/* On failure REQ is gone, and answered() is not called. */
	put_target(target, b->uri);
	return evhttp_make_request(b->conn, req, EVHTTP_REQ_POST, target) == 0 ? 0
									       : -ECONNREFUSED;
}

static void
run_next(struct ng_callbacks *c)
{
	struct callback *b;
	int err;

	while (c->n_running < AT_ONCE && (b = TAILQ_FIRST(&c->waiting)) != NULL) {
		TAILQ_REMOVE(&c->waiting, b, link);
		c->n_waiting--;
		if (ng_now_ms() - b->said_ms > WORTH_MS) {
			fail(c, TOO_LATE, b->host);
			drop(b);
			continue;
		}
		TAILQ_INSERT_TAIL(&c->running, b, link);
		c->n_running++;
		if ((err = run(b)) == 0)
			continue;
		fail(c, err == -ENOMEM ? NO_MEMORY : NO_ANSWER, b->host);
		end(b);
	}
}

static void
say(struct ng_callbacks *c, const struct config *conf, const struct pair *pair,
	const char *method, const char *const params[PARAMS + 1])
{
	const char *address = pair->dialog->callback;
	struct callback *b = c->n_waiting < WAITING ? calloc(1, sizeof *b) : NULL;

	if (b == NULL) {
		fail(c, c->n_waiting < WAITING ? NO_MEMORY : TOO_MANY, "its server");
		return;
	}
	b->all = c;
	b->said_ms = ng_now_ms();
	b->body = compose(method, params);
	if (b->body == NULL || !find_server(b, conf->ng_timeout_url,
				       address != NULL ? address : "127.0.0.1")) {
		fail(c, b->body == NULL ? NO_MEMORY : NOWHERE, "its server");
		drop(b);
		return;
	}
	TAILQ_INSERT_TAIL(&c->waiting, b, link);
	c->n_waiting++;
	run_next(c);
}

void
ng_callbacks_tell(struct ng_callbacks *c, const struct config *conf, const struct pair *pair)
{
	const char *id = pair->dialog->call_id, *tag[2];

	if (conf->ng_timeout_url[0] == '\0')
		return;
	for (unsigned i = 0; i < 2; i++)
		tag[i] = pair->party[i]->tag != NULL ? pair->party[i]->tag : "";
	if (conf->ng_timeout_format == NG_CALLBACK_CALL_ID)
		say(c, conf, pair, "teardown", (const char *const[PARAMS + 1]){id});
	else if (conf->ng_timeout_format == NG_CALLBACK_KAMAILIO)
		say(c, conf, pair, "dlg.terminate_dlg",
			(const char *const[PARAMS + 1]){id, tag[0], tag[1]});
	else
		for (unsigned i = 0; i < 2; i++)
			if (tag[i][0] != '\0')
				say(c, conf, pair, "di",
					(const char *const[PARAMS + 1]){
						"sbc", "postControlCmd", tag[i], "teardown"});
}

/* ---- All of them. ---- */

static void
drop_all(struct callback_list *list)
{
	struct callback *b;

	while ((b = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, b, link);
		drop(b);
	}
}

static void
on_sweep(evutil_socket_t fd, short events, void *arg)
{
	struct ng_callbacks *c = arg;

	drop_all(&c->done);
	run_next(c);
}

struct ng_callbacks *
ng_callbacks_open(struct event_base *base, int patience_ms)
{
	struct ng_callbacks *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->base = base;
	c->patience_ms = patience_ms;
	TAILQ_INIT(&c->waiting);
	TAILQ_INIT(&c->running);
	TAILQ_INIT(&c->done);
	c->sweep = evtimer_new(base, on_sweep, c);
	c->rest = evtimer_new(base, on_rest, c);
	if (c->sweep != NULL && c->rest != NULL)
		return c;
	if (c->sweep != NULL)
		event_free(c->sweep);
	if (c->rest != NULL)
		event_free(c->rest);
	free(c);
	return NULL;
}

void
ng_callbacks_close(struct ng_callbacks *c)
{
	if (c == NULL)
		return;
	drop_all(&c->running);
	drop_all(&c->waiting);
	drop_all(&c->done);
	tell_rest(c);
	event_free(c->sweep);
	event_free(c->rest);
	free(c);
}
