/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/settings.c: a switch that was started with another configuration. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "dataplane/switch.h"
#include "relay/config.h"
#include "relay/settings.h"

static struct config config;
static struct sw_state state;
static char differ[200];

/* A switch that was started with this very configuration. */
static void
setup(void)
{
	static const char text[] =
		"[node]\ncall_limit = 10\n"
		"[interface out]\ndevice = xdp:eth0\naddress = 192.0.2.1\n"
		"address = 2001:db8::1\nports = 30000-30999\nmtu = 1400\n"
		"[interface in]\ndevice = packet:eth1\naddress = 10.0.0.1\n";
	static const struct {
		const char *interface;
		uint16_t first, last;
		struct sw_addr addr;
	} at[] = {
		{"out", 30000, 30999, {.family = AF_INET, .ip = {192, 0, 2, 1}}},
		{"out", 30000, 30999,
			{.family = AF_INET6, .ip = {0x20, 1, 0x0d, 0xb8, [15] = 1}}},
		{"in", 30000, 39999, {.family = AF_INET, .ip = {10, 0, 0, 1}}},
	};
	char err[200];

	ck_assert_msg(
		config_parse(text, strlen(text), &config, err, sizeof err) == 0, "%s", err);
	memset(&state, 0, sizeof state);
	state.transports = 40;
	state.record_blocks = 320;
	state.cores = state.transcoders = 1;
	state.devices = 2;
	state.device[0] = (struct sw_device){.name = "out", .kind = "xdp", .mtu = 1400};
	state.device[1] = (struct sw_device){.name = "in", .kind = "packet", .mtu = 1500};
	for (; state.addresses < 3; state.addresses++) {
		struct sw_local *l = &state.address[state.addresses];

		l->addr = at[state.addresses].addr;
		l->addr.port = at[state.addresses].first;
		l->port_last = at[state.addresses].last;
		strcpy(l->interface, at[state.addresses].interface);
	}
	strcpy(state.engine, "burst");
	strcpy(state.poll, "adaptive");
}

/* Exactly this differs; then all is well again. */
static void
expect(const char *what)
{
	ck_assert_uint_eq(settings_differ(&config, &state, differ, sizeof differ), 1);
	ck_assert_str_eq(differ, what);
	setup();
}

START_TEST(the_same_configuration_is_no_difference)
{
	ck_assert_uint_eq(settings_differ(&config, &state, differ, sizeof differ), 0);
	ck_assert_str_eq(differ, "");
}
END_TEST

START_TEST(each_setting_is_named)
{
	config.call_limit = 11;
	expect("[node] call_limit");
	config.busy = true;
	expect("[cores] poll");
	config.forwarding.n = 2;
	expect("[cores] forwarding");
	config.transcode.n = 2;
	expect("[cores] transcode");
	config.engine = 2; /* libsrtp2 */
	expect("[srtp] engine");
	config.interface[0].mtu = 1300;
	expect("devices");
	config.interface[1].mac[0] = 2;
	expect("devices");
	config.interface[1].vlan = 100;
	expect("devices");
	strcpy(config.interface[1].twin, "media0");
	expect("devices");
	strcpy(config.interface[1].device, "xdp:eth1");
	expect("devices");
	config.interface[0].ports.last = 31999;
	expect("addresses and ports");
	config.interface[0].addresses.n = 1;
	expect("addresses and ports");
	config.interface[1].addresses.addr[0].ip[3] = 2;
	expect("addresses and ports");
	state.addresses = 2;
	expect("addresses and ports");
}
END_TEST

/* It has the interface's own, or what a packet buffer holds. */
START_TEST(a_device_that_takes_less_than_the_mtu_is_as_configured)
{
	config.interface[0].mtu = 9000;
	ck_assert_uint_eq(settings_differ(&config, &state, differ, sizeof differ), 0);
}
END_TEST

/* Its address is no interface's, and stands anywhere. */
START_TEST(a_mesh_has_an_address_of_its_own)
{
	strcpy(config.mesh_interface, "in");
	ck_assert_uint_eq(settings_differ(&config, &state, differ, sizeof differ), 1);
	ck_assert_str_eq(differ, "[mesh] interface");
	state.address[state.addresses++] = (struct sw_local){
		.addr = {SW_AF_MESH, SW_MESH_FIRST, {0}}, SW_MESH_LAST, 1, "mesh"};
	ck_assert_uint_eq(settings_differ(&config, &state, differ, sizeof differ), 0);
	for (unsigned i = state.addresses - 1; i > 0; i--) {
		struct sw_local other = state.address[i - 1];

		state.address[i - 1] = state.address[i];
		state.address[i] = other;
		ck_assert_uint_eq(settings_differ(&config, &state, differ, sizeof differ), 0);
	}
	strcpy(config.mesh_interface, "out");
	ck_assert_uint_eq(settings_differ(&config, &state, differ, sizeof differ), 1);
	config.mesh_interface[0] = '\0';
	ck_assert_uint_eq(settings_differ(&config, &state, differ, sizeof differ), 1);
	ck_assert_str_eq(differ, "[mesh] interface");
}
END_TEST

START_TEST(several_are_named_together)
{
	config.call_limit = 11;
	config.busy = true;
	ck_assert_uint_eq(settings_differ(&config, &state, differ, sizeof differ), 2);
	ck_assert_str_eq(differ, "[node] call_limit, [cores] poll");
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("settings");
	TCase *t = tcase_create("differences");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, the_same_configuration_is_no_difference);
	tcase_add_test(t, each_setting_is_named);
	tcase_add_test(t, a_device_that_takes_less_than_the_mtu_is_as_configured);
	tcase_add_test(t, a_mesh_has_an_address_of_its_own);
	tcase_add_test(t, several_are_named_together);
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
