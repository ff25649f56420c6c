/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/stats_codecs.c and methods_codecs.c: what is said of codecs, of what becomes of
 * payloads, and of transcode cores. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "relay/call.h"
#include "relay/sampler.h"
#include "tests/relay/fake_client.h"
#include "tests/relay/fake_node.h"

#define CALL                                                                                 \
	"{'call': 'c', 'codecs': {'deny': ['G722', 'other'], 'prefer': ['opus']}, 'legs': [" \
	"{'name': 'a', 'streams': [{'codecs': [{'name': 'PCMU'}, {'name': 'EVS', "           \
	"'payload_type': 97, 'clock': 16000}], 'gain_db': -3.5}]}, {'name': 'b', "           \
	"'streams': [{'codecs': [{'name': 'opus', 'payload_type': 96, 'fmtp': "              \
	"'useinbandfec=1'}], 'fill': true}]}]}"
/* Of this the codecs alone decide what becomes. */
#define PLAIN                                                                                 \
	"{'call': 'c', 'legs': [{'name': 'a', 'streams': [{'codecs': [{'name': 'PCMU'}]}]}, " \
	"{'name': 'b', 'streams': [{'codecs': [{'name': 'opus', 'payload_type': 96}]}]}]}"
#define A "legs.0.streams.0."
#define B "legs.1.streams.0."

/* What the switch knows of what the party of leg LEG says. */
static struct sw_bridge_state *
bridge_state(unsigned leg)
{
	const struct stream *s = &calls_find(calls, "c")->leg[leg].stream[0];
	struct sw_bridge_state *st = fake_bridge_state(sw, s->slot);

	atomic_store(&st->id, s->id);
	return st;
}

START_TEST(call_get_shows_what_was_agreed)
{
	json_t *r;

	json_decref(result("call.create", CALL));
	r = result("call.get", "{'call': 'c'}");
	ck_assert_str_eq(text_at(r, A "codecs.0.name"), "PCMU");
	ck_assert_int_eq(number_at(r, A "codecs.0.payload_type"), 0);
	ck_assert_int_eq(number_at(r, A "codecs.0.clock"), 8000);
	ck_assert_int_eq(number_at(r, A "codecs.0.ptime"), 20);
	ck_assert(json_is_true(at(r, A "codecs.0.used")));
	ck_assert_str_eq(text_at(r, A "codecs.1.name"), "EVS");
	ck_assert_ptr_null(at(r, A "codecs.1.ptime"));
	ck_assert(json_is_false(at(r, A "codecs.1.used")));
	ck_assert_double_eq_tol(json_number_value(at(r, A "gain_db")), -3.5, 1e-9);
	ck_assert_ptr_null(at(r, A "fill"));
	ck_assert_int_eq(number_at(r, B "codecs.0.clock"), 48000);
	ck_assert_int_eq(number_at(r, B "codecs.0.channels"), 2);
	ck_assert_ptr_nonnull(strstr(text_at(r, B "codecs.0.fmtp"), "useinbandfec=1"));
	ck_assert(json_is_true(at(r, B "fill")));
	ck_assert_ptr_null(at(r, B "gain_db"));
	ck_assert_str_eq(text_at(r, "codecs.deny.0"), "other");
	ck_assert_str_eq(text_at(r, "codecs.deny.1"), "G722");
	ck_assert_str_eq(text_at(r, "codecs.prefer.0"), "opus");
	ck_assert_ptr_null(at(r, "codecs.allow"));
	json_decref(r);
}
END_TEST

START_TEST(call_get_says_what_becomes_of_payloads)
{
	struct sw_bridge_state *st;
	json_t *r;

	json_decref(result("call.create", CALL));
	r = result("call.get", "{'call': 'c'}");
	ck_assert_str_eq(text_at(r, A "coding"),
		"PCMU 20 ms -> opus 20 ms at 8 kHz, -3.5 dB, transcode core 0, window 0 ms");
	/* Nothing has come. */
	ck_assert_uint_eq(json_object_size(at(r, A "transcode")), 1);
	json_decref(r);

	st = bridge_state(0);
	atomic_store(&st->window_us, 17000);
	atomic_store(&st->level_db10, -261);
	atomic_store(&st->cycles, 3000000); /* of 1 GHz */
	atomic_store(&st->frames, 11);
	atomic_store(&st->concealed, 3);
	atomic_store(&st->recovered, 2);
	atomic_store(&st->late, 1);
	atomic_store(&st->lost, 5);
	atomic_store(&st->clipped, 9);
	r = result("call.get", "{'call': 'c'}");
	ck_assert_ptr_nonnull(strstr(text_at(r, A "coding"), "window 17 ms"));
	ck_assert_int_eq(number_at(r, A "transcode.window_ms"), 17);
	ck_assert_double_eq_tol(json_number_value(at(r, A "transcode.level_db")), -26.1, 1e-9);
	ck_assert_double_eq_tol(json_number_value(at(r, A "transcode.busy_ms")), 3, 1e-9);
	ck_assert_int_eq(number_at(r, A "transcode.frames"), 11);
	ck_assert_int_eq(number_at(r, A "transcode.concealed"), 3);
	ck_assert_int_eq(number_at(r, A "transcode.recovered"), 2);
	ck_assert_int_eq(number_at(r, A "transcode.late"), 1);
	ck_assert_int_eq(number_at(r, A "transcode.lost"), 5);
	ck_assert_int_eq(number_at(r, A "transcode.clipped"), 9);
	json_decref(r);

	/* Of whoever had the slot before nothing is said. */
	atomic_store(&st->id, 1);
	r = result("call.get", "{'call': 'c'}");
	ck_assert_uint_eq(json_object_size(at(r, A "transcode")), 1);
	json_decref(r);
}
END_TEST

static json_t *
update(const char *leg, const char *stream)
{
	char text[256];

	snprintf(text, sizeof text,
		"{'call': 'c', 'legs': [{'name': '%s', 'streams': [{%s}]}]}", leg, stream);
	json_decref(result("call.update", text));
	return result("call.get", "{'call': 'c'}");
}

/* Of a call that is held, of one that needs no transcoding any more, and of one that needs it
 * again. */
START_TEST(figures_stay_when_transcoding_ends)
{
	static const struct {
		const char *leg, *stream;
		bool is_transcoded;
	} changes[] = {{"b", "'direction': 'inactive'", false},
		{"b", "'direction': 'sendrecv'", true},
		{"b", "'codecs': [{'name': 'PCMU'}]", false},
		{"b", "'codecs': [{'name': 'opus', 'payload_type': 96}]", true}};
	json_t *r;

	json_decref(result("call.create", PLAIN));
	for (unsigned i = 0; i < sizeof changes / sizeof *changes; i++) {
		atomic_store(&bridge_state(0)->frames, 100 + i);
		r = update(changes[i].leg, changes[i].stream);
		ck_assert_int_eq(number_at(r, A "transcode.frames"), 100 + i);
		ck_assert_int_eq(number_at(r, A "transcode.core"), 0);
		ck_assert_int_eq(at(r, A "coding") != NULL, changes[i].is_transcoded);
		json_decref(r);
	}
}
END_TEST

/* What goes back to its party needs no codec. */
START_TEST(an_echo_is_not_said_to_be_transcoded)
{
	json_t *r;

	json_decref(result("call.create", PLAIN));
	/* Nothing has been through the codecs, and nothing is to. */
	atomic_store(&bridge_state(0)->id, 1);
	r = update("a", "'echo': true");
	ck_assert_ptr_null(at(r, A "coding"));
	ck_assert_ptr_null(at(r, A "transcode"));
	ck_assert_ptr_nonnull(at(r, B "transcode")); /* which is not echoed */
	json_decref(r);
}
END_TEST

START_TEST(what_passes_has_no_figures)
{
	json_t *r;

	json_decref(result("call.create",
		"{'call': 'c', 'legs': [{'name': 'a', 'streams': [{'codecs': [{'name': "
		"'PCMU'}]}]}, {'name': 'b', 'streams': [{'codecs': [{'name': 'PCMU'}]}]}]}"));
	r = result("call.get", "{'call': 'c'}");
	ck_assert_ptr_nonnull(at(r, A "codecs"));
	ck_assert_ptr_null(at(r, A "coding"));
	ck_assert_ptr_null(at(r, A "transcode"));
	json_decref(r);
}
END_TEST

START_TEST(the_sums_grow_with_each_look)
{
	json_t *r;

	json_decref(result("call.create", CALL));
	atomic_store(&bridge_state(0)->frames, 100);
	atomic_store(&bridge_state(0)->concealed, 4);
	atomic_store(&bridge_state(1)->frames, 50);
	json_decref(result("call.delete", "{'call': 'c'}"));
	r = result("stats.get", "{}");
	ck_assert_int_eq(number_at(r, "rtp.decoded"), 150);
	ck_assert_int_eq(number_at(r, "rtp.concealed"), 4);
	ck_assert_int_eq(number_at(r, "rtp.recovered"), 0);
	json_decref(r);
}
END_TEST

/* The mean over looks at directions that are at work. */
START_TEST(windows_are_summed_over_looks)
{
	const struct quality_sums *sums;

	json_decref(result("call.create", PLAIN));
	atomic_store(&bridge_state(0)->frames, 100);
	atomic_store(&bridge_state(0)->window_us, 17500);
	atomic_store(&bridge_state(1)->window_us, 40000);
	json_decref(result("call.delete", "{'call': 'c'}"));
	sums = sampler_sums(calls_sampler(calls));
	ck_assert_uint_eq(sums->window_looks, 1);
	ck_assert_uint_eq(sums->window_ms, 17);
}
END_TEST

/* What was transcoded between the last look and the end of transcoding counts, too. */
START_TEST(the_sums_take_what_was_transcoded_before_a_change)
{
	json_t *r;

	json_decref(result("call.create", PLAIN));
	atomic_store(&bridge_state(0)->frames, 100);
	json_decref(update("b", "'codecs': [{'name': 'PCMU'}]"));
	json_decref(result("call.delete", "{'call': 'c'}"));
	r = result("stats.get", "{}");
	ck_assert_int_eq(number_at(r, "rtp.decoded"), 100);
	json_decref(r);
}
END_TEST

START_TEST(who_has_no_room_for_it_says_when_to_try_again)
{
	for (unsigned i = 0; i < FAKE_TRANSCODERS; i++)
		atomic_store(&fake_transcoder(sw, i)->accepting, 0);
	ck_assert_str_eq(request("call.create", CALL).reason, "no_transcode_capacity");
}
END_TEST

START_TEST(each_transcode_core_has_a_row)
{
	struct sw_transcoder *core = fake_transcoder(sw, 1);
	json_t *r;

	atomic_store(&core->load, 873);
	atomic_store(&core->accepting, 0);
	atomic_store(&core->complexity, 3);
	atomic_store(&core->directions, 44);
	atomic_store(&core->frames, 1234);
	atomic_store(&core->drops[DROP_RING_FULL], 6);
	json_decref(result("call.create", CALL));
	r = result("transcoder.list", "{}");
	ck_assert_uint_eq(json_array_size(at(r, "transcoders")), FAKE_TRANSCODERS);
	ck_assert(json_is_true(at(r, "transcoders.0.accepting")));
	ck_assert(json_number_value(at(r, "transcoders.0.promised")) > 0);
	ck_assert(json_is_false(at(r, "transcoders.1.accepting")));
	ck_assert_double_eq_tol(json_number_value(at(r, "transcoders.1.load")), 87.3, 1e-9);
	ck_assert_int_eq(number_at(r, "transcoders.1.complexity"), 3);
	ck_assert_int_eq(number_at(r, "transcoders.1.directions"), 44);
	ck_assert_int_eq(number_at(r, "transcoders.1.frames"), 1234);
	ck_assert_int_eq(number_at(r, "transcoders.1.drops.ring_full"), 6);
	json_decref(r);
	/* drop.list and stats.get count them, too. */
	r = result("stats.get", "{}");
	ck_assert_int_eq(number_at(r, "dropped"), 6);
	json_decref(r);
}
END_TEST

START_TEST(each_codec_has_a_row)
{
	json_t *r = result("codec.list", "{}"), *row;
	unsigned found = 0;
	size_t i;

	json_array_foreach (json_object_get(r, "codecs"), i, row) {
		const char *name = text_at(row, "name");

		ck_assert_str_ne(text_at(row, "help"), "");
		if (strcmp(name, "G722") == 0) {
			ck_assert_int_eq(number_at(row, "payload_type"), 9);
			ck_assert_int_eq(number_at(row, "clock"), 8000);
			ck_assert_int_eq(number_at(row, "rates.0"), 16000);
			found++;
		} else if (strcasecmp(name, "opus") == 0) {
			ck_assert_ptr_null(at(row, "payload_type"));
			ck_assert_int_eq(number_at(row, "clock"), 48000);
			ck_assert_ptr_nonnull(at(row, "complexity"));
			found++;
		}
	}
	ck_assert_uint_eq(found, 2);
	json_decref(r);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("methods_codecs");
	TCase *t = tcase_create("methods");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, call_get_shows_what_was_agreed);
	tcase_add_test(t, call_get_says_what_becomes_of_payloads);
	tcase_add_test(t, figures_stay_when_transcoding_ends);
	tcase_add_test(t, an_echo_is_not_said_to_be_transcoded);
	tcase_add_test(t, what_passes_has_no_figures);
	tcase_add_test(t, the_sums_grow_with_each_look);
	tcase_add_test(t, windows_are_summed_over_looks);
	tcase_add_test(t, the_sums_take_what_was_transcoded_before_a_change);
	tcase_add_test(t, who_has_no_room_for_it_says_when_to_try_again);
	tcase_add_test(t, each_transcode_core_has_a_row);
	tcase_add_test(t, each_codec_has_a_row);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
