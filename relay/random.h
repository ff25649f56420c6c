/* SPDX-License-Identifier: Apache-2.0
 *
 * Random numbers in small portions, for keys, ids and ports: one system call brings many, and
 * each is given out once and wiped behind.  Never fails: without randomness the process ends.
 * Control's one thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { RANDOM_MAX = 256 }; /* bytes of one portion */

void random_take(void *p, size_t n);

/* One of 0..N-1, each as likely as the others; N is not 0. */
uint32_t random_below(uint32_t n);
