/* SPDX-License-Identifier: Apache-2.0
 *
 * NG over a WebSocket: one message a message.  For ng_server_inside.h's files alone.
 * Control's one thread. */
#pragma once

#include <stdbool.h>

#include "control/websocket.h"

struct http_asked;
struct ng_server;
struct request_addr;

/* A, of PEER, is such a connection from now on, and speaks PROTOCOL; ACCEPT is for its
 * handshake.  Takes A. */
void ng_websocket_open(struct ng_server *s, struct http_asked *a, const char *protocol,
	bool plain, const char accept[WEBSOCKET_ACCEPT], const struct request_addr *peer);

void ng_websocket_close_all(struct ng_server *s);
void ng_websocket_resume(struct ng_server *s); /* those that have been held */
