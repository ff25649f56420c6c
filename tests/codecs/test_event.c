/* SPDX-License-Identifier: Apache-2.0 */
#include "codecs/event.h"

#include <check.h>
#include <errno.h>

#include "codecs/codec.h"
#include "codecs/rows.h"
#include "tests/bench/runner.h"

/* RFC 4733 figure 1; the values are those of its example of "911", section 5. */
START_TEST(a_payload_says_which_key_how_long_and_whether_it_is_over)
{
	struct event_payload e;
	uint8_t again[EVENT_PAYLOAD];
	static const uint8_t first[] = {9, 0x07, 0x00, 0xc8}, last[] = {9, 0x87, 0x06, 0x40};

	ck_assert_int_eq(event_parse(first, sizeof first, &e), 0);
	ck_assert(e.event == 9 && !e.is_end && e.volume == 7 && e.duration == 200);
	event_print(&e, again);
	ck_assert_mem_eq(again, first, sizeof first);
	ck_assert_int_eq(event_parse(last, sizeof last, &e), 0);
	ck_assert(e.event == 9 && e.is_end && e.volume == 7 && e.duration == 1600);
	event_print(&e, again);
	ck_assert_mem_eq(again, last, sizeof last);

	ck_assert_int_eq(event_parse((const uint8_t[]){16, 0x40 | 63, 255, 255}, 4, &e), 0);
	ck_assert(e.event == 16 && !e.is_end && e.volume == 63 && e.duration == 65535);
	ck_assert_int_eq(event_parse(first, 3, &e), -EBADMSG);
	ck_assert_int_eq(event_parse(first, 0, &e), -EBADMSG);
}
END_TEST

START_TEST(a_payload_has_no_sound)
{
	struct codec_format f;

	codec_default(&codec_event, &f);
	ck_assert_int_eq(codec_event.samples(&f, (const uint8_t[]){1, 2, 3, 4}, 4), 0);
	ck_assert_int_eq(codec_event.samples(&f, (const uint8_t[]){1, 2, 3, 4}, 3), -EBADMSG);
	ck_assert_ptr_null(codec_event.decoder_open);
	ck_assert_ptr_null(codec_event.encoder_open);
}
END_TEST

START_TEST(every_clock_is_known)
{
	static const uint32_t clocks[] = {8000, 16000, 24000, 32000, 48000};

	for (unsigned i = 0; i < 5; i++) {
		struct codec_format f;

		ck_assert_int_eq(
			codec_format_parse(&f, "Telephone-Event", clocks[i], 1, "0-15"), 0);
		ck_assert_uint_eq(codec_clock(&f), clocks[i]);
		ck_assert_uint_eq(f.payload_type, CODEC_DYNAMIC);
	}
}
END_TEST

/* RFC 4733 2.4.1. */
START_TEST(events_are_read_and_printed)
{
	static const struct {
		const char *text;
		int error;
		uint32_t modes;
		const char *printed;
	} row[] = {
		{"", 0, 0, "0-16"},
		{"0-15", 0, 0xffff, "0-15"},
		{"0-16", 0, 0x1ffff, "0-16"},
		{" 0-15,66,70 ", 0, 0xffff, "0-15"},
		{"0-11, 16", -EINVAL, 0, NULL},
		{"0,1,2,5", 0, 0x27, "0-2,5"},
		{"31", 0, 0x80000000, "31"},
		{"0-255", 0, 0xffffffff, "0-31"},
		{"3,4", 0, 0x18, "3-4"},
		{"1 2", -EINVAL, 0, NULL},
		{"5-3", -EINVAL, 0, NULL},
		{"256", -EINVAL, 0, NULL},
		{"99999999999999999999", -EINVAL, 0, NULL},
		{"-3", -EINVAL, 0, NULL},
		{"3-", -EINVAL, 0, NULL},
		{"1,", -EINVAL, 0, NULL},
		{"1;2", 0, 2, "1"},
		{"events", -EINVAL, 0, NULL},
	};

	for (unsigned i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct codec_format f;
		char text[CODEC_FMTP];

		ck_assert_msg(codec_format_parse(&f, "telephone-event", 8000, 1,
				      row[i].text) == row[i].error,
			"%s", row[i].text);
		if (row[i].error != 0)
			continue;
		ck_assert_uint_eq(f.modes, row[i].modes);
		codec_event.fmtp_print(&f, text);
		ck_assert_str_eq(text, row[i].printed);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("event");
	TCase *all = tcase_create("event");

	tcase_add_test(all, a_payload_says_which_key_how_long_and_whether_it_is_over);
	tcase_add_test(all, a_payload_has_no_sound);
	tcase_add_test(all, every_clock_is_known);
	tcase_add_test(all, events_are_read_and_printed);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
