/* SPDX-License-Identifier: Apache-2.0
 *
 * The options of rtpengine's command line, and what becomes of each here; see
 * like_rtpengine_inside.h.  Source: the manual pages and --help of rtpengine 10.5 to 26.3, and
 * the options that its main.c has had since. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "relay/config.h"
#include "relay/config_listen.h"
#include "relay/like_rtpengine.h"
#include "relay/like_rtpengine_inside.h"

/* ---- Values. ---- */

/* Seconds; 0 and less are rtpengine's way to say its default, or never. */
static int
seconds(struct like *l, const struct like_option *o, const char *value)
{
	long n;

	if (like_read_number(l, o, value, &n) != 0)
		return -EINVAL;
	if (n <= 0 && strcmp(o->key, "total") != 0 && strcmp(o->key, "delete_delay") != 0)
		return 0;
	return like_put(l, o->section, o->key, "%lds", n > 0 ? n : 0);
}

static int
url(struct like *l, const struct like_option *o, const char *value)
{
	if (config_listen_is_url(value))
		return like_put(l, o->section, o->key, "%s", value);
	like_say(l, o->name, "left out: '%s' is not http:// and an address, or %%%%", value);
	return 0;
}

static int
xmlrpc_format(struct like *l, const struct like_option *o, const char *value)
{
	static const char *const words[] = {"sems", "call-id", "kamailio"};
	long n;

	if (like_read_number(l, o, value, &n) != 0)
		return -EINVAL;
	if (n < 0 || n >= (long)(sizeof words / sizeof *words))
		return like_say(l, o->name, "left out: '%s' is none of 0, 1, 2", value), 0;
	return like_put(l, o->section, o->key, "%s", words[n]);
}

static int
calls(struct like *l, const struct like_option *o, const char *value)
{
	long n;

	if (like_read_number(l, o, value, &n) != 0)
		return -EINVAL;
	if (n < 0)
		return 0;
	if (n == 0)
		return like_say(l, o->name, "for no calls at all: strowger-ctl node drain");
	return like_put(l, o->section, o->key, "%ld", n);
}

static int
yes(struct like *l, const struct like_option *o, const char *value)
{
	return like_put(l, o->section, o->key, "yes");
}

static int
tos(struct like *l, const struct like_option *o, const char *value)
{
	long n;

	if (like_read_number(l, o, value, &n) != 0)
		return -EINVAL;
	return n > 0 ? like_put(l, o->section, o->key, "%ld", n) : 0;
}

static int
port(struct like *l, const struct like_option *o, const char *value)
{
	long n;

	if (like_read_number(l, o, value, &n) != 0)
		return -EINVAL;
	if (n < 1 || n > UINT16_MAX)
		return like_say(l, o->name, "got '%s', expected a port", value);
	*(strcmp(o->name, "port-min") == 0 ? &l->port_min : &l->port_max) = (uint16_t)n;
	return 0;
}

/* syslog's levels, of which ours are some. */
static int
log_level(struct like *l, const struct like_option *o, const char *value)
{
	long n;

	if (like_read_number(l, o, value, &n) != 0)
		return -EINVAL;
	return like_put(l, o->section, o->key, "%s",
		n <= 3   ? "error"
		: n == 4 ? "warning"
		: n <= 6 ? "info"
			 : "debug");
}

static int
lower(struct like *l, const struct like_option *o, const char *value)
{
	char text[LIKE_TEXT];
	size_t i;

	for (i = 0; value[i] != '\0' && i + 1 < sizeof text; i++)
		text[i] = (char)tolower((unsigned char)value[i]);
	text[i] = '\0';
	return like_put(l, o->section, o->key, "%s", text);
}

/* ---- Places. ---- */

static int
interface(struct like *l, const struct like_option *o, const char *value)
{
	return like_interface_add(l, value);
}

/* ---- What rtpengine does not have. ---- */

static int
allow(struct like *l, const struct like_option *o, const char *value)
{
	l->allowed = true;
	return like_put(l, o->section, o->key, "%s", value);
}

/* A section that there is once, by the first LEN bytes of NAME; NULL. */
static const struct config_section *
section_of(const char *name, size_t len)
{
	for (const struct config_section *s = config_sections;
		s < config_sections + CONFIG_SECTIONS; s++)
		if (!s->named && strlen(s->name) == len && strncmp(s->name, name, len) == 0)
			return s;
	return NULL;
}

/* SECTION.KEY=VALUE, a line of our own. */
static int
set(struct like *l, const struct like_option *o, const char *value)
{
	const char *dot = strchr(value, '.'), *equals = strchr(value, '=');
	const struct config_section *section;
	char key[sizeof l->line->key];

	if (dot == NULL || equals == NULL || equals < dot)
		return like_say(l, o->name, "got '%s', expected SECTION.KEY=VALUE", value);
	if ((section = section_of(value, (size_t)(dot - value))) == NULL)
		return like_say(l, o->name,
			"got '%s': no such section can be set; those of interfaces are made of "
			"--interface, and can be changed in what --print-config prints",
			value);
	snprintf(key, sizeof key, "%.*s", (int)(equals - dot - 1), dot + 1);
	return like_put(l, section->name, key, "%s", equals + 1);
}

static int
device(struct like *l, const struct like_option *o, const char *value)
{
	if (strcmp(value, "xdp") != 0 && strcmp(value, "packet") != 0)
		return like_say(l, o->name, "got '%s', expected xdp or packet", value);
	l->device = value;
	return 0;
}

static int
print(struct like *l, const struct like_option *o, const char *value)
{
	l->result->print = true;
	return 0;
}

/* An option of strowger's own. */
static int
own(struct like *l, const struct like_option *o, const char *value)
{
	static char words[LIKE_RTPENGINE_OURS][LIKE_TEXT];
	int n = l->result->n_ours;

	if (n + 1 >= LIKE_RTPENGINE_OURS)
		return like_say(l, o->name, "too many options");
	snprintf(words[n], LIKE_TEXT, "--%s", o->name);
	l->result->ours[++l->result->n_ours] = words[n];
	return 0;
}

/* Likewise, and nothing else counts then. */
static int
over(struct like *l, const struct like_option *o, const char *value)
{
	l->over = true;
	return own(l, o, value);
}

/* ---- The table. ---- */

static const char kernel[] = "strowger has no kernel module; it bypasses the kernel by itself";
static const char threads[] = "[cores] says which CPUs do what";
static const char rpcs[] = "see strowger-ctl, and docs/operate.md";
static const char later[] = "strowger does not have that yet";
static const char log_why[] = "strowger's log goes to stderr, or the journal";
static const char scrape[] = "figures are at /metrics of [http] listen, and in strowger-ctl";
static const char old[] = "of the control protocols strowger speaks NG alone";
static const char never[] =
	"the sound's delay is not changed: [transcode] window bounds the wait";
static const char records[] = "calls outlive the control process without a database";

/* clang-format off */
static const struct like_option options[] = {
	{"config-file", 0, LIKE_VALUE, NULL, NULL, NULL, NULL},
	{"config-section", 0, LIKE_VALUE, NULL, NULL, NULL, NULL},
	{"interfaces-config", 0, LIKE_VALUE, NULL, NULL, NULL, NULL},
	{"interface", 'i', LIKE_VALUES, interface, NULL, NULL, NULL},
	{"listen-ng", 'n', LIKE_VALUES, like_listen, "ng", "listen", NULL},
	{"listen-tcp-ng", 'N', LIKE_VALUES, like_listen, "ng", "listen_tcp", NULL},
	{"listen-http", 0, LIKE_VALUES, like_listen_http, "http", "listen", NULL},
	{"port-min", 'm', LIKE_VALUE, port, NULL, NULL, NULL},
	{"port-max", 'M', LIKE_VALUE, port, NULL, NULL, NULL},
	{"timeout", 'o', LIKE_VALUE, seconds, "timeouts", "media", NULL},
	{"silent-timeout", 's', LIKE_VALUE, seconds, "timeouts", "hold", NULL},
	{"final-timeout", 'a', LIKE_VALUE, seconds, "timeouts", "total", NULL},
	{"offer-timeout", 0, LIKE_VALUE, seconds, "timeouts", "setup", NULL},
	{"delete-delay", 'd', LIKE_VALUE, seconds, "ng", "delete_delay", NULL},
	{"endpoint-learning", 0, LIKE_VALUE, lower, "ng", "endpoint_learning", NULL},
	{"tos", 'T', LIKE_VALUE, tos, "ng", "tos", NULL},
	{"sip-source", 0, LIKE_FLAG, yes, "ng", "sip_source", NULL},
	{"b2b-url", 'b', LIKE_VALUE, url, "ng", "timeout_url", NULL},
	{"xmlrpc-format", 'x', LIKE_VALUE, xmlrpc_format, "ng", "timeout_format", NULL},
	{"max-sessions", 0, LIKE_VALUE, calls, "node", "call_limit", NULL},
	{"log-level", 'L', LIKE_VALUE, log_level, "log", "level", NULL},

	/* So it is here anyway. */
	{"foreground", 'f', LIKE_FLAG, NULL, NULL, NULL, NULL},
	{"log-stderr", 'E', LIKE_FLAG, NULL, NULL, NULL, NULL},

	{"table", 't', LIKE_VALUE, NULL, NULL, NULL, kernel},
	{"no-fallback", 'F', LIKE_FLAG, NULL, NULL, NULL, kernel},
	{"nftables-append", 0, LIKE_FLAG, NULL, NULL, NULL, kernel},
	{"nftables-start", 0, LIKE_FLAG, NULL, NULL, NULL, kernel},
	{"nftables-stop", 0, LIKE_FLAG, NULL, NULL, NULL, kernel},
	{"nftables-status", 0, LIKE_FLAG, NULL, NULL, NULL, kernel},
	{"nftables-*", 0, LIKE_VALUE, NULL, NULL, NULL, kernel},
	{"iptables-chain", 0, LIKE_VALUE, NULL, NULL, NULL, kernel},
	{"kernel-player*", 0, LIKE_VALUE, NULL, NULL, NULL, kernel},

	{"num-threads", 0, LIKE_VALUE, NULL, NULL, NULL, threads},
	{"media-num-threads", 0, LIKE_VALUE, NULL, NULL, NULL, threads},
	{"num-media-threads", 0, LIKE_VALUE, NULL, NULL, NULL, threads},
	{"codec-num-threads", 0, LIKE_VALUE, NULL, NULL, NULL, threads},
	{"http-threads", 0, LIKE_VALUE, NULL, NULL, NULL, threads},
	{"thread-stack", 0, LIKE_VALUE, NULL, NULL, NULL, threads},
	{"poller-size", 0, LIKE_VALUE, NULL, NULL, NULL, threads},
	{"poller-per-thread", 0, LIKE_FLAG, NULL, NULL, NULL, threads},
	{"max-recv-iters", 0, LIKE_VALUE, NULL, NULL, NULL, threads},
	{"io-uring", 0, LIKE_FLAG, NULL, NULL, NULL, threads},
	{"io-uring-buffers", 0, LIKE_VALUE, NULL, NULL, NULL, threads},
	{"scheduling", 0, LIKE_VALUE, NULL, NULL, NULL, threads},
	{"priority", 0, LIKE_VALUE, NULL, NULL, NULL, threads},
	{"timer-accuracy", 0, LIKE_VALUE, NULL, NULL, NULL, threads},
	{"idle-scheduling", 0, LIKE_VALUE, NULL, NULL, NULL, threads},
	{"idle-priority", 0, LIKE_VALUE, NULL, NULL, NULL, threads},
	{"socket-cpu-affinity", 0, LIKE_VALUE, NULL, NULL, NULL, threads},
	{"save-interface-ports", 'S', LIKE_FLAG, NULL, NULL, NULL,
		"a call has ports at one address of its interface in any case"},

	{"max-load", 0, LIKE_VALUE, NULL, NULL, NULL,
		"transcode cores refuse calls by their own load; max-sessions bounds the rest"},
	{"max-cpu", 0, LIKE_VALUE, NULL, NULL, NULL,
		"transcode cores refuse calls by their own load; max-sessions bounds the rest"},
	{"max-bandwidth", 0, LIKE_VALUE, NULL, NULL, NULL, "max-sessions bounds it"},

	{"listen-cli", 'c', LIKE_VALUE, NULL, NULL, NULL, rpcs},
	{"pidfile", 'p', LIKE_VALUE, NULL, NULL, NULL,
		"the process number is in control.lock of [node] run_dir, and systemd knows it"},
	{"listen-tcp", 'l', LIKE_VALUE, NULL, NULL, NULL, old},
	{"listen-udp", 'u', LIKE_VALUE, NULL, NULL, NULL, old},
	{"listen-https", 0, LIKE_VALUE, NULL, NULL, NULL, "TLS is for a proxy in front of [http] listen"},
	{"https-cert", 0, LIKE_VALUE, NULL, NULL, NULL, "TLS is for a proxy in front of [http] listen"},
	{"https-key", 0, LIKE_VALUE, NULL, NULL, NULL, "TLS is for a proxy in front of [http] listen"},
	{"http-buf-*", 0, LIKE_VALUE, NULL, NULL, NULL, "a request has 64 KiB at most"},
	{"codecs", 0, LIKE_FLAG, NULL, NULL, NULL, "strowger-ctl codec list"},
	{"control-tos", 0, LIKE_VALUE, NULL, NULL, NULL, later},
	{"control-pmtu", 0, LIKE_VALUE, NULL, NULL, NULL, later},
	{"reject-invalid-sdp", 0, LIKE_FLAG, NULL, NULL, NULL, later},

	{"redis-delete-async", 'y', LIKE_FLAG, NULL, NULL, NULL, records},
	{"no-redis-required", 'q', LIKE_FLAG, NULL, NULL, NULL, records},
	{"redis-resolve-on-reconnect", 0, LIKE_FLAG, NULL, NULL, NULL, records},
	{"active-switchover", 0, LIKE_FLAG, NULL, NULL, NULL, records},
	{"redis", 'r', LIKE_VALUE, NULL, NULL, NULL, records},
	{"redis-write", 'w', LIKE_VALUE, NULL, NULL, NULL, records},
	{"redis-*", 0, LIKE_VALUE, NULL, NULL, NULL, records},
	{"subscribe-keyspace", 'k', LIKE_VALUE, NULL, NULL, NULL, records},

	{"recording-*", 0, LIKE_VALUE, NULL, NULL, NULL, later},
	{"record-egress", 0, LIKE_FLAG, NULL, NULL, NULL, later},
	{"mysql-*", 0, LIKE_VALUE, NULL, NULL, NULL, later},
	{"player-cache", 0, LIKE_FLAG, NULL, NULL, NULL, later},
	{"preload-*", 0, LIKE_VALUE, NULL, NULL, NULL, later},
	{"media-files-*", 0, LIKE_VALUE, NULL, NULL, NULL, later},
	{"db-*", 0, LIKE_VALUE, NULL, NULL, NULL, later},
	{"cache-media-reload", 0, LIKE_VALUE, NULL, NULL, NULL, later},
	{"expiry-timer", 0, LIKE_VALUE, NULL, NULL, NULL, later},
	{"moh-prevent-double-hold", 0, LIKE_FLAG, NULL, NULL, NULL, later},
	{"moh-*", 0, LIKE_VALUE, NULL, NULL, NULL, later},
	{"vsc-*", 0, LIKE_VALUE, NULL, NULL, NULL, later},
	{"audio-*", 0, LIKE_VALUE, NULL, NULL, NULL, later},
	{"dtls-passive", 0, LIKE_FLAG, NULL, NULL, NULL, later},
	{"dtls-*", 0, LIKE_VALUE, NULL, NULL, NULL, later},
	{"janus-secret", 0, LIKE_VALUE, NULL, NULL, NULL, later},
	{"software-id", 0, LIKE_VALUE, NULL, NULL, NULL, later},
	{"dtmf-log-ng-tcp", 0, LIKE_FLAG, NULL, NULL, NULL, later},
	{"dtmf-no-suppress", 0, LIKE_FLAG, NULL, NULL, NULL, later},
	{"dtmf-no-log-injects", 0, LIKE_FLAG, NULL, NULL, NULL, later},
	{"dtmf-*", 0, LIKE_VALUE, NULL, NULL, NULL, later},
	{"evs-lib-path", 0, LIKE_VALUE, NULL, NULL, NULL, later},
	{"rtcp-interval", 0, LIKE_VALUE, NULL, NULL, NULL, later},
	{"reorder-codecs", 0, LIKE_FLAG, NULL, NULL, NULL, later},
	{"ng-client-*", 0, LIKE_VALUE, NULL, NULL, NULL, later},
	{"templates", 0, LIKE_VALUE, NULL, NULL, NULL,
		"the key `template` of requests is ignored: say in them what the template says"},
	{"transcode-config", 0, LIKE_VALUE, NULL, NULL, NULL,
		"which codecs are transcoded is said in requests: transcode, codec, always-transcode"},

	{"jitter-buffer", 0, LIKE_VALUE, NULL, NULL, NULL, never},
	{"jb-clock-drift", 0, LIKE_FLAG, NULL, NULL, NULL, never},
	{"jb-adaptive", 0, LIKE_FLAG, NULL, NULL, NULL, never},
	{"jb-adaptive-*", 0, LIKE_VALUE, NULL, NULL, NULL, never},
	{"dtx-*", 0, LIKE_VALUE, NULL, NULL, NULL, never},
	{"max-dtx", 0, LIKE_VALUE, NULL, NULL, NULL, never},
	{"amr-dtx", 0, LIKE_VALUE, NULL, NULL, NULL, never},
	{"evs-dtx", 0, LIKE_VALUE, NULL, NULL, NULL, never},
	{"silence-detect", 0, LIKE_VALUE, NULL, NULL, NULL, later},
	{"cn-payload", 0, LIKE_VALUE, NULL, NULL, NULL, later},

	{"homer-disable-rtcp-stats", 0, LIKE_FLAG, NULL, NULL, NULL, scrape},
	{"homer-enable-ng", 0, LIKE_FLAG, NULL, NULL, NULL, scrape},
	{"homer*", 0, LIKE_VALUE, NULL, NULL, NULL, scrape},
	{"graphite", 'g', LIKE_VALUE, NULL, NULL, NULL, scrape},
	{"graphite-interval", 'G', LIKE_VALUE, NULL, NULL, NULL, scrape},
	{"graphite-*", 0, LIKE_VALUE, NULL, NULL, NULL, scrape},
	{"mqtt-*", 0, LIKE_VALUE, NULL, NULL, NULL, scrape},
	{"mos", 0, LIKE_VALUE, NULL, NULL, NULL, scrape},
	{"measure-rtp", 0, LIKE_FLAG, NULL, NULL, NULL, scrape},

	{"log-srtp-keys", 0, LIKE_FLAG, NULL, NULL, NULL, "a key is never in a log"},
	{"debug-srtp", 0, LIKE_FLAG, NULL, NULL, NULL, "a key is never in a log"},
	{"split-logs", 0, LIKE_FLAG, NULL, NULL, NULL, log_why},
	{"no-log-timestamps", 0, LIKE_FLAG, NULL, NULL, NULL, log_why},
	{"max-log-line-length", 0, LIKE_VALUE, NULL, NULL, NULL, log_why},
	{"log-*", 0, LIKE_VALUE, NULL, NULL, NULL, log_why},

	/* What rtpengine does not have. */
	{"allow", 0, LIKE_VALUES, allow, "ng", "allow", NULL},
	{"set", 0, LIKE_VALUES, set, NULL, NULL, NULL},
	{"device", 0, LIKE_VALUE, device, NULL, NULL, NULL},
	{"print-config", 0, LIKE_FLAG, print, NULL, NULL, NULL},
	{"check-config", 0, LIKE_FLAG, own, NULL, NULL, NULL},
	{"check-upgrade", 0, LIKE_FLAG, own, NULL, NULL, NULL},
	{"exec-switch", 0, LIKE_FLAG, own, NULL, NULL, NULL},
	{"leave-switch", 0, LIKE_FLAG, own, NULL, NULL, NULL},
	{"no-switch", 0, LIKE_FLAG, own, NULL, NULL, NULL},
	{"no-sandbox", 0, LIKE_FLAG, own, NULL, NULL, NULL},
	{"help", 'h', LIKE_FLAG, over, NULL, NULL, NULL},
	{"version", 'v', LIKE_FLAG, over, NULL, NULL, NULL},
};
/* clang-format on */

enum { OPTIONS = sizeof options / sizeof *options };

static bool
is_named(const struct like_option *o, const char *name, size_t len)
{
	size_t own_len = strlen(o->name);

	if (o->name[own_len - 1] == '*')
		return len >= own_len - 1 && strncmp(o->name, name, own_len - 1) == 0;
	return len == own_len && strncmp(o->name, name, len) == 0;
}

const struct like_option *
like_option_find(const char *name, size_t len)
{
	for (size_t i = 0; i < OPTIONS; i++)
		if (is_named(&options[i], name, len))
			return &options[i];
	return NULL;
}

const struct like_option *
like_option_letter(char letter)
{
	for (size_t i = 0; i < OPTIONS; i++)
		if (options[i].letter == letter && letter != '\0')
			return &options[i];
	return NULL;
}

const struct like_option *
like_option_next(const struct like_option *o)
{
	if (o == NULL)
		return options;
	return o + 1 < options + OPTIONS ? o + 1 : NULL;
}
