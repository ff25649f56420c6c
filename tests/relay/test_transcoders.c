/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/transcoders.c, through whole calls against a switch in memory with two transcode
 * cores: who gets a core, who keeps it, who is refused. */
#include <check.h>
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/log.h"
#include "relay/call.h"
#include "relay/calls.h"
#include "relay/coding.h"
#include "relay/config.h"
#include "tests/relay/ask.h"
#include "tests/relay/fake_client.h"

static struct event_base *base;
static struct switch_client *sw;
static struct config conf;
static struct calls *calls;
static struct fault fault;

static void
attach(enum sw_origin origin)
{
	calls_welcome(calls, origin);
	fake_answer_all(sw);
}

static void
setup(void)
{
	log_set_level(LOG_LEVEL_ERROR);
	memset(&conf, 0, sizeof conf);
	conf.call_limit = 100;
	conf.window_ms = 60;
	conf.opus_complexity = 5;
	base = event_base_new();
	sw = fake_open();
	calls = calls_open(&conf, sw, base);
	attach(SW_FRESH);
}

static void
teardown(void)
{
	calls_close(calls);
	fake_close(sw);
	event_base_free(base);
}

static void
done(void *arg, const struct call *call, const struct fault *f)
{
	fault = f != NULL ? *f : (struct fault){.kind = FAULT_NONE};
}

#define OPUS "{'name': 'opus', 'payload_type': 96}"
#define PHONE(n, codec) \
	"{'remote': {'address': '192.0.2.1" n "', 'port': 4000}, 'codecs': [" codec "]}"

/* The parties of call ID speak A and B, one codec each.  What was wrong with that. */
static enum fault_kind
say(void (*how)(struct calls *, const struct call_request *, calls_done *, void *),
	const char *id, const char *a, const char *b)
{
	char text[1024];
	struct call_request r;

	snprintf(text, sizeof text,
		"{'call': '%s', 'legs': [{'name': 'a', 'streams': [" PHONE(
			"0", "%s") "]}, {'name': 'b', 'streams': [" PHONE("1", "%s") "]}]}",
		id, a, b);
	r = ask(text);
	fault.kind = FAULTS;
	how(calls, &r, done, NULL);
	fake_answer_all(sw);
	return fault.kind;
}

static const struct coding *
coding(const char *id, unsigned leg)
{
	return calls_find(calls, id)->leg[leg].stream[0].coding;
}

/* The transcode core of both directions of call ID. */
static int
core_of(const char *id)
{
	const struct call *c = calls_find(calls, id);
	const struct sw_bridge *a = fake_bridge(sw, c->leg[0].stream[0].slot);
	const struct sw_bridge *b = fake_bridge(sw, c->leg[1].stream[0].slot);

	if (a == NULL || b == NULL)
		return -1;
	ck_assert_uint_eq(a->transcoder, b->transcoder);
	return (int)a->transcoder;
}

#define U "{'name': 'PCMU'}"
#define A "{'name': 'PCMA'}"
#define G722 "{'name': 'G722'}"

START_TEST(calls_are_spread_over_the_cores)
{
	unsigned on[FAKE_TRANSCODERS] = {0};
	char id[8];

	for (unsigned i = 0; i < 10; i++) {
		snprintf(id, sizeof id, "c%u", i);
		ck_assert_int_eq(say(calls_create, id, U, OPUS), FAULT_NONE);
		on[core_of(id)]++;
	}
	ck_assert_uint_eq(on[0], 5);
	ck_assert_uint_eq(on[1], 5);
	ck_assert_uint_gt(calls_promised(calls, 0), 0);
	ck_assert_uint_eq(calls_promised(calls, 0), calls_promised(calls, 1));
}
END_TEST

/* A call of sound in FORMAT and T.38.  What was wrong with it. */
static enum fault_kind
fax(const char *id, const char *format)
{
	char text[1024];
	struct call_request r;

	snprintf(text, sizeof text,
		"{'call': '%s', 'legs': [{'name': 'a', 'streams': [" PHONE("0",
			"%s") "]}, {'name': 'b', 'streams': [{'media': 'image', 'fax': {}, "
			      "'remote': {'address': '192.0.2.11', 'port': 4000}}]}]}",
		id, format);
	r = ask(text);
	fault.kind = FAULTS;
	calls_create(calls, &r, done, NULL);
	fake_answer_all(sw);
	return fault.kind;
}

START_TEST(a_fax_has_one_core_for_both_its_sides)
{
	uint64_t promised;

	ck_assert_int_eq(fax("c0", U), FAULT_NONE);
	ck_assert_int_eq(core_of("c0"), 0);
	promised = calls_promised(calls, 0);
	ck_assert_uint_gt(promised, 0);
	ck_assert_int_eq(fax("c1", U), FAULT_NONE);
	ck_assert_int_eq(core_of("c1"), 1);
	ck_assert_uint_eq(calls_promised(calls, 1), promised);
	calls_delete(calls, "c0", NULL, done, NULL);
	fake_answer_all(sw);
	ck_assert_uint_eq(calls_promised(calls, 0), 0);
	atomic_store(&fake_transcoder(sw, 0)->accepting, 0);
	atomic_store(&fake_transcoder(sw, 1)->accepting, 0);
	ck_assert_int_eq(fax("c2", U), FAULT_NO_TRANSCODER);
	ck_assert_int_eq(fax("c2", G722), FAULT_NO_CODEC);
}
END_TEST

START_TEST(what_ended_is_no_longer_promised)
{
	ck_assert_int_eq(say(calls_create, "x", U, OPUS), FAULT_NONE);
	ck_assert_int_eq(say(calls_create, "y", U, OPUS), FAULT_NONE);
	calls_delete(calls, "x", NULL, done, NULL);
	calls_delete(calls, "y", NULL, done, NULL);
	fake_answer_all(sw);
	ck_assert_uint_eq(calls_promised(calls, 0), 0);
	ck_assert_uint_eq(calls_promised(calls, 1), 0);
}
END_TEST

START_TEST(what_passes_or_is_mapped_needs_none)
{
	atomic_store(&fake_transcoder(sw, 0)->accepting, 0);
	atomic_store(&fake_transcoder(sw, 1)->accepting, 0);
	ck_assert_int_eq(say(calls_create, "x", U, U), FAULT_NONE);
	ck_assert_int_eq(say(calls_create, "y", U, A), FAULT_NONE);
	ck_assert_int_eq(say(calls_create, "z", U, OPUS), FAULT_NO_TRANSCODER);
	ck_assert_uint_eq(calls_count(calls), 2);
	ck_assert_uint_eq(calls_promised(calls, 0) + calls_promised(calls, 1), 0);
	ck_assert_uint_eq(calls_sums(calls)->refused_for[FAULT_NO_TRANSCODER], 1);
}
END_TEST

START_TEST(a_core_that_does_not_accept_gets_nothing)
{
	atomic_store(&fake_transcoder(sw, 0)->accepting, 0);
	ck_assert_int_eq(say(calls_create, "x", U, OPUS), FAULT_NONE);
	ck_assert_int_eq(say(calls_create, "y", U, OPUS), FAULT_NONE);
	ck_assert_int_eq(core_of("x"), 1);
	ck_assert_int_eq(core_of("y"), 1);
}
END_TEST

/* A burst cannot promise without bound before the core notices. */
START_TEST(more_than_a_core_can_ever_do_is_refused)
{
	unsigned n = 0;
	char id[8];

	conf.call_limit = 100000;
	atomic_store(&fake_transcoder(sw, 1)->accepting, 0);
	do
		snprintf(id, sizeof id, "c%u", n);
	while (say(calls_create, id, G722, OPUS) == FAULT_NONE && n++ < FAKE_SLOTS / 2);
	if (n < FAKE_SLOTS / 2)
		ck_assert_int_eq(fault.kind, FAULT_NO_TRANSCODER);
	ck_assert_uint_le(calls_promised(calls, 0), 2000000000);
	ck_assert_uint_gt(n, 5);
}
END_TEST

/* Whatever stands first in its list. */
START_TEST(a_party_is_promised_the_dearest_of_its_codecs)
{
	static const char dtmf[] = "{'name': 'telephone-event', 'payload_type': 101}";
	uint64_t alone;
	char list[256];

	atomic_store(&fake_transcoder(sw, 1)->accepting, 0);
	ck_assert_int_eq(say(calls_create, "x", OPUS, U), FAULT_NONE);
	alone = calls_promised(calls, 0);
	snprintf(list, sizeof list, "%s, %s", dtmf, OPUS);
	ck_assert_int_eq(say(calls_create, "y", list, U), FAULT_NONE);
	ck_assert_uint_eq(calls_promised(calls, 0), 2 * alone);
}
END_TEST

/* ---- Who keeps it. ---- */

START_TEST(a_call_keeps_its_core_through_changes)
{
	int core;

	ck_assert_int_eq(say(calls_create, "x", U, OPUS), FAULT_NONE);
	core = core_of("x");
	ck_assert_int_eq(say(calls_create, "y", U, OPUS), FAULT_NONE);
	ck_assert_int_eq(core_of("y"), 1 - core);
	/* However little the other one has to do, and whatever they say. */
	calls_delete(calls, "y", NULL, done, NULL);
	fake_answer_all(sw);
	atomic_store(&fake_transcoder(sw, 0)->accepting, 0);
	atomic_store(&fake_transcoder(sw, 1)->accepting, 0);
	ck_assert_int_eq(say(calls_update, "x", G722, OPUS), FAULT_NONE);
	ck_assert_int_eq(core_of("x"), core);
	ck_assert_int_eq(say(calls_update, "x", U, U), FAULT_NONE);
	ck_assert_int_eq(core_of("x"), -1);
	ck_assert_uint_eq(calls_promised(calls, (unsigned)core), 0);
	ck_assert_int_eq(say(calls_update, "x", U, G722), FAULT_NONE);
	ck_assert_int_eq(core_of("x"), core);
}
END_TEST

START_TEST(a_change_that_needs_the_first_core_can_be_refused)
{
	ck_assert_int_eq(say(calls_create, "x", U, U), FAULT_NONE);
	atomic_store(&fake_transcoder(sw, 0)->accepting, 0);
	atomic_store(&fake_transcoder(sw, 1)->accepting, 0);
	ck_assert_int_eq(say(calls_update, "x", U, OPUS), FAULT_NO_TRANSCODER);
	ck_assert_uint_eq(coding("x", 1)->format[0].format.codec, CODEC_PCMU);
	ck_assert_uint_eq(calls_promised(calls, 0) + calls_promised(calls, 1), 0);
}
END_TEST

START_TEST(what_the_switch_refuses_is_not_promised)
{
	fake_refuse(sw, SW_FLOW_SET, 1, -ENOMEM);
	ck_assert_int_eq(say(calls_create, "x", U, OPUS), FAULT_REFUSED);
	ck_assert_uint_eq(calls_promised(calls, 0) + calls_promised(calls, 1), 0);
}
END_TEST

/* ---- Another switch, another control. ---- */

START_TEST(another_control_finds_the_cores_in_the_records)
{
	int core;

	ck_assert_int_eq(say(calls_create, "x", U, OPUS), FAULT_NONE);
	ck_assert_int_eq(say(calls_create, "y", U, OPUS), FAULT_NONE);
	core = core_of("y");
	calls_close(calls);
	calls = calls_open(&conf, sw, base);
	attach(SW_KEPT);
	ck_assert_int_eq(core_of("y"), core);
	ck_assert_int_eq(core_of("x"), 1 - core);
	ck_assert_uint_gt(calls_promised(calls, 0), 0);
	ck_assert_uint_eq(calls_promised(calls, 0), calls_promised(calls, 1));
}
END_TEST

START_TEST(a_switch_with_fewer_cores_has_them_all_the_same)
{
	uint64_t each;

	ck_assert_int_eq(say(calls_create, "x", U, OPUS), FAULT_NONE);
	ck_assert_int_eq(say(calls_create, "y", U, OPUS), FAULT_NONE);
	each = calls_promised(calls, 0);
	fake_lose(sw);
	calls_switch_lost(calls);
	fake_fresh(sw);
	fake_state(sw)->transcoders = 1;
	attach(SW_FRESH);
	ck_assert_int_eq(core_of("x"), 0);
	ck_assert_int_eq(core_of("y"), 0);
	ck_assert_uint_eq(calls_promised(calls, 0), 2 * each);
	ck_assert_uint_eq(calls_promised(calls, 1), 0);
}
END_TEST

static uint8_t record[65536];
static size_t record_len;

static void
keep_record(void *arg, const uint8_t *bytes, size_t len)
{
	ck_assert_uint_le(len, sizeof record);
	memcpy(record, bytes, len);
	record_len = len;
}

/* Where the core of that number is another one, or there is none. */
START_TEST(a_call_that_moves_gets_a_core_of_its_new_node)
{
	ck_assert_int_eq(say(calls_create, "x", U, OPUS), FAULT_NONE);
	ck_assert_int_eq(say(calls_create, "y", U, OPUS), FAULT_NONE);
	ck_assert_int_eq(core_of("y"), 1 - core_of("x"));
	calls_export(calls, "y", keep_record, done, NULL);
	fake_answer_all(sw);
	calls_delete(calls, "y", NULL, done, NULL);
	calls_delete(calls, "x", NULL, done, NULL);
	fake_answer_all(sw);
	for (unsigned i = 0; i < FAKE_TRANSCODERS; i++) {
		atomic_store(&fake_transcoder(sw, i)->accepting, 1);
		atomic_store(&fake_transcoder(sw, 1 - i)->accepting, 0);
		calls_import(calls, record, record_len, true, done, NULL);
		fake_answer_all(sw);
		ck_assert_int_eq(fault.kind, FAULT_NONE);
		ck_assert_int_eq(core_of("y"), (int)i);
		ck_assert_uint_gt(calls_promised(calls, i), 0);
		calls_delete(calls, "y", NULL, done, NULL);
		fake_answer_all(sw);
		ck_assert_uint_eq(calls_promised(calls, i), 0);
	}
	atomic_store(&fake_transcoder(sw, 1)->accepting, 0);
	calls_import(calls, record, record_len, true, done, NULL);
	fake_answer_all(sw);
	ck_assert_int_eq(fault.kind, FAULT_NO_TRANSCODER);
}
END_TEST

/* As from a node that has been built with more of them. */
START_TEST(a_call_in_codecs_that_are_not_built_in_is_not_taken)
{
	static const uint8_t opus[] = {2, 1, 0, CODEC_OPUS};
	uint8_t *at;

	ck_assert_int_eq(say(calls_create, "y", U, OPUS), FAULT_NONE);
	calls_export(calls, "y", keep_record, done, NULL);
	fake_answer_all(sw);
	calls_delete(calls, "y", NULL, done, NULL);
	fake_answer_all(sw);
	at = memmem(record, record_len, opus, sizeof opus);
	ck_assert_ptr_nonnull(at);
	at[3] = CODECS;
	calls_import(calls, record, record_len, true, done, NULL);
	fake_answer_all(sw);
	ck_assert_int_eq(fault.kind, FAULT_NO_CODEC);
	ck_assert_uint_eq(calls_count(calls), 0);
	at[3] = CODEC_OPUS;
	calls_import(calls, record, record_len, true, done, NULL);
	fake_answer_all(sw);
	ck_assert_int_eq(fault.kind, FAULT_NONE);
}
END_TEST

START_TEST(a_call_that_comes_home_has_the_core_that_it_had)
{
	uint64_t promised;
	int core;

	ck_assert_int_eq(say(calls_create, "y", U, OPUS), FAULT_NONE);
	core = core_of("y");
	promised = calls_promised(calls, (unsigned)core);
	calls_export(calls, "y", keep_record, done, NULL);
	fake_answer_all(sw);
	atomic_store(&fake_transcoder(sw, 0)->accepting, 0);
	atomic_store(&fake_transcoder(sw, 1)->accepting, 0);
	calls_import(calls, record, record_len, false, done, NULL);
	fake_answer_all(sw);
	ck_assert_int_eq(fault.kind, FAULT_NONE);
	ck_assert_int_eq(core_of("y"), core);
	ck_assert_uint_eq(calls_promised(calls, (unsigned)core), promised);
}
END_TEST

START_TEST(the_configuration_is_for_calls_that_are_made_or_changed)
{
	conf.window_ms = 0;
	conf.opus_complexity = 9;
	ck_assert_int_eq(say(calls_create, "x", U, OPUS), FAULT_NONE);
	conf.window_ms = 40;
	ck_assert_uint_eq(coding("x", 0)->window_ms, 0);
	ck_assert_uint_eq(coding("x", 1)->opus_complexity, 9);
	ck_assert_int_eq(say(calls_update, "x", U, OPUS), FAULT_NONE);
	ck_assert_uint_eq(coding("x", 0)->window_ms, 40);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("transcoders");
	TCase *t = tcase_create("calls");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, calls_are_spread_over_the_cores);
	tcase_add_test(t, a_fax_has_one_core_for_both_its_sides);
	tcase_add_test(t, what_ended_is_no_longer_promised);
	tcase_add_test(t, what_passes_or_is_mapped_needs_none);
	tcase_add_test(t, a_core_that_does_not_accept_gets_nothing);
	tcase_add_test(t, more_than_a_core_can_ever_do_is_refused);
	tcase_add_test(t, a_party_is_promised_the_dearest_of_its_codecs);
	tcase_add_test(t, a_call_keeps_its_core_through_changes);
	tcase_add_test(t, a_change_that_needs_the_first_core_can_be_refused);
	tcase_add_test(t, what_the_switch_refuses_is_not_promised);
	tcase_add_test(t, another_control_finds_the_cores_in_the_records);
	tcase_add_test(t, a_switch_with_fewer_cores_has_them_all_the_same);
	tcase_add_test(t, a_call_that_moves_gets_a_core_of_its_new_node);
	tcase_add_test(t, a_call_in_codecs_that_are_not_built_in_is_not_taken);
	tcase_add_test(t, a_call_that_comes_home_has_the_core_that_it_had);
	tcase_add_test(t, the_configuration_is_for_calls_that_are_made_or_changed);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	SRunner *runner = srunner_create(suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
