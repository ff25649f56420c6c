/* SPDX-License-Identifier: Apache-2.0
 *
 * Builds the headers of path.h.  RFC 791, RFC 8200, RFC 768, RFC 2474 (DSCP), RFC 6864 (an
 * atomic datagram's identification means nothing: 0). */
#include "dataplane/path.h"

#include <netinet/in.h>
#include <rte_ip.h>
#include <rte_udp.h>
#include <stdlib.h>
#include <string.h>

enum { HOPS = 64 }; /* time to live, hop limit */

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

static void
put_headers(struct path *path, const struct device *device, const struct path_ends *e,
	const uint8_t mac[6])
{
	struct rte_ether_hdr *eth = (struct rte_ether_hdr *)path->header;
	uint8_t *ip = path->header + sizeof *eth;
	bool v6 = e->to.family == AF_INET6;
	struct rte_udp_hdr *udp;

	path->ip_len = v6 ? sizeof(struct rte_ipv6_hdr) : sizeof(struct rte_ipv4_hdr);
	path->len = (uint8_t)(sizeof *eth + path->ip_len + sizeof *udp);
	path->mtu = device->mtu;
	memcpy(eth->dst_addr.addr_bytes, mac, RTE_ETHER_ADDR_LEN);
	memcpy(eth->src_addr.addr_bytes, device->mac, RTE_ETHER_ADDR_LEN);
	eth->ether_type = rte_cpu_to_be_16(v6 ? RTE_ETHER_TYPE_IPV6 : RTE_ETHER_TYPE_IPV4);
	(v6 ? put_ipv6 : put_ipv4)(ip, e);
	udp = (struct rte_udp_hdr *)(ip + path->ip_len);
	udp->src_port = rte_cpu_to_be_16(e->from.port);
	udp->dst_port = rte_cpu_to_be_16(e->to.port);
}

struct path *
path_make(struct neigh *neigh, const struct device *device, const struct path_ends *ends)
{
	struct path *path = aligned_alloc(
		RTE_CACHE_LINE_SIZE, RTE_ALIGN_CEIL(sizeof *path, RTE_CACHE_LINE_SIZE));
	uint8_t mac[6];

	if (path == NULL)
		return NULL;
	memset(path, 0, sizeof *path);
	path->device = ends->device;
	if (ends->to.family == 0)
		path->drop = DROP_NO_REMOTE;
	else if (neigh_lookup(neigh, ends->device, &ends->to, mac) != 0)
		path->drop = DROP_NO_NEIGHBOUR;
	else
		put_headers(path, device, ends, mac);
	return path;
}

void
path_free(void *path)
{
	free(path);
}
