/* SPDX-License-Identifier: Apache-2.0
 *
 * strowger-ctl itself, against a server with canned answers.  $STROWGER_CTL is its path. */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/control/toy.h"
#include "tests/scratch.h"

enum { CALLS = 250, PAGE = 100 };

/* ---- Canned methods ---- */

static const struct rpc_error unknown_call = {
	1, "unknown_call", "There is no call of this id.", 0};
static const struct rpc_error *const call_errors[] = {&unknown_call, NULL};

static const struct rpc_field call_field[] = {
	{.name = "call",
		.type = RPC_STRING,
		.required = true,
		.min = 1,
		.max = 128,
		.help = "its id"},
	{.name = NULL},
};
static const struct rpc_field create_fields[] = {
	{.name = "call", .type = RPC_STRING, .required = true},
	{.name = "legs", .type = RPC_ARRAY, .element = RPC_OBJECT},
	{.name = NULL},
};
static const struct rpc_field list_fields[] = {
	{.name = "limit", .type = RPC_INT},
	{.name = "after", .type = RPC_STRING},
	{.name = NULL},
};

static void
list(struct rpc_request *req, const json_t *params, void *arg)
{
	const char *after = json_string_value(json_object_get(params, "after"));
	json_int_t limit = json_integer_value(json_object_get(params, "limit"));
	int i = after != NULL ? atoi(after + 1) + 1 : 0;
	json_t *calls = json_array();

	for (int end = i + (limit > 0 ? (int)limit : PAGE); i < end && i < CALLS; i++)
		json_array_append_new(
			calls, json_pack("{s:o, s:f, s:[s,s]}", "call", json_sprintf("c%d", i),
				       "age_s", 3725.0, "legs", "alice", "bob"));
	rpc_reply(req, json_pack("{s:o, s:b}", "calls", calls, "more", i < CALLS));
}

static void
get(struct rpc_request *req, const json_t *params, void *arg)
{
	const char *id = json_string_value(json_object_get(params, "call"));

	if (strcmp(id, "c1") == 0)
		rpc_reply(
			req, json_pack("{s:s, s:[{s:s, s:[{s:s, s:{s:s, s:i}}]}]}", "call", id,
				     "legs", "name", "alice", "streams", "media", "audio",
				     "remote", "address", "192.0.2.10", "port", 4000));
	else
		rpc_fail(req, &unknown_call, "call", id, NULL, "there is no such call");
}

static void export(struct rpc_request *req, const json_t *params, void *arg)
{
	const char *id = json_string_value(json_object_get(params, "call"));

	if (strcmp(id, "c1") == 0)
		rpc_reply(req, json_pack("{s:s}", "record", "cmVjb3Jk"));
	else
		rpc_fail(req, &unknown_call, "call", id, NULL, "there is no such call");
}

/* Answers with what it was asked. */
static void
create(struct rpc_request *req, const json_t *params, void *arg)
{
	rpc_reply(req, json_deep_copy(params));
}

static const struct rpc_method methods[] = {
	{.name = "call.list", .summary = "List.", .params = list_fields, .handler = list},
	{.name = "call.get",
		.summary = "Get.",
		.params = call_field,
		.errors = call_errors,
		.example = "{\"call\": \"c1\"}",
		.handler = get},
	{.name = "call.export",
		.summary = "Export.",
		.params = call_field,
		.errors = call_errors,
		.handler = export},
	{.name = "call.create",
		.summary = "Create.",
		.params = create_fields,
		.handler = create},
};

/* ---- Running it ---- */

static struct toy toy;
static char out[1 << 16], err[1 << 16]; /* what it said last */

static void
start(void)
{
	toy_start(&toy, methods, sizeof methods / sizeof methods[0]);
}

static void
stop(void)
{
	toy_stop(&toy);
	close(toy.log);
}

static void
slurp(const char *path, char *buf, size_t room)
{
	FILE *f = fopen(path, "r");

	ck_assert_ptr_nonnull(f);
	buf[fread(buf, 1, room - 1, f)] = '\0';
	fclose(f);
}

/* Run it with ARGUMENTS (of a shell).  Its exit status. */
static int
ctl(const char *arguments)
{
	char command[1024], out_path[64], err_path[64];
	int status;

	snprintf(out_path, sizeof out_path, "/tmp/strowger-ctl-out-%d", (int)getpid());
	snprintf(err_path, sizeof err_path, "/tmp/strowger-ctl-err-%d", (int)getpid());
	snprintf(command, sizeof command, ">%s 2>%s %s %s", out_path, err_path,
		getenv("STROWGER_CTL"), arguments);
	status = system(command);
	slurp(out_path, out, sizeof out);
	slurp(err_path, err, sizeof err);
	unlink(out_path);
	unlink(err_path);
	ck_assert_msg(WIFEXITED(status), "%s: %s", arguments, err);
	return WEXITSTATUS(status);
}

/* The same, talking to the toy. */
static int
ask(const char *arguments)
{
	char all[512];

	snprintf(all, sizeof all, "--socket %s %s", toy.path, arguments);
	return ctl(all);
}

static bool
says(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

/* ---- With a daemon ---- */

START_TEST(a_long_list_comes_whole)
{
	ck_assert_int_eq(ask("call list"), 0);
	ck_assert_int_eq(strncmp(out,
				 "CALL     AGE  LEGS\n"
				 "c0    1h 02m  alice, bob\n",
				 44),
		0);
	ck_assert(says(out, "\nc249  1h 02m  alice, bob\n"));
	ck_assert(!says(out, "more"));
	ck_assert_str_eq(err, "");
}
END_TEST

START_TEST(a_part_of_a_list_says_so)
{
	ck_assert_int_eq(ask("call list --limit 2 --after c5"), 0);
	ck_assert_str_eq(out, "more  yes\n"
			      "calls:\n"
			      "  CALL     AGE  LEGS\n"
			      "  c6    1h 02m  alice, bob\n"
			      "  c7    1h 02m  alice, bob\n");
}
END_TEST

START_TEST(programs_get_json_on_one_line)
{
	json_t *value;

	ck_assert_int_eq(ask("-j call list"), 0);
	ck_assert_ptr_eq(strchr(out, '\n'), out + strlen(out) - 1);
	value = json_loads(out, 0, NULL);
	ck_assert_uint_eq(json_array_size(json_object_get(value, "calls")), CALLS);
	json_decref(value);
}
END_TEST

START_TEST(a_call_is_shown)
{
	ck_assert_int_eq(ask("call show c1"), 0);
	ck_assert(says(out, "call  c1\n"));
	ck_assert(says(out, "audio  192.0.2.10:4000\n"));
}
END_TEST

START_TEST(a_refusal_is_told_and_is_status_1)
{
	ck_assert_int_eq(ask("call show c2"), 1);
	ck_assert_str_eq(out, "");
	ck_assert_str_eq(err, "strowger-ctl: call.get: there is no such call\n"
			      "reason  unknown_call\n"
			      "field   call\n"
			      "got     c2\n");
	ck_assert_int_eq(ask("-j call show c2"), 1);
	ck_assert_str_eq(err,
		"{\"code\":1,\"message\":\"there is no such call\",\"data\":"
		"{\"reason\":\"unknown_call\",\"field\":\"call\",\"got\":\"c2\"}}\n");
	ck_assert_int_eq(ask("stats"), 1);
	ck_assert(says(err, "Method not found: stats.get"));
}
END_TEST

START_TEST(a_call_is_created_from_options_text_or_stdin)
{
	static const char expected[] =
		"{\"call\":\"x\",\"legs\":[{\"name\":\"a\",\"streams\":[{}]}]}\n";

	ck_assert_int_eq(ask("-j call create --id x --leg name=a"), 0);
	ck_assert_str_eq(out, expected);
	ck_assert_int_eq(ask("-j call create --json '{\"call\":\"x\",\"legs\":"
			     "[{\"name\":\"a\",\"streams\":[{}]}]}'"),
		0);
	ck_assert_str_eq(out, expected);
	setenv("PARAMS", expected, 1);
	ck_assert_int_eq(ask("-j call create <<.\n$PARAMS\n.\n"), 0);
	ck_assert_str_eq(out, expected);
	ck_assert_int_eq(ask("-j rpc call.create - <<.\n$PARAMS\n.\n"), 0);
	ck_assert_str_eq(out, expected);
}
END_TEST

START_TEST(any_method_can_be_called)
{
	json_t *value;

	ck_assert_int_eq(ask("rpc call.create '{\"call\":\"y\"}'"), 0);
	ck_assert_str_eq(out, "{\n  \"call\": \"y\"\n}\n");
	ck_assert_int_eq(ask("rpc rpc.methods -j"), 0);
	value = json_loads(out, 0, NULL);
	ck_assert_uint_eq(json_array_size(json_object_get(value, "methods")), 6);
	json_decref(value);
}
END_TEST

START_TEST(methods_are_described)
{
	ck_assert_int_eq(ask("describe"), 0);
	ck_assert(says(out, "call.list     admin  List.\n"));
	ck_assert_int_eq(ask("describe call.get"), 0);
	ck_assert(says(out, "call.get: Get.\n"));
	ck_assert(says(out, "\n  call  string 1..128, required\n      its id\n"));
	ck_assert(says(out, "\n  1 unknown_call\n      There is no call of this id.\n"));
	ck_assert_int_eq(ask("describe call.gte"), 1);
	ck_assert(says(err, "expected  call.get\n"));
}
END_TEST

/* ---- The file of a record ---- */

static char folder[64], record[96];

/* With a record in it, as somebody else may have made it. */
static void
make_folder(void)
{
	FILE *f;

	ck_assert_ptr_nonnull(mkdtemp(scratch(folder, "records")));
	snprintf(record, sizeof record, "%s/record", folder);
	ck_assert_ptr_nonnull(f = fopen(record, "w"));
	fputs("the only one\n", f);
	fclose(f);
	chmod(record, 0644);
}

static void
remove_folder(void)
{
	DIR *d = opendir(folder);
	char path[400];

	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
		unlink(path);
	}
	closedir(d);
	rmdir(folder);
}

/* How many files there are. */
static unsigned
files(void)
{
	unsigned n = 0;
	DIR *d = opendir(folder);

	for (struct dirent *e; (e = readdir(d)) != NULL;)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static bool
record_is(const char *text)
{
	char buf[64];

	slurp(record, buf, sizeof buf);
	return strcmp(buf, text) == 0;
}

static int
export_to(const char *id, const char *path)
{
	char arguments[200];

	snprintf(arguments, sizeof arguments, "call export %s -o %s", id, path);
	return ask(arguments);
}

START_TEST(a_record_gets_a_file_of_its_own)
{
	struct stat st;
	char fresh[128], link[128];

	ck_assert_int_eq(export_to("c1", record), 0);
	ck_assert(record_is("cmVjb3Jk\n"));
	ck_assert_int_eq(stat(record, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_uint_eq(files(), 1);
	snprintf(fresh, sizeof fresh, "%s/fresh", folder);
	ck_assert_int_eq(export_to("c1", fresh), 0);
	ck_assert_int_eq(stat(fresh, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(st.st_size, 9);
	snprintf(link, sizeof link, "%s/link", folder);
	ck_assert_int_eq(symlink("fresh", link), 0);
	ck_assert_int_eq(export_to("c1", link), 0);
	ck_assert_int_eq(lstat(link, &st), 0);
	ck_assert(S_ISLNK(st.st_mode));
	ck_assert_uint_eq(files(), 3);
}
END_TEST

START_TEST(an_export_that_fails_leaves_the_record_that_was_there)
{
	char arguments[200];

	ck_assert_int_eq(export_to("c2", record), 1);
	ck_assert(says(err, "there is no such call"));
	ck_assert(record_is("the only one\n"));
	snprintf(arguments, sizeof arguments,
		"--socket /tmp/strowger-nobody/admin.sock call export c1 -o %s", record);
	ck_assert_int_eq(ctl(arguments), 3);
	ck_assert(record_is("the only one\n"));
	ck_assert_uint_eq(files(), 1);
}
END_TEST

START_TEST(a_record_goes_to_devices_as_well)
{
	ck_assert_int_eq(export_to("c1", "-"), 0);
	ck_assert_str_eq(out, "cmVjb3Jk\n");
	ck_assert_int_eq(export_to("c1", "/dev/null"), 0);
	ck_assert_int_eq(export_to("c1", "/dev/full"), 1);
	ck_assert(says(err, "cannot write the record"));
	ck_assert_int_eq(export_to("c1", folder), 2);
	ck_assert_int_eq(export_to("c1", "/tmp/strowger-nobody/record"), 2);
	ck_assert_int_eq(access("/dev/full", F_OK), 0);
}
END_TEST

/* ---- Without ---- */

START_TEST(no_daemon_is_told_with_what_to_do)
{
	ck_assert_int_eq(ctl("--socket /tmp/strowger-nobody/admin.sock stats"), 3);
	ck_assert_str_eq(out, "");
	ck_assert(says(err, "no strowger is running at /tmp/strowger-nobody/admin.sock\n"));
	ck_assert(says(err, "systemctl start strowger"));
}
END_TEST

START_TEST(a_stale_socket_is_no_daemon_either)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char arguments[200];

	snprintf(sun.sun_path, sizeof sun.sun_path, "/tmp/strowger-stale-%d", (int)getpid());
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun, sizeof sun), 0);
	close(fd);
	snprintf(arguments, sizeof arguments, "--socket %s stats", sun.sun_path);
	ck_assert_int_eq(ctl(arguments), 3);
	ck_assert(says(err, "no strowger is running at"));
	unlink(sun.sun_path);
}
END_TEST

START_TEST(usage_mistakes_are_status_2)
{
	ck_assert_int_eq(ctl("call lst"), 2);
	ck_assert(says(err, "did you mean call list?"));
	ck_assert_int_eq(ctl("call create </dev/null"), 2);
	ck_assert(says(err, "what came on stdin is no JSON"));
}
END_TEST

START_TEST(help_and_version_need_no_daemon)
{
	ck_assert_int_eq(ctl("--help"), 0);
	ck_assert(says(out, "call create"));
	ck_assert_int_eq(ctl("--version"), 0);
	ck_assert_str_eq(out, "strowger-ctl " STROWGER_VERSION "\n");
}
END_TEST

START_TEST(an_answer_that_cannot_be_written_is_no_success)
{
	char command[400];
	int status;

	snprintf(command, sizeof command, "%s --socket %s call list >/dev/full 2>/dev/null",
		getenv("STROWGER_CTL"), toy.path);
	status = system(command);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	/* Of a pipe that nobody reads any more nothing needs to be said. */
	snprintf(command, sizeof command,
		"trap '' PIPE; { sleep 0.2; said=$(%s --socket %s call list 2>&1 >&3);"
		" test $? = 1 -a -z \"$said\" || kill $$; } 3>&1 | true",
		getenv("STROWGER_CTL"), toy.path);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl");
	TCase *tc = tcase_create("with a daemon");
	SRunner *sr;
	int failed;

	if (getenv("STROWGER_CTL") == NULL) {
		fputs("STROWGER_CTL must say where strowger-ctl is\n", stderr);
		return 1;
	}
	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, start, stop);
	tcase_add_test(tc, a_long_list_comes_whole);
	tcase_add_test(tc, a_part_of_a_list_says_so);
	tcase_add_test(tc, programs_get_json_on_one_line);
	tcase_add_test(tc, a_call_is_shown);
	tcase_add_test(tc, a_refusal_is_told_and_is_status_1);
	tcase_add_test(tc, a_call_is_created_from_options_text_or_stdin);
	tcase_add_test(tc, any_method_can_be_called);
	tcase_add_test(tc, methods_are_described);
	tcase_add_test(tc, an_answer_that_cannot_be_written_is_no_success);
	suite_add_tcase(s, tc);

	tc = tcase_create("the file of a record");
	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, start, stop);
	tcase_add_checked_fixture(tc, make_folder, remove_folder);
	tcase_add_test(tc, a_record_gets_a_file_of_its_own);
	tcase_add_test(tc, an_export_that_fails_leaves_the_record_that_was_there);
	tcase_add_test(tc, a_record_goes_to_devices_as_well);
	suite_add_tcase(s, tc);

	tc = tcase_create("without");
	tcase_add_test(tc, no_daemon_is_told_with_what_to_do);
	tcase_add_test(tc, a_stale_socket_is_no_daemon_either);
	tcase_add_test(tc, usage_mistakes_are_status_2);
	tcase_add_test(tc, help_and_version_need_no_daemon);
	suite_add_tcase(s, tc);

	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
