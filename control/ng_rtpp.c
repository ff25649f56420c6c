/* SPDX-License-Identifier: Apache-2.0
 *
 * The string of rtpp-flags, in which newer Kamailios send all that their script says:
 * "trust-address ICE=remove codec=[mask=[PCMA opus] transcode=[G722]]".  What stands in
 * brackets is a dictionary when its first word has a "=", otherwise a list.  It becomes the
 * dictionary that an older Kamailio would have sent; see ng_inside.h. */
#include "control/ng_inside.h"

/* What is left to be read. */
struct cursor {
	struct arena *a;
	struct slice rest;
	bool broken; /* no memory */
};

static bool
is_next(const struct cursor *c, char next)
{
	return c->rest.len > 0 && c->rest.at[0] == next;
}

static void
skip(struct cursor *c)
{
	c->rest = (struct slice){c->rest.at + 1, c->rest.len - 1};
}

static void
skip_spaces(struct cursor *c)
{
	while (is_next(c, ' ') || is_next(c, '\t'))
		skip(c);
}

/* As far as the next space; or WITHIN brackets, their end. */
static struct slice
read_word(struct cursor *c, bool within)
{
	struct slice word = {c->rest.at, 0};

	while (c->rest.len > 0 && !is_next(c, ' ') && !is_next(c, '\t') &&
		!(within && is_next(c, ']'))) {
		skip(c);
		word.len++;
	}
	return word;
}

/* "KEY=" is taken off the beginning; false: there is none such before the word's end. */
static bool
read_key(struct cursor *c, struct slice *key)
{
	size_t n = 0;

	while (n < c->rest.len && strchr(" \t[]=", c->rest.at[n]) == NULL)
		n++;
	if (n == 0 || n == c->rest.len || c->rest.at[n] != '=')
		return false;
	*key = (struct slice){c->rest.at, n};
	c->rest = (struct slice){c->rest.at + n + 1, c->rest.len - n - 1};
	return true;
}

static struct value *
put(struct cursor *c, struct value *into, struct slice key, enum value_type type)
{
	struct value *v = value_put(c->a, into, key, type);

	c->broken = c->broken || v == NULL;
	return v;
}

static void
put_word(struct cursor *c, struct value *into, struct slice key, struct slice word)
{
	struct value *v = put(c, into, key, VALUE_TEXT);

	if (v != NULL)
		v->text = word;
}

/* Behind a "[": is it a dictionary's? */
static enum value_type
type_of(struct cursor c)
{
	struct slice key;

	skip_spaces(&c);
	return read_key(&c, &key) ? VALUE_DICT : VALUE_LIST;
}

/* What follows, up to the "]" that belongs to it, into INTO under KEY. */
static void
read_brackets(struct cursor *c, struct value *into, struct slice key)
{
	struct value *open[VALUE_DEPTH];
	unsigned depth = 0;

	open[depth++] = put(c, into, key, type_of(*c));
	while (!c->broken && depth > 0 && c->rest.len > 0) {
		struct slice name = {NULL, 0};

		if (is_next(c, ' ') || is_next(c, '\t')) {
			skip(c);
			continue;
		}
		if (is_next(c, ']')) {
			skip(c);
			depth--;
			continue;
		}
		if (open[depth - 1]->type == VALUE_DICT && !read_key(c, &name)) {
			read_word(c, true); /* a word without a value says nothing there */
			continue;
		}
		if (is_next(c, '[') && depth < VALUE_DEPTH) {
			skip(c);
			open[depth] = put(c, open[depth - 1], name, type_of(*c));
			depth++;
			continue;
		}
		put_word(c, open[depth - 1], name, read_word(c, true));
	}
}

struct value *
ng_rtpp_read(struct arena *a, struct slice text)
{
	struct cursor c = {.a = a, .rest = text};
	struct value *root = value_dict(a), *flags = value_put_list(a, root, "flags");
	struct slice key;

	while (flags != NULL && !c.broken) {
		skip_spaces(&c);
		if (c.rest.len == 0)
			return root;
		if (!read_key(&c, &key)) {
			put_word(&c, flags, (struct slice){NULL, 0}, read_word(&c, false));
		} else if (is_next(&c, '[')) {
			skip(&c);
			read_brackets(&c, root, key);
		} else {
			put_word(&c, root, key, read_word(&c, false));
		}
	}
	return NULL;
}
