/* SPDX-License-Identifier: Apache-2.0
 *
 * See inproc.h: what main.c and forwarding.c do for the switch, for one device.
 */
#include "bench/inproc.h"

#include <errno.h>
#include <rte_eal.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_ring_elem.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dataplane/log.h"
#include "dataplane/mesh_main.h"

const uint8_t inproc_mac[6] = {2, 0, 0, 0, 0, 1};
const uint8_t inproc_peer[6] = {2, 0, 0, 0, 0, 2};

enum {
	MEMIF_POOL_CACHE = 256, /* mbufs that a core keeps to itself, as in main.c */
};

/* Next hops as configured: nothing of a kernel below. */
static const struct device_kind rings = {.name = "rings"};

static cpu_set_t allowed; /* what EAL narrows */

int
inproc_begin(unsigned mb, const char *engine)
{
	static char megabytes[16];
	static char word[][16] = {"strowger", "--no-huge", "--no-pci", "--no-shconf",
		"--no-telemetry", "--lcores", "0", "--log-level", "error", "-m"};
	static char *args[RTE_DIM(word) + 2];
	int err;

	for (unsigned i = 0; i < RTE_DIM(word); i++)
		args[i] = word[i];
	snprintf(megabytes, sizeof megabytes, "%u", mb);
	args[RTE_DIM(word)] = megabytes;
	sched_getaffinity(0, sizeof allowed, &allowed);
	err = rte_eal_init(RTE_DIM(word) + 1, args);
	sched_setaffinity(0, sizeof allowed, &allowed);
	if (err < 0)
		return -EINVAL;
	log_open(1);
	return seal_init(engine);
}

/* ---- The device ---- */

static struct rte_ring *
open_ring(const char *what, unsigned serial, uint32_t size)
{
	char name[32];

	snprintf(name, sizeof name, "%s%u", what, serial);
	return rte_ring_create(name, size, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
}

static bool
open_rings(struct inproc *p, unsigned serial)
{
	for (unsigned q = 0; q < p->conf.queues; q++) {
		p->in[q] = open_ring("in", serial * INPROC_CORES + q, p->conf.ring);
		p->out[q] = p->conf.back_to_back ? p->in[q]
						 : open_ring("out", serial * INPROC_CORES + q,
							   p->conf.ring);
		if (p->in[q] == NULL || p->out[q] == NULL)
			return false;
	}
	return true;
}

static bool
start_port(const struct inproc *p, uint16_t port)
{
	uint16_t queues = (uint16_t)p->conf.queues, ring = (uint16_t)p->conf.ring;
	bool ok = rte_eth_dev_configure(port, queues, queues, &(struct rte_eth_conf){0}) == 0;

	for (uint16_t q = 0; ok && q < queues; q++)
		ok = rte_eth_rx_queue_setup(port, q, ring, 0, NULL, p->pool) == 0 &&
		     rte_eth_tx_queue_setup(port, q, ring, 0, NULL) == 0;
	return ok && rte_eth_dev_start(port) == 0;
}

static void
describe_interface(struct inproc *p)
{
	struct opt_interface *itf = &p->interface;

	snprintf(itf->name, sizeof itf->name, "inside");
	snprintf(itf->kind, sizeof itf->kind, p->conf.memif != NULL ? "memif" : "ring");
	if (p->conf.memif != NULL)
		snprintf(itf->arg, sizeof itf->arg, "%s", p->conf.memif);
	memcpy(itf->mac, inproc_mac, sizeof itf->mac);
	itf->addresses = p->conf.addresses;
	memcpy(itf->address, p->conf.address, sizeof itf->address);
	itf->port_first = p->conf.port_first;
	itf->port_last = p->conf.port_last;
	itf->neighbours = 2; /* anybody */
	itf->neighbour[0].addr.family = AF_INET;
	itf->neighbour[1].addr.family = AF_INET6;
	memcpy(itf->neighbour[0].mac, inproc_peer, sizeof inproc_peer);
	memcpy(itf->neighbour[1].mac, inproc_peer, sizeof inproc_peer);
}

/* A port of rings, and its buffers; SERIAL is new with each. */
static int
open_rings_device(struct inproc *p, unsigned serial)
{
	char name[32];
	int port;

	snprintf(name, sizeof name, "packets%u", serial);
	p->pool = rte_pktmbuf_pool_create(name, p->conf.mbufs, 0,
		RTE_ALIGN_CEIL(sizeof(struct meta), RTE_MBUF_PRIV_ALIGN),
		RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (p->pool == NULL || !open_rings(p, serial))
		return -ENOMEM;
	snprintf(name, sizeof name, "inside%u", serial);
	port = rte_eth_from_rings(
		name, p->in, p->conf.queues, p->out, p->conf.queues, SOCKET_ID_ANY);
	if (port < 0 || !start_port(p, (uint16_t)port))
		return -ENOMEM;
	p->device = (struct device){.kind = &rings,
		.conf = &p->interface,
		.port_id = (uint16_t)port,
		.queues = (uint16_t)p->conf.queues,
		.mtu = 1500};
	memset(p->device.wait_fd, -1, sizeof p->device.wait_fd);
	memcpy(p->device.mac, inproc_mac, sizeof inproc_mac);
	return 0;
}

/* As the switch opens one. */
static int
open_memif_device(struct inproc *p, unsigned serial)
{
	char name[32];

	snprintf(name, sizeof name, "packets%u", serial);
	p->pool = device_pool(&p->interface, name,
		device_mbufs(&p->interface, p->conf.cores, p->conf.transcoders),
		MEMIF_POOL_CACHE, RTE_ALIGN_CEIL(sizeof(struct meta), RTE_MBUF_PRIV_ALIGN));
	if (p->pool == NULL)
		return -ENOMEM;
	return device_open(&p->device, &p->interface, p->pool, p->conf.queues);
}

static int
open_device(struct inproc *p)
{
	static unsigned serial; /* pools, rings and ports are known by name */

	serial++;
	describe_interface(p);
	return p->conf.memif != NULL ? open_memif_device(p, serial)
				     : open_rings_device(p, serial);
}

static void
empty(struct rte_ring *ring)
{
	struct rte_mbuf *m;

	while (ring != NULL && rte_ring_dequeue(ring, (void **)&m) == 0)
		rte_pktmbuf_free(m);
	rte_ring_free(ring);
}

static unsigned
close_device(struct inproc *p)
{
	unsigned lost;

	if (p->device.kind == &rings) {
		rte_eth_dev_stop(p->device.port_id);
		rte_eth_dev_close(p->device.port_id);
	} else {
		device_close(&p->device);
	}
	for (unsigned q = 0; q < p->conf.queues; q++) {
		empty(p->in[q]);
		if (!p->conf.back_to_back)
			empty(p->out[q]);
	}
	if (p->pool == NULL)
		return 0;
	lost = rte_mempool_in_use_count(p->pool);
	rte_mempool_free(p->pool);
	return lost;
}

/* ---- What hangs on the state ---- */

static void
describe(const struct inproc *p)
{
	struct sw_state *head = p->state.head;

	head->addresses = p->conf.addresses;
	head->devices = 1;
	head->cores = p->conf.cores;
	head->transcoders = p->conf.transcoders;
	for (unsigned i = 0; i < p->conf.addresses; i++) {
		head->address[i] = (struct sw_local){
			.addr = p->conf.address[i], .port_last = p->conf.port_last};
		head->address[i].addr.port = p->conf.port_first;
	}
	if (p->conf.mesh.family != 0)
		head->address[head->addresses++] = (struct sw_local){
			.addr = {.family = SW_AF_MESH, .port = SW_MESH_FIRST},
			.port_last = SW_MESH_LAST};
}

static void
close_tables(struct inproc *p)
{
	for (unsigned i = 0; i < p->cores + p->transcoders; i++) {
		rte_rcu_qsbr_thread_offline(p->rcu, i);
		rte_rcu_qsbr_thread_unregister(p->rcu, i);
	}
	retire_close(p->retire);
	tables_close(p->tables);
	for (unsigned i = 0; i < p->cores; i++)
		lcore_fini(&p->lcore[i]);
	for (unsigned i = 0; i < p->transcoders; i++)
		transcoder_fini(&p->transcoder[i]);
	crossing_end_fini(&p->main_end);
	crossing_close(p->crossing);
	mesh_main_close(p->mesh);
	free(p->rcu);
	p->cores = p->transcoders = p->workers = 0;
	p->rcu = NULL;
	p->retire = NULL;
	p->tables = NULL;
	p->crossing = NULL;
	p->mesh = NULL;
}

static int
open_lcores(struct inproc *p)
{
	for (; p->cores < p->conf.cores; p->cores++) {
		const struct lcore_conf lc = {.number = p->cores,
			.tables = tables_shared(p->tables),
			.count = &p->state.core[p->cores],
			.rcu = p->rcu,
			.crossing = p->crossing,
			.copies = p->pool};
		int err = lcore_init(&p->lcore[p->cores], &lc);

		if (err != 0)
			return err;
	}
	return 0;
}

static int
open_transcoders(struct inproc *p)
{
	for (; p->transcoders < p->conf.transcoders; p->transcoders++) {
		const struct transcoder_conf tc = {.number = p->transcoders,
			.tables = tables_shared(p->tables),
			.count = &p->state.transcoder[p->transcoders],
			.rcu = p->rcu,
			.crossing = p->crossing,
			.pool = p->pool};
		int err = transcoder_init(&p->transcoder[p->transcoders], &tc);

		if (err != 0)
			return err;
	}
	p->transcode_at = rte_rdtsc();
	return 0;
}

static void
open_workers(struct inproc *p)
{
	p->workers = p->cores + (p->conf.shared ? 0 : p->transcoders);
	for (unsigned i = 0; i < p->workers; i++)
		worker_init(&p->worker[i], p->rcu, p->conf.busy);
	for (unsigned i = 0; i < p->cores; i++)
		worker_add_lcore(&p->worker[i], &p->lcore[i]);
	for (unsigned i = 0; i < p->transcoders; i++)
		worker_add_transcoder(
			&p->worker[p->conf.shared ? i : p->cores + i], &p->transcoder[i]);
	for (unsigned i = 0; i < p->cores + p->transcoders; i++)
		rte_rcu_qsbr_thread_online(p->rcu, i);
}

static int
open_rcu(struct inproc *p)
{
	unsigned readers = p->conf.cores + p->conf.transcoders;
	size_t size = rte_rcu_qsbr_get_memsize(readers);

	p->rcu = aligned_alloc(
		RTE_CACHE_LINE_SIZE, RTE_ALIGN_CEIL(size, (size_t)RTE_CACHE_LINE_SIZE));
	if (p->rcu == NULL)
		return -ENOMEM;
	rte_rcu_qsbr_init(p->rcu, readers);
	return 0;
}

static int
open_tables(struct inproc *p)
{
	struct tables_conf conf = {.state = &p->state,
		.neigh = p->neigh,
		.device = &p->device,
		.devices = 1,
		.mesh = p->conf.mesh};
	int err;

	describe(p);
	if ((err = open_rcu(p)) != 0)
		return err;
	conf.retire = p->retire = retire_open(p->rcu);
	p->tables = p->retire != NULL ? tables_open(&conf) : NULL;
	p->crossing = crossing_open(p->conf.cores, p->conf.transcoders);
	if (p->tables == NULL || p->crossing == NULL)
		return -ENOMEM;
	crossing_end_init(&p->main_end, p->crossing, crossing_main(p->crossing));
	if (p->conf.mesh.family != 0 &&
		(p->mesh = mesh_main_open(p->tables, &p->main_end)) == NULL)
		return -ENOMEM;
	if ((err = open_lcores(p)) == 0 && (err = open_transcoders(p)) == 0)
		open_workers(p);
	return err;
}

/* ---- Life ---- */

static void
nothing_changed(void *arg)
{
}

int
inproc_open(struct inproc *p, const struct inproc_conf *conf)
{
	const struct state_sizes sizes = {conf->slots, 8};
	int err;

	memset(p, 0, sizeof *p);
	p->conf = *conf;
	if ((err = open_device(p)) != 0)
		goto no_device;
	if ((p->neigh = neigh_open(nothing_changed, NULL)) == NULL) {
		err = -errno;
		goto no_device;
	}
	if ((err = neigh_add_device(p->neigh, 0, &p->device)) != 0 ||
		(err = state_create(&p->state, &sizes)) != 0)
		goto no_state;
	if ((err = open_tables(p)) != 0)
		goto no_tables;
	return 0;

no_tables:
	close_tables(p);
	state_close(&p->state);
no_state:
	neigh_close(p->neigh);
no_device:
	close_device(p);
	return err;
}

unsigned
inproc_close(struct inproc *p)
{
	close_tables(p);
	neigh_close(p->neigh);
	state_close(&p->state);
	return close_device(p);
}

int
inproc_kill(struct inproc *p)
{
	const struct state_sizes sizes = p->state.sizes;
	int fd = dup(p->state.fd), err;

	close_tables(p);
	state_close(&p->state);
	if ((err = state_adopt(&p->state, fd, &sizes)) != 0 || (err = open_tables(p)) != 0)
		return err;
	tables_recover(p->tables);
	return 0;
}

/* ---- Turns ---- */

static void *
run_worker(void *worker)
{
	worker_run(worker);
	return NULL;
}

int
inproc_start(struct inproc *p, const int *cpu)
{
	for (p->threads = 0; p->threads < p->workers; p->threads++) {
		struct worker *w = &p->worker[p->threads];
		pthread_t *thread = &p->thread[p->threads];
		cpu_set_t set = allowed;
		int err;

		atomic_store_explicit(&w->stop, false, memory_order_relaxed);
		if ((err = pthread_create(thread, NULL, run_worker, w)) != 0) {
			inproc_stop(p);
			return -err;
		}
		if (cpu != NULL) {
			CPU_ZERO(&set);
			CPU_SET((size_t)cpu[p->threads], &set);
		}
		pthread_setaffinity_np(*thread, sizeof set, &set);
	}
	return 0;
}

/* A core that ends takes its leave of the grace periods; those by hand want to go on. */
void
inproc_stop(struct inproc *p)
{
	for (unsigned i = 0; i < p->threads; i++)
		worker_stop(&p->worker[i]);
	for (unsigned i = 0; i < p->threads; i++)
		pthread_join(p->thread[i], NULL);
	for (unsigned i = 0; p->threads > 0 && i < p->cores + p->transcoders; i++) {
		rte_rcu_qsbr_thread_register(p->rcu, i);
		rte_rcu_qsbr_thread_online(p->rcu, i);
	}
	p->threads = 0;
}

void
inproc_turn(struct inproc *p)
{
	unsigned n;

	do {
		n = 0;
		for (unsigned i = 0; i < p->cores; i++)
			n += forward_turn(&p->lcore[i], rte_rdtsc());
		for (unsigned i = 0; i < p->transcoders; i++)
			n += transcoder_turn(&p->transcoder[i], p->transcode_at);
		for (unsigned i = 0; i < p->cores + p->transcoders; i++)
			rte_rcu_qsbr_quiescent(p->rcu, i);
	} while (n > 0);
}

void
inproc_set_time(struct inproc *p, uint64_t now)
{
	for (unsigned i = 0; i < p->cores; i++)
		p->lcore[i].now = now;
	p->transcode_at = now;
}

static void
nobody_is_told(void *arg, const struct sw_event *ev)
{
}

void
inproc_main(struct inproc *p, uint64_t now)
{
	struct core_event ev;

	for (unsigned i = 0; i < p->cores; i++)
		while (rte_ring_sc_dequeue_elem(p->lcore[i].events, &ev, sizeof ev) == 0)
			tables_core_event(p->tables, &ev);
	tables_tick(p->tables, now, nobody_is_told, NULL);
	tables_mesh_settle(p->tables);
	codec_renew();
	retire_run(p->retire);
}
