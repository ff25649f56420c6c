/* SPDX-License-Identifier: Apache-2.0
 *
 * A call has waited in vain: it is told, and ended if the configuration says so; see
 * calls_inside.h. */
#include "control/log.h"
#include "relay/calls_inside.h"
#include "relay/event_kinds.h"

/* Why a call that it has ended has ended. */
static const char *const endings[TIMEOUTS] = {
	[TIMEOUT_SETUP] = "timeout_setup",
	[TIMEOUT_MEDIA] = "timeout_media",
	[TIMEOUT_HOLD] = "timeout_hold",
	[TIMEOUT_TOTAL] = "timeout_total",
};

static void
log_timeout(
	struct calls *c, const struct call *call, const struct timeout_report *what, bool ends)
{
	static const char *const texts[TIMEOUTS] = {
		[TIMEOUT_SETUP] = "has not been set up",
		[TIMEOUT_MEDIA] = "a leg is silent",
		[TIMEOUT_HOLD] = "nobody is heard while a leg is on hold",
		[TIMEOUT_TOTAL] = "has lasted too long",
	};
	const char *missing = what->missing != NULL ? what->missing : "";

	if (seen_may_log(&c->seen_limit, calls_now_ms()))
		log_about(call->id, LOG_LEVEL_INFO, "%s%s%s%s after %u ms%s",
			texts[what->which], missing[0] != '\0' ? " (no " : "", missing,
			missing[0] != '\0' ? ")" : "", what->ms, ends ? "; it is ended" : "");
}

static void
emit_timeout(
	struct calls *c, const struct call *call, const struct timeout_report *what, bool ends)
{
	events_emit(c->events, &event_kinds[EVENT_CALL_TIMEOUT],
		json_pack("{s:s, s:s, s:s*, s:s*, s:I, s:b}", "call", call->id, "kind",
			timeout_words[what->which], "leg", what->leg, "missing", what->missing,
			"ms", (json_int_t)what->ms, "ends", ends));
}

static void
time_out(struct calls *c, struct call *call, const struct timeout_report *what, bool ends)
{
	struct job *j;

	log_timeout(c, call, what, ends);
	emit_timeout(c, call, what, ends);
	if (!ends)
		return;
	j = job_open(c, &job_delete, call->id, NULL, NULL);
	if (j == NULL)
		return;
	c->sums.timed_out++;
	call->ending = endings[what->which];
	job_route(j, NULL);
}

void
calls_timed_out(void *arg, struct call *call, const struct timeout_report *what)
{
	struct calls *c = arg;

	time_out(c, call, what, c->conf->timeout_ends);
}

void
calls_time_out(struct calls *c, const char *id, const struct timeout_report *what)
{
	struct call *call = directory_find(c->directory, id);

	if (call != NULL && call->made)
		time_out(c, call, what, true);
}
