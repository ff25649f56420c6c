/* SPDX-License-Identifier: Apache-2.0
 *
 * See bencode.h. */
#include "control/bencode.h"

#include <errno.h>

#include "control/writer.h"

/* ---- Reading. ---- */

enum { LENGTH_DIGITS = 9, NUMBER_DIGITS = 64 };

struct reader {
	struct arena *a;
	const char *at, *end;
	unsigned count;
	unsigned depth;
	struct value *open[VALUE_DEPTH]; /* what is being read, each within the one before */
};

/* What stands before C, at most MOST bytes.  0; -EAGAIN, -EBADMSG. */
static int
read_until(struct reader *r, char c, size_t most, struct slice *digits)
{
	size_t left = (size_t)(r->end - r->at);
	const char *end = memchr(r->at, c, left < most + 1 ? left : most + 1);

	if (end == NULL)
		return left <= most ? -EAGAIN : -EBADMSG;
	*digits = (struct slice){r->at, (size_t)(end - r->at)};
	r->at = end + 1;
	return 0;
}

/* A text of less than a hundred bytes that is all there, as most are.  Otherwise false, and
 * nothing is read. */
static bool
read_short(struct reader *r, struct slice *text)
{
	size_t left = (size_t)(r->end - r->at), len = (size_t)(r->at[0] - '0'), head = 2;

	if (left > head && r->at[1] != ':') {
		unsigned digit = (unsigned char)r->at[1] - '0';

		if (digit > 9 || r->at[head++] != ':')
			return false;
		len = len * 10 + digit;
	}
	if (left < head || r->at[head - 1] != ':' || left - head < len)
		return false;
	*text = (struct slice){r->at + head, len};
	r->at += head + len;
	return true;
}

static int
read_text(struct reader *r, struct slice *text)
{
	struct slice digits;
	uint64_t len;
	int err;

	if (r->at == r->end)
		return -EAGAIN;
	if (*r->at < '0' || *r->at > '9')
		return -EBADMSG;
	if (read_short(r, text))
		return 0;
	if ((err = read_until(r, ':', LENGTH_DIGITS, &digits)) != 0)
		return err;
	if (slice_number(digits, UINT32_MAX, &len) != 0)
		return -EBADMSG;
	if (len > (size_t)(r->end - r->at))
		return -EAGAIN;
	*text = (struct slice){r->at, (size_t)len};
	r->at += len;
	return 0;
}

/* Is TEXT a whole number, however large? */
static bool
is_digits(struct slice text)
{
	if (slice_begins(text, "-"))
		text = (struct slice){text.at + 1, text.len - 1};
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
	return text.len > 0;
}

/* One that 64 bits do not hold stays a text, which is no number to who wants one: under a key
 * that nobody knows it does no harm. */
static int
read_number(struct reader *r, struct value *v)
{
	struct value text = {.type = VALUE_TEXT};
	int err = read_until(r, 'e', NUMBER_DIGITS, &text.text);

	if (err != 0)
		return err;
	if (value_number(&text, &v->number) == 0)
		return 0;
	v->type = VALUE_TEXT;
	v->text = text.text;
	return is_digits(text.text) ? 0 : -EBADMSG;
}

/* V becomes the innermost of those that are being read. */
static int
begin(struct reader *r, struct value *v)
{
	if (r->depth == VALUE_DEPTH)
		return -E2BIG;
	r->open[r->depth++] = v;
	return 0;
}

/* A text or a number, or the beginning of a list or a dictionary. */
static int
read_value(struct reader *r, struct value *v)
{
	static const char letters[] = {
		[VALUE_NUMBER] = 'i', [VALUE_LIST] = 'l', [VALUE_DICT] = 'd'};

	if (r->at == r->end)
		return -EAGAIN;
	for (v->type = VALUE_NUMBER; v->type <= VALUE_DICT; v->type++) {
		if (*r->at != letters[v->type])
			continue;
		r->at++;
		return v->type == VALUE_NUMBER ? read_number(r, v) : begin(r, v);
	}
	v->type = VALUE_TEXT;
	return read_text(r, &v->text);
}

/* The next one within D; D NULL: the first of all. */
static int
read_into(struct reader *r, struct value *d, struct value **made)
{
	struct value *v = NULL;
	int err;

	if (r->count++ == VALUE_COUNT)
		return -E2BIG;
	if ((v = arena_take(r->a, sizeof *v)) == NULL)
		return -ENOMEM;
	*made = v;
	if (d != NULL && d->type == VALUE_DICT && (err = read_text(r, &v->key)) != 0)
		return err;
	if (d != NULL) {
		*(d->last != NULL ? &d->last->next : &d->first) = v;
		d->last = v;
		d->n++;
	}
	return read_value(r, v);
}

struct value *
bencode_read(struct arena *a, const char *text, size_t len, size_t *used)
{
	struct reader r = {.a = a, .at = text, .end = text + len};
	struct value *root = NULL, *v;
	int err = read_into(&r, NULL, &root);

	while (err == 0 && r.depth > 0) {
		if (r.at == r.end) {
			err = -EAGAIN;
		} else if (*r.at == 'e') {
			r.at++;
			r.depth--;
		} else {
			err = read_into(&r, r.open[r.depth - 1], &v);
		}
	}
	if (err != 0) {
		errno = -err;
		return NULL;
	}
	*used = (size_t)(r.at - text);
	return root;
}

/* ---- Printing. ---- */

/* Not by printf, which took a sixth of the time of a call: there is a number for each text. */

static void
print_text(struct writer *w, struct slice text)
{
	size_t digits = decimal_size(text.len);
	char *to = writer_room(w, digits + 1 + text.len);

	if (to == NULL)
		return;
	to = decimal_put(to, text.len);
	*to++ = ':';
	if (text.len > 0)
		memcpy(to, text.at, text.len);
}

static void
print_number(struct writer *w, int64_t n)
{
	uint64_t size = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
	char *to = writer_room(w, 2 + (n < 0) + decimal_size(size));

	if (to == NULL)
		return;
	*to++ = 'i';
	if (n < 0)
		*to++ = '-';
	*decimal_put(to, size) = 'e';
}

static void
print_value(struct writer *w, const struct value *v)
{
	w->broken |= v->broken;
	if (v->type == VALUE_TEXT) {
		print_text(w, v->text);
		return;
	}
	if (v->type == VALUE_NUMBER) {
		print_number(w, v->number);
		return;
	}
	writer_put(w, v->type == VALUE_LIST ? "l" : "d", 1);
	for (const struct value *of = v->first; of != NULL; of = of->next) {
		if (v->type == VALUE_DICT)
			print_text(w, of->key);
		print_value(w, of);
	}
	writer_put(w, "e", 1);
}

static void
print_all(struct writer *w, const void *v)
{
	print_value(w, v);
}

struct slice
bencode_print(struct arena *a, const struct value *v)
{
	struct slice text = {NULL, 0};

	if (v != NULL)
		text = writer_print(a, print_all, v);
	if (text.at == NULL)
		errno = ENOMEM;
	return text;
}
