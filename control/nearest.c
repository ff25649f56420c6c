/* SPDX-License-Identifier: Apache-2.0
 *
 * See nearest.h.  Optimal string alignment distance (Damerau's four mistakes of typing). */
#include "control/nearest.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

enum { WORD_MAX = 64 }; /* longer words are not typing mistakes */

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static unsigned
distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	/* Rows of the table: the one being filled, and the two above it for swaps. */
	unsigned rows[3][WORD_MAX + 1];

	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= a_len; i++) {
		unsigned *row = rows[i % 3], *above = rows[(i - 1) % 3];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_len; j++) {
			int x = tolower((unsigned char)a[i - 1]);
			int y = tolower((unsigned char)b[j - 1]);

			row[j] = least(above[j] + 1, row[j - 1] + 1);
			row[j] = least(row[j], above[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
				y == tolower((unsigned char)a[i - 2]))
				row[j] = least(row[j], rows[(i - 2) % 3][j - 2] + 1);
		}
	}
	return rows[a_len % 3][b_len];
}

const char *
nearest(const char *word, const char *const *words)
{
	size_t len = strnlen(word, WORD_MAX + 1);
	const char *best = NULL;
	unsigned best_distance = ~0u;

	if (len > WORD_MAX)
		return NULL;
	for (; *words != NULL; words++) {
		size_t other = strnlen(*words, WORD_MAX + 1);
		unsigned d;

		if (other > WORD_MAX)
			continue;
		d = distance(word, len, *words, other);
		if (d < best_distance && 3 * d <= (len > other ? len : other)) {
			best = *words;
			best_distance = d;
		}
	}
	return best;
}
