/* SPDX-License-Identifier: Apache-2.0
 *
 * The thread behind churn.h.  Requests go out in bunches, so that some are under way whenever
 * the relay is killed. */
#include "bench/churn.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "bench/calls.h"
#include "bench/clock.h"
#include "control/rpc_client.h"

enum {
	TURN_MS = 20,
	AGAIN_MS = 2, /* between two attempts to connect */
	TIMEOUT_MS = 5000,
	BUNCH = 64,    /* requests of one turn */
	TOO_LONG = 10, /* seconds without a relay at the end */
};

enum fate {
	ABSENT, /* must not be listed */
	ALIVE,  /* must be */
	UNKNOWN /* may be: the answer to its last request never came */
};

struct request {
	json_int_t id; /* they are numbered in turn */
	unsigned call;
	bool creates;
	bool answered;
};

struct churn {
	struct churn_conf conf;
	pthread_t thread;
	atomic_bool stop;
	struct rpc_client *rpc; /* NULL: the relay has hung up ... */
	uint64_t hung_up_at;    /* ... which was noticed then; 0: it has answered since */
	uint64_t started;
	uint8_t *fate;        /* enum fate, by call; the first ones are the caller's */
	bool *listed;         /* as big */
	unsigned calls, room; /* that there were so far */
	unsigned oldest;      /* call that is deleted next */
	struct request request[BUNCH];
	unsigned requests;
	struct churn_tally tally;
};

static void
nap_ms(unsigned ms)
{
	const struct timespec t = {.tv_nsec = (long)ms * 1000000};

	nanosleep(&t, NULL);
}

/* ---- The list ---- */

static void
note_listed(void *arg, unsigned i)
{
	struct churn *c = arg;

	if (i < c->calls)
		c->listed[i] = true;
	else
		c->tally.ghosts++;
}

/* What was under way to a relay that has hung up is decided by its successor's list. */
static void
compare(struct churn *c)
{
	c->tally.lists++;
	c->oldest = c->conf.load->calls;
	for (unsigned i = 0; i < c->calls; i++) {
		c->tally.gone += c->fate[i] == ALIVE && !c->listed[i];
		c->tally.ghosts += c->fate[i] == ABSENT && c->listed[i];
		c->fate[i] = c->listed[i] ? ALIVE : ABSENT;
		c->listed[i] = false;
	}
}

static void
hang_up(struct churn *c)
{
	rpc_client_close(c->rpc);
	c->rpc = NULL;
	if (c->hung_up_at == 0)
		c->hung_up_at = clock_ns();
	for (unsigned i = 0; i < c->requests; i++) {
		if (c->request[i].answered)
			continue;
		c->fate[c->request[i].call] = UNKNOWN;
		c->tally.unanswered++;
	}
	c->requests = 0;
}

static void
look(struct churn *c)
{
	if (calls_list(c->rpc, note_listed, c) != 0) {
		hang_up(c);
		return;
	}
	if (c->hung_up_at != 0 && c->tally.answers < CHURN_ANSWERS)
		c->tally.answer_ns[c->tally.answers++] = clock_ns() - c->hung_up_at;
	c->hung_up_at = 0;
	compare(c);
}

/* Is there a relay to talk to? */
static bool
reach(struct churn *c)
{
	if (c->rpc != NULL)
		return true;
	c->rpc = rpc_client_open(c->conf.load->socket, TIMEOUT_MS);
	if (c->rpc != NULL)
		look(c);
	return c->rpc != NULL;
}

/* ---- Requests ---- */

static bool
ask(struct churn *c, unsigned call, bool creates)
{
	const struct load_conf *load = c->conf.load;
	const char *const interface[2] = {load->side[0].interface, load->side[1].interface};
	struct request *r = &c->request[c->requests++];
	char name[CALLS_NAME];

	calls_name(name, call);
	*r = (struct request){.call = call, .creates = creates};
	r->id = rpc_client_send(c->rpc, creates ? "call.create" : "call.delete",
		creates ? calls_json(call, &c->conf.phones, interface)
			: json_pack("{s:s}", "call", name));
	return r->id > 0;
}

static void
take(struct churn *c, struct request *r, const struct rpc_answer *a)
{
	r->answered = true;
	c->tally.refused += a->error != NULL;
	if (r->creates) {
		c->fate[r->call] = a->error == NULL ? ALIVE : ABSENT;
		c->tally.created += a->error == NULL;
	} else if (a->error == NULL) {
		c->fate[r->call] = ABSENT;
		c->tally.deleted++;
	}
}

/* Wait for the answers to all requests. */
static bool
take_all(struct churn *c)
{
	json_int_t first = c->request[0].id;

	for (unsigned n = 0; n < c->requests; n++) {
		struct rpc_answer a;

		if (rpc_client_receive(c->rpc, &a) != 0)
			return false;
		if (a.id >= first && a.id < first + c->requests)
			take(c, &c->request[a.id - first], &a);
		rpc_answer_fini(&a);
	}
	c->requests = 0;
	return true;
}

/* Room for one call more. */
static bool
grow(struct churn *c)
{
	unsigned room = c->room * 2;
	uint8_t *fate;
	bool *listed;

	if (c->calls < c->room)
		return true;
	if ((fate = realloc(c->fate, room)) == NULL)
		return false;
	c->fate = fate;
	if ((listed = realloc(c->listed, room * sizeof *listed)) == NULL)
		return false;
	c->listed = listed;
	for (unsigned i = c->room; i < room; i++) {
		fate[i] = ABSENT;
		listed[i] = false;
	}
	c->room = room;
	return true;
}

/* Create up to call CREATE, delete up to call DELETE: as many as fit a bunch. */
static void
turn(struct churn *c, unsigned create, unsigned delete)
{
	bool sent = true;

	while (sent && c->calls < create && c->requests < BUNCH / 2 && grow(c))
		sent = ask(c, c->calls++, true);
	for (; sent && c->oldest < delete &&c->requests < BUNCH; c->oldest++)
		if (c->fate[c->oldest] != ABSENT)
			sent = ask(c, c->oldest, false);
	if (!sent || !take_all(c))
		hang_up(c);
}

/* ---- The thread ---- */

static void
delete_all(struct churn *c)
{
	uint64_t end = clock_ns() + TOO_LONG * UINT64_C(1000000000);

	while ((c->rpc == NULL || c->oldest < c->calls) && clock_ns() < end)
		if (reach(c))
			turn(c, 0, c->calls);
		else
			nap_ms(AGAIN_MS);
	if (c->rpc != NULL)
		look(c);
}

static void *
run(void *arg)
{
	struct churn *c = arg;
	const struct load_conf *load = c->conf.load;

	c->started = clock_ns();
	while (!c->stop) {
		double s = (double)(clock_ns() - c->started) / 1e9, old = s - load->hold;

		if (!reach(c)) {
			nap_ms(AGAIN_MS);
			continue;
		}
		turn(c, load->calls + (unsigned)(s * load->churn),
			load->calls + (old > 0 ? (unsigned)(old * load->churn) : 0));
		nap_ms(TURN_MS);
	}
	if (reach(c))
		look(c);
	delete_all(c);
	rpc_client_close(c->rpc);
	return NULL;
}

struct churn *
churn_start(const struct churn_conf *conf)
{
	struct churn *c = calloc(1, sizeof *c);
	int error = ENOMEM;

	if (c == NULL)
		return NULL;
	c->conf = *conf;
	c->calls = c->oldest = conf->load->calls;
	c->room = c->calls + 1024;
	c->fate = malloc(c->room);
	c->listed = calloc(c->room, sizeof *c->listed);
	if (c->fate == NULL || c->listed == NULL)
		goto failed;
	for (unsigned i = 0; i < c->room; i++)
		c->fate[i] = i < c->calls ? ALIVE : ABSENT;
	if ((error = pthread_create(&c->thread, NULL, run, c)) == 0)
		return c;

failed:
	free(c->fate);
	free(c->listed);
	free(c);
	errno = error;
	return NULL;
}

void
churn_stop(struct churn *c, struct churn_tally *tally)
{
	c->stop = true;
	pthread_join(c->thread, NULL);
	*tally = c->tally;
	free(c->fate);
	free(c->listed);
	free(c);
}
