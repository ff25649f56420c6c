/* SPDX-License-Identifier: Apache-2.0
 *
 * A table row an event. */
#include "relay/seen.h"

#include <arpa/inet.h>
#include <stddef.h>

#include "control/log_trace.h"
#include "relay/call_log.h"
#include "relay/event_kinds.h"

static const struct row {
	const char *text;
	enum log_level level;
	size_t counter; /* in struct stream_seen */
} rows[SW_EVENTS] = {
	[SW_EV_LATCHED] = {"latched on a source", LOG_LEVEL_INFO,
		offsetof(struct stream_seen, latches)},
	[SW_EV_SECOND_SOURCE] = {"somebody else sends to its port; ignored", LOG_LEVEL_WARNING,
		offsetof(struct stream_seen, second_sources)},
	[SW_EV_REKEYED] = {"the party's new key is in use", LOG_LEVEL_INFO,
		offsetof(struct stream_seen, rekeys)},
	[SW_EV_OLD_KEY_GONE] = {"the party's old key is gone", LOG_LEVEL_DEBUG,
		offsetof(struct stream_seen, old_keys_gone)},
	[SW_EV_SSRC_LIMIT] = {"more SSRCs than allowed; ignored", LOG_LEVEL_WARNING,
		offsetof(struct stream_seen, ssrc_limits)},
};

bool
seen_may_log(struct seen_limit *limit, int64_t now_ms)
{
	if (limit->second != now_ms / 1000) {
		if (limit->lines > SEEN_LINES)
			log_warn("%u more events of calls were not logged",
				limit->lines - SEEN_LINES);
		limit->second = now_ms / 1000;
		limit->lines = 0;
	}
	return ++limit->lines <= SEEN_LINES;
}

/* Of a call that is traced no line is spared. */
static bool
may_log_about(
	struct seen_limit *limit, const struct call *c, enum log_level level, int64_t now_ms)
{
	return log_trace_wants(c->id, level) ||
	       (level <= log_get_level() && seen_may_log(limit, now_ms));
}

void
seen_event(struct seen_limit *limit, const struct call *c, struct stream *s,
	const struct sw_event *ev, int64_t now_ms)
{
	const struct row *row = ev->kind < SW_EVENTS ? &rows[ev->kind] : NULL;

	if (row == NULL || row->text == NULL)
		return;
	if (call_see(s) != NULL) {
		++*(uint32_t *)(void *)((char *)s->seen + row->counter);
		if (ev->kind == SW_EV_LATCHED && !ev->rtcp)
			s->seen->latched_at = s->relatch + 1;
	}
	if (!may_log_about(limit, c, row->level, now_ms))
		return;
	log_about(c->id, row->level, "%s (slot %u%s)", row->text, s->slot,
		ev->rtcp ? ", RTCP" : "");
	call_log_source(c, &ev->addr);
}

/* Whose stream S is, and which of it. */
static const struct leg *
leg_of(const struct call *c, const struct stream *s)
{
	unsigned i = 0;

	while (s < call_leg(c, i)->stream ||
		s >= call_leg(c, i)->stream + call_leg(c, i)->streams)
		i++;
	return call_leg(c, i);
}

static void
put_source(json_t *params, const struct sw_addr *a)
{
	char text[INET6_ADDRSTRLEN];

	if (inet_ntop(a->family, a->ip, text, sizeof text) == NULL)
		return;
	json_object_set_new(params, "address", json_string(text));
	json_object_set_new(params, "port", json_integer(a->port));
}

void
seen_emit(struct events *e, const struct call *c, const struct stream *s,
	const struct sw_event *ev)
{
	static const struct {
		bool told, has_source;
		enum event_number event;
	} kinds[SW_EVENTS] = {
		[SW_EV_LATCHED] = {true, true, EVENT_CALL_SOURCE_LEARNED},
		[SW_EV_SECOND_SOURCE] = {true, true, EVENT_CALL_SECOND_SOURCE},
		[SW_EV_REKEYED] = {true, false, EVENT_CALL_REKEYED},
		[SW_EV_SSRC_LIMIT] = {true, false, EVENT_CALL_SSRC_LIMIT},
	};
	const struct leg *l = leg_of(c, s);
	json_t *params;

	if (e == NULL || ev->kind >= SW_EVENTS || !kinds[ev->kind].told)
		return;
	params = json_pack("{s:s, s:s, s:i, s:b}", "call", c->id, "leg", l->name, "stream",
		(int)(s - l->stream), "rtcp", ev->rtcp != 0);
	if (kinds[ev->kind].has_source)
		put_source(params, &ev->addr);
	events_emit(e, &event_kinds[kinds[ev->kind].event], params);
}

void
seen_one_way(struct seen_limit *limit, const struct call *c, unsigned leg, unsigned i,
	bool one_way, int64_t now_ms)
{
	static const char *const texts[HEARD_FLOWS] = {
		[HEARD_WELL] = "is heard again",
		[HEARD_SILENT] = "sends nothing, and the other party speaks",
		[HEARD_NOT_RELAYED] = "is not heard: nothing of what it sends leaves",
	};
	const struct leg *l = &c->leg[leg];
	enum log_level level = one_way ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO;

	if (may_log_about(limit, c, level, now_ms))
		log_about(c->id, level, "party %s %s (stream %u)", l->name,
			texts[call_seen(&l->stream[i])->heard.flow], i);
}

void
seen_emit_one_way(
	struct events *e, const struct call *c, unsigned leg, unsigned i, bool one_way)
{
	const struct leg *l = &c->leg[leg];

	events_emit(e, &event_kinds[one_way ? EVENT_CALL_ONE_WAY : EVENT_CALL_TWO_WAY],
		json_pack("{s:s, s:s, s:i, s:s}", "call", c->id, "leg", l->name, "stream",
			(int)i, "flow",
			heard_flow_words[call_seen(&l->stream[i])->heard.flow]));
}
