/* SPDX-License-Identifier: Apache-2.0
 *
 * Names that only one process of a network namespace holds: abstract Unix sockets, which
 * vanish with their process.  Anybody may bind such a name, so that what counts is whose
 * sockets they are, which the kernel says: those of root and of our own user.  Each holder has
 * a number of its own behind the name, for nobody to take it beforehand.  Main thread.
 * sock_diag(7), linux/unix_diag.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>

#include "dataplane/host_inside.h"

enum {
	TRIES = 5,   /* two that begin at the same moment see each other, and both give way */
	UNIQUE = 17, /* ":" and 16 digits */
};

int
host_bind_name(const char *name)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int len = snprintf(un.sun_path + 1, sizeof un.sun_path - 1, "strowger:%s", name);
	int fd;

	if (len < 0 || (size_t)len >= sizeof un.sun_path - 1)
		return -ENAMETOOLONG;
	if ((fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&un,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)len)) !=
		0) {
		len = -errno;
		close(fd);
		return len;
	}
	return fd;
}

/* What is looked for in the kernel's list. */
struct search {
	char name[sizeof(struct sockaddr_un)]; /* as it is bound, without the number */
	char own[UNIQUE + 1];
	bool found;
};

/* One socket of the list: is it another holder's? */
static int
look_at(const struct nlmsghdr *h, void *arg)
{
	struct search *s = arg;
	const struct nlattr *attr, *name = NULL;
	uint32_t uid = UINT32_MAX;
	size_t len = strlen(s->name);

	mnl_attr_for_each(attr, h, sizeof(struct unix_diag_msg))
	{
		if (mnl_attr_get_type(attr) == UNIX_DIAG_NAME)
			name = attr;
		else if (mnl_attr_get_type(attr) == UNIX_DIAG_UID)
			uid = mnl_attr_get_u32(attr);
	}
	if (name == NULL || mnl_attr_get_payload_len(name) != 1 + len + UNIQUE ||
		(uid != 0 && uid != geteuid()))
		return MNL_CB_OK;
	/* An abstract name begins with a zero. */
	if (memcmp(mnl_attr_get_payload(name), "", 1) == 0 &&
		memcmp((const char *)mnl_attr_get_payload(name) + 1, s->name, len) == 0 &&
		memcmp((const char *)mnl_attr_get_payload(name) + 1 + len, s->own, UNIQUE) !=
			0)
		s->found = true;
	return MNL_CB_OK;
}

/* Does somebody else hold the name?  1, 0, or -errno. */
static int
is_held(struct search *s)
{
	alignas(struct nlmsghdr) char buf[16384];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct unix_diag_req *req;
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);
	ssize_t n = 0;
	int rc = -1;

	if (nl == NULL)
		return -errno;
	h->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	req = mnl_nlmsg_put_extra_header(h, sizeof *req);
	*req = (struct unix_diag_req){.sdiag_family = AF_UNIX,
		.udiag_states = UINT32_MAX,
		.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_UID};
	s->found = false;
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) == 0 &&
		mnl_socket_sendto(nl, h, h->nlmsg_len) > 0)
		do {
			n = mnl_socket_recvfrom(nl, buf, sizeof buf);
			rc = n > 0 ? mnl_cb_run(buf, (size_t)n, 0, mnl_socket_get_portid(nl),
					     look_at, s)
				   : -1;
		} while (rc > 0);
	rc = rc < 0 ? -errno : s->found;
	mnl_socket_close(nl);
	return rc;
}

/* One try; *AGAIN: another may help. */
static int
try_to_hold(const char *name, uint64_t number, bool *again)
{
	struct search s = {.found = false};
	char unique[96];
	int fd, held;

	*again = false;
	snprintf(s.own, sizeof s.own, ":%016" PRIx64, number);
	snprintf(s.name, sizeof s.name, "strowger:%s", name);
	snprintf(unique, sizeof unique, "%s%s", name, s.own);
	if ((fd = host_bind_name(unique)) < 0)
		return fd;
	if ((held = is_held(&s)) == 0)
		return fd;
	close(fd);
	if (held < 0) /* a kernel without that list: who comes first has it */
		return host_bind_name(name);
	*again = true;
	return -EADDRINUSE;
}

int
host_hold(const char *name)
{
	bool again = true;
	int fd = -EADDRINUSE;

	for (unsigned i = 0; i < TRIES && again; i++) {
		uint64_t number;

		if (getrandom(&number, sizeof number, 0) != sizeof number)
			return -errno;
		if (i > 0)
			host_sleep_ms(1 + (long)(number % HOST_STEP_MS));
		fd = try_to_hold(name, number, &again);
	}
	return fd;
}
