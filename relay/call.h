/* SPDX-License-Identifier: Apache-2.0
 *
 * The call model: a call has one or two legs, a leg has streams, a stream is what one party
 * sends and receives of one medium, with the transport that strowger gave it.  Streams of the
 * two legs are joined by index.  Besides there may be listeners, such as a recorder, who get
 * copies of what the parties send.  Here is what a request changes in it; bridge.h says what
 * follows for the packets.
 *
 * Control's one thread.  Knows no switch, no clock, no sockets. */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "control/request.h"
#include "control/timeout.h"
#include "dataplane/switch.h"
#include "relay/heard.h"

enum {
	CALL_LEGS = REQUEST_LEGS,
	CALL_LISTENERS = SW_SINKS - 1, /* besides the other party */
	CALL_STREAMS = REQUEST_STREAMS,
	CALL_DSCP_BY_MEDIA = 255, /* nobody asked for one */
	CALL_LATCH_MS = 10000,    /* default */
	CALL_NO_SLOT = UINT32_MAX,
	CALL_NO_RECORD = UINT32_MAX,
	CALL_NO_TIMEOUT = UINT32_MAX,
};

struct coding;
struct note;

/* Its keys, in memory of secret.h; their suites are equal, and not SW_SUITE_PLAIN. */
struct stream_keys {
	struct sw_key unseal; /* what the party seals with */
	struct sw_key seal;   /* ours, of this transport alone */
};

/* What the switch has told of a transport, and the sampler has found; not in the record. */
struct stream_seen {
	uint32_t latches;
	uint32_t second_sources;
	uint32_t rekeys;
	uint32_t old_keys_gone;
	uint32_t ssrc_limits;
	uint32_t latched_at; /* 1 + the stream's relatch when its RTP latched; 0: never */
	struct stream_heard heard;
	struct decoded_heard decoded;
};

/* Is a stream of the mesh (call_mesh.h)? */
enum stream_mesh {
	STREAM_NO_MESH,
	STREAM_MESH_WAITS, /* for the call of VoMP to be answered */
	STREAM_MESH_RINGS, /* likewise, by the party: if it speaks, it has */
	STREAM_MESH_TALKS,
};

struct stream {
	/* As signalled. */
	uint8_t media;     /* enum request_media */
	uint8_t direction; /* enum request_direction, of the party */
	uint8_t source;    /* enum request_source */
	uint8_t mux;       /* 1: RTCP on the RTP port */
	uint8_t dscp;      /* or CALL_DSCP_BY_MEDIA */
	uint8_t codec;     /* enum request_codec, of what the party says */
	uint8_t key_known; /* 1: keys.unseal is the party's key; 0: a random one that nobody
			    * has, so that nothing authenticates before the party's comes */
	uint8_t e2e; /* 1: end to end: relayed bit by bit, by keys that nobody here knows; all
		      * streams of a call, or none */
	uint8_t closed;      /* 1: it has no transport: slot CALL_NO_SLOT, port and id 0 */
	uint8_t no_feedback; /* 1: the party is sent no RTCP feedback (RFC 4585) */
	uint8_t mesh;   /* enum stream_mesh; follows from the leg's, so not in the record */
	uint8_t looked; /* 1: the sampler has, at call.looked_ms; not in the record */
	uint16_t rtcp_port; /* of the remote; 0: follows from its port */
	uint16_t port;      /* of our transport: RTP; even.  The next one is ours, too */
	uint32_t latch_ms;
	uint32_t clock_hz;        /* 0: follows from the medium */
	struct sw_addr remote;    /* family 0: not known */
	uint8_t wait;             /* 1: it is sent nothing before it has been heard */
	uint8_t pierce;           /* 1: it is sent a few empty datagrams first */
	struct coding *coding;    /* owned; NULL: nothing was said of what is in its packets */
	struct stream_keys *keys; /* owned; NULL: it speaks no SRTP */
	struct sw_addr
		*rtcp;  /* owned; where the party wants RTCP, port 0; NULL: at `remote` */
	uint64_t spent; /* fingerprint of the last of ours that may not seal again, for what
			 * it has sealed is no longer known; 0: there is none */

	/* Our transport. */
	uint64_t id;      /* random */
	uint32_t slot;    /* CALL_NO_SLOT: has none yet */
	uint32_t relatch; /* raised when what was learned is to be forgotten */

	struct stream_seen *seen; /* owned; NULL: nothing yet */
};
static_assert(sizeof(struct stream) <= 104, "a node has many");

struct leg {
	char name[REQUEST_NAME];
	char interface[REQUEST_INTERFACE]; /* empty until placed, when the default is wanted */
	uint8_t streams;
	uint16_t family;      /* 0 until placed, when anything will do */
	uint16_t place;       /* index of the local address in struct sw_state, as of now */
	struct sw_addr local; /* port 0; family 0: not placed yet */
	/* Where the party is to send instead, as the configuration says now, which has it; not
	 * in the record.  NULL: to `local`. */
	const struct sw_addr *advertised;
	struct request_mesh *mesh; /* owned; NULL: the leg is none of the mesh */
	struct stream *stream;     /* owned; `streams` of them */
};

/* Who only listens.  Its streams have a transport each, as a party's have, and no flow: what
 * it sends goes nowhere. */
struct listener {
	struct leg leg;
	/* Whose sound stream n gets, by index: what that has of transports may change. */
	struct listener_source {
		uint8_t leg, stream;
	} of[CALL_STREAMS];
};

struct job;

/* What timeouts.c knows of a call. */
struct call_timer {
	struct call *next;
	struct call **link; /* what points to the call; NULL: it is not watched */
	int64_t changed_ms;
	int64_t told_ms[CALL_LEGS]; /* when the leg's silence was told of */
	bool over[TIMEOUTS];        /* has been told of, or can no longer happen */
};

struct call {
	/* Of directory.c. */
	uint64_t hash;
	struct call *chain;

	/* Of calls.c. */
	struct job *waiting; /* oldest first */
	uint32_t record;     /* in the store; CALL_NO_RECORD */
	bool busy;           /* one of its requests is with the switch */
	bool made;           /* acknowledged, and not being deleted */
	uint8_t exported;    /* 1: its transports are stopped, for it may go on elsewhere */
	uint8_t legs : 4, listeners : 4;

	struct call_timer timer;
	uint64_t looked_ms;       /* when the sampler did last, monotonic; 0: not yet */
	struct call_heard *heard; /* owned; NULL: nothing was ever heard */

	struct note *note;  /* the front end's own; a share of it.  NULL: there is none */
	const char *ending; /* why it ends: "timeout_media"; NULL: because somebody said so */

	struct codec_rules *rules;     /* owned; NULL: there are none */
	uint32_t timeout_ms[TIMEOUTS]; /* 0: as configured; CALL_NO_TIMEOUT: none */
	int64_t created_us;            /* real time, microseconds since 1970 */
	struct listener *listener;     /* owned; `listeners` of them */
	struct leg leg[CALL_LEGS];
	char id[]; /* NUL-ended, shorter than REQUEST_ID */
};
static_assert(sizeof(struct call) <= 456, "with most ids not more than 512, as malloc has it");

/* A call without legs.  NULL: errno. */
struct call *call_open(const char *id);
void call_close(struct call *c); /* wipes keys; NULL is fine */

/* Take it out of the list of timeouts.c that it is in, if any; call_close() does, too. */
void call_unwatch(struct call *c);

/* A copy of what signalling says: id, times, rules, note, whether exported, legs, listeners.
 * NULL: errno. */
struct call *call_copy(const struct call *c);

/* Exchange what requests change of two calls, as when a changed copy becomes valid; and let C
 * have what was seen of its transports in OLD meanwhile. */
void call_swap(struct call *a, struct call *b);
void call_keep_seen(struct call *c, struct call *old);

/* Do to C what R asks, R having passed request_check(): legs are found by name, streams by
 * index; a leg that is not there is added while there is room.  Makes keys of ours where they
 * are needed.  New streams have no slot, no port and no id yet.  0; -EINVAL or -ENOMEM and
 * FAULT says why, C is then changed by half: apply to a copy. */
int call_apply(struct call *c, const struct call_request *r, struct fault *fault);

/* Add a leg called NAME: 0; -ENOSPC, there are CALL_LEGS.  Or N streams with nothing but
 * defaults to leg L: 0; -ENOMEM. */
int call_add_leg(struct call *c, const char *name);
int call_add_streams(struct leg *l, unsigned n);

/* Its rules are RULES, its note is NOTE (a share of it) from now on.  0; -ENOMEM. */
int call_set_rules(struct call *c, const struct codec_rules *rules);
void call_set_note(struct call *c, const struct note *note);

/* What C's rules let be used of its streams' codecs, after either has changed. */
void call_apply_rules(struct call *c);

/* Would anybody hear the sound of C's parties?  Of other media call.get says so.  0; -EINVAL
 * and FAULT says whose nobody would. */
int call_check_codecs(const struct call *c, struct fault *fault);

/* How many have transports in C, parties and listeners; and the Ith of them, which may be
 * changed if C may. */
unsigned call_all(const struct call *c);
struct leg *call_leg(const struct call *c, unsigned i);

/* The listener called NAME, which may be changed if C may; NULL.  A new one, without streams:
 * NULL with errno, ENOSPC: there are CALL_LISTENERS. */
struct listener *call_listener(const struct call *c, const char *name);
struct listener *call_add_listener(struct call *c, const char *name);
/* Has C, once its parties are known, what L listens to? */
bool call_check_listener(const struct call *c, const struct listener *l);

/* Copies of FROM's listeners take the place of TO's.  0; -ENOMEM, and TO is as it was. */
int call_copy_listeners(struct call *to, const struct call *from);

/* RTCP to S's party goes to the address of AT, which is one of its remote's family; or, if
 * that is the remote's address, or family 0, to where its media go.  0; -ENOMEM. */
int call_set_rtcp(struct stream *s, const struct sw_addr *at);

/* The coding of S, made if there is none yet; NULL: no memory. */
struct coding *call_coding(struct stream *s);

/* Its keys, made if there are none yet, all zero; NULL: no memory.  Or: it has none. */
struct stream_keys *call_keys(struct stream *s);
void call_drop_keys(struct stream *s);
/* One of them, to read; suite SW_SUITE_PLAIN: there is none. */
const struct sw_key *call_unseal(const struct stream *s);
const struct sw_key *call_seal(const struct stream *s);

/* What was seen of S, to read; and to write, made if there is nothing yet; NULL: no memory. */
const struct stream_seen *call_seen(const struct stream *s);
struct stream_seen *call_see(struct stream *s);

/* What was heard of C, to read. */
const struct call_heard *call_heard(const struct call *c);

/* Nobody can find S by its transport any more, whose key may not seal again. */
void call_leave_transport(struct stream *s);

/* The stream whose transport is ID; NULL. */
struct stream *call_stream(struct call *c, uint64_t id);

/* Does a transport that listens by SOURCE (enum request_source) believe packets of where its
 * party is? */
bool call_learns(uint8_t source);

/* Is it end to end? */
bool call_is_e2e(const struct call *c);

/* Does any of its streams speak SRTP with us? */
bool call_is_srtp(const struct call *c);

/* Other keys of ours for every stream that we seal: those it had may not be used again when
 * what is known of their packets is lost. */
void call_renew_keys(struct call *c);

/* What follows when nobody said otherwise. */
uint8_t call_dscp(const struct stream *s);
uint32_t call_clock_hz(const struct stream *s); /* 0: not known */
struct sw_addr call_remote_rtcp(const struct stream *s);
