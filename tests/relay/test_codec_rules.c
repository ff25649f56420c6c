/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/codec_rules.c: a table of rules and what they leave of one list. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "relay/codec_rules.h"

enum { OPUS, PCMU, PCMA, EVS, EVENT, CN, FORMATS };

static const struct request_format party[FORMATS] = {
	[OPUS] = {{.codec = CODEC_OPUS, .payload_type = 96}, "opus"},
	[PCMU] = {{.codec = CODEC_PCMU, .payload_type = 0}, "PCMU"},
	[PCMA] = {{.codec = CODEC_PCMA, .payload_type = 8}, "PCMA"},
	[EVS] = {{.codec = CODEC_NONE, .payload_type = 97}, "EVS"},
	[EVENT] = {{.codec = CODEC_EVENT, .payload_type = 101}, "telephone-event"},
	[CN] = {{.codec = CODEC_CN, .payload_type = 13}, "CN"},
};

#define IN(codec) (UINT32_C(1) << (codec))
#define ALL 0x3f
#define LIST(...) {__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__})

static const struct {
	struct codec_rules rules;
	bool masked;
	uint8_t taken;
	uint8_t given[REQUEST_FORMATS], givens;
} cases[] = {
	{{0}, false, ALL, LIST(OPUS, PCMU, PCMA, EVS, EVENT, CN)},
	/* Speech only; what is none of ours goes by one name. */
	{{.allow = IN(CODEC_PCMU)}, false, 1 << PCMU | 1 << EVENT | 1 << CN,
		LIST(PCMU, EVENT, CN)},
	{{.allow = IN(CODEC_NONE)}, false, 1 << EVS | 1 << EVENT | 1 << CN,
		LIST(EVS, EVENT, CN)},
	{{.deny = IN(CODEC_OPUS) | IN(CODEC_EVENT)}, false,
		1 << PCMU | 1 << PCMA | 1 << EVS | 1 << CN, LIST(PCMU, PCMA, EVS, CN)},
	{{.allow = IN(CODEC_OPUS) | IN(CODEC_PCMU), .deny = IN(CODEC_OPUS)}, false,
		1 << PCMU | 1 << EVENT | 1 << CN, LIST(PCMU, EVENT, CN)},
	/* What is masked still comes from the one that has it. */
	{{.mask = IN(CODEC_OPUS) | IN(CODEC_CN)}, true, ALL, LIST(PCMU, PCMA, EVS, EVENT)},
	{{.mask = IN(CODEC_OPUS)}, false, ALL, LIST(OPUS, PCMU, PCMA, EVS, EVENT, CN)},
	{{.transcode = IN(CODEC_PCMA)}, false, ALL, LIST(PCMA, EVENT, CN)},
	{{.transcode = IN(CODEC_G722)}, false, ALL, LIST(OPUS, PCMU, PCMA, EVS, EVENT, CN)},
	{{.transcode = IN(CODEC_PCMA), .deny = IN(CODEC_PCMA)}, false, ALL & ~(1 << PCMA),
		LIST(OPUS, PCMU, EVS, EVENT, CN)},
	{{.prefer = {CODEC_PCMA, CODEC_G722, CODEC_PCMU}}, false, ALL,
		LIST(PCMA, PCMU, OPUS, EVS, EVENT, CN)},
};

START_TEST(rules_leave_what_they_say)
{
	struct codec_choice c =
		codec_rules_apply(&cases[_i].rules, party, FORMATS, cases[_i].masked);

	ck_assert_uint_eq(c.taken, cases[_i].taken);
	ck_assert_uint_eq(c.givens, cases[_i].givens);
	ck_assert_mem_eq(c.given, cases[_i].given, c.givens);
}
END_TEST

START_TEST(without_rules_all_is_used)
{
	struct codec_choice c = codec_rules_apply(NULL, party, FORMATS, true);

	ck_assert_uint_eq(c.taken, ALL);
	ck_assert_uint_eq(c.givens, FORMATS);
	c = codec_rules_apply(NULL, party, 0, true);
	ck_assert_uint_eq(c.taken, 0);
	ck_assert_uint_eq(c.givens, 0);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("codec_rules");
	TCase *t = tcase_create("rules");

	tcase_add_loop_test(t, rules_leave_what_they_say, 0, sizeof cases / sizeof *cases);
	tcase_add_test(t, without_rules_all_is_used);
	suite_add_tcase(s, t);
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
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
