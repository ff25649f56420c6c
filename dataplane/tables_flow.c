/* SPDX-License-Identifier: Apache-2.0
 *
 * Flows: to which transports goes what one has received.  Of tables.h.  Main thread. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/tables_inside.h"

int
tables_put_flow(struct switch_tables *tb, const struct sw_flow *f)
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

	if (!tables_transport_is(tb, f->slot, f->id))
		return -ENOENT;
	for (uint32_t i = 0; i < f->sinks; i++)
		if (!tables_transport_is(tb, f->sink[i].slot, f->sink[i].id))
			return -ENOENT;
	state_rules_get(tb->conf.state, f->slot, &rules);
	if (memcmp(&rules.flow, f, sizeof *f) != 0) {
		rules.flow = *f;
		state_rules_put(tb->conf.state, f->slot, &rules);
		err = tables_put_flow(tb, f);
	}
	explicit_bzero(&rules, sizeof rules);
	return err;
}
