/* SPDX-License-Identifier: Apache-2.0
 *
 * bench/wire.c against two frames that Linux sent through a TAP device (no offload: its
 * checksums are complete), from a UDP socket with DSCP 46, "don't fragment", TTL 64. */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "bench/wire.h"
#include "tests/bench/runner.h"

static const uint8_t linux_ipv4[] = {0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00,
	0x00, 0x00, 0x01, 0x08, 0x00, 0x45, 0xb8, 0x00, 0x31, 0x00, 0x00, 0x40, 0x00, 0x40,
	0x11, 0xb6, 0x00, 0xc0, 0x00, 0x02, 0x01, 0xc0, 0x00, 0x02, 0x02, 0x27, 0x10, 0x4e,
	0x20, 0x00, 0x1d, 0x9c, 0x77, 0x80, 0x00, 0x12, 0x34, 0x00, 0x00, 0x56, 0x78, 0xde,
	0xad, 0xbe, 0xef, 0x73, 0x74, 0x72, 0x6f, 0x77, 0x67, 0x65, 0x72, 0x21};

static const uint8_t linux_ipv6[] = {0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00,
	0x00, 0x00, 0x01, 0x86, 0xdd, 0x6b, 0x80, 0x00, 0x00, 0x00, 0x1d, 0x11, 0x40, 0x20,
	0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x01, 0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x02, 0x27, 0x10, 0x4e, 0x20, 0x00, 0x1d, 0xc5, 0x06, 0x80, 0x00, 0x12,
	0x34, 0x00, 0x00, 0x56, 0x78, 0xde, 0xad, 0xbe, 0xef, 0x73, 0x74, 0x72, 0x6f, 0x77,
	0x67, 0x65, 0x72, 0x21};

static const struct {
	const uint8_t *frame;
	unsigned len;
	uint16_t family;
	unsigned from_at, to_at, ip_len; /* of the IP addresses */
} sent[] = {
	{linux_ipv4, sizeof linux_ipv4, AF_INET, 26, 30, 4},
	{linux_ipv6, sizeof linux_ipv6, AF_INET6, 22, 38, 16},
};

static const char payload[] = "strowger!";

START_TEST(a_frame_is_what_linux_would_send)
{
	struct wire_end from = {
		.mac = {2, 0, 0, 0, 0, 1}, .addr = {sent[_i].family, 10000, {0}}};
	struct wire_end to = {
		.mac = {2, 0, 0, 0, 0, 2}, .addr = {sent[_i].family, 20000, {0}}};
	uint8_t frame[WIRE_FRAME_MAX];
	unsigned at;

	memcpy(from.addr.ip, sent[_i].frame + sent[_i].from_at, sent[_i].ip_len);
	memcpy(to.addr.ip, sent[_i].frame + sent[_i].to_at, sent[_i].ip_len);
	at = wire_head(frame, &from, &to, 46);
	wire_rtp(frame + at, 0, 0x1234, 0x5678, 0xdeadbeef);
	memcpy(frame + at + WIRE_RTP, payload, 9);
	wire_finish(frame, at, WIRE_RTP + 9);
	ck_assert_uint_eq(at + WIRE_RTP + 9, sent[_i].len);
	ck_assert_mem_eq(frame, sent[_i].frame, sent[_i].len);
}
END_TEST

START_TEST(a_frame_of_linux_is_taken_apart)
{
	uint8_t frame[WIRE_FRAME_MAX];
	struct wire_packet w;

	memcpy(frame, sent[_i].frame, sent[_i].len);
	ck_assert_int_eq(wire_parse(&w, frame, sent[_i].len), 0);
	ck_assert_uint_eq(w.from_port, 10000);
	ck_assert_uint_eq(w.to_port, 20000);
	ck_assert_uint_eq(w.seq, 0x1234);
	ck_assert_uint_eq(w.ssrc, 0xdeadbeef);
	ck_assert_uint_eq(w.len, WIRE_RTP + 9);
	ck_assert_mem_eq(w.rtp + WIRE_RTP, payload, 9);
	ck_assert(wire_checksums_ok(frame));
}
END_TEST

START_TEST(padding_behind_the_packet_is_not_taken_for_payload)
{
	uint8_t frame[WIRE_FRAME_MAX] = {0};
	struct wire_packet w;

	memcpy(frame, sent[_i].frame, sent[_i].len);
	ck_assert_int_eq(wire_parse(&w, frame, sent[_i].len + 20), 0);
	ck_assert_uint_eq(w.len, WIRE_RTP + 9);
}
END_TEST

START_TEST(every_flipped_bit_is_seen_by_the_checksums_or_the_parser)
{
	/* Not covered: MAC addresses; IPv6's traffic class, flow label, hop limit. */
	for (unsigned at = WIRE_ETHER; at < sent[_i].len; at++)
		for (unsigned bit = 0; bit < 8; bit++) {
			uint8_t frame[WIRE_FRAME_MAX] = {0};
			struct wire_packet w;
			unsigned in_ip = at - WIRE_ETHER;

			if (sent[_i].family == AF_INET6 && (in_ip < 4 || in_ip == 7))
				continue;
			memcpy(frame, sent[_i].frame, sent[_i].len);
			frame[at] ^= (uint8_t)(1 << bit);
			ck_assert_msg(wire_parse(&w, frame, sent[_i].len) != 0 ||
					      !wire_checksums_ok(frame),
				"bit %u of byte %u", bit, at);
		}
}
END_TEST

START_TEST(a_cut_frame_is_refused)
{
	for (unsigned len = 0; len < sent[_i].len; len++) {
		uint8_t *exact = malloc(len != 0 ? len : 1); /* ASan sees a read beyond it */
		struct wire_packet w;

		memcpy(exact, sent[_i].frame, len);
		ck_assert_int_eq(wire_parse(&w, exact, len), -EINVAL);
		free(exact);
	}
}
END_TEST

START_TEST(a_missing_checksum_is_not_a_right_one)
{
	uint8_t frame[WIRE_FRAME_MAX];

	memcpy(frame, linux_ipv4, sizeof linux_ipv4);
	frame[40] = frame[41] = 0;
	ck_assert(!wire_checksums_ok(frame));
}
END_TEST

START_TEST(odd_and_even_lengths_sum_alike)
{
	struct wire_end from = {.addr = {AF_INET, 1, {10, 0, 0, 1}}};
	struct wire_end to = {.addr = {AF_INET, 2, {10, 0, 0, 2}}};
	uint8_t frame[WIRE_FRAME_MAX];
	unsigned at = wire_head(frame, &from, &to, 0);

	for (unsigned len = WIRE_RTP; len < WIRE_RTP + 64; len++) {
		memset(frame + at, 0xa5, len);
		wire_finish(frame, at, len);
		memset(frame + at + len, 0xff, 8); /* what lies behind must not count */
		ck_assert_msg(wire_checksums_ok(frame), "%u bytes", len);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire");
	TCase *t = tcase_create("frames");

	tcase_add_loop_test(t, a_frame_is_what_linux_would_send, 0, 2);
	tcase_add_loop_test(t, a_frame_of_linux_is_taken_apart, 0, 2);
	tcase_add_loop_test(t, padding_behind_the_packet_is_not_taken_for_payload, 0, 2);
	tcase_add_loop_test(t, every_flipped_bit_is_seen_by_the_checksums_or_the_parser, 0, 2);
	tcase_add_loop_test(t, a_cut_frame_is_refused, 0, 2);
	tcase_add_test(t, a_missing_checksum_is_not_a_right_one);
	tcase_add_test(t, odd_and_even_lengths_sum_alike);
	suite_add_tcase(s, t);
	return run_suite(s);
}
