/* SPDX-License-Identifier: Apache-2.0
 *
 * Flows whose payload types, or laws of G.711, change on the forwarding core.  What one law is
 * in the other comes from SpanDSP's tables, not ours.  dataplane/divert.c. */
#include <check.h>
#include <spandsp.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/rtp.h"
#include "tests/dataplane/rig.h"

enum { SSRC = 0x11223344, SPEECH = 160, PCMU = 0, PCMA = 8, EVENT_IN = 101, EVENT_OUT = 96 };

static struct inproc rig;
static struct sw_addr alice, port_a;

/* From µ to A, telephone events under another number, and nothing else. */
static const struct sw_bridge u_to_a = {.kind = SW_BRIDGE_MAP,
	.maps = 2,
	.map = {{.from = PCMU, .to = PCMA, .law = SW_LAW_U_TO_A},
		{.from = EVENT_IN, .to = EVENT_OUT}}};

static void
open_call(const struct sw_bridge *b)
{
	struct sw_transport t;

	rig_open(&rig);
	alice = rig_addr("192.0.2.10", 4000);
	port_a = rig_addr("192.0.2.1", 30000);
	t = rig_transport(0, "192.0.2.10", 4000);
	rig_set(&rig, &t);
	t = rig_transport(1, "192.0.2.11", 4002);
	rig_set(&rig, &t);
	rig_bridge(&rig, 0, 1, b);
}

static void
say(const uint8_t *p, uint16_t len)
{
	rig_send(&rig, &alice, &port_a, p, len);
	rig_turn(&rig);
}

/* Every byte that µ-law has, in two packets. */
START_TEST(a_law_becomes_the_other_one_byte_by_byte)
{
	uint8_t p[RTP_HEADER + SPEECH];
	struct rig_datagram d;

	open_call(&u_to_a);
	for (unsigned i = 0; i < 2; i++) {
		uint16_t len = rig_rtp(p, (uint16_t)(1 + i), SSRC, SPEECH);

		for (unsigned k = 0; k < SPEECH; k++)
			p[RTP_HEADER + k] = (uint8_t)(i * 128 + k);
		p[1] |= RTP_MARKER;
		say(p, len);
		ck_assert(rig_receive(&rig, &d));
		ck_assert_uint_eq(d.len, len);
		ck_assert_uint_eq(d.payload[1], RTP_MARKER | PCMA);
		ck_assert_mem_eq(d.payload + 2, p + 2, RTP_HEADER - 2);
		for (unsigned k = RTP_HEADER; k < len; k++)
			ck_assert_uint_eq(d.payload[k], ulaw_to_alaw(p[k]));
	}
	rig_close(&rig);
}
END_TEST

START_TEST(and_back)
{
	static const struct sw_bridge a_to_u = {.kind = SW_BRIDGE_MAP,
		.maps = 1,
		.map = {{.from = PCMA, .to = PCMU, .law = SW_LAW_A_TO_U}}};
	uint8_t p[RTP_HEADER + SPEECH];
	struct rig_datagram d;

	open_call(&a_to_u);
	for (unsigned i = 0; i < 2; i++) {
		uint16_t len = rig_rtp(p, (uint16_t)(1 + i), SSRC, SPEECH);

		for (unsigned k = 0; k < SPEECH; k++)
			p[RTP_HEADER + k] = (uint8_t)(i * 128 + k);
		p[1] = PCMA;
		say(p, len);
		ck_assert(rig_receive(&rig, &d));
		ck_assert_uint_eq(d.payload[1], PCMU);
		for (unsigned k = RTP_HEADER; k < len; k++)
			ck_assert_uint_eq(d.payload[k], alaw_to_ulaw(p[k]));
	}
	rig_close(&rig);
}
END_TEST

START_TEST(a_number_changes_and_the_payload_does_not)
{
	uint8_t p[RTP_HEADER + 4];
	struct rig_datagram d;
	uint16_t len = rig_rtp(p, 1, SSRC, 4);

	open_call(&u_to_a);
	p[1] = EVENT_IN;
	say(p, len);
	ck_assert(rig_receive(&rig, &d));
	ck_assert_uint_eq(d.payload[1], EVENT_OUT);
	ck_assert_mem_eq(d.payload + RTP_HEADER, p + RTP_HEADER, 4);
	rig_close(&rig);
}
END_TEST

START_TEST(what_the_rules_do_not_know_is_dropped_and_counted)
{
	uint8_t p[RTP_HEADER + SPEECH];
	struct rig_datagram d;
	uint16_t len = rig_rtp(p, 1, SSRC, SPEECH);

	open_call(&u_to_a);
	p[1] = PCMA;
	say(p, len);
	ck_assert(!rig_receive(&rig, &d));
	ck_assert_uint_eq(rig_drops(&rig, DROP_PAYLOAD_TYPE), 1);
	ck_assert_uint_eq(
		atomic_load(&sw_more(&rig.state.transport[0])->drops[DROP_PAYLOAD_TYPE]), 1);
	rig_close(&rig);
}
END_TEST

/* CSRCs, an extension and padding are no speech. */
START_TEST(only_the_payload_changes)
{
	enum { HEAD = RTP_HEADER + 4 + 8, PAD = 4 };
	uint8_t p[HEAD + SPEECH + PAD];
	struct rig_datagram d;

	open_call(&u_to_a);
	rig_rtp(p, 1, SSRC, sizeof p - RTP_HEADER);
	p[0] |= RTP_EXTENSION | RTP_PADDING | 1;
	rtp_put16(p + RTP_HEADER + 4 + 2, 1); /* words */
	p[sizeof p - 1] = PAD;
	say(p, sizeof p);
	ck_assert(rig_receive(&rig, &d));
	ck_assert_mem_eq(d.payload + 2, p + 2, HEAD - 2);
	ck_assert_mem_eq(d.payload + sizeof p - PAD, p + sizeof p - PAD, PAD);
	ck_assert_uint_eq(d.payload[HEAD], ulaw_to_alaw(p[HEAD]));
	ck_assert_uint_eq(d.payload[sizeof p - PAD - 1], ulaw_to_alaw(p[sizeof p - PAD - 1]));
	p[3]++;
	p[sizeof p - 1] = 200; /* more than there is */
	say(p, sizeof p);
	ck_assert(!rig_receive(&rig, &d));
	ck_assert_uint_eq(rig_drops(&rig, DROP_BAD_RTP), 1);
	rig_close(&rig);
}
END_TEST

START_TEST(every_sink_gets_the_changed_one)
{
	struct sw_flow f = {.id = 1000,
		.sinks = 2,
		.bridged = 1,
		.sink = {{.id = 1001, .slot = 1}, {.id = 1002, .slot = 2}}};
	struct sw_transport t;
	uint8_t p[RTP_HEADER + SPEECH];
	struct rig_datagram d;

	open_call(&u_to_a);
	t = rig_transport(2, "192.0.2.12", 4004);
	rig_set(&rig, &t);
	ck_assert_int_eq(tables_flow_set(rig.tables, &f, &u_to_a), 0);
	say(p, rig_rtp(p, 1, SSRC, SPEECH));
	for (unsigned i = 0; i < 2; i++) {
		ck_assert(rig_receive(&rig, &d));
		ck_assert_uint_eq(d.payload[1], PCMA);
		ck_assert_uint_eq(d.payload[RTP_HEADER], ulaw_to_alaw(p[RTP_HEADER]));
	}
	rig_close(&rig);
}
END_TEST

START_TEST(rtcp_passes_as_it_is)
{
	static const uint8_t sr[] = {0x80, 201, 0, 1, 0x11, 0x22, 0x33, 0x44};
	struct sw_addr from, to;
	struct rig_datagram d;

	open_call(&u_to_a);
	from = rig_addr("192.0.2.10", 4001);
	to = rig_addr("192.0.2.1", 30001);
	rig_send(&rig, &from, &to, sr, sizeof sr);
	rig_turn(&rig);
	ck_assert(rig_receive(&rig, &d));
	ck_assert_uint_eq(d.len, sizeof sr);
	ck_assert_mem_eq(d.payload, sr, sizeof sr);
	rig_close(&rig);
}
END_TEST

static Suite *
map_suite(void)
{
	Suite *s = suite_create("divert_map");
	TCase *t = tcase_create("payloads");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_law_becomes_the_other_one_byte_by_byte);
	tcase_add_test(t, and_back);
	tcase_add_test(t, a_number_changes_and_the_payload_does_not);
	tcase_add_test(t, what_the_rules_do_not_know_is_dropped_and_counted);
	tcase_add_test(t, only_the_payload_changes);
	tcase_add_test(t, every_sink_gets_the_changed_one);
	tcase_add_test(t, rtcp_passes_as_it_is);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(map_suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
