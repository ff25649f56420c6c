/* SPDX-License-Identifier: Apache-2.0
 *
 * What others ask a node for: its parts, how it is, and how much it is to log. */
#include "control/log.h"
#include "relay/keeper.h"
#include "relay/node_inside.h"

struct event_base *
node_base(const struct node *n)
{
	return n->base;
}

const struct config *
node_config(const struct node *n)
{
	return n->config;
}

struct calls *
node_calls(const struct node *n)
{
	return n->calls;
}

struct capture *
node_capture(const struct node *n)
{
	return n->capture;
}

const struct core_watch *
node_core_watch(const struct node *n)
{
	return n->core_watch;
}

struct mesh *
node_mesh(const struct node *n)
{
	return n->mesh;
}

struct mesh_calls *
node_mesh_calls(const struct node *n)
{
	return n->mesh_calls;
}

struct switch_client *
node_client(const struct node *n)
{
	return n->client;
}

struct events *
node_events(const struct node *n)
{
	return n->events;
}

struct reload *
node_reload(const struct node *n)
{
	return n->reload;
}

bool
node_is_ready(const struct node *n)
{
	return n->rpc != NULL;
}

bool
node_starts_switch(const struct node *n)
{
	return n->conf.launcher != NULL;
}

bool
node_switch_is_up(const struct node *n)
{
	return keeper_is_up(n->keeper);
}

int64_t
node_started_us(const struct node *n)
{
	return n->started_us;
}

unsigned
node_switch_restarts(const struct node *n)
{
	return keeper_restarts(n->keeper);
}

void
node_set_log_level(struct node *n, unsigned level)
{
	n->log_level = level;
	log_set_level((enum log_level)level);
	if (keeper_is_up(n->keeper))
		switch_client_log_set(n->client, level, NULL, NULL);
}
