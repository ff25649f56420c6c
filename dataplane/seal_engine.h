/* SPDX-License-Identifier: Apache-2.0
 *
 * Between seal.c and the two engines, seal_burst*.c and seal_libsrtp.c: the table an engine
 * fills, the head that every struct seal starts with, and what both do alike: where the parts
 * of a packet lie and which initialisation vector it has.  Nobody else includes this but tests
 * and the micro bench.
 *
 *   AES-CM, RFC 3711:  clear | text |       word (RTCP) | MKI | tag
 *   GCM, RFC 7714:     clear | text | tag | word (RTCP) | MKI
 *
 * The word is the E bit and the SRTCP index.  In SRTP no word is sent, but the AES-CM suites
 * authenticate the roll-over counter as if it stood in the word's place. */
#pragma once

#include <assert.h>
#include <endian.h>
#include <string.h>

#include "dataplane/seal.h"

enum {
	SEAL_HMAC_KEY = 20, /* bytes: RFC 3711 section 5.2 */
	SEAL_WORD = 4,
	SEAL_RTP_HEADER = 12,
	SEAL_RTCP_HEADER = 8,
};

/* What a packet needs first, made to share a cache line with the engine's hottest bytes. */
struct seal {
	uint16_t mki_at;  /* offset of the MKI from the start of this struct */
	uint8_t mki_len;  /* bytes */
	uint8_t key_len;  /* bytes of the AES key */
	uint8_t tag[2];   /* bytes: RTP, RTCP */
	uint8_t aead;     /* GCM */
	uint8_t unseal;   /* opened for packets that arrive */
	uint8_t salt[16]; /* of RTP, zeros behind it; that of RTCP is the engine's */
};
static_assert(SEAL_TAILROOM >= SEAL_WORD + SW_MKI_MAX + SW_TAG_MAX, "any trailer fits");
static_assert(sizeof(struct seal) == 24, "leaves 40 bytes of its line for two SHA-1 states");

/* What a master key expands to: RTP, RTCP. */
struct seal_session {
	uint8_t key[2][SW_KEY_MAX];
	uint8_t hmac[2][SEAL_HMAC_KEY];
	uint8_t salt[2][16]; /* zeros behind the salt */
};

struct seal_engine {
	int (*init)(void); /* 0, -ENOTSUP, -ENOMEM */
	void (*fini)(void);
	unsigned (*few)(void);                /* see seal_few(); NULL: 0 */
	struct seal_lane *(*lane_open)(void); /* NULL: errno */
	void (*lane_close)(struct seal_lane *lane);

	/* LEN bytes of AES-CM key stream under KEY from counter block IV on.  0, -ENOMEM. */
	int (*keystream)(const uint8_t *key, unsigned key_len, const uint8_t iv[16],
		uint8_t *out, unsigned len);

	/* Allocate a key from the head HEAD (mki_at excepted) and fill in the engine's part.
	 * NULL: errno. */
	struct seal *(*open)(const struct seal *head, const struct seal_session *session);
	void (*close)(struct seal *s);

	void (*seal)(struct seal_lane *lane, struct seal_job *job, unsigned n);
	void (*unseal)(struct seal_lane *lane, struct seal_job *job, unsigned n);
};

extern const struct seal_engine seal_engine_burst;
extern const struct seal_engine seal_engine_libsrtp2;

/* seal_open() in its two steps; KEY's suite is a valid one.  Vectors that state session keys
 * come in between.  Derivation: RFC 3711 section 4.3 at a rate of 0; for AES-192 and -256 RFC
 * 6188, for GCM RFC 7714 section 11.  0, -ENOMEM; NULL: errno. */
int seal_derive(const struct sw_key *key, struct seal_session *out);
struct seal *seal_open_session(
	const struct sw_key *key, const struct seal_session *session, bool unseal);

/* One packet's layout, worked out before any of its bytes change. */
struct seal_plan {
	uint64_t index;
	uint32_t from;   /* first byte of the text, */
	uint32_t end;    /* and the first behind it: what the plain packet's length is */
	uint32_t tag_at; /* offset of the tag */
	uint32_t mki_at; /* offset of the MKI */
	uint32_t sealed; /* length of the sealed packet */
	uint32_t word;   /* as authenticated; network byte order */
	uint32_t text;   /* bytes to encrypt or decrypt: end - from, or 0 with E clear */
};

static inline const uint8_t *
seal_mki(const struct seal *s)
{
	return (const uint8_t *)s + s->mki_at;
}

static inline uint32_t
seal_trailer(const struct seal *s, bool rtcp)
{
	return s->tag[rtcp] + s->mki_len + (rtcp ? SEAL_WORD : 0u);
}

static inline void
seal_plan_trailer(const struct seal_job *job, struct seal_plan *plan)
{
	const struct seal *s = job->key;
	uint32_t word = job->rtcp ? SEAL_WORD : 0;

	plan->tag_at = s->aead ? plan->end : plan->end + word + s->mki_len;
	plan->mki_at = s->aead ? plan->end + s->tag[job->rtcp] + word : plan->end + word;
}

/* SEAL_OK, or why the packet cannot be sealed; PLAN is set only with the former. */
static inline enum seal_status
seal_plan_seal(const struct seal_job *job, struct seal_plan *plan)
{
	uint32_t from = job->rtcp ? SEAL_RTCP_HEADER : job->clear;

	assert(!job->key->unseal);
	if (job->index >> (job->rtcp ? 31 : 48) != 0)
		return SEAL_EINDEX;
	if (job->len < from || (!job->rtcp && from < SEAL_RTP_HEADER))
		return SEAL_ESHORT;
	plan->sealed = job->len + seal_trailer(job->key, job->rtcp);
	if (plan->sealed > UINT16_MAX)
		return SEAL_EENGINE;
	plan->index = job->index;
	plan->from = from;
	plan->end = job->len;
	plan->text = plan->end - from;
	plan->word = htobe32(
		job->rtcp ? 1u << 31 | (uint32_t)job->index : (uint32_t)(job->index >> 16));
	seal_plan_trailer(job, plan);
	return SEAL_OK;
}

static inline enum seal_status
seal_plan_unseal(const struct seal_job *job, struct seal_plan *plan)
{
	const struct seal *s = job->key;
	uint32_t from = job->rtcp ? SEAL_RTCP_HEADER : job->clear;
	uint32_t trailer = seal_trailer(s, job->rtcp);

	assert(s->unseal);
	if (job->len < from + trailer || (!job->rtcp && from < SEAL_RTP_HEADER))
		return SEAL_ESHORT;
	plan->sealed = job->len;
	plan->from = from;
	plan->end = job->len - trailer;
	plan->text = plan->end - from;
	seal_plan_trailer(job, plan);
	if (s->mki_len != 0 && memcmp(job->pkt + plan->mki_at, seal_mki(s), s->mki_len) != 0)
		return SEAL_EMKI;
	if (job->rtcp) {
		uint32_t word_at = s->aead ? plan->end + s->tag[1] : plan->end;

		memcpy(&plan->word, job->pkt + word_at, SEAL_WORD);
		plan->index = be32toh(plan->word) & INT32_MAX;
		if (plan->index == be32toh(plan->word)) /* E is clear: authenticated only */
			plan->text = 0;
	} else {
		if (job->index >> 48 != 0)
			return SEAL_EINDEX;
		plan->index = job->index;
		plan->word = htobe32((uint32_t)(job->index >> 16));
	}
	return SEAL_OK;
}

/* The counter block of AES-CM (RFC 3711 section 4.1.1), 16 bytes, or GCM's IV (RFC 7714
 * sections 8.1 and 9.1), 12 bytes: both are salt xor (SSRC, 48-bit index), two bytes apart.
 * Stored as a whole: what is put together in memory, or read wider than it was written, waits
 * for the memory. */
static inline void
seal_iv(const struct seal_job *job, const uint8_t salt[16], uint64_t index, uint8_t iv[16])
{
	const bool gcm = job->key->aead;
	uint64_t __attribute__((vector_size(16))) half;
	uint32_t ssrc;

	memcpy(&ssrc, job->pkt + (job->rtcp ? 4 : 8), sizeof ssrc);
	memcpy(&half, salt, sizeof half);
	half[0] ^= htobe64(gcm ? (uint64_t)be32toh(ssrc) << 16 | index >> 32 : be32toh(ssrc));
	half[1] ^= htobe64(index << (gcm ? 32 : 16)); /* behind it the block count */
	memcpy(iv, &half, sizeof half);
}

/* Compares without telling by its time where the first difference is. */
static inline bool
seal_tag_differs(const uint8_t *a, const uint8_t *b, unsigned len)
{
	uint8_t differ = 0;

	for (unsigned i = 0; i < len; i++)
		differ |= a[i] ^ b[i];
	return differ != 0;
}
