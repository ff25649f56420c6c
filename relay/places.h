/* SPDX-License-Identifier: Apache-2.0
 *
 * Where transports can be: the switch's local addresses, each with its ports, and its slots.
 * Gives a call's new streams a place, takes the places of calls that have them already, and
 * takes them back. Control's one thread. */
#pragma once

#include <stdint.h>

#include "control/fault.h"
#include "dataplane/switch.h"
#include "relay/call.h"

struct places;

/* Everything that STATE states is free.  NULL: errno. */
struct places *places_open(const struct sw_state *state);
void places_close(struct places *p); /* NULL is fine */

/* For P, of which nothing is taken yet: the ports that rest in OLD rest here, too. */
void places_inherit(struct places *p, const struct places *old);

/* Give every stream of C that has no transport yet a slot, a port and an id, and every new leg
 * its local address.  0; -EINVAL and FAULT says why, nothing is taken then. */
int places_give(struct places *p, struct call *c, int64_t now_ms, struct fault *fault);

/* Take the places that C, a call of a record or from before, says it has.  0; -ENOENT: its
 * address, a port or a slot of it is not ours any more, or taken; nothing is taken then. */
int places_claim(struct places *p, struct call *c);

/* Take back the places of those streams of C that KEPT (NULL: no call) does not have.  USED:
 * packets may have come there, so the ports rest. */
void places_return(struct places *p, const struct call *c, const struct call *kept, bool used,
	int64_t now_ms);
