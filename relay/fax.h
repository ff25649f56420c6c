/* SPDX-License-Identifier: Apache-2.0
 *
 * A fax gateway between two joined streams: one party sends and takes fax as sound (G.711),
 * the other one as T.38 over UDPTL.  Which pair has one, what it is told of the T.38 party,
 * and its bridge in the switch's terms.  Pure functions of the call model.  Control's one
 * thread.  ITU-T T.38. */
#pragma once

#include <stdbool.h>

#include "relay/bridge.h"

struct coding;

enum {
	FAX_DEPTH = 3, /* datagrams that each of ours makes up for, as most gateways do */
	/* The shortest datagram that a party can ask for: what asks for less gets this. */
	FAX_DATAGRAM_MIN = SW_FAX_DATAGRAM_MIN,
};

/* C's party speaks T.38 as F says, and what its peer says as sound is to become that; or, with
 * F's gateway 0, nothing becomes T.38.  Longer datagrams than SW_FAX_DATAGRAM_MAX are not told
 * apart, nor lengths that differ by less than eight. */
void fax_set(struct coding *c, const struct request_fax *f);
/* The same back. */
struct request_fax fax_get(const struct coding *c);

/* Is S the T.38 side of a gateway, if its peer has sound? */
bool fax_is_t38(const struct stream *s);

/* Is there a gateway between the two, either of which may be the T.38 side?  B may be NULL:
 * there is none. */
bool fax_joins(const struct stream *a, const struct stream *b);

/* The same, but the one that has sound has no G.711. */
bool fax_lacks_codec(const struct stream *a, const struct stream *b);

/* The first G.711 of what the party of S may send; NULL: it has none. */
const struct request_format *fax_sound_of(const struct stream *s);

/* The party of S is to be told, or with SAID has said, that it may send the N of F: will a fax
 * come and go by what it may send already? */
bool fax_keeps_sound(
	const struct stream *s, const struct request_format *f, unsigned n, bool said);

/* Can a fax pass between stream J of leg I of C and its peer, if it is to?  0; -EINVAL and
 * FAULT says why not. */
int fax_check(const struct call *c, unsigned i, unsigned j, struct fault *fault);

/* Of two that a gateway joins, neither lacking a codec: the rules of what FROM's party sends,
 * *B being all 0; and the same in words, of BRIDGE_TEXT bytes. */
void fax_rules(const struct stream *from, const struct stream *to, struct sw_bridge *b);
void fax_describe(const struct stream *from, const struct stream *to,
	const struct sw_bridge *b, char *text);
