/* SPDX-License-Identifier: Apache-2.0
 *
 * What links in the mesh have counted, those that are no more among them: sums that only rise.
 * Control's one thread. */
#pragma once

#include <stdint.h>

struct mesh;
struct sw_mesh_link;

enum mesh_sum {
	MESH_RX_DATAGRAMS,
	MESH_TX_DATAGRAMS,
	MESH_RX_FRAMES,
	MESH_TX_FRAMES,
	MESH_RX_AUDIO,
	MESH_TX_AUDIO,
	MESH_FORWARDED,
	MESH_DUPLICATES,
	MESH_RESENT,
	MESH_GIVEN_UP,
	MESH_ELSEWHERE,
	MESH_UNOPENED,
	MESH_SUMS
};
extern const char *const mesh_sum_words[MESH_SUMS]; /* "rx_datagrams", ... */

/* What LINK has counted so far, added to SUM. */
void mesh_sums_add(uint64_t sum[MESH_SUMS], const struct sw_mesh_link *link);

/* Of all links, since this process began. */
void mesh_sums(const struct mesh *m, uint64_t sum[MESH_SUMS]);
