/* SPDX-License-Identifier: Apache-2.0
 *
 * What calls sound like -> JSON; see stats.h.  Opinions are over the whole call so far, the
 * lowest and the mean over the sampler's looks at it. */
#include <time.h>

#include "relay/bridge.h"
#include "relay/call.h"
#include "relay/calls.h"
#include "relay/look.h"
#include "relay/put.h"
#include "relay/sampler.h"
#include "relay/stats.h"

enum { TENTHS = 10, HUNDREDTHS = 100, THOUSANDTHS = 1000 };

static uint64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* MOS, when there was enough to say so, and those of the looks. */
static void
put_mos(json_t *o, bool known, double mos, const struct heard_run *run)
{
	if (known && mos > 0)
		put_number(o, "mos", mos, HUNDREDTHS);
	if (run->looks == 0)
		return;
	put_number(o, "mos_lowest", run->least / 1e3, HUNDREDTHS);
	put_number(o, "mos_mean", (double)run->sum / run->looks, HUNDREDTHS);
}

/* What the party hears, by its own reports. */
static json_t *
report(const struct stream *s, const struct figures *f, const struct figures *peer)
{
	uint64_t lost = f->said_lost > 0 ? (uint64_t)f->said_lost : 0;
	/* What was lost before it came here was never sent on. */
	double loss = figures_percent(lost, f->said_sent + (peer != NULL ? peer->lost : 0));
	json_t *o = json_object();

	put_count(o, "reports", f->reports);
	json_object_set_new(o, "lost", json_integer(f->said_lost));
	put_number(o, "loss", loss < 100 ? loss : 100, HUNDREDTHS);
	put_number(o, "jitter_ms", f->said_jitter_ms, THOUSANDTHS);
	put_mos(o, look_is_rated(s, f->sent), look_by_party(f, peer, loss),
		&call_seen(s)->heard.by_party);
	return o;
}

/* What the numbers of RTP tell; end to end nobody here has looked at them. */
static void
put_order(json_t *o, const struct figures *f, double loss)
{
	put_count(o, "lost", f->lost);
	put_number(o, "loss", loss, HUNDREDTHS);
	put_count(o, "duplicates", f->repeats);
	put_count(o, "reordered", f->reordered);
	put_number(o, "jitter_ms", f->jitter_ms, THOUSANDTHS);
}

void
stats_put_heard(json_t *o, const struct call *c, unsigned leg, unsigned i,
	const struct switch_client *client)
{
	const struct stream *s = &c->leg[leg].stream[i], *peer = bridge_peer(c, leg, i);
	struct figures f, other;
	double loss;

	figures_read(&f, s, client);
	if (peer != NULL)
		figures_read(&other, peer, client);
	loss = figures_percent(f.lost, f.lost + f.packets);
	if (!s->e2e)
		put_order(o, &f, loss);
	if (f.rtt_ms > 0)
		put_number(o, "round_trip_ms", f.rtt_ms, THOUSANDTHS);
	put_number(o, "talk_s", (double)look_talk_ms(c, s, f.packets, now_ms()) / 1e3, TENTHS);
	put_text(o, "flow", heard_flow_words[call_seen(s)->heard.flow]);
	put_mos(o, look_is_rated(s, f.packets + f.lost), look_here(&f, loss),
		&call_seen(s)->heard.here);
	if (f.byes > 0)
		put_count(o, "byes", f.byes);
	if (f.reports > 0)
		json_object_set_new(o, "report", report(s, &f, peer != NULL ? &other : NULL));
}

/* ---- call.top ---- */

static json_t *
top_row(const struct call *c, const struct switch_client *client)
{
	const struct call_heard *h = call_heard(c);
	json_t *o = stats_call_row(c, client);

	if (h->mos > 0)
		put_number(o, "mos", (double)h->mos, HUNDREDTHS);
	put_number(o, "loss", (double)h->loss, HUNDREDTHS);
	put_number(o, "jitter_ms", (double)h->jitter_ms, THOUSANDTHS);
	if (h->rtt_ms > 0)
		put_number(o, "round_trip_ms", (double)h->rtt_ms, THOUSANDTHS);
	put_count(o, "dropped_lately", h->dropped);
	return o;
}

json_t *
stats_top(const struct calls *calls, const struct switch_client *client, unsigned by,
	unsigned limit)
{
	const struct worst *w = sampler_worst(calls_sampler(calls), (enum worst_by)by);
	uint8_t order[WORST_CALLS];
	json_t *rows = json_array();

	worst_order(w, order);
	for (unsigned i = 0; i < w->n && json_array_size(rows) < limit; i++) {
		const struct call *c = calls_find(calls, w->id[order[i]]);

		if (c != NULL)
			json_array_append_new(rows, top_row(c, client));
	}
	return json_pack("{s:o, s:s}", "calls", rows, "by", worst_words[by]);
}
