/* SPDX-License-Identifier: Apache-2.0
 *
 * RTP and RTCP headers on the wire: pure functions over bytes, no DPDK.  RFC 3550 sections 5.1
 * and 6.4, RFC 5761 section 4, RFC 7983 section 7. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
	RTP_HEADER = 12, /* bytes without CSRCs and extension */
	RTCP_HEADER =
		8, /* bytes of the first packet's header that SRTCP leaves in the clear */
	RTP_EXTENSION = 0x10, /* bit of byte 0 */
	RTP_PADDING = 0x20,
	RTP_MARKER = 0x80, /* bit of byte 1 */
};

static inline uint16_t
rtp_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t
rtp_get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline void
rtp_put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void
rtp_put32(uint8_t *p, uint32_t v)
{
	rtp_put16(p, (uint16_t)(v >> 16));
	rtp_put16(p + 2, (uint16_t)v);
}

static inline uint8_t
rtp_payload_type(const uint8_t *p)
{
	return p[1] & 0x7f;
}

static inline uint16_t
rtp_seq(const uint8_t *p)
{
	return rtp_get16(p + 2);
}

static inline uint32_t
rtp_timestamp(const uint8_t *p)
{
	return rtp_get32(p + 4);
}

static inline uint32_t
rtp_ssrc(const uint8_t *p)
{
	return rtp_get32(p + 8);
}

/* Of the sender of an RTCP packet, which its header states first. */
static inline uint32_t
rtcp_ssrc(const uint8_t *p)
{
	return rtp_get32(p + 4);
}

/* The first byte says RTP or RTCP, version 2, rather than STUN, DTLS, ZRTP or TURN. */
static inline bool
rtp_is_media(const uint8_t *p, unsigned len)
{
	return len > 0 && (p[0] & 0xc0) == 0x80;
}

/* On a multiplexed port: packet types 192..223 are RTCP, whatever the marker bit says of RTP.
 */
static inline bool
rtp_is_rtcp(const uint8_t *p, unsigned len)
{
	return len > 1 && p[1] >= 192 && p[1] <= 223;
}

/* Bytes of padding at the end of a packet of LEN bytes with HEADER of them in front; -1: more
 * than there is room for. */
static inline int
rtp_padding(const uint8_t *p, unsigned len, unsigned header)
{
	if (!(p[0] & RTP_PADDING))
		return 0;
	return len > header && p[len - 1] != 0 && p[len - 1] <= len - header ? p[len - 1] : -1;
}

/* Bytes of header with CSRCs and extension; 0: they do not fit into LEN. */
static inline uint16_t
rtp_header_len(const uint8_t *p, unsigned len)
{
	unsigned need = RTP_HEADER;

	if (len < need)
		return 0;
	need += 4u * (p[0] & 0x0f);
	if (p[0] & RTP_EXTENSION) {
		if (len < need + 4)
			return 0;
		need += 4 + 4u * rtp_get16(p + need + 2);
	}
	return need <= len ? (uint16_t)need : 0;
}
