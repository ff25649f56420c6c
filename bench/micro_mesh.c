/* SPDX-License-Identifier: Apache-2.0
 *
 * `strowger-bench micro mesh`: what 20 ms of sound cost between two nodes of a mesh, from RTP
 * to RTP, by stage (mesh_pair.h).  Beside it, in turn, the box alone by libsodium, which is
 * most of it.  Main thread. */
#include <float.h>
#include <rte_cycles.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>

#include "bench/mesh_pair.h"
#include "bench/micro.h"
#include "bench/options.h"
#include "bench/report.h"
#include "mesh/box.h"
#include "mesh/vomp.h"

enum {
	BOXED = VOMP_RTP + MESH_PAIR_SOUND, /* bytes */
	CALLS_MAX = 1000,
};

struct conf {
	unsigned calls, laps, repeats;
	const char *json;
};

/* ---- What is measured ---- */

/* Cycles a packet of both nodes, and of the box alone: each the least of all laps, for what
 * disturbs one makes it only slower. */
struct figures {
	struct mesh_pair_cycles of[2];
	double seal, open;
};

static void
keep_least(double *least, double value)
{
	if (value < *least)
		*least = value;
}

/* Close N boxes of as much sound, and open them. */
static bool
boxes_alone(struct figures *f, unsigned n)
{
	static uint8_t box[CALLS_MAX][BOX_HEAD + BOXED], key[MESH_KEY] = {1};
	uint64_t began = rte_rdtsc(), closed;
	bool ok = true;

	for (unsigned i = 0; i < n; i++) {
		uint8_t *p = box[i];

		crypto_box_detached_afternm(
			p + BOX_HEAD, p + BOX_NONCE, p + BOX_HEAD, BOXED, p, key);
	}
	closed = rte_rdtsc();
	for (unsigned i = 0; i < n; i++) {
		uint8_t *p = box[i];

		ok &= crypto_box_open_detached_afternm(
			      p + BOX_HEAD, p + BOX_HEAD, p + BOX_NONCE, BOXED, p, key) == 0;
	}
	keep_least(&f->open, (double)(rte_rdtsc() - closed) / n);
	keep_least(&f->seal, (double)(closed - began) / n);
	return ok;
}

/* 20 ms of all calls, which have to come through. */
static bool
lap(struct figures *f, unsigned calls)
{
	struct mesh_pair_cycles c[2] = {{.all = 0}, {.all = 0}};
	uint64_t before = mesh_pair_heard();

	mesh_pair_count(c, -1);
	if (mesh_pair_lap() != 0 || mesh_pair_heard() - before != calls)
		return false;
	mesh_pair_count(c, 1);
	for (unsigned i = 0; i < 2; i++) {
		for (unsigned s = 0; s < SW_STAGES; s++)
			keep_least(&f->of[i].stage[s], c[i].stage[s] / calls);
		keep_least(&f->of[i].all, c[i].all / calls);
	}
	return boxes_alone(f, calls);
}

/* ---- Figures ---- */

static void
add_stages(struct report *r, const char *way, const struct mesh_pair_cycles *c)
{
	char name[64];

	for (unsigned s = 0; s < SW_STAGES; s++) {
		if (c->stage[s] < 1)
			continue;
		snprintf(name, sizeof name, "%s: %s", way, sw_stage_name((enum sw_stage)s));
		report_add(r, name, "cycles", 0, c->stage[s]);
	}
	snprintf(name, sizeof name, "%s: all", way);
	report_add(r, name, "cycles", 0, c->all);
	snprintf(name, sizeof name, "%s: a core", way);
	report_add(r, name, "packets/s", 0, (double)rte_get_tsc_hz() / c->all);
}

static void
add_figures(struct report *r, const struct figures *f)
{
	const double *out = f->of[0].stage, *in = f->of[1].stage;

	add_stages(r, "out", &f->of[0]);
	add_stages(r, "in", &f->of[1]);
	report_add(r, "out: box alone", "cycles", 0, f->seal);
	report_add(r, "in: box alone", "cycles", 0, f->open);
	report_add(r, "out: the mesh's stages / box", "", 2,
		(out[SW_ST_MESH_OUT] + out[SW_ST_MESH_LINK]) / f->seal);
	report_add(r, "in: the mesh's stages / box", "", 2,
		(in[SW_ST_MESH_IN] + in[SW_ST_MESH_LINK]) / f->open);
}

static bool
measure(struct report *r, const struct conf *conf)
{
	struct figures f = {.seal = DBL_MAX, .open = DBL_MAX};

	for (unsigned i = 0; i < 2; i++) {
		for (unsigned s = 0; s < SW_STAGES; s++)
			f.of[i].stage[s] = DBL_MAX;
		f.of[i].all = DBL_MAX;
	}
	for (unsigned i = 0; i < conf->laps; i++)
		if (!lap(&f, conf->calls))
			return false;
	add_figures(r, &f);
	return true;
}

#define AT(field) offsetof(struct conf, field)

static const struct option_row rows[] = {
	{"calls", "N", options_count, AT(calls), 1, CALLS_MAX, "between the two nodes (100)"},
	{"laps", "N", options_count, AT(laps), 1, 10000,
		"packets of each call, a repeat (200)"},
	{"repeats", "N", options_count, AT(repeats), 1, 100, "(5)"},
	{"json", "FILE", options_word, AT(json), 0, 0,
		"the figures for programs; -: stdout, no table"},
};

static const struct option_table table = {.command = "micro mesh",
	.about =
		"Cycles a packet of sound from one node of a mesh to another, and of its box alone.",
	.row = rows,
	.rows = sizeof rows / sizeof rows[0]};

int
micro_mesh(int argc, char **argv)
{
	struct conf conf = {.calls = 100, .laps = 200, .repeats = 5};
	int taken = options_fill(&table, &conf, argc, argv);
	struct report *r;
	bool ok;

	if (taken != 0)
		return taken > 0 ? 0 : 2;
	if ((r = report_open("micro mesh")) == NULL)
		return 1;
	report_fact(r, "calls", "%u, %u bytes of sound each 20 ms; the least of %u laps",
		conf.calls, MESH_PAIR_SOUND, conf.laps);
	ok = mesh_pair_open(conf.calls) == 0;
	for (unsigned i = 0; i < conf.repeats && ok; i++)
		ok = measure(r, &conf);
	if (ok)
		ok = report_give(r, conf.json) == 0;
	else
		fprintf(stderr, "strowger-bench: not all came through\n");
	mesh_pair_close();
	report_close(r);
	return ok ? 0 : 1;
}
