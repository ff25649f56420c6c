/* SPDX-License-Identifier: Apache-2.0
 *
 * rtnetlink, as far as the switch needs it: messages parsed into plain structs by pure
 * functions, and the few requests that it makes of the kernel.  Main thread.  rtnetlink(7),
 * linux/rtnetlink.h. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

#include "dataplane/switch.h"

enum {
	/* Marks neighbour entries that strowger has the kernel keep fresh (NDA_PROTOCOL).  Not
	 * taken in iproute2's rt_protos. */
	NETLINK_PROTOCOL = 83,
};

/* In all of these: addresses have port 0, and `gone` says that the message took it away. */

struct netlink_link {
	int ifindex;
	int vrf; /* that it belongs to; 0: none */
	uint32_t mtu;
	uint8_t mac[6]; /* all 0: it has none of six bytes */
	bool up;        /* administratively, and has a carrier */
	bool bridge;
	bool gone;
	uint8_t reserved[3]; /* 0 */
};

struct netlink_addr {
	int ifindex;
	struct sw_addr addr;
	struct sw_addr broadcast; /* family 0: not stated */
	uint8_t prefix;           /* bits of its network */
	bool usable;              /* IPv6 duplicate detection has passed */
	bool gone;
};

struct netlink_route {
	struct sw_addr dst; /* all 0 with a prefix of 0: the default route */
	unsigned prefix;    /* bits of dst that count */
	int oif;            /* 0: not stated, or several */
	uint32_t mtu;       /* 0: not stated, the interface's */
	uint8_t type;       /* RTN_UNICAST, ... */
	bool cloned;        /* a cache entry, not one of a table */
	struct sw_addr via; /* next hop, perhaps of the other family; family 0: on-link */
	bool gone;
};

struct netlink_neigh {
	int ifindex;
	struct sw_addr addr;
	uint16_t state; /* NUD_* */
	bool managed;   /* NTF_EXT_MANAGED: the kernel keeps it fresh */
	uint8_t protocol;
	bool has_mac;
	uint8_t mac[6];
	bool gone;
};

/* Parse one whole message (its nlmsg_len bytes are there).  0; -EBADMSG: not such a message,
 * too short, or of a family other than IPv4 and IPv6 (a bridge's, say). */
int netlink_parse_link(const struct nlmsghdr *h, struct netlink_link *l);
int netlink_parse_addr(const struct nlmsghdr *h, struct netlink_addr *a);
int netlink_parse_route(const struct nlmsghdr *h, struct netlink_route *r);
int netlink_parse_neigh(const struct nlmsghdr *h, struct netlink_neigh *nb);

/* ---- Requests.  They wait for the answer, which the kernel gives at once. ---- */

/* A route socket of this network namespace.  NULL: errno. */
struct mnl_socket *netlink_open(void);

typedef void netlink_take(const struct nlmsghdr *h, void *arg);

/* Give each message of a dump to TAKE (RTM_GETLINK, RTM_GETADDR, RTM_GETNEIGH; all families).
 * -EINTR: something changed meanwhile and it may have holes, ask again. */
int netlink_dump(struct mnl_socket *s, uint16_t type, netlink_take *take, void *arg);

/* Give the routes of all tables by interface IFINDEX to TAKE, those with several next hops if
 * one is by it; where the kernel cannot choose (before Linux 4.20), all routes.  0; -EINTR as
 * netlink_dump(); -ENODEV. */
int netlink_dump_routes(struct mnl_socket *s, int ifindex, netlink_take *take, void *arg);

/* The interface called NAME.  -ENODEV: none is. */
int netlink_get_link(struct mnl_socket *s, const char *name, struct netlink_link *l);

/* The way that a packet of VRF's (0: of none) from our address SRC to DST takes: type, oif,
 * via, mtu.  -ENETUNREACH and others: there is none. */
int netlink_get_route(struct mnl_socket *s, int vrf, const struct sw_addr *src,
	const struct sw_addr *dst, struct netlink_route *r);

/* Have the kernel resolve ADDR on IFINDEX, and keep it fresh where it can (Linux 5.16).
 * -EEXIST: IS_NEW and it has an entry for it already. */
int netlink_ask_neigh(
	struct mnl_socket *s, int ifindex, const struct sw_addr *addr, bool is_new);
int netlink_del_neigh(struct mnl_socket *s, int ifindex, const struct sw_addr *addr);
/* Have the kernel begin anew with ADDR on IFINDEX when it is next asked for it, instead of
 * waiting for answers, or resting because none came.  -ENOENT: it has no entry for it. */
int netlink_reset_neigh(struct mnl_socket *s, int ifindex, const struct sw_addr *addr);

/* Put ADDR on IFINDEX, in a network of PREFIX bits; usable at once, without duplicate address
 * detection.  0 also when it is there. */
int netlink_add_addr(
	struct mnl_socket *s, int ifindex, const struct sw_addr *addr, unsigned prefix);
