/* SPDX-License-Identifier: Apache-2.0
 *
 * The SRTP protection profiles that strowger speaks: names, key and tag lengths.
 * Plain C, linked into both daemons, the bench and the tests.
 * RFC 4568 section 6.2 (AES-CM), RFC 6188 (192 and 256 bits), RFC 7714 section 14 (GCM). */
#pragma once

#include <stdint.h>

enum sw_suite {
	SW_SUITE_PLAIN, /* no SRTP at all */
	SW_AES_CM_128_HMAC_SHA1_80,
	SW_AES_CM_128_HMAC_SHA1_32,
	SW_AES_192_CM_HMAC_SHA1_80,
	SW_AES_192_CM_HMAC_SHA1_32,
	SW_AES_256_CM_HMAC_SHA1_80,
	SW_AES_256_CM_HMAC_SHA1_32,
	SW_AEAD_AES_128_GCM,
	SW_AEAD_AES_256_GCM,
	SW_SUITES
};

enum {
	SW_KEY_MAX = 32,  /* bytes of the longest master key */
	SW_SALT_MAX = 14, /* bytes of the longest master salt */
	SW_MKI_MAX = 16,  /* bytes; RFC 4568 allows 128, nobody sends more than 4 */
	SW_TAG_MAX = 16,  /* bytes of the longest authentication tag */
};

struct sw_suite_info {
	const char *name; /* as in a=crypto */
	uint8_t key_len;  /* bytes */
	uint8_t salt_len; /* bytes */
	uint8_t rtp_tag;  /* bytes added to an RTP packet, MKI not counted */
	uint8_t rtcp_tag; /* bytes of tag added to an RTCP packet; 4 of index and the MKI come
			     on top */
	uint8_t aead; /* 1: AES-GCM; the tag stands before the SRTCP index, not behind it */
};

/* The row of SUITE; NULL when it is out of range.  SW_SUITE_PLAIN has lengths of 0. */
const struct sw_suite_info *sw_suite_info(unsigned suite);

/* The suite called NAME (case counts, as in RFC 4568); -1 when there is none. */
int sw_suite_find(const char *name);
