/* SPDX-License-Identifier: Apache-2.0
 *
 * strowger-switch's command line: a table of options, each row with the function that takes
 * its value.  Main thread, at start. */
#include "dataplane/options_inside.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	CPU_MAX = 1023,
	MBUFS_MAX = 1 << 24,
};

static const char *const levels[] = {"error", "warning", "info", "debug"};

/* ---- Options ---- */

static int
opt_name(struct options *o, const char *value)
{
	return option_name(o->name, value);
}

static int
opt_run_dir(struct options *o, const char *value)
{
	return option_copy(o->run_dir, sizeof o->run_dir, value);
}

/* CPUs with commas between them, at most MOST, into CPU; N: how many. */
static int
cpu_list(const char *value, int cpu[], unsigned most, unsigned *n)
{
	char *text = strdup(value), *rest = text, *word;
	int error = text != NULL ? 0 : -EINVAL;
	long number_of;

	*n = 0;
	while (error == 0 && (word = strsep(&rest, ",")) != NULL) {
		if (*n == most || option_number(word, 0, CPU_MAX, &number_of) != 0)
			error = -EINVAL;
		else
			cpu[(*n)++] = (int)number_of;
	}
	free(text);
	return error;
}

static int
opt_cpus(struct options *o, const char *value)
{
	return cpu_list(value, o->cpu, SW_CORES, &o->cpus);
}

static int
opt_transcode_cpus(struct options *o, const char *value)
{
	return cpu_list(value, o->transcode_cpu, SW_TRANSCODERS, &o->transcoders);
}

static int
opt_main_cpu(struct options *o, const char *value)
{
	long cpu;

	if (option_number(value, 0, CPU_MAX, &cpu) != 0)
		return -EINVAL;
	o->main_cpu = (int)cpu;
	return 0;
}

static int
opt_poll(struct options *o, const char *value)
{
	o->busy = strcmp(value, "busy") == 0;
	return o->busy || strcmp(value, "adaptive") == 0 ? 0 : -EINVAL;
}

static int
opt_transports(struct options *o, const char *value)
{
	return option_number_u32(value, 1, SW_TRANSPORTS_MAX, &o->transports);
}

static int
opt_record_blocks(struct options *o, const char *value)
{
	return option_number_u32(value, 0, SW_RECORD_BLOCKS_MAX, &o->record_blocks);
}

static int
opt_mbufs(struct options *o, const char *value)
{
	return option_number_u32(value, 0, MBUFS_MAX, &o->mbufs);
}

static int
opt_engine(struct options *o, const char *value)
{
	static const char *const engines[] = {"auto", "burst", "libsrtp2"};

	for (unsigned i = 0; i < sizeof engines / sizeof engines[0]; i++)
		if (strcmp(value, engines[i]) == 0)
			return option_copy(o->engine, sizeof o->engine, value);
	return -EINVAL;
}

static int
opt_log_level(struct options *o, const char *value)
{
	for (unsigned i = 0; i < sizeof levels / sizeof levels[0]; i++) {
		if (strcmp(value, levels[i]) == 0) {
			o->log_level = i;
			return 0;
		}
	}
	return -EINVAL;
}

static int
opt_state_fd(struct options *o, const char *value)
{
	long fd;

	if (option_number(value, 3, INT_MAX, &fd) != 0)
		return -EINVAL;
	o->state_fd = (int)fd;
	return 0;
}

static int
opt_socket_owner(struct options *o, const char *value)
{
	long id[2];

	if (option_pair(value, ':', INT_MAX, id) != 0)
		return -EINVAL;
	o->socket_uid = (int)id[0];
	o->socket_gid = (int)id[1];
	return 0;
}

static int
opt_eal_args(struct options *o, const char *value)
{
	return value[0] == '\0' ? 0 : option_copy(o->eal_args, sizeof o->eal_args, value);
}

static int
opt_no_sandbox(struct options *o, const char *value)
{
	o->no_sandbox = true;
	return 0;
}

static int opt_help(struct options *o, const char *value);
static int opt_version(struct options *o, const char *value);

/* Set takes the option's value: 0; 1: there is no more to do; -EINVAL: it is not what the
 * option takes; OPTION_SAID: neither, and it has said why. */
static const struct row {
	const char *name;
	const char *value; /* its name in the help text; NULL: it has none */
	const char *takes;
	int (*set)(struct options *o, const char *value);
} rows[] = {
	{"name", "NAME", "name of the instance (default)", opt_name},
	{"run-dir", "DIR", "sockets and lock file (/run/strowger/NAME); at most 95 characters",
		opt_run_dir},
	{"interface", "KEY=VALUE,...", "a network device; see below; at least one",
		option_interface},
	{"mesh", "KEY=VALUE,...",
		"address=A,port=P: a node of a mesh there, at one of the interfaces' addresses "
		"(none)",
		option_mesh},
	{"cpus", "N,...", "a forwarding core on each of these CPUs (1); at most 32", opt_cpus},
	{"transcode-cpus", "N,...",
		"a transcode core on each of these CPUs, at most 16; one of --cpus: that core "
		"does both (the last of --cpus)",
		opt_transcode_cpus},
	{"main-cpu", "N", "the CPU of all else (any)", opt_main_cpu},
	{"poll", "MODE", "adaptive: sleep when idle (this is the default), or busy", opt_poll},
	{"transports", "N", "port pairs there is room for, 1 to 262144 (40000)",
		opt_transports},
	{"record-blocks", "N", "blocks of 128 bytes for call records, to 16777216 (160000)",
		opt_record_blocks},
	{"mbufs", "N", "packet buffers of each device, to 16777216 (0: as many as it needs)",
		opt_mbufs},
	{"engine", "NAME", "SRTP by burst (libipsec-mb), by libsrtp2, or auto (auto)",
		opt_engine},
	{"log-level", "LEVEL", "error, warning, info or debug (info)", opt_log_level},
	{"state-fd", "N",
		"descriptor, 3 or more, of the state that a killed switch left behind",
		opt_state_fd},
	{"socket-owner", "UID:GID", "whom switch.sock is to belong to, in numbers (us)",
		opt_socket_owner},
	{"eal-args", "TEXT", "more arguments for DPDK, at most 511 characters", opt_eal_args},
	{"no-sandbox", NULL, "do not filter system calls, for debugging", opt_no_sandbox},
	{"help", NULL, "this text", opt_help},
	{"version", NULL, "name and version", opt_version},
};

enum { ROWS = sizeof rows / sizeof rows[0] };

static int
opt_help(struct options *o, const char *value)
{
	printf("Usage: " OPTION_PROGRAM " --interface KEY=VALUE,... [OPTION]...\n"
	       "strowger's data plane: relays RTP and SRTP between ports, as strowger "
	       "commands.\n"
	       "strowger starts it by itself, with these options made of its configuration "
	       "file.\n\n");
	for (unsigned i = 0; i < ROWS; i++) {
		char head[48];

		snprintf(head, sizeof head, "--%s %s", rows[i].name,
			rows[i].value != NULL ? rows[i].value : "");
		printf("  %-28s %s\n", head, rows[i].takes);
	}
	printf("\nKeys of --interface (name, device, address and ports must be there):\n");
	option_print_interface_keys();
	return 1;
}

static int
opt_version(struct options *o, const char *value)
{
	printf(OPTION_PROGRAM " " STROWGER_VERSION "\n");
	return 1;
}

/* ---- The whole ---- */

static bool
is_same_address(const struct sw_addr *a, const struct sw_addr *b)
{
	return a->family == b->family && memcmp(a->ip, b->ip, sizeof a->ip) == 0;
}

/* Does interface I share a name or an address with itself or one before it?  What, or NULL. */
static const char *
is_repeated(const struct options *o, unsigned i)
{
	const struct opt_interface *it = &o->interface[i];

	for (unsigned k = 0; k <= i; k++) {
		const struct opt_interface *other = &o->interface[k];

		if (k < i && strcmp(it->name, other->name) == 0)
			return "name";
		for (unsigned a = 0; a < it->addresses; a++)
			for (unsigned b = 0; b < (k < i ? other->addresses : a); b++)
				if (is_same_address(&it->address[a], &other->address[b]))
					return "address";
	}
	return NULL;
}

/* What no option can see alone. */
static int
check(struct options *o)
{
	unsigned addresses = 0;
	const char *twice;

	if (o->interfaces == 0) {
		fprintf(stderr,
			OPTION_PROGRAM ": at least one --interface is needed; see --help\n");
		return -EINVAL;
	}
	for (unsigned i = 0; i < o->interfaces; i++) {
		addresses += o->interface[i].addresses;
		if ((twice = is_repeated(o, i)) == NULL)
			continue;
		fprintf(stderr,
			OPTION_PROGRAM ": --interface: %s has a %s that is there already\n",
			o->interface[i].name, twice);
		return -EINVAL;
	}
	addresses += o->mesh.family != 0; /* mesh legs have one of their own */
	if (addresses > SW_ADDRESSES) {
		fprintf(stderr,
			OPTION_PROGRAM ": --interface: %u addresses%s, at most %d in all\n",
			addresses, o->mesh.family != 0 ? " with that of --mesh" : "",
			SW_ADDRESSES);
		return -EINVAL;
	}
	if (option_mesh_place(o) != 0)
		return -EINVAL;
	if (o->transcoders == 0) /* calls whose sides share no codec work on any machine */
		o->transcode_cpu[o->transcoders++] = o->cpu[o->cpus - 1];
	if (o->run_dir[0] == '\0')
		snprintf(o->run_dir, sizeof o->run_dir, "/run/strowger/%s", o->name);
	return 0;
}

static int
set_row(struct options *o, const struct row *row, const char *value)
{
	int error = row->set(o, value);

	if (error == -EINVAL)
		fprintf(stderr, OPTION_PROGRAM ": --%s %s: it takes %s: %s\n", row->name,
			value, row->value, row->takes);
	return error == OPTION_SAID ? -EINVAL : error;
}

int
options_parse(struct options *o, int argc, char **argv)
{
	struct option longs[ROWS + 1] = {0};
	int c, error;

	*o = (struct options){
		.name = "default",
		.cpus = 1,
		.cpu = {1},
		.main_cpu = -1,
		.transports = 40000,
		.record_blocks = 160000,
		.engine = "auto",
		.state_fd = -1,
		.socket_uid = -1,
		.socket_gid = -1,
		.log_level = 2,
	};
	for (unsigned i = 0; i < ROWS; i++)
		longs[i] = (struct option){rows[i].name,
			rows[i].value != NULL ? required_argument : no_argument, NULL, (int)i};

	opterr = 0;
	optind = 0; /* also when called a second time, as tests do */
	while ((c = getopt_long(argc, argv, ":", longs, NULL)) >= 0 && c < ROWS)
		if ((error = set_row(o, &rows[c], optarg)) != 0)
			return error;
	if (c == ':') {
		fprintf(stderr, OPTION_PROGRAM ": --%s needs a value: %s\n", rows[optopt].name,
			rows[optopt].takes);
		return -EINVAL;
	}
	if (c >= 0 || optind < argc) {
		fprintf(stderr, OPTION_PROGRAM ": '%s' is not an option; see --help\n",
			argv[c >= 0 ? optind - 1 : optind]);
		return -EINVAL;
	}
	return check(o);
}
