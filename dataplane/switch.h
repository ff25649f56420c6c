/* SPDX-License-Identifier: Apache-2.0
 *
 * The one contract between control (strowger) and the data plane (strowger-switch).
 *
 * Commands go down and acknowledgements and events come up over a Unix SEQPACKET socket, as
 * plain structs in host byte order with no pointers; state lies in a memfd that both map in
 * part.  What the commands set is in switch_rules.h, the state in switch_state.h, what is said
 * here.  Plain C: no DPDK types.  switch_client.h is the upper half, switch_server.c the
 * lower, switch_check.c the validation that each does of what the other says.
 *
 * Control numbers transports (slots), the switch checks the numbers.  Every command is
 * idempotent: said again, it changes nothing and is acknowledged again. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "dataplane/drop.h"
#include "dataplane/switch_rules.h"
#include "dataplane/switch_state.h"

enum {
	SW_ABI = 10,            /* raised with any change here or in those two */
	SW_MAGIC = 0x53574f47,  /* "GOWS" */
	SW_MESSAGE_MAX = 65536, /* bytes of one SEQPACKET message */
};

/* One SEQPACKET message holds one or more of these, each starting at a multiple of 8. */
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
	SW_WELCOME = 64, /* answers HELLO; carries the state, perhaps a silence_fd too */
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
	uint8_t seal_met; /* sw_transport_state.tx.seal_generation */
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
