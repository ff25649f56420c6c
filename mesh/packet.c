/* SPDX-License-Identifier: Apache-2.0
 *
 * Datagrams, frames and ports of the mesh, read and written. */
#include "mesh/packet.h"

#include <errno.h>

#include "mesh/reader.h"

/* ---- Addresses ---- */

enum { CODE_SID = 0x20, CODE_SIGN = 0xfb }; /* 1..31: bytes of a prefix */

static const struct {
	uint8_t code, kind, len;
} codes[] = {
	{CODE_SID, MESH_ADDRESS_SID, SID_LEN},
	{CODE_SIGN, MESH_ADDRESS_SIGN, MESH_KEY},
	{0xfc, MESH_ADDRESS_ME, 0},
	{0xfd, MESH_ADDRESS_YOU, 0},
	{0xfe, MESH_ADDRESS_SAME, 0},
	{0xff, MESH_ADDRESS_SENDER, 0},
};
enum { CODES = sizeof codes / sizeof codes[0] };

int
mesh_address_read(const uint8_t *p, unsigned len, struct mesh_address *a)
{
	if (len < 1)
		return -EBADMSG;
	*a = (struct mesh_address){.kind = MESH_ADDRESS_NONE, .at = p + 1};
	if (p[0] >= 1 && p[0] < SID_LEN) {
		a->kind = MESH_ADDRESS_PREFIX;
		a->len = p[0];
	}
	for (unsigned i = 0; i < CODES; i++)
		if (codes[i].code == p[0]) {
			a->kind = codes[i].kind;
			a->len = codes[i].len;
		}
	if (a->kind == MESH_ADDRESS_NONE || 1u + a->len > len)
		return -EBADMSG;
	return 1 + a->len;
}

/* ---- Writing ---- */

/* N bytes more; NULL: there is no room for them. */
static inline uint8_t *
room(struct mesh_writer *w, unsigned n)
{
	uint8_t *at = w->p + w->len;

	if (n > w->max - w->len) {
		w->full = true;
		return NULL;
	}
	w->len += n;
	return at;
}

void
mesh_put(struct mesh_writer *w, const void *bytes, unsigned n)
{
	uint8_t *at = room(w, n);

	if (at != NULL && n > 0)
		memcpy(at, bytes, n);
}

static inline void
put_byte(struct mesh_writer *w, uint8_t byte)
{
	uint8_t *at = room(w, 1);

	if (at != NULL)
		*at = byte;
}

void
mesh_put_byte(struct mesh_writer *w, uint8_t byte)
{
	put_byte(w, byte);
}

void
mesh_put_sid(struct mesh_writer *w, const struct sid *sid)
{
	uint8_t *at = room(w, 1 + SID_LEN);

	if (at == NULL)
		return;
	at[0] = CODE_SID;
	memcpy(at + 1, sid->b, SID_LEN);
}

void
mesh_put_address(struct mesh_writer *w, const struct mesh_address *a)
{
	uint8_t *at = room(w, 1u + a->len);

	if (at == NULL)
		return;
	at[0] = a->len;
	for (unsigned i = 0; i < CODES; i++)
		if (codes[i].kind == a->kind)
			at[0] = codes[i].code;
	if (a->len > 0)
		memcpy(at + 1, a->at, a->len);
}

/* ---- The envelope ---- */

enum { MANY_FRAMES = 1, ONE_FRAME = 2 }; /* its second byte */

int
mesh_envelope_read(const uint8_t *p, unsigned len, struct mesh_envelope *e)
{
	struct reader r = {p, len, false};
	uint8_t frames;

	*e = (struct mesh_envelope){.version = read_8(&r)};
	frames = read_8(&r);
	if (r.bad || e->version > 1 || (frames != MANY_FRAMES && frames != ONE_FRAME))
		return -EBADMSG;
	e->one_frame = frames == ONE_FRAME;
	read_address(&r, &e->sender);
	e->flags = read_8(&r);
	if (e->flags & MESH_HAS_INTERFACE)
		e->interface = read_8(&r);
	if (e->flags & MESH_HAS_SEQ)
		e->seq = read_8(&r);
	return r.bad ? -EBADMSG : (int)(len - r.left);
}

static void
put_envelope(struct mesh_writer *w, uint8_t version, const struct sid *sender, uint8_t flags)
{
	put_byte(w, version);
	put_byte(w, MANY_FRAMES);
	mesh_put_sid(w, sender);
	put_byte(w, flags);
}

void
mesh_put_envelope(struct mesh_writer *w, const struct sid *sender, uint8_t flags, uint8_t seq)
{
	put_envelope(w, 1, sender, flags);
	if (flags & MESH_HAS_SEQ)
		put_byte(w, seq);
}

void
mesh_put_envelope_0(struct mesh_writer *w, const struct sid *sender, uint8_t flags)
{
	put_envelope(w, 0, sender, flags);
}

/* ---- Frames ---- */

enum { QOS_SHIFT = 5, QOS_MASK = 3, TTL_MASK = 31 };

/* Whose it is and where it goes; which of these are there the flags say. */
static void
read_addresses(struct reader *r, struct mesh_frame *f)
{
	if (f->flags & MESH_SENDER_SAME)
		f->source.kind = MESH_ADDRESS_SENDER;
	else
		read_address(r, &f->source);
	if (!(f->flags & MESH_BROADCAST))
		read_address(r, &f->destination);
	if (f->flags & MESH_ONE_HOP)
		return;
	if (f->flags & MESH_BROADCAST)
		f->broadcast_id = read_bytes(r, MESH_BROADCAST_ID);
	else
		read_address(r, &f->next_hop);
}

int
mesh_frame_read(
	const uint8_t *p, unsigned len, const struct mesh_envelope *e, struct mesh_frame *f)
{
	struct reader r = {p, len, false};

	*f = (struct mesh_frame){.flags = read_8(&r), .type = MESH_DATA};
	read_addresses(&r, f);
	if (!(f->flags & MESH_ONE_HOP)) {
		uint8_t byte = read_8(&r);

		f->ttl = byte & TTL_MASK;
		f->qos = byte >> QOS_SHIFT & QOS_MASK;
	}
	if (f->flags & MESH_HAS_TYPE)
		f->type = read_8(&r);
	f->has_seq = e->version > 0;
	if (f->has_seq)
		f->seq = read_8(&r);
	if (e->one_frame)
		f->len = r.left <= UINT16_MAX ? (uint16_t)r.left : 0;
	else
		f->len = read_16(&r);
	f->payload = read_bytes(&r, f->len);
	return r.bad ? -EBADMSG : (int)(len - r.left);
}

void
mesh_put_frame_head(struct mesh_writer *w, const struct mesh_frame *f)
{
	bool same =
		f->source.kind == MESH_ADDRESS_NONE || f->source.kind == MESH_ADDRESS_SENDER;
	uint8_t flags = f->flags & (uint8_t) ~(MESH_SENDER_SAME | MESH_HAS_TYPE);

	if (same)
		flags |= MESH_SENDER_SAME;
	if (f->type != MESH_DATA)
		flags |= MESH_HAS_TYPE;
	put_byte(w, flags);
	if (!same)
		mesh_put_address(w, &f->source);
	if (!(flags & MESH_BROADCAST))
		mesh_put_address(w, &f->destination);
	else if (!(flags & MESH_ONE_HOP))
		mesh_put(w, f->broadcast_id, MESH_BROADCAST_ID);
	if (!(flags & (MESH_BROADCAST | MESH_ONE_HOP)))
		mesh_put_address(w, &f->next_hop);
	if (!(flags & MESH_ONE_HOP))
		put_byte(w, (uint8_t)((f->ttl & TTL_MASK) | f->qos << QOS_SHIFT));
	if (flags & MESH_HAS_TYPE)
		put_byte(w, f->type);
}

/* ---- Ports ---- */

/* Seven bits a byte, the lowest first; the top bit says that there are more. */
static uint32_t
read_packed(struct reader *r)
{
	uint64_t v = 0;
	uint8_t byte = 0x80;

	for (unsigned at = 0; at < 35 && (byte & 0x80) != 0; at += 7) {
		byte = read_8(r);
		v |= (uint64_t)(byte & 0x7f) << at;
	}
	r->bad |= (byte & 0x80) != 0 || v > UINT32_MAX;
	return (uint32_t)v;
}

static void
put_packed(struct mesh_writer *w, uint32_t v)
{
	for (; v > 0x7f; v >>= 7)
		put_byte(w, (uint8_t)(v | 0x80));
	put_byte(w, (uint8_t)v);
}

int
mesh_ports_read(const uint8_t *p, unsigned len, struct mesh_ports *ports)
{
	struct reader r = {p, len, false};
	uint32_t v = read_packed(&r);

	ports->destination = v >> 1;
	ports->source = v & 1 ? v >> 1 : read_packed(&r);
	return r.bad ? -EBADMSG : (int)(len - r.left);
}

void
mesh_put_ports(struct mesh_writer *w, const struct mesh_ports *ports)
{
	bool same = ports->source == ports->destination;

	put_packed(w, ports->destination << 1 | same);
	if (!same)
		put_packed(w, ports->source);
}
