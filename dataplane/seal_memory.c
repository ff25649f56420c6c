/* SPDX-License-Identifier: Apache-2.0
 *
 * The allocator behind seal_memory.h.  Keys come in a handful of sizes and live as long as
 * calls do, so there is one free list for each multiple of a cache line and no coalescing.
 * Main thread. */
#include "dataplane/seal_memory.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
	LINE = 64,
	SLOT_MAX = 2048,   /* bytes; what is larger is mapped alone */
	CHUNK = 256 << 10, /* bytes; some 800 AES-CM or 200 GCM keys */
};

#if defined(__SANITIZE_ADDRESS__)
#define SINGLY 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SINGLY 1
#endif
#endif

#ifdef SINGLY

void *
seal_alloc(size_t size)
{
	/* Not rounded up: a byte too far must be seen. */
	void *p = NULL;

	if ((errno = posix_memalign(&p, LINE, size)) != 0)
		return NULL;
	return memset(p, 0, size);
}

void
seal_free(void *p, size_t size)
{
	if (p != NULL)
		explicit_bzero(p, size);
	free(p);
}

void
seal_memory_fini(void)
{
}

#else

/* First line of a chunk. */
struct chunk {
	struct chunk *next;
};

struct slot {
	struct slot *next;
};

static struct chunk *chunks;
static uint8_t *fresh, *fresh_end;              /* what is left of the newest chunk */
static struct slot *freed[SLOT_MAX / LINE + 1]; /* by lines */

static void *
map(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	if (madvise(p, size, MADV_DONTDUMP) != 0) {
		munmap(p, size);
		return NULL;
	}
	return p;
}

void *
seal_alloc(size_t size)
{
	size_t lines = (size + LINE - 1) / LINE;
	struct slot *slot;
	uint8_t *p;

	if (size > SLOT_MAX)
		return map(size);
	if ((slot = freed[lines]) != NULL) {
		freed[lines] = slot->next;
		slot->next = NULL;
		return slot;
	}
	if ((size_t)(fresh_end - fresh) < lines * LINE) {
		struct chunk *c = map(CHUNK);

		if (c == NULL)
			return NULL;
		c->next = chunks;
		chunks = c;
		fresh = (uint8_t *)c + LINE;
		fresh_end = (uint8_t *)c + CHUNK;
	}
	p = fresh;
	fresh += lines * LINE;
	return p;
}

void
seal_free(void *p, size_t size)
{
	struct slot *slot = p;

	if (p == NULL)
		return;
	explicit_bzero(p, size);
	if (size > SLOT_MAX) {
		munmap(p, size);
		return;
	}
	slot->next = freed[(size + LINE - 1) / LINE];
	freed[(size + LINE - 1) / LINE] = slot;
}

void
seal_memory_fini(void)
{
	for (struct chunk *c = chunks, *next; c != NULL; c = next) {
		next = c->next;
		munmap(c, CHUNK);
	}
	chunks = NULL;
	fresh = fresh_end = NULL;
	memset(freed, 0, sizeof freed);
}

#endif
