/* SPDX-License-Identifier: Apache-2.0
 *
 * Devices of kind `memif`: shared memory with another process.  Main thread.
 *
 *   memif:PATH          it connects to the socket PATH
 *   memif:PATH:client   we connect to who listens there
 *
 * The peer shares memory with us and DPDK's driver does not check what it writes there: for
 * programs that are trusted as strowger itself is, and for benches.  The driver also leaves
 * its listening socket with EAL's interrupt thread, which may look at it while
 * rte_eal_cleanup() unmaps EAL's memory: end the process without that.
 *
 * One queue: two ends agree on the lower of their numbers when they connect, but the port goes
 * on polling all that it was set up with, and reads those that are not there out of the middle
 * of the shared memory. */
#include <stddef.h>
#include <sys/socket.h>

#include <rte_common.h>
#include <rte_ether.h>

#include "dataplane/device_kinds.h"

enum {
	DESCRIPTORS = 1024,
	BUFFER = 2048, /* bytes; larger ones for a larger MTU */
};

static int
memif_open(struct device *d, struct rte_mempool *pool)
{
	char path[sizeof d->conf->arg];
	bool server = device_is_server(d->conf, path);
	int rc;

	d->queues = 1;
	device_choose_mac(d);
	device_choose_mtu(d, pool);
	if (server && (rc = device_clear_socket(path, SOCK_SEQPACKET)) != 0)
		return device_fail(d, rc, "cannot listen on the socket");
	rc = device_probe(d,
		"role=%s,socket=%s,socket-abstract=no,bsize=%u,mac=%02x:%02x:%02x:%02x:%02x:%02x",
		server ? "server" : "client", path,
		RTE_MAX(BUFFER, RTE_ALIGN(d->mtu + RTE_ETHER_HDR_LEN, 64)), d->mac[0],
		d->mac[1], d->mac[2], d->mac[3], d->mac[4], d->mac[5]);
	return rc != 0 ? rc : device_bring_up(d, pool, DESCRIPTORS, NULL);
}

const struct device_kind device_memif = {
	.name = "memif",
	.help = "shared memory with a trusted process on this host",
	.driver = "net_memif",
	.mbufs = 2048,
	.open = memif_open,
	.close = device_remove,
};
