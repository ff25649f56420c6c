/* SPDX-License-Identifier: Apache-2.0
 *
 * What transcode.h promises whatever happens, a dozen random calls long: packets are lost,
 * repeated, exchanged and held up, the party pauses, presses keys, changes its source, codec
 * and packet time.  Numbers rise by one, sound never goes back in time, and in the end it is
 * not later than it was. */
#include "direction.h"

enum { SECONDS = 10, HELD = 24 };

struct way {
	struct direction *d;
	struct codec_format codec[3];
	void *encoder[3];
	struct {
		struct transcode_in in;
		uint8_t bytes[CODEC_PAYLOAD_MAX];
		uint64_t at_us; /* 0: none */
	} held[HELD];
	unsigned loss, jitter_ms;
};

static unsigned
chance(unsigned n)
{
	return (unsigned)rand() % n;
}

static void
send_later(struct way *w, const struct transcode_in *in, const uint8_t *bytes)
{
	for (unsigned k = 0; k < HELD; k++) {
		if (w->held[k].at_us != 0)
			continue;
		w->held[k].in = *in;
		w->held[k].in.payload = w->held[k].bytes;
		memcpy(w->held[k].bytes, bytes, in->len);
		w->held[k].at_us = w->d->now_us + 1 + chance(w->jitter_ms * 1000 + 1);
		return;
	}
}

static void
arrive(struct way *w)
{
	for (unsigned k = 0; k < HELD; k++) {
		if (w->held[k].at_us == 0 || w->held[k].at_us > w->d->now_us)
			continue;
		direction_put(w->d, &w->held[k].in);
		w->held[k].at_us = 0;
	}
}

static void
something_else(struct way *w)
{
	struct direction *d = w->d;
	uint8_t key[4] = {3, (uint8_t)(chance(2) << 7 | 10), 1, 64}, noise = 60;
	struct transcode_in in = {
		.ssrc = d->ssrc, .timestamp = d->timestamp, .payload = key, .len = 4};
	unsigned k = chance(3);

	switch (chance(6)) {
	case 0: /* a key */
		in.payload_type = 101;
		in.index = d->index++;
		send_later(w, &in, key);
		break;
	case 1: /* comfort noise, and a pause */
		in.payload_type = 13;
		in.len = 1;
		in.index = d->index++;
		send_later(w, &in, &noise);
		d->timestamp += 8000;
		direction_wait(d, 1000000);
		break;
	case 2: /* another source */
		d->ssrc += 1 + chance(3);
		d->index = chance(100000);
		d->timestamp = (uint32_t)rand() * 3u;
		break;
	case 3: /* another codec */
		d->from = w->codec[k];
		d->encoder = w->encoder[k];
		d->codec = codec_by_id(d->from.codec);
		break;
	case 4: /* another clock */
		d->timestamp += (uint32_t)rand();
		break;
	default: /* what nobody has announced */
		in.payload_type = 77;
		in.index = d->index++;
		send_later(w, &in, key);
	}
}

static struct transcode_conf
conf_of(unsigned seed)
{
	static const char *const to[] = {"PCMU", "opus", "G722", "GSM"};
	const char *name = to[seed % 4];

	return (struct transcode_conf){
		.from = {format_of("PCMA", 8000, 1, 8, 20, NULL),
			format_of("G722", 8000, 1, 9, seed % 5 == 0 ? 30 : 20, NULL),
			format_of("opus", 48000, 2, 111, 20, NULL),
			format_of("CN", 8000, 1, 13, 20, NULL),
			format_of("telephone-event", 8000, 1, 101, 20, NULL)},
		.to = {format_of(name, seed % 4 == 1 ? 48000 : 8000, seed % 4 == 1 ? 2 : 1, 99,
			       seed % 3 * 20 + 20, NULL),
			seed % 2 == 0 ? format_of("telephone-event", 8000, 1, 100, 20, NULL)
				      : (struct codec_format){0}},
		.window_us = TRANSCODE_WINDOW_US,
		.gain_db10 = 1, /* so that nothing passes and is numbered as it came */
		.flags = seed % 7 < 3 ? TRANSCODE_FILL : 0,
	};
}

static void
live(struct way *w, bool wild)
{
	struct direction *d = w->d;

	for (unsigned i = 0; i < SECONDS * 50; i++) {
		uint8_t bytes[CODEC_PAYLOAD_MAX];
		struct transcode_in in = direction_say(d, voice, bytes);

		if (chance(100) >= w->loss)
			send_later(w, &in, bytes);
		if (chance(50) == 0)
			send_later(w, &in, bytes);
		if (wild && chance(100) == 0)
			something_else(w);
		for (unsigned ms = 0; ms < d->from.ptime_ms; ms++) {
			arrive(w);
			direction_wait(d, 1000);
		}
	}
}

START_TEST(numbers_and_time_go_on_whatever_happens)
{
	struct transcode_conf conf = conf_of((unsigned)_i);
	struct way *w = calloc(1, sizeof *w);
	struct direction *d = direction_open(&conf);
	const struct seen *last;
	double ahead_ms;

	srand((unsigned)_i);
	w->d = d;
	w->loss = chance(30);
	w->jitter_ms = chance(4) * 40;
	for (unsigned k = 0; k < 3; k++) {
		w->codec[k] = conf.from[k];
		w->encoder[k] =
			k == 0 ? d->encoder
			       : codec_by_id(conf.from[k].codec)->encoder_open(&conf.from[k]);
	}
	live(w, true);
	ck_assert(!d->out_of_step);
	/* What the sender's own time does is his; but nothing is added to it. */
	w->loss = w->jitter_ms = 0;
	live(w, false);
	last = &d->seen[d->packets - 1];
	ahead_ms = (last->timestamp - d->seen[0].timestamp) * 1000.0 / codec_clock(&d->to) -
		   (double)(last->at_us - d->seen[0].at_us) / 1000;
	ck_assert_double_lt(ahead_ms, 1000);
	ck_assert_uint_gt(transcode_counts(d->t)->frames, 200);
	for (unsigned k = 0; k < 3; k++)
		if (w->encoder[k] != d->encoder)
			codec_by_id(w->codec[k].codec)->encoder_close(w->encoder[k]);
	free(w);
	direction_close(d);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("transcode any");
	TCase *c = tcase_create("any");

	tcase_add_loop_test(c, numbers_and_time_go_on_whatever_happens, 0, 12);
	suite_add_tcase(s, c);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
