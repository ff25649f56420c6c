/* SPDX-License-Identifier: Apache-2.0
 *
 * bench/ng_text.c: what the NG bench says is bencode (BEP 3), and it reads what it is told.
 * Answers are rtpengine 26.3's. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/ng_text.h"
#include "tests/bench/runner.h"

/* The end of the value at AT; NULL: it is none. */
static const char *
skip(const char *at, const char *end)
{
	char *rest;
	unsigned long len;

	if (at >= end)
		return NULL;
	if (*at == 'i') {
		at = memchr(at, 'e', (size_t)(end - at));
		return at != NULL ? at + 1 : NULL;
	}
	if (*at == 'd' || *at == 'l') {
		for (at++; at != NULL && at < end && *at != 'e';)
			at = skip(at, end);
		return at != NULL && at < end ? at + 1 : NULL;
	}
	len = strtoul(at, &rest, 10);
	return rest != at && *rest == ':' && len < (size_t)(end - rest) ? rest + 1 + len
									: NULL;
}

START_TEST(every_request_is_a_whole_dictionary_behind_its_cookie)
{
	char text[NG_TEXT + 1];
	uint64_t running;
	unsigned slot;

	for (unsigned i = 0; i < 2 * NG_STEPS; i++) {
		bool srtp = i >= NG_STEPS;
		size_t len = ng_text_put(
			text, i % NG_STEPS, 4000000000, srtp, 7, 4095, 1234567890123);
		const char *body;

		ck_assert_uint_lt(len, NG_TEXT);
		ck_assert(ng_text_cookie(text, len, &slot, &running));
		ck_assert_uint_eq(slot, 4095);
		ck_assert_uint_eq(running, 1234567890123);
		body = (const char *)memchr(text, ' ', len) + 1;
		ck_assert_ptr_eq(skip(body, text + len), text + len);
		ck_assert_ptr_nonnull(memmem(body, (size_t)(text + len - body),
			ng_step_name[i % NG_STEPS], strlen(ng_step_name[i % NG_STEPS])));
	}
}
END_TEST

START_TEST(calls_have_ids_of_their_own_and_a_call_keeps_its)
{
	char offer[NG_TEXT], answer[NG_TEXT], other[NG_TEXT];
	size_t len = ng_text_put(offer, NG_OFFER, 1, false, 0, 0, 1);
	const char *id = memmem(offer, len, "call-id", 7), *its;

	len = ng_text_put(answer, NG_ANSWER, 1, false, 0, 0, 2);
	its = memmem(answer, len, "call-id", 7);
	ck_assert_int_eq(memcmp(id, its, 32), 0);
	len = ng_text_put(other, NG_OFFER, 2, false, 0, 0, 3);
	its = memmem(other, len, "call-id", 7);
	ck_assert_int_ne(memcmp(id, its, 32), 0);
}
END_TEST

START_TEST(the_tag_of_the_suite_is_found_in_an_offer)
{
	static const char sdp[] =
		"c_1 d3:sdp142:v=0\r\nm=audio 31848 RTP/SAVP 0\r\n"
		"a=crypto:1 AEAD_AES_256_GCM inline:gKczM\r\n"
		"a=crypto:12 AES_CM_128_HMAC_SHA1_80 inline:1UuCZAg2\r\n"
		"a=crypto:13 AES_CM_128_HMAC_SHA1_32 inline:iAKPyOBH\r\n6:result2:oke";

	ck_assert_uint_eq(ng_text_tag(sdp, sizeof sdp - 1), 12);
	ck_assert_uint_eq(ng_text_tag(sdp, 60), 0);
	ck_assert_uint_eq(ng_text_tag("", 0), 0);
}
END_TEST

START_TEST(an_answer_says_whether_all_is_well)
{
	static const char ok[] = "0_7 d3:sdp3:v=06:result2:oke",
			  error[] = "0_7 d6:result5:error12:error-reason15:Unknown call-ide",
			  stray[] = "pong";
	uint64_t running;
	unsigned slot;

	ck_assert(ng_text_is_ok(ok, sizeof ok - 1));
	ck_assert(!ng_text_is_ok(error, sizeof error - 1));
	ck_assert(ng_text_cookie(error, sizeof error - 1, &slot, &running));
	ck_assert_uint_eq(running, 7);
	ck_assert(!ng_text_cookie(stray, sizeof stray - 1, &slot, &running));
	ck_assert(!ng_text_cookie("0_7x d", 6, &slot, &running));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ng_text");
	TCase *t = tcase_create("text");

	tcase_add_test(t, every_request_is_a_whole_dictionary_behind_its_cookie);
	tcase_add_test(t, calls_have_ids_of_their_own_and_a_call_keeps_its);
	tcase_add_test(t, the_tag_of_the_suite_is_found_in_an_offer);
	tcase_add_test(t, an_answer_says_whether_all_is_well);
	suite_add_tcase(s, t);
	return run_suite(s);
}
