/* SPDX-License-Identifier: Apache-2.0
 *
 * What codecs make of speech where there is no relay: for tests/system/transcode_pairs.sh.
 *
 *   codec_pairs said SPEECH   as everybody says it: NAME.said
 *   codec_pairs pairs         what becomes of that towards everybody, decoded, resampled
 *                             and encoded by the libraries that strowger uses:
 * FROM-TO.offline; and once more, FROM-TO.again, which tells which of them (Codec2) make
 * something else of the same every time codec_pairs heard FILE... those packets as they are
 * heard: FILE.s16
 *
 * In the current folder.  SPEECH is s16le at 48 kHz, mono, and so is what is heard, at the
 * codec's own rate.  Packets are as codec_tool's: two bytes of length, network byte order, and
 * the payload. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/codec.h"
#include "codecs/law.h"
#include "codecs/resample.h"

enum {
	SPEECH_RATE = 48000,
	SECONDS = 10,
	ROOM = SPEECH_RATE * SECONDS,
	/* A codec that takes any rate is opened at the other's, as strowger does. */
	ANY = SPEECH_RATE,
};

/* All for speech. */
static const struct codec *codec[CODECS];
static unsigned codecs;

/* Sound and packets, from one step to the next. */
static int16_t pcm[ROOM], other[ROOM];
static uint8_t packets[4 * ROOM];

static bool
is_free(const struct codec *c)
{
	return c->map_channels != 0;
}

static struct codec_format
format(const struct codec *c, uint32_t rate)
{
	struct codec_format f;

	codec_default(c, &f);
	for (unsigned i = 0; is_free(c) && c->rate[i] != 0; i++)
		if (c->rate[i] >= rate && c->rate[i] < f.rate)
			f.rate = c->rate[i];
	return f;
}

static size_t
read_file(const char *name, void *out, size_t room)
{
	FILE *file = fopen(name, "rb");
	size_t n;

	if (file == NULL)
		err(1, "%s", name);
	n = fread(out, 1, room, file);
	if (n == room || ferror(file))
		errx(1, "%s is too long", name);
	fclose(file);
	return n;
}

static void
write_file(const char *name, const void *bytes, size_t n)
{
	FILE *file = fopen(name, "wb");

	if (file == NULL || fwrite(bytes, 1, n, file) != n || fclose(file) != 0)
		err(1, "%s", name);
}

static const char *
file_name(const char *a, const char *between, const char *b)
{
	static char name[256];

	snprintf(name, sizeof name, "%s%s%s", a, between, b);
	return name;
}

/* The N samples of pcm as packets; their bytes. */
static size_t
encode(const struct codec *c, const struct codec_format *f, size_t n)
{
	size_t frame = (size_t)f->rate * f->ptime_ms / 1000, len = 0;
	void *enc = c->encoder_open(f);

	if (enc == NULL)
		err(1, "%s", c->name);
	for (size_t at = 0; at + frame <= n; at += frame) {
		uint8_t *p = packets + len;
		int bytes = c->encode(enc, pcm + at, frame, p + 2, CODEC_PAYLOAD_MAX);

		if (bytes < 0)
			errx(1, "%s: %s", c->name, strerror(-bytes));
		p[0] = (uint8_t)(bytes >> 8);
		p[1] = (uint8_t)bytes;
		len += 2 + (size_t)bytes;
	}
	c->encoder_close(enc);
	return len;
}

/* The LEN bytes of packets into pcm; samples. */
static size_t
decode(const struct codec *c, const struct codec_format *f, size_t len)
{
	void *dec = c->decoder_open(f);
	size_t n = 0;

	if (dec == NULL)
		err(1, "%s", c->name);
	for (size_t at = 0; at < len;) {
		size_t bytes = (size_t)(packets[at] << 8 | packets[at + 1]);
		int samples = c->decode(dec, packets + at + 2, bytes, pcm + n, ROOM - n);

		if (samples < 0)
			errx(1, "%s: %s", c->name, strerror(-samples));
		n += (size_t)samples;
		at += 2 + bytes;
	}
	c->decoder_close(dec);
	return n;
}

/* The N samples of pcm, at FROM, become such at TO; how many. */
static size_t
change_rate(size_t n, uint32_t from, uint32_t to)
{
	struct resample *r;

	if (from == to)
		return n;
	if ((r = resample_open(from, to, 1)) == NULL)
		err(1, "%u to %u Hz", from, to);
	n = resample_run(r, pcm, n, other, ROOM);
	resample_close(r);
	memcpy(pcm, other, n * sizeof *pcm);
	return n;
}

static void
say(const char *speech)
{
	for (unsigned i = 0; i < codecs; i++) {
		const struct codec *c = codec[i];
		struct codec_format f = format(c, ANY);
		size_t n = read_file(speech, pcm, sizeof pcm) / sizeof *pcm;

		n = encode(c, &f, change_rate(n, SPEECH_RATE, f.rate));
		write_file(file_name(c->name, ".", "said"), packets, n);
		printf("%s %u %u %u %u\n", c->name, codec_clock(&f), codec_map_channels(&f),
			f.ptime_ms, f.rate);
	}
}

/* G.711 has a table of its own for what it says in the other law, which is better than to
 * decode and to encode. */
static void
change_law(size_t len, const uint8_t *table)
{
	for (size_t at = 0; at < len;) {
		size_t end = at + 2 + (size_t)(packets[at] << 8 | packets[at + 1]);

		for (at += 2; at < end; at++)
			packets[at] = table[packets[at]];
	}
}

static void
pair(const struct codec *from, const struct codec *to, const char *ending)
{
	uint32_t rate = is_free(from) ? ANY : from->rate[0];
	struct codec_format out = format(to, rate), in = format(from, out.rate);
	size_t n = read_file(file_name(from->name, ".", "said"), packets, sizeof packets);
	char name[128];

	if (from->id == CODEC_PCMU && to->id == CODEC_PCMA)
		change_law(n, law_a_of_u);
	else if (from->id == CODEC_PCMA && to->id == CODEC_PCMU)
		change_law(n, law_u_of_a);
	else
		n = encode(to, &out, change_rate(decode(from, &in, n), in.rate, out.rate));
	snprintf(name, sizeof name, "%s-%s", from->name, to->name);
	write_file(file_name(name, ".", ending), packets, n);
}

/* FILE is FROM-TO.something, or NAME.said; both have names with "-" in them. */
static const struct codec *
codec_of(const char *file)
{
	size_t len = strcspn(file, "."), longest = 0;
	const struct codec *found = NULL;

	for (unsigned i = 0; i < codecs; i++) {
		size_t n = strlen(codec[i]->name);

		if (n <= len && n > longest &&
			strncmp(file + len - n, codec[i]->name, n) == 0) {
			found = codec[i];
			longest = n;
		}
	}
	if (found == NULL)
		errx(1, "%s: whose is it?", file);
	return found;
}

static void
hear(const char *file)
{
	const struct codec *c = codec_of(file);
	struct codec_format f = format(c, ANY);
	size_t n = read_file(file, packets, sizeof packets);

	write_file(file_name(file, ".", "s16"), pcm, decode(c, &f, n) * sizeof *pcm);
}

int
main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	for (unsigned i = 0; codec_row(i) != NULL; i++)
		if (codec_row(i)->kind == CODEC_SPEECH)
			codec[codecs++] = codec_row(i);
	if (strcmp(verb, "said") == 0 && argc == 3)
		say(argv[2]);
	else if (strcmp(verb, "pairs") == 0)
		for (unsigned i = 0, n = codecs * codecs; i < 2 * n; i++)
			pair(codec[i % n / codecs], codec[i % codecs],
				i < n ? "offline" : "again");
	else if (strcmp(verb, "pair") == 0 && argc == 4)
		pair(codec_of(argv[2]), codec_of(argv[3]), "offline");
	else if (strcmp(verb, "heard") == 0)
		for (int i = 2; i < argc; i++)
			hear(argv[i]);
	else
		errx(2, "said SPEECH, pairs, pair FROM TO or heard FILE...");
	return 0;
}
