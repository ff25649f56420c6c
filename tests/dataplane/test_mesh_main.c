/* SPDX-License-Identifier: Apache-2.0
 *
 * Suite of dataplane/mesh_main.c: what control wants sent reaches the core that sends it, and
 * what cores hand over reaches control. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <check.h>
#include <rte_ip.h>

#include "dataplane/mesh_main.h"
#include "mesh/vomp.h"
#include "tests/dataplane/rig.h"

enum { CORES = 2 };

static struct inproc rig;
static struct sw_mesh_heard heard;
static bool deaf;

static bool
told(void *arg, struct sw_mesh_heard *m)
{
	heard = *m;
	return !deaf;
}

static const struct sw_mesh_neighbour neighbour = {
	.id = 103, .slot = 3, .sid = {0xb0}, .addr = {AF_INET, 4110, {192, 0, 2, 9}}};
static const struct sw_mesh_peer peer = {
	.id = 5000, .slot = 70, .neighbour = 3, .sid = {0xc0}, .key = {1}};

static void
open_rig(void)
{
	const struct sw_mesh_node node = {.identities = 1, .sid = {{0xa0}}};

	rig_open_mesh(&rig, CORES);
	mesh_main_listen(rig.mesh, told, NULL);
	ck_assert_int_eq(tables_mesh_node(rig.tables, &node), 0);
	ck_assert_int_eq(tables_mesh_neighbour(rig.tables, &neighbour), 0);
	ck_assert_int_eq(tables_mesh_peer(rig.tables, &peer), 0);
}

static void
close_rig(void)
{
	rig_close(&rig);
}

/* The next packet that main has put for CORE; NULL. */
static struct rte_mbuf *
taken_by(unsigned core)
{
	struct rte_mbuf *m = NULL;

	crossing_take(
		&rig.lcore[core].end, crossing_main(rig.lcore[core].end.crossing), &m, 1);
	return m;
}

START_TEST(a_frame_goes_to_the_core_that_has_the_link)
{
	const struct sw_mesh_tell tell = {
		.id = 103, .slot = 3, .head_len = 2, .len = 3, .bytes = {1, 2, 3, 4, 5}};
	struct rte_mbuf *m;

	ck_assert_int_eq(mesh_main_tell(rig.mesh, &tell), 0);
	ck_assert_ptr_null(taken_by(0));
	m = taken_by(3 % CORES);
	ck_assert_ptr_nonnull(m);
	ck_assert_uint_eq(meta(m)->step, STEP_MESH_FRAME);
	ck_assert_uint_eq(meta(m)->out.to_slot, 3);
	ck_assert_uint_eq(meta(m)->out.to_id, 103);
	ck_assert_uint_eq(meta(m)->out.payload, 2);
	ck_assert_uint_eq(rte_pktmbuf_data_len(m), 5);
	ck_assert_mem_eq(rte_pktmbuf_mtod(m, void *), tell.bytes, 5);
	rte_pktmbuf_free(m);
}
END_TEST

START_TEST(a_frame_for_a_neighbour_that_is_gone_is_refused)
{
	struct sw_mesh_tell tell = {.id = 104, .slot = 3, .head_len = 1, .bytes = {1}};

	ck_assert_int_eq(mesh_main_tell(rig.mesh, &tell), -ENOENT);
	tell.id = 103;
	tell.slot = 4;
	ck_assert_int_eq(mesh_main_tell(rig.mesh, &tell), -ENOENT);
}
END_TEST

START_TEST(more_than_a_core_takes_is_refused_and_not_leaked)
{
	const struct sw_mesh_tell tell = {.id = 103, .slot = 3, .head_len = 1, .bytes = {1}},
				  to_other = {.id = 104, .slot = 4, .head_len = 1};
	const struct sw_mesh_neighbour other = {
		.id = 104, .slot = 4, .sid = {0xb1}, .addr = neighbour.addr};
	unsigned said = 0;
	struct rte_mbuf *m;
	int err;

	while ((err = mesh_main_tell(rig.mesh, &tell)) == 0 && said < CROSSING_RING)
		said++;
	ck_assert_int_eq(err, -ENOBUFS);
	ck_assert_uint_eq(said, CROSSING_RING - 1);
	for (unsigned i = 0; i < 8 * CROSSING_RING; i++) /* more than there are buffers */
		ck_assert_int_eq(mesh_main_tell(rig.mesh, &tell), -ENOBUFS);
	ck_assert_int_eq(tables_mesh_neighbour(rig.tables, &other), 0);
	ck_assert_int_eq(mesh_main_tell(rig.mesh, &to_other), 0);
	rte_pktmbuf_free(taken_by(0));
	while ((m = taken_by(1)) != NULL) {
		rte_pktmbuf_free(m);
		said--;
	}
	ck_assert_uint_eq(said, 0);
	ck_assert_int_eq(mesh_main_tell(rig.mesh, &tell), 0);
	rte_pktmbuf_free(taken_by(1));
}
END_TEST

START_TEST(what_is_said_goes_to_the_core_that_has_the_mesh_leg)
{
	struct sw_transport t = {.id = 9,
		.slot = 5,
		.local = 2,
		.port = 2,
		.mux = 1,
		.source = SW_SOURCE_SIGNALLED,
		.ssrcs = 1,
		.remote = {{SW_AF_MESH, 7, {0xc0}}}};
	const struct sw_transport plain = rig_transport(6, "192.0.2.7", 4000);
	struct sw_mesh_say say = {
		.id = 9, .slot = 5, .len = 1, .codec = VOMP_DTMF, .bytes = {0xb0}};
	struct rte_mbuf *m;

	ck_assert_int_eq(mesh_main_say(rig.mesh, &say), -ENOENT);
	rig_set(&rig, &t);
	rig_set(&rig, &plain);
	ck_assert_int_eq(mesh_main_say(rig.mesh, &say), 0);
	m = taken_by(sw_core_of(2, CORES));
	ck_assert_ptr_nonnull(m);
	ck_assert_uint_eq(meta(m)->step, STEP_MESH_SAY);
	ck_assert_uint_eq(meta(m)->out.to_slot, 5);
	ck_assert_uint_eq(meta(m)->out.to_id, 9);
	ck_assert_uint_eq(meta(m)->out.payload, VOMP_DTMF);
	ck_assert_uint_eq(rte_pktmbuf_data_len(m), 1);
	rte_pktmbuf_free(m);
	say.slot = 6;
	say.id = plain.id;
	ck_assert_int_eq(mesh_main_say(rig.mesh, &say), -ENOENT); /* a phone on plain RTP */
}
END_TEST

/* ---- Whole datagrams ---- */

/* The frame that left by the device, into F; how long it is. */
static uint16_t
left(uint8_t f[RIG_FRAME])
{
	struct rte_mbuf *m;
	uint16_t len;

	rig_turn(&rig);
	ck_assert_int_eq(rte_ring_dequeue(rig.out[0], (void **)&m), 0);
	len = rte_pktmbuf_data_len(m);
	memcpy(f, rte_pktmbuf_mtod(m, void *), len);
	rte_pktmbuf_free(m);
	return len;
}

START_TEST(a_datagram_leaves_from_the_meshs_port)
{
	const struct sw_addr us = rig_addr("192.0.2.1", 4110);
	struct sw_mesh_cast cast = {
		.to = rig_addr("192.0.2.50", 45110), .len = 3, .bytes = {1, 2, 3}};
	struct rig_datagram d;

	ck_assert_int_eq(mesh_main_cast(rig.mesh, &cast), 0);
	rig_turn(&rig);
	ck_assert(rig_receive(&rig, &d));
	ck_assert_mem_eq(&d.from, &us, sizeof us);
	ck_assert_mem_eq(&d.to, &cast.to, sizeof d.to);
	ck_assert_uint_eq(d.len, 3);
	ck_assert_mem_eq(d.payload, cast.bytes, 3);
	cast.to.port = 0; /* the mesh's */
	ck_assert_int_eq(mesh_main_cast(rig.mesh, &cast), 0);
	rig_turn(&rig);
	ck_assert(rig_receive(&rig, &d));
	ck_assert_uint_eq(d.to.port, 4110);
}
END_TEST

START_TEST(a_broadcast_goes_to_the_subnet_or_to_whoever_is_there)
{
	const struct sw_mesh_cast cast = {
		.to = rig_addr("255.255.255.255", 0), .len = 3, .bytes = {1, 2, 3}};
	static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	uint8_t f[RIG_FRAME];

	ck_assert_int_eq(mesh_main_cast(rig.mesh, &cast), 0);
	ck_assert_uint_eq(left(f), 14 + 20 + 8 + 3);
	ck_assert_mem_eq(f, everybody, 6);
	ck_assert_mem_eq(f + 6, inproc_mac, 6);
	ck_assert_mem_eq(f + 14 + 16, everybody, 4);
	ck_assert_mem_eq(f + 14 + 12, "\xc0\x00\x02\x01", 4);
	ck_assert_mem_eq(f + 14 + 20, "\x10\x0e\x10\x0e", 4);
	ck_assert_uint_eq(rte_raw_cksum(f + 14, 20), 0xffff);

	rig.interface.prefix[0] = 26;
	ck_assert_int_eq(mesh_main_cast(rig.mesh, &cast), 0);
	left(f);
	ck_assert_mem_eq(f, everybody, 6);
	ck_assert_mem_eq(f + 14 + 16, "\xc0\x00\x02\x3f", 4);
}
END_TEST

START_TEST(a_datagram_for_whom_there_is_no_way_is_refused)
{
	struct sw_mesh_cast cast = {
		.to = rig_addr("2001:db8::9", 4110), .len = 1, .bytes = {1}};

	ck_assert_int_eq(mesh_main_cast(rig.mesh, &cast), -EHOSTUNREACH);
	cast.to = rig_addr("192.0.2.50", 4110);
	rig.interface.neighbours = 0;
	ck_assert_int_eq(mesh_main_cast(rig.mesh, &cast), -EHOSTUNREACH);
}
END_TEST

START_TEST(without_a_mesh_nothing_is_sent)
{
	const struct sw_mesh_tell tell = {.id = 103, .slot = 3, .head_len = 1};
	const struct sw_mesh_cast cast = {.to = rig_addr("192.0.2.50", 4110), .len = 1};
	const struct sw_mesh_say say = {.id = 9, .slot = 5, .len = 1};

	ck_assert_int_eq(mesh_main_tell(NULL, &tell), -ENODEV);
	ck_assert_int_eq(mesh_main_cast(NULL, &cast), -ENODEV);
	ck_assert_int_eq(mesh_main_say(NULL, &say), -ENODEV);
}
END_TEST

/* ---- To control ---- */

/* A core hands over LEN bytes of a datagram. */
static void
hand_up(const struct mesh_up *up, unsigned len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(rig.pool);

	ck_assert_ptr_nonnull(m);
	memcpy(rte_pktmbuf_append(m, sizeof *up), up, sizeof *up);
	memset(rte_pktmbuf_append(m, (uint16_t)len), 0x5a, len);
	mesh_main_heard(rig.mesh, m);
}

static const struct mesh_up up = {.from = {AF_INET, 4110, {192, 0, 2, 9}},
	.neighbour = 103,
	.done = 5,
	.opened = 2,
	.broadcast = 1};

START_TEST(control_is_told_what_a_core_has_handed_over)
{
	deaf = false;
	hand_up(&up, 1200);
	ck_assert_mem_eq(&heard.from, &up.from, sizeof up.from);
	ck_assert_uint_eq(heard.neighbour, 103);
	ck_assert_uint_eq(heard.done, 5);
	ck_assert_uint_eq(heard.opened, 2);
	ck_assert_uint_eq(heard.broadcast, 1);
	ck_assert_uint_eq(heard.len, 1200);
	ck_assert_uint_eq(heard.bytes[1199], 0x5a);
	ck_assert_uint_eq(rig.state.head->mesh_unheard, 0);
}
END_TEST

START_TEST(what_control_does_not_hear_is_counted)
{
	deaf = true;
	hand_up(&up, 10);
	ck_assert_uint_eq(rig.state.head->mesh_unheard, 1);
	mesh_main_listen(rig.mesh, NULL, NULL);
	hand_up(&up, 10);
	ck_assert_uint_eq(rig.state.head->mesh_unheard, 2);
	deaf = false;
	mesh_main_listen(rig.mesh, told, NULL);
	heard.len = 0;
	hand_up(&up, 1201); /* never: it would not fit */
	hand_up(&up, 0);
	ck_assert_uint_eq(heard.len, 0);
	ck_assert_uint_eq(rig.state.head->mesh_unheard, 4);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("mesh_main");
	TCase *tc = tcase_create("mesh");

	tcase_add_checked_fixture(tc, open_rig, close_rig);
	tcase_add_test(tc, a_frame_goes_to_the_core_that_has_the_link);
	tcase_add_test(tc, a_frame_for_a_neighbour_that_is_gone_is_refused);
	tcase_add_test(tc, more_than_a_core_takes_is_refused_and_not_leaked);
	tcase_add_test(tc, what_is_said_goes_to_the_core_that_has_the_mesh_leg);
	tcase_add_test(tc, a_datagram_leaves_from_the_meshs_port);
	tcase_add_test(tc, a_broadcast_goes_to_the_subnet_or_to_whoever_is_there);
	tcase_add_test(tc, a_datagram_for_whom_there_is_no_way_is_refused);
	tcase_add_test(tc, without_a_mesh_nothing_is_sent);
	tcase_add_test(tc, control_is_told_what_a_core_has_handed_over);
	tcase_add_test(tc, what_control_does_not_hear_is_counted);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(suite());
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
