/* SPDX-License-Identifier: Apache-2.0
 *
 * See ctl_command.h. */
#include "control/ctl_command.h"

#include <string.h>

#include "control/ctl_leg.h"
#include "control/nearest.h"

enum { COMMANDS_MAX = 64 };

static const struct ctl_option list_options[] = {
	{"--limit", "N", "limit", RPC_INT, "at most so many; without it all, however many"},
	{"--after", "ID", "after", RPC_STRING,
		"those that come after this one in the daemon's order"},
	{NULL},
};

static const struct ctl_option create_options[] = {
	{"--id", "ID", "call", RPC_STRING, "the call's identifier"},
	{"--leg", "NAME=VALUE,...", "legs", RPC_OBJECT,
		"a party with one stream; once or twice"},
	{"--e2e", "required", "e2e", RPC_STRING,
		"relay it bit by bit: the parties have keys of their own"},
	{"--json", "TEXT", NULL, RPC_OBJECT, "all parameters, as JSON; - : from stdin"},
	{NULL},
};

static const struct ctl_option update_options[] = {
	{"--leg", "NAME=VALUE,...", "legs", RPC_OBJECT,
		"a party and what changes of its first stream, the rest stays; once or twice"},
	{"--json", "TEXT", NULL, RPC_OBJECT, "all parameters, as JSON; - : from stdin"},
	{NULL},
};

static const struct ctl_option delete_many_options[] = {
	{"--prefix", "TEXT", "prefix", RPC_STRING, "those whose ids begin so"},
	{"--all", NULL, "all", RPC_BOOL, "all calls"},
	{NULL},
};

static const struct ctl_option watch_options[] = {
	{"--cursor", "TEXT", "cursor", RPC_STRING,
		"since the answer that had it; otherwise none"},
	{"--limit", "N", "limit", RPC_INT, "at most so many; otherwise 100"},
	{NULL},
};

static const struct ctl_option export_options[] = {
	{"-o", "FILE", NULL, RPC_STRING,
		"write the record there, for its owner alone to read"},
	{NULL},
};

static const struct ctl_option import_options[] = {
	{"--relocate", NULL, "relocate", RPC_BOOL,
		"give it other addresses and ports, which its parties have to be told"},
	{NULL},
};

static const struct ctl_option trace_options[] = {
	{"--level", "LEVEL", "level", RPC_STRING,
		"error, warning, info or debug; otherwise debug"},
	{"--seconds", "N", "seconds", RPC_INT, "until it ends; otherwise 600"},
	{NULL},
};

static const struct ctl_option capture_options[] = {
	{"--leg", "NAME", "leg", RPC_STRING, "one party's packets; otherwise all"},
	{"--file", "NAME", "file", RPC_STRING, "of a new file in the directory of captures"},
	{"--seconds", "N", "seconds", RPC_INT, "until it ends; otherwise 60"},
	{"--max-bytes", "N", "max_bytes", RPC_INT, "of the file; otherwise 16 MiB"},
	{"--snaplen", "N", "snaplen", RPC_INT,
		"bytes of a frame that are kept; otherwise all"},
	{NULL},
};

static const struct ctl_option stop_options[] = {
	{"--drain", NULL, "drain", RPC_BOOL, "take no new calls and end with the last one"},
	{"--leave-switch", NULL, "leave_switch", RPC_BOOL,
		"let the data plane go on; the next daemon takes over its calls"},
	{NULL},
};

static const struct ctl_option log_options[] = {
	{"--identifiers", "hash|plain", "identifiers", RPC_STRING, "how lines name calls"},
	{NULL},
};

static const struct ctl_option all_rows[] = {
	{"--all", NULL, NULL, RPC_BOOL, "rows that count nothing, too"},
	{NULL},
};

static const struct ctl_option events_options[] = {
	{"-f", NULL, "follow", RPC_BOOL, "go on when the node has gone and is back"},
	{"--filter", "EVENT", "events", RPC_ARRAY,
		"only these, \"call.ended\" or \"call.*\"; may be said again; otherwise all"},
	{"--call", "ID", "calls", RPC_ARRAY,
		"of events about calls only those about this one; may be said again"},
	{"--count", "N", "count", RPC_INT, "end after so many"},
	{"--seconds", "N", "seconds", RPC_NUMBER, "end after so long"},
	{NULL},
};

static const struct ctl_option worst_options[] = {
	{"--by", "WHAT", "by", RPC_STRING, "mos, loss, jitter, rtt or drops; otherwise mos"},
	{"--limit", "N", "limit", RPC_INT, "at most so many; otherwise 20"},
	{NULL},
};

static const struct ctl_option lookup_options[] = {
	{"--timeout", "MS", "timeout_ms", RPC_INT, "how long to ask; otherwise 3000"},
	{NULL},
};

static const struct ctl_option ping_options[] = {
	{"--count", "N", "count", RPC_INT, "how many; otherwise 3"},
	{"--timeout", "MS", "timeout_ms", RPC_INT, "to wait for the last one; otherwise 1000"},
	{NULL},
};

static const struct ctl_option identity_options[] = {
	{"--did", "NUMBER", "did", RPC_STRING, "its telephone number; \"\": none"},
	{"--name", "TEXT", "name", RPC_STRING, "that goes with the number"},
	{NULL},
};

static const struct ctl_option top_options[] = {
	{"--interval", "SECONDS", "interval", RPC_NUMBER, "between two readings; otherwise 1"},
	{"--once", NULL, "once", RPC_BOOL,
		"print it once, as plain text; so it does when stdout is no terminal"},
	{NULL},
};

const struct ctl_option ctl_options_all[] = {
	{"--instance", "NAME", NULL, RPC_STRING,
		"talk to /run/strowger/NAME/admin.sock; otherwise \"default\""},
	{"--socket", "PATH", NULL, RPC_STRING, "talk to this socket"},
	{"-j", NULL, NULL, RPC_BOOL, "print the answer as JSON, for programs"},
	{"--print-completion", "bash", NULL, RPC_STRING,
		"print what completes this command line in bash"},
	{"--help", NULL, NULL, RPC_BOOL, "say this; after a command: about it"},
	{"--version", NULL, NULL, RPC_BOOL, "say which version this is"},
	{NULL},
};

const struct ctl_command ctl_commands[] = {
	{.words = "call list",
		.method = "call.list",
		.options = list_options,
		.pages = "calls",
		.page_key = "call",
		.help = "the calls, and how they fare"},
	{.words = "call show",
		.argument = "ID",
		.method = "call.get",
		.param = "call",
		.help = "one call with its legs, streams and counters"},
	{.words = "call create",
		.method = "call.create",
		.options = create_options,
		.stdin_params = true,
		.help = "set a call up; without options its parameters come as JSON on stdin, "
			"which keeps keys out of the list of processes"},
	{.words = "call update",
		.argument = "ID",
		.method = "call.update",
		.param = "call",
		.options = update_options,
		.help = "change a call, or add its second leg"},
	{.words = "call update",
		.method = "call.update",
		.options = update_options,
		.stdin_params = true,
		.help = "likewise; without options its parameters come as JSON on stdin"},
	{.words = "call delete",
		.argument = "ID",
		.method = "call.delete",
		.param = "call",
		.help = "end a call; prints its last counters"},
	{.words = "call create-many",
		.method = "call.create_many",
		.stdin_params = true,
		.help = "set many calls up, whose parameters come as JSON on stdin"},
	{.words = "call delete-many",
		.method = "call.delete_many",
		.options = delete_many_options,
		.help = "end many calls"},
	{.words = "call watch",
		.method = "call.watch",
		.options = watch_options,
		.help = "what has happened to calls, and the cursor for the next time"},
	{.words = "call top",
		.method = "call.top",
		.options = worst_options,
		.help = "the worst calls, worst first"},
	{.words = "call export",
		.argument = "ID",
		.method = "call.export",
		.param = "call",
		.options = export_options,
		.look = CTL_RECORD,
		.help = "stop a call here; prints its record, for another node to go on with; it "
			"holds keys"},
	{.words = "call import",
		.argument = "FILE",
		.method = "call.import",
		.param = "record",
		.from_file = true,
		.options = import_options,
		.help = "go on with the call of a record (- : from stdin)"},
	{.words = "call hash",
		.argument = "ID",
		.method = "call.hash",
		.param = "call",
		.help = "the name that a call has in the log"},
	{.words = "call find-hash",
		.argument = "HASH",
		.method = "call.find_hash",
		.param = "hash",
		.help = "which of the calls that run has that name?"},
	{.words = "call trace",
		.argument = "ID",
		.method = "call.trace",
		.param = "call",
		.options = trace_options,
		.help = "write all there is to say about a call into the log; it need not exist "
			"yet"},
	{.words = "call untrace",
		.argument = "ID",
		.method = "call.untrace",
		.param = "call",
		.help = "end a trace"},
	{.words = "call traces", .method = "call.trace_list", .help = "the traces"},
	{.words = "call capture",
		.argument = "ID",
		.method = "call.capture",
		.param = "call",
		.options = capture_options,
		.help = "write a call's packets into a file, as they are on the wire"},
	{.words = "call capture-stop",
		.argument = "N",
		.method = "call.capture_stop",
		.param = "capture",
		.takes = RPC_INT,
		.help = "end a capture"},
	{.words = "call captures", .method = "call.capture_list", .help = "the captures"},
	{.words = "mesh peers",
		.method = "mesh.peers",
		.help = "the neighbours in the mesh, and their links"},
	{.words = "mesh routes",
		.method = "mesh.routes",
		.help = "who can be reached in the mesh, and by whom"},
	{.words = "mesh lookup",
		.argument = "NUMBER",
		.method = "mesh.lookup",
		.param = "did",
		.options = lookup_options,
		.help = "who in the mesh has a telephone number? (* : all there are)"},
	{.words = "mesh ping",
		.argument = "SID",
		.method = "mesh.ping",
		.param = "sid",
		.options = ping_options,
		.help = "have a node of the mesh send messages back"},
	{.words = "mesh identity list",
		.method = "mesh.identity.list",
		.help = "who this node is in the mesh"},
	{.words = "mesh identity create",
		.method = "mesh.identity.create",
		.options = identity_options,
		.help = "make a further identity"},
	{.words = "mesh identity set",
		.argument = "SID",
		.method = "mesh.identity.set",
		.param = "sid",
		.options = identity_options,
		.help = "give an identity another number or name"},
	{.words = "mesh identity import",
		.method = "mesh.identity.import",
		.stdin_params = true,
		.help = "be an identity of elsewhere; {\"secret\": ...} comes as JSON on stdin, which "
			"keeps it out of the list of processes"},
	{.words = "mesh identity export",
		.argument = "SID",
		.method = "mesh.identity.export",
		.param = "sid",
		.help = "the secret of an identity: who has it is this identity"},
	{.words = "mesh calls",
		.method = "mesh.calls",
		.options = list_options,
		.pages = "calls",
		.page_key = "call",
		.help = "the legs of calls that are in the mesh"},
	{.words = "events",
		.options = events_options,
		.look = CTL_EVENTS,
		.help = "what happens, a line an event, until Ctrl-C; describe events.subscribe "
			"lists them"},
	{.words = "top",
		.options = top_options,
		.look = CTL_TOP,
		.help = "live: cores, rates, drops, devices, worst calls; ? lists its keys"},
	{.words = "stats", .method = "stats.get", .help = "sums over all calls and cores"},
	{.words = "cores",
		.method = "core.list",
		.help = "the forwarding cores and their stages"},
	{.words = "codec list",
		.method = "codec.list",
		.help = "the codecs that sound is transcoded from and to"},
	{.words = "transcoders",
		.method = "transcoder.list",
		.help = "the transcode cores, and how much they have to do"},
	{.words = "devices", .method = "device.list", .help = "the network devices"},
	{.words = "drops",
		.method = "drop.list",
		.options = all_rows,
		.look = CTL_BUSY,
		.help = "why packets went no further"},
	{.words = "node info", .method = "node.info", .help = "version, state, processes"},
	{.words = "node upgrade",
		.method = "node.upgrade",
		.help = "become the program that is installed now; calls go on"},
	{.words = "node drain",
		.method = "node.drain",
		.help = "take no new calls; those that run go on"},
	{.words = "node undrain", .method = "node.undrain", .help = "take new calls again"},
	{.words = "node stop",
		.method = "node.stop",
		.options = stop_options,
		.help = "end the daemon and its data plane"},
	{.words = "config get",
		.method = "config.get",
		.help = "every key: its value, where it comes from, what a change takes"},
	{.words = "config reload",
		.method = "config.reload",
		.help = "read the configuration file again, as SIGHUP does"},
	{.words = "log",
		.argument = "LEVEL",
		.method = "log.set",
		.param = "level",
		.options = log_options,
		.help = "log error, warning, info or debug, and what is graver"},
	{.words = "log",
		.method = "log.set",
		.options = log_options,
		.help = "how it logs now"},
	{.words = "rpc",
		.argument = "METHOD [JSON]",
		.look = CTL_JSON,
		.help = "call any method; JSON: its parameters (- : from stdin)"},
	{.words = "describe", .method = "rpc.methods", .help = "the methods"},
	{.words = "describe",
		.argument = "METHOD",
		.method = "rpc.describe",
		.param = "method",
		.look = CTL_DESCRIBE,
		.help = "what a method takes and answers"},
	{.words = NULL},
};

const struct ctl_command *
ctl_command_find(const char *words, bool argument)
{
	const struct ctl_command *found = NULL;

	for (const struct ctl_command *c = ctl_commands; c->words != NULL; c++) {
		if (strcmp(c->words, words) != 0)
			continue;
		if ((c->argument != NULL) == argument)
			return c;
		found = c;
	}
	return found;
}

/* Does COMMAND start with the words of WORDS? */
static bool
begins(const char *command, const char *words)
{
	size_t len = strlen(words);

	return strncmp(command, words, len) == 0 &&
	       (command[len] == ' ' || command[len] == '\0');
}

bool
ctl_command_begins(const char *words)
{
	for (const struct ctl_command *c = ctl_commands; c->words != NULL; c++)
		if (begins(c->words, words))
			return true;
	return false;
}

const char *
ctl_command_nearest(const char *words)
{
	const char *all[COMMANDS_MAX] = {NULL};

	for (size_t i = 0; i < COMMANDS_MAX - 1 && ctl_commands[i].words != NULL; i++)
		all[i] = ctl_commands[i].words;
	return nearest(words, all);
}

static void
usage_options(FILE *f, const struct ctl_option *o)
{
	for (; o != NULL && o->name != NULL; o++) {
		char left[40];

		snprintf(left, sizeof left, "%s%s%s", o->name, o->value != NULL ? " " : "",
			o->value != NULL ? o->value : "");
		fprintf(f, "  %-24s %s\n", left, o->help);
	}
}

static void
usage_legs(FILE *f)
{
	char keys[512];

	fprintf(f,
		"\nA leg takes\n  %s\nFor example:\n"
		"  strowger-ctl call create --id talk --leg "
		"name=alice,remote=10.0.0.2:4000 \\\n"
		"    --leg name=bob,remote=10.0.0.3:4000\n"
		"  strowger-ctl call update talk --leg name=bob,remote=10.0.0.4:4002\n"
		"Parties that share no codec are transcoded once they have said what they "
		"take, the\nbest first: NAME, or NAME/CLOCK/CHANNELS, and :PAYLOAD_TYPE "
		"if it has none of its own\n"
		"  ... --leg name=alice,codecs=opus:96+telephone-event:97 --leg "
		"name=bob,codecs=PCMU\n",
		ctl_leg_keys(keys, sizeof keys));
}

void
ctl_command_usage(FILE *f, const char *words)
{
	const struct ctl_option *options = NULL;

	fputs("usage: strowger-ctl [OPTIONS] COMMAND\n\n", f);
	for (const struct ctl_command *c = ctl_commands; c->words != NULL; c++) {
		char left[40];

		if (!begins(c->words, words) && words[0] != '\0')
			continue;
		snprintf(left, sizeof left, "%s %s", c->words,
			c->argument != NULL ? c->argument : "");
		fprintf(f, "  %-24s %s\n", left, c->help);
		if (strcmp(c->words, words) == 0 && c->options != NULL)
			options = c->options;
	}
	if (options != NULL) {
		fputs("\nIts options:\n", f);
		usage_options(f, options);
	}
	if (options == create_options || options == update_options)
		usage_legs(f);
	fputs("\nOptions:\n", f);
	usage_options(f, ctl_options_all);
	fputs("\nExit status: 0 done, 1 the daemon refused, 2 wrong usage, 3 no daemon "
	      "there.\n",
		f);
}
