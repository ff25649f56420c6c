/* SPDX-License-Identifier: Apache-2.0
 *
 * The one part of control that keeps root's privileges: a helper process, forked before the
 * rest gives them up, which starts strowger-switch when asked.  It takes one byte and perhaps
 * a descriptor, knows one command line, fixed when it was forked, and parses nothing.  It ends
 * when control does; the switch that it has started goes on.  Control's one thread; the helper
 * is a process of its own. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

struct launcher;

enum launcher_what {
	LAUNCHER_STARTED, /* pid; status 0 */
	LAUNCHER_FAILED,  /* status: errno; -EBUSY when the one started before still runs */
	LAUNCHER_ENDED,   /* pid; status as from waitpid() */
};

struct launcher_report {
	uint32_t what; /* enum launcher_what */
	int32_t pid;
	int32_t status;
};

/* Fork the helper, which gives up by HARDEN what it and the switch do not need (0 or -errno:
 * it ends; NULL: nothing).  Before there are threads, locks or descriptors that it should not
 * have.  NULL: errno. */
struct launcher *launcher_open(char *const argv[], int (*harden)(void));
/* Of a helper that another program forked, which this process was before: its socket SOCK and
 * its process number.  NULL: errno. */
struct launcher *launcher_take(int sock, pid_t helper);
pid_t launcher_helper(const struct launcher *l);
void launcher_close(struct launcher *l); /* the helper ends; NULL is fine */

/* Ask it to start the switch, which inherits STATE_FD (-1: none) and is told so by --state-fd;
 * the report follows.  0; -EPIPE: the helper is gone. */
int launcher_start(struct launcher *l, int state_fd);

/* Ask it to send the switch that it has started SIGTERM or SIGKILL; without one, nothing
 * happens. */
int launcher_signal(struct launcher *l, int sig);

int launcher_fd(const struct launcher *l); /* readable: launcher_read() */

/* The next report.  0; -EAGAIN; -EPIPE: the helper is gone. */
int launcher_read(struct launcher *l, struct launcher_report *r);
