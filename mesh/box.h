/* SPDX-License-Identifier: Apache-2.0
 *
 * How frames are secured: boxes (X25519, XSalsa20-Poly1305) between two nodes, signatures
 * (Ed25519 over SHA-512) for everybody.  Headers are not covered, and there is no protection
 * from repeats: that is VoMP's.  Any thread, each with its own nonces; libsodium. */
#pragma once

#include "mesh/sid.h"

enum {
	BOX_NONCE = 24,
	BOX_TAG = 16,
	BOX_HEAD = BOX_NONCE + BOX_TAG, /* stands in front of what is in the box */
	SIGN_TAIL = 64,                 /* stands behind what is signed */
};

/* The key of both directions between one of ours and PEER: the expensive part, once a pair.
 * 0; -EBADMSG: no such peer can be. */
int box_key(uint8_t key[MESH_KEY], const struct sid *peer, const uint8_t box_secret[MESH_KEY]);

/* Open a payload in place: what is in it begins BOX_HEAD bytes behind P.  Its bytes; -EBADMSG:
 * it is not between these two, or longer than a datagram, and P is as it was. */
int box_open(uint8_t *p, unsigned len, const uint8_t key[MESH_KEY]);

/* Random nonces without a system call each: a generator of one thread's own, keyed from the
 * kernel's once and anew with each block it makes (ChaCha20). */
enum { NONCES = 20 };

struct nonces {
	uint8_t key[32];
	uint8_t block[NONCES * BOX_NONCE];
	unsigned left; /* that were not used yet, of `block` */
};

void nonces_init(struct nonces *n);

/* Close LEN bytes (MESH_DATAGRAM_MAX at most) that begin BOX_HEAD behind P, in place, under
 * the next of N; P has room for BOX_HEAD + LEN, which is what it has then. */
void box_seal(uint8_t *p, unsigned len, const uint8_t key[MESH_KEY], struct nonces *n);

/* Sign the LEN bytes at P; the tail goes behind them. */
void mesh_sign(uint8_t *p, unsigned len, const struct mesh_identity *by);
/* Bytes in front of the tail; -EBADMSG: not signed by that key. */
int mesh_verify(const uint8_t *p, unsigned len, const uint8_t sign_public[MESH_KEY]);
