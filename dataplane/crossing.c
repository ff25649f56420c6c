/* SPDX-License-Identifier: Apache-2.0
 *
 * Rings between threads, and waking whoever sleeps: see crossing.h.  Each function runs on the
 * thread of the party that it is given, open and close on main. */
#include "dataplane/crossing.h"

#include <errno.h>
#include <rte_mbuf.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

static bool
open_party(struct crossing *c, unsigned to)
{
	static unsigned serial; /* rings are known by name in the whole process */
	struct crossing_party *party = &c->party[to];
	bool transcodes = crossing_is_transcoder(c, to);
	char name[RTE_RING_NAMESIZE];

	party->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (party->wake_fd < 0)
		return false;
	for (unsigned from = 0; from < c->parties; from++) {
		if (from == to || (transcodes && crossing_is_transcoder(c, from)))
			continue;
		snprintf(name, sizeof name, "cross%u", serial++);
		party->from[from] = rte_ring_create(name,
			transcodes ? CROSSING_RING_TRANSCODER : CROSSING_RING, SOCKET_ID_ANY,
			RING_F_SP_ENQ | RING_F_SC_DEQ);
		if (party->from[from] == NULL)
			return false;
	}
	return true;
}

struct crossing *
crossing_open(unsigned cores, unsigned transcoders)
{
	unsigned parties = cores + transcoders + 1;
	size_t size = sizeof(struct crossing) + parties * sizeof(struct crossing_party);
	struct crossing *c = aligned_alloc(
		alignof(struct crossing), RTE_ALIGN_CEIL(size, alignof(struct crossing)));

	if (c == NULL)
		return NULL;
	memset(c, 0, size);
	c->cores = cores;
	c->parties = parties;
	for (unsigned i = 0; i < parties; i++)
		c->party[i].wake_fd = -1;
	for (unsigned i = 0; i < parties; i++)
		if (!open_party(c, i)) {
			crossing_close(c);
			errno = ENOMEM;
			return NULL;
		}
	return c;
}

static void
close_ring(struct rte_ring *r)
{
	struct rte_mbuf *m;

	while (r != NULL && rte_ring_dequeue(r, (void **)&m) == 0)
		rte_pktmbuf_free(m);
	rte_ring_free(r);
}

void
crossing_close(struct crossing *c)
{
	if (c == NULL)
		return;
	for (unsigned i = 0; i < c->parties; i++) {
		for (unsigned from = 0; from < c->parties; from++)
			close_ring(c->party[i].from[from]);
		if (c->party[i].wake_fd >= 0)
			close(c->party[i].wake_fd);
	}
	free(c);
}

void
crossing_end_init(struct crossing_end *e, struct crossing *c, unsigned self)
{
	memset(e, 0, sizeof *e);
	e->crossing = c;
	e->self = self;
}

void
crossing_end_fini(struct crossing_end *e)
{
	for (unsigned to = 0; e->crossing != NULL && to < e->crossing->parties; to++) {
		rte_pktmbuf_free_bulk(e->out[to].pkt, e->out[to].n);
		e->out[to].n = 0;
	}
	e->waiting = 0;
}

void
crossing_wake(struct crossing *c, unsigned party)
{
	uint64_t one = 1;

	/* Fails only when it is already as readable as can be. */
	if (write(c->party[party].wake_fd, &one, sizeof one) < 0)
		return;
}

unsigned
crossing_flush(struct crossing_end *e, unsigned to, unsigned *n)
{
	struct crossing_party *party = &e->crossing->party[to];
	struct crossing_outbox *out = &e->out[to];
	unsigned took = rte_ring_sp_enqueue_burst(
		party->from[e->self], (void *const *)out->pkt, out->n, NULL);

	*n = out->n;
	out->n = 0;
	e->waiting &= ~(UINT64_C(1) << to);
	/* The sleeper says that it sleeps, then looks at its rings; we fill a ring, then look
	 * whether it sleeps: one of us sees the other. */
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&party->asleep, memory_order_relaxed))
		crossing_wake(e->crossing, to);
	return took;
}

unsigned
crossing_take(struct crossing_end *e, unsigned from, struct rte_mbuf **pkt, unsigned max)
{
	struct rte_ring *ring = e->crossing->party[e->self].from[from];

	return ring != NULL ? rte_ring_sc_dequeue_burst(ring, (void **)pkt, max, NULL) : 0;
}

bool
crossing_sleep(struct crossing_end *e)
{
	struct crossing_party *me = &e->crossing->party[e->self];

	atomic_store_explicit(&me->asleep, true, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst);
	for (unsigned from = 0; from < e->crossing->parties; from++)
		if (me->from[from] != NULL && !rte_ring_empty(me->from[from])) {
			crossing_awake(e);
			return false;
		}
	return true;
}

void
crossing_awake(struct crossing_end *e)
{
	struct crossing_party *me = &e->crossing->party[e->self];
	uint64_t woken;

	atomic_store_explicit(&me->asleep, false, memory_order_relaxed);
	if (read(me->wake_fd, &woken, sizeof woken) < 0)
		return; /* nobody has woken us */
}

void
crossing_tell(struct crossing *c)
{
	/* As in crossing_flush(), main being the sleeper. */
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&c->main_listens, memory_order_relaxed))
		crossing_wake(c, crossing_main(c));
}

void
crossing_listen(struct crossing *c, bool listens)
{
	atomic_store_explicit(&c->main_listens, listens, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst);
}

int
crossing_wake_fd(const struct crossing_end *e)
{
	return e->crossing->party[e->self].wake_fd;
}
