/* SPDX-License-Identifier: Apache-2.0
 *
 * HMAC-SHA1 of sixteen packets side by side, by AVX-512: each lane of a vector is of another
 * packet.  libipsec-mb hashes in the same way, but looks at all its lanes again for every
 * packet that it hands back of a burst that has ended, which takes it longer than the hashing.
 * FIPS 180-4, RFC 2104.  x86-64; any thread. */
#pragma once

#include <intel-ipsec-mb.h>

/* SHA-1 states after the first block of the inner and of the outer hash; words in host byte
 * order. */
struct hmac {
	uint8_t inner[20], outer[20];
};

/* As the manager's function of that name, for IMB_AUTH_HMAC_SHA_1 alone: of each of the N jobs
 * it reads src, msg_len_to_hash_in_bytes (< 2^28) and _hashed_auth_key_xor_ipad, which is the
 * beginning of a struct hmac, and writes 12 bytes to auth_tag_output.  Wants
 * IMB_FEATURE_AVX512_SKX.  N. */
uint32_t seal_sha1_burst(IMB_MGR *mgr, IMB_JOB *job, const uint32_t n, const IMB_HASH_ALG alg);
