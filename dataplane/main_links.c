/* SPDX-License-Identifier: Apache-2.0
 *
 * What main does about the links of its devices, and about their MAC addresses: control, the
 * tables and the log hear of what changes. */
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "dataplane/log.h"
#include "dataplane/main_inside.h"

enum {
	LINK_MS = 10, /* how often main looks, in the first seconds, for a link to come */
	LINK_TICKS = 3000 / TICK_MS,
	SAY_EVERY_MS = 1000, /* at most one line that often, of each cause */
};

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Is it time for another line of a cause that was SAID then? */
static bool
may_say(int64_t *said)
{
	int64_t now = now_ms();

	if (*said != 0 && now - *said < SAY_EVERY_MS)
		return false;
	*said = now;
	return true;
}

/* Has there been no link since the start, and no word of that? */
static bool
is_missing(const struct node *n, unsigned i)
{
	return n->ticks >= LINK_TICKS && !n->said[i].up && n->said[i].up_ms == 0;
}

void
main_say_links(struct node *n)
{
	for (unsigned i = 0; i < n->devices; i++) {
		const struct device *d = &n->device[i];
		const uint8_t *mac = d->mac;
		bool up = neigh_link_up(n->neigh, i);

		if (memcmp(n->said[i].mac, mac, sizeof d->mac) != 0 &&
			may_say(&n->said[i].mac_ms)) {
			memcpy(n->said[i].mac, mac, sizeof d->mac);
			log_warn("interface %s: its MAC address is now "
				 "%02x:%02x:%02x:%02x:%02x:%02x\n",
				d->conf->name, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
		}
		if (n->said[i].up != up && may_say(&n->said[i].up_ms)) {
			n->said[i].up = up;
			log_warn("%s: link %s\n", d->conf->name, up ? "up" : "down");
		}
		if (is_missing(n, i) && may_say(&n->said[i].up_ms))
			log_warn("%s: no link yet\n", d->conf->name);
	}
}

/* Media leaves under the MAC address that the kernel answers ARP with. */
static void
follow_mac(struct node *n, unsigned i)
{
	struct device *d = &n->device[i];
	uint8_t now[6];

	if (!neigh_own_mac(n->neigh, i, now) || memcmp(d->mac, now, sizeof now) == 0)
		return;
	memcpy(d->mac, now, sizeof now);
	if (n->forwarding != NULL)
		memcpy(forwarding_state(n->forwarding)->head->device[i].mac, now, sizeof now);
}

void
main_links_changed(void *arg)
{
	struct node *n = arg;

	for (unsigned i = 0; i < n->devices; i++)
		follow_mac(n, i);
	if (n->forwarding == NULL)
		return;
	for (unsigned i = 0; i < n->devices; i++) {
		_Atomic uint32_t *up = &forwarding_state(n->forwarding)->head->device[i].up;
		uint32_t now = neigh_link_up(n->neigh, i);
		struct sw_event ev = {.slot = i, .kind = SW_EV_LINK, .detail = now};

		if (atomic_exchange_explicit(up, now, memory_order_relaxed) != now)
			switch_server_event(n->server, &ev);
	}
	main_say_links(n);
}

void
main_watch_links(struct node *n)
{
	bool any = false;

	for (unsigned i = 0; i < n->devices; i++) {
		if (!device_watch_link(&n->device[i]))
			continue;
		main_links_changed(n);
		if (device_is_up(&n->device[i])) {
			neigh_link_is_back(n->neigh, i);
			any = true;
		}
	}
	if (any)
		neigh_run(n->neigh);
}

/* The peers of a killed predecessor come back within milliseconds. */
void
main_on_link(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval again = {.tv_usec = LINK_MS * 1000};
	struct node *n = arg;
	bool waits = false;

	main_watch_links(n);
	for (unsigned i = 0; i < n->devices; i++)
		waits |= !n->device[i].kind->kernel && !n->device[i].was_up;
	if (waits && n->ticks < LINK_TICKS)
		event_add(n->link_ev, &again);
	main_settle(n);
}
