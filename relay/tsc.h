/* SPDX-License-Identifier: Apache-2.0
 *
 * The counter that the switch takes time with (DPDK's rte_rdtsc() without DPDK), for the age
 * of what it writes down.  Any thread. */
#pragma once

#include <stdint.h>

static inline uint64_t
tsc_now(void)
{
#if defined(__x86_64__)
	return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
	uint64_t ticks;

	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
	return ticks;
#else
#error "strowger runs on x86-64 and aarch64"
#endif
}
