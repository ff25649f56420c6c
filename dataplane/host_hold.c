/* SPDX-License-Identifier: Apache-2.0
 *
 * Names that belong to a network namespace: abstract Unix sockets, which vanish with their
 * process.  Anybody may bind such a name, so that what counts is whose sockets they are, which
 * the kernel says: those of root and of our own user.  Who holds a name has a number of its
 * own behind it, for nobody to take it beforehand.  Main thread.  sock_diag(7),
 * linux/unix_diag.h. */
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
#include <time.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>

#include "dataplane/host_inside.h"

#define PREFIX "strowger:"

enum {
	LIST_TRIES = 5, /* that a signal may spoil */
	LOOKS = 2,      /* before a name passes for one that nobody holds */
	PAUSE_MS = 8,   /* at most, between two tries to hold a name */
	UNIQUE = 17,    /* ":" and 16 digits */
};

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void
host_sleep_ms(long ms)
{
	nanosleep(
		&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

int
host_bind_name(const char *name)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int len = snprintf(un.sun_path + 1, sizeof un.sun_path - 1, PREFIX "%s", name);
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

/* ---- The list ---- */

struct listing {
	host_take_name *take;
	void *arg;
};

/* NAME of LEN bytes, as it is bound (an abstract one begins with a zero), to whoever asks. */
static void
give_name(const struct listing *l, const char *name, size_t len)
{
	char text[sizeof(struct sockaddr_un)];

	if (len <= sizeof PREFIX || len >= sizeof text ||
		memcmp(name, "\0" PREFIX, sizeof PREFIX) != 0)
		return;
	memcpy(text, name + sizeof PREFIX, len - sizeof PREFIX);
	text[len - sizeof PREFIX] = '\0';
	l->take(text, l->arg);
}

/* One socket of the kernel's list. */
static int
take_socket(const struct nlmsghdr *h, void *arg)
{
	const struct nlattr *attr, *name = NULL, *owner = NULL;
	const struct listing *l = arg;
	uint32_t uid;

	mnl_attr_for_each(attr, h, sizeof(struct unix_diag_msg))
	{
		if (mnl_attr_get_type(attr) == UNIX_DIAG_NAME)
			name = attr;
		else if (mnl_attr_get_type(attr) == UNIX_DIAG_UID)
			owner = attr;
	}
	if (owner == NULL) { /* a kernel that does not know that question */
		errno = EOPNOTSUPP;
		return MNL_CB_ERROR;
	}
	uid = mnl_attr_get_u32(owner);
	if (name != NULL && (uid == 0 || uid == geteuid()))
		give_name(l, mnl_attr_get_payload(name), mnl_attr_get_payload_len(name));
	return MNL_CB_OK;
}

/* Ask the kernel whose sockets there are.  0 or -errno. */
static int
list_sockets(struct listing *l)
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
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) == 0 &&
		mnl_socket_sendto(nl, h, h->nlmsg_len) > 0)
		do {
			n = mnl_socket_recvfrom(nl, buf, sizeof buf);
			rc = n > 0 ? mnl_cb_run(buf, (size_t)n, 0, mnl_socket_get_portid(nl),
					     take_socket, l)
				   : -1;
		} while (rc > 0);
	rc = rc < 0 ? -errno : 0;
	mnl_socket_close(nl);
	return rc;
}

/* The same names without their owners; an abstract one's zero is written as "@". */
static int
list_anybodys(struct listing *l)
{
	FILE *f = fopen("/proc/self/net/unix", "re");
	char line[512], *at;

	if (f == NULL)
		return -errno;
	while (fgets(line, sizeof line, f) != NULL) {
		if ((at = strstr(line, " @" PREFIX)) == NULL)
			continue;
		at[1] = '\0';
		give_name(l, at + 1, 1 + strcspn(at + 2, "\n"));
	}
	fclose(f);
	return 0;
}

int
host_list_names(host_take_name *take, void *arg)
{
	struct listing l = {take, arg};
	int rc = -EINTR;

	for (unsigned i = 0; i < LIST_TRIES && rc == -EINTR; i++)
		rc = list_sockets(&l);
	/* Without CONFIG_UNIX_DIAG; without sock_diag at all; before Linux 5.3. */
	if (rc == -ENOENT || rc == -EPROTONOSUPPORT || rc == -EOPNOTSUPP)
		rc = list_anybodys(&l);
	return rc;
}

/* ---- Holding one ---- */

/* What is looked for. */
struct search {
	const char *name;
	char own[UNIQUE + 1];
	bool found;
};

/* Is NAME, which somebody has bound, that of another holder? */
static void
look_at(const char *name, void *arg)
{
	struct search *s = arg;
	size_t len = strlen(s->name);

	s->found |= strlen(name) == len + UNIQUE && memcmp(name, s->name, len) == 0 &&
		    strcmp(name + len, s->own) != 0;
}

/* One try. */
static int
try_to_hold(const char *name, uint64_t number)
{
	struct search s = {.name = name};
	char unique[96];
	int fd, rc = 0;

	snprintf(s.own, sizeof s.own, ":%016" PRIx64, number);
	snprintf(unique, sizeof unique, "%s%s", name, s.own);
	if ((fd = host_bind_name(unique)) < 0)
		return fd;
	/* A list may lack a name: host_inside.h. */
	for (unsigned i = 0; i < LOOKS && rc == 0 && !s.found; i++)
		rc = host_list_names(look_at, &s);
	if (rc == 0 && !s.found)
		return fd;
	close(fd);
	return rc != 0 ? rc : -EADDRINUSE;
}

int
host_hold(const char *name, unsigned wait_ms)
{
	int64_t end = now_ms() + wait_ms;

	for (;;) {
		uint64_t number;
		int fd;

		if (getrandom(&number, sizeof number, 0) != sizeof number)
			return -errno;
		fd = try_to_hold(name, number);
		if (fd != -EADDRINUSE || now_ms() >= end)
			return fd;
		/* Two that begin at the same moment see each other, and both give way. */
		host_sleep_ms(1 + (long)(number % PAUSE_MS));
	}
}
