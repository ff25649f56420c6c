/* SPDX-License-Identifier: Apache-2.0
 *
 * See sdes.h.  Keys pass through here: nothing is kept, and what a key was made with is wiped.
 */
#include "control/sdes.h"

#include <assert.h>
#include <errno.h>
#include <sodium/crypto_kdf.h>
#include <sodium/utils.h>
#include <string.h>

#include "control/base64.h"

static const struct suite {
	const char *name;
	uint8_t len; /* bytes of master key and master salt */
} suites[SDES_SUITES] = {
	[SDES_AEAD_AES_256_GCM] = {"AEAD_AES_256_GCM", 32 + 12},
	[SDES_AEAD_AES_128_GCM] = {"AEAD_AES_128_GCM", 16 + 12},
	[SDES_AES_256_CM_HMAC_SHA1_80] = {"AES_256_CM_HMAC_SHA1_80", 32 + 14},
	[SDES_AES_256_CM_HMAC_SHA1_32] = {"AES_256_CM_HMAC_SHA1_32", 32 + 14},
	[SDES_AES_192_CM_HMAC_SHA1_80] = {"AES_192_CM_HMAC_SHA1_80", 24 + 14},
	[SDES_AES_192_CM_HMAC_SHA1_32] = {"AES_192_CM_HMAC_SHA1_32", 24 + 14},
	[SDES_AES_CM_128_HMAC_SHA1_80] = {"AES_CM_128_HMAC_SHA1_80", 16 + 14},
	[SDES_AES_CM_128_HMAC_SHA1_32] = {"AES_CM_128_HMAC_SHA1_32", 16 + 14},
};

const char *
sdes_name(enum sdes_suite suite)
{
	return suites[suite].name;
}

int
sdes_find(struct slice name)
{
	for (int i = 0; i < SDES_SUITES; i++)
		if (slice_is_nocase(name, suites[i].name))
			return i;
	return -1;
}

/* ---- A line of somebody else's. ---- */

/* What we do not know or do is refused, unless a dash says that it may be passed over (RFC
 * 4568 section 6.3.7).  WSH only advises on the replay window. */
static bool
session_is_possible(struct slice session)
{
	while (session.len > 0) {
		struct slice word = slice_cut(&session, ' ');

		if (word.len > 0 && word.at[0] != '-' && !slice_begins(word, "WSH="))
			return false;
	}
	return true;
}

/* "2^20" or "1048576", packets; RFC 3711 allows 2^48. */
static int
read_lifetime(struct slice text, uint64_t *packets)
{
	static const uint64_t most = UINT64_C(1) << 48;
	uint64_t power;

	if (!slice_begins(text, "2^"))
		return slice_number(text, most, packets);
	if (slice_number((struct slice){text.at + 2, text.len - 2}, 48, &power) != 0)
		return -EINVAL;
	*packets = UINT64_C(1) << power;
	return 0;
}

/* Times ten and DIGIT more, of a number in network byte order.  What does not fit is returned.
 */
static unsigned
append_digit(uint8_t *number, size_t len, unsigned digit)
{
	for (size_t i = len; i-- > 0;) {
		digit += number[i] * 10u;
		number[i] = (uint8_t)digit;
		digit >>= 8;
	}
	return digit;
}

/* "VALUE:LENGTH": a decimal number in so many bytes. */
static int
read_mki(struct sdes_key *k, struct slice text)
{
	struct slice value = slice_cut(&text, ':');
	uint64_t len;

	if (slice_number(text, 128, &len) != 0 || len == 0 || value.len == 0)
		return -EINVAL;
	if (len > sizeof k->mki)
		return -ENOTSUP;
	k->mki_len = (uint8_t)len;
	for (size_t i = 0; i < value.len; i++) {
		unsigned digit = (unsigned char)value.at[i] - '0';

		if (digit > 9 || append_digit(k->mki, len, digit) != 0)
			return -EINVAL;
	}
	return 0;
}

static int
read_key(struct sdes_key *k, struct slice text)
{
	ssize_t len = base64_decode(k->key, sizeof k->key, text.at, text.len);

	k->len = suites[k->suite].len;
	return len == k->len ? 0 : -EINVAL;
}

int
sdes_read(const struct sdp_crypto *c, struct sdes_key *k)
{
	int suite = sdes_find(c->suite), err;

	*k = (struct sdes_key){0};
	if (suite < 0 || !session_is_possible(c->session))
		return -ENOTSUP;
	k->suite = (uint8_t)suite;
	err = c->mki.at != NULL ? read_mki(k, c->mki) : 0;
	if (err == 0 && c->lifetime.at != NULL)
		err = read_lifetime(c->lifetime, &k->lifetime);
	if (err == 0)
		err = read_key(k, c->key);
	if (err != 0)
		sodium_memzero(k, sizeof *k);
	return err;
}

/* ---- Which suites. ---- */

static bool
is_named(const struct ng_list *names, enum sdes_suite suite)
{
	for (size_t i = 0; i < names->n; i++)
		if (sdes_find(names->at[i]) == (int)suite)
			return true;
	return false;
}

static bool
has_suite(const struct sdp_media *m, enum sdes_suite suite)
{
	for (size_t i = 0; i < m->cryptos; i++)
		if (sdes_find(m->crypto[i].suite) == (int)suite)
			return true;
	return false;
}

/* Those that R lets be offered behind FROM, as bits. */
static unsigned
wanted_suites(const struct sdp_media *from, const struct ng_request *r)
{
	bool old = from != NULL && from->cryptos > 0 && (r->sdes & NG_SDES_NONEW) != 0;
	unsigned set = 0;

	for (unsigned i = 0; i < SDES_SUITES; i++)
		if (!is_named(&r->sdes_no, i) &&
			(r->sdes_only.n == 0 || is_named(&r->sdes_only, i)) &&
			(!old || has_suite(from, i)))
			set |= 1u << i;
	return set;
}

/* To the end of L, and out of the set that is left. */
static void
add_suite(struct sdes_list *l, int suite, unsigned *left)
{
	if (suite < 0 || (*left & 1u << suite) == 0)
		return;
	*left &= ~(1u << suite);
	l->suite[l->n++] = (uint8_t)suite;
}

void
sdes_offer(struct sdes_list *l, const struct sdp_media *from, const struct ng_request *r)
{
	unsigned left = wanted_suites(from, r);

	l->n = 0;
	for (size_t i = 0; i < r->sdes_order.n; i++)
		add_suite(l, sdes_find(r->sdes_order.at[i]), &left);
	for (size_t i = 0; from != NULL && i < from->cryptos; i++)
		add_suite(l, sdes_find(from->crypto[i].suite), &left);
	for (int i = 0; i < SDES_SUITES; i++)
		add_suite(l, i, &left);
}

int
sdes_choose(const struct sdp_media *m, const struct ng_request *r, struct sdes_key *k)
{
	for (size_t i = 0; i < r->sdes_offerer_pref.n; i++)
		for (size_t j = 0; j < m->cryptos; j++)
			if (slice_equal_nocase(
				    m->crypto[j].suite, r->sdes_offerer_pref.at[i]) &&
				sdes_read(&m->crypto[j], k) == 0)
				return (int)j;
	for (size_t j = 0; j < m->cryptos; j++)
		if (sdes_read(&m->crypto[j], k) == 0)
			return (int)j;
	return -1;
}

/* ---- Keys of our own. ---- */

void
sdes_derive(struct sdes_key *k, const uint8_t secret[SDES_SECRET], enum sdes_suite suite,
	unsigned side, unsigned media, uint32_t generation)
{
	static const char context[crypto_kdf_CONTEXTBYTES] = {
		's', 't', 'r', 'o', 'w', 'S', 'R', 'T'};
	uint64_t id =
		(uint64_t)generation << 32 | (side & 0xff) << 16 | (media & 0xff) << 8 | suite;

	static_assert(SDES_SECRET == crypto_kdf_KEYBYTES, "the secret is libsodium's key");
	*k = (struct sdes_key){.suite = (uint8_t)suite, .len = suites[suite].len};
	crypto_kdf_derive_from_key(k->key, k->len, id, context, secret);
}

int
sdes_print(struct sdp_crypto *c, struct arena *a, uint32_t tag, const struct sdes_key *k,
	uint32_t options)
{
	size_t len = BASE64_LEN((size_t)k->len);
	char *text = arena_take(a, len + 1);

	if (text == NULL)
		return -ENOMEM;
	base64_encode(text, k->key, k->len);
	while ((options & NG_SDES_PAD) == 0 && text[len - 1] == '=')
		len--;
	*c = (struct sdp_crypto){
		.tag = tag, .suite = slice_of(suites[k->suite].name), .key = {text, len}};
	/* What 26.3 says of all suites: RTCP may go no further (RFC 3711 section 9.2). */
	if ((options & NG_SDES_LIFETIME) != 0)
		c->lifetime = SLICE("2^31");
	return 0;
}
