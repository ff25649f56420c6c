/* SPDX-License-Identifier: Apache-2.0
 *
 * The runs behind load.h: calls set up, packets sent and taken back, all of it reported.  One
 * thread. */
#include "bench/load.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>

#include "bench/calls.h"
#include "bench/churn.h"
#include "bench/garbage.h"
#include "bench/measure.h"
#include "bench/pace.h"
#include "bench/report.h"
#include "bench/traffic.h"

static struct wishes wishes;

static void
interrupt(int sig)
{
	wishes.stop = true;
	signal(sig, SIG_DFL); /* a second one ends us at once */
}

static void
mark(int sig)
{
	wishes.marks++;
}

/* Everything that one invocation has open. */
struct load {
	struct load_conf conf;
	struct port port[2];
	struct port *side[2]; /* perhaps the same port */
	struct call *calls;
	struct calls *rpc; /* NULL with --reflect */
	struct traffic traffic;
	struct garbage *garbage; /* NULL: none */
	struct report *report;
};

/* ---- Set up ---- */

static int
open_ports(struct load *l)
{
	const struct load_conf *conf = &l->conf;
	bool shared = conf->side[1].device == NULL;

	for (unsigned i = 0; i < (shared || conf->reflect.family != 0 ? 1 : 2); i++) {
		const struct load_side *side = &conf->side[i];
		unsigned phones =
			shared && conf->reflect.family == 0 ? 2 * conf->calls : conf->calls;
		int error;

		l->port[i].netns = side->netns;
		l->port[i].addr = side->addr;
		memcpy(l->port[i].mac, side->mac, 6);
		l->port[i].port_first = (uint16_t)(conf->port + i * conf->calls);
		l->port[i].port_last = (uint16_t)(l->port[i].port_first + phones - 1);
		error = port_open(&l->port[i], side->device);
		if (error != 0)
			return error;
	}
	l->side[0] = &l->port[0];
	l->side[1] = shared || conf->reflect.family != 0 ? &l->port[0] : &l->port[1];
	return 0;
}

static int
make_key(struct sw_key *key, uint8_t suite)
{
	const struct sw_suite_info *info = sw_suite_info(suite);

	key->suite = suite;
	if (getrandom(key->key, info->key_len, 0) < 0 ||
		getrandom(key->salt, info->salt_len, 0) < 0)
		return -errno;
	return 0;
}

static int
make_phones(struct load *l)
{
	const struct load_conf *conf = &l->conf;

	l->calls = calloc(conf->calls, sizeof *l->calls);
	if (l->calls == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < 2 * conf->calls; i++) {
		struct leg *leg = &l->calls[i / 2].leg[i % 2];
		const struct load_side *side = &conf->side[i % 2];
		int error;

		leg->phone = side->addr.family != 0 ? side->addr : l->side[i % 2]->addr;
		leg->phone.port = (uint16_t)(conf->port + i % 2 * conf->calls + i / 2);
		leg->relay = conf->reflect;
		error = make_key(
			&leg->phone_key, conf->pair[i / 2 % conf->pairs].suite[i % 2]);
		if (error != 0)
			return error;
	}
	return 0;
}

/* To which MAC address each leg's packets go. */
static int
find_relay(struct load *l)
{
	static const uint8_t none[6];
	unsigned sides = l->conf.reflect.family != 0 ? 1 : 2;

	for (unsigned i = 0; i < sides; i++) {
		uint8_t mac[6];
		int error = 0;

		memcpy(mac, l->conf.side[i].to_mac, 6);
		if (memcmp(mac, none, 6) == 0)
			error = port_find(l->side[i], &l->calls[0].leg[i].relay, mac);
		if (error != 0) {
			fprintf(stderr,
				"strowger-bench: the relay's address on side %c: %s "
				"(--to-mac-%c)\n",
				"AB"[i], strerror(-error), "ab"[i]);
			return error;
		}
		for (unsigned k = 0; k < l->conf.calls; k++)
			memcpy(l->calls[k].leg[i].relay_mac, mac, 6);
	}
	return 0;
}

static int
set_up_calls(struct load *l)
{
	const char *const interface[2] = {
		l->conf.side[0].interface, l->conf.side[1].interface};
	int error;

	if (l->conf.reflect.family != 0)
		return 0;
	l->rpc = calls_connect(l->conf.socket, l->conf.in_flight);
	if (l->rpc == NULL)
		return -ECONNREFUSED;
	error = calls_create(l->rpc, l->calls, l->conf.calls, interface, &wishes.stop);
	if (error == 0 && wishes.stop)
		error = -EINTR;
	if (error == 0)
		report_add(l->report, "setup", "calls/s", 0,
			l->conf.calls / calls_setup_seconds(l->rpc));
	return error;
}

static int
open_engine(void)
{
	int error = seal_init("burst");

	if (error == -ENOENT || error == -ENOTSUP)
		error = seal_init(
			"libsrtp2"); /* slower, on a CPU that libipsec-mb does not know */
	if (error != 0)
		fprintf(stderr, "strowger-bench: no SRTP engine: %s\n", strerror(-error));
	return error;
}

/* In the first run and what comes before it. */
static unsigned
packets_a_stream(const struct load_conf *conf)
{
	unsigned sides = conf->reflect.family != 0 || conf->one_way ? 1 : 2;
	double all = conf->rate * (conf->warmup + conf->seconds) +
		     conf->before.rate * conf->before.seconds;

	return 1 + (unsigned)(all / sides / conf->calls);
}

/* Garbage comes from phones A's address, from a port that is none of theirs, and goes to what
 * calls have opened towards A, or else to where nothing is open. */
static int
set_up_garbage(struct load *l)
{
	enum { FROM = 9 }; /* the discard service's */
	const struct load_conf *conf = &l->conf;
	const struct leg *first = &l->calls[0].leg[0];
	static bool taken[UINT16_MAX + 2];
	struct garbage *g;

	if (conf->garbage.kind == NULL)
		return 0;
	if ((l->garbage = g = calloc(1, sizeof *g)) == NULL)
		return -ENOMEM;
	g->kind = conf->garbage.kind;
	g->rate = conf->garbage.rate;
	g->payload = WIRE_RTP + conf->payload > GARBAGE_STUN ? WIRE_RTP + conf->payload
							     : GARBAGE_STUN;
	g->port = l->side[0];
	g->from.addr = first->phone;
	g->from.addr.port = FROM;
	g->from_ports = 1;
	memcpy(g->from.mac, l->side[0]->mac, 6);
	g->to.addr = first->relay;
	memcpy(g->to.mac, first->relay_mac, 6);
	for (unsigned i = 0; i < 2 * conf->calls; i++) {
		uint16_t port = l->calls[i / 2].leg[i % 2].relay.port;

		taken[port] = taken[port + 1] = true; /* RTCP's, too */
		if (i % 2 == 0)
			g->to_port[g->to_ports++] = port;
	}
	if (g->kind->unused)
		garbage_aim(g, conf->garbage.port[0], conf->garbage.port[1], taken);
	if (g->to_ports > 0)
		return 0;
	fprintf(stderr, "strowger-bench: calls have all of --garbage-ports\n");
	return -EINVAL;
}

static int
set_up(struct load *l)
{
	const struct load_conf *conf = &l->conf;
	struct traffic_conf traffic = {
		.payload = conf->payload,
		.verify = conf->verify,
		.late_ns = (uint64_t)(conf->late_ms * 1e6),
		.rate_max = conf->find_limit ? conf->limit_max : conf->rate,
		.reflect = conf->reflect.family != 0,
		.one_way = conf->one_way,
		.roll_over = conf->roll_over ? packets_a_stream(conf) : 0,
		.replay = conf->replay,
	};
	int error = open_engine();

	if (error == 0)
		error = open_ports(l);
	if (error == 0)
		error = make_phones(l);
	if (error == 0)
		error = set_up_calls(l);
	if (error == 0)
		error = find_relay(l);
	if (error == 0)
		error = traffic_open(
			&l->traffic, &traffic, l->side[0], l->side[1], l->calls, conf->calls);
	if (error == 0)
		error = set_up_garbage(l);
	return error;
}

static void
tear_down(struct load *l)
{
	traffic_close(&l->traffic);
	if (l->rpc != NULL)
		calls_delete(l->rpc);
	calls_close(l->rpc);
	port_close(&l->port[0]);
	port_close(&l->port[1]);
	if (l->calls != NULL)
		explicit_bzero(l->calls, l->conf.calls * sizeof *l->calls);
	free(l->calls);
	free(l->garbage);
	report_close(l->report);
	seal_fini();
}

static void
state_facts(struct load *l)
{
	const struct load_conf *conf = &l->conf;

	report_fact(l->report, "calls", "%u", conf->calls);
	report_fact(l->report, "streams", "%u", l->traffic.streams);
	for (unsigned i = 0; i < conf->pairs; i++) {
		char name[32];

		snprintf(name, sizeof name, conf->pairs > 1 ? "suites_%u" : "suites", i + 1);
		report_fact(l->report, name, "%s to %s",
			sw_suite_info(conf->pair[i].suite[0])->name,
			sw_suite_info(conf->pair[i].suite[1])->name);
	}
	report_fact(l->report, "frame", "%u bytes, unsealed",
		l->traffic.stream[0].rtp_at + WIRE_RTP + conf->payload);
}

static void
add_churn(struct report *r, const struct churn_tally *y)
{
	report_add(r, "churn_created", "calls", 0, (double)y->created);
	report_add(r, "churn_deleted", "calls", 0, (double)y->deleted);
	report_add(r, "churn_refused", "requests", 0, (double)y->refused);
	report_add(r, "churn_unanswered", "requests", 0, (double)y->unanswered);
	report_add(r, "lists", "compared", 0, (double)y->lists);
	report_add(r, "gone", "calls", 0, (double)y->gone);
	report_add(r, "ghosts", "calls", 0, (double)y->ghosts);
	for (unsigned i = 0; i < y->answers; i++)
		report_add(r, "answer", "ms", 1, (double)y->answer_ns[i] / 1e6);
}

static void
measure(struct load *l)
{
	struct measure m = {
		.conf = &l->conf,
		.traffic = &l->traffic,
		.garbage = l->garbage,
		.rpc = l->rpc,
		.report = l->report,
		.wishes = &wishes,
	};

	measure_warm_up(&m);
	fprintf(stderr, "strowger-bench: calls run: %u\n", l->conf.calls);
	for (unsigned i = 0; i < l->conf.repeat && !wishes.stop; i++)
		if (l->conf.find_limit)
			measure_limit(&m);
		else
			measure_run(&m);
}

/* Calls come and go while others are measured. */
static int
measure_with_churn(struct load *l)
{
	struct churn_conf conf = {.load = &l->conf, .phones = l->calls[0]};
	struct churn_tally *tally;
	struct churn *churn;

	if (l->conf.churn == 0) {
		measure(l);
		return 0;
	}
	churn = churn_start(&conf);
	tally = calloc(1, sizeof *tally);
	if (churn == NULL || tally == NULL)
		return -ENOMEM;
	measure(l);
	churn_stop(churn, tally);
	add_churn(l->report, tally);
	free(tally);
	return 0;
}

/* End the calls.  None may be left. */
static void
hang_up(struct load *l)
{
	int left;

	if (l->rpc == NULL || calls_delete(l->rpc) != 0)
		return;
	left = calls_left(l->rpc);
	if (left >= 0)
		report_add(l->report, "left", "calls", 0, left);
}

int
load_main(int argc, char **argv)
{
	struct load *l = calloc(1, sizeof *l);
	int error;

	if (l == NULL)
		return 1;
	error = load_options(&l->conf, argc, argv);
	if (error != 0) {
		free(l);
		return error < 0 ? 2 : 0;
	}
	l->report = report_open("load");
	signal(SIGINT, interrupt);
	signal(SIGTERM, interrupt);
	signal(SIGUSR1, mark);
	prctl(PR_SET_TIMERSLACK, 1);
	error = l->report == NULL ? -ENOMEM : set_up(l);
	if (error == 0) {
		const char *json = l->conf.json;

		state_facts(l);
		error = measure_with_churn(l);
		hang_up(l);
		if (json == NULL || strcmp(json, "-") != 0)
			report_print(l->report, stdout);
		if (json != NULL && error == 0)
			error = report_save(l->report, json);
	}
	tear_down(l);
	free(l);
	return error == 0 ? 0 : 1;
}
