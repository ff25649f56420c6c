/* SPDX-License-Identifier: Apache-2.0
 *
 * Places of one size fill a chunk, one behind the other: two of them share the page where one
 * ends and the next begins.  A free place is all zero, and has no page to itself; so it does
 * not matter which of a chunk are left.  Under AddressSanitizer all stay where malloc() has
 * put them, so that it sees where each ends. */
#include "codecs/hollow.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/queue.h>
#include <unistd.h>

#include "codecs/sanitized.h"

#ifdef SANITIZED

void *
hollow_keep(void *state, size_t size)
{
	return state;
}

void
hollow_free(void *state)
{
	free(state);
}

#else

enum {
	LINE = 64,       /* what one thread writes, another does not */
	CHUNK = 4 << 20, /* bytes, and what it is aligned to: some 100 encoders of Opus */
};

/* At the beginning of one. */
struct chunk {
	LIST_ENTRY(chunk) link; /* of those that have room */
	size_t size;            /* of a place */
	uint8_t *first;         /* the place with number 0 */
	unsigned places, left;
	uint64_t free[]; /* a bit for each place */
};

static LIST_HEAD(, chunk) roomy = LIST_HEAD_INITIALIZER(roomy);
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of all chunks */

/* ---- Zeros. ---- */

static size_t
page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static bool
is_zero(const uint8_t *p, size_t n)
{
	return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0);
}

/* TO is zero, and stays untouched page by page where FROM is. */
static void
copy(uint8_t *to, const uint8_t *from, size_t size)
{
	size_t page = page_size(), n;

	for (; size > 0; to += n, from += n, size -= n) {
		n = page - (uintptr_t)to % page;
		if (n > size)
			n = size;
		if (!is_zero(from, n))
			memcpy(to, from, n);
	}
}

static void
clear_part(uint8_t *p, size_t n)
{
	if (!is_zero(p, n))
		memset(p, 0, n);
}

/* Between FROM and TO there is nothing else that is not zero: pages within go back to the
 * kernel, of others there is a part to be cleared. */
static void
clear(uint8_t *p, size_t size, const uint8_t *from, const uint8_t *to)
{
	size_t page = page_size();
	uint8_t *first = p - (uintptr_t)p % page, *end = p + size;

	end += -(uintptr_t)end % page;
	if (first < from)
		first += page;
	if (end > to)
		end -= page;
	if (first >= end || madvise(first, (size_t)(end - first), MADV_DONTNEED) != 0) {
		clear_part(p, size);
		return;
	}
	if (first > p)
		clear_part(p, (size_t)(first - p));
	if (end < p + size)
		clear_part(end, (size_t)(p + size - end));
}

/* ---- Chunks. ---- */

static size_t
round_up(size_t n, size_t unit)
{
	return (n + unit - 1) / unit * unit;
}

/* Huge pages would be memory for all that is zero. */
static struct chunk *
map_chunk(void)
{
	uint8_t *p = mmap(NULL, 2 * (size_t)CHUNK, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	size_t before;

	if (p == MAP_FAILED)
		return NULL;
	before = -(uintptr_t)p % CHUNK;
	if (before > 0)
		munmap(p, before);
	munmap(p + before + CHUNK, CHUNK - before);
	madvise(p + before, CHUNK, MADV_NOHUGEPAGE);
	return (void *)(p + before);
}

static bool
is_free(const struct chunk *c, unsigned number)
{
	return number < c->places && (c->free[number / 64] >> number % 64 & 1) != 0;
}

static void
change(struct chunk *c, unsigned number)
{
	c->free[number / 64] ^= (uint64_t)1 << number % 64;
}

/* For places of SIZE bytes. */
static struct chunk *
chunk_open(size_t size)
{
	struct chunk *c = map_chunk();

	if (c == NULL)
		return NULL;
	c->size = size;
	c->places = c->left = (unsigned)((CHUNK - sizeof *c - 2 * LINE) * 8 / (size * 8 + 1));
	c->first = (uint8_t *)c + round_up(sizeof *c + round_up(c->places, 64) / 8, LINE);
	for (unsigned i = 0; i < c->places; i++)
		change(c, i);
	return c;
}

static struct chunk *
find_room(size_t size)
{
	struct chunk *c = LIST_FIRST(&roomy);

	while (c != NULL && c->size != size)
		c = LIST_NEXT(c, link);
	return c;
}

static void *
take_place(size_t size)
{
	struct chunk *c = find_room(size);
	unsigned number = 0;

	if (c == NULL) {
		if ((c = chunk_open(size)) == NULL)
			return NULL;
		LIST_INSERT_HEAD(&roomy, c, link);
	}
	while (!is_free(c, number))
		number++;
	change(c, number);
	if (--c->left == 0)
		LIST_REMOVE(c, link);
	return c->first + number * c->size;
}

static void
give_place(struct chunk *c, uint8_t *p)
{
	unsigned number = (unsigned)((size_t)(p - c->first) / c->size);

	clear(p, c->size, is_free(c, number - 1) ? p - c->size : p,
		p + (is_free(c, number + 1) ? 2 : 1) * c->size);
	change(c, number);
	if (c->left++ == 0)
		LIST_INSERT_HEAD(&roomy, c, link);
	if (c->left < c->places)
		return;
	LIST_REMOVE(c, link);
	if (find_room(c->size) != NULL)
		munmap(c, CHUNK);
	else
		LIST_INSERT_HEAD(&roomy, c, link);
}

/* ---- What others see. ---- */

void *
hollow_keep(void *state, size_t size)
{
	uint8_t *p;

	assert(size > 0 && size <= CHUNK / 2);
	pthread_mutex_lock(&lock);
	p = take_place(round_up(size, LINE));
	pthread_mutex_unlock(&lock);
	if (p != NULL)
		copy(p, state, size);
	free(state);
	return p;
}

void
hollow_free(void *state)
{
	uint8_t *p = state;
	struct chunk *c;

	if (p == NULL)
		return;
	c = (void *)(p - (uintptr_t)p % CHUNK);
	pthread_mutex_lock(&lock);
	give_place(c, p);
	pthread_mutex_unlock(&lock);
}

#endif
