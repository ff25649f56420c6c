/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of a negotiation share: negotiate.c runs through an SDP line by line, and
 * each of the others looks after one matter of every line.  They stand here in an order in
 * which each knows only those before it.  FROM is the party whose SDP it is, TO the one that
 * is told: another one, unless FROM is alone.  Pure; control's one thread. */
#pragma once

#include <errno.h>

#include "control/sdes.h"
#include "control/sdp.h"
#include "relay/memo.h"
#include "relay/negotiate.h"

/* An m= line; number n of both parties is stream n of both legs. */
struct line {
	unsigned n;
	const struct sdp_media *in; /* as FROM has it; NULL: it has none, not even with port 0
				     */
	struct sdp_media *out;      /* as TO gets it; NULL: it does not */
	struct sdp_media *twin;     /* what TO gets beside it; NULL: nothing */
	struct memo_line *from, *to;
	const struct memo_line *from_was, *to_was;    /* as of the last request; NULL: new */
	struct stream_request *from_asked, *to_asked; /* NULL: no stream */
	bool relayed;
	bool fax;       /* a gateway is between the two: one has sound, the other T.38 */
	bool zero;      /* TO gets no address to send to */
	bool strangers; /* FROM has answered nothing that TO could be told of */
};

struct plan {
	struct negotiation *n;
	const struct ng_request *request;
	struct arena *arena;
	struct sdp out;
	unsigned from, to;          /* parties and legs */
	struct memo_notes was, now; /* before this request, and behind it */
	struct line *line;
	unsigned lines;
	struct call_request *asked;
	const char *reason; /* of the first failure; NULL: none yet */
};

/* It fails for REASON; -EINVAL. */
static inline int
plan_fail(struct plan *p, const char *reason)
{
	p->reason = reason;
	return -EINVAL;
}

static inline int
plan_no_memory(struct plan *p)
{
	return plan_fail(p, "Out of memory");
}

/* ---- negotiate_words.c ---- */

enum protocol_bits {
	PROTOCOL_RTP = 1 << 0,
	PROTOCOL_SECURE = 1 << 1,
	PROTOCOL_FEEDBACK = 1 << 2,
	PROTOCOL_DTLS = 1 << 3,
};
/* What m= calls a protocol; -1: none that is relayed. */
int protocol_of(struct slice name);
bool protocol_is_rtp(struct slice name); /* and relayed */
/* RTP, or SRTP by keys in SDP, with feedback if NAME, which is relayed, has that. */
struct slice protocol_with(struct slice name, bool secure);
/* Is one of two protocols RTP, or not relayed, and the other not? */
bool protocol_is_other(struct slice a, struct slice b);

/* The one of the media types of m= that TYPE is; NULL: it is none. */
const char *media_known(struct slice type);

/* AF_INET or AF_INET6, as an SDP calls them; 0: neither. */
uint16_t negotiate_family_word(struct slice word);
/* As in URLs: "[2001:db8::1]" is the same as without. */
struct slice negotiate_unbracketed(struct slice address);
/* TEXT, with or without them, into TO.  0; -EINVAL. */
int negotiate_read_address(struct slice text, struct request_addr *to);

/* Of enum request_direction. */
bool negotiate_sends(uint8_t direction);
bool negotiate_receives(uint8_t direction);

/* ---- negotiate_t38.c ---- */

bool negotiate_is_t38(const struct sdp_media *m);
/* What M says of it, but no VERSION above; no limits. */
struct request_fax negotiate_read_t38(const struct sdp_media *m, unsigned version);
/* M says nothing of it; or what we are to a T.38 party, by F, without the modems that LIMITS
 * name.  0; -ENOMEM. */
int negotiate_drop_t38(struct sdp_media *m, struct arena *a);
int negotiate_tell_t38(
	struct sdp_media *m, const struct request_fax *f, unsigned limits, struct arena *a);

/* ---- negotiate_questions.c ---- */

extern const char negotiate_no_dtls[];
/* Why what R demands can not be had; NULL: it can. */
const char *negotiate_refusal(const struct ng_request *r);

/* Stream N that LEG has already; NULL: there is none. */
const struct stream *negotiate_stream(const struct plan *p, unsigned leg, unsigned n);
/* The family that LEG's address is to be of, as far as that is planned (0: not known yet); and
 * does it change, so that all its ports are others? */
uint16_t negotiate_family(const struct plan *p, unsigned leg);
bool negotiate_leg_changes(const struct plan *p, unsigned leg);

/* Does the address of who has sent the SDP to the server, A, stand for all of the SDP? */
bool negotiate_is_received(const struct plan *p, struct request_addr *a);
/* Where FROM is to be reached at line M, by the SDP or by who has sent it to the server. */
struct request_addr negotiate_address_of(const struct plan *p, const struct sdp_media *m);

/* Is TO not to be shown it?  Any line. */
bool negotiate_is_removed(const struct plan *p, const struct line *l);
/* Is a line that FROM has one that we have no part in? */
bool negotiate_is_foreign(const struct plan *p, const struct line *l);
/* Is it an offer, of a line that both parties have agreed to and talk on? */
bool negotiate_is_running(const struct plan *p, const struct line *l);
/* Did the last request leave a gateway between sound and T.38 at L? */
bool negotiate_was_fax(const struct line *l);
/* Was FROM, which answers, offered its own formats again, by its own numbers? */
bool negotiate_is_own(const struct line *l);

/* ---- negotiate_legs.c ---- */

/* Has NODE (NULL: anything) an address of INTERFACE (empty: the first one's), as CONF calls
 * it, and of FAMILY (0: any)? */
bool negotiate_has_address(const struct sw_state *node, const struct config *conf,
	const char *interface, uint16_t family);
/* Interfaces and families of both legs; before the lines. */
void negotiate_legs(struct plan *p);

/* ---- Each from here on: 0; -EINVAL and the plan's reason.  Of lines: only of those that are
 * relayed. ---- */

/* ---- negotiate_address.c ---- */

/* Where FROM is, and whether TO's port has to be another one. */
int negotiate_remote(struct plan *p, struct line *l);
/* S has a remote by M: where is its RTCP, unless it is MUX, by the same port?  BELIEVED: the
 * addresses of the SDP count. */
void negotiate_take_rtcp(
	struct stream_request *s, const struct sdp_media *m, bool mux, bool believed);
/* Whom we take for the parties, as far as keys do not say that. */
int negotiate_source(struct plan *p, struct line *l);

/* ---- negotiate_places.c ---- */

/* The ports and addresses of TO, the leg of who gets it, into the outgoing SDP; others may
 * follow. */
int negotiate_places(struct plan *p, const struct leg *to);
/* Where the party of TO is to send: what R says that it is told instead of our address, else
 * our address as others see it.  Its address at NULL: no memory. */
struct sdp_connection negotiate_ours(
	const struct ng_request *r, const struct leg *to, struct arena *a);
/* All of a=rtcp, for RTCP at PORT of C; at NULL: R wants none. */
struct slice negotiate_rtcp(const struct ng_request *r, unsigned port,
	const struct sdp_connection *c, struct arena *a);

/* ---- negotiate_profile.c ---- */

/* Is there a key in M that we can use? */
bool negotiate_has_key(const struct plan *p, const struct sdp_media *m);
/* Has the party of WAS (NULL: new) agreed to plain RTP?  Then it speaks and hears that until
 * an answer says SRTP. */
bool negotiate_is_settled_plain(const struct memo_line *was);
/* Does FROM speak SRTP? */
bool negotiate_speaks_srtp(const struct plan *p, const struct line *l);
/* The suites that TO may be offered by FROM, which speaks SRTP itself or not; false: there are
 * none. */
bool negotiate_suites(
	const struct plan *p, const struct line *l, bool from_secure, struct sdes_list *list);
/* How TO is offered SRTP; where it could choose no suite, a best effort is plain RTP. */
void negotiate_profile(const struct plan *p, struct line *l, bool from_secure);
/* Is the answer to say whether FROM speaks SRTP, which it offers (if SECURE) under a plain
 * profile? */
void negotiate_open_osrtp(const struct plan *p, struct line *l, bool secure);
/* It does: what TO has offered so holds if the other party took it as well, or if the client
 * says so. */
bool negotiate_close_osrtp(const struct plan *p, struct line *l, bool from_secure);

/* ---- negotiate_crypto.c ---- */

int negotiate_crypto(struct plan *p, struct line *l);
/* The same of a line that nobody else gets: FROM is answered by us. */
int negotiate_crypto_back(struct plan *p, struct line *l);

/* ---- negotiate_twins.c ---- */

/* How many m= lines of FROM's SDP, from number I on, are line N of the call: 1 or 2. */
unsigned negotiate_sections(const struct plan *p, unsigned n, unsigned i);
/* Which of so many is what FROM means. */
unsigned negotiate_section(
	const struct plan *p, struct line *l, unsigned i, unsigned sections);
/* Where TO has offered something else in place of two, it has that when it is answered; when
 * it is offered something instead, it still has two. */
void negotiate_part_twins(const struct plan *p, struct line *l);
/* The lines that TO has two of; when all lines are planned. */
int negotiate_twins(struct plan *p);

/* ---- negotiate_notes.c ---- */

/* All N that FROM has said, IN, is what it may be told later. */
int negotiate_note_formats(
	struct plan *p, struct line *l, const struct sdp_format *in, size_t n);
/* The same of its line as it came, be it relayed or not. */
int negotiate_note(struct plan *p, struct line *l);
/* What FROM says of packet times, and what TO is told. */
void negotiate_ptime(struct plan *p, struct line *l);
/* How an offer wants both to be sent codecs. */
int negotiate_coding(struct plan *p, struct line *l);

/* ---- negotiate_names.c ---- */

/* The formats of both that say no name get the one that they have by what was said before. */
int negotiate_names(struct plan *p, struct line *l);

/* ---- negotiate_offer.c, negotiate_answer.c ---- */

/* The formats that TO is told of, in place of those that FROM has said. */
int negotiate_offer_formats(struct plan *p, struct line *l);
int negotiate_answer_formats(struct plan *p, struct line *l);

/* ---- negotiate_fax.c ---- */

/* Is there to be a gateway?  Then L's fax is set, and what TO gets is of its other kind. */
int negotiate_fax(struct plan *p, struct line *l);
/* L is no gateway; one that an answer has confirmed, of a talk that goes on, waits for an
 * answer to end with. */
void negotiate_end_fax(const struct plan *p, struct line *l);
/* Formats of both parties, in place of what negotiate_codecs() does. */
int negotiate_fax_codecs(struct plan *p, struct line *l);

/* ---- negotiate_codecs.c ---- */

/* Who may send which formats, and how long its packets are. */
int negotiate_codecs(struct plan *p, struct line *l);

/* ---- negotiate_media.c ---- */

/* Is there anything to relay, and by which protocol?  Any line. */
int negotiate_media(struct plan *p, struct line *l);
/* Direction, rtcp-mux, feedback. */
int negotiate_transport(struct plan *p, struct line *l);

/* ---- negotiate_running.c ---- */

/* What an offer in a talk that goes on would take from both they keep until it is answered. */
void negotiate_hold_back(struct plan *p, struct line *l);
/* Of L, in the answer, what has waited for it is asked for.  Or: nothing waits any more. */
void negotiate_catch_up(struct line *l);
void negotiate_forget_held(struct line *l);

/* ---- negotiate_origin.c ---- */

/* o=, s= and the attributes of the session. */
int negotiate_origin(struct plan *p);

/* ---- negotiate_publish.c: FROM, which is TO, is alone ---- */

/* A line, whether it is there or not, and what FROM is answered. */
int negotiate_published(struct plan *p, struct line *l);
/* The session around them. */
int negotiate_publisher(struct plan *p);
