/* SPDX-License-Identifier: Apache-2.0
 *
 * See look.h. */
#include "relay/look.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "relay/bridge.h"
#include "relay/coding.h"
#include "relay/quality.h"

enum {
	PACKET_MS = 20, /* what most telephones put into one */
	LEAST = 25,     /* packets that an opinion takes */
};

const char *const heard_flow_words[] = {
	[HEARD_IDLE] = "idle",
	[HEARD_WELL] = "heard",
	[HEARD_SILENT] = "silent",
	[HEARD_NOT_RELAYED] = "not_relayed",
	[HEARD_FLOWS] = NULL,
};

/* A stream since the look before. */
struct grown {
	struct figures f; /* as it is now */
	uint64_t packets, sent, lost, reports;
	uint32_t ms;
	bool is_first;
};

struct looked {
	struct grown stream[CALL_LEGS][CALL_STREAMS];
};

/* ---- What has changed ---- */

/* By how much the counter has grown; a high-water mark, for what was lost may still come. */
static uint64_t
grow(uint64_t now, uint64_t *mark)
{
	uint64_t by = now > *mark ? now - *mark : 0;

	*mark += by;
	return by;
}

/* The same, of what is rare; it stops at UINT32_MAX. */
static uint32_t
grow_rare(uint64_t now, uint32_t *mark)
{
	uint64_t high = *mark, by = grow(now < UINT32_MAX ? now : UINT32_MAX, &high);

	*mark = (uint32_t)high;
	return (uint32_t)by;
}

/* The transport is another one, or its memory has been lost. */
static bool
begins_anew(const struct stream_heard *h, const struct figures *f)
{
	return f->packets < h->packets || f->sent < h->sent;
}

static void
forget(struct stream_heard *h)
{
	h->packets = h->sent = 0;
	h->lost = h->reordered = h->repeats = h->dropped = h->reports = 0;
}

/* Age of C: no older than what the clock that is set by hand can say. */
static uint64_t
age_ms(const struct look *l, const struct call *c)
{
	return l->real_us > c->created_us ? (uint64_t)(l->real_us - c->created_us) / 1000 : 0;
}

uint64_t
look_talk_ms(const struct call *c, const struct stream *s, uint64_t packets, uint64_t now_ms)
{
	const struct stream_heard *h = &call_seen(s)->heard;
	uint64_t more = 0;

	if (packets > h->packets)
		more = s->looked ? now_ms - c->looked_ms : (packets - h->packets) * PACKET_MS;
	return h->talk_ms + more;
}

static void
measure(const struct look *l, const struct call *c, struct stream *s, struct grown *g,
	uint32_t *dropped)
{
	struct stream_heard *h = &s->seen->heard;
	struct quality_sums *sums = l->sums;
	uint64_t talk;

	g->is_first = !s->looked;
	if (begins_anew(h, &g->f))
		forget(h);
	talk = look_talk_ms(c, s, g->f.packets, l->now_ms) - h->talk_ms;
	g->ms = (uint32_t)(g->is_first ? fmin((double)age_ms(l, c), LOOK_FIRST_MS)
				       : (double)(l->now_ms - c->looked_ms));
	g->packets = grow(g->f.packets, &h->packets);
	g->sent = grow(g->f.sent, &h->sent);
	g->lost = grow_rare(g->f.lost, &h->lost);
	g->reports = grow_rare(g->f.reports, &h->reports);
	*dropped += grow_rare(g->f.dropped, &h->dropped);
	if (g->is_first && age_ms(l, c) > LOOK_FIRST_MS) {
		g->packets = g->sent = g->lost = g->reports = 0;
		grow_rare(g->f.reordered, &h->reordered);
		grow_rare(g->f.repeats, &h->repeats);
		return;
	}
	h->talk_ms += (uint32_t)talk;
	sums->talk_ms += talk;
	sums->packets += g->packets;
	sums->lost += g->lost;
	sums->reordered += grow_rare(g->f.reordered, &h->reordered);
	sums->repeats += grow_rare(g->f.repeats, &h->repeats);
	sums->reports += g->reports;
}

/* What was decoded of stream I of leg LEG.  G: how far the rest of it was measured. */
static void
measure_coding(const struct look *l, const struct call *c, unsigned leg, unsigned i,
	const struct grown *g)
{
	const struct stream *s = &c->leg[leg].stream[i];
	const struct sw_bridge_state *st = figures_bridge(s, l->client);
	struct decoded_heard now, *h;
	struct quality_sums *sums = l->sums;

	if (st == NULL)
		return;
	h = &s->seen->decoded;
	now = (struct decoded_heard){figures_count(&st->frames), figures_count(&st->concealed),
		figures_count(&st->recovered)};
	if (now.decoded < h->decoded)
		*h = (struct decoded_heard){0};
	if (g->is_first && age_ms(l, c) > LOOK_FIRST_MS)
		*h = now;
	if (now.decoded > h->decoded) {
		sums->window_looks++;
		sums->window_ms +=
			atomic_load_explicit(&st->window_us, memory_order_relaxed) / 1000;
	}
	sums->decoded += grow(now.decoded, &h->decoded);
	sums->concealed += grow(now.concealed, &h->concealed);
	sums->recovered += grow(now.recovered, &h->recovered);
}

/* ---- What it sounds like ---- */

double
look_here(const struct figures *f, double loss)
{
	return quality_of_way(&(struct quality_way){.codec = &quality_codecs[f->codec],
		.loss = loss,
		.jitter_ms = f->jitter_ms,
		.network_ms = f->rtt_ms / 2});
}

double
look_by_party(const struct figures *f, const struct figures *peer, double loss)
{
	return quality_of_way(&(struct quality_way){
		.codec = &quality_codecs[peer != NULL ? peer->codec : REQUEST_OTHER],
		.loss = loss,
		.jitter_ms = f->said_jitter_ms,
		.network_ms = (f->rtt_ms + (peer != NULL ? peer->rtt_ms : 0)) / 2});
}

bool
look_is_rated(const struct stream *s, uint64_t count)
{
	return s->media == REQUEST_AUDIO && !s->e2e && count >= LEAST;
}

static void
add(struct heard_run *r, double mos)
{
	uint16_t now = (uint16_t)lround(mos * 1000);

	r->last = (float)mos;
	if (r->looks == 0 || now < r->least)
		r->least = now;
	if (now > r->most)
		r->most = now;
	r->sum += r->last;
	r->looks++;
}

/* An opinion on a stream, into RUN, and the worst one on its call, which may be 0: none. */
static void
opine(struct heard_run *run, float *worst, double mos)
{
	if (mos <= 0)
		return;
	add(run, mos);
	if (*worst == 0 || run->last < *worst)
		*worst = run->last;
}

static void
rate(struct call *c, const struct stream *s, struct stream_heard *h, const struct grown *g,
	const struct grown *peer)
{
	double loss = figures_percent(g->lost, g->lost + g->packets);
	struct call_heard *all = c->heard;

	if (g->packets > 0) {
		all->loss = fmaxf(all->loss, (float)loss);
		all->jitter_ms = fmaxf(all->jitter_ms, (float)g->f.jitter_ms);
	}
	if (g->reports > 0) {
		all->loss = fmaxf(all->loss, (float)g->f.said_loss);
		all->jitter_ms = fmaxf(all->jitter_ms, (float)g->f.said_jitter_ms);
	}
	all->rtt_ms =
		fmaxf(all->rtt_ms, (float)(g->f.rtt_ms + (peer != NULL ? peer->f.rtt_ms : 0)));
	if (look_is_rated(s, g->packets + g->lost))
		opine(&h->here, &all->mos, look_here(&g->f, loss));
	if (g->reports > 0 && look_is_rated(s, g->sent))
		opine(&h->by_party, &all->mos,
			look_by_party(&g->f, peer != NULL ? &peer->f : NULL, g->f.said_loss));
}

/* ---- Who is missed ---- */

static bool
talk_both_ways(const struct call *c, const struct stream *s, const struct stream *peer)
{
	return !c->exported && peer != NULL && s->media == REQUEST_AUDIO &&
	       peer->media == REQUEST_AUDIO && /* T.38 is quiet for long */
	       !bridge_is_blocked(s) && !bridge_is_blocked(peer) &&
	       bridge_decide(s, peer) != BRIDGE_NONE && bridge_decide(peer, s) != BRIDGE_NONE;
}

static void
miss(const struct look *l, const struct call *c, unsigned leg, unsigned i,
	const struct looked *all)
{
	struct stream *s = &c->leg[leg].stream[i];
	const struct stream *peer = bridge_peer(c, leg, i);
	const struct grown *g = &all->stream[leg][i], *other = &all->stream[1 - leg][i];
	struct stream_heard *h = &s->seen->heard;
	bool comes = g->packets > 0, leaves = peer != NULL && other->sent > 0;

	if (peer == NULL || (comes && leaves) || other->packets == 0 ||
		!talk_both_ways(c, s, peer)) {
		h->unheard_ms = 0;
		h->flow = comes && leaves ? HEARD_WELL : HEARD_IDLE;
	} else {
		h->unheard_ms += g->ms;
		if (l->one_way_ms != 0 && h->unheard_ms >= l->one_way_ms)
			h->flow = comes ? HEARD_NOT_RELAYED : HEARD_SILENT;
	}
	if (h->one_way ? h->flow == HEARD_WELL : h->flow >= HEARD_SILENT) {
		h->one_way = !h->one_way;
		l->sums->one_way += h->one_way;
		l->told(l->arg, c, leg, i, h->one_way);
	}
}

/* ---- A whole call ---- */

unsigned
quality_bucket(double mos)
{
	double i = ceil((mos - 1) * 2);

	return i < 0 ? 0 : i < QUALITY_BUCKETS ? (unsigned)i : QUALITY_BUCKETS - 1;
}

static void
join_running(struct quality_sums *sums, struct call_heard *h)
{
	h->bucket = (uint8_t)(1 + quality_bucket((double)h->run.last));
	sums->running[h->bucket - 1]++;
	sums->running_mos += (double)h->run.last;
}

static void
leave_running(struct quality_sums *sums, struct call_heard *h)
{
	if (h->bucket == 0)
		return;
	sums->running[h->bucket - 1]--;
	sums->running_mos -= (double)h->run.last;
	h->bucket = 0;
}

/* Is there anything to be kept of S, whose figures are F? */
static bool
is_used(const struct look *l, const struct stream *s, const struct figures *f)
{
	return s->seen != NULL || figures_bridge(s, l->client) != NULL || f->packets != 0 ||
	       f->sent != 0 || f->lost != 0 || f->reordered != 0 || f->repeats != 0 ||
	       f->dropped != 0 || f->reports != 0;
}

/* Read the figures of C's streams.  True: anything has come or gone, and there is memory for
 * what was seen of each, and heard. */
static bool
read_all(const struct look *l, struct call *c, struct looked *all)
{
	bool used = c->heard != NULL;

	for (unsigned i = 0; i < c->legs; i++)
		for (unsigned j = 0; j < c->leg[i].streams; j++) {
			const struct stream *s = &c->leg[i].stream[j];
			struct figures *f = &all->stream[i][j].f;

			figures_read(f, s, l->client);
			used = used || is_used(l, s, f);
		}
	for (unsigned i = 0; i < c->legs; i++)
		for (unsigned j = 0; j < c->leg[i].streams; j++)
			used = used && call_see(&c->leg[i].stream[j]) != NULL;
	if (used && c->heard == NULL)
		c->heard = calloc(1, sizeof *c->heard);
	return used && c->heard != NULL;
}

static void
judge(const struct look *l, struct call *c, struct looked *all)
{
	struct call_heard *h = c->heard;

	leave_running(l->sums, h);
	h->mos = h->loss = h->jitter_ms = h->rtt_ms = 0;
	h->dropped = 0;
	for (unsigned i = 0; i < c->legs; i++)
		for (unsigned j = 0; j < c->leg[i].streams; j++)
			measure(l, c, &c->leg[i].stream[j], &all->stream[i][j], &h->dropped);
	for (unsigned i = 0; i < c->legs; i++)
		for (unsigned j = 0; j < c->leg[i].streams; j++) {
			struct stream *s = &c->leg[i].stream[j];
			bool joined = bridge_peer(c, i, j) != NULL;

			rate(c, s, &s->seen->heard, &all->stream[i][j],
				joined ? &all->stream[1 - i][j] : NULL);
			miss(l, c, i, j, all);
			measure_coding(l, c, i, j, &all->stream[i][j]);
		}
	if (h->mos > 0)
		add(&h->run, (double)h->mos);
	if (h->run.looks > 0)
		join_running(l->sums, h);
}

void
look_at_call(const struct look *l, struct call *c)
{
	struct looked all;

	if (read_all(l, c, &all))
		judge(l, c, &all);
	c->looked_ms = l->now_ms;
	for (unsigned i = 0; i < c->legs; i++)
		for (unsigned j = 0; j < c->leg[i].streams; j++)
			c->leg[i].stream[j].looked = 1;
	l->sums->looks++;
}

void
look_ended(struct quality_sums *sums, struct call *c)
{
	struct call_heard *h = c->heard;
	double mean;

	if (h == NULL)
		return;
	leave_running(sums, h);
	if (h->run.looks == 0)
		return;
	mean = (double)h->run.sum / h->run.looks;
	sums->ended[quality_bucket(mean)]++;
	sums->ended_mos += mean;
}
