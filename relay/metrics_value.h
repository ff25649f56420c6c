/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the values of metrics.h's table come from: each function writes those of one row.
 * Control's one thread. */
#pragma once

#include "relay/metrics.h"

typedef void metric_put(
	struct openmetrics *m, const struct node_view *view, const struct metric *row);

/* The node. */
metric_put metric_build, metric_started, metric_restarts, metric_takeovers, metric_tsc_hz,
	metric_rpc, metric_events, metric_events_dropped;
metric_put metric_flag; /* a bool of struct node_view */

/* Calls. */
metric_put metric_calls, metric_call_limit, metric_refused, metric_ended, metric_setup;
metric_put metric_sum; /* a number of struct calls_sums */

/* What is asked over NG: metrics_ng.c. */
metric_put metric_ng_messages, metric_ng_requests, metric_ng_seconds, metric_ng_waiting,
	metric_ng_dialogs, metric_ng_unknown;

/* The mesh: metrics_mesh.c. */
metric_put metric_mesh_neighbours, metric_mesh_routes, metric_mesh_lookups,
	metric_mesh_unheard;
metric_put metric_mesh_sum; /* an enum mesh_sum */
metric_put
	metric_mesh_both_ways; /* that of what comes, behind which stands that of what goes */
metric_put metric_mesh_count;  /* a number of struct mesh_node_counts */

/* Calls in it: metrics_mesh_calls.c. */
metric_put metric_mesh_calls, metric_mesh_calls_ended;
metric_put metric_mesh_calls_sum; /* a number of struct mesh_calls_sums */

/* What calls sound like. */
metric_put metric_mos, metric_mos_now;
metric_put metric_quality;    /* a number of struct quality_sums */
metric_put metric_quality_ms; /* one that is in milliseconds */

/* Forwarding cores; rows have the label `core` first. */
metric_put metric_drops, metric_stalled, metric_transports;
metric_put metric_core;       /* a counter of struct sw_core */
metric_put metric_core_small; /* a 32-bit number of it */
metric_put metric_stages;     /* counters of it by stage */

/* Transcode cores; likewise. */
metric_put metric_transcoder_drops, metric_promised;
metric_put metric_transcoder;       /* a counter of struct sw_transcoder */
metric_put metric_transcoder_small; /* a 32-bit number of it */
metric_put metric_transcoder_ratio; /* one that is in thousandths */

/* Devices; rows have the label `device` first. */
metric_put metric_device_up, metric_fragments, metric_mbufs;
