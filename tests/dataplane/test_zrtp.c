/* SPDX-License-Identifier: Apache-2.0
 *
 * Phones that agree on keys in the media path: their packets pass, and what they have sealed
 * is left alone from then on.  dataplane/{zrtp.h,demux,unseal,divert,sealing}.c.  Layout and
 * names of messages: RFC 6189 section 5. */
#include <check.h>
#include <rte_cycles.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/rtp.h"
#include "dataplane/zrtp.h"
#include "tests/dataplane/rig.h"

enum { SSRC = 0x11223344, PCMU = 0, PCMA = 8, EVENTS = 101 };

static struct inproc rig;
static struct sw_addr phone[2], port[2], rtcp_phone[2], rtcp_port[2];
static uint16_t seq;

/* Two plain transports, joined both ways, behind bridges unless those are NULL. */
static void
open_call(const struct sw_bridge *there, const struct sw_bridge *back)
{
	rig_open_transcoding(&rig, 1);
	for (unsigned i = 0; i < 2; i++) {
		struct sw_transport t = rig_transport(
			i, i == 0 ? "192.0.2.10" : "192.0.2.11", (uint16_t)(4000 + 2 * i));

		rig_set(&rig, &t);
		phone[i] = t.remote[0];
		rtcp_phone[i] = t.remote[1];
		port[i] = rig_addr("192.0.2.1", t.port);
		rtcp_port[i] = rig_addr("192.0.2.1", (uint16_t)(t.port + 1));
	}
	if (there == NULL) {
		rig_join(&rig, 0, 1);
		rig_join(&rig, 1, 0);
	} else {
		rig_bridge(&rig, 0, 1, there);
		rig_bridge(&rig, 1, 0, back);
	}
	rig.lcore[0].now = rte_rdtsc();
}

/* A message of TYPE, of three words and its CRC. */
static void
make(uint8_t p[ZRTP_LEAST], const char *type)
{
	memset(p, 0, ZRTP_LEAST);
	p[0] = 0x10;
	rtp_put16(p + 2, ++seq);
	rtp_put32(p + 4, 0x5a525450);
	rtp_put32(p + 8, SSRC);
	rtp_put16(p + 12, 0x505a);
	rtp_put16(p + 14, 3);
	memcpy(p + 16, type, 8);
	rtp_put32(p + 24, 0xdeadbeef); /* the CRC is not ours to judge */
}

/* Phone FROM sends LEN bytes: they come to the other one as they are? */
static bool
passes_as_it_is(unsigned from, const uint8_t *p, uint16_t len)
{
	struct rig_datagram d;

	rig_send(&rig, &phone[from], &port[from], p, len);
	rig_turn(&rig);
	return rig_receive(&rig, &d) && d.len == len && memcmp(d.payload, p, len) == 0 &&
	       memcmp(&d.to, &phone[1 - from], sizeof d.to) == 0;
}

static bool
zrtp_passes(unsigned from, const char *type)
{
	uint8_t p[ZRTP_LEAST];

	make(p, type);
	return passes_as_it_is(from, p, sizeof p);
}

static bool
rtp_passes(unsigned from, uint8_t payload_type)
{
	uint8_t p[256];
	uint16_t len = rig_rtp(p, ++seq, SSRC + from, 160);

	p[1] = payload_type;
	return passes_as_it_is(from, p, len);
}

static void
receive_all(void)
{
	struct rig_datagram d;

	while (rig_receive(&rig, &d))
		;
}

static uint64_t
counted(unsigned slot)
{
	return atomic_load(&sw_more(&rig.state.transport[slot])->zrtp);
}

static void
agree(void)
{
	ck_assert(zrtp_passes(0, "Hello   "));
	ck_assert(zrtp_passes(1, "Hello   "));
	ck_assert(zrtp_passes(0, "Commit  "));
	ck_assert(zrtp_passes(1, "DHPart1 "));
	ck_assert(zrtp_passes(0, "DHPart2 "));
	ck_assert(zrtp_passes(1, "Confirm1"));
	ck_assert(zrtp_passes(0, "Confirm2"));
	ck_assert(zrtp_passes(1, "Conf2ACK"));
}

/* ---- Its packets ---- */

START_TEST(packets_pass_as_they_are_and_are_counted)
{
	open_call(NULL, NULL);
	agree();
	ck_assert_uint_eq(counted(0), 4);
	ck_assert_uint_eq(counted(1), 4);
	ck_assert_uint_eq(atomic_load(&rig.lcore[0].count->zrtp), 8);
	ck_assert_uint_eq(rig_drops(&rig, DROP_KIND), 0);
	rig_close(&rig);
}
END_TEST

/* It says the same message again until it is answered. */
START_TEST(a_message_may_come_again)
{
	uint8_t p[ZRTP_LEAST];

	open_call(NULL, NULL);
	make(p, "Commit  ");
	ck_assert(passes_as_it_is(0, p, sizeof p));
	ck_assert(passes_as_it_is(0, p, sizeof p));
	rig_close(&rig);
}
END_TEST

START_TEST(what_only_begins_alike_is_not_passed)
{
	static const struct {
		unsigned at;
		uint8_t byte;
	} wrong[] = {{0, 0x11}, {4, 0}, {7, 0x51}, {12, 0}, {13, 0}};
	uint8_t p[ZRTP_LEAST];

	open_call(NULL, NULL);
	for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		make(p, "Hello   ");
		p[wrong[i].at] = wrong[i].byte;
		ck_assert(!passes_as_it_is(0, p, sizeof p));
	}
	make(p, "Hello   ");
	for (uint16_t len = 1; len < ZRTP_LEAST; len++)
		ck_assert(!passes_as_it_is(0, p, len));
	ck_assert_uint_eq(rig_drops(&rig, DROP_KIND), 5 + ZRTP_LEAST - 1);
	ck_assert_uint_eq(counted(0), 0);
	rig_close(&rig);
}
END_TEST

START_TEST(a_stranger_says_nothing_of_keys)
{
	struct sw_addr stranger = rig_addr("192.0.2.66", 6666);
	uint8_t p[ZRTP_LEAST];

	open_call(NULL, NULL);
	make(p, "Confirm2");
	rig_send(&rig, &stranger, &port[0], p, sizeof p);
	rig_turn(&rig);
	ck_assert_uint_eq(rig_drops(&rig, DROP_SOURCE), 1);
	ck_assert_uint_eq(atomic_load(&rig.state.transport[0].secured), 0);
	rig_close(&rig);
}
END_TEST

/* Where strowger holds the keys itself. */
START_TEST(srtp_of_ours_is_no_place_for_it)
{
	struct sw_transport b = rig_transport(1, "192.0.2.11", 4002);
	uint8_t p[ZRTP_LEAST];

	open_call(NULL, NULL);
	rig_key(&b.seal, SW_AES_CM_128_HMAC_SHA1_80, 1);
	rig_key(&b.unseal, SW_AES_CM_128_HMAC_SHA1_80, 2);
	rig_set(&rig, &b);
	make(p, "Hello   ");
	ck_assert(!passes_as_it_is(0, p, sizeof p));
	ck_assert_uint_eq(rig_drops(&rig, DROP_ZRTP), 1);
	ck_assert(!passes_as_it_is(1, p, sizeof p));
	ck_assert_uint_eq(rig_drops(&rig, DROP_KIND), 1);
	rig_close(&rig);
}
END_TEST

/* ---- What it has secured ---- */

static const struct sw_bridge a_to_u = {.kind = SW_BRIDGE_MAP,
	.maps = 1,
	.map = {{.from = PCMA, .to = PCMU, .law = SW_LAW_A_TO_U}}};
static const struct sw_bridge u_to_a = {.kind = SW_BRIDGE_MAP,
	.maps = 1,
	.map = {{.from = PCMU, .to = PCMA, .law = SW_LAW_U_TO_A}}};

START_TEST(its_packets_cross_a_bridge_and_the_media_is_bridged_until_they_agree)
{
	open_call(&u_to_a, &a_to_u);
	ck_assert(zrtp_passes(0, "Hello   "));
	ck_assert(zrtp_passes(1, "HelloACK"));
	ck_assert(!rtp_passes(0, PCMU));
	ck_assert(!rtp_passes(1, PCMA));
	agree();
	ck_assert(rtp_passes(0, PCMU));
	ck_assert(rtp_passes(1, PCMA));
	ck_assert(!rtp_passes(0, EVENTS));
	ck_assert_uint_eq(rig_drops(&rig, DROP_PAYLOAD_TYPE), 1);
	rig_close(&rig);
}
END_TEST

START_TEST(each_direction_by_what_its_own_party_says)
{
	open_call(&u_to_a, &a_to_u);
	ck_assert(zrtp_passes(0, "Confirm2"));
	ck_assert(rtp_passes(0, PCMU));
	ck_assert(!rtp_passes(1, PCMA));
	ck_assert(zrtp_passes(1, "Conf2ACK"));
	ck_assert(rtp_passes(1, PCMA));
	rig_close(&rig);
}
END_TEST

START_TEST(phones_that_go_back_are_bridged_again)
{
	open_call(&u_to_a, &a_to_u);
	agree();
	ck_assert(zrtp_passes(1, "GoClear "));
	ck_assert(zrtp_passes(0, "ClearACK"));
	ck_assert(!rtp_passes(0, PCMU));
	ck_assert(!rtp_passes(1, PCMA));
	rig_close(&rig);
}
END_TEST

START_TEST(it_is_known_to_a_successor_and_not_of_the_next_party)
{
	struct sw_transport a = rig_transport(0, "192.0.2.10", 4000);

	open_call(&u_to_a, &a_to_u);
	agree();
	rig_kill(&rig);
	rig.lcore[0].now = rte_rdtsc();
	ck_assert(rtp_passes(0, PCMU));
	a.relatch = 1; /* somebody else is at that address */
	rig_set(&rig, &a);
	ck_assert(!rtp_passes(0, PCMU));
	rig_close(&rig);
}
END_TEST

/* Nothing of it can be read: SSRC and lengths alone are in the clear. */
START_TEST(reports_pass_unread)
{
	uint8_t rtcp[48] = {0x81, 201, 0, 7, 1, 2, 3, 4};
	struct rig_datagram d;

	open_call(&u_to_a, &a_to_u);
	agree();
	memset(rtcp + 8, 0x5a, sizeof rtcp - 8);
	rig_send(&rig, &rtcp_phone[0], &rtcp_port[0], rtcp, sizeof rtcp);
	rig_turn(&rig);
	ck_assert(rig_receive(&rig, &d));
	ck_assert_uint_eq(d.len, sizeof rtcp);
	ck_assert_mem_eq(d.payload, rtcp, sizeof rtcp);
	ck_assert_uint_eq(atomic_load(&rig.state.transport[0].reports.reports), 0);
	rig_close(&rig);
}
END_TEST

/* ---- Between codecs ---- */

static struct codec_format
format(const char *name, uint8_t payload_type)
{
	struct codec_format f;

	ck_assert_int_eq(codec_format_parse(&f, name, 8000, 1, NULL), 0);
	f.payload_type = payload_type;
	f.ptime_ms = 20;
	return f;
}

/* Louder: transcoded, though both have PCMU; phone 1 has nothing else. */
static struct sw_bridge
louder(bool back)
{
	struct sw_bridge b = {.kind = SW_BRIDGE_TRANSCODE,
		.transcode = {.from = {format("PCMU", PCMU)},
			.to = {format("PCMU", PCMU)},
			.gain_db10 = 60,
			.window_us = 60000}};

	if (!back)
		b.transcode.from[1] = format("L16", 96);
	return b;
}

START_TEST(what_would_be_transcoded_passes_where_both_have_its_codec)
{
	struct sw_bridge there = louder(false), back = louder(true);

	open_call(&there, &back);
	ck_assert(!rtp_passes(0, PCMU));
	receive_all();
	agree();
	receive_all();
	ck_assert(rtp_passes(0, PCMU));
	ck_assert(rtp_passes(1, PCMU));
	ck_assert(!rtp_passes(0, 96));
	ck_assert_uint_eq(rig_drops(&rig, DROP_PAYLOAD_TYPE), 1);
	rig_close(&rig);
}
END_TEST

static Suite *
suite(void)
{
	const struct {
		const char *name;
		const TTest *test[8];
	} cases[] = {
		{"packets",
			{packets_pass_as_they_are_and_are_counted, a_message_may_come_again,
				what_only_begins_alike_is_not_passed,
				a_stranger_says_nothing_of_keys,
				srtp_of_ours_is_no_place_for_it}},
		{"secured",
			{its_packets_cross_a_bridge_and_the_media_is_bridged_until_they_agree,
				each_direction_by_what_its_own_party_says,
				phones_that_go_back_are_bridged_again,
				it_is_known_to_a_successor_and_not_of_the_next_party,
				reports_pass_unread,
				what_would_be_transcoded_passes_where_both_have_its_codec}},
	};
	Suite *s = suite_create("zrtp");

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		TCase *tc = tcase_create(cases[i].name);

		tcase_set_timeout(tc, 60);
		for (unsigned k = 0; cases[i].test[k] != NULL; k++)
			tcase_add_test(tc, cases[i].test[k]);
		suite_add_tcase(s, tc);
	}
	return s;
}

int
main(void)
{
	SRunner *sr = srunner_create(suite());
	int failed;

	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
