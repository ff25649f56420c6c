/* SPDX-License-Identifier: Apache-2.0
 *
 * Devices of kind `pci`: a NIC that DPDK alone drives (vfio-pci, or a bifurcated driver), by
 * its PCI address: pci:0000:3b:00.0.  EAL has found it by then (eal.c), or [dpdk] extra_args
 * has made a port of that name, which is how the way from here on is tested without a NIC.
 * Main thread. */
#include <errno.h>
#include <string.h>

#include <rte_ethdev.h>

#include "dataplane/device_kinds.h"
#include "dataplane/log.h"

enum {
	DESCRIPTORS = 1024,
};

/* The NIC filters by its own address, so that is ours unless it can be told another. */
static int
set_mac(struct device *d)
{
	static const uint8_t none[6];
	struct rte_ether_addr mac;

	if (memcmp(d->conf->mac, none, 6) == 0)
		return 0;
	memcpy(d->mac, d->conf->mac, 6);
	memcpy(mac.addr_bytes, d->mac, 6);
	return rte_eth_dev_default_mac_addr_set(d->port_id, &mac);
}

/* Some drivers have one MTU and no other. */
static int
set_mtu(struct device *d)
{
	int rc = rte_eth_dev_set_mtu(d->port_id, d->mtu);
	uint16_t theirs;

	if (rc != -ENOTSUP)
		return rc;
	rc = rte_eth_dev_get_mtu(d->port_id, &theirs);
	d->mtu = RTE_MIN(d->mtu, theirs);
	return rc;
}

static int
bring_up(struct device *d, struct rte_mempool *pool)
{
	int rc;

	device_choose_mtu(d, pool);
	if ((rc = device_setup(d, pool, DESCRIPTORS, NULL)) != 0 || (rc = set_mtu(d)) != 0 ||
		(rc = set_mac(d)) != 0 || (rc = device_start(d)) != 0)
		return device_fail(d, rc, "cannot set up the port");
	return 0;
}

static void
pci_close(struct device *d)
{
	rte_eth_dev_stop(d->port_id);
	rte_eth_dev_close(d->port_id);
}

static int
pci_open(struct device *d, struct rte_mempool *pool)
{
	int rc = rte_eth_dev_get_port_by_name(d->conf->arg, &d->port_id);

	if (rc != 0) {
		log_err("interface %s: DPDK has no port %s: is the NIC bound to vfio-pci "
			"(`dpdk-devbind.py --status`), and its IOMMU group free?\n",
			d->conf->name, d->conf->arg);
		return rc;
	}
	if ((rc = bring_up(d, pool)) != 0)
		pci_close(d);
	return rc;
}

const struct device_kind device_pci = {
	.name = "pci",
	.help = "a NIC that DPDK drives by itself, by its PCI address",
	.mbufs = 8192,
	.mbufs_queue =
		4096, /* 1,024 in each ring, as many on their way, and what the cores hold */
	.open = pci_open,
	.close = pci_close,
};
