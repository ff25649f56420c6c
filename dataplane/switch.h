/* SPDX-License-Identifier: Apache-2.0
 *
 * The one contract between control (strowger) and the data plane (strowger-switch).
 *
 * Commands go down and acknowledgements and events come up over a Unix SEQPACKET socket, as
 * plain structs in host byte order with no pointers; state lies in a memfd that both map in
 * part.  Plain C: no DPDK types.  switch_client.h is the upper half, switch_server.c the
 * lower, switch_check.c the validation that each does of what the other says.
 *
 * Control numbers transports (slots), the switch checks the numbers.  Every command is
 * idempotent: said again, it changes nothing and is acknowledged again. */
#pragma once

#include <assert.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/drop.h"
#include "dataplane/suite.h"
#include "dataplane/transcode.h"

enum {
	SW_ABI = 9,             /* raised with any change in this file */
	SW_MAGIC = 0x53574f47,  /* "GOWS" */
	SW_MESSAGE_MAX = 65536, /* bytes of one SEQPACKET message */
	SW_ADDRESSES = 16,      /* local media addresses */
	SW_DEVICES = 8,
	SW_CORES = 32,
	SW_TRANSCODERS = 16,
	SW_MAPS = 16,                    /* payload types of one flow */
	SW_SINKS = 4,                    /* of one flow */
	SW_SSRCS = 16,                   /* of one transport and direction */
	SW_TRANSPORTS_MAX = 262144,      /* slots that a configuration may ask for */
	SW_NAME = 32,                    /* bytes of a name with its NUL */
	SW_RECORD_BLOCK = 128,           /* bytes of one block of the call records */
	SW_RECORD_BLOCKS_MAX = 16777216, /* 2 GiB of them */
	SW_CAPTURES = 8,                 /* under way at one time */
	SW_CAPTURE_TRANSPORTS = 16,      /* of one */
	SW_CAPTURE_BYTES_MAX = 1 << 30,  /* of one's file */
	SW_SID = 32,                     /* bytes of an address in a mesh */
	SW_MESH_KEY = 32,
	SW_MESH_IDENTITIES = 16,
	SW_MESH_NEIGHBOURS = 256,
	SW_MESH_PEERS = 8192,
	SW_MESH_NONE = 0xffff,  /* no identity, no neighbour */
	SW_MESH_BYTES = 1200,   /* of a datagram */
	SW_MESH_FRAMES = 64,    /* of a datagram that are looked at */
	SW_MESH_SAY_MAX = 1024, /* bytes of sw_mesh_say */
	SW_MESH_FIRST = 2,      /* sessions of VoMP, which stand for ports */
	SW_MESH_LAST = 65535,
	SW_AF_MESH = 4110, /* sw_addr.family: below */
};

/* An address and a UDP port.  Or, on a mesh leg, of family SW_AF_MESH: the party's session of
 * VoMP for a port, and the first 16 bytes of its SID for an address. */
struct sw_addr {
	uint16_t family; /* AF_INET, AF_INET6, SW_AF_MESH; 0: none */
	uint16_t port;   /* host byte order */
	uint8_t ip[16];  /* network byte order; IPv4 in the first four, the rest 0 */
};

/* A master key.  suite SW_SUITE_PLAIN: none, the rest 0. */
struct sw_key {
	uint8_t suite; /* enum sw_suite */
	uint8_t mki_len;
	uint8_t mki[SW_MKI_MAX];
	uint8_t key[SW_KEY_MAX];
	uint8_t salt[SW_SALT_MAX];
};

/* Whom a transport listens to; design.md section 3. */
enum sw_source {
	SW_SOURCE_AUTHENTICATED, /* whoever holds the SRTP key (there must be one); the newest
				    packet's source is answered */
	SW_SOURCE_SIGNALLED,     /* the remote address that signalling gave, nobody else */
	SW_SOURCE_LATCH,  /* the first plausible source within latch_ms, then nobody else */
	SW_SOURCE_ANY,    /* whoever sends; nothing is learned */
	SW_SOURCE_BEST,   /* within latch_ms the source most like the remote address, and a
			     better  one in its place (likeness.h); then nobody else */
	SW_SOURCE_NEWEST, /* within latch_ms whoever sends, and whoever sent last is answered;
			     then nobody else */
	SW_SOURCES
};

/* A local port pair.  What outlives a re-offer hangs on ID: set again with the same ID, the
 * rules are replaced and the state stays. */
struct sw_transport {
	uint64_t id;       /* chosen at random by control, not 0 */
	uint32_t slot;     /* < sw_state.transports */
	uint32_t clock_hz; /* RTP clock, for jitter; 0: not known */
	uint32_t latch_ms; /* SW_SOURCE_LATCH, _BEST, _NEWEST: how long the latch stays open
			      from the set on */
	uint16_t local;    /* < sw_state.addresses */
	uint16_t port;  /* RTP; even, or any with mux.  RTCP: port + 1, or with mux the same */
	uint8_t mux;    /* 1: RTCP on the RTP port (RFC 5761) */
	uint8_t source; /* enum sw_source */
	uint8_t dscp;   /* 0..63, of what we send */
	uint8_t ssrcs;  /* 1..SW_SSRCS */
	uint32_t relatch;         /* changed by control with every other remote address that it
				   * signals:	 what was learned is forgotten, the latch opens anew */
	struct sw_addr remote[2]; /* RTP, RTCP: as signalled; family 0: not known */
	uint8_t opaque; /* 1: no RTP (T.38, MRCP, ...): any datagram is relayed, none sealed */
	uint8_t no_feedback; /* 1: RTCP feedback does not leave by it (RFC 4585) */
	uint8_t identity;    /* at a local address of the mesh: whose of ours it is; else 0 */
	uint8_t nobodys; /* 1: `unseal` stands for one that is not known yet: nobody has it */
	uint8_t waits;   /* 1: nothing leaves by it before a source has been learned, which is
			  * answered then */
	uint8_t pierce;  /* 1: when it is set with a remote address that is new, by `relatch`
			  * or by itself, a few empty datagrams go there, until the party is
			  * heard: whoever guards the way lets its answers in then */
	uint8_t reserved[2];  /* 0 */
	struct sw_key unseal; /* what arrives */
	struct sw_key seal;   /* what leaves */
};

/* The forwarding core that a transport on PORT belongs to, of CORES. */
static inline uint32_t
sw_core_of(uint16_t port, uint32_t cores)
{
	return (port >> 1) % cores;
}

/* What happens to the packets of transport SLOT: a copy leaves by each sink.  No sinks:
 * dropped. */
struct sw_flow {
	uint64_t id; /* of the transport */
	uint32_t slot;
	uint16_t sinks;
	uint16_t bridged; /* 1: payloads change on the way, as a struct sw_bridge says */
	struct {
		uint64_t id;
		uint32_t slot;
		uint32_t reserved; /* 0 */
	} sink[SW_SINKS];
};

enum sw_bridge_kind {
	SW_BRIDGE_MAP, /* payload types change, and laws of G.711; on the forwarding core */
	SW_BRIDGE_TRANSCODE, /* decoded and encoded on a transcode core */
	SW_BRIDGE_FAX, /* fax as sound on this side and T.38 over UDPTL on the other, or the
			* other way round: a gateway on a transcode core.  Both flows of the
			* pair have this kind and the same core, and each the other transport
			* as its only sink; that of T.38 is opaque, the other one is not */
	SW_BRIDGE_KINDS
};

enum sw_law { SW_LAW_KEEP, SW_LAW_A_TO_U, SW_LAW_U_TO_A, SW_LAWS };

/* What is put into each datagram of UDPTL against the loss of those before it: ITU-T T.38
 * section 9.1. */
enum sw_fax_correction { SW_FAX_NONE, SW_FAX_REDUNDANCY, SW_FAX_FEC, SW_FAX_CORRECTIONS };

enum {
	SW_FAX_VERSION_MAX = 3,
	SW_FAX_DEPTH_MAX = 8,       /* datagrams before it that one makes up for */
	SW_FAX_DATAGRAM_MIN = 72,   /* bytes of UDP payload */
	SW_FAX_DATAGRAM_MAX = 1400, /* more is never sent */
};

/* Bits of sw_fax.flags. */
enum {
	SW_FAX_NO_ECM = 1 << 0, /* error correction mode of T.30 is not offered */
	SW_FAX_NO_V17 = 1 << 1, /* likewise modems, of which V.29 or V.27ter stays */
	SW_FAX_NO_V29 = 1 << 2, /* without it, or the next one, no V.17 either */
	SW_FAX_NO_V27TER = 1 << 3,
	SW_FAX_NO_V34 = 1 << 4, /* never is */
	SW_FAX_NO_IAF = 1 << 5, /* no Internet-aware fax device */
	SW_FAX_FLAGS = (1 << 6) - 1,
};

/* The T.38 side of a gateway, as its party has signalled it; in the bridge of the flow whose
 * transport has the sound, all 0 in the other one. */
struct sw_fax {
	uint16_t max_datagram; /* SW_FAX_DATAGRAM_MIN.. it takes (T38FaxMaxDatagram); 0: not
				* said */
	uint8_t version;       /* of T.38, 0..SW_FAX_VERSION_MAX (T38FaxVersion) */
	uint8_t correction;    /* enum sw_fax_correction, of what we send; what comes may have
				* either */
	uint8_t depth;         /* 1..SW_FAX_DEPTH_MAX; 0 with SW_FAX_NONE */
	uint8_t flags;
	uint8_t reserved[2]; /* 0 */
};

/* How the payloads of a flow change.  Unused members are 0. */
struct sw_bridge {
	uint32_t kind;       /* enum sw_bridge_kind */
	uint32_t transcoder; /* < sw_state.transcoders; a transport's stays the same while its
				id does */
	uint32_t maps;       /* what has a payload type that is none of these is dropped */
	struct {
		uint8_t from, to; /* payload types, 0..127 */
		uint8_t law;      /* enum sw_law */
		uint8_t reserved; /* 0 */
	} map[SW_MAPS];
	uint32_t reserved; /* 0 */
	struct sw_fax fax;
	/* SW_BRIDGE_FAX: where sound comes in, `from` (G.711 alone) and `window_us`; where
	 * T.38 does, to[0] (G.711, what leaves). */
	struct transcode_conf transcode;
};

#define SW_MESH_NAME "mesh" /* the `interface` of mesh legs */

/* ---- The mesh.  One of the local addresses is of family SW_AF_MESH where there is one:
 * its ports are our sessions of VoMP, even ones, and a transport there is a mesh leg.  What
 * leaves by it is boxed for its peer and goes by the link of a neighbour; what comes for it is
 * opened, and goes on as plain RTP from the remote address that the peer and its session make.
 * mesh/vomp.h has its payload types. ---- */

/* Ourselves. */
struct sw_mesh_node {
	uint16_t identities;                     /* 0: none, nothing is taken */
	uint8_t forward;                         /* 1: frames for others, too */
	uint8_t reserved[5];                     /* 0 */
	uint8_t sid[SW_MESH_IDENTITIES][SW_SID]; /* the first one sends all datagrams */
};

/* A node that hears our datagrams directly.  Its link belongs to core slot % cores. */
struct sw_mesh_neighbour {
	uint64_t id;       /* chosen at random by control, not 0 */
	uint16_t slot;     /* < SW_MESH_NEIGHBOURS */
	uint8_t interface; /* of its own, by which it sends */
	uint8_t reserved;  /* 0 */
	uint8_t sid[SW_SID];
	struct sw_addr
		addr; /* where it is: what comes from elsewhere in its name is not its */
};

/* A node that is spoken with, or through us. */
struct sw_mesh_peer {
	uint64_t id;       /* as above */
	uint16_t slot;     /* < SW_MESH_PEERS */
	uint16_t identity; /* of ours that it speaks with; SW_MESH_NONE: frames are forwarded
			    * to it, no more */
	uint16_t
		neighbour; /* slot of that by which it is reached; SW_MESH_NONE: of none now */
	uint16_t reserved; /* 0 */
	uint8_t sid[SW_SID];
	uint8_t key[SW_MESH_KEY]; /* of the boxes between the two; 0 without an identity */
};

/* ---- Messages.  One SEQPACKET message holds one or more, each starting at a multiple of 8.
 * ---- */

enum sw_type {
	/* control to switch */
	SW_HELLO = 1, /* first on a connection; may carry the state descriptor (SCM_RIGHTS) */
	SW_TRANSPORT_SET,  /* -EEXIST: slot has another id, or port is taken; -EADDRINUSE;
			      -ENOMEM */
	SW_TRANSPORT_DEL,  /* acknowledged when the slot may be used again; unknown: 0 */
	SW_TRANSPORT_STOP, /* withdraw it, but keep what is known of it: answered by SW_HISTORY
			      when what it had taken has left and no core can touch it any
			      more, and acknowledged; set again with the same ID it goes on,
			      and takes packets from its flow on.  -ENOENT */
	SW_TRANSPORT_RESUME, /* set one that another switch has stopped, with its history; one
				that runs here already goes on from here, one that is
				stopped here from the later of the two histories.  It takes
				packets from its flow on.  As SW_TRANSPORT_SET; -EEXIST:
				neither is, too */
	SW_FLOW_SET,   /* -ENOENT: no such transport or sink; -ENOMEM: for codecs, the flow
			  before stays; -EINVAL: another transcode core than before */
	SW_SYNC_BEGIN, /* reconciling: mark every transport ... */
	SW_SYNC_END,   /* ... and drop those that were not set or stopped since; as for
			  SW_TRANSPORT_DEL, acknowledged when the slots may be used again */
	SW_LOG_SET,
	SW_CAPTURE_SET, /* copy what some transports receive and send into the file whose
			   descriptor comes along (SCM_RIGHTS); again, without one: into the
			   same file, and now of these.  -ENOSPC: SW_CAPTURES are under way;
			   -EBADF: it came without its file, or that cannot be written to */
	SW_CAPTURE_END, /* SW_CAPTURED follows when all is in the file; unknown: 0, and nothing
			   follows.  Every capture ends when control goes */
	SW_STOP,        /* end; acknowledged before */
	SW_MESH_NODE_SET,      /* -ENODEV: no local address is the mesh's */
	SW_MESH_NEIGHBOUR_SET, /* -EEXIST: the slot has another id; -ENOMEM */
	SW_MESH_NEIGHBOUR_DEL, /* unknown: 0 */
	SW_MESH_PEER_SET, /* as the neighbour's two; -ENOENT: there is no such neighbour */
	SW_MESH_PEER_DEL,
	SW_MESH_TELL, /* send a frame by a neighbour's link.  -ENOENT; -ENOBUFS */
	SW_MESH_CAST, /* send a whole datagram to an address.  -ENOBUFS; -EHOSTUNREACH */
	SW_MESH_SAY,  /* send DTMF or text on a mesh leg, in a slot of its own.  -ENOENT;
		       * -ENOBUFS */

	/* switch to control */
	SW_WELCOME = 64, /* answers HELLO; carries the state descriptor */
	SW_ACK,
	SW_EVENT,
	SW_HISTORY,
	SW_CAPTURED,   /* a capture has ended, by SW_CAPTURE_END or by itself */
	SW_MESH_HEARD, /* a datagram of the mesh in which something is control's */
	SW_TYPES
};

struct sw_head {
	uint32_t magic; /* SW_MAGIC */
	uint16_t type;  /* enum sw_type */
	uint16_t len; /* bytes with this head; the next message starts at this, rounded up to 8
		       */
	uint64_t seq; /* of the command, rising; an answer repeats it; 0 in SW_EVENT and
			 SW_CAPTURED */
};

struct sw_hello {
	struct sw_head head;
	uint32_t abi; /* SW_ABI: another one is refused with SW_ACK -EPROTO and the connection
			 closed */
	uint32_t pid;
};

/* How the switch came by its state. */
enum sw_origin {
	SW_FRESH,   /* nothing was there */
	SW_ADOPTED, /* a killed switch left it and it was taken over */
	SW_KEPT,    /* this switch has been running all along */
};

struct sw_welcome {
	struct sw_head head;
	uint32_t abi;
	uint32_t pid;
	uint32_t origin; /* enum sw_origin */
	uint32_t reserved;
};

struct sw_transport_set {
	struct sw_head head;
	struct sw_transport transport;
};

struct sw_transport_del { /* SW_TRANSPORT_STOP, too */
	struct sw_head head;
	uint64_t id;
	uint32_t slot;
	uint32_t reserved;
};

struct sw_flow_set {
	struct sw_head head;
	struct sw_flow flow;
	struct sw_bridge bridge; /* only with flow.bridged: it ends before this otherwise */
};

struct sw_plain { /* SW_SYNC_BEGIN, SW_SYNC_END, SW_STOP */
	struct sw_head head;
};

struct sw_log_set {
	struct sw_head head;
	uint32_t level; /* 0 error, 1 warning, 2 info, 3 debug */
	uint32_t reserved;
};

/* The file holds what control has written into it: whole blocks of a pcapng section, one
 * interface a device and in their order (pcapng.h).  The switch adds packets. */
struct sw_capture_set {
	struct sw_head head;
	uint64_t id;        /* of the capture, chosen by control, not 0 */
	uint64_t max_bytes; /* of the file, 1..SW_CAPTURE_BYTES_MAX */
	uint32_t snaplen;   /* bytes of a frame that are kept, 1..65535 */
	uint32_t transports;
	struct {
		uint64_t id; /* there need not be such a one */
		uint32_t slot;
		uint32_t reserved; /* 0 */
	} transport[SW_CAPTURE_TRANSPORTS];
};

struct sw_capture_end {
	struct sw_head head;
	uint64_t id;
};

struct sw_captured {
	struct sw_head head;
	uint64_t id;
	uint64_t packets, bytes; /* in the file; bytes of it all */
	uint64_t lost;     /* frames that came too fast, of all captures that ran meanwhile */
	int32_t error;     /* 0: control wanted it; -EFBIG: max_bytes; else why it cannot be
			      written, -ETIMEDOUT if the disk hangs: then more may get there */
	uint32_t reserved; /* 0 */
};

struct sw_ack {
	struct sw_head head;
	int32_t error; /* 0 or -errno */
	uint32_t type; /* enum sw_type of the command */
};

struct sw_mesh_node_set {
	struct sw_head head;
	struct sw_mesh_node node; /* all of it, in place of the one before */
};

struct sw_mesh_neighbour_set {
	struct sw_head head;
	struct sw_mesh_neighbour neighbour;
};

struct sw_mesh_peer_set {
	struct sw_head head;
	struct sw_mesh_peer peer;
};

struct sw_mesh_del { /* SW_MESH_NEIGHBOUR_DEL, SW_MESH_PEER_DEL */
	struct sw_head head;
	uint64_t id;
	uint32_t slot;
	uint32_t reserved; /* 0 */
};

/* The link fills in the envelope, and the frame's sequence number between the two parts. */
struct sw_mesh_tell {
	struct sw_head head;
	uint64_t id; /* of the neighbour */
	uint16_t slot;
	uint16_t head_len; /* bytes of the frame's head (mesh_put_frame_head()); with
			    * MESH_ACK_SOON it is sent until it is acknowledged */
	uint16_t len;      /* bytes of the payload behind it; less than SW_MESH_BYTES in all */
	uint16_t reserved; /* 0 */
	uint8_t bytes[SW_MESH_BYTES]; /* as many as are used, and zeros up to a multiple of 8:
				       * there the message ends */
};

struct sw_mesh_cast {
	struct sw_head head;
	struct sw_addr to; /* port 0: the mesh's.  All ones: to everybody on the link */
	uint16_t len;
	uint8_t reserved[2];          /* 0 */
	uint8_t bytes[SW_MESH_BYTES]; /* likewise */
};

struct sw_mesh_say {
	struct sw_head head;
	uint64_t id; /* of the transport */
	uint32_t slot;
	uint16_t len;
	uint8_t codec;                /* VOMP_DTMF, VOMP_TEXT */
	uint8_t reserved;             /* 0 */
	uint8_t bytes[SW_MESH_BYTES]; /* likewise; SW_MESH_SAY_MAX at most */
};

/* As it came, but for boxes that were opened: such a frame's payload is then BOX_HEAD bytes of
 * no meaning and what was in the box. */
struct sw_mesh_heard {
	struct sw_head head; /* seq 0 */
	uint64_t neighbour; /* id of the one that sent it, from where it is; 0: nobody known */
	uint64_t done;      /* bit n: frame n is dealt with, or came again */
	uint64_t opened;    /* bit n: frame n was opened, by the key between its two ends */
	struct sw_addr from;
	uint16_t len;
	uint8_t broadcast;            /* 1: it was sent to everybody */
	uint8_t reserved;             /* 0 */
	uint8_t bytes[SW_MESH_BYTES]; /* likewise */
};

enum sw_event_kind {
	SW_EV_LATCHED,       /* the transport has learned a source: addr */
	SW_EV_SECOND_SOURCE, /* somebody else sends to it: addr; at most one a second and
				transport */
	SW_EV_REKEYED,       /* the first packet under a new key was accepted */
	SW_EV_OLD_KEY_GONE,  /* and the old key has been wiped */
	SW_EV_SSRC_LIMIT, /* one more SSRC than allowed; at most one a second and transport */
	SW_EV_LINK,       /* a device went up or down: slot is its number, detail 1 or 0 */
	SW_EV_STALLED,    /* a forwarding core takes no turns (detail 1), or does again (0):
			     slot is its number; behind those, of a transcode core */
	SW_EV_TRANSCODER, /* a transcode core has too much to do (detail 1), has lowered the
			     work of encoding (2), raised it again (3), has room again (0):
			     slot is its number */
	SW_EVENTS
};

struct sw_event {
	struct sw_head head;
	uint64_t id; /* of the transport; 0: none */
	uint32_t slot;
	uint32_t kind; /* enum sw_event_kind */
	uint32_t detail;
	uint32_t rtcp; /* 1: on the RTCP side */
	struct sw_addr addr;
	uint32_t reserved;
};

/* ---- Shared state: the memfd.  Parts follow each other at the offsets that the head states.
 * ---- */

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
 * is atomic changes. */
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
	uint8_t reserved[3];
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
	uint8_t key_generation;       /* of the newest unseal key that the core has met */
	uint8_t key_proven;           /* it has authenticated a packet */
	uint8_t old_key;              /* the key before it is still accepted */
	uint8_t seal_generation;      /* of the seal key that the core has met last */
	uint8_t rx_ssrcs, tx_ssrcs; /* entries that have ever been used; all others are zero */
	uint8_t has_more; /* 1: something of struct sw_transport_more has been written */
	uint8_t reserved;
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

/* An SSRC that arrives, in a struct sw_history: sw_rx_ssrc and sw_rx_rtcp. */
struct sw_rx_history {
	uint64_t index, window[2], first, packets, rtcp_window;
	uint32_t rtcp_index, ssrc, epoch;
	uint32_t seen; /* seconds of silence */
	uint32_t transit, jitter;
	uint16_t restart;
	uint8_t keys, state, rtcp_used;
	uint8_t reserved[3]; /* 0 */
};

/* What is known of a transport, on its way to another switch: its state, and what of its rules
 * control does not know, with times that mean the same everywhere.  history.h fills and uses
 * it, relay/record.h says how it is written down.  It holds keys. */
struct sw_history {
	uint64_t id;
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes, rx_rtcp, tx_rtcp, lost,
		rx_reordered;
	uint64_t drops[DROPS];
	uint64_t zrtp;
	uint64_t idle_ms;  /* since the last accepted packet, at least 1; 0: none has come */
	uint32_t latch_ms; /* that the latch still stays open */
	uint32_t epochs;
	uint32_t relatch;
	uint8_t latched[2];
	uint8_t generation, seal_generation; /* of the keys in force, whether met or not */
	uint8_t key_generation, key_proven, old_key;
	uint8_t seal_met; /* sw_transport_state.seal_generation */
	struct sw_addr learned[2];
	struct sw_key unseal[2]; /* in force: the newest, and one still accepted */
	uint16_t secured;
	uint8_t reserved[2]; /* 0 */
	struct sw_rx_history rx[SW_SSRCS];
	struct sw_tx_ssrc tx[SW_SSRCS];
};

struct sw_history_said { /* SW_HISTORY; seq: of the command */
	struct sw_head head;
	struct sw_history history;
};

struct sw_transport_resume {
	struct sw_head head;
	struct sw_transport transport;
	struct sw_history history; /* of the same id */
};

static_assert(sizeof(struct sw_core) % 64 == 0 && alignof(struct sw_core) == 64 &&
		      sizeof(struct sw_transcoder) % 64 == 0 &&
		      sizeof(struct sw_bridge_state) % 64 == 0 &&
		      alignof(struct sw_transport_state) == 64 &&
		      sizeof(struct sw_transport_more) % 64 == 0 &&
		      alignof(struct sw_transport_more) == 64,
	"no cache line has two writers");

/* The call records are control's own: see relay/record.h.  The switch never looks into them.
 */

/* Bytes of a message with N bytes at its end, which begin at OFFSET. */
static inline uint16_t
sw_len_of(size_t offset, size_t n)
{
	return (uint16_t)((offset + n + 7) & ~(size_t)7);
}

/* Is this a well-formed message for control (UP) or for the switch?  Looks at the one that
 * starts at MSG (aligned to 8) and has LEFT bytes from there to the end of what came.  Its
 * length rounded up to 8 (how far to go on), or -EBADMSG. */
int sw_check(const void *msg, uint32_t left, int up);

/* Are the values of a transport or flow within range, given the state's sizes?  0 or -EINVAL.
 */
int sw_check_transport(const struct sw_transport *t, const struct sw_state *st);
int sw_check_flow(const struct sw_flow *f, const struct sw_state *st);
int sw_check_bridge(const struct sw_bridge *b, const struct sw_state *st);

/* Is H what a switch can have known?  0 or -EINVAL. */
int sw_check_history(const struct sw_history *h);

/* Is it that, and may a transport of these keys go on from it?  Under no other keys than those
 * that it has numbered.  0 or -EINVAL. */
int sw_check_resume(
	const struct sw_history *h, const struct sw_key *unseal, const struct sw_key *seal);

/* Likewise, of the mesh. */
int sw_check_mesh_node(const struct sw_mesh_node *n);
int sw_check_mesh_neighbour(const struct sw_mesh_neighbour *n, const struct sw_state *st);
int sw_check_mesh_peer(const struct sw_mesh_peer *p, const struct sw_mesh_node *n);

/* Does the head of a memfd of SIZE bytes state parts that fit into it?  0, -EPROTO (another
 * ABI), -EBADMSG. */
int sw_check_state(const struct sw_state *st, uint64_t size);
