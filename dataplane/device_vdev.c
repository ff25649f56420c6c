/* SPDX-License-Identifier: Apache-2.0
 *
 * Devices without a kernel interface below them: addresses and neighbours are those of the
 * configuration, nobody answers ARP.  Main thread.
 *
 *   memif:PATH          shared memory with another process, which connects to the socket PATH
 *   memif:PATH:client   the same, connecting to who listens there
 *   ring:NAME           for tests: rings in the process, NAME_rx (to us) and NAME_tx
 *
 * The peer of a memif shares memory with us and DPDK's driver does not check what it writes
 * there: for programs that are trusted as strowger itself is, and for benches.  The driver
 * also leaves its listening socket with EAL's interrupt thread, which may look at it while
 * rte_eal_cleanup() unmaps EAL's memory: end the process without that.
 *
 * tap, vhost and pci (design.md section 5) join here: a row below and one in device.c each;
 * the twin TAP that gives all of them a kernel side belongs between probe() and steer. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_jhash.h>
#include <rte_ring.h>

#include "dataplane/device_kinds.h"
#include "dataplane/log.h"

enum {
	DESCRIPTORS = 1024,
	MTU = 1500,          /* where nothing else is said */
	MEMIF_BUFFER = 2048, /* bytes; larger ones for a larger MTU */
};

/* ---- Common ---- */

/* As configured; else one of our own that stays the same over restarts: the far side may have
 * it in its configuration. */
static void
choose_mac(struct device *d)
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

static void
choose_mtu(struct device *d, struct rte_mempool *pool)
{
	d->mtu = d->conf->mtu != 0 ? d->conf->mtu : MTU;
	device_limit_mtu(d, device_mbuf_mtu(pool));
}

/* Queues and start; on failure the port is gone again. */
static int
bring_up(struct device *d, struct rte_mempool *pool)
{
	int rc;

	if ((rc = device_setup(d, pool, DESCRIPTORS)) == 0 && (rc = device_start(d)) == 0)
		return 0;
	device_remove(d);
	return device_fail(d, rc, "cannot set up the port");
}

/* ---- memif ---- */

/* PATH and role out of "PATH" or "PATH:client". */
static bool
read_memif(const struct opt_interface *conf, char path[sizeof conf->arg])
{
	char *role;

	snprintf(path, sizeof conf->arg, "%s", conf->arg);
	role = strrchr(path, ':');
	if (role == NULL || strcmp(role, ":client") != 0)
		return true;
	*role = '\0';
	return false;
}

/* Remove the socket that a killed server left.  -EADDRINUSE: somebody listens. */
static int
clear_socket(const char *path)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd, rc = 0;

	if (access(path, F_OK) != 0)
		return 0;
	snprintf(un.sun_path, sizeof un.sun_path, "%s", path);
	if ((fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&un, sizeof un) == 0)
		rc = -EADDRINUSE;
	else if (errno != ECONNREFUSED || unlink(path) != 0)
		rc = -errno;
	close(fd);
	return rc;
}

static int
memif_open(struct device *d, struct rte_mempool *pool)
{
	char path[sizeof d->conf->arg];
	bool server = read_memif(d->conf, path);
	int rc;

	choose_mac(d);
	choose_mtu(d, pool);
	if (server && (rc = clear_socket(path)) != 0)
		return device_fail(d, rc, "cannot listen on the socket");
	rc = device_probe(d, "net_memif",
		"role=%s,socket=%s,socket-abstract=no,bsize=%u,mac=%02x:%02x:%02x:%02x:%02x:%02x",
		server ? "server" : "client", path,
		RTE_MAX(MEMIF_BUFFER, RTE_ALIGN(d->mtu + RTE_ETHER_HDR_LEN, 64)), d->mac[0],
		d->mac[1], d->mac[2], d->mac[3], d->mac[4], d->mac[5]);
	return rc != 0 ? rc : bring_up(d, pool);
}

const struct device_kind device_memif = {
	.name = "memif",
	.help = "shared memory with a trusted process on this host",
	.mbufs = 2048,
	.open = memif_open,
	.close = device_remove,
};

/* ---- ring ---- */

/* The ring NAME_SUFFIX, which whoever feeds or drains it may have created already. */
static struct rte_ring *
get_ring(const char *name, const char *suffix)
{
	char full[RTE_RING_NAMESIZE];
	struct rte_ring *r;
	int len = snprintf(full, sizeof full, "%s_%s", name, suffix);

	if (len < 0 || (size_t)len >= sizeof full)
		return NULL;
	if ((r = rte_ring_lookup(full)) == NULL)
		r = rte_ring_create(full, DESCRIPTORS, SOCKET_ID_ANY, 0);
	return r;
}

static int
ring_open(struct device *d, struct rte_mempool *pool)
{
	struct rte_ring *rx = get_ring(d->conf->arg, "rx"), *tx = get_ring(d->conf->arg, "tx");
	int port;

	choose_mac(d);
	choose_mtu(d, pool);
	if (rx == NULL || tx == NULL ||
		(port = rte_eth_from_rings(d->conf->name, &rx, 1, &tx, 1, SOCKET_ID_ANY)) < 0)
		return device_fail(d, -ENOMEM, "cannot make a port of the rings");
	d->port_id = (uint16_t)port;
	return bring_up(d, pool);
}

const struct device_kind device_ring = {
	.name = "ring",
	.help = "rings within the process, for tests",
	.mbufs = 1024,
	.open = ring_open,
	.close = device_remove, /* the rings stay: they are not the device's alone */
};
