/* SPDX-License-Identifier: Apache-2.0
 *
 * See coding.h. */
#include "relay/coding.h"

#include <stdlib.h>

struct coding *
coding_open(void)
{
	struct coding *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->opus_complexity = CODING_COMPLEXITY_ANY;
	c->window_ms = CODING_WINDOW_MS;
	return c;
}

struct coding *
coding_copy(const struct coding *c)
{
	struct coding *copy = malloc(sizeof *copy);

	if (copy != NULL)
		*copy = *c;
	return copy;
}

void
coding_close(struct coding *c)
{
	free(c);
}
