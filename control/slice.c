/* SPDX-License-Identifier: Apache-2.0
 *
 * See slice.h. */
#include "control/slice.h"

#include <errno.h>

bool
slice_begins(struct slice s, const char *text)
{
	size_t len = strlen(text);

	return s.len >= len && (len == 0 || memcmp(s.at, text, len) == 0);
}

struct slice
slice_cut(struct slice *s, char c)
{
	const char *end = s->len > 0 ? memchr(s->at, c, s->len) : NULL;
	struct slice before = *s;

	if (end == NULL) {
		*s = (struct slice){s->at + s->len, 0};
		return before;
	}
	before.len = (size_t)(end - s->at);
	*s = (struct slice){end + 1, s->len - before.len - 1};
	return before;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct slice
slice_trim(struct slice s)
{
	while (s.len > 0 && is_blank(s.at[0]))
		s = (struct slice){s.at + 1, s.len - 1};
	while (s.len > 0 && is_blank(s.at[s.len - 1]))
		s.len--;
	return s;
}

int
slice_number(struct slice s, uint64_t max, uint64_t *n)
{
	uint64_t sum = 0;

	if (s.len == 0)
		return -EINVAL;
	for (size_t i = 0; i < s.len; i++) {
		unsigned digit = (unsigned char)s.at[i] - '0';

		if (digit > 9 || digit > max || sum > (max - digit) / 10)
			return -EINVAL;
		sum = sum * 10 + digit;
	}
	*n = sum;
	return 0;
}

int
slice_copy(struct slice s, char *text, size_t size)
{
	int err = 0;

	if (s.len > 0 && memchr(s.at, '\0', s.len) != NULL)
		err = -EINVAL;
	else if (s.len >= size)
		err = -ENOSPC;
	if (err != 0)
		s.len = 0;
	if (s.len > 0)
		memcpy(text, s.at, s.len);
	text[s.len] = '\0';
	return err;
}
