/* SPDX-License-Identifier: Apache-2.0
 *
 * What call.c, call_apply.c, call_apply_leg.c, call_fault.c, call_keys.c and call_listeners.c
 * share.  Nobody else's. */
#pragma once

#include "relay/call.h"

/* ---- call.c ---- */

/* L, all zero, becomes a copy of FROM.  0; -ENOMEM, and it owns nothing. */
int call_copy_leg(struct leg *l, const struct leg *from);
void call_free_leg(struct leg *l); /* all that it owns */

/* ---- call_fault.c ---- */

/* Where in a request a stream stands, for the path of a fault. */
struct call_at {
	unsigned leg, stream;
	struct fault *fault;
};

/* FIELD of that stream is not what was EXPECTED.  As fault_set(). */
int call_bad_stream(const struct call_at *at, enum fault_kind kind, const char *field,
	const char *got, const char *expected);

/* Likewise of leg N; WHY: what is said. */
int call_bad_leg(unsigned n, const char *field, const char *got, const char *expected,
	const char *why, struct fault *fault);

/* ---- call_apply_leg.c ---- */

/* Do to L what R, the Nth of a request, asks.  As call_apply(). */
int call_apply_leg(
	struct leg *l, const struct leg_request *r, unsigned n, struct fault *fault);

/* ---- call_keys.c ---- */

/* The keys of S become what R asks.  FRESH: nothing that it has sealed so far is known to its
 * next transport.  As call_apply(). */
int call_apply_srtp(struct stream *s, const struct stream_request *r, bool fresh,
	const struct call_at *at);

/* ---- call_listeners.c ---- */

void call_free_listeners(struct listener *l, unsigned n);
void call_drop_listener(struct call *c, struct listener *l);
