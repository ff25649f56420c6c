/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/sid.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>

#include "tests/bench/runner.h"

/* The keys of a node of servald's: tests/vectors/vomp/keys.json, A. */
static const char text[] = "0A07D706564D490845A0ECDF8370B32FD639BF0EDFF79EA6FFE2EAB3D563D25E";
static const uint8_t seed[] = {0x7b, 0x4c, 0x98, 0x9c, 0x4d, 0xe6, 0x97, 0xe3, 0x4f, 0x43,
	0x56, 0xfe, 0xf9, 0x2c, 0x5e, 0xc7, 0x5e, 0x97, 0x03, 0x63, 0x0a, 0xcf, 0x1b, 0xf7,
	0x98, 0x72, 0xc9, 0xf5, 0xb8, 0xce, 0x30, 0xb1};

START_TEST(an_address_is_64_digits)
{
	struct sid sid, again;
	char printed[SID_TEXT], wrong[SID_TEXT + 1];

	ck_assert_int_eq(sid_parse(&sid, text), 0);
	ck_assert(sid.b[0] == 0x0a && sid.b[1] == 0x07 && sid.b[31] == 0x5e);
	sid_print(&sid, printed);
	ck_assert_str_eq(printed, text);
	for (char *c = printed; *c != '\0'; c++)
		if (*c >= 'A')
			*c = (char)(*c + 'a' - 'A');
	ck_assert_int_eq(sid_parse(&again, printed), 0);
	ck_assert(sid_equal(&sid, &again) && sid_order(&sid, &again) == 0);

	snprintf(wrong, sizeof wrong, "%s0", text);
	ck_assert_int_eq(sid_parse(&again, wrong), -EINVAL);
	wrong[SID_TEXT - 2] = '\0';
	ck_assert_int_eq(sid_parse(&again, wrong), -EINVAL);
	snprintf(wrong, sizeof wrong, "%s", text);
	wrong[10] = 'g';
	ck_assert_int_eq(sid_parse(&again, wrong), -EINVAL);
	ck_assert_int_eq(sid_parse(&again, ""), -EINVAL);
	ck_assert(sid_equal(&sid, &again));
}
END_TEST

START_TEST(all_follows_from_the_seed)
{
	struct mesh_identity id = {.did = "555001"};
	struct sid sid;
	char printed[SID_TEXT];

	memcpy(id.seed, seed, sizeof seed);
	mesh_identity_derive(&id);
	sid_print(&id.sid, printed);
	ck_assert_str_eq(printed, text);
	ck_assert_mem_eq(id.sign_secret, seed, sizeof seed);
	ck_assert_mem_eq(id.sign_secret + sizeof seed, id.sign_public, MESH_KEY);
	ck_assert_str_eq(id.did, "555001");
	ck_assert_int_eq(mesh_sid_of_sign(&sid, id.sign_public), 0);
	ck_assert(sid_equal(&sid, &id.sid));
}
END_TEST

START_TEST(what_is_no_key_has_no_address)
{
	/* The neutral element, and a point that is not on the curve. */
	static const uint8_t wrong[][MESH_KEY] = {{1}, {2}};
	struct sid sid;

	for (unsigned i = 0; i < 2; i++)
		ck_assert_int_eq(mesh_sid_of_sign(&sid, wrong[i]), -EBADMSG);
}
END_TEST

START_TEST(a_number_has_5_to_31_digits)
{
	static const char *const good[] = {
		"12345", "+4930123456", "*100#", "0123456789012345678901234567890"};
	static const char *const bad[] = {
		"", "1234", "01234567890123456789012345678901", "12345a", "12 345", "1234\n"};

	for (unsigned i = 0; i < sizeof good / sizeof good[0]; i++)
		ck_assert_msg(mesh_did_is_valid(good[i]), "%s", good[i]);
	for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert_msg(!mesh_did_is_valid(bad[i]), "%s", bad[i]);
}
END_TEST

/* Sequences of the Unicode standard, version 15, tables 3-7 and 3-8, and of section 3.9. */
START_TEST(a_name_is_utf_8_without_controls_and_bars)
{
	static const char *const good[] = {"", "Alice", "J\xc3\xbcrgen",
		"\xe4\xba\x8c\xf0\x90\x8c\x82", "\xed\x9f\xbf", "\xee\x80\x80",
		"\xf4\x8f\xbf\xbf", "a~{}"};
	static const char *const bad[] = {"a|b", "a\nb", "a\x1f", "a\x7f", "\xc0\xaf",
		"\xc1\xbf", "\xe0\x9f\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80", "\x80", "\xc3", "\xe4\xba", "\xf0\x90\x8c", "\xe4\xba\xff",
		"\xf0\x8f\x80\x80", "\xc3\xc3"};
	char longest[MESH_NAME + 1];

	for (unsigned i = 0; i < sizeof good / sizeof good[0]; i++)
		ck_assert_msg(mesh_name_is_valid(good[i]), "%s", good[i]);
	for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert_msg(!mesh_name_is_valid(bad[i]), "row %u", i);
	memset(longest, 'n', sizeof longest);
	longest[MESH_NAME] = '\0';
	ck_assert(!mesh_name_is_valid(longest));
	longest[MESH_NAME - 1] = '\0';
	ck_assert(mesh_name_is_valid(longest));
}
END_TEST

START_TEST(a_name_is_cut_between_characters)
{
	ck_assert_uint_eq(mesh_name_fits("J\xc3\xbcrgen", 7, 7), 7);
	ck_assert_uint_eq(mesh_name_fits("J\xc3\xbcrgen", 7, 3), 3);
	ck_assert_uint_eq(mesh_name_fits("J\xc3\xbcrgen", 7, 2), 1);
	ck_assert_uint_eq(mesh_name_fits("J\xc3\xbcrgen", 7, 0), 0);
	ck_assert_uint_eq(mesh_name_fits("J\xc3\xbc|gen", 7, 7), 3);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sid");
	TCase *all = tcase_create("sid");

	tcase_add_test(all, an_address_is_64_digits);
	tcase_add_test(all, all_follows_from_the_seed);
	tcase_add_test(all, what_is_no_key_has_no_address);
	tcase_add_test(all, a_number_has_5_to_31_digits);
	tcase_add_test(all, a_name_is_utf_8_without_controls_and_bars);
	tcase_add_test(all, a_name_is_cut_between_characters);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
