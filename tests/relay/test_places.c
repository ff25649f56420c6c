/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/places.c, with a clock of the test's. */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <stdio.h>
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

#define MESH                                                                                   \
	"{'call': 'c', 'legs': [{'name': 'm', 'type': 'vomp', 'did': '12345'}, {'name': 'a', " \
	"'streams': [{'codecs': [{'name': 'PCMU'}]}]}]}"

START_TEST(without_a_mesh_nobody_is_in_it)
{
	struct call *c = call_of(MESH);

	ck_assert_int_eq(places_give(p, c, 0, &fault), -EINVAL);
	ck_assert_int_eq(fault.kind, FAULT_NO_INTERFACE);
	ck_assert_str_eq(fault.text, "this node has no mesh: [mesh] interface is not set");
	call_close(c);
}
END_TEST

/* Sessions are even, and its legs' alone. */
START_TEST(a_leg_of_the_mesh_has_a_session_for_a_port)
{
	struct call *c = call_of(MESH), *plain = call_of(MESH), *again;
	const struct stream *s = c->leg[0].stream;

	add_address("mesh", "::");
	state->address[4].addr = (struct sw_addr){SW_AF_MESH, SW_MESH_FIRST, {0}};
	state->address[4].port_last = SW_MESH_LAST;
	places_close(p);
	p = places_open(state, &conf);
	ck_assert_int_eq(places_give(p, c, 0, &fault), 0);
	ck_assert_uint_eq(c->leg[0].place, 4);
	ck_assert_uint_eq(c->leg[0].local.family, SW_AF_MESH);
	ck_assert_uint_eq(c->leg[0].local.port, 0);
	ck_assert_uint_eq(s->port % 2, 0);
	ck_assert_uint_ge(s->port, SW_MESH_FIRST);
	ck_assert_uint_ne(c->leg[1].place, 4);
	/* Others cannot be put there, whatever they ask for. */
	call_close(plain);
	plain = call_of("{'call': 'd', 'legs': [{'name': 'a', 'interface': 'mesh', 'streams': "
			"[{}]}]}");
	ck_assert_int_eq(places_give(p, plain, 0, &fault), -EINVAL);
	ck_assert_str_eq(fault.text, "there is no interface mesh");
	/* A successor finds it where it was. */
	again = call_copy(c);
	places_close(p);
	p = places_open(state, &conf);
	ck_assert_int_eq(places_claim(p, again), 0);
	ck_assert_uint_eq(again->leg[0].place, 4);
	ck_assert_int_eq(places_claim(p, c), -ENOENT);
	call_close(plain);
	call_close(again);
	call_close(c);
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

START_TEST(a_closed_stream_takes_no_place_and_gives_back_the_one_it_had)
{
	struct call *c = call_of(INSIDE), *closed;
	struct call_request r =
		ask("{'call': 'c', 'legs': [{'name': 'a', 'streams': [{'closed': true}]}]}");

	ck_assert_int_eq(places_give(p, c, 0, &fault), 0);
	ck_assert_uint_eq(places_load(p, 0), 1);
	closed = call_copy(c);
	ck_assert_int_eq(call_apply(closed, &r, &fault), 0);
	ck_assert_int_eq(places_give(p, closed, 0, &fault), 0);
	ck_assert_uint_eq(closed->leg[0].stream[0].port, 0);
	ck_assert_uint_eq(places_load(p, 0), 1);
	places_return(p, c, closed, true, 0);
	ck_assert_uint_eq(places_load(p, 0), 0);
	ck_assert_int_eq(places_claim(p, closed), 0);
	ck_assert_int_eq(places_take_over(p, closed, &fault), 0);
	places_return(p, closed, NULL, true, 0);
	ck_assert_uint_eq(places_load(p, 0), 0);
	call_close(closed);
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
	ck_assert_int_eq(places_claim(p, c), 0);
	call_close(c);
}
END_TEST

/* Its address says where it is; the configuration may call that otherwise now. */
START_TEST(a_leg_whose_interface_was_renamed_stays_where_it_is)
{
	struct call *c = call_of(INSIDE);

	ck_assert_int_eq(places_give(p, c, 0, &fault), 0);
	places_return(p, c, NULL, false, 0);
	strcpy(c->leg[0].interface, "within");
	ck_assert_int_eq(places_claim(p, c), 0);
	ck_assert_str_eq(c->leg[0].interface, "inside");
	call_close(c);
}
END_TEST

/* ---- Several forwarding cores. ---- */

/* The same addresses with PAIRS each, in a switch of CORES. */
static void
open_cores(unsigned cores, unsigned pairs)
{
	places_close(p);
	state->cores = cores;
	state->transports = 512;
	for (unsigned i = 0; i < state->addresses; i++)
		state->address[i].port_last = (uint16_t)(30000 + 2 * pairs - 1);
	p = places_open(state, &conf);
	ck_assert_ptr_nonnull(p);
}

static unsigned
core_of(const struct stream *s)
{
	return (unsigned)s->port / 2 % state->cores;
}

#define TWO_LEGS                                                                      \
	"{'call': 'c', 'legs': [{'name': 'a', 'streams': [{}, {'media': 'video'}]}, " \
	"{'name': 'b', 'interface': 'inside', 'streams': [{}, {'media': 'video'}]}]}"

START_TEST(a_call_is_with_one_core_on_whatever_interfaces_it_is)
{
	open_cores(4, 100);
	for (unsigned i = 0; i < 40; i++) {
		struct call *c = call_of(TWO_LEGS);
		unsigned core;

		ck_assert_int_eq(places_give(p, c, 0, &fault), 0);
		ck_assert_str_eq(c->leg[0].interface, "outside");
		ck_assert_str_eq(c->leg[1].interface, "inside");
		ck_assert_uint_eq(c->leg[1].place, 3);
		core = core_of(&c->leg[0].stream[0]);
		ck_assert_uint_eq(core_of(&c->leg[0].stream[1]), core);
		ck_assert_uint_eq(core_of(&c->leg[1].stream[0]), core);
		ck_assert_uint_eq(core_of(&c->leg[1].stream[1]), core);
		call_close(c);
	}
	for (unsigned i = 0; i < 4; i++)
		ck_assert_uint_eq(places_load(p, i), 40);
}
END_TEST

START_TEST(a_leg_that_comes_later_goes_to_the_calls_core)
{
	open_cores(4, 100);
	for (unsigned i = 0; i < 20; i++) {
		struct call *c = call_of(INSIDE);
		struct call_request r =
			ask("{'call': 'c', 'legs': [{'name': 'b', 'streams': [{}]}]}");

		ck_assert_int_eq(places_give(p, c, 0, &fault), 0);
		ck_assert_int_eq(call_apply(c, &r, &fault), 0);
		ck_assert_int_eq(places_give(p, c, 0, &fault), 0);
		ck_assert_uint_eq(
			core_of(&c->leg[1].stream[0]), core_of(&c->leg[0].stream[0]));
		call_close(c);
	}
}
END_TEST

START_TEST(among_cores_with_as_many_transports_any_may_be_the_next)
{
	unsigned times[4] = {0};

	for (unsigned i = 0; i < 400; i++) {
		struct call *c = call_of(INSIDE);

		open_cores(4, 100);
		ck_assert_int_eq(places_give(p, c, 0, &fault), 0);
		times[core_of(&c->leg[0].stream[0])]++;
		call_close(c);
	}
	for (unsigned i = 0; i < 4; i++) /* 100 are expected; 40 is 7 sigma away */
		ck_assert_uint_gt(times[i], 40);
}
END_TEST

START_TEST(the_core_that_was_relieved_is_the_next_one)
{
	struct call *c[8];

	open_cores(4, 100);
	for (unsigned i = 0; i < 8; i++) {
		c[i] = call_of(INSIDE);
		ck_assert_int_eq(places_give(p, c[i], 0, &fault), 0);
	}
	for (unsigned i = 0; i < 8; i++) {
		unsigned core = core_of(&c[i]->leg[0].stream[0]);

		places_return(p, c[i], NULL, true, 0);
		c[i]->leg[0].stream[0].slot = CALL_NO_SLOT;
		ck_assert_uint_eq(places_load(p, core), 1);
		ck_assert_int_eq(places_give(p, c[i], 0, &fault), 0);
		ck_assert_uint_eq(core_of(&c[i]->leg[0].stream[0]), core);
	}
	for (unsigned i = 0; i < 8; i++)
		call_close(c[i]);
}
END_TEST

/* Seven pairs: cores 0 to 2 have two, core 3 has one. */
START_TEST(ports_of_other_cores_are_given_before_anything_is_refused)
{
	struct call *c = call_of("{'call': 'c', 'legs': [{'name': 'a', 'interface': 'inside', "
				 "'streams': [{}, {}, {}]}]}");
	unsigned load[4];

	open_cores(4, 7);
	ck_assert_int_eq(places_give(p, c, 0, &fault), 0);
	/* Two of one core, and the third of one of the others. */
	for (unsigned i = 0; i < 4; i++)
		load[i] = places_load(p, i);
	ck_assert_uint_eq(load[0] + load[1] + load[2] + load[3], 3);
	call_close(c);
	for (unsigned i = 0; i < 5; i++) {
		c = call_of(INSIDE);
		ck_assert_int_eq(places_give(p, c, 0, &fault), i < 4 ? 0 : -EINVAL);
		call_close(c);
	}
	ck_assert_int_eq(fault.kind, FAULT_NO_PORTS);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_uint_eq(places_load(p, i), i < 3 ? 2 : 1);
}
END_TEST

START_TEST(a_refused_call_is_no_load)
{
	struct call *c = call_of("{'call': 'c', 'legs': [{'name': 'a', 'interface': 'inside', "
				 "'streams': [{}, {}, {}, {}]}]}");

	open_cores(2, 3);
	for (unsigned i = 0; i < 10; i++)
		ck_assert_int_eq(places_give(p, c, 0, &fault), -EINVAL);
	ck_assert_uint_eq(places_load(p, 0) + places_load(p, 1), 0);
	call_close(c);
}
END_TEST

START_TEST(a_call_of_a_record_keeps_its_ports_whoever_they_belong_to_now)
{
	struct call *c = call_of(TWO_LEGS);
	unsigned load[3] = {0};

	open_cores(2, 100);
	ck_assert_int_eq(places_give(p, c, 0, &fault), 0);
	open_cores(3, 100);
	ck_assert_int_eq(places_claim(p, c), 0);
	for (unsigned i = 0; i < 2; i++)
		for (unsigned j = 0; j < 2; j++)
			load[core_of(&c->leg[i].stream[j])]++;
	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_eq(places_load(p, i), load[i]);
	places_return(p, c, NULL, false, 0);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_eq(places_load(p, i), 0);
	call_close(c);
}
END_TEST

/* ---- Whatever happens. ---- */

enum { HISTORY_PAIRS = 8, HISTORY_CORES = 3, HISTORY_CALLS = 40 };

struct history {
	int64_t now;
	struct call *call[HISTORY_CALLS]; /* NULL: none */
	int64_t until[4][HISTORY_PAIRS];  /* the pair of that address rests until then */
};

static bool
is_taken(const struct history *h, unsigned place, unsigned port)
{
	for (unsigned n = 0; n < HISTORY_CALLS; n++)
		for (unsigned i = 0; h->call[n] != NULL && i < h->call[n]->legs; i++) {
			const struct leg *l = &h->call[n]->leg[i];

			for (unsigned j = 0; l->place == place && j < l->streams; j++)
				if (l->stream[j].port == port)
					return true;
		}
	return false;
}

/* Free pairs at PLACE, of CORE or (-1) of all. */
static unsigned
free_at(const struct history *h, unsigned place, int core)
{
	unsigned n = 0;

	for (unsigned i = 0; i < HISTORY_PAIRS; i++)
		n += (core < 0 || (15000 + i) % HISTORY_CORES == (unsigned)core) &&
		     h->until[place][i] <= h->now && !is_taken(h, place, 30000 + 2 * i);
	return n;
}

static void
end_call(struct history *h, unsigned n)
{
	struct call *c = h->call[n];
	bool used = rand() % 3 != 0;

	for (unsigned i = 0; i < c->legs; i++)
		for (unsigned j = 0; used && j < c->leg[i].streams; j++)
			h->until[c->leg[i].place][(c->leg[i].stream[j].port - 30000) / 2] =
				h->now + PORTS_REST_MS;
	places_return(p, c, NULL, used, h->now);
	call_close(c);
	h->call[n] = NULL;
}

/* One leg of one to three streams, inside (place 3) or outside (place 1 or 2). */
static void
begin_call(struct history *h, unsigned n)
{
	static const char *const legs[] = {"'interface': 'inside'", "'family': 'ipv4'"};
	static const char *const streams[] = {"{}", "{}, {}", "{}, {}, {}"};
	unsigned where = (unsigned)rand() % 2, many = (unsigned)rand() % 3, most, load[3];
	struct call *c;
	char text[128];

	snprintf(text, sizeof text,
		"{'call': 'c', 'legs': [{'name': 'a', %s, 'streams': [%s]}]}", legs[where],
		streams[many]);
	c = call_of(text);
	most = where == 0 ? free_at(h, 3, -1) : free_at(h, 1, -1);
	if (where == 1 && free_at(h, 2, -1) > most)
		most = free_at(h, 2, -1);
	for (unsigned i = 0; i < HISTORY_CORES; i++)
		load[i] = places_load(p, i);
	if (places_give(p, c, h->now, &fault) != 0) {
		ck_assert_uint_lt(most, many + 1);
		call_close(c);
		return;
	}
	ck_assert_uint_ge(most, many + 1);
	ck_assert_uint_eq(free_at(h, c->leg[0].place, -1), most);
	for (unsigned j = 0; j <= many; j++) {
		const struct stream *s = &c->leg[0].stream[j];

		ck_assert(!is_taken(h, c->leg[0].place, s->port));
		ck_assert_int_le(h->until[c->leg[0].place][(s->port - 30000) / 2], h->now);
	}
	for (unsigned i = 0; i < HISTORY_CORES; i++)
		if (free_at(h, c->leg[0].place, (int)i) > 0)
			ck_assert_uint_le(load[core_of(&c->leg[0].stream[0])], load[i]);
	h->call[n] = c;
}

START_TEST(no_history_gives_a_port_twice_or_refuses_while_one_is_free)
{
	static struct history h;
	unsigned live = 0;

	open_cores(HISTORY_CORES, HISTORY_PAIRS);
	srand((unsigned)_i);
	for (unsigned step = 0; step < 3000; step++) {
		unsigned n = (unsigned)rand() % HISTORY_CALLS;

		h.now += rand() % 400;
		if (h.call[n] != NULL)
			end_call(&h, n);
		else
			begin_call(&h, n);
	}
	for (unsigned n = 0; n < HISTORY_CALLS; n++)
		if (h.call[n] != NULL)
			end_call(&h, n);
	for (unsigned i = 0; i < HISTORY_CORES; i++)
		live += places_load(p, i);
	ck_assert_uint_eq(live, 0);
}
END_TEST

/* ---- Addresses that have another name outside. ---- */

static void
advertise(const char *interface, unsigned n, const char *ip, const char *as)
{
	struct config_interface *it = &conf.interface[conf.interfaces++];

	strcpy(it->name, interface);
	it->addresses.n = n + 1;
	it->addresses.addr[n].family = AF_INET;
	inet_pton(AF_INET, ip, it->addresses.addr[n].ip);
	it->addresses.advertised[n].family = AF_INET;
	inet_pton(AF_INET, as, it->addresses.advertised[n].ip);
}

START_TEST(a_leg_knows_what_its_address_is_called_outside)
{
	static const uint8_t outside[4] = {203, 0, 113, 1};
	struct call *c = call_of(INSIDE), *other = call_of(OUTSIDE_4);

	memset(&conf, 0, sizeof conf);
	advertise("outside", 0, "10.0.0.9", "203.0.113.9"); /* of no leg */
	advertise("inside", 1, "10.0.0.1", "203.0.113.1");
	places_close(p);
	p = places_open(state, &conf);
	ck_assert_int_eq(places_give(p, c, 0, &fault), 0);
	ck_assert_uint_eq(c->leg[0].advertised->family, AF_INET);
	ck_assert_mem_eq(c->leg[0].advertised->ip, outside, 4);
	ck_assert_mem_eq(c->leg[0].local.ip, state->address[3].addr.ip, 16);
	ck_assert_int_eq(places_give(p, other, 0, &fault), 0);
	ck_assert_ptr_null(other->leg[0].advertised);
	call_close(other);

	/* The next control has another configuration: the call goes by that. */
	conf.interface[1].addresses.advertised[1].ip[3] = 2;
	places_close(p);
	p = places_open(state, &conf);
	ck_assert_int_eq(places_claim(p, c), 0);
	ck_assert_uint_eq(c->leg[0].advertised->ip[3], 2);
	places_close(p);
	memset(&conf, 0, sizeof conf);
	p = places_open(state, &conf);
	ck_assert_int_eq(places_claim(p, c), 0);
	ck_assert_ptr_null(c->leg[0].advertised);
	call_close(c);
}
END_TEST

/* ADDRESS of section INTERFACE is on NAME, and called AS there ("": as it is). */
static void
name(unsigned interface, const char *name, const char *address, const char *as)
{
	struct config_names *list = &conf.interface[interface].names;
	struct config_name *one = &list->name[list->n++];

	strcpy(one->name, name);
	one->addr.family = AF_INET;
	ck_assert_int_eq(inet_pton(AF_INET, address, one->addr.ip), 1);
	if (as[0] == '\0')
		return;
	one->advertised.family = AF_INET;
	ck_assert_int_eq(inet_pton(AF_INET, as, one->advertised.ip), 1);
}

/* A leg that asks for INTERFACE is there, on IS, at an address of those in the state that ends
 * in HOST, and is told TOLD ("": that). */
static void
is_placed(const char *interface, const char *is, unsigned host, const char *told)
{
	struct call *c = call_of(OUTSIDE_4);
	struct leg *l = &c->leg[0];
	char text[INET_ADDRSTRLEN] = "";

	strcpy(l->interface, interface);
	l->family = AF_INET;
	ck_assert_int_eq(places_give(p, c, 0, &fault), 0);
	ck_assert_str_eq(l->interface, is);
	ck_assert_uint_eq(l->local.ip[3], host);
	if (l->advertised != NULL)
		inet_ntop(AF_INET, l->advertised->ip, text, sizeof text);
	ck_assert_str_eq(text, told);
	places_return(p, c, NULL, false, 0);
	call_close(c);
}

START_TEST(an_address_may_be_on_interfaces_of_other_names)
{
	memset(&conf, 0, sizeof conf);
	advertise("outside", 0, "192.0.2.1", "203.0.113.9");
	advertise("inside", 0, "10.0.0.1", "203.0.113.1");
	name(0, "priv", "192.0.2.1", "");
	name(0, "pub", "192.0.2.1", "203.0.113.7");
	name(1, "lan", "10.0.0.1", "");
	/* An IPv4 address is the first. */
	memmove(state->address, state->address + 1,
		--state->addresses * sizeof *state->address);
	places_close(p);
	p = places_open(state, &conf);
	is_placed("", "priv", 1, "203.0.113.9");
	is_placed("outside", "outside", 2, "");
	is_placed("pub", "pub", 1, "203.0.113.7");
	is_placed("lan", "lan", 1, "203.0.113.1");
}
END_TEST

/* As a switch says that goes on while control is started with another name for it. */
START_TEST(a_section_of_another_name_is_known_by_its_address)
{
	memset(&conf, 0, sizeof conf);
	advertise("pub", 0, "192.0.2.1", "203.0.113.9");
	memmove(state->address, state->address + 1,
		--state->addresses * sizeof *state->address);
	places_close(p);
	p = places_open(state, &conf);
	is_placed("pub", "pub", 1, "203.0.113.9");
	is_placed("", "pub", 1, "203.0.113.9");
	is_placed("outside", "outside", 2, "");
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
	tcase_add_test(t, without_a_mesh_nobody_is_in_it);
	tcase_add_test(t, a_leg_of_the_mesh_has_a_session_for_a_port);
	tcase_add_test(t, transports_run_out_too);
	tcase_add_test(t, ports_that_were_used_rest_and_transports_do_not);
	tcase_add_test(t, what_is_kept_is_not_returned);
	tcase_add_test(t, a_closed_stream_takes_no_place_and_gives_back_the_one_it_had);
	tcase_add_test(t, a_call_of_a_record_gets_its_places_or_none);
	tcase_add_test(t, what_has_rested_counts_as_left_when_an_address_is_chosen);
	tcase_add_test(t, a_port_that_rests_does_so_under_the_next_switch_too);
	tcase_add_test(t, a_place_that_does_not_exist_cannot_be_claimed);
	tcase_add_test(t, a_leg_whose_interface_was_renamed_stays_where_it_is);
	tcase_add_test(t, a_call_is_with_one_core_on_whatever_interfaces_it_is);
	tcase_add_test(t, a_leg_that_comes_later_goes_to_the_calls_core);
	tcase_add_test(t, among_cores_with_as_many_transports_any_may_be_the_next);
	tcase_add_test(t, the_core_that_was_relieved_is_the_next_one);
	tcase_add_test(t, ports_of_other_cores_are_given_before_anything_is_refused);
	tcase_add_test(t, a_refused_call_is_no_load);
	tcase_add_test(t, a_call_of_a_record_keeps_its_ports_whoever_they_belong_to_now);
	tcase_add_loop_test(
		t, no_history_gives_a_port_twice_or_refuses_while_one_is_free, 1, 6);
	tcase_add_test(t, a_leg_knows_what_its_address_is_called_outside);
	tcase_add_test(t, an_address_may_be_on_interfaces_of_other_names);
	tcase_add_test(t, a_section_of_another_name_is_known_by_its_address);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
