/* SPDX-License-Identifier: Apache-2.0
 *
 * The RPC server and the node around relay/methods*.c, for tests of those: a request is made
 * of text, as the server would, and what comes back is held against the method's own tables.
 * Its switch is fake_client.c's. */
#pragma once

#include <event2/event.h>

#include "control/rpc.h"
#include "relay/calls.h"
#include "relay/capture.h"
#include "relay/config.h"
#include "relay/core_watch.h"
#include "relay/methods.h"

struct rpc_request {
	unsigned answers;
	void *kept;
	const struct rpc_error *const *errors; /* that its method may fail with */
	json_t *result;                        /* NULL: failed */
	int code;
	char reason[32], field[96], got[64];
};

/* What the node was told to do; and its reload, when a test has opened one. */
struct told {
	bool stopped, drain, leave_switch;
	unsigned log_level, rpc_mode, ng_networks;
	unsigned reloadings, readies; /* how often the service manager heard of it */
	struct reload *reload;
	unsigned captures_ended;
	struct capture_info capture_ended; /* the last one */
	bool attaches;                     /* the switch is started by somebody else */
};

extern struct event_base *base;
extern struct switch_client *sw;
extern struct config conf;
extern struct calls *calls;
extern struct core_watch *watch;
extern struct told told;
extern struct mesh *mesh; /* NULL, unless a test has opened one */

void setup(void); /* a fixture: the node is up, with room for 20 calls */
void teardown(void);

const struct rpc_method *method(const char *name);
json_t *parsed(const char *text); /* with ' for " */
void assert_fits(const struct rpc_field *fields, json_t *value, const char *what);

/* Hand a request with PARAMS, which it takes, to method NAME. */
void begin(struct rpc_request *req, const char *name, json_t *params);

/* The same, of text; the switch answers, and the loop turns until the request is answered. */
struct rpc_request request(const char *name, const char *text);
json_t *result(const char *name, const char *text); /* of one that does not fail */

/* The value at PATH, as "legs.0.streams.1.suite". */
const json_t *at(const json_t *value, const char *path);
const char *text_at(const json_t *value, const char *path);
int number_at(const json_t *value, const char *path);
