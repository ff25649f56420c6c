/* SPDX-License-Identifier: Apache-2.0
 *
 * A fax machine, SpanDSP's, in virtual time: it calls or is called, sends or takes a document,
 * and speaks by sound or by IFP packets of T.38. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct machine;

/* An IFP packet leaves, COUNT times. */
typedef void machine_send(void *arg, const uint8_t *p, size_t len, unsigned count);

struct machine_conf {
	bool is_caller;
	bool is_t38;
	bool no_ecm;
	const char *document; /* to send, TIFF; NULL: one is taken */
	const char *into;     /* what comes; NULL: nothing is taken */
	int version;          /* of T.38 */
	machine_send *send;   /* T.38 */
	void *arg;
};

struct machine_result {
	bool is_over;
	int t30; /* SpanDSP's T30_ERR_*; 0: all went well */
	unsigned pages;
	unsigned bps;
	bool ecm;
};

struct machine *machine_open(const struct machine_conf *conf);
void machine_close(struct machine *m);

/* By sound, at 8 kHz: what it says while it hears PCM, which is changed into that. */
void machine_talk(struct machine *m, int16_t *pcm, size_t samples);

/* By T.38: time passes, as long as SAMPLES of sound last; an IFP packet has come. */
void machine_wait(struct machine *m, size_t samples);
void machine_take(struct machine *m, const uint8_t *p, size_t len, unsigned missing);

struct machine_result machine_result(struct machine *m);
const char *machine_words(int t30);
