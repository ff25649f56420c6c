/* SPDX-License-Identifier: Apache-2.0
 *
 * control/websocket.c.  Expected bytes are those of RFC 6455's examples. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "control/websocket.h"

/* Section 5.7: "Hello", masked. */
static const uint8_t hello[] = {
	0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58};

START_TEST(the_example_of_the_rfc_is_read)
{
	uint8_t bytes[sizeof hello];
	struct websocket_head h;

	memcpy(bytes, hello, sizeof hello);
	ck_assert_int_eq(websocket_read_head(bytes, sizeof bytes, &h), 1);
	ck_assert(h.last);
	ck_assert_uint_eq(h.opcode, WEBSOCKET_TEXT);
	ck_assert_uint_eq(h.size, 6);
	ck_assert_uint_eq(h.len, 5);
	websocket_mask(bytes + h.size, h.len, h.mask);
	ck_assert_mem_eq(bytes + h.size, "Hello", 5);
}
END_TEST

START_TEST(half_a_head_waits_for_the_rest)
{
	static const uint8_t longest[WEBSOCKET_HEAD] = {0x82, 0xff, [7] = 1};
	struct websocket_head h;

	for (size_t n = 0; n < 6; n++)
		ck_assert_int_eq(websocket_read_head(hello, n, &h), 0);
	for (size_t n = 0; n < sizeof longest; n++)
		ck_assert_int_eq(websocket_read_head(longest, n, &h), 0);
	ck_assert_int_eq(websocket_read_head(longest, sizeof longest, &h), 1);
	ck_assert_uint_eq(h.len, 65536);
	ck_assert_uint_eq(h.size, WEBSOCKET_HEAD);
}
END_TEST

START_TEST(what_breaks_the_rules_is_refused)
{
	static const struct {
		const char *what;
		uint8_t head[WEBSOCKET_HEAD];
	} rows[] = {
		{"not masked", {0x81, 0x05}},
		{"a reserved bit", {0xc1, 0x85}},
		{"an unknown opcode", {0x83, 0x85}},
		{"an unknown opcode of the connection", {0x8b, 0x85}},
		{"a ping in pieces", {0x09, 0x80}},
		{"a long ping", {0x89, 0xfe, 0, 126}},
		{"125 in two bytes", {0x81, 0xfe, 0, 125}},
		{"65,535 in eight bytes", {0x81, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff}},
		{"64 bits", {0x81, 0xff, 0x80}},
	};
	struct websocket_head h;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		ck_assert_msg(websocket_read_head(rows[i].head, WEBSOCKET_HEAD, &h) == -EPROTO,
			"%s", rows[i].what);
}
END_TEST

static int
take(struct websocket *w, uint8_t opcode, bool last, size_t len)
{
	const struct websocket_head h = {.opcode = opcode, .last = last, .len = len};

	return websocket_take(w, &h, 100);
}

START_TEST(pieces_come_in_order_and_control_between_them)
{
	struct websocket w = {0};

	ck_assert_int_eq(take(&w, WEBSOCKET_MORE, true, 1), -EPROTO);
	ck_assert_int_eq(take(&w, WEBSOCKET_TEXT, false, 1), 0);
	ck_assert_int_eq(take(&w, WEBSOCKET_TEXT, true, 1), -EPROTO);
	ck_assert_int_eq(take(&w, WEBSOCKET_PING, true, 1), 0);
	ck_assert_int_eq(take(&w, WEBSOCKET_MORE, false, 0), 0);
	ck_assert_int_eq(take(&w, WEBSOCKET_MORE, true, 1), 0);
	ck_assert_int_eq(take(&w, WEBSOCKET_MORE, true, 1), -EPROTO);
	ck_assert_int_eq(take(&w, WEBSOCKET_BINARY, true, 0), 0);
}
END_TEST

START_TEST(a_message_is_bounded_with_all_its_pieces)
{
	struct websocket w = {0};

	ck_assert_int_eq(take(&w, WEBSOCKET_TEXT, true, 101), -EMSGSIZE);
	ck_assert_int_eq(take(&w, WEBSOCKET_TEXT, false, 60), 0);
	ck_assert_int_eq(take(&w, WEBSOCKET_MORE, false, 41), -EMSGSIZE);
	ck_assert_int_eq(take(&w, WEBSOCKET_MORE, true, SIZE_MAX), -EMSGSIZE);
	ck_assert_int_eq(take(&w, WEBSOCKET_MORE, true, 40), 0);
	ck_assert_int_eq(take(&w, WEBSOCKET_TEXT, true, 100), 0);
}
END_TEST

/* Section 5.7: 256 bytes, and 65,536. */
START_TEST(our_heads_are_those_of_the_rfc)
{
	static const uint8_t small[] = {0x81, 0x05}, middle[] = {0x82, 0x7e, 0x01, 0x00};
	static const uint8_t large[] = {0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0};
	uint8_t head[WEBSOCKET_HEAD_OUT];

	ck_assert_uint_eq(websocket_write_head(head, WEBSOCKET_TEXT, 5), sizeof small);
	ck_assert_mem_eq(head, small, sizeof small);
	ck_assert_uint_eq(websocket_write_head(head, WEBSOCKET_BINARY, 256), sizeof middle);
	ck_assert_mem_eq(head, middle, sizeof middle);
	ck_assert_uint_eq(websocket_write_head(head, WEBSOCKET_BINARY, 65536), sizeof large);
	ck_assert_mem_eq(head, large, sizeof large);
}
END_TEST

/* Section 1.3. */
START_TEST(the_handshake_is_answered_as_in_the_rfc)
{
	static const char *const bad[] = {"",
		"dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ",
		"dGhlIHNhbXBsZSBub25jZQ===", "dGhlIHNhbXBsZSBub25jZQAA",
		"dGhlIHNhbXBsZSBub2 jZQ=="};
	char accept[WEBSOCKET_ACCEPT];

	ck_assert(websocket_accept("dGhlIHNhbXBsZSBub25jZQ==", accept));
	ck_assert_str_eq(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(!websocket_accept(bad[i], accept), "%s", bad[i]);
}
END_TEST

START_TEST(words_of_a_list_are_found_whole)
{
	ck_assert(websocket_names("keep-alive, Upgrade", "upgrade"));
	ck_assert(websocket_names("upgrade", "upgrade"));
	ck_assert(websocket_names("a,ng.rtpengine.com ,b", "ng.rtpengine.com"));
	ck_assert(!websocket_names("ng.rtpengine.com.example", "ng.rtpengine.com"));
	ck_assert(!websocket_names("", "upgrade"));
	ck_assert(!websocket_names(" , ", "upgrade"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("websocket");
	TCase *t = tcase_create("websocket");
	SRunner *r;
	int failed;

	tcase_add_test(t, the_example_of_the_rfc_is_read);
	tcase_add_test(t, half_a_head_waits_for_the_rest);
	tcase_add_test(t, what_breaks_the_rules_is_refused);
	tcase_add_test(t, pieces_come_in_order_and_control_between_them);
	tcase_add_test(t, a_message_is_bounded_with_all_its_pieces);
	tcase_add_test(t, our_heads_are_those_of_the_rfc);
	tcase_add_test(t, the_handshake_is_answered_as_in_the_rfc);
	tcase_add_test(t, words_of_a_list_are_found_whole);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
