/* SPDX-License-Identifier: Apache-2.0
 *
 * The methods that only count: of all calls, the worst of them, and the data plane. */
#include "control/request.h"
#include "relay/calls.h"
#include "relay/fields.h"
#include "relay/fields_call.h"
#include "relay/mesh_calls.h"
#include "relay/mesh_json.h"
#include "relay/methods.h"
#include "relay/methods_inside.h"
#include "relay/node.h"
#include "relay/sampler.h"
#include "relay/stats.h"

static void
method_stats_get(struct rpc_request *req, const json_t *params, void *node)
{
	json_t *sums = stats_sums(node_calls(node), node_client(node));

	if (node_mesh(node) != NULL)
		json_object_set_new(sums, "mesh", mesh_json_sums(node_mesh(node)));
	if (node_mesh_calls(node) != NULL)
		json_object_set_new(
			sums, "mesh_calls", mesh_calls_sums_json(node_mesh_calls(node)));
	rpc_reply(req, sums);
}

static void
method_core_list(struct rpc_request *req, const json_t *params, void *node)
{
	rpc_reply(
		req, stats_cores(node_client(node), node_calls(node), node_core_watch(node)));
}

static void
method_device_list(struct rpc_request *req, const json_t *params, void *node)
{
	rpc_reply(req, stats_devices(node_client(node), node_config(node)));
}

static void
method_drop_list(struct rpc_request *req, const json_t *params, void *node)
{
	rpc_reply(req, stats_drops(node_client(node)));
}

static void
method_call_top(struct rpc_request *req, const json_t *params, void *node)
{
	enum { LIMIT = 20 };
	const json_t *limit = json_object_get(params, "limit");
	const char *by = json_string_value(json_object_get(params, "by"));

	rpc_reply(
		req, stats_top(node_calls(node), node_client(node),
			     by != NULL ? (unsigned)request_word(worst_words, by) : WORST_MOS,
			     limit != NULL ? (unsigned)json_integer_value(limit) : LIMIT));
}

/* ---- What they take, answer and refuse. ---- */

/* clang-format off */
static const struct rpc_field top_params[] = {
	WORD("by", worst_words, "what makes a call bad; otherwise mos.  drops: packets dropped"),
	INT("limit", 1, WORST_CALLS, NULL, "how many at most; otherwise 20"),
	NO_MORE,
};

static const struct rpc_field top_row[] = {
	TEXT("call", 0, 0, "id of the call"),
	WORD("state", fields_call_states, "exported: its media is stopped here"),
	NUMBER("age_s", "s", "since call.create"),
	{.name = "legs", .type = RPC_ARRAY, .element = RPC_STRING, .help = "names of its parties"},
	{.name = "cores", .type = RPC_ARRAY, .element = RPC_INT, .help = "as in call.list"},
	COUNT("rx_packets", "packets", "RTP accepted, all streams together"),
	COUNT("tx_packets", "packets", "RTP sent"),
	COUNT("lost", "packets", "lost on the way to strowger"),
	COUNT("dropped", "packets", "that went no further"),
	MOS("mos", "worst of its streams and reports in the last 5 s; absent: nothing was heard"),
	NUMBER("loss", "%", "likewise"),
	NUMBER("jitter_ms", "ms", "likewise"),
	NUMBER("round_trip_ms", "ms", "of both legs together; absent: not known"),
	COUNT("dropped_lately", "packets", "in the last 5 s"),
	NO_MORE,
};

static const struct rpc_field top_result[] = {
	ARRAY("calls", top_row, "the worst first, as of the last look at each, one in 5 s"),
	TEXT("by", 0, 0, "as asked"),
	NO_MORE,
};

static const struct rpc_field rtp_sums[] = {
	COUNT("packets", "packets", "accepted"),
	COUNT("lost", "packets", "on the way here"),
	COUNT("reordered", "packets", "that came behind a later one"),
	COUNT("duplicates", "packets", "that had come before"),
	COUNT("reports", NULL, "report blocks that parties have sent"),
	COUNT("talk_ms", "ms", "with RTP coming, of all parties together"),
	COUNT("one_way", NULL, "times that a party was missed while the other one spoke"),
	COUNT("decoded", "packets", "of those that were transcoded"),
	COUNT("concealed", "packets", "that were lost, and for which sound was made up in transcoding"),
	COUNT("recovered", "packets", "that were lost, and whose sound the next one had in it"),
	NO_MORE,
};

static const struct rpc_field mos_sums[] = {
	{.name = "bounds", .type = RPC_ARRAY, .element = RPC_NUMBER,
		.help = "the highest MOS that each bucket counts, and none that the one before does"},
	{.name = "running", .type = RPC_ARRAY, .element = RPC_INT,
		.help = "calls that run, by the worst of their streams when they were last looked at"},
	{.name = "ended", .type = RPC_ARRAY, .element = RPC_INT, .help = "calls that have ended, by their mean"},
	MOS("running_mean", "absent: none is known"),
	MOS("ended_mean", "absent: none has ended that was heard"),
	NO_MORE,
};

static const struct rpc_field mesh_sums[] = {
	COUNT("neighbours", NULL, "that hear us, now"),
	COUNT("routes", NULL, "nodes that can be reached, now"),
	COUNT("rx_datagrams", NULL, "from neighbours, since strowger started, as all that follows"),
	COUNT("tx_datagrams", NULL, "to them"),
	COUNT("rx_frames", NULL, "from them, each once"),
	COUNT("tx_frames", NULL, "to them, each once"),
	COUNT("rx_audio", NULL, "of these, sound of calls"),
	COUNT("tx_audio", NULL, "of these, sound of calls"),
	COUNT("forwarded", NULL, "frames for others"),
	COUNT("duplicates", NULL, "frames that came again"),
	COUNT("resent", NULL, "frames that were sent again"),
	COUNT("given_up", NULL, "frames that were never acknowledged"),
	COUNT("elsewhere", NULL, "datagrams in a neighbour's name from other addresses"),
	COUNT("unopened", NULL, "boxes that were not what they should be"),
	COUNT("punted", NULL, "datagrams in which something was for control"),
	COUNT("strangers", NULL, "that were given a link"),
	COUNT("strangers_refused", NULL, "and that were not, for want of room"),
	COUNT("moved", NULL, "neighbours, to another address"),
	COUNT("refused", NULL, "messages that were not secured as they must be"),
	COUNT("lookups", NULL, "of numbers, by us"),
	COUNT("lookups_found", NULL, "answers to them"),
	COUNT("lookups_heard", NULL, "of numbers, by others"),
	COUNT("lookups_answered", NULL, "of them, that were for numbers of ours"),
	NO_MORE,
};

static const struct rpc_field mesh_call_sums[] = {
	COUNT("calls", NULL, "now; those that only hang up are among them"),
	COUNT("dialled", NULL, "parties that were called, since strowger started, as all that follows"),
	COUNT("offered", NULL, "by parties that called"),
	COUNT("refused", NULL, "at once, to parties that would have called: mesh.calls_per_peer, node.call_limit, draining"),
	COUNT("put_off", NULL, "frames of those, left for their next one: 1024 others had just begun"),
	COUNT("answered", NULL, "of both"),
	COUNT("strays", NULL, "frames of calls that nobody here knows"),
	OBJECT("ended", NULL, "by reason, as mesh.call_ended has it; only those that are not 0"),
	NO_MORE,
};

static const struct rpc_field stats_result[] = {
	COUNT("calls", "calls", "now"),
	COUNT("created", "calls", "since strowger started"),
	COUNT("updated", "requests", "that changed a call"),
	COUNT("deleted", "calls", "on request"),
	COUNT("refused", "requests", "to create, update, delete, export or import"),
	COUNT("exported", "calls", "to go on elsewhere"),
	COUNT("imported", "calls", "from elsewhere, or brought back"),
	COUNT("recovered", "calls", "that a predecessor left"),
	COUNT("ended_by_us", "calls", "that could not go on after a restart"),
	COUNT("rx_packets", "packets", "taken from the devices"),
	COUNT("rx_bytes", "bytes", "of whole frames"),
	COUNT("tx_packets", "packets", "given to the devices"),
	COUNT("tx_bytes", "bytes", "of whole frames"),
	COUNT("dropped", "packets", "for whatever reason"),
	OBJECT("rtp", rtp_sums, "from parties, as of the last look at each call, one in 5 s; since strowger started"),
	OBJECT("mos", mos_sums, "what calls sound like"),
	OBJECT("mesh", mesh_sums, "absent: there is none"),
	OBJECT("mesh_calls", mesh_call_sums, "legs of calls that are, or were, in the mesh; likewise"),
	NO_MORE,
};

static const struct rpc_field stage_row[] = {
	TEXT("name", 0, 0, "of the stage, in the order in which a packet meets them"),
	COUNT("packets", "packets", "that entered it"),
	COUNT("cycles", "cycles", "spent in it, of the time stamp counter: those of one visit (of a queue, a ring) in eight, left to chance, times eight"),
	NUMBER("cycles_per_packet", "cycles", "since the data plane's memory was made"),
	NO_MORE,
};

static const struct rpc_field core_row[] = {
	COUNT("core", NULL, "its number"),
	COUNT("cpu", NULL, "that it runs on"),
	BOOL("asleep", "nothing to do, and waiting for packets"),
	BOOL("stalled", "it has taken no turn for a second or more: its calls are silent"),
	COUNT("transports", NULL, "of calls, that are with it"),
	NUMBER("rx_rate", "packets/s", "received in the last second"),
	NUMBER("tx_rate", "packets/s", "sent in the last second"),
	NUMBER("busy", "%", "of the last second, in turns with packets"),
	COUNT("rx_packets", "packets", "received"),
	COUNT("rx_bytes", "bytes", "of whole frames"),
	COUNT("tx_packets", "packets", "sent"),
	COUNT("tx_bytes", "bytes", "of whole frames"),
	COUNT("handed_over", "packets", "given to other cores, or to what carries no media"),
	COUNT("taken_in", "packets", "that others gave to it"),
	COUNT("turns", NULL, "of its loop"),
	COUNT("empty_turns", NULL, "without packets"),
	COUNT("sleeps", NULL, "times that it fell asleep"),
	COUNT("busy_cycles", "cycles", "in turns with packets"),
	COUNT("dropped", "packets", "for whatever reason"),
	OBJECT("drops", NULL, "packets by reason; only those that are not 0"),
	ARRAY("stages", stage_row, "what a packet costs, stage by stage"),
	NO_MORE,
};

static const struct rpc_field core_result[] = {
	ARRAY("cores", core_row, "forwarding cores"),
	NO_MORE,
};

static const struct rpc_field address_row[] = {
	TEXT("interface", 0, 0,
		"of the configuration; an address with several names has a row for each"),
	TEXT("address", 0, 0, "of its media"),
	TEXT("advertised", 0, 0, "what parties are told instead; absent: the address itself"),
	COUNT("first_port", NULL, "of the media range"),
	COUNT("last_port", NULL, "of the media range"),
	NO_MORE,
};

static const struct rpc_field device_row[] = {
	TEXT("name", 0, 0, "the kernel's interface, or the name of the socket"),
	TEXT("kind", 0, 0, "as in the configuration"),
	TEXT("driver", 0, 0, "DPDK's; AF_PACKET: the device's own sockets"),
	TEXT("mac", 0, 0, "its address"),
	COUNT("mtu", "bytes", "of an IP packet"),
	COUNT("queues", NULL, "that forwarding cores poll; cores without one get their packets from others"),
	COUNT("vlan", NULL, "802.1Q tag of its frames; absent: none"),
	TEXT("twin", 0, 0, "the kernel's interface beside it; absent: none"),
	BOOL("up", "the link"),
	COUNT("fragments", "packets", "IP fragments to its addresses, of which none is taken (kind xdp)"),
	COUNT("mbufs", NULL, "packet buffers that it has"),
	COUNT("mbufs_free", NULL, "of them, that are in no use"),
	ARRAY("addresses", address_row, "that media comes to"),
	NO_MORE,
};

static const struct rpc_field device_result[] = {
	ARRAY("devices", device_row, "as the data plane has opened them"),
	NO_MORE,
};

static const struct rpc_field drop_row[] = {
	TEXT("name", 0, 0, "of the reason"),
	COUNT("packets", "packets", "of all cores, of both kinds"),
	TEXT("help", 0, 0, "what it means"),
	NO_MORE,
};

static const struct rpc_field drop_result[] = {
	ARRAY("drops", drop_row, "all reasons, in the order in which they are looked for"),
	NO_MORE,
};

const struct rpc_method methods_stats[] = {
	{
		.name = "call.top",
		.role = RPC_VIEW,
		.summary = "The worst calls.",
		.params = top_params,
		.result = top_result,
		.example = "{\"by\": \"loss\", \"limit\": 1}",
		.answer = "{\"calls\": [{\"call\": \"4e1f\", \"state\": \"running\", \"age_s\": 64.2,"
			" \"legs\": [\"alice\", \"bob\"], \"cores\": [0], \"rx_packets\": 6301, \"tx_packets\": 6301,"
			" \"lost\": 118, \"dropped\": 0, \"mos\": 3.71, \"loss\": 4.8, \"jitter_ms\": 11.25,"
			" \"round_trip_ms\": 84.6, \"dropped_lately\": 0}], \"by\": \"loss\"}",
		.handler = method_call_top,
	},
	{
		.name = "stats.get",
		.role = RPC_VIEW,
		.summary = "Sums over all calls and cores.",
		.result = stats_result,
		.example = "{}",
		.answer = "{\"calls\": 1, \"created\": 1, \"updated\": 0, \"deleted\": 0, \"refused\": 0, \"exported\": 0, \"imported\": 0,"
			" \"recovered\": 0, \"ended_by_us\": 0, \"rx_packets\": 1202, \"rx_bytes\": 267123,"
			" \"tx_packets\": 1200, \"tx_bytes\": 262342, \"dropped\": 2, \"rtp\": {\"packets\": 1200, \"lost\": 3,"
			" \"reordered\": 0, \"duplicates\": 0, \"reports\": 5, \"talk_ms\": 23980, \"one_way\": 0,"
			" \"decoded\": 0, \"concealed\": 0, \"recovered\": 0},"
			" \"mos\": {\"bounds\": [1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5],"
			" \"running\": [0, 0, 0, 0, 0, 0, 0, 1], \"ended\": [0, 0, 0, 0, 0, 0, 0, 0],"
			" \"running_mean\": 4.37}}",
		.handler = method_stats_get,
	},
	{
		.name = "core.list",
		.role = RPC_VIEW,
		.summary = "The forwarding cores, and what a packet costs in each of their stages.",
		.result = core_result,
		.example = "{}",
		.answer = "{\"cores\": [{\"core\": 0, \"cpu\": 1, \"asleep\": false, \"stalled\": false,"
			" \"transports\": 2, \"rx_rate\": 100.0, \"tx_rate\": 100.0, \"busy\": 0.1,"
			" \"rx_packets\": 1202, \"rx_bytes\": 267123, \"tx_packets\": 1200, \"tx_bytes\":"
			" 262342, \"handed_over\": 3, \"taken_in\": 3, \"turns\": 90210, \"empty_turns\":"
			" 89008, \"sleeps\": 610, \"busy_cycles\": 6127740, \"dropped\": 2, \"drops\": {\"auth\": 2}, \"stages\": [{\"name\": \"unseal\", \"packets\": 1202,"
			" \"cycles\": 601000, \"cycles_per_packet\": 500.0}]}]}",
		.handler = method_core_list,
	},
	{
		.name = "device.list",
		.role = RPC_VIEW,
		.summary = "The network devices and their media addresses.",
		.result = device_result,
		.example = "{}",
		.answer = "{\"devices\": [{\"name\": \"eth0\", \"kind\": \"xdp\", \"driver\": \"net_af_xdp\","
			" \"mac\": \"02:00:00:00:00:01\", \"mtu\": 1500, \"queues\": 1, \"up\": true,"
			" \"addresses\": [{\"interface\": \"outside\", \"address\": \"10.0.0.5\","
			" \"advertised\": \"192.0.2.1\", \"first_port\": 30000, \"last_port\": 39999}]}]}",
		.handler = method_device_list,
	},
	{
		.name = "drop.list",
		.role = RPC_VIEW,
		.summary = "Why packets went no further: every reason, how often, and what it means.",
		.result = drop_result,
		.example = "{}",
		.answer = "{\"drops\": [{\"name\": \"auth\", \"packets\": 2, \"help\": \"SRTP authentication"
			" failed.\"}]}",
		.handler = method_drop_list,
	},
	{.name = NULL},
};
/* clang-format on */
