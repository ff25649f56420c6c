/* SPDX-License-Identifier: Apache-2.0
 *
 * The methods for calls of VoMP: what signalling says to a party in the mesh, beside making
 * and ending calls; and which there are. */
#include "relay/call.h"
#include "relay/fields.h"
#include "relay/fields_call.h"
#include "relay/fields_mesh.h"
#include "relay/mesh_calls.h"
#include "relay/methods.h"
#include "relay/methods_inside.h"
#include "relay/node.h"

/* Without a mesh nobody calls from there. */
static struct mesh_calls *
calls_of(struct rpc_request *req, struct node *node)
{
	struct mesh_calls *mc = node_mesh_calls(node);

	if (mc == NULL)
		rpc_fail(req, &method_faults[FAULT_NO_MESH], NULL, NULL, NULL,
			"this node has no mesh");
	return mc;
}

static const char *
text_of(const json_t *params, const char *name)
{
	return json_string_value(json_object_get(params, name));
}

/* ---- A party that calls us ---- */

/* What was wished is in the call's record. */
static void
done(void *arg, const struct call *c, const struct fault *fault)
{
	enum { CALLER }; /* has the first leg */
	struct rpc_request *req = arg;

	if (fault != NULL) {
		method_fail(req, fault);
		return;
	}
	rpc_reply(req, mesh_calls_row(rpc_request_kept(req), c, CALLER));
}

static void
wish(struct rpc_request *req, const json_t *params, struct node *node,
	void (*how)(struct mesh_calls *mc, const char *id, calls_done *done, void *arg))
{
	struct mesh_calls *mc = calls_of(req, node);

	if (mc == NULL)
		return;
	rpc_request_keep(req, mc);
	how(mc, text_of(params, "call"), done, req);
}

static void
method_call_ring(struct rpc_request *req, const json_t *params, void *node)
{
	wish(req, params, node, mesh_calls_ring);
}

static void
method_call_answer(struct rpc_request *req, const json_t *params, void *node)
{
	wish(req, params, node, mesh_calls_answer);
}

static void
rejected(void *arg, const struct call *c, const struct fault *fault)
{
	struct rpc_request *req = arg;

	if (fault != NULL)
		method_fail(req, fault);
	else
		rpc_reply(req, json_object());
}

static void
method_call_reject(struct rpc_request *req, const json_t *params, void *node)
{
	struct mesh_calls *mc = calls_of(req, node);

	if (mc != NULL)
		mesh_calls_reject(mc, text_of(params, "call"), rejected, req);
}

/* ---- A party that we speak with ---- */

/* Send it what PARAMS have as WHAT. */
static void
say(struct rpc_request *req, const json_t *params, struct node *node, const char *what,
	int (*how)(struct mesh_calls *mc, const char *id, const char *leg, const char *text,
		struct fault *fault))
{
	struct mesh_calls *mc = calls_of(req, node);
	struct fault fault;

	if (mc == NULL)
		return;
	if (how(mc, text_of(params, "call"), text_of(params, "leg"), text_of(params, what),
		    &fault) != 0)
		method_fail(req, &fault);
	else
		rpc_reply(req, json_object());
}

static void
method_call_dtmf(struct rpc_request *req, const json_t *params, void *node)
{
	say(req, params, node, "digits", mesh_calls_dtmf);
}

static void
method_call_text(struct rpc_request *req, const json_t *params, void *node)
{
	say(req, params, node, "text", mesh_calls_text);
}

/* ---- All of them ---- */

static void
method_mesh_calls(struct rpc_request *req, const json_t *params, void *node)
{
	enum { LIMIT = 100 };
	const struct mesh_calls *mc = node_mesh_calls(node);
	const json_t *limit = json_object_get(params, "limit");

	if (mc == NULL)
		rpc_reply(req, json_pack("{s:[], s:b}", "calls", "more", 0));
	else
		rpc_reply(req,
			mesh_calls_rows(mc, text_of(params, "after"),
				limit != NULL ? (unsigned)json_integer_value(limit) : LIMIT));
}

/* ---- What they take, answer and refuse. ---- */

static const struct rpc_error *const wish_errors[] = {&method_faults[FAULT_UNKNOWN_CALL],
	&method_faults[FAULT_NO_MESH], &method_faults[FAULT_NO_MESH_LEG],
	&method_faults[FAULT_WRONG_STATE], &method_faults[FAULT_SWITCH_DOWN],
	&method_faults[FAULT_REFUSED], &method_faults[FAULT_CALL_LIMIT],
	&method_faults[FAULT_NO_CODEC], &method_faults[FAULT_NO_TRANSCODER],
	&method_faults[FAULT_INTERNAL], NULL};
static const struct rpc_error *const say_errors[] = {&method_faults[FAULT_UNKNOWN_CALL],
	&method_faults[FAULT_NO_MESH], &method_faults[FAULT_NO_MESH_LEG],
	&method_faults[FAULT_WRONG_STATE], &method_faults[FAULT_NO_CODEC],
	&method_faults[FAULT_TOO_MANY], &method_faults[FAULT_SWITCH_DOWN],
	&method_faults[FAULT_BAD_REQUEST], NULL};

/* clang-format off */
static const struct rpc_field dtmf_params[] = {
	NEED("call", 1, REQUEST_ID - 1, "id of the call"),
	NEED("digits", 1, MESH_DIGITS, "0-9, A-D, * and #; four leave in a second"),
	TEXT("leg", 1, REQUEST_NAME - 1, "name of the one in the mesh; otherwise the first such"),
	NO_MORE,
};

static const struct rpc_field text_params[] = {
	NEED("call", 1, REQUEST_ID - 1, "id of the call"),
	NEED("text", 1, VOMP_AUDIO_MAX, "as it is to be shown"),
	TEXT("leg", 1, REQUEST_NAME - 1, "name of the one in the mesh; otherwise the first such"),
	NO_MORE,
};

static const struct rpc_field nothing[] = {NO_MORE};

static const struct rpc_field list_params[] = {
	TEXT("after", 1, REQUEST_ID - 1, "those of calls that come after this one in the daemon's order"),
	INT("limit", 1, 1000, NULL, "how many at most; otherwise 100"),
	NO_MORE,
};

#define ROW \
	TEXT("call", 0, 0, "id of the call"), \
	TEXT("leg", 0, 0, "name of the one in the mesh"), \
	MESH_LEG, \
	{.name = "codecs", .type = RPC_ARRAY, .element = RPC_STRING, \
		.help = "that both sides have; absent: not known yet"}, \
	NUMBER("age_s", "s", "since the call was made")

static const struct rpc_field row[] = {ROW, NO_MORE};

static const struct rpc_field list_result[] = {
	ARRAY("calls", row, "legs of calls, in the daemon's order"),
	BOOL("more", "there are further ones"),
	NO_MORE,
};

#define SID_A "\"1A2B000000000000000000000000000000000000000000000000000000000000\""
#define SID_B "\"3C4D000000000000000000000000000000000000000000000000000000000000\""
#define A_ROW(state) \
	"{\"call\": \"mesh-08f1a2b3c4d5e6f7\", \"leg\": \"mesh\", \"type\": \"vomp\", \"sid\": " SID_A "," \
	" \"did\": \"55512\", \"from\": \"55501\", \"identity\": " SID_B ", \"direction\": \"incoming\"," \
	" \"state\": \"" state "\", \"session\": 20412, \"far_session\": 51207," \
	" \"codecs\": [\"opus\", \"PCMU\"], \"age_s\": 2.1}"

const struct rpc_method methods_mesh_calls[] = {
	{
		.name = "call.ring",
		.role = RPC_SESSION,
		.summary = "Of a call that came from the mesh: its phone rings here.  Its caller is told, and this is"
			" answered when the call's record says so.",
		.params = fields_call_id,
		.result = row,
		.errors = wish_errors,
		.example = "{\"call\": \"mesh-08f1a2b3c4d5e6f7\"}",
		.answer = A_ROW("ringing"),
		.handler = method_call_ring,
	},
	{
		.name = "call.answer",
		.role = RPC_SESSION,
		.summary = "Of a call that came from the mesh: it is answered, and sound flows, to and from the leg"
			" that call.update has added or will add.",
		.params = fields_call_id,
		.result = row,
		.errors = wish_errors,
		.example = "{\"call\": \"mesh-08f1a2b3c4d5e6f7\"}",
		.answer = A_ROW("talking"),
		.handler = method_call_answer,
	},
	{
		.name = "call.reject",
		.role = RPC_SESSION,
		.summary = "End a call that came from the mesh and is not answered; one that is, call.delete ends.",
		.params = fields_call_id,
		.result = nothing,
		.errors = wish_errors,
		.example = "{\"call\": \"mesh-08f1a2b3c4d5e6f7\"}",
		.answer = "{}",
		.handler = method_call_reject,
	},
	{
		.name = "call.dtmf",
		.role = RPC_SESSION,
		.summary = "Send digits to a party in the mesh, beside those that the other party sends as"
			" telephone-event.",
		.params = dtmf_params,
		.result = nothing,
		.errors = say_errors,
		.example = "{\"call\": \"a84b4c76e66710\", \"digits\": \"12#\"}",
		.answer = "{}",
		.handler = method_call_dtmf,
	},
	{
		.name = "call.text",
		.role = RPC_SESSION,
		.summary = "Send text to a party in the mesh.",
		.params = text_params,
		.result = nothing,
		.errors = say_errors,
		.example = "{\"call\": \"a84b4c76e66710\", \"text\": \"I am late\"}",
		.answer = "{}",
		.handler = method_call_text,
	},
	{
		.name = "mesh.calls",
		.role = RPC_VIEW,
		.summary = "The legs that are in the mesh.",
		.params = list_params,
		.result = list_result,
		.example = "{}",
		.answer = "{\"calls\": [" A_ROW("ringing") "], \"more\": false}",
		.handler = method_mesh_calls,
	},
	{.name = NULL},
};
/* clang-format on */
