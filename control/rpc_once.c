/* SPDX-License-Identifier: Apache-2.0
 *
 * See rpc_once.h.  A table by key, and a list by age of those that are done. */
#include "control/rpc_once.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "control/siphash.h"
#include "control/wipe.h"

enum {
	BUCKETS = 1 << 14,
	LOOK_S = 10, /* how often old results are looked for */
};

struct rpc_once {
	LIST_HEAD(, rpc_once_entry) bucket[BUCKETS];
	TAILQ_HEAD(, rpc_once_entry) done; /* oldest first */
	unsigned n_done, n_under_way;
	size_t bytes;       /* of those that are done */
	uint8_t secret[16]; /* so that nobody can choose a bucket, or another body */
	struct event *look;
};

static int64_t
now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static size_t
size_of(const struct rpc_once_entry *e)
{
	return sizeof *e + strlen(e->key) + strlen(e->answer);
}

static void
entry_free(struct rpc_once_entry *e)
{
	wipe_free(e->answer);
	free(e);
}

/* ---- Those that are done ---- */

static void
forget_oldest(struct rpc_once *o)
{
	struct rpc_once_entry *e = TAILQ_FIRST(&o->done);

	TAILQ_REMOVE(&o->done, e, age);
	LIST_REMOVE(e, bucket);
	o->n_done--;
	o->bytes -= size_of(e);
	entry_free(e);
}

void
rpc_once_expire(struct rpc_once *o, int64_t now)
{
	const struct rpc_once_entry *e;

	while ((e = TAILQ_FIRST(&o->done)) != NULL && now - e->since_s >= RPC_ONCE_S)
		forget_oldest(o);
}

static void
look(evutil_socket_t fd, short what, void *arg)
{
	rpc_once_expire(arg, now_s());
}

void
rpc_once_keep(struct rpc_once *o, struct rpc_once_entry *e, char *answer)
{
	e->answer = answer;
	e->since_s = now_s();
	TAILQ_INSERT_TAIL(&o->done, e, age);
	o->n_under_way--;
	o->n_done++;
	o->bytes += size_of(e);
	while (o->n_done > RPC_ONCE_RESULTS || o->bytes > RPC_ONCE_BYTES)
		forget_oldest(o);
}

/* ---- Those that are under way ---- */

void
rpc_once_forget(struct rpc_once *o, struct rpc_once_entry *e)
{
	o->n_under_way--;
	LIST_REMOVE(e, bucket);
	entry_free(e);
}

uint64_t
rpc_once_hash(const struct rpc_once *o, const char *method, const char *params)
{
	uint64_t hash[2] = {siphash(o->secret, method, strlen(method))};

	if (params != NULL)
		hash[1] = siphash(o->secret, params, strlen(params));
	return siphash(o->secret, hash, sizeof hash);
}

static struct rpc_once_entry *
find(const struct rpc_once *o, unsigned bucket, uid_t uid, const char *key)
{
	struct rpc_once_entry *e;

	LIST_FOREACH(e, &o->bucket[bucket], bucket)
	if (e->uid == uid && strcmp(e->key, key) == 0)
		break;
	return e;
}

int
rpc_once_begin(struct rpc_once *o, uid_t uid, const char *key, uint64_t body,
	struct rpc_once_entry **found)
{
	unsigned bucket = siphash(o->secret, key, strlen(key)) % BUCKETS;
	struct rpc_once_entry *e = find(o, bucket, uid, key);

	*found = e;
	if (e != NULL && e->body != body)
		return -EINVAL;
	if (e != NULL)
		return e->answer != NULL ? -EEXIST : -EALREADY;
	if (o->n_under_way == RPC_ONCE_UNDER_WAY)
		return -EBUSY;
	*found = e = calloc(1, sizeof *e + strlen(key) + 1);
	if (e == NULL)
		return -ENOMEM;
	strcpy(e->key, key);
	e->uid = uid;
	e->body = body;
	TAILQ_INIT(&e->repeats);
	LIST_INSERT_HEAD(&o->bucket[bucket], e, bucket);
	o->n_under_way++;
	return 0;
}

/* ---- Life ---- */

struct rpc_once *
rpc_once_open(struct event_base *base)
{
	static const struct timeval often = {.tv_sec = LOOK_S};
	struct rpc_once *o = calloc(1, sizeof *o);

	if (o == NULL)
		return NULL;
	TAILQ_INIT(&o->done);
	o->look = event_new(base, -1, EV_PERSIST, look, o);
	if (o->look != NULL && event_add(o->look, &often) == 0 &&
		getrandom(o->secret, sizeof o->secret, 0) == sizeof o->secret)
		return o;
	rpc_once_close(o);
	return NULL;
}

void
rpc_once_close(struct rpc_once *o)
{
	struct rpc_once_entry *e;

	if (o == NULL)
		return;
	for (unsigned i = 0; i < BUCKETS; i++)
		while ((e = LIST_FIRST(&o->bucket[i])) != NULL) {
			LIST_REMOVE(e, bucket);
			entry_free(e);
		}
	if (o->look != NULL)
		event_free(o->look);
	free(o);
}
