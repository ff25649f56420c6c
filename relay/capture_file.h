/* SPDX-License-Identifier: Apache-2.0
 *
 * The file of a capture, as control makes it: in one directory, new, its owner's alone, and
 * with all but the packets in it.  Control's one thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct sw_state;

/* Make the file NAME in DIRECTORY, which is made if it is not there, and write what stands
 * before packets: COMMENT, and the devices of ST.  Its descriptor; -errno: -EEXIST (there is
 * one of that name), -EACCES, -ENOSPC, -ENOTDIR, ... */
int capture_file_open(const char *directory, const char *name, const struct sw_state *st,
	uint32_t snaplen, const char *comment);

/* It is of no use after all. */
void capture_file_remove(const char *directory, const char *name);
