/* SPDX-License-Identifier: Apache-2.0
 *
 * See mesh_formats.h. */
#include "relay/mesh_formats.h"

#include <stdio.h>

#include "mesh/vomp.h"
#include "relay/coding.h"

static bool
is_in(const struct vomp_codec_row *row, uint32_t set, bool events)
{
	return row->codec == CODEC_EVENT ? events : row->id < 32 && (set >> row->id & 1) != 0;
}

unsigned
mesh_formats(uint32_t set, bool events, struct request_format format[REQUEST_FORMATS])
{
	const struct vomp_codec_row *row;
	unsigned n = 0;

	for (unsigned i = 0; n < REQUEST_FORMATS && (row = vomp_codec_row(i)) != NULL; i++) {
		struct request_format *f = &format[n];

		if (!is_in(row, set, events) ||
			codec_format_parse(
				&f->format, row->name, row->clock_hz_100 * 100u, 0, NULL) != 0)
			continue;
		f->format.payload_type = row->payload_type;
		snprintf(f->name, sizeof f->name, "%s", row->name);
		n++;
	}
	return n;
}

static uint32_t
id_of(const struct codec_format *f)
{
	const struct vomp_codec_row *row;

	for (unsigned i = 0; (row = vomp_codec_row(i)) != NULL; i++)
		if (row->codec == f->codec && row->codec != CODEC_NONE)
			return row->id;
	return VOMP_TEXT; /* no bit */
}

uint32_t
mesh_formats_set(
	const struct coding *c, const struct codec_rules *rules, bool masked, bool *events)
{
	struct request_format all[REQUEST_FORMATS];
	const struct request_format *of = c != NULL ? c->format : NULL;
	unsigned n = c != NULL ? c->formats : 0;
	struct codec_choice use;
	uint32_t set = 0;

	if (n == 0) {
		n = mesh_formats(UINT32_MAX, true, all);
		of = all;
	}
	use = codec_rules_apply(rules, of, n, masked);
	*events = false;
	for (unsigned i = 0; i < n; i++) {
		uint32_t id = id_of(&of[i].format);

		if ((use.taken >> i & 1) == 0)
			continue;
		if (of[i].format.codec == CODEC_EVENT)
			*events = true;
		else if (id < 32)
			set |= 1u << id;
	}
	return set;
}
