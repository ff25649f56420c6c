/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys pass through jansson's values and libevent's buffers, whose freed blocks would keep
 * them in the heap until something else is written there.  This gives both libraries a free
 * and a realloc that overwrite the old block. */
#pragma once

#include <stddef.h>

/* First thing in main(): both libraries must not have allocated anything yet. */
void wipe_install(void);

/* free() and realloc() that overwrite what they give back, for buffers that held a key. */
void wipe_free(void *p); /* NULL is fine */
void *wipe_realloc(void *p, size_t size);
