/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/methods_mesh_calls.c and what it answers (relay/mesh_calls_json.c), over the mesh of
 * mesh_far.h; the node and the RPC server are here. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/rpc_check.h"
#include "relay/mesh_calls_inside.h"
#include "relay/methods.h"
#include "relay/methods_inside.h"
#include "relay/node.h"
#include "tests/relay/mesh_far.h"

enum { SESSION = 0x1235 };

/* ---- The server, and the node ---- */

struct rpc_request {
	const struct rpc_method *method;
	void *kept;
	unsigned answers;
	json_t *result;
	char reason[32];
};

static bool no_mesh;

void
rpc_reply(struct rpc_request *req, json_t *result)
{
	json_t *error = NULL;

	req->answers++;
	req->result = result;
	ck_assert_msg(rpc_check(req->method->result, result, &error) == 0, "%s: %s",
		req->method->name, json_dumps(result, 0));
}

void
rpc_fail(struct rpc_request *req, const struct rpc_error *err, const char *field,
	const char *got, const char *expected, const char *fmt, ...)
{
	const struct rpc_error *const *e = req->method->errors;

	while (*e != NULL && *e != err)
		e++;
	ck_assert_msg(*e != NULL, "%s is not told of", err->reason);
	req->answers++;
	strcpy(req->reason, err->reason);
}

void
rpc_request_keep(struct rpc_request *req, void *what)
{
	req->kept = what;
}

void *
rpc_request_kept(const struct rpc_request *req)
{
	return req->kept;
}

struct mesh_calls *
node_mesh_calls(const struct node *n)
{
	return no_mesh ? NULL : mc;
}

struct calls *
node_calls(const struct node *n)
{
	return calls;
}

struct switch_client *
node_client(const struct node *n)
{
	return sw;
}

/* ---- Asking ---- */

static struct rpc_request
request(const char *name, json_t *params)
{
	const struct rpc_method *m = methods_mesh_calls;
	struct rpc_request req = {0};
	json_t *error = NULL;

	while (strcmp(m->name, name) != 0)
		m++;
	req.method = m;
	ck_assert_int_eq(rpc_check(m->params, params, &error), 0);
	m->handler(&req, params, NULL);
	settle();
	json_decref(params);
	ck_assert_uint_eq(req.answers, 1);
	return req;
}

static void
must_do(const char *name, json_t *params, const char *state)
{
	struct rpc_request req = request(name, params);

	ck_assert_msg(req.result != NULL, "%s: %s", name, req.reason);
	if (state != NULL)
		ck_assert_str_eq(
			json_string_value(json_object_get(req.result, "state")), state);
	json_decref(req.result);
}

static void
must_refuse(const char *name, json_t *params, const char *reason)
{
	ck_assert_str_eq(request(name, params).reason, reason);
}

static json_t *
call(const char *id)
{
	return json_pack("{s:s}", "call", id);
}

static json_t *
call_with(const char *id, const char *name, const char *text)
{
	return json_pack("{s:s, s:s}", "call", id, name, text);
}

/* One that A1 has offered. */
static const char *
offered(void)
{
	far_call(far_add(0xa1, far_all), SESSION);
	settle();
	hear("mesh.call_offered", NULL, NULL);
	return heard_call();
}

START_TEST(a_call_from_the_mesh_is_rung_answered_and_spoken_to)
{
	const char *id = offered();

	must_refuse("call.dtmf", call_with(id, "digits", "1"), "wrong_state");
	must_do("call.ring", call(id), "ringing");
	must_do("call.answer", call(id), "talking");
	must_refuse("call.answer", call(id), "wrong_state");
	must_do("call.dtmf", call_with(id, "digits", "12#"), NULL);
	must_do("call.text", call_with(id, "text", "hello"), NULL);
	must_refuse("call.dtmf", call_with(id, "digits", "x"), "bad_value");
	must_refuse("call.reject", call(id), "wrong_state");
}
END_TEST

START_TEST(a_call_from_the_mesh_is_rejected)
{
	char id[REQUEST_ID];

	strcpy(id, offered());
	must_do("call.reject", call(id), NULL);
	must_refuse("call.ring", call(id), "unknown_call");
}
END_TEST

START_TEST(those_of_the_mesh_are_listed_in_pages)
{
	struct rpc_request req;
	const json_t *row;

	offered();
	create("{'call': 'c', 'legs': [{'name': 'm', 'type': 'vomp', 'did': '555002'}]}");
	create("{'call': 'd', 'legs': [{'name': 'p', 'streams': [{}]}]}");
	req = request("mesh.calls", json_object());
	ck_assert_uint_eq(json_array_size(json_object_get(req.result, "calls")), 2);
	ck_assert(json_is_false(json_object_get(req.result, "more")));
	json_decref(req.result);

	req = request("mesh.calls", json_pack("{s:i}", "limit", 1));
	ck_assert(json_is_true(json_object_get(req.result, "more")));
	row = json_array_get(json_object_get(req.result, "calls"), 0);
	json_incref((json_t *)(uintptr_t)row);
	json_decref(req.result);
	req = request("mesh.calls",
		json_pack("{s:s}", "after", json_string_value(json_object_get(row, "call"))));
	ck_assert_uint_eq(json_array_size(json_object_get(req.result, "calls")), 1);
	json_decref(req.result);
	json_decref((json_t *)(uintptr_t)row);
}
END_TEST

START_TEST(where_there_is_no_mesh_nothing_is_in_it)
{
	struct rpc_request req;

	no_mesh = true;
	req = request("mesh.calls", json_object());
	ck_assert_uint_eq(json_array_size(json_object_get(req.result, "calls")), 0);
	json_decref(req.result);
	must_refuse("call.ring", call("c"), "no_mesh");
	must_refuse("call.reject", call("c"), "no_mesh");
	must_refuse("call.text", call_with("c", "text", "hello"), "no_mesh");
	no_mesh = false;
}
END_TEST

START_TEST(sums_say_how_calls_have_ended)
{
	json_t *sums;

	end(offered());
	sums = mesh_calls_sums_json(mc);
	ck_assert_int_eq(json_integer_value(json_object_get(sums, "offered")), 1);
	ck_assert_int_eq(json_integer_value(json_object_get(sums, "answered")), 0);
	ck_assert_int_eq(
		json_integer_value(json_object_get(json_object_get(sums, "ended"), "hung_up")),
		1);
	ck_assert_uint_eq(json_object_size(json_object_get(sums, "ended")), 1);
	json_decref(sums);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("methods_mesh_calls");
	TCase *t = tcase_create("methods");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_call_from_the_mesh_is_rung_answered_and_spoken_to);
	tcase_add_test(t, a_call_from_the_mesh_is_rejected);
	tcase_add_test(t, those_of_the_mesh_are_listed_in_pages);
	tcase_add_test(t, where_there_is_no_mesh_nothing_is_in_it);
	tcase_add_test(t, sums_say_how_calls_have_ended);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
