/* SPDX-License-Identifier: Apache-2.0
 *
 * Best-effort SRTP as it was before RFC 8643: a medium stands in two m= lines, one of RTP and
 * one of SRTP, of which the other party refuses one.  To us they are one line, of which its
 * party is told twice. */
#include "relay/negotiate_inside.h"

static bool
is_secure(const struct sdp_media *m)
{
	return (protocol_of(m->protocol) & PROTOCOL_SECURE) != 0;
}

static bool
are_twins(const struct sdp_media *a, const struct sdp_media *b)
{
	int one = protocol_of(a->protocol), other = protocol_of(b->protocol);

	return one > 0 && other > 0 && (one & other & PROTOCOL_RTP) &&
	       !((one | other) & PROTOCOL_DTLS) && ((one ^ other) & PROTOCOL_SECURE) &&
	       slice_equal_nocase(a->type, b->type);
}

/* Of what the party is known to have two of, one may have become something else (T.38). */
static bool
is_one_refused(const struct sdp_media *a, const struct sdp_media *b)
{
	return (a->port == 0 || b->port == 0) && slice_equal_nocase(a->type, b->type);
}

unsigned
negotiate_sections(const struct plan *p, unsigned n, unsigned i)
{
	const struct memo_side *was = &p->was.side[p->from];
	const struct sdp_media *m = &p->n->in->media[i];
	bool known = n < was->lines && (was->line[n].marks & MEMO_TWINS);
	bool may = known || (!p->n->answer && (p->request->osrtp & NG_OSRTP_ACCEPT_LEGACY));

	if (!may || i + 1 >= p->n->in->medias)
		return 1;
	if (known && is_one_refused(m, m + 1))
		return 2;
	if (!are_twins(m, m + 1))
		return 1;
	/* Two that are offered at one port are one. */
	return known || (m->port == m[1].port && m->port != 0) ? 2 : 1;
}

enum { ALL_TWINS = MEMO_TWINS | MEMO_TWINS_SECURE_FIRST | MEMO_TWINS_PARTED };

/* FROM has something else in place of two, if it had them. */
static void
part(const struct plan *p, struct memo_line *from)
{
	bool waits = !p->n->answer && !p->n->alone && (from->marks & MEMO_TWINS);

	from->marks =
		waits ? from->marks | MEMO_TWINS_PARTED : from->marks & ~(uint32_t)ALL_TWINS;
}

unsigned
negotiate_section(const struct plan *p, struct line *l, unsigned i, unsigned sections)
{
	const struct sdp_media *m = &p->n->in->media[i];
	unsigned secure;

	if (sections < 2) {
		part(p, l->from);
		return i;
	}
	secure = is_secure(m) ? 0 : 1;
	l->from->marks &= ~(uint32_t)ALL_TWINS;
	l->from->marks |= MEMO_TWINS | (secure == 0 ? MEMO_TWINS_SECURE_FIRST : 0);
	return i +
	       (m[secure].port != 0 && negotiate_has_key(p, &m[secure]) ? secure : 1 - secure);
}

void
negotiate_part_twins(const struct plan *p, struct line *l)
{
	uint32_t ended = p->n->answer && (l->to->marks & MEMO_TWINS_PARTED)
				 ? ALL_TWINS
				 : MEMO_TWINS_PARTED;

	l->to->marks &= ~ended;
}

/* What stands beside OUT, which TO may use instead while it is offered both. */
static void
make_twin(const struct plan *p, struct line *l)
{
	struct sdp_media *t = l->twin;
	bool both = !p->n->answer && l->relayed && is_secure(l->out) &&
		    (p->request->osrtp & NG_OSRTP_OFFER_LEGACY);

	*t = *l->out;
	t->protocol = protocol_with(t->protocol, !is_secure(t));
	t->crypto = NULL;
	t->cryptos = 0;
	t->mid = (struct slice){NULL, 0};
	t->bundle_only = false;
	if (!both)
		t->port = 0;
}

static bool
are_any(const struct plan *p)
{
	for (unsigned i = 0; i < p->lines; i++)
		if (p->line[i].to->marks & MEMO_TWINS)
			return true;
	return false;
}

int
negotiate_twins(struct plan *p)
{
	struct sdp_media *all;
	size_t n = 0;

	if (!are_any(p))
		return 0;
	if ((all = arena_array(p->arena, 2 * p->out.medias, sizeof *all)) == NULL)
		return plan_no_memory(p);
	for (unsigned i = 0; i < p->lines; i++) {
		struct line *l = &p->line[i];
		bool secure_first = (l->to->marks & MEMO_TWINS_SECURE_FIRST) != 0;
		unsigned at, twins = l->to->marks & MEMO_TWINS ? 1 : 0;

		if (l->out == NULL)
			continue;
		at = twins && is_secure(l->out) != secure_first ? 1 : 0;
		all[n + at] = *l->out;
		l->out = &all[n + at];
		if (twins) {
			l->twin = &all[n + 1 - at];
			make_twin(p, l);
		}
		n += 1 + twins;
	}
	if (n > SDP_MEDIA)
		return plan_fail(p, "Too many media");
	p->out.media = all;
	p->out.medias = n;
	return 0;
}
