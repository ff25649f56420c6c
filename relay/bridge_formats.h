/* SPDX-License-Identifier: Apache-2.0
 *
 * What both parties call a payload: formats of one beside those of the other.  For
 * bridge_codecs.c; of streams that have said something of codecs.  Pure; control's one
 * thread. */
#pragma once

#include <stdbool.h>

#include "relay/call.h"
#include "relay/coding.h"

/* Format I of S, if it may come from the party; NULL. */
static inline const struct request_format *
bridge_taken(const struct stream *s, unsigned i)
{
	return s->coding->use.taken & 1u << i ? &s->coding->format[i] : NULL;
}

/* The Ith of those that may go to the party of S. */
static inline const struct request_format *
bridge_given(const struct stream *s, unsigned i)
{
	return &s->coding->format[s->coding->use.given[i]];
}

/* Speech that can be decoded and encoded here. */
static inline bool
bridge_is_ours(const struct request_format *f)
{
	return f->format.codec != CODEC_NONE && codec_is_speech(f);
}

/* The same but for the payload type? */
bool bridge_is_same(const struct request_format *a, const struct request_format *b);

/* Would packets of A be as long as B wants them? */
bool bridge_is_as_long(const struct request_format *a, const struct request_format *b);

/* What payloads of A become for the party of TO, packet by packet; NULL: nothing. */
const struct request_format *bridge_counterpart(
	const struct request_format *a, const struct stream *to, enum sw_law *law);

/* Into what FROM's speech is transcoded for TO: what both have, else what TO likes best.
 * NULL: TO has nothing that we can encode. */
const struct request_format *bridge_goal(const struct stream *from, const struct stream *to);

/* The first speech of S that can be decoded here; NULL. */
const struct request_format *bridge_decodable(const struct stream *s);
