/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/config_mesh.c: the section [mesh], and what it must fit. */
#include <check.h>
#include <string.h>

#include "relay/config.h"
#include "relay/config_keys.h"
#include "relay/config_mesh.h"
#include "relay/config_text.h"
#include "tests/bench/runner.h"

#define LAN "[interface lan]\ndevice = xdp:eth0\naddress = 192.0.2.1\naddress = 192.0.2.2\n"

static struct config config;
static char err[512];

static void
fits(const char *mesh)
{
	char text[4096];

	snprintf(text, sizeof text, LAN "[mesh]\ninterface = lan\n%s", mesh);
	ck_assert_msg(config_parse(text, strlen(text), &config, err, sizeof err) == 0,
		"%s: %s", mesh, err);
}

static void
refused(const char *mesh, const char *why)
{
	char text[8192];

	snprintf(text, sizeof text, LAN "[mesh]\n%s", mesh);
	ck_assert_msg(
		config_parse(text, strlen(text), &config, err, sizeof err) != 0, "%s", mesh);
	ck_assert_msg(strstr(err, why) != NULL, "%s: %s", mesh, err);
}

START_TEST(without_an_interface_there_is_no_mesh)
{
	ck_assert_int_eq(config_parse(LAN, strlen(LAN), &config, err, sizeof err), 0);
	ck_assert_str_eq(config.mesh_interface, "");
}
END_TEST

START_TEST(the_defaults_are_those_of_everybody)
{
	fits("");
	ck_assert_uint_eq(config.mesh_port, 4110);
	ck_assert_str_eq(config.mesh_identities, "/var/lib/strowger/default.mesh");
	ck_assert(config.mesh_broadcast);
	ck_assert(!config.mesh_forward);
	ck_assert_uint_eq(config.mesh_calls_per_peer, 16);
	ck_assert_uint_eq(config.mesh_window_ms, 200);
	ck_assert_uint_eq(config.mesh_peers.n, 0);
	ck_assert_str_eq(config.mesh_did, "");
	ck_assert_mem_eq(config_mesh_address(&config)->ip, "\xc0\x00\x02\x01", 4);
}
END_TEST

static const struct config_key *
peers_key(void)
{
	for (unsigned i = 0; i < CONFIG_KEYS; i++)
		if (strcmp(config_keys[i].section, "mesh") == 0 &&
			strcmp(config_keys[i].name, "peers") == 0)
			return &config_keys[i];
	ck_abort_msg("no key");
}

START_TEST(peers_have_the_usual_port_unless_they_say_another)
{
	char text[CONFIG_TEXT_ALL];

	fits("peers = 192.0.2.7\npeers = 192.0.2.7:4111\n");
	ck_assert_str_eq(config_text_all(peers_key(), &config.mesh_peers, text),
		"192.0.2.7:4110, 192.0.2.7:4111");
	ck_assert_int_eq(
		config_parse("[interface six]\ndevice = xdp:eth0\naddress = fd77::1\n"
			     "[mesh]\ninterface = six\npeers = fd77::2\npeers = "
			     "[fd77::2]:45110\n",
			strlen("[interface six]\ndevice = xdp:eth0\naddress = fd77::1\n"
			       "[mesh]\ninterface = six\npeers = fd77::2\npeers = "
			       "[fd77::2]:45110\n"),
			&config, err, sizeof err),
		0);
	ck_assert_str_eq(config_text_all(peers_key(), &config.mesh_peers, text),
		"[fd77::2]:4110, [fd77::2]:45110");
}
END_TEST

START_TEST(what_is_no_peer_is_refused)
{
	static const char *const wrong[] = {"4110", "eth0", "192.0.2",
		"192.0.2.7:", "192.0.2.7:0", "192.0.2.7:65536", "255.255.255.255", "224.0.0.1",
		"0.0.0.0", "[::]:4110", "[ff02::1]:4110", "host.example",
		"192.0.2.7 192.0.2.8"};

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		char text[128];

		snprintf(text, sizeof text, "interface = lan\npeers = %s\n", wrong[i]);
		refused(text, "peers: got");
	}
	refused("interface = lan\npeers = 192.0.2.7\npeers = 192.0.2.7:4110\n", "twice");
	refused("interface = lan\npeers = fd77::2\n", "another family");
}
END_TEST

START_TEST(there_are_so_many_peers)
{
	char text[4096] = "";

	for (unsigned i = 0; i < CONFIG_MESH_PEERS; i++)
		snprintf(text + strlen(text), sizeof text - strlen(text),
			"peers = 192.0.2.%u\n", 10 + i);
	fits(text);
	ck_assert_uint_eq(config.mesh_peers.n, CONFIG_MESH_PEERS);
	memmove(text + strlen("interface = lan\n"), text, strlen(text) + 1);
	memcpy(text, "interface = lan\n", strlen("interface = lan\n"));
	strcat(text, "peers = 192.0.2.200\n");
	refused(text, "no room");
}
END_TEST

START_TEST(the_section_fits_the_others)
{
	refused("interface = wan\n", "there is no [interface wan]");
	refused("interface = lan\nport = 30000\n", "among the media ports");
	refused("interface = lan\nport = 0\n", "port: got");
	refused("interface = lan\ncalls_per_peer = 0\n", "calls_per_peer");
	refused("interface = lan\nidentities = keys\n", "identities");
}
END_TEST

START_TEST(a_number_and_a_name_are_such_as_the_mesh_has)
{
	fits("did = 5550100\nname = Almon Strowger\n");
	ck_assert_str_eq(config.mesh_did, "5550100");
	ck_assert_str_eq(config.mesh_name, "Almon Strowger");
	refused("interface = lan\ndid = 1234\n", "did: got");
	refused("interface = lan\ndid = 12345a\n", "did: got");
	refused("interface = lan\nname = a|b\n", "name: got");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("config_mesh");
	TCase *t = tcase_create("mesh");

	tcase_add_test(t, without_an_interface_there_is_no_mesh);
	tcase_add_test(t, the_defaults_are_those_of_everybody);
	tcase_add_test(t, peers_have_the_usual_port_unless_they_say_another);
	tcase_add_test(t, what_is_no_peer_is_refused);
	tcase_add_test(t, there_are_so_many_peers);
	tcase_add_test(t, the_section_fits_the_others);
	tcase_add_test(t, a_number_and_a_name_are_such_as_the_mesh_has);
	suite_add_tcase(s, t);
	return run_suite(s);
}
