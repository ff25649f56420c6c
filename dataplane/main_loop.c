/* SPDX-License-Identifier: Apache-2.0
 *
 * What main does while the switch runs: serves control, and passes on what the cores say, what
 * the kernel has changed and what time brings.
 *
 * The forwarding cores start when the shared state is there: at once with --state-fd (a killed
 * predecessor's), else with control's first hello, which may bring one. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "codecs/codec.h"
#include "dataplane/capture.h"
#include "dataplane/log.h"
#include "dataplane/main_inside.h"
#include "dataplane/mesh.h"
#include "dataplane/secret.h"

enum {
	EVENTS_MS = 5, /* how often main looks at what cores say while they say much */
	SETTLE_MS = 1, /* how often main looks whether grace periods are over */
};

static const struct timeval settle_after = {.tv_usec = SETTLE_MS * 1000};

static void
look_again(struct node *n)
{
	static const struct timeval soon = {.tv_usec = EVENTS_MS * 1000};

	if (!event_pending(n->events_ev, EV_TIMEOUT, NULL))
		event_add(n->events_ev, &soon);
}

void
main_settle(void *arg)
{
	struct node *n = arg;
	bool more;

	if (n->forwarding == NULL)
		return;
	tables_mesh_settle(forwarding_tables(n->forwarding));
	more = tables_refresh_paths(forwarding_tables(n->forwarding));
	forwarding_pierce(n->forwarding, rte_rdtsc());
	if (forwarding_settle(n->forwarding) || more)
		event_add(n->settle_ev, &settle_after);
	switch_server_flush(n->server);
	if (tables_pierces(forwarding_tables(n->forwarding)) ||
		capture_is_on(forwarding_capture(n->forwarding)))
		look_again(n);
}

static void
on_settle(evutil_socket_t fd, short what, void *arg)
{
	main_settle(arg);
}

/* Pass what the cores say on to control.  Was there anything? */
static bool
take_events(struct node *n)
{
	struct core_event ev;
	bool any = false;

	for (; forwarding_event(n->forwarding, &ev); any = true) {
		struct sw_event up = {.id = ev.id,
			.slot = ev.slot,
			.kind = ev.kind,
			.rtcp = ev.rtcp,
			.addr = ev.addr};

		if (tables_core_event(forwarding_tables(n->forwarding), &ev))
			switch_server_event(n->server, &up);
	}
	return any;
}

/* While cores say nothing we sleep, and the first word wakes us; from then on we look from
 * time to time until there is no more, so that no flood wakes us for each word. */
static void
on_core_events(evutil_socket_t fd, short what, void *arg)
{
	struct node *n = arg;

	forwarding_listen(n->forwarding, true);
	if (take_events(n)) {
		forwarding_listen(n->forwarding, false);
		look_again(n);
	}
	capture_run(forwarding_capture(n->forwarding), forwarding_tables(n->forwarding),
		switch_server_captured, n->server);
	main_settle(n);
}

static void
on_woken(evutil_socket_t fd, short what, void *arg)
{
	struct node *n = arg;

	twins_up(n->twins);
	on_core_events(-1, 0, n);
}

int
main_start_forwarding(struct node *n, int fd)
{
	const struct forwarding_conf conf = {.options = &n->options,
		.neigh = n->neigh,
		.device = n->device,
		.devices = n->devices,
		.copies = n->pool[0]};
	int err;

	n->forwarding = forwarding_open(&conf, fd);
	if (n->forwarding == NULL)
		return -errno;
	for (unsigned i = 0; i < n->devices; i++) {
		memcpy(n->said[i].mac, n->device[i].mac, sizeof n->said[i].mac);
		n->said[i].up = forwarding_state(n->forwarding)->head->device[i].up;
	}
	switch_server_serve(
		n->server, forwarding_tables(n->forwarding), forwarding_state(n->forwarding));
	switch_server_capture(n->server, forwarding_capture(n->forwarding));
	switch_server_mesh(n->server, forwarding_mesh(n->forwarding));
	if ((err = twins_serve(n->twins, n->forwarding)) != 0)
		return err;
	n->woken_ev = event_new(
		n->base, forwarding_wake_fd(n->forwarding), EV_READ | EV_PERSIST, on_woken, n);
	if (n->woken_ev == NULL)
		return -ENOMEM;
	event_add(n->woken_ev, NULL);
	on_woken(-1, 0, n); /* from now on the cores wake us; that is for what came before */
	return 0;
}

static int
on_hello(void *arg, int fd)
{
	struct node *n = arg;
	int err, origin;

	if (n->forwarding == NULL) {
		if ((err = main_start_forwarding(n, fd)) != 0)
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
	main_settle(n);
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

/* Could a successor open all devices?  It makes twins anew, and wants of every other one its
 * kernel interface and its addresses. */
static bool
may_be_succeeded(const struct node *n)
{
	for (unsigned i = 0; i < n->devices; i++) {
		const struct opt_interface *conf = n->device[i].conf;

		if (n->device[i].twin != NULL)
			continue;
		if (neigh_is_gone(n->neigh, i)) {
			if (!neigh_is_replaced(n->neigh, i))
				return false;
			continue;
		}
		for (unsigned a = 0; a < conf->addresses; a++)
			if (!neigh_has_address(n->neigh, i, &conf->address[a]))
				return false;
	}
	return true;
}

/* A device whose kernel interface is taken away carries nothing any more, and cannot begin
 * anew by itself: another one of that name needs another switch.  Until that can start, the
 * other devices go on.  Nobody but us makes our twins. */
static void
watch_gone(struct node *n)
{
	for (unsigned i = 0; i < n->devices && !n->replaced; i++) {
		const struct device *d = &n->device[i];
		const char *below = d->twin != NULL ? d->conf->twin : d->conf->arg;

		if (!neigh_is_gone(n->neigh, i))
			continue;
		if (!n->gone[i])
			log_err("interface %s: %s has been taken away: its calls are silent until "
				"there is one of that name again, with the addresses of the "
				"configuration\n",
				d->conf->name, below);
		n->gone[i] = true;
		if (!may_be_succeeded(n))
			continue;
		log_warn("interface %s: ending, so that a successor takes the new %s\n",
			d->conf->name, below);
		n->replaced = true;
		event_base_loopexit(n->base, NULL);
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
		tables_tick(forwarding_tables(n->forwarding), now, on_watched, n);
		main_say_links(n);
	}
	main_watch_links(n);
	watch_gone(n);
	codec_renew();
	count_fragments(n);
	if (n->ticks++ % (1000 / TICK_MS) == 0)
		count_devices(n);
	main_settle(n);
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
	.settle = main_settle,
	.log_level = on_log_level,
	.stop = on_stop,
};

int
main_open_loop(struct node *n)
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
		(n->events_ev = evtimer_new(n->base, on_core_events, n)) == NULL ||
		(n->tick_ev = event_new(n->base, -1, EV_PERSIST, on_tick, n)) == NULL ||
		(n->settle_ev = evtimer_new(n->base, on_settle, n)) == NULL ||
		(n->link_ev = evtimer_new(n->base, main_on_link, n)) == NULL ||
		(n->watchdog_ev = event_new(n->base, -1, EV_PERSIST, on_watchdog, n)) == NULL)
		return -ENOMEM;
	event_add(n->neigh_ev, NULL);
	event_add(n->term_ev, NULL);
	event_add(n->int_ev, NULL);
	event_add(n->tick_ev, &tick);
	event_active(n->link_ev, EV_TIMEOUT, 0);
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
	switch_server_silence(n->server, device_silence_fd());
	return 0;
}

void
main_close_loop(struct node *n)
{
	struct event *const events[] = {n->neigh_ev, n->term_ev, n->int_ev, n->events_ev,
		n->woken_ev, n->tick_ev, n->settle_ev, n->watchdog_ev, n->link_ev};

	switch_server_close(n->server);
	for (unsigned i = 0; i < RTE_DIM(events); i++)
		if (events[i] != NULL)
			event_free(events[i]);
	if (n->base != NULL)
		event_base_free(n->base);
	libevent_global_shutdown();
}

void
main_run_loop(struct node *n)
{
	/* Keys of commands have passed through the vector registers, and a core file has
	 * those.
	 */
	while (!event_base_got_exit(n->base) && event_base_loop(n->base, EVLOOP_ONCE) == 0)
		secret_wipe_registers();
}
