/* SPDX-License-Identifier: Apache-2.0
 *
 * One call under the lens: relay/methods_log.c, methods_capture.c, capture.c, capture_file.c
 * and call_log.c, with a switch in the test's memory.  What is in a capture beside its head,
 * tests/dataplane and tests/system see. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/log_trace.h"
#include "relay/call.h"
#include "relay/node.h"
#include "tests/relay/ask.h"
#include "tests/relay/fake_client.h"
#include "tests/relay/fake_node.h"
#include "tests/scratch.h"

#define LEG(name, address)                                                  \
	"{'name': '" name "', 'streams': [{'remote': {'address': '" address \
	"', 'port': 4000}}]}"
#define CALL(id)        \
	"{'call': '" id \
	"', 'legs': [" LEG("caller", "192.0.2.10") ", " LEG("callee", "192.0.2.20") "]}"

/* ---- A directory, and what goes to stderr. ---- */

static char dir[64];
static int caught;

static const char *
logged(void)
{
	static char buf[16384];
	ssize_t n = pread(caught, buf, sizeof buf - 1, 0);

	buf[n < 0 ? 0 : n] = '\0';
	return buf;
}

static void
set_up(void)
{
	char path[SCRATCH];

	log_open(LOG_LEVEL_ERROR, false);
	setup();
	ck_assert_ptr_nonnull(mkdtemp(scratch(dir, "lens")));
	snprintf(conf.capture_directory, sizeof conf.capture_directory, "%s/captures", dir);
	fflush(stderr);
	caught = mkstemp(scratch(path, "log"));
	unlink(path);
	dup2(caught, STDERR_FILENO);
}

static void
tear_down(void)
{
	char command[128];

	teardown();
	for (unsigned i = LOG_TRACES; i-- > 0;) {
		struct log_trace t;

		if (log_trace_get(i, &t))
			log_trace_end(t.id);
	}
	snprintf(command, sizeof command, "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static void
do_it(const char *name, const char *text)
{
	json_decref(result(name, text));
}

/* ---- Names. ---- */

START_TEST(a_hash_leads_to_the_call_and_back)
{
	json_t *of, *back;
	char text[64];

	do_it("call.create", CALL("a"));
	do_it("call.create", CALL("b"));
	of = result("call.hash", "{'call': 'b'}");
	snprintf(text, sizeof text, "{'hash': '%s'}", text_at(of, "hash"));
	back = result("call.find_hash", text);
	ck_assert_uint_eq(json_array_size(at(back, "calls")), 1);
	ck_assert_str_eq(text_at(back, "calls.0"), "b");
	json_decref(back);
	do_it("call.delete", "{'call': 'b'}");
	back = result("call.find_hash", text);
	ck_assert_uint_eq(json_array_size(at(back, "calls")), 0);
	json_decref(back);
	json_decref(of);
}
END_TEST

START_TEST(a_hash_is_what_log_lines_say)
{
	json_t *of = result("call.hash", "{'call': 'nobody'}");

	ck_assert_str_eq(text_at(of, "hash"), log_call("nobody"));
	log_set_identifiers(true); /* it does not change with what they say now */
	ck_assert_str_eq(log_call("nobody"), "nobody");
	json_decref(of);
	of = result("call.hash", "{'call': 'nobody'}");
	log_set_identifiers(false);
	ck_assert_str_eq(text_at(of, "hash"), log_call("nobody"));
	json_decref(of);
}
END_TEST

/* ---- Traces. ---- */

START_TEST(a_traced_call_is_in_the_log_and_no_other)
{
	json_t *r;
	char name[32];

	r = result("call.trace", "{'call': 'a'}");
	ck_assert(json_is_true(at(r, "armed")));
	ck_assert_str_eq(text_at(r, "level"), "debug");
	ck_assert_int_eq(number_at(r, "seconds"), LOG_TRACE_SECONDS);
	json_decref(r);
	do_it("call.create", CALL("a"));
	do_it("call.create", CALL("b"));
	strcpy(name, log_call("a"));
	ck_assert_ptr_nonnull(strstr(logged(), name));
	ck_assert_ptr_nonnull(strstr(logged(), "192.0.2.10:4000"));
	ck_assert_ptr_nonnull(strstr(logged(), "party callee"));
	ck_assert_ptr_null(strstr(logged(), log_call("b")));
	r = result("call.trace_list", "{}");
	ck_assert_uint_eq(json_array_size(at(r, "traces")), 1);
	ck_assert(json_is_false(at(r, "traces.0.armed")));
	ck_assert_str_eq(text_at(r, "traces.0.hash"), name);
	json_decref(r);
}
END_TEST

START_TEST(debug_of_all_calls_is_not_a_trace_of_each)
{
	log_set_level(LOG_LEVEL_DEBUG);
	do_it("call.create", CALL("a"));
	do_it("call.delete", "{'call': 'a'}");
	ck_assert_ptr_null(strstr(logged(), log_call("a")));
}
END_TEST

START_TEST(a_refusal_is_in_the_trace)
{
	do_it("call.trace", "{'call': 'a'}");
	ck_assert_str_eq(
		request("call.update", "{'call': 'a', 'legs': [{'name': 'x'}]}").reason,
		"unknown_call");
	ck_assert_ptr_nonnull(strstr(logged(), "refused: there is no call of this id"));
}
END_TEST

/* The first stream of the call has learned a source. */
static void
latch(const char *id)
{
	const struct stream *s = &calls_find(calls, id)->leg[0].stream[0];
	struct sw_event ev = {.id = s->id, .slot = s->slot, .kind = SW_EV_LATCHED};

	ev.addr = (struct sw_addr){.family = AF_INET, .port = 5555, .ip = {198, 51, 100, 7}};
	calls_event(calls, &ev);
}

START_TEST(what_the_switch_says_of_it_is_in_the_trace)
{
	do_it("call.create", CALL("a"));
	do_it("call.create", CALL("b"));
	latch("a");
	ck_assert_str_eq(logged(), "");
	do_it("call.trace", "{'call': 'a'}");
	latch("b");
	ck_assert_str_eq(logged(), "");
	latch("a");
	ck_assert_ptr_nonnull(strstr(logged(), "latched on a source"));
	ck_assert_ptr_nonnull(strstr(logged(), "198.51.100.7:5555"));
}
END_TEST

START_TEST(a_trace_has_the_level_that_it_is_given)
{
	do_it("call.create", CALL("a"));
	do_it("call.trace", "{'call': 'a', 'level': 'info'}");
	latch("a");
	ck_assert_ptr_nonnull(strstr(logged(), " info: "));
	ck_assert_ptr_null(strstr(logged(), " debug: "));
	ck_assert_ptr_null(strstr(logged(), "198.51.100.7"));
}
END_TEST

START_TEST(a_trace_ends_when_asked_and_with_its_time)
{
	json_t *r;

	do_it("call.trace", "{'call': 'a', 'seconds': 1}");
	do_it("call.trace", "{'call': 'b'}");
	r = result("call.untrace", "{'call': 'b'}");
	ck_assert(json_is_true(at(r, "was_traced")));
	json_decref(r);
	r = result("call.untrace", "{'call': 'b'}");
	ck_assert(json_is_false(at(r, "was_traced")));
	json_decref(r);
	usleep(1100000);
	do_it("call.create", CALL("a"));
	do_it("call.create", CALL("b"));
	ck_assert_str_eq(logged(), "");
	r = result("call.trace_list", "{}");
	ck_assert_uint_eq(json_array_size(at(r, "traces")), 0);
	json_decref(r);
}
END_TEST

START_TEST(a_trace_ends_soon_after_its_call)
{
	json_t *r;

	do_it("call.create", CALL("a"));
	do_it("call.trace", "{'call': 'a'}");
	do_it("call.delete", "{'call': 'a'}");
	ck_assert_ptr_nonnull(strstr(logged(), ": ended"));
	r = result("call.trace_list", "{}");
	ck_assert_int_le(number_at(r, "traces.0.seconds"), 2);
	json_decref(r);
}
END_TEST

START_TEST(there_are_only_so_many_traces)
{
	char text[64];

	for (unsigned i = 0; i < LOG_TRACES; i++) {
		snprintf(text, sizeof text, "{'call': 'call %u'}", i);
		do_it("call.trace", text);
	}
	do_it("call.trace", "{'call': 'call 3'}"); /* again */
	ck_assert_str_eq(request("call.trace", "{'call': 'x'}").reason, "too_many");
	do_it("call.untrace", "{'call': 'call 7'}");
	do_it("call.trace", "{'call': 'x'}");
}
END_TEST

/* ---- Captures. ---- */

START_TEST(a_capture_is_told_to_the_switch_with_its_file)
{
	const struct call *c;
	struct stat st;
	json_t *r;

	do_it("call.create", CALL("a"));
	r = result("call.capture", "{'call': 'a', 'snaplen': 200, 'max_bytes': 9000}");
	c = calls_find(calls, "a");
	ck_assert_uint_eq(fake_capture(sw)->transports, 2);
	ck_assert_uint_eq(fake_capture(sw)->transport[0].id, c->leg[0].stream[0].id);
	ck_assert_uint_eq(fake_capture(sw)->transport[1].slot, c->leg[1].stream[0].slot);
	ck_assert_uint_eq(fake_capture(sw)->snaplen, 200);
	ck_assert_uint_eq(fake_capture(sw)->max_bytes, 9000);
	ck_assert_int_eq(stat(text_at(r, "file"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_gt(st.st_size, 0);
	ck_assert_int_eq(number_at(r, "bytes"), st.st_size);
	ck_assert_int_eq(stat(conf.capture_directory, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	ck_assert_ptr_nonnull(strstr(text_at(r, "file"), log_call("a")));
	json_decref(r);
}
END_TEST

START_TEST(a_file_says_whose_it_is_and_names_the_devices)
{
	char head[2048] = "";
	json_t *r;
	FILE *f;

	do_it("call.create", CALL("a"));
	r = result("call.capture", "{'call': 'a', 'leg': 'callee'}");
	ck_assert_uint_eq(fake_capture(sw)->transports, 1);
	ck_assert_uint_eq(fake_capture(sw)->transport[0].id,
		calls_find(calls, "a")->leg[1].stream[0].id);
	f = fopen(text_at(r, "file"), "r");
	ck_assert_uint_gt(fread(head, 1, sizeof head - 1, f), 0);
	fclose(f);
	ck_assert_ptr_nonnull(memmem(head, sizeof head, log_call("a"), LOG_HASH - 1));
	ck_assert_ptr_nonnull(memmem(head, sizeof head, "leg callee", 10));
	ck_assert_ptr_nonnull(memmem(head, sizeof head, "eth0", 4));
	ck_assert_str_eq(text_at(r, "leg"), "callee");
	json_decref(r);
}
END_TEST

START_TEST(a_capture_ends_when_asked_and_says_how)
{
	json_t *begun, *r;

	do_it("call.create", CALL("a"));
	begun = result("call.capture", "{'call': 'a', 'file': 'mine.pcapng'}");
	r = result("call.capture_list", "{}");
	ck_assert_uint_eq(json_array_size(at(r, "captures")), 1);
	ck_assert_int_eq(number_at(r, "captures.0.capture"), number_at(begun, "capture"));
	json_decref(r);
	r = result("call.capture_stop", "{'capture': 1}");
	ck_assert_str_eq(text_at(r, "reason"), "asked");
	ck_assert_int_eq(number_at(r, "packets"), 7);
	ck_assert_str_eq(strrchr(text_at(r, "file"), '/'), "/mine.pcapng");
	json_decref(r);
	json_decref(begun);
	ck_assert_uint_eq(told.captures_ended, 1);
	r = result("call.capture_list", "{}");
	ck_assert_uint_eq(json_array_size(at(r, "captures")), 0);
	json_decref(r);
	ck_assert_str_eq(
		request("call.capture_stop", "{'capture': 1}").reason, "unknown_capture");
}
END_TEST

static void
turn_until_ended(void)
{
	for (unsigned i = 0; i < 300 && told.captures_ended == 0; i++) {
		fake_answer_all(sw);
		event_base_loop(base, EVLOOP_NONBLOCK);
		usleep(10000);
	}
	ck_assert_uint_eq(told.captures_ended, 1);
}

START_TEST(a_capture_ends_with_its_time)
{
	do_it("call.create", CALL("a"));
	do_it("call.capture", "{'call': 'a', 'seconds': 1}");
	turn_until_ended();
	ck_assert_str_eq(told.capture_ended.reason, "time");
}
END_TEST

START_TEST(a_capture_ends_with_its_call)
{
	do_it("call.create", CALL("a"));
	do_it("call.create", CALL("b"));
	do_it("call.capture", "{'call': 'a'}");
	do_it("call.delete", "{'call': 'b'}");
	ck_assert_uint_eq(told.captures_ended, 0);
	do_it("call.delete", "{'call': 'a'}");
	turn_until_ended();
	ck_assert_str_eq(told.capture_ended.reason, "call_ended");
}
END_TEST

/* There is no room to tell the switch, at first. */
START_TEST(a_capture_ends_a_little_late)
{
	do_it("call.create", CALL("a"));
	do_it("call.capture", _i == 0 ? "{'call': 'a', 'seconds': 1}" : "{'call': 'a'}");
	fake_full(sw, SW_CAPTURE_END, 1);
	if (_i == 1)
		do_it("call.delete", "{'call': 'a'}");
	turn_until_ended();
	ck_assert_str_eq(told.capture_ended.reason, _i == 0 ? "time" : "call_ended");
}
END_TEST

START_TEST(a_capture_that_ends_by_itself_says_why)
{
	static const struct {
		int error;
		const char *reason;
	} ends[] = {{-EFBIG, "size"}, {-ENOSPC, "disk"}};

	do_it("call.create", CALL("a"));
	for (unsigned i = 0; i < 2; i++) {
		do_it("call.capture", "{'call': 'a'}");
		fake_captured(sw, ends[i].error);
		ck_assert_uint_eq(told.captures_ended, i + 1);
		ck_assert_str_eq(told.capture_ended.reason, ends[i].reason);
	}
	ck_assert_int_eq(told.capture_ended.error, -ENOSPC);
}
END_TEST

START_TEST(a_capture_follows_its_call)
{
	do_it("call.create", "{'call': 'a', 'legs': [" LEG("caller", "192.0.2.10") "]}");
	do_it("call.capture", "{'call': 'a'}");
	ck_assert_uint_eq(fake_capture(sw)->transports, 1);
	do_it("call.update", "{'call': 'a', 'legs': [" LEG("callee", "192.0.2.20") "]}");
	fake_answer_all(sw);
	ck_assert_uint_eq(fake_capture(sw)->transports, 2);
	ck_assert_uint_eq(fake_capture(sw)->transport[1].id,
		calls_find(calls, "a")->leg[1].stream[0].id);
	/* What changes nothing is not said again. */
	ck_assert_uint_eq(fake_sent(sw, SW_CAPTURE_SET), 2);
	do_it("call.update", "{'call': 'a', 'legs': [" LEG("callee", "192.0.2.21") "]}");
	fake_answer_all(sw);
	ck_assert_uint_eq(fake_sent(sw, SW_CAPTURE_SET), 2);
}
END_TEST

/* Its datagrams hold other calls as well. */
START_TEST(a_leg_of_the_mesh_is_not_captured)
{
	fake_mesh(sw);
	calls_welcome(calls, SW_KEPT);
	fake_answer_all(sw);
	do_it("call.create",
		"{'call': 'a', 'legs': [{'name': 'm', 'type': 'vomp', 'did': '5550100'}, {'name':"
		" 'p', 'streams': [{'codecs': [{'name': 'PCMU'}]}]}]}");
	do_it("call.capture", "{'call': 'a'}");
	ck_assert_uint_eq(fake_capture(sw)->transports, 1);
	ck_assert_uint_eq(fake_capture(sw)->transport[0].id,
		calls_find(calls, "a")->leg[1].stream[0].id);
}
END_TEST

START_TEST(no_name_leads_out_of_the_directory)
{
	static const char *const names[] = {"../x", "/etc/x", "a/b", ".hidden", ".", "..",
		"x y", "x\xc3\xa9", "x;y", "~", "-", "a-b_c.9"};

	do_it("call.create", CALL("a"));
	for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
		json_t *params = json_pack("{s:s, s:s}", "call", "a", "file", names[i]);
		struct rpc_request req;

		begin(&req, "call.capture", params);
		fake_answer_all(sw);
		ck_assert_uint_eq(req.answers, 1);
		if (i < 10) {
			ck_assert_str_eq(req.reason, "bad_value");
			ck_assert_str_eq(req.field, "file");
		} else {
			ck_assert_ptr_nonnull(req.result);
			json_decref(req.result);
		}
		if (i == 10)
			do_it("call.capture_stop", "{'capture': 1}");
	}
}
END_TEST

START_TEST(no_file_is_overwritten_and_no_link_is_followed)
{
	char link[320], target[128];

	do_it("call.create", CALL("a"));
	do_it("call.capture", "{'call': 'a', 'file': 'one'}");
	do_it("call.capture_stop", "{'capture': 1}");
	ck_assert_str_eq(
		request("call.capture", "{'call': 'a', 'file': 'one'}").field, "file");
	snprintf(link, sizeof link, "%s/two", conf.capture_directory);
	snprintf(target, sizeof target, "%s/target", dir);
	ck_assert_int_eq(symlink(target, link), 0);
	ck_assert_str_eq(
		request("call.capture", "{'call': 'a', 'file': 'two'}").field, "file");
	ck_assert_int_ne(access(target, F_OK), 0);
	ck_assert_uint_eq(fake_sent(sw, SW_CAPTURE_SET), 1);
}
END_TEST

START_TEST(what_cannot_be_captured_is_refused)
{
	char path[256];

	ck_assert_str_eq(request("call.capture", "{'call': 'a'}").reason, "unknown_call");
	do_it("call.create", CALL("a"));
	ck_assert_str_eq(request("call.capture", "{'call': 'a', 'leg': 'x'}").field, "leg");
	fake_refuse(sw, SW_CAPTURE_SET, 0, -ENOMEM);
	ck_assert_str_eq(request("call.capture", "{'call': 'a', 'file': 'gone'}").reason,
		"refused_by_switch");
	snprintf(path, sizeof path, "%s/gone", conf.capture_directory);
	ck_assert_int_ne(access(path, F_OK), 0);
	strcpy(conf.capture_directory, "/proc/nowhere");
	ck_assert_str_eq(request("call.capture", "{'call': 'a'}").reason, "bad_value");
}
END_TEST

START_TEST(a_switch_that_goes_takes_its_captures_with_it)
{
	struct rpc_request begun, ended;

	do_it("call.create", CALL("a"));
	do_it("call.capture", "{'call': 'a'}");
	begin(&ended, "call.capture_stop", parsed("{'capture': 1}"));
	begin(&begun, "call.capture", parsed("{'call': 'a', 'file': 'x'}"));
	ck_assert_uint_eq(ended.answers + begun.answers, 0);
	fake_lose(sw);
	calls_switch_lost(calls);
	capture_switch_lost(node_capture(NULL));
	ck_assert_uint_eq(begun.answers, 1);
	ck_assert_str_eq(begun.reason, "switch_down");
	ck_assert_uint_eq(ended.answers, 1);
	ck_assert_str_eq(text_at(ended.result, "reason"), "switch_lost");
	json_decref(ended.result);
	ck_assert_uint_eq(told.captures_ended, 1); /* the other one had not begun */
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("lens");
	TCase *names = tcase_create("names and traces"), *captures = tcase_create("captures");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(names, set_up, tear_down);
	tcase_add_test(names, a_hash_leads_to_the_call_and_back);
	tcase_add_test(names, a_hash_is_what_log_lines_say);
	tcase_add_test(names, a_traced_call_is_in_the_log_and_no_other);
	tcase_add_test(names, debug_of_all_calls_is_not_a_trace_of_each);
	tcase_add_test(names, a_refusal_is_in_the_trace);
	tcase_add_test(names, what_the_switch_says_of_it_is_in_the_trace);
	tcase_add_test(names, a_trace_has_the_level_that_it_is_given);
	tcase_add_test(names, a_trace_ends_when_asked_and_with_its_time);
	tcase_add_test(names, a_trace_ends_soon_after_its_call);
	tcase_add_test(names, there_are_only_so_many_traces);
	suite_add_tcase(s, names);
	tcase_add_checked_fixture(captures, set_up, tear_down);
	tcase_add_test(captures, a_capture_is_told_to_the_switch_with_its_file);
	tcase_add_test(captures, a_file_says_whose_it_is_and_names_the_devices);
	tcase_add_test(captures, a_capture_ends_when_asked_and_says_how);
	tcase_add_test(captures, a_capture_ends_with_its_time);
	tcase_add_test(captures, a_capture_ends_with_its_call);
	tcase_add_loop_test(captures, a_capture_ends_a_little_late, 0, 2);
	tcase_add_test(captures, a_capture_that_ends_by_itself_says_why);
	tcase_add_test(captures, a_capture_follows_its_call);
	tcase_add_test(captures, a_leg_of_the_mesh_is_not_captured);
	tcase_add_test(captures, no_name_leads_out_of_the_directory);
	tcase_add_test(captures, no_file_is_overwritten_and_no_link_is_followed);
	tcase_add_test(captures, what_cannot_be_captured_is_refused);
	tcase_add_test(captures, a_switch_that_goes_takes_its_captures_with_it);
	suite_add_tcase(s, captures);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
