/* SPDX-License-Identifier: Apache-2.0
 *
 * Sound in place of sound that was lost, for codecs that cannot conceal by themselves: the
 * last pitch periods repeated, fading to nothing.  At any rate; one channel.  No threads. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct plc; /* opaque */

/* NULL: ENOMEM, EINVAL (a rate not in 8000..48000). */
struct plc *plc_open(uint32_t rate);
void plc_close(struct plc *p); /* NULL is fine */
void plc_reset(struct plc *p);

/* Sound that has arrived: remembered, and what follows a loss is blended into PCM. */
void plc_heard(struct plc *p, int16_t *pcm, size_t samples);
/* SAMPLES samples of what may have been there. */
void plc_conceal(struct plc *p, int16_t *pcm, size_t samples);
