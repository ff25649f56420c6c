/* SPDX-License-Identifier: Apache-2.0
 *
 * See cost.h. */
#include "codecs/cost.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
	NAME_LEN_MAX = 31,        /* as the format in parse_line() says */
	RESAMPLE_NS = 10000 * 50, /* a second of sound at another rate */
};

/* What was measured on a server core of 2020 or so, rounded up. */
static const struct cost_row usual[] = {
	{CODEC_PCMU, 1, 8000, 100, 100},
	{CODEC_PCMA, 1, 8000, 100, 100},
	{CODEC_L16, 1, 8000, 100, 100},
	{CODEC_L16, 2, 48000, 500, 500},
	{CODEC_CN, 1, 8000, 500, 1000},
	{CODEC_EVENT, 1, 8000, 0, 0},
	{CODEC_DVI4, 1, 8000, 2000, 1000},
	{CODEC_DVI4, 1, 22050, 6500, 2000},
	{CODEC_G722, 1, 16000, 17000, 7000},
	{CODEC_GSM, 1, 8000, 7500, 5000},
	{CODEC_LPC, 1, 8000, 5000, 5000},
	{CODEC_OPUS, 1, 8000, 57000, 7000},
	{CODEC_OPUS, 1, 12000, 77000, 9000},
	{CODEC_OPUS, 1, 16000, 105000, 12000},
	{CODEC_OPUS, 1, 24000, 125000, 24000},
	{CODEC_OPUS, 1, 48000, 140000, 31000},
	{CODEC_OPUS, 2, 48000, 170000, 48000},
	{CODEC_CODEC2_3200, 1, 8000, 32000, 20000},
	{CODEC_CODEC2_1200, 1, 8000, 34000, 20000},
	{CODEC_SPEEX, 1, 8000, 40000, 5000},
	{CODEC_SPEEX, 1, 16000, 115000, 11000},
	{CODEC_SPEEX, 1, 32000, 130000, 18000},
};
enum { USUAL = sizeof usual / sizeof usual[0] };

/* Of codecs that have no row there, by class. */
static const struct cost_row by_class[CODEC_COSTS] = {
	[CODEC_COST_TABLE] = {.encode_ns = 500, .decode_ns = 500},
	[CODEC_COST_LIGHT] = {.encode_ns = 15000, .decode_ns = 15000},
	[CODEC_COST_MEDIUM] = {.encode_ns = 100000, .decode_ns = 30000},
	[CODEC_COST_HEAVY] = {.encode_ns = 300000, .decode_ns = 60000},
};

/* 1: *ROW is what LINE says; 0: nothing, or a codec that is not built in; -EINVAL. */
static int
parse_line(const char *line, struct cost_row *row)
{
	char name[NAME_LEN_MAX + 1], more;
	unsigned rate, channels, encode_ns, decode_ns;
	const struct codec *c;

	if (line[strspn(line, " \t\r")] == '\0')
		return 0;
	if (sscanf(line, "%31s %9u %9u %9u %9u %c", name, &rate, &channels, &encode_ns,
		    &decode_ns, &more) != 5)
		return -EINVAL;
	if (rate == 0 || rate > CODEC_RATE_MAX || channels == 0 || channels > CODEC_CHANNELS ||
		encode_ns > COST_NS_MAX || decode_ns > COST_NS_MAX)
		return -EINVAL;
	if ((c = codec_by_name(name, strlen(name), 0)) == NULL)
		return 0;
	*row = (struct cost_row){.codec = c->id,
		.channels = (uint8_t)channels,
		.rate = rate,
		.encode_ns = encode_ns,
		.decode_ns = decode_ns};
	return 1;
}

int
cost_parse(struct cost_table *t, const char *text, unsigned *line)
{
	t->rows = 0;
	for (*line = 1; *text != '\0'; ++*line) {
		char copy[128];
		size_t len = strcspn(text, "\n");
		int taken;

		if (t->rows == COST_ROWS)
			return -E2BIG;
		if (len >= sizeof copy)
			return -EINVAL;
		memcpy(copy, text, len);
		copy[len] = '\0';
		copy[strcspn(copy, "#")] = '\0';
		if ((taken = parse_line(copy, &t->row[t->rows])) < 0)
			return taken;
		t->rows += (unsigned)taken;
		text += len + (text[len] == '\n');
	}
	return 0;
}

int
cost_print(const struct cost_row *row, char *text, size_t room)
{
	const struct codec *c = codec_by_id(row->codec);

	return snprintf(text, room, "%s %u %u %u %u\n", c != NULL ? c->name : "none",
		row->rate, row->channels, row->encode_ns, row->decode_ns);
}

/* The one of N rows that is for F, or else the one of its codec whose sound is nearest; NULL.
 */
static const struct cost_row *
nearest_row(const struct cost_row *row, unsigned n, const struct codec_format *f)
{
	const struct cost_row *best = NULL;
	uint32_t best_off = UINT32_MAX;

	for (unsigned i = 0; i < n; i++) {
		uint32_t samples = row[i].rate * row[i].channels;
		uint32_t wanted = f->rate * f->channels;
		uint32_t off = samples > wanted ? samples - wanted : wanted - samples;

		if (row[i].codec == f->codec && off < best_off) {
			best = &row[i];
			best_off = off;
		}
	}
	return best;
}

static const struct cost_row *
row_of(const struct cost_table *t, const struct codec_format *f)
{
	const struct codec *c = codec_by_id(f->codec);
	const struct cost_row *row = NULL;

	if (t != NULL)
		row = nearest_row(t->row, t->rows, f);
	if (row == NULL)
		row = nearest_row(usual, USUAL, f);
	return row != NULL ? row : &by_class[c != NULL ? c->cost : CODEC_COST_HEAVY];
}

/* Can it go at the rate of the other side?  Its payloads say what is in them. */
static bool
is_free(const struct codec_format *f)
{
	const struct codec *c = codec_by_id(f->codec);

	return c != NULL && c->map_channels != 0;
}

uint64_t
cost_of(const struct cost_table *t, const struct codec_format *from,
	const struct codec_format *to)
{
	struct codec_format near = *from, far = *to;
	uint64_t ns;

	/* As transcode.h does it: nothing is encoded that did not come, or decoded that is not
	 * sent. */
	if (is_free(&far) && !is_free(&near)) {
		far.rate = near.rate < far.rate ? near.rate : far.rate;
		far.channels = near.channels < far.channels ? near.channels : far.channels;
	}
	if (is_free(&near)) {
		near.rate = far.rate;
		near.channels = far.channels;
	}
	ns = (uint64_t)row_of(t, &near)->decode_ns + row_of(t, &far)->encode_ns;
	return ns * (1000 / COST_FRAME_MS) + (near.rate != far.rate ? RESAMPLE_NS : 0);
}
