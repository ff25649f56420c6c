/* SPDX-License-Identifier: Apache-2.0
 *
 * What `load` measures once its calls stand: single runs at a rate, and the search for the
 * highest rate without loss.  Figures go to a report.  The generator's one thread. */
#pragma once

#include <stdbool.h>

struct calls;
struct garbage;
struct load_conf;
struct report;
struct traffic;
struct wishes;

struct measure {
	const struct load_conf *conf;
	struct traffic *traffic;
	struct garbage *garbage; /* beside what is measured; NULL: none */
	struct calls *rpc;       /* NULL: no relay to ask about its cores */
	struct report *report;
	const struct wishes *wishes;
};

/* The first packets teach the relay its way back, and wake what sleeps; not counted. */
void measure_warm_up(struct measure *m);
void measure_run(struct measure *m);
void measure_limit(struct measure *m);
