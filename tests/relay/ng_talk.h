/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests of negotiations: two parties (ng_pair.h), their requests as a few words of JSON
 * and of SDP, and what each was told.  One pair at a time. */
#pragma once

#include <check.h>
#include <string.h>

#include "relay/call.h"
#include "tests/relay/ng_pair.h"

enum { TALK_TEXT = 16384, CALLER = 0, CALLEE = 1 };

extern struct ng_pair pair;
extern struct arena *arena;
extern char told[TALK_TEXT]; /* what the other party got last */
/* Of the next SDP; NULL: alice or bob, and "-". */
extern const char *talk_user, *talk_name;

/* A checked fixture. */
void talk_setup(void);
void talk_teardown(void);

/* SDP of FROM with LINES behind its c=; keys of the request in KEYS, JSON with a comma in
 * front.  Lines end with "\n".  The reason if it is refused; NULL: it is not. */
const char *talk_ask(bool answer, unsigned from, const char *keys, const char *lines);

/* Stream I of LEG. */
const struct stream *talk_stream(unsigned leg, unsigned i);
/* What is done to what LEG sends in its first stream, in words. */
const char *talk_bridge(unsigned leg);

#define OFFER(keys, lines) ck_assert_ptr_null(talk_ask(false, CALLER, keys, lines))
#define ANSWER(keys, lines) ck_assert_ptr_null(talk_ask(true, CALLEE, keys, lines))
#define TELLS(line) \
	ck_assert_msg(strstr(told, line "\r\n") != NULL, "no %s in\n%s", line, told)
#define HIDES(part) ck_assert_msg(strstr(told, part) == NULL, "%s in\n%s", part, told)

#define AUDIO "m=audio 4000 RTP/AVP 0 8 101\na=rtpmap:101 telephone-event/8000\n"
#define KEY_A "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd"
#define KEY_B "ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1+f4CB"
#define CRYPTO_A "a=crypto:7 AES_CM_128_HMAC_SHA1_80 inline:" KEY_A "\n"
#define CRYPTO_B "a=crypto:7 AES_CM_128_HMAC_SHA1_80 inline:" KEY_B "\n"
#define OSRTP "m=audio 4000 RTP/AVP 0\n" CRYPTO_A
#define SAVP "m=audio 4000 RTP/SAVP 0\n"
