/* SPDX-License-Identifier: Apache-2.0
 *
 * Flows: to which transports goes what one has received.  Of tables.h.  Main thread. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/compile.h"
#include "dataplane/tables_inside.h"

/* OLD with flow F and BRIDGE; NULL: errno. */
static struct transport *
with_flow(const struct transport *old, const struct sw_flow *f, struct bridge *bridge)
{
	struct transport *t = compile_copy(old, f->sinks);

	if (t == NULL)
		return NULL;
	t->sinks = (uint8_t)f->sinks;
	for (uint32_t i = 0; i < f->sinks; i++)
		t->sink[i] = (struct sink){.id = f->sink[i].id, .slot = f->sink[i].slot};
	t->bridge = bridge;
	t->bridged = bridge != NULL;
	return t;
}

/* The bridge that F and B want in the place of OLD's, whose flow is WAS: that one, with all
 * that its codecs remember, if it is the same.  0 or -errno of tables_bridge_open(). */
static int
choose_bridge(struct switch_tables *tb, const struct transport *old, const struct sw_flow *was,
	const struct sw_flow *f, const struct sw_bridge *b, struct bridge **out)
{
	struct sw_bridge kept;

	*out = NULL;
	if (!f->bridged)
		return 0;
	if (was->bridged) {
		state_bridge_get(tb->conf.state, f->slot, &kept);
		if (memcmp(&kept, b, sizeof kept) == 0) {
			*out = old->bridge;
			return 0;
		}
	}
	return tables_bridge_open(tb, old, b, out);
}

/* RULES: those in force, brought up to date here. */
static int
set_flow(struct switch_tables *tb, struct state_rules *rules, const struct sw_flow *f,
	const struct sw_bridge *b)
{
	struct transport *old = tables_transport_at(tb, f->slot), *t;
	struct bridge *bridge;
	int err = choose_bridge(tb, old, &rules->flow, f, b, &bridge);

	if (err != 0)
		return err;
	if (bridge == old->bridge && memcmp(&rules->flow, f, sizeof *f) == 0)
		return 0;
	if ((t = with_flow(old, f, bridge)) == NULL) {
		if (bridge != old->bridge)
			compile_bridge_free(bridge);
		return -ENOMEM;
	}
	rules->flow = *f;
	if (f->bridged)
		state_rules_put_bridged(tb->conf.state, f->slot, rules, b);
	else
		state_rules_put(tb->conf.state, f->slot, rules);
	tables_replace_transport(tb, old, t);
	return 0;
}

static void
listen_now(struct switch_tables *tb, uint32_t slot)
{
	const struct transport *t = tables_transport_at(tb, slot);

	if (tb->owned[slot].quiet)
		tables_steer_ports(tb, t, port_entry(slot, t->core));
	tb->owned[slot].quiet = false;
}

int
tables_flow_set(struct switch_tables *tb, const struct sw_flow *f, const struct sw_bridge *b)
{
	struct state_rules rules;
	int err;

	if (!tables_transport_is(tb, f->slot, f->id))
		return -ENOENT;
	for (uint32_t i = 0; i < f->sinks; i++)
		if (!tables_transport_is(tb, f->sink[i].slot, f->sink[i].id))
			return -ENOENT;
	state_rules_get(tb->conf.state, f->slot, &rules);
	err = set_flow(tb, &rules, f, b);
	if (err == 0)
		listen_now(tb, f->slot);
	explicit_bzero(&rules, sizeof rules);
	return err;
}

int
tables_flow_recover(struct switch_tables *tb, const struct sw_flow *f)
{
	struct transport *old = tables_transport_at(tb, f->slot), *t;
	struct bridge *bridge = NULL;
	int err = f->bridged ? tables_bridge_recover(tb, old, &bridge) : 0;

	if (err != 0)
		return err;
	if ((t = with_flow(old, f, bridge)) == NULL) {
		compile_bridge_free(bridge);
		return -ENOMEM;
	}
	tables_replace_transport(tb, old, t);
	return 0;
}
