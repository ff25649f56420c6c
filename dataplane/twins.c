/* SPDX-License-Identifier: Apache-2.0
 *
 * See twins.h. */
#include "dataplane/twins.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>

#include "dataplane/twin.h"

enum { READS_A_TURN = 8 }; /* bursts from one twin before other events get their turn */

struct twins {
	struct event_base *base;
	struct device *device;
	unsigned n;
	struct forwarding *forwarding;
	struct down {
		struct twins *of;
		unsigned device;
		struct rte_mempool *pool;
		struct event *readable;
	} down[SW_DEVICES];
};

struct twins *
twins_open(struct event_base *base, struct device *device, struct rte_mempool *const pool[],
	unsigned n)
{
	struct twins *t = calloc(1, sizeof *t);

	if (t == NULL)
		return NULL;
	*t = (struct twins){.base = base, .device = device, .n = n};
	for (unsigned i = 0; i < n; i++)
		t->down[i] = (struct down){.of = t, .device = i, .pool = pool[i]};
	return t;
}

void
twins_close(struct twins *t)
{
	if (t == NULL)
		return;
	for (unsigned i = 0; i < t->n; i++)
		if (t->down[i].readable != NULL)
			event_free(t->down[i].readable);
	free(t);
}

static void
on_twin(evutil_socket_t fd, short what, void *arg)
{
	struct down *d = arg;
	struct rte_mbuf *pkt[BURST];

	for (unsigned i = 0; i < READS_A_TURN; i++) {
		unsigned n = twin_read(d->of->device[d->device].twin, d->pool, pkt, BURST);

		forwarding_inject(d->of->forwarding, d->device, pkt, n);
		if (n < BURST)
			return;
	}
}

static void
up(void *arg, unsigned device, struct rte_mbuf **pkt, unsigned n)
{
	struct twins *t = arg;

	twin_write(t->device[device].twin, pkt, n);
}

void
twins_up(struct twins *t)
{
	forwarding_punts(t->forwarding, up, t);
}

int
twins_serve(struct twins *t, struct forwarding *f)
{
	t->forwarding = f;
	for (unsigned i = 0; i < t->n; i++) {
		const struct twin *twin = t->device[i].twin;
		struct down *d = &t->down[i];

		if (twin == NULL)
			continue;
		d->readable =
			event_new(t->base, twin_fd(twin), EV_READ | EV_PERSIST, on_twin, d);
		if (d->readable == NULL)
			return -ENOMEM;
		event_add(d->readable, NULL);
	}
	return 0;
}
