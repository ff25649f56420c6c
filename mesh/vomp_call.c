/* SPDX-License-Identifier: Apache-2.0
 *
 * The states of a call of VoMP.  What is to be done about a change is not said by whoever
 * makes it, but is the difference between the call before and after: so a repeat, which
 * changes nothing, does nothing. */
#include "mesh/vomp_call.h"

#include <errno.h>

const char *const vomp_end_words[] = {
	[VOMP_NOT_ENDED] = "not_ended",
	[VOMP_HUNG_UP] = "hung_up",
	[VOMP_FAR_HUNG_UP] = "far_hung_up",
	[VOMP_REFUSED] = "refused",
	[VOMP_NO_CODEC] = "no_codec",
	[VOMP_NO_ANSWER] = "no_answer",
	[VOMP_UNREACHABLE] = "unreachable",
	[VOMP_LOST] = "lost",
	[VOMP_ENDS] = NULL,
};

/* What a frame makes of a call. */
enum act {
	IGNORE, /* nothing, as if it had not come */
	STAY,   /* it lives, and says where it is */
	ANSWER, /* likewise, and wants to hear our codecs (again) */
	OFFER,  /* callee: the far side is in earnest, tell our user; caller: END */
	DIAL,   /* caller: the far side knows of it, ring there; callee: END */
	JOIN,   /* both are in the call */
	END,
};

/* By our state; by the sender's, from VOMP_NOCALL on. */
static const uint8_t acts[][VOMP_CALLENDED] = {
	[VOMP_NOCALL] = {IGNORE, ANSWER, OFFER, IGNORE, IGNORE, END},
	[VOMP_CALLPREP] = {DIAL, DIAL, IGNORE, IGNORE, IGNORE, END},
	[VOMP_RINGINGOUT] = {STAY, STAY, JOIN, STAY, JOIN, END},
	[VOMP_RINGINGIN] = {IGNORE, IGNORE, STAY, IGNORE, IGNORE, END},
	[VOMP_INCALL] = {IGNORE, IGNORE, STAY, IGNORE, STAY, END},
	[VOMP_CALLENDED] = {STAY, STAY, STAY, STAY, STAY, STAY},
};

/* ---- What has become of it ---- */

static bool
is_said(const struct vomp_call *c)
{
	return c->local == c->sent_local && c->remote == c->sent_remote;
}

/* What is to be done, the call having been as in WAS. */
static struct vomp_todo
since(const struct vomp_call *was, const struct vomp_call *c)
{
	bool in_call = c->local == VOMP_INCALL && c->remote == VOMP_INCALL;

	return (struct vomp_todo){
		.send = !is_said(c),
		.codecs = was->common == 0 && c->common != 0,
		.offered = c->shown && !was->shown,
		.ringing = c->caller && c->remote == VOMP_RINGINGIN &&
			   was->remote < VOMP_RINGINGIN,
		.answered =
			in_call && (was->local != VOMP_INCALL || was->remote != VOMP_INCALL),
		.ended = c->local == VOMP_CALLENDED && was->local != VOMP_CALLENDED,
	};
}

static void
enter(struct vomp_call *c, uint8_t local, int64_t now)
{
	if (local <= c->local)
		return;
	c->local = local;
	if (local == VOMP_INCALL)
		c->began_ms = now;
}

/* From now on the far side's goodbye is waited for, and nothing else it says counts. */
static void
end(struct vomp_call *c, enum vomp_end why, int64_t now)
{
	if (c->local == VOMP_CALLENDED)
		return;
	enter(c, VOMP_CALLENDED, now);
	c->end = (uint8_t)why;
	c->heard_ms = now;
}

void
vomp_call_heard(struct vomp_call *c, int64_t now)
{
	if (c->local != VOMP_CALLENDED)
		c->heard_ms = now;
}

/* ---- Codecs ---- */

static uint32_t
sounds(const struct vomp_offer *o)
{
	uint32_t bits = 0;

	for (unsigned i = 0; i < o->codecs; i++)
		if (o->codec[i] < 32)
			bits |= UINT32_C(1) << o->codec[i];
	return bits;
}

/* The far side's codecs, which are said once: what comes later is a repeat. */
static void
meet(struct vomp_call *c, const struct vomp_offer *theirs, int64_t now)
{
	if (c->common != 0)
		return;
	c->theirs = *theirs;
	c->common = sounds(&c->ours) & sounds(theirs);
	c->far_dtmf = memchr(theirs->codec, VOMP_DTMF, theirs->codecs) != NULL;
	c->far_text = memchr(theirs->codec, VOMP_TEXT, theirs->codecs) != NULL;
	if (c->common == 0)
		end(c, VOMP_NO_CODEC, now);
}

/* ---- The far side ---- */

bool
vomp_call_is(const struct vomp_call *c, const struct vomp_header *h)
{
	bool knows_us = h->to_session != 0, is_known = c->far_session != 0;

	return (knows_us || is_known) && (!knows_us || h->to_session == c->session) &&
	       (!is_known || h->from_session == c->far_session);
}

/* Why the far side has ended it. */
static enum vomp_end
farewell(const struct vomp_call *c)
{
	return c->caller && c->local < VOMP_INCALL ? VOMP_REFUSED : VOMP_FAR_HUNG_UP;
}

static void
act(struct vomp_call *c, enum act what, int64_t now)
{
	if (what == (c->caller ? OFFER : DIAL))
		what = END;
	switch (what) {
	case OFFER:
		c->shown = true;
		break;
	case DIAL:
		enter(c, VOMP_RINGINGOUT, now);
		break;
	case JOIN:
		enter(c, VOMP_INCALL, now);
		break;
	case END:
		end(c, farewell(c), now);
		break;
	case IGNORE:
	case STAY:
	case ANSWER:
		break;
	}
}

struct vomp_todo
vomp_call_take(struct vomp_call *c, const uint8_t *p, unsigned len, int64_t now)
{
	const struct vomp_call was = *c;
	struct vomp_todo todo;
	struct vomp_header h;
	struct vomp_offer theirs;
	uint8_t remote;
	enum act what;
	bool is_offer;

	if (vomp_header_read(p, len, &h) != 0 || !vomp_call_is(c, &h))
		return (struct vomp_todo){0};
	remote = h.state > c->remote ? h.state : c->remote;
	what = acts[c->local][remote - VOMP_NOCALL];
	is_offer = h.state < VOMP_RINGINGOUT && c->local < VOMP_RINGINGOUT;
	if (what == IGNORE || (is_offer && vomp_offer_read(p + VOMP_HEADER, len - VOMP_HEADER,
						   &theirs) != 0))
		return (struct vomp_todo){0};
	c->far_session = h.from_session;
	c->remote = remote;
	vomp_call_heard(c, now);
	if (is_offer)
		meet(c, &theirs, now);
	act(c, what, now);
	todo = since(&was, c);
	todo.send |= what == ANSWER;
	return todo;
}

/* ---- Beginnings ---- */

static void
begin(struct vomp_call *c, uint16_t session, const struct vomp_offer *ours,
	const struct vomp_times *times, int64_t now)
{
	*c = (struct vomp_call){
		.local = VOMP_NOCALL,
		.remote = VOMP_NOCALL,
		.session = session,
		.ours = *ours,
		.times = *times,
		.began_ms = now,
		.heard_ms = now,
		.said_ms = now,
	};
}

struct vomp_todo
vomp_call_dial(struct vomp_call *c, uint16_t session, const struct vomp_offer *ours,
	const struct vomp_times *times, int64_t now)
{
	begin(c, session, ours, times, now);
	c->caller = true;
	c->local = VOMP_CALLPREP;
	return since(c, c);
}

int
vomp_call_open(struct vomp_call *c, uint16_t session, const struct vomp_offer *ours,
	const struct vomp_times *times, const uint8_t *p, unsigned len, int64_t now,
	struct vomp_todo *todo)
{
	struct vomp_header h;

	if (vomp_header_read(p, len, &h) != 0 || h.state != VOMP_CALLPREP ||
		h.view != VOMP_NOCALL || h.to_session != 0)
		return -EBADMSG;
	begin(c, session, ours, times, now);
	c->far_session = h.from_session;
	*todo = vomp_call_take(c, p, len, now);
	return c->remote == VOMP_CALLPREP ? 0 : -EBADMSG;
}

void
vomp_call_resume(struct vomp_call *c, int64_t now)
{
	c->began_ms = now;
	c->heard_ms = now;
	c->said_ms = now - VOMP_REPEAT_MS;
}

/* ---- Our user ---- */

/* What our user wants to do about a call that rings: be in LOCAL. */
static struct vomp_todo
pick_up(struct vomp_call *c, uint8_t local, int64_t now)
{
	const struct vomp_call was = *c;

	if (c->caller || c->local > VOMP_RINGINGIN || c->remote != VOMP_RINGINGOUT ||
		local <= c->local)
		return (struct vomp_todo){0};
	enter(c, local, now);
	return since(&was, c);
}

struct vomp_todo
vomp_call_ring(struct vomp_call *c, int64_t now)
{
	return pick_up(c, VOMP_RINGINGIN, now);
}

struct vomp_todo
vomp_call_answer(struct vomp_call *c, int64_t now)
{
	return pick_up(c, VOMP_INCALL, now);
}

struct vomp_todo
vomp_call_hang_up(struct vomp_call *c, enum vomp_end why, int64_t now)
{
	const struct vomp_call was = *c;

	end(c, why, now);
	return since(&was, c);
}

/* ---- Time ---- */

/* Nobody waits for the far side any more. */
static void
expire(struct vomp_call *c, enum vomp_end why, int64_t now)
{
	end(c, why, now);
	c->remote = VOMP_CALLENDED;
}

/* What has taken too long. */
static enum vomp_end
overdue(const struct vomp_call *c, int64_t now)
{
	int64_t age = now - c->began_ms;

	/* A far side that never says that it rings is up against this as well: so servald has
	 * it. */
	if (c->remote < VOMP_RINGINGOUT && age >= c->times.dial_ms)
		return !c->caller            ? VOMP_LOST
		       : c->far_session == 0 ? VOMP_UNREACHABLE
					     : VOMP_NO_ANSWER;
	if (c->local < VOMP_INCALL && age >= c->times.ring_ms)
		return VOMP_NO_ANSWER;
	if (now - c->heard_ms >= c->times.network_ms)
		return VOMP_LOST;
	return VOMP_NOT_ENDED;
}

struct vomp_todo
vomp_call_tick(struct vomp_call *c, int64_t now)
{
	const struct vomp_call was = *c;
	bool is_over = c->local == VOMP_CALLENDED && c->remote == VOMP_CALLENDED;
	bool repeat = now - c->said_ms >= VOMP_REPEAT_MS;
	struct vomp_todo todo;
	enum vomp_end why;

	if (is_over)
		return (struct vomp_todo){.gone = repeat};
	why = overdue(c, now);
	if (why != VOMP_NOT_ENDED)
		expire(c, why, now);
	todo = since(&was, c);
	todo.send |= repeat;
	return todo;
}

void
vomp_call_write(struct vomp_call *c, struct mesh_writer *w, int64_t now)
{
	mesh_put_vomp_header(w, &(struct vomp_header){.from_session = c->session,
					.to_session = c->far_session,
					.state = c->local,
					.view = c->remote});
	if (c->local < VOMP_RINGINGOUT && c->remote < VOMP_RINGINGOUT)
		mesh_put_vomp_offer(w, &c->ours, c->caller);
	c->sent_local = c->local;
	c->sent_remote = c->remote;
	c->said_ms = now;
}
