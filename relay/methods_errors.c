/* SPDX-License-Identifier: Apache-2.0
 *
 * What each fault is in JSON-RPC: code, a word for programs, what it means, and in how many
 * milliseconds trying again may work (0: not said). */
#include "relay/methods.h"

/* clang-format off */
const struct rpc_error method_faults[FAULTS] = {
	[FAULT_UNKNOWN_CALL] = {1, "unknown_call", "There is no call of this id.", 0},
	[FAULT_CALL_EXISTS] = {2, "call_exists",
		"There is a call of this id already; call.update changes it.", 0},
	[FAULT_NO_PORTS] = {3, "no_ports",
		"The interface has no media port left; ports rest for 5 s after a call.", 1000},
	[FAULT_NO_INTERFACE] = {4, "no_interface",
		"There is no such interface, or it has no address of the family.", 0},
	[FAULT_SWITCH_DOWN] = {5, "switch_down",
		"The data plane is not there; it is being started again.  A request that was with it when it went"
		" has not been done.", 500},
	[FAULT_REFUSED] = {6, "refused_by_switch",
		"The data plane did not take it; nothing has changed.", 0},
	[FAULT_BAD_KEY] = {7, "bad_key",
		"No such suite, or a key that is not base64 of its key and salt.", 0},
	[FAULT_DRAINING] = {8, "draining",
		"This node takes no new calls, for node.drain says so, or it is ending; another one may.", 5000},
	[FAULT_CALL_LIMIT] = {9, "call_limit", "One more call than the configuration allows.", 0},
	[FAULT_EXPORTED] = {10, "exported",
		"The call is exported and stopped here; call.import brings it back, call.delete ends it.", 0},
	[FAULT_NO_PLACE] = {11, "no_place",
		"An address or port of the record is not this node's, or is taken; with relocate it gets others.", 0},
	[FAULT_NOT_UPGRADED] = {12, "not_upgraded",
		"The program on disk cannot take this one's place, which goes on; the message says why.", 0},
	[FAULT_BAD_CONFIG] = {13, "bad_config",
		"The configuration file is wrong, and nothing has changed; the message names its line.", 0},
	[FAULT_E2E] = {14, "end_to_end",
		"The call is end to end, and this would take more than relaying its datagrams; nothing has changed.", 0},
	[FAULT_BUSY] = {15, "busy",
		"Sixteen requests for many calls are being done; the next one is taken when one is answered.", 50},
	[FAULT_TOO_MANY] = {16, "too_many",
		"There may be only some of these at one time; the message says how to end one.", 0},
	[FAULT_UNKNOWN_CAPTURE] = {17, "unknown_capture",
		"There is no capture of this number under way.", 0},
	[FAULT_NO_CODEC] = {18, "no_codec",
		"The parties share no codec, and theirs cannot be transcoded; nothing has changed.", 0},
	[FAULT_NO_TRANSCODER] = {19, "no_transcode_capacity",
		"No transcode core has room for one more call; one that needs no transcoding is taken.", 1000},
	[FAULT_INTERNAL] = {-32603, "internal", "Out of memory, or of random numbers.", 0},
	[FAULT_BAD_REQUEST] = {-32602, "bad_value",
		"The request contradicts itself, or the call as it is.", 0},
};
/* clang-format on */
