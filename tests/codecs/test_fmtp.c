/* SPDX-License-Identifier: Apache-2.0 */
#include "codecs/fmtp.h"

#include <check.h>
#include <errno.h>
#include <string.h>

#include "tests/bench/runner.h"

static struct fmtp_param
nth(const char *text, unsigned n)
{
	struct fmtp_param p;

	do
		ck_assert_msg(fmtp_next(&text, &p), "too few parameters");
	while (n-- > 0);
	return p;
}

static unsigned
count(const char *text)
{
	struct fmtp_param p;
	unsigned n = 0;

	while (fmtp_next(&text, &p))
		n++;
	return n;
}

/* Texts as RFC 7587 6.1, RFC 5574 3.3, RFC 4867 8.3, RFC 4733 2.4.1 and RFC 3551 have them. */
START_TEST(parameters_of_the_rfcs_are_taken_apart)
{
	const char *opus = "maxplaybackrate=16000; sprop-maxcapturerate=16000;\r\n"
			   "     maxaveragebitrate=20000; stereo=1; useinbandfec=1; usedtx=0";
	const char *speex = "vbr=on;mode=\"1,any\";penh=1";
	struct fmtp_param p = nth(opus, 2);

	ck_assert_uint_eq(count(opus), 6);
	ck_assert(fmtp_is(&p, "maxaveragebitrate") && fmtp_value_is(&p, "20000"));
	p = nth(opus, 5);
	ck_assert(fmtp_is(&p, "usedtx") && fmtp_value_is(&p, "0"));

	ck_assert_uint_eq(count(speex), 3);
	p = nth(speex, 1);
	ck_assert(fmtp_is(&p, "mode") && fmtp_value_is(&p, "1,any"));

	p = nth("mode-set=0,2,4,7; octet-align=1", 0);
	ck_assert(fmtp_value_is(&p, "0,2,4,7"));
	p = nth("0-15,66,70", 0);
	ck_assert(fmtp_is(&p, "0-15,66,70"));
	ck_assert_ptr_null(p.value);
	p = nth("annexb=NO", 0);
	ck_assert(fmtp_is(&p, "AnnexB") && fmtp_value_is(&p, "no"));
}
END_TEST

START_TEST(odd_texts_have_the_parameters_that_are_in_them)
{
	struct fmtp_param p;

	ck_assert_uint_eq(count(""), 0);
	ck_assert_uint_eq(count(" ;; ; \t;"), 0);
	ck_assert_uint_eq(count("a=1;;b=2;"), 2);
	p = nth("  a  =  1  ;b", 0);
	ck_assert(fmtp_is(&p, "a") && fmtp_value_is(&p, "1"));
	p = nth("=1", 0);
	ck_assert(fmtp_is(&p, "") && fmtp_value_is(&p, "1"));
	p = nth("a=", 0);
	ck_assert(fmtp_value_is(&p, ""));
	p = nth("a=b=c", 0);
	ck_assert(fmtp_value_is(&p, "b=c"));
	p = nth("a=\"x;y\"; b", 0);
	ck_assert(fmtp_value_is(&p, "x;y"));
	p = nth("a=\"never closed; b=1", 0);
	ck_assert(fmtp_value_is(&p, "\"never closed; b=1"));
	p = nth("a=\"", 0);
	ck_assert(fmtp_value_is(&p, "\""));
}
END_TEST

START_TEST(numbers_are_decimal_and_within_their_range)
{
	static const struct {
		const char *text;
		int error;
		uint32_t n;
	} row[] = {
		{"a=6", 0, 6},
		{"a=0006", 0, 6},
		{"a=10", 0, 10},
		{"a=\"7\"", 0, 7},
		{"a=5", -EINVAL, 0},
		{"a=11", -EINVAL, 0},
		{"a=-7", -EINVAL, 0},
		{"a=+7", -EINVAL, 0},
		{"a=7x", -EINVAL, 0},
		{"a=0x7", -EINVAL, 0},
		{"a=", -EINVAL, 0},
		{"a", -EINVAL, 0},
		{"a=4294967303", -EINVAL, 0},           /* 2^32 + 7 */
		{"a=18446744073709551623", -EINVAL, 0}, /* 2^64 + 7 */
		{"a=99999999999999999999999999", -EINVAL, 0},
	};

	for (unsigned i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct fmtp_param p = nth(row[i].text, 0);
		uint32_t n = 0;

		ck_assert_msg(fmtp_number(&p, 6, 10, &n) == row[i].error && n == row[i].n,
			"%s", row[i].text);
	}
}
END_TEST

static int
take_rate(struct codec_format *f, const struct fmtp_param *p)
{
	return fmtp_number(p, 8000, 48000, &f->rate);
}

static int
take_fec(struct codec_format *f, const struct fmtp_param *p)
{
	return fmtp_flag(p, f, CODEC_FEC);
}

static const struct fmtp_rule rules[] = {
	{"rate", take_rate},
	{"fec", take_fec},
	{NULL, NULL},
};

START_TEST(rules_take_what_they_know_and_leave_the_rest_alone)
{
	struct codec_format f = {.flags = CODEC_DTX};

	ck_assert_int_eq(fmtp_parse(&f, "x=1; RATE=16000; what; fec=1", rules), 0);
	ck_assert_uint_eq(f.rate, 16000);
	ck_assert_uint_eq(f.flags, CODEC_DTX | CODEC_FEC);
	ck_assert_int_eq(fmtp_parse(&f, "fec=0", rules), 0);
	ck_assert_uint_eq(f.flags, CODEC_DTX);
	ck_assert_int_eq(fmtp_parse(&f, "", rules), 0);
}
END_TEST

START_TEST(a_value_that_cannot_be_changes_nothing)
{
	struct codec_format f = {.rate = 8000}, before = f;

	ck_assert_int_eq(fmtp_parse(&f, "rate=16000; fec=2", rules), -EINVAL);
	ck_assert_mem_eq(&f, &before, sizeof f);
	ck_assert_int_eq(fmtp_parse(&f, "fec", rules), -EINVAL);
}
END_TEST

START_TEST(what_is_added_stands_behind_and_never_in_part)
{
	char text[CODEC_FMTP] = "";
	char before[CODEC_FMTP];

	fmtp_add(text, "stereo=%d", 1);
	fmtp_add(text, "maxplaybackrate=%u", 16000u);
	ck_assert_str_eq(text, "stereo=1; maxplaybackrate=16000");

	memset(text, 'x', sizeof text - 8);
	text[sizeof text - 8] = '\0'; /* room for 7 */
	memcpy(before, text, sizeof text);
	fmtp_add(text, "abcdef");
	ck_assert_str_eq(text, before);
	fmtp_add(text, "abcde");
	ck_assert_uint_eq(strlen(text), CODEC_FMTP - 1);
	fmtp_add(text, "a");
	ck_assert_uint_eq(strlen(text), CODEC_FMTP - 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("fmtp");
	TCase *reading = tcase_create("reading"), *printing = tcase_create("printing");

	tcase_add_test(reading, parameters_of_the_rfcs_are_taken_apart);
	tcase_add_test(reading, odd_texts_have_the_parameters_that_are_in_them);
	tcase_add_test(reading, numbers_are_decimal_and_within_their_range);
	tcase_add_test(reading, rules_take_what_they_know_and_leave_the_rest_alone);
	tcase_add_test(reading, a_value_that_cannot_be_changes_nothing);
	suite_add_tcase(suite, reading);
	tcase_add_test(printing, what_is_added_stands_behind_and_never_in_part);
	suite_add_tcase(suite, printing);
	return run_suite(suite);
}
