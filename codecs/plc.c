/* SPDX-License-Identifier: Apache-2.0
 *
 * Waveform substitution as in appendix I of ITU-T G.711, for any rate: the last pitch period
 * is repeated, each time with its seam blended over; it is as loud as it was for 10 ms and
 * then fades by a fifth each 10 ms, so that 60 ms after the loss there is silence.  What comes
 * after is blended in.  SpanDSP's plc.c does nearly that, with its times written down in
 * samples of 8 kHz: that is why it is not used.
 *
 * The pitch is looked for among some 4000 samples a second, and then close by among all. */
#include "codecs/plc.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	RATE_MIN = 8000,
	RATE_MAX = 48000,
	PITCH_MIN_US = 5000, /* 200 Hz; a higher voice fits several times into it */
	PITCH_MAX_US = 15000,
	MATCH_US = 20000, /* of sound that has to be like itself a pitch period before */
	HISTORY_US = PITCH_MAX_US + MATCH_US,
	LOUD_US = 10000, /* before it fades */
	FADE_US = 50000, /* until it is silent */
	COARSE_HZ = 4000,
};

struct plc {
	uint32_t rate;
	unsigned held;     /* samples in the history, its length once it is full */
	unsigned length;   /* of the history */
	unsigned pitch;    /* samples of a period; 0: nothing is being concealed */
	unsigned at;       /* where in the period the next one is */
	size_t made;       /* since the loss */
	int16_t history[]; /* oldest first; left alone while something is concealed */
};

static unsigned
us(const struct plc *p, unsigned time_us)
{
	return (unsigned)((uint64_t)p->rate * time_us / 1000000);
}

struct plc *
plc_open(uint32_t rate)
{
	const struct plc like = {.rate = rate};
	struct plc *p;

	if (rate < RATE_MIN || rate > RATE_MAX) {
		errno = EINVAL;
		return NULL;
	}
	p = calloc(1, sizeof *p + us(&like, HISTORY_US) * sizeof p->history[0]);
	if (p == NULL)
		return NULL;
	p->rate = rate;
	p->length = us(p, HISTORY_US);
	return p;
}

void
plc_close(struct plc *p)
{
	free(p);
}

void
plc_reset(struct plc *p)
{
	p->held = p->pitch = 0;
}

/* ---- What to repeat. ---- */

/* How alike the end of the history is to what was LAG before it: correlation over the energy
 * of what was. */
static float
likeness(const struct plc *p, unsigned lag, unsigned step)
{
	const int16_t *now = p->history + p->length - us(p, MATCH_US), *then = now - lag;
	unsigned n = us(p, MATCH_US);
	float both = 0, energy = 1;

	for (unsigned i = 0; i < n; i += step) {
		both += (float)now[i] * then[i];
		energy += (float)then[i] * then[i];
	}
	return both / sqrtf(energy);
}

static unsigned
find_pitch(const struct plc *p)
{
	unsigned low = us(p, PITCH_MIN_US), high = us(p, PITCH_MAX_US);
	unsigned step = p->rate / COARSE_HZ, best = low;
	float most = -INFINITY, alike;

	for (unsigned lag = low; lag <= high; lag += step) {
		if ((alike = likeness(p, lag, step)) <= most)
			continue;
		most = alike;
		best = lag;
	}
	low = best > low + step ? best - step : low;
	high = best + step < high ? best + step : high;
	most = -INFINITY;
	for (unsigned lag = low; lag <= high; lag++) {
		if ((alike = likeness(p, lag, 1)) <= most)
			continue;
		most = alike;
		best = lag;
	}
	return best;
}

/* Sample N of the last period; its last quarter runs into the sound that was before its
 * beginning. */
static int
repeated(const struct plc *p, unsigned n)
{
	const int16_t *x = p->history + p->length - p->pitch + n;
	int left = (int)(p->pitch - n), seam = (int)p->pitch / 4;

	if (left >= seam)
		return *x;
	return (x[0] * left + x[-(int)p->pitch] * (seam - left)) / seam;
}

/* ---- Concealing. ---- */

/* How loud the sample is that was made N after the loss, 0..1. */
static float
loudness(const struct plc *p, size_t n)
{
	size_t loud = us(p, LOUD_US), fade = us(p, FADE_US);

	if (n <= loud)
		return 1;
	return n >= loud + fade ? 0 : 1 - (float)(n - loud) / (float)fade;
}

static void
make(struct plc *p, int16_t *pcm, size_t samples)
{
	float gain = loudness(p, p->made);
	float step =
		samples > 0 ? (loudness(p, p->made + samples) - gain) / (float)samples : 0;

	for (size_t i = 0; i < samples; i++, gain += step) {
		pcm[i] = (int16_t)((float)repeated(p, p->at) * gain);
		p->at = p->at + 1 < p->pitch ? p->at + 1 : 0;
	}
	p->made += samples;
}

/* The first period begins where what was heard ended: the step between them is taken back over
 * 2 ms.  (Appendix I has 3.75 ms of delay instead, to blend in.) */
static void
join(const struct plc *p, int16_t *pcm, size_t samples)
{
	const int16_t *end = p->history + p->length;
	int n = (int)(samples < us(p, 2000) ? samples : us(p, 2000));
	int step = end[-1] - end[-1 - (int)p->pitch];

	for (int i = 0; i < n; i++) {
		int x = pcm[i] + step * (n - i) / n;

		pcm[i] = (int16_t)(x > INT16_MAX ? INT16_MAX : x < INT16_MIN ? INT16_MIN : x);
	}
}

static void
remember(struct plc *p, const int16_t *pcm, size_t samples)
{
	size_t n = samples < p->length ? samples : p->length;

	memmove(p->history, p->history + n, (p->length - n) * sizeof *pcm);
	memcpy(p->history + p->length - n, pcm + samples - n, n * sizeof *pcm);
	p->held = p->held + n < p->length ? p->held + (unsigned)n : p->length;
}

void
plc_conceal(struct plc *p, int16_t *pcm, size_t samples)
{
	if (p->held < p->length) {
		memset(pcm, 0, samples * sizeof *pcm);
		return;
	}
	if (p->pitch != 0) {
		make(p, pcm, samples);
		return;
	}
	p->pitch = find_pitch(p);
	p->made = p->at = 0;
	make(p, pcm, samples);
	join(p, pcm, samples);
}

/* N samples of FROM, fading, and of TO, growing. */
static void
blend(const int16_t *from, const int16_t *to, int16_t *out, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		out[i] = (int16_t)((from[i] * (int)(n - i) + to[i] * (int)i) / (int)n);
}

/* Longer losses are blended out for longer: 4 ms and as much for each 10 ms, up to 10 ms. */
void
plc_heard(struct plc *p, int16_t *pcm, size_t samples)
{
	int16_t tail[RATE_MAX / 100];
	size_t n;

	if (p->pitch != 0) {
		n = us(p, 4000) + p->made * 4 / 10;
		n = n < us(p, 10000) ? n : us(p, 10000);
		n = n < samples ? n : samples;
		make(p, tail, n);
		blend(tail, pcm, pcm, (unsigned)n);
		p->pitch = 0;
	}
	remember(p, pcm, samples);
}
