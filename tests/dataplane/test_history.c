/* SPDX-License-Identifier: Apache-2.0
 *
 * Transports that are stopped and go on, here or in other slots and ports as if at another
 * node: dataplane/history.c and its half of dataplane/tables.c, with whole packets.  Alice
 * seals under one key, Bob is sealed to under another. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/rtp.h"
#include "tests/dataplane/rig.h"

enum { SSRC = 0x11223344, AWAY = 10 /* slots further on */ };

static struct inproc rig;
static struct sw_addr alice, bob;
static struct sw_transport a, b;
static struct seal_lane *lane;
static struct seal *from_alice, *to_bob;

static void
setup(void)
{
	rig_open(&rig);
	alice = rig_addr("192.0.2.10", 4000);
	bob = rig_addr("192.0.2.20", 5000);
	a = rig_transport(0, "192.0.2.10", 4000);
	b = rig_transport(1, "192.0.2.20", 5000);
	a.source = SW_SOURCE_AUTHENTICATED;
	rig_key(&a.unseal, SW_AES_CM_128_HMAC_SHA1_80, 1);
	rig_key(&b.seal, SW_AEAD_AES_128_GCM, 2);
	lane = seal_lane_open();
	from_alice = seal_open(&a.unseal, false);
	to_bob = seal_open(&b.seal, true);
	rig_set(&rig, &a);
	rig_set(&rig, &b);
	rig_join(&rig, 0, 1);
}

static void
teardown(void)
{
	seal_close(from_alice);
	seal_close(to_bob);
	seal_lane_close(lane);
	rig_close(&rig);
}

/* Alice seals number INDEX under KEY, and sends it from FROM to her transport. */
static void
send_under(struct seal *key, const struct sw_addr *from, uint64_t index)
{
	uint8_t p[512];
	struct seal_job job = {.key = key, .pkt = p, .index = index, .clear = RTP_HEADER};
	struct sw_addr to = rig_addr("192.0.2.1", a.port);

	job.len = rig_rtp(p, (uint16_t)index, SSRC, 160);
	seal_burst(lane, &job, 1);
	ck_assert_int_eq(job.status, SEAL_OK);
	rig_send(&rig, from, &to, p, job.len);
}

static void
speak(uint64_t first, uint64_t last)
{
	for (uint64_t i = first; i <= last; i++)
		send_under(from_alice, &alice, i);
	rig_turn(&rig);
}

/* Bob hears what Alice sent as number SEQ, sealed under INDEX. */
static void
expect_index(uint64_t index, uint16_t seq)
{
	struct seal_job job = {.key = to_bob, .index = index, .clear = RTP_HEADER};
	struct rig_datagram d;
	uint8_t want[256];

	ck_assert(rig_receive(&rig, &d));
	ck_assert_mem_eq(&d.to, &bob, sizeof bob);
	job.pkt = d.payload;
	job.len = d.len;
	unseal_burst(lane, &job, 1);
	ck_assert_int_eq(job.status, SEAL_OK);
	rig_rtp(want, seq, SSRC, 160);
	ck_assert_mem_eq(d.payload + RTP_HEADER, want + RTP_HEADER, 160);
}

static void
expect_range(uint64_t first, uint64_t last)
{
	for (uint64_t i = first; i <= last; i++)
		expect_index(i, (uint16_t)i);
}

static void
expect_nothing(void)
{
	struct rig_datagram d;

	ck_assert(!rig_receive(&rig, &d));
}

/* What tables_left() was told. */
struct told {
	unsigned times, without;
	struct sw_history h;
};

static void
note(void *arg, const struct sw_history *h)
{
	struct told *t = arg;

	t->times++;
	t->without += h == NULL;
	if (h != NULL)
		t->h = *h;
}

static void
note_freed(void *arg)
{
	++*(unsigned *)arg;
}

static struct sw_history
stop(const struct sw_transport *t)
{
	struct told told = {0};

	ck_assert_int_eq(tables_transport_stop(rig.tables, t->slot, t->id, note, &told), 0);
	rig_settle(&rig);
	ck_assert_uint_eq(told.times, 1);
	ck_assert_uint_eq(told.without, 0);
	ck_assert_uint_eq(told.h.id, t->id);
	ck_assert_int_eq(sw_check_history(&told.h), 0);
	return told.h;
}

static void
del(const struct sw_transport *t)
{
	unsigned freed = 0;

	tables_transport_del(rig.tables, t->slot, t->id, note_freed, &freed);
	rig_settle(&rig);
	ck_assert_uint_eq(freed, 1);
}

/* T goes on at another node with its history H: other slot, other port, same id. */
static void
resume(struct sw_transport *t, const struct sw_history *h)
{
	t->slot += AWAY;
	t->port = (uint16_t)(t->port + 2 * AWAY);
	ck_assert_int_eq(tables_transport_resume(rig.tables, t, h), 0);
}

static void
join(void)
{
	struct sw_flow f = {.id = a.id,
		.slot = a.slot,
		.sinks = 1,
		.sink = {{.id = b.id, .slot = b.slot}}};

	ck_assert_int_eq(tables_flow_set(rig.tables, &f, NULL), 0);
}

/* Both transports move. */
static void
move(void)
{
	struct sw_history of_a = stop(&a), of_b = stop(&b);

	del(&a);
	del(&b);
	resume(&a, &of_a);
	resume(&b, &of_b);
	join();
}

START_TEST(a_moved_call_goes_on_across_a_roll_over)
{
	speak(65500, 65534);
	expect_range(65500, 65534);
	move();
	speak(65535, 65540);
	expect_range(65535, 65540);
	expect_nothing();
}
END_TEST

/* It would be lost, and refused when it is said again. */
START_TEST(nothing_is_taken_before_it_is_known_for_whom)
{
	struct sw_history of_a, of_b;

	speak(1, 5);
	expect_range(1, 5);
	of_a = stop(&a);
	of_b = stop(&b);
	del(&a);
	del(&b);
	resume(&a, &of_a);
	resume(&b, &of_b);
	speak(6, 7);
	expect_nothing();
	ck_assert_uint_eq(rig_drops(&rig, DROP_NO_TRANSPORT), 2);
	join();
	speak(6, 8);
	expect_range(6, 8);
	/* And where it stops and goes on. */
	stop(&a);
	rig_set(&rig, &a);
	speak(9, 9);
	expect_nothing();
	join();
	speak(9, 9);
	expect_range(9, 9);
	ck_assert_uint_eq(rig_drops(&rig, DROP_NO_SINK), 0);
}
END_TEST

START_TEST(nothing_from_before_a_move_is_taken_again)
{
	speak(65500, 65510);
	speak(65512, 65545); /* 65511 is still under way */
	expect_range(65500, 65510);
	expect_range(65512, 65545);
	move();
	speak(65500, 65545);
	expect_range(65511, 65511); /* and comes late: the window is no narrower than it was */
	expect_nothing();
	ck_assert_uint_eq(rig_drops(&rig, DROP_REPLAY), 45);
}
END_TEST

START_TEST(a_source_that_restarts_after_a_move_is_numbered_above_all_before)
{
	struct sw_history of_b;

	speak(100, 140);
	expect_range(100, 140);
	of_b = stop(&b);
	/* Of Alice's only the sink has moved: to it she is another numbering now. */
	del(&b);
	resume(&b, &of_b);
	a.id++;
	a.slot = 2;
	a.port = 30004;
	rig_set(&rig, &a);
	join();
	speak(50, 60);
	for (uint64_t i = 0; i <= 10; i++)
		expect_index(141 + i, (uint16_t)(50 + i));
}
END_TEST

START_TEST(a_key_in_its_time_of_grace_moves_too)
{
	struct sw_key new;
	struct seal *newer;

	speak(1, 5);
	expect_range(1, 5);
	rig_key(&new, SW_AES_CM_128_HMAC_SHA1_80, 3);
	newer = seal_open(&new, false);
	a.unseal = new;
	rig_set(&rig, &a);
	move();
	send_under(from_alice, &alice, 6);
	send_under(newer, &alice, 7);
	send_under(from_alice, &alice, 8);
	rig_turn(&rig);
	expect_range(6, 8);
	speak(1, 8); /* under the old key, of which none is new */
	expect_nothing();
	seal_close(newer);
}
END_TEST

START_TEST(what_was_learned_and_counted_moves)
{
	struct sw_addr elsewhere = rig_addr("192.0.2.77", 7777);
	const struct sw_transport_state *st;

	send_under(from_alice, &elsewhere, 1);
	rig_turn(&rig);
	expect_range(1, 1);
	rig.state.transport[a.slot].secured = SW_SECURED;
	sw_more_to_write(&rig.state.transport[a.slot])->zrtp = 10;
	move();
	st = &rig.state.transport[a.slot];
	ck_assert_mem_eq(&st->learned[0], &elsewhere, sizeof elsewhere);
	ck_assert_uint_eq(atomic_load(&st->secured), SW_SECURED);
	ck_assert_uint_eq(atomic_load(&sw_more(st)->zrtp), 10);
	ck_assert_uint_eq(atomic_load(&st->rx_packets), 1);
	ck_assert_uint_eq(atomic_load(&rig.state.transport[b.slot].tx_packets), 1);
	ck_assert_uint_ne(atomic_load(&st->last_seen), 0);
}
END_TEST

START_TEST(a_stopped_transport_is_silent_and_goes_on_where_it_is)
{
	struct sw_history first, again;

	speak(1, 10);
	expect_range(1, 10);
	first = stop(&a);
	speak(11, 12);
	expect_nothing();
	ck_assert_uint_eq(rig_drops(&rig, DROP_NO_TRANSPORT), 2);
	again = stop(&a); /* said again */
	ck_assert_mem_eq(again.rx, first.rx, sizeof first.rx);
	ck_assert_mem_eq(again.unseal, first.unseal, sizeof first.unseal);

	rig_set(&rig, &a);
	join();
	speak(1, 14);
	expect_range(11, 14);
	expect_nothing();
}
END_TEST

START_TEST(a_stopped_transport_outlives_the_switch_and_stays_stopped)
{
	struct sw_history before, after;

	speak(1, 10);
	expect_range(1, 10);
	before = stop(&a);
	rig_kill(&rig);
	ck_assert_uint_eq(tables_count(rig.tables), 1);
	speak(11, 11);
	expect_nothing();
	after = stop(&a);
	ck_assert_uint_eq(atomic_load(&after.rx[0].index), atomic_load(&before.rx[0].index));
	ck_assert_mem_eq(after.unseal, before.unseal, sizeof before.unseal);
	rig_set(&rig, &a);
	join();
	speak(5, 12);
	expect_range(11, 12);
}
END_TEST

START_TEST(a_stopped_transport_keeps_its_slot_until_it_is_deleted)
{
	struct sw_transport other = rig_transport(0, "192.0.2.30", 4000);

	stop(&a);
	other.id = 4711;
	ck_assert_int_eq(tables_transport_set(rig.tables, &other), -EEXIST);
	ck_assert_int_eq(tables_transport_stop(rig.tables, 0, 4711, note, NULL), -ENOENT);
	del(&a);
	ck_assert_uint_eq(atomic_load(&rig.state.transport[0].id), 0);
	ck_assert_uint_eq(atomic_load(&rig.state.slot[0].valid), 0);
	ck_assert_int_eq(tables_transport_set(rig.tables, &other), 0);
}
END_TEST

START_TEST(one_deleted_while_it_stops_has_no_history)
{
	struct told told = {0};
	unsigned freed = 0;

	ck_assert_int_eq(tables_transport_stop(rig.tables, 0, a.id, note, &told), 0);
	tables_transport_del(rig.tables, 0, a.id, note_freed, &freed);
	ck_assert_int_eq(tables_transport_set(rig.tables, &a), -EEXIST);
	rig_settle(&rig);
	ck_assert_uint_eq(told.without, 1);
	ck_assert_uint_eq(freed, 1);
	ck_assert_uint_eq(atomic_load(&rig.state.transport[0].id), 0);
}
END_TEST

START_TEST(reconciling_keeps_what_control_has_stopped_again)
{
	unsigned freed = 0;

	stop(&a);
	stop(&b);
	tables_sync_begin(rig.tables);
	stop(&a);
	ck_assert_uint_eq(tables_sync_end(rig.tables, note_freed, &freed), 1);
	rig_settle(&rig);
	ck_assert_uint_eq(freed, 1);
	ck_assert_uint_eq(atomic_load(&rig.state.transport[0].id), a.id);
	ck_assert_uint_eq(atomic_load(&rig.state.transport[1].id), 0);
	ck_assert_uint_eq(atomic_load(&rig.state.slot[1].valid), 0);
}
END_TEST

/* An older record of a call that runs here must not take its numbers back. */
START_TEST(a_history_of_what_is_here_is_not_used)
{
	struct sw_history old;

	speak(1, 10);
	expect_range(1, 10);
	old = stop(&a);
	rig_set(&rig, &a);
	join();
	speak(11, 20);
	expect_range(11, 20);
	ck_assert_int_eq(tables_transport_resume(rig.tables, &a, &old), 0);
	speak(11, 21);
	expect_range(21, 21);
	stop(&a);
	ck_assert_int_eq(tables_transport_resume(rig.tables, &a, &old), 0);
	join();
	speak(11, 22);
	expect_range(22, 22);
	expect_nothing();
}
END_TEST

/* ---- The way home: another node went on with it meanwhile. ---- */

static const struct sw_transport_state *
state_of(const struct sw_transport *t)
{
	return &rig.state.transport[t->slot];
}

START_TEST(what_comes_home_goes_on_from_there)
{
	struct sw_history of_a, of_b;

	speak(1, 10);
	expect_range(1, 10);
	of_a = stop(&a);
	of_b = stop(&b);
	/* There Alice said 11 to 20, which Bob heard. */
	of_a.rx[0].index += 10;
	of_a.rx[0].window[0] = UINT64_MAX;
	of_b.tx[0].highest += 10;
	of_b.tx[0].rtcp_index += 50;
	ck_assert_int_eq(tables_transport_resume(rig.tables, &a, &of_a), 0);
	ck_assert_int_eq(tables_transport_resume(rig.tables, &b, &of_b), 0);
	ck_assert_uint_eq(atomic_load(&state_of(&b)->tx.highest), 20);
	ck_assert_uint_eq(state_of(&b)->tx.rtcp_index, 50);
	join();
	speak(11, 22);
	expect_range(21, 22);
	expect_nothing();
}
END_TEST

START_TEST(a_window_that_is_kept_stays_closed)
{
	struct sw_history of_a;

	speak(1, 5);
	speak(7, 10);
	expect_range(1, 5);
	expect_range(7, 10);
	of_a = stop(&a);
	rig_set(&rig, &a);
	join();
	speak(6, 6); /* late; the highest is what it was */
	expect_range(6, 6);
	stop(&a);
	ck_assert_int_eq(tables_transport_resume(rig.tables, &a, &of_a), 0);
	join();
	speak(6, 6);
	expect_nothing();
}
END_TEST

START_TEST(what_has_gone_on_at_two_places_is_refused)
{
	struct sw_history of_b, split;

	speak(1, 10);
	expect_range(1, 10);
	of_b = stop(&b);
	split = of_b;
	split.tx[0].highest += 10;
	split.epochs--;
	ck_assert_int_eq(tables_transport_resume(rig.tables, &b, &split), -EEXIST);
	ck_assert_ptr_null(atomic_load(&tables_shared(rig.tables)->slot[b.slot].transport));
	ck_assert_uint_eq(atomic_load(&state_of(&b)->tx.highest), 10);
	ck_assert_int_eq(tables_transport_resume(rig.tables, &b, &of_b), 0);
	join();
	speak(11, 11);
	expect_range(11, 11);
}
END_TEST

/* Control may die while it stops a transport; its successor sets it again at once. */
START_TEST(one_set_again_while_it_stops_goes_on)
{
	struct told told = {0}, again = {0};
	unsigned freed = 0;

	speak(1, 10);
	expect_range(1, 10);
	ck_assert_int_eq(tables_transport_stop(rig.tables, 0, a.id, note, &told), 0);
	ck_assert_int_eq(tables_transport_set(rig.tables, &a), 0);
	join();
	ck_assert_uint_eq(told.times, 0);
	speak(1, 12);
	expect_range(11, 12);
	rig_settle(&rig);
	ck_assert_uint_eq(told.without, 1);
	ck_assert_uint_eq(atomic_load(&state_of(&a)->id), a.id);
	speak(11, 13);
	expect_range(13, 13);

	/* And stopped, set, and stopped again, and deleted, all at once. */
	ck_assert_int_eq(tables_transport_stop(rig.tables, 0, a.id, note, &told), 0);
	ck_assert_int_eq(tables_transport_set(rig.tables, &a), 0);
	ck_assert_int_eq(tables_transport_stop(rig.tables, 0, a.id, note, &again), 0);
	rig_settle(&rig);
	ck_assert_uint_eq(told.without, 2);
	ck_assert_uint_eq(again.times, 1);
	ck_assert_uint_eq(atomic_load(&again.h.rx[0].index), 13);
	ck_assert_int_eq(tables_transport_set(rig.tables, &a), 0);
	ck_assert_int_eq(tables_transport_stop(rig.tables, 0, a.id, note, &told), 0);
	ck_assert_int_eq(tables_transport_set(rig.tables, &a), 0);
	tables_transport_del(rig.tables, 0, a.id, note_freed, &freed);
	ck_assert_int_eq(tables_transport_set(rig.tables, &a), -EEXIST);
	rig_settle(&rig);
	ck_assert_uint_eq(freed, 1);
	ck_assert_uint_eq(atomic_load(&state_of(&a)->id), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("history");
	TCase *tc = tcase_create("history");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_moved_call_goes_on_across_a_roll_over);
	tcase_add_test(tc, nothing_is_taken_before_it_is_known_for_whom);
	tcase_add_test(tc, nothing_from_before_a_move_is_taken_again);
	tcase_add_test(tc, a_source_that_restarts_after_a_move_is_numbered_above_all_before);
	tcase_add_test(tc, a_key_in_its_time_of_grace_moves_too);
	tcase_add_test(tc, what_was_learned_and_counted_moves);
	tcase_add_test(tc, a_stopped_transport_is_silent_and_goes_on_where_it_is);
	tcase_add_test(tc, a_stopped_transport_outlives_the_switch_and_stays_stopped);
	tcase_add_test(tc, a_stopped_transport_keeps_its_slot_until_it_is_deleted);
	tcase_add_test(tc, one_deleted_while_it_stops_has_no_history);
	tcase_add_test(tc, reconciling_keeps_what_control_has_stopped_again);
	tcase_add_test(tc, a_history_of_what_is_here_is_not_used);
	tcase_add_test(tc, what_comes_home_goes_on_from_there);
	tcase_add_test(tc, a_window_that_is_kept_stays_closed);
	tcase_add_test(tc, what_has_gone_on_at_two_places_is_refused);
	tcase_add_test(tc, one_set_again_while_it_stops_goes_on);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
