/* SPDX-License-Identifier: Apache-2.0
 *
 * The media ports of one local address.  They are given out in pairs, RTP even and RTCP odd
 * (RFC 3550 section 11), also where RTCP shares the RTP port: the peer may yet decline that.
 * A pair is drawn at random, so that nobody can aim at the next call, and rests after use, so
 * that what is still under way to the last call does not reach the next one.  The number of a
 * pair says which forwarding core it belongs to (sw_core_of()), and each core's pairs are
 * drawn by themselves.  No clock of its own.  Control's one thread. */
#pragma once

#include <stdint.h>

struct ports;

enum { PORTS_REST_MS = 5000 }; /* how long a pair rests after use, by default */

/* The range FIRST..LAST: pairs whose both ports lie in it, dealt out to CORES (1..SW_CORES).
 * NULL with errno: EINVAL (no pair in it), ENOMEM. */
struct ports *ports_open(uint16_t first, uint16_t last, unsigned cores, unsigned rest_ms);
void ports_close(struct ports *p); /* NULL is fine */

/* A pair's even port, of forwarding core CORE; -ENOSPC when that has none free.  NOW_MS: any
 * clock that does not go back. */
int ports_take(struct ports *p, unsigned core, int64_t now_ms);

/* The pair of PORT, for a call that has it already.  0; -EADDRINUSE; -ERANGE (not an even port
 * of the range). */
int ports_take_this(struct ports *p, uint16_t port);

/* Give back; it rests from NOW_MS on.  One that no packet can have reached need not:
 * ports_undo(). */
void ports_put(struct ports *p, uint16_t port, int64_t now_ms);
void ports_undo(struct ports *p, uint16_t port);

/* Pairs that can be taken, those that rest not counted: of all cores, of CORE. */
uint32_t ports_free(struct ports *p, int64_t now_ms);
uint32_t ports_free_of(struct ports *p, unsigned core, int64_t now_ms);

/* For P, of which nothing rests yet: what rests in OLD does so here, too, and as long, if it
 * is of the range and free.  The two may be dealt out to other numbers of cores. */
void ports_inherit(struct ports *p, const struct ports *old);
