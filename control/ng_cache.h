/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers of the last 30 to 60 s, for who asks the same once more.  Two generations: a swap
 * every 30 s forgets the older one.  When the younger is full, of answers or of bytes, it is
 * swapped earlier.  Answers hold keys: what was forgotten is wiped by the next swap, or
 * written over before.  Control's one thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "control/request.h"
#include "control/slice.h"

struct ng_cache;

/* What was asked, and by whom. */
struct ng_key {
	uint64_t digest;            /* of all bytes of the message, keyed */
	struct request_addr source; /* without its port */
};

struct ng_cache_limits {
	size_t answers, bytes; /* of one generation */
};

struct ng_cache *ng_cache_open(const struct ng_cache_limits *limits); /* NULL: errno */
void ng_cache_close(struct ng_cache *c);                              /* NULL is fine */

/* A message's key.  SOURCE's port counts for nothing. */
struct ng_key ng_cache_key(
	const struct ng_cache *c, struct slice message, const struct request_addr *source);

/* The answer to what was asked as K, under COOKIE; at NULL: none is kept.  It lies in the
 * cache, until something is added or swapped. */
struct slice ng_cache_find(
	const struct ng_cache *c, const struct ng_key *k, struct slice cookie);

/* Keep COOKIE, a space and BODY as the answer to K: these bytes, which lie in the cache until
 * something else is added or swapped.  at NULL: more than a generation may hold. */
struct slice ng_cache_add(
	struct ng_cache *c, const struct ng_key *k, struct slice cookie, struct slice body);

void ng_cache_swap(struct ng_cache *c);
