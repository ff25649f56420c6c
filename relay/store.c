/* SPDX-License-Identifier: Apache-2.0
 *
 * Chains of blocks; see store.h.  A record is committed by storing its serial number, never 0
 * and never used twice, in the first block of its chain.  A record that replaces another says
 * which: from its own commit on the other does not count, though it is wiped only then. */
#include "relay/store.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "relay/slots.h"

struct block {
	/* Of the first block of a committed record: its number.  Of all others: 0. */
	_Atomic uint64_t serial;

	/* Of first blocks only. */
	uint64_t old_serial; /* of the record that this one replaces; 0: none */
	uint64_t sum;        /* of the record's bytes */
	uint32_t old;        /* where that one is, or was */
	uint32_t len;        /* bytes of the record */

	uint32_t next; /* block of the chain; STORE_NONE: the last */
	uint32_t reserved;
	uint8_t data[SW_RECORD_BLOCK - 40];
};
static_assert(sizeof(struct block) == SW_RECORD_BLOCK, "the contract's size");
static_assert(sizeof((struct block *)0)->data % sizeof(uint64_t) == 0, "sum_more()");

struct store {
	struct block *block;
	uint32_t n;
	uint32_t used; /* blocks from here on have never been written to */
	uint32_t damaged;
	uint64_t serial; /* last used */
	struct slots *free;
	uint32_t *next; /* the chains again: what the switch may write to is followed once, and
			   checked */
};

/* FNV-1a, 64 bits, of words instead of bytes: against damage, not against forgers, who could
 * as well write keys of their own.  What is no whole word comes last, filled up with zeros; a
 * block's data are whole words. */
static uint64_t
sum_more(uint64_t sum, const uint8_t *p, size_t n)
{
	for (uint64_t word = 0; n > 0; word = 0) {
		size_t part = n < sizeof word ? n : sizeof word;

		memcpy(&word, p, part);
		sum = (sum ^ word) * UINT64_C(0x100000001b3);
		sum ^= sum >> 32; /* the upper bits of a word reach the lower ones, too */
		p += part;
		n -= part;
	}
	return sum;
}

static const uint64_t sum_first = UINT64_C(0xcbf29ce484222325);

static uint32_t
least(uint32_t a, size_t b)
{
	return a < b ? a : (uint32_t)b;
}

/* ---- Taking and giving back chains. ---- */

/* Wipe the chain at FIRST and free its blocks; the commit word goes first. */
static void
release(struct store *s, uint32_t first)
{
	atomic_store_explicit(&s->block[first].serial, 0, memory_order_release);
	for (uint32_t i = first, next; i != STORE_NONE; i = next) {
		next = s->next[i];
		s->block[i] = (struct block){
			0}; /* shared memory: not a store that a compiler may drop */
		slots_put(s->free, i);
	}
}

int
store_write(struct store *s, const uint8_t *data, size_t len, uint32_t *record)
{
	size_t blocks = (len + sizeof s->block->data - 1) / sizeof s->block->data;
	uint32_t next = STORE_NONE;
	struct block *b = NULL;

	if (blocks > slots_free(s->free))
		return -ENOSPC;
	/* From the last block to the first, so that each knows its successor. */
	for (size_t i = blocks; i-- > 0;) {
		uint32_t at = slots_take(s->free);
		size_t from = i * sizeof b->data;

		if (at >= s->used)
			s->used = at + 1;
		b = &s->block[at];
		b->next = s->next[at] = next;
		memcpy(b->data, data + from, least(sizeof b->data, len - from));
		next = at;
	}
	b->sum = sum_more(sum_first, data, len);
	b->len = (uint32_t)len;
	b->old = STORE_NONE;
	b->old_serial = 0;
	*record = next;
	return 0;
}

void
store_commit(struct store *s, uint32_t record, uint32_t old)
{
	struct block *b = &s->block[record];

	if (old != STORE_NONE) {
		b->old = old;
		b->old_serial =
			atomic_load_explicit(&s->block[old].serial, memory_order_relaxed);
	}
	atomic_store_explicit(&b->serial, ++s->serial, memory_order_release);
	if (old != STORE_NONE)
		release(s, old);
}

void
store_drop(struct store *s, uint32_t record)
{
	if (record != STORE_NONE)
		release(s, record);
}

/* ---- Finding what a predecessor left. ---- */

/* Claim the chain at FIRST if it is whole: within bounds, of free blocks, of the right sum. */
static bool
claim(struct store *s, uint32_t first)
{
	uint32_t left = s->block[first].len, i = first, last = STORE_NONE;
	uint64_t sum = sum_first;

	while (left > 0 && slots_take_this(s->free, i) == 0) {
		uint32_t n = least(left, sizeof s->block->data);

		sum = sum_more(sum, s->block[i].data, n);
		left -= n;
		s->next[i] = STORE_NONE;
		if (last != STORE_NONE)
			s->next[last] = i;
		last = i;
		i = s->block[i].next;
	}
	if (last != STORE_NONE && left == 0 && i == STORE_NONE && sum == s->block[first].sum)
		return true;
	for (i = last != STORE_NONE ? first : STORE_NONE; i != STORE_NONE; i = s->next[i])
		slots_put(s->free, i);
	return false;
}

static uint64_t
serial_of(const struct store *s, uint32_t i)
{
	return atomic_load_explicit(&s->block[i].serial, memory_order_acquire);
}

/* First claim all records, then drop those that others replace. */
static void
look(struct store *s)
{
	for (uint32_t i = 0; i < s->used; i++)
		if (serial_of(s, i) != 0) {
			if (serial_of(s, i) > s->serial)
				s->serial = serial_of(s, i);
			if (!claim(s, i)) {
				atomic_store(&s->block[i].serial, 0);
				s->damaged++;
			}
		}
	for (uint32_t i = 0; i < s->used; i++) {
		const struct block *b = &s->block[i];

		if (serial_of(s, i) != 0 && b->old_serial != 0 && b->old < s->n &&
			b->old != i && serial_of(s, b->old) == b->old_serial)
			release(s, b->old);
	}
}

/* Half-made records may hold keys. */
static void
wipe_free(struct store *s)
{
	for (uint32_t i = 0; i < s->used; i++)
		if (slots_take_this(s->free, i) == 0) {
			explicit_bzero(&s->block[i], sizeof s->block[i]);
			slots_put(s->free, i);
		}
}

/* How many of the N blocks lie before the last hole of the file FD, where they begin at AT. */
static uint32_t
before_last_hole(int fd, uint64_t at, uint32_t n)
{
	off_t end = (off_t)at, last = end + (off_t)n * SW_RECORD_BLOCK, data;

	while ((data = lseek(fd, end, SEEK_DATA)) >= 0 && data < last)
		if ((end = lseek(fd, data, SEEK_HOLE)) < 0)
			return n;
	if (data < 0 && errno != ENXIO)
		return n;
	return end < last
		       ? (uint32_t)((end - (off_t)at + SW_RECORD_BLOCK - 1) / SW_RECORD_BLOCK)
		       : n;
}

struct store *
store_open(void *blocks, uint32_t n, int fd, uint64_t at)
{
	struct store *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->free = slots_open(n);
	s->next = malloc(n * sizeof *s->next + 1);
	if (s->free == NULL || s->next == NULL)
		goto failed;
	s->block = blocks;
	s->n = n;
	s->used = before_last_hole(fd, at, n);
	look(s);
	wipe_free(s);
	return s;

failed:
	store_close(s);
	return NULL;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	slots_close(s->free);
	free(s->next);
	free(s);
}

void
store_moved(struct store *s, void *blocks)
{
	s->block = blocks;
}

void
store_each(struct store *s,
	void (*each)(void *arg, uint32_t record, const uint8_t *data, size_t len), void *arg)
{
	for (uint32_t i = 0; i < s->used; i++) {
		size_t len = s->block[i].len, at = 0;
		uint8_t *copy;

		if (serial_of(s, i) == 0 || (copy = malloc(len)) == NULL)
			continue;
		for (uint32_t b = i; b != STORE_NONE; b = s->next[b]) {
			uint32_t n = least(sizeof s->block->data, len - at);

			memcpy(copy + at, s->block[b].data, n);
			at += n;
		}
		each(arg, i, copy, at);
		explicit_bzero(copy, at);
		free(copy);
	}
}

uint32_t
store_free(const struct store *s)
{
	return slots_free(s->free);
}

uint32_t
store_damaged(const struct store *s)
{
	return s->damaged;
}
