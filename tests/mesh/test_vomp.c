/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames of VoMP as servald has sent them (tests/vectors/vomp), and such as it never sends. */
#include "mesh/vomp.h"

#include <check.h>
#include <errno.h>

#include "codecs/codec.h"
#include "tests/bench/runner.h"

#define WRITER(w)                             \
	uint8_t w##_bytes[MESH_DATAGRAM_MAX]; \
	struct mesh_writer w = {.p = w##_bytes, .max = sizeof w##_bytes}

/* 1902fbdf00001201020304072021003535353030310035353530303200 */
static const uint8_t prep[] = {0x19, 0x02, 0xfb, 0xdf, 0x00, 0x00, 0x12, 1, 2, 3, 4, 7, 0x20,
	0x21, 0, '5', '5', '5', '0', '0', '1', 0, '5', '5', '5', '0', '0', '2', 0};

START_TEST(a_call_begins_with_codecs_and_numbers)
{
	const uint8_t *p = prep + VOMP_PORTS;
	unsigned len = sizeof prep - VOMP_PORTS;
	static const uint8_t codecs[] = {1, 2, 3, 4, 7, 0x20, 0x21};
	struct vomp_header h;
	struct vomp_offer o;
	WRITER(w);

	ck_assert_int_eq(vomp_header_read(p, len, &h), 0);
	ck_assert(h.from_session == 0xfbdf && h.to_session == 0);
	ck_assert(h.state == VOMP_CALLPREP && h.view == VOMP_NOCALL);
	ck_assert_int_eq(vomp_offer_read(p + VOMP_HEADER, len - VOMP_HEADER, &o), 0);
	ck_assert_uint_eq(o.codecs, sizeof codecs);
	ck_assert_mem_eq(o.codec, codecs, sizeof codecs);
	ck_assert_str_eq(o.from, "555001");
	ck_assert_str_eq(o.to, "555002");
	mesh_put_vomp_header(&w, &h);
	mesh_put_vomp_offer(&w, &o, true);
	ck_assert_uint_eq(w.len, sizeof prep);
	ck_assert_mem_eq(w.p, prep, sizeof prep);
	for (unsigned n = 0; n < VOMP_HEADER; n++)
		ck_assert_int_eq(vomp_header_read(p, n, &h), -EBADMSG);
}
END_TEST

START_TEST(a_header_of_another_kind_is_refused)
{
	static const struct {
		unsigned at;
		uint8_t byte;
	} bad[] = {{0, 1}, {0, 3}, {5, 0x10}, {5, 0x17}, {5, 0x1f}};
	uint8_t p[VOMP_HEADER];
	struct vomp_header h;

	for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		memcpy(p, prep + VOMP_PORTS, sizeof p);
		p[bad[i].at] = bad[i].byte;
		ck_assert_int_eq(vomp_header_read(p, sizeof p, &h), -EBADMSG);
	}
	/* Nobody has session 0. */
	memcpy(p, prep + VOMP_PORTS, sizeof p);
	p[1] = p[2] = 0;
	ck_assert_int_eq(vomp_header_read(p, sizeof p, &h), -EBADMSG);
}
END_TEST

static int
offer(const char *bytes, unsigned len, struct vomp_offer *o)
{
	return vomp_offer_read((const uint8_t *)bytes, len, o);
}

START_TEST(a_list_keeps_what_we_know)
{
	struct vomp_offer o = {.codecs = 3, .codec = {VOMP_DTMF, VOMP_PCMA, VOMP_PCM16}};
	static const uint8_t written[] = {1, 3, 0x20, 0};
	WRITER(w);

	mesh_put_vomp_offer(&w, &o, false);
	ck_assert_uint_eq(w.len, sizeof written);
	ck_assert_mem_eq(w.p, written, sizeof written);

	ck_assert_int_eq(offer("\x02\x08\x99\x21\0", 5, &o), 0);
	ck_assert(o.codecs == 2 && o.codec[0] == VOMP_PCMU && o.codec[1] == VOMP_TEXT);
	ck_assert(o.from[0] == '\0' && o.to[0] == '\0');
	ck_assert_int_eq(offer("\0", 1, &o), 0);
	ck_assert_uint_eq(o.codecs, 0);
	ck_assert_int_eq(offer("\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1", 21, &o), 0);
	ck_assert_uint_eq(o.codecs, VOMP_CODECS);
	ck_assert_int_eq(offer("", 0, &o), -EBADMSG);
	ck_assert_int_eq(offer("\1\2", 2, &o), -EBADMSG);
}
END_TEST

START_TEST(numbers_that_cannot_be_said_are_not_said)
{
	char longest[1 + MESH_DID + 3];
	struct vomp_offer o;

	ck_assert_int_eq(offer("\0"
			       "a b\0"
			       "1\n2\0",
				 9, &o),
		0);
	ck_assert_str_eq(o.from, "a b");
	ck_assert_str_eq(o.to, "");
	ck_assert_int_eq(offer("\0"
			       "1\0",
				 3, &o),
		-EBADMSG);
	ck_assert_int_eq(offer("\0"
			       "1\0"
			       "2",
				 4, &o),
		-EBADMSG);
	memset(longest, '7', sizeof longest);
	longest[0] = '\0';
	longest[1 + MESH_DID] = '\0';
	longest[1 + MESH_DID + 2] = '\0';
	ck_assert_int_eq(offer(longest, sizeof longest, &o), 0);
	ck_assert_str_eq(o.from, "");
	ck_assert_str_eq(o.to, "7");
	longest[MESH_DID] = '\0';
	longest[1 + MESH_DID] = '8';
	ck_assert_int_eq(offer(longest, sizeof longest, &o), 0);
	ck_assert_uint_eq(strlen(o.from), MESH_DID - 1);
	ck_assert_str_eq(o.to, "87");
}
END_TEST

START_TEST(sound_has_a_slot_of_its_own)
{
	static const uint8_t p[] = {VOMP_PCMU, 0x12, 0x34, 0xff, 0xfe, 1, 2, 3};
	struct vomp_sound s;
	WRITER(w);

	ck_assert_int_eq(vomp_sound_read(p, sizeof p, &s), 0);
	ck_assert(s.codec == VOMP_PCMU && s.slot == 0x1234 && s.seq == 0xfffe && s.len == 3);
	ck_assert_ptr_eq(s.data, p + VOMP_AUDIO);
	mesh_put_vomp_sound(&w, &s);
	ck_assert_uint_eq(w.len, sizeof p);
	ck_assert_mem_eq(w.p, p, sizeof p);
	for (unsigned len = 0; len <= VOMP_AUDIO; len++)
		ck_assert_int_eq(vomp_sound_read(p, len, &s), -EBADMSG);
}
END_TEST

/* As servald has it after a stall; Opus by RFC 6716 section 3.1. */
START_TEST(sound_says_how_many_slots_it_fills)
{
	static const struct {
		uint8_t codec;
		uint16_t len;
		uint8_t first[2];
		unsigned slots;
	} rows[] = {
		{VOMP_PCMU, 160, {0}, 1},
		{VOMP_PCMU, 480, {0}, 3},
		{VOMP_PCMA, 320, {0}, 2},
		{VOMP_PCM16, 960, {0}, 3},
		{VOMP_GSM, 66, {0}, 2},
		{VOMP_CODEC2_3200, 24, {0}, 3},
		{VOMP_CODEC2_1200, 6, {0}, 2},
		{VOMP_CODEC2_1200, 12, {0}, 4},
		{VOMP_PCMU, 1, {0}, 1},
		{VOMP_PCM16, 65535, {0}, VOMP_SLOTS},
		{VOMP_DTMF, 1, {0}, 1},
		{VOMP_OPUS, 40, {1 << 3}, 1},        /* SILK, 20 ms */
		{VOMP_OPUS, 40, {3 << 3}, 3},        /* 60 ms */
		{VOMP_OPUS, 40, {1 << 3 | 1}, 2},    /* two of 20 ms */
		{VOMP_OPUS, 40, {1 << 3 | 3, 3}, 3}, /* three */
		{VOMP_OPUS, 40, {0}, 1},             /* 10 ms */
		{VOMP_OPUS, 40, {13 << 3 | 2}, 2},   /* hybrid */
		{VOMP_OPUS, 40, {31 << 3}, 1},       /* CELT */
		{VOMP_OPUS, 1, {1 << 3 | 3}, 1},
	};

	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
		ck_assert_uint_eq(vomp_slots(vomp_codec_by_id(rows[i].codec), rows[i].first,
					  rows[i].len),
			rows[i].slots);
}
END_TEST

START_TEST(each_codec_is_one_row)
{
	unsigned n = 0;

	for (const struct vomp_codec_row *r; (r = vomp_codec_row(n)) != NULL; n++) {
		ck_assert_ptr_eq(vomp_codec_by_id(r->id), r);
		ck_assert_ptr_eq(vomp_codec_by_payload_type(r->payload_type), r);
		ck_assert(r->payload_type < 128);
		ck_assert_str_eq(r->name,
			r->codec == CODEC_NONE ? "text" : codec_by_id(r->codec)->name);
		ck_assert_uint_eq(
			r->clock_hz_100 * 100u, r->codec == CODEC_OPUS ? 48000 : 8000);
	}
	ck_assert_uint_eq(n, 9);
	ck_assert_uint_eq(vomp_codec_row(0)->id, VOMP_OPUS);
	ck_assert_ptr_null(vomp_codec_by_id(0));
	ck_assert_ptr_null(vomp_codec_by_id(8));
	ck_assert_ptr_null(vomp_codec_by_payload_type(111));
	/* RFC 3551 table 4. */
	ck_assert_uint_eq(vomp_codec_by_id(VOMP_PCMU)->payload_type, 0);
	ck_assert_uint_eq(vomp_codec_by_id(VOMP_GSM)->payload_type, 3);
	ck_assert_uint_eq(vomp_codec_by_id(VOMP_PCMA)->payload_type, 8);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("vomp");
	TCase *all = tcase_create("vomp");

	tcase_add_test(all, a_call_begins_with_codecs_and_numbers);
	tcase_add_test(all, a_header_of_another_kind_is_refused);
	tcase_add_test(all, a_list_keeps_what_we_know);
	tcase_add_test(all, numbers_that_cannot_be_said_are_not_said);
	tcase_add_test(all, sound_has_a_slot_of_its_own);
	tcase_add_test(all, sound_says_how_many_slots_it_fills);
	tcase_add_test(all, each_codec_is_one_row);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
