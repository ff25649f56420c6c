/* SPDX-License-Identifier: Apache-2.0
 *
 * One call of VoMP: its states, what each frame from the far side and each wish of our user
 * makes of them, and what is to be sent and told then.  Repeats are harmless, states only
 * grow, and one's own state is repeated once a second for as long as the call lives.
 *
 * Pure: no clock, no sockets, no allocation; NOW in milliseconds.  Source: docs/vomp.md. */
#pragma once

#include "mesh/vomp.h"

enum {
	VOMP_DIAL_MS = 15000,    /* for the far side to know of the call */
	VOMP_RING_MS = 30000,    /* to be answered */
	VOMP_NETWORK_MS = 30000, /* without a frame */
	VOMP_REPEAT_MS = 1000,
};

/* Why a call has ended; nothing of it is on the wire. */
enum vomp_end {
	VOMP_NOT_ENDED,
	VOMP_HUNG_UP,     /* by our user */
	VOMP_FAR_HUNG_UP, /* by theirs: in a call, or before we had answered theirs */
	VOMP_REFUSED,   /* by them, before they had answered ours: busy, no codec, rejected */
	VOMP_NO_CODEC,  /* we share none */
	VOMP_NO_ANSWER, /* it rang for too long */
	VOMP_UNREACHABLE, /* nobody took notice of it */
	VOMP_LOST,        /* the network was silent for too long */
	VOMP_ENDS
};
extern const char *const vomp_end_words[]; /* NULL-ended */

struct vomp_times {
	uint32_t dial_ms, ring_ms, network_ms;
};

struct vomp_call {
	bool caller;           /* we are */
	uint8_t local, remote; /* enum vomp_state */
	uint8_t end;           /* enum vomp_end */
	bool shown;            /* (callee) our user was told of it */
	uint16_t session, far_session;
	uint32_t common;         /* codecs of both, bit n: id n, for n < 32; DTMF and text are
				  * beside them */
	bool far_dtmf, far_text; /* the far side takes these */
	struct vomp_offer ours, theirs; /* codecs and numbers */
	struct vomp_times times;
	int64_t began_ms, heard_ms, said_ms;
	uint8_t sent_local, sent_remote; /* as said last */
};

/* What the caller of these functions has to do; all of it. */
struct vomp_todo {
	bool send;     /* vomp_call_write(), now */
	bool codecs;   /* the common ones are known from now on */
	bool offered;  /* (callee) tell the user: it wants to ring */
	bool ringing;  /* (caller) their phone rings */
	bool answered; /* both are in the call: sound may flow */
	bool ended;    /* tell the user why: call->end */
	bool gone;     /* forget it, after `send` */
};

/* A call that we make (SESSION: ours, not 0) ... */
struct vomp_todo vomp_call_dial(struct vomp_call *c, uint16_t session,
	const struct vomp_offer *ours, const struct vomp_times *times, int64_t now);
/* ... and one that P (a frame behind its ports, for nobody's session) asks us for.  -EBADMSG:
 * it does not. */
int vomp_call_open(struct vomp_call *c, uint16_t session, const struct vomp_offer *ours,
	const struct vomp_times *times, const uint8_t *p, unsigned len, int64_t now,
	struct vomp_todo *todo);
/* Go on with one of before we were started again, in LOCAL and REMOTE. */
void vomp_call_resume(struct vomp_call *c, int64_t now);

/* Is the frame of H this call's?  That both SIDs match is seen to already. */
bool vomp_call_is(const struct vomp_call *c, const struct vomp_header *h);

/* A frame of it came, P being behind its ports.  Sound, which forwarding cores take, comes
 * here only in passing. */
struct vomp_todo vomp_call_take(
	struct vomp_call *c, const uint8_t *p, unsigned len, int64_t now);
/* Sound of it came since the last tick (the forwarding core says so). */
void vomp_call_heard(struct vomp_call *c, int64_t now);

/* Our user: its phone rings; answers; hangs up or rejects. */
struct vomp_todo vomp_call_ring(struct vomp_call *c, int64_t now);
struct vomp_todo vomp_call_answer(struct vomp_call *c, int64_t now); /* not yet allowed: all
								      * false */
struct vomp_todo vomp_call_hang_up(struct vomp_call *c, enum vomp_end why, int64_t now);

/* Time goes by; four times a second or so. */
struct vomp_todo vomp_call_tick(struct vomp_call *c, int64_t now);

/* What is to be sent, ports included. */
void vomp_call_write(struct vomp_call *c, struct mesh_writer *w, int64_t now);
