/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/switch_args.c: the command line that a configuration becomes; read back by the
 * switch's own parser, dataplane/options.c. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/options.h"
#include "relay/switch_args.h"

static struct config config;

static const char everything[] =
	"[node]\nname = n\nrun_dir = /tmp/a b\ncall_limit = 10\n[log]\nlevel = debug\n"
	"[cores]\nforwarding = 3,1-2,3\ntranscode = 4,3\nmain = 0\npoll = busy\n[srtp]\nengine = libsrtp2\n"
	"[dpdk]\nextra_args = -m 64 --x\nmbufs = 2048\n"
	"[interface a]\ndevice = memif:/run/a.sock\naddress = 192.0.2.1/24 advertised "
	"203.0.113.9\n"
	"address = 2001:DB8::1\nports = 1024-1025\nmac = 02:00:00:00:00:0A\nmtu = "
	"9000\nqueues = 2\nvlan = 100\ntwin = media0\n"
	"neighbour = 192.0.2.9 02:00:00:00:00:09\n"
	"neighbour = 2001:db8::9 02:00:00:00:00:99\n"
	"[interface b]\ndevice = packet:eth1\naddress = 198.51.100.1\n"
	"[mesh]\ninterface = b\nport = 4111\n";

static char **
args_of(const char *text, struct switch_start start)
{
	char err[512], **argv;

	ck_assert_msg(
		config_parse(text, strlen(text), &config, err, sizeof err) == 0, "%s", err);
	argv = switch_args(&config, "/usr/bin/strowger-switch", start);
	ck_assert_ptr_nonnull(argv);
	return argv;
}

static void
equal(char **argv, const char *const *expected)
{
	for (; *expected != NULL; argv++, expected++) {
		ck_assert_ptr_nonnull(*argv);
		ck_assert_str_eq(*argv, *expected);
	}
	ck_assert_ptr_null(*argv);
}
#define EQUAL(argv, ...) equal(argv, (const char *const[]){__VA_ARGS__, NULL})

START_TEST(the_least_configuration_becomes_the_least_line)
{
	char **argv = args_of("[interface ext]\ndevice = xdp:eth0\naddress = 192.0.2.1\n",
		(struct switch_start){-1, -1, false});

	EQUAL(argv, "/usr/bin/strowger-switch", "--name", "default", "--run-dir",
		"/run/strowger/default", "--interface",
		"name=ext,device=xdp:eth0,address=192.0.2.1,ports=30000-39999", "--cpus", "1",
		"--poll", "adaptive", "--transports", "40000", "--record-blocks", "320000",
		"--engine", "auto", "--log-level", "info");
	free(argv);
}
END_TEST

START_TEST(whatever_is_configured_is_said)
{
	char **argv = args_of(everything, (struct switch_start){1000, 100, true});

	EQUAL(argv, "/usr/bin/strowger-switch", "--name", "n", "--run-dir", "/tmp/a b",
		"--interface",
		"name=a,device=memif:/run/a.sock,address=192.0.2.1/24,address=2001:db8::1,"
		"ports=1024-1025,mac=02:00:00:00:00:0a,mtu=9000,queues=2,vlan=100,twin=media0,"
		"neighbour=192.0.2.9/02:00:00:00:00:09,neighbour=2001:db8::9/"
		"02:00:00:00:00:99",
		"--interface",
		"name=b,device=packet:eth1,address=198.51.100.1,ports=30000-39999", "--mesh",
		"address=198.51.100.1,port=4111", "--cpus", "3,1,2,3", "--transcode-cpus",
		"4,3", "--main-cpu", "0", "--poll", "busy", "--transports", "40",
		"--record-blocks", "320", "--mbufs", "2048", "--engine", "libsrtp2",
		"--log-level", "debug", "--socket-owner", "1000:100", "--no-sandbox",
		"--eal-args", "-m 64 --x");
	free(argv);
}
END_TEST

START_TEST(the_switch_reads_back_what_was_configured)
{
	char **argv = args_of(everything, (struct switch_start){1000, 100, true});
	const struct config_interface *said = config.interface;
	static struct options o;
	const struct opt_interface *read = o.interface;
	int argc = 0;

	while (argv[argc] != NULL)
		argc++;
	ck_assert_int_eq(options_parse(&o, argc, argv), 0);
	ck_assert(o.no_sandbox);
	ck_assert_str_eq(o.name, config.name);
	ck_assert_str_eq(o.run_dir, config.run_dir);
	ck_assert_uint_eq(o.interfaces, 2);
	ck_assert_str_eq(read->name, said->name);
	ck_assert_str_eq(read->kind, "memif");
	ck_assert_str_eq(read->arg, "/run/a.sock");
	ck_assert_uint_eq(read->port_first, said->ports.first);
	ck_assert_uint_eq(read->port_last, said->ports.last);
	ck_assert_mem_eq(read->mac, said->mac, sizeof said->mac);
	ck_assert_uint_eq(read->mtu, said->mtu);
	ck_assert_uint_eq(read->addresses, 2);
	ck_assert_mem_eq(read->address, said->addresses.addr, 2 * sizeof *read->address);
	ck_assert_uint_eq(read->prefix[0], 24);
	ck_assert_uint_eq(read->prefix[1], 0);
	ck_assert_uint_eq(read->queues, 2);
	ck_assert_uint_eq(read->vlan, 100);
	ck_assert_str_eq(read->twin, "media0");
	ck_assert_uint_eq(read->neighbours, 2);
	for (unsigned i = 0; i < 2; i++) {
		const struct config_neighbour *hop = &said->neighbours.neighbour[i];

		ck_assert_mem_eq(&read->neighbour[i].addr, &hop->addr, sizeof hop->addr);
		ck_assert_mem_eq(read->neighbour[i].mac, hop->mac, sizeof hop->mac);
	}
	ck_assert_uint_eq(o.cpus, 4);
	ck_assert_mem_eq(o.cpu, config.forwarding.cpu, 4 * sizeof *o.cpu);
	ck_assert_uint_eq(o.transcoders, 2);
	ck_assert_mem_eq(o.transcode_cpu, config.transcode.cpu, 2 * sizeof *o.cpu);
	ck_assert_int_eq(o.main_cpu, 0);
	ck_assert(o.busy);
	ck_assert_uint_eq(o.transports, config_transports(&config));
	ck_assert_uint_eq(o.record_blocks, config_record_blocks(&config));
	ck_assert_uint_eq(o.mbufs, 2048);
	ck_assert_str_eq(o.engine, "libsrtp2");
	ck_assert_uint_eq(o.log_level, config.log_level);
	ck_assert_int_eq(o.socket_uid, 1000);
	ck_assert_int_eq(o.socket_gid, 100);
	ck_assert_str_eq(o.eal_args, config.eal_args);
	ck_assert_int_eq(o.state_fd, -1);
	ck_assert_uint_eq(o.mesh.port, 4111);
	ck_assert_mem_eq(o.mesh.ip, config.interface[1].addresses.addr[0].ip, 16);
	free(argv);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("switch_args");
	TCase *lines = tcase_create("lines");

	tcase_add_test(lines, the_least_configuration_becomes_the_least_line);
	tcase_add_test(lines, whatever_is_configured_is_said);
	tcase_add_test(lines, the_switch_reads_back_what_was_configured);
	suite_add_tcase(s, lines);
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
