/* SPDX-License-Identifier: Apache-2.0
 *
 * What `strowger-bench micro seal` compares the engines with: libipsec-mb and libsrtp2 called
 * with as little around them as their interfaces allow.  Bare libipsec-mb checks no lengths
 * and compares no tags, and nobody prefetches its keys.  One thread. */
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/libsrtp_policy.h"
#include "bench/micro_seal.h"

#if HAVE_BURST
#include <intel-ipsec-mb.h>

enum { BURST = 32, DIGEST = 12 };

/* One key in one direction, a multiple of 64 bytes. */
struct bare_key {
	uint8_t salt[16], inner[20], outer[20], reserved[8];
	alignas(64) uint8_t expanded[]; /* AES round keys or gcm_key_data */
};

struct bare_mb {
	IMB_MGR *mgr;
	const struct sw_suite_info *suite;
	uint8_t *in, *out; /* struct bare_key of each session ... */
	size_t stride;     /* ... so far from each other */
};

void
bare_mb_close(struct bare_mb *b)
{
	if (b == NULL)
		return;
	free(b->in);
	free(b->out);
	if (b->mgr != NULL)
		free_mb_mgr(b->mgr);
	free(b);
}

static void
mb_expand(const struct bare_mb *b, struct bare_key *k)
{
	alignas(16) uint8_t unused[15 * 16], key[32];

	for (unsigned i = 0; i < sizeof key; i += 8)
		memcpy(key + i, &(uint64_t){micro_random()}, 8);
	memcpy(k->salt, key, 12);
	memcpy(k->inner, key, sizeof k->inner);
	memcpy(k->outer, key, sizeof k->outer);
	if (b->suite->aead)
		(b->suite->key_len == 32 ? b->mgr->gcm256_pre : b->mgr->gcm128_pre)(
			key, (struct gcm_key_data *)(void *)k->expanded);
	else
		(b->suite->key_len == 32 ? b->mgr->keyexp_256
			: b->suite->key_len == 24
				? b->mgr->keyexp_192
				: b->mgr->keyexp_128)(key, k->expanded, unused);
}

struct bare_mb *
bare_mb_open(unsigned suite, unsigned sessions)
{
	struct bare_mb *b = calloc(1, sizeof *b);

	if (b == NULL)
		goto no_memory;
	b->suite = sw_suite_info(suite);
	b->stride = sizeof(struct bare_key) +
		    (b->suite->aead ? sizeof(struct gcm_key_data) : 15 * 16u);
	b->stride = (b->stride + 63) / 64 * 64;
	b->in = aligned_alloc(64, sessions * b->stride);
	b->out = aligned_alloc(64, sessions * b->stride);
	if ((b->mgr = alloc_mb_mgr(0)) != NULL)
		init_mb_mgr_auto(b->mgr, NULL);
	if (b->in == NULL || b->out == NULL || b->mgr == NULL)
		goto no_memory;
	for (unsigned i = 0; i < sessions; i++) {
		mb_expand(b, (struct bare_key *)(void *)(b->in + i * b->stride));
		mb_expand(b, (struct bare_key *)(void *)(b->out + i * b->stride));
	}
	return b;

no_memory:
	fprintf(stderr, "strowger-bench: no memory for %u sessions\n", sessions);
	bare_mb_close(b);
	return NULL;
}

static void
mb_iv(const struct bare_key *k, uint64_t index, uint8_t iv[16])
{
	uint64_t half;

	memcpy(iv, k->salt, 16);
	memcpy(&half, iv + 4, sizeof half);
	half ^= index;
	memcpy(iv + 4, &half, sizeof half);
}

static void
mb_cm(const struct bare_mb *b, const struct lap *lap, unsigned at, bool seal)
{
	static IMB_JOB cipher[BURST], auth[BURST];
	static uint8_t iv[BURST][16], tag[BURST][16];

	for (unsigned i = 0; i < BURST; i++) {
		const struct bare_key *k = (const struct bare_key *)(const void
				*)(seal ? b->out + lap->to[at + i] * b->stride
					: b->in + lap->from[at + i] * b->stride);
		uint8_t *pkt = lap->pkt[at + i];

		mb_iv(k, seal ? lap->to_index[at + i] : lap->from_index[at + i], iv[i]);
		cipher[i].enc_keys = k->expanded;
		cipher[i].src = cipher[i].dst = pkt + 12;
		cipher[i].msg_len_to_cipher_in_bytes = lap->len - 12u;
		cipher[i].iv = iv[i];
		cipher[i].iv_len_in_bytes = 16;
		auth[i].src = pkt;
		auth[i].msg_len_to_hash_in_bytes = lap->len + 4u;
		auth[i].auth_tag_output = seal ? pkt + lap->len : tag[i];
		auth[i].auth_tag_output_len_in_bytes = DIGEST;
		auth[i].u.HMAC._hashed_auth_key_xor_ipad = k->inner;
		auth[i].u.HMAC._hashed_auth_key_xor_opad = k->outer;
	}
	if (!seal)
		IMB_SUBMIT_HASH_BURST_NOCHECK(b->mgr, auth, BURST, IMB_AUTH_HMAC_SHA_1);
	IMB_SUBMIT_CIPHER_BURST_NOCHECK(
		b->mgr, cipher, BURST, IMB_CIPHER_CNTR, IMB_DIR_ENCRYPT, b->suite->key_len);
	if (seal)
		IMB_SUBMIT_HASH_BURST_NOCHECK(b->mgr, auth, BURST, IMB_AUTH_HMAC_SHA_1);
}

static void
mb_gcm(const struct bare_mb *b, const struct lap *lap, unsigned at, bool seal)
{
	const bool wide = b->suite->key_len == 32;
	const aes_gcm_enc_dec_t gcm = seal ? (wide ? b->mgr->gcm256_enc : b->mgr->gcm128_enc)
					   : (wide ? b->mgr->gcm256_dec : b->mgr->gcm128_dec);

	for (unsigned i = at; i < at + BURST; i++) {
		const struct bare_key *k = (const struct bare_key *)(const void
				*)(seal ? b->out + lap->to[i] * b->stride
					: b->in + lap->from[i] * b->stride);
		uint8_t *pkt = lap->pkt[i], iv[16], tag[16];
		struct gcm_context_data context;

		mb_iv(k, seal ? lap->to_index[i] : lap->from_index[i], iv);
		gcm((const struct gcm_key_data *)(const void *)k->expanded, &context, pkt + 12,
			pkt + 12, lap->len - 12u, iv, pkt, 12, seal ? pkt + lap->len : tag,
			sizeof tag);
	}
}

void
bare_mb_run(const struct bare_mb *b, const struct lap *lap, enum micro_op op)
{
	for (unsigned at = 0; at < LAP; at += BURST) {
		if (op != MICRO_SEAL)
			(b->suite->aead ? mb_gcm : mb_cm)(b, lap, at, false);
		if (op != MICRO_UNSEAL)
			(b->suite->aead ? mb_gcm : mb_cm)(b, lap, at, true);
	}
}

static struct bare_mb *mb; /* the contestant's */

static bool
mb_open(unsigned suite, unsigned sessions)
{
	return (mb = bare_mb_open(suite, sessions)) != NULL;
}

static void
mb_close(void)
{
	bare_mb_close(mb);
	mb = NULL;
}

/* Nothing is authenticated, so nothing need be sealed before. */
static void
mb_prepare(const struct lap *lap, enum micro_op op)
{
}

static void
mb_run(const struct lap *lap, enum micro_op op)
{
	bare_mb_run(mb, lap, op);
}

static bool
mb_passed(void)
{
	return true;
}

const struct contestant micro_bare_ipsec_mb = {
	.name = "bare libipsec-mb",
	.sessions_max = 1000000,
	.packets = 64 * LAP,
	.open = mb_open,
	.close = mb_close,
	.prepare = mb_prepare,
	.run = mb_run,
	.passed = mb_passed,
};
#endif

/* ---- libsrtp2 ---- */

/* The sender seals what `receiver` unseals; `far` seals what leaves. */
struct sessions {
	srtp_t sender, receiver, far;
};

static struct sessions *session;
static unsigned sessions_open;
static int length[LAP];
static unsigned failures;

static void
lib_close(void)
{
	for (unsigned i = 0; i < sessions_open; i++) {
		srtp_dealloc(session[i].sender);
		srtp_dealloc(session[i].receiver);
		srtp_dealloc(session[i].far);
	}
	free(session);
	session = NULL;
	sessions_open = 0;
	srtp_shutdown();
}

static srtp_t
lib_session(unsigned suite, uint8_t *key, srtp_ssrc_type_t type)
{
	srtp_policy_t policy = {
		.ssrc = {.type = type},
		.rtp = libsrtp_policy(sw_suite_info(suite), false),
		.rtcp = libsrtp_policy(sw_suite_info(suite), true),
		.key = key,
	};
	srtp_t s;

	return srtp_create(&s, &policy) == srtp_err_status_ok ? s : NULL;
}

static bool
lib_open(unsigned suite, unsigned sessions)
{
	bool ok = srtp_init() == srtp_err_status_ok;

	session = calloc(sessions, sizeof *session);
	for (; ok && session != NULL && sessions_open < sessions; sessions_open++) {
		struct sessions *s = &session[sessions_open];
		uint8_t key[SW_KEY_MAX + SW_SALT_MAX] = {0};

		memcpy(key, &(uint64_t){micro_random()}, 8);
		s->sender = lib_session(suite, key, ssrc_any_outbound);
		s->receiver = lib_session(suite, key, ssrc_any_inbound);
		s->far = lib_session(suite, key, ssrc_any_outbound);
		ok = s->sender != NULL && s->receiver != NULL && s->far != NULL;
	}
	if (ok && session != NULL)
		return true;
	fprintf(stderr, "strowger-bench: libsrtp2 makes no %u sessions\n", sessions);
	lib_close();
	return false;
}

static void
lib_prepare(const struct lap *lap, enum micro_op op)
{
	failures = 0;
	for (unsigned i = 0; i < LAP; i++) {
		length[i] = lap->len;
		if (op != MICRO_SEAL)
			failures += srtp_protect(session[lap->from[i]].sender, lap->pkt[i],
					    &length[i]) != srtp_err_status_ok;
	}
}

static void
lib_run(const struct lap *lap, enum micro_op op)
{
	for (unsigned i = 0; i < LAP; i++) {
		if (op != MICRO_SEAL)
			failures += srtp_unprotect(session[lap->from[i]].receiver, lap->pkt[i],
					    &length[i]) != srtp_err_status_ok;
		if (op == MICRO_BOTH)
			micro_number(lap->pkt[i], lap->to_index[i]);
		if (op != MICRO_UNSEAL)
			failures += srtp_protect(session[lap->to[i]].far, lap->pkt[i],
					    &length[i]) != srtp_err_status_ok;
	}
}

static bool
lib_passed(void)
{
	return failures == 0;
}

const struct contestant micro_bare_libsrtp2 = {
	.name = "bare libsrtp2",
	.sessions_max = 100,
	.packets = 8 * LAP,
	.open = lib_open,
	.close = lib_close,
	.prepare = lib_prepare,
	.run = lib_run,
	.passed = lib_passed,
};
