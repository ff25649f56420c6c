/* SPDX-License-Identifier: Apache-2.0
 *
 * See request_value.h. */
#include "control/request_value.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "control/request.h"

int
request_bad(const struct request_value *v, const char *got, const char *expected)
{
	return fault_set(v->fault, FAULT_BAD_REQUEST, v->path, got, expected,
		"%s: expected %s", v->path, expected);
}

int
request_read_text(const struct request_value *v, const json_t *j, char *out, size_t room,
	const char *expected)
{
	size_t len = json_string_length(j);

	if (!json_is_string(j) || len < 1 || len >= room)
		return request_bad(v, NULL, expected);
	memcpy(out, json_string_value(j), len + 1);
	return 0;
}

int
request_read_word(
	const struct request_value *v, const json_t *j, const char *const *words, uint8_t *out)
{
	int i = json_is_string(j) ? request_word(words, json_string_value(j)) : -1;

	if (i < 0)
		return request_bad(
			v, json_string_value(j), "one of the words in rpc.describe");
	*out = (uint8_t)i;
	return 0;
}

int
request_read_number(const struct request_value *v, const json_t *j, uint32_t min, uint32_t max,
	uint32_t *out)
{
	json_int_t n = json_integer_value(j);
	char expected[32];

	if (!json_is_integer(j) || n < min || n > max) {
		snprintf(expected, sizeof expected, "%u..%u", min, max);
		return request_bad(v, NULL, expected);
	}
	*out = (uint32_t)n;
	return 0;
}

int
request_read_bool(const struct request_value *v, const json_t *j, uint8_t *out)
{
	if (!json_is_boolean(j))
		return request_bad(v, NULL, "true or false");
	*out = json_is_true(j);
	return 0;
}
