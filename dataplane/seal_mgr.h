/* SPDX-License-Identifier: Apache-2.0
 *
 * The managers of libipsec-mb that the engine `burst` works with: its tables of functions, one
 * for each set of instructions.  x86-64.  All of this is for the main thread; a manager is
 * then of one forwarding core, or of the main thread. */
#pragma once

#include <intel-ipsec-mb.h>
#include <stdbool.h>
#include <stdint.h>

/* BEST: the vector instructions that the CPU has, HMAC-SHA1 by seal_sha1.h if they suffice and
 * it agrees with the library; or those that come with SHA ones.  WITHOUT: IMB_FLAG_..._OFF,
 * what of the CPU to leave alone; 0 but in tests.  The caller owns it until seal_mgr_close().
 * NULL: no memory. */
IMB_MGR *seal_mgr_open(bool best, uint64_t without);
void seal_mgr_close(IMB_MGR *mgr); /* NULL is fine */

/* Has MGR all of FEATURES (IMB_FEATURE_..., IMB_CPUFLAGS_...)? */
bool seal_mgr_has(const IMB_MGR *mgr, uint64_t features);

/* Packets that MGR, one of the best, authenticates side by side. */
unsigned seal_mgr_lanes(const IMB_MGR *mgr);

/* Up to how many packets FEW, which has SHA instructions, authenticates sooner than MGR with
 * all its lanes does.  CPUs differ; eight on Zen 4.  0: it gains nothing. */
unsigned seal_mgr_few(IMB_MGR *mgr, IMB_MGR *few);
