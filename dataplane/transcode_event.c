/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys that are pressed cross as they are: an event's timestamp is its beginning in all of its
 * packets, in the far side's clock, and its duration counts in that clock, too.  Sound that
 * the sender has in the place of an event (some send both) does not leave, so that a key is
 * not heard twice.  Of a key that comes as one packet, its end, that is sent as often as it
 * should have come.  RFC 4733 2.3 to 2.6.  See transcode_inside.h. */
#include "codecs/event.h"
#include "dataplane/transcode_inside.h"

enum {
	HOLD_MS = 100, /* how long an event goes on whose next packet does not come */
	ENDS = 3,      /* packets that say its end: RFC 4733 section 2.5.1.4 */
};

/* The beginning of a new event on the far side's time. */
static uint32_t
begin(struct transcode *t, const struct ear *e, const struct held *p)
{
	int64_t gap;

	out_flush(t);
	gap = in_gap(t, e, p) - t->out.ahead;
	return t->out.timestamp + (gap > 0 ? (uint32_t)gap : 0);
}

/* KEY, as it came and as it leaves, has got so far. */
static void
go_on(struct transcode *t, const struct ear *e, struct event_payload *key)
{
	struct event *on = &t->event;
	uint32_t duration = scale(key->duration, e->clock, e->to_clock);
	uint32_t end = on->out + scale(key->duration, e->clock, t->out.clock);

	if (!key->is_end)
		end += t->out.clock * HOLD_MS / 1000;
	on->end = key->is_end || (int32_t)(end - on->end) > 0 ? end : on->end;
	key->duration = (uint16_t)(duration < UINT16_MAX ? duration : UINT16_MAX);
}

void
event_packet(struct transcode *t, const struct ear *e, const struct held *p)
{
	struct event *on = &t->event;
	bool is_new = !on->is_known || on->in != p->in.timestamp;
	struct event_payload key;
	uint8_t payload[EVENT_PAYLOAD];

	t->counts.events++;
	/* What got lost beside it most likely was of it, too, and is in its next packet. */
	t->missing = 0;
	if (event_parse(p->in.payload, p->in.len, &key) != 0) {
		t->counts.malformed++;
		return;
	}
	if (e->to_type == CODEC_DYNAMIC || (!is_new && on->is_over))
		return;
	if (is_new) {
		on->out = begin(t, e, p);
		on->end = on->out;
		on->in = p->in.timestamp;
		on->is_known = on->is_on = true;
		on->is_over = key.is_end;
	}
	go_on(t, e, &key);
	event_print(&key, payload);
	for (unsigned i = 0; i < (on->is_over ? ENDS : 1); i++)
		out_payload(t, e->to_type, on->out, i == 0 && (p->in.marker || on->is_over),
			payload, sizeof payload);
}

bool
event_covers(struct transcode *t)
{
	if (!t->event.is_on)
		return false;
	t->event.is_on = (int32_t)(t->event.end - t->out.timestamp) > 0;
	return t->event.is_on;
}
