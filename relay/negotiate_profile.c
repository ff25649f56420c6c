/* SPDX-License-Identifier: Apache-2.0
 *
 * Is a line SRTP to either of its parties?  By its profile, or by keys under a plain one (RFC
 * 8643), or by two m= lines, one of either (negotiate_twins.c).  Which keys:
 * negotiate_crypto.c.
 */
#include <string.h>

#include "control/sdes.h"
#include "relay/negotiate_inside.h"

bool
negotiate_has_key(const struct plan *p, const struct sdp_media *m)
{
	struct sdes_key k;
	bool has = sdes_choose(m, p->request, &k) >= 0;

	explicit_bzero(&k, sizeof k);
	return has;
}

static bool
is_accepted(const struct plan *p)
{
	return (p->request->osrtp & NG_OSRTP_ACCEPT_RFC) != 0;
}

bool
negotiate_is_settled_plain(const struct memo_line *was)
{
	return was != NULL && !(was->marks & (MEMO_SECURE | MEMO_CLOSED));
}

/* SRTP under a plain profile may be offered by anybody who does not speak plain RTP already,
 * and answered by who was offered it. */
static bool
may_be_best_effort(const struct plan *p, const struct line *l)
{
	if (p->n->answer)
		return is_accepted(p) || (l->from->marks & MEMO_OSRTP);
	if (p->request->sdes & NG_SDES_OFF)
		return false;
	return is_accepted(p) || !negotiate_is_settled_plain(l->from_was);
}

bool
negotiate_speaks_srtp(const struct plan *p, const struct line *l)
{
	int bits = protocol_of(l->in->protocol);

	if (!(bits & PROTOCOL_RTP))
		return false;
	if (bits & PROTOCOL_SECURE)
		return true;
	return may_be_best_effort(p, l) && negotiate_has_key(p, l->in);
}

/* ---- How TO is offered it. ---- */

bool
negotiate_suites(
	const struct plan *p, const struct line *l, bool from_secure, struct sdes_list *list)
{
	sdes_offer(list, from_secure ? l->in : NULL, p->request);
	return list->n > 0 && !(p->request->sdes & NG_SDES_OFF);
}

/* Is TO to be offered SRTP under the plain profile: as asked; or because it speaks it already,
 * for nobody is put back to plain RTP by a flag that was forgotten; or as FROM offers it? */
static bool
is_best_effort(const struct plan *p, const struct line *l)
{
	const uint32_t spoken = MEMO_OSRTP | MEMO_SECURE;
	int bits = protocol_of(l->to->protocol);

	if (bits & PROTOCOL_DTLS)
		return false;
	if ((p->request->osrtp & NG_OSRTP_OFFER) || p->request->transport_protocol.at != NULL)
		return (p->request->osrtp & NG_OSRTP_OFFER) != 0;
	return (l->to->marks & spoken) == spoken ||
	       ((l->from->marks & MEMO_OSRTP_OPEN) && !(bits & PROTOCOL_SECURE));
}

/* The plain profile; OFFERED: with keys. */
static void
take_plain_profile(struct line *l, bool offered)
{
	l->to->marks &= ~(uint32_t)MEMO_OSRTP;
	if (offered)
		l->to->marks |= MEMO_OSRTP;
	l->to->protocol = l->out->protocol = protocol_with(l->to->protocol, false);
}

/* Is TO to be offered both, in two m= lines?  One that it has already keeps its place. */
static bool
may_have_twins(const struct plan *p, const struct line *l)
{
	if (!(p->request->osrtp & NG_OSRTP_OFFER_LEGACY) ||
		negotiate_is_settled_plain(l->to_was))
		return false;
	return l->to_was == NULL || (l->to_was->marks & MEMO_TWINS);
}

static void
take_twins(struct line *l)
{
	l->to->marks = (l->to->marks & ~(uint32_t)MEMO_OSRTP) | MEMO_TWINS;
	l->to->protocol = l->out->protocol = protocol_with(l->to->protocol, true);
}

void
negotiate_profile(const struct plan *p, struct line *l, bool from_secure)
{
	bool twins = may_have_twins(p, l);
	struct sdes_list list;

	if (!is_best_effort(p, l) && !twins)
		l->to->marks &= ~(uint32_t)MEMO_OSRTP;
	else if (!negotiate_suites(p, l, from_secure, &list))
		take_plain_profile(l, false);
	else if (is_best_effort(p, l))
		take_plain_profile(l, true);
	else
		take_twins(l);
}

/* ---- When the answer is to say whether it is. ---- */

/* FROM offers SRTP under a plain profile: is the answer to say whether that holds?  Not if the
 * last one has said that FROM speaks it, and the other party does not. */
static bool
is_open(const struct plan *p, const struct line *l)
{
	const uint32_t open = MEMO_SECURE | MEMO_OSRTP_OPEN;

	if (p->n->answer || is_accepted(p) || (protocol_of(l->in->protocol) & PROTOCOL_SECURE))
		return false;
	return l->from_was == NULL || (l->from_was->marks & open) != MEMO_SECURE ||
	       !negotiate_is_settled_plain(l->to_was);
}

void
negotiate_open_osrtp(const struct plan *p, struct line *l, bool secure)
{
	l->from->marks &= ~(uint32_t)MEMO_OSRTP_OPEN;
	if (secure && is_open(p, l))
		l->from->marks |= MEMO_OSRTP_OPEN;
}

bool
negotiate_close_osrtp(const struct plan *p, struct line *l, bool from_secure)
{
	bool was_open = (l->to->marks & MEMO_OSRTP_OPEN) != 0;

	l->to->marks &= ~(uint32_t)MEMO_OSRTP_OPEN;
	return !was_open || from_secure || is_accepted(p);
}
