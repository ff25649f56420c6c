/* SPDX-License-Identifier: Apache-2.0
 *
 * Between mesh/node.h, which knows no switch, and the switch; see mesh_inside.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "control/events.h"
#include "control/log.h"
#include "dataplane/secret.h"
#include "relay/config_listen.h"
#include "relay/config_mesh.h"
#include "relay/event_kinds.h"
#include "relay/figures.h"
#include "relay/mesh_inside.h"
#include "relay/tsc.h"

static struct sw_addr
addr_of(const struct mesh_at *at)
{
	struct sw_addr a = {.family = at->family, .port = at->port};

	memcpy(a.ip, at->ip, sizeof a.ip);
	return a;
}

static struct mesh_at
at_of(const struct sw_addr *a)
{
	struct mesh_at at = {.family = a->family, .port = a->port};

	memcpy(at.ip, a->ip, sizeof at.ip);
	return at;
}

/* ---- Frames and datagrams ---- */

static int
tell(void *arg, unsigned slot, uint64_t id, const uint8_t *p, unsigned head_len, unsigned len)
{
	struct mesh *m = arg;
	const struct switch_client_frame f = {p, head_len, p + head_len, len};

	return switch_client_mesh_tell(m->client, slot, id, &f, NULL, NULL);
}

static int
cast(void *arg, const struct mesh_at *to, const uint8_t *p, unsigned len)
{
	struct mesh *m = arg;
	struct sw_addr a = {.family = config_mesh_address(m->conf)->family};

	if (to != NULL)
		a = addr_of(to);
	else
		memset(a.ip, 0xff, a.family == AF_INET ? 4 : sizeof a.ip);
	return switch_client_mesh_cast(m->client, &a, p, len, NULL, NULL);
}

/* ---- Rows ---- */

void
mesh_switch_node(struct mesh *m)
{
	struct sw_mesh_node node = {
		.identities = (uint16_t)m->ids->n, .forward = m->conf->mesh_forward};

	for (unsigned i = 0; i < m->ids->n; i++)
		memcpy(node.sid[i], m->ids->id[i].sid.b, SW_SID);
	switch_client_mesh_node(m->client, &node, NULL, NULL);
}

static void
neighbour_set(void *arg, const struct mesh_neighbour_row *row)
{
	struct mesh *m = arg;
	struct sw_mesh_neighbour n = {.id = row->id,
		.slot = row->slot,
		.interface = row->interface,
		.addr = addr_of(&row->at)};

	memcpy(n.sid, row->sid.b, sizeof n.sid);
	switch_client_mesh_neighbour(m->client, &n, NULL, NULL);
}

static void
neighbour_del(void *arg, unsigned slot, uint64_t id)
{
	struct mesh *m = arg;
	const struct sw_mesh_link *link = switch_client_mesh_link(m->client, slot);

	if (link != NULL && figures_count(&link->id) == id)
		mesh_sums_add(m->gone, link);
	switch_client_mesh_neighbour_del(m->client, slot, id, NULL, NULL);
}

static void
peer_answered(void *arg, int error)
{
	struct mesh_saying *s = arg;
	struct mesh *m = s->mesh;

	if (error == -EEXIST)
		mesh_node_peer_refused(m->node, (unsigned)(s - m->saying), s->id);
	else if (error != 0 && error != -EPIPE)
		log_warn("the switch does not take a node of the mesh: %s", strerror(-error));
}

static void
peer_set(void *arg, const struct mesh_peer_row *row)
{
	struct mesh *m = arg;
	struct mesh_saying *s = &m->saying[row->slot];
	struct sw_mesh_peer p = {.id = row->id,
		.slot = row->slot,
		.identity = row->identity,
		.neighbour = row->neighbour};

	*s = (struct mesh_saying){m, row->id};
	memcpy(p.sid, row->sid.b, sizeof p.sid);
	if (row->key != NULL)
		memcpy(p.key, row->key, sizeof p.key);
	switch_client_mesh_peer(m->client, &p, peer_answered, s);
	explicit_bzero(&p, sizeof p);
}

static void
peer_del(void *arg, unsigned slot, uint64_t id)
{
	struct mesh *m = arg;

	switch_client_mesh_peer_del(m->client, slot, id, NULL, NULL);
}

/* ---- Looking ---- */

/* How long ago it was SEEN, in ms; -1: never. */
static int64_t
age_ms(const struct mesh *m, const _Atomic uint64_t *seen)
{
	const struct sw_state *st = switch_client_state(m->client);
	uint64_t at = figures_count(seen), now = tsc_now();

	if (at == 0 || st->tsc_hz == 0)
		return -1;
	return now > at ? (int64_t)((double)(now - at) * 1e3 / (double)st->tsc_hz) : 0;
}

static bool
look(void *arg, unsigned slot, uint64_t id, struct mesh_link_look *look)
{
	const struct mesh *m = arg;
	const struct sw_mesh_link *link = switch_client_mesh_link(m->client, slot);

	if (link == NULL || figures_count(&link->id) != id)
		return false;
	look->heard_ms = age_ms(m, &link->last_heard);
	look->hears_us_ms = age_ms(m, &link->heard_us);
	return true;
}

void
mesh_switch_adopt(struct mesh *m)
{
	for (unsigned slot = 0; slot < SW_MESH_NEIGHBOURS; slot++) {
		const struct sw_mesh_link *link = switch_client_mesh_link(m->client, slot);
		struct mesh_neighbour_row row = {.slot = (uint16_t)slot};

		if (link == NULL || (row.id = figures_count(&link->id)) == 0)
			continue;
		row.interface = link->interface;
		row.at = at_of(&link->addr);
		memcpy(row.sid.b, link->sid, sizeof row.sid.b);
		mesh_node_adopt(m->node, &row, mesh_now_ms());
	}
}

/* ---- What happens ---- */

static void
vomp(void *arg, const struct mesh_message *msg)
{
	struct mesh *m = arg;

	if (m->vomp != NULL)
		m->vomp(m->vomp_arg, msg);
}

static void
event(void *arg, enum mesh_node_event what, const struct sid *sid, const struct mesh_at *at)
{
	static const struct {
		enum event_number number;
		const char *log;
	} rows[] = {
		[MESH_PEER_UP] = {EVENT_MESH_PEER_UP, "is a neighbour"},
		[MESH_PEER_DOWN] = {EVENT_MESH_PEER_DOWN, "is silent"},
		[MESH_PEER_MOVED] = {EVENT_MESH_PEER_MOVED, "has moved"},
	};
	const struct mesh *m = arg;
	struct sw_addr a = addr_of(at);
	char text[SID_TEXT], ip[INET6_ADDRSTRLEN] = "", where[CONFIG_LISTEN_TEXT];

	sid_print(sid, text);
	inet_ntop(a.family, a.ip, ip, sizeof ip);
	config_listen_text(&a, where);
	log_info("in the mesh %.16s %s: %s", text, rows[what].log, where);
	events_emit(m->events, &event_kinds[rows[what].number],
		json_pack("{s:s, s:s, s:i}", "sid", text, "address", ip, "port", (int)a.port));
}

const struct mesh_node_calls mesh_switch_calls = {.tell = tell,
	.cast = cast,
	.neighbour_set = neighbour_set,
	.neighbour_del = neighbour_del,
	.peer_set = peer_set,
	.peer_del = peer_del,
	.look = look,
	.vomp = vomp,
	.event = event,
	.secret_alloc = secret_alloc,
	.secret_free = secret_free};
