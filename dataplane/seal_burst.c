/* SPDX-License-Identifier: Apache-2.0
 *
 * The SRTP engine `burst`: libipsec-mb called directly, without its job queue.  AES-CM +
 * HMAC-SHA1 suites go through the synchronous burst calls, which take jobs with keys of their
 * own each: SHA-1 of up to 16 packets advances side by side (with AVX-512 by seal_sha1.h),
 * which for a few takes as long as for all, so that these have the CPU's SHA instructions
 * instead; how many a few are is tried out at the start (seal_mgr.h).  GCM goes packet by
 * packet through the direct call, with the next keys prefetched.  x86-64.  Keys expand on the
 * main thread, bursts run on forwarding cores; a key is only read there. */
#include "dataplane/seal_burst_inside.h"

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
		seal_burst_expand_aes(lane->mgr, rtcp->key, k->s.key_len, lane->round_keys[i]);
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

	if (rest > lane->sha_few)
		rest = 0;
	many = lane->auths - rest;
	if (many > 0)
		IMB_SUBMIT_HASH_BURST_NOCHECK(
			lane->mgr, lane->auth, many, IMB_AUTH_HMAC_SHA_1);
	if (rest > 0)
		IMB_SUBMIT_HASH_BURST_NOCHECK(
			lane->few, lane->auth + many, rest, IMB_AUTH_HMAC_SHA_1);
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
	seal_burst_gcm_seal(lane, job);
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
	seal_burst_gcm_unseal(lane, job);
	end(lane);
}

const struct seal_engine seal_engine_burst = {
	.init = seal_burst_init,
	.fini = seal_burst_fini,
	.few = seal_burst_few,
	.lane_open = seal_burst_lane_open,
	.lane_close = seal_burst_lane_close,
	.keystream = seal_burst_keystream,
	.open = seal_burst_key_open,
	.close = seal_burst_key_close,
	.seal = burst_seal,
	.unseal = burst_unseal,
};
