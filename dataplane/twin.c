/* SPDX-License-Identifier: Apache-2.0
 *
 * See twin.h. */
#include "dataplane/twin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_tun.h>

#include <rte_ether.h>
#include <rte_mbuf.h>

#include "dataplane/log.h"
#include "dataplane/netlink.h"

struct twin {
	int fd;
	uint16_t vlan; /* the kernel's frames are untagged, the device's have this; 0: as they
			  are */
	bool made;     /* by us, not by the operator */
	struct twin_count count;
};

/* ---- Opening ---- */

static int
fail(const struct device *d, int rc, const char *what)
{
	log_err("interface %s: twin %s: %s: %s\n", d->conf->name, d->conf->twin, what,
		strerror(-rc));
	return rc;
}

/* A request about the twin's interface. */
static struct ifreq
request_of(const struct device *d)
{
	struct ifreq r = {.ifr_flags = 0};

	snprintf(r.ifr_name, sizeof r.ifr_name, "%s", d->conf->twin);
	return r;
}

static int
attach(const struct device *d, struct twin *t)
{
	struct ifreq r = request_of(d);

	if ((t->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC)) < 0)
		return fail(d, -errno, "cannot open /dev/net/tun");
	r.ifr_flags = IFF_TAP | IFF_NO_PI;
	if (ioctl(t->fd, TUNSETIFF, &r) != 0)
		return fail(d, -errno,
			errno == EBUSY ? "some process has it; choose another name"
			: errno == EINVAL
				? "there is an interface of that name that is no TAP "
				  "(or one made with multi_queue, or vnet_hdr)"
				: "cannot make the TAP (CAP_NET_ADMIN?)");
	if (ioctl(t->fd, TUNGETIFF, &r) != 0)
		return fail(d, -errno, "cannot ask what it is");
	t->made = (r.ifr_flags & IFF_PERSIST) == 0;
	return 0;
}

/* MAC address and MTU of the device, and up: in this order, so that the link-local address is
 * made of the former. */
static int
set_up(struct device *d)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), rc = 0;
	struct ifreq mac = request_of(d), mtu = mac, flags = mac, index = mac;

	if (fd < 0)
		return fail(d, -errno, "cannot open a socket");
	mac.ifr_hwaddr.sa_family = ARPHRD_ETHER;
	memcpy(mac.ifr_hwaddr.sa_data, d->mac, 6);
	mtu.ifr_mtu = d->mtu;
	if (ioctl(fd, SIOCSIFHWADDR, &mac) != 0)
		rc = fail(d, -errno, "cannot set its MAC address");
	else if (ioctl(fd, SIOCSIFMTU, &mtu) != 0)
		rc = fail(d, -errno, "cannot set its MTU");
	else if (ioctl(fd, SIOCGIFFLAGS, &flags) != 0 ||
		 (flags.ifr_flags |= IFF_UP, ioctl(fd, SIOCSIFFLAGS, &flags) != 0))
		rc = fail(d, -errno, "cannot set it up");
	else if (ioctl(fd, SIOCGIFINDEX, &index) != 0)
		rc = fail(d, -errno, "cannot find it");
	d->ifindex = rc == 0 ? index.ifr_ifindex : 0;
	close(fd);
	return rc;
}

/* An address that nothing else is said of has no network around it. */
static unsigned
prefix_of(const struct opt_interface *conf, unsigned a)
{
	if (conf->prefix[a] != 0)
		return conf->prefix[a];
	return conf->address[a].family == AF_INET ? 32 : 128;
}

static int
add_addresses(const struct device *d)
{
	const struct opt_interface *conf = d->conf;
	struct mnl_socket *s = netlink_open();
	int rc = s != NULL ? 0 : -errno;

	for (unsigned a = 0; a < conf->addresses && rc == 0; a++)
		rc = netlink_add_addr(s, d->ifindex, &conf->address[a], prefix_of(conf, a));
	if (s != NULL)
		mnl_socket_close(s);
	return rc != 0 ? fail(d, rc, "cannot give it the addresses") : 0;
}

int
twin_open(struct device *d)
{
	struct twin *t;
	int rc;

	if (d->kind->kernel)
		return fail(d, -EINVAL, "the device has a kernel interface already");
	if ((t = calloc(1, sizeof *t)) == NULL)
		return fail(d, -ENOMEM, "no memory");
	t->vlan = d->conf->vlan;
	if ((rc = attach(d, t)) != 0 || (rc = set_up(d)) != 0 ||
		(t->made && (rc = add_addresses(d)) != 0)) {
		if (t->fd >= 0)
			close(t->fd);
		free(t);
		d->ifindex = 0;
		return rc;
	}
	d->twin = t;
	twin_set_carrier(t, d->was_up);
	log_info("interface %s: %s carries what is not media%s\n", d->conf->name,
		d->conf->twin, t->made ? "" : "; its addresses and routes are its maker's");
	return 0;
}

void
twin_close(struct device *d)
{
	if (d->twin == NULL)
		return;
	close(d->twin->fd); /* one that we have made is gone */
	free(d->twin);
	d->twin = NULL;
	d->ifindex = 0;
}

int
twin_fd(const struct twin *t)
{
	return t->fd;
}

void
twin_set_carrier(struct twin *t, bool up)
{
	int carrier = up;

	if (ioctl(t->fd, TUNSETCARRIER, &carrier) != 0)
		log_warn("cannot tell a twin of its link: %s\n", strerror(errno));
}

const struct twin_count *
twin_count(const struct twin *t)
{
	return &t->count;
}

/* ---- Frames ---- */

/* One frame of the kernel's.  False: there is none. */
static bool
read_frame(struct twin *t, struct rte_mbuf *m)
{
	ssize_t len = read(t->fd, rte_pktmbuf_mtod(m, void *), rte_pktmbuf_tailroom(m));

	if (len <= 0)
		return false;
	m->data_len = (uint16_t)len;
	m->pkt_len = (uint32_t)len;
	return true;
}

static bool
add_tag(const struct twin *t, struct rte_mbuf **m)
{
	(*m)->vlan_tci = t->vlan;
	return t->vlan == 0 || rte_vlan_insert(m) == 0;
}

unsigned
twin_read(struct twin *t, struct rte_mempool *pool, struct rte_mbuf **pkt, unsigned n)
{
	uint8_t nowhere[RTE_ETHER_HDR_LEN];
	unsigned got = 0;

	while (got < n) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(pool);

		if (m == NULL) { /* left where it is, it would make the descriptor ready again
				  */
			if (read(t->fd, nowhere, sizeof nowhere) <= 0)
				break;
			t->count.down_lost++;
		} else if (!read_frame(t, m)) {
			rte_pktmbuf_free(m);
			break;
		} else if (!add_tag(t, &m)) {
			rte_pktmbuf_free(m);
			t->count.down_lost++;
		} else {
			pkt[got++] = m;
		}
	}
	t->count.down += got;
	return got;
}

/* Take off the tag that the device's frames have, unless the NIC has.  False: it is another
 * one, or none. */
static bool
remove_tag(const struct twin *t, struct rte_mbuf *m)
{
	if (t->vlan == 0)
		return true;
	if ((m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) == 0 && rte_vlan_strip(m) != 0)
		return false;
	return RTE_VLAN_TCI_ID(m->vlan_tci) == t->vlan;
}

static bool
write_frame(const struct twin *t, struct rte_mbuf *m)
{
	if (!remove_tag(t, m) || rte_pktmbuf_linearize(m) != 0)
		return false;
	return write(t->fd, rte_pktmbuf_mtod(m, const void *), m->data_len) == m->data_len;
}

void
twin_write(struct twin *t, struct rte_mbuf **pkt, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (write_frame(t, pkt[i]))
			t->count.up++;
		else
			t->count.up_lost++;
		rte_pktmbuf_free(pkt[i]);
	}
}
