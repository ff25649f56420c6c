/* SPDX-License-Identifier: Apache-2.0
 *
 * See metrics.h. */
#include "relay/metrics.h"

#include <stdlib.h>

#include "dataplane/switch.h"
#include "relay/calls.h"
#include "relay/look.h"
#include "relay/mesh.h"
#include "relay/mesh_calls.h"
#include "relay/mesh_sums.h"
#include "relay/metrics_value.h"
#include "relay/node_view.h"

#define VIEW(member) offsetof(struct node_view, member)
#define SUM(member) offsetof(struct calls_sums, member)
#define HEARD(member) offsetof(struct quality_sums, member)
#define CORE(member) offsetof(struct sw_core, member)
#define TRANSCODER(member) offsetof(struct sw_transcoder, member)
#define MESH(member) offsetof(struct mesh_node_counts, member)
#define MESH_CALLS(member) offsetof(struct mesh_calls_sums, member)

/* Name, type, unit, labels, help; where values come from. */
#define COUNTER(name, unit, labels, help)                     \
	{                                                     \
		name, OPENMETRICS_COUNTER, unit, labels, help \
	}
#define GAUGE(name, unit, labels, help)                     \
	{                                                   \
		name, OPENMETRICS_GAUGE, unit, labels, help \
	}
#define HISTOGRAM(name, unit, labels, help)                     \
	{                                                       \
		name, OPENMETRICS_HISTOGRAM, unit, labels, help \
	}
#define INFO(name, labels, help)                           \
	{                                                  \
		name, OPENMETRICS_INFO, NULL, labels, help \
	}
#define BY(...)             \
	{                   \
		__VA_ARGS__ \
	}
#define NONE         \
	{            \
		NULL \
	}

/* clang-format off */
const struct metric metrics[] = {
	/* The node. */
	{INFO("strowger_build", BY("version", "api", "abi"),
		"Which strowger this is: its version, that of its RPC, and that of what control and switch speak."),
		metric_build, 0},
	{GAUGE("strowger_start_time_seconds", "seconds", BY("process"),
		"When control and the switch started, in Unix time; what has passed since is their uptime."),
		metric_started, 0},
	{GAUGE("strowger_switch_up", NULL, NONE, "1: the switch is there and answers."),
		metric_flag, VIEW(switch_up)},
	{GAUGE("strowger_draining", NULL, NONE, "1: no new calls are taken."),
		metric_flag, VIEW(draining)},
	{COUNTER("strowger_switch_restarts", NULL, NONE,
		"How often the switch was started anew, since control started."),
		metric_restarts, 0},
	{COUNTER("strowger_switch_takeovers", NULL, NONE,
		"How often a switch went on with the memory of one that had died."),
		metric_takeovers, 0},
	{COUNTER("strowger_rpc_requests", NULL, BY("method", "outcome"),
		"RPC requests answered: ok; refused by the method; invalid: no such method, or parameters that do"
		" not fit; internal: for want of memory."),
		metric_rpc, 0},

	{COUNTER("strowger_events", NULL, NONE, "Things that happened, whether anybody subscribed to them or not."),
		metric_events, 0},
	{COUNTER("strowger_events_dropped", NULL, NONE, "Events that a subscriber was too slow for."),
		metric_events_dropped, 0},

	/* NG. */
	{COUNTER("strowger_ng_messages", NULL, BY("outcome"),
		"NG messages: answered; repeat: a copy, answered as the first one was; malformed: no request, and told so"
		" if it had a cookie; refused_source: of nobody that [ng] allow names; overload: dropped, since too many"
		" were being worked on."),
		metric_ng_messages, 0},
	{COUNTER("strowger_ng_requests", NULL, BY("command", "outcome"),
		"NG requests by command, ok or error; load limit is an error."),
		metric_ng_requests, 0},
	{COUNTER("strowger_ng_request_seconds", "seconds", BY("command"),
		"From the arrival of NG requests to their answers, all together."),
		metric_ng_seconds, 0},
	{GAUGE("strowger_ng_waiting", NULL, NONE, "NG requests that are being worked on."),
		metric_ng_waiting, 0},
	{GAUGE("strowger_ng_dialogs", NULL, NONE,
		"Calls as NG counts them, by call-id; each pair of parties in one is a call of strowger's."),
		metric_ng_dialogs, 0},
	{COUNTER("strowger_ng_unknown_keys", NULL, NONE,
		"Keys and flags of NG requests that strowger does not know, and leaves alone."),
		metric_ng_unknown, 0},

	/* Calls. */
	{GAUGE("strowger_calls", NULL, NONE, "Calls that run now."), metric_calls, 0},
	{GAUGE("strowger_calls_limit", NULL, NONE, "How many may run: [node] call_limit."),
		metric_call_limit, 0},
	{COUNTER("strowger_calls_begun", NULL, NONE, "Calls set up."), metric_sum, SUM(created)},
	{COUNTER("strowger_calls_updated", NULL, NONE, "Requests that changed a call."),
		metric_sum, SUM(updated)},
	{COUNTER("strowger_calls_ended", NULL, BY("reason"),
		"Calls that have ended: deleted on request; timeout: as [timeouts] has it; mesh: a party there has hung up,"
		" or could not be had; lost: they could not go on after a restart."),
		metric_ended, 0},
	{COUNTER("strowger_calls_refused", NULL, BY("reason"),
		"Requests about calls that were refused, by the reason that the error gave."),
		metric_refused, 0},
	{COUNTER("strowger_calls_exported", NULL, NONE, "Calls stopped to go on elsewhere."),
		metric_sum, SUM(exported)},
	{COUNTER("strowger_calls_imported", NULL, NONE, "Calls from elsewhere, or brought back."),
		metric_sum, SUM(imported)},
	{COUNTER("strowger_calls_recovered", NULL, NONE, "Calls that a control before this one had left."),
		metric_sum, SUM(recovered)},
	{HISTOGRAM("strowger_call_setup_seconds", "seconds", NONE,
		"From a call.create taken to the switch's acknowledgement."),
		metric_setup, 0},

	/* What calls sound like, by a look at each every few seconds. */
	{HISTOGRAM("strowger_call_mos", NULL, NONE,
		"Calls that have ended, by what they sounded like: mean opinion from 1 to 4.5, estimated by the E-model."),
		metric_mos, 0},
	{GAUGE("strowger_calls_mos", NULL, BY("mos"),
		"Calls that run, by what they sounded like lately: at most that opinion, and more than the one below."),
		metric_mos_now, 0},
	{COUNTER("strowger_rtp_packets", "packets", NONE, "RTP accepted from parties."),
		metric_quality, HEARD(packets)},
	{COUNTER("strowger_rtp_lost_packets", "packets", NONE, "RTP lost between parties and strowger."),
		metric_quality, HEARD(lost)},
	{COUNTER("strowger_rtp_reordered_packets", "packets", NONE, "RTP that came behind a later packet."),
		metric_quality, HEARD(reordered)},
	{COUNTER("strowger_rtp_repeated_packets", "packets", NONE, "RTP that came again."),
		metric_quality, HEARD(repeats)},
	{COUNTER("strowger_rtcp_reports", NULL, NONE, "Reception reports of parties."),
		metric_quality, HEARD(reports)},
	{COUNTER("strowger_talk_seconds", "seconds", NONE, "How long parties have sent, all together."),
		metric_quality_ms, HEARD(talk_ms)},
	{COUNTER("strowger_calls_one_way", NULL, NONE, "How often one party of a call was missed."),
		metric_quality, HEARD(one_way)},

	/* Forwarding cores. */
	{COUNTER("strowger_received_packets", "packets", BY("core"), "Taken from the devices."),
		metric_core, CORE(rx_packets)},
	{COUNTER("strowger_received_bytes", "bytes", BY("core"), "Taken from the devices, whole frames."),
		metric_core, CORE(rx_bytes)},
	{COUNTER("strowger_sent_packets", "packets", BY("core"), "Given to the devices."),
		metric_core, CORE(tx_packets)},
	{COUNTER("strowger_sent_bytes", "bytes", BY("core"), "Given to the devices, whole frames."),
		metric_core, CORE(tx_bytes)},
	{COUNTER("strowger_dropped_packets", "packets", BY("core", "reason"),
		"That went no further; strowger-ctl drops says what each reason means."),
		metric_drops, 0},
	{COUNTER("strowger_zrtp_packets", "packets", BY("core"), "Of ZRTP, accepted from parties."),
		metric_core, CORE(zrtp)},
	{COUNTER("strowger_pierced_packets", "packets", BY("core"), "Empty datagrams sent to parties, so that what is in"
		" front of strowger lets them in."), metric_core, CORE(pierced)},
	{COUNTER("strowger_handed_over_packets", "packets", BY("core"),
		"Put into the rings to other cores, and to the switch's main thread.  What did not fit was dropped:"
		" reasons ring_full, transcoder_full, punt_full."),
		metric_core, CORE(handed_over)},
	{COUNTER("strowger_taken_in_packets", "packets", BY("core"), "Taken from the rings from others."),
		metric_core, CORE(taken_in)},
	{COUNTER("strowger_stage_packets", "packets", BY("core", "stage"), "That entered a stage."),
		metric_stages, CORE(packets)},
	{COUNTER("strowger_stage_cycles", "cycles", BY("core", "stage"),
		"Spent in a stage, in turns that had packets.  Of one visit (of a queue, a ring) in eight, left to chance, times eight."),
		metric_stages, CORE(cycles)},
	{COUNTER("strowger_core_busy_cycles", "cycles", BY("core"), "Spent in turns that had packets."),
		metric_core, CORE(busy_cycles)},
	{GAUGE("strowger_tsc_hertz", "hertz", NONE, "Such cycles a second: those of the time stamp counter."),
		metric_tsc_hz, 0},
	{COUNTER("strowger_core_turns", NULL, BY("core"), "Turns taken."), metric_core, CORE(turns)},
	{COUNTER("strowger_core_empty_turns", NULL, BY("core"), "Turns that found no packet."),
		metric_core, CORE(empty_turns)},
	{COUNTER("strowger_core_sleeps", NULL, BY("core"), "How often it went to sleep for want of packets."),
		metric_core, CORE(sleeps)},
	{GAUGE("strowger_core_asleep", NULL, BY("core"), "1: it sleeps, until a packet comes."),
		metric_core_small, CORE(asleep)},
	{GAUGE("strowger_core_stalled", NULL, BY("core"),
		"1: it has taken no turn for a second, and its calls are silent."),
		metric_stalled, 0},
	{GAUGE("strowger_core_cpu", NULL, BY("core"), "Number of the CPU that it runs on."),
		metric_core_small, CORE(cpu)},
	{GAUGE("strowger_core_transports", NULL, BY("core"), "Transports of calls that are with it."),
		metric_transports, 0},

	/* Transcode cores. */
	{GAUGE("strowger_transcoder_load_ratio", "ratio", BY("core"), "Of its time, lately."),
		metric_transcoder_ratio, TRANSCODER(load)},
	{GAUGE("strowger_transcoder_accepting", NULL, BY("core"), "1: it has room for another call."),
		metric_transcoder_small, TRANSCODER(accepting)},
	{GAUGE("strowger_transcoder_complexity", NULL, BY("core"),
		"That encoding is held down to for want of time; 10: it is not."),
		metric_transcoder_small, TRANSCODER(complexity)},
	{GAUGE("strowger_transcoder_directions", NULL, BY("core"), "Of calls, that it has had packets of lately."),
		metric_transcoder_small, TRANSCODER(directions)},
	{COUNTER("strowger_transcoder_encoded_packets", "packets", BY("core"), "Encoded."),
		metric_transcoder, TRANSCODER(frames)},
	{COUNTER("strowger_transcoder_crowded_packets", "packets", BY("core"),
		"That came out of order when as many as the switch has places for were waiting, so that nothing was waited"
		" for."),
		metric_transcoder, TRANSCODER(crowded)},
	{GAUGE("strowger_transcoder_promised_ratio", "ratio", BY("core"),
		"Of its time, that its calls would take if all their parties spoke at once, by the cost table; at 2 it takes"
		" no more."),
		metric_promised, 0},
	{COUNTER("strowger_transcoder_taken_in_packets", "packets", BY("core"), "From forwarding cores."),
		metric_transcoder, TRANSCODER(taken_in)},
	{COUNTER("strowger_transcoder_handed_over_packets", "packets", BY("core"), "Back to them."),
		metric_transcoder, TRANSCODER(handed_over)},
	{COUNTER("strowger_transcoder_dropped_packets", "packets", BY("core", "reason"),
		"That went no further; strowger-ctl drops says what each reason means."),
		metric_transcoder_drops, 0},
	{COUNTER("strowger_transcoder_busy_cycles", "cycles", BY("core"), "Spent in turns that had packets."),
		metric_transcoder, TRANSCODER(busy_cycles)},
	{COUNTER("strowger_transcoded_packets", "packets", NONE, "Of parties, that were decoded."),
		metric_quality, HEARD(decoded)},
	{COUNTER("strowger_transcoded_concealed_packets", "packets", NONE,
		"That were lost, and in whose place sound was made up."),
		metric_quality, HEARD(concealed)},
	{COUNTER("strowger_transcoded_recovered_packets", "packets", NONE,
		"That were lost, and whose sound the next one had in it."),
		metric_quality, HEARD(recovered)},
	{COUNTER("strowger_transcoded_looks", NULL, NONE,
		"Looks, one in 5 s, at directions of calls in which something was decoded."),
		metric_quality, HEARD(window_looks)},
	{COUNTER("strowger_transcoded_window_seconds", "seconds", NONE,
		"How long a missing packet was waited for there, summed over these looks."),
		metric_quality_ms, HEARD(window_ms)},

	/* The mesh. */
	{GAUGE("strowger_mesh_neighbours", NULL, BY("state"),
		"Neighbours in the mesh: half_open: that have not said yet that they hear us; up; down: silent, and kept for"
		" their calls."),
		metric_mesh_neighbours, 0},
	{GAUGE("strowger_mesh_routes", NULL, NONE, "Nodes of the mesh that can be reached."),
		metric_mesh_routes, 0},
	{COUNTER("strowger_mesh_datagrams", NULL, BY("way"), "Of the mesh, received from neighbours and sent to them."),
		metric_mesh_both_ways, MESH_RX_DATAGRAMS},
	{COUNTER("strowger_mesh_frames", NULL, BY("way"), "In these, each counted once."),
		metric_mesh_both_ways, MESH_RX_FRAMES},
	{COUNTER("strowger_mesh_sound_frames", NULL, BY("way"), "Of these, sound of calls."),
		metric_mesh_both_ways, MESH_RX_AUDIO},
	{COUNTER("strowger_mesh_forwarded_frames", NULL, NONE, "For others, that went on."),
		metric_mesh_sum, MESH_FORWARDED},
	{COUNTER("strowger_mesh_duplicate_frames", NULL, NONE, "That came again."),
		metric_mesh_sum, MESH_DUPLICATES},
	{COUNTER("strowger_mesh_resent_frames", NULL, NONE, "That were sent again, for want of an acknowledgement."),
		metric_mesh_sum, MESH_RESENT},
	{COUNTER("strowger_mesh_given_up_frames", NULL, NONE, "That were never acknowledged."),
		metric_mesh_sum, MESH_GIVEN_UP},
	{COUNTER("strowger_mesh_unopened_boxes", NULL, NONE, "Sound and frames that were not what they should be."),
		metric_mesh_sum, MESH_UNOPENED},
	{COUNTER("strowger_mesh_punted_datagrams", NULL, NONE, "In which something was for control."),
		metric_mesh_count, MESH(heard)},
	{COUNTER("strowger_mesh_unheard_datagrams", NULL, NONE,
		"Likewise, but control was away, or did not keep up."),
		metric_mesh_unheard, 0},
	{COUNTER("strowger_mesh_strangers", NULL, NONE, "That spoke up, and were given a link."),
		metric_mesh_count, MESH(strangers)},
	{COUNTER("strowger_mesh_strangers_refused", NULL, NONE, "And that were not, for want of room."),
		metric_mesh_count, MESH(strangers_full)},
	{COUNTER("strowger_mesh_lookups", NULL, BY("outcome"),
		"Of telephone numbers: asked by us, and found answers; heard from others, and answered."),
		metric_mesh_lookups, 0},

	{GAUGE("strowger_mesh_calls", NULL, NONE,
		"Legs of calls in the mesh, and those that only hang up."),
		metric_mesh_calls, 0},
	{COUNTER("strowger_mesh_calls_dialled", NULL, NONE, "Parties in the mesh that were called."),
		metric_mesh_calls_sum, MESH_CALLS(dialled)},
	{COUNTER("strowger_mesh_calls_offered", NULL, NONE, "By parties in the mesh."),
		metric_mesh_calls_sum, MESH_CALLS(offered)},
	{COUNTER("strowger_mesh_calls_refused", NULL, NONE,
		"That parties in the mesh would have offered, for want of room."),
		metric_mesh_calls_sum, MESH_CALLS(refused)},
	{COUNTER("strowger_mesh_calls_put_off", NULL, NONE,
		"Frames of parties in the mesh that would have offered one, left for their next: too many had just begun."),
		metric_mesh_calls_sum, MESH_CALLS(put_off)},
	{COUNTER("strowger_mesh_calls_answered", NULL, NONE, "Of both kinds."),
		metric_mesh_calls_sum, MESH_CALLS(answered)},
	{COUNTER("strowger_mesh_calls_ended", NULL, BY("reason"), "Of both kinds; reasons are those of mesh.call_ended."),
		metric_mesh_calls_ended, 0},
	{COUNTER("strowger_mesh_stray_frames", NULL, NONE, "Of calls in the mesh that nobody here knows."),
		metric_mesh_calls_sum, MESH_CALLS(strays)},

	/* Devices. */
	{GAUGE("strowger_device_up", NULL, BY("device"), "1: it has a link."), metric_device_up, 0},
	{GAUGE("strowger_device_mbufs", NULL, BY("device", "state"),
		"Its packet buffers, free and used; counted once a second."),
		metric_mbufs, 0},
	{COUNTER("strowger_device_fragments", NULL, BY("device"),
		"IP fragments to its addresses, of which none is taken (kind xdp)."),
		metric_fragments, 0},
};
/* clang-format on */

const size_t metrics_n = sizeof metrics / sizeof *metrics;

void
metrics_write(const struct node_view *view, enum openmetrics_form form, FILE *to)
{
	struct openmetrics m = {.to = to, .form = form};

	for (size_t i = 0; i < metrics_n; i++) {
		openmetrics_begin(&m, &metrics[i].family);
		metrics[i].put(&m, view, &metrics[i]);
	}
	openmetrics_end(&m);
}

/* ---- docs/metrics.md ---- */

/* clang-format off */
static const char intro[] =
	"# Metrics\n"
	"\n"
	"<!-- Generated from the table of metrics; change that instead. -->\n"
	"\n"
	"With `[http] listen` in the configuration strowger answers `GET /metrics` in OpenMetrics 1.0.0, and in\n"
	"the Prometheus text format 0.0.4 to whoever would rather have that, by its `Accept` header. What a page\n"
	"costs depends on the numbers of cores, devices and reasons, never on calls: those are asked for one at a\n"
	"time by RPC. [packaging/alerts.yml](../packaging/alerts.yml) has alert rules, and\n"
	"[packaging/dashboards](../packaging/dashboards) a dashboard for Grafana.\n"
	"\n"
	"Counters are of 64 bits. Those of cores and devices lie in shared memory, and begin at 0 only when control\n"
	"and switch have both ended; those of calls and requests begin at 0 with control. A sample's name is the\n"
	"family's, with `_total` behind a counter's, `_info` behind an info's, and `_bucket`, `_sum` and `_count`\n"
	"behind a histogram's.\n"
	"\n"
	"| family | type | labels | |\n"
	"|---|---|---|---|\n";
/* clang-format on */

static void
markdown_row(FILE *f, const struct openmetrics_family *family)
{
	fprintf(f, "| `%s` | %s | ", family->name, openmetrics_type_name(family->type));
	for (unsigned i = 0; family->label[i] != NULL; i++)
		fprintf(f, "%s`%s`", i > 0 ? ", " : "", family->label[i]);
	fprintf(f, " | %s |\n", family->help);
}

char *
metrics_markdown(void)
{
	char *page = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&page, &size);

	if (f == NULL)
		return NULL;
	fputs(intro, f);
	for (size_t i = 0; i < metrics_n; i++)
		markdown_row(f, &metrics[i].family);
	if (fclose(f) != 0) {
		free(page);
		return NULL;
	}
	return page;
}
