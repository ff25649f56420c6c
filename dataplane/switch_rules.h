/* SPDX-License-Identifier: Apache-2.0
 *
 * Of switch.h: what control says of transports, flows, bridges and the mesh, and how many of
 * everything there can be.  Plain structs in host byte order. */
#pragma once

#include <stdint.h>

#include "dataplane/suite.h"
#include "dataplane/transcode.h"

enum {
	SW_ADDRESSES = 16, /* local media addresses */
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
