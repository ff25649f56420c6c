/* SPDX-License-Identifier: Apache-2.0
 *
 * The commands of the mesh, each made of its arguments; of switch_client.h.  Control's one
 * thread. */
#include <errno.h>
#include <string.h>

#include "dataplane/switch_client_inside.h"

int
switch_client_mesh_node(
	struct switch_client *c, const struct sw_mesh_node *n, switch_done *done, void *arg)
{
	struct sw_mesh_node_set msg = {.node = *n};

	return switch_client_command(c, SW_MESH_NODE_SET, &msg, sizeof msg, done, arg);
}

int
switch_client_mesh_neighbour(struct switch_client *c, const struct sw_mesh_neighbour *n,
	switch_done *done, void *arg)
{
	struct sw_mesh_neighbour_set msg = {.neighbour = *n};

	return switch_client_command(c, SW_MESH_NEIGHBOUR_SET, &msg, sizeof msg, done, arg);
}

int
switch_client_mesh_peer(
	struct switch_client *c, const struct sw_mesh_peer *p, switch_done *done, void *arg)
{
	struct sw_mesh_peer_set msg = {.peer = *p};
	int error = switch_client_command(c, SW_MESH_PEER_SET, &msg, sizeof msg, done, arg);

	explicit_bzero(&msg, sizeof msg);
	return error;
}

static int
del(struct switch_client *c, enum sw_type type, uint32_t slot, uint64_t id, switch_done *done,
	void *arg)
{
	struct sw_mesh_del msg = {.slot = slot, .id = id};

	return switch_client_command(c, type, &msg, sizeof msg, done, arg);
}

int
switch_client_mesh_neighbour_del(
	struct switch_client *c, uint32_t slot, uint64_t id, switch_done *done, void *arg)
{
	return del(c, SW_MESH_NEIGHBOUR_DEL, slot, id, done, arg);
}

int
switch_client_mesh_peer_del(
	struct switch_client *c, uint32_t slot, uint64_t id, switch_done *done, void *arg)
{
	return del(c, SW_MESH_PEER_DEL, slot, id, done, arg);
}

/* ---- Bytes that are sent: the message ends behind them ---- */

int
switch_client_mesh_tell(struct switch_client *c, uint32_t slot, uint64_t id,
	const struct switch_client_frame *f, switch_done *done, void *arg)
{
	struct sw_mesh_tell msg = {.slot = (uint16_t)slot,
		.id = id,
		.head_len = (uint16_t)f->head_len,
		.len = (uint16_t)f->len};
	size_t n = (size_t)f->head_len + f->len;

	if (n >= sizeof msg.bytes)
		return -EMSGSIZE;
	memcpy(msg.bytes, f->head, f->head_len);
	if (f->len > 0)
		memcpy(msg.bytes + f->head_len, f->payload, f->len);
	return switch_client_command(c, SW_MESH_TELL, &msg,
		sw_len_of(offsetof(struct sw_mesh_tell, bytes), n), done, arg);
}

int
switch_client_mesh_cast(struct switch_client *c, const struct sw_addr *to, const void *bytes,
	unsigned len, switch_done *done, void *arg)
{
	struct sw_mesh_cast msg = {.to = *to, .len = (uint16_t)len};

	if (len > sizeof msg.bytes)
		return -EMSGSIZE;
	memcpy(msg.bytes, bytes, len);
	return switch_client_command(c, SW_MESH_CAST, &msg,
		sw_len_of(offsetof(struct sw_mesh_cast, bytes), len), done, arg);
}

int
switch_client_mesh_say(struct switch_client *c, uint32_t slot, uint64_t id, uint8_t codec,
	const void *bytes, unsigned len, switch_done *done, void *arg)
{
	struct sw_mesh_say msg = {
		.slot = slot, .id = id, .codec = codec, .len = (uint16_t)len};

	if (len > SW_MESH_SAY_MAX)
		return -EMSGSIZE;
	memcpy(msg.bytes, bytes, len);
	return switch_client_command(c, SW_MESH_SAY, &msg,
		sw_len_of(offsetof(struct sw_mesh_say, bytes), len), done, arg);
}
