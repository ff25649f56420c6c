/* SPDX-License-Identifier: Apache-2.0
 *
 * The address of a node in a Serval mesh: an X25519 public key.  An identity is the seed of an
 * Ed25519 key pair, from which all else follows.  Any thread; libsodium. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
	SID_LEN = 32,
	SID_TEXT = 65,  /* bytes of it in hexadecimal, with the NUL */
	MESH_KEY = 32,  /* bytes of a box key, of a seed, of a public signing key */
	MESH_DID = 64,  /* bytes of a telephone number with its NUL: 5..31 of 0-9 * # + */
	MESH_NAME = 64, /* bytes of a name with its NUL */
};

struct sid {
	uint8_t b[SID_LEN];
};

/* One of ours.  Secret: lies in memory of secret.h or is wiped after use. */
struct mesh_identity {
	uint8_t seed[MESH_KEY];
	uint8_t sign_public[MESH_KEY];
	uint8_t sign_secret[2 * MESH_KEY]; /* seed, then public: as libsodium has it */
	uint8_t box_secret[MESH_KEY];
	struct sid sid;
	char did[MESH_DID];   /* empty: none */
	char name[MESH_NAME]; /* empty: none */
};

static inline bool
sid_equal(const struct sid *a, const struct sid *b)
{
	return memcmp(a->b, b->b, sizeof a->b) == 0;
}

static inline int
sid_order(const struct sid *a, const struct sid *b)
{
	return memcmp(a->b, b->b, sizeof a->b);
}

/* 64 hexadecimal digits, in any case, nothing behind them.  0; -EINVAL. */
int sid_parse(struct sid *sid, const char *text);
void sid_print(const struct sid *sid, char text[SID_TEXT]); /* upper case */

/* Is TEXT a number: 5..31 characters of 0-9 * # +? */
bool mesh_did_is_valid(const char *text);

/* Is TEXT a name: UTF-8, MESH_NAME - 1 bytes at most, no control characters and no '|'? */
bool mesh_name_is_valid(const char *text);
/* Bytes of the LEN at TEXT that can stand in a name of ROOM: whole characters, up to the first
 * that cannot. */
size_t mesh_name_fits(const char *text, size_t len, size_t room);

/* All of ID that follows from ID->seed. */
void mesh_identity_derive(struct mesh_identity *id);

/* The SID that belongs to a public signing key.  0; -EBADMSG: it is no point of the curve. */
int mesh_sid_of_sign(struct sid *sid, const uint8_t sign_public[MESH_KEY]);
