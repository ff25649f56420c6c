/* SPDX-License-Identifier: Apache-2.0
 *
 * See metrics_value.h: the mesh.  Nothing is written where there is none. */
#include "dataplane/switch_client.h"
#include "mesh/node.h"
#include "relay/figures.h"
#include "relay/mesh.h"
#include "relay/mesh_sums.h"
#include "relay/metrics_value.h"
#include "relay/node_view.h"

void
metric_mesh_neighbours(
	struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	unsigned count[MESH_DOWN + 1] = {0};
	struct mesh_neighbour_look look;

	if (view->mesh == NULL)
		return;
	for (unsigned at = 0; mesh_node_neighbour(mesh_node_of(view->mesh), &at, &look);)
		count[look.state]++;
	for (unsigned i = 0; mesh_neighbour_states[i] != NULL; i++)
		openmetrics_put(m, &mesh_neighbour_states[i], count[i]);
}

void
metric_mesh_routes(
	struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	struct mesh_route_look look;
	unsigned n = 0;

	if (view->mesh == NULL)
		return;
	for (unsigned at = 0; mesh_node_route(mesh_node_of(view->mesh), &at, &look);)
		n++;
	openmetrics_put(m, NULL, n);
}

void
metric_mesh_sum(struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	uint64_t sum[MESH_SUMS];

	if (view->mesh == NULL)
		return;
	mesh_sums(view->mesh, sum);
	openmetrics_put(m, NULL, (double)sum[row->at]);
}

void
metric_mesh_both_ways(
	struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	static const char *const ways[] = {"received", "sent"};
	uint64_t sum[MESH_SUMS];

	if (view->mesh == NULL)
		return;
	mesh_sums(view->mesh, sum);
	for (unsigned i = 0; i < 2; i++)
		openmetrics_put(m, &ways[i], (double)sum[row->at + i]);
}

void
metric_mesh_count(
	struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	const char *counts;

	if (view->mesh == NULL)
		return;
	counts = (const char *)mesh_node_counts(mesh_node_of(view->mesh));
	openmetrics_put(m, NULL, (double)*(const uint64_t *)(const void *)(counts + row->at));
}

void
metric_mesh_unheard(
	struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	const struct sw_state *st = switch_client_state(view->client);

	if (view->mesh != NULL && st != NULL)
		openmetrics_put(m, NULL, (double)figures_count(&st->mesh_unheard));
}

void
metric_mesh_lookups(
	struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	const struct mesh_node_counts *c;

	if (view->mesh == NULL)
		return;
	c = mesh_node_counts(mesh_node_of(view->mesh));
	openmetrics_put(m, (const char *const[]){"asked"}, (double)c->lookups);
	openmetrics_put(m, (const char *const[]){"found"}, (double)c->lookups_found);
	openmetrics_put(m, (const char *const[]){"heard"}, (double)c->lookups_heard);
	openmetrics_put(m, (const char *const[]){"answered"}, (double)c->lookups_answered);
}
