/* SPDX-License-Identifier: Apache-2.0
 *
 * See ng_frame.h. */
#include "control/ng_frame.h"

enum { STRING_MAX = 1 << 24 }; /* beyond this no message is whole in time */

static enum ng_frame_state
after_value(const struct ng_frame *f)
{
	return f->depth == 0 ? NG_FRAME_WHOLE : NG_FRAME_TOKEN;
}

static enum ng_frame_state
before(struct ng_frame *f, char c)
{
	if (c != '\r' && c != '\n')
		return c == ' ' ? NG_FRAME_BROKEN : NG_FRAME_COOKIE;
	f->skipped++;
	return NG_FRAME_BEFORE;
}

static enum ng_frame_state
token(struct ng_frame *f, char c)
{
	switch (c) {
	case 'd':
	case 'l':
		f->depth++;
		return NG_FRAME_TOKEN;
	case 'e':
		f->depth--; /* in this state it is never 0 */
		return after_value(f);
	case 'i':
		return NG_FRAME_NUMBER;
	default:
		if (c < '0' || c > '9')
			return NG_FRAME_BROKEN;
		f->left = (uint64_t)(c - '0');
		return NG_FRAME_LENGTH;
	}
}

static enum ng_frame_state
body(struct ng_frame *f, char c)
{
	if (c == '{')
		return NG_FRAME_LINE;
	return c == 'd' ? token(f, c) : NG_FRAME_BROKEN;
}

static enum ng_frame_state
number(char c)
{
	if (c == 'e')
		return NG_FRAME_TOKEN;
	return (c >= '0' && c <= '9') || c == '-' ? NG_FRAME_NUMBER : NG_FRAME_BROKEN;
}

static enum ng_frame_state
length(struct ng_frame *f, char c)
{
	if (c == ':')
		return f->left > 0 ? NG_FRAME_STRING : NG_FRAME_TOKEN;
	if (c < '0' || c > '9' || f->left > STRING_MAX)
		return NG_FRAME_BROKEN;
	f->left = f->left * 10 + (uint64_t)(c - '0');
	return NG_FRAME_LENGTH;
}

static enum ng_frame_state
step(struct ng_frame *f, char c)
{
	switch (f->state) {
	case NG_FRAME_BEFORE:
		return before(f, c);
	case NG_FRAME_COOKIE:
		return c == ' ' ? NG_FRAME_BODY : NG_FRAME_COOKIE;
	case NG_FRAME_BODY:
		return body(f, c);
	case NG_FRAME_TOKEN:
		return token(f, c);
	case NG_FRAME_NUMBER:
		return number(c);
	case NG_FRAME_LENGTH:
		return length(f, c);
	case NG_FRAME_LINE:
		return c == '\n' ? NG_FRAME_WHOLE : NG_FRAME_LINE;
	default:
		return NG_FRAME_BROKEN;
	}
}

size_t
ng_frame_feed(struct ng_frame *f, const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && !ng_frame_is_over(f)) {
		if (f->state != NG_FRAME_STRING) {
			f->state = step(f, text[n++]);
			continue;
		}
		if (f->left > len - n) {
			f->left -= len - n;
			return len;
		}
		n += (size_t)f->left;
		f->state = NG_FRAME_TOKEN;
	}
	return n;
}
