/* SPDX-License-Identifier: Apache-2.0
 *
 * NG's commands on the calls of this node: who asks is in control/ng_server.h, what was asked
 * in control/ng.h, whose call it is in relay/dialog.h.
 *
 * A request names a dialog by its call-id.  While one is being worked on, the next ones of the
 * same dialog wait in their order; those of other dialogs go on.  Control's one thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/ng.h"
#include "control/ng_server.h"
#include "control/value.h"

struct calls;
struct config;
struct dialog;
struct dialogs;
struct event_base;
struct ng;
struct switch_client;

enum {
	NG_WAITING = 32, /* requests of one dialog, at most; more are refused */
};

struct ng_conf {
	struct calls *calls;
	const struct config *config; /* read at each request: a reload counts at once */
	struct switch_client *client;
	struct event_base *base;
};

/* All of CONF must outlive it; it is copied.  Listens to what happens to calls.  NULL: errno.
 */
struct ng *ng_open(const struct ng_conf *conf);

/* In this order at the end: ng_stop(), after which nothing more is begun; calls_close(), which
 * answers what is with the switch, and so what waits for that; ng_close(); ng_server_close().
 * NULL is fine. */
void ng_stop(struct ng *ng);
void ng_close(struct ng *ng);

/* An ng_handler: NG is a struct ng. */
void ng_handle(void *ng, struct ng_exchange *x, const struct value *request);

/* The calls have been read from the records, before anything is asked: those of dialogs are
 * dialogs again. */
void ng_recover(struct ng *ng);

/* What was asked, by command, since it was opened. */
struct ng_tally {
	uint64_t requests, errors; /* errors are among the requests; "load limit" is one */
	uint64_t us;               /* of all of them, from arrival to answer */
	uint64_t us_max;
};
const struct ng_tally *ng_tally(const struct ng *ng, enum ng_command command);
uint64_t ng_unknown_keys(const struct ng *ng); /* keys and flags that nothing knew */

struct calls *ng_calls(const struct ng *ng);
struct dialogs *ng_dialogs(const struct ng *ng);
struct switch_client *ng_client(const struct ng *ng);
const struct config *ng_config(const struct ng *ng);

/* ---- For the commands: ng_*.c. ---- */

/* One request from ng_handle() to its answer; lies in its exchange's arena. */
struct ng_work {
	struct ng_work *next; /* of those of its dialog */
	struct ng *ng;
	struct ng_exchange *x;
	struct arena *arena;
	struct dialog *dialog;     /* NULL: the command is about none, or there is none such */
	struct ng_request request; /* its texts live as long as the exchange */
	const struct ng_row *row;
	const struct value *shorter; /* instead of what is too long to be sent; NULL: an error
				      */
	int64_t began_us;            /* of the clock that does not jump */
};

/* A command.  It ends, now or later, with ng_done() or ng_fail(), once; W is gone then. */
typedef void ng_run(struct ng_work *w);

/* ANSWER: a dictionary in W's arena, its "result" included; NULL or broken: no memory. */
void ng_done(struct ng_work *w, struct value *answer);
void ng_fail(struct ng_work *w, const char *reason);
/* {"result": "ok"}, to be added to. */
struct value *ng_ok(struct ng_work *w);

/* ng_offer.c, ng_delete.c, ng_list.c, ng_query.c, ng_statistics.c, ng_party.c */
ng_run ng_ping, ng_list, ng_offer, ng_answer, ng_delete;
ng_run ng_query, ng_statistics;
ng_run ng_mark_media; /* (un)block, (un)silence media */
ng_run ng_publish, ng_subscribe_request, ng_subscribe_answer, ng_unsubscribe;
