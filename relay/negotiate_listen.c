/* SPDX-License-Identifier: Apache-2.0
 *
 * See negotiate_listen.h.  A copy is what the other party gets, under the same payload types
 * (bridge_listen.c), so it is described as that party has described it. */
#include "relay/negotiate_listen.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "codecs/codec.h"
#include "control/sdes.h"
#include "relay/bridge.h"
#include "relay/negotiate_format.h"
#include "relay/negotiate_inside.h"

static const char no_memory[] = "Out of memory",
		  not_understood[] = "Failed to process subscription answer";

/* ---- What is asked of the call. ---- */

/* Where the request does not say so, as LIKE is. */
static bool
is_secure(const struct ng_request *r, const struct stream *like)
{
	int bits = r->transport_protocol.len > 0 ? protocol_of(r->transport_protocol) : -1;

	if (r->sdes & NG_SDES_OFF)
		return false;
	return bits >= 0 ? (bits & PROTOCOL_SECURE) != 0
			 : call_seal(like)->suite != SW_SUITE_PLAIN;
}

/* The suite that is offered where the request lets it: what IS (NULL: nothing yet) has, else
 * the one that everybody has.  NULL: the request lets none. */
static const char *
suite_for(const struct ng_request *r, const struct stream *is)
{
	const char *suite = sdes_name(SDES_AES_CM_128_HMAC_SHA1_80);
	struct sdes_list may;

	if (is != NULL && call_seal(is)->suite != SW_SUITE_PLAIN)
		suite = sw_suite_info(call_seal(is)->suite)->name;
	sdes_offer(&may, NULL, r);
	for (unsigned i = 0; i < may.n; i++)
		if (strcmp(sdes_name(may.suite[i]), suite) == 0)
			return suite;
	return may.n > 0 ? sdes_name(may.suite[0]) : NULL;
}

/* May IS be sent to as it is agreed until its next answer, when it is offered SUITE? */
static bool
goes_on(const struct stream *is, const char *suite)
{
	return is != NULL && !is->closed && is->direction != REQUEST_INACTIVE &&
	       sw_suite_find(suite) == call_seal(is)->suite;
}

/* What is IS already, or (NULL) is to be a copy of FROM.  Nothing is sent before the listener
 * has answered to the keys that it is sealed with. */
static int
ask_stream(const struct listening *l, const struct stream *from, const struct stream *is,
	struct stream_request *s, const char **reason)
{
	const struct ng_request *r = l->request;
	const char *suite = is_secure(r, is != NULL ? is : from) ? suite_for(r, is) : "none";

	if (suite == NULL) {
		*reason = "No SRTP suite is left";
		return -EINVAL;
	}
	s->has = REQUEST_HAS_CLOSED | REQUEST_HAS_SUITE;
	snprintf(s->suite, sizeof s->suite, "%s", suite);
	if (!goes_on(is, suite)) {
		s->has |= REQUEST_HAS_DIRECTION | REQUEST_HAS_MUX;
		s->direction = REQUEST_INACTIVE;
		/* Who has taken one port for both has named none for RTCP, and behind 65535
		 * there is none. */
		s->rtcp_mux = (r->rtcp_mux & (NG_MUX_OFFER | NG_MUX_REQUIRE)) != 0 ||
			      (is != NULL && is->mux);
	}
	if (r->tos >= 0 && r->tos <= UINT8_MAX) {
		s->has |= REQUEST_HAS_DSCP;
		s->dscp = (uint8_t)(r->tos >> 2);
	}
	return 0;
}

/* One that is nothing to listen to is left out. */
static bool
is_heard(const struct stream *s)
{
	return !s->closed && !s->e2e && s->mesh == STREAM_NO_MESH &&
	       (s->media == REQUEST_AUDIO || s->media == REQUEST_VIDEO);
}

static int
ask_sources(const struct listening *l, const struct call *call, unsigned legs,
	struct leg_request *to, const char **reason)
{
	for (unsigned i = 0; i < call->legs; i++)
		for (unsigned j = 0; j < call->leg[i].streams && (legs & 1u << i) != 0; j++) {
			const struct stream *from = &call->leg[i].stream[j];
			struct stream_request *s = &to->stream[to->streams];

			if (!is_heard(from))
				continue;
			if (to->streams == REQUEST_STREAMS) {
				*reason = "A listener has eight streams at most";
				return -EINVAL;
			}
			if (ask_stream(l, from, NULL, s, reason) != 0)
				return -EINVAL;
			s->has |= REQUEST_HAS_MEDIA | REQUEST_HAS_OF;
			s->media = from->media;
			s->of_leg = (uint8_t)i;
			s->of_stream = (uint8_t)j;
			to->streams++;
		}
	*reason = "There is nothing to listen to";
	return to->streams > 0 ? 0 : -EINVAL;
}

/* It stays where it is, and is told again of what it listens to. */
static int
ask_again(const struct listening *l, const struct listener *is, struct leg_request *to,
	const char **reason)
{
	for (; to->streams < is->leg.streams; to->streams++)
		if (ask_stream(l, NULL, &is->leg.stream[to->streams], &to->stream[to->streams],
			    reason) != 0)
			return -EINVAL;
	return 0;
}

/* One on an interface that there is not is placed as if none had been named; so is a family
 * of which that has no address. */
static void
ask_interface(const struct listening *l, struct leg_request *to)
{
	if (slice_copy(l->request->to_interface, to->interface, sizeof to->interface) != 0 ||
		!negotiate_has_address(l->node, l->conf, to->interface, 0))
		to->interface[0] = '\0';
	to->family = negotiate_family_word(l->request->address_family);
	if (!negotiate_has_address(l->node, l->conf, to->interface, to->family))
		to->family = 0;
}

static struct leg_request *
begin(const struct listening *l, struct call_request *asked)
{
	struct leg_request *to = &asked->leg[0];

	asked->legs = 1;
	to->role = REQUEST_LISTENER;
	snprintf(to->name, sizeof to->name, "%s", l->tag);
	return to;
}

int
listening_ask(const struct listening *l, const struct call *call, unsigned legs,
	struct call_request *asked, const char **reason)
{
	struct leg_request *to = begin(l, asked);
	const struct listener *is = call_listener(call, l->tag);

	if ((*reason = negotiate_refusal(l->request)) != NULL)
		return -EINVAL;
	if (is != NULL)
		return ask_again(l, is, to, reason);
	ask_interface(l, to);
	return ask_sources(l, call, legs, to, reason);
}

/* ---- What it is offered. ---- */

static const struct sdp_format *
format_numbered(const struct memo_side *side, unsigned line, unsigned payload_type)
{
	if (line >= side->lines)
		return NULL;
	for (size_t i = 0; i < side->line[line].formats; i++)
		if (side->line[line].format[i].is.payload_type == (int)payload_type)
			return &side->line[line].format[i].is;
	return NULL;
}

/* What LEAVES, of which neither party's last SDP tells: an offer that is not answered yet says
 * something else.  One without a name is called by its number. */
static struct sdp_format
format_agreed(const struct request_format *leaves, struct arena *a)
{
	const struct codec_format *is = &leaves->format;
	bool ours = is->codec != CODEC_NONE;
	struct sdp_format f = {.text = arena_decimal(a, is->payload_type),
		.payload_type = is->payload_type,
		.rate = ours ? codec_clock(is) : is->rate,
		.channels = ours ? codec_map_channels(is) : is->channels};

	if (f.rate != 0 && !slice_is(f.text, leaves->name))
		f.name = arena_copy(a, slice_of(leaves->name));
	return f;
}

/* What LEAVES as the other party has it in its SDP, else as the one that sends: by one number
 * each may mean something else, and then what leaves is what the sender says. */
static struct sdp_format
format_said(const struct memo_notes *notes, const struct listener_source *of,
	const struct request_format *leaves, struct arena *a)
{
	unsigned number = leaves->format.payload_type;
	const struct sdp_format *is =
		format_numbered(&notes->side[1 - of->leg], of->stream, number);

	if (is == NULL || !slice_is_nocase(is->name, leaves->name))
		is = format_numbered(&notes->side[of->leg], of->stream, number);
	return is != NULL ? *is : format_agreed(leaves, a);
}

static int
put_formats(const struct listening *l, const struct call *call, const struct memo_notes *notes,
	const struct listener_source *of, struct sdp_media *m)
{
	const struct request_format *leaving[REQUEST_FORMATS];
	unsigned n = bridge_leaving(&call->leg[of->leg].stream[of->stream],
		bridge_sink(call, of->leg, of->stream), leaving);

	m->format = arena_array(l->arena, n + 1, sizeof *m->format);
	if (m->format == NULL)
		return -ENOMEM;
	for (; m->formats < n; m->formats++)
		m->format[m->formats] = format_said(notes, of, leaving[m->formats], l->arena);
	return 0;
}

/* Of a line that is not to be used now; it must have one (RFC 8866 section 9). */
static void
put_nothing(struct sdp_media *m)
{
	m->port = 0;
	m->format[0] = (struct sdp_format){.text = SLICE("0")};
	m->formats = 1;
}

static int
put_key(const struct listening *l, const struct stream *s, struct sdp_media *m)
{
	const struct sw_suite_info *suite = sw_suite_info(call_seal(s)->suite);
	struct sdes_key k = {.len = (uint8_t)(suite->key_len + suite->salt_len)};
	int err;

	if (call_seal(s)->suite == SW_SUITE_PLAIN)
		return 0;
	k.suite = (uint8_t)sdes_find(slice_of(suite->name));
	memcpy(k.key, call_seal(s)->key, suite->key_len);
	memcpy(k.key + suite->key_len, call_seal(s)->salt, suite->salt_len);
	if ((m->crypto = arena_take(l->arena, sizeof *m->crypto)) == NULL)
		return -ENOMEM;
	err = sdes_print(m->crypto, l->arena, 1, &k, l->request->sdes);
	explicit_bzero(&k, sizeof k);
	m->cryptos = 1;
	return err;
}

/* As the request wants it called, if that is what the stream is. */
static struct slice
protocol_for(const struct ng_request *r, const struct stream *s)
{
	bool secure = call_seal(s)->suite != SW_SUITE_PLAIN;
	int bits = r->transport_protocol.len > 0 ? protocol_of(r->transport_protocol) : -1;

	if (bits >= 0 && (bits & PROTOCOL_RTP) && !(bits & PROTOCOL_DTLS) &&
		((bits & PROTOCOL_SECURE) != 0) == secure)
		return protocol_spelled(r->transport_protocol);
	return secure ? SLICE("RTP/SAVP") : SLICE("RTP/AVP");
}

static int
put_media(const struct listening *l, const struct call *call, const struct memo_notes *notes,
	const struct listener *is, unsigned i, const struct sdp_connection *ours,
	struct sdp_media *m)
{
	const struct listener_source *of = &is->of[i];
	const struct stream *s = &is->leg.stream[i],
			    *from = &call->leg[of->leg].stream[of->stream];

	*m = (struct sdp_media){.type = slice_of(request_media_words[s->media]),
		.protocol = protocol_for(l->request, s),
		.port = s->port,
		.ports = 1,
		.direction = REQUEST_SENDONLY,
		.rtcp_mux = s->mux,
		.connection = *ours};
	m->rtcp_text =
		negotiate_rtcp(l->request, s->port + (s->mux ? 0u : 1u), ours, l->arena);
	if (put_formats(l, call, notes, of, m) != 0)
		return -ENOMEM;
	if (m->formats == 0 || from->media != s->media || from->closed)
		put_nothing(m);
	return put_key(l, s, m);
}

/* A session of our own; its version, which has to rise with each offer, is the time. */
static void
put_session(const struct listening *l, const struct listener *is,
	const struct sdp_connection *ours, struct sdp *s)
{
	static struct sdp_text timing = {.text = SLICE("0 0")};

	s->origin = (struct sdp_origin){.user = SLICE("-"),
		.session = arena_decimal(l->arena, is->leg.stream[0].id >> 1),
		.version = arena_decimal(l->arena, (uint64_t)l->now_us),
		.family = ours->family,
		.address = ours->address};
	s->name = SLICE("strowger");
	s->timing = &timing;
}

static int
read_notes(struct slice bytes, struct memo_notes *notes, struct arena *a)
{
	struct memo *m = memo_copy((const uint8_t *)bytes.at, bytes.len);
	int err = m != NULL ? memo_read(m, notes, a) : -ENOMEM;

	memo_close(m);
	return err;
}

struct slice
listening_offer(const struct listening *l, const struct call *call, struct slice memo)
{
	const struct listener *is = call_listener(call, l->tag);
	struct memo_notes notes;
	struct sdp s = {.media = arena_array(l->arena, CALL_STREAMS, sizeof *s.media)};
	struct sdp_connection ours = negotiate_ours(l->request, &is->leg, l->arena);

	if (s.media == NULL || ours.address.at == NULL ||
		read_notes(memo, &notes, l->arena) != 0)
		return (struct slice){NULL, 0};
	put_session(l, is, &ours, &s);
	for (; s.medias < is->leg.streams; s.medias++)
		if (put_media(l, call, &notes, is, (unsigned)s.medias, &ours,
			    &s.media[s.medias]) != 0)
			return (struct slice){NULL, 0};
	return sdp_write(&s, l->arena);
}

/* ---- What it answers. ---- */

/* The key of S's suite that M has.  0; -EINVAL. */
static int
take_key(const struct listening *l, const struct stream *is, const struct sdp_media *m,
	struct stream_request *s)
{
	const char *suite = sw_suite_info(call_seal(is)->suite)->name;
	int bits = protocol_of(m->protocol), err = -EINVAL;
	struct sdes_key k = {0};

	if (bits < 0 || !(bits & PROTOCOL_SECURE) != (call_seal(is)->suite == SW_SUITE_PLAIN))
		return -EINVAL;
	if (call_seal(is)->suite == SW_SUITE_PLAIN)
		return 0;
	if (sdes_choose(m, l->request, &k) >= 0 && strcmp(sdes_name(k.suite), suite) == 0) {
		memcpy(s->key, k.key, k.len);
		s->key_len = k.len;
		memcpy(s->mki, k.mki, k.mki_len);
		s->mki_len = k.mki_len;
		s->has |= REQUEST_HAS_KEY | (k.mki_len > 0 ? REQUEST_HAS_MKI : 0);
		err = 0;
	}
	explicit_bzero(&k, sizeof k);
	return err;
}

static void
refuse(struct stream_request *s)
{
	s->has = REQUEST_HAS_CLOSED;
	s->closed = 1;
}

static int
take_media(const struct listening *l, const struct stream *is, const struct sdp *sdp,
	const struct sdp_media *m, struct stream_request *s)
{
	const struct sdp_connection *c = sdp_connection_of(sdp, m);
	bool hears = m->direction != REQUEST_SENDONLY && m->direction != REQUEST_INACTIVE,
	     is_there;

	if (m->port == 0 || is->closed) {
		refuse(s);
		return 0;
	}
	if (c == NULL || !slice_is_nocase(m->type, request_media_words[is->media]))
		return -EINVAL;
	is_there = !c->zero && request_addr_is_usable(&c->addr);
	s->direction = hears && is_there ? REQUEST_RECVONLY : REQUEST_INACTIVE;
	s->rtcp_mux = is->mux && m->rtcp_mux; /* which it was offered */
	s->has = REQUEST_HAS_DIRECTION | REQUEST_HAS_MUX;
	if (is_there) {
		s->has |= REQUEST_HAS_REMOTE;
		s->remote = c->addr;
		s->remote.port = (uint16_t)m->port;
		negotiate_take_rtcp(s, m, s->rtcp_mux, true);
	}
	format_ask(s, m->format, m->formats, 0, (struct slice){NULL, 0});
	return take_key(l, is, m, s);
}

int
listening_answer(const struct listening *l, const struct call *call,
	struct call_request *asked, const char **reason)
{
	const struct listener *is = call_listener(call, l->tag);
	struct leg_request *to = begin(l, asked);
	struct slice text = l->request->sdp;
	struct sdp sdp;

	if ((*reason = negotiate_refusal(l->request)) != NULL)
		return -EINVAL;
	*reason = not_understood;
	switch (sdp_read(&sdp, l->arena, text.at, text.len)) {
	case SDP_OK:
		break;
	case SDP_INCOMPLETE:
		*reason = "Incomplete SDP specification";
		return -EINVAL;
	case SDP_NO_MEMORY:
		*reason = no_memory;
		return -EINVAL;
	default:
		*reason = "Failed to parse SDP";
		return -EINVAL;
	}
	if (sdp.medias == 0 || sdp.medias > is->leg.streams)
		return -EINVAL;
	for (; to->streams < is->leg.streams; to->streams++) {
		unsigned i = to->streams;

		if (i >= sdp.medias)
			refuse(&to->stream[i]);
		else if (take_media(l, &is->leg.stream[i], &sdp, &sdp.media[i],
				 &to->stream[i]) != 0)
			return -EINVAL;
	}
	return 0;
}
