/* SPDX-License-Identifier: Apache-2.0
 *
 * dataplane/rtcp.c and dataplane/reports.c.  Layouts and the example of a round trip are RFC
 * 3550's (section 6.4, figure 2), RFC 3611's and RFC 4585's. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/reports.h"
#include "dataplane/rtcp.h"
#include "dataplane/rtp.h"

enum { HZ = 1000000000, S1 = 0x11223344, S2 = 0x55667788, S3 = 0x99aabbcc };

/* ---- Bytes.  What is not of interest is 0. ---- */

struct bytes {
	uint8_t at[1024];
	unsigned len;
};

static void
put(struct bytes *b, uint32_t v)
{
	rtp_put16(b->at + b->len, (uint16_t)(v >> 16));
	rtp_put16(b->at + b->len + 2, (uint16_t)v);
	b->len += 4;
}

/* A header of a packet with WORDS words behind it. */
static void
head(struct bytes *b, unsigned count, unsigned type, unsigned words)
{
	put(b, 0x80000000 | count << 24 | type << 16 | words);
}

static void
block(struct bytes *b, uint32_t about, uint32_t lost, uint32_t highest, uint32_t lsr,
	uint32_t dlsr)
{
	put(b, about);
	put(b, lost);
	put(b, highest);
	put(b, 77); /* jitter */
	put(b, lsr);
	put(b, dlsr);
}

static void
sr(struct bytes *b, uint32_t ntp_seconds, uint32_t ntp_fraction)
{
	head(b, 0, RTCP_SR, 6);
	put(b, S1);
	put(b, ntp_seconds);
	put(b, ntp_fraction);
	put(b, 160);
	put(b, 1);
	put(b, 160);
}

static struct rtcp_said
read_well(const struct bytes *b)
{
	struct rtcp_said said;

	ck_assert_uint_eq(rtcp_read(b->at, b->len, &said), b->len);
	return said;
}

static bool
is_well(const struct bytes *b)
{
	struct rtcp_said said;

	return b->len > 0 && rtcp_read(b->at, b->len, &said) == b->len;
}

/* ---- Reading ---- */

START_TEST(a_compound_packet_is_read)
{
	struct bytes b = {.len = 0};
	struct rtcp_said said;

	sr(&b, 0xb44db705, 0x20000000);
	head(&b, 2, RTCP_RR, 13);
	put(&b, S1);
	block(&b, S2, 0x40000005, 0x0001ffff, 1, 2);
	block(&b, S3, 0x00fffffe, 3, 4, 5); /* 2 duplicates more than losses */
	head(&b, 1, RTCP_SDES, 2);
	put(&b, S1);
	put(&b, 0);
	head(&b, 1, RTCP_BYE, 1);
	put(&b, S1);

	said = read_well(&b);
	ck_assert(said.sr && said.bye);
	ck_assert_uint_eq(said.sr_ntp, 0xb7052000);
	ck_assert_uint_eq(said.blocks, 2);
	ck_assert_uint_eq(said.block[0].about, S2);
	ck_assert_uint_eq(said.block[0].fraction, 64);
	ck_assert_int_eq(said.block[0].lost, 5);
	ck_assert_uint_eq(said.block[0].jitter, 77);
	ck_assert_uint_eq(said.block[0].lsr, 1);
	ck_assert_uint_eq(said.block[0].dlsr, 2);
	ck_assert_uint_eq(said.block[1].fraction, 0);
	ck_assert_int_eq(said.block[1].lost, -2);
}
END_TEST

START_TEST(every_type_may_stand_alone)
{
	static const struct {
		unsigned count, type, words;
	} alone[] = {{0, RTCP_SR, 6}, {0, RTCP_RR, 1}, {0, RTCP_SDES, 0}, {0, RTCP_BYE, 0},
		{31, RTCP_BYE, 31}, {3, RTCP_APP, 2}, {1, RTCP_RTPFB, 3}, {15, RTCP_RTPFB, 4},
		{1, RTCP_PSFB, 2}, {0, RTCP_XR, 1}, {0, 195, 0}, {9, 223, 2}};

	for (size_t i = 0; i < sizeof alone / sizeof *alone; i++) {
		struct bytes b = {.len = 0};

		head(&b, alone[i].count, alone[i].type, alone[i].words);
		for (unsigned w = 0; w < alone[i].words; w++)
			put(&b, 0);
		ck_assert_msg(is_well(&b), "row %zu", i);
	}
}
END_TEST

START_TEST(what_does_not_hold_what_it_says_is_malformed)
{
	static const struct {
		unsigned count, type, words;
	} less[] = {{0, RTCP_SR, 5}, {1, RTCP_SR, 11}, {0, RTCP_RR, 0}, {2, RTCP_RR, 12},
		{1, RTCP_SDES, 0}, {2, RTCP_BYE, 1}, {0, RTCP_APP, 1}, {1, RTCP_RTPFB, 1},
		{1, RTCP_PSFB, 1}, {0, RTCP_XR, 0}};

	for (size_t i = 0; i < sizeof less / sizeof *less; i++) {
		struct bytes b = {.len = 0};

		head(&b, less[i].count, less[i].type, less[i].words);
		for (unsigned w = 0; w < less[i].words; w++)
			put(&b, 0);
		ck_assert_msg(!is_well(&b), "row %zu", i);
	}
}
END_TEST

START_TEST(it_is_read_up_to_where_it_is_malformed)
{
	struct bytes b = {.len = 0};
	struct rtcp_said said;
	unsigned whole;

	ck_assert_uint_eq(rtcp_read(b.at, 0, &said), 0);
	sr(&b, 1, 2);
	whole = b.len;
	for (unsigned len = 1; len < whole; len++)
		ck_assert_uint_eq(rtcp_read(b.at, len, &said), 0);
	for (unsigned zeros = 1; zeros < 9; zeros++) {
		ck_assert_uint_eq(rtcp_read(b.at, whole + zeros, &said), whole);
		ck_assert(said.sr);
	}
	head(&b, 1, RTCP_BYE, 1); /* cut short */
	ck_assert_uint_eq(rtcp_read(b.at, b.len, &said), whole);
	ck_assert(said.sr && !said.bye);
}
END_TEST

START_TEST(blocks_of_extended_reports_must_fill_them)
{
	struct bytes b = {.len = 0};

	head(&b, 0, RTCP_XR, 4);
	put(&b, S1);
	put(&b, 0x04000002); /* receiver reference time: RFC 3611 4.4 */
	put(&b, 1);
	put(&b, 2);
	ck_assert(is_well(&b));
	b.at[11] = 1;
	ck_assert(!is_well(&b));
	b.at[11] = 3;
	ck_assert(!is_well(&b));
}
END_TEST

START_TEST(more_blocks_than_anyone_needs_are_left_out)
{
	struct bytes b = {.len = 0};

	for (unsigned i = 0; i < RTCP_BLOCKS + 1; i++) {
		head(&b, 1, RTCP_RR, 7);
		put(&b, S1);
		block(&b, i, 0, 0, 0, 0);
	}
	ck_assert_uint_eq(read_well(&b).blocks, RTCP_BLOCKS);
}
END_TEST

/* ---- Renumbering ---- */

static uint16_t
ten_more(const void *arg, uint32_t ssrc)
{
	return ssrc == S2 ? 10 : 0;
}

static uint16_t
ten_less(const void *arg, uint32_t ssrc)
{
	return ssrc == S2 ? (uint16_t)-10 : 0;
}

static uint32_t
highest_of(const struct bytes *b)
{
	return rtp_get32(b->at + 16);
}

START_TEST(the_highest_number_is_told_as_its_source_knows_it)
{
	static const struct {
		uint32_t seen, more, less;
	} rows[] = {{0x00010100, 0x000100f6, 0x0001010a}, {0x00020005, 0x0001fffb, 0x0002000f},
		{0x0001fffa, 0x0001fff0, 0x00020004}};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct bytes b = {.len = 0}, other;

		head(&b, 1, RTCP_RR, 7);
		put(&b, S1);
		block(&b, S2, 0, rows[i].seen, 0, 0);
		other = b;
		rtcp_renumber(b.at, b.len, ten_more, NULL);
		ck_assert_uint_eq(highest_of(&b), rows[i].more);
		rtcp_renumber(other.at, other.len, ten_less, NULL);
		ck_assert_uint_eq(highest_of(&other), rows[i].less);
	}
}
END_TEST

START_TEST(only_reports_about_that_source_change)
{
	struct bytes b = {.len = 0}, was;

	sr(&b, 1, 2);
	head(&b, 2, RTCP_RR, 13);
	put(&b, S2); /* says it, but that is no report about it */
	block(&b, S1, S2, 100, S2, S2);
	block(&b, S3, 0, 100, 0, 0);
	head(&b, 1, RTCP_PSFB, 2);
	put(&b, S1);
	put(&b, S2);
	head(&b, 15, RTCP_RTPFB, 3); /* transport-wide: numbers of its own */
	put(&b, S1);
	put(&b, S2);
	put(&b, 0x00640001);
	was = b;
	rtcp_renumber(b.at, b.len, ten_more, NULL);
	ck_assert_mem_eq(b.at, was.at, was.len);
}
END_TEST

/* Loss RLE, duplicate RLE, receipt times, summary: RFC 3611 section 4; discard RLE: RFC 7097;
 * post-repair loss RLE: RFC 7509.  No other has a range there. */
START_TEST(ranges_of_extended_reports_follow)
{
	static const uint8_t ranges[] = {1, 2, 3, 6, 25, 33};

	for (unsigned type = 0; type < 256; type++) {
		bool is = memchr(ranges, (int)type, sizeof ranges) != NULL;
		struct bytes b = {.len = 0};

		head(&b, 0, RTCP_XR, 5);
		put(&b, S1);
		put(&b, type << 24 | 3);
		put(&b, S2);
		put(&b, 5u << 16 | 300);
		put(&b, 0xffff0000);
		rtcp_renumber(b.at, b.len, ten_more, NULL);
		ck_assert_msg(
			rtp_get32(b.at + 16) == (is ? 0xfffbu << 16 | 290 : 5u << 16 | 300),
			"type %u", type);
		ck_assert_uint_eq(rtp_get32(b.at + 20), 0xffff0000);
	}
}
END_TEST

START_TEST(negative_acknowledgements_follow)
{
	struct bytes b = {.len = 0};

	head(&b, 1, RTCP_RTPFB, 4);
	put(&b, S1);
	put(&b, S2);
	put(&b, 100u << 16 | 0x8001);
	put(&b, 3u << 16);
	rtcp_renumber(b.at, b.len, ten_more, NULL);
	ck_assert_uint_eq(rtp_get32(b.at + 12), 90u << 16 | 0x8001);
	ck_assert_uint_eq(rtp_get32(b.at + 16), 0xfff9u << 16);
}
END_TEST

/* ---- What a transport learns ---- */

#define get(counter) atomic_load(&st.reports.counter)

/* RFC 3550 figure 2: the SR of 0xb705:2000 comes back with a delay of 0x0005:4000 at
 * 0xb710:8000; 6.125 s have gone on the way. */
START_TEST(a_round_trip_is_what_the_rfc_says)
{
	struct sw_transport_state st = {.tx_packets = 0x100000007};
	struct bytes out = {.len = 0}, in = {.len = 0};
	struct reports_clock clock = {.hz = HZ};

	sr(&out, 0xb44db705, 0x20000000);
	reports_leave(&st, out.at, out.len, 1000 + (uint64_t)(0xb7052000 / 65536.0 * HZ));
	head(&in, 1, RTCP_RR, 7);
	put(&in, S2);
	block(&in, S1, 0x80000003, 100, 0xb7052000, 0x00054000);
	clock.now = 1000 + (uint64_t)(0xb7108000 / 65536.0 * HZ);
	ck_assert_int_eq(reports_take(&st, in.at, in.len, true, &clock), SSRC_PASS);
	ck_assert_uint_eq(get(reports), 1);
	ck_assert_uint_eq(get(sent), 7);
	ck_assert_uint_eq(get(lost), 3);
	ck_assert_uint_eq(get(fraction), 128);
	ck_assert_uint_eq(get(jitter), 77);
	ck_assert_uint_eq(get(rtt_us), 6125000);
	ck_assert_uint_eq(get(byes), 0);
}
END_TEST

START_TEST(a_report_on_another_sender_report_measures_nothing)
{
	struct sw_transport_state st = {.rx_packets = 0};
	struct bytes out = {.len = 0}, in = {.len = 0};
	struct reports_clock clock = {.now = 2 * (uint64_t)HZ, .hz = HZ};

	head(&in, 1, RTCP_RR, 7);
	put(&in, S2);
	block(&in, S1, 0, 100, 0, 0); /* no SR has come to it */
	reports_take(&st, in.at, in.len, true, &clock);
	ck_assert_uint_eq(get(rtt_us), 0);
	sr(&out, 0, 0); /* an hour that reads as 0 must not match "none" */
	reports_leave(&st, out.at, out.len, HZ);
	reports_take(&st, in.at, in.len, true, &clock);
	ck_assert_uint_eq(get(rtt_us), 0);
	rtp_put16(in.at + 24, 1); /* LSR */
	reports_take(&st, in.at, in.len, true, &clock);
	ck_assert_uint_eq(get(rtt_us), 0);
	ck_assert_uint_eq(get(reports), 3);
}
END_TEST

START_TEST(a_party_that_says_it_waited_longer_is_next_door)
{
	struct sw_transport_state st = {.rx_packets = 0};
	struct bytes out = {.len = 0}, in = {.len = 0};
	struct reports_clock clock = {.now = HZ + 1000, .hz = HZ};

	sr(&out, 5, 0);
	reports_leave(&st, out.at, out.len, HZ);
	head(&in, 1, RTCP_RR, 7);
	put(&in, S2);
	block(&in, S1, 0, 100, 0x00050000, 0x00010000);
	reports_take(&st, in.at, in.len, true, &clock);
	ck_assert_uint_eq(get(rtt_us), 1);
}
END_TEST

START_TEST(of_several_sources_the_one_last_told_of_counts)
{
	struct sw_transport_state st = {.rx_packets = 0};
	struct bytes out = {.len = 0}, in = {.len = 0};
	struct reports_clock clock = {.now = HZ + 2000, .hz = HZ};

	head(&in, 2, RTCP_RR, 13);
	put(&in, S2);
	block(&in, S3, 9, 100, 7, 0);
	block(&in, S1, 4, 100, 0x00050000, 0);
	reports_take(&st, in.at, in.len, true, &clock);
	ck_assert_uint_eq(get(lost), 9);
	sr(&out, 5, 0);
	reports_leave(&st, out.at, out.len, HZ);
	reports_take(&st, in.at, in.len, true, &clock);
	ck_assert_uint_eq(get(lost), 4);
	ck_assert_uint_eq(get(rtt_us), 2);
}
END_TEST

START_TEST(a_bye_is_noted)
{
	struct sw_transport_state st = {.rx_packets = 0};
	struct bytes in = {.len = 0};
	struct reports_clock clock = {.now = HZ, .hz = HZ};

	head(&in, 0, RTCP_RR, 1);
	put(&in, S2);
	head(&in, 1, RTCP_BYE, 1);
	put(&in, S2);
	reports_take(&st, in.at, in.len, true, &clock);
	ck_assert_uint_eq(get(byes), 1);
	ck_assert_uint_eq(get(reports), 0);
}
END_TEST

/* A sealed sink's second epoch: what was 7 upstream has left as 65543 + 20. */
START_TEST(reports_are_renumbered_by_the_table_of_what_left)
{
	struct sw_transport_state st = {.tx_ssrcs = 1};
	struct bytes in = {.len = 0};
	struct reports_clock clock = {.now = HZ, .hz = HZ};

	st.tx = (struct sw_tx_ssrc){.state = 3, .ssrc = S2, .offset = 65536 + 20};
	head(&in, 1, RTCP_RR, 7);
	put(&in, S1);
	block(&in, S2, 0, 0x00010000 + 27, 0, 0);
	reports_take(&st, in.at, in.len, true, &clock);
	ck_assert_uint_eq(highest_of(&in), 0x00010000 + 7);
}
END_TEST

/* It has become plain: what leaves has its source's numbers, and the table is of before. */
START_TEST(reports_on_what_leaves_plain_stay_as_they_are)
{
	struct sw_transport_state st = {.tx_ssrcs = 1};
	struct bytes in = {.len = 0};
	struct reports_clock clock = {.now = HZ, .hz = HZ};

	st.tx = (struct sw_tx_ssrc){.state = 3, .ssrc = S2, .offset = 20};
	head(&in, 1, RTCP_RR, 7);
	put(&in, S1);
	block(&in, S2, 0, 27, 0, 0);
	ck_assert_int_eq(reports_take(&st, in.at, in.len, false, &clock), SSRC_PASS);
	ck_assert_uint_eq(highest_of(&in), 27);
	ck_assert_uint_eq(get(reports), 1);
}
END_TEST

START_TEST(what_is_behind_the_well_formed_is_left_alone)
{
	struct sw_transport_state st = {.tx_ssrcs = 1};
	struct bytes in = {.len = 0}, was;
	struct reports_clock clock = {.now = HZ, .hz = HZ};
	unsigned whole;

	st.tx = (struct sw_tx_ssrc){.state = 3, .ssrc = S2, .offset = 20};
	head(&in, 1, RTCP_RR, 7);
	put(&in, S1);
	block(&in, S2, 5, 27, 0, 0);
	whole = in.len;
	head(&in, 1, RTCP_RR, 7); /* cut short behind the number */
	put(&in, S1);
	put(&in, S2);
	put(&in, 0);
	put(&in, 27);
	was = in;
	ck_assert_int_eq(reports_take(&st, in.at, in.len, true, &clock), SSRC_PASS);
	ck_assert_uint_eq(highest_of(&in), 7);
	ck_assert_mem_eq(in.at + whole, was.at + whole, was.len - whole);
	ck_assert_uint_eq(get(lost), 5);
}
END_TEST

START_TEST(what_is_malformed_changes_nothing)
{
	struct sw_transport_state st = {.tx_ssrcs = 1};
	struct sw_transport_state was;
	struct bytes in = {.len = 0}, in_was;
	struct reports_clock clock = {.now = HZ, .hz = HZ};

	st.tx = (struct sw_tx_ssrc){.state = 3, .ssrc = S2, .offset = 20};
	head(&in, 1, RTCP_RR, 7);
	put(&in, S1);
	block(&in, S2, 5, 27, 0, 0);
	in.at[3] = 6; /* a word less than its block needs */
	in_was = in;
	was = st;
	ck_assert_int_eq(reports_take(&st, in.at, in.len, true, &clock), DROP_BAD_RTP);
	ck_assert_mem_eq(&st, &was, sizeof st);
	ck_assert_mem_eq(in.at, in_was.at, in.len);
	reports_leave(&st, in.at, in.len, HZ);
	ck_assert_mem_eq(&st, &was, sizeof st);
}
END_TEST

/* ---- Leaving out ---- */

/* An RR of no block; a request for a picture (RFC 4585 section 6.3.1); a negative
 * acknowledgement. */
static void
rr(struct bytes *b, uint32_t by)
{
	head(b, 0, RTCP_RR, 1);
	put(b, by);
}

static void
pli(struct bytes *b)
{
	head(b, 1, RTCP_PSFB, 2);
	put(b, S1);
	put(b, S2);
}

static void
nack(struct bytes *b)
{
	head(b, 1, RTCP_RTPFB, 3);
	put(b, S1);
	put(b, S2);
	put(b, 0x00070000);
}

/* What is left of IN is WANT. */
static void
must_leave(struct bytes *in, const struct bytes *want)
{
	ck_assert_uint_eq(rtcp_strip_feedback(in->at, in->len), want->len);
	ck_assert_mem_eq(in->at, want->at, want->len);
}

START_TEST(feedback_is_left_out_wherever_it_stands)
{
	struct bytes want = {.len = 0};

	rr(&want, S1);
	head(&want, 0, RTCP_XR, 1);
	put(&want, S1);
	for (unsigned at = 0; at < 3; at++) {
		struct bytes in = {.len = 0};

		if (at == 0)
			nack(&in);
		rr(&in, S1);
		if (at == 1)
			pli(&in);
		head(&in, 0, RTCP_XR, 1);
		put(&in, S1);
		if (at == 2) {
			nack(&in);
			pli(&in);
		}
		must_leave(&in, &want);
	}
}
END_TEST

START_TEST(of_feedback_alone_nothing_is_left)
{
	struct bytes in = {.len = 0}, none = {.len = 0};

	pli(&in);
	nack(&in);
	in.len += 3; /* nor of what is malformed behind it */
	must_leave(&in, &none);
	must_leave(&none, &none);
}
END_TEST

START_TEST(what_is_no_feedback_stays_with_what_is_behind)
{
	struct bytes in = {.len = 0}, was;

	rr(&in, S1);
	head(&in, 0, RTCP_APP, 200); /* more than there is */
	put(&in, S1);
	was = in;
	must_leave(&in, &was);
}
END_TEST

int
main(void)
{
	const struct {
		const char *name;
		const TTest *test[9];
	} cases[] = {
		{"reading", {a_compound_packet_is_read, every_type_may_stand_alone,
				    what_does_not_hold_what_it_says_is_malformed,
				    it_is_read_up_to_where_it_is_malformed,
				    blocks_of_extended_reports_must_fill_them,
				    more_blocks_than_anyone_needs_are_left_out}},
		{"renumbering", {the_highest_number_is_told_as_its_source_knows_it,
					only_reports_about_that_source_change,
					ranges_of_extended_reports_follow,
					negative_acknowledgements_follow}},
		{"leaving out", {feedback_is_left_out_wherever_it_stands,
					of_feedback_alone_nothing_is_left,
					what_is_no_feedback_stays_with_what_is_behind}},
		{"learning",
			{a_round_trip_is_what_the_rfc_says,
				a_report_on_another_sender_report_measures_nothing,
				a_party_that_says_it_waited_longer_is_next_door,
				of_several_sources_the_one_last_told_of_counts, a_bye_is_noted,
				reports_are_renumbered_by_the_table_of_what_left,
				reports_on_what_leaves_plain_stay_as_they_are,
				what_is_behind_the_well_formed_is_left_alone,
				what_is_malformed_changes_nothing}},
	};
	Suite *s = suite_create("rtcp");
	SRunner *runner;
	int failed;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		TCase *tc = tcase_create(cases[i].name);

		for (unsigned t = 0; t < 9 && cases[i].test[t] != NULL; t++)
			tcase_add_test(tc, cases[i].test[t]);
		suite_add_tcase(s, tc);
	}
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
