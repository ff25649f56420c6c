/* SPDX-License-Identifier: Apache-2.0
 *
 * The phones behind talk.h.  Each one has a socket and its own moment within a packet time, so
 * that the relay gets a packet at a time and no bursts.  What is said goes round: all phones
 * say the same, from different places. */
#include "bench/talk.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/clock.h"
#include "bench/cpu.h"
#include "bench/netns.h"
#include "bench/options.h"
#include "bench/report.h"
#include "bench/wire.h"

enum {
	PHONES_MAX = 4096,
	SPEECH_MAX = 65536, /* packets in the file */
	PIDS = 4,
	VOICES = 4,
	TAIL_MS = 300, /* what is on its way is waited for */
};

struct talk_conf {
	const char *netns, *phones, *json;
	const char *say[VOICES]; /* TYPE:TICKS:FILE */
	unsigned voices;
	unsigned ptime_ms;
	double seconds, warmup;
	pid_t pid[PIDS];
	unsigned pids;
};

struct packet {
	uint16_t len;
	uint8_t payload[WIRE_PAYLOAD_MAX];
};

/* What some phones say. */
struct voice {
	unsigned type, ticks; /* payload type, RTP clock of a packet */
	struct packet *packet;
	unsigned packets;
};

struct phone {
	int fd;
	const struct voice *voice; /* NULL: it only listens */
	struct sockaddr_in to;
	uint64_t next_ns; /* when it says its next packet */
	uint32_t sent;
};

struct talk {
	struct talk_conf conf;
	struct phone *phone;
	unsigned phones, talkers;
	struct voice voice[VOICES];
	int epoll;
	uint64_t sent, refused, heard, bytes;
};

static volatile sig_atomic_t stop;

static void
interrupt(int sig)
{
	stop = 1;
}

/* ---- What is read ---- */

/* A packet is two bytes of length, the higher one first, and so many bytes. */
static int
read_packets(struct voice *v, const char *path)
{
	FILE *in = fopen(path, "rb");
	int hi, lo;

	if (in == NULL)
		return -errno;
	v->packet = calloc(SPEECH_MAX, sizeof *v->packet);
	while (v->packet != NULL && v->packets < SPEECH_MAX && (hi = getc(in)) != EOF &&
		(lo = getc(in)) != EOF) {
		struct packet *p = &v->packet[v->packets];

		p->len = (uint16_t)(hi << 8 | lo);
		if (p->len > sizeof p->payload || fread(p->payload, 1, p->len, in) != p->len)
			break;
		v->packets++;
	}
	fclose(in);
	return v->packets > 0 ? 0 : -ENODATA;
}

static int
read_voices(struct talk *t)
{
	for (unsigned i = 0; i < t->conf.voices; i++) {
		struct voice *v = &t->voice[i];
		int at = 0, err;

		if (sscanf(t->conf.say[i], "%u:%u:%n", &v->type, &v->ticks, &at) != 2 ||
			at == 0 || v->type > 127)
			return -EINVAL;
		if ((err = read_packets(v, t->conf.say[i] + at)) != 0)
			return err;
	}
	return 0;
}

/* "IP PORT", and for one that talks "TO-IP TO-PORT VOICE" behind it. */
static int
take_phone(struct talk *t, const char *line)
{
	struct phone *p = &t->phone[t->phones];
	struct sockaddr_in at = {.sin_family = AF_INET};
	struct epoll_event ev = {.events = EPOLLIN, .data.u32 = t->phones};
	char from[16], to[16];
	unsigned port, to_port, voice;
	int words = sscanf(line, "%15s %u %15s %u %u", from, &port, to, &to_port, &voice);

	if ((words != 2 && words != 5) || inet_pton(AF_INET, from, &at.sin_addr) != 1 ||
		t->phones == PHONES_MAX)
		return -EINVAL;
	at.sin_port = htons((uint16_t)port);
	if (words == 5) {
		p->to = (struct sockaddr_in){
			.sin_family = AF_INET, .sin_port = htons((uint16_t)to_port)};
		if (inet_pton(AF_INET, to, &p->to.sin_addr) != 1 || voice >= t->conf.voices)
			return -EINVAL;
		p->voice = &t->voice[voice];
		t->talkers++;
	}
	p->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p->fd < 0)
		return -errno;
	t->phones++;
	if (bind(p->fd, (struct sockaddr *)&at, sizeof at) != 0 ||
		epoll_ctl(t->epoll, EPOLL_CTL_ADD, p->fd, &ev) != 0)
		return -errno;
	return 0;
}

static int
read_phones(struct talk *t)
{
	FILE *in = fopen(t->conf.phones, "r");
	char line[128];
	int err = 0;

	if (in == NULL)
		return -errno;
	while (err == 0 && fgets(line, sizeof line, in) != NULL)
		err = take_phone(t, line);
	fclose(in);
	if (err != 0)
		fprintf(stderr, "strowger-bench talk: %s: %s: %s", t->conf.phones,
			strerror(-err), line);
	return err == 0 && t->talkers == 0 ? -ENODATA : err;
}

static int
set_up(struct talk *t)
{
	int back = netns_enter(t->conf.netns), err;

	if (back < 0)
		return back;
	t->epoll = epoll_create1(EPOLL_CLOEXEC);
	t->phone = calloc(PHONES_MAX, sizeof *t->phone);
	err = t->epoll < 0 || t->phone == NULL ? -errno : read_phones(t);
	netns_leave(back);
	return err == 0 ? read_voices(t) : err;
}

static void
tear_down(struct talk *t)
{
	for (unsigned i = 0; i < t->phones; i++)
		close(t->phone[i].fd);
	if (t->epoll >= 0)
		close(t->epoll);
	for (unsigned i = 0; i < VOICES; i++)
		free(t->voice[i].packet);
	free(t->phone);
}

/* ---- Talking and hearing ---- */

static void
say(struct talk *t, unsigned i)
{
	struct phone *p = &t->phone[i];
	const struct voice *v = p->voice;
	const struct packet *said = &v->packet[(p->sent + i * 7) % v->packets];
	uint8_t rtp[WIRE_RTP + WIRE_PAYLOAD_MAX];

	wire_rtp(rtp, (uint8_t)v->type, (uint16_t)p->sent, p->sent * v->ticks, 0x7a1c0000 + i);
	memcpy(rtp + WIRE_RTP, said->payload, said->len);
	p->sent++;
	if (sendto(p->fd, rtp, WIRE_RTP + said->len, 0, (struct sockaddr *)&p->to,
		    sizeof p->to) < 0)
		t->refused++;
	else
		t->sent++;
}

/* RFC 5761 section 4. */
static bool
is_rtcp(const uint8_t *p)
{
	return p[1] >= 192 && p[1] <= 223;
}

static void
hear(struct talk *t, int timeout_ms)
{
	struct epoll_event ev[64];
	int n = epoll_wait(t->epoll, ev, 64, timeout_ms);
	uint8_t rtp[2048];
	ssize_t len;

	for (int i = 0; i < n; i++)
		while ((len = recv(t->phone[ev[i].data.u32].fd, rtp, sizeof rtp, 0)) >= 0)
			if (len >= WIRE_RTP && !is_rtcp(rtp)) {
				t->heard++;
				t->bytes += (uint64_t)len - WIRE_RTP;
			}
}

/* For SECONDS, or until it is to stop. */
static void
talk(struct talk *t, double seconds)
{
	uint64_t ptime = t->conf.ptime_ms * UINT64_C(1000000), now = clock_ns();
	uint64_t end = now + (uint64_t)(seconds * 1e9), due;

	for (unsigned i = 0; i < t->phones; i++)
		t->phone[i].next_ns = now + ptime * i / t->phones;
	for (; now < end && !stop; now = clock_ns()) {
		due = now + ptime;
		for (unsigned i = 0; i < t->phones; i++) {
			struct phone *p = &t->phone[i];

			if (p->voice == NULL)
				continue;
			if (p->next_ns <= now) {
				say(t, i);
				p->next_ns += ptime;
			}
			due = p->next_ns < due ? p->next_ns : due;
		}
		hear(t, due > now + 1000000 ? (int)((due - now) / 1000000) : 0);
	}
}

/* ---- The command line ---- */

static bool
take_pid(const char *text, void *field, double min, double max)
{
	struct talk_conf *conf = field;
	unsigned pid;

	if (conf->pids == PIDS || !options_count(text, &pid, min, max))
		return false;
	conf->pid[conf->pids++] = (pid_t)pid;
	return true;
}

static bool
take_voice(const char *text, void *field, double min, double max)
{
	struct talk_conf *conf = field;

	if (conf->voices == VOICES)
		return false;
	conf->say[conf->voices++] = text;
	return true;
}

#define AT(field) offsetof(struct talk_conf, field)

static const struct option_row rows[] = {
	{"netns", "NAME", options_word, AT(netns), 0, 0, "network namespace of the phones"},
	{"phones", "FILE", options_word, AT(phones), 0, 0,
		"a line a phone: its IPv4 address and port, and if it talks, where to, and the "
		"number of its voice"},
	{"say", "TYPE:TICKS:FILE", take_voice, 0, 0, 0,
		"a voice: payload type, RTP clock from packet to packet, and RTP payloads, each behind "
		"its length in two bytes (network byte order); again for more"},
	{"ptime", "MS", options_count, AT(ptime_ms), 1, 200, "from packet to packet (20)"},
	{"warmup", "S", options_real, AT(warmup), 0, 60, "before it is counted (1)"},
	{"seconds", "S", options_real, AT(seconds), 0.1, 3600, "(5)"},
	{"pid", "PID", take_pid, 0, 1, 1e9,
		"a process of the relay, whose use of CPU is reported; again for more"},
	{"json", "FILE", options_word, AT(json), 0, 0,
		"write the figures there too; -: stdout, no table"},
};

static const struct option_table table = {.command = "talk",
	.about =
		"Be phones that say what is in a file, over the kernel's sockets; tell what was sent,\n"
		"heard, and what CPU time the relay between them took.",
	.row = rows,
	.rows = sizeof rows / sizeof rows[0]};

static int
tell(const struct talk *t, const struct cpu_use *before)
{
	struct report *r = report_open("talk");
	double ran = 0, waited = 0, sent = t->sent > 0 ? (double)t->sent : 1;
	int err;

	if (r == NULL)
		return -ENOMEM;
	report_add(r, "talking", "phones", 0, t->talkers);
	report_add(r, "sent", "packets", 0, (double)t->sent);
	report_add(r, "refused", "packets", 0, (double)t->refused);
	report_add(r, "heard", "packets", 0, (double)t->heard);
	report_add(r, "heard_size", "bytes", 1,
		t->heard > 0 ? (double)t->bytes / (double)t->heard : 0);
	for (unsigned i = 0; i < t->conf.pids; i++) {
		struct cpu_use now = cpu_use(t->conf.pid[i]);

		ran += now.ran - before[i].ran;
		waited += now.waited - before[i].waited;
	}
	report_add(r, "relay_cpu", "us/packet", 2, ran / 1e3 / sent);
	report_add(r, "relay_waited", "us/packet", 2, waited / 1e3 / sent);
	err = report_give(r, t->conf.json);
	report_close(r);
	return err;
}

static int
run(struct talk *t)
{
	struct cpu_use before[PIDS];
	uint64_t until;

	talk(t, t->conf.warmup);
	t->sent = t->refused = t->heard = t->bytes = 0;
	for (unsigned i = 0; i < t->conf.pids; i++)
		before[i] = cpu_use(t->conf.pid[i]);
	talk(t, t->conf.seconds);
	until = clock_ns() + TAIL_MS * UINT64_C(1000000);
	while (clock_ns() < until)
		hear(t, 10);
	return tell(t, before);
}

int
talk_main(int argc, char **argv)
{
	struct talk t = {.conf = {.ptime_ms = 20, .seconds = 5, .warmup = 1}, .epoll = -1};
	int err = options_fill(&table, &t.conf, argc, argv);

	if (err != 0)
		return err < 0 ? 2 : 0;
	if (t.conf.phones == NULL || t.conf.voices == 0) {
		fprintf(stderr, "strowger-bench talk: --phones and --say are needed\n");
		return 2;
	}
	signal(SIGINT, interrupt);
	signal(SIGTERM, interrupt);
	prctl(PR_SET_TIMERSLACK, 1);
	if ((err = set_up(&t)) == 0)
		err = run(&t);
	else
		fprintf(stderr, "strowger-bench talk: %s\n", strerror(-err));
	tear_down(&t);
	return err == 0 ? 0 : 1;
}
