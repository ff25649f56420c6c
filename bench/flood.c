/* SPDX-License-Identifier: Apache-2.0
 *
 * The floods behind flood.h.  One thread, which needs a CPU for itself at high rates. */
#include "bench/flood.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "bench/clock.h"
#include "bench/garbage.h"
#include "bench/options.h"
#include "bench/port.h"
#include "bench/report.h"
#include "bench/wire.h"

enum { NAP_US = 200 };

struct flood_conf {
	const char *device;
	const char *netns;
	struct sw_addr from, to; /* with the first port that is sent from */
	uint8_t mac[6], to_mac[6];
	unsigned from_ports;
	unsigned port[2]; /* that are sent to: the first, the last */
	const struct garbage_kind *kind;
	double rate, seconds;
	unsigned payload;
	const char *json;
};

struct flood {
	struct flood_conf conf;
	struct port port;
	struct garbage garbage;
};

static volatile bool stop;

static void
interrupt(int sig)
{
	stop = true;
}

/* Seconds that it took. */
static double
pour(struct flood *f)
{
	const struct timespec nap = {.tv_nsec = NAP_US * 1000};
	struct port_frame ignored[PORT_BURST];
	uint64_t start = clock_ns(), end = start + (uint64_t)(f->conf.seconds * 1e9), now;

	garbage_begin(&f->garbage, start);
	for (now = start; now < end && !stop; now = clock_ns()) {
		if (garbage_pour(&f->garbage, now) > 0)
			continue;
		while (port_take(&f->port, ignored, PORT_BURST) > 0)
			;
		nanosleep(&nap, NULL);
	}
	return (double)(now - start) / 1e9;
}

/* ---- The command line ---- */

static bool
take_kind(const char *text, void *field, double min, double max)
{
	const struct garbage_kind **kind = field;

	*kind = garbage_kind(text);
	return *kind != NULL;
}

#define AT(field) offsetof(struct flood_conf, field)

static const struct option_row rows[] = {
	{"device", "KIND:ARG", options_word, AT(device), 0, 0, "where it comes from"},
	{"netns", "NAME", options_word, AT(netns), 0, 0, "network namespace of the device"},
	{"kind", "KIND", take_kind, AT(kind), 0, 0, "what is sent (rtp)"},
	{"to", "IP", options_address, AT(to), 0, 0, "the relay"},
	{"ports", "FIRST-LAST", options_ports, AT(port), 1, 65535, "of the relay, at random"},
	{"to-mac", "MAC", options_mac, AT(to_mac), 0, 0,
		"where it is sent to (default: the kernel is asked)"},
	{"address", "IP", options_address, AT(from), 0, 0,
		"that it says it is from (default: the interface's first IPv4 address)"},
	{"mac", "MAC", options_mac, AT(mac), 0, 0, "the same (default: the interface's)"},
	{"from-port", "N", options_port, AT(from), 1, 65535,
		"the first that it is from (50000)"},
	{"from-ports", "N", options_count, AT(from_ports), 1, 10000,
		"how many, at random (1)"},
	{"rate", "N", options_real, AT(rate), 1, 1e8, "packets/s (1000)"},
	{"seconds", "S", options_real, AT(seconds), 0.01, 3600, "(5)"},
	{"payload", "BYTES", options_count, AT(payload), GARBAGE_STUN, WIRE_PAYLOAD_MAX,
		"of each datagram; STUN has its own length (182: RTP of 160 with a tag)"},
	{"json", "FILE", options_word, AT(json), 0, 0,
		"write the figures there too; -: stdout, no table"},
};

static void
more_help(void)
{
	printf("\nKinds:\n");
	garbage_list_kinds();
	printf("\nDevices:\n");
	port_list_kinds();
}

static const struct option_table table = {
	.command = "flood",
	.about = "Send a relay what it did not ask for.  What to use it on is your own.",
	.row = rows,
	.rows = sizeof rows / sizeof rows[0],
	.more_help = more_help,
};

static const struct flood_conf defaults = {
	.from.port = 50000,
	.from_ports = 1,
	.rate = 1000,
	.seconds = 5,
	.payload = 182,
};

static int
take_options(struct flood_conf *conf, int argc, char **argv)
{
	int error;

	*conf = defaults;
	conf->kind = garbage_kind("rtp");
	if ((error = options_fill(&table, conf, argc, argv)) != 0)
		return error;
	if (conf->device == NULL || conf->to.family == 0 || conf->port[0] == 0) {
		fprintf(stderr, "strowger-bench: flood needs --device, --to and --ports\n");
		return -EINVAL;
	}
	if (conf->from.port + conf->from_ports > 65536) {
		fprintf(stderr,
			"strowger-bench: there are no %u ports from --from-port %u on\n",
			conf->from_ports, conf->from.port);
		return -EINVAL;
	}
	return 0;
}

/* ---- Life ---- */

static int
set_up(struct flood *f)
{
	static const uint8_t none[6];
	struct flood_conf *conf = &f->conf;
	struct garbage *g = &f->garbage;
	int error;

	f->port.netns = conf->netns;
	f->port.addr = conf->from;
	f->port.port_first = conf->from.port;
	f->port.port_last = (uint16_t)(conf->from.port + conf->from_ports - 1);
	memcpy(f->port.mac, conf->mac, 6);
	if ((error = port_open(&f->port, conf->device)) != 0)
		return error;
	g->kind = conf->kind;
	g->rate = conf->rate;
	g->payload = conf->payload;
	g->port = &f->port;
	g->from.addr = f->port.addr;
	g->from.addr.port = conf->from.port;
	g->from_ports = conf->from_ports;
	g->to.addr = conf->to;
	garbage_aim(g, conf->port[0], conf->port[1], NULL);
	if (g->from.addr.family != g->to.addr.family) {
		fprintf(stderr, "strowger-bench: --address and --to are of two families\n");
		return -EINVAL;
	}
	memcpy(g->from.mac, f->port.mac, 6);
	memcpy(g->to.mac, conf->to_mac, 6);
	if (memcmp(g->to.mac, none, 6) == 0 &&
		(error = port_find(&f->port, &g->to.addr, g->to.mac)) != 0) {
		fprintf(stderr, "strowger-bench: the relay's address: %s (--to-mac)\n",
			strerror(-error));
		return error;
	}
	return 0;
}

static int
tell(const struct flood *f, double seconds)
{
	struct report *r = report_open("flood");
	int error;

	if (r == NULL)
		return -ENOMEM;
	report_fact(r, "kind", "%s", f->conf.kind->name);
	report_add(r, "rate_wanted", "packets/s", 0, f->conf.rate);
	report_add(r, "rate", "packets/s", 0, (double)f->garbage.sent / seconds);
	report_add(r, "sent", "packets", 0, (double)f->garbage.sent);
	report_add(r, "refused", "packets", 0, (double)f->garbage.refused);
	error = report_give(r, f->conf.json);
	report_close(r);
	return error;
}

int
flood_main(int argc, char **argv)
{
	struct flood *f = calloc(1, sizeof *f);
	int error;

	if (f == NULL)
		return 1;
	if ((error = take_options(&f->conf, argc, argv)) != 0) {
		free(f);
		return error < 0 ? 2 : 0;
	}
	signal(SIGINT, interrupt);
	signal(SIGTERM, interrupt);
	prctl(PR_SET_TIMERSLACK, 1);
	error = set_up(f);
	if (error == 0)
		error = tell(f, pour(f));
	port_close(&f->port);
	free(f);
	return error == 0 ? 0 : 1;
}
