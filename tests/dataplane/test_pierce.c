/* SPDX-License-Identifier: Apache-2.0
 *
 * Suite of dataplane/{tables_pierce,pierce}.c: who is told by an empty datagram that we are
 * there, from where, how often, and when no more.  What is expected is what
 * sw_transport.pierce promises. */
#include <check.h>
#include <rte_cycles.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/pierce.h"
#include "tests/dataplane/rig.h"

enum { TIMES = 3, SSRC = 0x11223344 };

static struct inproc rig;
static struct sw_transport alice;
static uint64_t later; /* TSC ticks that have passed for main */
static tables_pierce_send *sender;

static void
setup(void)
{
	rig_open_cores(&rig, 2, 1);
	alice = rig_transport(0, "192.0.2.10", 4000);
	alice.pierce = 1;
	later = 0;
	sender = pierce_send;
}

static void
teardown(void)
{
	rig_close(&rig);
}

/* Main's look at it, and what the cores then do.  MS after the look before. */
static void
look(unsigned ms)
{
	struct pierce p = {.end = &rig.main_end, .pool = rig.pool};

	later += ms * (rte_get_tsc_hz() / 1000);
	tables_pierce(rig.tables, rte_rdtsc() + later, sender, &p);
	rig_turn(&rig);
}

/* How many empty datagrams leave for PORT of HOST in the next second from our port FROM; and
 * nothing else leaves. */
static unsigned
sent_to(const char *host, uint16_t port, uint16_t from)
{
	struct sw_addr to = rig_addr(host, port);
	struct rig_datagram d;
	unsigned n = 0;

	for (unsigned i = 0; i < 10; i++) {
		look(100);
		while (rig_receive(&rig, &d)) {
			ck_assert_uint_eq(d.len, 0);
			ck_assert_uint_eq(d.dscp, 46);
			n += memcmp(&d.to, &to, sizeof to) == 0 && d.from.port == from;
		}
	}
	return n;
}

/* How many leave in the next second, wherever to. */
static unsigned
sent(void)
{
	struct rig_datagram d;
	unsigned n = 0;

	for (unsigned i = 0; i < 10; i++) {
		look(100);
		while (rig_receive(&rig, &d))
			n++;
	}
	return n;
}

static void
hear_alice(void)
{
	const struct sw_addr ours = rig_addr("192.0.2.1", 30000);
	static uint16_t seq;
	uint8_t p[256];

	for (unsigned i = 0; i < rig.cores; i++)
		rig.lcore[i].now = rte_rdtsc();
	rig_send(&rig, &alice.remote[0], &ours, p, rig_rtp(p, ++seq, SSRC, 160));
	rig_turn(&rig);
	ck_assert_uint_gt(rig.state.transport[0].rx_packets, 0);
}

START_TEST(rtp_and_rtcp_get_three_each_from_where_they_are_awaited)
{
	rig_set(&rig, &alice);
	ck_assert_uint_eq(sent_to("192.0.2.10", 4000, 30000), TIMES);
	ck_assert_uint_eq(sent(), 0);
	alice.relatch++;
	rig_set(&rig, &alice);
	ck_assert_uint_eq(sent_to("192.0.2.10", 4001, 30001), TIMES);
	ck_assert_uint_eq(rig.state.core[0].pierced, 4 * TIMES);
	/* They are no packets of the call's. */
	ck_assert_uint_eq(rig.state.transport[0].tx_packets, 0);
	ck_assert_uint_eq(rig.state.transport[0].tx_rtcp, 0);
}
END_TEST

START_TEST(the_first_leaves_at_once_and_the_next_one_later)
{
	struct rig_datagram d;

	rig_set(&rig, &alice);
	look(0);
	ck_assert(rig_receive(&rig, &d) && rig_receive(&rig, &d) && !rig_receive(&rig, &d));
	look(1);
	ck_assert(!rig_receive(&rig, &d));
	look(60);
	ck_assert(rig_receive(&rig, &d) && rig_receive(&rig, &d) && !rig_receive(&rig, &d));
}
END_TEST

START_TEST(nobody_gets_any_unasked)
{
	alice.pierce = 0;
	rig_set(&rig, &alice);
	ck_assert_uint_eq(sent(), 0);
	alice.pierce = 1; /* nor whose address is not known */
	memset(alice.remote, 0, sizeof alice.remote);
	rig_set(&rig, &alice);
	ck_assert_uint_eq(sent(), 0);
	alice.remote[0] = rig_addr("192.0.2.10", 4000);
	alice.remote[1] = rig_addr("192.0.2.10", 4001);
	rig_set(&rig, &alice);
	ck_assert_uint_eq(sent(), 2 * TIMES);
}
END_TEST

/* By SRTP and IPv6, too. */
START_TEST(who_has_one_port_gets_them_there)
{
	struct sw_transport t = rig_transport(1, "2001:db8::10", 5000);

	t.pierce = t.mux = 1;
	t.source = SW_SOURCE_AUTHENTICATED;
	rig_key(&t.unseal, SW_AES_CM_128_HMAC_SHA1_80, 1);
	rig_key(&t.seal, SW_AES_CM_128_HMAC_SHA1_80, 2);
	rig_set(&rig, &t);
	ck_assert_uint_eq(sent_to("2001:db8::10", 5000, 30002), TIMES);
	ck_assert_uint_eq(rig.state.core[1].pierced, TIMES); /* no more, from its own core */
	/* What is sealed is numbered, and this is not. */
	ck_assert_uint_eq(rig.state.transport[1].tx.state, 0);
	/* And what is no RTP has no RTCP. */
	t = rig_transport(2, "192.0.2.20", 5000);
	t.pierce = t.opaque = 1;
	rig_set(&rig, &t);
	ck_assert_uint_eq(sent(), TIMES);
}
END_TEST

START_TEST(who_is_heard_gets_no_more)
{
	rig_set(&rig, &alice);
	rig_join(&rig, 0, 0);
	look(0);
	hear_alice();
	while (rig_receive(&rig, &(struct rig_datagram){0}))
		;
	ck_assert_uint_eq(sent(), 0);
	/* An address that is new is so for whoever was heard elsewhere, too. */
	alice.relatch++;
	alice.remote[0] = rig_addr("192.0.2.11", 4100);
	rig_set(&rig, &alice);
	ck_assert_uint_eq(sent_to("192.0.2.11", 4100, 30000), TIMES);
}
END_TEST

/* A packet comes from SRC, and main makes what it does of it. */
static void
hear_from(struct sw_addr src)
{
	const struct sw_addr ours = rig_addr("192.0.2.1", 30000);
	uint64_t before = rig.state.transport[0].rx_packets;
	static uint16_t seq;
	struct core_event ev;
	uint8_t p[256];

	rig.lcore[0].now = rte_rdtsc();
	rig_send(&rig, &src, &ours, p, rig_rtp(p, ++seq, SSRC, 160));
	rig_turn(&rig);
	ck_assert_uint_eq(rig.state.transport[0].rx_packets, before + 1);
	while (rte_ring_dequeue_elem(rig.lcore[0].events, &ev, sizeof ev) == 0)
		tables_core_event(rig.tables, &ev);
	while (rig_receive(&rig, &(struct rig_datagram){0}))
		;
}

/* What she had under way is heard, and answered, after we are told that she has moved. */
START_TEST(a_packet_from_the_old_place_neither_ends_it_nor_leads_it_astray)
{
	struct sw_addr old = alice.remote[0], new = rig_addr("192.0.2.11", 4100);

	alice.source = SW_SOURCE_NEWEST;
	rig_set(&rig, &alice);
	rig_join(&rig, 0, 0);
	hear_from(old);
	alice.relatch++;
	alice.remote[0] = new;
	alice.remote[1] = rig_addr("192.0.2.11", 4101);
	rig_set(&rig, &alice);
	hear_from(old);
	ck_assert_mem_eq(&rig.state.transport[0].learned[0], &old, sizeof old);
	ck_assert_uint_eq(sent_to("192.0.2.11", 4100, 30000), TIMES);

	/* It ends when she is heard from there, be it from another port. */
	alice.relatch++;
	rig_set(&rig, &alice);
	look(0);
	new.port = 4200;
	hear_from(old);
	hear_from(new);
	ck_assert_uint_eq(sent(), 0);
}
END_TEST

static void
nothing(void *arg)
{
}

START_TEST(what_is_said_again_begins_nothing)
{
	rig_set(&rig, &alice);
	ck_assert_uint_eq(sent(), 2 * TIMES);
	tables_sync_begin(rig.tables);
	rig_set(&rig, &alice);
	tables_sync_end(rig.tables, nothing, NULL);
	rig_settle(&rig);
	ck_assert_uint_eq(sent(), 0);
	alice.dscp = 0; /* nor does anything else that is new */
	rig_set(&rig, &alice);
	ck_assert_uint_eq(sent(), 0);
}
END_TEST

START_TEST(a_successor_begins_again_with_who_was_never_heard)
{
	struct sw_transport bob = rig_transport(2, "192.0.2.20", 5000);

	bob.pierce = 1;
	rig_set(&rig, &alice);
	rig_set(&rig, &bob);
	rig_join(&rig, 0, 0);
	hear_alice();
	while (rig_receive(&rig, &(struct rig_datagram){0}))
		;
	ck_assert_uint_eq(sent(), 2 * TIMES); /* bob's */
	rig_kill(&rig);
	rig_set(&rig, &alice); /* as control does */
	rig_set(&rig, &bob);
	ck_assert_uint_eq(sent(), 2 * TIMES); /* bob's */
}
END_TEST

/* There is no way while nobody has been learned; it is no try then, but not for ever. */
START_TEST(a_way_is_waited_for)
{
	alice.waits = 1;
	alice.source = SW_SOURCE_LATCH;
	rig_set(&rig, &alice);
	ck_assert_uint_eq(sent(), 0);
	alice.waits = 0;
	rig_set(&rig, &alice);
	ck_assert_uint_eq(sent(), 2 * TIMES);

	alice.waits = 1;
	alice.relatch++;
	rig_set(&rig, &alice);
	for (unsigned s = 0; s < 6; s++)
		ck_assert_uint_eq(sent(), 0);
	alice.waits = 0;
	rig_set(&rig, &alice);
	ck_assert_uint_eq(sent(), 0);
}
END_TEST

START_TEST(who_has_gone_gets_no_more)
{
	struct sw_transport next = rig_transport(0, "192.0.2.30", 6000);
	struct sw_transport bob = rig_transport(2, "192.0.2.20", 5000);

	bob.pierce = 1;
	rig_set(&rig, &alice);
	rig_set(&rig, &bob);
	look(0);
	while (rig_receive(&rig, &(struct rig_datagram){0}))
		;
	tables_transport_del(rig.tables, 0, alice.id, NULL, NULL);
	rig_settle(&rig);
	next.id = 77; /* in the same slot, and nobody asks for it */
	rig_set(&rig, &next);
	ck_assert_uint_eq(sent(), 2 * (TIMES - 1)); /* bob's */
	next.relatch = next.pierce = 1;
	rig_set(&rig, &next);
	look(0);
	while (rig_receive(&rig, &(struct rig_datagram){0}))
		;
	tables_transport_del(rig.tables, 0, next.id, NULL, NULL);
	ck_assert_uint_eq(sent(), 0);
}
END_TEST

/* A pierce_send that has room for every third one only. */
static bool
send_some(void *arg, const struct transport *t, const struct path *path, bool rtcp)
{
	static unsigned asked;

	return ++asked % 3 == 0 && pierce_send(arg, t, path, rtcp);
}

/* Where there is no room for all nobody is left out. */
START_TEST(many_at_once)
{
	unsigned n = 0;

	sender = send_some;
	for (uint32_t slot = 0; slot < RIG_SLOTS; slot++) {
		struct sw_transport t = rig_transport(slot, "192.0.2.10", 4000);

		t.pierce = 1;
		rig_set(&rig, &t);
	}
	for (unsigned seconds = 0; seconds < 3; seconds++)
		n += sent();
	ck_assert_uint_eq(n, RIG_SLOTS * 2 * TIMES);
}
END_TEST

static Suite *
suite(void)
{
	const TTest *const tests[] = {
		rtp_and_rtcp_get_three_each_from_where_they_are_awaited,
		the_first_leaves_at_once_and_the_next_one_later,
		nobody_gets_any_unasked,
		who_has_one_port_gets_them_there,
		who_is_heard_gets_no_more,
		a_packet_from_the_old_place_neither_ends_it_nor_leads_it_astray,
		what_is_said_again_begins_nothing,
		a_successor_begins_again_with_who_was_never_heard,
		a_way_is_waited_for,
		who_has_gone_gets_no_more,
		many_at_once,
	};
	Suite *s = suite_create("pierce");
	TCase *tc = tcase_create("pierce");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	for (unsigned i = 0; i < sizeof tests / sizeof *tests; i++)
		tcase_add_test(tc, tests[i]);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	SRunner *sr = srunner_create(suite());
	int failed;

	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
