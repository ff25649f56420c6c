/* SPDX-License-Identifier: Apache-2.0
 *
 * bench/garbage.c, over a port in memory: what it sends, where to, and how much of it. */
#include "bench/garbage.h"

#include <string.h>
#include <sys/socket.h>

#include "bench/port.h"
#include "tests/bench/runner.h"

enum { MS = 1000000, SLOT = 2048, UDP = 14 + 20, PAYLOAD = UDP + 8 };

static uint8_t frame[PORT_BURST][SLOT], last[PORT_BURST][SLOT];
static uint16_t length[PORT_BURST];
static unsigned accepts; /* frames that a port_send() takes at most */
static struct garbage g;
static unsigned to[65536], from[65536]; /* datagrams by port */

unsigned
port_room(struct port *p, uint8_t **room, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		room[i] = frame[i];
	return n;
}

unsigned
port_send(struct port *p, const uint16_t *len, unsigned n)
{
	unsigned took = n < accepts ? n : accepts;

	for (unsigned i = 0; i < took; i++) {
		ck_assert(wire_checksums_ok(frame[i]));
		memcpy(last[i], frame[i], len[i]);
		length[i] = len[i];
		from[frame[i][UDP] << 8 | frame[i][UDP + 1]]++;
		to[frame[i][UDP + 2] << 8 | frame[i][UDP + 3]]++;
	}
	return took;
}

static void
start(const char *kind, double rate)
{
	accepts = PORT_BURST;
	memset(to, 0, sizeof to);
	memset(from, 0, sizeof from);
	memset(&g, 0, sizeof g);
	g.kind = garbage_kind(kind);
	ck_assert_ptr_nonnull(g.kind);
	g.rate = rate;
	g.payload = 100;
	g.from.addr = (struct sw_addr){AF_INET, 9, {10, 0, 0, 2}};
	g.to.addr = (struct sw_addr){AF_INET, 0, {10, 0, 0, 1}};
	g.from_ports = 1;
	garbage_aim(&g, 30000, 30009, NULL);
	garbage_begin(&g, MS);
}

START_TEST(so_much_is_sent_as_is_due)
{
	start("rtp", 10000);
	ck_assert_uint_eq(garbage_pour(&g, MS), 0);
	ck_assert_uint_eq(garbage_pour(&g, 2 * MS), 10);
	ck_assert_uint_eq(garbage_pour(&g, 2 * MS), 0);
	ck_assert_uint_eq(garbage_pour(&g, 3 * MS), 10);
	ck_assert_uint_eq(g.sent, 20);
	accepts = 3;
	ck_assert_uint_eq(garbage_pour(&g, 4 * MS), 10);
	ck_assert_uint_eq(g.sent, 23);
	ck_assert_uint_eq(g.refused, 7);
}
END_TEST

START_TEST(held_up_it_catches_up_on_a_little)
{
	unsigned sent = 0, n;

	start("noise", 100000);
	while ((n = garbage_pour(&g, 1001 * MS)) > 0) {
		ck_assert_uint_le(n, PORT_BURST);
		sent += n;
	}
	ck_assert_uint_eq(sent, 200); /* 2 ms of a second */
}
END_TEST

START_TEST(it_goes_to_all_ports_that_are_not_taken)
{
	static bool taken[65536];

	start("noise", 1e6);
	g.from_ports = 3;
	taken[30000] = taken[30004] = true;
	garbage_aim(&g, 30000, 30009, taken);
	ck_assert_uint_eq(g.to_ports, 8);
	for (unsigned i = 1; i <= 20; i++)
		garbage_pour(&g, (1 + i) * MS);
	for (unsigned port = 0; port < 65536; port++) {
		bool aimed = port >= 30000 && port <= 30009 && !taken[port];

		ck_assert_msg((to[port] > 0) == aimed, "port %u", port);
		ck_assert_int_eq(from[port] > 0, port >= 9 && port < 12);
	}
}
END_TEST

START_TEST(rtp_parses_and_is_never_the_same)
{
	struct wire_packet a, b;

	start("rtp", 1e6);
	ck_assert_uint_eq(garbage_pour(&g, 2 * MS), PORT_BURST);
	ck_assert_uint_eq(length[0], PAYLOAD + 100);
	ck_assert_int_eq(wire_parse(&a, last[0], length[0]), 0);
	ck_assert_int_eq(wire_parse(&b, last[1], length[1]), 0);
	ck_assert_uint_ne(a.ssrc, b.ssrc);
	ck_assert_mem_ne(a.rtp + WIRE_RTP, b.rtp + WIRE_RTP, 100 - WIRE_RTP);
}
END_TEST

START_TEST(stun_is_a_binding_request)
{
	static const uint8_t type_length_cookie[] = {0, 1, 0, 8, 0x21, 0x12, 0xa4, 0x42};

	start("stun", 1e6);
	garbage_pour(&g, 2 * MS);
	ck_assert_uint_eq(length[0], PAYLOAD + GARBAGE_STUN);
	ck_assert_mem_eq(last[0] + PAYLOAD, type_length_cookie, sizeof type_length_cookie);
	ck_assert_mem_ne(last[0] + PAYLOAD + 8, last[1] + PAYLOAD + 8, 12); /* transaction */
}
END_TEST

START_TEST(an_unknown_kind_is_none)
{
	ck_assert_ptr_null(garbage_kind("gold"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("garbage");
	TCase *c = tcase_create("garbage");

	tcase_add_test(c, so_much_is_sent_as_is_due);
	tcase_add_test(c, held_up_it_catches_up_on_a_little);
	tcase_add_test(c, it_goes_to_all_ports_that_are_not_taken);
	tcase_add_test(c, rtp_parses_and_is_never_the_same);
	tcase_add_test(c, stun_is_a_binding_request);
	tcase_add_test(c, an_unknown_kind_is_none);
	suite_add_tcase(s, c);
	return run_suite(s);
}
