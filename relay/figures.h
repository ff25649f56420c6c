/* SPDX-License-Identifier: Apache-2.0
 *
 * What the switch knows of one stream's transport, read from the shared memory while it goes
 * on counting: each number is exact, a set of them is no snapshot.  Units are those of people
 * here, not of the wire.  Control's one thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "relay/call.h"

struct switch_client;

static inline uint64_t
figures_count(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

/* A transport's memory; of zeros when the switch has nothing to say. */
struct figures_of {
	const struct sw_transport_state *st;
	const struct sw_transport_more *more;
};
struct figures_of figures_of(const struct stream *s, const struct switch_client *client);

/* How many SSRCs of the party have a place in it, which of them, some maybe in use no more
 * (state 0); and the one that was heard last; NULL: none. */
unsigned figures_ssrcs(const struct figures_of *t);
const struct sw_rx_ssrc *figures_ssrc(const struct figures_of *t, unsigned i);
const struct sw_rx_ssrc *figures_newest(const struct figures_of *t);

/* What has come from the party, and what it says of what it hears. */
struct figures {
	uint64_t packets; /* RTP, accepted */
	uint64_t sent;    /* RTP, to the party */
	uint64_t lost;    /* on the way here; fewer when late ones come */
	uint64_t reordered;
	uint64_t repeats;
	uint64_t dropped;         /* for whatever reason, repeats too */
	enum request_codec codec; /* of what it says */
	double jitter_ms;         /* 0: none, or its clock is not known */
	double rtt_ms;            /* from here to the party and back; 0: not known */

	uint64_t reports; /* 0: the rest says nothing */
	uint32_t byes;
	int64_t said_lost;  /* of all that is sent to it, wherever it was lost */
	uint64_t said_sent; /* how much had left for it then */
	double said_loss;   /* percent, lately */
	double said_jitter_ms;
};
void figures_read(
	struct figures *f, const struct stream *s, const struct switch_client *client);

/* What is known of the transcoding of what S's party says, which may be held or have ended
 * meanwhile; NULL: nothing, or it has never been. */
const struct sw_bridge_state *figures_bridge(
	const struct stream *s, const struct switch_client *client);

/* Where the party of a transport is answered, RTP and RTCP, when that is another place than
 * signalling gave; else family 0.  False: it is just being written. */
bool figures_learned(const struct sw_transport_state *ts, struct sw_addr learned[2]);

/* How long ago its party has sent something that was accepted. */
#define FIGURES_NEVER UINT64_MAX
uint64_t figures_idle_ms(
	const struct sw_transport_state *ts, const struct switch_client *client);

/* PART in percent of WHOLE; 0: of nothing. */
double figures_percent(uint64_t part, uint64_t whole);
