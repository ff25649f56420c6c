/* SPDX-License-Identifier: Apache-2.0
 *
 * strowger-switch's command line: two tables, one of options and one of the keys of
 * --interface, each row with the function that takes its value.  Main thread, at start. */
#include "dataplane/options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM "strowger-switch"

enum {
	CPU_MAX = 1023,
	MTU_MIN = 576, /* RFC 791: every host takes that */
	MTU_MAX = 9216,
	VLAN_MAX = 4094, /* IEEE 802.1Q: 4095 is reserved */
	MBUFS_MAX = 1 << 24,
	LETTERS = 64, /* of an address or a number in text */
	SAID = -1,    /* an error that has had its message */
};

static const char *const levels[] = {"error", "warning", "info", "debug"};

/* ---- Values.  Each of these: 0, or -EINVAL ---- */

/* A decimal number and nothing else. */
static int
number(const char *text, long low, long high, long *out)
{
	char *end;
	long n;

	if (text[0] < '0' || text[0] > '9')
		return -EINVAL;
	errno = 0;
	n = strtol(text, &end, 10);
	if (errno != 0 || *end != '\0' || n < low || n > high)
		return -EINVAL;
	*out = n;
	return 0;
}

static int
number_u32(const char *text, long low, long high, uint32_t *out)
{
	long n;

	if (number(text, low, high, &n) != 0)
		return -EINVAL;
	*out = (uint32_t)n;
	return 0;
}

/* Two numbers with BETWEEN between them. */
static int
pair(const char *text, char between, long high, long out[2])
{
	char first[LETTERS];
	const char *mid = strchr(text, between);

	if (mid == NULL || (size_t)(mid - text) >= sizeof first)
		return -EINVAL;
	memcpy(first, text, (size_t)(mid - text));
	first[mid - text] = '\0';
	return number(first, 0, high, &out[0]) == 0 && number(mid + 1, 0, high, &out[1]) == 0
		       ? 0
		       : -EINVAL;
}

static int
copy(char *to, size_t room, const char *text)
{
	size_t len = strlen(text);

	if (len == 0 || len >= room)
		return -EINVAL;
	memcpy(to, text, len + 1);
	return 0;
}

/* A name goes into file names, log lines and tables. */
static int
name(char to[SW_NAME], const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_.-";

	if (text[0] == '.' || text[strspn(text, letters)] != '\0')
		return -EINVAL;
	return copy(to, SW_NAME, text);
}

static int
address(const char *text, struct sw_addr *a)
{
	*a = (struct sw_addr){.family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET};
	return inet_pton(a->family, text, a->ip) == 1 ? 0 : -EINVAL;
}

static int
mac_address(const char *text, uint8_t mac[6])
{
	int used = 0;

	if (sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &mac[0], &mac[1], &mac[2],
		    &mac[3], &mac[4], &mac[5], &used) != 6 ||
		text[used] != '\0' || used != 17)
		return -EINVAL;
	return mac[0] & 1 ? -EINVAL : 0; /* a group is nobody's own address */
}

/* ---- Keys of --interface ---- */

static int
if_name(struct opt_interface *it, const char *value)
{
	return name(it->name, value);
}

static int
if_device(struct opt_interface *it, const char *value)
{
	const char *colon = strchr(value, ':');
	size_t kind = colon != NULL ? (size_t)(colon - value) : 0;

	if (kind == 0 || kind >= sizeof it->kind)
		return -EINVAL;
	memcpy(it->kind, value, kind);
	it->kind[kind] = '\0';
	return copy(it->arg, sizeof it->arg, colon + 1);
}

/* ADDRESS or ADDRESS/BITS. */
static int
if_address(struct opt_interface *it, const char *value)
{
	size_t len = strcspn(value, "/");
	char ip[LETTERS];
	struct sw_addr a;
	long bits = 0;

	if (it->addresses == SW_ADDRESSES || len >= sizeof ip)
		return -EINVAL;
	memcpy(ip, value, len);
	ip[len] = '\0';
	if (address(ip, &a) != 0)
		return -EINVAL;
	if (value[len] != '\0' &&
		number(value + len + 1, 1, a.family == AF_INET ? 32 : 128, &bits) != 0)
		return -EINVAL;
	it->address[it->addresses] = a;
	it->prefix[it->addresses++] = (uint8_t)bits;
	return 0;
}

static int
if_ports(struct opt_interface *it, const char *value)
{
	long range[2];

	if (pair(value, '-', UINT16_MAX, range) != 0 || range[0] == 0 || range[0] >= range[1])
		return -EINVAL;
	it->port_first = (uint16_t)range[0];
	it->port_last = (uint16_t)range[1];
	return 0;
}

static int
if_mac(struct opt_interface *it, const char *value)
{
	return mac_address(value, it->mac);
}

static int
if_mtu(struct opt_interface *it, const char *value)
{
	long mtu;

	if (number(value, MTU_MIN, MTU_MAX, &mtu) != 0)
		return -EINVAL;
	it->mtu = (uint16_t)mtu;
	return 0;
}

static int
if_queues(struct opt_interface *it, const char *value)
{
	long queues;

	if (number(value, 1, SW_CORES, &queues) != 0)
		return -EINVAL;
	it->queues = (uint16_t)queues;
	return 0;
}

static int
if_vlan(struct opt_interface *it, const char *value)
{
	long vlan;

	if (number(value, 1, VLAN_MAX, &vlan) != 0)
		return -EINVAL;
	it->vlan = (uint16_t)vlan;
	return 0;
}

static int
if_twin(struct opt_interface *it, const char *value)
{
	return strchr(value, '/') != NULL ? -EINVAL : copy(it->twin, sizeof it->twin, value);
}

static int
if_neighbour(struct opt_interface *it, const char *value)
{
	struct opt_neighbour *hop = &it->neighbour[it->neighbours];
	const char *slash = strchr(value, '/');
	char ip[LETTERS];

	if (it->neighbours == OPT_NEIGHBOURS || slash == NULL ||
		(size_t)(slash - value) >= sizeof ip)
		return -EINVAL;
	memcpy(ip, value, (size_t)(slash - value));
	ip[slash - value] = '\0';
	it->neighbours++;
	return address(ip, &hop->addr) == 0 ? mac_address(slash + 1, hop->mac) : -EINVAL;
}

static const struct {
	const char *key, *takes;
	int (*set)(struct opt_interface *it, const char *value);
} keys[] = {
	{"name", "letters, digits, '_', '.' and '-', at most 31", if_name},
	{"device", "KIND:ARGUMENT, as in xdp:eth0 or memif:/run/x.sock", if_device},
	{"address", "an IPv4 or IPv6 address, or ADDRESS/BITS with a twin, at most 16 times",
		if_address},
	{"ports", "LOW-HIGH within 1-65535", if_ports},
	{"mac", "an Ethernet address of one station, as in 02:00:00:00:00:01", if_mac},
	{"mtu", "bytes of an IP packet, 576 to 9216", if_mtu},
	{"queues", "the most queues to take of the device, 1 to 32", if_queues},
	{"vlan", "802.1Q tag of its frames, 1 to 4094", if_vlan},
	{"twin", "name of the kernel interface to make beside it, at most 15 characters",
		if_twin},
	{"neighbour", "ADDRESS/MAC, at most 64 times", if_neighbour},
};

enum { KEYS = sizeof keys / sizeof keys[0] };

static int
set_key(struct opt_interface *it, const char *key, const char *value)
{
	for (unsigned i = 0; i < KEYS; i++) {
		if (strcmp(key, keys[i].key) != 0)
			continue;
		if (value != NULL && keys[i].set(it, value) == 0)
			return 0;
		fprintf(stderr, PROGRAM ": --interface: %s=%s: it takes %s\n", key,
			value != NULL ? value : "", keys[i].takes);
		return -EINVAL;
	}
	fprintf(stderr, PROGRAM ": --interface: there is no key '%s'\n", key);
	return -EINVAL;
}

/* ---- Options ---- */

static int
opt_name(struct options *o, const char *value)
{
	return name(o->name, value);
}

static int
opt_run_dir(struct options *o, const char *value)
{
	return copy(o->run_dir, sizeof o->run_dir, value);
}

/* There is more to say of a wrong one than what the option takes. */
static int
opt_interface(struct options *o, const char *value)
{
	struct opt_interface *it = &o->interface[o->interfaces];
	char *text, *rest, *key;
	int error = 0;

	if (o->interfaces == SW_DEVICES) {
		fprintf(stderr, PROGRAM ": --interface: at most %d\n", SW_DEVICES);
		return SAID;
	}
	o->interfaces++;
	if ((text = rest = strdup(value)) == NULL)
		return -EINVAL;
	while (error == 0 && (key = strsep(&rest, ",")) != NULL) {
		char *is = strchr(key, '=');

		if (is != NULL)
			*is++ = '\0';
		error = set_key(it, key, is);
	}
	free(text);
	if (error == 0 && (it->name[0] == '\0' || it->kind[0] == '\0' || it->addresses == 0 ||
				  it->port_last == 0)) {
		fprintf(stderr,
			PROGRAM ": --interface: name, device, address and ports must be "
				"there\n");
		error = -EINVAL;
	}
	return error != 0 ? SAID : 0;
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
		if (*n == most || number(word, 0, CPU_MAX, &number_of) != 0)
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

	if (number(value, 0, CPU_MAX, &cpu) != 0)
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
	return number_u32(value, 1, SW_TRANSPORTS_MAX, &o->transports);
}

static int
opt_record_blocks(struct options *o, const char *value)
{
	return number_u32(value, 0, SW_RECORD_BLOCKS_MAX, &o->record_blocks);
}

static int
opt_mbufs(struct options *o, const char *value)
{
	return number_u32(value, 0, MBUFS_MAX, &o->mbufs);
}

static int
opt_engine(struct options *o, const char *value)
{
	static const char *const engines[] = {"auto", "burst", "libsrtp2"};

	for (unsigned i = 0; i < sizeof engines / sizeof engines[0]; i++)
		if (strcmp(value, engines[i]) == 0)
			return copy(o->engine, sizeof o->engine, value);
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

	if (number(value, 3, INT_MAX, &fd) != 0)
		return -EINVAL;
	o->state_fd = (int)fd;
	return 0;
}

static int
opt_socket_owner(struct options *o, const char *value)
{
	long id[2];

	if (pair(value, ':', INT_MAX, id) != 0)
		return -EINVAL;
	o->socket_uid = (int)id[0];
	o->socket_gid = (int)id[1];
	return 0;
}

static int
opt_eal_args(struct options *o, const char *value)
{
	return value[0] == '\0' ? 0 : copy(o->eal_args, sizeof o->eal_args, value);
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
 * option takes; SAID: neither, and it has said why. */
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
		opt_interface},
	{"cpus", "N,...", "a forwarding core on each of these CPUs (1); at most 32", opt_cpus},
	{"transcode-cpus", "N,...",
		"a transcode core on each of these CPUs, at most 16; one of --cpus: that core "
		"does both (the last of --cpus)",
		opt_transcode_cpus},
	{"main-cpu", "N", "the CPU of all else (any)", opt_main_cpu},
	{"poll", "MODE", "adaptive: sleep when idle (this is the default), or busy", opt_poll},
	{"transports", "N", "port pairs there is room for, 1 to 262144 (40000)",
		opt_transports},
	{"record-blocks", "N", "blocks of 512 bytes for call records, to 4194304 (40000)",
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
	printf("Usage: " PROGRAM " --interface KEY=VALUE,... [OPTION]...\n"
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
	for (unsigned i = 0; i < KEYS; i++)
		printf("  %-28s %s\n", keys[i].key, keys[i].takes);
	return 1;
}

static int
opt_version(struct options *o, const char *value)
{
	printf(PROGRAM " " STROWGER_VERSION "\n");
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
		fprintf(stderr, PROGRAM ": at least one --interface is needed; see --help\n");
		return -EINVAL;
	}
	for (unsigned i = 0; i < o->interfaces; i++) {
		addresses += o->interface[i].addresses;
		if ((twice = is_repeated(o, i)) == NULL)
			continue;
		fprintf(stderr, PROGRAM ": --interface: %s has a %s that is there already\n",
			o->interface[i].name, twice);
		return -EINVAL;
	}
	if (addresses > SW_ADDRESSES) {
		fprintf(stderr, PROGRAM ": --interface: %u addresses, at most %d in all\n",
			addresses, SW_ADDRESSES);
		return -EINVAL;
	}
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
		fprintf(stderr, PROGRAM ": --%s %s: it takes %s: %s\n", row->name, value,
			row->value, row->takes);
	return error == SAID ? -EINVAL : error;
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
		.record_blocks = 40000,
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
		fprintf(stderr, PROGRAM ": --%s needs a value: %s\n", rows[optopt].name,
			rows[optopt].takes);
		return -EINVAL;
	}
	if (c >= 0 || optind < argc) {
		fprintf(stderr, PROGRAM ": '%s' is not an option; see --help\n",
			argv[c >= 0 ? optind - 1 : optind]);
		return -EINVAL;
	}
	return check(o);
}
