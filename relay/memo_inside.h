/* SPDX-License-Identifier: Apache-2.0
 *
 * What the writer (memo.c) and the reader (memo_read.c) of a memo agree on: its head, and
 * which fields there are.  Nobody else's; constants. */
#pragma once

#include "relay/memo.h"

struct memo {
	size_t len;
	uint8_t *bytes; /* version, secret, fields */
};

enum {
	MEMO_VERSION = 1,
	MEMO_HEAD = 1 + MEMO_SECRET,
	MEMO_FIELD_HEAD = 2, /* of a short field */
	MEMO_LONG = 0x80,    /* bytes of the shortest long one; a bit of its length */
	MEMO_SIZE = 15360,   /* bytes of a memo, at most */
};

enum memo_kind { MEMO_END, MEMO_NUMBER, MEMO_TEXT, MEMO_FORMAT_NAME, MEMO_GROUP };

struct memo_field {
	uint8_t tag;
	uint8_t kind; /* enum memo_kind */
	uint16_t at, size;
	uint64_t max; /* of a number */
};

/* Tags of the groups; that of a format's name; that of a line whose formats are those of the
 * same line of the side before. */
enum { MEMO_SIDE = 1, MEMO_LINE = 1, MEMO_FORMAT = 1, MEMO_NAME = 3, MEMO_SAME = 11 };

/* Each ends with MEMO_END. */
extern const struct memo_field memo_notes_fields[];  /* struct memo_notes */
extern const struct memo_field memo_side_fields[];   /* struct memo_side */
extern const struct memo_field memo_line_fields[];   /* struct memo_line */
extern const struct memo_field memo_format_fields[]; /* struct memo_format */
