/* SPDX-License-Identifier: Apache-2.0
 *
 * Boxes and signatures of the mesh by libsodium, and the nonces of boxes. */
#include "mesh/box.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>

#include "mesh/packet.h"

static_assert(BOX_NONCE == crypto_box_NONCEBYTES && BOX_TAG == crypto_box_MACBYTES &&
		      MESH_KEY == crypto_box_BEFORENMBYTES && SIGN_TAIL == crypto_sign_BYTES,
	"sizes are libsodium's");

int
box_key(uint8_t key[MESH_KEY], const struct sid *peer, const uint8_t box_secret[MESH_KEY])
{
	return crypto_box_beforenm(key, peer->b, box_secret) == 0 ? 0 : -EBADMSG;
}

/* ---- XSalsa20-Poly1305 of libsodium's parts: the same bytes as of its
 * crypto_box_detached_afternm().  That makes the key stream in pieces too short for vector
 * instructions; in one piece a packet of speech takes a third less time. ---- */

enum {
	BLOCK = 64,   /* bytes of key stream that are made at a time */
	VECTOR = 256, /* which take less time than two such */
	TAG_KEY = 32, /* the first ones, for Poly1305 */
	PREFIX = 16,  /* bytes of the nonce that make a key of their own */
	STREAM_MAX = (TAG_KEY + MESH_DATAGRAM_MAX + VECTOR - 1) / VECTOR * VECTOR,
};
static_assert(TAG_KEY == crypto_onetimeauth_KEYBYTES &&
		      PREFIX == crypto_core_hsalsa20_INPUTBYTES &&
		      BOX_NONCE == PREFIX + crypto_stream_salsa20_NONCEBYTES,
	"parts are libsodium's");

/* What LEN bytes are covered with, behind the key of their tag. */
static void
make_stream(uint8_t stream[STREAM_MAX], unsigned len, const uint8_t nonce[BOX_NONCE],
	const uint8_t key[MESH_KEY])
{
	uint8_t once[crypto_stream_salsa20_KEYBYTES];
	unsigned n = TAG_KEY + len;

	if (n > BLOCK)
		n = (n + VECTOR - 1) / VECTOR * VECTOR;
	crypto_core_hsalsa20(once, nonce, key, NULL);
	crypto_stream_salsa20(stream, n, nonce + PREFIX, once);
	sodium_memzero(once, sizeof once);
}

static void
cover(uint8_t *restrict p, unsigned len, const uint8_t *restrict stream)
{
	for (unsigned i = 0; i < len; i++)
		p[i] ^= stream[i];
}

int
box_open(uint8_t *p, unsigned len, const uint8_t key[MESH_KEY])
{
	uint8_t stream[STREAM_MAX], *in = p + BOX_HEAD;
	int n = (int)len - BOX_HEAD;

	if (n < 0 || n > MESH_DATAGRAM_MAX)
		return -EBADMSG;
	make_stream(stream, (unsigned)n, p, key);
	if (crypto_onetimeauth_verify(p + BOX_NONCE, in, (unsigned)n, stream) != 0)
		n = -EBADMSG;
	else
		cover(in, (unsigned)n, stream + TAG_KEY);
	sodium_memzero(stream, TAG_KEY);
	return n;
}

/* ---- Nonces ---- */

void
nonces_init(struct nonces *n)
{
	/* It also finds the fastest of its code for this CPU. */
	if (sodium_init() < 0)
		abort();
	randombytes_buf(n->key, sizeof n->key);
	n->left = 0;
}

/* The next one.  The key that made a block is gone once it is made. */
static void
next_nonce(struct nonces *n, uint8_t nonce[BOX_NONCE])
{
	static const uint8_t zero[crypto_stream_chacha20_NONCEBYTES];

	if (n->left == 0) {
		uint8_t stream[sizeof n->key + sizeof n->block];

		crypto_stream_chacha20(stream, sizeof stream, zero, n->key);
		memcpy(n->key, stream, sizeof n->key);
		memcpy(n->block, stream + sizeof n->key, sizeof n->block);
		sodium_memzero(stream, sizeof n->key);
		n->left = NONCES;
	}
	n->left--;
	memcpy(nonce, n->block + (size_t)n->left * BOX_NONCE, BOX_NONCE);
	nonce[0] &= 0x7f; /* the top bit says that it is a short one, which nobody ever sent */
}

void
box_seal(uint8_t *p, unsigned len, const uint8_t key[MESH_KEY], struct nonces *n)
{
	uint8_t stream[STREAM_MAX], *in = p + BOX_HEAD;

	assert(len <= MESH_DATAGRAM_MAX);
	next_nonce(n, p);
	make_stream(stream, len, p, key);
	cover(in, len, stream + TAG_KEY);
	crypto_onetimeauth(p + BOX_NONCE, in, len, stream);
	sodium_memzero(stream, TAG_KEY);
}

/* ---- Signatures ---- */

void
mesh_sign(uint8_t *p, unsigned len, const struct mesh_identity *by)
{
	uint8_t hash[crypto_hash_sha512_BYTES];

	crypto_hash_sha512(hash, p, len);
	crypto_sign_detached(p + len, NULL, hash, sizeof hash, by->sign_secret);
}

int
mesh_verify(const uint8_t *p, unsigned len, const uint8_t sign_public[MESH_KEY])
{
	uint8_t hash[crypto_hash_sha512_BYTES];

	if (len < SIGN_TAIL)
		return -EBADMSG;
	len -= SIGN_TAIL;
	crypto_hash_sha512(hash, p, len);
	if (crypto_sign_verify_detached(p + len, hash, sizeof hash, sign_public) != 0)
		return -EBADMSG;
	return (int)len;
}
