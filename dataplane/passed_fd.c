/* SPDX-License-Identifier: Apache-2.0
 *
 * See passed_fd.h. */
#include "dataplane/passed_fd.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

ssize_t
passed_fd_send(int socket, const void *bytes, size_t len, int fd, int flags)
{
	struct iovec io = {(void *)(uintptr_t)bytes, len};
	alignas(struct cmsghdr) char space[CMSG_SPACE(sizeof fd)] = {0};
	struct msghdr msg = {.msg_iov = &io, .msg_iovlen = 1};
	struct cmsghdr *with;

	if (fd >= 0) {
		msg.msg_control = space;
		msg.msg_controllen = sizeof space;
		with = CMSG_FIRSTHDR(&msg);
		with->cmsg_level = SOL_SOCKET;
		with->cmsg_type = SCM_RIGHTS;
		with->cmsg_len = CMSG_LEN(sizeof fd);
		memcpy(CMSG_DATA(with), &fd, sizeof fd);
	}
	return sendmsg(socket, &msg, flags);
}

int
passed_fd_take(struct msghdr *msg)
{
	int kept = -1;

	for (struct cmsghdr *with = CMSG_FIRSTHDR(msg); with; with = CMSG_NXTHDR(msg, with)) {
		size_t n = (with->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (with->cmsg_level != SOL_SOCKET || with->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(with) + i * sizeof fd, sizeof fd);
			if (kept < 0)
				kept = fd;
			else
				close(fd);
		}
	}
	return kept;
}
