/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests the rules that a NIC is given.  No device here takes any (net_tap's would need the
 * kernel's multiq), so what they say is held against what the forwarding cores take for true.
 */
#include "dataplane/device_steer.h"

#include <check.h>
#include <rte_byteorder.h>
#include <string.h>
#include <sys/socket.h>

#include "dataplane/switch.h"

/* Does R take datagrams to PORT?  As a NIC would say. */
static bool
takes(const struct steer_rule *r, uint16_t port)
{
	const struct rte_flow_item_udp *spec = r->pattern[2].spec, *mask = r->pattern[2].mask;

	return ((spec->hdr.dst_port ^ rte_cpu_to_be_16(port)) & mask->hdr.dst_port) == 0;
}

/* The queue that the CORES rules R give PORT to; CORES: none, or several. */
static unsigned
queue_of(const struct steer_rule *r, unsigned cores, uint16_t port)
{
	unsigned takers = 0, queue = cores;

	for (unsigned c = 0; c < cores; c++)
		if (takes(&r[c], port)) {
			const struct rte_flow_action_queue *to = r[c].action[0].conf;

			queue = to->index;
			takers++;
		}
	return takers == 1 ? queue : cores;
}

START_TEST(each_port_goes_to_a_queue_that_its_own_core_polls)
{
	unsigned cores = 2u << _i, wrong = 0;
	struct steer_rule r[16];

	for (unsigned number = 0; number < SW_DEVICES; number++) {
		for (unsigned c = 0; c < cores; c++)
			steer_rule(&r[c], AF_INET, number, c, cores);
		for (unsigned port = 0; port <= UINT16_MAX; port++) {
			unsigned q = queue_of(r, cores, (uint16_t)port);

			wrong += q >= cores ||
				 (number + q) % cores != sw_core_of((uint16_t)port, cores);
		}
	}
	ck_assert_uint_eq(wrong, 0); /* one assertion: a million take half a minute */
}
END_TEST

START_TEST(a_rule_asks_for_nothing_but_family_udp_and_port)
{
	static const uint8_t none[sizeof(struct rte_flow_item_udp)];
	struct rte_flow_item_udp rest;
	struct steer_rule r;

	for (int six = 0; six < 2; six++) {
		steer_rule(&r, six ? AF_INET6 : AF_INET, 0, 1, 4);
		ck_assert_int_eq(r.pattern[0].type, RTE_FLOW_ITEM_TYPE_ETH);
		ck_assert_ptr_null(r.pattern[0].spec);
		ck_assert_int_eq(r.pattern[1].type,
			six ? RTE_FLOW_ITEM_TYPE_IPV6 : RTE_FLOW_ITEM_TYPE_IPV4);
		ck_assert_ptr_null(r.pattern[1].spec);
		ck_assert_int_eq(r.pattern[2].type, RTE_FLOW_ITEM_TYPE_UDP);
		rest = r.mask;
		rest.hdr.dst_port = 0;
		ck_assert_mem_eq(&rest, none, sizeof none);
		ck_assert_int_eq(r.pattern[3].type, RTE_FLOW_ITEM_TYPE_END);
		ck_assert_int_eq(r.action[0].type, RTE_FLOW_ACTION_TYPE_QUEUE);
		ck_assert_int_eq(r.action[1].type, RTE_FLOW_ACTION_TYPE_END);
		ck_assert(r.attr.ingress && !r.attr.egress && !r.attr.transfer);
	}
}
END_TEST

START_TEST(without_a_queue_a_core_nothing_is_asked)
{
	struct device d = {.queues = 3};

	ck_assert(!device_steer(&d, 0, 3)); /* no power of two */
	ck_assert(!device_steer(&d, 0, 4));
	d.queues = 1;
	ck_assert(!device_steer(&d, 0, 1));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("device_steer");
	TCase *t = tcase_create("steer");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_loop_test(t, each_port_goes_to_a_queue_that_its_own_core_polls, 0, 4);
	tcase_add_test(t, a_rule_asks_for_nothing_but_family_udp_and_port);
	tcase_add_test(t, without_a_queue_a_core_nothing_is_asked);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
