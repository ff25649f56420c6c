/* SPDX-License-Identifier: Apache-2.0
 *
 * The configuration file of rtpengine's that a command line names, or that is where it looks
 * for one.  See like_rtpengine_inside.h. */
#include <errno.h>
#include <string.h>

#include "relay/like_rtpengine_inside.h"

static const char default_file[] = "/etc/rtpengine/rtpengine.conf";

/* KEY is left out. */
static void
unknown_key(const struct like *l, const char *key)
{
	const char *near = like_meant(key, strlen(key));

	fprintf(l->said,
		"strowger: %s: '%s' is left out: neither rtpengine nor strowger knows it%s%s%s\n",
		l->file, key, near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
		near != NULL ? "'?" : "");
}

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
	const struct like_given *g = like_given_find(l, name, strlen(name));

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
		if (like_give(l, new) != 0)
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
	g = like_given_find(l, text, len);
	if (g != NULL && g < l->given + before)
		return 0;
	new = (struct like_given){o, text, len, trim(value + 1)};
	if (o->takes == LIKE_VALUES)
		return give_several(l, new);
	if (o->takes == LIKE_FLAG && !is_true(new.value))
		return 0;
	if (o->takes == LIKE_FLAG)
		new.value = NULL;
	return like_give(l, new);
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

int
like_read_file(struct like *l, char **text, char **copy)
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

/* ---- Interfaces. ---- */

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

int
like_take_interfaces(struct like *l, char *text)
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
