/* SPDX-License-Identifier: Apache-2.0
 *
 * A set of free numbers 0..N-1 that are drawn at random, or taken by name, and put back.  A
 * bit each, for a port range has thousands, of which any may be the next: what a node has of
 * them stays in the cache.  Behind the port ranges.  Control's one thread. */
#pragma once

#include <stdint.h>

struct lots;

enum { LOTS_NONE = UINT32_MAX };

/* All of N numbers are free.  NULL: errno. */
struct lots *lots_open(uint32_t n);
void lots_close(struct lots *l); /* NULL is fine */

/* Any one, each as likely as the others, or LOTS_NONE. */
uint32_t lots_draw(struct lots *l);

/* Number I.  0; -EBUSY (taken already); -ERANGE. */
int lots_take(struct lots *l, uint32_t i);

void lots_put(struct lots *l, uint32_t i); /* I was taken */
uint32_t lots_left(const struct lots *l);  /* how many are free */
