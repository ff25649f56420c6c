/* SPDX-License-Identifier: Apache-2.0
 *
 * Decides, describes and compiles; see bridge.h. */
#include "relay/bridge.h"

#include <stdio.h>
#include <string.h>

#include "relay/coding.h"
#include "relay/fax.h"

const struct stream *
bridge_peer(const struct call *c, unsigned leg, unsigned i)
{
	const struct leg *other = &c->leg[1 - leg];

	return c->legs == CALL_LEGS && i < other->streams ? &other->stream[i] : NULL;
}

static bool
is_echoed(const struct stream *s)
{
	return s->coding != NULL && s->coding->echo;
}

const struct stream *
bridge_sink(const struct call *c, unsigned leg, unsigned i)
{
	const struct stream *s = &c->leg[leg].stream[i];

	return is_echoed(s) ? s : bridge_peer(c, leg, i);
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

bool
bridge_is_spoken(const struct stream *from, const struct stream *to)
{
	return sends(from) && receives(to);
}

/* Relayed without a look into it: none of our business, or no RTP, by its medium and because
 * nothing says SRTP. */
static bool
is_opaque(const struct stream *s)
{
	if (s->e2e)
		return true;
	return (s->media == REQUEST_APPLICATION || s->media == REQUEST_IMAGE) &&
	       s->keys == NULL;
}

static bool
says_codecs(const struct stream *s)
{
	return s->coding != NULL && s->coding->formats > 0;
}

/* Why nothing leaves; NULL: something does. */
static const char *
obstacle(const struct stream *from, const struct stream *to)
{
	if (from->closed)
		return "nothing: the stream is closed";
	if (to == from && from->mesh)
		return "nothing: what comes from the mesh is not echoed";
	if (is_echoed(from) && to != from)
		return "nothing: this party hears itself";
	if (to == NULL)
		return "nothing: the other leg is not there yet";
	if (to->closed)
		return "nothing: the other party's stream is closed";
	if (from->media != to->media && !fax_joins(from, to))
		return "nothing: the two streams are of different media";
	if (!sends(from))
		return "nothing: this party does not send";
	if (!receives(to) && to == from)
		return "nothing: this party does not receive";
	if (!receives(to))
		return "nothing: the other party does not receive";
	if (from->mesh == STREAM_MESH_WAITS ||
		(to->mesh != STREAM_NO_MESH && to->mesh != STREAM_MESH_TALKS))
		return "nothing yet: the call in the mesh is not answered";
	if ((from->mesh || to->mesh) && !(says_codecs(from) && says_codecs(to)))
		return "nothing: it is not known what both parties' packets hold";
	if (fax_lacks_codec(from, to))
		return "nothing: a fax needs G.711, which the party without T.38 has not";
	if (is_opaque(from) && to->keys != NULL && !fax_joins(from, to))
		return "nothing: what is no RTP cannot become SRTP";
	if (to != from && bridge_is_without_codec(from, to))
		return "nothing: the parties share no codec, and theirs cannot be transcoded";
	return NULL;
}

bool
bridge_is_blocked(const struct stream *s)
{
	return s->coding != NULL && s->coding->block;
}

/* Why what would leave does not; NULL: it does.  What is transcoded stays so, and keeps its
 * numbers, while its party is kept quiet. */
static const char *
silencer(const struct stream *from, enum bridge_kind payloads)
{
	if (from->coding == NULL || payloads == BRIDGE_TRANSCODE)
		return NULL;
	if (bridge_is_blocked(from))
		return "nothing: this party is blocked";
	return from->coding->mute ? "nothing: this party is muted" : NULL;
}

static enum bridge_kind
payloads(const struct stream *from, const struct stream *to)
{
	static const enum bridge_kind kinds[SW_BRIDGE_KINDS] = {
		[SW_BRIDGE_MAP] = BRIDGE_MAP,
		[SW_BRIDGE_TRANSCODE] = BRIDGE_TRANSCODE,
		[SW_BRIDGE_FAX] = BRIDGE_FAX,
	};
	struct sw_bridge b;

	return bridge_rules(from, to, &b) ? kinds[b.kind] : BRIDGE_PASS;
}

enum bridge_kind
bridge_decide(const struct stream *from, const struct stream *to)
{
	enum bridge_kind kind;

	if (obstacle(from, to) != NULL)
		return BRIDGE_NONE;
	kind = payloads(from, to);
	if (silencer(from, kind) != NULL)
		return BRIDGE_NONE;
	if (kind != BRIDGE_PASS)
		return kind;
	return from->keys == NULL && to->keys == NULL ? BRIDGE_PASS : BRIDGE_REKEY;
}

/* What is not SRTP on the side of S. */
static const char *
clear_words(const struct stream *s)
{
	return s->mesh ? "VoMP" : s->media == REQUEST_IMAGE ? "UDPTL" : "RTP";
}

/* How it was carried that leaves, and how it is, and what of its payloads becomes KIND says.
 */
static void
describe_carriage(
	const struct stream *from, const struct stream *to, enum bridge_kind kind, char *text)
{
	static const char *const changed[] = {[BRIDGE_PASS] = "",
		[BRIDGE_MAP] = ", mapped",
		[BRIDGE_TRANSCODE] = ", transcoded",
		[BRIDGE_FAX] = ", by a fax gateway"};
	const char *in = sw_suite_info(call_unseal(from)->suite)->name;
	const char *out = sw_suite_info(call_seal(to)->suite)->name;

	if (from->keys == NULL && to->keys == NULL)
		snprintf(text, BRIDGE_TEXT, "%s -> %s%s",
			is_opaque(from) && kind != BRIDGE_FAX ? "any datagram"
							      : clear_words(from),
			kind == BRIDGE_PASS ? "passed as it is" : clear_words(to),
			changed[kind]);
	else if (from->keys == NULL)
		snprintf(text, BRIDGE_TEXT, "%s -> sealed with %s%s", clear_words(from), out,
			changed[kind]);
	else if (to->keys == NULL)
		snprintf(text, BRIDGE_TEXT, "SRTP %s -> unsealed to %s%s", in, clear_words(to),
			changed[kind]);
	else
		snprintf(text, BRIDGE_TEXT, "SRTP %s -> re-keyed to %s%s", in, out,
			changed[kind]);
}

void
bridge_describe(const struct stream *from, const struct stream *to, char *text)
{
	const char *none = obstacle(from, to);
	enum bridge_kind kind = none == NULL ? payloads(from, to) : BRIDGE_NONE;

	if (none == NULL)
		none = silencer(from, kind);
	if (none != NULL)
		snprintf(text, BRIDGE_TEXT, "%s", none);
	else if (from->e2e)
		snprintf(text, BRIDGE_TEXT, "end to end: any datagram -> bit by bit as it is");
	else if (from->keys != NULL && !from->key_known)
		snprintf(text, BRIDGE_TEXT,
			"nothing yet: SRTP %s, the party's key is not known",
			sw_suite_info(from->keys->unseal.suite)->name);
	else
		describe_carriage(from, to, kind, text);
	if (none == NULL && to == from)
		strncat(text, ", back to this party", BRIDGE_TEXT - strlen(text) - 1);
}

const char *
bridge_suite_words(const struct stream *s)
{
	return s->e2e    ? "end to end"
	       : s->mesh ? "mesh"
			 : sw_suite_info(call_seal(s)->suite)->name;
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
	case REQUEST_ANY:
		return SW_SOURCE_ANY;
	case REQUEST_BEST:
		return SW_SOURCE_BEST;
	case REQUEST_NEWEST:
		return SW_SOURCE_NEWEST;
	default:
		return s->keys != NULL ? SW_SOURCE_AUTHENTICATED : SW_SOURCE_SIGNALLED;
	}
}

const char *
bridge_source_words(const struct stream *s)
{
	if (s->closed)
		return "nobody: the stream is closed";
	if (s->mesh)
		return s->remote.family != 0 ? "the party's session in the mesh, nobody else"
					     : "nobody: the party has no session yet";
	switch (bridge_source(s)) {
	case SW_SOURCE_AUTHENTICATED:
		return s->key_known ? "whoever holds the SRTP key"
				    : "nobody: the party's SRTP key is not known yet";
	case SW_SOURCE_LATCH:
		return "the first plausible source within latch_ms, then nobody else";
	case SW_SOURCE_ANY:
		return "whoever sends; the signalled address is answered";
	case SW_SOURCE_NEWEST:
		return "within latch_ms whoever sends, then the last of them alone";
	case SW_SOURCE_BEST:
		return "within latch_ms the source most like the signalled address, then nobody "
		       "else";
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
	t->nobodys = s->keys != NULL && !s->key_known;
	t->unseal = *call_unseal(s);
	t->seal = *call_seal(s);
	t->opaque = is_opaque(s);
	t->no_feedback = s->no_feedback;
	/* Who is taken at its word is never learned. */
	t->waits = s->wait && t->source != SW_SOURCE_SIGNALLED && t->source != SW_SOURCE_ANY;
	t->pierce = s->pierce && !s->mesh;
	t->identity = l->mesh != NULL ? l->mesh->number : 0;
}

void
bridge_flow(const struct stream *from, const struct stream *to, struct sw_flow *f)
{
	enum bridge_kind kind = bridge_decide(from, to);

	memset(f, 0, sizeof *f);
	f->id = from->id;
	f->slot = from->slot;
	if (kind == BRIDGE_NONE)
		return;
	f->sinks = 1;
	f->sink[0].id = to->id;
	f->sink[0].slot = to->slot;
	f->bridged = kind >= BRIDGE_MAP;
}
