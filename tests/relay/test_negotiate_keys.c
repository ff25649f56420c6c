/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/negotiate_crypto.c: who speaks SRTP, with which keys, and that nobody ever sees those
 * of others.  RFC 4568, RFC 8643. */
#include <stdio.h>
#include <stdlib.h>

#include "control/base64.h"
#include "tests/relay/ng_talk.h"

/* The key behind "SUITE inline:" in what was told. */
static void
told_key(char *key, const char *suite)
{
	char begin[64];
	const char *at;

	snprintf(begin, sizeof begin, "%s inline:", suite);
	at = strstr(told, begin);
	ck_assert_msg(at != NULL, "no %s in\n%s", suite, told);
	at += strlen(begin);
	sprintf(key, "%.*s", (int)strcspn(at, "|\r"), at);
}

/* Is KEY what we seal with towards LEG? */
static void
check_seal(unsigned leg, const char *key)
{
	uint8_t bytes[64];
	ssize_t n = base64_decode(bytes, sizeof bytes, key, strlen(key));
	const struct sw_key *k = call_seal(talk_stream(leg, 0));
	const struct sw_suite_info *suite = sw_suite_info(k->suite);

	ck_assert_int_eq(n, suite->key_len + suite->salt_len);
	ck_assert_mem_eq(bytes, k->key, suite->key_len);
	ck_assert_mem_eq(bytes + suite->key_len, k->salt, suite->salt_len);
}

START_TEST(no_party_sees_a_key_of_the_other)
{
	char key[128];

	OFFER("", SAVP CRYPTO_A);
	HIDES(KEY_A);
	/* Both may well settle for the same suite: it has the same tag. */
	ck_assert_ptr_nonnull(strstr(told, "a=crypto:7 AES_CM_128_HMAC_SHA1_80"));
	ck_assert_ptr_nonnull(strstr(told, "a=crypto:8 AEAD_AES_256_GCM"));
	ANSWER("", "m=audio 5000 RTP/SAVP 0\n" CRYPTO_B);
	HIDES(KEY_B);
	told_key(key, "a=crypto:7 AES_CM_128_HMAC_SHA1_80");
	check_seal(CALLER, key);
	ck_assert_int_eq(talk_stream(CALLER, 0)->key_known, 1);
	ck_assert_int_eq(talk_stream(CALLEE, 0)->key_known, 1);
	ck_assert_int_eq(talk_stream(CALLEE, 0)->source, REQUEST_AUTO);
}
END_TEST

START_TEST(each_party_speaks_the_suite_that_it_has_chosen)
{
	char key[128];

	OFFER("", SAVP "a=crypto:1 F8_128_HMAC_SHA1_80 inline:" KEY_A "\n"
		       "a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:" KEY_A "\n");
	told_key(key, "AEAD_AES_128_GCM");
	ck_assert_int_eq(
		call_unseal(talk_stream(CALLER, 0))->suite, SW_AES_CM_128_HMAC_SHA1_32);
	ANSWER("",
		"m=audio 5000 RTP/SAVP 0\n"
		"a=crypto:4 AEAD_AES_128_GCM inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw\n");
	ck_assert_int_eq(call_unseal(talk_stream(CALLEE, 0))->suite, SW_AEAD_AES_128_GCM);
	check_seal(CALLEE, key);
	TELLS("m=audio 30000 RTP/SAVP 0");
	ck_assert_ptr_nonnull(strstr(told, "a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:"));
}
END_TEST

START_TEST(nobody_authenticates_before_the_answer)
{
	OFFER(",\"transport-protocol\":\"RTP/SAVP\"", AUDIO);
	ck_assert_int_ne(call_unseal(talk_stream(CALLEE, 0))->suite, SW_SUITE_PLAIN);
	ck_assert_int_eq(talk_stream(CALLEE, 0)->key_known, 0);
	ck_assert_int_eq(talk_stream(CALLEE, 0)->source, REQUEST_AUTO);
	ck_assert_int_eq(call_unseal(talk_stream(CALLER, 0))->suite, SW_SUITE_PLAIN);
}
END_TEST

START_TEST(a_new_offer_repeats_our_keys_until_the_port_changes)
{
	char before[128], now[128];
	struct sw_key seal;

	OFFER("", SAVP CRYPTO_A);
	told_key(before, "AES_CM_128_HMAC_SHA1_80");
	ANSWER("", "m=audio 5000 RTP/SAVP 0\n" CRYPTO_B);
	seal = *call_seal(talk_stream(CALLEE, 0));
	OFFER("", SAVP CRYPTO_A);
	told_key(now, "AES_CM_128_HMAC_SHA1_80");
	ck_assert_str_eq(before, now);
	ck_assert_mem_eq(&seal, call_seal(talk_stream(CALLEE, 0)), sizeof seal);
	OFFER(",\"flags\":[\"no-port-latching\"]", "m=audio 4100 RTP/SAVP 0\n" CRYPTO_A);
	told_key(now, "AES_CM_128_HMAC_SHA1_80");
	ck_assert_str_ne(before, now);
	check_seal(CALLEE, now);
}
END_TEST

START_TEST(keys_that_the_call_renewed_are_followed_by_others)
{
	char before[128], now[128];

	OFFER("", SAVP CRYPTO_A);
	told_key(before, "AES_CM_128_HMAC_SHA1_80");
	ANSWER("", "m=audio 5000 RTP/SAVP 0\n" CRYPTO_B);
	call_renew_keys(pair.call);
	OFFER("", SAVP CRYPTO_A);
	told_key(now, "AES_CM_128_HMAC_SHA1_80");
	ck_assert_str_ne(before, now);
	check_seal(CALLEE, now);
	ANSWER("", "m=audio 5000 RTP/SAVP 0\n" CRYPTO_B);
	told_key(now, "AES_CM_128_HMAC_SHA1_80");
	check_seal(CALLER, now);
}
END_TEST

START_TEST(a_suite_that_comes_back_comes_with_another_key)
{
	char first[128], second[128];

	OFFER("", SAVP CRYPTO_A);
	told_key(first, "AES_CM_128_HMAC_SHA1_80");
	ANSWER("", "m=audio 5000 RTP/SAVP 0\n" CRYPTO_B);
	OFFER("", SAVP CRYPTO_A);
	ANSWER("", "m=audio 5000 RTP/SAVP 0\n"
		   "a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:" KEY_B "\n");
	OFFER("", SAVP CRYPTO_A);
	told_key(second, "AES_CM_128_HMAC_SHA1_80");
	ck_assert_str_ne(first, second);
	ANSWER("", "m=audio 5000 RTP/SAVP 0\n" CRYPTO_B);
	check_seal(CALLEE, second);
}
END_TEST

START_TEST(a_line_that_comes_back_comes_with_other_keys)
{
	const char *two = SAVP CRYPTO_A "m=audio 4002 RTP/SAVP 0\n" CRYPTO_A;
	uint8_t before[SW_KEY_MAX];

	OFFER("", two);
	memcpy(before, call_seal(talk_stream(CALLEE, 1))->key, sizeof before);
	OFFER("", SAVP CRYPTO_A "m=audio 0 RTP/SAVP 0\n");
	OFFER("", two);
	ck_assert_int_ne(call_seal(talk_stream(CALLEE, 1))->suite, SW_SUITE_PLAIN);
	ck_assert_mem_ne(before, call_seal(talk_stream(CALLEE, 1))->key, sizeof before);
}
END_TEST

START_TEST(another_key_of_the_party_takes_the_place_of_the_old_one)
{
	OFFER("", SAVP CRYPTO_A);
	ANSWER("", "m=audio 5000 RTP/SAVP 0\n" CRYPTO_B);
	OFFER("", SAVP CRYPTO_B);
	ck_assert_mem_eq(call_unseal(talk_stream(CALLER, 0))->key, "defg", 4);
}
END_TEST

START_TEST(best_effort_srtp_is_spoken_when_both_want_it)
{
	OFFER(",\"OSRTP\":[\"offer\"]", AUDIO);
	TELLS("m=audio 30002 RTP/AVP 0 8 101");
	ck_assert_ptr_nonnull(strstr(told, "a=crypto:1 AEAD_AES_256_GCM"));
	ANSWER("", "m=audio 5000 RTP/AVP 0\n" CRYPTO_B);
	ck_assert_int_ne(call_unseal(talk_stream(CALLEE, 0))->suite, SW_SUITE_PLAIN);
	/* Once spoken it stays, though nobody asks for it again. */
	OFFER("", AUDIO);
	ck_assert_ptr_nonnull(strstr(told, "a=crypto:1 AEAD_AES_256_GCM"));
	ANSWER("", "m=audio 5000 RTP/AVP 0\n");
	ck_assert_int_eq(call_unseal(talk_stream(CALLEE, 0))->suite, SW_SUITE_PLAIN);
	OFFER("", AUDIO);
	HIDES("a=crypto");
}
END_TEST

START_TEST(best_effort_srtp_of_one_party_is_up_to_the_other)
{
	OFFER("", OSRTP);
	TELLS("m=audio 30002 RTP/AVP 0");
	ck_assert_ptr_nonnull(strstr(told, "a=crypto:7 AES_CM_128_HMAC_SHA1_80"));
	ANSWER("", "m=audio 5000 RTP/AVP 0\n");
	HIDES("a=crypto");
	ck_assert_int_eq(call_unseal(talk_stream(CALLER, 0))->suite, SW_SUITE_PLAIN);
	/* No key says any more who the caller is. */
	ck_assert_int_eq(talk_stream(CALLER, 0)->source, REQUEST_BEST);
	/* A line that was closed begins anew. */
	OFFER("", "m=audio 0 RTP/AVP 0\n");
	OFFER("", OSRTP);
	ANSWER("", "m=audio 5000 RTP/AVP 0\n" CRYPTO_B);
	ck_assert_ptr_nonnull(strstr(told, "a=crypto:7 AES_CM_128_HMAC_SHA1_80"));
	ck_assert_int_ne(call_unseal(talk_stream(CALLER, 0))->suite, SW_SUITE_PLAIN);
	ck_assert_int_ne(call_unseal(talk_stream(CALLEE, 0))->suite, SW_SUITE_PLAIN);
}
END_TEST

static void
check_plain(void)
{
	HIDES("a=crypto");
	for (unsigned leg = CALLER; leg <= CALLEE; leg++) {
		ck_assert_int_eq(call_unseal(talk_stream(leg, 0))->suite, SW_SUITE_PLAIN);
		ck_assert_int_eq(call_seal(talk_stream(leg, 0))->suite, SW_SUITE_PLAIN);
	}
}

START_TEST(plain_rtp_that_was_agreed_on_stays_until_the_answer)
{
	OFFER("", OSRTP);
	ANSWER("", "m=audio 5000 RTP/AVP 0\n");
	check_plain();
	OFFER("", OSRTP);
	check_plain();
	ANSWER("", "m=audio 5000 RTP/AVP 0\n" CRYPTO_B);
	check_plain();
	ck_assert_ptr_null(talk_ask(false, CALLEE, "", "m=audio 5000 RTP/AVP 0\n" CRYPTO_B));
	check_plain();
	OFFER(",\"OSRTP\":[\"offer-legacy\"]", OSRTP);
	check_plain();
	HIDES("SAVP");
}
END_TEST

/* In whatever way its party is told of SRTP, and takes it. */
static const struct {
	const char *keys, *offered, *answer;
} upgrades[] = {
	{",\"OSRTP\":[\"offer\"]", "RTP/AVP 0", "m=audio 5000 RTP/AVP 0\n" CRYPTO_B},
	{",\"transport-protocol\":\"RTP/SAVP\"", "RTP/SAVP 0", SAVP CRYPTO_B},
};

START_TEST(who_has_agreed_to_plain_rtp_hears_it_until_its_answer)
{
	static const char plain[] = "m=audio 4000 RTP/AVP 0\n";
	struct sw_key seal;
	char protocol[64], ours[512];

	OFFER("", plain);
	ANSWER("", plain);
	OFFER(upgrades[_i].keys, plain);
	snprintf(protocol, sizeof protocol, "m=audio 30002 %s\r\n", upgrades[_i].offered);
	ck_assert_msg(strstr(told, protocol) != NULL, "%s", told);
	snprintf(ours, sizeof ours, "%s", strstr(told, "AES_CM_128_HMAC_SHA1_80 inline:"));
	ck_assert_int_eq(call_seal(talk_stream(CALLEE, 0))->suite, SW_SUITE_PLAIN);
	ck_assert_int_eq(call_unseal(talk_stream(CALLEE, 0))->suite, SW_SUITE_PLAIN);
	/* Which is by the key that it was told of. */
	ANSWER("", upgrades[_i].answer);
	seal = *call_seal(talk_stream(CALLEE, 0));
	ck_assert_int_eq(seal.suite, SW_AES_CM_128_HMAC_SHA1_80);
	ck_assert_mem_eq(call_unseal(talk_stream(CALLEE, 0))->key, "defg", 4);
	OFFER("", plain);
	ck_assert_msg(strncmp(strstr(told, "AES_CM_128_HMAC_SHA1_80 inline:"), ours, 60) == 0,
		"%s%s", told, ours);
	ck_assert_mem_eq(&seal, call_seal(talk_stream(CALLEE, 0)), sizeof seal);
}
END_TEST

START_TEST(who_declines_srtp_stays_with_plain_rtp)
{
	static const char plain[] = "m=audio 4000 RTP/AVP 0\n";

	OFFER("", plain);
	ANSWER("", plain);
	OFFER(",\"OSRTP\":[\"offer\"]", plain);
	ANSWER("", plain);
	check_plain();
	OFFER("", plain);
	check_plain();
}
END_TEST

START_TEST(best_effort_srtp_that_may_have_no_keys_is_plain)
{
	OFFER(_i & 1 ? ",\"OSRTP\":[\"offer\"],\"SDES\":[\"off\"]"
		     : ",\"OSRTP\":[\"offer-legacy\"],\"SDES\":[\"off\"]",
		_i & 2 ? SAVP CRYPTO_A : AUDIO);
	HIDES("a=crypto");
	HIDES("SAVP");
	ck_assert_ptr_nonnull(strstr(told, " RTP/AVP 0"));
	ck_assert_int_eq(call_seal(talk_stream(CALLEE, 0))->suite, SW_SUITE_PLAIN);
}
END_TEST

START_TEST(best_effort_srtp_without_keys_is_plain)
{
	OFFER(",\"SDES\":[\"off\"]", OSRTP);
	check_plain();
	OFFER("", "m=audio 0 RTP/AVP 0\n");
	/* No suite is left for the callee. */
	OFFER(",\"SDES\":[\"only-NO_SUCH\"]", OSRTP);
	HIDES("a=crypto");
	ck_assert_int_eq(call_seal(talk_stream(CALLEE, 0))->suite, SW_SUITE_PLAIN);
	ANSWER("", "m=audio 5000 RTP/AVP 0\n");
	check_plain();
	/* Nor is there one for what it speaks. */
	OFFER("", "m=audio 0 RTP/AVP 0\n");
	OFFER(",\"OSRTP\":[\"offer\"]", AUDIO);
	ANSWER("", "m=audio 5000 RTP/AVP 0\n" CRYPTO_B);
	OFFER(",\"SDES\":[\"off\"]", AUDIO);
	HIDES("a=crypto");
	ANSWER("", "m=audio 5000 RTP/AVP 0\n");
	check_plain();
}
END_TEST

START_TEST(best_effort_srtp_is_accepted_as_was_asked)
{
	/* As asked with the answer, */
	OFFER(",\"transport-protocol\":\"RTP/AVP\"", OSRTP);
	HIDES("a=crypto");
	ANSWER(",\"OSRTP\":[\"accept-RFC\"]", "m=audio 5000 RTP/AVP 0\n");
	ck_assert_ptr_nonnull(strstr(told, "a=crypto:7 AES_CM_128_HMAC_SHA1_80"));
	ck_assert_int_ne(call_unseal(talk_stream(CALLER, 0))->suite, SW_SUITE_PLAIN);
	ck_assert_int_eq(call_unseal(talk_stream(CALLEE, 0))->suite, SW_SUITE_PLAIN);
	/* or with the offer; but for keys of suites that nobody has. */
	OFFER("", "m=audio 4000 RTP/AVP 0\na=crypto:1 NO_SUCH inline:" KEY_A "\n");
	HIDES("a=crypto");
	OFFER(",\"OSRTP\":[\"accept\"]", "m=audio 4000 RTP/AVP 0\n" CRYPTO_A);
	ck_assert_int_ne(call_unseal(talk_stream(CALLER, 0))->suite, SW_SUITE_PLAIN);
	ANSWER("", "m=audio 5000 RTP/AVP 0\n");
	TELLS("m=audio 30000 RTP/AVP 0");
	ck_assert_ptr_nonnull(strstr(told, "a=crypto:7 AES_CM_128_HMAC_SHA1_80"));
	/* From then on each stays with what it speaks. */
	OFFER("", OSRTP);
	HIDES("a=crypto");
	ck_assert_int_eq(call_seal(talk_stream(CALLEE, 0))->suite, SW_SUITE_PLAIN);
	ANSWER("", "m=audio 5000 RTP/AVP 0\n");
	ck_assert_ptr_nonnull(strstr(told, "a=crypto:7 AES_CM_128_HMAC_SHA1_80"));
	ck_assert_int_ne(call_seal(talk_stream(CALLER, 0))->suite, SW_SUITE_PLAIN);
}
END_TEST

START_TEST(a_medium_in_two_lines_is_one)
{
	/* The callee has just the one, of SRTP. */
	OFFER(",\"OSRTP\":[\"accept-legacy\"]",
		"m=audio 4000 RTP/AVP 0\n"
		"m=audio 4000 RTP/SAVP 0\n" CRYPTO_A "m=video 4002 RTP/AVP 34\n");
	TELLS("m=audio 30004 RTP/SAVP 0");
	TELLS("m=video 30006 RTP/AVP 34");
	HIDES("m=audio 30004 RTP/AVP");
	ck_assert_uint_eq(pair.call->leg[CALLER].streams, 2);
	ANSWER("", "m=audio 5000 RTP/SAVP 0\n" CRYPTO_B "m=video 5002 RTP/AVP 34\n");
	TELLS("m=audio 0 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\nm=audio 30000 RTP/SAVP 0");
	TELLS("m=video 30002 RTP/AVP 34");
	ck_assert_int_ne(call_unseal(talk_stream(CALLER, 0))->suite, SW_SUITE_PLAIN);
	/* It stays two towards the caller, whoever offers, */
	ck_assert_ptr_null(talk_ask(false, CALLEE, "",
		"m=audio 5000 RTP/SAVP 0\n" CRYPTO_B "m=video 5002 RTP/AVP 34\n"));
	TELLS("m=audio 0 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\nm=audio 30000 RTP/SAVP 0");
	/* and is refused as two. */
	OFFER("", "m=audio 4000 RTP/SAVP 0\n" CRYPTO_A "m=audio 4000 RTP/AVP 0\n"
		  "m=video 4002 RTP/AVP 34\n");
	ANSWER("", "m=audio 0 RTP/SAVP 0\nm=video 5002 RTP/AVP 34\n");
	TELLS("m=audio 0 RTP/SAVP 0\r\nc=IN IP4 0.0.0.0\r\nm=audio 0 RTP/AVP 0");
}
END_TEST

START_TEST(two_media_stay_two)
{
	OFFER(",\"OSRTP\":[\"accept\"]", "m=audio 4000 RTP/AVP 0\n"
					 "m=audio 4002 RTP/SAVP 0\n" CRYPTO_A);
	TELLS("m=audio 30004 RTP/AVP 0");
	TELLS("m=audio 30006 RTP/SAVP 0");
}
END_TEST

START_TEST(two_lines_are_offered_for_one_and_one_is_taken)
{
	OFFER(",\"OSRTP\":[\"offer-legacy\"]", AUDIO);
	TELLS("m=audio 30002 RTP/AVP 0 8 101");
	TELLS("m=audio 30002 RTP/SAVP 0 8 101");
	ck_assert(strstr(told, "RTP/AVP") < strstr(told, "RTP/SAVP"));
	ck_assert(strstr(told, "RTP/SAVP") < strstr(told, "a=crypto"));
	ANSWER("", "m=audio 0 RTP/AVP 0\nm=audio 5000 RTP/SAVP 0\n" CRYPTO_B);
	TELLS("m=audio 30000 RTP/AVP 0");
	HIDES("SAVP");
	ck_assert_int_ne(call_unseal(talk_stream(CALLEE, 0))->suite, SW_SUITE_PLAIN);
	OFFER("", AUDIO);
	TELLS("m=audio 0 RTP/AVP 0 8 101");
	TELLS("m=audio 30002 RTP/SAVP 0 8 101");
	ANSWER("", "m=audio 5000 RTP/AVP 0\nm=audio 0 RTP/SAVP 0\n");
	ck_assert_int_eq(call_unseal(talk_stream(CALLEE, 0))->suite, SW_SUITE_PLAIN);
	ck_assert_uint_eq(talk_stream(CALLEE, 0)->remote.port, 5000);
	OFFER("", AUDIO);
	TELLS("m=audio 30002 RTP/AVP 0 8 101");
	TELLS("m=audio 0 RTP/SAVP 0 8 101");
}
END_TEST

START_TEST(two_lines_are_offered_for_new_ones_alone)
{
	const char *two = AUDIO "m=video 4002 RTP/AVP 34\n";
	const char *legacy = ",\"OSRTP\":[\"offer-legacy\"]";

	OFFER(",\"transport-protocol\":\"RTP/SAVP\"", two);
	ANSWER("", "m=audio 5000 RTP/SAVP 0\n" CRYPTO_B "m=video 5002 RTP/SAVP 34\n" CRYPTO_B);
	OFFER(legacy, two);
	TELLS("m=audio 30004 RTP/SAVP 0 8 101");
	TELLS("m=video 30006 RTP/SAVP 34");
	HIDES("RTP/AVP");
}
END_TEST

START_TEST(one_line_of_two_stays_refused)
{
	const char *legacy = ",\"OSRTP\":[\"offer-legacy\"]";

	OFFER(legacy, AUDIO);
	ANSWER("", "m=audio 5000 RTP/AVP 0\nm=audio 0 RTP/SAVP 0\n");
	OFFER(legacy, OSRTP);
	TELLS("m=audio 30002 RTP/AVP 0");
	TELLS("m=audio 0 RTP/SAVP 0");
	check_plain();
	/* Nor is it open beside best-effort SRTP. */
	OFFER(",\"OSRTP\":[\"offer\",\"offer-legacy\"]", AUDIO);
	TELLS("m=audio 30002 RTP/AVP 0 8 101");
	TELLS("m=audio 0 RTP/SAVP 0 8 101");
}
END_TEST

START_TEST(two_lines_that_become_a_fax_are_one)
{
	const char *fax = "m=image 4000 udptl t38\nm=video 4002 RTP/AVP 34\n";

	OFFER(",\"OSRTP\":[\"offer-legacy\"]", AUDIO "m=video 4002 RTP/AVP 34\n");
	ANSWER("", "m=audio 5000 RTP/AVP 0\nm=audio 0 RTP/SAVP 0\n"
		   "m=video 5002 RTP/AVP 34\nm=video 0 RTP/SAVP 34\n");
	OFFER("", fax);
	ck_assert_ptr_nonnull(strstr(told, "m=image 0 RTP/SAVP t38"));
	ANSWER("", "m=image 5000 udptl t38\nm=image 0 RTP/SAVP t38\n"
		   "m=video 5002 RTP/AVP 34\nm=video 0 RTP/SAVP 34\n");
	TELLS("m=image 30000 udptl t38");
	TELLS("m=video 30002 RTP/AVP 34");
	ck_assert_uint_eq(talk_stream(CALLEE, 1)->remote.port, 5002);
}
END_TEST

static unsigned
count_told(void)
{
	unsigned n = 0;

	for (const char *at = told; (at = strstr(at, "\nm=")) != NULL; at++)
		n++;
	return n;
}

#define VIDEO "m=video 4002 RTP/AVP 34\n"
#define TWICE_B "m=audio 5000 RTP/AVP 0\nm=audio 0 RTP/SAVP 0\n"
#define VIDEO_TWICE_B "m=video 5002 RTP/AVP 34\nm=video 0 RTP/SAVP 34\n"

/* What who has two lines for a medium may offer in their place, and what its peer makes of
 * that. */
static const struct {
	const char *lines, *answer;
	unsigned each; /* lines that both have then */
} others[] = {
	{"m=image 5000 udptl t38\nm=audio 0 RTP/SAVP 0\n",
		"m=image 4000 udptl t38\nm=audio 0 RTP/SAVP 0\n", 2},
	{"m=audio 0 RTP/AVP 0\nm=image 5000 udptl t38\n",
		"m=audio 0 RTP/AVP 0\nm=image 4000 udptl t38\n", 2},
	{"m=audio 5000 RTP/AVP 0\nm=video 5004 RTP/AVP 34\n",
		"m=audio 4000 RTP/AVP 0\nm=video 4004 RTP/AVP 34\n", 2},
	{"m=audio 0 RTP/AVP 0\nm=video 5004 RTP/AVP 34\nm=image 5000 udptl t38\n",
		"m=audio 0 RTP/AVP 0\nm=video 4004 RTP/AVP 34\nm=image 4000 udptl t38\n", 3},
};
enum { OTHERS = sizeof others / sizeof *others };

/* The number of its lines never falls: RFC 3264 section 8. */
START_TEST(two_lines_stay_two_when_something_else_was_refused)
{
	char text[512], line[64];
	bool video = _i >= OTHERS;

	OFFER(",\"OSRTP\":[\"offer-legacy\"]", video ? AUDIO VIDEO : AUDIO);
	ANSWER("", video ? TWICE_B VIDEO_TWICE_B : TWICE_B);
	snprintf(text, sizeof text, "%s%s", others[_i % OTHERS].lines,
		video ? VIDEO_TWICE_B : "");
	ck_assert_ptr_null(talk_ask(false, CALLEE, "", text));
	OFFER("", video ? AUDIO VIDEO : AUDIO);
	ck_assert_uint_eq(count_told(), video ? 4 : 2);
	snprintf(line, sizeof line, "m=audio %u RTP/AVP 0 8 101\r\n",
		talk_stream(CALLEE, 0)->port);
	ck_assert_ptr_nonnull(strstr(told, line));
	TELLS("m=audio 0 RTP/SAVP 0 8 101");
	ck_assert(strstr(told, line) < strstr(told, "m=audio 0 RTP/SAVP"));
	ANSWER("", video ? TWICE_B VIDEO_TWICE_B : TWICE_B);
	ck_assert_uint_eq(count_told(), video ? 2 : 1);
	ck_assert_uint_eq(talk_stream(CALLEE, 0)->remote.port, 5000);
	if (video)
		ck_assert_uint_eq(talk_stream(CALLEE, 1)->remote.port, 5002);
	/* They mean what they meant when it offers itself. */
	ck_assert_ptr_null(talk_ask(false, CALLEE, "", text));
	ck_assert_ptr_null(
		talk_ask(false, CALLEE, "", video ? TWICE_B VIDEO_TWICE_B : TWICE_B));
	ck_assert_uint_eq(talk_stream(CALLEE, 0)->remote.port, 5000);
	ck_assert_ptr_null(talk_ask(true, CALLER, "", video ? AUDIO VIDEO : AUDIO));
	ck_assert_uint_eq(count_told(), video ? 4 : 2);
	TELLS("m=audio 0 RTP/SAVP 0");
}
END_TEST

/* Two that became one each are that once it is answered. */
START_TEST(two_lines_are_no_longer_one_when_that_was_answered)
{
	OFFER(",\"OSRTP\":[\"offer-legacy\"]", AUDIO);
	ANSWER("", TWICE_B);
	for (unsigned again = 0; again < 2; again++) {
		ck_assert_ptr_null(talk_ask(false, CALLEE, "", others[_i].lines));
		ck_assert_uint_eq(count_told(), others[_i].each);
		ck_assert_ptr_null(talk_ask(true, CALLER, "", others[_i].answer));
		ck_assert_uint_eq(count_told(), others[_i].each);
		HIDES("m=image 0 RTP");
		OFFER("", others[_i].answer);
		ck_assert_uint_eq(count_told(), others[_i].each);
		ANSWER("", others[_i].lines);
		ck_assert_uint_eq(count_told(), others[_i].each);
	}
}
END_TEST

START_TEST(srtp_that_ends_is_no_srtp)
{
	OFFER("", SAVP CRYPTO_A);
	ANSWER("", "m=audio 5000 RTP/SAVP 0\n" CRYPTO_B);
	OFFER("", AUDIO);
	TELLS("m=audio 30002 RTP/AVP 0 8 101");
	HIDES("a=crypto");
	ANSWER("", "m=audio 5000 RTP/AVP 0\n");
	ck_assert_int_eq(call_unseal(talk_stream(CALLER, 0))->suite, SW_SUITE_PLAIN);
	ck_assert_int_eq(call_seal(talk_stream(CALLEE, 0))->suite, SW_SUITE_PLAIN);
}
END_TEST

START_TEST(what_was_asked_of_a_leg_holds_until_the_other_one_changes)
{
	OFFER(",\"transport-protocol\":\"RTP/SAVP\"", AUDIO);
	ANSWER("", "m=audio 5000 RTP/SAVP 0\n" CRYPTO_B);
	TELLS("m=audio 30000 RTP/AVP 0");
	OFFER("", AUDIO);
	TELLS("m=audio 30002 RTP/SAVP 0 8 101");
	ck_assert_ptr_null(talk_ask(false, CALLEE, "", "m=audio 5000 RTP/SAVP 0\n" CRYPTO_B));
	TELLS("m=audio 30000 RTP/AVP 0");
	HIDES("a=crypto");
}
END_TEST

START_TEST(feedback_is_kept_from_who_does_not_speak_it)
{
	OFFER(",\"transport-protocol\":\"RTP/AVP\"", "m=audio 4000 RTP/AVPF 0\n");
	TELLS("m=audio 30002 RTP/AVP 0");
	ck_assert_int_eq(talk_stream(CALLER, 0)->no_feedback, 0);
	ck_assert_int_eq(talk_stream(CALLEE, 0)->no_feedback, 1);
	OFFER(",\"transport-protocol\":\"RTP/AVPF\"", "m=audio 4000 RTP/AVP 0\n");
	ck_assert_int_eq(talk_stream(CALLER, 0)->no_feedback, 1);
	ck_assert_int_eq(talk_stream(CALLEE, 0)->no_feedback, 0);
	/* An answer's word counts when it is to, and secures no less. */
	ANSWER("", "m=audio 5000 RTP/AVPF 0\n");
	TELLS("m=audio 30000 RTP/AVP 0");
	ANSWER(",\"transport-protocol\":\"accept\"", "m=audio 5000 RTP/AVPF 0\n");
	TELLS("m=audio 30000 RTP/AVPF 0");
}
END_TEST

static void
add_keys(Suite *s)
{
	TCase *t = tcase_create("keys");

	tcase_add_checked_fixture(t, talk_setup, talk_teardown);
	tcase_add_test(t, no_party_sees_a_key_of_the_other);
	tcase_add_test(t, each_party_speaks_the_suite_that_it_has_chosen);
	tcase_add_test(t, nobody_authenticates_before_the_answer);
	tcase_add_test(t, a_new_offer_repeats_our_keys_until_the_port_changes);
	tcase_add_test(t, keys_that_the_call_renewed_are_followed_by_others);
	tcase_add_test(t, a_suite_that_comes_back_comes_with_another_key);
	tcase_add_test(t, a_line_that_comes_back_comes_with_other_keys);
	tcase_add_test(t, another_key_of_the_party_takes_the_place_of_the_old_one);
	tcase_add_test(t, best_effort_srtp_is_spoken_when_both_want_it);
	tcase_add_test(t, best_effort_srtp_of_one_party_is_up_to_the_other);
	tcase_add_test(t, plain_rtp_that_was_agreed_on_stays_until_the_answer);
	tcase_add_loop_test(t, who_has_agreed_to_plain_rtp_hears_it_until_its_answer, 0,
		sizeof upgrades / sizeof *upgrades);
	tcase_add_test(t, who_declines_srtp_stays_with_plain_rtp);
	tcase_add_loop_test(t, best_effort_srtp_that_may_have_no_keys_is_plain, 0, 4);
	tcase_add_test(t, best_effort_srtp_without_keys_is_plain);
	tcase_add_test(t, best_effort_srtp_is_accepted_as_was_asked);
	tcase_add_test(t, a_medium_in_two_lines_is_one);
	tcase_add_test(t, two_media_stay_two);
	tcase_add_test(t, two_lines_are_offered_for_one_and_one_is_taken);
	tcase_add_test(t, two_lines_are_offered_for_new_ones_alone);
	tcase_add_test(t, one_line_of_two_stays_refused);
	tcase_add_test(t, two_lines_that_become_a_fax_are_one);
	tcase_add_loop_test(
		t, two_lines_stay_two_when_something_else_was_refused, 0, 2 * OTHERS);
	tcase_add_loop_test(t, two_lines_are_no_longer_one_when_that_was_answered, 0, OTHERS);
	tcase_add_test(t, srtp_that_ends_is_no_srtp);
	tcase_add_test(t, what_was_asked_of_a_leg_holds_until_the_other_one_changes);
	tcase_add_test(t, feedback_is_kept_from_who_does_not_speak_it);
	suite_add_tcase(s, t);
}

int
main(void)
{
	Suite *s = suite_create("negotiate_keys");
	SRunner *r = srunner_create(s);
	int failed;

	add_keys(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
