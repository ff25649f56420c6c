/* SPDX-License-Identifier: Apache-2.0
 *
 * See passed_fd.h. */
#include "dataplane/passed_fd.h"

#include <string.h>
#include <unistd.h>

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
