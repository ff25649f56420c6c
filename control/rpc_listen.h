/* SPDX-License-Identifier: Apache-2.0
 *
 * The socket in the file system that clients connect to.  Control's one thread. */
#pragma once

struct rpc_socket;

/* A bound socket, which nobody can connect to before it listens: its mode and group are right
 * by then.  A stale one in its place is removed.  -1 after a log line: errno. */
int rpc_listen_bind(const struct rpc_socket *s);

/* Give the socket at its path the mode and group; a group that cannot be given is a warning.
 * 0 or -errno. */
int rpc_listen_admit(const struct rpc_socket *s);
