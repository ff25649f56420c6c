/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/metrics.c, its values, and relay/health.c, of a node made by hand. */
#include <check.h>
#include <event2/event.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/events.h"
#include "control/rpc_tally.h"
#include "relay/calls.h"
#include "relay/config.h"
#include "relay/core_watch.h"
#include "relay/event_kinds.h"
#include "relay/health.h"
#include "relay/methods.h"
#include "relay/metrics.h"
#include "relay/ng.h"
#include "relay/node_view.h"
#include "relay/setup_time.h"
#include "tests/relay/ask.h"
#include "tests/relay/fake_client.h"

static struct event_base *base;
static struct switch_client *sw;
static struct config conf;
static struct core_watch *watch;
static struct calls *calls;
static struct rpc_tally *tally;
static struct events *events;
static struct ng *ng;
static struct ng_counts ng_counts;
static struct node_view view;
static char *page;

static void
setup(void)
{
	base = event_base_new();
	sw = fake_open();
	fake_state(sw)->cores = 2;
	fake_state(sw)->device[0].up = 1;
	strcpy(conf.name, "here");
	strcpy(conf.interface[0].name, "outside");
	conf.interfaces = 1;
	conf.call_limit = 2;
	watch = core_watch_open(base, sw);
	calls = calls_open(&conf, sw, base);
	tally = rpc_tally_open(relay_methods(), RELAY_METHODS);
	events = events_open(event_kinds);
	calls_welcome(calls, SW_FRESH);
	fake_answer_all(sw);
	ng = ng_open(&(struct ng_conf){calls, &conf, sw, base});
	view = (struct node_view){.conf = &conf,
		.ng = ng,
		.ng_counts = &ng_counts,
		.calls = calls,
		.client = sw,
		.watch = watch,
		.rpc = tally,
		.events = events,
		.started_us = 1500000,
		.restarts = 3,
		.switch_up = true};
}

static void
teardown(void)
{
	free(page);
	page = NULL;
	ng_stop(ng);
	calls_close(calls);
	ng_close(ng);
	rpc_tally_close(tally);
	events_close(events);
	core_watch_close(watch);
	fake_close(sw);
	event_base_free(base);
}

static void
scrape(void)
{
	size_t size;
	FILE *to;

	free(page);
	to = open_memstream(&page, &size);
	metrics_write(&view, OPENMETRICS_TEXT, to);
	fclose(to);
}

/* Has the page LINE, as a whole line? */
static bool
says(const char *line)
{
	char whole[256];

	snprintf(whole, sizeof whole, "\n%s\n", line);
	return strstr(page, whole) != NULL;
}

static void
must_say(const char *line)
{
	ck_assert_msg(says(line), "no line '%s' in:\n%.3000s", line, page);
}

static void
done(void *arg, const struct call *call, const struct fault *fault)
{
}

static void
create(const char *id)
{
	char text[96];
	struct call_request r;

	snprintf(text, sizeof text, "{'call': '%s', 'legs': [{'name': 'a', 'streams': [{}]}]}",
		id);
	r = ask(text);
	calls_create(calls, &r, done, NULL);
	fake_answer_all(sw);
}

/* ---- Families. ---- */

START_TEST(every_row_is_a_family_of_its_own)
{
	for (size_t i = 0; i < metrics_n; i++) {
		const struct openmetrics_family *f = &metrics[i].family;
		const char *wrong = openmetrics_wrong(f);

		ck_assert_msg(wrong == NULL, "%s: %s", f->name, wrong);
		ck_assert_msg(strncmp(f->name, "strowger_", 9) == 0, "%s", f->name);
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(f->name, metrics[j].family.name);
	}
}
END_TEST

START_TEST(every_row_has_values)
{
	scrape();
	for (size_t i = 0; i < metrics_n; i++) {
		const char *name = metrics[i].family.name;
		char sample[96];

		if (strncmp(name, "strowger_mesh_", strlen("strowger_mesh_")) == 0)
			continue; /* there is none: test_methods_mesh.c */
		snprintf(sample, sizeof sample, "\n%s", name);
		for (const char *at = page; (at = strstr(at, sample)) != NULL; at++)
			if (strchr("_{ ", at[strlen(sample)]) != NULL)
				goto found;
		ck_abort_msg("%s has none", name);
	found:;
	}
}
END_TEST

/* ---- Values. ---- */

START_TEST(ng_is_counted_where_it_is_listened_for)
{
	ng_counts = (struct ng_counts){.answers = 5,
		.repeats = 1,
		.malformed = 2,
		.refused_source = 3,
		.overload = 4,
		.waiting = 6};
	scrape();
	must_say("strowger_ng_messages_total{outcome=\"answered\"} 5");
	must_say("strowger_ng_messages_total{outcome=\"repeat\"} 1");
	must_say("strowger_ng_messages_total{outcome=\"malformed\"} 2");
	must_say("strowger_ng_messages_total{outcome=\"refused_source\"} 3");
	must_say("strowger_ng_messages_total{outcome=\"overload\"} 4");
	must_say("strowger_ng_waiting 6");
	must_say("strowger_ng_dialogs 0");
	must_say("strowger_ng_requests_total{command=\"block media\",outcome=\"ok\"} 0");
	view.ng = NULL;
	view.ng_counts = NULL;
	scrape();
	ck_assert_ptr_null(strstr(page, "\nstrowger_ng_"));
}
END_TEST

START_TEST(a_transcode_core_says_what_it_has_to_do)
{
	atomic_store(&fake_transcoder(sw, 0)->load, 125);
	atomic_store(&fake_transcoder(sw, 1)->crowded, 3);
	scrape();
	must_say("strowger_transcoder_load_ratio{core=\"0\"} 0.125");
	must_say("strowger_transcoder_crowded_packets_total{core=\"1\"} 3");
	must_say("strowger_transcoder_promised_ratio{core=\"0\"} 0");
	must_say("strowger_transcoded_looks_total 0");
	must_say("strowger_transcoded_window_seconds_total 0");
}
END_TEST

START_TEST(a_core_counts_for_itself)
{
	atomic_store(&fake_core(sw, 0)->rx_packets, 11);
	atomic_store(&fake_core(sw, 1)->rx_packets, 12);
	atomic_store(&fake_core(sw, 1)->drops[DROP_AUTH], 13);
	atomic_store(&fake_core(sw, 1)->drops[DROP_TX_FULL], 14);
	atomic_store(&fake_core(sw, 0)->cycles[SW_ST_UNSEAL], 15);
	atomic_store(&fake_core(sw, 0)->packets[SW_ST_TX], 16);
	atomic_store(&fake_core(sw, 1)->handed_over, 17);
	atomic_store(&fake_core(sw, 1)->asleep, 1);
	atomic_store(&fake_core(sw, 1)->cpu, 5);
	core_watch_event(
		watch, &(struct sw_event){.kind = SW_EV_STALLED, .slot = 0, .detail = 1});
	scrape();
	must_say("strowger_received_packets_total{core=\"0\"} 11");
	must_say("strowger_received_packets_total{core=\"1\"} 12");
	must_say("strowger_dropped_packets_total{core=\"0\",reason=\"auth\"} 0");
	must_say("strowger_dropped_packets_total{core=\"1\",reason=\"auth\"} 13");
	must_say("strowger_dropped_packets_total{core=\"1\",reason=\"tx_full\"} 14");
	must_say("strowger_stage_cycles_total{core=\"0\",stage=\"unseal\"} 15");
	must_say("strowger_stage_packets_total{core=\"0\",stage=\"tx\"} 16");
	must_say("strowger_handed_over_packets_total{core=\"1\"} 17");
	must_say("strowger_core_asleep{core=\"0\"} 0");
	must_say("strowger_core_asleep{core=\"1\"} 1");
	must_say("strowger_core_cpu{core=\"1\"} 5");
	must_say("strowger_core_stalled{core=\"0\"} 1");
	must_say("strowger_core_stalled{core=\"1\"} 0");
}
END_TEST

START_TEST(no_counter_is_taken_for_another)
{
	struct sw_core *core = fake_core(sw, 1);
	const struct {
		_Atomic uint64_t *counter;
		const char *name;
	} rows[] = {
		{&core->rx_packets, "received_packets"},
		{&core->rx_bytes, "received_bytes"},
		{&core->tx_packets, "sent_packets"},
		{&core->tx_bytes, "sent_bytes"},
		{&core->handed_over, "handed_over_packets"},
		{&core->taken_in, "taken_in_packets"},
		{&core->zrtp, "zrtp_packets"},
		{&core->pierced, "pierced_packets"},
		{&core->busy_cycles, "core_busy_cycles"},
		{&core->turns, "core_turns"},
		{&core->empty_turns, "core_empty_turns"},
		{&core->sleeps, "core_sleeps"},
	};
	char line[96];

	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
		atomic_store(rows[i].counter, 100 + i);
	scrape();
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		snprintf(line, sizeof line, "strowger_%s_total{core=\"1\"} %u", rows[i].name,
			100 + i);
		must_say(line);
	}
}
END_TEST

START_TEST(a_device_has_its_buffers)
{
	struct sw_device *d = &fake_state(sw)->device[0];

	atomic_store(&d->mbufs, 8192);
	atomic_store(&d->mbufs_free, 8000);
	atomic_store(&d->fragments, 7);
	scrape();
	must_say("strowger_device_mbufs{device=\"eth0\",state=\"free\"} 8000");
	must_say("strowger_device_mbufs{device=\"eth0\",state=\"used\"} 192");
	must_say("strowger_device_fragments_total{device=\"eth0\"} 7");
	must_say("strowger_device_up{device=\"eth0\"} 1");
	/* Between two stores of the switch's; and a name without its NUL. */
	atomic_store(&d->mbufs_free, 9000);
	memset(d->name, 'x', sizeof d->name);
	scrape();
	must_say("strowger_device_mbufs{device=\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\",state="
		 "\"used\"} 0");
}
END_TEST

START_TEST(calls_and_why_not)
{
	create("one");
	create("one"); /* call_exists */
	create("two");
	create("three"); /* call_limit */
	calls_delete(calls, "one", NULL, done, NULL);
	fake_answer_all(sw);
	scrape();
	must_say("strowger_calls 1");
	must_say("strowger_calls_limit 2");
	must_say("strowger_calls_begun_total 2");
	must_say("strowger_calls_ended_total{reason=\"deleted\"} 1");
	must_say("strowger_calls_refused_total{reason=\"call_exists\"} 1");
	must_say("strowger_calls_refused_total{reason=\"call_limit\"} 1");
	must_say("strowger_calls_refused_total{reason=\"no_ports\"} 0");
	must_say("strowger_call_setup_seconds_count 2");
	ck_assert(says("strowger_core_transports{core=\"0\"} 1") !=
		  says("strowger_core_transports{core=\"1\"} 1")); /* wherever its port is */
}
END_TEST

START_TEST(the_node_itself)
{
	const struct rpc_method *first = &relay_methods()[0];

	fake_state(sw)->started_us = 2000000;
	atomic_store(&fake_state(sw)->restarts, 9);
	rpc_tally_add(tally, first, 0);
	rpc_tally_add(tally, first, 0);
	rpc_tally_add(tally, first, 4);
	rpc_tally_add(tally, NULL, -32601);
	events_emit(events, &event_kinds[EVENT_SWITCH_LOST], NULL);
	view.draining = true;
	scrape();
	must_say("strowger_events_total 1");
	must_say("strowger_events_dropped_total 0");
	must_say("strowger_start_time_seconds{process=\"control\"} 1.5");
	must_say("strowger_start_time_seconds{process=\"switch\"} 2");
	must_say("strowger_switch_up 1");
	must_say("strowger_draining 1");
	must_say("strowger_switch_restarts_total 3");
	must_say("strowger_switch_takeovers_total 9");
	must_say("strowger_rpc_requests_total{method=\"call.create\",outcome=\"ok\"} 2");
	must_say("strowger_rpc_requests_total{method=\"call.create\",outcome=\"refused\"} 1");
	must_say("strowger_rpc_requests_total{method=\"unknown\",outcome=\"invalid\"} 1");
	must_say("strowger_rpc_requests_total{method=\"rpc.describe\",outcome=\"ok\"} 0");
}
END_TEST

START_TEST(a_set_up_is_counted_where_it_belongs)
{
	struct setup_time t = {0};

	setup_time_add(&t, -5);
	setup_time_add(&t, 100);
	setup_time_add(&t, 101);
	setup_time_add(&t, 1000000);
	setup_time_add(&t, 1000001);
	ck_assert_uint_eq(t.count[0], 2); /* up to and with 0.1 ms */
	ck_assert_uint_eq(t.count[1], 1);
	ck_assert_uint_eq(t.count[SETUP_BOUNDS - 1], 1); /* up to and with 1 s */
	ck_assert_uint_eq(t.count[SETUP_BOUNDS], 1);
	ck_assert_uint_eq(t.sum_us, 2000202);
}
END_TEST

/* ---- Health. ---- */

/* "ok", or the reasons parted by blanks. */
static const char *
health(void)
{
	static char said[128];
	size_t size, i;
	char *text;
	FILE *to = open_memstream(&text, &size);
	bool fit = health_write(&view, to);
	json_t *o, *reason;

	fclose(to);
	o = json_loads(text, 0, NULL);
	free(text);
	ck_assert_ptr_nonnull(o);
	ck_assert_str_eq(
		json_string_value(json_object_get(o, "status")), fit ? "ok" : "failing");
	snprintf(said, sizeof said, "%s", fit ? "ok" : "");
	json_array_foreach (json_object_get(o, "reasons"), i, reason) {
		strcat(said, i > 0 ? " " : "");
		strcat(said, json_string_value(reason));
	}
	json_decref(o);
	return said;
}

START_TEST(a_node_is_fit_or_says_why_not)
{
	struct sw_event stall = {.kind = SW_EV_STALLED, .slot = 1, .detail = 1};

	ck_assert_str_eq(health(), "ok");
	view.switch_up = false;
	ck_assert_str_eq(health(), "switch_down");
	view.switch_up = true;
	view.draining = true;
	ck_assert_str_eq(health(), "draining");
	core_watch_event(watch, &stall);
	ck_assert_str_eq(health(), "draining core_stalled");
	view.draining = false;
	stall.detail = 0;
	core_watch_event(watch, &stall);
	atomic_store(&fake_state(sw)->device[0].up, 0);
	ck_assert_str_eq(health(), "link_down");
	atomic_store(&fake_state(sw)->device[0].up, 1);
	create("one");
	ck_assert_str_eq(health(), "ok");
	create("two");
	ck_assert_str_eq(health(), "call_limit");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("metrics");
	TCase *t = tcase_create("metrics");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, every_row_is_a_family_of_its_own);
	tcase_add_test(t, every_row_has_values);
	tcase_add_test(t, ng_is_counted_where_it_is_listened_for);
	tcase_add_test(t, a_core_counts_for_itself);
	tcase_add_test(t, a_transcode_core_says_what_it_has_to_do);
	tcase_add_test(t, no_counter_is_taken_for_another);
	tcase_add_test(t, a_device_has_its_buffers);
	tcase_add_test(t, calls_and_why_not);
	tcase_add_test(t, the_node_itself);
	tcase_add_test(t, a_set_up_is_counted_where_it_belongs);
	tcase_add_test(t, a_node_is_fit_or_says_why_not);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
