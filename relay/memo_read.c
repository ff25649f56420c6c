/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads memos, whose bytes may come from anywhere: see memo.c. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

#include "relay/memo_inside.h"

/* ---- Fields. ---- */

/* One field after the other; bad: the bytes are no fields. */
struct reader {
	const uint8_t *at, *end;
	uint8_t tag;
	struct slice value;
	bool bad;
};

static struct reader
read_slice(struct slice s)
{
	const uint8_t *at = (const uint8_t *)s.at; /* NULL, if there is none */

	return (struct reader){at, s.len > 0 ? at + s.len : at, 0, {NULL, 0}, false};
}

static bool
next(struct reader *r)
{
	size_t len;

	if (r->at == r->end)
		return false;
	r->bad = true;
	if (r->end - r->at < MEMO_FIELD_HEAD)
		return false;
	r->tag = r->at[0];
	len = r->at[1];
	r->at += MEMO_FIELD_HEAD;
	if (len >= MEMO_LONG) {
		if (r->at == r->end)
			return false;
		len = (len - MEMO_LONG) << CHAR_BIT | *r->at++;
	}
	if ((size_t)(r->end - r->at) < len)
		return false;
	r->value = (struct slice){(const char *)r->at, len};
	r->at += len;
	r->bad = false;
	return true;
}

static int
take_number(const struct memo_field *f, struct slice value, void *member)
{
	uint64_t v = 0;

	if (value.len > sizeof v)
		return -EBADMSG;
	for (size_t i = value.len; i > 0; i--)
		v = v << CHAR_BIT | (uint8_t)value.at[i - 1];
	if (v > f->max)
		return -EBADMSG;
	if (f->size == 1)
		*(uint8_t *)member = (uint8_t)v;
	else if (f->size == sizeof(uint32_t))
		memcpy(member, &(uint32_t){(uint32_t)v}, sizeof(uint32_t));
	else
		memcpy(member, &v, sizeof v);
	return 0;
}

/* It goes into lines of SDP. */
static bool
is_text(struct slice s)
{
	return s.len > 0 && memchr(s.at, '\0', s.len) == NULL &&
	       memchr(s.at, '\r', s.len) == NULL && memchr(s.at, '\n', s.len) == NULL;
}

static int
take_name(struct slice value, struct sdp_format *f)
{
	uint64_t n = 0;

	f->name = slice_cut(&value, '/');
	if (f->name.len == 0 || slice_number(slice_cut(&value, '/'), UINT32_MAX, &n) != 0)
		return -EBADMSG;
	f->rate = (uint32_t)n;
	if (value.len > 0) {
		if (slice_number(value, UINT32_MAX, &n) != 0)
			return -EBADMSG;
		f->channels = (uint32_t)n;
	}
	return 0;
}

/* What is no group, into OF.  What no row knows is left alone: a newer version wrote it. */
static int
take(const struct reader *r, const struct memo_field *f, void *of)
{
	void *member;

	while (f->kind != MEMO_END && f->tag != r->tag)
		f++;
	member = (char *)of + f->at;
	if (f->kind == MEMO_NUMBER)
		return take_number(f, r->value, member);
	if (f->kind == MEMO_END || f->kind == MEMO_GROUP)
		return 0;
	if (!is_text(r->value))
		return -EBADMSG;
	if (f->kind == MEMO_FORMAT_NAME)
		return take_name(r->value, &((struct memo_format *)of)->is);
	*(struct slice *)member = r->value;
	return 0;
}

static int
read_format(struct slice bytes, struct memo_format *f)
{
	struct reader r = read_slice(bytes);
	uint64_t n;

	while (next(&r))
		if (take(&r, memo_format_fields, f) != 0)
			return -EBADMSG;
	if (r.bad || f->is.text.len == 0)
		return -EBADMSG;
	f->is.payload_type = slice_number(f->is.text, 127, &n) == 0 ? (int)n : -1;
	return 0;
}

static size_t
count(struct slice bytes, uint8_t tag)
{
	struct reader r = read_slice(bytes);
	size_t n = 0;

	while (next(&r))
		n += r.tag == tag;
	return n;
}

/* Room for the formats of a line's BYTES in L, or, if they say so, copies of those of OTHER.
 * 0; -EBADMSG, -ENOMEM. */
static int
open_formats(struct slice bytes, struct memo_line *l, const struct memo_line *other,
	struct arena *a)
{
	size_t n = count(bytes, MEMO_FORMAT);

	if (count(bytes, MEMO_SAME) > 0) {
		if (other == NULL || n > 0)
			return -EBADMSG;
		l->formats = n = other->formats;
	}
	if (n > SDP_FORMATS)
		return -EBADMSG;
	if (n > 0 && (l->format = arena_array(a, n, sizeof *l->format)) == NULL)
		return -ENOMEM;
	if (l->formats > 0)
		memcpy(l->format, other->format, n * sizeof *l->format);
	return 0;
}

/* OTHER: the same line of the side before; NULL: there is none. */
static int
read_line(struct slice bytes, struct memo_line *l, const struct memo_line *other,
	struct arena *a)
{
	struct reader r = read_slice(bytes);
	int bad = open_formats(bytes, l, other, a);

	if (bad != 0)
		return bad;
	while (next(&r)) {
		int err = r.tag == MEMO_FORMAT ? read_format(r.value, &l->format[l->formats++])
					       : take(&r, memo_line_fields, l);

		if (err != 0)
			return err;
	}
	return r.bad || l->type.len == 0 || l->protocol.len == 0 ? -EBADMSG : 0;
}

/* BEFORE: the other side; NULL: this is the first. */
static int
read_side(struct slice bytes, struct memo_side *s, const struct memo_side *before,
	struct arena *a)
{
	struct reader r = read_slice(bytes);
	size_t n = count(bytes, MEMO_LINE);

	if (n > SDP_MEDIA)
		return -EBADMSG;
	if (n > 0 && (s->line = arena_array(a, n, sizeof *s->line)) == NULL)
		return -ENOMEM;
	while (next(&r)) {
		const struct memo_line *other = before != NULL && s->lines < before->lines
							? &before->line[s->lines]
							: NULL;
		int err = r.tag == MEMO_LINE
				  ? read_line(r.value, &s->line[s->lines++], other, a)
				  : take(&r, memo_side_fields, s);

		if (err != 0)
			return err;
	}
	return r.bad ? -EBADMSG : 0;
}

/* The fields of MEMO, behind its head. */
static struct slice
fields(struct slice memo)
{
	if (memo.len < MEMO_HEAD)
		return (struct slice){NULL, 0};
	return (struct slice){memo.at + MEMO_HEAD, memo.len - MEMO_HEAD};
}

int
memo_read(const struct memo *m, struct memo_notes *n, struct arena *a)
{
	struct slice all = arena_copy(a, (struct slice){(const char *)m->bytes, m->len});
	struct reader r;
	unsigned sides = 0;

	if (all.at == NULL)
		return -ENOMEM;
	r = read_slice((struct slice){all.at + MEMO_HEAD, all.len - MEMO_HEAD});
	*n = (struct memo_notes){.secret = (const uint8_t *)all.at + 1};
	while (next(&r)) {
		int err;

		if (r.tag == MEMO_SIDE && sides == 2)
			return -EBADMSG;
		err = r.tag == MEMO_SIDE ? read_side(r.value, &n->side[sides],
						   sides > 0 ? &n->side[0] : NULL, a)
					 : take(&r, memo_notes_fields, n);
		if (err != 0)
			return err;
		sides += r.tag == MEMO_SIDE;
	}
	/* Each line is one of both parties. */
	return r.bad || sides != 2 || n->side[0].lines != n->side[1].lines ? -EBADMSG : 0;
}

/* ---- For who asks about the call. ---- */

/* Value number I of those with TAG; at NULL: there are not so many. */
static struct slice
find(struct slice bytes, uint8_t tag, unsigned i)
{
	struct reader r = read_slice(bytes);

	while (next(&r))
		if (r.tag == tag && i-- == 0)
			return r.value;
	return (struct slice){NULL, 0};
}

static bool
is_speech(struct slice name)
{
	struct slice word;

	if (name.len == 0)
		return false;
	word = slice_cut(&name, '/');
	return !slice_is_nocase(word, "CN") && !slice_is_nocase(word, "telephone-event");
}

static struct slice
line_of(struct slice memo, unsigned side, unsigned i)
{
	return find(find(fields(memo), MEMO_SIDE, side), MEMO_LINE, i);
}

/* The first name among a line's formats that is of speech; at NULL: there is none. */
static struct slice
speech(struct slice line)
{
	struct slice format, name;

	for (unsigned i = 0; (format = find(line, MEMO_FORMAT, i)).at != NULL; i++)
		if (is_speech(name = find(format, MEMO_NAME, 0)))
			return name;
	return (struct slice){NULL, 0};
}

bool
memo_media(struct slice memo, unsigned side, unsigned i, struct memo_media *out)
{
	struct slice bytes = line_of(memo, side, i);
	struct reader r = read_slice(bytes);
	struct memo_line l = {.marks = 0};

	*out = (struct memo_media){.refused = false};
	if (bytes.at == NULL)
		return false;
	while (next(&r))
		take(&r, memo_line_fields, &l);
	out->codec =
		speech(find(bytes, MEMO_SAME, 0).at != NULL ? line_of(memo, 0, i) : bytes);
	out->type = l.type;
	out->protocol = l.protocol;
	out->refused = (l.marks & MEMO_CLOSED) != 0;
	return true;
}
