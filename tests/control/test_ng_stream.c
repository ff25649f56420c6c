/* SPDX-License-Identifier: Apache-2.0
 *
 * control/ng_stream.c, over loopback and a Unix socket. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "ng_echo.h"

static int port, fd;

static void
setup(void)
{
	ng_echo_open();
	port = ng_echo_tcp();
	fd = ng_echo_dial(SOCK_STREAM, port);
}

static void
teardown(void)
{
	close(fd);
	ng_echo_close();
}

static void
must_be_hung_up(int client)
{
	ck_assert_int_eq(ng_echo_hear(client), 0);
}

START_TEST(messages_come_back_to_back)
{
	ng_echo_ask(fd, "c1 d7:command4:pinge", "c1 d2:is4:ping1:ni1ee");
	ng_echo_ask(fd, "c2 d7:command1:aec3 d7:command1:be",
		"c2 d2:is1:a1:ni2eec3 d2:is1:b1:ni3ee");
	ck_assert(strncmp(ng_echo_source, "tcp 127.0.0.1:", 14) == 0);
}
END_TEST

START_TEST(a_message_may_come_byte_by_byte)
{
	static const char text[] = "c1 d7:command4:pinge";

	for (size_t i = 0; i + 2 < sizeof text; i++) {
		ng_echo_say(fd, text + i, 1);
		ng_echo_turns(1);
	}
	ck_assert_uint_eq(ng_echo_asked, 0);
	ng_echo_ask(fd, "e", "c1 d2:is4:ping1:ni1ee");
}
END_TEST

START_TEST(json_is_a_line_both_ways)
{
	ng_echo_ask(fd, "c1 {\"command\": \"ping\"}", NULL);
	ng_echo_ask(fd, "\r\n", "c1 {\"is\":\"ping\",\"n\":1}\n");
	ng_echo_ask(fd, "c1 {\"command\": \"ping\"}\r\n", "c1 {\"is\":\"ping\",\"n\":1}\n");
	ck_assert_uint_eq(ng_server_counts(ng_echo)->repeats, 1);
}
END_TEST

START_TEST(a_client_may_end_its_side_before_it_is_answered)
{
	ng_echo_holds = true;
	ng_echo_ask(fd, "c1 d7:command4:pingec2 {\"command\": \"ping\"}", NULL);
	shutdown(fd, SHUT_WR);
	ng_echo_turns(5);
	ck_assert_uint_eq(ng_echo_asked, 2);
	ng_echo_release();
	ck_assert_int_gt(ng_echo_hear(fd), 0);
	ck_assert_str_eq(ng_echo_got, "c1 d2:is4:ping1:ni2eec2 {\"is\":\"ping\",\"n\":2}\n");
	must_be_hung_up(fd);
}
END_TEST

START_TEST(who_makes_no_sense_is_told_so_and_hung_up_on)
{
	ng_echo_ask(
		fd, "c1 xxx", "c1 d6:result5:error12:error-reason22:Invalid NG data formate");
	must_be_hung_up(fd);
	close(fd);
	fd = ng_echo_dial(SOCK_STREAM, port);
	ng_echo_ask(fd, "c1 d3:ax", NULL);
	ng_echo_ask(fd, "xx]",
		"c1 d6:result5:error12:error-reason35:Could not decode bencode dictionarye");
	must_be_hung_up(fd);
	close(fd);
	fd = ng_echo_dial(SOCK_STREAM, port);
	ng_echo_say_text(fd, " d7:command4:pinge");
	must_be_hung_up(fd);
	ck_assert_uint_eq(ng_echo_asked, 0);
}
END_TEST

/* A whole one that is too long for a datagram is too long here. */
START_TEST(a_message_that_does_not_end_is_cut)
{
	static char text[1 << 17];

	memset(text, 'x', sizeof text);
	memcpy(text, "c1 d7:command99999:", 19);
	ng_echo_say(fd, text, 60000);
	ng_echo_turns(3);
	ng_echo_say(fd, text + 60000, 20000);
	must_be_hung_up(fd);
	close(fd);
	fd = ng_echo_dial(SOCK_STREAM, port);
	memset(text, 'x', 300);
	ng_echo_say(fd, text, 300);
	ng_echo_say_text(fd, " d7:command4:pinge");
	must_be_hung_up(fd);
	ck_assert_uint_eq(ng_echo_asked, 0);
}
END_TEST

START_TEST(a_client_that_has_gone_is_no_harm)
{
	ng_echo_holds = true;
	ng_echo_ask(fd, "c1 d7:command4:pinge", NULL);
	close(fd);
	ng_echo_turns(5);
	ng_echo_release();
	ng_echo_holds = false;
	fd = ng_echo_dial(SOCK_STREAM, port);
	ng_echo_ask(fd, "c1 d7:command4:pinge", "c1 d2:is4:ping1:ni1ee");
}
END_TEST

/* 64 of one connection are worked on; the rest is read when there is room. */
START_TEST(a_connection_that_asks_much_waits)
{
	char text[64];
	size_t len = 0;

	ng_echo_holds = true;
	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof text, "c%d d7:command1:xe", i);
		ng_echo_say_text(fd, text);
	}
	ng_echo_turns(5);
	ck_assert_uint_eq(ng_echo_asked, 64);
	ng_echo_release();
	ng_echo_turns(5);
	ck_assert_uint_eq(ng_echo_asked, 100);
	ng_echo_release();
	for (int i = 0; i < 10; i++) {
		ssize_t n;

		ng_echo_turns(1);
		while ((n = recv(fd, ng_echo_got, sizeof ng_echo_got, 0)) > 0)
			len += (size_t)n;
	}
	ck_assert_uint_gt(len, 100 * strlen("c1 d2:is1:x1:ni64ee"));
}
END_TEST

/* All that it wanted is answered, though it waited with its end, too. */
START_TEST(what_was_left_is_looked_at_even_after_the_end)
{
	char text[64];

	ng_echo_holds = true;
	for (int i = 0; i < 70; i++) {
		snprintf(text, sizeof text, "c%d d7:command1:xe", i);
		ng_echo_say_text(fd, text);
	}
	shutdown(fd, SHUT_WR);
	ng_echo_turns(5);
	ck_assert_uint_eq(ng_echo_asked, 64);
	ng_echo_release();
	ng_echo_turns(5);
	ck_assert_uint_eq(ng_echo_asked, 70);
	ng_echo_release();
	ck_assert_int_gt(ng_echo_hear(fd), 0);
}
END_TEST

START_TEST(the_most_silent_connection_makes_room)
{
	int more[256];

	ng_echo_ask(fd, "c1 d7:command4:pinge", "c1 d2:is4:ping1:ni1ee");
	for (int i = 0; i < 256; i++) {
		more[i] = ng_echo_dial(SOCK_STREAM, port);
		event_base_loop(ng_echo_base, EVLOOP_NONBLOCK);
	}
	must_be_hung_up(fd);
	ng_echo_ask(more[255], "c2 d7:command4:pinge", "c2 d2:is4:ping1:ni2ee");
	ng_echo_ask(more[0], "c3 d7:command4:pinge", "c3 d2:is4:ping1:ni3ee");
	for (int i = 0; i < 256; i++)
		close(more[i]);
}
END_TEST

START_TEST(held_it_reads_nothing_and_loses_nothing)
{
	ng_echo_turns(2);
	ng_server_pause(ng_echo);
	ng_echo_ask(fd, "c1 d7:command4:pinge", NULL);
	shutdown(fd, SHUT_WR);
	ng_echo_turns(3);
	ck_assert_uint_eq(ng_echo_asked, 0);
	ng_server_resume(ng_echo);
	ck_assert_int_gt(ng_echo_hear(fd), 0);
	ck_assert_str_eq(ng_echo_got, "c1 d2:is4:ping1:ni1ee");
}
END_TEST

static int
dial_unix(const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
	ck_assert_int_eq(connect(client, (const struct sockaddr *)&to, sizeof to), 0);
	ck_assert_int_eq(fcntl(client, F_SETFL, O_NONBLOCK), 0);
	return client;
}

START_TEST(a_unix_socket_has_its_mode_and_group_and_goes_with_the_server)
{
	gid_t group = geteuid() == 0 ? 1 : getegid(); /* that we may give it to */
	char dir[] = "/tmp/strowger-test-XXXXXX", path[64];
	struct stat st;
	int client;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/ng.sock", dir);
	ck_assert_int_eq(ng_server_unix(ng_echo, path, 0600, group), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	ck_assert_uint_eq(st.st_gid, group);
	client = dial_unix(path);
	ng_echo_ask(client, "c1 d7:command4:pinge", "c1 d2:is4:ping1:ni1ee");
	ck_assert_str_eq(ng_echo_source, "unix -");
	ng_echo_ask(client, "c2 {\"command\": \"ping\"}\n", "c2 {\"is\":\"ping\",\"n\":2}\n");
	close(client);
	ng_echo_close();
	ck_assert_int_eq(stat(path, &st), -1);
	ng_echo_open();
	rmdir(dir);
}
END_TEST

START_TEST(a_stale_socket_is_replaced_and_a_file_is_not)
{
	char dir[] = "/tmp/strowger-test-XXXXXX", path[64];
	int file;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/ng.sock", dir);
	ck_assert_int_eq(ng_server_unix(ng_echo, path, 0600, (gid_t)-1), 0);
	ck_assert_int_eq(ng_server_unix(ng_echo, path, 0600, (gid_t)-1), 0);
	unlink(path);
	file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	ck_assert_int_eq(ng_server_unix(ng_echo, path, 0600, (gid_t)-1), -EEXIST);
	close(file);
	unlink(path);
	rmdir(dir);
	ck_assert_int_eq(
		ng_server_unix(ng_echo,
			"/a/path/that/is/longer/than/the/kernel/takes/for/a/socket/"
			"which/is/a/hundred/and/eight/bytes/with/the/last/one/ng.sock",
			0600, (gid_t)-1),
		-ENAMETOOLONG);
}
END_TEST

START_TEST(it_can_be_closed_at_any_time)
{
	ng_echo_holds = true;
	ng_echo_ask(fd, "c1 d7:command4:pingec2 d7", NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ng_stream");
	TCase *t = tcase_create("ng_stream");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, messages_come_back_to_back);
	tcase_add_test(t, a_message_may_come_byte_by_byte);
	tcase_add_test(t, json_is_a_line_both_ways);
	tcase_add_test(t, a_client_may_end_its_side_before_it_is_answered);
	tcase_add_test(t, who_makes_no_sense_is_told_so_and_hung_up_on);
	tcase_add_test(t, a_message_that_does_not_end_is_cut);
	tcase_add_test(t, a_client_that_has_gone_is_no_harm);
	tcase_add_test(t, a_connection_that_asks_much_waits);
	tcase_add_test(t, what_was_left_is_looked_at_even_after_the_end);
	tcase_add_test(t, the_most_silent_connection_makes_room);
	tcase_add_test(t, held_it_reads_nothing_and_loses_nothing);
	tcase_add_test(t, a_unix_socket_has_its_mode_and_group_and_goes_with_the_server);
	tcase_add_test(t, a_stale_socket_is_replaced_and_a_file_is_not);
	tcase_add_test(t, it_can_be_closed_at_any_time);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
