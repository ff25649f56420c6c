/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/methods_telemetry.c: names and forms as in DPDK 22.11 (lib/ethdev/rte_ethdev_telemetry
 * and lib/mempool/rte_mempool.c of its sources). */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/relay/fake_client.h"
#include "tests/relay/fake_node.h"

static json_t *
ask_switch(const char *text)
{
	return result("dpdk.telemetry", text);
}

START_TEST(devices_are_those_of_the_switch)
{
	struct sw_state *st = fake_state(sw);
	static const char *const names[] = {"ipackets", "opackets", "ibytes", "obytes",
		"imissed", "ierrors", "oerrors", "rx_nombuf"};
	json_t *o;

	memset(st->device, 0, sizeof st->device);
	st->devices = 2;
	st->device[1] = (struct sw_device){.name = "inside",
		.driver = "net_ring",
		.mac = {2, 0, 0, 0, 0, 0xab},
		.mtu = 1500,
		.queues = 2,
		.up = 1,
		.mbufs = 8192,
		.mbufs_free = 8000,
		.ipackets = 1,
		.opackets = 2,
		.ibytes = 3,
		.obytes = 4,
		.imissed = 5,
		.ierrors = 6,
		.oerrors = 7,
		.rx_nombuf = 8};
	o = ask_switch("{'command': '/ethdev/list'}");
	ck_assert_uint_eq(json_array_size(json_object_get(o, "answer")), 2);
	ck_assert_int_eq(number_at(o, "answer.1"), 1);
	json_decref(o);
	o = ask_switch("{'command': '/ethdev/info', 'params': '1'}");
	ck_assert_str_eq(text_at(o, "answer.name"), "inside");
	ck_assert_str_eq(text_at(o, "answer.mac_addr"), "02:00:00:00:00:AB");
	ck_assert_int_eq(number_at(o, "answer.nb_rx_queues"), 2);
	json_decref(o);
	o = ask_switch("{'command': '/ethdev/link_status', 'params': '1'}");
	ck_assert_str_eq(text_at(o, "answer.status"), "UP");
	json_decref(o);
	o = ask_switch("{'command': '/ethdev/link_status', 'params': '0'}");
	ck_assert_str_eq(text_at(o, "answer.status"), "DOWN");
	json_decref(o);
	o = ask_switch("{'command': '/mempool/info', 'params': 'mbufs1'}");
	ck_assert_int_eq(number_at(o, "answer.size"), 8192);
	ck_assert_int_eq(number_at(o, "answer.available"), 8000);
	json_decref(o);
	o = ask_switch("{'command': '/ethdev/stats', 'params': '1'}");
	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(json_integer_value(json_object_get(
					 json_object_get(o, "answer"), names[i])),
			i + 1);
	json_decref(o);
}
END_TEST

START_TEST(what_is_listed_is_answered)
{
	json_t *o = ask_switch("{'command': '/'}"), *one;
	size_t i;

	json_array_foreach (json_object_get(o, "answer"), i, one) {
		struct rpc_request req = {0};
		const char *of = strstr(json_string_value(one), "mempool/info") != NULL
					 ? "mbufs0"
					 : "0";

		begin(&req, "dpdk.telemetry",
			json_pack("{s:O, s:s}", "command", one, "params", of));
		ck_assert_msg(req.result != NULL, "%s", json_string_value(one));
		json_decref(req.result);
	}
	ck_assert_uint_ge(i, 7);
	json_decref(o);
}
END_TEST

START_TEST(what_is_not_there_is_refused)
{
	static const struct {
		const char *text, *field;
	} wrong[] = {
		{"{'command': '/ethdev/xstats', 'params': '0'}", "command"},
		{"{'command': '/ethdev/stats'}", "params"},
		{"{'command': '/ethdev/stats', 'params': '2'}", "params"},
		{"{'command': '/ethdev/stats', 'params': '-1'}", "params"},
		{"{'command': '/ethdev/stats', 'params': '0x'}", "params"},
		{"{'command': '/ethdev/stats', 'params': '18446744073709551616'}", "params"},
		{"{'command': '/mempool/info', 'params': '0'}", "params"},
	};

	fake_state(sw)->devices = 2;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		ck_assert_str_eq(
			request("dpdk.telemetry", wrong[i].text).field, wrong[i].field);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("methods_telemetry");
	TCase *t = tcase_create("methods_telemetry");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, devices_are_those_of_the_switch);
	tcase_add_test(t, what_is_listed_is_answered);
	tcase_add_test(t, what_is_not_there_is_refused);
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
