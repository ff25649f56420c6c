/* SPDX-License-Identifier: Apache-2.0
 *
 * Claims about codecs/plc.h. */
#include "codecs/plc.h"

#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SECOND_MAX = 48000 };

static const unsigned rates[] = {8000, 11025, 16000, 44100, 48000};
enum { RATES = sizeof rates / sizeof rates[0] };

static int16_t pcm[SECOND_MAX];

/* Something periodic that is no sine: 130 Hz and two of its multiples. */
static void
make_sound(unsigned rate)
{
	for (unsigned i = 0; i < rate; i++) {
		double w = 2 * M_PI * 130 * i / rate;

		pcm[i] = (int16_t)lrint(4000 * sin(w) + 3000 * sin(3 * w) + 2000 * sin(5 * w));
	}
}

static double
rms(const int16_t *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)x[i] * x[i];
	return sqrt(sum / (double)n);
}

START_TEST(what_is_periodic_goes_on)
{
	unsigned rate = rates[_i], n = rate / 100;
	struct plc *p = plc_open(rate);
	int16_t made[SECOND_MAX / 100];
	double noise = 0;

	make_sound(rate);
	for (unsigned i = 0; i < 20; i++)
		plc_heard(p, pcm + i * n, n);
	plc_conceal(p, made, n);
	for (unsigned i = 0; i < n; i++)
		noise += pow(made[i] - pcm[20 * n + i], 2);
	ck_assert_double_gt(20 * log10(rms(pcm + 20 * n, n) / sqrt(noise / n)), 12);
	plc_close(p);
}
END_TEST

START_TEST(it_fades_to_nothing_in_60_ms)
{
	unsigned rate = rates[_i], n = rate / 100;
	struct plc *p = plc_open(rate);
	int16_t made[SECOND_MAX / 100];
	double before = 1e9;

	make_sound(rate);
	for (unsigned i = 0; i < 20; i++)
		plc_heard(p, pcm + i * n, n);
	for (unsigned i = 0; i < 7; i++) {
		plc_conceal(p, made, n);
		ck_assert(i < 2 || rms(made, n) < before);
		before = rms(made, n);
	}
	plc_conceal(p, made, n);
	ck_assert_double_eq(rms(made, n), 0);
	plc_close(p);
}
END_TEST

static int
greatest_step(const int16_t *x, size_t n)
{
	int most = 0;

	for (size_t i = 1; i < n; i++)
		most = abs(x[i] - x[i - 1]) > most ? abs(x[i] - x[i - 1]) : most;
	return most;
}

/* No clicks: neither where the loss begins, nor in it, nor where it ends in another phase. */
START_TEST(no_seam_is_heard)
{
	unsigned rate = rates[_i], n = rate / 50;
	struct plc *p = plc_open(rate);
	int most;

	/* No period fits it, so that its repetitions do not fit each other. */
	for (unsigned i = 0; i < rate; i++)
		pcm[i] = (int16_t)lrint(5000 * sin(2 * M_PI * 133 * i / rate) +
					5000 * sin(2 * M_PI * 271 * i / rate));
	most = greatest_step(pcm, rate);
	for (unsigned i = 0; i < 10; i++)
		plc_heard(p, pcm + i * n, n);
	plc_conceal(p, pcm + 10 * n, n);
	memmove(pcm + 11 * n, pcm + 11 * n + rate / 300, n * sizeof *pcm);
	plc_heard(p, pcm + 11 * n, n);
	ck_assert_int_le(greatest_step(pcm + 9 * n, 3 * n), most * 5 / 4);
	plc_close(p);
}
END_TEST

START_TEST(nothing_heard_is_silence)
{
	struct plc *p = plc_open(8000);
	int16_t made[160];

	memset(made, 1, sizeof made);
	plc_conceal(p, made, 160);
	ck_assert_double_eq(rms(made, 160), 0);
	make_sound(8000);
	plc_heard(p, pcm, 400);
	plc_conceal(p, made, 160);
	ck_assert_double_gt(rms(made, 160), 1000);
	plc_reset(p);
	plc_conceal(p, made, 160);
	ck_assert_double_eq(rms(made, 160), 0);
	plc_close(p);
}
END_TEST

START_TEST(sound_is_left_as_it_is_where_nothing_was_lost)
{
	struct plc *p = plc_open(8000);
	int16_t copy[8000];

	make_sound(8000);
	memcpy(copy, pcm, sizeof copy);
	for (unsigned i = 0; i < 8000; i += 160)
		plc_heard(p, pcm + i, 160);
	ck_assert_mem_eq(copy, pcm, sizeof copy);
	plc_close(p);
}
END_TEST

START_TEST(any_lengths_and_any_sound_will_do)
{
	struct plc *p = plc_open(48000);
	int16_t x[5760];

	srand(1);
	for (unsigned i = 0; i < 2000; i++) {
		size_t n = (size_t)rand() % (i % 10 == 0 ? 5760 : 100);

		for (size_t k = 0; k < n; k++)
			x[k] = (int16_t)(rand() % 3 == 0 ? -32768 : rand());
		if (rand() % 2 == 0)
			plc_heard(p, x, n);
		else
			plc_conceal(p, x, n);
	}
	plc_close(p);
}
END_TEST

START_TEST(other_rates_are_refused)
{
	ck_assert_ptr_null(plc_open(7999));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_null(plc_open(48001));
	plc_close(NULL);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("plc");
	TCase *c = tcase_create("plc");

	tcase_add_loop_test(c, what_is_periodic_goes_on, 0, RATES);
	tcase_add_loop_test(c, it_fades_to_nothing_in_60_ms, 0, RATES);
	tcase_add_loop_test(c, no_seam_is_heard, 0, RATES);
	tcase_add_test(c, nothing_heard_is_silence);
	tcase_add_test(c, sound_is_left_as_it_is_where_nothing_was_lost);
	tcase_add_test(c, any_lengths_and_any_sound_will_do);
	tcase_add_test(c, other_rates_are_refused);
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
