/* SPDX-License-Identifier: Apache-2.0
 *
 * The switch's half of switch.h: one control process at a time on a Unix SEQPACKET socket.
 * Main thread, on libevent. */
#pragma once

#include "dataplane/state.h"
#include "dataplane/tables.h"

struct capture;
struct event_base;
struct mesh_main;
struct switch_server;

struct switch_server_calls {
	/* Control says hello and offers the state FD (-1: none; the callee's to close).  Bring
	 * the tables up if they are not: switch_server_serve() before returning. enum
	 * sw_origin, or -errno: control is refused. */
	int (*hello)(void *arg, int fd);
	void (*settle)(void *arg); /* commands have been carried out: retire what can be */
	void (*log_level)(void *arg, uint32_t level);
	void (*stop)(void *arg);
};

/* Listen at PATH; the caller holds the instance's lock, so whatever is there is stale.  UID,
 * GID: to whom the socket is given, -1: as made.  NULL: errno. */
struct switch_server *switch_server_open(struct event_base *base, const char *path, int uid,
	int gid, const struct switch_server_calls *calls, void *arg);
void switch_server_close(struct switch_server *s); /* removes the socket; NULL is fine */

/* The tables that commands are for. */
void switch_server_serve(
	struct switch_server *s, struct switch_tables *tables, const struct state *state);
/* device_silence_fd(), which stays the caller's.  -1, as before this is called: none. */
void switch_server_silence(struct switch_server *s, int fd);
/* What does the captures.  NULL, as before this is called: there are none, and those under way
 * end. */
void switch_server_capture(struct switch_server *s, struct capture *capture);

/* What sends in the mesh.  NULL, as before this is called: there is none. */
void switch_server_mesh(struct switch_server *s, struct mesh_main *mesh);

/* Send what waits, as what was acknowledged between two commands; control may be gone then. */
void switch_server_flush(struct switch_server *s);

/* Tell control; dropped when none is there or it does not listen.  The head is filled in here.
 */
void switch_server_event(struct switch_server *s, struct sw_event *ev);
/* A capture_told. */
void switch_server_captured(void *server, struct sw_captured *m);
/* A mesh_main_told. */
bool switch_server_mesh_heard(void *server, struct sw_mesh_heard *m);
