/* SPDX-License-Identifier: Apache-2.0
 *
 * What rtpengine's options come to: lines of a configuration, and lines for people.  See
 * like_rtpengine_inside.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "relay/like_rtpengine_inside.h"

int
like_say(const struct like *l, const char *option, const char *format, ...)
{
	va_list args;

	fprintf(l->said, "strowger: %s%s: ", option[0] == '-' ? "" : "--", option);
	va_start(args, format);
	vfprintf(l->said, format, args);
	va_end(args);
	fputc('\n', l->said);
	return -EINVAL;
}

int
like_put(struct like *l, const char *section, const char *key, const char *format, ...)
{
	struct like_line *line = &l->line[l->n_lines];
	va_list args;
	int len;

	if (l->n_lines == LIKE_LINES)
		return like_say(l, key, "is there too often");
	snprintf(line->section, sizeof line->section, "%s", section);
	snprintf(line->key, sizeof line->key, "%s", key);
	va_start(args, format);
	len = vsnprintf(line->value, sizeof line->value, format, args);
	va_end(args);
	if (len >= LIKE_TEXT) {
		fprintf(l->said, "strowger: [%s] %s is too long: %d characters, %d fit\n",
			section, key, len, LIKE_TEXT - 1);
		return -EINVAL;
	}
	l->n_lines++;
	return 0;
}

bool
like_has(const struct like *l, const char *section, const char *key)
{
	for (unsigned i = 0; i < l->n_lines; i++)
		if (strcmp(l->line[i].section, section) == 0 &&
			strcmp(l->line[i].key, key) == 0)
			return true;
	return false;
}

int
like_read_number(const struct like *l, const struct like_option *o, const char *value, long *n)
{
	char *end;

	errno = 0;
	*n = strtol(value, &end, 10);
	if (errno == 0 && end != value && *end == '\0')
		return 0;
	return like_say(l, o->name, "got '%s', expected a whole number", value);
}
