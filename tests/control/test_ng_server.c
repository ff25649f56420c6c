/* SPDX-License-Identifier: Apache-2.0
 *
 * control/ng_server.c, ng_exchange.c and ng_udp.c, over loopback.  What malformed messages get
 * is what rtpengine 26.3 was seen to answer. */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ng_echo.h"

static int port, fd;

static void
setup(void)
{
	ng_echo_open();
	port = ng_echo_udp();
	fd = ng_echo_dial(SOCK_DGRAM, port);
}

static void
teardown(void)
{
	close(fd);
	ng_echo_close();
}

START_TEST(an_answer_has_the_cookie_and_the_form_of_its_request)
{
	ng_echo_ask(fd, "c1 d7:command4:pinge", "c1 d2:is4:ping1:ni1ee");
	ng_echo_ask(fd, "c2 {\"command\": \"ping\"}", "c2 {\"is\":\"ping\",\"n\":2}");
	ng_echo_ask(fd, "c3 d7:command4:pingejunk", "c3 d2:is4:ping1:ni3ee");
	ck_assert(strncmp(ng_echo_source, "udp 127.0.0.1:", 14) == 0);
	ck_assert_uint_eq(ng_server_counts(ng_echo)->requests, 3);
	ck_assert_uint_eq(ng_server_counts(ng_echo)->answers, 3);
	ck_assert_uint_eq(ng_server_counts(ng_echo)->waiting, 0);
}
END_TEST

START_TEST(what_is_no_request_is_told_so_word_for_word)
{
	static const struct {
		const char *text, *answer;
	} rows[] = {
		{"c1 x", "c1 d6:result5:error12:error-reason22:Invalid NG data formate"},
		{"c4 le", "c4 d6:result5:error12:error-reason22:Invalid NG data formate"},
		{"c8 ", "c8 d6:result5:error12:error-reason25:Invalid data (no payload)e"},
		{"c2 d7:command4:pin", "c2 d6:result5:error12:error-reason35:Could not decode "
				       "bencode dictionarye"},
		{"c3 {\"command\": \"ping\"",
			"c3 {\"result\":\"error\",\"error-reason\":\"Failed to parse JSON "
			"document\"}"},
		{"c3 {\"command\": \"ping\"} x",
			"c3 {\"result\":\"error\",\"error-reason\":\"Failed to parse JSON "
			"document\"}"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		ng_echo_ask(fd, rows[i].text, rows[i].answer);
	ck_assert_uint_eq(ng_echo_asked, 0);
	ck_assert_uint_eq(ng_server_counts(ng_echo)->malformed, sizeof rows / sizeof *rows);
}
END_TEST

START_TEST(without_a_cookie_there_is_no_answer)
{
	char long_cookie[300];

	ng_echo_ask(fd, "nocookiehere", NULL);
	ng_echo_ask(fd, " d7:command4:pinge", NULL);
	ng_echo_ask(fd, "", NULL);
	memset(long_cookie, 'c', sizeof long_cookie);
	strcpy(long_cookie + sizeof long_cookie - 5, " de");
	ng_echo_ask(fd, long_cookie, NULL);
	ck_assert_uint_eq(ng_server_counts(ng_echo)->malformed, 4);
	ng_echo_ask(fd, "c d7:command4:pinge", "c d2:is4:ping1:ni1ee");
}
END_TEST

/* The request is worked on once; the answer does not depend on the asker's port. */
START_TEST(a_copy_gets_the_same_bytes)
{
	int other = ng_echo_dial(SOCK_DGRAM, port);

	ng_echo_ask(fd, "c1 d7:command4:pinge", "c1 d2:is4:ping1:ni1ee");
	ng_echo_ask(fd, "c1 d7:command4:pinge", "c1 d2:is4:ping1:ni1ee");
	ng_echo_ask(other, "c1 d7:command4:pinge", "c1 d2:is4:ping1:ni1ee");
	ck_assert_uint_eq(ng_echo_asked, 1);
	ck_assert_uint_eq(ng_server_counts(ng_echo)->repeats, 2);
	close(other);
}
END_TEST

START_TEST(the_same_cookie_with_other_bytes_is_another_request)
{
	ng_echo_ask(fd, "c1 d7:command4:pinge", "c1 d2:is4:ping1:ni1ee");
	ng_echo_ask(fd, "c1 d7:command4:liste", "c1 d2:is4:list1:ni2ee");
	ng_echo_ask(fd, "c1 d7:command4:pinge", "c1 d2:is4:ping1:ni1ee");
	ng_echo_ask(fd, "c2 d7:command4:pinge", "c2 d2:is4:ping1:ni3ee");
}
END_TEST

START_TEST(another_host_with_the_same_cookie_is_another_asker)
{
	const struct sockaddr_in from = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1)};
	const struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int other = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	ck_assert_int_eq(bind(other, (const struct sockaddr *)&from, sizeof from), 0);
	ck_assert_int_eq(connect(other, (const struct sockaddr *)&to, sizeof to), 0);
	ng_echo_ask(fd, "c1 d7:command4:pinge", "c1 d2:is4:ping1:ni1ee");
	ng_echo_ask(other, "c1 d7:command4:pinge", "c1 d2:is4:ping1:ni2ee");
	close(other);
}
END_TEST

START_TEST(a_copy_of_what_is_being_worked_on_waits_for_its_answer)
{
	int other = ng_echo_dial(SOCK_DGRAM, port);

	ng_echo_holds = true;
	ng_echo_ask(fd, "c1 d7:command4:pinge", NULL);
	ng_echo_ask(fd, "c1 d7:command4:pinge", NULL);
	ng_echo_ask(other, "c1 d7:command4:pinge", NULL);
	ck_assert_uint_eq(ng_server_counts(ng_echo)->waiting, 1);
	ng_echo_release();
	for (int i = 0; i < 2; i++) {
		ck_assert_int_gt(ng_echo_hear(fd), 0);
		ck_assert_str_eq(ng_echo_got, "c1 d2:is4:ping1:ni1ee");
	}
	ck_assert_int_gt(ng_echo_hear(other), 0);
	ck_assert_str_eq(ng_echo_got, "c1 d2:is4:ping1:ni1ee");
	ck_assert_uint_eq(ng_echo_asked, 1);
	close(other);
}
END_TEST

START_TEST(answers_may_come_in_any_order)
{
	ng_echo_holds = true;
	ng_echo_ask(fd, "c1 d7:command5:firste", NULL);
	ng_echo_holds = false;
	ng_echo_ask(fd, "c2 d7:command6:seconde", "c2 d2:is6:second1:ni2ee");
	ng_echo_release();
	ck_assert_int_gt(ng_echo_hear(fd), 0);
	ck_assert_str_eq(ng_echo_got, "c1 d2:is5:first1:ni2ee");
}
END_TEST

START_TEST(answers_leave_at_the_end_of_the_turn)
{
	enum { MANY = 200 }; /* more than leave at a time */
	char text[64];

	ng_echo_holds = true;
	for (int i = 0; i < MANY; i++) {
		snprintf(text, sizeof text, "c%d d7:command4:pinge", i);
		ng_echo_say_text(fd, text);
	}
	ng_echo_turns(MANY / 10);
	ng_echo_holds = false;
	ng_echo_say_text(fd, "x d7:command4:pinge");
	event_base_loop(ng_echo_base, EVLOOP_NONBLOCK);
	ck_assert_uint_eq(ng_server_counts(ng_echo)->answers, 1);
	ck_assert_int_eq(recv(fd, text, sizeof text, 0), -1);
	ng_echo_release();
	ck_assert_int_gt(ng_echo_hear(fd), 0);
	ck_assert_str_eq(ng_echo_got, "x d2:is4:ping1:ni201ee");
	for (int i = 0; i < MANY; i++) {
		snprintf(text, sizeof text, "c%d d2:is4:ping1:ni201ee", i);
		ck_assert_int_gt(ng_echo_hear(fd), 0);
		ck_assert_str_eq(ng_echo_got, text);
	}
}
END_TEST

/* 4,096 are worked on; more are dropped, and served when there is room. */
START_TEST(too_many_at_once_are_dropped_and_counted)
{
	char text[64];

	ng_echo_holds = true;
	for (int i = 0; i < 4096 + 10; i++) {
		snprintf(text, sizeof text, "c%d d7:command4:pinge", i);
		ng_echo_say_text(fd, text);
		event_base_loop(ng_echo_base, EVLOOP_NONBLOCK);
	}
	ck_assert_uint_eq(ng_server_counts(ng_echo)->waiting, 4096);
	ck_assert_uint_eq(ng_server_counts(ng_echo)->overload, 10);
	ng_echo_release();
	ck_assert_uint_eq(ng_server_counts(ng_echo)->waiting, 0);
	ng_echo_holds = false;
	ng_echo_turns(1);
	while (recv(fd, text, sizeof text, 0) > 0)
		;
	ng_echo_ask(fd, "c4100 d7:command4:pinge", "c4100 d2:is4:ping1:ni4097ee");
}
END_TEST

START_TEST(a_datagram_of_64_kib_is_taken)
{
	static char text[65507];
	size_t body = sizeof text - strlen("c1 d7:command4:ping1:x65476:e");
	int len = snprintf(text, sizeof text, "c1 d7:command4:ping1:x%zu:", body);

	memset(text + len, 'x', body);
	text[(size_t)len + body] = 'e';
	ng_echo_say(fd, text, (size_t)len + body + 1);
	ck_assert_int_gt(ng_echo_hear(fd), 0);
	ck_assert_str_eq(ng_echo_got, "c1 d2:is4:ping1:ni1ee");
}
END_TEST

/* What is echoed is a byte longer than what was asked. */
START_TEST(an_answer_too_long_for_a_datagram_is_an_error)
{
	static char text[65507 + 1];
	int len = snprintf(text, sizeof text, "c1 d7:command65487:");

	memset(text + len, 'x', 65487);
	text[len + 65487] = 'e';
	ng_echo_say(fd, text, (size_t)len + 65487 + 1);
	ck_assert_int_gt(ng_echo_hear(fd), 0);
	ck_assert_str_eq(ng_echo_got, "c1 d6:result5:error12:error-reason37:The answer is too "
				      "long for a datagrame");
}
END_TEST

/* A socket at 0.0.0.0 is asked at 127.0.0.7; a connected client hears nobody else. */
START_TEST(the_answer_leaves_from_the_address_that_was_asked)
{
	const struct request_addr any = {.family = AF_INET};
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 6)};
	int wide = ng_server_udp(ng_echo, &any);
	int client = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	ck_assert_int_gt(wide, 0);
	to.sin_port = htons((uint16_t)wide);
	ck_assert_int_eq(connect(client, (const struct sockaddr *)&to, sizeof to), 0);
	ng_echo_ask(client, "c1 d7:command4:pinge", "c1 d2:is4:ping1:ni1ee");
	close(client);
}
END_TEST

START_TEST(ipv6_is_answered_too)
{
	const struct request_addr at = {.family = AF_INET6, .ip = {[15] = 1}};
	const struct request_addr any = {.family = AF_INET6};
	int six = ng_server_udp(ng_echo, &at), wide, client;

	if (six == -EADDRNOTAVAIL || six == -EAFNOSUPPORT) /* no IPv6 on this host */
		return;
	ck_assert_int_gt(six, 0);
	client = ng_echo_dial6(SOCK_DGRAM, six);
	ng_echo_ask(client, "c1 d7:command4:pinge", "c1 d2:is4:ping1:ni1ee");
	ck_assert(strncmp(ng_echo_source, "udp [::1]:", 10) == 0);
	close(client);
	wide = ng_server_udp(ng_echo, &any);
	ck_assert_int_gt(wide, 0);
	client = ng_echo_dial6(SOCK_DGRAM, wide);
	ng_echo_ask(client, "c2 d7:command4:pinge", "c2 d2:is4:ping1:ni2ee");
	close(client);
}
END_TEST

START_TEST(a_port_that_is_taken_is_said_so)
{
	const struct request_addr at = {
		.family = AF_INET, .port = (uint16_t)port, .ip = {127, 0, 0, 1}};

	ck_assert_int_eq(ng_server_udp(ng_echo, &at), -EADDRINUSE);
}
END_TEST

/* What was sent meanwhile waits in the kernel, and is not lost. */
START_TEST(held_it_takes_nothing_in_and_loses_nothing)
{
	ng_server_pause(ng_echo);
	ng_echo_ask(fd, "c1 d7:command4:pinge", NULL);
	ck_assert(ng_server_is_idle(ng_echo));
	ng_server_resume(ng_echo);
	ck_assert_int_gt(ng_echo_hear(fd), 0);
	ck_assert_str_eq(ng_echo_got, "c1 d2:is4:ping1:ni1ee");
	ng_echo_holds = true;
	ng_echo_ask(fd, "c2 d7:command4:pinge", NULL);
	ck_assert(!ng_server_is_idle(ng_echo));
	ng_echo_release();
	ck_assert(ng_server_is_idle(ng_echo));
	ng_server_pause(ng_echo);
	ck_assert_int_gt(recv(fd, ng_echo_got, sizeof ng_echo_got, 0), 0);
}
END_TEST

/* There is no end of the turn in which the program becomes another one. */
START_TEST(held_it_answers_at_once)
{
	ng_echo_holds = true;
	ng_echo_ask(fd, "c1 d7:command4:pinge", NULL);
	ng_server_pause(ng_echo);
	ng_echo_release();
	ck_assert(ng_server_is_idle(ng_echo));
	ck_assert_int_gt(recv(fd, ng_echo_got, sizeof ng_echo_got, 0), 0);
}
END_TEST

/* As an upgrade does it: what was sent while nobody listened is answered by the next one. */
START_TEST(sockets_can_be_handed_to_another_server)
{
	const struct request_addr at = {
		.family = AF_INET, .port = (uint16_t)port, .ip = {127, 0, 0, 1}};
	struct ng_server_conf conf = {.base = ng_echo_base, .handler = ng_echo_handle};
	int has[4] = {-1, -1, -1, -1}, handed[2];

	ck_assert_uint_eq(ng_server_sockets(ng_echo, has, 4), 1);
	handed[0] = -1;
	handed[1] = fcntl(has[0], F_DUPFD_CLOEXEC, 0);
	ng_server_pause(ng_echo);
	ng_echo_ask(fd, "c1 d7:command4:pinge", NULL);
	ng_server_close(ng_echo);
	conf.handed = handed;
	conf.n_handed = 2;
	ng_echo = ng_server_open(&conf);
	ck_assert_int_eq(ng_server_udp(ng_echo, &at), port);
	ck_assert_int_eq(handed[1], -1);
	ck_assert_int_gt(ng_echo_hear(fd), 0);
	ck_assert_str_eq(ng_echo_got, "c1 d2:is4:ping1:ni1ee");
}
END_TEST

/* Requests that wait get no answer, and the sanitizer sees nothing left behind. */
START_TEST(it_can_be_closed_at_any_time)
{
	ng_echo_holds = true;
	ng_echo_ask(fd, "c1 d7:command4:pinge", NULL);
	ng_echo_ask(fd, "c1 d7:command4:pinge", NULL);
	ng_echo_ask(fd, "c2 d7:command4:pinge", NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ng_server");
	TCase *t = tcase_create("ng_server");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, an_answer_has_the_cookie_and_the_form_of_its_request);
	tcase_add_test(t, what_is_no_request_is_told_so_word_for_word);
	tcase_add_test(t, without_a_cookie_there_is_no_answer);
	tcase_add_test(t, a_copy_gets_the_same_bytes);
	tcase_add_test(t, the_same_cookie_with_other_bytes_is_another_request);
	tcase_add_test(t, another_host_with_the_same_cookie_is_another_asker);
	tcase_add_test(t, a_copy_of_what_is_being_worked_on_waits_for_its_answer);
	tcase_add_test(t, answers_may_come_in_any_order);
	tcase_add_test(t, answers_leave_at_the_end_of_the_turn);
	tcase_add_test(t, too_many_at_once_are_dropped_and_counted);
	tcase_add_test(t, a_datagram_of_64_kib_is_taken);
	tcase_add_test(t, an_answer_too_long_for_a_datagram_is_an_error);
	tcase_add_test(t, the_answer_leaves_from_the_address_that_was_asked);
	tcase_add_test(t, ipv6_is_answered_too);
	tcase_add_test(t, a_port_that_is_taken_is_said_so);
	tcase_add_test(t, held_it_takes_nothing_in_and_loses_nothing);
	tcase_add_test(t, held_it_answers_at_once);
	tcase_add_test(t, sockets_can_be_handed_to_another_server);
	tcase_add_test(t, it_can_be_closed_at_any_time);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
