/* SPDX-License-Identifier: Apache-2.0
 *
 * Records as servald has sent them (tests/vectors/vomp), and such as it never sends. */
#include "mesh/link_state.h"

#include <check.h>
#include <errno.h>

#include "tests/bench/runner.h"

START_TEST(a_neighbour_is_heard)
{
	static const uint8_t p[] = {0x0c, 0x19, 0xff, 1, 1, 0x0a, 0, 2, 0, 0, 0, 1};
	struct link_record r;

	ck_assert_int_eq(link_record_read(p, sizeof p, &r), sizeof p);
	ck_assert_uint_eq(r.flags, LINK_UNICAST | LINK_HAS_ACK | LINK_HAS_INTERFACE);
	ck_assert_uint_eq(r.receiver.kind, MESH_ADDRESS_SENDER);
	ck_assert(r.version == 1 && r.interface == 0 && r.ack == 2 && r.mask == 1);
	ck_assert(r.transmitter.kind == MESH_ADDRESS_PREFIX && r.transmitter.len == 1 &&
		  r.transmitter.at[0] == 0x0a);
}
END_TEST

START_TEST(a_node_is_reached_or_not)
{
	static const uint8_t way[] = {8, 0x20, 2, 0xc6, 0x2f, 2, 0xff, 0};
	static const uint8_t none[] = {7, 0x22, 2, 0x0a, 7, 0xff, 0x20};
	struct link_record r;

	ck_assert_int_eq(link_record_read(way, sizeof way, &r), sizeof way);
	ck_assert(r.flags == LINK_HAS_DROP_RATE && r.version == 2 && r.drop_rate == 0);
	ck_assert_uint_eq(r.transmitter.kind, MESH_ADDRESS_SENDER);
	ck_assert_int_eq(link_record_read(none, sizeof none, &r), sizeof none);
	ck_assert(r.flags == (LINK_HAS_DROP_RATE | LINK_NO_PATH) && r.drop_rate == 0x20);
	ck_assert_uint_eq(r.transmitter.kind, MESH_ADDRESS_NONE);
}
END_TEST

START_TEST(a_list_ends_with_a_zero_or_with_its_bytes)
{
	static const uint8_t p[] = {4, 0x02, 0xff, 9, 0, 4};
	struct link_record r;

	ck_assert_int_eq(link_record_read(p, sizeof p, &r), 4);
	ck_assert_int_eq(link_record_read(p + 4, sizeof p - 4, &r), 0);
	ck_assert_int_eq(link_record_read(p, 0, &r), 0);
}
END_TEST

START_TEST(what_a_later_version_adds_is_skipped)
{
	static const uint8_t p[] = {6, 0x02, 0xff, 9, 0xde, 0xad, 4, 0x02, 0xff, 9};
	struct link_record r;

	ck_assert_int_eq(link_record_read(p, sizeof p, &r), 6);
	ck_assert_int_eq(link_record_read(p + 6, 4, &r), 4);
}
END_TEST

START_TEST(a_record_does_not_reach_beyond_its_length)
{
	static const uint8_t whole[] = {0x0d, 0x39, 0xff, 1, 1, 0x0a, 0, 2, 0, 0, 0, 1, 5};
	struct link_record r;
	uint8_t p[sizeof whole];

	memcpy(p, whole, sizeof p);
	ck_assert_int_eq(link_record_read(p, sizeof p, &r), sizeof p);
	for (unsigned len = 1; len < sizeof p; len++) {
		ck_assert_int_eq(link_record_read(p, len, &r), -EBADMSG);
		p[0] = (uint8_t)len;
		ck_assert_int_eq(link_record_read(p, sizeof p, &r), -EBADMSG);
		p[0] = whole[0];
	}
}
END_TEST

/* The specification's figures: 75 bytes with both addresses in full, 43 with one. */
START_TEST(ours_are_as_long_as_they_should_be)
{
	static const struct sid sid;
	struct mesh_address full = {MESH_ADDRESS_SID, SID_LEN, sid.b};
	struct mesh_address self = {.kind = MESH_ADDRESS_SENDER};
	struct link_record r = {.flags = LINK_UNICAST | LINK_HAS_ACK | LINK_HAS_INTERFACE,
				   .version = 1,
				   .ack = 9,
				   .mask = 0x80000001,
				   .receiver = full,
				   .transmitter = full},
			   again;
	uint8_t p[256];
	struct mesh_writer w = {.p = p, .max = sizeof p};

	mesh_put_link_record(&w, &r);
	ck_assert(w.len == 75 && p[0] == 75);
	r.receiver = self;
	mesh_put_link_record(&w, &r);
	ck_assert(w.len == 75 + 43 && p[75] == 43);
	ck_assert_int_eq(link_record_read(p + 75, w.len - 75, &again), 43);
	ck_assert(again.flags == r.flags && again.ack == 9 && again.mask == 0x80000001);
	r.receiver = full;
	r.flags |= LINK_HAS_DROP_RATE;
	w.len = 0;
	mesh_put_link_record(&w, &r);
	ck_assert(w.len == 76 && !w.full);
	/* One that does not fit is not there at all. */
	w.max = 76 + 75;
	mesh_put_link_record(&w, &r);
	ck_assert(w.len == 76 && w.full);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("link_state");
	TCase *all = tcase_create("link_state");

	tcase_add_test(all, a_neighbour_is_heard);
	tcase_add_test(all, a_node_is_reached_or_not);
	tcase_add_test(all, a_list_ends_with_a_zero_or_with_its_bytes);
	tcase_add_test(all, what_a_later_version_adds_is_skipped);
	tcase_add_test(all, a_record_does_not_reach_beyond_its_length);
	tcase_add_test(all, ours_are_as_long_as_they_should_be);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
