/* SPDX-License-Identifier: Apache-2.0
 *
 * What tests/mesh/test_captures.c does not meet: forms that servald does not send, and what is
 * none. */
#include "mesh/packet.h"

#include <check.h>
#include <errno.h>

#include "tests/bench/runner.h"

static const struct sid sid = {{0xab, 0xcd}};

#define WRITER(w, n)          \
	uint8_t w##_bytes[n]; \
	struct mesh_writer w = {.p = w##_bytes, .max = sizeof w##_bytes}

START_TEST(every_address_form_is_known_and_no_other)
{
	for (unsigned code = 0; code < 256; code++) {
		uint8_t p[40] = {(uint8_t)code, 1, 2, 3};
		struct mesh_address a;
		unsigned kind = code == 0      ? MESH_ADDRESS_NONE
				: code < 32    ? MESH_ADDRESS_PREFIX
				: code == 32   ? MESH_ADDRESS_SID
				: code == 0xfb ? MESH_ADDRESS_SIGN
				: code == 0xfc ? MESH_ADDRESS_ME
				: code == 0xfd ? MESH_ADDRESS_YOU
				: code == 0xfe ? MESH_ADDRESS_SAME
				: code == 0xff ? MESH_ADDRESS_SENDER
					       : MESH_ADDRESS_NONE;
		int takes = kind == MESH_ADDRESS_PREFIX ? (int)code + 1
			    : kind == MESH_ADDRESS_SID || kind == MESH_ADDRESS_SIGN ? 33
										    : 1;
		WRITER(w, 40);

		if (kind == MESH_ADDRESS_NONE) {
			ck_assert_int_eq(mesh_address_read(p, sizeof p, &a), -EBADMSG);
			continue;
		}
		ck_assert_int_eq(mesh_address_read(p, sizeof p, &a), takes);
		ck_assert_uint_eq(a.kind, kind);
		ck_assert(a.len == takes - 1 && a.at == p + 1);
		ck_assert_int_eq(mesh_address_read(p, (unsigned)takes, &a), takes);
		ck_assert_int_eq(mesh_address_read(p, (unsigned)takes - 1, &a), -EBADMSG);
		mesh_put_address(&w, &a);
		ck_assert_uint_eq(w.len, takes);
		ck_assert_mem_eq(w.p, p, w.len);
	}
}
END_TEST

START_TEST(an_envelope_says_who_and_by_what)
{
	struct mesh_envelope e;
	WRITER(w, 64);

	mesh_put_envelope(&w, &sid, MESH_UNICAST | MESH_HAS_SEQ, 7);
	ck_assert_uint_eq(w.len, 1 + 1 + 33 + 1 + 1);
	ck_assert_int_eq(mesh_envelope_read(w.p, w.len, &e), (int)w.len);
	ck_assert(e.version == 1 && !e.one_frame && e.interface == 0);
	ck_assert(e.flags == (MESH_UNICAST | MESH_HAS_SEQ) && e.seq == 7);
	ck_assert(e.sender.kind == MESH_ADDRESS_SID);
	ck_assert_mem_eq(e.sender.at, sid.b, SID_LEN);

	w.len = 0;
	mesh_put_envelope(&w, &sid, MESH_UNICAST, 7);
	ck_assert_uint_eq(w.len, 1 + 1 + 33 + 1);
	w.len = 0;
	mesh_put_envelope_0(&w, &sid, 0);
	ck_assert_int_eq(mesh_envelope_read(w.p, w.len, &e), 36);
	ck_assert(e.version == 0 && e.flags == 0);
}
END_TEST

START_TEST(an_envelope_of_another_kind_is_refused)
{
	static const uint8_t good[] = {1, 2, 1, 0xab, MESH_HAS_INTERFACE | MESH_HAS_SEQ, 3, 9};
	uint8_t p[sizeof good];
	struct mesh_envelope e;

	memcpy(p, good, sizeof p);
	ck_assert_int_eq(mesh_envelope_read(p, sizeof p, &e), sizeof p);
	ck_assert(e.one_frame && e.interface == 3 && e.seq == 9);
	for (unsigned len = 0; len < sizeof p; len++)
		ck_assert_int_eq(mesh_envelope_read(p, len, &e), -EBADMSG);
	p[0] = 2;
	ck_assert_int_eq(mesh_envelope_read(p, sizeof p, &e), -EBADMSG);
	p[0] = 1;
	p[1] = 0;
	ck_assert_int_eq(mesh_envelope_read(p, sizeof p, &e), -EBADMSG);
	p[1] = 3;
	ck_assert_int_eq(mesh_envelope_read(p, sizeof p, &e), -EBADMSG);
	p[1] = 1;
	p[2] = 0;
	ck_assert_int_eq(mesh_envelope_read(p, sizeof p, &e), -EBADMSG);
}
END_TEST

/* Each combination of flags, version and encapsulation, written and read. */
START_TEST(the_flags_say_which_fields_a_frame_has)
{
	static const uint8_t id[MESH_BROADCAST_ID] = {1, 2, 3, 4, 5, 6, 7, 8};

	for (unsigned all = 0; all < 4 * 256; all++) {
		uint8_t flags = (uint8_t)all;
		struct mesh_envelope e = {
			.version = all >> 8 & 1, .one_frame = (uint8_t)(all >> 9)};
		bool broadcast = flags & MESH_BROADCAST, one_hop = flags & MESH_ONE_HOP;
		struct mesh_address a = {MESH_ADDRESS_PREFIX, 2, sid.b};
		struct mesh_frame f = {.flags = flags,
					  .type = flags & MESH_HAS_TYPE ? MESH_EXPLAIN
									: MESH_DATA,
					  .ttl = 30,
					  .qos = MESH_QOS_VIDEO,
					  .broadcast_id = id,
					  .source = flags & MESH_SENDER_SAME
							    ? (struct mesh_address){0}
							    : a,
					  .destination = a,
					  .next_hop = a},
				  r;
		unsigned head = 1;
		WRITER(w, 64);

		mesh_put_frame_head(&w, &f);
		head += flags & MESH_SENDER_SAME ? 0 : 3;
		head += broadcast ? 0 : 3;
		head += one_hop ? 0 : (broadcast ? MESH_BROADCAST_ID : 3) + 1;
		head += flags & MESH_HAS_TYPE ? 1 : 0;
		ck_assert_uint_eq(w.len, head);
		if (e.version > 0)
			mesh_put_byte(&w, 77);
		if (!e.one_frame)
			mesh_put(&w, "\0\3", 2);
		mesh_put(&w, "abc", 3);
		ck_assert_int_eq(mesh_frame_read(w.p, w.len, &e, &r), (int)w.len);
		for (unsigned len = 0; len < w.len - (e.one_frame ? 3 : 0); len++)
			ck_assert_int_eq(mesh_frame_read(w.p, len, &e, &r), -EBADMSG);
		ck_assert_int_eq(mesh_frame_read(w.p, w.len, &e, &r), (int)w.len);
		ck_assert(r.flags == flags && r.type == f.type && r.len == 3);
		ck_assert_mem_eq(r.payload, "abc", 3);
		ck_assert(r.has_seq == e.version && r.seq == (e.version ? 77 : 0));
		ck_assert((r.ttl == 30 && r.qos == MESH_QOS_VIDEO) == !one_hop);
		ck_assert(r.source.kind == (flags & MESH_SENDER_SAME ? MESH_ADDRESS_SENDER
								     : MESH_ADDRESS_PREFIX));
		ck_assert((r.destination.kind == MESH_ADDRESS_NONE) == broadcast);
		ck_assert((r.next_hop.kind == MESH_ADDRESS_NONE) == (broadcast || one_hop));
		ck_assert((r.broadcast_id != NULL) == (broadcast && !one_hop));
	}
}
END_TEST

START_TEST(a_frame_without_payload_ends_where_it_begins)
{
	static const uint8_t p[] = {MESH_SENDER_SAME | MESH_BROADCAST | MESH_ONE_HOP, 5, 0, 0};
	struct mesh_envelope e = {.version = 1};
	struct mesh_frame f;

	ck_assert_int_eq(mesh_frame_read(p, sizeof p, &e, &f), 4);
	ck_assert(f.len == 0 && f.payload == p + 4);
}
END_TEST

START_TEST(ports_are_packed_by_seven_bits)
{
	static const struct {
		struct mesh_ports ports;
		uint8_t bytes[10];
		unsigned len;
	} row[] = {
		{{12, 12}, {0x19}, 1},
		{{2, 2}, {0x05}, 1},
		{{46959, 10}, {0x14, 0xef, 0xee, 0x02}, 4}, /* frames.json: a look-up */
		{{0x7fffffff, 0x7fffffff}, {0xff, 0xff, 0xff, 0xff, 0x0f}, 5},
		{{0xffffffff, 63}, {0x7e, 0xff, 0xff, 0xff, 0xff, 0x0f}, 6},
		{{0, 0}, {0x01}, 1},
	};
	static const uint8_t bad[][6] = {{0x80}, {0xff, 0xff, 0xff, 0xff, 0x1f},
		{0xff, 0xff, 0xff, 0xff, 0x8f, 1}, {0x14, 0xff},
		{0x81, 0x80, 0x80, 0x80, 0x80, 0}};
	static const unsigned bad_len[] = {1, 5, 6, 2, 6};

	for (unsigned i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct mesh_ports ports;
		WRITER(w, 16);

		ck_assert_int_eq(
			mesh_ports_read(row[i].bytes, row[i].len, &ports), (int)row[i].len);
		ck_assert_uint_eq(ports.source, row[i].ports.source);
		ck_assert_uint_eq(ports.destination, row[i].ports.destination);
		mesh_put_ports(&w, &ports);
		ck_assert_uint_eq(w.len, row[i].len);
		ck_assert_mem_eq(w.p, row[i].bytes, w.len);
		for (unsigned len = 0; len < row[i].len; len++)
			ck_assert_int_eq(mesh_ports_read(row[i].bytes, len, &ports), -EBADMSG);
	}
	for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct mesh_ports ports;

		ck_assert_int_eq(mesh_ports_read(bad[i], bad_len[i], &ports), -EBADMSG);
	}
}
END_TEST

START_TEST(what_does_not_fit_is_left_out_and_said)
{
	WRITER(w, 34);

	mesh_put_byte(&w, 1);
	mesh_put(&w, NULL, 0);
	mesh_put_sid(&w, &sid);
	ck_assert(w.len == 34 && !w.full);
	mesh_put_byte(&w, 2);
	ck_assert(w.len == 34 && w.full);

	w.len = 2;
	w.full = false;
	mesh_put_sid(&w, &sid);
	ck_assert(w.len == 2 && w.full);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("packet");
	TCase *all = tcase_create("packet");

	tcase_add_test(all, every_address_form_is_known_and_no_other);
	tcase_add_test(all, an_envelope_says_who_and_by_what);
	tcase_add_test(all, an_envelope_of_another_kind_is_refused);
	tcase_add_test(all, the_flags_say_which_fields_a_frame_has);
	tcase_add_test(all, a_frame_without_payload_ends_where_it_begins);
	tcase_add_test(all, ports_are_packed_by_seven_bits);
	tcase_add_test(all, what_does_not_fit_is_left_out_and_said);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
