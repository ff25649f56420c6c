/* SPDX-License-Identifier: Apache-2.0
 *
 * See seal_mgr.h. */
#include "dataplane/seal_mgr.h"

#include <stdalign.h>
#include <string.h>
#include <x86intrin.h>

#include "dataplane/seal_sha1.h"
#include "dataplane/secret.h"

enum {
	LINE = 64,   /* bytes */
	DIGEST = 12, /* bytes asked of HMAC */
	FULL_TAG = 16,
	SHA_LANES_MAX = 16,
	TRIAL_TEXT = 176, /* bytes: RTP with 20 ms of G.711, and the roll-over counter */
	TRIALS = 9,       /* the quickest counts: whatever disturbs one makes it longer */
};

bool
seal_mgr_has(const IMB_MGR *mgr, uint64_t features)
{
	return (mgr->features & features) == features;
}

/* TEXT, of LEN bytes, is to be authenticated under STATE. */
static IMB_JOB
hash_job(const struct hmac *state, const uint8_t *text, unsigned len, uint8_t tag[FULL_TAG])
{
	return (IMB_JOB){.src = text,
		.msg_len_to_hash_in_bytes = len,
		.auth_tag_output = tag,
		.auth_tag_output_len_in_bytes = DIGEST,
		.u.HMAC._hashed_auth_key_xor_ipad = (uint8_t *)(uintptr_t)state->inner,
		.u.HMAC._hashed_auth_key_xor_opad = (uint8_t *)(uintptr_t)state->outer};
}

/* Does our way to hash come to what the library's does, here and as it was compiled?  If it
 * did not, no phone would take a packet of ours; the library's is only slower. */
static bool
agree(IMB_MGR *mgr)
{
	enum { N = SHA_LANES_MAX };
	struct hmac state[N];
	uint8_t text[N][TRIAL_TEXT];
	alignas(LINE) uint8_t ours[N][FULL_TAG] = {0}, theirs[N][FULL_TAG] = {0};
	IMB_JOB job[2][N];

	for (unsigned i = 0; i < N; i++) {
		memset(&state[i], (int)(0x11 + i), sizeof state[i]);
		memset(text[i], (int)(0x55 + i), sizeof text[i]);
		job[0][i] = hash_job(&state[i], text[i], TRIAL_TEXT - 7 * i, ours[i]);
		job[1][i] = hash_job(&state[i], text[i], TRIAL_TEXT - 7 * i, theirs[i]);
	}
	seal_sha1_burst(mgr, job[0], N, IMB_AUTH_HMAC_SHA_1);
	IMB_SUBMIT_HASH_BURST_NOCHECK(mgr, job[1], N, IMB_AUTH_HMAC_SHA_1);
	return memcmp(ours, theirs, sizeof ours) == 0;
}

/* With our way to hash where it is the better one. */
static void
open_best(IMB_MGR *mgr)
{
	init_mb_mgr_auto(mgr, NULL);
	if (seal_mgr_has(mgr, IMB_FEATURE_AVX512_SKX) && agree(mgr))
		mgr->submit_hash_burst_nocheck = seal_sha1_burst;
}

/* The AVX forms of SHA, three-operand ones, save a little; but the library takes them only
 * where the CPU has GFNI as well, and otherwise hashes four lanes side by side, which for one
 * packet is four times as dear as the SSE forms. */
IMB_MGR *
seal_mgr_open(bool best, uint64_t without)
{
	void *memory = secret_alloc(imb_get_mb_mgr_size());
	IMB_MGR *mgr;

	if (memory == NULL)
		return NULL;
	mgr = imb_set_pointers_mb_mgr(memory, without, 1);
	if (best)
		open_best(mgr);
	else if (seal_mgr_has(mgr, IMB_CPUFLAGS_AVX_T2))
		init_mb_mgr_avx(mgr);
	else
		init_mb_mgr_sse(mgr);
	return mgr;
}

void
seal_mgr_close(IMB_MGR *mgr)
{
	if (mgr != NULL)
		secret_free(mgr, imb_get_mb_mgr_size());
}

unsigned
seal_mgr_lanes(const IMB_MGR *mgr)
{
	return seal_mgr_has(mgr, IMB_FEATURE_AVX512_SKX) ? SHA_LANES_MAX : SHA_LANES_MAX / 2;
}

/* TSC that MGR takes to authenticate N packets of some sound each, at best. */
static uint64_t
time_sha(IMB_MGR *mgr, unsigned n)
{
	static const uint8_t text[TRIAL_TEXT];
	static const struct hmac state;
	alignas(LINE) uint8_t digest[SHA_LANES_MAX][FULL_TAG];
	IMB_JOB job[SHA_LANES_MAX];
	uint64_t best = UINT64_MAX;

	for (unsigned i = 0; i < n; i++)
		job[i] = hash_job(&state, text, sizeof text, digest[i]);
	for (unsigned i = 0; i < TRIALS; i++) {
		uint64_t began = __rdtsc(), took;

		IMB_SUBMIT_HASH_BURST_NOCHECK(mgr, job, n, IMB_AUTH_HMAC_SHA_1);
		took = __rdtsc() - began;
		best = took < best ? took : best;
	}
	return best;
}

unsigned
seal_mgr_few(IMB_MGR *mgr, IMB_MGR *few)
{
	unsigned n = 0;

	while (n + 1 < seal_mgr_lanes(mgr) && time_sha(few, n + 1) < time_sha(mgr, n + 1))
		n++;
	return n;
}
