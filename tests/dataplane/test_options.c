/* SPDX-License-Identifier: Apache-2.0
 *
 * Suite of dataplane/options.c. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <check.h>

#include "dataplane/options.h"

enum { ARGS = 40 };

#define LAN "name=lan,device=xdp:eth0,address=192.0.2.1,ports=30000-39999"

static struct options o;

/* Parse the NULL-ended ARGS that follow the program's name; what goes to stderr is in SAID. */
static char said[4096];

static int
parse(const char *const *args)
{
	char text[ARGS][256] = {"strowger-switch"};
	char *argv[ARGS + 1] = {text[0]};
	int argc = 1, result;
	FILE *out = stderr;

	for (; *args != NULL; args++, argc++) {
		snprintf(text[argc], sizeof text[argc], "%s", *args);
		argv[argc] = text[argc];
	}
	memset(said, 0, sizeof said);
	stderr = fmemopen(said, sizeof said, "w");
	result = options_parse(&o, argc, argv);
	fclose(stderr);
	stderr = out;
	return result;
}

#define PARSE(...) parse((const char *const[]){__VA_ARGS__, NULL})

START_TEST(an_interface_is_enough)
{
	static const struct sw_addr addr = {.family = AF_INET, .ip = {192, 0, 2, 1}};

	ck_assert_int_eq(PARSE("--interface", LAN), 0);
	ck_assert_uint_eq(o.interfaces, 1);
	ck_assert_str_eq(o.interface[0].name, "lan");
	ck_assert_str_eq(o.interface[0].kind, "xdp");
	ck_assert_str_eq(o.interface[0].arg, "eth0");
	ck_assert_uint_eq(o.interface[0].addresses, 1);
	ck_assert_mem_eq(&o.interface[0].address[0], &addr, sizeof addr);
	ck_assert_uint_eq(o.interface[0].port_first, 30000);
	ck_assert_uint_eq(o.interface[0].port_last, 39999);
	ck_assert_str_eq(o.name, "default");
	ck_assert_str_eq(o.run_dir, "/run/strowger/default");
	ck_assert_str_eq(o.engine, "auto");
	ck_assert_uint_eq(o.cpus, 1);
	ck_assert_uint_eq(o.transcoders, 1);
	ck_assert_int_eq(o.transcode_cpu[0], 1);
	ck_assert_int_eq(o.main_cpu, -1);
	ck_assert_int_eq(o.state_fd, -1);
	ck_assert_int_eq(o.socket_uid, -1);
	ck_assert_int_eq(o.socket_gid, -1);
	ck_assert(!o.busy);
	ck_assert_uint_eq(o.log_level, 2);
}
END_TEST

START_TEST(every_option_arrives)
{
	ck_assert_int_eq(
		PARSE("--name", "n2", "--run-dir", "/tmp/x", "--interface", LAN, "--cpus",
			"3,1,3", "--transcode-cpus", "4,1", "--main-cpu", "0", "--poll",
			"busy", "--transports", "100", "--record-blocks=200", "--mbufs",
			"8192", "--engine", "libsrtp2", "--log-level", "debug", "--state-fd",
			"7", "--socket-owner", "100:200", "--eal-args", "--no-huge -m 64"),
		0);
	ck_assert_str_eq(o.name, "n2");
	ck_assert_str_eq(o.run_dir, "/tmp/x");
	ck_assert_uint_eq(o.cpus, 3);
	ck_assert_int_eq(o.cpu[0], 3);
	ck_assert_int_eq(o.cpu[1], 1);
	ck_assert_int_eq(o.cpu[2], 3);
	ck_assert_uint_eq(o.transcoders, 2);
	ck_assert_int_eq(o.transcode_cpu[0], 4);
	ck_assert_int_eq(o.transcode_cpu[1], 1);
	ck_assert_int_eq(o.main_cpu, 0);
	ck_assert(o.busy);
	ck_assert_uint_eq(o.transports, 100);
	ck_assert_uint_eq(o.record_blocks, 200);
	ck_assert_uint_eq(o.mbufs, 8192);
	ck_assert_str_eq(o.engine, "libsrtp2");
	ck_assert_uint_eq(o.log_level, 3);
	ck_assert_int_eq(o.state_fd, 7);
	ck_assert_int_eq(o.socket_uid, 100);
	ck_assert_int_eq(o.socket_gid, 200);
	ck_assert_str_eq(o.eal_args, "--no-huge -m 64");
}
END_TEST

START_TEST(the_last_core_transcodes_too_unless_another_is_named)
{
	ck_assert_int_eq(PARSE("--interface", LAN, "--cpus", "3,5"), 0);
	ck_assert_uint_eq(o.transcoders, 1);
	ck_assert_int_eq(o.transcode_cpu[0], 5);
	ck_assert_int_eq(PARSE("--transcode-cpus", "2", "--interface", LAN), 0);
	ck_assert_uint_eq(o.transcoders, 1);
	ck_assert_int_eq(o.transcode_cpu[0], 2);
}
END_TEST

START_TEST(every_key_of_an_interface_arrives)
{
	static const uint8_t mac[] = {2, 0, 0, 0, 0, 1}, hop[] = {2, 0, 0, 0xab, 0xcd, 0xef};
	struct opt_interface *it = &o.interface[1];

	ck_assert_int_eq(
		PARSE("--interface", LAN, "--interface",
			"name=m,device=memif:/run/m.sock,address=2001:db8::1/"
			"64,address=192.0.2.2,"
			"ports=1-65535,mac=02:00:00:00:00:01,mtu=1400,queues=32,vlan=4094,"
			"twin=a23456789012345,"
			"neighbour=2001:db8::9/02:00:00:ab:cd:ef,neighbour=192.0.2.9/02:00:00:AB:CD:EF"),
		0);
	ck_assert_uint_eq(o.interfaces, 2);
	ck_assert_str_eq(it->arg, "/run/m.sock");
	ck_assert_uint_eq(it->addresses, 2);
	ck_assert_uint_eq(it->address[0].family, AF_INET6);
	ck_assert_uint_eq(it->address[1].family, AF_INET);
	ck_assert_mem_eq(it->mac, mac, 6);
	ck_assert_uint_eq(it->prefix[0], 64);
	ck_assert_uint_eq(it->prefix[1], 0);
	ck_assert_uint_eq(it->mtu, 1400);
	ck_assert_uint_eq(it->queues, 32);
	ck_assert_uint_eq(it->vlan, 4094);
	ck_assert_str_eq(it->twin, "a23456789012345");
	ck_assert_uint_eq(it->neighbours, 2);
	ck_assert_uint_eq(it->neighbour[0].addr.ip[15], 9);
	ck_assert_mem_eq(it->neighbour[0].mac, hop, 6);
	ck_assert_mem_eq(it->neighbour[1].mac, hop, 6);
}
END_TEST

START_TEST(a_mesh_is_at_one_address_of_an_interface)
{
	static const struct sw_addr at = {.family = AF_INET, .port = 4110, {192, 0, 2, 2}};

	ck_assert_int_eq(PARSE("--interface", LAN ",address=192.0.2.2", "--interface",
				 "name=m,device=xdp:eth1,address=2001:db8::1,ports=1-65535",
				 "--mesh", "address=192.0.2.2,port=4110"),
		0);
	ck_assert_mem_eq(&o.mesh, &at, sizeof at);
	ck_assert_uint_eq(o.interface[0].mesh_port, 4110);
	ck_assert_uint_eq(o.interface[0].mesh_address, 1);
	ck_assert_uint_eq(o.interface[1].mesh_port, 0);
	ck_assert_int_eq(PARSE("--interface", LAN), 0);
	ck_assert_uint_eq(o.mesh.family, 0);
	ck_assert_uint_eq(o.interface[0].mesh_port, 0);
}
END_TEST

/* What is wrong, and a word of the message about it. */
static const struct {
	const char *args[7], *word;
} wrong[] = {
	{{NULL}, "--interface"},
	{{"--bogus", "--interface", LAN}, "'--bogus'"},
	{{"--interface", LAN, "more"}, "'more'"},
	{{"--interface", LAN, "--poll"}, "--poll needs a value"},
	{{"--interface", LAN, "--poll", "often"}, "adaptive"},
	{{"--interface", LAN, "--cpus", "-1"}, "--cpus"},
	{{"--interface", LAN, "--cpus", ""}, "--cpus"},
	{{"--interface", LAN, "--cpus", "1,"}, "--cpus"},
	{{"--interface", LAN, "--cpus", "1-2"}, "--cpus"},
	{{"--interface", LAN, "--cpus", "1024"}, "--cpus"},
	{{"--interface", LAN, "--cpus",
		 "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0"},
		"at most 32"},
	{{"--interface", LAN, "--main-cpu", "x"}, "--main-cpu x"},
	{{"--interface", LAN, "--transports", "0"}, "262144"},
	{{"--interface", LAN, "--transports", "262145"}, "262144"},
	{{"--interface", LAN, "--transports", "99999999999999999999"}, "262144"},
	{{"--interface", LAN, "--record-blocks", "16777217"}, "16777216"},
	{{"--interface", LAN, "--mbufs", "1e5"}, "--mbufs"},
	{{"--interface", LAN, "--engine", "gpu"}, "libsrtp2"},
	{{"--interface", LAN, "--log-level", "4"}, "debug"},
	{{"--interface", LAN, "--state-fd", "2"}, "3 or more"},
	{{"--interface", LAN, "--socket-owner", "root"}, "UID:GID"},
	{{"--interface", LAN, "--socket-owner", "1:"}, "UID:GID"},
	{{"--interface", LAN, "--name", "../x"}, "--name"},
	{{"--interface", LAN, "--name", "a b"}, "--name"},
	{{"--interface", LAN, "--name", "a234567890123456789012345678901x"}, "--name"},
	{{"--interface", LAN, "--run-dir", ""}, "--run-dir"},
	{{"--interface", LAN, "--interface", LAN}, "name that is there already"},
	{{"--interface", "name=x,device=xdp:e,address=192.0.2.1,ports=1-2", "--interface",
		 LAN},
		"address that is there already"},
	{{"--interface", LAN ",address=192.0.2.1"}, "address that is there already"},
	{{"--interface", "device=xdp:e,address=192.0.2.1,ports=1-2"}, "must be there"},
	{{"--interface", "name=x,address=192.0.2.1,ports=1-2"}, "must be there"},
	{{"--interface", "name=x,device=xdp:e,ports=1-2"}, "must be there"},
	{{"--interface", "name=x,device=xdp:e,address=192.0.2.1"}, "must be there"},
	{{"--interface", LAN ",color=red"}, "'color'"},
	{{"--interface", LAN ",mac"}, "mac="},
	{{"--interface", LAN ",mac=01:00:00:00:00:01"}, "one station"},
	{{"--interface", LAN ",mac=2:0:0:0:0:1"}, "one station"},
	{{"--interface", LAN ",mac=02:00:00:00:00:01:02"}, "one station"},
	{{"--interface", LAN ",mtu=100"}, "576"},
	{{"--interface", LAN ",queues=0"}, "1 to 32"},
	{{"--interface", LAN ",queues=33"}, "1 to 32"},
	{{"--interface", LAN ",vlan=0"}, "1 to 4094"},
	{{"--interface", LAN ",vlan=4095"}, "1 to 4094"},
	{{"--interface", LAN ",twin="}, "at most 15"},
	{{"--interface", LAN ",twin=a/b"}, "at most 15"},
	{{"--interface", LAN ",twin=a234567890123456"}, "at most 15"},
	{{"--interface", LAN ",address=192.0.2.9/33"}, "ADDRESS/BITS"},
	{{"--interface", LAN ",address=192.0.2.9/"}, "ADDRESS/BITS"},
	{{"--interface", LAN ",ports=40000-30000"}, "LOW-HIGH"},
	{{"--interface", LAN ",ports=0-10"}, "LOW-HIGH"},
	{{"--interface", LAN ",ports=1-65536"}, "LOW-HIGH"},
	{{"--interface", LAN ",address=192.0.2"}, "IPv4"},
	{{"--interface", LAN ",address=fe80::1%eth0"}, "IPv6"},
	{{"--interface", LAN ",neighbour=192.0.2.9"}, "ADDRESS/MAC"},
	{{"--interface", LAN ",neighbour=192.0.2.9/x"}, "ADDRESS/MAC"},
	{{"--interface", LAN ",device=eth0"}, "KIND:ARGUMENT"},
	{{"--interface", LAN ",device=xdp:"}, "KIND:ARGUMENT"},
	{{"--interface", LAN ",device=:eth0"}, "KIND:ARGUMENT"},
	{{"--interface", LAN, "--mesh", "address=192.0.2.1"}, "must be there"},
	{{"--interface", LAN, "--mesh", "port=4110"}, "must be there"},
	{{"--interface", LAN, "--mesh", "address=192.0.2,port=4110"}, "address="},
	{{"--interface", LAN, "--mesh", "address=192.0.2.1,port=0"}, "1 to 65535"},
	{{"--interface", LAN, "--mesh", "address=192.0.2.1,port"}, "port="},
	{{"--interface", LAN, "--mesh", "colour=red"}, "'colour'"},
	{{"--interface", "name=mesh,device=xdp:e,address=192.0.2.1,ports=1-2", "--mesh",
		 "address=192.0.2.1,port=4110"},
		"the name mesh"},
	{{"--interface", LAN, "--mesh", "address=192.0.2.2,port=4110"}, "none of an"},
	{{"--interface", LAN, "--mesh", "address=192.0.2.1,port=30000"}, "within the ports"},
};

START_TEST(what_is_wrong_is_named)
{
	ck_assert_int_eq(parse(wrong[_i].args), -EINVAL);
	ck_assert_msg(strstr(said, wrong[_i].word) != NULL, "'%s' is not in: %s",
		wrong[_i].word, said);
	ck_assert_ptr_nonnull(strchr(said, '\n'));
	ck_assert_ptr_eq(strchr(said, '\n') + 1, said + strlen(said)); /* one line */
}
END_TEST

START_TEST(there_is_room_for_so_many_and_no_more)
{
	char many[ARGS][128];
	const char *args[2 * SW_DEVICES + 3] = {NULL};

	for (unsigned i = 0; i <= SW_DEVICES; i++) {
		snprintf(many[i], sizeof many[i],
			"name=i%u,device=xdp:e%u,address=192.0.2.%u,ports=1-2", i, i, i);
		args[2 * i] = "--interface";
		args[2 * i + 1] = many[i];
	}
	ck_assert_int_eq(parse(args), -EINVAL);
	ck_assert_ptr_nonnull(strstr(said, "at most 8"));
	args[2 * SW_DEVICES] = NULL;
	ck_assert_int_eq(parse(args), 0);
}
END_TEST

#define SEVEN(net)                                                                          \
	",address=" net "1,address=" net "2,address=" net "3,address=" net "4,address=" net \
	"5,address=" net "6,address=" net "7"

START_TEST(mesh_legs_have_an_address_of_their_own)
{
	static const char lan[] = LAN SEVEN("10.1.1."),
			  wan[] = "name=w,device=xdp:w,ports=1-2" SEVEN("10.1.2.");
	static const char mesh[] = "address=192.0.2.1,port=4110";

	ck_assert_int_eq(PARSE("--interface", lan, "--interface", wan, "--mesh", mesh), 0);
	ck_assert_int_eq(PARSE("--interface", lan, "--interface", wan, "--interface",
				 "name=m,device=xdp:m,address=10.1.3.1,ports=1-2"),
		0);
	ck_assert_int_eq(
		PARSE("--interface", lan, "--interface", wan, "--interface",
			"name=m,device=xdp:m,address=10.1.3.1,ports=1-2", "--mesh", mesh),
		-EINVAL);
	ck_assert_ptr_nonnull(strstr(said, "17 addresses with that of --mesh"));
}
END_TEST

START_TEST(help_and_version_end_it_well)
{
	ck_assert_int_eq(PARSE("--help"), 1);
	ck_assert_int_eq(PARSE("--version", "--bogus"), 1);
	ck_assert_str_eq(said, "");
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("options");
	TCase *tc = tcase_create("command line");

	tcase_add_test(tc, an_interface_is_enough);
	tcase_add_test(tc, every_option_arrives);
	tcase_add_test(tc, the_last_core_transcodes_too_unless_another_is_named);
	tcase_add_test(tc, every_key_of_an_interface_arrives);
	tcase_add_test(tc, a_mesh_is_at_one_address_of_an_interface);
	tcase_add_test(tc, mesh_legs_have_an_address_of_their_own);
	tcase_add_loop_test(tc, what_is_wrong_is_named, 0, sizeof wrong / sizeof *wrong);
	tcase_add_test(tc, there_is_room_for_so_many_and_no_more);
	tcase_add_test(tc, help_and_version_end_it_well);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(suite());
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
