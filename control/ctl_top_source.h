/* SPDX-License-Identifier: Apache-2.0
 *
 * Where strowger-ctl top has its readings from: asks a node for everything at once, and takes
 * the answers as they come, so that keys need not wait for a node that is busy or has hung.
 * One thread. */
#pragma once

#include "control/ctl_top_model.h"

struct rpc_client;

struct top_source {
	struct rpc_client *client; /* NULL: not connected */
	bool asking;               /* a reading is under way */
	json_int_t first;          /* id of its first request */
	unsigned missing;          /* answers yet to come */
	json_t *listed;            /* of call.list, page by page; NULL: not asked for */
	struct top_reading reading;
};

/* Connect to the socket at PATH.  0 or -errno, as of rpc_client_open(). */
int top_source_open(struct top_source *s, const char *path);
void top_source_close(struct top_source *s); /* all-zero is fine */

/* To poll; -1: not connected. */
int top_source_fd(const struct top_source *s);

/* Ask for a reading, with the calls that are worst BY something (a word of call.top; NULL: as
 * the node likes), and behind them ALL others or none.  0 or -errno. */
int top_source_ask(struct top_source *s, const char *by, bool all);

/* Take what has come, waiting for at most WAIT_MS.  1: s->reading is complete, and the
 * caller's; 0: not yet; -errno: the node has gone. */
int top_source_take(struct top_source *s, int wait_ms);
