/* SPDX-License-Identifier: Apache-2.0
 *
 * One look at a call: what its streams' counters have done since the look before, what that
 * sounds like, and whether one party is missed.  Fills struct stream_heard and struct
 * call_heard.  Knows no timer.  Control's one thread. */
#pragma once

#include "relay/call.h"
#include "relay/figures.h"

struct switch_client;

/* Opinions in a histogram: the bucket of index i holds those up to 1 + i / 2. */
enum { QUALITY_BUCKETS = 8 };
unsigned quality_bucket(double mos);

/* Of all calls that were looked at since this process began.  Nothing goes backwards but
 * `running` and `running_mos`. */
struct quality_sums {
	uint64_t packets, lost, reordered, repeats; /* RTP, from parties */
	uint64_t reports;                           /* of parties */
	uint64_t talk_ms;                           /* of parties, all together */
	uint64_t one_way;                           /* times that a party was missed */
	uint64_t decoded, concealed, recovered;     /* packets that were transcoded */
	uint64_t window_looks; /* at directions of which something was decoded */
	uint64_t window_ms;    /* sum over these: how long a missing packet is waited for */
	uint64_t looks;        /* at calls */
	uint64_t running[QUALITY_BUCKETS]; /* calls, by what they were like at the last look */
	double running_mos;                /* sum over these */
	uint64_t ended[QUALITY_BUCKETS];   /* calls, by their mean over all looks */
	double ended_mos;                  /* sum over these */
};

struct look {
	const struct switch_client *client;
	uint64_t now_ms;     /* monotonic, not 0 */
	int64_t real_us;     /* since 1970 */
	uint32_t one_way_ms; /* how long a party may be missed; 0: for ever */
	struct quality_sums *sums;
	/* The party of stream I of leg LEG is missed (ONE_WAY; stream.seen.heard says how), or
	 * heard again. */
	void (*told)(void *arg, const struct call *c, unsigned leg, unsigned i, bool one_way);
	void *arg;
};

enum {
	LOOK_FIRST_MS = 15000
}; /* what an older call has done before its first look was
    * counted by our predecessor */

void look_at_call(const struct look *l, struct call *c);

/* C is no more: it moves from the running calls to those that have ended. */
void look_ended(struct quality_sums *sums, struct call *c);

/* Is S, of which COUNT packets are known, worth an opinion?  The E-model is about speech. */
bool look_is_rated(const struct stream *s, uint64_t count);

/* 0: nothing is known of how the codec sounds.
 *
 * How what comes from the party of F sounds here, with LOSS percent lost; and how the party of
 * F says that it hears the party of PEER (NULL: nobody), with LOSS. */
double look_here(const struct figures *f, double loss);
double look_by_party(const struct figures *f, const struct figures *peer, double loss);

/* What the party of S, a stream of C, says, in milliseconds, with PACKETS accepted by now. */
uint64_t look_talk_ms(
	const struct call *c, const struct stream *s, uint64_t packets, uint64_t now_ms);
