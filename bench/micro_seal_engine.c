/* SPDX-License-Identifier: Apache-2.0
 *
 * What `strowger-bench micro seal` is about: the switch's two engines, by the interface that
 * its cores use.  One thread. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/micro_seal.h"
#include "dataplane/seal.h"
#include "dataplane/switch.h"

static struct seal_lane *lane;
static struct seal **in, **out;
static unsigned keys;
static struct seal_job job[LAP];

static void
engine_close(void)
{
	for (unsigned i = 0; i < keys; i++) {
		seal_close(in[i]);
		seal_close(out[i]);
	}
	free(in);
	free(out);
	seal_lane_close(lane);
	seal_fini();
	in = out = NULL;
	lane = NULL;
	keys = 0;
}

static bool
engine_open(const char *name, unsigned suite, unsigned sessions)
{
	int error = seal_init(name);

	if (error != 0) {
		fprintf(stderr, "strowger-bench: engine %s: %s\n", name, strerror(-error));
		return false;
	}
	lane = seal_lane_open();
	in = calloc(sessions, sizeof(struct seal *));
	out = calloc(sessions, sizeof(struct seal *));
	if (lane == NULL || in == NULL || out == NULL)
		goto no_memory;
	for (keys = 0; keys < sessions; keys++) {
		struct sw_key key = {.suite = (uint8_t)suite};
		uint64_t random = micro_random();

		memcpy(key.key, &random, sizeof random);
		in[keys] = seal_open(&key, true);
		out[keys] = seal_open(&key, false);
		if (in[keys] == NULL || out[keys] == NULL) {
			keys++;
			goto no_memory;
		}
	}
	return true;

no_memory:
	fprintf(stderr, "strowger-bench: no memory for %u sessions\n", sessions);
	engine_close();
	return false;
}

static bool
libsrtp2_open(unsigned suite, unsigned sessions)
{
	return engine_open("libsrtp2", suite, sessions);
}

static void
engine_prepare(const struct lap *lap, enum micro_op op)
{
	for (unsigned i = 0; i < LAP; i++) {
		unsigned session = op == MICRO_SEAL ? lap->to[i] : lap->from[i];

		job[i] = (struct seal_job){
			.key = out[session],
			.pkt = lap->pkt[i],
			.index = op == MICRO_SEAL ? lap->to_index[i] : lap->from_index[i],
			.len = lap->len,
			.clear = 12,
		};
	}
	if (op == MICRO_SEAL)
		return;
	for (unsigned i = 0; i < LAP; i += SEAL_BURST)
		seal_burst(lane, job + i, SEAL_BURST);
	for (unsigned i = 0; i < LAP; i++)
		job[i].key = in[lap->from[i]];
}

static void
engine_run(const struct lap *lap, enum micro_op op)
{
	for (unsigned i = 0; i < LAP; i += SEAL_BURST) {
		if (op != MICRO_SEAL)
			unseal_burst(lane, job + i, SEAL_BURST);
		if (op == MICRO_BOTH) {
			for (unsigned k = i; k < i + SEAL_BURST; k++) {
				job[k].key = out[lap->to[k]];
				job[k].index = lap->to_index[k];
				micro_number(job[k].pkt, lap->to_index[k]);
			}
		}
		if (op != MICRO_UNSEAL)
			seal_burst(lane, job + i, SEAL_BURST);
	}
}

static bool
engine_passed(void)
{
	for (unsigned i = 0; i < LAP; i++)
		if (job[i].status != SEAL_OK)
			return false;
	return true;
}

#if HAVE_BURST
static bool
burst_open(unsigned suite, unsigned sessions)
{
	return engine_open("burst", suite, sessions);
}

const struct contestant micro_engine_burst = {
	.name = "burst",
	.sessions_max = MICRO_SESSIONS_MAX,
	.packets = 64 * LAP,
	.open = burst_open,
	.close = engine_close,
	.prepare = engine_prepare,
	.run = engine_run,
	.passed = engine_passed,
};
#endif

const struct contestant micro_engine_libsrtp2 = {
	.name = "libsrtp2",
	.sessions_max = 100,
	.packets = 8 * LAP,
	.open = libsrtp2_open,
	.close = engine_close,
	.prepare = engine_prepare,
	.run = engine_run,
	.passed = engine_passed,
};
