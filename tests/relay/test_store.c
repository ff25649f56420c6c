/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/store.c.  A kill is told by copying the blocks at that moment and opening the copy. */
#include <check.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "relay/store.h"

enum { BLOCKS = 32, BYTES = BLOCKS * SW_RECORD_BLOCK };

static uint8_t *blocks;
static struct store *s;

static void
setup(void)
{
	blocks = calloc(BLOCKS, SW_RECORD_BLOCK);
	s = store_open(blocks, BLOCKS, -1, 0);
	ck_assert_ptr_nonnull(s);
}

static void
teardown(void)
{
	store_close(s);
	free(blocks);
}

static uint32_t
write_record(const void *data, size_t len)
{
	uint32_t record;

	ck_assert_int_eq(store_write(s, data, len, &record), 0);
	return record;
}

static uint32_t
make(const char *text)
{
	uint32_t record = write_record(text, strlen(text));

	store_commit(s, record, STORE_NONE);
	return record;
}

/* What EACH has met: texts, in any order. */
struct met {
	char text[8][64];
	uint32_t record[8];
	unsigned n;
};

static void
meet(void *arg, uint32_t record, const uint8_t *data, size_t len)
{
	struct met *m = arg;

	ck_assert_uint_lt(m->n, 8);
	m->record[m->n] = record;
	snprintf(m->text[m->n++], sizeof m->text[0], "%.*s", (int)len, (const char *)data);
}

static bool
has(const struct met *m, const char *text)
{
	for (unsigned i = 0; i < m->n; i++)
		if (strcmp(m->text[i], text) == 0)
			return true;
	return false;
}

/* What a successor finds in blocks as they are now. */
static struct met
after_a_kill(uint32_t *damaged, uint32_t *free_blocks)
{
	struct met m = {.n = 0};
	uint8_t *copy = malloc(BYTES);
	struct store *successor;

	memcpy(copy, blocks, BYTES);
	successor = store_open(copy, BLOCKS, -1, 0);
	store_each(successor, meet, &m);
	if (damaged != NULL)
		*damaged = store_damaged(successor);
	if (free_blocks != NULL)
		*free_blocks = store_free(successor);
	store_close(successor);
	free(copy);
	return m;
}

START_TEST(a_record_is_there_from_its_commit_on)
{
	uint32_t record = write_record("one", 3);

	ck_assert_uint_eq(after_a_kill(NULL, NULL).n, 0);
	store_commit(s, record, STORE_NONE);
	struct met m = after_a_kill(NULL, NULL);

	ck_assert_uint_eq(m.n, 1);
	ck_assert_str_eq(m.text[0], "one");
	ck_assert_uint_eq(m.record[0], record);
	store_drop(s, record);
	ck_assert_uint_eq(after_a_kill(NULL, NULL).n, 0);
}
END_TEST

START_TEST(a_record_that_is_replaced_is_gone_and_the_new_one_there)
{
	uint32_t old = make("old"), new = write_record("new", 3);
	struct met m;

	m = after_a_kill(NULL, NULL);
	ck_assert_uint_eq(m.n, 1);
	ck_assert(has(&m, "old"));
	store_commit(s, new, old);
	m = after_a_kill(NULL, NULL);
	ck_assert_uint_eq(m.n, 1);
	ck_assert(has(&m, "new"));
	ck_assert_uint_eq(store_free(s), BLOCKS - 1);
}
END_TEST

/* The instant between the new record's commit and the old one's end: both words are set. */
START_TEST(killed_between_the_two_stores_of_a_replacement_only_the_new_one_counts)
{
	uint32_t old = make("old"), new, free_blocks;
	struct met m;
	uint8_t was[SW_RECORD_BLOCK];

	make("other");
	new = write_record("new", 3);
	memcpy(was, blocks + old * SW_RECORD_BLOCK, sizeof was);
	store_commit(s, new, old);
	memcpy(blocks + old * SW_RECORD_BLOCK, was, sizeof was);
	m = after_a_kill(NULL, &free_blocks);
	ck_assert_uint_eq(m.n, 2);
	ck_assert(has(&m, "new"));
	ck_assert(has(&m, "other"));
	ck_assert_uint_eq(free_blocks, BLOCKS - 2);
}
END_TEST

START_TEST(a_block_that_is_used_again_is_not_taken_for_the_record_it_replaced)
{
	uint32_t old = make("old"), new = write_record("new", 3), again;
	struct met m;

	store_commit(s, new, old);
	again = make("again");
	ck_assert_uint_eq(again, old); /* or this proves nothing */
	m = after_a_kill(NULL, NULL);
	ck_assert_uint_eq(m.n, 2);
	ck_assert(has(&m, "again"));
	ck_assert(has(&m, "new"));
}
END_TEST

struct expected {
	const uint8_t *data;
	size_t len;
	unsigned met;
};

static void
compare(void *arg, uint32_t record, const uint8_t *data, size_t len)
{
	struct expected *e = arg;

	ck_assert_uint_eq(len, e->len);
	ck_assert_mem_eq(data, e->data, len);
	e->met++;
}

START_TEST(records_of_any_length_come_back)
{
	static uint8_t data[BYTES];
	static const size_t lengths[] = {1, 91, 92, 93, 208, 209, 324, 325, 3500};

	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (uint8_t)(i * 7 + i / 256);
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		uint32_t record = write_record(data, lengths[i]);
		struct expected e = {data, lengths[i], 0};

		store_commit(s, record, STORE_NONE);
		store_each(s, compare, &e);
		ck_assert_uint_eq(e.met, 1);
		store_drop(s, record);
		ck_assert_uint_eq(store_free(s), BLOCKS);
	}
}
END_TEST

START_TEST(a_full_store_says_so_and_loses_nothing)
{
	static uint8_t data[BYTES];
	uint32_t record[BLOCKS], one;

	for (unsigned i = 0; i < BLOCKS; i++) {
		record[i] = write_record("x", 1);
		store_commit(s, record[i], STORE_NONE);
	}
	ck_assert_int_eq(store_write(s, data, 1, &one), -ENOSPC);
	store_drop(s, record[3]);
	ck_assert_int_eq(store_write(s, data, 93, &one), -ENOSPC);
	ck_assert_int_eq(store_write(s, data, 92, &one), 0);
}
END_TEST

/* Is TEXT anywhere in the blocks? */
static bool
in_blocks(const char *text)
{
	return memmem(blocks, BYTES, text, strlen(text)) != NULL;
}

START_TEST(what_is_dropped_or_replaced_is_wiped)
{
	uint32_t first = make("secret-1"), second;

	ck_assert(in_blocks("secret-1"));
	second = write_record("secret-2", 8);
	store_commit(s, second, first);
	ck_assert(!in_blocks("secret-1"));
	store_drop(s, second);
	ck_assert(!in_blocks("secret-2"));
}
END_TEST

START_TEST(what_was_half_made_is_wiped_by_the_successor)
{
	write_record("secret", 6);
	ck_assert(in_blocks("secret"));
	store_close(s);
	s = store_open(blocks, BLOCKS, -1, 0);
	ck_assert(!in_blocks("secret"));
	ck_assert_uint_eq(store_free(s), BLOCKS);
}
END_TEST

/* Bytes of a first block whose change makes the record another: next block, length, sum, data.
 * (Its number may be any, and what it says of an older record counts only if that one is
 * there.) */
static bool
matters(size_t at)
{
	return (at >= 8 && at < 16) || (at >= 24 && at < 32) || at >= 36;
}

START_TEST(a_damaged_record_is_thrown_away_and_the_others_stay)
{
	static uint8_t data[1000];
	uint32_t record = write_record(data, sizeof data), damaged, free_blocks;
	uint8_t *first = blocks + record * SW_RECORD_BLOCK;

	store_commit(s, record, STORE_NONE);
	make("good");
	for (size_t at = 0; at < SW_RECORD_BLOCK; at++) {
		struct met m;

		if (!matters(at))
			continue;
		first[at] ^= 0x5a;
		m = after_a_kill(&damaged, &free_blocks);
		ck_assert_msg(m.n == 1, "byte %zu", at);
		ck_assert_str_eq(m.text[0], "good");
		ck_assert_uint_eq(damaged, 1);
		ck_assert_uint_eq(free_blocks, BLOCKS - 1);
		first[at] ^= 0x5a;
	}
	ck_assert_uint_eq(after_a_kill(&damaged, NULL).n, 2);
	ck_assert_uint_eq(damaged, 0);
}
END_TEST

START_TEST(blocks_of_anything_are_survived)
{
	srand(5);
	for (unsigned i = 0; i < 2000; i++) {
		struct met m = {.n = 0};
		struct store *t;

		for (size_t at = 0; at < BYTES; at++)
			blocks[at] = (uint8_t)(rand() % 8 == 0 ? rand() % BLOCKS : 0);
		t = store_open(blocks, BLOCKS, -1, 0);
		store_each(t, meet, &m);
		ck_assert_uint_le(store_free(t), BLOCKS);
		store_close(t);
	}
}
END_TEST

/* A random history, killed after every step: the successor finds what was committed. */
START_TEST(whatever_the_history_a_successor_finds_what_was_committed)
{
	enum { KEYS = 6 };
	uint32_t record[KEYS], pending = STORE_NONE;
	unsigned version[KEYS] = {0}, pending_key = 0, next = 1;

	srand(6);
	for (unsigned i = 0; i < KEYS; i++)
		record[i] = STORE_NONE;
	for (unsigned step = 0; step < 3000; step++) {
		unsigned key = (unsigned)rand() % KEYS;
		char text[64];
		struct met m;

		if (pending != STORE_NONE && rand() % 3 > 0) {
			store_commit(s, pending, record[pending_key]);
			record[pending_key] = pending;
			version[pending_key] = next++;
			pending = STORE_NONE;
		} else if (pending != STORE_NONE) {
			store_drop(s, pending);
			pending = STORE_NONE;
		} else if (rand() % 4 == 0) {
			store_drop(s, record[key]);
			record[key] = STORE_NONE;
			version[key] = 0;
		} else {
			snprintf(text, sizeof text, "%u.%u", key, next);
			pending = write_record(text, strlen(text));
			pending_key = key;
		}
		m = after_a_kill(NULL, NULL);
		for (unsigned k = 0, n = 0; k < KEYS; k++) {
			n += record[k] != STORE_NONE;
			snprintf(text, sizeof text, "%u.%u", k, version[k]);
			ck_assert(has(&m, text) == (record[k] != STORE_NONE));
			ck_assert(k < KEYS - 1 || m.n == n);
		}
	}
}
END_TEST

/* Of FD: pages that have memory. */
static unsigned
pages(int fd)
{
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	return (unsigned)(st.st_blocks * 512 / sysconf(_SC_PAGESIZE));
}

START_TEST(what_was_never_written_stays_a_hole)
{
	enum { MANY = 4096, AT = 8192 };
	int fd = memfd_create("records", MFD_CLOEXEC);
	struct store *first, *next;
	uint32_t record;
	uint8_t *p;

	ck_assert_int_eq(ftruncate(fd, AT + MANY * SW_RECORD_BLOCK), 0);
	p = mmap(NULL, MANY * SW_RECORD_BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED, fd, AT);
	ck_assert_ptr_ne(p, MAP_FAILED);
	first = store_open(p, MANY, fd, AT);
	ck_assert_uint_eq(pages(fd), 0);
	for (unsigned i = 0; i < 80; i++) {
		ck_assert_int_eq(store_write(first, (const uint8_t *)"text", 4, &record), 0);
		store_commit(first, record, STORE_NONE);
	}
	ck_assert_uint_eq(pages(fd), 3);
	next = store_open(p, MANY, fd, AT);
	ck_assert_uint_eq(store_free(next), MANY - 80);
	ck_assert_uint_eq(pages(fd), 3);
	store_close(first);
	store_close(next);
	munmap(p, MANY * SW_RECORD_BLOCK);
	close(fd);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store");
	TCase *t = tcase_create("store");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_record_is_there_from_its_commit_on);
	tcase_add_test(t, a_record_that_is_replaced_is_gone_and_the_new_one_there);
	tcase_add_test(
		t, killed_between_the_two_stores_of_a_replacement_only_the_new_one_counts);
	tcase_add_test(t, a_block_that_is_used_again_is_not_taken_for_the_record_it_replaced);
	tcase_add_test(t, records_of_any_length_come_back);
	tcase_add_test(t, a_full_store_says_so_and_loses_nothing);
	tcase_add_test(t, what_is_dropped_or_replaced_is_wiped);
	tcase_add_test(t, what_was_half_made_is_wiped_by_the_successor);
	tcase_add_test(t, a_damaged_record_is_thrown_away_and_the_others_stay);
	tcase_add_test(t, blocks_of_anything_are_survived);
	tcase_add_test(t, whatever_the_history_a_successor_finds_what_was_committed);
	tcase_add_test(t, what_was_never_written_stays_a_hole);
	suite_add_tcase(suite, t);
	r = srunner_create(suite);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
