/* SPDX-License-Identifier: Apache-2.0
 *
 * "Did you mean ...?": the known word that a mistyped one is nearest to, by edit distance.
 * Pure, any thread; used for RPC fields and methods, configuration keys and options. */
#pragma once

/* The word of WORDS (NULL-ended) with the fewest insertions, deletions, replacements and swaps
 * of neighbours away from WORD, case ignored; the first of equals.  NULL: nothing is near
 * enough to be meant (more than a third of the word differs). */
const char *nearest(const char *word, const char *const *words);
