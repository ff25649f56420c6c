/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads and renumbers RTCP; see rtcp.h. */
#include "dataplane/rtcp.h"

#include <string.h>

#include "dataplane/rtp.h"

enum {
	WORD = 4,
	SENDER_INFO = 20,
	BLOCK = 24,
	FMT_NACK = 1, /* of RTCP_RTPFB: RFC 4585 section 6.2.1 */
};

static uint8_t
count_of(const uint8_t *p)
{
	return p[0] & 0x1f;
}

/* Bytes of the packet, or with XR of the block, whose length P states. */
static unsigned
stated_len(const uint8_t *p)
{
	return WORD * (rtp_get16(p + 2) + 1u);
}

/* ---- Are the lengths right? ---- */

/* Do the blocks of an extended report fill it?  RFC 3611 section 2. */
static bool
is_whole_xr(const uint8_t *p, unsigned len)
{
	unsigned at = 2 * WORD;

	while (at + WORD <= len && at + stated_len(p + at) <= len)
		at += stated_len(p + at);
	return at == len || (p[0] & RTP_PADDING);
}

/* The least bytes that a packet of this type and count has. */
static unsigned
least_len(const uint8_t *p)
{
	switch (p[1]) {
	case RTCP_SR:
		return 2u * WORD + SENDER_INFO + (unsigned)BLOCK * count_of(p);
	case RTCP_RR:
		return 2u * WORD + (unsigned)BLOCK * count_of(p);
	case RTCP_SDES:
	case RTCP_BYE:
		return WORD + (unsigned)WORD * count_of(p);
	case RTCP_APP:
	case RTCP_RTPFB:
	case RTCP_PSFB:
		return 3 * WORD;
	case RTCP_XR:
		return 2 * WORD;
	default:
		return WORD;
	}
}

/* Bytes of the packet that P begins with; 0: it is malformed. */
static unsigned
packet_len(const uint8_t *p, unsigned left)
{
	unsigned len;

	if (left < WORD || !rtp_is_media(p, left))
		return 0;
	len = stated_len(p);
	if (len > left || len < least_len(p))
		return 0;
	if (p[1] == RTCP_XR && !is_whole_xr(p, len))
		return 0;
	return len;
}

/* ---- Reading ---- */

/* 24 bits with a sign. */
static int32_t
get_lost(const uint8_t *p)
{
	uint32_t v = rtp_get32(p) & 0xffffff;

	return v & 0x800000 ? (int32_t)v - 0x1000000 : (int32_t)v;
}

/* RFC 3550 section 6.4.1. */
static struct rtcp_block
read_block(const uint8_t *p)
{
	return (struct rtcp_block){
		.about = rtp_get32(p),
		.fraction = p[4],
		.lost = get_lost(p + 4),
		.highest = rtp_get32(p + 8),
		.jitter = rtp_get32(p + 12),
		.lsr = rtp_get32(p + 16),
		.dlsr = rtp_get32(p + 20),
	};
}

/* Where the report blocks of an SR or RR begin. */
static unsigned
blocks_at(const uint8_t *p)
{
	return 2 * WORD + (p[1] == RTCP_SR ? SENDER_INFO : 0);
}

static void
read_packet(const uint8_t *p, struct rtcp_said *said)
{
	if (p[1] == RTCP_BYE)
		said->bye |= count_of(p) > 0;
	if (p[1] == RTCP_SR) {
		said->sr = true;
		said->sr_ntp = rtp_get32(p + 2 * WORD + 2);
	}
	if (p[1] != RTCP_SR && p[1] != RTCP_RR)
		return;
	for (unsigned i = 0; i < count_of(p) && said->blocks < RTCP_BLOCKS; i++)
		said->block[said->blocks++] = read_block(p + blocks_at(p) + i * BLOCK);
}

unsigned
rtcp_read(const uint8_t *p, unsigned len, struct rtcp_said *said)
{
	unsigned at = 0;

	said->sr = said->bye = false;
	said->blocks = 0;
	for (unsigned n; (n = packet_len(p + at, len - at)) > 0; at += n)
		read_packet(p + at, said);
	return at;
}

/* ---- Leaving out ---- */

unsigned
rtcp_strip_feedback(uint8_t *p, unsigned len)
{
	unsigned at = 0, kept = 0;

	for (unsigned n; (n = packet_len(p + at, len - at)) > 0; at += n) {
		if (p[at + 1] == RTCP_RTPFB || p[at + 1] == RTCP_PSFB)
			continue;
		memmove(p + kept, p + at, n);
		kept += n;
	}
	if (kept == 0)
		return 0;
	memmove(p + kept, p + at, len - at);
	return kept + len - at;
}

/* ---- Renumbering ---- */

/* Take OFFSET away from the sequence number at P. */
static void
shift16(uint8_t *p, uint16_t offset)
{
	rtp_put16(p, (uint16_t)(rtp_get16(p) - offset));
}

static void
renumber_blocks(uint8_t *p, rtcp_offset *offset, const void *arg)
{
	uint8_t *block = p + blocks_at(p);

	for (unsigned i = 0; i < count_of(p); i++, block += BLOCK) {
		/* The nearest way: up to half a cycle in either direction. */
		int16_t by = (int16_t)offset(arg, rtp_get32(block));

		rtp_put32(block + 8, rtp_get32(block + 8) - (uint32_t)by);
	}
}

/* Is a block of this type of an extended report about a range of a source's packets?  Then it
 * begins with SSRC, first number, number behind the last. */
static bool
is_of_range(uint8_t type)
{
	static const bool is[256] = {
		[1] = true,  /* loss RLE: RFC 3611 section 4.1 */
		[2] = true,  /* duplicate RLE: 4.2 */
		[3] = true,  /* packet receipt times: 4.3 */
		[6] = true,  /* statistics summary: 4.6 */
		[25] = true, /* discard RLE: RFC 7097 section 3 */
		[33] = true, /* post-repair loss RLE: RFC 7509 section 3 */
	};

	return is[type];
}

static void
renumber_xr(uint8_t *p, unsigned len, rtcp_offset *offset, const void *arg)
{
	for (unsigned at = 2 * WORD, n; at + WORD <= len; at += n) {
		uint8_t *block = p + at;

		n = stated_len(block);
		if (at + n > len)
			return; /* that is padding */
		if (n < 3 * WORD || !is_of_range(block[0]))
			continue;
		shift16(block + 8, offset(arg, rtp_get32(block + 4)));
		shift16(block + 10, offset(arg, rtp_get32(block + 4)));
	}
}

/* Packet numbers, each with a bit mask of those behind it, to the end or the padding; which
 * holds no numbers, so that changing it harms nobody but for its last byte, its length. */
static void
renumber_nack(uint8_t *p, unsigned len, rtcp_offset *offset, const void *arg)
{
	uint16_t by = offset(arg, rtp_get32(p + 2 * WORD));
	unsigned end = p[0] & RTP_PADDING ? len - WORD : len;

	for (unsigned at = 3 * WORD; at < end; at += WORD)
		shift16(p + at, by);
}

void
rtcp_renumber(uint8_t *p, unsigned len, rtcp_offset *offset, const void *arg)
{
	for (unsigned n; len > 0; p += n, len -= n) {
		n = stated_len(p);
		if (p[1] == RTCP_SR || p[1] == RTCP_RR)
			renumber_blocks(p, offset, arg);
		else if (p[1] == RTCP_XR)
			renumber_xr(p, n, offset, arg);
		else if (p[1] == RTCP_RTPFB && count_of(p) == FMT_NACK)
			renumber_nack(p, n, offset, arg);
	}
}
