/* SPDX-License-Identifier: Apache-2.0
 *
 * From one sample rate to another, both fixed; and from one number of channels to another.
 * Which library does it, and why, says resample.c.  Allocates in open() only; no threads. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct resample; /* opaque */

/* From RATE_IN to RATE_OUT, 8000..48000, which differ; CHANNELS interleaved.  NULL: ENOMEM,
 * EINVAL. */
struct resample *resample_open(uint32_t rate_in, uint32_t rate_out, unsigned channels);
void resample_close(struct resample *r); /* NULL is fine */
void resample_reset(struct resample *r);

/* N samples IN; at most ROOM samples OUT, of which there is room enough if it is N * rate_out
 * / rate_in + 16.  How many came; over time exactly N * rate_out / rate_in. */
size_t resample_run(
	struct resample *r, const int16_t *in, size_t n, int16_t *out, size_t room);

/* N samples of FROM channels (1, 2) into OUT of TO channels: the mean, or each twice.  IN and
 * OUT may be the same if TO <= FROM. */
void channels_change(const int16_t *in, size_t n, unsigned from, int16_t *out, unsigned to);
