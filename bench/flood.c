/* SPDX-License-Identifier: Apache-2.0
 *
 * The floods behind flood.h.  What is random is so from packet to packet: the relay can
 * neither learn nor cache anything of it.  One thread, which needs a CPU for itself at high
 * rates. */
#include "bench/flood.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "bench/clock.h"
#include "bench/options.h"
#include "bench/port.h"
#include "bench/report.h"
#include "bench/wire.h"

enum {
	STUN_BYTES = 28, /* header and one attribute */
	STUN_COOKIE = 0x2112a442,
	NAP_US = 200,
	BACKLOG_US = 2000, /* held up, a flood catches up on so much */
};

struct flood;

struct kind {
	const char *name;
	const char *help;
	/* Write one datagram of up to ROOM bytes.  Its length. */
	unsigned (*write)(struct flood *f, uint8_t *out, unsigned room);
};

struct flood_conf {
	const char *device;
	const char *netns;
	struct sw_addr from, to; /* with the first port that is sent from */
	uint8_t mac[6], to_mac[6];
	unsigned from_ports;
	unsigned first, last; /* ports that are sent to */
	const struct kind *kind;
	double rate, seconds;
	unsigned payload;
	const char *json;
};

struct flood {
	struct flood_conf conf;
	struct port port;
	uint8_t head[WIRE_HEAD_MAX];
	unsigned at;     /* bytes of it */
	uint64_t random; /* xorshift */
	uint64_t sent, refused;
};

static volatile bool stop;

static void
interrupt(int sig)
{
	stop = true;
}

/* ---- What is sent ---- */

static uint64_t
next_random(struct flood *f)
{
	f->random ^= f->random << 13;
	f->random ^= f->random >> 7;
	f->random ^= f->random << 17;
	return f->random;
}

static void
put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static unsigned
write_noise(struct flood *f, uint8_t *out, unsigned room)
{
	for (unsigned i = 0; i < room; i += 8) {
		uint64_t r = next_random(f);

		memcpy(out + i, &r, room - i < 8 ? room - i : 8);
	}
	return room;
}

/* A header that parses, and a tag that does not fit. */
static unsigned
write_rtp(struct flood *f, uint8_t *out, unsigned room)
{
	write_noise(f, out, room);
	wire_rtp(out, 0, (uint16_t)next_random(f), (uint32_t)next_random(f),
		(uint32_t)next_random(f));
	return room;
}

/* A binding request with a PRIORITY (RFC 8489 section 5, RFC 8445 section 7.1.1). */
static unsigned
write_stun(struct flood *f, uint8_t *out, unsigned room)
{
	write_noise(f, out, STUN_BYTES);
	put16(out, 0x0001);
	put16(out + 2, STUN_BYTES - 20);
	put16(out + 4, STUN_COOKIE >> 16);
	put16(out + 6, STUN_COOKIE & 0xffff);
	put16(out + 20, 0x0024);
	put16(out + 22, 4);
	return STUN_BYTES;
}

static const struct kind kinds[] = {
	{"rtp", "RTP with random SSRC, number and content: a wrong tag where SRTP is expected",
		write_rtp},
	{"noise", "random bytes", write_noise},
	{"stun", "STUN binding requests", write_stun},
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* ---- Sending ---- */

/* Fill FRAME; its length. */
static uint16_t
make(struct flood *f, uint8_t *frame)
{
	const struct flood_conf *conf = &f->conf;
	uint8_t *udp = frame + f->at - WIRE_UDP;
	uint64_t r = next_random(f);
	unsigned len;

	memcpy(frame, f->head, f->at);
	put16(udp, conf->from.port + (unsigned)(r & 0xffff) % conf->from_ports);
	put16(udp + 2,
		conf->first + (unsigned)(r >> 16 & 0xffffff) % (conf->last - conf->first + 1));
	len = conf->kind->write(f, frame + f->at, conf->payload);
	wire_finish(frame, f->at, len);
	return (uint16_t)(f->at + len);
}

static void
send_some(struct flood *f, unsigned n)
{
	uint8_t *frame[PORT_BURST];
	uint16_t len[PORT_BURST];
	unsigned room = port_room(&f->port, frame, n), sent;

	for (unsigned i = 0; i < room; i++)
		len[i] = make(f, frame[i]);
	sent = port_send(&f->port, len, room);
	f->sent += sent;
	f->refused += n - sent;
}

/* Seconds that it took. */
static double
pour(struct flood *f)
{
	const struct timespec nap = {.tv_nsec = NAP_US * 1000};
	const double per_ns = f->conf.rate / 1e9;
	const uint64_t backlog = (uint64_t)fmax(f->conf.rate * BACKLOG_US / 1e6, PORT_BURST);
	uint64_t start = clock_ns(), end = start + (uint64_t)(f->conf.seconds * 1e9), now;
	uint64_t issued = 0; /* sent, refused, or too late to be sent */
	struct port_frame ignored[PORT_BURST];

	for (now = start; now < end && !stop; now = clock_ns()) {
		uint64_t due = (uint64_t)((double)(now - start) * per_ns) - issued;

		if (due > backlog) {
			issued += due - backlog;
			due = backlog;
		}
		if (due == 0) {
			while (port_take(&f->port, ignored, PORT_BURST) > 0)
				;
			nanosleep(&nap, NULL);
			continue;
		}
		if (due > PORT_BURST)
			due = PORT_BURST;
		send_some(f, (unsigned)due);
		issued += due;
	}
	return (double)(now - start) / 1e9;
}

/* ---- The command line ---- */

static bool
take_kind(const char *text, void *field, double min, double max)
{
	for (unsigned i = 0; i < KINDS; i++)
		if (strcmp(kinds[i].name, text) == 0) {
			*(const struct kind **)field = &kinds[i];
			return true;
		}
	return false;
}

/* FIRST-LAST, or one. */
static bool
take_range(const char *text, void *field, double min, double max)
{
	struct flood_conf *conf = field;
	int end = 0;

	if (sscanf(text, "%u-%u%n", &conf->first, &conf->last, &end) == 2)
		return text[end] == '\0' && conf->first <= conf->last && conf->last <= 65535;
	return take_count(text, &conf->first, min, max) &&
	       take_count(text, &conf->last, min, max);
}

#define AT(field) offsetof(struct flood_conf, field)

static const struct option_row rows[] = {
	{"device", "KIND:ARG", take_word, AT(device), 0, 0, "where it comes from"},
	{"netns", "NAME", take_word, AT(netns), 0, 0, "network namespace of the device"},
	{"kind", "KIND", take_kind, AT(kind), 0, 0, "what is sent (rtp)"},
	{"to", "IP", take_address, AT(to), 0, 0, "the relay"},
	{"ports", "FIRST-LAST", take_range, 0, 1, 65535, "of the relay, at random"},
	{"to-mac", "MAC", take_mac, AT(to_mac), 0, 0,
		"where it is sent to (default: the kernel is asked)"},
	{"address", "IP", take_address, AT(from), 0, 0,
		"that it says it is from (default: the interface's first IPv4 address)"},
	{"mac", "MAC", take_mac, AT(mac), 0, 0, "the same (default: the interface's)"},
	{"from-port", "N", take_port, AT(from), 1, 65535, "the first that it is from (50000)"},
	{"from-ports", "N", take_count, AT(from_ports), 1, 10000, "how many, at random (1)"},
	{"rate", "N", take_real, AT(rate), 1, 1e8, "packets/s (1000)"},
	{"seconds", "S", take_real, AT(seconds), 0.01, 3600, "(5)"},
	{"payload", "BYTES", take_count, AT(payload), STUN_BYTES, WIRE_PAYLOAD_MAX,
		"of each datagram; STUN has its own length (182: RTP of 160 with a tag)"},
	{"json", "FILE", take_word, AT(json), 0, 0,
		"write the figures there too; -: stdout, no table"},
};

static void
more_help(void)
{
	printf("\nKinds:\n");
	for (unsigned i = 0; i < KINDS; i++)
		printf("  %-8s %s\n", kinds[i].name, kinds[i].help);
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
	.kind = &kinds[0],
	.rate = 1000,
	.seconds = 5,
	.payload = 182,
};

static int
take_options(struct flood_conf *conf, int argc, char **argv)
{
	int error;

	*conf = defaults;
	if ((error = options_parse(&table, conf, argc, argv)) != 0)
		return error;
	if (conf->device == NULL || conf->to.family == 0 || conf->first == 0) {
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
	struct wire_end from = {.addr = conf->from}, to = {.addr = conf->to};
	int error;

	f->random = clock_ns() | 1;
	f->port.netns = conf->netns;
	f->port.addr = conf->from;
	f->port.port_first = conf->from.port;
	f->port.port_last = (uint16_t)(conf->from.port + conf->from_ports - 1);
	memcpy(f->port.mac, conf->mac, 6);
	if ((error = port_open(&f->port, conf->device)) != 0)
		return error;
	if (from.addr.family == 0)
		from.addr = f->port.addr;
	if (from.addr.family != to.addr.family) {
		fprintf(stderr, "strowger-bench: --address and --to are of two families\n");
		return -EINVAL;
	}
	memcpy(from.mac, f->port.mac, 6);
	memcpy(to.mac, conf->to_mac, 6);
	if (memcmp(to.mac, none, 6) == 0 &&
		(error = port_find(&f->port, &to.addr, to.mac)) != 0) {
		fprintf(stderr, "strowger-bench: the relay's address: %s (--to-mac)\n",
			strerror(-error));
		return error;
	}
	f->at = wire_head(f->head, &from, &to, 0);
	return 0;
}

static int
tell(const struct flood *f, double seconds)
{
	struct report *r = report_open("flood");
	int error = 0;

	if (r == NULL)
		return -ENOMEM;
	report_fact(r, "kind", "%s", f->conf.kind->name);
	report_add(r, "rate_wanted", "packets/s", 0, f->conf.rate);
	report_add(r, "rate", "packets/s", 0, (double)f->sent / seconds);
	report_add(r, "sent", "packets", 0, (double)f->sent);
	report_add(r, "refused", "packets", 0, (double)f->refused);
	if (f->conf.json == NULL || strcmp(f->conf.json, "-") != 0)
		report_print(r, stdout);
	if (f->conf.json != NULL)
		error = report_save(r, f->conf.json);
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
