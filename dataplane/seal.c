/* SPDX-License-Identifier: Apache-2.0
 *
 * Chooses the SRTP engine and does what does not depend on it: key derivation (RFC 3711
 * section 4.3), the questions about a packet's trailer.  seal_init, seal_open and their like
 * run on the main thread, the bursts on the forwarding cores. */
#include "dataplane/seal.h"

#include <errno.h>

#include "dataplane/seal_engine.h"
#include "dataplane/secret.h"
#include "dataplane/switch.h"

static const struct {
	const char *name;
	const struct seal_engine *engine; /* NULL: not on this architecture */
} engines[] = {
	{"burst", HAVE_BURST ? &seal_engine_burst : NULL},
	{"libsrtp2", &seal_engine_libsrtp2},
};

static const struct seal_engine *engine;
static const char *engine_name;

int
seal_init(const char *name)
{
	assert(engine == NULL);
	for (unsigned i = 0; i < sizeof engines / sizeof engines[0]; i++) {
		int error;

		if (strcmp(engines[i].name, name) != 0)
			continue;
		if (engines[i].engine == NULL)
			return -ENOTSUP;
		if ((error = engines[i].engine->init()) != 0)
			return error;
		engine = engines[i].engine;
		engine_name = engines[i].name;
		return 0;
	}
	return -ENOENT;
}

void
seal_fini(void)
{
	if (engine != NULL)
		engine->fini();
	engine = NULL;
	engine_name = NULL;
	secret_fini();
}

const char *
seal_engine(void)
{
	return engine_name;
}

unsigned
seal_few(void)
{
	return engine->few != NULL ? engine->few() : 0;
}

struct seal_lane *
seal_lane_open(void)
{
	return engine->lane_open();
}

void
seal_lane_close(struct seal_lane *lane)
{
	if (lane != NULL)
		engine->lane_close(lane);
}

int
seal_derive(const struct sw_key *key, struct seal_session *out)
{
	const struct sw_suite_info *suite = sw_suite_info(key->suite);
	/* RFC 3711 section 4.3.2: labels in order */
	const struct {
		uint8_t *out;
		unsigned len;
	} part[] = {
		{out->key[0], suite->key_len},
		{out->hmac[0], SEAL_HMAC_KEY},
		{out->salt[0], suite->salt_len},
		{out->key[1], suite->key_len},
		{out->hmac[1], SEAL_HMAC_KEY},
		{out->salt[1], suite->salt_len},
	};
	int error = 0;

	memset(out, 0, sizeof *out);
	for (unsigned label = 0; label < sizeof part / sizeof part[0] && error == 0; label++) {
		/* 112 bits of salt, the shorter one of GCM with zeros behind it, then 16 of
		 * block counter; the label stands before 48 zero bits of index. */
		uint8_t iv[16] = {0};

		memcpy(iv, key->salt, suite->salt_len);
		iv[7] ^= (uint8_t)label;
		error = engine->keystream(
			key->key, suite->key_len, iv, part[label].out, part[label].len);
		explicit_bzero(iv, sizeof iv);
	}
	if (error != 0)
		explicit_bzero(out, sizeof *out);
	return error;
}

struct seal *
seal_open_session(const struct sw_key *key, const struct seal_session *session, bool unseal)
{
	const struct sw_suite_info *suite = sw_suite_info(key->suite);
	struct seal head = {
		.mki_len = key->mki_len,
		.key_len = suite->key_len,
		.tag = {suite->rtp_tag, suite->rtcp_tag},
		.aead = suite->aead,
		.unseal = unseal,
	};
	struct seal *s;

	memcpy(head.salt, session->salt[0], sizeof head.salt);
	if ((s = engine->open(&head, session)) != NULL)
		memcpy((uint8_t *)s + s->mki_at, key->mki, key->mki_len);
	explicit_bzero(&head, sizeof head);
	return s;
}

struct seal *
seal_open(const struct sw_key *key, bool unseal)
{
	const struct sw_suite_info *suite = sw_suite_info(key->suite);
	struct seal_session session;
	struct seal *s;
	int error;

	if (suite == NULL || suite->key_len == 0 || key->mki_len > SW_MKI_MAX) {
		errno = EINVAL;
		return NULL;
	}
	if ((error = seal_derive(key, &session)) != 0) {
		errno = -error;
		return NULL;
	}
	s = seal_open_session(key, &session, unseal);
	explicit_bzero(&session, sizeof session);
	return s;
}

void
seal_close(struct seal *s)
{
	if (s != NULL)
		engine->close(s);
}

void
seal_burst(struct seal_lane *lane, struct seal_job *job, unsigned n)
{
	assert(n <= SEAL_BURST);
	engine->seal(lane, job, n);
}

void
unseal_burst(struct seal_lane *lane, struct seal_job *job, unsigned n)
{
	assert(n <= SEAL_BURST);
	engine->unseal(lane, job, n);
}

int64_t
seal_rtcp_index(const struct seal *s, const uint8_t *pkt, uint16_t len)
{
	unsigned behind = s->mki_len + (s->aead ? 0 : s->tag[1]);
	uint32_t word;

	if (len < SEAL_RTCP_HEADER + seal_trailer(s, true))
		return -1;
	memcpy(&word, pkt + len - behind - SEAL_WORD, SEAL_WORD);
	return be32toh(word) & INT32_MAX;
}
