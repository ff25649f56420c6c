/* SPDX-License-Identifier: Apache-2.0
 *
 * What control wants of the mesh, and what it is told of it; of switch_server_inside.h.  Main
 * thread. */
#include <errno.h>

#include "dataplane/mesh_main.h"
#include "dataplane/switch_server_inside.h"

int
switch_server_mesh_node(struct switch_server *s, const struct sw_head *head)
{
	const struct sw_mesh_node_set *m = (const void *)head;

	return tables_mesh_node(s->tables, &m->node);
}

int
switch_server_mesh_neighbour(struct switch_server *s, const struct sw_head *head)
{
	const struct sw_mesh_neighbour_set *m = (const void *)head;

	if (s->mesh == NULL)
		return -ENODEV;
	if (sw_check_mesh_neighbour(&m->neighbour, s->state->head) != 0)
		return -EINVAL;
	return tables_mesh_neighbour(s->tables, &m->neighbour);
}

int
switch_server_mesh_neighbour_del(struct switch_server *s, const struct sw_head *head)
{
	const struct sw_mesh_del *m = (const void *)head;

	tables_mesh_del_neighbour(s->tables, m->slot, m->id);
	return 0;
}

int
switch_server_mesh_peer(struct switch_server *s, const struct sw_head *head)
{
	const struct sw_mesh_peer_set *m = (const void *)head;

	return tables_mesh_peer(s->tables, &m->peer);
}

int
switch_server_mesh_peer_del(struct switch_server *s, const struct sw_head *head)
{
	const struct sw_mesh_del *m = (const void *)head;

	tables_mesh_del_peer(s->tables, m->slot, m->id);
	return 0;
}

int
switch_server_mesh_tell(struct switch_server *s, const struct sw_head *head)
{
	return mesh_main_tell(s->mesh, (const void *)head);
}

int
switch_server_mesh_cast(struct switch_server *s, const struct sw_head *head)
{
	return mesh_main_cast(s->mesh, (const void *)head);
}

int
switch_server_mesh_say(struct switch_server *s, const struct sw_head *head)
{
	return mesh_main_say(s->mesh, (const void *)head);
}

bool
switch_server_mesh_heard(void *server, struct sw_mesh_heard *m)
{
	m->head = (struct sw_head){SW_MAGIC, SW_MESH_HEARD,
		sw_len_of(offsetof(struct sw_mesh_heard, bytes), m->len), 0};
	return switch_server_say(server, &m->head);
}

void
switch_server_mesh(struct switch_server *s, struct mesh_main *mesh)
{
	s->mesh = mesh;
	if (mesh != NULL)
		mesh_main_listen(mesh, switch_server_mesh_heard, s);
}
