/* SPDX-License-Identifier: Apache-2.0
 *
 * dataplane/pcapng.c: what libpcap reads of it, and, where libpcap does not tell, what
 * draft-ietf-opsawg-pcapng-02 says must stand where. */
#include <check.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dataplane/pcapng.h"

enum { ROOM = 4096 };

static uint8_t file[ROOM];
static size_t len;

static uint32_t
word(size_t at)
{
	uint32_t v;

	memcpy(&v, file + at, sizeof v);
	return v;
}

static void
add(size_t n)
{
	ck_assert_uint_gt(n, 0);
	ck_assert_uint_eq(n % 4, 0);
	len += n;
}

static void
add_packet(const uint8_t *frame, uint32_t kept, uint32_t whole, uint64_t ns, bool out)
{
	const struct pcapng_packet p = {.interface = 0,
		.out = out,
		.ns = ns,
		.frame = frame,
		.kept = kept,
		.len = whole};

	add(pcapng_packet(file + len, ROOM - len, &p));
}

static void
begin(void)
{
	len = 0;
	memset(file, 0xee, sizeof file);
	add(pcapng_section(file, ROOM, "strowger", "call-3f9a1c02"));
	add(pcapng_interface(file + len, ROOM - len, "eth0", 96));
}

static pcap_t *
open_by_libpcap(void)
{
	char why[PCAP_ERRBUF_SIZE];
	FILE *f = tmpfile();
	pcap_t *p;

	ck_assert_uint_eq(fwrite(file, 1, len, f), len);
	rewind(f);
	p = pcap_fopen_offline_with_tstamp_precision(f, PCAP_TSTAMP_PRECISION_NANO, why);
	ck_assert_msg(p != NULL, "%s", why);
	return p;
}

START_TEST(libpcap_reads_what_was_written)
{
	static const uint8_t one[61] = {[0] = 1, [60] = 61}, two[96] = {2};
	struct pcap_pkthdr h;
	const uint8_t *data;
	pcap_t *p;

	begin();
	add_packet(one, 61, 61, 1700000000123456789, false);
	add_packet(two, 96, 1500, 1700000001000000001, true);
	p = open_by_libpcap();
	ck_assert_int_eq(pcap_datalink(p), DLT_EN10MB);
	ck_assert_int_eq(pcap_snapshot(p), 96);
	ck_assert_ptr_nonnull(data = pcap_next(p, &h));
	ck_assert_int_eq(h.ts.tv_sec, 1700000000);
	ck_assert_int_eq(h.ts.tv_usec, 123456789); /* nanoseconds, as asked for */
	ck_assert_uint_eq(h.caplen, 61);
	ck_assert_uint_eq(h.len, 61);
	ck_assert_mem_eq(data, one, 61);
	ck_assert_ptr_nonnull(data = pcap_next(p, &h));
	ck_assert_int_eq(h.ts.tv_usec, 1);
	ck_assert_uint_eq(h.caplen, 96);
	ck_assert_uint_eq(h.len, 1500);
	ck_assert_mem_eq(data, two, 96);
	ck_assert_ptr_null(pcap_next(p, &h));
	pcap_close(p);
}
END_TEST

START_TEST(a_section_carries_its_comment)
{
	begin();
	ck_assert_uint_eq(word(0), 0x0a0d0d0a);
	ck_assert_uint_eq(word(8), 0x1a2b3c4d); /* this host's byte order */
	ck_assert_uint_eq(word(12), 1);         /* version 1.0 */
	ck_assert_uint_eq(word(24), 1 | strlen("call-3f9a1c02") << 16); /* opt_comment */
	ck_assert_mem_eq(file + 28, "call-3f9a1c02\0\0\0", 16);
	ck_assert_uint_eq(word(44), 4 | strlen("strowger") << 16); /* shb_userappl */
	ck_assert_uint_eq(word(4), word(word(4) - 4)); /* its length, at both ends */
}
END_TEST

START_TEST(an_interface_has_a_name_and_counts_nanoseconds)
{
	size_t at;

	begin();
	at = word(4);
	ck_assert_uint_eq(word(at), 1);
	ck_assert_uint_eq(word(at + 16), 2 | 4u << 16); /* if_name */
	ck_assert_mem_eq(file + at + 20, "eth0", 4);
	ck_assert_uint_eq(word(at + 24), 9 | 1u << 16); /* if_tsresol */
	ck_assert_uint_eq(file[at + 28], 9);
}
END_TEST

START_TEST(a_packet_says_which_way_it_went)
{
	static const uint8_t frame[5];

	for (uint32_t out = 0; out < 2; out++) {
		size_t at;

		begin();
		at = len;
		add_packet(frame, 5, 5, 1, out != 0);
		ck_assert_uint_eq(word(at), 6);
		ck_assert_uint_eq(word(at + 28 + 8), 2 | 4u << 16); /* epb_flags */
		ck_assert_uint_eq(word(at + 28 + 12), 1 + out); /* 01 inbound, 10 outbound */
		ck_assert_uint_eq(word(at + word(at + 4) - 4), len - at);
	}
}
END_TEST

START_TEST(what_does_not_fit_is_not_written)
{
	static const uint8_t frame[101];
	const struct pcapng_packet p = {.frame = frame, .kept = 101, .len = 101};
	size_t whole = pcapng_packet(file, ROOM, &p);

	for (size_t room = 0; room < whole; room++) {
		uint8_t *tight = malloc(room + 1); /* the sanitizer sees a byte too far */

		tight[room] = 0x55;
		ck_assert_uint_eq(pcapng_packet(tight, room, &p), 0);
		ck_assert_uint_eq(tight[room], 0x55);
		free(tight);
	}
	ck_assert_uint_eq(pcapng_packet(file, whole, &p), whole);
	ck_assert_uint_eq(pcapng_section(file, 40, "p", "a longer comment"), 0);
	ck_assert_uint_eq(pcapng_interface(file, 20, "eth0", 96), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("pcapng");
	TCase *tc = tcase_create("pcapng");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, libpcap_reads_what_was_written);
	tcase_add_test(tc, a_section_carries_its_comment);
	tcase_add_test(tc, an_interface_has_a_name_and_counts_nanoseconds);
	tcase_add_test(tc, a_packet_says_which_way_it_went);
	tcase_add_test(tc, what_does_not_fit_is_not_written);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
