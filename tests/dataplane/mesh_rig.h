/* SPDX-License-Identifier: Apache-2.0
 *
 * A switch without a network (rig.h) as a node of the mesh, with another node that tests play
 * by hand: what that one sends is put together frame by frame, what it gets is taken apart and
 * its boxes are opened.  A phone at 192.0.2.20, port 5000, talks with a mesh leg. */
#pragma once

#include "dataplane/mesh.h"
#include "mesh/box.h"
#include "mesh/link_state.h"
#include "mesh/vomp.h"
#include "tests/dataplane/rig.h"

enum {
	OUR_SESSION = 2, /* of the leg in slot LEG; the phone has slot PHONE */
	FAR_SESSION = 0x4321,
	LEG = 0,
	PHONE = 1,
	FAR_FRAMES = 64,
};

struct far {
	struct mesh_identity id;
	struct sw_addr addr;
	uint16_t slot; /* as neighbour and as peer of our first identity */
	uint8_t version, seq, frame_seq;
	struct nonces nonces;
	uint8_t key[MESH_KEY];
};

/* A datagram of ours as the far node sees it. */
struct far_heard {
	struct rig_datagram d;
	struct mesh_envelope e;
	unsigned frames, looked_at; /* by far_next_sound() */
	struct mesh_frame frame[FAR_FRAMES];
};

extern struct mesh_identity mesh_rig_self[2];

/* CORES forward, and there is a transcode core; `self` are our identities. */
void mesh_rig_open(struct inproc *r, unsigned cores);
void mesh_rig_close(struct inproc *r);
void mesh_rig_settle(struct inproc *r); /* cores see whom main knows */

/* A node whose keys follow from SEED, on neighbour's slot SLOT; BY: the slot of the neighbour
 * that leads to it, itself or another. */
void far_init(struct far *f, uint8_t seed, uint16_t slot);
void far_set_neighbour(struct inproc *r, const struct far *f);
void far_set_peer(struct inproc *r, const struct far *f, uint16_t by, uint16_t identity);
/* Neighbour and peer; it has been heard, so we know that it speaks version 1. */
void far_meet(struct inproc *r, struct far *f);

/* The mesh leg to F and the phone, joined both ways. */
void mesh_rig_call(struct inproc *r, const struct far *f);
struct sw_transport mesh_rig_leg(const struct far *f);
/* RTP of the phone: SEQ, TIMESTAMP, payload TYPE; the payload is the caller's. */
void mesh_rig_phone(struct inproc *r, uint16_t seq, uint32_t timestamp, uint8_t type,
	const void *payload, unsigned len);

/* ---- What it sends ---- */

struct mesh_writer far_begin(struct far *f, uint8_t p[MESH_DATAGRAM_MAX]);
/* A frame for our first identity: boxed, or in the clear. */
void far_box(struct far *f, struct mesh_writer *w, const void *plain, unsigned len);
void far_clear(struct far *f, struct mesh_writer *w, const void *plain, unsigned len);
/* With HEAD as it says; its number is F's next one, which is counted. */
void far_frame(struct far *f, struct mesh_writer *w, const struct mesh_frame *head,
	const void *payload, unsigned len);
/* What is in the box of sound; how long it is. */
unsigned far_sound(uint8_t *p, uint8_t codec, uint16_t slot, const void *data, unsigned len);
void far_put_sound(struct far *f, struct mesh_writer *w, uint8_t codec, uint16_t slot,
	const void *data, unsigned len);
/* It hears us, up to ACK. */
void far_put_ack(struct far *f, struct mesh_writer *w, uint8_t ack, uint32_t mask);
void far_send(struct inproc *r, const struct far *f, const struct mesh_writer *w);

/* ---- What it gets ---- */

/* Our next datagram, if it is for it.  False: there is none. */
bool far_hear(struct inproc *r, struct far_heard *h);
/* What is in the box of frame N; how long it is. */
unsigned far_open(const struct far *f, struct far_heard *h, unsigned n, const uint8_t **in);
/* The next frame that is sound, of H or of what comes after it; VH and VS may be NULL.  False:
 * there is none. */
bool far_next_sound(struct inproc *r, const struct far *f, struct far_heard *h,
	struct vomp_header *vh, struct vomp_sound *vs);
/* It is of the call, and as said. */
void far_expect_sound(struct inproc *r, const struct far *f, struct far_heard *h,
	uint8_t codec, uint16_t slot, const void *data, unsigned len);
/* Is frame N boxed? */
bool far_is_boxed(const struct far_heard *h, unsigned n);

/* ---- What control gets ---- */

struct up {
	struct mesh_up head;
	unsigned len;
	uint8_t p[MESH_DATAGRAM_MAX];
};
bool mesh_rig_up(struct inproc *r, struct up *u); /* false: nothing */
