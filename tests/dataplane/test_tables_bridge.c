/* SPDX-License-Identifier: Apache-2.0
 *
 * Suite of dataplane/tables_bridge.c, tables_flow.c and compile_bridge.c: which bridge a flow
 * has, what it goes on from, and when it goes.  The test is the transcode core, too: it writes
 * what that would have written.  The linker lets it count codecs, and lets memory run out. */
#include <errno.h>
#include <rte_cycles.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "dataplane/tables_inside.h"
#include "tests/dataplane/rig.h"

enum { PCMU = 0, GSM = 3, G722 = 9, TELEPHONE = 101 };

static struct inproc rig;

/* ---- Codecs ---- */

static unsigned opened, closed;
static bool no_memory;

struct transcode *__real_transcode_open(
	const struct transcode_conf *conf, uint64_t number, uint32_t timestamp);
struct transcode *__wrap_transcode_open(
	const struct transcode_conf *conf, uint64_t number, uint32_t timestamp);
void __real_transcode_close(struct transcode *t);
void __wrap_transcode_close(struct transcode *t);

struct transcode *
__wrap_transcode_open(const struct transcode_conf *conf, uint64_t number, uint32_t timestamp)
{
	if (no_memory) {
		errno = ENOMEM;
		return NULL;
	}
	opened++;
	return __real_transcode_open(conf, number, timestamp);
}

void
__wrap_transcode_close(struct transcode *t)
{
	closed += t != NULL;
	__real_transcode_close(t);
}

/* ---- A call of slots 0 and 1 ---- */

static void
begin(void)
{
	struct sw_transport t[] = {rig_transport(0, "192.0.2.10", 4000),
		rig_transport(1, "192.0.2.20", 5000), rig_transport(2, "192.0.2.30", 6000)};

	rig_open(&rig);
	rig.conf.transcoders = rig.state.head->transcoders = 2;
	for (unsigned i = 0; i < RTE_DIM(t); i++)
		rig_set(&rig, &t[i]);
}

static void
end(void)
{
	rig_close(&rig);
	ck_assert_uint_eq(closed, opened);
}

static struct sw_flow
flow(uint32_t sink)
{
	return (struct sw_flow){.id = 1000,
		.sinks = 1,
		.bridged = 1,
		.sink = {{.id = 1000 + sink, .slot = sink}}};
}

static struct sw_bridge
mapping(void)
{
	return (struct sw_bridge){.kind = SW_BRIDGE_MAP,
		.maps = 2,
		.map = {{PCMU, 8, SW_LAW_U_TO_A, 0}, {TELEPHONE, 96, SW_LAW_KEEP, 0}}};
}

static struct sw_bridge
transcoding(uint8_t from, uint8_t to)
{
	struct sw_bridge b = {.kind = SW_BRIDGE_TRANSCODE, .transcoder = 1};

	ck_assert_int_eq(codec_static(from, &b.transcode.from[0]), 0);
	ck_assert_int_eq(codec_static(to, &b.transcode.to[0]), 0);
	return b;
}

static int
set(uint32_t sink, const struct sw_bridge *b)
{
	const struct sw_flow f = flow(sink);

	ck_assert_int_eq(sw_check_flow(&f, rig.state.head), 0);
	return tables_flow_set(rig.tables, &f, b);
}

/* From PCMU to what has payload type TO, as it is then. */
static struct bridge *
transcode_to(uint8_t to)
{
	const struct sw_bridge b = transcoding(PCMU, to);

	ck_assert_int_eq(set(1, &b), 0);
	return tables_transport_at(rig.tables, 0)->bridge;
}

static void
hold(void)
{
	struct sw_flow none = {.id = 1000};

	ck_assert_int_eq(tables_flow_set(rig.tables, &none, NULL), 0);
	rig_settle(&rig);
}

static struct transport *
transport(void)
{
	return tables_transport_at(rig.tables, 0);
}

static struct sw_bridge_state *
state(void)
{
	return &rig.state.bridge_state[0];
}

/* The transcode core has begun with B and has got to NUMBER and TIMESTAMP. */
static void
work(struct bridge *b, uint64_t number, uint32_t timestamp)
{
	b->met = true;
	state()->number = number;
	state()->timestamp = timestamp;
	state()->at = rte_rdtsc();
}

/* ---- Which bridge ---- */

START_TEST(a_plain_flow_has_no_bridge_and_no_memory_for_one)
{
	off_t from = (off_t)rig.state.head->bridges_at, to = (off_t)rig.state.head->rules_at;

	rig_join(&rig, 0, 1);
	ck_assert(!transport()->bridged && transport()->bridge == NULL);
	rig_kill(&rig);
	hold();
	tables_transport_del(rig.tables, 0, 1000, NULL, NULL);
	rig_settle(&rig);
	ck_assert_int_ge(lseek(rig.state.fd, from, SEEK_DATA), to);
}
END_TEST

START_TEST(a_map_says_what_becomes_of_each_payload_type)
{
	const struct sw_bridge b = mapping();
	const struct bridge *is;

	ck_assert_int_eq(set(1, &b), 0);
	is = transport()->bridge;
	ck_assert(transport()->bridged);
	ck_assert_uint_eq(is->kind, SW_BRIDGE_MAP);
	ck_assert_ptr_null(is->transcode);
	ck_assert_uint_eq(is->map[PCMU].to, 8);
	ck_assert_uint_eq(is->map[PCMU].law, SW_LAW_U_TO_A);
	ck_assert_uint_eq(is->map[TELEPHONE].to, 96);
	ck_assert_uint_eq(is->map[TELEPHONE].law, SW_LAW_KEEP);
	ck_assert_uint_eq(is->map[8].to, BRIDGE_DROP);
	ck_assert_uint_eq(is->map[127].to, BRIDGE_DROP);
}
END_TEST

START_TEST(a_bridge_stays_while_control_says_the_same)
{
	const struct sw_bridge b = transcoding(PCMU, G722);
	struct sw_transport t = rig_transport(0, "192.0.2.11", 4002);
	const struct transport *was;
	struct bridge *is = transcode_to(G722);

	work(is, 100, 16000);
	was = transport();
	ck_assert_int_eq(set(1, &b), 0);
	ck_assert_ptr_eq(transport(), was); /* there was nothing to do */
	ck_assert_int_eq(set(2, &b), 0);    /* another sink */
	ck_assert_ptr_ne(transport(), was);
	ck_assert_uint_eq(transport()->sink[0].slot, 2);
	rig_set(&rig, &t); /* other rules of the transport */
	ck_assert_int_eq(tables_capture(rig.tables, 0, 1000, true), 0);
	rig_settle(&rig);
	ck_assert(transport()->bridged);
	ck_assert_ptr_eq(transport()->bridge, is);
	ck_assert(is->met);
	ck_assert_uint_eq(opened, 1);
	ck_assert_uint_eq(closed, 0);
}
END_TEST

START_TEST(another_codec_goes_on_where_the_one_before_has_got_to)
{
	struct bridge *before = transcode_to(G722), *is;
	struct sw_bridge_state was;
	uint64_t number;
	uint32_t timestamp;

	work(before, 100, 16000);
	was = *state();
	is = transcode_to(GSM);
	ck_assert_ptr_ne(is, before);
	ck_assert(!is->met); /* it begins with the first packet, wherever that finds it */
	ck_assert_uint_eq(is->clock_hz, 8000);
	ck_assert_uint_eq(is->packet_ticks, 20 * 8);
	ck_assert_mem_eq(state(), &was, sizeof was);
	transcode_position(is->transcode, &number, &timestamp);
	ck_assert_uint_eq(number, 100);
	ck_assert_uint_eq(timestamp, 16000);
	ck_assert_ptr_eq(is->state, state());
	ck_assert_uint_eq(is->transcoder, 1);
}
END_TEST

START_TEST(a_bridge_that_is_replaced_goes_after_the_grace_period)
{
	const struct sw_bridge map = mapping();

	transcode_to(G722);
	transcode_to(GSM);
	retire_run(rig.retire);
	ck_assert_uint_eq(closed, 0); /* the core may still be at it */
	rig_settle(&rig);
	ck_assert_uint_eq(closed, 1);
	ck_assert_int_eq(set(1, &map), 0);
	retire_run(rig.retire);
	ck_assert_uint_eq(closed, 1);
	rig_settle(&rig);
	ck_assert_uint_eq(closed, 2);
}
END_TEST

START_TEST(a_bridge_goes_with_its_transport_or_its_flow)
{
	transcode_to(G722);
	hold();
	ck_assert(!transport()->bridged && transport()->bridge == NULL);
	ck_assert_uint_eq(closed, 1);
	transcode_to(G722);
	tables_transport_del(rig.tables, 0, 1000, NULL, NULL);
	retire_run(rig.retire);
	ck_assert_uint_eq(closed, 1);
	rig_settle(&rig);
	ck_assert_uint_eq(closed, 2);
}
END_TEST

START_TEST(without_memory_for_codecs_the_flow_before_stays)
{
	const struct sw_bridge other = transcoding(PCMU, GSM);
	struct bridge *is = transcode_to(G722);
	struct state_rules rules;
	struct sw_bridge kept;

	no_memory = true;
	ck_assert_int_eq(set(2, &other), -ENOMEM);
	no_memory = false;
	ck_assert_ptr_eq(transport()->bridge, is);
	ck_assert_uint_eq(transport()->sink[0].slot, 1);
	ck_assert(state_rules_get(&rig.state, 0, &rules));
	ck_assert_uint_eq(rules.flow.sink[0].slot, 1);
	state_bridge_get(&rig.state, 0, &kept);
	ck_assert_uint_eq(kept.transcode.to[0].payload_type, G722);
	ck_assert_int_eq(set(2, &other), 0); /* it is not taken for said */
	ck_assert_ptr_ne(transport()->bridge, is);
}
END_TEST

START_TEST(a_transport_keeps_its_transcode_core)
{
	struct sw_bridge b = transcoding(PCMU, GSM);
	struct sw_transport t = rig_transport(0, "192.0.2.10", 4000);
	struct bridge *is = transcode_to(G722);

	b.transcoder = 0;
	ck_assert_int_eq(set(1, &b), -EINVAL);
	ck_assert_ptr_eq(transport()->bridge, is);
	hold();
	ck_assert_int_eq(set(1, &b), -EINVAL);
	ck_assert_int_eq(tables_transport_stop(rig.tables, 0, 1000, NULL, NULL), 0);
	rig_set(&rig, &t); /* before the cores have let go of it */
	ck_assert_int_eq(set(1, &b), -EINVAL);
	tables_transport_del(rig.tables, 0, 1000, NULL, NULL);
	rig_settle(&rig);
	t.id = 1000; /* and even so: nobody is at it any more */
	rig_set(&rig, &t);
	ck_assert_int_eq(set(1, &b), 0);
	ck_assert_uint_eq(state()->transcoder, 0);
}
END_TEST

/* ---- What it goes on from ---- */

START_TEST(a_new_transport_begins_anew)
{
	struct sw_transport t = rig_transport(0, "192.0.2.10", 4000);
	struct sw_bridge_state was;
	struct sw_flow f = flow(1);
	const struct sw_bridge b = transcoding(PCMU, G722);

	work(transcode_to(G722), UINT64_C(1) << 40, 16000);
	was = *state();
	ck_assert_uint_eq(was.id, 1000);
	ck_assert_uint_ne(was.source, 0);
	tables_transport_del(rig.tables, 0, 1000, NULL, NULL);
	rig_settle(&rig);
	t.id = f.id = 4711;
	rig_set(&rig, &t);
	ck_assert_int_eq(tables_flow_set(rig.tables, &f, &b), 0);
	ck_assert_uint_eq(state()->id, 4711);
	ck_assert_uint_ne(state()->source, was.source);
	ck_assert_uint_lt(state()->number, 1 << 15);
	ck_assert_uint_eq(state()->at, 0);
}
END_TEST

/* ---- A switch is killed ---- */

START_TEST(a_successor_goes_on_in_a_new_epoch_and_later)
{
	struct sw_bridge_state was;
	struct bridge *is;
	uint64_t number;
	uint32_t timestamp;

	work(transcode_to(G722), 70000, 16000);
	was = *state();
	rig_kill(&rig);
	is = transport()->bridge;
	ck_assert(transport()->bridged && !is->met);
	ck_assert_uint_eq(transport()->sinks, 1);
	ck_assert_uint_eq(state()->source, was.source);
	ck_assert_uint_eq(state()->ssrc, was.ssrc);
	ck_assert_uint_ne(state()->epoch, was.epoch);
	transcode_position(is->transcode, &number, &timestamp);
	ck_assert_uint_eq(number, 70000);
	ck_assert_uint_eq(timestamp, 16000 + 20 * 8); /* that one may have left */
	ck_assert_ptr_eq(transcode_to(G722), is);     /* what control says anew is known */
	rig_kill(&rig);
	ck_assert_uint_ne(transport()->bridge->state->epoch, was.epoch + 1);
}
END_TEST

START_TEST(a_map_comes_back_too)
{
	const struct sw_bridge b = mapping();

	ck_assert_int_eq(set(1, &b), 0);
	rig_kill(&rig);
	ck_assert(transport()->bridged);
	ck_assert_uint_eq(transport()->bridge->map[PCMU].to, 8);
}
END_TEST

START_TEST(a_bridge_that_is_not_sound_forwards_nothing_until_it_is_said_again)
{
	struct sw_bridge b = transcoding(PCMU, G722);

	transcode_to(G722);
	rig.state.bridge[0].kind = SW_BRIDGE_KINDS;
	rig_kill(&rig);
	ck_assert(!transport()->bridged);
	ck_assert_uint_eq(transport()->sinks, 0);
	ck_assert_int_eq(set(1, &b), 0);
	ck_assert_uint_eq(transport()->sinks, 1);
	ck_assert(transport()->bridged);

	rig.conf.transcoders = 1; /* there are fewer now */
	rig_kill(&rig);
	ck_assert_uint_eq(transport()->sinks, 0);
	b.transcoder = 0;
	ck_assert_int_eq(set(1, &b), 0);
	ck_assert_uint_eq(transport()->bridge->transcoder, 0);
}
END_TEST

START_TEST(without_memory_a_successor_forwards_nothing_until_it_is_said_again)
{
	transcode_to(G722);
	no_memory = true;
	rig_kill(&rig);
	no_memory = false;
	ck_assert_uint_eq(transport()->sinks, 0);
	ck_assert_ptr_nonnull(transcode_to(G722));
	ck_assert_uint_eq(transport()->sinks, 1);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("tables_bridge");
	TCase *tc = tcase_create("rules");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, a_plain_flow_has_no_bridge_and_no_memory_for_one);
	tcase_add_test(tc, a_map_says_what_becomes_of_each_payload_type);
	tcase_add_test(tc, a_bridge_stays_while_control_says_the_same);
	tcase_add_test(tc, another_codec_goes_on_where_the_one_before_has_got_to);
	tcase_add_test(tc, a_bridge_that_is_replaced_goes_after_the_grace_period);
	tcase_add_test(tc, a_bridge_goes_with_its_transport_or_its_flow);
	tcase_add_test(tc, without_memory_for_codecs_the_flow_before_stays);
	tcase_add_test(tc, a_transport_keeps_its_transcode_core);
	suite_add_tcase(s, tc);

	tc = tcase_create("state");
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, a_new_transport_begins_anew);
	suite_add_tcase(s, tc);

	tc = tcase_create("kill");
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, a_successor_goes_on_in_a_new_epoch_and_later);
	tcase_add_test(tc, a_map_comes_back_too);
	tcase_add_test(tc, a_bridge_that_is_not_sound_forwards_nothing_until_it_is_said_again);
	tcase_add_test(tc, without_memory_a_successor_forwards_nothing_until_it_is_said_again);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(suite());
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
