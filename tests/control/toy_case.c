/* SPDX-License-Identifier: Apache-2.0
 *
 * See toy_case.h. */
#include "tests/control/toy_case.h"

#include <unistd.h>

struct toy toy;

void
toy_case_start(void)
{
	toy_start(&toy, toy_methods, toy_n_methods);
}

void
toy_case_stop(void)
{
	toy_stop(&toy);
	close(toy.log);
}

TCase *
toy_case(Suite *s, const char *name)
{
	TCase *tc = tcase_create(name);

	tcase_add_checked_fixture(tc, toy_case_start, toy_case_stop);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(s, tc);
	return tc;
}
