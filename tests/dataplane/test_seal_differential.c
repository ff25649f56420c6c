/* SPDX-License-Identifier: Apache-2.0
 *
 * Compares dataplane/seal*.c with libsrtp2's sessions, packet by packet: what we seal must be
 *its bytes, and what it opens or refuses we must open to the same bytes or refuse.  Random
 *keys, MKIs, CSRCs, extensions, padding, lengths, lost and late packets, roll-overs, RTCP with
 *and without encryption, damage.
 *
 *	test_seal_differential [ENGINE [SUITE]]
 *
 * STROWGER_DIFF_PACKETS: packets per suite and direction. */
#include <arpa/inet.h>
#include <check.h>
#include <srtp2/srtp.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/libsrtp_policy.h"
#include "dataplane/seal.h"
#include "dataplane/seal_engine.h"
#include "dataplane/switch.h"

#if defined(__SANITIZE_ADDRESS__)
enum { PACKETS = 20000 };
#else
enum { PACKETS = 1000000 };
#endif

enum {
	PAIRS = 6,     /* keys at a time */
	SOURCES = 3,   /* SSRCs of each: 18 streams in libsrtp2, which is slow with many */
	LIFE = 2500,   /* bursts until the keys are replaced */
	SKIPPED = 16,  /* lost indexes a source remembers, to send them late */
	LATE = 900,    /* packets that one may be late */
	WINDOW = 1024, /* packets in libsrtp2's replay window */
	PAYLOAD_MAX = 1400, /* bytes */
	ROOM = 1600, /* bytes: header, payload, libsrtp2's trailer of up to 144 and RTCP's 4 */
};

/* Packet numbers of one SSRC: rising, with gaps that are filled late or never. */
struct numbers {
	uint64_t next;
	uint64_t skipped[SKIPPED];
	unsigned skips;
};

struct source {
	uint32_t ssrc; /* network byte order */
	struct numbers rtp, rtcp;
};

/* One key, with us and with libsrtp2. */
struct pair {
	struct sw_key key;
	struct seal *out, *in;
	srtp_t theirs, sender; /* the latter where they seal and unseal */
	struct source source[SOURCES];
};

static const char *engine = "burst";
static const char *only; /* one suite, or all */
static struct seal_lane *lane;
static struct pair pairs[PAIRS];
static uint64_t seed;

/* xorshift64* */
static uint64_t
rnd64(void)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return seed * 0x2545f4914f6cdd1dull;
}

static uint32_t
rnd(uint32_t below)
{
	return (uint32_t)((rnd64() >> 32) * below >> 32);
}

static void
fill(void *out, unsigned len)
{
	uint8_t *o = out;

	for (unsigned i = 0; i < len; i += 8) {
		uint64_t random = rnd64();

		memcpy(o + i, &random, len - i < 8 ? len - i : 8);
	}
}

/* ---- libsrtp2 ---- */

static srtp_t
theirs_open(const struct pair *pair, bool rtcp_clear)
{
	const struct sw_suite_info *suite = sw_suite_info(pair->key.suite);
	uint8_t key[SW_KEY_MAX + SW_SALT_MAX], mki[SW_MKI_MAX];
	srtp_master_key_t master = {key, mki, pair->key.mki_len}, *masters[] = {&master};
	srtp_policy_t policy = {.keys = masters,
		.num_master_keys = 1,
		.window_size = WINDOW,
		.ssrc = {.type = ssrc_specific}};
	srtp_t session;

	memcpy(key, pair->key.key, suite->key_len);
	memcpy(key + suite->key_len, pair->key.salt, suite->salt_len);
	memcpy(mki, pair->key.mki, sizeof mki);
	policy.rtp = libsrtp_policy(suite, false);
	policy.rtcp = libsrtp_policy(suite, true);
	if (rtcp_clear)
		policy.rtcp.sec_serv = sec_serv_auth;
	ck_assert_int_eq(srtp_create(&session, NULL), srtp_err_status_ok);
	for (unsigned i = 0; i < SOURCES; i++) {
		policy.ssrc.value = ntohl(pair->source[i].ssrc);
		ck_assert_int_eq(srtp_add_stream(session, &policy), srtp_err_status_ok);
	}
	return session;
}

/* Makes the session use INDEX for the next packet of SSRC.  To libsrtp2 a counter of 0 means
 * "not said", which comes to the same: no source gets back there. */
static void
theirs_at(const struct pair *pair, const struct source *source, uint64_t index)
{
	ck_assert_int_eq(srtp_set_stream_roc(
				 pair->theirs, ntohl(source->ssrc), (uint32_t)(index >> 16)),
		srtp_err_status_ok);
}

static srtp_err_status_t
theirs_seal(srtp_t session, const struct pair *pair, bool rtcp, uint8_t *pkt, int *len)
{
	return (rtcp ? srtp_protect_rtcp_mki : srtp_protect_mki)(
		session, pkt, len, pair->key.mki_len != 0, 0);
}

/* 2.5.0 looks for the MKI of an SRTCP packet before a tag of SRTP's length: for the 32-bit
 * suites it is taken out beforehand. */
static srtp_err_status_t
theirs_unseal(const struct pair *pair, bool rtcp, uint8_t *pkt, int *len)
{
	const struct sw_suite_info *suite = sw_suite_info(pair->key.suite);

	if (rtcp && suite->rtp_tag != suite->rtcp_tag && pair->key.mki_len != 0) {
		int mki_at = *len - suite->rtcp_tag - pair->key.mki_len;

		if (mki_at < 8 + 4)
			return srtp_err_status_parse_err;
		if (memcmp(pkt + mki_at, pair->key.mki, pair->key.mki_len) != 0)
			return srtp_err_status_bad_mki;
		memmove(pkt + mki_at, pkt + mki_at + pair->key.mki_len, suite->rtcp_tag);
		*len -= pair->key.mki_len;
		return srtp_unprotect_rtcp_mki(pair->theirs, pkt, len, 0);
	}
	return (rtcp ? srtp_unprotect_rtcp_mki : srtp_unprotect_mki)(
		pair->theirs, pkt, len, pair->key.mki_len != 0);
}

/* ---- Keys and numbers ---- */

static void
pair_close(struct pair *pair)
{
	if (pair->out == NULL)
		return;
	seal_close(pair->out);
	seal_close(pair->in);
	srtp_dealloc(pair->theirs);
	if (pair->sender != NULL)
		srtp_dealloc(pair->sender);
	pair->out = NULL;
}

/* 2.5.0 derives AES-192's session keys with AES-256, whose key it makes of key and salt
 * (libsrtp issue 763).  We do as RFC 6188 says, which test_seal.c checks, and here meet behind
 * the derivation. */
static struct seal *
ours_open(const struct sw_key *key, bool unseal)
{
	struct sw_key wide = {.suite = SW_AES_256_CM_HMAC_SHA1_80};
	struct seal_session session;

	if (sw_suite_info(key->suite)->key_len != 24)
		return seal_open(key, unseal);
	memcpy(wide.key, key->key, 24);
	memcpy(wide.key + 24, key->salt, 8);
	memcpy(wide.salt, key->salt + 8, 6);
	ck_assert_int_eq(seal_derive(&wide, &session), 0);
	return seal_open_session(key, &session, unseal);
}

static void
pair_open(struct pair *pair, unsigned suite, bool rtcp_clear)
{
	const struct sw_suite_info *info = sw_suite_info(suite);

	memset(pair, 0, sizeof *pair);
	pair->key.suite = (uint8_t)suite;
	pair->key.mki_len = (uint8_t)(rnd(2) ? 0 : 1 + rnd(SW_MKI_MAX));
	fill(pair->key.mki, pair->key.mki_len);
	fill(pair->key.key, info->key_len);
	fill(pair->key.salt, info->salt_len);
	for (unsigned i = 0; i < SOURCES; i++) {
		struct source *s = &pair->source[i];

		fill(&s->ssrc, sizeof s->ssrc);
		/* Some begin at the beginning, some just before their numbers roll over, some
		 * late. */
		s->rtp.next =
			rnd(2) ? rnd(65536) : (uint64_t)rnd(UINT32_MAX - 1) << 16 | rnd(65536);
		if (rnd(3) == 0)
			s->rtp.next |= 0xffc0;
		s->rtcp.next = 1;
	}
	pair->out = ours_open(&pair->key, false);
	pair->in = ours_open(&pair->key, true);
	ck_assert_ptr_nonnull(pair->out);
	ck_assert_ptr_nonnull(pair->in);
	pair->theirs = theirs_open(pair, rtcp_clear);
	if (rtcp_clear)
		pair->sender = theirs_open(pair, true);
}

static void
pairs_open(unsigned suite, bool rtcp_clear)
{
	for (unsigned i = 0; i < PAIRS; i++) {
		pair_close(&pairs[i]);
		pair_open(&pairs[i], suite, rtcp_clear);
	}
}

/* Never the same twice. */
static uint64_t
number(struct numbers *n, unsigned late, unsigned loss)
{
	if (n->skips > 0 && rnd(8) == 0) {
		uint64_t index = n->skipped[--n->skips];

		if (index + late > n->next)
			return index;
	}
	if (rnd(16) == 0)
		for (unsigned lost = 1 + rnd(rnd(16) == 0 ? loss : 8); lost > 0;
			lost--, n->next++)
			if (n->skips < SKIPPED)
				n->skipped[n->skips++] = n->next;
	return n->next++;
}

/* ---- Packets ---- */

/* One packet on its way through both. */
struct trial {
	struct pair *pair;
	struct source *source;
	uint64_t index;
	bool rtcp;
	unsigned clear, len;
	srtp_err_status_t status;
	int their_len;
	alignas(16) uint8_t plain[ROOM], ours_at[ROOM], theirs[ROOM];
	uint8_t *ours; /* in ours_at, at any alignment */
};

static unsigned
payload_length(void)
{
	switch (rnd(8)) {
	case 0:
		return rnd(PAYLOAD_MAX + 1);
	case 1:
	case 2:
	case 3:
		return rnd(65);
	default:
		return 160 + rnd(2) * rnd(16);
	}
}

static void
trial_rtp(struct trial *t, unsigned payload)
{
	unsigned csrcs = rnd(4) ? 0 : rnd(16), words = rnd(4) ? 0 : 1 + rnd(5);

	t->clear = 12 + 4 * csrcs + 4 * words;
	t->len = t->clear + payload;
	fill(t->plain, t->len);
	t->plain[0] = (uint8_t)(0x80 | csrcs | (words != 0 ? 0x10 : 0));
	if (payload != 0 && rnd(8) == 0) { /* padded */
		t->plain[0] |= 0x20;
		t->plain[t->len - 1] = (uint8_t)(1 + rnd(payload < 255 ? payload : 255));
	}
	t->plain[2] = (uint8_t)(t->index >> 8);
	t->plain[3] = (uint8_t)t->index;
	memcpy(t->plain + 8, &t->source->ssrc, 4);
	if (words != 0) {
		t->plain[12 + 4 * csrcs + 2] = 0;
		t->plain[12 + 4 * csrcs + 3] = (uint8_t)(words - 1);
	}
}

static void
trial_rtcp(struct trial *t, unsigned payload)
{
	t->clear = 8;
	t->len = 8 + payload / 4 * 4;
	fill(t->plain, t->len);
	t->plain[0] = 0x81;
	t->plain[1] = (uint8_t)(200 + rnd(8));
	memcpy(t->plain + 4, &t->source->ssrc, 4);
}

/* RTCP numbers have gaps only where LOSSY: libsrtp2 numbers what it seals itself. */
static void
trial_make(struct trial *t, unsigned i, bool rtcp, bool lossy)
{
	t->pair = &pairs[rnd(PAIRS)];
	t->source = &t->pair->source[rnd(SOURCES)];
	t->rtcp = rtcp;
	if (t->rtcp)
		t->index = lossy ? number(&t->source->rtcp, 100, 8) : t->source->rtcp.next++;
	else
		t->index = number(&t->source->rtp, LATE, 30000);
	(t->rtcp ? trial_rtcp : trial_rtp)(t, payload_length());
	t->ours = t->ours_at + i % 4;
	memcpy(t->ours, t->plain, t->len);
}

static struct seal_job
job_of(const struct trial *t, struct seal *key, unsigned len)
{
	return (struct seal_job){
		.key = key,
		.pkt = t->ours,
		.index = t->index,
		.len = (uint16_t)len,
		.clear = (uint16_t)t->clear,
		.rtcp = t->rtcp,
	};
}

static void
check_bytes(const struct trial *t, const struct seal_job *job, uint64_t packet)
{
	ck_assert_msg((t->status == srtp_err_status_ok) == (job->status == SEAL_OK),
		"packet %lu, %s, index %#lx, mki %u, %u bytes: libsrtp2 says %d, we %d",
		(unsigned long)packet, t->rtcp ? "rtcp" : "rtp", (unsigned long)t->index,
		t->pair->key.mki_len, t->len, t->status, job->status);
	if (job->status != SEAL_OK)
		return;
	ck_assert_int_eq(job->len, t->their_len);
	ck_assert_msg(memcmp(job->pkt, t->theirs, job->len) == 0,
		"packet %lu, %s, index %#lx, mki %u, %u bytes: differs", (unsigned long)packet,
		t->rtcp ? "rtcp" : "rtp", (unsigned long)t->index, t->pair->key.mki_len,
		t->len);
}

/* ---- The two directions ---- */

static struct trial trials[SEAL_BURST];

static void
seal_as_they_do(unsigned suite, uint64_t packets)
{
	uint64_t done = 0;

	for (uint64_t burst = 0; done < packets; burst++) {
		struct seal_job job[SEAL_BURST];
		unsigned n = 1 + rnd(SEAL_BURST);

		if (burst % LIFE == 0)
			pairs_open(suite, false);
		for (unsigned i = 0; i < n; i++) {
			struct trial *t = &trials[i];

			trial_make(t, i, rnd(8) == 0, false);
			job[i] = job_of(t, t->pair->out, t->len);
			memcpy(t->theirs, t->plain, t->len);
			t->their_len = (int)t->len;
			if (!t->rtcp)
				theirs_at(t->pair, t->source, t->index);
			t->status = theirs_seal(
				t->pair->theirs, t->pair, t->rtcp, t->theirs, &t->their_len);
			ck_assert_int_eq(t->status, srtp_err_status_ok);
		}
		seal_burst(lane, job, n);
		for (unsigned i = 0; i < n; i++)
			check_bytes(&trials[i], &job[i], done + i);
		done += n;
	}
}

/* Sometimes cuts or changes a sealed packet of LEN bytes; its new length. */
static unsigned
damage(const struct trial *t, unsigned len)
{
	switch (rnd(16)) {
	case 0:
		t->ours[rnd(len)] ^= (uint8_t)(1 << rnd(8));
		return len;
	case 1: /* libsrtp2 reads the header of whatever it gets */
		return t->clear + rnd(len - t->clear);
	default:
		return len;
	}
}

/* Seals T in place, with the engine that seal_as_they_do() has compared; its new length. */
static unsigned
sealed(struct trial *t)
{
	struct seal_job job = job_of(t, t->pair->out, t->len);

	seal_burst(lane, &job, 1);
	ck_assert_int_eq(job.status, SEAL_OK);
	return job.len;
}

static void
unseal_as_they_do(unsigned suite, uint64_t packets)
{
	uint64_t done = 0, opened = 0;

	for (uint64_t burst = 0; done < packets; burst++) {
		struct seal_job job[SEAL_BURST];
		unsigned n = 1 + rnd(SEAL_BURST);

		if (burst % LIFE == 0)
			pairs_open(suite, false);
		for (unsigned i = 0; i < n; i++) {
			struct trial *t = &trials[i];
			unsigned len;

			trial_make(t, i, rnd(8) == 0, true);
			len = damage(t, sealed(t));
			job[i] = job_of(t, t->pair->in, len);
			memcpy(t->theirs, t->ours, len);
			t->their_len = (int)len;
			if (!t->rtcp)
				theirs_at(t->pair, t->source, t->index);
			t->status = theirs_unseal(t->pair, t->rtcp, t->theirs, &t->their_len);
		}
		unseal_burst(lane, job, n);
		for (unsigned i = 0; i < n; i++) {
			check_bytes(&trials[i], &job[i], done + i);
			opened += job[i].status == SEAL_OK;
		}
		done += n;
	}
	/* Seven in eight were left whole: an oracle that refuses everything proves nothing. */
	ck_assert_uint_ge(opened, done * 13 / 16);
}

/* RTCP that is authenticated but not enciphered (RFC 3711 section 3.4), which they seal: we
 * never do. */
static void
unseal_clear_rtcp(unsigned suite, uint64_t packets)
{
	for (uint64_t done = 0; done < packets / 10; done++) {
		struct trial *t = &trials[0];
		struct seal_job job;

		if (done % (LIFE * SEAL_BURST) == 0)
			pairs_open(suite, true);
		trial_make(t, (unsigned)done, true, false);
		memcpy(t->theirs, t->plain, t->len);
		t->their_len = (int)t->len;
		ck_assert_int_eq(
			theirs_seal(t->pair->sender, t->pair, true, t->theirs, &t->their_len),
			srtp_err_status_ok);
		memcpy(t->ours, t->theirs, (size_t)t->their_len);
		job = job_of(t, t->pair->in, (unsigned)t->their_len);
		t->status = theirs_unseal(t->pair, true, t->theirs, &t->their_len);
		ck_assert_int_eq(t->status, srtp_err_status_ok);
		unseal_burst(lane, &job, 1);
		check_bytes(t, &job, done);
		ck_assert_mem_eq(job.pkt, t->plain, t->len);
	}
}

static const struct {
	const char *name;
	void (*run)(unsigned suite, uint64_t packets);
} directions[] = {
	{"seal", seal_as_they_do},
	{"unseal", unseal_as_they_do},
	{"unseal with E clear", unseal_clear_rtcp},
};
enum { DIRECTIONS = sizeof directions / sizeof directions[0] };

START_TEST(the_engine_does_what_libsrtp2_does)
{
	unsigned suite = 1 + (unsigned)_i / DIRECTIONS, direction = (unsigned)_i % DIRECTIONS;
	const char *name = sw_suite_info(suite)->name, *env = getenv("STROWGER_DIFF_PACKETS");
	bool theirs_too = strcmp(engine, "libsrtp2") == 0;
	uint64_t packets = env != NULL ? strtoull(env, NULL, 10) : PACKETS;

	if (only != NULL && strcmp(only, name) != 0)
		return;
	seed = 0x9e3779b97f4a7c15ull + (unsigned)_i;
	ck_assert_int_eq(seal_init(engine), 0);
	if (!theirs_too) /* which can be begun only once */
		ck_assert_int_eq(srtp_init(), srtp_err_status_ok);
	lane = seal_lane_open();
	ck_assert_ptr_nonnull(lane);

	printf("%s: %s, %s, %llu packets\n", engine, name, directions[direction].name,
		(unsigned long long)packets);
	fflush(stdout);
	directions[direction].run(suite, packets);

	for (unsigned i = 0; i < PAIRS; i++)
		pair_close(&pairs[i]);
	seal_lane_close(lane);
	if (!theirs_too)
		srtp_shutdown();
	seal_fini();
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("seal differential");
	TCase *tcase = tcase_create("libsrtp2");
	SRunner *runner;
	int failed;

	if (argc > 1)
		engine = argv[1];
	if (argc > 2)
		only = argv[2];
	if (only != NULL && sw_suite_find(only) < 1) {
		fprintf(stderr, "%s: no such suite\n", only);
		return EXIT_FAILURE;
	}
	tcase_set_timeout(tcase, 0); /* meson has one */
	tcase_add_loop_test(
		tcase, the_engine_does_what_libsrtp2_does, 0, (SW_SUITES - 1) * DIRECTIONS);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
