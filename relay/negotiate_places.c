/* SPDX-License-Identifier: Apache-2.0
 *
 * The second half of a negotiation: where TO is told to send, now that our ports are known.
 * RFC 3264 section 8; RFC 3605. */
#include <sys/socket.h>

#include "control/ip_text.h"
#include "relay/negotiate_inside.h"

/* Of a leg that was never placed, for nothing of it is relayed: none. */
static struct sdp_connection
connection(const struct sw_addr *addr, struct arena *a)
{
	char text[IP_TEXT];

	if (addr->family == 0)
		return (struct sdp_connection){
			.family = SLICE("IP4"), .address = SLICE("0.0.0.0")};
	return (struct sdp_connection){
		.family = addr->family == AF_INET6 ? SLICE("IP6") : SLICE("IP4"),
		.address = arena_copy(a, slice_of(ip_text(addr->family, addr->ip, text))),
	};
}

struct sdp_connection
negotiate_ours(const struct ng_request *r, const struct leg *to, struct arena *a)
{
	struct slice asked = r->media_address;
	struct request_addr addr;

	if (asked.at != NULL && negotiate_read_address(asked, &addr) == 0)
		return (struct sdp_connection){
			.family = addr.family == AF_INET6 ? SLICE("IP6") : SLICE("IP4"),
			.address = negotiate_unbracketed(asked)};
	return connection(to->advertised != NULL ? to->advertised : &to->local, a);
}

struct slice
negotiate_rtcp(const struct ng_request *r, unsigned port, const struct sdp_connection *c,
	struct arena *a)
{
	if (ng_has(r, NG_NO_RTCP_ATTRIBUTE))
		return (struct slice){NULL, 0};
	return ng_has(r, NG_FULL_RTCP_ATTRIBUTE)
		       ? arena_print(a, "%u IN %.*s %.*s", port, (int)c->family.len,
				 c->family.at, (int)c->address.len, c->address.at)
		       : arena_decimal(a, port);
}

static void
print_rtcp(struct plan *p, struct line *l, uint16_t port, const struct sdp_connection *c)
{
	unsigned rtcp = l->to->marks & MEMO_MUX ? port : port + 1u;

	l->out->rtcp_text = (struct slice){NULL, 0};
	if (protocol_is_rtp(l->to->protocol))
		l->out->rtcp_text = negotiate_rtcp(p->request, rtcp, c, p->arena);
}

/* The same places, if it is offered. */
static void
print_twin(const struct line *l, const struct sdp_connection *zero)
{
	bool refused = l->twin->port == 0;

	l->twin->port = refused ? 0 : l->out->port;
	l->twin->ports = 1;
	l->twin->connection = refused ? *zero : l->out->connection;
	l->twin->rtcp_text = l->out->rtcp_text;
}

static void
print_line(struct plan *p, struct line *l, const struct leg *to,
	const struct sdp_connection *ours, const struct sdp_connection *zero)
{
	if (l->out == NULL)
		return;
	if (l->relayed) {
		uint16_t port = to->stream[l->n].port;

		l->out->port = port;
		l->out->ports = 1;
		l->out->connection = l->zero ? *zero : *ours;
		print_rtcp(p, l, port, l->zero ? zero : ours);
	} else if (l->from->marks & MEMO_PASSED) {
		l->out->connection = *sdp_connection_of(p->n->in, l->in);
	} else {
		l->out->connection = *zero;
	}
}

int
negotiate_places(struct plan *p, const struct leg *to)
{
	struct sdp_connection ours = negotiate_ours(p->request, to, p->arena), zero;

	if (ours.address.at == NULL)
		return plan_no_memory(p);
	zero = (struct sdp_connection){.family = ours.family,
		.address = slice_is(ours.family, "IP6") ? SLICE("::") : SLICE("0.0.0.0")};
	for (unsigned i = 0; i < p->lines; i++) {
		print_line(p, &p->line[i], to, &ours, &zero);
		if (p->line[i].twin != NULL)
			print_twin(&p->line[i], &zero);
	}
	if (p->n->alone || ng_replaces(p->request, NG_REPLACE_ORIGIN) ||
		ng_replaces(p->request, NG_REPLACE_ORIGIN_FULL)) {
		p->out.origin.family = ours.family;
		p->out.origin.address = ours.address;
	}
	return 0;
}
