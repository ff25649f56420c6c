/* SPDX-License-Identifier: Apache-2.0
 *
 * Overlay datagrams of the mesh and the frames in them, as bytes.  Parsers look at nothing but
 * their arguments and trust no length; what they fill in points into the datagram.  Pure; any
 * thread; no DPDK.  Source: docs/vomp.md. */
#pragma once

#include "mesh/sid.h"

enum {
	MESH_PORT = 4110,
	MESH_DATAGRAM_MAX = 1200, /* bytes of one, and less than that of a frame's payload */
	MESH_TTL = 31,            /* of what begins with us */
};

/* ---- Addresses ---- */

enum mesh_address_kind {
	MESH_ADDRESS_NONE,
	MESH_ADDRESS_PREFIX, /* the first LEN bytes of a SID, 1..31 */
	MESH_ADDRESS_SID,
	MESH_ADDRESS_SIGN,   /* a public signing key, whose SID is meant */
	MESH_ADDRESS_ME,     /* on point-to-point links */
	MESH_ADDRESS_YOU,    /* likewise */
	MESH_ADDRESS_SAME,   /* the one that stands before it, beginning with the envelope's */
	MESH_ADDRESS_SENDER, /* of the datagram; in a link-state body the frame's source */
};

struct mesh_address {
	uint8_t kind; /* enum mesh_address_kind */
	uint8_t len;  /* bytes at AT */
	const uint8_t *at;
};

/* Bytes that the address at P takes; -EBADMSG: cut short, or of no known kind. */
int mesh_address_read(const uint8_t *p, unsigned len, struct mesh_address *a);

/* ---- The envelope ---- */

enum {                         /* bits of its flags */
	MESH_UNICAST = 1 << 0, /* it was sent to one address */
	MESH_HAS_INTERFACE = 1 << 1,
	MESH_HAS_SEQ = 1 << 2,
};

struct mesh_envelope {
	uint8_t version;   /* 0, 1 */
	uint8_t one_frame; /* 1: a single frame, that runs to the end */
	uint8_t flags;
	uint8_t interface; /* of the sender's; 0 if it was not said */
	uint8_t seq;       /* with MESH_HAS_SEQ */
	struct mesh_address sender;
};

/* Bytes that it takes, where frames begin; -EBADMSG. */
int mesh_envelope_read(const uint8_t *p, unsigned len, struct mesh_envelope *e);

/* ---- Frames ---- */

enum { /* bits of their flags */
	MESH_SENDER_SAME = 1 << 0,
	MESH_BROADCAST = 1 << 1,
	MESH_ONE_HOP = 1 << 2,
	MESH_CIPHERED = 1 << 4,
	MESH_SIGNED = 1 << 5,
	MESH_ACK_SOON = 1 << 6,
	MESH_HAS_TYPE = 1 << 7,
	MESH_BOXED = MESH_CIPHERED | MESH_SIGNED,
};

enum mesh_type { MESH_DATA = 0x30, MESH_EXPLAIN = 0x60 };
enum mesh_qos { MESH_QOS_VOICE, MESH_QOS_MANAGEMENT, MESH_QOS_VIDEO, MESH_QOS_ORDINARY };

enum { MESH_BROADCAST_ID = 8 };

struct mesh_frame {
	uint8_t flags;
	uint8_t type;    /* MESH_DATA unless said otherwise */
	uint8_t ttl;     /* 0 with MESH_ONE_HOP */
	uint8_t qos;     /* enum mesh_qos */
	uint8_t has_seq; /* version 1 */
	uint8_t seq;
	uint16_t len; /* of the payload */
	/* MESH_ADDRESS_SENDER with MESH_SENDER_SAME: no address is there, so what
	 * MESH_ADDRESS_SAME means stays as it was. */
	struct mesh_address source;
	struct mesh_address destination; /* NONE with MESH_BROADCAST */
	struct mesh_address next_hop;    /* NONE with either of MESH_BROADCAST, MESH_ONE_HOP */
	const uint8_t *broadcast_id;     /* MESH_BROADCAST_ID bytes; NULL: none */
	const uint8_t *payload;
};

/* The frame at P, which has LEN bytes to the datagram's end: how many it takes; -EBADMSG:
 * neither it nor what stands behind it can be read. */
int mesh_frame_read(
	const uint8_t *p, unsigned len, const struct mesh_envelope *e, struct mesh_frame *f);

/* ---- Writing: addresses are full ones, or such as any receiver can resolve ---- */

struct mesh_writer {
	uint8_t *p;
	unsigned len, max;
	bool full; /* something did not fit, and was left out */
};

void mesh_put(struct mesh_writer *w, const void *bytes, unsigned n);
void mesh_put_byte(struct mesh_writer *w, uint8_t byte);
void mesh_put_sid(struct mesh_writer *w, const struct sid *sid);
void mesh_put_address(struct mesh_writer *w, const struct mesh_address *a);

/* Version 1, several frames; interface 0.  FLAGS: MESH_UNICAST, MESH_HAS_SEQ. */
void mesh_put_envelope(
	struct mesh_writer *w, const struct sid *sender, uint8_t flags, uint8_t seq);
/* Version 0, which has no frame sequences: what is broadcast. */
void mesh_put_envelope_0(struct mesh_writer *w, const struct sid *sender, uint8_t flags);

/* What stands in front of a frame's sequence number: all that does not change when it is sent
 * again.  Sequence number, length and payload follow.  SENDER_SAME is set if F's source is
 * NONE or SENDER, HAS_TYPE if it is not data; the other flags are as in F. */
void mesh_put_frame_head(struct mesh_writer *w, const struct mesh_frame *f);

/* ---- MDP: ports, in front of a frame's data ---- */

enum mesh_service {
	MESH_PORT_KEYMAP = 1,
	MESH_PORT_LINK_STATE = 2,
	MESH_PORT_STUN_REQUEST = 4,
	MESH_PORT_STUN = 5,
	MESH_PORT_PROBE = 6,
	MESH_PORT_ECHO = 7,
	MESH_PORT_TRACE = 8,
	MESH_PORT_DNA = 10,
	MESH_PORT_VOMP = 12,
	MESH_PORT_CLIENTS = 256, /* from here on; nobody's */
};

struct mesh_ports {
	uint32_t source, destination; /* this one below 2^31 */
};

int mesh_ports_read(const uint8_t *p, unsigned len, struct mesh_ports *ports); /* bytes, or
										* -EBADMSG */
void mesh_put_ports(struct mesh_writer *w, const struct mesh_ports *ports);
