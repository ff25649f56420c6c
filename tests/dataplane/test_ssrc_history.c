/* SPDX-License-Identifier: Apache-2.0
 *
 * The promise of dataplane/ssrc.h, put to the test: sources restart, repeat, reorder, collide
 * and re-key as they like, somebody sends again what he has heard, the switch is killed at any
 * of its stores and another one takes over, and still no (key, SSRC, index) is sealed twice.
 */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

/* The code under test, with room for a kill wherever it says that the order of stores matters.
 */
static void ordered_point(unsigned spot);
#define ORDERED() ordered_point(__COUNTER__)
#include "dataplane/ssrc.c"
#include "dataplane/ssrc_entries.c"
#include "dataplane/ssrc_rtcp.c"
#include "dataplane/ssrc_tx.c"
#include "tests/dataplane/lone_state.h"

enum { LIMIT = 16 };

static uint64_t random_state;

/* xorshift64*: the histories are the same in every run. */
static uint32_t
draw(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (uint32_t)(random_state * UINT64_C(0x2545f4914f6cdd1d) >> 32);
}

static uint32_t
below(uint32_t n)
{
	return draw() % n;
}

/* A kill leaves of the stores since the last ordered point any, each whole: these. */
struct field {
	uint16_t at, len;
};
#define FIELD(type, member)                                         \
	{                                                           \
		offsetof(type, member), sizeof(((type *)0)->member) \
	}

static const struct field rx_fields[] = {
	FIELD(struct sw_rx_ssrc, index),
	FIELD(struct sw_rx_ssrc, window[0]),
	FIELD(struct sw_rx_ssrc, window[1]),
	FIELD(struct sw_rx_ssrc, first),
	FIELD(struct sw_rx_ssrc, packets),
	FIELD(struct sw_rx_ssrc, ssrc),
	FIELD(struct sw_rx_ssrc, epoch),
	FIELD(struct sw_rx_ssrc, seen),
	FIELD(struct sw_rx_ssrc, transit),
	FIELD(struct sw_rx_ssrc, jitter),
	FIELD(struct sw_rx_ssrc, restart),
	FIELD(struct sw_rx_ssrc, keys),
	FIELD(struct sw_rx_ssrc, state),
};
static const struct field rtcp_fields[] = {
	FIELD(struct sw_rx_rtcp, window),
	FIELD(struct sw_rx_rtcp, index),
	FIELD(struct sw_rx_rtcp, used),
};
static const struct field tx_fields[] = {
	FIELD(struct sw_tx_ssrc, source),
	FIELD(struct sw_tx_ssrc, offset),
	FIELD(struct sw_tx_ssrc, highest),
	FIELD(struct sw_tx_ssrc, floor),
	FIELD(struct sw_tx_ssrc, epoch),
	FIELD(struct sw_tx_ssrc, ssrc),
	FIELD(struct sw_tx_ssrc, rtcp_index),
	FIELD(struct sw_tx_ssrc, state),
};
static const struct field own_fields[] = {
	FIELD(struct sw_transport_state, lost),
	FIELD(struct sw_transport_state, epochs),
	FIELD(struct sw_transport_state, key_generation),
	FIELD(struct sw_transport_state, key_proven),
	FIELD(struct sw_transport_state, rx_ssrcs),
	FIELD(struct sw_transport_state, tx_ssrcs),
	FIELD(struct sw_transport_state, has_more),
};

enum {
	SOURCES = 3, /* transports that send to one sink: 0 and 1 SRTP, 2 plain */
	SSRCS = 4,   /* of each; in every other history they share them */
	MANY = 24,   /* and that the plain one uses besides */
	NET = 64,    /* packets on their way */
	BURST = 32,
	PAST = 2048, /* packets that may be sent again */
	SET = 1 << 20,
	SPOTS = 64, /* where a kill may come, in the source */
	KILLS = 20, /* at a spot, before they become rarer */
};

struct packet {
	uint64_t index; /* the sender's; plain: only 16 bits of it are seen */
	uint32_t ssrc;
	uint32_t key; /* 0: plain */
};

struct sender {
	uint64_t index[MANY]; /* next one of each SSRC */
	uint32_t key;
};

/* What the switch knows of a source by its rules, which survive. */
struct rules {
	uint32_t key, old_key;
	uint8_t generation;
};

static struct {
	struct lone_state st[SOURCES + 1], snapshot[SOURCES + 1];
	struct rules rules[SOURCES];
	struct sender sender[SOURCES];
	struct packet net[SOURCES][NET], past[SOURCES][PAST];
	unsigned on_way[SOURCES], sent[SOURCES];
	uint32_t keys, seal_key, now_s;
	uint64_t set[SET]; /* key, SSRC, index: all that was sealed */
	unsigned sealed;
	bool heard[256]; /* SSRCs */

	jmp_buf death;
	bool shared;        /* SSRCS */
	bool armed;         /* kills may come */
	unsigned countdown; /* of a story: places until the kill; 0: none */
	uint16_t story;
	unsigned passed[SPOTS];
	uint64_t all_sealed, kills, why[DROPS + 1];
} w;

static void
tear(void *to, const void *before, const struct field *f, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (below(2))
			memcpy((char *)to + f[i].at, (const char *)before + f[i].at, f[i].len);
}

#define TEAR(now, was, fields) tear(now, was, fields, sizeof(fields) / sizeof *(fields))

/* The switch dies: of the stores since the last ordered point some have been made. */
static _Noreturn void
die(void)
{
	for (unsigned s = 0; s <= SOURCES; s++) {
		struct sw_transport_state *st = &w.st[s].st, *was = &w.snapshot[s].st;

		TEAR(st, was, own_fields);
		for (unsigned i = 0; i < SW_SSRCS; i++) {
			TEAR(sw_rx(st, i), sw_rx(was, i), rx_fields);
			TEAR(sw_rx_srtcp(st, i), sw_rx_srtcp(was, i), rtcp_fields);
			TEAR(sw_tx(st, i), sw_tx(was, i), tx_fields);
		}
	}
	longjmp(w.death, 1);
}

/* Does a kill come at SPOT?  Those that are rarely passed see as many as those that every
 * packet passes. */
static bool
is_killed(unsigned spot)
{
	if (w.countdown > 0)
		return --w.countdown == 0;
	if (!w.armed || draw() % (4 + w.passed[spot]++ / KILLS) != 0)
		return false;
	w.kills++;
	return true;
}

static __attribute__((noinline)) void
ordered_point(unsigned spot)
{
	if (is_killed(spot))
		die();
	if (w.armed || w.countdown > 0)
		memcpy(w.snapshot, w.st, sizeof w.st);
}

/* Between calls: what they have stored last may still be torn. */
#define MAY_DIE() (is_killed(__COUNTER__) ? die() : (void)0)

static void
seal_once(uint32_t ssrc, uint64_t index)
{
	uint64_t what = (uint64_t)w.seal_key << 56 | (uint64_t)ssrc << 48 |
			(uint64_t)w.story << 32 | index;
	size_t at = what * UINT64_C(0x9e3779b97f4a7c15) >> 44;

	for (; w.set[at % SET] != 0; at++)
		if (w.set[at % SET] == what)
			ck_abort_msg("key %u, SSRC %u, index %#lx was sealed twice",
				w.seal_key, ssrc, index);
	/* Receivers take an SSRC that is new to them for one at roll-over 0, or soon behind.
	 */
	if (!w.heard[ssrc] && index > 2 * 65536)
		ck_abort_msg("SSRC %u begins at %#lx", ssrc, index);
	w.heard[ssrc] = true;
	w.set[at % SET] = what;
	if (++w.sealed > SET / 2)
		ck_abort_msg("the set is full");
}

/* The sink's turn. */
static void
seal_packet(unsigned s, const struct ssrc_try *t)
{
	uint64_t out;
	enum drop why = ssrc_tx_index(
		&w.st[SOURCES].st, LIMIT, t->ssrc, 100 + s, t->epoch, t->index, &out);

	MAY_DIE();
	w.why[why]++;
	if (why != SSRC_PASS)
		return;
	seal_once(t->ssrc, out);
	MAY_DIE();
}

/* Does P authenticate under the index of T and a key of generation t->generation? */
static bool
is_authentic(unsigned s, const struct packet *p, const struct ssrc_try *t)
{
	const struct rules *r = &w.rules[s];
	uint32_t key = t->generation == r->generation ? r->key : r->old_key;

	return key != 0 && p->key == key && p->index == t->index;
}

static enum drop
begin_key(unsigned s, const struct packet *p, bool old, struct ssrc_try *t)
{
	return ssrc_rx_begin(&w.st[s].st, (uint8_t)(w.rules[s].generation - old), p->ssrc,
		(uint16_t)p->index, t);
}

static bool
try_key(unsigned s, const struct packet *p, bool begun, struct ssrc_try *t)
{
	while (begun && !is_authentic(s, p, t))
		begun = ssrc_rx_retry(&w.st[s].st, t);
	if (!begun)
		return false;
	MAY_DIE();
	if (ssrc_rx_accept(&w.st[s].st, LIMIT, w.now_s, t) != SSRC_PASS)
		return false;
	MAY_DIE();
	if (t->generation == w.rules[s].generation)
		w.st[s].st.key_proven = 1;
	seal_packet(s, t);
	return true;
}

/* A burst, as unseal.c takes it: all begin, then all are accepted. */
static void
srtp_burst(unsigned s, const struct packet *p, unsigned n)
{
	struct ssrc_try t[BURST], old;
	enum drop why[BURST];

	for (unsigned i = 0; i < n; i++)
		why[i] = begin_key(s, &p[i], false, &t[i]);
	for (unsigned i = 0; i < n; i++) {
		if (try_key(s, &p[i], why[i] == SSRC_PASS, &t[i]))
			continue;
		if (w.rules[s].old_key != 0 &&
			try_key(s, &p[i], begin_key(s, &p[i], true, &old) == SSRC_PASS, &old))
			continue;
		w.why[why[i] == SSRC_PASS ? t[i].fail : why[i]]++;
	}
}

static void
plain_burst(unsigned s, const struct packet *p, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct ssrc_try t;
		enum drop why = ssrc_rx_plain(&w.st[s].st, LIMIT, w.rules[s].generation,
			p[i].ssrc, (uint16_t)p[i].index, w.now_s, &t);

		MAY_DIE();
		w.why[why]++;
		if (why == SSRC_PASS)
			seal_packet(s, &t);
	}
}

/* What main and the core do about keys. */
static void
turn_keys(unsigned s)
{
	struct rules *r = &w.rules[s];
	struct sw_transport_state *st = &w.st[s].st;

	ssrc_rekey(st, r->generation);
	if (r->old_key != 0 && st->key_proven && below(8) == 0) {
		r->old_key = 0;
		ssrc_key_gone(st, (uint8_t)(r->generation - 1));
	}
}

/* Signalling brings source S a new key, which its sender takes sooner or later. */
static void
rekey_source(unsigned s)
{
	struct rules *r = &w.rules[s];

	if (s == SOURCES - 1 || r->old_key != 0)
		return;
	r->old_key = r->key;
	r->key = ++w.keys;
	r->generation++;
}

/* Where a source begins anew: mostly where it has been before. */
static uint64_t
begin_anew(uint64_t index)
{
	return (uint16_t)(below(4) ? index - below(4000) : draw());
}

static void
send_packet(unsigned s)
{
	struct sender *from = &w.sender[s];
	unsigned which = s == SOURCES - 1 && below(10) == 0 ? below(MANY) : below(SSRCS);
	struct packet p;

	if (from->key != w.rules[s].key && below(40) == 0) { /* takes the new key */
		from->key = w.rules[s].key;
		for (unsigned i = 0; i < SSRCS && below(2); i++)
			from->index[i] = begin_anew(from->index[i]);
	}
	if (s == SOURCES - 1 && below(500) == 0)
		from->index[which] = begin_anew(from->index[which]);
	if (below(100) == 0)
		from->index[which] += below(300);
	if (below(3000) == 0)
		from->index[which] += below(32768);
	p = (struct packet){.key = from->key,
		.ssrc = 1 + which + (w.shared ? 0 : s * MANY),
		.index = from->index[which]++};
	w.past[s][w.sent[s]++ % PAST] = p;
	w.net[s][w.on_way[s]++] = p;
}

static void
repeat_packet(unsigned s)
{
	unsigned n = w.sent[s] < PAST ? w.sent[s] : PAST;

	if (n > 0)
		w.net[s][w.on_way[s]++] = w.past[s][below(n)];
}

static void
take_burst(unsigned s, const struct packet *p, unsigned n)
{
	if (s < SOURCES - 1)
		srtp_burst(s, p, n);
	else
		plain_burst(s, p, n);
}

/* Somebody sends again what he has heard. */
static void
replay_past(unsigned s)
{
	unsigned n = w.sent[s] < PAST ? w.sent[s] : PAST;

	for (unsigned i = below(2) ? n / 2 : 0; i + BURST <= n && below(20); i += BURST)
		take_burst(s, &w.past[s][i], BURST);
}

/* Some packets arrive, hardly in order. */
static void
arrive(unsigned s)
{
	struct packet p[BURST];
	unsigned n = 0, want = 1 + below(BURST);

	while (n < want && w.on_way[s] > 0) {
		unsigned i = below(4) ? 0 : below(w.on_way[s]);

		p[n++] = w.net[s][i];
		memmove(&w.net[s][i], &w.net[s][i + 1],
			(--w.on_way[s] - i) * sizeof w.net[s][0]);
	}
	take_burst(s, p, n);
}

static void
turn(void)
{
	unsigned s = below(SOURCES);

	for (unsigned n = below(BURST); n > 0 && w.on_way[s] < NET; n--) {
		if (below(20) == 0)
			repeat_packet(s);
		else
			send_packet(s);
	}
	if (below(400) == 0)
		rekey_source(s);
	if (below(3000) == 0 && w.seal_key < 255) {
		w.seal_key++; /* the rules first */
		ssrc_tx_rekey(&w.st[SOURCES].st);
	}
	if (below(40) == 0)
		w.now_s += below(30);
	turn_keys(s);
	arrive(s);
}

/* A new node and new senders. */
static void
begin_world(uint64_t seed)
{
	for (unsigned s = 0; s <= SOURCES; s++)
		w.st[s] = (struct lone_state)LONE_STATE;
	memset(w.heard, 0, sizeof w.heard);
	w.now_s = 0;
	w.seal_key = 1;
	random_state = seed;
	for (unsigned s = 0; s < SOURCES; s++) {
		w.rules[s] = (struct rules){.key = s < SOURCES - 1 ? ++w.keys : 0};
		w.sender[s].key = w.rules[s].key;
		for (unsigned i = 0; i < MANY; i++)
			w.sender[s].index[i] = below(2) ? 65536 - below(40) : (uint16_t)draw();
		w.on_way[s] = w.sent[s] = 0;
		ssrc_init(&w.st[s].st, draw());
	}
}

static void
empty_set(void)
{
	memset(w.set, 0, sizeof w.set);
	w.sealed = 0;
}

/* Another switch takes over. */
static void
succeed(void)
{
	w.armed = false;
	for (unsigned s = 0; s <= SOURCES; s++)
		ssrc_recover(&w.st[s].st);
}

static void
one_history(uint64_t seed)
{
	volatile unsigned turns = 0;

	begin_world(seed);
	empty_set();
	memset(w.passed, 0, sizeof w.passed);
	w.shared = seed % 2;
	if (setjmp(w.death)) {
		succeed();
		replay_past(below(SOURCES));
	}
	while (turns++ < 10000) {
		w.armed = below(2);
		memcpy(w.snapshot, w.st, sizeof w.st);
		turn();
	}
	w.armed = false;
	w.all_sealed += w.sealed;
}

START_TEST(no_index_is_sealed_twice_in_any_history)
{
	static const enum drop met[] = {DROP_REPLAY, DROP_LATE, DROP_AUTH, DROP_SSRC_LIMIT,
		DROP_RESTART, DROP_SINK_LATE, DROP_SINK_SSRC_LIMIT};

	w.why[SSRC_PASS] = 0;
	for (uint64_t seed = 1; seed <= 25; seed++)
		one_history(seed);
	/* The histories were as wild as they are meant to be, and most of it got through. */
	ck_assert_uint_gt(w.all_sealed, 2000000);
	ck_assert_uint_gt(w.kills, 1000);
	for (unsigned i = 0; i < sizeof met / sizeof *met; i++)
		ck_assert_msg(
			w.why[met[i]] > 100, "drop reason %d: %lu", met[i], w.why[met[i]]);
}
END_TEST

/* N packets of one SSRC from INDEX on, one by one. */
static void
deliver(unsigned s, uint64_t index, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct packet p = {.index = index + i, .ssrc = 1, .key = w.sender[s].key};

		w.past[s][w.sent[s]++ % PAST] = p;
		take_burst(s, &p, 1);
	}
}

static void
send_all_again(unsigned s)
{
	for (unsigned i = 0; i < w.sent[s]; i++)
		take_burst(s, &w.past[s][i], 1);
}

/* A stream runs, begins anew among its own numbers, and the switch is killed at the KILL'th
 * place where it can be: twice, and after each everything is sent again. */
static void
one_story(unsigned s, const unsigned kill[2], uint64_t seed)
{
	volatile unsigned part = 0;

	begin_world(seed);
	if (w.sealed > SET / 4)
		empty_set();
	w.story++;
	deliver(s, 5000, 200);
	if (setjmp(w.death))
		succeed();
	while (part < 2) {
		unsigned now = part++;

		if (now > 0)
			send_all_again(s);
		rekey_source(s);
		w.sender[s].key = w.rules[s].key;
		turn_keys(s);
		memcpy(w.snapshot, w.st, sizeof w.st);
		w.countdown = kill[now];
		deliver(s, 5040 - 10 * now, 4); /* a whole window back */
		w.countdown = 0;
	}
	send_all_again(s);
	deliver(s, 5042, 10);
}

START_TEST(no_index_is_sealed_twice_by_two_kills_around_a_restart)
{
	enum { PLACES = 25, TEARS = 20 };

	empty_set();
	for (unsigned first = 1; first < PLACES; first++)
		for (unsigned second = 1; second < PLACES; second++)
			for (unsigned seed = 1; seed < TEARS; seed++)
				one_story(_i, (unsigned[]){first, second}, seed);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("ssrc history");
	TCase *tc = tcase_create("no index twice");

	tcase_set_timeout(tc, 150);
	tcase_add_test(tc, no_index_is_sealed_twice_in_any_history);
	tcase_add_loop_test(
		tc, no_index_is_sealed_twice_by_two_kills_around_a_restart, 0, SOURCES);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(suite());
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
