/* SPDX-License-Identifier: Apache-2.0
 *
 * The keys of a call's streams: ours, which nobody else has, and the party's, as a request
 * gives them.  RFC 4568 section 6.1 (key || salt). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/siphash.h"
#include "relay/call.h"
#include "relay/call_inside.h"
#include "relay/random.h"

/* A key of SUITE that nobody else has. */
static void
make_key(struct sw_key *k, unsigned suite)
{
	const struct sw_suite_info *info = sw_suite_info(suite);

	*k = (struct sw_key){.suite = (uint8_t)suite};
	random_take(k->key, info->key_len);
	random_take(k->salt, info->salt_len);
}

/* By what K is known without being known; not 0. */
static uint64_t
fingerprint(const struct sw_key *k)
{
	static const uint8_t open[16]; /* nobody chooses K to collide with another */
	uint8_t secret[sizeof k->key + sizeof k->salt];
	uint64_t hash;

	memcpy(secret, k->key, sizeof k->key);
	memcpy(secret + sizeof k->key, k->salt, sizeof k->salt);
	hash = siphash(open, secret, sizeof secret);
	explicit_bzero(secret, sizeof secret);
	return hash != 0 ? hash : 1;
}

void
call_leave_transport(struct stream *s)
{
	if (s->keys != NULL)
		s->spent = fingerprint(&s->keys->seal);
	s->id = 0;
	s->slot = CALL_NO_SLOT;
	s->port = 0;
	free(s->seen);
	s->seen = NULL;
	s->looked = 0;
}

void
call_renew_keys(struct call *c)
{
	for (unsigned i = 0; i < call_all(c); i++)
		for (unsigned j = 0; j < call_leg(c, i)->streams; j++) {
			struct stream *s = &call_leg(c, i)->stream[j];

			if (s->keys == NULL)
				continue;
			s->spent = fingerprint(&s->keys->seal);
			make_key(&s->keys->seal, s->keys->seal.suite);
		}
}

static int
take_key(struct sw_key *k, const struct sw_key *ours, const struct stream_request *r,
	const struct call_at *at)
{
	const struct sw_suite_info *info = sw_suite_info(ours->suite);
	char expected[64];

	if (r->key_len != info->key_len + info->salt_len) {
		snprintf(expected, sizeof expected, "%u bytes: key of %u and salt of %u",
			info->key_len + info->salt_len, info->key_len, info->salt_len);
		return call_bad_stream(at, FAULT_BAD_KEY, "srtp.key", NULL, expected);
	}
	/* One key for both directions would encrypt two streams alike (RFC 3711 9.1). */
	if (memcmp(r->key, ours->key, info->key_len) == 0)
		return call_bad_stream(at, FAULT_BAD_KEY, "srtp.key", NULL,
			"the party's own key, not strowger's");
	*k = (struct sw_key){.suite = ours->suite};
	memcpy(k->key, r->key, info->key_len);
	memcpy(k->salt, r->key + info->key_len, info->salt_len);
	if (r->has & REQUEST_HAS_MKI) {
		k->mki_len = r->mki_len;
		memcpy(k->mki, r->mki, r->mki_len);
	}
	return 0;
}

/* The key that the front end wants us to seal with, in the keys that S has. */
static int
take_our_key(struct stream *s, unsigned suite, const struct stream_request *r,
	const struct call_at *at)
{
	const struct sw_suite_info *info = sw_suite_info(suite);
	struct sw_key key = {.suite = (uint8_t)suite};
	int err = 0;

	if (r->our_key_len != info->key_len + info->salt_len)
		return call_bad_stream(at, FAULT_BAD_KEY, "srtp.our_key", NULL,
			"key and salt of the suite's length");
	memcpy(key.key, r->our_key, info->key_len);
	memcpy(key.salt, r->our_key + info->key_len, info->salt_len);
	if (!(r->has & REQUEST_HAS_KEY) && s->keys->unseal.suite == suite &&
		memcmp(key.key, s->keys->unseal.key, info->key_len) == 0)
		err = call_bad_stream(at, FAULT_BAD_KEY, "srtp.our_key", NULL,
			"strowger's own key, not the party's");
	else if (fingerprint(&key) == s->spent)
		err = call_bad_stream(at, FAULT_BAD_KEY, "srtp.our_key", NULL,
			"another key: this one has sealed packets that are not known any more");
	else
		s->keys->seal = key;
	explicit_bzero(&key, sizeof key);
	return err;
}

int
call_apply_srtp(
	struct stream *s, const struct stream_request *r, bool fresh, const struct call_at *at)
{
	int had = call_unseal(s)->suite;
	int suite = r->has & REQUEST_HAS_SUITE ? sw_suite_find(r->suite) : had;
	bool other = suite != had;

	if (suite < 0)
		return call_bad_stream(
			at, FAULT_BAD_KEY, "srtp.suite", r->suite, "the name of a suite");
	if (suite == SW_SUITE_PLAIN) {
		if (r->has & (REQUEST_HAS_KEY | REQUEST_HAS_OUR_KEY | REQUEST_HAS_MKI) ||
			r->rekey)
			return call_bad_stream(
				at, FAULT_BAD_KEY, "srtp.suite", NULL, "a suite for the key");
		call_drop_keys(s);
		s->key_known = 0;
		return 0;
	}
	if (r->has & REQUEST_HAS_MKI && !(r->has & REQUEST_HAS_KEY))
		return call_bad_stream(
			at, FAULT_BAD_KEY, "srtp.key", NULL, "the key that the MKI names");
	if (call_keys(s) == NULL)
		return fault_set(at->fault, FAULT_INTERNAL, NULL, NULL, NULL, "out of memory");
	if (r->has & REQUEST_HAS_OUR_KEY) {
		if (take_our_key(s, (unsigned)suite, r, at) != 0)
			return -EINVAL;
	} else if (other || r->rekey || fresh) {
		make_key(&s->keys->seal, (unsigned)suite);
	}
	if (r->has & REQUEST_HAS_KEY) {
		s->key_known = 1;
		return take_key(&s->keys->unseal, &s->keys->seal, r, at);
	}
	if (other) {
		s->key_known = 0;
		make_key(&s->keys->unseal, (unsigned)suite);
	}
	return 0;
}
