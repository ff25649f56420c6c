/* SPDX-License-Identifier: Apache-2.0
 *
 * control/wipe.c: a key that came through the RPC server, and a key that left through it, are
 * nowhere in its memory afterwards. */
#include <check.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "control/rpc.h"
#include "control/wipe.h"

enum { KEY = 40 };

/* The key's text is made anew wherever it is needed, so that the test keeps no copy. */
static char
letter(int i, int seed)
{
	return (char)('A' + (i * i * 7 + i * 3 + seed) % 26);
}

static void
write_key(char *to, int seed)
{
	for (int i = 0; i < KEY; i++)
		to[i] = letter(i, seed);
}

static bool
is_key(const char *p, int seed)
{
	for (int i = 0; i < KEY; i++)
		if (p[i] != letter(i, seed))
			return false;
	return true;
}

static char window[1 << 16]; /* that memory is looked at through */

/* How often the key is in the first N bytes of the window, which were read from FROM. */
static int
copies_in_window(size_t n, uintptr_t from, int seed)
{
	const char *end = window + n, *p = window;
	int found = 0;

	while (end - p >= KEY && (p = memchr(p, letter(0, seed), (size_t)(end - p))) != NULL) {
		uintptr_t at = from + (uintptr_t)(p - window);

		/* What the window shows of itself does not count. */
		if (end - p >= KEY && is_key(p, seed) &&
			at - (uintptr_t)window >= sizeof window)
			found++;
		p++;
	}
	return found;
}

/* How often it is in this process's writable memory. */
static int
copies(int seed)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	int mem = open("/proc/self/mem", O_RDONLY), found = 0;
	uintptr_t from, to;
	char line[512], mode[5];

	ck_assert_ptr_nonnull(maps);
	while (fgets(line, sizeof line, maps) != NULL) {
		ck_assert_int_eq(
			sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s", &from, &to, mode), 3);
		/* Not the sanitizers' shadow, which is terabytes of nothing. */
		if (mode[1] != 'w' || to - from > (uintptr_t)1 << 32)
			continue;
		for (; from < to; from += sizeof window - KEY + 1) {
			size_t want = to - from < sizeof window ? to - from : sizeof window;
			ssize_t n = pread(mem, window, want, (off_t)from);

			if (n > 0)
				found += copies_in_window((size_t)n, from, seed);
		}
	}
	explicit_bzero(window, sizeof window);
	close(mem);
	fclose(maps);
	return found;
}

START_TEST(the_search_finds_what_is_there)
{
	char *p = malloc(KEY);

	write_key(p, 5);
	ck_assert_int_eq(copies(5), 1);
	wipe_free(p);
	ck_assert_int_eq(copies(5), 0);
}
END_TEST

START_TEST(freed_and_moved_blocks_are_overwritten)
{
	char *p = wipe_realloc(NULL, KEY);

	write_key(p, 5);
	p = wipe_realloc(p, 1 << 20); /* somewhere else */
	ck_assert(is_key(p, 5));
	ck_assert_int_eq(copies(5), 1);
	p = wipe_realloc(p, KEY / 2);
	ck_assert_int_eq(copies(5), 0);
	wipe_free(p);
	wipe_free(NULL);
}
END_TEST

static struct event_base *base;

/* Take a key, answer with another. */
static void
swap_keys(struct rpc_request *req, const json_t *params, void *arg)
{
	const char *theirs = json_string_value(json_object_get(params, "key"));
	char ours[KEY + 1] = "";

	ck_assert(is_key(theirs, 5));
	write_key(ours, 9);
	rpc_reply(req, json_pack("{s:s}", "key", ours));
	explicit_bzero(ours, sizeof ours);
}

static void
stop(evutil_socket_t fd, short what, void *arg)
{
	event_base_loopbreak(base);
}

/* Run the loop until FD has something to say, or for 100 ms. */
static void
run(int fd)
{
	const struct timeval soon = {.tv_usec = 100000};

	event_base_once(base, fd, EV_READ | EV_TIMEOUT, stop, NULL, &soon);
	event_base_dispatch(base);
}

START_TEST(keys_leave_no_trace_in_the_server)
{
	static const struct rpc_field key_field[] = {
		{.name = "key", .type = RPC_STRING, .required = true},
		{.name = NULL},
	};
	static const struct rpc_method methods[] = {
		{.name = "key.swap",
			.params = key_field,
			.result = key_field,
			.handler = swap_keys},
	};
	static const char head[] =
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"key.swap\",\"params\":{\"key\":\"";
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct rpc_server_conf conf = {
		.socket[RPC_ADMIN] = {.path = sun.sun_path, .mode = 0600, .group = (gid_t)-1},
		.version = "1",
		.methods = methods,
		.n_methods = 1,
	};
	char text[1024] = "", got[1024];
	struct rpc_server *s;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	size_t n = strlen(head);

	wipe_install();
	base = event_base_new();
	snprintf(sun.sun_path, sizeof sun.sun_path, "/tmp/strowger-wipe-%d", (int)getpid());
	s = rpc_server_open(base, &conf);
	ck_assert_ptr_nonnull(s);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&sun, sizeof sun), 0);
	run(fd);
	ck_assert_int_gt(recv(fd, got, sizeof got, 0), 0); /* the greeting */

	/* In two pieces, so that buffers are joined; with the start of a next line behind,
	 * which stays. */
	memcpy(text, head, n);
	write_key(text + n, 5);
	strcpy(text + n + KEY, "\"}}\n{\"jsonrpc\":");
	ck_assert_int_eq(send(fd, text, n + 10, 0), (ssize_t)n + 10);
	run(-1);
	ck_assert_int_gt(send(fd, text + n + 10, strlen(text + n + 10), 0), 0);
	explicit_bzero(text, sizeof text);
	run(fd);
	ck_assert_int_gt(recv(fd, got, sizeof got, 0), 0);
	ck_assert_ptr_nonnull(strstr(got, "\"result\""));
	explicit_bzero(got, sizeof got);
	run(-1);

	ck_assert_int_eq(copies(5), 0); /* while the connection stands, too */
	ck_assert_int_eq(copies(9), 0);
	close(fd);
	rpc_server_close(s);
	event_base_free(base);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wipe");
	TCase *tc = tcase_create("wipe");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, the_search_finds_what_is_there);
	tcase_add_test(tc, freed_and_moved_blocks_are_overwritten);
	tcase_add_test(tc, keys_leave_no_trace_in_the_server);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
