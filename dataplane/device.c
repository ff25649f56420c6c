/* SPDX-License-Identifier: Apache-2.0
 *
 * The kinds of device, and what all of them do with DPDK's ethdev.  Main thread. */
#include "dataplane/device.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <rte_dev.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "dataplane/device_kinds.h"
#include "dataplane/log.h"
#include "dataplane/netlink.h"

static const struct device_kind *const kinds[] = {
	&device_xdp,
	&device_packet,
	&device_memif,
	&device_ring,
};

const struct device_kind *
device_kind(const char *name)
{
	for (unsigned i = 0; i < RTE_DIM(kinds); i++)
		if (strcmp(kinds[i]->name, name) == 0)
			return kinds[i];
	return NULL;
}

int
device_open(struct device *d, const struct opt_interface *conf, struct rte_mempool *pool)
{
	const struct device_kind *kind = device_kind(conf->kind);
	int rc;

	*d = (struct device){
		.kind = kind, .conf = conf, .wait_fd = -1, .port_id = RTE_MAX_ETHPORTS};
	if (kind == NULL) {
		log_err("interface %s: there is no kind of device called %s\n", conf->name,
			conf->kind);
		return -EINVAL;
	}
	if (rte_mempool_avail_count(pool) < kind->mbufs) {
		log_err("interface %s: %s needs a pool of %u packet buffers, this one has %u\n",
			conf->name, kind->name, kind->mbufs, rte_mempool_avail_count(pool));
		return -ENOBUFS;
	}
	if ((rc = kind->open(d, pool)) != 0) {
		d->kind = NULL;
		return rc;
	}
	log_info("interface %s: %s:%s is open, MTU %u\n", conf->name, kind->name, conf->arg,
		d->mtu);
	return 0;
}

void
device_close(struct device *d)
{
	if (d->kind != NULL)
		d->kind->close(d);
	d->kind = NULL;
}

uint64_t
device_fragments(const struct device *d)
{
	return d->kind->fragments != NULL ? d->kind->fragments(d) : 0;
}

/* ---- What the kinds share ---- */

int
device_fail(const struct device *d, int rc, const char *what)
{
	log_err("interface %s: %s (%s:%s): %s\n", d->conf->name, what, d->kind->name,
		d->conf->arg, strerror(-rc));
	return rc;
}

int
device_find_kernel(struct device *d)
{
	static const uint8_t none[6];
	const struct opt_interface *conf = d->conf;
	struct mnl_socket *s = netlink_open();
	struct netlink_link l;
	int rc;

	if (s == NULL)
		return -errno;
	rc = netlink_get_link(s, conf->arg, &l);
	mnl_socket_close(s);
	if (rc != 0) {
		log_err("interface %s: there is no kernel interface %s (`ip link` lists them): %s\n",
			conf->name, conf->arg, strerror(-rc));
		return rc;
	}
	if (memcmp(l.mac, none, 6) == 0) {
		log_err("interface %s: %s is not an Ethernet interface\n", conf->name,
			conf->arg);
		return -EINVAL;
	}
	if (memcmp(conf->mac, none, 6) != 0 && memcmp(conf->mac, l.mac, 6) != 0) {
		log_err("interface %s: %s has a MAC address of its own, mac= is for devices "
			"without a kernel interface\n",
			conf->name, conf->arg);
		return -EINVAL;
	}
	d->ifindex = l.ifindex;
	memcpy(d->mac, l.mac, 6);
	d->mtu = (uint16_t)RTE_MIN(l.mtu, UINT16_MAX);
	if (conf->mtu != 0)
		d->mtu = RTE_MIN(d->mtu, conf->mtu);
	return 0;
}

int
device_probe(struct device *d, const char *driver, const char *fmt, ...)
{
	char name[RTE_DEV_NAME_MAX_LEN], args[512];
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = vsnprintf(args, sizeof args, fmt, ap);
	va_end(ap);
	if (rc < 0 || (size_t)rc >= sizeof args)
		return device_fail(d, -ENAMETOOLONG, "cannot tell DPDK what to open");
	snprintf(name, sizeof name, "%s_%s", driver, d->conf->name);
	if ((rc = rte_eal_hotplug_add("vdev", name, args)) == 0)
		rc = rte_eth_dev_get_port_by_name(name, &d->port_id);
	return rc == 0 ? 0 : device_fail(d, rc, "cannot open DPDK's driver");
}

unsigned
device_mbuf_mtu(struct rte_mempool *pool)
{
	return rte_pktmbuf_data_room_size(pool) - RTE_PKTMBUF_HEADROOM - RTE_ETHER_HDR_LEN;
}

void
device_limit_mtu(struct device *d, unsigned most)
{
	if (d->mtu <= most)
		return;
	log_warn("interface %s: packet buffers hold %u bytes of IP packet, of an MTU of %u\n",
		d->conf->name, most, d->mtu);
	d->mtu = (uint16_t)most;
}

int
device_setup(struct device *d, struct rte_mempool *pool, uint16_t descriptors)
{
	static const uint64_t cksum =
		RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_UDP_CKSUM;
	struct rte_eth_conf conf = {.rxmode.mq_mode = RTE_ETH_MQ_RX_NONE};
	uint16_t rx = descriptors, tx = descriptors;
	struct rte_eth_dev_info info;
	int rc;

	if ((rc = rte_eth_dev_info_get(d->port_id, &info)) != 0)
		return rc;
	d->tx_cksum = (info.tx_offload_capa & cksum) == cksum;
	if (d->tx_cksum)
		conf.txmode.offloads = cksum;
	if ((rc = rte_eth_dev_configure(d->port_id, 1, 1, &conf)) != 0 ||
		(rc = rte_eth_dev_adjust_nb_rx_tx_desc(d->port_id, &rx, &tx)) != 0 ||
		(rc = rte_eth_rx_queue_setup(d->port_id, 0, rx, SOCKET_ID_ANY, NULL, pool)) !=
			0)
		return rc;
	return rte_eth_tx_queue_setup(d->port_id, 0, tx, SOCKET_ID_ANY, NULL);
}

int
device_start(struct device *d)
{
	static const uint8_t none[6];
	struct rte_ether_addr mac;
	int rc;

	if ((rc = rte_eth_dev_start(d->port_id)) != 0)
		return rc;
	if (memcmp(d->mac, none, 6) == 0 && (rc = rte_eth_macaddr_get(d->port_id, &mac)) == 0)
		memcpy(d->mac, mac.addr_bytes, 6);
	return rc;
}

void
device_remove(struct device *d)
{
	char name[RTE_DEV_NAME_MAX_LEN];

	if (d->port_id == RTE_MAX_ETHPORTS)
		return;
	if (rte_eth_dev_get_name_by_port(d->port_id, name) != 0)
		return;
	rte_eth_dev_stop(d->port_id);
	rte_eal_hotplug_remove("vdev", name); /* closes the port */
	d->port_id = RTE_MAX_ETHPORTS;
}

void
device_list_sockets(struct device_sockets *s, int domain)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *e;

	*s = (struct device_sockets){.domain = domain};
	while (dir != NULL && (e = readdir(dir)) != NULL) {
		int fd = atoi(e->d_name), found;
		socklen_t len = sizeof found;

		if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &found, &len) == 0 &&
			found == domain && s->n < (int)RTE_DIM(s->fd))
			s->fd[s->n++] = fd;
	}
	if (dir != NULL)
		closedir(dir);
}

int
device_new_socket(const struct device_sockets *before)
{
	struct device_sockets now;

	device_list_sockets(&now, before->domain);
	for (int i = 0; i < now.n; i++) {
		bool known = false;

		for (int b = 0; b < before->n; b++)
			known |= before->fd[b] == now.fd[i];
		if (!known)
			return now.fd[i];
	}
	return -1;
}
