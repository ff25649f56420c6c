/* SPDX-License-Identifier: Apache-2.0
 *
 * Flows: to which transports goes what one has received.  Of tables.h.  Main thread. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/compile.h"
#include "dataplane/tables_inside.h"

int
tables_put_flow(struct switch_tables *tb, const struct sw_flow *f)
{
	struct transport *old = load(tb->shared.slot[f->slot].transport);
	struct transport *t = compile_copy(old);

	if (t == NULL)
		return -errno;
	t->sinks = (uint8_t)f->sinks;
	for (uint32_t i = 0; i < f->sinks; i++)
		t->sink[i] = (struct sink){.id = f->sink[i].id, .slot = f->sink[i].slot};
	tables_replace_transport(tb, old, t);
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
