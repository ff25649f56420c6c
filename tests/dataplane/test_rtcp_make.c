/* SPDX-License-Identifier: Apache-2.0
 *
 * RTCP of our own, as two others read it: rtcp.c, and tcpdump, which is not ours.
 * dataplane/rtcp_make.c. */
#include <check.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dataplane/rtcp_make.h"
#include "dataplane/rtp.h"

static const struct rtcp_report all = {.ssrc = 0x11223344,
	.cname = "sixteen letters.",
	.sent = true,
	.ntp = UINT64_C(3913056000) << 32 | 0x80000000,
	.timestamp = 160000,
	.packets = 1000,
	.octets = 160500,
	.heard = true,
	.block = {.about = 0x55667788,
		.lost = 25,
		.highest = 0x00012345,
		.jitter = 17,
		.lsr = 0xaabbccdd,
		.dlsr = 3 * 65536,
		.fraction = 64},
	.bye = true};

/* ---- Read by ours ---- */

START_TEST(what_was_put_is_read)
{
	uint8_t p[RTCP_MADE_MAX];
	unsigned len = rtcp_make(p, &all);
	struct rtcp_said said;

	ck_assert_uint_eq(rtcp_read(p, len, &said), len);
	ck_assert(said.sr && said.bye);
	ck_assert_uint_eq(said.sr_ntp, (uint32_t)(all.ntp >> 16));
	ck_assert_uint_eq(said.blocks, 1);
	ck_assert_uint_eq(said.block[0].about, all.block.about);
	ck_assert_int_eq(said.block[0].lost, all.block.lost);
	ck_assert_uint_eq(said.block[0].highest, all.block.highest);
	ck_assert_uint_eq(said.block[0].jitter, all.block.jitter);
	ck_assert_uint_eq(said.block[0].lsr, all.block.lsr);
	ck_assert_uint_eq(said.block[0].dlsr, all.block.dlsr);
	ck_assert_uint_eq(said.block[0].fraction, all.block.fraction);
}
END_TEST

START_TEST(more_came_than_was_expected)
{
	struct rtcp_report r = all;
	uint8_t p[RTCP_MADE_MAX];
	struct rtcp_said said;

	r.block.lost = -3;
	rtcp_read(p, rtcp_make(p, &r), &said);
	ck_assert_int_eq(said.block[0].lost, -3);
	ck_assert_uint_eq(said.block[0].fraction, all.block.fraction);
}
END_TEST

/* Without a report about anybody, and nothing sent, it still is a compound packet. */
START_TEST(it_begins_with_a_report_and_names_us)
{
	for (unsigned i = 0; i < 8; i++) {
		struct rtcp_report r = all;
		uint8_t p[RTCP_MADE_MAX], *sdes;
		struct rtcp_said said;
		unsigned len;

		r.sent = i & 1;
		r.heard = i & 2;
		r.bye = i & 4;
		len = rtcp_make(p, &r);
		ck_assert_uint_le(len, sizeof p);
		ck_assert_uint_eq(rtcp_read(p, len, &said), len);
		ck_assert_uint_eq(p[1], r.sent ? RTCP_SR : RTCP_RR);
		ck_assert_uint_eq(rtcp_ssrc(p), r.ssrc);
		ck_assert_uint_eq(said.blocks, r.heard);
		ck_assert(said.bye == r.bye);
		sdes = p + 4 * (rtp_get16(p + 2) + 1u);
		ck_assert_uint_eq(sdes[1], RTCP_SDES);
		ck_assert_mem_eq(sdes + 10, r.cname, strlen(r.cname));
		ck_assert_uint_eq(sdes[10 + strlen(r.cname)], 0);
	}
}
END_TEST

/* Names of every length modulo four: at least one byte of zero ends the item, and its word. */
START_TEST(names_of_any_length_end_and_fill_whole_words)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyzabcdef";

	for (unsigned n = 0; n <= RTCP_CNAME_MAX; n++) {
		struct rtcp_report r = all;
		uint8_t p[RTCP_MADE_MAX], *sdes = p + 28 + 24;
		struct rtcp_said said;
		unsigned len;

		r.cname = name + RTCP_CNAME_MAX - n;
		len = rtcp_make(p, &r);
		ck_assert_uint_le(len, sizeof p);
		ck_assert_uint_eq(len % 4, 0);
		ck_assert_uint_eq(rtcp_read(p, len, &said), len);
		ck_assert_uint_eq(sdes[9], n);
		ck_assert_uint_gt(4 * (rtp_get16(sdes + 2) + 1u), 10 + n);
		ck_assert_uint_eq(sdes[10 + n], 0);
	}
}
END_TEST

/* ---- Read by tcpdump ---- */

/* A datagram with P in a capture of raw IP. */
static void
write_capture(const char *path, const uint8_t *p, unsigned len)
{
	uint8_t packet[28 + RTCP_MADE_MAX] = {
		0x45, [8] = 64, [9] = 17, [12] = 192, [14] = 2, [15] = 1, [16] = 192, [18] = 2,
		[19] = 2, [20] = 0x75, [21] = 0x31, [22] = 0x75, [23] = 0x33};
	struct pcap_pkthdr h = {.caplen = 28 + len, .len = 28 + len};
	pcap_t *as = pcap_open_dead(DLT_RAW, 65535);
	pcap_dumper_t *to = pcap_dump_open(as, path);

	ck_assert_ptr_nonnull(to);
	rtp_put16(packet + 2, (uint16_t)(28 + len));
	rtp_put16(packet + 24, (uint16_t)(8 + len));
	memcpy(packet + 28, p, len);
	pcap_dump((u_char *)to, &h, packet);
	pcap_dump_close(to);
	pcap_close(as);
}

START_TEST(tcpdump_reads_the_same)
{
	static const char *const says[] = {"sr 287454020 @3913056000.50 160000 1000p 160500b",
		"1432778632 25l 74565s 17j @43707.80+3.00", "sdes", "bye"};
	char path[] = "/tmp/strowger-rtcp-XXXXXX", command[128], text[1024];
	uint8_t p[RTCP_MADE_MAX];
	int fd = mkstemp(path);
	FILE *f;

	ck_assert_int_ge(fd, 0);
	write_capture(path, p, rtcp_make(p, &all));
	snprintf(command, sizeof command, "tcpdump -nvv -T rtcp -r %s 2>/dev/null", path);
	f = popen(command, "r");
	text[fread(text, 1, sizeof text - 1, f)] = '\0';
	pclose(f);
	close(fd);
	unlink(path);
	for (unsigned i = 0; i < sizeof says / sizeof *says; i++)
		ck_assert_msg(
			strstr(text, says[i]) != NULL, "no \"%s\" in: %s", says[i], text);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *s = suite_create("rtcp_make");
	TCase *t = tcase_create("reports");

	suite_add_tcase(s, t);
	tcase_add_test(t, what_was_put_is_read);
	tcase_add_test(t, more_came_than_was_expected);
	tcase_add_test(t, it_begins_with_a_report_and_names_us);
	tcase_add_test(t, names_of_any_length_end_and_fill_whole_words);
	tcase_add_test(t, tcpdump_reads_the_same);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(make_suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
