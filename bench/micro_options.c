/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of `strowger-bench micro` have in common on their command lines; see
 * micro.h. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/micro.h"
#include "dataplane/switch.h"

int
micro_options(int argc, char **argv, const struct option *options,
	bool (*take)(void *conf, int option), void *conf, void (*help)(void))
{
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h') {
			help();
			return 1;
		}
		if (!take(conf, c)) {
			fprintf(stderr, "strowger-bench: see micro %s --help\n", argv[0]);
			return -EINVAL;
		}
	}
	return 0;
}

unsigned
micro_list(const char *text, int *to, unsigned room)
{
	unsigned n = 0;
	char *end;

	for (;; text = end + 1) {
		if (n == room)
			return 0;
		to[n++] = (int)strtol(text, &end, 10);
		if (end == text || to[n - 1] < 0)
			return 0;
		if (*end == '\0')
			return n;
		if (*end != ',')
			return 0;
	}
}

bool
micro_phones(const char *text, uint8_t suite[2])
{
	const char *slash = strchr(text, '/');
	char name[64] = "";
	int first, second;

	if (slash == NULL || (size_t)(slash - text) >= sizeof name)
		return false;
	memcpy(name, text, (size_t)(slash - text));
	first = sw_suite_find(name);
	second = sw_suite_find(slash + 1);
	if (first <= SW_SUITE_PLAIN || second <= SW_SUITE_PLAIN)
		return false;
	suite[0] = (uint8_t)first;
	suite[1] = (uint8_t)second;
	return true;
}
