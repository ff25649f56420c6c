/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory for key material: cache-line aligned, kept out of core dumps, wiped when freed. Slots
 * are carved from mapped chunks and kept for reuse; a chunk goes back only at the end.  Under
 * a sanitizer every allocation is one of its own, so that each is checked; core dumps are not
 * looked after then. Main thread only. */
#pragma once

#include <stddef.h>

/* SIZE bytes of zeros, aligned to 64.  NULL: errno. */
void *seal_alloc(size_t size);

/* SIZE: what was asked for.  NULL is fine. */
void seal_free(void *p, size_t size);

/* Give every chunk back; whatever still lies in them is gone. */
void seal_memory_fini(void);
