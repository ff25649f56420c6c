/* SPDX-License-Identifier: Apache-2.0
 *
 * The themes of the methods, in the order of rpc.describe and docs/rpc.md. */
#include "relay/methods.h"

#include <assert.h>

#include "relay/methods_inside.h"

static const struct rpc_method *const themes[] = {methods_call, methods_many, methods_move,
	methods_watch, methods_stats, methods_codecs, methods_node, methods_telemetry,
	methods_config, methods_events, methods_log, methods_capture, methods_mesh,
	methods_mesh_identity, methods_mesh_calls};

const struct rpc_method *
relay_methods(void)
{
	static struct rpc_method all[RELAY_METHODS];
	struct rpc_method *m = all;

	if (m->name != NULL)
		return all;
	for (size_t i = 0; i < sizeof themes / sizeof *themes; i++)
		for (const struct rpc_method *row = themes[i]; row->name != NULL; row++) {
			assert(m < all + RELAY_METHODS);
			*m++ = *row;
		}
	assert(m == all + RELAY_METHODS);
	return all;
}
