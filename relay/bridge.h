/* SPDX-License-Identifier: Apache-2.0
 *
 * The bridge decides what happens to the packets of each direction of two joined streams, says
 * so in words, and compiles it into the switch's terms.  Pure functions of the call model.
 * Control's one thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "relay/call.h"

enum bridge_kind {
	BRIDGE_NONE,  /* nothing leaves */
	BRIDGE_PASS,  /* plain RTP, as it came */
	BRIDGE_REKEY, /* unsealed, sealed, or both */
	BRIDGE_MAP,   /* payload types change, or laws of G.711 */
	BRIDGE_TRANSCODE,
	BRIDGE_FAX, /* sound becomes T.38, or T.38 sound: fax.h */
};

enum { BRIDGE_TEXT = 320 }; /* bytes of the longest description with its NUL */

/* The stream that stream I of leg LEG of C is joined with; NULL: none yet. */
const struct stream *bridge_peer(const struct call *c, unsigned leg, unsigned i);

/* The stream of whoever hears what the party of stream I sends: bridge_peer(), or with an echo
 * itself. */
const struct stream *bridge_sink(const struct call *c, unsigned leg, unsigned i);

/* What happens to what FROM's party sends, on its way to the party of TO (NULL: nobody is
 * there; FROM: its echo). */
enum bridge_kind bridge_decide(const struct stream *from, const struct stream *to);

/* The same in words: "SRTP AES_CM_128_HMAC_SHA1_80 -> re-keyed to AEAD_AES_128_GCM", or why
 * nothing leaves.  TEXT has BRIDGE_TEXT bytes. */
void bridge_describe(const struct stream *from, const struct stream *to, char *text);

/* Is nothing of what S's party sends passed on, because somebody has asked for that? */
bool bridge_is_blocked(const struct stream *s);

/* The suite that we speak with S's party: "none"; "mesh": the boxes of that; "end to end":
 * only the parties know. */
const char *bridge_suite_words(const struct stream *s);

/* Whom the transport of S listens to, and the same in words. */
enum sw_source bridge_source(const struct stream *s);
const char *bridge_source_words(const struct stream *s);

/* The transport of stream S of leg L, and the flow from FROM to TO (NULL: none). */
void bridge_transport(const struct leg *l, const struct stream *s, struct sw_transport *t);
void bridge_flow(const struct stream *from, const struct stream *to, struct sw_flow *f);

/* F, the flow of stream I of leg LEG of C to the other party, gets sinks for those who listen
 * to that stream (bridge_listen.c): they get what the other party does, or, in a call of one
 * leg, what this one sends. */
void bridge_add_listeners(const struct call *c, unsigned leg, unsigned i, struct sw_flow *f);

/* What stream I of listener L of C gets, in words; TEXT has BRIDGE_TEXT bytes. */
void bridge_describe_listener(
	const struct call *c, const struct listener *l, unsigned i, char *text);

/* What the payloads may be that leave for the party of TO, or, while there is none (NULL),
 * that come from FROM: how many, 0: nothing is known of them. */
unsigned bridge_leaving(const struct stream *from, const struct stream *to,
	const struct request_format *out[REQUEST_FORMATS]);

/* How its payloads change on the way (bridge_codecs.c).  False: not at all, *B is all 0. */
bool bridge_rules(const struct stream *from, const struct stream *to, struct sw_bridge *b);

/* The same in words; empty: not at all. */
void bridge_describe_codecs(const struct stream *from, const struct stream *to, char *text);

/* Does FROM's party send, and TO's receive, by what they say of directions? */
bool bridge_is_spoken(const struct stream *from, const struct stream *to);

/* Do they share no codec, or, where one has agreed to no speech, nothing else either; and
 * nothing helps?  Only of parties that have said what they take. */
bool bridge_is_without_codec(const struct stream *from, const struct stream *to);
