/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses of the mesh as text, and all that follows from an identity's seed. */
#include "mesh/sid.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>

static_assert(SID_LEN == crypto_box_PUBLICKEYBYTES, "a SID is an X25519 key");
static_assert(MESH_KEY == crypto_sign_SEEDBYTES && MESH_KEY == crypto_sign_PUBLICKEYBYTES &&
		      2 * MESH_KEY == crypto_sign_SECRETKEYBYTES &&
		      MESH_KEY == crypto_box_SECRETKEYBYTES,
	"keys are libsodium's");

enum { DID_MIN = 5, DID_MAX = 31 };

int
sid_parse(struct sid *sid, const char *text)
{
	struct sid read;
	size_t n;

	if (strlen(text) != SID_TEXT - 1 ||
		sodium_hex2bin(read.b, sizeof read.b, text, SID_TEXT - 1, NULL, &n, NULL) !=
			0 ||
		n != sizeof read.b)
		return -EINVAL;
	*sid = read;
	return 0;
}

void
sid_print(const struct sid *sid, char text[SID_TEXT])
{
	sodium_bin2hex(text, SID_TEXT, sid->b, sizeof sid->b);
	for (char *c = text; *c != '\0'; c++)
		if (*c >= 'a')
			*c = (char)(*c - 'a' + 'A');
}

bool
mesh_did_is_valid(const char *text)
{
	size_t n = strlen(text);

	return n >= DID_MIN && n <= DID_MAX && strspn(text, "0123456789*#+") == n;
}

/* Bytes of the character that begins at P, of LEFT; 0: it is none that a name may have. */
static size_t
character(const unsigned char *p, size_t left)
{
	/* By the first byte: what the second one may be (Unicode 15, table 3-7). */
	static const struct {
		uint8_t first, last, length, second_from, second_to;
	} rows[] = {
		{0x20, 0x7b, 1, 0, 0},
		{0x7d, 0x7e, 1, 0, 0}, /* no '|', which stands between fields */
		{0xc2, 0xdf, 2, 0x80, 0xbf},
		{0xe0, 0xe0, 3, 0xa0, 0xbf},
		{0xe1, 0xec, 3, 0x80, 0xbf},
		{0xed, 0xed, 3, 0x80, 0x9f},
		{0xee, 0xef, 3, 0x80, 0xbf},
		{0xf0, 0xf0, 4, 0x90, 0xbf},
		{0xf1, 0xf3, 4, 0x80, 0xbf},
		{0xf4, 0xf4, 4, 0x80, 0x8f},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		size_t length = rows[i].length;

		if (p[0] < rows[i].first || p[0] > rows[i].last)
			continue;
		if (length > left || (length > 1 && (p[1] < rows[i].second_from ||
							    p[1] > rows[i].second_to)))
			return 0;
		for (size_t n = 2; n < length; n++)
			if ((p[n] & 0xc0) != 0x80)
				return 0;
		return length;
	}
	return 0;
}

size_t
mesh_name_fits(const char *text, size_t len, size_t room)
{
	size_t n = 0;

	while (n < len) {
		size_t next = character((const unsigned char *)text + n, len - n);

		if (next == 0 || n + next > room)
			break;
		n += next;
	}
	return n;
}

bool
mesh_name_is_valid(const char *text)
{
	size_t n = strlen(text);

	return mesh_name_fits(text, n, MESH_NAME - 1) == n;
}

void
mesh_identity_derive(struct mesh_identity *id)
{
	/* They fail for no seed: the points are of our own making. */
	crypto_sign_seed_keypair(id->sign_public, id->sign_secret, id->seed);
	crypto_sign_ed25519_sk_to_curve25519(id->box_secret, id->sign_secret);
	crypto_scalarmult_base(id->sid.b, id->box_secret);
}

int
mesh_sid_of_sign(struct sid *sid, const uint8_t sign_public[MESH_KEY])
{
	return crypto_sign_ed25519_pk_to_curve25519(sid->b, sign_public) == 0 ? 0 : -EBADMSG;
}
