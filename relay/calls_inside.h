/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files behind calls.h share.  Each uses only those behind it:
 *
 *   calls.c         in, looking, life
 *   calls_attach.c  a switch that comes and goes
 *   calls_timeout.c calls that have waited in vain
 *   move.c          the jobs that move a call
 *   job_change.c    those that make, change and end one
 *   job.c           one request from arrival to answer
 *   parked.c        jobs that wait for the switch
 *   calls_keep.c    records, owners, the journal
 *
 * Nobody else's.  Control's one thread. */
#pragma once

#include <event2/event.h>

#include "dataplane/switch_client.h"
#include "relay/calls.h"
#include "relay/changes.h"
#include "relay/config.h"
#include "relay/directory.h"
#include "relay/job.h"
#include "relay/parked.h"
#include "relay/places.h"
#include "relay/reconcile.h"
#include "relay/sampler.h"
#include "relay/seen.h"
#include "relay/store.h"
#include "relay/timeouts.h"
#include "relay/transcoders.h"

enum { CALLS_LISTENERS = 3 };

struct calls {
	const struct config *conf;
	struct switch_client *client;
	struct directory *directory;
	struct changes *changes;
	struct events *events; /* NULL: nobody listens */
	/* Of them, too. */
	struct {
		calls_told *told;
		void *arg;
	} listener[CALLS_LISTENERS];
	unsigned listeners;
	struct {
		calls_guard *guard; /* NULL: nobody */
		void *arg;
	} guard;
	struct timeouts *timeouts;
	struct sampler *sampler;
	struct transcoders *transcoders;

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
	struct parked parked;
	unsigned srtp_calls;
	struct calls_sums sums;
	struct seen_limit seen_limit;
	struct event *retry; /* while it does not agree: see that it goes on */
};

/* ---- calls_keep.c ---- */

/* The slots of OF are OWNER's (NULL: nobody's). */
void calls_own(struct calls *c, const struct call *of, struct call *owner);

/* Write CALL down, not yet to be found.  0; -ENOSPC. */
int calls_write_record(struct calls *c, const struct call *call, uint32_t *record);

/* Tell the world that KIND has happened to CALL. */
void calls_changed(struct calls *c, enum change_kind kind, const struct call *call);

int64_t calls_now_ms(void);
int64_t calls_now_us(void);

/* ---- calls_timeout.c ---- */

timeouts_out calls_timed_out;

/* ---- calls_attach.c ---- */

void calls_retry(evutil_socket_t fd, short what, void *calls); /* of the timer */
