/* SPDX-License-Identifier: Apache-2.0
 *
 * See ctl_grade.h. */
#include "control/ctl_grade.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* From here on; where BAD is below WARN, less is worse. */
static const struct {
	const char *name;
	double warn, bad;
} limits[] = {
	{"mos", 3.6, 3.1}, /* many users dissatisfied, nearly all: G.107 annex B */
	{"loss", 1, 5},    /* %: G.711 with concealment, G.113 appendix I */
	{"jitter_ms", 30, 100},
	{"round_trip_ms", 300, 800}, /* twice G.114's 150 ms and 400 ms one way */
	{"busy", 75, 92},            /* % of a core */
	{"load", 70, 90}, /* % of a transcode core; with the first it takes no more */
};

enum ctl_grade
ctl_grade_of(const char *name, double value)
{
	for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
		const double sign = limits[i].bad < limits[i].warn ? -1 : 1;

		if (strcmp(limits[i].name, name) != 0 || isnan(value))
			continue;
		return value * sign >= limits[i].bad * sign    ? CTL_BAD
		       : value * sign >= limits[i].warn * sign ? CTL_WARN
							       : CTL_FINE;
	}
	return CTL_FINE;
}
