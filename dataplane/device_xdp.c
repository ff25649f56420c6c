/* SPDX-License-Identifier: Apache-2.0
 *
 * Devices of kind `xdp`: DPDK's net_af_xdp with our own XDP program (xdp_filter.bpf.c), which
 * takes the media and leaves the rest to the kernel.  All queues of the interface, each with a
 * socket of its own; one such device per kernel interface.  Main thread.  Linux:
 * Documentation/networking/af_xdp.rst. */
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/sockios.h>
#include <net/if.h>

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "dataplane/device_kinds.h"
#include "dataplane/host.h"
#include "dataplane/log.h"
#include "dataplane/xdp_filter.h"

#ifndef AF_XDP
#define AF_XDP 44
#endif

enum {
	DESCRIPTORS = 2048, /* what the driver pins in its fill ring */
	XDP_HEADROOM = 256, /* bytes of each buffer that the kernel keeps before the frame */
	MAPS = 16,          /* more than any version of our program has */
	HOLD_MS = 50,       /* two that try at the same moment both give way, some times */
};

extern const char xdp_filter_object[], xdp_filter_object_end[]; /* xdp_filter.S */

struct xdp {
	int hold;                          /* host_hold(): the interface is ours */
	const _Atomic uint64_t *fragments; /* of the program's map, one page; NULL */
	unsigned queues;                   /* of the interface, when they were last seen */
	bool unknown; /* the log has said that they cannot be seen any more */
};

/* ---- The program on the interface ---- */

/* A descriptor of the program that is attached, and what the kernel says of it with room for
 * its map numbers in MAP.  -ENOENT: none is. */
static int
attached(int ifindex, struct bpf_prog_info *info, __u32 map[MAPS])
{
	__u32 id = 0, len = sizeof *info;
	int fd, rc = bpf_xdp_query_id(ifindex, 0, &id);

	if (rc != 0)
		return rc;
	if (id == 0)
		return -ENOENT;
	if ((fd = bpf_prog_get_fd_by_id(id)) < 0)
		return fd;
	*info = (struct bpf_prog_info){.nr_map_ids = MAPS, .map_ids = (uintptr_t)map};
	if ((rc = bpf_obj_get_info_by_fd(fd, info, &len)) != 0) {
		close(fd);
		return rc;
	}
	return fd;
}

static bool
is_our_program(const struct bpf_prog_info *info)
{
	return strncmp(info->name, XDP_FILTER_PROGRAM, sizeof info->name) == 0;
}

/* Is the interface free for our program?  *STALE: a descriptor of what a killed process of
 * ours left there, -1 if there is none.  -EBUSY: what is there is somebody else's. */
static int
find_stale(const struct device *d, int *stale)
{
	__u32 map[MAPS];
	struct bpf_prog_info info;
	int fd = attached(d->ifindex, &info, map);

	*stale = -1;
	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return device_fail(d, fd, "cannot ask for the XDP program (CAP_SYS_ADMIN?)");
	if (is_our_program(&info)) {
		*stale = fd;
		return 0;
	}
	close(fd);
	log_err("interface %s: an XDP program that is not strowger's, \"%.*s\" (id %u), is "
		"on %s: end what put it there, or use packet:%s\n",
		d->conf->name, (int)sizeof info.name, info.name, info.id, d->conf->arg,
		d->conf->arg);
	return -EBUSY;
}

/* A descriptor of the map called NAME among the N of MAP; -ENOENT. */
static int
find_map(const __u32 *map, unsigned n, const char *name)
{
	for (unsigned i = 0; i < n && i < MAPS; i++) {
		struct bpf_map_info info = {.id = 0};
		__u32 len = sizeof info;
		int fd = bpf_map_get_fd_by_id(map[i]);

		if (fd < 0)
			return fd;
		if (bpf_obj_get_info_by_fd(fd, &info, &len) == 0 &&
			strncmp(info.name, name, sizeof info.name) == 0)
			return fd;
		close(fd);
	}
	return -ENOENT;
}

/* Tell the program our addresses and ports: from now on it takes them. */
static int
steer(const struct device *d, int media, int mesh)
{
	const struct opt_interface *conf = d->conf;
	uint32_t zero = 0, everybody = conf->mesh_port;

	for (unsigned i = 0; i < conf->addresses; i++) {
		struct xdp_filter_addr to = {.ip = {[10] = 0xff, [11] = 0xff}};
		struct xdp_filter_ports ports = {conf->port_first, conf->port_last,
			i == conf->mesh_address ? conf->mesh_port : 0};
		int rc;

		if (conf->address[i].family == AF_INET)
			memcpy(to.ip + 12, conf->address[i].ip, 4);
		else
			memcpy(to.ip, conf->address[i].ip, 16);
		if ((rc = bpf_map_update_elem(media, &to, &ports, BPF_ANY)) != 0)
			return rc;
	}
	return bpf_map_update_elem(mesh, &zero, &everybody, BPF_ANY);
}

/* Tell the program of descriptor PROGRAM what to take, and map its count of fragments. */
static int
prepare(const struct device *d, int program)
{
	struct xdp *x = d->priv;
	__u32 map[MAPS], len;
	struct bpf_prog_info info = {.nr_map_ids = MAPS, .map_ids = (uintptr_t)map};
	int media, mesh, fragments, rc;
	void *page;

	len = sizeof info;
	if ((rc = bpf_obj_get_info_by_fd(program, &info, &len)) != 0)
		return device_fail(d, rc, "cannot ask for the XDP program's maps");
	if ((media = find_map(map, info.nr_map_ids, "media")) < 0)
		return device_fail(d, media, "cannot find the XDP program's map \"media\"");
	mesh = find_map(map, info.nr_map_ids, "mesh");
	rc = mesh < 0 ? mesh : steer(d, media, mesh);
	close(media);
	if (mesh >= 0)
		close(mesh);
	if (rc != 0)
		return device_fail(d, rc, "cannot tell the XDP program what to take");
	if ((fragments = find_map(map, info.nr_map_ids, "fragments")) < 0)
		return device_fail(
			d, fragments, "cannot find the XDP program's map \"fragments\"");
	page = mmap(NULL, (size_t)getpagesize(), PROT_READ, MAP_SHARED, fragments, 0);
	close(fragments);
	if (page == MAP_FAILED)
		return device_fail(
			d, -errno, "cannot map the XDP program's count of fragments");
	x->fragments = page;
	return 0;
}

/* Whose program the driver is about to put on its interface, and what is there from a killed
 * process of ours; the latter -1: nothing is. */
static struct {
	const struct device *d;
	int stale;
} attaching;

/* The driver loads our program, keeps its maps to itself, and wants an interface without one.
 * This function stands before libbpf's (the executable's symbols come first).  The program
 * knows what to take before it gets anything, and comes in the place of a killed switch's in
 * one step: until then that one drops media, afterwards ours.  So the kernel never has any, to
 * answer that nobody is at the port, and neither it nor a NIC stops and starts the interface's
 * queues, as they do for the first program and the last. */
int
bpf_xdp_attach(int ifindex, int program, __u32 flags, const struct bpf_xdp_attach_opts *opts)
{
	typedef int attach(int, int, __u32, const struct bpf_xdp_attach_opts *);
	LIBBPF_OPTS(bpf_xdp_attach_opts, instead, .old_prog_fd = attaching.stale);
	attach *libbpfs;
	void *next = dlsym(RTLD_NEXT, "bpf_xdp_attach");
	int rc;

	memcpy(&libbpfs, &next, sizeof libbpfs); /* no pointer to data, for ISO C */
	if (attaching.d == NULL || program < 0)  /* bpf_xdp_detach() comes by here as well */
		return libbpfs(ifindex, program, flags, opts);
	if ((rc = prepare(attaching.d, program)) != 0)
		return rc;
	return attaching.stale < 0 ? libbpfs(ifindex, program, flags, opts)
				   : libbpfs(ifindex, program, XDP_FLAGS_REPLACE, &instead);
}

/* The program as a file, for the driver to load: a descriptor of it. */
static int
program_file(void)
{
	size_t size = (size_t)(xdp_filter_object_end - xdp_filter_object);
	int fd = memfd_create("xdp_filter", MFD_CLOEXEC);

	if (fd >= 0 && write(fd, xdp_filter_object, size) != (ssize_t)size) {
		close(fd);
		errno = ENOSPC;
		return -1;
	}
	return fd;
}

/* ---- The device ---- */

/* How the kernel gives out what it receives by an interface. */
struct channels {
	char name[IFNAMSIZ]; /* of the interface, which somebody may have changed */
	unsigned queues;     /* that receive */
	unsigned combined; /* those of them that the driver can have, which does not know of a
			      veth pair's */
};

static int
ask_channels(const struct device *d, struct channels *c)
{
	struct ethtool_channels answer = {.cmd = ETHTOOL_GCHANNELS};
	struct ifreq ifr = {.ifr_ifindex = d->ifindex};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), rc = 0;

	if (fd < 0 || ioctl(fd, SIOCGIFNAME, &ifr) != 0) {
		rc = -errno;
		goto out;
	}
	snprintf(c->name, sizeof c->name, "%s", ifr.ifr_name);
	ifr.ifr_data = (void *)&answer;
	if (ioctl(fd, SIOCETHTOOL, &ifr) != 0) {
		if (errno != EOPNOTSUPP)
			rc = -errno;
		answer.combined_count = 1;
	}
	c->combined = RTE_MAX(1u, answer.combined_count);
	c->queues = RTE_MAX(1u, answer.combined_count + answer.rx_count);
out:
	if (fd >= 0)
		close(fd);
	return rc;
}

/* We read all queues of the interface: media that the NIC puts into others would be lost. */
static int
match_queues(struct device *d)
{
	struct channels c;
	int rc = ask_channels(d, &c);

	if (rc != 0)
		return device_fail(d, rc, "cannot ask how many queues it has");
	d->queues = (uint16_t)RTE_MIN(c.combined, (unsigned)d->queues);
	if (c.queues == d->queues)
		return 0;
	log_err("interface %s: %s spreads what it receives over %u queues and strowger reads %u: "
		"`ethtool -L %s combined %u` (or rx %u), or more forwarding cores\n",
		d->conf->name, c.name, c.queues, d->queues, c.name, d->queues, d->queues);
	return -EINVAL;
}

/* The socket's memory is the mempool itself. */
static int
check_pool(const struct device *d, struct rte_mempool *pool)
{
	uint32_t size = rte_mempool_calc_obj_size(pool->elt_size, pool->flags, NULL);

	if (pool->nb_mem_chunks == 1 && size <= (uint32_t)getpagesize())
		return 0;
	log_err("interface %s: AF_XDP needs packet buffers of at most %u bytes (these have %u) in "
		"one piece of memory (these are in %u; EAL's option --iova-mode=va mends that)\n",
		d->conf->name, (unsigned)getpagesize(), size, pool->nb_mem_chunks);
	return -EINVAL;
}

static int
hold_interface(const struct device *d)
{
	char name[32];
	int fd;

	snprintf(name, sizeof name, "xdp:%d", d->ifindex);
	if ((fd = host_hold(name, HOLD_MS)) == -EADDRINUSE)
		log_err("interface %s: another strowger-switch has %s already; stop it, or "
			"name another interface of the kernel's here\n",
			d->conf->name, d->conf->arg);
	else if (fd < 0)
		device_fail(d, fd, "cannot claim the interface");
	return fd;
}

/* The port itself; the program is on the interface after that, in the place of STALE. */
static int
bring_up(struct device *d, struct rte_mempool *pool, int stale)
{
	const struct xdp *x = d->priv;
	struct device_fds fds;
	int file = program_file(), rc;

	if (file < 0)
		return device_fail(d, -errno, "no memory for the XDP program");
	device_list_fds(&fds, AF_XDP);
	/* No busy polling by the driver: that would be a system call in each empty turn. */
	rc = device_probe(d,
		"iface=%s,start_queue=0,queue_count=%u,busy_budget=0,xdp_prog=/proc/self/fd/%d",
		d->conf->arg, d->queues, file);
	if (rc != 0)
		goto out;
	attaching.d = d;
	attaching.stale = stale;
	rc = device_setup(d, pool, DESCRIPTORS, &fds);
	attaching.d = NULL;
	if (rc != 0 || (rc = device_start(d)) != 0)
		device_fail(d, rc,
			rc == -EINVAL
				? "cannot set up AF_XDP: the MTU may be too large for it, here or "
				  "at the other end of a veth pair; to mend: ip link set ... mtu "
				  "1500, or the kind packet"
				: "cannot set up AF_XDP (CAP_NET_ADMIN, CAP_NET_RAW, CAP_BPF, CAP_IPC_LOCK?)");
	else if (x->fragments == NULL)
		rc = device_fail(d, -ENOTSUP, "DPDK's driver attaches no XDP program");
out:
	close(file);
	return rc;
}

static void
xdp_close(struct device *d)
{
	struct xdp *x = d->priv;

	device_remove(d); /* the driver takes the program off, given CAP_NET_ADMIN */
	if (x->fragments != NULL)
		munmap((void *)(uintptr_t)x->fragments, (size_t)getpagesize());
	close(x->hold);
	free(x);
	d->priv = NULL;
}

static int
xdp_open(struct device *d, struct rte_mempool *pool)
{
	struct xdp *x;
	int stale, rc;

	if ((rc = device_find_kernel(d)) != 0 || (rc = match_queues(d)) != 0 ||
		(rc = check_pool(d, pool)) != 0)
		return rc;
	device_limit_mtu(d, device_mbuf_mtu(pool) - XDP_HEADROOM);
	if ((x = d->priv = calloc(1, sizeof *x)) == NULL)
		return -ENOMEM;
	x->queues = d->queues;
	if ((x->hold = rc = hold_interface(d)) < 0)
		goto no_hold;
	if ((rc = find_stale(d, &stale)) != 0)
		goto not_free;
	rc = bring_up(d, pool, stale);
	if (stale >= 0) {
		if (rc == 0)
			log_info(
				"interface %s: replaced the XDP program that a killed strowger "
				"left on %s\n",
				d->conf->name, d->conf->arg);
		else
			bpf_xdp_detach(d->ifindex, 0, NULL);
		close(stale);
	}
	if (rc != 0)
		xdp_close(d);
	return rc;

not_free:
	close(x->hold);
no_hold:
	free(x);
	d->priv = NULL;
	return rc;
}

static uint64_t
xdp_fragments(const struct device *d)
{
	const struct xdp *x = d->priv;

	return atomic_load_explicit(x->fragments, memory_order_relaxed);
}

/* Somebody may change the queues while we run (ethtool -L).  Of an interface that is gone the
 * mirror tells. */
static void
watch_queues(const struct device *d)
{
	struct xdp *x = d->priv;
	struct channels c;
	int rc = ask_channels(d, &c);

	if (rc != 0) {
		if (!x->unknown && rc != -ENODEV)
			device_fail(d, rc, "cannot ask how many queues it has now");
		x->unknown = rc != -ENODEV;
		return;
	}
	x->unknown = false;
	if (c.queues == x->queues)
		return;
	x->queues = c.queues;
	if (c.queues != d->queues)
		log_err("interface %s: %s has %u receive queues now and strowger reads %u: what "
			"comes by others is lost; `ethtool -L %s combined %u` (or rx %u), or "
			"restart strowger-switch\n",
			d->conf->name, c.name, c.queues, d->queues, c.name, d->queues,
			d->queues);
}

static void
xdp_count(const struct device *d, struct rte_eth_stats *s)
{
	watch_queues(d);
	rte_eth_stats_get(d->port_id, s);
}

const struct device_kind device_xdp = {
	.name = "xdp",
	.help = "a kernel interface by AF_XDP; the kernel keeps all but the media",
	.driver = "net_af_xdp",
	.kernel = true,
	.mbufs = 8192,
	.mbufs_queue = 4096, /* fill ring, transmit ring */
	/* One behind the other: the driver tells the kernel of so many times the size of one.
	 * Where DPDK leaves gaps, so that none lies across two pages, the last third would be
	 * lost to the kernel, one by one, until nothing is received any more. */
	.pool_flags = RTE_MEMPOOL_F_NO_IOVA_CONTIG,
	.open = xdp_open,
	.close = xdp_close,
	.fragments = xdp_fragments,
	.count = xdp_count,
};
