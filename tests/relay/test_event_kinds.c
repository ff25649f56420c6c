/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/event_kinds.c, and what calls and the switch tell (node_switch.c): each event fits its
 * row. */
#include <check.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "control/log.h"
#include "control/rpc_check.h"
#include "control/rpc_exchange.h"
#include "relay/call.h"
#include "relay/calls.h"
#include "relay/capture.h"
#include "relay/config.h"
#include "relay/core_watch.h"
#include "relay/event_kinds.h"
#include "relay/keeper.h"
#include "relay/node_inside.h"
#include "relay/notify.h"
#include "relay/settings.h"
#include "tests/relay/ask.h"
#include "tests/relay/fake_client.h"

static struct config conf;
static struct event_base *base;
static struct switch_client *sw;
static struct calls *calls;
static struct events *events;
static struct core_watch *watch;
static struct rpc_peer peer; /* it hears everything */

static void
setup(void)
{
	json_t *all = json_pack("[s]", "*");
	const char *unknown;

	log_set_level(LOG_LEVEL_ERROR);
	conf.call_limit = 20;
	base = event_base_new();
	sw = fake_open();
	watch = core_watch_open(base, sw);
	peer.out = evbuffer_new();
	events = events_open(event_kinds);
	ck_assert_int_eq(events_subscribe(events, &peer, all, NULL, &unknown), 0);
	json_decref(all);
	calls = calls_open(&conf, sw, base);
	calls_report(calls, events);
	calls_welcome(calls, SW_FRESH);
	fake_answer_all(sw);
}

static void
teardown(void)
{
	calls_close(calls);
	events_close(events);
	evbuffer_free(peer.out);
	core_watch_close(watch);
	fake_close(sw);
	event_base_free(base);
}

static const struct event_kind *
kind_of(const char *name)
{
	const struct event_kind *k = event_kinds;

	while (k->name != NULL && strcmp(k->name, name) != 0)
		k++;
	return k;
}

/* ---- What node_switch.c needs of the node beside what it tells. ---- */

void
keeper_welcome(struct keeper *k)
{
}

void
keeper_closed(struct keeper *k, const char *why)
{
}

void
keeper_give_up(struct keeper *k)
{
}

void
capture_captured(struct capture *c, const struct sw_captured *m)
{
}

void
capture_switch_lost(struct capture *c)
{
}

void
notify_status(const char *fmt, ...)
{
}

int
node_rpc_open(struct node *n)
{
	return 0;
}

unsigned
settings_differ(const struct config *c, const struct sw_state *st, char *text, size_t room)
{
	return 0;
}

int
switch_client_log_set(struct switch_client *c, uint32_t level, switch_done *done_, void *arg)
{
	return 0;
}

/* ---- What is heard. ---- */

/* The next event must be NAME, and what else it says must fit its row and be EXPECTED. */
static void
hear(const char *name, const char *expected)
{
	static const char *const of_all[] = {"event", "seq", "time", "dropped"};
	char *line = evbuffer_readln(peer.out, NULL, EVBUFFER_EOL_LF), *shown;
	json_t *told, *params, *want = json_loads(expected, 0, NULL), *error = NULL;

	ck_assert_msg(line != NULL, "no %s was told", name);
	told = json_loads(line, 0, NULL);
	params = json_object_get(told, "params");
	ck_assert_str_eq(json_string_value(json_object_get(params, "event")), name);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_int_eq(json_object_del(params, of_all[i]), 0);
	shown = json_dumps(params, JSON_COMPACT);
	ck_assert_msg(rpc_check(kind_of(name)->fields, params, &error) == 0, "%s", shown);
	ck_assert_msg(json_equal(params, want), "%s: %s", name, shown);
	free(shown);
	free(line);
	json_decref(want);
	json_decref(told);
}

static void
hear_nothing(void)
{
	ck_assert_uint_eq(evbuffer_get_length(peer.out), 0);
}

static void
done(void *arg, const struct call *call, const struct fault *fault)
{
	ck_assert_ptr_null(fault);
}

/* An event of KIND about the first transport of call "c". */
static void
report(enum sw_event_kind kind)
{
	const struct stream *s = &calls_find(calls, "c")->leg[0].stream[0];
	struct sw_event ev = {.id = s->id, .slot = s->slot, .kind = kind};

	ev.addr = (struct sw_addr){.family = AF_INET, .port = 4000, .ip = {192, 0, 2, 7}};
	calls_event(calls, &ev);
}

START_TEST(the_life_of_a_call_is_told)
{
	struct call_request asked;

	asked = ask("{'call': 'c', 'legs': [{'name': 'a', 'streams': [{}]}]}");
	calls_create(calls, &asked, done, NULL);
	hear_nothing(); /* the switch has not taken it yet */
	fake_answer_all(sw);
	hear("call.created", "{\"call\": \"c\"}");
	asked = ask("{'call': 'c', 'legs': [{'name': 'a', 'streams': [{'dscp': 4}]}]}");
	calls_update(calls, &asked, done, NULL);
	fake_answer_all(sw);
	hear("call.updated", "{\"call\": \"c\"}");
	calls_delete(calls, "c", NULL, done, NULL);
	fake_answer_all(sw);
	hear("call.ended", "{\"call\": \"c\", \"reason\": \"asked\"}");
	hear_nothing();
}
END_TEST

START_TEST(what_the_switch_sees_of_a_call_is_told)
{
	struct call_request asked;

	asked = ask("{'call': 'c', 'legs': [{'name': 'a', 'streams': [{}]}]}");
	calls_create(calls, &asked, done, NULL);
	fake_answer_all(sw);
	hear("call.created", "{\"call\": \"c\"}");
	report(SW_EV_LATCHED);
	hear("call.source_learned",
		"{\"call\": \"c\", \"leg\": \"a\", \"stream\": 0, \"rtcp\": "
		"false, \"address\": \"192.0.2.7\", \"port\": 4000}");
	report(SW_EV_SECOND_SOURCE);
	hear("call.second_source",
		"{\"call\": \"c\", \"leg\": \"a\", \"stream\": 0, \"rtcp\": "
		"false, \"address\": \"192.0.2.7\", \"port\": 4000}");
	report(SW_EV_REKEYED);
	hear("call.rekeyed",
		"{\"call\": \"c\", \"leg\": \"a\", \"stream\": 0, \"rtcp\": false}");
	report(SW_EV_SSRC_LIMIT);
	hear("call.ssrc_limit",
		"{\"call\": \"c\", \"leg\": \"a\", \"stream\": 0, \"rtcp\": false}");
	report(SW_EV_OLD_KEY_GONE);
	hear_nothing();
}
END_TEST

/* The switch says KIND of number SLOT. */
static void
say(enum sw_event_kind kind, uint32_t slot, uint32_t detail)
{
	struct node node = {
		.client = sw, .calls = calls, .events = events, .core_watch = watch};

	node_switch_calls.event(
		&node, &(struct sw_event){.slot = slot, .kind = kind, .detail = detail});
}

START_TEST(the_work_of_transcode_cores_is_told)
{
	struct sw_transcoder *core = fake_transcoder(sw, 1);

	atomic_store(&core->load, 973);
	atomic_store(&core->complexity, 3);
	say(SW_EV_TRANSCODER, 1, 2);
	hear("transcoder.lowered", "{\"core\": 1, \"load\": 97.3, \"complexity\": 3}");
	say(SW_EV_TRANSCODER, 1, 1);
	hear("transcoder.full", "{\"core\": 1, \"load\": 97.3, \"complexity\": 3}");
	atomic_store(&core->load, 401);
	say(SW_EV_TRANSCODER, 1, 0);
	hear("transcoder.room", "{\"core\": 1, \"load\": 40.1, \"complexity\": 3}");
	atomic_store(&core->complexity, 10);
	say(SW_EV_TRANSCODER, 1, 3);
	hear("transcoder.raised", "{\"core\": 1, \"load\": 40.1, \"complexity\": 10}");
	/* Of a core that there is not, and what a newer switch may say. */
	say(SW_EV_TRANSCODER, FAKE_TRANSCODERS, 1);
	say(SW_EV_TRANSCODER, 0, 4);
	hear_nothing();
}
END_TEST

/* Behind the forwarding core, of which there is one, the transcode cores are counted anew. */
START_TEST(a_stalled_core_is_told_by_its_kind)
{
	say(SW_EV_STALLED, 0, 1);
	hear("core.stalled", "{\"core\": 0, \"stalled\": true}");
	ck_assert(core_watch_is_stalled(watch, 0));
	say(SW_EV_STALLED, 2, 1);
	hear("transcoder.stalled", "{\"core\": 1, \"stalled\": true}");
	say(SW_EV_STALLED, 2, 0);
	hear("transcoder.stalled", "{\"core\": 1, \"stalled\": false}");
	say(SW_EV_LINK, 0, 0);
	hear("device.link", "{\"device\": \"eth0\", \"up\": false}");
	say(SW_EV_LINK, 1, 0);
	hear_nothing();
}
END_TEST

START_TEST(every_kind_says_what_it_is)
{
	for (unsigned i = 0; i < EVENTS; i++) {
		const struct event_kind *k = &event_kinds[i];

		ck_assert_msg(k->name != NULL && k->help != NULL, "row %u", i);
		ck_assert_ptr_eq(kind_of(k->name), k);
		for (const struct rpc_field *f = k->fields; f->name != NULL; f++)
			ck_assert_msg(f->help != NULL, "%s.%s", k->name, f->name);
	}
	ck_assert_ptr_null(event_kinds[EVENTS].name);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("event_kinds");
	TCase *tc = tcase_create("calls");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_life_of_a_call_is_told);
	tcase_add_test(tc, what_the_switch_sees_of_a_call_is_told);
	tcase_add_test(tc, the_work_of_transcode_cores_is_told);
	tcase_add_test(tc, a_stalled_core_is_told_by_its_kind);
	suite_add_tcase(s, tc);
	tc = tcase_create("table");
	tcase_add_test(tc, every_kind_says_what_it_is);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
