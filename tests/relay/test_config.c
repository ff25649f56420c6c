/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/config.c with its table and types: what a file makes of struct config, and what every
 * mistake is answered with.  PACKAGED is packaging/strowger.conf. */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "relay/config.h"
#include "relay/config_keys.h"
#include "relay/config_names.h"
#include "relay/config_type.h"

/* The least that is a configuration. */
#define MINIMAL "[interface ext]\ndevice = xdp:eth0\naddress = 192.0.2.1\n"

static struct config config;
static char err[512];

static int
parse(const char *text)
{
	/* A copy without its NUL, so that a read beyond the end is seen by ASan. */
	size_t len = strlen(text);
	char *copy = malloc(len != 0 ? len : 1);
	int result;

	memcpy(copy, text, len);
	err[0] = '\0';
	result = config_parse(copy, len, &config, err, sizeof err);
	free(copy);
	return result;
}

static void
fits(const char *text)
{
	ck_assert_msg(parse(text) == 0, "%s\nin: %s", err, text);
}

/* TEXT is refused, and the message holds every one of the words up to NULL. */
static void
refused(const char *text, const char *const *words)
{
	ck_assert_msg(parse(text) == -EINVAL, "accepted: %s", text);
	for (; *words != NULL; words++)
		ck_assert_msg(strstr(err, *words) != NULL, "no '%s' in: %s", *words, err);
}
#define REFUSED(text, ...) refused(text, (const char *const[]){__VA_ARGS__, NULL})

static char *
print_default(void)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(f);
	config_print_default(f);
	fclose(f);
	return text;
}

START_TEST(defaults_are_what_the_documentation_says)
{
	fits(MINIMAL);
	ck_assert_str_eq(config.name, "default");
	ck_assert_str_eq(config.run_dir, "/run/strowger/default");
	ck_assert_str_eq(config.user, "strowger");
	ck_assert_uint_eq(config.call_limit, 10000);
	ck_assert_uint_eq(config.drain_timeout_ms, 30000);
	ck_assert_str_eq(config.switch_path, "");
	ck_assert_uint_eq(config.log_level, 2);
	ck_assert(!config.log_plain);
	ck_assert_uint_eq(config.forwarding.n, 1);
	ck_assert_int_eq(config.forwarding.cpu[0], 1);
	ck_assert_int_eq(config.main_cpu, -1);
	ck_assert(!config.busy);
	ck_assert_str_eq(config_engines[config.engine], "auto");
	ck_assert_uint_eq(config.libsrtp2_calls, 100);
	ck_assert_uint_eq(config.mbufs, 0);
	ck_assert_uint_eq(config.rpc_mode, 0660);
	ck_assert_uint_eq(config.timeout_ms[TIMEOUT_SETUP], 300000);
	ck_assert_uint_eq(config.timeout_ms[TIMEOUT_MEDIA], 60000);
	ck_assert_uint_eq(config.timeout_ms[TIMEOUT_TOTAL], 0);
	ck_assert(!config.timeout_ends);
	ck_assert_uint_eq(config.one_way_ms, 10000);
	ck_assert_uint_eq(config.interfaces, 1);
	ck_assert_uint_eq(config.interface[0].ports.first, 30000);
	ck_assert_uint_eq(config.interface[0].ports.last, 39999);
	ck_assert_uint_eq(config.interface[0].mtu, 0);
	ck_assert_uint_eq(config.interface[0].queues, 0);
	ck_assert_uint_eq(config.interface[0].vlan, 0);
	ck_assert_str_eq(config.interface[0].twin, "");
	ck_assert_uint_eq(config.interface[0].addresses.advertised[0].family, 0);
	ck_assert_uint_eq(config.interface[0].addresses.bits[0], 0);
	ck_assert_uint_eq(config_transports(&config), 40000);
	ck_assert_uint_eq(config_record_blocks(&config), 320000);
}
END_TEST

START_TEST(every_key_reaches_its_field)
{
	static const uint8_t mac[6] = {2, 0, 0, 0, 0xab, 1}, hop[6] = {2, 0, 0, 0, 0, 9};
	const struct config_interface *it = config.interface;
	uint8_t ip[16];

	fits("[node]\nname = a-1\nrun_dir = /tmp/x\nuser = nobody\ncall_limit = 65536\n"
	     "drain_timeout = 2m\nswitch = /opt/s\n"
	     "[log]\nlevel = debug\nidentifiers = plain\n"
	     "[cores]\nforwarding = 3\ntranscode = 4,6\nmain = 0\npoll = busy\n"
	     "[transcode]\nwindow = 200ms\nopus_complexity = 9\ncosts = /etc/c\n"
	     "[srtp]\nengine = libsrtp2\nlibsrtp2_calls = 7\n"
	     "[dpdk]\nextra_args = -m 512 --foo\nmbufs = 2048\n"
	     "[timeouts]\nsetup = 0s\nmedia = 20s\ntotal = 168h\non_timeout = end\n"
	     "[rpc]\nmode = 600\ngroup = adm\n"
	     "[interface a]\ndevice = memif:/run/a.sock\naddress = 192.0.2.1\n"
	     "address = 2001:db8::1\nports = 1024-1025\nneighbour = 192.0.2.9 "
	     "02:00:00:00:00:09\n"
	     "neighbour = 2001:db8::9\t02:00:00:00:00:09\nmac = 02:00:00:00:aB:01\nmtu = "
	     "9000\nqueues = 3\nvlan = 100\ntwin = media0\n"
	     "[interface b]\ndevice = packet:eth0\naddress = 198.51.100.1\n");
	ck_assert_str_eq(config.name, "a-1");
	ck_assert_str_eq(config.run_dir, "/tmp/x");
	ck_assert_str_eq(config.user, "nobody");
	ck_assert_uint_eq(config_transports(&config), SW_TRANSPORTS_MAX);
	ck_assert_uint_eq(config.drain_timeout_ms, 120000);
	ck_assert_str_eq(config.switch_path, "/opt/s");
	ck_assert_uint_eq(config.log_level, 3);
	ck_assert(config.log_plain);
	ck_assert_int_eq(config.forwarding.cpu[0], 3);
	ck_assert_uint_eq(config.transcode.n, 2);
	ck_assert_int_eq(config.transcode.cpu[1], 6);
	ck_assert_uint_eq(config.window_ms, 200);
	ck_assert_uint_eq(config.opus_complexity, 9);
	ck_assert_str_eq(config.cost_table, "/etc/c");
	ck_assert_int_eq(config.main_cpu, 0);
	ck_assert(config.busy);
	ck_assert_str_eq(config_engines[config.engine], "libsrtp2");
	ck_assert_uint_eq(config.libsrtp2_calls, 7);
	ck_assert_str_eq(config.eal_args, "-m 512 --foo");
	ck_assert_uint_eq(config.mbufs, 2048);
	ck_assert_uint_eq(config.timeout_ms[TIMEOUT_SETUP], 0);
	ck_assert_uint_eq(config.timeout_ms[TIMEOUT_MEDIA], 20000);
	ck_assert_uint_eq(config.timeout_ms[TIMEOUT_TOTAL], 604800000);
	ck_assert(config.timeout_ends);
	ck_assert_uint_eq(config.rpc_mode, 0600);
	ck_assert_str_eq(config.rpc_group, "adm");

	ck_assert_uint_eq(config.interfaces, 2);
	ck_assert_str_eq(it->name, "a");
	ck_assert_str_eq(it->device, "memif:/run/a.sock");
	ck_assert_uint_eq(it->ports.first, 1024);
	ck_assert_uint_eq(it->ports.last, 1025);
	ck_assert_uint_eq(it->addresses.n, 2);
	ck_assert_uint_eq(it->addresses.addr[0].family, AF_INET);
	ck_assert_mem_eq(
		it->addresses.addr[0].ip, "\xc0\x00\x02\x01\0\0\0\0\0\0\0\0\0\0\0", 16);
	inet_pton(AF_INET6, "2001:db8::1", ip);
	ck_assert_uint_eq(it->addresses.addr[1].family, AF_INET6);
	ck_assert_mem_eq(it->addresses.addr[1].ip, ip, 16);
	ck_assert_mem_eq(it->mac, mac, 6);
	ck_assert_uint_eq(it->mtu, 9000);
	ck_assert_uint_eq(it->queues, 3);
	ck_assert_uint_eq(it->vlan, 100);
	ck_assert_str_eq(it->twin, "media0");
	ck_assert_uint_eq(it->neighbours.n, 2);
	ck_assert_mem_eq(it->neighbours.neighbour[1].mac, hop, 6);
	ck_assert_str_eq(it[1].name, "b");
	ck_assert_uint_eq(it[1].ports.first, 30000);
}
END_TEST

START_TEST(blanks_comments_and_line_ends_do_not_matter)
{
	fits("\r\n# c\n ; c\n\t[ node ]\r\n  call_limit=7 # c\n run_dir = /a#b;c ; "
	     "d\n" MINIMAL);
	ck_assert_uint_eq(config.call_limit, 7);
	ck_assert_str_eq(config.run_dir, "/a#b;c");
	fits("[interface ext]\ndevice=xdp:eth0\naddress=::1");
	fits("[interface   ext]\ndevice=xdp:eth0\naddress=::1\nmac =\nmtu=\n");
}
END_TEST

START_TEST(unknown_words_name_line_and_nearest_known_word)
{
	REFUSED("[node]\n\ncall_limits = 3\n" MINIMAL, "line 3", "'call_limits'", "[node]",
		"did you mean 'call_limit'?");
	REFUSED(MINIMAL "adress = 192.0.2.2\n", "line 4", "[interface ext]", "'address'?");
	REFUSED("[log]\nport = 3\n", "line 2", "unknown key 'port' in [log]");
	ck_assert_ptr_null(strstr(err, "did you mean"));
	REFUSED("[coers]\n", "line 1", "unknown section [coers]", "did you mean 'cores'?");
	REFUSED("[interfaces a]\n", "line 1", "did you mean 'interface'?");
}
END_TEST

START_TEST(what_is_said_twice_is_refused)
{
	REFUSED("[node]\n[log]\n[node]\n", "line 3", "[node] is there already, at line 1");
	REFUSED(MINIMAL MINIMAL, "line 4", "[interface ext]", "at line 1");
	REFUSED("[node]\nuser=a\nuser=a\n", "line 3", "'user' already, at line 2");
	REFUSED(MINIMAL "ports=1024-1025\nports=1024-1025\n", "line 5", "at line 4");
	REFUSED(MINIMAL "address = 192.0.2.1\n", "line 4", "twice");
	REFUSED(MINIMAL "address = 192.0.2.1 advertised 203.0.113.9\n", "line 4", "twice");
	REFUSED(MINIMAL "address = 192.0.2.2 advertised 203.0.113.9\n"
			"address = 192.0.2.3 advertised 203.0.113.9\n",
		"line 5", "twice");
	REFUSED(MINIMAL "neighbour=192.0.2.9 02:00:00:00:00:09\n"
			"neighbour=192.0.2.9 02:00:00:00:00:0a\n",
		"line 5", "twice");
}
END_TEST

START_TEST(what_is_not_a_line_is_refused)
{
	static const char nul[] = "[node]\nname = a\0b\n";
	char longest[1200];

	REFUSED("name = a\n", "line 1", "before the first [section]");
	REFUSED("[node]\nname\n", "line 2", "got 'name'", "key = value");
	REFUSED("[node\n", "line 1", "']' is missing");
	REFUSED("[]\n", "line 1", "unknown section []");
	REFUSED("[interface]\n", "line 1", "[interface NAME]");
	REFUSED("[node a]\n", "line 1", "takes no name");
	REFUSED("[interface a,b]\n", "line 1", "got 'a,b'");
	REFUSED("[interface mesh]\n", "line 1", "legs in the mesh");
	REFUSED("[interface a234567890123456789012345678901b]\n", "line 1", "at most 31");
	REFUSED("[node]\nname = \x1b[1m\n", "line 2", "0x1b");
	REFUSED("[node]\nname = \xc3\xa9\n", "line 2", "0xc3");
	ck_assert_int_eq(config_parse(nul, sizeof nul - 1, &config, err, sizeof err), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err, "NUL"));
	memset(longest, '#', sizeof longest);
	longest[sizeof longest - 1] = '\0';
	REFUSED(longest, "line 1", "longer than 1023");
	longest[1023] = '\0';
	REFUSED(longest, "no interface");
}
END_TEST

/* One value that KEY of SECTION does not take. */
static const struct {
	const char *section, *key, *value, *expected;
} bad[] = {
	{"node", "call_limit", "0", "a number from 1 to 65536"},
	{"node", "call_limit", "65537", "a number from 1 to 65536"},
	{"node", "call_limit", "-1", "a number"},
	{"node", "call_limit", "+1", "a number"},
	{"node", "call_limit", "1x", "a number"},
	{"node", "call_limit", "0x10", "a number"},
	{"node", "call_limit", "99999999999999999999999", "a number"},
	{"node", "call_limit", "", "a number"},
	{"node", "drain_timeout", "30", "a time such as"},
	{"node", "drain_timeout", "s", "a time such as"},
	{"node", "drain_timeout", "30 s", "a time such as"},
	{"node", "drain_timeout", "30sec", "a time such as"},
	{"node", "drain_timeout", "25h", "at most 86400s"},
	{"node", "drain_timeout", "9999999999h", "a time such as"},
	{"node", "name", "a/b", "letters"},
	{"node", "name", "..", "letters"},
	{"node", "name", "a23456789012345678901234567890123",
		"too long: 33 characters, 31 fit"},
	{"node", "run_dir", "run", "begins with '/'"},
	{"log", "level", "Info", "error, warning, info or debug"},
	{"log", "identifiers", "no", "hash or plain"},
	{"cores", "forwarding", "", "CPU numbers"},
	{"cores", "forwarding", "1,", "CPU numbers"},
	{"cores", "forwarding", ",1", "CPU numbers"},
	{"cores", "forwarding", "2-1", "CPU numbers"},
	{"cores", "forwarding", "1-", "CPU numbers"},
	{"cores", "forwarding", "1-2-3", "CPU numbers"},
	{"cores", "forwarding", "-1", "CPU numbers"},
	{"cores", "forwarding", "1024", "CPU numbers"},
	{"cores", "forwarding", "0-32", "no room"},
	{"cores", "forwarding", "99999999999999999999", "CPU numbers"},
	{"cores", "transcode", "0-32", "no room"},
	{"cores", "main", "all", "or any"},
	{"transcode", "window", "2s", "1s"},
	{"transcode", "opus_complexity", "11", "0 to 10"},
	{"rpc", "mode", "0888", "octal"},
	{"rpc", "mode", "1777", "octal"},
	{"interface x", "device", "eth0", "xdp:INTERFACE"},
	{"interface x", "device", "xdp:", "xdp:INTERFACE"},
	{"interface x", "device", "xpd:eth0", "xdp:INTERFACE"},
	{"interface x", "device", "xdp:a234567890123456", "xdp:INTERFACE"},
	{"interface x", "device", "xdp:a/b", "xdp:INTERFACE"},
	{"interface x", "device", "packet:a,b", "xdp:INTERFACE"},
	{"interface x", "device", "packet:..", "xdp:INTERFACE"},
	{"interface x", "device", "memif:sock", "memif:/SOCKET"},
	{"interface x", "device", "memif:/a,ports=1-2", "memif:/SOCKET"},
	{"interface x", "device", "ring:a b", "ring:NAME"},
	{"interface x", "address", "", "an IPv4 or IPv6 address"},
	{"interface x", "address", "192.0.2.256", "an IPv4 or IPv6 address"},
	{"interface x", "address", "192.0.2.1/33", "an IPv4 or IPv6 address"},
	{"interface x", "address", "192.0.2.1/0", "an IPv4 or IPv6 address"},
	{"interface x", "address", "192.0.2.1/", "an IPv4 or IPv6 address"},
	{"interface x", "address", "2001:db8::1/129", "an IPv4 or IPv6 address"},
	{"interface x", "address", "192.0.2.1 advertised", "IP advertised IP"},
	{"interface x", "address", "192.0.2.1 as 203.0.113.9", "IP advertised IP"},
	{"interface x", "address", "192.0.2.1 203.0.113.9", "IP advertised IP"},
	{"interface x", "address", "192.0.2.1 advertised 2001:db8::1", "IP advertised IP"},
	{"interface x", "address", "192.0.2.1 advertised 224.0.0.1", "IP advertised IP"},
	{"interface x", "address", "192.0.2.1 advertised 203.0.113.9 too", "IP advertised IP"},
	{"interface x", "address", "0.0.0.0", "an IPv4 or IPv6 address"},
	{"interface x", "address", "224.0.0.1", "not multicast"},
	{"interface x", "address", "255.255.255.255", "an IPv4 or IPv6 address"},
	{"interface x", "address", "fe80::1", "not link-local"},
	{"interface x", "address", "169.254.0.1", "not link-local"},
	{"interface x", "address", "fe80::1%eth0", "not link-local"},
	{"interface x", "address", "::", "an IPv4 or IPv6 address"},
	{"interface x", "address", "ff02::1", "not multicast"},
	{"interface x", "address", "::ffff:192.0.2.1", "an IPv4 or IPv6 address"},
	{"interface x", "address", "host.example", "an IPv4 or IPv6 address"},
	{"interface x", "ports", "30000", "EVEN-ODD"},
	{"interface x", "ports", "30001-39999", "EVEN-ODD"},
	{"interface x", "ports", "30000-39998", "EVEN-ODD"},
	{"interface x", "ports", "1022-2001", "from 1024"},
	{"interface x", "ports", "30000-65537", "EVEN-ODD"},
	{"interface x", "ports", "30002-30001", "EVEN-ODD"},
	{"interface x", "ports", "30000-", "EVEN-ODD"},
	{"interface x", "ports", "-30001", "EVEN-ODD"},
	{"interface x", "ports", "300000-39999", "EVEN-ODD"},
	{"interface x", "mac", "02:00:00:00:00", "an Ethernet address"},
	{"interface x", "mac", "02-00-00-00-00-01", "an Ethernet address"},
	{"interface x", "mac", "01:00:00:00:00:01", "an Ethernet address"},
	{"interface x", "mac", "00:00:00:00:00:00", "an Ethernet address"},
	{"interface x", "mac", "02:00:00:00:00:0g", "an Ethernet address"},
	{"interface x", "mac", "02:00:00:00:00:01:02", "an Ethernet address"},
	{"interface x", "neighbour", "192.0.2.9", "IP MAC"},
	{"interface x", "neighbour", "192.0.2.9 nobody", "IP MAC"},
	{"interface x", "neighbour", "02:00:00:00:00:09 192.0.2.9", "IP MAC"},
	{"interface x", "mtu", "100", "a number from 576 to 9216"},
	{"interface x", "queues", "0", "a number from 1 to 32"},
	{"interface x", "queues", "33", "a number from 1 to 32"},
	{"interface x", "vlan", "0", "a number from 1 to 4094"},
	{"interface x", "vlan", "4095", "a number from 1 to 4094"},
	{"interface x", "twin", "a/b", "a kernel interface's name"},
	{"interface x", "twin", "a234567890123456", "at most 15 characters"},
	{"interface x", "device", "tap:a/b", "tap:INTERFACE"},
	{"interface x", "device", "vhost:v", "vhost:/SOCKET"},
	{"interface x", "device", "pci:a b", "pci:ADDRESS"},
};

START_TEST(a_bad_value_names_key_value_and_what_is_expected)
{
	char text[200], got[100];

	snprintf(text, sizeof text, "[%s]\n%s = %s\n", bad[_i].section, bad[_i].key,
		bad[_i].value);
	snprintf(got, sizeof got, "'%s'", bad[_i].value);
	REFUSED(text, "line 2", bad[_i].key, bad[_i].value[0] != '\0' ? got : "''",
		bad[_i].expected);
}
END_TEST

START_TEST(an_interface_needs_device_and_address)
{
	REFUSED("", "no interface", "[interface NAME]");
	REFUSED("[interface a]\naddress = ::1\n[node]\n", "line 1",
		"[interface a] lacks 'device'");
	REFUSED("\n[interface a]\ndevice = xdp:a", "line 2", "[interface a] lacks 'address'",
		"address = 192.0.2.1");
}
END_TEST

START_TEST(interfaces_do_not_get_in_each_others_way)
{
#define TWO(device, ports) \
	MINIMAL "[interface b]\ndevice = " device "\naddress = 192.0.2.1\nports = " ports "\n"
	REFUSED(TWO("xdp:eth1", "40000-40001"), "line 4", "[interface b] and [interface ext]",
		"an address in common");
	REFUSED(TWO("xdp:eth0", "40000-40001"), "line 4", "the same device");
	REFUSED(TWO("packet:eth0", "40000-40001"), "the same device");
#undef TWO
	fits(MINIMAL "[interface b]\ndevice = xdp:eth1\naddress = 192.0.2.2\n");
}
END_TEST

START_TEST(one_device_carries_one_vlan)
{
#define VLAN(name, id, ip) \
	"[interface " name "]\ndevice = memif:/run/m.sock\naddress = " ip "\nvlan = " id "\n"
	REFUSED(VLAN("a", "100", "192.0.2.1") VLAN("b", "200", "192.0.2.2"), "line 5",
		"the same device", "one carries one VLAN only");
#undef VLAN
	REFUSED(MINIMAL "vlan = 100\n", "line 1", "xdp:eth0 is the kernel's",
		"packet:eth0.100");
	fits("[interface a]\ndevice = packet:eth0.100\naddress = 192.0.2.1\n"
	     "[interface b]\ndevice = packet:eth0.200\naddress = 192.0.2.2\n");
}
END_TEST

START_TEST(a_twin_is_for_a_device_without_a_kernel_interface)
{
#define WITH(device, address, more) \
	"[interface a]\ndevice = " device "\naddress = " address "\n" more
	REFUSED(WITH("packet:eth0", "192.0.2.1", "twin = media0\n"), "line 1",
		"the kernel's interface already");
	fits(WITH("tap:far0", "192.0.2.1/24", "twin = media0\n"));
	ck_assert_uint_eq(config.interface[0].addresses.bits[0], 24);
	ck_assert_uint_eq(config.interface[0].addresses.addr[0].family, AF_INET);
	fits(WITH("pci:0000:3b:00.0", "2001:db8::1/64 advertised 2001:db8:1::1",
		"twin = media0\n"));
	ck_assert_uint_eq(config.interface[0].addresses.bits[0], 64);
	REFUSED(WITH("tap:far0", "192.0.2.1/24", ""), "line 1",
		"/24 is for a twin, and there is none");
	REFUSED(WITH("tap:far0", "192.0.2.1",
			"twin = media0\n") "[interface b]\ndevice = tap:far1\naddress = 192.0.2.2\ntwin = media0\n",
		"line 5", "the same twin, media0");
#undef WITH
}
END_TEST

START_TEST(every_kind_of_device_is_taken)
{
	static const struct {
		const char *device;
		bool kernel;
	} kinds[] = {{"xdp:eth0.100", true}, {"packet:bond0", true},
		{"pci:0000:3b:00.0", false}, {"tap:far0", false}, {"vhost:/run/v", false},
		{"vhost:/run/v:client", false}, {"memif:/run/m", false}, {"ring:a", false}};
	char text[128];

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		snprintf(text, sizeof text, "[interface a]\ndevice = %s\naddress = ::1\n",
			kinds[i].device);
		fits(text);
		ck_assert_str_eq(config.interface[0].device, kinds[i].device);
		ck_assert_int_eq(config_device_is_kernel(kinds[i].device), kinds[i].kernel);
	}
}
END_TEST

/* Is ADVERTISED what LOCAL of INTERFACE is called outside? */
static void
is_called(const char *interface, const char *local, const char *advertised)
{
	struct sw_addr at = {.family = strchr(local, ':') != NULL ? AF_INET6 : AF_INET,
		.port = 30000}; /* as sw_local has it */
	const struct sw_addr *told;
	char text[INET6_ADDRSTRLEN] = "";

	ck_assert_int_eq(inet_pton(at.family, local, at.ip), 1);
	told = config_names_advertised(&config, interface, &at);
	if (told != NULL) {
		inet_ntop(told->family, told->ip, text, sizeof text);
		ck_assert_uint_eq(told->port, 0);
	}
	ck_assert_str_eq(text, advertised);
}

START_TEST(an_address_may_be_called_otherwise_outside)
{
	fits("[interface a]\ndevice = xdp:eth0\naddress = 10.0.0.5  advertised\t203.0.113.9\n"
	     "address = 10.0.0.6\naddress = fd00::5 advertised 2001:db8::5\n"
	     "[interface b]\ndevice = xdp:eth1\naddress = 10.1.0.5 advertised 203.0.113.10\n");
	ck_assert_uint_eq(config.interface[0].addresses.n, 3);
	is_called("a", "10.0.0.5", "203.0.113.9");
	is_called("a", "10.0.0.6", "");
	is_called("a", "fd00::5", "2001:db8::5");
	is_called("b", "10.1.0.5", "203.0.113.10");
	is_called("b", "10.0.0.5", "");
	is_called("c", "10.0.0.5", "");
}
END_TEST

START_TEST(an_address_may_have_names_of_its_own)
{
#define A "[interface a]\ndevice = xdp:eth0\naddress = 10.0.0.5\naddress = 10.0.0.6\n"
#define B "[interface b]\ndevice = xdp:eth1\naddress = 10.1.0.5\n"
	fits(A "name = priv 10.0.0.5\nname = pub 10.0.0.5 advertised 203.0.113.9\n" B
	       "name = pub 10.1.0.5\n");
	is_called("priv", "10.0.0.5", "");
	is_called("pub", "10.0.0.5", "203.0.113.9");
	is_called("pub", "10.1.0.5", "");
	/* One that does not say is told what its address says. */
	fits("[interface a]\ndevice = xdp:eth0\naddress = 10.0.0.5 advertised 203.0.113.8\n"
	     "name = like 10.0.0.5\nname = pub 10.0.0.5 advertised 203.0.113.9\n"
	     "name = priv 10.0.0.5 advertised 10.0.0.5\n");
	is_called("like", "10.0.0.5", "203.0.113.8");
	is_called("pub", "10.0.0.5", "203.0.113.9");
	is_called("priv", "10.0.0.5", "10.0.0.5");
	is_called("a", "10.0.0.5", "");
	REFUSED(A "name = priv 10.0.0.7\n", "[interface a] name", "priv",
		"none of its addresses");
	REFUSED(A "name = priv 10.0.0.5\nname = priv 10.0.0.5 advertised 203.0.113.9\n",
		"line 6", "there twice");
	REFUSED(A "name = pub 10.0.0.5 advertised 203.0.113.9\n"
		  "name = pub 10.0.0.6 advertised 203.0.113.9\n",
		"[interface a]", "same address for two");
	REFUSED(A "name = mesh 10.0.0.5\n", "line 5", "NAME IP");
	REFUSED(A "name = 10.0.0.5\n", "line 5", "NAME IP");
	REFUSED(A "name = a 10.0.0.5/24\n", "line 5", "NAME IP");
	REFUSED(A "name = a 10.0.0.5 advertised 203.0.113.9\n" B
		  "name = b 10.1.0.5 advertised 203.0.113.9\n",
		"advertise the same address", "overlap");
#undef A
#undef B
}
END_TEST

START_TEST(an_advertised_address_is_shared_only_with_other_ports)
{
#define ADVERTISES(name, n, ports)                                         \
	"[interface " name "]\ndevice = xdp:eth" n "\naddress = 10.0.0." n \
	" advertised 203.0.113.9\nports = " ports "\n"
	REFUSED(ADVERTISES("a", "1", "30000-30999") ADVERTISES("b", "2", "30998-31999"),
		"line 5", "advertise the same address", "overlap");
	fits(ADVERTISES("a", "1", "30000-30999") ADVERTISES("b", "2", "31000-31999"));
	fits(ADVERTISES("a", "1", "31000-31999") ADVERTISES("b", "2", "30000-30999"));
#undef ADVERTISES
}
END_TEST

static void
cpus_are(const char *list, unsigned n, const int *cpu)
{
	char text[200];

	snprintf(text, sizeof text, "[cores]\nforwarding = %s\n" MINIMAL, list);
	fits(text);
	ck_assert_uint_eq(config.forwarding.n, n);
	ck_assert_mem_eq(config.forwarding.cpu, cpu, n * sizeof *cpu);
}

START_TEST(forwarding_is_a_list_of_cpus_in_its_order)
{
	cpus_are("1,2", 2, (const int[]){1, 2});
	cpus_are("1-3", 3, (const int[]){1, 2, 3});
	cpus_are("7,2-4,0", 5, (const int[]){7, 2, 3, 4, 0});
	cpus_are("0,1,0,1", 4, (const int[]){0, 1, 0, 1}); /* two cores on each, for tests */
	fits("[cores]\nforwarding = 0-31\n" MINIMAL);
	ck_assert_uint_eq(config.forwarding.n, SW_CORES);
}
END_TEST

START_TEST(limits_of_the_switch_are_kept)
{
	char text[4096];
	int used = 0;

	REFUSED("[cores]\nforwarding = 2\nmain = 2\n" MINIMAL, "[cores] main: CPU 2");
	REFUSED("[cores]\nforwarding = 1-3\nmain = 2\n" MINIMAL, "[cores] main: CPU 2");
	for (int i = 0; i < SW_DEVICES + 1; i++)
		used += snprintf(text + used, sizeof text - (size_t)used,
			"[interface i%d]\ndevice=xdp:e%d\naddress=10.0.0.%d\n", i, i, i + 1);
	REFUSED(text, "line 25", "more than 8 interfaces");

	used = snprintf(text, sizeof text, "[interface a]\ndevice=xdp:a\n");
	for (int i = 0; i < SW_ADDRESSES; i++)
		used += snprintf(
			text + used, sizeof text - (size_t)used, "address=10.0.0.%d\n", i + 1);
	fits(text);
	snprintf(text + used, sizeof text - (size_t)used, "address=10.0.1.1\n");
	REFUSED(text, "line 19", "no room");
	snprintf(text + used, sizeof text - (size_t)used,
		"[interface b]\ndevice=xdp:b\naddress=10.0.1.1\n");
	REFUSED(text, "line 19", "more than 16 addresses");
	REFUSED("[cores]\ntranscode = 0-16\n[interface a]\ndevice = xdp:a\naddress = "
		"192.0.2.1\n",
		"[cores] transcode: more than 16 CPUs");
}
END_TEST

START_TEST(the_run_directory_follows_the_name)
{
	fits("[node]\nname = two\n" MINIMAL);
	ck_assert_str_eq(config.run_dir, "/run/strowger/two");
}
END_TEST

/* A message that does not fit is cut, and no byte more is written. */
START_TEST(a_small_error_buffer_is_enough)
{
	char small[12];

	memset(small, 'x', sizeof small);
	ck_assert_int_eq(config_parse("[nod]\n", 6, &config, small, 8), -EINVAL);
	ck_assert_str_eq(small, "line 1:");
	ck_assert_int_eq(small[8], 'x');
	ck_assert_int_eq(config_parse("[nod]\n", 6, &config, NULL, 0), -EINVAL);
}
END_TEST

START_TEST(packaged_file_is_what_is_printed)
{
	char *printed = print_default(), *packaged = calloc(1, 65536);
	FILE *f = fopen(PACKAGED, "r");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_lt(fread(packaged, 1, 65535, f), 65535);
	fclose(f);
	ck_assert_msg(strcmp(printed, packaged) == 0,
		"packaging/strowger.conf is old: strowger "
		"--print-config > packaging/strowger.conf");
	free(printed);
	free(packaged);
}
END_TEST

/* The '#' at the start of each key and section taken away, the file is one that parses; and
 * where it shows a default, that is what one gets without it. */
START_TEST(the_printed_examples_are_right)
{
	static char all[16384];
	char *text = print_default(), *to = all, *device;
	struct config shown;

	ck_assert_uint_lt(strlen(text), sizeof all);
	for (char *from = text; *from != '\0'; from++) {
		if (!(*from == '#' && (from == text || from[-1] == '\n') && from[1] != ' '))
			*to++ = *from;
	}
	free(text);
	/* All keys at once are for a device that the kernel knows nothing of. */
	device = strstr(all, "device = xdp:");
	ck_assert_ptr_nonnull(device);
	memcpy(device, "device = tap:", strlen("device = tap:"));
	fits(all);
	shown = config;
	fits(MINIMAL);
	ck_assert_str_eq(shown.name, config.name);
	ck_assert_str_eq(shown.run_dir, config.run_dir);
	ck_assert_uint_eq(shown.call_limit, config.call_limit);
	ck_assert_uint_eq(shown.drain_timeout_ms, config.drain_timeout_ms);
	ck_assert_uint_eq(shown.rpc_mode, config.rpc_mode);
	ck_assert_uint_eq(shown.interfaces, 1);
	ck_assert_uint_eq(shown.interface[0].neighbours.n, 1);
}
END_TEST

START_TEST(files_are_read_and_named_in_errors)
{
	char path[] = "/tmp/test_config.XXXXXX";
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(dprintf(fd, "%s", MINIMAL), sizeof MINIMAL - 1);
	ck_assert_int_eq(config_load(path, &config, err, sizeof err), 0);
	dprintf(fd, "[nod]\n");
	close(fd);
	ck_assert_int_eq(config_load(path, &config, err, sizeof err), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err, path));
	ck_assert_ptr_nonnull(strstr(err, ": line 4: "));
	remove(path);
	ck_assert_int_eq(config_load(path, &config, err, sizeof err), -ENOENT);
	ck_assert_ptr_nonnull(strstr(err, path));
	ck_assert_int_eq(config_load("/", &config, err, sizeof err), -EISDIR);
	ck_assert_int_eq(config_load("/dev/zero", &config, err, sizeof err), -EFBIG);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("config");
	TCase *values = tcase_create("values"), *mistakes = tcase_create("mistakes"),
	      *files = tcase_create("files");

	tcase_add_test(values, defaults_are_what_the_documentation_says);
	tcase_add_test(values, every_key_reaches_its_field);
	tcase_add_test(values, blanks_comments_and_line_ends_do_not_matter);
	tcase_add_test(values, the_run_directory_follows_the_name);
	tcase_add_test(values, every_kind_of_device_is_taken);
	tcase_add_test(values, an_address_may_be_called_otherwise_outside);
	tcase_add_test(values, an_address_may_have_names_of_its_own);
	tcase_add_test(values, forwarding_is_a_list_of_cpus_in_its_order);
	suite_add_tcase(s, values);

	tcase_add_test(mistakes, unknown_words_name_line_and_nearest_known_word);
	tcase_add_test(mistakes, what_is_said_twice_is_refused);
	tcase_add_test(mistakes, what_is_not_a_line_is_refused);
	tcase_add_loop_test(mistakes, a_bad_value_names_key_value_and_what_is_expected, 0,
		sizeof bad / sizeof *bad);
	tcase_add_test(mistakes, an_interface_needs_device_and_address);
	tcase_add_test(mistakes, interfaces_do_not_get_in_each_others_way);
	tcase_add_test(mistakes, limits_of_the_switch_are_kept);
	tcase_add_test(mistakes, one_device_carries_one_vlan);
	tcase_add_test(mistakes, a_twin_is_for_a_device_without_a_kernel_interface);
	tcase_add_test(mistakes, an_advertised_address_is_shared_only_with_other_ports);
	tcase_add_test(mistakes, a_small_error_buffer_is_enough);
	suite_add_tcase(s, mistakes);

	tcase_add_test(files, packaged_file_is_what_is_printed);
	tcase_add_test(files, the_printed_examples_are_right);
	tcase_add_test(files, files_are_read_and_named_in_errors);
	suite_add_tcase(s, files);
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
