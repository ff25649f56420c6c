/* SPDX-License-Identifier: Apache-2.0
 *
 * See switch_events.h. */
#include "relay/switch_events.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>

#include "dataplane/switch_client.h"

enum { COMPANY_US = 1000 }; /* that deletions wait for other commands */

struct switch_events {
	struct event_base *base;
	struct switch_client *client;
	struct event *readable, *writable; /* while connected */
	struct event *company;             /* who waits for it has waited long enough */
};

static void
ready(evutil_socket_t fd, short what, void *arg)
{
	const struct switch_events *e = arg;

	switch_client_run(e->client);
}

/* A flush follows. */
static void
no_company(evutil_socket_t fd, short what, void *arg)
{
	const struct switch_events *e = arg;

	switch_client_hurry(e->client);
}

struct switch_events *
switch_events_open(struct event_base *base, struct switch_client *client)
{
	struct switch_events *e = calloc(1, sizeof *e);

	if (e == NULL)
		return NULL;
	*e = (struct switch_events){.base = base, .client = client};
	if ((e->company = evtimer_new(base, no_company, e)) == NULL) {
		free(e);
		return NULL;
	}
	return e;
}

void
switch_events_close(struct switch_events *e)
{
	if (e == NULL)
		return;
	switch_events_drop(e);
	event_free(e->company);
	free(e);
}

int
switch_events_watch(struct switch_events *e)
{
	int fd = switch_client_fd(e->client);

	e->readable = event_new(e->base, fd, EV_READ | EV_PERSIST, ready, e);
	e->writable = event_new(e->base, fd, EV_WRITE, ready, e);
	if (e->readable != NULL && e->writable != NULL && event_add(e->readable, NULL) == 0)
		return 0;
	switch_events_drop(e);
	return -ENOMEM;
}

void
switch_events_drop(struct switch_events *e)
{
	if (e->readable != NULL)
		event_free(e->readable);
	if (e->writable != NULL)
		event_free(e->writable);
	e->readable = e->writable = NULL;
}

void
switch_events_flush(struct switch_events *e)
{
	static const struct timeval company = {.tv_usec = COMPANY_US};

	if (e->writable == NULL || !switch_client_pending(e->client))
		return;
	if (!switch_client_hurries(e->client)) {
		if (!evtimer_pending(e->company, NULL))
			evtimer_add(e->company, &company);
		return;
	}
	switch_client_write(e->client);
	if (switch_client_pending(e->client))
		event_add(e->writable, NULL);
}
