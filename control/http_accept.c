/* SPDX-License-Identifier: Apache-2.0
 *
 * See http_accept.h. */
#include "control/http_accept.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char blanks[] = " \t";

/* How exactly does RANGE, of LEN bytes, name TYPE?  3: itself, 2: "text/" and a star, 1: any
 * type, 0: not. */
static int
matches(const char *range, size_t len, const char *type)
{
	size_t major = (size_t)(strchr(type, '/') - type) + 1;

	if (len == strlen(type) && strncasecmp(range, type, len) == 0)
		return 3;
	if (len == major + 1 && range[major] == '*' && strncasecmp(range, type, major) == 0)
		return 2;
	return len == 3 && strncmp(range, "*/*", 3) == 0;
}

/* The q among PARAMS, of LEN bytes: ";version=0.0.4;q=0.5". */
static double
quality(const char *params, size_t len)
{
	const char *end = params + len;

	while (params < end) {
		params++;
		params += strspn(params, blanks);
		if (end - params >= 3 && (*params == 'q' || *params == 'Q') &&
			params[1] == '=' && (params[2] == '0' || params[2] == '1')) {
			double q = strtod(params + 2, NULL);

			return q >= 0 && q <= 1 ? q : 0;
		}
		while (params < end && *params != ';')
			params++;
	}
	return 1;
}

double
http_accept_quality(const char *accept, const char *type)
{
	double best = 0;
	int exact = 0;

	if (accept == NULL)
		return 1;
	while (*accept != '\0') {
		size_t len, range;
		int how;

		accept += strspn(accept, blanks);
		len = strcspn(accept, ",");
		range = strcspn(accept, "; \t,");
		how = matches(accept, range, type);
		if (how > exact) {
			exact = how;
			best = quality(accept + range, len - range);
		}
		accept += len;
		accept += *accept == ',';
	}
	return best;
}
