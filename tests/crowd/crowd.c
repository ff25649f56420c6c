/* SPDX-License-Identifier: Apache-2.0
 *
 * crowd: many telephones of a mesh in one process.  Each has a SID; they are neighbours of one
 * node, or are behind some that are.  They answer whoever calls, and speak: mu-law that says
 * when it was said and by whom, so that what comes back by way of the node, from one of them
 * to another, shows what was lost, changed or late.
 *
 * It shares the bytes and states of mesh/ with what it talks to: that those are right is for
 * others to test; here it is how many there may be. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "mesh/box.h"
#include "mesh/vomp_call.h"
#include "tests/crowd/link.h"

enum {
	LINKS = 16,
	PARTIES = 4000,
	SESSIONS = 1 << 16,
	FRAME_US = VOMP_SLOT_MS * 1000,
	SOUND = 160,
	TICK_US = 250000,
	TURN_MS = 1,
	LATE_MS = 4096, /* delays are counted up to there */
	REMEMBERED = 64,
};

struct party {
	struct mesh_identity id;
	struct crowd_link *link;
	bool has_key;
	uint8_t key[MESH_KEY];
};

/* A call, by its session. */
struct leg {
	struct party *party; /* NULL: free */
	struct vomp_call vomp;
	uint32_t sent;
	uint32_t from, last; /* whom it hears, and up to what; from 1 on */
	uint64_t before;     /* bit i: last - 1 - i was heard */
	uint64_t next_us;    /* when it speaks */
};

/* What is in 20 ms of sound; the rest is made of NUMBER. */
struct words {
	uint32_t from, number;
	uint64_t us;
};

static struct {
	struct sockaddr_in to;
	unsigned links, parties, speak;
	const char *sids;
} conf = {.links = 1, .parties = 16};

static struct crowd_link *links;
static struct party *party;
static struct leg *leg;       /* SESSIONS of them */
static unsigned sessions = 1; /* from there on they were never used */
static struct nonces nonces;
static struct {
	uint64_t sent, heard, repeats, wrong, unopened, ended;
	uint64_t late[LATE_MS];
} sums;
static volatile sig_atomic_t over, silent = 1;

static uint64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* ---- Sound ---- */

static void
make_words(uint8_t p[SOUND], const struct words *w)
{
	memcpy(p, w, sizeof *w);
	for (unsigned i = sizeof *w; i < SOUND; i++)
		p[i] = (uint8_t)(w->number * 7 + i);
}

/* Number N of L's party was heard: is it new? */
static bool
note(struct leg *l, const struct words *w)
{
	uint32_t ahead = w->number - l->last, behind = l->last - w->number;

	if (l->from != w->from) {
		l->from = w->from;
		l->last = w->number;
		l->before = 0;
		return true;
	}
	if (ahead - 1 < INT32_MAX) {
		l->before = ahead < REMEMBERED
				    ? l->before << ahead | UINT64_C(1) << (ahead - 1)
				    : 0;
		l->last = w->number;
		return true;
	}
	if (behind == 0 || behind > REMEMBERED || l->before & UINT64_C(1) << (behind - 1))
		return false;
	l->before |= UINT64_C(1) << (behind - 1);
	return true;
}

static void
hear(struct leg *l, const struct vomp_sound *s, uint64_t now)
{
	uint8_t expected[SOUND];
	struct words w;
	uint64_t ms;

	if (s->len != SOUND) {
		sums.wrong++;
		return;
	}
	memcpy(&w, s->data, sizeof w);
	make_words(expected, &w);
	if (memcmp(expected, s->data, SOUND) != 0) {
		sums.wrong++;
		return;
	}
	if (!note(l, &w)) {
		sums.repeats++;
		return;
	}
	ms = (now - w.us) / 1000;
	sums.heard++;
	sums.late[ms < LATE_MS ? ms : LATE_MS - 1]++;
}

/* ---- Frames ---- */

/* What W has behind the room for a box, ports in front. */
static void
send_box(const struct party *p, struct mesh_writer *w, uint64_t now)
{
	box_seal(w->p, w->len - BOX_HEAD, p->key, &nonces);
	crowd_link_send(p->link, &p->id.sid, w->p, w->len, now);
}

static void
say_state(struct leg *l, uint64_t now)
{
	uint8_t p[MESH_DATAGRAM_MAX];
	struct mesh_writer w = {.p = p, .max = sizeof p, .len = BOX_HEAD};

	vomp_call_write(&l->vomp, &w, (int64_t)(now / 1000));
	send_box(l->party, &w, now);
}

static void
speak(struct leg *l, uint64_t now)
{
	uint8_t p[MESH_DATAGRAM_MAX], sound[SOUND];
	struct mesh_writer w = {.p = p, .max = sizeof p, .len = BOX_HEAD};
	struct words words = {(uint32_t)(l - leg), ++l->sent, now};

	make_words(sound, &words);
	mesh_put_vomp_header(&w, &(struct vomp_header){l->vomp.session, l->vomp.far_session,
					 VOMP_INCALL, VOMP_INCALL});
	mesh_put_vomp_sound(&w, &(struct vomp_sound){.codec = VOMP_PCMU,
					.slot = (uint16_t)l->sent,
					.seq = (uint16_t)l->sent});
	mesh_put(&w, sound, sizeof sound);
	send_box(l->party, &w, now);
	sums.sent++;
}

/* ---- Calls ---- */

static const struct vomp_times times = {VOMP_DIAL_MS, VOMP_RING_MS, VOMP_NETWORK_MS};
static const struct vomp_offer offer = {.codecs = 1, .codec = {VOMP_PCMU}};

static void
act(struct leg *l, struct vomp_todo todo, uint64_t now)
{
	if (todo.send)
		say_state(l, now);
	if (todo.offered)
		act(l, vomp_call_answer(&l->vomp, (int64_t)(now / 1000)), now);
	if (todo.answered)
		l->next_us = now + (uint64_t)(rand() % FRAME_US);
	sums.ended += todo.ended;
	if (todo.gone)
		l->party = NULL;
}

/* The leg of P that a frame of H is for; NULL. */
static struct leg *
leg_of(const struct party *p, const struct vomp_header *h)
{
	if (h->to_session != 0)
		return leg[h->to_session].party == p &&
				       vomp_call_is(&leg[h->to_session].vomp, h)
			       ? &leg[h->to_session]
			       : NULL;
	for (unsigned i = 1; i < sessions; i++)
		if (leg[i].party == p && leg[i].vomp.far_session == h->from_session)
			return &leg[i];
	return NULL;
}

/* One that is free; 0: there is none. */
static unsigned
free_session(void)
{
	for (unsigned i = 1; i < sessions; i++)
		if (leg[i].party == NULL)
			return i;
	return sessions < SESSIONS ? sessions++ : 0;
}

static void
begin(struct party *p, const uint8_t *data, unsigned len, uint64_t now)
{
	unsigned session = free_session();
	struct leg *l = &leg[session];
	struct vomp_todo todo;

	*l = (struct leg){0};
	if (session == 0 || vomp_call_open(&l->vomp, (uint16_t)session, &offer, &times, data,
				    len, (int64_t)(now / 1000), &todo) != 0)
		return;
	l->party = p;
	act(l, todo, now);
}

static void
take_vomp(struct party *p, const uint8_t *data, unsigned len, uint64_t now)
{
	struct vomp_header h;
	struct vomp_sound s;
	struct leg *l;

	if (vomp_header_read(data, len, &h) != 0)
		return;
	l = leg_of(p, &h);
	if (l == NULL) {
		if (h.state == VOMP_CALLPREP && h.to_session == 0)
			begin(p, data, len, now);
		return;
	}
	act(l, vomp_call_take(&l->vomp, data, len, (int64_t)(now / 1000)), now);
	if (h.state == VOMP_INCALL && len > VOMP_HEADER &&
		vomp_sound_read(data + VOMP_HEADER, len - VOMP_HEADER, &s) == 0)
		hear(l, &s, now);
}

static int
by_sid(const void *a, const void *b)
{
	return sid_order(
		&((const struct party *)a)->id.sid, &((const struct party *)b)->id.sid);
}

static struct party *
party_of(const struct sid *sid)
{
	struct party key = {.id.sid = *sid};

	return bsearch(&key, party, conf.parties, sizeof *party, by_sid);
}

static void
took(struct crowd_link *l, const struct sid *to, uint8_t *payload, unsigned len, uint64_t now)
{
	struct party *p = party_of(to);
	struct mesh_ports ports;
	int n;

	if (!p->has_key)
		p->has_key = box_key(p->key, &l->node, p->id.box_secret) == 0;
	if (!p->has_key || (n = box_open(payload, len, p->key)) < 0) {
		sums.unopened++;
		return;
	}
	len = (unsigned)n;
	payload += BOX_HEAD;
	n = mesh_ports_read(payload, len, &ports);
	if (n > 0 && ports.destination == MESH_PORT_VOMP)
		take_vomp(p, payload + n, len - (unsigned)n, now);
}

/* ---- Time ---- */

static bool
is_talking(const struct leg *l)
{
	return l->party != NULL && l->vomp.local == VOMP_INCALL &&
	       l->vomp.remote == VOMP_INCALL;
}

/* The first ones, as many as are to. */
static void
all_speak(uint64_t now)
{
	unsigned speak_now = silent ? 0 : conf.speak;

	for (unsigned i = 1; i < sessions && speak_now > 0; i++) {
		struct leg *l = &leg[i];

		if (!is_talking(l))
			continue;
		speak_now--;
		if (now < l->next_us)
			continue;
		/* What was missed while this process had to wait was never said. */
		l->next_us =
			now - l->next_us < FRAME_US ? l->next_us + FRAME_US : now + FRAME_US;
		speak(l, now);
	}
}

static void
tick(uint64_t now)
{
	for (unsigned i = 1; i < sessions; i++)
		if (leg[i].party != NULL)
			act(&leg[i], vomp_call_tick(&leg[i].vomp, (int64_t)(now / 1000)), now);
}

/* The delay that SHARE of a thousand of what was heard had at most. */
static unsigned
late_ms(unsigned share)
{
	uint64_t left = sums.heard * share / 1000;
	unsigned ms = 0;

	while (ms < LATE_MS - 1 && left >= sums.late[ms])
		left -= sums.late[ms++];
	return ms;
}

static void
report(void)
{
	unsigned calls = 0, talking = 0;
	uint64_t resent = 0, given_up = 0, waits = 0;

	for (unsigned i = 1; i < sessions; i++) {
		calls += leg[i].party != NULL;
		talking += is_talking(&leg[i]);
	}
	for (unsigned i = 0; i < conf.links; i++) {
		resent += links[i].link.counts.resent;
		given_up += links[i].link.counts.given_up;
		waits += links[i].link.waits;
	}
	printf("{\"calls\": %u, \"talking\": %u, \"ended\": %lu, \"sent\": %lu, \"heard\": %lu, "
	       "\"repeats\": %lu, \"wrong\": %lu, \"unopened\": %lu, \"resent\": %lu, "
	       "\"given_up\": %lu, \"wait\": %lu, \"p50_ms\": %u, \"p99_ms\": %u, \"p999_ms\": %u}\n",
		calls, talking, sums.ended, sums.sent, sums.heard, sums.repeats, sums.wrong,
		sums.unopened, resent, given_up, waits, late_ms(500), late_ms(990),
		late_ms(999));
	fflush(stdout);
}

static void
run(void)
{
	struct pollfd fd[LINKS];
	uint64_t tick_us = 0, report_us = 0;

	for (unsigned i = 0; i < conf.links; i++)
		fd[i] = (struct pollfd){.fd = links[i].fd, .events = POLLIN};
	while (!over) {
		uint64_t now = now_us();
		bool more = false;

		if (now >= tick_us) {
			tick(now);
			tick_us = now + TICK_US;
		}
		if (now >= report_us) {
			report();
			report_us = now + 2 * TICK_US;
		}
		all_speak(now);
		for (unsigned i = 0; i < conf.links; i++) {
			more |= crowd_link_hear(&links[i], now_us());
			crowd_link_run(&links[i], now_us());
		}
		poll(fd, conf.links, more ? 0 : TURN_MS);
	}
	report();
}

/* ---- Beginning ---- */

static void
on_signal(int signal)
{
	if (signal == SIGUSR1)
		silent = !silent;
	else
		over = 1;
}

static int
read_arguments(int argc, char **argv)
{
	char *port;

	conf.to.sin_family = AF_INET;
	for (int i = 1; i + 1 < argc; i += 2) {
		const char *what = argv[i], *value = argv[i + 1];

		if (strcmp(what, "--to") == 0 && (port = strchr(argv[i + 1], ':')) != NULL) {
			*port = '\0';
			conf.to.sin_port = htons((uint16_t)atoi(port + 1));
			if (inet_pton(AF_INET, value, &conf.to.sin_addr) != 1)
				return -EINVAL;
		} else if (strcmp(what, "--links") == 0) {
			conf.links = (unsigned)atoi(value);
		} else if (strcmp(what, "--parties") == 0) {
			conf.parties = (unsigned)atoi(value);
		} else if (strcmp(what, "--speak") == 0) {
			conf.speak = (unsigned)atoi(value);
		} else if (strcmp(what, "--sids") == 0) {
			conf.sids = value;
		} else {
			return -EINVAL;
		}
	}
	return conf.to.sin_port != 0 && conf.links >= 1 && conf.links <= LINKS &&
			       conf.parties >= conf.links && conf.parties <= PARTIES &&
			       conf.sids != NULL
		       ? 0
		       : -EINVAL;
}

/* Each party is behind one of the links, whose own is the first of them. */
static int
open_parties(void)
{
	static const struct sid *behind[LINKS][PARTIES];
	FILE *out = fopen(conf.sids, "w");
	char text[SID_TEXT];

	if (out == NULL)
		return -errno;
	for (unsigned i = 0; i < conf.parties; i++) {
		memcpy(party[i].id.seed, "crowd", 5);
		memcpy(party[i].id.seed + 8, &i, sizeof i);
		mesh_identity_derive(&party[i].id);
	}
	qsort(party, conf.parties, sizeof *party, by_sid);
	for (unsigned i = 0; i < conf.parties; i++) {
		struct crowd_link *l = &links[i % conf.links];

		party[i].link = l;
		if (i >= conf.links)
			behind[i % conf.links][l->n_behind++] = &party[i].id.sid;
		else if (crowd_link_open(l, &party[i].id.sid, &conf.to, now_us()) != 0)
			return -errno;
		l->behind = behind[i % conf.links];
		l->took = took;
		sid_print(&party[i].id.sid, text);
		fprintf(out, "%s\n", text);
	}
	return fclose(out) == 0 ? 0 : -errno;
}

int
main(int argc, char **argv)
{
	int err;

	if (read_arguments(argc, argv) != 0) {
		fprintf(stderr,
			"usage: crowd --to ADDRESS:PORT --sids FILE [--links N] [--parties N] "
			"[--speak N]\n"
			"SIDs go into FILE, what happens to standard output; from SIGUSR1 on the first N calls speak, "
			"until the next one.\n");
		return EXIT_FAILURE;
	}
	links = calloc(LINKS, sizeof *links);
	party = calloc(PARTIES, sizeof *party);
	leg = calloc(SESSIONS, sizeof *leg);
	nonces_init(&nonces);
	signal(SIGUSR1, on_signal);
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	if (links == NULL || party == NULL || leg == NULL || (err = open_parties()) != 0) {
		fprintf(stderr, "crowd: %s\n", strerror(errno));
		return EXIT_FAILURE;
	}
	run();
	return EXIT_SUCCESS;
}
