/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files behind node.h share: node.c (its life), node_end.c (its end), node_parts.c
 * (what others ask it for), node_switch.c (what the switch tells), node_rpc.c and node_ng.c
 * (its sockets), node_upgrade.c (becoming a newer program).  Nobody else's.  Control's one
 * thread. */
#pragma once

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "control/rpc.h"
#include "dataplane/switch_client.h"
#include "relay/node.h"

struct keeper;
struct mesh;
struct mesh_calls;
struct ng;
struct ng_server;
struct notify;
struct pages;
struct rpc_tally;
struct upgrade;

struct node {
	struct node_conf conf;
	struct config *config;
	char rpc_path[RPC_ROLES][128], switch_path[128], switch_lock[128];
	int64_t started_us;
	unsigned log_level; /* of the switch, however often it is started */

	struct event_base *base;
	struct event *terminate, *interrupt, *drain, *idle;
	struct notify *notify;
	struct switch_client *client;
	struct calls *calls;
	struct capture *capture;
	struct core_watch *core_watch;
	struct events *events;
	struct mesh *mesh;             /* NULL: the configuration has none, ... */
	struct mesh_calls *mesh_calls; /* ... and then there are no calls in it */
	struct keeper *keeper;
	struct rpc_server_conf rpc_conf;
	struct rpc_server *rpc; /* NULL before the first welcome */
	struct rpc_tally *rpc_tally;
	struct pages *pages;
	struct ng *ng;               /* NULL: nobody is listened to over NG, ... */
	struct ng_server *ng_server; /* ... or not yet */

	struct reload *reload;

	struct upgrade *upgrade;
	node_upgraded *upgraded; /* who waits to be told; NULL: nobody */
	void *upgraded_arg;
	uint64_t idle_ms; /* when we wait no longer for answers to leave */

	int listening[RPC_ROLES];    /* at the RPC sockets, handed to us; 0: none */
	int listening_ng[HANDED_NG]; /* likewise, over NG; -1: none */
	bool compared;               /* the first switch's settings with ours */
	bool draining;               /* on the way to the end: no new calls any more */
	bool leave_switch;           /* when that is over */
	bool ending;                 /* it is over: the switch is being ended, or left */
	bool over;                   /* the loop may end */
	uint64_t deadline_ms;        /* of draining */
	uint64_t farewell_ms;        /* behind that, of parties in the mesh; 0: not yet */
	int status;                  /* the process's */
};

/* ---- node_end.c ---- */

uint64_t node_now_ms(void);
void node_fail(void *node);        /* the loop ends, with status 1 */
int node_end_open(struct node *n); /* from now on signals end it; 0; -ENOMEM */
void node_end_close(struct node *n);

/* ---- node_switch.c ---- */

extern const struct switch_client_calls node_switch_calls;

/* ---- node_rpc.c ---- */

/* Listen, at sockets of our own or those that were taken.  0 or -errno, after a log line. */
int node_rpc_open(struct node *n);
void node_rpc_take(struct node *n, const struct handed *h);
void node_rpc_give(struct node *n, struct handed *h); /* and send everybody away */

/* ---- node_ng.c ---- */

/* Listen as the configuration has it, at sockets of our own or those that were handed to us,
 * and know the dialogs of the calls that run.  0 or -errno, after a log line. */
int node_ng_open(struct node *n);
void node_ng_stop(struct node *n);  /* before calls_close() ... */
void node_ng_close(struct node *n); /* ... and after it */
void node_ng_flush(struct node *n); /* once a turn, after its events */
void node_ng_pause(struct node *n, bool on);
bool node_ng_is_idle(const struct node *n);
void node_ng_give(const struct node *n, struct handed *h);

/* ---- node_upgrade.c ---- */

int node_upgrade_open(struct node *n);   /* 0; -ENOMEM */
void node_upgrade_close(struct node *n); /* who waits to be told is */
