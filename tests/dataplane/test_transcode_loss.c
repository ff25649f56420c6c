/* SPDX-License-Identifier: Apache-2.0
 *
 * Claims about transcode.h and networks that lose, hold up, exchange and repeat packets.  What
 * is heard is compared with an ideal receiver: one that decodes the same packets, knows which
 * are lost before the next one comes, and has the same library conceal them. */
#include "direction.h"

#include <math.h>
#include <stdio.h>

static struct transcode_conf
conf_of(struct codec_format from, struct codec_format to)
{
	return (struct transcode_conf){
		.from = {from}, .to = {to}, .window_us = TRANSCODE_WINDOW_US};
}

static struct codec_format
opus(const char *fmtp)
{
	return format_of("opus", 48000, 2, 111, 20, fmtp);
}

static struct codec_format
l16(void)
{
	return format_of("L16", 8000, 1, 98, 20, NULL);
}

/* Who sends at 8 kHz; LOSS of them are said to be lost. */
static void
speak_at_8k(struct direction *d, unsigned loss)
{
	d->codec->encoder_close(d->encoder);
	d->from.rate = 8000;
	d->encoder = d->codec->encoder_open(&d->from);
	if (d->codec->encoder_loss != NULL)
		d->codec->encoder_loss(d->encoder, loss);
}

START_TEST(a_lost_packet_is_in_the_next_one)
{
	struct transcode_conf conf = conf_of(opus("useinbandfec=1"), l16());
	struct direction *d = direction_open(&conf);

	speak_at_8k(d, 20);
	for (unsigned i = 0; i < 200; i++) {
		uint8_t bytes[CODEC_PAYLOAD_MAX];
		struct transcode_in in = direction_say(d, voice, bytes);

		if (i % 10 != 5)
			direction_put(d, &in);
		direction_wait(d, 20000);
	}
	ck_assert(!d->out_of_step);
	ck_assert_uint_eq(d->packets, 200);
	ck_assert_uint_eq(transcode_counts(d->t)->lost, 20);
	ck_assert_uint_ge(transcode_counts(d->t)->recovered, 15);
	ck_assert_uint_eq(
		transcode_counts(d->t)->recovered + transcode_counts(d->t)->concealed, 20);
	direction_close(d);
}
END_TEST

/* G.711 has nothing to go by but what was heard. */
START_TEST(a_lost_packet_without_redundancy_is_made_up)
{
	struct transcode_conf conf = conf_of(format_of("PCMU", 8000, 1, 0, 20, NULL), l16());
	struct direction *d = direction_open(&conf);
	double hole;

	for (unsigned i = 0; i < 100; i++) {
		uint8_t bytes[CODEC_PAYLOAD_MAX];
		struct transcode_in in = direction_say(d, tone, bytes);

		if (i != 50)
			direction_put(d, &in);
		direction_wait(d, 20000);
	}
	ck_assert(!d->out_of_step);
	ck_assert_uint_eq(d->packets, 100);
	ck_assert_uint_eq(transcode_counts(d->t)->concealed, 1);
	hole = rms(d->heard, 50 * 160, 51 * 160);
	ck_assert_double_gt(hole, 11600 / sqrt(2) * 0.7);
	direction_close(d);
}
END_TEST

START_TEST(a_long_loss_is_made_up_for_200_ms_and_is_a_pause_then)
{
	struct transcode_conf conf = conf_of(format_of("PCMU", 8000, 1, 0, 20, NULL), l16());
	struct direction *d = direction_open(&conf);

	direction_talk(d, tone, 50);
	for (unsigned i = 0; i < 30; i++) {
		uint8_t bytes[CODEC_PAYLOAD_MAX];

		direction_say(d, tone, bytes);
		direction_wait(d, 20000);
	}
	direction_talk(d, tone, 50);
	ck_assert(!d->out_of_step);
	ck_assert_uint_eq(d->packets, 110);
	ck_assert_uint_eq(d->seen[109].timestamp - d->seen[0].timestamp, 129 * 160);
	ck_assert_uint_eq(transcode_counts(d->t)->concealed, 10);
	direction_close(d);
}
END_TEST

START_TEST(two_exchanged_packets_cost_nothing)
{
	struct transcode_conf conf = conf_of(format_of("PCMU", 8000, 1, 0, 20, NULL), l16());
	struct direction *d = direction_open(&conf), *straight = direction_open(&conf);

	direction_talk(straight, voice, 200);
	for (unsigned i = 0; i < 100; i++) {
		uint8_t bytes[2][CODEC_PAYLOAD_MAX];
		struct transcode_in a = direction_say(d, voice, bytes[0]);
		struct transcode_in b = direction_say(d, voice, bytes[1]);

		direction_put(d, i % 3 == 1 ? &b : &a);
		direction_wait(d, 5000);
		direction_put(d, i % 3 == 1 ? &a : &b);
		direction_put(d, &a);
		direction_wait(d, 35000);
	}
	ck_assert(!d->out_of_step);
	ck_assert_uint_eq(d->packets, 200);
	ck_assert_mem_eq(d->heard, straight->heard, 32000 * sizeof *d->heard);
	ck_assert_uint_eq(transcode_counts(d->t)->reordered, 33);
	ck_assert_uint_eq(transcode_counts(d->t)->duplicates, 100);
	ck_assert_uint_eq(transcode_counts(d->t)->lost, 0);
	direction_close(straight);
	direction_close(d);
}
END_TEST

/* Where payloads pass, the far side is left to conceal: it sees which are missing. */
START_TEST(what_passes_keeps_its_gaps)
{
	struct transcode_conf conf = conf_of(opus(NULL), opus(NULL));
	struct direction *d = direction_open(&conf);

	for (unsigned i = 0; i < 100; i++) {
		uint8_t bytes[CODEC_PAYLOAD_MAX];
		struct transcode_in in = direction_say(d, voice, bytes);

		if (i != 50 && i != 51)
			direction_put(d, &in);
		direction_wait(d, 20000);
	}
	ck_assert_uint_eq(d->packets, 98);
	ck_assert_uint_eq(d->seen[50].number - d->seen[49].number, 3);
	ck_assert_uint_eq(d->seen[50].timestamp - d->seen[49].timestamp, 3 * 960);
	ck_assert(!d->seen[50].marker);
	direction_close(d);
}
END_TEST

enum { MANY = 1500 };

/* MANY packets of D, each lost with the chance of LOSS percent; what an ideal receiver makes
 * of them into IDEAL, at 8 kHz. */
static void
lose(struct direction *d, unsigned loss, int16_t *ideal)
{
	struct codec_format f = d->from;
	void *decoder = d->codec->decoder_open(&f);
	unsigned missing = 0;
	size_t at = 0;

	srand(5);
	for (unsigned i = 0; i < MANY; i++) {
		uint8_t bytes[CODEC_PAYLOAD_MAX];
		struct transcode_in in = direction_say(d, voice, bytes);

		if ((unsigned)rand() % 100 < loss) {
			missing++;
		} else {
			for (; missing > 0; missing--, at += 160) {
				if (missing == 1 && d->codec->recover(decoder, bytes, in.len,
							    ideal + at, 160) == 160)
					continue;
				d->codec->conceal(decoder, ideal + at, 160);
			}
			ck_assert_int_eq(
				d->codec->decode(decoder, bytes, in.len, ideal + at, 160),
				160);
			at += 160;
			direction_put(d, &in);
		}
		direction_wait(d, 20000);
	}
	d->codec->decoder_close(decoder);
}

/* Distance of what is heard from the ideal receiver, as noise in dB below it. */
static double
distance_db(const int16_t *heard, const int16_t *ideal, size_t n)
{
	double signal = 0, noise = 1;

	for (size_t i = 0; i < n; i++) {
		signal += (double)ideal[i] * ideal[i];
		noise += ((double)ideal[i] - heard[i]) * ((double)ideal[i] - heard[i]);
	}
	return 10 * log10(signal / noise);
}

START_TEST(under_loss_it_is_what_an_ideal_receiver_hears)
{
	static const unsigned loss[] = {1, 5, 10, 20};
	struct transcode_conf conf = conf_of(opus("useinbandfec=1"), l16());
	struct direction *d = direction_open(&conf);
	int16_t *ideal = calloc(MANY * 160, sizeof *ideal);
	double db, like;

	speak_at_8k(d, loss[_i]);
	lose(d, loss[_i], ideal);
	ck_assert(!d->out_of_step);
	ck_assert_uint_ge(d->packets, MANY - 20);
	for (unsigned i = 1; i < d->packets; i++)
		ck_assert_uint_eq(d->seen[i].timestamp - d->seen[i - 1].timestamp, 160);
	db = distance_db(d->heard, ideal, d->end);
	like = likeness(ideal, d->heard, d->end, 8000);
	if (getenv("STROWGER_SHOW") != NULL)
		printf("loss %u %%: %.1f dB from the ideal receiver, likeness %.4f\n",
			loss[_i], db, like);
	ck_assert_double_gt(db, 40);
	ck_assert_double_gt(like, 0.999);
	free(ideal);
	direction_close(d);
}
END_TEST

/* Each packet is held up by up to JITTER_MS, so that many overtake others. */
static void
jitter(struct direction *d, unsigned jitter_ms, unsigned count)
{
	enum { AHEAD = 16 };
	static uint8_t bytes[AHEAD][CODEC_PAYLOAD_MAX];
	struct transcode_in in[AHEAD];
	uint64_t at_us[AHEAD] = {0}, began = d->now_us;

	for (unsigned ms = 0; ms < count * 20; ms++) {
		if (ms % 20 == 0) {
			unsigned k = ms / 20 % AHEAD;

			in[k] = direction_say(d, voice, bytes[k]);
			at_us[k] = d->now_us + 1 +
				   (jitter_ms > 0 ? (uint64_t)rand() % (jitter_ms * 1000) : 0);
		}
		for (unsigned k = 0; k < AHEAD; k++) {
			if (at_us[k] == 0 || at_us[k] > d->now_us)
				continue;
			at_us[k] = 0;
			direction_put(d, &in[k]);
		}
		direction_wait(d, began + (ms + 1) * 1000 - d->now_us);
	}
}

START_TEST(the_window_follows_the_jitter)
{
	struct transcode_conf conf = conf_of(format_of("PCMU", 8000, 1, 0, 20, NULL), l16());
	struct direction *d = direction_open(&conf);
	uint64_t lost;

	srand(7);
	jitter(d, 60, 500);
	ck_assert_uint_ge(transcode_counts(d->t)->window_us, 30000);
	lost = transcode_counts(d->t)->lost;
	jitter(d, 60, 1000);
	ck_assert_uint_le(transcode_counts(d->t)->lost, lost + 5);
	jitter(d, 0, 600);
	ck_assert_uint_eq(transcode_counts(d->t)->window_us, 0);
	ck_assert(!d->out_of_step);
	direction_close(d);
}
END_TEST

START_TEST(jitter_without_loss_costs_little)
{
	static const unsigned ms[] = {15, 40, 70, 100};
	struct transcode_conf conf = conf_of(format_of("PCMU", 8000, 1, 0, 20, NULL), l16());
	struct direction *d = direction_open(&conf), *straight = direction_open(&conf);
	double db;

	srand(9);
	jitter(d, ms[_i], MANY);
	direction_talk(straight, voice, MANY);
	ck_assert(!d->out_of_step);
	db = distance_db(d->heard, straight->heard, (MANY - 10) * 160);
	if (getenv("STROWGER_SHOW") != NULL)
		printf("jitter %u ms: %.1f dB, lost %lu, late %lu\n", ms[_i], db,
			transcode_counts(d->t)->lost, transcode_counts(d->t)->late);
	ck_assert_double_gt(db, ms[_i] < 20 ? 100 : ms[_i] <= 70 ? 30 : 20);
	direction_close(straight);
	direction_close(d);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("transcode loss");
	TCase *c = tcase_create("loss");

	tcase_add_test(c, a_lost_packet_is_in_the_next_one);
	tcase_add_test(c, a_lost_packet_without_redundancy_is_made_up);
	tcase_add_test(c, a_long_loss_is_made_up_for_200_ms_and_is_a_pause_then);
	tcase_add_test(c, two_exchanged_packets_cost_nothing);
	tcase_add_test(c, what_passes_keeps_its_gaps);
	tcase_add_loop_test(c, under_loss_it_is_what_an_ideal_receiver_hears, 0, 4);
	tcase_add_test(c, the_window_follows_the_jitter);
	tcase_add_loop_test(c, jitter_without_loss_costs_little, 0, 4);
	suite_add_tcase(s, c);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
