/* SPDX-License-Identifier: Apache-2.0
 *
 * The XDP program of a device of kind `xdp`: takes UDP datagrams to our addresses and media
 * ports, to the mesh's port also those to everybody, and leaves all else to the kernel.  Runs
 * in the kernel, in the interface's receive interrupt, once a packet.  Compiled with clang
 * -target bpf and carried inside strowger-switch. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "dataplane/xdp_filter.h"

enum {
	VLAN_NUMBER = 0x0fff, /* of a tag; 0: it says a priority only.  IEEE 802.1Q */
	IP_FRAGMENT = 0x3fff, /* more fragments, or an offset: RFC 791 */
	IP_LATER = 0x1fff,    /* an offset */
	IP6_LATER = 0xfff8,   /* likewise: RFC 8200 section 4.5 */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, XDP_FILTER_ADDRS);
	__type(key, struct xdp_filter_addr);
	__type(value, struct xdp_filter_ports);
} media SEC(".maps");

/* Mapped into the switch, which may no longer ask for it by then. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} fragments SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} mesh SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, XDP_FILTER_QUEUES);
	__type(key, __u32);
	__type(value, __u32);
} xsks_map SEC(".maps");

/* By the link's own address for everybody: which one IP has for them may change while we run.
 */
static __always_inline int
is_to_everybody(const struct ethhdr *eth)
{
	for (int i = 0; i < ETH_ALEN; i++)
		if (eth->h_dest[i] != 0xff)
			return 0;
	return 1;
}

static __always_inline int
is_ours(const struct ethhdr *eth, const struct xdp_filter_addr *to, __u16 port)
{
	const struct xdp_filter_ports *ports = bpf_map_lookup_elem(&media, to);
	__u32 zero = 0;
	const __u32 *everybody;

	if (port == 0) /* without a mesh its port is 0 */
		return 0;
	if (ports != NULL)
		return port == ports->mesh || (port >= ports->first && port <= ports->last);
	if (!is_to_everybody(eth))
		return 0;
	everybody = bpf_map_lookup_elem(&mesh, &zero);
	return everybody != NULL && port == *everybody;
}

/* Only the first of a datagram's fragments has its port, so none is taken.  UDP, the header of
 * a first one, is NULL in others.  Without the first of media the kernel has nothing to put
 * together, and nobody to tell that no program listens. */
static __always_inline int
judge_fragment(const struct ethhdr *eth, const struct xdp_filter_addr *to,
	const struct udphdr *udp, const void *end)
{
	__u32 zero = 0;
	__u64 *count = bpf_map_lookup_elem(&fragments, &zero);

	if (count != NULL && bpf_map_lookup_elem(&media, to) != NULL)
		__sync_fetch_and_add(count, 1);
	if (udp == NULL || (const void *)(udp + 1) > end ||
		!is_ours(eth, to, bpf_ntohs(udp->dest)))
		return XDP_PASS;
	return XDP_DROP;
}

/* The fragment's own header, then what is in it. */
static __always_inline int
judge_fragment6(
	const struct ethhdr *eth, const struct xdp_filter_addr *to, void *at, void *end)
{
	const struct {
		__u8 next, reserved;
		__be16 offset;
		__be32 id;
	} *fragment = at;
	struct udphdr *udp = NULL;

	if ((void *)(fragment + 1) <= end && fragment->next == IPPROTO_UDP &&
		(fragment->offset & bpf_htons(IP6_LATER)) == 0)
		udp = (void *)(fragment + 1);
	return judge_fragment(eth, to, udp, end);
}

/* The EtherType of ETH's payload, and in *AT where that begins; 0: a VLAN's, or cut off. */
static __always_inline __be16
read_ethernet(const struct ethhdr *eth, void **at, const void *end)
{
	const struct {
		__be16 vlan, type;
	} *tag = *at;

	if (eth->h_proto != bpf_htons(ETH_P_8021Q))
		return eth->h_proto;
	if ((const void *)(tag + 1) > end || (tag->vlan & bpf_htons(VLAN_NUMBER)) != 0)
		return 0;
	*at += sizeof *tag;
	return tag->type;
}

SEC("xdp")
int
strowger_media(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end, *at;
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct xdp_filter_addr to = {};
	struct udphdr *udp;
	__be16 type;

	if ((void *)(eth + 1) > end)
		return XDP_PASS;
	at = eth + 1;
	type = read_ethernet(eth, &at, end);
	if (type == bpf_htons(ETH_P_IP)) {
		struct iphdr *ip = at;

		if ((void *)(ip + 1) > end || ip->protocol != IPPROTO_UDP || ip->ihl < 5)
			return XDP_PASS;
		to.ip[10] = to.ip[11] = 0xff;
		__builtin_memcpy(to.ip + 12, &ip->daddr, 4);
		udp = (void *)ip + ip->ihl * 4;
		if ((ip->frag_off & bpf_htons(IP_FRAGMENT)) != 0)
			return judge_fragment(eth, &to,
				ip->frag_off & bpf_htons(IP_LATER) ? NULL : udp, end);
	} else if (type == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr *ip = at;

		if ((void *)(ip + 1) > end)
			return XDP_PASS;
		__builtin_memcpy(to.ip, &ip->daddr, 16);
		if (ip->nexthdr == IPPROTO_FRAGMENT)
			return judge_fragment6(eth, &to, ip + 1, end);
		if (ip->nexthdr != IPPROTO_UDP) /* no media behind other extension headers */
			return XDP_PASS;
		udp = (void *)(ip + 1);
	} else {
		return XDP_PASS;
	}
	if ((void *)(udp + 1) > end || !is_ours(eth, &to, bpf_ntohs(udp->dest)))
		return XDP_PASS;
	/* No socket on this queue (not yet there, or killed): nobody else gets it. */
	return bpf_redirect_map(&xsks_map, ctx->rx_queue_index, XDP_DROP);
}

char licence[] SEC("license") = "Apache-2.0";
