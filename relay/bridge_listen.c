/* SPDX-License-Identifier: Apache-2.0
 *
 * Who gets copies of a direction, of bridge.h.  A copy is what the other party is sent, sealed
 * with keys of the listener's own: nothing is transcoded or renumbered for it, so it has to
 * have agreed to the speech that leaves, by the same payload type.  Pure. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "relay/bridge.h"
#include "relay/coding.h"
#include "relay/fax.h"

/* ---- What leaves. ---- */

static bool
has_number(const struct coding *c, unsigned payload_type)
{
	for (unsigned i = 0; i < c->formats; i++)
		if (c->format[i].format.payload_type == payload_type)
			return true;
	return false;
}

/* Does anything become PAYLOAD_TYPE by B? */
static bool
is_made(const struct sw_bridge *b, unsigned payload_type)
{
	for (unsigned i = 0; i < TRANSCODE_FORMATS && b->kind == SW_BRIDGE_TRANSCODE; i++)
		if (b->transcode.to[i].codec != CODEC_NONE &&
			b->transcode.to[i].payload_type == payload_type)
			return true;
	for (unsigned i = 0; i < b->maps; i++)
		if (b->map[i].to == payload_type)
			return true;
	return false;
}

unsigned
bridge_leaving(const struct stream *from, const struct stream *to,
	const struct request_format *out[REQUEST_FORMATS])
{
	const struct coding *c = to != NULL ? to->coding : from->coding;
	struct sw_bridge b;
	bool changes;
	unsigned n = 0;

	if (c == NULL || from->coding == NULL)
		return 0;
	changes = to != NULL && bridge_rules(from, to, &b);
	for (unsigned i = 0; i < c->formats; i++) {
		unsigned number = c->format[i].format.payload_type;

		if (changes ? is_made(&b, number) : has_number(from->coding, number))
			out[n++] = &c->format[i];
	}
	return n;
}

/* The same payloads, however long their packets are and whatever else is wished of them? */
static bool
is_one(const struct request_format *a, const struct request_format *b)
{
	const struct codec_format *f = &a->format, *g = &b->format;

	return f->payload_type == g->payload_type && f->codec == g->codec &&
	       codec_clock(f) == codec_clock(g) &&
	       codec_map_channels(f) == codec_map_channels(g) &&
	       (f->codec != CODEC_NONE || strcasecmp(a->name, b->name) == 0);
}

static bool
has_format(const struct coding *c, const struct request_format *f)
{
	for (unsigned i = 0; c != NULL && i < c->formats; i++)
		if (is_one(&c->format[i], f))
			return true;
	return false;
}

/* Has LISTENER agreed to what comes first of what leaves?  Where nobody has said what that is,
 * to anything. */
static bool
has_agreed(const struct stream *listener, const struct stream *from, const struct stream *to)
{
	const struct request_format *leaving[REQUEST_FORMATS];
	unsigned n = bridge_leaving(from, to, leaving);

	for (unsigned i = 0; i < n; i++)
		if (codec_is_speech(leaving[i]))
			return has_format(listener->coding, leaving[i]);
	return true;
}

/* ---- Who gets it. ---- */

/* Does FROM, whom nobody else is there for, send? */
static bool
is_alone_and_heard(const struct stream *from)
{
	return !from->closed && from->mesh == STREAM_NO_MESH &&
	       (from->direction == REQUEST_SENDRECV || from->direction == REQUEST_SENDONLY) &&
	       (from->coding == NULL || (!from->coding->mute && !from->coding->block));
}

/* Why stream I of L gets nothing; NULL: it gets something. */
static const char *
obstacle(const struct call *c, const struct listener *l, unsigned i)
{
	const struct listener_source *of = &l->of[i];
	const struct stream *s = &l->leg.stream[i],
			    *from = &c->leg[of->leg].stream[of->stream];
	const struct stream *to = bridge_sink(c, of->leg, of->stream);

	if (s->closed)
		return "nothing: it was refused";
	if (s->media != from->media)
		return "nothing: it listens to another medium";
	if (s->remote.family == 0)
		return "nothing yet: it is not known where it is";
	if (s->direction != REQUEST_SENDRECV && s->direction != REQUEST_RECVONLY)
		return "nothing: the listener does not receive";
	if (to != NULL ? bridge_decide(from, to) == BRIDGE_NONE : !is_alone_and_heard(from))
		return "nothing: no more does the other party";
	if (fax_joins(from, to))
		return "nothing: it is a fax, which has one receiver";
	if (to != NULL && to->mesh)
		return "nothing: the other party is in the mesh, which has codecs of its own";
	if (!has_agreed(s, from, to))
		return "nothing: the listener has not agreed to the codec";
	return NULL;
}

void
bridge_add_listeners(const struct call *c, unsigned leg, unsigned i, struct sw_flow *f)
{
	for (unsigned k = 0; k < c->listeners; k++) {
		const struct listener *l = &c->listener[k];

		for (unsigned j = 0; j < l->leg.streams; j++) {
			if (l->of[j].leg != leg || l->of[j].stream != i ||
				obstacle(c, l, j) != NULL)
				continue;
			f->sink[f->sinks].id = l->leg.stream[j].id;
			f->sink[f->sinks].slot = l->leg.stream[j].slot;
			f->sinks++;
		}
	}
}
static_assert(1 + (int)CALL_LISTENERS <= (int)SW_SINKS, "the other party, and they");

void
bridge_describe_listener(
	const struct call *c, const struct listener *l, unsigned i, char *text)
{
	const struct listener_source *of = &l->of[i];
	const char *none = obstacle(c, l, i);

	if (none != NULL)
		snprintf(text, BRIDGE_TEXT, "%s", none);
	else
		snprintf(text, BRIDGE_TEXT, "a copy of what leaves of stream %u of %s",
			of->stream, c->leg[of->leg].name);
}
