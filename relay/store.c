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

struct block {
	/* Of the first block of a committed record: its number.  Of all others: 0. */
	_Atomic uint64_t serial;
	uint32_t next; /* block of the chain; STORE_NONE: the last */
	union {
		uint8_t data[SW_RECORD_BLOCK - 12];
		struct {
			uint32_t len;        /* bytes of the record */
			uint64_t old_serial; /* of the record that this one replaces; 0: none
					      */
			uint64_t sum;        /* of the record's bytes */
			uint32_t old;        /* where that one is, or was */
			uint8_t data[SW_RECORD_BLOCK - 36];
		} __attribute__((packed, aligned(4))) first;
	};
};
static_assert(sizeof(struct block) == SW_RECORD_BLOCK, "the contract's size");

/* A block's bytes of its record. */
struct part {
	uint8_t *at;
	uint32_t size;
};

struct store {
	struct block *block;
	uint32_t n;
	uint32_t used; /* blocks from here on have never been written to */
	uint32_t taken;
	uint32_t damaged;
	uint64_t serial; /* last used */
	/* The chains again, for what the switch may write to is followed once, and checked;
	 * and that of the free blocks among the used ones. */
	uint32_t *next;
	uint32_t free;
};

/* In `next`, while a store is opened: nobody has claimed the block yet. */
enum { UNCLAIMED = STORE_NONE - 1 };

static struct part
part_of(struct block *b, bool first)
{
	return first ? (struct part){b->first.data, sizeof b->first.data}
		     : (struct part){b->data, sizeof b->data};
}

static uint64_t
sum_word(uint64_t sum, uint64_t word)
{
	sum = (sum ^ word) * UINT64_C(0x100000001b3);
	return sum ^ sum >> 32; /* the upper bits of a word reach the lower ones, too */
}

/* FNV-1a, 64 bits, of words instead of bytes: against damage, not against forgers, who could
 * as well write keys of their own.  What is no whole word comes last, filled up with zeros; of
 * a record that is each part's rest. */
static uint64_t
sum_more(uint64_t sum, const uint8_t *p, size_t n)
{
	uint64_t word;

	for (; n >= sizeof word; n -= sizeof word, p += sizeof word) {
		memcpy(&word, p, sizeof word);
		sum = sum_word(sum, word);
	}
	if (n == 0)
		return sum;
	word = 0;
	memcpy(&word, p, n);
	return sum_word(sum, word);
}

static const uint64_t sum_first = UINT64_C(0xcbf29ce484222325);

static uint32_t
least(uint32_t a, size_t b)
{
	return a < b ? a : (uint32_t)b;
}

/* ---- Taking and giving back chains. ---- */

static void
put_block(struct store *s, uint32_t i)
{
	s->next[i] = s->free;
	s->free = i;
	s->taken--;
}

/* There is one. */
static uint32_t
take_block(struct store *s)
{
	uint32_t i = s->free;

	s->taken++;
	if (i == STORE_NONE)
		return s->used++;
	s->free = s->next[i];
	return i;
}

/* Wipe the chain at FIRST and free its blocks; the commit word goes first. */
static void
release(struct store *s, uint32_t first)
{
	atomic_store_explicit(&s->block[first].serial, 0, memory_order_release);
	for (uint32_t i = first, next; i != STORE_NONE; i = next) {
		next = s->next[i];
		s->block[i] = (struct block){
			0}; /* shared memory: not a store that a compiler may drop */
		put_block(s, i);
	}
}

/* Of LEN bytes. */
static size_t
blocks_of(size_t len)
{
	const struct block *b = NULL;
	size_t behind = len > sizeof b->first.data ? len - sizeof b->first.data : 0;

	return 1 + (behind + sizeof b->data - 1) / sizeof b->data;
}

int
store_write(struct store *s, const uint8_t *data, size_t len, uint32_t *record)
{
	uint32_t last = STORE_NONE;
	uint64_t sum = sum_first;
	struct block *first;

	if (blocks_of(len) > store_free(s))
		return -ENOSPC;
	for (size_t left = len; left > 0;) {
		uint32_t at = take_block(s);
		struct part part = part_of(&s->block[at], last == STORE_NONE);
		uint32_t n = least(part.size, left);

		memcpy(part.at, data, n);
		sum = sum_more(sum, data, n);
		data += n;
		left -= n;
		if (last == STORE_NONE)
			*record = at;
		else
			s->block[last].next = s->next[last] = at;
		last = at;
	}
	s->block[last].next = s->next[last] = STORE_NONE;
	first = &s->block[*record];
	first->first.sum = sum;
	first->first.len = (uint32_t)len;
	first->first.old = STORE_NONE;
	first->first.old_serial = 0;
	return 0;
}

void
store_commit(struct store *s, uint32_t record, uint32_t old)
{
	struct block *b = &s->block[record];

	if (old != STORE_NONE) {
		b->first.old = old;
		b->first.old_serial =
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

/* Claim the chain at FIRST if it is whole: within bounds, of blocks that nobody has, of the
 * right sum. */
static bool
claim(struct store *s, uint32_t first)
{
	uint32_t left = s->block[first].first.len, i = first, last = STORE_NONE;
	uint64_t sum = sum_first;

	while (left > 0 && i < s->used && s->next[i] == UNCLAIMED) {
		struct part part = part_of(&s->block[i], last == STORE_NONE);
		uint32_t n = least(part.size, left);

		sum = sum_more(sum, part.at, n);
		left -= n;
		s->next[i] = STORE_NONE;
		if (last != STORE_NONE)
			s->next[last] = i;
		last = i;
		i = s->block[i].next;
	}
	if (last != STORE_NONE && left == 0 && i == STORE_NONE &&
		sum == s->block[first].first.sum)
		return true;
	for (uint32_t next, at = last != STORE_NONE ? first : last; at != STORE_NONE;
		at = next) {
		next = s->next[at];
		s->next[at] = UNCLAIMED;
	}
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
		uint32_t old = b->first.old;

		if (serial_of(s, i) != 0 && b->first.old_serial != 0 && old < s->used &&
			old != i && serial_of(s, old) == b->first.old_serial)
			release(s, old);
	}
}

/* Half-made records may hold keys. */
static void
wipe_free(struct store *s)
{
	for (uint32_t i = 0; i < s->used; i++)
		if (s->next[i] == UNCLAIMED) {
			explicit_bzero(&s->block[i], sizeof s->block[i]);
			put_block(s, i);
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
	s->next = malloc(n * sizeof *s->next + 1);
	if (s->next == NULL) {
		free(s);
		return NULL;
	}
	s->block = blocks;
	s->n = n;
	s->used = s->taken = before_last_hole(fd, at, n);
	s->free = STORE_NONE;
	for (uint32_t i = 0; i < s->used; i++)
		s->next[i] = UNCLAIMED;
	look(s);
	wipe_free(s);
	return s;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	free(s->next);
	free(s);
}

void
store_moved(struct store *s, void *blocks)
{
	s->block = blocks;
}

/* The bytes of RECORD to COPY, LEN at most: how many. */
static size_t
gather(const struct store *s, uint32_t record, uint8_t *copy, size_t len)
{
	size_t at = 0;

	for (uint32_t i = record; i != STORE_NONE && at < len; i = s->next[i]) {
		struct part part = part_of(&s->block[i], i == record);
		uint32_t n = least(part.size, len - at);

		memcpy(copy + at, part.at, n);
		at += n;
	}
	return at;
}

void
store_each(struct store *s,
	void (*each)(void *arg, uint32_t record, const uint8_t *data, size_t len), void *arg)
{
	for (uint32_t i = 0; i < s->used; i++) {
		size_t len = s->block[i].first.len;
		uint8_t *copy;

		if (serial_of(s, i) == 0 || (copy = malloc(len)) == NULL)
			continue;
		each(arg, i, copy, gather(s, i, copy, len));
		explicit_bzero(copy, len);
		free(copy);
	}
}

uint32_t
store_free(const struct store *s)
{
	return s->n - s->taken;
}

uint32_t
store_damaged(const struct store *s)
{
	return s->damaged;
}
