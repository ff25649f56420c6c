/* SPDX-License-Identifier: Apache-2.0
 *
 * Completion of strowger-ctl's command line for bash, printed from the tables of commands and
 * options: what can be said is there, and what only a node knows (calls, methods) is asked of
 * it while somebody types. */
#pragma once

#include <stdio.h>

void ctl_completion_bash(FILE *f);
