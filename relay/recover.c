/* SPDX-License-Identifier: Apache-2.0
 *
 * Packed record -> call -> places -> directory, or a log line. */
#include "relay/recover.h"

#include <errno.h>
#include <string.h>

#include "control/log.h"
#include "relay/record.h"
#include "relay/record_pack.h"

struct recovery {
	struct store *store;
	struct places *places;
	struct directory *directory;
	unsigned dropped;
};

/* NULL, or why not. */
static const char *
rebuild(struct recovery *r, uint32_t record, struct call *c)
{
	if (directory_find(r->directory, c->id) != NULL)
		return "there are two records of it";
	if (places_claim(r->places, c) != 0)
		return "its address, port or slot is no longer ours";
	c->record = record;
	c->made = true;
	directory_add(r->directory, c);
	return NULL;
}

static void
each(void *arg, uint32_t record, const uint8_t *data, size_t len)
{
	struct recovery *r = arg;
	uint8_t bytes[RECORD_MAX];
	ssize_t n = record_unpack(data, len, bytes, sizeof bytes);
	struct call *c = NULL;
	const char *why;

	if (n >= 0)
		c = record_decode(bytes, (size_t)n, NULL);
	else
		errno = (int)-n;
	explicit_bzero(bytes, sizeof bytes); /* whoever unpacks writes beyond its end, too */

	if (c == NULL) {
		log_warn("a call's record cannot be read, the call is dropped: %m");
		goto drop;
	}
	why = rebuild(r, record, c);
	if (why == NULL)
		return;
	log_about(c->id, LOG_LEVEL_WARNING, "dropped: %s", why);
	call_close(c);
drop:
	store_drop(r->store, record);
	r->dropped++;
}

unsigned
recover_calls(struct store *s, struct places *p, struct directory *d)
{
	struct recovery r = {s, p, d, store_damaged(s)};

	if (r.dropped > 0)
		log_warn("%u records of calls are damaged, the calls are dropped", r.dropped);
	store_each(s, each, &r);
	return r.dropped;
}
