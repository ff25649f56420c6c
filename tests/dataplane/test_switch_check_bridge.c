/* SPDX-License-Identifier: Apache-2.0
 *
 * Suite of dataplane/switch_check_bridge.c.  Each case begins with something sound and breaks
 * one thing. */
#include <errno.h>
#include <string.h>

#include <check.h>

#include "dataplane/switch.h"

static const struct sw_state node = {.transports = 100, .transcoders = 2};

#define BRIDGE(kind, expect, change)                                  \
	do {                                                          \
		struct sw_bridge b = kind();                          \
		change;                                               \
		ck_assert_int_eq(sw_check_bridge(&b, &node), expect); \
	} while (0)

static struct sw_bridge
mapping(void)
{
	return (struct sw_bridge){.kind = SW_BRIDGE_MAP,
		.maps = 2,
		.map = {{0, 8, SW_LAW_U_TO_A, 0}, {101, 96, SW_LAW_KEEP, 0}}};
}

static struct sw_bridge
transcoding(void)
{
	struct sw_bridge b = {.kind = SW_BRIDGE_TRANSCODE, .transcoder = 1};

	ck_assert_int_eq(codec_static(0, &b.transcode.from[0]), 0);
	ck_assert_int_eq(codec_static(9, &b.transcode.to[0]), 0);
	return b;
}

START_TEST(a_map_names_each_payload_type_once)
{
	BRIDGE(mapping, 0, (void)0);
	BRIDGE(mapping, 0, b.map[1].to = 8); /* two may become one */
	BRIDGE(mapping, -EINVAL, b.map[1].from = 0);
	BRIDGE(mapping, -EINVAL, b.map[0].from = 128);
	BRIDGE(mapping, -EINVAL, b.map[0].to = 128);
	BRIDGE(mapping, -EINVAL, b.map[0].law = SW_LAWS);
	BRIDGE(mapping, -EINVAL, b.map[0].reserved = 1);
}
END_TEST

/* All rows that there is room for are sound; MAPS are said to be. */
static void
map_all(struct sw_bridge *b, uint32_t maps)
{
	for (uint8_t i = 0; i < SW_MAPS; i++)
		b->map[i].from = b->map[i].to = i + 1;
	b->map[0].law = SW_LAW_KEEP;
	b->maps = maps;
}

START_TEST(a_map_has_as_many_rows_as_it_says_and_nothing_else)
{
	BRIDGE(mapping, 0, map_all(&b, SW_MAPS));
	BRIDGE(mapping, -EINVAL, map_all(&b, SW_MAPS + 1));
	BRIDGE(mapping, -EINVAL, b.maps = UINT32_MAX);
	BRIDGE(mapping, -EINVAL, b.maps = 1); /* something lies behind it */
	BRIDGE(mapping, -EINVAL, (b.maps = 0, memset(b.map, 0, sizeof b.map)));
	BRIDGE(mapping, -EINVAL, b.transcoder = 1);
	BRIDGE(mapping, -EINVAL, b.transcode.window_us = 1);
	BRIDGE(mapping, -EINVAL, b.reserved = 1);
}
END_TEST

START_TEST(transcoding_needs_a_core_and_formats_that_can_be)
{
	BRIDGE(transcoding, 0, (void)0);
	BRIDGE(transcoding, -EINVAL, b.transcoder = 2);
	BRIDGE(transcoding, -EINVAL, b.transcode.to[0].codec = CODEC_NONE);
	BRIDGE(transcoding, -EINVAL, b.transcode.from[0].codec = CODECS);
	BRIDGE(transcoding, -EINVAL, b.transcode.flags = TRANSCODE_FLAGS + 1);
	BRIDGE(transcoding, -EINVAL, b.transcode.gain_db10 = 301);
	BRIDGE(transcoding, -EINVAL, b.transcode.window_us = 1000001);
}
END_TEST

START_TEST(transcoding_maps_nothing_by_itself)
{
	BRIDGE(transcoding, -EINVAL, b.maps = 1);
	BRIDGE(transcoding, -EINVAL, b.map[SW_MAPS - 1].to = 1);
	BRIDGE(transcoding, -EINVAL, b.reserved = 1);
}
END_TEST

static struct sw_bridge
sound_to_t38(void)
{
	struct sw_bridge b = {.kind = SW_BRIDGE_FAX,
		.transcoder = 1,
		.fax = {.version = 3, .correction = SW_FAX_FEC, .depth = 3}};

	ck_assert_int_eq(codec_static(0, &b.transcode.from[0]), 0);
	ck_assert_int_eq(codec_static(8, &b.transcode.from[1]), 0);
	b.transcode.window_us = 60000;
	return b;
}

static struct sw_bridge
t38_to_sound(void)
{
	struct sw_bridge b = {.kind = SW_BRIDGE_FAX, .transcoder = 1};

	ck_assert_int_eq(codec_static(8, &b.transcode.to[0]), 0);
	return b;
}

START_TEST(a_gateway_hears_g711_and_has_a_modem)
{
	BRIDGE(sound_to_t38, 0, (void)0);
	BRIDGE(sound_to_t38, 0, b.fax.flags = SW_FAX_FLAGS & ~SW_FAX_NO_V29);
	BRIDGE(sound_to_t38, 0, b.fax.max_datagram = SW_FAX_DATAGRAM_MIN);
	BRIDGE(sound_to_t38, 0, (b.fax.correction = SW_FAX_NONE, b.fax.depth = 0));
	BRIDGE(sound_to_t38, -EINVAL, b.transcoder = 2);
	BRIDGE(sound_to_t38, -EINVAL, b.fax.flags = SW_FAX_NO_V29 | SW_FAX_NO_V27TER);
	BRIDGE(sound_to_t38, -EINVAL, b.fax.flags = SW_FAX_FLAGS + 1);
	BRIDGE(sound_to_t38, -EINVAL, b.fax.max_datagram = SW_FAX_DATAGRAM_MIN - 1);
	BRIDGE(sound_to_t38, -EINVAL, b.fax.version = SW_FAX_VERSION_MAX + 1);
	BRIDGE(sound_to_t38, -EINVAL, b.fax.correction = SW_FAX_CORRECTIONS);
	BRIDGE(sound_to_t38, -EINVAL, b.fax.correction = SW_FAX_NONE);
	BRIDGE(sound_to_t38, -EINVAL, b.fax.depth = 0);
	BRIDGE(sound_to_t38, -EINVAL, b.fax.depth = SW_FAX_DEPTH_MAX + 1);
	BRIDGE(sound_to_t38, -EINVAL, b.fax.reserved[1] = 1);
	BRIDGE(sound_to_t38, -EINVAL, b.transcode.window_us = 1000001);
	BRIDGE(sound_to_t38, -EINVAL, b.transcode.from[1].payload_type = 0);
	BRIDGE(sound_to_t38, -EINVAL, b.transcode.from[1].codec = CODEC_G722);
	BRIDGE(sound_to_t38, -EINVAL, b.transcode.from[3] = b.transcode.from[0]);
	BRIDGE(sound_to_t38, -EINVAL, b.transcode.from[1].codec = CODEC_NONE);
}
END_TEST

START_TEST(either_half_of_a_gateway_has_only_its_own)
{
	BRIDGE(t38_to_sound, 0, b.transcode.to[0].ptime_ms = 60);
	BRIDGE(t38_to_sound, -EINVAL, b.transcode.to[0].ptime_ms = 0);
	BRIDGE(t38_to_sound, -EINVAL, b.transcode.to[0].codec = CODEC_L16);
	BRIDGE(t38_to_sound, -EINVAL, b.transcode.to[0].codec = CODEC_NONE);
	BRIDGE(t38_to_sound, -EINVAL, b.transcode.to[1] = b.transcode.to[0]);
	BRIDGE(t38_to_sound, -EINVAL, b.transcode.window_us = 1);
	BRIDGE(t38_to_sound, -EINVAL, b.fax.version = 1);
	BRIDGE(t38_to_sound, -EINVAL, b.transcoder = 2);
	BRIDGE(sound_to_t38, -EINVAL, b.transcode.to[0] = b.transcode.from[0]);
	BRIDGE(sound_to_t38, -EINVAL, b.transcode.gain_db10 = 1);
	BRIDGE(sound_to_t38, -EINVAL, b.transcode.flags = TRANSCODE_MUTE);
	BRIDGE(sound_to_t38, -EINVAL, b.maps = 1);
	BRIDGE(sound_to_t38, -EINVAL, b.map[3].to = 1);
	BRIDGE(sound_to_t38, -EINVAL, b.reserved = 1);
	BRIDGE(mapping, -EINVAL, b.fax.version = 1);
	BRIDGE(transcoding, -EINVAL, b.fax.version = 1);
}
END_TEST

START_TEST(there_are_three_kinds)
{
	BRIDGE(mapping, -EINVAL, b.kind = SW_BRIDGE_KINDS);
	BRIDGE(transcoding, -EINVAL, b.kind = UINT32_MAX);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("switch_check_bridge");
	TCase *tc = tcase_create("bridges");

	tcase_add_test(tc, a_map_names_each_payload_type_once);
	tcase_add_test(tc, a_map_has_as_many_rows_as_it_says_and_nothing_else);
	tcase_add_test(tc, transcoding_needs_a_core_and_formats_that_can_be);
	tcase_add_test(tc, transcoding_maps_nothing_by_itself);
	tcase_add_test(tc, a_gateway_hears_g711_and_has_a_modem);
	tcase_add_test(tc, either_half_of_a_gateway_has_only_its_own);
	tcase_add_test(tc, there_are_three_kinds);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(suite());
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
