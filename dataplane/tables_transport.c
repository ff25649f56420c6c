/* SPDX-License-Identifier: Apache-2.0
 *
 * Transports come and change: set by control, begun again with what is in the shared state, or
 * resumed with what another switch has told of them.  Of tables.h.  Main thread. */
#include <errno.h>
#include <rte_cycles.h>
#include <rte_random.h>
#include <string.h>

#include "dataplane/compile.h"
#include "dataplane/history.h"
#include "dataplane/history_order.h"
#include "dataplane/ordered.h"
#include "dataplane/ssrc.h"
#include "dataplane/tables_inside.h"

/* ---- Publishing ---- */

static bool
is_mesh_leg(const struct switch_tables *tb, const struct sw_transport *want)
{
	return tb->shared.local[want->local].addr.family == SW_AF_MESH;
}

void
tables_count_old_key(
	struct switch_tables *tb, const struct transport *was, const struct transport *is)
{
	tb->old_keys -= was != NULL && was->unseal[1] != NULL;
	tb->old_keys += is != NULL && is->unseal[1] != NULL;
}

static void
close_seal(void *seal)
{
	seal_close(seal);
}

static void
free_bridge(void *bridge)
{
	compile_bridge_free(bridge);
}

void
tables_replace_transport(struct switch_tables *tb, struct transport *old, struct transport *t)
{
	struct seal *had[] = {old->unseal[0], old->unseal[1], old->seal};

	t->path = load(old->path);
	t->rtcp_path = load(old->rtcp_path);
	tables_feed(tb, t->slot, t);
	tables_publish(tb, t->slot, t);
	tables_count_old_key(tb, old, t);
	for (unsigned i = 0; i < RTE_DIM(had); i++)
		if (had[i] != NULL && had[i] != t->unseal[0] && had[i] != t->unseal[1] &&
			had[i] != t->seal)
			retire_add(tb->conf.retire, close_seal, had[i]);
	if (old->bridge != NULL && old->bridge != t->bridge)
		retire_add(tb->conf.retire, free_bridge, old->bridge);
	retire_add(tb->conf.retire, free, old); /* last: without memory it is gone at once */
}

void
tables_steer_ports(struct switch_tables *tb, const struct transport *t, uint32_t entry)
{
	_Atomic uint32_t *port = tb->shared.local[t->local_number].port;

	publish(port[t->port], entry);
	if (!t->mux)
		publish(port[t->port + 1], entry);
}

/* Is WANT at the mesh's address, but to nobody that we know there? */
static bool
is_to_stranger(const struct switch_tables *tb, const struct sw_transport *want)
{
	return is_mesh_leg(tb, want) && want->remote[0].family != 0 &&
	       tables_mesh_peer_of(tb, want) == SW_MESH_NONE;
}

/* The rest of T that is not in its rules alone. */
static void
find_peer(const struct switch_tables *tb, struct transport *t, const struct sw_transport *want)
{
	t->mesh = is_mesh_leg(tb, want);
	t->peer = t->mesh ? tables_mesh_peer_of(tb, want) : SW_MESH_NONE;
}

int
tables_transport_first(struct switch_tables *tb, struct state_rules *next, bool quiet)
{
	uint32_t slot = next->transport.slot;
	struct sw_transport_state *st = &tb->shared.state[slot];
	struct transport *t = compile_first(&tb->shared, next);
	struct owned *own = &tb->owned[slot];

	if (t == NULL)
		return -errno;
	find_peer(tb, t, &next->transport);
	if (load(st->id) != t->id) {
		state_transport_clear(tb->conf.state, slot);
		ssrc_init(st, (uint32_t)rte_rand());
		st->relatch = t->relatch;
		ORDERED(); /* whoever finds the id believes the rest */
		atomic_store_explicit(&st->id, t->id, memory_order_relaxed);
	}
	state_rules_put(tb->conf.state, slot, next);
	tables_halt_end(tb, slot);
	tables_pierce_end(tb, slot);
	t->capture = own->capture;
	*own = (struct owned){.turn = own->turn,
		.transcoder = own->transcoder,
		.quiet = quiet,
		.synced = true,
		.capture = own->capture,
		.feds = own->feds};
	tables_publish(tb, slot, t);
	tables_count_old_key(tb, NULL, t);
	tb->count++;
	tables_refresh_paths_of(tb, slot);
	if (!quiet)
		tables_steer_ports(tb, t, port_entry(slot, t->core));
	tables_pierce_set(tb, NULL, &next->transport);
	return 0;
}

static int
transport_next(struct switch_tables *tb, struct transport *old, const struct state_rules *now,
	struct state_rules *next)
{
	struct transport *t = compile_next(&tb->shared, old, now, next);

	if (t == NULL)
		return -errno;
	find_peer(tb, t, &next->transport);
	/* Before the core can meet a new seal key: see ssrc_tx_rekey(). */
	state_rules_put(tb->conf.state, t->slot, next);
	if (memcmp(&now->transport.unseal, &next->transport.unseal,
		    sizeof now->transport.unseal) != 0)
		tb->owned[t->slot].proven_tsc = 0; /* the key before it gets its whole time */
	tables_replace_transport(tb, old, t);
	tables_refresh_paths_of(tb, t->slot);
	if (now->transport.mux != t->mux && !tb->owned[t->slot].quiet)
		publish(tb->shared.local[t->local_number].port[t->port + 1],
			t->mux ? 0 : port_entry(t->slot, t->core));
	tables_pierce_set(tb, &now->transport, &next->transport);
	return 0;
}

/* ---- What control asks for ---- */

static bool
port_is_free(const struct switch_tables *tb, const struct sw_transport *r, unsigned port)
{
	uint32_t holder = load(tb->shared.local[r->local].port[port]);

	return holder == 0 || port_entry_slot(holder) == r->slot;
}

/* Is the stopped transport in WANT's slot the same one, and in the same place? */
static bool
is_stopped_at(const struct switch_tables *tb, const struct sw_transport *want)
{
	struct state_rules rules;
	bool same;

	same = state_rules_get(tb->conf.state, want->slot, &rules) &&
	       rules.transport.id == want->id && rules.transport.local == want->local &&
	       rules.transport.port == want->port;
	explicit_bzero(&rules, sizeof rules);
	return same;
}

int
tables_transport_fits(const struct switch_tables *tb, const struct transport *old,
	const struct sw_transport *want)
{
	/* Checked before, but against figures that lie in shared memory. */
	if (want->slot >= tb->shared.slots || want->local >= tb->shared.locals)
		return -EINVAL;
	/* One that is only stopped may go on before the cores have let go of what it was: its
	 * state stays, and its one writer is the same core. */
	if ((tb->owned[want->slot].leaving && !tb->owned[want->slot].stopped) ||
		(old != NULL && old->id != want->id))
		return -EEXIST;
	if (old != NULL && (want->local != old->local_number || want->port != old->port))
		return -EEXIST; /* a transport does not move */
	if (old == NULL && tb->owned[want->slot].stopped && !is_stopped_at(tb, want))
		return -EEXIST;
	if (!port_is_free(tb, want, want->port) ||
		(!want->mux && !port_is_free(tb, want, want->port + 1u)))
		return -EADDRINUSE;
	return is_to_stranger(tb, want) ? -ENOENT : 0;
}

/* The rest of the rules for a transport that control sets where none is.  State of the same
 * one, that a killed switch has left without sound rules, is gone on with: under its keys
 * nothing may be numbered from the beginning again. */
static void
begin_rules(struct state_rules *next, const struct sw_transport_state *st)
{
	next->unseal[0] = next->transport.unseal;
	if (load(st->id) == next->transport.id) {
		next->generation = load(st->key_generation);
		next->seal_generation = st->tx.seal_generation;
	}
}

/* A stopped transport goes on, with the rules that it had. */
static int
go_on(struct switch_tables *tb, uint32_t slot)
{
	struct state_rules rules;
	int err = -ENOENT;

	if (state_rules_get(tb->conf.state, slot, &rules)) {
		rules.stopped = 0;
		err = tables_transport_first(tb, &rules, true);
	}
	explicit_bzero(&rules, sizeof rules);
	return err;
}

/* Has the peer that OLD leaves to gone, and come again in another slot? */
static bool
has_another_peer(const struct switch_tables *tb, const struct transport *old,
	const struct sw_transport *want)
{
	return old->mesh && old->peer != tables_mesh_peer_of(tb, want);
}

int
tables_transport_set(struct switch_tables *tb, const struct sw_transport *want)
{
	struct transport *old = tables_transport_at(tb, want->slot);
	struct state_rules now = {0}, next;
	int err = tables_transport_fits(tb, old, want);

	if (err == 0 && old == NULL && tb->owned[want->slot].stopped &&
		(err = go_on(tb, want->slot)) == 0)
		old = tables_transport_at(tb, want->slot);
	if (err != 0)
		return err;
	tb->owned[want->slot].synced = true;
	if (old != NULL)
		state_rules_get(tb->conf.state, want->slot, &now);
	if (old == NULL || memcmp(&now.transport, want, sizeof *want) != 0 ||
		has_another_peer(tb, old, want)) {
		next = now;
		next.transport = *want;
		if (old == NULL)
			begin_rules(&next, &tb->shared.state[want->slot]);
		err = old == NULL ? tables_transport_first(tb, &next, false)
				  : transport_next(tb, old, &now, &next);
		explicit_bzero(&next, sizeof next);
	}
	explicit_bzero(&now, sizeof now);
	return err;
}

/* Put a transport where none is, with the history H. */
static int
first_with(struct switch_tables *tb, const struct sw_transport *want,
	const struct sw_history *h, const struct history_clock *clock)
{
	struct state_rules next = {.transport = *want};
	struct sw_transport_state *st = &tb->shared.state[want->slot];
	int err;

	state_transport_clear(tb->conf.state, want->slot);
	history_put(h, st, &next, clock);
	if ((err = tables_transport_first(tb, &next, true)) != 0)
		state_transport_clear(tb->conf.state, want->slot);
	explicit_bzero(&next, sizeof next);
	return err;
}

/* What is kept of the stopped transport is KEPT and its RULES; H, which is ahead of it, takes
 * its place.  A kill meanwhile leaves no rules, rather than some that H's numbers do not
 * belong to. */
static int
replace_stopped(struct switch_tables *tb, const struct sw_transport *want,
	const struct sw_history *h, const struct sw_history *kept, struct state_rules *rules,
	const struct history_clock *clock)
{
	struct sw_history later = *h;
	int err;

	history_close(&later, kept);
	state_rules_clear(tb->conf.state, want->slot);
	ORDERED();
	if ((err = first_with(tb, want, &later, clock)) != 0) {
		history_put(kept, &tb->shared.state[want->slot], rules, clock);
		state_rules_put(tb->conf.state, want->slot, rules);
	}
	explicit_bzero(&later, sizeof later);
	return err;
}

/* The transport that is stopped here comes home from another switch with the history H, or an
 * old one is said again. */
static int
come_home(struct switch_tables *tb, const struct sw_transport *want,
	const struct sw_history *h, const struct history_clock *clock)
{
	struct state_rules rules;
	struct sw_history kept;
	int err = -EEXIST; /* the cores have not yet let go: what is kept may still change */

	if (tb->owned[want->slot].leaving ||
		!state_rules_get(tb->conf.state, want->slot, &rules))
		return err;
	history_take(&kept, &tb->shared.state[want->slot], &rules, clock);
	switch (history_order(&kept, h)) {
	case HISTORY_SAME:
	case HISTORY_NEWER:
		err = replace_stopped(tb, want, h, &kept, &rules, clock);
		break;
	case HISTORY_OLDER:
		err = tables_transport_set(tb, want);
		break;
	case HISTORY_SPLIT:
		break;
	}
	explicit_bzero(&kept, sizeof kept);
	explicit_bzero(&rules, sizeof rules);
	return err;
}

int
tables_transport_resume(
	struct switch_tables *tb, const struct sw_transport *want, const struct sw_history *h)
{
	const struct history_clock clock = {rte_rdtsc(), rte_get_tsc_hz()};
	int err = tables_transport_fits(tb, tables_transport_at(tb, want->slot), want);

	if (err != 0)
		return err;
	if (tables_transport_at(tb, want->slot) != NULL) /* it runs: what is here is newer */
		return tables_transport_set(tb, want);
	return tb->owned[want->slot].stopped ? come_home(tb, want, h, &clock)
					     : first_with(tb, want, h, &clock);
}

int
tables_capture(struct switch_tables *tb, uint32_t slot, uint64_t id, bool on)
{
	struct transport *old = tables_transport_at(tb, slot), *next;
	struct owned *own = &tb->owned[slot];

	if (own->stopped && load(tb->shared.state[slot].id) == id) {
		own->capture = on; /* when it goes on */
		return 0;
	}
	if (old == NULL || old->id != id)
		return -ENOENT;
	if (old->capture == on)
		return 0;
	if ((next = compile_copy(old, old->sinks)) == NULL)
		return -errno;
	next->capture = own->capture = on;
	tables_replace_transport(tb, old, next);
	return 0;
}
