/* SPDX-License-Identifier: Apache-2.0
 *
 * A codec's row on the command line, for tests with programs that are not ours: PCM on stdin,
 * packets on stdout, or back.  A packet is two bytes of length, network byte order, and its
 * payload; one of no bytes is a lost one, which is concealed.  PCM is s16le at the rate and
 * channels that `codec_tool info` says. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/codec.h"

static const char usage[] =
	"usage: codec_tool list\n"
	"       codec_tool info|encode|decode NAME[/CLOCK[/CHANNELS]] [PTIME_MS [FMTP]]\n"
	"Names are as in rtpmap; \"\" or 0 as PTIME_MS is the codec's own.\n";

static void
die(const char *what)
{
	fprintf(stderr, "codec_tool: %s\n", what);
	exit(1);
}

/* TEXT is "opus/48000/2". */
static void
take_format(struct codec_format *f, const char *text, const char *ptime, const char *fmtp)
{
	char name[64];
	unsigned clock = 0, channels = 0;
	int error;

	if (sscanf(text, "%63[^/]/%u/%u", name, &clock, &channels) < 1)
		die("a codec's name is needed");
	if ((error = codec_format_parse(f, name, clock, channels, fmtp)) != 0)
		die(error == -ENOENT ? "no such codec" : "it cannot be so");
	if (atoi(ptime) > 0)
		f->ptime_ms = (uint8_t)atoi(ptime);
}

static void
encode(const struct codec *c, const struct codec_format *f)
{
	size_t samples = (size_t)f->rate * f->ptime_ms / 1000;
	int16_t *pcm = calloc(samples * f->channels, sizeof *pcm);
	uint8_t packet[2 + CODEC_PAYLOAD_MAX];
	void *enc = c->encoder_open(f);

	if (enc == NULL || pcm == NULL)
		die("no encoder");
	while (fread(pcm, sizeof *pcm * f->channels, samples, stdin) == samples) {
		int n = c->encode(enc, pcm, samples, packet + 2, sizeof packet - 2);

		if (n < 0)
			die(strerror(-n));
		packet[0] = (uint8_t)(n >> 8);
		packet[1] = (uint8_t)n;
		fwrite(packet, 1, 2 + (size_t)n, stdout);
	}
	c->encoder_close(enc);
	free(pcm);
}

static void
decode(const struct codec *c, const struct codec_format *f)
{
	static int16_t pcm[CODEC_SAMPLES_MAX * CODEC_CHANNELS];
	size_t usual = (size_t)f->rate * f->ptime_ms / 1000;
	void *dec = c->decoder_open(f);
	uint8_t head[2], payload[65535];

	if (dec == NULL)
		die("no decoder");
	while (fread(head, 1, 2, stdin) == 2) {
		size_t len = (size_t)(head[0] << 8 | head[1]);
		int n;

		if (fread(payload, 1, len, stdin) != len)
			die("a packet is cut off");
		n = len > 0 || c->conceal == NULL
			    ? c->decode(dec, payload, len, pcm, CODEC_SAMPLES_MAX)
			    : c->conceal(dec, pcm, usual);
		/* Noise lasts until something else comes: a packet time here. */
		if (n == 0 && c->kind == CODEC_NOISE)
			n = c->conceal(dec, pcm, usual);
		if (n < 0)
			die(strerror(-n));
		fwrite(pcm, sizeof *pcm * f->channels, (size_t)n, stdout);
	}
	c->decoder_close(dec);
}

int
main(int argc, char **argv)
{
	struct codec_format f;
	const struct codec *c;
	const char *verb = argc > 1 ? argv[1] : "";

	for (unsigned i = 0; strcmp(verb, "list") == 0 && (c = codec_row(i)) != NULL; i++)
		printf("%s\n", c->name);
	if (strcmp(verb, "list") == 0)
		return 0;
	if (argc < 3 || argc > 5) {
		fputs(usage, stderr);
		return 2;
	}
	take_format(&f, argv[2], argc > 3 ? argv[3] : "", argc > 4 ? argv[4] : NULL);
	c = codec_by_id(f.codec);
	if (strcmp(verb, "info") == 0)
		printf("%u %u %u\n", f.rate, f.channels, f.ptime_ms);
	else if (c->kind == CODEC_EVENTS)
		die("there is no sound in it");
	else if (strcmp(verb, "encode") == 0)
		encode(c, &f);
	else if (strcmp(verb, "decode") == 0)
		decode(c, &f);
	else
		die("info, encode or decode?");
	return ferror(stdout) || fflush(stdout) != 0;
}
