/* SPDX-License-Identifier: Apache-2.0
 *
 * Why a request was refused: a kind that programs act on, and words for people.  Both front
 * ends map the kind to what their protocol says (JSON-RPC: a row of errors; NG: error-reason).
 * Control's one thread; plain data. */
#pragma once

enum fault_kind {
	FAULT_NONE,
	FAULT_UNKNOWN_CALL,
	FAULT_CALL_EXISTS,
	FAULT_NO_PORTS,
	FAULT_NO_INTERFACE,
	FAULT_SWITCH_DOWN, /* trying again in a moment may work */
	FAULT_REFUSED,     /* the switch said no */
	FAULT_BAD_KEY,     /* a suite that does not exist, or a key that does not fit it */
	FAULT_DRAINING,
	FAULT_BUSY,     /* too much of this kind is being done already */
	FAULT_TOO_MANY, /* of a kind that there may be a few of at one time */
	FAULT_UNKNOWN_CAPTURE,
	FAULT_CALL_LIMIT,
	FAULT_EXPORTED,         /* the call is stopped here, for it may go on elsewhere */
	FAULT_NOT_UPGRADED,     /* the program on disk cannot take our place */
	FAULT_NO_PLACE,         /* an address or port that it needs is not ours, or taken */
	FAULT_BAD_CONFIG,       /* the configuration file is wrong */
	FAULT_E2E,              /* the call is end to end, and this needs more than relaying */
	FAULT_NO_CODEC,         /* the parties would not hear each other */
	FAULT_NO_TRANSCODER,    /* no transcode core has room for another call */
	FAULT_PEER_BUSY,        /* a node of the mesh would have more calls than it can bear */
	FAULT_NO_MESH_LEG,      /* the call has none, or not the one that is meant */
	FAULT_WRONG_STATE,      /* a call of the mesh is not where this can be done */
	FAULT_NO_MESH,          /* this node has none */
	FAULT_UNREACHABLE,      /* a node of the mesh does not answer */
	FAULT_UNKNOWN_IDENTITY, /* in the mesh, none of ours */
	FAULT_IDENTITY_EXISTS,
	FAULT_BAD_REQUEST, /* contradicts itself, or the call as it is */
	FAULT_INTERNAL,    /* out of memory, no random numbers */
	FAULTS
};

struct fault {
	enum fault_kind kind;
	char field[96];     /* "legs[0].streams[1].remote"; empty: the whole request */
	char got[64];       /* empty: not said (never a key) */
	char expected[128]; /* empty: not said */
	char text[320];     /* one sentence */
};

/* Fill F; returns -EINVAL, so that a check can end with it.  FIELD, GOT and EXPECTED may be
 * NULL; TEXT is printf-like. */
int fault_set(struct fault *f, enum fault_kind kind, const char *field, const char *got,
	const char *expected, const char *text, ...) __attribute__((format(printf, 6, 7)));
