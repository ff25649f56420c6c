/* SPDX-License-Identifier: Apache-2.0
 *
 * The switch's data plane in this process, without a network: state, tables, cores, and one
 * device whose queues are rings.  Frames are put into a queue's ring, cores take turns, frames
 * come out.  Or it is a memif, opened as the switch opens it, whose other end may be in this
 * process, too.  The cores run on threads of their own (inproc_start), or all of them on the
 * caller's (inproc_turn), whose time is what the caller says.  For unit tests, for
 * `strowger-bench replay` and for parts of `strowger-bench micro`.
 *
 * The caller is main: it alone may use the tables. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "dataplane/tables.h"
#include "dataplane/worker.h"

struct mesh_main;

enum {
	INPROC_CORES = 4,
	INPROC_TRANSCODERS = 2,
};

extern const uint8_t inproc_mac[6];  /* the device's own */
extern const uint8_t inproc_peer[6]; /* everybody else's */

/* Every address beyond the device is reached by inproc_peer. */
struct inproc_conf {
	unsigned cores, queues; /* QUEUES <= CORES <= INPROC_CORES */
	unsigned transcoders;
	bool shared; /* transcode core N takes its turns on the thread of core N */
	uint32_t slots;
	const char *memif; /* socket where the device listens; NULL: it is made of rings */
	uint32_t mbufs;    /* packet buffers; a power of two less one is best; of rings */
	uint32_t ring;     /* a power of two; a queue holds one frame less, either way */
	bool busy;         /* the cores never sleep */
	bool back_to_back; /* what a queue sends is what it receives; of rings */
	unsigned addresses;
	struct sw_addr address[SW_ADDRESSES]; /* ours; port 0 */
	uint16_t port_first, port_last;
	struct sw_addr mesh; /* a node of the mesh, at one of these; family 0: none */
};

struct inproc {
	struct inproc_conf conf;
	struct state state;
	struct neigh *neigh;
	struct rte_rcu_qsbr *rcu;
	struct retire *retire;
	struct switch_tables *tables;
	struct opt_interface interface;
	struct device device;
	struct rte_mempool *pool;
	struct rte_ring *in[INPROC_CORES], *out[INPROC_CORES]; /* one a queue made of rings */
	unsigned cores, transcoders, workers;
	struct crossing *crossing;
	struct crossing_end main_end; /* where punted frames arrive */
	struct mesh_main *mesh;       /* NULL: no mesh */
	struct lcore lcore[INPROC_CORES];
	struct transcoder transcoder[INPROC_TRANSCODERS];
	struct worker worker[INPROC_CORES + INPROC_TRANSCODERS];
	pthread_t thread[INPROC_CORES + INPROC_TRANSCODERS];
	unsigned threads;
	uint64_t transcode_at; /* TSC for the transcode cores' turns on the caller's thread */
};

/* Start EAL without hugepages, with MB of memory, and the SRTP engine ENGINE.  Once.  0 or
 * -errno. */
int inproc_begin(unsigned mb, const char *engine);

/* 0 or -errno; then there is nothing to close. */
int inproc_open(struct inproc *p, const struct inproc_conf *conf);
/* How many packet buffers nobody has given back. */
unsigned inproc_close(struct inproc *p);

/* As if the switch had been killed and another one had taken the state over.  0 or -errno. */
int inproc_kill(struct inproc *p);

/* Let each worker (a core, or a transcode core by itself) run on a thread of its own, on
 * CPU[its number] (NULL: anywhere); end them.  0 or -errno. */
int inproc_start(struct inproc *p, const int *cpu);
void inproc_stop(struct inproc *p);

/* The cores take turns on the caller's thread until there is nothing left to do. */
void inproc_turn(struct inproc *p);
/* What time it is for them; TSC. */
void inproc_set_time(struct inproc *p, uint64_t now);

/* Main's side: what the cores have said, grace periods, old keys.  NOW: TSC. */
void inproc_main(struct inproc *p, uint64_t now);
