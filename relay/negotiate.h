/* SPDX-License-Identifier: Apache-2.0
 *
 * What an offer or an answer means: an SDP and the request around it become what is asked of
 * the call (control/request.h), and, when the call has become so, the SDP that the other party
 * gets.  Pure functions; the switch has its say between the two halves.
 *
 * m= line n of both parties is stream n of both legs; one that is not relayed (port 0,
 * refused, no UDP) is a closed stream.  What one request leaves behind for the next ones of
 * the same two parties is in a memo, which lies in the call's record.
 *
 * Source: RFC 3264, RFC 4568, and the SDP that rtpengine 26.3 answers with.  Control's one
 * thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "control/ng.h"
#include "control/request.h"
#include "control/slice.h"
#include "relay/call.h"

/* What is to be known of two parties from one request to the next: what each said last, what
 * the offer asked for, numbers of o= lines, the secret that our SDES keys come from. */
struct memo;

struct memo *memo_open(void);    /* NULL: no memory */
void memo_close(struct memo *m); /* wipes; NULL is fine */

/* As bytes: how many; -ENOSPC.  And back; every value is checked.  NULL with errno: EBADMSG,
 * ENOMEM. */
ssize_t memo_encode(const struct memo *m, uint8_t *buf, size_t size);
struct memo *memo_decode(const uint8_t *buf, size_t len);
/* The same of bytes that were checked before, or are our own: only the head is looked at. */
struct memo *memo_copy(const uint8_t *bytes, size_t len);

/* What m= line I of party SIDE said of itself, for who asks about the call.  False: there is
 * no such line.  MEMO: as bytes; slices live as long as they. */
struct memo_media {
	struct slice type, protocol,
		codec; /* "audio", "RTP/AVP", "opus/48000/2": the first speech
			* that is used, as 26.3's query prints it */
	bool refused;
};
bool memo_media(struct slice memo, unsigned side, unsigned i, struct memo_media *out);

/* A medium and a protocol of m= as everybody writes them, in whatever letters they came; what
 * is not known, or not relayed, as it came. */
struct slice media_spelled(struct slice type);
struct slice protocol_spelled(struct slice name);

/* One offer or answer on its way.  The caller fills in the upper part, and keeps all of it
 * until negotiate_end() has returned, or the request has failed. */
struct negotiation {
	const struct ng_request *request;
	bool answer;
	bool alone; /* an offer that nobody else gets: what it would send is answered by us */
	unsigned from; /* leg of the call whose party made the SDP: 0 made the first offer */
	struct memo *memo; /* what the call's note says, or a new one; for its next note */
	const struct call
		*call; /* as it is; NULL: there is none yet.  Not after negotiate_begin() */
	const char *instance; /* of this node, for loop-protect: the same after a restart */
	const struct sw_state *node; /* whose interfaces there are; NULL: any may be */
	const struct config *conf;   /* what they are called; only with NODE */
	uint8_t usual_tos; /* of streams of which no request has said one; 0: nobody says one
			    */
	struct arena *arena;

	/* Of negotiate.c. */
	uint64_t missing; /* bit n: number n of the codecs to be transcoded to is none of ours
			   */
	bool too_many;    /* m= lines: those behind REQUEST_STREAMS of them are refused */
	bool unshared;    /* who answers will speak what the offer has not, nor we know */
	struct sdp *in;
	void *plan;
};

/* The first half.  ASKED, which is all zeros, becomes (but for its id and note) what the call
 * is to become.  0; -EINVAL and REASON, a string of N's arena or a constant: the error-reason;
 * or -EALREADY: an SDP that has been here already (loop-protect), which is to be answered with
 * itself. */
int negotiate_begin(struct negotiation *n, struct call_request *asked, const char **reason);

/* As long an SDP as the other party can get then, with any ports and addresses.  at NULL: no
 * memory. */
struct slice negotiate_longest(const struct negotiation *n);

/* The second: CALL has become what was asked.  The SDP for the other party, in N's arena.
 * at NULL: no memory. */
struct slice negotiate_end(struct negotiation *n, const struct call *call);
