/* SPDX-License-Identifier: Apache-2.0
 *
 * Jobs that wait for a switch to agree, oldest first, and by the id of their calls: while it
 * is told of all calls a request for each of them may come, and each timeout asks again.  Ids
 * come from outside: the hash is keyed.  Control's one thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct job;
struct job_kind;

enum { PARKED_BUCKETS = 4096 }; /* a power of two */

struct parked {
	struct job *first, **end;
	struct job *bucket[PARKED_BUCKETS];
	uint8_t key[16];
};

void parked_init(struct parked *p);

/* Behind all others.  J is P's until it is taken out; its id stays as it is. */
void parked_put(struct parked *p, struct job *j);

/* Is there one of KIND for the call ID? */
bool parked_has(const struct parked *p, const char *id, const struct job_kind *kind);

/* The one for the call ID whose argument is ARG; NULL: there is none. */
struct job *parked_take(struct parked *p, const char *id, const void *arg);

/* All of them, each by its `next`; NULL: there are none. */
struct job *parked_take_all(struct parked *p);
