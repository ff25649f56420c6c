/* SPDX-License-Identifier: Apache-2.0
 *
 * See sdp_change.h.  It is written twice: first for its length alone. */
#include "control/sdp_change.h"

#include <string.h>

struct writer {
	char *at;   /* NULL: only the length is asked for */
	size_t len; /* so far */
};

static void
put(struct writer *w, struct slice s)
{
	if (w->at != NULL && s.len > 0)
		memcpy(w->at + w->len, s.at, s.len);
	w->len += s.len;
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

static bool
is_removed(const struct ng_sdp_attr *change, struct slice attr)
{
	struct slice rest = attr, name = slice_cut(&rest, ':');

	for (size_t i = 0; i < change->remove.n; i++)
		if (slice_equal_nocase(change->remove.at[i], attr) ||
			slice_equal_nocase(change->remove.at[i], name))
			return true;
	return false;
}

static struct slice
substituted(const struct ng_sdp_attr *change, struct slice attr)
{
	for (size_t i = 0; i < change->substitutes; i++)
		if (slice_equal_nocase(change->substitute[i].from, attr) &&
			is_line(change->substitute[i].to))
			return change->substitute[i].to;
	return attr;
}

static void
put_changed(struct writer *w, const struct ng_sdp_attr *change, struct slice line)
{
	struct slice attr = line;

	if (!slice_begins(line, "a=")) {
		put_line(w, line, SLICE(""));
		return;
	}
	slice_cut(&attr, '=');
	if (!is_removed(change, attr))
		put_line(w, SLICE("a="), substituted(change, attr));
}

static void
put_added(struct writer *w, const struct ng_sdp_attr *change)
{
	for (size_t i = 0; i < change->add.n; i++)
		if (is_line(change->add.at[i]))
			put_line(w, SLICE("a="), change->add.at[i]);
}

/* Of the media that LINE, an m=, begins. */
static const struct ng_sdp_attr *
change_of(const struct ng_sdp_attr change[NG_ATTR_SCOPES], struct slice line)
{
	static const struct ng_sdp_attr none;

	if (slice_begins(line, "m=audio "))
		return &change[NG_ATTR_AUDIO];
	return slice_begins(line, "m=video ") ? &change[NG_ATTR_VIDEO] : &none;
}

static size_t
put_all(char *at, struct slice text, const struct ng_sdp_attr change[NG_ATTR_SCOPES])
{
	const struct ng_sdp_attr *now = &change[NG_ATTR_SESSION];
	struct writer w = {.at = at};

	while (text.len > 0) {
		struct slice line = slice_cut(&text, '\n');

		if (line.len > 0 && line.at[line.len - 1] == '\r')
			line.len--;
		if (slice_begins(line, "m=")) {
			put_added(&w, now);
			now = change_of(change, line);
		}
		put_changed(&w, now, line);
	}
	put_added(&w, now);
	return w.len;
}

static bool
is_nothing(const struct ng_sdp_attr change[NG_ATTR_SCOPES])
{
	for (unsigned i = 0; i < NG_ATTR_SCOPES; i++)
		if (change[i].add.n + change[i].remove.n + change[i].substitutes > 0)
			return false;
	return true;
}

struct slice
sdp_change_attrs(
	struct slice text, const struct ng_sdp_attr change[NG_ATTR_SCOPES], struct arena *a)
{
	size_t len;
	char *at;

	if (is_nothing(change))
		return text;
	len = put_all(NULL, text, change);
	if ((at = arena_take(a, len)) == NULL)
		return (struct slice){NULL, 0};
	put_all(at, text, change);
	return (struct slice){at, len};
}
