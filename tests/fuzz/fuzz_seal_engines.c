/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzzes the two SRTP engines against each other: a burst of up to 32 packets of all suites,
 * RTP and RTCP mixed, must be sealed to the same bytes by both; then some are damaged, and
 *both must open the same ones to the same bytes and leave the others as they were.  What was
 *not damaged must come back.  Includes seal.c so as to change engines.
 *
 *	a packet:  suite (1 byte)
 *	           1: RTCP, 2: damage it; upper half: MKI length (1)
 *	           index (4, low bits; RTP: shifted by 16, the sequence number is the packet's)
 *	           length (2), offset of the damage (2), XOR (1)
 *	           as many bytes, if they are there, else zeros */
#include <stdio.h>
#include <stdlib.h>

#include "dataplane/rtp.h"
#include "dataplane/seal.c"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ENGINES = 2, PLAIN_MAX = 1500, HEAD = 11 };

static const uint8_t suites[] = {SW_AES_CM_128_HMAC_SHA1_80, SW_AES_CM_128_HMAC_SHA1_32,
	SW_AES_192_CM_HMAC_SHA1_80, SW_AES_192_CM_HMAC_SHA1_32, SW_AES_256_CM_HMAC_SHA1_80,
	SW_AES_256_CM_HMAC_SHA1_32, SW_AEAD_AES_128_GCM, SW_AEAD_AES_256_GCM};

static const struct seal_engine *const both[ENGINES] = {
	&seal_engine_burst, &seal_engine_libsrtp2};
static struct seal_lane *lane[ENGINES];

/* One packet, and what each engine makes of it. */
struct packet {
	unsigned suite, mki_len;
	uint8_t plain[PLAIN_MAX];
	unsigned plain_len;
	uint16_t damage_at;
	uint8_t damage;
};

#define must(condition)                                                         \
	do {                                                                    \
		if (!(condition)) {                                             \
			fprintf(stderr, "line %d: %s\n", __LINE__, #condition); \
			abort();                                                \
		}                                                               \
	} while (0)

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	for (unsigned e = 0; e < ENGINES; e++) {
		must(both[e]->init() == 0);
		must((lane[e] = both[e]->lane_open()) != NULL);
	}
	return 0;
}

/* Keys are opened once: neither engine remembers packets. */
static struct seal *
key(unsigned e, const struct packet *p, bool unseal)
{
	static struct seal *known[ENGINES][sizeof suites][SW_MKI_MAX + 1][2];
	struct seal **k = &known[e][p->suite][p->mki_len][unseal];
	struct sw_key open = {.suite = suites[p->suite], .mki_len = (uint8_t)p->mki_len};

	if (*k != NULL)
		return *k;
	memset(open.key, 0x5a, sw_suite_info(open.suite)->key_len);
	memset(open.salt, 0xc3, sw_suite_info(open.suite)->salt_len);
	memset(open.mki, 0x11, open.mki_len);
	engine = both[e];
	*k = seal_open(&open, unseal);
	must(*k != NULL);
	return *k;
}

/* The next packet of the input: into P, and as a job without memory.  False: none. */
static bool
take(const uint8_t **data, size_t *size, struct packet *p, struct seal_job *job)
{
	const uint8_t *in = *data;
	size_t there;

	if (*size < HEAD)
		return false;
	p->suite = in[0] % sizeof suites;
	p->mki_len = in[1] >> 4;
	p->plain_len = rtp_get16(in + 6) % (PLAIN_MAX + 1);
	p->damage_at = rtp_get16(in + 8);
	p->damage = (in[1] & 2) != 0 ? in[10] : 0;
	there = p->plain_len < *size - HEAD ? p->plain_len : *size - HEAD;
	memset(p->plain, 0, sizeof p->plain);
	memcpy(p->plain, in + HEAD, there);
	*job = (struct seal_job){.rtcp = in[1] & 1, .len = (uint16_t)p->plain_len};
	job->index = rtp_get32(in + 2);
	job->clear = RTCP_HEADER;
	if (!job->rtcp) {
		job->index = job->index << 16 | rtp_seq(p->plain);
		job->clear = rtp_header_len(p->plain, p->plain_len);
	}
	*data += HEAD + there;
	*size -= HEAD + there;
	return true;
}

/* Buffers of exactly the size that seal.h asks for. */
static void
give_memory(const struct packet *p, struct seal_job *job, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		job[i].pkt = malloc(p[i].plain_len + SEAL_TAILROOM);
		must(job[i].pkt != NULL);
		memcpy(job[i].pkt, p[i].plain, p[i].plain_len);
	}
}

static void
must_agree(const struct seal_job *a, const struct seal_job *b, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		must(a[i].status == b[i].status);
		must(a[i].len == b[i].len);
		must(memcmp(a[i].pkt, b[i].pkt, a[i].len) == 0);
	}
}

static void
run(struct packet *p, struct seal_job job[ENGINES][SEAL_BURST], unsigned n, bool unseal)
{
	for (unsigned e = 0; e < ENGINES; e++) {
		for (unsigned i = 0; i < n; i++)
			job[e][i].key = key(e, &p[i], unseal);
		(unseal ? both[e]->unseal : both[e]->seal)(lane[e], job[e], n);
	}
	must_agree(job[0], job[1], n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct packet p[SEAL_BURST];
	struct seal_job job[ENGINES][SEAL_BURST];
	bool whole[SEAL_BURST];
	unsigned n = 0;

	while (n < SEAL_BURST && take(&data, &size, &p[n], &job[0][n]))
		n++;
	memcpy(job[1], job[0], sizeof job[1]);
	give_memory(p, job[0], n);
	give_memory(p, job[1], n);
	run(p, job, n, false);
	for (unsigned i = 0; i < n; i++) {
		unsigned at = job[0][i].len != 0 ? p[i].damage_at % job[0][i].len : 0;

		whole[i] = job[0][i].status == SEAL_OK && p[i].damage == 0;
		for (unsigned e = 0; e < ENGINES && job[0][i].len != 0; e++)
			job[e][i].pkt[at] ^= p[i].damage;
	}
	run(p, job, n, true);
	for (unsigned i = 0; i < n; i++) {
		must(!whole[i] ||
			(job[0][i].status == SEAL_OK && job[0][i].len == p[i].plain_len &&
				memcmp(job[0][i].pkt, p[i].plain, p[i].plain_len) == 0));
		free(job[0][i].pkt);
		free(job[1][i].pkt);
	}
	return 0;
}
