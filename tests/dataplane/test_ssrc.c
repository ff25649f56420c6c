/* SPDX-License-Identifier: Apache-2.0
 *
 * Suite of dataplane/ssrc.c.  Expectations: RFC 3711 sections 3.3.1, 3.3.2 and appendix A and
 * RFC 3550 appendix A.1 and A.8.  test_ssrc_history.c puts the promise of ssrc.h to random
 * histories. */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "dataplane/ssrc.h"
#include "tests/dataplane/lone_state.h"

enum {
	LIMIT = 16,
	SSRC = 0x11223344,
};

static const uint64_t SOURCE = 77;

static uint64_t random_state;

/* xorshift64*; the histories must be the same in every run. */
static uint32_t
draw(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (uint32_t)(random_state * UINT64_C(0x2545f4914f6cdd1d) >> 32);
}

static uint32_t
below(uint32_t n)
{
	return draw() % n;
}

/* ---- One packet, as the unseal stage treats it.  An authentic packet is one that is tried
 * under the index that its sender gave it. ---- */

static enum drop
srtp(struct sw_transport_state *st, uint8_t generation, uint32_t ssrc, uint64_t index,
	struct ssrc_try *t)
{
	enum drop why = ssrc_rx_begin(st, generation, ssrc, (uint16_t)index, t);

	if (why != SSRC_PASS)
		return why;
	while (t->index != index)
		if (!ssrc_rx_retry(st, t))
			return (enum drop)t->fail;
	return ssrc_rx_accept(st, LIMIT, 0, t);
}

static enum drop
take(struct sw_transport_state *st, uint64_t index)
{
	struct ssrc_try t;

	return srtp(st, 0, SSRC, index, &t);
}

static enum drop
plain(struct sw_transport_state *st, uint16_t seq, uint32_t now_s)
{
	struct ssrc_try t;

	return ssrc_rx_plain(st, LIMIT, 0, SSRC, seq, now_s, &t);
}

/* ---- Roll-over ---- */

/* RFC 3711 appendix A, word for word: s_l and ROC of the highest packet; the index of SEQ. */
static int64_t
appendix_a(uint64_t highest, uint16_t seq)
{
	int64_t s_l = highest & 0xffff, roc = (int64_t)(highest >> 16), v;

	if (s_l < 32768)
		v = seq - s_l > 32768 ? roc - 1 : roc;
	else
		v = s_l - 32768 > seq ? roc + 1 : roc;
	return seq + v * 65536;
}

START_TEST(the_index_is_estimated_as_in_rfc_3711_appendix_a)
{
	random_state = 1;
	for (unsigned i = 0; i < 1000000; i++) {
		uint64_t highest = draw() & 0xfffff;
		uint16_t seq = (uint16_t)(i % 16 ? draw() : highest + 32768);
		bool half = (uint16_t)(seq - highest) == 32768; /* where we decide otherwise */
		int64_t expect = half ? (int64_t)highest + 32768 : appendix_a(highest, seq);

		if (ssrc_estimate(highest, seq) != expect)
			ck_abort_msg("%lu, %u", highest, seq);
	}
}
END_TEST

static const struct {
	uint32_t first; /* sequence number that the stream is joined at */
	uint32_t lost;  /* packets lost at once */
	uint32_t at;    /* after this one */
} joins[] = {
	{0, 0, 10},
	{1, 1, 5},
	{65530, 0, 65533},
	{65530, 3, 65534},
	{65535, 0, 65535},
	{65530, 32767, 65532},
	{65530, 32767, 65535},
	{40000, 32767, 40000},
	{32767, 32767, 32770},
	{32768, 32766, 32768},
	{60000, 32767, 65000},
	{100, 32767, 100},
	{65535, 32767, 65536},
	{65530, 60000, 65535},
};

START_TEST(an_srtp_stream_in_order_loses_nothing_whatever_is_lost_before_us)
{
	struct lone_state st = LONE_STATE, sink = LONE_STATE;
	uint64_t first = joins[_i].first, index = first, out, before = 0;

	for (unsigned i = 0; i < 150000; i++) {
		struct ssrc_try t;

		if (srtp(&st.st, 0, SSRC, index, &t) != SSRC_PASS || t.index != index ||
			ssrc_tx_index(&sink.st, LIMIT, SSRC, SOURCE, t.epoch, t.index, &out) !=
				SSRC_PASS ||
			(i > 0 && out <= before) || (uint16_t)out != (uint16_t)index)
			ck_abort_msg("packet %lu", index);
		before = out;
		index += index == joins[_i].at ? 1 + joins[_i].lost : 1;
	}
	ck_assert_uint_eq(ssrc_lost(&st.st), joins[_i].lost);
}
END_TEST

START_TEST(a_plain_stream_in_order_loses_nothing_whatever_is_lost_before_us)
{
	struct lone_state st = LONE_STATE;
	uint64_t index = joins[_i].first;

	if (joins[_i].lost > 32767)
		return; /* without authentication that is a restart */
	for (unsigned i = 0; i < 150000; i++) {
		struct ssrc_try t;

		if (ssrc_rx_plain(&st.st, LIMIT, 0, SSRC, (uint16_t)index, 0, &t) !=
				SSRC_PASS ||
			t.index != index)
			ck_abort_msg("packet %lu", index);
		index += index == joins[_i].at ? 1 + joins[_i].lost : 1;
	}
}
END_TEST

START_TEST(a_stream_is_joined_behind_its_first_roll_over)
{
	struct lone_state st = LONE_STATE;

	ck_assert_int_eq(take(&st.st, 65536 + 3), SSRC_PASS);
	ck_assert_int_eq(take(&st.st, 65535), SSRC_PASS); /* it was only late */
}
END_TEST

START_TEST(a_burst_around_the_roll_over_is_begun_before_any_of_it_is_accepted)
{
	struct lone_state st = LONE_STATE;
	struct ssrc_try t[32];

	for (unsigned i = 0; i < 32; i++)
		ck_assert_int_eq(ssrc_rx_begin(&st.st, 0, SSRC, (uint16_t)(65520 + i), &t[i]),
			SSRC_PASS);
	for (unsigned i = 0; i < 32; i++) {
		while (t[i].index != 65520 + i)
			ck_assert(ssrc_rx_retry(&st.st, &t[i]));
		ck_assert_int_eq(ssrc_rx_accept(&st.st, LIMIT, 0, &t[i]), SSRC_PASS);
	}
}
END_TEST

/* ---- Windows ---- */

START_TEST(an_index_is_accepted_once)
{
	struct lone_state st = LONE_STATE;

	ck_assert_int_eq(take(&st.st, 1000), SSRC_PASS);
	ck_assert_int_eq(take(&st.st, 1000), DROP_REPLAY);
	ck_assert_int_eq(take(&st.st, 1200), SSRC_PASS);
	for (uint64_t i = 1200 - 127; i < 1200; i++) {
		ck_assert_int_eq(take(&st.st, i), SSRC_PASS);
		ck_assert_int_eq(take(&st.st, i), DROP_REPLAY);
	}
	ck_assert_int_eq(take(&st.st, 1200 - 128), DROP_LATE);
	ck_assert_int_eq(take(&st.st, 1000), DROP_LATE);
}
END_TEST

START_TEST(the_window_moves_by_any_step)
{
	for (uint64_t step = 1; step < 200; step++) {
		struct lone_state st = LONE_STATE;

		for (uint64_t i = 500; i < 700; i += 2) /* the even ones */
			ck_assert_int_eq(take(&st.st, i), SSRC_PASS);
		ck_assert_int_eq(take(&st.st, 698 + step), SSRC_PASS);
		for (uint64_t back = 1; back < 150; back++) {
			uint64_t index = 698 + step - back;
			enum drop expect = back >= 128                ? DROP_LATE
					   : index > 698 || index % 2 ? SSRC_PASS
								      : DROP_REPLAY;

			ck_assert_int_eq(take(&st.st, index), expect);
		}
	}
}
END_TEST

START_TEST(a_repeat_within_a_burst_is_found_when_it_is_accepted)
{
	struct lone_state st = LONE_STATE;
	struct ssrc_try a, b;

	ck_assert_int_eq(ssrc_rx_begin(&st.st, 0, SSRC, 7, &a), SSRC_PASS);
	ck_assert_int_eq(ssrc_rx_begin(&st.st, 0, SSRC, 7, &b), SSRC_PASS);
	ck_assert_int_eq(ssrc_rx_accept(&st.st, LIMIT, 0, &a), SSRC_PASS);
	ck_assert_int_eq(ssrc_rx_accept(&st.st, LIMIT, 0, &b), DROP_REPLAY);
}
END_TEST

START_TEST(a_forged_packet_leaves_nothing_behind)
{
	struct lone_state st = LONE_STATE, before;
	struct ssrc_try t;

	take(&st.st, 100);
	before = st;
	ck_assert_int_eq(ssrc_rx_begin(&st.st, 0, SSRC, 30000, &t), SSRC_PASS);
	ck_assert(!ssrc_rx_retry(&st.st, &t));
	ck_assert_int_eq(t.fail, DROP_AUTH);
	ck_assert_int_eq(ssrc_rx_begin(&st.st, 0, SSRC + 1, 9, &t), SSRC_PASS);
	ck_assert(ssrc_rx_retry(&st.st, &t));
	ck_assert(!ssrc_rx_retry(&st.st, &t));
	ck_assert_int_eq(memcmp(&st, &before, sizeof st), 0);
}
END_TEST

START_TEST(no_more_ssrcs_than_allowed_and_none_is_forgotten)
{
	struct lone_state st = LONE_STATE;
	struct ssrc_try t;

	for (uint32_t i = 0; i < 4; i++) {
		ssrc_rx_begin(&st.st, 0, i, 50, &t);
		ck_assert_int_eq(ssrc_rx_accept(&st.st, 4, 0, &t), SSRC_PASS);
	}
	ssrc_rx_begin(&st.st, 0, 4, 50, &t);
	ck_assert_int_eq(ssrc_rx_accept(&st.st, 4, 1000000, &t), DROP_SSRC_LIMIT);
	for (uint32_t i = 0; i < 4; i++)
		ck_assert_int_eq(ssrc_rx_begin(&st.st, 0, i, 50, &t), DROP_REPLAY);
}
END_TEST

START_TEST(a_successor_accepts_nothing_below_what_was_accepted)
{
	struct lone_state st = LONE_STATE;

	take(&st.st, 1000);
	take(&st.st, 1010);
	ssrc_recover(&st.st);
	for (uint64_t i = 1000; i <= 1010; i++)
		ck_assert_int_eq(take(&st.st, i), DROP_REPLAY);
	ck_assert_int_eq(take(&st.st, 800), DROP_LATE);
	ck_assert_int_eq(take(&st.st, 1011), SSRC_PASS);
}
END_TEST

START_TEST(a_successor_does_not_trust_a_numbering_without_epoch)
{
	struct lone_state st = LONE_STATE;
	struct ssrc_try t;

	take(&st.st, 1000);
	st.st.rx.epoch = 0; /* the kill came while another one was being begun */
	ssrc_recover(&st.st);
	ck_assert_int_eq(srtp(&st.st, 0, SSRC, 1000, &t), SSRC_PASS);
	ck_assert_uint_ne(t.epoch, 0);
}
END_TEST

/* ---- Re-keying ---- */

START_TEST(a_new_key_continues_the_roll_over_and_shares_the_window)
{
	struct lone_state st = LONE_STATE;
	struct ssrc_try t;
	uint32_t epoch;

	for (uint64_t i = 65500; i < 65600; i++)
		ck_assert_int_eq(srtp(&st.st, 0, SSRC, i, &t), SSRC_PASS);
	epoch = t.epoch;
	ssrc_rekey(&st.st, 1);
	ck_assert_int_eq(srtp(&st.st, 1, SSRC, 65601, &t), SSRC_PASS);
	ck_assert_uint_eq(t.epoch, epoch);
	ck_assert_int_eq(
		srtp(&st.st, 0, SSRC, 65600, &t), SSRC_PASS); /* the last under the old one */
	ck_assert_uint_eq(t.epoch, epoch);
	ck_assert_int_eq(ssrc_rx_begin(&st.st, 1, SSRC, (uint16_t)65600, &t), DROP_REPLAY);
	ck_assert_int_eq(ssrc_rx_begin(&st.st, 0, SSRC, (uint16_t)65601, &t), DROP_REPLAY);
}
END_TEST

START_TEST(a_new_key_that_begins_at_0_is_a_new_epoch_beside_the_old_one)
{
	struct lone_state st = LONE_STATE;
	struct ssrc_try t;
	uint32_t epoch;

	for (uint64_t i = 65500; i < 65600; i++)
		ck_assert_int_eq(srtp(&st.st, 0, SSRC, i, &t), SSRC_PASS);
	epoch = t.epoch;
	ssrc_rekey(&st.st, 1);
	ck_assert_int_eq(srtp(&st.st, 1, SSRC, 500, &t), SSRC_PASS);
	ck_assert_uint_ne(t.epoch, epoch);
	ck_assert_int_eq(srtp(&st.st, 0, SSRC, 65601, &t), SSRC_PASS);
	ck_assert_uint_eq(t.epoch, epoch);
	ck_assert_int_eq(srtp(&st.st, 0, SSRC, 65550, &t), DROP_REPLAY);
	ck_assert_int_eq(srtp(&st.st, 1, SSRC, 500, &t), DROP_REPLAY);
	ck_assert_int_eq(srtp(&st.st, 1, SSRC, 501, &t), SSRC_PASS);
}
END_TEST

START_TEST(the_roll_over_is_remembered_when_its_key_is_gone)
{
	struct lone_state st = LONE_STATE;
	struct ssrc_try t;

	ck_assert_int_eq(take(&st.st, 65535), SSRC_PASS);
	ck_assert_int_eq(take(&st.st, 65536), SSRC_PASS);
	ssrc_rekey(&st.st, 1);
	ssrc_key_gone(&st.st, 0);
	ck_assert_int_eq(srtp(&st.st, 1, SSRC, 65700, &t), SSRC_PASS);
}
END_TEST

START_TEST(ssrcs_of_a_key_that_is_gone_make_room)
{
	struct lone_state st = LONE_STATE;
	struct ssrc_try t;

	for (uint32_t i = 0; i < SW_SSRCS; i++)
		ck_assert_int_eq(srtp(&st.st, 0, i, 5, &t), SSRC_PASS);
	ssrc_rekey(&st.st, 1);
	ck_assert_int_eq(
		srtp(&st.st, 1, 100, 5, &t), DROP_SSRC_LIMIT); /* they could be replayed */
	ssrc_key_gone(&st.st, 0);
	for (uint32_t i = 0; i < SW_SSRCS; i++)
		ck_assert_int_eq(srtp(&st.st, 1, 100 + i, 5, &t), SSRC_PASS);
	ck_assert_int_eq(srtp(&st.st, 1, 200, 5, &t), DROP_SSRC_LIMIT);
}
END_TEST

/* ---- Plain RTP ---- */

START_TEST(plain_repeats_are_dropped_and_reordered_packets_are_not)
{
	struct lone_state st = LONE_STATE;

	ck_assert_int_eq(plain(&st.st, 1000, 0), SSRC_PASS);
	ck_assert_int_eq(plain(&st.st, 1005, 0), SSRC_PASS);
	ck_assert_int_eq(plain(&st.st, 1001, 0), SSRC_PASS);
	ck_assert_int_eq(plain(&st.st, 1001, 0), DROP_REPLAY);
	ck_assert_int_eq(plain(&st.st, 30000, 0), SSRC_PASS);
}
END_TEST

START_TEST(two_packets_in_sequence_prove_a_restart)
{
	struct lone_state st = LONE_STATE;
	struct ssrc_try t;
	uint32_t epoch;

	ssrc_rx_plain(&st.st, LIMIT, 0, SSRC, 20000, 0, &t);
	epoch = t.epoch;
	ck_assert_int_eq(plain(&st.st, 500, 0), DROP_RESTART);
	ck_assert_int_eq(plain(&st.st, 700, 0), DROP_RESTART);
	ck_assert_int_eq(plain(&st.st, 20001, 0), SSRC_PASS); /* so it was none */
	ck_assert_int_eq(plain(&st.st, 701, 0), DROP_RESTART);
	ck_assert_int_eq(ssrc_rx_plain(&st.st, LIMIT, 0, SSRC, 702, 0, &t), SSRC_PASS);
	ck_assert_uint_ne(t.epoch, epoch);
	ck_assert_int_eq(plain(&st.st, 703, 0), SSRC_PASS);
}
END_TEST

static enum drop
slot(struct sw_transport_state *st, uint16_t slot, uint32_t now_s)
{
	struct ssrc_try t;

	return ssrc_rx_slot(st, LIMIT, 0, SSRC, slot, now_s, &t);
}

START_TEST(slots_of_the_mesh_begin_anew_only_after_silence)
{
	struct lone_state st = LONE_STATE;

	for (uint16_t said = 0; said < SSRC_SPARSE; said++)
		ck_assert_int_eq(slot(&st.st, (uint16_t)(20000 + said), 100), SSRC_PASS);
	for (uint16_t old = 500; old < 510; old++) /* somebody has recorded them */
		ck_assert_int_eq(slot(&st.st, old, 101), DROP_LATE);
	ck_assert_int_eq(slot(&st.st, 20000 + SSRC_SPARSE, 101), SSRC_PASS);
	ck_assert_int_eq(slot(&st.st, 510, 102), DROP_LATE);
	ck_assert_int_eq(slot(&st.st, 510, 103), DROP_RESTART);
	ck_assert_int_eq(slot(&st.st, 511, 103), SSRC_PASS);
	ck_assert_int_eq(slot(&st.st, 512, 103), SSRC_PASS);
}
END_TEST

/* What is older than half of all numbers looks as if it were to come. */
START_TEST(a_recording_that_looks_new_takes_no_call_away)
{
	struct lone_state st = LONE_STATE;
	unsigned lost = 0;

	for (uint16_t said = 0; said < 200; said++)
		ck_assert_int_eq(slot(&st.st, (uint16_t)(40000 + said), 100), SSRC_PASS);
	slot(&st.st, 100, 100);
	for (uint16_t said = 200; said < 400; said++)
		lost += slot(&st.st, (uint16_t)(40000 + said), 100) != SSRC_PASS;
	ck_assert_uint_le(lost, 1);
}
END_TEST

START_TEST(the_plain_ssrc_silent_longest_makes_room)
{
	struct lone_state st = LONE_STATE;
	struct ssrc_try t;

	for (uint32_t i = 0; i < 4; i++)
		ck_assert_int_eq(ssrc_rx_plain(&st.st, 4, 0, i, 9, 100 + i, &t), SSRC_PASS);
	ssrc_rx_plain(&st.st, 4, 0, 0, 10, 108, &t);
	ck_assert_int_eq(ssrc_rx_plain(&st.st, 4, 0, 50, 9, 110, &t), DROP_SSRC_LIMIT);
	ck_assert_int_eq(ssrc_rx_plain(&st.st, 4, 0, 50, 9, 111, &t), SSRC_PASS); /* 1 goes */
	ck_assert_int_eq(ssrc_rx_plain(&st.st, 4, 0, 51, 9, 111, &t), DROP_SSRC_LIMIT);
	ck_assert_int_eq(ssrc_rx_plain(&st.st, 4, 0, 0, 10, 111, &t), DROP_REPLAY);
	ck_assert_int_eq(ssrc_rx_plain(&st.st, 4, 0, 2, 9, 111, &t), DROP_REPLAY);
}
END_TEST

START_TEST(a_stream_that_becomes_srtp_goes_on)
{
	struct lone_state st = LONE_STATE;
	struct ssrc_try t;

	ssrc_rx_plain(&st.st, LIMIT, 0, SSRC, 65535, 0, &t);
	ssrc_rx_plain(&st.st, LIMIT, 0, SSRC, 0, 0, &t);
	ssrc_rekey(&st.st, 1);
	ck_assert_int_eq(srtp(&st.st, 1, SSRC, 1, &t), SSRC_PASS);
	ssrc_rekey(&st.st, 2);
	ck_assert_int_eq(ssrc_rx_plain(&st.st, LIMIT, 2, SSRC, 2, 0, &t), SSRC_PASS);
}
END_TEST

/* ---- Statistics ---- */

START_TEST(losses_of_all_epochs_are_counted)
{
	struct lone_state st = LONE_STATE;

	plain(&st.st, 100, 0);
	plain(&st.st, 103, 0);
	ck_assert_uint_eq(ssrc_lost(&st.st), 2);
	plain(&st.st, 99, 0); /* was before the first, and late */
	plain(&st.st, 101, 0);
	ck_assert_uint_eq(ssrc_lost(&st.st), 1);
	plain(&st.st, 65000, 0);
	ck_assert_int_eq(plain(&st.st, 65001, 0), SSRC_PASS); /* a restart: epoch 2 */
	plain(&st.st, 65006, 0);
	ck_assert_uint_eq(ssrc_lost(&st.st), 1 + 4);
}
END_TEST

START_TEST(jitter_is_that_of_rfc_3550)
{
	struct lone_state st = LONE_STATE;
	double expect = 0;
	uint32_t before = 0;

	random_state = 3;
	for (uint32_t i = 0; i < 2000; i++) {
		uint32_t timestamp = 0xfffff000 + i * 160;
		uint32_t arrival = 5000 + i * 160 + below(200);
		uint32_t transit = arrival - timestamp;
		struct ssrc_try t;

		ssrc_rx_plain(&st.st, LIMIT, 0, SSRC, (uint16_t)i, 0, &t);
		ssrc_rx_jitter(&st.st, &t, timestamp, arrival);
		if (i > 0) /* section 6.4.1: J(i) = J(i-1) + (|D(i-1,i)| - J(i-1))/16 */
			expect += (abs((int32_t)(transit - before)) - expect) / 16;
		before = transit;
		ck_assert_double_eq_tol(st.st.rx.jitter / 16.0, expect, 2.0);
	}
	ck_assert(expect > 20);
}
END_TEST

START_TEST(a_new_time_base_is_no_jitter)
{
	struct lone_state st = LONE_STATE;
	struct ssrc_try t;

	for (uint32_t i = 0; i < 100; i++) {
		ssrc_rx_plain(&st.st, LIMIT, 0, SSRC, (uint16_t)i, 0, &t);
		ssrc_rx_jitter(&st.st, &t, (i < 50 ? 0 : 0x40000000) + i * 160, i * 160);
	}
	ck_assert_uint_eq(st.st.rx.jitter, 0);
}
END_TEST

/* ---- SRTCP ---- */

static enum drop
rtcp(struct sw_transport_state *st, uint8_t generation, uint32_t index)
{
	enum drop why = ssrc_rtcp_begin(st, generation, SSRC, index);

	return why == SSRC_PASS ? ssrc_rtcp_accept(st, LIMIT, generation, SSRC, index) : why;
}

START_TEST(an_srtcp_index_is_accepted_once)
{
	struct lone_state st = LONE_STATE;

	ck_assert_int_eq(rtcp(&st.st, 0, 100), SSRC_PASS);
	ck_assert_int_eq(rtcp(&st.st, 0, 100), DROP_REPLAY);
	ck_assert_int_eq(rtcp(&st.st, 0, 37), SSRC_PASS);
	ck_assert_int_eq(rtcp(&st.st, 0, 37), DROP_REPLAY);
	ck_assert_int_eq(rtcp(&st.st, 0, 36), DROP_LATE);
	ck_assert_int_eq(rtcp(&st.st, 0, 200), SSRC_PASS);
	ck_assert_int_eq(rtcp(&st.st, 0, 137), SSRC_PASS);
	ck_assert_int_eq(rtcp(&st.st, 0, 136), DROP_LATE);
	ck_assert_int_eq(
		take(&st.st, 5), SSRC_PASS); /* RTP of the same source is another matter */
	ck_assert_uint_eq(st.more.rx[0].state, 0);
}
END_TEST

START_TEST(only_a_newer_key_may_count_srtcp_anew)
{
	struct lone_state st = LONE_STATE;

	rtcp(&st.st, 0, 100);
	ssrc_rekey(&st.st, 1);
	ck_assert_int_eq(rtcp(&st.st, 1, 1), SSRC_PASS);
	ck_assert_int_eq(rtcp(&st.st, 0, 101), DROP_LATE);
	ck_assert_int_eq(rtcp(&st.st, 1, 1), DROP_REPLAY);
	ck_assert_int_eq(rtcp(&st.st, 1, 2), SSRC_PASS);
}
END_TEST

START_TEST(srtcp_that_goes_on_under_a_newer_key_keeps_its_window)
{
	struct lone_state st = LONE_STATE;

	rtcp(&st.st, 0, 100);
	ssrc_rekey(&st.st, 1);
	ck_assert_int_eq(rtcp(&st.st, 1, 102), SSRC_PASS);
	ck_assert_int_eq(rtcp(&st.st, 0, 101), SSRC_PASS);
	ck_assert_int_eq(rtcp(&st.st, 0, 100), DROP_REPLAY);
}
END_TEST

/* A kill may come between an index that was accepted and the mark of it. */
START_TEST(a_successor_accepts_no_srtcp_below_what_was_accepted)
{
	struct lone_state st = LONE_STATE;

	rtcp(&st.st, 0, 100);
	rtcp(&st.st, 0, 110);
	ssrc_recover(&st.st);
	for (uint32_t i = 100; i <= 110; i++)
		ck_assert_int_eq(rtcp(&st.st, 0, i), DROP_REPLAY);
	ck_assert_int_eq(rtcp(&st.st, 0, 46), DROP_LATE);
	ck_assert_int_eq(rtcp(&st.st, 0, 111), SSRC_PASS);
}
END_TEST

START_TEST(srtcp_alone_makes_an_entry_within_the_limit)
{
	struct lone_state st = LONE_STATE;
	struct ssrc_try t;

	ck_assert_int_eq(ssrc_rtcp_accept(&st.st, 2, 0, 1, 1), SSRC_PASS);
	ck_assert_int_eq(ssrc_rtcp_accept(&st.st, 2, 0, 2, 1), SSRC_PASS);
	ck_assert_int_eq(ssrc_rtcp_accept(&st.st, 2, 0, 3, 1), DROP_SSRC_LIMIT);
	ssrc_rx_begin(&st.st, 0, 2, 500, &t);
	ck_assert_int_eq(ssrc_rx_accept(&st.st, 2, 0, &t), SSRC_PASS);
	ck_assert_int_eq(
		ssrc_rtcp_begin(&st.st, 0, 2, 1), DROP_REPLAY); /* its entry was not lost */
}
END_TEST

/* ---- What leaves ---- */

static enum drop
leave(struct sw_transport_state *st, uint64_t source, uint32_t epoch, uint64_t index,
	uint64_t *out)
{
	return ssrc_tx_index(st, LIMIT, SSRC, source, epoch, index, out);
}

START_TEST(a_sink_begins_at_roll_over_0_whatever_it_is_at_the_source)
{
	struct lone_state st = LONE_STATE;
	uint64_t out;

	ck_assert_int_eq(leave(&st.st, 1, 1, 5 * 65536 + 10, &out), SSRC_PASS);
	ck_assert_uint_eq(out, 10);
	ck_assert_int_eq(
		leave(&st.st, 1, 1, 5 * 65536 + 8, &out), SSRC_PASS); /* late, and unused */
	ck_assert_uint_eq(out, 8);
	ck_assert_int_eq(leave(&st.st, 1, 1, 5 * 65536 - 1, &out), DROP_SINK_LATE);
	ck_assert_int_eq(leave(&st.st, 1, 1, 6 * 65536 + 1, &out), SSRC_PASS);
	ck_assert_uint_eq(out, 65537);
}
END_TEST

START_TEST(another_source_or_epoch_goes_on_above_all_that_was_sealed)
{
	struct lone_state st = LONE_STATE;
	uint64_t out;

	leave(&st.st, 1, 1, 1000, &out);
	ck_assert_int_eq(leave(&st.st, 1, 2, 60, &out), SSRC_PASS);
	ck_assert_uint_eq(out, 1001);
	ck_assert_int_eq(leave(&st.st, 1, 2, 62, &out), SSRC_PASS);
	ck_assert_uint_eq(out, 1003);
	ck_assert_int_eq(leave(&st.st, 1, 2, 59, &out), DROP_SINK_LATE);
	ck_assert_int_eq(leave(&st.st, 2, 2, 999999, &out), SSRC_PASS);
	ck_assert_uint_eq(out, 1004);
	ck_assert_int_eq(leave(&st.st, 1, 1, 1000, &out), SSRC_PASS);
	ck_assert_uint_eq(out, 1005);
}
END_TEST

START_TEST(a_key_is_used_up_at_2_to_the_48)
{
	struct lone_state st = LONE_STATE;
	uint64_t out, last = (UINT64_C(1) << 48) - 1;

	leave(&st.st, 1, 1, 0, &out);
	ck_assert_int_eq(leave(&st.st, 1, 1, last, &out), SSRC_PASS);
	ck_assert_uint_eq(out, last);
	ck_assert_int_eq(leave(&st.st, 1, 1, last + 1, &out), DROP_KEY_USED_UP);
	ck_assert_int_eq(leave(&st.st, 1, 2, 1, &out), DROP_KEY_USED_UP);
}
END_TEST

START_TEST(an_srtcp_key_is_used_up_at_2_to_the_31)
{
	struct lone_state st = LONE_STATE;
	uint32_t out;

	ck_assert_int_eq(ssrc_tx_rtcp(&st.st, LIMIT, SSRC, &out), SSRC_PASS);
	ck_assert_uint_eq(out, 1);
	st.st.tx.rtcp_index = 0x7ffffffe;
	ck_assert_int_eq(ssrc_tx_rtcp(&st.st, LIMIT, SSRC, &out), SSRC_PASS);
	ck_assert_uint_eq(out, 0x7fffffff);
	ck_assert_int_eq(ssrc_tx_rtcp(&st.st, LIMIT, SSRC, &out), DROP_KEY_USED_UP);
}
END_TEST

START_TEST(srtcp_before_rtp_does_not_anchor_it)
{
	struct lone_state st = LONE_STATE;
	uint32_t rtcp_out;
	uint64_t out;

	ck_assert_int_eq(ssrc_tx_rtcp(&st.st, LIMIT, SSRC, &rtcp_out), SSRC_PASS);
	ck_assert_int_eq(leave(&st.st, 1, 1, 40000, &out), SSRC_PASS);
	ck_assert_uint_eq(out, 40000);
	ck_assert_uint_eq(st.more.tx[0].state, 0);
}
END_TEST

START_TEST(a_sink_takes_so_many_ssrcs_under_one_key)
{
	struct lone_state st = LONE_STATE;
	uint64_t out;

	for (uint32_t i = 0; i < 3; i++)
		ck_assert_int_eq(ssrc_tx_index(&st.st, 3, i, 1, 1, 5, &out), SSRC_PASS);
	ck_assert_int_eq(ssrc_tx_index(&st.st, 3, 9, 1, 1, 5, &out), DROP_SINK_SSRC_LIMIT);

	ssrc_tx_rekey(&st.st);
	ck_assert_int_eq(ssrc_tx_index(&st.st, 3, 1, 1, 1, 6, &out), SSRC_PASS);
	ck_assert_uint_eq(out, 6); /* numbers go on under the new key */
	for (uint32_t i = 20; i < 22; i++)
		ck_assert_int_eq(ssrc_tx_index(&st.st, 3, i, 1, 1, 5, &out), SSRC_PASS);
	ck_assert_int_eq(ssrc_tx_index(&st.st, 3, 2, 1, 1, 6, &out), DROP_SINK_SSRC_LIMIT);
	for (uint32_t i = 30; i < 60; i++)
		ssrc_tx_index(&st.st, LIMIT, i, 1, 1, 5, &out);
	ck_assert_int_eq(ssrc_tx_index(&st.st, LIMIT, 1, 1, 1, 7, &out), SSRC_PASS);
	ck_assert_uint_eq(out, 7); /* in use: was not replaced */
}
END_TEST

/* It stands in the first entry, but is the transport's. */
START_TEST(the_key_that_was_met_is_remembered_whatever_the_first_entry_is_of)
{
	struct lone_state st = LONE_STATE;
	uint64_t out;

	st.st.tx.seal_generation = 7;
	for (uint32_t i = 0; i < SW_SSRCS; i++)
		ck_assert_int_eq(
			ssrc_tx_index(&st.st, LIMIT, 1 + i, 1, 1, 5, &out), SSRC_PASS);
	ck_assert_uint_eq(st.st.tx.ssrc, 1);
	ck_assert_uint_eq(st.st.tx.seal_generation, 7);
	ssrc_tx_rekey(&st.st);
	for (uint32_t i = 1; i < SW_SSRCS; i++) /* the first alone is nobody's then */
		ck_assert_int_eq(
			ssrc_tx_index(&st.st, LIMIT, 1 + i, 1, 1, 6, &out), SSRC_PASS);
	ck_assert_int_eq(ssrc_tx_index(&st.st, LIMIT, 99, 1, 1, 5, &out), SSRC_PASS);
	ck_assert_uint_eq(out, 5);
	ck_assert_uint_eq(st.st.tx.ssrc, 99);
	ck_assert_uint_eq(st.st.tx.seal_generation, 7);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("ssrc");
	TCase *tc = tcase_create("roll-over");
	int n = sizeof joins / sizeof *joins;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, the_index_is_estimated_as_in_rfc_3711_appendix_a);
	tcase_add_loop_test(
		tc, an_srtp_stream_in_order_loses_nothing_whatever_is_lost_before_us, 0, n);
	tcase_add_loop_test(
		tc, a_plain_stream_in_order_loses_nothing_whatever_is_lost_before_us, 0, n);
	tcase_add_test(tc, a_stream_is_joined_behind_its_first_roll_over);
	tcase_add_test(tc, a_burst_around_the_roll_over_is_begun_before_any_of_it_is_accepted);
	suite_add_tcase(s, tc);

	tc = tcase_create("windows");
	tcase_add_test(tc, an_index_is_accepted_once);
	tcase_add_test(tc, the_window_moves_by_any_step);
	tcase_add_test(tc, a_repeat_within_a_burst_is_found_when_it_is_accepted);
	tcase_add_test(tc, a_forged_packet_leaves_nothing_behind);
	tcase_add_test(tc, no_more_ssrcs_than_allowed_and_none_is_forgotten);
	tcase_add_test(tc, a_successor_accepts_nothing_below_what_was_accepted);
	tcase_add_test(tc, a_successor_does_not_trust_a_numbering_without_epoch);
	suite_add_tcase(s, tc);

	tc = tcase_create("re-keying");
	tcase_add_test(tc, a_new_key_continues_the_roll_over_and_shares_the_window);
	tcase_add_test(tc, a_new_key_that_begins_at_0_is_a_new_epoch_beside_the_old_one);
	tcase_add_test(tc, the_roll_over_is_remembered_when_its_key_is_gone);
	tcase_add_test(tc, ssrcs_of_a_key_that_is_gone_make_room);
	suite_add_tcase(s, tc);

	tc = tcase_create("plain RTP");
	tcase_add_test(tc, plain_repeats_are_dropped_and_reordered_packets_are_not);
	tcase_add_test(tc, two_packets_in_sequence_prove_a_restart);
	tcase_add_test(tc, slots_of_the_mesh_begin_anew_only_after_silence);
	tcase_add_test(tc, a_recording_that_looks_new_takes_no_call_away);
	tcase_add_test(tc, the_plain_ssrc_silent_longest_makes_room);
	tcase_add_test(tc, a_stream_that_becomes_srtp_goes_on);
	suite_add_tcase(s, tc);

	tc = tcase_create("statistics");
	tcase_add_test(tc, losses_of_all_epochs_are_counted);
	tcase_add_test(tc, jitter_is_that_of_rfc_3550);
	tcase_add_test(tc, a_new_time_base_is_no_jitter);
	suite_add_tcase(s, tc);

	tc = tcase_create("SRTCP");
	tcase_add_test(tc, an_srtcp_index_is_accepted_once);
	tcase_add_test(tc, only_a_newer_key_may_count_srtcp_anew);
	tcase_add_test(tc, srtcp_that_goes_on_under_a_newer_key_keeps_its_window);
	tcase_add_test(tc, a_successor_accepts_no_srtcp_below_what_was_accepted);
	tcase_add_test(tc, srtcp_alone_makes_an_entry_within_the_limit);
	suite_add_tcase(s, tc);

	tc = tcase_create("what leaves");
	tcase_add_test(tc, a_sink_begins_at_roll_over_0_whatever_it_is_at_the_source);
	tcase_add_test(tc, another_source_or_epoch_goes_on_above_all_that_was_sealed);
	tcase_add_test(tc, a_key_is_used_up_at_2_to_the_48);
	tcase_add_test(tc, an_srtcp_key_is_used_up_at_2_to_the_31);
	tcase_add_test(tc, srtcp_before_rtp_does_not_anchor_it);
	tcase_add_test(tc, a_sink_takes_so_many_ssrcs_under_one_key);
	tcase_add_test(tc, the_key_that_was_met_is_remembered_whatever_the_first_entry_is_of);
	suite_add_tcase(s, tc);

	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(suite());
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
