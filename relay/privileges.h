/* SPDX-License-Identifier: Apache-2.0
 *
 * Who control runs as: root starts it, [node] user it becomes.  Control's one thread, at
 * start. */
#pragma once

#include <sys/types.h>

#include "control/rpc.h"

struct config;

struct privileges {
	uid_t uid; /* -1: stay who we are */
	gid_t gid;
	gid_t socket_gid[RPC_ROLES]; /* of [rpc] group, session_group, view_group; -1: none */
	gid_t ng_gid;                /* of [ng] group; -1: none */
};

/* Whom the configuration makes us.  0; -ENOENT after a log line: no such group.  A user who
 * does not exist is a warning, and we become nobody. */
int privileges_find(struct privileges *p, const struct config *c);

/* Become that, for good: no capability in any set, also for one who stays root; none to be had
 * again by exec; no core dump, and no debugger but root's.  0, or -errno after a log line. */
int privileges_drop(const struct privileges *p);

/* The launcher, which stays root: no capability but those that a switch starts with.  0 or
 * -errno. */
int privileges_launcher(void);
