/* SPDX-License-Identifier: Apache-2.0
 *
 * `strowger-bench load`: phones of both sides of many calls in one process, and what became of
 * what they said.  One thread. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "dataplane/switch.h"

enum { LOAD_PIDS = 8, LOAD_PAIRS = 8 };

/* The phones of one side. */
struct load_side {
	const char *device; /* KIND:ARG of port.h */
	const char *netns;
	const char *interface; /* strowger's, by its configured name; NULL: its first */
	struct sw_addr addr;
	uint8_t mac[6];
	uint8_t to_mac[6]; /* of the next hop; all 0: ask the kernel */
};

/* SRTP of the two legs of a call: enum sw_suite. */
struct load_pair {
	uint8_t suite[2];
};

struct garbage_kind;

struct load_conf {
	struct load_side side[2];
	const char *socket;
	struct sw_addr reflect; /* family 0: real calls */
	unsigned calls, in_flight, port;
	double rate; /* packets/s of all streams; 0: 50 a stream */
	double seconds, warmup;
	unsigned payload, verify, repeat;
	struct load_pair pair[LOAD_PAIRS]; /* call number i has pair i % pairs */
	unsigned pairs;
	bool roll_over;
	bool one_way;  /* phones A talk, phones B only hear */
	double replay; /* share of the packets */
	double churn;  /* calls/s that come and go beside the others */
	double hold;   /* seconds that each of them lives */
	struct {
		double rate, seconds; /* seconds 0: nothing */
	} before;                     /* each run: not counted */
	struct {
		const struct garbage_kind *kind; /* NULL: none */
		double rate;
		unsigned port[2]; /* of the relay, first and last, for what goes where no
				     call is */
	} garbage;
	double late_ms;
	bool busy;
	bool find_limit;
	double step, limit_max, precision;
	unsigned tries;
	pid_t pid[LOAD_PIDS];
	unsigned pids;
	const char *json;
};

/* Fill CONF from the command line.  0; 1: help was printed; -EINVAL after a message on stderr.
 */
int load_options(struct load_conf *conf, int argc, char **argv);

int load_main(int argc, char **argv);
