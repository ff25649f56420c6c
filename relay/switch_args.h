/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line of strowger-switch, made from the configuration: the switch parses no file.
 * dataplane/options.h is the other half.  Pure, any thread. */
#pragma once

#include "relay/config.h"

/* What the configuration does not say. */
struct switch_start {
	int uid, gid; /* of the user who may speak to the switch's socket; -1: whoever starts
			 it */
	bool no_sandbox;
};

/* A NULL-ended vector of strings, for exec: PROGRAM, then what options.h takes.  One block,
 * for one free(); NULL: errno. */
char **switch_args(const struct config *c, const char *program, struct switch_start start);
