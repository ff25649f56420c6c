/* SPDX-License-Identifier: Apache-2.0
 *
 * bench/traffic.c, source.c and sink.c between two ports in memory: what happens to packets on
 * the way is decided here, and must be told afterwards, one by one.  The relay in between is
 * played with the engine of dataplane/seal.h: it unseals under one phone's key and seals under
 * the other's. */
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "bench/clock.h"
#include "bench/traffic.h"
#include "tests/bench/runner.h"

enum { CALLS = 3, STREAMS = 2 * CALLS, ROOM = 4096, SLOT = 2048 };

/* ---- The ports: what port A sends arrives at port B, and the other way round. ---- */

static struct queue {
	uint8_t frame[ROOM][SLOT];
	uint16_t len[ROOM];
	unsigned head, n;
} arriving[2];

static uint8_t leaving[2][PORT_BURST][SLOT];
static struct port ports[2];
static unsigned accepts; /* frames that a port_send() takes at most */

static void
arrive(unsigned port, const uint8_t *frame, uint16_t len)
{
	struct queue *q = &arriving[port];

	ck_assert_uint_lt(q->n, ROOM);
	memcpy(q->frame[(q->head + q->n) % ROOM], frame, len);
	q->len[(q->head + q->n++) % ROOM] = len;
}

static void relay(unsigned from, uint8_t *frame, uint16_t len);

unsigned
port_room(struct port *p, uint8_t **frame, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		frame[i] = leaving[p - ports][i];
	return n;
}

unsigned
port_send(struct port *p, const uint16_t *len, unsigned n)
{
	for (unsigned i = 0; i < n && i < accepts; i++)
		relay((unsigned)(p - ports), leaving[p - ports][i], len[i]);
	return n < accepts ? n : accepts;
}

unsigned
port_take(struct port *p, struct port_frame *frame, unsigned n)
{
	struct queue *q = &arriving[p - ports];
	unsigned i;

	for (i = 0; i < n && q->n > 0; i++, q->n--, q->head = (q->head + 1) % ROOM)
		frame[i] =
			(struct port_frame){.data = q->frame[q->head], .len = q->len[q->head]};
	return i;
}

uint64_t
port_missed(struct port *p)
{
	return 0;
}

/* ---- The relay: hands on what `fate` says. ---- */

enum fate { PASS, LOSE, TWICE, SWAP, FLIP_PAYLOAD, FLIP_PORT, FLIP_SSRC, WRONG_SIDE };

static enum fate fate;
static unsigned every; /* FATE befalls packets 0, every, 2 * every ... */
static unsigned seen;
static struct call calls[CALLS];
static struct seal *in[STREAMS], *out[STREAMS]; /* of the stream that arrives */
static struct seal_lane *lane;
static struct traffic t;

static struct {
	uint8_t frame[SLOT];
	uint16_t len;
	unsigned port;
} kept; /* SWAP: waits for its successor */

/* Re-key a packet and write the far side's header. */
static uint16_t
rekey(uint8_t *frame, uint16_t len)
{
	struct wire_packet w;
	unsigned at, from;
	struct seal_job job;

	ck_assert_int_eq(wire_parse(&w, frame, len), 0);
	ck_assert(wire_checksums_ok(frame));
	at = (unsigned)(w.rtp - frame);
	from = (w.ssrc - t.ssrc) * (t.conf.one_way ? 2 : 1);
	ck_assert_uint_lt(from, STREAMS);
	ck_assert_uint_eq(w.to_port, calls[from / 2].leg[from % 2].relay.port);
	job = (struct seal_job){
		.pkt = w.rtp, .len = w.len, .clear = WIRE_RTP, .key = in[from]};
	/* Nobody here sends 65,536 packets ahead of the relay: the index is the nearest to the
	 * last. */
	static uint64_t last[STREAMS];
	job.index = (last[from] & ~UINT64_C(0xffff)) | w.seq;
	if (last[from] != 0 && w.seq < 0x4000 && (last[from] & 0xffff) > 0xc000)
		job.index += 0x10000;
	last[from] = job.index;
	if (job.key != NULL)
		unseal_burst(lane, &job, 1);
	ck_assert_int_eq(job.status, SEAL_OK);
	job.key = out[from];
	if (job.key != NULL)
		seal_burst(lane, &job, 1);
	w.rtp[-8 + 2] = (uint8_t)(calls[from / 2].leg[!(from % 2)].phone.port >> 8);
	w.rtp[-8 + 3] = (uint8_t)calls[from / 2].leg[!(from % 2)].phone.port;
	wire_finish(frame, at, job.len);
	return (uint16_t)(at + job.len);
}

static void
relay(unsigned from, uint8_t *frame, uint16_t len)
{
	bool now = every != 0 && seen++ % every == 0;
	unsigned to = !from;

	len = rekey(frame, len);
	if (!now) {
		arrive(to, frame, len);
		if (kept.len != 0)
			arrive(kept.port, kept.frame, kept.len);
		kept.len = 0;
		return;
	}
	switch (fate) {
	case LOSE:
		return;
	case TWICE:
		arrive(to, frame, len);
		break;
	case SWAP:
		memcpy(kept.frame, frame, len);
		kept.len = len;
		kept.port = to;
		return;
	case FLIP_PAYLOAD:
		frame[len - 20] ^= 1;
		break;
	case FLIP_PORT:
		frame[14 + 20 + 3] ^= 0x80;
		break;
	case FLIP_SSRC:
		frame[14 + 20 + 8 + 8] ^= 0x80;
		break;
	case WRONG_SIDE:
		to = from;
		break;
	case PASS:
		break;
	}
	arrive(to, frame, len);
}

/* ---- Fixture ---- */

static void
make_key(struct sw_key *key, uint8_t suite, uint8_t fill)
{
	memset(key, 0, sizeof *key);
	key->suite = suite;
	if (suite == SW_SUITE_PLAIN)
		return;
	memset(key->key, fill, sw_suite_info(suite)->key_len);
	memset(key->salt, fill + 1, sw_suite_info(suite)->salt_len);
}

static void
make_calls(uint8_t suite_a, uint8_t suite_b)
{
	const uint8_t suite[2] = {suite_a, suite_b};

	for (unsigned i = 0; i < STREAMS; i++) {
		struct leg *leg = &calls[i / 2].leg[i % 2];

		leg->phone = (struct sw_addr){AF_INET, (uint16_t)(10000 + i), {10, 0, 0, 2}};
		leg->relay =
			(struct sw_addr){AF_INET, (uint16_t)(30000 + 2 * i), {10, 0, 0, 1}};
		make_key(&leg->phone_key, suite[i % 2], (uint8_t)(2 * i + 1));
		make_key(&leg->relay_key, suite[i % 2], (uint8_t)(100 + 2 * i));
	}
	for (unsigned i = 0; i < STREAMS; i++) {
		const struct leg *from = &calls[i / 2].leg[i % 2],
				 *to = &calls[i / 2].leg[!(i % 2)];

		in[i] = from->phone_key.suite ? seal_open(&from->phone_key, true) : NULL;
		out[i] = to->relay_key.suite ? seal_open(&to->relay_key, false) : NULL;
	}
}

static struct traffic_conf conf;

static void
start(uint8_t suite_a, uint8_t suite_b, unsigned verify, uint64_t late_ns)
{
	conf.payload = 160;
	conf.verify = verify;
	conf.late_ns = late_ns;
	conf.rate_max = 1000;
	make_calls(suite_a, suite_b);
	ck_assert_int_eq(traffic_open(&t, &conf, &ports[0], &ports[1], calls, CALLS), 0);
	t.random = 1; /* every run draws the same packets to send once more */
}

static void
open_all(void)
{
	ck_assert_int_eq(
		seal_init("libsrtp2"), 0); /* everywhere; the burst engine has its own tests */
	lane = seal_lane_open();
	accepts = PORT_BURST;
	every = seen = 0;
	fate = PASS;
	conf = (struct traffic_conf){0};
}

static void
close_all(void)
{
	traffic_close(&t);
	for (unsigned i = 0; i < STREAMS; i++) {
		seal_close(in[i]);
		seal_close(out[i]);
	}
	seal_lane_close(lane);
	seal_fini();
}

/* Send N packets, taking back after each few. */
static void
talk(unsigned n)
{
	for (unsigned sent = 0; sent < n; sent += STREAMS) {
		source_send(&t, STREAMS);
		while (sink_take(&t) > 0)
			;
	}
}

static void
suffer(enum fate what)
{
	fate = what;
	every = 10;
	talk(600); /* so it befalls 60 */
}

/* ---- Cases ---- */

START_TEST(what_returns_is_counted_and_compared)
{
	start(SW_SUITE_PLAIN, SW_SUITE_PLAIN, 1, UINT64_MAX);
	talk(600);
	ck_assert_uint_eq(t.tally.sent, 600);
	ck_assert_uint_eq(t.tally.returned, 600);
	ck_assert_uint_eq(t.tally.verified, 600);
	ck_assert_uint_eq(t.tally.corrupt, 0);
	ck_assert_uint_eq(t.tally.delay.n, 600);
	ck_assert_uint_eq(t.tally.duplicate + t.tally.stale + t.tally.foreign +
				  t.tally.misrouted + t.tally.reordered + t.tally.late +
				  t.tally.refused,
		0);
}
END_TEST

START_TEST(srtp_is_unsealed_under_the_far_sides_key)
{
	start(SW_AES_CM_128_HMAC_SHA1_80, SW_AEAD_AES_128_GCM, 1, UINT64_MAX);
	talk(600);
	ck_assert_uint_eq(t.tally.returned, 600);
	ck_assert_uint_eq(t.tally.verified, 600);
	ck_assert_uint_eq(t.tally.corrupt, 0);
}
END_TEST

START_TEST(numbers_wrap_without_loss)
{
	start(SW_AEAD_AES_128_GCM, SW_SUITE_PLAIN, 1, UINT64_MAX);
	for (unsigned i = 0; i < STREAMS; i++)
		t.stream[i].first = 65500;
	talk(STREAMS * 100);
	ck_assert_uint_eq(t.tally.returned, STREAMS * 100);
	ck_assert_uint_eq(t.tally.verified, STREAMS * 100);
	ck_assert_uint_eq(t.tally.corrupt, 0);
}
END_TEST

START_TEST(where_only_one_side_talks_the_other_hears_it)
{
	conf.one_way = true;
	start(SW_SUITE_PLAIN, SW_AES_256_CM_HMAC_SHA1_80, 1, UINT64_MAX);
	ck_assert_uint_eq(t.streams, CALLS);
	source_send(&t, CALLS);
	ck_assert_uint_eq(arriving[0].n, 0);
	ck_assert_uint_eq(arriving[1].n, CALLS);
	talk(CALLS * 50);
	while (sink_take(&t) > 0)
		;
	ck_assert_uint_eq(t.tally.returned, CALLS * 51);
	ck_assert_uint_eq(t.tally.verified, t.tally.returned);
	ck_assert_uint_eq(t.tally.corrupt + t.tally.misrouted, 0);
}
END_TEST

START_TEST(numbers_roll_over_where_asked_for)
{
	conf.roll_over = 50;
	start(SW_AES_CM_128_HMAC_SHA1_80, SW_AEAD_AES_128_GCM, 1, UINT64_MAX);
	for (unsigned i = 0; i < STREAMS; i++) {
		ck_assert_uint_lt(t.stream[i].first, 65536);
		ck_assert_uint_ge(t.stream[i].first + 50, 65536);
	}
	ck_assert_uint_eq(t.stream[0].first, 65535);
	talk(STREAMS * 60);
	ck_assert_uint_eq(t.tally.returned, STREAMS * 60);
	ck_assert_uint_eq(t.tally.verified - t.tally.corrupt, STREAMS * 60);
}
END_TEST

START_TEST(a_replay_that_returns_is_a_duplicate)
{
	conf.replay = 0.25;
	start(SW_AES_CM_128_HMAC_SHA1_80, SW_AEAD_AES_128_GCM, 1, UINT64_MAX);
	talk(STREAMS * 40); /* through a relay that unseals whatever comes */
	ck_assert_uint_eq(t.tally.sent, STREAMS * 40);
	ck_assert_uint_eq(t.tally.returned, STREAMS * 40);
	ck_assert_uint_gt(t.tally.replayed, STREAMS * 40 / 5);
	ck_assert_uint_le(t.tally.replayed, STREAMS * 40 / 4);
	ck_assert_uint_eq(t.tally.duplicate, t.tally.replayed);
	ck_assert_uint_eq(t.tally.stale + t.tally.foreign + t.tally.corrupt, 0);
}
END_TEST

START_TEST(what_has_not_returned_is_not_replayed)
{
	conf.replay = 0.5;
	start(SW_SUITE_PLAIN, SW_SUITE_PLAIN, 0, UINT64_MAX);
	fate = LOSE;
	every = 1;
	talk(STREAMS * 40);
	ck_assert_uint_eq(t.tally.replayed, 0);
}
END_TEST

/* The next N packets of each stream do not arrive. */
static void
lose(unsigned n)
{
	fate = LOSE;
	every = 1;
	talk(n * STREAMS);
	every = 0;
}

START_TEST(what_is_lost_soon_after_a_mark_is_lost_at_it)
{
	struct timespec pause = {.tv_nsec = 110000000};

	start(SW_SUITE_PLAIN, SW_SUITE_PLAIN, 0, UINT64_MAX);
	talk(STREAMS * 5);
	lose(2); /* before the mark */
	talk(STREAMS);
	gaps_mark(&t, clock_ns());
	talk(STREAMS);
	lose(3);
	talk(STREAMS);
	ck_assert_uint_eq(t.tally.lost_at_marks, STREAMS * 3);
	lose(1); /* its second part */
	talk(STREAMS);
	ck_assert_uint_eq(t.tally.lost_at_marks, STREAMS * (3 + 1));
	nanosleep(&pause, NULL);
	talk(STREAMS);
	lose(4); /* once more, for another reason */
	talk(STREAMS);
	ck_assert_uint_eq(t.tally.lost_at_marks, STREAMS * (3 + 1));
	ck_assert_uint_eq(t.tally.sent - t.tally.returned, STREAMS * (2 + 3 + 1 + 4));
}
END_TEST

START_TEST(a_gap_long_after_a_mark_is_not_its)
{
	start(SW_SUITE_PLAIN, SW_SUITE_PLAIN, 0, UINT64_MAX);
	talk(STREAMS);
	gaps_mark(&t, clock_ns() - 2000000000);
	lose(3);
	talk(STREAMS);
	ck_assert_uint_eq(t.tally.lost_at_marks, 0);
}
END_TEST

START_TEST(what_was_only_late_is_not_lost_at_a_mark)
{
	uint8_t frame[SLOT];
	uint16_t len;

	start(SW_SUITE_PLAIN, SW_SUITE_PLAIN, 0, UINT64_MAX);
	talk(STREAMS);
	gaps_mark(&t, clock_ns());
	source_send(&t, 1);
	len = arriving[1].len[arriving[1].head];
	memcpy(frame, arriving[1].frame[arriving[1].head], len);
	arriving[1].n = 0; /* held back */
	source_send(&t, STREAMS - 1);
	talk(STREAMS);
	ck_assert_uint_eq(t.tally.lost_at_marks, 1);
	arrive(1, frame, len);
	sink_take(&t);
	ck_assert_uint_eq(t.tally.lost_at_marks, 0);
	ck_assert_uint_eq(t.tally.returned, t.tally.sent);
}
END_TEST

START_TEST(the_longest_silence_of_each_section_is_told)
{
	struct timespec pause = {.tv_nsec = 30000000};

	start(SW_SUITE_PLAIN, SW_SUITE_PLAIN, 0, UINT64_MAX);
	talk(STREAMS * 3);
	gaps_mark(&t, clock_ns());
	nanosleep(&pause, NULL);
	source_send(&t, 1); /* one stream ends its silence, for the others it lasts */
	while (sink_take(&t) > 0)
		;
	nanosleep(&pause, NULL);
	gaps_section(&t, clock_ns());
	ck_assert_uint_eq(t.gaps.sections, 2);
	ck_assert_uint_lt(t.gaps.section[0].max, 30000000);
	ck_assert_uint_ge(t.gaps.section[1].p50, 60000000);
	ck_assert_uint_ge(t.gaps.section[1].max, t.gaps.section[1].p50);
}
END_TEST

START_TEST(a_sample_is_verified)
{
	start(SW_SUITE_PLAIN, SW_SUITE_PLAIN, 16, UINT64_MAX);
	talk(1600 / STREAMS * STREAMS);
	ck_assert_uint_eq(t.tally.verified, t.tally.returned / 16);
}
END_TEST

START_TEST(a_lost_packet_does_not_return)
{
	start(SW_SUITE_PLAIN, SW_SUITE_PLAIN, 1, UINT64_MAX);
	suffer(LOSE);
	ck_assert_uint_eq(t.tally.sent, 600);
	ck_assert_uint_eq(t.tally.returned, 540);
	ck_assert_uint_eq(t.tally.reordered, 0);
	ck_assert_uint_eq(t.tally.corrupt, 0);
}
END_TEST

START_TEST(a_duplicate_counts_once)
{
	start(SW_SUITE_PLAIN, SW_SUITE_PLAIN, 1, UINT64_MAX);
	suffer(TWICE);
	ck_assert_uint_eq(t.tally.returned, 600);
	ck_assert_uint_eq(t.tally.duplicate, 60);
}
END_TEST

START_TEST(a_packet_behind_its_successor_is_reordered)
{
	start(SW_SUITE_PLAIN, SW_SUITE_PLAIN, 1, UINT64_MAX);
	fate = SWAP;
	every = 2; /* of STREAMS in turn, the successor is another stream's: nothing is
		      reordered */
	talk(STREAMS * 10);
	ck_assert_uint_eq(t.tally.returned, STREAMS * 10);
	ck_assert_uint_eq(t.tally.reordered, 0);
	/* Two rounds in the air, taken back in the other order. */
	every = 0;
	source_send(&t, 2 * STREAMS);
	for (unsigned p = 0; p < 2; p++) {
		struct queue *q = &arriving[p];
		unsigned last = (q->head + q->n - 1) % ROOM;
		uint8_t swap[SLOT];

		memcpy(swap, q->frame[q->head], SLOT);
		memcpy(q->frame[q->head], q->frame[last], SLOT);
		memcpy(q->frame[last], swap, SLOT);
	}
	while (sink_take(&t) > 0)
		;
	ck_assert_uint_eq(t.tally.returned, STREAMS * 12);
	ck_assert_uint_eq(
		t.tally.reordered, 4); /* the two that were overtaken, on each side */
}
END_TEST

START_TEST(a_changed_byte_is_corrupt)
{
	start(SW_SUITE_PLAIN, _i ? SW_AEAD_AES_128_GCM : SW_SUITE_PLAIN, 1, UINT64_MAX);
	suffer(FLIP_PAYLOAD);
	ck_assert_uint_eq(t.tally.returned, 600);
	ck_assert_uint_eq(t.tally.corrupt, 60);
}
END_TEST

START_TEST(a_packet_for_another_phone_is_misrouted)
{
	start(SW_SUITE_PLAIN, SW_SUITE_PLAIN, 0, UINT64_MAX);
	suffer(FLIP_PORT);
	ck_assert_uint_eq(t.tally.returned, 600);
	ck_assert_uint_eq(t.tally.misrouted, 60);
}
END_TEST

START_TEST(a_packet_back_to_its_sender_is_misrouted)
{
	start(SW_SUITE_PLAIN, SW_SUITE_PLAIN, 0, UINT64_MAX);
	suffer(WRONG_SIDE);
	ck_assert_uint_eq(t.tally.misrouted, 60);
}
END_TEST

START_TEST(somebody_elses_rtp_is_foreign)
{
	start(SW_SUITE_PLAIN, SW_SUITE_PLAIN, 0, UINT64_MAX);
	suffer(FLIP_SSRC);
	ck_assert_uint_eq(t.tally.returned, 540);
	ck_assert_uint_eq(t.tally.foreign, 60);
}
END_TEST

START_TEST(what_our_port_refuses_was_not_sent)
{
	start(SW_SUITE_PLAIN, SW_SUITE_PLAIN, 1, UINT64_MAX);
	accepts = 1; /* of CALLS a side and round */
	talk(600);
	ck_assert_uint_eq(t.tally.sent, 200);
	ck_assert_uint_eq(t.tally.refused, 400);
	ck_assert_uint_eq(t.tally.returned, 200);
}
END_TEST

START_TEST(late_is_later_than_allowed)
{
	struct timespec pause = {.tv_nsec = 5000000};

	start(SW_SUITE_PLAIN, SW_SUITE_PLAIN, 0, 4000000);
	source_send(&t, STREAMS);
	nanosleep(&pause, NULL);
	while (sink_take(&t) > 0)
		;
	ck_assert_uint_eq(t.tally.late, STREAMS);
	ck_assert_uint_ge(hist_at(&t.tally.delay, 0), 5000000);
}
END_TEST

START_TEST(a_packet_from_before_the_window_is_stale)
{
	uint8_t frame[SLOT];
	uint16_t len;

	start(SW_SUITE_PLAIN, SW_SUITE_PLAIN, 0, UINT64_MAX);
	source_send(&t, 1);
	len = arriving[1].len[arriving[1].head];
	memcpy(frame, arriving[1].frame[arriving[1].head], len);
	arriving[1].n = 0; /* held back */
	source_send(&t, STREAMS - 1);
	talk(t.window * STREAMS);
	arrive(1, frame, len);
	sink_take(&t);
	ck_assert_uint_eq(t.tally.stale, 1);
	ck_assert_uint_eq(t.tally.duplicate, 0);
	ck_assert_uint_eq(t.tally.returned, t.tally.sent - 1);
}
END_TEST

START_TEST(stragglers_of_an_earlier_run_do_not_count)
{
	start(SW_SUITE_PLAIN, SW_SUITE_PLAIN, 0, UINT64_MAX);
	source_send(&t, STREAMS);
	traffic_reset(&t);
	while (sink_take(&t) > 0)
		;
	ck_assert_uint_eq(t.tally.sent, 0);
	ck_assert_uint_eq(t.tally.returned, 0);
	ck_assert_uint_eq(t.tally.duplicate, STREAMS);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("traffic");
	TCase *c = tcase_create("traffic");

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, open_all, close_all);
	tcase_add_test(c, what_returns_is_counted_and_compared);
	tcase_add_test(c, srtp_is_unsealed_under_the_far_sides_key);
	tcase_add_test(c, numbers_wrap_without_loss);
	tcase_add_test(c, where_only_one_side_talks_the_other_hears_it);
	tcase_add_test(c, numbers_roll_over_where_asked_for);
	tcase_add_test(c, a_replay_that_returns_is_a_duplicate);
	tcase_add_test(c, what_has_not_returned_is_not_replayed);
	tcase_add_test(c, what_is_lost_soon_after_a_mark_is_lost_at_it);
	tcase_add_test(c, a_gap_long_after_a_mark_is_not_its);
	tcase_add_test(c, what_was_only_late_is_not_lost_at_a_mark);
	tcase_add_test(c, the_longest_silence_of_each_section_is_told);
	tcase_add_test(c, a_sample_is_verified);
	tcase_add_test(c, a_lost_packet_does_not_return);
	tcase_add_test(c, a_duplicate_counts_once);
	tcase_add_test(c, a_packet_behind_its_successor_is_reordered);
	tcase_add_loop_test(c, a_changed_byte_is_corrupt, 0, 2);
	tcase_add_test(c, a_packet_for_another_phone_is_misrouted);
	tcase_add_test(c, a_packet_back_to_its_sender_is_misrouted);
	tcase_add_test(c, somebody_elses_rtp_is_foreign);
	tcase_add_test(c, what_our_port_refuses_was_not_sent);
	tcase_add_test(c, late_is_later_than_allowed);
	tcase_add_test(c, a_packet_from_before_the_window_is_stale);
	tcase_add_test(c, stragglers_of_an_earlier_run_do_not_count);
	suite_add_tcase(s, c);
	return run_suite(s);
}
