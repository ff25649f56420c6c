/* SPDX-License-Identifier: Apache-2.0
 *
 * How a gateway hears: RTP of G.711 into samples, in order, without a hole in time.  A modem
 * counts samples: as many as the sender's timestamps say have to come out, whatever is lost.
 * Pure but for memory; a transcode core.  fax.c's alone. */
#pragma once

#include "dataplane/transcode.h"

struct fax_ear; /* opaque */

/* SAMPLES that follow those before; PCM (whose samples may be changed) is NULL: they are
 * missing. */
typedef void fax_ear_hear(void *arg, int16_t *pcm, size_t samples);

/* FROM: TRANSCODE_FORMATS of G.711 or CODEC_NONE.  NULL: ENOMEM. */
struct fax_ear *fax_ear_open(const struct codec_format *from, uint32_t window_us);
void fax_ear_close(struct fax_ear *e); /* NULL is fine */

/* Counts packets_in, frames, concealed (samples are missing), malformed, unknown, jumps,
 * crowded. */
void fax_ear_put(struct fax_ear *e, const struct transcode_in *in, uint64_t now_us,
	struct transcode_counts *counts, fax_ear_hear *hear, void *arg);
uint64_t fax_ear_due(const struct fax_ear *e);
void fax_ear_run(struct fax_ear *e, uint64_t now_us, struct transcode_counts *counts,
	fax_ear_hear *hear, void *arg);

/* Fill in what the window has counted: late, duplicates, reordered, lost, window_us. */
void fax_ear_counts(const struct fax_ear *e, struct transcode_counts *counts);
