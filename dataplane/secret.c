/* SPDX-License-Identifier: Apache-2.0
 *
 * The allocator behind secret.h.  Keys come in a handful of sizes and live as long as calls
 * do, so there is one free list for each multiple of a cache line and no coalescing.  Main
 * thread. */
#include "dataplane/secret.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "codecs/sanitized.h"

enum {
	LINE = 64,
	SLOT_MAX = 4096, /* bytes; what is larger is mapped alone */
	CHUNK = 2 << 20, /* bytes, one huge page; some 6,500 AES-CM or 1,700 GCM keys */
};

#ifdef SANITIZED

void *
secret_alloc(size_t size)
{
	/* Not rounded up: a byte too far must be seen. */
	void *p = NULL;

	if ((errno = posix_memalign(&p, LINE, size)) != 0)
		return NULL;
	return memset(p, 0, size);
}

void
secret_free(void *p, size_t size)
{
	if (p != NULL)
		explicit_bzero(p, size);
	free(p);
}

void
secret_fini(void)
{
}

void
secret_take_little(void)
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
static size_t in_use;                           /* slots */
static bool takes_little;

void
secret_take_little(void)
{
	takes_little = true;
}

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

/* A chunk at a multiple of its size, so that the kernel can make it one huge page: with
 * thousands of keys nearly every packet would otherwise meet pages that the TLB has lost. */
static void *
map_chunk(void)
{
	uint8_t *p = map(2 * (size_t)CHUNK);
	size_t before;

	if (p == NULL)
		return NULL;
	before = -(uintptr_t)p % CHUNK;
	if (before > 0)
		munmap(p, before);
	munmap(p + before + CHUNK, CHUNK - before);
	madvise(p + before, CHUNK, takes_little ? MADV_NOHUGEPAGE : MADV_HUGEPAGE);
	return p + before;
}

void *
secret_alloc(size_t size)
{
	size_t lines = (size + LINE - 1) / LINE;
	struct slot *slot;
	uint8_t *p;

	assert(size > 0);
	if (size > SLOT_MAX)
		return map(size);
	if ((slot = freed[lines]) != NULL) {
		freed[lines] = slot->next;
		slot->next = NULL;
		in_use++;
		return slot;
	}
	if ((size_t)(fresh_end - fresh) < lines * LINE) {
		struct chunk *c = map_chunk();

		if (c == NULL)
			return NULL;
		c->next = chunks;
		chunks = c;
		fresh = (uint8_t *)c + LINE;
		fresh_end = (uint8_t *)c + CHUNK;
	}
	p = fresh;
	fresh += lines * LINE;
	in_use++;
	return p;
}

void
secret_free(void *p, size_t size)
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
	in_use--;
}

void
secret_fini(void)
{
	if (in_use > 0)
		return;
	for (struct chunk *c = chunks, *next; c != NULL; c = next) {
		next = c->next;
		munmap(c, CHUNK);
	}
	chunks = NULL;
	fresh = fresh_end = NULL;
	memset(freed, 0, sizeof freed);
}

#endif

/* ---- Registers. ---- */

#ifdef __x86_64__

/* zmm16 to zmm31: the C library prefers them in memcpy, and hardly anything else writes them.
 */
__attribute__((target("avx512f"))) static void
wipe_upper_half(void)
{
	__asm__ volatile(".irp r, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n\t"
			 "vpxorq %%zmm\\r, %%zmm\\r, %%zmm\\r\n\t"
			 ".endr" ::
				 : "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21",
			 "xmm22", "xmm23", "xmm24", "xmm25", "xmm26", "xmm27", "xmm28",
			 "xmm29", "xmm30", "xmm31");
}

/* The other sixteen, to their full width. */
__attribute__((target("avx"))) static void
wipe_lower_half(void)
{
	_mm256_zeroall();
}

void
secret_wipe_registers(void)
{
	if (__builtin_cpu_supports("avx512f"))
		wipe_upper_half();
	if (__builtin_cpu_supports("avx"))
		wipe_lower_half();
}

#else

/* Not for x86-64: there GCC leaves out zmm16 to zmm31. */
__attribute__((zero_call_used_regs("all"))) void
secret_wipe_registers(void)
{
}

#endif
