/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames as the generator's phones write and read them: Ethernet, IPv4 or IPv6, UDP, RTP.
 * Written independently of the switch's own parser, so that one can contradict the other. RFC
 * 791, 8200, 768, 3550.  Any thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/switch.h"

enum {
	WIRE_ETHER = 14,
	WIRE_UDP = 8,
	WIRE_RTP = 12,
	WIRE_HEAD_MAX = WIRE_ETHER + 40 + WIRE_UDP, /* Ethernet, IPv6, UDP */
	WIRE_PAYLOAD_MAX = 1400, /* bytes of RTP payload: header and tag fit an MTU of 1,500 */
	WIRE_FRAME_MAX = WIRE_HEAD_MAX + WIRE_RTP + WIRE_PAYLOAD_MAX,
};

/* One end of a stream. */
struct wire_end {
	uint8_t mac[6];
	struct sw_addr addr;
};

/* Write Ethernet, IP and UDP headers, lengths and checksums left open, to HEAD (WIRE_HEAD_MAX
 * bytes). Both ends are of one family.  How long they are: where RTP begins. */
unsigned wire_head(
	uint8_t *head, const struct wire_end *from, const struct wire_end *to, uint8_t dscp);

/* Close FRAME, whose UDP payload of LEN bytes begins at AT: lengths and full checksums. */
void wire_finish(uint8_t *frame, unsigned at, unsigned len);

/* The fixed RTP header: version 2, no extension, no CSRC. */
void wire_rtp(uint8_t *rtp, uint8_t type, uint16_t seq, uint32_t timestamp, uint32_t ssrc);

/* A frame that arrived. */
struct wire_packet {
	uint8_t *rtp; /* the UDP payload; at least WIRE_RTP bytes, version 2 */
	uint16_t len;
	uint16_t from_port, to_port;
	uint16_t seq;
	uint32_t ssrc;
};

/* Take FRAME of LEN bytes apart; 0, or -EINVAL when it is not RTP in UDP or lengths disagree.
 */
int wire_parse(struct wire_packet *w, uint8_t *frame, unsigned len);

/* Are the IPv4 and UDP checksums of a frame that wire_parse() took right, and is there one? */
bool wire_checksums_ok(const uint8_t *frame);
