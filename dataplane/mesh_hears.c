/* SPDX-License-Identifier: Apache-2.0
 *
 * What a neighbour says of links: that it hears us, and what of ours has come, is the link's;
 * whom else it hears, and whom it can reach, is control's.  Forwarding core that has the link.
 * Source: docs/vomp.md. */
#include <string.h>

#include "dataplane/mesh_inside.h"

/* Who is meant in a record. */
enum whom { SOMEBODY, THEM, US };

/* PREVIOUS: who was meant before. */
static enum whom
whom(const struct mesh_coming *c, const struct mesh_address *a, enum whom previous)
{
	const struct sid *us = &c->map->self[0];
	bool is_us, is_them;

	switch (a->kind) {
	case MESH_ADDRESS_SENDER:
		return THEM;
	case MESH_ADDRESS_SAME:
		return previous;
	case MESH_ADDRESS_SID:
	case MESH_ADDRESS_PREFIX:
		is_us = memcmp(us->b, a->at, a->len) == 0;
		is_them = memcmp(c->from->sid.b, a->at, a->len) == 0;
		return is_us == is_them ? SOMEBODY : is_us ? US : THEM;
	default:
		return SOMEBODY;
	}
}

/* It hears us, and by which way. */
static void
take_neighbour_record(struct mesh_coming *c, const struct link_record *r)
{
	atomic_store_explicit(&c->from->state->heard_us, c->lc->now, memory_order_relaxed);
	/* What we send to everybody has no numbers.  Only the first of a datagram's, for each
	 * looks at all that waits. */
	if (r->flags & LINK_HAS_ACK && r->flags & LINK_UNICAST && !c->acked) {
		c->acked = true;
		link_acked(&c->from->link->link, r->ack, r->mask, mesh_now_us(c->lc));
	}
}

/* One record of it.  True: it concerns nobody but the two of us. */
static bool
take_record(struct mesh_coming *c, const struct link_record *r)
{
	enum whom receiver = whom(c, &r->receiver, SOMEBODY), transmitter;

	if (r->flags & LINK_NO_PATH)
		return false;
	transmitter = whom(c, &r->transmitter, receiver);
	if (receiver == THEM && transmitter == US) {
		take_neighbour_record(c, r);
		return true;
	}
	return receiver == US && transmitter == THEM;
}

bool
mesh_hears(struct mesh_coming *c, const struct mesh_frame *f)
{
	const uint8_t *p = f->payload;
	unsigned left = f->len;
	struct mesh_ports ports;
	struct link_record r;
	bool ours = true;
	int len = mesh_ports_read(p, left, &ports);

	if (len < 0 || f->flags & (MESH_CIPHERED | MESH_SIGNED) ||
		ports.source != MESH_PORT_LINK_STATE ||
		ports.destination != MESH_PORT_LINK_STATE)
		return false;
	do {
		p += len;
		left -= (unsigned)len;
		len = link_record_read(p, left, &r);
		if (len > 0)
			ours = take_record(c, &r) && ours;
	} while (len > 0);
	return ours && len == 0;
}
