/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files behind calls.h share: calls.c (in, looking, life), job.c (one request from
 * arrival to answer), calls_attach.c (a switch that comes and goes).  Nobody else's. Control's
 * one thread. */
#pragma once

#include <event2/event.h>

#include "dataplane/switch_client.h"
#include "relay/calls.h"
#include "relay/config.h"
#include "relay/directory.h"
#include "relay/job.h"
#include "relay/places.h"
#include "relay/reconcile.h"
#include "relay/seen.h"
#include "relay/store.h"

struct calls {
	const struct config *conf;
	struct switch_client *client;
	struct directory *directory;

	/* Of the switch's memory; NULL before the first welcome. */
	uint64_t instance; /* 0 before */
	struct places *places;
	struct store *store;
	struct call **owner; /* by slot */
	uint32_t owners;

	bool up;     /* there is a switch */
	bool agrees; /* and it has acknowledged all that we have */
	bool doubt;  /* it may hold something else: reconcile once nothing runs */
	bool draining;
	struct reconcile *reconcile;
	struct job *running; /* with the switch */
	struct job *parked;  /* wait until it agrees; oldest first */
	unsigned srtp_calls;
	struct calls_sums sums;
	struct seen_limit seen_limit;
	struct event *retry; /* while it does not agree: see that it goes on */
};

/* Start J, or let it wait: for its call's other jobs, or for the switch to agree. */
void calls_route(struct job *j, const struct call_request *asked);

/* Those that have waited, in their order; the first may make the others wait again. */
void calls_route_all(struct job *list);

/* The slots of OF are OWNER's (NULL: nobody's). */
void calls_own(struct calls *c, const struct call *of, struct call *owner);

/* Write CALL down, not yet to be found.  0; -ENOSPC. */
int calls_write_record(struct calls *c, const struct call *call, uint32_t *record);

/* Make the switch agree, as soon as it is there. */
void calls_reconcile(struct calls *c);
void calls_retry(evutil_socket_t fd, short what, void *calls); /* of the timer */

int64_t calls_now_ms(void);
