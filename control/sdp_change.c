/* SPDX-License-Identifier: Apache-2.0
 *
 * See sdp_change.h. */
#include "control/sdp_change.h"

#include <stdlib.h>
#include <string.h>

#include "control/writer.h"

static void
put(struct writer *w, struct slice s)
{
	writer_put(w, s.at, s.len);
}

static void
put_line(struct writer *w, struct slice begin, struct slice rest)
{
	put(w, begin);
	put(w, rest);
	put(w, SLICE("\r\n"));
}

static bool
is_line(struct slice s)
{
	return s.len > 0 && memchr(s.at, '\n', s.len) == NULL &&
	       memchr(s.at, '\r', s.len) == NULL && memchr(s.at, '\0', s.len) == NULL;
}

/* An attribute, and what it may be called by: "fmtp:101 0-16", "fmtp:101", "fmtp". */
struct attr {
	struct slice whole, tagged, name;
};

static struct attr
attr_of(struct slice whole)
{
	struct slice rest = whole;
	struct attr a = {.whole = whole, .tagged = slice_cut(&rest, ' ')};

	rest = whole;
	a.name = slice_cut(&rest, ':');
	return a;
}

static bool
is_meant(struct slice word, const struct attr *a)
{
	return slice_equal_nocase(word, a->whole) || slice_equal_nocase(word, a->tagged) ||
	       slice_equal_nocase(word, a->name);
}

static bool
is_removed(const struct ng_sdp_attr *change, const struct attr *a)
{
	for (size_t i = 0; i < change->remove.n; i++)
		if (is_meant(change->remove.at[i], a))
			return true;
	return false;
}

/* Are there as many of them as formats, keys, sources or paths, so that one line for all would
 * say nothing? */
static bool
is_one_of_many(const struct attr *a)
{
	static const char *const many[] = {"rtpmap", "fmtp", "rtcp-fb", "crypto", "extmap",
		"ssrc", "ssrc-group", "candidate", "rid"};

	for (size_t i = 0; i < sizeof many / sizeof *many; i++)
		if (slice_is_nocase(a->name, many[i]))
			return true;
	return false;
}

static struct slice
substituted(const struct ng_sdp_attr *change, const struct attr *a)
{
	bool many = change->substitutes > 0 && is_one_of_many(a);

	for (size_t i = 0; i < change->substitutes; i++) {
		const struct ng_substitute *s = &change->substitute[i];

		if (is_meant(s->from, a) && is_line(s->to) &&
			!(many && slice_equal_nocase(s->from, a->name)))
			return s->to;
	}
	return a->whole;
}

/* Which lines of what is to be added to a session, or a medium, are in it. */
static void
note_there(bool *there, const struct ng_sdp_attr *change, struct slice attr)
{
	for (size_t i = 0; i < change->add.n; i++)
		there[i] |= slice_equal(change->add.at[i], attr);
}

static void
put_changed(struct writer *w, const struct ng_sdp_attr *change, bool *there, struct slice line)
{
	struct slice whole = line;
	struct attr a;

	if (!slice_begins(line, "a=")) {
		put_line(w, line, SLICE(""));
		return;
	}
	slice_cut(&whole, '=');
	a = attr_of(whole);
	if (is_removed(change, &a))
		return;
	whole = substituted(change, &a);
	put_line(w, SLICE("a="), whole);
	note_there(there, change, whole);
}

/* Behind all others, but for those that have been said AGAIN; THERE is begun anew. */
static void
put_added(struct writer *w, const struct ng_sdp_attr *change, bool *there, const bool *again)
{
	for (size_t i = 0; i < change->add.n; i++) {
		if (is_line(change->add.at[i]) && !there[i] && !again[i])
			put_line(w, SLICE("a="), change->add.at[i]);
		there[i] = false;
	}
}

struct changing {
	struct slice text;
	const struct ng_sdp_attr *change;  /* of each scope */
	const bool *again[NG_ATTR_SCOPES]; /* has a line that it adds stood before it? */
	bool *there;                       /* of each line that one of them adds */
};

/* Of the media that LINE, an m=, begins; NULL: none. */
static const struct ng_sdp_attr *
change_of(const struct ng_sdp_attr *change, struct slice line)
{
	struct slice type = slice_cut(&line, ' ');

	if (slice_is_nocase(type, "m=audio"))
		return &change[NG_ATTR_AUDIO];
	return slice_is_nocase(type, "m=video") ? &change[NG_ATTR_VIDEO] : NULL;
}

static void
put_all_added(struct writer *w, const struct changing *c, const struct ng_sdp_attr *now)
{
	if (now != NULL)
		put_added(w, now, c->there, c->again[now - c->change]);
}

static void
put_all(struct writer *w, const void *what)
{
	static const struct ng_sdp_attr none;
	const struct changing *c = what;
	const struct ng_sdp_attr *now = &c->change[NG_ATTR_SESSION];
	struct slice text = c->text;

	while (text.len > 0) {
		struct slice line = slice_cut(&text, '\n');

		if (line.len > 0 && line.at[line.len - 1] == '\r')
			line.len--;
		if (slice_begins(line, "m=")) {
			put_all_added(w, c, now);
			now = change_of(c->change, line);
		}
		put_changed(w, now != NULL ? now : &none, c->there, line);
	}
	put_all_added(w, c, now);
}

static bool
is_nothing(const struct ng_sdp_attr change[NG_ATTR_SCOPES])
{
	for (unsigned i = 0; i < NG_ATTR_SCOPES; i++)
		if (change[i].add.n + change[i].remove.n + change[i].substitutes > 0)
			return false;
	return true;
}

static size_t
most_added(const struct ng_sdp_attr change[NG_ATTR_SCOPES])
{
	size_t most = 0;

	for (unsigned i = 0; i < NG_ATTR_SCOPES; i++)
		if (change[i].add.n > most)
			most = change[i].add.n;
	return most;
}

/* One of a list. */
struct place {
	struct slice text;
	size_t i;
};

static int
by_text(const void *a, const void *b)
{
	const struct place *l = a, *r = b;
	size_t both = l->text.len < r->text.len ? l->text.len : r->text.len;
	int is = both > 0 ? memcmp(l->text.at, r->text.at, both) : 0;

	if (is == 0 && l->text.len != r->text.len)
		is = l->text.len < r->text.len ? -1 : 1;
	return is != 0 ? is : l->i < r->i ? -1 : 1;
}

/* Which of LIST are there before themselves; sorted, for there may be thousands.  NULL: no
 * memory. */
static const bool *
find_again(struct ng_list list, struct arena *a)
{
	bool *again = arena_array(a, list.n + 1, sizeof *again);
	struct place *p = arena_array(a, list.n + 1, sizeof *p);

	if (again == NULL || p == NULL)
		return NULL;
	for (size_t i = 0; i < list.n; i++)
		p[i] = (struct place){list.at[i], i};
	qsort(p, list.n, sizeof *p, by_text);
	for (size_t i = 1; i < list.n; i++)
		again[p[i].i] = slice_equal(p[i].text, p[i - 1].text);
	return again;
}

struct slice
sdp_change_attrs(
	struct slice text, const struct ng_sdp_attr change[NG_ATTR_SCOPES], struct arena *a)
{
	struct changing c = {.text = text, .change = change};
	size_t added = most_added(change);

	if (is_nothing(change))
		return text;
	c.there = arena_array(a, added + 1, sizeof *c.there);
	if (c.there == NULL)
		return (struct slice){NULL, 0};
	for (unsigned i = 0; i < NG_ATTR_SCOPES; i++)
		if ((c.again[i] = find_again(change[i].add, a)) == NULL)
			return (struct slice){NULL, 0};
	return writer_print(a, put_all, &c);
}
