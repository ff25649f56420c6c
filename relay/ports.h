/* SPDX-License-Identifier: Apache-2.0
 *
 * The media ports of one local address.  They are given out in pairs, RTP even and RTCP odd
 * (RFC 3550 section 11), also where RTCP shares the RTP port: the peer may yet decline that.
 * A pair is drawn at random, so that nobody can aim at the next call, and rests after use, so
 * that what is still under way to the last call does not reach the next one.  Constant time;
 * no clock of its own.  Control's one thread. */
#pragma once

#include <stdint.h>

struct ports;

enum { PORTS_REST_MS = 5000 }; /* how long a pair rests after use, by default */

/* The range FIRST..LAST: pairs whose both ports lie in it.  NULL with errno: EINVAL (no pair
 * in it), ENOMEM. */
struct ports *ports_open(uint16_t first, uint16_t last, unsigned rest_ms);
void ports_close(struct ports *p); /* NULL is fine */

/* A pair's even port; -ENOSPC when none is free.  NOW_MS: any clock that does not go back. */
int ports_take(struct ports *p, int64_t now_ms);

/* The pair of PORT, for a call that has it already.  0; -EADDRINUSE; -ERANGE (not an even port
 * of the range). */
int ports_take_this(struct ports *p, uint16_t port);

/* Give back; it rests from NOW_MS on.  One that no packet can have reached need not:
 * ports_undo(). */
void ports_put(struct ports *p, uint16_t port, int64_t now_ms);
void ports_undo(struct ports *p, uint16_t port);

uint32_t ports_free(struct ports *p, int64_t now_ms); /* pairs, without those that rest */

/* For P, of which nothing rests yet: what rests in OLD does so here, too, and as long, if it
 * is of the range and free. */
void ports_inherit(struct ports *p, const struct ports *old);
