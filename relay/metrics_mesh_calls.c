/* SPDX-License-Identifier: Apache-2.0
 *
 * See metrics_value.h: calls of VoMP.  Nothing is written where there is no mesh. */
#include "relay/mesh_calls.h"
#include "relay/metrics_value.h"
#include "relay/node_view.h"

void
metric_mesh_calls(
	struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	if (view->mesh_calls != NULL)
		openmetrics_put(m, NULL, mesh_calls_count(view->mesh_calls));
}

/* A member of struct mesh_calls_sums. */
void
metric_mesh_calls_sum(
	struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	const char *sums;

	if (view->mesh_calls == NULL)
		return;
	sums = (const char *)mesh_calls_sums(view->mesh_calls);
	openmetrics_put(m, NULL, (double)*(const uint64_t *)(const void *)(sums + row->at));
}

void
metric_mesh_calls_ended(
	struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	for (unsigned i = VOMP_HUNG_UP; view->mesh_calls != NULL && i < MESH_ENDS; i++) {
		const char *reason = mesh_end_word(i);

		openmetrics_put(
			m, &reason, (double)mesh_calls_sums(view->mesh_calls)->ended[i]);
	}
}
