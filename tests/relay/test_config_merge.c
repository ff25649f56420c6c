/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/config_merge.c and config_text.c: a configuration as text, and what another one makes
 * of it. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay/config.h"
#include "relay/config_merge.h"
#include "relay/config_text.h"
#include "relay/config_type.h"
#include "tests/relay/config_file.h"

static struct config running, file;
static char told[2000]; /* "[section] key: 'from' 'to' effect\n"... */

static void
parse(struct config *c, const char *text)
{
	char err[300];

	ck_assert_msg(config_parse(text, strlen(text), c, err, sizeof err) == 0, "%s\n%s", err,
		text);
}

static void
note(void *arg, const struct config_change *c)
{
	static const char *const effects[] = {"strowger", "switch", "both", "at once"};
	size_t used = strlen(told);

	snprintf(told + used, sizeof told - used, "[%s%s%s] %s: '%s' '%s' %s\n",
		c->key->section, c->interface != NULL ? " " : "",
		c->interface != NULL ? c->interface : "", c->key->name, c->from, c->to,
		effects[c->effect]);
}

/* What is told when OLD is in force and NEW is read. */
static const char *
merge(const char *old, const char *new)
{
	parse(&running, old);
	parse(&file, new);
	told[0] = '\0';
	config_merge(&running, &file, 100, note, NULL);
	return told;
}

#define EXT "[interface ext]\ndevice = xdp:eth0\naddress = 192.0.2.1\n"

/* Every key with a value that is not its default. */
static const char all[] =
	"[node]\nname = a-1\nrun_dir = /tmp/x\nuser = nobody\ncall_limit = 50\n"
	"drain_timeout = 2m\nswitch = /opt/s\n"
	"[log]\nlevel = debug\nidentifiers = plain\n"
	"[cores]\nforwarding = 3,5-6,5\nmain = 0\npoll = busy\n"
	"[srtp]\nengine = libsrtp2\nlibsrtp2_calls = 7\n"
	"[dpdk]\nextra_args = -m 512 --foo\nmbufs = 2048\n"
	"[timeouts]\nsetup = 90s\nmedia = 1500ms\ntotal = 26h\non_timeout = end\n"
	"[rpc]\nmode = 600\ngroup = adm\n"
	"[interface a]\ndevice = memif:/run/a.sock\naddress = 192.0.2.1/24 advertised "
	"203.0.113.1\naddress = 2001:db8::1\nports = 1024-1025\nneighbour = 192.0.2.9 "
	"02:00:00:00:00:09\nneighbour = 2001:db8::9 02:00:00:00:00:09\n"
	"mac = 02:00:00:00:ab:01\nmtu = 9000\nqueues = 3\nvlan = 100\ntwin = media0\n"
	"[interface b]\ndevice = packet:eth0\naddress = 198.51.100.1\n";

/* C as a file. */
static void
print(const struct config *c, char *text, size_t size)
{
	FILE *f = fmemopen(text, size, "w");

	config_file_print(c, f);
	fclose(f);
}

START_TEST(what_is_printed_is_read_as_the_same)
{
	static const char *const texts[] = {all, EXT};
	char text[4096];

	for (size_t i = 0; i < 2; i++) {
		parse(&running, texts[i]);
		print(&running, text, sizeof text);
		ck_assert_str_eq(merge(texts[i], text), "");
	}
	print(&running, text, sizeof text);
	ck_assert_ptr_nonnull(strstr(text, "setup =5m\n"));
	ck_assert_ptr_nonnull(strstr(text, "total =0s\n"));
	ck_assert_ptr_nonnull(strstr(text, "mode =0660\n"));
	ck_assert_ptr_null(strstr(text, "mtu"));
}
END_TEST

/* A value without a text would never be seen to change. */
START_TEST(every_key_has_a_text)
{
	for (const struct config_key *k = config_keys; k < config_keys + CONFIG_KEYS; k++) {
		const char *value = k->fallback[0] != '\0' ? k->fallback : k->example;
		char text[CONFIG_TEXT];

		memset(&file, 0, sizeof file);
		ck_assert_int_eq(k->type->set(k, (char *)&file + k->at, value), 0);
		ck_assert_msg(config_text(k, (char *)&file + k->at, 0, text), "[%s] %s",
			k->section, k->name);
		ck_assert_msg(!config_text(k, (char *)&file + k->at, 1, text), "[%s] %s",
			k->section, k->name);
	}
}
END_TEST

START_TEST(interfaces_that_come_and_go_are_told_as_one)
{
	merge(EXT, all);
	ck_assert_ptr_nonnull(strstr(told, "[interface ext] device: 'xdp:eth0' '' switch\n"));
	ck_assert_ptr_nonnull(
		strstr(told, "[interface a] device: '' 'memif:/run/a.sock' switch\n"));
	ck_assert_ptr_null(strstr(told, "[interface a] address"));
}
END_TEST

START_TEST(what_can_be_had_at_once_is_copied_and_the_rest_is_not)
{
	ck_assert_str_eq(
		merge("[node]\ncall_limit = 7\n[timeouts]\nmedia = 60s\n[rpc]\nmode = 0660\n" EXT,
			"[node]\ncall_limit = 9\nuser = nobody\n[log]\nlevel = error\n"
			"[cores]\npoll = busy\n[timeouts]\nmedia = 0s\n[rpc]\nmode = 0600\n"
			"group = adm\n" EXT "mtu = 1400\n"),
		"[node] user: 'strowger' 'nobody' both\n"
		"[node] call_limit: '7' '9' at once\n"
		"[log] level: 'info' 'error' at once\n"
		"[cores] poll: 'adaptive' 'busy' switch\n"
		"[timeouts] media: '1m' '0s' at once\n"
		"[rpc] mode: '0660' '0600' at once\n"
		"[rpc] group: '' 'adm' strowger\n"
		"[interface ext] mtu: '' '1400' switch\n");
	ck_assert_str_eq(running.user, "strowger");
	ck_assert_uint_eq(running.call_limit, 9);
	ck_assert_uint_eq(running.log_level, 0);
	ck_assert(!running.busy);
	ck_assert_uint_eq(running.timeout_ms[TIMEOUT_MEDIA], 0);
	ck_assert_uint_eq(running.rpc_mode, 0600);
	ck_assert_str_eq(running.rpc_group, "");
	ck_assert_uint_eq(running.interface[0].mtu, 0);
}
END_TEST

/* The switch has set memory aside for 100. */
START_TEST(a_call_limit_beyond_the_memory_waits)
{
	ck_assert_str_eq(
		merge("[node]\ncall_limit = 7\n" EXT, "[node]\ncall_limit = 101\n" EXT),
		"[node] call_limit: '7' '101' both\n");
	ck_assert_uint_eq(running.call_limit, 7);
}
END_TEST

START_TEST(what_is_advertised_is_controls_own_affair)
{
	ck_assert_str_eq(merge(EXT, EXT " # the same\n"), "");
	ck_assert_str_eq(
		merge(EXT,
			"[interface ext]\ndevice = xdp:eth0\naddress = 192.0.2.1 advertised "
			"203.0.113.1\n"),
		"[interface ext] address: '192.0.2.1' '192.0.2.1 advertised 203.0.113.1' at "
		"once\n");
	ck_assert_uint_eq(running.interface[0].addresses.advertised[0].ip[0], 203);
	ck_assert_str_eq(merge(EXT, EXT "address = 192.0.2.2\n"),
		"[interface ext] address: '192.0.2.1' '192.0.2.1, 192.0.2.2' switch\n");
	ck_assert_uint_eq(running.interface[0].addresses.n, 1);
	/* Under a name of its own, too; names themselves are another matter. */
	ck_assert_str_eq(merge(EXT "name = pub 192.0.2.1\nname = in 192.0.2.1\n",
				 EXT "name = pub 192.0.2.1 advertised 203.0.113.1\n"
				     "name = in 192.0.2.1\n"),
		"[interface ext] name: 'pub 192.0.2.1, in 192.0.2.1' "
		"'pub 192.0.2.1 advertised 203.0.113.1, in 192.0.2.1' at once\n");
	ck_assert_uint_eq(running.interface[0].names.name[0].advertised.ip[0], 203);
	ck_assert_str_eq(merge(EXT "name = pub 192.0.2.1\n",
				 EXT "name = out 192.0.2.1 advertised 203.0.113.1\n"),
		"[interface ext] name: 'pub 192.0.2.1' "
		"'out 192.0.2.1 advertised 203.0.113.1' strowger\n");
	ck_assert_str_eq(running.interface[0].names.name[0].name, "pub");
	ck_assert_str_eq(merge(EXT "name = pub 192.0.2.1\n",
				 EXT "name = pub 192.0.2.1\nname = in 192.0.2.1\n"),
		"[interface ext] name: 'pub 192.0.2.1' 'pub 192.0.2.1, in 192.0.2.1' strowger\n");
	ck_assert_uint_eq(running.interface[0].names.n, 1);
}
END_TEST

#define TWO(ports, ext, in)                                                                   \
	"[interface ext]\ndevice = xdp:eth0\naddress = 192.0.2.1" ext "\nports = " ports "\n" \
	"[interface in]\ndevice = packet:eth1\naddress = 10.0.0.1" in                         \
	"\nports = 40000-40999\n"
#define OUTSIDE " advertised 203.0.113.1"

/* A NAT could not tell the two apart, as long as the old ports are in force. */
START_TEST(what_another_one_is_known_by_waits_for_its_ports)
{
	const char *waits =
		"[interface ext] ports: '40000-40999' '30000-30999' switch\n"
		"[interface in] address: '10.0.0.1' '10.0.0.1" OUTSIDE "' switch\n";

	ck_assert_str_eq(
		merge(TWO("40000-40999", OUTSIDE, ""), TWO("30000-30999", OUTSIDE, OUTSIDE)),
		waits);
	ck_assert_uint_eq(running.interface[1].addresses.advertised[0].family, 0);
	/* By a name of it, too. */
	ck_assert_str_eq(
		merge(TWO("40000-40999", "", "") "name = pub 10.0.0.1" OUTSIDE "\n",
			TWO("30000-30999", OUTSIDE, "") "name = pub 10.0.0.1" OUTSIDE "\n"),
		"[interface ext] address: '192.0.2.1' '192.0.2.1" OUTSIDE "' switch\n"
		"[interface ext] ports: '40000-40999' '30000-30999' switch\n");
	ck_assert_str_eq(
		merge(TWO("40000-40999", OUTSIDE, "") "name = pub 10.0.0.1\n",
			TWO("30000-30999", OUTSIDE, "") "name = pub 10.0.0.1" OUTSIDE "\n"),
		"[interface ext] ports: '40000-40999' '30000-30999' switch\n"
		"[interface in] name: 'pub 10.0.0.1' 'pub 10.0.0.1" OUTSIDE "' switch\n");
	/* Who is known by it, and stays so, need not wait with anything else. */
	ck_assert_str_eq(
		merge(TWO("40000-40999", "", OUTSIDE) "address = 10.0.0.2\n",
			TWO("30000-30999", OUTSIDE,
				OUTSIDE) "address = 10.0.0.2 advertised 203.0.113.2\n"),
		"[interface ext] address: '192.0.2.1' '192.0.2.1" OUTSIDE "' switch\n"
		"[interface ext] ports: '40000-40999' '30000-30999' switch\n"
		"[interface in] address: '10.0.0.1" OUTSIDE ", 10.0.0.2' '10.0.0.1" OUTSIDE
		", 10.0.0.2 advertised 203.0.113.2' at once\n");
	/* With other ports it need not wait. */
	merge(TWO("30000-30999", OUTSIDE, ""), TWO("30000-30999", OUTSIDE, OUTSIDE));
	ck_assert_uint_eq(running.interface[1].addresses.advertised[0].ip[0], 203);
}
END_TEST

#define ELSEWHERE " advertised 203.0.113.2"
#define SAME "40000-40999"

/* What interface I's only address is known by: the last number of it. */
static unsigned
known_by(unsigned i)
{
	return running.interface[i].addresses.advertised[0].ip[3];
}

/* Whichever section stands first. */
START_TEST(what_one_gives_up_another_takes_at_once)
{
	ck_assert_str_eq(merge(TWO(SAME, OUTSIDE, ""), TWO(SAME, "", OUTSIDE)),
		"[interface ext] address: '192.0.2.1" OUTSIDE "' '192.0.2.1' at once\n"
		"[interface in] address: '10.0.0.1' '10.0.0.1" OUTSIDE "' at once\n");
	ck_assert_uint_eq(known_by(0), 0);
	ck_assert_uint_eq(known_by(1), 1);
	ck_assert_str_eq(merge(TWO(SAME, "", OUTSIDE), TWO(SAME, OUTSIDE, "")),
		"[interface ext] address: '192.0.2.1' '192.0.2.1" OUTSIDE "' at once\n"
		"[interface in] address: '10.0.0.1" OUTSIDE "' '10.0.0.1' at once\n");
	ck_assert_uint_eq(known_by(0), 1);
	ck_assert_uint_eq(known_by(1), 0);
	/* From a name to an address. */
	ck_assert_str_eq(merge(TWO(SAME, "", "") "name = pub 10.0.0.1" OUTSIDE "\n",
				 TWO(SAME, OUTSIDE, "") "name = pub 10.0.0.1\n"),
		"[interface ext] address: '192.0.2.1' '192.0.2.1" OUTSIDE "' at once\n"
		"[interface in] name: 'pub 10.0.0.1" OUTSIDE "' 'pub 10.0.0.1' at once\n");
}
END_TEST

START_TEST(two_exchange_what_they_are_known_by_at_once)
{
	merge(TWO(SAME, OUTSIDE, ELSEWHERE), TWO(SAME, ELSEWHERE, OUTSIDE));
	ck_assert_uint_eq(known_by(0), 2);
	ck_assert_uint_eq(known_by(1), 1);
}
END_TEST

/* The second one's cannot be had yet, for it gets other addresses; so neither can the first
 * one's, which that has still. */
START_TEST(what_is_not_given_up_yet_is_waited_for)
{
	ck_assert_str_eq(
		merge(TWO(SAME, "", OUTSIDE), TWO(SAME, OUTSIDE, "") "address = 10.0.0.2\n"),
		"[interface ext] address: '192.0.2.1' '192.0.2.1" OUTSIDE "' switch\n"
		"[interface in] address: '10.0.0.1" OUTSIDE "' '10.0.0.1, 10.0.0.2' switch\n");
	ck_assert_uint_eq(known_by(0), 0);
	ck_assert_uint_eq(known_by(1), 1);
	/* Within one section, too: another name takes a restart. */
	ck_assert_str_eq(
		merge(EXT "address = 192.0.2.2\nname = pub 192.0.2.2" OUTSIDE "\n",
			"[interface ext]\ndevice = xdp:eth0\naddress = 192.0.2.1" OUTSIDE
			"\naddress = 192.0.2.2\nname = far 192.0.2.2\n"),
		"[interface ext] address: '192.0.2.1, 192.0.2.2' '192.0.2.1" OUTSIDE
		", 192.0.2.2' switch\n"
		"[interface ext] name: 'pub 192.0.2.2" OUTSIDE "' 'far 192.0.2.2' strowger\n");
	ck_assert_uint_eq(known_by(0), 0);
}
END_TEST

START_TEST(another_order_of_interfaces_is_told)
{
	static const char in[] = "[interface in]\ndevice = packet:eth1\naddress = 10.0.0.1\n";
	char one[200], other[200];

	snprintf(one, sizeof one, "%s%s", EXT, in);
	snprintf(other, sizeof other, "%s%s", in, EXT);
	ck_assert_str_eq(merge(one, other),
		"[interface ext] device: 'section 1' 'section 2' switch\n"
		"[interface in] device: 'section 2' 'section 1' switch\n");
}
END_TEST

/* One that waits for a restart keeps the line that its value in force is from. */
START_TEST(lines_follow_the_values)
{
	size_t level = 0, poll = 0;

	while (strcmp(config_keys[level].name, "level") != 0)
		level++;
	while (strcmp(config_keys[poll].name, "poll") != 0)
		poll++;
	merge("[cores]\npoll = adaptive\n" EXT,
		"# moved\n[cores]\npoll = busy\n[log]\nlevel = error\n" EXT);
	ck_assert_uint_eq(running.line[poll], 2);
	ck_assert_uint_eq(running.line[level], 5);
	ck_assert_uint_eq(running.interface[0].line[level], 0);
	merge("[cores]\npoll = busy\n" EXT, "# moved\n[cores]\npoll = busy\n" EXT);
	ck_assert_uint_eq(running.line[poll], 3);
	merge("[log]\nlevel = error\n" EXT, EXT);
	ck_assert_uint_eq(running.line[level], 0);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("config_merge");
	TCase *t = tcase_create("merge");

	tcase_add_test(t, what_is_printed_is_read_as_the_same);
	tcase_add_test(t, every_key_has_a_text);
	tcase_add_test(t, interfaces_that_come_and_go_are_told_as_one);
	tcase_add_test(t, what_can_be_had_at_once_is_copied_and_the_rest_is_not);
	tcase_add_test(t, a_call_limit_beyond_the_memory_waits);
	tcase_add_test(t, what_is_advertised_is_controls_own_affair);
	tcase_add_test(t, what_another_one_is_known_by_waits_for_its_ports);
	tcase_add_test(t, what_one_gives_up_another_takes_at_once);
	tcase_add_test(t, two_exchange_what_they_are_known_by_at_once);
	tcase_add_test(t, what_is_not_given_up_yet_is_waited_for);
	tcase_add_test(t, another_order_of_interfaces_is_told);
	tcase_add_test(t, lines_follow_the_values);
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
