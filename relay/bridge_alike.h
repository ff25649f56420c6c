/* SPDX-License-Identifier: Apache-2.0
 *
 * What of a pair of streams is seen without asking what each payload becomes: most parties
 * agree on the same, number by number, and nobody's sound is treated.  For bridge_codecs.c.
 * Pure; control's one thread. */
#pragma once

#include <stdbool.h>

struct stream;

/* Has either side said nothing of codecs, is it closed, or is the pair none of our business?
 * TO may be NULL. */
bool bridge_is_untold(const struct stream *from, const struct stream *to);

/* ---- Of streams that are not untold. ---- */

/* Do both parties send and take just the same, by the same numbers? */
bool bridge_is_alike(const struct stream *a, const struct stream *b);

/* Is FROM's sound to be changed on its way to TO, whatever both have agreed to? */
bool bridge_is_treated(const struct stream *from, const struct stream *to);

/* Does it follow from this alone that payloads pass as they are, in both directions? */
bool bridge_passes_all(const struct stream *a, const struct stream *b);
