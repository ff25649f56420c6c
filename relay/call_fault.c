/* SPDX-License-Identifier: Apache-2.0
 *
 * Where in a request something is wrong; of call.h. */
#include <stdio.h>

#include "relay/call_inside.h"

int
call_bad_stream(const struct call_at *at, enum fault_kind kind, const char *field,
	const char *got, const char *expected)
{
	char path[sizeof at->fault->field];

	snprintf(path, sizeof path, "legs[%u].streams[%u].%s", at->leg, at->stream, field);
	return fault_set(
		at->fault, kind, path, got, expected, "%s: expected %s", path, expected);
}

int
call_bad_leg(unsigned n, const char *field, const char *got, const char *expected,
	const char *why, struct fault *fault)
{
	char path[32];

	snprintf(path, sizeof path, "legs[%u].%s", n, field);
	return fault_set(fault, FAULT_BAD_REQUEST, path, got, expected, "%s", why);
}
