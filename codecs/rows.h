/* SPDX-License-Identifier: Apache-2.0
 *
 * The rows of registry.c, for it and for tests of one of them; everybody else asks codec.h. */
#pragma once

#include "codecs/codec.h"

extern const struct codec codec_pcmu, codec_pcma;
extern const struct codec codec_l16, codec_dvi4, codec_cn, codec_event;
extern const struct codec codec_opus;
extern const struct codec codec_codec2_3200, codec_codec2_1200;
extern const struct codec codec_speex;
extern const struct codec codec_g729, codec_amr, codec_amr_wb; /* if built in */
extern const struct codec codec_g722, codec_gsm, codec_lpc;
extern const struct codec codec_g726_16, codec_g726_24, codec_g726_32, codec_g726_40;
extern const struct codec codec_aal2_g726_16, codec_aal2_g726_24, codec_aal2_g726_32,
	codec_aal2_g726_40;
