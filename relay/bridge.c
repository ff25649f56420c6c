/* SPDX-License-Identifier: Apache-2.0
 *
 * Decides, describes and compiles; see bridge.h. */
#include "relay/bridge.h"

#include <stdio.h>
#include <string.h>

const struct stream *
bridge_peer(const struct call *c, unsigned leg, unsigned i)
{
	const struct leg *other = &c->leg[1 - leg];

	return c->legs == CALL_LEGS && i < other->streams ? &other->stream[i] : NULL;
}

static bool
sends(const struct stream *s)
{
	return s->direction == REQUEST_SENDRECV || s->direction == REQUEST_SENDONLY;
}

static bool
receives(const struct stream *s)
{
	return s->direction == REQUEST_SENDRECV || s->direction == REQUEST_RECVONLY;
}

/* Relayed without a look into it: none of our business, or no RTP, by its medium and because
 * nothing says SRTP. */
static bool
is_opaque(const struct stream *s)
{
	if (s->e2e)
		return true;
	return (s->media == REQUEST_APPLICATION || s->media == REQUEST_IMAGE) &&
	       s->unseal.suite == SW_SUITE_PLAIN && s->seal.suite == SW_SUITE_PLAIN;
}

/* Why nothing leaves; NULL: something does. */
static const char *
obstacle(const struct stream *from, const struct stream *to)
{
	if (to == NULL)
		return "nothing: the other leg is not there yet";
	if (from->media != to->media)
		return "nothing: the two streams are of different media";
	if (!sends(from))
		return "nothing: this party does not send";
	if (!receives(to))
		return "nothing: the other party does not receive";
	if (is_opaque(from) && to->seal.suite != SW_SUITE_PLAIN)
		return "nothing: what is no RTP cannot become SRTP";
	return NULL;
}

enum bridge_kind
bridge_decide(const struct stream *from, const struct stream *to)
{
	if (obstacle(from, to) != NULL)
		return BRIDGE_NONE;
	return from->unseal.suite == SW_SUITE_PLAIN && to->seal.suite == SW_SUITE_PLAIN
		       ? BRIDGE_PASS
		       : BRIDGE_REKEY;
}

void
bridge_describe(const struct stream *from, const struct stream *to, char *text)
{
	const char *none = obstacle(from, to);
	const char *in, *out;

	if (none != NULL) {
		snprintf(text, BRIDGE_TEXT, "%s", none);
		return;
	}
	in = sw_suite_info(from->unseal.suite)->name;
	out = sw_suite_info(to->seal.suite)->name;
	if (from->e2e)
		snprintf(text, BRIDGE_TEXT, "end to end: any datagram -> bit by bit as it is");
	else if (from->unseal.suite != SW_SUITE_PLAIN && !from->key_known)
		snprintf(text, BRIDGE_TEXT,
			"nothing yet: SRTP %s, the party's key is not known", in);
	else if (from->unseal.suite == SW_SUITE_PLAIN && to->seal.suite == SW_SUITE_PLAIN)
		snprintf(text, BRIDGE_TEXT, "%s -> passed as it is",
			is_opaque(from) ? "any datagram" : "RTP");
	else if (from->unseal.suite == SW_SUITE_PLAIN)
		snprintf(text, BRIDGE_TEXT, "RTP -> sealed with %s", out);
	else if (to->seal.suite == SW_SUITE_PLAIN)
		snprintf(text, BRIDGE_TEXT, "SRTP %s -> unsealed to RTP", in);
	else
		snprintf(text, BRIDGE_TEXT, "SRTP %s -> re-keyed to %s", in, out);
}

const char *
bridge_suite_words(const struct stream *s)
{
	return s->e2e ? "end to end" : sw_suite_info(s->seal.suite)->name;
}

/* ---- Source rules. ---- */

enum sw_source
bridge_source(const struct stream *s)
{
	switch ((enum request_source)s->source) {
	case REQUEST_SIGNALLED:
		return SW_SOURCE_SIGNALLED;
	case REQUEST_LATCH:
		return SW_SOURCE_LATCH;
	default:
		return s->unseal.suite != SW_SUITE_PLAIN ? SW_SOURCE_AUTHENTICATED
							 : SW_SOURCE_SIGNALLED;
	}
}

const char *
bridge_source_words(const struct stream *s)
{
	switch (bridge_source(s)) {
	case SW_SOURCE_AUTHENTICATED:
		return s->key_known ? "whoever holds the SRTP key"
				    : "nobody: the party's SRTP key is not known yet";
	case SW_SOURCE_LATCH:
		return "the first plausible source within latch_ms, then nobody else";
	default:
		return s->remote.family != 0 ? "the signalled address, nobody else"
					     : "nobody: no address has been signalled yet";
	}
}

/* ---- The switch's terms. ---- */

void
bridge_transport(const struct leg *l, const struct stream *s, struct sw_transport *t)
{
	/* Compared as bytes by commands.c: no hole may hold anything. */
	memset(t, 0, sizeof *t);
	t->id = s->id;
	t->slot = s->slot;
	t->clock_hz = call_clock_hz(s);
	t->latch_ms = s->latch_ms;
	t->local = l->place;
	t->port = s->port;
	t->mux = s->mux;
	t->source = (uint8_t)bridge_source(s);
	t->dscp = call_dscp(s);
	t->ssrcs = SW_SSRCS;
	t->relatch = s->relatch;
	t->remote[0] = s->remote;
	t->remote[1] = call_remote_rtcp(s);
	t->unseal = s->unseal;
	t->seal = s->seal;
	t->opaque = is_opaque(s);
}

void
bridge_flow(const struct stream *from, const struct stream *to, struct sw_flow *f)
{
	memset(f, 0, sizeof *f);
	f->id = from->id;
	f->slot = from->slot;
	if (bridge_decide(from, to) == BRIDGE_NONE)
		return;
	f->sinks = 1;
	f->sink[0].id = to->id;
	f->sink[0].slot = to->slot;
}
