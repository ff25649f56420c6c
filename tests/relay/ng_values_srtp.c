/* SPDX-License-Identifier: Apache-2.0
 *
 * See ng_values.h: profiles, keys and their suites.  RFC 4568, RFC 8643. */
#include <stdlib.h>

#include "tests/relay/ng_values.h"

#define TO_SAVP ",\"transport-protocol\":\"RTP/SAVP\""
#define PCMU "m=audio 4000 RTP/AVP 0\n"
#define PCMU_F "m=audio 4000 RTP/AVPF 0\n"
#define SAVPF "m=audio 4000 RTP/SAVPF 0\n"
#define SAVP_BACK "m=audio 5000 RTP/SAVP 0\n"
#define GCM_A "a=crypto:3 AEAD_AES_128_GCM inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw\n"
#define CRYPTO_32 "a=crypto:8 AES_CM_128_HMAC_SHA1_32 inline:" KEY_A "\n"
#define TWINS PCMU SAVP CRYPTO_A

static bool
is_secure(unsigned leg)
{
	return call_unseal(talk_stream(leg, 0))->suite != SW_SUITE_PLAIN;
}

static bool
caller_is_secure_alone(void)
{
	return is_secure(CALLER) && !is_secure(CALLEE);
}

static bool
callee_is_secure_alone(void)
{
	return is_secure(CALLEE) && !is_secure(CALLER);
}

static bool
nobody_is_secure(void)
{
	return !is_secure(CALLER) && !is_secure(CALLEE);
}

static bool
caller_speaks_32(void)
{
	return call_unseal(talk_stream(CALLER, 0))->suite == SW_AES_CM_128_HMAC_SHA1_32 &&
	       call_seal(talk_stream(CALLER, 0))->suite == SW_AES_CM_128_HMAC_SHA1_32;
}

/* What has no F gets no feedback from what has. */
static bool
callee_gets_no_feedback(void)
{
	return talk_stream(CALLEE, 0)->no_feedback && !talk_stream(CALLER, 0)->no_feedback;
}

static bool
caller_gets_no_feedback(void)
{
	return talk_stream(CALLER, 0)->no_feedback && !talk_stream(CALLEE, 0)->no_feedback;
}

const struct value_row ng_values_srtp[] = {
	{"transport-protocol", "RTP/AVP", NULL, ONE("", SAVPF CRYPTO_A),
		.has = {"m=audio 30002 RTP/AVP 0\r\n"}, .hides = {"a=crypto"},
		.is = caller_is_secure_alone},
	{"transport-protocol", "RTP/AVP", NULL, ONE("", PCMU_F),
		.has = {"m=audio 30002 RTP/AVP 0\r\n"}, .is = callee_gets_no_feedback},
	{"transport-protocol", "RTP/SAVP", NULL, ONE("", PCMU),
		.has = {"m=audio 30002 RTP/SAVP 0\r\n", "a=crypto:1 "},
		.is = callee_is_secure_alone},
	{"transport-protocol", "RTP/AVPF", NULL, ONE("", PCMU),
		.has = {"m=audio 30002 RTP/AVPF 0\r\n"}, .is = caller_gets_no_feedback},
	{"transport-protocol", "RTP/SAVPF", NULL, ONE("", PCMU),
		.has = {"m=audio 30002 RTP/SAVPF 0\r\n", "a=crypto:1 "},
		.is = callee_is_secure_alone},
	/* Who is answered is told what it has offered, or what secures it as well. */
	{"transport-protocol", "RTP/AVPF", NULL, .at = 1, TWO("", PCMU, "", PCMU_BACK),
		.has = {"m=audio 30000 RTP/AVPF 0\r\n"}},
	{"transport-protocol", "RTP/SAVP", NULL, .at = 1, TWO("", PCMU, "", PCMU_BACK),
		.has = {"m=audio 30000 RTP/AVP 0\r\n"}, .is_usual = true},
	{"transport-protocol", "accept", NULL, .at = 1,
		TWO("", PCMU, "", "m=audio 5000 RTP/AVPF 0\n"),
		.has = {"m=audio 30000 RTP/AVPF 0\r\n"}},
	{"transport-protocol", "accept", NULL, ONE("", PCMU_F),
		.has = {"m=audio 30002 RTP/AVPF 0\r\n"}, .is_usual = true},
	{"transport-protocol", "UDP/TLS/...", "UDP/TLS/RTP/SAVP", ONE("", PCMU),
		.reason = "Not supported yet: DTLS"},
	{"transport-protocol", "UDP/TLS/...", "UDP/TLS/RTP/SAVPF", ONE("", PCMU),
		.reason = "Not supported yet: DTLS"},

	{"SDES", "off", NULL, ONE(TO_SAVP, PCMU), .reason = "Not supported yet: DTLS"},
	{"SDES", "off", NULL, ONE("", PCMU CRYPTO_A), .hides = {"a=crypto"},
		.is = nobody_is_secure},
	{"SDES", "no-SUITE", "no-AEAD_AES_256_GCM", ONE(TO_SAVP, PCMU),
		.has = {"a=crypto:1 AEAD_AES_128_GCM"}, .hides = {"AEAD_AES_256_GCM"}},
	/* Also one that was offered to us. */
	{"SDES", "no-SUITE", "no-AES_CM_128_HMAC_SHA1_80", ONE("", SAVP CRYPTO_A),
		.has = {"a=crypto:8 AEAD_AES_256_GCM"}, .hides = {"AES_CM_128_HMAC_SHA1_80"},
		.is = NULL},
	{"SDES", "only-SUITE", "only-AES_CM_128_HMAC_SHA1_32", ONE(TO_SAVP, PCMU),
		.has = {"a=crypto:1 AES_CM_128_HMAC_SHA1_32"}, .hides = {"a=crypto:2"}},
	{"SDES", "only-SUITE", "only-AES_CM_128_HMAC_SHA1_80",
		ONE("", SAVP CRYPTO_A CRYPTO_32),
		.has = {"a=crypto:7 AES_CM_128_HMAC_SHA1_80"}, .hides = {"_32 ", "AEAD"}},
	{"SDES", "nonew", NULL, ONE("", SAVP CRYPTO_A),
		.has = {"a=crypto:7 AES_CM_128_HMAC_SHA1_80"}, .hides = {"a=crypto:8"}},
	/* Where none was offered there is none to be kept. */
	{"SDES", "nonew", NULL, ONE(TO_SAVP, PCMU), .has = {"a=crypto:1 AEAD_AES_256_GCM"},
		.is_usual = true},
	{"SDES", "order:A;B", "order:AES_CM_128_HMAC_SHA1_32;AEAD_AES_128_GCM",
		ONE(TO_SAVP, PCMU),
		.has = {"a=crypto:1 AES_CM_128_HMAC_SHA1_32", "a=crypto:2 AEAD_AES_128_GCM",
			"a=crypto:3 AEAD_AES_256_GCM"}},
	/* It changes no tag, and brings in no suite. */
	{"SDES", "order:A;B", "order:AES_CM_128_HMAC_SHA1_32",
		ONE("", SAVP CRYPTO_A CRYPTO_32),
		.has = {"a=sendrecv\r\na=rtcp:30003\r\na=crypto:8 AES_CM_128_HMAC_SHA1_32"}},
	{"SDES", "order:A;B", "order:AEAD_AES_128_GCM",
		ONE(TO_SAVP ",\"SDES-only\":\"AES_CM_128_HMAC_SHA1_80\"", PCMU),
		.hides = {"AEAD_AES_128_GCM"}, .is_usual = true},
	{"SDES", "offerer_pref:A;B", "offerer_pref:AEAD_AES_256_GCM;AES_CM_128_HMAC_SHA1_32",
		TWO("", SAVP CRYPTO_A CRYPTO_32, "", SAVP_BACK CRYPTO_B),
		.has = {"a=crypto:8 AES_CM_128_HMAC_SHA1_32"}, .hides = {"a=crypto:7"},
		.is = caller_speaks_32},
	{"SDES", "pad", NULL, ONE(TO_SAVP ",\"SDES-only\":\"AEAD_AES_128_GCM\"", PCMU),
		.has = {"==\r\n"}},
	{"SDES", "pad", NULL, .at = 1, TWO("", SAVP GCM_A, "", PCMU_BACK), .has = {"==\r\n"}},
	{"SDES", "lifetime", NULL, ONE(TO_SAVP, PCMU), .has = {"|2^31\r\n"}},
	{"SDES", "lifetime", NULL, .at = 1, TWO("", SAVP CRYPTO_A, "", PCMU_BACK),
		.has = {"|2^31\r\n"}},
	{"SDES", "static", NULL, ONE(TO_SAVP, PCMU), .has = {"a=crypto:1 AEAD_AES_256_GCM"},
		.is_usual = true},
	{"SDES", "prefer", NULL, ONE(TO_SAVP, PCMU), .has = {"a=crypto:1 AEAD_AES_256_GCM"},
		.is_usual = true},
	{"SDES", "[un]encrypted_srtp", "unencrypted_srtp", ONE(TO_SAVP, PCMU),
		.hides = {"UNENCRYPTED"}, .is = callee_is_secure_alone, .is_usual = true},
	{"SDES", "[un]encrypted_srtcp", "UNENCRYPTED_SRTCP", ONE(TO_SAVP, PCMU),
		.hides = {"UNENCRYPTED"}, .is = callee_is_secure_alone, .is_usual = true},
	{"SDES", "[un]authenticated_srtp", "unauthenticated_srtp", ONE(TO_SAVP, PCMU),
		.hides = {"UNAUTHENTICATED"}, .is = callee_is_secure_alone, .is_usual = true},

	{"OSRTP", "offer", NULL, ONE("", PCMU),
		.has = {"m=audio 30002 RTP/AVP 0\r\n", "a=crypto:1 "},
		.is = callee_is_secure_alone},
	{"OSRTP", "offer-RFC", NULL, ONE("", PCMU),
		.has = {"m=audio 30002 RTP/AVP 0\r\n", "a=crypto:1 "},
		.is = callee_is_secure_alone},
	{"OSRTP", "offer-legacy", NULL, ONE("", PCMU),
		.has = {"m=audio 30002 RTP/AVP 0\r\n", "m=audio 30002 RTP/SAVP 0\r\n",
			"a=crypto:1 "}},
	/* Although the other one did not. */
	{"OSRTP", "accept", NULL, .at = 1, TWO("", PCMU CRYPTO_A, "", PCMU_BACK),
		.has = {"m=audio 30000 RTP/AVP 0\r\n", "a=crypto:7 "},
		.is = caller_is_secure_alone},
	{"OSRTP", "accept-RFC", NULL, TWO("", PCMU CRYPTO_A, "", PCMU_BACK),
		.has = {"m=audio 30000 RTP/AVP 0\r\n", "a=crypto:7 "},
		.is = caller_is_secure_alone},
	{"OSRTP", "accept", NULL, ONE("", TWINS), .has = {"m=audio 30002 RTP/SAVP 0\r\n"},
		.hides = {"RTP/AVP"}},
	{"OSRTP", "accept-legacy", NULL, ONE("", TWINS),
		.has = {"m=audio 30002 RTP/SAVP 0\r\n"}, .hides = {"RTP/AVP"}},

	{"DTLS", "off", NULL, ONE(TO_SAVP, PCMU), .hides = {"a=setup", "a=fingerprint"},
		.is = callee_is_secure_alone, .is_usual = true},
	{"DTLS", "no", NULL, ONE(TO_SAVP, PCMU), .hides = {"a=setup", "a=fingerprint"},
		.is = callee_is_secure_alone, .is_usual = true},
	{"DTLS", "disable", NULL, .at = 1, TWO("", SAVP CRYPTO_A, "", PCMU_BACK),
		.has = {"a=crypto:7 "}, .hides = {"a=setup", "a=fingerprint"},
		.is_usual = true},
	{"DTLS", "passive", NULL, ONE(TO_SAVP, PCMU), .hides = {"a=setup", "a=fingerprint"},
		.is = callee_is_secure_alone, .is_usual = true},
	{"DTLS", "active", NULL, ONE(TO_SAVP, PCMU), .hides = {"a=setup", "a=fingerprint"},
		.is = callee_is_secure_alone, .is_usual = true},
	{NULL},
};
