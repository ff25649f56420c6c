/* SPDX-License-Identifier: Apache-2.0
 *
 * What every method takes, answers and refuses: one row each.  The server checks parameters
 * against these tables; rpc.describe and docs/rpc.md are made from them. */
#include "relay/methods.h"

#include "control/log.h"
#include "control/request.h"

/* ---- Errors. ---- */

/* clang-format off */
#define ERROR(name, code, reason, help) \
	static const struct rpc_error error_##name = {code, reason, help, 0}

ERROR(unknown_call, 1, "unknown_call", "There is no call of this id.");
ERROR(call_exists, 2, "call_exists", "There is a call of this id already; call.update changes it.");
static const struct rpc_error error_no_ports = {3, "no_ports",
	"The interface has no media port left; ports rest for 5 s after a call.", 1000};
ERROR(no_interface, 4, "no_interface", "There is no such interface, or it has no address of the family.");
static const struct rpc_error error_switch_down = {5, "switch_down",
	"The data plane is not there; it is being started again.  A request that was with it when it went"
	" has not been done.", 500};
ERROR(refused_by_switch, 6, "refused_by_switch", "The data plane did not take it; nothing has changed.");
ERROR(bad_key, 7, "bad_key", "No such suite, or a key that is not base64 of its key and salt.");
ERROR(draining, 8, "draining", "strowger is ending and takes no new calls.");
ERROR(call_limit, 9, "call_limit", "One more call than the configuration allows.");
ERROR(exported, 10, "exported",
	"The call is exported and stopped here; call.import brings it back, call.delete ends it.");
ERROR(no_place, 11, "no_place",
	"An address or port of the record is not this node's, or is taken; with relocate it gets others.");
ERROR(not_upgraded, 12, "not_upgraded",
	"The program on disk cannot take this one's place, which goes on; the message says why.");
ERROR(internal, -32603, "internal", "Out of memory, or of random numbers.");
ERROR(bad_request, -32602, "bad_value", "The request contradicts itself, or the call as it is.");
/* clang-format on */

static const struct rpc_error *const create_errors[] = {&error_call_exists, &error_no_ports,
	&error_no_interface, &error_switch_down, &error_refused_by_switch, &error_bad_key,
	&error_draining, &error_call_limit, &error_bad_request, &error_internal, NULL};
static const struct rpc_error *const update_errors[] = {&error_unknown_call, &error_no_ports,
	&error_no_interface, &error_switch_down, &error_refused_by_switch, &error_bad_key,
	&error_call_limit, &error_exported, &error_bad_request, &error_internal, NULL};
static const struct rpc_error *const export_errors[] = {&error_unknown_call,
	&error_switch_down, &error_refused_by_switch, &error_call_limit, &error_internal,
	NULL};
static const struct rpc_error *const import_errors[] = {&error_call_exists, &error_no_place,
	&error_no_ports, &error_no_interface, &error_switch_down, &error_refused_by_switch,
	&error_draining, &error_call_limit, &error_bad_request, &error_internal, NULL};
static const struct rpc_error *const upgrade_errors[] = {&error_not_upgraded, NULL};
static const struct rpc_error *const delete_errors[] = {
	&error_unknown_call, &error_switch_down, &error_internal, NULL};
static const struct rpc_error *const get_errors[] = {&error_unknown_call, NULL};

const struct rpc_error *const method_faults[FAULTS] = {
	[FAULT_UNKNOWN_CALL] = &error_unknown_call,
	[FAULT_CALL_EXISTS] = &error_call_exists,
	[FAULT_NO_PORTS] = &error_no_ports,
	[FAULT_NO_INTERFACE] = &error_no_interface,
	[FAULT_SWITCH_DOWN] = &error_switch_down,
	[FAULT_REFUSED] = &error_refused_by_switch,
	[FAULT_BAD_KEY] = &error_bad_key,
	[FAULT_DRAINING] = &error_draining,
	[FAULT_CALL_LIMIT] = &error_call_limit,
	[FAULT_EXPORTED] = &error_exported,
	[FAULT_NOT_UPGRADED] = &error_not_upgraded,
	[FAULT_NO_PLACE] = &error_no_place,
	[FAULT_BAD_REQUEST] = &error_bad_request,
	[FAULT_INTERNAL] = &error_internal,
};

/* ---- Fields.  TEXT, INT, ...: name, then what is particular, then help. ---- */

/* clang-format off */
#define TEXT(n, least, most, h) {.name = n, .type = RPC_STRING, .min = least, .max = most, .help = h}
#define NEED(n, least, most, h) \
	{.name = n, .type = RPC_STRING, .required = true, .min = least, .max = most, .help = h}
#define WORD(n, w, h) {.name = n, .type = RPC_STRING, .words = w, .help = h}
#define INT(n, least, most, u, h) \
	{.name = n, .type = RPC_INT, .min = least, .max = most, .unit = u, .help = h}
#define COUNT(n, u, h) {.name = n, .type = RPC_INT, .unit = u, .help = h}
#define NUMBER(n, u, h) {.name = n, .type = RPC_NUMBER, .unit = u, .help = h}
#define BOOL(n, h) {.name = n, .type = RPC_BOOL, .help = h}
#define OBJECT(n, f, h) {.name = n, .type = RPC_OBJECT, .fields = f, .help = h}
#define ARRAY(n, f, h) {.name = n, .type = RPC_ARRAY, .fields = f, .help = h}
#define NO_MORE {.name = NULL}

const char *const method_suites[] = {"AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32",
	"AES_192_CM_HMAC_SHA1_80", "AES_192_CM_HMAC_SHA1_32", "AES_256_CM_HMAC_SHA1_80",
	"AES_256_CM_HMAC_SHA1_32", "AEAD_AES_128_GCM", "AEAD_AES_256_GCM", "none", NULL};

static const struct rpc_field remote_params[] = {
	{.name = "address", .type = RPC_STRING, .required = true, .min = 2, .max = 45,
		.help = "IPv4 or IPv6; unicast, not link-local"},
	{.name = "port", .type = RPC_INT, .required = true, .min = 1, .max = 65535, .help = "of RTP"},
	INT("rtcp_port", 1, 65535, NULL, "of RTCP; otherwise the port behind, or the same with rtcp_mux"),
	NO_MORE,
};

static const struct rpc_field srtp_params[] = {
	WORD("suite", method_suites, "as in a=crypto (RFC 4568, 6188, 7714); none: plain RTP again"),
	TEXT("key", 1, 64, "base64 of key and salt that this party seals with; absent: not known yet, and "
		"nothing is accepted from it"),
	TEXT("mki", 0, 32, "MKI of that key, in hexadecimal"),
	BOOL("rekey", "strowger makes a new key of its own, too"),
	NO_MORE,
};

static const struct rpc_field stream_params[] = {
	WORD("media", request_media_words, "what it carries; otherwise audio"),
	OBJECT("remote", remote_params, "where the party receives; absent: not known yet"),
	BOOL("rtcp_mux", "RTP and RTCP share a port on both sides (RFC 5761)"),
	WORD("direction", request_direction_words, "what this party does; otherwise sendrecv"),
	WORD("source", request_source_words, "whom strowger listens to; otherwise auto: with SRTP whoever holds "
		"the key, else the signalled address.  latch: the first source within latch_ms"),
	INT("latch_ms", 1, REQUEST_LATCH_MAX, "ms", "how long a latch stays open; otherwise 10000"),
	BOOL("relatch", "forget the source that was learned, and open the latch anew; without it only another"
		" remote address or a change of source to latch does"),
	INT("clock", 1, REQUEST_CLOCK_MAX, "Hz", "of RTP timestamps, for jitter; otherwise 8000 for audio, 90000 "
		"for video"),
	INT("dscp", 0, 63, NULL, "of what strowger sends to the party; otherwise 46 for audio, 34 for video, 0"),
	OBJECT("srtp", srtp_params, "the stream is SRTP on this leg; otherwise it is RTP"),
	NO_MORE,
};

static const char *const families[] = {"ipv4", "ipv6", NULL};

static const struct rpc_field leg_params[] = {
	NEED("name", 1, REQUEST_NAME - 1, "of the party, within the call"),
	TEXT("interface", 1, REQUEST_INTERFACE - 1, "of the configuration; otherwise the first one"),
	WORD("family", families, "of strowger's address; otherwise that of the remote address, or of the "
		"interface's first address"),
	{.name = "streams", .type = RPC_ARRAY, .min = 0, .max = REQUEST_STREAMS, .fields = stream_params,
		.help = "one each m= line; joined with the other leg's by their order"},
	NO_MORE,
};

static const struct rpc_field change_params[] = {
	NEED("call", 1, REQUEST_ID - 1, "id of the call"),
	{.name = "legs", .type = RPC_ARRAY, .required = true, .min = 1, .max = REQUEST_LEGS,
		.fields = leg_params, .help = "its parties"},
	NO_MORE,
};

static const struct rpc_field id_params[] = {
	NEED("call", 1, REQUEST_ID - 1, "id of the call"),
	NO_MORE,
};

static const struct rpc_field import_params[] = {
	NEED("record", 1, 200000, "what call.export has answered, on whichever node"),
	BOOL("relocate", "give the call other addresses and ports, which signalling has to tell its parties;"
		" otherwise it is refused where its own are not free here"),
	NO_MORE,
};

/* ---- Results. ---- */

static const struct rpc_field local_result[] = {
	TEXT("address", 0, 0, "strowger's"),
	COUNT("port", NULL, "of RTP"),
	COUNT("rtcp_port", NULL, "of RTCP"),
	NO_MORE,
};

static const struct rpc_field endpoint_result[] = {
	TEXT("address", 0, 0, "IPv4 or IPv6"),
	COUNT("port", NULL, "UDP"),
	NO_MORE,
};

static const struct rpc_field remote_result[] = {
	TEXT("address", 0, 0, "the party's"),
	COUNT("port", NULL, "of RTP"),
	COUNT("rtcp_port", NULL, "of RTCP"),
	NO_MORE,
};

static const struct rpc_field srtp_result[] = {
	TEXT("suite", 0, 0, "as asked"),
	TEXT("key", 0, 0, "base64 of key and salt that strowger seals with towards this party"),
	NO_MORE,
};

static const struct rpc_field answered_stream[] = {
	TEXT("media", 0, 0, "as asked"),
	OBJECT("local", local_result, "where the party is to send"),
	OBJECT("bound", local_result, "where that arrives; absent: it is the same (no advertised address)"),
	OBJECT("srtp", srtp_result, "absent without SRTP"),
	NO_MORE,
};

static const struct rpc_field answered_leg[] = {
	TEXT("name", 0, 0, "of the party"),
	TEXT("interface", 0, 0, "of the configuration"),
	ARRAY("streams", answered_stream, "in the order of the request"),
	NO_MORE,
};

static const struct rpc_field change_result[] = {
	TEXT("call", 0, 0, "id of the call"),
	ARRAY("legs", answered_leg, "all of the call's"),
	NO_MORE,
};

static const struct rpc_field export_result[] = {
	TEXT("call", 0, 0, "id of the call"),
	TEXT("record", 0, 0, "all that another node needs, in base64; it holds the call's keys"),
	NO_MORE,
};

static const char *const state_words[] = {"running", "exported", NULL};

static const struct rpc_field events_result[] = {
	COUNT("latches", NULL, "sources latched on"),
	COUNT("second_sources", NULL, "reports of somebody else sending to the port; one a second at most"),
	COUNT("rekeys", NULL, "new keys of the party that came into use"),
	COUNT("ssrc_limits", NULL, "reports of an SSRC too many; one a second at most"),
	NO_MORE,
};

static const struct rpc_field seen_stream[] = {
	TEXT("media", 0, 0, "what it carries"),
	TEXT("direction", 0, 0, "what the party does"),
	OBJECT("local", local_result, "strowger's side, as the party knows it"),
	OBJECT("bound", local_result, "where that arrives; absent: it is the same (no advertised address)"),
	OBJECT("remote", remote_result, "as signalled; absent: not known"),
	OBJECT("learned", endpoint_result, "where RTP is sent instead; absent: nothing was learned"),
	OBJECT("learned_rtcp", endpoint_result, "the same of RTCP"),
	TEXT("source", 0, 0, "whom strowger listens to, in words"),
	TEXT("suite", 0, 0, "of SRTP; none: RTP"),
	TEXT("bridge", 0, 0, "what happens to what the party sends, in words"),
	COUNT("dscp", NULL, "of what is sent to the party"),
	COUNT("core", NULL, "number of the forwarding core that it is with"),
	COUNT("rx_packets", "packets", "RTP accepted from the party"),
	COUNT("rx_bytes", "bytes", "of UDP payload"),
	COUNT("tx_packets", "packets", "RTP sent to the party"),
	COUNT("tx_bytes", "bytes", "of UDP payload"),
	COUNT("rx_rtcp", "packets", "RTCP accepted"),
	COUNT("tx_rtcp", "packets", "RTCP sent"),
	COUNT("lost", "packets", "lost between the party and strowger"),
	NUMBER("jitter_ms", "ms", "of what arrives (RFC 3550 6.4.1)"),
	COUNT("last_packet_ms_ago", "ms", "absent: none has come"),
	OBJECT("drops", NULL, "packets by reason (drop.list says what they mean); only those that are not 0"),
	OBJECT("events", events_result, "what the data plane reported"),
	NO_MORE,
};

static const struct rpc_field seen_leg[] = {
	TEXT("name", 0, 0, "of the party"),
	TEXT("interface", 0, 0, "of the configuration"),
	ARRAY("streams", seen_stream, "of the party"),
	NO_MORE,
};

static const struct rpc_field call_result[] = {
	TEXT("call", 0, 0, "id of the call"),
	WORD("state", state_words, "exported: its media is stopped here"),
	NUMBER("age_s", "s", "since call.create"),
	ARRAY("legs", seen_leg, "its parties"),
	NO_MORE,
};

static const struct rpc_field list_params[] = {
	INT("limit", 1, 1000, NULL, "how many at most; otherwise 100"),
	TEXT("after", 1, REQUEST_ID - 1, "those behind this call, which may have ended; otherwise from the first"),
	NO_MORE,
};

static const struct rpc_field list_row[] = {
	TEXT("call", 0, 0, "id of the call"),
	WORD("state", state_words, "exported: its media is stopped here"),
	NUMBER("age_s", "s", "since call.create"),
	{.name = "legs", .type = RPC_ARRAY, .element = RPC_STRING, .help = "names of its parties"},
	{.name = "cores", .type = RPC_ARRAY, .element = RPC_INT,
		.help = "numbers of the forwarding cores that its streams are with; mostly one"},
	COUNT("rx_packets", "packets", "RTP accepted, all streams together"),
	COUNT("tx_packets", "packets", "RTP sent"),
	COUNT("lost", "packets", "lost on the way to strowger"),
	COUNT("dropped", "packets", "that went no further"),
	NO_MORE,
};

static const struct rpc_field list_result[] = {
	ARRAY("calls", list_row, "in an order of their own that does not change"),
	BOOL("more", "there are more behind the last one"),
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
	NO_MORE,
};

static const struct rpc_field stage_row[] = {
	TEXT("name", 0, 0, "of the stage, in the order in which a packet meets them"),
	COUNT("packets", "packets", "that entered it"),
	COUNT("cycles", "cycles", "spent in it, of the time stamp counter"),
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
	TEXT("interface", 0, 0, "of the configuration"),
	TEXT("address", 0, 0, "of its media"),
	TEXT("advertised", 0, 0, "what parties are told instead; absent: the address itself"),
	COUNT("first_port", NULL, "of the media range"),
	COUNT("last_port", NULL, "of the media range"),
	NO_MORE,
};

static const struct rpc_field device_row[] = {
	TEXT("name", 0, 0, "the kernel's interface, or the name of the socket"),
	TEXT("kind", 0, 0, "as in the configuration"),
	TEXT("driver", 0, 0, "DPDK's"),
	TEXT("mac", 0, 0, "its address"),
	COUNT("mtu", "bytes", "of an IP packet"),
	COUNT("queues", NULL, "that forwarding cores poll; cores without one get their packets from others"),
	COUNT("vlan", NULL, "802.1Q tag of its frames; absent: none"),
	TEXT("twin", 0, 0, "the kernel's interface beside it; absent: none"),
	BOOL("up", "the link"),
	COUNT("fragments", "packets", "IP fragments to its addresses, left to the kernel (kind xdp)"),
	ARRAY("addresses", address_row, "that media comes to"),
	NO_MORE,
};

static const struct rpc_field device_result[] = {
	ARRAY("devices", device_row, "as the data plane has opened them"),
	NO_MORE,
};

static const struct rpc_field drop_row[] = {
	TEXT("name", 0, 0, "of the reason"),
	COUNT("packets", "packets", "of all cores"),
	TEXT("help", 0, 0, "what it means"),
	NO_MORE,
};

static const struct rpc_field drop_result[] = {
	ARRAY("drops", drop_row, "all reasons, in the order in which they are looked for"),
	NO_MORE,
};

static const struct rpc_field switch_result[] = {
	BOOL("up", "connected"),
	COUNT("pid", NULL, "of the process"),
	TEXT("engine", 0, 0, "that does SRTP"),
	TEXT("poll", 0, 0, "busy or adaptive"),
	COUNT("transports", NULL, "there is room for"),
	COUNT("cores", NULL, "that forward"),
	COUNT("takeovers", NULL, "times that a successor took the memory over"),
	COUNT("restarts", NULL, "that this process has seen"),
	NUMBER("age_s", "s", "of the process"),
	NO_MORE,
};

static const struct rpc_field info_result[] = {
	TEXT("name", 0, 0, "of the instance"),
	TEXT("version", 0, 0, "of strowger"),
	COUNT("api", NULL, "version of this interface"),
	COUNT("pid", NULL, "of the process"),
	NUMBER("age_s", "s", "of the process"),
	BOOL("draining", "no new calls are taken"),
	COUNT("calls", "calls", "now"),
	COUNT("call_limit", "calls", "of the configuration"),
	TEXT("log_level", 0, 0, "log.set changes it"),
	TEXT("log_identifiers", 0, 0, "log.set changes it"),
	OBJECT("switch", switch_result, "the data plane"),
	NO_MORE,
};

static const struct rpc_field upgrade_result[] = {
	TEXT("from", 0, 0, "version that runs"),
	TEXT("to", 0, 0, "version that it becomes"),
	NO_MORE,
};

static const struct rpc_field stop_params[] = {
	BOOL("drain", "wait until the last call has ended, or node.drain_timeout has passed"),
	BOOL("leave_switch", "the data plane, and with it the calls, goes on for a successor"),
	NO_MORE,
};

static const struct rpc_field stop_result[] = {
	COUNT("calls", "calls", "that run now"),
	NO_MORE,
};

static const struct rpc_field log_params[] = {
	WORD("level", log_levels, "what is graver is logged, too"),
	WORD("identifiers", log_identifiers, "plain: log lines name calls by their id"),
	NO_MORE,
};

static const struct rpc_field log_result[] = {
	TEXT("level", 0, 0, "now"),
	TEXT("identifiers", 0, 0, "now"),
	NO_MORE,
};

/* ---- The methods. ---- */

/* Keys in examples: 30 and 28 bytes that nobody uses. */
#define KEY_30 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd"
#define KEY_28 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw=="

const struct rpc_method relay_methods[] = {
	{
		.name = "call.create",
		.summary = "Set a call up: open ports, make keys, join the legs.  With one leg its ports are"
			" open, and call.update brings the other.",
		.params = change_params,
		.result = change_result,
		.errors = create_errors,
		.example = "{\"call\": \"a84b4c76e66710\", \"legs\": [{\"name\": \"caller\", \"streams\":"
			" [{\"remote\": {\"address\": \"192.0.2.10\", \"port\": 4000}, \"srtp\": {\"suite\":"
			" \"AES_CM_128_HMAC_SHA1_80\", \"key\": \"" KEY_30 "\"}}]}, {\"name\": \"callee\","
			" \"streams\": [{\"remote\": {\"address\": \"192.0.2.20\", \"port\": 5004}}]}]}",
		.answer = "{\"call\": \"a84b4c76e66710\", \"legs\": [{\"name\": \"caller\", \"interface\":"
			" \"outside\", \"streams\": [{\"media\": \"audio\", \"local\": {\"address\":"
			" \"192.0.2.1\", \"port\": 31058, \"rtcp_port\": 31059}, \"srtp\": {\"suite\":"
			" \"AES_CM_128_HMAC_SHA1_80\", \"key\": \"" KEY_30 "\"}}]}, {\"name\": \"callee\","
			" \"interface\": \"outside\", \"streams\": [{\"media\": \"audio\", \"local\":"
			" {\"address\": \"192.0.2.1\", \"port\": 38772, \"rtcp_port\": 38773}}]}]}",
		.handler = method_call_create,
	},
	{
		.name = "call.update",
		.summary = "Change a call: legs are found by name, streams by their order; what is left out"
			" stays.  A name that a one-leg call does not have yet adds the other leg.",
		.params = change_params,
		.result = change_result,
		.errors = update_errors,
		.example = "{\"call\": \"a84b4c76e66710\", \"legs\": [{\"name\": \"callee\", \"streams\":"
			" [{\"direction\": \"inactive\", \"srtp\": {\"suite\": \"AEAD_AES_128_GCM\","
			" \"key\": \"" KEY_28 "\"}}]}]}",
		.answer = "{\"call\": \"a84b4c76e66710\", \"legs\": [{\"name\": \"callee\", \"interface\":"
			" \"outside\", \"streams\": [{\"media\": \"audio\", \"local\": {\"address\":"
			" \"192.0.2.1\", \"port\": 38772, \"rtcp_port\": 38773}, \"srtp\": {\"suite\":"
			" \"AEAD_AES_128_GCM\", \"key\": \"" KEY_28 "\"}}]}]}",
		.handler = method_call_update,
	},
	{
		.name = "call.delete",
		.summary = "End a call.  Answers its last counters, as call.get does.",
		.params = id_params,
		.result = call_result,
		.errors = delete_errors,
		.example = "{\"call\": \"a84b4c76e66710\"}",
		.answer = "{\"call\": \"a84b4c76e66710\", \"state\": \"running\", \"age_s\": 61.2, \"legs\": []}",
		.handler = method_call_delete,
	},
	{
		.name = "call.export",
		.summary = "Stop a call here and answer all that another node needs to go on with it.  It stays,"
			" stopped, with its ports, until call.delete; or until call.import here, for when the"
			" other node has refused it.  A switch that starts afresh, without the shared memory, knows"
			" nothing of it: it ends then.  Asked again the answer is the same, but for ages.  Import a"
			" record once: wherever a call goes on, it goes on under the same keys and packet numbers,"
			" and two that do are an end to their secrecy.",
		.params = id_params,
		.result = export_result,
		.errors = export_errors,
		.example = "{\"call\": \"a84b4c76e66710\"}",
		.answer = "{\"call\": \"a84b4c76e66710\", \"record\": \"U1dDUgEAAAABAQB4\"}",
		.handler = method_call_export,
	},
	{
		.name = "call.import",
		.summary = "Go on with a call that call.export has stopped: keys, packet numbers, learned addresses"
			" and counters are what they were.  A call that has stayed here, exported, goes on from where it"
			" was last, there or here, at the ports that it has kept here; it is refused if it has run in both"
			" places since.  A call that runs here already is answered as it is.",
		.params = import_params,
		.result = change_result,
		.errors = import_errors,
		.example = "{\"record\": \"U1dDUgEAAAABAQB4\", \"relocate\": true}",
		.answer = "{\"call\": \"a84b4c76e66710\", \"legs\": [{\"name\": \"callee\", \"interface\":"
			" \"outside\", \"streams\": [{\"media\": \"audio\", \"local\": {\"address\":"
			" \"192.0.2.1\", \"port\": 38772, \"rtcp_port\": 38773}}]}]}",
		.handler = method_call_import,
	},
	{
		.name = "call.get",
		.summary = "A call with its legs, streams and counters.  Never keys.",
		.params = id_params,
		.result = call_result,
		.errors = get_errors,
		.example = "{\"call\": \"a84b4c76e66710\"}",
		.answer = "{\"call\": \"a84b4c76e66710\", \"state\": \"running\", \"age_s\": 12.04, \"legs\": [{\"name\": \"caller\","
			" \"interface\": \"outside\", \"streams\": [{\"media\": \"audio\", \"direction\":"
			" \"sendrecv\", \"local\": {\"address\": \"192.0.2.1\", \"port\": 31058,"
			" \"rtcp_port\": 31059}, \"remote\": {\"address\": \"192.0.2.10\", \"port\": 4000,"
			" \"rtcp_port\": 4001}, \"source\": \"whoever holds the SRTP key\", \"suite\":"
			" \"AES_CM_128_HMAC_SHA1_80\", \"bridge\": \"SRTP AES_CM_128_HMAC_SHA1_80 ->"
			" re-keyed to AEAD_AES_128_GCM\", \"dscp\": 46, \"core\": 1, \"rx_packets\": 602, \"rx_bytes\":"
			" 109564, \"tx_packets\": 600, \"tx_bytes\": 112800, \"rx_rtcp\": 3, \"tx_rtcp\": 3,"
			" \"lost\": 0, \"jitter_ms\": 0.125, \"last_packet_ms_ago\": 14, \"drops\":"
			" {\"auth\": 2}, \"events\": {\"latches\": 0, \"second_sources\": 0, \"rekeys\": 0,"
			" \"ssrc_limits\": 0}}]}]}",
		.handler = method_call_get,
	},
	{
		.name = "call.list",
		.summary = "Calls, some at a time: ask for those behind the last one of the answer before.",
		.params = list_params,
		.result = list_result,
		.example = "{\"limit\": 1}",
		.answer = "{\"calls\": [{\"call\": \"a84b4c76e66710\", \"state\": \"running\", \"age_s\": 12.04, \"legs\":"
			" [\"caller\", \"callee\"], \"cores\": [1], \"rx_packets\": 1202, \"tx_packets\": 1200,"
			" \"lost\": 0, \"dropped\": 2}], \"more\": true}",
		.handler = method_call_list,
	},
	{
		.name = "stats.get",
		.summary = "Sums over all calls and cores.",
		.result = stats_result,
		.example = "{}",
		.answer = "{\"calls\": 1, \"created\": 1, \"updated\": 0, \"deleted\": 0, \"refused\": 0, \"exported\": 0, \"imported\": 0,"
			" \"recovered\": 0, \"ended_by_us\": 0, \"rx_packets\": 1202, \"rx_bytes\": 267123,"
			" \"tx_packets\": 1200, \"tx_bytes\": 262342, \"dropped\": 2}",
		.handler = method_stats_get,
	},
	{
		.name = "core.list",
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
		.summary = "Why packets went no further: every reason, how often, and what it means.",
		.result = drop_result,
		.example = "{}",
		.answer = "{\"drops\": [{\"name\": \"auth\", \"packets\": 2, \"help\": \"SRTP authentication"
			" failed.\"}]}",
		.handler = method_drop_list,
	},
	{
		.name = "node.info",
		.summary = "Which strowger this is, how it is, and what its data plane is.",
		.result = info_result,
		.example = "{}",
		.answer = "{\"name\": \"default\", \"version\": \"0.1.0\", \"api\": 1, \"pid\": 4711,"
			" \"age_s\": 3600.5, \"draining\": false, \"calls\": 1, \"call_limit\": 10000,"
			" \"log_level\": \"info\", \"log_identifiers\": \"hash\", \"switch\": {\"up\": true,"
			" \"pid\": 4712, \"engine\": \"burst\", \"poll\": \"adaptive\", \"transports\":"
			" 40000, \"cores\": 1, \"takeovers\": 0, \"restarts\": 0, \"age_s\": 3600.3}}",
		.handler = method_node_info,
	},
	{
		.name = "node.upgrade",
		.summary = "Become the program that stands on disk now, in place of the one that runs: packets and"
			" calls go on.  It is asked first whether it can, with the configuration as it is now.  Then"
			" this is answered and connections are closed; new ones wait for the new program.  The"
			" data plane stays what it is.",
		.result = upgrade_result,
		.errors = upgrade_errors,
		.example = "{}",
		.answer = "{\"from\": \"0.1.0\", \"to\": \"0.1.1\"}",
		.handler = method_node_upgrade,
	},
	{
		.name = "node.stop",
		.summary = "End strowger.  Answers before anything ends.",
		.params = stop_params,
		.result = stop_result,
		.example = "{\"drain\": true}",
		.answer = "{\"calls\": 1}",
		.handler = method_node_stop,
	},
	{
		.name = "log.set",
		.summary = "How much is logged, and how calls are named; what is left out stays.",
		.params = log_params,
		.result = log_result,
		.example = "{\"level\": \"debug\"}",
		.answer = "{\"level\": \"debug\", \"identifiers\": \"hash\"}",
		.handler = method_log_set,
	},
};
/* clang-format on */

const size_t relay_methods_n = sizeof relay_methods / sizeof *relay_methods;
