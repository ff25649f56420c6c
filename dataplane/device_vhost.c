/* SPDX-License-Identifier: Apache-2.0
 *
 * Devices of kind `vhost`: the host's side of a virtio network card, for a virtual machine or
 * for a program with virtio-user.  Main thread.
 *
 *   vhost:PATH          it connects to the socket PATH (QEMU: chardev ... ,server=off)
 *   vhost:PATH:client   we connect to who listens there, and again whenever it comes back
 *
 * Either way the peer may end, be killed and return: the driver keeps the cores off its memory
 * meanwhile.
 *
 * One queue unless the configuration asks for more: what we send by one that the peer has not
 * enabled is lost, and how many it will enable nobody knows before it is there. */
#include <stddef.h>
#include <sys/socket.h>

#include "dataplane/device_kinds.h"

enum {
	DESCRIPTORS = 1024,
};

static int
vhost_open(struct device *d, struct rte_mempool *pool)
{
	char path[sizeof d->conf->arg];
	bool server = device_is_server(d->conf, path);
	int rc;

	if (d->conf->queues == 0)
		d->queues = 1;
	device_choose_mac(d);
	device_choose_mtu(d, pool);
	if (server && (rc = device_clear_socket(path, SOCK_STREAM)) != 0)
		return device_fail(d, rc, "cannot listen on the socket");
	rc = device_probe(d, "iface=%s,queues=%u,client=%d", path, d->queues, !server);
	return rc != 0 ? rc : device_bring_up(d, pool, DESCRIPTORS, NULL);
}

const struct device_kind device_vhost = {
	.name = "vhost",
	.help = "a virtio network card of a virtual machine on this host",
	.driver = "net_vhost",
	.mbufs = 2048,
	.mbufs_queue = 1024,
	.open = vhost_open,
	.close = device_remove,
};
