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
#include <unistd.h>

#include <rte_dev.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "dataplane/crossing.h"
#include "dataplane/device_kinds.h"
#include "dataplane/log.h"
#include "dataplane/netlink.h"
#include "dataplane/twin.h"

enum {
	CORE = 512, /* packets that a core has in hand, and in its cache of the mempool */
};

static const struct device_kind *const kinds[] = {
	&device_xdp,
	&device_packet,
	&device_pci,
	&device_vhost,
	&device_tap,
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

/* How many queues to ask a driver for. */
static uint16_t
wanted_queues(const struct opt_interface *conf, unsigned queues)
{
	if (conf->queues != 0)
		queues = RTE_MIN(queues, (unsigned)conf->queues);
	return (uint16_t)RTE_MAX(1u, RTE_MIN(queues, (unsigned)SW_CORES));
}

uint32_t
device_mbufs(const struct opt_interface *conf, unsigned cores, unsigned transcoders)
{
	const struct device_kind *kind = device_kind(conf->kind);
	uint32_t more = cores - 1; /* cores than the one that the kind's number is made for */

	if (kind == NULL)
		return 0;
	return kind->mbufs + (wanted_queues(conf, cores) - 1u) * kind->mbufs_queue +
	       more * (CORE + cores * CROSSING_RING) +
	       cores * transcoders * CROSSING_RING_TRANSCODER;
}

struct rte_mempool *
device_pool(const struct opt_interface *conf, const char *name, uint32_t mbufs, unsigned cache,
	uint16_t priv)
{
	const struct device_kind *kind = device_kind(conf->kind);
	struct rte_pktmbuf_pool_private is = {
		.mbuf_data_room_size = RTE_MBUF_DEFAULT_BUF_SIZE, .mbuf_priv_size = priv};

	return rte_mempool_create(name, mbufs,
		(unsigned)sizeof(struct rte_mbuf) + priv + RTE_MBUF_DEFAULT_BUF_SIZE, cache,
		sizeof is, rte_pktmbuf_pool_init, &is, rte_pktmbuf_init, NULL, SOCKET_ID_ANY,
		kind != NULL ? kind->pool_flags : 0);
}

int
device_open(struct device *d, const struct opt_interface *conf, struct rte_mempool *pool,
	unsigned queues)
{
	const struct device_kind *kind = device_kind(conf->kind);
	uint32_t least;
	int rc;

	*d = (struct device){.kind = kind,
		.conf = conf,
		.queues = wanted_queues(conf, queues),
		.port_id = RTE_MAX_ETHPORTS};
	for (unsigned q = 0; q < SW_CORES; q++)
		d->wait_fd[q] = -1;
	if (kind == NULL) {
		log_err("interface %s: there is no kind of device called %s\n", conf->name,
			conf->kind);
		return -EINVAL;
	}
	least = kind->mbufs + (d->queues - 1u) * kind->mbufs_queue;
	if (rte_mempool_avail_count(pool) < least) {
		log_err("interface %s: %s with %u queues needs a pool of %u packet buffers, this "
			"one has %u\n",
			conf->name, kind->name, d->queues, least,
			rte_mempool_avail_count(pool));
		return -ENOBUFS;
	}
	if ((rc = kind->open(d, pool)) != 0) {
		d->kind = NULL;
		return rc;
	}
	d->was_up = !kind->kernel && device_is_up(d);
	log_info("interface %s: %s:%s is open, MTU %u, %u queue%s\n", conf->name, kind->name,
		conf->arg, d->mtu, d->queues, d->queues == 1 ? "" : "s");
	return 0;
}

void
device_close(struct device *d)
{
	if (d->kind != NULL)
		d->kind->close(d);
	d->kind = NULL;
}

bool
device_is_up(const struct device *d)
{
	struct rte_eth_link link;

	if (d->kind->is_up != NULL)
		return d->kind->is_up(d);
	return rte_eth_link_get_nowait(d->port_id, &link) == 0 && link.link_status;
}

bool
device_watch_link(struct device *d)
{
	bool up;

	if (d->kind->kernel || (up = device_is_up(d)) == d->was_up)
		return false;
	d->was_up = up;
	if (d->twin != NULL)
		twin_set_carrier(d->twin, up);
	return true;
}

void
device_count(const struct device *d, struct sw_device *to)
{
	struct rte_eth_stats s = {.ipackets = 0};

	if (d->kind->count != NULL)
		d->kind->count(d, &s);
	else if (rte_eth_stats_get(d->port_id, &s) != 0)
		return;
	atomic_store_explicit(&to->ipackets, s.ipackets, memory_order_relaxed);
	atomic_store_explicit(&to->opackets, s.opackets, memory_order_relaxed);
	atomic_store_explicit(&to->ibytes, s.ibytes, memory_order_relaxed);
	atomic_store_explicit(&to->obytes, s.obytes, memory_order_relaxed);
	atomic_store_explicit(&to->imissed, s.imissed, memory_order_relaxed);
	atomic_store_explicit(&to->ierrors, s.ierrors, memory_order_relaxed);
	atomic_store_explicit(&to->oerrors, s.oerrors, memory_order_relaxed);
	atomic_store_explicit(&to->rx_nombuf, s.rx_nombuf, memory_order_relaxed);
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
device_probe(struct device *d, const char *fmt, ...)
{
	char name[RTE_DEV_NAME_MAX_LEN], args[512];
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = vsnprintf(args, sizeof args, fmt, ap);
	va_end(ap);
	if (rc < 0 || (size_t)rc >= sizeof args)
		return device_fail(d, -ENAMETOOLONG, "cannot tell DPDK what to open");
	snprintf(name, sizeof name, "%s_%s", d->kind->driver, d->conf->name);
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

/* Spread what arrives over the queues, where the device knows how: a core hands what is not
 * its own to the core that it belongs to. */
static void
spread(struct rte_eth_conf *conf, const struct rte_eth_dev_info *info)
{
	conf->rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
	conf->rx_adv_conf.rss_conf.rss_hf =
		(RTE_ETH_RSS_IP | RTE_ETH_RSS_UDP) & info->flow_type_rss_offloads;
}

static int
setup_queues(struct device *d, struct rte_mempool *pool, uint16_t rx, uint16_t tx,
	struct device_fds *fds)
{
	int rc;

	for (uint16_t q = 0; q < d->queues; q++) {
		if ((rc = rte_eth_rx_queue_setup(
			     d->port_id, q, rx, SOCKET_ID_ANY, NULL, pool)) != 0)
			return rc;
		if (fds != NULL)
			d->wait_fd[q] = device_new_fd(fds);
		if ((rc = rte_eth_tx_queue_setup(d->port_id, q, tx, SOCKET_ID_ANY, NULL)) != 0)
			return rc;
		if (fds != NULL) /* a descriptor for sending is not the next queue's */
			device_list_fds(fds, fds->domain);
	}
	return 0;
}

int
device_setup(struct device *d, struct rte_mempool *pool, uint16_t descriptors,
	struct device_fds *fds)
{
	struct rte_eth_conf conf = {.rxmode.mq_mode = RTE_ETH_MQ_RX_NONE};
	uint16_t rx = descriptors, tx = descriptors;
	struct rte_eth_dev_info info;
	int rc;

	if ((rc = rte_eth_dev_info_get(d->port_id, &info)) != 0)
		return rc;
	d->queues = RTE_MIN(d->queues, RTE_MIN(info.max_rx_queues, info.max_tx_queues));
	if (d->queues > 1)
		spread(&conf, &info);
	if ((rc = rte_eth_dev_configure(d->port_id, d->queues, d->queues, &conf)) != 0 ||
		(rc = rte_eth_dev_adjust_nb_rx_tx_desc(d->port_id, &rx, &tx)) != 0)
		return rc;
	return setup_queues(d, pool, rx, tx, fds);
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
	if (d->conf->twin[0] != '\0') /* NDP; who cannot filter gets it anyway */
		rte_eth_allmulticast_enable(d->port_id);
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

/* Is FD of the sort that FDS lists? */
static bool
is_of(const struct device_fds *fds, int fd)
{
	char path[64], link[64];
	socklen_t len = sizeof(int);
	ssize_t n;
	int domain;

	if (fds->domain != 0)
		return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 &&
		       domain == fds->domain;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	n = readlink(path, link, sizeof link - 1);
	link[n < 0 ? 0 : n] = '\0';
	return strcmp(link, "/dev/net/tun") == 0;
}

static bool
is_known(const struct device_fds *fds, int fd)
{
	for (unsigned i = 0; i < fds->n; i++)
		if (fds->fd[i] == fd)
			return true;
	return false;
}

int
device_new_fd(struct device_fds *fds)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *e;
	int lowest = -1;

	while (dir != NULL && (e = readdir(dir)) != NULL) {
		int fd = atoi(e->d_name);

		if (e->d_name[0] != '.' && (lowest < 0 || fd < lowest) && !is_known(fds, fd) &&
			is_of(fds, fd))
			lowest = fd;
	}
	if (dir != NULL)
		closedir(dir);
	if (lowest >= 0 && fds->n < RTE_DIM(fds->fd))
		fds->fd[fds->n++] = lowest;
	return lowest;
}

void
device_list_fds(struct device_fds *fds, int domain)
{
	*fds = (struct device_fds){.domain = domain};
	while (fds->n < RTE_DIM(fds->fd) && device_new_fd(fds) >= 0)
		;
}
