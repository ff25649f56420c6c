/* SPDX-License-Identifier: Apache-2.0
 *
 * How often something may be done that costs, and that others have us do; see node_inside.h.
 */
#include "mesh/node_inside.h"

bool
mesh_node_may(struct mesh_node *n, struct bucket *b, unsigned a_second)
{
	const int64_t second = 1000000;
	int64_t now = n->now * 1000;

	if (b->free_us < now)
		b->free_us = now;
	if (b->free_us - now >= second)
		return false;
	b->free_us += second / a_second;
	return true;
}
