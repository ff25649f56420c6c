/* SPDX-License-Identifier: Apache-2.0
 *
 * The parser that reads a configuration file by the table of keys:
 *
 *     [section]           [interface NAME], once an interface
 *     key = value         # or ; begins a comment, at the start of a line or behind a blank
 *
 * An unknown section or key, a key or section said twice, and a value out of its range are
 * errors. */
#include "relay/config_inside.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "control/nearest.h"
#include "relay/call_mesh.h"
#include "relay/config_keys.h"
#include "relay/config_type.h"

enum {
	LINE_MAX_LEN = 1023,
	FILE_MAX_LEN = 1 << 20,
};

/* Room in run_dir for the longest socket's name: a path in sockaddr_un ends at byte 108. */
static_assert(sizeof((struct config *)0)->run_dir + sizeof "/switch.sock" - 1 <= 108,
	"sockets in the run directory can be bound");

int
config_fail(struct config_parser *p, unsigned line, const char *fmt, ...)
{
	size_t used = 0;
	va_list ap;

	if (p->err_size == 0)
		return -EINVAL;
	p->err[0] = '\0';
	if (line != 0)
		used = (size_t)snprintf(p->err, p->err_size, "line %u: ", line);
	va_start(ap, fmt);
	if (used < p->err_size)
		vsnprintf(p->err + used, p->err_size - used, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

/* "; did you mean 'WORD'?", or nothing. */
static const char *
suggest(const char *word, const char *const *words, char *buf, size_t size)
{
	const char *near = nearest(word, words);

	buf[0] = '\0';
	if (near != NULL)
		snprintf(buf, size, "; did you mean '%s'?", near);
	return buf;
}

/* The section as the file names it: "[interface ext]". */
static const char *
section_title(const struct config_parser *p, char *buf, size_t size)
{
	if (p->section->named)
		snprintf(buf, size, "[%s %s]", p->section->name,
			((const struct config_interface *)p->fields)->name);
	else
		snprintf(buf, size, "[%s]", p->section->name);
	return buf;
}

static void
set_defaults(const char *section, void *fields)
{
	for (const struct config_key *k = config_keys; k < config_keys + CONFIG_KEYS; k++) {
		if (strcmp(k->section, section) == 0 && k->fallback[0] != '\0')
			k->type->set(k, (char *)fields + k->at, k->fallback);
	}
}

static int
unknown_key(struct config_parser *p, const char *name)
{
	const char *words[CONFIG_KEYS + 1];
	char title[80], hint[80];
	unsigned n = 0;

	for (unsigned i = 0; i < CONFIG_KEYS; i++) {
		if (strcmp(config_keys[i].section, p->section->name) == 0)
			words[n++] = config_keys[i].name;
	}
	words[n] = NULL;
	return config_fail(p, p->line, "unknown key '%.40s' in %s%s", name,
		section_title(p, title, sizeof title),
		suggest(name, words, hint, sizeof hint));
}

static int
set_key(struct config_parser *p, const char *name, const char *value)
{
	const struct config_key *k = config_keys;
	char title[80], takes[160];

	while (k < config_keys + CONFIG_KEYS &&
		(strcmp(k->section, p->section->name) != 0 || strcmp(k->name, name) != 0))
		k++;
	if (k == config_keys + CONFIG_KEYS)
		return unknown_key(p, name);
	if (p->key_line[k - config_keys] != 0 && !k->type->repeats)
		return config_fail(p, p->line, "%s has '%s' already, at line %u",
			section_title(p, title, sizeof title), name,
			p->key_line[k - config_keys]);
	if (p->key_line[k - config_keys] == 0)
		p->key_line[k - config_keys] = p->line;
	if (value[0] == '\0' && k->fallback[0] == '\0' && !k->required)
		return 0;

	config_type_takes(k, takes, sizeof takes);
	switch (value[0] == '\0' ? -EINVAL
				 : k->type->set(k, (char *)p->fields + k->at, value)) {
	case 0:
		return 0;
	case -EEXIST:
		return config_fail(p, p->line, "%s: '%.60s' is there twice", name, value);
	case -ENAMETOOLONG:
		return config_fail(p, p->line,
			"%s: '%.60s' is too long: %zu characters, %zu fit", name, value,
			strlen(value), k->room - 1);
	case -ENOSPC:
		return config_fail(
			p, p->line, "%s: no room for one more, '%.60s'", name, value);
	default:
		return config_fail(
			p, p->line, "%s: got '%.60s', expected %s", name, value, takes);
	}
}

/* What may be found missing only when the section is over. */
static int
end_section(struct config_parser *p)
{
	char title[80];

	if (p->section == NULL)
		return 0;
	for (unsigned i = 0; i < CONFIG_KEYS; i++) {
		if (config_keys[i].required &&
			strcmp(config_keys[i].section, p->section->name) == 0 &&
			p->key_line[i] == 0)
			return config_fail(p, p->section_line[p->section - config_sections],
				"%s lacks '%s', such as %s = %s",
				section_title(p, title, sizeof title), config_keys[i].name,
				config_keys[i].name, config_keys[i].example);
	}
	return 0;
}

static int
begin_interface(struct config_parser *p, const char *name)
{
	static const struct config_key key = {
		.type = &config_type_name,
		.room = sizeof((struct config_interface *)0)->name,
	};
	struct config *c = p->config;
	struct config_interface *it;

	if (c->interfaces == SW_DEVICES)
		return config_fail(p, p->line, "more than %d interfaces", SW_DEVICES);
	for (unsigned i = 0; i < c->interfaces; i++) {
		if (strcmp(c->interface[i].name, name) == 0)
			return config_fail(p, p->line,
				"[interface %s] is there already, at line %u", name,
				p->interface_line[i]);
	}
	it = &c->interface[c->interfaces];
	if (key.type->set(&key, it->name, name) != 0)
		return config_fail(p, p->line,
			"interface name: got '%.60s', expected %s, at most %zu of them", name,
			key.type->takes, key.room - 1);
	if (strcmp(name, CALL_MESH_INTERFACE) == 0)
		return config_fail(p, p->line,
			"interface name: %s is what legs in the mesh are on; choose another "
			"one",
			name);
	p->interface_line[c->interfaces++] = p->line;
	p->fields = it;
	p->key_line = it->line;
	set_defaults("interface", it);
	return 0;
}

static int
unknown_section(struct config_parser *p, const char *name)
{
	const char *words[CONFIG_SECTIONS + 1] = {NULL};
	char hint[80];

	for (unsigned i = 0; i < CONFIG_SECTIONS; i++)
		words[i] = config_sections[i].name;
	return config_fail(p, p->line, "unknown section [%.40s]%s", name,
		suggest(name, words, hint, sizeof hint));
}

/* TITLE is what stood between the brackets. */
static int
begin_section(struct config_parser *p, char *title)
{
	char *name = title + strcspn(title, " \t");
	const struct config_section *s = config_sections;
	int err = end_section(p);

	if (err != 0)
		return err;
	if (*name != '\0') {
		*name++ = '\0';
		name += strspn(name, " \t");
	}
	while (s < config_sections + CONFIG_SECTIONS && strcmp(s->name, title) != 0)
		s++;
	if (s == config_sections + CONFIG_SECTIONS)
		return unknown_section(p, title);
	if (s->named && *name == '\0')
		return config_fail(p, p->line, "[%s] needs a name: [%s NAME]", title, title);
	if (!s->named && *name != '\0')
		return config_fail(p, p->line, "[%s] takes no name, got '%.60s'", title, name);
	if (!s->named && p->section_line[s - config_sections] != 0)
		return config_fail(p, p->line, "[%s] is there already, at line %u", title,
			p->section_line[s - config_sections]);
	p->section = s;
	p->section_line[s - config_sections] = p->line;
	p->fields = p->config;
	p->key_line = p->config->line;
	return s->named ? begin_interface(p, name) : 0;
}

/* Cut the blanks at both ends off; where the text begins now. */
static char *
trim(char *text)
{
	size_t len;

	text += strspn(text, " \t\r");
	for (len = strlen(text); len > 0 && strchr(" \t\r", text[len - 1]) != NULL; len--)
		;
	text[len] = '\0';
	return text;
}

static void
cut_comment(char *text)
{
	for (char *at = text; *at != '\0'; at++) {
		if ((*at == '#' || *at == ';') &&
			(at == text || at[-1] == ' ' || at[-1] == '\t')) {
			*at = '\0';
			return;
		}
	}
}

/* TEXT is one line without its newline. */
static int
parse_line(struct config_parser *p, char *text)
{
	size_t len;
	char *value;

	cut_comment(text);
	text = trim(text);
	for (const char *at = text; *at != '\0'; at++) {
		if (!isprint((unsigned char)*at) && *at != '\t')
			return config_fail(p, p->line,
				"character 0x%02x is not printable ASCII", (unsigned char)*at);
	}
	if ((len = strlen(text)) == 0)
		return 0;
	if (text[0] == '[') {
		if (text[len - 1] != ']')
			return config_fail(p, p->line, "']' is missing at the end");
		text[len - 1] = '\0';
		return begin_section(p, trim(text + 1));
	}
	if ((value = strchr(text, '=')) == NULL)
		return config_fail(
			p, p->line, "got '%.60s', expected [section] or key = value", text);
	*value++ = '\0';
	text = trim(text);
	if (p->section == NULL)
		return config_fail(
			p, p->line, "'%.40s' stands before the first [section]", text);
	return set_key(p, text, trim(value));
}

static int
parse_lines(struct config_parser *p, const char *text, size_t len)
{
	while (len > 0) {
		const char *newline = memchr(text, '\n', len);
		size_t n = newline != NULL ? (size_t)(newline - text) : len;
		char line[LINE_MAX_LEN + 1];
		int err;

		p->line++;
		if (n > LINE_MAX_LEN)
			return config_fail(
				p, p->line, "longer than %d characters", LINE_MAX_LEN);
		if (memchr(text, '\0', n) != NULL)
			return config_fail(
				p, p->line, "a NUL character: is this a text file?");
		memcpy(line, text, n);
		line[n] = '\0';
		if ((err = parse_line(p, line)) != 0)
			return err;
		text += n;
		len -= n;
		if (newline != NULL) {
			text++;
			len--;
		}
	}
	return end_section(p);
}

int
config_parse(const char *text, size_t len, struct config *c, char *err, size_t size)
{
	struct config_parser p = {.config = c, .err = err, .err_size = size};
	int error;

	memset(c, 0, sizeof *c);
	for (unsigned i = 0; i < CONFIG_SECTIONS; i++) {
		if (!config_sections[i].named)
			set_defaults(config_sections[i].name, c);
	}
	if ((error = parse_lines(&p, text, len)) != 0)
		return error;
	return config_check(&p);
}

/* The whole of F as heap text.  NULL: errno. */
static char *
read_all(FILE *f, size_t *len)
{
	char *text = malloc(FILE_MAX_LEN + 1);

	if (text == NULL)
		return NULL;
	errno = EFBIG;
	*len = fread(text, 1, FILE_MAX_LEN + 1, f);
	if (!ferror(f) && *len <= FILE_MAX_LEN)
		return text;
	free(text);
	return NULL;
}

int
config_load(const char *path, struct config *c, char *err, size_t size)
{
	FILE *f = fopen(path, "re");
	char why[320], *text;
	size_t len;
	int error;

	if (f == NULL)
		goto unreadable;
	text = read_all(f, &len);
	fclose(f);
	if (text == NULL)
		goto unreadable;
	if ((error = config_parse(text, len, c, why, sizeof why)) != 0)
		snprintf(err, size, "%s: %s", path, why);
	free(text);
	return error;

unreadable:
	error = -errno;
	snprintf(err, size, "%s: %s%s", path, strerror(-error),
		error == -EACCES ? "; start strowger as root (sudo), or make the file readable"
				 : "");
	return error;
}

uint32_t
config_transports(const struct config *c)
{
	return c->call_limit * CONFIG_CALL_SLOTS;
}

uint32_t
config_record_blocks(const struct config *c)
{
	return c->call_limit * CONFIG_CALL_BLOCKS;
}
