/* SPDX-License-Identifier: Apache-2.0
 *
 * Main's side of the tables: see tables.h.  A published object is never changed: a new one is
 * made, its pointer stored with release, and the old one retired. */
#include "dataplane/tables.h"

#include <errno.h>
#include <rte_cycles.h>
#include <rte_random.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/compile.h"
#include "dataplane/history.h"
#include "dataplane/path.h"
#include "dataplane/ssrc.h"

enum {
	OLD_KEY_SECONDS =
		5, /* that a replaced key is kept after the new one has proved itself */
	PORTS = 65536,
	PATHS_AT_ONCE = 256, /* made anew before main looks at other things */
};

/* What main alone knows of a slot. */
struct owned {
	uint64_t proven_tsc; /* when the newest key was seen to have authenticated; 0: not yet
			      */
	uint64_t said_tsc[SW_EVENTS]; /* when main last passed an event of that kind on */
	uint32_t learned_seq;         /* of the state, when its paths were made */
	uint32_t turn;                /* counts deletions */
	struct neigh_watch watch[2];  /* its paths' ways; tagged with the slot */
	bool leaving;                 /* withdrawn; its grace period is not over */
	bool stopped;                 /* withdrawn, but its rules and state stay */
	bool synced;                  /* set since tables_sync_begin() */
};

struct switch_tables {
	struct tables shared;
	struct tables_conf conf;
	struct owned *owned;
	unsigned count;
	unsigned old_keys; /* transports that still have one */
	uint64_t swept;    /* TSC: when learned addresses were last looked at */
	uint8_t local_device[SW_ADDRESSES];
};

/* A transport that waits for its grace period, and who wants to know: that it is free, or what
 * is known of it. */
struct leaving {
	struct switch_tables *tb;
	uint32_t slot;
	uint32_t turn; /* of the deletion; said twice, the second may come after another
			  owner's */
	tables_freed *freed;
	tables_left *left;
	void *arg;
};

#define load(p) atomic_load_explicit(&(p), memory_order_relaxed)
#define publish(p, v) atomic_store_explicit(&(p), (v), memory_order_release)

struct switch_tables *
tables_open(const struct tables_conf *conf)
{
	const struct sw_state *head = conf->state->head;
	uint32_t slots = conf->state->sizes.transports;
	struct switch_tables *tb = calloc(1, sizeof *tb);

	if (tb == NULL)
		return NULL;
	tb->conf = *conf;
	tb->shared.slots = slots;
	tb->shared.state = conf->state->transport;
	tb->shared.cores = head->cores;
	tb->shared.locals = RTE_MIN(head->addresses, (uint32_t)SW_ADDRESSES);
	tb->shared.slot = calloc(slots, sizeof *tb->shared.slot);
	tb->owned = calloc(slots, sizeof *tb->owned);
	if (tb->shared.slot == NULL || tb->owned == NULL)
		goto no_memory;
	for (unsigned i = 0; i < tb->shared.locals; i++) {
		const struct sw_local *is = &head->address[i];
		struct local *local = &tb->shared.local[i];

		*local = (struct local){.addr = is->addr,
			.port_first = is->addr.port,
			.port_last = is->port_last,
			.port = calloc(PORTS, sizeof *local->port)};
		local->addr.port = 0;
		tb->local_device[i] = (uint8_t)is->device;
		if (local->port == NULL)
			goto no_memory;
	}
	tb->shared.devices = conf->devices;
	for (unsigned i = 0; i < conf->devices; i++)
		tb->shared.device[i] = &conf->device[i];
	return tb;

no_memory:
	tables_close(tb);
	return NULL;
}

static void
close_seal(void *seal)
{
	seal_close(seal);
}

static void
unwatch(struct switch_tables *tb, uint32_t slot)
{
	neigh_unwatch(&tb->owned[slot].watch[0]);
	neigh_unwatch(&tb->owned[slot].watch[1]);
}

void
tables_close(struct switch_tables *tb)
{
	if (tb == NULL)
		return;
	for (uint32_t i = 0; tb->shared.slot != NULL && i < tb->shared.slots; i++) {
		struct slot *s = &tb->shared.slot[i];

		compile_free(load(s->transport));
		free(load(s->flow));
		path_free(load(s->path[0]));
		path_free(load(s->path[1]));
		unwatch(tb, i);
	}
	for (unsigned i = 0; i < tb->shared.locals; i++)
		free(tb->shared.local[i].port);
	free(tb->shared.slot);
	free(tb->owned);
	free(tb);
}

const struct tables *
tables_shared(const struct switch_tables *tb)
{
	return &tb->shared;
}

unsigned
tables_count(const struct switch_tables *tb)
{
	return tb->count;
}

/* ---- Paths ---- */

/* Where transport T is to be answered: what it learned, else what signalling said. */
static struct sw_addr
answer_to(const struct transport *t, unsigned rtcp)
{
	const struct sw_transport_state *st = t->state;
	struct sw_addr a = {0};
	uint32_t seq;

	do {
		seq = atomic_load_explicit(&st->learned_seq, memory_order_acquire);
		if (st->relatch == t->relatch)
			a = st->learned[rtcp];
		atomic_thread_fence(memory_order_acquire);
	} while ((seq & 1) || seq != load(st->learned_seq));
	return a.family != 0 ? a : t->remote[rtcp];
}

/* Make the path of one direction anew, and publish it unless the one there is right. */
static void
refresh_path(struct switch_tables *tb, uint32_t slot, unsigned rtcp)
{
	struct slot *s = &tb->shared.slot[slot];
	const struct transport *t = load(s->transport);
	struct path_ends ends = {.from = t->local,
		.to = answer_to(t, rtcp),
		.device = tb->local_device[t->local_number],
		.dscp = t->dscp};
	struct neigh_watch *watch = &tb->owned[slot].watch[rtcp];
	struct path *old = load(s->path[rtcp]), *path;

	ends.from.port = (uint16_t)(t->local.port + rtcp);
	watch->tag = slot;
	path = path_make(tb->conf.neigh, tb->shared.device, &ends, watch, old);
	if (path == NULL || path == old)
		return; /* out of memory: the old one stays, the next change tries again */
	publish(s->path[rtcp], path);
	if (old != NULL)
		retire_add(tb->conf.retire, path_free, old);
}

static void
refresh_paths_of(struct switch_tables *tb, uint32_t slot)
{
	/* Before they are read: what is learned meanwhile is swept up later. */
	tb->owned[slot].learned_seq = load(tb->shared.state[slot].learned_seq);
	refresh_path(tb, slot, 0);
	if (!load(tb->shared.slot[slot].transport)->mux)
		refresh_path(tb, slot, 1);
}

bool
tables_refresh_paths(struct switch_tables *tb)
{
	struct neigh_watch *w;

	for (unsigned i = 0; i < PATHS_AT_ONCE; i++) {
		if ((w = neigh_stale(tb->conf.neigh)) == NULL)
			return false;
		refresh_paths_of(tb, w->tag);
	}
	return true;
}

/* ---- Transports ---- */

/* NULL: none, or no slot of ours. */
static struct transport *
transport_at(const struct switch_tables *tb, uint32_t slot)
{
	return slot < tb->shared.slots ? load(tb->shared.slot[slot].transport) : NULL;
}

static void
count_old_key(
	struct switch_tables *tb, const struct transport *was, const struct transport *is)
{
	tb->old_keys -= was != NULL && was->unseal[1] != NULL;
	tb->old_keys += is != NULL && is->unseal[1] != NULL;
}

/* Put T in OLD's place and let OLD and the contexts that T does without go. */
static void
replace_transport(struct switch_tables *tb, struct transport *old, struct transport *t)
{
	struct seal *had[] = {old->unseal[0], old->unseal[1], old->seal};

	publish(tb->shared.slot[t->slot].transport, t);
	count_old_key(tb, old, t);
	tb->owned[t->slot].proven_tsc = 0;
	retire_add(tb->conf.retire, free, old);
	for (unsigned i = 0; i < RTE_DIM(had); i++)
		if (had[i] != NULL && had[i] != t->unseal[0] && had[i] != t->unseal[1] &&
			had[i] != t->seal)
			retire_add(tb->conf.retire, close_seal, had[i]);
}

/* Let ENTRY (port_entry(), or 0: nobody) answer for the ports of T. */
static void
steer_ports(struct switch_tables *tb, const struct transport *t, uint32_t entry)
{
	_Atomic uint32_t *port = tb->shared.local[t->local_number].port;

	publish(port[t->local.port], entry);
	if (!t->mux)
		publish(port[t->local.port + 1], entry);
}

static bool
port_is_free(const struct switch_tables *tb, const struct sw_transport *r, unsigned port)
{
	uint32_t holder = load(tb->shared.local[r->local].port[port]);

	return holder == 0 || port_entry_slot(holder) == r->slot;
}

/* Put a transport where none is, with the state that it left there if it is a killed switch's.
 */
static int
transport_first(struct switch_tables *tb, struct state_rules *next)
{
	uint32_t slot = next->transport.slot;
	struct sw_transport_state *st = &tb->shared.state[slot];
	struct transport *t = compile_first(&tb->shared, next);
	struct owned *own = &tb->owned[slot];

	if (t == NULL)
		return -errno;
	if (load(st->id) != t->id) {
		memset(st, 0, sizeof *st);
		ssrc_init(st, (uint32_t)rte_rand());
		st->relatch = t->relatch;
		atomic_store_explicit(&st->id, t->id, memory_order_relaxed);
	}
	state_rules_put(tb->conf.state, slot, next);
	*own = (struct owned){.turn = own->turn, .synced = true};
	publish(tb->shared.slot[slot].transport, t);
	count_old_key(tb, NULL, t);
	tb->count++;
	refresh_paths_of(tb, slot);
	steer_ports(tb, t, port_entry(slot, t->core));
	return 0;
}

static int
transport_next(struct switch_tables *tb, struct transport *old, const struct state_rules *now,
	struct state_rules *next)
{
	struct transport *t = compile_next(&tb->shared, old, now, next);

	if (t == NULL)
		return -errno;
	/* Before the core can meet a new seal key: see ssrc_tx_rekey(). */
	state_rules_put(tb->conf.state, t->slot, next);
	replace_transport(tb, old, t);
	refresh_paths_of(tb, t->slot);
	if (now->transport.mux != t->mux)
		publish(tb->shared.local[t->local_number].port[t->local.port + 1],
			t->mux ? 0 : port_entry(t->slot, t->core));
	return 0;
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

/* May WANT take this slot and these ports? */
static int
transport_fits(const struct switch_tables *tb, const struct transport *old,
	const struct sw_transport *want)
{
	/* Checked before, but against figures that lie in shared memory. */
	if (want->slot >= tb->shared.slots || want->local >= tb->shared.locals)
		return -EINVAL;
	if (tb->owned[want->slot].leaving || (old != NULL && old->id != want->id))
		return -EEXIST;
	if (old != NULL && (want->local != old->local_number || want->port != old->local.port))
		return -EEXIST; /* a transport does not move */
	if (old == NULL && tb->owned[want->slot].stopped && !is_stopped_at(tb, want))
		return -EEXIST;
	if (!port_is_free(tb, want, want->port) ||
		(!want->mux && !port_is_free(tb, want, want->port + 1u)))
		return -EADDRINUSE;
	return 0;
}

/* The rest of the rules for a transport that control sets where none is.  State of the same
 * one, that a killed switch has left without sound rules, is gone on with: under its keys
 * nothing may be numbered from the beginning again. */
static void
begin_rules(struct state_rules *next, const struct sw_transport_state *st)
{
	next->unseal[0] = next->transport.unseal;
	if (load(st->id) == next->transport.id) {
		next->generation = st->key_generation;
		next->seal_generation = st->seal_generation;
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
		err = transport_first(tb, &rules);
	}
	explicit_bzero(&rules, sizeof rules);
	return err;
}

int
tables_transport_set(struct switch_tables *tb, const struct sw_transport *want)
{
	struct transport *old = transport_at(tb, want->slot);
	struct state_rules now = {0}, next;
	int err = transport_fits(tb, old, want);

	if (err == 0 && old == NULL && tb->owned[want->slot].stopped &&
		(err = go_on(tb, want->slot)) == 0)
		old = transport_at(tb, want->slot);
	if (err != 0)
		return err;
	tb->owned[want->slot].synced = true;
	if (old != NULL)
		state_rules_get(tb->conf.state, want->slot, &now);
	if (old == NULL || memcmp(&now.transport, want, sizeof *want) != 0) {
		next = now;
		next.transport = *want;
		if (old == NULL)
			begin_rules(&next, &tb->shared.state[want->slot]);
		err = old == NULL ? transport_first(tb, &next)
				  : transport_next(tb, old, &now, &next);
		explicit_bzero(&next, sizeof next);
	}
	explicit_bzero(&now, sizeof now);
	return err;
}

/* What is known of the stopped transport that WHO has asked for, unless it has been deleted.
 */
static void
tell_history(const struct leaving *who)
{
	struct switch_tables *tb = who->tb;
	const struct history_clock clock = {rte_rdtsc(), rte_get_tsc_hz()};
	struct state_rules rules;
	struct sw_history h;

	if (!tb->owned[who->slot].stopped || tb->owned[who->slot].turn != who->turn ||
		!state_rules_get(tb->conf.state, who->slot, &rules)) {
		who->left(who->arg, NULL);
		return;
	}
	history_take(&h, &tb->shared.state[who->slot], &rules, &clock);
	who->left(who->arg, &h);
	explicit_bzero(&h, sizeof h);
	explicit_bzero(&rules, sizeof rules);
}

static void
transport_left(void *arg)
{
	struct leaving *gone = arg;
	struct switch_tables *tb = gone->tb;
	struct owned *own = &tb->owned[gone->slot];

	if (own->leaving && own->turn == gone->turn) {
		own->leaving = false;
		if (!own->stopped)
			memset(&tb->shared.state[gone->slot], 0, sizeof *tb->shared.state);
	}
	if (gone->freed != NULL)
		gone->freed(gone->arg);
	if (gone->left != NULL)
		tell_history(gone);
	free(gone);
}

/* Let GONE be called back when the transport that leaves its slot has left. */
static void
wait_until_left(const struct leaving *who)
{
	struct leaving *gone;

	while ((gone = malloc(sizeof *gone)) == NULL)
		retire_run(who->tb->conf.retire); /* gives memory back */
	*gone = *who;
	retire_add(who->tb->conf.retire, transport_left, gone);
}

static void
retire_transport(void *transport)
{
	compile_free(transport);
}

/* Take transport T out of the tables; it has left when the cores have let go of it. */
static void
withdraw(struct switch_tables *tb, struct transport *t)
{
	struct slot *s = &tb->shared.slot[t->slot];
	struct flow *flow = load(s->flow);

	steer_ports(tb, t, 0);
	publish(s->transport, NULL);
	publish(s->flow, NULL);
	if (flow != NULL)
		retire_add(tb->conf.retire, free, flow);
	for (unsigned rtcp = 0; rtcp < 2; rtcp++) {
		struct path *path = load(s->path[rtcp]);

		publish(s->path[rtcp], NULL);
		if (path != NULL)
			retire_add(tb->conf.retire, path_free, path);
	}
	unwatch(tb, t->slot);
	count_old_key(tb, t, NULL);
	tb->count--;
	tb->owned[t->slot].leaving = true;
	tb->owned[t->slot].turn++;
	retire_add(tb->conf.retire, retire_transport, t);
}

void
tables_transport_del(
	struct switch_tables *tb, uint32_t slot, uint64_t id, tables_freed *freed, void *arg)
{
	struct transport *t = load(tb->shared.slot[slot].transport);
	struct owned *own = &tb->owned[slot];

	if (t != NULL && t->id == id) {
		state_rules_clear(tb->conf.state, slot);
		withdraw(tb, t);
	} else if (own->stopped && load(tb->shared.state[slot].id) == id) {
		state_rules_clear(tb->conf.state, slot);
		own->stopped = false;
		if (!own->leaving)
			memset(&tb->shared.state[slot], 0, sizeof *tb->shared.state);
	}
	if (own->leaving) /* said again: acknowledged with the first */
		wait_until_left(&(struct leaving){.tb = tb,
			.slot = slot,
			.turn = own->turn,
			.freed = freed,
			.arg = arg});
	else if (freed != NULL)
		freed(arg);
}

/* ---- Transports that move to another switch ---- */

/* Withdraw transport T, whose rules and state stay, in the memfd, too. */
static void
halt(struct switch_tables *tb, struct transport *t)
{
	struct state_rules rules;

	state_rules_get(tb->conf.state, t->slot, &rules);
	rules.stopped = 1;
	rules.flow = (struct sw_flow){0};
	state_rules_put(tb->conf.state, t->slot, &rules);
	explicit_bzero(&rules, sizeof rules);
	tb->owned[t->slot].stopped = true;
	withdraw(tb, t);
}

int
tables_transport_stop(
	struct switch_tables *tb, uint32_t slot, uint64_t id, tables_left *left, void *arg)
{
	struct transport *t = transport_at(tb, slot);
	struct owned *own = &tb->owned[slot];
	struct leaving who = {.tb = tb, .slot = slot, .left = left, .arg = arg};

	if (t != NULL && t->id == id)
		halt(tb, t);
	else if (!own->stopped || load(tb->shared.state[slot].id) != id)
		return -ENOENT;
	own->synced = true;
	who.turn = own->turn;
	if (own->leaving)
		wait_until_left(&who);
	else
		tell_history(&who);
	return 0;
}

int
tables_transport_resume(
	struct switch_tables *tb, const struct sw_transport *want, const struct sw_history *h)
{
	const struct history_clock clock = {rte_rdtsc(), rte_get_tsc_hz()};
	struct state_rules next = {.transport = *want};
	struct sw_transport_state *st;
	int err = transport_fits(tb, transport_at(tb, want->slot), want);

	if (err != 0)
		return err;
	if (transport_at(tb, want->slot) != NULL || tb->owned[want->slot].stopped)
		return tables_transport_set(tb, want); /* what is here is newer */
	st = &tb->shared.state[want->slot];
	memset(st, 0, sizeof *st);
	history_put(h, st, &next, &clock);
	if ((err = transport_first(tb, &next)) != 0)
		memset(st, 0, sizeof *st);
	explicit_bzero(&next, sizeof next);
	return err;
}

/* ---- Flows ---- */

static bool
transport_is(const struct switch_tables *tb, uint32_t slot, uint64_t id)
{
	const struct transport *t = transport_at(tb, slot);

	return t != NULL && t->id == id;
}

/* Publish F for its transport, in the place of what is there. */
static int
put_flow(struct switch_tables *tb, const struct sw_flow *f)
{
	struct slot *s = &tb->shared.slot[f->slot];
	struct flow *old = load(s->flow), *flow = calloc(1, sizeof *flow);

	if (flow == NULL)
		return -ENOMEM;
	flow->sinks = f->sinks;
	for (uint32_t i = 0; i < f->sinks; i++) {
		flow->sink[i].slot = f->sink[i].slot;
		flow->sink[i].id = f->sink[i].id;
	}
	publish(s->flow, flow);
	if (old != NULL)
		retire_add(tb->conf.retire, free, old);
	return 0;
}

int
tables_flow_set(struct switch_tables *tb, const struct sw_flow *f)
{
	struct state_rules rules;
	int err = 0;

	if (!transport_is(tb, f->slot, f->id))
		return -ENOENT;
	for (uint32_t i = 0; i < f->sinks; i++)
		if (!transport_is(tb, f->sink[i].slot, f->sink[i].id))
			return -ENOENT;
	state_rules_get(tb->conf.state, f->slot, &rules);
	if (memcmp(&rules.flow, f, sizeof *f) != 0) {
		rules.flow = *f;
		state_rules_put(tb->conf.state, f->slot, &rules);
		err = put_flow(tb, f);
	}
	explicit_bzero(&rules, sizeof rules);
	return err;
}

/* ---- Recovery and reconciliation ---- */

/* What one slot of a killed switch says, running again.  False: nothing, or it is not sound.
 */
static bool
recover_slot(struct switch_tables *tb, uint32_t slot)
{
	struct sw_transport_state *st = &tb->shared.state[slot];
	struct state_rules rules;
	bool ok;

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
	     transport_fits(tb, NULL, &rules.transport) == 0 &&
	     transport_first(tb, &rules) == 0;
	/* A sink that is not there (yet) is looked up per packet; only its number must be
	 * sound. */
	for (uint32_t i = 0; i < SW_SINKS; i++)
		ok = ok && rules.flow.sinks <= SW_SINKS &&
		     rules.flow.sink[i].slot < tb->shared.slots;
	if (ok && rules.flow.id == rules.transport.id)
		ok = put_flow(tb, &rules.flow) == 0;
	explicit_bzero(&rules, sizeof rules);
	return ok;
}

unsigned
tables_recover(struct switch_tables *tb)
{
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
}

unsigned
tables_sync_end(struct switch_tables *tb, tables_freed *freed, void *arg)
{
	unsigned dropped = 0;

	for (uint32_t slot = 0; slot < tb->shared.slots; slot++) {
		const struct transport *t = load(tb->shared.slot[slot].transport);

		if ((t == NULL && !tb->owned[slot].stopped) || tb->owned[slot].synced)
			continue;
		tables_transport_del(tb, slot,
			t != NULL ? t->id : load(tb->shared.state[slot].id), NULL, NULL);
		dropped++;
	}
	retire_add(tb->conf.retire, freed, arg); /* after all that leaves by now */
	return dropped;
}

/* ---- What happens by itself ---- */

/* Kinds that anybody can bring about by sending packets: at most one a second and transport.
 */
static bool
is_cheap(uint32_t kind)
{
	return kind == SW_EV_SECOND_SOURCE || kind == SW_EV_SSRC_LIMIT;
}

bool
tables_core_event(struct switch_tables *tb, const struct core_event *ev)
{
	uint64_t now = rte_rdtsc(), *said = &tb->owned[ev->slot].said_tsc[ev->kind];

	if (!transport_is(tb, ev->slot, ev->id))
		return false;
	if (ev->kind == SW_EV_LATCHED)
		refresh_paths_of(tb, ev->slot);
	if (!is_cheap(ev->kind))
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
		replace_transport(tb, old, t);
	}
	explicit_bzero(&rules, sizeof rules);
	return t != NULL;
}

static void
tick_old_keys(struct switch_tables *tb, uint64_t now,
	void (*gone)(void *arg, uint32_t slot, uint64_t id), void *arg)
{
	for (uint32_t slot = 0; tb->old_keys > 0 && slot < tb->shared.slots; slot++) {
		struct transport *t = load(tb->shared.slot[slot].transport);
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
		const struct transport *t = load(tb->shared.slot[slot].transport);

		if (t != NULL && load(t->state->learned_seq) != tb->owned[slot].learned_seq)
			refresh_paths_of(tb, slot);
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
