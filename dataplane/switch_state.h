/* SPDX-License-Identifier: Apache-2.0
 *
 * Of switch.h: the shared state, a memfd that outlives either process.  Its parts follow each
 * other at the offsets that its head states; each has one writer (docs/design.md). */
#pragma once

#include <assert.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/drop.h"
#include "dataplane/switch_rules.h"

enum sw_stage {
	SW_ST_RX,
	SW_ST_PARSE,
	SW_ST_CLASSIFY,
	SW_ST_UNSEAL,
	SW_ST_DIVERT,
	SW_ST_INTAKE,
	SW_ST_SEAL,
	SW_ST_ADDRESS,
	SW_ST_TX,
	SW_ST_MESH_IN,   /* datagrams of the mesh -> RTP */
	SW_ST_MESH_OUT,  /* RTP -> frames of the mesh */
	SW_ST_MESH_LINK, /* frames -> datagrams, and sending again */
	SW_STAGES
};

const char *sw_stage_name(enum sw_stage stage);

/* One local media address. */
struct sw_local {
	struct sw_addr addr; /* port: lowest of the media range */
	uint16_t port_last;
	uint16_t device;         /* < sw_state.devices */
	char interface[SW_NAME]; /* what the configuration calls it */
};

/* One device, as opened. */
struct sw_device {
	char name[SW_NAME];   /* what the configuration calls its interface */
	char kind[16];        /* a row of the device table: xdp, packet, ... */
	char driver[SW_NAME]; /* as DPDK says */
	uint8_t mac[6];
	uint16_t mtu;
	_Atomic uint32_t up;        /* written by main */
	_Atomic uint64_t fragments; /* to its addresses, left to the kernel; written by main */
	uint16_t queues, vlan;      /* vlan 0: untagged */
	char twin[16]; /* the kernel's interface beside it; empty: there is none */
	_Atomic uint32_t mbufs,
		mbufs_free; /* packet buffers; written by main, once a second */
	/* Of struct rte_eth_stats, when each was read last; written likewise. */
	_Atomic uint64_t ipackets, opackets, ibytes, obytes, imissed, ierrors, oerrors,
		rx_nombuf;
};

/* Head of the memfd.  Written by the switch's main thread before WELCOME; after that only what
 * is atomic changes, and a device's MAC address, of which a reader may see half. */
struct sw_state {
	uint32_t magic;
	uint32_t abi;
	uint64_t size;       /* bytes of the whole memfd */
	uint64_t instance;   /* random, made with the memfd */
	uint32_t transports; /* slots */
	uint32_t cores;      /* that forward; there is room for SW_CORES */
	uint32_t addresses;
	uint32_t devices;
	uint32_t record_blocks;
	uint32_t transcoders; /* there is room for SW_TRANSCODERS */
	uint64_t cores_at, transcoders_at, mesh_at, transports_at, more_at, bridges_at,
		rules_at, mesh_rules_at, records_at; /* byte offsets; page aligned */
	uint64_t tsc_hz;
	int64_t created_us; /* real time, microseconds since 1970 */
	int64_t started_us; /* of the switch that runs now */
	_Atomic uint32_t switch_pid;
	_Atomic uint32_t restarts;     /* how often a successor took over */
	_Atomic uint64_t mesh_unheard; /* datagrams of the mesh that control had no ear for */
	char engine[16];               /* SRTP engine */
	char poll[16];                 /* busy, adaptive */
	struct sw_local address[SW_ADDRESSES];
	struct sw_device device[SW_DEVICES];
};

/* One forwarding core's counters: written by it alone, read relaxed by anybody. */
struct sw_core {
	alignas(64) _Atomic uint64_t turns;
	_Atomic uint64_t empty_turns;
	_Atomic uint64_t sleeps;
	_Atomic uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes; /* bytes: whole frames */
	_Atomic uint64_t handed_over, taken_in; /* packets, to and from other cores and main */
	_Atomic uint64_t zrtp;                  /* packets of ZRTP accepted */
	_Atomic uint64_t pierced; /* empty datagrams sent (sw_transport.pierce) */
	_Atomic uint64_t busy_cycles;
	_Atomic uint64_t cycles[SW_STAGES];  /* TSC, in turns that had packets */
	_Atomic uint64_t packets[SW_STAGES]; /* that entered the stage */
	_Atomic uint64_t drops[DROPS];
	_Atomic uint32_t cpu;
	_Atomic uint32_t asleep;
};

/* One transcode core's counters: written by it alone, read relaxed by anybody. */
struct sw_transcoder {
	alignas(64) _Atomic uint64_t turns, empty_turns, sleeps;
	_Atomic uint64_t taken_in, handed_over; /* packets, from and to forwarding cores */
	_Atomic uint64_t frames;                /* encoded */
	_Atomic uint64_t crowded;               /* as in struct transcode_counts */
	_Atomic uint64_t busy_cycles;
	_Atomic uint64_t drops[DROPS];
	_Atomic uint32_t load;      /* of its time lately, in thousandths */
	_Atomic uint32_t accepting; /* 1: it may be given more */
	_Atomic uint32_t
		complexity; /* that codecs with such a thing are held down to; 10: none */
	_Atomic uint32_t directions; /* that it has had packets of lately */
	_Atomic uint32_t cpu, asleep;
};

/* What is known of a neighbour's link: written by the core that has the link, but for the
 * first line, which is main's. */
struct sw_mesh_link {
	alignas(64) _Atomic uint64_t id; /* of the neighbour; 0: the slot is free */
	uint8_t sid[SW_SID];
	struct sw_addr addr;
	uint8_t interface;                       /* of its own */
	alignas(64) _Atomic uint64_t last_heard; /* TSC; 0: never */
	_Atomic uint64_t heard_us; /* TSC when it said last that it hears us; 0: never */
	_Atomic uint64_t rx_datagrams, rx_frames, tx_datagrams, tx_frames;
	_Atomic uint64_t rx_audio, tx_audio, forwarded; /* frames */
	_Atomic uint64_t duplicates, resent, given_up, acks_sent, acks_heard;
	_Atomic uint64_t elsewhere; /* datagrams in its name from other addresses */
	_Atomic uint64_t unopened;  /* boxes that were not what they should be */
	_Atomic uint32_t rtt_us;    /* of a datagram and its acknowledgement; 0: not known */
	_Atomic uint16_t numbers;   /* next SEQ, and above it the next frame sequence */
	_Atomic uint8_t version;    /* highest heard */
};
static_assert(sizeof(struct sw_mesh_link) % 64 == 0, "no cache line has two writers");

/* What is known of a direction that is transcoded, beside the transport where it comes in.
 * Main writes the first line, before it is published; the transcode core the others.  Its
 * memory is not there before it is used. */
struct sw_bridge_state {
	alignas(64) _Atomic uint64_t id; /* of the transport; 0: nothing is known */
	uint64_t source; /* random: what numbers are counted under at the sink (ssrc.h) */
	uint32_t epoch;  /* changes when a switch takes over */
	uint32_t ssrc;   /* of what leaves */
	uint32_t transcoder;
	/* Where it has got to: of the next packet, stored before one leaves; and when, TSC. */
	alignas(64) _Atomic uint64_t number, at;
	_Atomic uint32_t timestamp;
	_Atomic uint32_t window_us;
	_Atomic int32_t level_db10;
	_Atomic uint32_t octets; /* of payload that have left, as sender reports say it */
	_Atomic uint64_t cycles; /* TSC, spent on it */
	/* As in struct transcode_counts. */
	_Atomic uint64_t packets_in, packets_out, frames, passed, events, recovered, concealed,
		filled, late, duplicates, reordered, lost, malformed, unknown, jumps, clipped;
	_Atomic uint64_t tx_rtcp; /* packets of RTCP, ours */
	/* Of the party that is transcoded here, for reports about it: its SSRC, and of its
	 * last sender report the middle of its NTP time (upper half) and when it came, in
	 * 1/65536 s; 0: none has come. */
	_Atomic uint64_t heard_sr;
	_Atomic uint32_t heard_ssrc;
	_Atomic uint32_t heard_mode; /* that it wants to be sent (AMR), and 1; 0: any */
	/* Of a fax gateway, where sound comes in: number of the next datagram of UDPTL; and
	 * what has crossed, either way. */
	_Atomic uint32_t fax_number;
	_Atomic uint32_t fax_pages, fax_bps; /* bps: of the image modem, the last one used */
	_Atomic uint32_t fax_ecm;            /* 1: error correction mode */
};

/* Bit of sw_transport_state.secured. */
enum { SW_SECURED = 0x8000 };

/* What a transport knows of one SSRC that arrives: one cache line. */
struct sw_rx_ssrc {
	_Atomic uint64_t index;   /* highest accepted 48-bit index */
	uint64_t window[2];       /* bit n: index - n was accepted */
	uint64_t first;           /* index of the first packet of this epoch */
	_Atomic uint64_t packets; /* accepted in this epoch */
	uint32_t ssrc;            /* host byte order */
	uint32_t epoch;   /* of the transport's numbering; changes when the source restarts */
	uint32_t seen;    /* second of the last packet, of the TSC clock */
	uint32_t transit; /* RFC 3550 A.8 */
	_Atomic uint32_t jitter; /* 1/16 of a timestamp unit */
	uint16_t restart;        /* sequence number that would prove a restart */
	uint8_t keys;            /* bit g: indexes are those of key generation g (mod 2) */
	uint8_t state;           /* 0 free, 1 in use, 2 in use and a restart is suspected */
};

/* What it knows of that SSRC's SRTCP. */
struct sw_rx_rtcp {
	uint64_t window; /* bit n: index - n was accepted */
	uint32_t index;  /* highest accepted SRTCP index */
	uint8_t used; /* bit g: the indexes are those of key generation g; 0: there are none */
	uint8_t reserved[3];
};

/* What a transport knows of one SSRC that leaves under its seal key. */
struct sw_tx_ssrc {
	uint64_t source;          /* id of the transport that it comes from */
	int64_t offset;           /* outgoing index = incoming index + offset */
	_Atomic uint64_t highest; /* highest index sealed */
	uint64_t floor; /* indexes below were given out before this source and epoch */
	uint32_t epoch; /* of the source */
	uint32_t ssrc;
	uint32_t rtcp_index; /* last SRTCP index used */
	uint8_t state; /* 0 free; bits: 1 in use, 2 for RTP too, 4 not yet under the newest key
			*/
	/* Of a transport's first entry, whatever that is of: of the seal key that the core has
	 * met last.  Otherwise 0. */
	uint8_t seal_generation;
	uint8_t reserved[2];
};

/* What a mesh leg knows of the slots that it sends in: where the timestamps of the RTP that
 * leaves by it have their place.  All of it survives a kill, so no slot is used twice. */
struct sw_tx_slots {
	_Atomic uint64_t next; /* no slot from here on has been used */
	uint64_t used;         /* bit n: slot next - 1 - n was */
	uint64_t slot;         /* that of the latest sound, ... */
	uint32_t timestamp;    /* ... its 20 ms begin here, ... */
	uint32_t ssrc;         /* ... and it is of this source */
	uint32_t lag; /* slots that sound leaves later than its timestamps say, because others
		       * have gone between */
	uint32_t event; /* timestamp of the DTMF that was sent last */
	uint16_t ticks; /* of the RTP clock, in a slot; 0: nothing was sent yet */
	uint16_t seq;   /* of the next frame */
	uint8_t has_event;
	uint8_t reserved[3];
};

/* What the party's reception reports say of what we send to it (RFC 3550 section 6.4.1), and
 * what its round trip is measured by. */
struct sw_reports {
	_Atomic uint32_t reports; /* that counted; 0: the rest says nothing */
	_Atomic uint32_t sent;    /* low bits of tx_packets when the last one came */
	uint64_t sr_at;          /* TSC when the last SR left by this transport; 0: none has */
	uint32_t sr_ntp;         /* middle 32 bits of its NTP time */
	_Atomic uint32_t rtt_us; /* from here to the party and back; 0: not known */
	_Atomic uint32_t lost;   /* since it listens; a signed number */
	_Atomic uint32_t fraction; /* lost lately, of 256 */
	_Atomic uint32_t jitter;   /* timestamp units */
	_Atomic uint32_t byes;     /* packets in which sources of the party took leave */
};

/* Of one transport: written by the forwarding core that owns it, and before it is published
 * and after it is withdrawn by main.  A call mostly has one SSRC each way, so the first has
 * its place here, and with many calls few cache lines and pages are touched; others are in
 * struct sw_transport_more. */
struct sw_transport_state {
	/* Lines 0 and 1: every packet that arrives. */
	alignas(64) struct sw_rx_ssrc rx;
	_Atomic uint64_t rx_packets;
	_Atomic uint64_t rx_bytes;    /* accepted; bytes of UDP payload */
	_Atomic uint64_t last_seen;   /* TSC of the last accepted packet; 0: none yet */
	_Atomic uint32_t learned_seq; /* odd while `learned` is being written */
	uint32_t relatch;             /* the sw_transport.relatch that `latched` belongs to */
	uint8_t latched[2];           /* the latch has closed */
	_Atomic uint8_t key_generation; /* of the newest unseal key that the core has met */
	_Atomic uint8_t key_proven;     /* it has authenticated a packet */
	uint8_t old_key;                /* the key before it is still accepted */
	uint8_t rx_ssrcs, tx_ssrcs; /* entries that have ever been used; all others are zero */
	uint8_t has_more; /* 1: something of struct sw_transport_more has been written */
	uint8_t reserved[2];
	_Atomic uint16_t secured;  /* the party seals by keys of ZRTP (zrtp.h): SW_SECURED, and
				    * below it low bits of the relatch that this belongs to; 0:
				    * not */
	struct sw_addr learned[2]; /* RTP, RTCP: where to answer, when other than signalled;
				    * the second one lies on line 2 */

	/* Line 2: some packets. */
	uint32_t epochs;                   /* handed out so far */
	_Atomic uint64_t id;               /* 0: the slot is free */
	_Atomic uint64_t rx_rtcp, tx_rtcp; /* packets */
	_Atomic uint64_t lost;             /* RTP: expected - accepted, over finished epochs */
	_Atomic uint64_t rx_reordered;     /* RTP: accepted behind a later one */

	/* Line 3: every packet that leaves. */
	_Atomic uint64_t tx_packets, tx_bytes;
	union {
		struct sw_tx_ssrc tx;
		struct sw_tx_slots slots; /* of a mesh leg, which seals nothing */
	};

	/* Line 4: RTCP. */
	struct sw_rx_rtcp rx_srtcp; /* of `rx` */
	struct sw_reports reports;
	uint64_t more; /* bytes from here to the transport's struct sw_transport_more */
};

/* What few transports need. */
struct sw_transport_more {
	alignas(64) struct sw_rx_ssrc rx[SW_SSRCS - 1];
	struct sw_rx_rtcp rx_srtcp[SW_SSRCS - 1];
	struct sw_tx_ssrc tx[SW_SSRCS - 1];
	_Atomic uint64_t drops[DROPS];
	_Atomic uint64_t zrtp; /* packets of ZRTP accepted */
};

static_assert(sizeof(struct sw_rx_ssrc) == 64 && sizeof(struct sw_transport_state) == 5 * 64 &&
		      offsetof(struct sw_transport_state, learned[1]) == 2 * 64 &&
		      offsetof(struct sw_transport_state, tx_packets) == 3 * 64 &&
		      offsetof(struct sw_transport_state, rx_srtcp) == 4 * 64,
	"the lines are what they are said to be");

/* A mesh leg has met no seal key. */
static_assert(
	offsetof(struct sw_tx_ssrc, seal_generation) == offsetof(struct sw_tx_slots, reserved),
	"where that stands are zeros");

/* Does a transport with RELATCH get what its party has sealed by keys of ZRTP? */
static inline int
sw_is_secured(const struct sw_transport_state *st, uint32_t relatch)
{
	return atomic_load_explicit(&st->secured, memory_order_relaxed) ==
	       (SW_SECURED | (relatch & (SW_SECURED - 1)));
}

/* For whoever may write ST and therefore believes it; I < SW_SSRCS. */
static inline struct sw_transport_more *
sw_more(const struct sw_transport_state *st)
{
	return (struct sw_transport_more *)((uintptr_t)st + st->more);
}

static inline struct sw_transport_more *
sw_more_to_write(struct sw_transport_state *st)
{
	st->has_more = 1;
	return sw_more(st);
}

static inline struct sw_rx_ssrc *
sw_rx(const struct sw_transport_state *st, unsigned i)
{
	return i == 0 ? (struct sw_rx_ssrc *)(uintptr_t)&st->rx : &sw_more(st)->rx[i - 1];
}

static inline struct sw_rx_rtcp *
sw_rx_srtcp(const struct sw_transport_state *st, unsigned i)
{
	return i == 0 ? (struct sw_rx_rtcp *)(uintptr_t)&st->rx_srtcp
		      : &sw_more(st)->rx_srtcp[i - 1];
}

static inline struct sw_tx_ssrc *
sw_tx(const struct sw_transport_state *st, unsigned i)
{
	return i == 0 ? (struct sw_tx_ssrc *)(uintptr_t)&st->tx : &sw_more(st)->tx[i - 1];
}

static_assert(sizeof(struct sw_core) % 64 == 0 && alignof(struct sw_core) == 64 &&
		      sizeof(struct sw_transcoder) % 64 == 0 &&
		      sizeof(struct sw_bridge_state) % 64 == 0 &&
		      alignof(struct sw_transport_state) == 64 &&
		      sizeof(struct sw_transport_more) % 64 == 0 &&
		      alignof(struct sw_transport_more) == 64,
	"no cache line has two writers");
