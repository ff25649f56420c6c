/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the engine `burst` share: seal_burst.c (bursts, and AES-CM with
 * HMAC-SHA1), seal_burst_gcm.c (GCM), seal_burst_key.c (keys, managers and lanes).  Nobody
 * else's. */
#pragma once

#include <stdalign.h>

#include "dataplane/seal_engine.h"
#include "dataplane/seal_mgr.h"
#include "dataplane/seal_sha1.h"

enum {
	LINE = 64,     /* bytes */
	KEY_SIZES = 3, /* 128, 192, 256 bits */
	ROUND_KEYS_MAX = 15 * 16,
	FULL_TAG = 16,
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
	unsigned sha_few;   /* so many are authenticated by them, and fewer */
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

static inline struct burst_key *
key_of(const struct seal_job *job)
{
	return (struct burst_key *)(void *)job->key;
}

static inline unsigned
size_of_key(unsigned key_len)
{
	return key_len / 8 - 2;
}

static inline unsigned
expanded_size(const struct seal *s)
{
	if (s->aead)
		return sizeof(struct gcm_key_data);
	return (s->key_len / 4 + 7) * 16; /* 11, 13 or 15 round keys */
}

static inline struct burst_rtcp *
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

static inline uint64_t
load8(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

/* Compares LEN bytes, 4, 10 or 16, of two tags that have 8 to read, all of them in any case.
 */
static inline bool
digest_differs(const uint8_t *a, const uint8_t *b, unsigned len)
{
	if (len == 4)
		return (uint32_t)load8(a) != (uint32_t)load8(b);
	return ((load8(a) ^ load8(b)) | (load8(a + len - 8) ^ load8(b + len - 8))) != 0;
}

/* ---- seal_burst_key.c ---- */

unsigned seal_burst_few(void);

int seal_burst_init(void);
void seal_burst_fini(void);
struct seal_lane *seal_burst_lane_open(void);
void seal_burst_lane_close(struct seal_lane *lane);
int seal_burst_keystream(const uint8_t *key, unsigned key_len, const uint8_t iv[16],
	uint8_t *out, unsigned len);
struct seal *seal_burst_key_open(const struct seal *head, const struct seal_session *session);
void seal_burst_key_close(struct seal *s);

/* The round keys of KEY, or all that GCM needs of it, to OUT; by the manager of the calling
 * thread. */
void seal_burst_expand_aes(IMB_MGR *mgr, const uint8_t *key, unsigned key_len, void *out);
void seal_burst_expand_gcm(IMB_MGR *mgr, const uint8_t *key, unsigned key_len, void *out);

/* ---- seal_burst_gcm.c ---- */

/* Those of JOB that are lane->gcm_job, planned. */
void seal_burst_gcm_seal(struct seal_lane *lane, struct seal_job *job);
void seal_burst_gcm_unseal(struct seal_lane *lane, struct seal_job *job);
