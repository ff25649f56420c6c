/* SPDX-License-Identifier: Apache-2.0
 *
 * One row for each wish that takes more than relaying. */
#include "relay/e2e.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "relay/call.h"
#include "relay/coding.h"

static bool
wants_keys(const struct stream_request *s)
{
	bool suite = s->has & REQUEST_HAS_SUITE && sw_suite_find(s->suite) != SW_SUITE_PLAIN;

	return suite || s->has & (REQUEST_HAS_KEY | REQUEST_HAS_MKI) || s->rekey;
}

static bool
wants_latch(const struct stream_request *s)
{
	return s->relatch || (s->has & REQUEST_HAS_SOURCE && call_learns(s->source));
}

static bool
wants_other_sound(const struct stream_request *s)
{
	return (s->has & REQUEST_HAS_GAIN && s->gain_db10 != 0) ||
	       (s->has & REQUEST_HAS_FILL && s->fill);
}

static const struct {
	bool (*is_asked)(const struct stream_request *s);
	const char *field, *expected, *why;
} too_much[] = {
	{wants_keys, "srtp", "nothing: the parties' keys are their own",
		"strowger would hold a key of this leg"},
	{wants_other_sound, "gain_db", "nothing: what the parties say is their own",
		"strowger cannot change sound that it cannot hear"},
	{wants_latch, "source", "signalled",
		"strowger cannot tell who has sent a packet that it cannot authenticate, and would "
		"send the call to whoever is first"},
};

static int
refuse(struct fault *fault, unsigned leg, unsigned stream, const char *field,
	const char *expected, const char *why)
{
	char path[sizeof fault->field];

	snprintf(path, sizeof path, "legs[%u].streams[%u].%s", leg, stream, field);
	return fault_set(
		fault, FAULT_E2E, path, NULL, expected, "the call is end to end, and %s", why);
}

static int
check_stream(
	const struct stream_request *s, unsigned leg, unsigned stream, struct fault *fault)
{
	for (size_t i = 0; i < sizeof too_much / sizeof *too_much; i++)
		if (too_much[i].is_asked(s))
			return refuse(fault, leg, stream, too_much[i].field,
				too_much[i].expected, too_much[i].why);
	return 0;
}

int
e2e_check_request(const struct call *c, const struct call_request *r, struct fault *fault)
{
	/* What has been relayed of it so far was not. */
	if (c->legs > 0 && !call_is_e2e(c))
		return fault_set(fault, FAULT_E2E, "e2e", NULL, "it in call.create",
			"the call has begun otherwise, and cannot become end to end");
	for (unsigned i = 0; i < r->legs; i++) {
		if (r->leg[i].mesh.used)
			return fault_set(fault, FAULT_E2E, "legs", "vomp", "rtp",
				"the call is end to end, and what %s sends is opened here",
				r->leg[i].name);
		for (unsigned j = 0; j < r->leg[i].streams; j++)
			if (check_stream(&r->leg[i].stream[j], i, j, fault) != 0)
				return -EINVAL;
	}
	return 0;
}

/* May what either party codes be understood by the other, as it is?  Yes, if one of them has
 * not said. */
static bool
share_codec(const struct stream *a, const struct stream *b)
{
	if (a->coding == NULL || b->coding == NULL || a->coding->formats == 0 ||
		b->coding->formats == 0)
		return true;
	for (unsigned i = 0; i < a->coding->formats; i++)
		for (unsigned j = 0; j < b->coding->formats; j++) {
			const struct request_format *f = &a->coding->format[i],
						    *g = &b->coding->format[j];

			if (f->format.payload_type == g->format.payload_type &&
				strcasecmp(f->name, g->name) == 0)
				return true;
		}
	return false;
}

/* Datagrams change sides as they are: two streams that differ in how they are carried cannot
 * be joined. */
static int
check_pair(const struct stream *a, const struct stream *b, unsigned i, struct fault *fault)
{
	if (a->media != b->media)
		return refuse(fault, 1, i, "media", request_media_words[a->media],
			"its two streams are of different media");
	if (!share_codec(a, b))
		return refuse(fault, 1, i, "codecs",
			"a codec of the other party's, by its payload type",
			"its parties share no codec");
	if (a->mux != b->mux)
		return refuse(fault, 1, i, "rtcp_mux", a->mux ? "true" : "false",
			"strowger would have to part RTP and RTCP for one leg, or join them");
	return 0;
}

int
e2e_take(struct call *c, struct fault *fault)
{
	for (unsigned i = 0; i < c->legs; i++)
		for (unsigned j = 0; j < c->leg[i].streams; j++)
			c->leg[i].stream[j].e2e = 1;
	for (unsigned j = 0; c->legs == CALL_LEGS && j < c->leg[0].streams; j++)
		if (j < c->leg[1].streams &&
			check_pair(&c->leg[0].stream[j], &c->leg[1].stream[j], j, fault) != 0)
			return -EINVAL;
	return 0;
}
