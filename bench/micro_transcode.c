/* SPDX-License-Identifier: Apache-2.0
 *
 * `strowger-bench micro transcode`: what a packet costs through transcode_put(), beside the
 * libraries that it is made of: the same decoder and the same encoder, and a resampler between
 * them where their rates differ, called bare with the same payloads.  Both take turns, a lap
 * of packets each, so that what else the machine does meets them alike.  One thread. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/micro.h"
#include "bench/options.h"
#include "bench/report.h"
#include "codecs/resample.h"
#include "dataplane/transcode.h"

enum {
	LAP = 50,  /* packets timed in one piece */
	LAPS = 20, /* of each, in a repeat */
	PCM = CODEC_SAMPLES_MAX * CODEC_CHANNELS,
};

static const struct pair {
	const char *from;
	uint32_t from_clock;
	const char *to;
	uint32_t to_clock;
	uint32_t from_rate, to_rate; /* that a call of the two works at */
	unsigned ptime_ms;
} pairs[] = {
	{"PCMU", 8000, "opus", 48000, 8000, 8000, 20},
	{"opus", 48000, "PCMU", 8000, 8000, 8000, 20},
	{"L16", 48000, "opus", 48000, 48000, 48000, 10},
	{"opus", 48000, "L16", 48000, 48000, 48000, 10},
	{"PCMU", 8000, "G722", 8000, 8000, 16000, 20},
	{"G722", 8000, "PCMU", 8000, 16000, 8000, 20},
	{"PCMU", 8000, "GSM", 8000, 8000, 8000, 20},
	{"GSM", 8000, "PCMU", 8000, 8000, 8000, 20},
	{"PCMU", 8000, "PCMA", 8000, 8000, 8000, 20},
	{"PCMA", 8000, "PCMU", 8000, 8000, 8000, 20},
};

/* One pair at work: the bare libraries, and the direction made of the same. */
struct subject {
	struct codec_format from, to;
	const struct codec *near, *far;
	void *decoder, *encoder;
	struct resample *resample;
	struct transcode *t;
	struct transcode_in in;
	uint64_t now_us;
	unsigned left; /* packets that left */
	uint16_t len[LAP];
	uint8_t payload[LAP][CODEC_PAYLOAD_MAX];
};

struct conf {
	unsigned repeats, complexity;
	const char *json;
};

static struct codec_format
format(const char *name, uint32_t clock, uint32_t rate, unsigned ptime_ms)
{
	struct codec_format f;

	codec_format_parse(&f, name, clock, strcmp(name, "opus") == 0 ? 2 : 1, NULL);
	f.payload_type = 96;
	f.rate = rate;
	f.channels = 1;
	f.ptime_ms = codec_ptime(&f, ptime_ms);
	return f;
}

/* The payloads of a lap: a buzz with a wandering pitch. */
static bool
speak(struct subject *s)
{
	int16_t pcm[PCM];
	unsigned samples = s->from.rate * s->from.ptime_ms / 1000;
	void *encoder = s->near->encoder_open(&s->from);
	int len = encoder != NULL;

	for (unsigned k = 0; k < LAP && len > 0; k++) {
		for (unsigned i = 0; i < samples; i++) {
			double at = (double)(k * samples + i) / s->from.rate, x = 0;

			for (unsigned h = 1; h < 15; h++)
				x += sin(h * 2 * M_PI * (130 * at + 10 * sin(3 * at))) / h;
			pcm[i] = (int16_t)(5000 * x * fabs(sin(4 * at)));
		}
		len = s->near->encode(encoder, pcm, samples, s->payload[k], CODEC_PAYLOAD_MAX);
		s->len[k] = (uint16_t)(len > 0 ? len : 0);
	}
	if (encoder != NULL)
		s->near->encoder_close(encoder);
	return len > 0;
}

static void
subject_close(struct subject *s)
{
	if (s->decoder != NULL)
		s->near->decoder_close(s->decoder);
	if (s->encoder != NULL)
		s->far->encoder_close(s->encoder);
	resample_close(s->resample);
	transcode_close(s->t);
}

static bool
subject_open(struct subject *s, const struct pair *p, unsigned complexity)
{
	struct transcode_conf conf = {.window_us = TRANSCODE_WINDOW_US};

	memset(s, 0, sizeof *s);
	s->from = format(p->from, p->from_clock, p->from_rate, p->ptime_ms);
	s->to = format(p->to, p->to_clock, p->to_rate, p->ptime_ms);
	s->to.complexity = (uint8_t)complexity;
	s->near = codec_by_id(s->from.codec);
	s->far = codec_by_id(s->to.codec);
	s->decoder = s->near->decoder_open(&s->from);
	s->encoder = s->far->encoder_open(&s->to);
	if (s->from.rate != s->to.rate)
		s->resample = resample_open(s->from.rate, s->to.rate, 1);
	conf.from[0] = s->from;
	conf.to[0] = s->to;
	s->t = transcode_open(&conf, 0, 0);
	s->in.payload_type = s->from.payload_type;
	return s->decoder != NULL && s->encoder != NULL && s->t != NULL &&
	       (s->from.rate == s->to.rate || s->resample != NULL) && speak(s);
}

static double
thread_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void
leaves(void *arg, const struct transcode_out *out)
{
	struct subject *s = arg;

	s->left += out->len > 0;
}

static double
lap_through(struct subject *s)
{
	uint32_t ticks = codec_clock(&s->from) / 1000 * s->from.ptime_ms;
	double began = thread_ns();

	for (unsigned k = 0; k < LAP; k++) {
		s->in.index++;
		s->in.timestamp += ticks;
		s->in.len = s->len[k];
		s->in.payload = s->payload[k];
		s->now_us += s->from.ptime_ms * 1000u;
		transcode_put(s->t, &s->in, s->now_us, leaves, s);
	}
	return (thread_ns() - began) / LAP;
}

static double
lap_bare(struct subject *s)
{
	int16_t near[PCM], far[PCM], *pcm = s->resample != NULL ? far : near;
	uint8_t out[CODEC_PAYLOAD_MAX];
	double began = thread_ns();
	int n, len;

	for (unsigned k = 0; k < LAP; k++) {
		n = s->near->decode(
			s->decoder, s->payload[k], s->len[k], near, CODEC_SAMPLES_MAX);
		if (n > 0 && s->resample != NULL)
			n = (int)resample_run(
				s->resample, near, (size_t)n, far, CODEC_SAMPLES_MAX);
		len = s->far->encode(s->encoder, pcm, (size_t)n, out, sizeof out);
		s->left -= len > 0;
	}
	return (thread_ns() - began) / LAP;
}

static bool
measure(struct report *r, const struct pair *p, const struct conf *conf)
{
	static struct subject s;
	double through = 0, bare = 0;
	char name[64], figure[96];
	bool ok = subject_open(&s, p, conf->complexity);

	for (unsigned lap = 0; ok && lap < LAPS + 1; lap++) {
		double a = lap_through(&s), b = lap_bare(&s);

		through += lap > 0 ? a / LAPS : 0; /* the first one warms up */
		bare += lap > 0 ? b / LAPS : 0;
	}
	ok = ok && s.left == 0; /* as many left on both ways */
	subject_close(&s);
	if (!ok) {
		fprintf(stderr, "strowger-bench: %s to %s failed\n", p->from, p->to);
		return false;
	}
	snprintf(name, sizeof name, "%s > %s, %u Hz, %u ms", p->from, p->to, p->to_rate,
		p->ptime_ms);
	report_add(r, name, "ns", 0, through);
	snprintf(figure, sizeof figure, "%s: bare", name);
	report_add(r, figure, "ns", 0, bare);
	snprintf(figure, sizeof figure, "%s: more", name);
	report_add(r, figure, "ns", 0, through - bare);
	snprintf(figure, sizeof figure, "%s: ratio", name);
	report_add(r, figure, "", 3, through / bare);
	return true;
}

#define AT(field) offsetof(struct conf, field)

static const struct option_row rows[] = {
	{"complexity", "N", options_count, AT(complexity), 0, 10, "of Opus (its default)"},
	{"repeats", "N", options_count, AT(repeats), 1, 100, "(5)"},
	{"json", "FILE", options_word, AT(json), 0, 0,
		"the figures for programs; -: stdout, no table"},
};

static const struct option_table table = {.command = "micro transcode",
	.about = "Nanoseconds a packet through transcode_put(), and of the libraries alone.",
	.row = rows,
	.rows = sizeof rows / sizeof rows[0]};

int
micro_transcode(int argc, char **argv)
{
	struct conf conf = {.repeats = 5, .complexity = 255};
	struct report *r;
	bool ok = true;
	int taken = options_fill(&table, &conf, argc, argv);

	if (taken != 0)
		return taken > 0 ? 0 : 2;
	if ((r = report_open("micro transcode")) == NULL)
		return 1;
	report_fact(r, "in turn", "%u packets each", LAP);
	for (unsigned at = 0; ok && at < conf.repeats; at++)
		for (unsigned i = 0; ok && i < sizeof pairs / sizeof pairs[0]; i++)
			ok = measure(r, &pairs[i], &conf);
	ok = ok && report_give(r, conf.json) == 0;
	report_close(r);
	return ok ? 0 : 1;
}
