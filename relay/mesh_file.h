/* SPDX-License-Identifier: Apache-2.0
 *
 * The file of this node's identities in the mesh.  Whoever has it is this node, so it is read
 * only if nobody else can be reading it, and written anew as a whole:
 *
 *   {"version": 1, "identities": [{"seed": "64 hexadecimal digits", "did": "5550100",
 *    "name": "Almon"}, ...]}
 *
 * The first identity is the primary one; did and name may be absent.  All keys follow from the
 * seed.  Control's one thread. */
#pragma once

#include <sys/types.h>

#include "mesh/node.h"

enum { MESH_FILE_VERSION = 1 };

/* Make the directory of PATH, and what is missing above it, before we are UID and GID (-1: we
 * stay who we are): if it is not there yet it is theirs alone.  0, or -errno after a log line.
 */
int mesh_file_make_dir(const char *path, uid_t uid, gid_t gid);

/* Fill IDS from PATH.  0; -ENOENT: there is no such file; -EPERM: others may read it, or have
 * made it; -EBADMSG, -errno.  All but -ENOENT after a log line. */
int mesh_file_read(const char *path, struct mesh_identities *ids);

/* 0, or -errno after a log line: then the file is as it was. */
int mesh_file_write(const char *path, const struct mesh_identities *ids);
