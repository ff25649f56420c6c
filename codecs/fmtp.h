/* SPDX-License-Identifier: Apache-2.0
 *
 * Takes the parameters of a=fmtp apart and puts them together: "useinbandfec=1; usedtx=1".
 * The text is a stranger's: any bytes may come.  Pure; RFC 8866 6.15, RFC 4855 section 3. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codecs/codec.h"

/* Pointers into the text.  No blanks around either; quotation marks around a value are gone.
 * A word without "=" ("0-15" of telephone-event) is a name whose value is NULL. */
struct fmtp_param {
	const char *name, *value;
	size_t name_len, value_len;
};

/* The next parameter of *TEXT, which moves on behind it; false: there is none. */
bool fmtp_next(const char **text, struct fmtp_param *p);

/* Is P's name, or its value, WORD?  Without regard to case. */
bool fmtp_is(const struct fmtp_param *p, const char *word);
bool fmtp_value_is(const struct fmtp_param *p, const char *word);

/* P's value as a decimal number MIN..MAX.  0, -EINVAL. */
int fmtp_number(const struct fmtp_param *p, uint32_t min, uint32_t max, uint32_t *out);

/* FLAG into or out of F->flags, as P's value is 1 or 0.  0, -EINVAL. */
int fmtp_flag(const struct fmtp_param *p, struct codec_format *f, uint16_t flag);

/* What a parameter does. */
struct fmtp_rule {
	const char *name; /* NULL ends a table */
	int (*take)(struct codec_format *f, const struct fmtp_param *p); /* 0, -EINVAL */
};

/* All of TEXT through RULES; what none of them knows is left alone.  0; -EINVAL: a rule says
 * so, and F is as it was. */
int fmtp_parse(struct codec_format *f, const char *text, const struct fmtp_rule *rules);

/* One more parameter behind TEXT, which has CODEC_FMTP bytes and begins empty; what would not
 * fit as a whole is left out. */
void fmtp_add(char *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
