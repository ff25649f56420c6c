/* SPDX-License-Identifier: Apache-2.0
 *
 * The m= lines of a party, and their transports: RTP and RTCP are a "stream" each there.  See
 * ng_query.h. */
#include <string.h>

#include "control/ip_text.h"
#include "relay/bridge.h"
#include "relay/ng_query_inside.h"

enum { US = 1000000 };

/* One port of a transport. */
struct port {
	const struct call *call;
	const struct leg *leg;
	const struct stream *s;
	struct figures_of seen;
	unsigned rtcp; /* 0, 1 */
};

/* ---- Addresses. ---- */

static bool
is_ip(const struct ng_tale_ip *ip, const struct sw_addr *a)
{
	return ip->text.at != NULL && ip->is.family == a->family &&
	       memcmp(ip->is.ip, a->ip, sizeof a->ip) == 0;
}

static void
put_ip(struct ng_tale *t, struct value *d, const char *key, const struct sw_addr *a)
{
	char text[IP_TEXT];
	struct ng_tale_ip *ip = &t->ip[0];

	if (!is_ip(ip, a) && !is_ip(++ip, a)) {
		ip = &t->ip[t->ips++ % 2];
		*ip = (struct ng_tale_ip){
			*a, arena_copy(t->a, slice_of(ip_text(a->family, a->ip, text)))};
	}
	value_put_text(t->a, d, key, ip->text);
}

static const char *
family(const struct sw_addr *a)
{
	return a->family == AF_INET6 ? "IPv6" : "IPv4";
}

static void
put_endpoint(struct ng_tale *t, struct value *stream, const char *key, const struct sw_addr *a)
{
	struct value *d = value_put_dict(t->a, stream, key);

	if (a->family == 0)
		return;
	value_put_string(t->a, d, "family", family(a));
	put_ip(t, d, "address", a);
	value_put_number(t->a, d, "port", a->port);
}

/* Has none: a refused m= line, and RTCP that goes by the port of RTP. */
static void
put_local(struct ng_tale *t, struct value *stream, const struct port *p)
{
	if (p->s->closed || (p->rtcp && p->s->mux))
		return;
	value_put_number(t->a, stream, "local port", p->s->port + p->rtcp);
	put_ip(t, stream, "local address", &p->leg->local);
	value_put_string(t->a, stream, "family", family(&p->leg->local));
}

static void
put_endpoints(struct ng_tale *t, struct value *stream, const struct port *p)
{
	struct sw_addr said = p->rtcp ? call_remote_rtcp(p->s) : p->s->remote, learned[2];

	if (!figures_learned(p->seen.st, learned) || learned[p->rtcp].family == 0)
		learned[p->rtcp] = said;
	put_endpoint(t, stream, "endpoint", &learned[p->rtcp]);
	put_endpoint(t, stream, "advertised endpoint", &said);
}

/* ---- Counters. ---- */

/* Of RTP; RTCP has no time of its own.  As long as nothing has come, the call's beginning. */
static int64_t
last_packet_s(const struct ng_tale *t, const struct port *p)
{
	uint64_t ms = figures_idle_ms(p->seen.st, t->client);

	if (ms == FIGURES_NEVER || (p->rtcp && figures_count(&p->seen.st->rx_rtcp) == 0))
		return p->call->created_us / US;
	return (t->now_us - (int64_t)ms * 1000) / US;
}

static void
put_counts(struct ng_tale *t, struct value *stream, const char *key, uint64_t packets,
	uint64_t bytes, uint64_t errors)
{
	struct value *d = value_put_dict(t->a, stream, key);

	value_put_number(t->a, d, "packets", (int64_t)packets);
	value_put_number(t->a, d, "bytes", (int64_t)bytes);
	value_put_number(t->a, d, "errors", (int64_t)errors);
}

static uint64_t
errors(const struct figures_of *seen)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < DROPS; i++)
		sum += figures_count(&seen->more->drops[i]);
	return sum;
}

/* Bytes of RTCP are not counted by themselves. */
static void
put_stats(struct ng_tale *t, struct value *stream, const struct port *p)
{
	const struct sw_transport_state *st = p->seen.st;

	if (p->rtcp) {
		put_counts(t, stream, "stats", figures_count(&st->rx_rtcp), 0, 0);
		put_counts(t, stream, "stats_out", figures_count(&st->tx_rtcp), 0, 0);
		return;
	}
	put_counts(t, stream, "stats", figures_count(&st->rx_packets),
		figures_count(&st->rx_bytes), errors(&p->seen));
	put_counts(t, stream, "stats_out", figures_count(&st->tx_packets),
		figures_count(&st->tx_bytes), 0);
}

/* ---- Streams. ---- */

static void
put_flag(struct ng_tale *t, struct value *list, bool on, const char *flag)
{
	if (on)
		value_put_string(t->a, list, NULL, flag);
}

static void
put_port_flags(struct ng_tale *t, struct value *stream, const struct port *p)
{
	struct value *list = value_put_list(t->a, stream, "flags");

	if (p->s->closed)
		return;
	put_flag(t, list, !p->rtcp, "RTP");
	put_flag(t, list, p->rtcp || p->s->mux, "RTCP");
	put_flag(t, list, p->rtcp && p->s->mux, "fallback RTCP");
	put_flag(t, list, p->s->remote.family != 0, "filled");
	put_flag(t, list, p->seen.st->latched[p->rtcp] != 0, "confirmed");
}

static void
put_port(struct ng_tale *t, struct value *list, const struct port *p)
{
	struct value *stream = value_put_dict(t->a, list, NULL);
	int64_t last = last_packet_s(t, p);
	uint32_t ssrc;

	put_local(t, stream, p);
	put_endpoints(t, stream, p);
	if (p->s->keys != NULL)
		value_put_string(t->a, stream, "crypto suite", bridge_suite_words(p->s));
	value_put_number(t->a, stream, "last packet", last);
	value_put_number(t->a, stream, "last kernel packet", 0);
	value_put_number(t->a, stream, "last user packet", last);
	if (ng_query_ssrc(t, p->s, &ssrc))
		value_put_number(t->a, stream, "SSRC", ssrc);
	put_port_flags(t, stream, p);
	put_stats(t, stream, p);
}

/* ---- m= lines. ---- */

static bool
has_feedback(struct slice protocol)
{
	return protocol.len > 0 && protocol.at[protocol.len - 1] == 'F';
}

static void
put_media_flags(struct ng_tale *t, struct value *media, const struct memo_media *said,
	const struct stream *s, const struct stream *sink)
{
	struct value *list = value_put_list(t->a, media, "flags");
	bool transcodes = bridge_decide(s, sink) >= BRIDGE_TRANSCODE;

	put_flag(t, list, s->remote.family != 0, "initialized");
	put_flag(t, list, s->source == REQUEST_ANY, "asymmetric");
	put_flag(t, list, s->direction == REQUEST_SENDRECV || s->direction == REQUEST_RECVONLY,
		"send");
	put_flag(t, list, s->direction == REQUEST_SENDRECV || s->direction == REQUEST_SENDONLY,
		"recv");
	put_flag(t, list, s->mux, "rtcp-mux");
	put_flag(t, list, s->keys != NULL, "SDES");
	put_flag(t, list, has_feedback(said->protocol), "RTCP feedback");
	put_flag(t, list, transcodes, "transcoding");
}

/* TEXT is the call's, which may be gone when a delete is answered. */
static void
put_said(struct ng_tale *t, struct value *media, const char *key, struct slice text)
{
	if (text.len > 0)
		value_put_text(t->a, media, key, arena_copy(t->a, text));
}

static void
put_media(struct ng_tale *t, struct value *list, const struct ng_side *side, unsigned i)
{
	struct value *media = value_put_dict(t->a, list, NULL), *streams;
	const struct leg *leg = call_leg(side->call, side->leg);
	struct port p = {
		side->call, leg, &leg->stream[i], figures_of(&leg->stream[i], t->client), 0};
	struct memo_media said = {.refused = false};
	bool party = side->leg < side->call->legs;

	if (!party || !memo_media(dialog_memo(side->call), side->leg, i, &said))
		said.type = slice_of(request_media_words[p.s->media]);
	value_put_number(t->a, media, "index", i + 1);
	said.protocol = protocol_spelled(said.protocol);
	put_said(t, media, "type", media_spelled(said.type));
	put_said(t, media, "protocol", said.protocol);
	put_said(t, media, "codec", said.codec);
	streams = value_put_list(t->a, media, "streams");
	put_port(t, streams, &p);
	p.rtcp = 1;
	put_port(t, streams, &p);
	put_media_flags(
		t, media, &said, p.s, party ? bridge_sink(side->call, side->leg, i) : NULL);
	ng_query_sources(t, value_put_list(t->a, media, "ingress SSRCs"), p.s, false);
	ng_query_sources(t, value_put_list(t->a, media, "egress SSRCs"), p.s, true);
	if (party) {
		ng_query_fax(t, media, side, i);
		ng_query_heard(t, side, i);
	}
}

void
ng_query_count(struct ng_tale *t, const struct ng_side *side)
{
	const struct leg *leg = call_leg(side->call, side->leg);

	for (unsigned i = 0; i < leg->streams; i++) {
		struct figures_of seen = figures_of(&leg->stream[i], t->client);

		t->packets += figures_count(&seen.st->rx_packets);
		t->bytes += figures_count(&seen.st->rx_bytes);
		t->rtcp += figures_count(&seen.st->rx_rtcp);
		t->errors += errors(&seen);
	}
}

void
ng_query_medias(struct ng_tale *t, struct value *list, const struct ng_side *side)
{
	for (unsigned i = 0; i < call_leg(side->call, side->leg)->streams; i++)
		put_media(t, list, side, i);
}
