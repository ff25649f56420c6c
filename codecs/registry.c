/* SPDX-License-Identifier: Apache-2.0
 *
 * All codecs there are: a row each.  See codec.h. */
#include <string.h>
#include <strings.h>

#include "codecs/codec.h"
#include "codecs/rows.h"

static const struct codec *const rows[CODECS] = {
	[CODEC_PCMU] = &codec_pcmu,
	[CODEC_PCMA] = &codec_pcma,
	[CODEC_G722] = &codec_g722,
	[CODEC_G726_16] = &codec_g726_16,
	[CODEC_G726_24] = &codec_g726_24,
	[CODEC_G726_32] = &codec_g726_32,
	[CODEC_G726_40] = &codec_g726_40,
	[CODEC_AAL2_G726_16] = &codec_aal2_g726_16,
	[CODEC_AAL2_G726_24] = &codec_aal2_g726_24,
	[CODEC_AAL2_G726_32] = &codec_aal2_g726_32,
	[CODEC_AAL2_G726_40] = &codec_aal2_g726_40,
	[CODEC_GSM] = &codec_gsm,
	[CODEC_L16] = &codec_l16,
	[CODEC_DVI4] = &codec_dvi4,
	[CODEC_LPC] = &codec_lpc,
	[CODEC_OPUS] = &codec_opus,
	[CODEC_CODEC2_3200] = &codec_codec2_3200,
	[CODEC_CODEC2_1200] = &codec_codec2_1200,
	[CODEC_SPEEX] = &codec_speex,
	[CODEC_CN] = &codec_cn,
	[CODEC_EVENT] = &codec_event,
#ifdef HAVE_G729
	[CODEC_G729] = &codec_g729,
#endif
#ifdef HAVE_AMR
	[CODEC_AMR] = &codec_amr,
	[CODEC_AMR_WB] = &codec_amr_wb,
#endif
};

const struct codec *
codec_row(unsigned n)
{
	for (unsigned id = 0; id < CODECS; id++)
		if (rows[id] != NULL && n-- == 0)
			return rows[id];
	return NULL;
}

const struct codec *
codec_by_id(unsigned id)
{
	return id < CODECS ? rows[id] : NULL;
}

void
codec_renew(void)
{
	for (unsigned id = 0; id < CODECS; id++)
		if (rows[id] != NULL && rows[id]->renew != NULL)
			rows[id]->renew();
}

static bool
has_clock(const struct codec *c, uint32_t clock_hz)
{
	if (c->clock_hz != 0)
		return c->clock_hz == clock_hz;
	for (unsigned i = 0; c->rate[i] != 0; i++)
		if (c->rate[i] == clock_hz)
			return true;
	return false;
}

/* Hardly any begins with the same letter, which is looked at first, in either case. */
static bool
is_named(const struct codec *c, const char *name, size_t len)
{
	return len > 0 && ((c->name[0] ^ name[0]) & ~0x20) == 0 && strlen(c->name) == len &&
	       strncasecmp(c->name, name, len) == 0;
}

const struct codec *
codec_by_name(const char *name, size_t len, uint32_t clock_hz)
{
	for (unsigned id = 0; id < CODECS; id++) {
		const struct codec *c = rows[id];

		if (c != NULL && is_named(c, name, len) &&
			(clock_hz == 0 || has_clock(c, clock_hz)))
			return c;
	}
	return NULL;
}
