/* SPDX-License-Identifier: Apache-2.0
 *
 * A set of free numbers 0..N-1 from which the next best can be taken, or one by name, and put
 * back, each in constant time.  Behind the transport slots.
 * Control's one thread. */
#pragma once

#include <stdint.h>

struct slots;

enum { SLOTS_NONE = UINT32_MAX };

/* All of N numbers are free.  NULL: errno. */
struct slots *slots_open(uint32_t n);
void slots_close(struct slots *s); /* NULL is fine */

/* The number put back last, or SLOTS_NONE. */
uint32_t slots_take(struct slots *s);

/* Number I.  0; -EBUSY (taken already); -ERANGE. */
int slots_take_this(struct slots *s, uint32_t i);

void slots_put(struct slots *s, uint32_t i); /* I was taken */
