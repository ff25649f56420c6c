/* SPDX-License-Identifier: Apache-2.0
 *
 * How NG's words are compared and spelled; see ng_inside.h. */
#include <assert.h>
#include <errno.h>

#include "control/ng_inside.h"

static char
fold(char c)
{
	if (c == ' ' || c == '_')
		return '-';
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* How many characters of S and WORD are the same, from the first on. */
static size_t
alike(struct slice s, const char *word)
{
	size_t n = 0;

	while (n < s.len && word[n] != '\0' &&
		(s.at[n] == word[n] || fold(s.at[n]) == fold(word[n])))
		n++;
	return n;
}

bool
ng_word_is(struct slice s, const char *word)
{
	size_t n = alike(s, word);

	return n == s.len && word[n] == '\0';
}

bool
ng_word_cut(struct slice *s, const char *word)
{
	size_t len = strlen(word);

	if (s->len < len + 2 || alike(*s, word) < len || fold(s->at[len]) != '-')
		return false;
	*s = (struct slice){s->at + len + 1, s->len - len - 1};
	return true;
}

/* ---- Rows by their words. ---- */

static unsigned
place(const char *at, size_t len)
{
	unsigned first = (unsigned char)fold(at[0]), last = (unsigned char)fold(at[len - 1]);

	return (unsigned)(first * 7 + last * 3 + len) % NG_INDEX_HEADS;
}

void
ng_index_add(struct ng_index *x, const char *word, unsigned row)
{
	size_t len = strlen(word);
	uint8_t *link;

	assert(row < NG_INDEX_ROWS);
	if (len == 0)
		return;
	for (link = &x->head[place(word, len)]; *link != 0; link = &x->next[*link - 1])
		;
	*link = (uint8_t)(row + 1);
	x->word[row] = word;
}

int
ng_index_find(const struct ng_index *x, struct slice s)
{
	unsigned at = s.len > 0 ? x->head[place(s.at, s.len)] : 0;

	while (at != 0 && !ng_word_is(s, x->word[at - 1]))
		at = x->next[at - 1];
	return (int)at - 1;
}

const struct ng_word *
ng_word_find(const struct ng_word *words, struct slice s)
{
	for (; words->word != NULL; words++)
		if (ng_word_is(s, words->word))
			return words;
	return NULL;
}

static bool
is_twice(struct slice s, size_t i, char c)
{
	return i + 1 < s.len && s.at[i] == c && s.at[i + 1] == c;
}

struct slice
ng_unescape(struct arena *a, struct slice s)
{
	size_t first = 0, len = 0;
	char *to;

	while (first < s.len && !is_twice(s, first, '-') && !is_twice(s, first, '.'))
		first++;
	if (first == s.len)
		return s;
	if ((to = arena_take(a, s.len)) == NULL)
		return (struct slice){NULL, 0};
	for (size_t i = 0; i < s.len; i++) {
		bool equals = is_twice(s, i, '-'), space = is_twice(s, i, '.');

		to[len++] = equals ? '=' : space ? ' ' : s.at[i];
		i += equals || space;
	}
	return (struct slice){to, len};
}

/* There is room for a power of two of them, so that the next one needs some when there are
 * just as many. */
void *
ng_more(struct arena *a, const void *at, size_t n, size_t size)
{
	void *more;

	if ((n & (n - 1)) != 0)
		return (void *)(uintptr_t)at;
	if ((more = arena_array(a, n > 0 ? 2 * n : 1, size)) != NULL && n > 0)
		memcpy(more, at, n * size);
	return more;
}

int
ng_list_add(struct arena *a, struct ng_list *l, struct slice s)
{
	struct slice *all = ng_more(a, l->at, l->n, sizeof *all);

	if (all == NULL)
		return -ENOMEM;
	all[l->n++] = s;
	l->at = all;
	return 0;
}
