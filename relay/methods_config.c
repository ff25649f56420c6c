/* SPDX-License-Identifier: Apache-2.0
 *
 * The methods about the configuration: what is in force and where it comes from, and reading
 * the file again.  No key of it is a secret. */
#include <stdio.h>
#include <string.h>

#include "control/log.h"
#include "relay/config.h"
#include "relay/config_text.h"
#include "relay/fields.h"
#include "relay/methods.h"
#include "relay/methods_inside.h"
#include "relay/node.h"
#include "relay/reload.h"

static const char *const origins[] = {"default", "file", "log.set", NULL};
static const char *const changes[] = {"reload", "restart strowger", "restart strowger-switch",
	"restart both", "stop both", NULL};

/* What another value of a key takes.  A helper has the switch's command line from the strowger
 * that forked it, so both are to be started again. */
static const char *
change_word(const struct node *n, enum config_effect effect)
{
	static const uint8_t words[] = {[CONFIG_AT_ONCE] = 0,
		[CONFIG_STROWGER] = 1,
		[CONFIG_SWITCH] = 2,
		[CONFIG_BOTH] = 4};
	bool by_helper = effect == CONFIG_SWITCH && node_starts_switch(n);

	return changes[by_helper ? 3 : words[effect]];
}

static void
put_text(json_t *o, const char *name, const char *text)
{
	if (text[0] != '\0')
		json_object_set_new(o, name, json_string(text));
}

/* "log", "interface external" */
static json_t *
section(const struct config_key *k, const char *interface)
{
	return interface == NULL ? json_string(k->section)
				 : json_sprintf("%s %s", k->section, interface);
}

/* ---- config.get ---- */

/* The running value, which for the log's keys log.set may have changed. */
static const char *
running(const struct config_key *k, const struct config *c, const struct config_interface *it,
	char *text)
{
	const struct {
		const void *field;
		uint8_t now;
	} set[] = {
		{&c->log_level, (uint8_t)log_get_level()},
		{&c->log_plain, log_get_plain()},
	};
	const void *field = config_field(k, c, it);

	for (size_t i = 0; i < sizeof set / sizeof *set; i++)
		if (field == set[i].field)
			return config_text_all(k, &set[i].now, text);
	return config_text_all(k, field, text);
}

/* The interface of FILE with the name of IT; NULL: none. */
static const struct config_interface *
same_interface(const struct config *file, const struct config_interface *it)
{
	for (unsigned i = 0; i < file->interfaces; i++)
		if (strcmp(file->interface[i].name, it->name) == 0)
			return &file->interface[i];
	return NULL;
}

/* What the file says instead, and has not taken effect; "": nothing else. */
static const char *
pending(const struct node *n, const struct config_key *k, const struct config_interface *it,
	const char *in_force, char *text)
{
	const struct config *file = reload_file(node_reload(n));
	const struct config_interface *other = it != NULL ? same_interface(file, it) : NULL;

	text[0] = '\0';
	if (it == NULL || other != NULL)
		config_text_all(k, config_field(k, file, other), text);
	return strcmp(text, in_force) != 0 ? text : "";
}

static json_t *
key_row(const struct node *n, const struct config_key *k, const struct config_interface *it)
{
	const struct config *c = node_config(n);
	uint32_t line = (it != NULL ? it->line : c->line)[k - config_keys];
	char said[CONFIG_TEXT_ALL], now[CONFIG_TEXT_ALL], file[CONFIG_TEXT_ALL];
	bool set;
	json_t *o = json_object();

	config_text_all(k, config_field(k, c, it), said);
	set = strcmp(running(k, c, it, now), said) != 0;
	json_object_set_new(o, "section", section(k, it != NULL ? it->name : NULL));
	put_text(o, "key", k->name);
	json_object_set_new(o, "value", json_string(now));
	put_text(o, "from", origins[set ? 2 : line != 0 ? 1 : 0]);
	if (line != 0)
		json_object_set_new(o, "line", json_integer(line));
	put_text(o, "default", k->fallback);
	put_text(o, "change", change_word(n, k->effect));
	put_text(o, "pending", pending(n, k, it, said, file));
	return o;
}

static void
add_section(json_t *rows, const struct node *n, const struct config_section *s,
	const struct config_interface *it)
{
	for (const struct config_key *k = config_keys; k < config_keys + CONFIG_KEYS; k++)
		if (strcmp(k->section, s->name) == 0)
			json_array_append_new(rows, key_row(n, k, it));
}

static void
method_config_get(struct rpc_request *req, const json_t *params, void *node)
{
	const struct config *c = node_config(node);
	json_t *rows = json_array();

	for (const struct config_section *s = config_sections;
		s < config_sections + CONFIG_SECTIONS; s++) {
		if (!s->named)
			add_section(rows, node, s, NULL);
		for (unsigned i = 0; s->named && i < c->interfaces; i++)
			add_section(rows, node, s, &c->interface[i]);
	}
	rpc_reply(req,
		json_pack("{s:s, s:o}", "file", reload_path(node_reload(node)), "keys", rows));
}

/* ---- config.reload ---- */

struct reloading {
	const struct node *node;
	json_t *rows;
};

static void
add_change(void *arg, const struct config_change *c)
{
	const struct reloading *r = arg;
	json_t *o = json_object();

	json_object_set_new(o, "section", section(c->key, c->interface));
	put_text(o, "key", c->key->name);
	put_text(o, "was", c->from);
	put_text(o, "is", c->to);
	json_object_set_new(o, "in_force", json_boolean(c->effect == CONFIG_AT_ONCE));
	if (c->effect != CONFIG_AT_ONCE)
		put_text(o, "needs", change_word(r->node, c->effect));
	json_array_append_new(r->rows, o);
}

static void
method_config_reload(struct rpc_request *req, const json_t *params, void *node)
{
	struct reloading r = {.node = node, .rows = json_array()};
	char err[512] = "out of memory";
	struct fault fault;

	if (reload_now(node_reload(node), add_change, &r, err, sizeof err) == 0) {
		rpc_reply(req, json_pack("{s:o}", "changed", r.rows));
		return;
	}
	json_decref(r.rows);
	fault_set(&fault, FAULT_BAD_CONFIG, NULL, NULL, NULL, "%s", err);
	method_fail(req, &fault);
}

/* ---- What they take, answer and refuse. ---- */

static const struct rpc_error *const reload_errors[] = {
	&method_faults[FAULT_BAD_CONFIG], NULL};

/* clang-format off */
static const struct rpc_field config_row[] = {
	TEXT("section", 0, 0, "of the file"),
	TEXT("key", 0, 0, "in it"),
	TEXT("value", 0, 0, "in force, as the file would say it; several parted by commas; empty: none"),
	WORD("from", origins, "who says so"),
	COUNT("line", NULL, "of the file, where it stands (first); absent: it does not"),
	TEXT("default", 0, 0, "absent: it has none"),
	WORD("change", changes, "what it takes for another value: config.reload; a start of the program"
		" with the calls going on; a stop of both, which ends them"),
	TEXT("pending", 0, 0, "what the file said instead when it was read last; absent: the same"),
	NO_MORE,
};

static const struct rpc_field config_result[] = {
	TEXT("file", 0, 0, "that the configuration is from"),
	ARRAY("keys", config_row, "all there are"),
	NO_MORE,
};

static const struct rpc_field changed_row[] = {
	TEXT("section", 0, 0, "of the file"),
	TEXT("key", 0, 0, "in it"),
	TEXT("was", 0, 0, "its value; absent: none"),
	TEXT("is", 0, 0, "in the file now; absent: none"),
	BOOL("in_force", "it has taken effect"),
	WORD("needs", changes, "what it takes; absent: nothing more"),
	NO_MORE,
};

static const struct rpc_field reload_result[] = {
	ARRAY("changed", changed_row, "every key whose value in the file is not the one in force"),
	NO_MORE,
};

const struct rpc_method methods_config[] = {
	{
		.name = "config.get",
		.role = RPC_VIEW,
		.summary = "Every key of the configuration: its value, where that comes from, and what another one takes.",
		.result = config_result,
		.example = "{}",
		.answer = "{\"file\": \"/etc/strowger/strowger.conf\", \"keys\": [{\"section\": \"log\", \"key\":"
			" \"level\", \"value\": \"debug\", \"from\": \"file\", \"line\": 12, \"default\": \"info\","
			" \"change\": \"reload\"}, {\"section\": \"interface external\", \"key\": \"mtu\", \"value\":"
			" \"\", \"from\": \"default\", \"change\": \"restart both\", \"pending\": \"1400\"}]}",
		.handler = method_config_get,
	},
	{
		.name = "config.reload",
		.summary = "Read the configuration file again, as SIGHUP does: what can take effect at once does, of the rest"
			" the answer says what must be started anew.  What log.set has set is the file's again.  A file"
			" that is wrong changes nothing.",
		.result = reload_result,
		.errors = reload_errors,
		.example = "{}",
		.answer = "{\"changed\": [{\"section\": \"timeouts\", \"key\": \"media\", \"was\": \"60s\", \"is\":"
			" \"20s\", \"in_force\": true}, {\"section\": \"cores\", \"key\": \"poll\", \"was\":"
			" \"adaptive\", \"is\": \"busy\", \"in_force\": false, \"needs\": \"restart both\"}]}",
		.handler = method_config_reload,
	},
	{.name = NULL},
};
/* clang-format on */
