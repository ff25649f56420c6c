/* SPDX-License-Identifier: Apache-2.0
 *
 * What a request changes in one leg, a party's or a listener's; of call.h. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "relay/call.h"
#include "relay/call_inside.h"
#include "relay/call_mesh.h"
#include "relay/coding.h"
#include "relay/fax.h"

/* ---- Codecs. ---- */

/* What F is to the E-model. */
static enum request_codec
rated_as(const struct request_format *f)
{
	enum { WIDE = 16000 }; /* samples of a second, of a wider band than a telephone's */
	enum request_codec codec = request_codec(f->name);

	if (codec == REQUEST_L16 && f->format.rate < WIDE)
		return REQUEST_OTHER;
	return codec == REQUEST_OTHER && f->format.codec != CODEC_NONE ? REQUEST_UNRATED
								       : codec;
}

/* The first of C's formats that is speech. */
static uint8_t
known_codec(const struct coding *c)
{
	for (unsigned i = 0; i < c->formats; i++)
		if (codec_is_speech(&c->format[i]))
			return (uint8_t)rated_as(&c->format[i]);
	return REQUEST_OTHER;
}

static int
apply_coding(struct stream *s, const struct stream_request *r, struct fault *fault)
{
	const uint32_t all = REQUEST_HAS_FORMATS | REQUEST_HAS_GAIN | REQUEST_HAS_MUTE |
			     REQUEST_HAS_BLOCK | REQUEST_HAS_ECHO | REQUEST_HAS_FILL |
			     REQUEST_HAS_FAX;
	struct coding *c;

	if (!(r->has & all))
		return 0;
	if ((c = call_coding(s)) == NULL ||
		(r->has & REQUEST_HAS_FORMATS &&
			coding_set_formats(c, r->format, r->formats) != 0))
		return fault_set(fault, FAULT_INTERNAL, NULL, NULL, NULL, "out of memory");
	if (r->has & REQUEST_HAS_FORMATS)
		s->codec = known_codec(c);
	if (r->has & REQUEST_HAS_GAIN)
		c->gain_db10 = r->gain_db10;
	if (r->has & REQUEST_HAS_MUTE)
		c->mute = r->mute;
	if (r->has & REQUEST_HAS_BLOCK)
		c->block = r->block;
	if (r->has & REQUEST_HAS_ECHO)
		c->echo = r->echo;
	if (r->has & REQUEST_HAS_FILL)
		c->fill = r->fill;
	if (r->has & REQUEST_HAS_FAX)
		fax_set(c, &r->fax);
	return 0;
}

/* ---- Streams, legs. ---- */

/* 0; -ENOMEM. */
static int
set_remote(struct stream *s, const struct stream_request *r)
{
	struct sw_addr rtcp = {.family = r->rtcp.family};

	memcpy(rtcp.ip, r->rtcp.ip, sizeof rtcp.ip);
	s->remote.family = r->remote.family;
	s->remote.port = r->remote.port;
	memcpy(s->remote.ip, r->remote.ip, sizeof s->remote.ip);
	s->rtcp_port = r->rtcp_port;
	return call_set_rtcp(s, &rtcp);
}

/* Where the party is, and whom we take for it. */
static int
apply_remote(struct stream *s, const struct stream_request *r, const struct leg *l,
	const struct call_at *at)
{
	struct sw_addr old = s->remote, old_rtcp = call_remote_rtcp(s), rtcp;
	uint8_t old_source = s->source;

	if (r->has & REQUEST_HAS_SOURCE)
		s->source = r->source;
	if (r->has & REQUEST_HAS_REMOTE && set_remote(s, r) != 0)
		return fault_set(at->fault, FAULT_INTERNAL, NULL, NULL, NULL, "out of memory");
	rtcp = call_remote_rtcp(s);
	/* What was learned counts as long as the party has not moved and nobody asks for a new
	 * latch: with every re-offer whoever waits for it would get another chance. */
	if (memcmp(&s->remote, &old, sizeof old) != 0 ||
		memcmp(&rtcp, &old_rtcp, sizeof rtcp) != 0 ||
		(call_learns(s->source) && s->source != old_source) || r->relatch)
		s->relatch++;
	if (s->remote.family == 0)
		return 0;
	if (l->family != 0 && s->remote.family != l->family)
		return call_bad_stream(at, FAULT_BAD_REQUEST, "remote.address", NULL,
			"an address of the leg's family");
	if (!s->mux && s->rtcp_port == 0 && s->remote.port == 65535)
		return call_bad_stream(at, FAULT_BAD_REQUEST, "remote.rtcp_port", NULL,
			"a port: there is none behind 65535");
	return 0;
}

/* Does S have a transport, and which?  True: what it has from now on is another one. */
static bool
apply_transport(struct stream *s, const struct stream_request *r)
{
	bool was_closed = s->closed;

	if (r->has & REQUEST_HAS_CLOSED)
		s->closed = r->closed;
	if (!was_closed && (s->closed || r->reopen))
		call_leave_transport(s);
	return was_closed || r->reopen;
}

static int
apply_stream(struct stream *s, const struct stream_request *r, const struct leg *l,
	const struct call_at *at)
{
	bool fresh = apply_transport(s, r);

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
	if (r->has & REQUEST_HAS_WAIT)
		s->wait = r->wait;
	if (r->has & REQUEST_HAS_PIERCE)
		s->pierce = r->pierce;
	if (r->has & REQUEST_HAS_AVPF)
		s->no_feedback = !r->avpf;
	if (apply_coding(s, r, at->fault) != 0)
		return -EINVAL;
	if (apply_remote(s, r, l, at) != 0)
		return -EINVAL;
	return call_apply_srtp(s, r, fresh, at);
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

static bool
is_left(const struct stream_request *r)
{
	return r->reopen || (r->has & REQUEST_HAS_CLOSED && r->closed);
}

/* To that of R, and so to another address of the interface; where its parties were is no place
 * to send to any more.  -EINVAL: a stream would stay behind. */
static int
change_family(struct leg *l, const struct leg_request *r)
{
	for (unsigned i = 0; i < l->streams; i++)
		if (l->stream[i].port != 0 && (i >= r->streams || !is_left(&r->stream[i])))
			return -EINVAL;
	for (unsigned i = 0; i < l->streams; i++) {
		l->stream[i].remote = (struct sw_addr){0};
		l->stream[i].rtcp_port = 0;
		call_set_rtcp(&l->stream[i], &l->stream[i].remote);
	}
	l->local = (struct sw_addr){0};
	l->advertised = NULL;
	l->family = r->family;
	return 0;
}

int
call_apply_leg(struct leg *l, const struct leg_request *r, unsigned n, struct fault *fault)
{
	if ((r->mesh.used || l->mesh != NULL) && call_mesh_apply(l, r, n, fault) != 0)
		return -EINVAL;
	if (l->streams == 0 && r->streams == 0)
		return call_bad_leg(n, "streams", NULL, "one to eight streams",
			"a new leg needs a stream", fault);
	if (r->streams > l->streams && call_add_streams(l, r->streams - l->streams) != 0)
		return fault_set(fault, FAULT_INTERNAL, NULL, NULL, NULL, "out of memory");
	if (l->local.family != 0 && r->interface[0] != '\0' &&
		strcmp(l->interface, r->interface) != 0)
		return call_bad_leg(n, "interface", r->interface, l->interface,
			"a leg stays on its interface", fault);
	if (l->local.family == 0 && l->mesh == NULL)
		memcpy(l->interface, r->interface, sizeof l->interface);
	if (l->local.family != 0 && r->family != 0 && r->family != l->family &&
		change_family(l, r) != 0)
		return call_bad_leg(n, "family", NULL, l->family == AF_INET ? "ipv4" : "ipv6",
			"a leg keeps its family as long as a stream keeps its port", fault);
	l->family = family_of(l, r);
	for (unsigned i = 0; i < r->streams; i++)
		if (apply_stream(&l->stream[i], &r->stream[i], l,
			    &(struct call_at){n, i, fault}) != 0)
			return -EINVAL;
	if (l->mesh != NULL)
		call_mesh_settle(l);
	return 0;
}
