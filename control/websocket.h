/* SPDX-License-Identifier: Apache-2.0
 *
 * The framing of WebSocket, as a server needs it: heads of frames in and out, the order in
 * which frames may come, masking, and the two header fields of the handshake that are not
 * plain words.  Whether a text is UTF-8 is its reader's affair.  Pure; any thread.  Source:
 * RFC 6455. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum websocket_opcode {
	WEBSOCKET_MORE = 0, /* of the message that has begun */
	WEBSOCKET_TEXT = 1,
	WEBSOCKET_BINARY = 2,
	WEBSOCKET_CLOSE = 8, /* from here on: of the connection, and never in pieces */
	WEBSOCKET_PING = 9,
	WEBSOCKET_PONG = 10,
};

/* Why a connection is closed: RFC 6455 section 7.4.1. */
enum websocket_status {
	WEBSOCKET_NORMAL = 1000,
	WEBSOCKET_AWAY = 1001,
	WEBSOCKET_WRONG = 1002,
	WEBSOCKET_TOO_LONG = 1009,
};

enum {
	WEBSOCKET_HEAD = 14,     /* bytes of the longest head of a client's frame */
	WEBSOCKET_HEAD_OUT = 10, /* of one of ours */
	WEBSOCKET_CONTROL = 125, /* bytes in a frame of the connection, at most */
	WEBSOCKET_ACCEPT = 29,   /* of the text, with its NUL */
};

struct websocket_head {
	bool last; /* of its message */
	uint8_t opcode;
	uint8_t mask[4];
	size_t size; /* bytes of the head */
	size_t len;  /* bytes behind it */
};

/* What has come so far of a message; begins as {0}. */
struct websocket {
	uint8_t opcode; /* of the message that has begun; 0: none */
	size_t len;     /* its bytes in earlier frames */
};

/* The head that LEN bytes from a client begin with, in H.  1; 0: more are needed; -EPROTO: it
 * breaks the rules. */
int websocket_read_head(const uint8_t *bytes, size_t len, struct websocket_head *h);

/* May the frame of H come now, if messages have at most MAX bytes?  0 and W is as after it;
 * -EPROTO; -EMSGSIZE. */
int websocket_take(struct websocket *w, const struct websocket_head *h, size_t max);

/* Mask or unmask: the same. */
void websocket_mask(uint8_t *bytes, size_t len, const uint8_t mask[4]);

/* The head of a frame of ours, a whole message of LEN bytes.  Its bytes. */
size_t websocket_write_head(
	uint8_t head[WEBSOCKET_HEAD_OUT], enum websocket_opcode opcode, size_t len);

/* Is KEY a Sec-WebSocket-Key, 16 bytes as base64?  Then the Sec-WebSocket-Accept for it. */
bool websocket_accept(const char *key, char accept[WEBSOCKET_ACCEPT]);

/* Does LIST, "a, b", name WORD? */
bool websocket_names(const char *list, const char *word);
