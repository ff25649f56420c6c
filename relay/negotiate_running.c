/* SPDX-License-Identifier: Apache-2.0
 *
 * A new offer to parties that talk already.  NG is not told when it is rejected, and then all
 * is as if it had not been made (RFC 3261 section 14.1); before it is answered, who has made
 * it takes the old as well as the new (RFC 3264 section 8.3).  So what it would take from
 * them waits for the answer: that a stream, its codecs, its SRTP or its kind end, and that its
 * maker is on hold.  What it adds counts at once: where its maker is, a newer key, who is no
 * longer on hold, another stream. */
#include "relay/negotiate_inside.h"

/* What a party does that does A, B or both. */
static uint8_t
either(uint8_t a, uint8_t b)
{
	bool send = negotiate_sends(a) || negotiate_sends(b),
	     receive = negotiate_receives(a) || negotiate_receives(b);

	return send ? (receive ? REQUEST_SENDRECV : REQUEST_SENDONLY)
		    : (receive ? REQUEST_RECVONLY : REQUEST_INACTIVE);
}

static void
hold_direction(const struct plan *p, struct line *l)
{
	uint8_t is = negotiate_stream(p, p->from, l->n)->direction,
		said = l->from_asked->direction, both = either(is, said);

	if (both == said)
		return;
	l->from->direction = 1u + said;
	l->from_asked->direction = both;
}

/* Whom its packets are believed to be of follows from whether they are SRTP. */
static void
hold_source(const struct plan *p, struct line *l)
{
	const uint32_t source = REQUEST_HAS_SOURCE | REQUEST_HAS_LATCH_MS;
	bool is_secure = negotiate_stream(p, p->from, l->n)->keys != NULL;

	l->to_asked->has &= ~source;
	if (is_secure != ((l->from->marks & MEMO_SECURE) != 0))
		l->from_asked->has &= ~source;
}

/* How FROM speaks the T.38 that is to be decoded is said here alone, and is nothing to who has
 * none yet. */
static uint32_t
fax_terms(const struct line *l)
{
	bool decoded = l->fax && !protocol_is_rtp(l->in->protocol);

	return decoded ? l->from_asked->has & REQUEST_HAS_FAX : 0;
}

void
negotiate_hold_back(struct plan *p, struct line *l)
{
	const uint32_t agreed = REQUEST_HAS_MEDIA | REQUEST_HAS_FORMATS | REQUEST_HAS_MUX |
				REQUEST_HAS_AVPF | REQUEST_HAS_CLOSED | REQUEST_HAS_FAX;

	if (!l->relayed) {
		l->from_asked->has = l->to_asked->has = 0;
		return;
	}
	l->from_asked->has &= ~agreed | fax_terms(l);
	l->to_asked->has &= ~agreed;
	hold_direction(p, l);
	hold_source(p, l);
}

void
negotiate_forget_held(struct line *l)
{
	const struct slice none = {NULL, 0};

	l->from->direction = l->to->direction = 0;
	l->from->crypto = l->to->crypto = none;
}

void
negotiate_catch_up(struct line *l)
{
	if (l->relayed && l->to->direction != 0) {
		l->to_asked->direction = (uint8_t)(l->to->direction - 1);
		l->to_asked->has |= REQUEST_HAS_DIRECTION;
	}
	negotiate_forget_held(l);
}
