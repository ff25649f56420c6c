/* SPDX-License-Identifier: Apache-2.0
 *
 * Suite of dataplane/switch_client_mesh.c and switch_server_mesh.c: both halves of switch.h
 * against each other over a real socket, with the tables of a switch without a network. */
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "dataplane/mesh.h"
#include "dataplane/switch_client.h"
#include "dataplane/switch_server.h"
#include "mesh/vomp.h"
#include "tests/dataplane/rig.h"
#include "tests/scratch.h"

enum { PATIENCE = 2000 }; /* looks, a millisecond each, before a test gives up */

static struct inproc rig;
static struct event_base *base;
static struct switch_server *server;
static struct switch_client *control;
static char dir[SCRATCH], path[96];

static unsigned welcomes, datagrams, closings;
static struct sw_mesh_heard last;

static int
on_hello(void *arg, int fd)
{
	switch_server_serve(server, rig.tables, &rig.state);
	switch_server_mesh(server, rig.mesh);
	return SW_FRESH;
}

static void
on_settle(void *arg)
{
	tables_mesh_settle(rig.tables);
}

static void
on_welcome(void *arg, enum sw_origin how)
{
	welcomes++;
}

static void
on_event(void *arg, const struct sw_event *ev)
{
}

static void
on_closed(void *arg, const char *why)
{
	closings++;
}

static void
on_heard(void *arg, const struct sw_mesh_heard *h)
{
	memset(&last, 0, sizeof last);
	memcpy(&last, h, h->head.len);
	datagrams++;
}

static const struct switch_server_calls server_calls = {
	.hello = on_hello, .settle = on_settle};
static const struct switch_client_calls client_calls = {
	.welcome = on_welcome, .event = on_event, .closed = on_closed, .mesh_heard = on_heard};

/* Let both sides work until *WHAT is at least WANT. */
static void
until(const unsigned *what, unsigned want)
{
	for (unsigned i = 0; i < PATIENCE && *what < want; i++) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		switch_client_run(control);
		retire_run(rig.retire);
		usleep(1000);
	}
	ck_assert_uint_ge(*what, want);
}

static void
setup(bool mesh)
{
	welcomes = datagrams = closings = 0;
	if (mesh)
		rig_open_mesh(&rig, 1);
	else
		rig_open(&rig);
	base = event_base_new();
	ck_assert_ptr_nonnull(mkdtemp(scratch(dir, "mesh")));
	snprintf(path, sizeof path, "%s/switch.sock", dir);
	server = switch_server_open(base, path, -1, -1, &server_calls, NULL);
	ck_assert_ptr_nonnull(server);
	control = switch_client_open(&client_calls, NULL);
	ck_assert_ptr_nonnull(control);
	ck_assert_int_eq(switch_client_connect(control, path), 0);
	until(&welcomes, 1);
}

static void
setup_mesh(void)
{
	setup(true);
}

static void
setup_plain(void)
{
	setup(false);
}

static void
teardown(void)
{
	switch_client_close(control);
	switch_server_close(server);
	rmdir(dir);
	event_base_free(base);
	rig_close(&rig);
}

struct answer {
	unsigned n;
	int error;
};

static void
on_done(void *arg, int error)
{
	struct answer *a = arg;

	a->n++;
	if (error != 0)
		a->error = error;
}

static const struct sw_mesh_node node = {.identities = 1, .sid = {{0xa0}}};
static const struct sw_mesh_neighbour neighbour = {
	.id = 103, .slot = 3, .sid = {0xb0}, .addr = {AF_INET, 4110, {192, 0, 2, 9}}};
static const struct sw_mesh_peer peer = {
	.id = 5000, .slot = 70, .neighbour = 3, .sid = {0xc0}, .key = {1}};

/* All three, and done. */
static void
set_all(struct answer *a)
{
	*a = (struct answer){0};
	switch_client_mesh_node(control, &node, on_done, a);
	switch_client_mesh_neighbour(control, &neighbour, on_done, a);
	switch_client_mesh_peer(control, &peer, on_done, a);
	until(&a->n, 3);
}

static const struct mesh *
mesh(void)
{
	return tables_shared(rig.tables)->mesh;
}

START_TEST(commands_are_carried_out_and_acknowledged)
{
	struct answer a;

	set_all(&a);
	ck_assert_int_eq(a.error, 0);
	/* In order before control knows of it. */
	ck_assert_uint_eq(atomic_load(&mesh()->map)->peers, 1);
	ck_assert_uint_eq(atomic_load(&mesh()->map)->neighbours, 1);
	ck_assert_uint_eq(atomic_load(&switch_client_mesh_link(control, 3)->id), 103);
	ck_assert_uint_eq(atomic_load(&switch_client_mesh_link(control, 4)->id), 0);
	ck_assert_ptr_null(switch_client_mesh_link(control, SW_MESH_NEIGHBOURS));
	switch_client_mesh_peer_del(control, 70, 5000, on_done, &a);
	switch_client_mesh_neighbour_del(control, 3, 103, on_done, &a);
	until(&a.n, 5);
	ck_assert_int_eq(a.error, 0);
	ck_assert_uint_eq(atomic_load(&mesh()->map)->peers, 0);
	ck_assert_ptr_null(atomic_load(&mesh()->neighbour[3]));
}
END_TEST

START_TEST(what_is_refused_is_said_and_the_connection_stays)
{
	struct sw_mesh_neighbour n = neighbour;
	struct sw_mesh_peer p = peer;
	struct answer a = {0};

	n.addr.family = AF_INET6;
	n.addr.ip[0] = 0x20;
	switch_client_mesh_neighbour(control, &n, on_done, &a);
	until(&a.n, 1);
	ck_assert_int_eq(a.error, -EINVAL); /* our address is of the other family */
	a = (struct answer){0};
	switch_client_mesh_peer(control, &p, on_done, &a);
	until(&a.n, 1);
	ck_assert_int_eq(a.error, -EINVAL); /* there is no such identity */
	switch_client_mesh_node(control, &node, NULL, NULL);
	a = (struct answer){0};
	switch_client_mesh_peer(control, &p, on_done, &a);
	until(&a.n, 1);
	ck_assert_int_eq(a.error, -ENOENT); /* nor neighbour */
	ck_assert_uint_eq(closings, 0);
}
END_TEST

/* Messages of different lengths follow each other in one. */
START_TEST(what_is_to_be_sent_arrives_to_the_last_byte)
{
	static const uint8_t head[] = {1, 2, 3}, payload[] = {4, 5, 6, 7, 8, 9};
	struct switch_client_frame f = {head, sizeof head, payload, 0};
	struct rte_mbuf *pkt[16];
	struct answer a;
	unsigned n;

	set_all(&a);
	for (f.len = 0; f.len < 6; f.len++)
		ck_assert_int_eq(switch_client_mesh_tell(control, 3, 103, &f, on_done, &a), 0);
	until(&a.n, 9);
	ck_assert_int_eq(a.error, 0);
	n = crossing_take(
		&rig.lcore[0].end, crossing_main(rig.lcore[0].end.crossing), pkt, 16);
	ck_assert_uint_eq(n, 6);
	for (unsigned i = 0; i < n; i++) {
		ck_assert_uint_eq(rte_pktmbuf_data_len(pkt[i]), 3 + i);
		ck_assert_mem_eq(rte_pktmbuf_mtod(pkt[i], uint8_t *) + 3, payload, i);
	}
	rte_pktmbuf_free_bulk(pkt, n);
}
END_TEST

START_TEST(errors_of_sending_are_said)
{
	const struct sw_addr nowhere = rig_addr("2001:db8::9", 4110);
	const struct switch_client_frame f = {(const uint8_t *)"h", 1, NULL, 0};
	struct answer tell = {0}, cast = {0}, say = {0};

	switch_client_mesh_tell(control, 3, 103, &f, on_done, &tell);
	switch_client_mesh_cast(control, &nowhere, "x", 1, on_done, &cast);
	switch_client_mesh_say(control, 5, 9, VOMP_TEXT, "hi", 2, on_done, &say);
	until(&say.n, 1);
	ck_assert_int_eq(tell.error, -ENOENT);
	ck_assert_int_eq(cast.error, -EHOSTUNREACH);
	ck_assert_int_eq(say.error, -ENOENT);
}
END_TEST

START_TEST(what_is_too_long_is_not_said)
{
	static const uint8_t much[SW_MESH_BYTES + 1];
	const struct sw_addr to = rig_addr("192.0.2.9", 4110);
	const struct switch_client_frame f = {much, 200, much, SW_MESH_BYTES - 200};

	ck_assert_int_eq(switch_client_mesh_tell(control, 3, 103, &f, NULL, NULL), -EMSGSIZE);
	ck_assert_int_eq(switch_client_mesh_cast(control, &to, much, sizeof much, NULL, NULL),
		-EMSGSIZE);
	ck_assert_int_eq(switch_client_mesh_say(control, 5, 9, VOMP_TEXT, much,
				 SW_MESH_SAY_MAX + 1, NULL, NULL),
		-EMSGSIZE);
}
END_TEST

/* ---- To control ---- */

static bool
hear(uint16_t len)
{
	struct sw_mesh_heard h = {.neighbour = 103,
		.done = 1,
		.from = {AF_INET, 4110, {192, 0, 2, 9}},
		.len = len};

	memset(h.bytes, 0x5a, len);
	return switch_server_mesh_heard(server, &h);
}

START_TEST(datagrams_reach_control)
{
	ck_assert(hear(1200));
	ck_assert(hear(5));
	until(&datagrams, 2);
	ck_assert_uint_eq(last.len, 5);
	ck_assert_uint_eq(last.neighbour, 103);
	ck_assert_uint_eq(last.bytes[4], 0x5a);
	ck_assert_uint_eq(last.bytes[5], 0);
}
END_TEST

START_TEST(datagrams_for_a_control_that_does_not_read_are_dropped)
{
	unsigned said = 0;

	while (said < 10000 && hear(1200))
		said++;
	ck_assert_uint_gt(said, 100);
	ck_assert_uint_lt(said, 10000);
	until(&datagrams, said); /* and those before are not lost */
	ck_assert(hear(1));
}
END_TEST

START_TEST(without_control_nobody_hears)
{
	switch_client_close(control);
	control = switch_client_open(&client_calls, NULL);
	for (unsigned i = 0; i < 100; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert(!hear(1));
}
END_TEST

START_TEST(without_a_mesh_every_command_is_refused)
{
	const struct sw_addr to = rig_addr("192.0.2.9", 4110);
	const struct switch_client_frame f = {(const uint8_t *)"h", 1, NULL, 0};
	struct answer a[6] = {{0}};

	switch_client_mesh_node(control, &node, on_done, &a[0]);
	switch_client_mesh_neighbour(control, &neighbour, on_done, &a[1]);
	switch_client_mesh_peer(control, &peer, on_done, &a[2]);
	switch_client_mesh_tell(control, 3, 103, &f, on_done, &a[3]);
	switch_client_mesh_cast(control, &to, "x", 1, on_done, &a[4]);
	switch_client_mesh_say(control, 5, 9, VOMP_TEXT, "hi", 2, on_done, &a[5]);
	until(&a[5].n, 1);
	for (unsigned i = 0; i < 6; i++)
		ck_assert_int_eq(a[i].error, -ENODEV);
	a[0] = (struct answer){0};
	switch_client_mesh_peer_del(control, 70, 5000, on_done, &a[0]);
	switch_client_mesh_neighbour_del(control, 3, 103, on_done, &a[0]);
	until(&a[0].n, 2);
	ck_assert_int_eq(a[0].error, 0); /* unknown */
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("switch_mesh");
	TCase *tc = tcase_create("mesh");

	tcase_add_checked_fixture(tc, setup_mesh, teardown);
	tcase_add_test(tc, commands_are_carried_out_and_acknowledged);
	tcase_add_test(tc, what_is_refused_is_said_and_the_connection_stays);
	tcase_add_test(tc, what_is_to_be_sent_arrives_to_the_last_byte);
	tcase_add_test(tc, errors_of_sending_are_said);
	tcase_add_test(tc, what_is_too_long_is_not_said);
	tcase_add_test(tc, datagrams_reach_control);
	tcase_add_test(tc, datagrams_for_a_control_that_does_not_read_are_dropped);
	tcase_add_test(tc, without_control_nobody_hears);
	suite_add_tcase(s, tc);
	tc = tcase_create("none");
	tcase_add_checked_fixture(tc, setup_plain, teardown);
	tcase_add_test(tc, without_a_mesh_every_command_is_refused);
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
