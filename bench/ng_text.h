/* SPDX-License-Identifier: Apache-2.0
 *
 * What strowger-bench ng says: the offer, answer and delete of a call, in bencode, as
 * Kamailio's rtpengine module makes them.  One thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ng_step { NG_OFFER, NG_ANSWER, NG_DELETE, NG_STEPS };

enum { NG_TEXT = 2048 }; /* bytes that a request takes at most */

extern const char *const ng_step_name[NG_STEPS];

/* Write the request of STEP of call number N into OUT, whose cookie is SLOT and RUNNING, the
 * number of the request.  SRTP: plain RTP is offered, SRTP with SDES is wanted towards the
 * callee, who takes the suite that the relay has under TAG.  Its bytes. */
size_t ng_text_put(char out[NG_TEXT], enum ng_step step, uint64_t n, bool srtp, unsigned tag,
	unsigned slot, uint64_t running);

/* Of an answer of LEN bytes: the slot and the running number of its cookie. */
bool ng_text_cookie(const char *text, size_t len, unsigned *slot, uint64_t *running);
bool ng_text_is_ok(const char *text, size_t len);
/* Under which tag an SDP in it has the suite that the callee takes; 0: it has not. */
unsigned ng_text_tag(const char *text, size_t len);
