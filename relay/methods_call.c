/* SPDX-License-Identifier: Apache-2.0
 *
 * The methods that change a call: JSON -> request -> calls.h, and what comes back -> JSON. */
#include <stdlib.h>
#include <string.h>

#include "control/base64.h"
#include "control/request_json.h"
#include "control/rpc_error.h"
#include "relay/call.h"
#include "relay/calls.h"
#include "relay/fields_call.h"
#include "relay/methods.h"
#include "relay/methods_inside.h"
#include "relay/node.h"
#include "relay/stats.h"

/* NULL for what is empty. */
static const char *
said(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

json_t *
method_error(const struct fault *f)
{
	const struct rpc_error *e = &method_faults[f->kind];

	return rpc_error(e->code,
		&(struct rpc_detail){.reason = e->reason,
			.field = said(f->field),
			.got = said(f->got),
			.expected = said(f->expected),
			.retry_after_ms = e->retry_after_ms},
		"%s", f->text);
}

void
method_fail(struct rpc_request *req, const struct fault *f)
{
	rpc_fail(req, &method_faults[f->kind], said(f->field), said(f->got), said(f->expected),
		"%s", f->text);
}

/* ---- call.create, call.update ---- */

static json_t *
key_json(const struct sw_key *k)
{
	const struct sw_suite_info *suite = sw_suite_info(k->suite);
	uint8_t bytes[SW_KEY_MAX + SW_SALT_MAX];
	char text[BASE64_LEN(sizeof bytes) + 1];
	json_t *o;

	memcpy(bytes, k->key, suite->key_len);
	memcpy(bytes + suite->key_len, k->salt, suite->salt_len);
	base64_encode(text, bytes, (size_t)suite->key_len + suite->salt_len);
	o = json_pack("{s:s, s:s}", "suite", suite->name, "key", text);
	explicit_bzero(bytes, sizeof bytes);
	explicit_bzero(text, sizeof text);
	return o;
}

static json_t *
stream_json(const struct leg *l, const struct stream *s)
{
	json_t *o = json_pack("{s:s}", "media", request_media_words[s->media]);

	if (s->closed) {
		json_object_set_new(o, "closed", json_true());
		return o;
	}
	stats_put_local(o, l, s);
	if (s->keys != NULL)
		json_object_set_new(o, "srtp", key_json(&s->keys->seal));
	return o;
}

json_t *
method_call_json(const struct call *c)
{
	json_t *legs = json_array();

	for (unsigned i = 0; i < c->legs; i++) {
		json_t *streams = json_array(), *leg;

		for (unsigned j = 0; j < c->leg[i].streams; j++)
			json_array_append_new(
				streams, stream_json(&c->leg[i], &c->leg[i].stream[j]));
		leg = json_pack("{s:s, s:s, s:o}", "name", c->leg[i].name, "interface",
			c->leg[i].interface, "streams", streams);
		stats_put_mesh(leg, &c->leg[i]);
		json_array_append_new(legs, leg);
	}
	return json_pack("{s:s, s:s*, s:o}", "call", c->id, "e2e",
		call_is_e2e(c) ? request_e2e_words[0] : NULL, "legs", legs);
}

void
method_call_changed(void *arg, const struct call *call, const struct fault *fault)
{
	struct rpc_request *req = arg;

	if (fault != NULL)
		method_fail(req, fault);
	else
		rpc_reply(req, method_call_json(call));
}

static void
change(struct rpc_request *req, const json_t *params, struct node *node,
	void (*how)(struct calls *c, const struct call_request *asked, calls_done *done,
		void *arg))
{
	struct call_request asked;
	struct fault fault;

	if (request_from_json(&asked, params, &fault) != 0)
		method_fail(req, &fault);
	else
		how(node_calls(node), &asked, method_call_changed, req);
	request_wipe(&asked);
}

static void
method_call_create(struct rpc_request *req, const json_t *params, void *node)
{
	change(req, params, node, calls_create);
}

static void
method_call_update(struct rpc_request *req, const json_t *params, void *node)
{
	change(req, params, node, calls_update);
}

static bool
method_call_cancel(struct rpc_request *req, const json_t *params, void *node)
{
	return calls_cancel(
		node_calls(node), json_string_value(json_object_get(params, "call")), req);
}

/* ---- call.delete ---- */

struct deletion {
	struct rpc_request *req;
	const struct switch_client *client;
	json_t *counters;
};

static void
last(void *arg, const struct call *call)
{
	struct deletion *d = arg;

	d->counters = stats_call(call, d->client);
}

static void
deleted(void *arg, const struct call *call, const struct fault *fault)
{
	struct deletion *d = arg;

	if (fault == NULL) {
		rpc_reply(d->req, d->counters);
	} else {
		json_decref(d->counters);
		method_fail(d->req, fault);
	}
	free(d);
}

static void
method_call_delete(struct rpc_request *req, const json_t *params, void *node)
{
	struct deletion *d = calloc(1, sizeof *d);
	struct fault fault;

	if (d == NULL) {
		fault_set(&fault, FAULT_INTERNAL, NULL, NULL, NULL, "out of memory");
		method_fail(req, &fault);
		return;
	}
	d->req = req;
	d->client = node_client(node);
	rpc_request_keep(req, d);
	calls_delete(node_calls(node), json_string_value(json_object_get(params, "call")),
		last, deleted, d);
}

static bool
method_call_delete_cancel(struct rpc_request *req, const json_t *params, void *node)
{
	struct deletion *d = rpc_request_kept(req);

	if (!calls_cancel(
		    node_calls(node), json_string_value(json_object_get(params, "call")), d))
		return false;
	free(d);
	return true;
}

/* ---- What they take, answer and refuse. ---- */

static const struct rpc_error *const create_errors[] = {&method_faults[FAULT_CALL_EXISTS],
	&method_faults[FAULT_NO_PORTS], &method_faults[FAULT_NO_INTERFACE],
	&method_faults[FAULT_SWITCH_DOWN], &method_faults[FAULT_REFUSED],
	&method_faults[FAULT_BAD_KEY], &method_faults[FAULT_DRAINING],
	&method_faults[FAULT_CALL_LIMIT], &method_faults[FAULT_E2E],
	&method_faults[FAULT_NO_CODEC], &method_faults[FAULT_NO_TRANSCODER],
	&method_faults[FAULT_PEER_BUSY], &method_faults[FAULT_BAD_REQUEST],
	&method_faults[FAULT_INTERNAL], NULL};
static const struct rpc_error *const update_errors[] = {&method_faults[FAULT_UNKNOWN_CALL],
	&method_faults[FAULT_NO_PORTS], &method_faults[FAULT_NO_INTERFACE],
	&method_faults[FAULT_SWITCH_DOWN], &method_faults[FAULT_REFUSED],
	&method_faults[FAULT_BAD_KEY], &method_faults[FAULT_CALL_LIMIT],
	&method_faults[FAULT_EXPORTED], &method_faults[FAULT_E2E],
	&method_faults[FAULT_NO_CODEC], &method_faults[FAULT_NO_TRANSCODER],
	&method_faults[FAULT_PEER_BUSY], &method_faults[FAULT_BAD_REQUEST],
	&method_faults[FAULT_INTERNAL], NULL};
static const struct rpc_error *const delete_errors[] = {&method_faults[FAULT_UNKNOWN_CALL],
	&method_faults[FAULT_SWITCH_DOWN], &method_faults[FAULT_INTERNAL], NULL};

/* clang-format off */
/* Keys in examples: 30 and 28 bytes that nobody uses. */
#define KEY_30 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd"
#define KEY_28 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw=="

const struct rpc_method methods_call[] = {
	{
		.name = "call.create",
		.role = RPC_SESSION,
		.summary = "Set a call up: open ports, make keys, join the legs.  With one leg its ports are"
			" open, and call.update brings the other.",
		.params = fields_call_change,
		.result = fields_call_changed,
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
		.params = fields_call_change,
		.result = fields_call_changed,
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
		.params = fields_call_id,
		.result = fields_call_seen,
		.errors = delete_errors,
		.example = "{\"call\": \"a84b4c76e66710\"}",
		.answer = "{\"call\": \"a84b4c76e66710\", \"state\": \"running\", \"age_s\": 61.2, \"legs\": []}",
		.handler = method_call_delete,
		.cancel = method_call_delete_cancel,
	},
	{.name = NULL},
};
/* clang-format on */
