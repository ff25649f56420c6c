/* SPDX-License-Identifier: Apache-2.0
 *
 * The SRTP engine `libsrtp2`: portable, a packet at a time.  It uses the library's ciphers,
 * not its sessions: those number packets themselves (an SRTCP index cannot be set at all),
 * keep replay windows of their own and make a stream of each SSRC, where our contract leaves
 * all three to the caller.  What it cannot help: the library, and NSS below it, keep keys on
 * their own heap and lock and allocate per packet.  A key's cipher contexts change as it is
 * used, so a key stays with one thread. */
#include <errno.h>
#include <srtp2/auth.h>
#include <srtp2/cipher.h>
#include <srtp2/srtp.h>
#include <stdlib.h>

#include "dataplane/seal_engine.h"
#include "dataplane/secret.h"

/* Exported by every libsrtp2, but declared in a header that is not installed. */
srtp_err_status_t srtp_crypto_kernel_alloc_cipher(
	srtp_cipher_type_id_t id, srtp_cipher_pointer_t *out, int key_len, int tag_len);
srtp_err_status_t srtp_crypto_kernel_alloc_auth(
	srtp_auth_type_id_t id, srtp_auth_pointer_t *out, int key_len, int tag_len);

enum {
	FULL_TAG = 16,
	CM_SALT = 14, /* bytes that an AES-CM key of the library has behind the AES key */
};

struct lib_key {
	struct seal s;
	srtp_cipher_t *cipher[2]; /* RTP, RTCP */
	srtp_auth_t *auth[2];     /* none with GCM */
	uint8_t rtcp_salt[16];
	uint8_t mki[];
};

struct seal_lane {
	uint8_t copy[UINT16_MAX]; /* of a packet whose tag may be wrong */
};

static struct lib_key *
key_of(const struct seal_job *job)
{
	return (struct lib_key *)(void *)job->key;
}

static int
engine_init(void)
{
	return srtp_init() == srtp_err_status_ok ? 0 : -ENOMEM;
}

static void
engine_fini(void)
{
	srtp_shutdown();
}

static struct seal_lane *
lane_open(void)
{
	return calloc(1, sizeof(struct seal_lane));
}

static void
lane_close(struct seal_lane *lane)
{
	free(lane);
}

/* ---- Keys ---- */

static srtp_cipher_t *
cipher_open(const uint8_t *key, unsigned key_len, bool gcm)
{
	static const srtp_cipher_type_id_t cm[] = {
		SRTP_AES_ICM_128, SRTP_AES_ICM_192, SRTP_AES_ICM_256};
	/* The library wants a salt here; ours comes in through the IV. */
	uint8_t salted[SW_KEY_MAX + CM_SALT] = {0};
	srtp_cipher_t *c = NULL;
	srtp_err_status_t status;

	memcpy(salted, key, key_len);
	if (gcm)
		status = srtp_crypto_kernel_alloc_cipher(
			key_len == SRTP_AES_256_KEY_LEN ? SRTP_AES_GCM_256 : SRTP_AES_GCM_128,
			&c, (int)key_len + SRTP_AEAD_SALT_LEN, FULL_TAG);
	else
		status = srtp_crypto_kernel_alloc_cipher(
			cm[key_len / 8 - 2], &c, (int)key_len + CM_SALT, 0);
	if (status == srtp_err_status_ok &&
		srtp_cipher_init(c, salted) != srtp_err_status_ok) {
		srtp_cipher_dealloc(c);
		c = NULL;
	}
	explicit_bzero(salted, sizeof salted);
	return c;
}

static srtp_auth_t *
auth_open(const uint8_t key[SEAL_HMAC_KEY], unsigned tag)
{
	srtp_auth_t *a = NULL;

	if (srtp_crypto_kernel_alloc_auth(SRTP_HMAC_SHA1, &a, SEAL_HMAC_KEY, (int)tag) !=
		srtp_err_status_ok)
		return NULL;
	if (srtp_auth_init(a, key) != srtp_err_status_ok) {
		srtp_auth_dealloc(a);
		return NULL;
	}
	return a;
}

static int
keystream(
	const uint8_t *key, unsigned key_len, const uint8_t iv[16], uint8_t *out, unsigned len)
{
	srtp_cipher_t *c = cipher_open(key, key_len, false);
	uint8_t block[16];
	bool ok;

	if (c == NULL)
		return -ENOMEM;
	memcpy(block, iv, sizeof block);
	memset(out, 0, len);
	ok = srtp_cipher_set_iv(c, block, srtp_direction_encrypt) == srtp_err_status_ok &&
	     srtp_cipher_encrypt(c, out, &len) == srtp_err_status_ok;
	srtp_cipher_dealloc(c);
	return ok ? 0 : -ENOMEM;
}

static void
key_close(struct seal *s)
{
	struct lib_key *k = (struct lib_key *)(void *)s;

	for (unsigned rtcp = 0; rtcp < 2; rtcp++) {
		if (k->auth[rtcp] != NULL)
			srtp_auth_dealloc(k->auth[rtcp]);
		if (k->cipher[rtcp] != NULL)
			srtp_cipher_dealloc(k->cipher[rtcp]);
	}
	secret_free(k, sizeof *k + s->mki_len);
}

static struct seal *
key_open(const struct seal *head, const struct seal_session *session)
{
	struct lib_key *k = secret_alloc(sizeof *k + head->mki_len);
	bool ok = true;

	if (k == NULL)
		return NULL;
	k->s = *head;
	k->s.mki_at = offsetof(struct lib_key, mki);
	memcpy(k->rtcp_salt, session->salt[1], sizeof k->rtcp_salt);
	for (unsigned rtcp = 0; rtcp < 2; rtcp++) {
		k->cipher[rtcp] = cipher_open(session->key[rtcp], head->key_len, head->aead);
		ok &= k->cipher[rtcp] != NULL;
		if (head->aead)
			continue;
		k->auth[rtcp] = auth_open(session->hmac[rtcp], head->tag[rtcp]);
		ok &= k->auth[rtcp] != NULL;
	}
	if (ok)
		return &k->s;
	key_close(&k->s);
	errno = ENOMEM;
	return NULL;
}

/* ---- AES-CM and HMAC-SHA1 ---- */

static bool
run_cm(struct seal_job *job, const struct seal_plan *plan)
{
	struct lib_key *k = key_of(job);
	srtp_cipher_t *c = k->cipher[job->rtcp];
	unsigned len = plan->text;
	uint8_t iv[16];

	if (len == 0)
		return true;
	seal_iv(job, job->rtcp ? k->rtcp_salt : k->s.salt, plan->index, iv);
	return srtp_cipher_set_iv(c, iv, srtp_direction_encrypt) == srtp_err_status_ok &&
	       srtp_cipher_encrypt(c, job->pkt + plan->from, &len) == srtp_err_status_ok;
}

static bool
authenticate(const struct seal_job *job, const struct seal_plan *plan, uint8_t *tag)
{
	const struct lib_key *k = key_of(job);
	srtp_auth_t *a = k->auth[job->rtcp];
	uint8_t word[SEAL_WORD];

	memcpy(word, &plan->word, sizeof word);
	return srtp_auth_start(a) == srtp_err_status_ok &&
	       srtp_auth_update(a, job->pkt, (int)plan->end) == srtp_err_status_ok &&
	       srtp_auth_compute(a, word, SEAL_WORD, tag) == srtp_err_status_ok;
}

static enum seal_status
seal_cm(struct seal_lane *lane, struct seal_job *job, const struct seal_plan *plan)
{
	uint8_t tag[SW_TAG_MAX];

	if (!run_cm(job, plan) || !authenticate(job, plan, tag))
		return SEAL_EENGINE;
	if (job->rtcp)
		memcpy(job->pkt + plan->end, &plan->word, SEAL_WORD);
	memcpy(job->pkt + plan->tag_at, tag, job->key->tag[job->rtcp]);
	return SEAL_OK;
}

static enum seal_status
unseal_cm(struct seal_lane *lane, struct seal_job *job, const struct seal_plan *plan)
{
	uint8_t tag[SW_TAG_MAX];

	if (!authenticate(job, plan, tag))
		return SEAL_EENGINE;
	if (seal_tag_differs(tag, job->pkt + plan->tag_at, job->key->tag[job->rtcp]))
		return SEAL_EAUTH;
	return run_cm(job, plan) ? SEAL_OK : SEAL_EENGINE;
}

/* ---- GCM ---- */

static bool
begin_gcm(
	struct seal_job *job, const struct seal_plan *plan, srtp_cipher_direction_t direction)
{
	struct lib_key *k = key_of(job);
	srtp_cipher_t *c = k->cipher[job->rtcp];
	uint8_t iv[16], word[SEAL_WORD];
	uint32_t clear = plan->end - plan->text; /* with E clear that is all */

	seal_iv(job, job->rtcp ? k->rtcp_salt : k->s.salt, plan->index, iv);
	memcpy(word, &plan->word, sizeof word);
	return srtp_cipher_set_iv(c, iv, direction) == srtp_err_status_ok &&
	       srtp_cipher_set_aad(c, job->pkt, clear) == srtp_err_status_ok &&
	       (!job->rtcp || srtp_cipher_set_aad(c, word, sizeof word) == srtp_err_status_ok);
}

static enum seal_status
seal_gcm(struct seal_lane *lane, struct seal_job *job, const struct seal_plan *plan)
{
	srtp_cipher_t *c = key_of(job)->cipher[job->rtcp];
	unsigned text = plan->text, tag = FULL_TAG;

	if (!begin_gcm(job, plan, srtp_direction_encrypt) ||
		srtp_cipher_encrypt(c, job->pkt + plan->from, &text) != srtp_err_status_ok ||
		srtp_cipher_get_tag(c, job->pkt + plan->tag_at, &tag) != srtp_err_status_ok)
		return SEAL_EENGINE;
	if (job->rtcp)
		memcpy(job->pkt + plan->tag_at + FULL_TAG, &plan->word, SEAL_WORD);
	return SEAL_OK;
}

static enum seal_status
unseal_gcm(struct seal_lane *lane, struct seal_job *job, const struct seal_plan *plan)
{
	srtp_cipher_t *c = key_of(job)->cipher[job->rtcp];
	uint8_t *text = job->pkt + plan->end - plan->text;
	unsigned len = plan->text + FULL_TAG; /* the tag follows the text */

	memcpy(lane->copy, text, len);
	if (begin_gcm(job, plan, srtp_direction_decrypt) &&
		srtp_cipher_decrypt(c, text, &len) == srtp_err_status_ok)
		return SEAL_OK;
	memcpy(text, lane->copy, plan->text + FULL_TAG);
	return SEAL_EAUTH;
}

/* ---- Bursts ---- */

static void
libsrtp_seal(struct seal_lane *lane, struct seal_job *job, unsigned n)
{
	for (struct seal_job *j = job; j < job + n; j++) {
		struct seal_plan plan;

		if ((j->status = seal_plan_seal(j, &plan)) != SEAL_OK)
			continue;
		j->status = (j->key->aead ? seal_gcm : seal_cm)(lane, j, &plan);
		if (j->status != SEAL_OK)
			continue;
		memcpy(j->pkt + plan.mki_at, seal_mki(j->key), j->key->mki_len);
		j->len = (uint16_t)plan.sealed;
	}
}

static void
libsrtp_unseal(struct seal_lane *lane, struct seal_job *job, unsigned n)
{
	for (struct seal_job *j = job; j < job + n; j++) {
		struct seal_plan plan;

		if ((j->status = seal_plan_unseal(j, &plan)) != SEAL_OK)
			continue;
		j->status = (j->key->aead ? unseal_gcm : unseal_cm)(lane, j, &plan);
		if (j->status == SEAL_OK)
			j->len = (uint16_t)plan.end;
	}
}

const struct seal_engine seal_engine_libsrtp2 = {
	.init = engine_init,
	.fini = engine_fini,
	.lane_open = lane_open,
	.lane_close = lane_close,
	.keystream = keystream,
	.open = key_open,
	.close = key_close,
	.seal = libsrtp_seal,
	.unseal = libsrtp_unseal,
};
