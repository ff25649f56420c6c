/* SPDX-License-Identifier: Apache-2.0
 *
 * Who control runs as: root starts it, [node] user it becomes.  Control's one thread, at
 * start. */
#pragma once

#include <sys/types.h>

struct config;

struct privileges {
	uid_t uid; /* -1: stay who we are */
	gid_t gid;
	gid_t socket_gid; /* of [rpc] group; -1: none */
};

/* Whom the configuration makes us.  0; -ENOENT after a log line: no such group.  A user who
 * does not exist is a warning, and we become nobody. */
int privileges_find(struct privileges *p, const struct config *c);

/* Become that, for good: no capability, none to be had again by exec, no core dump.  0, or
 * -errno after a log line. */
int privileges_drop(const struct privileges *p);
