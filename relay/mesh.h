/* SPDX-License-Identifier: Apache-2.0
 *
 * This node of the mesh: its identities, its neighbours, the ways to others, the small
 * services, and frames to and from whoever speaks VoMP.  The states are mesh/node.h's; here
 * they meet the switch, the clock, the configuration and the file of identities.  Control's
 * one thread. */
#pragma once

#include "dataplane/switch.h"
#include "mesh/node.h"

struct config;
struct event_base;
struct events;
struct mesh;
struct switch_client;

/* What CONF names must outlive it.  Reads the file of identities, or makes it with a first one
 * in it.  NULL with errno after a log line; and without one if the configuration has no mesh
 * (errno 0). */
struct mesh *mesh_open(const struct config *conf, struct switch_client *client,
	struct event_base *base, struct events *events);
void mesh_close(struct mesh *m); /* NULL is fine */

/* ---- What the switch client tells ---- */

void mesh_welcome(struct mesh *m, enum sw_origin origin); /* before calls_welcome(), ... */
void mesh_settle(struct mesh *m); /* ... and right behind it: what is not said between
				   * SYNC_BEGIN and SYNC_END is dropped */
void mesh_heard(struct mesh *m, const struct sw_mesh_heard *h);

/* ---- Identities: numbered from 0, the primary one, on; they do not change their numbers ----
 */

unsigned mesh_identities(const struct mesh *m);
const struct mesh_identity *mesh_identity(const struct mesh *m, unsigned n);
int mesh_identity_find(const struct mesh *m, const uint8_t sid[SID_LEN]); /* -ENOENT */

/* ---- Frames, boxed ---- */

/* One came for port 12, out of a box between the two. */
typedef void mesh_vomp(void *arg, const struct mesh_message *m);
void mesh_listen(struct mesh *m, mesh_vomp *vomp, void *arg);

/* Box DATA, which has no ports in front, and send it until it is acknowledged.  0;
 * -EHOSTUNREACH: no way is known, -ENOBUFS, -EMSGSIZE, -ENOTCONN (no switch). */
int mesh_send(struct mesh *m, unsigned identity, const struct sid *to,
	const struct mesh_ports *ports, const void *data, unsigned len);

/* The switch is to know the key of these two, and the way, as it changes, as long as somebody
 * holds them; before a transport is set whose remote address is SID.  0; -ENOBUFS: there are
 * too many; -EBADMSG: no such SID can be. */
int mesh_hold(struct mesh *m, unsigned identity, const struct sid *sid);
void mesh_release(struct mesh *m, unsigned identity, const struct sid *sid);

/* ---- Numbers ---- */

/* A is NULL when the time is over, the last call; else one that has answered. */
typedef void mesh_found(void *arg, const struct dna_answer *a);
struct mesh_lookup;
/* Ask the mesh for DID for TIMEOUT_MS, again and again.  NULL: errno. */
struct mesh_lookup *mesh_lookup(
	struct mesh *m, const char *did, unsigned timeout_ms, mesh_found *found, void *arg);
void mesh_lookup_end(struct mesh_lookup *l); /* found() is not called any more */

/* ---- Looking, and asking, for people ---- */

const struct mesh_node *mesh_node_of(const struct mesh *m);

/* As mesh_node_ping(); NULL: errno. */
struct mesh_asking *mesh_ping(
	struct mesh *m, const struct mesh_ping *ping, mesh_node_echoed *echoed, void *arg);

/* Add one of ours: of SEED, or NULL: a new one.  Its number, or -EEXIST, -ENOSPC; -errno: it
 * cannot be written down, and is not there.  DID and NAME are valid, or empty. */
int mesh_identity_add(
	struct mesh *m, const uint8_t seed[MESH_KEY], const char *did, const char *name);
/* Give identity N another number and name; NULL: as it was.  0; -EPERM: the configuration says
 * them; -errno: likewise. */
int mesh_identity_set(struct mesh *m, unsigned n, const char *did, const char *name);
