/* SPDX-License-Identifier: Apache-2.0
 *
 * See mesh_json.h. */
#include "relay/mesh_json.h"

#include <string.h>

#include "relay/figures.h"
#include "relay/mesh_inside.h"
#include "relay/mesh_sums.h"
#include "relay/put.h"

void
mesh_put_sid_text(json_t *o, const char *name, const struct sid *sid)
{
	char text[SID_TEXT];

	sid_print(sid, text);
	put_text(o, name, text);
}

static void
put_if_said(json_t *o, const char *name, const char *text)
{
	if (text[0] != '\0')
		put_text(o, name, text);
}

/* ---- Neighbours ---- */

static void
put_link(json_t *o, const struct mesh *m, const struct mesh_neighbour_row *row)
{
	const struct sw_mesh_link *link = switch_client_mesh_link(m->client, row->slot);
	uint64_t sum[MESH_SUMS] = {0};
	uint32_t rtt_us;

	if (link == NULL || figures_count(&link->id) != row->id)
		return;
	rtt_us = atomic_load_explicit(&link->rtt_us, memory_order_relaxed);
	if (rtt_us != 0)
		put_number(o, "rtt_ms", rtt_us / 1e3, 100);
	mesh_sums_add(sum, link);
	for (unsigned i = 0; i < MESH_SUMS; i++)
		put_count(o, mesh_sum_words[i], sum[i]);
}

static json_t *
peer_row(const struct mesh *m, const struct mesh_neighbour_look *look)
{
	struct sw_addr at = {.family = look->row.at.family, .port = look->row.at.port};
	json_t *o = json_object();

	memcpy(at.ip, look->row.at.ip, sizeof at.ip);
	mesh_put_sid_text(o, "sid", &look->row.sid);
	put_ip(o, "address", &at);
	put_count(o, "port", at.port);
	put_text(o, "state", mesh_neighbour_states[look->state]);
	json_object_set_new(o, "reachable", json_boolean(look->state == MESH_UP));
	put_number(o, "since_s", (double)(mesh_now_ms() - look->since_ms) / 1e3, 10);
	put_link(o, m, &look->row);
	return o;
}

json_t *
mesh_json_peers(const struct mesh *m)
{
	struct mesh_neighbour_look look;
	json_t *rows = json_array();

	for (unsigned slot = 0; mesh_node_neighbour(m->node, &slot, &look);)
		json_array_append_new(rows, peer_row(m, &look));
	return json_pack("{s:o}", "peers", rows);
}

/* ---- Ways ---- */

json_t *
mesh_json_routes(const struct mesh *m)
{
	enum { OF = 15 }; /* datagrams, of which the drop rate counts the lost ones */
	struct mesh_route_look look;
	json_t *rows = json_array();

	for (unsigned at = 0; mesh_node_route(m->node, &at, &look);) {
		json_t *o = json_object();

		mesh_put_sid_text(o, "sid", &look.sid);
		mesh_put_sid_text(o, "next_hop", &look.next_hop);
		put_count(o, "hops", look.hops);
		put_number(o, "loss", 100. * look.drop_rate / OF, 1);
		json_object_set_new(o, "in_call", json_boolean(look.held));
		json_array_append_new(rows, o);
	}
	return json_pack("{s:o}", "routes", rows);
}

/* ---- Identities, and those of others ---- */

json_t *
mesh_json_identity(const struct mesh *m, unsigned n)
{
	const struct mesh_identity *id = mesh_identity(m, n);
	json_t *o = json_object();

	mesh_put_sid_text(o, "sid", &id->sid);
	put_if_said(o, "did", id->did);
	put_if_said(o, "name", id->name);
	json_object_set_new(o, "primary", json_boolean(n == 0));
	return o;
}

json_t *
mesh_json_identities(const struct mesh *m)
{
	json_t *rows = json_array();

	for (unsigned i = 0; i < mesh_identities(m); i++)
		json_array_append_new(rows, mesh_json_identity(m, i));
	return json_pack("{s:o}", "identities", rows);
}

json_t *
mesh_json_found(const struct dna_answer *a)
{
	json_t *o = json_object();

	mesh_put_sid_text(o, "sid", &a->sid);
	put_text(o, "did", a->did);
	put_if_said(o, "name", a->name);
	put_text(o, "uri", a->uri);
	return o;
}

/* ---- Sums ---- */

static void
put_neighbours(json_t *o, const struct mesh *m)
{
	struct mesh_neighbour_look look;
	struct mesh_route_look route;
	unsigned up = 0, routes = 0;

	for (unsigned slot = 0; mesh_node_neighbour(m->node, &slot, &look);)
		up += look.state == MESH_UP;
	for (unsigned at = 0; mesh_node_route(m->node, &at, &route);)
		routes++;
	put_count(o, "neighbours", up);
	put_count(o, "routes", routes);
}

json_t *
mesh_json_sums(const struct mesh *m)
{
	const struct mesh_node_counts *c = mesh_node_counts(m->node);
	uint64_t sum[MESH_SUMS];
	json_t *o = json_object();

	put_neighbours(o, m);
	mesh_sums(m, sum);
	for (unsigned i = 0; i < MESH_SUMS; i++)
		put_count(o, mesh_sum_words[i], sum[i]);
	put_count(o, "punted", c->heard);
	put_count(o, "strangers", c->strangers);
	put_count(o, "strangers_refused", c->strangers_full);
	put_count(o, "moved", c->moved);
	put_count(o, "refused", c->refused);
	put_count(o, "lookups", c->lookups);
	put_count(o, "lookups_found", c->lookups_found);
	put_count(o, "lookups_heard", c->lookups_heard);
	put_count(o, "lookups_answered", c->lookups_answered);
	return o;
}
