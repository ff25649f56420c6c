/* SPDX-License-Identifier: Apache-2.0
 *
 * Makes the switch agree with our calls: states every one of them between SYNC_BEGIN and
 * SYNC_END, so that it drops whatever it has beyond that.  Some hundred calls at a time, so
 * that nobody's queue overflows.  Control's one thread. */
#pragma once

#include "dataplane/switch_client.h"
#include "relay/directory.h"

struct reconcile;

struct reconcile_calls {
	/* The switch did not take the call, with -errno; it may be deleted from here. */
	void (*refused)(void *arg, struct call *c, int error);
	/* All is said and acknowledged; the reconcile is freed already.  Not called when the
	 * connection was lost: close it then. */
	void (*done)(void *arg);
};

/* Begin.  Calls that are not `made` are left out.  CALLS must outlive it.  NULL: errno. */
struct reconcile *reconcile_open(struct switch_client *client, const struct directory *d,
	const struct reconcile_calls *calls, void *arg);

/* Say what may be said now; to be called from time to time, for when the client's queue was
 * full. */
void reconcile_more(struct reconcile *r);

/* Give up, when the connection is lost or we end.  Answers may still come.  NULL is fine. */
void reconcile_close(struct reconcile *r);
