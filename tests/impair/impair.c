/* SPDX-License-Identifier: Apache-2.0
 *
 * A bad network in a box: stands between two interfaces of a network namespace and hands each
 * frame of the one to the other, losing, delaying, reordering and doubling UDP datagrams as a
 * seed says. All else (ARP, NDP, TCP) passes at once, so that a test waits for nothing that it
 * is not about. One thread.  packet(7).
 *
 * Kernels without netem have nothing else; and netem is not repeatable. */
#include <errno.h>
#include <getopt.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>

#include "tests/impair/fate.h"
#include "tests/impair/held.h"

enum {
	WAYS = 2,
	FRAME_MAX =
		65536 + 128, /* the kernel's frames may be segments that nobody has cut yet */
	SOCKET_BUFFER = 4 << 20, /* bytes */
	LIMIT = 20000,           /* frames under way, unless said otherwise */
	AT_ONCE = 256,           /* frames taken from one side before what is due is sent */
	OFFLOADS = sizeof(struct virtio_net_hdr), /* in front of each frame, both ways */
};

/* From one interface to the other. */
struct way {
	struct fate_way fate;
	uint64_t seen, others, lost, duplicated, reordered, overrun, sent, failed;
};

static struct {
	const char *name[WAYS]; /* of the interfaces; way I goes from I to the other */
	int fd[WAYS];
	struct way way[WAYS];
	struct held held;
	uint64_t seed, limit;
} box = {.limit = LIMIT};

static volatile sig_atomic_t ended;

static void
on_signal(int sig)
{
	ended = 1;
}

static uint64_t
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* ---- Options ---- */

/* Options of a way: a share, or a number of UNIT. */
static const struct {
	const char *name, *help;
	size_t at;   /* in struct fate_conf */
	double unit; /* 0: a share, given in percent */
	bool whole;  /* a uint64_t there, otherwise a double */
} table[] = {
#define AT(field) offsetof(struct fate_conf, field)
	{"loss", "PERCENT      lost", AT(loss), 0, false},
	{"burst", "FRAMES      mean number of losses in a row", AT(burst), 1, false},
	{"delay", "MS          everything comes that much later", AT(delay_us), 1000, true},
	{"jitter", "MS         up to that much later still, in order", AT(jitter_us), 1000,
		true},
	{"reorder", "PERCENT   held back, so that later ones overtake", AT(reorder), 0, false},
	{"reorder-by", "MS     how long it is held back (50)", AT(reorder_by_us), 1000, true},
	{"duplicate", "PERCENT comes twice", AT(duplicate), 0, false},
	{"rate", "KBIT         a second, at most", AT(rate_bps), 1000, true},
#undef AT
};

enum { ROWS = sizeof table / sizeof *table };

static void
usage(FILE *f)
{
	fprintf(f,
		"usage: impair [OPTION...] INTERFACE INTERFACE\n"
		"Passes frames between two interfaces, UDP as badly as it is told, until SIGTERM;\n"
		"then prints what it did, as JSON.\n");
	for (unsigned i = 0; i < ROWS; i++)
		fprintf(f, "  --%s %s\n", table[i].name, table[i].help);
	fprintf(f,
		"    each with one value for both ways, or two, as in --loss 5,0:\n"
		"    from the first interface, from the second\n"
		"  --seed N            the same seed decides the same (1)\n"
		"  --limit FRAMES      under way at most, then they are dropped (%d)\n",
		LIMIT);
}

static bool
set(struct fate_conf *c, unsigned row, double value)
{
	char *at = (char *)c + table[row].at;

	if (!(value >= 0 && value <= 1e9) || (table[row].unit == 0 && value > 100))
		return false;
	value *= table[row].unit == 0 ? 0.01 : table[row].unit;
	if (table[row].whole)
		*(uint64_t *)(void *)at = (uint64_t)value;
	else
		*(double *)(void *)at = value;
	return true;
}

/* "5" or "5,0" for option ROW. */
static bool
take_values(struct fate_conf conf[WAYS], unsigned row, const char *text)
{
	char *end;
	double first = strtod(text, &end), second = first;

	if (end == text)
		return false;
	if (*end == ',') {
		text = end + 1;
		second = strtod(text, &end);
	}
	return end != text && *end == '\0' && set(&conf[0], row, first) &&
	       set(&conf[1], row, second);
}

static bool
take_number(uint64_t *value, const char *text)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 0);
	return errno == 0 && end != text && *end == '\0';
}

static bool
parse(int argc, char **argv)
{
	struct fate_conf conf[WAYS] = {{.reorder_by_us = 50000}, {.reorder_by_us = 50000}};
	struct option options[ROWS + 4] = {{.name = NULL}};
	int c;

	for (int i = 0; i < ROWS; i++)
		options[i] = (struct option){table[i].name, required_argument, NULL, i};
	options[ROWS] = (struct option){"seed", required_argument, NULL, 's'};
	options[ROWS + 1] = (struct option){"limit", required_argument, NULL, 'l'};
	options[ROWS + 2] = (struct option){"help", no_argument, NULL, 'h'};
	box.seed = 1;
	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		bool good = c == 's'   ? take_number(&box.seed, optarg)
			    : c == 'l' ? take_number(&box.limit, optarg) && box.limit > 0
			    : c < ROWS ? take_values(conf, (unsigned)c, optarg)
				       : false;

		if (c == 'h') {
			usage(stdout);
			exit(EXIT_SUCCESS);
		}
		if (!good) {
			if (c != '?')
				fprintf(stderr, "impair: %s is no value for that option\n",
					optarg);
			return false;
		}
	}
	if (argc - optind != WAYS)
		return false;
	for (unsigned i = 0; i < WAYS; i++) {
		box.name[i] = argv[optind + (int)i];
		fate_open(&box.way[i].fate, &conf[i], box.seed, i);
	}
	return true;
}

/* ---- The interfaces ---- */

/* A socket that hears all that INTERFACE receives, whoever it is for; -errno. */
static int
open_interface(const char *interface)
{
	struct sockaddr_ll addr = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	struct packet_mreq all = {.mr_type = PACKET_MR_PROMISC};
	int fd, on = 1, room = SOCKET_BUFFER;

	addr.sll_ifindex = all.mr_ifindex = (int)if_nametoindex(interface);
	if (addr.sll_ifindex == 0)
		return -errno;
	/* Protocol 0: nothing is heard before it is bound. */
	if ((fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) < 0)
		return -errno;
	/* Frames of the kernel's carry checksums that are not finished, and say so there. */
	if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof on) != 0 ||
		setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) != 0 ||
		setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all) != 0 ||
		bind(fd, (struct sockaddr *)&addr, sizeof addr) != 0) {
		int err = -errno;

		close(fd);
		return err;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
	return fd;
}

static bool
is_udp(const uint8_t *frame, size_t len)
{
	const uint8_t *ip = frame + ETH_HLEN;
	unsigned type = len > ETH_HLEN ? (unsigned)frame[12] << 8 | frame[13] : 0;

	if (type == ETH_P_IP)
		return len >= ETH_HLEN + 20 && ip[9] == IPPROTO_UDP;
	return type == ETH_P_IPV6 && len >= ETH_HLEN + 40 && ip[6] == IPPROTO_UDP;
}

static void
send_frame(unsigned from, const uint8_t *bytes, size_t len)
{
	struct way *w = &box.way[from];

	if (send(box.fd[1 - from], bytes, len, MSG_DONTWAIT) == (ssize_t)len)
		w->sent++;
	else
		w->failed++;
}

/* One frame with its offloads in front. */
static void
take_frame(unsigned from, const uint8_t *bytes, size_t len)
{
	struct way *w = &box.way[from];
	struct fate f;

	if (len < OFFLOADS || !is_udp(bytes + OFFLOADS, len - OFFLOADS)) {
		w->others++;
		send_frame(from, bytes, len);
		return;
	}
	w->seen++;
	f = fate_next(&w->fate, now_us(), (uint32_t)(len - OFFLOADS));
	w->lost += f.copies == 0;
	w->duplicated += f.copies == 2;
	w->reordered += f.reordered;
	for (unsigned i = 0; i < f.copies; i++)
		if (held_put(&box.held, f.due_us[i], from, bytes, (uint32_t)len) != 0)
			w->overrun++;
}

static void
receive(unsigned from)
{
	static uint8_t frame[FRAME_MAX];
	ssize_t len;

	for (int i = 0; i < AT_ONCE && (len = recv(box.fd[from], frame, sizeof frame, 0)) >= 0;
		i++)
		take_frame(from, frame, (size_t)len);
}

/* Send what is due; how long until the next one is. */
static const struct timespec *
send_due(struct timespec *wait)
{
	const struct held_frame *f;
	uint64_t now = now_us();

	while ((f = held_first(&box.held)) != NULL && f->due_us <= now) {
		send_frame(f->way, f->bytes, f->len);
		held_drop_first(&box.held);
	}
	if (f == NULL)
		return NULL;
	*wait = (struct timespec){(time_t)((f->due_us - now) / 1000000),
		(long)((f->due_us - now) % 1000000 * 1000)};
	return wait;
}

static void
print_way(unsigned i)
{
	const struct way *w = &box.way[i];

	printf("{\"from\": \"%s\", \"udp\": %ju, \"lost\": %ju, \"duplicated\": %ju, "
	       "\"reordered\": %ju, \"overrun\": %ju, \"others\": %ju, \"sent\": %ju, "
	       "\"failed\": %ju}",
		box.name[i], (uintmax_t)w->seen, (uintmax_t)w->lost, (uintmax_t)w->duplicated,
		(uintmax_t)w->reordered, (uintmax_t)w->overrun, (uintmax_t)w->others,
		(uintmax_t)w->sent, (uintmax_t)w->failed);
}

/* What it did.  UNDER_WAY frames were taken and not yet sent. */
static void
print_report(void)
{
	printf("{\"seed\": %ju, \"under_way\": %zu, \"ways\": [", (uintmax_t)box.seed,
		box.held.n);
	print_way(0);
	printf(", ");
	print_way(1);
	printf("]}\n");
	fflush(stdout);
}

static void
run(void)
{
	struct pollfd p[WAYS] = {
		{.fd = box.fd[0], .events = POLLIN}, {.fd = box.fd[1], .events = POLLIN}};
	struct timespec wait;
	sigset_t none;

	sigemptyset(&none);
	while (!ended) {
		/* Signals come only while it waits, so none is missed. */
		ppoll(p, WAYS, send_due(&wait), &none);
		for (unsigned i = 0; i < WAYS; i++)
			receive(i);
	}
}

int
main(int argc, char **argv)
{
	struct sigaction act = {.sa_handler = on_signal};
	sigset_t blocked;

	if (!parse(argc, argv)) {
		usage(stderr);
		return EXIT_FAILURE;
	}
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	for (unsigned i = 0; i < WAYS; i++)
		if ((box.fd[i] = open_interface(box.name[i])) < 0) {
			fprintf(stderr, "impair: %s: %s\n", box.name[i], strerror(-box.fd[i]));
			return EXIT_FAILURE;
		}
	if (held_open(&box.held, box.limit) != 0) {
		fprintf(stderr, "impair: no memory for %ju frames\n", (uintmax_t)box.limit);
		return EXIT_FAILURE;
	}
	fprintf(stderr, "impair: ready\n");
	run();
	print_report();
	held_close(&box.held);
	return EXIT_SUCCESS;
}
