/* SPDX-License-Identifier: Apache-2.0
 *
 * Builds the headers of path.h.  IEEE 802.1Q, RFC 791, RFC 8200, RFC 768, RFC 2474 (DSCP), RFC
 * 6864 (an atomic datagram's identification means nothing: 0). */
#include "dataplane/path.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <rte_ip.h>
#include <rte_udp.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/cksum.h"

enum { HOPS = 64 }; /* time to live, hop limit */

static_assert(sizeof(struct rte_ether_hdr) + sizeof(struct rte_vlan_hdr) +
			      sizeof(struct rte_ipv6_hdr) + sizeof(struct rte_udp_hdr) ==
		      PATH_HEADER_MAX,
	"the longest header fits");

static void
put_ipv4(uint8_t *p, const struct path_ends *e)
{
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)p;

	ip->version_ihl = 0x45;
	ip->type_of_service = (uint8_t)(e->dscp << 2);
	ip->fragment_offset = rte_cpu_to_be_16(RTE_IPV4_HDR_DF_FLAG);
	ip->time_to_live = HOPS;
	ip->next_proto_id = IPPROTO_UDP;
	memcpy(&ip->src_addr, e->from.ip, sizeof ip->src_addr);
	memcpy(&ip->dst_addr, e->to.ip, sizeof ip->dst_addr);
}

static void
put_ipv6(uint8_t *p, const struct path_ends *e)
{
	struct rte_ipv6_hdr *ip = (struct rte_ipv6_hdr *)p;

	ip->vtc_flow = rte_cpu_to_be_32(6u << 28 | (uint32_t)e->dscp << 22);
	ip->proto = IPPROTO_UDP;
	ip->hop_limits = HOPS;
	memcpy(ip->src_addr, e->from.ip, sizeof ip->src_addr);
	memcpy(ip->dst_addr, e->to.ip, sizeof ip->dst_addr);
}

/* How long it is. */
static uint8_t
put_ethernet(uint8_t *p, const struct device *device, const uint8_t mac[6], uint16_t type)
{
	struct rte_ether_hdr *eth = (struct rte_ether_hdr *)p;
	struct rte_vlan_hdr *tag = (struct rte_vlan_hdr *)(eth + 1);

	memcpy(eth->dst_addr.addr_bytes, mac, RTE_ETHER_ADDR_LEN);
	memcpy(eth->src_addr.addr_bytes, device->mac, RTE_ETHER_ADDR_LEN);
	eth->ether_type = rte_cpu_to_be_16(type);
	if (device->conf->vlan == 0)
		return sizeof *eth;
	eth->ether_type = rte_cpu_to_be_16(RTE_ETHER_TYPE_VLAN);
	tag->vlan_tci = rte_cpu_to_be_16(device->conf->vlan);
	tag->eth_proto = rte_cpu_to_be_16(type);
	return sizeof *eth + sizeof *tag;
}

/* Fill PATH, which is all 0. */
static void
put_headers(struct path *path, const struct device *device, const struct path_ends *e,
	const struct neigh_way *way)
{
	bool v6 = e->to.family == AF_INET6;
	struct rte_udp_hdr *udp;
	uint8_t *ip;

	path->device = (uint8_t)way->device;
	path->mtu = way->mtu;
	path->ether_len = put_ethernet(path->header, device, way->mac,
		v6 ? RTE_ETHER_TYPE_IPV6 : RTE_ETHER_TYPE_IPV4);
	path->ip_len = v6 ? sizeof(struct rte_ipv6_hdr) : sizeof(struct rte_ipv4_hdr);
	path->len = (uint8_t)(path->ether_len + path->ip_len + sizeof *udp);
	ip = path->header + path->ether_len;
	(v6 ? put_ipv6 : put_ipv4)(ip, e);
	udp = (struct rte_udp_hdr *)(ip + path->ip_len);
	udp->src_port = rte_cpu_to_be_16(e->from.port);
	udp->dst_port = rte_cpu_to_be_16(e->to.port);
	path->ip_sum = v6 ? 0 : rte_raw_cksum(ip, path->ip_len);
	path->udp_sum = cksum_fold(rte_raw_cksum(udp, sizeof *udp) +
				   rte_raw_cksum(ip + (v6 ? 8 : 12), v6 ? 32 : 8) +
				   (uint32_t)rte_cpu_to_be_16(IPPROTO_UDP));
}

/* Bytes of a path: as much of its header as there is, which over IPv4 is one cache line. */
static size_t
size_of(const struct path *path)
{
	return offsetof(struct path, header) + path->len;
}

static bool
is_same(const struct path *a, const struct path *b)
{
	return a->len == b->len && memcmp(a, b, size_of(a)) == 0;
}

/* Does OLD lead between E, by whatever way? */
static bool
leads_there(const struct path *old, struct device *const *device, const struct path_ends *e)
{
	const struct rte_ether_hdr *eth = (const struct rte_ether_hdr *)old->header;
	struct neigh_way way = {.device = old->device, .mtu = old->mtu};
	struct path again;

	if (old->len == 0)
		return false;
	memset(&again, 0, sizeof again);
	memcpy(way.mac, eth->dst_addr.addr_bytes, sizeof way.mac);
	put_headers(&again, device[old->device], e, &way);
	return is_same(old, &again);
}

/* Fill PATH, which is all 0; false: OLD is to stay for now. */
static bool
fill(struct path *path, struct neigh *neigh, struct device *const *device,
	const struct path_ends *e, struct neigh_watch *watch, const struct path *old)
{
	struct neigh_way way;
	int err;

	if (e->to.family == 0) {
		neigh_unwatch(watch);
		path->drop = DROP_NO_REMOTE;
		return true;
	}
	err = neigh_lookup(neigh, e->device, &e->from, &e->to, watch, &way);
	if (err == 0)
		put_headers(path, device[way.device], e, &way);
	else if (err == -EINPROGRESS && old != NULL && leads_there(old, device, e))
		return false;
	else
		path->drop = DROP_NO_NEIGHBOUR;
	return true;
}

/* MADE, in memory of its own; NULL: ENOMEM. */
static struct path *
keep(const struct path *made)
{
	struct path *path = aligned_alloc(
		RTE_CACHE_LINE_SIZE, RTE_ALIGN_CEIL(size_of(made), RTE_CACHE_LINE_SIZE));

	if (path != NULL)
		memcpy(path, made, size_of(made));
	return path;
}

struct path *
path_make(struct neigh *neigh, struct device *const *device, const struct path_ends *ends,
	struct neigh_watch *watch, struct path *old)
{
	struct path made = {0};

	if (!fill(&made, neigh, device, ends, watch, old) ||
		(old != NULL && is_same(old, &made)))
		return old;
	return keep(&made);
}

struct path *
path_to_everybody(struct device *const *device, const struct path_ends *ends)
{
	struct neigh_way way = {.device = ends->device, .mtu = device[ends->device]->mtu};
	struct path made = {0};

	memset(way.mac, 0xff, sizeof way.mac);
	put_headers(&made, device[way.device], ends, &way);
	return keep(&made);
}

void
path_free(void *path)
{
	free(path);
}
