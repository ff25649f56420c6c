/* SPDX-License-Identifier: Apache-2.0
 *
 * The calls of a replay: what a signalling server asked of call.create and what it was
 * answered say all that a switch is told, but for the slots.  Main thread. */
#pragma once

#include "control/request.h"
#include "dataplane/switch.h"

/* One stream of one leg. */
struct replay_stream {
	char name[REQUEST_ID + REQUEST_NAME + 16]; /* "CALL LEG STREAM" */
	uint8_t media, direction;                  /* enum request_media, request_direction */
	struct sw_transport transport;
	struct sw_flow flow;
};

struct replay_calls {
	unsigned addresses; /* ours */
	struct sw_addr address[SW_ADDRESSES];
	unsigned streams;
	struct replay_stream *stream; /* on slots 0..streams-1 */
};

/* Add the call in file PATH: {"params": what call.create was asked, "result": its answer}.
 * 0; -errno after a message on stderr that names what is wrong. */
int replay_calls_add(struct replay_calls *c, const char *path);
void replay_calls_fini(struct replay_calls *c); /* keys are wiped */
