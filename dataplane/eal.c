/* SPDX-License-Identifier: Apache-2.0
 *
 * Composes EAL's arguments.  With enough free hugepages: --in-memory (no mount, several
 * instances).  Without: --no-huge, whose memory cannot grow and is therefore computed. */
#include "dataplane/eal.h"

#include <errno.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_memory.h>
#include <rte_pci.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "dataplane/eal_drivers.h"
#include "dataplane/log.h"
#include "dataplane/mesh_main.h"
#include "dataplane/transcoder.h"

enum {
	ARGS = 64,
	MBUF_BYTES = 2816, /* one mbuf with headers, private area and the pool's own cost */
	MBUF_BYTES_SMALL = 4096, /* small pages: none lies across two of them */
	BASE_MB = 64,            /* rings, ports, EAL's own */
	CORE_MB = 3,             /* copies of frames that are captured, which lie like mbufs */
};

struct args {
	int n;
	char *arg[ARGS];
	char text[2048];
	size_t used;
};

__attribute__((format(printf, 2, 3))) static void
add(struct args *a, const char *fmt, ...)
{
	va_list ap;
	int len;

	if (a->n == ARGS - 1)
		return;
	va_start(ap, fmt);
	len = vsnprintf(a->text + a->used, sizeof a->text - a->used, fmt, ap);
	va_end(ap);
	if (len < 0 || (size_t)len >= sizeof a->text - a->used)
		return;
	a->arg[a->n++] = a->text + a->used;
	a->used += (size_t)len + 1;
}

/* Megabytes of 2 MiB hugepages that nobody uses. */
static unsigned
free_hugepages_mb(void)
{
	FILE *f = fopen("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "re");
	unsigned pages = 0;

	if (f == NULL)
		return 0;
	if (fscanf(f, "%u", &pages) != 1)
		pages = 0;
	fclose(f);
	return pages * 2;
}

static void
read_line(const char *path, char *text, size_t room)
{
	FILE *f = fopen(path, "re");

	if (f == NULL || fgets(text, (int)room, f) == NULL)
		text[0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (f != NULL)
		fclose(f);
}

/* May this process run on CPU?  KEY of [cores] asks for it.  The kernel is asked by going
 * there: the affinity it shows leaves out isolated CPUs (isolcpus=), which are the best. */
static int
check_cpu(const char *key, int cpu)
{
	char path[64], online[256];
	cpu_set_t before, set;
	int err = 0;

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	if (sched_getaffinity(0, sizeof before, &before) != 0)
		return 0; /* more CPUs than cpu_set_t counts: EAL will say */
	if (sched_setaffinity(0, sizeof set, &set) != 0)
		err = -EINVAL;
	sched_setaffinity(0, sizeof before, &before);
	if (err == 0)
		return 0;
	snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d", cpu);
	read_line("/sys/devices/system/cpu/online", online, sizeof online);
	if (access(path, F_OK) != 0)
		log_err("[cores] %s: there is no CPU %d; choose one of %s\n", key, cpu,
			online);
	else
		log_err("[cores] %s: CPU %d is offline (online are %s) or kept from this "
			"process; allow it (AllowedCPUs= of the unit, the container's cpuset) "
			"or choose another\n",
			key, cpu, online);
	return err;
}

/* The worker of each transcode core: that of a forwarding core on its CPU which does not
 * transcode yet, or one more.  How many workers that makes. */
static unsigned
choose_workers(const struct options *o, unsigned of[SW_TRANSCODERS])
{
	bool transcodes[SW_CORES] = {false};
	unsigned workers = o->cpus;

	for (unsigned t = 0; t < o->transcoders; t++) {
		unsigned c = 0;

		while (c < o->cpus && (transcodes[c] || o->cpu[c] != o->transcode_cpu[t]))
			c++;
		if (c < o->cpus)
			transcodes[c] = true;
		of[t] = c < o->cpus ? c : workers++;
	}
	return workers;
}

unsigned
eal_workers(const struct options *o)
{
	unsigned of[SW_TRANSCODERS];

	return choose_workers(o, of);
}

unsigned
eal_worker_of(const struct options *o, unsigned n)
{
	unsigned of[SW_TRANSCODERS];

	choose_workers(o, of);
	return of[n];
}

/* Cores that share a CPU take turns by the kernel's leave: good for tests alone. */
static void
warn_of_shared(const struct options *o, unsigned i)
{
	for (unsigned k = 0; k < i; k++)
		if (o->cpu[k] == o->cpu[i]) {
			log_warn(
				"[cores] forwarding: cores %u and %u share CPU %d, which halves "
				"each and costs delay\n",
				k, i, o->cpu[i]);
			return;
		}
}

static int
check_cpus(const struct options *o)
{
	int err = o->main_cpu >= 0 ? check_cpu("main", o->main_cpu) : 0;

	for (unsigned i = 0; i < o->cpus && err == 0; i++) {
		warn_of_shared(o, i);
		err = check_cpu("forwarding", o->cpu[i]);
	}
	for (unsigned i = 0; i < o->transcoders && err == 0; i++)
		err = check_cpu("transcode", o->transcode_cpu[i]);
	return err;
}

/* "0@(CPUS),1@C": main may run anywhere it may now, or where the options say; workers are
 * pinned.  EAL would otherwise pin main, and every thread made later, to one CPU. */
static void
add_lcores(struct args *a, const struct options *o)
{
	enum { WORKERS = (SW_CORES + SW_TRANSCODERS) * sizeof ",48@1023" + sizeof ")" };
	char list[1024] = "0@(";
	size_t n = strlen(list);
	cpu_set_t set;

	CPU_ZERO(&set);
	if (o->main_cpu >= 0)
		CPU_SET((size_t)o->main_cpu, &set);
	else
		sched_getaffinity(0, sizeof set, &set);
	for (size_t cpu = 0, first = 1; cpu < CPU_SETSIZE && n < sizeof list - WORKERS; cpu++)
		if (CPU_ISSET(cpu, &set)) {
			n += (size_t)snprintf(
				list + n, sizeof list - n, "%s%zu", first ? "" : ",", cpu);
			first = 0;
		}
	n += (size_t)snprintf(list + n, sizeof list - n, ")");
	for (unsigned i = 0; i < o->cpus && n < sizeof list; i++)
		n += (size_t)snprintf(
			list + n, sizeof list - n, ",%u@%d", EAL_WORKER_LCORE + i, o->cpu[i]);
	for (unsigned i = 0; i < o->transcoders && n < sizeof list; i++)
		if (eal_worker_of(o, i) >= o->cpus)
			n += (size_t)snprintf(list + n, sizeof list - n, ",%u@%d",
				EAL_WORKER_LCORE + eal_worker_of(o, i), o->transcode_cpu[i]);
	add(a, "--lcores");
	add(a, "%s", list);
}

/* Is device I of kind `pci` and a NIC, rather than a port of a name in dpdk.extra_args? */
static bool
is_nic(const struct options *o, unsigned i)
{
	struct rte_pci_addr at;

	return strcmp(o->interface[i].kind, "pci") == 0 &&
	       rte_pci_addr_parse(o->interface[i].arg, &at) == 0;
}

static bool
has_nic(const struct options *o)
{
	for (unsigned i = 0; i < o->interfaces; i++)
		if (is_nic(o, i))
			return true;
	return false;
}

/* The NICs that the configuration names.  Without any --allow EAL would try all that there
 * are, the host's own as well. */
static void
add_nics(struct args *a, const struct options *o)
{
	if (!has_nic(o))
		add(a, "--no-pci");
	for (unsigned i = 0; i < o->interfaces; i++)
		if (is_nic(o, i)) {
			add(a, "--allow");
			add(a, "%s", o->interface[i].arg);
		}
}

static void
add_memory(struct args *a, const struct options *o, uint32_t mbufs)
{
	unsigned base = BASE_MB + o->cpus * CORE_MB;
	unsigned need;
	unsigned small, have = free_hugepages_mb();

	mbufs += transcoder_mbufs(o->cpus, o->transcoders);
	if (o->mesh.family != 0)
		mbufs += mesh_main_mbufs();
	need = base + (unsigned)((uint64_t)mbufs * MBUF_BYTES >> 20);
	small = base + (unsigned)((uint64_t)mbufs * MBUF_BYTES_SMALL >> 20);
	if (have >= need) {
		add(a, "--in-memory");
		/* Packet buffers in one piece, which AF_XDP needs.  Where a NIC does DMA, EAL
		 * knows better. */
		if (!has_nic(o)) {
			add(a, "--iova-mode");
			add(a, "va");
		}
		return;
	}
	log_warn("no hugepages (%u MB free, %u MB needed): carrying on without, which costs "
		 "some speed with many calls; to mend: sysctl vm.nr_hugepages=%u\n",
		have, need, need / 2 + 1);
	add(a, "--no-huge");
	add(a, "--no-shconf");
	add(a, "-m");
	add(a, "%u", small);
}

/* dpdk.extra_args, split at blanks. */
static void
add_extra(struct args *a, const char *extra)
{
	char copy[sizeof((struct options *)0)->eal_args];
	char *save = NULL;

	snprintf(copy, sizeof copy, "%s", extra);
	for (char *w = strtok_r(copy, " \t", &save); w != NULL;
		w = strtok_r(NULL, " \t", &save))
		add(a, "%s", w);
}

/* Packets and keys pass through EAL's memory: none of it belongs in a core file.  LEN bytes
 * that lie in one piece: without hugepages a segment is 4 KB, and there are tens of thousands.
 * The kernel may still put large pages there, which it knows by itself: fewer faults at start,
 * fewer pages to give back when we are killed. */
static int
advise_of_memory(
	const struct rte_memseg_list *msl, const struct rte_memseg *ms, size_t len, void *arg)
{
	if (!rte_eal_has_hugepages())
		(void)madvise(
			ms->addr, len, MADV_HUGEPAGE); /* a kernel without them says no */
	return madvise(ms->addr, len, MADV_DONTDUMP) == 0 ? 0 : -1;
}

static void
memory_came(enum rte_mem_event event, const void *addr, size_t len, void *arg)
{
	void *at;

	memcpy(&at, &addr, sizeof at); /* madvise() changes no byte of it */
	if (event == RTE_MEM_EVENT_ALLOC && madvise(at, len, MADV_DONTDUMP) != 0)
		log_warn("cannot keep packet memory out of core dumps: %s\n", strerror(errno));
}

/* Under most hypervisors CPUID does not tell the TSC's frequency.  EAL then measures it over a
 * nap of 0.1 s and rounds to 10 MHz: more time than all else that it does, in which a killed
 * switch's calls are silent.  A tenth of that is as good.  This function stands before the C
 * library's (the executable's symbols come first) and does the same but for that one nap. */
static _Thread_local bool eal_will_nap;

int eal_nanosleep(const struct timespec *want, struct timespec *left) __asm__("nanosleep");

int
eal_nanosleep(const struct timespec *want, struct timespec *left)
{
	static const struct timespec tenth = {.tv_nsec = 10000000};
	int err;

	if (eal_will_nap && want->tv_sec == 0 && want->tv_nsec == 10 * tenth.tv_nsec) {
		eal_will_nap = false;
		want = &tenth;
	}
	err = clock_nanosleep(CLOCK_REALTIME, 0, want, left);
	if (err == 0)
		return 0;
	errno = err;
	return -1;
}

/* Without hugepages EAL takes its memory from a memfd of this name, if it gets one, for other
 * processes to map.  Our devices share none of it, and only where it is anonymous does the
 * kernel put large pages there (transparent hugepages; for shared memory hosts have them
 * switched off).  Stands before the C library's. */
static _Thread_local bool eal_shares_nothing;

int eal_memfd_create(const char *name, unsigned flags) __asm__("memfd_create");

int
eal_memfd_create(const char *name, unsigned flags)
{
	if (!eal_shares_nothing || strcmp(name, "nohuge") != 0)
		return (int)syscall(SYS_memfd_create, name, flags);
	errno = ENOSYS;
	return -1;
}

/* For some arguments, such as --help, EAL ends the process, and says so to nobody.  Set while
 * it may. */
static const struct options *starting;

static void
say_that_eal_ends(void)
{
	if (starting == NULL)
		return;
	log_err("DPDK's EAL does not start, but ends the process: [dpdk] extra_args = %s has an "
		"argument that asks for it\n",
		starting->eal_args);
	_exit(EXIT_FAILURE);
}

/* rte_eal_init() that speaks through the log alone: for an argument that it does not know EAL
 * prints all that it knows, and for a fatal error the same line once more. */
static int
init_quietly(struct args *a, const struct options *o)
{
	FILE *out = stdout, *err = stderr, *nowhere = fopen("/dev/null", "we");
	int rc;

	/* The C library's variables, not the descriptors, which a sanitizer may need. */
	if (nowhere != NULL)
		stdout = stderr = nowhere;
	eal_will_nap = true;
	eal_shares_nothing = eal_drivers_are_known(o);
	starting = o;
	atexit(say_that_eal_ends);
	eal_drivers_begin(o);
	rc = rte_eal_init(a->n, a->arg);
	eal_drivers_end();
	starting = NULL;
	eal_will_nap = eal_shares_nothing = false;
	stdout = out;
	stderr = err;
	if (nowhere != NULL)
		fclose(nowhere);
	return rc;
}

int
eal_start(const struct options *o, uint32_t mbufs)
{
	static struct args a; /* EAL keeps pointers into it */
	int err = check_cpus(o);

	if (err != 0)
		return err;
	add(&a, "strowger-switch");
	add_lcores(&a, o);
	add_memory(&a, o, mbufs);
	add(&a, "--file-prefix");
	add(&a, "strowger-%s", o->name);
	add_nics(&a, o);
	add(&a, "--no-telemetry");
	add(&a, "--log-level");
	add(&a, "lib.eal:error"); /* its warnings speak of EAL options, not of ours */
	add_extra(&a, o->eal_args);
	if (init_quietly(&a, o) < 0) {
		log_err("DPDK's EAL did not start (%s); it was given [dpdk] extra_args = %s\n",
			rte_strerror(rte_errno), o->eal_args);
		return -rte_errno;
	}
	if (rte_memseg_contig_walk(advise_of_memory, NULL) != 0) {
		log_err("cannot keep packet memory out of core dumps\n");
		return -EPERM;
	}
	/* Without hugepages memory does not grow, and there is nothing to be told of. */
	if (rte_eal_has_hugepages())
		rte_mem_event_callback_register("dontdump", memory_came, NULL);
	return 0;
}

void
eal_stop(void)
{
	/* No rte_eal_cleanup(): its interrupt thread may still touch what memif has unmapped,
	 * and nothing of EAL's outlives the process but a directory, empty. */
	rmdir(rte_eal_get_runtime_dir());
}
