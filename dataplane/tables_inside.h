/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files behind tables.h share: tables.c (opening, closing, looking),
 * tables_transport.c (transports come and change), tables_publish.c (cores see them),
 * tables_leave.c (they leave), tables_flow.c (to whom packets go), tables_bridge.c (how their
 * payloads change), tables_path.c (by which way), tables_pierce.c (empty datagrams first),
 * tables_recover.c (what a killed switch or control left), tables_tick.c (what happens by
 * itself), tables_mesh*.c (whom we know in the mesh).  Nobody else's.  Main thread.
 *
 * A published object is never changed: a new one is made, its pointer stored with release, and
 * the old one retired. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "dataplane/tables.h"

/* What main alone knows of a slot. */
struct owned {
	uint64_t proven_tsc; /* when the newest key was seen to have authenticated; 0: not yet
			      */
	/* When main last passed such an event on. */
	uint64_t second_source_tsc, ssrc_limit_tsc, latched_tsc;
	uint32_t learned_seq;        /* of the state, when its paths were made */
	uint32_t turn;               /* counts deletions */
	struct neigh_watch watch[2]; /* its paths' ways; tagged with the slot */
	uint8_t transcoder;     /* 1 + number of the one that the transport has; 0: none yet */
	bool latched_untold[2]; /* of RTP, RTCP: an event that was not passed on */
	bool leaving;           /* withdrawn; its grace period is not over */
	bool halting;           /* stopped; what was taken before may still leave by it */
	bool stopped;           /* withdrawn, but its rules and state stay */
	bool quiet;             /* it goes on, but takes nothing before its flow is set */
	bool synced;            /* set since tables_sync_begin() */
	bool capture;           /* tables_capture(); while it is stopped, too */
	/* Of tables_pierce.c, while `pierces`. */
	bool pierces;                      /* it is in the queue */
	uint8_t pierce_left[2];            /* datagrams still to be sent, of RTP and RTCP */
	uint64_t pierce_heard;             /* the state's last_seen when it began */
	uint64_t pierce_due, pierce_until; /* TSC */
	TAILQ_ENTRY(owned) pierce;
	bool feeds;              /* it is in a list of ... */
	LIST_ENTRY(owned) fed;   /* ... those with the same first sink, which ... */
	LIST_HEAD(, owned) feds; /* ... has its head here */
};

struct switch_tables {
	struct tables shared;
	struct tables_conf conf;
	struct owned *owned;
	unsigned count;
	unsigned old_keys;          /* transports that still have one */
	uint64_t swept;             /* TSC: when learned addresses were last looked at */
	TAILQ_HEAD(, owned) pierce; /* who is due, the first one first */
	struct tables_mesh *mesh;   /* NULL: none */
	uint8_t local_device[SW_ADDRESSES];
};

#define load(p) atomic_load_explicit(&(p), memory_order_relaxed)
#define publish(p, v) atomic_store_explicit(&(p), (v), memory_order_release)

/* ---- tables.c ---- */

/* NULL: none, one that has been stopped, or no slot of ours. */
struct transport *tables_transport_at(const struct switch_tables *tb, uint32_t slot);
bool tables_transport_is(const struct switch_tables *tb, uint32_t slot, uint64_t id);

/* ---- tables_publish.c ---- */

/* T (NULL: nothing) is what stands in SLOT now, for cores, and for transports whose first sink
 * it is.  Before what stood there is retired. */
void tables_publish(struct switch_tables *tb, uint32_t slot, struct transport *t);

/* T, which is about to be published, has its first sink's transport in hand from now on; NULL:
 * what is in SLOT has none any more. */
void tables_feed(struct switch_tables *tb, uint32_t slot, struct transport *t);

/* ---- tables_transport.c ---- */

/* May WANT take this slot and these ports, where OLD is (NULL: nothing)?  0 or -errno as
 * tables_transport_set(). */
int tables_transport_fits(const struct switch_tables *tb, const struct transport *old,
	const struct sw_transport *want);

/* Put a transport where none is, with the state that it left there if it is a killed switch's.
 * QUIET: it takes nothing before its flow is set, for what would be taken without one is lost,
 * and refused when it is said again.  0; -errno of compile_first(). */
int tables_transport_first(struct switch_tables *tb, struct state_rules *next, bool quiet);

/* Put T in OLD's place and let OLD and the contexts that T does without go. */
void tables_replace_transport(
	struct switch_tables *tb, struct transport *old, struct transport *t);

/* Let ENTRY (port_entry(), or 0: nobody) answer for the ports of T. */
void tables_steer_ports(struct switch_tables *tb, const struct transport *t, uint32_t entry);

/* IS stands where WAS was (NULL: nothing): keep count of old keys. */
void tables_count_old_key(
	struct switch_tables *tb, const struct transport *was, const struct transport *is);

/* ---- tables_leave.c ---- */

/* If a stopped transport still sends what was taken, it does so no longer. */
void tables_halt_end(struct switch_tables *tb, uint32_t slot);
/* FREED(ARG) is called when all that leaves by now has left. */
void tables_when_all_left(struct switch_tables *tb, tables_freed *freed, void *arg);

/* ---- tables_flow.c ---- */

/* Publish F, which a killed switch has left, for its transport.  0; -ENOMEM; -EINVAL: its
 * bridge is not sound. */
int tables_flow_recover(struct switch_tables *tb, const struct sw_flow *f);

/* ---- tables_bridge.c ---- */

/* What RULES say for T, which may have another bridge.  0; -ENOMEM; -EINVAL: formats that
 * cannot be, or another transcode core than before. */
int tables_bridge_open(struct switch_tables *tb, const struct transport *t,
	const struct sw_bridge *rules, struct bridge **out);
/* What a killed switch has left for T.  Likewise. */
int tables_bridge_recover(
	struct switch_tables *tb, const struct transport *t, struct bridge **out);

/* ---- tables_mesh.c; but for closing, only where there is a mesh ---- */

struct tables_mesh *tables_mesh_open(struct switch_tables *tb); /* NULL: ENOMEM */
void tables_mesh_close(struct switch_tables *tb);

/* The slot of the peer that WANT, a mesh leg, leaves to; SW_MESH_NONE: there is none. */
uint16_t tables_mesh_peer_of(const struct switch_tables *tb, const struct sw_transport *want);

/* Make the path of the neighbour in SLOT anew, where it is not right. */
void tables_mesh_refresh_path(struct switch_tables *tb, uint32_t slot);

/* ---- tables_mesh_recover.c; without a mesh, too ---- */

void tables_mesh_recover(struct switch_tables *tb);
void tables_mesh_sync_begin(struct switch_tables *tb);
void tables_mesh_sync_end(struct switch_tables *tb);

/* ---- tables_path.c ---- */

/* Where transport T is to be answered: what it learned, else what signalling said, if that
 * will do.  False: its core has been writing that down for too long, it may be held up;
 * sweep_learned() comes back. */
bool tables_answer_to(const struct transport *t, unsigned rtcp, struct sw_addr *to);

/* ---- tables_pierce.c ---- */

/* The transport of IS was set so, after WAS (NULL: there was none, or none that ran): does
 * its party get empty datagrams? */
void tables_pierce_set(struct switch_tables *tb, const struct sw_transport *was,
	const struct sw_transport *is);
/* No more of them for what is in SLOT. */
void tables_pierce_end(struct switch_tables *tb, uint32_t slot);

/* Watches of the mesh's neighbours are tagged with this and the slot. */
enum { TABLES_TAG_MESH = SW_TRANSPORTS_MAX };

/* Make the paths of the transport in SLOT anew, where they are not right. */
void tables_refresh_paths_of(struct switch_tables *tb, uint32_t slot);
void tables_unwatch(struct switch_tables *tb, uint32_t slot); /* its paths' ways */
