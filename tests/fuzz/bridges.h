/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever a call has become by bytes from outside: what the bridge makes of its codecs is
 * what the switch takes, and can be said. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "relay/bridge.h"

static inline void
check_bridge(const struct stream *from, const struct stream *to)
{
	static const struct sw_state node = {.transcoders = SW_TRANSCODERS};
	struct sw_bridge b;
	char text[BRIDGE_TEXT];

	if (bridge_rules(from, to, &b) && sw_check_bridge(&b, &node) != 0)
		abort();
	bridge_describe(from, to, text);
	if (strnlen(text, sizeof text) == sizeof text || text[0] == '\0')
		abort();
	bridge_describe_codecs(from, to, text);
	if (strnlen(text, sizeof text) == sizeof text)
		abort();
}

static inline void
check_bridges(const struct call *c)
{
	for (unsigned i = 0; i < c->legs; i++)
		for (unsigned j = 0; j < c->leg[i].streams; j++)
			check_bridge(&c->leg[i].stream[j], bridge_peer(c, i, j));
}
