/* SPDX-License-Identifier: Apache-2.0
 *
 * See opus_fmtp.h. */
#include "codecs/opus_fmtp.h"

#include <errno.h>

#include "codecs/fmtp.h"
#include "codecs/rows.h"

enum {
	STEP_MS = 10,    /* our packets are multiples of it */
	PACKET_MS = 120, /* the longest that there is */
	BITRATE_MIN = 6000,
	BITRATE_MAX = 510000,
};

/* What is worth sending to who plays so many samples/s: Opus's bands end at 4, 6, 8, 12 and
 * 20 kHz, RFC 6716 table 1. */
static const struct {
	uint32_t played, rate;
} bands[] = {
	{8000, 8000},
	{12000, 12000},
	{16000, 16000},
	{24000, 24000},
	{40000, 48000},
};

static int
take_playback_rate(struct codec_format *f, const struct fmtp_param *p)
{
	uint32_t n;

	if (fmtp_number(p, 8000, 48000, &n) != 0)
		return -EINVAL;
	for (unsigned i = 0; i < sizeof bands / sizeof *bands; i++)
		if (n >= bands[i].played)
			f->rate = bands[i].rate;
	return 0;
}

static int
take_capture_rate(struct codec_format *f, const struct fmtp_param *p)
{
	return fmtp_number(p, 8000, 48000, &f->capture_rate);
}

static int
take_bitrate(struct codec_format *f, const struct fmtp_param *p)
{
	return fmtp_number(p, BITRATE_MIN, BITRATE_MAX, &f->bitrate);
}

static int
take_stereo(struct codec_format *f, const struct fmtp_param *p)
{
	uint32_t on;

	if (fmtp_number(p, 0, 1, &on) != 0)
		return -EINVAL;
	f->channels = on ? 2 : 1;
	return 0;
}

static int
take_sprop_stereo(struct codec_format *f, const struct fmtp_param *p)
{
	return fmtp_flag(p, f, CODEC_SPROP_STEREO);
}

static int
take_cbr(struct codec_format *f, const struct fmtp_param *p)
{
	return fmtp_flag(p, f, CODEC_CBR);
}

static int
take_fec(struct codec_format *f, const struct fmtp_param *p)
{
	return fmtp_flag(p, f, CODEC_FEC);
}

static int
take_dtx(struct codec_format *f, const struct fmtp_param *p)
{
	return fmtp_flag(p, f, CODEC_DTX);
}

static int
take_ptime(struct codec_format *f, const struct fmtp_param *p)
{
	uint32_t ms;

	if (fmtp_number(p, 1, PACKET_MS, &ms) != 0)
		return -EINVAL;
	f->ptime_ms = codec_ptime(f, ms);
	return 0;
}

static int
take_max_ptime(struct codec_format *f, const struct fmtp_param *p)
{
	return fmtp_number(p, 1, PACKET_MS, &f->max_ptime_ms);
}

static int
take_min_ptime(struct codec_format *f, const struct fmtp_param *p)
{
	uint32_t ms;

	if (fmtp_number(p, 1, PACKET_MS, &ms) != 0)
		return -EINVAL;
	if (ms > f->ptime_ms)
		f->ptime_ms = codec_ptime(f, (ms + STEP_MS - 1) / STEP_MS * STEP_MS);
	return 0;
}

/* ptime and maxptime belong into attributes of their own, but are seen here. */
static const struct fmtp_rule rules[] = {
	{"maxplaybackrate", take_playback_rate},
	{"sprop-maxcapturerate", take_capture_rate},
	{"maxaveragebitrate", take_bitrate},
	{"stereo", take_stereo},
	{"sprop-stereo", take_sprop_stereo},
	{"cbr", take_cbr},
	{"useinbandfec", take_fec},
	{"usedtx", take_dtx},
	{"ptime", take_ptime},
	{"maxptime", take_max_ptime},
	{"minptime", take_min_ptime},
	{NULL, NULL},
};

int
codec_opus_fmtp_parse(struct codec_format *f, const char *text)
{
	if (fmtp_parse(f, text, rules) != 0)
		return -EINVAL;
	if (f->max_ptime_ms >= CODEC_PTIME_MIN && f->max_ptime_ms < f->ptime_ms)
		f->ptime_ms = (uint8_t)(f->max_ptime_ms / STEP_MS * STEP_MS);
	return 0;
}

void
codec_opus_fmtp_print(const struct codec_format *f, char *text)
{
	static const struct {
		uint16_t flag;
		const char *name;
	} flags[] = {
		{CODEC_SPROP_STEREO, "sprop-stereo"},
		{CODEC_CBR, "cbr"},
		{CODEC_FEC, "useinbandfec"},
		{CODEC_DTX, "usedtx"},
	};

	*text = '\0';
	if (f->rate != 48000)
		fmtp_add(text, "maxplaybackrate=%u", f->rate);
	if (f->capture_rate != 0)
		fmtp_add(text, "sprop-maxcapturerate=%u", f->capture_rate);
	if (f->bitrate != 0)
		fmtp_add(text, "maxaveragebitrate=%u", f->bitrate);
	if (f->channels == 2)
		fmtp_add(text, "stereo=1");
	for (unsigned i = 0; i < sizeof flags / sizeof *flags; i++)
		if ((f->flags & flags[i].flag) != 0)
			fmtp_add(text, "%s=1", flags[i].name);
}
