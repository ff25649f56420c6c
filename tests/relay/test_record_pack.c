/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/record_pack.c. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "relay/record_pack.h"

enum { SIZE = 4096 };

static uint8_t record[SIZE], packed[SIZE + 1], again[SIZE];

static void
fill(size_t len)
{
	for (size_t i = 0; i < len; i++)
		record[i] = (uint8_t)rand();
}

START_TEST(any_record_comes_back)
{
	static const size_t lengths[] = {1, 2, 12, 13, 300, SIZE};

	srand(7);
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		size_t len = lengths[i];
		ssize_t n;

		fill(len);
		n = record_pack(record, len, _i == 0, packed, len + 1);
		ck_assert_int_ge(n, 1);
		ck_assert_int_le(n, (ssize_t)len + 1);
		ck_assert_int_eq(record_unpack(packed, (size_t)n, again, len), (ssize_t)len);
		ck_assert_mem_eq(again, record, len);
		ck_assert_int_eq(record_unpack(packed, (size_t)n, again, len - 1), -EBADMSG);
		ck_assert_int_eq(record_pack(record, len, _i == 0, packed, len), -ENOSPC);
	}
}
END_TEST

START_TEST(what_records_mostly_say_takes_little)
{
	static const char said[] = "\x02\x05"
				   "audio\x03\x07RTP/AVP\x01\x0e\x02\x01"
				   "8\x03\x09PCMA/8000\x01\x0e\x02\x01"
				   "0\x03\x09PCMU/8000";
	const uint8_t *bytes = (const uint8_t *)said;
	ssize_t n = record_pack(bytes, sizeof said, false, packed, sizeof packed);

	ck_assert_int_eq(n, sizeof said + 1);
	n = record_pack(bytes, sizeof said, true, packed, sizeof packed);
	ck_assert_int_lt(n, (ssize_t)sizeof said / 2);
	ck_assert_int_eq(record_unpack(packed, (size_t)n, again, SIZE), sizeof said);
	ck_assert_mem_eq(again, said, sizeof said);
}
END_TEST

static const char said_again[] = "\x02\x05"
				 "audio\x03\x07RTP/AVP"
				 "again and again and again";

/* Packs as FIRST of N bytes, as it did before. */
static void
assert_packs_alike(const uint8_t *first, ssize_t n)
{
	const uint8_t *bytes = (const uint8_t *)said_again;

	ck_assert_int_eq(
		record_pack(bytes, sizeof said_again, true, packed, sizeof packed), n);
	ck_assert_mem_eq(packed, first, (size_t)n);
}

/* Nothing is left of those before that could not be packed, after which LZ4 begins anew. */
START_TEST(a_record_packs_alike_after_what_does_not_pack)
{
	uint8_t first[SIZE];
	ssize_t n = record_pack(
		(const uint8_t *)said_again, sizeof said_again, true, first, sizeof first);

	ck_assert_int_lt(n, sizeof said_again);
	srand(9);
	for (unsigned i = 0; i < 1000; i++) {
		fill(64);
		ck_assert_int_eq(record_pack(record, 64, true, packed, 65), 65);
		assert_packs_alike(first, n);
	}
}
END_TEST

/* Nor of those that could, while LZ4 counts on: 64 KiB and the record each time, till it
 * begins anew at a gigabyte, or with a record of more than 4 KiB, which goes another way in
 * there. */
START_TEST(a_record_packs_alike_whatever_was_packed)
{
	enum { LONG = 6000, TIMES = (1 << 30) / (64 << 10) };
	static uint8_t large[LONG], is[LONG + 1], as[LONG];
	uint8_t first[SIZE], other[sizeof said_again];
	ssize_t n = record_pack(
		(const uint8_t *)said_again, sizeof said_again, true, first, sizeof first);
	ssize_t m;

	memcpy(other, said_again, sizeof other);
	for (unsigned i = 0; i < 2 * TIMES; i++) {
		other[i % 8]++;
		ck_assert_int_lt(record_pack(other, sizeof other, true, packed, sizeof packed),
			sizeof other);
		assert_packs_alike(first, n);
		if (i != TIMES / 4)
			continue;
		for (size_t at = 0; at < LONG; at++)
			large[at] = (uint8_t)(at % 251);
		m = record_pack(large, LONG, true, is, sizeof is);
		ck_assert_int_lt(m, LONG);
		ck_assert_int_eq(record_unpack(is, (size_t)m, as, LONG), LONG);
		ck_assert_mem_eq(as, large, LONG);
		assert_packs_alike(first, n);
	}
}
END_TEST

START_TEST(bytes_that_are_no_record_do_no_harm)
{
	srand(8);
	ck_assert_int_eq(record_unpack(packed, 0, again, SIZE), -EBADMSG);
	for (unsigned i = 0; i < 20000; i++) {
		size_t len = 1 + (size_t)rand() % 64, room = 1 + (size_t)rand() % 256;
		uint8_t *exact = malloc(room), *bytes = malloc(len);
		ssize_t n;

		fill(len);
		memcpy(bytes, record, len);
		bytes[0] = (uint8_t)(rand() % 3);
		n = record_unpack(bytes, len, exact, room);
		ck_assert(n == -EBADMSG || (n >= 0 && (size_t)n <= room));
		free(bytes);
		free(exact);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("record_pack");
	TCase *t = tcase_create("record_pack");
	SRunner *r;
	int failed;

	tcase_add_loop_test(t, any_record_comes_back, 0, 2);
	tcase_add_test(t, what_records_mostly_say_takes_little);
	tcase_add_test(t, a_record_packs_alike_after_what_does_not_pack);
	tcase_add_test(t, a_record_packs_alike_whatever_was_packed);
	tcase_add_test(t, bytes_that_are_no_record_do_no_harm);
	suite_add_tcase(suite, t);
	r = srunner_create(suite);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
