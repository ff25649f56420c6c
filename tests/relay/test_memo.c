/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/memo.c: what two parties said survives as bytes, in few of them; no other bytes are
 * taken for a memo. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "relay/memo.h"

enum { ARENA = 1 << 20, SIZE = 16384 };

static struct arena *arena;
static struct memo *memo;

static void
setup(void)
{
	arena = arena_open(ARENA);
	memo = memo_open();
}

static void
teardown(void)
{
	memo_close(memo);
	arena_close(arena);
}

static struct memo_format
format(const char *text, int pt, const char *name, uint32_t rate, const char *fmtp)
{
	return (struct memo_format){.is = {.text = slice_of(text),
					    .payload_type = pt,
					    .name = slice_of(name),
					    .rate = rate,
					    .fmtp = slice_of(fmtp)}};
}

/* What an ordinary call of one audio line leaves behind. */
static void
fill(struct memo_notes *n)
{
	static struct memo_format f[4];
	static struct memo_line line[2];

	f[0] = format("0", 0, "PCMU", 8000, NULL);
	f[1] = format("8", 8, "PCMA", 8000, NULL);
	f[2] = format("111", 111, "opus", 48000, "minptime=10;useinbandfec=1");
	f[2].is.channels = 2;
	f[3] = format("101", 101, "telephone-event", 8000, "0-16");
	f[2].accepted = true;
	for (unsigned i = 0; i < 2; i++) {
		line[i] = (struct memo_line){.type = SLICE("audio"),
			.protocol = SLICE("RTP/SAVP"),
			.mid = SLICE("0"),
			.marks = MEMO_SECURE | MEMO_MUX,
			.ptime = 20,
			.tag = 300,
			.suite = 1 + SDES_AES_CM_128_HMAC_SHA1_80,
			.key = 70000,
			.other_key = 70001,
			.bundle = MEMO_BUNDLE_MAX,
			.own = 1,
			.format = f,
			.formats = 4};
		n->side[i].line = &line[i];
		n->side[i].lines = 1;
		n->side[i].origin = (struct sdp_origin){SLICE("alice"), SLICE("3873000000"),
			SLICE("1"), SLICE("IP4"), SLICE("10.99.1.10")};
		n->side[i].name = SLICE("call");
		n->side[i].version = SLICE("17");
		n->side[i].text = UINT64_C(0xfedcba9876543210);
	}
	n->terms = MEMO_ALWAYS_TRANSCODE;
}

static void
check_slice(struct slice a, struct slice b)
{
	ck_assert(slice_equal(a, b));
}

static void
check_line(const struct memo_line *a, const struct memo_line *b)
{
	check_slice(a->type, b->type);
	check_slice(a->protocol, b->protocol);
	check_slice(a->mid, b->mid);
	ck_assert_uint_eq(a->marks, b->marks);
	ck_assert_uint_eq(a->ptime, b->ptime);
	ck_assert_uint_eq(a->tag, b->tag);
	ck_assert_uint_eq(a->suite, b->suite);
	ck_assert_uint_eq(a->key, b->key);
	ck_assert_uint_eq(a->other_key, b->other_key);
	ck_assert_uint_eq(a->bundle, b->bundle);
	ck_assert_uint_eq(a->own, b->own);
	ck_assert_uint_eq(a->formats, b->formats);
	for (size_t i = 0; i < a->formats; i++) {
		check_slice(a->format[i].is.text, b->format[i].is.text);
		check_slice(a->format[i].is.name, b->format[i].is.name);
		check_slice(a->format[i].is.fmtp, b->format[i].is.fmtp);
		ck_assert_uint_eq(a->format[i].is.rate, b->format[i].is.rate);
		ck_assert_int_eq(a->format[i].is.payload_type, b->format[i].is.payload_type);
		ck_assert_uint_eq(a->format[i].is.channels, b->format[i].is.channels);
		ck_assert(a->format[i].accepted == b->format[i].accepted);
	}
}

/* M as bytes, and back. */
static struct memo *
again(const struct memo *m, ssize_t *len)
{
	uint8_t bytes[SIZE];
	struct memo *back;

	*len = memo_encode(m, bytes, sizeof bytes);
	ck_assert_int_gt(*len, 0);
	back = memo_decode(bytes, (size_t)*len);
	ck_assert_ptr_nonnull(back);
	return back;
}

START_TEST(what_was_said_survives_as_bytes)
{
	struct memo_notes n, m;
	struct memo *back;
	ssize_t len;

	ck_assert_int_eq(memo_read(memo, &n, arena), 0);
	fill(&n);
	ck_assert_int_eq(memo_write(memo, &n), 0);
	back = again(memo, &len);
	ck_assert_int_eq(memo_read(back, &m, arena), 0);
	ck_assert_mem_eq(m.secret, n.secret, MEMO_SECRET);
	ck_assert_uint_eq(m.terms, n.terms);
	for (unsigned i = 0; i < 2; i++) {
		check_slice(m.side[i].origin.user, n.side[i].origin.user);
		check_slice(m.side[i].origin.address, n.side[i].origin.address);
		check_slice(m.side[i].name, n.side[i].name);
		check_slice(m.side[i].version, n.side[i].version);
		ck_assert(m.side[i].text == n.side[i].text);
		ck_assert_uint_eq(m.side[i].lines, 1);
		check_line(&m.side[i].line[0], &n.side[i].line[0]);
	}
	memo_close(back);
}
END_TEST

START_TEST(an_ordinary_one_takes_less_than_400_bytes)
{
	struct memo_notes n;

	ck_assert_int_eq(memo_read(memo, &n, arena), 0);
	fill(&n);
	ck_assert_int_eq(memo_write(memo, &n), 0);
	ck_assert_int_lt(memo_encode(memo, (uint8_t[SIZE]){0}, SIZE), 400);
}
END_TEST

/* Whatever differs between the formats of both sides, each keeps its own. */
START_TEST(sides_that_differ_are_not_taken_for_alike)
{
	struct memo_format other[4], *f;
	struct memo_notes n, m;
	struct memo_line *line;

	for (unsigned i = 0; i < 7; i++) {
		ck_assert_int_eq(memo_read(memo, &n, arena), 0);
		fill(&n);
		line = &n.side[1].line[0];
		memcpy(other, line->format, sizeof other);
		line->format = other;
		f = &other[2];
		f->is.text = i == 0 ? SLICE("112") : f->is.text;
		f->is.payload_type = i == 0 ? 112 : f->is.payload_type;
		f->is.name = i == 1 ? SLICE("OPUS") : f->is.name;
		f->is.rate += i == 2;
		f->is.channels += i == 3;
		f->is.fmtp = i == 4 ? SLICE("stereo=1") : f->is.fmtp;
		f->accepted = i != 5;
		line->formats -= i == 6;
		ck_assert_int_eq(memo_write(memo, &n), 0);
		ck_assert_int_eq(memo_read(memo, &m, arena), 0);
		check_line(&m.side[0].line[0], &n.side[0].line[0]);
		check_line(&m.side[1].line[0], line);
	}
}
END_TEST

START_TEST(texts_of_any_length_survive)
{
	static const size_t lengths[] = {1, 127, 128, 129, 255, 256, 300, 5000};
	static char text[5000];

	memset(text, 'x', sizeof text);
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		struct slice name = {text, lengths[i]};
		struct memo_notes n, m;

		ck_assert_int_eq(memo_read(memo, &n, arena), 0);
		fill(&n);
		n.side[0].name = name;
		ck_assert_int_eq(memo_write(memo, &n), 0);
		ck_assert_int_eq(memo_read(memo, &m, arena), 0);
		check_slice(m.side[0].name, name);
		check_slice(m.side[1].name, n.side[1].name);
		check_line(&m.side[0].line[0], &n.side[0].line[0]);
	}
}
END_TEST

START_TEST(each_has_a_secret_of_its_own)
{
	struct memo_notes a, b;
	struct memo *other = memo_open();

	ck_assert_int_eq(memo_read(memo, &a, arena), 0);
	ck_assert_int_eq(memo_read(other, &b, arena), 0);
	ck_assert_mem_ne(a.secret, b.secret, MEMO_SECRET);
	memo_close(other);
}
END_TEST

/* The memo as bytes, until the next call. */
static struct slice
as_bytes(void)
{
	static uint8_t bytes[SIZE];
	ssize_t len = memo_encode(memo, bytes, sizeof bytes);

	ck_assert_int_gt(len, 0);
	return (struct slice){(const char *)bytes, (size_t)len};
}

START_TEST(who_asks_sees_the_speech_of_each_line)
{
	struct memo_notes n;
	struct memo_media m;

	ck_assert(!memo_media((struct slice){NULL, 0}, 0, 0, &m));
	ck_assert(!memo_media(as_bytes(), 0, 0, &m));
	ck_assert_int_eq(memo_read(memo, &n, arena), 0);
	fill(&n);
	ck_assert_int_eq(memo_write(memo, &n), 0);
	ck_assert(memo_media(as_bytes(), 1, 0, &m));
	check_slice(m.codec, SLICE("PCMU/8000"));
	/* Keys are no speech, whatever comes first. */
	n.side[1].line[0].format += 2;
	n.side[1].line[0].formats = 2;
	n.side[1].line[0].format[0] = n.side[0].line[0].format[3];
	n.side[1].line[0].format[1] = format("9", 9, "G722", 8000, NULL);
	n.side[1].line[0].marks |= MEMO_CLOSED;
	ck_assert_int_eq(memo_write(memo, &n), 0);
	ck_assert(!memo_media(as_bytes(), 0, 1, &m));
	ck_assert(memo_media(as_bytes(), 0, 0, &m));
	check_slice(m.codec, SLICE("PCMU/8000"));
	check_slice(m.type, SLICE("audio"));
	check_slice(m.protocol, SLICE("RTP/SAVP"));
	ck_assert(!m.refused);
	ck_assert(memo_media(as_bytes(), 1, 0, &m));
	check_slice(m.codec, SLICE("G722/8000"));
	ck_assert(m.refused);
	ck_assert(!memo_media(as_bytes(), 1, 1, &m));
}
END_TEST

/* A line of SDP must not come out of a memo as two. */
START_TEST(values_that_can_not_be_are_refused)
{
	struct memo_notes n;
	uint8_t bytes[SIZE];
	ssize_t len;

	ck_assert_int_eq(memo_read(memo, &n, arena), 0);
	fill(&n);
	n.side[0].name = SLICE("a\r\nb");
	ck_assert_int_eq(memo_write(memo, &n), 0);
	len = memo_encode(memo, bytes, sizeof bytes);
	ck_assert_ptr_null(memo_decode(bytes, (size_t)len));
	ck_assert_int_eq(errno, EBADMSG);
	fill(&n);
	n.side[1].line[0].suite = SDES_SUITES + 1;
	ck_assert_int_eq(memo_write(memo, &n), 0);
	len = memo_encode(memo, bytes, sizeof bytes);
	ck_assert_ptr_null(memo_decode(bytes, (size_t)len));
}
END_TEST

START_TEST(a_part_of_one_is_none)
{
	struct memo_notes n;
	uint8_t bytes[SIZE];
	ssize_t len;

	ck_assert_int_eq(memo_read(memo, &n, arena), 0);
	fill(&n);
	ck_assert_int_eq(memo_write(memo, &n), 0);
	len = memo_encode(memo, bytes, sizeof bytes);
	for (ssize_t i = 0; i < len; i++) {
		struct memo *m = memo_decode(bytes, (size_t)i);

		ck_assert_ptr_null(m);
		ck_assert_int_eq(errno, EBADMSG);
	}
	ck_assert_int_eq(memo_encode(memo, bytes, (size_t)len - 1), -ENOSPC);
}
END_TEST

/* Of what was checked before only the head is looked at. */
START_TEST(a_copy_is_the_same_bytes)
{
	struct memo_notes n;
	uint8_t bytes[SIZE], copied[SIZE];
	struct memo *copy;
	ssize_t len;

	ck_assert_int_eq(memo_read(memo, &n, arena), 0);
	fill(&n);
	ck_assert_int_eq(memo_write(memo, &n), 0);
	len = memo_encode(memo, bytes, sizeof bytes);
	copy = memo_copy(bytes, (size_t)len);
	ck_assert_ptr_nonnull(copy);
	memset(bytes, 0, sizeof bytes); /* it has bytes of its own */
	ck_assert_int_eq(memo_encode(copy, copied, sizeof copied), len);
	ck_assert_int_eq(memo_encode(memo, bytes, sizeof bytes), len);
	ck_assert_mem_eq(copied, bytes, (size_t)len);
	memo_close(copy);
}
END_TEST

START_TEST(what_has_no_head_of_ours_is_not_copied)
{
	uint8_t bytes[SIZE];
	ssize_t len = memo_encode(memo, bytes, SIZE);

	ck_assert_ptr_null(memo_copy(bytes, MEMO_SECRET));
	ck_assert_int_eq(errno, EBADMSG);
	ck_assert_ptr_null(memo_copy(bytes, sizeof bytes));
	ck_assert_int_eq(errno, EBADMSG);
	bytes[0]++;
	ck_assert_ptr_null(memo_copy(bytes, (size_t)len));
	ck_assert_int_eq(errno, EBADMSG);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("memo");
	TCase *t = tcase_create("memo");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_was_said_survives_as_bytes);
	tcase_add_test(t, an_ordinary_one_takes_less_than_400_bytes);
	tcase_add_test(t, sides_that_differ_are_not_taken_for_alike);
	tcase_add_test(t, texts_of_any_length_survive);
	tcase_add_test(t, each_has_a_secret_of_its_own);
	tcase_add_test(t, who_asks_sees_the_speech_of_each_line);
	tcase_add_test(t, values_that_can_not_be_are_refused);
	tcase_add_test(t, a_part_of_one_is_none);
	tcase_add_test(t, a_copy_is_the_same_bytes);
	tcase_add_test(t, what_has_no_head_of_ours_is_not_copied);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
