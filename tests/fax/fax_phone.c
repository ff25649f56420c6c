/* SPDX-License-Identifier: Apache-2.0
 *
 * A fax machine for stories, in real time: over RTP in G.711, or over UDPTL in T.38.  It sends
 * one document or takes one, says in a line of JSON how that went, and ends: 0 if T.30 calls
 *it a success, 1 if not, 2 if it was called wrongly, 3 if it took too long.
 *
 *	fax_phone --call|--answer --pcmu|--pcma|--t38 --local IP:PORT --remote IP:PORT
 *		--send FILE|--receive FILE [--no-ecm] [--version N]
 *		[--correction none|redundancy|fec] [--lose PERCENT] [--seconds MOST]
 *	fax_phone --make FILE PAGES	a document
 *	fax_phone --compare SENT CAME	0: all lines that were sent have come
 *
 * IPv6 addresses stand in brackets.  --lose: of what it sends by UDPTL. */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "codecs/codec.h"
#include "dataplane/rtp.h"
#include "dataplane/udptl.h"
#include "tests/fax/machine.h"
#include "tests/fax/page.h"

enum {
	STEP = 160, /* samples */
	STEP_US = 20000,
	SSRC = 0xfa0fa0,
	EARLY = 800,        /* samples that wait before the first is heard */
	WAITING_MAX = 8000, /* and at most */
	LINES = 120,
	AFTER_STEPS = 50, /* the line stays open for a second, for the other one's sake */
	FAILED = 1,
	MISUSED = 2,
	TOO_LONG = 3,
};

struct phone {
	struct machine_conf machine_conf;
	struct sw_fax udptl;
	const struct codec *codec; /* NULL: T.38 */
	const char *local, *remote;
	unsigned lose, seconds;

	struct machine *machine;
	int fd;
	struct sockaddr_storage to;
	socklen_t to_len;
	uint16_t seq;
	uint32_t timestamp, random;
	int16_t waiting[WAITING_MAX];
	size_t waits;
	bool hears; /* enough has waited */
	unsigned gaps;
	struct udptl_tx tx;
	struct udptl_rx rx;
	struct transcode_counts counts;
};

/* ---- T.38. ---- */

static void
send_udptl(void *arg, const uint8_t *p, size_t len, unsigned count)
{
	struct phone *ph = arg;
	uint8_t out[SW_FAX_DATAGRAM_MAX];
	int n = udptl_make(&ph->tx, p, len, out);

	for (unsigned i = 0; i < count && n > 0; i++) {
		ph->random = ph->random * 1664525 + 1013904223;
		if ((ph->random >> 8) % 100 >= ph->lose)
			sendto(ph->fd, out, (size_t)n, 0, (struct sockaddr *)&ph->to,
				ph->to_len);
	}
}

static void
heard_ifp(void *arg, const uint8_t *p, size_t len, unsigned missing)
{
	struct phone *ph = arg;

	machine_take(ph->machine, p, len, missing);
}

/* ---- Sound. ---- */

static void
heard_rtp(struct phone *ph, const uint8_t *p, size_t len)
{
	int n;

	if (len < RTP_HEADER)
		return;
	n = ph->codec->decode(NULL, p + RTP_HEADER, len - RTP_HEADER, ph->waiting + ph->waits,
		WAITING_MAX - ph->waits);
	ph->waits += n > 0 ? (size_t)n : 0;
}

/* The next STEP samples of what has come; silence if too little has. */
static void
listen_to(struct phone *ph, int16_t pcm[STEP])
{
	memset(pcm, 0, STEP * sizeof *pcm);
	ph->hears |= ph->waits >= EARLY;
	if (!ph->hears)
		return;
	if (ph->waits < STEP) {
		ph->gaps++;
		return;
	}
	memcpy(pcm, ph->waiting, STEP * sizeof *pcm);
	ph->waits -= STEP;
	memmove(ph->waiting, ph->waiting + STEP, ph->waits * sizeof *pcm);
}

static void
send_rtp(struct phone *ph, const int16_t pcm[STEP])
{
	uint8_t p[RTP_HEADER + STEP] = {0x80, ph->codec->id == CODEC_PCMU ? 0 : 8};

	rtp_put16(p + 2, ph->seq++);
	rtp_put32(p + 4, ph->timestamp);
	rtp_put32(p + 8, SSRC);
	ph->timestamp += STEP;
	ph->codec->encode(NULL, pcm, STEP, p + RTP_HEADER, STEP);
	sendto(ph->fd, p, sizeof p, 0, (struct sockaddr *)&ph->to, ph->to_len);
}

/* ---- The line. ---- */

static void
receive(struct phone *ph)
{
	uint8_t p[2048];
	ssize_t n;

	while ((n = recv(ph->fd, p, sizeof p, MSG_DONTWAIT)) >= 0)
		if (ph->codec != NULL)
			heard_rtp(ph, p, (size_t)n);
		else
			udptl_take(&ph->rx, p, (size_t)n, &ph->counts, heard_ifp, ph);
}

static void
step(struct phone *ph)
{
	int16_t pcm[STEP];

	receive(ph);
	if (ph->codec == NULL) {
		machine_wait(ph->machine, STEP);
		return;
	}
	listen_to(ph, pcm);
	machine_talk(ph->machine, pcm, STEP);
	send_rtp(ph, pcm);
}

static void
run(struct phone *ph)
{
	unsigned steps = ph->seconds * (1000000 / STEP_US), after = 0;
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	for (unsigned i = 0; i < steps && after < AFTER_STEPS; i++) {
		at.tv_nsec += STEP_US * 1000;
		at.tv_sec += at.tv_nsec / 1000000000;
		at.tv_nsec %= 1000000000;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
		step(ph);
		after += machine_result(ph->machine).is_over;
	}
}

static int
say(struct phone *ph)
{
	struct machine_result r = machine_result(ph->machine);

	printf("{\"over\": %s, \"result\": \"%s\", \"pages\": %u, \"bps\": %u, \"ecm\": %s, "
	       "\"gaps\": %u, \"recovered\": %llu, \"lost\": %llu}\n",
		r.is_over ? "true" : "false",
		r.is_over ? machine_words(r.t30) : "it took too long", r.pages, r.bps,
		r.ecm ? "true" : "false", ph->gaps, (unsigned long long)ph->counts.recovered,
		(unsigned long long)ph->counts.lost);
	if (!r.is_over)
		return TOO_LONG;
	return r.t30 == 0 ? 0 : FAILED;
}

/* ---- What it was told. ---- */

/* "192.0.2.1:4000", "[2001:db8::1]:4000".  Length of *OUT; 0: it is no address. */
static socklen_t
parse_address(const char *text, struct sockaddr_storage *out)
{
	struct sockaddr_in *in = (struct sockaddr_in *)out;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;
	const char *colon = strrchr(text, ':');
	char host[64];

	memset(out, 0, sizeof *out);
	if (colon == NULL || colon == text || (size_t)(colon - text) >= sizeof host)
		return 0;
	if (text[0] == '[') {
		snprintf(host, sizeof host, "%.*s", (int)(colon - text - 2), text + 1);
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons((uint16_t)atoi(colon + 1));
		return inet_pton(AF_INET6, host, &in6->sin6_addr) == 1 ? sizeof *in6 : 0;
	}
	snprintf(host, sizeof host, "%.*s", (int)(colon - text), text);
	in->sin_family = AF_INET;
	in->sin_port = htons((uint16_t)atoi(colon + 1));
	return inet_pton(AF_INET, host, &in->sin_addr) == 1 ? sizeof *in : 0;
}

static bool
open_line(struct phone *ph)
{
	struct sockaddr_storage from;
	socklen_t len = ph->local != NULL ? parse_address(ph->local, &from) : 0;

	ph->to_len = ph->remote != NULL ? parse_address(ph->remote, &ph->to) : 0;
	if (len == 0 || ph->to_len != len)
		return false;
	ph->fd = socket(from.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (ph->fd < 0 || bind(ph->fd, (struct sockaddr *)&from, len) != 0) {
		perror(ph->local);
		return false;
	}
	return true;
}

static int
correction_named(const char *name)
{
	static const char *const names[SW_FAX_CORRECTIONS] = {[SW_FAX_NONE] = "none",
		[SW_FAX_REDUNDANCY] = "redundancy",
		[SW_FAX_FEC] = "fec"};

	for (int i = 0; i < SW_FAX_CORRECTIONS; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

enum {
	CALL = 256,
	ANSWER,
	PCMU,
	PCMA,
	T38,
	LOCAL,
	REMOTE,
	SEND,
	RECEIVE,
	NO_ECM,
	VERSION,
	CORRECTION,
	LOSE,
	SECONDS,
	MAKE,
	COMPARE,
};

static const struct option options[] = {
	{"call", no_argument, NULL, CALL},
	{"answer", no_argument, NULL, ANSWER},
	{"pcmu", no_argument, NULL, PCMU},
	{"pcma", no_argument, NULL, PCMA},
	{"t38", no_argument, NULL, T38},
	{"local", required_argument, NULL, LOCAL},
	{"remote", required_argument, NULL, REMOTE},
	{"send", required_argument, NULL, SEND},
	{"receive", required_argument, NULL, RECEIVE},
	{"no-ecm", no_argument, NULL, NO_ECM},
	{"version", required_argument, NULL, VERSION},
	{"correction", required_argument, NULL, CORRECTION},
	{"lose", required_argument, NULL, LOSE},
	{"seconds", required_argument, NULL, SECONDS},
	{"make", required_argument, NULL, MAKE},
	{"compare", required_argument, NULL, COMPARE},
	{NULL, 0, NULL, 0},
};

static bool
take_option(struct phone *ph, int o)
{
	struct machine_conf *m = &ph->machine_conf;
	int correction;

	switch (o) {
	case CALL:
	case ANSWER:
		m->is_caller = o == CALL;
		return true;
	case PCMU:
	case PCMA:
		ph->codec = codec_by_id(o == PCMU ? CODEC_PCMU : CODEC_PCMA);
		return true;
	case T38:
		m->is_t38 = true;
		return true;
	case LOCAL:
		ph->local = optarg;
		return true;
	case REMOTE:
		ph->remote = optarg;
		return true;
	case SEND:
		m->document = optarg;
		return true;
	case RECEIVE:
		m->into = optarg;
		return true;
	case NO_ECM:
		m->no_ecm = true;
		return true;
	case VERSION:
		m->version = ph->udptl.version = (uint8_t)atoi(optarg);
		return m->version <= SW_FAX_VERSION_MAX;
	case CORRECTION:
		correction = correction_named(optarg);
		ph->udptl.correction = (uint8_t)correction;
		ph->udptl.depth = correction > 0 ? 3 : 0;
		return correction >= 0;
	case LOSE:
		ph->lose = (unsigned)atoi(optarg);
		return true;
	case SECONDS:
		ph->seconds = (unsigned)atoi(optarg);
		return true;
	default:
		return false;
	}
}

static int
misused(void)
{
	fputs("fax_phone: see the head of tests/fax/fax_phone.c for how it is called\n",
		stderr);
	return MISUSED;
}

static int
compare(const char *sent, const char *came)
{
	int other = page_difference(sent, came);

	printf("{\"pages\": %u, \"differ\": %d}\n", page_count(came), other);
	return other == 0 ? 0 : FAILED;
}

static int
talk(struct phone *ph)
{
	int status;

	if (ph->machine_conf.is_t38 == (ph->codec != NULL) ||
		(ph->machine_conf.document == NULL) == (ph->machine_conf.into == NULL) ||
		!open_line(ph))
		return misused();
	ph->machine_conf.send = send_udptl;
	ph->machine_conf.arg = ph;
	udptl_tx_init(&ph->tx, &ph->udptl, 0);
	udptl_rx_init(&ph->rx, ph->udptl.version);
	if ((ph->machine = machine_open(&ph->machine_conf)) == NULL)
		return misused();
	run(ph);
	status = say(ph);
	machine_close(ph->machine);
	close(ph->fd);
	return status;
}

int
main(int argc, char **argv)
{
	static struct phone phone = {.seconds = 120, .random = 1};
	int o;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (o == MAKE)
			return optind < argc && page_make(optarg, (unsigned)atoi(argv[optind]),
							LINES)
				       ? 0
				       : misused();
		if (o == COMPARE)
			return optind < argc ? compare(optarg, argv[optind]) : misused();
		if (!take_option(&phone, o))
			return misused();
	}
	return talk(&phone);
}
