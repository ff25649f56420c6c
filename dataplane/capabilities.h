/* SPDX-License-Identifier: Apache-2.0
 *
 * Giving up capabilities.  They belong to threads, not to the process: a thread keeps its own
 * whatever another one does.  Plain C, for both processes; raw system calls rather than
 * libcap-ng, since a thread may have to do it in a signal handler.  capabilities(7). */
#pragma once

#include <stdint.h>

#define CAPABILITY(cap) (UINT64_C(1) << (cap))

/* Nothing but KEEP, a set of CAPABILITY(CAP_...), may be had by this thread or what it
 * executes, whatever that program is: the bounding set.  Without CAP_SETPCAP nothing happens,
 * and no_new_privs must do.  May be called in a signal handler.  0 or -errno. */
int capabilities_bound(uint64_t keep);

/* This thread has at most KEEP from now on, passes none on, and is bound to it.  May be called
 * in a signal handler.  0 or -errno. */
int capabilities_keep(uint64_t keep);

/* The same for every thread of this process, whoever has made it.  The main thread, while
 * nobody else starts threads; none may block SIGRTMIN.  0 or -errno: a thread has not answered
 * within a second, -ETIMEDOUT. */
int capabilities_keep_everywhere(uint64_t keep);
