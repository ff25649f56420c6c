/* SPDX-License-Identifier: Apache-2.0
 *
 * See sandbox.h.  Control's table says what it may do; the launcher's, what it may not: a
 * filter outlives exec, and what a switch does until its devices are open is the affair of
 * DPDK's drivers. */
#include "relay/sandbox.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "control/log.h"
#include "dataplane/syscalls.h"
#include "relay/privileges.h"

/* clang-format off */
static const struct syscall_row control[] = {
	/* RPC, the switch, the service manager and the directory of users (AF_UNIX); metrics over
	 * HTTP; which addresses this host has, as libevent wants to know for that. */
	SYSCALL_IF(socket, 1, AF_UNIX), SYSCALL_IF(socket, 1, AF_INET), SYSCALL_IF(socket, 1, AF_INET6),
	SYSCALL_IF(socket, 1, AF_NETLINK), SYSCALL_IF(socketpair, 1, AF_UNIX),
	SYSCALL_IF(ioctl, 2, FIONREAD), SYSCALL_IF(ioctl, 2, TCGETS),

	/* NG over UDP. */
	SYSCALL(recvmmsg),
	SYSCALL(sendmmsg),

	/* Whose group the RPC's sockets get. */
	SYSCALL(chown),

	/* Captures, records of calls. */
	SYSCALL(mkdir), SYSCALL(mkdirat), SYSCALL(rename), SYSCALL(renameat), SYSCALL(renameat2),
	SYSCALL(fchown), SYSCALL(fsync), SYSCALL(fdatasync), SYSCALL(statfs), SYSCALL(fstatfs),

	/* node.upgrade asks a child about the new program, and then becomes it.  What is executed
	 * stays under this filter, gains no privilege, and so can do nothing that we could not:
	 * execve() gives an intruder no more than he has. */
	SYSCALL_WITHOUT(clone, 1, CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID |
		CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP),
	SYSCALL(execve), SYSCALL(wait4), SYSCALL(kill),

	/* How any program starts: the dynamic loader, and what privileges.c does anew. */
	SYSCALL(mmap), SYSCALL(mprotect), SYSCALL(arch_prctl), SYSCALL(set_tid_address),
	SYSCALL_WITHOUT(prlimit64, 3, UINT64_MAX), SYSCALL_IF(prlimit64, 2, RLIMIT_NOFILE),
	SYSCALL(getppid), /* of a script, as a wrapper might be */
	SYSCALL_IF(prctl, 1, PR_SET_NO_NEW_PRIVS), SYSCALL_IF(prctl, 1, PR_SET_DUMPABLE),
	SYSCALL_IF(prctl, 1, PR_CAP_AMBIENT), SYSCALL(capset),
};

/* Nobody needs these to start a switch, and each would be a way out of a namespace, into
 * another process or into the kernel. */
static const struct syscall_row launcher[] = {
	/* Other processes' memory and descriptors, keys, and tracing. */
#ifndef __SANITIZE_ADDRESS__ /* LeakSanitizer, in the switch */
	SYSCALL(ptrace),
#endif
	SYSCALL(process_vm_readv), SYSCALL(process_vm_writev), SYSCALL(pidfd_getfd), SYSCALL(kcmp),
	SYSCALL(keyctl), SYSCALL(add_key), SYSCALL(request_key), SYSCALL(perf_event_open),

	/* The tree of files. */
	SYSCALL(mount), SYSCALL(umount2), SYSCALL(pivot_root), SYSCALL(chroot), SYSCALL(open_tree),
	SYSCALL(move_mount), SYSCALL(mount_setattr), SYSCALL(fsopen), SYSCALL(fsconfig),
	SYSCALL(fsmount), SYSCALL(fspick), SYSCALL(open_by_handle_at), SYSCALL(mknod), SYSCALL(mknodat),
	SYSCALL(quotactl), SYSCALL(quotactl_fd), SYSCALL(swapon), SYSCALL(swapoff), SYSCALL(acct),

	/* Namespaces. */
	SYSCALL(unshare), SYSCALL(setns),

	/* The kernel itself, the host's name and its clock. */
	SYSCALL(init_module), SYSCALL(finit_module), SYSCALL(delete_module), SYSCALL(kexec_load),
	SYSCALL(kexec_file_load), SYSCALL(reboot), SYSCALL(syslog), SYSCALL(sethostname),
	SYSCALL(setdomainname), SYSCALL(settimeofday), SYSCALL(clock_settime), SYSCALL(clock_adjtime),
	SYSCALL(adjtimex),

	/* What nobody here uses, and has been a way into the kernel more than once. */
	SYSCALL(io_uring_setup), SYSCALL(io_uring_enter), SYSCALL(io_uring_register),
	SYSCALL(userfaultfd), SYSCALL(personality), SYSCALL(vmsplice),
};
/* clang-format on */

static const struct syscall_table launcher_table = SYSCALL_TABLE(launcher);

enum { TABLES = 2 };

/* The common table lies elsewhere, so this one cannot be a constant. */
static void
list_tables(struct syscall_table table[TABLES])
{
	table[0] = syscalls_common;
	table[1] = (struct syscall_table)SYSCALL_TABLE(control);
}

void
sandbox_begin(void)
{
	(void)syscalls_catch(); /* then they are our end */
}

int
sandbox_control(void)
{
	struct syscall_table table[TABLES];
	int err;

	list_tables(table);
	if ((err = syscalls_allow(table, TABLES)) != 0)
		log_err("cannot filter system calls: %s; --no-sandbox does without",
			strerror(-err));
	return err;
}

bool
sandbox_is_of_another(void)
{
	struct syscall_table table[TABLES];

	list_tables(table);
	return syscalls_differ(table, TABLES);
}

int
sandbox_launcher(void)
{
	int err = privileges_launcher();

	return err != 0 ? err : syscalls_forbid(&launcher_table);
}
