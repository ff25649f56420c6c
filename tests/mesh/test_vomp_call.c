/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls of VoMP, state by state: the table is that of docs/vomp.md, written down once more.
 * What time does to them, and bad networks, is in test_vomp_life.c. */
#include "mesh/vomp_call.h"

#include <check.h>
#include <errno.h>

#include "tests/bench/runner.h"
#include "tests/mesh/one_call.h"

START_TEST(a_call_that_we_make_begins_with_our_codecs)
{
	struct vomp_call c;
	struct vomp_header h;
	struct vomp_offer o;
	struct frame f;

	ck_assert(vomp_call_dial(&c, OURS, &call_offer, &call_times, NOW).send);
	call_write(&c, &f, NOW);
	ck_assert_int_eq(vomp_header_read(f.w.p, f.w.len, &h), 0);
	ck_assert(h.from_session == OURS && h.to_session == 0);
	ck_assert(h.state == VOMP_CALLPREP && h.view == VOMP_NOCALL);
	ck_assert_int_eq(vomp_offer_read(f.w.p + VOMP_HEADER, f.w.len - VOMP_HEADER, &o), 0);
	ck_assert(
		o.codecs == 3 && strcmp(o.from, "555001") == 0 && strcmp(o.to, "555002") == 0);
}
END_TEST

START_TEST(a_call_is_opened_by_its_first_frame_alone)
{
	struct vomp_call c;
	struct vomp_todo t;
	struct frame f;

	for (unsigned state = 0; state < 8; state++)
		for (unsigned view = 0; view < 8; view++)
			for (unsigned to = 0; to < 2; to++) {
				bool good = state == VOMP_CALLPREP && view == VOMP_NOCALL &&
					    to == 0;

				far_header(&f, to ? OURS : 0, (uint8_t)state, (uint8_t)view);
				mesh_put_vomp_offer(&f.w, &call_offer, true);
				ck_assert_int_eq(vomp_call_open(&c, OURS, &call_offer,
							 &call_times, f.w.p, f.w.len, NOW, &t),
					good ? 0 : -EBADMSG);
			}
	far_header(&f, 0, VOMP_CALLPREP, VOMP_NOCALL);
	for (unsigned len = 0; len <= VOMP_HEADER; len++)
		ck_assert_int_eq(vomp_call_open(&c, OURS, &call_offer, &call_times, f.w.p, len,
					 NOW, &t),
			-EBADMSG);
	call_be_asked(&c);
	ck_assert(c.far_session == THEIRS && !c.shown);
	ck_assert_str_eq(c.theirs.from, "555001");
	ck_assert_str_eq(c.theirs.to, "555002");
}
END_TEST

START_TEST(the_called_one_says_its_codecs_and_no_numbers)
{
	struct vomp_call c;
	struct vomp_header h;
	struct vomp_offer o;
	struct frame f;

	call_be_asked(&c);
	call_write(&c, &f, NOW);
	ck_assert_int_eq(vomp_header_read(f.w.p, f.w.len, &h), 0);
	ck_assert(h.from_session == OURS && h.to_session == THEIRS);
	ck_assert(h.state == VOMP_NOCALL && h.view == VOMP_CALLPREP);
	ck_assert_int_eq(vomp_offer_read(f.w.p + VOMP_HEADER, f.w.len - VOMP_HEADER, &o), 0);
	ck_assert(o.codecs == 3 && o.from[0] == '\0' && o.to[0] == '\0');
}
END_TEST

START_TEST(a_frame_belongs_to_the_call_of_its_sessions)
{
	static const struct {
		uint16_t far, from, to;
		bool is;
	} row[] = {
		{0, THEIRS, OURS, true},
		{0, THEIRS, 0, false},
		{0, THEIRS, 7, false},
		{THEIRS, THEIRS, OURS, true},
		{THEIRS, THEIRS, 0, true},
		{THEIRS, 7, OURS, false},
		{THEIRS, 7, 0, false},
		{THEIRS, THEIRS, 7, false},
	};

	for (unsigned i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct vomp_call c = {.session = OURS, .far_session = row[i].far};
		struct vomp_header h = {.from_session = row[i].from, .to_session = row[i].to};

		ck_assert_msg(vomp_call_is(&c, &h) == row[i].is, "row %u", i);
	}
}
END_TEST

/* ---- Each cell, in both roles ---- */

enum { NO, OK, AGAIN, SHOW, OUT, IN, BYE };

/* [our state][that of the frame][we are the caller] */
#define EACH(what)         \
	{                  \
		what, what \
	}
static const uint8_t cells[6][6][2] = {
	/* NOCALL */ {EACH(NO), EACH(AGAIN), {SHOW, BYE}, EACH(NO), EACH(NO), EACH(BYE)},
	/* CALLPREP */ {{BYE, OUT}, {BYE, OUT}, EACH(NO), EACH(NO), EACH(NO), EACH(BYE)},
	/* RINGINGOUT */ {EACH(OK), EACH(OK), EACH(IN), EACH(OK), EACH(IN), EACH(BYE)},
	/* RINGINGIN */ {EACH(NO), EACH(NO), EACH(OK), EACH(NO), EACH(NO), EACH(BYE)},
	/* INCALL */ {EACH(NO), EACH(NO), EACH(OK), EACH(NO), EACH(OK), EACH(BYE)},
	/* CALLENDED */ {EACH(OK), EACH(OK), EACH(OK), EACH(OK), EACH(OK), EACH(OK)},
};

static uint8_t
state_after(uint8_t local, uint8_t what)
{
	return what == OUT   ? VOMP_RINGINGOUT
	       : what == IN  ? VOMP_INCALL
	       : what == BYE ? VOMP_CALLENDED
			     : local;
}

static void
try_cell(uint8_t local, uint8_t state, bool caller)
{
	uint8_t what = cells[local - 1][state - 1][caller];
	uint8_t after = state_after(local, what);
	bool ended = local == VOMP_CALLENDED;
	struct vomp_call c, was;
	struct vomp_todo t;

	call_put(&c, caller, local, VOMP_NOCALL);
	was = c;
	t = far_take(&c, state, NOW + 5);
	if (what == NO) {
		ck_assert_msg(is_nothing(t) && memcmp(&c, &was, sizeof c) == 0,
			"%u, %u, caller %d", local, state, caller);
		return;
	}
	ck_assert_msg(c.local == after && c.remote == state, "%u, %u, caller %d: %u, %u",
		local, state, caller, c.local, c.remote);
	ck_assert_int_eq(c.heard_ms, ended ? NOW : NOW + 5);
	ck_assert(t.send == (what == AGAIN || after != local || state != VOMP_NOCALL));
	ck_assert(t.offered == (what == SHOW) && c.shown == (what == SHOW));
	ck_assert(t.ringing == (caller && state == VOMP_RINGINGIN));
	ck_assert(t.answered == (after == VOMP_INCALL && state == VOMP_INCALL));
	ck_assert(t.ended == (what == BYE) && (c.end != VOMP_NOT_ENDED) == (what == BYE));
	ck_assert(c.began_ms == (what == IN ? NOW + 5 : NOW) && !t.gone && !t.codecs);
	/* And the same once more changes nothing. */
	call_say(&c, NOW + 6);
	was = c;
	t = far_take(&c, state, NOW + 5);
	ck_assert_mem_eq(&c, &was, sizeof c);
	t.send &= what != AGAIN;
	ck_assert(is_nothing(t));
}

START_TEST(a_frame_makes_of_a_call_what_the_table_says)
{
	for (uint8_t local = VOMP_NOCALL; local <= VOMP_CALLENDED; local++)
		for (uint8_t state = VOMP_NOCALL; state <= VOMP_CALLENDED; state++)
			for (unsigned caller = 0; caller < 2; caller++)
				try_cell(local, state, caller);
}
END_TEST

START_TEST(an_older_state_is_taken_for_the_newest_seen)
{
	struct vomp_call c;

	call_put(&c, true, VOMP_RINGINGOUT, VOMP_RINGINGIN);
	ck_assert(is_nothing(far_take(&c, VOMP_NOCALL, NOW + 5)));
	ck_assert(c.remote == VOMP_RINGINGIN && c.heard_ms == NOW + 5);
	call_put(&c, true, VOMP_INCALL, VOMP_INCALL);
	ck_assert(is_nothing(far_take(&c, VOMP_RINGINGIN, NOW + 5)));
	ck_assert(c.remote == VOMP_INCALL && c.heard_ms == NOW + 5);
}
END_TEST

START_TEST(what_is_not_its_own_leaves_a_call_alone)
{
	struct vomp_call c, was;
	struct frame f;

	call_put(&c, true, VOMP_RINGINGOUT, VOMP_NOCALL);
	was = c;
	far_header(&f, OURS + 1, VOMP_INCALL, VOMP_RINGINGOUT);
	ck_assert(is_nothing(vomp_call_take(&c, f.w.p, f.w.len, NOW + 5)));
	far_header(&f, OURS, VOMP_INCALL, VOMP_RINGINGOUT);
	f.w.p[0] = 1;
	ck_assert(is_nothing(vomp_call_take(&c, f.w.p, f.w.len, NOW + 5)));
	ck_assert(is_nothing(vomp_call_take(&c, f.w.p, VOMP_HEADER - 1, NOW + 5)));
	ck_assert_mem_eq(&c, &was, sizeof c);
	/* A list that has no end. */
	call_put(&c, true, VOMP_CALLPREP, VOMP_NOCALL);
	was = c;
	far_header(&f, OURS, VOMP_NOCALL, VOMP_CALLPREP);
	ck_assert(is_nothing(vomp_call_take(&c, f.w.p, f.w.len, NOW + 5)));
	ck_assert_mem_eq(&c, &was, sizeof c);
}
END_TEST

/* ---- Codecs ---- */

START_TEST(both_ends_learn_what_they_have_in_common)
{
	static const struct vomp_offer theirs = {
		.codecs = 3, .codec = {VOMP_PCMU, VOMP_GSM, VOMP_TEXT}};
	struct vomp_call c;
	struct vomp_todo t;

	call_dial(&c);
	t = far_take_offer(&c, VOMP_NOCALL, VOMP_CALLPREP, &theirs, NOW);
	ck_assert(t.codecs && t.send && c.local == VOMP_RINGINGOUT);
	ck_assert(c.common == 1u << VOMP_PCMU && c.far_text && !c.far_dtmf);
	ck_assert_uint_eq(c.far_session, THEIRS);
	call_asked(&c, &theirs, &t);
	ck_assert(t.codecs && c.common == 1u << VOMP_PCMU);
	/* Another list is a repeat of the first one that went wrong. */
	t = far_take_offer(&c, VOMP_CALLPREP, VOMP_NOCALL, &call_offer, NOW);
	ck_assert(t.send && !t.codecs && c.common == 1u << VOMP_PCMU && !c.far_dtmf);
}
END_TEST

START_TEST(without_a_codec_in_common_there_is_no_call)
{
	static const struct vomp_offer lists[] = {{.codecs = 0},
		{.codecs = 1, .codec = {VOMP_GSM}},
		{.codecs = 2, .codec = {VOMP_DTMF, VOMP_TEXT}}};

	for (unsigned i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		struct vomp_call c;
		struct vomp_todo t;

		call_dial(&c);
		t = far_take_offer(&c, VOMP_NOCALL, VOMP_CALLPREP, &lists[i], NOW);
		ck_assert(t.send && t.ended && !t.codecs);
		ck_assert(c.local == VOMP_CALLENDED && c.end == VOMP_NO_CODEC);
		call_asked(&c, &lists[i], &t);
		ck_assert(t.send && t.ended && !t.codecs && !t.offered);
		ck_assert(c.local == VOMP_CALLENDED && c.end == VOMP_NO_CODEC);
	}
}
END_TEST

/* ---- Our user ---- */

START_TEST(a_phone_rings_and_is_answered)
{
	struct vomp_call c;
	struct vomp_todo t;
	struct frame f;

	call_be_asked(&c);
	/* Not before the far side is in earnest. */
	ck_assert(is_nothing(vomp_call_ring(&c, NOW)));
	ck_assert(is_nothing(vomp_call_answer(&c, NOW)));
	t = far_take(&c, VOMP_RINGINGOUT, NOW);
	ck_assert(t.offered && t.send && c.local == VOMP_NOCALL);
	call_write(&c, &f, NOW);
	ck_assert_uint_eq(f.w.len, VOMP_HEADER);
	t = vomp_call_ring(&c, NOW);
	ck_assert(t.send && !t.answered && c.local == VOMP_RINGINGIN);
	call_say(&c, NOW);
	ck_assert(is_nothing(vomp_call_ring(&c, NOW)));
	t = vomp_call_answer(&c, NOW + 7);
	ck_assert(t.send && !t.answered && c.local == VOMP_INCALL && c.began_ms == NOW + 7);
	call_say(&c, NOW);
	ck_assert(is_nothing(vomp_call_answer(&c, NOW)));
	ck_assert(is_nothing(vomp_call_ring(&c, NOW)));
	t = far_take(&c, VOMP_INCALL, NOW + 8);
	ck_assert(t.answered && t.send);
}
END_TEST

START_TEST(a_phone_may_be_answered_at_once)
{
	struct vomp_call c;

	call_be_asked(&c);
	far_take(&c, VOMP_RINGINGOUT, NOW);
	ck_assert(vomp_call_answer(&c, NOW).send && c.local == VOMP_INCALL);
}
END_TEST

START_TEST(who_calls_has_nothing_to_answer)
{
	for (uint8_t local = VOMP_CALLPREP; local <= VOMP_CALLENDED; local++) {
		struct vomp_call c;

		call_put(&c, true, local, VOMP_RINGINGOUT);
		ck_assert(is_nothing(vomp_call_ring(&c, NOW)));
		ck_assert(is_nothing(vomp_call_answer(&c, NOW)));
	}
}
END_TEST

START_TEST(hanging_up_waits_for_the_other_goodbye)
{
	struct vomp_call c;
	struct vomp_todo t;

	call_put(&c, true, VOMP_INCALL, VOMP_INCALL);
	t = vomp_call_hang_up(&c, VOMP_HUNG_UP, NOW);
	ck_assert(t.send && t.ended && !t.gone && c.end == VOMP_HUNG_UP);
	call_say(&c, NOW);
	ck_assert(is_nothing(vomp_call_hang_up(&c, VOMP_LOST, NOW)));
	ck_assert_uint_eq(c.end, VOMP_HUNG_UP);
	ck_assert(vomp_call_tick(&c, NOW + VOMP_REPEAT_MS).send);
	call_say(&c, NOW + VOMP_REPEAT_MS);
	t = far_take(&c, VOMP_CALLENDED, NOW + 1100);
	ck_assert(t.send && !t.ended && !t.gone);
	call_say(&c, NOW + 1100);
	ck_assert(!vomp_call_tick(&c, NOW + 1200).gone);
	ck_assert(vomp_call_tick(&c, NOW + 2100).gone);
}
END_TEST

START_TEST(why_it_ended_is_known)
{
	struct vomp_call c;

	call_put(&c, true, VOMP_INCALL, VOMP_INCALL);
	ck_assert(far_take(&c, VOMP_CALLENDED, NOW).ended && c.end == VOMP_FAR_HUNG_UP);
	call_put(&c, true, VOMP_RINGINGOUT, VOMP_RINGINGIN);
	ck_assert(far_take(&c, VOMP_CALLENDED, NOW).ended && c.end == VOMP_REFUSED);
	call_put(&c, true, VOMP_CALLPREP, VOMP_NOCALL);
	ck_assert(far_take(&c, VOMP_CALLENDED, NOW).ended && c.end == VOMP_REFUSED);
	call_put(&c, false, VOMP_RINGINGIN, VOMP_RINGINGOUT);
	ck_assert(far_take(&c, VOMP_CALLENDED, NOW).ended && c.end == VOMP_FAR_HUNG_UP);
	for (unsigned i = 0; i < VOMP_ENDS; i++)
		ck_assert_ptr_nonnull(vomp_end_words[i]);
	ck_assert_ptr_null(vomp_end_words[VOMP_ENDS]);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("vomp_call");
	TCase *begin = tcase_create("begin"), *table = tcase_create("table"),
	      *user = tcase_create("user");

	tcase_add_test(begin, a_call_that_we_make_begins_with_our_codecs);
	tcase_add_test(begin, a_call_is_opened_by_its_first_frame_alone);
	tcase_add_test(begin, the_called_one_says_its_codecs_and_no_numbers);
	tcase_add_test(begin, a_frame_belongs_to_the_call_of_its_sessions);
	tcase_add_test(begin, both_ends_learn_what_they_have_in_common);
	tcase_add_test(begin, without_a_codec_in_common_there_is_no_call);
	tcase_add_test(table, a_frame_makes_of_a_call_what_the_table_says);
	tcase_add_test(table, an_older_state_is_taken_for_the_newest_seen);
	tcase_add_test(table, what_is_not_its_own_leaves_a_call_alone);
	tcase_add_test(user, a_phone_rings_and_is_answered);
	tcase_add_test(user, a_phone_may_be_answered_at_once);
	tcase_add_test(user, who_calls_has_nothing_to_answer);
	tcase_add_test(user, hanging_up_waits_for_the_other_goodbye);
	tcase_add_test(user, why_it_ended_is_known);
	suite_add_tcase(suite, begin);
	suite_add_tcase(suite, table);
	suite_add_tcase(suite, user);
	return run_suite(suite);
}
