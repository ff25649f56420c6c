/* SPDX-License-Identifier: Apache-2.0
 *
 * The system calls that control and its launcher may make: the tables, and putting them in
 * force.  Control's one thread, at start; the launcher's process. */
#pragma once

#include <stdbool.h>

/* What the filter of a strowger that was before us refuses is told, rather than our end. First
 * of all. */
void sandbox_begin(void);

/* From now on control makes those of its table only, and so does what it executes: a child
 * that is asked about an upgrade, and the strowger that it becomes.  0, or -errno after a log
 * line. */
int sandbox_control(void);

/* Are we executed by a strowger with another table? */
bool sandbox_is_of_another(void);

/* The launcher, and every switch that it starts, from now on: privileges_launcher(), and not
 * the system calls that nobody needs to start a switch.  0 or -errno. */
int sandbox_launcher(void);
