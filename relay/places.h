/* SPDX-License-Identifier: Apache-2.0
 *
 * Where transports can be: the switch's local addresses, each with its ports, and its slots.
 * Gives a call's new streams a place, takes the places of calls that have them already, and
 * takes them back.
 *
 * A port belongs to a forwarding core (sw_core_of()), and so chooses who does the work: all
 * transports of a call are given to one core, so that its packets cross to no other, and that
 * is the one with the fewest.  Control's one thread. */
#pragma once

#include <stdint.h>

#include "control/fault.h"
#include "dataplane/switch.h"
#include "relay/call.h"

struct config;
struct places;

/* Everything that STATE states is free.  CONF, which stays the caller's and may change, says
 * what each address is called, here and outside.  NULL: errno. */
struct places *places_open(const struct sw_state *state, const struct config *conf);
void places_close(struct places *p); /* NULL is fine */

/* The configuration may say otherwise now where parties are to send: and so the legs of C. */
void places_tell(const struct places *p, struct call *c);

/* For P, of which nothing is taken yet: the ports that rest in OLD rest here, too. */
void places_inherit(struct places *p, const struct places *old);

/* Give every stream of C that has no transport yet a slot, a port and an id, and every new leg
 * its local address.  Ports of another core than the call's come only when there are no
 * others: nothing is refused while the address has a free one.  0; -EINVAL and FAULT says why,
 * nothing is taken then. */
int places_give(struct places *p, struct call *c, int64_t now_ms, struct fault *fault);

/* How many transports have a port of forwarding core CORE, one of the state's. */
uint32_t places_load(const struct places *p, unsigned core);

/* Take the places that C, a call of a record or from before, says it has.  0; -ENOENT: its
 * address, a port or a slot of it is not ours any more, or taken; nothing is taken then. */
int places_claim(struct places *p, struct call *c);

/* The same for C of another node, whose slots mean nothing here: it gets new ones.  0; -EINVAL
 * and FAULT names the address or port that is not ours or taken; nothing is taken then. */
int places_take_over(struct places *p, struct call *c, struct fault *fault);

/* Take back the places of those streams of C that KEPT (NULL: no call) does not have.  USED:
 * packets may have come there, so the ports rest. */
void places_return(struct places *p, const struct call *c, const struct call *kept, bool used,
	int64_t now_ms);
