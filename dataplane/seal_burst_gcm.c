/* SPDX-License-Identifier: Apache-2.0
 *
 * Of the engine `burst`: GCM, packet by packet through libipsec-mb's direct call, with the
 * next keys prefetched.  Forwarding cores.  RFC 7714. */
#include "dataplane/seal_burst_inside.h"

enum {
	AHEAD = 4,            /* packets whose keys are prefetched ahead */
	HASH_SHORT = 11 * 16, /* bytes of text for which three lines of hash keys are enough */
};

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
		seal_burst_expand_gcm(lane->mgr, k->rtcp_key, k->s.key_len, &lane->gcm_rtcp);
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

void
seal_burst_gcm_seal(struct seal_lane *lane, struct seal_job *job)
{
	each_gcm(lane, job, seal_gcm);
}

void
seal_burst_gcm_unseal(struct seal_lane *lane, struct seal_job *job)
{
	each_gcm(lane, job, unseal_gcm);
}
