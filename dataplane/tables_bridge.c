/* SPDX-License-Identifier: Apache-2.0
 *
 * Bridges: how payloads change on their way.  What is compiled of them goes on from bridge to
 * bridge in what lies in the memfd (struct sw_bridge_state), so that another codec, a hold or
 * a killed switch leave neither a gap in numbers nor one in time.  Of tables.h.  Main thread.
 *
 * One transcode core writes that, the same one for as long as the transport's id is: then two
 * bridges, of which one takes the other's place, never do at the same time. */
#include <errno.h>
#include <rte_random.h>
#include <string.h>

#include "dataplane/compile.h"
#include "dataplane/ordered.h"
#include "dataplane/tables_inside.h"

enum { FIRST_NUMBER_BITS = 15 }; /* random, and far from the first roll-over: RFC 3711 3.3.1 */

/* Nothing is known of transport ID yet.  A kill meanwhile leaves nothing known. */
static void
begin(struct sw_bridge_state *st, uint64_t id)
{
	atomic_store_explicit(&st->id, 0, memory_order_relaxed);
	ORDERED();
	*st = (struct sw_bridge_state){.source = rte_rand() | 1,
		.epoch = (uint32_t)rte_rand(),
		.ssrc = (uint32_t)rte_rand(),
		.number = rte_rand() >> (64 - FIRST_NUMBER_BITS),
		.timestamp = (uint32_t)rte_rand()};
	ORDERED();
	atomic_store_explicit(&st->id, id, memory_order_relaxed);
}

static int
open_transcode(struct switch_tables *tb, const struct transport *t,
	const struct sw_bridge *rules, struct bridge **out)
{
	struct sw_bridge_state *st = &tb->conf.state->bridge_state[t->slot];
	struct owned *own = &tb->owned[t->slot];

	if (own->transcoder != 0 && own->transcoder != rules->transcoder + 1)
		return -EINVAL;
	if (load(st->id) != t->id)
		begin(st, t->id);
	*out = compile_bridge(rules, st);
	if (*out == NULL)
		return -errno;
	st->transcoder = rules->transcoder;
	own->transcoder = (uint8_t)(rules->transcoder + 1);
	return 0;
}

int
tables_bridge_open(struct switch_tables *tb, const struct transport *t,
	const struct sw_bridge *rules, struct bridge **out)
{
	if (rules->kind != SW_BRIDGE_MAP)
		return open_transcode(tb, t, rules, out);
	*out = compile_bridge(rules, NULL);
	return *out != NULL ? 0 : -errno;
}

/* ST is a killed switch's, whose packets to F left.  Its numbers are right, for each was
 * stored before its packet left; in a new epoch the sinks go on above all that they have
 * sealed, whatever was still on its way to them.  Of timestamps the last one may not have been
 * stored: a packet's time is left out. */
static void
go_on(struct sw_bridge_state *st, const struct codec_format *f)
{
	st->epoch++;
	if (f->codec == CODEC_NONE) /* T.38 leaves, which has no time */
		return;
	atomic_store_explicit(&st->timestamp,
		load(st->timestamp) + f->ptime_ms * codec_clock(f) / 1000,
		memory_order_relaxed);
}

int
tables_bridge_recover(struct switch_tables *tb, const struct transport *t, struct bridge **out)
{
	struct sw_bridge_state *st = &tb->conf.state->bridge_state[t->slot];
	struct sw_bridge rules;

	state_bridge_get(tb->conf.state, t->slot, &rules);
	if (sw_check_bridge(&rules, tb->conf.state->head) != 0)
		return -EINVAL;
	if (rules.kind != SW_BRIDGE_MAP && load(st->id) == t->id)
		go_on(st, &rules.transcode.to[0]);
	return tables_bridge_open(tb, t, &rules, out);
}
