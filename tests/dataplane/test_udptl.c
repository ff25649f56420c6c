/* SPDX-License-Identifier: Apache-2.0
 *
 * Suite of dataplane/udptl.c, udptl_make.c and ifp.c.  Bytes are made by hand of the syntax in
 * annex A of ITU-T T.38, by the aligned packed encoding rules (X.691). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "dataplane/ifp.h"
#include "dataplane/udptl.h"

/* ---- IFP packets.  t30-indicator, or t30-data with fields. ---- */

#define BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

START_TEST(how_long_an_ifp_packet_is_stands_in_it)
{
	/* No signal; CED; V.17 14400 long training, all in one octet. */
	ck_assert_int_eq(ifp_length(BYTES(0x00), 0), 1);
	ck_assert_int_eq(ifp_length(BYTES(0x04), 0), 1);
	ck_assert_int_eq(ifp_length(BYTES(0x1e, 0, 0), 0), 1);
	/* V.8 ANSam: an alternative that version 1 has added. */
	ck_assert_int_eq(ifp_length(BYTES(0x20, 0x00), 1), 2);
	/* V.21 data, one field, HDLC data of one octet. */
	ck_assert_int_eq(ifp_length(BYTES(0xc0, 1, 0x80, 0, 0, 0xff), 0), 6);
	ck_assert_int_eq(ifp_length(BYTES(0xc0, 1, 0x80, 0, 0, 0xff, 0, 0), 1), 6);
	/* The same, and HDLC FCS OK, which has no data. */
	ck_assert_int_eq(ifp_length(BYTES(0xc0, 2, 0x80, 0, 0, 0xff, 0x10), 1), 7);
	ck_assert_int_eq(ifp_length(BYTES(0xc0, 2, 0x80, 0, 0, 0xff, 0x20), 0), 7);
	/* Two fields without data share an octet in version 0. */
	ck_assert_int_eq(ifp_length(BYTES(0xc0, 2, 0x21, 0), 0), 3);
	ck_assert_int_eq(ifp_length(BYTES(0xc0, 2, 0x10, 0x08), 1), 4);
	/* Three hundred octets. */
	uint8_t big[5 + 300] = {0xd0, 1, 0x80, 0x01, 0x2b};
	ck_assert_int_eq(ifp_length(big, sizeof big, 0), 305);
}
END_TEST

START_TEST(what_is_cut_short_is_no_ifp_packet)
{
	static const uint8_t p[] = {0xc0, 2, 0x80, 0, 3, 1, 2, 3, 4, 0x20};

	ck_assert_int_eq(ifp_length(p, sizeof p, 0), sizeof p);
	for (size_t n = 0; n < sizeof p; n++) {
		uint8_t *cut = malloc(n > 0 ? n : 1);

		memcpy(cut, p, n);
		ck_assert_int_eq(ifp_length(cut, n, 0), -EBADMSG);
		free(cut);
	}
	ck_assert_int_eq(ifp_length(BYTES(0x20), 1), -EBADMSG);
	ck_assert_int_eq(ifp_length(BYTES(0xd2, 1, 0x80, 0, 0, 1), 0), -EBADMSG); /* type 9 */
	ck_assert_int_eq(ifp_length(BYTES(0xc0, 0x80, 0), 0), -EBADMSG);
}
END_TEST

/* ---- Datagrams. ---- */

START_TEST(a_datagram_has_a_number_a_packet_and_copies)
{
	static const uint8_t p[] = {0x01, 0x02, 1, 0x04, 0x00, 2, 1, 0x06, 3, 1, 2, 3};
	struct udptl_packet is;

	ck_assert_int_eq(udptl_parse(p, sizeof p, &is), 0);
	ck_assert_uint_eq(is.number, 0x102);
	ck_assert_uint_eq(is.primary.len, 1);
	ck_assert_uint_eq(is.primary.p[0], 0x04);
	ck_assert_uint_eq(is.correction, SW_FAX_REDUNDANCY);
	ck_assert_uint_eq(is.parts, 2);
	ck_assert_uint_eq(is.part[1].len, 3);
	ck_assert_mem_eq(is.part[1].p, p + 9, 3);
	for (size_t n = 0; n < sizeof p; n++)
		ck_assert_int_eq(udptl_parse(p, n, &is), -EBADMSG);
}
END_TEST

START_TEST(a_datagram_has_a_number_a_packet_and_parity)
{
	static const uint8_t p[] = {0, 9, 1, 0x04, 0x80, 1, 3, 2, 1, 0xaa, 2, 0xbb, 0xcc};
	struct udptl_packet is;

	ck_assert_int_eq(udptl_parse(p, sizeof p, &is), 0);
	ck_assert_uint_eq(is.correction, SW_FAX_FEC);
	ck_assert_uint_eq(is.span, 3);
	ck_assert_uint_eq(is.parts, 2);
	ck_assert_uint_eq(is.part[0].p[0], 0xaa);
	ck_assert_uint_eq(is.part[1].len, 2);
	for (size_t n = 0; n < sizeof p; n++)
		ck_assert_int_eq(udptl_parse(p, n, &is), -EBADMSG);
}
END_TEST

START_TEST(lengths_of_128_and_more_take_two_octets_and_fragments_are_refused)
{
	uint8_t p[2 + 2 + 200 + 2] = {0, 0, 0x80, 200};
	struct udptl_packet is;

	ck_assert_int_eq(udptl_parse(p, sizeof p, &is), 0);
	ck_assert_uint_eq(is.primary.len, 200);
	p[2] = 0xc1;
	ck_assert_int_eq(udptl_parse(p, sizeof p, &is), -EBADMSG);
	p[2] = 0xbf; /* 16,383 octets: not there */
	ck_assert_int_eq(udptl_parse(p, sizeof p, &is), -EBADMSG);
}
END_TEST

START_TEST(more_copies_than_are_looked_at_are_no_error_but_more_parity_is)
{
	uint8_t p[2 + 2 + 1 + 3 + 100 * 2] = {0, 200, 1, 0x04, 0x00, 100};
	struct udptl_packet is;

	for (unsigned i = 0; i < 100; i++)
		p[6 + 2 * i] = 1;
	ck_assert_int_eq(udptl_parse(p, 6 + 200, &is), 0);
	ck_assert_uint_eq(is.parts, UDPTL_PARTS);
	memmove(p + 7, p + 5, 201);
	p[4] = 0x80;
	p[5] = 1;
	p[6] = 2;
	ck_assert_int_eq(udptl_parse(p, 8 + 200, &is), -EBADMSG);
}
END_TEST

/* ---- What arrives. ---- */

static struct udptl_rx rx;
static struct transcode_counts counts;
static uint8_t given[512];      /* first octets of fields' data that were given on, ... */
static unsigned givens, missed; /* ... and how many were said to be missing */

static void
reset(void)
{
	udptl_rx_init(&rx, 0);
	memset(&counts, 0, sizeof counts);
	givens = missed = 0;
}

static void
deliver(void *arg, const uint8_t *p, size_t len, unsigned missing)
{
	ck_assert_int_eq(ifp_length(p, len, 0), (int)len);
	given[givens++ % sizeof given] = len > 5 ? p[5] : p[0];
	missed += missing;
}

static void
take(const uint8_t *p, size_t len)
{
	uint8_t *exact = malloc(len);

	memcpy(exact, p, len);
	udptl_take(&rx, exact, len, &counts, deliver, NULL);
	free(exact);
}

/* V.21 data with N + 1 octets of value V: the packet that datagrams here are about. */
static size_t
ifp(uint8_t *p, uint8_t v, uint8_t n)
{
	const uint8_t head[] = {0xc0, 1, 0x80, 0, n};

	memcpy(p, head, sizeof head);
	memset(p + sizeof head, v, n + 1u);
	return sizeof head + n + 1;
}

/* Datagram NUMBER about value NUMBER, with COPIES of those before it. */
static size_t
with_copies(uint8_t *p, uint16_t number, unsigned copies)
{
	size_t n = 2;

	p[0] = (uint8_t)(number >> 8);
	p[1] = (uint8_t)number;
	p[n] = (uint8_t)ifp(p + n + 1, (uint8_t)number, number % 4);
	n += 1u + p[n];
	p[n++] = 0x00;
	p[n++] = (uint8_t)copies;
	for (unsigned i = 1; i <= copies; i++) {
		uint16_t of = (uint16_t)(number - i);

		p[n] = (uint8_t)ifp(p + n + 1, (uint8_t)of, of % 4);
		n += 1u + p[n];
	}
	return n;
}

/* The same with parity: PARTS messages, each about SPAN packets, every PARTS-th before it. */
static size_t
with_parity(uint8_t *p, uint16_t number, unsigned parts, unsigned span)
{
	size_t n = with_copies(p, number, 0) - 2;
	uint8_t one[16];

	p[n++] = 0x80;
	p[n++] = 1;
	p[n++] = (uint8_t)span;
	p[n++] = (uint8_t)parts;
	for (unsigned m = 0; m < parts; m++) {
		uint8_t sum[16] = {0};
		size_t longest = 0;

		for (unsigned i = 0; i < span; i++) {
			uint16_t of = (uint16_t)(number + m - parts - i * parts);
			size_t len = ifp(one, (uint8_t)of, of % 4);

			for (size_t b = 0; b < len; b++)
				sum[b] ^= one[b];
			longest = len > longest ? len : longest;
		}
		p[n++] = (uint8_t)longest;
		memcpy(p + n, sum, longest);
		n += longest;
	}
	return n;
}

static void
copies_come(uint16_t number, unsigned copies)
{
	uint8_t p[1024];

	take(p, with_copies(p, number, copies));
}

static void
parity_comes(uint16_t number, unsigned parts, unsigned span)
{
	uint8_t p[1024];

	take(p, with_parity(p, number, parts, span));
}

START_TEST(what_comes_in_order_goes_on_at_once)
{
	reset();
	for (unsigned i = 0; i < 300; i++) {
		copies_come((uint16_t)(65400 + i), _i ? 3 : 0);
		ck_assert_uint_eq(givens, i + 1 + (_i ? 3 : 0));
		ck_assert_uint_eq(given[(givens - 1) % sizeof given], (uint8_t)(65400 + i));
	}
	ck_assert_uint_eq(counts.lost + counts.late + counts.malformed, 0);
	ck_assert_uint_eq(missed, 0);
}
END_TEST

START_TEST(copies_bring_back_as_many_as_there_are)
{
	reset();
	for (unsigned i = 0; i < 10; i++)
		copies_come((uint16_t)(65530 + i), 0);
	for (unsigned gap = 1; gap <= 5; gap++) {
		unsigned back = gap < 3 ? gap : 3;

		reset();
		copies_come(65533, 0);
		copies_come((uint16_t)(65534 + gap), 3);
		ck_assert_uint_eq(counts.recovered, back);
		ck_assert_uint_eq(counts.lost, gap - back);
		ck_assert_uint_eq(missed, gap - back);
		ck_assert_uint_eq(givens, 2 + back);
		for (unsigned i = 0; i <= back; i++)
			ck_assert_uint_eq(given[1 + i], (uint8_t)(65534 + gap - back + i));
	}
}
END_TEST

START_TEST(the_first_datagram_brings_those_before_it)
{
	reset();
	copies_come(2, 2);
	ck_assert_uint_eq(givens, 3);
	ck_assert_uint_eq(given[0], 0);
	ck_assert_uint_eq(counts.recovered, 2);
	ck_assert_uint_eq(counts.jumps, 0);
}
END_TEST

/* Any one of each message's; as many in a row as there are messages. */
START_TEST(parity_brings_back_one_packet_a_message)
{
	for (unsigned parts = 1; parts <= 4; parts++)
		for (unsigned lost = 1; lost <= parts; lost++) {
			reset();
			for (uint16_t i = 0; i < 20; i++)
				copies_come((uint16_t)(65530 + i), 0);
			parity_comes((uint16_t)(65530 + 20 + lost), parts, 3);
			ck_assert_uint_eq(counts.recovered, lost);
			ck_assert_uint_eq(counts.lost, 0);
			ck_assert_uint_eq(givens, 21 + lost);
			for (unsigned i = 0; i < givens; i++)
				ck_assert_uint_eq(given[i], (uint8_t)(65530 + i));
		}
}
END_TEST

START_TEST(parity_about_two_that_are_lost_brings_back_none)
{
	reset();
	for (uint16_t i = 0; i < 20; i++)
		copies_come(i, 0);
	parity_comes(22, 1, 3); /* 20 and 21 are lost, and it is about 19 to 21 */
	ck_assert_uint_eq(counts.recovered, 0);
	ck_assert_uint_eq(counts.lost, 2);
	ck_assert_uint_eq(missed, 2);
	parity_comes(25, 2, 3); /* 23: message 0, with 21 and 19.  24: with 22 and 20 */
	ck_assert_uint_eq(counts.recovered, 0);
	ck_assert_uint_eq(counts.lost, 4);
}
END_TEST

START_TEST(what_comes_twice_or_too_late_is_counted)
{
	reset();
	copies_come(10, 0);
	copies_come(11, 0);
	copies_come(11, 0);
	copies_come(13, 0);
	copies_come(12, 0);
	ck_assert_uint_eq(counts.duplicates, 1);
	ck_assert_uint_eq(counts.late, 1);
	ck_assert_uint_eq(counts.lost, 1);
	ck_assert_uint_eq(givens, 3);
}
END_TEST

START_TEST(another_numbering_is_a_beginning)
{
	reset();
	copies_come(1000, 0);
	copies_come(0, 0);
	copies_come(1, 0);
	copies_come(40000, 0);
	ck_assert_uint_eq(counts.jumps, 2);
	ck_assert_uint_eq(counts.lost, 0);
	ck_assert_uint_eq(givens, 4);
}
END_TEST

/* After COUNT datagrams the same source counts from 0 on, and says something else. */
static void
source_begins_anew_after(uint16_t count, unsigned copies)
{
	uint8_t p[1024];

	reset();
	for (uint16_t i = 0; i < count; i++) {
		p[0] = (uint8_t)(i >> 8);
		p[1] = (uint8_t)i;
		memcpy(p + 2, (const uint8_t[]){1, 0x00, 0, 0}, 4);
		take(p, 6);
	}
	givens = 0;
	for (uint16_t i = 0; i < 10; i++)
		copies_come(i, i < copies ? i : copies);
}

/* The second datagram proves it; copies in it bring the first one back. */
START_TEST(a_source_that_counts_anew_is_heard_from_its_second_datagram_on)
{
	static const uint16_t counts_before[] = {5, 31, 33, 60, 256, 257, 1000};
	uint16_t count = counts_before[_i >> 1];
	unsigned copies = _i & 1, lacks = copies == 0 && count <= UDPTL_JUMP;

	source_begins_anew_after(count, copies);
	ck_assert_uint_eq(counts.jumps, 1);
	ck_assert_uint_eq(counts.lost, 0);
	ck_assert_uint_eq(givens, 10 - lacks);
	for (unsigned i = 0; i < givens; i++)
		ck_assert_uint_eq(given[i], i + lacks);
}
END_TEST

/* Of COUNT datagrams without a signal each EVERY-th is what the new numbering has there, too,
 * or with LOST is lost; then the same source counts from 0 on.  The first that is given on. */
static unsigned
begins_alike(uint16_t count, unsigned every, bool lost, unsigned copies)
{
	uint8_t p[] = {0, 0, 1, 0x00, 0, 0};

	reset();
	for (uint16_t i = 0; i < count; i++) {
		p[1] = (uint8_t)i;
		if (i % every != 0)
			take(p, sizeof p);
		else if (!lost)
			copies_come(i, 0);
	}
	givens = 0;
	for (uint16_t i = 0; i < count; i++)
		copies_come(i, i < copies ? i : copies);
	ck_assert_uint_eq(counts.jumps, 1);
	ck_assert_uint_eq(givens, count - given[0]);
	return given[0];
}

/* Faxes begin alike (no signal, CED, flags), and what was lost is like anything: the second
 * datagram that is of another numbering proves it, whatever of the same row is between. */
START_TEST(a_source_that_counts_anew_is_heard_though_part_of_it_is_as_before)
{
	ck_assert_uint_eq(begins_alike(32, 2, false, 0), 3);
	ck_assert_uint_eq(begins_alike(31, 3, false, 0), 2);
	ck_assert_uint_eq(begins_alike(32, 2, true, 0), 3);
	/* A copy of what was there is proof as well, and brings it back. */
	ck_assert_uint_eq(begins_alike(32, 2, false, 1), 1);
	ck_assert_uint_eq(begins_alike(32, 2, true, 3), 0);
}
END_TEST

/* A slower way on which all comes again is heard alone while the source is silent; and those
 * that never came bring copies of what did. */
START_TEST(a_row_of_repetitions_is_no_other_numbering)
{
	reset();
	for (uint16_t i = 0; i < 30; i++)
		if (i < 12 || i > 14)
			copies_come(i, 1);
	givens = 0;
	for (uint16_t i = 3; i < 30; i++)
		copies_come(i, 3);
	ck_assert_uint_eq(givens, 0);
	ck_assert_uint_eq(counts.jumps, 0);
	ck_assert_uint_eq(counts.late + counts.duplicates, 27);
	copies_come(30, 3);
	ck_assert_uint_eq(givens, 1);
}
END_TEST

/* Two that were overtaken, in a row; and what was brought back comes after all. */
START_TEST(late_ones_in_a_row_and_repetitions_are_no_other_numbering)
{
	reset();
	for (uint16_t i = 0; i < 40; i++)
		copies_come(i, 0);
	copies_come(42, 0);
	copies_come(40, 0);
	copies_come(41, 0);
	ck_assert_uint_eq(counts.late, 2);
	for (uint16_t i = 43; i < 80; i++)
		copies_come(i, 0);
	parity_comes(82, 2, 3);
	ck_assert_uint_eq(counts.recovered, 2);
	copies_come(80, 0);
	copies_come(81, 0);
	copies_come(82, 0);
	ck_assert_uint_eq(counts.duplicates, 3);
	copies_come(20, 0); /* old, one by one */
	copies_come(83, 0);
	copies_come(21, 0);
	ck_assert_uint_eq(counts.late, 4);
	ck_assert_uint_eq(counts.jumps, 0);
}
END_TEST

START_TEST(what_is_no_ifp_packet_is_not_given_on)
{
	reset();
	copies_come(0, 0);
	take(BYTES(0, 1, 3, 0xc0, 1, 0x80, 0, 0));    /* its field is cut short */
	take(BYTES(0, 2, 0, 0, 0));                   /* none: a number alone */
	take(BYTES(0, 3, 1, 0x04, 0x80, 1, 2, 1, 0)); /* parity that is empty */
	take(BYTES(0, 4, 1, 0x04, 0x80, 2, 0, 2, 0)); /* a span of two octets */
	take(BYTES(0, 5, 1, 0x04, 0x01, 0));          /* padding that is none */
	ck_assert_uint_eq(counts.malformed, 3);
	ck_assert_uint_eq(givens, 2);
	ck_assert_uint_eq(missed, 1);
}
END_TEST

/* ---- What leaves. ---- */

static struct udptl_tx tx;

static void
open_tx(enum sw_fax_correction correction, unsigned depth, uint16_t most, uint16_t number)
{
	const struct sw_fax conf = {.correction = (uint8_t)correction,
		.depth = (uint8_t)depth,
		.max_datagram = most};

	udptl_tx_init(&tx, &conf, number);
}

static void
makes(uint16_t number, const uint8_t *wanted, size_t len)
{
	uint8_t one[16], is[SW_FAX_DATAGRAM_MAX];
	int n = udptl_make(&tx, one, ifp(one, (uint8_t)number, number % 4), is);

	ck_assert_int_eq(n, (int)len);
	ck_assert_mem_eq(is, wanted, len);
}

START_TEST(copies_leave_as_many_as_there_are)
{
	uint8_t p[1024];

	open_tx(SW_FAX_REDUNDANCY, 3, 0, 65534);
	for (unsigned i = 0; i < 100; i++) {
		uint16_t number = (uint16_t)(65534 + i);

		makes(number, p, with_copies(p, number, i < 3 ? i : 3));
	}
	open_tx(SW_FAX_NONE, 0, 0, 0);
	for (uint16_t i = 0; i < 5; i++)
		makes(i, p, with_copies(p, i, 0));
}
END_TEST

START_TEST(parity_leaves_about_three_packets_a_message)
{
	uint8_t p[1024];

	open_tx(SW_FAX_FEC, 2, 0, 65534);
	makes(65534, p, with_copies(p, 65534, 0));
	makes(65535, p, with_parity(p, 65535, 1, 1)); /* one is all there is */
	makes(0, p, with_parity(p, 0, 2, 1));
	makes(1, p, with_parity(p, 1, 2, 1));
	makes(2, p, with_parity(p, 2, 2, 2));
	makes(3, p, with_parity(p, 3, 2, 2));
	for (uint16_t i = 4; i < 100; i++)
		makes(i, p, with_parity(p, i, 2, 3));
}
END_TEST

START_TEST(what_does_not_fit_is_left_out)
{
	uint8_t p[1024], big[UDPTL_IFP_MAX] = {0};

	open_tx(SW_FAX_REDUNDANCY, 8, SW_FAX_DATAGRAM_MIN, 0);
	for (uint16_t i = 0; i < 20; i++) {
		unsigned copies = 0;

		while (copies < 8 && copies < i &&
			with_copies(p, i, copies + 1) <= SW_FAX_DATAGRAM_MIN)
			copies++;
		makes(i, p, with_copies(p, i, copies));
	}
	ck_assert_int_eq(udptl_make(&tx, big, SW_FAX_DATAGRAM_MAX - 5, p), -EMSGSIZE);
	open_tx(SW_FAX_FEC, 8, SW_FAX_DATAGRAM_MIN, 0);
	for (uint16_t i = 0; i < 100; i++) {
		uint8_t one[16], is[SW_FAX_DATAGRAM_MAX];

		ck_assert_int_le(udptl_make(&tx, one, ifp(one, (uint8_t)i, 3), is),
			SW_FAX_DATAGRAM_MIN);
	}
}
END_TEST

/* What one end makes the other one understands, whatever is lost of what it can bring back. */
START_TEST(both_ends_agree)
{
	uint8_t one[16], p[SW_FAX_DATAGRAM_MAX];
	unsigned run = 0;

	srand((unsigned)_i);
	reset();
	open_tx(_i & 1 ? SW_FAX_FEC : SW_FAX_REDUNDANCY, 3, 0, 65000);
	for (unsigned i = 0; i < 1200; i++) {
		uint8_t v = (uint8_t)i;
		int n = udptl_make(&tx, one, ifp(one, v, (uint8_t)(rand() % 8)), p);

		/* Up to three in a row; the parity of them all needs those before whole. */
		if (i > 20 && run < 3 && i % 16 < 3 && rand() % 3 > 0) {
			run++;
			continue;
		}
		run = 0;
		take(p, (size_t)n);
		ck_assert_uint_eq(givens, i + 1);
	}
	ck_assert_uint_gt(counts.recovered, 50);
	ck_assert_uint_eq(counts.lost + counts.malformed, 0);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("udptl");
	TCase *ifps = tcase_create("IFP packets"), *datagrams = tcase_create("datagrams"),
	      *arrive = tcase_create("what arrives"), *leave = tcase_create("what leaves");

	tcase_add_test(ifps, how_long_an_ifp_packet_is_stands_in_it);
	tcase_add_test(ifps, what_is_cut_short_is_no_ifp_packet);
	suite_add_tcase(s, ifps);
	tcase_add_test(datagrams, a_datagram_has_a_number_a_packet_and_copies);
	tcase_add_test(datagrams, a_datagram_has_a_number_a_packet_and_parity);
	tcase_add_test(
		datagrams, lengths_of_128_and_more_take_two_octets_and_fragments_are_refused);
	tcase_add_test(
		datagrams, more_copies_than_are_looked_at_are_no_error_but_more_parity_is);
	suite_add_tcase(s, datagrams);
	tcase_add_loop_test(arrive, what_comes_in_order_goes_on_at_once, 0, 2);
	tcase_add_test(arrive, copies_bring_back_as_many_as_there_are);
	tcase_add_test(arrive, the_first_datagram_brings_those_before_it);
	tcase_add_test(arrive, parity_brings_back_one_packet_a_message);
	tcase_add_test(arrive, parity_about_two_that_are_lost_brings_back_none);
	tcase_add_test(arrive, what_comes_twice_or_too_late_is_counted);
	tcase_add_test(arrive, another_numbering_is_a_beginning);
	tcase_add_loop_test(
		arrive, a_source_that_counts_anew_is_heard_from_its_second_datagram_on, 0, 14);
	tcase_add_test(
		arrive, a_source_that_counts_anew_is_heard_though_part_of_it_is_as_before);
	tcase_add_test(arrive, a_row_of_repetitions_is_no_other_numbering);
	tcase_add_test(arrive, late_ones_in_a_row_and_repetitions_are_no_other_numbering);
	tcase_add_test(arrive, what_is_no_ifp_packet_is_not_given_on);
	suite_add_tcase(s, arrive);
	tcase_add_test(leave, copies_leave_as_many_as_there_are);
	tcase_add_test(leave, parity_leaves_about_three_packets_a_message);
	tcase_add_test(leave, what_does_not_fit_is_left_out);
	tcase_add_loop_test(leave, both_ends_agree, 0, 20);
	suite_add_tcase(s, leave);
	return s;
}

int
main(void)
{
	SRunner *runner = srunner_create(suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
