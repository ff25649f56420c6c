/* SPDX-License-Identifier: Apache-2.0
 *
 * The methods that move a call to another node: calls.h in base64.  A record holds keys, so
 * its bytes lie in memory of secret.h, and its text where JSON of requests with keys does. */
#include <stdlib.h>
#include <string.h>

#include "control/base64.h"
#include "dataplane/secret.h"
#include "relay/call.h"
#include "relay/calls.h"
#include "relay/fields.h"
#include "relay/fields_call.h"
#include "relay/methods.h"
#include "relay/methods_inside.h"
#include "relay/node.h"
#include "relay/record.h"

static void
fail_out_of_memory(struct rpc_request *req)
{
	struct fault fault;

	fault_set(&fault, FAULT_INTERNAL, NULL, NULL, NULL, "out of memory");
	method_fail(req, &fault);
}

/* ---- call.export ---- */

struct departure {
	struct rpc_request *req;
	json_t *record; /* NULL: none, or no memory for it */
};

static void
write_record(void *arg, const uint8_t *record, size_t len)
{
	struct departure *d = arg;
	char *text = malloc(BASE64_LEN(len) + 1);

	if (text == NULL)
		return;
	base64_encode(text, record, len);
	d->record = json_string(text);
	explicit_bzero(text, BASE64_LEN(len));
	free(text);
}

static void
departed(void *arg, const struct call *call, const struct fault *fault)
{
	struct departure *d = arg;

	if (fault != NULL)
		method_fail(d->req, fault);
	else if (d->record == NULL)
		fail_out_of_memory(d->req);
	else
		rpc_reply(d->req,
			json_pack("{s:s, s:O}", "call", call->id, "record", d->record));
	json_decref(d->record);
	free(d);
}

static void
method_call_export(struct rpc_request *req, const json_t *params, void *node)
{
	struct departure *d = calloc(1, sizeof *d);

	if (d == NULL) {
		fail_out_of_memory(req);
		return;
	}
	d->req = req;
	rpc_request_keep(req, d);
	calls_export(node_calls(node), json_string_value(json_object_get(params, "call")),
		write_record, departed, d);
}

static bool
method_call_export_cancel(struct rpc_request *req, const json_t *params, void *node)
{
	struct departure *d = rpc_request_kept(req);

	if (!calls_cancel(
		    node_calls(node), json_string_value(json_object_get(params, "call")), d))
		return false;
	free(d);
	return true;
}

/* ---- call.import ---- */

/* The record of PARAMS into BYTES.  Its length: 0 of what is no base64, which is no record
 * either, and refused as such. */
static size_t
read_record(const json_t *params, uint8_t bytes[RECORD_LONG_MAX])
{
	const json_t *record = json_object_get(params, "record");
	ssize_t len = base64_decode(
		bytes, RECORD_LONG_MAX, json_string_value(record), json_string_length(record));

	return len > 0 ? (size_t)len : 0;
}

static void
method_call_import(struct rpc_request *req, const json_t *params, void *node)
{
	bool relocate = json_is_true(json_object_get(params, "relocate"));
	uint8_t *bytes = secret_alloc(RECORD_LONG_MAX);

	if (bytes == NULL) {
		fail_out_of_memory(req);
		return;
	}
	calls_import(node_calls(node), bytes, read_record(params, bytes), relocate,
		method_call_changed, req);
	secret_free(bytes, RECORD_LONG_MAX);
}

/* The record knows whose it is. */
static bool
method_call_import_cancel(struct rpc_request *req, const json_t *params, void *node)
{
	uint8_t *bytes = secret_alloc(RECORD_LONG_MAX);
	struct call *c = NULL;
	bool gone;

	if (bytes != NULL)
		c = record_decode(bytes, read_record(params, bytes), NULL);
	gone = c != NULL && calls_cancel(node_calls(node), c->id, req);
	call_close(c);
	secret_free(bytes, RECORD_LONG_MAX);
	return gone;
}

/* ---- What they take, answer and refuse. ---- */

static const struct rpc_error *const export_errors[] = {&method_faults[FAULT_UNKNOWN_CALL],
	&method_faults[FAULT_SWITCH_DOWN], &method_faults[FAULT_REFUSED],
	&method_faults[FAULT_CALL_LIMIT], &method_faults[FAULT_BAD_REQUEST],
	&method_faults[FAULT_INTERNAL], NULL};
static const struct rpc_error *const import_errors[] = {&method_faults[FAULT_CALL_EXISTS],
	&method_faults[FAULT_NO_PLACE], &method_faults[FAULT_NO_PORTS],
	&method_faults[FAULT_NO_INTERFACE], &method_faults[FAULT_SWITCH_DOWN],
	&method_faults[FAULT_REFUSED], &method_faults[FAULT_DRAINING],
	&method_faults[FAULT_CALL_LIMIT], &method_faults[FAULT_NO_CODEC],
	&method_faults[FAULT_NO_TRANSCODER], &method_faults[FAULT_BAD_REQUEST],
	&method_faults[FAULT_INTERNAL], NULL};

/* clang-format off */
static const struct rpc_field import_params[] = {
	NEED("record", 1, 200000, "what call.export has answered, on whichever node"),
	BOOL("relocate", "give the call other addresses and ports, which signalling has to tell its parties;"
		" otherwise it is refused where its own are not free here"),
	NO_MORE,
};

static const struct rpc_field export_result[] = {
	TEXT("call", 0, 0, "id of the call"),
	TEXT("record", 0, 0, "all that another node needs, in base64; it holds the call's keys"),
	NO_MORE,
};

const struct rpc_method methods_move[] = {
	{
		.name = "call.export",
		.summary = "Stop a call here and answer all that another node needs to go on with it.  It stays,"
			" stopped, with its ports, until call.delete; or until call.import here, for when the"
			" other node has refused it.  A switch that starts afresh, without the shared memory, knows"
			" nothing of it: it ends then.  Asked again the answer is the same, but for ages.  Import a"
			" record once: wherever a call goes on, it goes on under the same keys and packet numbers,"
			" and two that do are an end to their secrecy.",
		.params = fields_call_id,
		.result = export_result,
		.errors = export_errors,
		.example = "{\"call\": \"a84b4c76e66710\"}",
		.answer = "{\"call\": \"a84b4c76e66710\", \"record\": \"U1dDUgEAAAABAQB4\"}",
		.handler = method_call_export,
		.cancel = method_call_export_cancel,
	},
	{
		.name = "call.import",
		.summary = "Go on with a call that call.export has stopped: keys, packet numbers, learned addresses"
			" and counters are what they were.  A call that has stayed here, exported, goes on from where it"
			" was last, there or here, at the ports that it has kept here; it is refused if it has run in both"
			" places since.  A call that runs here already is answered as it is.",
		.params = import_params,
		.result = fields_call_changed,
		.errors = import_errors,
		.example = "{\"record\": \"U1dDUgEAAAABAQB4\", \"relocate\": true}",
		.answer = "{\"call\": \"a84b4c76e66710\", \"legs\": [{\"name\": \"callee\", \"interface\":"
			" \"outside\", \"streams\": [{\"media\": \"audio\", \"local\": {\"address\":"
			" \"192.0.2.1\", \"port\": 38772, \"rtcp_port\": 38773}}]}]}",
		.handler = method_call_import,
		.cancel = method_call_import_cancel,
	},
	{.name = NULL},
};
/* clang-format on */
