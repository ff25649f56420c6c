/* SPDX-License-Identifier: Apache-2.0
 *
 * Which decoders, encoder and resamplers a direction needs, and at which rates they work.  A
 * codec whose payloads say what is in them (Opus) goes at the rate of the other side, so that
 * nothing is resampled that need not be.  Runs on main.  See transcode_inside.h. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "dataplane/transcode_inside.h"

/* Can it be opened at another rate than what arrives was made at? */
static bool
is_free(const struct codec *c)
{
	return c->map_channels != 0;
}

/* The lowest rate of C, not above MOST, that is not below WANTED; else the highest. */
static uint32_t
rate_near(const struct codec *c, uint32_t wanted, uint32_t most)
{
	uint32_t best = 0;

	for (unsigned i = 0; c->rate[i] != 0; i++) {
		uint32_t rate = c->rate[i];

		if (rate > most)
			continue;
		if (best == 0 || (best < wanted ? rate > best : rate >= wanted && rate < best))
			best = rate;
	}
	return best;
}

/* ---- What leaves. ---- */

/* The best of what may arrive and is decoded; 0: nothing has a rate of its own. */
static void
best_source(const struct transcode *t, uint32_t *rate, uint8_t *channels)
{
	*rate = 0;
	*channels = 1;
	for (unsigned i = 0; i < t->ears_n; i++) {
		const struct ear *e = &t->ears[i];
		const struct codec_format *f = &e->format;
		uint32_t has = is_free(e->codec) ? f->capture_rate : f->rate;

		if (e->kind != EAR_DECODE)
			continue;
		if (is_free(e->codec) && has == 0)
			has = CODEC_RATE_MAX;
		*rate = has > *rate ? has : *rate;
		if (f->channels > 1 || (f->flags & CODEC_SPROP_STEREO) != 0)
			*channels = CODEC_CHANNELS;
	}
}

static int
open_mouth(struct transcode *t, const struct codec_format *to)
{
	struct mouth *m = &t->out;
	uint32_t rate;
	uint8_t channels;

	m->codec = codec_by_id(to->codec);
	m->format = *to;
	best_source(t, &rate, &channels);
	if (is_free(m->codec) && rate != 0) {
		m->format.rate = rate_near(m->codec, rate, to->rate);
		m->format.channels = channels < to->channels ? channels : to->channels;
	}
	/* Of what takes many bytes, less than is wanted may fit. */
	m->format.ptime_ms = codec_ptime(&m->format, to->ptime_ms);
	m->clock = codec_clock(&m->format);
	m->packet = codec_packet(&m->format);
	m->packet_ticks = scale(m->packet, m->format.rate, m->clock);
	m->marker = true;
	m->fifo = malloc((size_t)m->packet * m->format.channels * sizeof *m->fifo);
	if (m->fifo == NULL)
		return -ENOMEM;
	if (rate == 0)
		return 0;
	m->encoder = m->codec->encoder_open(&m->format);
	return m->encoder != NULL ? 0 : -errno;
}

/* ---- What arrives. ---- */

static int
open_decoder(struct transcode *t, struct ear *e)
{
	const struct codec_format *to = &t->out.format;
	struct codec_format *f = &e->format;

	if (is_free(e->codec) || e->kind == EAR_NOISE) {
		f->rate = rate_near(e->codec, to->rate, CODEC_RATE_MAX);
		f->channels =
			to->channels < e->codec->channels ? to->channels : e->codec->channels;
	}
	e->decoder = e->codec->decoder_open(f);
	if (e->decoder == NULL)
		return -errno;
	if (e->codec->conceal == NULL) {
		e->plc = plc_open(f->rate);
		if (e->plc == NULL)
			return -errno;
	}
	if (f->rate == to->rate)
		return 0;
	e->resample = resample_open(
		f->rate, to->rate, f->channels < to->channels ? f->channels : to->channels);
	return e->resample != NULL ? 0 : -errno;
}

static int
open_ear(struct transcode *t, struct ear *e)
{
	if (e->kind == EAR_PASS) /* the same samples for what is counted on both sides */
		e->format.rate = t->out.format.rate;
	if (t->out.encoder == NULL || e->kind == EAR_PASS || e->kind == EAR_EVENT)
		return 0;
	return open_decoder(t, e);
}

/* What the far side has of the same KIND: best with the clock of its speech.  Noise has to
 * have that, for it stands in the time of speech: RFC 3389 section 4. */
static void
find_same_kind(struct ear *e, const struct transcode_conf *conf, unsigned kind)
{
	e->to_type = CODEC_DYNAMIC;
	for (unsigned i = 1; i < TRANSCODE_FORMATS; i++) {
		const struct codec_format *to = &conf->to[i];

		if (to->codec == CODEC_NONE || codec_by_id(to->codec)->kind != kind ||
			((e->to_type != CODEC_DYNAMIC || kind == CODEC_NOISE) &&
				codec_clock(to) != codec_clock(&conf->to[0])))
			continue;
		e->to_type = to->payload_type;
		e->to_clock = codec_clock(to);
	}
}

static enum ear_kind
kind_of(const struct ear *e, const struct transcode_conf *conf)
{
	const struct codec_format *to = &conf->to[0];

	if (e->codec->kind == CODEC_NOISE)
		return EAR_NOISE;
	if (e->codec->kind == CODEC_EVENTS)
		return EAR_EVENT;
	if (codec_format_same(&e->format, to) && conf->gain_db10 == 0 &&
		(conf->flags & TRANSCODE_MUTE) == 0 &&
		(e->format.ptime_ms == to->ptime_ms || pass_can_repack(to)))
		return EAR_PASS;
	return EAR_DECODE;
}

static int
list_ears(struct transcode *t, const struct transcode_conf *conf)
{
	unsigned n = 0;

	for (unsigned i = 0; i < TRANSCODE_FORMATS; i++)
		n += conf->from[i].codec != CODEC_NONE;
	t->ears = calloc(n, sizeof *t->ears);
	if (t->ears == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < TRANSCODE_FORMATS; i++) {
		struct ear *e = &t->ears[t->ears_n];

		if (conf->from[i].codec == CODEC_NONE)
			continue;
		t->ears_n++;
		e->format = conf->from[i];
		e->codec = codec_by_id(e->format.codec);
		e->clock = codec_clock(&e->format);
		e->kind = (uint8_t)kind_of(e, conf);
		e->to_clock = e->clock;
		find_same_kind(e, conf, e->codec->kind);
	}
	return 0;
}

int
transcode_prepare(struct transcode *t, const struct transcode_conf *conf)
{
	int error = list_ears(t, conf);

	if (error == 0)
		error = open_mouth(t, &conf->to[0]);
	for (unsigned i = 0; i < t->ears_n && error == 0; i++)
		error = open_ear(t, &t->ears[i]);
	if (error != 0)
		return error;
	t->out.noise_type = CODEC_DYNAMIC;
	for (unsigned i = 1; i < TRANSCODE_FORMATS; i++)
		if (conf->to[i].codec == CODEC_CN && codec_clock(&conf->to[i]) == t->out.clock)
			t->out.noise_type = conf->to[i].payload_type;
	t->gain = (int32_t)lrint(pow(10, conf->gain_db10 / 200.0) * (1 << GAIN_SHIFT));
	t->order = reorder_open(conf->window_us, room_give);
	if (t->order == NULL)
		return -ENOMEM;
	if ((conf->flags & TRANSCODE_SLOTS) != 0)
		reorder_expect_repair(t->order, TRANSCODE_REPAIR_US);
	return 0;
}

void
transcode_unprepare(struct transcode *t)
{
	reorder_close(t->order);
	for (unsigned i = 0; i < t->ears_n; i++) {
		struct ear *e = &t->ears[i];

		if (e->decoder != NULL)
			e->codec->decoder_close(e->decoder);
		plc_close(e->plc);
		resample_close(e->resample);
	}
	if (t->out.encoder != NULL)
		t->out.codec->encoder_close(t->out.encoder);
	free(t->out.fifo);
	free(t->ears);
}
