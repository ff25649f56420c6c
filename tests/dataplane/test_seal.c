/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests dataplane/seal*.c: published vectors, and what must hold for every suite, length and
 * engine. test_seal_differential.c compares with libsrtp2.  RFC 3711 appendix B, RFC 6188
 * section 7, RFC 7714 sections 16 and 17. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "codecs/sanitized.h"
#include "dataplane/seal.h"
#include "dataplane/seal_engine.h"
#include "dataplane/switch.h"

#ifdef SANITIZED
#include <sanitizer/asan_interface.h>
enum { BIT_STEP = 5 }; /* checked builds flip every fifth bit */
#else
enum { BIT_STEP = 1 };
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

enum {
	MTU = 1500,
	GUARD = 64, /* bytes behind a packet's tail room that nobody may touch */
	GUARD_BYTE = 0xa5,
	SUITES = SW_SUITES - 1,
};

/* Every test runs once with each. */
static const struct {
	const char *name;
	const struct seal_engine *engine;
} engines[] = {
#if HAVE_BURST
	{"burst", &seal_engine_burst},
#endif
	{"libsrtp2", &seal_engine_libsrtp2},
};
enum { ENGINES = sizeof engines / sizeof engines[0] };

static struct seal_lane *lane;

static void
start(int engine)
{
	ck_assert_int_eq(seal_init(engines[engine].name), 0);
	ck_assert_str_eq(seal_engine(), engines[engine].name);
	lane = seal_lane_open();
	ck_assert_ptr_nonnull(lane);
}

static void
stop(void)
{
	seal_lane_close(lane);
	seal_fini();
}

/* ---- Helpers ---- */

static unsigned
unhex(const char *text, void *out)
{
	uint8_t *o = out;
	unsigned n = 0;

	for (; text[0] != '\0'; text += 2) {
		unsigned byte;

		ck_assert_int_eq(sscanf(text, "%2x", &byte), 1);
		o[n++] = (uint8_t)byte;
	}
	return n;
}

static void
ck_assert_hex(const uint8_t *got, const char *want)
{
	uint8_t bytes[MTU];
	unsigned n = unhex(want, bytes);

	ck_assert_mem_eq(got, bytes, n);
}

/* A packet on the heap with its tail room and a guard behind that. */
struct packet {
	uint8_t *bytes;
	unsigned len;
};

static struct packet
packet_copy(const uint8_t *bytes, unsigned len)
{
	struct packet p = {malloc(len + SEAL_TAILROOM + GUARD), len};

	memcpy(p.bytes, bytes, len);
	memset(p.bytes + len, 0x77, SEAL_TAILROOM);
	memset(p.bytes + len + SEAL_TAILROOM, GUARD_BYTE, GUARD);
	ASAN_POISON_MEMORY_REGION(p.bytes + len + SEAL_TAILROOM, GUARD);
	return p;
}

static void
packet_free(struct packet *p)
{
	ASAN_UNPOISON_MEMORY_REGION(p->bytes + p->len + SEAL_TAILROOM, GUARD);
	for (unsigned i = 0; i < GUARD; i++)
		ck_assert_uint_eq(p->bytes[p->len + SEAL_TAILROOM + i], GUARD_BYTE);
	free(p->bytes);
}

static struct sw_key
a_key(unsigned suite, unsigned mki_len, uint8_t seed)
{
	struct sw_key k = {.suite = (uint8_t)suite, .mki_len = (uint8_t)mki_len};

	for (unsigned i = 0; i < sw_suite_info(suite)->key_len; i++)
		k.key[i] = (uint8_t)(seed + 7 * i);
	for (unsigned i = 0; i < sw_suite_info(suite)->salt_len; i++)
		k.salt[i] = (uint8_t)(seed ^ (13 * i));
	for (unsigned i = 0; i < mki_len; i++)
		k.mki[i] = (uint8_t)(seed + i);
	return k;
}

/* An RTP packet with CSRCS sources, an extension of WORDS words (-1: none) and PAYLOAD bytes;
 * its header's length. */
static unsigned
build_rtp(uint8_t *out, unsigned csrcs, int words, unsigned payload, uint16_t seq)
{
	unsigned clear = 12;

	memset(out, 0, clear);
	out[0] = (uint8_t)(0x80 | csrcs | (words >= 0 ? 0x10 : 0));
	out[2] = (uint8_t)(seq >> 8);
	out[3] = (uint8_t)seq;
	memcpy(out + 8, "\xde\xad\xbe\xef", 4);
	for (unsigned i = 0; i < 4 * csrcs; i++)
		out[clear++] = (uint8_t)(0x40 + i);
	if (words >= 0) {
		memcpy(out + clear, "\xbe\xde\0", 3);
		out[clear + 3] = (uint8_t)words;
		memset(out + clear + 4, 0x33, 4 * (unsigned)words);
		clear += 4 + 4 * (unsigned)words;
	}
	for (unsigned i = 0; i < payload; i++)
		out[clear + i] = (uint8_t)(3 * i + payload);
	return clear;
}

static void
build_rtcp(uint8_t *out, unsigned len)
{
	for (unsigned i = 0; i < len; i++)
		out[i] = (uint8_t)(i + 5);
	out[0] = 0x81;
	out[1] = 200;
}

static enum seal_status
run(void (*burst)(struct seal_lane *, struct seal_job *, unsigned), struct seal *key,
	uint8_t *pkt, unsigned *len, unsigned clear, uint64_t index, bool rtcp)
{
	struct seal_job job = {
		.key = key,
		.pkt = pkt,
		.index = index,
		.len = (uint16_t)*len,
		.clear = (uint16_t)clear,
		.rtcp = rtcp,
		.status = 0xff,
	};

	burst(lane, &job, 1);
	*len = job.len;
	return job.status;
}

/* ---- Vectors ---- */

static const struct {
	unsigned suite;
	const char *key, *salt, *session_key, *session_hmac, *session_salt;
} derivations[] = {
	/* RFC 3711 B.3 */
	{SW_AES_CM_128_HMAC_SHA1_80, "e1f97a0d3e018be0d64fa32c06de4139",
		"0ec675ad498afeebb6960b3aabe6", "c61e7a93744f39ee10734afe3ff7a087",
		"cebe321f6ff7716b6fd4ab49af256a156d38baa4", "30cbbc08863d8c85d49db34a9ae1"},
	/* RFC 6188 section 7.2 */
	{SW_AES_256_CM_HMAC_SHA1_80,
		"f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6",
		"3b04803de51ee7c96423ab5b78d2",
		"5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4",
		"fd9c32d39ed5fbb5a9dc96b30818454d1313dc05", "fa31791685ca444a9e07c6c64e93"},
	/* RFC 6188 section 7.4 */
	{SW_AES_192_CM_HMAC_SHA1_80, "73edc66c4fa15776fb57f9505c17136550ffda71f3e8e5f1",
		"c8522f3acd4ce86d5add78edbb11",
		"31874736a8f1143870c26e4857d8a5b2c4a354407faadabb",
		"355b10973cd95b9eacf4061c7e1a7151e7cfbfcb", "2372b82d639b6d8503a47adc0a6c"},
};

START_TEST(session_keys_are_derived_as_the_rfcs_do)
{
	start(_i);
	for (unsigned i = 0; i < sizeof derivations / sizeof derivations[0]; i++) {
		struct sw_key key = {.suite = (uint8_t)derivations[i].suite};
		struct seal_session session;

		unhex(derivations[i].key, key.key);
		unhex(derivations[i].salt, key.salt);
		ck_assert_int_eq(seal_derive(&key, &session), 0);
		ck_assert_hex(session.key[0], derivations[i].session_key);
		ck_assert_hex(session.hmac[0], derivations[i].session_hmac);
		ck_assert_hex(session.salt[0], derivations[i].session_salt);
	}
	stop();
}
END_TEST

static const struct {
	unsigned suite;
	const char *key;
	const char *from_0, *from_feff; /* three blocks each */
} keystreams[] = {
	/* RFC 3711 B.2 */
	{SW_AES_CM_128_HMAC_SHA1_80, "2b7e151628aed2a6abf7158809cf4f3c",
		"e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab"
		"41e95b3bb0a2e8dd477901e4fca894c0",
		"ec8cdf7398607cb0f2d21675ea9ea1e4362b7c3c6773516318a077d7fc5073ae"
		"6a2cc3787889374fbeb4c81b17ba6c44"},
	/* RFC 6188 sections 7.1 and 7.3 */
	{SW_AES_256_CM_HMAC_SHA1_80,
		"57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98",
		"92bdd28a93c3f52511c677d08b5515a49da71b2378a854f67050756ded165bac"
		"63c4868b7096d88421b563b8c94c9a31",
		"cea518c90fd91ced9cbb18c078a547113dbc4814f4da5f00a08772b63c6a046d"
		"6eb246913062a16891433e97dd01a57f"},
	{SW_AES_192_CM_HMAC_SHA1_80, "eab234764e517b2d3d160d587d8c86219740f65f99b6bcf7",
		"35096cba4610028dc1b57503804ce37c5de986291dcce161d5165ec4568f5c9a"
		"474a40c77894bc17180202272a4c264d",
		"d108d1a31a00bad6367ec23eb044b415c8f57129fdeb970b59f917b257662d4c"
		"a5dab625811034e8cebdfeb6dc158dd3"},
};

START_TEST(text_is_enciphered_with_the_rfcs_key_streams)
{
	start(_i);
	for (unsigned i = 0; i < sizeof keystreams / sizeof keystreams[0]; i++) {
		struct sw_key key = {.suite = (uint8_t)keystreams[i].suite};
		struct seal_session session = {0};
		uint8_t pkt[12 + 48 + SEAL_TAILROOM] = {0x80}, iv[16] = {0}, stream[48];
		unsigned len = 12 + 48;
		struct seal *s;

		/* SSRC, roll-over counter and sequence number 0: the counter block is the
		 * salt. */
		unhex(keystreams[i].key, session.key[0]);
		unhex("f0f1f2f3f4f5f6f7f8f9fafbfcfd", session.salt[0]);
		s = seal_open_session(&key, &session, false);
		ck_assert_int_eq(run(seal_burst, s, pkt, &len, 12, 0, false), SEAL_OK);
		ck_assert_hex(pkt + 12, keystreams[i].from_0);
		seal_close(s);

		unhex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", iv);
		ck_assert_int_eq(
			engines[_i].engine->keystream(session.key[0],
				sw_suite_info(key.suite)->key_len, iv, stream, sizeof stream),
			0);
		ck_assert_hex(stream, keystreams[i].from_feff);
	}
	stop();
}
END_TEST

#define RTP                                                                                   \
	"8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e2070617" \
	"2746573207472"                                                                       \
	"6573"
#define RTCP                                                                                  \
	"81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdea" \
	"dbeefdeadbeef"                                                                       \
	"deadbeef"

/* RFC 7714: whole packets under session keys 00 01 02 .. and the salt "Quid pro quo". */
static const struct {
	unsigned suite;
	bool rtcp, clear; /* clear: E is 0, which we never send */
	uint64_t index;
	const char *plain, *sealed;
} gcm_packets[] = {
	/* sections 16.1.1, 16.2.1 */
	{SW_AEAD_AES_128_GCM, false, false, 0xf17b, RTP,
		"8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5"
		"f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce"},
	{SW_AEAD_AES_256_GCM, false, false, 0xf17b, RTP,
		"8040f17b8041f8d35501a0b232b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b"
		"2a0276ffae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13"},
	/* sections 17.1, 17.2 */
	{SW_AEAD_AES_128_GCM, true, false, 0x5d4, RTCP,
		"81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d"
		"6fda4ce09b4686303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade800005d4"},
	{SW_AEAD_AES_256_GCM, true, false, 0x5d4, RTCP,
		"81c8000d4d617273d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c11105"
		"55be8415f658c61de0476f1b6fad1d1eb30c4446839f57ff6f6cb26ac3be800005d4"},
	/* sections 17.3, 17.4 */
	{SW_AEAD_AES_128_GCM, true, true, 0x5d4, RTCP,
		RTCP "841dd9683dd78ec92ae58790125f62b3000005d4"},
	{SW_AEAD_AES_256_GCM, true, true, 0x5d4, RTCP,
		RTCP "91db4afbfeee5a978fab4393ed2615fe000005d4"},
};

START_TEST(gcm_packets_are_those_of_rfc_7714)
{
	start(_i);
	for (unsigned i = 0; i < sizeof gcm_packets / sizeof gcm_packets[0]; i++) {
		struct sw_key key = {.suite = (uint8_t)gcm_packets[i].suite};
		struct seal_session session = {0};
		uint8_t bytes[256];
		struct packet p;
		unsigned len, rtcp = gcm_packets[i].rtcp, clear = rtcp ? 8 : 12;
		struct seal *s;

		for (unsigned k = 0; k < SW_KEY_MAX; k++)
			session.key[rtcp][k] = (uint8_t)k;
		unhex("517569642070726f2071756f", session.salt[rtcp]);

		if (!gcm_packets[i].clear) {
			len = unhex(gcm_packets[i].plain, bytes);
			p = packet_copy(bytes, len);
			s = seal_open_session(&key, &session, false);
			ck_assert_int_eq(run(seal_burst, s, p.bytes, &len, clear,
						 gcm_packets[i].index, rtcp),
				SEAL_OK);
			ck_assert_uint_eq(len, strlen(gcm_packets[i].sealed) / 2);
			ck_assert_hex(p.bytes, gcm_packets[i].sealed);
			seal_close(s);
			packet_free(&p);
		}

		len = unhex(gcm_packets[i].sealed, bytes);
		p = packet_copy(bytes, len);
		s = seal_open_session(&key, &session, true);
		if (rtcp)
			ck_assert_int_eq(seal_rtcp_index(s, p.bytes, (uint16_t)len), 0x5d4);
		ck_assert_int_eq(
			run(unseal_burst, s, p.bytes, &len, clear, gcm_packets[i].index, rtcp),
			SEAL_OK);
		ck_assert_uint_eq(len, strlen(gcm_packets[i].plain) / 2);
		ck_assert_hex(p.bytes, gcm_packets[i].plain);
		seal_close(s);
		packet_free(&p);
	}
	stop();
}
END_TEST

/* ---- What must hold ---- */

static const unsigned mki_lens[] = {0, 4, SW_MKI_MAX};
enum { MKIS = sizeof mki_lens / sizeof mki_lens[0] };

/* Calls CHECK for every suite and MKI length with a pair of keys. */
static void
each_key(void (*check)(struct seal *out, struct seal *in, const struct sw_key *key))
{
	for (unsigned i = 0; i < SUITES * MKIS; i++) {
		struct sw_key key = a_key(1 + i / MKIS, mki_lens[i % MKIS], (uint8_t)i);
		struct seal *out = seal_open(&key, false), *in = seal_open(&key, true);

		ck_assert_ptr_nonnull(out);
		ck_assert_ptr_nonnull(in);
		check(out, in, &key);
		seal_close(out);
		seal_close(in);
	}
}

static void
round_trip(struct seal *out, struct seal *in, const uint8_t *plain, unsigned plain_len,
	unsigned clear, uint64_t index, bool rtcp)
{
	struct packet p = packet_copy(plain, plain_len);
	unsigned len = plain_len;

	ck_assert_int_eq(run(seal_burst, out, p.bytes, &len, clear, index, rtcp), SEAL_OK);
	ck_assert_uint_eq(len, plain_len + seal_trailer(out, rtcp));
	ck_assert_mem_eq(p.bytes, plain, clear);
	if (plain_len >= clear + 16) /* or chance might leave it as it was */
		ck_assert_mem_ne(p.bytes + clear, plain + clear, plain_len - clear);
	if (rtcp)
		ck_assert_int_eq(seal_rtcp_index(in, p.bytes, (uint16_t)len), (int64_t)index);
	ck_assert_int_eq(
		run(unseal_burst, in, p.bytes, &len, clear, rtcp ? 0 : index, rtcp), SEAL_OK);
	ck_assert_uint_eq(len, plain_len);
	ck_assert_mem_eq(p.bytes, plain, plain_len);
	packet_free(&p);
}

static void
round_trips(struct seal *out, struct seal *in, const struct sw_key *key)
{
	static const unsigned payloads[] = {0, 1, 15, 16, 17, 63, 64, 160, 333, 1024, 1388};
	uint8_t plain[MTU];

	for (unsigned i = 0; i < sizeof payloads / sizeof payloads[0]; i++) {
		for (unsigned csrcs = 0; csrcs <= 15; csrcs += 5) {
			for (int words = -1; words <= 3; words += 2) {
				unsigned clear =
					build_rtp(plain, csrcs, words, payloads[i], 0x1234);

				round_trip(out, in, plain, clear + payloads[i], clear,
					0xfedc00001234, false);
			}
		}
		build_rtcp(plain, 8 + payloads[i]);
		round_trip(out, in, plain, 8 + payloads[i], 8, INT32_MAX - i, true);
	}
}

START_TEST(what_was_sealed_unseals_for_every_suite_length_and_header)
{
	start(_i);
	each_key(round_trips);
	stop();
}
END_TEST

/* Unseals a copy of SEALED that must be refused, and left as it was but for SEAL_EENGINE. */
static enum seal_status
refused(struct seal *in, const uint8_t *sealed, unsigned sealed_len, unsigned clear,
	uint64_t index, bool rtcp)
{
	struct packet p = packet_copy(sealed, sealed_len);
	unsigned len = sealed_len;
	enum seal_status status = run(unseal_burst, in, p.bytes, &len, clear, index, rtcp);

	ck_assert_int_ne(status, SEAL_OK);
	ck_assert_uint_eq(len, sealed_len);
	ck_assert_mem_eq(p.bytes, sealed, sealed_len);
	packet_free(&p);
	return status;
}

/* Seals a packet of either kind for the checks below; its length. */
static unsigned
sealed_packet(struct seal *out, uint8_t *pkt, bool rtcp)
{
	unsigned clear = 8, len = 8 + 44;

	if (rtcp) {
		build_rtcp(pkt, len);
	} else {
		clear = build_rtp(pkt, 1, 1, 30, 77);
		len = clear + 30;
	}
	ck_assert_int_eq(
		run(seal_burst, out, pkt, &len, clear, rtcp ? 9 : 0x1004d, rtcp), SEAL_OK);
	return len;
}

enum { RTP_CLEAR = 12 + 4 + 8 }; /* of sealed_packet() */

static void
flips(struct seal *out, struct seal *in, const struct sw_key *key)
{
	for (unsigned rtcp = 0; rtcp < 2; rtcp++) {
		uint8_t pkt[256];
		unsigned len = sealed_packet(out, pkt, rtcp);
		unsigned mki_at = len - key->mki_len -
				  (sw_suite_info(key->suite)->aead ? 0 : out->tag[rtcp]);

		for (unsigned bit = 0; bit < 8 * len; bit += BIT_STEP) {
			bool in_mki = bit / 8 >= mki_at && bit / 8 < mki_at + key->mki_len;

			pkt[bit / 8] ^= (uint8_t)(1 << bit % 8);
			ck_assert_int_eq(
				refused(in, pkt, len, rtcp ? 8 : RTP_CLEAR, 0x1004d, rtcp),
				in_mki ? SEAL_EMKI : SEAL_EAUTH);
			pkt[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		if (!rtcp) /* the wrong roll-over counter */
			ck_assert_int_eq(
				refused(in, pkt, len, RTP_CLEAR, 0x2004d, false), SEAL_EAUTH);
	}
}

START_TEST(any_flipped_bit_is_refused_and_the_packet_left_as_it_was)
{
	start(_i);
	each_key(flips);
	stop();
}
END_TEST

static void
truncations(struct seal *out, struct seal *in, const struct sw_key *key)
{
	for (unsigned rtcp = 0; rtcp < 2; rtcp++) {
		uint8_t pkt[256];
		unsigned len = sealed_packet(out, pkt, rtcp);
		unsigned clear = rtcp ? 8 : RTP_CLEAR;

		for (unsigned cut = 0; cut < len; cut++) {
			enum seal_status status = refused(in, pkt, cut, clear, 0x1004d, rtcp);

			ck_assert_int_eq(
				status == SEAL_ESHORT, cut < clear + seal_trailer(in, rtcp));
			if (rtcp && cut < clear + seal_trailer(in, rtcp))
				ck_assert_int_eq(seal_rtcp_index(in, pkt, (uint16_t)cut), -1);
		}
	}
}

START_TEST(a_packet_cut_at_any_length_is_refused)
{
	start(_i);
	each_key(truncations);
	stop();
}
END_TEST

static void
limits(struct seal *out, struct seal *in, const struct sw_key *key)
{
	static const struct {
		bool rtcp;
		uint64_t index;
		enum seal_status status;
	} at[] = {
		{false, (1ull << 48) - 1, SEAL_OK},
		{false, 1ull << 48, SEAL_EINDEX},
		{true, (1ull << 31) - 1, SEAL_OK},
		{true, 1ull << 31, SEAL_EINDEX},
	};
	uint8_t plain[64];

	for (unsigned i = 0; i < sizeof at / sizeof at[0]; i++) {
		struct packet p;
		unsigned len = sizeof plain;

		if (at[i].rtcp)
			build_rtcp(plain, sizeof plain);
		else
			build_rtp(plain, 0, -1, sizeof plain - 12, 0xffff);
		p = packet_copy(plain, len);
		ck_assert_int_eq(
			run(seal_burst, out, p.bytes, &len, 12, at[i].index, at[i].rtcp),
			at[i].status);
		if (at[i].status != SEAL_OK) {
			ck_assert_uint_eq(len, sizeof plain);
			ck_assert_mem_eq(p.bytes, plain, sizeof plain);
		}
		packet_free(&p);
	}
	ck_assert_int_eq(refused(in, plain, sizeof plain, 12, 1ull << 48, false), SEAL_EINDEX);
}

START_TEST(an_index_beyond_the_end_of_the_key_is_refused)
{
	start(_i);
	for (unsigned suite = 1; suite < SW_SUITES; suite++) {
		struct sw_key key = a_key(suite, 0, 1);
		struct seal *out = seal_open(&key, false), *in = seal_open(&key, true);

		limits(out, in, &key);
		seal_close(out);
		seal_close(in);
	}
	stop();
}
END_TEST

static void
shorts(struct seal *out, struct seal *in, const struct sw_key *key)
{
	uint8_t pkt[64] = {0x80}, before[64];
	unsigned len;

	memcpy(before, pkt, sizeof pkt);
	for (len = 0; len < 8; len++)
		ck_assert_int_eq(run(seal_burst, out, pkt, &len, 8, 1, true), SEAL_ESHORT);
	for (len = 0; len < 16; len++) /* its CSRC is missing */
		ck_assert_int_eq(run(seal_burst, out, pkt, &len, 16, 1, false), SEAL_ESHORT);
	len = 20; /* no RTP header is that short */
	ck_assert_int_eq(run(seal_burst, out, pkt, &len, 8, 1, false), SEAL_ESHORT);
	ck_assert_mem_eq(pkt, before, sizeof pkt);
}

START_TEST(a_packet_without_a_whole_header_is_not_sealed)
{
	start(_i);
	each_key(shorts);
	stop();
}
END_TEST

/* Bursts of every size with suites, RTP, RTCP, lengths and failures mixed give what each
 * packet gives alone. */
START_TEST(a_mixed_burst_gives_what_each_packet_gives_alone)
{
	struct seal *out[SEAL_BURST], *in[SEAL_BURST];

	start(_i);
	for (unsigned i = 0; i < SEAL_BURST; i++) {
		struct sw_key key = a_key(1 + (5 * i + 3) % SUITES, i % 3, (uint8_t)i);

		out[i] = seal_open(&key, false);
		in[i] = seal_open(&key, true);
	}
	for (unsigned n = 0; n <= SEAL_BURST; n++) {
		struct seal_job job[SEAL_BURST];
		struct packet p[SEAL_BURST];
		uint8_t plain[MTU], alone[SEAL_BURST][MTU + SEAL_TAILROOM];
		unsigned alone_len[SEAL_BURST];

		for (unsigned i = 0; i < n; i++) {
			unsigned rtcp = (i + n) % 5 == 4;
			unsigned clear =
				build_rtp(plain, i % 4, -1, 7 * i * (n % 8), (uint16_t)i);
			unsigned len = clear + 7 * i * (n % 8);
			uint64_t index = (uint64_t)n << 16 | i;

			p[i] = packet_copy(plain, len);
			job[i] = (struct seal_job){.key = out[i],
				.pkt = p[i].bytes,
				.index = index,
				.len = (uint16_t)len,
				.clear = (uint16_t)clear,
				.rtcp = rtcp};
			if (i % 7 == 6)
				job[i].index = 1ull << 50;
			memcpy(alone[i], plain, len);
			alone_len[i] = len;
			run(seal_burst, out[i], alone[i], &alone_len[i], clear, job[i].index,
				rtcp);
		}
		seal_burst(lane, job, n);
		for (unsigned i = 0; i < n; i++) {
			ck_assert_int_eq(job[i].status, i % 7 == 6 ? SEAL_EINDEX : SEAL_OK);
			ck_assert_uint_eq(job[i].len, alone_len[i]);
			ck_assert_mem_eq(job[i].pkt, alone[i], alone_len[i]);
			job[i].key = in[i];
			if (i % 4 == 3)
				job[i].pkt[job[i].len - 1] ^= 1;
		}
		unseal_burst(lane, job, n);
		for (unsigned i = 0; i < n; i++) {
			if (job[i].status == SEAL_OK) {
				ck_assert_uint_eq(job[i].len, p[i].len);
				ck_assert_int_ne(i % 4, 3);
				ck_assert_int_ne(i % 7, 6);
			} else {
				ck_assert(i % 4 == 3 || i % 7 == 6);
			}
			packet_free(&p[i]);
		}
	}
	for (unsigned i = 0; i < SEAL_BURST; i++) {
		seal_close(out[i]);
		seal_close(in[i]);
	}
	stop();
}
END_TEST

START_TEST(a_key_of_no_suite_or_with_too_long_an_mki_is_refused)
{
	struct sw_key plain = {.suite = SW_SUITE_PLAIN}, unknown = {.suite = SW_SUITES};
	struct sw_key long_mki = a_key(SW_AES_CM_128_HMAC_SHA1_80, 0, 1);

	start(_i);
	long_mki.mki_len = SW_MKI_MAX + 1;
	ck_assert_ptr_null(seal_open(&plain, false));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_null(seal_open(&unknown, true));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_null(seal_open(&long_mki, false));
	ck_assert_int_eq(errno, EINVAL);
	seal_close(NULL);
	stop();
}
END_TEST

START_TEST(an_engine_nobody_knows_is_refused)
{
	ck_assert_int_eq(seal_init("cryptodev"), -ENOENT);
	ck_assert_ptr_null(seal_engine());
}
END_TEST

#ifndef SANITIZED
/* The flags of the mapping that ADDRESS lies in, as /proc/self/smaps states them. */
static void
mapping_flags(const void *address, char *flags, size_t room)
{
	FILE *f = fopen("/proc/self/smaps", "r");
	char line[512];
	bool inside = false;

	ck_assert_ptr_nonnull(f);
	flags[0] = '\0';
	while (fgets(line, sizeof line, f) != NULL) {
		unsigned long from, to;

		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			inside = (uintptr_t)address >= from && (uintptr_t)address < to;
		else if (inside && strncmp(line, "VmFlags:", 8) == 0)
			snprintf(flags, room, "%s", line);
	}
	fclose(f);
}

START_TEST(keys_and_lanes_lie_outside_core_dumps)
{
	struct sw_key key = a_key(SW_AEAD_AES_256_GCM, 4, 9);
	struct seal *s;
	char flags[512];

	start(_i);
	s = seal_open(&key, false);
	mapping_flags(s, flags, sizeof flags);
	ck_assert_msg(strstr(flags, " dd") != NULL, "key: %s", flags);
	if (strcmp(seal_engine(), "burst") == 0) {
		mapping_flags(lane, flags, sizeof flags);
		ck_assert_msg(strstr(flags, " dd") != NULL, "lane: %s", flags);
	}
	seal_close(s);
	stop();
}
END_TEST

#if HAVE_BURST
START_TEST(a_closed_key_is_wiped_and_its_memory_used_again)
{
	for (unsigned suite = 1; suite < SW_SUITES; suite++) {
		struct sw_key key = a_key(suite, 4, 9);
		struct seal *s, *again;
		const uint8_t *bytes;
		unsigned size, left = 0;

		ck_assert_int_eq(seal_init("burst"), 0);
		s = seal_open(&key, false);
		bytes = (const uint8_t *)s;
		size = s->mki_at + s->mki_len;
		seal_close(s);
		/* The allocator's link to the next free slot is all that may stand there. */
		for (unsigned i = sizeof(void *); i < size; i++)
			left += bytes[i] != 0;
		ck_assert_uint_eq(left, 0);
		again = seal_open(&key, false);
		ck_assert_ptr_eq(again, s);
		seal_close(again);
		seal_fini();
	}
}
END_TEST
#endif
#endif

#if HAVE_BURST
/* A hundred thousand calls have four of them each. */
START_TEST(keys_of_the_burst_engine_are_small)
{
	for (unsigned suite = 1; suite < SW_SUITES; suite++) {
		struct sw_key key = a_key(suite, 0, 9);
		struct seal *s;

		ck_assert_int_eq(seal_init("burst"), 0);
		s = seal_open(&key, false);
		ck_assert_uint_le(s->mki_at, s->aead ? 1088 : s->key_len == 16 ? 320 : 448);
		seal_close(s);
		seal_fini();
	}
}
END_TEST
#endif

int
main(void)
{
	Suite *suite = suite_create("seal");
	TCase *vectors = tcase_create("vectors"), *properties = tcase_create("properties");
	TCase *memory = tcase_create("memory");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(vectors, session_keys_are_derived_as_the_rfcs_do, 0, ENGINES);
	tcase_add_loop_test(vectors, text_is_enciphered_with_the_rfcs_key_streams, 0, ENGINES);
	tcase_add_loop_test(vectors, gcm_packets_are_those_of_rfc_7714, 0, ENGINES);
	suite_add_tcase(suite, vectors);

	tcase_set_timeout(properties, 120);
	tcase_add_loop_test(properties,
		what_was_sealed_unseals_for_every_suite_length_and_header, 0, ENGINES);
	tcase_add_loop_test(properties,
		any_flipped_bit_is_refused_and_the_packet_left_as_it_was, 0, ENGINES);
	tcase_add_loop_test(properties, a_packet_cut_at_any_length_is_refused, 0, ENGINES);
	tcase_add_loop_test(
		properties, an_index_beyond_the_end_of_the_key_is_refused, 0, ENGINES);
	tcase_add_loop_test(
		properties, a_packet_without_a_whole_header_is_not_sealed, 0, ENGINES);
	tcase_add_loop_test(
		properties, a_mixed_burst_gives_what_each_packet_gives_alone, 0, ENGINES);
	tcase_add_loop_test(
		properties, a_key_of_no_suite_or_with_too_long_an_mki_is_refused, 0, ENGINES);
	tcase_add_test(properties, an_engine_nobody_knows_is_refused);
	suite_add_tcase(suite, properties);

#ifndef SANITIZED
	tcase_add_loop_test(memory, keys_and_lanes_lie_outside_core_dumps, 0, ENGINES);
#if HAVE_BURST
	tcase_add_test(memory, a_closed_key_is_wiped_and_its_memory_used_again);
#endif
#endif
#if HAVE_BURST
	tcase_add_test(memory, keys_of_the_burst_engine_are_small);
#endif
	suite_add_tcase(suite, memory);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
