/* SPDX-License-Identifier: Apache-2.0
 *
 * See forwarding.h. */
#include "dataplane/forwarding_inside.h"

#include <errno.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_ring_elem.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dataplane/capture.h"
#include "dataplane/eal.h"
#include "dataplane/locals.h"
#include "dataplane/log.h"
#include "dataplane/mesh_main.h"
#include "dataplane/ordered.h"

/* ---- What this process has, in the head of the state ---- */

static int64_t
real_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * INT64_C(1000000) + ts.tv_nsec / 1000;
}

static void
describe_device(struct sw_device *d, const struct device *dev, bool up)
{
	struct rte_eth_dev_info info;

	snprintf(d->name, sizeof d->name, "%.*s", SW_NAME - 1, dev->conf->name);
	snprintf(d->kind, sizeof d->kind, "%s", dev->kind->name);
	if (dev->packet[0] != NULL)
		snprintf(d->driver, sizeof d->driver, "AF_PACKET");
	else if (rte_eth_dev_info_get(dev->port_id, &info) == 0)
		snprintf(d->driver, sizeof d->driver, "%s", info.driver_name);
	memcpy(d->mac, dev->mac, sizeof d->mac);
	d->mtu = dev->mtu;
	d->queues = dev->queues;
	d->vlan = dev->conf->vlan;
	snprintf(d->twin, sizeof d->twin, "%s", dev->twin != NULL ? dev->conf->twin : "");
	atomic_store_explicit(&d->up, up, memory_order_relaxed);
}

static void
describe(struct sw_state *head, const struct forwarding_conf *conf)
{
	struct sw_local list[SW_ADDRESSES];
	uint32_t addresses = locals_list(conf->options, head, list);

	head->cores = conf->options->cpus;
	head->transcoders = conf->options->transcoders;
	/* What a predecessor had stands there already; a new one counts when it is whole,
	 * whenever we are killed. */
	memcpy(head->address, list, sizeof list);
	ORDERED();
	head->addresses = addresses;
	head->devices = conf->devices;
	for (unsigned i = 0; i < conf->devices; i++)
		describe_device(
			&head->device[i], &conf->device[i], neigh_link_up(conf->neigh, i));
	head->tsc_hz = rte_get_tsc_hz();
	head->started_us = real_us();
	if (head->created_us == 0)
		head->created_us = head->started_us;
	atomic_store_explicit(&head->switch_pid, (uint32_t)getpid(), memory_order_relaxed);
	snprintf(head->engine, sizeof head->engine, "%s", seal_engine());
	snprintf(head->poll, sizeof head->poll, "%s",
		conf->options->busy ? "busy" : "adaptive");
}

/* ---- The state ---- */

/* What the state in FD says of its own size, which may be another than ours by now.
 * state_adopt() sees whether it is true. */
static bool
sizes_of(int fd, struct state_sizes *sizes)
{
	struct sw_state head;

	if (pread(fd, &head, sizeof head, 0) != sizeof head)
		return false;
	*sizes = (struct state_sizes){head.transports, head.record_blocks};
	return true;
}

/* Move N counters. */
static void
fold(_Atomic uint64_t *to, _Atomic uint64_t *from, unsigned n)
{
	for (unsigned i = 0; i < n; i++) { /* a kill here costs one counter */
		count_add(&to[i], from[i]);
		from[i] = 0;
	}
}

/* There are fewer cores than before: what the others counted is the first one's from now on,
 * so that no sum goes back. */
static void
fold_counters(struct state *s, const struct options *o)
{
	/* All 64-bit counters of a core, from the first to the last. */
	enum {
		OF_CORE = offsetof(struct sw_core, cpu) / sizeof(uint64_t),
		OF_TRANSCODER = offsetof(struct sw_transcoder, load) / sizeof(uint64_t),
	};

	for (unsigned c = o->cpus; c < SW_CORES; c++)
		fold(&s->core[0].turns, &s->core[c].turns, OF_CORE);
	for (unsigned c = o->transcoders; c < SW_TRANSCODERS; c++)
		fold(&s->transcoder[0].turns, &s->transcoder[c].turns, OF_TRANSCODER);
}

static int
adopt(struct forwarding *f, const struct forwarding_conf *conf, struct state_sizes sizes,
	int fd)
{
	int err;

	sizes_of(fd, &sizes); /* room for other calls than before is not worth losing these */
	if ((err = state_adopt(&f->state, fd, &sizes)) != 0)
		return err;
	if (locals_stay(conf->options, f->state.head)) {
		fold_counters(&f->state, conf->options);
		return 0;
	}
	state_close(&f->state);
	return -EADDRNOTAVAIL;
}

/* FD's state when it fits, else a new one. */
static int
open_state(struct forwarding *f, const struct forwarding_conf *conf, int fd)
{
	const struct state_sizes sizes = {
		conf->options->transports, conf->options->record_blocks};
	int err = fd >= 0 ? adopt(f, conf, sizes, fd) : -ENOENT;

	if (err == 0) {
		f->origin = SW_ADOPTED;
		atomic_fetch_add_explicit(&f->state.head->restarts, 1, memory_order_relaxed);
		return 0;
	}
	if (fd >= 0)
		log_warn(
			"cannot take over the state of the switch before (%s): starting afresh\n",
			strerror(-err));
	f->origin = SW_FRESH;
	err = state_create(&f->state, &sizes);
	if (err != 0)
		log_err("cannot make the shared state: %s\n", strerror(-err));
	return err;
}

/* ---- Life ---- */

/* What hangs on the state, no core running yet.  0 or -ENOMEM. */
static int
open_tables(struct forwarding *f, const struct forwarding_conf *conf)
{
	struct tables_conf tc = {.state = &f->state,
		.neigh = conf->neigh,
		.device = conf->device,
		.devices = conf->devices,
		.mesh = conf->options->mesh};

	if ((f->rcu = forwarding_open_rcu(conf->options)) == NULL ||
		(f->retire = retire_open(f->rcu)) == NULL)
		return -ENOMEM;
	tc.retire = f->retire;
	if ((f->tables = tables_open(&tc)) == NULL)
		return -ENOMEM;
	return forwarding_open_cores(f, conf);
}

/* No core runs any more. */
static void
close_tables(struct forwarding *f)
{
	forwarding_close_cores(f);
	retire_close(f->retire);
	tables_close(f->tables);
	free(f->rcu);
}

struct forwarding *
forwarding_open(const struct forwarding_conf *conf, int fd)
{
	struct forwarding *f = calloc(1, sizeof *f);
	int err;

	if (f == NULL) {
		errno = ENOMEM;
		return NULL;
	}
	if ((err = open_state(f, conf, fd)) != 0)
		goto no_state;
	describe(f->state.head, conf);
	if ((err = open_tables(f, conf)) != 0) {
		log_err("no memory for the flow tables\n");
		goto no_tables;
	}
	if (f->origin == SW_ADOPTED)
		log_info("took over %u transports of the switch before\n",
			tables_recover(f->tables));
	for (unsigned i = 0; i < f->workers; i++)
		rte_eal_remote_launch(worker_run, &f->worker[i], EAL_WORKER_LCORE + i);
	crossing_sleep(&f->end);
	return f;

no_tables:
	close_tables(f);
	state_close(&f->state);
no_state:
	free(f);
	errno = -err;
	return NULL;
}

void
forwarding_close(struct forwarding *f, bool for_good)
{
	if (f == NULL)
		return;
	for (unsigned i = 0; i < f->workers; i++)
		worker_stop(&f->worker[i]);
	for (unsigned i = 0; i < f->workers; i++)
		rte_eal_wait_lcore(EAL_WORKER_LCORE + i);
	close_tables(f);
	if (for_good)
		state_wipe(&f->state);
	state_close(&f->state);
	free(f);
}

enum sw_origin
forwarding_origin(const struct forwarding *f)
{
	return f->origin;
}

struct switch_tables *
forwarding_tables(const struct forwarding *f)
{
	return f->tables;
}

const struct state *
forwarding_state(const struct forwarding *f)
{
	return &f->state;
}

struct mesh_main *
forwarding_mesh(const struct forwarding *f)
{
	return f->mesh;
}

struct capture *
forwarding_capture(const struct forwarding *f)
{
	return f->capture;
}

bool
forwarding_settle(struct forwarding *f)
{
	return retire_run(f->retire);
}

void
forwarding_pierce(struct forwarding *f, uint64_t now)
{
	tables_pierce(f->tables, now, pierce_send, &f->pierce);
}

bool
forwarding_event(struct forwarding *f, struct core_event *ev)
{
	for (unsigned i = 0; i < f->cores; i++)
		if (rte_ring_sc_dequeue_elem(f->lcore[i].events, ev, sizeof *ev) == 0)
			return true;
	return false;
}

void
forwarding_listen(struct forwarding *f, bool listens)
{
	crossing_listen(f->crossing, listens);
}

int
forwarding_wake_fd(const struct forwarding *f)
{
	return crossing_wake_fd(&f->end);
}

/* Of N packets: those of the mesh are told of, the others, which are for twins, stay in PKT.
 * How many. */
static unsigned
take_mesh(struct forwarding *f, struct rte_mbuf **pkt, unsigned n)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < n; i++) {
		if (meta(pkt[i])->step != STEP_MESH_UP)
			pkt[kept++] = pkt[i];
		else
			mesh_main_heard(f->mesh, pkt[i]);
	}
	return kept;
}

static void
take_punts(struct forwarding *f,
	void (*take)(void *arg, unsigned device, struct rte_mbuf **pkt, unsigned n), void *arg)
{
	struct rte_mbuf *pkt[BURST];

	for (unsigned core = 0; core < f->cores; core++) {
		unsigned n = crossing_take(&f->end, core, pkt, BURST);

		n = take_mesh(f, pkt, n);
		for (unsigned at = 0, end; at < n; at = end) {
			unsigned device = meta(pkt[at])->device;

			for (end = at + 1; end < n && meta(pkt[end])->device == device; end++)
				;
			take(arg, device, pkt + at, end - at);
		}
	}
}

void
forwarding_punts(struct forwarding *f,
	void (*take)(void *arg, unsigned device, struct rte_mbuf **pkt, unsigned n), void *arg)
{
	enum { ROUNDS = 8 }; /* then other events get their turn */

	crossing_awake(&f->end);
	for (unsigned i = 0; i < ROUNDS; i++) {
		take_punts(f, take, arg);
		if (crossing_sleep(&f->end))
			return;
	}
	crossing_wake(f->crossing, f->end.self); /* come back for the rest */
}

void
forwarding_inject(struct forwarding *f, unsigned device, struct rte_mbuf **pkt, unsigned n)
{
	unsigned core = device % f->cores, waiting, took;

	for (unsigned i = 0; i < n; i++) {
		meta(pkt[i])->device = (uint8_t)device;
		meta(pkt[i])->step = STEP_SEND;
		if (!crossing_put(&f->end, core, pkt[i]) && i + 1 < n)
			continue;
		took = crossing_flush(&f->end, core, &waiting);
		rte_pktmbuf_free_bulk(&f->end.out[core].pkt[took], waiting - took);
	}
}
