/* SPDX-License-Identifier: Apache-2.0
 *
 * See mesh_rig.h. */
#include "tests/dataplane/mesh_rig.h"

#include <check.h>
#include <string.h>

#include "dataplane/rtp.h"

struct mesh_identity mesh_rig_self[2];

void
mesh_rig_open(struct inproc *r, unsigned cores)
{
	struct sw_mesh_node node = {.identities = 2};

	rig_open_mesh(r, cores);
	for (unsigned i = 0; i < 2; i++) {
		memset(mesh_rig_self[i].seed, 0xa0 + (int)i, MESH_KEY);
		mesh_identity_derive(&mesh_rig_self[i]);
		memcpy(node.sid[i], mesh_rig_self[i].sid.b, SW_SID);
	}
	ck_assert_int_eq(tables_mesh_node(r->tables, &node), 0);
	mesh_rig_settle(r);
}

void
mesh_rig_settle(struct inproc *r)
{
	tables_mesh_settle(r->tables);
}

void
mesh_rig_close(struct inproc *r)
{
	struct up u;

	while (mesh_rig_up(r, &u))
		;
	rig_close(r);
}

void
far_init(struct far *f, uint8_t seed, uint16_t slot)
{
	*f = (struct far){.slot = slot, .version = 1};
	memset(f->id.seed, seed, MESH_KEY);
	mesh_identity_derive(&f->id);
	f->addr = rig_addr("192.0.2.9", (uint16_t)(4110 + slot));
	nonces_init(&f->nonces);
	ck_assert_int_eq(box_key(f->key, &mesh_rig_self[0].sid, f->id.box_secret), 0);
}

void
far_set_neighbour(struct inproc *r, const struct far *f)
{
	struct sw_mesh_neighbour n = {.id = 100u + f->slot, .slot = f->slot, .addr = f->addr};

	memcpy(n.sid, f->id.sid.b, SW_SID);
	ck_assert_int_eq(tables_mesh_neighbour(r->tables, &n), 0);
	mesh_rig_settle(r);
}

void
far_set_peer(struct inproc *r, const struct far *f, uint16_t by, uint16_t identity)
{
	struct sw_mesh_peer p = {
		.id = 500u + f->slot, .slot = f->slot, .identity = identity, .neighbour = by};

	memcpy(p.sid, f->id.sid.b, SW_SID);
	if (identity != SW_MESH_NONE)
		ck_assert_int_eq(
			box_key(p.key, &f->id.sid, mesh_rig_self[identity].box_secret), 0);
	ck_assert_int_eq(tables_mesh_peer(r->tables, &p), 0);
	mesh_rig_settle(r);
}

void
far_meet(struct inproc *r, struct far *f)
{
	uint8_t p[MESH_DATAGRAM_MAX];
	struct mesh_writer w;
	struct far_heard h;

	far_set_neighbour(r, f);
	far_set_peer(r, f, f->slot, 0);
	inproc_set_time(r, rte_rdtsc()); /* that of main, which has made the link */
	w = far_begin(f, p);
	far_send(r, f, &w);
	rig_turn(r);
	while (far_hear(r, &h)) /* our first word */
		;
}

struct sw_transport
mesh_rig_leg(const struct far *f)
{
	struct sw_transport t = {.id = 1000 + LEG,
		.slot = LEG,
		.local = 2,
		.port = OUR_SESSION,
		.mux = 1,
		.clock_hz = 8000,
		.source = SW_SOURCE_SIGNALLED,
		.ssrcs = SW_SSRCS,
		.remote = {{.family = SW_AF_MESH, .port = FAR_SESSION}}};

	memcpy(t.remote[0].ip, f->id.sid.b, sizeof t.remote[0].ip);
	return t;
}

void
mesh_rig_call(struct inproc *r, const struct far *f)
{
	struct sw_transport leg = mesh_rig_leg(f),
			    phone = rig_transport(PHONE, "192.0.2.20", 5000);

	rig_set(r, &leg);
	rig_set(r, &phone);
	rig_join(r, LEG, PHONE);
	rig_join(r, PHONE, LEG);
}

void
mesh_rig_phone(struct inproc *r, uint16_t seq, uint32_t timestamp, uint8_t type,
	const void *payload, unsigned len)
{
	struct sw_addr from = rig_addr("192.0.2.20", 5000),
		       to = rig_addr("192.0.2.1", 30000 + 2 * PHONE);
	uint8_t p[RIG_FRAME] = {0x80, type};

	rtp_put16(p + 2, seq);
	rtp_put32(p + 4, timestamp);
	rtp_put32(p + 8, 0x11223344);
	memcpy(p + RTP_HEADER, payload, len);
	rig_send(r, &from, &to, p, (uint16_t)(RTP_HEADER + len));
}

/* ---- What it sends ---- */

struct mesh_writer
far_begin(struct far *f, uint8_t p[MESH_DATAGRAM_MAX])
{
	struct mesh_writer w = {.p = p, .max = MESH_DATAGRAM_MAX};

	if (f->version == 0)
		mesh_put_envelope_0(&w, &f->id.sid, MESH_UNICAST);
	else
		mesh_put_envelope(&w, &f->id.sid, MESH_UNICAST | MESH_HAS_SEQ, f->seq++);
	return w;
}

void
far_frame(struct far *f, struct mesh_writer *w, const struct mesh_frame *head,
	const void *payload, unsigned len)
{
	mesh_put_frame_head(w, head);
	if (f->version > 0)
		mesh_put_byte(w, f->frame_seq++);
	mesh_put(w, (const uint8_t[]){(uint8_t)(len >> 8), (uint8_t)len}, 2);
	mesh_put(w, payload, len);
	ck_assert(!w->full);
}

static struct mesh_frame
to_us(uint8_t flags)
{
	return (struct mesh_frame){.flags = MESH_ONE_HOP | flags,
		.type = MESH_DATA,
		.destination = {MESH_ADDRESS_SID, SID_LEN, mesh_rig_self[0].sid.b}};
}

void
far_box(struct far *f, struct mesh_writer *w, const void *plain, unsigned len)
{
	const struct mesh_frame head = to_us(MESH_BOXED | MESH_ACK_SOON);
	uint8_t p[MESH_DATAGRAM_MAX];

	memcpy(p + BOX_HEAD, plain, len);
	box_seal(p, len, f->key, &f->nonces);
	far_frame(f, w, &head, p, BOX_HEAD + len);
}

void
far_clear(struct far *f, struct mesh_writer *w, const void *plain, unsigned len)
{
	const struct mesh_frame head = to_us(0);

	far_frame(f, w, &head, plain, len);
}

unsigned
far_sound(uint8_t *p, uint8_t codec, uint16_t slot, const void *data, unsigned len)
{
	struct mesh_writer w = {.p = p, .max = MESH_DATAGRAM_MAX};

	mesh_put_vomp_header(&w, &(struct vomp_header){.from_session = FAR_SESSION,
					 .to_session = OUR_SESSION,
					 .state = VOMP_INCALL,
					 .view = VOMP_INCALL});
	mesh_put_vomp_sound(
		&w, &(struct vomp_sound){
			    .codec = codec, .slot = slot, .len = (uint16_t)len, .data = data});
	return w.len;
}

void
far_put_sound(struct far *f, struct mesh_writer *w, uint8_t codec, uint16_t slot,
	const void *data, unsigned len)
{
	uint8_t p[MESH_DATAGRAM_MAX];

	far_box(f, w, p, far_sound(p, codec, slot, data, len));
}

void
far_put_ack(struct far *f, struct mesh_writer *w, uint8_t ack, uint32_t mask)
{
	uint8_t p[128];
	struct mesh_writer body = {.p = p, .max = sizeof p};
	const struct link_record r = {
		.flags = LINK_HAS_INTERFACE | LINK_UNICAST | LINK_HAS_ACK,
		.version = 1,
		.ack = ack,
		.mask = mask,
		.receiver.kind = MESH_ADDRESS_SENDER,
		.transmitter = {MESH_ADDRESS_SID, SID_LEN, mesh_rig_self[0].sid.b}};

	mesh_put_ports(
		&body, &(struct mesh_ports){MESH_PORT_LINK_STATE, MESH_PORT_LINK_STATE});
	mesh_put_link_record(&body, &r);
	far_clear(f, w, p, body.len);
}

void
far_send(struct inproc *r, const struct far *f, const struct mesh_writer *w)
{
	struct sw_addr to = rig_addr("192.0.2.1", 4110);

	rig_send(r, &f->addr, &to, w->p, (uint16_t)w->len);
}

/* ---- What it gets ---- */

bool
far_hear(struct inproc *r, struct far_heard *h)
{
	unsigned at;
	int len;

	h->frames = h->looked_at = 0;
	do /* not what the phone gets */
		if (!rig_receive(r, &h->d))
			return false;
	while (h->d.from.port != 4110);
	ck_assert_uint_le(h->d.len, MESH_DATAGRAM_MAX);
	len = mesh_envelope_read(h->d.payload, h->d.len, &h->e);
	ck_assert_int_gt(len, 0);
	for (at = (unsigned)len; at < h->d.len; at += (unsigned)len) {
		len = mesh_frame_read(
			h->d.payload + at, h->d.len - at, &h->e, &h->frame[h->frames++]);
		ck_assert_int_gt(len, 0);
	}
	return true;
}

bool
far_is_boxed(const struct far_heard *h, unsigned n)
{
	return (h->frame[n].flags & MESH_BOXED) == MESH_BOXED;
}

unsigned
far_open(const struct far *f, struct far_heard *h, unsigned n, const uint8_t **in)
{
	uint8_t *p = (uint8_t *)(uintptr_t)h->frame[n].payload;
	int len = box_open(p, h->frame[n].len, f->key);

	ck_assert_int_ge(len, 0);
	*in = p + BOX_HEAD;
	return (unsigned)len;
}

bool
far_next_sound(struct inproc *r, const struct far *f, struct far_heard *h,
	struct vomp_header *vh, struct vomp_sound *vs)
{
	const uint8_t *in;
	unsigned len;

	while (h->looked_at == h->frames || !far_is_boxed(h, h->looked_at))
		if (h->looked_at < h->frames)
			h->looked_at++;
		else if (!far_hear(r, h))
			return false;
	if (vh == NULL)
		return true;
	len = far_open(f, h, h->looked_at++, &in);
	ck_assert_uint_eq(in[0], 0x19);
	in += VOMP_PORTS;
	len -= VOMP_PORTS;
	ck_assert_int_eq(vomp_header_read(in, len, vh), 0);
	ck_assert_int_eq(vomp_sound_read(in + VOMP_HEADER, len - VOMP_HEADER, vs), 0);
	return true;
}

void
far_expect_sound(struct inproc *r, const struct far *f, struct far_heard *h, uint8_t codec,
	uint16_t slot, const void *data, unsigned len)
{
	struct vomp_header vh;
	struct vomp_sound vs;

	ck_assert(far_next_sound(r, f, h, &vh, &vs));
	ck_assert_uint_eq(vh.from_session, OUR_SESSION);
	ck_assert_uint_eq(vh.to_session, FAR_SESSION);
	ck_assert_uint_eq(vh.state, VOMP_INCALL);
	ck_assert_uint_eq(vs.codec, codec);
	ck_assert_uint_eq(vs.slot, slot);
	ck_assert_uint_eq(vs.len, len);
	ck_assert_mem_eq(vs.data, data, len);
}

/* ---- What control gets ---- */

bool
mesh_rig_up(struct inproc *r, struct up *u)
{
	for (unsigned core = 0; core < r->cores; core++) {
		struct rte_mbuf *m;

		if (crossing_take(&r->main_end, core, &m, 1) == 0)
			continue;
		ck_assert_uint_eq(meta(m)->step, STEP_MESH_UP);
		u->len = rte_pktmbuf_data_len(m) - (unsigned)sizeof u->head;
		ck_assert_uint_le(u->len, sizeof u->p);
		memcpy(&u->head, rte_pktmbuf_mtod(m, const void *), sizeof u->head);
		memcpy(u->p, rte_pktmbuf_mtod(m, const char *) + sizeof u->head, u->len);
		rte_pktmbuf_free(m);
		return true;
	}
	return false;
}
