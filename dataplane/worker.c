/* SPDX-License-Identifier: Apache-2.0
 *
 * A core's loop.  worker_run() is the core; the rest is main's.
 *
 * Adaptive polling: after SPIN_US without a packet the core says that it is asleep, looks at
 * its rings once more, goes RCU-offline, and waits for a device's descriptor, for an eventfd
 * of its parties, or until something is due.  A device without a descriptor is looked at every
 * DOZE_US instead. */
#include "dataplane/worker.h"

#include <poll.h>
#include <sys/socket.h>
#include <time.h>

#include "dataplane/mesh.h"

enum {
	SPIN_US = 50,
	DOZE_US = 900, /* costs 3 % of a CPU; half costs 6 */
};

/* ---- What it is made of ---- */

void
worker_init(struct worker *w, struct rte_rcu_qsbr *rcu, bool busy)
{
	*w = (struct worker){.rcu = rcu, .busy = busy};
}

static unsigned
take_forwarding(void *of, uint64_t now)
{
	struct lcore *lc = of;

	lc->now = now;
	return forward_turn(lc, now);
}

/* Packets wake it; of the mesh's links it is only to know when. */
static uint64_t
wait_for_links(const void *of, uint64_t now)
{
	return mesh_wait_us(of, now);
}

void
worker_add_lcore(struct worker *w, struct lcore *lc)
{
	w->lcore = lc;
	w->turn[w->turns++] = (struct worker_turn){.end = &lc->end,
		.of = lc,
		.take = take_forwarding,
		.wait_us = wait_for_links,
		.turns = &lc->count->turns,
		.empty_turns = &lc->count->empty_turns,
		.sleeps = &lc->count->sleeps,
		.asleep = &lc->count->asleep};
}

static unsigned
take_transcoding(void *of, uint64_t now)
{
	return transcoder_turn(of, now);
}

static uint64_t
wait_for_timers(const void *of, uint64_t now)
{
	return transcoder_wait_us(of, now);
}

void
worker_add_transcoder(struct worker *w, struct transcoder *tc)
{
	if (w->lcore != NULL)
		transcoder_share(tc, &w->lcore->count->busy_cycles);
	w->turn[w->turns++] = (struct worker_turn){.end = &tc->end,
		.of = tc,
		.take = take_transcoding,
		.wait_us = wait_for_timers,
		.turns = &tc->count->turns,
		.empty_turns = &tc->count->empty_turns,
		.sleeps = &tc->count->sleeps,
		.asleep = &tc->count->asleep};
}

void
worker_stop(struct worker *w)
{
	atomic_store_explicit(&w->stop, true, memory_order_release);
	crossing_wake(w->turn[0].end->crossing, w->turn[0].end->self);
}

/* ---- Sleep ---- */

/* What a worker waits for: the descriptors that wake its parties, then those of devices. */
struct waits {
	struct pollfd fd[WORKER_TURNS + SW_DEVICES];
	nfds_t n;
	bool blind; /* a queue has none */
};

static void
list_waits(const struct worker *w, struct waits *is)
{
	*is = (struct waits){0};
	for (unsigned i = 0; i < w->turns; i++)
		is->fd[is->n++] = (struct pollfd){
			.fd = crossing_wake_fd(w->turn[i].end), .events = POLLIN};
	for (unsigned i = 0; w->lcore != NULL && i < w->lcore->rx_queues; i++) {
		int fd = w->lcore->rx[i].wait_fd;

		if (fd < 0)
			is->blind = true;
		else
			is->fd[is->n++] = (struct pollfd){.fd = fd, .events = POLLIN};
	}
}

/* A link that went down leaves an error on a packet socket, which makes it ready for ever
 * unless somebody takes it.  True: there is one that will not go. */
static bool
take_errors(const struct waits *is, unsigned first)
{
	bool broken = false;

	for (nfds_t i = first; i < is->n; i++) {
		struct pollfd again = {.fd = is->fd[i].fd};
		socklen_t len = sizeof(int);
		int error;

		if (!(is->fd[i].revents & (POLLERR | POLLHUP | POLLNVAL)))
			continue;
		getsockopt(is->fd[i].fd, SOL_SOCKET, SO_ERROR, &error, &len);
		broken |= poll(&again, 1, 0) != 0;
	}
	return broken;
}

/* How long to wait at most; false: until woken. */
static bool
longest_wait(const struct worker *w, bool blind, struct timespec *ts)
{
	uint64_t us = blind ? DOZE_US : UINT64_MAX, now = rte_rdtsc();

	for (unsigned i = 0; i < w->turns; i++)
		us = RTE_MIN(us, w->turn[i].wait_us(w->turn[i].of, now));
	*ts = (struct timespec){
		.tv_sec = (time_t)(us / 1000000), .tv_nsec = (long)(us % 1000000 * 1000)};
	return us != UINT64_MAX;
}

static void
awake(const struct worker *w, unsigned turns)
{
	for (unsigned i = 0; i < turns; i++)
		crossing_awake(w->turn[i].end);
}

/* From here on whoever puts something for any party wakes us.  False: something is there
 * already. */
static bool
fall_asleep(const struct worker *w)
{
	for (unsigned i = 0; i < w->turns; i++)
		if (!crossing_sleep(w->turn[i].end)) {
			awake(w, i);
			return false;
		}
	return true;
}

static void
say_online(const struct worker *w, bool online)
{
	for (unsigned i = 0; i < w->turns; i++) {
		if (online)
			rte_rcu_qsbr_thread_online(w->rcu, w->turn[i].end->self);
		else
			rte_rcu_qsbr_thread_offline(w->rcu, w->turn[i].end->self);
	}
}

static void
say_asleep(const struct worker *w, bool asleep)
{
	for (unsigned i = 0; i < w->turns; i++) {
		count_add(w->turn[i].sleeps, asleep);
		atomic_store_explicit(w->turn[i].asleep, asleep, memory_order_relaxed);
	}
}

/* Wait until there may be something to do; the core is offline and says so.  A packet that
 * comes between the last look and ppoll() makes the descriptor readable, so it cannot be
 * missed. */
static void
sleep_until_woken(const struct worker *w)
{
	static const struct timespec doze = {.tv_nsec = DOZE_US * 1000L};
	struct timespec longest;
	struct waits is;
	bool ends;

	list_waits(w, &is);
	if (!fall_asleep(w))
		return;
	ends = longest_wait(w, is.blind, &longest);
	say_online(w, false);
	say_asleep(w, true);
	ppoll(is.fd, is.n, ends ? &longest : NULL, NULL);
	if (take_errors(&is, w->turns))
		clock_nanosleep(CLOCK_MONOTONIC, 0, &doze, NULL);
	say_asleep(w, false);
	say_online(w, true);
	awake(w, w->turns);
}

/* ---- The loop ---- */

static unsigned
take_turns(const struct worker *w, uint64_t now)
{
	unsigned all = 0;

	for (unsigned i = 0; i < w->turns; i++) {
		const struct worker_turn *turn = &w->turn[i];
		unsigned n = turn->take(turn->of, now);

		count_add(turn->turns, 1);
		if (n == 0)
			count_add(turn->empty_turns, 1);
		all += n;
	}
	return all;
}

int
worker_run(void *worker)
{
	struct worker *w = worker;
	uint64_t spin = rte_get_tsc_hz() / 1000000 * SPIN_US;
	uint64_t idle_since = rte_rdtsc();

	say_online(w, true);
	while (!atomic_load_explicit(&w->stop, memory_order_acquire)) {
		uint64_t now = rte_rdtsc();

		if (take_turns(w, now) > 0) {
			idle_since = now;
		} else if (!w->busy && now - idle_since > spin) {
			sleep_until_woken(w);
			idle_since = rte_rdtsc();
		}
		for (unsigned i = 0; i < w->turns; i++)
			rte_rcu_qsbr_quiescent(w->rcu, w->turn[i].end->self);
	}
	say_online(w, false);
	for (unsigned i = 0; i < w->turns; i++)
		rte_rcu_qsbr_thread_unregister(w->rcu, w->turn[i].end->self);
	return 0;
}
