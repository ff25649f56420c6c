/* SPDX-License-Identifier: Apache-2.0
 *
 * The record of a call: all that a successor needs to go on with it, in one versioned
 * serialised form.  The short form is what a control process leaves to the next one on the
 * same switch; with the history of its transports it is what moves a call to another node.
 *
 * A record is a head (4 bytes "SWCR", version, three bytes 0) and fields.  A field is a tag (1
 * byte), a length (2 bytes) and that many bytes; legs, streams, histories and some others are
 * fields that hold fields.  Numbers are little-endian, of the width that their length says.  A
 * field that is 0 or empty is left out; one with an unknown tag is skipped, so new ones may be
 * added; what a known tag means never changes, or the version rises.  The tags are in the
 * tables of record_fields.c; docs/record.md is made from them.  Listeners are in the short
 * form alone: they stay when their call moves.
 *
 * A record holds keys: whoever holds its bytes wipes them.  Control's one thread; pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "relay/call.h"

enum {
	RECORD_VERSION = 1,
	RECORD_MAX = 98304,        /* bytes of the longest short one */
	RECORD_LONG_MAX = 9 << 14, /* ... and of one with history */
};

/* What the switch knew of a call's transports; id 0: nothing of this one. */
struct call_history {
	struct sw_history of[CALL_LEGS][CALL_STREAMS];
};

/* Write the record of C, all of whose streams are placed, into BUF of SIZE bytes, with H
 * unless it is NULL.  Its length; -ENOSPC (never with RECORD_MAX, RECORD_LONG_MAX). */
ssize_t record_encode(
	const struct call *c, const struct call_history *h, uint8_t *buf, size_t size);

/* The call that LEN bytes at BUF describe; every value is checked.  H (which the caller
 * wipes): what they say of its transports, NULL: that is not looked at.  NULL with errno:
 * EBADMSG, EPROTO (another version), ENOMEM. */
struct call *record_decode(const uint8_t *buf, size_t len, struct call_history *h);

/* May LEN bytes at AT be a text of a record: UTF-8 without a NUL?  Of what comes from outside
 * that is to be asked before a call has it, for a record with anything else is none. */
bool record_is_text(const void *at, size_t len);

/* docs/record.md; release with free().  NULL: no memory. */
char *record_markdown(void);
