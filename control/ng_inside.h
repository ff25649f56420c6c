/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of ng.h share: rows of keys and of flags, and the functions that read values
 * into a struct ng_request.  For ng_*.c alone. */
#pragma once

#include "control/ng.h"

struct ng_reader {
	struct ng_request *r;
	struct arena *a;
	bool within; /* what rtpp-flags held */
};

/* A word that stands for a value. */
struct ng_word {
	const char *word; /* NULL: the end */
	uint32_t value;
	const char *help; /* NULL: the key's says it */
};
enum { NG_WORD_ALONE = UINT8_MAX }; /* it is known, and changes nothing */

/* A key of the dictionary. */
struct ng_key {
	const char *name;
	/* V is the value of KEY: into RD's request.  0; -EINVAL: it is none of those that KEY
	 * has; -ENOMEM. */
	int (*read)(
		const struct ng_reader *rd, const struct ng_key *key, const struct value *v);
	uint16_t at, size;           /* of the member that the value goes into */
	const struct ng_word *words; /* that it may be; NULL: any */
	const char *values;          /* what it may be, for people; NULL: see the words */
	bool prefix;                 /* may also stand among the flags, as KEY-VALUE */
	bool missing;                /* not done yet, and who wishes for it is told so */
	uint8_t tier;                /* 1: what clients send for any call.  3: rare */
	const char *help;            /* NULL: as the row above */
};
#define NG_AT(member)                              \
	.at = offsetof(struct ng_request, member), \
	.size = sizeof((struct ng_request *)NULL)->member

struct ng_flag_row {
	const char *name;
	uint8_t flag;           /* NG_FLAGS: none */
	const char *key, *word; /* what it says besides; NULL: nothing */
	bool missing;           /* as of a key */
	uint8_t tier;
	const char *help; /* NULL: as the row above */
};

extern const struct ng_key ng_keys[];           /* ng_keys.c; the last has no name */
extern const struct ng_flag_row ng_flag_rows[]; /* ng_flags.c; likewise */

/* ---- ng_word.c: words as NG compares them: spaces, hyphens and underscores are the same, and
 * so are capital letters and small ones. ---- */

bool ng_word_is(struct slice s, const char *word);

/* S is WORD, a hyphen and something else?  That is what is left of it then. */
bool ng_word_cut(struct slice *s, const char *word);

/* Where each of many words stands in its table, so that not every one is compared: by its
 * first and last letter and its length.  All 0: an empty one. */
enum { NG_INDEX_HEADS = 64, NG_INDEX_ROWS = 255 };
struct ng_index {
	uint8_t head[NG_INDEX_HEADS]; /* 1 + row; 0: none */
	uint8_t next[NG_INDEX_ROWS];
	const char *word[NG_INDEX_ROWS];
};

/* WORD ("": none) is that of ROW; among equal ones the first counts. */
void ng_index_add(struct ng_index *x, const char *word, unsigned row);
/* The row of S; -1. */
int ng_index_find(const struct ng_index *x, struct slice s);

/* The row of WORDS that S is; NULL. */
const struct ng_word *ng_word_find(const struct ng_word *words, struct slice s);

/* A copy of S in A in which "--" is "=" and ".." is a space; S itself without either.  at
 * NULL: no memory. */
struct slice ng_unescape(struct arena *a, struct slice s);

/* The N things of SIZE bytes at AT, with room for one more behind them: begun with N 0, and
 * made longer by nobody else.  NULL: no memory. */
void *ng_more(struct arena *a, const void *at, size_t n, size_t size);

/* S behind the others of L, likewise.  0, -ENOMEM. */
int ng_list_add(struct arena *a, struct ng_list *l, struct slice s);

/* ---- ng_value.c: how values are read; for the rows of ng_keys.c. ---- */

int ng_read_text(const struct ng_reader *rd, const struct ng_key *key, const struct value *v);
int ng_read_number(
	const struct ng_reader *rd, const struct ng_key *key, const struct value *v);
/* One of the words, into a byte; or any number of them, as bits. */
int ng_read_word(const struct ng_reader *rd, const struct ng_key *key, const struct value *v);
int ng_read_bits(const struct ng_reader *rd, const struct ng_key *key, const struct value *v);
int ng_read_list(const struct ng_reader *rd, const struct ng_key *key, const struct value *v);
/* Known, and of no effect. */
int ng_read_nothing(
	const struct ng_reader *rd, const struct ng_key *key, const struct value *v);

/* Each text of V is taken by TAKE: those of a list, or what stands between the commas of one
 * text.  TAKE: 0; -EINVAL: that one is unknown, which is noted; -ENOMEM.  As ng_key.read. */
typedef int ng_take(const struct ng_reader *rd, const struct ng_key *key, struct slice text);
int ng_each(const struct ng_reader *rd, const struct ng_key *key, const struct value *v,
	ng_take *take);
/* A text is one, with all its commas. */
int ng_each_whole(const struct ng_reader *rd, const struct ng_key *key, const struct value *v,
	ng_take *take);

/* ---- ng_special.c, ng_codec.c: values that are like no other's. ---- */

int ng_read_command(
	const struct ng_reader *rd, const struct ng_key *key, const struct value *v);
int ng_read_supports(
	const struct ng_reader *rd, const struct ng_key *key, const struct value *v);
int ng_read_whom(const struct ng_reader *rd, const struct ng_key *key, const struct value *v);
int ng_read_direction(
	const struct ng_reader *rd, const struct ng_key *key, const struct value *v);
int ng_read_interface(
	const struct ng_reader *rd, const struct ng_key *key, const struct value *v);
int ng_read_received_from(
	const struct ng_reader *rd, const struct ng_key *key, const struct value *v);
int ng_read_protocol(
	const struct ng_reader *rd, const struct ng_key *key, const struct value *v);
int ng_read_sdes(const struct ng_reader *rd, const struct ng_key *key, const struct value *v);
int ng_read_codec(const struct ng_reader *rd, const struct ng_key *key, const struct value *v);
int ng_read_codecs(
	const struct ng_reader *rd, const struct ng_key *key, const struct value *v);
int ng_read_sdp_attr(
	const struct ng_reader *rd, const struct ng_key *key, const struct value *v);
int ng_read_flags(const struct ng_reader *rd, const struct ng_key *key, const struct value *v);
int ng_read_rtpp_flags(
	const struct ng_reader *rd, const struct ng_key *key, const struct value *v);

/* ---- ng.c ---- */

/* The command of TEXT; NG_UNKNOWN. */
enum ng_command ng_command_of(struct slice text);

/* All of dictionary D. */
int ng_read_dict(const struct ng_reader *rd, const struct value *d);
/* FLAG, or KEY-VALUE.  -EINVAL: nothing knows it. */
int ng_read_flag(const struct ng_reader *rd, struct slice flag);
/* Count and keep TEXT, which nothing knows; of KEY, or NULL.  0, -ENOMEM. */
int ng_unknown(const struct ng_reader *rd, const char *key, struct slice text);
/* Keep NAME as a wish whose deed is missing.  0, -ENOMEM. */
int ng_missing(const struct ng_reader *rd, const char *name);

/* ---- ng_rtpp.c ---- */

/* The string of rtpp-flags as a dictionary, whose "flags" are the words that stand for
 * themselves.  NULL: no memory. */
struct value *ng_rtpp_read(struct arena *a, struct slice text);
