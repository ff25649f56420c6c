/* SPDX-License-Identifier: Apache-2.0
 *
 * The order of stores into memory that outlives us: see ORDERED().  Any thread. */
#pragma once

#include <stdatomic.h>

/* What is written above this is in memory before what is written below it, should a kill come
 * in between.  (Stores of one thread reach memory in its program's order as far as anybody can
 * tell who looks after its end, so holding the compiler is enough.)  A test may define it as a
 * place to kill at. */
#ifndef ORDERED
#define ORDERED() atomic_signal_fence(memory_order_seq_cst)
#endif
