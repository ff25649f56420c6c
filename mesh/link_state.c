/* SPDX-License-Identifier: Apache-2.0
 *
 * Records of link state, read and written. */
#include "mesh/link_state.h"

#include <errno.h>

#include "mesh/reader.h"

enum { RECORD_MAX = 1 + 1 + 33 + 1 + 33 + 1 + 1 + 4 + 1 }; /* that we write */

int
link_record_read(const uint8_t *p, unsigned len, struct link_record *rec)
{
	struct reader r;

	if (len == 0 || p[0] == 0)
		return 0;
	if (p[0] > len)
		return -EBADMSG;
	r = (struct reader){p + 1, p[0] - 1u, false};
	*rec = (struct link_record){.flags = read_8(&r)};
	read_address(&r, &rec->receiver);
	rec->version = read_8(&r);
	if (!(rec->flags & LINK_NO_PATH))
		read_address(&r, &rec->transmitter);
	if (rec->flags & LINK_HAS_INTERFACE)
		rec->interface = read_8(&r);
	if (rec->flags & LINK_HAS_ACK) {
		rec->ack = read_8(&r);
		rec->mask = read_32(&r);
	}
	if (rec->flags & LINK_HAS_DROP_RATE)
		rec->drop_rate = read_8(&r);
	/* What is behind that is of a later version. */
	return r.bad ? -EBADMSG : p[0];
}

void
mesh_put_link_record(struct mesh_writer *w, const struct link_record *rec)
{
	uint8_t bytes[RECORD_MAX];
	struct mesh_writer in = {.p = bytes, .len = 1, .max = sizeof bytes};

	mesh_put_byte(&in, rec->flags);
	mesh_put_address(&in, &rec->receiver);
	mesh_put_byte(&in, rec->version);
	if (!(rec->flags & LINK_NO_PATH))
		mesh_put_address(&in, &rec->transmitter);
	if (rec->flags & LINK_HAS_INTERFACE)
		mesh_put_byte(&in, rec->interface);
	if (rec->flags & LINK_HAS_ACK) {
		const uint8_t ack[] = {rec->ack, (uint8_t)(rec->mask >> 24),
			(uint8_t)(rec->mask >> 16), (uint8_t)(rec->mask >> 8),
			(uint8_t)rec->mask};

		mesh_put(&in, ack, sizeof ack);
	}
	if (rec->flags & LINK_HAS_DROP_RATE)
		mesh_put_byte(&in, rec->drop_rate);
	bytes[0] = (uint8_t)in.len;
	mesh_put(w, bytes, in.len);
}
