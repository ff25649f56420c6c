/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/codecs/vector.h"

enum { UNTOUCHED = 0x5a, ROOM = 4096 };

static struct codec_format
defaults(const struct codec *c)
{
	struct codec_format f;

	codec_default(c, &f);
	return f;
}

static void *
encoder(const struct codec *c)
{
	struct codec_format f = defaults(c);
	void *enc = c->encoder_open(&f);

	ck_assert_ptr_nonnull(enc);
	return enc;
}

static void *
decoder(const struct codec *c)
{
	struct codec_format f = defaults(c);
	void *dec = c->decoder_open(&f);

	ck_assert_ptr_nonnull(dec);
	return dec;
}

size_t
vector_read(const char *name, void *out, size_t room)
{
	char path[512];
	FILE *file;
	size_t n;

	snprintf(path, sizeof path, "%s/%s", getenv("VECTORS"), name);
	file = fopen(path, "rb");
	ck_assert_msg(file != NULL, "%s", path);
	n = fread(out, 1, room, file);
	ck_assert_msg(n > 0 && fgetc(file) == EOF, "%s", path);
	fclose(file);
	return n;
}

/* What is said in C's rate; samples. */
static size_t
speech(const struct codec *c, int16_t *pcm)
{
	const char *name = c->rate[0] == 16000 ? "speech16.s16" : "speech8.s16";

	return vector_read(name, pcm, VECTOR_SAMPLES * sizeof *pcm) / sizeof *pcm;
}

static size_t
encode_all(const struct codec *c, void *enc, const int16_t *pcm, size_t samples, size_t packet,
	uint8_t *out)
{
	size_t len = 0;

	for (; samples >= packet; samples -= packet, pcm += packet) {
		int n = c->encode(enc, pcm, packet, out + len, CODEC_PAYLOAD_MAX);

		ck_assert_int_gt(n, 0);
		len += (size_t)n;
	}
	return len;
}

static size_t
decode_all(const struct codec *c, void *dec, const uint8_t *payload, size_t len, size_t packet,
	int16_t *pcm)
{
	struct codec_format f = defaults(c);
	size_t samples = 0;

	for (; len >= packet; len -= packet, payload += packet) {
		int n = c->decode(dec, payload, packet, pcm + samples, CODEC_SAMPLES_MAX);

		ck_assert_int_gt(n, 0);
		ck_assert_int_eq(c->samples(&f, payload, packet), n);
		samples += (size_t)n;
	}
	return samples;
}

size_t
vector_encode(
	const struct codec *c, const int16_t *pcm, size_t samples, size_t packet, uint8_t *out)
{
	void *enc = encoder(c);
	size_t len = encode_all(c, enc, pcm, samples, packet, out);

	c->encoder_close(enc);
	return len;
}

size_t
vector_decode(
	const struct codec *c, const uint8_t *payload, size_t len, size_t packet, int16_t *pcm)
{
	void *dec = decoder(c);
	size_t samples = decode_all(c, dec, payload, len, packet, pcm);

	c->decoder_close(dec);
	return samples;
}

double
vector_snr(const int16_t *said, const int16_t *heard, size_t samples)
{
	double signal = 1, noise = 1;

	for (size_t i = 0; i < samples; i++) {
		signal += (double)said[i] * said[i];
		noise += pow((double)said[i] - heard[i], 2);
	}
	return 10 * log10(signal / noise);
}

static double
level_db(const int16_t *pcm, size_t samples)
{
	double power = 1;

	for (size_t i = 0; i < samples; i++)
		power += (double)pcm[i] * pcm[i];
	return 10 * log10(power / (double)samples);
}

/* Exactly so much room on the heap, so that a sanitizer sees what is touched behind it. */
static void
encodes_in_room(const struct codec *c, size_t samples, size_t bytes)
{
	static const int16_t pcm[CODEC_SAMPLES_MAX];
	uint8_t *out = malloc(bytes);
	void *enc = encoder(c);

	memset(out, UNTOUCHED, bytes);
	ck_assert_int_eq(c->encode(enc, pcm, samples, out, bytes - 1), -ENOSPC);
	ck_assert_uint_eq(out[0], UNTOUCHED);
	ck_assert_int_eq(c->encode(enc, pcm, samples, out, bytes), (int)bytes);
	ck_assert_int_eq(c->encode(enc, pcm, samples - 1, out, bytes), -EINVAL);
	c->encoder_close(enc);
	free(out);
}

static void
decodes_in_room(const struct codec *c, const uint8_t *payload, size_t bytes, size_t samples)
{
	int16_t *pcm = malloc(samples * sizeof *pcm);
	void *dec = decoder(c);

	pcm[0] = UNTOUCHED;
	ck_assert_int_eq(c->decode(dec, payload, bytes, pcm, samples - 1), -ENOSPC);
	ck_assert_int_eq(pcm[0], UNTOUCHED);
	ck_assert_int_eq(c->decode(dec, payload, bytes, pcm, samples), (int)samples);
	c->decoder_close(dec);
	free(pcm);
}

void
vector_groups(const struct codec *c, unsigned samples, unsigned bytes)
{
	struct codec_format f = defaults(c);
	size_t most = c->rate[0] * 120 / 1000 / samples;
	int16_t pcm[CODEC_SAMPLES_MAX] = {0};
	uint8_t payload[ROOM] = {0};
	void *dec = decoder(c);

	ck_assert_uint_eq(vector_encode(c, pcm, samples * (most + 1), samples, payload),
		bytes * (most + 1));
	for (size_t n = 1; n <= most; n++) {
		ck_assert_int_eq(c->samples(&f, payload, n * bytes), (int)(n * samples));
		encodes_in_room(c, n * samples, n * bytes);
		decodes_in_room(c, payload, n * bytes, n * samples);
	}
	ck_assert_int_eq(c->samples(&f, payload, 0), 0);
	ck_assert_int_eq(c->decode(dec, payload, 0, pcm, CODEC_SAMPLES_MAX), 0);
	ck_assert_int_eq(c->samples(&f, payload, (most + 1) * bytes), -EBADMSG);
	ck_assert_int_eq(
		c->decode(dec, payload, (most + 1) * bytes, pcm, CODEC_SAMPLES_MAX), -EBADMSG);
	for (size_t n = bytes + 1; n < 2 * bytes; n++) {
		ck_assert_int_eq(c->samples(&f, payload, n), -EBADMSG);
		ck_assert_int_eq(c->decode(dec, payload, n, pcm, CODEC_SAMPLES_MAX), -EBADMSG);
	}
	c->decoder_close(dec);
}

void
vector_reset(const struct codec *c, unsigned samples)
{
	int16_t said[VECTOR_SAMPLES], heard[2][VECTOR_SAMPLES + CODEC_SAMPLES_MAX];
	size_t n = speech(c, said), len;
	uint8_t payload[2][VECTOR_SAMPLES + CODEC_PAYLOAD_MAX];
	void *enc = encoder(c), *dec = decoder(c);

	for (int i = 0; i < 2; i++) {
		len = encode_all(c, enc, said, n, samples, payload[i]);
		n = decode_all(c, dec, payload[i], len, len / (n / samples), heard[i]);
		c->encoder_reset(enc);
		c->decoder_reset(dec);
	}
	ck_assert_mem_eq(payload[0], payload[1], len);
	ck_assert_mem_eq(heard[0], heard[1], n * sizeof heard[0][0]);
	c->encoder_close(enc);
	c->decoder_close(dec);
	c->encoder_close(NULL);
	c->decoder_close(NULL);
}

void
vector_loud(const struct codec *c, unsigned hz, unsigned delay, int off)
{
	int16_t said[CODEC_SAMPLES_MAX], heard[2 * CODEC_SAMPLES_MAX];
	uint8_t payload[2 * CODEC_SAMPLES_MAX];
	unsigned samples = c->rate[0] * 20 / 1000;
	size_t len;

	for (unsigned i = 0; i < CODEC_SAMPLES_MAX; i++)
		said[i] = (int16_t)(INT16_MAX * sin(2 * M_PI * hz * i / c->rate[0]));
	len = vector_encode(c, said, CODEC_SAMPLES_MAX, samples, payload);
	vector_decode(c, payload, len, len / (CODEC_SAMPLES_MAX / samples), heard);
	for (unsigned i = 800; i + delay < CODEC_SAMPLES_MAX; i++) /* once it has settled */
		ck_assert_msg(abs(heard[i + delay] - said[i]) <= off, "%u: %d is heard as %d",
			i, said[i], heard[i + delay]);
}

void
vector_noise(const struct codec *c, unsigned bytes, unsigned rounds)
{
	int16_t said[VECTOR_SAMPLES], heard[2][VECTOR_SAMPLES + CODEC_SAMPLES_MAX];
	unsigned packet = (unsigned)(c->rate[0] * c->ptime_ms / 1000);
	size_t n = speech(c, said), len;
	uint8_t payload[VECTOR_SAMPLES + CODEC_PAYLOAD_MAX], noise[CODEC_PAYLOAD_MAX];
	void *dec = decoder(c);

	srandom(1);
	for (unsigned i = 0; i < rounds; i++) {
		for (unsigned j = 0; j < bytes; j++)
			noise[j] = (uint8_t)random();
		c->decode(dec, noise, bytes, heard[0], CODEC_SAMPLES_MAX);
	}
	len = vector_encode(c, said, n, packet, payload);
	n = decode_all(c, dec, payload, len, bytes, heard[0]);
	ck_assert_uint_eq(vector_decode(c, payload, len, bytes, heard[1]), n);
	ck_assert_double_eq_tol(
		level_db(heard[0] + n / 2, n / 2), level_db(heard[1] + n / 2, n / 2), 3);
	c->decoder_close(dec);
}
