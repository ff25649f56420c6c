/* SPDX-License-Identifier: Apache-2.0
 *
 * The table. */
#include "relay/event_kinds.h"

/* clang-format off */
#define TEXT(n, h) {.name = n, .type = RPC_STRING, .help = h}
#define COUNT(n, u, h) {.name = n, .type = RPC_INT, .unit = u, .help = h}
#define NUMBER(n, u, h) {.name = n, .type = RPC_NUMBER, .unit = u, .help = h}
#define BOOL(n, h) {.name = n, .type = RPC_BOOL, .help = h}
#define CALL {.name = "call", .type = RPC_STRING, .required = true, .help = "its id"}
#define STREAM \
	TEXT("leg", "its name"), \
	COUNT("stream", NULL, "of the leg, the first is 0"), \
	BOOL("rtcp", "seen on the RTCP side")
#define NO_MORE {.name = NULL}

static const struct rpc_field call[] = {CALL, NO_MORE};

static const struct rpc_field ended[] = {
	CALL,
	TEXT("reason", "asked: somebody said so; mesh_ and a reason of mesh.call_ended: its party there; else why strowger has ended it"
		" by itself"),
	NO_MORE,
};

static const struct rpc_field stream[] = {CALL, STREAM, NO_MORE};

static const struct rpc_field source[] = {
	CALL,
	STREAM,
	TEXT("address", "of the source"),
	COUNT("port", NULL, "of the source"),
	NO_MORE,
};

static const struct rpc_field missed[] = {
	CALL,
	TEXT("leg", "its name"),
	COUNT("stream", NULL, "of the leg, the first is 0"),
	TEXT("flow", "silent: the party sends nothing; not_relayed: what it sends does not leave; heard: again"),
	NO_MORE,
};

static const struct rpc_field timeout[] = {
	CALL,
	TEXT("kind", "setup, media, hold or total: a key of [timeouts]"),
	TEXT("leg", "its name; absent: the call as a whole"),
	TEXT("missing", "what has not come, of setup: leg, media or remote (its address)"),
	COUNT("ms", "ms", "that it was given"),
	BOOL("ends", "the call is ended for it, as timeouts.on_timeout says"),
	NO_MORE,
};

static const struct rpc_field captured[] = {
	CALL,
	COUNT("capture", NULL, "its number"),
	TEXT("leg", "its name; absent: all legs"),
	TEXT("file", "its path, on strowger's host"),
	TEXT("reason", "asked, time, size, call_ended, disk, switch_lost"),
	TEXT("error", "why the file cannot be written; absent: it can"),
	COUNT("packets", "packets", "in the file"),
	COUNT("bytes", "bytes", "of the file"),
	COUNT("lost", "packets", "that came too fast to be written"),
	NO_MORE,
};

static const struct rpc_field link[] = {
	TEXT("device", "as device.list names it"),
	BOOL("up", "or down"),
	NO_MORE,
};

static const struct rpc_field stalled[] = {
	COUNT("core", NULL, "its number"),
	BOOL("stalled", "false: it takes turns again"),
	NO_MORE,
};

static const struct rpc_field transcoder[] = {
	COUNT("core", NULL, "its number, as transcoder.list has it"),
	NUMBER("load", "%", "of its time lately"),
	COUNT("complexity", NULL, "that encoding is held down to; 10: it is not"),
	NO_MORE,
};

static const struct rpc_field lost[] = {TEXT("why", "in a few words"), NO_MORE};

static const struct rpc_field back[] = {
	COUNT("pid", NULL, "of the process"),
	TEXT("origin", "fresh: it knows nothing of before; state taken over; was running"),
	NO_MORE,
};

#define MESH_LEG CALL, TEXT("leg", "the one in the mesh")
#define MESH_CODECS \
	{.name = "codecs", .type = RPC_ARRAY, .element = RPC_STRING, \
		.help = "that both sides have, as codec.list names them"}

static const struct rpc_field offered[] = {
	MESH_LEG,
	TEXT("from", "the caller's number; absent: not said"),
	TEXT("sid", "of the caller"),
	TEXT("did", "the number that it calls; absent: not said"),
	TEXT("identity", "SID of ours that it calls"),
	MESH_CODECS,
	NO_MORE,
};

static const struct rpc_field mesh_leg[] = {MESH_LEG, NO_MORE};

static const struct rpc_field mesh_answered[] = {MESH_LEG, MESH_CODECS, NO_MORE};

static const struct rpc_field mesh_ended[] = {
	MESH_LEG,
	TEXT("reason", "hung_up: here; far_hung_up: there; refused: by the party; no_codec: that both have;"
		" no_answer: it rang for 30 s; unreachable; lost: nothing came for 30 s; not_found: nobody has the"
		" number; peer_busy: as many calls with that SID as may be; no_identity: the one of ours is not"
		" there; no_room; no_capacity: for transcoding; crowded_out: while it waited, by later ones"),
	NO_MORE,
};

static const struct rpc_field mesh_digit[] = {MESH_LEG, TEXT("digit", "0-9, A-D, * or #"), NO_MORE};

static const struct rpc_field mesh_text[] = {MESH_LEG, TEXT("text", "of up to 1024 bytes"), NO_MORE};

static const struct rpc_field mesh_peer[] = {
	TEXT("sid", "of the neighbour"),
	TEXT("address", "where it is"),
	COUNT("port", NULL, "there"),
	NO_MORE,
};

static const struct rpc_field draining[] = {
	BOOL("on", "no new calls are taken; false: they are again"),
	COUNT("calls", "calls", "that run"),
	NO_MORE,
};

static const struct rpc_field upgrading[] = {COUNT("calls", "calls", "that go on"), NO_MORE};

const struct event_kind event_kinds[EVENTS + 1] = {
	[EVENT_CALL_CREATED] = {"call.created", "A call has been set up, or imported.", call},
	[EVENT_CALL_UPDATED] = {"call.updated", "A call has been changed.", call},
	[EVENT_CALL_EXPORTED] = {"call.exported", "A call has stopped here, to go on elsewhere.", call},
	[EVENT_CALL_RESUMED] = {"call.resumed", "A call that was exported goes on here.", call},
	[EVENT_CALL_ENDED] = {"call.ended", "A call is over.", ended},
	[EVENT_CALL_SOURCE_LEARNED] = {"call.source_learned",
		"A party's media has come from an address that was not known before, and goes there now.",
		source},
	[EVENT_CALL_SECOND_SOURCE] = {"call.second_source",
		"Somebody else sends to a port of the call, and is ignored; at most once a second for each port.",
		source},
	[EVENT_CALL_REKEYED] = {"call.rekeyed",
		"The first packet under a party's new key has come.", stream},
	[EVENT_CALL_SSRC_LIMIT] = {"call.ssrc_limit",
		"A party sends with more SSRCs than it may; at most once a second for each port.", stream},
	[EVENT_CALL_TIMEOUT] = {"call.timeout",
		"A call has waited in vain; of a leg's silence once, until it was heard again.", timeout},
	[EVENT_CALL_ONE_WAY] = {"call.one_way",
		"A party has not been heard for timeouts.one_way while the other one spoke, and both should;"
		" once each time.", missed},
	[EVENT_CALL_TWO_WAY] = {"call.two_way", "It is heard again.", missed},
	[EVENT_CAPTURE_ENDED] = {"capture.ended", "A capture is over.", captured},
	[EVENT_DEVICE_LINK] = {"device.link", "The link of a device has gone, or is back.", link},
	[EVENT_CORE_STALLED] = {"core.stalled",
		"A forwarding core has taken no turn for a second: its calls are silent.", stalled},
	[EVENT_TRANSCODER_STALLED] = {"transcoder.stalled",
		"A transcode core has taken no turn for a second: its calls are silent.", stalled},
	[EVENT_TRANSCODER_FULL] = {"transcoder.full",
		"A transcode core has too much to do, and takes no more calls; those that it has go on.", transcoder},
	[EVENT_TRANSCODER_ROOM] = {"transcoder.room", "A transcode core takes calls again.", transcoder},
	[EVENT_TRANSCODER_LOWERED] = {"transcoder.lowered",
		"A transcode core has lowered the work of encoding, for want of time.", transcoder},
	[EVENT_TRANSCODER_RAISED] = {"transcoder.raised", "It has raised it again.", transcoder},
	[EVENT_SWITCH_LOST] = {"switch.lost",
		"The data plane is gone, or does not answer; calls wait for the next one.", lost},
	[EVENT_SWITCH_BACK] = {"switch.back", "There is a data plane again.", back},
	[EVENT_MESH_CALL_OFFERED] = {"mesh.call_offered",
		"Somebody in the mesh calls, and waits for call.ring, call.answer or call.reject.", offered},
	[EVENT_MESH_CALL_RINGING] = {"mesh.call_ringing", "The phone of a party that was called rings.",
		mesh_leg},
	[EVENT_MESH_CALL_ANSWERED] = {"mesh.call_answered", "A call with a party in the mesh is answered:"
		" sound flows.", mesh_answered},
	[EVENT_MESH_CALL_ENDED] = {"mesh.call_ended",
		"A call with a party in the mesh is over; call.ended follows, or has come.", mesh_ended},
	[EVENT_MESH_DTMF] = {"mesh.dtmf", "A party in the mesh has pressed a key.", mesh_digit},
	[EVENT_MESH_TEXT] = {"mesh.text", "A party in the mesh has sent text.", mesh_text},
	[EVENT_MESH_PEER_UP] = {"mesh.peer_up", "A neighbour in the mesh hears us, and we it.", mesh_peer},
	[EVENT_MESH_PEER_DOWN] = {"mesh.peer_down",
		"A neighbour in the mesh has been silent for 2.5 s, or has not heard us for so long.", mesh_peer},
	[EVENT_MESH_PEER_MOVED] = {"mesh.peer_moved",
		"A neighbour in the mesh is at another address, which it has proved.", mesh_peer},
	[EVENT_NODE_DRAINING] = {"node.draining", "The node takes no new calls, or takes them again.",
		draining},
	[EVENT_NODE_UPGRADING] = {"node.upgrading",
		"The process becomes a newer program; this connection is about to be closed.", upgrading},
};
/* clang-format on */
