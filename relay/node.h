/* SPDX-License-Identifier: Apache-2.0
 *
 * The running node: owns the event base, the calls, the RPC server and whatever keeps the
 * switch running; starts, drains and ends them.  It is the argument of every RPC method's
 * handler. Control's one thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "control/rpc.h"
#include "relay/handed.h"

struct calls;
struct capture;
struct config;
struct core_watch;
struct events;
struct event_base;
struct launcher;
struct mesh;
struct mesh_calls;
struct node;
struct reload;
struct switch_client;

struct node_conf {
	struct config *config;       /* changed by a reload */
	const char *config_path;     /* the file that it is from */
	struct launcher *launcher;   /* NULL: attach only, and leave the switch when we end */
	bool leave_switch;           /* a signal to end leaves the switch running */
	gid_t socket_gid[RPC_ROLES]; /* whose group the RPC sockets get; -1: as it comes */
	gid_t ng_gid;                /* and NG's */
	int lock_fd;                 /* of the instance */
	const char *program;         /* path of ours, and of what we are upgraded to */
	char *const *argv;           /* ours */
	struct handed handed;        /* by what we were before; taken over */
};

/* CONF and what it points to must outlive the node.  NULL after a log line. */
struct node *node_open(const struct node_conf *conf);
int node_run(struct node *n);    /* until stopped; the process's exit status */
void node_close(struct node *n); /* NULL is fine */

struct event_base *node_base(const struct node *n);
const struct config *node_config(const struct node *n);
struct calls *node_calls(const struct node *n);
struct capture *node_capture(const struct node *n);
const struct core_watch *node_core_watch(const struct node *n);
struct mesh *node_mesh(const struct node *n);             /* NULL: there is none */
struct mesh_calls *node_mesh_calls(const struct node *n); /* likewise */
struct switch_client *node_client(const struct node *n);
struct events *node_events(const struct node *n);
bool node_switch_is_up(const struct node *n); /* welcomed and not lost since */

struct reload *node_reload(const struct node *n);
bool node_is_ready(const struct node *n);      /* the RPC has been opened */
bool node_starts_switch(const struct node *n); /* rather than somebody else */

int64_t node_started_us(const struct node *n);       /* real time, microseconds since 1970 */
unsigned node_switch_restarts(const struct node *n); /* that this process has seen */

/* Begin to end.  DRAIN: refuse new calls and go on until none is left or drain_timeout has
 * passed; else at once.  Said again while draining: the new wish counts.  LEAVE_SWITCH: it
 * goes on with the calls that are left, for the next control to find; a node that only
 * attaches always leaves it. Returns before anything ends, so an RPC answer still leaves. */
void node_stop(struct node *n, bool drain, bool leave_switch);
bool node_is_draining(const struct node *n); /* or ending: no new calls */

/* Take no new calls from now on, or take them again; calls that run go on, and so does the
 * node.  0; -EALREADY: it is ending. */
int node_drain(struct node *n, bool on);

/* Become the program that stands on disk now: it is asked whether it can, DONE is told, and if
 * it can this process becomes it in a moment, with its lock, its RPC socket and its helper.
 * VERSION: the new one's; NULL: ERROR is why not, in a sentence. */
typedef void node_upgraded(void *arg, const char *version, const char *error);
void node_upgrade(struct node *n, node_upgraded *done, void *arg);

/* Set the level of both processes' logs; a switch that is started later gets it too. */
void node_set_log_level(struct node *n, unsigned level);

/* Let those ask over NG whom the configuration allows now. */
void node_set_ng_networks(struct node *n);

/* Give the RPC sockets the modes that the configuration says now. */
void node_set_rpc_mode(struct node *n);
