/* SPDX-License-Identifier: Apache-2.0
 *
 * What runs on the tables: forwarding cores, transcode cores, the rings between them, and the
 * threads that take their turns.  Main thread; nothing runs yet, or any more. */
#include <errno.h>
#include <stdlib.h>

#include "dataplane/capture.h"
#include "dataplane/eal.h"
#include "dataplane/forwarding_inside.h"
#include "dataplane/mesh_main.h"

enum { POOL_CACHE = 64 }; /* packet buffers that a core keeps to itself */

struct rte_rcu_qsbr *
forwarding_open_rcu(const struct options *o)
{
	unsigned readers = o->cpus + o->transcoders;
	size_t size = rte_rcu_qsbr_get_memsize(readers);
	struct rte_rcu_qsbr *rcu = aligned_alloc(
		RTE_CACHE_LINE_SIZE, RTE_ALIGN_CEIL(size, (size_t)RTE_CACHE_LINE_SIZE));

	if (rcu != NULL)
		rte_rcu_qsbr_init(rcu, readers);
	return rcu;
}

static int
open_lcores(struct forwarding *f, const struct forwarding_conf *conf)
{
	const struct options *o = conf->options;

	for (; f->cores < o->cpus; f->cores++) {
		const struct lcore_conf lc = {.number = f->cores,
			.cpu = o->cpu[f->cores],
			.tables = tables_shared(f->tables),
			.count = &f->state.core[f->cores],
			.rcu = f->rcu,
			.crossing = f->crossing,
			.copies = conf->copies,
			.tap = capture_tap_of(f->capture, f->cores)};
		int err = lcore_init(&f->lcore[f->cores], &lc);

		if (err != 0)
			return err;
	}
	return 0;
}

static int
open_transcoders(struct forwarding *f, const struct forwarding_conf *conf)
{
	const struct options *o = conf->options;

	f->transcoded = rte_pktmbuf_pool_create("transcoded",
		transcoder_mbufs(o->cpus, o->transcoders), POOL_CACHE,
		RTE_ALIGN_CEIL(sizeof(struct meta), RTE_MBUF_PRIV_ALIGN),
		RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (f->transcoded == NULL)
		return -ENOMEM;
	for (; f->transcoders < o->transcoders; f->transcoders++) {
		const struct transcoder_conf tc = {.number = f->transcoders,
			.cpu = o->transcode_cpu[f->transcoders],
			.tables = tables_shared(f->tables),
			.count = &f->state.transcoder[f->transcoders],
			.rcu = f->rcu,
			.crossing = f->crossing,
			.pool = f->transcoded};
		int err = transcoder_init(&f->transcoder[f->transcoders], &tc);

		if (err != 0)
			return err;
	}
	return 0;
}

static void
open_workers(struct forwarding *f, const struct options *o)
{
	f->workers = eal_workers(o);
	for (unsigned i = 0; i < f->workers; i++)
		worker_init(&f->worker[i], f->rcu, o->busy);
	for (unsigned i = 0; i < f->cores; i++)
		worker_add_lcore(&f->worker[i], &f->lcore[i]);
	for (unsigned i = 0; i < f->transcoders; i++)
		worker_add_transcoder(&f->worker[eal_worker_of(o, i)], &f->transcoder[i]);
}

/* N of SIZE bytes, a multiple of a cache line. */
static void *
lines(unsigned n, size_t size)
{
	return aligned_alloc(RTE_CACHE_LINE_SIZE, n * size);
}

int
forwarding_open_cores(struct forwarding *f, const struct forwarding_conf *conf)
{
	const struct options *o = conf->options;
	int err;

	if ((f->crossing = crossing_open(o->cpus, o->transcoders)) == NULL)
		return -ENOMEM;
	crossing_end_init(&f->end, f->crossing, crossing_main(f->crossing));
	f->pierce = (struct pierce){.end = &f->end, .pool = conf->copies};
	f->capture = capture_open(o->cpus);
	f->lcore = lines(o->cpus, sizeof *f->lcore);
	f->transcoder = lines(o->transcoders, sizeof *f->transcoder);
	f->worker = lines(o->cpus + o->transcoders, sizeof *f->worker);
	if (conf->options->mesh.family != 0 &&
		(f->mesh = mesh_main_open(f->tables, &f->end)) == NULL)
		return -ENOMEM;
	if (f->capture == NULL || f->lcore == NULL || f->transcoder == NULL ||
		f->worker == NULL)
		return -ENOMEM;
	if ((err = open_lcores(f, conf)) == 0 && (err = open_transcoders(f, conf)) == 0)
		open_workers(f, o);
	return err;
}

void
forwarding_close_cores(struct forwarding *f)
{
	for (unsigned i = 0; i < f->cores; i++)
		lcore_fini(&f->lcore[i]);
	for (unsigned i = 0; i < f->transcoders; i++)
		transcoder_fini(&f->transcoder[i]);
	free(f->lcore);
	free(f->transcoder);
	free(f->worker);
	capture_close(f->capture);
	crossing_end_fini(&f->end);
	crossing_close(f->crossing);
	mesh_main_close(f->mesh);
	rte_mempool_free(f->transcoded);
}
