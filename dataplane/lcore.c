/* SPDX-License-Identifier: Apache-2.0
 *
 * A forwarding core's loop, and how it sleeps and is woken.  lcore_run() is the core; init,
 * fini, stop and wake are main's.
 *
 * Adaptive polling: after SPIN_US without a packet the core goes RCU-offline, says that it is
 * asleep, looks once more, and waits for a device's descriptor or for its eventfd.  A device
 * without a descriptor is looked at every DOZE_US instead. */
#include "dataplane/lcore.h"

#include <errno.h>
#include <poll.h>
#include <rte_ring_elem.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	SPIN_US = 50,
	DOZE_US = 900, /* costs 3 % of a CPU; half costs 6 */
};

int
lcore_init(struct lcore *lc, unsigned number, int cpu, const struct tables *tables,
	struct sw_core *count, struct rte_rcu_qsbr *rcu, struct rte_mempool *copies, bool busy)
{
	char name[RTE_RING_NAMESIZE];

	*lc = (struct lcore){.number = number,
		.cpu = cpu,
		.tables = tables,
		.count = count,
		.rcu = rcu,
		.copies = copies,
		.busy = busy,
		.wake_fd = -1};
	lc->tsc_hz = rte_get_tsc_hz();
	lc->now = rte_rdtsc();
	snprintf(name, sizeof name, "events%u", number);
	lc->events = rte_ring_create_elem(name, sizeof(struct core_event), EVENT_RING,
		SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	lc->lane = seal_lane_open();
	lc->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (lc->events == NULL || lc->lane == NULL || lc->wake_fd < 0 ||
		rte_rcu_qsbr_thread_register(rcu, number) != 0) {
		lcore_fini(lc);
		return -ENOMEM;
	}
	atomic_store_explicit(&count->cpu, (uint32_t)cpu, memory_order_relaxed);
	return 0;
}

void
lcore_fini(struct lcore *lc)
{
	rte_ring_free(lc->events);
	seal_lane_close(lc->lane);
	if (lc->wake_fd >= 0)
		close(lc->wake_fd);
	*lc = (struct lcore){.wake_fd = -1};
}

void
lcore_stop(struct lcore *lc)
{
	atomic_store_explicit(&lc->stop, true, memory_order_release);
	lcore_wake(lc);
}

void
lcore_wake(struct lcore *lc)
{
	uint64_t one = 1;

	/* Fails only when it is already as readable as can be. */
	if (write(lc->wake_fd, &one, sizeof one) < 0)
		return;
}

/* The descriptors to wait for, ours first; how many.  BLIND: a device has none. */
static nfds_t
list_waits(const struct lcore *lc, struct pollfd fd[SW_DEVICES + 1], bool *blind)
{
	const struct tables *tb = lc->tables;
	nfds_t n = 0;

	*blind = false;
	fd[n++] = (struct pollfd){.fd = lc->wake_fd, .events = POLLIN};
	for (unsigned d = 0; d < tb->devices; d++) {
		if (tb->device[d]->wait_fd < 0)
			*blind = true;
		else
			fd[n++] = (struct pollfd){
				.fd = tb->device[d]->wait_fd, .events = POLLIN};
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
	uint64_t woken;
	bool blind;
	nfds_t n = list_waits(lc, fd, &blind);

	count_add(&lc->count->sleeps, 1);
	rte_rcu_qsbr_thread_offline(lc->rcu, lc->number);
	atomic_store_explicit(&lc->count->asleep, 1, memory_order_seq_cst);
	ppoll(fd, n, blind ? &doze : NULL, NULL);
	if (take_errors(fd, n))
		clock_nanosleep(CLOCK_MONOTONIC, 0, &doze, NULL);
	atomic_store_explicit(&lc->count->asleep, 0, memory_order_relaxed);
	rte_rcu_qsbr_thread_online(lc->rcu, lc->number);
	if ((fd[0].revents & POLLIN) && read(lc->wake_fd, &woken, sizeof woken) < 0)
		return; /* somebody else's read cannot be: only this core reads it */
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
