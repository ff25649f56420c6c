/* SPDX-License-Identifier: Apache-2.0
 *
 * Where packets wait that came out of order: places of one size that all directions share, for
 * few of them have any waiting at a time, and so none takes memory for what is rare.  One that
 * has never been used takes none either.
 *
 * Any thread, without locks and allocation; a packet is used by who has taken it. */
#pragma once

#include "dataplane/transcode.h"

enum {
	ROOM_PACKETS = 4096, /* that wait at a time, of the whole process */
	ROOM_PAYLOAD = 1488, /* bytes of one */
};

/* A packet that waits or is being looked at. */
struct held {
	struct transcode_in in;
	uint64_t came_us;
};

/* The number, from 1 on, of a copy of IN, the caller's until room_give(); 0: there is no
 * place, or none that is large enough. */
uint16_t room_take(const struct transcode_in *in, uint64_t now_us);
const struct held *room_at(uint16_t number);
void room_give(uint16_t number);
