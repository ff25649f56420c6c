/* SPDX-License-Identifier: Apache-2.0
 *
 * What control wants, one function and one row a command.  A function answers 0
 * (acknowledged), -errno (acknowledged as refused) or LATER: somebody else does.  Of
 * switch_server.h.  Main thread. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/capture.h"
#include "dataplane/log.h"
#include "dataplane/switch_server_inside.h"

enum { LATER = 1 };

/* A command that is acknowledged later, unless control has gone by then. */
struct later {
	struct switch_server *server;
	uint64_t connection;
	struct sw_head head;
};

static struct later *
later_open(struct switch_server *s, const struct sw_head *head)
{
	struct later *l = malloc(sizeof *l);

	if (l != NULL)
		*l = (struct later){s, s->connection, *head};
	return l;
}

static bool
later_is_heard(const struct later *l)
{
	return l->server->connection == l->connection && l->server->fd >= 0;
}

/* Many come at once, as a grace period ends for many: they leave together, with the turn. */
static void
later_done(struct later *l, int error)
{
	if (later_is_heard(l))
		switch_server_acknowledge(l->server, &l->head, error);
	free(l);
}

static int
cmd_transport_set(struct switch_server *s, const struct sw_head *head)
{
	const struct sw_transport_set *m = (const void *)head;
	int err = sw_check_transport(&m->transport, s->state->head);

	return err != 0 ? err : tables_transport_set(s->tables, &m->transport);
}

static void
slots_freed(void *arg)
{
	later_done(arg, 0);
}

static int
cmd_transport_del(struct switch_server *s, const struct sw_head *head)
{
	const struct sw_transport_del *m = (const void *)head;
	struct later *l;

	if (m->slot >= s->state->sizes.transports)
		return -EINVAL;
	if ((l = later_open(s, head)) == NULL)
		return -ENOMEM;
	tables_transport_del(s->tables, m->slot, m->id, slots_freed, l);
	return LATER;
}

static void
transport_stopped(void *arg, const struct sw_history *h)
{
	struct later *l = arg;
	struct sw_history_said said = {
		.head = {SW_MAGIC, SW_HISTORY, sizeof said, l->head.seq}};

	static_assert(
		sizeof said % 8 == 0 && sizeof said <= sizeof((struct message *)0)->bytes,
		"it fits into one message");
	if (h != NULL && later_is_heard(l)) {
		said.history = *h;
		switch_server_put(l->server, &said, sizeof said);
		explicit_bzero(&said, sizeof said);
	}
	later_done(l, h != NULL ? 0 : -ENOENT);
}

static int
cmd_transport_stop(struct switch_server *s, const struct sw_head *head)
{
	const struct sw_transport_del *m = (const void *)head;
	struct later *l;
	int err;

	if (m->slot >= s->state->sizes.transports)
		return -EINVAL;
	if ((l = later_open(s, head)) == NULL)
		return -ENOMEM;
	err = tables_transport_stop(s->tables, m->slot, m->id, transport_stopped, l);
	if (err == 0)
		return LATER;
	free(l);
	return err;
}

static int
cmd_transport_resume(struct switch_server *s, const struct sw_head *head)
{
	const struct sw_transport_resume *m = (const void *)head;
	int err = sw_check_transport(&m->transport, s->state->head);

	for (unsigned i = 0; i < 2 && err == 0; i++) {
		uint16_t family = m->history.learned[i].family;

		if (family != 0 &&
			family != s->state->head->address[m->transport.local].addr.family)
			err = -EINVAL;
	}
	return err != 0 ? err : tables_transport_resume(s->tables, &m->transport, &m->history);
}

static int
cmd_flow_set(struct switch_server *s, const struct sw_head *head)
{
	const struct sw_flow_set *m = (const void *)head;
	const struct sw_bridge *b = m->flow.bridged ? &m->bridge : NULL;
	int err = sw_check_flow(&m->flow, s->state->head);

	if (err == 0 && b != NULL)
		err = sw_check_bridge(b, s->state->head);
	return err != 0 ? err : tables_flow_set(s->tables, &m->flow, b);
}

static int
cmd_sync_begin(struct switch_server *s, const struct sw_head *head)
{
	tables_sync_begin(s->tables);
	return 0;
}

static int
cmd_sync_end(struct switch_server *s, const struct sw_head *head)
{
	struct later *l = later_open(s, head);
	unsigned dropped;

	if (l == NULL)
		return -ENOMEM;
	dropped = tables_sync_end(s->tables, slots_freed, l);
	if (dropped > 0)
		log_info("reconciled: dropped %u transports that control does not know\n",
			dropped);
	return LATER;
}

static int
cmd_log_set(struct switch_server *s, const struct sw_head *head)
{
	s->calls->log_level(s->arg, ((const struct sw_log_set *)(const void *)head)->level);
	return 0;
}

static int
cmd_capture_set(struct switch_server *s, const struct sw_head *head)
{
	const struct sw_capture_set *m = (const void *)head;

	for (uint32_t i = 0; i < m->transports; i++)
		if (m->transport[i].slot >= s->state->sizes.transports)
			return -EINVAL;
	if (s->capture == NULL)
		return -EOPNOTSUPP;
	return capture_set(s->capture, s->tables, m, switch_server_take_fd(s));
}

static int
cmd_capture_end(struct switch_server *s, const struct sw_head *head)
{
	const struct sw_capture_end *m = (const void *)head;

	if (s->capture != NULL)
		capture_end(s->capture, s->tables, m->id);
	return 0;
}

static int
cmd_stop(struct switch_server *s, const struct sw_head *head)
{
	s->calls->stop(s->arg);
	return 0;
}

static int (*const commands[SW_TYPES])(struct switch_server *s, const struct sw_head *head) = {
	[SW_TRANSPORT_SET] = cmd_transport_set,
	[SW_TRANSPORT_DEL] = cmd_transport_del,
	[SW_TRANSPORT_STOP] = cmd_transport_stop,
	[SW_TRANSPORT_RESUME] = cmd_transport_resume,
	[SW_FLOW_SET] = cmd_flow_set,
	[SW_SYNC_BEGIN] = cmd_sync_begin,
	[SW_SYNC_END] = cmd_sync_end,
	[SW_LOG_SET] = cmd_log_set,
	[SW_CAPTURE_SET] = cmd_capture_set,
	[SW_CAPTURE_END] = cmd_capture_end,
	[SW_STOP] = cmd_stop,
	[SW_MESH_NODE_SET] = switch_server_mesh_node,
	[SW_MESH_NEIGHBOUR_SET] = switch_server_mesh_neighbour,
	[SW_MESH_NEIGHBOUR_DEL] = switch_server_mesh_neighbour_del,
	[SW_MESH_PEER_SET] = switch_server_mesh_peer,
	[SW_MESH_PEER_DEL] = switch_server_mesh_peer_del,
	[SW_MESH_TELL] = switch_server_mesh_tell,
	[SW_MESH_CAST] = switch_server_mesh_cast,
	[SW_MESH_SAY] = switch_server_mesh_say,
};

void
switch_server_carry_out(struct switch_server *s, const struct sw_head *head)
{
	int err = -EPROTO;

	if (head->type < SW_TYPES && commands[head->type] != NULL)
		err = commands[head->type](s, head);
	if (err != LATER)
		switch_server_acknowledge(s, head, err);
}
