/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files behind host.h share.  Nobody else's. */
#pragma once

#include "dataplane/host.h"

enum { HOST_STEP_MS = 20 }; /* between two looks */

void host_sleep_ms(long ms);

/* Bind NAME as an abstract name, whoever else might want to.  -EADDRINUSE; -errno. */
int host_bind_name(const char *name);

/* Wait a while until no other socket takes the media of CONF, or its mesh.  0; -EADDRINUSE,
 * after a log line that says whose it is. */
int host_check_free(const struct opt_interface *conf);
