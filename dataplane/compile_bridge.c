/* SPDX-License-Identifier: Apache-2.0
 *
 * Makes the bridges that cores read; see compile.h.  Main thread: a codec takes its time to
 * open. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/compile.h"
#include "dataplane/fax.h"

enum { DATAGRAM_US = 4000 }; /* one of T.38: they last 20 to 40 ms, some are repeated */

static void
compile_map(struct bridge *b, const struct sw_bridge *rules)
{
	for (unsigned i = 0; i < RTE_DIM(b->map); i++)
		b->map[i].to = BRIDGE_DROP;
	for (uint32_t i = 0; i < rules->maps; i++)
		b->map[rules->map[i].from] =
			(struct bridge_map){rules->map[i].to, rules->map[i].law};
}

/* What both sides call by one payload type, for when it has to pass. */
static void
compile_shared(struct bridge *b, const struct transcode_conf *t)
{
	for (unsigned i = 0; i < TRANSCODE_FORMATS; i++)
		for (unsigned j = 0; j < TRANSCODE_FORMATS; j++)
			if (t->from[i].codec != CODEC_NONE &&
				t->from[i].payload_type == t->to[j].payload_type &&
				codec_format_same(&t->from[i], &t->to[j]))
				b->map[t->to[j].payload_type].to = t->to[j].payload_type;
}

/* TSC from packet to packet: half of what the shortest of any of its formats last, for clocks
 * drift and telephone-events come between. */
static uint64_t
pace_of(const struct transcode_conf *conf)
{
	uint32_t us = UINT32_MAX;

	for (unsigned i = 0; i < TRANSCODE_FORMATS; i++) {
		const struct codec *c = codec_by_id(conf->from[i].codec);

		if (c != NULL && c->kind == CODEC_SPEECH)
			us = RTE_MIN(us, codec_shortest_us(c));
	}
	return rte_get_tsc_hz() * us / 2000000;
}

/* The codecs of B.  False: errno. */
static bool
open_codecs(struct bridge *b, const struct sw_bridge *rules)
{
	const struct sw_bridge_state *st = b->state;

	b->transcode = transcode_open(&rules->transcode,
		atomic_load_explicit(&st->number, memory_order_relaxed),
		atomic_load_explicit(&st->timestamp, memory_order_relaxed));
	return b->transcode != NULL;
}

/* One half of a gateway.  False: errno. */
static bool
open_fax(struct bridge *b, const struct sw_bridge *rules)
{
	const struct codec_format *to = &rules->transcode.to[0];

	if (to->codec == CODEC_NONE)
		return (b->fax = fax_open(rules)) != NULL;
	b->pace = rte_get_tsc_hz() * DATAGRAM_US / 1000000;
	return (b->voice = fax_voice_open(to)) != NULL;
}

struct bridge *
compile_bridge(const struct sw_bridge *rules, struct sw_bridge_state *state)
{
	struct bridge *b = aligned_alloc(alignof(struct bridge), sizeof *b);

	if (b == NULL)
		return NULL;
	*b = (struct bridge){.kind = (uint8_t)rules->kind};
	compile_map(b, rules);
	if (b->kind == SW_BRIDGE_MAP)
		return b;
	b->state = state;
	b->transcoder = (uint8_t)rules->transcoder;
	if (rules->transcode.to[0].codec != CODEC_NONE)
		b->clock_hz = codec_clock(&rules->transcode.to[0]);
	b->pace = pace_of(&rules->transcode);
	b->packet_ticks = rules->transcode.to[0].ptime_ms * b->clock_hz / 1000;
	if (b->kind == SW_BRIDGE_TRANSCODE)
		compile_shared(b, &rules->transcode);
	if ((b->kind == SW_BRIDGE_FAX ? open_fax : open_codecs)(b, rules))
		return b;
	free(b);
	return NULL;
}

void
compile_bridge_free(struct bridge *b)
{
	if (b == NULL)
		return;
	transcode_close(b->transcode);
	fax_close(b->fax);
	fax_voice_close(b->voice);
	free(b);
}
