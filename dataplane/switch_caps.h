/* SPDX-License-Identifier: Apache-2.0
 *
 * The capabilities that strowger-switch needs, when, and what for: one table.  The launcher
 * keeps what a switch starts with, the switch what it runs with, and the unit in packaging/
 * names the same.  Plain C; any thread. */
#pragma once

#include <stdint.h>

enum switch_need {
	SWITCH_STARTS = 1 << 0,
	SWITCH_RUNS = 1 << 1,
	SWITCH_HAS_NIC = 1 << 2, /* runs with a device of kind `pci` */
	SWITCH_CONNECTS =
		1 << 3, /* runs with a `vhost` or `memif` that connects to its peer */
};

/* Those that are needed for any of WHEN (enum switch_need), as a set of CAPABILITY(). */
uint64_t switch_caps(unsigned when);
