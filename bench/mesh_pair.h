/* SPDX-License-Identifier: Apache-2.0
 *
 * Two nodes of a mesh with calls between them, both of them switches in this process
 * (inproc.h) that take turns on the caller's thread: RTP comes to the first one, crosses
 * boxed, and leaves the second one as RTP.  Once a process; main thread. */
#pragma once

#include <stdint.h>

#include "dataplane/switch.h"

enum { MESH_PAIR_SOUND = 160 }; /* bytes: 20 ms of G.711 */

/* 0 or -errno; to be closed in any case. */
int mesh_pair_open(unsigned calls);
void mesh_pair_close(void);

/* 20 ms of all calls.  0; -errno: out of packet buffers. */
int mesh_pair_lap(void);
uint64_t mesh_pair_heard(void); /* packets that have come through */

struct mesh_pair_cycles {
	double stage[SW_STAGES], all;
};
/* Add what each of the two has used so far, with SIGN. */
void mesh_pair_count(struct mesh_pair_cycles c[2], int sign);
