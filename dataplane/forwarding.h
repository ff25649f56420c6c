/* SPDX-License-Identifier: Apache-2.0
 *
 * The shared state and all that runs on it: tables, grace periods, the forwarding cores. Comes
 * up as one, with what a killed switch left or from nothing, and goes as one.  Main thread. */
#pragma once

#include "dataplane/tables.h"

struct capture;
struct mesh_main;
struct forwarding;

struct forwarding_conf {
	const struct options *options;
	struct neigh *neigh;
	struct device *device; /* DEVICES of them, open */
	unsigned devices;
	struct rte_mempool *copies; /* for packets with several sinks */
};

/* FD: the state of a killed switch, ours from now on; -1: none.  When it does not fit, it is
 * said in the log and a new one made.  What CONF points to must outlive it.  NULL with errno,
 * after a log line. */
struct forwarding *forwarding_open(const struct forwarding_conf *conf, int fd);

/* FOR_GOOD: whoever holds the state finds nothing in it any more.  NULL is fine. */
void forwarding_close(struct forwarding *f, bool for_good);

enum sw_origin forwarding_origin(const struct forwarding *f);
struct switch_tables *forwarding_tables(const struct forwarding *f);
const struct state *forwarding_state(const struct forwarding *f);
struct mesh_main *forwarding_mesh(const struct forwarding *f); /* NULL: there is none */
struct capture *forwarding_capture(const struct forwarding *f);

/* Free what may be freed by now.  True: some still waits. */
bool forwarding_settle(struct forwarding *f);

/* Send what is due of the empty datagrams that control wants sent first (tables_pierce()).
 * NOW: TSC.  To be called some times a second, and after commands. */
void forwarding_pierce(struct forwarding *f, uint64_t now);

typedef void forwarding_told(void *arg, const struct sw_event *ev);

/* See whether every core takes turns, waking those that sleep for long, and how much transcode
 * cores have to do.  TOLD is given a SW_EV_STALLED for one that has taken no turn for a
 * second, and when it takes turns again, and every SW_EV_TRANSCODER.  To be called some times
 * a second. NOW: TSC.  False: one is stalled. */
bool forwarding_watch(struct forwarding *f, uint64_t now, forwarding_told *told, void *arg);

/* Let the next look tell of stalled and full cores again: whoever was told is somebody else
 * now. */
void forwarding_tell_again(struct forwarding *f);

/* The next thing that a core has to say; false: nothing. */
bool forwarding_event(struct forwarding *f, struct core_event *ev);
/* LISTENS: from here on forwarding_wake_fd() tells of whatever cores say; what they have said
 * before is still to be taken.  Else they only leave it, and wake nobody. */
void forwarding_listen(struct forwarding *f, bool listens);

/* Readable when forwarding_punts() has something to do, or a core has something to say to one
 * who listens; forwarding_punts() makes it unreadable. */
int forwarding_wake_fd(const struct forwarding *f);

/* ---- Devices with a twin: what is not media; and the mesh's datagrams (mesh_main.h) ----
 */

/* Give the frames that cores have punted to TAKE, which takes them: N of device DEVICE. */
void forwarding_punts(struct forwarding *f,
	void (*take)(void *arg, unsigned device, struct rte_mbuf **pkt, unsigned n),
	void *arg);
/* Send N frames by DEVICE; takes them.  What does not fit is dropped, as by any full queue. */
void forwarding_inject(
	struct forwarding *f, unsigned device, struct rte_mbuf **pkt, unsigned n);
