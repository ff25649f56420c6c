/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of methods and events -> docs/rpc.md.  Pure. */
#pragma once

#include <stddef.h>

#include "control/rpc.h"

/* The whole page, with the kinds of EVENTS (NULL: there are none); release with free().  NULL:
 * no memory. */
char *rpc_markdown(
	const struct rpc_method *methods, size_t n, const struct event_kind *events);
