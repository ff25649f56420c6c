/* SPDX-License-Identifier: Apache-2.0
 *
 * Suite of dataplane/eal.c, as far as it needs no EAL: on which thread a transcode core takes
 * its turns. */
#include <check.h>
#include <stdlib.h>

#include "dataplane/eal.h"

enum { MOST = 4 };

static const struct {
	struct options o;
	unsigned workers, of[MOST];
} rows[] = {
	/* On CPUs of their own. */
	{{.cpus = 1, .cpu = {1}, .transcoders = 1, .transcode_cpu = {0}}, 2, {1}},
	{{.cpus = 2, .cpu = {1, 2}, .transcoders = 2, .transcode_cpu = {3, 4}}, 4, {2, 3}},
	/* On that of a forwarding core. */
	{{.cpus = 1, .cpu = {1}, .transcoders = 1, .transcode_cpu = {1}}, 1, {0}},
	{{.cpus = 2, .cpu = {4, 5}, .transcoders = 2, .transcode_cpu = {5, 4}}, 2, {1, 0}},
	/* Some so and some so: threads of their own come behind those that forward. */
	{{.cpus = 2, .cpu = {0, 1}, .transcoders = 3, .transcode_cpu = {2, 1, 3}}, 4,
		{2, 1, 3}},
	/* The second one on a CPU finds that core's thread taken, ... */
	{{.cpus = 1, .cpu = {0}, .transcoders = 2, .transcode_cpu = {0, 0}}, 2, {0, 1}},
	/* ... unless there are two. */
	{{.cpus = 3, .cpu = {0, 1, 1}, .transcoders = 3, .transcode_cpu = {1, 1, 1}}, 4,
		{1, 2, 3}},
};

START_TEST(who_is_on_a_forwarding_cores_cpu_shares_its_thread)
{
	ck_assert_uint_eq(eal_workers(&rows[_i].o), rows[_i].workers);
	for (unsigned n = 0; n < rows[_i].o.transcoders; n++)
		ck_assert_uint_eq(eal_worker_of(&rows[_i].o, n), rows[_i].of[n]);
}
END_TEST

static Suite *
eal_suite(void)
{
	Suite *s = suite_create("eal");
	TCase *t = tcase_create("workers");

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, who_is_on_a_forwarding_cores_cpu_shares_its_thread, 0,
		sizeof rows / sizeof rows[0]);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(eal_suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
