/* SPDX-License-Identifier: Apache-2.0
 *
 * The configuration file, as a plain struct.  One table (config_keys.c) names every key with
 * its type, default and help; it parses, checks, and prints the commented default file,
 * packaging/strowger.conf. Control's one thread, at start; pure but for config_load(). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "control/ng_server.h"
#include "control/timeout.h"
#include "dataplane/switch.h"
#include "mesh/sid.h"
#include "relay/config_keys.h"

enum {
	CONFIG_NEIGHBOURS = 64, /* of one interface; as many as the switch takes */
	CONFIG_NAMES = 32,      /* of one interface's addresses */
	CONFIG_LISTENS = 8,
	CONFIG_MESH_PEERS = 64,
	CONFIG_CALL_SLOTS = 4,   /* transports set aside for one call */
	CONFIG_CALL_BLOCKS = 32, /* ... and blocks of records: 4 KiB, on an average of all */
	CONFIG_CALLS_MAX = SW_TRANSPORTS_MAX / CONFIG_CALL_SLOTS,
};

struct config_ports {
	uint16_t first, last; /* even, odd */
};

struct config_neighbour {
	struct sw_addr addr; /* port 0 */
	uint8_t mac[6];
};

struct config_addresses {
	unsigned n;
	struct sw_addr addr[SW_ADDRESSES];       /* port 0 */
	struct sw_addr advertised[SW_ADDRESSES]; /* port 0; family 0: as it is */
	uint8_t bits[SW_ADDRESSES];              /* of its network; 0: not said */
};

/* A leg that is asked to be on NAME may be at ADDR. */
struct config_name {
	char name[SW_NAME];
	struct sw_addr addr;       /* port 0 */
	struct sw_addr advertised; /* port 0; family 0: as the section advertises ADDR */
};

struct config_names {
	unsigned n;
	struct config_name name[CONFIG_NAMES];
};

struct config_neighbours {
	unsigned n;
	struct config_neighbour neighbour[CONFIG_NEIGHBOURS];
};

struct config_listens {
	unsigned n;
	struct sw_addr at[CONFIG_LISTENS];
};

struct config_mesh_peers {
	unsigned n;
	struct sw_addr at[CONFIG_MESH_PEERS];
};

struct config_networks {
	unsigned n;
	struct ng_network network[NG_NETWORKS];
};

struct config_cpus {
	unsigned n;
	int cpu[SW_CORES];
};

/* [interface NAME] */
struct config_interface {
	uint32_t
		line[CONFIG_KEYS]; /* of the file, where each key was said first; 0: nowhere */
	char name[SW_NAME];
	char device[124]; /* KIND:ARG */
	struct config_ports ports;
	struct config_addresses addresses;
	struct config_names names;
	struct config_neighbours neighbours;
	uint8_t mac[6];  /* all 0: the device's own */
	uint32_t mtu;    /* 0: the device's own */
	uint32_t queues; /* 0: one a forwarding core */
	uint32_t vlan;   /* 0: untagged */
	char twin[16];   /* empty: none */
};

struct config {
	uint32_t line[CONFIG_KEYS]; /* likewise; of the other sections' keys */

	/* [node] */
	char name[SW_NAME];
	char run_dir[94]; /* never empty after config_parse(); session.sock fits behind it */
	char user[32];    /* "root": stay who we are */
	uint32_t call_limit;
	uint32_t drain_timeout_ms;
	char switch_path[256]; /* empty: beside our own executable, else in PATH */

	/* [log] */
	uint8_t log_level; /* enum log_level */
	bool log_plain;    /* identifiers = plain */

	/* [cores] */
	struct config_cpus forwarding;
	struct config_cpus transcode; /* n 0: the last of `forwarding` does that, too */
	int main_cpu;                 /* -1: any */
	bool busy;                    /* poll = busy */

	/* [srtp] */
	uint8_t engine; /* index into config_engines */
	uint32_t libsrtp2_calls;

	/* [dpdk] */
	char eal_args[512];
	uint32_t mbufs; /* per device; 0: the switch chooses */

	/* [rpc] */
	uint32_t rpc_mode;
	char rpc_group[32]; /* empty: the user's own */
	uint32_t session_mode, view_mode;
	char session_group[32], view_group[32];

	/* [http] */
	struct config_listens http_listen;

	/* [ng] */
	struct config_listens ng_listen, ng_listen_tcp;
	char ng_socket[108]; /* empty: none */
	uint32_t ng_mode;    /* of that */
	char ng_group[32];   /* likewise; empty: the user's own */
	bool ng_http;
	struct config_networks ng_allow;
	uint32_t ng_delete_delay_ms;
	uint8_t ng_learning; /* from 0 on what enum ng_learning has from NG_LEARN_DELAYED on */
	bool ng_sip_source;  /* SIP-source-address, unless trust-address is said */
	uint32_t ng_tos;     /* 0: by media */
	char ng_timeout_url[128];  /* empty: nobody is told; %% in it is an address */
	uint8_t ng_timeout_format; /* enum ng_callback_format */

	/* [timeouts] */
	uint32_t timeout_ms[TIMEOUTS]; /* 0: off */
	bool timeout_ends;             /* on_timeout = end */
	uint32_t one_way_ms;           /* 0: off */

	/* [transcode] */
	uint32_t window_ms;
	uint32_t opus_complexity;
	char cost_table[192]; /* empty: usual figures */

	/* [capture] */
	char capture_directory[192]; /* never empty after config_parse() */

	/* [mesh] */
	char mesh_interface[SW_NAME]; /* empty: no mesh */
	uint32_t mesh_port;
	char mesh_identities[192]; /* never empty after config_parse() */
	struct config_mesh_peers mesh_peers;
	bool mesh_broadcast, mesh_forward;
	uint32_t mesh_calls_per_peer;
	uint32_t mesh_window_ms;
	char mesh_did[MESH_DID], mesh_name[MESH_NAME]; /* empty: as the file has it */

	unsigned interfaces;
	struct config_interface interface[SW_DEVICES];
};

extern const char *const config_engines[]; /* "auto", "burst", "libsrtp2"; NULL-ended */

/* Fill C from the LEN bytes at TEXT.  0, or -EINVAL and in ERR (of SIZE bytes) one line for
 * people that begins with the number of the line that is wrong, when one line is to blame. */
int config_parse(const char *text, size_t len, struct config *c, char *err, size_t size);

/* The same from a file; ERR begins with PATH.  0, -EINVAL, -EFBIG or why it cannot be read. */
int config_load(const char *path, struct config *c, char *err, size_t size);

/* Are two addresses, number *M of A and number *N of B (which may be the same interface),
 * known outside by the same one, and no NAT could tell them apart by their ports?  Names count
 * behind the addresses. */
bool config_find_same(const struct config_interface *a, const struct config_interface *b,
	unsigned *m, unsigned *n);

/* Captures of C go below RUN_DIR, if its file does not say where. */
void config_place_captures(struct config *c, const char *run_dir);

/* The commented default configuration. */
void config_print_default(FILE *to);

/* Transport slots, and record blocks, that the switch is to set aside. */
uint32_t config_transports(const struct config *c);
uint32_t config_record_blocks(const struct config *c);
