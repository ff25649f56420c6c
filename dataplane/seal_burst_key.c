/* SPDX-License-Identifier: Apache-2.0
 *
 * Of the engine `burst`: what is made before packets come.  Keys are expanded, on the main
 * thread; managers of libipsec-mb and lanes are opened.  RFC 2104 for the states of HMAC. */
#include <errno.h>

#include "dataplane/seal_burst_inside.h"
#include "dataplane/secret.h"

enum { DIGEST = 12 }; /* bytes asked of HMAC; 10 or 4 are sent */

static IMB_MGR *main_mgr; /* of the main thread: expands keys */

/* So many packets and fewer are authenticated with SHA instructions sooner than side by side;
 * 0: the CPU has none, or they gain nothing.  Found by seal_burst_init(). */
static unsigned sha_few;

void
seal_burst_expand_aes(IMB_MGR *mgr, const uint8_t *key, unsigned key_len, void *out)
{
	alignas(16) uint8_t decrypt[ROUND_KEYS_MAX];
	const keyexp_t expand[KEY_SIZES] = {mgr->keyexp_128, mgr->keyexp_192, mgr->keyexp_256};

	expand[size_of_key(key_len)](key, out, decrypt);
	explicit_bzero(decrypt, sizeof decrypt);
}

void
seal_burst_expand_gcm(IMB_MGR *mgr, const uint8_t *key, unsigned key_len, void *out)
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

int
seal_burst_init(void)
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

void
seal_burst_fini(void)
{
	seal_mgr_close(main_mgr);
	main_mgr = NULL;
}

unsigned
seal_burst_few(void)
{
	return sha_few;
}

void
seal_burst_lane_close(struct seal_lane *lane)
{
	seal_mgr_close(lane->few);
	seal_mgr_close(lane->mgr);
	secret_free(lane, sizeof *lane);
}

struct seal_lane *
seal_burst_lane_open(void)
{
	struct seal_lane *lane = secret_alloc(sizeof *lane);

	if (lane == NULL)
		return NULL;
	lane->mgr = seal_mgr_open(true, 0);
	lane->few = sha_few > 0 ? seal_mgr_open(false, 0) : NULL;
	if (lane->mgr == NULL || (lane->few == NULL && sha_few > 0)) {
		seal_burst_lane_close(lane);
		return NULL;
	}
	lane->sha_lanes = seal_mgr_lanes(lane->mgr);
	lane->sha_few = sha_few;
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

int
seal_burst_keystream(
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

	seal_burst_expand_aes(main_mgr, key, key_len, round_keys);
	memset(out, 0, len);
	IMB_SUBMIT_CIPHER_BURST_NOCHECK(
		main_mgr, &job, 1, IMB_CIPHER_CNTR, IMB_DIR_ENCRYPT, key_len);
	explicit_bzero(round_keys, sizeof round_keys);
	return 0;
}

struct seal *
seal_burst_key_open(const struct seal *head, const struct seal_session *session)
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
		seal_burst_expand_gcm(main_mgr, session->key[0], head->key_len, k->expanded);
		memcpy(k->rtcp_key, session->key[1], sizeof k->rtcp_key);
	} else {
		seal_burst_expand_aes(main_mgr, session->key[0], head->key_len, k->expanded);
		expand_hmac(main_mgr, session->hmac[0], &k->hmac);
		expand_hmac(main_mgr, session->hmac[1], &rtcp->hmac);
		memcpy(rtcp->key, session->key[1], head->key_len);
	}
	return &k->s;
}

void
seal_burst_key_close(struct seal *s)
{
	secret_free(s, s->mki_at + s->mki_len);
}
