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
		memcmp(&b->transcode, &none.transcode, sizeof none.transcode) != 0 ||
		memcmp(&b->fax, &none.fax, sizeof none.fax) != 0)
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
	       memcmp(&b->fax, &none.fax, sizeof none.fax) == 0 &&
	       transcode_conf_is_valid(&b->transcode);
}

static bool
is_g711(const struct codec_format *f)
{
	return (f->codec == CODEC_PCMU || f->codec == CODEC_PCMA) &&
	       codec_format_is_valid(f) && f->rate == 8000 && f->channels == 1;
}

/* What may come as sound: G.711, by payload types of their own, without a hole between. */
static bool
sound_in_ok(const struct codec_format *from)
{
	unsigned n = 0;

	while (n < TRANSCODE_FORMATS && from[n].codec != CODEC_NONE) {
		if (!is_g711(&from[n]))
			return false;
		for (unsigned k = 0; k < n; k++)
			if (from[k].payload_type == from[n].payload_type)
				return false;
		n++;
	}
	return n > 0 && memcmp(&from[n], none.transcode.from,
				(TRANSCODE_FORMATS - n) * sizeof *from) == 0;
}

static bool
fax_params_ok(const struct sw_fax *f)
{
	const unsigned modems = SW_FAX_NO_V29 | SW_FAX_NO_V27TER;

	return (f->max_datagram == 0 || f->max_datagram >= SW_FAX_DATAGRAM_MIN) &&
	       f->version <= SW_FAX_VERSION_MAX && f->correction < SW_FAX_CORRECTIONS &&
	       f->depth <= SW_FAX_DEPTH_MAX &&
	       (f->depth == 0) == (f->correction == SW_FAX_NONE) &&
	       (f->flags & ~SW_FAX_FLAGS) == 0 && (f->flags & modems) != modems &&
	       f->reserved[0] == 0 && f->reserved[1] == 0;
}

/* One side of a gateway: either sound comes in, or it leaves. */
static bool
fax_ok(const struct sw_bridge *b, const struct sw_state *st)
{
	struct transcode_conf rest = b->transcode;

	if (b->transcoder >= st->transcoders || b->maps != 0 ||
		memcmp(b->map, none.map, sizeof none.map) != 0)
		return false;
	if (rest.from[0].codec != CODEC_NONE) {
		if (!sound_in_ok(rest.from) || !fax_params_ok(&b->fax) ||
			rest.window_us > TRANSCODE_WINDOW_MAX_US)
			return false;
		memset(rest.from, 0, sizeof rest.from);
		rest.window_us = 0;
	} else {
		if (!is_g711(&rest.to[0]) || rest.to[0].ptime_ms == 0 ||
			memcmp(&b->fax, &none.fax, sizeof none.fax) != 0)
			return false;
		memset(&rest.to[0], 0, sizeof rest.to[0]);
	}
	return memcmp(&rest, &none.transcode, sizeof rest) == 0;
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
	case SW_BRIDGE_FAX:
		ok = ok && fax_ok(b, st);
		break;
	default:
		ok = false;
	}
	return ok ? 0 : -EINVAL;
}
