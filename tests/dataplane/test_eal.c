/* SPDX-License-Identifier: Apache-2.0
 *
 * Suite of dataplane/eal.c and eal_drivers.c: on which thread a transcode core takes its
 * turns, and which drivers are loaded.  Each test that starts EAL needs a process of its own.
 */
#include <check.h>
#include <rte_eal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/eal.h"
#include "dataplane/eal_drivers.h"

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

static struct options
options_of(const char *kind, const char *eal_args)
{
	struct options o = {.cpus = 1, .main_cpu = -1, .interfaces = 1, .name = "test"};

	snprintf(o.interface[0].kind, sizeof o.interface[0].kind, "%s", kind);
	snprintf(o.eal_args, sizeof o.eal_args, "%s", eal_args);
	return o;
}

START_TEST(only_a_nic_and_arguments_for_eal_leave_the_drivers_unknown)
{
	struct options o = options_of("xdp", "");

	ck_assert(eal_drivers_are_known(&o));
	o = options_of("xdp", "--vdev=net_null0");
	ck_assert(!eal_drivers_are_known(&o));
	o = options_of("xdp", "");
	o.interfaces = 2;
	snprintf(o.interface[1].kind, sizeof o.interface[1].kind, "pci");
	ck_assert(!eal_drivers_are_known(&o));
}
END_TEST

/* Is DPDK's library NAME, or another file, part of this process? */
static bool
is_loaded(const char *name)
{
	FILE *f = fopen("/proc/self/maps", "re");
	char line[1024];
	bool is = false;

	ck_assert_ptr_nonnull(f);
	while (!is && fgets(line, sizeof line, f) != NULL)
		is = strstr(line, name) != NULL;
	fclose(f);
	return is;
}

START_TEST(no_driver_is_loaded_but_those_of_the_devices)
{
	const struct options o = options_of("tap", "");

	ck_assert_int_eq(eal_start(&o, 0), 0);
	ck_assert(is_loaded("/librte_mempool_ring."));
	ck_assert(is_loaded("/librte_net_tap."));
	ck_assert(!is_loaded("/librte_net_af_xdp."));
	ck_assert(!is_loaded("/librte_net_null."));
	eal_stop();
}
END_TEST

START_TEST(arguments_may_name_a_device_of_any_driver)
{
	const struct options o = options_of("tap", "--vdev=net_null0");

	ck_assert_int_eq(eal_start(&o, 0), 0);
	ck_assert(is_loaded("/librte_net_null."));
	eal_stop();
}
END_TEST

/* Is there memory of this process with FLAG ("hg": large pages are welcome) of its VmFlags? */
static bool
has_memory(const char *flag)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	char line[1024], word[8];
	bool is = false;

	ck_assert_ptr_nonnull(f);
	snprintf(word, sizeof word, " %s", flag);
	while (!is && fgets(line, sizeof line, f) != NULL)
		is = strncmp(line, "VmFlags:", 8) == 0 && strstr(line, word) != NULL;
	fclose(f);
	return is;
}

START_TEST(without_hugepages_packet_memory_is_open_to_large_pages)
{
	const struct options o = options_of("tap", "");

	ck_assert(!has_memory("hg"));
	ck_assert_int_eq(eal_start(&o, 0), 0);
	if (rte_eal_has_hugepages())
		return;
	ck_assert(!is_loaded("memfd:nohuge"));
	ck_assert(has_memory("hg"));
	eal_stop();
}
END_TEST

START_TEST(a_device_of_the_operators_own_may_share_it)
{
	const struct options o = options_of("tap", "--vdev=net_null0");

	ck_assert_int_eq(eal_start(&o, 0), 0);
	if (!rte_eal_has_hugepages())
		ck_assert(is_loaded("memfd:nohuge"));
	eal_stop();
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
	t = tcase_create("drivers");
	suite_add_tcase(s, t);
	tcase_add_test(t, only_a_nic_and_arguments_for_eal_leave_the_drivers_unknown);
	tcase_add_test(t, no_driver_is_loaded_but_those_of_the_devices);
	tcase_add_test(t, arguments_may_name_a_device_of_any_driver);
	tcase_add_test(t, without_hugepages_packet_memory_is_open_to_large_pages);
	tcase_add_test(t, a_device_of_the_operators_own_may_share_it);
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
