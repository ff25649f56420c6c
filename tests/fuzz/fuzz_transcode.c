/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzzes one direction of a transcoded call: any formats on both sides, then any packets at
 *any time.  Whatever comes, what leaves is bounded, numbers rise, by one where nothing passes,
 *the timestamps of sound never go back, an event keeps its own, and the timer asks for nothing
 * that it then does not do.  Payloads lie in blocks of their very size.
 *
 *	conf (8 bytes), then packets: how (1), number (1), timestamp (1), time (1), len (1),
 *	payload */
#include <stdlib.h>
#include <string.h>

#include "dataplane/transcode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { AT_ONCE_MAX = 1200, PACKETS_MAX = 150, ROW_CN = 12, ROW_EVENT = 13, ROWS = 14 };

static const struct {
	const char *name;
	uint32_t clock;
	uint8_t channels;
} row[ROWS] = {{"PCMU", 8000, 1}, {"PCMA", 8000, 1}, {"G722", 8000, 1}, {"GSM", 8000, 1},
	{"L16", 44100, 1}, {"L16", 16000, 2}, {"DVI4", 11025, 1}, {"opus", 48000, 2},
	{"G726-24", 8000, 1}, {"speex", 16000, 1}, {"LPC", 8000, 1}, {"opus", 48000, 2},
	{"CN", 8000, 1}, {"telephone-event", 8000, 1}};

struct far {
	bool has_sent, passes;
	uint64_t number;
	uint32_t timestamp; /* of the last sound */
	uint8_t sound_type;
	unsigned at_once;
	uint8_t sum;
};

static void
must(bool is_so)
{
	if (!is_so)
		abort();
}

static void
leaves(void *arg, const struct transcode_out *out)
{
	struct far *f = arg;
	uint8_t sum = 0;

	must(out->len <= 1500 && ++f->at_once < AT_ONCE_MAX);
	for (unsigned i = 0; i < out->len; i++) /* it can be read */
		sum ^= out->payload[i];
	f->sum ^= sum;
	if (f->has_sent) {
		must(f->passes ? out->number > f->number : out->number == f->number + 1);
		must(out->payload_type == 13 || (int32_t)(out->timestamp - f->timestamp) >= 0);
	}
	f->has_sent = true;
	f->number = out->number;
	if (out->payload_type == f->sound_type)
		f->timestamp = out->timestamp;
}

static struct codec_format
format(uint8_t which, uint8_t ms, uint8_t payload_type)
{
	struct codec_format f;

	which %= ROWS;
	must(codec_format_parse(&f, row[which].name, row[which].clock, row[which].channels,
		     which == 11 ? "stereo=1;sprop-stereo=1;usedtx=1" : NULL) == 0);
	f.ptime_ms = codec_ptime(&f, 10 + ms % 6 * 10);
	f.payload_type = payload_type;
	return f;
}

static struct transcode_conf
conf_of(const uint8_t *c)
{
	struct transcode_conf conf = {
		.from = {format(c[0] % ROW_CN, c[6], 0), format(c[1], c[6], 1),
			format(ROW_CN, 1, 2), format(ROW_EVENT, 1, 3)},
		.to = {format(c[2] % ROW_CN, c[6] / 6, 10)},
		.window_us = c[3] * 4000u % 1000001,
		.gain_db10 = (int16_t)((int8_t)c[4] * (c[4] > 64)),
		.flags = c[5] & TRANSCODE_FLAGS & ~TRANSCODE_BLOCK,
	};

	if ((c[5] & 16) != 0)
		conf.to[2] = format(ROW_CN, 1, 12);
	if ((c[5] & 32) != 0)
		conf.to[3] = format(ROW_EVENT, 1, 13);
	return conf;
}

/* Time passes as it does on a core: the timer is asked when it said. */
static uint64_t
wait_for(struct transcode *t, struct far *f, uint64_t now, uint64_t us)
{
	uint64_t until = now + us, due;

	while ((due = transcode_due(t)) <= until) {
		now = due > now ? due : now;
		f->at_once = 0;
		transcode_run(t, now, leaves, f);
		must(transcode_due(t) > now);
	}
	return until;
}

/* One byte a number, near or far. */
static int32_t
step(uint8_t b)
{
	static const int32_t far_steps[] = {-40000, -5000, -100, -63, 63, 100, 5000, 40000};

	return b < 248 ? b % 8 - 2 : far_steps[b - 248];
}

static size_t
packet(struct transcode *t, struct far *f, const uint8_t *data, size_t left,
	struct transcode_in *in, uint64_t *now)
{
	uint8_t how = data[0];
	unsigned len = data[4] % 4 == 0 ? data[4] * 5u : data[4];
	uint8_t *payload = malloc(len > 0 ? len : 1);

	must(payload != NULL);
	memset(payload, data[4], len);
	memcpy(payload, data + 5, left - 5 < len ? left - 5 : len);
	in->payload_type = how % 5; /* the last one is not known */
	in->marker = (how & 16) != 0;
	in->ssrc += (how & 0xe0) == 0xe0;
	in->index += step(data[1]);
	in->timestamp += (uint32_t)(step(data[2]) * 160);
	in->len = (uint16_t)len;
	in->payload = payload;
	f->at_once = 0;
	transcode_put(t, in, *now, leaves, f);
	free(payload); /* nobody keeps it */
	*now = wait_for(
		t, f, *now, data[3] < 250 ? data[3] * 200u : (data[3] - 249u) * 400000u);
	return left - 5 < len ? left : 5 + len;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct transcode_in in = {.index = 100, .timestamp = 1000};
	struct transcode_conf conf;
	struct transcode *t;
	struct far f = {.sound_type = 10};
	uint64_t now = 1;

	if (size < 8)
		return 0;
	conf = conf_of(data);
	conf.to[0].complexity = 0; /* the encoder's work is not what is tried */
	for (unsigned i = 0; i < 2; i++)
		f.passes |= codec_format_same(&conf.from[i], &conf.to[0]);
	f.timestamp = 5;
	must(transcode_conf_is_valid(&conf));
	if ((t = transcode_open(&conf, 7, 5)) == NULL)
		return 0;
	data += 8;
	size -= 8;
	for (unsigned n = 0; size > 5 && n < PACKETS_MAX; n++) {
		size_t used = packet(t, &f, data, size, &in, &now);

		data += used;
		size -= used;
	}
	wait_for(t, &f, now, 3000000);
	must(transcode_counts(t)->packets_in >= transcode_counts(t)->frames);
	transcode_close(t);
	return 0;
}
