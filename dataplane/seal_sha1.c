/* SPDX-License-Identifier: Apache-2.0
 *
 * See seal_sha1.h.  A block of sixteen packets is loaded as sixteen rows, which are turned
 * into columns: word t of all packets is then one vector. */
#include "dataplane/seal_sha1.h"

#include <immintrin.h>
#include <stdalign.h>
#include <string.h>

#include "dataplane/secret.h"

enum {
	LANES = 16,
	WORDS = 16,   /* of a block, of 32 bits */
	BLOCK = 64,   /* bytes */
	STATE = 5,    /* words */
	TAG = 3,      /* words that are written */
	LENGTH = 8,   /* bytes at the end of the last block */
	FRAME = 3072, /* bytes that authenticate() has on the stack, and more */
};

#define AVX512 __attribute__((target("avx512f,avx512bw"), always_inline)) static inline

/* Of each packet, by lane. */
struct lanes {
	const uint8_t *text[LANES];
	alignas(BLOCK) uint32_t len[LANES];  /* bytes */
	alignas(BLOCK) uint32_t last[LANES]; /* number of its last block */
};

/* ---- SHA-1 of a block: FIPS 180-4 section 6.1.2 ---- */

struct state {
	__m512i a, b, c, d, e;
};

typedef __m512i sha1_f(__m512i x, __m512i y, __m512i z);

AVX512 __m512i
sha1_choose(__m512i x, __m512i y, __m512i z)
{
	return _mm512_ternarylogic_epi32(x, y, z, 0xca);
}

AVX512 __m512i
sha1_parity(__m512i x, __m512i y, __m512i z)
{
	return _mm512_ternarylogic_epi32(x, y, z, 0x96);
}

AVX512 __m512i
sha1_majority(__m512i x, __m512i y, __m512i z)
{
	return _mm512_ternarylogic_epi32(x, y, z, 0xe8);
}

/* Rounds FROM to FROM + 19.  W: the last sixteen words. */
AVX512 void
sha1_rounds(struct state *s, __m512i w[WORDS], unsigned from, uint32_t k, sha1_f *f)
{
#pragma GCC unroll 20
	for (unsigned t = from; t < from + 20; t++) {
		__m512i sum = _mm512_add_epi32(s->e, _mm512_set1_epi32((int)k));

		if (t >= WORDS)
			w[t % WORDS] = _mm512_rol_epi32(
				_mm512_xor_si512(
					sha1_parity(w[(t - 3) % WORDS], w[(t - 8) % WORDS],
						w[(t - 14) % WORDS]),
					w[t % WORDS]),
				1);
		sum = _mm512_add_epi32(sum, w[t % WORDS]);
		sum = _mm512_add_epi32(sum, f(s->b, s->c, s->d));
		sum = _mm512_add_epi32(sum, _mm512_rol_epi32(s->a, 5));
		s->e = s->d;
		s->d = s->c;
		s->c = _mm512_rol_epi32(s->b, 30);
		s->b = s->a;
		s->a = sum;
	}
}

/* S after the block W, in the lanes that are ACTIVE.  W is used up. */
AVX512 void
block(struct state *s, __m512i w[WORDS], __mmask16 active)
{
	struct state n = *s;

	sha1_rounds(&n, w, 0, 0x5a827999, sha1_choose);
	sha1_rounds(&n, w, 20, 0x6ed9eba1, sha1_parity);
	sha1_rounds(&n, w, 40, 0x8f1bbcdc, sha1_majority);
	sha1_rounds(&n, w, 60, 0xca62c1d6, sha1_parity);
	s->a = _mm512_mask_add_epi32(s->a, active, s->a, n.a);
	s->b = _mm512_mask_add_epi32(s->b, active, s->b, n.b);
	s->c = _mm512_mask_add_epi32(s->c, active, s->c, n.c);
	s->d = _mm512_mask_add_epi32(s->d, active, s->d, n.d);
	s->e = _mm512_mask_add_epi32(s->e, active, s->e, n.e);
}

/* ---- Packets to words ---- */

/* Word c of row r becomes word r of row c. */
AVX512 void
transpose(__m512i row[LANES])
{
	__m512i half[LANES];

	for (unsigned i = 0; i < LANES; i += 2) {
		half[i] = _mm512_unpacklo_epi32(row[i], row[i + 1]);
		half[i + 1] = _mm512_unpackhi_epi32(row[i], row[i + 1]);
	}
	for (unsigned i = 0; i < LANES; i += 4) {
		row[i] = _mm512_unpacklo_epi64(half[i], half[i + 2]);
		row[i + 1] = _mm512_unpackhi_epi64(half[i], half[i + 2]);
		row[i + 2] = _mm512_unpacklo_epi64(half[i + 1], half[i + 3]);
		row[i + 3] = _mm512_unpackhi_epi64(half[i + 1], half[i + 3]);
	}
	/* Quarter q of row[4 * g + i] has word 4 * q + i of four packets now. */
	for (unsigned i = 0; i < 4; i++) {
		half[i] = _mm512_shuffle_i32x4(row[i], row[4 + i], 0x88);
		half[4 + i] = _mm512_shuffle_i32x4(row[8 + i], row[12 + i], 0x88);
		half[8 + i] = _mm512_shuffle_i32x4(row[i], row[4 + i], 0xdd);
		half[12 + i] = _mm512_shuffle_i32x4(row[8 + i], row[12 + i], 0xdd);
	}
	for (unsigned i = 0; i < 4; i++) {
		row[i] = _mm512_shuffle_i32x4(half[i], half[4 + i], 0x88);
		row[4 + i] = _mm512_shuffle_i32x4(half[8 + i], half[12 + i], 0x88);
		row[8 + i] = _mm512_shuffle_i32x4(half[i], half[4 + i], 0xdd);
		row[12 + i] = _mm512_shuffle_i32x4(half[8 + i], half[12 + i], 0xdd);
	}
}

AVX512 __m512i
swap_bytes(__m512i words)
{
	const __m512i order =
		_mm512_set4_epi32(0x0c0d0e0f, 0x08090a0b, 0x04050607, 0x00010203);

	return _mm512_shuffle_epi8(words, order);
}

/* Block number N of LEN bytes at TEXT, with the bit behind them if that is where they end;
 * zeros further on.  Not a byte behind them is read. */
AVX512 __m512i
load_block(const uint8_t *text, uint32_t len, uint32_t n)
{
	uint32_t at = n * BLOCK;
	__m512i bytes = _mm512_setzero_si512();

	if (len >= at + BLOCK)
		return _mm512_loadu_si512(text + at);
	if (len > at)
		bytes = _mm512_maskz_loadu_epi8((UINT64_C(1) << (len - at)) - 1, text + at);
	if (len >= at)
		bytes = _mm512_mask_mov_epi8(
			bytes, UINT64_C(1) << (len - at), _mm512_set1_epi8((char)0x80));
	return bytes;
}

/* ---- HMAC: RFC 2104, FIPS 180-4 section 5.1.1 ---- */

/* The texts, behind the block that S has had; LAST: of the longest. */
AVX512 void
hash_inner(struct state *s, const struct lanes *l, uint32_t last)
{
	const __m512i lasts = _mm512_load_si512(l->last);
	const __m512i bits = _mm512_slli_epi32(
		_mm512_add_epi32(_mm512_load_si512(l->len), _mm512_set1_epi32(BLOCK)), 3);

	for (uint32_t n = 0; n <= last; n++) {
		const __m512i number = _mm512_set1_epi32((int)n);
		__m512i w[WORDS];

		for (unsigned i = 0; i < LANES; i++)
			w[i] = swap_bytes(load_block(l->text[i], l->len[i], n));
		transpose(w);
		w[WORDS - 1] = _mm512_mask_mov_epi32(
			w[WORDS - 1], _mm512_cmpeq_epu32_mask(number, lasts), bits);
		block(s, w, _mm512_cmple_epu32_mask(number, lasts));
	}
}

/* The digests INNER, likewise. */
AVX512 void
hash_outer(struct state *s, const struct state *inner)
{
	__m512i w[WORDS] = {inner->a, inner->b, inner->c, inner->d, inner->e};

	w[STATE] = _mm512_set1_epi32((int)0x80000000);
	w[WORDS - 1] = _mm512_set1_epi32(8 * (BLOCK + 4 * STATE));
	block(s, w, 0xffff);
}

/* The keys of N jobs. */
AVX512 void
load_keys(struct state *inner, struct state *outer, const IMB_JOB *job, unsigned n)
{
	__m512i w[WORDS];

	for (unsigned i = 0; i < LANES; i++)
		w[i] = _mm512_maskz_loadu_epi32((1 << 2 * STATE) - 1,
			job[i < n ? i : 0].u.HMAC._hashed_auth_key_xor_ipad);
	transpose(w);
	*inner = (struct state){w[0], w[1], w[2], w[3], w[4]};
	*outer = (struct state){w[5], w[6], w[7], w[8], w[9]};
}

AVX512 void
store_tags(const struct state *s, IMB_JOB *job, unsigned n)
{
	alignas(BLOCK) uint32_t word[TAG][LANES];

	_mm512_store_si512(word[0], swap_bytes(s->a));
	_mm512_store_si512(word[1], swap_bytes(s->b));
	_mm512_store_si512(word[2], swap_bytes(s->c));
	for (unsigned i = 0; i < n; i++)
		for (unsigned t = 0; t < TAG; t++)
			memcpy(job[i].auth_tag_output + 4 * t, &word[t][i], 4);
}

/* Up to LANES of them. */
__attribute__((target("avx512f,avx512bw"), noinline)) static void
authenticate(IMB_JOB *job, unsigned n)
{
	struct state inner, outer;
	struct lanes l;
	uint32_t last = 0;

	for (unsigned i = 0; i < LANES; i++) {
		const IMB_JOB *j = &job[i < n ? i : 0];

		l.text[i] = j->src;
		l.len[i] = (uint32_t)j->msg_len_to_hash_in_bytes;
		l.last[i] = (l.len[i] + LENGTH) / BLOCK;
		last = l.last[i] > last ? l.last[i] : last;
	}
	load_keys(&inner, &outer, job, n);
	hash_inner(&inner, &l, last);
	hash_outer(&outer, &inner);
	store_tags(&outer, job, n);
}

/* There are more vectors than registers: states, which are as good as keys, have been where
 * this frame is now. */
__attribute__((noinline)) static void
wipe_stack(void)
{
	uint8_t frame[FRAME];

	explicit_bzero(frame, sizeof frame);
}

uint32_t
seal_sha1_burst(IMB_MGR *mgr, IMB_JOB *job, const uint32_t n, const IMB_HASH_ALG alg)
{
	for (uint32_t done = 0; done < n; done += LANES)
		authenticate(job + done, n - done < LANES ? n - done : LANES);
	wipe_stack();
	secret_wipe_registers();
	return n;
}
