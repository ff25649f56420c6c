/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a call of VoMP: what time makes of it, two of them over a bad network, and
 * frames that make no sense. */
#include <check.h>
#include <stdlib.h>

#include "mesh/vomp_call.h"
#include "tests/bench/runner.h"
#include "tests/mesh/one_call.h"

/* ---- Time ---- */

/* Ticks until it ends, and why; 0: not for two minutes.  SPEAKS: the far side repeats
 * itself. */
static int64_t
ends_after(struct vomp_call *c, bool speaks)
{
	for (int64_t at = 250; at <= 120000; at += 250) {
		struct vomp_todo t;

		if (speaks)
			far_take(c, c->remote, NOW + at);
		t = vomp_call_tick(c, NOW + at);
		if (t.ended) {
			ck_assert(t.send && c->local == VOMP_CALLENDED);
			ck_assert_uint_eq(c->remote, VOMP_CALLENDED);
			call_say(c, NOW + at);
			ck_assert(vomp_call_tick(c, NOW + at + VOMP_REPEAT_MS).gone);
			return at;
		}
		if (t.send)
			call_say(c, NOW + at);
	}
	return 0;
}

START_TEST(nothing_takes_for_ever)
{
	static const struct {
		bool caller, met, speaks;
		uint8_t local, remote, end;
		int64_t after;
	} row[] = {
		{true, false, false, VOMP_CALLPREP, VOMP_NOCALL, VOMP_UNREACHABLE,
			VOMP_DIAL_MS},
		/* A phone that does not say that it rings. */
		{true, true, true, VOMP_RINGINGOUT, VOMP_NOCALL, VOMP_NO_ANSWER, VOMP_DIAL_MS},
		{true, true, true, VOMP_RINGINGOUT, VOMP_RINGINGIN, VOMP_NO_ANSWER,
			VOMP_RING_MS},
		{true, true, true, VOMP_INCALL, VOMP_INCALL, VOMP_NOT_ENDED, 0},
		{true, true, false, VOMP_INCALL, VOMP_INCALL, VOMP_LOST, VOMP_NETWORK_MS},
		{false, true, true, VOMP_NOCALL, VOMP_CALLPREP, VOMP_LOST, VOMP_DIAL_MS},
		{false, true, true, VOMP_NOCALL, VOMP_RINGINGOUT, VOMP_NO_ANSWER,
			VOMP_RING_MS},
		{false, true, true, VOMP_RINGINGIN, VOMP_RINGINGOUT, VOMP_NO_ANSWER,
			VOMP_RING_MS},
		{false, true, true, VOMP_INCALL, VOMP_RINGINGOUT, VOMP_NOT_ENDED, 0},
		{false, true, false, VOMP_INCALL, VOMP_RINGINGOUT, VOMP_LOST, VOMP_NETWORK_MS},
	};

	for (unsigned i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct vomp_call c;

		call_put(&c, row[i].caller, row[i].local, row[i].remote);
		if (!row[i].met)
			c.far_session = 0;
		ck_assert_msg(ends_after(&c, row[i].speaks) == row[i].after, "row %u", i);
		ck_assert_msg(c.end == row[i].end, "row %u: %u", i, c.end);
	}
}
END_TEST

START_TEST(frames_that_are_ignored_keep_nothing_alive)
{
	struct vomp_call c;
	int64_t at = 0;

	call_put(&c, false, VOMP_INCALL, VOMP_RINGINGOUT);
	do {
		at += 1000;
		far_take(&c, VOMP_RINGINGIN, NOW + at);
	} while (!vomp_call_tick(&c, NOW + at).ended);
	ck_assert_int_eq(at, VOMP_NETWORK_MS);
	/* Sound does, which does not come this way. */
	call_put(&c, true, VOMP_INCALL, VOMP_INCALL);
	vomp_call_heard(&c, NOW + 20000);
	ck_assert(!vomp_call_tick(&c, NOW + VOMP_NETWORK_MS).ended);
	ck_assert(vomp_call_tick(&c, NOW + 20000 + VOMP_NETWORK_MS).ended);
}
END_TEST

START_TEST(a_far_side_that_talks_on_after_our_goodbye_is_left)
{
	struct vomp_call c;
	const int64_t quit = 5000;
	int64_t at = quit;

	call_put(&c, true, VOMP_INCALL, VOMP_INCALL);
	vomp_call_hang_up(&c, VOMP_HUNG_UP, NOW + at);
	call_say(&c, NOW + at);
	do {
		struct vomp_todo t;

		at += 1000;
		far_take(&c, VOMP_INCALL, NOW + at);
		vomp_call_heard(&c, NOW + at);
		t = vomp_call_tick(&c, NOW + at);
		ck_assert(t.send && !t.ended);
		call_say(&c, NOW + at);
	} while (c.remote != VOMP_CALLENDED);
	ck_assert(at == quit + VOMP_NETWORK_MS && c.end == VOMP_HUNG_UP);
	ck_assert(vomp_call_tick(&c, NOW + at + VOMP_REPEAT_MS).gone);
}
END_TEST

START_TEST(our_state_is_repeated_every_second)
{
	struct vomp_call c;
	unsigned said = 0;

	call_put(&c, true, VOMP_INCALL, VOMP_INCALL);
	for (int64_t at = 0; at <= 20000; at += 250) {
		vomp_call_heard(&c, NOW + at);
		if (!vomp_call_tick(&c, NOW + at).send)
			continue;
		call_say(&c, NOW + at);
		said++;
	}
	ck_assert_uint_eq(said, 20);
}
END_TEST

START_TEST(a_resumed_call_goes_on)
{
	struct vomp_call c;
	struct vomp_todo t;

	call_put(&c, true, VOMP_INCALL, VOMP_INCALL);
	c.began_ms = c.heard_ms = c.said_ms = 0;
	vomp_call_resume(&c, NOW);
	t = vomp_call_tick(&c, NOW);
	ck_assert(t.send && !t.ended && !t.answered);
	call_say(&c, NOW);
	ck_assert(is_nothing(far_take(&c, VOMP_INCALL, NOW)));
	ck_assert(far_take(&c, VOMP_CALLENDED, NOW + 1).ended);
}
END_TEST

/* ---- Two ends, and a network that loses, repeats and turns round ---- */

enum { CALLER, CALLEE, IN_FLIGHT = 256, DELAY_MS = 400, TALK_MS = 20000 };

struct told {
	unsigned codecs, offered, ringing, answered, ended;
};

struct end {
	struct vomp_call c;
	bool is, gone; /* there; not any more */
	struct told told;
};

struct network {
	unsigned loss, again; /* percent */
	struct end end[2];
	struct packet {
		int64_t due; /* 0: none */
		unsigned to, len;
		uint8_t bytes[64];
	} packet[IN_FLIGHT];
};

static void
send_one(struct network *net, unsigned to, const struct mesh_writer *w, int64_t now)
{
	for (unsigned i = 0; i < IN_FLIGHT; i++) {
		struct packet *p = &net->packet[i];

		if (p->due != 0)
			continue;
		ck_assert_uint_le(w->len, sizeof p->bytes);
		p->due = now + 1 + rand() % DELAY_MS;
		p->to = to;
		p->len = w->len;
		memcpy(p->bytes, w->p, w->len);
		return;
	}
	ck_abort_msg("too many in flight");
}

static void
do_it(struct network *net, unsigned who, struct vomp_todo t, int64_t now)
{
	struct end *e = &net->end[who];
	struct frame f;

	e->told.codecs += t.codecs;
	e->told.offered += t.offered;
	e->told.ringing += t.ringing;
	e->told.answered += t.answered;
	e->told.ended += t.ended;
	if (t.send) {
		call_write(&e->c, &f, now);
		if (rand() % 100 >= (int)net->loss)
			send_one(net, !who, &f.w, now);
		if (rand() % 100 < (int)net->again)
			send_one(net, !who, &f.w, now);
	}
	e->gone |= t.gone;
}

static void
arrive(struct network *net, const struct packet *p, int64_t now)
{
	struct end *e = &net->end[p->to];
	struct vomp_todo t = {0};

	if (e->is && !e->gone)
		t = vomp_call_take(&e->c, p->bytes, p->len, now);
	else if (!e->is && vomp_call_open(&e->c, THEIRS, &call_offer, &call_times, p->bytes,
				   p->len, now, &t) == 0)
		e->is = true;
	do_it(net, p->to, t, now);
}

/* What users do: the phone rings as soon as it is told, is picked up three seconds later, and
 * QUITS hangs up when all has been said. */
static void
users(struct network *net, unsigned quits, int64_t now)
{
	struct end *callee = &net->end[CALLEE];

	if (callee->is && !callee->gone && callee->c.shown) {
		do_it(net, CALLEE, vomp_call_ring(&callee->c, now), now);
		if (now - callee->c.began_ms > 3000)
			do_it(net, CALLEE, vomp_call_answer(&callee->c, now), now);
	}
	if (now == NOW + TALK_MS)
		do_it(net, quits, vomp_call_hang_up(&net->end[quits].c, VOMP_HUNG_UP, now),
			now);
}

static void
live(struct network *net, unsigned quits)
{
	struct end *caller = &net->end[CALLER];

	caller->is = true;
	do_it(net, CALLER, vomp_call_dial(&caller->c, OURS, &call_offer, &call_times, NOW),
		NOW);
	for (int64_t now = NOW; now < NOW + 90000; now += 10) {
		for (unsigned i = 0; i < IN_FLIGHT; i++)
			if (net->packet[i].due != 0 && net->packet[i].due <= now) {
				arrive(net, &net->packet[i], now);
				net->packet[i].due = 0;
			}
		if (now % 250 == 0)
			for (unsigned i = 0; i < 2; i++)
				if (net->end[i].is && !net->end[i].gone)
					do_it(net, i, vomp_call_tick(&net->end[i].c, now),
						now);
		users(net, quits, now);
	}
}

START_TEST(two_ends_agree_over_any_network)
{
	static const unsigned losses[] = {0, 10, 30};
	static struct network net;

	srand(11);
	for (unsigned n = 0; n < 60; n++) {
		const struct end *a = &net.end[CALLER], *b = &net.end[CALLEE];
		unsigned quits = n % 2;

		net = (struct network){.loss = losses[n % 3], .again = n % 4 * 10};
		live(&net, quits);
		ck_assert(a->gone && b->gone);
		ck_assert(a->told.codecs == 1 && b->told.codecs == 1);
		ck_assert(a->told.offered == 0 && b->told.offered == 1);
		ck_assert(a->told.ringing == 1 && b->told.ringing == 0);
		ck_assert(a->told.answered == 1 && b->told.answered == 1);
		ck_assert(a->told.ended == 1 && b->told.ended == 1);
		ck_assert_uint_eq(net.end[quits].c.end, VOMP_HUNG_UP);
		ck_assert_uint_eq(net.end[!quits].c.end, VOMP_FAR_HUNG_UP);
	}
}
END_TEST

/* ---- Anybody's frames ---- */

static struct vomp_todo
random_event(struct vomp_call *c, int64_t now)
{
	struct frame f;
	unsigned kind = (unsigned)rand() % 40;
	uint8_t state = (uint8_t)(rand() % 7);

	if (kind == 0)
		return vomp_call_ring(c, now);
	if (kind == 1)
		return vomp_call_answer(c, now);
	if (kind == 2 && rand() % 20 == 0)
		return vomp_call_hang_up(c, VOMP_HUNG_UP, now);
	if (kind < 6)
		return vomp_call_tick(c, now);
	/* The end comes seldom, or nothing else would. */
	if (state == VOMP_CALLENDED && rand() % 20 != 0)
		state = VOMP_RINGINGIN;
	far_header(&f, rand() % 8 ? OURS : (uint16_t)rand(), state, (uint8_t)(rand() % 8));
	if (rand() % 2)
		mesh_put_vomp_offer(&f.w, &call_offer, rand() % 2);
	for (unsigned i = (unsigned)rand() % 8; i > 0; i--)
		mesh_put_byte(&f.w, (uint8_t)rand());
	if (rand() % 8 == 0)
		f.w.p[rand() % (int)f.w.len] ^= (uint8_t)(1 << rand() % 8);
	return vomp_call_take(c, f.w.p, f.w.len, now);
}

static void
must_hold(const struct vomp_call *was, const struct vomp_call *c, struct vomp_todo t)
{
	ck_assert(c->local >= was->local && c->remote >= was->remote);
	ck_assert(c->local <= VOMP_CALLENDED && c->remote <= VOMP_CALLENDED);
	ck_assert(t.ended == (c->local == VOMP_CALLENDED && was->local != VOMP_CALLENDED));
	ck_assert((c->local == VOMP_CALLENDED) == (c->end != VOMP_NOT_ENDED));
	ck_assert(!t.answered || (c->local == VOMP_INCALL && c->remote == VOMP_INCALL));
	ck_assert(!t.offered || !c->caller);
	ck_assert(!t.ringing || c->caller);
	ck_assert(!t.gone || (c->local == VOMP_CALLENDED && c->remote == VOMP_CALLENDED));
	ck_assert(c->caller ? c->local != VOMP_RINGINGIN
			    : c->local != VOMP_CALLPREP && c->local != VOMP_RINGINGOUT);
	ck_assert(c->local != VOMP_INCALL || c->common != 0);
	ck_assert(c->caller || c->local != VOMP_INCALL || c->shown);
}

START_TEST(ten_thousand_frames_break_nothing)
{
	int64_t now = NOW;

	srand(7);
	for (unsigned n = 0; n < 10000;) {
		unsigned told[5] = {0};
		struct vomp_call c;
		bool gone = false;

		n % 2 ? call_dial(&c) : call_be_asked(&c);
		vomp_call_resume(&c, now);
		for (; !gone && n < 10000; n++) {
			const struct vomp_call was = c;
			struct vomp_todo t = random_event(&c, now += rand() % 500);

			must_hold(&was, &c, t);
			told[0] += t.codecs;
			told[1] += t.offered;
			told[2] += t.ringing;
			told[3] += t.answered;
			told[4] += t.ended;
			gone = t.gone;
			if (t.send)
				call_say(&c, now);
		}
		for (unsigned i = 0; i < 5; i++)
			ck_assert_uint_le(told[i], 1);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("vomp_life");
	TCase *time = tcase_create("time"), *network = tcase_create("network");

	tcase_add_test(time, nothing_takes_for_ever);
	tcase_add_test(time, frames_that_are_ignored_keep_nothing_alive);
	tcase_add_test(time, a_far_side_that_talks_on_after_our_goodbye_is_left);
	tcase_add_test(time, our_state_is_repeated_every_second);
	tcase_add_test(time, a_resumed_call_goes_on);
	tcase_add_test(network, two_ends_agree_over_any_network);
	tcase_add_test(network, ten_thousand_frames_break_nothing);
	suite_add_tcase(suite, time);
	suite_add_tcase(suite, network);
	return run_suite(suite);
}
