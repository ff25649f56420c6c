/* SPDX-License-Identifier: Apache-2.0
 *
 * What the devices without a kernel interface below them share: memif, pci, ring, tap, vhost.
 * Without a twin their addresses and neighbours are those of the configuration, and nobody
 * answers ARP.  Main thread. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_jhash.h>

#include "dataplane/device_kinds.h"

enum {
	MTU = 1500, /* where nothing else is said */
};

void
device_choose_mac(struct device *d)
{
	static const uint8_t none[6];
	const struct opt_interface *conf = d->conf;
	uint32_t h;

	memcpy(d->mac, conf->mac, 6);
	if (memcmp(d->mac, none, 6) != 0)
		return;
	h = rte_jhash(conf->name, (uint32_t)strlen(conf->name), 0);
	h = rte_jhash(conf->arg, (uint32_t)strlen(conf->arg), h);
	d->mac[0] = 0x02; /* locally administered */
	d->mac[1] = 's';
	memcpy(d->mac + 2, &h, 4);
}

void
device_choose_mtu(struct device *d, struct rte_mempool *pool)
{
	d->mtu = d->conf->mtu != 0 ? d->conf->mtu : MTU;
	device_limit_mtu(d, device_mbuf_mtu(pool));
}

int
device_bring_up(struct device *d, struct rte_mempool *pool, uint16_t descriptors,
	struct device_fds *fds)
{
	int rc;

	if ((rc = device_setup(d, pool, descriptors, fds)) == 0 && (rc = device_start(d)) == 0)
		return 0;
	device_remove(d);
	return device_fail(d, rc, "cannot set up the port");
}

bool
device_is_server(const struct opt_interface *conf, char path[sizeof conf->arg])
{
	char *role;

	snprintf(path, sizeof conf->arg, "%s", conf->arg);
	role = strrchr(path, ':');
	if (role == NULL || strcmp(role, ":client") != 0)
		return true;
	*role = '\0';
	return false;
}

int
device_clear_socket(const char *path, int type)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd, rc = 0;

	if (access(path, F_OK) != 0)
		return 0;
	snprintf(un.sun_path, sizeof un.sun_path, "%s", path);
	/* Who listens and takes nobody, as one that is stopped, would keep us waiting. */
	if ((fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&un, sizeof un) == 0 || errno == EAGAIN)
		rc = -EADDRINUSE;
	else if (errno != ECONNREFUSED || unlink(path) != 0)
		rc = -errno;
	close(fd);
	return rc;
}
