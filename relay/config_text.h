/* SPDX-License-Identifier: Apache-2.0
 *
 * A configuration key's value as text, as it could stand in the file: the reverse of
 * config_type.h.  Pure, any thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct config_key;

enum {
	CONFIG_TEXT = 512,      /* bytes of the longest value with its NUL */
	CONFIG_TEXT_ALL = 5120, /* ... and of all that a key which repeats may have */
};

/* Write value I (0, unless KEY repeats) of FIELD into TEXT, of CONFIG_TEXT bytes.  False:
 * there is no such value. */
bool config_text(const struct config_key *key, const void *field, unsigned i, char *text);

/* All of them, parted by commas; empty: none.  TEXT has CONFIG_TEXT_ALL bytes. */
const char *config_text_all(const struct config_key *key, const void *field, char *text);
