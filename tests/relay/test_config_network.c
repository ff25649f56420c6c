/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/config_network.c, by way of the parser that uses it; and what else [ng] says. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/ng.h"
#include "relay/config.h"
#include "relay/config_network.h"

static struct config conf;
static char err[256];

/* The configuration with LINE in [ng]. */
static int
parse(const char *line)
{
	char text[4200];

	snprintf(text, sizeof text,
		"[ng]\n%s\n[interface a]\ndevice = xdp:eth0\naddress = 192.0.2.1\n", line);
	return config_parse(text, strlen(text), &conf, err, sizeof err);
}

START_TEST(networks_are_read_and_written)
{
	static const struct {
		const char *line, *is;
		unsigned bits;
	} rows[] = {
		{"allow = 192.0.2.0/24", "192.0.2.0/24", 24},
		{"allow = 192.0.2.7", "192.0.2.7", 32},
		{"allow = 192.0.2.7/32", "192.0.2.7", 32},
		{"allow = 192.0.2.128/25", "192.0.2.128/25", 25},
		{"allow = 0.0.0.0/0", "0.0.0.0/0", 0},
		{"allow = 2001:db8::/32", "2001:db8::/32", 32},
		{"allow = 2001:DB8::1", "2001:db8::1", 128},
		{"allow = ::/0", "::/0", 0},
	};
	char text[CONFIG_NETWORK_TEXT];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ck_assert_msg(parse(rows[i].line) == 0, "%s", err);
		ck_assert_uint_eq(conf.ng_allow.n, 1);
		ck_assert_uint_eq(conf.ng_allow.network[0].bits, rows[i].bits);
		config_network_text(&conf.ng_allow.network[0], text);
		ck_assert_str_eq(text, rows[i].is);
	}
}
END_TEST

START_TEST(what_is_no_network_is_refused)
{
	static const char *const bad[] = {"x", "192.0.2", "192.0.2.0/", "192.0.2.0/33",
		"192.0.2.0/-1", "192.0.2.0/+8", "192.0.2.0/24/", "192.0.2.1/24",
		"2001:db8::/129", "2001:db8::1/64", "192.0.2.0 / 24", "/8", "localhost",
		"255.255.255.128/24"};
	char line[64];

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		snprintf(line, sizeof line, "allow = %s", bad[i]);
		ck_assert_msg(parse(line) != 0, "%s", bad[i]);
	}
}
END_TEST

START_TEST(several_are_kept_but_none_twice)
{
	char lines[4096];
	size_t len = 0;

	ck_assert_int_eq(parse("allow = 192.0.2.0/24\nallow = 192.0.2.0/25"), 0);
	ck_assert_uint_eq(conf.ng_allow.n, 2);
	ck_assert_int_ne(parse("allow = 192.0.2.7\nallow = 192.0.2.7/32"), 0);
	ck_assert_ptr_nonnull(strstr(err, "twice"));
	for (int i = 0; i <= NG_NETWORKS; i++)
		len += (size_t)snprintf(
			lines + len, sizeof lines - len, "allow = 192.0.2.%d\n", i);
	ck_assert_int_ne(parse(lines), 0);
	ck_assert_ptr_nonnull(strstr(err, "no room"));
}
END_TEST

/* NG is off, and so is the rest of it. */
START_TEST(nobody_is_listened_to_unless_it_is_said)
{
	ck_assert_int_eq(parse(""), 0);
	ck_assert_uint_eq(conf.ng_listen.n + conf.ng_listen_tcp.n, 0);
	ck_assert_str_eq(conf.ng_socket, "");
	ck_assert(!conf.ng_http);
	ck_assert_uint_eq(conf.ng_delete_delay_ms, 30000);
	ck_assert_uint_eq(conf.ng_tos, 0);
}
END_TEST

START_TEST(the_words_of_learning_are_those_of_the_request)
{
	static const struct {
		const char *line;
		enum ng_learning is;
	} rows[] = {
		{"endpoint_learning = delayed", NG_LEARN_DELAYED},
		{"endpoint_learning = immediate", NG_LEARN_IMMEDIATE},
		{"endpoint_learning = off", NG_LEARN_OFF},
		{"endpoint_learning = heuristic", NG_LEARN_HEURISTIC},
		{"", NG_LEARN_HEURISTIC},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ck_assert_int_eq(parse(rows[i].line), 0);
		ck_assert_uint_eq(conf.ng_learning + NG_LEARN_DELAYED, rows[i].is);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("config_network");
	TCase *t = tcase_create("config_network");
	SRunner *r;
	int failed;

	tcase_add_test(t, networks_are_read_and_written);
	tcase_add_test(t, what_is_no_network_is_refused);
	tcase_add_test(t, several_are_kept_but_none_twice);
	tcase_add_test(t, nobody_is_listened_to_unless_it_is_said);
	tcase_add_test(t, the_words_of_learning_are_those_of_the_request);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
