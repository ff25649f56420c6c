/* SPDX-License-Identifier: Apache-2.0
 *
 * Makes the bridges that cores read; see compile.h.  Main thread: a codec takes its time to
 * open. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/compile.h"

static void
compile_map(struct bridge *b, const struct sw_bridge *rules)
{
	for (unsigned i = 0; i < RTE_DIM(b->map); i++)
		b->map[i].to = BRIDGE_DROP;
	for (uint32_t i = 0; i < rules->maps; i++)
		b->map[rules->map[i].from] =
			(struct bridge_map){rules->map[i].to, rules->map[i].law};
}

struct bridge *
compile_bridge(const struct sw_bridge *rules, struct sw_bridge_state *state)
{
	struct bridge *b = aligned_alloc(alignof(struct bridge), sizeof *b);

	if (b == NULL)
		return NULL;
	*b = (struct bridge){.kind = (uint8_t)rules->kind};
	if (b->kind == SW_BRIDGE_MAP) {
		compile_map(b, rules);
		return b;
	}
	b->state = state;
	b->transcoder = (uint8_t)rules->transcoder;
	b->clock_hz = codec_clock(&rules->transcode.to[0]);
	b->packet_ticks = rules->transcode.to[0].ptime_ms * b->clock_hz / 1000;
	b->transcode = transcode_open(&rules->transcode,
		atomic_load_explicit(&state->number, memory_order_relaxed),
		atomic_load_explicit(&state->timestamp, memory_order_relaxed));
	if (b->transcode != NULL)
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
	free(b);
}
