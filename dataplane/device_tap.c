/* SPDX-License-Identifier: Apache-2.0
 *
 * Devices of kind `tap`: tap:NAME makes a kernel interface NAME, of which we are the far side,
 * as if a cable led from it to our NIC.  Linux is the peer here: it may route or bridge to us.
 * For tests, and for where nothing better is to be had: the driver makes a system call a
 * packet and a signal a packet that arrives.  Main thread. */
#include <poll.h>
#include <signal.h>

#include <rte_log.h>

#include "dataplane/device_kinds.h"

enum {
	DESCRIPTORS = 512, /* as many buffers lie ready in each queue */
};

static int
tap_open(struct device *d, struct rte_mempool *pool)
{
	struct device_fds fds;
	int rc;

	/* The driver's signals are queued; when there are too many, the kernel sends SIGIO,
	 * which would end the process. */
	signal(SIGIO, SIG_IGN);
	/* Where the kernel has no multiq it calls that an error, and it is only rte_flow's. */
	rte_log_set_level_pattern("pmd.net.tap", RTE_LOG_CRIT);
	device_choose_mac(d);
	device_choose_mtu(d, pool);
	if ((rc = device_probe(d, "iface=%s", d->conf->arg)) != 0)
		return rc;
	device_list_fds(&fds, 0);
	return device_bring_up(d, pool, DESCRIPTORS, &fds);
}

/* Is the kernel's side up?  A TAP's descriptor says so, in whichever namespace that is by now;
 * the driver looks in ours only. */
static bool
tap_is_up(const struct device *d)
{
	struct pollfd p = {.fd = d->wait_fd[0], .events = POLLOUT};

	return poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) != 0;
}

const struct device_kind device_tap = {
	.name = "tap",
	.help = "the far side of a kernel interface of its own, for tests",
	.driver = "net_tap",
	.mbufs = 4096,
	.mbufs_queue = 1024,
	.open = tap_open,
	.close = device_remove,
	.is_up = tap_is_up,
};
