/* SPDX-License-Identifier: Apache-2.0
 *
 * See codec_rules.h. */
#include "relay/codec_rules.h"

static bool
has(uint32_t set, const struct request_format *f)
{
	return (set & UINT32_C(1) << f->format.codec) != 0;
}

bool
codec_is_speech(const struct request_format *f)
{
	return f->format.codec != CODEC_CN && f->format.codec != CODEC_EVENT;
}

static bool
is_used(const struct codec_rules *r, const struct request_format *f)
{
	return !has(r->deny, f) && (r->allow == 0 || !codec_is_speech(f) || has(r->allow, f));
}

/* Is one of the N formats OF a party that are used in SET? */
static bool
can_any(const struct codec_rules *r, const struct request_format *of, unsigned n, uint32_t set)
{
	for (unsigned i = 0; i < n; i++)
		if (is_used(r, &of[i]) && has(set, &of[i]))
			return true;
	return false;
}

/* The place of F in the order of R; those that are not named share the last one. */
static unsigned
rank(const struct codec_rules *r, const struct request_format *f)
{
	unsigned i = 0;

	while (i < REQUEST_PREFER && r->prefer[i] != CODEC_NONE &&
		r->prefer[i] != f->format.codec)
		i++;
	return i < REQUEST_PREFER && r->prefer[i] != CODEC_NONE ? i : REQUEST_PREFER;
}

/* Put format I behind those that are as good. */
static void
add_given(struct codec_choice *c, const struct codec_rules *r, const struct request_format *of,
	unsigned i)
{
	unsigned at = c->givens++;

	for (; at > 0 && rank(r, &of[c->given[at - 1]]) > rank(r, &of[i]); at--)
		c->given[at] = c->given[at - 1];
	c->given[at] = (uint8_t)i;
}

struct codec_choice
codec_rules_apply(
	const struct codec_rules *r, const struct request_format *of, unsigned n, bool masked)
{
	static const struct codec_rules none;
	struct codec_choice c = {0};
	uint32_t only;

	if (r == NULL)
		r = &none;
	only = can_any(r, of, n, r->transcode) ? r->transcode : 0;
	for (unsigned i = 0; i < n; i++) {
		if (!is_used(r, &of[i]))
			continue;
		c.taken |= (uint8_t)(1u << i);
		if ((masked && has(r->mask, &of[i])) ||
			(only != 0 && codec_is_speech(&of[i]) && !has(only, &of[i])))
			continue;
		add_given(&c, r, of, i);
	}
	return c;
}
