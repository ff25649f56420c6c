/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes from an HTTP client: control/http.c with evhttp beneath, over loopback in this
 * process.  Whatever comes, the server answers with HTTP or hangs up, and serves the next one;
 * NG is asked there, too, by POST and by WebSocket, and answers a turn later. */
#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control/http.h"
#include "control/http_accept.h"
#include "control/log.h"
#include "control/ng_server.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct event_base *base;
static struct http *http;
static struct sockaddr_in at = {.sin_family = AF_INET};

static int
page(void *arg, const char *accept, FILE *body, const char **type)
{
	double q = http_accept_quality(accept, "text/plain");

	assert(q >= 0 && q <= 1);
	*type = "text/plain";
	fputs("a page\n", body);
	return 200;
}

static struct ng_exchange *asked; /* the last, unless it is answered */

/* The one before is answered only now. */
static void
answer(void)
{
	struct ng_exchange *x = asked;
	struct value *v;

	asked = NULL;
	if (x == NULL)
		return;
	v = value_dict(ng_exchange_arena(x));
	value_put_string(ng_exchange_arena(x), v, "result", "pong");
	ng_exchange_reply(x, v);
}

static void
on_ng(void *arg, struct ng_exchange *x, const struct value *request)
{
	answer();
	asked = x;
}

static const struct http_page pages[] = {{"/metrics", "a page", page}};

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct ng_server *ng;

	log_open(LOG_LEVEL_ERROR, false);
	base = event_base_new();
	http = http_open(
		&(struct http_conf){.base = base, .title = "x", .pages = pages, .n_pages = 1});
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	at.sin_port =
		htons((uint16_t)http_listen(http, (const struct sockaddr *)&at, sizeof at));
	assert(at.sin_port != 0);
	ng = ng_server_open(&(struct ng_server_conf){.base = base, .handler = on_ng});
	assert(ng != NULL);
	ng_server_http(ng, http);
	return 0;
}

/* The fuzzer's own alarm may come in between. */
static bool
connects(int fd)
{
	int result;

	do {
		result = connect(fd, (const struct sockaddr *)&at, sizeof at);
	} while (result != 0 && errno == EINTR);
	return result == 0;
}

/* From one address after the other: the ports of a connection that is over rest for a minute,
 * and those of one address would run out. */
static int
dial(void)
{
	enum { HOSTS = 1 << 16 };
	static const int yes = 1;
	static uint32_t dialled;
	struct sockaddr_in from = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK + HOSTS + dialled++ % HOSTS)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert(fd >= 0 &&
		setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes) == 0 &&
		bind(fd, (const struct sockaddr *)&from, sizeof from) == 0 && connects(fd) &&
		fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
	return fd;
}

/* Says all of DATA, takes what is answered, until the server hangs up; its first bytes are in
 * HEAD. */
static void
converse(int fd, const uint8_t *data, size_t size, char head[5])
{
	bool said = false, over = false;
	size_t got = 0;
	char more[4096];

	for (unsigned turns = 0; !over; turns++) {
		ssize_t n = size > 0 ? send(fd, data, size, MSG_NOSIGNAL) : 0;

		assert(turns < 10000); /* it must come to an end */
		if (n > 0) {
			data += n;
			size -= (size_t)n;
		}
		if ((size == 0 || (n < 0 && errno != EAGAIN)) && !said) {
			shutdown(fd, SHUT_WR);
			said = true;
		}
		event_base_loop(base, EVLOOP_NONBLOCK);
		answer();
		while ((n = recv(fd, more, sizeof more, 0)) > 0) {
			for (ssize_t i = 0; i < n && got < 4; i++)
				head[got++] = more[i];
		}
		over = n == 0 || errno != EAGAIN;
	}
	head[got] = '\0';
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char good[] = "GET /metrics HTTP/1.0\r\n\r\n";
	static unsigned rounds;
	char head[5];
	int fd = dial();

	converse(fd, data, size, head);
	close(fd);
	assert(head[0] == '\0' || strcmp(head, "HTTP") == 0);
	if (rounds++ % 64 != 0)
		return 0;
	fd = dial();
	converse(fd, (const uint8_t *)good, strlen(good), head);
	close(fd);
	assert(strcmp(head, "HTTP") == 0);
	return 0;
}
