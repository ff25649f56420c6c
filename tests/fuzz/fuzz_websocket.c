/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes of a WebSocket client: control/websocket.c.  A head is read alike however much stands
 * behind it, messages stay within their bound, frames of ours are read as they were written,
 * and the words of a handshake touch nothing but themselves. */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "control/websocket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MESSAGE_MAX = 1000 };

/* With nothing behind its N bytes. */
static int
read_head(const uint8_t *bytes, size_t n, struct websocket_head *h)
{
	uint8_t *copy = malloc(n > 0 ? n : 1);
	int err;

	memcpy(copy, bytes, n);
	err = websocket_read_head(copy, n, h);
	free(copy);
	return err;
}

/* More bytes make a head whole or wrong, and then they change nothing. */
static void
check_head(const uint8_t *bytes, size_t len)
{
	struct websocket_head first = {0}, h;
	int was = 0;

	for (size_t n = 0; n <= len && n <= WEBSOCKET_HEAD; n++) {
		int is = read_head(bytes, n, &h);

		assert(was == 0 || is == was);
		if (is == 1 && was == 1)
			assert(h.len == first.len && h.size == first.size &&
				h.opcode == first.opcode && h.last == first.last);
		if (is == 1 && was == 0)
			assert(h.size == n);
		first = h;
		was = is;
	}
}

/* All frames of a stream, as a connection takes them. */
static void
check_stream(const uint8_t *bytes, size_t len)
{
	struct websocket w = {0};
	struct websocket_head h;

	while (read_head(bytes, len, &h) == 1) {
		uint8_t *text;

		if (websocket_take(&w, &h, MESSAGE_MAX) != 0 || h.len > len - h.size)
			return;
		assert(w.len <= MESSAGE_MAX);
		assert(h.opcode < WEBSOCKET_CLOSE || h.len <= WEBSOCKET_CONTROL);
		text = malloc(h.len > 0 ? h.len : 1);
		memcpy(text, bytes + h.size, h.len);
		websocket_mask(text, h.len, h.mask);
		websocket_mask(text, h.len, h.mask);
		assert(memcmp(text, bytes + h.size, h.len) == 0);
		free(text);
		bytes += h.size + h.len;
		len -= h.size + h.len;
	}
}

/* A head of ours for LEN bytes, masked as a client would, is read as it was written. */
static void
check_own(size_t len)
{
	uint8_t head[WEBSOCKET_HEAD] = {0};
	struct websocket_head h;
	size_t size = websocket_write_head(head, WEBSOCKET_BINARY, len);

	head[1] |= 0x80;
	assert(websocket_read_head(head, size + 4, &h) == 1);
	assert(h.len == len && h.size == size + 4 && h.last && h.opcode == WEBSOCKET_BINARY);
}

static void
check_words(const uint8_t *data, size_t size)
{
	char accept[WEBSOCKET_ACCEPT], *text = malloc(size + 1);

	memcpy(text, data, size);
	text[size] = '\0';
	if (websocket_accept(text, accept))
		assert(strlen(accept) == WEBSOCKET_ACCEPT - 1 && strlen(text) == 24);
	websocket_names(text, "upgrade");
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len = 0;

	check_head(data, size);
	check_stream(data, size);
	check_words(data, size);
	memcpy(&len, data, size < 4 ? size : 4);
	check_own(len);
	return 0;
}
