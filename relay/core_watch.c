/* SPDX-License-Identifier: Apache-2.0
 *
 * See core_watch.h. */
#include "relay/core_watch.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/switch_client.h"
#include "relay/tsc.h"

/* Counters of one core, as they were. */
struct look {
	uint64_t rx, tx, busy;
};

struct core_watch {
	const struct switch_client *client;
	struct event *timer;
	uint64_t at; /* TSC of the last look; 0: none since the switch has come */
	struct look last[SW_CORES];
	struct core_rate rate[SW_CORES];
	bool stalled[SW_CORES];
};

static uint64_t
count(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

void
core_watch_look(struct core_watch *w, uint64_t now)
{
	const struct sw_state *st = switch_client_state(w->client);
	double cycles = (double)(now - w->at), seconds;
	const struct sw_core *core;

	if (st == NULL || st->tsc_hz == 0 || now == w->at)
		return;
	seconds = cycles / (double)st->tsc_hz;
	for (unsigned i = 0; (core = switch_client_core(w->client, i)) != NULL; i++) {
		struct look *last = &w->last[i],
			    is = {count(&core->rx_packets), count(&core->tx_packets),
				    count(&core->busy_cycles)};

		if (w->at != 0)
			w->rate[i] = (struct core_rate){
				.rx = (double)(is.rx - last->rx) / seconds,
				.tx = (double)(is.tx - last->tx) / seconds,
				.busy = (double)(is.busy - last->busy) / cycles,
			};
		*last = is;
	}
	w->at = now;
}

static void
tick(evutil_socket_t fd, short what, void *arg)
{
	core_watch_look(arg, tsc_now());
}

struct core_watch *
core_watch_open(struct event_base *base, const struct switch_client *client)
{
	static const struct timeval second = {1, 0};
	struct core_watch *w = calloc(1, sizeof *w);

	if (w == NULL)
		return NULL;
	w->client = client;
	w->timer = event_new(base, -1, EV_PERSIST, tick, w);
	if (w->timer == NULL || event_add(w->timer, &second) != 0)
		goto no_timer;
	return w;

no_timer:
	core_watch_close(w);
	return NULL;
}

void
core_watch_close(struct core_watch *w)
{
	if (w == NULL)
		return;
	if (w->timer != NULL)
		event_free(w->timer);
	free(w);
}

void
core_watch_welcome(struct core_watch *w)
{
	w->at = 0;
	memset(w->rate, 0, sizeof w->rate);
	memset(w->stalled, 0, sizeof w->stalled);
}

void
core_watch_event(struct core_watch *w, const struct sw_event *ev)
{
	if (switch_client_core(w->client, ev->slot) != NULL)
		w->stalled[ev->slot] = ev->detail != 0;
}

bool
core_watch_is_stalled(const struct core_watch *w, unsigned core)
{
	return core < SW_CORES && w->stalled[core];
}

struct core_rate
core_watch_rate(const struct core_watch *w, unsigned core)
{
	return core < SW_CORES ? w->rate[core] : (struct core_rate){0};
}
