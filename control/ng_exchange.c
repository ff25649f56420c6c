/* SPDX-License-Identifier: Apache-2.0
 *
 * A message of NG: its cookie, its form, the request in it, and the answer to all who have
 * asked the same meanwhile.  See ng_server.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "control/bencode.h"
#include "control/log.h"
#include "control/ng_address.h"
#include "control/ng_server_inside.h"
#include "control/value_json.h"

/* Of one request, its values and its answer. */
enum { ARENA_MAX = 8 << 20 };

static const char no_memory[] = "out of memory";
static const char too_long[] = "The answer is too long for a datagram";

/* Lies in its own arena. */
struct ng_exchange {
	LIST_ENTRY(ng_exchange) link; /* of those that are worked on */
	struct ng_server *server;
	struct arena *arena;
	struct ng_key key;
	struct slice message, cookie; /* at NULL: without one */
	bool json;
	char source[NG_ADDRESS_TEXT + 8];
	unsigned askers;
	struct ng_asker asker[NG_ASKERS];
};

/* ---- Answering. ---- */

/* All of it goes, but for what is in the cache. */
static void
end(struct ng_exchange *x)
{
	LIST_REMOVE(x, link);
	x->server->counts.waiting--;
	arena_close(x->arena);
}

/* The asker that was first may be gone by the time that the second one is told: each is told
 * by a copy of its own. */
static void
tell(struct ng_exchange *x, struct slice answer)
{
	for (unsigned i = 0; i < x->askers; i++) {
		x->asker[i].answer(&x->asker[i], answer, x->json);
		x->server->counts.answers += answer.at != NULL;
	}
}

/* BODY is the answer, as it was asked for. */
static void
send_body(struct ng_exchange *x, struct slice body)
{
	struct slice answer = body;

	if (x->cookie.at != NULL)
		answer = ng_cache_add(x->server->cache, &x->key, x->cookie, body);
	if (answer.at == NULL)
		log_err("ng: a request got no answer: out of memory");
	tell(x, answer);
	end(x);
}

static struct slice
print(struct ng_exchange *x, const struct value *answer)
{
	if (answer == NULL)
		return (struct slice){0};
	return x->json ? value_to_json(x->arena, answer) : bencode_print(x->arena, answer);
}

/* For when there is no memory for a value. */
static struct slice
memory_error(const struct ng_exchange *x)
{
	return x->json ? SLICE("{\"result\":\"error\",\"error-reason\":\"out of memory\"}")
		       : SLICE("d6:result5:error12:error-reason13:out of memorye");
}

static bool
has_room(const struct ng_exchange *x, struct slice body)
{
	size_t room = x->asker[0].room, before = x->cookie.at != NULL ? x->cookie.len + 1 : 0;

	return room == 0 || before + body.len <= room;
}

static struct value *
error_value(struct ng_exchange *x, const char *reason)
{
	struct value *answer = value_dict(x->arena);

	value_put_string(x->arena, answer, "result", "error");
	value_put_string(x->arena, answer, "error-reason", reason);
	return answer;
}

/* What cannot be sent is not: its client would ask again and again. */
void
ng_exchange_reply_or(
	struct ng_exchange *x, const struct value *answer, const struct value *shorter)
{
	struct slice body = print(x, answer);

	if (body.at != NULL && !has_room(x, body))
		body = print(x, shorter != NULL ? shorter : error_value(x, too_long));
	send_body(x, body.at != NULL ? body : memory_error(x));
}

void
ng_exchange_reply(struct ng_exchange *x, const struct value *answer)
{
	ng_exchange_reply_or(x, answer, NULL);
}

bool
ng_exchange_fits(struct ng_exchange *x, const struct value *answer)
{
	struct slice body = print(x, answer);

	return body.at != NULL && has_room(x, body);
}

void
ng_exchange_fail(struct ng_exchange *x, const char *reason)
{
	ng_exchange_reply(x, error_value(x, reason));
}

struct arena *
ng_exchange_arena(struct ng_exchange *x)
{
	return x->arena;
}

const char *
ng_exchange_source(struct ng_exchange *x)
{
	char address[NG_ADDRESS_TEXT];

	ng_address_text(&x->asker[0].peer, address);
	snprintf(x->source, sizeof x->source, "%s %s", x->asker[0].way, address);
	return x->source;
}

const struct request_addr *
ng_exchange_peer(const struct ng_exchange *x)
{
	return &x->asker[0].peer;
}

/* ---- Asking. ---- */

static struct ng_exchange *
find_working(struct ng_server *s, const struct ng_key *k, struct slice message)
{
	struct ng_exchange *x;

	LIST_FOREACH(x, &s->working[k->digest % NG_HEADS], link)
	if (x->cookie.at != NULL && x->key.digest == k->digest &&
		memcmp(&x->key.source, &k->source, sizeof k->source) == 0 &&
		slice_equal(x->message, message))
		return x;
	return NULL;
}

/* Has this been asked before?  Then ASKER is answered as the first one was, or will be. */
static bool
is_repeat(struct ng_server *s, const struct ng_key *k, struct slice message,
	struct slice cookie, const struct ng_asker *asker, bool *answered)
{
	struct slice answer = ng_cache_find(s->cache, k, cookie);
	struct ng_exchange *x;
	const char *body;

	*answered = true;
	if (answer.at != NULL) {
		body = answer.at + cookie.len + 1;
		asker->answer(asker, answer, body < answer.at + answer.len && *body == '{');
		return true;
	}
	if ((x = find_working(s, k, message)) == NULL)
		return false;
	*answered = x->askers < NG_ASKERS;
	if (*answered)
		x->asker[x->askers++] = *asker;
	return true;
}

static struct ng_exchange *
begin(struct ng_server *s, const struct ng_key *k, struct slice message, size_t cookie,
	const struct ng_asker *asker)
{
	struct arena *arena = arena_open(ARENA_MAX);
	struct ng_exchange *x = arena != NULL ? arena_take(arena, sizeof *x) : NULL;

	if (x != NULL)
		x->message = arena_copy(arena, message);
	if (x == NULL || x->message.at == NULL) {
		arena_close(arena);
		return NULL;
	}
	x->server = s;
	x->arena = arena;
	x->key = *k;
	if (cookie > 0)
		x->cookie = (struct slice){x->message.at, cookie};
	x->asker[x->askers++] = *asker;
	LIST_INSERT_HEAD(&s->working[k->digest % NG_HEADS], x, link);
	s->counts.waiting++;
	return x;
}

/* The dictionary that BODY is.  NULL: the REASON that its sender gets, word for word as
 * rtpengine has it. */
static const struct value *
read_body(struct ng_exchange *x, struct slice body, const char **reason)
{
	const struct value *v;
	size_t used;

	if (body.len == 0) {
		*reason = "Invalid data (no payload)";
		return NULL;
	}
	if (body.at[0] == 'd') {
		v = bencode_read(x->arena, body.at, body.len, &used);
		*reason = "Could not decode bencode dictionary";
	} else if (body.at[0] == '{') {
		x->json = true;
		v = value_from_json(x->arena, body.at, body.len);
		*reason = "Failed to parse JSON document";
	} else {
		v = NULL;
		errno = EBADMSG;
		*reason = "Invalid NG data format";
	}
	if (v == NULL && errno == ENOMEM)
		*reason = no_memory;
	return v;
}

static void
work(struct ng_exchange *x)
{
	size_t before = x->cookie.at != NULL ? x->cookie.len + 1 : 0;
	struct slice body = {x->message.at + before, x->message.len - before};
	struct ng_server *s = x->server;
	const struct value *request;
	const char *reason;

	if ((request = read_body(x, body, &reason)) != NULL) {
		s->counts.requests++;
		s->conf.handler(s->conf.arg, x, request);
	} else {
		s->counts.malformed++;
		ng_exchange_fail(x, reason);
	}
}

/* The bytes before the first space of MESSAGE; none: 0. */
static size_t
cookie_of(struct slice message)
{
	const char *space = memchr(message.at, ' ', message.len);
	size_t len = space != NULL ? (size_t)(space - message.at) : 0;

	return len <= NG_COOKIE_MAX ? len : 0;
}

bool
ng_exchange_take(
	struct ng_server *s, struct slice message, bool plain, const struct ng_asker *asker)
{
	struct slice cookie = {message.at, plain || message.len == 0 ? 0 : cookie_of(message)};
	struct ng_key key = ng_cache_key(s->cache, message, &asker->peer);
	struct ng_exchange *x;
	bool answered;

	if (!plain && cookie.len == 0) {
		s->counts.malformed++;
		return false;
	}
	if (!plain && is_repeat(s, &key, message, cookie, asker, &answered)) {
		s->counts.repeats++;
		return answered;
	}
	if (s->counts.waiting >= NG_WORKING_MAX) {
		if (s->counts.overload++ == 0)
			log_warn("ng: %d requests are being worked on: more are dropped",
				NG_WORKING_MAX);
		return false;
	}
	if ((x = begin(s, &key, message, cookie.len, asker)) == NULL) {
		log_err("ng: dropped a request: out of memory");
		return false;
	}
	work(x);
	return true;
}

void
ng_exchange_drop_all(struct ng_server *s)
{
	struct ng_exchange *x;

	for (unsigned i = 0; i < NG_HEADS; i++) {
		while ((x = LIST_FIRST(&s->working[i])) != NULL) {
			tell(x, (struct slice){0});
			end(x);
		}
	}
}
