/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables of the call record (record.h): which field of which struct stands under which
 * tag.  record.c reads and writes by them, record_markdown.c describes them.  Nobody else's;
 * constants. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum record_kind {
	RECORD_END,
	RECORD_NUMBER, /* 1, 2, 4 or 8 bytes wide in the struct */
	RECORD_TEXT,   /* char array; without its NUL in the record */
	RECORD_ADDR, /* struct sw_addr: family (4, 6), port, 4 or 16 bytes.  Those of a leg of
		      * the mesh follow from its `mesh` */
	RECORD_OTHER_ADDR, /* pointer to a struct sw_addr, likewise */
	RECORD_KEY,        /* struct sw_key: suite, length of the MKI, MKI, key, salt */
	RECORD_NOTE,       /* pointer to a struct note: its bytes */
	RECORD_SID,        /* REQUEST_SID bytes; all 0: none */
	RECORD_GROUP,      /* holds fields of another table; any number of them */
};

struct record_field {
	uint8_t tag;
	uint8_t kind; /* enum record_kind */
	uint16_t at, size;
	uint64_t min, max; /* of a number */
	const char *name, *help;
};

/* The head of a record; HEAD_VERSION bytes in, its version.  The head of a field is its tag
 * and its length. */
enum { RECORD_HEAD = 8, RECORD_HEAD_VERSION = 4, RECORD_FIELD_HEAD = 3 };
extern const uint8_t record_head[RECORD_HEAD];

/* Of the groups, of all tables. */
enum {
	RECORD_ID = 1, /* stands first */
	RECORD_LEG = 3,
	RECORD_MESH = 4,
	RECORD_RULES = 8,
	RECORD_FORMAT = 9,
	RECORD_LISTENER = 11,
	RECORD_OF = 12,
	RECORD_STREAM = 16,
	RECORD_HISTORY = 18,
	RECORD_CODING = 21,
	RECORD_FAX = 22,
	RECORD_RX = 40,
	RECORD_TX,
	RECORD_DROP,
};

/* How often packets were dropped for one reason: reasons differ between versions, so they go
 * by name. */
struct record_drop {
	char name[64];
	uint64_t packets;
};

/* Each ends with RECORD_END. */
extern const struct record_field record_call[]; /* struct call */
extern const struct record_field record_leg[];  /* struct leg */
extern const struct record_field record_listener[];
extern const struct record_field record_of[];      /* struct listener_source */
extern const struct record_field record_mesh[];    /* struct request_mesh */
extern const struct record_field record_stream[];  /* struct stream */
extern const struct record_field record_keys[];    /* struct stream_keys; among its stream's */
extern const struct record_field record_rules[];   /* struct codec_rules */
extern const struct record_field record_coding[];  /* struct coding */
extern const struct record_field record_format[];  /* struct request_format */
extern const struct record_field record_fax[];     /* struct request_fax */
extern const struct record_field record_history[]; /* struct sw_history */
extern const struct record_field record_rx[];      /* struct sw_rx_history */
extern const struct record_field record_tx[];      /* struct sw_tx_ssrc */
extern const struct record_field record_drop[];    /* struct record_drop */
