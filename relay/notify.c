/* SPDX-License-Identifier: Apache-2.0
 *
 * See notify.h.  Without a service manager libsystemd's functions do nothing. */
#include "relay/notify.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>
#include <time.h>

struct notify {
	struct event *watchdog; /* NULL: nobody asked for one */
};

static void
sign_of_life(evutil_socket_t fd, short what, void *arg)
{
	sd_notify(0, "WATCHDOG=1");
}

struct notify *
notify_open(struct event_base *base)
{
	struct notify *n = calloc(1, sizeof *n);
	uint64_t us;

	if (n == NULL || sd_watchdog_enabled(0, &us) <= 0)
		return n;
	/* Twice in the time that we are given: sd_watchdog_enabled(3). */
	const struct timeval half = {(time_t)(us / 2000000), (suseconds_t)(us / 2 % 1000000)};

	n->watchdog = event_new(base, -1, EV_PERSIST, sign_of_life, NULL);
	if (n->watchdog == NULL || event_add(n->watchdog, &half) != 0) {
		notify_close(n);
		return NULL;
	}
	return n;
}

void
notify_close(struct notify *n)
{
	if (n == NULL)
		return;
	if (n->watchdog != NULL)
		event_free(n->watchdog);
	free(n);
}

void
notify_ready(void)
{
	sd_notify(0, "READY=1");
}

void
notify_reloading(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
		t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000);
}

void
notify_stopping(void)
{
	sd_notify(0, "STOPPING=1");
}

void
notify_status(const char *fmt, ...)
{
	char text[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	sd_notifyf(0, "STATUS=%s", text);
}
