/* SPDX-License-Identifier: Apache-2.0
 *
 * The switch's transports, flows and paths: main's side of struct tables.  Takes what control
 * commands, compiles it, publishes it, retires what it replaces, writes the rules into the
 * shared state so that a successor can go on, and resolves paths again when neighbours or
 * learned addresses change. Main thread. */
#pragma once

#include "dataplane/lcore.h"
#include "dataplane/neigh.h"
#include "dataplane/retire.h"
#include "dataplane/state.h"

struct switch_tables;

/* A slot has been freed: no core can touch it any more. */
typedef void tables_freed(void *arg);

/* A transport has been stopped and no core can touch it any more: what is known of it, to be
 * used until this returns.  NULL: it was deleted meanwhile. */
typedef void tables_left(void *arg, const struct sw_history *h);

struct tables_conf {
	struct state *state;
	struct neigh *neigh;
	struct retire *retire;
	struct device *device; /* DEVICES of them */
	unsigned devices;
	/* One of our addresses, and the UDP port, where there is a node of the mesh; family 0:
	 * there is none.  Then one of our addresses is of family SW_AF_MESH: locals.h. */
	struct sw_addr mesh;
};

/* NULL: ENOMEM.  What CONF points to must outlive it. */
struct switch_tables *tables_open(const struct tables_conf *conf);
void tables_close(struct switch_tables *tb); /* no core runs any more */

/* What forwarding cores are given. */
const struct tables *tables_shared(const struct switch_tables *tb);

/* Take over what the rules in the shared state say (they were a killed switch's).  How many
 * transports run again. */
unsigned tables_recover(struct switch_tables *tb);

/* Commands of switch.h, their values checked already.  0 or -errno as stated there. */
int tables_transport_set(struct switch_tables *tb, const struct sw_transport *t);
/* B: NULL without F->bridged. */
int tables_flow_set(
	struct switch_tables *tb, const struct sw_flow *f, const struct sw_bridge *b);
/* FREED(ARG) is called when it is done, from retire_run() or from here. */
void tables_transport_del(
	struct switch_tables *tb, uint32_t slot, uint64_t id, tables_freed *freed, void *arg);

/* 0: LEFT(ARG) is called when it is done, from retire_run() or from here. */
int tables_transport_stop(
	struct switch_tables *tb, uint32_t slot, uint64_t id, tables_left *left, void *arg);
int tables_transport_resume(
	struct switch_tables *tb, const struct sw_transport *t, const struct sw_history *h);

void tables_sync_begin(struct switch_tables *tb);
/* Drops what was not set or stopped since the beginning; how many.  FREED(ARG) is called when
 * their slots, and those deleted before, are free. */
unsigned tables_sync_end(struct switch_tables *tb, tables_freed *freed, void *arg);

/* Make some of the paths anew whose ways have changed.  True: there are more. */
bool tables_refresh_paths(struct switch_tables *tb);

/* A core says that something happened to a transport.  False: it is gone, or this has been
 * said less than a second ago: do not pass it on. */
bool tables_core_event(struct switch_tables *tb, const struct core_event *ev);

/* Once in a while (100 ms): drop old keys whose time has come, and look for addresses that
 * were learned and not said; TOLD of what control is to know of that.  NOW: TSC. */
typedef void tables_told(void *arg, const struct sw_event *ev);
void tables_tick(struct switch_tables *tb, uint64_t now, tables_told *told, void *arg);

/* Whose parties get an empty datagram now: SEND puts it on its way by PATH, which is kept no
 * longer, from the core that has T.  False: there is no room for it, and it is tried again. */
typedef bool tables_pierce_send(
	void *arg, const struct transport *t, const struct path *path, bool rtcp);
void tables_pierce(
	struct switch_tables *tb, uint64_t now, tables_pierce_send *send, void *arg);
bool tables_pierces(const struct switch_tables *tb); /* is any party still to get some? */

/* Let copies of what the transport receives and sends go to main (capture_tap.h), or no more.
 * 0; -ENOENT: there is none of that id; -ENOMEM. */
int tables_capture(struct switch_tables *tb, uint32_t slot, uint64_t id, bool on);

unsigned tables_count(const struct switch_tables *tb); /* transports in use */
