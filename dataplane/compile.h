/* SPDX-License-Identifier: Apache-2.0
 *
 * From the rules of a transport (state.h) to what a forwarding core reads (lcore.h): keys are
 * expanded, generations counted, and what a re-offer does not change is taken over.  Main
 * thread; publishes nothing. */
#pragma once

#include "dataplane/lcore.h"
#include "dataplane/state.h"

/* The first transport in its slot; also a killed switch's, whose old key may still be in use.
 * NULL: errno. */
struct transport *compile_first(const struct tables *tb, const struct state_rules *next);

/* What takes OLD's place, with OLD's contexts where the keys are the same (they are then
 * both's). NOW: OLD's rules.  NEXT.transport is what control wants; NEXT's old key and
 * generations are brought up to date here.  NULL: errno, OLD is untouched. */
struct transport *compile_next(const struct tables *tb, const struct transport *old,
	const struct state_rules *now, struct state_rules *next);

/* Has the newest unseal key of T authenticated anything? */
bool compile_key_proven(const struct transport *t);

/* With its contexts; NULL is fine. */
void compile_free(struct transport *t);
