/* SPDX-License-Identifier: Apache-2.0
 *
 * Our local addresses, in the order by which transports number them.  A switch that takes over
 * its predecessor's transports has to number them alike: the configuration may have got more
 * addresses meanwhile, at the end, and a mesh, but none may have gone or changed.  Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/switch.h"

struct options;

/* Those of O into LIST; how many.  Where mesh legs are comes last, or has the number that it
 * has in HEAD already, if a predecessor has left its own there. */
uint32_t locals_list(const struct options *o, const struct sw_state *head,
	struct sw_local list[SW_ADDRESSES]);

/* Are those of HEAD, which a predecessor has left, the first ones of O? */
bool locals_stay(const struct options *o, const struct sw_state *head);
