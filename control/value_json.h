/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON <-> value.h, by jansson.  true and false are numbers 1 and 0, null is an empty text,
 * numbers with a fraction are cut.  Pure. */
#pragma once

#include "control/value.h"

/* The object that LEN bytes at TEXT are.  NULL with errno: EBADMSG, E2BIG, ENOMEM. */
struct value *value_from_json(struct arena *a, const char *text, size_t len);

/* V printed, in A; bytes that are no UTF-8 become U+FFFD.  at NULL with errno: ENOMEM. */
struct slice value_to_json(struct arena *a, const struct value *v);
