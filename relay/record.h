/* SPDX-License-Identifier: Apache-2.0
 *
 * The record of a call: all that a successor needs to go on with it, in one versioned
 * serialised form.
 *
 * A record is a head (4 bytes "SWCR", version, three bytes 0) and fields.  A field is a tag (1
 * byte), a length (2 bytes) and that many bytes; a leg and a stream are fields that hold
 * fields.  Numbers are little-endian, of the width that their length says.  A field that is 0
 * or empty is left out; one with an unknown tag is skipped, so new ones may be added; what a
 * known tag means never changes, or the version rises.  The tags are in the tables of
 * record.c.
 *
 * A record holds keys: whoever holds its bytes wipes them.  Control's one thread; pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "relay/call.h"

enum {
	RECORD_VERSION = 1,
	RECORD_MAX = 8192, /* bytes of the longest one */
};

/* Write the record of C, all of whose streams are placed, into BUF of SIZE bytes.  Its length;
 * -ENOSPC (never with RECORD_MAX). */
ssize_t record_encode(const struct call *c, uint8_t *buf, size_t size);

/* The call that LEN bytes at BUF describe; every value is checked.  NULL with errno: EBADMSG,
 * EPROTO (another version), ENOMEM. */
struct call *record_decode(const uint8_t *buf, size_t len);
