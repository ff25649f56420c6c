/* SPDX-License-Identifier: Apache-2.0
 *
 * Last stage before sending: the prepared header of the far side goes in front of the payload,
 * with lengths and full checksums.  Forwarding core.  RFC 791, RFC 8200, RFC 768. */
#include <rte_ip.h>
#include <rte_udp.h>
#include <string.h>

#include "dataplane/capture_tap.h"
#include "dataplane/cksum.h"
#include "dataplane/lcore.h"
#include "dataplane/rtp.h"

/* Fill in what depends on the packet: lengths and checksums.  P is the Ethernet header. */
static void
finish_header(const struct path *path, uint8_t *p, uint16_t payload)
{
	uint8_t *ip = p + path->ether_len;
	struct rte_udp_hdr *udp = (struct rte_udp_hdr *)(ip + path->ip_len);
	uint16_t udp_len = rte_cpu_to_be_16((uint16_t)(sizeof *udp + payload));
	uint16_t cksum;

	/* The length stands in the UDP header and in the pseudo header. */
	cksum = (uint16_t)~cksum_fold(path->udp_sum + 2 * (uint64_t)udp_len +
				      cksum_sum((uint8_t *)(udp + 1), payload));
	udp->dgram_len = udp_len;
	udp->dgram_cksum =
		cksum != 0 ? cksum : UINT16_MAX; /* 0 would say that there is none */
	if (path->ip_len == sizeof(struct rte_ipv4_hdr)) {
		struct rte_ipv4_hdr *h = (struct rte_ipv4_hdr *)ip;

		h->total_length =
			rte_cpu_to_be_16((uint16_t)(path->ip_len + sizeof *udp + payload));
		h->hdr_checksum =
			(uint16_t)~cksum_fold((uint64_t)path->ip_sum + h->total_length);
	} else {
		((struct rte_ipv6_hdr *)ip)->payload_len = udp_len;
	}
}

/* A copy of a size that the compiler knows takes two moves, of any other 40 cycles. */
static void
copy_header(uint8_t *p, const struct path *path)
{
	enum {
		TAG = sizeof(struct rte_vlan_hdr),
		V4 = sizeof(struct rte_ether_hdr) + sizeof(struct rte_ipv4_hdr) +
		     sizeof(struct rte_udp_hdr),
		V6 = V4 - sizeof(struct rte_ipv4_hdr) + sizeof(struct rte_ipv6_hdr)
	};

	switch (path->len) {
	case V4:
		memcpy(p, path->header, V4);
		break;
	case V4 + TAG:
		memcpy(p, path->header, V4 + TAG);
		break;
	case V6:
		memcpy(p, path->header, V6);
		break;
	case V6 + TAG:
		memcpy(p, path->header, V6 + TAG);
		break;
	}
}

enum drop
address_by(const struct path *path, struct rte_mbuf *m)
{
	uint16_t payload = rte_pktmbuf_data_len(m);
	uint8_t *p;

	if (path == NULL)
		return DROP_NO_REMOTE;
	if (path->len == 0)
		return (enum drop)path->drop;
	if (path->len - path->ether_len + payload > path->mtu)
		return DROP_TOO_LONG;
	p = (uint8_t *)rte_pktmbuf_prepend(m, path->len);
	if (p == NULL)
		return DROP_TOO_LONG;
	copy_header(p, path);
	finish_header(path, p, payload);
	meta(m)->device = path->device;
	return DROPS;
}

/* Count a packet with its headers in front as sent, or as not sent after all. */
static void
count_sent(const struct meta *me, bool undo)
{
	struct sw_transport_state *to = me->out.to->out.state;
	uint64_t by = undo ? -UINT64_C(1) : 1;

	count_add(me->rtcp ? &to->tx_rtcp : &to->tx_packets, by);
	count_add(&to->tx_bytes, by * me->out.payload);
}

void
address_undo(struct rte_mbuf *m)
{
	count_sent(meta(m), true);
}

/* Address of the far side.
 *   reads meta.out.to, .rtcp
 *   writes meta.device, .out.payload, the headers, the sink's counters
 *   drops no_remote, no_neighbour, too_long */
unsigned
address_stage(struct lcore *lc, struct rte_mbuf **pkt, unsigned n)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < n; i++) {
		struct meta *me = meta(pkt[i]);
		struct transport *to = me->out.to;
		const struct path *path = transport_path(to, me->rtcp);
		enum drop why;

		me->out.payload = rte_pktmbuf_data_len(pkt[i]);
		why = address_by(path, pkt[i]);
		if (why != DROPS) {
			drop_of(lc, to, pkt[i], why);
			continue;
		}
		count_sent(me, false);
		capture_tap_out(lc, to, pkt[i]);
		pkt[kept++] = pkt[i];
	}
	return kept;
}

/* Empty datagrams that main wants sent (pierce.h), with their headers.  A transport may have
 * gone meanwhile.
 *   reads meta.out.to_slot, .to_id, .rtcp
 *   writes meta.out.to
 *   drops no_sink */
unsigned
pierce_stage(struct lcore *lc, struct rte_mbuf **pkt, unsigned n)
{
	n = intake_stage(lc, pkt, n);
	count_add(&lc->count->pierced, n);
	for (unsigned i = 0; i < n; i++)
		capture_tap_out(lc, meta(pkt[i])->out.to, pkt[i]);
	return n;
}
