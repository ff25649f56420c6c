/* SPDX-License-Identifier: Apache-2.0
 *
 * A table row an event. */
#include "relay/seen.h"

#include <stddef.h>

#include "control/log.h"

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

static bool
may_log(struct seen_limit *limit, int64_t now_ms)
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

void
seen_event(struct seen_limit *limit, const struct call *c, struct stream *s,
	const struct sw_event *ev, int64_t now_ms)
{
	const struct row *row = ev->kind < SW_EVENTS ? &rows[ev->kind] : NULL;

	if (row == NULL || row->text == NULL)
		return;
	++*(uint32_t *)(void *)((char *)&s->seen + row->counter);
	if (row->level <= log_get_level() && may_log(limit, now_ms))
		log_line(row->level, "%s: %s (slot %u%s)", log_call(c->id), row->text, s->slot,
			ev->rtcp ? ", RTCP" : "");
}
