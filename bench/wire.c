/* SPDX-License-Identifier: Apache-2.0
 *
 * The frames behind wire.h.  Any thread. */
#include "bench/wire.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

enum {
	ETHER_IPV4 = 0x0800,
	ETHER_IPV6 = 0x86dd,
	IPV4_LEN = 20,
	IPV6_LEN = 40,
	PROTO_UDP = 17,
	TTL = 64,
};

static void
put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

static uint16_t
get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

/* One's complement sum in host order of words read in memory order (RFC 1071 section 2 B): 32
 * bits at a time, folded at the end. */
static uint64_t
sum(const uint8_t *p, unsigned len, uint64_t acc)
{
	uint32_t word;
	uint8_t last[4] = {0};

	for (; len >= sizeof word; p += sizeof word, len -= (unsigned)sizeof word) {
		memcpy(&word, p, sizeof word);
		acc += word;
	}
	memcpy(last, p, len);
	memcpy(&word, last, sizeof word);
	return acc + word;
}

static uint16_t
fold(uint64_t acc)
{
	while (acc >> 16)
		acc = (acc & 0xffff) + (acc >> 16);
	return (uint16_t)acc;
}

static bool
is_ipv6(const uint8_t *frame)
{
	return get16(frame + 12) == ETHER_IPV6;
}

/* Over the pseudo header and the UDP datagram: 0xffff when the checksum in it is right. */
static uint16_t
udp_sum(const uint8_t *frame, unsigned at, unsigned len)
{
	const uint8_t *ip = frame + WIRE_ETHER, *udp = frame + at - WIRE_UDP;
	uint8_t tail[4] = {0, PROTO_UDP, udp[4], udp[5]};
	uint64_t acc = is_ipv6(frame) ? sum(ip + 8, 32, 0) : sum(ip + 12, 8, 0);

	acc = sum(tail, sizeof tail, acc);
	return fold(sum(udp, WIRE_UDP + len, acc));
}

static void
put_sum(uint8_t *p, uint16_t acc)
{
	uint16_t v = (uint16_t)~acc;

	memcpy(p, &v, sizeof v);
}

unsigned
wire_head(uint8_t *head, const struct wire_end *from, const struct wire_end *to, uint8_t dscp)
{
	bool v6 = from->addr.family == AF_INET6;
	uint8_t *ip = head + WIRE_ETHER, *udp = ip + (v6 ? IPV6_LEN : IPV4_LEN);

	memset(head, 0, WIRE_HEAD_MAX);
	memcpy(head, to->mac, 6);
	memcpy(head + 6, from->mac, 6);
	put16(head + 12, v6 ? ETHER_IPV6 : ETHER_IPV4);
	if (v6) {
		put16(ip, 0x6000 | dscp << 6);
		ip[6] = PROTO_UDP;
		ip[7] = TTL;
		memcpy(ip + 8, from->addr.ip, 16);
		memcpy(ip + 24, to->addr.ip, 16);
	} else {
		ip[0] = 0x45;
		ip[1] = (uint8_t)(dscp << 2);
		put16(ip + 6, 0x4000); /* don't fragment */
		ip[8] = TTL;
		ip[9] = PROTO_UDP;
		memcpy(ip + 12, from->addr.ip, 4);
		memcpy(ip + 16, to->addr.ip, 4);
	}
	put16(udp, from->addr.port);
	put16(udp + 2, to->addr.port);
	return (unsigned)(udp + WIRE_UDP - head);
}

void
wire_finish(uint8_t *frame, unsigned at, unsigned len)
{
	uint8_t *ip = frame + WIRE_ETHER, *udp = frame + at - WIRE_UDP;
	uint16_t acc;

	put16(udp + 4, WIRE_UDP + len);
	if (is_ipv6(frame)) {
		put16(ip + 4, WIRE_UDP + len);
	} else {
		put16(ip + 2, IPV4_LEN + WIRE_UDP + len);
		put16(ip + 10, 0);
		put_sum(ip + 10, fold(sum(ip, IPV4_LEN, 0)));
	}
	put16(udp + 6, 0);
	acc = udp_sum(frame, at, len);
	put_sum(udp + 6, acc == 0xffff ? 0 : acc); /* 0 would say "none": RFC 768 */
}

void
wire_rtp(uint8_t *rtp, uint8_t type, uint16_t seq, uint32_t timestamp, uint32_t ssrc)
{
	rtp[0] = 0x80;
	rtp[1] = type;
	put16(rtp + 2, seq);
	put32(rtp + 4, timestamp);
	put32(rtp + 8, ssrc);
}

int
wire_parse(struct wire_packet *w, uint8_t *frame, unsigned len)
{
	uint8_t *ip = frame + WIRE_ETHER, *udp;
	unsigned ip_len, at;

	if (len < WIRE_ETHER + IPV4_LEN + WIRE_UDP + WIRE_RTP)
		return -EINVAL;
	if (get16(frame + 12) == ETHER_IPV4 && ip[0] == 0x45 && ip[9] == PROTO_UDP) {
		ip_len = get16(ip + 2);
		udp = ip + IPV4_LEN;
	} else if (is_ipv6(frame) && ip[6] == PROTO_UDP) {
		ip_len = IPV6_LEN + get16(ip + 4);
		udp = ip + IPV6_LEN;
	} else {
		return -EINVAL;
	}
	at = (unsigned)(udp + WIRE_UDP - frame);
	if (WIRE_ETHER + ip_len > len || at + WIRE_RTP > WIRE_ETHER + ip_len ||
		get16(udp + 4) != WIRE_ETHER + ip_len - (at - WIRE_UDP))
		return -EINVAL;
	w->rtp = frame + at;
	w->len = (uint16_t)(WIRE_ETHER + ip_len - at);
	w->from_port = get16(udp);
	w->to_port = get16(udp + 2);
	w->seq = get16(w->rtp + 2);
	w->ssrc = get32(w->rtp + 8);
	return w->rtp[0] >> 6 == 2 ? 0 : -EINVAL;
}

bool
wire_checksums_ok(const uint8_t *frame)
{
	const uint8_t *ip = frame + WIRE_ETHER;
	unsigned at = WIRE_ETHER + WIRE_UDP + (is_ipv6(frame) ? IPV6_LEN : IPV4_LEN);
	const uint8_t *udp = frame + at - WIRE_UDP;

	if (!is_ipv6(frame) && fold(sum(ip, IPV4_LEN, 0)) != 0xffff)
		return false;
	return get16(udp + 6) != 0 && udp_sum(frame, at, get16(udp + 4) - WIRE_UDP) == 0xffff;
}
