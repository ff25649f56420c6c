/* SPDX-License-Identifier: Apache-2.0
 *
 * control/ng_http.c and ng_websocket.c, with control/http.c below, over loopback. */
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control/http.h"
#include "control/websocket.h"
#include "ng_echo.h"

static struct http *http;
static int port, fd;

static void
setup(void)
{
	const struct sockaddr_in at = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	ng_echo_open();
	http = http_open(&(struct http_conf){.base = ng_echo_base, .title = "toy"});
	ck_assert_ptr_nonnull(http);
	port = http_listen(http, (const struct sockaddr *)&at, sizeof at);
	ng_server_http(ng_echo, http);
	fd = ng_echo_dial(SOCK_STREAM, port);
}

static void
teardown(void)
{
	close(fd);
	if (ng_echo != NULL)
		ng_server_http(ng_echo, NULL);
	http_close(http);
	ng_echo_close();
}

static void
must_have(const char *part)
{
	ck_assert_msg(strstr(ng_echo_got, part) != NULL, "no '%s' in: %s", part, ng_echo_got);
}

/* ---- POST. ---- */

static void
say_post(const char *path, const char *type, const char *more, const char *body)
{
	char text[1024];

	snprintf(text, sizeof text,
		"POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\n%sContent-Length: "
		"%zu\r\n\r\n%s",
		path, type, more, strlen(body), body);
	ng_echo_say_text(fd, text);
}

static void
post(const char *path, const char *type, const char *body)
{
	say_post(path, type, "", body);
	ck_assert_int_gt(ng_echo_hear(fd), 0);
}

START_TEST(a_post_is_answered_in_its_form)
{
	post("/ng", "application/x-rtpengine-ng", "c1 d7:command4:pinge");
	must_have("HTTP/1.1 200 OK\r\n");
	must_have("Content-Type: application/x-rtpengine-ng\r\n");
	must_have("\r\n\r\nc1 d2:is4:ping1:ni1ee");
	post("/ng-plain", "application/x-rtpengine-ng", "d7:command4:pinge");
	must_have("\r\n\r\nd2:is4:ping1:ni2ee");
	post("/ng-plain", "application/json; charset=utf-8", "{\"command\": \"ping\"}");
	must_have("Content-Type: application/json\r\n");
	must_have("\r\n\r\n{\"is\":\"ping\",\"n\":3}");
	post("/ng-plain", "application/json", "{\"command\": ");
	must_have("\r\n\r\n{\"result\":\"error\",\"error-reason\":\"Failed to parse JSON "
		  "document\"}");
	/* With a cookie in front it is no JSON. */
	post("/ng", "application/x-rtpengine-ng", "c2 {\"command\": \"ping\"}");
	must_have("Content-Type: application/x-rtpengine-ng\r\n");
	must_have("\r\n\r\nc2 {\"is\":\"ping\",\"n\":4}");
}
END_TEST

/* The same post twice is two requests: without a cookie nothing says that it is a copy. */
START_TEST(only_what_has_a_cookie_is_repeated)
{
	post("/ng-plain", "application/json", "{\"command\": \"ping\"}");
	post("/ng-plain", "application/json", "{\"command\": \"ping\"}");
	must_have("\"n\":2");
	post("/ng", "application/x-rtpengine-ng", "c1 d7:command4:pinge");
	post("/ng", "application/x-rtpengine-ng", "c1 d7:command4:pinge");
	must_have("1:ni3e");
}
END_TEST

START_TEST(what_a_web_page_could_send_is_refused)
{
	post("/ng-plain", "text/plain", "{\"command\": \"ping\"}");
	must_have("HTTP/1.1 415 ");
	post("/ng", "application/json", "c1 {\"command\": \"ping\"}");
	must_have("HTTP/1.1 415 ");
	say_post("/ng-plain", "application/json", "Origin: http://127.0.0.1\r\n", "{}");
	ck_assert_int_gt(ng_echo_hear(fd), 0);
	must_have("HTTP/1.1 403 ");
	ck_assert_uint_eq(ng_echo_asked, 0);
}
END_TEST

START_TEST(other_paths_and_methods_are_as_before)
{
	post("/", "application/json", "{}");
	must_have("HTTP/1.1 405 ");
	close(fd);
	fd = ng_echo_dial(SOCK_STREAM, port);
	ng_echo_say_text(fd, "GET /ng HTTP/1.1\r\nHost: x\r\n\r\n");
	ck_assert_int_gt(ng_echo_hear(fd), 0);
	must_have("HTTP/1.1 404 ");
	ng_echo_say_text(fd, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	ck_assert_int_gt(ng_echo_hear(fd), 0);
	must_have("POST /ng-plain");
}
END_TEST

START_TEST(a_long_post_is_refused)
{
	char text[256];

	snprintf(text, sizeof text,
		"POST /ng HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-rtpengine-ng\r\n"
		"Content-Length: %d\r\n\r\n",
		HTTP_BODY_MAX + 1);
	ng_echo_say_text(fd, text);
	ck_assert_int_gt(ng_echo_hear(fd), 0);
	must_have(" 413 ");
}
END_TEST

/* Where it ends who stands in front of us may see otherwise: RFC 9112 section 6.3. */
START_TEST(a_post_of_two_lengths_is_refused)
{
	static const char *const doubtful[] = {"Content-Length: 5\r\n",
		"content-length: 21\r\n", "Transfer-Encoding: chunked\r\n"};
	char text[512];

	for (unsigned i = 0; i < sizeof doubtful / sizeof *doubtful; i++) {
		snprintf(text, sizeof text,
			"POST /ng HTTP/1.1\r\nHost: x\r\nContent-Type: "
			"application/x-rtpengine-ng\r\nContent-Length: 20\r\n%s\r\n%s",
			doubtful[i],
			i == 2 ? "14\r\nc1 d7:command4:pinge\r\n0\r\n\r\n"
			       : "c1 d7:command4:pinge");
		ng_echo_say_text(fd, text);
		ck_assert_int_gt(ng_echo_hear(fd), 0);
		must_have("HTTP/1.1 400 ");
		must_have("Connection: close\r\n");
		ck_assert_uint_eq(ng_echo_asked, 0);
		close(fd);
		fd = ng_echo_dial(SOCK_STREAM, port);
	}
	say_post("/ng", "application/x-rtpengine-ng", "Content-Length: 20\r\n",
		"c1 d7:command4:pinge");
	ck_assert_int_gt(ng_echo_hear(fd), 0);
	must_have("HTTP/1.1 200 OK\r\n");
}
END_TEST

START_TEST(a_post_without_a_cookie_has_an_answer_of_http)
{
	post("/ng", "application/x-rtpengine-ng", "d7:command4:pinge");
	must_have("HTTP/1.1 503 ");
}
END_TEST

START_TEST(an_answer_may_come_later)
{
	ng_echo_holds = true;
	say_post("/ng", "application/x-rtpengine-ng", "", "c1 d7:command4:pinge");
	ng_echo_turns(5);
	ck_assert_int_eq(recv(fd, ng_echo_got, 1, 0), -1);
	ng_echo_release();
	ck_assert_int_gt(ng_echo_hear(fd), 0);
	must_have("\r\n\r\nc1 d2:is4:ping1:ni1ee");
}
END_TEST

/* The connection is hung up on for a newer one, and only then its answer comes. */
START_TEST(a_connection_that_ends_before_its_answer_is_no_harm)
{
	int more[HTTP_CONNECTIONS];

	ng_echo_holds = true;
	say_post("/ng", "application/x-rtpengine-ng", "", "c1 d7:command4:pinge");
	ng_echo_turns(5);
	for (int i = 0; i < HTTP_CONNECTIONS; i++) {
		more[i] = ng_echo_dial(SOCK_STREAM, port);
		ng_echo_turns(1);
	}
	ck_assert_int_eq(ng_echo_hear(fd), 0);
	ng_echo_release();
	ng_echo_turns(3);
	for (int i = 0; i < HTTP_CONNECTIONS; i++)
		close(more[i]);
}
END_TEST

START_TEST(a_client_that_resets_before_its_answer_is_no_harm)
{
	static const struct linger at_once = {1, 0};

	ng_echo_holds = true;
	say_post("/ng", "application/x-rtpengine-ng", "", "c1 d7:command4:pinge");
	ng_echo_turns(5);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
	close(fd);
	ng_echo_turns(5);
	ng_echo_release();
	ng_echo_turns(5);
	fd = ng_echo_dial(SOCK_STREAM, port);
}
END_TEST

/* HTTP ends first, or NG does: whoever waits is let go. */
START_TEST(either_server_may_end_first)
{
	ng_echo_holds = true;
	say_post("/ng", "application/x-rtpengine-ng", "", "c1 d7:command4:pinge");
	ng_echo_turns(5);
	if (_i == 0) {
		ng_server_http(ng_echo, NULL);
		http_close(http);
		http = NULL;
		ng_echo_release();
	} else {
		ng_server_close(ng_echo);
		ng_echo = NULL;
		ck_assert_int_gt(ng_echo_hear(fd), 0);
		must_have("HTTP/1.1 503 ");
	}
}
END_TEST

/* ---- WebSocket. ---- */

static const char *const plain = "ng-plain.rtpengine.com";
static const char *const cookied = "ng.rtpengine.com";

static void
shake(const char *protocol, const char *more)
{
	char text[512];

	snprintf(text, sizeof text,
		"GET /any HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
		"Sec-WebSocket-Protocol: chat, %s\r\n%s\r\n",
		protocol, more);
	ng_echo_say_text(fd, text);
	ck_assert_int_gt(ng_echo_hear(fd), 0);
}

static void
begin(const char *protocol)
{
	shake(protocol, "");
	must_have("HTTP/1.1 101 ");
	must_have("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
	must_have(protocol);
}

/* One frame of a client's: FIRST is its first byte. */
static void
say_frame(uint8_t first, const char *text)
{
	static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
	size_t len = strlen(text), size = 2;
	uint8_t frame[512];

	frame[0] = first;
	frame[1] = (uint8_t)(0x80 | (len < 126 ? len : 126));
	if (len >= 126) {
		frame[size++] = (uint8_t)(len >> 8);
		frame[size++] = (uint8_t)len;
	}
	memcpy(frame + size, mask, sizeof mask);
	size += sizeof mask;
	memcpy(frame + size, text, len);
	websocket_mask(frame + size, len, mask);
	ng_echo_say(fd, (char *)frame, size + len);
}

static void
must_hear_frame(uint8_t first, const char *text)
{
	ck_assert_int_eq(ng_echo_hear(fd), (ssize_t)strlen(text) + 2);
	ck_assert_uint_eq((uint8_t)ng_echo_got[0], first);
	ck_assert_uint_eq((uint8_t)ng_echo_got[1], strlen(text));
	ck_assert_str_eq(ng_echo_got + 2, text);
}

static void
must_hear_close(unsigned status)
{
	ck_assert_int_ge(ng_echo_hear(fd), 4);
	ck_assert_uint_eq((uint8_t)ng_echo_got[0], 0x88);
	ck_assert_uint_eq((uint8_t)ng_echo_got[1], 2);
	ck_assert_uint_eq(
		(unsigned)((uint8_t)ng_echo_got[2] << 8 | (uint8_t)ng_echo_got[3]), status);
	ck_assert_int_eq(ng_echo_hear(fd), 0);
}

START_TEST(a_message_is_answered_by_one)
{
	begin(cookied);
	say_frame(0x81, "c1 d7:command4:pinge");
	must_hear_frame(0x81, "c1 d2:is4:ping1:ni1ee");
	say_frame(0x82, "c2 d7:command4:pinge");
	must_hear_frame(0x82, "c2 d2:is4:ping1:ni2ee");
	say_frame(0x82, "c2 d7:command4:pinge");
	must_hear_frame(0x82, "c2 d2:is4:ping1:ni2ee");
	ck_assert(strncmp(ng_echo_source, "websocket 127.0.0.1:", 20) == 0);
}
END_TEST

START_TEST(plain_has_no_cookie)
{
	begin(plain);
	say_frame(0x81, "{\"command\": \"ping\"}");
	must_hear_frame(0x81, "{\"is\":\"ping\",\"n\":1}");
	say_frame(0x81, "");
	ck_assert_int_gt(ng_echo_hear(fd), 0);
	must_have("Invalid data (no payload)");
}
END_TEST

START_TEST(a_message_may_come_in_pieces_with_pings_between)
{
	begin(plain);
	say_frame(0x01, "{\"comm");
	say_frame(0x00, "");
	say_frame(0x89, "are you there");
	must_hear_frame(0x8a, "are you there");
	say_frame(0x8a, "");
	say_frame(0x80, "and\": \"ping\"}");
	must_hear_frame(0x81, "{\"is\":\"ping\",\"n\":1}");
}
END_TEST

START_TEST(a_close_is_answered_by_one)
{
	begin(plain);
	say_frame(0x88, "");
	must_hear_close(1000);
}
END_TEST

START_TEST(what_breaks_the_rules_ends_the_connection)
{
	begin(plain);
	say_frame(_i == 0 ? 0x80 : 0xc1, "{}");
	must_hear_close(1002);
	ck_assert_uint_eq(ng_echo_asked, 0);
}
END_TEST

START_TEST(too_long_a_message_ends_the_connection)
{
	static const char head[] = {
		(char)0x81, (char)0xff, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0};

	begin(plain);
	ng_echo_say(fd, head, sizeof head);
	must_hear_close(1009);
}
END_TEST

START_TEST(a_handshake_that_is_not_right_is_refused)
{
	shake("ng.rtpengine.com.example", "");
	must_have("HTTP/1.1 400 ");
	shake(plain, "Origin: http://example.com\r\n");
	must_have("HTTP/1.1 403 ");
	shake(plain, "Origin: http://127.0.0.2\r\n");
	must_have("HTTP/1.1 403 ");
	shake(plain, "Origin: http://127.0.0.1\r\nUser-Agent: Mozilla/5.0\r\n");
	must_have("HTTP/1.1 403 ");
	shake(plain, "");
	must_have("HTTP/1.1 101 ");
}
END_TEST

/* Kamailio's lwsc module does. */
START_TEST(who_names_the_address_that_it_asks_is_no_page)
{
	shake(plain, "Origin: http://127.0.0.1\r\n");
	must_have("HTTP/1.1 101 ");
}
END_TEST

/* Pages are looked at by few; WebSockets last, and do not count among them. */
START_TEST(a_websocket_is_not_hung_up_on_for_a_newer_connection)
{
	int more[HTTP_CONNECTIONS + 1];

	begin(plain);
	for (int i = 0; i <= HTTP_CONNECTIONS; i++) {
		more[i] = ng_echo_dial(SOCK_STREAM, port);
		ng_echo_turns(1);
	}
	say_frame(0x81, "{\"command\": \"ping\"}");
	must_hear_frame(0x81, "{\"is\":\"ping\",\"n\":1}");
	for (int i = 0; i <= HTTP_CONNECTIONS; i++)
		close(more[i]);
}
END_TEST

START_TEST(a_websocket_may_end_before_its_answer)
{
	begin(plain);
	ng_echo_holds = true;
	say_frame(0x81, "{\"command\": \"ping\"}");
	ng_echo_turns(5);
	if (_i == 0) {
		close(fd);
	} else if (_i == 1) {
		ng_server_http(ng_echo, NULL);
		ck_assert_int_eq(ng_echo_hear(fd), 0);
	} else {
		say_frame(0x88, "");
	}
	ng_echo_turns(5);
	ng_echo_release();
	ng_echo_turns(5);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ng_http");
	TCase *t = tcase_create("ng_http");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, a_post_is_answered_in_its_form);
	tcase_add_test(t, only_what_has_a_cookie_is_repeated);
	tcase_add_test(t, what_a_web_page_could_send_is_refused);
	tcase_add_test(t, other_paths_and_methods_are_as_before);
	tcase_add_test(t, a_long_post_is_refused);
	tcase_add_test(t, a_post_of_two_lengths_is_refused);
	tcase_add_test(t, a_post_without_a_cookie_has_an_answer_of_http);
	tcase_add_test(t, an_answer_may_come_later);
	tcase_add_test(t, a_connection_that_ends_before_its_answer_is_no_harm);
	tcase_add_test(t, a_client_that_resets_before_its_answer_is_no_harm);
	tcase_add_loop_test(t, either_server_may_end_first, 0, 2);
	tcase_add_test(t, a_message_is_answered_by_one);
	tcase_add_test(t, plain_has_no_cookie);
	tcase_add_test(t, a_message_may_come_in_pieces_with_pings_between);
	tcase_add_test(t, a_close_is_answered_by_one);
	tcase_add_loop_test(t, what_breaks_the_rules_ends_the_connection, 0, 2);
	tcase_add_test(t, too_long_a_message_ends_the_connection);
	tcase_add_test(t, a_handshake_that_is_not_right_is_refused);
	tcase_add_test(t, who_names_the_address_that_it_asks_is_no_page);
	tcase_add_test(t, a_websocket_is_not_hung_up_on_for_a_newer_connection);
	tcase_add_loop_test(t, a_websocket_may_end_before_its_answer, 0, 3);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
