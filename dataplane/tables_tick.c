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
last_said(struct owned *own, const struct transport *t, uint32_t kind)
{
	return kind == SW_EV_SECOND_SOURCE ? &own->second_source_tsc
	       : kind == SW_EV_SSRC_LIMIT  ? &own->ssrc_limit_tsc
	       : kind == SW_EV_LATCHED && t->source == SW_SOURCE_NEWEST ? &own->latched_tsc
									: NULL;
}

bool
tables_core_event(struct switch_tables *tb, const struct core_event *ev)
{
	struct owned *own = &tb->owned[ev->slot];
	uint64_t now = rte_rdtsc(), *said;
	bool held_back;

	if (!tables_transport_is(tb, ev->slot, ev->id))
		return false;
	if (ev->kind == SW_EV_LATCHED)
		tables_refresh_paths_of(tb, ev->slot);
	said = last_said(own, tables_transport_at(tb, ev->slot), ev->kind);
	if (said == NULL)
		return true;
	held_back = *said != 0 && now - *said < rte_get_tsc_hz();
	if (ev->kind == SW_EV_LATCHED)
		own->latched_untold[ev->rtcp] = held_back;
	if (!held_back)
		*said = now;
	return !held_back;
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
tick_old_keys(struct switch_tables *tb, uint64_t now, tables_told *told, void *arg)
{
	for (uint32_t slot = 0; tb->old_keys > 0 && slot < tb->shared.slots; slot++) {
		struct transport *t = tables_transport_at(tb, slot);
		struct owned *own = &tb->owned[slot];
		uint64_t id;

		if (t == NULL || t->unseal[1] == NULL || !compile_key_proven(t))
			continue;
		id = t->id; /* T may be gone with its old key */
		if (own->proven_tsc == 0)
			own->proven_tsc = now;
		else if (now - own->proven_tsc > OLD_KEY_SECONDS * rte_get_tsc_hz() &&
			 drop_old_key(tb, t))
			told(arg, &(struct sw_event){
					  .id = id, .slot = slot, .kind = SW_EV_OLD_KEY_GONE});
	}
}

/* What T has learned last, of what control was told of earlier ones only. */
static void
tell_untold(struct owned *own, const struct transport *t, tables_told *told, void *arg)
{
	for (unsigned rtcp = 0; rtcp < 2; rtcp++) {
		struct sw_event ev = {
			.id = t->id, .slot = t->slot, .kind = SW_EV_LATCHED, .rtcp = rtcp};

		if (!own->latched_untold[rtcp] || !tables_answer_to(t, rtcp, &ev.addr))
			continue;
		own->latched_untold[rtcp] = false;
		told(arg, &ev);
	}
}

/* Addresses that were learned while a core could not say so: its ring was full, or it had said
 * too much. */
static void
sweep_learned(struct switch_tables *tb, tables_told *told, void *arg)
{
	for (uint32_t slot = 0; slot < tb->shared.slots; slot++) {
		const struct transport *t = tables_transport_at(tb, slot);

		if (t == NULL)
			continue;
		if (load(t->state->learned_seq) != tb->owned[slot].learned_seq)
			tables_refresh_paths_of(tb, slot);
		tell_untold(&tb->owned[slot], t, told, arg);
	}
}

void
tables_tick(struct switch_tables *tb, uint64_t now, tables_told *told, void *arg)
{
	tick_old_keys(tb, now, told, arg);
	if (now - tb->swept > rte_get_tsc_hz()) {
		tb->swept = now;
		sweep_learned(tb, told, arg);
	}
}
