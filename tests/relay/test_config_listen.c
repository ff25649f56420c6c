/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/config_listen.c, by way of the parser that uses it. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay/config.h"
#include "relay/config_listen.h"

static struct config conf;
static char err[256];

/* The configuration with VALUE as its [http] listen. */
static int
parse(const char *value)
{
	char text[1024];

	snprintf(text, sizeof text,
		"[http]\nlisten = %s\n[interface a]\ndevice = xdp:eth0\naddress = 192.0.2.1\n",
		value);
	return config_parse(text, strlen(text), &conf, err, sizeof err);
}

START_TEST(where_to_listen)
{
	static const struct {
		const char *value, *is;
		bool loopback;
	} rows[] = {
		{"9900", "127.0.0.1:9900", true},
		{"1", "127.0.0.1:1", true},
		{"127.0.0.2:65535", "127.0.0.2:65535", true},
		{"0.0.0.0:9900", "0.0.0.0:9900", false},
		{"192.0.2.1:80", "192.0.2.1:80", false},
		{"[::1]:9900", "[::1]:9900", true},
		{"[::]:9900", "[::]:9900", false},
		{"[2001:db8::1]:9900", "[2001:db8::1]:9900", false},
	};
	char text[CONFIG_LISTEN_TEXT];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ck_assert_msg(parse(rows[i].value) == 0, "%s", err);
		ck_assert_uint_eq(conf.http_listen.n, 1);
		config_listen_text(&conf.http_listen.at[0], text);
		ck_assert_str_eq(text, rows[i].is);
		ck_assert_msg(
			config_listen_is_loopback(&conf.http_listen.at[0]) == rows[i].loopback,
			"%s", rows[i].value);
	}
}
END_TEST

START_TEST(where_nobody_can_listen)
{
	static const char *const bad[] = {"0", "65536", "99999999999", "-1", "+80", "x", ":",
		":80", "localhost:80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "::1:80",
		"[::1]", "[::1]80", "[::1:80", "::1]:80", "[]:80", "[127.0.0.1]:80",
		"1.2.3:80", "1.2.3.4.5:80", "[fe80::1%eth0]:80",
		"[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]:80", "80 81"};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		ck_assert_msg(parse(bad[i]) == -EINVAL, "taken: %s", bad[i]);
		ck_assert_msg(strstr(err, "listen") != NULL, "%s", err);
	}
}
END_TEST

START_TEST(several_lines_and_none_twice)
{
	ck_assert_int_eq(parse("9900\nlisten = [::1]:9900\nlisten = 9901"), 0);
	ck_assert_uint_eq(conf.http_listen.n, 3);
	ck_assert_int_eq(parse("9900\nlisten = 127.0.0.1:9900"), -EINVAL);
	ck_assert_msg(strstr(err, "twice") != NULL, "%s", err);
	ck_assert_int_eq(parse("1\nlisten = 2\nlisten = 3\nlisten = 4\nlisten = 5\nlisten = 6"
			       "\nlisten = 7\nlisten = 8"),
		0);
	ck_assert_int_eq(parse("1\nlisten = 2\nlisten = 3\nlisten = 4\nlisten = 5\nlisten = 6"
			       "\nlisten = 7\nlisten = 8\nlisten = 9"),
		-EINVAL);
}
END_TEST

START_TEST(nowhere_if_nobody_says_so)
{
	static const char least[] = "[interface a]\ndevice = xdp:eth0\naddress = 192.0.2.1\n";

	ck_assert_int_eq(config_parse(least, strlen(least), &conf, err, sizeof err), 0);
	ck_assert_uint_eq(conf.http_listen.n, 0);
}
END_TEST

/* [ng] timeout_url. */
START_TEST(whom_to_tell_by_http)
{
	static const struct {
		const char *url;
		int err;
	} rows[] = {
		{"http://127.0.0.1:8080/RPC2", 0},
		{"http://127.0.0.1", 0},
		{"http://[2001:db8::1]:80/", 0},
		{"http://[::1]/a?b=c", 0},
		{"http://%%:8080/RPC2", 0},
		{"http://%%/", 0},
		{"http://localhost/", -EINVAL},
		{"http://%%.example/", -EINVAL},
		{"http://[::1/", -EINVAL},
		{"http://::1/", -EINVAL},
		{"http://127.0.0.1:/", -EINVAL},
		{"http://127.0.0.1:65536/", -EINVAL},
		{"http://127.0.0.1:123456789/", -EINVAL},
		{"http://127.0.0.1?x", -EINVAL},
		{"http://", -EINVAL},
		{"http:/", -EINVAL},
		{"https://127.0.0.1/", -EINVAL},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[256];

		snprintf(text, sizeof text,
			"[ng]\ntimeout_url = %s\n[interface a]\ndevice = xdp:eth0\n"
			"address = 192.0.2.1\n",
			rows[i].url);
		ck_assert_msg(config_parse(text, strlen(text), &conf, err, sizeof err) ==
				      rows[i].err,
			"%s", rows[i].url);
		if (rows[i].err == 0)
			ck_assert_str_eq(conf.ng_timeout_url, rows[i].url);
		else
			ck_assert_msg(strstr(err, "a number for ADDRESS") != NULL, "%s", err);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("config_listen");
	TCase *t = tcase_create("config_listen");
	SRunner *r;
	int failed;

	tcase_add_test(t, where_to_listen);
	tcase_add_test(t, where_nobody_can_listen);
	tcase_add_test(t, whom_to_tell_by_http);
	tcase_add_test(t, several_lines_and_none_twice);
	tcase_add_test(t, nowhere_if_nobody_says_so);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
