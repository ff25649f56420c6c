/* SPDX-License-Identifier: Apache-2.0
 *
 * See syscalls.h.  Filters outlive exec and can only be added, so a filter knows its own name:
 * it answers a call of prctl() that nobody else makes with an error number of its own, made of
 * its tables. */
#include "dataplane/syscalls.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <ucontext.h>
#include <unistd.h>

enum {
	WHO = 0x53545257, /* the option of prctl() that asks for the name */
	/* Names: error numbers that the kernel has no use for. */
	NAME_FIRST = 1024,
	NAMES = 3000,
	CALLS = 1024, /* numbers of system calls are less */
};

/* ---- Refusing ---- */

static _Atomic bool said[CALLS];

/* One line, by itself: this may be any thread, anywhere. */
static void
say(int call)
{
	static const char *const priority[] = {"", "<4>"}; /* for the journal: sd-daemon(3) */
	char line[200];
	int len;

	if (call >= 0 && call < CALLS && atomic_exchange(&said[call], true))
		return;
	len = snprintf(line, sizeof line,
		"%s%s: system call %d was refused: it is in no table of the sandbox "
		"(`scmp_sys_resolver %d` names it; --no-sandbox allows it)\n",
		priority[getenv("JOURNAL_STREAM") != NULL], program_invocation_short_name,
		call, call);
	(void)!write(STDERR_FILENO, line, (size_t)len);
}

/* The kernel has not made the call; give it a result. */
static void
refuse(int sig, siginfo_t *info, void *context)
{
	ucontext_t *at = context;
	int saved = errno;

	say(info->si_syscall);
#if defined(__x86_64__)
	at->uc_mcontext.gregs[REG_RAX] = -ENOSYS;
#elif defined(__aarch64__)
	at->uc_mcontext.regs[0] = (unsigned long long)-ENOSYS;
#else
#error "where does a system call's result go on this machine?"
#endif
	errno = saved;
}

int
syscalls_catch(void)
{
	const struct sigaction act = {
		.sa_sigaction = refuse, .sa_flags = SA_SIGINFO | SA_NODEFER};

	return sigaction(SIGSYS, &act, NULL) == 0 ? 0 : -errno;
}

/* ---- Names of filters ---- */

static uint64_t
mix(uint64_t hash, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	for (size_t i = 0; i < n; i++) /* FNV-1a */
		hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static uint16_t
name_of(const struct syscall_table table[], size_t n)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t t = 0; t < n; t++)
		for (size_t i = 0; i < table[t].rows; i++) {
			const struct syscall_row *row = &table[t].row[i];
			const uint64_t rest[] = {row->arg, row->mask, row->is};

			hash = mix(hash, row->name, strlen(row->name));
			hash = mix(hash, rest, sizeof rest);
		}
	return (uint16_t)(NAME_FIRST + hash % NAMES);
}

/* Of the filter of ours that is in force; 0: there is none. */
static uint16_t
name_in_force(void)
{
	if (prctl(WHO, 0, 0, 0, 0) == 0 || errno < NAME_FIRST)
		return 0;
	return (uint16_t)errno;
}

bool
syscalls_differ(const struct syscall_table table[], size_t n)
{
	uint16_t name = name_in_force();

	return name != 0 && name != name_of(table, n);
}

/* ---- Making a filter ---- */

static int
add_row(scmp_filter_ctx filter, uint32_t action, const struct syscall_row *row)
{
	int call = seccomp_syscall_resolve_name(row->name), err;
	const struct scmp_arg_cmp arg = {row->arg - 1, SCMP_CMP_MASKED_EQ, row->mask, row->is};

	if (call == __NR_SCMP_ERROR)
		return -EINVAL;
	/* A call that this machine does not have has another number here, and is left out. */
	err = seccomp_rule_add_array(filter, action, call, row->arg != 0, &arg);
	return err == -EEXIST ? 0 : err; /* another table has it, too */
}

static int
add_table(scmp_filter_ctx filter, uint32_t action, const struct syscall_table *table)
{
	int err = 0;

	for (size_t i = 0; i < table->rows && err == 0; i++)
		err = add_row(filter, action, &table->row[i]);
	return err;
}

/* Attributes: all threads at once; no slower branches for a process that nobody can run
 * programs of his own in; a tree, since the tables are long. */
static int
load(scmp_filter_ctx filter)
{
	int err;

	if ((err = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1)) != 0 ||
		(err = seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1)) != 0 ||
		(err = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2)) != 0 ||
		(err = seccomp_attr_set(
			 filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS)) != 0 ||
		(err = seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1)) != 0)
		return err;
	return seccomp_load(filter);
}

static int
name_filter(scmp_filter_ctx filter, uint16_t name)
{
	const struct scmp_arg_cmp who = {0, SCMP_CMP_MASKED_EQ, UINT32_MAX, WHO};

	return seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(name), SCMP_SYS(prctl), 1, &who);
}

/* glibc starts threads by clone3() with all signals blocked, so refuse() could not be told. */
static int
refuse_clone3(scmp_filter_ctx filter)
{
	return seccomp_rule_add_array(
		filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0, NULL);
}

int
syscalls_allow(const struct syscall_table table[], size_t n)
{
	uint16_t name = name_of(table, n);
	scmp_filter_ctx filter;
	int err = syscalls_catch();

	if (err != 0 || name_in_force() == name)
		return err;
	if (name_in_force() != 0)
		return -EPERM;
	if ((filter = seccomp_init(SCMP_ACT_TRAP)) == NULL)
		return -ENOMEM;
	if ((err = name_filter(filter, name)) == 0)
		err = refuse_clone3(filter);
	for (size_t t = 0; t < n && err == 0; t++)
		err = add_table(filter, SCMP_ACT_ALLOW, &table[t]);
	if (err == 0)
		err = load(filter);
	seccomp_release(filter);
	return err;
}

int
syscalls_forbid(const struct syscall_table *table)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int err;

	if (filter == NULL)
		return -ENOMEM;
	if ((err = add_table(filter, SCMP_ACT_ERRNO(EPERM), table)) == 0)
		err = load(filter);
	seccomp_release(filter);
	return err;
}

/* ---- What all need ---- */

/* clang-format off */
static const struct syscall_row common[] = {
	/* Files and sockets that are open. */
	SYSCALL(read), SYSCALL(readv), SYSCALL(pread64),
	SYSCALL(write), SYSCALL(writev), SYSCALL(pwrite64),
	SYSCALL(close), SYSCALL(lseek), SYSCALL(fcntl), SYSCALL(dup), SYSCALL(dup2), SYSCALL(dup3),
	SYSCALL(fstat), SYSCALL(newfstatat), SYSCALL(ftruncate), SYSCALL(flock),
	SYSCALL(recvfrom), SYSCALL(recvmsg), SYSCALL(sendto), SYSCALL(sendmsg),
	SYSCALL(bind), SYSCALL(connect), SYSCALL(listen), SYSCALL(accept), SYSCALL(accept4), SYSCALL(shutdown),
	SYSCALL(getsockname), SYSCALL(getpeername), SYSCALL(getsockopt), SYSCALL(setsockopt),

	/* Files by name: locks and sockets of the run directory, /proc and /sys. */
	SYSCALL(open), SYSCALL(openat), SYSCALL(access), SYSCALL(faccessat), SYSCALL(faccessat2),
	SYSCALL(stat), SYSCALL(lstat), SYSCALL(statx), SYSCALL(readlink), SYSCALL(readlinkat),
	SYSCALL(getdents64), SYSCALL(unlink), SYSCALL(unlinkat), SYSCALL(rmdir), SYSCALL(fchmod),
	SYSCALL(fchmodat), SYSCALL(chmod), SYSCALL(umask),

	/* Memory. */
	SYSCALL(brk), SYSCALL(munmap), SYSCALL(mremap), SYSCALL(madvise), SYSCALL(memfd_create),

	/* The event loop, and waiting. */
	SYSCALL(epoll_create1), SYSCALL(epoll_create), SYSCALL(epoll_ctl), SYSCALL(epoll_wait),
	SYSCALL(epoll_pwait), SYSCALL(epoll_pwait2), SYSCALL(poll), SYSCALL(ppoll),
	SYSCALL(eventfd2), SYSCALL(pipe2), SYSCALL(futex), SYSCALL(nanosleep),
	SYSCALL(clock_nanosleep), SYSCALL(sched_yield), SYSCALL(restart_syscall),

	/* Time (not always in the vDSO), chance, who we are. */
	SYSCALL(clock_gettime), SYSCALL(clock_getres), SYSCALL(gettimeofday), SYSCALL(getrandom),
	SYSCALL(getpid), SYSCALL(gettid), SYSCALL(getuid), SYSCALL(geteuid), SYSCALL(getgid),
	SYSCALL(getegid), SYSCALL(getcpu), SYSCALL(sched_getaffinity), SYSCALL(sysinfo),
	SYSCALL(uname), SYSCALL(capget), SYSCALL_IF(prctl, 1, PR_CAPBSET_READ),

	/* Signals: to ourselves; abort() needs the last one. */
	SYSCALL(rt_sigaction), SYSCALL(rt_sigprocmask), SYSCALL(rt_sigreturn), SYSCALL(sigaltstack),
	SYSCALL(tgkill),

	/* Threads' own ends, and the process's. */
	SYSCALL(set_robust_list), SYSCALL(rseq), SYSCALL_IF(prctl, 1, PR_SET_NAME),
	SYSCALL(exit), SYSCALL(exit_group),

#ifdef __SANITIZE_ADDRESS__
	/* LeakSanitizer stops the process by a thread of its own that traces it. */
	SYSCALL(clone), SYSCALL(ptrace), SYSCALL(wait4), SYSCALL(getppid), SYSCALL(kill),
	SYSCALL(prlimit64), SYSCALL(getdents), SYSCALL_IF(prctl, 1, PR_SET_PTRACER),
	SYSCALL_IF(prctl, 1, PR_GET_DUMPABLE), SYSCALL_IF(prctl, 1, PR_SET_DUMPABLE),
	SYSCALL_IF(prctl, 1, PR_SET_PDEATHSIG),
#endif
};
/* clang-format on */

const struct syscall_table syscalls_common = SYSCALL_TABLE(common);
