/* SPDX-License-Identifier: Apache-2.0
 *
 * How much memory a test's process really has, for claims about what is not needed. */
#pragma once

#include <check.h>
#include <stdio.h>

/* Bytes; 0 under a sanitizer, which has more of it.  proc(5), smaps_rollup. */
static inline size_t
resident(void)
{
	size_t kb = 0;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	FILE *f = fopen("/proc/self/smaps_rollup", "r");
	char line[256];

	ck_assert_ptr_nonnull(f);
	while (kb == 0 && fgets(line, sizeof line, f) != NULL)
		sscanf(line, "Rss: %zu", &kb);
	fclose(f);
#endif
	return kb * 1024;
}
