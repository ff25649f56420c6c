/* SPDX-License-Identifier: Apache-2.0
 *
 * Descriptors that go with a message over a Unix socket.  A buffer for one has room for two
 * (of 64 bits), so a peer may pass more than was asked for.  Any thread.  unix(7), SCM_RIGHTS.
 */
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

/* Send LEN bytes over SOCKET, and FD with them unless it is -1; FD stays the caller's.  As
 * send(2). */
ssize_t passed_fd_send(int socket, const void *bytes, size_t len, int fd, int flags);

/* Likewise with those of FD[0..n), n <= PASSED_FDS, that are not -1. */
enum { PASSED_FDS = 2 };
ssize_t passed_fds_send(
	int socket, const void *bytes, size_t len, const int *fd, unsigned n, int flags);

/* The first descriptor that came with MSG, the caller's from now on; all others are closed.
 * -1: none. */
int passed_fd_take(struct msghdr *msg);

/* Likewise the first N; -1 in FD where there is none. */
void passed_fds_take(struct msghdr *msg, int *fd, unsigned n);
