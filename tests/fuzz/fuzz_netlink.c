/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzzes dataplane/netlink.c: bytes as the kernel would send them, a row of rtnetlink
 * messages, each copied to a heap block of its own length so that a sanitizer sees a byte read
 * beyond it. */
#include <arpa/inet.h>
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/netlink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* No family but IP's, and nothing behind the bytes that its addresses have. */
static void
check(const struct sw_addr *a, bool may_be_none)
{
	static const uint8_t zero[12];

	assert(a->port == 0);
	assert(a->family == AF_INET || a->family == AF_INET6 ||
		(may_be_none && a->family == 0));
	assert(a->family != AF_INET || memcmp(a->ip + 4, zero, sizeof zero) == 0);
}

static void
parse(const struct nlmsghdr *h)
{
	struct netlink_link l;
	struct netlink_addr a;
	struct netlink_route r;
	struct netlink_neigh n;

	netlink_parse_link(h, &l);
	if (netlink_parse_addr(h, &a) == 0)
		check(&a.addr, false);
	if (netlink_parse_route(h, &r) == 0) {
		check(&r.dst, false);
		check(&r.via, true);
		assert(r.prefix <= (r.dst.family == AF_INET ? 32 : 128));
	}
	if (netlink_parse_neigh(h, &n) == 0)
		check(&n.addr, false);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nlmsghdr head, *h;

	while (size >= sizeof head) {
		memcpy(&head, data, sizeof head);
		if (head.nlmsg_len < sizeof head || head.nlmsg_len > size)
			return 0;
		if ((h = malloc(head.nlmsg_len)) == NULL)
			return 0;
		memcpy(h, data, head.nlmsg_len);
		parse(h);
		free(h);
		if (MNL_ALIGN(head.nlmsg_len) >= size)
			return 0;
		data += MNL_ALIGN(head.nlmsg_len);
		size -= MNL_ALIGN(head.nlmsg_len);
	}
	return 0;
}
