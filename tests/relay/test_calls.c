/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/calls.c with what it is made of (commands, places, store, recover, reconcile, seen),
 * against a switch in memory. */
#include <check.h>
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/log.h"
#include "control/note.h"
#include "relay/bridge.h"
#include "relay/calls.h"
#include "relay/config.h"
#include "tests/relay/ask.h"
#include "tests/relay/fake_client.h"
#include "tests/relay/same_stream.h"

static struct event_base *base;
static struct switch_client *sw;
static struct config conf;
static struct calls *calls;

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
	conf.call_limit = 20;
	conf.libsrtp2_calls = 2;
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

/* ---- Requests, and what came of them. ---- */

struct outcome {
	unsigned answers;
	struct fault fault; /* kind FAULT_NONE: done */
	char id[REQUEST_ID];
	unsigned looks; /* of a delete */
};

static void
done(void *arg, const struct call *call, const struct fault *fault)
{
	struct outcome *o = arg;

	o->answers++;
	if (fault != NULL)
		o->fault = *fault;
	if (call != NULL)
		snprintf(o->id, sizeof o->id, "%s", call->id);
}

static void
look(void *arg, const struct call *call)
{
	struct outcome *o = arg;

	o->looks++;
	ck_assert_uint_gt(call->legs, 0);
}

#define TWO_LEGS(id, a, b)                                         \
	"{'call': '" id "', 'legs': [{'name': 'a', 'streams': [" a \
	"]}, {'name': 'b', 'streams': [" b "]}]}"
#define ONE_LEG(id, name, s) \
	"{'call': '" id "', 'legs': [{'name': '" name "', 'streams': [" s "]}]}"
#define PHONE(n) "{'remote': {'address': '192.0.2.1" n "', 'port': 4000}}"
#define SRTP_PHONE(n)                                             \
	"{'remote': {'address': '192.0.2.1" n                     \
	"', 'port': 4000}, 'srtp': {'suite': 'AEAD_AES_128_GCM'," \
	" 'key': '" ASK_KEY_28 "'}}"

static void
begin_create(const char *text, struct outcome *o)
{
	struct call_request r = ask(text);

	memset(o, 0, sizeof *o);
	calls_create(calls, &r, done, o);
}

static void
begin_update(const char *text, struct outcome *o)
{
	struct call_request r = ask(text);

	memset(o, 0, sizeof *o);
	calls_update(calls, &r, done, o);
}

static void
begin_delete(const char *id, struct outcome *o)
{
	memset(o, 0, sizeof *o);
	calls_delete(calls, id, look, done, o);
}

static struct outcome
create(const char *text)
{
	struct outcome o;

	begin_create(text, &o);
	fake_answer_all(sw);
	ck_assert_uint_eq(o.answers, 1);
	return o;
}

static struct outcome
update(const char *text)
{
	struct outcome o;

	begin_update(text, &o);
	fake_answer_all(sw);
	ck_assert_uint_eq(o.answers, 1);
	return o;
}

static struct outcome
end(const char *id)
{
	struct outcome o;

	begin_delete(id, &o);
	fake_answer_all(sw);
	ck_assert_uint_eq(o.answers, 1);
	return o;
}

static void
create_well(const char *text)
{
	struct outcome o = create(text);

	ck_assert_msg(o.fault.kind == FAULT_NONE, "%s: %s", text, o.fault.text);
}

/* ---- What must hold whenever nothing is in flight. ---- */

/* The switch has the transports and flows of the calls, and no others. */
static void
assert_agreement(void)
{
	unsigned streams = 0;

	for (const struct call *c = calls_next(calls, NULL); c != NULL;
		c = calls_next(calls, c->id))
		for (unsigned i = 0; i < c->legs; i++)
			for (unsigned j = 0; j < c->leg[i].streams; j++, streams++) {
				const struct stream *s = &c->leg[i].stream[j];
				struct sw_transport t;
				struct sw_flow f;

				if (s->closed) {
					streams--;
					continue;
				}
				bridge_transport(&c->leg[i], s, &t);
				ck_assert_ptr_nonnull(fake_transport(sw, s->slot));
				ck_assert_mem_eq(fake_transport(sw, s->slot), &t, sizeof t);
				bridge_flow(s, bridge_peer(c, i, j), &f);
				if (fake_flow(sw, s->slot)->id != 0 || f.sinks > 0)
					ck_assert_mem_eq(fake_flow(sw, s->slot), &f, sizeof f);
			}
	ck_assert_uint_eq(fake_count(sw), streams);
}

/* Control dies without a word; a successor finds the switch as it is. */
static void
succeed(void)
{
	fake_orphan(sw, 0);
	calls_close(calls);
	fake_bury(sw);
	calls = calls_open(&conf, sw, base);
	attach(SW_KEPT);
}

/* Names of all calls, in their order. */
static const char *
names(void)
{
	static char text[1024];
	size_t n = 0;

	text[0] = '\0';
	for (const struct call *c = calls_next(calls, NULL); c != NULL;
		c = calls_next(calls, c->id))
		n += (size_t)snprintf(text + n, sizeof text - n, "%s ", c->id);
	return text;
}

/* ---- Create, update, delete. ---- */

START_TEST(a_call_is_answered_when_the_switch_has_acknowledged_all_of_it)
{
	struct outcome o;

	begin_create(TWO_LEGS("c", PHONE("0"), SRTP_PHONE("1")), &o);
	ck_assert_uint_eq(fake_waiting(sw), 4); /* two transports, two flows */
	for (unsigned i = 0; i < 3; i++) {
		fake_answer(sw, 1);
		ck_assert_uint_eq(o.answers, 0);
		ck_assert_ptr_null(calls_find(calls, "c"));
	}
	fake_answer(sw, 1);
	ck_assert_uint_eq(o.answers, 1);
	ck_assert_int_eq(o.fault.kind, FAULT_NONE);
	ck_assert_str_eq(o.id, "c");
	ck_assert_ptr_nonnull(calls_find(calls, "c"));
	assert_agreement();
}
END_TEST

START_TEST(a_leg_lives_at_the_interface_and_of_the_family_that_was_asked_for)
{
	const struct call *c;

	create_well("{'call': 'c', 'legs': [{'name': 'a', 'family': 'ipv6', 'streams': [{}]},"
		    " {'name': 'b', 'interface': 'inside', 'streams': [{}, {'media': "
		    "'video'}]}]}");
	c = calls_find(calls, "c");
	ck_assert_str_eq(c->leg[0].interface, "outside");
	ck_assert_uint_eq(c->leg[0].local.family, AF_INET6);
	ck_assert_uint_eq(c->leg[0].place, 2);
	ck_assert_uint_eq(c->leg[1].place, 3);
	ck_assert_uint_ne(c->leg[1].stream[0].port, c->leg[1].stream[1].port);
	assert_agreement();

	create_well("{'call': 'd', 'legs': [{'name': 'a', 'streams': [{'remote': {'address': "
		    "'2001:db8::7', 'port':"
		    " 4}}]}]}");
	ck_assert_uint_eq(calls_find(calls, "d")->leg[0].place, 2);
}
END_TEST

START_TEST(an_interface_that_cannot_serve_is_named)
{
	struct outcome o = create("{'call': 'c', 'legs': [{'name': 'a', 'interface': 'moon', "
				  "'streams': [{}]}]}");

	ck_assert_int_eq(o.fault.kind, FAULT_NO_INTERFACE);
	ck_assert_str_eq(o.fault.field, "legs[0].interface");
	ck_assert_str_eq(o.fault.got, "moon");
	o = create("{'call': 'c', 'legs': [{'name': 'a', 'interface': 'inside', 'family': "
		   "'ipv6', 'streams': [{}]}]}");
	ck_assert_int_eq(o.fault.kind, FAULT_NO_INTERFACE);
	ck_assert_uint_eq(calls_count(calls), 0);
}
END_TEST

START_TEST(an_update_says_only_what_differs)
{
	unsigned transports, flows;

	create_well(TWO_LEGS("c", PHONE("0"), PHONE("1")));
	transports = fake_sent(sw, SW_TRANSPORT_SET);
	flows = fake_sent(sw, SW_FLOW_SET);
	ck_assert_int_eq(update(ONE_LEG("c", "a", "{}")).fault.kind, FAULT_NONE);
	ck_assert_uint_eq(fake_sent(sw, SW_TRANSPORT_SET), transports);
	ck_assert_int_eq(update(ONE_LEG("c", "a", "{'dscp': 3}")).fault.kind, FAULT_NONE);
	ck_assert_uint_eq(fake_sent(sw, SW_TRANSPORT_SET), transports + 1);
	ck_assert_uint_eq(fake_sent(sw, SW_FLOW_SET), flows);
	ck_assert_int_eq(
		update(ONE_LEG("c", "a", "{'direction': 'inactive'}")).fault.kind, FAULT_NONE);
	ck_assert_uint_eq(fake_sent(sw, SW_TRANSPORT_SET), transports + 1);
	ck_assert_uint_eq(fake_sent(sw, SW_FLOW_SET), flows + 2);
	assert_agreement();
}
END_TEST

START_TEST(a_transport_outlives_every_update)
{
	struct stream_keys keys;
	struct stream before;
	const struct stream *s;

	create_well(ONE_LEG("c", "a", SRTP_PHONE("0")));
	before = kept_stream(&calls_find(calls, "c")->leg[0].stream[0], &keys);
	update(ONE_LEG("c", "b", PHONE("1")));
	update(ONE_LEG("c", "a", "{'srtp': {'rekey': true}}, {'media': 'video'}"));
	s = &calls_find(calls, "c")->leg[0].stream[0];
	ck_assert_uint_eq(s->id, before.id);
	ck_assert_uint_eq(s->slot, before.slot);
	ck_assert_uint_eq(s->port, before.port);
	ck_assert_mem_ne(call_seal(s), call_seal(&before), sizeof(struct sw_key));
	ck_assert_uint_eq(fake_flow(sw, s->slot)->sinks, 1);
	assert_agreement();
}
END_TEST

START_TEST(a_stream_that_is_closed_gives_its_place_back)
{
	const struct stream *s;
	struct stream was;

	create_well(TWO_LEGS(
		"c", PHONE("0") ", {'media': 'video'}", PHONE("1") ", {'media': 'video'}"));
	was = calls_find(calls, "c")->leg[0].stream[1];
	ck_assert_uint_eq(fake_count(sw), 4);
	update(ONE_LEG("c", "a", "{}, {'closed': true}"));
	s = calls_find(calls, "c")->leg[0].stream;
	ck_assert(s[1].closed);
	ck_assert_uint_eq(fake_count(sw), 3);
	ck_assert_uint_eq(
		fake_flow(sw, calls_find(calls, "c")->leg[1].stream[1].slot)->sinks, 0);
	ck_assert_uint_eq(fake_flow(sw, s[0].slot)->sinks, 1);
	assert_agreement();
	succeed();
	assert_agreement();
	update(ONE_LEG("c", "a", "{}, {'closed': false}"));
	s = calls_find(calls, "c")->leg[0].stream;
	ck_assert_uint_ne(s[1].id, was.id);
	ck_assert_uint_ne(s[1].port, was.port); /* which rests */
	ck_assert_uint_eq(
		fake_flow(sw, calls_find(calls, "c")->leg[1].stream[1].slot)->sinks, 1);
	assert_agreement();
}
END_TEST

START_TEST(who_opens_and_closes_does_not_run_out)
{
	create_well(
		"{'call': 'c', 'legs': [{'name': 'a', 'interface': 'inside', 'streams': [{}]}]}");
	for (unsigned i = 0; i < 2 * FAKE_SLOTS; i++)
		ck_assert_int_eq(update(ONE_LEG("c", "a", "{'reopen': true}")).fault.kind,
			i < 499 ? FAULT_NONE : FAULT_NO_PORTS); /* which rest */
	ck_assert_uint_eq(calls_on_core(calls, 0), 1);
	ck_assert_uint_eq(fake_count(sw), 1);
}
END_TEST

/* The request is answered when all packets go by the new one; the old one goes after that. */
START_TEST(a_transport_is_replaced_before_it_goes)
{
	struct stream_keys keys;
	struct stream was;
	const struct stream *s;
	struct outcome o;

	create_well(TWO_LEGS("c", SRTP_PHONE("0"), PHONE("1")));
	was = kept_stream(&calls_find(calls, "c")->leg[0].stream[0], &keys);
	begin_update(ONE_LEG("c", "a", "{'reopen': true}"), &o);
	ck_assert_uint_eq(fake_waiting(sw), 3); /* the new one, and both flows */
	fake_answer(sw, 2);
	ck_assert_uint_eq(o.answers, 0);
	fake_answer(sw, 1);
	ck_assert_uint_eq(o.answers, 1);
	ck_assert_int_eq(o.fault.kind, FAULT_NONE);
	s = &calls_find(calls, "c")->leg[0].stream[0];
	ck_assert(s->id != was.id && s->slot != was.slot && s->port != was.port);
	ck_assert_mem_ne(call_seal(s), call_seal(&was), sizeof(struct sw_key));
	ck_assert_uint_eq(
		fake_flow(sw, calls_find(calls, "c")->leg[1].stream[0].slot)->sink[0].id,
		s->id);
	ck_assert_uint_eq(fake_waiting(sw), 1);
	fake_answer_all(sw);
	ck_assert_ptr_null(fake_transport(sw, was.slot));
	assert_agreement();
}
END_TEST

/* What it has sealed would be forgotten, and it would be set anew under the same key. */
START_TEST(a_refused_replacement_leaves_the_old_one_untouched)
{
	struct stream was;
	unsigned deleted;

	create_well(TWO_LEGS("c", SRTP_PHONE("0"), PHONE("1")));
	was = calls_find(calls, "c")->leg[0].stream[0];
	deleted = fake_sent(sw, SW_TRANSPORT_DEL);
	fake_refuse(sw, SW_FLOW_SET, 0, -ENOMEM);
	ck_assert_int_eq(
		update(ONE_LEG("c", "a", "{'reopen': true}")).fault.kind, FAULT_REFUSED);
	ck_assert_mem_eq(&calls_find(calls, "c")->leg[0].stream[0], &was, sizeof was);
	ck_assert_uint_eq(fake_sent(sw, SW_TRANSPORT_DEL), deleted + 1); /* of the new one */
	assert_agreement();
}
END_TEST

START_TEST(a_call_may_have_no_open_stream)
{
	struct outcome o = create(ONE_LEG("c", "a", "{'closed': true}"));

	ck_assert_int_eq(o.fault.kind, FAULT_NONE);
	ck_assert_uint_eq(fake_count(sw), 0);
	succeed();
	ck_assert_str_eq(names(), "c ");
	fake_lose(sw);
	calls_switch_lost(calls);
	fake_adopt(sw);
	attach(SW_ADOPTED);
	ck_assert_int_eq(
		update(ONE_LEG("c", "a", "{'closed': false}")).fault.kind, FAULT_NONE);
	assert_agreement();
	ck_assert_int_eq(end("c").fault.kind, FAULT_NONE);
}
END_TEST

START_TEST(a_note_waits_with_its_request_and_outlives_control)
{
	struct call_request r = ask(ONE_LEG("c", "a", "{}"));
	struct note *note = note_open("secret", 6);
	struct outcome first, second;

	begin_create(ONE_LEG("c", "a", "{}"), &first);
	memset(&second, 0, sizeof second);
	r.note = note;
	calls_update(calls, &r, done, &second);
	ck_assert_uint_eq(note->holders, 2);
	note_put(note);
	fake_answer_all(sw);
	ck_assert_uint_eq(second.answers, 1);
	ck_assert_ptr_eq(calls_find(calls, "c")->note, note);
	ck_assert_uint_eq(note->holders, 1);
	succeed();
	ck_assert_uint_eq(calls_find(calls, "c")->note->len, 6);
	ck_assert_mem_eq(calls_find(calls, "c")->note->bytes, "secret", 6);
}
END_TEST

START_TEST(a_deleted_call_leaves_nothing)
{
	struct outcome o;

	create_well(TWO_LEGS("c", PHONE("0"), SRTP_PHONE("1")));
	begin_delete("c", &o);
	ck_assert_uint_eq(o.looks, 1);
	ck_assert_uint_eq(o.answers, 0);
	ck_assert_ptr_null(calls_find(calls, "c"));
	fake_answer_all(sw);
	ck_assert_uint_eq(o.answers, 1);
	ck_assert_int_eq(o.fault.kind, FAULT_NONE);
	ck_assert_uint_eq(calls_count(calls), 0);
	ck_assert_uint_eq(fake_count(sw), 0);
	succeed();
	ck_assert_uint_eq(calls_count(calls), 0);
}
END_TEST

START_TEST(a_deletion_is_hurried_where_somebody_waits_for_the_switch)
{
	struct outcome o;

	create_well(TWO_LEGS("c", PHONE("0"), PHONE("1")));
	create_well(TWO_LEGS("d", PHONE("2"), PHONE("3")));
	begin_delete("c", &o);
	ck_assert(fake_hurried(sw));
	o = (struct outcome){0};
	calls_delete_soon(calls, "d", done, &o);
	ck_assert_uint_eq(o.answers, 1);
	ck_assert(!fake_hurried(sw));
	fake_answer_all(sw);
	ck_assert_uint_eq(fake_count(sw), 0);
}
END_TEST

START_TEST(a_call_that_is_not_there_is_unknown)
{
	struct outcome o = update(ONE_LEG("c", "a", "{}"));

	ck_assert_int_eq(o.fault.kind, FAULT_UNKNOWN_CALL);
	o = end("c");
	ck_assert_int_eq(o.fault.kind, FAULT_UNKNOWN_CALL);
	ck_assert_uint_eq(o.looks, 0);
}
END_TEST

START_TEST(an_id_in_use_is_refused)
{
	create_well(ONE_LEG("c", "a", "{}"));
	ck_assert_int_eq(create(ONE_LEG("c", "a", "{}")).fault.kind, FAULT_CALL_EXISTS);
	ck_assert_uint_eq(calls_count(calls), 1);
	assert_agreement();
}
END_TEST

/* ---- Order. ---- */

START_TEST(requests_for_one_call_are_done_in_their_order)
{
	struct outcome o[6];

	begin_create(ONE_LEG("c", "a", "{'dscp': 1}"), &o[0]);
	begin_update(ONE_LEG("c", "a", "{'dscp': 2}"), &o[1]);
	begin_update(ONE_LEG("c", "b", "{}"), &o[2]);
	begin_delete("c", &o[3]);
	begin_create(ONE_LEG("c", "a", "{'dscp': 5}"), &o[4]);
	begin_create(ONE_LEG("c", "a", "{'dscp': 6}"), &o[5]);
	while (fake_waiting(sw) > 0) {
		fake_answer(sw, 1);
		for (unsigned i = 1; i < 6; i++)
			ck_assert_uint_ge(o[i - 1].answers, o[i].answers);
	}
	for (unsigned i = 0; i < 6; i++) {
		ck_assert_uint_eq(o[i].answers, 1);
		ck_assert_int_eq(o[i].fault.kind, i < 5 ? FAULT_NONE : FAULT_CALL_EXISTS);
	}
	ck_assert_uint_eq(calls_find(calls, "c")->leg[0].stream[0].dscp, 5);
	assert_agreement();
}
END_TEST

START_TEST(requests_for_other_calls_do_not_wait)
{
	struct outcome a, b;

	begin_create(ONE_LEG("a", "a", "{}"), &a);
	begin_create(ONE_LEG("b", "a", "{}"), &b);
	ck_assert_uint_eq(fake_waiting(sw), 2);
	fake_answer_all(sw);
	ck_assert_uint_eq(a.answers + b.answers, 2);
}
END_TEST

START_TEST(what_waits_can_be_cancelled_and_what_was_begun_cannot)
{
	struct outcome o[5];

	begin_create(ONE_LEG("c", "a", "{'dscp': 1}"), &o[0]);
	begin_update(ONE_LEG("c", "a", "{'dscp': 2}"), &o[1]);
	begin_update(ONE_LEG("c", "a", "{'dscp': 3}"), &o[2]);
	ck_assert(!calls_cancel(calls, "c", &o[0]));
	ck_assert(!calls_cancel(calls, "other", &o[2]));
	ck_assert(calls_cancel(calls, "c", &o[2]));
	ck_assert(!calls_cancel(calls, "c", &o[2]));
	fake_answer_all(sw);
	ck_assert_uint_eq(o[2].answers, 0);
	ck_assert_uint_eq(calls_find(calls, "c")->leg[0].stream[0].dscp, 2);

	/* The same of what waits for the switch to agree. */
	fake_lose(sw);
	calls_switch_lost(calls);
	fake_adopt(sw);
	calls_welcome(calls, SW_ADOPTED);
	begin_create(ONE_LEG("x", "a", "{}"), &o[3]);
	begin_create(ONE_LEG("y", "a", "{}"), &o[4]);
	ck_assert(calls_cancel(calls, "x", &o[3]));
	fake_answer_all(sw);
	ck_assert_uint_eq(o[3].answers, 0);
	ck_assert_uint_eq(o[4].answers, 1);
	ck_assert_ptr_null(calls_find(calls, "x"));
	ck_assert_ptr_nonnull(calls_find(calls, "y"));
	assert_agreement();
}
END_TEST

START_TEST(when_a_create_fails_what_waited_for_it_learns_it)
{
	struct outcome o[3];

	fake_refuse(sw, SW_TRANSPORT_SET, 0, -ENOMEM);
	begin_create(ONE_LEG("c", "a", "{}"), &o[0]);
	begin_update(ONE_LEG("c", "a", "{}"), &o[1]);
	begin_create(ONE_LEG("c", "a", "{}"), &o[2]);
	fake_answer_all(sw);
	ck_assert_int_eq(o[0].fault.kind, FAULT_REFUSED);
	ck_assert_int_eq(o[1].fault.kind, FAULT_UNKNOWN_CALL);
	ck_assert_int_eq(o[2].fault.kind, FAULT_NONE);
	assert_agreement();
}
END_TEST

/* ---- The switch refuses. ---- */

START_TEST(a_refused_create_leaves_nothing)
{
	/* Each of the four commands in turn. */
	static const struct {
		enum sw_type type;
		unsigned skip;
	} which[] = {{SW_TRANSPORT_SET, 0}, {SW_TRANSPORT_SET, 1}, {SW_FLOW_SET, 0},
		{SW_FLOW_SET, 1}};

	for (size_t i = 0; i < 4; i++) {
		struct outcome o;

		fake_refuse(sw, which[i].type, which[i].skip, -ENOMEM);
		o = create(TWO_LEGS("c", PHONE("0"), SRTP_PHONE("1")));
		ck_assert_int_eq(o.fault.kind, FAULT_REFUSED);
		ck_assert_uint_eq(calls_count(calls), 0);
		ck_assert_uint_eq(fake_count(sw), 0);
	}
	succeed();
	ck_assert_uint_eq(calls_count(calls), 0);
}
END_TEST

START_TEST(a_refused_update_leaves_the_call_as_it_was)
{
	struct stream_keys keys;
	struct stream before;

	create_well(TWO_LEGS("c", PHONE("0"), SRTP_PHONE("1")));
	before = kept_stream(&calls_find(calls, "c")->leg[1].stream[0], &keys);
	fake_refuse(sw, SW_FLOW_SET, 0, -ENOMEM);
	ck_assert_int_eq(update(ONE_LEG("c", "b",
					"{'direction': 'inactive', 'srtp': {'rekey': true}}, "
					"{'media': 'video'}"))
				 .fault.kind,
		FAULT_REFUSED);
	ck_assert_uint_eq(calls_find(calls, "c")->leg[1].streams, 1);
	check_same_stream(&calls_find(calls, "c")->leg[1].stream[0], &before);
	assert_agreement();
	succeed();
	check_same_stream(&calls_find(calls, "c")->leg[1].stream[0], &before);
	assert_agreement();
}
END_TEST

START_TEST(when_the_way_back_fails_too_everything_is_said_again)
{
	struct outcome o, later;

	create_well(ONE_LEG("other", "a", PHONE("2")));
	begin_create(TWO_LEGS("c", PHONE("0"), PHONE("1")), &o);
	fake_refuse(sw, SW_TRANSPORT_SET, 1, -ENOMEM);
	fake_answer(sw, 4);
	ck_assert_int_eq(o.fault.kind, FAULT_REFUSED);
	fake_refuse(sw, SW_TRANSPORT_DEL, 0, -EIO);
	fake_answer(sw, 2);
	/* Now a transport of nobody's is there, and requests wait until it is not. */
	ck_assert_uint_eq(fake_count(sw), 2);
	begin_create(ONE_LEG("later", "a", "{}"), &later);
	event_base_loop(base, EVLOOP_NONBLOCK);
	fake_answer_all(sw);
	ck_assert_uint_eq(later.answers, 1);
	ck_assert_int_eq(later.fault.kind, FAULT_NONE);
	assert_agreement();
}
END_TEST

/* ---- Limits. ---- */

/* The switch is another one, with what CHANGE has done to its figures. */
static void
replace_switch(void (*change)(struct sw_state *st))
{
	fake_lose(sw);
	calls_switch_lost(calls);
	fake_fresh(sw);
	if (change != NULL)
		change(fake_state(sw));
	attach(SW_FRESH);
}

static void
few_ports(struct sw_state *st)
{
	st->address[3].port_last = 30009;
}

#define INSIDE(id) \
	"{'call': '" id "', 'legs': [{'name': 'a', 'interface': 'inside', 'streams': [{}]}]}"

START_TEST(ports_run_out_at_once_and_rest_after_use)
{
	char text[256];

	replace_switch(few_ports);
	for (unsigned i = 0; i < 5; i++) {
		snprintf(text, sizeof text, INSIDE("c%u"), i);
		create_well(text);
	}
	ck_assert_int_eq(create(INSIDE("x")).fault.kind, FAULT_NO_PORTS);
	ck_assert_uint_eq(calls_count(calls), 5);
	/* Half a call must not keep what it had got. */
	ck_assert_int_eq(
		create("{'call': 'y', 'legs': [{'name': 'a', 'streams': [{}]}, {'name': 'b',"
		       " 'interface': 'inside', 'streams': [{}]}]}")
			.fault.kind,
		FAULT_NO_PORTS);
	assert_agreement();
	end("c3");
	ck_assert_int_eq(create(INSIDE("z")).fault.kind, FAULT_NO_PORTS); /* it rests */
}
END_TEST

START_TEST(there_are_no_more_calls_than_the_configuration_says)
{
	char text[256];

	for (unsigned i = 0; i < 20; i++) {
		snprintf(text, sizeof text, ONE_LEG("c%u", "a", "{}"), i);
		create_well(text);
	}
	ck_assert_int_eq(create(ONE_LEG("x", "a", "{}")).fault.kind, FAULT_CALL_LIMIT);
	end("c0");
	create_well(ONE_LEG("x", "a", "{}"));
}
END_TEST

/* Until COUNT calls are left, at most for some ticks of the timer. */
static void
wait_for_calls(unsigned count)
{
	static const struct timeval tick = {0, 100000};

	for (unsigned i = 0; i < 10 && calls_count(calls) != count; i++) {
		event_base_loopexit(base, &tick);
		event_base_dispatch(base);
		fake_answer_all(sw);
	}
}

START_TEST(who_waits_in_vain_is_ended_if_the_configuration_says_so)
{
	struct outcome o;

	conf.timeout_ms[TIMEOUT_SETUP] = 1;
	create(ONE_LEG("c", "a", "{}"));
	wait_for_calls(0);
	ck_assert_ptr_nonnull(calls_find(calls, "c"));
	conf.timeout_ends = true;
	create(ONE_LEG("d", "a", "{}"));
	create("{'call': 'e', 'timeouts': {'setup_ms': 0}, 'legs': [{'name': 'a', 'streams': "
	       "[{}]}]}");
	wait_for_calls(2);
	ck_assert_ptr_null(calls_find(calls, "d"));
	ck_assert_uint_eq(calls_count(calls), 2);
	ck_assert_uint_eq(fake_count(sw), 2);
	ck_assert_uint_eq(calls_sums(calls)->timed_out, 1);
	ck_assert_uint_eq(calls_sums(calls)->deleted, 0);
	o = update(ONE_LEG("d", "a", "{}"));
	ck_assert_int_eq(o.fault.kind, FAULT_UNKNOWN_CALL);
}
END_TEST

START_TEST(no_call_ends_for_want_of_a_switch)
{
	conf.timeout_ends = true;
	create_well(ONE_LEG("c", "a", "{}"));
	fake_lose(sw);
	calls_switch_lost(calls);
	conf.timeout_ms[TIMEOUT_SETUP] = 1;
	calls_configured(calls);
	wait_for_calls(0);
	ck_assert_uint_eq(calls_count(calls), 1);
	fake_adopt(sw);
	attach(SW_ADOPTED);
	wait_for_calls(0);
	ck_assert_uint_eq(calls_count(calls), 0);
}
END_TEST

/* Both parties have been heard, but the one who knows is gone, and so are they. */
START_TEST(a_call_that_nobody_resumes_at_a_fresh_switch_ends)
{
	const struct call *c;

	conf.timeout_ends = true;
	create_well(TWO_LEGS("c", PHONE("0"), PHONE("1")));
	c = calls_find(calls, "c");
	for (unsigned i = 0; i < 2; i++)
		fake_transport_state(sw, c->leg[i].stream[0].slot)->last_seen = 1;
	conf.timeout_ms[TIMEOUT_SETUP] = 1;
	calls_configured(calls);
	wait_for_calls(0);
	ck_assert_uint_eq(calls_count(calls), 1);
	fake_lose(sw);
	calls_switch_lost(calls);
	fake_fresh(sw);
	attach(SW_FRESH);
	wait_for_calls(0);
	ck_assert_uint_eq(calls_count(calls), 0);
}
END_TEST

START_TEST(libsrtp2_carries_only_so_many_srtp_calls)
{
	struct outcome o;

	strcpy(fake_state(sw)->engine, "libsrtp2");
	create_well(ONE_LEG("1", "a", SRTP_PHONE("0")));
	create_well(ONE_LEG("plain", "a", PHONE("1")));
	create_well(ONE_LEG("2", "a", SRTP_PHONE("2")));
	o = create(ONE_LEG("3", "a", SRTP_PHONE("3")));
	ck_assert_int_eq(o.fault.kind, FAULT_CALL_LIMIT);
	ck_assert_ptr_nonnull(strstr(o.fault.text, "libsrtp2"));
	ck_assert_int_eq(
		update(ONE_LEG("plain", "b", SRTP_PHONE("4"))).fault.kind, FAULT_CALL_LIMIT);
	ck_assert_int_eq(update(ONE_LEG("1", "b", SRTP_PHONE("5"))).fault.kind, FAULT_NONE);
	end("2");
	create_well(ONE_LEG("3", "a", SRTP_PHONE("3")));
	ck_assert_int_eq(update(ONE_LEG("3", "a", "{'srtp': {'suite': 'none'}}")).fault.kind,
		FAULT_NONE);
	create_well(ONE_LEG("4", "a", SRTP_PHONE("6")));
	assert_agreement();
}
END_TEST

static void
few_blocks(struct sw_state *st)
{
	st->record_blocks = 3;
}

START_TEST(a_full_store_refuses_and_keeps_what_is_there)
{
	struct outcome o;

	replace_switch(few_blocks);
	create_well(ONE_LEG("c", "a", "{}"));
	create_well(ONE_LEG("d", "a", "{}"));
	create_well(ONE_LEG("e", "a", "{}"));
	o = create(ONE_LEG("f", "a", "{}"));
	ck_assert_int_eq(o.fault.kind, FAULT_CALL_LIMIT);
	/* A new record needs its room before the old one gives way. */
	ck_assert_int_eq(
		update(ONE_LEG("c", "a", "{'dscp': 1}")).fault.kind, FAULT_CALL_LIMIT);
	ck_assert_int_eq(end("e").fault.kind, FAULT_NONE);
	ck_assert_int_eq(update(ONE_LEG("c", "a", "{'dscp': 1}")).fault.kind, FAULT_NONE);
	create_well(ONE_LEG("f", "a", "{}"));
	assert_agreement();
	succeed();
	ck_assert_uint_eq(calls_count(calls), 3);
}
END_TEST

static void
little_of_everything(struct sw_state *st)
{
	st->transports = 4;
	st->record_blocks = 10;
	strcpy(st->engine, "libsrtp2");
}

/* Whatever a request takes it gives back: transports, blocks and the count of SRTP calls, of
 * which there are just enough for one call and a change of it. */
START_TEST(nothing_is_lost_by_failing_and_ending)
{
	conf.libsrtp2_calls = 1;
	replace_switch(little_of_everything);
	for (unsigned i = 0; i < 20; i++) {
		fake_refuse(sw, SW_TRANSPORT_SET, i % 2, -ENOMEM);
		ck_assert_int_eq(create(TWO_LEGS("c", SRTP_PHONE("0"), PHONE("1"))).fault.kind,
			FAULT_REFUSED);
		ck_assert_int_eq(create("{'call': 'c', 'legs': [{'name': 'a', 'streams': "
					"[{}]}, {'name': 'b',"
					" 'interface': 'moon', 'streams': [{}]}]}")
					 .fault.kind,
			FAULT_NO_INTERFACE);
		ck_assert_int_eq(create(ONE_LEG("c", "a", "{}, {}, {}, {}, {}")).fault.kind,
			FAULT_CALL_LIMIT);
		create_well(TWO_LEGS("c", SRTP_PHONE("0"), PHONE("1")));
		fake_refuse(sw, SW_TRANSPORT_SET, 0, -ENOMEM);
		ck_assert_int_eq(
			update(ONE_LEG("c", "b", SRTP_PHONE("1") ", {}, {}")).fault.kind,
			FAULT_REFUSED);
		ck_assert_int_eq(
			update(ONE_LEG("c", "b", SRTP_PHONE("1") ", {}, {}")).fault.kind,
			FAULT_NONE);
		assert_agreement();
		ck_assert_int_eq(end("c").fault.kind, FAULT_NONE);
	}
}
END_TEST

START_TEST(a_draining_node_takes_no_new_calls)
{
	create_well(ONE_LEG("c", "a", "{}"));
	calls_drain(calls, true);
	ck_assert_int_eq(create(ONE_LEG("d", "a", "{}")).fault.kind, FAULT_DRAINING);
	ck_assert_int_eq(update(ONE_LEG("c", "b", "{}")).fault.kind, FAULT_NONE);
	ck_assert_int_eq(end("c").fault.kind, FAULT_NONE);
	ck_assert_uint_eq(calls_count(calls), 0);
}
END_TEST

/* ---- The switch goes and comes. ---- */

START_TEST(without_a_switch_nothing_is_made_and_calls_can_be_ended)
{
	create_well(ONE_LEG("c", "a", "{}"));
	create_well(ONE_LEG("d", "a", "{}"));
	fake_lose(sw);
	calls_switch_lost(calls);
	ck_assert_int_eq(create(ONE_LEG("x", "a", "{}")).fault.kind, FAULT_SWITCH_DOWN);
	ck_assert_int_eq(
		update(ONE_LEG("c", "a", "{'dscp': 1}")).fault.kind, FAULT_SWITCH_DOWN);
	ck_assert_int_eq(end("c").fault.kind, FAULT_NONE);
	ck_assert_str_eq(names(), "d ");
	fake_adopt(sw);
	ck_assert_uint_eq(fake_count(sw), 2);
	attach(SW_ADOPTED);
	ck_assert_uint_eq(fake_count(sw), 1);
	assert_agreement();
	create_well(ONE_LEG("x", "a", "{}"));
}
END_TEST

START_TEST(a_request_that_was_with_the_switch_when_it_died_is_not_done_and_says_so)
{
	struct outcome made, changed, ended, waited;

	create_well(ONE_LEG("c", "a", "{'dscp': 1}"));
	create_well(ONE_LEG("d", "a", "{}"));
	begin_create(TWO_LEGS("x", "{}", "{}"), &made);
	begin_update(ONE_LEG("c", "a", "{'dscp': 2}, {}"), &changed);
	begin_update(ONE_LEG("c", "a", "{'dscp': 3}"), &waited);
	begin_delete("d", &ended);
	fake_answer(sw, 2); /* some of it was done */
	fake_lose(sw);
	calls_switch_lost(calls);
	ck_assert_uint_eq(made.answers + changed.answers + waited.answers + ended.answers, 4);
	ck_assert_int_eq(made.fault.kind, FAULT_SWITCH_DOWN);
	ck_assert_int_eq(changed.fault.kind, FAULT_SWITCH_DOWN);
	ck_assert_int_eq(waited.fault.kind, FAULT_SWITCH_DOWN);
	ck_assert_int_eq(ended.fault.kind, FAULT_NONE);
	ck_assert_str_eq(names(), "c ");
	fake_adopt(sw);
	attach(SW_ADOPTED);
	ck_assert_uint_eq(calls_find(calls, "c")->leg[0].stream[0].dscp, 1);
	ck_assert_uint_eq(calls_find(calls, "c")->leg[0].streams, 1);
	assert_agreement();
}
END_TEST

START_TEST(requests_wait_until_the_switch_agrees)
{
	struct outcome o[3];

	create_well(ONE_LEG("c", "a", "{}"));
	fake_lose(sw);
	calls_switch_lost(calls);
	fake_adopt(sw);
	calls_welcome(calls, SW_ADOPTED);
	begin_create(ONE_LEG("x", "a", "{}"), &o[0]);
	begin_update(ONE_LEG("c", "b", "{}"), &o[1]);
	begin_delete("x", &o[2]);
	ck_assert_uint_eq(o[0].answers, 0);
	fake_answer_all(sw);
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_uint_eq(o[i].answers, 1);
		ck_assert_int_eq(o[i].fault.kind, FAULT_NONE);
	}
	ck_assert_str_eq(names(), "c ");
	assert_agreement();
}
END_TEST

START_TEST(requests_that_wait_for_a_switch_that_dies_again_are_answered)
{
	struct outcome o[2];

	create_well(ONE_LEG("c", "a", "{}"));
	fake_lose(sw);
	calls_switch_lost(calls);
	fake_adopt(sw);
	calls_welcome(calls, SW_ADOPTED);
	begin_create(ONE_LEG("x", "a", "{}"), &o[0]);
	begin_delete("c", &o[1]);
	fake_lose(sw);
	calls_switch_lost(calls);
	ck_assert_int_eq(o[0].fault.kind, FAULT_SWITCH_DOWN);
	ck_assert_int_eq(o[1].fault.kind, FAULT_NONE);
	ck_assert_uint_eq(o[0].answers + o[1].answers, 2);
	fake_adopt(sw);
	attach(SW_ADOPTED);
	assert_agreement();
}
END_TEST

/* Which of its calls' packets were sealed under which number is gone with the old switch. */
START_TEST(a_fresh_switch_seals_under_new_keys)
{
	const struct sw_transport *t;
	struct sw_key plain, before;
	const struct call *c;

	create_well(TWO_LEGS("c", PHONE("0"), SRTP_PHONE("1")));
	c = calls_find(calls, "c");
	plain = *call_seal(&c->leg[0].stream[0]);
	before = *call_seal(&c->leg[1].stream[0]);
	ck_assert_uint_ne(before.suite, SW_SUITE_PLAIN);
	fake_lose(sw);
	calls_switch_lost(calls);
	fake_fresh(sw);
	attach(SW_FRESH);
	t = fake_transport(sw, c->leg[1].stream[0].slot);
	ck_assert_uint_eq(t->seal.suite, before.suite);
	ck_assert_mem_ne(t->seal.key, before.key, 16);
	ck_assert_mem_eq(call_seal(&c->leg[0].stream[0]), &plain, sizeof plain);
	assert_agreement();

	before = t->seal; /* and a successor that takes the memory over keeps them */
	fake_lose(sw);
	calls_switch_lost(calls);
	fake_adopt(sw);
	attach(SW_ADOPTED);
	ck_assert_mem_eq(
		&fake_transport(sw, c->leg[1].stream[0].slot)->seal, &before, sizeof before);
}
END_TEST

START_TEST(a_fresh_switch_is_told_of_all_calls_and_their_records_are_written_anew)
{
	create_well(TWO_LEGS("c", PHONE("0"), SRTP_PHONE("1")));
	create_well(ONE_LEG("d", "a", "{}"));
	fake_lose(sw);
	calls_switch_lost(calls);
	fake_fresh(sw);
	attach(SW_FRESH);
	ck_assert_uint_eq(calls_count(calls), 2);
	assert_agreement();
	succeed();
	ck_assert_uint_eq(calls_count(calls), 2);
	assert_agreement();
}
END_TEST

START_TEST(a_call_whose_address_is_gone_ends_and_the_others_go_on)
{
	create_well("{'call': 'in', 'legs': [{'name': 'a', 'interface': 'inside', 'streams': "
		    "[{}]}]}");
	create_well("{'call': 'both', 'legs': [{'name': 'a', 'streams': [{}]}, {'name': 'b', "
		    "'interface': 'inside',"
		    " 'streams': [{}]}]}");
	create_well(ONE_LEG("out", "a", "{}"));
	fake_lose(sw);
	calls_switch_lost(calls);
	fake_fresh(sw);
	fake_state(sw)->addresses = 3;
	attach(SW_FRESH);
	ck_assert_str_eq(names(), "out ");
	ck_assert_uint_eq(calls_sums(calls)->dropped, 2);
	assert_agreement();
}
END_TEST

START_TEST(addresses_in_another_order_keep_their_calls)
{
	struct sw_local first;

	create_well("{'call': 'c', 'legs': [{'name': 'a', 'interface': 'inside', 'streams': "
		    "[{}]}]}");
	fake_lose(sw);
	calls_switch_lost(calls);
	fake_fresh(sw);
	first = fake_state(sw)->address[0];
	fake_state(sw)->address[0] = fake_state(sw)->address[3];
	fake_state(sw)->address[3] = first;
	attach(SW_FRESH);
	ck_assert_uint_eq(calls_find(calls, "c")->leg[0].place, 0);
	assert_agreement();
}
END_TEST

START_TEST(a_call_that_the_switch_does_not_take_back_ends)
{
	create_well(ONE_LEG("c", "a", "{}"));
	fake_lose(sw);
	calls_switch_lost(calls);
	fake_fresh(sw);
	fake_refuse(sw, SW_TRANSPORT_SET, 0, -EADDRINUSE);
	log_set_level(LOG_LEVEL_ERROR);
	attach(SW_FRESH);
	ck_assert_uint_eq(calls_count(calls), 0);
	assert_agreement();
	create_well(ONE_LEG("c", "a", "{}"));
	assert_agreement();
}
END_TEST

START_TEST(more_calls_than_fit_into_one_window_are_all_said)
{
	char text[128];

	conf.call_limit = 300;
	for (unsigned i = 0; i < 300; i++) {
		snprintf(text, sizeof text, ONE_LEG("c%u", "a", "{}"), i);
		create_well(text);
	}
	replace_switch(NULL);
	ck_assert_uint_eq(calls_count(calls), 300);
	assert_agreement();
}
END_TEST

/* ---- Control dies. ---- */

START_TEST(a_successor_knows_the_call_with_its_keys_and_can_end_it)
{
	struct call *before;
	const struct call *after;

	create_well("{'call': 'c', 'legs': [{'name': 'a', 'family': 'ipv6', 'streams': "
		    "[{'srtp': {'suite':"
		    " 'AES_CM_128_HMAC_SHA1_80', 'key': '" ASK_KEY_30
		    "', 'mki': '01'}}]}, {'name': 'b', 'streams': [{'source':"
		    " 'latch', 'dscp': 5}, {'media': 'image'}]}]}");
	before = call_copy(calls_find(calls, "c"));
	succeed();
	after = calls_find(calls, "c");
	ck_assert_ptr_nonnull(after);
	ck_assert_int_eq(after->created_us, before->created_us);
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_str_eq(after->leg[i].name, before->leg[i].name);
		ck_assert_uint_eq(after->leg[i].streams, before->leg[i].streams);
		for (unsigned j = 0; j < before->leg[i].streams; j++)
			check_same_stream(&after->leg[i].stream[j], &before->leg[i].stream[j]);
	}
	ck_assert_uint_eq(calls_sums(calls)->recovered, 1);
	assert_agreement();
	ck_assert_int_eq(end("c").fault.kind, FAULT_NONE);
	ck_assert_uint_eq(fake_count(sw), 0);
	call_close(before);
}
END_TEST

START_TEST(half_made_calls_are_gone_and_half_changed_ones_as_before)
{
	/* Killed with N of the commands carried out. */
	for (unsigned n = 0; n < 8; n++) {
		struct outcome made, changed, ended;

		create_well(TWO_LEGS("c", "{'dscp': 1}", "{}"));
		create_well(ONE_LEG("d", "a", "{}"));
		begin_create(TWO_LEGS("x", "{}", "{}"), &made);
		begin_update(
			ONE_LEG("c", "a", "{'dscp': 2, 'direction': 'inactive'}"), &changed);
		begin_delete("d", &ended);
		fake_orphan(sw, n);
		succeed();
		ck_assert_str_eq(names(), "c ");
		ck_assert_uint_eq(calls_find(calls, "c")->leg[0].stream[0].dscp, 1);
		assert_agreement();
		teardown();
		setup();
	}
}
END_TEST

START_TEST(a_successor_drops_a_call_whose_address_is_gone_for_good)
{
	create_well(INSIDE("in"));
	create_well(ONE_LEG("out", "a", "{}"));
	fake_state(sw)->addresses = 3;
	succeed();
	ck_assert_str_eq(names(), "out ");
	ck_assert_uint_eq(calls_sums(calls)->dropped, 1);
	ck_assert_uint_eq(calls_sums(calls)->recovered, 1);
	assert_agreement();
	fake_state(sw)->addresses = 4;
	succeed();
	ck_assert_str_eq(names(), "out ");
	ck_assert_uint_eq(calls_sums(calls)->dropped, 0);
}
END_TEST

/* ---- Events. ---- */

START_TEST(what_the_switch_reports_is_remembered_across_updates)
{
	const struct stream *s;
	struct sw_event ev = {
		.kind = SW_EV_SECOND_SOURCE, .addr = {.family = AF_INET, .port = 9}};
	struct outcome o;

	create_well(ONE_LEG("c", "a", "{'source': 'latch'}"));
	s = &calls_find(calls, "c")->leg[0].stream[0];
	ev.id = s->id;
	ev.slot = s->slot;
	calls_event(calls, &ev);
	begin_update(ONE_LEG("c", "a", "{'dscp': 1}"), &o);
	calls_event(calls, &ev); /* meanwhile */
	fake_answer_all(sw);
	ev.kind = SW_EV_LATCHED;
	calls_event(calls, &ev);
	s = &calls_find(calls, "c")->leg[0].stream[0];
	ck_assert_uint_eq(call_seen(s)->second_sources, 2);
	ck_assert_uint_eq(call_seen(s)->latches, 1);

	/* Of others, of nobody, of nonsense. */
	ev.id++;
	calls_event(calls, &ev);
	ev.slot = UINT32_MAX;
	calls_event(calls, &ev);
	ev.id = s->id;
	ev.slot = s->slot;
	ev.kind = 99;
	calls_event(calls, &ev);
	ck_assert_uint_eq(call_seen(s)->latches, 1);
	end("c");
	ev.kind = SW_EV_LATCHED;
	calls_event(calls, &ev);
}
END_TEST

/* ---- The end. ---- */

START_TEST(closing_answers_what_waits_and_lets_the_calls_be)
{
	struct outcome o[3];

	create_well(ONE_LEG("c", "a", "{}"));
	begin_update(ONE_LEG("c", "a", "{'dscp': 1}"), &o[0]);
	begin_update(ONE_LEG("c", "a", "{'dscp': 2}"), &o[1]);
	begin_create(ONE_LEG("d", "a", "{}"), &o[2]);
	calls_close(calls);
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_uint_eq(o[i].answers, 1);
		ck_assert_int_eq(o[i].fault.kind, FAULT_SWITCH_DOWN);
	}
	fake_answer_all(sw); /* the client's last answers come after that */
	calls = calls_open(&conf, sw, base);
	attach(SW_KEPT);
	ck_assert_str_eq(names(), "c ");
	assert_agreement();
}
END_TEST

/* What it was told of the other family is gone with its ports: where RTCP goes, too. */
START_TEST(a_successor_knows_a_party_that_has_changed_its_family)
{
	create_well("{'call': 'c', 'legs': [{'name': 'a', 'streams': [{'remote': {'address': "
		    "'192.0.2.9', 'port': 4000, 'rtcp_address': '192.0.2.8'}}]},"
		    " {'name': 'b', 'streams': [{}]}]}");
	ck_assert_ptr_nonnull(calls_find(calls, "c")->leg[0].stream[0].rtcp);
	ck_assert_int_eq(update("{'call': 'c', 'legs': [{'name': 'a', 'family': 'ipv6', "
				"'streams': [{'reopen': true}]}]}")
				 .fault.kind,
		FAULT_NONE);
	succeed();
	ck_assert_ptr_nonnull(calls_find(calls, "c"));
	ck_assert_uint_eq(calls_find(calls, "c")->leg[0].local.family, AF_INET6);
	ck_assert_uint_eq(calls_find(calls, "c")->leg[0].stream[0].remote.family, 0);
	assert_agreement();
}
END_TEST

/* ---- Everything at random. ---- */

static const char *const streams[] = {"{}", "{'dscp': 1}", "{'direction': 'inactive'}",
	"{'direction': 'sendrecv'}",
	"{'srtp': {'suite': 'AEAD_AES_128_GCM', 'key': '" ASK_KEY_28 "'}}",
	"{'srtp': {'suite': 'none'}}", "{}, {'media': 'video'}", "{'source': 'latch'}",
	"{'remote': {'address': '192.0.2.9', 'port': 4000}}", "{'closed': true}",
	"{'closed': false}", "{'reopen': true}", "{'closed': true}, {'closed': true}"};

static void
any_request(struct outcome *o)
{
	char text[512], id[2] = {(char)('a' + rand() % 6), '\0'};
	const char *s = streams[(unsigned)rand() % (sizeof streams / sizeof *streams)];

	switch (rand() % 4) {
	case 0:
		begin_delete(id, o);
		return;
	case 1:
		snprintf(text, sizeof text,
			"{'call': '%s', 'legs': [{'name': 'a', 'streams': [%s]}, {'name': "
			"'b', 'streams': [{}]}]}",
			id, s);
		begin_create(text, o);
		return;
	default:
		snprintf(text, sizeof text,
			"{'call': '%s', 'legs': [{'name': '%c', 'streams': [%s]}]}", id,
			'a' + rand() % 2, s);
		begin_update(text, o);
	}
}

/* Requests, refusals, deaths of either side in any order: every request is answered exactly
 * once (but by a control that was killed), and in the end the switch holds what the calls say,
 * and so does whoever reads the records. */
START_TEST(whatever_happens_all_sides_agree_in_the_end)
{
	enum { REQUESTS = 8 };
	static struct outcome o[REQUESTS];

	for (unsigned seed = 0; seed < 1500; seed++) {
		char before[1024];
		unsigned n = 0;
		bool killed = false;

		srand(seed);
		while (n < REQUESTS && !killed) {
			switch (rand() % 12) {
			case 0:
				fake_refuse(sw, rand() % 2 ? SW_TRANSPORT_SET : SW_FLOW_SET,
					(unsigned)rand() % 3, -ENOMEM);
				break;
			case 1:
				fake_lose(sw);
				calls_switch_lost(calls);
				if (rand() % 2) {
					any_request(&o[n]);
					ck_assert_uint_eq(o[n++].answers, 1);
				}
				if (rand() % 2) {
					fake_fresh(sw);
					calls_welcome(calls, SW_FRESH);
				} else {
					fake_adopt(sw);
					calls_welcome(calls, SW_ADOPTED);
				}
				break;
			case 2:
				fake_orphan(sw, (unsigned)rand() % 6);
				killed = true;
				break;
			case 3:
			case 4:
			case 5:
				fake_answer(sw, (unsigned)rand() % 6);
				break;
			default:
				any_request(&o[n++]);
			}
		}
		fake_answer_all(sw);
		if (!killed) { /* what is in doubt is said again */
			event_base_loop(base, EVLOOP_NONBLOCK);
			fake_answer_all(sw);
		}
		for (unsigned i = 0; i < n && !killed; i++)
			ck_assert_msg(o[i].answers == 1, "seed %u, request %u", seed, i);
		if (!killed)
			assert_agreement();
		snprintf(before, sizeof before, "%s", names());
		fake_refuse(sw, SW_TRANSPORT_SET, 0, 0);
		succeed();
		if (!killed)
			ck_assert_uint_eq(strlen(before), strlen(names()));
		assert_agreement();

		/* All ports, slots and blocks come back. */
		if (seed % 50 == 49) {
			for (char id[2] = "a"; id[0] < 'g'; id[0]++)
				end(id);
			ck_assert_uint_eq(fake_count(sw), 0);
			ck_assert_uint_eq(calls_count(calls), 0);
		}
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("calls");
	TCase *t = tcase_create("calls");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_call_is_answered_when_the_switch_has_acknowledged_all_of_it);
	tcase_add_test(t, a_leg_lives_at_the_interface_and_of_the_family_that_was_asked_for);
	tcase_add_test(t, an_interface_that_cannot_serve_is_named);
	tcase_add_test(t, an_update_says_only_what_differs);
	tcase_add_test(t, a_transport_outlives_every_update);
	tcase_add_test(t, a_stream_that_is_closed_gives_its_place_back);
	tcase_add_test(t, who_opens_and_closes_does_not_run_out);
	tcase_add_test(t, a_transport_is_replaced_before_it_goes);
	tcase_add_test(t, a_refused_replacement_leaves_the_old_one_untouched);
	tcase_add_test(t, a_call_may_have_no_open_stream);
	tcase_add_test(t, a_note_waits_with_its_request_and_outlives_control);
	tcase_add_test(t, a_deleted_call_leaves_nothing);
	tcase_add_test(t, a_deletion_is_hurried_where_somebody_waits_for_the_switch);
	tcase_add_test(t, a_call_that_is_not_there_is_unknown);
	tcase_add_test(t, an_id_in_use_is_refused);
	tcase_add_test(t, requests_for_one_call_are_done_in_their_order);
	tcase_add_test(t, requests_for_other_calls_do_not_wait);
	tcase_add_test(t, what_waits_can_be_cancelled_and_what_was_begun_cannot);
	tcase_add_test(t, when_a_create_fails_what_waited_for_it_learns_it);
	tcase_add_test(t, a_refused_create_leaves_nothing);
	tcase_add_test(t, a_refused_update_leaves_the_call_as_it_was);
	tcase_add_test(t, when_the_way_back_fails_too_everything_is_said_again);
	tcase_add_test(t, ports_run_out_at_once_and_rest_after_use);
	tcase_add_test(t, there_are_no_more_calls_than_the_configuration_says);
	tcase_add_test(t, who_waits_in_vain_is_ended_if_the_configuration_says_so);
	tcase_add_test(t, no_call_ends_for_want_of_a_switch);
	tcase_add_test(t, a_call_that_nobody_resumes_at_a_fresh_switch_ends);
	tcase_add_test(t, libsrtp2_carries_only_so_many_srtp_calls);
	tcase_add_test(t, a_full_store_refuses_and_keeps_what_is_there);
	tcase_add_test(t, nothing_is_lost_by_failing_and_ending);
	tcase_add_test(t, a_draining_node_takes_no_new_calls);
	tcase_add_test(t, without_a_switch_nothing_is_made_and_calls_can_be_ended);
	tcase_add_test(
		t, a_request_that_was_with_the_switch_when_it_died_is_not_done_and_says_so);
	tcase_add_test(t, requests_wait_until_the_switch_agrees);
	tcase_add_test(t, requests_that_wait_for_a_switch_that_dies_again_are_answered);
	tcase_add_test(
		t, a_fresh_switch_is_told_of_all_calls_and_their_records_are_written_anew);
	tcase_add_test(t, a_fresh_switch_seals_under_new_keys);
	tcase_add_test(t, a_call_whose_address_is_gone_ends_and_the_others_go_on);
	tcase_add_test(t, addresses_in_another_order_keep_their_calls);
	tcase_add_test(t, a_call_that_the_switch_does_not_take_back_ends);
	tcase_add_test(t, more_calls_than_fit_into_one_window_are_all_said);
	tcase_add_test(t, a_successor_knows_the_call_with_its_keys_and_can_end_it);
	tcase_add_test(t, a_successor_knows_a_party_that_has_changed_its_family);
	tcase_add_test(t, a_successor_drops_a_call_whose_address_is_gone_for_good);
	tcase_add_test(t, half_made_calls_are_gone_and_half_changed_ones_as_before);
	tcase_add_test(t, what_the_switch_reports_is_remembered_across_updates);
	tcase_add_test(t, closing_answers_what_waits_and_lets_the_calls_be);
	tcase_add_test(t, whatever_happens_all_sides_agree_in_the_end);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
