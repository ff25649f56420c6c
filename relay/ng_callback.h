/* SPDX-License-Identifier: Apache-2.0
 *
 * Tells a signalling server that a call of its has timed out, so that it can say so to the
 * phones: one XML-RPC request by HTTP, as rtpengine makes (--b2b-url).  What is not answered
 * is not said again; the event call.timeout and the log have it anyway.
 *
 * Control's one thread; nothing waits for an answer. */
#pragma once

#include <stdint.h>

struct config;
struct event_base;
struct ng_callbacks;
struct pair;

/* What is said; the order of the words of [ng] timeout_format. */
enum ng_callback_format {
	NG_CALLBACK_SEMS,     /* di("sbc", "postControlCmd", TAG, "teardown"), for each tag */
	NG_CALLBACK_CALL_ID,  /* teardown(CALL-ID) */
	NG_CALLBACK_KAMAILIO, /* dlg.terminate_dlg(CALL-ID, TAG, TAG) */
};

enum { NG_CALLBACK_PATIENCE_MS = 5000 };

/* A server has PATIENCE_MS for its answer.  NULL: errno. */
struct ng_callbacks *ng_callbacks_open(struct event_base *base, int patience_ms);
/* What is under way is given up.  NULL is fine. */
void ng_callbacks_close(struct ng_callbacks *c);

/* PAIR is about to end because of its silence; CONF says whom it concerns, if anybody. */
void ng_callbacks_tell(
	struct ng_callbacks *c, const struct config *conf, const struct pair *pair);
