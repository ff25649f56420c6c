/* SPDX-License-Identifier: Apache-2.0
 *
 * control/sdes.c.  Lines are those of RFC 4568 and those that rtpengine 26.3 wrote
 * (tests/vectors/ng). */
#include <check.h>
#include <errno.h>

#include "control/sdes.h"
#include "dataplane/suite.h"
#include "tests/control/ng_answers.h"

static const struct ng_request nothing;
static struct arena *arena;

static void
setup(void)
{
	arena = arena_open(1 << 20);
}

static void
teardown(void)
{
	arena_close(arena);
}

/* The media of an SDP with these attributes. */
static const struct sdp_media *
media(const char *attributes)
{
	struct sdp *s = arena_take(arena, sizeof *s);
	struct slice text = arena_print(arena,
		"v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.2\r\n"
		"m=audio 4000 RTP/SAVP 0\r\n%s",
		attributes);

	ck_assert_int_eq(sdp_read(s, arena, text.at, text.len), SDP_OK);
	return &s->media[0];
}

static int
read_line(const char *line, struct sdes_key *k)
{
	const struct sdp_media *m = media(line);

	ck_assert_uint_eq(m->cryptos, 1);
	return sdes_read(&m->crypto[0], k);
}

static struct ng_list
names(const char *const *text, size_t n)
{
	struct slice *at = arena_array(arena, n, sizeof *at);

	for (size_t i = 0; i < n; i++)
		at[i] = slice_of(text[i]);
	return (struct ng_list){at, n};
}

#define NAMES(...)                                \
	names((const char *const[]){__VA_ARGS__}, \
		sizeof(const char *const[]){__VA_ARGS__} / sizeof(char *))

static void
check_offer(
	const struct ng_request *r, const char *from, const enum sdes_suite *want, unsigned n)
{
	struct sdes_list l;

	sdes_offer(&l, from != NULL ? media(from) : NULL, r);
	ck_assert_uint_eq(l.n, n);
	for (unsigned i = 0; i < n; i++)
		ck_assert_uint_eq(l.suite[i], want[i]);
}

#define CHECK_OFFER(r, from, ...)                                    \
	check_offer(r, from, (const enum sdes_suite[]){__VA_ARGS__}, \
		sizeof(const enum sdes_suite[]){__VA_ARGS__} / sizeof(enum sdes_suite))

#define KEY30 "PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR" /* RFC 4568 section 4.1 */
#define LINE_80 "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30
#define LINE_32 "a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:" KEY30
#define LINE_F8 "a=crypto:3 F8_128_HMAC_SHA1_80 inline:" KEY30

/* ---- Suites. ---- */

START_TEST(suites_are_those_of_the_switch)
{
	for (int i = 0; i < SDES_SUITES; i++) {
		int suite = sw_suite_find(sdes_name(i));
		struct sdes_key k;

		ck_assert_int_gt(suite, SW_SUITE_PLAIN);
		sdes_derive(&k, (const uint8_t[SDES_SECRET]){0}, i, 0, 0, 0);
		ck_assert_uint_eq(k.len, sw_suite_info((unsigned)suite)->key_len +
						 sw_suite_info((unsigned)suite)->salt_len);
		ck_assert_int_eq(sdes_find(slice_of(sdes_name(i))), i);
	}
	ck_assert_int_eq(
		sdes_find(SLICE("aes_cm_128_hmac_sha1_80")), SDES_AES_CM_128_HMAC_SHA1_80);
	ck_assert_int_eq(sdes_find(SLICE("NULL_HMAC_SHA1_80")), -1);
	ck_assert_int_eq(sdes_find(SLICE("")), -1);
}
END_TEST

/* ---- Reading. ---- */

/* RFC 4568 section 6.1. */
START_TEST(a_line_of_the_rfc_is_understood)
{
	struct sdes_key k;

	ck_assert_int_eq(read_line("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"
				   "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj|2^20|1:4\r\n",
				 &k),
		0);
	ck_assert_uint_eq(k.suite, SDES_AES_CM_128_HMAC_SHA1_80);
	ck_assert_uint_eq(k.len, 30);
	ck_assert_mem_eq(k.key, "wDfvg&T+)xG7@fb5jU,RaA}\\|p0%*#", 30);
	ck_assert_uint_eq(k.lifetime, 1 << 20);
	ck_assert_uint_eq(k.mki_len, 4);
	ck_assert_mem_eq(k.mki, "\0\0\0\1", 4);
}
END_TEST

START_TEST(a_line_may_ask_for_little_or_much)
{
	static const struct {
		const char *line;
		int err;
		uint64_t lifetime;
	} lines[] = {
		{LINE_80, 0, 0},
		{LINE_80 "|1048576", 0, 1 << 20},
		{LINE_80 "|2^48", 0, UINT64_C(1) << 48},
		{LINE_80 "|2^49", -EINVAL, 0},
		{LINE_80 "|x", -EINVAL, 0},
		{LINE_80 "|1:1", 0, 0},
		{LINE_80 "|255:1", 0, 0},
		{LINE_80 "|256:1", -EINVAL, 0},
		{LINE_80 "|340282366920938463463374607431768211455:16", 0, 0},
		{LINE_80 "|340282366920938463463374607431768211456:16", -EINVAL, 0},
		{LINE_80 "|1:17", -ENOTSUP, 0},
		{LINE_80 "|1:129", -EINVAL, 0},
		{LINE_80 "|1:0", -EINVAL, 0},
		{LINE_80 "|:4", -EINVAL, 0},
		{LINE_80 "|x:4", -EINVAL, 0},
		{LINE_80 " WSH=64", 0, 0},
		{LINE_80 " -X=1 WSH=64", 0, 0},
		{LINE_80 " X=1", -ENOTSUP, 0},
		{LINE_80 " KDR=1", -ENOTSUP, 0},
		{LINE_80 " UNENCRYPTED_SRTP", -ENOTSUP, 0},
		{LINE_80 " UNENCRYPTED_SRTCP", -ENOTSUP, 0},
		{LINE_80 " WSH=64 UNAUTHENTICATED_SRTP", -ENOTSUP, 0},
		{LINE_80 " FEC_ORDER=FEC_SRTP", -ENOTSUP, 0},
		{LINE_F8, -ENOTSUP, 0},
		{"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA", -EINVAL, 0},
		{"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "AAAA", -EINVAL, 0},
		{"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:!!" KEY30, -EINVAL, 0},
		{"a=crypto:1 AEAD_AES_128_GCM inline:3lFJSwS0ZQote70btvFYhF00FpRkUJLZuGr2gw",
			0, 0},
		{"a=crypto:1 AEAD_AES_128_GCM inline:3lFJSwS0ZQote70btvFYhF00FpRkUJLZuGr2gw==",
			0, 0},
		{"a=crypto:1 AEAD_AES_128_GCM inline:3lFJSwS0ZQote70btvFYhF00FpRkUJLZuGr2gw=",
			-EINVAL, 0},
	};
	static const struct sdes_key none;

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct sdes_key k;
		int err = read_line(lines[i].line, &k);

		ck_assert_msg(err == lines[i].err, "%s: %d", lines[i].line, err);
		ck_assert_uint_eq(k.lifetime, lines[i].lifetime);
		if (err != 0)
			ck_assert_mem_eq(&k, &none, sizeof k);
	}
}
END_TEST

START_TEST(an_mki_is_a_number_in_so_many_bytes)
{
	struct sdes_key k;

	ck_assert_int_eq(read_line(LINE_80 "|66051:3\r\n", &k), 0);
	ck_assert_uint_eq(k.mki_len, 3);
	ck_assert_mem_eq(k.mki, "\1\2\3", 3);
}
END_TEST

/* RFC 4568 section 6.1: of several keys the first, by whose MKI it is told from the others. */
START_TEST(of_several_keys_the_first_is_taken)
{
	struct sdes_key k;

	ck_assert_int_eq(read_line(LINE_80 "|2^20|1:4;inline:QUJjZGVmMTIzNDU2Nzg5QUJDREUwMTIz"
					   "NDU2Nzg5|2^20|2:4\r\n",
				 &k),
		0);
	ck_assert_mem_eq(k.key, "=-n@%^x!Bjufr9)?,#5h\\`=&]{qiPQ", 30);
	ck_assert_mem_eq(k.mki, "\0\0\0\1", 4);
}
END_TEST

/* ---- Choosing. ---- */

START_TEST(the_first_that_we_can_take_is_chosen)
{
	struct sdes_key k;

	ck_assert_int_eq(sdes_choose(media(LINE_80 "\r\n" LINE_32 "\r\n"), &nothing, &k), 0);
	ck_assert_int_eq(sdes_choose(media(LINE_F8 "\r\n" LINE_80 " KDR=1\r\n" LINE_32 "\r\n"),
				 &nothing, &k),
		2);
	ck_assert_uint_eq(k.suite, SDES_AES_CM_128_HMAC_SHA1_32);
	ck_assert_int_eq(sdes_choose(media(LINE_F8 "\r\n"), &nothing, &k), -1);
	ck_assert_int_eq(sdes_choose(media(""), &nothing, &k), -1);
}
END_TEST

START_TEST(the_request_may_prefer_another)
{
	struct ng_request r = {
		.sdes_offerer_pref = NAMES("AEAD_AES_128_GCM", "AES_CM_128_HMAC_SHA1_32")};
	struct sdes_key k;

	ck_assert_int_eq(sdes_choose(media(LINE_80 "\r\n" LINE_32 "\r\n"), &r, &k), 1);
	ck_assert_int_eq(sdes_choose(media(LINE_80 "\r\n" LINE_32 " KDR=1\r\n"), &r, &k), 0);
}
END_TEST

/* ---- Offering. ---- */

/* rtpengine 26.3, cases rtp-to-sdes, sdes-options, sdes-gcm-only and sdes-to-sdes. */
START_TEST(all_are_offered_the_strongest_first)
{
	CHECK_OFFER(&nothing, NULL, SDES_AEAD_AES_256_GCM, SDES_AEAD_AES_128_GCM,
		SDES_AES_256_CM_HMAC_SHA1_80, SDES_AES_256_CM_HMAC_SHA1_32,
		SDES_AES_192_CM_HMAC_SHA1_80, SDES_AES_192_CM_HMAC_SHA1_32,
		SDES_AES_CM_128_HMAC_SHA1_80, SDES_AES_CM_128_HMAC_SHA1_32);
}
END_TEST

START_TEST(some_are_offered_only_or_not)
{
	struct ng_request only = {.sdes_only = NAMES("AES_CM_128_HMAC_SHA1_80")};
	struct ng_request without = {
		.sdes_no = NAMES("AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32")};

	CHECK_OFFER(&only, NULL, SDES_AES_CM_128_HMAC_SHA1_80);
	CHECK_OFFER(&without, NULL, SDES_AEAD_AES_256_GCM, SDES_AEAD_AES_128_GCM,
		SDES_AES_256_CM_HMAC_SHA1_80, SDES_AES_256_CM_HMAC_SHA1_32,
		SDES_AES_192_CM_HMAC_SHA1_80, SDES_AES_192_CM_HMAC_SHA1_32);
}
END_TEST

START_TEST(those_that_were_offered_go_first)
{
	struct ng_request r = {.sdes_no = NAMES("AES_CM_128_HMAC_SHA1_80")};

	CHECK_OFFER(&nothing, LINE_F8 "\r\n" LINE_80 "\r\n" LINE_32 "\r\n" LINE_80 "\r\n",
		SDES_AES_CM_128_HMAC_SHA1_80, SDES_AES_CM_128_HMAC_SHA1_32,
		SDES_AEAD_AES_256_GCM, SDES_AEAD_AES_128_GCM, SDES_AES_256_CM_HMAC_SHA1_80,
		SDES_AES_256_CM_HMAC_SHA1_32, SDES_AES_192_CM_HMAC_SHA1_80,
		SDES_AES_192_CM_HMAC_SHA1_32);
	r.sdes = NG_SDES_NONEW;
	CHECK_OFFER(&r, LINE_80 "\r\n" LINE_32 "\r\n", SDES_AES_CM_128_HMAC_SHA1_32);
}
END_TEST

START_TEST(an_order_may_be_asked_for)
{
	struct ng_request r = {.sdes_only = NAMES("AES_CM_128_HMAC_SHA1_80",
				       "AES_CM_128_HMAC_SHA1_32", "AEAD_AES_128_GCM"),
		.sdes_order = NAMES("AES_CM_128_HMAC_SHA1_32", "AEAD_AES_256_GCM", "x",
			"AES_CM_128_HMAC_SHA1_32")};

	CHECK_OFFER(&r, NULL, SDES_AES_CM_128_HMAC_SHA1_32, SDES_AEAD_AES_128_GCM,
		SDES_AES_CM_128_HMAC_SHA1_80);
	r.sdes = NG_SDES_NONEW;
	CHECK_OFFER(&r, LINE_80 "\r\n", SDES_AES_CM_128_HMAC_SHA1_80);
	CHECK_OFFER(&r, "", SDES_AES_CM_128_HMAC_SHA1_32, SDES_AEAD_AES_128_GCM,
		SDES_AES_CM_128_HMAC_SHA1_80);
}
END_TEST

/* ---- Our keys. ---- */

static const uint8_t secret[SDES_SECRET] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};

/* BLAKE2b with key, salt and person, by Python's hashlib: keys outlive a version of ours. */
START_TEST(keys_are_what_they_were)
{
	static const uint8_t first[] = {0x2f, 0x8a, 0x22, 0x2c, 0x09, 0xc3, 0x4c, 0x88, 0x66,
		0x2d, 0x13, 0x6a, 0xf6, 0x7a, 0xfe, 0x41, 0x39, 0x66, 0xb1, 0x1d, 0xb0, 0x3d,
		0x25, 0xac, 0xed, 0x26, 0x7d, 0xef, 0x4f, 0x1b},
			     second[] = {0x3d, 0x47, 0x64, 0xca, 0x4a, 0xe7, 0x77, 0xab, 0xc3,
				     0x6c, 0x78, 0x6a, 0xfc, 0x01, 0xa0, 0x80, 0xd3, 0x52,
				     0x3b, 0x02, 0x62, 0xe5, 0x21, 0x89, 0x0d, 0x08, 0x59,
				     0xdd, 0x1d, 0x41, 0x54, 0x12, 0x15, 0x2d, 0xe5, 0x4c,
				     0xbd, 0xc3, 0x09, 0xaa, 0x05, 0x97, 0x3d, 0x4e, 0xd8,
				     0x85};
	struct sdes_key k;

	sdes_derive(&k, secret, SDES_AES_CM_128_HMAC_SHA1_80, 0, 0, 0);
	ck_assert_uint_eq(k.len, sizeof first);
	ck_assert_mem_eq(k.key, first, sizeof first);
	sdes_derive(&k, secret, SDES_AES_256_CM_HMAC_SHA1_80, 1, 3, 0x01020304);
	ck_assert_uint_eq(k.len, sizeof second);
	ck_assert_mem_eq(k.key, second, sizeof second);
}
END_TEST

START_TEST(no_two_keys_are_alike)
{
	enum { GENERATIONS = 3, MEDIAS = 4, N = SDES_SUITES * 2 * MEDIAS * GENERATIONS };
	static struct sdes_key k[N];
	unsigned n = 0;

	for (unsigned suite = 0; suite < SDES_SUITES; suite++)
		for (unsigned side = 0; side < 2; side++)
			for (unsigned i = 0; i < MEDIAS * GENERATIONS; i++)
				sdes_derive(
					&k[n++], secret, suite, side, i % MEDIAS, i / MEDIAS);
	for (unsigned i = 0; i < N; i++)
		for (unsigned j = 0; j < i; j++)
			ck_assert_mem_ne(k[i].key, k[j].key, 16);
}
END_TEST

START_TEST(a_key_is_printed_as_it_is_read)
{
	for (unsigned i = 0; i < SDES_SUITES; i++) {
		struct sdes_key k, back;
		struct sdp_crypto c;

		sdes_derive(&k, secret, i, 0, 0, 0);
		ck_assert_int_eq(sdes_print(&c, arena, i + 1, &k, 0), 0);
		ck_assert_uint_eq(c.tag, i + 1);
		ck_assert_ptr_null(memchr(c.key.at, '=', c.key.len));
		ck_assert_ptr_null(c.lifetime.at);
		ck_assert_int_eq(sdes_read(&c, &back), 0);
		ck_assert_mem_eq(&back, &k, sizeof k);
		ck_assert_int_eq(
			sdes_print(&c, arena, 1, &k, NG_SDES_PAD | NG_SDES_LIFETIME), 0);
		ck_assert_uint_eq(c.key.len % 4, 0);
		ck_assert(slice_is(c.lifetime, "2^31"));
		ck_assert_int_eq(sdes_read(&c, &back), 0);
	}
}
END_TEST

static unsigned lines_read;

static void
check_lines(const struct ng_answer *a)
{
	struct sdp s;

	ck_assert_int_eq(sdp_read(&s, a->arena, a->answer, strlen(a->answer)), SDP_OK);
	for (size_t i = 0; i < s.medias; i++)
		for (size_t j = 0; j < s.media[i].cryptos; j++) {
			const struct sdp_crypto *c = &s.media[i].crypto[j];
			struct sdp_crypto again;
			struct sdes_key k;
			bool ours = sdes_find(c->suite) >= 0;

			ck_assert_int_eq(sdes_read(c, &k), ours ? 0 : -ENOTSUP);
			if (!ours)
				continue;
			ck_assert_int_eq(sdes_print(&again, a->arena, c->tag, &k, 0), 0);
			ck_assert(slice_equal(again.key, c->key));
			lines_read++;
		}
}

START_TEST(lines_of_rtpengine_are_read_and_printed_alike)
{
	ng_answers(check_lines);
	ck_assert_uint_gt(lines_read, 30);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sdes");
	TCase *c = tcase_create("sdes");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, suites_are_those_of_the_switch);
	tcase_add_test(c, a_line_of_the_rfc_is_understood);
	tcase_add_test(c, a_line_may_ask_for_little_or_much);
	tcase_add_test(c, an_mki_is_a_number_in_so_many_bytes);
	tcase_add_test(c, of_several_keys_the_first_is_taken);
	tcase_add_test(c, the_first_that_we_can_take_is_chosen);
	tcase_add_test(c, the_request_may_prefer_another);
	tcase_add_test(c, all_are_offered_the_strongest_first);
	tcase_add_test(c, some_are_offered_only_or_not);
	tcase_add_test(c, those_that_were_offered_go_first);
	tcase_add_test(c, an_order_may_be_asked_for);
	tcase_add_test(c, keys_are_what_they_were);
	tcase_add_test(c, no_two_keys_are_alike);
	tcase_add_test(c, a_key_is_printed_as_it_is_read);
	tcase_add_test(c, lines_of_rtpengine_are_read_and_printed_alike);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
