/* SPDX-License-Identifier: Apache-2.0
 *
 * See mesh_sums.h. */
#include "relay/mesh_sums.h"

#include <stddef.h>
#include <string.h>

#include "relay/figures.h"
#include "relay/mesh_inside.h"

static const size_t at[MESH_SUMS] = {
	[MESH_RX_DATAGRAMS] = offsetof(struct sw_mesh_link, rx_datagrams),
	[MESH_TX_DATAGRAMS] = offsetof(struct sw_mesh_link, tx_datagrams),
	[MESH_RX_FRAMES] = offsetof(struct sw_mesh_link, rx_frames),
	[MESH_TX_FRAMES] = offsetof(struct sw_mesh_link, tx_frames),
	[MESH_RX_AUDIO] = offsetof(struct sw_mesh_link, rx_audio),
	[MESH_TX_AUDIO] = offsetof(struct sw_mesh_link, tx_audio),
	[MESH_FORWARDED] = offsetof(struct sw_mesh_link, forwarded),
	[MESH_DUPLICATES] = offsetof(struct sw_mesh_link, duplicates),
	[MESH_RESENT] = offsetof(struct sw_mesh_link, resent),
	[MESH_GIVEN_UP] = offsetof(struct sw_mesh_link, given_up),
	[MESH_ELSEWHERE] = offsetof(struct sw_mesh_link, elsewhere),
	[MESH_UNOPENED] = offsetof(struct sw_mesh_link, unopened),
};

const char *const mesh_sum_words[MESH_SUMS] = {
	[MESH_RX_DATAGRAMS] = "rx_datagrams",
	[MESH_TX_DATAGRAMS] = "tx_datagrams",
	[MESH_RX_FRAMES] = "rx_frames",
	[MESH_TX_FRAMES] = "tx_frames",
	[MESH_RX_AUDIO] = "rx_audio",
	[MESH_TX_AUDIO] = "tx_audio",
	[MESH_FORWARDED] = "forwarded",
	[MESH_DUPLICATES] = "duplicates",
	[MESH_RESENT] = "resent",
	[MESH_GIVEN_UP] = "given_up",
	[MESH_ELSEWHERE] = "elsewhere",
	[MESH_UNOPENED] = "unopened",
};

void
mesh_sums_add(uint64_t sum[MESH_SUMS], const struct sw_mesh_link *link)
{
	for (unsigned i = 0; i < MESH_SUMS; i++)
		sum[i] += figures_count((const void *)((const char *)link + at[i]));
}

void
mesh_sums(const struct mesh *m, uint64_t sum[MESH_SUMS])
{
	struct mesh_neighbour_look look;

	memcpy(sum, m->gone, sizeof m->gone);
	for (unsigned slot = 0; mesh_node_neighbour(m->node, &slot, &look);) {
		const struct sw_mesh_link *link =
			switch_client_mesh_link(m->client, look.row.slot);

		if (link != NULL && figures_count(&link->id) == look.row.id)
			mesh_sums_add(sum, link);
	}
}
