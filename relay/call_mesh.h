/* SPDX-License-Identifier: Apache-2.0
 *
 * A leg of the mesh in the call model: who its party is and how far the call of VoMP has come
 * (struct request_mesh), and what follows from that for its one stream.  Of call.h; control's
 * one thread. */
#pragma once

#include "relay/call.h"

#define CALL_MESH_INTERFACE "mesh" /* that of its leg; no interface may be called so */

/* Words for how far a call of VoMP has come. */
enum call_mesh_state {
	CALL_MESH_LOOKED_UP, /* its number is being asked for */
	CALL_MESH_DIALLED,   /* the party is, or we are, and there is no more yet */
	CALL_MESH_OFFERED,   /* it calls us, and may ring here */
	CALL_MESH_RINGS,
	CALL_MESH_TALKS, /* answered: sound may flow */
	CALL_MESH_ENDED,
};
extern const char *const call_mesh_words[];           /* NULL-ended */
extern const char *const call_mesh_direction_words[]; /* likewise; by request_mesh.incoming */
enum call_mesh_state call_mesh_state(const struct request_mesh *m);

/* L, the Nth of request R's legs, becomes a leg of the mesh, or goes on as one, as R says.  Of
 * its stream only what R may say is left to be applied.  0; -EINVAL and FAULT says why. */
int call_mesh_apply(
	struct leg *l, const struct leg_request *r, unsigned n, struct fault *fault);

/* What follows for the stream of L, which has one, when L's `mesh` has changed, or formats
 * have. */
void call_mesh_settle(struct leg *l);

/* The party as an address: its session, and how its SID begins.  Family 0: not known. */
struct sw_addr call_mesh_remote(const struct request_mesh *m);

/* A leg of the mesh is M (copied) from now on.  0; -ENOMEM. */
int call_mesh_set(struct leg *l, const struct request_mesh *m);

/* Is one of the two in the mesh, and the other not?  What comes from there comes in bursts, by
 * a clock of slots, and what goes there has to keep them: a transcode core's work, whatever
 * the codecs are. */
bool call_mesh_is_left(const struct stream *from, const struct stream *to);
/* What such a core has to know of that: bits of transcode.h. */
uint16_t call_mesh_flags(const struct stream *from, const struct stream *to);

/* Is any leg of C one of the mesh? */
bool call_is_mesh(const struct call *c);
