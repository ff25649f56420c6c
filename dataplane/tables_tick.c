/* SPDX-License-Identifier: Apache-2.0
 *
 * What happens to transports by itself: what cores say of them, old keys whose time is over,
 * addresses learned that no core could tell of.  Of tables.h.  Main thread. */
#include <rte_cycles.h>
#include <string.h>

#include "dataplane/compile.h"
#include "dataplane/tables_inside.h"

enum {
	OLD_KEY_SECONDS =
		5, /* that a replaced key is kept after the new one has proved itself */
};

/* When OWN's last event of KIND was passed on, if it is a kind that anybody can bring about by
 * sending packets: at most one a second and transport.  NULL: it is not. */
static uint64_t *
last_said(struct owned *own, uint32_t kind)
{
	return kind == SW_EV_SECOND_SOURCE ? &own->second_source_tsc
	       : kind == SW_EV_SSRC_LIMIT  ? &own->ssrc_limit_tsc
					   : NULL;
}

bool
tables_core_event(struct switch_tables *tb, const struct core_event *ev)
{
	uint64_t now = rte_rdtsc(), *said = last_said(&tb->owned[ev->slot], ev->kind);

	if (!tables_transport_is(tb, ev->slot, ev->id))
		return false;
	if (ev->kind == SW_EV_LATCHED)
		tables_refresh_paths_of(tb, ev->slot);
	if (said == NULL)
		return true;
	if (*said != 0 && now - *said < rte_get_tsc_hz())
		return false;
	*said = now;
	return true;
}

/* The new key has proved itself and its time of grace is over: do without the old one. */
static bool
drop_old_key(struct switch_tables *tb, struct transport *old)
{
	struct state_rules rules;
	struct transport *t;

	state_rules_get(tb->conf.state, old->slot, &rules);
	t = compile_without_old(old, &rules);
	if (t != NULL) {
		state_rules_put(tb->conf.state, t->slot, &rules);
		tables_replace_transport(tb, old, t);
	}
	explicit_bzero(&rules, sizeof rules);
	return t != NULL;
}

static void
tick_old_keys(struct switch_tables *tb, uint64_t now,
	void (*gone)(void *arg, uint32_t slot, uint64_t id), void *arg)
{
	for (uint32_t slot = 0; tb->old_keys > 0 && slot < tb->shared.slots; slot++) {
		struct transport *t = tables_transport_at(tb, slot);
		struct owned *own = &tb->owned[slot];

		if (t == NULL || t->unseal[1] == NULL || !compile_key_proven(t))
			continue;
		if (own->proven_tsc == 0)
			own->proven_tsc = now;
		else if (now - own->proven_tsc > OLD_KEY_SECONDS * rte_get_tsc_hz() &&
			 drop_old_key(tb, t))
			gone(arg, slot, t->id);
	}
}

/* Addresses that were learned while a core could not say so: its ring was full, or it had said
 * too much. */
static void
sweep_learned(struct switch_tables *tb)
{
	for (uint32_t slot = 0; slot < tb->shared.slots; slot++) {
		const struct transport *t = tables_transport_at(tb, slot);

		if (t != NULL && load(t->state->learned_seq) != tb->owned[slot].learned_seq)
			tables_refresh_paths_of(tb, slot);
	}
}

void
tables_tick(struct switch_tables *tb, uint64_t now,
	void (*gone)(void *arg, uint32_t slot, uint64_t id), void *arg)
{
	tick_old_keys(tb, now, gone, arg);
	if (now - tb->swept > rte_get_tsc_hz()) {
		tb->swept = now;
		sweep_learned(tb);
	}
}
