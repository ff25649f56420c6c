/* SPDX-License-Identifier: Apache-2.0
 *
 * Where key material lies, in both processes: cache-line aligned, kept out of core dumps,
 * wiped when freed. Slots are carved from mapped chunks and kept for reuse; a chunk goes back
 * only at the end.  Under a sanitizer every allocation is one of its own, so that each is
 * checked; core dumps are not looked after then.  Main thread only. */
#pragma once

#include <stddef.h>

/* Before the first allocation: take memory by ordinary pages, as it is used.  For whoever
 * needs keys once a call; huge pages are for who needs one for each packet. */
void secret_take_little(void);

/* SIZE bytes (not 0) of zeros, aligned to 64.  NULL: errno. */
void *secret_alloc(size_t size);

/* SIZE: what was asked for.  NULL is fine. */
void secret_free(void *p, size_t size);

/* Give the chunks back, unless something still lies in them. */
void secret_fini(void);

/* A wide copy leaves its last bytes in the vector registers, where the next one may be hours
 * away, and a core holds the registers as well.  Overwrites those of the calling thread; for
 * whoever has copied keys and is about to wait. */
void secret_wipe_registers(void);
