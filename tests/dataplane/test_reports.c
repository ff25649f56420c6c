/* SPDX-License-Identifier: Apache-2.0
 *
 * RTCP on its way through a forwarding core: unseal.c, sealing.c and reports.c together. */
#include <check.h>
#include <rte_cycles.h>
#include <stdlib.h>

#include "dataplane/rtp.h"
#include "tests/dataplane/rig.h"

enum { SSRC = 0x51525354, SEAL_ROOM = 64 };

static struct inproc rig;
static struct sw_addr alice, bob, alice_port, bob_port; /* of RTCP, but for their RTP tests */

/* Alice on slot 0, Bob on slot 1, signalled, joined both ways; what leaves to Bob is sealed
 * under B_SEAL unless NULL. */
static void
join(const struct sw_key *b_seal)
{
	struct sw_transport a = rig_transport(0, "192.0.2.10", 4000);
	struct sw_transport b = rig_transport(1, "192.0.2.20", 5000);

	if (b_seal != NULL)
		b.seal = *b_seal;
	rig_set(&rig, &a);
	rig_set(&rig, &b);
	rig_join(&rig, 0, 1);
	rig_join(&rig, 1, 0);
}

static void
setup(void)
{
	rig_open(&rig);
	alice = rig_addr("192.0.2.10", 4001);
	bob = rig_addr("192.0.2.20", 5001);
	alice_port = rig_addr("192.0.2.1", 30001);
	bob_port = rig_addr("192.0.2.1", 30003);
}

static void
teardown(void)
{
	rig_close(&rig);
}

static struct sw_reports *
reports_of(unsigned slot)
{
	return &rig.state.transport[slot].reports;
}

static void
put32(uint8_t *p, uint32_t v)
{
	rtp_put16(p, (uint16_t)(v >> 16));
	rtp_put16(p + 2, (uint16_t)v);
}

/* A sender report of NTP time NTP in its middle. */
static void
send_sr(uint32_t ntp)
{
	uint8_t sr[28] = {0x80, 200, 0, 6};

	put32(sr + 4, SSRC);
	put32(sr + 10, ntp);
	rig_send(&rig, &alice, &alice_port, sr, sizeof sr);
	rig_turn(&rig);
}

/* Bob's report on SSRC. */
static void
send_rr(uint32_t highest, uint32_t lsr, uint32_t dlsr)
{
	uint8_t rr[32] = {0x81, 201, 0, 7, 9, 9, 9, 9};

	put32(rr + 8, SSRC);
	put32(rr + 12, 0x40000002);
	put32(rr + 16, highest);
	put32(rr + 24, lsr);
	put32(rr + 28, dlsr);
	rig_send(&rig, &bob, &bob_port, rr, sizeof rr);
	rig_turn(&rig);
}

static void
send_rtp(uint16_t seq)
{
	struct sw_addr from = rig_addr("192.0.2.10", 4000), to = rig_addr("192.0.2.1", 30000);
	uint8_t p[256];

	rig_send(&rig, &from, &to, p, rig_rtp(p, seq, SSRC, 160));
	rig_turn(&rig);
}

static void
receive_all(void)
{
	struct rig_datagram d;

	while (rig_receive(&rig, &d))
		;
}

/* ---- */

static void
check_round_trip(void)
{
	uint64_t second = rte_get_tsc_hz(), then = rte_rdtsc();

	rig.lcore[0].now = then;
	send_sr(0x00070000);
	rig.lcore[0].now = then + second;
	send_rr(5, 0x00070000, 0x0000c000); /* 0.75 s of it in Bob's hands */
	ck_assert_uint_eq(atomic_load(&reports_of(1)->reports), 1);
	ck_assert_uint_eq(atomic_load(&reports_of(1)->lost), 2);
	ck_assert_uint_eq(atomic_load(&reports_of(1)->fraction), 64);
	ck_assert_uint_le(abs((int)atomic_load(&reports_of(1)->rtt_us) - 250000), 1);
	ck_assert_uint_eq(atomic_load(&reports_of(0)->reports), 0);
}

START_TEST(the_way_to_a_party_is_measured_by_its_answer)
{
	join(NULL);
	check_round_trip();
}
END_TEST

START_TEST(it_is_measured_through_srtp_too)
{
	struct sw_key key;

	rig_key(&key, SW_AEAD_AES_128_GCM, 3);
	join(&key);
	check_round_trip();
}
END_TEST

START_TEST(malformed_rtcp_goes_no_further)
{
	uint8_t less[12] = {0x81, 201, 0, 2, 9, 9, 9, 9};
	struct rig_datagram d;

	join(NULL);
	rig_send(&rig, &bob, &bob_port, less, sizeof less);
	rig_turn(&rig);
	ck_assert(!rig_receive(&rig, &d));
	ck_assert_uint_eq(rig_drops(&rig, DROP_BAD_RTP), 1);
	ck_assert_uint_eq(atomic_load(&rig.state.transport[1].rx_rtcp), 0);
	ck_assert_uint_eq(atomic_load(&rig.state.transport[1].last_seen), 0);
}
END_TEST

/* Authentic, but malformed inside: it counts as what it is, and its index is used up. */
START_TEST(malformed_srtcp_goes_no_further_either)
{
	uint8_t p[12 + SEAL_ROOM] = {0x81, 201, 0, 2, 9, 9, 9, 9};
	struct sw_transport b = rig_transport(1, "192.0.2.20", 5000);
	struct seal_lane *lane = seal_lane_open();
	struct seal_job job = {
		.pkt = p, .index = 7, .len = 12, .clear = RTCP_HEADER, .rtcp = true};
	struct rig_datagram d;

	join(NULL);
	b.source = SW_SOURCE_AUTHENTICATED;
	rig_key(&b.unseal, SW_AES_CM_128_HMAC_SHA1_80, 4);
	rig_set(&rig, &b);
	job.key = seal_open(&b.unseal, false);
	seal_burst(lane, &job, 1);
	rig_send(&rig, &bob, &bob_port, p, job.len);
	rig_send(&rig, &bob, &bob_port, p, job.len);
	rig_turn(&rig);
	ck_assert(!rig_receive(&rig, &d));
	ck_assert_uint_eq(rig_drops(&rig, DROP_BAD_RTP), 1);
	ck_assert_uint_eq(rig_drops(&rig, DROP_REPLAY), 1);
	ck_assert_uint_eq(rig_drops(&rig, DROP_AUTH), 0);
	ck_assert_uint_eq(rig.state.transport[1].learned[1].family, 0);
	seal_close(job.key);
	seal_lane_close(lane);
}
END_TEST

/* Alice restarts her numbering: what she numbers 11 reaches Bob as 1003. */
START_TEST(a_report_says_the_numbers_that_the_source_gave)
{
	struct rig_datagram d;
	struct sw_key key;

	rig_key(&key, SW_AES_CM_128_HMAC_SHA1_80, 5);
	join(&key);
	for (uint16_t seq = 1000; seq < 1003; seq++)
		send_rtp(seq);
	send_rr(1002, 0, 0);
	for (unsigned i = 0; i < 3; i++)
		ck_assert(rig_receive(&rig, &d));
	ck_assert(rig_receive(&rig, &d));
	ck_assert_uint_eq(d.to.port, 4001);
	ck_assert_uint_eq(rtp_get32(d.payload + 16), 1002);

	send_rtp(10); /* not yet believed */
	send_rtp(11);
	ck_assert(rig_receive(&rig, &d));
	ck_assert_uint_eq(rtp_seq(d.payload), 1003);
	send_rr(1003, 0, 0);
	ck_assert(rig_receive(&rig, &d));
	ck_assert_uint_eq(rtp_get32(d.payload + 16), 11);
	receive_all();
}
END_TEST

/* And then the leg becomes plain: Bob gets Alice's own numbers, and so do reports. */
START_TEST(a_report_on_what_leaves_plain_is_left_alone)
{
	struct rig_datagram d;
	struct sw_key key;

	rig_key(&key, SW_AES_CM_128_HMAC_SHA1_80, 5);
	join(&key);
	for (uint16_t seq = 1000; seq < 1003; seq++)
		send_rtp(seq);
	send_rtp(10);
	send_rtp(11);
	receive_all();
	join(NULL);
	rig_settle(&rig);
	send_rtp(12);
	ck_assert(rig_receive(&rig, &d));
	ck_assert_uint_eq(rtp_seq(d.payload), 12);
	send_rr(12, 0, 0);
	ck_assert(rig_receive(&rig, &d));
	ck_assert_uint_eq(rtp_get32(d.payload + 16), 12);
}
END_TEST

/* Zeros to a round length, or half a word: no reason to lose what stands in front. */
START_TEST(what_is_behind_well_formed_rtcp_goes_along)
{
	static const uint8_t bye[13] = {0x81, 203, 0, 1, 9, 9, 9, 9, 0, 0, 0, 0, 0};
	struct rig_datagram d;

	join(NULL);
	for (uint16_t len = 8; len <= sizeof bye; len++) {
		rig_send(&rig, &bob, &bob_port, bye, len);
		rig_turn(&rig);
		ck_assert(rig_receive(&rig, &d));
		ck_assert_uint_eq(d.len, len);
		ck_assert_mem_eq(d.payload, bye, len);
	}
	ck_assert_uint_eq(rig_drops(&rig, DROP_BAD_RTP), 0);
	ck_assert_uint_eq(atomic_load(&reports_of(1)->byes), 6);
}
END_TEST

START_TEST(what_is_no_rtp_is_not_read)
{
	struct sw_transport t[2] = {
		rig_transport(0, "192.0.2.10", 4000), rig_transport(1, "192.0.2.20", 5000)};
	uint8_t less[12] = {0x81, 201, 0, 2, 9, 9, 9, 9};
	struct rig_datagram d;

	for (unsigned i = 0; i < 2; i++) {
		t[i].opaque = 1;
		rig_set(&rig, &t[i]);
	}
	rig_join(&rig, 1, 0);
	rig_send(&rig, &bob, &bob_port, less, sizeof less);
	rig_turn(&rig);
	ck_assert(rig_receive(&rig, &d));
	ck_assert_mem_eq(d.payload, less, sizeof less);
}
END_TEST

/* Bob takes no feedback; what leaves to him is sealed under SEAL unless NULL. */
static void
join_without_feedback(const struct sw_key *seal)
{
	struct sw_transport b = rig_transport(1, "192.0.2.20", 5000);

	join(seal);
	if (seal != NULL)
		b.seal = *seal;
	b.no_feedback = 1;
	rig_set(&rig, &b);
}

/* Alice loses a picture, and reports it first. */
static const uint8_t picture_lost[20] = {0x81, 206, 0, 2, 1, 1, 1, 1, 2, 2, 2, 2, /* PLI */
	0x80, 201, 0, 1, 9, 9, 9, 9};                                             /* RR */

START_TEST(feedback_does_not_leave_to_who_does_not_take_it)
{
	struct rig_datagram d;

	join_without_feedback(NULL);
	rig_send(&rig, &alice, &alice_port, picture_lost, sizeof picture_lost);
	rig_turn(&rig);
	ck_assert(rig_receive(&rig, &d));
	ck_assert_uint_eq(d.len, 8);
	ck_assert_mem_eq(d.payload, picture_lost + 12, 8);
	rig_send(&rig, &alice, &alice_port, picture_lost, 12);
	rig_turn(&rig);
	ck_assert(!rig_receive(&rig, &d));
	ck_assert_uint_eq(rig_drops(&rig, DROP_FEEDBACK), 1);
	rig_send(&rig, &bob, &bob_port, picture_lost, sizeof picture_lost);
	rig_turn(&rig);
	ck_assert(rig_receive(&rig, &d)); /* Alice does */
	ck_assert_uint_eq(d.len, sizeof picture_lost);
}
END_TEST

/* The packet that is first now says by whose number it is sealed. */
START_TEST(what_is_left_of_it_is_sealed_as_its_own_sources)
{
	struct seal_lane *lane = seal_lane_open();
	struct rig_datagram d;
	struct sw_key key = {0};
	struct seal_job job = {.clear = RTCP_HEADER, .rtcp = true};

	rig_key(&key, SW_AES_CM_128_HMAC_SHA1_80, 7);
	join_without_feedback(&key);
	job.key = seal_open(&key, true);
	rig_send(&rig, &alice, &alice_port, picture_lost, sizeof picture_lost);
	rig_turn(&rig);
	ck_assert(rig_receive(&rig, &d));
	job.pkt = d.payload;
	job.len = d.len;
	job.index = (uint32_t)seal_rtcp_index(job.key, d.payload, d.len);
	unseal_burst(lane, &job, 1);
	ck_assert_int_eq(job.status, SEAL_OK);
	ck_assert_uint_eq(job.len, 8);
	ck_assert_mem_eq(d.payload, picture_lost + 12, 8);
	ck_assert_uint_eq(rig.state.transport[1].tx.ssrc, 0x09090909);
	seal_close(job.key);
	seal_lane_close(lane);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("reports");
	TCase *tc = tcase_create("through a core");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, the_way_to_a_party_is_measured_by_its_answer);
	tcase_add_test(tc, it_is_measured_through_srtp_too);
	tcase_add_test(tc, malformed_rtcp_goes_no_further);
	tcase_add_test(tc, malformed_srtcp_goes_no_further_either);
	tcase_add_test(tc, a_report_says_the_numbers_that_the_source_gave);
	tcase_add_test(tc, a_report_on_what_leaves_plain_is_left_alone);
	tcase_add_test(tc, what_is_behind_well_formed_rtcp_goes_along);
	tcase_add_test(tc, what_is_no_rtp_is_not_read);
	tcase_add_test(tc, feedback_does_not_leave_to_who_does_not_take_it);
	tcase_add_test(tc, what_is_left_of_it_is_sealed_as_its_own_sources);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
