/* SPDX-License-Identifier: Apache-2.0
 *
 * dataplane/secret.c: what lies there is in no core, and nothing of it stays. */
#include "dataplane/secret.h"

#include <check.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOT = 200, LARGE = 100000 };

static bool
is_zero(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != 0)
			return false;
	return true;
}

START_TEST(it_is_aligned_and_zero_the_second_time_too)
{
	for (int round = 0; round < 2; round++) {
		uint8_t *small = secret_alloc(SLOT), *large = secret_alloc(LARGE);

		ck_assert_uint_eq((uintptr_t)small % 64, 0);
		ck_assert_uint_eq((uintptr_t)large % 64, 0);
		ck_assert(is_zero(small, SLOT));
		ck_assert(is_zero(large, LARGE));
		memset(small, 0x5a, SLOT);
		memset(large, 0x5a, LARGE);
		secret_free(small, SLOT);
		secret_free(large, LARGE);
	}
	secret_free(NULL, SLOT);
}
END_TEST

#ifndef __SANITIZE_ADDRESS__ /* there each is one of its own, on the sanitizer's heap */

/* What proc(5), smaps says in FIELD of the mapping that P lies in. */
static void
look_up(const void *p, const char *field, char value[256])
{
	FILE *f = fopen("/proc/self/smaps", "r");
	uintptr_t from, to;
	bool here = false;
	char line[512];

	ck_assert_ptr_nonnull(f);
	value[0] = '\0';
	while (fgets(line, sizeof line, f) != NULL) {
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &from, &to) == 2)
			here = from <= (uintptr_t)p && (uintptr_t)p < to;
		else if (here && strncmp(line, field, strlen(field)) == 0)
			snprintf(value, 256, "%s", line + strlen(field));
	}
	fclose(f);
}

static bool
is_left_out(const void *p)
{
	char flags[256];

	look_up(p, "VmFlags:", flags);
	return strstr(flags, " dd") != NULL;
}

START_TEST(it_is_left_out_of_cores)
{
	void *small = secret_alloc(SLOT), *large = secret_alloc(LARGE), *other = malloc(SLOT);

	ck_assert(is_left_out(small));
	ck_assert(is_left_out(large));
	ck_assert(!is_left_out(other));
	free(other);
	secret_free(large, LARGE);
	secret_free(small, SLOT);
}
END_TEST

START_TEST(who_needs_few_keys_has_few_pages)
{
	char kb[256];
	void *p;

	secret_take_little();
	p = secret_alloc(SLOT);
	look_up(p, "Rss:", kb);
	ck_assert_int_gt(atoi(kb), 0);
	ck_assert_int_lt(atoi(kb), 64); /* a huge page has 2,048 */
	secret_free(p, SLOT);
}
END_TEST

START_TEST(a_freed_slot_is_wiped_and_used_again)
{
	uint8_t *p = secret_alloc(SLOT);

	memset(p, 0x5a, SLOT);
	secret_free(p, SLOT);
	ck_assert(is_zero(p + sizeof(void *), SLOT - sizeof(void *))); /* a link is first */
	ck_assert_ptr_eq(secret_alloc(SLOT - 1), p);                   /* as many lines */
	secret_free(p, SLOT - 1);
}
END_TEST

START_TEST(the_end_spares_what_is_in_use)
{
	uint8_t *p = secret_alloc(SLOT);

	*p = 0x5a;
	secret_fini();
	ck_assert_uint_eq(*p, 0x5a);
	secret_free(p, SLOT);
	secret_fini();
	p = secret_alloc(SLOT); /* and one may begin again */
	ck_assert(is_zero(p, SLOT));
	secret_free(p, SLOT);
	secret_fini();
}
END_TEST

#endif

#ifdef __x86_64__

enum { VECTOR = 64 };

static uint8_t signal_stack[1 << 16];
static uint8_t sought; /* first of 64 bytes, each one more than that before it */
static volatile int found;

/* The kernel has put the registers on the signal's stack, as it puts them into a core. */
static void
look_for_vector(int sig)
{
	for (size_t at = 0; at + VECTOR <= sizeof signal_stack; at++) {
		size_t n = 0;

		while (n < VECTOR && signal_stack[at + n] == (uint8_t)(sought + n))
			n++;
		found += n == VECTOR;
	}
}

START_TEST(registers_forget_a_wide_copy)
{
	const stack_t stack = {.ss_sp = signal_stack, .ss_size = sizeof signal_stack};
	const struct sigaction look = {.sa_handler = look_for_vector, .sa_flags = SA_ONSTACK};
	uint8_t vector[VECTOR];

	if (!__builtin_cpu_supports("avx512f"))
		return; /* narrower registers are written all the time */
	ck_assert_int_eq(sigaltstack(&stack, NULL), 0);
	ck_assert_int_eq(sigaction(SIGUSR1, &look, NULL), 0);
	sought = 0x51;
	for (unsigned i = 0; i < VECTOR; i++)
		vector[i] = (uint8_t)(sought + i);
	for (int wipe = 0; wipe < 2; wipe++) {
		memset(signal_stack, 0, sizeof signal_stack);
		found = 0;
		__asm__ volatile(
			"vmovdqu64 %0, %%zmm17\n\tvmovdqu64 %0, %%zmm31" ::"m"(vector));
		if (wipe)
			secret_wipe_registers();
		ck_assert_int_eq(raise(SIGUSR1), 0);
		ck_assert_int_eq(found, wipe ? 0 : 2);
	}
}
END_TEST

#endif

int
main(void)
{
	Suite *s = suite_create("secret");
	TCase *tc = tcase_create("secret");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, it_is_aligned_and_zero_the_second_time_too);
#ifndef __SANITIZE_ADDRESS__
	tcase_add_test(tc, it_is_left_out_of_cores);
	tcase_add_test(tc, who_needs_few_keys_has_few_pages);
	tcase_add_test(tc, a_freed_slot_is_wiped_and_used_again);
	tcase_add_test(tc, the_end_spares_what_is_in_use);
#endif
#ifdef __x86_64__
	tcase_add_test(tc, registers_forget_a_wide_copy);
#endif
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
