/* SPDX-License-Identifier: Apache-2.0
 *
 * dataplane/seal_mgr.h: which of the library's functions hash a few packets, also on a CPU
 * that has less than this one, and how many a few are. */
#include "dataplane/seal_mgr.h"

#include <check.h>
#include <stdlib.h>
#include <x86intrin.h>

#include "dataplane/seal_sha1.h"
#include "dataplane/secret.h"

/* A thousand times apart: one of the trials of QUICK has to be disturbed less than that. */
enum { QUICK = 1000, SLOW = 1000000 }; /* TSC cycles */

static IMB_MGR *best, *few;

static void
setup(void)
{
	best = seal_mgr_open(true, 0);
	few = seal_mgr_open(false, 0);
	ck_assert_ptr_nonnull(best);
	ck_assert_ptr_nonnull(few);
}

static void
teardown(void)
{
	seal_mgr_close(few);
	seal_mgr_close(best);
	secret_fini();
}

/* Does MGR hash by the same code as what INIT makes of the CPU without WITHOUT? */
static bool
hashes_like(const IMB_MGR *mgr, void (*init)(IMB_MGR *), uint64_t without)
{
	IMB_MGR *other = seal_mgr_open(true, without);
	bool same;

	ck_assert_ptr_nonnull(other);
	init(other);
	same = mgr->submit_hash_burst_nocheck == other->submit_hash_burst_nocheck;
	seal_mgr_close(other);
	return same;
}

/* Zen 1 to 3 have AVX and SHA instructions, but no GFNI. */
START_TEST(without_gfni_sha_instructions_are_those_of_sse)
{
	IMB_MGR *mgr = seal_mgr_open(false, IMB_FLAG_GFNI_OFF);

	ck_assert_ptr_nonnull(mgr);
	ck_assert(hashes_like(mgr, init_mb_mgr_sse, IMB_FLAG_GFNI_OFF));
	seal_mgr_close(mgr);
}
END_TEST

START_TEST(with_all_of_them_those_of_avx_are_taken)
{
	if (seal_mgr_has(few, IMB_CPUFLAGS_AVX_T2))
		ck_assert(hashes_like(few, init_mb_mgr_avx, 0));
	else
		ck_assert(hashes_like(few, init_mb_mgr_sse, 0));
}
END_TEST

START_TEST(sixteen_packets_are_hashed_by_ourselves_where_the_cpu_can)
{
	ck_assert_int_eq(best->submit_hash_burst_nocheck == seal_sha1_burst,
		seal_mgr_has(best, IMB_FEATURE_AVX512_SKX));
	ck_assert(few->submit_hash_burst_nocheck != seal_sha1_burst);
}
END_TEST

/* ---- Managers that take a known time for N packets ---- */

static unsigned
	slow_at; /* the number of packets that takes FEW long; it gains with all others */

static uint32_t
spend(uint64_t cycles, uint32_t n)
{
	uint64_t began = __rdtsc();

	while (__rdtsc() - began < cycles)
		_mm_pause();
	return n;
}

static uint32_t
hash_few(IMB_MGR *mgr, IMB_JOB *job, const uint32_t n, const IMB_HASH_ALG alg)
{
	return spend(n == slow_at ? 2 * SLOW : QUICK, n);
}

static uint32_t
hash_many(IMB_MGR *mgr, IMB_JOB *job, const uint32_t n, const IMB_HASH_ALG alg)
{
	return spend(SLOW, n);
}

/* Whatever more packets would take: all up to that number gain. */
START_TEST(a_few_end_at_the_first_number_that_does_not_gain)
{
	const unsigned lanes = seal_mgr_lanes(best);

	few->submit_hash_burst_nocheck = hash_few;
	best->submit_hash_burst_nocheck = hash_many;
	for (slow_at = 1; slow_at <= lanes; slow_at++)
		ck_assert_uint_eq(seal_mgr_few(best, few), slow_at - 1);
	slow_at = UINT32_MAX;
	ck_assert_uint_eq(seal_mgr_few(best, few), lanes - 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("seal_mgr");
	TCase *t = tcase_create("seal_mgr");
	SRunner *r;
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, without_gfni_sha_instructions_are_those_of_sse);
	tcase_add_test(t, with_all_of_them_those_of_avx_are_taken);
	tcase_add_test(t, sixteen_packets_are_hashed_by_ourselves_where_the_cpu_can);
	tcase_add_test(t, a_few_end_at_the_first_number_that_does_not_gain);
	tcase_set_timeout(t, 60);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
