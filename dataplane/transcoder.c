/* SPDX-License-Identifier: Apache-2.0
 *
 * A transcode core's turn: packets from the rings, through transcode.h, to the rings.  It is
 * handed slots and ids, and looks up what they mean once a packet: nothing that main may free
 * is held from turn to turn.  init and fini are main's. */
#include "dataplane/transcoder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dataplane/rtp.h"
#include "dataplane/transcoder_inside.h"

enum {
	TURN = 8,          /* packets, so that who shares the thread need not wait for long */
	PAUSE_US = 200000, /* what is shorter may be jitter */
	MBUFS_SPARE = 1024,
	MBUFS_CORE = 1024, /* in a device's queue, in the pool's cache of a core */
};

/* ---- Life ---- */

/* NTP time (RFC 5905 section 6: 1/2^32 s since 1900) when the TSC was 0. */
static uint64_t
ntp_when_tsc_was_0(uint64_t hz)
{
	enum { FROM_1900_TO_1970 = 2208988800U };
	struct timespec ts;
	uint64_t now;

	clock_gettime(CLOCK_REALTIME, &ts);
	now = (uint64_t)(ts.tv_sec + FROM_1900_TO_1970) << 32 |
	      ((uint64_t)ts.tv_nsec << 32) / 1000000000;
	return now - (uint64_t)(((unsigned __int128)rte_rdtsc() << 32) / hz);
}

int
transcoder_init(struct transcoder *tc, const struct transcoder_conf *conf)
{
	uint32_t slots = conf->tables->slots;
	unsigned self = crossing_transcoder(conf->crossing, conf->number);

	*tc = (struct transcoder){.number = conf->number,
		.cpu = conf->cpu,
		.tables = conf->tables,
		.count = conf->count,
		.pool = conf->pool,
		.tsc_hz = rte_get_tsc_hz(),
		.direction = calloc(slots, sizeof *tc->direction),
		.heap = calloc(slots + 1, sizeof *tc->heap)};
	tc->ntp_zero = ntp_when_tsc_was_0(tc->tsc_hz);
	crossing_end_init(&tc->end, conf->crossing, self);
	if (tc->direction == NULL || tc->heap == NULL ||
		rte_rcu_qsbr_thread_register(conf->rcu, self) != 0) {
		transcoder_fini(tc);
		return -ENOMEM;
	}
	tc->load.since = rte_rdtsc();
	tc->load.busy = conf->count->busy_cycles;
	/* A switch that was killed has left what it had last. */
	conf->count->load = 0;
	conf->count->accepting = 1;
	conf->count->complexity = TRANSCODER_COMPLEXITY_MAX;
	conf->count->directions = 0;
	conf->count->cpu = (uint32_t)conf->cpu;
	conf->count->asleep = 0;
	return 0;
}

void
transcoder_fini(struct transcoder *tc)
{
	crossing_end_fini(&tc->end);
	free(tc->direction);
	free(tc->heap);
	*tc = (struct transcoder){0};
}

uint32_t
transcoder_mbufs(unsigned cores, unsigned transcoders)
{
	return transcoders > 0 ? MBUFS_SPARE * transcoders + MBUFS_CORE * cores +
					 CROSSING_RING * cores * transcoders - 1
			       : 0;
}

/* A packet that transcode.h has made. */
static void
send_rtp(void *arg, const struct transcode_out *out)
{
	transcoder_send_rtp(arg, out);
}

/* ---- A direction ---- */

static uint64_t
us_of(const struct transcoder *tc, uint64_t tsc)
{
	return (uint64_t)((unsigned __int128)tsc * 1000000 / tc->tsc_hz);
}

/* Counters of both structs lie in the same order. */
static_assert(
	offsetof(struct transcode_counts, window_us) == BRIDGE_COUNTS * sizeof(uint64_t) &&
		offsetof(struct sw_bridge_state, clipped) -
				offsetof(struct sw_bridge_state, packets_in) ==
			(BRIDGE_COUNTS - 1) * sizeof(uint64_t) &&
		offsetof(struct sw_bridge_state, concealed) -
				offsetof(struct sw_bridge_state, packets_in) ==
			offsetof(struct transcode_counts, concealed),
	"a counter is found by its number");

uint32_t
transcoder_pause(const struct transcoder *tc, const struct bridge *b)
{
	uint64_t at = atomic_load_explicit(&b->state->at, memory_order_relaxed);
	int64_t us = (int64_t)(tc->now_us - us_of(tc, at));

	if (at == 0 || us < PAUSE_US)
		return 0;
	return (uint32_t)((uint64_t)us * b->clock_hz / 1000000) - b->packet_ticks;
}

void
transcoder_meet(struct bridge *b)
{
	for (unsigned i = 0; i < BRIDGE_COUNTS; i++)
		b->before[i] = atomic_load_explicit(
			&(&b->state->packets_in)[i], memory_order_relaxed);
	b->met = true;
}

/* RTP has come.  If the bridge is new it goes on where the one before it has got to.  Only
 * now, for that one was still sending when main opened this, and time has passed since. */
static void
meet(const struct transcoder *tc, struct bridge *b)
{
	struct sw_bridge_state *st = b->state;

	if (b->met)
		return;
	transcode_continue(b->transcode,
		atomic_load_explicit(&st->number, memory_order_relaxed),
		atomic_load_explicit(&st->timestamp, memory_order_relaxed) +
			transcoder_pause(tc, b));
	transcoder_meet(b);
}

/* Take note of complexity that has been lowered or raised. */
static void
follow_complexity(const struct transcoder *tc, struct bridge *b)
{
	uint32_t is = atomic_load_explicit(&tc->count->complexity, memory_order_relaxed);

	if (b->complexity == is)
		return;
	transcode_complexity(b->transcode, is);
	b->complexity = (uint8_t)is;
}

bool
transcoder_begin(struct transcoder *tc, uint32_t slot, uint64_t id, struct work *w)
{
	struct transport *from = slot_transport(tc->tables, slot, id);
	struct direction *d = &tc->direction[slot];

	if (from == NULL || !from->bridged || from->bridge->kind == SW_BRIDGE_MAP ||
		from->bridge->transcoder != tc->number || transport_is_secured(from))
		return false;
	if (d->id != id) { /* the slot is another's by now */
		transcoder_timer_set(tc, slot, UINT64_MAX);
		transcoder_rtcp_end(tc, d);
		*d = (struct direction){.id = id};
		transcoder_rtcp_begin(d, from->bridge->state);
	}
	*w = (struct work){.tc = tc, .d = d, .from = from, .bridge = from->bridge};
	if (from->bridge->kind == SW_BRIDGE_TRANSCODE)
		follow_complexity(tc, from->bridge);
	return true;
}

static void
copy_counts(const struct work *w)
{
	struct bridge *b = w->bridge;
	struct sw_bridge_state *st = b->state;
	const struct transcode_counts *is = b->kind == SW_BRIDGE_FAX
						    ? transcoder_fax_counts(w)
						    : transcode_counts(b->transcode);
	uint64_t out = is->packets_out - is->passed + b->before[1] - b->before[3];
	uint64_t had = st->packets_out - st->passed;

	count_add(&w->tc->count->frames, out - had);
	count_add(&w->tc->count->crowded, is->crowded - b->crowded);
	b->crowded = is->crowded;
	for (unsigned i = 0; i < BRIDGE_COUNTS; i++)
		transcoder_store(&(&st->packets_in)[i], b->before[i] + (&is->packets_in)[i]);
	atomic_store_explicit(&st->window_us, is->window_us, memory_order_relaxed);
	atomic_store_explicit(&st->level_db10, is->level_db10, memory_order_relaxed);
}

/* Charge the time since the last charge to W. */
static void
charge(const struct work *w)
{
	uint64_t now = rte_rdtsc();

	count_add(&w->bridge->state->cycles, now - w->tc->mark);
	count_add(&w->tc->count->busy_cycles, now - w->tc->mark);
	w->tc->mark = now;
}

/* Where W's bridge is, for its successor. */
static void
write_down(const struct work *w)
{
	struct sw_bridge_state *st = w->bridge->state;
	uint64_t number;
	uint32_t timestamp;

	if (w->bridge->kind == SW_BRIDGE_TRANSCODE) {
		transcode_position(w->bridge->transcode, &number, &timestamp);
		transcoder_store(&st->number, number);
		atomic_store_explicit(&st->timestamp, timestamp, memory_order_relaxed);
	}
	copy_counts(w);
}

/* When W's bridge has something to do, whatever comes. */
static uint64_t
due_of(const struct work *w)
{
	return w->bridge->kind == SW_BRIDGE_FAX ? transcoder_fax_due(w)
						: transcode_due(w->bridge->transcode);
}

void
transcoder_settle(const struct work *w)
{
	if (w->bridge->met)
		write_down(w);
	transcoder_timer_set(w->tc, w->from->slot, RTE_MIN(due_of(w), w->d->report_us));
	charge(w);
}

/* ---- What comes ---- */

/* Numbers of different epochs are far apart: they have nothing to do with each other. */
static int64_t
index_of(const struct meta *me)
{
	return (int64_t)((uint64_t)(me->epoch & INT16_MAX) << 48 | me->index);
}

bool
transcoder_rtp(const struct work *w, const struct rte_mbuf *m, struct transcode_in *out)
{
	const struct meta *me = meta((struct rte_mbuf *)(uintptr_t)m);
	const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *);
	unsigned len = rte_pktmbuf_data_len(m);
	int padding = len >= me->clear ? rtp_padding(p, len, me->clear) : -1;

	if (padding < 0) {
		transcoder_count_drop(w->tc, DROP_BAD_RTP);
		return false;
	}
	*out = (struct transcode_in){.index = index_of(me),
		.ssrc = me->ssrc,
		.timestamp = rtp_timestamp(p),
		.payload_type = rtp_payload_type(p),
		.marker = (p[1] & RTP_MARKER) != 0,
		.len = (uint16_t)(len - me->clear - (unsigned)padding),
		.payload = p + me->clear};
	atomic_store_explicit(&w->bridge->state->heard_ssrc, me->ssrc, memory_order_relaxed);
	transcoder_rtcp_heard(w);
	return true;
}

/* drops bad_rtp */
static void
take_rtp(const struct work *w, const struct rte_mbuf *m)
{
	struct transcode_in in;

	if (!transcoder_rtp(w, m, &in))
		return;
	meet(w->tc, w->bridge);
	transcode_put(
		w->bridge->transcode, &in, w->tc->now_us, send_rtp, (void *)(uintptr_t)w);
	atomic_store_explicit(&w->bridge->state->heard_mode,
		(uint32_t)(transcode_request(w->bridge->transcode) + 1), memory_order_relaxed);
}

/* Is ME of a packet as B expects it?  One that was under way when its stream became another
 * kind is not: a datagram of T.38 has no RTP header, nor its metadata one's fields. */
static bool
is_for(const struct bridge *b, const struct meta *me)
{
	bool is_t38 = b->kind == SW_BRIDGE_FAX && b->voice != NULL;

	return me->rtcp || me->opaque == is_t38;
}

/* Takes M.  drops no_sink, payload_type, bad_rtp */
static void
take_packet(struct transcoder *tc, struct rte_mbuf *m)
{
	const struct meta *me = meta(m);
	struct work w;

	if (!transcoder_begin(tc, me->out.to_slot, me->out.to_id, &w)) {
		transcoder_count_drop(tc, DROP_NO_SINK);
	} else if (!is_for(w.bridge, me)) {
		transcoder_count_drop(tc, DROP_PAYLOAD_TYPE);
	} else {
		if (me->rtcp)
			transcoder_rtcp_take(&w, rte_pktmbuf_mtod(m, const uint8_t *),
				rte_pktmbuf_data_len(m));
		else
			(w.bridge->kind == SW_BRIDGE_FAX ? transcoder_fax_take : take_rtp)(
				&w, m);
		transcoder_settle(&w);
	}
	rte_pktmbuf_free(m);
}

/* At most MAX packets of forwarding core FROM. */
static unsigned
take_from(struct transcoder *tc, unsigned from, unsigned max)
{
	struct rte_mbuf *pkt[TURN];
	unsigned n = crossing_take(&tc->end, from, pkt, max);

	for (unsigned i = 0; i < n; i++)
		take_packet(tc, pkt[i]);
	count_add(&tc->count->taken_in, n);
	return n;
}

static void
run(const struct work *w)
{
	if (w->bridge->kind == SW_BRIDGE_FAX)
		transcoder_fax_run(w);
	else
		transcode_run(
			w->bridge->transcode, w->tc->now_us, send_rtp, (void *)(uintptr_t)w);
}

/* The direction in SLOT is due; it may have gone meanwhile. */
static void
look_at(struct transcoder *tc, uint32_t slot)
{
	struct direction *d = &tc->direction[slot];
	struct work w;

	if (!transcoder_begin(tc, slot, d->id, &w)) {
		transcoder_rtcp_end(tc, d);
		*d = (struct direction){0};
		return;
	}
	if (due_of(&w) <= tc->now_us)
		run(&w);
	if (d->report_us <= tc->now_us)
		transcoder_rtcp_report(&w);
	transcoder_settle(&w);
}

unsigned
transcoder_turn(struct transcoder *tc, uint64_t now)
{
	unsigned cores = tc->end.crossing->cores, n = 0, timers = 0;
	uint32_t slot;

	tc->now = now;
	tc->now_us = us_of(tc, now);
	tc->mark = rte_rdtsc();
	for (unsigned i = 0; i < cores && n < TURN; i++)
		n += take_from(tc, (tc->first + i) % cores, TURN - n);
	tc->first = (tc->first + 1) % cores;
	for (; timers < TURN && transcoder_timer_due(tc, &slot); timers++)
		look_at(tc, slot);
	while (tc->end.waiting != 0)
		transcoder_flush(tc, (unsigned)__builtin_ctzll(tc->end.waiting));
	transcoder_load(tc);
	return n + timers;
}

uint64_t
transcoder_wait_us(const struct transcoder *tc, uint64_t now)
{
	uint64_t first = transcoder_timer_first(tc), now_us = us_of(tc, now);
	uint64_t timer = first == UINT64_MAX ? first : first - RTE_MIN(first, now_us);

	return RTE_MIN(timer, transcoder_load_wait_us(tc, now));
}
