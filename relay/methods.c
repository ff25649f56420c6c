/* SPDX-License-Identifier: Apache-2.0
 *
 * What every method takes, answers and refuses: one row each.  The server checks parameters
 * against these tables; rpc.describe and docs/rpc.md are made from them. */
#include "relay/methods.h"

#include "control/log_trace.h"
#include "control/request.h"
#include "relay/capture.h"
#include "relay/changes.h"
#include "relay/sampler.h"
#include "relay/stats.h"

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
static const struct rpc_error error_draining = {8, "draining",
	"This node takes no new calls, for node.drain says so, or it is ending; another one may.", 5000};
ERROR(call_limit, 9, "call_limit", "One more call than the configuration allows.");
ERROR(exported, 10, "exported",
	"The call is exported and stopped here; call.import brings it back, call.delete ends it.");
ERROR(no_place, 11, "no_place",
	"An address or port of the record is not this node's, or is taken; with relocate it gets others.");
ERROR(not_upgraded, 12, "not_upgraded",
	"The program on disk cannot take this one's place, which goes on; the message says why.");
ERROR(bad_config, 13, "bad_config",
	"The configuration file is wrong, and nothing has changed; the message names its line.");
ERROR(e2e, 14, "end_to_end",
	"The call is end to end, and this would take more than relaying its datagrams; nothing has changed.");
static const struct rpc_error error_busy = {15, "busy",
	"Sixteen requests for many calls are being done; the next one is taken when one is answered.", 50};
ERROR(too_many, 16, "too_many", "There may be only some of these at one time; the message says how to end one.");
ERROR(unknown_capture, 17, "unknown_capture", "There is no capture of this number under way.");
ERROR(internal, -32603, "internal", "Out of memory, or of random numbers.");
ERROR(bad_request, -32602, "bad_value", "The request contradicts itself, or the call as it is.");
/* clang-format on */

static const struct rpc_error *const create_errors[] = {&error_call_exists, &error_no_ports,
	&error_no_interface, &error_switch_down, &error_refused_by_switch, &error_bad_key,
	&error_draining, &error_call_limit, &error_e2e, &error_bad_request, &error_internal,
	NULL};
static const struct rpc_error *const update_errors[] = {&error_unknown_call, &error_no_ports,
	&error_no_interface, &error_switch_down, &error_refused_by_switch, &error_bad_key,
	&error_call_limit, &error_exported, &error_e2e, &error_bad_request, &error_internal,
	NULL};
static const struct rpc_error *const export_errors[] = {&error_unknown_call,
	&error_switch_down, &error_refused_by_switch, &error_call_limit, &error_internal,
	NULL};
static const struct rpc_error *const import_errors[] = {&error_call_exists, &error_no_place,
	&error_no_ports, &error_no_interface, &error_switch_down, &error_refused_by_switch,
	&error_draining, &error_call_limit, &error_bad_request, &error_internal, NULL};
static const struct rpc_error *const upgrade_errors[] = {&error_not_upgraded, NULL};
static const struct rpc_error *const delete_errors[] = {
	&error_unknown_call, &error_switch_down, &error_internal, NULL};
static const struct rpc_error *const telemetry_errors[] = {
	&error_switch_down, &error_bad_request, NULL};
static const struct rpc_error *const reload_errors[] = {&error_bad_config, NULL};
static const struct rpc_error *const create_many_errors[] = {
	&error_busy, &error_internal, NULL};
static const struct rpc_error *const delete_many_errors[] = {
	&error_busy, &error_bad_request, &error_internal, NULL};
static const struct rpc_error *const watch_errors[] = {&error_bad_request, NULL};
static const struct rpc_error *const drain_errors[] = {&error_draining, NULL};
static const struct rpc_error *const trace_errors[] = {&error_too_many, &error_internal, NULL};
static const struct rpc_error *const capture_errors[] = {&error_unknown_call, &error_too_many,
	&error_switch_down, &error_refused_by_switch, &error_bad_request, &error_internal,
	NULL};
static const struct rpc_error *const capture_stop_errors[] = {
	&error_unknown_capture, &error_switch_down, NULL};
static const struct rpc_error *const subscribe_errors[] = {
	&method_unknown_event, &error_internal, NULL};
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
	[FAULT_BUSY] = &error_busy,
	[FAULT_TOO_MANY] = &error_too_many,
	[FAULT_UNKNOWN_CAPTURE] = &error_unknown_capture,
	[FAULT_CALL_LIMIT] = &error_call_limit,
	[FAULT_EXPORTED] = &error_exported,
	[FAULT_NOT_UPGRADED] = &error_not_upgraded,
	[FAULT_NO_PLACE] = &error_no_place,
	[FAULT_BAD_CONFIG] = &error_bad_config,
	[FAULT_E2E] = &error_e2e,
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
#define MOS(n, h) NUMBER(n, "1 to 4.5", h)
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
	TEXT("codec", 1, REQUEST_CODEC - 1, "of what the party says, as in SDP, for its MOS: PCMU, PCMA, G729, G723,"
		" GSM-EFR or AMR; any other name, or none, is taken for G.711"),
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

static const struct rpc_field timeouts_params[] = {
	INT("setup_ms", 0, TIMEOUT_MAX_MS, "ms", "for the second leg, a remote address, and media of each leg"
		" that is to send"),
	INT("media_ms", 0, TIMEOUT_MAX_MS, "ms", "of silence of a leg that has been heard and is not on hold"),
	INT("total_ms", 0, TIMEOUT_MAX_MS, "ms", "that the call may last"),
	NO_MORE,
};

static const struct rpc_field change_params[] = {
	NEED("call", 1, REQUEST_ID - 1, "id of the call"),
	WORD("e2e", request_e2e_words, "the parties have keys of their own, which nobody here knows: relay what they"
		" send bit by bit, or refuse.  For call.create alone, and for as long as the call lasts"),
	OBJECT("timeouts", timeouts_params, "other than the configuration's, 1000 at least; 0: none"),
	{.name = "legs", .type = RPC_ARRAY, .required = true, .min = 1, .max = REQUEST_LEGS,
		.fields = leg_params, .help = "its parties"},
	NO_MORE,
};

static const struct rpc_field id_params[] = {
	NEED("call", 1, REQUEST_ID - 1, "id of the call"),
	NO_MORE,
};

static const struct rpc_field create_many_params[] = {
	{.name = "calls", .type = RPC_ARRAY, .required = true, .min = 1, .max = 1000,
		.fields = change_params, .help = "each as for call.create"},
	NO_MORE,
};

static const struct rpc_field delete_many_params[] = {
	{.name = "ids", .type = RPC_ARRAY, .min = 1, .max = 1000, .element = RPC_STRING, .help = "of the calls"},
	TEXT("prefix", 1, REQUEST_ID - 1, "those whose ids begin so"),
	BOOL("all", "all calls"),
	BOOL("counters", "with ids: answer each call's last counters, as call.delete does"),
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
	WORD("e2e", request_e2e_words, "the call is end to end; absent: it is not"),
	ARRAY("legs", answered_leg, "all of the call's"),
	NO_MORE,
};

static const struct rpc_field error_result[] = {
	COUNT("code", NULL, "as in an error of call.create or call.delete"),
	TEXT("message", 0, 0, "for people"),
	OBJECT("data", NULL, "for programs"),
	NO_MORE,
};

static const struct rpc_field created_row[] = {
	TEXT("call", 0, 0, "id of the call"),
	ARRAY("legs", answered_leg, "as call.create answers them"),
	OBJECT("error", error_result, "in their place: it was refused"),
	NO_MORE,
};

static const struct rpc_field create_many_result[] = {
	COUNT("created", "calls", "of them"),
	COUNT("refused", "calls", "of them"),
	ARRAY("results", created_row, "one each call, in the order of the request"),
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

static const struct rpc_field report_result[] = {
	COUNT("reports", NULL, "report blocks of its RTCP"),
	COUNT("lost", "packets", "of what the other party sends, wherever; duplicates count against it"),
	NUMBER("loss", "%", "the same, of all that should have come"),
	NUMBER("jitter_ms", "ms", "at the party"),
	MOS("mos", "as the party hears it, with the delay of both legs"),
	MOS("mos_lowest", "of 5 s, so far; absent: none yet"),
	MOS("mos_mean", "of them all"),
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
	TEXT("suite", 0, 0, "of SRTP; none: RTP; end to end: only the parties know"),
	TEXT("bridge", 0, 0, "what happens to what the party sends, in words"),
	COUNT("dscp", NULL, "of what is sent to the party"),
	WORD("codec", request_codec_words, "of what the party says; absent: not said, or no figures are known of it"),
	COUNT("core", NULL, "number of the forwarding core that it is with"),
	COUNT("rx_packets", "packets", "RTP accepted from the party"),
	COUNT("rx_bytes", "bytes", "of UDP payload"),
	COUNT("tx_packets", "packets", "RTP sent to the party"),
	COUNT("tx_bytes", "bytes", "of UDP payload"),
	COUNT("rx_rtcp", "packets", "RTCP accepted"),
	COUNT("tx_rtcp", "packets", "RTCP sent"),
	COUNT("lost", "packets", "lost between the party and strowger"),
	NUMBER("loss", "%", "the same, of all that should have come"),
	COUNT("duplicates", "packets", "that had come before; dropped"),
	COUNT("reordered", "packets", "that came behind a later one"),
	NUMBER("jitter_ms", "ms", "of what arrives (RFC 3550 6.4.1)"),
	NUMBER("round_trip_ms", "ms", "from strowger to the party and back, by its last report; absent: not known"),
	NUMBER("talk_s", "s", "with RTP coming from the party, in steps of 5"),
	WORD("flow", heard_flow_words, "what became of what the party said lately.  idle: nothing came, and nobody missed"
		" it; heard: it left; silent: nothing came, while the other party spoke; not_relayed: it came and did not"
		" leave.  The last two after timeouts.one_way"),
	MOS("mos", "of what arrives, over the whole call (E-model, ITU-T G.107); absent: less than half a second of"
		" audio"),
	MOS("mos_lowest", "of 5 s, so far; absent: none yet"),
	MOS("mos_mean", "of them all"),
	COUNT("byes", "packets", "in which sources of the party took leave; absent: none"),
	OBJECT("report", report_result, "what the party says that it hears, end to end; absent: nothing"),
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
	WORD("e2e", request_e2e_words, "the call is end to end; absent: it is not"),
	OBJECT("timeouts", timeouts_params, "that were asked for; those of the configuration are not told"),
	NUMBER("age_s", "s", "since call.create"),
	ARRAY("legs", seen_leg, "its parties"),
	NO_MORE,
};

static const struct rpc_field deleted_row[] = {
	TEXT("call", 0, 0, "id of the call"),
	WORD("state", state_words, "with counters"),
	NUMBER("age_s", "s", "with counters"),
	ARRAY("legs", seen_leg, "with counters"),
	OBJECT("error", error_result, "in their place: it was refused"),
	NO_MORE,
};

static const struct rpc_field delete_many_result[] = {
	COUNT("deleted", "calls", "of them"),
	COUNT("refused", "calls", "of them"),
	ARRAY("results", deleted_row, "one each id, in the order of the request; absent without ids"),
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
	TEXT("cursor", 0, 0, "for call.watch: take that of the first part of a list"),
	NO_MORE,
};

static const struct rpc_field watch_params[] = {
	TEXT("cursor", 1, CHANGES_CURSOR - 1, "of the answer before, or of call.list; absent: from now on"),
	INT("limit", 1, 1000, "changes", "how many at most; otherwise 100"),
	INT("wait_ms", 0, 30000, "ms", "how long to wait for the first one; otherwise not"),
	NO_MORE,
};

static const struct rpc_field change_row[] = {
	WORD("change", change_words, "what has happened"),
	TEXT("call", 0, 0, "id of the call"),
	OBJECT("row", list_row, "the call as it is now, as in call.list; absent: it has ended"),
	NO_MORE,
};

static const struct rpc_field watch_result[] = {
	ARRAY("changes", change_row, "since the cursor, in their order"),
	TEXT("cursor", 0, 0, "for the next call.watch"),
	BOOL("more", "there are more behind the last one"),
	BOOL("resync", "the cursor was too old, or of a strowger before this one: list the calls again"),
	NO_MORE,
};

static const struct rpc_field top_params[] = {
	WORD("by", worst_words, "what makes a call bad; otherwise mos.  drops: packets dropped"),
	INT("limit", 1, WORST_CALLS, NULL, "how many at most; otherwise 20"),
	NO_MORE,
};

static const struct rpc_field top_row[] = {
	TEXT("call", 0, 0, "id of the call"),
	WORD("state", state_words, "exported: its media is stopped here"),
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

static const struct rpc_field drain_result[] = {
	BOOL("draining", "no new calls are taken"),
	COUNT("calls", "calls", "that run now"),
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

static const struct rpc_field telemetry_params[] = {
	NEED("command", 1, 63, "of DPDK's telemetry; / lists those that are answered"),
	TEXT("params", 1, 63, "of the command: the number of a device, or the name of a mempool"),
	NO_MORE,
};

static const struct rpc_field telemetry_result[] = {
	TEXT("command", 0, 0, "as asked"),
	{.name = "answer", .type = RPC_ANY, .help = "what DPDK would say, or its more useful part"},
	NO_MORE,
};

static const struct rpc_field config_row[] = {
	TEXT("section", 0, 0, "of the file"),
	TEXT("key", 0, 0, "in it"),
	TEXT("value", 0, 0, "in force, as the file would say it; several parted by commas; empty: none"),
	WORD("from", method_config_origins, "who says so"),
	COUNT("line", NULL, "of the file, where it stands (first); absent: it does not"),
	TEXT("default", 0, 0, "absent: it has none"),
	WORD("change", method_config_changes, "what it takes for another value: config.reload; a start of the program"
		" with the calls going on; a stop of both, which ends them"),
	TEXT("pending", 0, 0, "what the file said instead when it was read last; absent: the same"),
	NO_MORE,
};

static const struct rpc_field config_result[] = {
	TEXT("file", 0, 0, "that the configuration is from"),
	ARRAY("keys", config_row, "all there are"),
	NO_MORE,
};

static const struct rpc_field changed_row[] = {
	TEXT("section", 0, 0, "of the file"),
	TEXT("key", 0, 0, "in it"),
	TEXT("was", 0, 0, "its value; absent: none"),
	TEXT("is", 0, 0, "in the file now; absent: none"),
	BOOL("in_force", "it has taken effect"),
	WORD("needs", method_config_changes, "what it takes; absent: nothing more"),
	NO_MORE,
};

static const struct rpc_field reload_result[] = {
	ARRAY("changed", changed_row, "every key whose value in the file is not the one in force"),
	NO_MORE,
};

/* ---- One call under the lens. ---- */

static const struct rpc_field any_id_params[] = {
	NEED("call", 1, REQUEST_ID - 1, "id of the call, which need not exist"),
	NO_MORE,
};

static const struct rpc_field hash_result[] = {
	TEXT("call", 0, 0, "id of the call"),
	TEXT("hash", 0, 0, "its name in the log"),
	NO_MORE,
};

static const struct rpc_field find_hash_params[] = {
	NEED("hash", LOG_HASH - 1, LOG_HASH - 1, "a call's name in the log"),
	NO_MORE,
};

static const struct rpc_field find_hash_result[] = {
	{.name = "calls", .type = RPC_ARRAY, .element = RPC_STRING,
		.help = "ids of the calls that have this name: none, or one, or by great chance two"},
	NO_MORE,
};

static const struct rpc_field trace_params[] = {
	NEED("call", 1, REQUEST_ID - 1, "id of the call, which need not exist yet"),
	WORD("level", log_levels, "of the lines about it; otherwise debug"),
	INT("seconds", 1, LOG_TRACE_SECONDS_MAX, "s", "until the trace ends; otherwise 600"),
	NO_MORE,
};

static const struct rpc_field trace_result[] = {
	TEXT("call", 0, 0, "id of the call"),
	TEXT("hash", 0, 0, "its name in the log"),
	WORD("level", log_levels, "of the lines about it"),
	COUNT("seconds", "s", "that the trace still lasts"),
	BOOL("armed", "there is no such call yet, and the trace waits for it"),
	NO_MORE,
};

static const struct rpc_field untrace_result[] = {
	TEXT("call", 0, 0, "id of the call"),
	BOOL("was_traced", "until now"),
	NO_MORE,
};

static const struct rpc_field trace_list_result[] = {
	ARRAY("traces", trace_result, "under way"),
	NO_MORE,
};

static const struct rpc_field capture_params[] = {
	NEED("call", 1, REQUEST_ID - 1, "id of the call"),
	TEXT("leg", 1, REQUEST_NAME - 1, "name of the leg; otherwise all legs"),
	TEXT("file", 1, CAPTURE_FILE - 1, "name of a new file in the directory of captures: letters, digits, dots,"
		" dashes, underscores; otherwise made of the call's hash and the time"),
	INT("seconds", 1, CAPTURE_SECONDS_MAX, "s", "until it ends; otherwise 60"),
	INT("max_bytes", 4096, SW_CAPTURE_BYTES_MAX, "bytes", "of the file; otherwise 16777216"),
	INT("snaplen", 14, CAPTURE_SNAPLEN, "bytes", "of each frame that are kept; otherwise all"),
	NO_MORE,
};

static const struct rpc_field capture_result[] = {
	COUNT("capture", NULL, "its number"),
	TEXT("call", 0, 0, "id of the call"),
	TEXT("leg", 0, 0, "its name; absent: all legs"),
	TEXT("file", 0, 0, "its path, on strowger's host"),
	COUNT("bytes", "bytes", "in the file"),
	COUNT("max_bytes", "bytes", "that it may have"),
	COUNT("seconds", "s", "that are left"),
	NO_MORE,
};

static const struct rpc_field capture_stop_params[] = {
	{.name = "capture", .type = RPC_INT, .required = true, .min = 1, .max = INT64_MAX, .help = "its number"},
	NO_MORE,
};

static const struct rpc_field capture_stop_result[] = {
	COUNT("capture", NULL, "its number"),
	TEXT("call", 0, 0, "id of the call"),
	TEXT("leg", 0, 0, "its name; absent: all legs"),
	TEXT("file", 0, 0, "its path, on strowger's host"),
	WORD("reason", capture_reasons, "why it has ended"),
	TEXT("error", 0, 0, "why the file cannot be written; absent: it can"),
	COUNT("packets", "packets", "in the file"),
	COUNT("bytes", "bytes", "of the file"),
	COUNT("lost", "packets", "that came too fast to be written; of all captures that ran meanwhile"),
	NO_MORE,
};

static const struct rpc_field capture_list_result[] = {
	ARRAY("captures", capture_result, "under way"),
	NO_MORE,
};

static const struct rpc_field subscribe_params[] = {
	{.name = "events", .type = RPC_ARRAY, .required = true, .min = 1, .max = 64, .element = RPC_STRING,
		.help = "kinds, as listed under Events; call.* is all that begin so, * is all"},
	{.name = "calls", .type = RPC_ARRAY, .max = 1000, .element = RPC_STRING,
		.help = "ids: of events about calls, only those about these; absent: about all"},
	NO_MORE,
};

static const struct rpc_field subscribe_result[] = {
	COUNT("seq", NULL, "of the last event before; 0: there was none"),
	{.name = "events", .type = RPC_ARRAY, .required = true, .element = RPC_STRING,
		.help = "the kinds that will be told"},
	NO_MORE,
};

static const struct rpc_field unsubscribe_result[] = {
	COUNT("dropped", "events", "lost since the last one that was told"),
	NO_MORE,
};

/* ---- The methods. ---- */

/* Keys in examples: 30 and 28 bytes that nobody uses. */
#define KEY_30 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd"
#define KEY_28 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw=="

const struct rpc_method relay_methods[] = {
	{
		.name = "call.create",
		.role = RPC_SESSION,
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
		.cancel = method_call_cancel,
	},
	{
		.name = "call.update",
		.role = RPC_SESSION,
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
		.cancel = method_call_cancel,
	},
	{
		.name = "call.delete",
		.role = RPC_SESSION,
		.summary = "End a call.  Answers its last counters, as call.get does.",
		.params = id_params,
		.result = call_result,
		.errors = delete_errors,
		.example = "{\"call\": \"a84b4c76e66710\"}",
		.answer = "{\"call\": \"a84b4c76e66710\", \"state\": \"running\", \"age_s\": 61.2, \"legs\": []}",
		.handler = method_call_delete,
		.cancel = method_call_delete_cancel,
	},
	{
		.name = "call.create_many",
		.role = RPC_SESSION,
		.summary = "Set many calls up, each with a result or an error of its own; what does not fit the"
			" table of call.create is refused as a whole.  Much cheaper than as many requests.",
		.params = create_many_params,
		.result = create_many_result,
		.errors = create_many_errors,
		.example = "{\"calls\": [{\"call\": \"one\", \"legs\": [{\"name\": \"caller\", \"streams\": [{}]}]},"
			" {\"call\": \"one\", \"legs\": [{\"name\": \"caller\", \"streams\": [{}]}]}]}",
		.answer = "{\"created\": 1, \"refused\": 1, \"results\": [{\"call\": \"one\", \"legs\": [{\"name\":"
			" \"caller\", \"interface\": \"outside\", \"streams\": [{\"media\": \"audio\", \"local\":"
			" {\"address\": \"192.0.2.1\", \"port\": 31058, \"rtcp_port\": 31059}}]}]}, {\"error\":"
			" {\"code\": 2, \"message\": \"there is a call of this id already\", \"data\": {\"reason\":"
			" \"call_exists\", \"field\": \"call\", \"expected\": \"an id that is not in use\"}}}]}",
		.handler = method_call_create_many,
	},
	{
		.name = "call.delete_many",
		.role = RPC_SESSION,
		.summary = "End many calls: those of the ids, each with a result or an error of its own; or all that"
			" there are when it is asked, or of these those whose ids begin with the prefix.",
		.params = delete_many_params,
		.result = delete_many_result,
		.errors = delete_many_errors,
		.example = "{\"ids\": [\"one\", \"two\"]}",
		.answer = "{\"deleted\": 1, \"refused\": 1, \"results\": [{\"call\": \"one\"}, {\"error\": {\"code\":"
			" 1, \"message\": \"there is no call of this id\", \"data\": {\"reason\": \"unknown_call\","
			" \"field\": \"call\"}}}]}",
		.handler = method_call_delete_many,
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
		.role = RPC_VIEW,
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
		.role = RPC_VIEW,
		.summary = "Calls, some at a time: ask for those behind the last one of the answer before.",
		.params = list_params,
		.result = list_result,
		.example = "{\"limit\": 1}",
		.answer = "{\"calls\": [{\"call\": \"a84b4c76e66710\", \"state\": \"running\", \"age_s\": 12.04, \"legs\":"
			" [\"caller\", \"callee\"], \"cores\": [1], \"rx_packets\": 1202, \"tx_packets\": 1200,"
			" \"lost\": 0, \"dropped\": 2}], \"more\": true, \"cursor\": \"5f0c3a9be1d27468-41\"}",
		.handler = method_call_list,
	},
	{
		.name = "call.watch",
		.role = RPC_VIEW,
		.summary = "What has happened to calls since the cursor, at once or when something has.  To keep an"
			" exact list: list the calls, keep the cursor of the first part, and watch from there;"
			" a change with a row puts it into the list, one without takes the call out of it.",
		.params = watch_params,
		.result = watch_result,
		.errors = watch_errors,
		.example = "{\"cursor\": \"5f0c3a9be1d27468-41\", \"wait_ms\": 10000}",
		.answer = "{\"changes\": [{\"change\": \"learned\", \"call\": \"a84b4c76e66710\", \"row\": {\"call\":"
			" \"a84b4c76e66710\", \"state\": \"running\", \"age_s\": 12.04, \"legs\": [\"caller\", \"callee\"],"
			" \"cores\": [1], \"rx_packets\": 1202, \"tx_packets\": 1200, \"lost\": 0, \"dropped\": 2}},"
			" {\"change\": \"ended\", \"call\": \"b17\"}], \"cursor\": \"5f0c3a9be1d27468-43\", \"more\": false,"
			" \"resync\": false}",
		.handler = method_call_watch,
	},
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
			" \"reordered\": 0, \"duplicates\": 0, \"reports\": 5, \"talk_ms\": 23980, \"one_way\": 0},"
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
	{
		.name = "node.info",
		.role = RPC_VIEW,
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
		.name = "node.drain",
		.summary = "Take no new calls, until node.undrain; those that run go on.  It outlives node.upgrade,"
			" but no other end of the process.",
		.result = drain_result,
		.errors = drain_errors,
		.example = "{}",
		.answer = "{\"draining\": true, \"calls\": 1}",
		.handler = method_node_drain,
	},
	{
		.name = "node.undrain",
		.summary = "Take new calls again.",
		.result = drain_result,
		.errors = drain_errors,
		.example = "{}",
		.answer = "{\"draining\": false, \"calls\": 1}",
		.handler = method_node_undrain,
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
		.name = "dpdk.telemetry",
		.role = RPC_VIEW,
		.summary = "A command of DPDK's telemetry, answered from what the data plane counts.  Devices have the numbers"
			" of device.list, from 0; counters are a second old at most.",
		.params = telemetry_params,
		.result = telemetry_result,
		.errors = telemetry_errors,
		.example = "{\"command\": \"/ethdev/stats\", \"params\": \"0\"}",
		.answer = "{\"command\": \"/ethdev/stats\", \"answer\": {\"ipackets\": 1202, \"opackets\": 1200,"
			" \"ibytes\": 257228, \"obytes\": 256800, \"imissed\": 0, \"ierrors\": 0, \"oerrors\": 0,"
			" \"rx_nombuf\": 0}}",
		.handler = method_dpdk_telemetry,
	},
	{
		.name = "config.get",
		.role = RPC_VIEW,
		.summary = "Every key of the configuration: its value, where that comes from, and what another one takes.",
		.result = config_result,
		.example = "{}",
		.answer = "{\"file\": \"/etc/strowger/strowger.conf\", \"keys\": [{\"section\": \"log\", \"key\":"
			" \"level\", \"value\": \"debug\", \"from\": \"file\", \"line\": 12, \"default\": \"info\","
			" \"change\": \"reload\"}, {\"section\": \"interface external\", \"key\": \"mtu\", \"value\":"
			" \"\", \"from\": \"default\", \"change\": \"restart both\", \"pending\": \"1400\"}]}",
		.handler = method_config_get,
	},
	{
		.name = "config.reload",
		.summary = "Read the configuration file again, as SIGHUP does: what can take effect at once does, of the rest"
			" the answer says what must be started anew.  What log.set has set is the file's again.  A file"
			" that is wrong changes nothing.",
		.result = reload_result,
		.errors = reload_errors,
		.example = "{}",
		.answer = "{\"changed\": [{\"section\": \"timeouts\", \"key\": \"media\", \"was\": \"60s\", \"is\":"
			" \"20s\", \"in_force\": true}, {\"section\": \"cores\", \"key\": \"poll\", \"was\":"
			" \"adaptive\", \"is\": \"busy\", \"in_force\": false, \"needs\": \"restart both\"}]}",
		.handler = method_config_reload,
	},
	{
		.name = "events.subscribe",
		.role = RPC_VIEW,
		.summary = "Be told on this connection of what happens, as it happens; instead of what was subscribed to"
			" before.  Who does not take its events in time loses some, and is told how many.",
		.params = subscribe_params,
		.result = subscribe_result,
		.errors = subscribe_errors,
		.example = "{\"events\": [\"call.ended\", \"switch.*\"]}",
		.answer = "{\"seq\": 16, \"events\": [\"call.ended\", \"switch.lost\", \"switch.back\"]}",
		.handler = method_events_subscribe,
	},
	{
		.name = "events.unsubscribe",
		.role = RPC_VIEW,
		.summary = "Be told of nothing any more on this connection.",
		.result = unsubscribe_result,
		.example = "{}",
		.answer = "{\"dropped\": 0}",
		.handler = method_events_unsubscribe,
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
	{
		.name = "call.hash",
		.summary = "The name that a call has in the log of this process, from its id.",
		.params = any_id_params,
		.result = hash_result,
		.example = "{\"call\": \"a84b4c76e66710\"}",
		.answer = "{\"call\": \"a84b4c76e66710\", \"hash\": \"call-3f9a1c02\"}",
		.handler = method_call_hash,
	},
	{
		.name = "call.find_hash",
		.summary = "Which of the calls that run has this name in the log?",
		.params = find_hash_params,
		.result = find_hash_result,
		.example = "{\"hash\": \"call-3f9a1c02\"}",
		.answer = "{\"calls\": [\"a84b4c76e66710\"]}",
		.handler = method_call_find_hash,
	},
	{
		.name = "call.trace",
		.summary = "Write what there is to say about one call into the log, whatever its level.  Ends with the call"
			" or after some time; said again it begins anew.  At debug it names addresses.",
		.params = trace_params,
		.result = trace_result,
		.errors = trace_errors,
		.example = "{\"call\": \"a84b4c76e66710\"}",
		.answer = "{\"call\": \"a84b4c76e66710\", \"hash\": \"call-3f9a1c02\", \"level\": \"debug\","
			" \"seconds\": 600, \"armed\": true}",
		.handler = method_call_trace,
	},
	{
		.name = "call.untrace",
		.summary = "End a trace.",
		.params = any_id_params,
		.result = untrace_result,
		.example = "{\"call\": \"a84b4c76e66710\"}",
		.answer = "{\"call\": \"a84b4c76e66710\", \"was_traced\": true}",
		.handler = method_call_untrace,
	},
	{
		.name = "call.trace_list",
		.summary = "The traces.",
		.result = trace_list_result,
		.example = "{}",
		.answer = "{\"traces\": [{\"call\": \"a84b4c76e66710\", \"hash\": \"call-3f9a1c02\", \"level\":"
			" \"debug\", \"seconds\": 598, \"armed\": false}]}",
		.handler = method_call_trace_list,
	},
	{
		.name = "call.capture",
		.summary = "Write the packets of a call into a file (pcapng), as they are on the wire: RTP and RTCP, what"
			" arrives before it is unsealed, and what leaves as it is sent.  Keys are not among it.  Follows the"
			" call while it changes; ends with it, after some time, when the file is full, or with either of"
			" the two processes.  The event capture.ended says how.",
		.params = capture_params,
		.result = capture_result,
		.errors = capture_errors,
		.example = "{\"call\": \"a84b4c76e66710\", \"seconds\": 30}",
		.answer = "{\"capture\": 1, \"call\": \"a84b4c76e66710\", \"file\":"
			" \"/run/strowger/default/captures/call-3f9a1c02-20260101T120000Z-1.pcapng\", \"bytes\": 152,"
			" \"max_bytes\": 16777216, \"seconds\": 30}",
		.handler = method_call_capture,
	},
	{
		.name = "call.capture_stop",
		.summary = "End a capture.  Answers when all is in the file.",
		.params = capture_stop_params,
		.result = capture_stop_result,
		.errors = capture_stop_errors,
		.example = "{\"capture\": 1}",
		.answer = "{\"capture\": 1, \"call\": \"a84b4c76e66710\", \"file\":"
			" \"/run/strowger/default/captures/call-3f9a1c02-20260101T120000Z-1.pcapng\", \"reason\":"
			" \"asked\", \"packets\": 2003, \"bytes\": 508804, \"lost\": 0}",
		.handler = method_call_capture_stop,
	},
	{
		.name = "call.capture_list",
		.summary = "The captures that are under way.",
		.result = capture_list_result,
		.example = "{}",
		.answer = "{\"captures\": [{\"capture\": 1, \"call\": \"a84b4c76e66710\", \"file\":"
			" \"/run/strowger/default/captures/call-3f9a1c02-20260101T120000Z-1.pcapng\", \"bytes\":"
			" 254468, \"max_bytes\": 16777216, \"seconds\": 15}]}",
		.handler = method_call_capture_list,
	},
};
/* clang-format on */

const size_t relay_methods_n = sizeof relay_methods / sizeof *relay_methods;
