/* SPDX-License-Identifier: Apache-2.0
 *
 * See negotiate.h and memo.h; the reader is memo_read.c.  A memo is bytes at all times, the
 * same that lie in the call's record: a node has many calls, and one request at a time looks
 * into one of them.
 *
 * Fields of one byte of tag and one of length, or two: the upper one first, with MEMO_LONG.
 * Numbers are little endian; what is 0 or empty is left out.  Which there are the tables below
 * say. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "control/decimal.h"
#include "control/sdes.h"
#include "relay/memo_inside.h"
#include "relay/random.h"

/* Of an arena that the largest memo is read in. */
enum {
	SCRATCH = SDP_MEDIA *
		  (sizeof(struct memo_line) + SDP_FORMATS * sizeof(struct memo_format)) * 3,
};

/* clang-format off */
#define AT(type, member) offsetof(struct type, member), sizeof(((struct type *)NULL)->member)

const struct memo_field memo_notes_fields[] = {
	{MEMO_SIDE, MEMO_GROUP, 0, 0, 0},
	{2, MEMO_NUMBER, AT(memo_notes, terms), MEMO_TERMS},
	{0, MEMO_END, 0, 0, 0},
};
const struct memo_field memo_side_fields[] = {
	{MEMO_LINE, MEMO_GROUP, 0, 0, 0},
	{2, MEMO_TEXT, AT(memo_side, origin.user), 0},
	{3, MEMO_TEXT, AT(memo_side, origin.session), 0},
	{4, MEMO_TEXT, AT(memo_side, origin.version), 0},
	{5, MEMO_TEXT, AT(memo_side, origin.family), 0},
	{6, MEMO_TEXT, AT(memo_side, origin.address), 0},
	{7, MEMO_TEXT, AT(memo_side, name), 0},
	{8, MEMO_TEXT, AT(memo_side, version), 0},
	{9, MEMO_NUMBER, AT(memo_side, text), UINT64_MAX},
	{0, MEMO_END, 0, 0, 0},
};
const struct memo_field memo_line_fields[] = {
	{MEMO_FORMAT, MEMO_GROUP, 0, 0, 0},
	{2, MEMO_TEXT, AT(memo_line, type), 0},
	{3, MEMO_TEXT, AT(memo_line, protocol), 0},
	{4, MEMO_TEXT, AT(memo_line, mid), 0},
	{5, MEMO_NUMBER, AT(memo_line, marks), MEMO_MARKS},
	{6, MEMO_NUMBER, AT(memo_line, ptime), UINT16_MAX},
	{7, MEMO_NUMBER, AT(memo_line, tag), UINT32_MAX},
	{8, MEMO_NUMBER, AT(memo_line, suite), SDES_SUITES},
	{9, MEMO_NUMBER, AT(memo_line, key), UINT32_MAX},
	{10, MEMO_NUMBER, AT(memo_line, other_key), UINT32_MAX},
	{MEMO_SAME, MEMO_GROUP, 0, 0, 0},
	{12, MEMO_TEXT, AT(memo_line, coding), 0},
	{13, MEMO_NUMBER, AT(memo_line, fax), MEMO_FAX_MAX},
	{14, MEMO_NUMBER, AT(memo_line, bundle), MEMO_BUNDLE_MAX},
	{15, MEMO_NUMBER, AT(memo_line, own), 1},
	{16, MEMO_NUMBER, AT(memo_line, direction), REQUEST_DIRECTIONS},
	{17, MEMO_TEXT, AT(memo_line, crypto), 0},
	{0, MEMO_END, 0, 0, 0},
};
const struct memo_field memo_format_fields[] = {
	{2, MEMO_TEXT, AT(memo_format, is.text), 0},
	{MEMO_NAME, MEMO_FORMAT_NAME, 0, 0, 0},
	{4, MEMO_TEXT, AT(memo_format, is.fmtp), 0},
	{5, MEMO_NUMBER, AT(memo_format, accepted), 1},
	{0, MEMO_END, 0, 0, 0},
};
/* clang-format on */

/* ---- Writing. ---- */

struct writer {
	uint8_t *bytes;
	size_t len;
	bool full;
};

/* Is there room for N more bytes?  They are then written in place: a few that are made
 * elsewhere, one by one, and then copied are waited for. */
static bool
has_room(struct writer *w, size_t n)
{
	w->full = w->full || n > MEMO_SIZE - w->len;
	return !w->full;
}

static void
put(struct writer *w, const void *bytes, size_t n)
{
	if (!has_room(w, n))
		return;
	if (n > 0)
		memcpy(w->bytes + w->len, bytes, n);
	w->len += n;
}

/* Open a field whose length is not known yet; close_field() gets what this returned. */
static size_t
open_field(struct writer *w, uint8_t tag)
{
	if (!has_room(w, MEMO_FIELD_HEAD))
		return w->len;
	w->bytes[w->len] = tag;
	return w->len += MEMO_FIELD_HEAD;
}

static void
close_field(struct writer *w, size_t begin)
{
	size_t len = w->len - begin;
	bool is_long = len >= MEMO_LONG;

	if (is_long)
		put(w, &(uint8_t){0}, 1); /* it goes one further */
	if (w->full)
		return;
	w->bytes[begin - 1] = (uint8_t)(is_long ? MEMO_LONG | len >> CHAR_BIT : len);
	if (is_long) {
		memmove(w->bytes + begin + 1, w->bytes + begin, len);
		w->bytes[begin] = (uint8_t)len;
	}
}

static uint64_t
load(const void *member, size_t size)
{
	uint64_t v64;
	uint32_t v32;

	switch (size) {
	case 1:
		return *(const uint8_t *)member;
	case 4:
		memcpy(&v32, member, size);
		return v32;
	default:
		memcpy(&v64, member, sizeof v64);
		return v64;
	}
}

static void
put_number(struct writer *w, uint8_t tag, uint64_t v)
{
	uint8_t *at = w->bytes + w->len, n = 0;

	if (v == 0 || !has_room(w, MEMO_FIELD_HEAD + sizeof v))
		return;
	for (; v != 0; v >>= CHAR_BIT)
		at[MEMO_FIELD_HEAD + n++] = (uint8_t)v;
	at[0] = tag;
	at[MEMO_FIELD_HEAD - 1] = n;
	w->len += MEMO_FIELD_HEAD + n;
}

static void
put_text(struct writer *w, uint8_t tag, struct slice s)
{
	size_t begin;

	if (s.len == 0)
		return;
	begin = open_field(w, tag);
	put(w, s.at, s.len);
	close_field(w, begin);
}

/* "/8000" */
static void
put_behind(struct writer *w, uint32_t n)
{
	char *at = (char *)w->bytes + w->len;

	if (!has_room(w, 1 + DECIMAL_MAX))
		return;
	*at = '/';
	w->len += (size_t)(decimal_put(at + 1, n) - at);
}

/* "opus/48000/2": in one piece, for who wants to see it. */
static void
put_name(struct writer *w, uint8_t tag, const struct sdp_format *f)
{
	size_t begin;

	if (f->name.len == 0)
		return;
	begin = open_field(w, tag);
	put(w, f->name.at, f->name.len);
	put_behind(w, f->rate);
	if (f->channels > 1)
		put_behind(w, f->channels);
	close_field(w, begin);
}

static void
put_fields(struct writer *w, const struct memo_field *f, const void *of)
{
	for (; f->kind != MEMO_END; f++) {
		const void *member = (const char *)of + f->at;

		if (f->kind == MEMO_NUMBER)
			put_number(w, f->tag, load(member, f->size));
		else if (f->kind == MEMO_TEXT)
			put_text(w, f->tag, *(const struct slice *)member);
		else if (f->kind == MEMO_FORMAT_NAME)
			put_name(w, f->tag, &((const struct memo_format *)of)->is);
	}
}

static void
put_formats(struct writer *w, const struct memo_line *l)
{
	for (size_t i = 0; i < l->formats; i++) {
		size_t format = open_field(w, MEMO_FORMAT);

		put_fields(w, memo_format_fields, &l->format[i]);
		close_field(w, format);
	}
}

/* Have both the same formats, and any? */
static bool
is_alike(const struct memo_line *a, const struct memo_line *b)
{
	bool same = a->formats == b->formats && a->formats > 0;

	for (size_t i = 0; same && i < a->formats; i++) {
		const struct sdp_format *x = &a->format[i].is, *y = &b->format[i].is;

		same = slice_equal(x->text, y->text) && slice_equal(x->name, y->name) &&
		       x->rate == y->rate && x->channels == y->channels &&
		       slice_equal(x->fmtp, y->fmtp) &&
		       a->format[i].accepted == b->format[i].accepted;
	}
	return same;
}

/* OTHER: the same line of the side before; NULL: there is none. */
static void
put_line(struct writer *w, const struct memo_line *l, const struct memo_line *other)
{
	size_t begin = open_field(w, MEMO_LINE);

	put_fields(w, memo_line_fields, l);
	if (other != NULL && is_alike(l, other))
		close_field(w, open_field(w, MEMO_SAME));
	else
		put_formats(w, l);
	close_field(w, begin);
}

/* Of N. */
static void
put_side(struct writer *w, const struct memo_notes *n, unsigned side)
{
	const struct memo_side *s = &n->side[side], *before = side > 0 ? &n->side[0] : NULL;
	size_t begin = open_field(w, MEMO_SIDE);

	put_fields(w, memo_side_fields, s);
	for (size_t i = 0; i < s->lines; i++)
		put_line(w, &s->line[i],
			before != NULL && i < before->lines ? &before->line[i] : NULL);
	close_field(w, begin);
}

int
memo_write(struct memo *m, const struct memo_notes *n)
{
	uint8_t bytes[MEMO_SIZE], *kept = NULL;
	struct writer w = {.bytes = bytes};

	put(&w, &(uint8_t){MEMO_VERSION}, 1);
	put(&w, n->secret, MEMO_SECRET);
	put_fields(&w, memo_notes_fields, n);
	for (unsigned i = 0; i < 2; i++)
		put_side(&w, n, i);
	if (!w.full && (kept = malloc(w.len)) != NULL) {
		memcpy(kept, w.bytes, w.len);
		explicit_bzero(m->bytes, m->len);
		free(m->bytes);
		m->bytes = kept;
		m->len = w.len;
	}
	explicit_bzero(bytes, MEMO_HEAD);
	return kept != NULL ? 0 : w.full ? -E2BIG : -ENOMEM;
}

/* ---- As bytes. ---- */

static struct memo *
open_bytes(const uint8_t *bytes, size_t len)
{
	struct memo *m = calloc(1, sizeof *m);

	if (m == NULL)
		return NULL;
	if ((m->bytes = malloc(len)) == NULL) {
		free(m);
		return NULL;
	}
	memcpy(m->bytes, bytes, len);
	m->len = len;
	return m;
}

struct memo *
memo_copy(const uint8_t *bytes, size_t len)
{
	if (len >= MEMO_HEAD && len <= MEMO_SIZE && bytes[0] == MEMO_VERSION)
		return open_bytes(bytes, len);
	errno = EBADMSG;
	return NULL;
}

struct memo *
memo_open(void)
{
	/* Both sides, without anything in them. */
	uint8_t bytes[MEMO_HEAD + 2 * MEMO_FIELD_HEAD] = {
		MEMO_VERSION, [MEMO_HEAD] = MEMO_SIDE,
		[MEMO_HEAD + MEMO_FIELD_HEAD] = MEMO_SIDE};
	struct memo *m;

	random_take(bytes + 1, MEMO_SECRET);
	m = open_bytes(bytes, sizeof bytes);
	explicit_bzero(bytes, sizeof bytes);
	return m;
}

void
memo_close(struct memo *m)
{
	if (m == NULL)
		return;
	explicit_bzero(m->bytes, m->len);
	free(m->bytes);
	free(m);
}

ssize_t
memo_encode(const struct memo *m, uint8_t *buf, size_t size)
{
	if (m->len > size)
		return -ENOSPC;
	memcpy(buf, m->bytes, m->len);
	return (ssize_t)m->len;
}

struct memo *
memo_decode(const uint8_t *buf, size_t len)
{
	struct arena *a;
	struct memo_notes n;
	struct memo *m;
	int err;

	if ((m = memo_copy(buf, len)) == NULL)
		return NULL;
	if ((a = arena_open(SCRATCH)) == NULL) {
		memo_close(m);
		return NULL;
	}
	err = memo_read(m, &n, a);
	arena_close(a);
	if (err == 0)
		return m;
	memo_close(m);
	errno = -err;
	return NULL;
}
