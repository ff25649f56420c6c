/* SPDX-License-Identifier: Apache-2.0
 *
 * Control hands bundles of NG's answers to the thread of control/ng_post.c, while it fills
 * others, and ends that thread in between. */
#include "control/ng_post.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/runner.h"

enum { ROUNDS = 2000 };

static int
at_loopback(struct sockaddr_in *at)
{
	static const int room = 1 << 20; /* bytes: for all that is said before it is drained */
	socklen_t len = sizeof *at;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room), 0);
	*at = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	ck_assert_int_eq(bind(fd, (struct sockaddr *)at, len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)at, &len), 0);
	return fd;
}

/* What waits at FD; it must be whole. */
static unsigned
drain(int fd)
{
	char text[64], expected[64];
	unsigned n, heard = 0;
	ssize_t len;

	for (; (len = recv(fd, text, sizeof text - 1, 0)) > 0; heard++) {
		text[len] = '\0';
		ck_assert_int_eq(sscanf(text, "%u", &n), 1);
		snprintf(expected, sizeof expected, "%u is the answer to %u", n, n);
		ck_assert_str_eq(text, expected);
	}
	return heard;
}

START_TEST(bundles_go_round)
{
	struct sockaddr_in ours, theirs;
	int fd = at_loopback(&ours), client = at_loopback(&theirs);
	struct ng_post *p = ng_post_open(fd);
	struct ng_asker a = {.peer = {.family = AF_INET,
				     .port = ntohs(theirs.sin_port),
				     .ip = {127, 0, 0, 1}}};
	unsigned said = 0, heard = 0;
	char text[64];

	for (unsigned i = 0; i < ROUNDS; i++) {
		for (unsigned j = i % 80; j > 0; j--, said++) {
			snprintf(text, sizeof text, "%u is the answer to %u", said, said);
			ng_post_add(p, &a, slice_of(text));
		}
		ng_post_flush(p);
		heard += drain(client);
		if (i % 100 == 99) {
			ng_post_empty(p);
			heard += drain(client);
			ck_assert_uint_eq(heard, said);
		}
	}
	ng_post_close(p);
	close(fd);
	close(client);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("posting");
	TCase *all = tcase_create("all");

	tcase_set_timeout(all, 60);
	tcase_add_test(all, bundles_go_round);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
