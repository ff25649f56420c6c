/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/methods_config.c and reload.c: what is in force, where it comes from, and what a file
 * that is read again makes of it. */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/log.h"
#include "relay/reload.h"
#include "tests/relay/ask.h"
#include "tests/relay/fake_client.h"
#include "tests/relay/fake_node.h"
#include "tests/scratch.h"

static char path[SCRATCH];

/* fake_client.c's interfaces. */
#define INTERFACES                                                                         \
	"[interface outside]\ndevice = ring:o\naddress = 192.0.2.1\naddress = 192.0.2.2\n" \
	"address = 2001:db8::1\nports = 30000-30999\n"                                     \
	"[interface inside]\ndevice = ring:i\naddress = 10.0.0.1\nports = 30000-30999\n"

static void
write_file(const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static void
begin_with_file(void)
{
	char err[300];
	int fd;

	setup();
	fd = mkstemp(scratch(path, "config"));
	ck_assert_int_ge(fd, 0);
	close(fd);
	write_file("[log]\nlevel = error\n" INTERFACES);
	ck_assert_int_eq(config_load(path, &conf, err, sizeof err), 0);
	told.reload = reload_open(&(struct reload_conf){base, path, &conf, NULL});
	ck_assert_ptr_nonnull(told.reload);
}

static void
end_with_file(void)
{
	reload_close(told.reload);
	unlink(path);
	teardown();
}

/* The row of SECTION's KEY among ROWS; NULL. */
static const json_t *
row(const json_t *rows, const char *section, const char *key)
{
	size_t i;
	json_t *one;

	json_array_foreach (rows, i, one)
		if (strcmp(text_at(one, "section"), section) == 0 &&
			strcmp(text_at(one, "key"), key) == 0)
			return one;
	return NULL;
}

static void
expect(const json_t *rows, const char *section, const char *key, const char *name,
	const char *value)
{
	ck_assert_msg(strcmp(text_at(row(rows, section, key), name), value) == 0,
		"[%s] %s: %s is %s", section, key, name,
		text_at(row(rows, section, key), name));
}

START_TEST(get_says_what_is_in_force_and_why)
{
	json_t *all, *keys;

	log_set_level(LOG_LEVEL_ERROR);
	told.attaches = true;
	all = result("config.get", "{}");
	keys = json_object_get(all, "keys");
	ck_assert_str_eq(text_at(all, "file"), path);
	expect(keys, "log", "level", "value", "error");
	expect(keys, "log", "level", "from", "file");
	expect(keys, "log", "level", "default", "info");
	expect(keys, "log", "level", "change", "reload");
	ck_assert_int_eq(number_at(row(keys, "log", "level"), "line"), 2);
	expect(keys, "node", "call_limit", "from", "default");
	expect(keys, "node", "name", "change", "stop both");
	expect(keys, "rpc", "group", "value", "");
	expect(keys, "rpc", "group", "change", "restart strowger");
	expect(keys, "interface outside", "address", "value",
		"192.0.2.1, 192.0.2.2, 2001:db8::1");
	expect(keys, "interface inside", "device", "change", "restart strowger-switch");
	json_decref(all);
	told.attaches = false;
	log_set_level(LOG_LEVEL_WARNING);
	all = result("config.get", "{}");
	keys = json_object_get(all, "keys");
	expect(keys, "interface inside", "device", "change", "restart both");
	expect(keys, "log", "level", "value", "warning");
	expect(keys, "log", "level", "from", "log.set");
	json_decref(all);
}
END_TEST

START_TEST(reload_says_what_took_effect_and_what_waits)
{
	json_t *all, *changed;

	log_set_level(LOG_LEVEL_ERROR);
	write_file("[log]\nlevel = error\n[node]\ncall_limit = 5\n[rpc]\nmode = 0600\n"
		   "[timeouts]\nmedia = 5s\n[cores]\npoll = busy\n"
		   "[ng]\nallow = 192.0.2.0/24\n" INTERFACES);
	conf.call_limit = 20;
	all = result("config.reload", "{}");
	changed = json_object_get(all, "changed");
	ck_assert_uint_eq(json_array_size(changed), 5);
	expect(changed, "node", "call_limit", "was", "20");
	expect(changed, "node", "call_limit", "is", "5");
	ck_assert(json_is_true(at(row(changed, "node", "call_limit"), "in_force")));
	ck_assert(json_is_false(at(row(changed, "cores", "poll"), "in_force")));
	expect(changed, "cores", "poll", "needs", "restart both");
	json_decref(all);
	ck_assert_uint_eq(conf.call_limit, 5);
	ck_assert_uint_eq(conf.timeout_ms[TIMEOUT_MEDIA], 5000);
	ck_assert_uint_eq(told.rpc_mode, 0600);
	ck_assert_uint_eq(told.ng_networks, 1);

	all = result("config.get", "{}");
	changed = json_object_get(all, "keys");
	expect(changed, "cores", "poll", "value", "adaptive");
	expect(changed, "cores", "poll", "pending", "busy");
	expect(changed, "cores", "poll", "from", "default");
	expect(changed, "rpc", "mode", "pending", "(nothing)");
	ck_assert_int_eq(number_at(row(changed, "rpc", "mode"), "line"), 6);
	json_decref(all);
}
END_TEST

/* Another run directory waits for a restart, and captures with it. */
START_TEST(captures_stay_in_the_run_directory_that_is_in_force)
{
	static const char *const said[] = {"", "[capture]\ndirectory = /srv/captures\n", ""};

	log_set_level(LOG_LEVEL_ERROR);
	for (unsigned i = 0; i < 3; i++) {
		char text[1000];
		json_t *all;

		snprintf(text, sizeof text,
			"[log]\nlevel = error\n[node]\nrun_dir = /run/other\n%s" INTERFACES,
			said[i]);
		write_file(text);
		all = result("config.reload", "{}");
		expect(at(all, "changed"), "node", "run_dir", "is", "/run/other");
		ck_assert_uint_eq(json_array_size(at(all, "changed")), i == 0 ? 1 : 2);
		ck_assert_str_eq(conf.capture_directory,
			i == 1 ? "/srv/captures" : "/run/strowger/default/captures");
		json_decref(all);
	}
}
END_TEST

START_TEST(what_log_set_has_set_is_the_files_again)
{
	json_t *all;

	log_set_level(LOG_LEVEL_WARNING);
	all = result("config.reload", "{}");
	expect(json_object_get(all, "changed"), "log", "level", "was", "warning");
	expect(json_object_get(all, "changed"), "log", "level", "is", "error");
	ck_assert_int_eq(log_get_level(), LOG_LEVEL_ERROR);
	ck_assert_uint_eq(told.log_level, LOG_LEVEL_ERROR);
	json_decref(all);
}
END_TEST

START_TEST(a_wrong_file_changes_nothing)
{
	struct rpc_request req;
	char err[300];

	log_set_level(LOG_LEVEL_ERROR);
	write_file("[node]\ncall_limit = 5\n[log]\nlevle = debug\n" INTERFACES);
	req = request("config.reload", "{}");
	ck_assert_str_eq(req.reason, "bad_config");
	ck_assert_uint_eq(conf.call_limit, 10000);
	ck_assert_uint_eq(told.rpc_mode, 0);
	ck_assert_int_ne(reload_now(told.reload, NULL, NULL, err, sizeof err), 0);
	ck_assert_ptr_nonnull(strstr(err, "line 4: unknown key 'levle'"));
	unlink(path);
	ck_assert_int_ne(reload_now(told.reload, NULL, NULL, err, sizeof err), 0);
	ck_assert_ptr_nonnull(strstr(err, "No such file"));
}
END_TEST

/* A call that runs is told of another address by its next answer. */
START_TEST(advertised_addresses_reach_calls_that_run)
{
	json_t *answer;

	json_decref(result("call.create",
		"{'call': 'c', 'legs': [{'name': 'a', 'interface': 'inside', 'streams': [{}]}]}"));
	write_file("[interface outside]\ndevice = ring:o\naddress = 192.0.2.1\naddress = "
		   "192.0.2.2\naddress = 2001:db8::1\nports = 30000-30999\n[interface "
		   "inside]\ndevice = ring:i\naddress = 10.0.0.1 advertised "
		   "203.0.113.7\nports = 30000-30999\n");
	json_decref(result("config.reload", "{}"));
	answer = result("call.get", "{'call': 'c'}");
	ck_assert_str_eq(text_at(answer, "legs.0.streams.0.local.address"), "203.0.113.7");
	ck_assert_str_eq(text_at(answer, "legs.0.streams.0.bound.address"), "10.0.0.1");
	json_decref(answer);
}
END_TEST

START_TEST(sighup_reloads_and_the_service_manager_hears_of_it)
{
	log_set_level(LOG_LEVEL_ERROR);
	write_file("[log]\nlevel = error\n[node]\ncall_limit = 6\n" INTERFACES);
	raise(SIGHUP);
	event_base_loop(base, EVLOOP_ONCE);
	ck_assert_uint_eq(conf.call_limit, 6);
	ck_assert_uint_eq(told.reloadings, 1);
	ck_assert_uint_eq(told.readies, 1);
}
END_TEST

/* End to end, and times of its own: what was asked for is said again. */
START_TEST(what_a_call_was_asked_to_be_is_told)
{
	static const char text[] =
		"{'call': 'c', 'e2e': 'required', 'timeouts': {'media_ms': 5000, 'total_ms': 0},"
		" 'legs': [{'name': 'a', 'streams': [{}]}]}";
	json_t *answer = result("call.create", text);

	ck_assert_str_eq(text_at(answer, "e2e"), "required");
	json_decref(answer);
	answer = result("call.get", "{'call': 'c'}");
	ck_assert_str_eq(text_at(answer, "e2e"), "required");
	ck_assert_str_eq(text_at(answer, "legs.0.streams.0.suite"), "end to end");
	ck_assert_int_eq(number_at(answer, "timeouts.media_ms"), 5000);
	ck_assert_int_eq(number_at(answer, "timeouts.total_ms"), 0);
	ck_assert_ptr_null(at(answer, "timeouts.setup_ms"));
	json_decref(answer);
	ck_assert_str_eq(request("call.update", "{'call': 'c', 'legs': [{'name': 'b', "
						"'streams': [{'source': 'latch'}]}]}")
				 .reason,
		"end_to_end");
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("methods_config");
	TCase *t = tcase_create("methods_config");

	tcase_add_checked_fixture(t, begin_with_file, end_with_file);
	tcase_add_test(t, get_says_what_is_in_force_and_why);
	tcase_add_test(t, reload_says_what_took_effect_and_what_waits);
	tcase_add_test(t, captures_stay_in_the_run_directory_that_is_in_force);
	tcase_add_test(t, what_log_set_has_set_is_the_files_again);
	tcase_add_test(t, a_wrong_file_changes_nothing);
	tcase_add_test(t, advertised_addresses_reach_calls_that_run);
	tcase_add_test(t, sighup_reloads_and_the_service_manager_hears_of_it);
	tcase_add_test(t, what_a_call_was_asked_to_be_is_told);
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
