/* SPDX-License-Identifier: Apache-2.0
 *
 * Control's half of switch.h: sends commands, matches acknowledgements to them, hands events
 * up, maps the shared state.  One thread; never blocks; no event library: the caller polls
 * switch_client_fd() for reading (and for writing while switch_client_pending()).  */
#pragma once

#include <stdbool.h>

#include "dataplane/switch.h"

struct switch_client;

struct switch_client_calls {
	void (*welcome)(
		void *arg, enum sw_origin origin); /* state is mapped, commands may be sent */
	void (*event)(void *arg, const struct sw_event *ev);
	/* The switch is gone or talks nonsense.  Every command in flight has been answered
	 * with -EPIPE before.  The state stays mapped; switch_client_connect() may follow. */
	void (*closed)(void *arg, const char *why);
	void (*captured)(void *arg, const struct sw_captured *m); /* NULL: nobody captures */
	void (*mesh_heard)(void *arg, const struct sw_mesh_heard *h); /* NULL: no mesh */
};

typedef void switch_done(void *arg, int error); /* 0 or -errno */

/* CALLS must outlive the client.  NULL: errno. */
struct switch_client *switch_client_open(const struct switch_client_calls *calls, void *arg);
/* Unmaps; the switch runs on.  Commands in flight are answered with -EPIPE, and `closed` is
 * not called. Not from a call back.  NULL is fine. */
void switch_client_close(struct switch_client *c);

/* Hold the state in FD, as after a welcome: to be offered to the next switch.  FD is ours from
 * now on.  0; -EBADMSG: it is none, and closed. */
int switch_client_hold(struct switch_client *c, int fd);

/* Connect to the switch that listens at PATH and say hello, offering the state that we hold.
 * 0; -ENOENT, -ECONNREFUSED (none runs), -EACCES, ... */
int switch_client_connect(struct switch_client *c, const char *path);
int switch_client_fd(const struct switch_client *c);     /* -1: not connected */
bool switch_client_ready(const struct switch_client *c); /* welcomed */
/* How many messages the switch has sent so far: while it answers, the number rises. */
uint64_t switch_client_heard(const struct switch_client *c);
/* Close the connection from this end; the same follows as when the switch had, `closed` with
 * WHY included.  Nothing happens when there is none.  Not from a call back. */
void switch_client_hang_up(struct switch_client *c, const char *why);

/* Read what has come and write what waits; calls back.  Call it when the descriptor is ready.
 */
void switch_client_run(struct switch_client *c);
bool switch_client_pending(const struct switch_client *c); /* something waits to be written */
/* What waits is to be written now.  False: it is deletions alone, which may wait for company:
 * nobody asks for their answers, and the switch would be woken for each. */
bool switch_client_hurries(const struct switch_client *c);
void switch_client_hurry(struct switch_client *c); /* whatever it is */
/* Only the latter; nothing is called back. */
void switch_client_write(struct switch_client *c);

/* Queue a command (head is filled in here); DONE is called from switch_client_run(), never
 * from here.  DONE may be NULL.  The bytes of keys are wiped once sent.  0; -ENOTCONN,
 * -ENOBUFS. */
int switch_client_transport_set(
	struct switch_client *c, const struct sw_transport *t, switch_done *done, void *arg);
int switch_client_transport_del(
	struct switch_client *c, uint32_t slot, uint64_t id, switch_done *done, void *arg);
/* INTO (NULL: nobody wants it) is filled before DONE is called with 0, and must stay until
 * DONE is called; it is where the caller's keys are wiped. */
int switch_client_transport_stop(struct switch_client *c, uint32_t slot, uint64_t id,
	struct sw_history *into, switch_done *done, void *arg);
int switch_client_transport_resume(struct switch_client *c, const struct sw_transport *t,
	const struct sw_history *h, switch_done *done, void *arg);
/* B: with F->bridged; else it is not looked at. */
int switch_client_flow_set(struct switch_client *c, const struct sw_flow *f,
	const struct sw_bridge *b, switch_done *done, void *arg);
int switch_client_send(struct switch_client *c, enum sw_type type, switch_done *done,
	void *arg); /* SW_SYNC_BEGIN, SW_SYNC_END, SW_STOP */
int switch_client_log_set(
	struct switch_client *c, uint32_t level, switch_done *done, void *arg);
/* FD goes with it (-1: none), and is ours from now on, whatever is returned.  The head of WANT
 * is filled in here. */
int switch_client_capture_set(struct switch_client *c, const struct sw_capture_set *want,
	int fd, switch_done *done, void *arg);
int switch_client_capture_end(
	struct switch_client *c, uint64_t id, switch_done *done, void *arg);

/* ---- The mesh: likewise; -EMSGSIZE: what is to be sent is too long ---- */

int switch_client_mesh_node(
	struct switch_client *c, const struct sw_mesh_node *n, switch_done *done, void *arg);
int switch_client_mesh_neighbour(struct switch_client *c, const struct sw_mesh_neighbour *n,
	switch_done *done, void *arg);
int switch_client_mesh_neighbour_del(
	struct switch_client *c, uint32_t slot, uint64_t id, switch_done *done, void *arg);
int switch_client_mesh_peer(
	struct switch_client *c, const struct sw_mesh_peer *p, switch_done *done, void *arg);
int switch_client_mesh_peer_del(
	struct switch_client *c, uint32_t slot, uint64_t id, switch_done *done, void *arg);

/* A frame in two parts, between which its sequence number goes; less than SW_MESH_BYTES in
 * all. */
struct switch_client_frame {
	const uint8_t *head; /* mesh_put_frame_head() */
	unsigned head_len;
	const uint8_t *payload;
	unsigned len;
};

/* By the link of neighbour ID in SLOT. */
int switch_client_mesh_tell(struct switch_client *c, uint32_t slot, uint64_t id,
	const struct switch_client_frame *f, switch_done *done, void *arg);
/* A whole datagram of 1..SW_MESH_BYTES bytes to TO; sw_mesh_cast says what that may be. */
int switch_client_mesh_cast(struct switch_client *c, const struct sw_addr *to,
	const void *bytes, unsigned len, switch_done *done, void *arg);
/* 1..SW_MESH_SAY_MAX bytes as CODEC (VOMP_DTMF, VOMP_TEXT) on the mesh leg that is transport
 * ID in SLOT. */
int switch_client_mesh_say(struct switch_client *c, uint32_t slot, uint64_t id, uint8_t codec,
	const void *bytes, unsigned len, switch_done *done, void *arg);

/* The shared state; NULL before the first welcome.  Valid until switch_client_close() or the
 * next welcome, whichever is first. */
const struct sw_state *switch_client_state(const struct switch_client *c);
const struct sw_core *switch_client_core(const struct switch_client *c, unsigned i);
const struct sw_transcoder *switch_client_transcoder(
	const struct switch_client *c, unsigned i);
const struct sw_transport_state *switch_client_transport(
	const struct switch_client *c, uint32_t slot);
const struct sw_transport_more *switch_client_more(
	const struct switch_client *c, uint32_t slot);
/* Of a direction that is transcoded where `id` is that of its transport.  Of no other: a look
 * at it would cost memory. */
const struct sw_bridge_state *switch_client_bridge(
	const struct switch_client *c, uint32_t slot);
/* Only where there is a mesh, for the same reason. */
const struct sw_mesh_link *switch_client_mesh_link(
	const struct switch_client *c, uint32_t slot);
/* The blocks of the call records, SW_RECORD_BLOCK bytes each, ours to write; N of them. */
void *switch_client_records(const struct switch_client *c, uint32_t *n);
int switch_client_state_fd(const struct switch_client *c); /* -1: none */
