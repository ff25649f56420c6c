/* SPDX-License-Identifier: Apache-2.0
 *
 * See fax_ear.h.  Into order by reorder.h, as transcode.c does it; what is different is what a
 * gap is: all of it is told, at once, so that the modem's clock is the sender's. */
#include "dataplane/fax_ear.h"

#include <errno.h>
#include <stdlib.h>

#include "dataplane/reorder.h"
#include "dataplane/room.h"

enum {
	RATE = 8000,
	PCM_MAX = RATE * 120 / 1000, /* of one packet */
	GAP_MAX = RATE,              /* a longer one is a beginning */
	HERE = UINT16_MAX,           /* number of the packet that is in no place of room.h */
};

struct fax_ear {
	struct codec_format from[TRANSCODE_FORMATS];
	struct reorder *order;
	const struct held *here; /* the packet that is being put */
	uint32_t ssrc;
	bool has_ssrc;
	bool has_time;
	uint32_t expect; /* timestamp that is next */
};

/* Of one call. */
struct hearing {
	struct fax_ear *e;
	struct transcode_counts *counts;
	fax_ear_hear *hear;
	void *arg;
};

struct fax_ear *
fax_ear_open(const struct codec_format *from, uint32_t window_us)
{
	struct fax_ear *e = calloc(1, sizeof *e);

	if (e == NULL)
		return NULL;
	for (unsigned i = 0; i < TRANSCODE_FORMATS; i++)
		e->from[i] = from[i];
	e->order = reorder_open(window_us, room_give);
	if (e->order == NULL) {
		free(e);
		errno = ENOMEM;
		return NULL;
	}
	/* A modem loses more by a hole than by waiting. */
	reorder_expect_repair(e->order, window_us);
	return e;
}

void
fax_ear_close(struct fax_ear *e)
{
	if (e == NULL)
		return;
	reorder_close(e->order);
	free(e);
}

static const struct codec_format *
format_of(const struct fax_ear *e, uint8_t payload_type)
{
	for (unsigned i = 0; i < TRANSCODE_FORMATS; i++)
		if (e->from[i].codec != CODEC_NONE && e->from[i].payload_type == payload_type)
			return &e->from[i];
	return NULL;
}

/* What is missing in front of a packet with this timestamp passes unheard. */
static void
pass_gap(const struct hearing *h, uint32_t timestamp)
{
	struct fax_ear *e = h->e;
	int32_t gap = (int32_t)(timestamp - e->expect);

	if (!e->has_time || gap == 0)
		return;
	if (gap < -(int32_t)PCM_MAX || gap > GAP_MAX) {
		h->counts->jumps++;
		return;
	}
	for (int32_t left = gap, n; left > 0; left -= n) {
		n = left < PCM_MAX ? left : PCM_MAX;
		h->hear(h->arg, NULL, (size_t)n);
	}
	h->counts->concealed += gap > 0;
}

/* A packet whose turn it is. */
static void
hear_packet(const struct hearing *h, const struct transcode_in *in)
{
	const struct codec_format *f = format_of(h->e, in->payload_type);
	int16_t pcm[PCM_MAX];
	int n;

	if (f == NULL) { /* noise, a key: time passes when the next sound comes */
		h->counts->unknown++;
		return;
	}
	n = codec_by_id(f->codec)->decode(NULL, in->payload, in->len, pcm, PCM_MAX);
	if (n < 0) {
		h->counts->malformed++;
		return;
	}
	pass_gap(h, in->timestamp);
	h->e->expect = in->timestamp + (uint32_t)n;
	h->e->has_time = true;
	h->counts->frames++;
	if (n > 0)
		h->hear(h->arg, pcm, (size_t)n);
}

static void
take_turns(const struct hearing *h, uint64_t now_us)
{
	enum reorder_get got;
	unsigned missing;
	uint16_t next;

	while ((got = reorder_get(h->e->order, now_us, &next, &missing)) != REORDER_NOTHING) {
		if (got == REORDER_LOST)
			continue;
		hear_packet(h, next == HERE ? &h->e->here->in : &room_at(next)->in);
		if (next != HERE)
			room_give(next);
	}
}

static void
start_over(const struct hearing *h, uint64_t now_us)
{
	reorder_flush(h->e->order);
	take_turns(h, now_us);
	reorder_restart(h->e->order);
}

static void
put_in_order(const struct hearing *h, const struct transcode_in *in, uint64_t now_us)
{
	struct fax_ear *e = h->e;
	const struct held here = {.in = *in, .came_us = now_us};
	struct reorder_in next = {.index = in->index, .numbers = 1, .packet = HERE};
	enum reorder_put put;

	e->here = &here;
	if (!reorder_is_next(e->order, in->index)) {
		next.packet = room_take(in, now_us);
		if (next.packet == 0) { /* whoever waits does not wait any longer */
			h->counts->crowded++;
			start_over(h, now_us);
			next.packet = HERE;
		}
	}
	put = reorder_put(e->order, &next, now_us);
	if (put == REORDER_JUMP) {
		start_over(h, now_us);
		put = reorder_put(e->order, &next, now_us);
	}
	if (put != REORDER_TAKEN && next.packet != HERE)
		room_give(next.packet);
	take_turns(h, now_us);
	e->here = NULL;
}

void
fax_ear_put(struct fax_ear *e, const struct transcode_in *in, uint64_t now_us,
	struct transcode_counts *counts, fax_ear_hear *hear, void *arg)
{
	const struct hearing h = {.e = e, .counts = counts, .hear = hear, .arg = arg};

	counts->packets_in++;
	if (e->has_ssrc && in->ssrc != e->ssrc) {
		start_over(&h, now_us);
		e->has_time = false;
		counts->jumps++;
	}
	e->ssrc = in->ssrc;
	e->has_ssrc = true;
	put_in_order(&h, in, now_us);
}

uint64_t
fax_ear_due(const struct fax_ear *e)
{
	return reorder_due(e->order);
}

void
fax_ear_run(struct fax_ear *e, uint64_t now_us, struct transcode_counts *counts,
	fax_ear_hear *hear, void *arg)
{
	const struct hearing h = {.e = e, .counts = counts, .hear = hear, .arg = arg};

	take_turns(&h, now_us);
}

void
fax_ear_counts(const struct fax_ear *e, struct transcode_counts *counts)
{
	const struct reorder_counts *r = reorder_counts(e->order);

	counts->late = r->late;
	counts->duplicates = r->duplicates;
	counts->reordered = r->reordered;
	counts->lost = r->lost;
	counts->window_us = reorder_window_us(e->order);
}
