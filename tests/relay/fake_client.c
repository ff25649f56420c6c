/* SPDX-License-Identifier: Apache-2.0
 *
 * See fake_client.h.  One thread: the test's. */
#include "tests/relay/fake_client.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct command {
	enum sw_type type;
	union {
		struct sw_transport transport;
		struct {
			struct sw_flow flow;
			struct sw_bridge bridge;
		};
		struct {
			uint32_t slot;
			uint64_t id;
		} del; /* SW_TRANSPORT_STOP, too */
	};
	struct sw_history history;
	struct sw_history *into;
	struct sw_capture_set capture; /* SW_CAPTURE_END, too: id */
	int fd;                        /* with it; 0: none */
	switch_done *done;
	void *arg;
};

struct held {
	bool used, marked, stopped;
	struct sw_transport transport;
	struct sw_flow flow;
	struct sw_bridge bridge; /* with flow.bridged */
};

struct switch_client {
	struct sw_state state;
	struct sw_core core[SW_CORES];
	struct sw_transcoder transcoder[SW_TRANSCODERS];
	struct sw_bridge_state bridge_state[FAKE_SLOTS];
	struct sw_transport_state transport[FAKE_SLOTS];
	struct sw_transport_more more[FAKE_SLOTS];
	struct held held[FAKE_SLOTS];
	uint8_t *records; /* exactly as large as they are, for the sanitizer */
	struct command command[FAKE_COMMANDS];
	unsigned head, waiting;
	struct command owed[FAKE_COMMANDS]; /* of a control that was killed */
	unsigned owes;
	bool up, hurried;
	char said[512];
	unsigned sent[SW_TYPES];
	struct {
		struct sw_capture_set want; /* the newest; id 0: none */
		int fd;
		void (*told)(void *arg, const struct sw_captured *m);
		void *arg;
	} capture;
	struct {
		int error; /* 0: none */
		enum sw_type type;
		unsigned skip;
	} refuse;
	struct {
		unsigned n;
		enum sw_type type;
	} full;
};

static void
add_address(struct sw_state *st, const char *interface, const char *ip)
{
	struct sw_local *l = &st->address[st->addresses++];
	bool v6 = strchr(ip, ':') != NULL;

	strcpy(l->interface, interface);
	l->addr.family = v6 ? AF_INET6 : AF_INET;
	l->addr.port = 30000;
	l->port_last = 30999;
	ck_assert_int_eq(inet_pton(l->addr.family, ip, l->addr.ip), 1);
}

static void
fill(struct switch_client *c, uint64_t instance)
{
	struct sw_state *st = &c->state;

	memset(st, 0, sizeof *st);
	st->magic = SW_MAGIC;
	st->abi = SW_ABI;
	st->instance = instance;
	st->transports = FAKE_SLOTS;
	st->cores = 1;
	st->transcoders = FAKE_TRANSCODERS;
	for (unsigned i = 0; i < FAKE_TRANSCODERS; i++)
		atomic_store(&c->transcoder[i].accepting, 1);
	st->record_blocks = FAKE_BLOCKS;
	st->devices = 1;
	st->tsc_hz = 1000000000;
	strcpy(st->engine, "burst");
	strcpy(st->device[0].name, "eth0");
	add_address(st, "outside", "192.0.2.1");
	add_address(st, "outside", "192.0.2.2");
	add_address(st, "outside", "2001:db8::1");
	add_address(st, "inside", "10.0.0.1");
}

struct switch_client *
fake_open(void)
{
	struct switch_client *c = aligned_alloc(alignof(struct switch_client), sizeof *c);

	ck_assert_ptr_nonnull(c);
	memset(c, 0, sizeof *c);
	c->records = calloc(FAKE_BLOCKS, SW_RECORD_BLOCK);
	fill(c, 1);
	c->up = true;
	return c;
}

void
fake_close(struct switch_client *c)
{
	free(c->records);
	free(c);
}

void
fake_mesh(struct switch_client *c)
{
	struct sw_local *l = &c->state.address[c->state.addresses++];

	strcpy(l->interface, "mesh");
	l->addr.family = SW_AF_MESH;
	l->addr.port = 30000;
	l->port_last = 30999;
}

/* ---- What the switch does. ---- */

static void
release(struct switch_client *c, uint32_t slot)
{
	memset(&c->held[slot], 0, sizeof c->held[slot]);
	memset(&c->transport[slot], 0, sizeof c->transport[slot]);
}

static int
set_transport(struct switch_client *c, const struct sw_transport *t)
{
	ck_assert_int_eq(sw_check_transport(t, &c->state), 0);
	if (c->held[t->slot].used && c->held[t->slot].transport.id != t->id)
		return -EEXIST;
	for (unsigned i = 0; i < FAKE_SLOTS; i++)
		if (i != t->slot && c->held[i].used && c->held[i].transport.port == t->port &&
			c->held[i].transport.local == t->local)
			return -EEXIST;
	c->held[t->slot].used = true;
	c->held[t->slot].marked = c->held[t->slot].stopped = false;
	c->held[t->slot].transport = *t;
	atomic_store(&c->transport[t->slot].id, t->id);
	return 0;
}

/* Of all that a history has this switch knows one counter, the key, and what leaves. */
static int
stop_transport(struct switch_client *c, const struct command *cmd)
{
	struct held *h = &c->held[cmd->del.slot];
	const struct sw_transport_state *st = &c->transport[cmd->del.slot];

	if (!h->used || h->transport.id != cmd->del.id)
		return -ENOENT;
	h->stopped = true;
	h->marked = false;
	memset(&h->flow, 0, sizeof h->flow);
	if (cmd->into == NULL)
		return 0;
	*cmd->into = (struct sw_history){.id = h->transport.id,
		.rx_packets = atomic_load(&st->rx_packets),
		.unseal = {h->transport.unseal}};
	cmd->into->tx[0] = st->tx;
	return 0;
}

static int
resume_transport(struct switch_client *c, const struct command *cmd)
{
	int err;

	ck_assert_int_eq(
		sw_check_resume(&cmd->history, &cmd->transport.unseal, &cmd->transport.seal),
		0);
	ck_assert_uint_eq(cmd->history.id, cmd->transport.id);
	ck_assert(!c->held[cmd->transport.slot].used || c->held[cmd->transport.slot].stopped);
	if ((err = set_transport(c, &cmd->transport)) != 0)
		return err;
	atomic_store(&c->transport[cmd->transport.slot].rx_packets, cmd->history.rx_packets);
	c->transport[cmd->transport.slot].tx = cmd->history.tx[0];
	return 0;
}

static bool
has(const struct switch_client *c, uint32_t slot, uint64_t id)
{
	return slot < FAKE_SLOTS && c->held[slot].used && c->held[slot].transport.id == id;
}

static int
set_flow(struct switch_client *c, const struct sw_flow *f, const struct sw_bridge *b)
{
	const struct held *h = &c->held[f->slot % FAKE_SLOTS];

	ck_assert_int_eq(sw_check_flow(f, &c->state), 0);
	if (!has(c, f->slot, f->id))
		return -ENOENT;
	for (unsigned i = 0; i < f->sinks; i++)
		if (!has(c, f->sink[i].slot, f->sink[i].id))
			return -ENOENT;
	if (f->bridged) {
		ck_assert_int_eq(sw_check_bridge(b, &c->state), 0);
		if (h->flow.bridged && b->kind == SW_BRIDGE_TRANSCODE &&
			h->bridge.kind == SW_BRIDGE_TRANSCODE &&
			h->bridge.transcoder != b->transcoder)
			return -EINVAL;
	}
	c->held[f->slot].flow = *f;
	c->held[f->slot].bridge = f->bridged ? *b : (struct sw_bridge){0};
	return 0;
}

static int
set_capture(struct switch_client *c, const struct command *cmd)
{
	struct sw_capture_set m = cmd->capture;

	m.head = (struct sw_head){SW_MAGIC, SW_CAPTURE_SET, sizeof m, 1};
	ck_assert_int_eq(sw_check(&m, sizeof m, 0), sizeof m);
	ck_assert_int_eq(cmd->fd == 0, m.id == c->capture.want.id);
	if (cmd->fd != 0)
		c->capture.fd = cmd->fd;
	c->capture.want = cmd->capture;
	return 0;
}

static int
carry_out(struct switch_client *c, const struct command *cmd)
{
	if (c->refuse.error != 0 && cmd->type == c->refuse.type && c->refuse.skip-- == 0) {
		int error = c->refuse.error;

		c->refuse.error = 0;
		return error;
	}
	switch ((int)cmd->type) {
	case SW_CAPTURE_SET:
		return set_capture(c, cmd);
	case SW_CAPTURE_END:
		fake_captured(c, 0);
		return 0;
	case SW_TRANSPORT_SET:
		return set_transport(c, &cmd->transport);
	case SW_TRANSPORT_STOP:
		return stop_transport(c, cmd);
	case SW_TRANSPORT_RESUME:
		return resume_transport(c, cmd);
	case SW_TRANSPORT_DEL:
		if (has(c, cmd->del.slot, cmd->del.id))
			release(c, cmd->del.slot);
		return 0;
	case SW_FLOW_SET:
		return set_flow(c, &cmd->flow, &cmd->bridge);
	case SW_SYNC_BEGIN:
		for (unsigned i = 0; i < FAKE_SLOTS; i++)
			c->held[i].marked = true;
		return 0;
	case SW_SYNC_END:
		for (unsigned i = 0; i < FAKE_SLOTS; i++)
			if (c->held[i].marked)
				release(c, i);
		return 0;
	}
	return 0;
}

static struct command
take(struct switch_client *c)
{
	struct command cmd = c->command[c->head];

	c->head = (c->head + 1) % FAKE_COMMANDS;
	c->waiting--;
	return cmd;
}

void
fake_answer(struct switch_client *c, unsigned n)
{
	while (c->waiting > 0 && n-- > 0) {
		struct command cmd = take(c);
		int error = carry_out(c, &cmd);

		if (cmd.done != NULL)
			cmd.done(cmd.arg, error);
	}
}

void
fake_answer_all(struct switch_client *c)
{
	while (c->waiting > 0)
		fake_answer(c, c->waiting);
}

unsigned
fake_waiting(const struct switch_client *c)
{
	return c->waiting;
}

void
fake_refuse(struct switch_client *c, enum sw_type type, unsigned skip, int error)
{
	c->refuse.type = type;
	c->refuse.skip = skip;
	c->refuse.error = error;
}

void
fake_full(struct switch_client *c, enum sw_type type, unsigned n)
{
	c->full.type = type;
	c->full.n = n;
}

const struct sw_capture_set *
fake_capture(const struct switch_client *c)
{
	return c->capture.want.id != 0 ? &c->capture.want : NULL;
}

void
fake_tell_captured(struct switch_client *c,
	void (*told)(void *arg, const struct sw_captured *m), void *arg)
{
	c->capture.told = told;
	c->capture.arg = arg;
}

void
fake_captured(struct switch_client *c, int error)
{
	const struct sw_captured m = {
		.id = c->capture.want.id, .packets = 7, .bytes = 900, .error = error};

	if (m.id == 0)
		return;
	close(c->capture.fd);
	c->capture.want.id = 0;
	c->capture.told(c->capture.arg, &m);
}

/* ---- Life and death. ---- */

void
fake_lose(struct switch_client *c)
{
	c->up = false;
	while (c->waiting > 0) {
		struct command cmd = take(c);

		if (cmd.done != NULL)
			cmd.done(cmd.arg, -EPIPE);
	}
}

void
fake_adopt(struct switch_client *c)
{
	c->up = true;
}

void
fake_fresh(struct switch_client *c)
{
	for (unsigned i = 0; i < FAKE_SLOTS; i++)
		release(c, i);
	memset(c->records, 0, (size_t)FAKE_BLOCKS * SW_RECORD_BLOCK);
	fill(c, c->state.instance + 1);
	c->up = true;
}

void
fake_orphan(struct switch_client *c, unsigned n)
{
	while (c->waiting > 0) {
		struct command cmd = take(c);

		if (n > 0) {
			carry_out(c, &cmd);
			n--;
		}
		c->owed[c->owes++] = cmd;
	}
}

void
fake_bury(struct switch_client *c)
{
	for (unsigned i = 0; i < c->owes; i++)
		if (c->owed[i].done != NULL)
			c->owed[i].done(c->owed[i].arg, -EPIPE);
	c->owes = 0;
}

/* ---- Looking. ---- */

const struct sw_transport *
fake_transport(const struct switch_client *c, uint32_t slot)
{
	return c->held[slot].used ? &c->held[slot].transport : NULL;
}

const struct sw_flow *
fake_flow(const struct switch_client *c, uint32_t slot)
{
	return c->held[slot].used ? &c->held[slot].flow : NULL;
}

const struct sw_bridge *
fake_bridge(const struct switch_client *c, uint32_t slot)
{
	return fake_flow(c, slot) != NULL && c->held[slot].flow.bridged ? &c->held[slot].bridge
									: NULL;
}

bool
fake_is_stopped(const struct switch_client *c, uint32_t slot)
{
	return c->held[slot].stopped;
}

unsigned
fake_count(const struct switch_client *c)
{
	unsigned n = 0;

	for (unsigned i = 0; i < FAKE_SLOTS; i++)
		n += c->held[i].used;
	return n;
}

struct sw_state *
fake_state(struct switch_client *c)
{
	return &c->state;
}

struct sw_core *
fake_core(struct switch_client *c, unsigned i)
{
	return &c->core[i];
}

struct sw_transcoder *
fake_transcoder(struct switch_client *c, unsigned i)
{
	return &c->transcoder[i];
}

struct sw_bridge_state *
fake_bridge_state(struct switch_client *c, uint32_t slot)
{
	return &c->bridge_state[slot];
}

struct sw_transport_state *
fake_transport_state(struct switch_client *c, uint32_t slot)
{
	return &c->transport[slot];
}

struct sw_transport_more *
fake_transport_more(struct switch_client *c, uint32_t slot)
{
	c->transport[slot].has_more = 1;
	return &c->more[slot];
}

unsigned
fake_sent(const struct switch_client *c, enum sw_type type)
{
	return c->sent[type];
}

bool
fake_hurried(struct switch_client *c)
{
	bool hurried = c->hurried;

	c->hurried = false;
	return hurried;
}

/* ---- switch_client.h ---- */

static int
queue(struct switch_client *c, struct command cmd)
{
	if (!c->up)
		return -ENOTCONN;
	if (cmd.type == c->full.type && c->full.n > 0) {
		c->full.n--;
		return -ENOBUFS;
	}
	ck_assert_uint_lt(c->waiting, FAKE_COMMANDS);
	c->command[(c->head + c->waiting++) % FAKE_COMMANDS] = cmd;
	c->sent[cmd.type]++;
	return 0;
}

int
switch_client_transport_set(
	struct switch_client *c, const struct sw_transport *t, switch_done *done, void *arg)
{
	return queue(c,
		(struct command){
			.type = SW_TRANSPORT_SET, .transport = *t, .done = done, .arg = arg});
}

int
switch_client_transport_del(
	struct switch_client *c, uint32_t slot, uint64_t id, switch_done *done, void *arg)
{
	return queue(c, (struct command){.type = SW_TRANSPORT_DEL,
				.del = {slot, id},
				.done = done,
				.arg = arg});
}

int
switch_client_transport_stop(struct switch_client *c, uint32_t slot, uint64_t id,
	struct sw_history *into, switch_done *done, void *arg)
{
	return queue(c, (struct command){.type = SW_TRANSPORT_STOP,
				.del = {slot, id},
				.into = into,
				.done = done,
				.arg = arg});
}

int
switch_client_transport_resume(struct switch_client *c, const struct sw_transport *t,
	const struct sw_history *h, switch_done *done, void *arg)
{
	return queue(c, (struct command){.type = SW_TRANSPORT_RESUME,
				.transport = *t,
				.history = *h,
				.done = done,
				.arg = arg});
}

int
switch_client_flow_set(struct switch_client *c, const struct sw_flow *f,
	const struct sw_bridge *b, switch_done *done, void *arg)
{
	return queue(c, (struct command){.type = SW_FLOW_SET,
				.flow = *f,
				.bridge = f->bridged ? *b : (struct sw_bridge){0},
				.done = done,
				.arg = arg});
}

int
switch_client_capture_set(struct switch_client *c, const struct sw_capture_set *want, int fd,
	switch_done *done, void *arg)
{
	return queue(c, (struct command){.type = SW_CAPTURE_SET,
				.capture = *want,
				.fd = fd >= 0 ? fd : 0,
				.done = done,
				.arg = arg});
}

int
switch_client_capture_end(struct switch_client *c, uint64_t id, switch_done *done, void *arg)
{
	return queue(c, (struct command){.type = SW_CAPTURE_END,
				.capture = {.id = id},
				.done = done,
				.arg = arg});
}

/* Of the mesh nothing is kept. */
static int
queue_mesh(struct switch_client *c, enum sw_type type, switch_done *done, void *arg)
{
	return queue(c, (struct command){.type = type, .done = done, .arg = arg});
}

int
switch_client_mesh_node(
	struct switch_client *c, const struct sw_mesh_node *n, switch_done *done, void *arg)
{
	return queue_mesh(c, SW_MESH_NODE_SET, done, arg);
}

int
switch_client_mesh_neighbour(struct switch_client *c, const struct sw_mesh_neighbour *n,
	switch_done *done, void *arg)
{
	return queue_mesh(c, SW_MESH_NEIGHBOUR_SET, done, arg);
}

int
switch_client_mesh_neighbour_del(
	struct switch_client *c, uint32_t slot, uint64_t id, switch_done *done, void *arg)
{
	return queue_mesh(c, SW_MESH_NEIGHBOUR_DEL, done, arg);
}

int
switch_client_mesh_peer(
	struct switch_client *c, const struct sw_mesh_peer *p, switch_done *done, void *arg)
{
	return queue_mesh(c, SW_MESH_PEER_SET, done, arg);
}

int
switch_client_mesh_peer_del(
	struct switch_client *c, uint32_t slot, uint64_t id, switch_done *done, void *arg)
{
	return queue_mesh(c, SW_MESH_PEER_DEL, done, arg);
}

int
switch_client_mesh_tell(struct switch_client *c, uint32_t slot, uint64_t id,
	const struct switch_client_frame *f, switch_done *done, void *arg)
{
	return queue_mesh(c, SW_MESH_TELL, done, arg);
}

int
switch_client_mesh_cast(struct switch_client *c, const struct sw_addr *to, const void *bytes,
	unsigned len, switch_done *done, void *arg)
{
	return queue_mesh(c, SW_MESH_CAST, done, arg);
}

const struct sw_mesh_link *
switch_client_mesh_link(const struct switch_client *c, uint32_t slot)
{
	return NULL;
}

int
switch_client_mesh_say(struct switch_client *c, uint32_t slot, uint64_t id, uint8_t codec,
	const void *bytes, unsigned len, switch_done *done, void *arg)
{
	size_t n = strlen(c->said);

	ck_assert(has(c, slot, id));
	n += (size_t)snprintf(c->said + n, sizeof c->said - n, "%02x ", codec);
	for (unsigned i = 0; i < len; i++)
		n += (size_t)snprintf(
			c->said + n, sizeof c->said - n, "%02x", ((const uint8_t *)bytes)[i]);
	snprintf(c->said + n, sizeof c->said - n, " ");
	return c->up ? 0 : -ENOTCONN;
}

const char *
fake_said(struct switch_client *c)
{
	static char said[sizeof c->said];

	memcpy(said, c->said, sizeof said);
	c->said[0] = '\0';
	return said;
}

int
switch_client_send(struct switch_client *c, enum sw_type type, switch_done *done, void *arg)
{
	return queue(c, (struct command){.type = type, .done = done, .arg = arg});
}

void
switch_client_hurry(struct switch_client *c)
{
	c->hurried = true;
}

const struct sw_state *
switch_client_state(const struct switch_client *c)
{
	return &c->state;
}

const struct sw_core *
switch_client_core(const struct switch_client *c, unsigned i)
{
	return i < c->state.cores ? &c->core[i] : NULL;
}

const struct sw_transcoder *
switch_client_transcoder(const struct switch_client *c, unsigned i)
{
	return i < c->state.transcoders ? &c->transcoder[i] : NULL;
}

const struct sw_bridge_state *
switch_client_bridge(const struct switch_client *c, uint32_t slot)
{
	return slot < FAKE_SLOTS ? &c->bridge_state[slot] : NULL;
}

const struct sw_transport_state *
switch_client_transport(const struct switch_client *c, uint32_t slot)
{
	return slot < FAKE_SLOTS ? &c->transport[slot] : NULL;
}

const struct sw_transport_more *
switch_client_more(const struct switch_client *c, uint32_t slot)
{
	return slot < FAKE_SLOTS ? &c->more[slot] : NULL;
}

int
switch_client_state_fd(const struct switch_client *c)
{
	return -1;
}

void *
switch_client_records(const struct switch_client *c, uint32_t *n)
{
	*n = c->state.record_blocks;
	return c->records;
}
