/* SPDX-License-Identifier: Apache-2.0
 *
 * See random.h.  What is left of a system call lies in memory of secret.h: keys are made of
 * it. */
#include "relay/random.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/secret.h"

enum { POOL = 2048 };

static uint8_t *pool;
static size_t left;

void
random_take(void *p, size_t n)
{
	assert(n <= RANDOM_MAX);
	if (pool == NULL && (pool = secret_alloc(POOL)) == NULL) {
		arc4random_buf(p, n);
		return;
	}
	if (left < n) {
		arc4random_buf(pool, POOL);
		left = POOL;
	}
	left -= n;
	memcpy(p, pool + left, n);
	explicit_bzero(pool + left, n);
}

/* D. Lemire, "Fast Random Integer Generation in an Interval", 2019. */
uint32_t
random_below(uint32_t n)
{
	uint64_t product;
	uint32_t x;

	do {
		random_take(&x, sizeof x);
		product = (uint64_t)x * n;
	} while ((uint32_t)product < -n % n);
	return (uint32_t)(product >> 32);
}
