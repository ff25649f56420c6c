/* SPDX-License-Identifier: Apache-2.0
 *
 * control/ng_address.c, and who may ask by control/ng_server.c's rule. */
#include <arpa/inet.h>
#include <check.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "control/ng_address.h"
#include "control/ng_server_inside.h"

static struct request_addr
address(const char *text)
{
	struct request_addr a = {.family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET};

	ck_assert_int_eq(inet_pton(a.family, text, a.ip), 1);
	return a;
}

START_TEST(there_and_back)
{
	static const char *const texts[] = {
		"192.0.2.1", "255.255.255.255", "2001:db8::1", "::"};
	static const char *const with_port[] = {
		"192.0.2.1:2223", "255.255.255.255:2223", "[2001:db8::1]:2223", "[::]:2223"};
	struct sockaddr_storage socket;
	char text[NG_ADDRESS_TEXT];

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct request_addr a = address(texts[i]), b;

		a.port = 2223;
		ck_assert_uint_gt(ng_address_out(&a, &socket), 0);
		b = ng_address_in((const struct sockaddr *)&socket);
		ck_assert_mem_eq(&a, &b, sizeof a);
		ng_address_text(&b, text);
		ck_assert_str_eq(text, with_port[i]);
	}
}
END_TEST

START_TEST(what_is_no_ip_address_has_no_family)
{
	const struct sockaddr unix_address = {.sa_family = AF_UNIX};
	struct request_addr none = ng_address_in(&unix_address);
	struct sockaddr_storage socket;
	char text[NG_ADDRESS_TEXT];

	ck_assert_uint_eq(none.family, 0);
	ck_assert_uint_eq(ng_address_out(&none, &socket), 0);
	ng_address_text(&none, text);
	ck_assert_str_eq(text, "-");
}
END_TEST

START_TEST(ipv4_in_ipv6s_clothes_is_ipv4)
{
	struct request_addr a = address("::ffff:127.0.0.1"), b;
	struct sockaddr_storage socket;

	ng_address_out(&a, &socket);
	b = ng_address_in((const struct sockaddr *)&socket);
	ck_assert_uint_eq(b.family, AF_INET);
	ck_assert(ng_address_is_loopback(&b));
}
END_TEST

START_TEST(networks_end_at_any_bit)
{
	static const struct {
		const char *network;
		uint8_t bits;
		const char *address;
		bool within;
	} rows[] = {
		{"192.0.2.0", 24, "192.0.2.255", true},
		{"192.0.2.0", 24, "192.0.3.0", false},
		{"192.0.2.128", 25, "192.0.2.128", true},
		{"192.0.2.128", 25, "192.0.2.127", false},
		{"192.0.2.4", 30, "192.0.2.7", true},
		{"192.0.2.4", 30, "192.0.2.8", false},
		{"192.0.2.1", 32, "192.0.2.1", true},
		{"192.0.2.1", 32, "192.0.2.0", false},
		{"0.0.0.0", 0, "203.0.113.9", true},
		{"0.0.0.0", 0, "2001:db8::1", false},
		{"2001:db8::", 32, "2001:db8:ffff::1", true},
		{"2001:db8::", 32, "2001:db9::1", false},
		{"2001:db8::1", 128, "2001:db8::1", true},
		{"2001:db8::1", 128, "2001:db8::", false},
		{"::", 0, "2001:db8::1", true},
		{"::", 0, "192.0.2.1", false},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ng_network n = {address(rows[i].network), rows[i].bits};
		struct request_addr a = address(rows[i].address);

		ck_assert_msg(ng_address_is_within(&a, &n) == rows[i].within, "%s in %s/%u",
			rows[i].address, rows[i].network, rows[i].bits);
	}
}
END_TEST

START_TEST(loopback_may_ask_and_others_when_they_are_named)
{
	struct event_base *base = event_base_new();
	const struct ng_network lan = {address("192.0.2.0"), 24};
	struct ng_server *s = ng_server_open(&(struct ng_server_conf){.base = base});
	struct request_addr near = address("192.0.2.9"), far = address("203.0.113.9");
	struct request_addr self = address("127.8.8.8"), self6 = address("::1");

	ck_assert(ng_server_admits(s, &self));
	ck_assert(ng_server_admits(s, &self6));
	ck_assert(!ng_server_admits(s, &near));
	ng_server_networks(s, &lan, 1);
	ck_assert(ng_server_admits(s, &near));
	ck_assert(!ng_server_admits(s, &far));
	ck_assert(ng_server_admits(s, &self));
	ck_assert_uint_eq(ng_server_counts(s)->refused_source, 2);
	ng_server_networks(s, NULL, 0);
	ck_assert(!ng_server_admits(s, &near));
	ng_server_close(s);
	event_base_free(base);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ng_address");
	TCase *t = tcase_create("ng_address");
	SRunner *r;
	int failed;

	tcase_add_test(t, there_and_back);
	tcase_add_test(t, what_is_no_ip_address_has_no_family);
	tcase_add_test(t, ipv4_in_ipv6s_clothes_is_ipv4);
	tcase_add_test(t, networks_end_at_any_bit);
	tcase_add_test(t, loopback_may_ask_and_others_when_they_are_named);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
