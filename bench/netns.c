/* SPDX-License-Identifier: Apache-2.0
 *
 * The visits behind netns.h: setns(2). */
#include "bench/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int
netns_enter(const char *name)
{
	char path[128];
	int there, error, back = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

	if (back < 0)
		return -errno;
	if (name == NULL)
		return back;
	snprintf(path, sizeof path, "%s%s", strchr(name, '/') ? "" : "/run/netns/", name);
	there = open(path, O_RDONLY | O_CLOEXEC);
	if (there < 0)
		goto failed;
	if (setns(there, CLONE_NEWNET) < 0) {
		error = errno;
		close(there);
		errno = error;
		goto failed;
	}
	close(there);
	return back;

failed:
	error = -errno;
	close(back);
	return error;
}

void
netns_leave(int back)
{
	/* We came from there: that it cannot be entered again would leave nothing to do. */
	if (setns(back, CLONE_NEWNET) < 0) {
		perror("strowger-bench: cannot return to the own network namespace");
		exit(1);
	}
	close(back);
}
