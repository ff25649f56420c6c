/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files behind host.h share.  Nobody else's. */
#pragma once

#include "dataplane/host.h"

enum { HOST_STEP_MS = 20 }; /* between two looks */

void host_sleep_ms(long ms);

/* Bind NAME in this network namespace, for host_list_names() until the descriptor that is
 * returned is closed.  -EADDRINUSE; -errno. */
int host_bind_name(const char *name);

/* Give TAKE the names that root and our own user have bound so: anybody else may bind names as
 * well, to mislead us.  (A kernel that cannot tell whose they are, without CONFIG_UNIX_DIAG or
 * before Linux 5.3, gives everybody's.)  The kernel gives its list in pieces, and does not say
 * whether it has changed between two: one may come twice and, where another socket is closed
 * meanwhile, not at all.  0 or -errno. */
typedef void host_take_name(const char *name, void *arg);
int host_list_names(host_take_name *take, void *arg);

/* Wait a while until no other socket takes the media of CONF, or its mesh.  0; -EADDRINUSE,
 * after a log line that says whose it is. */
int host_check_free(const struct opt_interface *conf);
