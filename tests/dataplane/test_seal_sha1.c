/* SPDX-License-Identifier: Apache-2.0
 *
 * dataplane/seal_sha1.h: the tags are those of RFC 2202 and of libipsec-mb, for texts of all
 * lengths beside each other, of which not a byte behind the end is read.  Skipped on a CPU
 * without AVX-512, where nobody calls it. */
#include "dataplane/seal_sha1.h"

#include <check.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "codecs/sanitized.h"
#include "dataplane/seal_mgr.h"

enum { JOBS = 40, TAG = 12, ROOM = 16, LEN_MAX = 1600, ROUNDS = 3000 };
enum { SKIPPED = 77 }; /* to ./check and Meson */

static IMB_MGR *library;
static uint8_t *end; /* of what may be read */
static uint8_t text[LEN_MAX];
static struct hmac key[JOBS];
static uint8_t ours[JOBS][ROOM], theirs[JOBS][ROOM];
static IMB_JOB job[JOBS];

static void
setup(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *all = mmap(
		NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_nonnull(library = alloc_mb_mgr(0));
	init_mb_mgr_auto(library, NULL);
	ck_assert_ptr_ne(all, MAP_FAILED);
	end = all + page;
	ck_assert_int_eq(mprotect(end, page, PROT_NONE), 0);
	srandom(1);
	for (size_t i = 0; i < page; i++)
		all[i] = (uint8_t)random();
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (uint8_t)random();
	for (unsigned i = 0; i < JOBS; i++)
		for (unsigned b = 0; b < sizeof key[i].inner; b++) {
			key[i].inner[b] = (uint8_t)random();
			key[i].outer[b] = (uint8_t)random();
		}
}

static void
teardown(void)
{
	munmap(end - sysconf(_SC_PAGESIZE), 2 * (size_t)sysconf(_SC_PAGESIZE));
	free_mb_mgr(library);
}

static void
put(unsigned i, const uint8_t *at, unsigned len)
{
	job[i] = (IMB_JOB){.src = at,
		.msg_len_to_hash_in_bytes = len,
		.auth_tag_output_len_in_bytes = TAG,
		.u.HMAC._hashed_auth_key_xor_ipad = key[i].inner,
		.u.HMAC._hashed_auth_key_xor_opad = key[i].outer};
}

/* Have the first N jobs the library's tags, and nothing behind them? */
static void
check_tags(unsigned n)
{
	memset(ours, 0xa5, sizeof ours);
	memset(theirs, 0xa5, sizeof theirs);
	for (unsigned i = 0; i < n; i++)
		job[i].auth_tag_output = theirs[i];
	ck_assert_uint_eq(
		IMB_SUBMIT_HASH_BURST_NOCHECK(library, job, n, IMB_AUTH_HMAC_SHA_1), n);
	for (unsigned i = 0; i < n; i++)
		job[i].auth_tag_output = ours[i];
	ck_assert_uint_eq(seal_sha1_burst(library, job, n, IMB_AUTH_HMAC_SHA_1), n);
	for (unsigned i = 0; i < JOBS; i++)
		ck_assert_msg(memcmp(ours[i], theirs[i], ROOM) == 0,
			"%u jobs: the tag of number %u, of %u bytes", n, i,
			(unsigned)job[i].msg_len_to_hash_in_bytes);
}

/* RFC 2202 section 3, the first two. */
START_TEST(known_tags)
{
	static const struct {
		uint8_t key[20];
		const char *text;
		uint8_t tag[TAG];
	} row[] = {
		{{0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b,
			 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b},
			"Hi There",
			{0xb6, 0x17, 0x31, 0x86, 0x55, 0x05, 0x72, 0x64, 0xe2, 0x8b, 0xc0,
				0xb6}},
		{{'J', 'e', 'f', 'e'}, "what do ya want for nothing?",
			{0xef, 0xfc, 0xdf, 0x6a, 0xe5, 0xeb, 0x2f, 0xa2, 0xd2, 0x74, 0x16,
				0xd5}},
	};
	enum { N = sizeof row / sizeof *row };

	for (unsigned i = 0; i < N; i++) {
		uint8_t block[64];

		memset(block, 0x36, sizeof block);
		for (unsigned b = 0; b < sizeof row[i].key; b++)
			block[b] ^= row[i].key[b];
		IMB_SHA1_ONE_BLOCK(library, block, key[i].inner);
		for (unsigned b = 0; b < sizeof block; b++)
			block[b] ^= 0x36 ^ 0x5c;
		IMB_SHA1_ONE_BLOCK(library, block, key[i].outer);
		put(i, (const uint8_t *)row[i].text, (unsigned)strlen(row[i].text));
		job[i].auth_tag_output = ours[i];
	}
	seal_sha1_burst(library, job, N, IMB_AUTH_HMAC_SHA_1);
	for (unsigned i = 0; i < N; i++)
		ck_assert_mem_eq(ours[i], row[i].tag, TAG);
}
END_TEST

/* All of one length: every place that an end can have in a block. */
START_TEST(tags_of_each_length)
{
	for (unsigned len = 1; len <= 300; len++) {
		for (unsigned i = 0; i < 16; i++)
			put(i, text + i, len);
		check_tags(16);
	}
}
END_TEST

/* Short ones and long ones beside each other, of full bursts and of others. */
START_TEST(tags_of_different_lengths)
{
	static const unsigned longest[] = {70, 200, LEN_MAX - JOBS};

	for (unsigned round = 0; round < ROUNDS; round++) {
		unsigned n = 1 + (unsigned)random() % JOBS;

		for (unsigned i = 0; i < n; i++)
			put(i, text + i, 1 + (unsigned)random() % longest[round % 3]);
		check_tags(n);
	}
}
END_TEST

START_TEST(nothing_behind_a_text_is_read)
{
	for (unsigned len = 1; len <= 200; len++) {
		for (unsigned i = 0; i < 16; i++)
			put(i, end - len, len);
		put(len % 16, end - 1, 1);
		check_tags(16);
	}
}
END_TEST

#ifndef SANITIZED /* whose frames are larger, and not wiped as a whole */
static void *
hash_sixteen(void *arg)
{
	seal_sha1_burst(library, job, 16, IMB_AUTH_HMAC_SHA_1);
	return NULL;
}

/* Of a thread whose stack is ours to look at.  The states of key 0 are words that are nowhere
 * else. */
START_TEST(nothing_of_the_keys_stays_on_the_stack)
{
	enum { STACK = 1 << 18, STATE = sizeof key[0].inner };
	uint8_t *stack =
		mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_attr_t attr;
	pthread_t thread;

	ck_assert_ptr_ne(stack, MAP_FAILED);
	for (unsigned i = 0; i < 16; i++)
		put(i, text, 160);
	check_tags(16);
	ck_assert_int_eq(pthread_attr_init(&attr), 0);
	ck_assert_int_eq(pthread_attr_setstack(&attr, stack, STACK), 0);
	ck_assert_int_eq(pthread_create(&thread, &attr, hash_sixteen, NULL), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	for (unsigned at = 0; at < STATE; at += 4) {
		ck_assert_ptr_null(memmem(stack, STACK, key[0].inner + at, 4));
		ck_assert_ptr_null(memmem(stack, STACK, key[0].outer + at, 4));
	}
	pthread_attr_destroy(&attr);
	munmap(stack, STACK);
}
END_TEST
#endif

static bool
has_avx512(void)
{
	IMB_MGR *mgr = alloc_mb_mgr(0);
	bool has;

	if (mgr == NULL)
		abort();
	init_mb_mgr_auto(mgr, NULL);
	has = seal_mgr_has(mgr, IMB_FEATURE_AVX512_SKX);
	free_mb_mgr(mgr);
	return has;
}

int
main(void)
{
	Suite *s = suite_create("seal_sha1");
	TCase *t = tcase_create("seal_sha1");
	SRunner *r;
	int failed;

	if (!has_avx512()) {
		puts("this CPU has no AVX-512: nothing of dataplane/seal_sha1.c was tried");
		return SKIPPED;
	}
	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, known_tags);
	tcase_add_test(t, tags_of_each_length);
	tcase_add_test(t, tags_of_different_lengths);
	tcase_add_test(t, nothing_behind_a_text_is_read);
#ifndef SANITIZED
	tcase_add_test(t, nothing_of_the_keys_stays_on_the_stack);
#endif
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
