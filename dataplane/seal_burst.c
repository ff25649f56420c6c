/* SPDX-License-Identifier: Apache-2.0
 *
 * The SRTP engine `burst`: libipsec-mb called directly, without its job queue.  AES-CM +
 * HMAC-SHA1 suites go through the synchronous burst calls, which take jobs with keys of their
 * own each: SHA-1 of up to 16 packets advances side by side, which for a few takes as long as
 * for most, so that these have the CPU's SHA instructions instead; how many a few are is tried
 * out at the start (seal_mgr.h).  GCM goes packet by packet through the direct call, with the
 * next keys prefetched.  x86-64.  Keys expand on the main thread, bursts run on forwarding
 * cores; a key is only read there. */
#include <errno.h>
#include <stdalign.h>

#include "dataplane/seal_engine.h"
#include "dataplane/seal_mgr.h"
#include "dataplane/secret.h"

enum {
	AHEAD = 4,            /* GCM packets whose keys are prefetched ahead */
	HASH_SHORT = 11 * 16, /* bytes of text for which three lines of hash keys are enough */
	LINE = 64,            /* bytes */
	KEY_SIZES = 3,        /* 128, 192, 256 bits */
	ROUND_KEYS_MAX = 15 * 16,
	SHA1_STATE = 20,
	DIGEST = 12, /* bytes asked of HMAC; 10 or 4 are sent */
	FULL_TAG = 16,
};

/* SHA-1 states after the first block of the inner and of the outer hash. */
struct hmac {
	uint8_t inner[SHA1_STATE], outer[SHA1_STATE];
};

/* One key in one direction.  A packet touches the first line and `expanded`. */
struct burst_key {
	struct seal s;
	union {
		struct hmac hmac;             /* AES-CM: of RTP */
		uint8_t rtcp_key[SW_KEY_MAX]; /* GCM: not expanded */
	};
	/* AES round keys or struct gcm_key_data; then struct burst_rtcp; then the MKI. */
	alignas(LINE) uint8_t expanded[];
};
static_assert(sizeof(struct burst_key) == LINE, "RTP's head is one line");

/* SRTCP is rare: its AES keys are expanded when a packet comes, in 60 (AES-CM) or 110 ns
 * (GCM). */
struct burst_rtcp {
	uint8_t salt[16];
	/* GCM ends here. */
	struct hmac hmac;
	uint8_t key[]; /* key_len bytes */
};

struct seal_lane {
	IMB_MGR *mgr;
	IMB_MGR *few;       /* with SHA instructions; NULL: of no use on this CPU */
	unsigned sha_lanes; /* packets that `mgr` authenticates side by side */
	void (*gcm[2][2])(const struct gcm_key_data *, struct gcm_context_data *, uint8_t *,
		const uint8_t *, uint64_t, const uint8_t *, const uint8_t *, uint64_t,
		uint8_t *, uint64_t); /* by open, AES-256 */
	unsigned hash_keys; /* byte of gcm_key_data where those for short packets begin */

	/* A burst in work, by job. */
	struct seal_plan plan[SEAL_BURST];
	alignas(LINE) uint8_t iv[SEAL_BURST][16];
	/* Of what arrived: the tag that it has, and the one that it should have. */
	alignas(LINE) uint8_t received[SEAL_BURST][FULL_TAG], digest[SEAL_BURST][FULL_TAG];
	uint8_t behind[SEAL_BURST][SEAL_WORD]; /* what the roll-over counter stands upon */
	alignas(LINE) uint8_t round_keys[SEAL_BURST][ROUND_KEYS_MAX]; /* of RTCP */
	alignas(LINE) struct gcm_key_data gcm_rtcp;
	struct gcm_context_data context;

	/* What is still to be enciphered, by key size, and authenticated; constant fields are
	 * set once.  user_data: the job. */
	IMB_JOB cipher[KEY_SIZES][SEAL_BURST], auth[SEAL_BURST];
	unsigned ciphers[KEY_SIZES], auths;
	unsigned gcms;
	uint8_t gcm_job[SEAL_BURST];
	bool rtcp; /* something of the scratch above is to be wiped */
};

static IMB_MGR *main_mgr; /* of the main thread: expands keys */

/* So many packets and fewer are authenticated with SHA instructions sooner than side by side;
 * 0: the CPU has none, or they gain nothing.  Found by burst_init(). */
static unsigned sha_few;

static struct burst_key *
key_of(const struct seal_job *job)
{
	return (struct burst_key *)(void *)job->key;
}

static unsigned
size_of_key(unsigned key_len)
{
	return key_len / 8 - 2;
}

static unsigned
expanded_size(const struct seal *s)
{
	if (s->aead)
		return sizeof(struct gcm_key_data);
	return (s->key_len / 4 + 7) * 16; /* 11, 13 or 15 round keys */
}

static struct burst_rtcp *
rtcp_of(struct burst_key *k)
{
	return (struct burst_rtcp *)(void *)(k->expanded + expanded_size(&k->s));
}

/* Inline, all of these: GCC takes a function that does no more than prefetch for one that does
 * nothing, and leaves its calls out. */
__attribute__((always_inline)) static inline void
prefetch_three(const uint8_t *p)
{
	for (unsigned line = 0; line < 3; line++)
		__builtin_prefetch(p + line * LINE);
}

__attribute__((always_inline)) static inline void
prefetch_round_keys(const struct burst_key *k)
{
	prefetch_three(k->expanded);
	if (k->s.key_len > IMB_KEY_128_BYTES)
		__builtin_prefetch(k->expanded + 3 * LINE);
}

static void
expand_aes(IMB_MGR *mgr, const uint8_t *key, unsigned key_len, void *out)
{
	alignas(16) uint8_t decrypt[ROUND_KEYS_MAX];
	const keyexp_t expand[KEY_SIZES] = {mgr->keyexp_128, mgr->keyexp_192, mgr->keyexp_256};

	expand[size_of_key(key_len)](key, out, decrypt);
	explicit_bzero(decrypt, sizeof decrypt);
}

static void
expand_gcm(IMB_MGR *mgr, const uint8_t *key, unsigned key_len, void *out)
{
	(key_len == IMB_KEY_256_BYTES ? mgr->gcm256_pre : mgr->gcm128_pre)(key, out);
}

/* RFC 2104, with the key shorter than a block. */
static void
expand_hmac(IMB_MGR *mgr, const uint8_t key[SEAL_HMAC_KEY], struct hmac *out)
{
	uint8_t block[IMB_SHA1_BLOCK_SIZE];

	memset(block, 0x36, sizeof block);
	for (unsigned i = 0; i < SEAL_HMAC_KEY; i++)
		block[i] ^= key[i];
	IMB_SHA1_ONE_BLOCK(mgr, block, out->inner);
	for (unsigned i = 0; i < sizeof block; i++)
		block[i] ^= 0x36 ^ 0x5c;
	IMB_SHA1_ONE_BLOCK(mgr, block, out->outer);
	explicit_bzero(block, sizeof block);
}

/* ---- Managers and lanes ---- */

static int
burst_init(void)
{
	const uint64_t needs = IMB_CPUFLAGS_SSE | IMB_FEATURE_SELF_TEST_PASS;
	IMB_MGR *few;

	if ((main_mgr = seal_mgr_open(true, 0)) == NULL)
		return -ENOMEM;
	if (!seal_mgr_has(main_mgr, needs) || imb_get_errno(main_mgr) != 0) {
		seal_mgr_close(main_mgr);
		main_mgr = NULL;
		return -ENOTSUP;
	}
	few = seal_mgr_open(false, 0);
	sha_few = few != NULL && seal_mgr_has(
					 few, IMB_FEATURE_SHANI | IMB_FEATURE_SELF_TEST_PASS)
			  ? seal_mgr_few(main_mgr, few)
			  : 0;
	seal_mgr_close(few);
	return 0;
}

static void
burst_fini(void)
{
	seal_mgr_close(main_mgr);
	main_mgr = NULL;
}

static unsigned
burst_few(void)
{
	return sha_few;
}

static void
lane_close(struct seal_lane *lane)
{
	seal_mgr_close(lane->few);
	seal_mgr_close(lane->mgr);
	secret_free(lane, sizeof *lane);
}

static struct seal_lane *
lane_open(void)
{
	struct seal_lane *lane = secret_alloc(sizeof *lane);

	if (lane == NULL)
		return NULL;
	lane->mgr = seal_mgr_open(true, 0);
	lane->few = sha_few > 0 ? seal_mgr_open(false, 0) : NULL;
	if (lane->mgr == NULL || (lane->few == NULL && sha_few > 0)) {
		lane_close(lane);
		return NULL;
	}
	lane->sha_lanes = seal_mgr_lanes(lane->mgr);
	lane->gcm[0][0] = lane->mgr->gcm128_enc;
	lane->gcm[0][1] = lane->mgr->gcm256_enc;
	lane->gcm[1][0] = lane->mgr->gcm128_dec;
	lane->gcm[1][1] = lane->mgr->gcm256_dec;
	/* The vector AES form keeps 48 powers of the hash key, the lowest last, and needs one
	 * a block; the others keep 8 right behind the round keys. */
	if (seal_mgr_has(lane->mgr, IMB_CPUFLAGS_AVX512_T2))
		lane->hash_keys = sizeof(struct gcm_key_data) / LINE * LINE - 2 * LINE;
	else
		lane->hash_keys = ROUND_KEYS_MAX / LINE * LINE;
	for (unsigned i = 0; i < SEAL_BURST; i++) {
		for (unsigned size = 0; size < KEY_SIZES; size++)
			lane->cipher[size][i].iv_len_in_bytes = 16;
		lane->auth[i].auth_tag_output_len_in_bytes = DIGEST;
	}
	return lane;
}

/* ---- Keys ---- */

static int
keystream(
	const uint8_t *key, unsigned key_len, const uint8_t iv[16], uint8_t *out, unsigned len)
{
	alignas(16) uint8_t round_keys[ROUND_KEYS_MAX];
	IMB_JOB job = {
		.enc_keys = round_keys,
		.key_len_in_bytes = key_len,
		.src = out,
		.dst = out,
		.msg_len_to_cipher_in_bytes = len,
		.iv = iv,
		.iv_len_in_bytes = 16,
	};

	expand_aes(main_mgr, key, key_len, round_keys);
	memset(out, 0, len);
	IMB_SUBMIT_CIPHER_BURST_NOCHECK(
		main_mgr, &job, 1, IMB_CIPHER_CNTR, IMB_DIR_ENCRYPT, key_len);
	explicit_bzero(round_keys, sizeof round_keys);
	return 0;
}

static struct seal *
key_open(const struct seal *head, const struct seal_session *session)
{
	unsigned rtcp_size = head->aead ? offsetof(struct burst_rtcp, hmac)
					: sizeof(struct burst_rtcp) + head->key_len;
	unsigned mki_at = sizeof(struct burst_key) + expanded_size(head) + rtcp_size;
	struct burst_key *k = secret_alloc(mki_at + head->mki_len);
	struct burst_rtcp *rtcp;

	if (k == NULL)
		return NULL;
	k->s = *head;
	k->s.mki_at = (uint16_t)mki_at;
	rtcp = rtcp_of(k);
	memcpy(rtcp->salt, session->salt[1], sizeof rtcp->salt);
	if (head->aead) {
		expand_gcm(main_mgr, session->key[0], head->key_len, k->expanded);
		memcpy(k->rtcp_key, session->key[1], sizeof k->rtcp_key);
	} else {
		expand_aes(main_mgr, session->key[0], head->key_len, k->expanded);
		expand_hmac(main_mgr, session->hmac[0], &k->hmac);
		expand_hmac(main_mgr, session->hmac[1], &rtcp->hmac);
		memcpy(rtcp->key, session->key[1], head->key_len);
	}
	return &k->s;
}

static void
key_close(struct seal *s)
{
	secret_free(s, s->mki_at + s->mki_len);
}

/* ---- AES-CM and HMAC-SHA1 ---- */

static void
add_cipher(struct seal_lane *lane, struct seal_job *job, unsigned i)
{
	struct burst_key *k = key_of(&job[i]);
	const struct seal_plan *plan = &lane->plan[i];
	unsigned size = size_of_key(k->s.key_len);
	IMB_JOB *c;

	if (plan->text == 0)
		return;
	c = &lane->cipher[size][lane->ciphers[size]++];
	c->enc_keys = job[i].rtcp ? lane->round_keys[i] : k->expanded;
	c->src = job[i].pkt + plan->from;
	c->dst = job[i].pkt + plan->from;
	c->msg_len_to_cipher_in_bytes = plan->text;
	c->iv = lane->iv[i];
}

/* Authenticate job I: up to the word, the tag to OUT. */
static void
add_auth(struct seal_lane *lane, struct seal_job *job, unsigned i, uint8_t *out)
{
	struct burst_key *k = key_of(&job[i]);
	const struct hmac *hmac = job[i].rtcp ? &rtcp_of(k)->hmac : &k->hmac;
	IMB_JOB *a = &lane->auth[lane->auths];

	a->src = job[i].pkt;
	a->msg_len_to_hash_in_bytes = lane->plan[i].end + SEAL_WORD;
	a->auth_tag_output = out;
	a->u.HMAC._hashed_auth_key_xor_ipad = hmac->inner;
	a->u.HMAC._hashed_auth_key_xor_opad = hmac->outer;
	a->user_data = &job[i];
	lane->auths++;
}

/* Everything that job I of an AES-CM suite needs but for its text: IV, keys, word,
 * authentication. */
static void
prepare_cm(struct seal_lane *lane, struct seal_job *job, unsigned i)
{
	struct burst_key *k = key_of(&job[i]);
	uint8_t *word = job[i].pkt + lane->plan[i].end;

	if (job[i].rtcp) {
		struct burst_rtcp *rtcp = rtcp_of(k);

		seal_iv(&job[i], rtcp->salt, lane->plan[i].index, lane->iv[i]);
		expand_aes(lane->mgr, rtcp->key, k->s.key_len, lane->round_keys[i]);
		lane->rtcp = true;
	} else {
		prefetch_round_keys(k);
		seal_iv(&job[i], k->s.salt, lane->plan[i].index, lane->iv[i]);
	}
	memcpy(lane->behind[i], word, SEAL_WORD);
	if (k->s.unseal)
		memcpy(lane->received[i], job[i].pkt + lane->plan[i].tag_at, FULL_TAG);
	memcpy(word, &lane->plan[i].word, SEAL_WORD);
	add_auth(lane, job, i,
		k->s.unseal ? lane->digest[i] : job[i].pkt + lane->plan[i].tag_at);
}

static uint64_t
load8(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

/* Compares LEN bytes, 4, 10 or 16, of two tags that have 8 to read, all of them in any case.
 */
static bool
digest_differs(const uint8_t *a, const uint8_t *b, unsigned len)
{
	if (len == 4)
		return (uint32_t)load8(a) != (uint32_t)load8(b);
	return ((load8(a) ^ load8(b)) | (load8(a + len - 8) ^ load8(b + len - 8))) != 0;
}

static void
run_ciphers(struct seal_lane *lane)
{
	for (unsigned size = 0; size < KEY_SIZES; size++)
		if (lane->ciphers[size] > 0)
			IMB_SUBMIT_CIPHER_BURST_NOCHECK(lane->mgr, lane->cipher[size],
				lane->ciphers[size], IMB_CIPHER_CNTR, IMB_DIR_ENCRYPT,
				IMB_KEY_128_BYTES + 8 * size);
}

static void
run_auths(struct seal_lane *lane)
{
	unsigned rest = lane->auths % lane->sha_lanes, many;

	if (rest > sha_few)
		rest = 0;
	many = lane->auths - rest;
	if (many > 0)
		IMB_SUBMIT_HASH_BURST_NOCHECK(
			lane->mgr, lane->auth, many, IMB_AUTH_HMAC_SHA_1);
	if (rest > 0)
		IMB_SUBMIT_HASH_BURST_NOCHECK(
			lane->few, lane->auth + many, rest, IMB_AUTH_HMAC_SHA_1);
}

/* ---- GCM ---- */

/* What of its key job I needs. */
__attribute__((always_inline)) static inline void
prefetch_gcm(const struct seal_lane *lane, const struct seal_job *job, unsigned i)
{
	const struct burst_key *k = key_of(&job[i]);
	const uint8_t *hash_keys = k->expanded + lane->hash_keys;

	prefetch_round_keys(k);
	prefetch_three(hash_keys);
	if (lane->plan[i].text > HASH_SHORT)
		__builtin_prefetch(hash_keys - LINE);
}

/* Runs GCM over the packet in place, its tag to TAG.  On the way in and with E clear the word
 * is put where the tag begins, so that all that is authenticated lies in one piece. */
static void
run_gcm(struct seal_lane *lane, struct seal_job *job, const struct seal_plan *plan, bool open,
	uint8_t tag[FULL_TAG])
{
	struct burst_key *k = key_of(job);
	const struct gcm_key_data *key =
		(const struct gcm_key_data *)(const void *)k->expanded;
	const uint8_t *aad = job->pkt;
	uint8_t *text = job->pkt + plan->from;
	uint32_t aad_len = plan->from;
	alignas(16) uint8_t iv[16], rtcp_aad[SEAL_RTCP_HEADER + SEAL_WORD];

	if (job->rtcp) {
		expand_gcm(lane->mgr, k->rtcp_key, k->s.key_len, &lane->gcm_rtcp);
		lane->rtcp = true;
		key = &lane->gcm_rtcp;
		seal_iv(job, rtcp_of(k)->salt, plan->index, iv);
		if (plan->text == plan->end - plan->from) {
			memcpy(rtcp_aad, job->pkt, SEAL_RTCP_HEADER);
			memcpy(rtcp_aad + SEAL_RTCP_HEADER, &plan->word, SEAL_WORD);
			aad = rtcp_aad;
			aad_len = sizeof rtcp_aad;
		} else {
			memcpy(job->pkt + plan->end, &plan->word, SEAL_WORD);
			aad_len = plan->end + SEAL_WORD;
		}
	} else {
		seal_iv(job, k->s.salt, plan->index, iv);
	}
	lane->gcm[open][k->s.key_len == IMB_KEY_256_BYTES](
		key, &lane->context, text, text, plan->text, iv, aad, aad_len, tag, FULL_TAG);
}

static void
seal_gcm(struct seal_lane *lane, struct seal_job *job, const struct seal_plan *plan)
{
	uint8_t *tag = job->pkt + plan->tag_at;

	run_gcm(lane, job, plan, false, tag);
	if (job->rtcp)
		memcpy(tag + FULL_TAG, &plan->word, SEAL_WORD);
	if (job->key->mki_len != 0)
		memcpy(job->pkt + plan->mki_at, seal_mki(job->key), job->key->mki_len);
	job->len = (uint16_t)plan->sealed;
}

static void
unseal_gcm(struct seal_lane *lane, struct seal_job *job, const struct seal_plan *plan)
{
	uint8_t received[FULL_TAG], tag[FULL_TAG];

	memcpy(received, job->pkt + plan->tag_at, sizeof received);
	run_gcm(lane, job, plan, true, tag);
	if (!digest_differs(tag, received, sizeof tag)) {
		job->len = (uint16_t)plan->end;
		return;
	}
	/* Enciphering what was deciphered gives the packet back. */
	job->status = SEAL_EAUTH;
	run_gcm(lane, job, plan, false, tag);
	memcpy(job->pkt + plan->tag_at, received, sizeof received);
}

static void
each_gcm(struct seal_lane *lane, struct seal_job *job,
	void (*one)(struct seal_lane *, struct seal_job *, const struct seal_plan *))
{
	for (unsigned g = 0; g < lane->gcms && g < AHEAD; g++)
		prefetch_gcm(lane, job, lane->gcm_job[g]);
	for (unsigned g = 0; g < lane->gcms; g++) {
		unsigned i = lane->gcm_job[g];

		if (g + AHEAD < lane->gcms)
			prefetch_gcm(lane, job, lane->gcm_job[g + AHEAD]);
		one(lane, &job[i], &lane->plan[i]);
	}
}

/* ---- Bursts ---- */

/* Plan every job, and sort it to its cipher. */
static void
begin(struct seal_lane *lane, struct seal_job *job, unsigned n,
	enum seal_status (*plan)(const struct seal_job *, struct seal_plan *))
{
	for (unsigned i = 0; i < n; i++)
		__builtin_prefetch(job[i].key);
	memset(lane->ciphers, 0, sizeof lane->ciphers);
	lane->auths = lane->gcms = 0;
	for (unsigned i = 0; i < n; i++) {
		job[i].status = plan(&job[i], &lane->plan[i]);
		if (job[i].status != SEAL_OK)
			continue;
		if (job[i].key->aead)
			lane->gcm_job[lane->gcms++] = (uint8_t)i;
		else
			prepare_cm(lane, job, i);
	}
}

/* RTCP keys do not stay behind. */
static void
end(struct seal_lane *lane)
{
	if (!lane->rtcp)
		return;
	explicit_bzero(lane->round_keys, sizeof lane->round_keys);
	explicit_bzero(&lane->gcm_rtcp, sizeof lane->gcm_rtcp);
	lane->rtcp = false;
}

static void
burst_seal(struct seal_lane *lane, struct seal_job *job, unsigned n)
{
	begin(lane, job, n, seal_plan_seal);
	for (unsigned a = 0; a < lane->auths; a++)
		add_cipher(lane, job,
			(unsigned)((struct seal_job *)lane->auth[a].user_data - job));
	run_ciphers(lane);
	run_auths(lane);
	for (unsigned a = 0; a < lane->auths; a++) {
		struct seal_job *j = lane->auth[a].user_data;
		const struct seal_plan *plan = &lane->plan[j - job];

		if (j->key->mki_len != 0)
			memcpy(j->pkt + plan->mki_at, seal_mki(j->key), j->key->mki_len);
		j->len = (uint16_t)plan->sealed;
	}
	each_gcm(lane, job, seal_gcm);
	end(lane);
}

static void
burst_unseal(struct seal_lane *lane, struct seal_job *job, unsigned n)
{
	begin(lane, job, n, seal_plan_unseal);
	run_auths(lane);
	for (unsigned a = 0; a < lane->auths; a++) {
		struct seal_job *j = lane->auth[a].user_data;
		unsigned i = (unsigned)(j - job);

		if (digest_differs(lane->received[i], lane->digest[i], j->key->tag[j->rtcp])) {
			memcpy(j->pkt + lane->plan[i].end, lane->behind[i], SEAL_WORD);
			j->status = SEAL_EAUTH;
		} else {
			add_cipher(lane, job, i);
			j->len = (uint16_t)lane->plan[i].end;
		}
	}
	run_ciphers(lane);
	each_gcm(lane, job, unseal_gcm);
	end(lane);
}

const struct seal_engine seal_engine_burst = {
	.init = burst_init,
	.fini = burst_fini,
	.few = burst_few,
	.lane_open = lane_open,
	.lane_close = lane_close,
	.keystream = keystream,
	.open = key_open,
	.close = key_close,
	.seal = burst_seal,
	.unseal = burst_unseal,
};
