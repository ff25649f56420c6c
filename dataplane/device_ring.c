/* SPDX-License-Identifier: Apache-2.0
 *
 * Devices of kind `ring`: rings in the process, for tests and benches that feed and drain them
 * by name.  Of ring:NAME queue 0 has NAME_rx (to us) and NAME_tx, queue N NAME_rxN and
 * NAME_txN. Main thread. */
#include <errno.h>
#include <stdio.h>

#include <rte_eth_ring.h>
#include <rte_ring.h>

#include "dataplane/device_kinds.h"

enum {
	DESCRIPTORS = 1024,
};

/* The ring of queue Q, which whoever feeds or drains it may have made already. */
static struct rte_ring *
get_ring(const char *name, const char *suffix, unsigned q)
{
	char full[RTE_RING_NAMESIZE], number[sizeof "4294967295"] = "";
	struct rte_ring *r;
	int len;

	if (q > 0)
		snprintf(number, sizeof number, "%u", q);
	len = snprintf(full, sizeof full, "%s_%s%s", name, suffix, number);
	if (len < 0 || (size_t)len >= sizeof full)
		return NULL;
	if ((r = rte_ring_lookup(full)) == NULL)
		r = rte_ring_create(full, DESCRIPTORS, SOCKET_ID_ANY, 0);
	return r;
}

static int
ring_open(struct device *d, struct rte_mempool *pool)
{
	struct rte_ring *rx[SW_CORES], *tx[SW_CORES];
	int port;

	device_choose_mac(d);
	device_choose_mtu(d, pool);
	for (unsigned q = 0; q < d->queues; q++) {
		rx[q] = get_ring(d->conf->arg, "rx", q);
		tx[q] = get_ring(d->conf->arg, "tx", q);
		if (rx[q] == NULL || tx[q] == NULL)
			return device_fail(d, -ENOMEM, "cannot make the rings");
	}
	port = rte_eth_from_rings(d->conf->name, rx, d->queues, tx, d->queues, SOCKET_ID_ANY);
	if (port < 0)
		return device_fail(d, -ENOMEM, "cannot make a port of the rings");
	d->port_id = (uint16_t)port;
	return device_bring_up(d, pool, DESCRIPTORS, NULL);
}

const struct device_kind device_ring = {
	.name = "ring",
	.help = "rings within the process, for tests",
	.mbufs = 1024,
	.mbufs_queue = 1024,
	.open = ring_open,
	.close = device_remove, /* the rings stay: they are not the device's alone */
};
