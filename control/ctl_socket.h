/* SPDX-License-Identifier: Apache-2.0
 *
 * Which of a node's sockets strowger-ctl speaks to. */
#pragma once

#include <stddef.h>

/* PATH (of ROOM bytes) is a node's admin.sock, and becomes that of the most powerful socket
 * that we may open.  There is none: it stays. */
void ctl_socket_choose(char *path, size_t room);

/* The socket beside PATH for ROLE ("session"), in BUF. */
const char *ctl_socket_of(const char *path, const char *role, char *buf, size_t room);
