/* SPDX-License-Identifier: Apache-2.0
 *
 * A list, and a chained hash table beside it; see parked.h. */
#include "relay/parked.h"

#include <string.h>

#include "control/siphash.h"
#include "relay/job.h"
#include "relay/random.h"

void
parked_init(struct parked *p)
{
	memset(p, 0, sizeof *p);
	p->end = &p->first;
	random_take(p->key, sizeof p->key);
}

static unsigned
bucket_of(const struct parked *p, const char *id)
{
	return siphash(p->key, id, strlen(id)) % PARKED_BUCKETS;
}

void
parked_put(struct parked *p, struct job *j)
{
	struct job **bucket = &p->bucket[bucket_of(p, j->id)];

	j->next = NULL;
	j->link = p->end;
	*p->end = j;
	p->end = &j->next;
	j->chain = *bucket;
	*bucket = j;
}

bool
parked_has(const struct parked *p, const char *id, const struct job_kind *kind)
{
	for (const struct job *j = p->bucket[bucket_of(p, id)]; j != NULL; j = j->chain)
		if (j->kind == kind && strcmp(j->id, id) == 0)
			return true;
	return false;
}

struct job *
parked_take(struct parked *p, const char *id, const void *arg)
{
	struct job **at = &p->bucket[bucket_of(p, id)], *j;

	while ((j = *at) != NULL && (j->arg != arg || strcmp(j->id, id) != 0))
		at = &j->chain;
	if (j == NULL)
		return NULL;
	*at = j->chain;
	*j->link = j->next;
	if (j->next != NULL)
		j->next->link = j->link;
	else
		p->end = j->link;
	j->link = NULL;
	return j;
}

struct job *
parked_take_all(struct parked *p)
{
	struct job *first = p->first;

	for (struct job *j = first; j != NULL; j = j->next)
		j->link = NULL;
	p->first = NULL;
	p->end = &p->first;
	memset(p->bucket, 0, sizeof p->bucket);
	return first;
}
