/* SPDX-License-Identifier: Apache-2.0
 *
 * What strowger-switch gives up once its devices are open: the capabilities and system calls
 * that it does not need to run and to end.  Main thread. */
#pragma once

#include "dataplane/options.h"

/* After everything that O asks for has been opened.  0, or -errno after a log line. */
int sandbox_switch(const struct options *o);
