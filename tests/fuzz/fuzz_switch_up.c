/* SPDX-License-Identifier: Apache-2.0
 *
 * What a switch can do to control: switch_client.c on a real socket, whose other end says the
 * bytes. The first byte says what they are: messages, each behind two bytes of length, after a
 * proper welcome and with commands 2 to 9 in flight, 8 and 9 of them waiting for a history; or
 * the head of the state that the welcome brings. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "dataplane/state.h"
#include "dataplane/switch_client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { COMMANDS = 8 };

static const struct state_sizes sizes = {4, 4};

static struct {
	int listener, conn;
	char path[64];
	unsigned answers[COMMANDS], closes;
	struct sw_history history;
} toy = {.listener = -1};

static void
on_welcome(void *arg, enum sw_origin origin)
{
	if (origin > SW_KEPT)
		abort();
}

static void
on_event(void *arg, const struct sw_event *ev)
{
	if (ev->kind >= SW_EVENTS || ev->slot >= SW_TRANSPORTS_MAX)
		abort();
}

static void
on_captured(void *arg, const struct sw_captured *m)
{
	if (m->id == 0 || m->error > 0)
		abort();
}

static volatile uint8_t last;

static void
on_mesh_heard(void *arg, const struct sw_mesh_heard *h)
{
	if (h->len == 0 || h->len > SW_MESH_BYTES || h->from.port == 0)
		abort();
	last = h->bytes[h->len - 1];
}

static void
on_closed(void *arg, const char *why)
{
	toy.closes++;
	for (unsigned i = 0; i < COMMANDS; i++)
		if (toy.answers[i] > 1)
			abort();
}

static void
on_done(void *arg, int error)
{
	++*(unsigned *)arg;
}

static const struct switch_client_calls calls = {.welcome = on_welcome,
	.event = on_event,
	.closed = on_closed,
	.captured = on_captured,
	.mesh_heard = on_mesh_heard};

static void
listen_once(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};

	if (toy.listener >= 0)
		return;
	snprintf(toy.path, sizeof toy.path, "/tmp/fuzz_switch_up.%d", (int)getpid());
	memcpy(at.sun_path, toy.path, sizeof toy.path);
	unlink(toy.path);
	toy.listener = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	if (bind(toy.listener, (struct sockaddr *)&at, sizeof at) != 0 ||
		listen(toy.listener, 1) != 0)
		abort();
}

static void
forget_path(void)
{
	unlink(toy.path);
}

static void
say_welcome(int fd)
{
	struct sw_welcome w = {
		.head = {SW_MAGIC, SW_WELCOME, sizeof w, 1}, .abi = SW_ABI, .pid = 1};
	struct iovec io = {&w, sizeof w};
	alignas(struct cmsghdr) char space[CMSG_SPACE(sizeof fd)] = {0};
	struct msghdr m = {.msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = space,
		.msg_controllen = sizeof space};

	*CMSG_FIRSTHDR(&m) = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof fd),
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS};
	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), &fd, sizeof fd);
	if (sendmsg(toy.conn, &m, MSG_NOSIGNAL) < 0)
		abort();
}

/* Whatever the client shows of a state must be there to be read. */
static uint64_t
look(const struct switch_client *c)
{
	uint64_t sum = 0;
	uint8_t *records;
	uint32_t n;

	for (unsigned i = 0; i < SW_CORES && switch_client_core(c, i) != NULL; i++)
		sum += switch_client_core(c, i)->turns;
	for (unsigned i = 0; i < SW_TRANSCODERS && switch_client_transcoder(c, i) != NULL; i++)
		sum += switch_client_transcoder(c, i)->asleep;
	for (uint32_t i = 0; switch_client_transport(c, i) != NULL; i++)
		sum += switch_client_transport(c, i)->tx.rtcp_index +
		       switch_client_more(c, i)->drops[DROPS - 1] +
		       switch_client_bridge(c, i)->tx_rtcp;
	for (uint32_t i = 0; switch_client_mesh_link(c, i) != NULL; i++)
		sum += switch_client_mesh_link(c, i)->version;
	records = switch_client_records(c, &n);
	if (n > 0)
		records[(size_t)n * SW_RECORD_BLOCK - 1]++;
	return sum;
}

static void
say_messages(struct switch_client *c, const uint8_t *data, size_t size)
{
	for (unsigned i = 0; i < COMMANDS - 2; i++)
		switch_client_send(c, SW_SYNC_BEGIN, on_done, &toy.answers[i]);
	switch_client_transport_stop(c, 1, 1, NULL, on_done, &toy.answers[COMMANDS - 2]);
	switch_client_transport_stop(
		c, 2, 1, &toy.history, on_done, &toy.answers[COMMANDS - 1]);
	while (size >= 2) {
		size_t len = (size_t)(data[0] << 8 | data[1]);

		data += 2;
		size -= 2;
		if (len > size)
			len = size;
		if (send(toy.conn, data, len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			break;
		data += len;
		size -= len;
		switch_client_run(c);
	}
	switch_client_run(c);
}

/* Written so that looking is not left out. */
static volatile uint64_t looked;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct switch_client *c;
	struct state state;

	if (size == 0)
		return 0;
	if (toy.listener < 0)
		atexit(forget_path);
	listen_once();
	memset(toy.answers, 0, sizeof toy.answers);
	if ((c = switch_client_open(&calls, NULL)) == NULL ||
		state_create(&state, &sizes) != 0 || switch_client_connect(c, toy.path) != 0)
		abort();
	toy.conn = accept(toy.listener, NULL, NULL);
	if (data[0] % 2 == 1 && size - 1 <= sizeof *state.head)
		memcpy(state.head, data + 1, size - 1);
	say_welcome(state.fd);
	switch_client_run(c);
	looked = look(c);
	if (data[0] % 2 == 0) {
		if (!switch_client_ready(c))
			abort();
		say_messages(c, data + 1, size - 1);
	}
	close(toy.conn);
	toy.closes = 0;
	if (switch_client_fd(c) >= 0) {
		while (switch_client_fd(c) >= 0)
			switch_client_run(c);
		if (toy.closes != 1)
			abort();
	}
	if (switch_client_fd(c) >= 0)
		abort();
	switch_client_close(c);
	state_close(&state);
	return 0;
}
