/* SPDX-License-Identifier: Apache-2.0
 *
 * What each value of docs/ng.md's keys does: a row says a short talk (ng_talk.h), in which of
 * its requests the value is said, and what is to be seen behind the last of them.  The talk is
 * held without the value, too: then that may not be seen, but by rows of what is usual, which
 * therefore hold only that the value does no harm.  See test_ng_values.c. */
#pragma once

#include "tests/relay/ng_talk.h"

enum { VALUE_STEPS = 4, VALUE_SIGNS = 4 };

/* What is asked: an offer or an answer of a party. */
enum value_what { VALUE_END, VALUE_OFFER, VALUE_ANSWER, VALUE_OFFER_BACK, VALUE_ANSWER_BACK };

struct value_row {
	const char *key, *value; /* as docs/ng.md has them */
	const char *word;        /* VALUE's is a pattern: what is said; NULL: VALUE itself */
	/* A value that no form of test_ng_values.c is for, as JSON, and as a word of flags
	 * (NULL: none). */
	const char *json, *flag;
	unsigned at; /* the step that says it */
	struct value_step {
		enum value_what what;
		const char *keys, *lines;
		const char *user, *name; /* of the SDP; NULL: the usual ones */
	} step[VALUE_STEPS];
	const char *has[VALUE_SIGNS], *hides[VALUE_SIGNS]; /* of what is told last */
	bool (*is)(void);   /* likewise, of the call; NULL: all the same */
	const char *reason; /* the step that says it is refused */
	bool is_usual;      /* it is so without the value, too */
};

/* Ended by a row without a key. */
extern const struct value_row ng_values_address[], ng_values_sdp[], ng_values_srtp[],
	ng_values_codec[];

#define OFFERS(keys, lines)              \
	{                                \
		VALUE_OFFER, keys, lines \
	}
#define ANSWERS(keys, lines)              \
	{                                 \
		VALUE_ANSWER, keys, lines \
	}
#define OFFERS_BACK(keys, lines)              \
	{                                     \
		VALUE_OFFER_BACK, keys, lines \
	}
#define ANSWERS_BACK(keys, lines)              \
	{                                      \
		VALUE_ANSWER_BACK, keys, lines \
	}
/* The only step, or one of two. */
#define ONE(keys, lines) .step = {OFFERS(keys, lines)}
#define TWO(keys, lines, more, answer) .step = {OFFERS(keys, lines), ANSWERS(more, answer)}

#define PCMU_BACK "m=audio 5000 RTP/AVP 0\n"
