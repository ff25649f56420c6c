/* SPDX-License-Identifier: Apache-2.0
 *
 * Rebuilds calls from the records that a predecessor left.  Control's one thread. */
#pragma once

#include "relay/directory.h"
#include "relay/places.h"
#include "relay/store.h"

/* Add the calls of all records in S to D, `made`, in their places in P.  A record that cannot
 * be read, or whose places are not ours any more, is dropped after a log line.  Returns how
 * many were dropped. */
unsigned recover_calls(struct store *s, struct places *p, struct directory *d);
