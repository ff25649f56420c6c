/* SPDX-License-Identifier: Apache-2.0
 *
 * A table of methods -> docs/rpc.md.  Pure. */
#pragma once

#include <stddef.h>

#include "control/rpc.h"

/* The whole page; release with free().  NULL: no memory. */
char *rpc_markdown(const struct rpc_method *methods, size_t n);
