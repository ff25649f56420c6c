/* SPDX-License-Identifier: Apache-2.0
 *
 * Bencode, as NG has it: reads without copying a byte, with bounds on depth and number, and
 * prints.  Pure.  Source: the NG protocol of rtpengine; BEP 3 for the form, whose order of
 * keys nobody keeps. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "control/value.h"

/* The value that LEN bytes at TEXT begin with, which must live as long as A; USED: how many of
 * them it takes.  NULL with errno: EBADMSG, EAGAIN (it is not whole, more bytes may make it
 * so: for streams), E2BIG (VALUE_DEPTH, VALUE_COUNT), ENOMEM. */
struct value *bencode_read(struct arena *a, const char *text, size_t len, size_t *used);

/* V printed, in A.  at NULL with errno: ENOMEM. */
struct slice bencode_print(struct arena *a, const struct value *v);
