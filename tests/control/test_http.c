/* SPDX-License-Identifier: Apache-2.0
 *
 * control/http.c, over loopback: the server's loop runs in the test's process, and so do the
 * clients, which are plain sockets. */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "control/http.h"

static struct event_base *base;
static struct http *http;
static int port;
static char got[1 << 16]; /* the last answer */

/* ---- Pages. ---- */

static int
number_page(void *arg, const char *accept, FILE *body, const char **type)
{
	*type = "text/x-number";
	fprintf(body, "%d %s\n", *(int *)arg, accept != NULL ? accept : "anything");
	return 200;
}

static int
sick_page(void *arg, const char *accept, FILE *body, const char **type)
{
	*type = "application/json";
	fputs("{}", body);
	return 503;
}

static int
long_page(void *arg, const char *accept, FILE *body, const char **type)
{
	*type = "text/plain";
	for (int i = 0; i < 40000; i++)
		fputc('x', body);
	return 200;
}

static const struct http_page pages[] = {
	{"/number", "a number", number_page},
	{"/sick", "of the server", sick_page},
	{"/long", "40,000 letters", long_page},
};

static void
setup(void)
{
	static int number = 17;
	const struct sockaddr_in at = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	base = event_base_new();
	http = http_open(&(struct http_conf){.base = base,
		.title = "toy",
		.pages = pages,
		.n_pages = sizeof pages / sizeof *pages,
		.arg = &number});
	ck_assert_ptr_nonnull(http);
	port = http_listen(http, (const struct sockaddr *)&at, sizeof at);
	ck_assert_int_gt(port, 0);
}

static void
teardown(void)
{
	http_close(http);
	event_base_free(base);
}

/* ---- Clients. ---- */

static int
dial(void)
{
	const struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
	ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

static void
turn(void)
{
	static const struct timespec moment = {.tv_nsec = 1000000};

	event_base_loop(base, EVLOOP_NONBLOCK);
	nanosleep(&moment, NULL);
}

static void
say(int fd, const char *text)
{
	ck_assert_int_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* Has the server hung up, within a second?  What it said before is in `got`. */
static bool
hears_the_end(int fd)
{
	size_t len = 0;

	for (int i = 0; i < 1000; i++) {
		ssize_t n;

		turn();
		while ((n = recv(fd, got + len, sizeof got - 1 - len, 0)) > 0)
			len += (size_t)n;
		got[len] = '\0';
		if (n == 0 || errno == ECONNRESET)
			return true;
	}
	return false;
}

/* Send REQUEST alone on a connection; the answer is in `got`. */
static void
ask(const char *request)
{
	int fd = dial();

	say(fd, request);
	shutdown(fd, SHUT_WR);
	ck_assert_msg(hears_the_end(fd), "no end after: %s", got);
	close(fd);
}

static void
must_have(const char *part)
{
	ck_assert_msg(strstr(got, part) != NULL, "no '%s' in: %s", part, got);
}

static void
must_lack(const char *part)
{
	ck_assert_msg(strstr(got, part) == NULL, "'%s' in: %s", part, got);
}

/* ---- Claims. ---- */

START_TEST(a_page_is_what_its_function_wrote)
{
	ask("GET /number HTTP/1.1\r\nHost: x\r\nAccept: text/x-number\r\nConnection: "
	    "close\r\n\r\n");
	must_have("HTTP/1.1 200 OK\r\n");
	must_have("Content-Type: text/x-number\r\n");
	must_have("Cache-Control: no-store\r\n");
	must_have("\r\n\r\n17 text/x-number\n");
	ask("GET /number?q=1 HTTP/1.0\r\n\r\n");
	must_have("\r\n\r\n17 anything\n");
	ask("GET /sick HTTP/1.0\r\n\r\n");
	must_have("HTTP/1.0 503");
	must_have("\r\n\r\n{}");
}
END_TEST

START_TEST(the_index_names_all_pages)
{
	ask("GET / HTTP/1.0\r\n\r\n");
	must_have(" 200 OK\r\n");
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
		must_have(pages[i].path);
		must_have(pages[i].help);
	}
}
END_TEST

START_TEST(anything_else_is_not_found)
{
	static const char *const paths[] = {
		"/numbers", "/number/", "/../etc/passwd", "/%6eumber", "/index.html", "*"};
	char request[64];

	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		snprintf(request, sizeof request, "GET %s HTTP/1.0\r\n\r\n", paths[i]);
		ask(request);
		ck_assert_msg(strstr(got, " 404 ") != NULL || strstr(got, " 400 ") != NULL,
			"%s: %s", paths[i], got);
		must_lack("17");
	}
}
END_TEST

START_TEST(head_has_no_body)
{
	ask("HEAD /number HTTP/1.0\r\n\r\n");
	must_have("HTTP/1.0 200 OK\r\n");
	must_have("Content-Length: 12\r\n");
	must_lack("17");
}
END_TEST

START_TEST(nothing_can_be_changed)
{
	static const char *const methods[] = {"POST", "PUT", "DELETE", "OPTIONS", "PATCH"};
	char request[64];

	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
		snprintf(request, sizeof request,
			"%s /number HTTP/1.0\r\nContent-Length: 0\r\n\r\n", methods[i]);
		ask(request);
		must_have(" 405 ");
		must_have("Allow: GET, HEAD\r\n");
		must_lack("17");
	}
	ask("GETS /number HTTP/1.0\r\n\r\n");
	must_lack(" 200 ");
}
END_TEST

START_TEST(a_body_is_refused)
{
	ask("POST /number HTTP/1.0\r\nContent-Length: 1\r\n\r\nx");
	must_have(" 413 ");
	ask("POST /number HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "ffffff\r\nxxxx");
	must_lack(" 200 ");
}
END_TEST

START_TEST(a_head_that_does_not_end_is_cut)
{
	char line[1025];
	int fd = dial();

	memset(line, 'x', sizeof line - 1);
	line[sizeof line - 1] = '\0';
	say(fd, "GET /number HTTP/1.0\r\nX: ");
	for (int i = 0; i < HTTP_HEADERS_MAX / 1024 + 1; i++) {
		turn();
		send(fd, line, sizeof line - 1, MSG_NOSIGNAL);
	}
	ck_assert(hears_the_end(fd));
	must_lack(" 200 ");
	close(fd);
}
END_TEST

START_TEST(what_is_no_request_is_told_so)
{
	static const char *const bad[] = {"\r\n\r\n", "GET\r\n\r\n", "GET / FTP/1.0\r\n\r\n",
		"GET / HTTP/9.9\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\r\n\r\n",
		"{\"jsonrpc\": \"2.0\"}\r\n\r\n", ""};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		ask(bad[i]);
		must_lack(" 200 ");
	}
	ask("GET /number HTTP/1.0\r\n\r\n");
	must_have(" 200 OK");
}
END_TEST

START_TEST(a_connection_may_ask_again)
{
	int fd = dial();

	for (int i = 0; i < 3; i++) {
		say(fd, "GET /number HTTP/1.1\r\nHost: x\r\n\r\n");
		memset(got, 0, sizeof got);
		for (int n = 0; n < 1000 && recv(fd, got, sizeof got - 1, 0) <= 0; n++)
			turn();
		must_have("17 anything\n");
	}
	close(fd);
}
END_TEST

/* Connections, and then some: each newcomer is served, at the price of the oldest. */
START_TEST(who_comes_is_served_and_the_oldest_goes)
{
	enum { MORE = 10 };
	int fd[HTTP_CONNECTIONS + MORE];

	for (int i = 0; i < HTTP_CONNECTIONS; i++)
		fd[i] = dial();
	for (int i = 0; i < 10; i++)
		turn();
	ck_assert_int_eq(recv(fd[0], got, 1, 0), -1); /* nobody was hung up on so far */
	ck_assert_int_eq(errno, EAGAIN);
	for (int i = HTTP_CONNECTIONS; i < HTTP_CONNECTIONS + MORE; i++) {
		fd[i] = dial();
		ck_assert(hears_the_end(fd[i - HTTP_CONNECTIONS]));
	}
	ck_assert_int_eq(recv(fd[MORE], got, 1, 0), -1);
	ck_assert_int_eq(errno, EAGAIN);
	say(fd[HTTP_CONNECTIONS + MORE - 1], "GET /number HTTP/1.0\r\n\r\n");
	ck_assert(hears_the_end(fd[HTTP_CONNECTIONS + MORE - 1]));
	must_have("17 anything\n");
	for (int i = 0; i < HTTP_CONNECTIONS + MORE; i++)
		close(fd[i]);
}
END_TEST

/* So many that descriptors or references left behind would show: the sanitizer looks, too. */
START_TEST(connections_leave_nothing_behind)
{
	int first, last;

	ask("GET /long HTTP/1.0\r\n\r\n");
	first = dial();
	close(first);
	for (int i = 0; i < 300; i++) {
		int fd = dial();

		say(fd, i % 3 == 0 ? "GET /long HTTP/1.0\r\n\r\n" : "GET /num");
		if (i % 2 == 0)
			turn();
		close(fd);
		turn();
	}
	for (int i = 0; i < 20; i++)
		turn();
	last = dial();
	close(last);
	ck_assert_int_eq(first, last);
}
END_TEST

/* The number that a connection's descriptor had is soon another one's. */
START_TEST(what_a_connection_had_is_let_go)
{
	struct bufferevent *bev;
	int pair[2];

	for (int i = 0; i < 4; i++) {
		int fd = dial();

		say(fd, "GET /number HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
		ck_assert(hears_the_end(fd));
		close(fd);
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
		bev = bufferevent_socket_new(base, pair[1], BEV_OPT_CLOSE_ON_FREE);
		bufferevent_enable(bev, EV_READ);
		ck_assert_int_eq(write(pair[0], "mine", 4), 4);
		turn();
		ck_assert_uint_eq(evbuffer_get_length(bufferevent_get_input(bev)), 4);
		bufferevent_free(bev);
		close(pair[0]);
	}
}
END_TEST

START_TEST(a_second_listener_has_the_same_pages)
{
	const struct sockaddr_in6 at = {
		.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	const struct sockaddr_in taken = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in6 to = at;
	int second = http_listen(http, (const struct sockaddr *)&at, sizeof at), fd;

	ck_assert_int_eq(
		http_listen(http, (const struct sockaddr *)&taken, sizeof taken), -EADDRINUSE);
	if (second == -EADDRNOTAVAIL) /* no IPv6 on this host */
		return;
	ck_assert_int_gt(second, 0);
	to.sin6_port = htons((uint16_t)second);
	fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
	ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	say(fd, "GET /number HTTP/1.0\r\n\r\n");
	ck_assert(hears_the_end(fd));
	must_have("17 anything\n");
	close(fd);
}
END_TEST

/* With clients connected, half served and not served at all. */
START_TEST(it_can_be_closed_at_any_time)
{
	int fd[3] = {dial(), dial(), dial()};

	say(fd[0], "GET /long HTTP/1.1\r\nHost: x\r\n\r\n");
	say(fd[1], "GET /lo");
	turn();
	http_close(http);
	http = NULL;
	for (int i = 0; i < 3; i++)
		close(fd[i]);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http");
	TCase *t = tcase_create("http");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, a_page_is_what_its_function_wrote);
	tcase_add_test(t, the_index_names_all_pages);
	tcase_add_test(t, anything_else_is_not_found);
	tcase_add_test(t, head_has_no_body);
	tcase_add_test(t, nothing_can_be_changed);
	tcase_add_test(t, a_body_is_refused);
	tcase_add_test(t, a_head_that_does_not_end_is_cut);
	tcase_add_test(t, what_is_no_request_is_told_so);
	tcase_add_test(t, a_connection_may_ask_again);
	tcase_add_test(t, who_comes_is_served_and_the_oldest_goes);
	tcase_add_test(t, connections_leave_nothing_behind);
	tcase_add_test(t, what_a_connection_had_is_let_go);
	tcase_add_test(t, a_second_listener_has_the_same_pages);
	tcase_add_test(t, it_can_be_closed_at_any_time);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
