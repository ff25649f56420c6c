/* SPDX-License-Identifier: Apache-2.0
 *
 * SRTP keys in SDP, RFC 4568: which suites are offered, which of those offered to us is taken,
 * and keys of our own.  These are derived from a secret that lives as long as the two parties
 * talk, so that each re-offer repeats them, also after a restart, and nobody but their party
 * ever sees them.  RFC 6188 (192 and 256 bits), RFC 7714 section 14 (GCM).  Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "control/ng.h"
#include "control/sdp.h"

/* In the order in which they are offered.  The numbers are in derived keys. */
enum sdes_suite {
	SDES_AEAD_AES_256_GCM,
	SDES_AEAD_AES_128_GCM,
	SDES_AES_256_CM_HMAC_SHA1_80,
	SDES_AES_256_CM_HMAC_SHA1_32,
	SDES_AES_192_CM_HMAC_SHA1_80,
	SDES_AES_192_CM_HMAC_SHA1_32,
	SDES_AES_CM_128_HMAC_SHA1_80,
	SDES_AES_CM_128_HMAC_SHA1_32,
	SDES_SUITES
};

enum {
	SDES_SECRET = 32,  /* bytes */
	SDES_KEY_MAX = 46, /* bytes of the longest key with its salt */
};

struct sdes_key {
	uint8_t suite; /* enum sdes_suite */
	uint8_t len;   /* of key: master key and master salt, as the suite has them */
	uint8_t mki_len;
	uint8_t key[SDES_KEY_MAX];
	uint8_t mki[REQUEST_MKI];
	uint64_t lifetime; /* packets; 0: not said */
};

struct sdes_list {
	unsigned n;
	uint8_t suite[SDES_SUITES]; /* enum sdes_suite, each once at most */
};

/* The name, as in a=crypto and in struct stream_request. */
const char *sdes_name(enum sdes_suite suite);
/* The suite that NAME is, in whatever case; -1. */
int sdes_find(struct slice name);

/* A line of a party into K.  0; -ENOTSUP: well made, but asks for what we do not do (another
 * suite, session parameters, a long MKI); -EINVAL. */
int sdes_read(const struct sdp_crypto *c, struct sdes_key *k);

/* The line of M, an offer, that is to be answered, and its key in K: the first that we can
 * take, by the offerer's order, or by that which R prefers.  -1: none. */
int sdes_choose(const struct sdp_media *m, const struct ng_request *r, struct sdes_key *k);

/* What is to be offered: suites of the offer that this one follows from (NULL: it had none)
 * in its order, then all others, as far as R lets them. */
void sdes_offer(struct sdes_list *l, const struct sdp_media *from, const struct ng_request *r);

/* Our key towards one party (leg SIDE) in stream MEDIA (< 256); another GENERATION, another
 * key. */
void sdes_derive(struct sdes_key *k, const uint8_t secret[SDES_SECRET], enum sdes_suite suite,
	unsigned side, unsigned media, uint32_t generation);

/* K as a line; its texts in A.  OPTIONS: of struct ng_request's sdes, padding and lifetime. 0,
 * -ENOMEM. */
int sdes_print(struct sdp_crypto *c, struct arena *a, uint32_t tag, const struct sdes_key *k,
	uint32_t options);
