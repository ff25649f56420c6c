/* SPDX-License-Identifier: Apache-2.0
 *
 * A mesh for tests of relay/mesh_calls.h: calls.h as it is, over a switch in memory; behind
 * relay/mesh.h, instead of a node, parties that speak VoMP by the same machine; and a clock
 * that stands still unless it is set on. */
#pragma once

#include <check.h>

#include "relay/call.h"
#include "relay/calls.h"
#include "relay/config.h"
#include "relay/mesh_calls.h"
#include "tests/relay/ask.h"
#include "tests/relay/fake_client.h"

/* A party, and the one call that it has with us. */
struct far {
	struct sid sid;
	char did[MESH_DID]; /* that it answers to; empty: none */
	uint8_t codec[VOMP_CODECS];
	unsigned codecs;
	unsigned via; /* slot of the neighbour that it comes by */
	bool deaf;    /* it hears nothing */
	bool rings;   /* as soon as it is called, */
	bool picks;   /* and answers */
	bool in_use;  /* `vomp` is valid */
	struct vomp_call vomp;
	unsigned frames; /* that it has had */
	uint8_t state;   /* of ours, as said last */
};

enum { FARS = 64 };

extern struct event_base *base;
extern struct switch_client *sw;
extern struct calls *calls;
extern struct mesh_calls *mc;
extern struct config conf;
extern int64_t now_ms;

void setup(void); /* fixtures: a node with a mesh, and nobody in it */
void teardown(void);

/* Control dies without a word, and a successor finds what it has left. */
void succeed(void);

/* A party of SID n 0 0 ..., which has CODECS (ids, 0-ended).  For keys with 0xbb there is no
 * room. */
struct far *far_add(uint8_t n, const uint8_t *codecs);
extern const uint8_t far_all[]; /* all codecs */
extern const uint8_t far_law[]; /* G.711 alone */

/* It calls us; says what is new of it; hangs up; sends a frame of sound. */
void far_call(struct far *f, uint16_t session);
void far_do(struct far *f, struct vomp_todo todo);
void far_sound(struct far *f, const struct vomp_sound *s);
/* Bytes from it, behind their ports. */
void far_say(const struct far *f, const void *bytes, unsigned len);

/* Until nothing is under way; and after MS milliseconds more, in quarters of a second. */
void settle(void);
void pass(unsigned ms);

/* What JSON text asks; the fault of kind FAULT_NONE if it was done. */
struct fault create(const char *text);
struct fault update(const char *text);
struct fault end(const char *id);

/* Such text: legs of a telephone, of a party whose SID begins with the digits SID, and calls
 * of two legs or of one. */
#define ZEROS "00000000000000000000000000000000000000000000000000000000000000"
#define MESH_LEG_TO(sid) "{'name': 'm', 'type': 'vomp', 'sid': '" sid ZEROS "'}"
#define PHONE                                                                            \
	"{'name': 'p', 'streams': [{'remote': {'address': '192.0.2.10', 'port': 4000}, " \
	"'codecs': [{'name': 'PCMU'}, {'name': 'telephone-event', 'payload_type': 101}]}]}"
#define CALL(id, mesh) "{'call': '" id "', 'legs': [" mesh ", " PHONE "]}"
#define ALONE(id, mesh) "{'call': '" id "', 'legs': [" mesh "]}"

/* What must be done. */
void create_well(const char *text);

/* In the call "c" with a party A1 that rings and answers, of which all events are heard. */
struct far *talk(void);

/* A call_done for whatever is asked: counts, keeps the fault. */
struct outcome {
	unsigned answers;
	struct fault fault;
	char id[REQUEST_ID];
};
void outcome(void *outcome, const struct call *c, const struct fault *f);

/* The next event of the mesh must be NAME, with VALUE (NULL: any) as its KEY. */
void hear(const char *name, const char *key, const char *value);
void hear_nothing(void);
const char *heard_call(void); /* what the last one was about */

/* The leg of a call that is in the mesh, and its stream. */
const struct leg *leg_of(const char *id);
static inline const struct stream *
stream_of(const char *id)
{
	return &leg_of(id)->stream[0];
}

/* Looking into the mesh. */
extern unsigned held; /* keys */
unsigned lookups(void);
/* By SID n 0 0 ...; URI NULL: the time is over. */
void answer_lookup(const char *uri, uint8_t sid);
unsigned sent(void); /* frames so far, to anybody */
