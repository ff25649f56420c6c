/* SPDX-License-Identifier: Apache-2.0
 *
 * Which options of rtpengine's are given, by the words of a command line.  See
 * like_rtpengine_inside.h. */
#include <errno.h>
#include <string.h>

#include "control/nearest.h"
#include "relay/like_rtpengine_inside.h"

struct like_given *
like_given_find(struct like *l, const char *name, size_t len)
{
	for (unsigned i = l->n_given; i > 0; i--) {
		struct like_given *g = &l->given[i - 1];

		if (g->len == len && memcmp(g->name, name, len) == 0)
			return g;
	}
	return NULL;
}

int
like_give(struct like *l, struct like_given new)
{
	struct like_given *before = new.option->takes != LIKE_VALUES
					    ? like_given_find(l, new.name, new.len)
					    : NULL;

	if (before != NULL) {
		before->value = new.value;
		return 0;
	}
	if (l->n_given == LIKE_GIVEN)
		return like_say(l, new.option->name, "too many options");
	l->given[l->n_given++] = new;
	return 0;
}

const char *
like_meant(const char *word, size_t len)
{
	const char *names[256];
	char name[LIKE_TEXT];
	size_t n = 0;

	for (const struct like_option *o = NULL;
		(o = like_option_next(o)) != NULL && n + 1 < sizeof names / sizeof *names;)
		names[n++] = o->name;
	names[n] = NULL;
	snprintf(name, sizeof name, "%.*s", (int)len, word);
	return nearest(name, names);
}

/* LEN bytes of WORD name one, with DASHES in front. */
static int
unknown(const struct like *l, const char *dashes, const char *word, size_t len)
{
	const char *near = like_meant(word, len);

	fprintf(l->said,
		"strowger: %s%.*s: neither rtpengine nor strowger has such an option%s%s%s\n",
		dashes, (int)len, word, near != NULL ? "; did you mean --" : "",
		near != NULL ? near : "", near != NULL ? "?" : "");
	return -EINVAL;
}

/* "--name", "--name=value", or "--name" and NEXT.  How many words it took; -EINVAL. */
static int
long_option(struct like *l, char *word, char *next)
{
	size_t len = strcspn(word, "=");
	const struct like_option *o = like_option_find(word, len);
	char *value = word[len] == '=' ? word + len + 1 : next;

	if (o == NULL)
		return unknown(l, "--", word, len);
	if (o->takes == LIKE_FLAG && word[len] == '=')
		return like_say(l, word, "takes no value");
	if (o->takes != LIKE_FLAG && value == NULL)
		return like_say(l, word, "lacks its value");
	if (like_give(l, (struct like_given){
				 o, word, len, o->takes != LIKE_FLAG ? value : NULL}) != 0)
		return -EINVAL;
	return o->takes == LIKE_FLAG || word[len] == '=' ? 1 : 2;
}

/* "-Ef", "-n2223", or "-n" and NEXT. */
static int
short_options(struct like *l, char *letters, char *next)
{
	for (; *letters != '\0'; letters++) {
		const struct like_option *o = like_option_letter(*letters);
		bool within = letters[1] != '\0'; /* its value, if it takes one */
		char *value = within ? letters + 1 : next;

		if (o == NULL)
			return unknown(l, "-", letters, 1);
		if (o->takes != LIKE_FLAG && value == NULL)
			return like_say(l, o->name, "lacks its value");
		if (like_give(l, (struct like_given){o, o->name, strlen(o->name),
					 o->takes != LIKE_FLAG ? value : NULL}) != 0)
			return -EINVAL;
		if (o->takes != LIKE_FLAG)
			return within ? 1 : 2;
	}
	return 1;
}

static int
stray(const struct like *l, const char *word)
{
	fprintf(l->said, "strowger: '%s' is not an option\n", word);
	return -EINVAL;
}

int
like_read_words(struct like *l, char **argv)
{
	int n;

	for (; *argv != NULL; argv += n) {
		if (strncmp(*argv, "--", 2) == 0 && (*argv)[2] != '\0')
			n = long_option(l, *argv + 2, argv[1]);
		else if ((*argv)[0] == '-' && (*argv)[1] != '\0' && (*argv)[1] != '-')
			n = short_options(l, *argv + 1, argv[1]);
		else
			n = stray(l, *argv);
		if (n < 0)
			return n;
	}
	return 0;
}
