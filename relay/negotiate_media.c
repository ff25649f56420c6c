/* SPDX-License-Identifier: Apache-2.0
 *
 * What an m= line is about: relayed, closed or none of our business; its protocol, direction,
 * rtcp-mux.  RFC 3264 section 5 to 8, RFC 5761 section 5.1, RFC 4585. */
#include <errno.h>

#include "relay/negotiate_inside.h"

/* ---- Relayed, closed, or passed on. ---- */

static enum request_media
media_of(const struct sdp_media *m)
{
	if (!protocol_is_rtp(m->protocol))
		return slice_is_nocase(m->type, "image") ? REQUEST_IMAGE : REQUEST_APPLICATION;
	return slice_is_nocase(m->type, "audio") ? REQUEST_AUDIO : REQUEST_VIDEO;
}

/* A line that its party has left out, or that it was not shown, comes back closed. */
static int
make_up(struct plan *p, struct line *l)
{
	struct sdp_media *m = l->out;

	*m = (struct sdp_media){
		.type = l->to->type, .protocol = l->to->protocol, .ports = 1, .direction = -1};
	m->formats = l->to->formats;
	m->format = arena_array(p->arena, m->formats + 1, sizeof *m->format);
	if (m->format == NULL)
		return plan_no_memory(p);
	for (size_t i = 0; i < m->formats; i++)
		m->format[i].text = l->to->format[i].is.text;
	if (m->formats == 0)
		m->format[m->formats++].text = SLICE("0");
	m->mid = l->to->mid;
	return 0;
}

static int
close_line(struct plan *p, struct line *l)
{
	uint32_t kept = MEMO_HIDDEN | MEMO_TWINS | MEMO_TWINS_SECURE_FIRST |
			MEMO_TWINS_PARTED | (p->n->answer ? MEMO_ABSENT : 0);
	uint32_t marks = MEMO_CLOSED;

	/* Which lines there are an offer says. */
	if (!p->n->answer && l->in == NULL && l->out == NULL &&
		!((l->from->marks | l->to->marks) & MEMO_HIDDEN))
		marks |= MEMO_ABSENT;
	l->from->marks = (l->from->marks & kept) | marks;
	l->to->marks = (l->to->marks & kept) | marks;
	/* If it comes again, then with other keys. */
	if (!negotiate_is_running(p, l)) {
		l->from->key = ++l->from->other_key;
		l->to->key = ++l->to->other_key;
		l->from->fax = l->to->fax = 0;
	}
	if (l->out != NULL && l->in != NULL && !negotiate_was_fax(l))
		l->out->port = 0;
	else if (l->out != NULL)
		return make_up(p, l);
	return 0;
}

/* Word of m= for who is answered: its own, or another that secures it as well as it asked. */
static struct slice
protocol_back(const struct plan *p, const struct line *l)
{
	struct slice asked = p->request->transport_protocol;
	int bits, own = protocol_of(l->to->protocol);

	if (slice_is(asked, "accept"))
		asked = l->in->protocol;
	bits = protocol_of(asked);
	return bits > 0 && ((bits ^ own) & (PROTOCOL_SECURE | PROTOCOL_DTLS)) == 0
		       ? asked
		       : l->to->protocol;
}

/* Word of m= for TO: as asked; else as TO was told before, so that what was asked then holds
 * until FROM changes its mind; else as FROM says. */
static struct slice
protocol_for(const struct plan *p, const struct line *l)
{
	int said = protocol_of(l->in->protocol);

	if (!(said & PROTOCOL_RTP))
		return l->in->protocol;
	if (p->n->answer)
		return protocol_back(p, l);
	if (protocol_of(p->request->transport_protocol) > 0)
		return p->request->transport_protocol;
	/* What is secured by SDES already need not shake hands, and we could not. */
	if (said & PROTOCOL_DTLS)
		return protocol_with(l->in->protocol, true);
	if (negotiate_was_fax(l)) /* one had T.38; who had sound was told by what */
		return protocol_is_rtp(l->to_was->protocol) ? l->to_was->protocol
							    : l->in->protocol;
	if (l->from_was != NULL && l->to_was != NULL && !(l->to_was->marks & MEMO_CLOSED) &&
		slice_equal_nocase(l->from_was->type, l->in->type) &&
		slice_equal_nocase(l->from_was->protocol, l->in->protocol))
		return l->to_was->protocol;
	return l->in->protocol;
}

static int
relay_line(struct plan *p, struct line *l)
{
	if (negotiate_fax(p, l) != 0)
		return -EINVAL;
	l->relayed = true;
	if (!l->fax)
		l->to->protocol = protocol_for(p, l);
	else if (p->n->answer)
		l->to->protocol = protocol_back(p, l);
	l->out->protocol = protocol_spelled(l->to->protocol);
	for (unsigned i = 0; i < 2; i++) {
		struct stream_request *s = i == 0 ? l->from_asked : l->to_asked;

		s->has |= REQUEST_HAS_MEDIA | REQUEST_HAS_CLOSED;
		s->media = media_of(i == 0 ? l->in : l->out);
		s->closed = 0;
	}
	return 0;
}

/* A party is told the mid that it has given the line itself, if it has. */
static void
name_line(struct plan *p, struct line *l)
{
	bool of_its_own = negotiate_was_fax(l) && l->in->port == 0;

	l->from->type = l->in->type;
	l->from->protocol = l->in->protocol;
	l->from->mid = l->in->mid;
	if ((!p->n->answer && !of_its_own) || l->to->type.at == NULL)
		l->to->type = l->in->type;
	if (l->to->protocol.at == NULL)
		l->to->protocol = l->in->protocol;
	if (l->out == NULL)
		return;
	if (p->n->answer || l->to->mid.len > 0)
		l->out->mid = l->to->mid;
}

/* A line for which the call has no stream left is refused to both. */
static bool
is_too_many(struct plan *p, const struct line *l)
{
	bool over = l->in->port != 0 && l->from_asked == NULL && !negotiate_is_foreign(p, l);

	p->n->too_many |= over;
	return over;
}

int
negotiate_media(struct plan *p, struct line *l)
{
	const uint32_t now = MEMO_CLOSED | MEMO_PASSED | MEMO_ABSENT;

	if (l->in != NULL)
		name_line(p, l);
	if (negotiate_is_removed(p, l)) {
		l->to->marks |= MEMO_HIDDEN;
		return 0;
	}
	if (l->in == NULL || l->in->port == 0 || l->out == NULL || is_too_many(p, l))
		return close_line(p, l);
	l->from->marks &= ~now;
	l->to->marks &= ~now;
	if (!negotiate_is_foreign(p, l))
		return relay_line(p, l);
	l->from->marks |= MEMO_PASSED;
	l->to->marks |= MEMO_PASSED;
	negotiate_end_fax(p, l);
	l->to->protocol = l->in->protocol;
	return 0;
}

/* ---- Of what is relayed. ---- */

/* May FROM's RTCP come on its RTP port, and TO's?  An offer of it goes on to TO unless told
 * otherwise; what TO answers is then what FROM gets, unless that was told, too. */
static void
offer_mux(struct plan *p, struct line *l)
{
	unsigned asked = p->request->rtcp_mux;
	bool said = l->in->rtcp_mux, tell;

	tell = (said && !(asked & NG_MUX_DEMUX)) || (asked & (NG_MUX_OFFER | NG_MUX_REQUIRE));
	l->from->marks &= ~(uint32_t)MEMO_MUX_SAID;
	if (said && !(asked & NG_MUX_REJECT))
		l->from->marks |= MEMO_MUX_SAID;
	else
		l->from->marks &= ~(uint32_t)MEMO_MUX;
	if (said && (asked & (NG_MUX_DEMUX | NG_MUX_ACCEPT)))
		l->from->marks |= MEMO_MUX;
	l->to->marks = tell ? l->to->marks | MEMO_MUX_TOLD
			    : l->to->marks & ~(uint32_t)(MEMO_MUX_TOLD | MEMO_MUX);
	if (asked & NG_MUX_REQUIRE)
		l->to->marks |= MEMO_MUX;
}

static void
answer_mux(struct plan *p, struct line *l)
{
	const unsigned take = NG_MUX_REQUIRE | NG_MUX_ACCEPT | NG_MUX_DEMUX;
	bool agreed = l->in->rtcp_mux && (l->from->marks & MEMO_MUX_TOLD);

	l->from->marks =
		agreed ? l->from->marks | MEMO_MUX : l->from->marks & ~(uint32_t)MEMO_MUX;
	if (!(l->to->marks & MEMO_MUX_SAID) || (p->request->rtcp_mux & NG_MUX_REJECT))
		l->to->marks &= ~(uint32_t)MEMO_MUX;
	else if (agreed || (p->request->rtcp_mux & take))
		l->to->marks |= MEMO_MUX;
}

static void
take_mux(struct plan *p, struct line *l)
{
	if (p->n->answer)
		answer_mux(p, l);
	else
		offer_mux(p, l);
	l->out->rtcp_mux = l->to->marks & (p->n->answer ? MEMO_MUX : MEMO_MUX_TOLD);
	l->out->rtcp_mux_only = false;
	l->from_asked->rtcp_mux = (l->from->marks & MEMO_MUX) != 0;
	l->to_asked->rtcp_mux = (l->to->marks & MEMO_MUX) != 0;
	l->from_asked->has |= REQUEST_HAS_MUX;
	l->to_asked->has |= REQUEST_HAS_MUX;
}

/* UDPTL has no RTCP. */
static void
drop_mux(struct memo_line *m, struct stream_request *s)
{
	if (protocol_is_rtp(m->protocol))
		return;
	m->marks &= ~(uint32_t)(MEMO_MUX | MEMO_MUX_SAID | MEMO_MUX_TOLD);
	s->rtcp_mux = 0;
}

static void
take_fax_mux(struct plan *p, struct line *l)
{
	take_mux(p, l);
	drop_mux(l->from, l->from_asked);
	drop_mux(l->to, l->to_asked);
	if (!protocol_is_rtp(l->to->protocol))
		l->out->rtcp_mux = false;
}

/* A party without feedback in its profile gets none from one that has it in its own. */
static void
take_feedback(struct line *l)
{
	bool from = protocol_of(l->from->protocol) & PROTOCOL_FEEDBACK;
	bool to = protocol_of(l->to->protocol) & PROTOCOL_FEEDBACK;

	l->from_asked->avpf = from || !to;
	l->to_asked->avpf = to || !from;
	l->from_asked->has |= REQUEST_HAS_AVPF;
	l->to_asked->has |= REQUEST_HAS_AVPF;
}

/* Who can not be sent to sends only, however it says so: RFC 3264 section 8.4. */
static void
take_direction(struct plan *p, struct line *l)
{
	const struct sdp_connection *c = sdp_connection_of(p->n->in, l->in);
	int said = l->in->direction >= 0 ? l->in->direction : REQUEST_SENDRECV;
	int real = said;

	if (c->zero)
		real = said == REQUEST_SENDRECV   ? REQUEST_SENDONLY
		       : said == REQUEST_RECVONLY ? REQUEST_INACTIVE
						  : said;
	l->from_asked->direction = (uint8_t)real;
	l->from_asked->has |= REQUEST_HAS_DIRECTION;
	l->out->direction = ng_has(p->request, NG_ORIGINAL_SENDRECV) ? said : real;
}

/* What a party sends goes where it should, nowhere, or back. */
enum fate { FATE_PASS, FATE_DROP, FATE_ECHO };

static void
ask_fate(struct stream_request *s, enum fate fate)
{
	s->block = fate == FATE_DROP;
	s->echo = fate == FATE_ECHO;
	s->has |= REQUEST_HAS_BLOCK | REQUEST_HAS_ECHO;
}

/* drop-traffic and media-echo: both keep their ports, and do not hear each other. */
static void
take_fate(const struct plan *p, struct line *l)
{
	static const struct {
		uint8_t from, to;
	} echoes[NG_ECHOES] =
		{
			[NG_ECHO_BLACKHOLE] = {FATE_DROP, FATE_DROP},
			[NG_ECHO_FORWARD] = {FATE_DROP, FATE_ECHO},
			[NG_ECHO_BACKWARDS] = {FATE_ECHO, FATE_DROP},
			[NG_ECHO_BOTH] = {FATE_ECHO, FATE_ECHO},
		},
	  drops[] = {[NG_OFF] = {FATE_PASS, FATE_PASS}, [NG_ON] = {FATE_DROP, FATE_DROP}};
	unsigned echo = p->request->echo, drop = p->request->drop_traffic;

	if (echo == NG_ECHO_UNSET && drop == NG_UNSET)
		return;
	ask_fate(l->from_asked, echo != NG_ECHO_UNSET ? echoes[echo].from : drops[drop].from);
	ask_fate(l->to_asked, echo != NG_ECHO_UNSET ? echoes[echo].to : drops[drop].to);
}

int
negotiate_transport(struct plan *p, struct line *l)
{
	take_fate(p, l);
	take_direction(p, l);
	take_feedback(l);
	if (l->fax)
		take_fax_mux(p, l);
	else if (protocol_is_rtp(l->from->protocol))
		take_mux(p, l);
	else if (l->in->direction < 0)
		l->out->direction = -1;
	return 0;
}
