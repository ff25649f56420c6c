/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads a call for a replay; see replay_call.h.  The params go the way that they go in
 * strowger, through request_from_json(); what the relay adds to them (local port, its own key)
 * is taken from the answer. */
#include "bench/replay_call.h"

#include <errno.h>
#include <jansson.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/base64.h"
#include "control/request_json.h"

/* What a medium has unless the request says otherwise: docs/rpc.md, call.create. */
static const struct {
	uint8_t dscp;
	uint32_t clock_hz;
} by_media[REQUEST_MEDIA] = {
	[REQUEST_AUDIO] = {46, 8000},
	[REQUEST_VIDEO] = {34, 90000},
};

enum { LATCH_MS = 10000 };

static struct sw_addr
sw_addr_of(const struct request_addr *a)
{
	struct sw_addr s = {.family = a->family, .port = a->port};

	memcpy(s.ip, a->ip, sizeof s.ip);
	return s;
}

/* The key in TEXT, which is base64 of key and salt, for SUITE. */
static int
read_key(struct sw_key *key, int suite, const uint8_t *salted, size_t len)
{
	const struct sw_suite_info *info = suite >= 0 ? sw_suite_info((unsigned)suite) : NULL;

	if (info == NULL || len != (size_t)info->key_len + info->salt_len)
		return -EINVAL;
	key->suite = (uint8_t)suite;
	memcpy(key->key, salted, info->key_len);
	memcpy(key->salt, salted + info->key_len, info->salt_len);
	return 0;
}

/* What the party seals with. */
static int
read_their_key(struct sw_transport *t, const struct stream_request *s)
{
	if (!(s->has & REQUEST_HAS_KEY))
		return 0;
	t->unseal.mki_len = s->mki_len;
	memcpy(t->unseal.mki, s->mki, s->mki_len);
	return read_key(&t->unseal, sw_suite_find(s->suite), s->key, s->key_len);
}

/* What strowger seals with, as it was answered. */
static int
read_our_key(struct sw_transport *t, json_t *answered)
{
	const char *suite, *text;
	uint8_t salted[SW_KEY_MAX + SW_SALT_MAX];
	ssize_t len;
	int err;

	if (json_unpack(answered, "{s:{s:s,s:s}}", "srtp", "suite", &suite, "key", &text) != 0)
		return 0;
	len = base64_decode(salted, sizeof salted, text, strlen(text));
	err = len < 0 ? (int)len
		      : read_key(&t->seal, sw_suite_find(suite), salted, (size_t)len);
	explicit_bzero(salted, sizeof salted);
	return err;
}

/* The number of our address IP; it may be new.  -ENOSPC: one too many. */
static int
place_of(struct replay_calls *c, const struct request_addr *ip)
{
	struct sw_addr a = sw_addr_of(ip);

	a.port = 0;
	for (unsigned i = 0; i < c->addresses; i++)
		if (memcmp(&c->address[i], &a, sizeof a) == 0)
			return (int)i;
	if (c->addresses == SW_ADDRESSES)
		return -ENOSPC;
	c->address[c->addresses] = a;
	return (int)c->addresses++;
}

/* Where strowger listens: behind a NAT that is not what the party was told. */
static int
read_local(struct replay_calls *c, struct sw_transport *t, json_t *answered)
{
	json_t *at = json_object_get(answered, "bound");
	struct request_addr ip;
	const char *address;
	int port, place;

	if (at == NULL)
		at = json_object_get(answered, "local");
	if (json_unpack(at, "{s:s,s:i}", "address", &address, "port", &port) != 0 ||
		request_addr_parse(&ip, address) != 0 || port < 1 || port > UINT16_MAX)
		return -EINVAL;
	if ((place = place_of(c, &ip)) < 0)
		return place;
	t->local = (uint16_t)place;
	t->port = (uint16_t)port;
	return 0;
}

static uint8_t
source_of(const struct stream_request *s, const struct sw_transport *t)
{
	if (s->source == REQUEST_LATCH)
		return SW_SOURCE_LATCH;
	if (s->source == REQUEST_AUTO && t->unseal.suite != SW_SUITE_PLAIN)
		return SW_SOURCE_AUTHENTICATED;
	return SW_SOURCE_SIGNALLED;
}

static int
read_stream(struct replay_calls *c, struct sw_transport *t, const struct stream_request *s,
	json_t *answered)
{
	int err;

	if ((err = read_local(c, t, answered)) != 0 || (err = read_their_key(t, s)) != 0 ||
		(err = read_our_key(t, answered)) != 0)
		return err;
	t->remote[0] = t->remote[1] = sw_addr_of(&s->remote);
	if (s->rtcp_port != 0)
		t->remote[1].port = s->rtcp_port;
	else if (t->remote[0].family != 0 && !s->rtcp_mux)
		t->remote[1].port++;
	t->mux = s->rtcp_mux;
	t->dscp = s->has & REQUEST_HAS_DSCP ? s->dscp : by_media[s->media].dscp;
	t->clock_hz = s->has & REQUEST_HAS_CLOCK ? s->clock_hz : by_media[s->media].clock_hz;
	t->latch_ms = s->has & REQUEST_HAS_LATCH_MS ? s->latch_ms : LATCH_MS;
	t->source = source_of(s, t);
	t->ssrcs = SW_SSRCS;
	t->opaque = (s->media == REQUEST_APPLICATION || s->media == REQUEST_IMAGE) &&
		    t->unseal.suite == SW_SUITE_PLAIN && t->seal.suite == SW_SUITE_PLAIN;
	return 0;
}

static bool
goes_through(const struct replay_stream *from, const struct replay_stream *to)
{
	return from->media == to->media &&
	       (from->direction == REQUEST_SENDRECV || from->direction == REQUEST_SENDONLY) &&
	       (to->direction == REQUEST_SENDRECV || to->direction == REQUEST_RECVONLY) &&
	       !(from->transport.opaque && to->transport.seal.suite != SW_SUITE_PLAIN);
}

static void
join(struct replay_stream *from, const struct replay_stream *to)
{
	from->flow = (struct sw_flow){
		.id = from->transport.id, .slot = from->transport.slot, .sinks = 1};
	from->flow.sink[0].id = to->transport.id;
	from->flow.sink[0].slot = to->transport.slot;
	if (!goes_through(from, to))
		from->flow.sinks = 0;
}

/* All streams of R, answered by RESULT, behind those of C that there are. */
static int
add_streams(struct replay_calls *c, const struct call_request *r, const json_t *result)
{
	unsigned first[REQUEST_LEGS + 1], n = c->streams;
	int err;

	for (unsigned leg = 0; leg < r->legs; leg++) {
		json_t *answers = json_object_get(
			json_array_get(json_object_get(result, "legs"), leg), "streams");

		first[leg] = n;
		for (unsigned i = 0; i < r->leg[leg].streams; i++, n++) {
			const struct stream_request *s = &r->leg[leg].stream[i];
			struct replay_stream *to = &c->stream[n];

			*to = (struct replay_stream){
				.media = s->media, .direction = s->direction};
			to->transport.slot = n;
			to->transport.id = n + 1;
			snprintf(to->name, sizeof to->name, "%s %s %u", r->id,
				r->leg[leg].name, i);
			err = read_stream(c, &to->transport, s, json_array_get(answers, i));
			if (err != 0)
				return err;
		}
	}
	c->streams = n;
	first[r->legs] = n;
	for (unsigned i = 0;
		r->legs == REQUEST_LEGS && first[0] + i < first[1] && first[1] + i < first[2];
		i++) {
		join(&c->stream[first[0] + i], &c->stream[first[1] + i]);
		join(&c->stream[first[1] + i], &c->stream[first[0] + i]);
	}
	return 0;
}

static int
add_call(struct replay_calls *c, const char *path, const json_t *file)
{
	const json_t *params = json_object_get(file, "params");
	const json_t *result = json_object_get(file, "result");
	struct replay_stream *more;
	struct call_request r;
	struct fault fault = {0};
	int err;

	if (params == NULL || result == NULL) {
		fprintf(stderr,
			"strowger-bench: %s: an object with \"params\" and \"result\" of "
			"call.create is wanted\n",
			path);
		return -EINVAL;
	}
	if (request_from_json(&r, params, &fault) != 0 || request_check(&r, &fault) != 0) {
		fprintf(stderr, "strowger-bench: %s: params: %s\n", path, fault.text);
		return -EINVAL;
	}
	more = reallocarray(
		c->stream, c->streams + REQUEST_LEGS * REQUEST_STREAMS, sizeof *more);
	if (more == NULL)
		return -ENOMEM;
	c->stream = more;
	err = add_streams(c, &r, result);
	if (err != 0)
		fprintf(stderr,
			"strowger-bench: %s: each stream needs its local address and port in "
			"the result, and keys that fit their suite\n",
			path);
	request_wipe(&r);
	return err;
}

int
replay_calls_add(struct replay_calls *c, const char *path)
{
	json_error_t error;
	json_t *file = json_load_file(path, 0, &error);
	int err;

	if (file == NULL) {
		if (error.line > 0)
			fprintf(stderr, "strowger-bench: %s: line %d: %s\n", path, error.line,
				error.text);
		else
			fprintf(stderr, "strowger-bench: %s\n", error.text);
		return -EINVAL;
	}
	err = add_call(c, path, file);
	json_decref(file);
	return err;
}

void
replay_calls_fini(struct replay_calls *c)
{
	if (c->stream != NULL)
		explicit_bzero(c->stream, c->streams * sizeof *c->stream);
	free(c->stream);
	*c = (struct replay_calls){0};
}
