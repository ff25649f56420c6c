/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/look.c, sampler.c, worst.c and stats_heard.c: a call whose counters the test moves, on
 * a clock of its own. */
#include <check.h>
#include <event2/event.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/ordered.h"
#include "relay/call.h"
#include "relay/coding.h"
#include "relay/config.h"
#include "relay/directory.h"
#include "relay/fax.h"
#include "relay/quality.h"
#include "relay/sampler.h"
#include "relay/stats.h"
#include "tests/relay/ask.h"
#include "tests/relay/fake_client.h"

enum { LOOK = 5000, AGE = 100000000 };

static struct switch_client *sw;
static struct quality_sums sums;
static struct look now;
static struct call *call;
static char told[200];

static void
tell(void *arg, const struct call *c, unsigned leg, unsigned i, bool one_way)
{
	size_t used = strlen(told);

	snprintf(told + used, sizeof told - used, "%s%s %s %s", used > 0 ? ", " : "",
		one_way ? "-" : "+", c->leg[leg].name,
		heard_flow_words[call_seen(&c->leg[leg].stream[i])->heard.flow]);
}

/* Alice and Bob, a stream each, on slots 1 and 2. */
static struct call *
make_call(const char *id)
{
	struct call_request r =
		ask("{'call': 'x', 'legs': [{'name': 'alice', 'streams': [{}]},"
		    " {'name': 'bob', 'streams': [{}]}]}");
	struct call *c = call_open(id);
	struct fault fault;

	ck_assert_int_eq(call_apply(c, &r, &fault), 0);
	for (unsigned i = 0; i < 2; i++) {
		struct stream *s = &c->leg[i].stream[0];

		s->id = 100 + i;
		s->slot = 1 + i;
		atomic_store(&fake_transport_state(sw, s->slot)->id, s->id);
	}
	c->created_us = AGE;
	c->made = true;
	return c;
}

static void
setup(void)
{
	sw = fake_open();
	memset(&sums, 0, sizeof sums);
	told[0] = '\0';
	now = (struct look){.client = sw,
		.now_ms = LOOK,
		.real_us = AGE + LOOK * 1000,
		.one_way_ms = 10000,
		.sums = &sums,
		.told = tell};
	call = make_call("x");
}

static void
teardown(void)
{
	call_close(call);
	fake_close(sw);
}

static struct sw_transport_state *
at(unsigned leg)
{
	return fake_transport_state(sw, 1 + leg);
}

/* N packets come from the party, of which the other one gets RELAYED; LOST are missing. */
static void
speak(unsigned leg, unsigned n, unsigned lost, unsigned relayed)
{
	struct sw_transport_state *st = at(leg);

	if (st->rx_ssrcs == 0) {
		st->rx_ssrcs = 1;
		st->rx = (struct sw_rx_ssrc){.state = 1, .epoch = 1, .first = 1, .ssrc = 7};
	}
	st->rx.packets += n;
	st->rx.index += n + lost;
	st->rx_packets += n;
	at(1 - leg)->tx_packets += relayed;
}

/* The party reports, with loss in 1/256, jitter of 8000 Hz, round trip in ms. */
static void
report(unsigned leg, uint32_t lost, uint32_t fraction, uint32_t jitter, uint32_t rtt_ms)
{
	struct sw_reports *r = &at(leg)->reports;

	r->lost = lost;
	r->fraction = fraction;
	r->jitter = jitter;
	r->rtt_us = rtt_ms * 1000;
	r->sent = (uint32_t)at(leg)->tx_packets;
	r->reports++;
}

static void
look(void)
{
	look_at_call(&now, call);
	now.now_ms += LOOK;
	now.real_us += LOOK * 1000;
}

static const struct stream_heard *
heard(unsigned leg)
{
	return &call_seen(&call->leg[leg].stream[0])->heard;
}

static json_t *
shown(unsigned leg)
{
	json_t *o = json_object();

	stats_put_heard(o, call, leg, 0, sw);
	return o;
}

static double
number(const json_t *o, const char *name)
{
	const json_t *n = json_object_get(o, name);

	ck_assert_msg(json_is_number(n), "no number %s", name);
	return json_number_value(n);
}

#define close_to(is, should, by) ck_assert_double_eq_tol(is, should, by)

/* ---- Opinions ---- */

START_TEST(a_clean_call_sounds_as_good_as_the_codec_can)
{
	speak(0, 250, 0, 250);
	speak(1, 250, 0, 250);
	look();
	/* 40 ms from mouth to ear. */
	close_to((double)call_heard(call)->mos, quality_mos(92.0), 0.01);
	ck_assert_uint_eq(call_heard(call)->run.looks, 1);
	ck_assert_int_eq(heard(0)->flow, HEARD_WELL);
	ck_assert_uint_eq(heard(0)->by_party.looks, 0);
	ck_assert_uint_eq(sums.packets, 500);
	ck_assert_uint_eq(sums.running[quality_bucket((double)call_heard(call)->mos)], 1);
}
END_TEST

START_TEST(a_look_is_about_what_came_since_the_one_before)
{
	double bad;

	speak(0, 200, 50, 200);
	speak(1, 250, 0, 250);
	look();
	close_to((double)call_heard(call)->loss, 20, 1e-6);
	bad = (double)heard(0)->here.last;
	speak(0, 250, 0, 250);
	speak(1, 250, 0, 250);
	look();
	close_to((double)call_heard(call)->loss, 0, 1e-6);
	ck_assert((double)heard(0)->here.last > bad + 1);
	close_to(heard(0)->here.least / 1e3, bad, 0.001);
	close_to(heard(0)->here.most / 1e3, (double)heard(0)->here.last, 0.001);
	ck_assert_uint_eq(sums.lost, 50);
	ck_assert_uint_eq(sums.packets, 950);
	speak(0, 125, 125, 125);
	speak(1, 250, 0, 250);
	look();
	ck_assert((double)heard(0)->here.last < bad);
	close_to(heard(0)->here.least / 1e3, (double)heard(0)->here.last, 0.001);
}
END_TEST

START_TEST(what_comes_late_after_all_was_not_lost_twice)
{
	speak(0, 245, 5, 245);
	look();
	at(0)->rx.packets += 3;
	look();
	speak(0, 250, 3, 250);
	look();
	ck_assert_uint_eq(sums.lost, 5);
}
END_TEST

START_TEST(a_party_says_what_it_hears)
{
	json_t *o;
	const json_t *r;

	speak(0, 250, 0, 250);
	speak(1, 250, 0, 250);
	report(1, 25, 26, 160, 120);
	report(0, 0, 0, 0, 80);
	look();
	close_to((double)call_heard(call)->loss, 100 * 26 / 256.0, 1e-3);
	close_to((double)call_heard(call)->jitter_ms, 20, 1e-3);
	close_to((double)call_heard(call)->rtt_ms, 200, 1e-3);
	ck_assert((double)heard(1)->by_party.last < (double)heard(1)->here.last - 0.5);
	ck_assert_uint_eq(sums.reports, 2);

	o = shown(1);
	r = json_object_get(o, "report");
	close_to(number(o, "round_trip_ms"), 120, 1e-9);
	close_to(number(r, "lost"), 25, 1e-9);
	close_to(number(r, "loss"), 10, 1e-9);
	close_to(number(r, "jitter_ms"), 20, 1e-9);
	ck_assert(number(r, "mos") < number(o, "mos"));
	close_to(number(r, "mos_lowest"), (double)heard(1)->by_party.last, 0.006);
	json_decref(o);
}
END_TEST

START_TEST(a_codec_that_was_told_counts_both_ways)
{
	double clean;

	speak(0, 250, 0, 250);
	report(1, 0, 0, 0, 10);
	look();
	clean = (double)heard(0)->here.last;
	call->leg[0].stream[0].codec = REQUEST_G729;
	speak(0, 250, 0, 250);
	speak(1, 250, 0, 250);
	report(1, 0, 0, 0, 10);
	look();
	ck_assert((double)heard(0)->here.last < clean - 0.2);
	ck_assert((double)heard(1)->by_party.last < clean - 0.2);
	ck_assert((double)heard(1)->here.last > clean - 0.2);
}
END_TEST

START_TEST(a_codec_without_figures_has_no_opinion)
{
	call->leg[0].stream[0].codec = REQUEST_UNRATED;
	speak(0, 250, 0, 250);
	speak(1, 250, 0, 250);
	report(1, 0, 0, 0, 10);
	look();
	ck_assert_uint_eq(heard(0)->here.looks, 0);
	ck_assert_uint_eq(heard(1)->by_party.looks, 0);
	ck_assert_uint_eq(heard(1)->here.looks, 1);
	close_to((double)call_heard(call)->mos, (double)heard(1)->here.last, 1e-6);
	call->leg[1].stream[0].codec = REQUEST_UNRATED;
	speak(0, 250, 0, 250);
	look();
	ck_assert_double_eq((double)call_heard(call)->mos, 0);
}
END_TEST

/* What is lost before strowger has never left it, but its gap has. */
START_TEST(a_party_counts_what_was_lost_before_us_too)
{
	json_t *o;

	speak(0, 200, 50, 200);
	report(1, 50, 51, 0, 10);
	speak(0, 1000, 0, 1000); /* of which the report knows nothing */
	o = shown(1);
	close_to(number(json_object_get(o, "report"), "loss"), 20, 1e-9);
	json_decref(o);
}
END_TEST

START_TEST(few_packets_and_other_media_are_no_opinion)
{
	json_t *o;

	speak(0, 24, 0, 24);
	look();
	ck_assert_uint_eq(call_heard(call)->run.looks, 0);
	o = shown(0);
	ck_assert_ptr_null(json_object_get(o, "mos"));
	ck_assert_ptr_null(json_object_get(o, "report"));
	ck_assert_ptr_null(json_object_get(o, "round_trip_ms"));
	json_decref(o);
	call->leg[0].stream[0].media = REQUEST_VIDEO;
	speak(0, 250, 25, 250);
	look();
	ck_assert_uint_eq(call_heard(call)->run.looks, 0);
	ck_assert((double)call_heard(call)->loss > 9);
}
END_TEST

/* ---- Sums ---- */

START_TEST(an_ended_call_leaves_its_mean)
{
	double mean;

	speak(0, 125, 125, 125);
	look();
	speak(0, 250, 0, 250);
	look();
	mean = (double)call_heard(call)->run.sum / 2;
	look_ended(&sums, call);
	for (unsigned i = 0; i < QUALITY_BUCKETS; i++) {
		ck_assert_uint_eq(sums.running[i], 0);
		ck_assert_uint_eq(sums.ended[i], i == quality_bucket(mean));
	}
	close_to(sums.running_mos, 0, 1e-9);
	close_to(sums.ended_mos, mean, 1e-9);
}
END_TEST

START_TEST(buckets_end_at_their_bounds)
{
	ck_assert_uint_eq(quality_bucket(1), 0);
	ck_assert_uint_eq(quality_bucket(1.01), 1);
	ck_assert_uint_eq(quality_bucket(1.5), 1);
	ck_assert_uint_eq(quality_bucket(4.0), 6);
	ck_assert_uint_eq(quality_bucket(4.41), 7);
	ck_assert_uint_eq(quality_bucket(4.5), 7);
}
END_TEST

START_TEST(what_a_predecessor_counted_is_not_counted_again)
{
	speak(0, 90000, 900, 90000);
	now.real_us = AGE + 1800 * INT64_C(1000000);
	look();
	ck_assert_uint_eq(sums.packets, 0);
	ck_assert_uint_eq(sums.lost, 0);
	ck_assert_uint_eq(call_heard(call)->run.looks, 0);
	speak(0, 250, 0, 250);
	look();
	ck_assert_uint_eq(sums.packets, 250);
}
END_TEST

/* As the core does it, again and again. */
static void *
renumber(void *arg)
{
	const atomic_bool *stop = arg;
	struct sw_rx_ssrc *rx = &at(0)->rx;

	for (uint32_t epoch = 2; !atomic_load(stop); epoch++) {
		uint64_t first = epoch % 2 ? 1 : 1000000;

		*(volatile uint32_t *)&rx->epoch = 0;
		ORDERED();
		atomic_store_explicit(&rx->index, first, memory_order_relaxed);
		rx->first = first;
		ORDERED();
		*(volatile uint32_t *)&rx->epoch = epoch;
		ORDERED();
	}
	return NULL;
}

START_TEST(a_numbering_is_read_whole_or_not_at_all)
{
	enum { READS = 300000 };
	atomic_bool stop = false;
	struct figures f;
	pthread_t core;

	speak(0, 1, 0, 1);
	ck_assert_int_eq(pthread_create(&core, NULL, renumber, &stop), 0);
	for (unsigned i = 0; i < READS; i++) {
		figures_read(&f, &call->leg[0].stream[0], sw);
		ck_assert_uint_eq(f.lost, 0);
	}
	atomic_store(&stop, true);
	pthread_join(core, NULL);
}
END_TEST

START_TEST(a_switch_that_begins_anew_takes_nothing_back)
{
	speak(0, 250, 10, 250);
	look();
	memset(at(0), 0, sizeof *at(0));
	at(0)->id = 100;
	look();
	ck_assert_uint_eq(sums.packets, 250);
	speak(0, 100, 0, 100);
	look();
	ck_assert_uint_eq(sums.packets, 350);
	ck_assert_uint_eq(sums.lost, 10);
}
END_TEST

/* The core writes a numbering while it is read: its parts do not fit each other yet. */
START_TEST(a_numbering_that_is_half_begun_lacks_nothing)
{
	struct figures f;

	speak(0, 250, 10, 250);
	at(0)->rx.first = at(0)->rx.index + 1000;
	figures_read(&f, &call->leg[0].stream[0], sw);
	ck_assert_uint_eq(f.lost, 0);
	at(0)->rx.first = 1;
	at(0)->rx.epoch = 0;
	figures_read(&f, &call->leg[0].stream[0], sw);
	ck_assert_uint_eq(f.lost, 0);
	at(0)->rx.epoch = 2;
	figures_read(&f, &call->leg[0].stream[0], sw);
	ck_assert_uint_eq(f.lost, 10);
}
END_TEST

/* It need not be remembered that there was nothing, but that it was looked for. */
START_TEST(a_silent_call_keeps_nothing_and_its_first_packets_count)
{
	for (unsigned i = 0; i < 9; i++)
		look();
	ck_assert_uint_eq(sums.looks, 9);
	ck_assert_ptr_null(call->leg[0].stream[0].seen);
	ck_assert_ptr_null(call->leg[1].stream[0].seen);
	speak(0, 250, 0, 250);
	look();
	ck_assert_uint_eq(sums.packets, 250);
	ck_assert_uint_eq(sums.talk_ms, LOOK);
}
END_TEST

START_TEST(talk_is_the_time_with_packets)
{
	json_t *o;

	speak(0, 100, 0, 100); /* two seconds, as it seems */
	look();
	ck_assert_uint_eq(heard(0)->talk_ms, 2000);
	speak(0, 10, 0, 10);
	look();
	look();
	look();
	speak(0, 1, 0, 1);
	look();
	ck_assert_uint_eq(heard(0)->talk_ms, 12000);
	ck_assert_uint_eq(heard(1)->talk_ms, 0);
	ck_assert_uint_eq(sums.talk_ms, 12000);
	o = shown(0);
	close_to(number(o, "talk_s"), 12, 1e-9);
	json_decref(o);
}
END_TEST

/* ---- Who is missed ---- */

START_TEST(a_party_that_sends_nothing_is_missed_once)
{
	for (unsigned i = 0; i < 5; i++) {
		speak(0, 250, 0, 250);
		look();
		ck_assert_int_eq(heard(1)->flow, i < 1 ? HEARD_IDLE : HEARD_SILENT);
	}
	ck_assert_str_eq(told, "- bob silent");
	speak(0, 250, 0, 250);
	speak(1, 250, 0, 250);
	look();
	look();
	ck_assert_str_eq(told, "- bob silent, + bob heard");
	ck_assert_uint_eq(sums.one_way, 1);
}
END_TEST

START_TEST(what_is_not_relayed_is_missed_too)
{
	for (unsigned i = 0; i < 3; i++) {
		speak(0, 250, 0, 250);
		speak(1, 250, 0, 0);
		look();
	}
	ck_assert_str_eq(told, "- bob not_relayed");
}
END_TEST

/* A machine that listens says nothing by T.38 for the time of a page. */
START_TEST(a_fax_that_is_listened_to_is_not_missed)
{
	struct stream *sound = &call->leg[0].stream[0], *t38 = &call->leg[1].stream[0];
	struct request_format pcmu = {.name = "PCMU"};

	codec_default(codec_by_id(CODEC_PCMU), &pcmu.format);
	ck_assert_int_eq(coding_set_formats(call_coding(sound), &pcmu, 1), 0);
	t38->media = REQUEST_IMAGE;
	fax_set(call_coding(t38), &(struct request_fax){.gateway = 1});
	call_apply_rules(call);
	ck_assert_int_eq(bridge_decide(sound, t38), BRIDGE_FAX);
	for (unsigned i = 0; i < 3; i++) {
		speak(0, 250, 0, 0);
		speak(1, 5, 0, 0);
		look();
	}
	ck_assert_str_eq(told, "");
}
END_TEST

START_TEST(on_hold_nobody_is_missed)
{
	call->leg[1].stream[0].direction = REQUEST_RECVONLY;
	for (unsigned i = 0; i < 4; i++) {
		speak(0, 250, 0, 250);
		look();
	}
	ck_assert_str_eq(told, "");
	ck_assert_int_eq(heard(1)->flow, HEARD_IDLE);
	call->leg[1].stream[0].direction = REQUEST_SENDONLY; /* music on hold, late */
	for (unsigned i = 0; i < 4; i++) {
		speak(0, 250, 0, 0);
		look();
	}
	ck_assert_str_eq(told, "");
}
END_TEST

START_TEST(a_pause_of_both_is_no_episode)
{
	for (unsigned i = 0; i < 4; i++)
		look();
	speak(0, 250, 0, 250);
	look();
	look(); /* the other one pauses, too: the time begins anew */
	speak(0, 250, 0, 250);
	look();
	ck_assert_str_eq(told, "");
}
END_TEST

START_TEST(who_wants_none_is_not_told)
{
	now.one_way_ms = 0;
	for (unsigned i = 0; i < 9; i++) {
		speak(0, 250, 0, 250);
		look();
	}
	ck_assert_str_eq(told, "");
}
END_TEST

/* ---- Many calls ---- */

START_TEST(the_worst_are_kept_and_the_better_make_room)
{
	static struct worst w;
	uint8_t order[WORST_CALLS];
	char id[16];

	w.n = 0;
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(id, sizeof id, "c%u", i * 7 % 1000);
		worst_put(&w, i * 7 % 1000, id, i * 7 % 1000);
	}
	worst_put(&w, 5555, "better than all of them", 0.5);
	ck_assert_uint_eq(w.n, WORST_CALLS);
	worst_order(&w, order);
	for (unsigned i = 0; i < WORST_CALLS; i++)
		ck_assert_uint_eq(w.hash[order[i]], 999 - i);
	worst_put(&w, 999, "c999", 1); /* better now */
	worst_put(&w, 5, "c5", 2);     /* so there is room for another one */
	worst_remove(&w, 998, "c998");
	worst_remove(&w, 77777, "none");
	worst_order(&w, order);
	ck_assert_uint_eq(w.n, WORST_CALLS - 1);
	ck_assert_str_eq(w.id[order[0]], "c997");
	ck_assert_str_eq(w.id[order[WORST_CALLS - 2]], "c5");
}
END_TEST

static void
deaf(void *arg, const struct call *c, unsigned leg, unsigned i, bool one_way)
{
}

START_TEST(every_call_is_looked_at_once_in_a_period)
{
	enum { CALLS = 230 };
	struct event_base *base = event_base_new();
	struct directory *directory = directory_open();
	static struct config conf;
	static struct call *calls[CALLS];
	struct sampler *s = sampler_open(&(struct sampler_conf){.base = base,
		.config = &conf,
		.client = sw,
		.directory = directory,
		.told = deaf});
	uint64_t clock = 1000;
	char id[16];

	for (unsigned i = 0; i < CALLS; i++) {
		snprintf(id, sizeof id, "c%u", i);
		calls[i] = make_call(id);
		ck_assert_int_eq(directory_add(directory, calls[i]), 0);
	}
	for (unsigned tick = 0; tick < 2 * SAMPLER_PERIOD_MS / SAMPLER_TICK_MS; tick++) {
		sampler_turn(s, clock);
		clock += SAMPLER_TICK_MS;
		ck_assert_uint_le(sampler_sums(s)->looks, (tick + 1) * CALLS / 100 + 1);
	}
	ck_assert_uint_eq(sampler_sums(s)->looks, 2 * CALLS);
	for (unsigned i = 0; i < CALLS; i++)
		ck_assert_uint_ge(calls[i]->looked_ms, clock - SAMPLER_PERIOD_MS);
	ck_assert_uint_eq(sampler_worst(s, WORST_MOS)->n, WORST_CALLS);
	for (unsigned i = 0; i < CALLS; i++) {
		directory_remove(directory, calls[i]);
		sampler_ended(s, calls[i]);
		call_close(calls[i]);
	}
	ck_assert_uint_eq(sampler_worst(s, WORST_MOS)->n, 0);
	sampler_turn(s, clock);
	sampler_close(s);
	directory_close(directory);
	event_base_free(base);
}
END_TEST

int
main(void)
{
	const struct {
		const char *name;
		const TTest *test[8];
	} cases[] = {
		{"opinions", {a_clean_call_sounds_as_good_as_the_codec_can,
				     a_look_is_about_what_came_since_the_one_before,
				     what_comes_late_after_all_was_not_lost_twice,
				     a_party_says_what_it_hears,
				     a_codec_that_was_told_counts_both_ways,
				     a_codec_without_figures_has_no_opinion,
				     a_party_counts_what_was_lost_before_us_too,
				     few_packets_and_other_media_are_no_opinion}},
		{"sums", {an_ended_call_leaves_its_mean, buckets_end_at_their_bounds,
				 what_a_predecessor_counted_is_not_counted_again,
				 a_switch_that_begins_anew_takes_nothing_back,
				 a_numbering_that_is_half_begun_lacks_nothing,
				 a_numbering_is_read_whole_or_not_at_all,
				 talk_is_the_time_with_packets,
				 a_silent_call_keeps_nothing_and_its_first_packets_count}},
		{"one way", {a_party_that_sends_nothing_is_missed_once,
				    what_is_not_relayed_is_missed_too,
				    a_fax_that_is_listened_to_is_not_missed,
				    on_hold_nobody_is_missed, a_pause_of_both_is_no_episode,
				    who_wants_none_is_not_told}},
		{"many", {the_worst_are_kept_and_the_better_make_room,
				 every_call_is_looked_at_once_in_a_period}},
	};
	Suite *s = suite_create("look");
	SRunner *sr;
	int failed;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		TCase *tc = tcase_create(cases[i].name);

		tcase_add_checked_fixture(tc, setup, teardown);
		for (unsigned t = 0; t < 8 && cases[i].test[t] != NULL; t++)
			tcase_add_test(tc, cases[i].test[t]);
		suite_add_tcase(s, tc);
	}
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
