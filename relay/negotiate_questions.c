/* SPDX-License-Identifier: Apache-2.0
 *
 * What can be asked of a request, a plan and its lines, and changes nothing of them. */
#include "relay/negotiate_inside.h"

const char negotiate_no_dtls[] = "Not supported yet: DTLS";

const char *
negotiate_refusal(const struct ng_request *r)
{
	int asked = protocol_of(r->transport_protocol);

	if (r->ice == NG_ICE_FORCE || r->ice == NG_ICE_OPTIONAL ||
		r->ice == NG_ICE_FORCE_RELAY || ng_has(r, NG_FRAGMENT))
		return "Not supported yet: ICE";
	if (ng_has(r, NG_WEBRTC) || (asked > 0 && (asked & PROTOCOL_DTLS)))
		return negotiate_no_dtls;
	return NULL;
}

/* ---- Legs, and their streams. ---- */

const struct stream *
negotiate_stream(const struct plan *p, unsigned leg, unsigned n)
{
	const struct call *c = p->n->call;

	return c != NULL && leg < c->legs && n < c->leg[leg].streams ? &c->leg[leg].stream[n]
								     : NULL;
}

/* Of the address that LEG has; 0: none yet. */
static uint16_t
family_of_leg(const struct plan *p, unsigned leg)
{
	const struct call *c = p->n->call;

	return c != NULL && leg < c->legs ? c->leg[leg].local.family : 0;
}

uint16_t
negotiate_family(const struct plan *p, unsigned leg)
{
	uint16_t changes = p->asked->leg[leg].family;

	return changes != 0 ? changes : family_of_leg(p, leg);
}

bool
negotiate_leg_changes(const struct plan *p, unsigned leg)
{
	return family_of_leg(p, leg) != 0 && p->asked->leg[leg].family != 0;
}

/* ---- Where FROM is. ---- */

bool
negotiate_is_received(const struct plan *p, struct request_addr *a)
{
	return ng_has(p->request, NG_SIP_SOURCE_ADDRESS) &&
	       negotiate_read_address(p->request->received_from, a) == 0;
}

struct request_addr
negotiate_address_of(const struct plan *p, const struct sdp_media *m)
{
	struct request_addr a;

	if (!negotiate_is_received(p, &a))
		a = sdp_connection_of(p->n->in, m)->addr;
	a.port = (uint16_t)m->port;
	return a;
}

/* ---- Lines. ---- */

bool
negotiate_is_foreign(const struct plan *p, const struct line *l)
{
	if (p->n->answer && l->to_was != NULL && (l->to_was->marks & MEMO_PASSED))
		return true;
	return slice_is_nocase(l->in->type, "message") || protocol_of(l->in->protocol) < 0;
}

bool
negotiate_is_removed(const struct plan *p, const struct line *l)
{
	const struct ng_list *types = &p->request->media_remove;

	if (p->n->answer || l->in == NULL || l->to_was != NULL)
		return false;
	for (size_t i = 0; i < types->n; i++)
		if (slice_equal_nocase(types->at[i], l->in->type) ||
			(slice_is_nocase(types->at[i], "other") &&
				media_known(l->in->type) == NULL))
			return true;
	return false;
}

bool
negotiate_is_running(const struct plan *p, const struct line *l)
{
	const struct stream *from = negotiate_stream(p, p->from, l->n);
	const struct stream *to = negotiate_stream(p, p->to, l->n);

	if (p->n->answer || p->n->alone)
		return false;
	return from != NULL && to != NULL && !from->closed && !to->closed &&
	       l->from_was != NULL && l->from_was->formats > 0 && l->to_was != NULL &&
	       l->to_was->formats > 0 && !negotiate_leg_changes(p, p->from) &&
	       !negotiate_leg_changes(p, p->to);
}

bool
negotiate_was_fax(const struct line *l)
{
	return l->from_was != NULL && l->to_was != NULL &&
	       (l->from_was->fax & l->to_was->fax & MEMO_FAX_GATEWAY);
}

bool
negotiate_is_own(const struct line *l)
{
	return l->from_was != NULL && l->from_was->own != 0;
}
