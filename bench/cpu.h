/* SPDX-License-Identifier: Apache-2.0
 *
 * How long a process has run on CPUs, and how long it has waited for one: sums over its
 * threads, to the nanosecond (/proc/PID/task/TID/schedstat; the ticks of /proc/PID/stat are
 * too coarse for a run of seconds).  A figure taken while its process waited says more about
 * its neighbours. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct cpu_use {
	double ran, waited; /* nanoseconds */
};

/* All 0 when there is no such process. */
struct cpu_use cpu_use(pid_t pid);

/* What the process is called, "?" when it is gone. */
void cpu_name(pid_t pid, char *name, size_t room);
