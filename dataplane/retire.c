/* SPDX-License-Identifier: Apache-2.0
 *
 * A queue of what waits for its grace period; tokens rise, so only its head needs to be looked
 * at. */
#include "dataplane/retire.h"

#include <stdlib.h>
#include <sys/queue.h>

struct item {
	STAILQ_ENTRY(item) next;
	uint64_t token;
	void (*done)(void *p);
	void *p;
};

struct retire {
	struct rte_rcu_qsbr *rcu;
	STAILQ_HEAD(, item) items;
};

struct retire *
retire_open(struct rte_rcu_qsbr *rcu)
{
	struct retire *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->rcu = rcu;
	STAILQ_INIT(&r->items);
	return r;
}

static void
release_head(struct retire *r)
{
	struct item *it = STAILQ_FIRST(&r->items);

	STAILQ_REMOVE_HEAD(&r->items, next);
	it->done(it->p);
	free(it);
}

void
retire_close(struct retire *r)
{
	if (r == NULL)
		return;
	while (!STAILQ_EMPTY(&r->items))
		release_head(r);
	free(r);
}

void
retire_add(struct retire *r, void (*done)(void *p), void *p)
{
	struct item *it = malloc(sizeof *it);

	if (it == NULL) {
		rte_rcu_qsbr_synchronize(r->rcu, RTE_QSBR_THRID_INVALID);
		done(p);
		return;
	}
	*it = (struct item){.token = rte_rcu_qsbr_start(r->rcu), .done = done, .p = p};
	STAILQ_INSERT_TAIL(&r->items, it, next);
}

bool
retire_run(struct retire *r)
{
	while (!STAILQ_EMPTY(&r->items) &&
		rte_rcu_qsbr_check(r->rcu, STAILQ_FIRST(&r->items)->token, false) == 1)
		release_head(r);
	return !STAILQ_EMPTY(&r->items);
}
