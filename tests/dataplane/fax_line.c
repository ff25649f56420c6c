/* SPDX-License-Identifier: Apache-2.0
 *
 * See fax_line.h. */
#include "tests/dataplane/fax_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "tests/fax/page.h"
#include "tests/scratch.h"

enum { STEP = 160, STEP_US = 20000, MINUTES_MAX = 10, LINES = 120, STEPS_A_MINUTE = 3000 };

static char folder[SCRATCH];

/* ---- Files. ---- */

static void
name_files(char document[FAX_PATH], char into[FAX_PATH])
{
	snprintf(document, FAX_PATH, "%s/sent.tif", folder);
	snprintf(into, FAX_PATH, "%s/came.tif", folder);
}

static void
remove_files(void)
{
	char document[FAX_PATH], into[FAX_PATH];

	name_files(document, into);
	unlink(document);
	unlink(into);
}

void
fax_line_setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(scratch(folder, "fax")));
}

void
fax_line_teardown(void)
{
	remove_files();
	rmdir(folder);
}

/* ---- Losses. ---- */

static bool
is_lost(struct fax_line *l, unsigned per_thousand)
{
	l->random = l->random * 1664525 + 1013904223;
	return (l->random >> 8) % 1000 < per_thousand;
}

/* ---- Datagrams. ---- */

static void
far_hears(void *arg, const uint8_t *p, size_t len, unsigned missing)
{
	struct fax_line *l = arg;

	machine_take(l->t38, p, len, missing);
}

/* The gateway sends. */
static void
to_far(void *arg, const uint8_t *p, size_t len)
{
	struct fax_line *l = arg;

	l->datagrams++;
	l->longest = len > l->longest ? len : l->longest;
	if (is_lost(l, l->conf.lose_datagrams * 10))
		l->lost++;
	else
		udptl_take(&l->far_rx, p, len, &l->far_counts, far_hears, l);
}

/* The machine with T.38 sends. */
static void
from_far(void *arg, const uint8_t *p, size_t len, unsigned count)
{
	uint8_t out[SW_FAX_DATAGRAM_MAX];
	struct fax_line *l = arg;
	int n = udptl_make(&l->far_tx, p, len, out);

	ck_assert_int_gt(n, 0);
	for (unsigned i = 0; i < count; i++) {
		l->datagrams++;
		if (is_lost(l, l->conf.lose_datagrams * 10))
			l->lost++;
		else
			fax_take(l->fax, out, (size_t)n, fax_voice_counts(l->voice));
	}
}

/* ---- Sound. ---- */

static const struct codec *
codec(const struct fax_line *l)
{
	return codec_by_id(l->conf.codec);
}

static void
hear(struct fax_line *l, const struct transcode_in *in)
{
	fax_hear(l->fax, in, l->now_us, to_far, l);
}

static void
send_rtp(struct fax_line *l, const int16_t *pcm, size_t samples)
{
	uint8_t payload[480];
	struct transcode_in in = {.index = l->index++,
		.ssrc = 1,
		.timestamp = l->timestamp,
		.payload_type = codec(l)->id == CODEC_PCMU ? 0 : 8,
		.payload = payload};

	l->timestamp += (uint32_t)samples;
	in.len = (uint16_t)codec(l)->encode(NULL, pcm, samples, payload, sizeof payload);
	if (is_lost(l, l->conf.lose_rtp)) {
		l->lost_rtp++;
		return;
	}
	if (l->conf.swap_rtp && in.index % 10 == 3) {
		memcpy(l->held, payload, in.len);
		l->waits = in;
		l->waits.payload = l->held;
		return;
	}
	hear(l, &in);
	if (l->waits.payload == NULL)
		return;
	hear(l, &l->waits);
	l->waits.payload = NULL;
	l->swapped++;
}

void
fax_line_step(struct fax_line *l)
{
	size_t samples = (size_t)l->conf.ptime_ms * 8;
	int16_t pcm[480];
	const uint8_t *payload;
	uint32_t skipped;
	unsigned n;

	fax_voice_begin(l->voice, l->now_us);
	n = fax_voice_speak(l->voice, l->fax, l->now_us, &payload, &skipped);
	ck_assert_uint_eq(n, samples);
	ck_assert_uint_eq(skipped, 0);
	ck_assert_int_eq(codec(l)->decode(NULL, payload, n, pcm, 480), (int)samples);
	machine_talk(l->sound, pcm, samples);
	send_rtp(l, pcm, samples);
	machine_wait(l->t38, samples);
	l->now_us += samples * 125;
	ck_assert_uint_eq(fax_voice_due(l->voice), l->now_us);
	if (fax_due(l->fax) <= l->now_us)
		fax_run(l->fax, l->now_us, to_far, l);
}

/* ---- All of it. ---- */

static void
open_gateway(struct fax_line *l)
{
	struct sw_state st = {.transcoders = 1};
	struct sw_bridge a = {.kind = SW_BRIDGE_FAX, .fax = l->conf.fax},
			 b = {.kind = SW_BRIDGE_FAX};
	uint8_t type = l->conf.codec == CODEC_PCMU ? 0 : 8;

	ck_assert_int_eq(codec_static(type, &a.transcode.from[0]), 0);
	ck_assert_int_eq(codec_static(type, &b.transcode.to[0]), 0);
	a.transcode.window_us = TRANSCODE_WINDOW_US;
	b.transcode.to[0].ptime_ms = l->conf.ptime_ms;
	ck_assert_int_eq(sw_check_bridge(&a, &st), 0);
	ck_assert_int_eq(sw_check_bridge(&b, &st), 0);
	l->fax = fax_open(&a);
	l->voice = fax_voice_open(&b.transcode.to[0]);
	ck_assert(l->fax != NULL && l->voice != NULL);
	fax_continue(l->fax, 65530);
}

static void
open_machines(struct fax_line *l)
{
	const struct machine_conf sound = {.is_caller = l->conf.sound_calls,
					  .no_ecm = l->conf.no_ecm,
					  .document = l->conf.sound_calls ? l->document : NULL,
					  .into = l->conf.sound_calls ? NULL : l->into},
				  t38 = {.is_caller = !l->conf.sound_calls,
					  .is_t38 = true,
					  .no_ecm = l->conf.no_ecm,
					  .document = l->conf.sound_calls ? NULL : l->document,
					  .into = l->conf.sound_calls ? l->into : NULL,
					  .version = l->conf.fax.version,
					  .send = from_far,
					  .arg = l};
	const struct sw_fax far = {.correction = l->conf.far_correction,
		.depth = l->conf.far_correction == SW_FAX_NONE ? 0 : 3};

	udptl_rx_init(&l->far_rx, l->conf.fax.version);
	udptl_tx_init(&l->far_tx, &far, 65500);
	l->sound = machine_open(&sound);
	l->t38 = machine_open(&t38);
	ck_assert(l->sound != NULL && l->t38 != NULL);
}

struct fax_line *
fax_line_open(const struct fax_line_conf *conf)
{
	struct fax_line *l = calloc(1, sizeof *l);

	ck_assert_ptr_nonnull(l);
	l->conf = *conf;
	if (l->conf.ptime_ms == 0)
		l->conf.ptime_ms = 20;
	if (l->conf.codec == CODEC_NONE)
		l->conf.codec = CODEC_PCMA;
	if (l->conf.pages == 0)
		l->conf.pages = 1;
	l->random = 12345;
	l->timestamp = UINT32_MAX - 8000;
	remove_files(); /* a test's that failed */
	name_files(l->document, l->into);
	ck_assert(page_make(l->document, l->conf.pages, LINES));
	open_gateway(l);
	open_machines(l);
	return l;
}

void
fax_line_close(struct fax_line *l)
{
	machine_close(l->sound);
	machine_close(l->t38);
	fax_close(l->fax);
	fax_voice_close(l->voice);
	free(l);
}

bool
fax_line_run(struct fax_line *l)
{
	struct machine_result a = {0}, b = {0};
	int other;

	for (unsigned i = 0; i < MINUTES_MAX * STEPS_A_MINUTE && !(a.is_over && b.is_over);
		i++) {
		fax_line_step(l);
		a = machine_result(l->sound);
		b = machine_result(l->t38);
	}
	other = page_difference(l->document, l->into);
	if (a.is_over && b.is_over && a.t30 == 0 && b.t30 == 0 && other == 0 &&
		page_count(l->into) == l->conf.pages)
		return true;
	fprintf(stderr,
		"after %u s: sound: %s, %u pages; T.38: %s, %u pages; %d lines differ; "
		"%u bit/s\n",
		(unsigned)(l->now_us / 1000000), a.is_over ? machine_words(a.t30) : "not over",
		a.pages, b.is_over ? machine_words(b.t30) : "not over", b.pages, other, b.bps);
	return false;
}
