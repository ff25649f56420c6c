/* SPDX-License-Identifier: Apache-2.0
 *
 * What a bad network does to each frame.  Pure: no clock, no memory but struct fate_way's; the
 * n-th frame of a way has the fate that the seed gives it, however fast the frames come, and a
 * setting changes only what it is about.  Losses in bursts follow the model of Gilbert,
 * "Capacity of a burst-noise channel", Bell System Technical Journal 39, 1960. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* How bad one way of the network is.  All 0: as good as a cable. */
struct fate_conf {
	double loss;      /* share of the frames, 0..1 */
	double burst;     /* mean number of losses in a row; up to 1: each by itself */
	double reorder;   /* share that is held back, so that later ones overtake it */
	double duplicate; /* share that arrives twice */
	uint64_t delay_us;
	uint64_t jitter_us;     /* up to that much more delay; frames stay in order */
	uint64_t reorder_by_us; /* how long one is held back */
	uint64_t rate_bps;      /* 0: no bound */
};

/* One way; zeroed by fate_open(). */
struct fate_way {
	struct fate_conf conf;
	uint64_t seed;
	uint64_t frames;  /* so far */
	bool losing;      /* a burst of losses goes on */
	uint64_t free_us; /* when the line has sent all before */
	uint64_t last_us; /* when the last frame that kept its place is due */
};

struct fate {
	unsigned copies;    /* 0: lost; 1; 2: duplicated */
	bool reordered;     /* held back */
	uint64_t due_us[2]; /* of each copy */
};

/* NUMBER tells the ways of one SEED apart. */
void fate_open(
	struct fate_way *w, const struct fate_conf *conf, uint64_t seed, unsigned number);

/* Of the next frame, which comes at NOW_US with LEN bytes. */
struct fate fate_next(struct fate_way *w, uint64_t now_us, uint32_t len);
