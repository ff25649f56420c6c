/* SPDX-License-Identifier: Apache-2.0
 *
 * Recovery, of what a killed switch has left in the shared state; and reconciliation, with
 * what a control that has come anew still wants.  Of tables.h.  Main thread. */
#include <string.h>

#include "dataplane/ssrc.h"
#include "dataplane/tables_inside.h"

/* The flow of a transport that runs again.  One whose bridge cannot be had any more forwards
 * nothing until control says it anew: payloads that are not what was agreed on are noise. */
static void
recover_flow(struct switch_tables *tb, struct state_rules *rules)
{
	if (rules->flow.id != rules->transport.id ||
		tables_flow_recover(tb, &rules->flow) == 0)
		return;
	rules->flow = (struct sw_flow){0};
	state_rules_put(tb->conf.state, rules->transport.slot, rules);
}

/* What one slot of a killed switch says, running again.  False: nothing, or it is not sound.
 */
static bool
recover_slot(struct switch_tables *tb, uint32_t slot)
{
	struct sw_transport_state *st = &tb->shared.state[slot];
	struct state_rules rules;
	bool ok;

	state_transport_find_more(tb->conf.state, slot);
	ssrc_recover(st);
	/* The kill came while an address was being learned: it will be learned again. */
	if (load(st->learned_seq) & 1) {
		memset(st->learned, 0, sizeof st->learned);
		memset(st->latched, 0, sizeof st->latched);
		atomic_fetch_add_explicit(&st->learned_seq, 1, memory_order_release);
	}
	if (!state_rules_get(tb->conf.state, slot, &rules))
		return false;
	if (rules.stopped && load(st->id) == rules.transport.id) {
		tb->owned[slot].stopped = true;
		explicit_bzero(&rules, sizeof rules);
		return true;
	}
	ok = rules.transport.slot == slot && load(st->id) == rules.transport.id &&
	     tables_transport_fits(tb, NULL, &rules.transport) == 0 &&
	     tables_transport_first(tb, &rules, false) == 0;
	/* A sink that is not there (yet) is looked up per packet; only its number must be
	 * sound. */
	for (uint32_t i = 0; i < SW_SINKS; i++)
		ok = ok && rules.flow.sinks <= SW_SINKS &&
		     rules.flow.sink[i].slot < tb->shared.slots;
	if (ok)
		recover_flow(tb, &rules);
	explicit_bzero(&rules, sizeof rules);
	return ok;
}

unsigned
tables_recover(struct switch_tables *tb)
{
	tables_mesh_recover(tb); /* mesh legs leave to peers */
	/* Where a slot does not come back, its state stays: control may set the same
	 * transport. */
	for (uint32_t slot = state_next_used(tb->conf.state, 0); slot < tb->shared.slots;
		slot = state_next_used(tb->conf.state, slot + 1))
		if (!recover_slot(tb, slot))
			state_rules_clear(tb->conf.state, slot);
	return tb->count;
}

void
tables_sync_begin(struct switch_tables *tb)
{
	for (uint32_t slot = 0; slot < tb->shared.slots; slot++)
		tb->owned[slot].synced = false;
	tables_mesh_sync_begin(tb);
}

unsigned
tables_sync_end(struct switch_tables *tb, tables_freed *freed, void *arg)
{
	unsigned dropped = 0;

	for (uint32_t slot = 0; slot < tb->shared.slots; slot++) {
		const struct transport *t = tables_transport_at(tb, slot);

		if ((t == NULL && !tb->owned[slot].stopped) || tb->owned[slot].synced)
			continue;
		tables_transport_del(tb, slot,
			t != NULL ? t->id : load(tb->shared.state[slot].id), NULL, NULL);
		dropped++;
	}
	tables_mesh_sync_end(tb);
	tables_when_all_left(tb, freed, arg);
	return dropped;
}
