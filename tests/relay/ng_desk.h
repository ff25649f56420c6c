/* SPDX-License-Identifier: Apache-2.0
 *
 * NG over calls, over a switch in memory (fake_client.h), where an answer may be waited for:
 * exchanges that stand before those of control/ng_server.h, requests as JSON with ' for ", and
 * ~ for '. */
#pragma once

#include "control/arena.h"
#include "relay/calls.h"
#include "relay/config.h"
#include "relay/ng.h"
#include "tests/relay/fake_client.h"

struct ng_exchange {
	struct arena *arena;
	unsigned answers;
	char text[1 << 15]; /* the last of them */
};

/* To be changed by tests. */
extern struct desk {
	struct event_base *base;
	struct switch_client *sw;
	struct config conf;
	struct calls *calls;
	struct ng *ng;
	struct request_addr asker; /* of every request; family 0: a Unix socket */
	size_t room;               /* bytes of an answer; 0: any number */
} desk;

#define SDP                                                                \
	"'sdp': 'v=0\\r\\no=- 1 1 IN IP4 192.0.2.10\\r\\ns=-\\r\\n"        \
	"c=IN IP4 192.0.2.10\\r\\nt=0 0\\r\\nm=audio 4000 RTP/AVP 8\\r\\n" \
	"'"
#define OFFER(id, more) "{'command': 'offer', 'call-id': '" id "', " more SDP "}"
#define A "'from-tag': 'a', "
#define AB "'from-tag': 'a', 'to-tag': 'b', "
#define LOAD_LIMIT "'supports': ['load limit'], "
#define INSIDE "'direction': ['inside', 'inside'], "
#define ANSWER(id) "{'command': 'answer', 'call-id': '" id "', " AB SDP "}"
#define DELETE(id, more) "{'command': 'delete', 'call-id': '" id "'" more "}"

#define DESK_OK "'result':'ok'"

/* For checked fixtures. */
void desk_setup(void);
void desk_teardown(void);

/* Control begins, and ends, alone. */
void desk_open(enum sw_origin origin);
void desk_close(void);
void desk_lose_switch(void);
/* Until no note of dialog ID is owed any more. */
void desk_settle(const char *id);

/* TEXT is asked; X may not move until it is answered. */
void desk_ask(struct ng_exchange *x, const char *text);
/* X has been answered, once, with PART in it. */
void desk_answered(const struct ng_exchange *x, const char *part);
/* All of that, and the switch acknowledges what it is told. */
void desk_says(const char *text, const char *part);
