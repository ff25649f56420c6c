/* SPDX-License-Identifier: Apache-2.0
 *
 * `strowger-bench micro codecs`: what 20 ms of sound cost, every codec at every rate that it
 * has; and the table of these costs that admission goes by (codecs/cost.h).  Codecs take
 * turns, repeat by repeat, so that what else the machine does meets them all alike.  One
 * thread. */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "bench/micro.h"
#include "bench/options.h"
#include "bench/report.h"
#include "codecs/codec.h"
#include "codecs/cost.h"

enum {
	REPEATS_MAX = 100,
	SUBJECTS = COST_ROWS,
	SECOND_MS = 1000,            /* of sound, encoded and decoded in one piece */
	PACKETS_MAX = SECOND_MS / 4, /* the shortest that are sent are of nearly 5 ms */
	CONCEALED = 3,               /* packets in a row, as many as are worth making up */
};

enum op { ENCODE, DECODE, CONCEAL, OPS };
static const char *const op_names[OPS] = {"encode", "decode", "conceal"};

/* A codec in one of its formats, and what it took: ns for COST_FRAME_MS. */
struct subject {
	const struct codec *codec;
	struct codec_format format;
	double ns[OPS][REPEATS_MAX];
};

struct conf {
	const char *codecs; /* NULL: all */
	unsigned repeats, complexity;
	const char *json, *cost;
};

static struct subject subject[SUBJECTS];
static unsigned subjects;

/* ---- What is measured. ---- */

static bool
is_wanted(const struct codec *c, const char *names)
{
	size_t len;

	for (; names != NULL && *names != '\0'; names += len + (names[len] == ',')) {
		len = strcspn(names, ",");
		if (codec_by_name(names, len, 0) == c)
			return true;
	}
	return names == NULL;
}

static void
add(const struct conf *conf, const struct codec *c, uint32_t rate, unsigned channels)
{
	struct codec_format f;
	void *enc;

	codec_default(c, &f);
	f.rate = rate;
	f.channels = (uint8_t)channels;
	f.complexity = (uint8_t)conf->complexity;
	f.ptime_ms = codec_ptime(&f, COST_FRAME_MS);
	/* What cannot be sent at all is left out. */
	if (subjects == SUBJECTS || (enc = c->encoder_open(&f)) == NULL)
		return;
	c->encoder_close(enc);
	subject[subjects].codec = c;
	subject[subjects++].format = f;
}

static void
add_all(const struct conf *conf)
{
	const struct codec *c;

	for (unsigned n = 0; (c = codec_row(n)) != NULL; n++) {
		if (c->kind == CODEC_EVENTS || !is_wanted(c, conf->codecs))
			continue;
		for (unsigned r = 0; c->rate[r] != 0; r++)
			for (unsigned channels = 1; channels <= c->channels; channels++)
				add(conf, c, c->rate[r], channels);
	}
}

/* A second of something like speech: a buzz whose pitch and loudness wander, and breath. */
static void
speak(const struct codec_format *f, int16_t *pcm)
{
	double phase = 0;

	for (unsigned i = 0; i < f->rate; i++) {
		double at = (double)i / f->rate, sample = 0;

		phase += 2 * M_PI * (130 + 30 * sin(3 * at)) / f->rate;
		for (unsigned k = 1; k < 20; k++)
			sample += sin(k * phase) / (1 + pow((k - 5.) / 3, 2));
		sample *= 3000 * pow(sin(4 * M_PI * at), 2);
		sample += 200.0 * (rand() % 2001 - 1000) / 1000;
		for (unsigned ch = 0; ch < f->channels; ch++)
			*pcm++ = (int16_t)lrint(sample);
	}
}

/* ---- Measuring. ---- */

static double
thread_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* One repeat of S with an encoder and a decoder of its own. */
static bool
measure(struct subject *s, unsigned at, const int16_t *pcm)
{
	static uint8_t payload[PACKETS_MAX][CODEC_PAYLOAD_MAX];
	static int16_t out[CODEC_SAMPLES_MAX * CODEC_CHANNELS];
	static int len[PACKETS_MAX];
	const struct codec *c = s->codec;
	const struct codec_format *f = &s->format;
	unsigned samples = codec_packet(f), packets = f->rate * SECOND_MS / 1000 / samples;
	double frames = samples * 1000.0 / f->rate / COST_FRAME_MS, began;
	void *enc = c->encoder_open(f), *dec = c->decoder_open(f);
	bool ok = enc != NULL && dec != NULL;

	began = thread_ns();
	for (unsigned i = 0; ok && i < packets; i++) {
		len[i] = c->encode(enc, pcm + i * samples * f->channels, samples, payload[i],
			CODEC_PAYLOAD_MAX);
		ok = len[i] >= 0;
	}
	s->ns[ENCODE][at] = (thread_ns() - began) / packets / frames;
	began = thread_ns();
	for (unsigned i = 0; ok && i < packets; i++)
		ok = c->decode(dec, payload[i], (size_t)len[i], out, CODEC_SAMPLES_MAX) >= 0;
	s->ns[DECODE][at] = (thread_ns() - began) / packets / frames;
	began = thread_ns();
	for (unsigned i = 0; ok && c->conceal != NULL && i < CONCEALED; i++)
		ok = c->conceal(dec, out, samples) >= 0;
	s->ns[CONCEAL][at] = (thread_ns() - began) / CONCEALED / frames;
	if (enc != NULL)
		c->encoder_close(enc);
	if (dec != NULL)
		c->decoder_close(dec);
	return ok;
}

static bool
measure_all(const struct conf *conf)
{
	static int16_t pcm[CODEC_RATE_MAX * CODEC_CHANNELS];

	/* A round before the first, whose figures are overwritten, warms everything up. */
	for (unsigned round = 0; round <= conf->repeats; round++) {
		for (unsigned i = 0; i < subjects; i++) {
			speak(&subject[i].format, pcm);
			if (measure(&subject[i], round > 0 ? round - 1 : 0, pcm))
				continue;
			fprintf(stderr, "strowger-bench: %s at %u Hz failed\n",
				subject[i].codec->name, subject[i].format.rate);
			return false;
		}
	}
	return true;
}

/* ---- Showing. ---- */

static struct spread
spread_between(const double *value, unsigned n)
{
	double sorted[REPEATS_MAX];

	memcpy(sorted, value, n * sizeof *value);
	return spread_of(sorted, n);
}

static bool
has_op(const struct subject *s, unsigned op)
{
	return op != CONCEAL || s->codec->conceal != NULL;
}

static void
show(const struct conf *conf, FILE *table)
{
	fprintf(table, "ns for %u ms of sound: median (least-greatest) of %u\n\n%-16s %6s %2s",
		COST_FRAME_MS, conf->repeats, "codec", "Hz", "ch");
	for (unsigned op = 0; op < OPS; op++)
		fprintf(table, " %26s", op_names[op]);
	fprintf(table, "\n");
	for (unsigned i = 0; i < subjects; i++) {
		const struct subject *s = &subject[i];

		fprintf(table, "%-16s %6u %2u", s->codec->name, s->format.rate,
			s->format.channels);
		for (unsigned op = 0; op < OPS; op++) {
			struct spread ns = spread_between(s->ns[op], conf->repeats);
			char cell[64] = "-";

			if (has_op(s, op))
				snprintf(cell, sizeof cell, "%.0f (%.0f-%.0f)", ns.median,
					ns.min, ns.max);
			fprintf(table, " %26s", cell);
		}
		fprintf(table, "\n");
	}
}

static json_t *
row_of(const struct conf *conf, const struct subject *s, unsigned op)
{
	struct spread ns = spread_between(s->ns[op], conf->repeats);
	json_t *values = json_array();

	for (unsigned i = 0; i < conf->repeats; i++)
		json_array_append_new(values, json_real(s->ns[op][i]));
	return json_pack("{s:s, s:i, s:i, s:i, s:s, s:o, s:f, s:f, s:f}", "codec",
		s->codec->name, "rate", (int)s->format.rate, "channels", s->format.channels,
		"ptime_ms", s->format.ptime_ms, "op", op_names[op], "values", values, "min",
		ns.min, "median", ns.median, "max", ns.max);
}

static bool
save_json(const struct conf *conf)
{
	json_t *rows = json_array(), *all;
	int error;

	for (unsigned i = 0; i < subjects; i++)
		for (unsigned op = 0; op < OPS; op++)
			if (has_op(&subject[i], op))
				json_array_append_new(rows, row_of(conf, &subject[i], op));
	all = json_pack("{s:s, s:s, s:o}", "title", "micro codecs", "unit", "ns per 20 ms",
		"rows", rows);
	error = strcmp(conf->json, "-") == 0
			? json_dumpf(all, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6))
			: json_dump_file(
				  all, conf->json, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
	json_decref(all);
	if (error != 0)
		fprintf(stderr, "strowger-bench: %s: %s\n", conf->json, strerror(errno));
	return error == 0;
}

static bool
save_cost(const struct conf *conf)
{
	FILE *out = fopen(conf->cost, "w");
	bool ok = out != NULL;

	if (ok)
		fprintf(out, "# Of each codec, the median of %u.\n", conf->repeats);
	for (unsigned i = 0; ok && i < subjects; i++) {
		const struct subject *s = &subject[i];
		struct cost_row row = {.codec = s->codec->id,
			.channels = s->format.channels,
			.rate = s->format.rate};
		char text[128];

		row.encode_ns = (uint32_t)spread_between(s->ns[ENCODE], conf->repeats).median;
		row.decode_ns = (uint32_t)spread_between(s->ns[DECODE], conf->repeats).median;
		cost_print(&row, text, sizeof text);
		ok = fputs(text, out) >= 0;
	}
	if (out != NULL && fclose(out) != 0)
		ok = false;
	if (!ok)
		fprintf(stderr, "strowger-bench: %s: %s\n", conf->cost, strerror(errno));
	return ok;
}

/* ---- Options. ---- */

#define AT(field) offsetof(struct conf, field)

static const struct option_row rows[] = {
	{"codecs", "NAME,...", options_word, AT(codecs), 0, 0, "as in rtpmap (all)"},
	{"complexity", "N", options_count, AT(complexity), 0, 10,
		"of encoding, where there is a choice (the codec's own)"},
	{"repeats", "N", options_count, AT(repeats), 1, REPEATS_MAX, "(5)"},
	{"json", "FILE", options_word, AT(json), 0, 0,
		"the figures for programs; - is stdout"},
	{"cost", "FILE", options_word, AT(cost), 0, 0,
		"the table by which strowger chooses a transcode core for a call: lines of NAME "
		"RATE CHANNELS ENCODE_NS DECODE_NS"},
};

static const struct option_table table = {.command = "micro codecs",
	.about = "Nanoseconds for 20 ms of sound, of each codec at each of its rates.",
	.row = rows,
	.rows = sizeof rows / sizeof rows[0]};

int
micro_codecs(int argc, char **argv)
{
	struct conf conf = {.repeats = 5, .complexity = 255};
	int help = options_fill(&table, &conf, argc, argv);

	if (help != 0)
		return help > 0 ? 0 : 2;
	add_all(&conf);
	if (subjects == 0) {
		fprintf(stderr, "strowger-bench: none of these is a codec: %s\n", conf.codecs);
		return 2;
	}
	if (!measure_all(&conf))
		return 1;
	show(&conf, conf.json != NULL && strcmp(conf.json, "-") == 0 ? stderr : stdout);
	return (conf.json == NULL || save_json(&conf)) &&
			       (conf.cost == NULL || save_cost(&conf))
		       ? 0
		       : 1;
}
