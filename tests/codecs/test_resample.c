/* SPDX-License-Identifier: Apache-2.0
 *
 * Claims about codecs/resample.h, for all pairs of rates that codecs have. */
#include "codecs/resample.h"

#include <check.h>
#include <errno.h>
#include <malloc.h>
#include <math.h>
#include <stdlib.h>

static const uint32_t rates[] = {8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000};
enum { RATES = sizeof rates / sizeof rates[0], PAIRS = RATES * RATES, TIME_MAX = 48000 * 2 };

static int16_t in[TIME_MAX], out[TIME_MAX + 100];

/* Two seconds of HZ at RATE, 20 ms at a time; how many came out. */
static size_t
run(struct resample *r, uint32_t from, uint32_t to, double hz)
{
	size_t made = 0, n = from / 50;

	for (size_t i = 0; i < from * 2; i++)
		in[i] = (int16_t)lrint(10000 * sin(2 * M_PI * hz * (double)i / from));
	for (size_t i = 0; i + n <= from * 2; i += n) {
		size_t came = resample_run(r, in + i, n, out + made, n * to / from + 16);

		/* Nothing is held back: in each packet time there is what belongs to it. */
		if (came < n * to / from || came > n * to / from + 1)
			ck_abort_msg("%zu of %zu samples", came, n * to / from);
		made += came;
	}
	return made;
}

/* A sine of 10000 is as loud; its noise below it, dB. */
static double
quality(size_t from, size_t to, uint32_t rate, double hz, double *loud)
{
	double a = 0, b = 0, noise = 0, n = (double)(to - from);

	for (size_t i = from; i < to; i++) {
		a += out[i] * sin(2 * M_PI * hz * (double)i / rate) * 2 / n;
		b += out[i] * cos(2 * M_PI * hz * (double)i / rate) * 2 / n;
	}
	for (size_t i = from; i < to; i++)
		noise += pow(out[i] - a * sin(2 * M_PI * hz * (double)i / rate) -
					 b * cos(2 * M_PI * hz * (double)i / rate),
				 2) /
			 n;
	*loud = sqrt(a * a + b * b);
	return 10 * log10((a * a + b * b) / 2 / noise);
}

START_TEST(a_tone_stays_what_it_is)
{
	uint32_t from = rates[_i / RATES], to = rates[_i % RATES];
	struct resample *r;
	size_t made, before;
	double loud;
	int most = 0;

	if (from == to)
		return;
	r = resample_open(from, to, 1);
	before = mallinfo2().uordblks;
	made = run(r, from, to, 1000);
	ck_assert_uint_eq(mallinfo2().uordblks, before);
	ck_assert_uint_le(labs((long)made - (long)(from / 50 * 100ul * to / from)), 2);
	ck_assert_double_gt(quality(to, made / 1000 * 1000, to, 1000, &loud), 65);
	ck_assert_double_eq_tol(loud, 10000, 100);
	/* What is too high for the lower rate is gone. */
	if (to < from && from >= to * 3 / 2) {
		resample_reset(r);
		made = run(r, from, to, to * 0.6);
		for (size_t i = made / 2; i < made; i++)
			most = abs(out[i]) > most ? abs(out[i]) : most;
		ck_assert_int_le(most, 20);
	}
	resample_close(r);
}
END_TEST

START_TEST(the_delay_is_short)
{
	uint32_t from = rates[_i / RATES], to = rates[_i % RATES];
	struct resample *r;
	size_t peak = 0, made, undelayed = to / 100;

	if (from == to)
		return;
	r = resample_open(from, to, 1);
	for (size_t i = 0; i < from / 25; i++)
		in[i] = i == from / 100 ? 20000 : 0;
	made = resample_run(r, in, from / 25, out, TIME_MAX);
	for (size_t i = 0; i < made; i++)
		peak = abs(out[i]) > abs(out[peak]) ? i : peak;
	ck_assert_uint_ge(peak, undelayed);
	ck_assert_uint_le((peak - undelayed) * 1000, to * 4); /* 4 ms */
	resample_close(r);
}
END_TEST

START_TEST(channels_stay_apart)
{
	struct resample *r = resample_open(16000, 8000, 2);

	for (size_t i = 0; i < 3200; i++) {
		in[2 * i] = (int16_t)lrint(10000 * sin(2 * M_PI * 500 * (double)i / 16000));
		in[2 * i + 1] = 0;
	}
	ck_assert_uint_eq(resample_run(r, in, 3200, out, 1616), 1600);
	for (size_t i = 0; i < 1600; i++)
		ck_assert_int_eq(out[2 * i + 1], 0);
	ck_assert_int_gt(abs(out[2 * 1004]) + abs(out[2 * 1008]), 5000);
	resample_close(r);
}
END_TEST

START_TEST(mono_becomes_stereo_and_back)
{
	int16_t mono[] = {1, -2, 32767}, both[6], back[3],
		loud[] = {32767, 32767, -32768, -32768};

	channels_change(mono, 3, 1, both, 2);
	for (unsigned i = 0; i < 6; i++)
		ck_assert_int_eq(both[i], mono[i / 2]);
	channels_change(both, 3, 2, back, 1);
	ck_assert_mem_eq(mono, back, sizeof mono);
	channels_change(loud, 2, 2, loud, 1); /* in place */
	ck_assert_int_eq(loud[0], 32767);
	ck_assert_int_eq(loud[1], -32768);
	both[0] = 100;
	both[1] = 50;
	channels_change(both, 1, 2, back, 1);
	ck_assert_int_eq(back[0], 75);
	channels_change(mono, 3, 1, back, 1);
	ck_assert_mem_eq(mono, back, sizeof mono);
}
END_TEST

START_TEST(what_cannot_be_is_refused)
{
	ck_assert_ptr_null(resample_open(8000, 8000, 1));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_null(resample_open(7999, 8000, 1));
	ck_assert_ptr_null(resample_open(8000, 48001, 1));
	ck_assert_ptr_null(resample_open(8000, 16000, 3));
	resample_close(NULL);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("resample");
	TCase *c = tcase_create("resample");

	tcase_add_loop_test(c, a_tone_stays_what_it_is, 0, PAIRS);
	tcase_add_loop_test(c, the_delay_is_short, 0, PAIRS);
	tcase_add_test(c, channels_stay_apart);
	tcase_add_test(c, mono_becomes_stereo_and_back);
	tcase_add_test(c, what_cannot_be_is_refused);
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
