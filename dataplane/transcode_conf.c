/* SPDX-License-Identifier: Apache-2.0
 *
 * What can be asked of transcode.h.  Plain C without any state: control asks the same of a
 * configuration before it is sent as the switch when it arrives. */
#include "dataplane/transcode.h"

enum { GAIN_MIN_DB10 = -600, GAIN_MAX_DB10 = 300 };

/* Of a format that is one; -1: it is none. */
static int
kind_of(const struct codec_format *f)
{
	return codec_format_is_valid(f) ? codec_by_id(f->codec)->kind : -1;
}

static bool
from_is_valid(const struct codec_format *from)
{
	unsigned speech = 0;

	for (unsigned i = 0; i < TRANSCODE_FORMATS; i++) {
		if (from[i].codec == CODEC_NONE)
			continue;
		if (kind_of(&from[i]) < 0)
			return false;
		speech += kind_of(&from[i]) == CODEC_SPEECH;
		for (unsigned k = 0; k < i; k++)
			if (from[k].codec != CODEC_NONE &&
				from[k].payload_type == from[i].payload_type)
				return false;
	}
	return speech > 0;
}

static bool
to_is_valid(const struct codec_format *to)
{
	if (kind_of(&to[0]) != CODEC_SPEECH)
		return false;
	for (unsigned i = 1; i < TRANSCODE_FORMATS; i++)
		if (to[i].codec != CODEC_NONE &&
			(kind_of(&to[i]) < 0 || kind_of(&to[i]) == CODEC_SPEECH))
			return false;
	return true;
}

bool
transcode_conf_is_valid(const struct transcode_conf *conf)
{
	return conf->window_us <= TRANSCODE_WINDOW_MAX_US &&
	       conf->gain_db10 >= GAIN_MIN_DB10 && conf->gain_db10 <= GAIN_MAX_DB10 &&
	       (conf->flags & ~TRANSCODE_FLAGS) == 0 && from_is_valid(conf->from) &&
	       to_is_valid(conf->to);
}
