/* SPDX-License-Identifier: Apache-2.0
 *
 * See websocket.h.  SHA-1 is libcrypto's, which DTLS will need here, too. */
#include "control/websocket.h"

#include <errno.h>
#include <openssl/sha.h>
#include <string.h>
#include <strings.h>

#include "control/base64.h"

enum {
	LAST = 0x80,
	RESERVED = 0x70,
	OPCODE = 0x0f,
	MASKED = 0x80,
	LEN16 = 126, /* the length is in the next 2 bytes, ... */
	LEN64 = 127, /* ... 8 bytes */
};

static uint64_t
big_endian(const uint8_t *bytes, unsigned n)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < n; i++)
		value = value << 8 | bytes[i];
	return value;
}

/* Bytes of the length that are not in the head's second byte. */
static unsigned
more_length(uint8_t len)
{
	return len == LEN64 ? 8 : len == LEN16 ? 2 : 0;
}

static bool
is_control(uint8_t opcode)
{
	return opcode >= WEBSOCKET_CLOSE;
}

static bool
is_known(uint8_t opcode)
{
	return opcode <= WEBSOCKET_BINARY ||
	       (opcode >= WEBSOCKET_CLOSE && opcode <= WEBSOCKET_PONG);
}

int
websocket_read_head(const uint8_t *bytes, size_t len, struct websocket_head *h)
{
	unsigned more;
	uint64_t n;

	if (len < 2)
		return 0;
	h->last = bytes[0] & LAST;
	h->opcode = bytes[0] & OPCODE;
	if (bytes[0] & RESERVED || !is_known(h->opcode) || !(bytes[1] & MASKED))
		return -EPROTO;
	n = bytes[1] & ~MASKED;
	if (is_control(h->opcode) && (!h->last || n > WEBSOCKET_CONTROL))
		return -EPROTO;
	more = more_length((uint8_t)n);
	h->size = 2 + more + sizeof h->mask;
	if (len < h->size)
		return 0;
	if (more > 0)
		n = big_endian(bytes + 2, more);
	/* In the shortest way, and no more than 63 bits. */
	if ((more == 2 && n < LEN16) || (more == 8 && (n <= UINT16_MAX || n > INT64_MAX)))
		return -EPROTO;
	h->len = n;
	memcpy(h->mask, bytes + 2 + more, sizeof h->mask);
	return 1;
}

int
websocket_take(struct websocket *w, const struct websocket_head *h, size_t max)
{
	if (is_control(h->opcode))
		return 0;
	if ((h->opcode == WEBSOCKET_MORE) != (w->opcode != 0))
		return -EPROTO;
	if (h->len > max || w->len > max - h->len)
		return -EMSGSIZE;
	if (h->opcode != WEBSOCKET_MORE)
		w->opcode = h->opcode;
	w->len += h->len;
	if (h->last)
		*w = (struct websocket){0};
	return 0;
}

void
websocket_mask(uint8_t *bytes, size_t len, const uint8_t mask[4])
{
	for (size_t i = 0; i < len; i++)
		bytes[i] ^= mask[i % 4];
}

size_t
websocket_write_head(
	uint8_t head[WEBSOCKET_HEAD_OUT], enum websocket_opcode opcode, size_t len)
{
	uint8_t first = len < LEN16 ? (uint8_t)len : len <= UINT16_MAX ? LEN16 : LEN64;
	unsigned more = more_length(first);

	head[0] = (uint8_t)(LAST | opcode);
	head[1] = first;
	for (unsigned i = 0; i < more; i++)
		head[2 + i] = (uint8_t)((uint64_t)len >> 8 * (more - 1 - i));
	return 2 + more;
}

bool
websocket_accept(const char *key, char accept[WEBSOCKET_ACCEPT])
{
	static const char all[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; /* section 1.3 */
	uint8_t hash[SHA_DIGEST_LENGTH];
	char text[24 + sizeof magic];

	if (strlen(key) != 24 || strspn(key, all) != 22 || strcmp(key + 22, "==") != 0)
		return false;
	memcpy(text, key, 24);
	memcpy(text + 24, magic, sizeof magic);
	SHA1((const uint8_t *)text, sizeof text - 1, hash);
	base64_encode(accept, hash, sizeof hash);
	return true;
}

bool
websocket_names(const char *list, const char *word)
{
	static const char between[] = ", \t";
	size_t len;

	for (; *list != '\0'; list += len) {
		list += strspn(list, between);
		len = strcspn(list, between);
		if (len == strlen(word) && strncasecmp(list, word, len) == 0)
			return true;
	}
	return false;
}
