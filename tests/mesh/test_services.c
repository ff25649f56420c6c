/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/services.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>

#include "tests/bench/runner.h"

#define SID_A "0A07D706564D490845A0ECDF8370B32FD639BF0EDFF79EA6FFE2EAB3D563D25E"
#define SID_B "C62FF4AC61A25CFE227939370F688B27C8E274854EDE9695126BC18D05958D25"

static struct mesh_identity
identity(uint8_t seed)
{
	struct mesh_identity id = {.did = "555001", .name = "Alice"};

	memset(id.seed, seed, sizeof id.seed);
	mesh_identity_derive(&id);
	return id;
}

/* ---- Explanations ---- */

START_TEST(four_kinds_of_explanations_are_known)
{
	for (unsigned code = 0; code < 256; code++) {
		uint8_t p[33] = {(uint8_t)code, 7};
		struct explain_item item = {.kind = 99};
		int takes = code == 0                    ? -EBADMSG
			    : code < 32                  ? (int)code + 1
			    : code == 32 || code == 0xfb ? 33
			    : code == 0xfd               ? 1
							 : -EBADMSG;

		ck_assert_int_eq(explain_read(p, sizeof p, &item), takes);
		if (takes < 0)
			continue;
		ck_assert_uint_eq(item.kind, code == 32     ? EXPLAIN_SID
					     : code == 0xfb ? EXPLAIN_SIGN
					     : code == 0xfd ? EXPLAIN_WHO_YOU
							    : EXPLAIN_WHO);
		ck_assert(item.len == takes - 1 && item.at == p + 1);
		ck_assert_int_eq(explain_read(p, (unsigned)takes - 1, &item), -EBADMSG);
	}
}
END_TEST

/* ---- The key map ---- */

START_TEST(a_key_is_told_with_its_proof)
{
	struct mesh_identity a = identity(1), b = identity(2);
	uint8_t p[KEYMAP_ANSWER + 1], key[MESH_KEY];
	struct mesh_writer w = {.p = p, .max = sizeof p};

	mesh_put_keymap_request(&w);
	ck_assert(keymap_is_request(p, w.len) && !keymap_is_request(p, 0));
	ck_assert(!keymap_is_request(p, 2) && !keymap_is_request((uint8_t[]){1}, 1));

	w.len = 0;
	mesh_put_keymap_answer(&w, &a);
	ck_assert(w.len == KEYMAP_ANSWER && !keymap_is_request(p, w.len));
	ck_assert_int_eq(keymap_answer_read(p, w.len, &a.sid, key), 0);
	ck_assert_mem_eq(key, a.sign_public, sizeof key);
	ck_assert_int_eq(keymap_answer_read(p, w.len, &b.sid, key), -EBADMSG);
	ck_assert_int_eq(keymap_answer_read(p, w.len - 1, &a.sid, key), -EBADMSG);
	ck_assert_int_eq(keymap_answer_read(p, w.len + 1, &a.sid, key), -EBADMSG);
	for (unsigned i = 0; i < w.len; i++) {
		p[i] ^= 1;
		ck_assert_int_eq(keymap_answer_read(p, w.len, &a.sid, key), -EBADMSG);
		p[i] ^= 1;
	}
}
END_TEST

/* ---- DNA ---- */

START_TEST(a_number_is_asked_for)
{
	char did[MESH_DID], longest[MESH_DID + 1];
	uint8_t p[16];
	struct mesh_writer w = {.p = p, .max = sizeof p};

	mesh_put_dna_request(&w, "555002");
	ck_assert_uint_eq(w.len, 7);
	ck_assert_mem_eq(p, "555002", 7);
	ck_assert_int_eq(dna_request_read(p, 7, did), 0);
	ck_assert_str_eq(did, "555002");
	ck_assert_int_eq(dna_request_read(p, 6, did), 0);
	ck_assert_str_eq(did, "555002");
	ck_assert_int_eq(dna_request_read(p, 0, did), 0);
	ck_assert_str_eq(did, "");
	ck_assert_int_eq(dna_request_read((const uint8_t *)"5\0"
							   "5",
				 4, did),
		-EBADMSG);
	ck_assert_int_eq(dna_request_read((const uint8_t *)"5\n5", 4, did), -EBADMSG);
	memset(longest, '1', sizeof longest);
	ck_assert_int_eq(dna_request_read((const uint8_t *)longest, MESH_DID, did), -EBADMSG);
	ck_assert_int_eq(dna_request_read((const uint8_t *)longest, MESH_DID - 1, did), 0);
}
END_TEST

START_TEST(a_number_is_meant_or_not)
{
	ck_assert(dna_matches("", "555001") && dna_matches("*", "555001"));
	ck_assert(dna_matches("555001", "555001") && dna_matches("ABc12", "abC12"));
	ck_assert(!dna_matches("55500", "555001") && !dna_matches("555001", "55500"));
	ck_assert(!dna_matches("**", "555001"));
}
END_TEST

static int
answer(const char *text, struct dna_answer *a)
{
	return dna_answer_read((const uint8_t *)text, (unsigned)strlen(text), a);
}

START_TEST(an_answer_says_where_a_number_is)
{
	struct dna_answer a;
	char sid[SID_TEXT];

	ck_assert_int_eq(answer(SID_A "|sid://" SID_B "/external/77|555002|B\xc3\xb6"
				      "b|",
				 &a),
		0);
	sid_print(&a.sid, sid);
	ck_assert_str_eq(sid, SID_B);
	ck_assert_str_eq(a.uri, "sid://" SID_B "/external/77");
	ck_assert_str_eq(a.did, "555002");
	ck_assert_str_eq(a.name, "B\xc3\xb6"
				 "b");

	ck_assert_int_eq(answer(SID_A "|sip:bob@example.org|555002||", &a), 0);
	sid_print(&a.sid, sid);
	ck_assert_str_eq(sid, SID_A);
	ck_assert_str_eq(a.name, "");
	ck_assert_int_eq(answer(SID_A "|SID://" SID_B "|5|n|", &a), 0);
	sid_print(&a.sid, sid);
	ck_assert_str_eq(sid, SID_B);
}
END_TEST

START_TEST(an_answer_that_is_none_is_refused)
{
	static const char *const bad[] = {"", "|||", SID_A, SID_A "|",
		SID_A "|sip:b|555002|name", "x" SID_A "|sip:b|555002|name|",
		SID_A "|sid://0A07/local/1|555002|name|", SID_A "|sid:///local/1|555002|name|",
		SID_A "|sid://" SID_B "0/local/1|555002|name|", SID_A "|sip:b|555\n002|name|",
		SID_A "|sip:b|555002|n\x80|",
		SID_A
		"|sip:b|0123456789012345678901234567890123456789012345678901234567890123|n|"};
	struct dna_answer a;

	for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert_msg(answer(bad[i], &a) == -EBADMSG, "%s", bad[i]);
}
END_TEST

START_TEST(our_answer_says_who_and_fits_into_what_servald_takes)
{
	struct mesh_identity id = identity(1);
	uint8_t p[512];
	struct mesh_writer w = {.p = p, .max = sizeof p};
	char sid[SID_TEXT], text[512];
	struct dna_answer a;

	sid_print(&id.sid, sid);
	mesh_put_dna_answer(&w, &id);
	snprintf(text, sizeof text, "%s|sid://%s/local/555001|555001|Alice|", sid, sid);
	ck_assert_uint_eq(w.len, strlen(text));
	ck_assert_mem_eq(p, text, w.len);

	snprintf(id.did, sizeof id.did, "0123456789012345678901234567890");
	memset(id.name, 0, sizeof id.name);
	for (unsigned i = 0; i + 2 < sizeof id.name; i += 2)
		memcpy(id.name + i, "\xc3\xb6", 2);
	w.len = 0;
	mesh_put_dna_answer(&w, &id);
	ck_assert(w.len <= 256 && w.len > 250);
	ck_assert_int_eq(dna_answer_read(p, w.len, &a), 0);
	ck_assert(sid_equal(&a.sid, &id.sid));
	ck_assert_int_eq(strncmp(a.name, id.name, strlen(a.name)), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("services");
	TCase *all = tcase_create("services");

	tcase_add_test(all, four_kinds_of_explanations_are_known);
	tcase_add_test(all, a_key_is_told_with_its_proof);
	tcase_add_test(all, a_number_is_asked_for);
	tcase_add_test(all, a_number_is_meant_or_not);
	tcase_add_test(all, an_answer_says_where_a_number_is);
	tcase_add_test(all, an_answer_that_is_none_is_refused);
	tcase_add_test(all, our_answer_says_who_and_fits_into_what_servald_takes);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
