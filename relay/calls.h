/* SPDX-License-Identifier: Apache-2.0
 *
 * All calls of this node: takes requests from the front ends, keeps the model, the switch and
 * the call records in step.  A request is answered when the switch has acknowledged all of it.
 * While one of a call's requests is with the switch, the next ones of that call wait; other
 * calls go on.
 *
 * Control's one thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/fault.h"
#include "dataplane/switch.h"
#include "relay/changes.h"
#include "relay/setup_time.h"

struct call;
struct call_request;
struct calls;
struct changes;
struct config;
struct event_base;
struct events;
struct sampler;
struct switch_client;
struct timeout_report;
struct timeouts;

/* CONF, CLIENT and BASE must outlive the calls; but for CLIENT's last answers, which may come
 * after calls_close().  Knows no switch until calls_welcome().  Commands are only queued in
 * CLIENT: the caller runs it once a turn.  NULL: errno. */
struct calls *calls_open(
	const struct config *conf, struct switch_client *client, struct event_base *base);

/* CONF has changed: its times, or what addresses are called outside. */
void calls_configured(struct calls *c);

/* What happens to calls is told to E from now on, which must outlive them; NULL: to nobody. */
void calls_report(struct calls *c, struct events *e);

/* Requests that wait are answered with FAULT_SWITCH_DOWN; records, and the media, stay.  NULL
 * is fine. */
void calls_close(struct calls *c);

/* ---- What the switch client tells (struct switch_client_calls). ---- */

/* The switch is there: make it agree with us.  The first time, our calls are read from the
 * records in the shared memory; later, what we have in memory counts.  Requests that need the
 * switch wait until it has acknowledged all of that. */
void calls_welcome(struct calls *c, enum sw_origin origin);
void calls_event(struct calls *c, const struct sw_event *ev);
void calls_switch_lost(struct calls *c); /* every command in flight has been answered before */

/* ---- Requests. ---- */

/* The outcome of one request, told exactly once, maybe before the function that took the
 * request returns.  FAULT: NULL when all is well.  CALL and FAULT are valid during the call
 * only. */
typedef void calls_done(void *arg, const struct call *call, const struct fault *fault);

void calls_create(
	struct calls *c, const struct call_request *req, calls_done *done, void *arg);
void calls_update(
	struct calls *c, const struct call_request *req, calls_done *done, void *arg);

/* LAST, which may be NULL, sees the call before the switch is told, while its counters can be
 * read; it is not called when there is no such call.  Works without a switch, too: the next
 * one is told.  DONE gets no call. */
typedef void calls_last(void *arg, const struct call *call);
void calls_delete(
	struct calls *c, const char *id, calls_last *last, calls_done *done, void *arg);

/* The same for who does not wait for the media to stop: DONE is told as soon as the call is
 * gone from here, and the switch has only been asked. */
void calls_delete_soon(struct calls *c, const char *id, calls_done *done, void *arg);

/* The call's media stops here, and RECORD gets what another node needs to go on with it
 * (record.h; LEN bytes, wiped after the call), before DONE gets the call.  It stays, stopped
 * and `exported`, until it is deleted or imported again; exported again, its record is the
 * same. */
typedef void calls_record(void *arg, const uint8_t *record, size_t len);
void calls_export(
	struct calls *c, const char *id, calls_record *record, calls_done *done, void *arg);

/* Go on with the call in the LEN bytes of RECORD, at the addresses and ports that it has
 * there, or with RELOCATE at others.  One that was exported here goes on at the places that it
 * has kept, as the record says unless that is an older one; if those are others than it comes
 * from, with RELOCATE only.  One that runs here already is answered as it is. */
void calls_import(struct calls *c, const uint8_t *record, size_t len, bool relocate,
	calls_done *done, void *arg);

/* Is the request for the call ID whose DONE is to get ARG still waiting for others, or for the
 * switch?  Then it is forgotten, and DONE will not be called. */
bool calls_cancel(struct calls *c, const char *id, const void *arg);

/* Does a request to delete the call ID wait for others, or for the switch? */
bool calls_is_leaving(const struct calls *c, const char *id);

/* ---- Looking. ---- */

const struct call *calls_find(const struct calls *c, const char *id); /* NULL: none such */

/* The call behind the one called AFTER, which need not exist any more; NULL: the first.  The
 * order does not change while this process lives.  NULL: there is no further one. */
const struct call *calls_next(const struct calls *c, const char *after);

unsigned calls_count(const struct calls *c);

/* How many of their transports are forwarding core CORE's. */
unsigned calls_on_core(const struct calls *c, unsigned core);

/* How much work transcode core TRANSCODER has been promised, in nanoseconds a second. */
uint64_t calls_promised(const struct calls *c, unsigned transcoder);

/* What has happened to calls that calls_find() finds, or found. */
struct changes *calls_changes(const struct calls *c);

/* What all calls sound like. */
struct sampler *calls_sampler(const struct calls *c);

/* TOLD, too, is told of each change, from within; with CHANGE_ENDED CALL is there for the last
 * time.  Three of them may be, in the order in which they came. */
typedef void calls_told(void *arg, enum change_kind kind, const struct call *call);
void calls_tell(struct calls *c, calls_told *told, void *arg);

/* Who ends calls by other rules than timeouts.h: when legs were heard, and an end for WHAT,
 * which is told as any other timeout, whatever the configuration says of those. */
const struct timeouts *calls_timeouts(const struct calls *c);
void calls_time_out(struct calls *c, const char *id, const struct timeout_report *what);

/* The party of a leg has ended the call ID, or cannot be had: it ends, WHY being told with
 * that ("mesh_refused"); a constant. */
void calls_end(struct calls *c, const char *id, const char *why);

/* GUARD, too, says whether a request may make DRAFT of OLD, which has no legs yet when it is
 * created; before anything is taken for it.  0; -EINVAL and FAULT says why not. */
typedef int calls_guard(
	void *arg, const struct call *draft, const struct call *old, struct fault *fault);
void calls_guard_by(struct calls *c, calls_guard *guard, void *arg);

/* Since this process began. */
struct calls_sums {
	uint64_t created, updated, deleted, refused, exported, imported;
	uint64_t timed_out;          /* and ended for it */
	uint64_t ended;              /* by a party, or for want of one: calls_end() */
	uint64_t recovered, dropped; /* from records, at the first welcome */
	uint64_t refused_for[FAULTS];
	struct setup_time setup; /* of those created */
};
const struct calls_sums *calls_sums(const struct calls *c);

/* Take no new calls from now on (FAULT_DRAINING), or take them again; calls that exist go on.
 */
void calls_drain(struct calls *c, bool on);
bool calls_is_draining(const struct calls *c);
