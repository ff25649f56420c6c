/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/box.h"

#include <check.h>
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>

#include "mesh/packet.h"
#include "tests/bench/runner.h"

/* What A of tests/vectors/vomp asked B for, as servald has boxed it: frames.json, packet 16 of
 * call-servald.pcap; and the key of both, from keys.json. */
static const uint8_t key_ab[MESH_KEY] = {0xf9, 0x11, 0x07, 0x97, 0xf9, 0x70, 0x85, 0x1e, 0x49,
	0xb5, 0x15, 0xa0, 0xbe, 0xe7, 0x06, 0x0e, 0x22, 0x90, 0xa9, 0xbe, 0x33, 0x30, 0x44,
	0x8c, 0x1d, 0x96, 0x3b, 0xdb, 0xcb, 0x96, 0x52, 0x1a};
static const uint8_t boxed[BOX_HEAD + 2] = {0x13, 0x3a, 0xde, 0xc0, 0x8d, 0xd9, 0xaf, 0x7f,
	0x29, 0xdb, 0x3b, 0x1d, 0xea, 0x6c, 0xd2, 0x9a, 0xeb, 0x07, 0x49, 0x84, 0x4c, 0x7c,
	0x5a, 0x9c, 0xfe, 0xb4, 0xf0, 0xf4, 0xb3, 0xc9, 0xc6, 0x1a, 0xa2, 0xd2, 0x15, 0x42,
	0x16, 0xa1, 0x9b, 0x7c, 0x84, 0xc7};

START_TEST(a_box_of_servald_opens)
{
	uint8_t p[sizeof boxed];

	memcpy(p, boxed, sizeof p);
	ck_assert_int_eq(box_open(p, sizeof p, key_ab), 2);
	ck_assert_mem_eq(p + BOX_HEAD, "\x03\x02", 2);
}
END_TEST

START_TEST(what_was_changed_anywhere_stays_closed_and_as_it_is)
{
	for (unsigned bit = 0; bit < 8 * sizeof boxed; bit++) {
		uint8_t p[sizeof boxed], was[sizeof boxed];

		memcpy(p, boxed, sizeof p);
		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		memcpy(was, p, sizeof p);
		ck_assert_int_eq(box_open(p, sizeof p, key_ab), -EBADMSG);
		ck_assert_mem_eq(p, was, sizeof p);
	}
	for (unsigned len = 0; len < sizeof boxed; len++) {
		uint8_t *p = malloc(len > 0 ? len : 1);

		ck_assert_ptr_nonnull(p);
		memcpy(p, boxed, len);
		ck_assert_int_eq(box_open(p, len, key_ab), -EBADMSG);
		free(p);
	}
}
END_TEST

START_TEST(a_box_of_ours_opens_for_both_ends_only)
{
	struct mesh_identity id[3];
	uint8_t key[MESH_KEY], p[BOX_HEAD + 256], in[256];
	struct nonces n;

	nonces_init(&n);
	for (unsigned i = 0; i < 3; i++) {
		memset(id[i].seed, (int)i + 1, sizeof id[i].seed);
		mesh_identity_derive(&id[i]);
	}
	for (unsigned i = 0; i < sizeof in; i++)
		in[i] = (uint8_t)i;
	for (unsigned len = 0; len <= sizeof in; len++) {
		memcpy(p + BOX_HEAD, in, len);
		ck_assert_int_eq(box_key(key, &id[1].sid, id[0].box_secret), 0);
		box_seal(p, len, key, &n);
		ck_assert_int_eq(box_key(key, &id[0].sid, id[2].box_secret), 0);
		ck_assert_int_eq(box_open(p, BOX_HEAD + len, key), -EBADMSG);
		ck_assert_int_eq(box_key(key, &id[0].sid, id[1].box_secret), 0);
		ck_assert_int_eq(box_open(p, BOX_HEAD + len, key), (int)len);
		ck_assert_mem_eq(p + BOX_HEAD, in, len);
	}
}
END_TEST

/* Of each length, by what libsodium itself has for it. */
START_TEST(a_box_is_that_of_libsodium)
{
	uint8_t in[MESH_DATAGRAM_MAX], p[BOX_HEAD + sizeof in], theirs[sizeof p];
	struct nonces n;

	nonces_init(&n);
	randombytes_buf(in, sizeof in);
	for (unsigned len = 0; len <= sizeof in; len++) {
		memcpy(p + BOX_HEAD, in, len);
		box_seal(p, len, key_ab, &n);
		memcpy(theirs, p, BOX_NONCE);
		ck_assert_int_eq(
			crypto_box_easy_afternm(theirs + BOX_NONCE, in, len, p, key_ab), 0);
		ck_assert_mem_eq(p, theirs, BOX_HEAD + len);
		ck_assert_int_eq(box_open(p, BOX_HEAD + len, key_ab), (int)len);
		ck_assert_mem_eq(p + BOX_HEAD, in, len);
	}
}
END_TEST

START_TEST(what_is_longer_than_a_datagram_stays_closed)
{
	static uint8_t in[MESH_DATAGRAM_MAX + 1], p[BOX_HEAD + sizeof in];

	ck_assert_int_eq(crypto_box_easy_afternm(p + BOX_NONCE, in, sizeof in, p, key_ab), 0);
	ck_assert_int_eq(box_open(p, sizeof p, key_ab), -EBADMSG);
	ck_assert_int_eq(
		crypto_box_easy_afternm(p + BOX_NONCE, in, sizeof in - 1, p, key_ab), 0);
	ck_assert_int_eq(box_open(p, sizeof p - 1, key_ab), MESH_DATAGRAM_MAX);
}
END_TEST

START_TEST(an_address_that_is_no_point_has_no_key)
{
	static const struct sid wrong[] = {{{0}}, {{1}}};
	uint8_t key[MESH_KEY], secret[MESH_KEY] = {7};

	for (unsigned i = 0; i < 2; i++)
		ck_assert_int_eq(box_key(key, &wrong[i], secret), -EBADMSG);
}
END_TEST

/* ---- Nonces ---- */

static int
by_nonce(const void *a, const void *b)
{
	return memcmp(a, b, BOX_NONCE);
}

/* That they are, and that a bit of them is as often 1 as not. */
START_TEST(no_nonce_is_used_twice)
{
	enum { MANY = 50000 };
	uint8_t(*all)[BOX_HEAD] = malloc((size_t)MANY * BOX_HEAD);
	unsigned ones[8 * BOX_NONCE] = {0};
	struct nonces n[2];

	ck_assert_ptr_nonnull(all);
	nonces_init(&n[0]);
	nonces_init(&n[1]);
	for (unsigned i = 0; i < MANY; i++) {
		box_seal(all[i], 0, key_ab, &n[i % 2]);
		ck_assert(!(all[i][0] & 0x80));
		for (unsigned bit = 0; bit < 8 * BOX_NONCE; bit++)
			ones[bit] += all[i][bit / 8] >> bit % 8 & 1;
	}
	for (unsigned bit = 0; bit < 8 * BOX_NONCE; bit++)
		ck_assert_msg(bit == 7 || (ones[bit] > MANY / 2 - 1000 &&
						  ones[bit] < MANY / 2 + 1000),
			"bit %u: %u", bit, ones[bit]);
	qsort(all, MANY, sizeof all[0], by_nonce);
	for (unsigned i = 1; i < MANY; i++)
		ck_assert_mem_ne(all[i - 1], all[i], BOX_NONCE);
	free(all);
}
END_TEST

/* RFC 8439 A.1, test vector 1: the first of ChaCha20's bytes under a key of zeros. */
START_TEST(the_key_that_made_nonces_is_gone)
{
	static const uint8_t stream[64] = {0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90,
		0x40, 0x5d, 0x6a, 0xe5, 0x53, 0x86, 0xbd, 0x28, 0xbd, 0xd2, 0x19, 0xb8, 0xa0,
		0x8d, 0xed, 0x1a, 0xa8, 0x36, 0xef, 0xcc, 0x8b, 0x77, 0x0d, 0xc7, 0xda, 0x41,
		0x59, 0x7c, 0x51, 0x57, 0x48, 0x8d, 0x77, 0x24, 0xe0, 0x3f, 0xb8, 0xd8, 0x4a,
		0x37, 0x6a, 0x43, 0xb8, 0xf4, 0x15, 0x18, 0xa1, 0x1c, 0xc3, 0x87, 0xb6, 0x69,
		0xb2, 0xee, 0x65, 0x86};
	struct nonces n = {.left = 0};
	uint8_t p[BOX_HEAD], key[sizeof n.key];

	box_seal(p, 0, key_ab, &n);
	ck_assert_mem_eq(n.key, stream, sizeof n.key);
	ck_assert_mem_eq(n.block, stream + sizeof n.key, sizeof stream - sizeof n.key);
	memcpy(key, n.key, sizeof key);
	for (unsigned i = 1; i < NONCES; i++)
		box_seal(p, 0, key_ab, &n);
	ck_assert_mem_eq(n.key, key, sizeof key);
	box_seal(p, 0, key_ab, &n);
	ck_assert_mem_ne(n.key, key, sizeof key);
}
END_TEST

/* ---- Signatures ---- */

START_TEST(what_is_signed_is_as_it_was_signed)
{
	struct mesh_identity id, other;
	uint8_t p[5 + SIGN_TAIL] = "hello";

	memset(id.seed, 1, sizeof id.seed);
	memset(other.seed, 2, sizeof other.seed);
	mesh_identity_derive(&id);
	mesh_identity_derive(&other);
	mesh_sign(p, 5, &id);
	ck_assert_int_eq(mesh_verify(p, sizeof p, id.sign_public), 5);
	ck_assert_int_eq(mesh_verify(p, sizeof p, other.sign_public), -EBADMSG);
	for (unsigned i = 0; i < sizeof p; i++) {
		p[i] ^= 1;
		ck_assert_int_eq(mesh_verify(p, sizeof p, id.sign_public), -EBADMSG);
		p[i] ^= 1;
	}
	for (unsigned len = 0; len < sizeof p; len++)
		ck_assert_int_eq(mesh_verify(p, len, id.sign_public), -EBADMSG);
	mesh_sign(p, 0, &id);
	ck_assert_int_eq(mesh_verify(p, SIGN_TAIL, id.sign_public), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("box");
	TCase *boxes = tcase_create("boxes"), *nonces = tcase_create("nonces"),
	      *signatures = tcase_create("signatures");

	tcase_add_test(boxes, a_box_of_servald_opens);
	tcase_add_test(boxes, what_was_changed_anywhere_stays_closed_and_as_it_is);
	tcase_add_test(boxes, a_box_of_ours_opens_for_both_ends_only);
	tcase_add_test(boxes, a_box_is_that_of_libsodium);
	tcase_add_test(boxes, what_is_longer_than_a_datagram_stays_closed);
	tcase_add_test(boxes, an_address_that_is_no_point_has_no_key);
	tcase_add_test(nonces, no_nonce_is_used_twice);
	tcase_add_test(nonces, the_key_that_made_nonces_is_gone);
	tcase_add_test(signatures, what_is_signed_is_as_it_was_signed);
	suite_add_tcase(suite, boxes);
	suite_add_tcase(suite, nonces);
	suite_add_tcase(suite, signatures);
	return run_suite(suite);
}
