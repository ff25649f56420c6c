/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/ng_callback.c: who is told, and how, that a call has timed out.  What is said follows
 * rtpengine's three formats of --b2b-url, and XML-RPC (xmlrpc.com/spec.md). */
#include <check.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/log.h"
#include "relay/dialog.h"
#include "relay/ng_callback.h"
#include "tests/relay/ng_desk.h"

enum { BODIES = 4 };

static struct evhttp *server;
static char heard[BODIES][512], path[BODIES][32], host[BODIES][32];
static bool mute; /* the server does not answer */
static unsigned n;

static void
take(struct evhttp_request *req, void *arg)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(req);
	size_t len = evbuffer_get_length(in);

	ck_assert_uint_lt(n, BODIES);
	ck_assert_uint_lt(len, sizeof heard[0]);
	evbuffer_remove(in, heard[n], len);
	snprintf(host[n], sizeof host[0], "%s",
		evhttp_find_header(evhttp_request_get_input_headers(req), "Host"));
	snprintf(path[n++], sizeof path[0], "%s", evhttp_request_get_uri(req));
	if (!mute)
		evhttp_send_reply(req, 200, "OK", NULL);
}

/* We listen at ADDRESS, too, and [ng] timeout_url is there, with IN_URL in the address's
 * place. */
static void
serve(const char *address, const char *in_url)
{
	struct evhttp_bound_socket *at = evhttp_bind_socket_with_handle(server, address, 0);
	struct sockaddr_in6 name; /* whose port is where that of IPv4 is */
	socklen_t len = sizeof name;

	ck_assert_ptr_nonnull(at);
	ck_assert_int_eq(getsockname(evhttp_bound_socket_get_fd(at), (void *)&name, &len), 0);
	snprintf(desk.conf.ng_timeout_url, sizeof desk.conf.ng_timeout_url,
		"http://%s:%u/RPC2", in_url, ntohs(name.sin6_port));
}

static void
set_up(void)
{
	desk_setup();
	n = 0;
	mute = false;
	memset(heard, 0, sizeof heard);
	server = evhttp_new(desk.base);
	evhttp_set_gencb(server, take, NULL);
	serve("127.0.0.1", "%%");
	desk.conf.timeout_ms[TIMEOUT_SETUP] = 50;
}

static void
tear_down(void)
{
	evhttp_free(server);
	desk_teardown();
}

static void
turn(unsigned ms)
{
	const struct timeval tv = {ms / 1000, ms % 1000 * 1000};

	event_base_loopexit(desk.base, &tv);
	event_base_dispatch(desk.base);
	fake_answer_all(desk.sw);
}

#define PARAM(text) "<param><value><string>" text "</string></value></param>"
#define SAID(i, method, params)                                           \
	ck_assert_msg(strstr(heard[i], "<methodCall><methodName>" method  \
				       "</methodName><params>" params     \
				       "</params></methodCall>") != NULL, \
		"%s", heard[i])

START_TEST(each_format_says_what_rtpengine_says)
{
	desk.conf.ng_timeout_format = (uint8_t)_i;
	desk.conf.timeout_ms[TIMEOUT_TOTAL] = 100;
	desk_says(OFFER("x<&>", A), DESK_OK);
	desk_says(ANSWER("x<&>"), DESK_OK);
	turn(600);
	ck_assert_uint_eq(n, _i == NG_CALLBACK_SEMS ? 2 : 1);
	ck_assert_str_eq(path[0], "/RPC2");
	if (_i == NG_CALLBACK_CALL_ID)
		SAID(0, "teardown", PARAM("x&lt;&amp;&gt;"));
	else if (_i == NG_CALLBACK_KAMAILIO)
		SAID(0, "dlg.terminate_dlg", PARAM("x&lt;&amp;&gt;") PARAM("a") PARAM("b"));
	else
		SAID(1, "di",
			PARAM("sbc") PARAM("postControlCmd") PARAM("b") PARAM("teardown"));
	ck_assert_uint_eq(dialogs_count(ng_dialogs(desk.ng)), 0);
}
END_TEST

START_TEST(the_address_is_that_of_the_request_also_after_us)
{
	desk_says(OFFER("x", A "'xmlrpc-callback': '127.0.0.9', "), DESK_OK);
	desk_says(OFFER("y", A "'xmlrpc-callback': 'a name', "), DESK_OK);
	desk_says(OFFER("z", A "'xmlrpc-callback': '127.0.0.1', "), DESK_OK);
	fake_orphan(desk.sw, 0);
	desk_close();
	fake_bury(desk.sw);
	desk_open(SW_KEPT);
	ck_assert_str_eq(dialogs_find(ng_dialogs(desk.ng), SLICE("x"))->callback, "127.0.0.9");
	ck_assert_ptr_null(dialogs_find(ng_dialogs(desk.ng), SLICE("y"))->callback);
	turn(700);
	ck_assert_uint_eq(n, 2); /* nobody is at 127.0.0.9 */
}
END_TEST

START_TEST(an_address_of_ipv6_is_one)
{
	static const char *const in_url[] = {"%%", "[::1]"};

	serve("::1", in_url[_i]);
	desk_says(OFFER("x", A "'xmlrpc-callback': '::1', "), DESK_OK);
	turn(600);
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(host[0], "[::1]");
}
END_TEST

START_TEST(without_a_wish_it_is_who_made_the_call)
{
	serve("::1", "%%");
	ck_assert_int_eq(request_addr_parse(&desk.asker, "::1"), 0);
	desk_says(OFFER("x", A), DESK_OK);
	ck_assert_int_eq(request_addr_parse(&desk.asker, "127.0.0.9"), 0);
	desk_says(OFFER("x", A), DESK_OK);
	turn(600);
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(host[0], "[::1]");
}
END_TEST

START_TEST(no_address_is_kept_that_no_url_asks_for)
{
	serve("::1", "[::1]");
	ck_assert_int_eq(request_addr_parse(&desk.asker, "127.0.0.9"), 0);
	desk_says(OFFER("x", A), DESK_OK);
	ck_assert_ptr_null(dialogs_find(ng_dialogs(desk.ng), SLICE("x"))->callback);
}
END_TEST

START_TEST(nobody_is_told_of_what_was_deleted_or_without_a_wish)
{
	desk.conf.timeout_ms[TIMEOUT_SETUP] = 0;
	desk_says(OFFER("x", A), DESK_OK);
	desk_says(DELETE("x", ", 'delete-delay': 0"), DESK_OK);
	turn(100);
	desk.conf.ng_timeout_url[0] = '\0';
	desk.conf.timeout_ms[TIMEOUT_SETUP] = 50;
	desk_says(OFFER("y", A), DESK_OK);
	turn(500);
	ck_assert_ptr_null(calls_find(desk.calls, "y"));
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(the_query_of_the_url_is_said)
{
	strcat(desk.conf.ng_timeout_url, "?node=1");
	desk_says(OFFER("x", A), DESK_OK);
	turn(500);
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(path[0], "/RPC2?node=1");
}
END_TEST

START_TEST(an_offer_that_fails_changes_no_server)
{
	desk_says(OFFER("x", A "'xmlrpc-callback': '127.0.0.9', "), DESK_OK);
	desk_says("{'command': 'offer', 'call-id': 'x', " A
		  "'xmlrpc-callback': '127.0.0.8', 'sdp': 'none'}",
		"'result':'error'");
	ck_assert_str_eq(dialogs_find(ng_dialogs(desk.ng), SLICE("x"))->callback, "127.0.0.9");
	desk_says(OFFER("x", A "'xmlrpc-callback': '127.0.0.8', "), DESK_OK);
	ck_assert_str_eq(dialogs_find(ng_dialogs(desk.ng), SLICE("x"))->callback, "127.0.0.8");
}
END_TEST

/* Lines of the log with PART in them. */
static unsigned
lines(FILE *log, const char *part)
{
	char line[512];
	unsigned found = 0;

	rewind(log);
	while (fgets(line, sizeof line, log) != NULL)
		found += strstr(line, part) != NULL;
	return found;
}

/* What is logged from now on. */
static FILE *
listen_in(void)
{
	FILE *log = tmpfile();

	ck_assert_ptr_nonnull(log);
	ck_assert_int_ge(dup2(fileno(log), STDERR_FILENO), 0);
	log_set_level(LOG_LEVEL_WARNING);
	return log;
}

static const struct pair *
pair_of_call(void)
{
	desk.conf.timeout_ms[TIMEOUT_SETUP] = 0;
	desk_says(OFFER("x", A), DESK_OK);
	return dialogs_find(ng_dialogs(desk.ng), SLICE("x"))->pairs;
}

START_TEST(who_does_not_answer_in_time_is_given_up)
{
	struct ng_callbacks *c = ng_callbacks_open(desk.base, 100);
	FILE *log = listen_in();

	mute = true;
	ng_callbacks_tell(c, &desk.conf, pair_of_call());
	turn(300);
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(lines(log, "takes too long"), 1);
	ng_callbacks_close(c);
	fclose(log);
}
END_TEST

/* How many failures the lines of the log stand for. */
static unsigned
told_of(FILE *log)
{
	static const char *const counts[] = {" (and ", " warning: "};
	char line[512];
	unsigned sum = 0;

	rewind(log);
	while (fgets(line, sizeof line, log) != NULL) {
		bool rest = strstr(line, " more calls that have timed out") != NULL;
		const char *at = strstr(line, counts[rest]);

		sum += (at != NULL ? (unsigned)atoi(at + strlen(counts[rest])) : 0) + !rest;
	}
	return sum;
}

START_TEST(the_last_of_a_burst_are_said_by_themselves)
{
	struct ng_callbacks *c = ng_callbacks_open(desk.base, 5000);
	const struct pair *pair = pair_of_call();
	FILE *log = listen_in();

	strcpy(desk.conf.ng_timeout_url, "http://127.0.0.1:1/");
	for (unsigned i = 0; i < 3; i++)
		ng_callbacks_tell(c, &desk.conf, pair);
	while (told_of(log) < 3) /* else the test hangs */
		turn(100);
	ng_callbacks_close(c);
	ck_assert_uint_eq(told_of(log), 3);
	fclose(log);
}
END_TEST

START_TEST(of_many_failures_few_are_logged)
{
	enum { MANY = 200 };
	struct ng_callbacks *c = ng_callbacks_open(desk.base, 5000);
	const struct pair *pair = pair_of_call();
	FILE *log = listen_in();

	strcpy(desk.conf.ng_timeout_url, "http://127.0.0.1:1/"); /* where nobody is */
	for (unsigned i = 0; i < MANY; i++)
		ng_callbacks_tell(c, &desk.conf, pair);
	turn(300);
	ck_assert_uint_ge(lines(log, "no answer"), 1);
	ck_assert_uint_le(lines(log, "no answer"), 2);
	/* None is left out, though no other follows. */
	ng_callbacks_close(c);
	ck_assert_uint_eq(told_of(log), MANY);
	fclose(log);
}
END_TEST

START_TEST(a_server_with_a_name_is_none)
{
	strcpy(desk.conf.ng_timeout_url, "http://localhost/");
	desk_says(OFFER("x", A), DESK_OK);
	turn(500);
	ck_assert_ptr_null(calls_find(desk.calls, "x"));
	ck_assert_uint_eq(n, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ng_callback");
	TCase *t = tcase_create("callbacks");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(
		t, each_format_says_what_rtpengine_says, 0, NG_CALLBACK_KAMAILIO + 1);
	tcase_add_test(t, the_address_is_that_of_the_request_also_after_us);
	tcase_add_loop_test(t, an_address_of_ipv6_is_one, 0, 2);
	tcase_add_test(t, without_a_wish_it_is_who_made_the_call);
	tcase_add_test(t, no_address_is_kept_that_no_url_asks_for);
	tcase_add_test(t, nobody_is_told_of_what_was_deleted_or_without_a_wish);
	tcase_add_test(t, the_query_of_the_url_is_said);
	tcase_add_test(t, an_offer_that_fails_changes_no_server);
	tcase_add_test(t, who_does_not_answer_in_time_is_given_up);
	tcase_add_test(t, the_last_of_a_burst_are_said_by_themselves);
	tcase_add_test(t, of_many_failures_few_are_logged);
	tcase_add_test(t, a_server_with_a_name_is_none);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
