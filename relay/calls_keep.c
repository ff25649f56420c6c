/* SPDX-License-Identifier: Apache-2.0
 *
 * What every change of a call leaves behind; see calls_inside.h. */
#include <string.h>
#include <time.h>

#include "control/log_trace.h"
#include "relay/call_log.h"
#include "relay/calls_inside.h"
#include "relay/event_kinds.h"
#include "relay/record.h"
#include "relay/record_pack.h"

int64_t
calls_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

/* To a tick of the kernel, which costs a quarter. */
int64_t
calls_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

void
calls_own(struct calls *c, const struct call *of, struct call *owner)
{
	for (unsigned i = 0; i < call_all(of); i++)
		for (unsigned j = 0; j < call_leg(of, i)->streams; j++)
			if (call_leg(of, i)->stream[j].slot < c->owners)
				c->owner[call_leg(of, i)->stream[j].slot] = owner;
}

/* A party that nothing is sent to yet will say where: the record changes soon. */
static bool
will_last(const struct call *call)
{
	for (unsigned i = 0; i < call->legs; i++)
		for (unsigned j = 0; j < call->leg[i].streams; j++)
			if (call->leg[i].stream[j].remote.family == 0 &&
				!call->leg[i].stream[j].closed)
				return false;
	return call->legs > 1;
}

int
calls_write_record(struct calls *c, const struct call *call, uint32_t *record)
{
	uint8_t buf[RECORD_MAX], packed[RECORD_MAX + 1];
	ssize_t len = record_encode(call, NULL, buf, sizeof buf), n;
	int err;

	if (len < 0) {
		explicit_bzero(buf, sizeof buf);
		return (int)len;
	}
	n = record_pack(buf, (size_t)len, will_last(call), packed, (size_t)len + 1);
	err = n < 0 ? (int)n : store_write(c->store, packed, (size_t)n, record);
	explicit_bzero(buf, (size_t)len);
	explicit_bzero(packed, (size_t)len + 1);
	return err;
}

/* Those of packets have more to say: seen.c. */
static void
tell(struct events *events, enum change_kind kind, const struct call *call)
{
	static const struct {
		bool told;
		enum event_number event;
	} rows[CHANGE_KINDS] = {
		[CHANGE_CREATED] = {true, EVENT_CALL_CREATED},
		[CHANGE_UPDATED] = {true, EVENT_CALL_UPDATED},
		[CHANGE_EXPORTED] = {true, EVENT_CALL_EXPORTED},
		[CHANGE_RESUMED] = {true, EVENT_CALL_RESUMED},
		[CHANGE_ENDED] = {true, EVENT_CALL_ENDED},
	};
	const char *reason = call->ending != NULL ? call->ending : "asked";
	json_t *params = NULL;

	if (!rows[kind].told)
		return;
	if (events_wanted(events))
		params = json_pack("{s:s, s:s*}", "call", call->id, "reason",
			kind == CHANGE_ENDED ? reason : NULL);
	events_emit(events, &event_kinds[rows[kind].event], params);
}

void
calls_changed(struct calls *c, enum change_kind kind, const struct call *call)
{
	changes_add(c->changes, kind, call->id);
	tell(c->events, kind, call);
	call_log_change(call, kind);
	if (kind == CHANGE_ENDED)
		log_trace_call_ended(call->id);
	for (unsigned i = 0; i < c->listeners; i++)
		c->listener[i].told(c->listener[i].arg, kind, call);
}
