/* SPDX-License-Identifier: Apache-2.0
 *
 * dataplane/crossing.c between threads: what one writes into a packet before it puts it, the
 * other reads; nothing is lost, doubled or out of order; and nobody sleeps through what was
 * put for it.  Built with ThreadSanitizer, which sees the rings when they are compiled with
 * the C11 memory model.  The packets are made by hand: nobody allocates. */
#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <rte_mbuf.h>
#include <rte_ring_elem.h>
#include <sched.h>
#include <stdlib.h>

#include "bench/inproc.h"

enum {
	PACKETS = 600,   /* of each side: more than a ring holds */
	ROUNDS = 200000, /* packets that each side puts */
	PINGS = 20000,
	PATIENCE_MS = 10000, /* a sleeper that nobody wakes in this time was forgotten */
};

/* One party: its thread, and the packets that it has in hand. */
struct side {
	struct crossing *crossing;
	unsigned self;
	struct rte_mbuf *hand[2 * PACKETS];
	unsigned in_hand;
	uint32_t put, taken; /* packets; both are numbered in order */
	bool forgotten;
};

static struct rte_mbuf packets[2][PACKETS];

static void
setup(void)
{
	ck_assert_int_eq(inproc_begin(64, "burst"), 0);
}

static void
open_sides(struct side side[2])
{
	struct crossing *c = crossing_open(1, 0); /* one core and main: two parties */

	ck_assert_ptr_nonnull(c);
	for (unsigned i = 0; i < 2; i++) {
		side[i] = (struct side){.crossing = c, .self = i};
		for (unsigned k = 0; k < PACKETS; k++)
			side[i].hand[side[i].in_hand++] = &packets[i][k];
	}
}

static void
run_both(struct side side[2], void *(*run)(void *))
{
	pthread_t thread[2];

	for (unsigned i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, run, &side[i]), 0);
	for (unsigned i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
}

/* Drop nothing: what did not fit stays in hand, and its numbers are used again. */
static void
flush(struct side *s, struct crossing_end *end)
{
	unsigned n, took = crossing_flush(end, !s->self, &n);

	for (unsigned i = took; i < n; i++)
		s->hand[s->in_hand++] = end->out[!s->self].pkt[i];
	s->put -= n - took;
}

static void
put_one(struct side *s, struct crossing_end *end)
{
	struct rte_mbuf *m = s->hand[--s->in_hand];

	m->pkt_len = s->put++; /* plain stores */
	if (crossing_put(end, !s->self, m))
		flush(s, end);
}

static void
take_all(struct side *s, struct crossing_end *end)
{
	struct rte_mbuf *pkt[BURST];
	unsigned n = crossing_take(end, !s->self, pkt, BURST);

	for (unsigned i = 0; i < n; i++) {
		ck_assert_uint_eq(pkt[i]->pkt_len, s->taken);
		s->taken++;
		s->hand[s->in_hand++] = pkt[i]; /* ours now, to be written again */
	}
}

static void *
stream(void *arg)
{
	struct side *s = arg;
	struct crossing_end end;

	crossing_end_init(&end, s->crossing, s->self);
	while (s->put < ROUNDS || s->taken < ROUNDS) {
		for (unsigned i = 0; i < BURST && s->in_hand > 0 && s->put < ROUNDS; i++)
			put_one(s, &end);
		if (end.waiting != 0)
			flush(s, &end);
		take_all(s, &end);
	}
	return NULL;
}

START_TEST(what_crosses_both_ways_arrives_whole_and_in_order)
{
	static struct side side[2];

	open_sides(side);
	run_both(side, stream);
	ck_assert_uint_eq(side[0].taken, ROUNDS);
	ck_assert_uint_eq(side[1].taken, ROUNDS);
	crossing_close(side[0].crossing);
}
END_TEST

/* Sleep until woken.  False: nobody did. */
static bool
sleep_once(struct crossing_end *end)
{
	struct pollfd fd = {.fd = crossing_wake_fd(end), .events = POLLIN};
	bool woken = true;

	if (crossing_sleep(end)) {
		woken = poll(&fd, 1, PATIENCE_MS) == 1;
		crossing_awake(end);
	}
	return woken;
}

static void
wait_for_one(struct side *s, struct crossing_end *end)
{
	uint32_t had = s->taken;

	for (take_all(s, end); s->taken == had && !s->forgotten; take_all(s, end))
		s->forgotten = !sleep_once(end);
}

/* One packet goes to and fro, and whoever waits for it sleeps. */
static void *
ping(void *arg)
{
	struct side *s = arg;
	struct crossing_end end;

	crossing_end_init(&end, s->crossing, s->self);
	for (unsigned i = 0; i < PINGS && !s->forgotten; i++) {
		if (s->self == 1)
			wait_for_one(s, &end);
		put_one(s, &end);
		flush(s, &end);
		if (s->self == 0)
			wait_for_one(s, &end);
	}
	return NULL;
}

START_TEST(nobody_sleeps_through_what_is_put_for_it)
{
	static struct side side[2];

	open_sides(side);
	run_both(side, ping);
	ck_assert(!side[0].forgotten && !side[1].forgotten);
	ck_assert_uint_eq(side[0].taken, PINGS);
	ck_assert_uint_eq(side[1].taken, PINGS);
	crossing_close(side[0].crossing);
}
END_TEST

/* ---- What is told otherwise than in packets ---- */

/* One who speaks, and main, which listens. */
struct talk {
	struct crossing *crossing;
	struct rte_ring *words; /* of uint32_t: 1, 2, 3... */
	_Atomic uint32_t heard;
	_Atomic bool forgotten;
};

static void *
speak(void *arg)
{
	struct talk *t = arg;

	for (uint32_t word = 1; word <= PINGS; word++) {
		ck_assert_int_eq(rte_ring_sp_enqueue_elem(t->words, &word, sizeof word), 0);
		crossing_tell(t->crossing);
		while (atomic_load(&t->heard) != word && !atomic_load(&t->forgotten))
			sched_yield();
	}
	return NULL;
}

static bool
take_words(struct talk *t)
{
	uint32_t word;
	bool any = false;

	for (; rte_ring_sc_dequeue_elem(t->words, &word, sizeof word) == 0; any = true)
		atomic_store(&t->heard, word);
	return any;
}

/* As main does it, but that it looks again at once. */
static void *
listen_to(void *arg)
{
	struct talk *t = arg;
	struct crossing_end end;
	struct pollfd fd;

	crossing_end_init(&end, t->crossing, crossing_main(t->crossing));
	fd = (struct pollfd){.fd = crossing_wake_fd(&end), .events = POLLIN};
	while (atomic_load(&t->heard) != PINGS && !atomic_load(&t->forgotten)) {
		crossing_listen(t->crossing, true);
		if (take_words(t)) {
			crossing_listen(t->crossing, false);
			continue;
		}
		atomic_store(&t->forgotten, poll(&fd, 1, PATIENCE_MS) != 1);
		crossing_awake(&end);
	}
	return NULL;
}

START_TEST(main_listens_and_misses_no_word)
{
	static struct talk talk;
	pthread_t thread[2];

	talk.crossing = crossing_open(1, 0);
	talk.words = rte_ring_create_elem(
		"words", sizeof(uint32_t), 64, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	ck_assert(talk.crossing != NULL && talk.words != NULL);
	ck_assert_int_eq(pthread_create(&thread[0], NULL, speak, &talk), 0);
	ck_assert_int_eq(pthread_create(&thread[1], NULL, listen_to, &talk), 0);
	for (unsigned i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	ck_assert(!talk.forgotten);
	ck_assert_uint_eq(talk.heard, PINGS);
	rte_ring_free(talk.words);
	crossing_close(talk.crossing);
}
END_TEST

static Suite *
crossing_suite(void)
{
	Suite *s = suite_create("crossing");
	TCase *t = tcase_create("threads");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 120);
	tcase_add_unchecked_fixture(t, setup, NULL);
	tcase_add_test(t, what_crosses_both_ways_arrives_whole_and_in_order);
	tcase_add_test(t, nobody_sleeps_through_what_is_put_for_it);
	tcase_add_test(t, main_listens_and_misses_no_word);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(crossing_suite());
	int failed;

	srunner_set_fork_status(r, CK_NOFORK); /* threads, and EAL is started once */
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
