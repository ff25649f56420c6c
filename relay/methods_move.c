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
#include "relay/methods.h"
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

void
method_call_export(struct rpc_request *req, const json_t *params, void *node)
{
	struct departure *d = calloc(1, sizeof *d);

	if (d == NULL) {
		fail_out_of_memory(req);
		return;
	}
	d->req = req;
	calls_export(node_calls(node), json_string_value(json_object_get(params, "call")),
		write_record, departed, d);
}

/* ---- call.import ---- */

void
method_call_import(struct rpc_request *req, const json_t *params, void *node)
{
	const json_t *record = json_object_get(params, "record");
	bool relocate = json_is_true(json_object_get(params, "relocate"));
	uint8_t *bytes = secret_alloc(RECORD_LONG_MAX);
	ssize_t len;

	if (bytes == NULL) {
		fail_out_of_memory(req);
		return;
	}
	len = base64_decode(
		bytes, RECORD_LONG_MAX, json_string_value(record), json_string_length(record));
	/* What is no base64 is no record either, and is refused as such. */
	calls_import(node_calls(node), bytes, len > 0 ? (size_t)len : 0, relocate,
		method_call_changed, req);
	secret_free(bytes, RECORD_LONG_MAX);
}
