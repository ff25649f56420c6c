/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/places.c, with a clock of the test's. */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "relay/config.h"
#include "relay/places.h"
#include "relay/ports.h"
#include "tests/relay/ask.h"

enum { TRANSPORTS = 8, PAIRS = 3 };

static struct sw_state *state;
static struct config conf;
static struct places *p;
static struct fault fault;

static void
add_address(const char *interface, const char *ip)
{
	struct sw_local *l = &state->address[state->addresses++];

	strcpy(l->interface, interface);
	l->addr.family = strchr(ip, ':') != NULL ? AF_INET6 : AF_INET;
	ck_assert_int_eq(inet_pton(l->addr.family, ip, l->addr.ip), 1);
	l->addr.port = 30000;
	l->port_last = 30000 + 2 * PAIRS - 1;
}

static void
setup(void)
{
	state = calloc(1, sizeof *state);
	state->transports = TRANSPORTS;
	state->cores = 1;
	add_address("outside", "2001:db8::1");
	add_address("outside", "192.0.2.1");
	add_address("outside", "192.0.2.2");
	add_address("inside", "10.0.0.1");
	p = places_open(state, &conf);
	ck_assert_ptr_nonnull(p);
}

static void
teardown(void)
{
	places_close(p);
	free(state);
}

/* A call of TEXT without places. */
static struct call *
call_of(const char *text)
{
	struct call_request r = ask(text);
	struct call *c = call_open(r.id);

	ck_assert_int_eq(call_apply(c, &r, &fault), 0);
	return c;
}

#define INSIDE "{'call': 'c', 'legs': [{'name': 'a', 'interface': 'inside', 'streams': [{}]}]}"
#define OUTSIDE_4 "{'call': 'c', 'legs': [{'name': 'a', 'family': 'ipv4', 'streams': [{}]}]}"

START_TEST(a_leg_without_wishes_is_at_the_first_address)
{
	struct call *c =
		call_of("{'call': 'c', 'legs': [{'name': 'a', 'streams': [{}, {}]}]}");

	ck_assert_int_eq(places_give(p, c, 0, &fault), 0);
	ck_assert_uint_eq(c->leg[0].place, 0);
	ck_assert_uint_eq(c->leg[0].family, AF_INET6);
	ck_assert_str_eq(c->leg[0].interface, "outside");
	ck_assert_mem_eq(c->leg[0].local.ip, state->address[0].addr.ip, 16);
	ck_assert_uint_eq(c->leg[0].local.port, 0);
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_uint_lt(c->leg[0].stream[i].slot, TRANSPORTS);
		ck_assert_uint_ne(c->leg[0].stream[i].id, 0);
		ck_assert_uint_ge(c->leg[0].stream[i].port, 30000);
	}
	ck_assert_uint_ne(c->leg[0].stream[0].id, c->leg[0].stream[1].id);
	ck_assert_uint_ne(c->leg[0].stream[0].slot, c->leg[0].stream[1].slot);
	call_close(c);
}
END_TEST

START_TEST(calls_spread_over_the_addresses_of_an_interface)
{
	unsigned at[4] = {0};

	for (unsigned i = 0; i < 2 * PAIRS; i++) {
		struct call *c = call_of(OUTSIDE_4);

		ck_assert_int_eq(places_give(p, c, 0, &fault), 0);
		at[c->leg[0].place]++;
		call_close(c);
	}
	ck_assert_uint_eq(at[1], PAIRS);
	ck_assert_uint_eq(at[2], PAIRS);
}
END_TEST

START_TEST(what_cannot_be_placed_whole_takes_nothing)
{
	/* The second leg wants one pair more than there are. */
	struct call *c =
		call_of("{'call': 'c', 'legs': [{'name': 'a', 'family': 'ipv4', 'streams': "
			"[{}, {}]}, {'name':"
			" 'b', 'interface': 'inside', 'streams': [{}, {}, {}, {}]}]}");
	struct call *all =
		call_of("{'call': 'c', 'legs': [{'name': 'a', 'interface': 'inside', "
			"'streams': [{}, {}, {}]},"
			" {'name': 'b', 'family': 'ipv4', 'streams': [{}, {}, {}]}]}");

	for (unsigned i = 0; i < 10; i++) {
		ck_assert_int_eq(places_give(p, c, 0, &fault), -EINVAL);
		ck_assert_int_eq(fault.kind, FAULT_NO_PORTS);
	}
	ck_assert_int_eq(places_give(p, all, 0, &fault), 0);
	call_close(c);
	call_close(all);
}
END_TEST

START_TEST(transports_run_out_too)
{
	struct call *c = call_of(
		"{'call': 'c', 'legs': [{'name': 'a', 'streams': [{}, {}, {}]}, {'name': 'b',"
		" 'interface': 'inside', 'streams': [{}, {}, {}]}]}");
	struct call *d = call_of("{'call': 'c', 'legs': [{'name': 'a', 'family': 'ipv4', "
				 "'streams': [{}, {}, {}]}]}");

	ck_assert_int_eq(places_give(p, c, 0, &fault), 0);
	ck_assert_int_eq(places_give(p, d, 0, &fault), -EINVAL);
	ck_assert_int_eq(fault.kind, FAULT_CALL_LIMIT);
	call_close(c);
	call_close(d);
}
END_TEST

START_TEST(ports_that_were_used_rest_and_transports_do_not)
{
	struct call *c;

	for (unsigned i = 0; i < PAIRS; i++) {
		c = call_of(INSIDE);
		ck_assert_int_eq(places_give(p, c, 0, &fault), 0);
		places_return(p, c, NULL, true, 1000);
		call_close(c);
	}
	c = call_of(INSIDE);
	ck_assert_int_eq(places_give(p, c, 1000 + PORTS_REST_MS - 1, &fault), -EINVAL);
	for (unsigned i = 0; i < 100; i++) {
		ck_assert_int_eq(places_give(p, c, 1000 + PORTS_REST_MS, &fault), 0);
		places_return(p, c, NULL, false, 1000 + PORTS_REST_MS);
		c->leg[0].stream[0].slot = CALL_NO_SLOT;
	}
	call_close(c);
}
END_TEST

START_TEST(what_is_kept_is_not_returned)
{
	struct call *c = call_of(INSIDE), *more;
	struct call_request r =
		ask("{'call': 'c', 'legs': [{'name': 'a', 'streams': [{}, {}]}]}");

	ck_assert_int_eq(places_give(p, c, 0, &fault), 0);
	for (unsigned i = 0; i < 20; i++) {
		more = call_copy(c);
		ck_assert_int_eq(call_apply(more, &r, &fault), 0);
		ck_assert_int_eq(places_give(p, more, 0, &fault), 0);
		ck_assert_uint_eq(more->leg[0].stream[0].port, c->leg[0].stream[0].port);
		places_return(p, more, c, false, 0);
		call_close(more);
	}
	/* Two pairs are left, not three. */
	for (unsigned i = 0; i < PAIRS; i++) {
		more = call_of(INSIDE);
		ck_assert_int_eq(places_give(p, more, 0, &fault), i < 2 ? 0 : -EINVAL);
		call_close(more);
	}
	call_close(c);
}
END_TEST

START_TEST(a_call_of_a_record_gets_its_places_or_none)
{
	struct call *c = call_of("{'call': 'c', 'legs': [{'name': 'a', 'interface': 'inside', "
				 "'streams': [{}]}, {'name':"
				 " 'b', 'family': 'ipv4', 'streams': [{}, {}]}]}");
	struct call *d;

	ck_assert_int_eq(places_give(p, c, 0, &fault), 0);
	places_close(p);
	p = places_open(state, &conf);
	ck_assert_int_eq(places_claim(p, c), 0);
	d = call_copy(c);
	ck_assert_int_eq(places_claim(p, d), -ENOENT);
	call_close(d);

	/* One port of it is taken by another call: the rest must stay free. */
	places_close(p);
	p = places_open(state, &conf);
	d = call_copy(c);
	d->leg[0].streams = 0; /* of d only the second stream of leg b ... */
	d->leg[1].stream[0] = d->leg[1].stream[1];
	d->leg[1].streams = 1;
	ck_assert_int_eq(places_claim(p, d), 0);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(places_claim(p, c), -ENOENT);
	places_return(p, d, NULL, false, 0);
	ck_assert_int_eq(places_claim(p, c), 0);
	d->leg[0].streams = 1;
	call_close(d);
	call_close(c);
}
END_TEST

START_TEST(what_has_rested_counts_as_left_when_an_address_is_chosen)
{
	struct call *c = call_of(OUTSIDE_4), *d = call_of(OUTSIDE_4);

	ck_assert_int_eq(places_give(p, c, 0, &fault), 0);
	places_return(p, c, NULL, true, 0);
	ck_assert_int_eq(places_give(p, d, 5000, &fault), 0);
	ck_assert_uint_eq(d->leg[0].place, c->leg[0].place); /* the first of equals */
	call_close(c);
	call_close(d);
}
END_TEST

START_TEST(a_port_that_rests_does_so_under_the_next_switch_too)
{
	struct places *next = places_open(state, &conf);
	struct call *c = call_of(INSIDE);

	ck_assert_int_eq(places_give(p, c, 0, &fault), 0);
	places_return(p, c, NULL, true, 0);
	places_inherit(next, p);
	places_close(p);
	p = next;
	ck_assert_int_eq(places_claim(p, c), -ENOENT);
	call_close(c);
}
END_TEST

START_TEST(a_place_that_does_not_exist_cannot_be_claimed)
{
	struct call *c = call_of(INSIDE);

	ck_assert_int_eq(places_give(p, c, 0, &fault), 0);
	places_return(p, c, NULL, false, 0);
	c->leg[0].stream[0].port += 2 * PAIRS;
	ck_assert_int_eq(places_claim(p, c), -ENOENT);
	c->leg[0].stream[0].port -= 2 * PAIRS;
	c->leg[0].stream[0].slot = TRANSPORTS;
	ck_assert_int_eq(places_claim(p, c), -ENOENT);
	c->leg[0].stream[0].slot = 0;
	c->leg[0].local.ip[3]++;
	ck_assert_int_eq(places_claim(p, c), -ENOENT);
	c->leg[0].local.ip[3]--;
	strcpy(c->leg[0].interface, "outside");
	ck_assert_int_eq(places_claim(p, c), -ENOENT);
	strcpy(c->leg[0].interface, "inside");
	ck_assert_int_eq(places_claim(p, c), 0);
	call_close(c);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("places");
	TCase *t = tcase_create("places");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_leg_without_wishes_is_at_the_first_address);
	tcase_add_test(t, calls_spread_over_the_addresses_of_an_interface);
	tcase_add_test(t, what_cannot_be_placed_whole_takes_nothing);
	tcase_add_test(t, transports_run_out_too);
	tcase_add_test(t, ports_that_were_used_rest_and_transports_do_not);
	tcase_add_test(t, what_is_kept_is_not_returned);
	tcase_add_test(t, a_call_of_a_record_gets_its_places_or_none);
	tcase_add_test(t, what_has_rested_counts_as_left_when_an_address_is_chosen);
	tcase_add_test(t, a_port_that_rests_does_so_under_the_next_switch_too);
	tcase_add_test(t, a_place_that_does_not_exist_cannot_be_claimed);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
