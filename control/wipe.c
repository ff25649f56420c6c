/* SPDX-License-Identifier: Apache-2.0
 *
 * See wipe.h. */
#include "control/wipe.h"

#include <event2/event.h>
#include <jansson.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

void
wipe_install(void)
{
	json_set_alloc_funcs(malloc, wipe_free);
	event_set_mem_functions(malloc, wipe_realloc, wipe_free);
}

void
wipe_free(void *p)
{
	if (p == NULL)
		return;
	explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

/* The C library's own would leave the old block as it is whenever it moves it. */
void *
wipe_realloc(void *p, size_t size)
{
	size_t old = p == NULL ? 0 : malloc_usable_size(p);
	void *q = malloc(size);

	if (q == NULL)
		return NULL;
	if (p != NULL)
		memcpy(q, p, old < size ? old : size);
	wipe_free(p);
	return q;
}
