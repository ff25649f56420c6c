/* SPDX-License-Identifier: Apache-2.0
 *
 * A T.38 gateway on a transcode core: two directions that are one thing.  Where sound comes
 * in, the bridge has the gateway itself (fax.h); where T.38 does, it has what speaks for it.
 * So whatever happens to one half is looked at with both in hand, found by what each is the
 * only sink of; without the other one, nothing can be done.
 *
 * What leaves as RTP is numbered in the state of the direction where T.38 comes in, as that of
 * a transcoded one is; datagrams are numbered in the other's. */
#include "dataplane/fax.h"
#include "dataplane/rtp.h"
#include "dataplane/transcoder_inside.h"

struct gateway {
	struct work sound; /* has bridge->fax */
	struct work t38;   /* has bridge->voice */
};

/* Both halves of what W is one of. */
static bool
gateway_of(const struct work *w, struct gateway *g)
{
	const struct transport *from = w->from;
	struct work other;

	if (from->sinks != 1 ||
		!transcoder_begin(w->tc, from->sink[0].slot, from->sink[0].id, &other) ||
		other.bridge->kind != SW_BRIDGE_FAX || other.from->sinks != 1 ||
		other.from->sink[0].id != from->id)
		return false;
	*g = w->bridge->fax != NULL ? (struct gateway){.sound = *w, .t38 = other}
				    : (struct gateway){.sound = other, .t38 = *w};
	return g->sound.bridge->fax != NULL && g->t38.bridge->voice != NULL;
}

/* ---- What leaves. ---- */

static void
send_datagram(void *arg, const uint8_t *p, size_t len)
{
	const struct gateway *g = arg;
	const struct leaving o = {.head = p, .head_len = (uint16_t)len, .opaque = true};

	atomic_store_explicit(&g->sound.bridge->state->fax_number,
		(uint16_t)(rtp_get16(p) + 1), memory_order_relaxed);
	transcoder_rtcp_sent(&g->sound, 0, (uint16_t)len);
	transcoder_send(&g->sound, g->t38.from, &o);
}

/* All packets of sound that are due. */
static void
speak(const struct gateway *g, bool marker)
{
	const struct transcoder *tc = g->t38.tc;
	struct sw_bridge_state *st = g->t38.bridge->state;
	struct fax_voice *v = g->t38.bridge->voice;

	for (; fax_voice_due(v) <= tc->now_us; marker = false) {
		struct transcode_out out = {
			.number = atomic_load_explicit(&st->number, memory_order_relaxed),
			.payload_type = fax_voice_format(v)->payload_type,
			.marker = marker};
		uint32_t skipped, at;

		out.len = (uint16_t)fax_voice_speak(
			v, g->sound.bridge->fax, tc->now_us, &out.payload, &skipped);
		at = atomic_load_explicit(&st->timestamp, memory_order_relaxed);
		out.timestamp = at + skipped;
		atomic_store_explicit(&st->timestamp, out.timestamp + out.len,
			memory_order_relaxed); /* G.711: a byte a sample */
		transcoder_send_rtp(&g->t38, &out);
	}
}

/* ---- What comes, and the clock. ---- */

/* Media has come at either side: sound has to leave from now on, and without a pause, since a
 * modem listens to it. */
static void
begin(const struct gateway *g)
{
	struct sw_bridge_state *st = g->t38.bridge->state;

	if (!g->sound.bridge->met) {
		fax_continue(g->sound.bridge->fax,
			(uint16_t)atomic_load_explicit(
				&g->sound.bridge->state->fax_number, memory_order_relaxed));
		g->sound.bridge->pages_before = atomic_load_explicit(
			&g->sound.bridge->state->fax_pages, memory_order_relaxed);
		transcoder_meet(g->sound.bridge);
	}
	if (!g->t38.bridge->met)
		transcoder_meet(g->t38.bridge);
	if (!fax_voice_begin(g->t38.bridge->voice, g->t38.tc->now_us))
		return;
	atomic_store_explicit(&st->timestamp,
		atomic_load_explicit(&st->timestamp, memory_order_relaxed) +
			transcoder_pause(g->t38.tc, g->t38.bridge),
		memory_order_relaxed);
	transcoder_rtcp_heard(&g->t38);
	speak(g, true);
}

/* New modems, after a change of rules or a kill, go on from what is written there: they know
 * of no page before them, and of no speed until there is an image again. */
static void
write_progress(const struct gateway *g)
{
	const struct bridge *b = g->sound.bridge;
	struct sw_bridge_state *st = b->state;
	struct fax_progress is;

	if (!b->met)
		return;
	fax_progress(b->fax, &is);
	atomic_store_explicit(
		&st->fax_pages, b->pages_before + is.pages, memory_order_relaxed);
	if (is.bps == 0)
		return;
	atomic_store_explicit(&st->fax_bps, is.bps, memory_order_relaxed);
	atomic_store_explicit(&st->fax_ecm, is.ecm, memory_order_relaxed);
}

/* W is settled by who has it. */
static void
settle_other(const struct work *w, const struct gateway *g)
{
	write_progress(g);
	transcoder_settle(w->bridge == g->sound.bridge ? &g->t38 : &g->sound);
}

static void
take_sound(struct gateway *g, const struct rte_mbuf *m)
{
	struct transcode_in in;

	if (transcoder_rtp(&g->sound, m, &in))
		fax_hear(g->sound.bridge->fax, &in, g->sound.tc->now_us, send_datagram, g);
}

void
transcoder_fax_take(const struct work *w, const struct rte_mbuf *m)
{
	struct gateway g;

	if (!gateway_of(w, &g)) {
		count_add(&w->tc->count->drops[DROP_NO_SINK], 1);
		return;
	}
	begin(&g);
	if (w->bridge->fax != NULL)
		take_sound(&g, m);
	else
		fax_take(g.sound.bridge->fax, rte_pktmbuf_mtod(m, const uint8_t *),
			rte_pktmbuf_data_len(m), fax_voice_counts(g.t38.bridge->voice));
	settle_other(w, &g);
}

uint64_t
transcoder_fax_due(const struct work *w)
{
	return w->bridge->fax != NULL ? fax_due(w->bridge->fax)
				      : fax_voice_due(w->bridge->voice);
}

/* The other half has gone.  Nothing leaves until both are there and media comes. */
static void
rest(const struct work *w)
{
	if (w->bridge->fax != NULL)
		fax_run(w->bridge->fax, w->tc->now_us, NULL, NULL);
	else
		fax_voice_end(w->bridge->voice);
}

void
transcoder_fax_run(const struct work *w)
{
	struct gateway g;

	if (!gateway_of(w, &g)) {
		rest(w);
		return;
	}
	if (w->bridge->fax != NULL)
		fax_run(w->bridge->fax, w->tc->now_us, send_datagram, &g);
	else
		speak(&g, false);
	settle_other(w, &g);
}

const struct transcode_counts *
transcoder_fax_counts(const struct work *w)
{
	return w->bridge->fax != NULL ? fax_counts(w->bridge->fax)
				      : fax_voice_counts(w->bridge->voice);
}
