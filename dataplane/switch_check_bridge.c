/* SPDX-License-Identifier: Apache-2.0
 *
 * Validation of a bridge's rules (switch.h): apart from switch_check.c, for it needs the
 * codecs, and few who look at messages do.  Pure; the switch's main thread. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "dataplane/switch.h"

enum { PAYLOAD_TYPES = 128 };

static const struct sw_bridge none;

static bool
map_ok(const struct sw_bridge *b)
{
	bool mapped[PAYLOAD_TYPES] = {false};

	if (b->maps == 0 || b->maps > SW_MAPS || b->transcoder != 0 ||
		memcmp(&b->transcode, &none.transcode, sizeof none.transcode) != 0)
		return false;
	for (uint32_t i = 0; i < b->maps; i++) {
		if (b->map[i].from >= PAYLOAD_TYPES || b->map[i].to >= PAYLOAD_TYPES ||
			b->map[i].law >= SW_LAWS || b->map[i].reserved != 0 ||
			mapped[b->map[i].from])
			return false;
		mapped[b->map[i].from] = true;
	}
	return memcmp(&b->map[b->maps], none.map, (SW_MAPS - b->maps) * sizeof b->map[0]) == 0;
}

static bool
transcode_ok(const struct sw_bridge *b, const struct sw_state *st)
{
	return b->transcoder < st->transcoders && b->maps == 0 &&
	       memcmp(b->map, none.map, sizeof none.map) == 0 &&
	       transcode_conf_is_valid(&b->transcode);
}

int
sw_check_bridge(const struct sw_bridge *b, const struct sw_state *st)
{
	bool ok = b->reserved == 0;

	switch (b->kind) {
	case SW_BRIDGE_MAP:
		ok = ok && map_ok(b);
		break;
	case SW_BRIDGE_TRANSCODE:
		ok = ok && transcode_ok(b, st);
		break;
	default:
		ok = false;
	}
	return ok ? 0 : -EINVAL;
}
