/* SPDX-License-Identifier: Apache-2.0
 *
 * From the rules of a transport (state.h) to what a forwarding core reads (lcore.h): keys are
 * expanded, generations counted, and what a re-offer does not change is taken over.  Main
 * thread; publishes nothing. */
#pragma once

#include "dataplane/lcore.h"
#include "dataplane/state.h"

/* The first transport in its slot, with the keys of NEXT.unseal; also a killed switch's.
 * NEXT's latch_until is set unless it is set already.  NULL: errno. */
struct transport *compile_first(const struct tables *tb, struct state_rules *next);

/* What takes OLD's place, with OLD's contexts where the keys are the same (they are then
 * both's). NOW: OLD's rules.  NEXT.transport is what control wants; the rest of NEXT, a copy
 * of NOW's, is brought up to date here.  NULL: errno, OLD is untouched. */
struct transport *compile_next(const struct tables *tb, const struct transport *old,
	const struct state_rules *now, struct state_rules *next);

/* OLD again, for the caller to change in, with room for SINKS sinks; the contexts are then
 * both's.  NULL: errno. */
struct transport *compile_copy(const struct transport *old, unsigned sinks);

/* OLD without the older of its keys, which NEXT loses too.  NULL: errno; EBUSY: it is the one
 * that control wants. */
struct transport *compile_without_old(const struct transport *old, struct state_rules *next);

/* Has the newest unseal key of T authenticated anything? */
bool compile_key_proven(const struct transport *t);

/* With its contexts and its bridge; NULL is fine. */
void compile_free(struct transport *t);

/* ---- compile_bridge.c ---- */

/* What RULES say, to begin where STATE (NULL: of a SW_BRIDGE_MAP) has got to.  NULL: errno. */
struct bridge *compile_bridge(const struct sw_bridge *rules, struct sw_bridge_state *state);
void compile_bridge_free(struct bridge *b); /* with its codecs; NULL is fine */
