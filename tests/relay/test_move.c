/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/move.c with what it is made of: a call between two nodes, each with a switch in
 * memory. */
#include <check.h>
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "control/log.h"
#include "relay/bridge.h"
#include "relay/calls.h"
#include "relay/config.h"
#include "relay/record.h"
#include "tests/relay/ask.h"
#include "tests/relay/fake_client.h"

struct side {
	struct switch_client *sw;
	struct calls *calls;
};

static struct event_base *base;
static struct config conf;
static struct side here, there;

static void
begin(struct side *n)
{
	n->sw = fake_open();
	n->calls = calls_open(&conf, n->sw, base);
	calls_welcome(n->calls, SW_FRESH);
	fake_answer_all(n->sw);
}

static void
end(struct side *n)
{
	calls_close(n->calls);
	fake_close(n->sw);
}

/* Control of N dies with K of its commands carried out; a successor takes over. */
static void
succeed(struct side *n, unsigned k)
{
	fake_orphan(n->sw, k);
	calls_close(n->calls);
	fake_bury(n->sw);
	n->calls = calls_open(&conf, n->sw, base);
	calls_welcome(n->calls, SW_KEPT);
	fake_answer_all(n->sw);
}

static void
setup(void)
{
	log_set_level(LOG_LEVEL_ERROR);
	memset(&conf, 0, sizeof conf);
	conf.call_limit = 20;
	conf.libsrtp2_calls = 2;
	base = event_base_new();
	begin(&here);
	begin(&there);
}

static void
teardown(void)
{
	end(&here);
	end(&there);
	event_base_free(base);
}

/* ---- Requests, and what came of them. ---- */

struct outcome {
	unsigned answers, records;
	struct fault fault; /* kind FAULT_NONE: done */
	size_t len;
	uint8_t record[RECORD_LONG_MAX];
};

static void
done(void *arg, const struct call *call, const struct fault *fault)
{
	struct outcome *o = arg;

	o->answers++;
	ck_assert((call == NULL) == (fault != NULL));
	if (fault != NULL)
		o->fault = *fault;
}

static void
deleted(void *arg, const struct call *call, const struct fault *fault)
{
	++*(unsigned *)arg;
}

static void
take(void *arg, const uint8_t *record, size_t len)
{
	struct outcome *o = arg;

	ck_assert_uint_eq(o->answers, 0);
	o->records++;
	o->len = len;
	memcpy(o->record, record, len);
}

#define CALL                                                                  \
	"{'call': 'c', 'legs': [{'name': 'a', 'streams': [{'srtp': {'suite':" \
	" 'AEAD_AES_128_GCM', 'key': '" ASK_KEY_28                            \
	"'}}, {'media': 'video'}, {'closed': true}]}, {'name': "              \
	"'b', 'streams': [{}]}]}"

/* A call here, of whose first transport 7 packets were taken. */
static void
create(void)
{
	struct call_request r = ask(CALL);
	struct outcome *o = calloc(1, sizeof *o);
	const struct call *c;

	calls_create(here.calls, &r, done, o);
	fake_answer_all(here.sw);
	ck_assert_int_eq(o->fault.kind, FAULT_NONE);
	c = calls_find(here.calls, "c");
	atomic_store(&fake_transport_state(here.sw, c->leg[0].stream[0].slot)->rx_packets, 7);
	free(o);
}

static void
begin_export(struct side *n, struct outcome *o)
{
	memset(o, 0, sizeof *o);
	calls_export(n->calls, "c", take, done, o);
}

static void
begin_import(struct side *n, const struct outcome *from, bool relocate, struct outcome *o)
{
	memset(o, 0, sizeof *o);
	calls_import(n->calls, from->record, from->len, relocate, done, o);
}

static void export(struct side *n, struct outcome *o)
{
	begin_export(n, o);
	fake_answer_all(n->sw);
	ck_assert_uint_eq(o->answers, 1);
	ck_assert_uint_eq(o->records, o->fault.kind == FAULT_NONE);
}

static enum fault_kind
import(struct side *n, const struct outcome *from, bool relocate, struct outcome *o)
{
	begin_import(n, from, relocate, o);
	fake_answer_all(n->sw);
	ck_assert_uint_eq(o->answers, 1);
	return o->fault.kind;
}

static void delete (struct side *n)
{
	unsigned answers = 0;

	calls_delete(n->calls, "c", NULL, deleted, &answers);
	fake_answer_all(n->sw);
	ck_assert_uint_eq(answers, 1);
}

/* ---- What is so. ---- */

/* N has the call, and its switch has all of it, running or stopped. */
static void
expect_call(const struct side *n, bool exported)
{
	const struct call *c = calls_find(n->calls, "c");
	unsigned streams = 0;

	ck_assert_ptr_nonnull(c);
	ck_assert_uint_eq(c->exported, exported);
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
			ck_assert_ptr_nonnull(fake_transport(n->sw, s->slot));
			ck_assert_mem_eq(fake_transport(n->sw, s->slot), &t, sizeof t);
			ck_assert_uint_eq(fake_is_stopped(n->sw, s->slot), exported);
			bridge_flow(s, bridge_peer(c, i, j), &f);
			if (!exported && f.sinks > 0)
				ck_assert_mem_eq(fake_flow(n->sw, s->slot), &f, sizeof f);
		}
	ck_assert_uint_eq(fake_count(n->sw), streams);
}

static void
expect_none(const struct side *n)
{
	ck_assert_ptr_null(calls_find(n->calls, "c"));
	ck_assert_uint_eq(fake_count(n->sw), 0);
}

/* ---- */

START_TEST(a_call_goes_on_elsewhere_as_it_was)
{
	static struct outcome out, in;
	const struct call *was, *is;

	create();
	export(&here, &out);
	ck_assert_int_eq(out.fault.kind, FAULT_NONE);
	expect_call(&here, true);
	ck_assert_int_eq(import(&there, &out, false, &in), FAULT_NONE);
	expect_call(&there, false);
	was = calls_find(here.calls, "c");
	is = calls_find(there.calls, "c");
	ck_assert_int_eq(is->created_us, was->created_us);
	for (unsigned j = 0; j < 2; j++) {
		const struct stream *s = &was->leg[0].stream[j], *t = &is->leg[0].stream[j];

		ck_assert_uint_eq(s->id, t->id);
		ck_assert_uint_eq(s->port, t->port);
		ck_assert_mem_eq(call_seal(s), call_seal(t), sizeof(struct sw_key));
		ck_assert_mem_eq(call_unseal(s), call_unseal(t), sizeof(struct sw_key));
	}
	ck_assert_uint_eq(
		atomic_load(&fake_transport_state(there.sw, is->leg[0].stream[0].slot)
				     ->rx_packets),
		7);
	delete (&here);
	expect_none(&here);
}
END_TEST

/* The switches have nothing to say to it. */
START_TEST(a_call_without_an_open_stream_goes_on_elsewhere_and_comes_home)
{
	static struct outcome out, in, back;
	struct call_request r =
		ask("{'call': 'c', 'legs': [{'name': 'a', 'streams': [{'closed': true}]}]}");

	memset(&out, 0, sizeof out);
	calls_create(here.calls, &r, done, &out);
	ck_assert_int_eq(out.fault.kind, FAULT_NONE);
	export(&here, &out);
	ck_assert_int_eq(out.fault.kind, FAULT_NONE);
	expect_call(&here, true);
	ck_assert_int_eq(import(&there, &out, false, &in), FAULT_NONE);
	expect_call(&there, false);
	ck_assert_int_eq(import(&here, &out, false, &back), FAULT_NONE);
	expect_call(&here, false);
}
END_TEST

START_TEST(with_relocate_it_gets_other_ports_and_keeps_the_rest)
{
	static struct outcome out, in;
	const struct call *was, *is;

	create();
	export(&here, &out);
	ck_assert_int_eq(import(&there, &out, true, &in), FAULT_NONE);
	expect_call(&there, false);
	was = calls_find(here.calls, "c");
	is = calls_find(there.calls, "c");
	ck_assert_uint_eq(is->leg[1].stream[0].id, was->leg[1].stream[0].id);
	ck_assert_str_eq(is->leg[0].interface, was->leg[0].interface);
	ck_assert(is->leg[0].stream[0].port != was->leg[0].stream[0].port ||
		  is->leg[1].stream[0].port != was->leg[1].stream[0].port ||
		  is->leg[0].stream[1].port != was->leg[0].stream[1].port);
}
END_TEST

START_TEST(exported_again_it_says_the_same)
{
	static struct outcome out, again;

	create();
	export(&here, &out);
	export(&here, &again);
	ck_assert_uint_eq(out.len, again.len);
	ck_assert_mem_eq(out.record, again.record, out.len);
	succeed(&here, 0);
	expect_call(&here, true);
	export(&here, &again);
	ck_assert_mem_eq(out.record, again.record, out.len);
}
END_TEST

START_TEST(what_is_exported_cannot_be_changed_but_ended_and_brought_back)
{
	static struct outcome out, o;
	struct call_request r =
		ask("{'call': 'c', 'legs': [{'name': 'a', 'streams': [{'dscp': 1}]}]}");

	create();
	export(&here, &out);
	memset(&o, 0, sizeof o);
	calls_update(here.calls, &r, done, &o);
	ck_assert_int_eq(o.fault.kind, FAULT_EXPORTED);
	ck_assert_int_eq(import(&here, &out, false, &o), FAULT_NONE);
	expect_call(&here, false);
	ck_assert_int_eq(import(&here, &out, false, &o), FAULT_NONE); /* said again */
	ck_assert_uint_eq(fake_sent(here.sw, SW_TRANSPORT_RESUME), 3);
	succeed(&here, 0);
	expect_call(&here, false);
	delete (&here);
	expect_none(&here);
}
END_TEST

/* What the switch sees of an export that control does not survive: the call goes on, or it is
 * exported and says so; a client that has not got the record asks again. */
START_TEST(killed_in_an_export_the_call_runs_on)
{
	static struct outcome o;

	for (unsigned n = 0; n < 4; n++) {
		create();
		begin_export(&here, &o);
		succeed(&here, n);
		ck_assert_uint_eq(o.records, 0);
		expect_call(&here, false);
		delete (&here);
	}
}
END_TEST

START_TEST(killed_in_an_import_before_it_is_written_down_there_is_nothing)
{
	static struct outcome out, in;

	for (unsigned n = 0; n < 3; n++) {
		create();
		export(&here, &out);
		begin_import(&there, &out, false, &in);
		succeed(&there, n);
		expect_none(&there);
		ck_assert_uint_eq(fake_sent(there.sw, SW_FLOW_SET), 0);
		ck_assert_int_eq(import(&there, &out, false, &in), FAULT_NONE);
		expect_call(&there, false);
		delete (&here);
		end(&there);
		begin(&there);
	}
}
END_TEST

/* Nothing leaves before the call is written down; from then on it is ours. */
START_TEST(killed_in_an_import_before_its_flows_are_set_the_call_is_there)
{
	static struct outcome out, in;

	create();
	export(&here, &out);
	begin_import(&there, &out, false, &in);
	ck_assert_uint_eq(fake_waiting(there.sw), 3);
	fake_answer(there.sw, 3);
	ck_assert_uint_eq(fake_sent(there.sw, SW_FLOW_SET), 3);
	ck_assert_uint_eq(in.answers, 0);
	succeed(&there, 0);
	expect_call(&there, false);
}
END_TEST

START_TEST(a_refused_import_leaves_nothing)
{
	static struct outcome out, in;

	create();
	export(&here, &out);
	fake_refuse(there.sw, SW_TRANSPORT_RESUME, 1, -ENOMEM);
	ck_assert_int_eq(import(&there, &out, false, &in), FAULT_REFUSED);
	expect_none(&there);
	/* Nothing has been relayed: its ports need not rest. */
	ck_assert_int_eq(import(&there, &out, false, &in), FAULT_NONE);
	expect_call(&there, false);
}
END_TEST

START_TEST(a_port_that_rests_is_named)
{
	static struct outcome out, in;

	create();
	export(&here, &out);
	ck_assert_int_eq(import(&there, &out, false, &in), FAULT_NONE);
	delete (&there);
	ck_assert_int_eq(import(&there, &out, false, &in), FAULT_NO_PLACE);
	ck_assert_str_eq(in.fault.field, "legs[0].streams[0].local.port");
	ck_assert_int_eq(import(&there, &out, true, &in), FAULT_NONE);
	expect_call(&there, false);
}
END_TEST

/* Retried when there is one again, as its answer advises. */
START_TEST(a_switch_that_dies_in_an_import_is_no_obstacle_to_the_next)
{
	static struct outcome out, in;

	for (unsigned n = 0; n < 3; n++) {
		create();
		export(&here, &out);
		begin_import(&there, &out, false, &in);
		fake_answer(there.sw, n);
		fake_lose(there.sw);
		calls_switch_lost(there.calls);
		ck_assert_int_eq(in.fault.kind, FAULT_SWITCH_DOWN);
		fake_adopt(there.sw);
		calls_welcome(there.calls, SW_ADOPTED);
		ck_assert_int_eq(import(&there, &out, false, &in), FAULT_NONE);
		expect_call(&there, false);
		delete (&here);
		end(&there);
		begin(&there);
	}
}
END_TEST

START_TEST(a_refused_export_lets_the_call_run)
{
	static struct outcome out;

	create();
	fake_refuse(here.sw, SW_TRANSPORT_STOP, 1, -ENOMEM);
	export(&here, &out);
	ck_assert_int_eq(out.fault.kind, FAULT_REFUSED);
	event_base_loop(base, EVLOOP_NONBLOCK);
	fake_answer_all(here.sw);
	expect_call(&here, false);
}
END_TEST

START_TEST(a_switch_that_dies_in_an_export_leaves_it_undone)
{
	static struct outcome out;

	create();
	begin_export(&here, &out);
	fake_answer(here.sw, 1);
	fake_lose(here.sw);
	calls_switch_lost(here.calls);
	ck_assert_int_eq(out.fault.kind, FAULT_SWITCH_DOWN);
	fake_adopt(here.sw);
	calls_welcome(here.calls, SW_ADOPTED);
	fake_answer_all(here.sw);
	expect_call(&here, false);
	export(&here, &out);
	fake_lose(here.sw);
	calls_switch_lost(here.calls);
	fake_adopt(here.sw);
	calls_welcome(here.calls, SW_ADOPTED);
	fake_answer_all(here.sw);
	expect_call(&here, true);
}
END_TEST

/* With the memory of the switch the numbers are gone; it may run elsewhere under its keys. */
START_TEST(an_exported_call_does_not_outlive_the_memory)
{
	static struct outcome out;

	create();
	export(&here, &out);
	fake_lose(here.sw);
	calls_switch_lost(here.calls);
	fake_fresh(here.sw);
	calls_welcome(here.calls, SW_FRESH);
	fake_answer_all(here.sw);
	expect_none(&here);
}
END_TEST

START_TEST(another_call_of_the_id_is_in_the_way)
{
	static struct outcome out, in;

	create();
	export(&here, &out);
	delete (&here);
	create();
	ck_assert_int_eq(import(&here, &out, true, &in), FAULT_CALL_EXISTS);
	expect_call(&here, false);
}
END_TEST

/* The party speaks with an address that is this node's own. */
START_TEST(a_call_with_a_party_in_the_mesh_stays)
{
	static struct outcome out, in;
	struct call_request r =
		ask("{'call': 'c', 'legs': [{'name': 'm', 'type': 'vomp', 'did': '12345'}]}");
	static const struct call_history none;
	struct call_history h = none;
	const struct call *c;

	end(&here);
	here.sw = fake_open();
	fake_mesh(here.sw);
	here.calls = calls_open(&conf, here.sw, base);
	calls_welcome(here.calls, SW_FRESH);
	fake_answer_all(here.sw);
	memset(&out, 0, sizeof out);
	calls_create(here.calls, &r, done, &out);
	fake_answer_all(here.sw);
	ck_assert_int_eq(out.fault.kind, FAULT_NONE);
	expect_call(&here, false);
	export(&here, &out);
	ck_assert_int_eq(out.fault.kind, FAULT_BAD_REQUEST);
	ck_assert_str_eq(out.fault.field, "call");
	expect_call(&here, false);
	/* Nor does one come from elsewhere. */
	c = calls_find(here.calls, "c");
	h.of[0][0].id = c->leg[0].stream[0].id;
	out.len = (size_t)record_encode(c, &h, out.record, sizeof out.record);
	ck_assert_int_eq(import(&there, &out, true, &in), FAULT_BAD_REQUEST);
	ck_assert_str_eq(in.fault.field, "record");
	expect_none(&there);
	/* A successor has it again. */
	succeed(&here, 0);
	expect_call(&here, false);
	ck_assert_str_eq(calls_find(here.calls, "c")->leg[0].mesh->did, "12345");
}
END_TEST

START_TEST(addresses_that_are_not_ours_are_named)
{
	static struct outcome out, in;

	create();
	export(&here, &out);
	end(&there);
	there.sw = fake_open();
	fake_state(there.sw)->addresses = 1;
	fake_state(there.sw)->address[0].addr.ip[3] = 77;
	there.calls = calls_open(&conf, there.sw, base);
	calls_welcome(there.calls, SW_FRESH);
	fake_answer_all(there.sw);
	ck_assert_int_eq(import(&there, &out, false, &in), FAULT_NO_PLACE);
	ck_assert_str_eq(in.fault.field, "legs[0].local.address");
	expect_none(&there);
	ck_assert_int_eq(import(&there, &out, true, &in), FAULT_NONE);
	expect_call(&there, false);
}
END_TEST

START_TEST(what_is_no_long_record_is_refused)
{
	static struct outcome out, in;
	static struct call_history known;
	const struct call *c;
	ssize_t len;

	create();
	export(&here, &out);
	out.record[4]++;
	ck_assert_int_eq(import(&there, &out, false, &in), FAULT_BAD_REQUEST);
	ck_assert_str_eq(in.fault.field, "record");
	out.record[4]--;
	out.len--;
	ck_assert_int_eq(import(&there, &out, false, &in), FAULT_BAD_REQUEST);
	out.len = 0;
	ck_assert_int_eq(import(&there, &out, false, &in), FAULT_BAD_REQUEST);
	/* Without histories numbers would begin anew. */
	len = record_encode(calls_find(here.calls, "c"), NULL, out.record, sizeof out.record);
	out.len = (size_t)len;
	ck_assert_int_eq(import(&there, &out, false, &in), FAULT_BAD_REQUEST);
	/* Nor does it say whose numbers they are if it names other keys. */
	c = calls_find(here.calls, "c");
	known.of[0][0].id = c->leg[0].stream[0].id;
	known.of[0][1].id = c->leg[0].stream[1].id;
	known.of[1][0].id = c->leg[1].stream[0].id;
	len = record_encode(c, &known, out.record, sizeof out.record);
	out.len = (size_t)len;
	ck_assert_int_eq(import(&there, &out, false, &in), FAULT_BAD_REQUEST);
	ck_assert_str_eq(in.fault.field, "record");
	known.of[0][0].unseal[0] = *call_unseal(&c->leg[0].stream[0]);
	len = record_encode(c, &known, out.record, sizeof out.record);
	out.len = (size_t)len;
	out.record[11] = 0xff; /* the id: nobody could ever ask for this one */
	ck_assert_int_eq(import(&there, &out, false, &in), FAULT_BAD_REQUEST);
	expect_none(&there);
	out.record[11] = 'c';
	ck_assert_int_eq(import(&there, &out, false, &in), FAULT_NONE);
}
END_TEST

START_TEST(limits_hold_for_imports_too)
{
	static struct outcome out, in;

	create();
	export(&here, &out);
	calls_drain(there.calls, true);
	ck_assert_int_eq(import(&there, &out, false, &in), FAULT_DRAINING);
	calls_drain(there.calls, false);
	strcpy(fake_state(there.sw)->engine, "libsrtp2");
	conf.libsrtp2_calls = 0;
	ck_assert_int_eq(import(&there, &out, false, &in), FAULT_CALL_LIMIT);
	conf.libsrtp2_calls = 1;
	ck_assert_int_eq(import(&there, &out, false, &in), FAULT_NONE);
}
END_TEST

START_TEST(closing_answers_what_is_on_its_way)
{
	static struct outcome out, in;

	create();
	export(&here, &out);
	begin_import(&there, &out, false, &in);
	begin_export(&here, &out);
	calls_close(here.calls);
	calls_close(there.calls);
	ck_assert_int_eq(in.fault.kind, FAULT_SWITCH_DOWN);
	ck_assert_int_eq(out.fault.kind, FAULT_SWITCH_DOWN);
	fake_answer_all(here.sw);
	fake_answer_all(there.sw);
	here.calls = there.calls = NULL;
}
END_TEST

/* ---- The way home. ---- */

/* What N's switch has sealed by the first transport of its call. */
static struct sw_tx_ssrc *
sealed(const struct side *n)
{
	const struct call *c = calls_find(n->calls, "c");

	return &fake_transport_state(n->sw, c->leg[0].stream[0].slot)->tx;
}

static void
seal_up_to(const struct side *n, uint64_t rtp, uint32_t rtcp)
{
	*sealed(n) =
		(struct sw_tx_ssrc){.state = 3, .ssrc = 7, .highest = rtp, .rtcp_index = rtcp};
}

static void
set_dscp(struct side *n, bool marked)
{
	struct call_request r =
		marked ? ask("{'call': 'c', 'legs': [{'name': 'a', 'streams': [{'dscp': 1}]}]}")
		       : ask("{'call': 'c', 'legs': [{'name': 'a', 'streams': [{'dscp': 2}]}]}");
	static struct outcome o;

	memset(&o, 0, sizeof o);
	calls_update(n->calls, &r, done, &o);
	fake_answer_all(n->sw);
	ck_assert_int_eq(o.fault.kind, FAULT_NONE);
}

static void
expect_sealed(const struct side *n, uint64_t rtp, uint32_t rtcp, uint8_t dscp)
{
	expect_call(n, false);
	ck_assert_uint_eq(atomic_load(&sealed(n)->highest), rtp);
	ck_assert_uint_eq(sealed(n)->rtcp_index, rtcp);
	ck_assert_uint_eq(calls_find(n->calls, "c")->leg[0].stream[0].dscp, dscp);
}

/* The call goes there, is sealed and changed there, and comes out again as BACK. */
static void
go_there_and_leave(struct outcome *first, struct outcome *back)
{
	static struct outcome in;

	create();
	seal_up_to(&here, 100, 10);
	export(&here, first);
	ck_assert_int_eq(import(&there, first, false, &in), FAULT_NONE);
	seal_up_to(&there, 200, 20);
	set_dscp(&there, true);
	export(&there, back);
	ck_assert_int_eq(back->fault.kind, FAULT_NONE);
}

START_TEST(home_again_it_goes_on_from_where_it_was)
{
	static struct outcome first, back, in;
	uint16_t port;

	go_there_and_leave(&first, &back);
	port = calls_find(here.calls, "c")->leg[0].stream[0].port;
	ck_assert_int_eq(import(&here, &back, false, &in), FAULT_NONE);
	expect_sealed(&here, 200, 20, 1);
	ck_assert_uint_eq(calls_find(here.calls, "c")->leg[0].stream[0].port, port);
	succeed(&here, 0);
	expect_sealed(&here, 200, 20, 1);
	/* And from here on the record of before is an old one. */
	seal_up_to(&here, 300, 30);
	set_dscp(&here, false);
	export(&here, &in);
	ck_assert_int_eq(import(&here, &first, false, &in), FAULT_NONE);
	expect_sealed(&here, 300, 30, 2);
}
END_TEST

START_TEST(killed_on_its_way_home_it_comes_home_with_the_same_record)
{
	static struct outcome first, back, in;

	for (unsigned n = 0; n < 10; n++) {
		go_there_and_leave(&first, &back);
		begin_import(&here, &back, false, &in);
		for (unsigned i = 0; i < n; i++)
			fake_answer(here.sw, 1);
		if (in.answers == 0)
			succeed(&here, n % 2);
		ck_assert_int_eq(import(&here, &back, false, &in), FAULT_NONE);
		expect_sealed(&here, 200, 20, 1);
		delete (&here);
		delete (&there);
		end(&here);
		end(&there);
		begin(&here);
		begin(&there);
	}
}
END_TEST

START_TEST(what_went_on_in_two_places_does_not_come_home)
{
	static struct outcome first, back, in;

	go_there_and_leave(&first, &back);
	ck_assert_int_eq(import(&here, &first, false, &in), FAULT_NONE);
	seal_up_to(&here, 150, 50);
	export(&here, &first);
	ck_assert_int_eq(import(&here, &back, false, &in), FAULT_CALL_EXISTS);
	ck_assert_str_eq(in.fault.field, "record");
	expect_call(&here, true);
	ck_assert_uint_eq(atomic_load(&sealed(&here)->highest), 150);
}
END_TEST

START_TEST(home_from_other_ports_it_must_be_said_that_they_change)
{
	static struct outcome first, back, in;

	create();
	export(&here, &first);
	ck_assert_int_eq(import(&there, &first, true, &in), FAULT_NONE);
	seal_up_to(&there, 200, 20);
	export(&there, &back);
	ck_assert_int_eq(import(&here, &back, false, &in), FAULT_NO_PLACE);
	expect_call(&here, true);
	ck_assert_int_eq(import(&here, &back, true, &in), FAULT_NONE);
	expect_call(&here, false);
	ck_assert_uint_eq(atomic_load(&sealed(&here)->highest), 200);
}
END_TEST

START_TEST(refused_on_its_way_home_it_stays_exported)
{
	static struct outcome first, back, in;

	go_there_and_leave(&first, &back);
	fake_refuse(here.sw, SW_TRANSPORT_RESUME, 1, -ENOMEM);
	ck_assert_int_eq(import(&here, &back, false, &in), FAULT_REFUSED);
	event_base_loop(base, EVLOOP_NONBLOCK);
	fake_answer_all(here.sw);
	expect_call(&here, true);
	ck_assert_int_eq(import(&here, &back, false, &in), FAULT_NONE);
	expect_sealed(&here, 200, 20, 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("move");
	TCase *t = tcase_create("move");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_call_goes_on_elsewhere_as_it_was);
	tcase_add_test(t, a_call_without_an_open_stream_goes_on_elsewhere_and_comes_home);
	tcase_add_test(t, with_relocate_it_gets_other_ports_and_keeps_the_rest);
	tcase_add_test(t, exported_again_it_says_the_same);
	tcase_add_test(t, what_is_exported_cannot_be_changed_but_ended_and_brought_back);
	tcase_add_test(t, killed_in_an_export_the_call_runs_on);
	tcase_add_test(t, killed_in_an_import_before_it_is_written_down_there_is_nothing);
	tcase_add_test(t, killed_in_an_import_before_its_flows_are_set_the_call_is_there);
	tcase_add_test(t, a_refused_import_leaves_nothing);
	tcase_add_test(t, a_port_that_rests_is_named);
	tcase_add_test(t, a_switch_that_dies_in_an_import_is_no_obstacle_to_the_next);
	tcase_add_test(t, a_refused_export_lets_the_call_run);
	tcase_add_test(t, a_switch_that_dies_in_an_export_leaves_it_undone);
	tcase_add_test(t, an_exported_call_does_not_outlive_the_memory);
	tcase_add_test(t, another_call_of_the_id_is_in_the_way);
	tcase_add_test(t, a_call_with_a_party_in_the_mesh_stays);
	tcase_add_test(t, addresses_that_are_not_ours_are_named);
	tcase_add_test(t, what_is_no_long_record_is_refused);
	tcase_add_test(t, limits_hold_for_imports_too);
	tcase_add_test(t, closing_answers_what_is_on_its_way);
	tcase_add_test(t, home_again_it_goes_on_from_where_it_was);
	tcase_add_test(t, killed_on_its_way_home_it_comes_home_with_the_same_record);
	tcase_add_test(t, what_went_on_in_two_places_does_not_come_home);
	tcase_add_test(t, home_from_other_ports_it_must_be_said_that_they_change);
	tcase_add_test(t, refused_on_its_way_home_it_stays_exported);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
