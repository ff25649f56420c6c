/* SPDX-License-Identifier: Apache-2.0
 *
 * Suite of dataplane/switch_client.c, against a toy switch on a real SEQPACKET socket.  Client
 * and toy take turns in one thread: nothing of the client blocks. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <check.h>

#include "dataplane/state.h"
#include "dataplane/switch_client.h"

enum { COMMANDS = 20000 };

/* ---- The toy switch ---- */

static struct {
	char dir[32], path[64];
	int listener, conn;
	struct state state;
	int offered; /* the descriptor that came with hello; -1: none */
	alignas(8) char in[SW_MESSAGE_MAX];
} toy;

static const struct state_sizes sizes = {.transports = 10, .record_blocks = 4};

static void
toy_open(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};

	strcpy(toy.dir, "/tmp/switch_client.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(toy.dir));
	snprintf(toy.path, sizeof toy.path, "%s/sock", toy.dir);
	strcpy(at.sun_path, toy.path);
	toy.listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(toy.listener, (struct sockaddr *)&at, sizeof at), 0);
	ck_assert_int_eq(listen(toy.listener, 4), 0);
	toy.conn = toy.offered = -1;
	ck_assert_int_eq(state_create(&toy.state, &sizes), 0);
}

static void
toy_close(void)
{
	close(toy.listener);
	if (toy.conn >= 0)
		close(toy.conn);
	if (toy.offered >= 0)
		close(toy.offered);
	state_close(&toy.state);
	unlink(toy.path);
	rmdir(toy.dir);
}

/* Say LEN bytes of MSG, with descriptor FD unless it is -1. */
static void
toy_say(const void *msg, size_t len, int fd)
{
	struct iovec io = {(void *)(uintptr_t)msg, len};
	alignas(struct cmsghdr) char space[CMSG_SPACE(sizeof fd)] = {0};
	struct msghdr m = {.msg_iov = &io, .msg_iovlen = 1};

	if (fd >= 0) {
		m.msg_control = space;
		m.msg_controllen = sizeof space;
		*CMSG_FIRSTHDR(&m) =
			(struct cmsghdr){CMSG_LEN(sizeof fd), SOL_SOCKET, SCM_RIGHTS};
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), &fd, sizeof fd);
	}
	ck_assert_int_eq(sendmsg(toy.conn, &m, MSG_NOSIGNAL), len);
}

/* Read one message into toy.in, checking each command in it; bytes, 0: none. */
static size_t
toy_hear(void)
{
	struct iovec io = {toy.in, sizeof toy.in};
	alignas(struct cmsghdr) char space[CMSG_SPACE(sizeof(int))];
	struct msghdr m = {.msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = space,
		.msg_controllen = sizeof space};
	ssize_t len = recvmsg(toy.conn, &m, MSG_DONTWAIT);
	int whole;

	if (len < 0)
		return 0;
	for (ssize_t at = 0; at < len; at += whole) {
		whole = sw_check(toy.in + at, (uint32_t)(len - at), 0);
		ck_assert_int_gt(whole, 0);
	}
	if (CMSG_FIRSTHDR(&m) != NULL)
		memcpy(&toy.offered, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(int));
	return (size_t)len;
}

static uint64_t
toy_accept(void)
{
	const struct sw_hello *hello = (const void *)toy.in;

	toy.conn = accept4(toy.listener, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_ge(toy.conn, 0);
	ck_assert_uint_eq(toy_hear(), sizeof *hello);
	ck_assert_uint_eq(hello->head.type, SW_HELLO);
	ck_assert_uint_eq(hello->abi, SW_ABI);
	ck_assert_uint_eq(hello->pid, (uint32_t)getpid());
	return hello->head.seq;
}

static struct sw_welcome
welcome(uint64_t seq, enum sw_origin origin)
{
	return (struct sw_welcome){
		.head = {SW_MAGIC, SW_WELCOME, sizeof(struct sw_welcome), seq},
		.abi = SW_ABI,
		.pid = 1,
		.origin = origin};
}

static void
toy_welcome(uint64_t seq, enum sw_origin origin)
{
	struct sw_welcome w = welcome(seq, origin);

	toy_say(&w, sizeof w, toy.state.fd);
}

static struct sw_ack
ack(const struct sw_head *of, int error)
{
	return (struct sw_ack){
		{SW_MAGIC, SW_ACK, sizeof(struct sw_ack), of->seq}, error, of->type};
}

static void
toy_ack(const struct sw_head *of, int error)
{
	struct sw_ack a = ack(of, error);

	toy_say(&a, sizeof a, -1);
}

/* ---- The client ---- */

static struct {
	struct switch_client *c;
	unsigned welcomes, events, closes, dones;
	enum sw_origin origin;
	struct sw_event event;
	struct sw_captured captured;
	char why[64];
	int error[COMMANDS]; /* 1: not answered; else as it was answered */
	bool closed_before_done;
} me;

static void
on_welcome(void *arg, enum sw_origin origin)
{
	me.welcomes++;
	me.origin = origin;
	ck_assert(switch_client_ready(me.c));
}

static void
on_event(void *arg, const struct sw_event *ev)
{
	me.events++;
	me.event = *ev;
}

static void
on_captured(void *arg, const struct sw_captured *m)
{
	me.captured = *m;
}

static void
on_closed(void *arg, const char *why)
{
	me.closes++;
	snprintf(me.why, sizeof me.why, "%s", why);
	ck_assert_int_eq(switch_client_fd(me.c), -1);
}

static void
on_done(void *arg, int error)
{
	int *slot = arg;

	ck_assert_int_eq(*slot, 1);
	*slot = error;
	me.dones++;
	me.closed_before_done |= me.closes > 0;
}

static const struct switch_client_calls calls = {.welcome = on_welcome,
	.event = on_event,
	.closed = on_closed,
	.captured = on_captured};

static void
set_up(void)
{
	toy_open();
	memset(&me, 0, sizeof me);
	for (unsigned i = 0; i < COMMANDS; i++)
		me.error[i] = 1;
	ck_assert_ptr_nonnull(me.c = switch_client_open(&calls, &me));
}

static void
tear_down(void)
{
	switch_client_close(me.c);
	toy_close();
}

static void
connected(void)
{
	ck_assert_int_eq(switch_client_connect(me.c, toy.path), 0);
	toy_welcome(toy_accept(), SW_FRESH);
	switch_client_run(me.c);
	ck_assert_uint_eq(me.welcomes, 1);
}

static void
sync_command(unsigned i)
{
	ck_assert_int_eq(switch_client_send(me.c, SW_SYNC_BEGIN, on_done, &me.error[i]), 0);
}

static void
run_and_close(const char *why)
{
	switch_client_run(me.c);
	ck_assert_uint_eq(me.closes, 1);
	ck_assert_msg(strstr(me.why, why) != NULL, "%s", me.why);
	ck_assert(!switch_client_ready(me.c));
	ck_assert_int_eq(switch_client_send(me.c, SW_STOP, NULL, NULL), -ENOTCONN);
}

/* ---- Connecting ---- */

START_TEST(nobody_there_is_said_at_once)
{
	ck_assert_int_eq(switch_client_connect(me.c, "/nonexistent/sock"), -ENOENT);
	close(toy.listener);
	ck_assert_int_eq(switch_client_connect(me.c, toy.path), -ECONNREFUSED);
	ck_assert_int_eq(switch_client_fd(me.c), -1);
	ck_assert_ptr_null(switch_client_state(me.c));
	ck_assert_int_eq(switch_client_state_fd(me.c), -1);
}
END_TEST

START_TEST(commands_wait_for_the_welcome)
{
	uint64_t seq;

	ck_assert_int_eq(switch_client_send(me.c, SW_STOP, NULL, NULL), -ENOTCONN);
	ck_assert_int_eq(switch_client_connect(me.c, toy.path), 0);
	ck_assert_int_eq(switch_client_connect(me.c, toy.path), -EISCONN);
	seq = toy_accept();
	switch_client_run(me.c);
	ck_assert_int_eq(switch_client_send(me.c, SW_STOP, NULL, NULL), -ENOTCONN);
	toy_welcome(seq, SW_KEPT);
	switch_client_run(me.c);
	ck_assert_uint_eq(me.welcomes, 1);
	ck_assert_int_eq(me.origin, SW_KEPT);
	ck_assert_int_eq(switch_client_send(me.c, SW_STOP, NULL, NULL), 0);
}
END_TEST

START_TEST(the_state_is_mapped_as_far_as_it_is_ours_to_see)
{
	char *records;
	uint32_t n;

	toy.state.core[0].turns = 4;
	toy.state.transport[9].id = 5;
	toy.state.head->transcoders = 2;
	toy.state.transcoder[1].frames = 7;
	toy.state.bridge_state[9].id = 5;
	connected();
	ck_assert_uint_eq(switch_client_state(me.c)->instance, toy.state.head->instance);
	ck_assert_uint_eq(switch_client_core(me.c, 0)->turns, 4);
	ck_assert_ptr_null(switch_client_core(me.c, 1));
	ck_assert_uint_eq(switch_client_transport(me.c, 9)->id, 5);
	ck_assert_ptr_null(switch_client_transport(me.c, 10));
	ck_assert_uint_eq(switch_client_transcoder(me.c, 1)->frames, 7);
	ck_assert_ptr_null(switch_client_transcoder(me.c, 2));
	ck_assert_uint_eq(switch_client_bridge(me.c, 9)->id, 5);
	ck_assert_ptr_null(switch_client_bridge(me.c, 10));
	records = switch_client_records(me.c, &n);
	ck_assert_uint_eq(n, 4);
	records[0] = records[n * SW_RECORD_BLOCK - 1] = 'x';
	toy.state.transport[9].id = 6; /* shared, not copied */
	ck_assert_uint_eq(switch_client_transport(me.c, 9)->id, 6);
}
END_TEST

START_TEST(a_successor_of_the_switch_is_handed_the_state)
{
	char *records;
	uint32_t n;

	connected();
	records = switch_client_records(me.c, &n);
	records[5] = 'r';
	close(toy.conn);
	run_and_close("gone");
	ck_assert_ptr_nonnull(switch_client_state(me.c)); /* stays mapped */
	ck_assert_int_eq(switch_client_connect(me.c, toy.path), 0);
	toy_welcome(toy_accept(), SW_ADOPTED);
	ck_assert_int_ge(toy.offered, 0);
	switch_client_run(me.c);
	ck_assert_uint_eq(me.welcomes, 2);
	ck_assert_int_eq(me.origin, SW_ADOPTED);
	records = switch_client_records(me.c, &n);
	ck_assert_int_eq(records[5], 'r');
	sync_command(0);
	switch_client_run(me.c);
	ck_assert_uint_gt(toy_hear(), 0);
}
END_TEST

START_TEST(another_abi_is_a_clear_end)
{
	struct sw_head hello = {.type = SW_HELLO};

	ck_assert_int_eq(switch_client_connect(me.c, toy.path), 0);
	hello.seq = toy_accept();
	toy_ack(&hello, -EPROTO);
	run_and_close("version");
}
END_TEST

/* ---- Commands ---- */

START_TEST(commands_arrive_as_they_were_said)
{
	struct sw_transport t = {.id = 1, .slot = 2, .port = 4000, .seal = {.key = {1, 2, 3}}};
	struct sw_flow f = {.id = 1, .slot = 2, .sinks = 1, .sink = {{3, 4, 0}}};
	const struct sw_bridge b = {.maps = 1, .map = {{0, 8, SW_LAW_U_TO_A, 0}}};
	const char *at = toy.in;

	connected();
	ck_assert_int_eq(switch_client_transport_set(me.c, &t, NULL, NULL), 0);
	ck_assert_int_eq(switch_client_flow_set(me.c, &f, NULL, NULL, NULL), 0);
	f.bridged = 1;
	ck_assert_int_eq(switch_client_flow_set(me.c, &f, &b, NULL, NULL), 0);
	ck_assert_int_eq(switch_client_transport_del(me.c, 2, 1, NULL, NULL), 0);
	ck_assert_int_eq(switch_client_log_set(me.c, 3, NULL, NULL), 0);
	ck_assert(switch_client_pending(me.c));
	switch_client_run(me.c);
	ck_assert(!switch_client_pending(me.c));
	ck_assert_uint_eq(toy_hear(), /* in one message */
		sizeof(struct sw_transport_set) + offsetof(struct sw_flow_set, bridge) +
			sizeof(struct sw_flow_set) + sizeof(struct sw_transport_del) +
			sizeof(struct sw_log_set));
	ck_assert_mem_eq(
		&((const struct sw_transport_set *)(const void *)at)->transport, &t, sizeof t);
	at += sizeof(struct sw_transport_set);
	f.bridged = 0;
	ck_assert_mem_eq(&((const struct sw_flow_set *)(const void *)at)->flow, &f, sizeof f);
	at += offsetof(struct sw_flow_set, bridge);
	f.bridged = 1;
	ck_assert_mem_eq(&((const struct sw_flow_set *)(const void *)at)->flow, &f, sizeof f);
	ck_assert_mem_eq(
		&((const struct sw_flow_set *)(const void *)at)->bridge, &b, sizeof b);
	at += sizeof(struct sw_flow_set);
	ck_assert_uint_eq(((const struct sw_transport_del *)(const void *)at)->id, 1);
	ck_assert_uint_eq(((const struct sw_transport_del *)(const void *)at)->slot, 2);
}
END_TEST

START_TEST(deletions_alone_do_not_hurry)
{
	connected();
	ck_assert_int_eq(switch_client_transport_del(me.c, 2, 1, NULL, NULL), 0);
	ck_assert(switch_client_pending(me.c));
	ck_assert(!switch_client_hurries(me.c));
	sync_command(0);
	ck_assert(switch_client_hurries(me.c));
	switch_client_write(me.c);
	ck_assert(!switch_client_hurries(me.c));
	ck_assert_uint_eq(
		toy_hear(), sizeof(struct sw_transport_del) + sizeof(struct sw_plain));

	ck_assert_int_eq(switch_client_transport_del(me.c, 3, 2, NULL, NULL), 0);
	switch_client_hurry(me.c);
	ck_assert(switch_client_hurries(me.c));
	switch_client_hang_up(me.c, "enough"); /* which forgets it */
	ck_assert(!switch_client_hurries(me.c));
}
END_TEST

START_TEST(what_waits_can_be_written_without_anything_being_read)
{
	const struct sw_head *head = (const void *)toy.in;

	connected();
	sync_command(0);
	switch_client_write(me.c);
	ck_assert(!switch_client_pending(me.c));
	ck_assert_uint_eq(toy_hear(), sizeof *head);
	toy_ack(&head[0], 0);
	sync_command(1);
	switch_client_write(me.c);
	ck_assert_uint_eq(me.dones, 0);
	ck_assert_uint_eq(toy_hear(), sizeof *head);
	toy_ack(&head[0], 0);
	switch_client_run(me.c);
	ck_assert_uint_eq(me.dones, 2);
}
END_TEST

START_TEST(acknowledgements_find_their_commands_in_any_order)
{
	const struct sw_head *head = (const void *)toy.in;

	connected();
	for (unsigned i = 0; i < 5; i++)
		sync_command(i);
	switch_client_run(me.c);
	ck_assert_uint_eq(toy_hear(), 5 * sizeof *head);
	ck_assert_uint_eq(me.dones, 0);
	toy_ack(&head[3], -ENOENT);
	toy_ack(&head[0], 0);
	toy_ack(&head[4], -ENOMEM);
	switch_client_run(me.c);
	ck_assert_uint_eq(me.dones, 3);
	sync_command(5);
	toy_ack(&head[2], -EEXIST);
	toy_ack(&head[1], 0);
	switch_client_run(me.c);
	ck_assert_uint_eq(toy_hear(), sizeof *head);
	toy_ack(&head[0], -EINVAL);
	switch_client_run(me.c);
	ck_assert_uint_eq(me.dones, 6);
	ck_assert_int_eq(me.error[0], 0);
	ck_assert_int_eq(me.error[1], 0);
	ck_assert_int_eq(me.error[2], -EEXIST);
	ck_assert_int_eq(me.error[3], -ENOENT);
	ck_assert_int_eq(me.error[4], -ENOMEM);
	ck_assert_int_eq(me.error[5], -EINVAL);
}
END_TEST

static struct sw_history_said
history(uint64_t seq)
{
	return (struct sw_history_said){
		{SW_MAGIC, SW_HISTORY, sizeof(struct sw_history_said), seq}, {.id = 7}};
}

START_TEST(a_history_comes_before_its_acknowledgement)
{
	const struct sw_head *head = (const void *)toy.in;
	struct sw_history into = {0};
	struct sw_history_said said;

	connected();
	ck_assert_int_eq(
		switch_client_transport_stop(me.c, 2, 7, &into, on_done, &me.error[0]), 0);
	switch_client_run(me.c);
	ck_assert_uint_eq(toy_hear(), sizeof(struct sw_transport_del));
	ck_assert_uint_eq(head->type, SW_TRANSPORT_STOP);
	said = history(head->seq);
	said.history.rx_packets = 5;
	toy_say(&said, sizeof said, -1);
	switch_client_run(me.c);
	ck_assert_uint_eq(me.dones, 0);
	toy_ack(head, 0);
	switch_client_run(me.c);
	ck_assert_int_eq(me.error[0], 0);
	ck_assert_uint_eq(into.id, 7);
	ck_assert_uint_eq(into.rx_packets, 5);
}
END_TEST

START_TEST(commands_in_flight_are_answered_when_the_switch_goes)
{
	const struct sw_head *head = (const void *)toy.in;

	connected();
	for (unsigned i = 0; i < 5; i++)
		sync_command(i);
	switch_client_run(me.c);
	ck_assert_uint_eq(toy_hear(), 5 * sizeof *head);
	toy_ack(&head[2], 0);
	sync_command(5); /* never sent */
	close(toy.conn);
	toy.conn = -1;
	run_and_close("gone");
	ck_assert_uint_eq(me.dones, 6);
	ck_assert(!me.closed_before_done);
	for (unsigned i = 0; i < 6; i++)
		ck_assert_int_eq(me.error[i], i == 2 ? 0 : -EPIPE); /* its last words count */
}
END_TEST

START_TEST(commands_in_flight_are_answered_when_control_hangs_up)
{
	connected();
	for (unsigned i = 0; i < 3; i++)
		sync_command(i);
	switch_client_run(me.c);
	switch_client_close(me.c);
	me.c = NULL;
	ck_assert_uint_eq(me.dones, 3);
	ck_assert_int_eq(me.error[2], -EPIPE);
	ck_assert_uint_eq(me.closes, 0);
}
END_TEST

START_TEST(many_commands_wait_while_the_switch_does_not_read)
{
	static struct sw_ack acks[SW_MESSAGE_MAX / sizeof(struct sw_transport_set)];
	struct sw_transport t = {.id = 1};
	unsigned heard = 0, n;
	size_t len;

	connected();
	for (unsigned i = 0; i < COMMANDS; i++) {
		ck_assert_int_eq(
			switch_client_transport_set(me.c, &t, on_done, &me.error[i]), 0);
		if (i % 100 == 0)
			switch_client_run(me.c);
	}
	switch_client_run(me.c);
	ck_assert(switch_client_pending(me.c)); /* the socket is full */
	while (heard < COMMANDS) {
		if ((len = toy_hear()) == 0) {
			switch_client_run(me.c);
			continue;
		}
		n = (unsigned)(len / sizeof(struct sw_transport_set));
		for (unsigned i = 0; i < n; i++)
			acks[i] =
				ack(&((const struct sw_transport_set *)(const void *)toy.in)[i]
						.head,
					0);
		toy_say(acks, n * sizeof acks[0], -1);
		heard += n;
		switch_client_run(me.c);
	}
	while (me.dones < COMMANDS)
		switch_client_run(me.c);
	ck_assert(!switch_client_pending(me.c));
	ck_assert_uint_eq(me.closes, 0);
}
END_TEST

#ifndef __SANITIZE_ADDRESS__ /* a sanitizer's heap is another, and its shadow takes too long \
			      */

static const uint8_t planted[16] = {0x5e, 0xc2, 0xe7, 0x11, 0x9d, 0x03, 0x77, 0xa1, 0xb4, 0x42,
	0xf0, 0x6c, 0x88, 0x1a, 0xd5, 0x3b};

/* Where the planted key lies: private memory without a name, or the heap. */
struct places {
	bool in_cores, left_out; /* proc(5), VmFlags: dd */
};

static struct places
find_planted(void)
{
	FILE *f = fopen("/proc/self/smaps", "r");
	struct places places = {false, false};
	unsigned long from, to;
	bool found = false;
	char line[512], mode[5], name[16];

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof line, f) != NULL) {
		int n = sscanf(line, "%lx-%lx %4s %*s %*s %*s %15s", &from, &to, mode, name);

		if (n >= 3)
			found = strcmp(mode, "rw-p") == 0 &&
				(n == 3 || strcmp(name, "[heap]") == 0) &&
				memmem((const void *)from, to - from, planted, 16) != NULL;
		else if (found && strncmp(line, "VmFlags:", 8) == 0)
			*(strstr(line, " dd") != NULL ? &places.left_out : &places.in_cores) =
				true;
	}
	fclose(f);
	return places;
}

static const unsigned planted_times[] = {1, 1000}; /* the buffer grows on the way */

START_TEST(keys_wait_outside_of_cores_and_do_not_stay_once_sent)
{
	struct sw_transport t = {.id = 1};
	struct places places;

	connected();
	memcpy(t.seal.key, planted, sizeof planted);
	for (unsigned i = 0; i < planted_times[_i]; i++)
		ck_assert_int_eq(switch_client_transport_set(me.c, &t, NULL, NULL), 0);
	places = find_planted();
	ck_assert(places.left_out);
	ck_assert(!places.in_cores);
	for (unsigned i = 0; i < 1000 && switch_client_pending(me.c); i++) {
		switch_client_run(me.c);
		toy_hear();
	}
	ck_assert(!switch_client_pending(me.c));
	explicit_bzero(toy.in, sizeof toy.in);
	places = find_planted();
	ck_assert(!places.left_out);
	ck_assert(!places.in_cores);
}
END_TEST

#endif

/* ---- Captures ---- */

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

static const struct sw_capture_set capture = {.id = 5, .max_bytes = 1000, .snaplen = 100};

/* The next message is one command, with a descriptor or without. */
static void
hears(enum sw_type type, bool with_fd)
{
	const struct sw_head *head = (const void *)toy.in;

	toy.offered = -1;
	ck_assert_uint_eq(toy_hear(), head->len);
	ck_assert_uint_eq(head->type, type);
	ck_assert_int_eq(toy.offered >= 0, with_fd);
	toy_ack(head, 0);
}

START_TEST(a_descriptor_goes_with_its_command_alone_and_in_turn)
{
	unsigned before;
	struct stat mine, theirs;
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	connected();
	before = count_fds();
	ck_assert_int_eq(fstat(fd, &mine), 0);
	sync_command(0);
	ck_assert_int_eq(
		switch_client_capture_set(me.c, &capture, fd, on_done, &me.error[1]), 0);
	ck_assert_int_eq(
		switch_client_capture_set(me.c, &capture, -1, on_done, &me.error[2]), 0);
	ck_assert_int_eq(switch_client_capture_end(me.c, 5, on_done, &me.error[3]), 0);
	switch_client_run(me.c);
	ck_assert_uint_eq(count_fds(), before - 1); /* it is on its way */
	hears(SW_SYNC_BEGIN, false);
	hears(SW_CAPTURE_SET, true);
	ck_assert_int_eq(fstat(toy.offered, &theirs), 0);
	ck_assert_uint_eq(mine.st_rdev, theirs.st_rdev);
	ck_assert_uint_eq(((const struct sw_capture_set *)(const void *)toy.in)->id, 5);
	close(toy.offered);
	toy.offered = -1;
	toy_hear(); /* the other two share a message */
	ck_assert_int_eq(toy.offered, -1);
	switch_client_run(me.c);
	ck_assert_int_eq(me.error[0], 0);
	ck_assert_int_eq(me.error[1], 0);
}
END_TEST

START_TEST(a_descriptor_that_cannot_go_is_closed)
{
	unsigned before = count_fds();
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	ck_assert_int_eq(switch_client_capture_set(me.c, &capture, fd, NULL, NULL), -ENOTCONN);
	ck_assert_uint_eq(count_fds(), before);
	connected();
	before = count_fds();
	for (unsigned i = 0; i < SW_CAPTURES; i++)
		ck_assert_int_eq(switch_client_capture_set(me.c, &capture,
					 open("/dev/null", O_RDWR | O_CLOEXEC), NULL, NULL),
			0);
	ck_assert_int_eq(switch_client_capture_set(me.c, &capture,
				 open("/dev/null", O_RDWR | O_CLOEXEC), NULL, NULL),
		-ENOBUFS);
	ck_assert_uint_eq(count_fds(), before + SW_CAPTURES);
	switch_client_hang_up(me.c, "enough");
	ck_assert_uint_eq(count_fds(), before - 1); /* the socket is gone, too */
}
END_TEST

START_TEST(the_end_of_a_capture_comes_up)
{
	const struct sw_captured m = {
		.head = {SW_MAGIC, SW_CAPTURED, sizeof m, 0}, .id = 5, .packets = 9};

	connected();
	toy_say(&m, sizeof m, -1);
	switch_client_run(me.c);
	ck_assert_uint_eq(me.captured.id, 5);
	ck_assert_uint_eq(me.captured.packets, 9);
}
END_TEST

/* ---- Events and nonsense ---- */

static const struct sw_event latched = {
	.head = {SW_MAGIC, SW_EVENT, sizeof(struct sw_event), 0},
	.id = 3,
	.kind = SW_EV_LATCHED};

START_TEST(events_come_up_several_in_one_message)
{
	struct sw_event ev[3] = {latched, latched, latched};

	connected();
	ev[2].slot = 8;
	toy_say(ev, sizeof ev, -1);
	switch_client_run(me.c);
	ck_assert_uint_eq(me.events, 3);
	ck_assert_uint_eq(me.event.slot, 8);
}
END_TEST

START_TEST(events_come_even_before_the_welcome_and_after_it)
{
	uint64_t seq;

	ck_assert_int_eq(switch_client_connect(me.c, toy.path), 0);
	seq = toy_accept();
	toy_say(&latched, sizeof latched, -1);
	toy_welcome(seq, SW_FRESH);
	switch_client_run(me.c);
	ck_assert_uint_eq(me.events, 1);
	ck_assert_uint_eq(me.welcomes, 1);
}
END_TEST

static void
say_garbage(void)
{
	toy_say("garbage, sixteen", 16, -1);
}

static void
say_torn(void)
{
	toy_say(&latched, sizeof latched - 8, -1);
}

static void
say_downward(void)
{
	struct sw_head stop = {SW_MAGIC, SW_STOP, sizeof stop, 5};

	toy_say(&stop, sizeof stop, -1);
}

static void
say_unasked(void)
{
	toy_ack(&(struct sw_head){.type = SW_STOP, .seq = 1000}, 0);
}

static void
say_other_type(void)
{
	sync_command(0);
	switch_client_run(me.c);
	toy_hear();
	toy_ack(&(struct sw_head){.type = SW_STOP,
			.seq = ((struct sw_head *)(void *)toy.in)->seq},
		0);
}

static void
say_twice(void)
{
	sync_command(0);
	switch_client_run(me.c);
	toy_hear();
	sync_command(1);
	toy_ack((const void *)toy.in, 0);
	toy_ack((const void *)toy.in, 0);
}

static void
say_welcome_again(void)
{
	toy_welcome(1, SW_FRESH);
}

static void
say_history(void)
{
	struct sw_history_said said;

	sync_command(0);
	switch_client_run(me.c);
	toy_hear();
	said = history(((struct sw_head *)(void *)toy.in)->seq); /* nobody has stopped one */
	toy_say(&said, sizeof said, -1);
}

static void (*const nonsense[])(void) = {say_history, say_garbage, say_torn, say_downward,
	say_unasked, say_other_type, say_twice, say_welcome_again};

START_TEST(a_switch_that_talks_nonsense_is_left)
{
	connected();
	nonsense[_i]();
	run_and_close("");
	for (unsigned i = 0; i < 2; i++)
		ck_assert_int_ne(
			me.error[i], nonsense[_i] == say_twice && i == 0 ? -EPIPE : 0);
}
END_TEST

static void
refuse(int fd, const char *why)
{
	struct sw_welcome w;

	ck_assert_int_eq(switch_client_connect(me.c, toy.path), 0);
	w = welcome(toy_accept(), SW_FRESH);
	toy_say(&w, sizeof w, fd);
	run_and_close(why);
	me.closes = 0;
	close(toy.conn);
	toy.conn = -1;
}

START_TEST(a_state_that_is_none_is_not_mapped)
{
	int unsealed = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	refuse(-1, "out of turn");
	refuse(null, "sealed");
	refuse(unsealed, "sealed");
	ck_assert_int_eq(ftruncate(unsealed, 1 << 20), 0);
	ck_assert_int_eq(fcntl(unsealed, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	refuse(unsealed, "well-formed");
	toy.state.head->transports_at += 8;
	refuse(toy.state.fd, "well-formed");
	ck_assert_ptr_null(switch_client_state(me.c));
	close(unsealed);
	close(null);
}
END_TEST

START_TEST(a_bad_state_does_not_cost_the_one_that_we_have)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	connected();
	close(toy.conn);
	run_and_close("gone");
	me.closes = 0;
	refuse(null, "sealed");
	ck_assert_uint_eq(switch_client_state(me.c)->instance, toy.state.head->instance);
	ck_assert_int_ge(switch_client_state_fd(me.c), 0);
	close(null);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("switch_client");
	TCase *tc = tcase_create("connection");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, nobody_there_is_said_at_once);
	tcase_add_test(tc, commands_wait_for_the_welcome);
	tcase_add_test(tc, the_state_is_mapped_as_far_as_it_is_ours_to_see);
	tcase_add_test(tc, a_successor_of_the_switch_is_handed_the_state);
	tcase_add_test(tc, another_abi_is_a_clear_end);
	suite_add_tcase(s, tc);

	tc = tcase_create("commands");
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, commands_arrive_as_they_were_said);
	tcase_add_test(tc, deletions_alone_do_not_hurry);
	tcase_add_test(tc, what_waits_can_be_written_without_anything_being_read);
	tcase_add_test(tc, acknowledgements_find_their_commands_in_any_order);
	tcase_add_test(tc, a_history_comes_before_its_acknowledgement);
	tcase_add_test(tc, commands_in_flight_are_answered_when_the_switch_goes);
	tcase_add_test(tc, commands_in_flight_are_answered_when_control_hangs_up);
	tcase_add_test(tc, many_commands_wait_while_the_switch_does_not_read);
#ifndef __SANITIZE_ADDRESS__
	tcase_add_loop_test(tc, keys_wait_outside_of_cores_and_do_not_stay_once_sent, 0, 2);
#endif
	suite_add_tcase(s, tc);

	tc = tcase_create("events and nonsense");
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_descriptor_goes_with_its_command_alone_and_in_turn);
	tcase_add_test(tc, a_descriptor_that_cannot_go_is_closed);
	tcase_add_test(tc, the_end_of_a_capture_comes_up);
	tcase_add_test(tc, events_come_up_several_in_one_message);
	tcase_add_test(tc, events_come_even_before_the_welcome_and_after_it);
	tcase_add_loop_test(tc, a_switch_that_talks_nonsense_is_left, 0,
		sizeof nonsense / sizeof *nonsense);
	tcase_add_test(tc, a_state_that_is_none_is_not_mapped);
	tcase_add_test(tc, a_bad_state_does_not_cost_the_one_that_we_have);
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
