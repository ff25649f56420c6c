/* SPDX-License-Identifier: Apache-2.0
 *
 * The payload of telephone-event: keys pressed and the like, RFC 4733 2.3.  Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EVENT_PAYLOAD = 4 }; /* bytes */

struct event_payload {
	uint8_t event; /* 0..9, 10 "*", 11 "#", 12..15 "A".."D", 16 flash; 2.6, 3 */
	bool is_end;
	uint8_t volume;    /* -dBm0, 0..63 */
	uint16_t duration; /* since the packet's timestamp, in its clock */
};

/* 0; -EBADMSG: too short.  What stands behind it is left alone. */
int event_parse(const uint8_t *payload, size_t len, struct event_payload *e);

void event_print(const struct event_payload *e, uint8_t payload[EVENT_PAYLOAD]);
