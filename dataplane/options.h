/* SPDX-License-Identifier: Apache-2.0
 *
 * What strowger-switch is told on its command line (strowger writes it from its configuration
 * file, so the switch itself parses no files).  Main thread, at start. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/switch.h"

enum {
	OPT_NEIGHBOURS = 64, /* of one interface */
};

/* A next hop given by hand, for devices without a kernel interface below them. */
struct opt_neighbour {
	struct sw_addr addr; /* port 0 */
	uint8_t mac[6];
};

/* --interface name=N,device=KIND:ARG,address=A,ports=LOW-HIGH,... */
struct opt_interface {
	char name[SW_NAME];
	char kind[16];                  /* a row of the device table */
	char arg[108];                  /* kernel interface; memif socket path; ring name */
	uint8_t mac[6];                 /* all 0: the device's own */
	uint16_t mtu;                   /* 0: the device's own, or 1500 */
	uint16_t queues;                /* each way, at most; 0: one a forwarding core */
	uint16_t vlan;                  /* 802.1Q tag of our frames, 1..4094; 0: untagged */
	char twin[16];                  /* kernel interface made beside it; empty: not said */
	uint16_t port_first, port_last; /* media range, the same for all its addresses */
	unsigned addresses;
	struct sw_addr address[SW_ADDRESSES];
	uint8_t prefix[SW_ADDRESSES]; /* bits of its network, for the twin; 0: not said */
	unsigned neighbours;
	struct opt_neighbour neighbour[OPT_NEIGHBOURS];
	uint16_t mesh_port;    /* of UDP, which is the mesh's at ... */
	unsigned mesh_address; /* ... this one of its addresses, and sent to everybody; 0: none
				*/
};

struct options {
	char name[SW_NAME]; /* of the instance: "default" */
	char run_dir[96];   /* sockets and lock file; /run/strowger/NAME */
	unsigned interfaces;
	struct opt_interface interface[SW_DEVICES];
	unsigned cpus; /* forwarding cores */
	int cpu[SW_CORES];
	unsigned transcoders;              /* transcode cores, at least one */
	int transcode_cpu[SW_TRANSCODERS]; /* one of `cpu`: that core does both turns */
	int main_cpu;                      /* -1: anywhere */
	bool busy;                         /* poll = busy */
	struct sw_addr
		mesh; /* where MDP is spoken, one of the interfaces'; family 0: nowhere */
	uint32_t transports; /* slots */
	uint32_t record_blocks;
	uint32_t mbufs;             /* per device */
	char engine[16];            /* burst, libsrtp2, or auto */
	char eal_args[512];         /* dpdk.extra_args */
	int state_fd;               /* a memfd to adopt; -1: none */
	int socket_uid, socket_gid; /* owner of switch.sock; -1: as created */
	unsigned log_level;
	bool no_sandbox; /* for debugging: any system call may be made */
};

/* Fill O from the command line.  0; 1: --help or --version was printed; -EINVAL after a
 * message on stderr that names the option and what it takes. */
int options_parse(struct options *o, int argc, char **argv);
