/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls of VoMP.  Beside each leg of type "vomp" there is a call of mesh/vomp_call.h, whose
 * session is the port of the leg's stream.  What signalling asks of such a leg goes out to its
 * party; what comes back changes the leg by requests of our own (calls.h), is told as events,
 * and in the end ends the call.  Who calls us gets a call of ours, "mesh-...", of one leg,
 * "mesh", to which signalling adds the other.
 *
 * What a successor of this process needs is in the records of calls (struct request_mesh).  A
 * hang-up goes on by itself when its call is gone; a successor knows nothing of it, and
 * answers what it does not know with an end.
 *
 * Control's one thread. */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "mesh/vomp_call.h"
#include "relay/calls.h"

struct config;
struct event_base;
struct events;
struct mesh;
struct mesh_calls;
struct switch_client;

/* Why a call of VoMP has ended: for a reason of its own (enum vomp_end), or of ours. */
enum mesh_end {
	MESH_NOT_FOUND = VOMP_ENDS, /* nobody has the number */
	MESH_PEER_BUSY,             /* there are as many calls with that SID as may be */
	MESH_NO_IDENTITY,           /* the one that was to call, or was called, is not ours */
	MESH_NO_ROOM,               /* no room for the key of the two, or for the look-up */
	MESH_NO_CAPACITY,           /* it would have to be transcoded, and cannot be */
	MESH_CROWDED_OUT,           /* nobody answered it, and too many later ones came */
	MESH_ENDS
};
extern const char *const mesh_end_words[MESH_ENDS]; /* "mesh_refused": as call.ended has it */
const char *mesh_end_word(unsigned why);            /* "refused" */

struct mesh_calls_conf {
	const struct config *config;
	struct calls *calls;
	struct mesh *mesh;
	struct switch_client *client;
	struct event_base *base;
	struct events *events;
	int64_t (*now_ms)(void); /* NULL: the clock that does not jump */
};

/* CONF is copied; what it points to must outlive it, but for the calls, which are closed
 * first.  NULL: ENOMEM. */
struct mesh_calls *mesh_calls_open(const struct mesh_calls_conf *conf);
void mesh_calls_close(struct mesh_calls *mc); /* NULL is fine */

/* Behind calls_welcome(): those that were recovered go on.  Frames are taken from then on. */
void mesh_calls_welcome(struct mesh_calls *mc);

/* This node ends: all calls do.  How many parties have not agreed to that yet. */
unsigned mesh_calls_hang_up(struct mesh_calls *mc);

/* ---- What signalling says to a party that calls us, or that we speak with ---- */

/* Of the call ID, which has a leg that came from the mesh: its phone rings here; answers;
 * will not.  DONE as in calls.h; when that is told, the call's record says so. */
void mesh_calls_ring(struct mesh_calls *mc, const char *id, calls_done *done, void *arg);
void mesh_calls_answer(struct mesh_calls *mc, const char *id, calls_done *done, void *arg);
void mesh_calls_reject(struct mesh_calls *mc, const char *id, calls_done *done, void *arg);

/* Send DIGITS (0-9, A-D, *, #), a quarter of a second each, or TEXT, to the party of leg LEG
 * (NULL: the first one that is in the mesh) of the call ID.  0; -EINVAL and FAULT says why. */
int mesh_calls_dtmf(struct mesh_calls *mc, const char *id, const char *leg, const char *digits,
	struct fault *fault);
int mesh_calls_text(struct mesh_calls *mc, const char *id, const char *leg, const char *text,
	struct fault *fault);

enum { MESH_DIGITS = 32 }; /* that wait at one time, of one leg */

/* ---- Looking ---- */

/* Leg L of C, which is in the mesh, as mesh.calls answers it. */
json_t *mesh_calls_row(const struct mesh_calls *mc, const struct call *c, unsigned leg);
/* All of them, but those of calls up to AFTER (NULL: none), LIMIT or one more at most. */
json_t *mesh_calls_rows(const struct mesh_calls *mc, const char *after, unsigned limit);

struct mesh_calls_sums {
	uint64_t dialled;  /* to parties in the mesh */
	uint64_t offered;  /* by them */
	uint64_t refused;  /* of those that they would have offered: the limits */
	uint64_t put_off;  /* likewise, for a second: there are too many beginners */
	uint64_t answered; /* both ways */
	uint64_t ended[MESH_ENDS];
	uint64_t strays; /* frames of calls that nobody knows */
};
const struct mesh_calls_sums *mesh_calls_sums(const struct mesh_calls *mc);
json_t *mesh_calls_sums_json(const struct mesh_calls *mc); /* as stats.get answers them */
unsigned mesh_calls_count(const struct mesh_calls *mc);    /* also those that only hang up */
