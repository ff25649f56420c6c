/* SPDX-License-Identifier: Apache-2.0
 *
 * See direction.h. */
#include "direction.h"

#include <math.h>

struct codec_format
format_of(const char *name, uint32_t clock_hz, unsigned channels, unsigned payload_type,
	unsigned ptime_ms, const char *fmtp)
{
	struct codec_format f;

	ck_assert_msg(codec_format_parse(&f, name, clock_hz, channels, fmtp) == 0, "%s", name);
	f.payload_type = (uint8_t)payload_type;
	f.ptime_ms = (uint8_t)ptime_ms;
	ck_assert(codec_format_is_valid(&f));
	return f;
}

struct direction *
direction_open(const struct transcode_conf *conf)
{
	struct direction *d = calloc(1, sizeof *d);

	ck_assert_ptr_nonnull(d);
	d->seen = malloc(SEEN_MAX * sizeof *d->seen);
	d->heard = calloc(HEARD_MAX, sizeof *d->heard);
	d->from = conf->from[0];
	d->to = conf->to[0];
	d->codec = codec_by_id(d->from.codec);
	d->far = codec_by_id(d->to.codec);
	d->encoder = d->codec->encoder_open(&d->from);
	d->decoder = d->far->decoder_open(&d->to);
	d->t = transcode_open(conf, 70000, 0xfffff000);
	ck_assert(d->encoder != NULL && d->decoder != NULL && d->t != NULL);
	d->now_us = 1000000;
	d->ssrc = 1;
	d->index = 65530;
	d->timestamp = 0xffffff00;
	return d;
}

void
direction_close(struct direction *d)
{
	transcode_close(d->t);
	d->codec->encoder_close(d->encoder);
	d->far->decoder_close(d->decoder);
	free(d->seen);
	free(d->heard);
	free(d);
}

int16_t
tone(uint64_t n, uint32_t rate)
{
	return (int16_t)lrint(11600 * sin(2 * M_PI * 440 * (double)(n % rate) / rate));
}

int16_t
voice(uint64_t n, uint32_t rate)
{
	double t = (double)n / rate, pitch = 2 * M_PI * (120 * t + 2 * sin(3 * t)), x = 0;
	double loud =
		fabs(sin(2 * M_PI * 1.7 * t)) * (0.3 + 0.7 * fabs(sin(2 * M_PI * 0.3 * t)));

	for (unsigned k = 1; k <= 12; k++)
		x += sin(k * pitch) / k;
	return (int16_t)lrint(5000 * loud * x);
}

struct transcode_in
direction_say(struct direction *d, int16_t (*says)(uint64_t, uint32_t),
	uint8_t bytes[CODEC_PAYLOAD_MAX])
{
	int16_t pcm[CODEC_SAMPLES_MAX * CODEC_CHANNELS];
	unsigned samples = d->from.rate * d->from.ptime_ms / 1000, channels = d->from.channels;
	struct transcode_in in = {
		.index = d->index,
		.ssrc = d->ssrc,
		.timestamp = d->timestamp,
		.payload_type = d->from.payload_type,
		.payload = bytes,
	};
	int len;

	for (unsigned i = 0; i < samples * channels; i++)
		pcm[i] = says(d->said + i / channels, d->from.rate);
	len = d->codec->encode(d->encoder, pcm, samples, bytes, CODEC_PAYLOAD_MAX);
	d->out_of_step |= len < 0;
	in.len = (uint16_t)len;
	d->said += samples;
	d->timestamp += (uint32_t)((uint64_t)samples * codec_clock(&d->from) / d->from.rate);
	d->index += len > 0;
	return in;
}

static void
hear(struct direction *d, const struct transcode_out *out)
{
	int16_t pcm[CODEC_SAMPLES_MAX * CODEC_CHANNELS];
	uint32_t ticks = out->timestamp - d->first_timestamp;
	size_t at = (size_t)((uint64_t)ticks * d->to.rate / codec_clock(&d->to));
	int n = d->far->decode(d->decoder, out->payload, out->len, pcm, CODEC_SAMPLES_MAX);

	d->out_of_step |= n <= 0;
	if (n <= 0 || at + (size_t)n > HEARD_MAX / d->to.channels)
		return;
	memcpy(d->heard + at * d->to.channels, pcm, (size_t)n * d->to.channels * sizeof *pcm);
	d->end = at + (size_t)n;
}

static void
leaves(void *arg, const struct transcode_out *out)
{
	struct direction *d = arg;
	struct seen *s = &d->seen[d->packets];

	if (d->packets == SEEN_MAX)
		ck_abort_msg("too many packets");
	*s = (struct seen){out->number, d->now_us, out->timestamp, out->payload_type,
		out->marker, out->len, {0}};
	memcpy(s->bytes, out->payload, out->len < 4 ? out->len : 4);
	if (d->packets == 0)
		d->first_timestamp = d->last_timestamp = out->timestamp;
	else
		d->out_of_step |= s->number != s[-1].number + 1;
	d->packets++;
	if (out->payload_type != d->to.payload_type)
		return;
	d->out_of_step |= (int32_t)(out->timestamp - d->last_timestamp) < 0;
	d->last_timestamp = out->timestamp;
	hear(d, out);
}

void
direction_put(struct direction *d, const struct transcode_in *in)
{
	transcode_put(d->t, in, d->now_us, leaves, d);
}

void
direction_wait(struct direction *d, uint64_t us)
{
	uint64_t until = d->now_us + us, due;

	while ((due = transcode_due(d->t)) <= until) {
		d->now_us = due > d->now_us ? due : d->now_us;
		transcode_run(d->t, d->now_us, leaves, d);
		d->out_of_step |= transcode_due(d->t) <= d->now_us;
	}
	d->now_us = until;
}

void
direction_talk(struct direction *d, int16_t (*says)(uint64_t, uint32_t), unsigned count)
{
	uint8_t bytes[CODEC_PAYLOAD_MAX];

	while (count-- > 0) {
		struct transcode_in in = direction_say(d, says, bytes);

		if (in.len > 0)
			direction_put(d, &in);
		direction_wait(d, d->from.ptime_ms * 1000u);
	}
}

double
rms(const int16_t *pcm, size_t from, size_t to)
{
	double sum = 0;

	for (size_t i = from; i < to; i++)
		sum += (double)pcm[i] * pcm[i];
	return sqrt(sum / (double)(to - from));
}

static double
correlation(const double *a, const double *b, size_t n)
{
	double ab = 0, aa = 0, bb = 0, am = 0, bm = 0;

	for (size_t i = 0; i < n; i++) {
		am += a[i] / (double)n;
		bm += b[i] / (double)n;
	}
	for (size_t i = 0; i < n; i++) {
		ab += (a[i] - am) * (b[i] - bm);
		aa += (a[i] - am) * (a[i] - am);
		bb += (b[i] - bm) * (b[i] - bm);
	}
	return ab / sqrt(aa * bb + 1e-9);
}

double
likeness(const int16_t *a, const int16_t *b, size_t samples, uint32_t rate)
{
	size_t step = rate / 100, n = samples / step;
	double *x = calloc(2 * n, sizeof *x), *y = x + n, best = 0, like;

	for (size_t i = 0; i < n; i++) {
		x[i] = log10(rms(a, i * step, (i + 1) * step) + 10);
		y[i] = log10(rms(b, i * step, (i + 1) * step) + 10);
	}
	for (size_t shift = 0; shift <= 6; shift++) {
		like = correlation(x, y + shift, n - shift);
		best = like > best ? like : best;
	}
	free(x);
	return best;
}
