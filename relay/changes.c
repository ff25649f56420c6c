/* SPDX-License-Identifier: Apache-2.0
 *
 * A ring of bytes with the changes, one behind the other, and a ring of where each begins; see
 * changes.h. */
#include "relay/changes.h"

#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/random.h>

#include "control/request.h"

enum { BYTES = CHANGES_MAX * 32 };

struct waiter {
	TAILQ_ENTRY(waiter) link;
	struct changes *changes;
	struct event *timeout;
	struct changes_waiter who;
};

struct changes {
	struct event_base *base;
	struct event *wake;           /* soon, when something was added */
	TAILQ_HEAD(, waiter) waiting; /* longest first */
	unsigned waiters;

	uint64_t instance;
	uint64_t first, end; /* numbers: the oldest change, and the one behind the newest */
	uint32_t tail;       /* where the next one is put */
	uint32_t at[CHANGES_MAX]; /* where number n % CHANGES_MAX begins */
	uint8_t bytes[BYTES];     /* its kind, its id, NUL; none lies across the end */
};

const char *const change_words[] = {
	[CHANGE_CREATED] = "created",
	[CHANGE_UPDATED] = "updated",
	[CHANGE_EXPORTED] = "exported",
	[CHANGE_RESUMED] = "resumed",
	[CHANGE_LEARNED] = "learned",
	[CHANGE_REKEYED] = "rekeyed",
	[CHANGE_ENDED] = "ended",
	[CHANGE_KINDS] = NULL,
};

/* ---- The journal. ---- */

static uint32_t *
place(struct changes *c, uint64_t number)
{
	return &c->at[number % CHANGES_MAX];
}

/* Forget the oldest changes while they lie in [FROM, TO). */
static void
forget(struct changes *c, uint32_t from, uint32_t to)
{
	while (c->first < c->end && *place(c, c->first) >= from && *place(c, c->first) < to)
		c->first++;
}

/* LEN bytes at the tail. */
static void
make_room(struct changes *c, uint32_t len)
{
	if (c->tail + len > BYTES) {
		forget(c, c->tail, BYTES);
		c->tail = 0;
	}
	forget(c, c->tail, c->tail + len);
	if (c->end - c->first == CHANGES_MAX)
		c->first++;
}

void
changes_add(struct changes *c, enum change_kind kind, const char *id)
{
	static const struct timeval now = {0, 0};
	uint32_t len = (uint32_t)strlen(id) + 2;

	make_room(c, len);
	*place(c, c->end++) = c->tail;
	c->bytes[c->tail] = (uint8_t)kind;
	memcpy(&c->bytes[c->tail + 1], id, len - 1);
	c->tail += len;
	if (c->waiters > 0)
		evtimer_add(c->wake, &now);
}

uint64_t
changes_end(const struct changes *c)
{
	return c->end;
}

bool
changes_has(const struct changes *c, uint64_t at)
{
	return at >= c->first && at <= c->end;
}

enum change_kind
changes_at(const struct changes *c, uint64_t at, const char **id)
{
	const uint8_t *change = &c->bytes[c->at[at % CHANGES_MAX]];

	*id = (const char *)change + 1;
	return *change;
}

void
changes_write_cursor(const struct changes *c, uint64_t at, char text[CHANGES_CURSOR])
{
	snprintf(text, CHANGES_CURSOR, "%016" PRIx64 "-%" PRIu64, c->instance, at);
}

int
changes_read_cursor(const struct changes *c, const char *text, uint64_t *at)
{
	static const char digits[] = "0123456789";
	size_t n = strspn(text, "0123456789abcdef");
	const char *number = text + n + 1;

	if (n != 16 || text[n] != '-' || number[0] == '\0' ||
		number[strspn(number, digits)] != '\0' || strlen(text) >= CHANGES_CURSOR)
		return -EINVAL;
	*at = strtoull(text, NULL, 16) == c->instance ? strtoull(number, NULL, 10)
						      : CHANGES_GONE;
	return 0;
}

/* ---- Those who wait. ---- */

static void
tell(struct waiter *w)
{
	struct changes *c = w->changes;

	TAILQ_REMOVE(&c->waiting, w, link);
	c->waiters--;
	w->who.done(w->who.arg);
	event_free(w->timeout);
	free(w);
}

static void
on_timeout(evutil_socket_t fd, short what, void *w)
{
	tell(w);
}

/* Only those who wait now: who is told may wait again. */
void
changes_wake(struct changes *c)
{
	for (unsigned n = c->waiters; n > 0; n--)
		tell(TAILQ_FIRST(&c->waiting));
}

static void
on_wake(evutil_socket_t fd, short what, void *c)
{
	changes_wake(c);
}

/* How many of the N clients are CLIENT? */
static unsigned
count(const void *const *clients, unsigned n, const void *client)
{
	unsigned same = 0;

	for (unsigned i = 0; i < n; i++)
		same += clients[i] == client;
	return same;
}

/* All places are taken: the one that is given up, so that no client has them all. */
static struct waiter *
least_needed(struct changes *c)
{
	const void *clients[CHANGES_WAITING];
	struct waiter *w, *found = NULL;
	unsigned n = 0, most = 0;

	TAILQ_FOREACH(w, &c->waiting, link)
	clients[n++] = w->who.client(w->who.arg);
	n = 0;
	TAILQ_FOREACH(w, &c->waiting, link)
	{
		const void *client = clients[n++];
		unsigned has = client == NULL ? CHANGES_WAITING + 1
					      : count(clients, CHANGES_WAITING, client);

		if (has > most) {
			most = has;
			found = w;
		}
	}
	return found;
}

int
changes_wait(struct changes *c, unsigned ms, struct changes_waiter who)
{
	const struct timeval until = {ms / 1000, ms % 1000 * 1000};
	struct waiter *w = calloc(1, sizeof *w);

	if (w == NULL)
		return -ENOMEM;
	*w = (struct waiter){.changes = c, .who = who};
	w->timeout = evtimer_new(c->base, on_timeout, w);
	if (w->timeout == NULL || evtimer_add(w->timeout, &until) != 0)
		goto no_timeout;
	if (c->waiters == CHANGES_WAITING)
		tell(least_needed(c));
	TAILQ_INSERT_TAIL(&c->waiting, w, link);
	c->waiters++;
	return 0;

no_timeout:
	if (w->timeout != NULL)
		event_free(w->timeout);
	free(w);
	return -ENOMEM;
}

/* ---- Life. ---- */

struct changes *
changes_open(struct event_base *base)
{
	struct changes *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	memset(c->bytes, CHANGE_KINDS, sizeof c->bytes); /* all its memory is here now */
	c->base = base;
	TAILQ_INIT(&c->waiting);
	if (getrandom(&c->instance, sizeof c->instance, 0) != sizeof c->instance)
		goto failed;
	if ((c->wake = evtimer_new(base, on_wake, c)) == NULL)
		goto failed;
	return c;

failed:
	free(c);
	return NULL;
}

void
changes_close(struct changes *c)
{
	if (c == NULL)
		return;
	changes_wake(c);
	event_free(c->wake);
	free(c);
}
