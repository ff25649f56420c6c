/* SPDX-License-Identifier: Apache-2.0
 *
 * What neighbours tell each other on MDP port 2: who hears whom, with acknowledgements, and
 * who can be reached by whom.  Bytes only; pure; any thread.  Source: docs/vomp.md. */
#pragma once

#include "mesh/packet.h"

enum { /* bits of a record's flags */
	LINK_HAS_INTERFACE = 1 << 0,
	LINK_NO_PATH = 1 << 1,
	LINK_BROADCAST = 1 << 2,
	LINK_UNICAST = 1 << 3,
	LINK_HAS_ACK = 1 << 4,
	LINK_HAS_DROP_RATE = 1 << 5,
};

/* RECEIVER hears TRANSMITTER. */
struct link_record {
	uint8_t flags;
	uint8_t version;
	uint8_t interface; /* with LINK_HAS_INTERFACE: of the transmitter */
	uint8_t ack;       /* with LINK_HAS_ACK: the highest number received, ... */
	uint8_t drop_rate; /* with LINK_HAS_DROP_RATE */
	uint32_t mask;     /* ... and bit i: ack - 1 - i was received too */
	struct mesh_address receiver;
	struct mesh_address transmitter; /* NONE with LINK_NO_PATH */
};

/* The record at P of LEN bytes: how many it takes; 0: the list has ended; -EBADMSG. */
int link_record_read(const uint8_t *p, unsigned len, struct link_record *r);
void mesh_put_link_record(struct mesh_writer *w, const struct link_record *r);
