/* SPDX-License-Identifier: Apache-2.0
 *
 * The media of the generator's calls: a stream for each phone that talks, packets sent in turn
 * over all streams, and what came back of them.  source.c sends, sink.c takes back.
 *
 * When a packet was sent is kept here and not in the packet: its payload is sealed, and not
 * every packet that returns is unsealed.  SSRC and sequence number, which SRTP leaves legible,
 * lead back to it.  The generator's one thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "bench/gaps.h"
#include "bench/hist.h"
#include "bench/port.h"
#include "bench/wire.h"
#include "dataplane/seal.h"

/* One party of a call: the phone, which is us, and what the relay opened towards it. */
struct leg {
	struct sw_addr phone;
	struct sw_addr relay;
	struct sw_key phone_key; /* suite SW_SUITE_PLAIN: no SRTP on this leg */
	struct sw_key relay_key;
	uint8_t relay_mac[6];
};

struct call {
	struct leg leg[2];
};

struct stream {
	/* Constant. */
	uint8_t head[WIRE_HEAD_MAX]; /* Ethernet, IP and UDP headers as sent */
	uint8_t rtp_at;              /* bytes of them */
	uint8_t port;                /* leaves by traffic.port[] */
	uint8_t back;                /* returns by */
	uint16_t back_to;            /* UDP port that it returns to; 0: any */
	uint64_t first;              /* packet index of its packet number 0 */
	struct seal *seal, *unseal;  /* NULL: plain */
	/* Written by source.c, cleared by sink.c: when number n, of the last `window` ones,
	 * was sent (nanoseconds); 0: it has returned. */
	uint64_t *sent_at;
	uint64_t highest; /* number + 1 of the furthest one that returned; by sink.c */
	struct gaps_stream gaps;
};

/* What happened since the last reset. */
struct tally {
	uint64_t sent;
	uint64_t refused;       /* not taken by our own port */
	uint64_t replayed;      /* sent once more, after they had returned */
	uint64_t returned;      /* each packet once */
	uint64_t late;          /* of these: later than late_ns */
	uint64_t reordered;     /* of these: after a later one of their stream */
	uint64_t duplicate;     /* returned once more: replays that were accepted, too */
	uint64_t stale;         /* returned too late to tell */
	uint64_t foreign;       /* RTP that is none of ours */
	uint64_t misrouted;     /* returned to another phone */
	uint64_t verified;      /* of the returned: unsealed and compared */
	uint64_t corrupt;       /* of these: wrong tag, payload or checksum */
	uint64_t missed;        /* lost between the kernel and us */
	uint64_t lost_at_marks; /* of those that did not return: gaps.h */
	struct hist delay;      /* nanoseconds from send to take */
};

struct traffic_conf {
	unsigned payload; /* bytes of RTP payload; at most WIRE_PAYLOAD_MAX */
	unsigned verify;  /* check every so many-th packet that returns; 0: none */
	uint64_t late_ns;
	double rate_max; /* packets/s over all streams: how far back `window` must reach */
	bool reflect;    /* phone A hears itself: one stream a call */
	bool one_way;    /* phone B only hears: the same */
	/* Sequence numbers roll over within so many packets of each stream, at moments spread
	 * over them; 0: not soon. */
	unsigned roll_over;
	double replay; /* share of the packets that is sent once more, after it has returned */
};

struct traffic {
	struct traffic_conf conf;
	struct port *port[2];
	unsigned ports; /* 1: both phones are behind the same */
	struct stream *stream;
	unsigned streams;
	unsigned window; /* power of two */
	uint32_t ssrc;   /* of stream 0; stream i has ssrc + i */
	unsigned next;   /* stream that sends next ... */
	uint64_t number; /* ... its packet of this number */
	uint64_t since;  /* no packet before this number is asked for: the last reset */
	double replays;  /* that are due */
	uint64_t random; /* xorshift */
	struct seal_lane *lane;
	struct tally tally;
	struct gaps gaps;
	uint64_t *sent_at;                 /* of all streams */
	uint8_t payload[WIRE_PAYLOAD_MAX]; /* what everybody says, after the head of each
					      packet */
};

/* Streams for CALLS of N.  A and B are the ports of the two sides, perhaps the same.
 * 0; -ENOMEM, -EINVAL. */
int traffic_open(struct traffic *t, const struct traffic_conf *conf, struct port *a,
	struct port *b, const struct call *calls, unsigned n);
void traffic_close(struct traffic *t);

/* Forget what is under way and count from 0; what still returns is stale. */
void traffic_reset(struct traffic *t);

/* Send N <= PORT_BURST packets now, the next streams in turn, and the replays that are due. */
void source_send(struct traffic *t, unsigned n);

/* What stream I has sent so far. */
uint64_t traffic_sent_by(const struct traffic *t, unsigned i);

/* Take what has come, up to a burst a port.  How many frames there were. */
unsigned sink_take(struct traffic *t);

/* What packet NUMBER of stream I says: MARK bytes, the rest is traffic.payload. */
struct payload_mark {
	uint64_t number;
	uint32_t stream;
} __attribute__((packed));
