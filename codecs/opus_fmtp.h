/* SPDX-License-Identifier: Apache-2.0
 *
 * The parameters of Opus in SDP: RFC 7587 section 6.1.  For opus.c; see fmtp_parse and
 * fmtp_print in codec.h.  Pure. */
#pragma once

#include "codecs/codec.h"

int codec_opus_fmtp_parse(struct codec_format *f, const char *text);
void codec_opus_fmtp_print(const struct codec_format *f, char *text);
