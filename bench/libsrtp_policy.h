/* SPDX-License-Identifier: Apache-2.0
 *
 * How libsrtp2's sessions are told of our suites: for the micro bench and the tests that
 * compare with them.  The switch itself uses no sessions. */
#pragma once

#include <srtp2/crypto_types.h>
#include <srtp2/srtp.h>
#include <stdbool.h>

#include "dataplane/suite.h"

static inline srtp_crypto_policy_t
libsrtp_policy(const struct sw_suite_info *suite, bool rtcp)
{
	static const srtp_cipher_type_id_t cipher[2][3] = {
		{SRTP_AES_ICM_128, SRTP_AES_ICM_192, SRTP_AES_ICM_256},
		{SRTP_AES_GCM_128, SRTP_NULL_CIPHER, SRTP_AES_GCM_256},
	};

	return (srtp_crypto_policy_t){
		.cipher_type = cipher[suite->aead][suite->key_len / 8 - 2],
		.cipher_key_len = suite->key_len + suite->salt_len,
		.auth_type = suite->aead ? SRTP_NULL_AUTH : SRTP_HMAC_SHA1,
		.auth_key_len = suite->aead ? 0 : 20,
		.auth_tag_len = rtcp ? suite->rtcp_tag : suite->rtp_tag,
		.sec_serv = sec_serv_conf_and_auth,
	};
}
