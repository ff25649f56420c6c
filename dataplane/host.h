/* SPDX-License-Identifier: Apache-2.0
 *
 * What strowger takes from the host for its media ranges, and gives back: the ports are kept
 * from the kernel's own choice (net.ipv4.ip_local_reserved_ports), and a range in which some
 * socket is bound already is refused.  What was there before is written down in the run
 * directory, so that the next start after a kill -9 can still restore it.  Main thread. */
#pragma once

#include "dataplane/options.h"

/* Take the ports of O; those that a killed predecessor of this run directory had taken stay so
 * without a gap, or are given back.  Under the run directory's lock.  0; -EADDRINUSE after a
 * log line that names the port, the process and the range. */
int host_claim_ports(const struct options *o);
/* Give back what we have claimed, or what such a predecessor had.  Under that lock. */
void host_release_ports(const struct options *o);

/* Hold NAME (up to 78 bytes) in this network namespace until the descriptor that is returned
 * is closed; a killed process lets go too.  -EADDRINUSE: a process of root's or of our own
 * user has not let go of it for WAIT_MS; what others bind is in nobody's way.  -errno. */
int host_hold(const char *name, unsigned wait_ms);
