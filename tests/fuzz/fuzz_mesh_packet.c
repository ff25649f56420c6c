/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzzes the parsers of mesh datagrams: frames lie one behind the other within the datagram,
 * what stands in front of a payload reads the same when it is written again, and a box that
 * does not open is left as it is.  The bytes lie in a block of their very size. */
#include <stdlib.h>

#include "mesh/box.h"
#include "mesh/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool is_so)
{
	if (!is_so)
		abort();
}

static bool
is_same(const struct mesh_address *a, const struct mesh_address *b)
{
	return a->kind == b->kind && a->len == b->len &&
	       (a->len == 0 || memcmp(a->at, b->at, a->len) == 0);
}

/* Such as it is written: that the sender is the source can be said in two ways, and that a
 * frame is data, too. */
static uint8_t
plain_flags(const struct mesh_frame *f)
{
	uint8_t flags = f->flags;

	if (f->source.kind == MESH_ADDRESS_SENDER)
		flags |= MESH_SENDER_SAME;
	if (f->type == MESH_DATA)
		flags &= (uint8_t)~MESH_HAS_TYPE;
	return flags;
}

static void
write_again(const struct mesh_frame *f)
{
	static const struct mesh_envelope e = {.version = 0, .one_frame = 1};
	uint8_t head[256];
	struct mesh_writer w = {.p = head, .max = sizeof head};
	struct mesh_frame r;

	mesh_put_frame_head(&w, f);
	must(!w.full && mesh_frame_read(head, w.len, &e, &r) == (int)w.len);
	must(r.flags == plain_flags(f) && r.type == f->type && r.len == 0);
	must(r.ttl == f->ttl && r.qos == f->qos);
	must(is_same(&r.source, &f->source) && is_same(&r.destination, &f->destination));
	must(is_same(&r.next_hop, &f->next_hop));
	must((r.broadcast_id == NULL) == (f->broadcast_id == NULL));
	must(r.broadcast_id == NULL ||
		memcmp(r.broadcast_id, f->broadcast_id, MESH_BROADCAST_ID) == 0);
}

static void
open_box(const struct mesh_frame *f)
{
	static const uint8_t key[MESH_KEY];
	uint8_t *copy = malloc(f->len > 0 ? f->len : 1);

	must(copy != NULL);
	memcpy(copy, f->payload, f->len);
	must(box_open(copy, f->len, key) >= 0 || memcmp(copy, f->payload, f->len) == 0);
	must(mesh_verify(copy, f->len, key) < f->len);
	free(copy);
}

static void
read_ports(const struct mesh_frame *f)
{
	uint8_t bytes[16];
	struct mesh_writer w = {.p = bytes, .max = sizeof bytes};
	struct mesh_ports ports, again;
	int n = mesh_ports_read(f->payload, f->len, &ports);

	must(n <= (int)f->len && n <= 10);
	if (n < 0)
		return;
	mesh_put_ports(&w, &ports);
	must(!w.full && mesh_ports_read(bytes, w.len, &again) == (int)w.len);
	must(again.source == ports.source && again.destination == ports.destination);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *p = malloc(size > 0 ? size : 1);
	struct mesh_envelope e;
	struct mesh_frame f;
	unsigned len = (unsigned)size;
	int n;

	must(p != NULL);
	memcpy(p, data, size);
	n = mesh_envelope_read(p, len, &e);
	must(n <= (int)len && n != 0);
	for (unsigned at = (unsigned)n; n > 0 && at < len; at += (unsigned)n) {
		n = mesh_frame_read(p + at, len - at, &e, &f);
		must(n != 0 && n <= (int)(len - at));
		if (n < 0)
			break;
		must(f.payload + f.len == p + at + (unsigned)n);
		write_again(&f);
		open_box(&f);
		read_ports(&f);
	}
	free(p);
	return 0;
}
