/* SPDX-License-Identifier: Apache-2.0
 *
 * See metrics_value.h: what is asked over NG.  Nothing is written where NG is not listened
 * for. */
#include <stddef.h>

#include "control/ng.h"
#include "control/ng_server.h"
#include "relay/dialog.h"
#include "relay/metrics_value.h"
#include "relay/ng.h"
#include "relay/node_view.h"

/* Of struct ng_counts. */
static const struct {
	const char *outcome;
	size_t at;
} outcomes[] = {
	{"answered", offsetof(struct ng_counts, answers)},
	{"repeat", offsetof(struct ng_counts, repeats)},
	{"malformed", offsetof(struct ng_counts, malformed)},
	{"refused_source", offsetof(struct ng_counts, refused_source)},
	{"overload", offsetof(struct ng_counts, overload)},
};

void
metric_ng_messages(
	struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	const char *counts = (const char *)view->ng_counts;

	for (size_t i = 0; counts != NULL && i < sizeof outcomes / sizeof *outcomes; i++)
		openmetrics_put(m, &outcomes[i].outcome,
			(double)*(const uint64_t *)(const void *)(counts + outcomes[i].at));
}

void
metric_ng_requests(
	struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	for (unsigned i = NG_UNKNOWN; view->ng != NULL && i < NG_COMMANDS; i++) {
		const struct ng_tally *t = ng_tally(view->ng, (enum ng_command)i);
		const char *word = i == NG_UNKNOWN ? "unknown" : ng_command_words[i];

		openmetrics_put(m, (const char *const[]){word, "ok"},
			(double)(t->requests - t->errors));
		openmetrics_put(m, (const char *const[]){word, "error"}, (double)t->errors);
	}
}

void
metric_ng_seconds(
	struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	for (unsigned i = NG_UNKNOWN + 1; view->ng != NULL && i < NG_COMMANDS; i++) {
		const struct ng_tally *t = ng_tally(view->ng, (enum ng_command)i);

		openmetrics_put(m, &ng_command_words[i], (double)t->us / 1e6);
	}
}

void
metric_ng_waiting(
	struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	if (view->ng_counts != NULL)
		openmetrics_put(m, NULL, (double)view->ng_counts->waiting);
}

void
metric_ng_dialogs(
	struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	if (view->ng != NULL)
		openmetrics_put(m, NULL, (double)dialogs_count(ng_dialogs(view->ng)));
}

void
metric_ng_unknown(
	struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	if (view->ng != NULL)
		openmetrics_put(m, NULL, (double)ng_unknown_keys(view->ng));
}
