/* SPDX-License-Identifier: Apache-2.0
 *
 * Both halves of switch.h against each other over a real socket: dataplane/switch_server.c
 * with the tables of a switch without a network (rig.h), dataplane/switch_client.c as control.
 */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "dataplane/capture.h"
#include "dataplane/switch_client.h"
#include "dataplane/switch_server.h"
#include "tests/dataplane/rig.h"
#include "tests/scratch.h"

enum { PATIENCE = 2000 }; /* looks, a millisecond each, before a test gives up */

static struct inproc rig;
static struct event_base *base;
static struct switch_server *server;
static char dir[SCRATCH], path[96];

/* What the server asked of the switch. */
static unsigned hellos, stops, passed_fds;
static uint32_t level;
static int refusal;

/* What control has heard. */
static unsigned welcomes, closings, events;
static enum sw_origin origin;
static struct sw_event last_event;

static int
on_hello(void *arg, int fd)
{
	if (fd >= 0) {
		passed_fds++;
		close(fd);
	}
	if (refusal != 0)
		return refusal;
	switch_server_serve(server, rig.tables, &rig.state);
	return hellos++ == 0 ? SW_FRESH : SW_KEPT;
}

static void
on_settle(void *arg)
{
}

static void
on_log_level(void *arg, uint32_t wanted)
{
	level = wanted;
}

static void
on_stop(void *arg)
{
	stops++;
}

static void
on_welcome(void *arg, enum sw_origin how)
{
	welcomes++;
	origin = how;
}

static void
on_event(void *arg, const struct sw_event *ev)
{
	events++;
	last_event = *ev;
}

static void
on_closed(void *arg, const char *why)
{
	closings++;
}

static struct sw_captured captured;
static unsigned captures;

static void
on_captured(void *arg, const struct sw_captured *m)
{
	captured = *m;
	captures++;
}

static const struct switch_server_calls server_calls = {
	.hello = on_hello, .settle = on_settle, .log_level = on_log_level, .stop = on_stop};
static const struct switch_client_calls client_calls = {.welcome = on_welcome,
	.event = on_event,
	.closed = on_closed,
	.captured = on_captured};

static void
setup(void)
{
	hellos = stops = passed_fds = level = welcomes = closings = events = 0;
	refusal = 0;
	rig_open(&rig);
	base = event_base_new();
	ck_assert_ptr_nonnull(mkdtemp(scratch(dir, "server")));
	snprintf(path, sizeof path, "%s/switch.sock", dir);
	server = switch_server_open(base, path, -1, -1, &server_calls, NULL);
	ck_assert_ptr_nonnull(server);
}

static void
teardown(void)
{
	switch_server_close(server);
	ck_assert_int_ne(access(path, F_OK), 0);
	rmdir(dir);
	event_base_free(base);
	rig_close(&rig);
}

/* Let both sides work until *WHAT is at least WANT. */
static void
until(struct switch_client *c, const unsigned *what, unsigned want)
{
	for (unsigned i = 0; i < PATIENCE && *what < want; i++) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		if (c != NULL)
			switch_client_run(c);
		rte_rcu_qsbr_quiescent(rig.rcu, 0);
		retire_run(rig.retire);
		switch_server_flush(server); /* as main does when it has settled */
		usleep(1000);
	}
	ck_assert_uint_ge(*what, want);
}

static struct switch_client *
connect_control(void)
{
	struct switch_client *c = switch_client_open(&client_calls, NULL);

	ck_assert_ptr_nonnull(c);
	ck_assert_int_eq(switch_client_connect(c, path), 0);
	until(c, &welcomes, 1);
	return c;
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
	a->error = error;
}

START_TEST(control_is_welcomed_with_the_state)
{
	struct switch_client *c = connect_control();

	ck_assert_int_eq(origin, SW_FRESH);
	ck_assert_ptr_nonnull(switch_client_state(c));
	ck_assert_uint_eq(switch_client_state(c)->instance, rig.state.head->instance);
	ck_assert_uint_eq(switch_client_state(c)->transports, RIG_SLOTS);
	switch_client_close(c);
}
END_TEST

/* Whether somebody has the other end of pipe END open. */
static bool
is_held(int end)
{
	char byte;

	return read(end, &byte, 1) < 0 && errno == EAGAIN;
}

START_TEST(what_silences_the_kernel_lasts_until_the_next_switch)
{
	struct switch_client *c;
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
	switch_server_silence(server, ends[1]);
	c = connect_control();
	close(ends[1]); /* the switch dies ... */
	switch_client_hang_up(c, "killed");
	ck_assert(is_held(ends[0]));
	switch_server_silence(server, -1); /* ... and another comes, which has none */
	ck_assert_int_eq(switch_client_connect(c, path), 0);
	ck_assert(is_held(ends[0]));
	until(c, &welcomes, 2);
	ck_assert(!is_held(ends[0]));
	close(ends[0]);
	switch_client_close(c);
}
END_TEST

START_TEST(what_silences_the_kernel_ends_with_control)
{
	struct switch_client *c;
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
	switch_server_silence(server, ends[1]);
	c = connect_control();
	close(ends[1]);
	ck_assert(is_held(ends[0]));
	switch_client_close(c);
	ck_assert(!is_held(ends[0]));
	close(ends[0]);
}
END_TEST

START_TEST(commands_are_carried_out_and_acknowledged)
{
	struct switch_client *c = connect_control();
	struct sw_transport a = rig_transport(0, "192.0.2.10", 4000);
	struct sw_transport b = rig_transport(1, "192.0.2.20", 5000);
	struct sw_flow f = {.id = 1000, .sinks = 1, .sink = {{.id = 1001, .slot = 1}}};
	struct answer done = {0}, refused = {0};

	switch_client_transport_set(c, &a, on_done, &done);
	switch_client_transport_set(c, &b, on_done, &done);
	switch_client_flow_set(c, &f, NULL, on_done, &done);
	f.sink[0].id = 4711; /* nobody */
	switch_client_flow_set(c, &f, NULL, on_done, &refused);
	until(c, &refused.n, 1);
	ck_assert_uint_eq(done.n, 3);
	ck_assert_int_eq(done.error, 0);
	ck_assert_int_eq(refused.error, -ENOENT);
	ck_assert_uint_eq(tables_count(rig.tables), 2);
	ck_assert_uint_eq(atomic_load(&switch_client_transport(c, 1)->id), 1001);
	switch_client_close(c);
}
END_TEST

START_TEST(a_bridge_comes_with_its_flow_and_must_be_sound)
{
	struct switch_client *c = connect_control();
	struct sw_transport t = rig_transport(0, "192.0.2.10", 4000);
	struct sw_flow f = {.id = 1000, .bridged = 1};
	struct sw_bridge b = {.maps = 1, .map = {{0, 8, SW_LAW_U_TO_A, 0}}};
	struct answer done = {0}, refused = {0};

	switch_client_transport_set(c, &t, on_done, &done);
	switch_client_flow_set(c, &f, &b, on_done, &done);
	b.map[0].law = SW_LAWS;
	switch_client_flow_set(c, &f, &b, on_done, &refused);
	until(c, &refused.n, 1);
	ck_assert_uint_eq(done.n, 2);
	ck_assert_int_eq(done.error, 0);
	ck_assert_int_eq(refused.error, -EINVAL);
	ck_assert_uint_eq(tables_shared(rig.tables)->slot[0].transport->bridge->map[0].to, 8);
	switch_client_close(c);
}
END_TEST

START_TEST(a_deletion_is_acknowledged_when_the_slot_is_free)
{
	struct switch_client *c = connect_control();
	struct sw_transport a = rig_transport(0, "192.0.2.10", 4000);
	struct answer set = {0}, gone = {0}, unknown = {0};

	switch_client_transport_set(c, &a, on_done, &set);
	until(c, &set.n, 1);
	switch_client_transport_del(c, 0, 1000, on_done, &gone);
	until(c, &gone.n, 1);
	ck_assert_int_eq(gone.error, 0);
	ck_assert_uint_eq(atomic_load(&rig.state.transport[0].id), 0);
	switch_client_transport_del(c, 0, 1000, on_done, &unknown);
	until(c, &unknown.n, 1);
	ck_assert_int_eq(unknown.error, 0);
	switch_client_close(c);
}
END_TEST

START_TEST(what_one_grace_period_frees_is_acknowledged_in_one_message)
{
	struct switch_client *c = connect_control();
	struct sw_transport a = rig_transport(0, "192.0.2.10", 4000),
			    b = rig_transport(1, "192.0.2.10", 4002);
	struct answer set = {0}, gone = {0};
	uint64_t heard;

	switch_client_transport_set(c, &a, on_done, &set);
	switch_client_transport_set(c, &b, on_done, &set);
	until(c, &set.n, 2);
	heard = switch_client_heard(c);
	switch_client_transport_del(c, 0, a.id, on_done, &gone);
	switch_client_transport_del(c, 1, b.id, on_done, &gone);
	until(c, &gone.n, 2);
	ck_assert_uint_eq(switch_client_heard(c), heard + 1);
	switch_client_close(c);
}
END_TEST

START_TEST(a_transport_is_stopped_and_goes_on_in_another_slot)
{
	struct switch_client *c = connect_control();
	struct sw_transport a = rig_transport(0, "192.0.2.10", 4000);
	struct answer set = {0}, stopped = {0}, gone = {0}, there = {0}, unknown = {0};
	struct sw_history h = {0};

	switch_client_transport_set(c, &a, on_done, &set);
	until(c, &set.n, 1);
	atomic_store(&rig.state.transport[0].rx_packets, 5);
	switch_client_transport_stop(c, 0, a.id, &h, on_done, &stopped);
	switch_client_transport_stop(c, 0, 4711, NULL, on_done, &unknown);
	until(c, &stopped.n, 1);
	until(c, &unknown.n, 1);
	ck_assert_int_eq(stopped.error, 0);
	ck_assert_int_eq(unknown.error, -ENOENT);
	ck_assert_uint_eq(h.id, a.id);
	ck_assert_uint_eq(h.rx_packets, 5);
	switch_client_transport_del(c, 0, a.id, on_done, &gone);
	until(c, &gone.n, 1);
	a.slot = 3;
	switch_client_transport_resume(c, &a, &h, on_done, &there);
	until(c, &there.n, 1);
	ck_assert_int_eq(there.error, 0);
	ck_assert_uint_eq(atomic_load(&rig.state.transport[3].rx_packets), 5);
	h.learned[1] =
		rig_addr("2001:db8::7", 4001); /* to which an IPv4 transport has no way */
	switch_client_transport_resume(c, &a, &h, on_done, &there);
	until(c, &there.n, 2);
	ck_assert_int_eq(there.error, -EINVAL);
	h.learned[1] = (struct sw_addr){0};
	a.local = 2;
	switch_client_transport_resume(c, &a, &h, on_done, &there);
	until(c, &there.n, 3);
	ck_assert_int_eq(there.error, -EINVAL);
	switch_client_close(c);
}
END_TEST

/* Whoever reconciles may use the slots of what was dropped, and of what a control that was
 * killed had deleted just before. */
START_TEST(reconciling_is_over_when_the_slots_are_free)
{
	struct switch_client *c = connect_control();
	struct sw_transport a = rig_transport(0, "192.0.2.10", 4000);
	struct sw_transport b = rig_transport(1, "192.0.2.20", 5000);
	struct answer done = {0}, ended = {0};

	switch_client_transport_set(c, &a, on_done, &done);
	switch_client_transport_set(c, &b, on_done, &done);
	until(c, &done.n, 2);
	switch_client_transport_del(c, 0, a.id, NULL, NULL);
	switch_client_send(c, SW_SYNC_BEGIN, on_done, &done);
	switch_client_send(c, SW_SYNC_END, on_done, &ended);
	/* The core passes no quiescent point, so nothing is free yet. */
	for (unsigned i = 0; i < 50; i++) {
		switch_client_run(c);
		event_base_loop(base, EVLOOP_NONBLOCK);
		retire_run(rig.retire);
	}
	ck_assert_uint_eq(done.n, 3);
	ck_assert_uint_eq(ended.n, 0);
	until(c, &ended.n, 1);
	a.id = b.id = 4711;
	switch_client_transport_set(c, &a, on_done, &done);
	switch_client_transport_set(c, &b, on_done, &done);
	until(c, &done.n, 5);
	ck_assert_int_eq(done.error, 0);
	switch_client_close(c);
}
END_TEST

/* A control that is stopped: events are dropped, not kept; it goes on as it was. */
START_TEST(events_for_a_control_that_does_not_read_are_dropped)
{
	struct switch_client *c = connect_control();
	struct sw_event ev = {.id = 5, .slot = 6, .kind = SW_EV_SECOND_SOURCE};
	struct answer done = {0};
	unsigned said = 100000;

	for (unsigned i = 0; i < said; i++)
		switch_server_event(server, &ev);
	switch_client_log_set(c, 2, on_done, &done);
	until(c, &done.n, 1);
	ck_assert_int_eq(done.error, 0);
	ck_assert_uint_gt(events, 0);
	/* What a socket takes, and 256 KiB behind it. */
	ck_assert_uint_lt(events, said / 10);
	events = 0;
	switch_server_event(server, &ev);
	until(c, &events, 1);
	switch_client_close(c);
}
END_TEST

START_TEST(values_out_of_range_are_refused)
{
	struct switch_client *c = connect_control();
	struct sw_transport a = rig_transport(0, "192.0.2.10", 4000);
	struct answer done = {0};

	a.slot = RIG_SLOTS;
	switch_client_transport_set(c, &a, on_done, &done);
	a = rig_transport(0, "192.0.2.10", 4000);
	a.local = 2;
	switch_client_transport_set(c, &a, on_done, &done);
	switch_client_transport_del(c, RIG_SLOTS, 1, on_done, &done);
	until(c, &done.n, 3);
	ck_assert_int_eq(done.error, -EINVAL);
	ck_assert_uint_eq(tables_count(rig.tables), 0);
	switch_client_close(c);
}
END_TEST

START_TEST(events_reach_control)
{
	struct switch_client *c = connect_control();
	struct sw_event ev = {.id = 5, .slot = 6, .kind = SW_EV_LATCHED};

	ev.addr = rig_addr("192.0.2.10", 4000);
	switch_server_event(server, &ev);
	until(c, &events, 1);
	ck_assert_uint_eq(last_event.slot, 6);
	ck_assert_mem_eq(&last_event.addr, &ev.addr, sizeof ev.addr);
	switch_client_close(c);
}
END_TEST

static unsigned
count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

START_TEST(a_capture_begins_with_its_file_and_says_how_it_ended)
{
	static const struct sw_capture_set want = {.id = 5, .max_bytes = 1000, .snaplen = 100};
	struct switch_client *c = connect_control();
	struct capture *capture = capture_open(1);
	struct answer without = {0}, with = {0}, ended = {0};
	FILE *file = tmpfile();
	unsigned before;

	captures = 0;
	switch_client_capture_set(c, &want, dup(fileno(file)), on_done, &without);
	until(c, &without.n, 1);
	ck_assert_int_eq(without.error, -EOPNOTSUPP);
	switch_server_capture(server, capture);
	without.n = 0;
	before = count_fds();
	switch_client_capture_set(c, &want, -1, on_done, &without);
	until(c, &without.n, 1);
	ck_assert_int_eq(without.error, -EBADF);
	switch_client_capture_set(c, &want, dup(fileno(file)), on_done, &with);
	until(c, &with.n, 1);
	ck_assert_int_eq(with.error, 0);
	switch_client_capture_end(c, 5, on_done, &ended);
	until(c, &ended.n, 1);
	for (unsigned i = 0; i < PATIENCE && captures == 0; i++) {
		capture_run(capture, rig.tables, switch_server_captured, server);
		event_base_loop(base, EVLOOP_NONBLOCK);
		switch_client_run(c);
		usleep(1000);
	}
	ck_assert_uint_eq(captures, 1);
	ck_assert_uint_eq(captured.id, 5);
	ck_assert_uint_eq(count_fds(), before);

	/* Without control there is none. */
	with.n = 0;
	switch_client_capture_set(c, &want, dup(fileno(file)), on_done, &with);
	until(c, &with.n, 1);
	switch_client_close(c);
	for (unsigned i = 0; i < PATIENCE && count_fds() > before - 3; i++) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		usleep(1000);
	}
	ck_assert_uint_eq(count_fds(), before - 3); /* both ends of the socket, the memfd */
	switch_server_capture(server, NULL);
	capture_close(capture);
	fclose(file);
}
END_TEST

START_TEST(log_level_and_stop_are_passed_on)
{
	struct switch_client *c = connect_control();
	struct answer done = {0};

	switch_client_log_set(c, 3, on_done, &done);
	switch_client_send(c, SW_STOP, on_done, &done);
	until(c, &done.n, 2);
	ck_assert_uint_eq(level, 3);
	ck_assert_uint_eq(stops, 1);
	switch_client_close(c);
}
END_TEST

START_TEST(calls_outlive_control_and_its_successor_is_welcomed)
{
	struct switch_client *c = connect_control(), *next;
	struct sw_transport a = rig_transport(0, "192.0.2.10", 4000);
	struct answer set = {0};

	switch_client_transport_set(c, &a, on_done, &set);
	until(c, &set.n, 1);
	switch_client_close(c);
	welcomes = 0;
	next = connect_control();
	ck_assert_int_eq(origin, SW_KEPT);
	ck_assert_uint_eq(tables_count(rig.tables), 1);
	ck_assert_uint_eq(atomic_load(&switch_client_transport(next, 0)->id), 1000);
	switch_client_close(next);
}
END_TEST

START_TEST(control_gives_back_the_state_it_holds)
{
	struct switch_client *c = connect_control();

	switch_server_close(server);
	until(c, &closings, 0);
	for (unsigned i = 0; i < PATIENCE && closings == 0; i++)
		switch_client_run(c);
	ck_assert_uint_eq(closings, 1);
	server = switch_server_open(base, path, -1, -1, &server_calls, NULL);
	ck_assert_int_eq(switch_client_connect(c, path), 0);
	until(c, &welcomes, 2);
	ck_assert_uint_eq(passed_fds, 1);
	switch_client_close(c);
}
END_TEST

START_TEST(a_switch_that_cannot_start_refuses_control)
{
	struct switch_client *c = switch_client_open(&client_calls, NULL);

	refusal = -ENOMEM;
	ck_assert_int_eq(switch_client_connect(c, path), 0);
	until(c, &closings, 1);
	ck_assert_uint_eq(welcomes, 0);
	switch_client_close(c);
}
END_TEST

/* One message of raw bytes to the server; what it answers, until it closes. */
static unsigned
throw_at_server(const void *bytes, size_t len)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
	uint8_t answer[256];
	unsigned closed = 0;

	memcpy(addr.sun_path, path, strlen(path));
	ck_assert_int_eq(connect(fd, (const struct sockaddr *)&addr, sizeof addr), 0);
	ck_assert_int_eq(send(fd, bytes, len, 0), (ssize_t)len);
	for (unsigned i = 0; i < PATIENCE && !closed; i++) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		closed = recv(fd, answer, sizeof answer, 0) == 0;
	}
	close(fd);
	return closed;
}

START_TEST(nonsense_closes_the_connection_and_nothing_else)
{
	struct sw_hello other_abi = {
		.head = {SW_MAGIC, SW_HELLO, sizeof other_abi, 1}, .abi = SW_ABI + 1};
	struct sw_plain no_hello = {.head = {SW_MAGIC, SW_SYNC_BEGIN, sizeof no_hello, 1}};
	uint8_t noise[64];
	struct switch_client *c;

	memset(noise, 0xa5, sizeof noise);
	ck_assert(throw_at_server(noise, sizeof noise));
	ck_assert(throw_at_server(noise, 1));
	ck_assert(throw_at_server(&other_abi, sizeof other_abi));
	ck_assert(throw_at_server(&other_abi, sizeof other_abi - 4));
	ck_assert(throw_at_server(&no_hello, sizeof no_hello));
	ck_assert_uint_eq(hellos, 0);
	c = connect_control();
	switch_client_close(c);
}
END_TEST

START_TEST(descriptors_that_nobody_asked_for_are_closed)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	struct sw_plain nonsense = {.head = {SW_MAGIC, SW_SYNC_BEGIN, sizeof nonsense, 1}};
	struct iovec iov = {&nonsense, sizeof nonsense};
	alignas(struct cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))] = {0};
	struct msghdr msg = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof control};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	unsigned before = count_fds();

	memcpy(addr.sun_path, path, strlen(path));
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(2 * sizeof(int));
	memcpy(CMSG_DATA(c), &(int[2]){0, 1}, 2 * sizeof(int));
	for (unsigned i = 0; i < 10; i++) {
		int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
		uint8_t answer[256];

		ck_assert_int_eq(connect(fd, (const struct sockaddr *)&addr, sizeof addr), 0);
		ck_assert_int_gt(sendmsg(fd, &msg, 0), 0);
		while (recv(fd, answer, sizeof answer, 0) != 0)
			event_base_loop(base, EVLOOP_NONBLOCK);
		close(fd);
	}
	ck_assert_uint_eq(count_fds(), before);
}
END_TEST

START_TEST(the_socket_is_its_owners_alone)
{
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("switch_server");
	TCase *tc = tcase_create("both halves");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, control_is_welcomed_with_the_state);
	tcase_add_test(tc, what_silences_the_kernel_lasts_until_the_next_switch);
	tcase_add_test(tc, what_silences_the_kernel_ends_with_control);
	tcase_add_test(tc, commands_are_carried_out_and_acknowledged);
	tcase_add_test(tc, a_bridge_comes_with_its_flow_and_must_be_sound);
	tcase_add_test(tc, a_deletion_is_acknowledged_when_the_slot_is_free);
	tcase_add_test(tc, what_one_grace_period_frees_is_acknowledged_in_one_message);
	tcase_add_test(tc, a_transport_is_stopped_and_goes_on_in_another_slot);
	tcase_add_test(tc, reconciling_is_over_when_the_slots_are_free);
	tcase_add_test(tc, events_for_a_control_that_does_not_read_are_dropped);
	tcase_add_test(tc, values_out_of_range_are_refused);
	tcase_add_test(tc, events_reach_control);
	tcase_add_test(tc, a_capture_begins_with_its_file_and_says_how_it_ended);
	tcase_add_test(tc, log_level_and_stop_are_passed_on);
	tcase_add_test(tc, calls_outlive_control_and_its_successor_is_welcomed);
	tcase_add_test(tc, control_gives_back_the_state_it_holds);
	tcase_add_test(tc, a_switch_that_cannot_start_refuses_control);
	tcase_add_test(tc, nonsense_closes_the_connection_and_nothing_else);
	tcase_add_test(tc, descriptors_that_nobody_asked_for_are_closed);
	tcase_add_test(tc, the_socket_is_its_owners_alone);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
