/* SPDX-License-Identifier: Apache-2.0
 *
 * See worst.h.  Unsorted: it is changed a thousand times for each time that it is shown, and a
 * walk through a hundred numbers is short. */
#include "relay/worst.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static_assert(WORST_CALLS <= UINT8_MAX, "an index is a byte");

/* Its index; w->n: it is not there. */
static unsigned
find(const struct worst *w, uint64_t hash, const char *id)
{
	unsigned i = 0;

	while (i < w->n && (w->hash[i] != hash || strcmp(w->id[i], id) != 0))
		i++;
	return i;
}

static unsigned
best(const struct worst *w)
{
	unsigned found = 0;

	for (unsigned i = 1; i < w->n; i++)
		if (w->badness[i] < w->badness[found])
			found = i;
	return found;
}

void
worst_put(struct worst *w, uint64_t hash, const char *id, double badness)
{
	unsigned i = find(w, hash, id);

	if (i == w->n && w->n == WORST_CALLS) {
		i = best(w);
		if (badness <= w->badness[i])
			return;
	} else if (i == w->n) {
		w->n++;
	}
	w->hash[i] = hash;
	w->badness[i] = badness;
	snprintf(w->id[i], sizeof w->id[i], "%s", id);
}

void
worst_remove(struct worst *w, uint64_t hash, const char *id)
{
	unsigned i = find(w, hash, id);

	if (i == w->n)
		return;
	w->n--;
	w->hash[i] = w->hash[w->n];
	w->badness[i] = w->badness[w->n];
	memcpy(w->id[i], w->id[w->n], sizeof w->id[i]);
}

void
worst_order(const struct worst *w, uint8_t order[WORST_CALLS])
{
	for (unsigned n = 0; n < w->n; n++) {
		unsigned at = n;

		for (; at > 0 && w->badness[order[at - 1]] < w->badness[n]; at--)
			order[at] = order[at - 1];
		order[at] = (uint8_t)n;
	}
}
