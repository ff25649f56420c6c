/* SPDX-License-Identifier: Apache-2.0
 *
 * control/ctl_options.c, and control/ctl_leg.c under it. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "control/ctl_leg.h"
#include "control/ctl_options.h"

enum { WORDS = 16 };

/* Parse "call show x", split at blanks. */
static int
parse(struct ctl_options *o, const char *line)
{
	static char copy[512];
	char *argv[WORDS + 1] = {NULL}, *rest = copy, *word;
	int argc = 1;

	argv[0] = strcpy(copy, "ctl");
	rest = strcpy(copy + 4, line);
	while (argc < WORDS && (word = strsep(&rest, " ")) != NULL)
		if (*word != '\0')
			argv[argc++] = word;
	return ctl_options_parse(o, argc, argv);
}

static void
is_params(const struct ctl_options *o, const char *expected)
{
	char *got = o->params != NULL ? json_dumps(o->params, JSON_COMPACT | JSON_SORT_KEYS)
				      : NULL;
	json_t *want = json_loads(expected, 0, NULL);

	ck_assert_msg(json_equal(o->params, want), "%s", got);
	json_decref(want);
	free(got);
}

START_TEST(each_command_becomes_its_method)
{
	static const struct {
		const char *line, *method, *params;
	} rows[] = {
		{"call list", "call.list", "{}"},
		{"call list --limit 5 --after x", "call.list",
			"{\"limit\":5,\"after\":\"x\"}"},
		{"call list --limit=5", "call.list", "{\"limit\":5}"},
		{"call show a84b", "call.get", "{\"call\":\"a84b\"}"},
		{"call delete a84b", "call.delete", "{\"call\":\"a84b\"}"},
		{"call delete -- -a84b", "call.delete", "{\"call\":\"-a84b\"}"},
		{"call create --json {\"call\":\"x\",\"legs\":[]}", "call.create",
			"{\"call\":\"x\",\"legs\":[]}"},
		{"call update a84b --leg name=b,direction=inactive", "call.update",
			"{\"call\":\"a84b\",\"legs\":[{\"name\":\"b\",\"streams\":"
			"[{\"direction\":\"inactive\"}]}]}"},
		{"call update --json {\"call\":\"x\",\"legs\":[]}", "call.update",
			"{\"call\":\"x\",\"legs\":[]}"},
		{"call export a84b -o there", "call.export", "{\"call\":\"a84b\"}"},
		{"call import file", "call.import", "{\"record\":\"file\"}"},
		{"call import --relocate -", "call.import",
			"{\"record\":\"-\",\"relocate\":true}"},
		{"call hash a84b", "call.hash", "{\"call\":\"a84b\"}"},
		{"call find-hash call-3f9a1c02", "call.find_hash",
			"{\"hash\":\"call-3f9a1c02\"}"},
		{"call trace a84b --level info --seconds 60", "call.trace",
			"{\"call\":\"a84b\",\"level\":\"info\",\"seconds\":60}"},
		{"call untrace a84b", "call.untrace", "{\"call\":\"a84b\"}"},
		{"call traces", "call.trace_list", "{}"},
		{"call capture a84b --leg b --max-bytes 9999", "call.capture",
			"{\"call\":\"a84b\",\"leg\":\"b\",\"max_bytes\":9999}"},
		{"call capture-stop 12", "call.capture_stop", "{\"capture\":12}"},
		{"call captures", "call.capture_list", "{}"},
		{"call top --by loss --limit 3", "call.top", "{\"by\":\"loss\",\"limit\":3}"},
		{"node upgrade", "node.upgrade", "{}"},
		{"stats", "stats.get", "{}"},
		{"cores", "core.list", "{}"},
		{"devices -j", "device.list", "{}"},
		{"drops --all", "drop.list", "{}"},
		{"node info", "node.info", "{}"},
		{"node stop", "node.stop", "{}"},
		{"node stop --drain --leave-switch", "node.stop",
			"{\"drain\":true,\"leave_switch\":true}"},
		{"log", "log.set", "{}"},
		{"log debug", "log.set", "{\"level\":\"debug\"}"},
		{"log --identifiers plain", "log.set", "{\"identifiers\":\"plain\"}"},
		{"log info --identifiers plain", "log.set",
			"{\"identifiers\":\"plain\",\"level\":\"info\"}"},
		{"rpc toy.echo", "toy.echo", "{}"},
		{"rpc toy.echo {\"a\":1}", "toy.echo", "{\"a\":1}"},
		{"rpc toy.echo [1]", "toy.echo", "[1]"},
		{"describe", "rpc.methods", "{}"},
		{"describe call.get", "rpc.describe", "{\"method\":\"call.get\"}"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ctl_options o;

		ck_assert_msg(parse(&o, rows[i].line) == 0, "%s: %s", rows[i].line, o.error);
		ck_assert_str_eq(o.method, rows[i].method);
		ck_assert_ptr_nonnull(o.command);
		is_params(&o, rows[i].params);
		ctl_options_fini(&o);
	}
}
END_TEST

#define QUOTES "; a shell takes them in single quotes, '{\"call\": \"ID\"}'"

START_TEST(mistakes_are_named)
{
	static const struct {
		const char *line, *error;
	} rows[] = {
		{"", "no command; --help lists them"},
		{"call", "call what? See strowger-ctl call --help"},
		{"cal list", "there is no command \"cal\"; --help lists them"},
		{"call lst", "there is no command \"call lst\"; did you mean call list?"},
		{"stat", "there is no command \"stat\"; did you mean stats?"},
		{"frobnicate", "there is no command \"frobnicate\"; --help lists them"},
		{"call show", "call show needs ID"},
		{"call show a b", "call show takes only ID"},
		{"call capture-stop x", "call capture-stop takes a number, not \"x\""},
		{"stats now", "stats takes no arguments"},
		{"rpc", "rpc needs METHOD [JSON]"},
		{"rpc a {} b", "rpc: too many arguments"},
		{"rpc a 1",
			"the parameters are no JSON object: something is wrong at byte 1" QUOTES},
		{"rpc a {",
			"the parameters are no JSON object: something is wrong at byte 1" QUOTES},
		{"call list --limt 5",
			"call list has no option --limt; did you mean --limit?"},
		{"call list --limit", "--limit needs a value: --limit N"},
		{"call list --limit many", "--limit takes a number, not \"many\""},
		{"call list --limit 9223372036854775808",
			"--limit takes a number, not \"9223372036854775808\""},
		{"top --interval 1s", "--interval takes a number, not \"1s\""},
		{"node stop --drain=1", "--drain takes no value"},
		{"stats --limit 5", "stats has no option --limit"},
		{"--sockt x stats",
			"strowger-ctl has no option --sockt; did you mean --socket?"},
		{"stats --instance ../x",
			"--instance takes a name; a path goes with --socket"},
		{"stats --instance=", "--instance takes a name; a path goes with --socket"},
		{"call create --leg x", "a leg is NAME=VALUE,...: one part has no '='"},
		{"call create --json - --id x",
			"--json means all parameters: no other option of call create goes with "
			"it"},
		{"call create --leg name=a --json {}",
			"--json means all parameters: no other option of call create goes with "
			"it"},
		{"call update a84b --json -",
			"--json means all parameters: call update takes no ID with it"},
		{"call create --json {} --json {}",
			"--json means all parameters: no other option of call create goes with "
			"it"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ctl_options o;

		ck_assert_msg(parse(&o, rows[i].line) == -EINVAL, "%s passed", rows[i].line);
		ck_assert_str_eq(o.error, rows[i].error);
		ctl_options_fini(&o);
	}
}
END_TEST

START_TEST(what_needs_no_method_keeps_its_options)
{
	static const struct {
		const char *line, *params;
		enum ctl_look look;
	} rows[] = {
		{"top", "{}", CTL_TOP},
		{"top --once --interval=0.5", "{\"once\":true,\"interval\":0.5}", CTL_TOP},
		{"events -f --filter call.* --filter node.* --count 3",
			"{\"follow\":true,\"events\":[\"call.*\",\"node.*\"],\"count\":3}",
			CTL_EVENTS},
		{"events --call a --call b --seconds 1.5",
			"{\"calls\":[\"a\",\"b\"],\"seconds\":1.5}", CTL_EVENTS},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ctl_options o;

		ck_assert_msg(parse(&o, rows[i].line) == 0, "%s: %s", rows[i].line, o.error);
		ck_assert_int_eq(o.command->look, rows[i].look);
		is_params(&o, rows[i].params);
		ctl_options_fini(&o);
	}
}
END_TEST

START_TEST(the_socket_is_that_of_the_instance_or_the_given_one)
{
	struct ctl_options o;
	char line[300] = "stats --socket ";

	ck_assert_int_eq(parse(&o, "stats"), 0);
	ck_assert_str_eq(o.socket, "/run/strowger/default/admin.sock");
	ctl_options_fini(&o);
	ck_assert_int_eq(parse(&o, "--instance west stats"), 0);
	ck_assert_str_eq(o.socket, "/run/strowger/west/admin.sock");
	ctl_options_fini(&o);
	ck_assert_int_eq(parse(&o, "stats --instance west --socket=/tmp/x"), 0);
	ck_assert_str_eq(o.socket, "/tmp/x");
	ctl_options_fini(&o);
	memset(line + strlen(line), 'x', 108); /* one more than a socket's address holds */
	ck_assert_int_eq(parse(&o, line), -EINVAL);
	ctl_options_fini(&o);
	line[strlen(line) - 1] = '\0';
	ck_assert_int_eq(parse(&o, line), 0);
	ctl_options_fini(&o);
}
END_TEST

START_TEST(flags_are_seen_wherever_they_stand)
{
	struct ctl_options o;

	ck_assert_int_eq(parse(&o, "-j stats"), 0);
	ck_assert(o.json && !o.help && !o.version && !o.all);
	ctl_options_fini(&o);
	ck_assert_int_eq(parse(&o, "drops --all -j"), 0);
	ck_assert(o.json && o.all);
	ctl_options_fini(&o);
	ck_assert_int_eq(parse(&o, "call --help"), 0);
	ck_assert(o.help);
	ck_assert_str_eq(o.words, "call");
	ctl_options_fini(&o);
	ck_assert_int_eq(parse(&o, "--version"), 0);
	ck_assert(o.version);
	ctl_options_fini(&o);
	ck_assert_int_eq(parse(&o, "call export -o file a84b"), 0);
	ck_assert_str_eq(o.output, "file");
	ctl_options_fini(&o);
}
END_TEST

START_TEST(parameters_from_stdin_are_left_open)
{
	static const char *const rows[] = {"call create", "call create --json -", "rpc x -",
		"call create -j", "call update", "call update --json -"};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ctl_options o;

		ck_assert_int_eq(parse(&o, rows[i]), 0);
		ck_assert_ptr_null(o.params);
		ctl_options_fini(&o);
	}
}
END_TEST

START_TEST(a_call_is_made_of_short_options)
{
	struct ctl_options o;

	ck_assert_int_eq(
		parse(&o,
			"call create --id c1"
			" --leg name=alice,remote=10.0.0.2:4000,suite=AES_CM_128_HMAC_SHA1_80,"
			"key=AAECAwQ=,source=latch,latch_ms=500"
			" --leg "
			"name=bob,interface=lan,remote=[2001:db8::2]:5004,rtcp_port=5009,"
			"rtcp_address=2001:db8::9,"
			"rtcp_mux=no"),
		0);
	is_params(&o,
		"{\"call\":\"c1\",\"legs\":["
		"{\"name\":\"alice\",\"streams\":[{\"remote\":{\"address\":\"10.0.0.2\","
		"\"port\":4000},"
		"\"source\":\"latch\",\"latch_ms\":500,"
		"\"srtp\":{\"suite\":\"AES_CM_128_HMAC_SHA1_80\",\"key\":\"AAECAwQ=\"}}]},"
		"{\"name\":\"bob\",\"interface\":\"lan\",\"streams\":[{\"rtcp_mux\":false,"
		"\"remote\":{\"address\":\"2001:db8::2\",\"port\":5004,\"rtcp_port\":5009,"
		"\"rtcp_address\":\"2001:db8::9\"}}]}]"
		"}");
	ctl_options_fini(&o);
}
END_TEST

START_TEST(a_leg_is_closed_and_reopened_by_short_options)
{
	struct ctl_options o;

	ck_assert_int_eq(parse(&o, "call create --id c1 --leg name=alice,closed=yes"
				   " --leg name=bob,closed=no,reopen=yes"),
		0);
	is_params(&o, "{\"call\":\"c1\",\"legs\":["
		      "{\"name\":\"alice\",\"streams\":[{\"closed\":true}]},"
		      "{\"name\":\"bob\",\"streams\":[{\"closed\":false,\"reopen\":true}]}]}");
	ctl_options_fini(&o);
}
END_TEST

START_TEST(codecs_of_a_leg_are_as_rtpmap_has_them)
{
	struct ctl_options o;

	ck_assert_int_eq(
		parse(&o,
			"call create --id c1"
			" --leg name=alice,codecs=opus:96+telephone-event/48000:97,clock=48000"
			" --leg name=bob,codecs=L16/16000/2:98+PCMU"),
		0);
	is_params(&o, "{\"call\":\"c1\",\"legs\":["
		      "{\"name\":\"alice\",\"streams\":[{\"codecs\":["
		      "{\"name\":\"opus\",\"payload_type\":96},"
		      "{\"name\":\"telephone-event\",\"clock\":48000,\"payload_type\":97}],"
		      "\"clock\":48000}]},"
		      "{\"name\":\"bob\",\"streams\":[{\"codecs\":["
		      "{\"name\":\"L16\",\"clock\":16000,\"channels\":2,\"payload_type\":98},"
		      "{\"name\":\"PCMU\"}]}]}]}");
	ctl_options_fini(&o);
}
END_TEST

START_TEST(a_leg_of_the_mesh_says_whom_and_has_a_stream_of_its_own)
{
	struct ctl_options o;

	ck_assert_int_eq(parse(&o, "call create --id c1 --leg name=bob,type=vomp,did=5550100,"
				   "from=Anna --leg name=alice,codecs=PCMU"),
		0);
	is_params(&o,
		"{\"call\":\"c1\",\"legs\":["
		"{\"name\":\"bob\",\"type\":\"vomp\",\"did\":\"5550100\",\"from\":\"Anna\"},"
		"{\"name\":\"alice\",\"streams\":[{\"codecs\":[{\"name\":\"PCMU\"}]}]}]}");
	ctl_options_fini(&o);
	ck_assert_int_eq(parse(&o, "call create --id c1 --leg name=bob,type=vomp,sid=ab,"
				   "direction=inactive --leg name=al,type=rtp"),
		0);
	is_params(&o, "{\"call\":\"c1\",\"legs\":["
		      "{\"name\":\"bob\",\"type\":\"vomp\",\"sid\":\"ab\",\"streams\":["
		      "{\"direction\":\"inactive\"}]},"
		      "{\"name\":\"al\",\"type\":\"rtp\",\"streams\":[{}]}]}");
	ctl_options_fini(&o);
}
END_TEST

START_TEST(mistakes_in_a_leg_are_named_without_its_values)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{"", "a leg is NAME=VALUE,...: one part has no '='"},
		{"name=a,SECRET", "a leg is NAME=VALUE,...: one part has no '='"},
		{"nam=a", "a leg has no nam=; did you mean name=?"},
		{"frobnicate=a", "a leg has no frobnicate="},
		{"remote=10.0.0.2", "remote= takes ADDRESS:PORT or [ADDRESS]:PORT"},
		{"remote=10.0.0.2:", "remote= takes ADDRESS:PORT or [ADDRESS]:PORT"},
		{"remote=:4000", "remote= takes ADDRESS:PORT or [ADDRESS]:PORT"},
		{"remote=[]:4000", "remote= takes ADDRESS:PORT or [ADDRESS]:PORT"},
		{"clock=8k", "clock= takes a number"},
		{"clock=9223372036854775808", "clock= takes a number"},
		{"rtcp_mux=1", "rtcp_mux= takes yes or no"},
		{"closed=1", "closed= takes yes or no"},
		{"reopen=now", "reopen= takes yes or no"},
		{"key=\xff", "key= takes text"},
		{"codecs=", "codecs= takes NAME[/CLOCK[/CHANNELS]][:PAYLOAD_TYPE]+..."},
		{"codecs=PCMU+", "codecs= takes NAME[/CLOCK[/CHANNELS]][:PAYLOAD_TYPE]+..."},
		{"codecs=opus:x", "codecs= takes NAME[/CLOCK[/CHANNELS]][:PAYLOAD_TYPE]+..."},
		{"codecs=opus/48k",
			"codecs= takes NAME[/CLOCK[/CHANNELS]][:PAYLOAD_TYPE]+..."},
		{"codecs=L16/8000/2/1",
			"codecs= takes NAME[/CLOCK[/CHANNELS]][:PAYLOAD_TYPE]+..."},
		{"codecs=\xff", "codecs= takes NAME[/CLOCK[/CHANNELS]][:PAYLOAD_TYPE]+..."},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char error[200];

		ck_assert_ptr_null(ctl_leg_parse(rows[i].text, error, sizeof error));
		ck_assert_str_eq(error, rows[i].error);
	}
}
END_TEST

START_TEST(help_names_every_command)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	ctl_command_usage(f, "");
	fclose(f);
	for (const struct ctl_command *c = ctl_commands; c->words != NULL; c++) {
		ck_assert_ptr_nonnull(strstr(text, c->words));
		ck_assert_ptr_nonnull(strstr(text, c->help));
	}
	free(text);
	f = open_memstream(&text, &size);
	ctl_command_usage(f, "call create");
	fclose(f);
	ck_assert_ptr_nonnull(strstr(text, "--leg"));
	ck_assert_ptr_nonnull(strstr(text, "latch_ms="));
	ck_assert_ptr_null(strstr(text, "call list"));
	free(text);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_options");
	TCase *tc = tcase_create("options");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, each_command_becomes_its_method);
	tcase_add_test(tc, mistakes_are_named);
	tcase_add_test(tc, what_needs_no_method_keeps_its_options);
	tcase_add_test(tc, the_socket_is_that_of_the_instance_or_the_given_one);
	tcase_add_test(tc, flags_are_seen_wherever_they_stand);
	tcase_add_test(tc, parameters_from_stdin_are_left_open);
	tcase_add_test(tc, a_call_is_made_of_short_options);
	tcase_add_test(tc, a_leg_is_closed_and_reopened_by_short_options);
	tcase_add_test(tc, codecs_of_a_leg_are_as_rtpmap_has_them);
	tcase_add_test(tc, a_leg_of_the_mesh_says_whom_and_has_a_stream_of_its_own);
	tcase_add_test(tc, mistakes_in_a_leg_are_named_without_its_values);
	tcase_add_test(tc, help_names_every_command);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
