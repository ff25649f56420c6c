/* SPDX-License-Identifier: Apache-2.0
 *
 * rtnetlink messages in and out; netlink.h says which.  Main thread. */
#include "dataplane/netlink.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdalign.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

enum {
	ATTRS = 64, /* attributes numbered higher than that are nothing to us */
};

/* ---- Parsing ---- */

static int
collect(const struct nlattr *attr, void *arg)
{
	const struct nlattr **table = arg;
	uint16_t type = mnl_attr_get_type(attr);

	if (type < ATTRS)
		table[type] = attr;
	return MNL_CB_OK;
}

/* The payload of H, whose fixed part has SIZE bytes, and in TABLE the attributes behind it.
 * NULL: H is neither an ADD nor a DEL (0: there is none), or too short. */
static const void *
open_message(const struct nlmsghdr *h, uint16_t add, uint16_t del, size_t size,
	const struct nlattr *table[ATTRS])
{
	memset(table, 0, ATTRS * sizeof *table);
	if (h->nlmsg_type != add && h->nlmsg_type != del)
		return NULL;
	if (h->nlmsg_len < MNL_NLMSG_HDRLEN + MNL_ALIGN(size))
		return NULL;
	/* Not mnl_attr_parse(): that goes on up to a multiple of four behind the message. */
	mnl_attr_parse_payload(mnl_nlmsg_get_payload_offset(h, size),
		h->nlmsg_len - MNL_NLMSG_HDRLEN - MNL_ALIGN(size), collect, table);
	return mnl_nlmsg_get_payload(h);
}

static size_t
ip_size(int family)
{
	return family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0;
}

static bool
get_u32(const struct nlattr *attr, uint32_t *value)
{
	if (attr == NULL || mnl_attr_get_payload_len(attr) < sizeof *value)
		return false;
	memcpy(value, mnl_attr_get_payload(attr), sizeof *value);
	return true;
}

static bool
get_index(const struct nlattr *attr, int *ifindex)
{
	uint32_t value;

	if (!get_u32(attr, &value))
		return false;
	*ifindex = (int)value;
	return true;
}

static bool
get_ip(const struct nlattr *attr, int family, struct sw_addr *addr)
{
	if (attr == NULL || ip_size(family) == 0 ||
		mnl_attr_get_payload_len(attr) != ip_size(family))
		return false;
	addr->family = (uint16_t)family;
	memcpy(addr->ip, mnl_attr_get_payload(attr), ip_size(family));
	return true;
}

static bool
get_mac(const struct nlattr *attr, uint8_t mac[6])
{
	if (attr == NULL || mnl_attr_get_payload_len(attr) != 6)
		return false;
	memcpy(mac, mnl_attr_get_payload(attr), 6);
	return true;
}

static bool
is_word(const struct nlattr *attr, const char *word)
{
	size_t size = strlen(word) + 1;

	return attr != NULL && mnl_attr_get_payload_len(attr) == size &&
	       memcmp(mnl_attr_get_payload(attr), word, size) == 0;
}

/* What kind of link it is, and of what kind the one that it belongs to. */
static void
get_kinds(struct netlink_link *l, const struct nlattr *linkinfo, const struct nlattr *master)
{
	const struct nlattr *info[ATTRS] = {NULL};

	if (linkinfo == NULL)
		return;
	mnl_attr_parse_payload(mnl_attr_get_payload(linkinfo),
		mnl_attr_get_payload_len(linkinfo), collect, info);
	l->bridge = is_word(info[IFLA_INFO_KIND], "bridge");
	if (is_word(info[IFLA_INFO_SLAVE_KIND], "vrf"))
		get_index(master, &l->vrf);
}

int
netlink_parse_link(const struct nlmsghdr *h, struct netlink_link *l)
{
	const struct nlattr *attr[ATTRS];
	const struct ifinfomsg *m = open_message(h, RTM_NEWLINK, RTM_DELLINK, sizeof *m, attr);

	/* A bridge reports its ports in messages of its own family: leaving one is no
	 * RTM_DELLINK of the interface. */
	if (m == NULL || m->ifi_family != AF_UNSPEC)
		return -EBADMSG;
	*l = (struct netlink_link){.ifindex = m->ifi_index,
		.up = (m->ifi_flags & IFF_UP) != 0 && (m->ifi_flags & IFF_RUNNING) != 0,
		.gone = h->nlmsg_type == RTM_DELLINK};
	get_u32(attr[IFLA_MTU], &l->mtu);
	get_kinds(l, attr[IFLA_LINKINFO], attr[IFLA_MASTER]);
	get_mac(attr[IFLA_ADDRESS], l->mac);
	return 0;
}

int
netlink_parse_addr(const struct nlmsghdr *h, struct netlink_addr *a)
{
	const struct nlattr *attr[ATTRS];
	const struct ifaddrmsg *m = open_message(h, RTM_NEWADDR, RTM_DELADDR, sizeof *m, attr);
	uint32_t flags;

	if (m == NULL)
		return -EBADMSG;
	*a = (struct netlink_addr){.ifindex = (int)m->ifa_index,
		.prefix = m->ifa_prefixlen,
		.gone = h->nlmsg_type == RTM_DELADDR};
	/* On a point-to-point link IFA_ADDRESS is the far end's. */
	if (!get_ip(attr[IFA_LOCAL], m->ifa_family, &a->addr) &&
		!get_ip(attr[IFA_ADDRESS], m->ifa_family, &a->addr))
		return -EBADMSG;
	get_ip(attr[IFA_BROADCAST], m->ifa_family, &a->broadcast);
	if (!get_u32(attr[IFA_FLAGS], &flags))
		flags = m->ifa_flags;
	a->usable = (flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) == 0 ||
		    (flags & IFA_F_OPTIMISTIC) != 0;
	return 0;
}

static bool
get_via(const struct nlattr *attr, struct sw_addr *via)
{
	const struct rtvia *v;
	size_t len;

	if (attr == NULL || mnl_attr_get_payload_len(attr) < sizeof v->rtvia_family)
		return false;
	v = mnl_attr_get_payload(attr);
	len = mnl_attr_get_payload_len(attr) - sizeof v->rtvia_family;
	if (ip_size(v->rtvia_family) == 0 || len != ip_size(v->rtvia_family))
		return false;
	via->family = v->rtvia_family;
	memcpy(via->ip, v->rtvia_addr, len);
	return true;
}

static uint32_t
get_mtu(const struct nlattr *metrics)
{
	const struct nlattr *metric[ATTRS] = {NULL};
	uint32_t mtu = 0;

	if (metrics != NULL) {
		mnl_attr_parse_payload(mnl_attr_get_payload(metrics),
			mnl_attr_get_payload_len(metrics), collect, metric);
		get_u32(metric[RTAX_MTU], &mtu);
	}
	return mtu;
}

int
netlink_parse_route(const struct nlmsghdr *h, struct netlink_route *r)
{
	const struct nlattr *attr[ATTRS];
	const struct rtmsg *m = open_message(h, RTM_NEWROUTE, RTM_DELROUTE, sizeof *m, attr);

	if (m == NULL || ip_size(m->rtm_family) == 0 ||
		m->rtm_dst_len > 8 * ip_size(m->rtm_family))
		return -EBADMSG;
	*r = (struct netlink_route){.dst.family = m->rtm_family,
		.prefix = m->rtm_dst_len,
		.type = m->rtm_type,
		.cloned = (m->rtm_flags & RTM_F_CLONED) != 0,
		.mtu = get_mtu(attr[RTA_METRICS]),
		.gone = h->nlmsg_type == RTM_DELROUTE};
	if (!get_ip(attr[RTA_DST], m->rtm_family, &r->dst) && r->prefix != 0)
		return -EBADMSG;
	get_index(attr[RTA_OIF], &r->oif);
	if (!get_ip(attr[RTA_GATEWAY], m->rtm_family, &r->via))
		get_via(attr[RTA_VIA], &r->via);
	return 0;
}

int
netlink_parse_neigh(const struct nlmsghdr *h, struct netlink_neigh *nb)
{
	const struct nlattr *attr[ATTRS];
	const struct ndmsg *m = open_message(h, RTM_NEWNEIGH, RTM_DELNEIGH, sizeof *m, attr);
	uint32_t flags = 0;

	if (m == NULL)
		return -EBADMSG;
	*nb = (struct netlink_neigh){.ifindex = m->ndm_ifindex,
		.state = m->ndm_state,
		.gone = h->nlmsg_type == RTM_DELNEIGH};
	if (!get_ip(attr[NDA_DST], m->ndm_family, &nb->addr))
		return -EBADMSG;
	nb->has_mac = get_mac(attr[NDA_LLADDR], nb->mac);
	get_u32(attr[NDA_FLAGS_EXT], &flags);
	nb->managed = (flags & NTF_EXT_MANAGED) != 0;
	if (attr[NDA_PROTOCOL] != NULL && mnl_attr_get_payload_len(attr[NDA_PROTOCOL]) == 1)
		nb->protocol = mnl_attr_get_u8(attr[NDA_PROTOCOL]);
	return 0;
}

/* ---- Requests ---- */

/* One request under construction.  None of ours needs more than a few dozen bytes. */
union request {
	struct nlmsghdr h;
	char room[256];
};

static void *
request_init(union request *q, uint16_t type, uint16_t flags, size_t size)
{
	mnl_nlmsg_put_header(q);
	q->h.nlmsg_type = type;
	q->h.nlmsg_flags = NLM_F_REQUEST | flags;
	return mnl_nlmsg_put_extra_header(&q->h, size);
}

static void
request_put_ip(union request *q, uint16_t type, const struct sw_addr *addr)
{
	mnl_attr_put(&q->h, type, ip_size(addr->family), addr->ip);
}

/* How a dump has ended. */
static int
dump_error(const struct nlmsghdr *done)
{
	int error = 0;

	if (mnl_nlmsg_get_payload_len(done) >= sizeof error)
		memcpy(&error, mnl_nlmsg_get_payload(done), sizeof error);
	return error;
}

/* Send Q and give all that is answered to TAKE (NULL: only the acknowledgement counts). */
static int
converse(struct mnl_socket *s, union request *q, netlink_take *take, void *arg)
{
	static uint32_t seq;
	alignas(struct nlmsghdr) char buf[32768]; /* the kernel dumps in pieces of that size */
	bool torn = false;

	q->h.nlmsg_seq = ++seq;
	if (mnl_socket_sendto(s, q, q->h.nlmsg_len) < 0)
		return -errno;
	for (;;) {
		ssize_t n = mnl_socket_recvfrom(s, buf, sizeof buf);
		int left = (int)n;

		if (n < 0)
			return -errno;
		for (const struct nlmsghdr *h = (const void *)buf; mnl_nlmsg_ok(h, left);
			h = mnl_nlmsg_next(h, &left)) {
			if (h->nlmsg_seq != q->h.nlmsg_seq)
				continue; /* of a request that was given up */
			torn |= (h->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
			if (h->nlmsg_type == NLMSG_ERROR)
				return ((const struct nlmsgerr *)mnl_nlmsg_get_payload(h))
					->error;
			if (h->nlmsg_type == NLMSG_DONE)
				return torn ? -EINTR : dump_error(h);
			if (take != NULL)
				take(h, arg);
		}
	}
}

struct mnl_socket *
netlink_open(void)
{
	struct mnl_socket *s = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);

	if (s == NULL)
		return NULL;
	if (mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) != 0) {
		mnl_socket_close(s);
		return NULL;
	}
	return s;
}

int
netlink_dump(struct mnl_socket *s, uint16_t type, netlink_take *take, void *arg)
{
	union request q;

	request_init(&q, type, NLM_F_DUMP, sizeof(struct rtgenmsg)); /* of any family */
	return converse(s, &q, take, arg);
}

int
netlink_dump_routes(struct mnl_socket *s, int ifindex, netlink_take *take, void *arg)
{
	static const unsigned char family[] = {AF_INET, AF_INET6};
	int on = 1, off = 0, rc = 0;
	union request q;

	mnl_socket_setsockopt(s, NETLINK_GET_STRICT_CHK, &on, sizeof on);
	for (unsigned i = 0; i < 2 && rc == 0; i++) {
		struct rtmsg *m = request_init(&q, RTM_GETROUTE, NLM_F_DUMP, sizeof *m);

		m->rtm_family = family[i];
		mnl_attr_put_u32(&q.h, RTA_OIF, (uint32_t)ifindex);
		rc = converse(s, &q, take, arg);
	}
	mnl_socket_setsockopt(s, NETLINK_GET_STRICT_CHK, &off, sizeof off);
	return rc;
}

static void
take_link(const struct nlmsghdr *h, void *arg)
{
	netlink_parse_link(h, arg);
}

int
netlink_get_link(struct mnl_socket *s, const char *name, struct netlink_link *l)
{
	union request q;

	*l = (struct netlink_link){.ifindex = 0};
	if (strlen(name) >= IFNAMSIZ)
		return -ENODEV;
	request_init(&q, RTM_GETLINK, NLM_F_ACK, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(&q.h, IFLA_IFNAME, name);
	return converse(s, &q, take_link, l);
}

static void
take_route(const struct nlmsghdr *h, void *arg)
{
	netlink_parse_route(h, arg);
}

int
netlink_get_route(struct mnl_socket *s, int vrf, const struct sw_addr *src,
	const struct sw_addr *dst, struct netlink_route *r)
{
	union request q;
	struct rtmsg *m = request_init(&q, RTM_GETROUTE, NLM_F_ACK, sizeof *m);

	*r = (struct netlink_route){.oif = 0};
	m->rtm_family = (unsigned char)dst->family;
	m->rtm_dst_len = m->rtm_src_len = (unsigned char)(8 * ip_size(dst->family));
	request_put_ip(&q, RTA_DST, dst);
	request_put_ip(&q, RTA_SRC, src);
	if (vrf != 0)
		mnl_attr_put_u32(&q.h, RTA_OIF, (uint32_t)vrf);
	return converse(s, &q, take_route, r);
}

static int
neigh_request(struct mnl_socket *s, uint16_t type, uint16_t flags, const struct ndmsg *head,
	const struct sw_addr *addr)
{
	union request q;
	struct ndmsg *m = request_init(&q, type, NLM_F_ACK | flags, sizeof *m);

	*m = *head;
	m->ndm_family = (uint8_t)addr->family;
	request_put_ip(&q, NDA_DST, addr);
	if ((m->ndm_flags & NTF_USE) != 0) {
		mnl_attr_put_u8(&q.h, NDA_PROTOCOL, NETLINK_PROTOCOL);
		mnl_attr_put_u32(&q.h, NDA_FLAGS_EXT, NTF_EXT_MANAGED);
	}
	return converse(s, &q, NULL, NULL);
}

int
netlink_ask_neigh(struct mnl_socket *s, int ifindex, const struct sw_addr *addr, bool is_new)
{
	/* A kernel that does not know NTF_EXT_MANAGED still does what NTF_USE says. */
	return neigh_request(s, RTM_NEWNEIGH, NLM_F_CREATE | (is_new ? NLM_F_EXCL : 0),
		&(struct ndmsg){.ndm_ifindex = ifindex, .ndm_flags = NTF_USE}, addr);
}

int
netlink_del_neigh(struct mnl_socket *s, int ifindex, const struct sw_addr *addr)
{
	return neigh_request(
		s, RTM_DELNEIGH, 0, &(struct ndmsg){.ndm_ifindex = ifindex}, addr);
}

int
netlink_reset_neigh(struct mnl_socket *s, int ifindex, const struct sw_addr *addr)
{
	return neigh_request(s, RTM_NEWNEIGH, 0,
		&(struct ndmsg){.ndm_ifindex = ifindex, .ndm_state = NUD_NONE}, addr);
}

int
netlink_add_addr(
	struct mnl_socket *s, int ifindex, const struct sw_addr *addr, unsigned prefix)
{
	union request q;
	struct ifaddrmsg *m = request_init(
		&q, RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, sizeof *m);

	m->ifa_family = (uint8_t)addr->family;
	m->ifa_prefixlen = (uint8_t)prefix;
	m->ifa_index = (uint32_t)ifindex;
	m->ifa_flags = IFA_F_NODAD;
	request_put_ip(&q, IFA_LOCAL, addr);
	request_put_ip(&q, IFA_ADDRESS, addr);
	return converse(s, &q, NULL, NULL);
}
