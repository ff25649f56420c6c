/* SPDX-License-Identifier: Apache-2.0
 *
 * strowger-switch: starts in order (lock, host, EAL, devices, mirror of the kernel, socket),
 * then serves control and the forwarding cores' events until it is told to stop, and leaves
 * the host as it was.
 *
 * The forwarding cores start when the shared state is there: at once with --state-fd (a killed
 * predecessor's), else with control's first hello, which may bring one. */
#include <errno.h>
#include <event2/event.h>
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

#include "codecs/codec.h"
#include "dataplane/capture.h"
#include "dataplane/device_steer.h"
#include "dataplane/eal.h"
#include "dataplane/forwarding.h"
#include "dataplane/host.h"
#include "dataplane/log.h"
#include "dataplane/mesh.h"
#include "dataplane/sandbox.h"
#include "dataplane/secret.h"
#include "dataplane/switch_server.h"
#include "dataplane/twin.h"
#include "dataplane/twins.h"

enum {
	EVENTS_MS = 5, /* how often main looks at what cores say */
	TICK_MS = 100,
	STOP_S = 2,       /* that cores get to come to their end */
	SETTLE_MS = 1,    /* how often main looks whether grace periods are over */
	POOL_CACHE = 256, /* mbufs that a core keeps to itself */
};

/* The whole process; one, and main's. */
struct node {
	struct options options;
	int lock;
	bool eal, sealing, ports; /* how far the start came */
	struct event_base *base;
	struct rte_mempool *pool[SW_DEVICES];
	struct device device[SW_DEVICES];
	unsigned devices; /* open */
	struct seal *nss; /* a key of nobody's, for the engine libsrtp2 */
	struct twins *twins;
	struct neigh *neigh;
	struct switch_server *server;
	struct event *neigh_ev, *term_ev, *int_ev, *events_ev, *tick_ev, *settle_ev,
		*watchdog_ev;

	struct forwarding *forwarding; /* NULL until the state is there */
	bool welcomed;                 /* control has been told how the state came */
	bool alive;                    /* no core was stalled at the last tick */
	unsigned ticks;
	bool for_good; /* control has said so: no successor is to find anything */
};

static const struct timeval settle_after = {.tv_usec = SETTLE_MS * 1000};

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
	if (ftruncate(n->lock, 0) != 0 || dprintf(n->lock, "%d\n", (int)getpid()) < 0)
		return -errno;
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
		if (n->pool[i] == NULL) {
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

static void
on_neigh_changed(void *arg)
{
	struct node *n = arg;

	if (n->forwarding == NULL)
		return;
	for (unsigned i = 0; i < n->devices; i++) {
		_Atomic uint32_t *up = &forwarding_state(n->forwarding)->head->device[i].up;
		uint32_t now = neigh_link_up(n->neigh, i);
		struct sw_event ev = {.slot = i, .kind = SW_EV_LINK, .detail = now};

		if (atomic_exchange_explicit(up, now, memory_order_relaxed) == now)
			continue;
		log_warn("%s: link %s\n", n->device[i].conf->name, now ? "up" : "down");
		switch_server_event(n->server, &ev);
	}
}

/* The mirror of the kernel's view, and whether it agrees with the configuration. */
static int
open_mirror(struct node *n)
{
	n->neigh = neigh_open(on_neigh_changed, n);
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

/* ---- What main does while it runs ---- */

/* After whatever changed the tables or the host: make paths anew, free what may be freed, tell
 * control what became of it, and listen to the cores while there is anything that they could
 * speak of. */
static void
settle(void *arg)
{
	static const struct timeval events_every = {.tv_usec = EVENTS_MS * 1000};
	struct node *n = arg;
	bool more;

	if (n->forwarding == NULL)
		return;
	tables_mesh_settle(forwarding_tables(n->forwarding));
	more = tables_refresh_paths(forwarding_tables(n->forwarding));
	if (forwarding_settle(n->forwarding) || more)
		event_add(n->settle_ev, &settle_after);
	switch_server_flush(n->server);
	if (tables_count(forwarding_tables(n->forwarding)) == 0)
		event_del(n->events_ev);
	else if (!event_pending(n->events_ev, EV_TIMEOUT, NULL))
		event_add(n->events_ev, &events_every);
}

static void
on_settle(evutil_socket_t fd, short what, void *arg)
{
	settle(arg);
}

/* Bring the forwarding up with what a predecessor left in FD (-1: nothing). */
static int
start_forwarding(struct node *n, int fd)
{
	const struct forwarding_conf conf = {.options = &n->options,
		.neigh = n->neigh,
		.device = n->device,
		.devices = n->devices,
		.copies = n->pool[0]};

	n->forwarding = forwarding_open(&conf, fd);
	if (n->forwarding == NULL)
		return -errno;
	switch_server_serve(
		n->server, forwarding_tables(n->forwarding), forwarding_state(n->forwarding));
	switch_server_capture(n->server, forwarding_capture(n->forwarding));
	switch_server_mesh(n->server, forwarding_mesh(n->forwarding));
	return twins_serve(n->twins, n->forwarding);
}

static int
on_hello(void *arg, int fd)
{
	struct node *n = arg;
	int err, origin;

	if (n->forwarding == NULL) {
		if ((err = start_forwarding(n, fd)) != 0)
			return err;
	} else if (fd >= 0) {
		close(fd); /* ours, given back */
	}
	forwarding_tell_again(n->forwarding);
	origin = n->welcomed ? SW_KEPT : forwarding_origin(n->forwarding);
	n->welcomed = true;
	return origin;
}

static void
on_log_level(void *arg, uint32_t level)
{
	log_set_level(level);
}

static void
on_stop(void *arg)
{
	struct node *n = arg;

	n->for_good = true;
	event_base_loopexit(n->base, NULL);
}

/* Somebody else than control ends us: it may start another switch, which goes on. */
static void
on_signal(evutil_socket_t signal, short what, void *arg)
{
	struct node *n = arg;

	event_base_loopexit(n->base, NULL);
}

static void
on_neigh(evutil_socket_t fd, short what, void *arg)
{
	struct node *n = arg;

	neigh_run(n->neigh);
	settle(n);
}

/* Pass what the cores say on to control. */
static void
on_core_events(evutil_socket_t fd, short what, void *arg)
{
	struct node *n = arg;
	struct core_event ev;

	while (forwarding_event(n->forwarding, &ev)) {
		struct sw_event up = {.id = ev.id,
			.slot = ev.slot,
			.kind = ev.kind,
			.rtcp = ev.rtcp,
			.addr = ev.addr};

		if (tables_core_event(forwarding_tables(n->forwarding), &ev))
			switch_server_event(n->server, &up);
	}
	capture_run(forwarding_capture(n->forwarding), forwarding_tables(n->forwarding),
		switch_server_captured, n->server);
	settle(n);
}

static void
on_old_key_gone(void *arg, uint32_t slot, uint64_t id)
{
	struct node *n = arg;
	struct sw_event ev = {.id = id, .slot = slot, .kind = SW_EV_OLD_KEY_GONE};

	switch_server_event(n->server, &ev);
}

static void
on_watched(void *arg, const struct sw_event *ev)
{
	struct node *n = arg;
	struct sw_event up = *ev;

	switch_server_event(n->server, &up);
}

static void
count_fragments(struct node *n)
{
	for (unsigned i = 0; n->forwarding != NULL && i < n->devices; i++)
		atomic_store_explicit(
			&forwarding_state(n->forwarding)->head->device[i].fragments,
			device_fragments(&n->device[i]), memory_order_relaxed);
}

/* For whoever looks at us; it takes a look at every core's cache, and some drivers ask the
 * kernel. */
static void
count_devices(struct node *n)
{
	for (unsigned i = 0; n->forwarding != NULL && i < n->devices; i++) {
		struct sw_device *d = &forwarding_state(n->forwarding)->head->device[i];

		atomic_store_explicit(&d->mbufs, n->pool[i]->size, memory_order_relaxed);
		atomic_store_explicit(&d->mbufs_free, rte_mempool_avail_count(n->pool[i]),
			memory_order_relaxed);
		device_count(&n->device[i], d);
	}
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct node *n = arg;
	uint64_t now = rte_rdtsc();

	neigh_run(n->neigh);
	if (n->forwarding != NULL) {
		n->alive = forwarding_watch(n->forwarding, now, on_watched, n);
		tables_tick(forwarding_tables(n->forwarding), now, on_old_key_gone, n);
	}
	for (unsigned i = 0; i < n->devices; i++)
		if (device_watch_link(&n->device[i]))
			on_neigh_changed(n);
	codec_renew();
	count_fragments(n);
	if (n->ticks++ % (1000 / TICK_MS) == 0)
		count_devices(n);
	settle(n);
}

static void
on_watchdog(evutil_socket_t fd, short what, void *arg)
{
	struct node *n = arg;

	if (n->forwarding == NULL || n->alive)
		sd_notify(0, "WATCHDOG=1");
}

/* ---- The loop ---- */

static const struct switch_server_calls server_calls = {
	.hello = on_hello,
	.settle = settle,
	.log_level = on_log_level,
	.stop = on_stop,
};

static int
open_loop(struct node *n)
{
	const struct timeval tick = {.tv_usec = TICK_MS * 1000};
	char path[PATH_MAX];
	struct timeval half;
	uint64_t watchdog_us;

	snprintf(path, sizeof path, "%s/switch.sock", n->options.run_dir);
	if ((n->base = event_base_new()) == NULL ||
		(n->neigh_ev = event_new(n->base, neigh_fd(n->neigh), EV_READ | EV_PERSIST,
			 on_neigh, n)) == NULL ||
		(n->term_ev = evsignal_new(n->base, SIGTERM, on_signal, n)) == NULL ||
		(n->int_ev = evsignal_new(n->base, SIGINT, on_signal, n)) == NULL ||
		(n->events_ev = event_new(n->base, -1, EV_PERSIST, on_core_events, n)) ==
			NULL ||
		(n->tick_ev = event_new(n->base, -1, EV_PERSIST, on_tick, n)) == NULL ||
		(n->settle_ev = evtimer_new(n->base, on_settle, n)) == NULL ||
		(n->watchdog_ev = event_new(n->base, -1, EV_PERSIST, on_watchdog, n)) == NULL)
		return -ENOMEM;
	event_add(n->neigh_ev, NULL);
	event_add(n->term_ev, NULL);
	event_add(n->int_ev, NULL);
	event_add(n->tick_ev, &tick);
	if (sd_watchdog_enabled(0, &watchdog_us) > 0) {
		half = (struct timeval){(time_t)(watchdog_us / 2000000),
			(suseconds_t)(watchdog_us / 2 % 1000000)};
		event_add(n->watchdog_ev, &half);
	}
	n->twins = twins_open(n->base, n->device, n->pool, n->devices);
	if (n->twins == NULL)
		return -ENOMEM;
	n->server = switch_server_open(
		n->base, path, n->options.socket_uid, n->options.socket_gid, &server_calls, n);
	if (n->server == NULL) {
		log_err("cannot listen at %s: %s\n", path, strerror(errno));
		return -errno;
	}
	return 0;
}

static void
close_loop(struct node *n)
{
	struct event *const events[] = {n->neigh_ev, n->term_ev, n->int_ev, n->events_ev,
		n->tick_ev, n->settle_ev, n->watchdog_ev};

	switch_server_close(n->server);
	for (unsigned i = 0; i < RTE_DIM(events); i++)
		if (events[i] != NULL)
			event_free(events[i]);
	if (n->base != NULL)
		event_base_free(n->base);
	libevent_global_shutdown();
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
	if (strcmp(seal_engine(), "libsrtp2") != 0)
		return 0;
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
	host_restore(n->options.run_dir);
	for (unsigned i = 0; i < n->options.interfaces; i++)
		mbufs += pool_size(n, &n->options.interface[i]);
	if ((err = eal_start(&n->options, mbufs)) != 0)
		return err;
	n->eal = true;
	log_set_level(n->options.log_level); /* drivers register their log types only now */
	if ((err = open_engine(n)) != 0)
		return err;
	n->sealing = true;
	if ((err = host_claim_ports(&n->options)) != 0)
		return err;
	n->ports = true;
	if ((err = open_devices(n)) != 0 || (err = open_mirror(n)) != 0 ||
		(err = open_loop(n)) != 0)
		return err;
	if (n->options.state_fd >= 0 && (err = start_forwarding(n, n->options.state_fd)) != 0)
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
	if (n->server != NULL) {
		switch_server_capture(n->server, NULL);
		switch_server_mesh(n->server, NULL);
	}
	stop_forwarding(n);
	close_loop(n);
	if (n->neigh != NULL)
		neigh_close(n->neigh);
	for (unsigned i = 0; i < n->devices; i++) {
		twin_close(&n->device[i]);
		device_close(&n->device[i]);
	}
	for (unsigned i = 0; i < n->options.interfaces; i++)
		rte_mempool_free(n->pool[i]);
	if (n->ports)
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
		/* Keys of commands have passed through the vector registers, and a core file
		 * has those. */
		while (!event_base_got_exit(n.base) &&
			event_base_loop(n.base, EVLOOP_ONCE) == 0)
			secret_wipe_registers();
		sd_notify(0, "STOPPING=1");
	}
	stop(&n);
	if (err == 0)
		log_info("stopped\n");
	return err == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
