/* SPDX-License-Identifier: Apache-2.0
 *
 * Values of JSON on their way into a request, whatever field they are for: each is read, or
 * refused by the path of where it stands.  Of request_json.c and request_codecs.c; pure. */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "control/fault.h"

/* A value being read: its path, for faults, and whom to tell. */
struct request_value {
	char path[80];
	struct fault *fault;
};

/* Refuse it; -EINVAL.  GOT may be NULL. */
int request_bad(const struct request_value *v, const char *got, const char *expected);

/* A string of 1..ROOM-1 bytes into OUT. */
int request_read_text(const struct request_value *v, const json_t *j, char *out, size_t room,
	const char *expected);
int request_read_word(const struct request_value *v, const json_t *j, const char *const *words,
	uint8_t *out);
int request_read_number(const struct request_value *v, const json_t *j, uint32_t min,
	uint32_t max, uint32_t *out);
int request_read_bool(const struct request_value *v, const json_t *j, uint8_t *out);
