/* SPDX-License-Identifier: Apache-2.0
 *
 * Streams compared by what they say, wherever their keys lie, for tests of relay/. */
#pragma once

#include <check.h>

#include "relay/call.h"

/* S, and its keys in KEYS, to be compared with when S has gone or is another. */
static inline struct stream
kept_stream(const struct stream *s, struct stream_keys *keys)
{
	struct stream kept = *s;

	*keys = (struct stream_keys){*call_unseal(s), *call_seal(s)};
	kept.keys = s->keys != NULL ? keys : NULL;
	return kept;
}

/* A and B say the same, but for what of their codecs. */
static inline void
check_same_stream(const struct stream *a, const struct stream *b)
{
	struct stream x = *a, y = *b;

	ck_assert_mem_eq(call_unseal(a), call_unseal(b), sizeof(struct sw_key));
	ck_assert_mem_eq(call_seal(a), call_seal(b), sizeof(struct sw_key));
	ck_assert_int_eq(a->rtcp == NULL, b->rtcp == NULL);
	if (a->rtcp != NULL)
		ck_assert_mem_eq(a->rtcp, b->rtcp, sizeof *a->rtcp);
	x.rtcp = y.rtcp = NULL;
	x.coding = y.coding = NULL;
	x.keys = y.keys = NULL;
	x.seen = y.seen = NULL;
	ck_assert_mem_eq(&x, &y, sizeof x);
}
