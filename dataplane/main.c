/* SPDX-License-Identifier: Apache-2.0
 *
 * strowger-switch: starts in order (lock, host, EAL, devices, mirror of the kernel, socket),
 * runs its loop (main_loop.c) until it is told to stop, and leaves the host as it was. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <rte_errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "dataplane/device_steer.h"
#include "dataplane/eal.h"
#include "dataplane/host.h"
#include "dataplane/log.h"
#include "dataplane/main_inside.h"
#include "dataplane/sandbox.h"
#include "dataplane/twin.h"

enum {
	STOP_S = 2,       /* that cores get to come to their end */
	POOL_CACHE = 256, /* mbufs that a core keeps to itself */
};

/* ---- Start: each step says itself what failed ---- */

/* One switch a run directory.  The lock goes with the process, however it ends. */
static int
take_lock(struct node *n)
{
	char path[PATH_MAX], pid[32];
	ssize_t len;

	if (mkdir(n->options.run_dir, 0755) != 0 && errno != EEXIST) {
		log_err("cannot make %s: %s\n", n->options.run_dir, strerror(errno));
		return -errno;
	}
	snprintf(path, sizeof path, "%s/switch.lock", n->options.run_dir);
	n->lock = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (n->lock < 0) {
		log_err("cannot open %s: %s\n", path, strerror(errno));
		return -errno;
	}
	if (flock(n->lock, LOCK_EX | LOCK_NB) != 0) {
		len = read(n->lock, pid, sizeof pid - 1);
		pid[len > 0 ? len : 0] = '\0';
		pid[strcspn(pid, "\n")] = '\0';
		log_err("another strowger-switch (pid %s) runs in %s; stop it, or use another "
			"[node] run_dir\n",
			pid, n->options.run_dir);
		return -EBUSY;
	}
	/* Over what is there, and cut then: so it can be written on a full disk, too. */
	len = snprintf(pid, sizeof pid, "%d\n", (int)getpid());
	if (pwrite(n->lock, pid, (size_t)len, 0) != len || ftruncate(n->lock, len) != 0) {
		log_err("cannot write %s: %s\n", path, strerror(errno));
		return -errno;
	}
	return 0;
}

static uint32_t
pool_size(const struct node *n, const struct opt_interface *conf)
{
	const struct options *o = &n->options;

	return RTE_MAX(device_mbufs(conf, o->cpus, o->transcoders), o->mbufs);
}

static int
open_devices(struct node *n)
{
	for (unsigned i = 0; i < n->options.interfaces; i++) {
		const struct opt_interface *conf = &n->options.interface[i];
		char name[RTE_MEMPOOL_NAMESIZE];
		int err;

		snprintf(name, sizeof name, "mbufs%u", i);
		n->pool[i] = device_pool(conf, name, pool_size(n, conf), POOL_CACHE,
			RTE_ALIGN_CEIL(sizeof(struct meta), RTE_MBUF_PRIV_ALIGN));
		/* There is none for a kind that there is not, which the next one tells. */
		if (n->pool[i] == NULL && device_kind(conf->kind) != NULL) {
			log_err("no memory for %u packet buffers of %s: %s; to mend: [dpdk] "
				"mbufs\n",
				pool_size(n, conf), conf->name, rte_strerror(rte_errno));
			return -ENOMEM;
		}
		if ((err = device_open(&n->device[i], conf, n->pool[i], n->options.cpus)) != 0)
			return err;
		n->devices++;
		device_steer(&n->device[i], i, n->options.cpus);
		if (conf->twin[0] != '\0' && (err = twin_open(&n->device[i])) != 0)
			return err;
	}
	return 0;
}

/* The mirror of the kernel's view, and whether it agrees with the configuration. */
static int
open_mirror(struct node *n)
{
	n->neigh = neigh_open(main_links_changed, n);
	if (n->neigh == NULL) {
		log_err("cannot mirror the kernel's routes: %s\n", strerror(errno));
		return -errno;
	}
	for (unsigned i = 0; i < n->devices; i++) {
		const struct opt_interface *conf = &n->options.interface[i];
		const char *below = conf->twin[0] != '\0' ? conf->twin : conf->arg;
		int err = neigh_add_device(n->neigh, i, &n->device[i]);

		if (err != 0) {
			log_err("%s: cannot mirror its routes: %s\n", conf->name,
				strerror(-err));
			return err;
		}
		for (unsigned a = 0; a < conf->addresses; a++)
			if (!neigh_has_address(n->neigh, i, &conf->address[a])) {
				log_err("%s: address number %u of the configuration is not on "
					"%s; take one that `ip address show dev %s` lists, or "
					"add it: ip address add ADDRESS/PREFIX dev %s\n",
					conf->name, a + 1, below, below, below);
				return -EADDRNOTAVAIL;
			}
	}
	return 0;
}

static int
open_engine(struct node *n)
{
	static const struct sw_key none = {.suite = SW_AES_CM_128_HMAC_SHA1_80};
	const char *name = n->options.engine;
	bool any = strcmp(name, "auto") == 0;
	int err = seal_init(any ? "burst" : name);

	if (err != 0 && any)
		err = seal_init("libsrtp2");
	if (err != 0) {
		log_err("SRTP engine %s: %s\n", name, strerror(-err));
		return err;
	}
	if (strcmp(seal_engine(), "libsrtp2") != 0) {
		log_info("SRTP engine %s: up to %u packets at once are authenticated with SHA "
			 "instructions, more side by side\n",
			seal_engine(), seal_few());
		return 0;
	}
	log_warn(
		"SRTP engine libsrtp2: it locks and allocates for every packet, so only "
		"[srtp] libsrtp2_calls calls with SRTP are taken; its keys cannot be kept out of a "
		"core file, so there will be none\n");
	prctl(PR_SET_DUMPABLE, 0); /* they lie on a heap of NSS's */
	/* NSS loads its code with the first key, and unloads it with the last.  In the sandbox
	 * no code is loaded. */
	n->nss = seal_open(&none, false);
	return n->nss != NULL ? 0 : -errno;
}

static int
start(struct node *n)
{
	uint32_t mbufs = 0;
	int err;

	if ((err = take_lock(n)) != 0)
		return err;
	n->locked = true;
	for (unsigned i = 0; i < n->options.interfaces; i++)
		mbufs += pool_size(n, &n->options.interface[i]);
	if ((err = eal_start(&n->options, mbufs)) != 0)
		return err;
	n->eal = true;
	log_set_level(n->options.log_level); /* drivers register their log types only now */
	if ((err = open_engine(n)) != 0)
		return err;
	n->sealing = true;
	if ((err = host_claim_ports(&n->options)) != 0 || (err = open_devices(n)) != 0 ||
		(err = open_mirror(n)) != 0 || (err = main_open_loop(n)) != 0)
		return err;
	if (n->options.state_fd >= 0 &&
		(err = main_start_forwarding(n, n->options.state_fd)) != 0)
		return err;
	return sandbox_switch(&n->options);
}

/* A core that hangs would keep main waiting for ever.  Any moment, main thread. */
static void
on_late(int sig)
{
	static const char line[] =
		"strowger-switch: a forwarding core does not come to its end: ending without it; "
		"the next start puts the host back as it was\n";

	(void)!write(STDERR_FILENO, line, sizeof line - 1);
	_exit(EXIT_FAILURE);
}

static void
stop_forwarding(struct node *n)
{
	signal(SIGALRM, on_late);
	alarm(STOP_S);
	forwarding_close(n->forwarding, n->for_good);
	alarm(0);
}

static void
stop(struct node *n)
{
	twins_close(n->twins);
	if (n->woken_ev != NULL)
		event_del(n->woken_ev); /* its descriptor goes with the forwarding */
	if (n->server != NULL) {
		switch_server_capture(n->server, NULL);
		switch_server_mesh(n->server, NULL);
	}
	stop_forwarding(n);
	main_close_loop(n);
	if (n->neigh != NULL)
		neigh_close(n->neigh);
	for (unsigned i = 0; i < n->devices; i++) {
		twin_close(&n->device[i]);
		device_close(&n->device[i]);
	}
	for (unsigned i = 0; i < n->options.interfaces; i++)
		rte_mempool_free(n->pool[i]);
	if (n->locked)
		host_release_ports(&n->options);
	seal_close(n->nss);
	if (n->sealing)
		seal_fini();
	if (n->eal)
		eal_stop();
}

int
main(int argc, char **argv)
{
	static struct node n = {.lock = -1};
	int err = options_parse(&n.options, argc, argv);

	if (err != 0)
		return err > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	log_open(n.options.log_level);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a limit of files ends a capture, not the switch */
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); /* before there are other threads */
	err = start(&n);
	if (err == 0) {
		log_info(
			"ready: %u device%s, %u forwarding core%s, SRTP engine %s, %s polling\n",
			n.devices, n.devices == 1 ? "" : "s", n.options.cpus,
			n.options.cpus == 1 ? "" : "s", seal_engine(),
			n.options.busy ? "busy" : "adaptive");
		sd_notify(0, "READY=1");
		main_run_loop(&n);
		sd_notify(0, "STOPPING=1");
		err = n.replaced ? -ENODEV : 0;
	}
	stop(&n);
	if (err == 0)
		log_info("stopped\n");
	return err == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
