/* SPDX-License-Identifier: Apache-2.0
 *
 * What is known of a transport, on its way to another switch: struct sw_history (switch.h)
 * from its state and rules, and back.  The state's times are ticks of this machine's TSC;
 * there they are ages.  Pure; main thread, while no core can see the transport. */
#pragma once

#include "dataplane/state.h"

/* NOW, HZ: the TSC and its rate. */
struct history_clock {
	uint64_t now, hz;
};

/* H: what ST and RULES say; the caller wipes it, for it holds keys. */
void history_take(struct sw_history *h, const struct sw_transport_state *st,
	const struct state_rules *rules, const struct history_clock *clock);

/* Into ST, which is zero, and into the fields of RULES beside its `transport` and `flow`: what
 * H says, which sw_check_history() has passed.  ST's id is stored last. */
void history_put(const struct sw_history *h, struct sw_transport_state *st,
	struct state_rules *rules, const struct history_clock *clock);
