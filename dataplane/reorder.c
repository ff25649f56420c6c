/* SPDX-License-Identifier: Apache-2.0
 *
 * A window over the numbers of one source: a slot for each of the next REORDER_DEPTH, where a
 * packet lies in that of its first number.  A gap
 * is noticed when the first packet behind it comes, and given up when the window's time has
 * passed since.  By how much a packet came behind that moment, in time or just too late, is
 * what the window should have been: it is made a quarter longer than the longest of the last
 * five to ten seconds, so that without disorder it is closed again. */
#include "dataplane/reorder.h"

#include <errno.h>
#include <stdlib.h>

enum {
	WINDOW_FIRST_US = 20000, /* until it is known what comes late: one usual packet time */
	EPOCH_US = 5000000,      /* how long it is remembered, once or twice */
	SPAN_MAX = REORDER_DEPTH - 16, /* numbers in the window before a gap is given up
					* whatever the time, so that the next ones find room */
};

struct reorder {
	void (*free_packet)(uint16_t packet);
	int64_t next;      /* number whose turn it is */
	int64_t top;       /* highest that was put, or next - 1 */
	int64_t straggler; /* what follows the last one that was too far back to be known */
	uint64_t taken;    /* bit n: next - 1 - n was there */
	uint64_t now_us;   /* of the last put */
	uint64_t epoch_us; /* when the present one began */
	uint32_t window_us, window_least_us, window_max_us;
	uint32_t peak_us, peak_before_us; /* longest delay of this epoch, of the one before */
	uint8_t waiting;
	bool began, flushing;
	bool shares; /* the one before `next` may begin another packet */
	struct reorder_counts counts;
	/* By number modulo the depth. */
	uint16_t packet[REORDER_DEPTH];
	/* When it came; of a number behind `next` that was given up, when it was missed.  Low
	 * bits of ticks: four seconds of them, and what waits is a second old. */
	uint16_t at[REORDER_DEPTH];
	uint8_t numbers[REORDER_DEPTH]; /* that it has, and SHARES */
};

enum { SHARES = 1 << 7 }; /* see struct reorder_in */

static uint16_t
ticks(uint64_t time_us)
{
	return (uint16_t)(time_us / REORDER_TICK_US);
}

/* How long before NOW_US that was. */
static uint32_t
since_us(uint64_t now_us, uint16_t at)
{
	return (uint32_t)(uint16_t)(ticks(now_us) - at) * REORDER_TICK_US;
}

static unsigned
slot(int64_t index)
{
	return (unsigned)((uint64_t)index % REORDER_DEPTH);
}

struct reorder *
reorder_open(uint32_t window_max_us, void (*free_packet)(uint16_t packet))
{
	struct reorder *r;

	if (window_max_us > 1000000 || free_packet == NULL) {
		errno = EINVAL;
		return NULL;
	}
	if ((r = calloc(1, sizeof *r)) == NULL)
		return NULL;
	r->free_packet = free_packet;
	r->window_max_us = window_max_us;
	r->peak_before_us = WINDOW_FIRST_US;
	r->window_us = window_max_us < WINDOW_FIRST_US ? window_max_us : WINDOW_FIRST_US;
	return r;
}

void
reorder_close(struct reorder *r)
{
	if (r == NULL)
		return;
	for (unsigned i = 0; i < REORDER_DEPTH; i++)
		if (r->packet[i] != 0)
			r->free_packet(r->packet[i]);
	free(r);
}

/* ---- How long to wait. ---- */

static void
window_set(struct reorder *r)
{
	uint32_t peak = r->peak_us > r->peak_before_us ? r->peak_us : r->peak_before_us;
	uint32_t wanted = peak + peak / 4;

	wanted = wanted > r->window_least_us ? wanted : r->window_least_us;
	r->window_us = wanted < r->window_max_us ? wanted : r->window_max_us;
}

void
reorder_expect_repair(struct reorder *r, uint32_t least_us)
{
	r->window_least_us = least_us;
	r->peak_before_us = r->window_max_us;
	window_set(r);
}

/* A missed packet came after all, BEHIND_US after it was missed.  What would have been too
 * late in the longest window says nothing about a shorter one. */
static void
window_learn(struct reorder *r, uint32_t behind_us)
{
	if (behind_us > r->window_max_us || behind_us <= r->peak_us)
		return;
	r->peak_us = behind_us;
	if (behind_us >= r->window_us)
		window_set(r);
}

static void
window_age(struct reorder *r, uint64_t now_us)
{
	if (now_us - r->epoch_us < EPOCH_US)
		return;
	r->epoch_us = now_us;
	r->peak_before_us = r->peak_us;
	r->peak_us = 0;
	window_set(r);
}

/* When it was noticed that INDEX is missing: the arrival of the first that came of those
 * behind it.  There is one. */
static uint16_t
noticed(const struct reorder *r, int64_t index)
{
	uint16_t earliest = 0;
	bool any = false;

	for (int64_t i = index + 1; i <= r->top; i++) {
		uint16_t at = r->at[slot(i)];

		if (r->packet[slot(i)] == 0 || (any && (int16_t)(at - earliest) >= 0))
			continue;
		earliest = at;
		any = true;
	}
	return earliest;
}

/* ---- Putting. ---- */

static enum reorder_put
put_behind(struct reorder *r, const struct reorder_in *in, uint64_t now_us)
{
	int64_t index = in->index, back = r->next - 1 - index;

	if (back < REORDER_DEPTH) {
		if ((r->taken >> back & 1) != 0) {
			r->counts.duplicates++;
			return REORDER_DUPLICATE;
		}
		window_learn(r, since_us(now_us, r->at[slot(index)]));
		r->taken |= UINT64_C(1) << back; /* its repetition is one */
	} else {
		/* Two in a row are a source that has begun anew: RFC 3550 A.1. */
		bool anew = index == r->straggler;

		r->straggler = index + in->numbers - in->shares;
		if (anew)
			return REORDER_JUMP;
	}
	r->counts.late++;
	return REORDER_LATE;
}

static void
begin(struct reorder *r, int64_t index, uint64_t now_us)
{
	r->began = true;
	r->shares = false;
	r->next = index;
	r->top = index - 1;
	r->straggler = INT64_MIN;
	r->taken = 0;
	for (unsigned i = 0; i < REORDER_DEPTH; i++)
		r->at[i] = ticks(now_us);
	if (r->epoch_us == 0)
		r->epoch_us = now_us;
}

bool
reorder_is_next(const struct reorder *r, int64_t index)
{
	return !r->began || index == r->next || (r->shares && index == r->next - 1);
}

/* The number that the last packet shares is that of the next. */
static void
step_back(struct reorder *r)
{
	r->next--;
	r->taken >>= 1;
	r->shares = false;
}

enum reorder_put
reorder_put(struct reorder *r, const struct reorder_in *in, uint64_t now_us)
{
	int64_t index = in->index;
	unsigned i = slot(index);

	if (!r->began)
		begin(r, index, now_us);
	r->now_us = now_us;
	if (r->shares && index == r->next - 1)
		step_back(r);
	if (index < r->next)
		return put_behind(r, in, now_us);
	if (index - r->next >= REORDER_DEPTH)
		return REORDER_JUMP;
	if (r->packet[i] != 0) {
		r->counts.duplicates++;
		return REORDER_DUPLICATE;
	}
	window_age(r, now_us);
	if (index < r->top) {
		r->counts.reordered++;
		window_learn(r, since_us(now_us, noticed(r, index)));
	} else {
		r->top = index;
	}
	r->packet[i] = in->packet;
	r->numbers[i] = (uint8_t)(in->numbers | (in->shares ? SHARES : 0));
	r->at[i] = ticks(now_us);
	r->waiting++;
	r->counts.packets++;
	return REORDER_TAKEN;
}

/* ---- Getting. ---- */

static enum reorder_get
give_up(struct reorder *r, uint16_t *next, unsigned *missing)
{
	uint16_t at = noticed(r, r->next);
	unsigned n = 0;

	for (; r->packet[slot(r->next)] == 0; n++) {
		r->at[slot(r->next++)] = at;
		r->taken <<= 1;
	}
	r->shares = false;
	r->counts.lost += n;
	*missing = n;
	*next = r->packet[slot(r->next)];
	return REORDER_LOST;
}

/* The next packet, whose first number is I, leaves, and with it those that have numbers of its
 * for their first. */
static void
take_numbers(struct reorder *r, unsigned i)
{
	unsigned n = r->numbers[i] & ~(unsigned)SHARES;

	r->shares = (r->numbers[i] & SHARES) != 0;
	if (r->shares && r->packet[slot(r->next + n - 1)] != 0) {
		r->shares = false;
		n--;
	}
	r->packet[i] = 0;
	r->waiting--;
	for (unsigned k = 1; k < n; k++) {
		uint16_t *within = &r->packet[slot(r->next + k)];

		if (*within == 0)
			continue;
		r->free_packet(*within);
		*within = 0;
		r->waiting--;
		r->counts.packets--;
		r->counts.late++;
	}
	r->next += n;
	r->taken = r->taken << n | ((UINT64_C(1) << n) - 1);
}

enum reorder_get
reorder_get(struct reorder *r, uint64_t now_us, uint16_t *next, unsigned *missing)
{
	unsigned i = slot(r->next);

	if (r->waiting == 0)
		return REORDER_NOTHING;
	if (r->packet[i] == 0) {
		if (!r->flushing && r->top - r->next < SPAN_MAX && now_us < reorder_due(r))
			return REORDER_NOTHING;
		return give_up(r, next, missing);
	}
	*next = r->packet[i];
	*missing = 0;
	take_numbers(r, i);
	return REORDER_PACKET;
}

uint64_t
reorder_due(const struct reorder *r)
{
	if (r->waiting == 0)
		return UINT64_MAX;
	if (r->flushing || r->packet[slot(r->next)] != 0)
		return 0;
	return r->now_us - r->now_us % REORDER_TICK_US -
	       since_us(r->now_us, noticed(r, r->next)) + r->window_us;
}

void
reorder_flush(struct reorder *r)
{
	r->flushing = true;
}

void
reorder_restart(struct reorder *r)
{
	r->began = r->flushing = false;
}

uint32_t
reorder_window_us(const struct reorder *r)
{
	return r->window_us;
}

const struct reorder_counts *
reorder_counts(const struct reorder *r)
{
	return &r->counts;
}
