/* SPDX-License-Identifier: Apache-2.0
 *
 * What the interfaces are called on which calls ask for addresses: `name` of the
 * configuration, or the section itself.  Of the switch's addresses, with which it has nothing
 * to do. Control's one thread; pure. */
#pragma once

#include <stdbool.h>

#include "dataplane/switch.h"

struct config;

/* Is LOCAL one of INTERFACE's? */
bool config_names_has(
	const struct config *c, const struct sw_local *local, const char *interface);

/* Of those that LOCAL is on, which live as long as C and LOCAL, number N: 0 is always there.
 * NULL: there are not so many. */
const char *config_names_at(const struct config *c, const struct sw_local *local, unsigned n);

/* Where parties that are on INTERFACE are to send instead of to LOCAL; port 0, and C's own.
 * NULL: to LOCAL itself. */
const struct sw_addr *config_names_advertised(
	const struct config *c, const char *interface, const struct sw_addr *local);
