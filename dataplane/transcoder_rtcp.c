/* SPDX-License-Identifier: Apache-2.0
 *
 * RTCP of what a transcode core makes: what parties send ends here, but for BYE, and each sink
 * is told of the new source by reports of our own, at the intervals of RFC 3550 section 6.2
 * for two participants.  What a report says of the sink's party is what the transport knows
 * that this leaves by, which is received there.  Transcode core. */
#include <rte_random.h>

#include "dataplane/rtcp_make.h"
#include "dataplane/ssrc.h"
#include "dataplane/transcoder_inside.h"

enum {
	FIRST_US = 1000000,
	EVERY_US = 4104000, /* 5 s over e - 3/2, which waiting again makes up for: 6.3.1 */
	CNAME = 16,         /* letters of 6 bits: RFC 7022 section 4.2 */
};

/* Between a half and one and a half of MEAN, so that many do not speak as one. */
static uint64_t
interval(uint64_t mean_us)
{
	return mean_us / 2 + rte_rand_max(mean_us);
}

static void
set_active(struct transcoder *tc, struct direction *d, bool active)
{
	_Atomic uint32_t *n = &tc->count->directions;
	uint32_t is = atomic_load_explicit(n, memory_order_relaxed);

	atomic_store_explicit(n, is + active - d->active, memory_order_relaxed);
	d->active = active;
}

void
transcoder_rtcp_begin(struct direction *d, const struct sw_bridge_state *st)
{
	d->report_us = UINT64_MAX;
	d->packets = d->reported =
		(uint32_t)atomic_load_explicit(&st->packets_out, memory_order_relaxed);
	d->octets = atomic_load_explicit(&st->octets, memory_order_relaxed);
}

static const struct transport *
sink_of(const struct work *w, unsigned s)
{
	const struct sink *sink = &w->from->sink[s];

	return slot_transport(w->tc->tables, sink->slot, sink->id);
}

static struct reception
reception(const struct transport *to)
{
	uint64_t lost = ssrc_lost(to->state);

	return (struct reception){
		.expected = lost +
			    atomic_load_explicit(&to->state->rx_packets, memory_order_relaxed),
		.lost = lost};
}

/* Let there be reports on what leaves by W's direction, and on whom it leaves to: on what is
 * received from now on, for before a hold or a kill there were others. */
static void
begin_reports(const struct work *w)
{
	const struct transport *to;

	if (w->d->report_us != UINT64_MAX)
		return;
	w->d->report_us = w->tc->now_us + interval(FIRST_US);
	for (unsigned s = 0; s < w->from->sinks; s++)
		if ((to = sink_of(w, s)) != NULL)
			w->d->before[s] = reception(to);
}

void
transcoder_rtcp_heard(const struct work *w)
{
	w->d->has_left = false;
	begin_reports(w);
}

void
transcoder_rtcp_sent(const struct work *w, uint32_t timestamp, uint16_t len)
{
	struct direction *d = w->d;

	d->packets++;
	d->octets += len;
	d->timestamp = timestamp;
	d->sent_us = w->tc->now_us;
	atomic_store_explicit(&w->bridge->state->octets, d->octets, memory_order_relaxed);
	if (!d->active)
		set_active(w->tc, d, true);
}

void
transcoder_rtcp_end(struct transcoder *tc, struct direction *d)
{
	set_active(tc, d, false);
	d->report_us = UINT64_MAX;
}

/* ---- What a report says ---- */

/* In 1/65536 s, the unit of DLSR; it begins anew every 18 hours. */
static uint32_t
short_time(const struct transcoder *tc)
{
	return (uint32_t)(((unsigned __int128)tc->now << 16) / tc->tsc_hz);
}

static const struct sw_rx_ssrc *
rx_of(const struct sw_transport_state *st, uint32_t ssrc)
{
	for (unsigned i = 0; i < st->rx_ssrcs; i++)
		if (sw_rx(st, i)->ssrc == ssrc)
			return sw_rx(st, i);
	return NULL;
}

/* How sink S's party is received, at TO.  False: it has not been heard. */
static bool
look_back(const struct work *w, unsigned s, const struct transport *to, struct rtcp_block *b)
{
	const struct sw_bridge_state *back = to->bridged ? to->bridge->state : NULL;
	struct reception *before = &w->d->before[s], is = reception(to);
	uint64_t sr, new_lost, new_expected;
	const struct sw_rx_ssrc *rx;

	if (back == NULL || (rx = rx_of(to->state, back->heard_ssrc)) == NULL)
		return false;
	new_lost = is.lost - before->lost;
	new_expected = is.expected - before->expected;
	*before = is;
	sr = atomic_load_explicit(&back->heard_sr, memory_order_relaxed);
	*b = (struct rtcp_block){.about = back->heard_ssrc,
		.lost = (int32_t)RTE_MIN(is.lost, UINT64_C(0x7fffff)),
		.highest = (uint32_t)atomic_load_explicit(&rx->index, memory_order_relaxed),
		.jitter = atomic_load_explicit(&rx->jitter, memory_order_relaxed) >> 4,
		.lsr = (uint32_t)(sr >> 32),
		.dlsr = sr != 0 ? short_time(w->tc) - (uint32_t)sr : 0};
	/* What came late after all may have made less of what was lost. */
	if (new_expected != 0 && new_lost < new_expected)
		b->fraction = (uint8_t)(new_lost * 256 / new_expected);
	return true;
}

/* A name that means nothing, and is as old as the SSRC that it belongs to. */
static void
make_cname(const struct sw_bridge_state *st, char name[CNAME + 1])
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned __int128 bits = (unsigned __int128)st->source << 32 | st->ssrc;

	for (unsigned i = 0; i < CNAME; i++, bits >>= 6)
		name[i] = letters[bits & 63];
	name[CNAME] = '\0';
}

static void
describe(const struct work *w, bool bye, const char *cname, struct rtcp_report *r)
{
	const struct transcoder *tc = w->tc;
	const struct direction *d = w->d;
	uint64_t since = tc->now_us - d->sent_us;

	*r = (struct rtcp_report){.ssrc = w->bridge->state->ssrc,
		.cname = cname,
		.sent = d->packets != d->reported,
		.ntp = tc->ntp_zero +
		       (uint64_t)(((unsigned __int128)tc->now << 32) / tc->tsc_hz),
		.timestamp = d->timestamp + (uint32_t)(since * w->bridge->clock_hz / 1000000),
		.packets = d->packets,
		.octets = d->octets,
		.bye = bye};
}

/* Let the encoder know what TO's party says of losses; the first sink's counts. */
static void
pass_loss_on(const struct work *w, const struct transport *to)
{
	const struct sw_reports *r = &to->state->reports;

	if (w->bridge->transcode != NULL &&
		atomic_load_explicit(&r->reports, memory_order_relaxed) != 0)
		transcode_loss(w->bridge->transcode,
			atomic_load_explicit(&r->fraction, memory_order_relaxed) * 100 / 256);
}

static void
report(const struct work *w, bool bye)
{
	uint8_t p[RTCP_MADE_MAX];
	char cname[CNAME + 1];
	struct rtcp_report r;

	make_cname(w->bridge->state, cname);
	describe(w, bye, cname, &r);
	for (unsigned s = 0; s < w->from->sinks; s++) {
		const struct transport *to = sink_of(w, s);
		struct leaving o = {.head = p, .rtcp = true};

		if (to == NULL || to->mesh || to->opaque) /* which know no RTCP */
			continue;
		r.heard = look_back(w, s, to, &r.block);
		o.head_len = (uint16_t)rtcp_make(p, &r);
		transcoder_send(w, to, &o);
		count_add(&w->bridge->state->tx_rtcp, 1);
		if (s == 0)
			pass_loss_on(w, to);
	}
	w->d->reported = w->d->packets;
}

/* Who is heard is told how by what goes the other way.  Whose party says nothing is not yet
 * looked at, and begins here. */
static void
report_back(const struct work *w)
{
	struct work back;

	for (unsigned s = 0; s < w->from->sinks; s++) {
		const struct sink *sink = &w->from->sink[s];

		if (!transcoder_begin(w->tc, sink->slot, sink->id, &back) || back.d->has_left)
			continue;
		begin_reports(&back);
		transcoder_settle(&back);
	}
}

void
transcoder_rtcp_report(const struct work *w)
{
	if (w->d->packets == w->d->reported)
		set_active(w->tc, w->d, false);
	report(w, false);
	report_back(w);
	w->d->report_us = w->tc->now_us + interval(EVERY_US);
}

/* ---- What parties say ---- */

void
transcoder_rtcp_take(const struct work *w, const uint8_t *p, unsigned len)
{
	struct rtcp_said said;

	if (rtcp_read(p, len, &said) == 0)
		return;
	if (said.sr)
		atomic_store_explicit(&w->bridge->state->heard_sr,
			(uint64_t)said.sr_ntp << 32 | short_time(w->tc), memory_order_relaxed);
	if (said.bye && w->d->report_us != UINT64_MAX) {
		report(w, true);
		transcoder_rtcp_end(w->tc, w->d);
		w->d->has_left = true; /* until it speaks again */
	}
}
