/* SPDX-License-Identifier: Apache-2.0
 *
 * See like_rtpengine.h.  The command line comes first, then the file, of which counts what the
 * command line has not said. */
#include "relay/like_rtpengine.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "control/nearest.h"
#include "relay/config_keys.h"
#include "relay/like_rtpengine_inside.h"

static const char default_file[] = "/etc/rtpengine/rtpengine.conf";

int
like_say(const struct like *l, const char *option, const char *format, ...)
{
	va_list args;

	fprintf(l->said, "strowger: %s%s: ", option[0] == '-' ? "" : "--", option);
	va_start(args, format);
	vfprintf(l->said, format, args);
	va_end(args);
	fputc('\n', l->said);
	return -EINVAL;
}

int
like_put(struct like *l, const char *section, const char *key, const char *format, ...)
{
	struct like_line *line = &l->line[l->n_lines];
	va_list args;
	int len;

	if (l->n_lines == LIKE_LINES)
		return like_say(l, key, "is there too often");
	snprintf(line->section, sizeof line->section, "%s", section);
	snprintf(line->key, sizeof line->key, "%s", key);
	va_start(args, format);
	len = vsnprintf(line->value, sizeof line->value, format, args);
	va_end(args);
	if (len >= LIKE_TEXT) {
		fprintf(l->said, "strowger: [%s] %s is too long: %d characters, %d fit\n",
			section, key, len, LIKE_TEXT - 1);
		return -EINVAL;
	}
	l->n_lines++;
	return 0;
}

/* ---- What is given. ---- */

/* What the option of NAME was given last; NULL: it was not.  One row stands for several names.
 */
static struct like_given *
given(struct like *l, const char *name, size_t len)
{
	for (unsigned i = l->n_given; i > 0; i--) {
		struct like_given *g = &l->given[i - 1];

		if (g->len == len && memcmp(g->name, name, len) == 0)
			return g;
	}
	return NULL;
}

/* NEW stays what it points to. */
static int
give(struct like *l, struct like_given new)
{
	struct like_given *before =
		new.option->takes != LIKE_VALUES ? given(l, new.name, new.len) : NULL;

	if (before != NULL) {
		before->value = new.value;
		return 0;
	}
	if (l->n_given == LIKE_GIVEN)
		return like_say(l, new.option->name, "too many options");
	l->given[l->n_given++] = new;
	return 0;
}

/* What is most like the LEN bytes of WORD; NULL. */
static const char *
meant(const char *word, size_t len)
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
	const char *near = meant(word, len);

	fprintf(l->said,
		"strowger: %s%.*s: neither rtpengine nor strowger has such an option%s%s%s\n",
		dashes, (int)len, word, near != NULL ? "; did you mean --" : "",
		near != NULL ? near : "", near != NULL ? "?" : "");
	return -EINVAL;
}

/* The same of a KEY of the file, which is left out. */
static void
unknown_key(const struct like *l, const char *key)
{
	const char *near = meant(key, strlen(key));

	fprintf(l->said,
		"strowger: %s: '%s' is left out: neither rtpengine nor strowger knows it%s%s%s\n",
		l->file, key, near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
		near != NULL ? "'?" : "");
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
	if (give(l, (struct like_given){o, word, len, o->takes != LIKE_FLAG ? value : NULL}) !=
		0)
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
		if (give(l, (struct like_given){o, o->name, strlen(o->name),
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

static int
read_words(struct like *l, char **argv)
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

/* ---- The file. ---- */

static char *
trim(char *text)
{
	size_t len;

	text += strspn(text, " \t");
	len = strlen(text);
	while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
		text[--len] = '\0';
	return text;
}

/* The value that option NAME was given; NULL: none. */
static const char *
value_of(struct like *l, const char *name)
{
	const struct like_given *g = given(l, name, strlen(name));

	return g != NULL ? g->value : NULL;
}

/* Several values, those of NEW, are parted by semicolons. */
static int
give_several(struct like *l, struct like_given new)
{
	char *values = new.value, *rest = NULL;

	for (char *one = strtok_r(values, ";", &rest); one != NULL;
		one = strtok_r(NULL, ";", &rest)) {
		new.value = trim(one);
		if (give(l, new) != 0)
			return -EINVAL;
	}
	return 0;
}

static bool
is_true(const char *value)
{
	return strcmp(value, "true") == 0 || strcmp(value, "yes") == 0 ||
	       strcmp(value, "1") == 0;
}

/* BEFORE: so many options are from the command line. */
static int
take_line(struct like *l, unsigned before, char *text)
{
	size_t len = strcspn(text, "= \t");
	const struct like_option *o = like_option_find(text, len);
	char *value = strchr(text, '=');
	const struct like_given *g;
	struct like_given new;

	/* rtpengine reads what it knows of a file, and that of any version of it. */
	if (value == NULL || o == NULL) {
		text[len] = '\0';
		if (o == NULL)
			unknown_key(l, text);
		else
			fprintf(l->said,
				"strowger: %s: '%s' is left out: it stands there without = and a "
				"value\n",
				l->file, text);
		return 0;
	}
	g = given(l, text, len);
	if (g != NULL && g < l->given + before)
		return 0;
	new = (struct like_given){o, text, len, trim(value + 1)};
	if (o->takes == LIKE_VALUES)
		return give_several(l, new);
	if (o->takes == LIKE_FLAG && !is_true(new.value))
		return 0;
	if (o->takes == LIKE_FLAG)
		new.value = NULL;
	return give(l, new);
}

/* The next line of the file that says something; REST is strtok_r()'s. */
static char *
next_line(char *text, char **rest)
{
	char *line;

	while ((line = strtok_r(text, "\n", rest)) != NULL) {
		text = NULL;
		line = trim(line);
		if (line[0] != '\0' && line[0] != '#')
			return line;
	}
	return NULL;
}

/* TEXT stays the options' memory. */
static int
take_text(struct like *l, char *text)
{
	const char *section = value_of(l, "config-section");
	const char *wanted = section != NULL ? section : "rtpengine";
	unsigned before = l->n_given;
	bool within = false;
	char *rest = NULL;

	for (char *line = next_line(text, &rest); line != NULL;
		line = next_line(NULL, &rest)) {
		if (line[0] == '[')
			within = strncmp(line + 1, wanted, strlen(wanted)) == 0 &&
				 line[1 + strlen(wanted)] == ']';
		else if (within && take_line(l, before, line) != 0)
			return -EINVAL;
	}
	return 0;
}

/* "KEY = VALUE" of an interface's section. */
static void
take_interface_line(const struct like *l, struct like_section *s, char *text)
{
	const struct {
		const char *key;
		const char **value;
	} keys[] = {
		{"name", &s->name},
		{"address", &s->address},
		{"advertised", &s->advertised},
		{"advertised address", &s->advertised},
		{"advertised-address", &s->advertised},
		{"advertised_address", &s->advertised},
		{"alias", &s->alias},
		{"port-min", &s->port_min},
		{"port-max", &s->port_max},
	};
	char *value = strchr(text, '=');

	if (value != NULL)
		*value++ = '\0';
	text = trim(text);
	for (size_t i = 0; value != NULL && i < sizeof keys / sizeof *keys; i++)
		if (strcmp(text, keys[i].key) == 0) {
			*keys[i].value = trim(value);
			return;
		}
	like_say(l, "--interfaces-config",
		"left out: %s of %s; its ports are port-min to port-max", text, s->name);
}

/* The name behind PREFIX- in "[PREFIX-NAME]"; NULL: LINE is another section. */
static const char *
interface_of(char *line, const char *prefix)
{
	size_t len = strlen(prefix);

	if (strncmp(line + 1, prefix, len) != 0 || line[1 + len] != '-')
		return NULL;
	line += 2 + len;
	line[strcspn(line, "]")] = '\0';
	return line;
}

/* Interfaces that are sections of the file, TEXT, stand behind those of --interface. */
static int
take_interfaces(struct like *l, char *text)
{
	const char *prefix = value_of(l, "interfaces-config");
	struct like_section s = {0};
	char *rest = NULL;

	if (prefix == NULL || text == NULL)
		return 0;
	for (char *line = next_line(text, &rest); line != NULL;
		line = next_line(NULL, &rest)) {
		if (line[0] == '[') {
			if (s.name != NULL && like_interface_add_section(l, &s) != 0)
				return -EINVAL;
			s = (struct like_section){.name = interface_of(line, prefix)};
		} else if (s.name != NULL) {
			take_interface_line(l, &s, line);
		}
	}
	return s.name != NULL ? like_interface_add_section(l, &s) : 0;
}

/* That nobody named need not be there.  TEXT, and a COPY of it for the sections of interfaces,
 * are to be released. */
static int
read_file(struct like *l, char **text, char **copy)
{
	const char *named = value_of(l, "config-file");
	const char *path = named != NULL ? named : default_file;
	size_t size = 0;
	FILE *f;
	ssize_t len;

	if (strcmp(path, "none") == 0)
		return 0;
	if ((f = fopen(path, "re")) == NULL)
		return named == NULL && errno == ENOENT
			       ? 0
			       : like_say(l, "--config-file", "%s: %s", path, strerror(errno));
	len = getdelim(text, &size, '\0', f);
	fclose(f);
	if (named == NULL)
		fprintf(l->said,
			"strowger: read %s, too, as rtpengine does; "
			"--config-file=none does not\n",
			path);
	if (len <= 0)
		return 0;
	if ((*copy = strdup(*text)) == NULL)
		return -ENOMEM;
	l->file = path;
	return take_text(l, *text);
}

/* ---- What becomes of it. ---- */

static int
take_all(struct like *l)
{
	for (const struct like_given *g = l->given; g < l->given + l->n_given; g++) {
		const struct like_option *o = g->option;

		if (o->take == NULL && o->why != NULL)
			fprintf(l->said, "strowger: --%.*s: left out: %s\n", (int)g->len,
				g->name, o->why);
		else if (o->take != NULL && o->take(l, o, g->value) != 0)
			return -EINVAL;
	}
	return 0;
}

static bool
has(const struct like *l, const char *section, const char *key)
{
	for (unsigned i = 0; i < l->n_lines; i++)
		if (strcmp(l->line[i].section, section) == 0 &&
			strcmp(l->line[i].key, key) == 0)
			return true;
	return false;
}

/* Where rtpengine's differ from ours. */
static int
put_defaults(struct like *l)
{
	static const struct like_line defaults[] = {
		{"timeouts", "setup", "3600s"},
		{"timeouts", "hold", "3600s"},
	};

	for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
		if (!has(l, defaults[i].section, defaults[i].key) &&
			like_put(l, defaults[i].section, defaults[i].key, "%s",
				defaults[i].value) != 0)
			return -EINVAL;
	return 0;
}

static int
check(struct like *l)
{
	if (l->over)
		return 0;
	if (l->n_places == 0)
		return like_say(l, "--interface", "is missing");
	if (!has(l, "ng", "listen") && !has(l, "ng", "listen_tcp") && !has(l, "ng", "http"))
		return like_say(l, "--listen-ng", "is missing");
	if (l->port_min >= l->port_max)
		return like_say(l, "--port-min", "must be less than --port-max");
	if (given(l, "foreground", strlen("foreground")) == NULL)
		like_say(l, "--foreground", "so it is in any case");
	if (l->remote && !l->allowed)
		like_say(l, "--allow",
			"only this host may ask over NG, which has no passwords; "
			"--allow=NETWORK lets others");
	return 0;
}

static void
write_config(const struct like *l, FILE *to)
{
	fputs("# Made of a command line of rtpengine's.\n", to);
	for (const struct config_section *s = config_sections;
		s < config_sections + CONFIG_SECTIONS; s++) {
		bool begun = false;

		for (unsigned j = 0; j < l->n_lines; j++) {
			if (strcmp(l->line[j].section, s->name) != 0)
				continue;
			if (!begun)
				fprintf(to, "\n[%s]\n", s->name);
			begun = true;
			fprintf(to, "%s = %s\n", l->line[j].key, l->line[j].value);
		}
	}
	like_interfaces_print(l, to);
}

int
like_rtpengine(struct like_rtpengine *result, char **argv, FILE *to, FILE *said)
{
	struct like *l = calloc(1, sizeof *l);
	char *text = NULL, *copy = NULL;
	int err = -ENOMEM;

	*result = (struct like_rtpengine){0};
	if (l == NULL)
		return err;
	l->said = said;
	l->result = result;
	l->port_min = 30000;
	l->port_max = 40000;
	if ((err = read_words(l, argv)) == 0 && (err = read_file(l, &text, &copy)) == 0 &&
		(err = take_all(l)) == 0 && (err = take_interfaces(l, copy)) == 0 &&
		(err = like_interfaces_end(l)) == 0 && (err = put_defaults(l)) == 0 &&
		(err = check(l)) == 0)
		write_config(l, to);
	free(text);
	free(copy);
	free(l);
	return err;
}
