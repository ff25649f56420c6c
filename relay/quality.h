/* SPDX-License-Identifier: Apache-2.0
 *
 * How good speech sounds after a network, estimated from its losses and delays: the E-model of
 * ITU-T G.107 (2015) with its default values for all that a relay cannot see (levels, noise,
 * echo of the telephones), the codecs' figures of G.113 appendix I, and a model of the
 * listener's jitter buffer.  Speech of a wider band, 50 to 7,000 Hz, has a scale of its own:
 * G.107.1 (2015).  A planning value, not a measurement of sound.  Pure functions. */
#pragma once

#include "control/request.h"

/* What a codec makes of speech, and of losses. */
struct quality_codec {
	double impairment; /* Ie: 0 to 95 */
	double robustness; /* Bpl: the higher, the less a loss is heard; 0: nothing is known */
	double ahead_ms;   /* that the coder looks into the future */
	bool is_wide;      /* the others are those of the wideband model */
};

/* By enum request_codec.  REQUEST_OTHER: G.711 with concealment of losses (appendix I of
 * G.711), as telephones have it. */
extern const struct quality_codec quality_codecs[REQUEST_CODECS];

/* R, the transmission rating, 0 to 93.2 with the default values, 0 to 129 if the codec is
 * wide: for speech that is DELAY_MS under way from mouth to ear, of which LOSS percent are
 * missing, at random. */
double quality_rating(const struct quality_codec *codec, double loss, double delay_ms);

/* The mean opinion that R stands for, 1 to 4.5, on the narrow scale: G.107 annex B. */
double quality_mos(double r);

/* What a listener's jitter buffer makes of jitter (RFC 3550: the mean difference of delays
 * from packet to packet). */
struct quality_buffer {
	double delay_ms; /* that it adds */
	double late;     /* percent of the packets: too late even so, and lost */
};
struct quality_buffer quality_buffer(double jitter_ms);

/* A way from a party's mouth to a listener's ear. */
struct quality_way {
	const struct quality_codec *codec;
	double loss;       /* percent, on the network */
	double jitter_ms;  /* where the listener's buffer is */
	double network_ms; /* one way */
};

/* All of that together: a mean opinion, on the scale of who hears speech of this width; 0:
 * nothing is known of the codec. */
double quality_of_way(const struct quality_way *way);
