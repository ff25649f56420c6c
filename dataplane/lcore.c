/* SPDX-License-Identifier: Apache-2.0
 *
 * What a forwarding core is made of: made and let go by main, before and after the core runs
 * (worker.h). */
#include "dataplane/lcore.h"

#include <errno.h>
#include <rte_ring_elem.h>
#include <stdlib.h>

#include "dataplane/mesh.h"
#include "dataplane/stopwatch.h"

/* Which queue of a device with so many is whose: queue q of device d is core (d + q)'s, so
 * that devices with one queue each spread over the cores. */
static void
assign_queues(struct lcore *lc)
{
	const struct tables *tb = lc->tables;

	for (unsigned d = 0; d < tb->devices; d++) {
		const struct device *dev = tb->device[d];
		unsigned first = d % tb->cores;
		unsigned mine = (lc->number + tb->cores - first) % tb->cores;

		lc->tx[d] = (struct tx_queue){.packet = dev->packet[mine % dev->queues],
			.port_id = dev->port_id,
			.queue = (uint16_t)(mine % dev->queues),
			.core = (uint8_t)((first + mine % dev->queues) % tb->cores)};
		if (mine < dev->queues)
			lc->rx[lc->rx_queues++] =
				(struct rx_queue){.packet = dev->packet[mine],
					.port_id = dev->port_id,
					.queue = (uint16_t)mine,
					.device = (uint8_t)d,
					.wait_fd = dev->wait_fd[mine]};
	}
}

int
lcore_init(struct lcore *lc, const struct lcore_conf *conf)
{
	static unsigned serial; /* rings are known by name in the whole process */
	char name[RTE_RING_NAMESIZE];

	*lc = (struct lcore){.number = conf->number,
		.cpu = conf->cpu,
		.tables = conf->tables,
		.count = conf->count,
		.rcu = conf->rcu,
		.copies = conf->copies,
		.tap = conf->tap,
		.one_in = STOPWATCH_ONE_IN,
		.dice = stopwatch_seed(conf->number)};
	lc->tsc_hz = rte_get_tsc_hz();
	lc->now = rte_rdtsc();
	assign_queues(lc);
	crossing_end_init(&lc->end, conf->crossing, conf->number);
	snprintf(name, sizeof name, "events%u", serial++);
	lc->events = rte_ring_create_elem(name, sizeof(struct core_event), EVENT_RING,
		SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	lc->lane = seal_lane_open();
	lc->mesh = conf->tables->mesh != NULL ? mesh_core_open(lc) : NULL;
	if (lc->events == NULL || lc->lane == NULL ||
		(lc->mesh == NULL && conf->tables->mesh != NULL) ||
		rte_rcu_qsbr_thread_register(conf->rcu, conf->number) != 0) {
		lcore_fini(lc);
		return -ENOMEM;
	}
	atomic_store_explicit(&lc->count->cpu, (uint32_t)conf->cpu, memory_order_relaxed);
	/* A switch that was killed in its sleep has left 1. */
	atomic_store_explicit(&lc->count->asleep, 0, memory_order_relaxed);
	return 0;
}

void
lcore_fini(struct lcore *lc)
{
	crossing_end_fini(&lc->end);
	rte_ring_free(lc->events);
	seal_lane_close(lc->lane);
	mesh_core_close(lc->mesh);
	*lc = (struct lcore){0};
}
