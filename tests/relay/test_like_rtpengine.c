/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/like_rtpengine*.c: what becomes of rtpengine's options, held against the parser of our
 * own configuration.  The only interface that is sure to be there is the loopback one. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "relay/config.h"
#include "relay/config_listen.h"
#include "relay/like_rtpengine.h"
#include "tests/scratch.h"

static struct like_rtpengine like;
static struct config conf;
static char made[8192], said[8192];

/* Whether the options of TEXT, parted by blanks, are taken: what they make is in `made`, what
 * is said in `said`. */
static bool
takes(const char *text)
{
	FILE *to = fmemopen(made, sizeof made, "w"), *line = fmemopen(said, sizeof said, "w");
	char words[4096], *argv[200], *rest = NULL;
	int n = 0, err;

	snprintf(words, sizeof words, "%s", text);
	for (char *w = strtok_r(words, " ", &rest); w != NULL; w = strtok_r(NULL, " ", &rest))
		argv[n++] = w;
	argv[n] = NULL;
	memset(made, 0, sizeof made);
	memset(said, 0, sizeof said);
	err = like_rtpengine(&like, argv, to, line);
	fclose(to);
	fclose(line);
	return err == 0;
}

/* ... with what must be there, too; `conf` is what our parser makes of it. */
static void
reads(const char *text)
{
	char all[4096], err[256];

	snprintf(all, sizeof all, "--config-file=none -f -i 127.0.0.1 -n 127.0.0.1:2223 %s",
		text);
	ck_assert_msg(takes(all), "%s: %s", text, said);
	ck_assert_msg(config_parse(made, strlen(made), &conf, err, sizeof err) == 0,
		"%s in: %s", err, made);
}

static void
refuses(const char *text, const char *why)
{
	ck_assert_msg(!takes(text), "%s", text);
	ck_assert_msg(strstr(said, why) != NULL, "%s: no '%s' in: %s", text, why, said);
	ck_assert_str_eq(made, "");
}

static const char *
listens(const struct config_listens *l, unsigned i)
{
	static char text[CONFIG_LISTEN_TEXT];

	ck_assert_uint_gt(l->n, i);
	config_listen_text(&l->at[i], text);
	return text;
}

START_TEST(a_usual_command_line_becomes_a_configuration)
{
	reads("--table=0 --tos=184 --sip-source --timeout=30 --silent-timeout 600 -a 7200 --offer-timeout=100 "
	      "--max-sessions=500 --delete-delay=0 --endpoint-learning=Immediate -L 7 "
	      "--b2b-url=http://%%:8080/RPC2 --xmlrpc-format=2 "
	      "--listen-tcp-ng=127.0.0.1:2224 --listen-http=[::1]:2225 -m 40001 -M 41000");
	ck_assert_str_eq(conf.interface[0].name, "default");
	ck_assert_str_eq(conf.interface[0].device, "packet:lo");
	ck_assert_uint_eq(conf.interface[0].ports.first, 40002);
	ck_assert_uint_eq(conf.interface[0].ports.last, 40999);
	ck_assert_str_eq(listens(&conf.ng_listen, 0), "127.0.0.1:2223");
	ck_assert_str_eq(listens(&conf.ng_listen_tcp, 0), "127.0.0.1:2224");
	ck_assert_str_eq(listens(&conf.http_listen, 0), "[::1]:2225");
	ck_assert(conf.ng_http);
	ck_assert_uint_eq(conf.ng_tos, 184);
	ck_assert(conf.ng_sip_source);
	ck_assert_str_eq(conf.ng_timeout_url, "http://%%:8080/RPC2");
	ck_assert_uint_eq(conf.ng_timeout_format, 2);
	ck_assert_uint_eq(conf.ng_delete_delay_ms, 0);
	ck_assert_uint_eq(conf.ng_learning, 1);
	ck_assert_uint_eq(conf.call_limit, 500);
	ck_assert_uint_eq(conf.log_level, 3);
	ck_assert_uint_eq(conf.timeout_ms[TIMEOUT_MEDIA], 30000);
	ck_assert_uint_eq(conf.timeout_ms[TIMEOUT_HOLD], 600000);
	ck_assert_uint_eq(conf.timeout_ms[TIMEOUT_TOTAL], 7200000);
	ck_assert_uint_eq(conf.timeout_ms[TIMEOUT_SETUP], 100000);
}
END_TEST

START_TEST(what_is_not_said_is_as_rtpengine_has_it)
{
	reads("");
	ck_assert_str_eq(said, "");
	ck_assert_uint_eq(conf.interface[0].ports.first, 30000);
	ck_assert_uint_eq(conf.interface[0].ports.last, 39999);
	ck_assert_uint_eq(conf.timeout_ms[TIMEOUT_MEDIA], 60000);
	ck_assert_uint_eq(conf.timeout_ms[TIMEOUT_HOLD], 3600000);
	ck_assert_uint_eq(conf.timeout_ms[TIMEOUT_SETUP], 3600000);
	ck_assert_uint_eq(conf.timeout_ms[TIMEOUT_TOTAL], 0);
	ck_assert_uint_eq(conf.ng_delete_delay_ms, 30000);
	reads("--timeout=0 --final-timeout=0 --max-sessions=-1 --tos=0");
	ck_assert_uint_eq(conf.timeout_ms[TIMEOUT_MEDIA], 60000);
	ck_assert_uint_eq(conf.timeout_ms[TIMEOUT_TOTAL], 0);
	ck_assert_uint_eq(conf.call_limit, 10000);
}
END_TEST

START_TEST(letters_may_be_joined_and_the_last_of_several_counts)
{
	reads("-Eft0 -o30 -o 40 -T184");
	ck_assert_uint_eq(conf.timeout_ms[TIMEOUT_MEDIA], 40000);
	ck_assert_uint_eq(conf.ng_tos, 184);
	reads("-EfT96");
	ck_assert_uint_eq(conf.ng_tos, 96);
	reads("-n 127.0.0.2:2223 -n localhost:2224");
	ck_assert_uint_ge(conf.ng_listen.n, 3);
	ck_assert_str_eq(listens(&conf.ng_listen, 1), "127.0.0.2:2223");
}
END_TEST

START_TEST(interfaces_are_found_by_address_and_by_name)
{
	ck_assert(takes("--config-file=none -f -n 1 -i pub:1/127.0.0.1!192.0.2.1"));
	ck_assert_ptr_nonnull(strstr(made, "[interface pub]\ndevice = packet:lo\n"
					   "address = 127.0.0.1 advertised 192.0.2.1\n"));
	ck_assert(takes("--config-file=none -f -n 1 -i here/lo"));
	ck_assert_ptr_nonnull(strstr(made, "[interface here]\ndevice = packet:lo\n"
					   "address = 127.0.0.1\n"));
}
END_TEST

START_TEST(interfaces_are_found_by_the_name_of_a_host)
{
	ck_assert_msg(takes("--config-file=none -f -n 1 -i here/localhost"), "%s", said);
	ck_assert_ptr_nonnull(strstr(made, "[interface here]\ndevice = packet:lo\n"));
	ck_assert_ptr_nonnull(strstr(made, "address = 127.0.0.1\n"));
	ck_assert_msg(
		takes("--config-file=none -f -n 1 -i here/127.0.0.1!localhost"), "%s", said);
	ck_assert_ptr_nonnull(strstr(made, "address = 127.0.0.1 advertised 127.0.0.1\n"));
	/* Names that no server need be asked for. */
	refuses("--config-file=none -f -n 1 -i 127.0.0.1!a#b", "'a#b' is no address, and");
	refuses("--config-file=none -f -n 1 -i a#b",
		"'a#b' is no address or interface of this host, and as a host's name: ");
}
END_TEST

/* The resolver takes 127.0.0.010 for 127.0.0.8, and what a link alone knows for an address. */
START_TEST(what_only_looks_like_an_address_is_an_error)
{
	static const char *const looks[] = {"203.0.113", "127.0.0.010", "0x7f000001", "127.1"};
	char text[96], why[96];

	for (size_t i = 0; i < sizeof looks / sizeof *looks; i++) {
		snprintf(text, sizeof text, "--config-file=none -f -n 1 -i 127.0.0.1!%s",
			looks[i]);
		snprintf(why, sizeof why, "--interface: '%s' is no address\n", looks[i]);
		refuses(text, why);
		snprintf(text, sizeof text, "--config-file=none -f -n 1 -i %s", looks[i]);
		snprintf(why, sizeof why, "'%s' is no address or interface of this host\n",
			looks[i]);
		refuses(text, why);
	}
	refuses("--config-file=none -f -n 1 -i here/lo!fe80::1%lo",
		"'fe80::1%lo' stands for no address but those of a link alone");
	refuses("--config-file=none -f -n 1 -i here/fe80::1%lo",
		"'fe80::1%lo' stands for no address but those of a link alone");
}
END_TEST

/* Whether our parser takes what is `made`, too. */
static void
is_sound(void)
{
	char err[256];

	ck_assert_msg(config_parse(made, strlen(made), &conf, err, sizeof err) == 0,
		"%s in: %s", err, made);
}

START_TEST(one_address_may_have_several_names)
{
	ck_assert_msg(takes("--config-file=none -f -n 1 -i priv/127.0.0.1 "
			    "-i pub/127.0.0.1!192.0.2.1 --interface=ext=pub"),
		"%s", said);
	is_sound();
	ck_assert_uint_eq(conf.interfaces, 1);
	ck_assert_str_eq(conf.interface[0].name, "lo");
	ck_assert_ptr_nonnull(strstr(made, "address = 127.0.0.1\n"
					   "name = priv 127.0.0.1\n"
					   "name = pub 127.0.0.1 advertised 192.0.2.1\n"
					   "name = ext 127.0.0.1 advertised 192.0.2.1\n"));
	/* An alias may stand before what it is of, and a name as often as it likes. */
	ck_assert_msg(takes("--config-file=none -f -n 1 -i ext=here -i here:1/127.0.0.1 "
			    "-i here:2/127.0.0.1"),
		"%s", said);
	is_sound();
	ck_assert_ptr_nonnull(
		strstr(made, "name = here 127.0.0.1\nname = ext 127.0.0.1\nports"));
	/* An alias may be of an alias, whichever stands first. */
	ck_assert_msg(takes("--config-file=none -f -n 1 -i third=second -i second=here "
			    "-i here/127.0.0.1 -i fourth=third"),
		"%s", said);
	is_sound();
	ck_assert_ptr_nonnull(strstr(made, "name = here 127.0.0.1\n"
					   "name = second 127.0.0.1\n"
					   "name = third 127.0.0.1\n"
					   "name = fourth 127.0.0.1\nports"));
	/* One name has it once: a party cannot be told two addresses. */
	ck_assert(takes("--config-file=none -f -n 1 -i a/127.0.0.1 -i a/127.0.0.1!192.0.2.1"));
	is_sound();
	ck_assert_ptr_nonnull(strstr(said, "--interface: left out: a has 127.0.0.1 already"));
	ck_assert_ptr_nonnull(strstr(made, "[interface a]"));
}
END_TEST

START_TEST(an_interface_that_cannot_be_is_an_error)
{
	refuses("--config-file=none -f -n 1 -i 192.0.2.77", "no interface of this host has");
	refuses("--config-file=none -f -n 1 -i 127.0.0.1 -i alias=defualt",
		"alias=defualt: there is no interface defualt");
	refuses("--config-file=none -f -n 1 -i a/127.0.0.1 -i b=c -i c=b",
		"b=c: there is no interface c");
	refuses("--config-file=none -f -n 1", "--interface: is missing");
	refuses("--config-file=none -f -i 127.0.0.1", "--listen-ng: is missing");
}
END_TEST

START_TEST(what_our_configuration_would_not_take_is_an_error)
{
	static const char *const wrong[] = {"/127.0.0.1", "a@b/127.0.0.1", "mesh/127.0.0.1",
		"mesh:1/127.0.0.1", "-a/127.0.0.1",
		"a-name-that-is-longer-than-ours-are/127.0.0.1", "=default",
		"ext=", "mesh=default", "ext=a@b"};
	static const struct {
		const char *text, *why;
	} told[] = {
		{"no#address", "'no#address' is no address, and as a host's name: "},
		{"192.0.2.1!192.0.2.2", "'192.0.2.1!192.0.2.2' is no address, and "},
		{"2001:db8::1", "a: 127.0.0.1 cannot be known as 2001:db8::1 outside: one is "
				"IPv4, the other IPv6"},
		{"224.0.0.1", "a: got '127.0.0.1 advertised 224.0.0.1'"},
	};
	char text[128];

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		snprintf(text, sizeof text, "--config-file=none -f -n 1 -i 127.0.0.1 -i %s",
			wrong[i]);
		refuses(text, "for a name, expected letters");
	}
	for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
		snprintf(text, sizeof text, "--config-file=none -f -n 1 -i a/127.0.0.1!%s",
			told[i].text);
		refuses(text, told[i].why);
	}
}
END_TEST

START_TEST(only_this_host_may_ask_unless_it_is_said)
{
	reads("-n 2224");
	ck_assert_str_eq(listens(&conf.ng_listen, 1), "0.0.0.0:2224");
	ck_assert_str_eq(listens(&conf.ng_listen, 2), "[::]:2224");
	ck_assert_ptr_nonnull(strstr(said, "--allow"));
	reads("-n 2224 --allow=192.0.2.0/24 --allow 2001:db8::/32");
	ck_assert_str_eq(said, "");
	ck_assert_uint_eq(conf.ng_allow.n, 2);
}
END_TEST

/* Options of 10.5's --help; those of newer ones behind them.  The value is one that any of
 * them takes. */
START_TEST(every_option_of_rtpengine_is_known)
{
	static const char *const flags[] = {"active-switchover", "debug-srtp", "dtls-passive",
		"dtmf-log-ng-tcp", "dtmf-no-suppress", "foreground", "jb-clock-drift",
		"log-srtp-keys", "log-stderr", "no-fallback", "no-log-timestamps",
		"no-redis-required", "poller-per-thread", "redis-delete-async",
		"reject-invalid-sdp", "save-interface-ports", "sip-source", "split-logs",
		"codecs", "dtmf-no-log-injects", "homer-disable-rtcp-stats", "homer-enable-ng",
		"io-uring", "measure-rtp", "nftables-append", "player-cache", "record-egress",
		"jb-adaptive", "moh-prevent-double-hold", "redis-resolve-on-reconnect"};
	static const char *const values[] = {"amr-dtx", "b2b-url", "cn-payload", "control-tos",
		"delete-delay", "dtls-cert-cipher", "dtls-ciphers", "dtls-mtu",
		"dtls-rsa-key-size", "dtls-signature", "dtmf-log-dest", "dtx-buffer",
		"dtx-cn-params", "dtx-delay", "dtx-lag", "dtx-shift", "final-timeout",
		"graphite", "graphite-interval", "graphite-prefix", "graphite-timeout",
		"homer", "homer-id", "homer-protocol", "http-threads", "https-cert",
		"https-key", "idle-priority", "idle-scheduling", "iptables-chain",
		"janus-secret", "jitter-buffer", "listen-cli", "listen-http", "listen-https",
		"listen-tcp", "listen-tcp-ng", "listen-udp", "log-facility",
		"log-facility-cdr", "log-facility-dtmf", "log-facility-rtcp", "log-format",
		"log-level", "log-level-codec", "log-level-control", "log-level-core",
		"log-level-internals", "log-mark-prefix", "log-mark-suffix", "max-bandwidth",
		"max-cpu", "max-dtx", "max-load", "max-log-line-length", "max-sessions",
		"media-num-threads", "mos", "mqtt-cafile", "mqtt-host", "mqtt-publish-topic",
		"mysql-host", "mysql-query", "num-threads", "offer-timeout", "pidfile",
		"priority", "recording-dir", "recording-format", "recording-method", "redis",
		"redis-allowed-errors", "redis-cmd-timeout", "redis-write", "scheduling",
		"silence-detect", "silent-timeout", "socket-cpu-affinity", "software-id",
		"subscribe-keyspace", "table", "thread-stack", "timeout", "tos",
		"xmlrpc-format", "audio-player", "codec-num-threads", "control-pmtu",
		"evs-lib-path", "homer-ng-capture-proto", "io-uring-buffers", "kernel-player",
		"log-name", "max-recv-iters", "mqtt-tls-alpn", "nftables-chain", "poller-size",
		"rtcp-interval", "audio-buffer-delay", "audio-buffer-length",
		"cache-media-reload", "db-cache-expire", "db-cache-reload", "db-media-cache",
		"db-media-expire", "db-media-reload", "evs-dtx", "expiry-timer",
		"http-buf-max-size", "http-buf-size", "interfaces-config", "jb-adaptive-max",
		"jb-adaptive-min", "kernel-player-media", "media-files-expire",
		"media-files-reload", "moh-attr-name", "moh-max-duration", "moh-max-repeats",
		"ng-client-retries", "ng-client-timeout", "nftables-base-chain",
		"nftables-family", "preload-db-cache", "preload-db-media",
		"preload-media-files", "redis-format", "redis-num-threads", "redis-subscribe",
		"redis-tcp-keepalive-time", "templates", "timer-accuracy", "transcode-config",
		"vsc-pause-rec", "vsc-start-pause-resume-rec", "vsc-start-rec"};
	char text[128];

	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		snprintf(text, sizeof text, "--%s", flags[i]);
		reads(text);
	}
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		snprintf(text, sizeof text, "--%s=44", values[i]);
		reads(text);
		snprintf(text, sizeof text, "--%s 44 --foreground", values[i]);
		reads(text);
	}
}
END_TEST

START_TEST(what_means_nothing_here_is_said)
{
	reads("--redis=127.0.0.1:6379/1 --table 0 --max-load=3 "
	      "--b2b-url=http://sems.example:8090/");
	ck_assert_ptr_nonnull(strstr(said, "--redis: left out: "));
	ck_assert_ptr_nonnull(strstr(said, "--b2b-url: left out: "));
	ck_assert_ptr_nonnull(strstr(said, "--table: left out: "));
	ck_assert_ptr_nonnull(strstr(said, "--max-load: left out: "));
	/* Of several that one row stands for, each. */
	reads("--log-level-ice=3 --log-level-core=7 --homer=127.0.0.1:9060");
	ck_assert_ptr_nonnull(strstr(said, "--log-level-ice: left out: "));
	ck_assert_ptr_nonnull(strstr(said, "--log-level-core: left out: "));
	ck_assert_ptr_nonnull(strstr(said, "--homer: left out: "));
}
END_TEST

START_TEST(what_is_wrong_is_said)
{
	static const char args[] = "--config-file=none --set=dpdk.extra_args=";
	char text[sizeof args + 512] = "";

	refuses("--config-file=none --listen-gn=1",
		"--listen-gn: neither rtpengine nor strowger has such an option; did you "
		"mean --listen-ng?");
	refuses("--config-file=none --timout=60", "did you mean --timeout?");
	refuses("--config-file=none -fZx", "strowger: -Z: neither rtpengine");
	refuses("--config-file=none stray", "strowger: 'stray' is not an option");
	refuses("--timeout", "lacks its value");
	refuses("-o", "lacks its value");
	refuses("--foreground=yes", "takes no value");
	refuses("--config-file=none --timeout=soon", "got 'soon'");
	refuses("--config-file=none --port-min=70000", "expected a port");
	refuses("--config-file=none --listen-ng=127.0.0.1", "expected");
	refuses("--config-file=none --max-sessions=0", "node drain");
	refuses("--config-file=none --set=ng", "SECTION.KEY=VALUE");
	refuses("--config-file=none --set=nose.key=1", "no such section can be set");
	refuses("--config-file=none --set=interface.mtu=1400", "no such section can be set");
	memset(text, 'x', sizeof text - 1);
	memcpy(text, args, sizeof args - 1);
	refuses(text, "[dpdk] extra_args is too long: 512 characters, 511 fit");
	text[sizeof text - 2] = '\0';
	reads(text + strlen("--config-file=none "));
	ck_assert_uint_eq(strlen(conf.eal_args), 511);
	refuses("--config-file=none -f -i 127.0.0.1 -n 1 -m 30000 -M 30000", "less than");
	refuses("--config-file=/nowhere/rtpengine.conf", "/nowhere/rtpengine.conf");
}
END_TEST

START_TEST(strowgers_own_options_are_handed_on)
{
	reads("--print-config --set=node.name=other --device=packet");
	ck_assert(like.print);
	ck_assert_str_eq(conf.name, "other");
	reads("--no-sandbox --leave-switch");
	ck_assert_int_eq(like.n_ours, 2);
	ck_assert_str_eq(like.ours[1], "--no-sandbox");
	ck_assert_str_eq(like.ours[2], "--leave-switch");
	ck_assert_ptr_null(like.ours[3]);
	ck_assert(takes("--config-file=none --version"));
	ck_assert_str_eq(like.ours[1], "--version");
}
END_TEST

/* The command line comes before the file. */
START_TEST(a_configuration_file_is_read)
{
	static const char text[] = "timeout = 1\n"
				   "[rtpengine]\n"
				   "# a comment\n"
				   "interface = here/127.0.0.1; there/127.0.0.1!192.0.2.1\n"
				   "listen-ng = 127.0.0.1:2223;127.0.0.1:2224\n"
				   "timeout=33\n"
				   "tos =  184  \n"
				   "foreground = true\n"
				   "no-fallback = false\n"
				   "[other]\n"
				   "interface = 127.0.0.1\n"
				   "listen-ng = 127.0.0.1:9\n"
				   "foreground = yes\n";
	char path[SCRATCH], words[SCRATCH + 128], err[256];
	int fd = mkstemp(scratch(path, "like"));

	ck_assert_int_eq(write(fd, text, sizeof text - 1), (ssize_t)sizeof text - 1);
	snprintf(words, sizeof words, "--config-file=%s --tos=96", path);
	ck_assert_msg(takes(words), "%s", said);
	ck_assert_str_eq(said, "");
	ck_assert_ptr_nonnull(strstr(made, "name = here 127.0.0.1\n"
					   "name = there 127.0.0.1 advertised 192.0.2.1\n"));
	ck_assert_ptr_nonnull(
		strstr(made, "listen = 127.0.0.1:2223\nlisten = 127.0.0.1:2224\n"));
	ck_assert_ptr_nonnull(strstr(made, "media = 33s\n"));
	ck_assert_ptr_nonnull(strstr(made, "tos = 96\n"));
	snprintf(words, sizeof words, "--config-file %s --config-section=other", path);
	ck_assert_msg(takes(words), "%s", said);
	ck_assert_int_eq(config_parse(made, strlen(made), &conf, err, sizeof err), 0);
	ck_assert_str_eq(listens(&conf.ng_listen, 0), "127.0.0.1:9");
	/* rtpengine reads files of its other versions, and so do we. */
	ck_assert_int_eq(ftruncate(fd, 0), 0);
	ck_assert_int_eq(pwrite(fd, "[rtpengine]\nlisten-gn = 1\ntimeout\n", 34, 0), 34);
	snprintf(words, sizeof words, "--config-file=%s -i 127.0.0.1 -n 1", path);
	ck_assert_msg(takes(words), "%s", said);
	snprintf(words, sizeof words,
		"strowger: %s: 'listen-gn' is left out: neither rtpengine nor strowger knows it; "
		"did you mean 'listen-ng'?\n",
		path);
	ck_assert_ptr_nonnull(strstr(said, words));
	snprintf(words, sizeof words,
		"strowger: %s: 'timeout' is left out: it stands there without = and a value\n",
		path);
	ck_assert_ptr_nonnull(strstr(said, words));
	ck_assert_int_eq(pwrite(fd, "[rtpengine]\nfoo = bar\n#", 23, 0), 23);
	snprintf(words, sizeof words, "--config-file=%s -i 127.0.0.1 -n 1 -f", path);
	ck_assert_msg(takes(words), "%s", said);
	snprintf(words, sizeof words,
		"strowger: %s: 'foo' is left out: neither rtpengine nor strowger knows it\n",
		path);
	ck_assert_ptr_nonnull(strstr(said, words));
	close(fd);
	unlink(path);
}
END_TEST

/* As newer rtpengines have it in their packages: interfaces are sections. */
START_TEST(interfaces_may_be_sections_of_the_file)
{
	static const char text[] = "[interface-before]\n"
				   "address = 127.0.0.1\n"
				   "port-min = 20000\n"
				   "port-max = 21000\n"
				   "exclude-ports = 20010\n"
				   "[rtpengine]\n"
				   "interfaces-config = interface\n"
				   "templates = templates\n"
				   "listen-ng = 127.0.0.1:2223\n"
				   "foreground = true\n"
				   "[interface-pub]\n"
				   "name = outside\n"
				   "address = 127.0.0.1\n"
				   "advertised = 192.0.2.1\n"
				   "port-min = 20000\n"
				   "port-max = 21000\n"
				   "# a comment\n"
				   "[interface-ext]\n"
				   "alias = outside\n"
				   "[interfaces]\n"
				   "address = 192.0.2.77\n"
				   "[templates]\n"
				   "WebRTC = transport-protocol=UDP/TLS/RTP/SAVPF\n";
	static const struct {
		const char *text, *why;
	} wrong[] = {
		{"[interface-]\naddress = 127.0.0.1\n", "got '' for a name"},
		{"[interface-a b]\naddress = 127.0.0.1\n", "got 'a b' for a name"},
		{"[interface-a]\nname =\naddress = 127.0.0.1\n", "got '' for a name"},
		{"[interface-a]\naddress = 127.0.0.1\nadvertised = he#re\n",
			"'he#re' is no address, and"},
	};
	char path[SCRATCH], words[128];
	int fd = mkstemp(scratch(path, "like"));

	ck_assert_int_eq(write(fd, text, sizeof text - 1), (ssize_t)sizeof text - 1);
	snprintf(words, sizeof words, "--config-file=%s", path);
	ck_assert_msg(takes(words), "%s", said);
	is_sound();
	ck_assert_ptr_nonnull(strstr(made, "name = before 127.0.0.1\n"
					   "name = outside 127.0.0.1 advertised 192.0.2.1\n"
					   "name = ext 127.0.0.1 advertised 192.0.2.1\n"
					   "ports = 20000-20999\n"));
	ck_assert_ptr_nonnull(strstr(said, "--templates: left out: "));
	ck_assert_ptr_nonnull(strstr(said, "left out: exclude-ports of before"));
	/* Of one device there is one range. */
	snprintf(words, sizeof words, "--config-file=%s -i 127.0.0.1", path);
	refuses(words, "default and before are both on lo");
	ck_assert_int_eq(ftruncate(fd, 0), 0);
	ck_assert_int_eq(pwrite(fd, "[interface-a]\n", 14, 0), 14);
	snprintf(words, sizeof words, "--config-file=%s --interfaces-config=interface", path);
	refuses(words, "a has no address");
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		int len = (int)strlen(wrong[i].text);

		ck_assert_int_eq(ftruncate(fd, 0), 0);
		ck_assert_int_eq(pwrite(fd, wrong[i].text, (size_t)len, 0), len);
		refuses(words, wrong[i].why);
	}
	close(fd);
	unlink(path);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("like_rtpengine");
	TCase *t = tcase_create("like_rtpengine");
	SRunner *r;
	int failed;

	tcase_add_test(t, a_usual_command_line_becomes_a_configuration);
	tcase_add_test(t, what_is_not_said_is_as_rtpengine_has_it);
	tcase_add_test(t, letters_may_be_joined_and_the_last_of_several_counts);
	tcase_add_test(t, interfaces_are_found_by_address_and_by_name);
	tcase_add_test(t, interfaces_are_found_by_the_name_of_a_host);
	tcase_add_test(t, what_only_looks_like_an_address_is_an_error);
	tcase_add_test(t, one_address_may_have_several_names);
	tcase_add_test(t, an_interface_that_cannot_be_is_an_error);
	tcase_add_test(t, what_our_configuration_would_not_take_is_an_error);
	tcase_add_test(t, only_this_host_may_ask_unless_it_is_said);
	tcase_add_test(t, every_option_of_rtpengine_is_known);
	tcase_add_test(t, what_means_nothing_here_is_said);
	tcase_add_test(t, what_is_wrong_is_said);
	tcase_add_test(t, strowgers_own_options_are_handed_on);
	tcase_add_test(t, a_configuration_file_is_read);
	tcase_add_test(t, interfaces_may_be_sections_of_the_file);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
