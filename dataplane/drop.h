/* SPDX-License-Identifier: Apache-2.0
 *
 * Why a packet went no further.  One enum, one table of names and help texts; counted per core
 * and, from the look-up of its transport on, per transport.  Plain C, linked into both
 * daemons. */
#pragma once

enum drop {
	/* Before a transport is known: counted per core only. */
	DROP_NOT_MEDIA, /* not UDP over IP, or not to one of our addresses */
	DROP_MALFORMED, /* IP or UDP lengths that do not fit the frame */
	DROP_FRAGMENT,  /* an IP fragment */
	DROP_CHECKSUM,  /* wrong, as the device says, or none over IPv6 */
	DROP_MARTIAN,   /* from an address that cannot be answered */
	DROP_NO_TRANSPORT,
	DROP_PUNT_FULL, /* not ours, but main had no room for it: devices with a twin, mesh */
	DROP_MESH_MALFORMED, /* no datagram of the mesh */
	DROP_MESH_CONTROL,   /* for control, and more than it is to be bothered with */
	DROP_MESH_STRANGER,  /* likewise, and from nobody known */

	/* Of a transport. */
	DROP_KIND,          /* first byte is neither RTP nor RTCP (RFC 7983) */
	DROP_BAD_RTP,       /* version, lengths */
	DROP_SOURCE,        /* not from the address that signalling gave */
	DROP_SECOND_SOURCE, /* the latch has closed on somebody else */
	DROP_AUTH,          /* the SRTP tag is wrong */
	DROP_REPLAY,        /* seen before */
	DROP_LATE,          /* older than the replay window */
	DROP_SSRC_LIMIT,    /* more SSRCs than the transport may have */
	DROP_RESTART, /* first packet after a jump back; the next one proves the restart */
	DROP_NO_SINK, /* nobody is to hear it (hold, one way, other leg not there yet) */
	DROP_PAYLOAD_TYPE, /* one that the far side has no number for */
	DROP_TOO_FAST,     /* to be transcoded, and more than sound can be */

	/* Of the transport that it was to leave by. */
	DROP_SINK_SSRC_LIMIT,
	DROP_SINK_LATE, /* its index would be sealed a second time, or lies below the first one
			 */
	DROP_KEY_USED_UP,  /* 2^48 packets under one key */
	DROP_SEAL,         /* the engine refused */
	DROP_ZRTP,         /* ZRTP, or what it has secured, cannot become SRTP of ours */
	DROP_FEEDBACK,     /* RTCP of nothing but feedback, which the party does not take */
	DROP_MESH_RTCP,    /* a mesh leg has none */
	DROP_MESH_LONG,    /* more sound than a frame of VoMP may hold */
	DROP_MESH_SLOT,    /* its 20 ms have another frame, or are long past */
	DROP_MESH_NO_WAY,  /* no neighbour leads there now */
	DROP_NO_REMOTE,    /* where to send to is not known yet */
	DROP_NO_NEIGHBOUR, /* no route, or the next hop has not answered yet */
	DROP_NO_MBUF,
	DROP_RING_FULL,       /* the core that it was for has fallen behind */
	DROP_TRANSCODER_FULL, /* the transcode core has */
	DROP_TOO_LONG,        /* beyond the MTU of the way out */
	DROP_TX_FULL,         /* the device took no more, or not this one */
	DROPS
};

struct drop_info {
	const char *name; /* "no_transport" */
	const char *help; /* one sentence for people */
};

const struct drop_info *drop_info(enum drop why);
