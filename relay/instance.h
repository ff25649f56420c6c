/* SPDX-License-Identifier: Apache-2.0
 *
 * One control process a node: its run directory, and the lock in it that says so.  Whoever
 * holds the lock may remove what a killed predecessor left in the directory.  Control's one
 * thread, at start. */
#pragma once

#include <sys/types.h>

struct instance {
	int lock_fd;
	pid_t other; /* after -EBUSY: who holds the lock; 0: unknown */
};

/* Make DIR and what is missing above it.  As root: it is root's, and the group GID (not -1)
 * may make files in it, but not touch those of root (sticky).  0, or -errno after a log line.
 */
int instance_make_dir(const char *dir, gid_t gid);

/* Make what is missing above DIR.  0; -errno. */
int instance_make_parents(const char *dir);

/* Take DIR/control.lock and write our pid into it, the file being UID's (not -1).  The lock
 * goes with the process, however it ends; the file stays.  0; -EBUSY: another control runs;
 * -errno.  After a log line. */
int instance_open(struct instance *in, const char *dir, uid_t uid);
/* The lock that this process took before it became this program. */
void instance_take(struct instance *in, int lock_fd);
void instance_close(struct instance *in);
