/* SPDX-License-Identifier: Apache-2.0
 *
 * See sdp_change.h. */
#include "control/sdp_change.h"

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
change_of(const struct ng_sdp_attr *change, struct slice line)
{
	static const struct ng_sdp_attr none;

	if (slice_begins(line, "m=audio "))
		return &change[NG_ATTR_AUDIO];
	return slice_begins(line, "m=video ") ? &change[NG_ATTR_VIDEO] : &none;
}

struct changing {
	struct slice text;
	const struct ng_sdp_attr *change; /* of each scope */
};

static void
put_all(struct writer *w, const void *what)
{
	const struct changing *c = what;
	const struct ng_sdp_attr *now = &c->change[NG_ATTR_SESSION];
	struct slice text = c->text;

	while (text.len > 0) {
		struct slice line = slice_cut(&text, '\n');

		if (line.len > 0 && line.at[line.len - 1] == '\r')
			line.len--;
		if (slice_begins(line, "m=")) {
			put_added(w, now);
			now = change_of(c->change, line);
		}
		put_changed(w, now, line);
	}
	put_added(w, now);
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
	if (is_nothing(change))
		return text;
	return writer_print(a, put_all, &(struct changing){text, change});
}
