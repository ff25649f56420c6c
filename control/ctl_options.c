/* SPDX-License-Identifier: Apache-2.0
 *
 * See ctl_options.h. */
#include "control/ctl_options.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "control/ctl_leg.h"
#include "control/nearest.h"

enum {
	ARGUMENTS = 2, /* rpc METHOD JSON */
	NAMES = 32,
};

/* The command line while it is read. */
struct reader {
	struct ctl_options *o;
	const char *argument[ARGUMENTS];
	unsigned arguments;
	bool has_command; /* o->words is a whole command */
	bool has_options; /* some of its own were given */
	bool has_all;     /* one of them: --json, which means all parameters */
	const char *instance, *socket;
};

static int wrong(struct ctl_options *o, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static int
wrong(struct ctl_options *o, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(o->error, sizeof o->error, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static const struct ctl_option *
find(const struct ctl_option *options, const char *name)
{
	for (; options != NULL && options->name != NULL; options++)
		if (strcmp(options->name, name) == 0)
			return options;
	return NULL;
}

/* Rows of the same words have the same options. */
static const struct ctl_option *
own_options(const struct reader *r)
{
	return r->has_command ? ctl_command_find(r->o->words, false)->options : NULL;
}

static int
unknown_option(struct reader *r, const char *name)
{
	const char *names[NAMES] = {NULL};
	const struct ctl_option *tables[] = {ctl_options_all, own_options(r)};
	const char *near;
	size_t n = 0;

	for (size_t t = 0; t < 2; t++)
		for (const struct ctl_option *o = tables[t]; o != NULL && o->name != NULL; o++)
			if (n < NAMES - 1)
				names[n++] = o->name;
	near = nearest(name, names);
	return wrong(r->o, "%s has no option %s%s%s%s",
		r->has_command ? r->o->words : "strowger-ctl", name,
		near != NULL ? "; did you mean " : "", near != NULL ? near : "",
		near != NULL ? "?" : "");
}

static int
take_all_params(struct ctl_options *o, const char *text)
{
	json_error_t e;

	json_decref(o->params);
	o->params = NULL;
	if (strcmp(text, "-") == 0)
		return 0;
	o->params = json_loads(text, JSON_REJECT_DUPLICATES, &e);
	if (!json_is_object(o->params) && !json_is_array(o->params))
		return wrong(o,
			"the parameters are no JSON object: something is wrong at byte %d; a "
			"shell takes them in single quotes, '{\"call\": \"ID\"}'",
			e.position);
	return 0;
}

/* TEXT, which is a whole number or any.  NULL: it is none. */
static json_t *
number(enum rpc_type type, const char *text)
{
	char *end;
	json_t *v;

	errno = 0;
	v = type == RPC_INT ? json_integer(strtoll(text, &end, 10))
			    : json_real(strtod(text, &end));
	if (v != NULL && errno != ERANGE && end != text && *end == '\0')
		return v;
	json_decref(v);
	return NULL;
}

/* VALUE as OPTION takes it.  NULL: O->error. */
static json_t *
value_of(struct ctl_options *o, const struct ctl_option *option, const char *value)
{
	json_t *v;

	switch (option->type) {
	case RPC_BOOL:
		return json_true();
	case RPC_INT:
	case RPC_NUMBER:
		v = number(option->type, value);
		if (v == NULL)
			wrong(o, "%s takes a number, not \"%s\"", option->name, value);
		return v;
	case RPC_OBJECT:
		return ctl_leg_parse(value, o->error, sizeof o->error);
	default:
		v = json_string(value);
		if (v == NULL)
			wrong(o, "%s takes text in UTF-8", option->name);
		return v;
	}
}

/* Set the parameter that OPTION means to VALUE. */
static int
take_own(struct ctl_options *o, const struct ctl_option *option, const char *value)
{
	const bool many = option->type == RPC_ARRAY || option->type == RPC_OBJECT;
	json_t *v, *list;

	if (option->param == NULL && option->type == RPC_OBJECT)
		return take_all_params(o, value);
	v = value_of(o, option, value);
	if (v == NULL)
		return -EINVAL;
	list = json_object_get(o->params, option->param);
	if (many && list != NULL)
		return json_array_append_new(list, v) == 0 ? 0 : -EINVAL;
	if (many)
		v = json_pack("[o]", v);
	return json_object_set_new(o->params, option->param, v) == 0 ? 0 : -EINVAL;
}

/* Set the parameter that the command's argument is to TEXT. */
static int
take_argument(struct ctl_options *o, const char *text)
{
	const struct ctl_command *c = o->command;
	json_t *v = c->takes == RPC_INT ? number(RPC_INT, text) : json_string(text);

	if (v == NULL)
		return wrong(o, "%s takes %s, not \"%s\"", c->words,
			c->takes == RPC_INT ? "a number" : "text in UTF-8", text);
	return json_object_set_new(o->params, c->param, v) == 0 ? 0 : -EINVAL;
}

/* Options that say yes to something of struct ctl_options. */
static const struct flag {
	const char *name;
	size_t at;
} flags[] = {
	{"-j", offsetof(struct ctl_options, json)},
	{"--all", offsetof(struct ctl_options, all)},
	{"--help", offsetof(struct ctl_options, help)},
	{"--version", offsetof(struct ctl_options, version)},
};

static int
take_common(struct reader *r, const struct ctl_option *option, const char *value)
{
	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
		if (strcmp(flags[i].name, option->name) == 0)
			*(bool *)((char *)r->o + flags[i].at) = true;
	if (strcmp(option->name, "--instance") == 0)
		r->instance = value;
	if (strcmp(option->name, "--socket") == 0)
		r->socket = value;
	if (strcmp(option->name, "-o") == 0)
		r->o->output = value;
	if (strcmp(option->name, "--print-completion") == 0)
		r->o->shell = value;
	return 0;
}

/* ARG begins with '-'; NEXT stands behind it (NULL: nothing).  0; 1: NEXT is its value. */
static int
take_option(struct reader *r, const char *arg, const char *next)
{
	const char *equals = strchr(arg, '='), *value;
	const struct ctl_option *option;
	char name[40];
	int bad;

	snprintf(name, sizeof name, "%.*s",
		equals != NULL ? (int)(equals - arg) : (int)strlen(arg), arg);
	option = find(own_options(r), name);
	if (option == NULL)
		option = find(ctl_options_all, name);
	if (option == NULL)
		return unknown_option(r, name);
	if (option->value == NULL && equals != NULL)
		return wrong(r->o, "%s takes no value", name);
	value = equals != NULL ? equals + 1 : next;
	if (option->value != NULL && value == NULL)
		return wrong(r->o, "%s needs a value: %s %s", name, name, option->value);
	if (option->param == NULL && option->type != RPC_OBJECT) {
		bad = take_common(r, option, value);
	} else if (r->has_all || (r->has_options && option->param == NULL)) {
		bad = wrong(r->o,
			"--json means all parameters: no other option of %s goes with it",
			r->o->words);
	} else {
		r->has_options = true;
		r->has_all = option->param == NULL;
		bad = take_own(r->o, option, value);
	}
	return bad != 0 ? bad : option->value != NULL && equals == NULL;
}

/* A word of the command, or an argument of it. */
static int
take_word(struct reader *r, const char *word)
{
	struct ctl_options *o = r->o;
	const char *near;
	size_t len = strlen(o->words);

	if (r->has_command) {
		if (r->arguments == ARGUMENTS)
			return wrong(o, "%s: too many arguments", o->words);
		r->argument[r->arguments++] = word;
		return 0;
	}
	snprintf(o->words + len, sizeof o->words - len, "%s%.20s", len > 0 ? " " : "", word);
	r->has_command = ctl_command_find(o->words, true) != NULL;
	if (r->has_command || ctl_command_begins(o->words))
		return 0;
	near = ctl_command_nearest(o->words);
	return wrong(o, "there is no command \"%s\"%s%s%s", o->words,
		near != NULL ? "; did you mean " : "; --help lists them",
		near != NULL ? near : "", near != NULL ? "?" : "");
}

static int
set_socket(struct reader *r)
{
	struct ctl_options *o = r->o;
	const char *instance = r->instance != NULL ? r->instance : "default";
	int n;

	if (instance[0] == '\0' || strchr(instance, '/') != NULL)
		return wrong(o, "--instance takes a name; a path goes with --socket");
	o->this_socket = r->socket != NULL;
	if (r->socket != NULL)
		n = snprintf(o->socket, sizeof o->socket, "%s", r->socket);
	else
		n = snprintf(
			o->socket, sizeof o->socket, "/run/strowger/%s/admin.sock", instance);
	if ((size_t)n >= sizeof o->socket)
		return wrong(o, "the path of the socket is too long: at most %zu bytes",
			sizeof o->socket - 1);
	return 0;
}

/* All is read: does it make a whole? */
static int
finish(struct reader *r)
{
	struct ctl_options *o = r->o;
	const struct ctl_command *c;

	if (o->shell != NULL && strcmp(o->shell, "bash") != 0)
		return wrong(o, "--print-completion knows bash, not \"%s\"", o->shell);
	if (o->help || o->version || o->shell != NULL)
		return 0;
	if (o->words[0] == '\0')
		return wrong(o, "no command; --help lists them");
	if (!r->has_command)
		return wrong(o, "%s what? See strowger-ctl %s --help", o->words, o->words);
	c = o->command = ctl_command_find(o->words, r->arguments > 0);
	if (r->arguments < (c->argument != NULL))
		return wrong(o, "%s needs %s", c->words, c->argument);
	if (r->arguments > (c->argument == NULL ? 0u : c->method == NULL ? 2u : 1u))
		return wrong(o, "%s takes %s%s", c->words, c->argument != NULL ? "only " : "",
			c->argument != NULL ? c->argument : "no arguments");
	o->method = c->method != NULL ? c->method : r->argument[0];
	if (c->param != NULL && r->has_all)
		return wrong(o, "--json means all parameters: %s takes no %s with it",
			c->words, c->argument);
	if (c->param != NULL && take_argument(o, r->argument[0]) != 0)
		return -EINVAL;
	if (r->arguments == 2)
		return take_all_params(o, r->argument[1]);
	if (c->stdin_params && !r->has_options) {
		json_decref(o->params);
		o->params = NULL;
	}
	return 0;
}

int
ctl_options_parse(struct ctl_options *o, int argc, char *const *argv)
{
	struct reader r = {.o = o};
	bool words_only = false;
	int taken = 0;

	*o = (struct ctl_options){.params = json_object()};
	for (int i = 1; i < argc && taken >= 0; i += 1 + taken) {
		const char *arg = argv[i];

		taken = 0;
		if (words_only || arg[0] != '-' || arg[1] == '\0')
			taken = take_word(&r, arg);
		else if (strcmp(arg, "--") == 0)
			words_only = true;
		else
			taken = take_option(&r, arg, i + 1 < argc ? argv[i + 1] : NULL);
	}
	if (taken < 0)
		return taken;
	taken = finish(&r);
	return taken != 0 ? taken : set_socket(&r);
}

void
ctl_options_fini(struct ctl_options *o)
{
	json_decref(o->params);
	o->params = NULL;
}
