/* SPDX-License-Identifier: Apache-2.0
 *
 * How packets are numbered: which 48-bit index an RTP packet has that arrives, whether it has
 * been here before, and which index it leaves under.  This is where "no (key, SSRC, index) is
 * ever sealed twice" is kept.  Pure functions over struct sw_transport_state; no clock, no
 * DPDK, no allocation. RFC 3711 sections 3.3.1 and 3.3.2 and appendix A, RFC 3550 appendix
 * A.1, A.3 and A.8.
 *
 * Called by the forwarding core that owns the transport (by main only while no core can see
 * it).
 *
 * The argument.  A numbering is one (transport id, epoch).  (1) Within a numbering the window
 * lets every incoming index through once; whatever could make it forget (a restarted source, a
 * replaced entry) starts a new epoch, and epochs are never handed out twice.  (2) A sink adds
 * one constant to a numbering's indexes for as long as it stays with it; whenever it changes
 * to another numbering, or back, it begins above everything that it has sealed before.  So two
 * packets share an outgoing index only if they shared an incoming one, which (1) forbids.  (3)
 * Every store that the argument needs is made before the function returns, in an order that
 * leaves the table safe wherever a kill interrupts it; ssrc_recover() closes the windows,
 * which are the only thing that may be torn.  (4) A transport may move to another switch
 * (history.h): its table is read when no core can touch it any more and put down before one
 * can, with its id and epochs, so it is the same table at another place, and (1) to (3) go on
 * from it, whether its sinks move too or not.  Where it is still known from an earlier stay,
 * stopped, the later table holds (history_order.h), with every window closed that either has
 * closed.  That it goes on in one place only, and once, is for those to see to who carry it
 * (relay/move.h).
 *
 * Generations.  A re-keyed transport accepts two unseal keys for a while: that of its newest
 * generation g (sw_transport_state.key_generation) and the one before.  Only g's lowest bit is
 * kept with an SSRC, so a new key's generation must differ from the kept old key's in that
 * bit.  Plain RTP counts as a key. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/switch.h"

/* What the functions below return when the packet goes on; anything else is why it does not.
 */
static const enum drop SSRC_PASS = DROPS;

enum {
	SSRC_WINDOW = 128,       /* RTP indexes behind the highest one that may still come */
	SSRC_RTCP_WINDOW = 64,   /* the same for SRTCP */
	SSRC_SILENT_S = 10,      /* after which a plain SSRC may be replaced */
	SSRC_SLOTS_SILENT_S = 2, /* after which slots of the mesh may begin anew */
	SSRC_SPARSE = 16,        /* fewer of the window have come: by a jump, or it is new */
	SSRC_ATTEMPTS = 2,       /* indexes to try a packet under, per key */
};

/* One packet on its way through unseal; lives in its metadata. */
struct ssrc_try {
	uint64_t index; /* unseal under this; once accepted: the packet's index */
	uint32_t ssrc;  /* host byte order */
	uint32_t epoch; /* once accepted: the numbering that INDEX belongs to */
	uint16_t seq;
	uint8_t generation; /* of the key to unseal with */
	uint8_t attempts;   /* so far */
	uint8_t fail;       /* enum drop: why, should no attempt authenticate */
	uint8_t entry;      /* once accepted: its entry of sw_transport_state.rx */
};

/* RFC 3711 appendix A: the index nearest to HIGHEST with the sequence number SEQ; below 0:
 * nothing was there before the first roll-over.  At a distance of exactly 32,768, where the
 * appendix decides by the sign, the newer one: the older one would be too late anyway. */
int64_t ssrc_estimate(uint64_t highest, uint16_t seq);

/* ---- A transport's life ---- */

/* Of a zeroed ST, before it is published.  RANDOM: where its epochs start, so that an id that
 * is used a second time does not meet its own past at a sink. */
void ssrc_init(struct sw_transport_state *st, uint32_t random);

/* The core meets an unseal key of another generation: forgets which SSRCs came under the one
 * whose bit it takes (that key is no longer accepted), and sets key_generation.  Their
 * roll-over counters are remembered while there is room, for RFC 3711 3.3.1 lets them continue
 * under the new key. Said again for the same generation, it changes nothing. */
void ssrc_rekey(struct sw_transport_state *st, uint8_t generation);

/* The generation that the core has met last.  For that core. */
static inline uint8_t
ssrc_generation(const struct sw_transport_state *st)
{
	return atomic_load_explicit(&st->key_generation, memory_order_relaxed);
}

/* The key of GENERATION is no longer accepted. */
void ssrc_key_gone(struct sw_transport_state *st, uint8_t generation);

/* The seal key is another one.  Numbers go on as they were (RFC 3711 3.3.1: the roll-over
 * counter survives a re-key), but an SSRC that has not been sealed under the new key may be
 * replaced when there are too many.  The rules with the new key must be in the memfd by now: a
 * successor that found the old key with this table could seal under it twice. */
void ssrc_tx_rekey(struct sw_transport_state *st);

/* A switch takes over the state of one that was killed: every window is closed below its
 * highest index, since its last bits may be missing.  Before the transport is published. */
void ssrc_recover(struct sw_transport_state *st);

/* ---- SRTP that arrives: begin, authenticate under try->index, accept ----
 *
 * A burst may begin all its packets, unseal them, and then accept them: accept looks again.
 * With two keys, begin under the newer one; when that ends without acceptance in whatever way,
 * begin under the older; when that fails too, the packet is dropped for the newer one's
 * reason. */

/* Nothing is written but *T.  DROP_REPLAY, DROP_LATE: need not be authenticated. */
enum drop ssrc_rx_begin(const struct sw_transport_state *st, uint8_t generation, uint32_t ssrc,
	uint16_t seq, struct ssrc_try *t);

/* Authentication under t->index has failed.  Is there another index to try?  Then it is in
 * t->index; otherwise count t->fail.  Call it after the burst's other packets have been
 * accepted: they say more about roll-over.  (Restore the packet if the engine has overwritten
 * it.) */
bool ssrc_rx_retry(const struct sw_transport_state *st, struct ssrc_try *t);

/* The packet is authentic.  Marks its index, counts it, makes an entry when the SSRC is new;
 * sets t->epoch, t->entry.  LIMIT: sw_transport.ssrcs; NOW_S: a clock of seconds. DROP_REPLAY,
 * DROP_LATE (its twin was faster), DROP_SSRC_LIMIT. */
enum drop ssrc_rx_accept(
	struct sw_transport_state *st, unsigned limit, uint32_t now_s, struct ssrc_try *t);

/* ---- Plain RTP that arrives: one step, after the source check ----
 *
 * DROP_REPLAY; DROP_LATE (before the first roll-over); DROP_RESTART (a jump back beyond the
 * window: when the next packet continues there, it starts a new epoch and passes);
 * DROP_SSRC_LIMIT (and no plain SSRC has been silent for SSRC_SILENT_S). */
enum drop ssrc_rx_plain(struct sw_transport_state *st, unsigned limit, uint8_t generation,
	uint32_t ssrc, uint16_t seq, uint32_t now_s, struct ssrc_try *t);

/* The same for a slot of the mesh's, which goes on for as long as its session: a jump back is
 * no restart but somebody's recording (DROP_LATE) while the source is heard, and for
 * SSRC_SLOTS_SILENT_S.  Unless it was the jump forward that was recorded: few came after it.
 */
enum drop ssrc_rx_slot(struct sw_transport_state *st, unsigned limit, uint8_t generation,
	uint32_t ssrc, uint16_t slot, uint32_t now_s, struct ssrc_try *t);

/* After a packet was accepted that is also those of the next MORE indexes: they are not lost.
 */
void ssrc_rx_covers(struct sw_transport_state *st, const struct ssrc_try *t, unsigned more);

/* After a packet was accepted, where the RTP clock is known: its RTP timestamp and its time of
 * arrival, both in units of that clock.  RFC 3550 A.8. */
void ssrc_rx_jitter(struct sw_transport_state *st, const struct ssrc_try *t,
	uint32_t timestamp, uint32_t arrival);

/* Packets that should have come and did not, over all epochs of the transport.  While its core
 * takes no turn: an entry that is begun anew meanwhile would be read by halves. */
uint64_t ssrc_lost(const struct sw_transport_state *st);

/* ---- SRTCP that arrives; INDEX is the one that the packet states (31 bits).  Plain RTCP
 * needs nothing of this. ---- */

/* DROP_REPLAY, DROP_LATE: need not be authenticated. */
enum drop ssrc_rtcp_begin(const struct sw_transport_state *st, uint8_t generation,
	uint32_t ssrc, uint32_t index);
/* The packet is authentic.  Also DROP_SSRC_LIMIT. */
enum drop ssrc_rtcp_accept(struct sw_transport_state *st, unsigned limit, uint8_t generation,
	uint32_t ssrc, uint32_t index);

/* ---- What leaves by a sink; ST is the sink's, LIMIT its sw_transport.ssrcs ---- */

/* The index to seal a packet under that was accepted as INDEX of (SOURCE, EPOCH); its low 16
 * bits are the sequence number that it must carry.  DROP_SINK_SSRC_LIMIT, DROP_SINK_LATE,
 * DROP_KEY_USED_UP. */
enum drop ssrc_tx_index(struct sw_transport_state *st, unsigned limit, uint32_t ssrc,
	uint64_t source, uint32_t epoch, uint64_t index, uint64_t *out);

/* The next SRTCP index of SSRC (the sender of the compound packet).  DROP_SINK_SSRC_LIMIT,
 * DROP_KEY_USED_UP. */
enum drop ssrc_tx_rtcp(
	struct sw_transport_state *st, unsigned limit, uint32_t ssrc, uint32_t *out);
