/* SPDX-License-Identifier: Apache-2.0
 *
 * The question behind neighbour.h: one datagram to the discard port makes the kernel resolve
 * the address, then its neighbour table is read until the answer is there.  rtnetlink(7). */
#include "bench/neighbour.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	DISCARD = 9, /* UDP port, RFC 863 */
	TRIES = 40,
	PAUSE_MS = 50,
};

static int
poke(const struct sw_addr *addr)
{
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} to = {.sa.sa_family = addr->family};
	socklen_t len = addr->family == AF_INET6 ? sizeof to.in6 : sizeof to.in;
	int error = 0, fd = socket(addr->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (addr->family == AF_INET6) {
		to.in6.sin6_port = htons(DISCARD);
		memcpy(&to.in6.sin6_addr, addr->ip, 16);
	} else {
		to.in.sin_port = htons(DISCARD);
		memcpy(&to.in.sin_addr, addr->ip, 4);
	}
	if (sendto(fd, "", 1, 0, &to.sa, len) < 0)
		error = -errno;
	close(fd);
	return error;
}

struct answer {
	int ifindex;
	const struct sw_addr *addr;
	uint8_t *mac;
	bool found;
};

static int
take_neighbour(const struct nlmsghdr *msg, void *data)
{
	struct answer *want = data;
	const struct ndmsg *nd = mnl_nlmsg_get_payload(msg);
	const struct nlattr *attr;
	const void *ip = NULL, *mac = NULL;
	size_t ip_len = want->addr->family == AF_INET6 ? 16 : 4;

	if (nd->ndm_ifindex != want->ifindex ||
		!(nd->ndm_state &
			(NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT)))
		return MNL_CB_OK;
	mnl_attr_for_each(attr, msg, sizeof *nd)
	{
		if (mnl_attr_get_type(attr) == NDA_DST &&
			mnl_attr_get_payload_len(attr) == ip_len)
			ip = mnl_attr_get_payload(attr);
		if (mnl_attr_get_type(attr) == NDA_LLADDR &&
			mnl_attr_get_payload_len(attr) == 6)
			mac = mnl_attr_get_payload(attr);
	}
	if (ip != NULL && mac != NULL && memcmp(ip, want->addr->ip, ip_len) == 0) {
		memcpy(want->mac, mac, 6);
		want->found = true;
	}
	return MNL_CB_OK;
}

/* Read the neighbour table once. */
static int
look(struct mnl_socket *nl, struct answer *want)
{
	char buf[8192]; /* MNL_SOCKET_BUFFER_SIZE is no constant */
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
	struct ndmsg *nd = mnl_nlmsg_put_extra_header(msg, sizeof *nd);
	ssize_t n;

	msg->nlmsg_type = RTM_GETNEIGH;
	msg->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nd->ndm_family = (uint8_t)want->addr->family;
	if (mnl_socket_sendto(nl, msg, msg->nlmsg_len) < 0)
		return -errno;
	do {
		n = mnl_socket_recvfrom(nl, buf, sizeof buf);
		if (n < 0)
			return -errno;
	} while (mnl_cb_run(buf, (size_t)n, 0, 0, take_neighbour, want) == MNL_CB_OK);
	return 0;
}

int
neighbour_find(int ifindex, const struct sw_addr *addr, uint8_t mac[6])
{
	struct answer want = {.ifindex = ifindex, .addr = addr, .mac = mac};
	struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	int error;

	if (nl == NULL)
		return -errno;
	error = poke(addr);
	for (unsigned i = 0; error == 0 && !want.found; i++) {
		if (i == TRIES) {
			error = -EHOSTUNREACH;
			break;
		}
		if (i > 0)
			nanosleep(&pause, NULL);
		error = look(nl, &want);
	}
	mnl_socket_close(nl);
	return error;
}
