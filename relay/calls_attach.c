/* SPDX-License-Identifier: Apache-2.0
 *
 * A switch that comes, speaks and goes; of calls.h. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "control/log.h"
#include "relay/calls_inside.h"
#include "relay/recover.h"

static const struct timeval retry_after = {0, 100000}; /* 100 ms */

/* Make the switch agree, as soon as it is there. */
static void reconcile(struct calls *c);

/* The switch does not take what we say of CALL: it ends. */
static void
not_taken(void *arg, struct call *call, int err)
{
	struct calls *c = arg;
	struct job *j;

	log_about(call->id, LOG_LEVEL_WARNING, "ended: the switch refused it: %s",
		strerror(-err));
	c->sums.dropped++;
	j = job_open(c, &job_delete, call->id, NULL, NULL);
	if (j != NULL)
		job_start(j, call, NULL);
}

static void
reconciled(void *arg)
{
	struct calls *c = arg;

	c->reconcile = NULL;
	if (c->doubt) { /* since it began */
		if (c->running == NULL)
			reconcile(c);
		return;
	}
	c->agrees = true;
	log_debug("the switch agrees; calls: %u", directory_count(c->directory));
	job_route_all(parked_take_all(&c->parked));
}

static const struct reconcile_calls reconcile_calls = {not_taken, reconciled};

static void
reconcile(struct calls *c)
{
	if (!c->up || c->reconcile != NULL)
		return;
	c->doubt = false;
	c->agrees = false;
	c->reconcile = reconcile_open(c->client, c->directory, &reconcile_calls, c);
	event_add(c->retry, &retry_after);
}

/* What could not be queued, or not be allocated, may be now. */
void
calls_retry(evutil_socket_t fd, short what, void *arg)
{
	struct calls *c = arg;

	if (!c->up || c->agrees)
		return;
	if (c->reconcile != NULL)
		reconcile_more(c->reconcile);
	else if (c->running == NULL)
		reconcile(c);
	event_add(c->retry, &retry_after);
}

/* CALL cannot be kept; the switch drops its transports when it reconciles. */
static void
lose(struct calls *c, struct call *call, const char *why)
{
	log_about(call->id, LOG_LEVEL_WARNING, "dropped: %s", why);
	store_drop(c->store, call->record);
	c->srtp_calls -= call_is_srtp(call);
	c->sums.dropped++;
	calls_changed(c, CHANGE_ENDED, call);
	sampler_ended(c->sampler, call);
	directory_remove(c->directory, call);
	call_close(call);
}

/* Our calls as they are in memory, in a switch that may have other places and memory than the
 * last.  REWRITE: it is other memory; the records are to be written anew, and the numbering of
 * sealed packets is lost, so that no key of ours may seal again (RFC 3711 9.1): those parties
 * hear nothing until signalling has told them the new one. */
static void
carry_over(struct calls *c, bool rewrite)
{
	char at[REQUEST_ID] = "";
	struct call *call;

	while ((call = directory_next(c->directory, at[0] != '\0' ? at : NULL)) != NULL) {
		memcpy(at, call->id, strlen(call->id) + 1);
		if (rewrite) {
			call->record = CALL_NO_RECORD;
			call->timer.over[TIMEOUT_SETUP] = false; /* nobody has been heard */
			call_renew_keys(call);
		}
		if (places_claim(c->places, call) != 0) {
			lose(c, call, "its address, port or slot is no longer ours");
		} else if (rewrite && calls_write_record(c, call, &call->record) != 0) {
			places_return(c->places, call, NULL, false, calls_now_ms());
			lose(c, call, "there is no room for its record");
		} else if (rewrite) {
			store_commit(c->store, call->record, STORE_NONE);
			calls_changed(c, CHANGE_UPDATED, call);
		}
	}
}

static void
drop_record(void *arg, uint32_t record, const uint8_t *data, size_t len)
{
	struct calls *c = arg;

	store_drop(c->store, record);
}

/* The switch's memory is ours to use: recover what lies in it, or carry over what we have. */
static int
take_memory(struct calls *c)
{
	const struct sw_state *st = switch_client_state(c->client);
	bool first = c->instance == 0, same = st->instance == c->instance;
	uint32_t blocks;
	void *records = switch_client_records(c->client, &blocks);
	struct places *places = places_open(st, c->conf);
	struct call **owner = calloc(st->transports, sizeof(struct call *));
	struct store *store =
		same ? c->store
		     : store_open(records, blocks, switch_client_state_fd(c->client),
			       st->records_at);

	if (places == NULL || owner == NULL || store == NULL)
		goto no_memory;
	if (c->places != NULL)
		places_inherit(places, c->places);
	places_close(c->places);
	c->places = places;
	free(c->owner);
	c->owner = owner;
	c->owners = st->transports;
	if (!same)
		store_close(c->store);
	c->store = store;
	c->instance = st->instance;
	if (first) {
		c->sums.dropped += recover_calls(c->store, c->places, c->directory);
		c->sums.recovered += directory_count(c->directory);
	} else if (same) {
		store_moved(c->store, records);
		carry_over(c, false);
	} else {
		store_each(c->store, drop_record, c);
		carry_over(c, true);
	}
	return 0;

no_memory:
	places_close(places);
	free(owner);
	if (!same)
		store_close(store);
	return -ENOMEM;
}

void
calls_welcome(struct calls *c, enum sw_origin origin)
{
	unsigned calls = 0;
	char at[REQUEST_ID] = "";
	struct call *call;

	assert(c->running == NULL);
	if (take_memory(c) != 0) {
		log_err("no memory for the calls; no call can be made");
		return;
	}
	c->srtp_calls = 0;
	timeouts_welcome(c->timeouts);
	transcoders_welcome(c->transcoders);
	while ((call = directory_next(c->directory, at[0] != '\0' ? at : NULL)) != NULL) {
		memcpy(at, call->id, strlen(call->id) + 1);
		calls_own(c, call, call);
		transcoders_claim(c->transcoders, call);
		c->srtp_calls += call_is_srtp(call);
		timeouts_watch(c->timeouts, call);
		calls++;
	}
	if (calls > 0 && origin == SW_FRESH)
		log_warn(
			"a fresh switch is told of %u calls; those with SRTP (%u) need a re-offer, for "
			"their keys are new",
			calls, c->srtp_calls);
	else if (calls > 0)
		log_info("calls that go on: %u", calls);
	c->up = true;
	reconcile(c);
}

void
calls_switch_lost(struct calls *c)
{
	c->up = c->agrees = c->doubt = false;
	timeouts_switch_lost(c->timeouts);
	reconcile_close(c->reconcile);
	c->reconcile = NULL;
	job_route_all(parked_take_all(&c->parked));
}

/* Those that are told as changes, too: no peer can make many of them, for the switch says each
 * of them at most once a second of a transport whose source anybody may change. */
static const struct {
	bool told;
	enum change_kind change;
} changes[SW_EVENTS] = {
	[SW_EV_LATCHED] = {true, CHANGE_LEARNED},
	[SW_EV_REKEYED] = {true, CHANGE_REKEYED},
};

void
calls_event(struct calls *c, const struct sw_event *ev)
{
	struct call *call = ev->id != 0 && ev->slot < c->owners ? c->owner[ev->slot] : NULL;
	struct stream *s = call != NULL ? call_stream(call, ev->id) : NULL;

	if (s == NULL)
		return;
	seen_event(&c->seen_limit, call, s, ev, calls_now_ms());
	seen_emit(c->events, call, s, ev);
	if (ev->kind < SW_EVENTS && changes[ev->kind].told)
		calls_changed(c, changes[ev->kind].change, call);
}
