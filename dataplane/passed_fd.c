/* SPDX-License-Identifier: Apache-2.0
 *
 * See passed_fd.h. */
#include "dataplane/passed_fd.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

ssize_t
passed_fds_send(
	int socket, const void *bytes, size_t len, const int *fd, unsigned n, int flags)
{
	struct iovec io = {(void *)(uintptr_t)bytes, len};
	alignas(struct cmsghdr) char space[CMSG_SPACE(PASSED_FDS * sizeof *fd)] = {0};
	struct msghdr msg = {.msg_iov = &io, .msg_iovlen = 1};
	int passed[PASSED_FDS];
	struct cmsghdr *with = (void *)space;
	size_t size = 0;

	for (unsigned i = 0; i < n; i++)
		if (fd[i] >= 0)
			passed[size++] = fd[i];
	size *= sizeof *passed;
	if (size > 0) {
		msg.msg_control = space;
		msg.msg_controllen = CMSG_SPACE(size);
		with->cmsg_level = SOL_SOCKET;
		with->cmsg_type = SCM_RIGHTS;
		with->cmsg_len = CMSG_LEN(size);
		memcpy(CMSG_DATA(with), passed, size);
	}
	return sendmsg(socket, &msg, flags);
}

ssize_t
passed_fd_send(int socket, const void *bytes, size_t len, int fd, int flags)
{
	return passed_fds_send(socket, bytes, len, &fd, 1, flags);
}

void
passed_fds_take(struct msghdr *msg, int *kept, unsigned most)
{
	unsigned took = 0;

	for (unsigned i = 0; i < most; i++)
		kept[i] = -1;
	for (struct cmsghdr *with = CMSG_FIRSTHDR(msg); with; with = CMSG_NXTHDR(msg, with)) {
		size_t n = (with->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (with->cmsg_level != SOL_SOCKET || with->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(with) + i * sizeof fd, sizeof fd);
			if (took < most)
				kept[took++] = fd;
			else
				close(fd);
		}
	}
}

int
passed_fd_take(struct msghdr *msg)
{
	int fd;

	passed_fds_take(msg, &fd, 1);
	return fd;
}
