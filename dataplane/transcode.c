/* SPDX-License-Identifier: Apache-2.0
 *
 * One direction of a transcoded call, from the outside: packets into order, and the clock's
 * part in it.  What comes in order is looked at where it lies; only what has to wait is
 * copied.  See transcode_inside.h for what happens then. */
#include "dataplane/transcode.h"

#include <errno.h>
#include <stdlib.h>

#include "dataplane/transcode_inside.h"

enum {
	OLD_SSRC_US = 1000000, /* how long stragglers of a former source may come */
	HERE = UINT16_MAX,     /* number of the packet that is in no place of room.h */
};

struct transcode *
transcode_open(const struct transcode_conf *conf, uint64_t number, uint32_t timestamp)
{
	struct transcode *t;
	int error;

	if (!transcode_conf_is_valid(conf)) {
		errno = EINVAL;
		return NULL;
	}
	if ((t = calloc(1, sizeof *t)) == NULL)
		return NULL;
	t->flags = conf->flags;
	t->out.number = number;
	t->out.timestamp = timestamp;
	t->meter.random = 1;
	if ((error = transcode_prepare(t, conf)) != 0) {
		transcode_close(t);
		errno = -error;
		return NULL;
	}
	return t;
}

void
transcode_close(struct transcode *t)
{
	if (t == NULL)
		return;
	transcode_unprepare(t);
	free(t);
}

void
transcode_position(const struct transcode *t, uint64_t *number, uint32_t *timestamp)
{
	*number = t->out.number;
	*timestamp = t->out.timestamp;
}

void
transcode_continue(struct transcode *t, uint64_t number, uint32_t timestamp)
{
	t->out.number = number;
	t->out.timestamp = timestamp;
}

/* ---- Into order. ---- */

static struct ear *
find_ear(struct transcode *t, uint8_t payload_type)
{
	for (unsigned i = 0; i < t->ears_n; i++)
		if (t->ears[i].format.payload_type == payload_type)
			return &t->ears[i];
	return NULL;
}

/* As what it goes into order: a number, or in slots those that it is long. */
static struct reorder_in
reorder_in(struct transcode *t, const struct transcode_in *in, uint16_t packet)
{
	struct reorder_in r = {.index = in->index, .numbers = 1, .packet = packet};
	const struct ear *e;
	uint32_t slots;
	int samples;

	if ((t->flags & TRANSCODE_SLOTS) == 0 || (e = find_ear(t, in->payload_type)) == NULL ||
		e->codec->samples == NULL)
		return r;
	samples = e->codec->samples(&e->format, in->payload, in->len);
	if (samples <= 0)
		return r;
	slots = e->format.rate / (1000000 / TRANSCODE_SLOT_US);
	r.numbers = (uint8_t)(((uint32_t)samples + slots - 1) / slots);
	r.shares = r.numbers > 1 && (uint32_t)samples % slots != 0;
	return r;
}

/* All whose turn has come. */
static void
take_turns(struct transcode *t, uint64_t now_us)
{
	enum reorder_get got;
	unsigned missing;
	uint16_t next;

	while ((got = reorder_get(t->order, now_us, &next, &missing)) != REORDER_NOTHING) {
		const struct held *p = next == HERE ? t->here : room_at(next);

		t->missing += missing;
		if (got == REORDER_LOST)
			continue;
		in_packet(t, find_ear(t, p->in.payload_type), p);
		if (next != HERE)
			room_give(next);
	}
}

/* What waits leaves, and what then comes is a beginning. */
static void
start_over(struct transcode *t, uint64_t now_us)
{
	reorder_flush(t->order);
	take_turns(t, now_us);
	reorder_restart(t->order);
}

/* Is it the party's present source?  It becomes it, if it is a new one. */
static bool
is_source(struct transcode *t, uint32_t ssrc, uint64_t now_us)
{
	if (t->has_ssrc && ssrc == t->ssrc)
		return true;
	if (t->has_ssrc) {
		if (ssrc == t->ssrc_before && now_us - t->ssrc_us < OLD_SSRC_US) {
			t->stale++;
			return false;
		}
		start_over(t, now_us);
		in_anew(t);
		t->counts.jumps++;
		t->ssrc_us = now_us;
	}
	t->ssrc_before = t->has_ssrc ? t->ssrc : ssrc;
	t->ssrc = ssrc;
	t->has_ssrc = true;
	return true;
}

static void
put_in_order(struct transcode *t, const struct transcode_in *in, uint64_t now_us)
{
	const struct held here = {.in = *in, .came_us = now_us};
	struct reorder_in next = reorder_in(t, in, HERE);
	enum reorder_put put;

	t->here = &here;
	if (!reorder_is_next(t->order, in->index)) {
		next.packet = room_take(in, now_us);
		if (next.packet == 0) { /* whoever waits does not wait any longer */
			t->counts.crowded++;
			start_over(t, now_us);
			next.packet = HERE;
		}
	}
	put = reorder_put(t->order, &next, now_us);
	if (put == REORDER_JUMP) {
		start_over(t, now_us);
		put = reorder_put(t->order, &next, now_us);
	}
	if (put != REORDER_TAKEN && next.packet != HERE)
		room_give(next.packet);
	take_turns(t, now_us);
	t->here = NULL;
}

void
transcode_put(struct transcode *t, const struct transcode_in *in, uint64_t now_us,
	transcode_send *send, void *arg)
{
	t->counts.packets_in++;
	if ((t->flags & TRANSCODE_BLOCK) != 0)
		return;
	t->send = send;
	t->arg = arg;
	if (is_source(t, in->ssrc, now_us))
		put_in_order(t, in, now_us);
}

/* ---- The clock. ---- */

uint64_t
transcode_due(const struct transcode *t)
{
	uint64_t order = reorder_due(t->order), fill = in_due(t);

	return order < fill ? order : fill;
}

void
transcode_run(struct transcode *t, uint64_t now_us, transcode_send *send, void *arg)
{
	t->send = send;
	t->arg = arg;
	take_turns(t, now_us);
	in_fill(t, now_us);
}

/* ---- Settings and figures. ---- */

void
transcode_complexity(struct transcode *t, unsigned complexity)
{
	const struct codec *c = t->out.codec;
	unsigned most = t->out.format.complexity;

	if (t->out.encoder == NULL || c->encoder_complexity == NULL)
		return;
	if (most > 10) /* not said */
		most = c->complexity;
	c->encoder_complexity(t->out.encoder, complexity < most ? complexity : most);
}

void
transcode_loss(struct transcode *t, unsigned percent)
{
	if (t->out.encoder != NULL && t->out.codec->encoder_loss != NULL)
		t->out.codec->encoder_loss(t->out.encoder, percent);
}

int
transcode_request(const struct transcode *t)
{
	return t->request - 1;
}

void
transcode_mode(struct transcode *t, unsigned mode)
{
	if (t->out.encoder != NULL && t->out.codec->encoder_mode != NULL)
		t->out.codec->encoder_mode(t->out.encoder, mode);
}

const struct transcode_counts *
transcode_counts(struct transcode *t)
{
	const struct reorder_counts *r = reorder_counts(t->order);

	t->counts.late = r->late + t->stale;
	t->counts.duplicates = r->duplicates;
	t->counts.reordered = r->reordered;
	t->counts.lost = r->lost;
	t->counts.window_us = reorder_window_us(t->order);
	t->counts.level_db10 = sound_level_db10(t);
	return &t->counts;
}
