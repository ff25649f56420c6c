/* SPDX-License-Identifier: Apache-2.0
 *
 * The clockwork behind pace.h.  The generator's one thread. */
#include "bench/pace.h"

#include <math.h>
#include <poll.h>

#include "bench/clock.h"
#include "bench/garbage.h"
#include "bench/traffic.h"

enum {
	/* Held up, the generator catches up on so much and skips the rest: a flood would
	 * measure queues, not the relay. */
	BACKLOG_US = 2000,
	NAP_MIN_US = 60, /* shorter pauses are not worth a sleep */
	NAP_MAX_US = 100000,
	/* Nothing has returned for so long: the rest is lost. */
	QUIET_NS = 300000000,
	DRAIN_NS = 2000000000, /* and whatever still comes, this is the end */
};

/* Sleep for NS, or until a frame comes. */
static void
nap(const struct traffic *t, uint64_t ns)
{
	struct timespec limit = {.tv_nsec = (long)ns};
	struct pollfd p[2];

	for (unsigned i = 0; i < t->ports; i++)
		p[i] = (struct pollfd){.fd = t->port[i]->fd, .events = POLLIN};
	ppoll(p, t->ports, &limit, NULL);
}

static void
drain(struct traffic *t, bool busy)
{
	uint64_t start = clock_ns(), quiet_since = start;

	while (t->tally.returned < t->tally.sent) {
		uint64_t now = clock_ns();

		if (now - quiet_since > QUIET_NS || now - start > DRAIN_NS)
			break;
		if (sink_take(t) > 0)
			quiet_since = now;
		else if (!busy)
			nap(t, NAP_MIN_US * 1000);
	}
	for (unsigned i = 0; i < t->ports; i++)
		t->tally.missed += port_missed(t->port[i]);
}

/* Send DUE packets, a burst at most.  How many that was. */
static unsigned
send_due(struct traffic *t, uint64_t due)
{
	unsigned n = due < PORT_BURST ? (unsigned)due : PORT_BURST;

	if (n > 0)
		source_send(t, n);
	return n;
}

void
pace_run(struct traffic *t, struct garbage *garbage, double rate, double seconds, bool busy,
	const struct wishes *wishes, struct pace *pace)
{
	double per_ns = rate / 1e9, backlog = fmax(rate * BACKLOG_US / 1e6, PORT_BURST);
	uint64_t start = clock_ns(), end = start + (uint64_t)(seconds * 1e9), now;
	uint64_t issued = 0; /* sent or skipped */
	int marks = wishes->marks;

	pace->skipped = 0;
	for (unsigned i = 0; i < t->ports; i++)
		busy = busy || t->port[i]->fd < 0; /* nothing would wake us */
	if (garbage != NULL) {
		garbage_begin(garbage, start);
		busy = true; /* a nap would end when a call's packet is due */
	}
	for (now = start; now < end && !wishes->stop; now = clock_ns()) {
		uint64_t due = (uint64_t)((double)(now - start) * per_ns) - issued;
		unsigned taken;

		if (marks != wishes->marks) {
			marks = wishes->marks;
			gaps_mark(t, now);
		}
		if ((double)due > backlog) {
			uint64_t late = due - (uint64_t)backlog;

			pace->skipped += late;
			issued += late;
			due -= late;
		}
		issued += send_due(t, due);
		if (garbage != NULL)
			garbage_pour(garbage, now);
		taken = sink_take(t);
		if (due == 0 && taken == 0 && !busy) {
			double next = (double)(issued + 1) / per_ns;
			double wait_us = (next - (double)(clock_ns() - start)) / 1e3;

			if (wait_us > NAP_MIN_US)
				nap(t, (uint64_t)fmin(wait_us, NAP_MAX_US) * 1000);
		}
	}
	gaps_section(t, now);
	pace->seconds = (double)(now - start) / 1e9;
	drain(t, busy);
}
