/* SPDX-License-Identifier: Apache-2.0
 *
 * See capabilities.h.  Threads that a library has made run none of our code, so each is asked
 * by a signal, as the C library does it for setuid(): nptl(7). */
#include "dataplane/capabilities.h"

#include <dirent.h>
#include <errno.h>
#include <linux/capability.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { WORDS = _LINUX_CAPABILITY_U32S_3, PATIENCE_S = 1 };

/* ---- One thread ---- */

static int
get(struct __user_cap_data_struct sets[WORDS])
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};

	return syscall(SYS_capget, &head, sets) == 0 ? 0 : -errno;
}

int
capabilities_bound(uint64_t keep)
{
	struct __user_cap_data_struct sets[WORDS];
	int err = get(sets);

	if (err != 0 || (sets[0].effective & CAPABILITY(CAP_SETPCAP)) == 0)
		return err;
	/* The kernel says which one is the last. */
	for (unsigned cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if ((keep & CAPABILITY(cap)) == 0 && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0)
			return -errno;
	return 0;
}

int
capabilities_keep(uint64_t keep)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[WORDS];
	int err;

	if ((err = capabilities_bound(keep)) != 0 || (err = get(sets)) != 0)
		return err;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
		return -errno;
	for (unsigned i = 0; i < WORDS; i++) {
		sets[i].permitted &= (uint32_t)(keep >> (32 * i));
		sets[i].effective = sets[i].permitted;
		sets[i].inheritable = 0;
	}
	return syscall(SYS_capset, &head, sets) == 0 ? 0 : -errno;
}

/* ---- All of them, one after the other ---- */

static struct {
	uint64_t keep;
	sem_t done;
	int err;
} asked;

static void
on_asked(int sig)
{
	int saved = errno;

	asked.err = capabilities_keep(asked.keep);
	sem_post(&asked.done);
	errno = saved;
}

static int
ask(pid_t thread)
{
	struct timespec until;

	if (syscall(SYS_tgkill, getpid(), thread, SIGRTMIN) != 0)
		return errno == ESRCH ? 0 : -errno; /* it has ended */
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_S;
	while (sem_timedwait(&asked.done, &until) != 0)
		if (errno != EINTR)
			return -errno;
	return asked.err;
}

static int
ask_others(void)
{
	pid_t me = (pid_t)syscall(SYS_gettid), thread;
	DIR *tasks = opendir("/proc/self/task");
	const struct dirent *e;
	int err = 0;

	if (tasks == NULL)
		return -errno;
	while (err == 0 && (e = readdir(tasks)) != NULL) {
		thread = (pid_t)atoi(e->d_name);
		if (thread != 0 && thread != me)
			err = ask(thread);
	}
	closedir(tasks);
	return err;
}

int
capabilities_keep_everywhere(uint64_t keep)
{
	struct sigaction act = {.sa_handler = on_asked, .sa_flags = SA_RESTART}, before;
	int err;

	asked.keep = keep;
	if (sem_init(&asked.done, 0, 0) != 0 || sigaction(SIGRTMIN, &act, &before) != 0)
		return -errno;
	err = ask_others();
	sigaction(SIGRTMIN, &before, NULL);
	/* Main last: what a thread starts meanwhile has what that thread has. */
	return err != 0 ? err : capabilities_keep(keep);
}
