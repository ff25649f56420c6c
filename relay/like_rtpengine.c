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

	if (l->n_lines == LIKE_LINES)
		return like_say(l, key, "is there too often");
	snprintf(line->section, sizeof line->section, "%s", section);
	snprintf(line->key, sizeof line->key, "%s", key);
	va_start(args, format);
	vsnprintf(line->value, sizeof line->value, format, args);
	va_end(args);
	l->n_lines++;
	return 0;
}

/* ---- What is given. ---- */

/* The last value that O was given; NULL: it was not. */
static struct like_given *
given(struct like *l, const struct like_option *o)
{
	for (unsigned i = l->n_given; i > 0; i--)
		if (l->given[i - 1].option == o)
			return &l->given[i - 1];
	return NULL;
}

static int
give(struct like *l, const struct like_option *o, char *value)
{
	struct like_given *before = o->takes != LIKE_VALUES ? given(l, o) : NULL;

	if (before != NULL) {
		before->value = value;
		return 0;
	}
	if (l->n_given == LIKE_GIVEN)
		return like_say(l, o->name, "too many options");
	l->given[l->n_given++] = (struct like_given){o, value};
	return 0;
}

/* What is most like WORD; NULL. */
static const char *
meant(const char *word)
{
	const char *names[256];
	size_t n = 0;

	for (const struct like_option *o = NULL;
		(o = like_option_next(o)) != NULL && n + 1 < sizeof names / sizeof *names;)
		names[n++] = o->name;
	names[n] = NULL;
	return nearest(word, names);
}

static int
unknown(const struct like *l, const char *word)
{
	const char *near = meant(word);

	return like_say(l, word, "neither rtpengine nor strowger has such an option%s%s%s",
		near != NULL ? "; did you mean --" : "", near != NULL ? near : "",
		near != NULL ? "?" : "");
}

/* The same of a KEY of the file, which is left out. */
static void
unknown_key(const struct like *l, const char *key)
{
	const char *near = meant(key);

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
		return unknown(l, word);
	if (o->takes == LIKE_FLAG)
		return word[len] == '='        ? like_say(l, word, "takes no value")
		       : give(l, o, NULL) != 0 ? -EINVAL
					       : 1;
	if (value == NULL)
		return like_say(l, word, "lacks its value");
	if (give(l, o, value) != 0)
		return -EINVAL;
	return word[len] == '=' ? 1 : 2;
}

/* "-Ef", "-n2223", or "-n" and NEXT. */
static int
short_options(struct like *l, char *letters, char *next)
{
	for (; *letters != '\0'; letters++) {
		const struct like_option *o = like_option_letter(*letters);

		if (o == NULL)
			return unknown(l, letters);
		if (o->takes != LIKE_FLAG && letters[1] != '\0')
			return give(l, o, letters + 1) != 0 ? -EINVAL : 1;
		if (o->takes != LIKE_FLAG && next == NULL)
			return like_say(l, o->name, "lacks its value");
		if (give(l, o, o->takes != LIKE_FLAG ? next : NULL) != 0)
			return -EINVAL;
		if (o->takes != LIKE_FLAG)
			return 2;
	}
	return 1;
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
			n = like_say(l, *argv, "is not an option");
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
	const struct like_given *g = given(l, like_option_find(name, strlen(name)));

	return g != NULL ? g->value : NULL;
}

/* Several values are parted by semicolons. */
static int
give_several(struct like *l, const struct like_option *o, char *values)
{
	char *rest = NULL;

	for (char *one = strtok_r(values, ";", &rest); one != NULL;
		one = strtok_r(NULL, ";", &rest))
		if (give(l, o, trim(one)) != 0)
			return -EINVAL;
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
	g = given(l, o);
	if (g != NULL && g < l->given + before)
		return 0;
	value = trim(value + 1);
	if (o->takes == LIKE_VALUES)
		return give_several(l, o, value);
	if (o->takes == LIKE_VALUE)
		return give(l, o, value);
	return is_true(value) ? give(l, o, NULL) : 0;
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
	for (unsigned i = 0; i < l->n_given; i++) {
		const struct like_option *o = l->given[i].option;

		if (o->take == NULL && o->why != NULL)
			like_say(l, o->name, "left out: %s", o->why);
		else if (o->take != NULL && o->take(l, o, l->given[i].value) != 0)
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
	if (given(l, like_option_letter('f')) == NULL)
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
