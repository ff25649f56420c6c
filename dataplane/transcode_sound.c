/* SPDX-License-Identifier: Apache-2.0
 *
 * Decoded samples as the far side wants them: its rate, its channels, louder or quieter; and
 * how loud they are.  What was made up turns into the noise of this party's pauses.  See
 * transcode_inside.h. */
#include <math.h>
#include <string.h>

#include "dataplane/transcode_inside.h"

enum {
	/* Of sound made up.  Decoders fade by themselves, some of them slowly. */
	NOISE_FROM_US = 20000,
	NOISE_FULL_US = 80000,
	FADE_FROM_US = 60000,
	FADE_OUT_US = 140000,
};

static const double full_scale = 32768;
/* Of pauses, as mean squares: -40 dBov, above which it is no pause. */
static const float floor_most = 32768.0f * 32768.0f * 1e-4f;

static void
amplify(struct transcode *t, int16_t *pcm, size_t n)
{
	uint64_t clipped = 0;

	for (size_t i = 0; i < n; i++) {
		int32_t x = (int32_t)((int64_t)pcm[i] * t->gain >> GAIN_SHIFT);
		int32_t y = x > 32767 ? 32767 : x < -32768 ? -32768 : x;

		clipped += x != y;
		pcm[i] = (int16_t)y;
	}
	t->counts.clipped += clipped;
}

static double
dbov10(double mean)
{
	/* A sine's mean square is half of its peak's square. */
	double db10 = mean > 0 ? 100 * log10(2 * mean / (full_scale * full_scale)) : -1270;

	return db10 > -1270 ? db10 : -1270;
}

static void
measure(struct meter *m, const int16_t *pcm, size_t n, uint32_t second)
{
	uint64_t energy = 0;
	float mean;

	for (size_t i = 0; i < n; i++)
		energy += (uint64_t)(pcm[i] * pcm[i]);
	mean = (float)energy / (float)n;
	/* The quietest lately: rises by 4 dB/s at 50 packets a second. */
	m->floor = mean < m->floor ? mean : m->floor * 1.02f + 1e-3f;
	m->floor = m->floor < floor_most ? m->floor : floor_most;
	m->energy += energy;
	m->samples += (uint32_t)n;
	if (m->samples < second)
		return;
	m->last_db10 = (int32_t)lrint(dbov10((double)m->energy / m->samples));
	m->has_last = true;
	m->energy = m->samples = 0;
}

int32_t
sound_level_db10(const struct transcode *t)
{
	const struct meter *m = &t->meter;

	if (m->has_last)
		return m->last_db10;
	return m->samples > 0 ? (int32_t)lrint(dbov10((double)m->energy / m->samples)) : -1270;
}

/* RFC 3389 counts from a square wave's level: 3 dB more. */
uint8_t
sound_floor(const struct transcode *t)
{
	double db = dbov10((double)t->meter.floor) / -10 + 3;

	return db < 127 ? (uint8_t)db : 127;
}

/* ---- What was made up. ---- */

/* Evenly distributed, with the mean square of pauses; xorshift. */
static float
noise(struct meter *m, float loudness)
{
	m->random ^= m->random << 13;
	m->random ^= m->random >> 17;
	m->random ^= m->random << 5;
	return (float)(int32_t)m->random / 2147483648.0f * loudness;
}

/* How far TIME is on its way from LOW to HIGH, 0..1. */
static float
share(uint32_t time_us, uint32_t low_us, uint32_t high_us)
{
	if (time_us <= low_us)
		return 0;
	return time_us >= high_us ? 1 : (float)(time_us - low_us) / (float)(high_us - low_us);
}

/* N values, some of which may be channels of one sample: RATE of them in a second. */
static void
fade(struct transcode *t, int16_t *pcm, size_t n, uint32_t rate)
{
	uint32_t end_us = t->made_us + (uint32_t)(n * 1000000 / rate);
	float loudness = sqrtf(3 * t->meter.floor);
	float keep = 1 - share(t->made_us, FADE_FROM_US, FADE_OUT_US);
	float less = (keep - 1 + share(end_us, FADE_FROM_US, FADE_OUT_US)) / (float)n;
	float hiss = share(t->made_us, NOISE_FROM_US, NOISE_FULL_US);
	float more = (share(end_us, NOISE_FROM_US, NOISE_FULL_US) - hiss) / (float)n;

	for (size_t i = 0; i < n; i++, keep -= less, hiss += more) {
		float x = pcm[i] * keep + noise(&t->meter, loudness * hiss);

		pcm[i] = (int16_t)(x > 32767 ? 32767 : x < -32768 ? -32768 : x);
	}
	t->made_us = end_us < TRANSCODE_FILL_US ? end_us : TRANSCODE_FILL_US;
}

void
sound_noise(struct transcode *t, uint32_t samples)
{
	int16_t pcm[CODEC_RATE_MAX / 100 * CODEC_CHANNELS];
	float loudness = sqrtf(3 * t->meter.floor);
	unsigned channels = t->out.format.channels;

	for (uint32_t n; samples > 0; samples -= n) {
		n = samples < CODEC_RATE_MAX / 100 ? samples : CODEC_RATE_MAX / 100;
		for (uint32_t i = 0; i < n * channels; i++)
			pcm[i] = (int16_t)noise(&t->meter, loudness);
		out_samples(t, pcm, n);
	}
}

/* ---- Everything in its order. ---- */

/* Mono is resampled, not stereo, where there is a choice. */
static int16_t *
adapt(const struct ear *e, int16_t *pcm, size_t *samples, int16_t *other, unsigned channels)
{
	unsigned has = e->format.channels;

	if (has > channels) {
		channels_change(pcm, *samples, has, pcm, channels);
		has = channels;
	}
	if (e->resample != NULL) {
		*samples = resample_run(
			e->resample, pcm, *samples, other, PCM_MAX / CODEC_CHANNELS);
		if (has == channels)
			return other;
		channels_change(other, *samples, has, pcm, channels);
		return pcm;
	}
	if (has == channels)
		return pcm;
	channels_change(pcm, *samples, has, other, channels);
	return other;
}

void
sound(struct transcode *t, const struct ear *e, int16_t *pcm, size_t samples, bool is_made)
{
	int16_t other[PCM_MAX], *x;
	unsigned channels = t->out.format.channels;
	uint32_t second = t->out.format.rate * channels;

	x = adapt(e, pcm, &samples, other, channels);
	if (samples == 0)
		return;
	if ((t->flags & TRANSCODE_MUTE) != 0)
		memset(x, 0, samples * channels * sizeof *x);
	else if (t->gain != 1 << GAIN_SHIFT)
		amplify(t, x, samples * channels);
	if (is_made)
		fade(t, x, samples * channels, second);
	else
		measure(&t->meter, x, samples * channels, second);
	if (event_covers(t))
		out_skip(t, scale(samples, t->out.format.rate, t->out.clock));
	else
		out_samples(t, x, samples);
}
