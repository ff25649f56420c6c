/* SPDX-License-Identifier: Apache-2.0
 *
 * A command line of rtpengine's, and the configuration file that it names, as a configuration
 * of ours.  The table is in like_rtpengine_options.c.  Control's one thread, at start. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

enum { LIKE_RTPENGINE_OURS = 16 };

struct like_rtpengine {
	bool print;                          /* --print-config was among them */
	int n_ours;                          /* options that are strowger's own, ... */
	char *ours[LIKE_RTPENGINE_OURS + 1]; /* ... from 1 on; NULL-ended */
};

/* ARGV, NULL-ended, is what stands behind --like-rtpengine.  The configuration goes TO; what
 * is left out, or is wrong, is SAID, a line each.  0; -EINVAL. */
int like_rtpengine(struct like_rtpengine *l, char **argv, FILE *to, FILE *said);
