/* SPDX-License-Identifier: Apache-2.0
 *
 * dataplane/locals.c: transports of a predecessor number our addresses as they were. */
#include "dataplane/locals.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "dataplane/options.h"

static struct options options;
static struct sw_state head;

static void
have(struct opt_interface *itf, uint8_t last_byte)
{
	itf->address[itf->addresses++] =
		(struct sw_addr){.family = AF_INET, .ip = {192, 0, 2, last_byte}};
}

/* What OPTIONS makes becomes what a predecessor has left. */
static void
leave(void)
{
	struct sw_local list[SW_ADDRESSES];

	head.addresses = locals_list(&options, &head, list);
	memcpy(head.address, list, sizeof list);
}

/* The last bytes of the addresses, in their order; 'm': where mesh legs are. */
static const char *
order(void)
{
	static char text[SW_ADDRESSES + 1];
	struct sw_local list[SW_ADDRESSES];
	uint32_t n = locals_list(&options, &head, list);

	for (uint32_t i = 0; i < n; i++)
		text[i] = list[i].addr.family == SW_AF_MESH ? 'm' : (char)list[i].addr.ip[3];
	text[n] = '\0';
	return text;
}

static void
set_up(void)
{
	memset(&options, 0, sizeof options);
	memset(&head, 0, sizeof head);
	options.interfaces = 2;
	options.interface[0].port_first = 30000;
	options.interface[1].port_first = 40000;
	have(&options.interface[0], 'a');
	have(&options.interface[1], 'b');
}

START_TEST(addresses_come_by_their_interfaces_and_the_mesh_last)
{
	struct sw_local list[SW_ADDRESSES];

	options.interface[0].mesh_port = 4110;
	ck_assert_str_eq(order(), "abm");
	locals_list(&options, &head, list);
	ck_assert_uint_eq(list[1].device, 1);
	ck_assert_uint_eq(list[1].addr.port, 40000);
	ck_assert_uint_eq(list[2].device, 0);
	ck_assert_str_eq(list[2].interface, SW_MESH_NAME);
}
END_TEST

START_TEST(one_more_at_the_end_leaves_the_others_their_numbers)
{
	leave();
	have(&options.interface[1], 'c');
	ck_assert_str_eq(order(), "abc");
	ck_assert(locals_stay(&options, &head));
}
END_TEST

START_TEST(one_more_in_between_does_not)
{
	leave();
	have(&options.interface[0], 'c');
	ck_assert_str_eq(order(), "acb");
	ck_assert(!locals_stay(&options, &head));
}
END_TEST

START_TEST(the_mesh_keeps_its_number_when_there_are_more)
{
	options.interface[0].mesh_port = 4110;
	leave();
	have(&options.interface[1], 'c');
	ck_assert_str_eq(order(), "abmc");
	ck_assert(locals_stay(&options, &head));
	leave();
	have(&options.interface[1], 'd');
	ck_assert_str_eq(order(), "abmcd");
	ck_assert(locals_stay(&options, &head));
}
END_TEST

START_TEST(a_first_mesh_is_no_change)
{
	leave();
	options.interface[1].mesh_port = 4110;
	ck_assert(locals_stay(&options, &head));
}
END_TEST

START_TEST(none_may_go)
{
	options.interface[0].mesh_port = 4110;
	leave();
	options.interface[0].mesh_port = 0;
	ck_assert(!locals_stay(&options, &head));
	have(&options.interface[1], 'c'); /* not even if there is another in its place */
	ck_assert(!locals_stay(&options, &head));
}
END_TEST

START_TEST(none_may_become_another)
{
	leave();
	options.interface[1].address[0].ip[3] = 'x';
	ck_assert(!locals_stay(&options, &head));
	options.interface[1].address[0].ip[3] = 'b';
	options.interface[1].address[0].family = AF_INET6;
	ck_assert(!locals_stay(&options, &head));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("locals");
	TCase *t = tcase_create("addresses");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, addresses_come_by_their_interfaces_and_the_mesh_last);
	tcase_add_test(t, one_more_at_the_end_leaves_the_others_their_numbers);
	tcase_add_test(t, one_more_in_between_does_not);
	tcase_add_test(t, the_mesh_keeps_its_number_when_there_are_more);
	tcase_add_test(t, a_first_mesh_is_no_change);
	tcase_add_test(t, none_may_go);
	tcase_add_test(t, none_may_become_another);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
