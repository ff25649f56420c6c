/* SPDX-License-Identifier: Apache-2.0
 *
 * See bridge_formats.h. */
#include "relay/bridge_formats.h"

#include <strings.h>

bool
bridge_is_same(const struct request_format *a, const struct request_format *b)
{
	if (a->format.codec != CODEC_NONE || b->format.codec != CODEC_NONE)
		return codec_format_same(&a->format, &b->format);
	return strcasecmp(a->name, b->name) == 0 && a->format.rate == b->format.rate &&
	       a->format.channels == b->format.channels;
}

/* The law that makes payloads of A those of B; SW_LAW_KEEP: none does. */
static enum sw_law
law_between(const struct request_format *a, const struct request_format *b)
{
	if (a->format.rate != b->format.rate || a->format.channels != b->format.channels)
		return SW_LAW_KEEP;
	if (a->format.codec == CODEC_PCMA && b->format.codec == CODEC_PCMU)
		return SW_LAW_A_TO_U;
	if (a->format.codec == CODEC_PCMU && b->format.codec == CODEC_PCMA)
		return SW_LAW_U_TO_A;
	return SW_LAW_KEEP;
}

bool
bridge_is_as_long(const struct request_format *a, const struct request_format *b)
{
	return !bridge_is_ours(a) || a->format.ptime_ms == b->format.ptime_ms;
}

/* What TO's party calls A.  There may be several of one name, such as video in two profiles,
 * or what repeats it: then that of the same payload type is meant. */
static const struct request_format *
namesake(const struct request_format *a, const struct stream *to)
{
	const struct request_format *first = NULL;

	for (unsigned i = 0; i < to->coding->use.givens; i++) {
		const struct request_format *b = bridge_given(to, i);

		if (!bridge_is_same(a, b) || !bridge_is_as_long(a, b))
			continue;
		if (b->format.payload_type == a->format.payload_type)
			return b;
		if (first == NULL)
			first = b;
	}
	return first;
}

const struct request_format *
bridge_counterpart(const struct request_format *a, const struct stream *to, enum sw_law *law)
{
	const struct request_format *b = namesake(a, to);

	*law = SW_LAW_KEEP;
	if (b != NULL)
		return b;
	for (unsigned i = 0; i < to->coding->use.givens; i++)
		if ((*law = law_between(a, bridge_given(to, i))) != SW_LAW_KEEP &&
			bridge_is_as_long(a, bridge_given(to, i)))
			return bridge_given(to, i);
	return NULL;
}

static bool
is_shared(const struct stream *from, const struct request_format *b)
{
	for (unsigned i = 0; i < from->coding->formats; i++)
		if (bridge_taken(from, i) != NULL && bridge_is_same(bridge_taken(from, i), b))
			return true;
	return false;
}

const struct request_format *
bridge_goal(const struct stream *from, const struct stream *to)
{
	const struct request_format *first = NULL;

	for (unsigned i = 0; i < to->coding->use.givens; i++) {
		if (!bridge_is_ours(bridge_given(to, i)))
			continue;
		if (is_shared(from, bridge_given(to, i)))
			return bridge_given(to, i);
		if (first == NULL)
			first = bridge_given(to, i);
	}
	return first;
}

const struct request_format *
bridge_decodable(const struct stream *s)
{
	for (unsigned i = 0; i < s->coding->formats; i++)
		if (bridge_taken(s, i) != NULL && bridge_is_ours(bridge_taken(s, i)))
			return bridge_taken(s, i);
	return NULL;
}
