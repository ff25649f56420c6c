/* SPDX-License-Identifier: Apache-2.0
 *
 * A transport's state outside of any memfd, for tests of what is pure. */
#pragma once

#include <stdlib.h>

#include "dataplane/switch.h"

struct lone_state {
	struct sw_transport_state st;
	struct sw_transport_more more;
};

#define LONE_STATE                                                 \
	{                                                          \
		.st = {.more = offsetof(struct lone_state, more) } \
	}

/* The same on the heap, exactly as large as it is; NULL: ENOMEM.  The caller's to free(). */
static inline struct sw_transport_state *
lone_state_open(void)
{
	struct lone_state *s = aligned_alloc(alignof(struct lone_state), sizeof *s);

	if (s == NULL)
		return NULL;
	*s = (struct lone_state)LONE_STATE;
	return &s->st;
}
