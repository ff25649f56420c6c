/* SPDX-License-Identifier: Apache-2.0
 *
 * What was published and has been replaced waits here until every forwarding core has passed a
 * quiescent point, then it is freed.  Main thread. */
#pragma once

#include <rte_rcu_qsbr.h>
#include <stdbool.h>

struct retire;

struct retire *retire_open(struct rte_rcu_qsbr *rcu); /* NULL: ENOMEM */
void retire_close(struct retire *r); /* frees all at once: no core runs any more */

/* Call DONE(P) once no core can hold what was unpublished before this call: from retire_run(),
 * or, if memory has run out, from here after waiting for the cores. */
void retire_add(struct retire *r, void (*done)(void *p), void *p);

/* Free what may be freed.  True: some still waits. */
bool retire_run(struct retire *r);
