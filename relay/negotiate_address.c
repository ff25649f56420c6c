/* SPDX-License-Identifier: Apache-2.0
 *
 * Where parties are, which of our ports they get for it, and whom we listen to: received-from,
 * zero addresses, who moves.  RFC 3264 section 8; RFC 3605. */
#include <string.h>

#include "relay/negotiate_inside.h"

enum { LEARN_MS = 3000 }; /* as long as rtpengine looks for the best source */

/* Whom we take for the party of M; by the words of endpoint-learning, or the older flags. */
static enum request_source
source_for(const struct plan *p, const struct memo_line *m)
{
	static const uint8_t learned[] = {
		[NG_LEARN_DEFAULT] = REQUEST_BEST,
		[NG_LEARN_DELAYED] = REQUEST_NEWEST,
		[NG_LEARN_IMMEDIATE] = REQUEST_LATCH,
		[NG_LEARN_OFF] = REQUEST_ANY,
		[NG_LEARN_HEURISTIC] = REQUEST_BEST,
	};

	/* Who authenticates is who it is, wherever it sends from. */
	if (m->marks & MEMO_SECURE)
		return REQUEST_AUTO;
	if (ng_has(p->request, NG_ASYMMETRIC))
		return REQUEST_ANY;
	return learned[p->request->learning];
}

/* Does TO keep its port, wherever FROM is?  While they talk it does: were the offer rejected,
 * TO would go on sending to the port that it has, and we would not learn of that. */
static bool
is_port_kept(const struct plan *p, const struct line *l)
{
	return ng_has(p->request, NG_PORT_LATCHING) ||
	       (negotiate_is_running(p, l) && !ng_has(p->request, NG_NO_PORT_LATCHING));
}

/* Has FROM gone from where it was, so that what comes to TO's old port belongs to the past? */
static bool
has_moved(const struct plan *p, const struct line *l, const struct request_addr *to)
{
	const struct stream *s = negotiate_stream(p, p->from, l->n);

	if (s == NULL || s->remote.family == 0 || is_port_kept(p, l))
		return false;
	if (to->family == 0)
		return s->remote.port != to->port;
	return s->remote.family != to->family || s->remote.port != to->port ||
	       memcmp(s->remote.ip, to->ip, sizeof to->ip) != 0;
}

static void
reopen(struct stream_request *s, struct memo_line *m)
{
	s->reopen = 1;
	m->key = ++m->other_key;
}

/* Has LEG line N already, and changes to another address? */
static bool
is_replaced(const struct plan *p, unsigned leg, unsigned n)
{
	return negotiate_stream(p, leg, n) != NULL && negotiate_leg_changes(p, leg);
}

/* Whose port is not to stay? */
static void
reopen_moved(const struct plan *p, struct line *l, const struct request_addr *a)
{
	if (has_moved(p, l, a) || is_replaced(p, p->to, l->n))
		reopen(l->to_asked, l->to);
	if (is_replaced(p, p->from, l->n))
		reopen(l->from_asked, l->from);
}

/* Can A be sent to from the address that FROM's leg has, or is to have? */
static bool
is_in_reach(const struct plan *p, const struct request_addr *a)
{
	uint16_t family = negotiate_family(p, p->from);

	if (!request_addr_is_usable(a))
		return false;
	return family != 0 ? a->family == family
			   : negotiate_has_address(p->n->node, p->n->conf,
				     p->asked->leg[p->from].interface, a->family);
}

/* Of the first of the call's streams that was asked for one; -1: none was. */
static int
dscp_of_call(const struct call *c)
{
	for (unsigned i = 0; c != NULL && i < c->legs; i++)
		for (unsigned j = 0; j < c->leg[i].streams; j++)
			if (c->leg[i].stream[j].dscp != CALL_DSCP_BY_MEDIA)
				return c->leg[i].stream[j].dscp;
	return -1;
}

/* A line that was not relayed before has what its call has, else what the configuration says;
 * others stay as they are.  -1: nobody says one. */
static int
dscp_for(const struct plan *p, const struct line *l)
{
	int64_t tos = p->request->tos;
	int dscp;

	if (tos >= 0 && tos <= UINT8_MAX)
		return (int)(tos >> 2);
	if (l->from_was != NULL && !(l->from_was->marks & (MEMO_CLOSED | MEMO_PASSED)))
		return -1;
	dscp = dscp_of_call(p->n->call);
	return dscp < 0 && p->n->usual_tos != 0 ? p->n->usual_tos >> 2 : dscp;
}

static void
take_dscp(const struct plan *p, struct line *l)
{
	int dscp = dscp_for(p, l);

	if (dscp < 0)
		return;
	l->from_asked->dscp = l->to_asked->dscp = (uint8_t)dscp;
	l->from_asked->has |= REQUEST_HAS_DSCP;
	l->to_asked->has |= REQUEST_HAS_DSCP;
}

/* TO is told of a zero address as FROM tells it, but where that is to be hidden; once told, it
 * is so until FROM has an address again. */
static void
take_zero(const struct plan *p, struct line *l, bool zero)
{
	if (!zero)
		l->to->marks &= ~(uint32_t)MEMO_ZERO;
	else if (!ng_replaces(p->request, NG_REPLACE_ZERO_ADDRESS))
		l->to->marks |= MEMO_ZERO;
	l->zero = (l->to->marks & MEMO_ZERO) != 0;
}

/* One port pair of ours has one family, so an address of the other is none.  Behind the last
 * port there is none: who has no other gets its RTCP where it gets its RTP. */
void
negotiate_take_rtcp(
	struct stream_request *s, const struct sdp_media *m, bool mux, bool believed)
{
	const struct request_addr *a = &m->rtcp.addr;

	s->rtcp_port = mux ? 0 : (uint16_t)m->rtcp_port;
	if (s->rtcp_port == 0 && s->remote.port == UINT16_MAX)
		s->rtcp_port = UINT16_MAX;
	if (!mux && believed && a->family == s->remote.family && request_addr_is_usable(a))
		s->rtcp = *a;
}

/* A, of a party that says no address, is the one that it had, at the port that it says: so who
 * says that again has not moved again. */
static void
stay(const struct plan *p, const struct line *l, struct request_addr *a)
{
	const struct stream *s = negotiate_stream(p, p->from, l->n);

	if (s == NULL)
		return;
	a->family = s->remote.family;
	memcpy(a->ip, s->remote.ip, sizeof a->ip);
}

int
negotiate_remote(struct plan *p, struct line *l)
{
	struct request_addr a = negotiate_address_of(p, l->in), received;
	struct stream_request *s = l->from_asked;
	bool zero = sdp_connection_of(p->n->in, l->in)->zero &&
		    !negotiate_is_received(p, &received);

	take_zero(p, l, zero);
	take_dscp(p, l);
	if (zero)
		a.family = 0;
	reopen_moved(p, l, &a);
	if (zero)
		stay(p, l, &a);
	if (!is_in_reach(p, &a))
		return 0;
	s->remote = a;
	negotiate_take_rtcp(s, l->in, l->in->rtcp_mux, !negotiate_is_received(p, &received));
	s->has |= REQUEST_HAS_REMOTE;
	return 0;
}

static void
ask_source(const struct plan *p, const struct memo_line *m, struct stream_request *s)
{
	s->source = (uint8_t)source_for(p, m);
	s->latch_ms = LEARN_MS;
	s->has |= REQUEST_HAS_SOURCE | REQUEST_HAS_LATCH_MS;
}

/* Has FROM said where it is, and can it not be sent to there?  Then it is met only where it
 * sends from, however late it begins. */
static bool
is_out_of_reach(const struct plan *p, const struct line *l)
{
	struct request_addr a = negotiate_address_of(p, l->in);

	return request_addr_is_usable(&a) && !is_in_reach(p, &a);
}

/* The first one who sends is who it is: nobody can be more like an address that nothing comes
 * from, and the last one within so long a time might be anybody. */
static void
ask_source_of_from(const struct plan *p, const struct line *l)
{
	struct stream_request *s = l->from_asked;

	ask_source(p, l->from, s);
	if (!call_learns(s->source) || !is_out_of_reach(p, l))
		return;
	s->source = REQUEST_LATCH;
	s->latch_ms = REQUEST_LATCH_MAX;
}

/* Does M's party speak SRTP from now on, and S does not, or the other way round? */
static bool
is_other_keying(const struct memo_line *m, const struct stream *s)
{
	return (s->keys != NULL) != ((m->marks & MEMO_SECURE) != 0);
}

/* Is S one whose party is still to be learned?  Early media that has come is not cut off. */
static bool
is_unlearned(const struct stream *s)
{
	return s != NULL && call_learns(s->source) &&
	       call_seen(s)->latched_at != s->relatch + 1;
}

int
negotiate_source(struct plan *p, struct line *l)
{
	const struct stream *to = negotiate_stream(p, p->to, l->n);

	/* Who is still to answer may be heard before that. */
	if (to == NULL || is_other_keying(l->to, to))
		ask_source(p, l->to, l->to_asked);
	ask_source_of_from(p, l);
	l->from_asked->relatch = 1;
	/* Who only listens is never heard, and would wait for ever. */
	l->from_asked->wait =
		ng_has(p->request, NG_NAT_WAIT) && negotiate_sends(l->from_asked->direction);
	l->from_asked->pierce = ng_has(p->request, NG_PIERCE_NAT);
	l->from_asked->has |= REQUEST_HAS_WAIT | REQUEST_HAS_PIERCE;
	/* Who has offered, and rung for long, may begin with the answer. */
	if (p->n->answer && is_unlearned(to))
		l->to_asked->relatch = 1;
	return 0;
}
