/* SPDX-License-Identifier: Apache-2.0
 *
 * See setup_time.h. */
#include "relay/setup_time.h"

const double setup_time_bound[SETUP_BOUNDS] = {
	0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1};

void
setup_time_add(struct setup_time *t, int64_t us)
{
	uint64_t took = us > 0 ? (uint64_t)us : 0;
	unsigned i = 0;

	while (i < SETUP_BOUNDS && (double)took / 1e6 > setup_time_bound[i])
		i++;
	t->count[i]++;
	t->sum_us += took;
}
