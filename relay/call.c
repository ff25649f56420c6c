/* SPDX-License-Identifier: Apache-2.0
 *
 * What a request changes in a call; see call.h.  Keys: RFC 4568 section 6.1 (key || salt). */
#include "relay/call.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "dataplane/secret.h"
#include "relay/e2e.h"
#include "relay/random.h"

/* RFC 8837 section 5 for audio and video of interactive calls; others: best effort. */
static const struct {
	uint8_t dscp;
	uint32_t clock_hz;
} by_media[REQUEST_MEDIA] = {
	[REQUEST_AUDIO] = {46, 8000},
	[REQUEST_VIDEO] = {34, 90000},
	[REQUEST_APPLICATION] = {0, 0},
	[REQUEST_IMAGE] = {0, 0},
};

uint8_t
call_dscp(const struct stream *s)
{
	return s->dscp != CALL_DSCP_BY_MEDIA ? s->dscp : by_media[s->media].dscp;
}

uint32_t
call_clock_hz(const struct stream *s)
{
	return s->clock_hz != 0 ? s->clock_hz : by_media[s->media].clock_hz;
}

struct sw_addr
call_remote_rtcp(const struct stream *s)
{
	struct sw_addr a = s->remote;

	if (a.family != 0 && !s->mux)
		a.port = s->rtcp_port != 0 ? s->rtcp_port : (uint16_t)(a.port + 1);
	return a;
}

/* ---- Made and unmade. ---- */

struct call *
call_open(const char *id)
{
	size_t len = strlen(id) + 1;
	struct call *c = calloc(1, sizeof *c + len);
	struct timespec now;

	if (c == NULL)
		return NULL;
	clock_gettime(CLOCK_REALTIME, &now);
	c->created_us = now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
	c->record = CALL_NO_RECORD;
	memcpy(c->id, id, len);
	return c;
}

static void
free_streams(struct leg *l)
{
	secret_free(l->stream, l->streams * sizeof *l->stream);
}

void
call_close(struct call *c)
{
	if (c == NULL)
		return;
	call_unwatch(c);
	for (unsigned i = 0; i < c->legs; i++)
		free_streams(&c->leg[i]);
	free(c);
}

void
call_unwatch(struct call *c)
{
	struct call_timer *t = &c->timer;

	if (t->link == NULL)
		return;
	*t->link = t->next;
	if (t->next != NULL)
		t->next->timer.link = t->link;
	t->link = NULL;
}

struct call *
call_copy(const struct call *c)
{
	struct call *copy = call_open(c->id);

	if (copy == NULL)
		return NULL;
	copy->created_us = c->created_us;
	copy->exported = c->exported;
	memcpy(copy->timeout_ms, c->timeout_ms, sizeof copy->timeout_ms);
	for (unsigned i = 0; i < c->legs; i++) {
		struct leg *l = &copy->leg[i];

		*l = c->leg[i];
		l->stream = secret_alloc(l->streams * sizeof *l->stream);
		if (l->stream == NULL)
			goto no_streams;
		memcpy(l->stream, c->leg[i].stream, l->streams * sizeof *l->stream);
		copy->legs++;
	}
	return copy;

no_streams:
	call_close(copy);
	return NULL;
}

void
call_swap(struct call *a, struct call *b)
{
	struct leg leg[CALL_LEGS];
	uint32_t timeout_ms[TIMEOUTS];
	unsigned legs = a->legs;

	memcpy(leg, a->leg, sizeof leg);
	memcpy(a->leg, b->leg, sizeof leg);
	memcpy(b->leg, leg, sizeof leg);
	a->legs = b->legs;
	b->legs = legs;
	memcpy(timeout_ms, a->timeout_ms, sizeof timeout_ms);
	memcpy(a->timeout_ms, b->timeout_ms, sizeof timeout_ms);
	memcpy(b->timeout_ms, timeout_ms, sizeof timeout_ms);
}

int
call_add_streams(struct leg *l, unsigned n)
{
	struct stream *s = secret_alloc((l->streams + n) * sizeof *s);

	if (s == NULL)
		return -ENOMEM;
	if (l->streams > 0)
		memcpy(s, l->stream, l->streams * sizeof *s);
	for (unsigned i = l->streams; i < l->streams + n; i++) {
		s[i].dscp = CALL_DSCP_BY_MEDIA;
		s[i].latch_ms = CALL_LATCH_MS;
		s[i].slot = CALL_NO_SLOT;
	}
	free_streams(l);
	l->stream = s;
	l->streams += n;
	return 0;
}

int
call_add_leg(struct call *c, const char *name)
{
	if (c->legs == CALL_LEGS)
		return -ENOSPC;
	memset(&c->leg[c->legs], 0, sizeof c->leg[c->legs]);
	snprintf(c->leg[c->legs].name, sizeof c->leg->name, "%s", name);
	c->legs++;
	return 0;
}

/* ---- Looking. ---- */

struct stream *
call_stream(struct call *c, uint64_t id)
{
	for (unsigned i = 0; i < c->legs; i++)
		for (unsigned j = 0; j < c->leg[i].streams; j++)
			if (c->leg[i].stream[j].id == id)
				return &c->leg[i].stream[j];
	return NULL;
}

bool
call_is_e2e(const struct call *c)
{
	return c->legs > 0 && c->leg[0].streams > 0 && c->leg[0].stream[0].e2e;
}

bool
call_is_srtp(const struct call *c)
{
	for (unsigned i = 0; i < c->legs; i++)
		for (unsigned j = 0; j < c->leg[i].streams; j++)
			if (c->leg[i].stream[j].seal.suite != SW_SUITE_PLAIN)
				return true;
	return false;
}

void
call_keep_seen(struct call *c, const struct call *old)
{
	for (unsigned i = 0; i < old->legs; i++)
		for (unsigned j = 0; j < old->leg[i].streams; j++) {
			struct stream *s = call_stream(c, old->leg[i].stream[j].id);

			if (s != NULL)
				s->seen = old->leg[i].stream[j].seen;
		}
}

/* ---- Keys. ---- */

/* A key of SUITE that nobody else has. */
static void
make_key(struct sw_key *k, unsigned suite)
{
	const struct sw_suite_info *info = sw_suite_info(suite);

	explicit_bzero(k, sizeof *k);
	k->suite = (uint8_t)suite;
	random_take(k->key, info->key_len);
	random_take(k->salt, info->salt_len);
}

void
call_renew_keys(struct call *c)
{
	for (unsigned i = 0; i < c->legs; i++)
		for (unsigned j = 0; j < c->leg[i].streams; j++) {
			struct sw_key *seal = &c->leg[i].stream[j].seal;

			if (seal->suite != SW_SUITE_PLAIN)
				make_key(seal, seal->suite);
		}
}

/* Where in the request a stream stands, for the path of a fault. */
struct at {
	unsigned leg, stream;
	struct fault *fault;
};

static int
bad(const struct at *at, enum fault_kind kind, const char *field, const char *got,
	const char *expected)
{
	char path[sizeof at->fault->field];

	snprintf(path, sizeof path, "legs[%u].streams[%u].%s", at->leg, at->stream, field);
	return fault_set(
		at->fault, kind, path, got, expected, "%s: expected %s", path, expected);
}

static int
take_key(struct sw_key *k, const struct sw_key *ours, const struct stream_request *r,
	const struct at *at)
{
	const struct sw_suite_info *info = sw_suite_info(ours->suite);
	char expected[64];

	if (r->key_len != info->key_len + info->salt_len) {
		snprintf(expected, sizeof expected, "%u bytes: key of %u and salt of %u",
			info->key_len + info->salt_len, info->key_len, info->salt_len);
		return bad(at, FAULT_BAD_KEY, "srtp.key", NULL, expected);
	}
	/* One key for both directions would encrypt two streams alike (RFC 3711 9.1). */
	if (memcmp(r->key, ours->key, info->key_len) == 0)
		return bad(at, FAULT_BAD_KEY, "srtp.key", NULL,
			"the party's own key, not strowger's");
	explicit_bzero(k, sizeof *k);
	k->suite = ours->suite;
	memcpy(k->key, r->key, info->key_len);
	memcpy(k->salt, r->key + info->key_len, info->salt_len);
	if (r->has & REQUEST_HAS_MKI) {
		k->mki_len = r->mki_len;
		memcpy(k->mki, r->mki, r->mki_len);
	}
	return 0;
}

static int
apply_srtp(struct stream *s, const struct stream_request *r, const struct at *at)
{
	int suite = r->has & REQUEST_HAS_SUITE ? sw_suite_find(r->suite) : s->unseal.suite;
	bool other = suite != s->unseal.suite;

	if (suite < 0)
		return bad(at, FAULT_BAD_KEY, "srtp.suite", r->suite, "the name of a suite");
	if (suite == SW_SUITE_PLAIN) {
		if (r->has & (REQUEST_HAS_KEY | REQUEST_HAS_MKI) || r->rekey)
			return bad(
				at, FAULT_BAD_KEY, "srtp.suite", NULL, "a suite for the key");
		explicit_bzero(&s->unseal, sizeof s->unseal);
		explicit_bzero(&s->seal, sizeof s->seal);
		s->key_known = 0;
		return 0;
	}
	if (r->has & REQUEST_HAS_MKI && !(r->has & REQUEST_HAS_KEY))
		return bad(at, FAULT_BAD_KEY, "srtp.key", NULL, "the key that the MKI names");
	if (other || r->rekey)
		make_key(&s->seal, (unsigned)suite);
	if (r->has & REQUEST_HAS_KEY) {
		s->key_known = 1;
		return take_key(&s->unseal, &s->seal, r, at);
	}
	if (other) {
		s->key_known = 0;
		make_key(&s->unseal, (unsigned)suite);
	}
	return 0;
}

/* ---- Streams, legs, the call. ---- */

/* Where the party is, and whom we take for it. */
static int
apply_remote(struct stream *s, const struct stream_request *r, const struct leg *l,
	const struct at *at)
{
	struct sw_addr old = s->remote;
	uint16_t old_rtcp = s->rtcp_port;
	uint8_t old_source = s->source;

	if (r->has & REQUEST_HAS_SOURCE)
		s->source = r->source;
	if (r->has & REQUEST_HAS_REMOTE) {
		s->remote.family = r->remote.family;
		s->remote.port = r->remote.port;
		memcpy(s->remote.ip, r->remote.ip, sizeof s->remote.ip);
		s->rtcp_port = r->rtcp_port;
	}
	/* What was learned counts as long as the party has not moved and nobody asks for a new
	 * latch: with every re-offer whoever waits for it would get another chance. */
	if (memcmp(&s->remote, &old, sizeof old) != 0 || s->rtcp_port != old_rtcp ||
		(s->source == REQUEST_LATCH && old_source != REQUEST_LATCH) || r->relatch)
		s->relatch++;
	if (s->remote.family == 0)
		return 0;
	if (l->family != 0 && s->remote.family != l->family)
		return bad(at, FAULT_BAD_REQUEST, "remote.address", NULL,
			"an address of the leg's family");
	if (!s->mux && s->rtcp_port == 0 && s->remote.port == 65535)
		return bad(at, FAULT_BAD_REQUEST, "remote.rtcp_port", NULL,
			"a port: there is none behind 65535");
	return 0;
}

static int
apply_stream(struct stream *s, const struct stream_request *r, const struct leg *l,
	const struct at *at)
{
	if (r->has & REQUEST_HAS_MEDIA)
		s->media = r->media;
	if (r->has & REQUEST_HAS_MUX)
		s->mux = r->rtcp_mux;
	if (r->has & REQUEST_HAS_DIRECTION)
		s->direction = r->direction;
	if (r->has & REQUEST_HAS_LATCH_MS)
		s->latch_ms = r->latch_ms;
	if (r->has & REQUEST_HAS_CLOCK)
		s->clock_hz = r->clock_hz;
	if (r->has & REQUEST_HAS_DSCP)
		s->dscp = r->dscp;
	if (r->has & REQUEST_HAS_CODEC)
		s->codec = r->codec;
	if (apply_remote(s, r, l, at) != 0)
		return -EINVAL;
	return apply_srtp(s, r, at);
}

/* The family of a leg's addresses: what it has, else what the request says or implies. */
static uint16_t
family_of(const struct leg *l, const struct leg_request *r)
{
	if (l->family != 0)
		return l->family;
	if (r->family != 0)
		return r->family;
	for (unsigned i = 0; i < r->streams; i++)
		if (r->stream[i].has & REQUEST_HAS_REMOTE)
			return r->stream[i].remote.family;
	return 0;
}

static int
apply_leg(struct leg *l, const struct leg_request *r, unsigned n, struct fault *fault)
{
	char path[32];

	snprintf(path, sizeof path, "legs[%u].streams", n);
	if (l->streams == 0 && r->streams == 0)
		return fault_set(fault, FAULT_BAD_REQUEST, path, NULL, "one to eight streams",
			"a new leg needs a stream");
	if (r->streams > l->streams && call_add_streams(l, r->streams - l->streams) != 0)
		return fault_set(fault, FAULT_INTERNAL, NULL, NULL, NULL, "out of memory");
	snprintf(path, sizeof path, "legs[%u].interface", n);
	if (l->local.family != 0 && r->interface[0] != '\0' &&
		strcmp(l->interface, r->interface) != 0)
		return fault_set(fault, FAULT_BAD_REQUEST, path, r->interface, l->interface,
			"a leg stays on its interface");
	snprintf(path, sizeof path, "legs[%u].family", n);
	if (l->local.family != 0 && r->family != 0 && r->family != l->family)
		return fault_set(fault, FAULT_BAD_REQUEST, path, NULL,
			l->family == AF_INET ? "ipv4" : "ipv6", "a leg keeps its family");
	if (l->local.family == 0)
		snprintf(l->interface, sizeof l->interface, "%s", r->interface);
	l->family = family_of(l, r);
	for (unsigned i = 0; i < r->streams; i++)
		if (apply_stream(&l->stream[i], &r->stream[i], l, &(struct at){n, i, fault}) !=
			0)
			return -EINVAL;
	return 0;
}

static struct leg *
find_leg(struct call *c, const char *name)
{
	for (unsigned i = 0; i < c->legs; i++)
		if (strcmp(c->leg[i].name, name) == 0)
			return &c->leg[i];
	return NULL;
}

static void
apply_timeouts(struct call *c, const struct call_request *r)
{
	for (unsigned i = 0; i < TIMEOUTS; i++)
		if (r->timeouts & 1u << i)
			c->timeout_ms[i] =
				r->timeout_ms[i] != 0 ? r->timeout_ms[i] : CALL_NO_TIMEOUT;
}

static int
apply_legs(struct call *c, const struct call_request *r, struct fault *fault)
{
	for (unsigned i = 0; i < r->legs; i++) {
		struct leg *l = find_leg(c, r->leg[i].name);

		if (l == NULL && call_add_leg(c, r->leg[i].name) != 0) {
			char path[32], expected[160];

			snprintf(path, sizeof path, "legs[%u].name", i);
			snprintf(expected, sizeof expected, "%s or %s", c->leg[0].name,
				c->leg[1].name);
			return fault_set(fault, FAULT_BAD_REQUEST, path, r->leg[i].name,
				expected, "the call has two other legs already");
		}
		if (l == NULL)
			l = &c->leg[c->legs - 1];
		if (apply_leg(l, &r->leg[i], i, fault) != 0)
			return -EINVAL;
	}
	return 0;
}

int
call_apply(struct call *c, const struct call_request *r, struct fault *fault)
{
	bool e2e = r->e2e || call_is_e2e(c);

	if (e2e && e2e_check_request(c, r, fault) != 0)
		return -EINVAL;
	apply_timeouts(c, r);
	if (apply_legs(c, r, fault) != 0)
		return -EINVAL;
	return e2e ? e2e_take(c, fault) : 0;
}
