/* SPDX-License-Identifier: Apache-2.0
 *
 * See sandbox.h. */
#include "dataplane/sandbox.h"

#include <rte_common.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "dataplane/capabilities.h"
#include "dataplane/log.h"
#include "dataplane/switch_caps.h"
#include "dataplane/syscalls.h"

/* clang-format off */
static const struct syscall_row calls[] = {
	/* Memory that nobody can write code to; shared memory of control's and of peers; pages
	 * of DPDK's heap, where it may grow. */
	SYSCALL_WITHOUT(mmap, 3, PROT_EXEC), SYSCALL_WITHOUT(mprotect, 3, PROT_EXEC),
	SYSCALL(fallocate), SYSCALL(fstatfs), SYSCALL(mlock), SYSCALL(munlock),
	SYSCALL(get_mempolicy), SYSCALL(set_mempolicy), SYSCALL(mbind), SYSCALL(move_pages),

	/* Sockets that are opened while it runs: the kernel's routes, ioctls of an interface,
	 * the service manager, and peers of vhost and memif. */
	SYSCALL_IF(socket, 1, AF_NETLINK), SYSCALL_IF(socket, 1, AF_INET), SYSCALL_IF(socket, 1, AF_UNIX),
	SYSCALL(sendmmsg), SYSCALL(recvmmsg),

	/* TAPs, links, VFIO's interrupts: by descriptors that are open. */
	SYSCALL(ioctl),

	/* Threads of DPDK's, but no process. */
	SYSCALL_WITH(clone, 1, CLONE_THREAD), SYSCALL(sched_setaffinity), SYSCALL(timerfd_settime),

	/* At the end: XDP sockets are taken out of the program's map; a bound on waiting. */
	SYSCALL(bpf), SYSCALL(alarm), SYSCALL(setitimer),
};
/* clang-format on */

/* What O's devices need while they run, beside what all do. */
static unsigned
needs(const struct options *o)
{
	unsigned all = SWITCH_RUNS;

	for (unsigned i = 0; i < o->interfaces; i++) {
		const struct opt_interface *it = &o->interface[i];

		if (strcmp(it->kind, "pci") == 0)
			all |= SWITCH_HAS_NIC;
		if (strstr(it->arg, ":client") != NULL)
			all |= SWITCH_CONNECTS;
	}
	return all;
}

static int
filter(void)
{
	const struct syscall_table tables[] = {syscalls_common, SYSCALL_TABLE(calls)};
	int err = syscalls_allow(tables, RTE_DIM(tables));

	if (err != 0)
		log_err("cannot filter system calls: %s; --no-sandbox does without\n",
			strerror(-err));
	return err;
}

int
sandbox_switch(const struct options *o)
{
	int err = capabilities_keep_everywhere(switch_caps(needs(o)));

	if (err != 0) {
		log_err("cannot give up capabilities: %s\n", strerror(-err));
		return err;
	}
	if (!o->no_sandbox)
		return filter();
	log_warn("--no-sandbox: system calls are not filtered\n");
	return 0;
}
