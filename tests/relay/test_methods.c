/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/methods.c, methods_call.c, methods_node.c and stats.c: handlers are called as the
 * server would, and what they answer is held against their own tables. */
#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/log.h"
#include "mesh/vomp.h"
#include "relay/call.h"
#include "relay/fields_call.h"
#include "relay/sampler.h"
#include "relay/tsc.h"
#include "tests/relay/ask.h"
#include "tests/relay/fake_client.h"
#include "tests/relay/fake_node.h"

#define CALL                                                                          \
	"{'call': 'c', 'legs': [{'name': 'a', 'streams': [{'remote': {'address': "    \
	"'192.0.2.10', 'port': 4000},"                                                \
	" 'srtp': {'suite': 'AES_CM_128_HMAC_SHA1_80', 'key': '" ASK_KEY_30           \
	"'}}]}, {'name': 'b', 'interface': 'inside', 'streams': [{'rtcp_mux': true, " \
	"'remote': {'address':"                                                       \
	" '10.0.0.9', 'port': 5000}, 'srtp': {'suite': 'AEAD_AES_128_GCM'}}]}]}"

/* ---- The tables. ---- */

START_TEST(every_example_fits_its_table)
{
	const struct rpc_method *m = &relay_methods()[_i];
	json_t *example = parsed(m->example), *answer = parsed(m->answer);

	assert_fits(m->params, example, m->name);
	assert_fits(m->result, answer, m->name);
	ck_assert_ptr_nonnull(m->handler);
	ck_assert_str_ne(m->summary, "");
	json_decref(example);
	json_decref(answer);
}
END_TEST

static void
assert_help(const struct rpc_field *f, const char *method_name)
{
	for (; f != NULL && f->name != NULL; f++) {
		ck_assert_msg(
			f->help != NULL && f->help[0] != '\0', "%s: %s", method_name, f->name);
		assert_help(f->fields, method_name);
	}
}

START_TEST(every_field_has_a_help)
{
	assert_help(relay_methods()[_i].params, relay_methods()[_i].name);
	assert_help(relay_methods()[_i].result, relay_methods()[_i].name);
}
END_TEST

START_TEST(the_suites_are_those_of_the_data_plane)
{
	unsigned n = 0;

	for (; fields_call_suites[n] != NULL; n++)
		ck_assert_int_ge(sw_suite_find(fields_call_suites[n]), 0);
	ck_assert_uint_eq(n, SW_SUITES);
}
END_TEST

START_TEST(every_fault_has_an_error_that_its_methods_announce)
{
	for (int kind = FAULT_NONE + 1; kind < FAULTS; kind++)
		ck_assert_ptr_nonnull(method_faults[kind].reason);
	ck_assert_int_eq(method_faults[FAULT_UNKNOWN_CALL].code, 1);
	ck_assert_int_eq(method_faults[FAULT_CALL_EXISTS].code, 2);
	ck_assert_int_eq(method_faults[FAULT_NO_PORTS].code, 3);
	ck_assert_int_eq(method_faults[FAULT_NO_INTERFACE].code, 4);
	ck_assert_int_eq(method_faults[FAULT_SWITCH_DOWN].code, 5);
	ck_assert_int_gt(method_faults[FAULT_SWITCH_DOWN].retry_after_ms, 0);
	ck_assert_int_eq(method_faults[FAULT_REFUSED].code, 6);
	ck_assert_int_eq(method_faults[FAULT_BAD_KEY].code, 7);
	ck_assert_int_eq(method_faults[FAULT_DRAINING].code, 8);
	ck_assert_int_gt(method_faults[FAULT_DRAINING].retry_after_ms, 0);
	ck_assert_int_eq(method_faults[FAULT_CALL_LIMIT].code, 9);
	ck_assert_int_eq(method_faults[FAULT_BAD_REQUEST].code, -32602);
}
END_TEST

/* ---- Calls. ---- */

START_TEST(create_answers_where_to_send_and_our_keys)
{
	json_t *r = result("call.create", CALL);
	int port = number_at(r, "legs.0.streams.0.local.port");

	ck_assert_str_eq(text_at(r, "call"), "c");
	ck_assert_str_eq(text_at(r, "legs.0.name"), "a");
	ck_assert_str_eq(text_at(r, "legs.0.interface"), "outside");
	ck_assert_str_eq(text_at(r, "legs.1.streams.0.local.address"), "10.0.0.1");
	ck_assert_int_eq(number_at(r, "legs.0.streams.0.local.rtcp_port"), port + 1);
	ck_assert_int_eq(number_at(r, "legs.1.streams.0.local.rtcp_port"),
		number_at(r, "legs.1.streams.0.local.port"));
	ck_assert_str_eq(text_at(r, "legs.0.streams.0.srtp.suite"), "AES_CM_128_HMAC_SHA1_80");
	ck_assert_uint_eq(strlen(text_at(r, "legs.0.streams.0.srtp.key")), 40);
	ck_assert_uint_eq(strlen(text_at(r, "legs.1.streams.0.srtp.key")), 40);
	ck_assert_str_ne(text_at(r, "legs.0.streams.0.srtp.key"), ASK_KEY_30);
	json_decref(r);
}
END_TEST

START_TEST(a_key_offered_by_one_party_never_reaches_the_other)
{
	json_t *r = result("call.create", CALL);
	char *said = json_dumps(r, 0);

	ck_assert_ptr_null(strstr(said, ASK_KEY_30));
	free(said);
	json_decref(r);
}
END_TEST

START_TEST(get_and_delete_show_no_key)
{
	static const char *const names[] = {"call.get", "call.delete"};
	json_t *r = result("call.create", CALL);

	for (size_t i = 0; i < 2; i++) {
		json_t *seen = result(names[i], "{'call': 'c'}");
		char *said = json_dumps(seen, 0);

		ck_assert_ptr_null(strstr(said, ASK_KEY_30));
		ck_assert_ptr_null(strstr(said, text_at(r, "legs.0.streams.0.srtp.key")));
		ck_assert_ptr_null(strstr(said, text_at(r, "legs.1.streams.0.srtp.key")));
		free(said);
		json_decref(seen);
	}
	json_decref(r);
}
END_TEST

/* The transport state of stream I of leg LEG of the call "c". */
static struct sw_transport_state *
state_of(unsigned leg, unsigned i)
{
	return fake_transport_state(sw, calls_find(calls, "c")->leg[leg].stream[i].slot);
}

static void
put_counters(unsigned leg, unsigned i)
{
	struct sw_transport_state *ts = state_of(leg, i);
	struct sw_transport_more *more =
		fake_transport_more(sw, calls_find(calls, "c")->leg[leg].stream[i].slot);

	atomic_store(&ts->rx_packets, 100);
	atomic_store(&ts->rx_bytes, 17200);
	atomic_store(&ts->tx_packets, 90);
	atomic_store(&ts->tx_bytes, 16000);
	atomic_store(&ts->rx_rtcp, 3);
	atomic_store(&ts->tx_rtcp, 2);
	atomic_store(&more->drops[DROP_AUTH], 7);
	/* One finished epoch lost 5; a running one got 90 of 65,530 .. 65,629; one is RTCP
	 * only. */
	atomic_store(&ts->lost, 5);
	ts->rx_ssrcs = 3;
	ts->rx.state = more->rx[0].state = more->rx[1].state = 1;
	ts->rx.epoch = 1;
	ts->rx.first = 65530;
	atomic_store(&ts->rx.index, 65629);
	atomic_store(&ts->rx.packets, 90);
	atomic_store(&ts->rx.jitter, 16 * 800);
	ts->rx.seen = 7;
	/* An older one, lossless, of another jitter. */
	more->rx[0].epoch = 2;
	more->rx[0].first = atomic_load(&more->rx[0].index);
	atomic_store(&more->rx[0].packets, 1);
	atomic_store(&more->rx[0].jitter, 16);
	more->rx[0].seen = 6;
	atomic_store(&ts->last_seen, tsc_now());
	ts->learned[0].family = AF_INET;
	ts->learned[0].port = 4444;
	inet_pton(AF_INET, "192.0.2.99", ts->learned[0].ip);
	atomic_store(&ts->learned_seq, 2);
}

START_TEST(get_says_what_the_switch_counts)
{
	json_t *r;

	json_decref(result("call.create", CALL));
	put_counters(0, 0);
	r = result("call.get", "{'call': 'c'}");
	ck_assert_str_eq(text_at(r, "legs.0.streams.0.local.address"), "192.0.2.1");
	ck_assert_str_eq(text_at(r, "legs.0.streams.0.remote.address"), "192.0.2.10");
	ck_assert_int_eq(number_at(r, "legs.0.streams.0.remote.rtcp_port"), 4001);
	ck_assert_int_eq(number_at(r, "legs.1.streams.0.remote.rtcp_port"), 5000);
	ck_assert_str_eq(text_at(r, "legs.0.streams.0.learned.address"), "192.0.2.99");
	ck_assert_int_eq(number_at(r, "legs.0.streams.0.learned.port"), 4444);
	ck_assert_ptr_null(at(r, "legs.0.streams.0.learned_rtcp"));
	ck_assert_ptr_null(at(r, "legs.1.streams.0.learned"));
	ck_assert_str_eq(text_at(r, "legs.0.streams.0.source"), "whoever holds the SRTP key");
	ck_assert_str_eq(text_at(r, "legs.0.streams.0.bridge"),
		"SRTP AES_CM_128_HMAC_SHA1_80 -> re-keyed to AEAD_AES_128_GCM");
	ck_assert_int_eq(number_at(r, "legs.0.streams.0.rx_packets"), 100);
	ck_assert_int_eq(number_at(r, "legs.0.streams.0.rx_bytes"), 17200);
	ck_assert_int_eq(number_at(r, "legs.0.streams.0.tx_packets"), 90);
	ck_assert_int_eq(number_at(r, "legs.0.streams.0.tx_bytes"), 16000);
	ck_assert_int_eq(number_at(r, "legs.0.streams.0.rx_rtcp"), 3);
	ck_assert_int_eq(number_at(r, "legs.0.streams.0.tx_rtcp"), 2);
	ck_assert_int_eq(number_at(r, "legs.0.streams.0.lost"), 15);
	/* 800 units of 8,000 Hz. */
	ck_assert_double_eq_tol(
		json_real_value(at(r, "legs.0.streams.0.jitter_ms")), 100, 0.001);
	ck_assert_int_lt(number_at(r, "legs.0.streams.0.last_packet_ms_ago"), 60000);
	ck_assert_ptr_null(at(r, "legs.1.streams.0.last_packet_ms_ago"));
	ck_assert_int_eq(number_at(r, "legs.0.streams.0.drops.auth"), 7);
	ck_assert_uint_eq(json_object_size(at(r, "legs.0.streams.0.drops")), 1);
	ck_assert_int_eq(number_at(r, "legs.1.streams.0.rx_packets"), 0);
	json_decref(r);

	/* While the switch writes it, what was learned is not said. */
	atomic_store(&state_of(0, 0)->learned_seq, 3);
	r = result("call.get", "{'call': 'c'}");
	ck_assert_ptr_null(at(r, "legs.0.streams.0.learned"));
	json_decref(r);

	/* Nor are counters of whoever had the slot before. */
	atomic_store(&state_of(0, 0)->id, 1);
	r = result("call.get", "{'call': 'c'}");
	ck_assert_int_eq(number_at(r, "legs.0.streams.0.rx_packets"), 0);
	json_decref(r);
}
END_TEST

START_TEST(delete_answers_the_last_counters)
{
	json_t *r;

	json_decref(result("call.create", CALL));
	put_counters(0, 0);
	r = result("call.delete", "{'call': 'c'}");
	ck_assert_int_eq(number_at(r, "legs.0.streams.0.rx_packets"), 100);
	json_decref(r);
	ck_assert_str_eq(request("call.get", "{'call': 'c'}").reason, "unknown_call");
	ck_assert_str_eq(request("call.delete", "{'call': 'c'}").reason, "unknown_call");
}
END_TEST

START_TEST(update_answers_the_whole_call)
{
	json_t *made, *r;

	made = result(
		"call.create", "{'call': 'c', 'legs': [{'name': 'a', 'streams': [{}]}]}");
	r = result("call.update",
		"{'call': 'c', 'legs': [{'name': 'b', 'streams': [{}, {'media': 'video'}]}]}");
	ck_assert_uint_eq(json_array_size(at(r, "legs")), 2);
	ck_assert_str_eq(text_at(r, "legs.1.streams.1.media"), "video");
	ck_assert_ptr_null(at(r, "legs.0.streams.0.srtp"));
	ck_assert_int_eq(number_at(r, "legs.0.streams.0.local.port"),
		number_at(made, "legs.0.streams.0.local.port"));
	json_decref(made);
	json_decref(r);
}
END_TEST

START_TEST(a_list_comes_in_pieces_and_misses_nobody)
{
	char text[128], after[32] = "", seen[16] = "";
	unsigned pieces = 0;
	bool more = true;

	for (char id = 'a'; id < 'h'; id++) {
		snprintf(text, sizeof text,
			"{'call': '%c', 'legs': [{'name': 'x', 'streams': [{}]}]}", id);
		json_decref(result("call.create", text));
	}
	for (; more; pieces++) {
		json_t *r, *row;
		size_t i;

		if (after[0] != '\0')
			snprintf(text, sizeof text, "{'limit': 3, 'after': '%s'}", after);
		else
			strcpy(text, "{'limit': 3}");
		r = result("call.list", text);
		json_array_foreach (at(r, "calls"), i, row) {
			snprintf(after, sizeof after, "%s", text_at(row, "call"));
			strcat(seen, after);
			ck_assert_str_eq(text_at(row, "legs.0"), "x");
		}
		more = json_is_true(at(r, "more"));
		ck_assert(json_array_size(at(r, "calls")) == (more ? 3 : 1));
		json_decref(r);
	}
	ck_assert_uint_eq(pieces, 3);
	ck_assert_uint_eq(strlen(seen), 7);
	for (char id = 'a'; id < 'h'; id++)
		ck_assert_ptr_nonnull(strchr(seen, id));
}
END_TEST

START_TEST(what_is_wrong_is_said_with_code_and_field)
{
	struct rpc_request req;

	json_decref(result(
		"call.create", "{'call': 'c', 'legs': [{'name': 'a', 'streams': [{}]}]}"));
	req = request(
		"call.create", "{'call': 'c', 'legs': [{'name': 'a', 'streams': [{}]}]}");
	ck_assert_int_eq(req.code, 2);
	ck_assert_str_eq(req.field, "call");
	req = request("call.create", "{'call': 'd', 'legs': [{'name': 'a', 'interface': "
				     "'moon', 'streams': [{}]}]}");
	ck_assert_int_eq(req.code, 4);
	ck_assert_str_eq(req.got, "moon");
	req = request("call.create", "{'call': 'd', 'legs': [{'name': 'a', 'streams': "
				     "[{'srtp': {'suite': 'AEAD_AES_256_GCM', 'key':"
				     " '" ASK_KEY_30 "'}}]}]}");
	ck_assert_int_eq(req.code, 7);
	ck_assert_str_eq(req.field, "legs[0].streams[0].srtp.key");
	ck_assert_str_eq(req.got, "");
	req = request("call.update",
		"{'call': 'c', 'legs': [{'name': 'a', 'streams': [{'remote': {'address':"
		" '224.0.0.1', 'port': 4}}]}]}");
	ck_assert_int_eq(req.code, -32602);
	ck_assert_str_eq(req.field, "legs[0].streams[0].remote.address");
	ck_assert_str_eq(req.got, "224.0.0.1");
	req = request("call.update", "{'call': 'x', 'legs': [{'name': 'a'}]}");
	ck_assert_int_eq(req.code, 1);
}
END_TEST

/* ---- The node. ---- */

/* 250 packets from the party of C's leg LEG, and LOST that never came. */
static void
hear(const struct call *c, unsigned leg, unsigned lost)
{
	const struct stream *s = &c->leg[leg].stream[0];
	struct sw_transport_state *ts = fake_transport_state(sw, s->slot);

	ts->rx_ssrcs = 1;
	ts->rx = (struct sw_rx_ssrc){.state = 1, .epoch = 1, .first = 1, .ssrc = 7};
	ts->rx.packets = 250;
	ts->rx.index = 250 + lost;
	ts->rx_packets = 250;
	ts->reports.reports = 3;
	ts->reports.rtt_us = 45000;
}

START_TEST(the_worst_calls_are_listed_and_counted)
{
	static const char call[] =
		"{'call': '%s', 'legs': [{'name': 'a', 'streams': [{'codec':"
		" 'G729'}]}, {'name': 'b', 'streams': [{}]}]}";
	static const char *const ids[] = {"good", "bad", "middling"};
	json_t *r;

	for (unsigned i = 0; i < 3; i++) {
		char text[200];

		snprintf(text, sizeof text, call, ids[i]);
		json_decref(result("call.create", text));
	}
	hear(calls_find(calls, "good"), 1, 0);
	hear(calls_find(calls, "bad"), 1, 50);
	hear(calls_find(calls, "middling"), 1, 10);
	for (uint64_t ms = 1; ms <= SAMPLER_PERIOD_MS; ms += SAMPLER_TICK_MS)
		sampler_turn(calls_sampler(calls), ms);

	r = result("call.top", "{'by': 'loss', 'limit': 2}");
	ck_assert_uint_eq(json_array_size(at(r, "calls")), 2);
	ck_assert_str_eq(text_at(r, "calls.0.call"), "bad");
	ck_assert_double_eq_tol(
		json_number_value(at(r, "calls.0.loss")), 100 * 50 / 300., 0.01);
	ck_assert_double_eq_tol(json_number_value(at(r, "calls.0.round_trip_ms")), 45, 0.01);
	ck_assert_str_eq(text_at(r, "calls.1.call"), "middling");
	json_decref(r);
	r = result("call.top", "{}");
	ck_assert_str_eq(text_at(r, "by"), "mos");
	ck_assert_uint_eq(json_array_size(at(r, "calls")), 3);
	ck_assert_str_eq(text_at(r, "calls.2.call"), "good");
	json_decref(r);

	json_decref(result("call.delete", "{'call': 'bad'}"));
	r = result("call.top", "{}");
	ck_assert_str_eq(text_at(r, "calls.0.call"), "middling");
	json_decref(r);
	r = result("stats.get", "{}");
	ck_assert_int_eq(number_at(r, "rtp.packets"), 750);
	ck_assert_int_eq(number_at(r, "rtp.lost"), 60);
	ck_assert_uint_eq(json_array_size(at(r, "mos.bounds")), QUALITY_BUCKETS);
	for (unsigned i = 0, running = 0, ended = 0; i < QUALITY_BUCKETS; i++) {
		running +=
			(unsigned)json_integer_value(json_array_get(at(r, "mos.running"), i));
		ended += (unsigned)json_integer_value(json_array_get(at(r, "mos.ended"), i));
		ck_assert(i < QUALITY_BUCKETS - 1 || (running == 2 && ended == 1));
	}
	ck_assert(json_number_value(at(r, "mos.running_mean")) >
		  json_number_value(at(r, "mos.ended_mean")));
	json_decref(r);
	r = result("call.get", "{'call': 'middling'}");
	ck_assert_str_eq(text_at(r, "legs.0.streams.0.codec"), "G729");
	json_decref(r);
}
END_TEST

START_TEST(stats_cores_and_drops_are_sums_of_the_cores)
{
	json_t *r;

	json_decref(result(
		"call.create", "{'call': 'c', 'legs': [{'name': 'a', 'streams': [{}]}]}"));
	atomic_store(&fake_core(sw, 0)->rx_packets, 11);
	atomic_store(&fake_core(sw, 0)->tx_bytes, 12);
	atomic_store(&fake_core(sw, 0)->drops[DROP_AUTH], 4);
	atomic_store(&fake_core(sw, 0)->drops[DROP_LATE], 5);
	atomic_store(&fake_core(sw, 0)->cycles[SW_ST_UNSEAL], 1050);
	atomic_store(&fake_core(sw, 0)->packets[SW_ST_UNSEAL], 100);
	atomic_store(&fake_core(sw, 0)->cpu, 3);

	r = result("stats.get", "{}");
	ck_assert_int_eq(number_at(r, "calls"), 1);
	ck_assert_int_eq(number_at(r, "created"), 1);
	ck_assert_int_eq(number_at(r, "rx_packets"), 11);
	ck_assert_int_eq(number_at(r, "tx_bytes"), 12);
	ck_assert_int_eq(number_at(r, "dropped"), 9);
	json_decref(r);

	r = result("core.list", "{}");
	ck_assert_uint_eq(json_array_size(at(r, "cores")), 1);
	ck_assert_int_eq(number_at(r, "cores.0.cpu"), 3);
	ck_assert_uint_eq(json_array_size(at(r, "cores.0.stages")), SW_STAGES);
	ck_assert_str_eq(text_at(r, "cores.0.stages.3.name"), sw_stage_name(SW_ST_UNSEAL));
	ck_assert_int_eq(number_at(r, "cores.0.stages.3.packets"), 100);
	ck_assert_double_eq_tol(
		json_real_value(at(r, "cores.0.stages.3.cycles_per_packet")), 10.5, 0.001);
	ck_assert_int_eq(number_at(r, "cores.0.drops.late"), 5);
	json_decref(r);

	r = result("drop.list", "{}");
	ck_assert_uint_eq(json_array_size(at(r, "drops")), DROPS);
	for (unsigned i = 0; i < DROPS; i++) {
		const json_t *row = json_array_get(at(r, "drops"), i);

		ck_assert_str_eq(text_at(row, "name"), drop_info((enum drop)i)->name);
		ck_assert_int_eq(number_at(row, "packets"), i == DROP_AUTH   ? 4
							    : i == DROP_LATE ? 5
									     : 0);
	}
	json_decref(r);
}
END_TEST

/* Calls welcome a switch of CORES. */
static void
welcome(unsigned cores)
{
	fake_state(sw)->cores = cores;
	calls_welcome(calls, SW_KEPT);
	fake_answer_all(sw);
}

START_TEST(each_core_has_a_row_of_its_own)
{
	unsigned transports = 0;
	json_t *r;

	welcome(3);
	json_decref(result("call.create", CALL));
	for (unsigned i = 0; i < 3; i++) {
		atomic_store(&fake_core(sw, i)->cpu, 10 + i);
		atomic_store(&fake_core(sw, i)->handed_over, 20 + i);
		atomic_store(&fake_core(sw, i)->taken_in, 30 + i);
		atomic_store(&fake_core(sw, i)->drops[DROP_RING_FULL], 4);
		atomic_store(&fake_core(sw, i)->drops[DROP_AUTH], i);
	}
	atomic_store(&fake_core(sw, 2)->asleep, 1);
	core_watch_event(
		watch, &(struct sw_event){.kind = SW_EV_STALLED, .slot = 1, .detail = 1});

	r = result("core.list", "{}");
	ck_assert_uint_eq(json_array_size(at(r, "cores")), 3);
	for (unsigned i = 0; i < 3; i++) {
		const json_t *row = json_array_get(at(r, "cores"), i);

		ck_assert_int_eq(number_at(row, "core"), (int)i);
		ck_assert_int_eq(number_at(row, "cpu"), 10 + (int)i);
		ck_assert_int_eq(number_at(row, "handed_over"), 20 + (int)i);
		ck_assert_int_eq(number_at(row, "taken_in"), 30 + (int)i);
		ck_assert_int_eq(number_at(row, "dropped"), 4 + (int)i);
		ck_assert_int_eq(number_at(row, "drops.ring_full"), 4);
		ck_assert_int_eq(json_is_true(at(row, "stalled")), i == 1);
		ck_assert_int_eq(json_is_true(at(row, "asleep")), i == 2);
		transports += (unsigned)number_at(row, "transports");
	}
	ck_assert_uint_eq(transports, 2);
	json_decref(r);
}
END_TEST

START_TEST(a_call_says_which_core_it_is_with)
{
	json_t *r;
	int port, core;

	welcome(4);
	json_decref(result("call.create", CALL));
	r = result("call.get", "{'call': 'c'}");
	port = number_at(r, "legs.0.streams.0.local.port");
	core = number_at(r, "legs.0.streams.0.core");
	ck_assert_int_eq(core, port / 2 % 4);
	ck_assert_int_eq(number_at(r, "legs.1.streams.0.core"), core);
	json_decref(r);
	r = result("call.list", "{}");
	ck_assert_uint_eq(json_array_size(at(r, "calls.0.cores")), 1);
	ck_assert_int_eq(number_at(r, "calls.0.cores.0"), core);
	json_decref(r);

	/* A switch of three cores came instead: the ports stay, the cores may not. */
	fake_lose(sw);
	calls_switch_lost(calls);
	fake_adopt(sw);
	welcome(3);
	r = result("call.get", "{'call': 'c'}");
	ck_assert_int_eq(number_at(r, "legs.0.streams.0.local.port"), port);
	ck_assert_int_eq(number_at(r, "legs.0.streams.0.core"), port / 2 % 3);
	json_decref(r);
}
END_TEST

/* "inside", 10.0.0.1, is 203.0.113.9 outside. */
static void
advertise(void)
{
	struct config_interface *it = &conf.interface[conf.interfaces++];

	strcpy(it->name, "inside");
	it->addresses.n = 1;
	it->addresses.addr[0] = fake_state(sw)->address[3].addr;
	it->addresses.addr[0].port = 0;
	it->addresses.advertised[0].family = AF_INET;
	inet_pton(AF_INET, "203.0.113.9", it->addresses.advertised[0].ip);
}

START_TEST(an_advertised_address_is_told_and_the_bound_one_beside_it)
{
	static const char *const names[] = {"call.update", "call.get", "call.delete"};
	json_t *r;

	advertise();
	welcome(1);
	r = result("call.create", CALL);
	for (size_t i = 0;; i++) {
		ck_assert_str_eq(text_at(r, "legs.1.streams.0.local.address"), "203.0.113.9");
		ck_assert_str_eq(text_at(r, "legs.1.streams.0.bound.address"), "10.0.0.1");
		ck_assert_int_eq(number_at(r, "legs.1.streams.0.bound.port"),
			number_at(r, "legs.1.streams.0.local.port"));
		ck_assert_str_eq(text_at(r, "legs.0.streams.0.local.address"), "192.0.2.1");
		ck_assert_ptr_null(at(r, "legs.0.streams.0.bound"));
		json_decref(r);
		if (i == 3)
			break;
		r = result(names[i],
			i == 0 ? "{'call': 'c', 'legs': [{'name': 'a'}]}" : "{'call': 'c'}");
	}
	r = result("device.list", "{}");
	ck_assert_str_eq(text_at(r, "devices.0.addresses.3.address"), "10.0.0.1");
	ck_assert_str_eq(text_at(r, "devices.0.addresses.3.advertised"), "203.0.113.9");
	ck_assert_ptr_null(at(r, "devices.0.addresses.0.advertised"));
	json_decref(r);
}
END_TEST

/* The address of "inside" is called NAME, too, and AS outside ("": as it is). */
static void
call_it(const char *name, const char *as)
{
	struct config_interface *it = &conf.interface[conf.interfaces - 1];
	struct config_name *one = &it->names.name[it->names.n++];

	strcpy(one->name, name);
	one->addr = it->addresses.addr[0];
	if (as[0] == '\0')
		return;
	one->advertised.family = AF_INET;
	inet_pton(AF_INET, as, one->advertised.ip);
}

START_TEST(an_address_is_listed_under_each_of_its_names)
{
	json_t *r;

	advertise();
	call_it("priv", "");
	call_it("pub", "203.0.113.10");
	r = result("device.list", "{}");
	ck_assert_str_eq(text_at(r, "devices.0.addresses.0.interface"), "outside");
	ck_assert_str_eq(text_at(r, "devices.0.addresses.3.interface"), "priv");
	ck_assert_str_eq(text_at(r, "devices.0.addresses.3.address"), "10.0.0.1");
	ck_assert_str_eq(text_at(r, "devices.0.addresses.3.advertised"), "203.0.113.9");
	ck_assert_str_eq(text_at(r, "devices.0.addresses.4.interface"), "pub");
	ck_assert_str_eq(text_at(r, "devices.0.addresses.4.address"), "10.0.0.1");
	ck_assert_str_eq(text_at(r, "devices.0.addresses.4.advertised"), "203.0.113.10");
	ck_assert_ptr_null(at(r, "devices.0.addresses.5"));
	json_decref(r);
}
END_TEST

/* It says who is called, by what, and how far that has come; nobody is told where to send. */
START_TEST(a_party_in_the_mesh_is_shown_by_its_call)
{
	static const char *const names[] = {"call.update", "call.get", "call.delete"};
	json_t *r;

	fake_mesh(sw);
	welcome(1);
	r = result("device.list", "{}");
	ck_assert_ptr_nonnull(at(r, "devices.0.addresses.3"));
	ck_assert_ptr_null(at(r, "devices.0.addresses.4"));
	json_decref(r);
	r = result("call.create", "{'call': 'c', 'legs': [{'name': 'm', 'type': 'vomp', 'did':"
				  " '5550100', 'from': 'Anna'}]}");
	for (size_t i = 0;; i++) {
		ck_assert_str_eq(text_at(r, "legs.0.type"), "vomp");
		ck_assert_str_eq(text_at(r, "legs.0.interface"), "mesh");
		ck_assert_str_eq(text_at(r, "legs.0.did"), "5550100");
		ck_assert_str_eq(text_at(r, "legs.0.from"), "Anna");
		ck_assert_str_eq(text_at(r, "legs.0.direction"), "outgoing");
		ck_assert_str_eq(text_at(r, "legs.0.state"), "looked_up");
		ck_assert_int_ge(number_at(r, "legs.0.session"), 30000);
		ck_assert_ptr_null(at(r, "legs.0.sid"));
		ck_assert_ptr_null(at(r, "legs.0.streams.0.local"));
		ck_assert_ptr_null(at(r, "legs.0.streams.0.remote"));
		json_decref(r);
		if (i == 3)
			break;
		r = result(names[i],
			i == 0 ? "{'call': 'c', 'legs': [{'name': 'm'}]}" : "{'call': 'c'}");
	}
}
END_TEST

/* A packet of its may be several numbers long, and be no loss. */
START_TEST(a_party_in_the_mesh_has_lost_what_was_waited_for_in_vain)
{
	struct call_request r =
		ask("{'call': 'c', 'legs': [{'name': 'm', 'streams': [{'codecs':"
		    " [{'name': 'PCMU'}]}]}]}");
	const struct leg *l;
	json_t *seen;

	conf.mesh_window_ms = 250;
	fake_mesh(sw);
	welcome(1);
	json_decref(result("call.create",
		"{'call': 'c', 'legs': [{'name': 'm', 'type': 'vomp', 'did': '5550100'}, {'name':"
		" 'p', 'streams': [{'codecs': [{'name': 'PCMU'}]}]}]}"));
	l = calls_find(calls, "c")->leg;
	r.leg[0].mesh = *l->mesh;
	r.leg[0].mesh.local = r.leg[0].mesh.remote = VOMP_INCALL;
	calls_update(calls, &r, NULL, NULL);
	fake_answer_all(sw);
	l = calls_find(calls, "c")->leg;
	ck_assert_uint_eq(fake_bridge(sw, l->stream->slot)->transcode.window_us, 250 * 1000);
	atomic_store(&fake_transport_state(sw, l->stream->slot)->lost, 70);
	atomic_store(&fake_bridge_state(sw, l->stream->slot)->id, l->stream->id);
	atomic_store(&fake_bridge_state(sw, l->stream->slot)->lost, 3);
	seen = result("call.get", "{'call': 'c'}");
	ck_assert_str_eq(text_at(seen, "legs.0.state"), "talking");
	ck_assert_int_eq(number_at(seen, "legs.0.streams.0.lost"), 3);
	json_decref(seen);
}
END_TEST

/* The switch knows nothing of it: what it is told is the address that it has. */
START_TEST(the_switch_is_told_nothing_of_what_is_advertised)
{
	uint32_t slot;

	advertise();
	welcome(1);
	json_decref(result("call.create", CALL));
	slot = calls_find(calls, "c")->leg[1].stream[0].slot;
	ck_assert_uint_eq(fake_transport(sw, slot)->local, 3);
}
END_TEST

START_TEST(a_device_says_what_it_was_opened_with)
{
	struct sw_device *d = fake_state(sw)->device;
	json_t *r = result("device.list", "{}");

	ck_assert_int_eq(number_at(r, "devices.0.queues"), 0);
	ck_assert_ptr_null(at(r, "devices.0.vlan"));
	ck_assert_ptr_null(at(r, "devices.0.twin"));
	json_decref(r);
	d->queues = 4;
	d->vlan = 100;
	strcpy(d->twin, "media0");
	r = result("device.list", "{}");
	ck_assert_int_eq(number_at(r, "devices.0.queues"), 4);
	ck_assert_int_eq(number_at(r, "devices.0.vlan"), 100);
	ck_assert_str_eq(text_at(r, "devices.0.twin"), "media0");
	json_decref(r);
}
END_TEST

START_TEST(devices_come_with_their_addresses)
{
	json_t *r = result("device.list", "{}");

	ck_assert_str_eq(text_at(r, "devices.0.name"), "eth0");
	ck_assert_uint_eq(json_array_size(at(r, "devices.0.addresses")), 4);
	ck_assert_str_eq(text_at(r, "devices.0.addresses.2.address"), "2001:db8::1");
	ck_assert_str_eq(text_at(r, "devices.0.addresses.3.interface"), "inside");
	ck_assert_int_eq(number_at(r, "devices.0.addresses.0.first_port"), 30000);
	ck_assert_int_eq(number_at(r, "devices.0.addresses.0.last_port"), 30999);
	json_decref(r);
}
END_TEST

START_TEST(info_says_who_this_is)
{
	json_t *r = result("node.info", "{}");

	ck_assert_str_eq(text_at(r, "name"), "test");
	ck_assert_str_eq(text_at(r, "version"), STROWGER_VERSION);
	ck_assert_int_eq(number_at(r, "call_limit"), 20);
	ck_assert_str_eq(text_at(r, "log_level"), "error");
	ck_assert_str_eq(text_at(r, "switch.engine"), "burst");
	ck_assert(json_is_true(at(r, "switch.up")));
	ck_assert_int_eq(number_at(r, "switch.restarts"), 3);
	ck_assert_int_eq(number_at(r, "switch.tsc_hz"), 1000000000);
	json_decref(r);
}
END_TEST

START_TEST(orders_reach_the_node)
{
	json_t *r;

	json_decref(result("node.stop", "{'drain': true, 'leave_switch': true}"));
	ck_assert(told.stopped && told.drain && told.leave_switch);
	json_decref(result("node.stop", "{}"));
	ck_assert(!told.drain && !told.leave_switch);

	r = result("log.set", "{'level': 'warning'}");
	ck_assert_uint_eq(told.log_level, LOG_LEVEL_WARNING);
	ck_assert_str_eq(text_at(r, "level"), "warning");
	ck_assert_str_eq(text_at(r, "identifiers"), "hash");
	json_decref(r);
	r = result("log.set", "{'identifiers': 'plain'}");
	ck_assert(log_get_plain());
	ck_assert_str_eq(text_at(r, "level"), "warning");
	ck_assert_str_eq(text_at(r, "identifiers"), "plain");
	json_decref(r);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("methods");
	TCase *t = tcase_create("methods");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, every_example_fits_its_table, 0, RELAY_METHODS);
	tcase_add_loop_test(t, every_field_has_a_help, 0, RELAY_METHODS);
	tcase_add_test(t, the_suites_are_those_of_the_data_plane);
	tcase_add_test(t, every_fault_has_an_error_that_its_methods_announce);
	tcase_add_test(t, create_answers_where_to_send_and_our_keys);
	tcase_add_test(t, a_key_offered_by_one_party_never_reaches_the_other);
	tcase_add_test(t, get_and_delete_show_no_key);
	tcase_add_test(t, get_says_what_the_switch_counts);
	tcase_add_test(t, delete_answers_the_last_counters);
	tcase_add_test(t, update_answers_the_whole_call);
	tcase_add_test(t, a_list_comes_in_pieces_and_misses_nobody);
	tcase_add_test(t, what_is_wrong_is_said_with_code_and_field);
	tcase_add_test(t, the_worst_calls_are_listed_and_counted);
	tcase_add_test(t, stats_cores_and_drops_are_sums_of_the_cores);
	tcase_add_test(t, each_core_has_a_row_of_its_own);
	tcase_add_test(t, a_call_says_which_core_it_is_with);
	tcase_add_test(t, an_advertised_address_is_told_and_the_bound_one_beside_it);
	tcase_add_test(t, an_address_is_listed_under_each_of_its_names);
	tcase_add_test(t, a_party_in_the_mesh_is_shown_by_its_call);
	tcase_add_test(t, a_party_in_the_mesh_has_lost_what_was_waited_for_in_vain);
	tcase_add_test(t, the_switch_is_told_nothing_of_what_is_advertised);
	tcase_add_test(t, a_device_says_what_it_was_opened_with);
	tcase_add_test(t, devices_come_with_their_addresses);
	tcase_add_test(t, info_says_who_this_is);
	tcase_add_test(t, orders_reach_the_node);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
