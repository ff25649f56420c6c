/* SPDX-License-Identifier: Apache-2.0
 *
 * Transports leave: deleted, or stopped with their rules and state kept, so that another
 * switch can be told of them.  One that is deleted is withdrawn at once, and has left when a
 * grace period is over.  One that is stopped takes nothing from then on, but what had been
 * taken before, here or by those that stop with it, still leaves: whatever is in a history as
 * received would be refused where the call goes on.  Of tables.h.  Main thread. */
#include <errno.h>
#include <rte_cycles.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/compile.h"
#include "dataplane/history.h"
#include "dataplane/path.h"
#include "dataplane/tables_inside.h"

/* From the last packet that a transport takes until the last has left by it: one for the core
 * that takes it, one for the core that it crosses to. */
enum { HALT_GRACES = 2 };

/* A transport that waits for its grace periods, and who wants to know: that it is free, or
 * what is known of it. */
struct leaving {
	struct switch_tables *tb;
	uint32_t slot;
	uint32_t turn;   /* of the deletion; said twice, the second may come after another
			    owner's */
	unsigned graces; /* that are still to pass */
	void (*over)(const struct leaving *gone);
	tables_freed *freed;
	tables_left *left;
	void *arg;
};

/* ---- Waiting until it has left ---- */

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
transport_left(const struct leaving *gone)
{
	struct switch_tables *tb = gone->tb;
	struct owned *own = &tb->owned[gone->slot];

	if (own->leaving && own->turn == gone->turn) {
		own->leaving = false;
		if (!own->stopped)
			state_transport_clear(tb->conf.state, gone->slot);
	}
	if (gone->freed != NULL)
		gone->freed(gone->arg);
	if (gone->left != NULL)
		tell_history(gone);
}

static void
grace_over(void *arg)
{
	struct leaving *gone = arg;

	if (--gone->graces > 0) {
		retire_add(gone->tb->conf.retire, grace_over, gone);
		return;
	}
	gone->over(gone);
	free(gone);
}

static void
wait_for_graces(
	const struct leaving *who, unsigned graces, void (*over)(const struct leaving *gone))
{
	struct leaving *gone;

	while ((gone = malloc(sizeof *gone)) == NULL)
		retire_run(who->tb->conf.retire); /* gives memory back */
	*gone = *who;
	gone->graces = graces;
	gone->over = over;
	retire_add(who->tb->conf.retire, grace_over, gone);
}

/* Let WHO be called back when the transport that leaves its slot has left. */
static void
wait_until_left(const struct leaving *who)
{
	bool halting = who->tb->owned[who->slot].halting;

	wait_for_graces(who, 1 + (halting ? HALT_GRACES : 0), transport_left);
}

static void
all_left(const struct leaving *gone)
{
	gone->freed(gone->arg);
}

void
tables_when_all_left(struct switch_tables *tb, tables_freed *freed, void *arg)
{
	wait_for_graces(&(struct leaving){.tb = tb, .freed = freed, .arg = arg},
		1 + HALT_GRACES, all_left);
}

/* ---- Withdrawing ---- */

static void
retire_transport(void *transport)
{
	compile_free(transport);
}

/* Transport T takes nothing any more, and for main it is gone. */
static void
take_nothing(struct switch_tables *tb, struct transport *t)
{
	tables_steer_ports(tb, t, 0);
	tables_unwatch(tb, t->slot);
	tables_count_old_key(tb, t, NULL);
	tb->count--;
	tb->owned[t->slot].leaving = true;
	tb->owned[t->slot].turn++;
}

/* Nothing leaves by it any more: it has left when the cores have let go of it. */
static void
send_nothing(struct switch_tables *tb, struct transport *t)
{
	struct path *path[] = {load(t->path), load(t->rtcp_path)};

	tables_feed(tb, t->slot, NULL);
	tables_publish(tb, t->slot, NULL);
	for (unsigned rtcp = 0; rtcp < RTE_DIM(path); rtcp++)
		if (path[rtcp] != NULL)
			retire_add(tb->conf.retire, path_free, path[rtcp]);
	retire_add(tb->conf.retire, retire_transport, t);
}

void
tables_transport_del(
	struct switch_tables *tb, uint32_t slot, uint64_t id, tables_freed *freed, void *arg)
{
	struct transport *t = tables_transport_at(tb, slot);
	struct owned *own = &tb->owned[slot];

	if (t != NULL && t->id == id) {
		state_rules_clear(tb->conf.state, slot);
		own->capture = false;
		own->transcoder = 0;
		take_nothing(tb, t);
		send_nothing(tb, t);
	} else if (own->stopped && load(tb->shared.state[slot].id) == id) {
		state_rules_clear(tb->conf.state, slot);
		own->stopped = own->capture = false;
		own->transcoder = 0;
		if (!own->leaving)
			state_transport_clear(tb->conf.state, slot);
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

void
tables_halt_end(struct switch_tables *tb, uint32_t slot)
{
	if (!tb->owned[slot].halting)
		return;
	tb->owned[slot].halting = false;
	send_nothing(tb, load(tb->shared.slot[slot].transport));
}

/* What was taken has left; unless the transport went on meanwhile. */
static void
halted(const struct leaving *gone)
{
	if (gone->tb->owned[gone->slot].turn == gone->turn)
		tables_halt_end(gone->tb, gone->slot);
}

/* Begin to withdraw transport T, whose rules and state stay, in the memfd, too. */
static void
halt(struct switch_tables *tb, struct transport *t)
{
	struct owned *own = &tb->owned[t->slot];
	struct state_rules rules;

	state_rules_get(tb->conf.state, t->slot, &rules);
	rules.stopped = 1;
	rules.flow = (struct sw_flow){0};
	state_rules_put(tb->conf.state, t->slot, &rules);
	explicit_bzero(&rules, sizeof rules);
	take_nothing(tb, t);
	own->stopped = own->halting = true;
	wait_for_graces(&(struct leaving){.tb = tb, .slot = t->slot, .turn = own->turn},
		HALT_GRACES, halted);
}

int
tables_transport_stop(
	struct switch_tables *tb, uint32_t slot, uint64_t id, tables_left *left, void *arg)
{
	struct transport *t = tables_transport_at(tb, slot);
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
