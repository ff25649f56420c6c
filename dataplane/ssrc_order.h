/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of ssrc.h share: the size of an index, and how they store, so that a kill at
 * any store leaves a table that can be gone on with.  Some of their ORDERED() keep an index
 * from being sealed twice, some only keep the fields of an entry together; the test of
 * histories kills at each. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#include "dataplane/ordered.h"

#define INDEX_MAX ((UINT64_C(1) << 48) - 1)

enum { ROC = 1 << 16 }; /* one step of the roll-over counter, in indexes */

static inline uint64_t
load(const _Atomic uint64_t *at)
{
	return atomic_load_explicit(at, memory_order_relaxed);
}

static inline void
store(_Atomic uint64_t *at, uint64_t value)
{
	atomic_store_explicit(at, value, memory_order_relaxed);
}
