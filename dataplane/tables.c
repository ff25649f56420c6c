/* SPDX-License-Identifier: Apache-2.0
 *
 * Main's side of the tables: opening, closing, looking.  See tables.h and tables_inside.h. */
#include "dataplane/tables.h"

#include <rte_common.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/compile.h"
#include "dataplane/path.h"
#include "dataplane/tables_mesh_inside.h"

enum {
	PORTS = 65536,
};

struct switch_tables *
tables_open(const struct tables_conf *conf)
{
	const struct sw_state *head = conf->state->head;
	uint32_t slots = conf->state->sizes.transports;
	struct switch_tables *tb = calloc(1, sizeof *tb);

	if (tb == NULL)
		return NULL;
	tb->conf = *conf;
	TAILQ_INIT(&tb->pierce);
	tb->shared.slots = slots;
	tb->shared.state = conf->state->transport;
	tb->shared.cores = head->cores;
	tb->shared.locals = RTE_MIN(head->addresses, (uint32_t)SW_ADDRESSES);
	if ((tb->owned = calloc(slots, sizeof *tb->owned)) == NULL)
		goto no_memory;
	if ((tb->shared.slot = calloc(slots, sizeof *tb->shared.slot)) == NULL)
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
	if (conf->mesh.family != 0) {
		if ((tb->mesh = tables_mesh_open(tb)) == NULL)
			goto no_memory;
		tb->shared.mesh = &tb->mesh->shared;
	}
	return tb;

no_memory:
	tables_close(tb);
	return NULL;
}

void
tables_close(struct switch_tables *tb)
{
	if (tb == NULL)
		return;
	for (uint32_t i = 0; tb->shared.slot != NULL && i < tb->shared.slots; i++) {
		struct transport *t = load(tb->shared.slot[i].transport);

		tables_unwatch(tb, i);
		if (t == NULL)
			continue;
		path_free(load(t->path));
		path_free(load(t->rtcp_path));
		compile_free(t);
	}
	tables_mesh_close(tb);
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

struct transport *
tables_transport_at(const struct switch_tables *tb, uint32_t slot)
{
	if (slot >= tb->shared.slots || tb->owned[slot].halting)
		return NULL;
	return load(tb->shared.slot[slot].transport);
}

bool
tables_transport_is(const struct switch_tables *tb, uint32_t slot, uint64_t id)
{
	const struct transport *t = tables_transport_at(tb, slot);

	return t != NULL && t->id == id;
}
