/* SPDX-License-Identifier: Apache-2.0
 *
 * Which codecs of a party are used, by the rules of its call: for the bridge, where both
 * parties' lists are known, and for whoever writes an offer.  Pure.
 *
 * Rules are about speech; comfort noise and telephone-event are left alone unless `deny` or
 * `mask` names them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "control/request.h"

/* Indexes and bits are those of the party's list. */
struct codec_choice {
	uint8_t taken;                  /* bit n: format n may come from the party */
	uint8_t givens;                 /* may go to it, */
	uint8_t given[REQUEST_FORMATS]; /* the best first */
};
static_assert(REQUEST_FORMATS <= 8, "a bit of a byte for each");

/* What R (NULL: no rules) lets be used of the N formats OF a party.  MASKED: it is the
 * one that is not to get what `mask` names. */
struct codec_choice codec_rules_apply(
	const struct codec_rules *r, const struct request_format *of, unsigned n, bool masked);

/* Is F speech, ours or not? */
bool codec_is_speech(const struct request_format *f);
