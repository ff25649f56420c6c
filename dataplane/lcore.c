/* SPDX-License-Identifier: Apache-2.0
 *
 * A forwarding core's loop, and how it sleeps and is woken.  lcore_run() is the core; init,
 * fini, stop and wake are main's.
 *
 * Adaptive polling: after SPIN_US without a packet the core says that it is asleep, looks at
 * its rings once more, goes RCU-offline, and waits for a device's descriptor or for its
 * eventfd.  A device without a descriptor is looked at every DOZE_US instead. */
#include "dataplane/lcore.h"

#include <errno.h>
#include <poll.h>
#include <rte_ring_elem.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

enum {
	SPIN_US = 50,
	DOZE_US = 900, /* costs 3 % of a CPU; half costs 6 */
};

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

		lc->tx[d] = (struct tx_queue){.port_id = dev->port_id,
			.queue = (uint16_t)(mine % dev->queues),
			.core = (uint8_t)((first + mine % dev->queues) % tb->cores)};
		if (mine < dev->queues)
			lc->rx[lc->rx_queues++] = (struct rx_queue){.port_id = dev->port_id,
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
		.busy = conf->busy};
	lc->tsc_hz = rte_get_tsc_hz();
	lc->now = rte_rdtsc();
	assign_queues(lc);
	crossing_end_init(&lc->end, conf->crossing, conf->number);
	snprintf(name, sizeof name, "events%u", serial++);
	lc->events = rte_ring_create_elem(name, sizeof(struct core_event), EVENT_RING,
		SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	lc->lane = seal_lane_open();
	if (lc->events == NULL || lc->lane == NULL ||
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
	*lc = (struct lcore){0};
}

void
lcore_stop(struct lcore *lc)
{
	atomic_store_explicit(&lc->stop, true, memory_order_release);
	crossing_wake(lc->end.crossing, lc->number);
}

/* The descriptors to wait for, the one that wakes us first; how many.  BLIND: a queue has
 * none.
 */
static nfds_t
list_waits(const struct lcore *lc, struct pollfd fd[SW_DEVICES + 1], bool *blind)
{
	nfds_t n = 0;

	*blind = false;
	fd[n++] = (struct pollfd){.fd = crossing_wake_fd(&lc->end), .events = POLLIN};
	for (unsigned i = 0; i < lc->rx_queues; i++) {
		if (lc->rx[i].wait_fd < 0)
			*blind = true;
		else
			fd[n++] = (struct pollfd){.fd = lc->rx[i].wait_fd, .events = POLLIN};
	}
	return n;
}

/* A link that went down leaves an error on a packet socket, which makes it ready for ever
 * unless somebody takes it.  True: there is one that will not go. */
static bool
take_errors(const struct pollfd *fd, nfds_t n)
{
	bool broken = false;

	for (nfds_t i = 1; i < n; i++) {
		struct pollfd again = {.fd = fd[i].fd};
		socklen_t len = sizeof(int);
		int error;

		if (!(fd[i].revents & (POLLERR | POLLHUP | POLLNVAL)))
			continue;
		getsockopt(fd[i].fd, SOL_SOCKET, SO_ERROR, &error, &len);
		broken |= poll(&again, 1, 0) != 0;
	}
	return broken;
}

/* Wait until there may be something to do; the core is offline and says so.  A packet that
 * comes between the last look and poll() makes the descriptor readable, so it cannot be
 * missed. */
static void
sleep_until_woken(struct lcore *lc)
{
	const struct timespec doze = {.tv_nsec = DOZE_US * 1000L};
	struct pollfd fd[SW_DEVICES + 1];
	bool blind;
	nfds_t n = list_waits(lc, fd, &blind);

	if (!crossing_sleep(&lc->end))
		return;
	count_add(&lc->count->sleeps, 1);
	rte_rcu_qsbr_thread_offline(lc->rcu, lc->number);
	atomic_store_explicit(&lc->count->asleep, 1, memory_order_relaxed);
	ppoll(fd, n, blind ? &doze : NULL, NULL);
	if (take_errors(fd, n))
		clock_nanosleep(CLOCK_MONOTONIC, 0, &doze, NULL);
	atomic_store_explicit(&lc->count->asleep, 0, memory_order_relaxed);
	rte_rcu_qsbr_thread_online(lc->rcu, lc->number);
	crossing_awake(&lc->end);
}

int
lcore_run(void *lcore)
{
	struct lcore *lc = lcore;
	uint64_t spin = lc->tsc_hz / 1000000 * SPIN_US;
	uint64_t idle_since = rte_rdtsc();

	rte_rcu_qsbr_thread_online(lc->rcu, lc->number);
	while (!atomic_load_explicit(&lc->stop, memory_order_acquire)) {
		lc->now = rte_rdtsc();
		count_add(&lc->count->turns, 1);
		if (forward_turn(lc) > 0) {
			idle_since = lc->now;
		} else {
			count_add(&lc->count->empty_turns, 1);
			if (!lc->busy && lc->now - idle_since > spin) {
				sleep_until_woken(lc);
				idle_since = rte_rdtsc();
			}
		}
		rte_rcu_qsbr_quiescent(lc->rcu, lc->number);
	}
	rte_rcu_qsbr_thread_offline(lc->rcu, lc->number);
	rte_rcu_qsbr_thread_unregister(lc->rcu, lc->number);
	return 0;
}
