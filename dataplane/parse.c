/* SPDX-License-Identifier: Apache-2.0
 *
 * First stage: Ethernet, IPv4 or IPv6, UDP, down to the payload.  Nothing here trusts a length
 * that the frame has not proved; what stands behind the IP packet (short frames are filled up
 * to 60 bytes) is not looked at.  Forwarding core.  IEEE 802.1Q, RFC 791, RFC 8200, RFC 768.
 */
#include <netinet/in.h>
#include <rte_ip.h>
#include <rte_udp.h>
#include <string.h>

#include "dataplane/addr.h"
#include "dataplane/ahead.h"
#include "dataplane/lcore.h"
#include "dataplane/mesh.h"
#include "dataplane/rtp.h"

enum { NO_LOCAL = 0xff };

/* The number of our address that an IP header's destination is; NO_LOCAL when it is not ours.
 */
static uint8_t
local_find(const struct tables *tb, uint16_t family, const uint8_t *ip, unsigned len)
{
	for (unsigned i = 0; i < tb->locals; i++)
		if (tb->local[i].addr.family == family &&
			memcmp(tb->local[i].addr.ip, ip, len) == 0)
			return (uint8_t)i;
	return NO_LOCAL;
}

/* To everybody on the link of the mesh's address?  Then that is where it has come. */
static bool
is_to_everybody(const struct tables *tb, const struct meta *me, const uint8_t ip[4])
{
	const struct mesh *mesh = tb->mesh;
	uint32_t to, subnet;

	if (mesh == NULL || me->device != mesh->device)
		return false;
	memcpy(&to, ip, sizeof to);
	subnet = atomic_load_explicit(&mesh->broadcast, memory_order_relaxed);
	return to == UINT32_MAX || (subnet != 0 && to == subnet);
}

/* The EtherType, in network byte order, of a frame that belongs to the VLAN of its device, and
 * in *AT where its payload begins; 0: another VLAN's, or none of a known kind.  VLAN 0 is no
 * VLAN but a priority.  A second tag makes it somebody else's. */
static uint16_t
parse_ethernet(const struct device *d, const struct rte_mbuf *m, uint32_t *at)
{
	const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *);
	uint32_t len = rte_pktmbuf_data_len(m);
	uint16_t type, vlan = 0;

	memcpy(&type, p + 12, sizeof type);
	*at = RTE_ETHER_HDR_LEN;
	if (m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) {
		vlan = m->vlan_tci & RTE_VLAN_ID_MASK;
	} else if (type == RTE_BE16(RTE_ETHER_TYPE_VLAN) && len >= *at + RTE_VLAN_HLEN) {
		vlan = rtp_get16(p + *at) & RTE_VLAN_ID_MASK;
		memcpy(&type, p + *at + 2, sizeof type);
		*at += RTE_VLAN_HLEN;
	}
	return vlan == d->conf->vlan ? type : 0;
}

/* What is left of a packet when the IP header has been read: the UDP datagram. */
struct datagram {
	const uint8_t *udp;
	uint32_t len; /* bytes that IP grants it */
};

/* A fragment with the LEN bytes at P behind its headers, those of a datagram's beginning if it
 * is the FIRST, which alone has its port: 0 says that this is not known. */
static enum drop
parse_fragment(struct meta *me, bool first, const uint8_t *p, uint32_t len)
{
	me->in.dst_port = first && len >= 4 ? rtp_get16(p + 2) : 0;
	return DROP_FRAGMENT;
}

/* IPv4 header at P with LEN bytes.  DROPS: it may go on. */
static enum drop
parse_ipv4(const struct tables *tb, const uint8_t *p, uint32_t len, struct meta *me,
	struct datagram *d)
{
	uint32_t header, total;

	if (len < sizeof(struct rte_ipv4_hdr) || p[0] >> 4 != 4)
		return DROP_MALFORMED;
	header = 4u * (p[0] & 0x0f);
	total = rtp_get16(p + 2);
	if (header < sizeof(struct rte_ipv4_hdr) || total < header || total > len)
		return DROP_MALFORMED;
	if (p[9] != IPPROTO_UDP)
		return DROP_NOT_MEDIA;
	me->in.local = local_find(tb, AF_INET, p + 16, 4);
	if (me->in.local == NO_LOCAL) {
		if (!is_to_everybody(tb, me, p + 16))
			return DROP_NOT_MEDIA;
		me->in.local = tb->mesh->at;
		me->broadcast = true;
	}
	if ((rtp_get16(p + 6) & 0x3fff) != 0) /* more fragments, or an offset */
		return parse_fragment(
			me, (rtp_get16(p + 6) & 0x1fff) == 0, p + header, total - header);
	me->in.src.family = AF_INET;
	memset(me->in.src.ip, 0, sizeof me->in.src.ip);
	memcpy(me->in.src.ip, p + 12, 4);
	d->udp = p + header;
	d->len = total - header;
	return DROPS;
}

/* Likewise, from the fragment's own header on: what is in it, then offset and flags. */
static enum drop
parse_fragment6(struct meta *me, const uint8_t *p, uint32_t len)
{
	enum { FRAGMENT = 8 };
	bool first =
		len >= FRAGMENT && p[0] == IPPROTO_UDP && (rtp_get16(p + 2) & 0xfff8) == 0;

	return parse_fragment(me, first, p + FRAGMENT, first ? len - FRAGMENT : 0);
}

/* IPv6 header at P with LEN bytes.  Extension headers other than a fragment's are not media.
 */
static enum drop
parse_ipv6(const struct tables *tb, const uint8_t *p, uint32_t len, struct meta *me,
	struct datagram *d)
{
	uint32_t payload;

	if (len < sizeof(struct rte_ipv6_hdr) || p[0] >> 4 != 6)
		return DROP_MALFORMED;
	payload = rtp_get16(p + 4);
	if (payload > len - sizeof(struct rte_ipv6_hdr))
		return DROP_MALFORMED;
	me->in.local = local_find(tb, AF_INET6, p + 24, 16);
	if (me->in.local == NO_LOCAL)
		return DROP_NOT_MEDIA;
	if (p[6] == IPPROTO_FRAGMENT)
		return parse_fragment6(me, p + sizeof(struct rte_ipv6_hdr), payload);
	if (p[6] != IPPROTO_UDP)
		return DROP_NOT_MEDIA;
	me->in.src.family = AF_INET6;
	memcpy(me->in.src.ip, p + 8, 16);
	d->udp = p + sizeof(struct rte_ipv6_hdr);
	d->len = payload;
	return DROPS;
}

/* Only the device's word counts: packets that the kernel sends over veth carry partial
 * checksums on purpose.  None at all is the sender's choice over IPv4 (RFC 768), and not
 * allowed over IPv6 outside of tunnels (RFC 8200 section 8.1). */
static bool
has_bad_checksum(struct rte_mbuf *m, const uint8_t *udp)
{
	return (m->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) == RTE_MBUF_F_RX_IP_CKSUM_BAD ||
	       (m->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_BAD ||
	       (meta(m)->in.src.family == AF_INET6 && rtp_get16(udp + 6) == 0);
}

/* Likewise, of an address.  Not more of it is read than was written just before: that would
 * wait for the memory. */
static uint8_t
local_of(const struct tables *tb, const struct sw_addr *a)
{
	return a->family == AF_INET ? local_find(tb, AF_INET, a->ip, 4)
				    : local_find(tb, AF_INET6, a->ip, sizeof a->ip);
}

/* Nothing may be learned from a source that cannot be answered (RFC 1122 section 3.2.1.3).
 * What we send never comes back by a device. */
static bool
is_martian(const struct tables *tb, const struct sw_addr *src)
{
	return src->port == 0 || !addr_is_host(src) || local_of(tb, src) != NO_LOCAL;
}

/* Does the datagram's port belong to the mesh, or else to media? */
static bool
is_ours(const struct tables *tb, struct meta *me)
{
	const struct local *local = &tb->local[me->in.local];

	me->mesh = tb->mesh != NULL && me->in.local == tb->mesh->at &&
		   me->in.dst_port == tb->mesh->port;
	return me->mesh || (!me->broadcast && me->in.dst_port >= local->port_first &&
				   me->in.dst_port <= local->port_last);
}

/* One frame.  On DROPS the mbuf's data is the UDP payload. */
static enum drop
parse(const struct tables *tb, struct rte_mbuf *m)
{
	const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *);
	uint32_t len = rte_pktmbuf_data_len(m), at;
	struct meta *me = meta(m);
	struct datagram d;
	enum drop why;
	uint32_t udp_len;

	if (m->nb_segs != 1)
		return DROP_TOO_LONG;
	if (len < RTE_ETHER_HDR_LEN)
		return DROP_MALFORMED;
	me->broadcast = false;
	switch (parse_ethernet(tb->device[me->device], m, &at)) {
	case RTE_BE16(RTE_ETHER_TYPE_IPV4):
		why = parse_ipv4(tb, p + at, len - at, me, &d);
		break;
	case RTE_BE16(RTE_ETHER_TYPE_IPV6):
		why = parse_ipv6(tb, p + at, len - at, me, &d);
		break;
	default:
		why = DROP_NOT_MEDIA;
	}
	if (why != DROPS)
		return why;
	if (d.len < sizeof(struct rte_udp_hdr))
		return DROP_MALFORMED;
	udp_len = rtp_get16(d.udp + 4);
	if (udp_len < sizeof(struct rte_udp_hdr) || udp_len > d.len)
		return DROP_MALFORMED;
	me->in.dst_port = rtp_get16(d.udp + 2);
	if (!is_ours(tb, me))
		return DROP_NOT_MEDIA;
	ahead_port(tb, me);
	if (has_bad_checksum(m, d.udp))
		return DROP_CHECKSUM;
	me->in.src.port = rtp_get16(d.udp);
	if (is_martian(tb, &me->in.src))
		return DROP_MARTIAN;
	me->in_front = (uint16_t)(d.udp + sizeof(struct rte_udp_hdr) - p);
	me->frame = (uint16_t)len;
	m->data_off += me->in_front;
	m->data_len = (uint16_t)(udp_len - sizeof(struct rte_udp_hdr));
	m->pkt_len = m->data_len;
	m->ol_flags = 0;
	return DROPS;
}

/* Is it the kernel's rather than ours?  Without the first fragment of media it has nothing to
 * put together, and nobody to tell that no program listens. */
static bool
is_for_twin(const struct tables *tb, struct rte_mbuf *m, enum drop why)
{
	return (why == DROP_NOT_MEDIA || (why == DROP_FRAGMENT && !is_ours(tb, meta(m)))) &&
	       tb->device[meta(m)->device]->twin != NULL;
}

/* Wire headers -> meta; what is not media crosses to main where the device has a twin.
 *   reads meta.device; writes meta.in but .from, .mesh, .broadcast; moves data to the UDP
 * payload drops not_media, malformed, fragment, checksum, martian, too_long */
unsigned
parse_stage(struct lcore *lc, struct rte_mbuf **pkt, unsigned n)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < n; i++) {
		enum drop why = parse(lc->tables, pkt[i]);

		if (why == DROPS)
			pkt[kept++] = pkt[i];
		else if (is_for_twin(lc->tables, pkt[i], why))
			hand_over(lc, crossing_main(lc->end.crossing), pkt[i], STEP_PUNT);
		else
			drop(lc, pkt[i], why);
	}
	return kept;
}
