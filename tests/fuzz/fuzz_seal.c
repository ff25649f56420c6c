/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzzes unseal_burst() against libsrtp2: a packet, made or sealed and then damaged as the
 * input says, must be opened to the same bytes by both or refused by both; refused, it must
 * stay as it was.  One packet at a time; fuzz_seal_engines.c has bursts.
 *
 *	byte 0     suite
 *	byte 1     1: RTCP, 2: seal it first; upper half: MKI length
 *	bytes 2-5  roll-over counter or SRTCP index
 *	byte 6     how many changes follow: offset (2 bytes), XOR (1 byte) each
 *	byte 7     bytes cut off the end
 *	then       changes, packet */
#include <arpa/inet.h>
#include <srtp2/srtp.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/libsrtp_policy.h"
#include "dataplane/seal.h"
#include "dataplane/seal_engine.h"
#include "dataplane/switch.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PLAIN_MAX = 1500, ROOM = PLAIN_MAX + SRTP_MAX_TRAILER_LEN + 4 };

/* Without AES-192, whose keys libsrtp2 2.5.0 derives wrongly. */
static const uint8_t suites[] = {SW_AES_CM_128_HMAC_SHA1_80, SW_AES_CM_128_HMAC_SHA1_32,
	SW_AES_256_CM_HMAC_SHA1_80, SW_AEAD_AES_128_GCM, SW_AEAD_AES_256_GCM};

static struct seal_lane *lane;
static srtp_t kept; /* whoever closes the last session unloads NSS, at 15 times the cost */

#define must(condition)                                                         \
	do {                                                                    \
		if (!(condition)) {                                             \
			fprintf(stderr, "line %d: %s\n", __LINE__, #condition); \
			abort();                                                \
		}                                                               \
	} while (0)

static srtp_t
session_open(struct sw_key *key, uint32_t ssrc)
{
	const struct sw_suite_info *info = sw_suite_info(key->suite);
	uint8_t salted[SW_KEY_MAX + SW_SALT_MAX];
	srtp_master_key_t master = {salted, key->mki, key->mki_len}, *masters[] = {&master};
	srtp_policy_t policy = {.ssrc = {.type = ssrc_specific, .value = ssrc},
		.rtp = libsrtp_policy(info, false),
		.rtcp = libsrtp_policy(info, true),
		.keys = masters,
		.num_master_keys = 1};
	srtp_t session;

	memcpy(salted, key->key, info->key_len);
	memcpy(salted + info->key_len, key->salt, info->salt_len);
	must(srtp_create(&session, &policy) == srtp_err_status_ok);
	return session;
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct sw_key key = {.suite = SW_AES_CM_128_HMAC_SHA1_80};

	must(seal_init("burst") == 0);
	must(srtp_init() == srtp_err_status_ok);
	kept = session_open(&key, 0);
	lane = seal_lane_open();
	must(lane != NULL);
	return 0;
}

/* What the caller of seal.h works out: where the header with CSRCs and extension ends. */
static unsigned
rtp_clear(const uint8_t *pkt, unsigned len)
{
	unsigned clear = SEAL_RTP_HEADER;

	if (len < clear)
		return clear;
	clear += 4 * (pkt[0] & 15);
	if ((pkt[0] & 0x10) != 0) {
		clear += 4;
		if (clear <= len)
			clear += 4u * (pkt[clear - 2] << 8 | pkt[clear - 1]);
	}
	return clear < UINT16_MAX ? clear : UINT16_MAX;
}

/* Seals or unseals a copy of exactly the room that the contract asks for, back into PKT. */
static enum seal_status
ours(const struct sw_key *key, bool unseal, uint8_t *pkt, unsigned *len, uint32_t counter,
	bool rtcp)
{
	struct seal *s = seal_open(key, unseal);
	struct seal_job job = {
		.key = s,
		.pkt = malloc(*len + SEAL_TAILROOM),
		.index = counter,
		.len = (uint16_t)*len,
		.clear = rtcp ? SEAL_RTCP_HEADER : (uint16_t)rtp_clear(pkt, *len),
		.rtcp = rtcp,
	};

	must(s != NULL && job.pkt != NULL);
	if (!rtcp && *len >= 4)
		job.index = (uint64_t)counter << 16 | pkt[2] << 8 | pkt[3];
	memcpy(job.pkt, pkt, *len);
	(unseal ? unseal_burst : seal_burst)(lane, &job, 1);
	if (job.status != SEAL_OK)
		must(job.len == *len && memcmp(job.pkt, pkt, *len) == 0);
	memcpy(pkt, job.pkt, job.len);
	*len = job.len;
	free(job.pkt);
	seal_close(s);
	return job.status;
}

static srtp_err_status_t
theirs(struct sw_key *key, uint8_t *pkt, int *len, uint32_t counter, bool rtcp)
{
	uint32_t ssrc;
	srtp_err_status_t status;
	srtp_t session;

	memcpy(&ssrc, pkt + (rtcp ? 4 : 8), sizeof ssrc);
	session = session_open(key, ntohl(ssrc));
	srtp_set_stream_roc(session, ntohl(ssrc), counter);
	status = (rtcp ? srtp_unprotect_rtcp_mki : srtp_unprotect_mki)(
		session, pkt, len, key->mki_len != 0);
	srtp_dealloc(session);
	return status;
}

/* Does PKT hold what must be in it: header, tag, MKI, index?  libsrtp2 2.5.0 is not to be
 * asked when it does not: of a GCM packet with an MKI it subtracts them all the same, and
 * deciphers the 4 GB behind it. */
static bool
is_whole(const struct sw_key *key, const uint8_t *pkt, unsigned len, bool rtcp)
{
	const struct sw_suite_info *info = sw_suite_info(key->suite);
	unsigned behind = key->mki_len + (rtcp ? info->rtcp_tag + SEAL_WORD : info->rtp_tag);

	return len >= behind + (rtcp ? SEAL_RTCP_HEADER : rtp_clear(pkt, len));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	alignas(16) uint8_t sealed[ROOM] = {0}, opened[ROOM] = {0}, oracle[ROOM] = {0};
	struct sw_key key = {0};
	unsigned changes, cut, len, opened_len;
	const uint8_t *change;
	enum seal_status status;
	uint32_t counter;
	bool rtcp;
	int oracle_len;

	if (size < 8)
		return 0;
	rtcp = data[1] & 1;
	memcpy(&counter, data + 2, sizeof counter);
	changes = data[6] % 4;
	cut = data[7];
	change = data + 8;
	if (size < 8 + 3 * changes || size - 8 - 3 * changes > PLAIN_MAX)
		return 0;
	len = (unsigned)size - 8 - 3 * changes;
	memcpy(sealed, data + 8 + 3 * changes, len);
	if (rtcp)
		counter &= INT32_MAX;

	key.suite = suites[data[0] % sizeof suites];
	/* 2.5.0 looks for the MKI of an SRTCP packet before a tag of SRTP's length. */
	if (!rtcp || key.suite != SW_AES_CM_128_HMAC_SHA1_32)
		key.mki_len = data[1] >> 4;
	memset(key.key, 0x5a, sw_suite_info(key.suite)->key_len);
	memset(key.salt, 0xc3, sw_suite_info(key.suite)->salt_len);
	memset(key.mki, 0x11, key.mki_len);

	if ((data[1] & 2) != 0)
		ours(&key, false, sealed, &len, counter, rtcp);
	len = cut < len ? len - cut : 0;
	for (unsigned i = 0; i < changes && len > 0; i++, change += 3)
		sealed[(change[0] << 8 | change[1]) % len] ^= change[2];

	memcpy(opened, sealed, len);
	opened_len = len;
	status = ours(&key, true, opened, &opened_len, counter, rtcp);
	if (!is_whole(&key, sealed, len, rtcp)) {
		must(status == SEAL_ESHORT);
		return 0;
	}
	memcpy(oracle, sealed, len);
	oracle_len = (int)len;
	if (theirs(&key, oracle, &oracle_len, counter, rtcp) != srtp_err_status_ok) {
		must(status != SEAL_OK);
		return 0;
	}
	must(status == SEAL_OK);
	must(opened_len == (unsigned)oracle_len);
	must(memcmp(opened, oracle, opened_len) == 0);
	return 0;
}
