/* SPDX-License-Identifier: Apache-2.0
 *
 * The methods about captures: JSON -> capture.h, and what comes back -> JSON. */
#include "control/request.h"
#include "relay/capture.h"
#include "relay/capture_json.h"
#include "relay/fields.h"
#include "relay/methods.h"
#include "relay/methods_inside.h"
#include "relay/node.h"

static const char *
text(const json_t *params, const char *name)
{
	return json_string_value(json_object_get(params, name));
}

/* The whole number NAME, 0 when it is absent. */
static json_int_t
number(const json_t *params, const char *name)
{
	return json_integer_value(json_object_get(params, name));
}

static void
capture_begun(void *req, const struct capture_info *info, const struct fault *fault)
{
	if (fault != NULL)
		method_fail(req, fault);
	else
		rpc_reply(req, capture_running_json(info));
}

static void
capture_ended(void *req, const struct capture_info *info, const struct fault *fault)
{
	if (fault != NULL)
		method_fail(req, fault);
	else
		rpc_reply(req, capture_ended_json(info));
}

static void
method_call_capture(struct rpc_request *req, const json_t *params, void *node)
{
	const struct capture_request r = {.call = text(params, "call"),
		.leg = text(params, "leg"),
		.file = text(params, "file"),
		.seconds = (unsigned)number(params, "seconds"),
		.max_bytes = (uint64_t)number(params, "max_bytes"),
		.snaplen = (uint32_t)number(params, "snaplen")};

	capture_begin(node_capture(node), &r, capture_begun, req);
}

static void
method_call_capture_stop(struct rpc_request *req, const json_t *params, void *node)
{
	capture_stop(
		node_capture(node), (uint64_t)number(params, "capture"), capture_ended, req);
}

static void
method_call_capture_list(struct rpc_request *req, const json_t *params, void *node)
{
	struct capture_info i = {.id = 0};
	json_t *rows = json_array();

	while (capture_next(node_capture(node), i.id, &i))
		json_array_append_new(rows, capture_running_json(&i));
	rpc_reply(req, json_pack("{s:o}", "captures", rows));
}

/* ---- What they take, answer and refuse. ---- */

static const struct rpc_error *const capture_errors[] = {&method_faults[FAULT_UNKNOWN_CALL],
	&method_faults[FAULT_TOO_MANY], &method_faults[FAULT_SWITCH_DOWN],
	&method_faults[FAULT_REFUSED], &method_faults[FAULT_BAD_REQUEST],
	&method_faults[FAULT_INTERNAL], NULL};
static const struct rpc_error *const capture_stop_errors[] = {
	&method_faults[FAULT_UNKNOWN_CAPTURE], &method_faults[FAULT_SWITCH_DOWN], NULL};

/* clang-format off */
static const struct rpc_field capture_params[] = {
	NEED("call", 1, REQUEST_ID - 1, "id of the call"),
	TEXT("leg", 1, REQUEST_NAME - 1, "name of the leg; otherwise all legs.  Those of the mesh have no packets of"
		" their own"),
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

const struct rpc_method methods_capture[] = {
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
	{.name = NULL},
};
/* clang-format on */
