/* SPDX-License-Identifier: Apache-2.0
 *
 * See ng_echo.h. */
#include "ng_echo.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct event_base *ng_echo_base;
struct ng_server *ng_echo;
unsigned ng_echo_asked;
bool ng_echo_holds;
char ng_echo_source[80];
char ng_echo_got[1 << 17];

static struct {
	struct ng_exchange *x;
	const struct value *request;
} kept[8192];
static size_t n_kept;

static void
answer(struct ng_exchange *x, const struct value *request)
{
	struct arena *a = ng_exchange_arena(x);
	struct value *v = value_dict(a);

	value_put_text(a, v, "is", value_text(value_find(request, "command"), a));
	value_put_number(a, v, "n", ng_echo_asked);
	ng_exchange_reply(x, v);
}

void
ng_echo_handle(void *arg, struct ng_exchange *x, const struct value *request)
{
	ng_echo_asked++;
	snprintf(ng_echo_source, sizeof ng_echo_source, "%s", ng_exchange_source(x));
	if (ng_echo_holds) {
		kept[n_kept].x = x;
		kept[n_kept++].request = request;
	} else {
		answer(x, request);
	}
}

void
ng_echo_release(void)
{
	for (size_t i = 0; i < n_kept; i++)
		answer(kept[i].x, kept[i].request);
	n_kept = 0;
}

void
ng_echo_open(void)
{
	ng_echo_asked = 0;
	ng_echo_holds = false;
	n_kept = 0;
	ng_echo_base = event_base_new();
	ng_echo = ng_server_open(
		&(struct ng_server_conf){.base = ng_echo_base, .handler = ng_echo_handle});
	ck_assert_ptr_nonnull(ng_echo);
}

void
ng_echo_close(void)
{
	ng_server_close(ng_echo);
	event_base_free(ng_echo_base);
}

void
ng_echo_turns(int n)
{
	static const struct timespec moment = {.tv_nsec = 1000000};

	while (n-- > 0) {
		event_base_loop(ng_echo_base, EVLOOP_NONBLOCK);
		ng_server_flush(ng_echo);
		nanosleep(&moment, NULL);
	}
}

static int
dial(int type, const struct sockaddr *to, socklen_t len)
{
	int fd = socket(to->sa_family, type | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(connect(fd, to, len), 0);
	ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

int
ng_echo_dial(int type, int port)
{
	const struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	return dial(type, (const struct sockaddr *)&to, sizeof to);
}

int
ng_echo_dial6(int type, int port)
{
	const struct sockaddr_in6 to = {.sin6_family = AF_INET6,
		.sin6_port = htons((uint16_t)port),
		.sin6_addr = IN6ADDR_LOOPBACK_INIT};

	return dial(type, (const struct sockaddr *)&to, sizeof to);
}

void
ng_echo_say(int fd, const char *bytes, size_t len)
{
	ck_assert_int_eq(send(fd, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
}

void
ng_echo_say_text(int fd, const char *text)
{
	ng_echo_say(fd, text, strlen(text));
}

ssize_t
ng_echo_hear(int fd)
{
	ssize_t n = -1;

	for (int i = 0; n < 0 && i < 1000; i++) {
		ng_echo_turns(1);
		n = recv(fd, ng_echo_got, sizeof ng_echo_got - 1, 0);
		if (n < 0 && errno == ECONNRESET)
			n = 0;
	}
	ng_echo_got[n > 0 ? n : 0] = '\0';
	return n;
}

void
ng_echo_ask(int fd, const char *text, const char *expected)
{
	ng_echo_say_text(fd, text);
	if (expected == NULL) {
		ng_echo_turns(5);
		ck_assert_int_eq(recv(fd, ng_echo_got, sizeof ng_echo_got, 0), -1);
		return;
	}
	ck_assert_msg(ng_echo_hear(fd) > 0, "no answer to: %s", text);
	ck_assert_str_eq(ng_echo_got, expected);
}

static int
listen_at(int (*listen)(struct ng_server *s, const struct request_addr *at))
{
	const struct request_addr at = {.family = AF_INET, .ip = {127, 0, 0, 1}};
	int port = listen(ng_echo, &at);

	ck_assert_int_gt(port, 0);
	return port;
}

int
ng_echo_udp(void)
{
	return listen_at(ng_server_udp);
}

int
ng_echo_tcp(void)
{
	return listen_at(ng_server_tcp);
}
