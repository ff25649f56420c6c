/* SPDX-License-Identifier: Apache-2.0
 *
 * A forwarding core and what it shares with main.
 *
 * The main thread owns the tables: it fills transports, flows and paths, publishes each by one
 * release store of its pointer, and frees what it replaced once every core has passed a
 * quiescent point.  A core only reads them.  A core owns its struct lcore, its struct sw_core
 * of counters, and the struct sw_transport_state of the transports that are its own. */
#pragma once

#include <rte_cycles.h>
#include <rte_ether.h>
#include <rte_mbuf.h>
#include <rte_rcu_qsbr.h>
#include <rte_ring.h>
#include <stdalign.h>
#include <stdatomic.h>

#include "dataplane/crossing.h"
#include "dataplane/device.h"
#include "dataplane/seal.h"
#include "dataplane/switch.h"

enum {
	PATH_HEADER_MAX = 66, /* Ethernet, 802.1Q, IPv6, UDP */
	EVENT_RING = 1024,    /* events that a core may have waiting for main */
};

/* A prepared header towards one remote address.  Immutable once published. */
struct path {
	uint16_t mtu;      /* bytes of IP packet */
	uint8_t len;       /* bytes of header; 0: there is no way, drop says why */
	uint8_t ether_len; /* of them, in front of IP: 14 or, with a tag, 18 */
	uint8_t ip_len;    /* 20 or 40 */
	uint8_t device;
	uint8_t drop; /* enum drop */
	/* One's complement sums over what does not depend on the packet, as RFC 1071 has them:
	 * of the IPv4 header, and of the pseudo header and the UDP header. */
	uint16_t ip_sum, udp_sum;
	uint8_t header[PATH_HEADER_MAX]; /* Ethernet, IP, UDP; lengths and checksums 0; `len`
					  * bytes of it are there */
};

/* Where a copy of a transport's packets goes. */
struct sink {
	uint64_t id; /* of the transport meant: the slot may be another's by now */
	uint32_t slot;
};

/* What becomes of a payload type: map[type]; of media that ZRTP has secured, whether it
 * passes. */
struct bridge_map {
	uint8_t to;  /* payload type; BRIDGE_DROP */
	uint8_t law; /* enum sw_law */
};

enum {
	BRIDGE_DROP = 0xff,
	BRIDGE_COUNTS = 16, /* 64-bit counters of struct transcode_counts */
};

/* How the payloads of a transport change on their way.  The first line is not changed once it
 * is published; it goes on, with its codecs, while control says the same.  A transcode core,
 * always the same one as long as the transport's id is, writes what it is said to. */
struct bridge {
	alignas(RTE_CACHE_LINE_SIZE) struct sw_bridge_state *state;
	/* The transcode core's: one of them, none with SW_BRIDGE_MAP. */
	struct transcode *transcode;
	struct fax *fax;         /* SW_BRIDGE_FAX, where sound comes in */
	struct fax_voice *voice; /* ... and where T.38 does */
	uint8_t kind;            /* enum sw_bridge_kind */
	uint8_t transcoder;      /* number of the transcode core */
	uint32_t clock_hz;       /* of the timestamps that leave */
	uint32_t packet_ticks;   /* of that clock, in a packet that leaves */
	uint64_t pace;           /* TSC a packet: no more may come to the transcode core */

	alignas(RTE_CACHE_LINE_SIZE) bool met; /* media came, and it has gone on from *state */
	uint8_t complexity;                    /* that its encoder was told last */
	uint8_t mode;                          /* likewise: heard_mode of the far side */
	uint64_t crowded;                      /* counted in its core's so far */
	uint64_t before[BRIDGE_COUNTS];        /* counted in *state when it was met */
	uint32_t pages_before;                 /* likewise: fax_pages */

	/* Of the forwarding core that has the transport. */
	alignas(RTE_CACHE_LINE_SIZE) uint64_t due; /* TSC: when what has come would have been
						    * due at that pace */

	/* Only read. */
	alignas(RTE_CACHE_LINE_SIZE) struct bridge_map map[128];
};

/* A transport's compiled rules and its flow.  Immutable once published, but for the pointers
 * that are atomic, which main keeps right; what changes per packet is in *state.
 *
 * What it points to may be freed once cores have let go of it, and so may it: main stores the
 * other pointer here before it retires the object there, so whoever has this transport from
 * his present turn may use what he finds in it until the turn ends. */
struct transport {
	/* Line 0: every packet that arrives. */
	alignas(RTE_CACHE_LINE_SIZE) struct sw_transport_state *state;
	uint64_t id;
	_Atomic(struct transport *) first; /* sink[0]'s; NULL: it is not there */
	struct sw_addr remote;             /* of RTP */
	uint32_t relatch;
	float clock;        /* RTP clock ticks per TSC tick; 0: not known */
	uint8_t generation; /* of unseal[0] */
	uint8_t source;     /* enum sw_source */
	uint8_t ssrcs : 5;
	uint8_t sinks : 3;
	uint8_t mux : 1;
	uint8_t opaque : 1;  /* no RTP: nothing is numbered */
	uint8_t capture : 1; /* a copy of its packets to main: capture_tap.h */
	uint8_t waits : 1;   /* the signalled address is not answered */
	uint8_t mesh : 1;    /* a mesh leg: it leaves to `peer`, and has no path */
	uint8_t bridged : 1; /* `bridge` is not NULL */
	/* The newest key, and on the next line the one before it, of which few have one; NULL:
	 * none. */
	struct seal *unseal[2];

	/* Line 1: every packet that leaves. */
	struct {
		/* As on line 0: tables_publish(). */
		struct sw_transport_state *state;
		uint64_t id;
		uint8_t ssrcs;
		bool capture, mesh;
	} out;
	uint8_t seal_generation; /* of seal */
	uint8_t core;            /* whose it is */
	uint16_t peer; /* of a mesh leg: slot in struct mesh of who is at `remote`, if it is
			* still that one; or SW_MESH_NONE */
	struct seal *seal;           /* NULL: plain RTP leaves */
	_Atomic(struct path *) path; /* to answer by; NULL: none has been made yet */
	uint32_t slot;
	uint16_t port;           /* ours, of RTP; host byte order */
	uint8_t no_feedback : 1; /* RTCP feedback does not leave */

	/* Line 2: a few. */
	alignas(RTE_CACHE_LINE_SIZE) struct bridge *bridge; /* NULL: payloads pass */
	uint64_t latch_until;                               /* TSC */
	_Atomic(struct path *) rtcp_path;
	struct sw_addr rtcp_remote;
	uint8_t dscp;
	uint8_t local_number; /* of our address */
	struct sink sink[];   /* `sinks` of them; one fits into this line, and few have more */
};
static_assert(offsetof(struct transport, unseal[1]) == RTE_CACHE_LINE_SIZE &&
		      offsetof(struct transport, bridge) == 2 * RTE_CACHE_LINE_SIZE &&
		      offsetof(struct transport, sink[1]) <= 3 * RTE_CACHE_LINE_SIZE,
	"the lines are what they are said to be");
static_assert(SW_SSRCS < 1 << 5 && SW_SINKS < 1 << 3, "they fit");

/* Which of a transport's two remote addresses RTCP has to do with. */
static inline unsigned
transport_side(const struct transport *t, bool rtcp)
{
	return rtcp && !t->mux;
}

static inline const struct sw_addr *
transport_remote(const struct transport *t, unsigned side)
{
	return side == 0 ? &t->remote : &t->rtcp_remote;
}

/* Is what arrives sealed by keys that its party has from ZRTP?  Nobody here knows them. */
static inline bool
transport_is_secured(const struct transport *t)
{
	return sw_is_secured(t->state, t->relatch) && t->unseal[0] == NULL;
}

/* By which path T answers. */
static inline struct path *
transport_path(const struct transport *t, bool rtcp)
{
	return atomic_load_explicit(
		transport_side(t, rtcp) == 0 ? &t->path : &t->rtcp_path, memory_order_acquire);
}

/* What main publishes for one slot. */
struct slot {
	_Atomic(struct transport *) transport;
};

/* One of our addresses. */
struct local {
	struct sw_addr addr;            /* port 0 */
	uint16_t port_first, port_last; /* media range */
	_Atomic uint32_t *port;         /* 65,536 of them: port_entry(); 0: nobody's */
};

/* Who answers for a port: the slot, and the core that owns it, in one load. */
static inline uint32_t
port_entry(uint32_t slot, unsigned core)
{
	static_assert(SW_TRANSPORTS_MAX < 1 << 24 && SW_CORES < 1 << 8, "they fit");
	return (uint32_t)core << 24 | (slot + 1);
}

static inline uint32_t
port_entry_slot(uint32_t entry)
{
	return (entry & 0xffffff) - 1;
}

static inline unsigned
port_entry_core(uint32_t entry)
{
	return entry >> 24;
}

struct mesh;

/* All that forwarding cores read and main writes. */
struct tables {
	struct slot *slot; /* one a transport */
	uint32_t slots;
	unsigned cores; /* that forward */
	unsigned locals;
	struct local local[SW_ADDRESSES];
	struct sw_transport_state *state; /* in the memfd, one a slot */
	unsigned devices;
	struct device *device[SW_DEVICES];
	struct mesh *mesh; /* dataplane/mesh.h; NULL: none */
};

/* The transport in SLOT if it is still that of ID; NULL. */
static inline struct transport *
slot_transport(const struct tables *tb, uint32_t slot, uint64_t id)
{
	struct transport *t =
		atomic_load_explicit(&tb->slot[slot].transport, memory_order_acquire);

	return t != NULL && t->out.id == id ? t : NULL;
}

/* That of sink S of FROM; NULL. */
static inline struct transport *
sink_transport(const struct tables *tb, const struct transport *from, unsigned s)
{
	if (s == 0)
		return atomic_load_explicit(&from->first, memory_order_acquire);
	return slot_transport(tb, from->sink[s].slot, from->sink[s].id);
}

/* What a core tells main; main turns it into a sw_event. */
struct core_event {
	uint32_t slot;
	uint16_t kind; /* enum sw_event_kind */
	uint16_t rtcp;
	uint64_t id;
	struct sw_addr addr;
	uint32_t reserved;
};

/* A receive queue that a core polls. */
struct rx_queue {
	struct packet_queue *packet; /* NULL: a queue of DPDK's port */
	uint16_t port_id;
	uint16_t queue;
	uint8_t device;
	int wait_fd; /* -1: none */
};

/* How a core sends by a device. */
struct tx_queue {
	struct packet_queue *packet; /* as above */
	uint16_t port_id;
	uint16_t queue;
	uint8_t core; /* which has a queue there: this one or another */
};

/* Its core's alone. */
struct lcore {
	alignas(RTE_CACHE_LINE_SIZE) unsigned number;
	int cpu;
	uint64_t now; /* TSC, read once a turn; tests set it */
	uint64_t tsc_hz;
	const struct tables *tables;
	struct sw_core *count;
	struct seal_lane *lane;
	struct rte_rcu_qsbr *rcu;
	struct rte_ring *events; /* of struct core_event, single producer, single consumer */
	unsigned
		event_tokens[SW_EVENTS]; /* how many more may be said before the next refill */
	uint64_t event_refill;           /* TSC */
	struct rte_mempool *copies;      /* for further sinks */
	unsigned rx_queues;
	struct rx_queue rx[SW_DEVICES];
	struct tx_queue tx[SW_DEVICES];
	struct crossing_end end; /* its rings from and to the other cores and main */
	struct capture_tap *tap; /* NULL: nothing is captured here */
	struct mesh_core *mesh;  /* its links' timers and more (mesh.h); NULL: no mesh */
	/* Of stopwatch.h. */
	uint32_t one_in;  /* visits to the stages: one is timed */
	uint32_t untimed; /* so many more are not; 0: the next one is timed */
	uint32_t dice;    /* chance; never 0 */
};

static_assert(sizeof(struct lcore) % RTE_CACHE_LINE_SIZE == 0, "cores share no line");

/* Counters have one writer: no lock prefix needed. */
static inline void
count_add(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n,
		memory_order_relaxed);
}

/* What whoever takes a packet from a ring does with it. */
enum step {
	STEP_CLASSIFY,   /* parsed; it came on another core's queue */
	STEP_SEAL,       /* it leaves by a transport of the taker's */
	STEP_SEND,       /* a whole frame, for a device whose queue is the taker's */
	STEP_PUNT,       /* a whole frame, as it came, for main to give to the device's twin */
	STEP_TRANSCODE,  /* RTP or RTCP in the clear; meta.out says where it came in */
	STEP_MESH_IN,    /* parsed; a datagram of a neighbour whose link is the taker's */
	STEP_MESH_FRAME, /* these three: dataplane/mesh.h */
	STEP_MESH_SAY,
	STEP_MESH_UP,
	STEP_PIERCE, /* an empty datagram, to leave by a transport of the taker's */
	STEPS
};

/* What the stages know of a packet; lies in the mbuf's private area.  After parse the mbuf's
 * data is the UDP payload. */
struct meta {
	union {
		struct {                        /* until divert */
			struct transport *from; /* where it arrived; classify */
			struct sw_addr src;     /* parse */
			uint16_t dst_port;      /* parse; host byte order */
			uint8_t local;          /* number of our address; parse */
		} in;
		struct {                      /* from divert on */
			struct transport *to; /* where it is to leave; only on its own core */
			uint64_t from_id;     /* what it is numbered under: the transport
					       * where it arrived, or a bridge's source */
			uint64_t to_id;
			uint32_t to_slot;
			uint16_t payload; /* bytes of UDP payload; address */
		} out;
	};
	uint64_t index;     /* incoming packet index; unseal */
	uint32_t epoch;     /* of its SSRC's numbering; unseal */
	uint32_t ssrc;      /* classify */
	uint16_t clear;     /* bytes of RTP header; classify */
	bool rtcp;          /* classify */
	bool opaque;        /* no RTP, or it arrived where none is expected; classify */
	bool untouched;     /* ZRTP, or secured by it: passes as it is; classify, unseal */
	uint8_t device;     /* by which it came; from address on, by which it leaves */
	uint8_t step;       /* enum step, while it is in a ring */
	uint8_t more_slots; /* sound of a mesh leg: that it fills behind its own; mesh_in.c */
	uint16_t in_front;  /* bytes of headers before the UDP payload; parse */
	uint16_t frame;     /* bytes of the frame as it came; parse */
	bool mesh;          /* it came to the mesh's port; parse */
	bool broadcast;     /* and was sent to everybody on the link; parse */
	uint16_t ticks;     /* sound of a mesh leg: of its RTP clock in a slot; mesh_in.c */
};
static_assert(sizeof(struct meta) <= RTE_CACHE_LINE_SIZE, "one line of an mbuf");

static inline struct meta *
meta(struct rte_mbuf *m)
{
	return rte_mbuf_to_priv(m);
}

/* Count WHY against the core, and free M.  Cold, so that what is rare stands nowhere between
 * what every packet runs through. */
__attribute__((cold)) void drop(struct lcore *lc, struct rte_mbuf *m, enum drop why);

/* Count WHY against the core and transport T, which is its own, and free M. */
__attribute__((cold)) void drop_of(
	struct lcore *lc, struct transport *t, struct rte_mbuf *m, enum drop why);

/* Tell main; lost when the ring is full or the core has said too much of this kind (main
 * sweeps for learned addresses, once a second). */
void lcore_event(struct lcore *lc, const struct transport *t, enum sw_event_kind kind,
	bool rtcp, const struct sw_addr *addr);

/* May KIND be said of a transport again, though strangers can bring that about with each
 * packet?  Only while others still have room for their first. */
bool lcore_event_may_repeat(struct lcore *lc, enum sw_event_kind kind);

/* What a core is made of. */
struct lcore_conf {
	unsigned number;
	int cpu;
	const struct tables *tables;
	struct sw_core *count;
	struct rte_rcu_qsbr *rcu;
	struct crossing *crossing;
	struct rte_mempool *copies;
	struct capture_tap *tap;
};

/* 0 or -ENOMEM; fills what needs memory.  Main thread. */
int lcore_init(struct lcore *lc, const struct lcore_conf *conf);
void lcore_fini(struct lcore *lc);

/* One turn: receive, take what others hand over, run the stages, send.  BEGAN: the TSC as it
 * began, whatever time lc->now says.  How many packets there were. */
unsigned forward_turn(struct lcore *lc, uint64_t began);

/* Hand M over to party TO (crossing.h), which is to do STEP.  Goes into the ring by the end of
 * the turn; there it may be dropped: ring_full, transcoder_full, punt_full. */
void hand_over(struct lcore *lc, unsigned to, struct rte_mbuf *m, enum step step);
void hand_over_all(struct lcore *lc); /* what waits, to the rings: the turn ends */

/* Each stage leaves the packets that go on packed in pkt[0..n) and returns how many; the rest
 * it has counted and freed, or handed over. */
unsigned parse_stage(struct lcore *lc, struct rte_mbuf **pkt, unsigned n);
unsigned classify_stage(struct lcore *lc, struct rte_mbuf **pkt, unsigned n);
unsigned unseal_stage(struct lcore *lc, struct rte_mbuf **pkt, unsigned n);
/* OUT has room for BURST * SW_SINKS. */
unsigned divert_stage(
	struct lcore *lc, struct rte_mbuf **pkt, unsigned n, struct rte_mbuf **out);
unsigned intake_stage(struct lcore *lc, struct rte_mbuf **pkt, unsigned n);
unsigned seal_stage(struct lcore *lc, struct rte_mbuf **pkt, unsigned n);
unsigned address_stage(struct lcore *lc, struct rte_mbuf **pkt, unsigned n);
void address_undo(struct rte_mbuf *m); /* the device did not take it */
/* STEP_PIERCE: what is neither sealed nor counted as sent. */
unsigned pierce_stage(struct lcore *lc, struct rte_mbuf **pkt, unsigned n);

/* Put PATH's header in front of M, whatever that is.  DROPS: it may go. */
enum drop address_by(const struct path *path, struct rte_mbuf *m);
/* Send N frames that are no transport's: by the device of each, at once or by the core that
 * has a queue of it. */
void send_frames(struct lcore *lc, struct rte_mbuf **pkt, unsigned n);
