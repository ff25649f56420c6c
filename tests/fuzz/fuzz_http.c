/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes from an HTTP client: control/http.c with evhttp beneath, over a Unix socket in this
 * process.  Whatever comes, the server answers with HTTP or hangs up, and serves the next one.
 */
#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "control/http.h"
#include "control/http_accept.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct event_base *base;
static struct http *http;
static struct sockaddr_un at = {.sun_family = AF_UNIX};
static socklen_t at_len;

static int
page(void *arg, const char *accept, FILE *body, const char **type)
{
	double q = http_accept_quality(accept, "text/plain");

	assert(q >= 0 && q <= 1);
	*type = "text/plain";
	fputs("a page\n", body);
	return 200;
}

static const struct http_page pages[] = {{"/metrics", "a page", page}};

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	base = event_base_new();
	http = http_open(
		&(struct http_conf){.base = base, .title = "x", .pages = pages, .n_pages = 1});
	/* An abstract name: nothing to remove. */
	at_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
			     (size_t)snprintf(at.sun_path + 1, sizeof at.sun_path - 1,
				     "strowger-fuzz-http-%d", (int)getpid()));
	assert(http_listen(http, (const struct sockaddr *)&at, at_len) == 0);
	return 0;
}

static int
dial(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert(fd >= 0 && connect(fd, (const struct sockaddr *)&at, at_len) == 0);
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
