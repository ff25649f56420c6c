/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/methods_move.c: what its methods do with calls is test_move.c's; here is what becomes
 * of a request whose time is up. */
#include <check.h>

#include "tests/relay/fake_client.h"
#include "tests/relay/fake_node.h"

#define CALL "{'call': 'c', 'legs': [{'name': 'a', 'streams': [{}]}]}"
#define CHANGED "{'call': 'c', 'legs': [{'name': 'a', 'streams': [{'dscp': 8}]}]}"

/* May it be taken back?  It is not answered then. */
static bool
withdraws(const char *name, struct rpc_request *req, json_t *params)
{
	bool gone = method(name)->cancel(req, params, NULL);

	json_decref(params);
	fake_answer_all(sw);
	ck_assert_uint_eq(req->answers, gone ? 0 : 1);
	return gone;
}

START_TEST(an_export_that_waits_can_be_withdrawn)
{
	struct rpc_request update, waiting, begun;

	json_decref(result("call.create", CALL));
	begin(&update, "call.update", parsed(CHANGED));
	begin(&waiting, "call.export", parsed("{'call': 'c'}"));
	ck_assert(withdraws("call.export", &waiting, parsed("{'call': 'c'}")));
	json_decref(update.result);
	begin(&begun, "call.export", parsed("{'call': 'c'}"));
	ck_assert(!withdraws("call.export", &begun, parsed("{'call': 'c'}")));
	json_decref(begun.result);
}
END_TEST

START_TEST(an_import_that_no_transcode_core_takes_says_so)
{
	struct rpc_request req;
	json_t *away;

	json_decref(result("call.create",
		"{'call': 'c', 'legs': [{'name': 'a', 'streams': [{'codecs': [{'name': "
		"'PCMU'}]}]}, {'name': 'b', 'streams': [{'codecs': [{'name': 'G722'}]}]}]}"));
	away = result("call.export", "{'call': 'c'}");
	json_object_del(away, "call");
	json_decref(result("call.delete", "{'call': 'c'}"));
	for (unsigned i = 0; i < FAKE_TRANSCODERS; i++)
		atomic_store(&fake_transcoder(sw, i)->accepting, 0);
	begin(&req, "call.import", away);
	ck_assert_str_eq(req.reason, "no_transcode_capacity");
}
END_TEST

START_TEST(an_import_that_waits_can_be_withdrawn)
{
	struct rpc_request create, waiting, begun;
	json_t *away;

	json_decref(result("call.create", CALL));
	away = result("call.export", "{'call': 'c'}");
	json_object_del(away, "call");
	json_decref(result("call.delete", "{'call': 'c'}"));
	begin(&create, "call.create", parsed(CALL));
	begin(&waiting, "call.import", json_incref(away));
	ck_assert(withdraws("call.import", &waiting, json_incref(away)));
	json_decref(create.result);
	json_decref(result("call.delete", "{'call': 'c'}"));
	begin(&begun, "call.import", json_incref(away));
	ck_assert(!withdraws("call.import", &begun, json_incref(away)));
	json_decref(begun.result);
	json_decref(away);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("methods_move");
	TCase *t = tcase_create("deadlines");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, an_export_that_waits_can_be_withdrawn);
	tcase_add_test(t, an_import_that_no_transcode_core_takes_says_so);
	tcase_add_test(t, an_import_that_waits_can_be_withdrawn);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
