/* SPDX-License-Identifier: Apache-2.0
 *
 * How packets cross from one part of the switch to another.  The parties are the forwarding
 * cores, the transcode cores behind them and, as the last one, main.  For every ordered pair
 * of them, but for two transcode cores, there is a ring with a single producer and a single
 * consumer; nobody ever waits for one: what does not fit is the producer's to drop.
 *
 * A party that is about to sleep says so and looks once more; whoever puts something into its
 * rings then writes its eventfd.  Packets stay the mbufs that they are, with their struct
 * meta.
 *
 * What is told main otherwise than in packets lies in rings of others, at which main looks
 * now and then while there is much of it; when there is none it listens, and is woken.
 */
#pragma once

#include <rte_ring.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "dataplane/switch.h"

struct rte_mbuf;

enum {
	BURST = 32,          /* packets a turn and ring */
	CROSSING_RING = 512, /* packets under way from one party to another; one less fits */
	/* To a transcode core, whose turn takes milliseconds where others' take microseconds:
	 * 10 ms of what the lightest codecs let it take. */
	CROSSING_RING_TRANSCODER = 2048,
	CROSSING_PARTIES = SW_CORES + SW_TRANSCODERS + 1,
};

/* What a party shows the others. */
struct crossing_party {
	/* Written by the party, read by the others. */
	alignas(RTE_CACHE_LINE_SIZE) _Atomic bool asleep;
	/* Only read, once it is open. */
	alignas(RTE_CACHE_LINE_SIZE) int wake_fd;
	struct rte_ring *from[CROSSING_PARTIES]; /* NULL: itself, nobody, or both transcode */
};

static_assert(sizeof(struct crossing_party) % RTE_CACHE_LINE_SIZE == 0 &&
		      offsetof(struct crossing_party, wake_fd) % RTE_CACHE_LINE_SIZE == 0,
	"a party's flag has its line to itself");

struct crossing {
	unsigned cores;   /* that forward: parties 0..cores - 1 */
	unsigned parties; /* the last one is main */
	/* Written by main, read by the others. */
	alignas(RTE_CACHE_LINE_SIZE) _Atomic bool main_listens;
	struct crossing_party party[];
};

static_assert(offsetof(struct crossing, main_listens) % RTE_CACHE_LINE_SIZE == 0 &&
		      offsetof(struct crossing, party) % RTE_CACHE_LINE_SIZE == 0,
	"main's flag has its line to itself");

static inline unsigned
crossing_main(const struct crossing *c)
{
	return c->parties - 1;
}

/* Transcode core N. */
static inline unsigned
crossing_transcoder(const struct crossing *c, unsigned n)
{
	return c->cores + n;
}

static inline bool
crossing_is_transcoder(const struct crossing *c, unsigned party)
{
	return party >= c->cores && party != crossing_main(c);
}

/* What a party has in hand for another one. */
struct crossing_outbox {
	unsigned n;
	struct rte_mbuf *pkt[BURST];
};

/* A party's own view: its thread's alone. */
struct crossing_end {
	struct crossing *crossing;
	unsigned self;
	uint64_t waiting; /* bit p: something is in out[p] */
	struct crossing_outbox out[CROSSING_PARTIES];
};

/* For CORES that forward, TRANSCODERS and main; main thread, as are the next three.  NULL:
 * ENOMEM, EMFILE. */
struct crossing *crossing_open(unsigned cores, unsigned transcoders);
void crossing_close(struct crossing *c); /* frees what is still in the rings; NULL is fine */
void crossing_end_init(struct crossing_end *e, struct crossing *c, unsigned self);
/* Free what END has in hand. */
void crossing_end_fini(struct crossing_end *e);

/* Put M with what goes to party TO.  True: that is BURST packets now, flush. */
static inline bool
crossing_put(struct crossing_end *e, unsigned to, struct rte_mbuf *m)
{
	struct crossing_outbox *out = &e->out[to];

	out->pkt[out->n++] = m;
	e->waiting |= UINT64_C(1) << to;
	return out->n == BURST;
}

/* Put what is in hand for TO into its ring, and wake it if it sleeps.  How many went; the
 * rest, out[TO].pkt[that many ..n), is the caller's.  out[TO].n is 0 then, whatever it says.
 */
unsigned crossing_flush(struct crossing_end *e, unsigned to, unsigned *n);

/* At most MAX packets that FROM has put for us. */
unsigned crossing_take(
	struct crossing_end *e, unsigned from, struct rte_mbuf **pkt, unsigned max);

/* About to sleep: from here on whoever puts something wakes us.  False: something is there
 * already, and we do not sleep. */
bool crossing_sleep(struct crossing_end *e);
void crossing_awake(struct crossing_end *e);

/* After putting something that is no packet where main looks: wake it if it listens. */
void crossing_tell(struct crossing *c);
/* Main is about to look for the last time, or knows that it will look again by itself. */
void crossing_listen(struct crossing *c, bool listens);

/* Wake PARTY, whatever it waits for. */
void crossing_wake(struct crossing *c, unsigned party);
int crossing_wake_fd(const struct crossing_end *e); /* readable: we were woken */
