/* SPDX-License-Identifier: Apache-2.0
 *
 * See link.h.  What is sent again, and when, is mesh/link.h's, as in the switch. */
#include "tests/crowd/link.h"

#include <sys/socket.h>

#include "mesh/link_state.h"

enum {
	ENVELOPE = 2 + 1 + SID_LEN + 1 + 1,
	BETWEEN = 3,                  /* number and length of a frame */
	AT_ONCE = LINK_ACK_DATAGRAMS, /* an acknowledgement speaks of twice as many */
	TELL_US = 1000000,            /* between two announcements of those behind us */
	A_TELLING = 12,               /* of them, in a frame */
};

int
crowd_link_open(struct crowd_link *l, const struct sid *sid, const struct sockaddr_in *to,
	uint64_t now)
{
	int room = 8 << 20;

	l->sid = *sid;
	link_init(&l->link, 0, 0, now);
	l->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return -1;
	setsockopt(l->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	return connect(l->fd, (const struct sockaddr *)to, sizeof *to);
}

static struct mesh_address
full(const struct sid *sid)
{
	return (struct mesh_address){.kind = MESH_ADDRESS_SID, .len = SID_LEN, .at = sid->b};
}

/* ---- Out ---- */

static void
leave(struct crowd_link *l, uint64_t now)
{
	struct mesh_writer w = {.p = l->open, .max = ENVELOPE};

	if (l->used == 0)
		return;
	mesh_put_envelope(
		&w, &l->sid, MESH_UNICAST | MESH_HAS_SEQ, link_send(&l->link, l->waits, now));
	/* A full queue is a lost datagram: it is sent again. */
	(void)!send(l->fd, l->open, ENVELOPE + l->used, 0);
	l->used = 0;
	l->waits = false;
}

static void
make_room(struct crowd_link *l, unsigned len, uint64_t now)
{
	if (ENVELOPE + l->used + len + BETWEEN > sizeof l->open)
		leave(l, now);
}

static void
add(struct crowd_link *l, const uint8_t *p, unsigned head, unsigned len, uint8_t seq)
{
	uint8_t *to = l->open + ENVELOPE + l->used;

	memcpy(to, p, head);
	to[head] = seq;
	to[head + 1] = (uint8_t)(len >> 8);
	to[head + 2] = (uint8_t)len;
	memcpy(to + head + BETWEEN, p + head, len);
	l->used += head + BETWEEN + len;
}

static void
add_kept(struct crowd_link *l, unsigned place, uint64_t now)
{
	const struct crowd_kept *k = &l->kept[place];

	make_room(l, (unsigned)k->head + k->len, now);
	add(l, k->bytes, k->head, k->len, link_put(&l->link, place, now));
	l->waits = true;
}

void
crowd_link_send(struct crowd_link *l, const struct sid *from, const uint8_t *payload,
	unsigned len, uint64_t now)
{
	unsigned place = link_keep(&l->link, now);
	struct crowd_kept *k = &l->kept[place];
	struct mesh_writer w = {.p = k->bytes, .max = sizeof k->bytes};
	struct mesh_frame f = {.flags = MESH_BOXED | MESH_ACK_SOON | MESH_ONE_HOP,
		.type = MESH_DATA,
		.destination = full(&l->node)};

	if (!sid_equal(from, &l->sid))
		f.source = full(from);
	mesh_put_frame_head(&w, &f);
	k->head = (uint16_t)w.len;
	mesh_put(&w, payload, len);
	k->len = (uint16_t)len;
	add_kept(l, place, now);
}

/* A frame of link state, which is in the clear. */
static void
say(struct crowd_link *l, const struct link_record *r, unsigned n, uint64_t now)
{
	const struct mesh_frame f = {
		.flags = MESH_ONE_HOP, .type = MESH_DATA, .destination = full(&l->node)};
	uint8_t p[MESH_DATAGRAM_MAX];
	struct mesh_writer w = {.p = p, .max = sizeof p};
	unsigned head;

	mesh_put_frame_head(&w, &f);
	head = w.len;
	mesh_put_ports(&w, &(struct mesh_ports){MESH_PORT_LINK_STATE, MESH_PORT_LINK_STATE});
	for (unsigned i = 0; i < n; i++)
		mesh_put_link_record(&w, &r[i]);
	make_room(l, w.len, now);
	add(l, p, head, w.len - head, link_frame_seq(&l->link));
}

static void
say_link_state(struct crowd_link *l, uint64_t now)
{
	const struct link_heard *h = &l->link.heard[link_is_unicast(&l->link, now)];
	const struct link_record r[] = {
		{.flags = LINK_HAS_INTERFACE | LINK_UNICAST | (h->any ? LINK_HAS_ACK : 0),
			.version = 1,
			.ack = h->last,
			.mask = h->mask,
			.receiver.kind = MESH_ADDRESS_SENDER,
			.transmitter = full(&l->node)},
		{.flags = LINK_HAS_DROP_RATE,
			.version = 1,
			.receiver = full(&l->node),
			.transmitter.kind = MESH_ADDRESS_SENDER}};

	say(l, r, 2, now);
	link_said(&l->link, now);
}

/* That they are reached by us. */
static void
say_behind(struct crowd_link *l, uint64_t now)
{
	for (unsigned i = 0; i < l->n_behind; i += A_TELLING) {
		struct link_record r[A_TELLING];
		unsigned n = 0;

		for (; n < A_TELLING && i + n < l->n_behind; n++)
			r[n] = (struct link_record){.flags = LINK_HAS_DROP_RATE,
				.version = 1,
				.receiver = full(l->behind[i + n]),
				.transmitter.kind = MESH_ADDRESS_SENDER};
		say(l, r, n, now);
	}
}

/* Nothing but an envelope, to a node that does not know us yet. */
static void
call_out(struct crowd_link *l)
{
	uint8_t p[ENVELOPE];
	struct mesh_writer w = {.p = p, .max = sizeof p};

	mesh_put_envelope(&w, &l->sid, MESH_UNICAST, 0);
	(void)!send(l->fd, p, w.len, 0);
}

void
crowd_link_run(struct crowd_link *l, uint64_t now)
{
	struct link_work work;
	bool known = !sid_equal(&l->node, &(struct sid){0});

	if (now >= l->tick_us) {
		l->tick_us = now + TELL_US;
		if (known)
			say_behind(l, now);
		else
			call_out(l);
	}
	if (!known)
		return;
	link_run(&l->link, now, &work);
	for (unsigned i = 0; i < work.again; i++)
		add_kept(l, work.place[i], now);
	if (work.say || (l->used > 0 && l->link.since_ack > 0))
		say_link_state(l, now);
	leave(l, now);
}

/* ---- In ---- */

/* Link state: what of ours has come. */
static void
take_link_state(struct crowd_link *l, const uint8_t *p, unsigned len, uint64_t now)
{
	struct link_record r;
	struct mesh_ports ports;
	int took = mesh_ports_read(p, len, &ports);

	if (took < 0 || ports.destination != MESH_PORT_LINK_STATE)
		return;
	p += took;
	len -= (unsigned)took;
	for (; (took = link_record_read(p, len, &r)) > 0; p += took, len -= (unsigned)took)
		if (r.receiver.kind == MESH_ADDRESS_SENDER && r.flags & LINK_HAS_ACK &&
			r.flags & LINK_UNICAST)
			link_acked(&l->link, r.ack, r.mask, now);
}

/* Whom A means, of us; NULL: nobody. */
static const struct sid *
whom(const struct crowd_link *l, const struct mesh_address *a)
{
	if (a->kind != MESH_ADDRESS_SID && a->kind != MESH_ADDRESS_PREFIX)
		return NULL;
	if (memcmp(l->sid.b, a->at, a->len) == 0)
		return &l->sid;
	for (unsigned i = 0; i < l->n_behind; i++)
		if (memcmp(l->behind[i]->b, a->at, a->len) == 0)
			return l->behind[i];
	return NULL;
}

static void
take_frame(struct crowd_link *l, const struct mesh_frame *f, uint64_t now)
{
	const struct sid *to = whom(l, &f->destination);

	if (f->type != MESH_DATA || to == NULL)
		return;
	if ((f->flags & MESH_BOXED) == MESH_BOXED)
		l->took(l, to, (uint8_t *)(uintptr_t)f->payload, f->len, now);
	else if ((f->flags & MESH_BOXED) == 0)
		take_link_state(l, f->payload, f->len, now);
}

static void
take(struct crowd_link *l, const uint8_t *p, unsigned len, uint64_t now)
{
	struct mesh_envelope e;
	struct mesh_frame f;
	int took = mesh_envelope_read(p, len, &e);

	if (took < 0 || e.sender.kind != MESH_ADDRESS_SID)
		return;
	memcpy(l->node.b, e.sender.at, SID_LEN);
	link_datagram(&l->link, e.flags & MESH_UNICAST, e.flags & MESH_HAS_SEQ, e.seq, now);
	for (unsigned at = (unsigned)took; at < len; at += (unsigned)took) {
		if ((took = mesh_frame_read(p + at, len - at, &e, &f)) < 0)
			return;
		if (f.has_seq)
			link_frame(&l->link, f.seq, f.flags & MESH_ACK_SOON, now);
		take_frame(l, &f, now);
	}
}

bool
crowd_link_hear(struct crowd_link *l, uint64_t now)
{
	uint8_t p[2048];
	ssize_t len = 0;

	for (unsigned i = 0; i < AT_ONCE && (len = recv(l->fd, p, sizeof p, 0)) >= 0; i++)
		take(l, p, (unsigned)len, now);
	return len >= 0;
}
