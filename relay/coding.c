/* SPDX-License-Identifier: Apache-2.0
 *
 * See coding.h. */
#include "relay/coding.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

	if (copy == NULL)
		return NULL;
	*copy = *c;
	copy->format = NULL;
	if (coding_set_formats(copy, c->format, c->formats) == 0)
		return copy;
	free(copy);
	return NULL;
}

void
coding_close(struct coding *c)
{
	if (c != NULL)
		free(c->format);
	free(c);
}

int
coding_set_formats(struct coding *c, const struct request_format *of, unsigned n)
{
	struct request_format *format = NULL;

	if (n > 0 && (format = malloc(n * sizeof *format)) == NULL)
		return -ENOMEM;
	if (n > 0)
		memcpy(format, of, n * sizeof *format);
	free(c->format);
	c->format = format;
	c->formats = (uint8_t)n;
	return 0;
}
