/* SPDX-License-Identifier: Apache-2.0
 *
 * Where tests put files of a moment: under TMPDIR, which ./check gives them and removes with
 * what a test has left that failed or was killed. */
#pragma once

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

enum { SCRATCH = 64 };

/* A template for mkstemp() or mkdtemp(), which is PATH. */
static inline char *
scratch(char path[SCRATCH], const char *name)
{
	const char *dir = getenv("TMPDIR");

	ck_assert_int_lt(snprintf(path, SCRATCH, "%s/strowger-%s-XXXXXX",
				 dir != NULL ? dir : "/tmp", name),
		SCRATCH);
	return path;
}
