/* SPDX-License-Identifier: Apache-2.0
 *
 * The table, and what is made of it alone: the default configuration file. */
#include "relay/config_keys.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "control/log.h"
#include "relay/coding.h"
#include "relay/config.h"
#include "relay/config_listen.h"
#include "relay/config_mesh.h"
#include "relay/config_network.h"
#include "relay/config_type.h"

const char *const config_engines[] = {"auto", "burst", "libsrtp2", NULL};
static const char *const no_yes[] = {"no", "yes", NULL};
static const char *const timeout_formats[] = {"sems", "call-id", "kamailio", NULL};
/* enum ng_learning, from NG_LEARN_DELAYED on. */
static const char *const learnings[] = {"delayed", "immediate", "off", "heuristic", NULL};
static const char *const timeout_actions[] = {"event", "end", NULL}; /* config.timeout_ends */
static const char *const polls[] = {"adaptive", "busy", NULL}; /* the index is config.busy */

const struct config_section config_sections[] = {
	{"node", false, "The node as a whole."},
	{"log", false, "What is written to stderr, or the journal."},
	{"cores", false, "CPUs of strowger-switch."},
	{"srtp", false, "Encryption of media."},
	{"dpdk", false, "For those who know DPDK; nothing here is needed."},
	{"timeouts", false,
		"Calls that signalling may have forgotten.  Each is an event, call.timeout, and a line\n"
		"of the log; call.create may ask for other times.  0s: none."},
	{"transcode", false, "Calls whose parties share no codec."},
	{"rpc", false,
		"The sockets in run_dir that strowger-ctl and signalling servers speak to: admin.sock\n"
		"for everything, session.sock for calls, view.sock for looking.  Whoever may write to\n"
		"a socket may do what it is for.  A group that is not given is the user's own."},
	{"capture", false, "Packets of one call, written down: call.capture."},
	{"http", false,
		"What can be looked at over HTTP: /metrics (OpenMetrics) and /healthz.  No secrets, no orders,\n"
		"but for [ng] http."},
	{"ng", false,
		"The NG protocol of rtpengine, for Kamailio and OpenSIPS.  It has no passwords: loopback may\n"
		"ask, and whom `allow` names.  Without a key that says where, nobody is listened to."},
	{"mesh", false,
		"A node of a Serval mesh, and calls of its phones (VoMP).  Without an interface there is none."},
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
		.effect = CONFIG_BOTH,
		.help = "Tells several nodes on one host apart."},
	{"node", "run_dir", &config_type_path, "", "/run/strowger/default", FIELD(run_dir),
		.effect = CONFIG_BOTH,
		.help = "Directory of the node's sockets and lock files; /run/strowger/NAME if not given."},
	{"node", "user", &config_type_name, "strowger", FIELD(user),
		.effect = CONFIG_BOTH,
		.help = "Whom strowger becomes when root starts it; root: nobody else.\n"
			"strowger-switch stays root: it holds the network device."},
	{"node", "call_limit", &config_type_number, "10000", FIELD(call_limit),
		.min = 1, .max = CONFIG_CALLS_MAX,
		.effect = CONFIG_AT_ONCE,
		.help = "Calls at one time; one more is refused."},
	{"node", "drain_timeout", &config_type_time, "30s", FIELD(drain_timeout_ms),
		.min = 0, .max = 24 * 3600 * 1000,
		.effect = CONFIG_AT_ONCE,
		.help = "How long a SIGTERM lets calls that are running go on."},
	{"node", "switch", &config_type_path, "", "/usr/bin/strowger-switch", FIELD(switch_path),
		.effect = CONFIG_SWITCH,
		.help = "The program strowger-switch; if not given, the one beside strowger, else in PATH."},

	{"log", "level", &config_type_choice, "info", FIELD(log_level), .words = log_levels,
		.effect = CONFIG_AT_ONCE,
		.help = "The least important lines that are written."},
	{"log", "identifiers", &config_type_choice, "hash", FIELD(log_plain),
		.words = log_identifiers,
		.effect = CONFIG_AT_ONCE,
		.help = "How a line names a call: by a keyed hash, or by the identifier that signalling gave."},

	{"cores", "forwarding", &config_type_cpu_list, "1", FIELD(forwarding), .max = 1023,
		.effect = CONFIG_SWITCH,
		.help = "One forwarding core on each of these CPUs, at most 32.  A call's packets stay with one core;\n"
			"a CPU that is there twice has two that take turns, which is for tests."},
	{"cores", "transcode", &config_type_cpu_list, "", "2,3", FIELD(transcode), .max = 1023,
		.effect = CONFIG_SWITCH,
		.help = "One transcode core on each of these CPUs, at most 16, for calls whose parties share no codec.\n"
			"On a CPU of forwarding, that core does both; if not given, the last of those does."},
	{"cores", "main", &config_type_cpu, "any", FIELD(main_cpu), .max = 1023,
		.effect = CONFIG_SWITCH,
		.help = "CPU of the switch's main thread, which takes commands and forwards nothing."},
	{"cores", "poll", &config_type_choice, "adaptive", FIELD(busy), .words = polls,
		.effect = CONFIG_SWITCH,
		.help = "adaptive sleeps while no packets come; busy never does, for the least delay."},

	{"srtp", "engine", &config_type_choice, "auto", FIELD(engine), .words = config_engines,
		.effect = CONFIG_SWITCH,
		.help = "burst is fast and needs an x86-64 CPU; libsrtp2 runs anywhere; auto takes burst if it can."},
	{"srtp", "libsrtp2_calls", &config_type_number, "100", FIELD(libsrtp2_calls),
		.min = 1, .max = CONFIG_CALLS_MAX,
		.effect = CONFIG_AT_ONCE,
		.help = "Call limit while the engine is libsrtp2, which locks and allocates for each packet."},

	{"dpdk", "extra_args", &config_type_text, "", "--log-level=lib.eal:debug", FIELD(eal_args),
		.effect = CONFIG_SWITCH,
		.help = "Further arguments for DPDK's EAL, parted by blanks."},
	{"dpdk", "mbufs", &config_type_number, "", "16384", FIELD(mbufs),
		.min = 1024, .max = 1 << 22,
		.effect = CONFIG_SWITCH,
		.help = "Packet buffers of each device; if not given, what the device's kind needs."},

	{"timeouts", "setup", &config_type_time, "5m", FIELD(timeout_ms[TIMEOUT_SETUP]),
		.min = 0, .max = TIMEOUT_MAX_MS, .effect = CONFIG_AT_ONCE,
		.help = "How long a call may wait for its second leg, a remote address or the first media.  SIP lets a\n"
			"phone ring for three minutes and more."},
	{"timeouts", "media", &config_type_time, "1m", FIELD(timeout_ms[TIMEOUT_MEDIA]),
		.min = 0, .max = TIMEOUT_MAX_MS, .effect = CONFIG_AT_ONCE,
		.help = "How long a leg that has been heard, and is not on hold, may be silent.  RTCP counts, too."},
	{"timeouts", "hold", &config_type_time, "0s", FIELD(timeout_ms[TIMEOUT_HOLD]),
		.min = 0, .max = TIMEOUT_MAX_MS, .effect = CONFIG_AT_ONCE,
		.help = "How long nobody at all may be heard in a call of which a leg is on hold."},
	{"timeouts", "total", &config_type_time, "0s", FIELD(timeout_ms[TIMEOUT_TOTAL]),
		.min = 0, .max = TIMEOUT_MAX_MS, .effect = CONFIG_AT_ONCE,
		.help = "How long a call may be, whatever happens in it."},
	{"timeouts", "on_timeout", &config_type_choice, "event", FIELD(timeout_ends),
		.words = timeout_actions, .effect = CONFIG_AT_ONCE,
		.help = "end: the call is ended, too, as by call.delete."},
	{"timeouts", "one_way", &config_type_time, "10s", FIELD(one_way_ms),
		.min = 0, .max = TIMEOUT_MAX_MS, .effect = CONFIG_AT_ONCE,
		.help = "How long one party may be missed while the other one speaks, before the event call.one_way\n"
			"says so.  Nothing else comes of it."},

	{"transcode", "window", &config_type_time, "60ms", FIELD(window_ms),
		.min = 0, .max = CODING_WINDOW_MAX_MS, .effect = CONFIG_AT_ONCE,
		.help = "The longest wait for a packet that is late, before sound is made up in its place.  Nothing waits\n"
			"while packets come in order.  For calls that are made or changed from now on."},
	{"transcode", "opus_complexity", &config_type_number, "5", FIELD(opus_complexity),
		.min = 0, .max = CODING_COMPLEXITY_MAX, .effect = CONFIG_AT_ONCE,
		.help = "How much work Opus may take to sound better, while its core has the time; likewise."},
	{"transcode", "costs", &config_type_path, "", "/etc/strowger/costs", FIELD(cost_table),
		.effect = CONFIG_STROWGER,
		.help = "What codecs cost on this machine, as strowger-bench micro codecs --cost FILE measures it; if not\n"
			"given, what they usually do.  It decides which transcode core gets a call."},

	{"rpc", "mode", &config_type_mode, "0660", FIELD(rpc_mode),
		.effect = CONFIG_AT_ONCE,
		.help = "Of admin.sock: who may write to it is an administrator."},
	{"rpc", "group", &config_type_name, "", "adm", FIELD(rpc_group),
		.help = "Group of admin.sock."},
	{"rpc", "session_mode", &config_type_mode, "0660", FIELD(session_mode),
		.effect = CONFIG_AT_ONCE,
		.help = "Of session.sock: who may write to it makes, changes and ends calls."},
	{"rpc", "session_group", &config_type_name, "", "kamailio", FIELD(session_group),
		.help = "Group of session.sock: that of the signalling server."},
	{"rpc", "view_mode", &config_type_mode, "0660", FIELD(view_mode),
		.effect = CONFIG_AT_ONCE,
		.help = "Of view.sock: who may write to it sees calls, with the addresses of their parties."},
	{"rpc", "view_group", &config_type_name, "", "telemetry", FIELD(view_group),
		.help = "Group of view.sock."},

	{"capture", "directory", &config_type_path, "", "/var/lib/strowger/captures",
		FIELD(capture_directory),
		.effect = CONFIG_AT_ONCE,
		.help = "Where captures are written, readable for the node's user alone; the directory captures in\n"
			"run_dir if not given, which is memory on most hosts."},

	{"http", "listen", &config_type_listen, "", "9900", FIELD(http_listen),
		.help = "Where; if not given, nowhere.  A port alone is one of 127.0.0.1.  Whoever can reach another\n"
			"address is answered, and without encryption."},

	{"ng", "listen", &config_type_listen, "", "2223", FIELD(ng_listen),
		.help = "Over UDP.  A port alone is one of 127.0.0.1."},
	{"ng", "listen_tcp", &config_type_listen, "", "2223", FIELD(ng_listen_tcp),
		.help = "Over TCP, likewise."},
	{"ng", "socket", &config_type_path, "", "/run/strowger/default/ng.sock", FIELD(ng_socket),
		.help = "A Unix stream socket, for programs on this host."},
	{"ng", "mode", &config_type_mode, "0660", FIELD(ng_mode),
		.help = "Of that socket: who may write to it makes, changes and ends calls."},
	{"ng", "group", &config_type_name, "", "kamailio", FIELD(ng_group),
		.help = "Group of that socket: that of the signalling server; if not given, the user's own."},
	{"ng", "http", &config_type_choice, "no", FIELD(ng_http), .words = no_yes,
		.help = "yes: where [http] listens, POST /ng and /ng-plain, and WebSocket, ask, too."},
	{"ng", "allow", &config_type_network, "", "192.0.2.0/24", FIELD(ng_allow),
		.effect = CONFIG_AT_ONCE,
		.help = "Who may ask beside loopback.  Others get no answer, and are counted."},
	{"ng", "delete_delay", &config_type_time, "30s", FIELD(ng_delete_delay_ms),
		.min = 0, .max = 24 * 3600 * 1000, .effect = CONFIG_AT_ONCE,
		.help = "How long a deleted call goes on, unless the request says how long."},
	{"ng", "endpoint_learning", &config_type_choice, "heuristic", FIELD(ng_learning),
		.words = learnings, .effect = CONFIG_AT_ONCE,
		.help = "How a party's true address is learned, unless the request says."},
	{"ng", "sip_source", &config_type_choice, "no", FIELD(ng_sip_source),
		.words = no_yes, .effect = CONFIG_AT_ONCE,
		.help = "yes: offers and answers are as with SIP-source-address unless they say trust-address: a party is where its\n"
			"SIP message came from, whatever its SDP says."},
	{"ng", "tos", &config_type_number, "", "184", FIELD(ng_tos),
		.min = 1, .max = 255, .effect = CONFIG_AT_ONCE,
		.help = "The TOS byte of what is sent to parties, unless the request says; if not given, 184 (EF) for\n"
			"audio, 136 (AF41) for video."},
	{"ng", "timeout_url", &config_type_url, "", "http://127.0.0.1:8080/RPC2", FIELD(ng_timeout_url),
		.effect = CONFIG_AT_ONCE,
		.help = "Who is told by XML-RPC when a call times out, beside the event call.timeout; %% in place of the\n"
			"address is what the call's `xmlrpc-callback` said, otherwise who made the call; 127.0.0.1 by a\n"
			"Unix socket."},
	{"ng", "timeout_format", &config_type_choice, "sems", FIELD(ng_timeout_format),
		.words = timeout_formats, .effect = CONFIG_AT_ONCE,
		.help = "How: sems: di(sbc, postControlCmd, TAG, teardown) for each tag; call-id: teardown(CALL-ID);\n"
			"kamailio: dlg.terminate_dlg(CALL-ID, TAG, TAG), of its modules dialog and xmlrpc."},

	{"mesh", "interface", &config_type_name, "", "external", FIELD(mesh_interface),
		.effect = CONFIG_BOTH,
		.help = "Which [interface NAME] the mesh is at; its first address is that of the node."},
	{"mesh", "port", &config_type_number, "4110", FIELD(mesh_port),
		.min = 1, .max = UINT16_MAX,
		.effect = CONFIG_BOTH,
		.help = "UDP port of the node; 4110 is what everybody has."},
	{"mesh", "identities", &config_type_path, "", "/var/lib/strowger/default.mesh",
		FIELD(mesh_identities),
		.effect = CONFIG_STROWGER,
		.help = "File of the node's secret keys, for its user alone to read; it is made when there is none.\n"
			"/var/lib/strowger/NAME.mesh if not given."},
	{"mesh", "peers", &config_type_mesh_peer, "", "192.0.2.7", FIELD(mesh_peers),
		.effect = CONFIG_STROWGER,
		.help = "A node to be neighbours with, beside those that are found; at most 64."},
	{"mesh", "broadcast", &config_type_choice, "yes", FIELD(mesh_broadcast), .words = no_yes,
		.effect = CONFIG_STROWGER,
		.help = "yes: neighbours are looked for by broadcasts, twice a second."},
	{"mesh", "forward", &config_type_choice, "no", FIELD(mesh_forward), .words = no_yes,
		.effect = CONFIG_STROWGER,
		.help = "yes: frames of others are carried on, and they are told that they can be."},
	{"mesh", "calls_per_peer", &config_type_number, "16", FIELD(mesh_calls_per_peer),
		.min = 1, .max = CONFIG_CALLS_MAX, .effect = CONFIG_AT_ONCE,
		.help = "Calls with one node of the mesh at one time.  servald has room for 16, and breaks at one more."},
	{"mesh", "window", &config_type_time, "200ms", FIELD(mesh_window_ms),
		.min = 0, .max = CODING_WINDOW_MAX_MS, .effect = CONFIG_AT_ONCE,
		.help = "The longest wait for sound of the mesh that is late: there what is lost is sent again."},
	{"mesh", "did", &config_type_did, "", "5550100", FIELD(mesh_did),
		.effect = CONFIG_STROWGER,
		.help = "Telephone number of the primary identity, under which the mesh finds it; if not given, as\n"
			"strowger-ctl mesh identity set says."},
	{"mesh", "name", &config_type_mesh_name, "", "Almon Strowger", FIELD(mesh_name),
		.effect = CONFIG_STROWGER,
		.help = "Its name, which is told with the number; likewise."},

	{"interface", "device", &config_type_device, "", "xdp:eth0", PER_INTERFACE(device),
		.required = true,
		.effect = CONFIG_SWITCH,
		.help = "How packets are reached.  xdp: an ordinary interface; packet: one without XDP, or in a\n"
			"container; pci: a NIC that DPDK drives alone; tap, vhost, memif, ring: no kernel below, for\n"
			"virtual machines, tests and neighbours on this host."},
	{"interface", "address", &config_type_address, "", "192.0.2.1", PER_INTERFACE(addresses),
		.required = true,
		.effect = CONFIG_SWITCH,
		.help = "Where media is received.  xdp, packet: an address that the kernel interface has.  Behind a\n"
			"NAT, as in a cloud: 10.0.0.5 advertised 203.0.113.9, and parties are told the second one."},
	{"interface", "name", &config_type_address_name, "", "partners 192.0.2.1", PER_INTERFACE(names),
		.effect = CONFIG_STROWGER,
		.help = "Calls get this address as one of an interface NAME, which other addresses, also of other\n"
			"sections, may share, and no longer as one of the section's own name.  An address may have\n"
			"several: pub 10.0.0.5 advertised 203.0.113.9, and priv 10.0.0.5.  One without advertised has\n"
			"that of the address.  The first name of the first address is for calls that name no interface."},
	{"interface", "ports", &config_type_port_range, "30000-39999", PER_INTERFACE(ports),
		.effect = CONFIG_SWITCH,
		.help = "UDP ports for media, at each of the addresses; no other program may use them."},
	{"interface", "neighbour", &config_type_neighbour, "", "192.0.2.9 02:00:00:00:00:09",
		PER_INTERFACE(neighbours),
		.effect = CONFIG_SWITCH,
		.help = "A next hop and its Ethernet address, for devices without a kernel below."},
	{"interface", "mac", &config_type_mac, "", "02:00:00:00:00:01", PER_INTERFACE(mac),
		.effect = CONFIG_SWITCH,
		.help = "Our own Ethernet address; if not given, the device's."},
	{"interface", "mtu", &config_type_number, "", "1500", PER_INTERFACE(mtu),
		.min = 576, .max = 9216,
		.effect = CONFIG_SWITCH,
		.help = "Bytes of the largest IP packet; if not given, the device's."},
	{"interface", "queues", &config_type_number, "", "2", PER_INTERFACE(queues),
		.min = 1, .max = SW_CORES,
		.effect = CONFIG_SWITCH,
		.help = "At most so many of the device's queues; if not given, one a forwarding core.  With fewer\n"
			"than cores those that have none get their packets from the others."},
	{"interface", "vlan", &config_type_number, "", "100", PER_INTERFACE(vlan),
		.min = 1, .max = 4094,
		.effect = CONFIG_SWITCH,
		.help = "802.1Q tag of our frames, for devices without a kernel below.  A kernel's VLAN is an\n"
			"interface of its own: device = packet:eth0.100."},
	{"interface", "twin", &config_type_interface, "", "media0", PER_INTERFACE(twin),
		.effect = CONFIG_SWITCH,
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
	fprintf(to, "# Takes %s.%s%s%s\n", takes, k->required ? "  Must be given." : "",
		k->type->repeats ? "  May be repeated." : "",
		k->effect == CONFIG_AT_ONCE ? "  A reload takes it." : "");
	fprintf(to, "#%s = %s\n", k->name, k->fallback[0] != '\0' ? k->fallback : k->example);
}

void
config_print_default(FILE *to)
{
	fputs("# Configuration of strowger, as `strowger --print-config` prints it.\n"
	      "# Every key is here, commented out, with its default; those that have none "
	      "show an\n"
	      "# example.  At least one [interface NAME] must be filled in.  A reload is "
	      "SIGHUP, or\n"
	      "# strowger-ctl config reload.\n",
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
