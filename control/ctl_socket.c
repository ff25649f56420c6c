/* SPDX-License-Identifier: Apache-2.0
 *
 * See ctl_socket.h. */
#include "control/ctl_socket.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "control/rpc.h"

const char *
ctl_socket_of(const char *path, const char *role, char *buf, size_t room)
{
	const char *slash = strrchr(path, '/');

	snprintf(buf, room, "%.*s%s.sock", slash != NULL ? (int)(slash + 1 - path) : 0, path,
		role);
	return buf;
}

void
ctl_socket_choose(char *path, size_t room)
{
	char one[128];

	/* The most powerful is the first; connect(2) asks for the right to write. */
	for (unsigned i = 0; i < RPC_ROLES; i++) {
		ctl_socket_of(path, rpc_role_names[i], one, sizeof one);
		if (faccessat(AT_FDCWD, one, W_OK, AT_EACCESS) != 0 || strlen(one) >= room)
			continue;
		strcpy(path, one);
		return;
	}
}
