/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzzes the way of a frame from the wire to its transport: parse_stage(), classify_stage().
 * A frame that passes must say by its own bytes, read here once more, what the stages made of
 * it; every other one is counted, or handed over, exactly once.
 *
 *	byte 0  1: the device has a twin; 2: it says the checksum is wrong; 4: it is on VLAN 7
 *	then    the frame */
#include "tests/fuzz/core.h"

#include "dataplane/rtp.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	core_open();
	return 0;
}

/* IEEE 802.1Q, RFC 791, RFC 8200, RFC 768, without a thought for speed: the datagram in a good
 * frame. */
static void
must_be_datagram(const uint8_t *f, size_t len, const struct rte_mbuf *m, const struct meta *me)
{
	unsigned at = 14 + 4 * (rtp_get16(f + 12) == 0x8100);
	bool v6 = rtp_get16(f + at - 2) == 0x86dd;
	const uint8_t *ip = f + at, *udp = ip + (v6 ? 40 : 4 * (ip[0] & 15));
	const uint8_t *ip_end = ip + (v6 ? 40 + rtp_get16(ip + 4) : rtp_get16(ip + 2));
	unsigned ip_len = v6 ? 16 : 4;

	must(v6 || rtp_get16(f + at - 2) == 0x0800);
	must((at == 18 ? rtp_get16(f + 14) & 0xfff : 0) == itf.vlan);
	must(ip[0] >> 4 == (v6 ? 6 : 4) && ip[v6 ? 6 : 9] == IPPROTO_UDP);
	must(ip_end <= f + len && udp + rtp_get16(udp + 4) <= ip_end);
	must(me->in.local == v6);
	must(memcmp(ip + (v6 ? 24 : 16), tables.local[v6].addr.ip, ip_len) == 0);
	must(me->in.src.family == (v6 ? AF_INET6 : AF_INET));
	must(memcmp(me->in.src.ip, ip + (v6 ? 8 : 12), ip_len) == 0);
	must(me->in.src.port == rtp_get16(udp) && me->in.dst_port == rtp_get16(udp + 2));
	must(m->data_off == udp + 8 - f && m->data_len == rtp_get16(udp + 4) - 8);
	must(m->pkt_len == m->data_len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rte_mbuf *m, *pkt[1];
	unsigned n;

	if (size < 1 || size > UINT16_MAX)
		return 0;
	core_forget();
	m = pkt[0] = packet_make(data + 1, size - 1, 0);
	device.twin = (data[0] & 1) != 0 ? (struct twin *)(void *)&device : NULL;
	itf.vlan = (data[0] & 4) != 0 ? 7 : 0;
	if ((data[0] & 2) != 0)
		m->ol_flags = RTE_MBUF_F_RX_L4_CKSUM_BAD;

	n = parse_stage(&core, pkt, 1);
	if (n == 1) {
		must_be_datagram(data + 1, size - 1, m, meta(m));
		must((data[0] & 2) == 0);
		n = classify_stage(&core, pkt, 1);
	} else if (handed_over == 1) {
		must(device.twin != NULL && meta(m)->step == STEP_PUNT);
		must(m->data_off == 0 && m->data_len == size - 1);
	}
	if (n == 1) {
		const struct transport *t = meta(m)->in.from;

		must(meta(m)->in.dst_port - t->port <= 1);
		must(t->opaque ||
			(meta(m)->clear >= RTCP_HEADER && meta(m)->clear <= m->data_len));
	}
	must(n + handed_over + all_drops() == 1);
	must(packet_was_freed(m) == (all_drops() == 1));
	packet_end(m);
	return 0;
}
