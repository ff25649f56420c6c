/* SPDX-License-Identifier: Apache-2.0
 *
 * See packets.h. */
#include "tests/codecs/packets.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/codecs/vector.h"

/* ---- The heap. ---- */

static unsigned long allocations;

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);

void *
malloc(size_t size)
{
	allocations++;
	return __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
	allocations++;
	return __libc_calloc(n, size);
}

void *
realloc(void *p, size_t size)
{
	allocations++;
	return __libc_realloc(p, size);
}
#endif

/* ---- Sound. ---- */

void
packets_speech(int16_t *pcm, uint32_t rate, unsigned channels)
{
	static int16_t said[VECTOR_SAMPLES];
	size_t said_len = vector_read("speech16.s16", said, sizeof said) / sizeof *said;
	size_t n = (size_t)rate * PACKETS_SECONDS, pause = rate / 1000 * PACKETS_PAUSE_MS;
	unsigned random = 1;

	for (size_t i = 0; i < n; i++) {
		size_t at = i * 16000 / rate, part = i * 16000 % rate;
		int here = said[at % said_len], next = said[(at + 1) % said_len];
		int sample = here + (next - here) * (int)part / (int)rate;

		random = random * 1664525 + 1013904223;
		if (i + pause >= n)
			sample = (int)(random >> 30) - 2;
		for (unsigned channel = 0; channel < channels; channel++)
			*pcm++ = (int16_t)sample;
	}
}

static double
snr_at(const int16_t *wanted, const int16_t *heard, size_t samples)
{
	double energy = 1e-9, off = 1e-9;

	for (size_t i = 0; i < samples; i++) {
		double w = wanted[i], d = w - heard[i];

		energy += w * w;
		off += d * d;
	}
	return 10 * log10(energy / off);
}

double
packets_snr(const int16_t *wanted, const int16_t *heard, size_t samples, size_t most)
{
	double best = -100;

	for (size_t late = 0; late <= most && late < samples; late++) {
		best = fmax(best, snr_at(wanted, heard + late, samples - late));
		best = fmax(best, snr_at(wanted + late, heard, samples - late));
	}
	return best;
}

enum { STEP_MS = 10, STEPS = PACKETS_SECONDS * 1000 / STEP_MS };

/* Loudness of each 10 ms, dB. */
static size_t
loudness(const int16_t *pcm, size_t samples, uint32_t rate, double *out)
{
	size_t step = rate / 1000 * STEP_MS, n = samples / step;

	for (size_t i = 0; i < n; i++) {
		double energy = 100; /* hardly heard */

		for (size_t j = 0; j < step; j++)
			energy += (double)pcm[i * step + j] * pcm[i * step + j] / (double)step;
		out[i] = 10 * log10(energy);
	}
	return n;
}

static double
correlation(const double *a, const double *b, size_t n)
{
	double sa = 0, sb = 0, aa = 0, bb = 0, ab = 0, count = (double)n;

	for (size_t i = 0; i < n; i++) {
		sa += a[i];
		sb += b[i];
		aa += a[i] * a[i];
		bb += b[i] * b[i];
		ab += a[i] * b[i];
	}
	return (ab - sa * sb / count) / sqrt((aa - sa * sa / count) * (bb - sb * sb / count));
}

double
packets_envelope(const int16_t *wanted, const int16_t *heard, size_t samples, uint32_t rate)
{
	double a[STEPS], b[STEPS], best = -1;
	size_t n = loudness(wanted, samples, rate, a);

	loudness(heard, samples, rate, b);
	for (size_t late = 0; late <= 60 / STEP_MS; late++)
		best = fmax(best, correlation(a, b + late, n - late));
	return best;
}

/* ---- Packets. ---- */

size_t
packets_hear(
	const struct codec *c, const struct codec_format *f, const char *name, int16_t *pcm)
{
	static uint8_t packets[8192];
	char file[64];
	void *dec = c->decoder_open(f);
	size_t len, samples = 0;

	snprintf(file, sizeof file, "%s.pkt", name);
	len = vector_read(file, packets, sizeof packets);
	for (size_t at = 0; at < len;) {
		size_t size = (size_t)(packets[at] << 8 | packets[at + 1]);
		int n = c->samples(f, packets + at + 2, size);

		ck_assert_int_gt(n, 0);
		ck_assert_int_eq(
			c->decode(dec, packets + at + 2, size, pcm + samples, (size_t)n), n);
		samples += (size_t)n;
		at += 2 + size;
	}
	c->decoder_close(dec);
	return samples;
}

unsigned long
packets_allocations(void)
{
	return allocations;
}

/* A packet there and back; bytes of its payload. */
static int
there_and_back(const struct codec *c, const struct codec_format *f, void *enc, void *dec,
	const int16_t *said, int16_t *heard)
{
	size_t packet = (size_t)f->rate * f->ptime_ms / 1000;
	static int16_t copy[CODEC_SAMPLES_MAX * CODEC_CHANNELS];
	unsigned long before = allocations, after;
	uint8_t payload[CODEC_PAYLOAD_MAX];
	int len, has, n;

	memcpy(copy, said, packet * f->channels * sizeof *said);
	len = c->encode(enc, said, packet, payload, sizeof payload);
	has = c->samples(f, payload, (size_t)len);
	n = c->decode(dec, payload, (size_t)len, heard, packet);
	after = allocations; /* those of Check do not count */
	ck_assert_mem_eq(copy, said, packet * f->channels * sizeof *said);
	ck_assert_int_gt(len, 0);
	ck_assert_int_eq(has, (int)packet);
	ck_assert_int_eq(n, (int)packet);
	ck_assert_uint_eq(after, before);
	return len;
}

size_t
packets_round(const struct codec *c, const struct codec_format *f, const int16_t *said,
	int16_t *heard)
{
	size_t packet = (size_t)f->rate * f->ptime_ms / 1000, bytes = 0;
	void *enc = c->encoder_open(f), *dec = c->decoder_open(f);

	ck_assert_ptr_nonnull(enc);
	ck_assert_ptr_nonnull(dec);
	for (size_t n = (size_t)f->rate * PACKETS_SECONDS; n >= packet; n -= packet) {
		bytes += (size_t)there_and_back(c, f, enc, dec, said, heard);
		said += packet * f->channels;
		heard += packet * f->channels;
	}
	c->encoder_close(enc);
	c->decoder_close(dec);
	return bytes;
}
