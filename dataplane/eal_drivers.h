/* SPDX-License-Identifier: Apache-2.0
 *
 * Which of DPDK's drivers the process loads.  rte_eal_init() loads all that are installed,
 * over a hundred libraries, in three times the time that all its other work takes; and the
 * calls of a killed switch are silent meanwhile.  Main thread, around rte_eal_init(). */
#pragma once

#include <stdbool.h>

#include "dataplane/options.h"

/* Does O say all the drivers that it needs?  Not where there are NICs, which only a driver
 * knows, nor with arguments for EAL, which may name devices. */
bool eal_drivers_are_known(const struct options *o);

/* Load those that the devices of O need; until eal_drivers_end() EAL loads no others.  Where
 * they are not known, or one cannot be loaded, EAL loads what there is. */
void eal_drivers_begin(const struct options *o);
void eal_drivers_end(void);
