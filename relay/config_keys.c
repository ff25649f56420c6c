/* SPDX-License-Identifier: Apache-2.0
 *
 * The table, and what is made of it alone: the default configuration file. */
#include "relay/config_keys.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "control/log.h"
#include "relay/config.h"
#include "relay/config_type.h"

const char *const config_engines[] = {"auto", "burst", "libsrtp2", NULL};
static const char *const polls[] = {"adaptive", "busy", NULL}; /* the index is config.busy */

const struct config_section config_sections[] = {
	{"node", false, "The node as a whole."},
	{"log", false, "What is written to stderr, or the journal."},
	{"cores", false, "CPUs of strowger-switch."},
	{"srtp", false, "Encryption of media."},
	{"dpdk", false, "For those who know DPDK; nothing here is needed."},
	{"rpc", false, "The socket admin.sock in run_dir, which strowger-ctl speaks to."},
	{"interface", true,
		"Where media arrives and leaves; one section an interface, at least one.\n"
		"Calls name it; the first is the default."},
};
static_assert(sizeof config_sections / sizeof *config_sections == CONFIG_SECTIONS, "all rows");

#define FIELD(member) \
	.at = offsetof(struct config, member), .room = sizeof((struct config *)0)->member
#define PER_INTERFACE(member)                            \
	.at = offsetof(struct config_interface, member), \
	.room = sizeof((struct config_interface *)0)->member

/* clang-format off */
const struct config_key config_keys[] = {
	{"node", "name", &config_type_name, "default", FIELD(name),
		.help = "Tells several nodes on one host apart."},
	{"node", "run_dir", &config_type_path, "", "/run/strowger/default", FIELD(run_dir),
		.help = "Directory of the node's sockets and lock files; /run/strowger/NAME if not given."},
	{"node", "user", &config_type_name, "strowger", FIELD(user),
		.help = "Whom strowger becomes when root starts it; root: nobody else.\n"
			"strowger-switch stays root: it holds the network device."},
	{"node", "call_limit", &config_type_number, "10000", FIELD(call_limit),
		.min = 1, .max = CONFIG_CALLS_MAX,
		.help = "Calls at one time; one more is refused."},
	{"node", "drain_timeout", &config_type_time, "30s", FIELD(drain_timeout_ms),
		.min = 0, .max = 24 * 3600 * 1000,
		.help = "How long a SIGTERM lets calls that are running go on."},
	{"node", "switch", &config_type_path, "", "/usr/bin/strowger-switch", FIELD(switch_path),
		.help = "The program strowger-switch; if not given, the one beside strowger, else in PATH."},

	{"log", "level", &config_type_choice, "info", FIELD(log_level), .words = log_levels,
		.help = "The least important lines that are written."},
	{"log", "identifiers", &config_type_choice, "hash", FIELD(log_plain),
		.words = log_identifiers,
		.help = "How a line names a call: by a keyed hash, or by the identifier that signalling gave."},

	{"cores", "forwarding", &config_type_cpu_list, "1", FIELD(forwarding), .max = 1023,
		.help = "One forwarding core on each of these CPUs, at most 32.  A call's packets stay with one core;\n"
			"a CPU that is there twice has two that take turns, which is for tests."},
	{"cores", "main", &config_type_cpu, "any", FIELD(main_cpu), .max = 1023,
		.help = "CPU of the switch's main thread, which takes commands and forwards nothing."},
	{"cores", "poll", &config_type_choice, "adaptive", FIELD(busy), .words = polls,
		.help = "adaptive sleeps while no packets come; busy never does, for the least delay."},

	{"srtp", "engine", &config_type_choice, "auto", FIELD(engine), .words = config_engines,
		.help = "burst is fast and needs an x86-64 CPU; libsrtp2 runs anywhere; auto takes burst if it can."},
	{"srtp", "libsrtp2_calls", &config_type_number, "100", FIELD(libsrtp2_calls),
		.min = 1, .max = CONFIG_CALLS_MAX,
		.help = "Call limit while the engine is libsrtp2, which locks and allocates for each packet."},

	{"dpdk", "extra_args", &config_type_text, "", "--log-level=lib.eal:debug", FIELD(eal_args),
		.help = "Further arguments for DPDK's EAL, parted by blanks."},
	{"dpdk", "mbufs", &config_type_number, "", "16384", FIELD(mbufs),
		.min = 1024, .max = 1 << 22,
		.help = "Packet buffers of each device; if not given, what the device's kind needs."},

	{"rpc", "mode", &config_type_mode, "0660", FIELD(rpc_mode),
		.help = "Who may connect: whoever may write to the socket is an administrator."},
	{"rpc", "group", &config_type_name, "", "adm", FIELD(rpc_group),
		.help = "Group of the socket; if not given, the user's own."},

	{"interface", "device", &config_type_device, "", "xdp:eth0", PER_INTERFACE(device),
		.required = true,
		.help = "How packets are reached.  xdp: an ordinary interface; packet: one without XDP, or in a\n"
			"container; pci: a NIC that DPDK drives alone; tap, vhost, memif, ring: no kernel below, for\n"
			"virtual machines, tests and neighbours on this host."},
	{"interface", "address", &config_type_address, "", "192.0.2.1", PER_INTERFACE(addresses),
		.required = true,
		.help = "Where media is received.  xdp, packet: an address that the kernel interface has.  Behind a\n"
			"NAT, as in a cloud: 10.0.0.5 advertised 203.0.113.9, and parties are told the second one."},
	{"interface", "ports", &config_type_port_range, "30000-39999", PER_INTERFACE(ports),
		.help = "UDP ports for media, at each of the addresses; no other program may use them."},
	{"interface", "neighbour", &config_type_neighbour, "", "192.0.2.9 02:00:00:00:00:09",
		PER_INTERFACE(neighbours),
		.help = "A next hop and its Ethernet address, for devices without a kernel below."},
	{"interface", "mac", &config_type_mac, "", "02:00:00:00:00:01", PER_INTERFACE(mac),
		.help = "Our own Ethernet address; if not given, the device's."},
	{"interface", "mtu", &config_type_number, "", "1500", PER_INTERFACE(mtu),
		.min = 576, .max = 9216,
		.help = "Bytes of the largest IP packet; if not given, the device's."},
	{"interface", "queues", &config_type_number, "", "2", PER_INTERFACE(queues),
		.min = 1, .max = SW_CORES,
		.help = "At most so many of the device's queues; if not given, one a forwarding core.  With fewer\n"
			"than cores those that have none get their packets from the others."},
	{"interface", "vlan", &config_type_number, "", "100", PER_INTERFACE(vlan),
		.min = 1, .max = 4094,
		.help = "802.1Q tag of our frames, for devices without a kernel below.  A kernel's VLAN is an\n"
			"interface of its own: device = packet:eth0.100."},
	{"interface", "twin", &config_type_interface, "", "media0", PER_INTERFACE(twin),
		.help = "Kernel interface that strowger makes beside a device that has none: it takes the addresses\n"
			"(address = 192.0.2.1/24 says their network), and ARP, NDP, ping and routes work there."},
};
/* clang-format on */
static_assert(sizeof config_keys / sizeof *config_keys == CONFIG_KEYS, "all rows");

/* TEXT as comment lines. */
static void
print_comment(FILE *to, const char *text)
{
	while (*text != '\0') {
		int len = (int)strcspn(text, "\n");

		fprintf(to, "# %.*s\n", len, text);
		text += len + (text[len] == '\n');
	}
}

static void
print_key(FILE *to, const struct config_key *k)
{
	char takes[160];

	config_type_takes(k, takes, sizeof takes);
	fputc('\n', to);
	print_comment(to, k->help);
	fprintf(to, "# Takes %s.%s%s\n", takes, k->required ? "  Must be given." : "",
		k->type->repeats ? "  May be repeated." : "");
	fprintf(to, "#%s = %s\n", k->name, k->fallback[0] != '\0' ? k->fallback : k->example);
}

void
config_print_default(FILE *to)
{
	fputs("# Configuration of strowger, as `strowger --print-config` prints it.\n"
	      "# Every key is here, commented out, with its default; those that have none "
	      "show an\n"
	      "# example.  At least one [interface NAME] must be filled in.\n",
		to);
	for (const struct config_section *s = config_sections;
		s < config_sections + CONFIG_SECTIONS; s++) {
		fputc('\n', to);
		fputc('\n', to);
		print_comment(to, s->help);
		fprintf(to, s->named ? "#[%s external]\n" : "[%s]\n", s->name);
		for (const struct config_key *k = config_keys; k < config_keys + CONFIG_KEYS;
			k++) {
			if (strcmp(k->section, s->name) == 0)
				print_key(to, k);
		}
	}
}
