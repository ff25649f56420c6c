/* SPDX-License-Identifier: Apache-2.0
 *
 * On which interface a party's leg is, and of which address family: one that the client
 * says, else that of the address that the offerer has. */
#include "relay/config_names.h"
#include "relay/negotiate_inside.h"

/* Is L one that is to be relayed, as far as can be told before the lines are planned? */
static bool
is_relayed(const struct plan *p, const struct line *l)
{
	return l->in != NULL && l->in->port != 0 && l->out != NULL &&
	       !negotiate_is_foreign(p, l);
}

/* The address family of the first line of FROM's that is somewhere; CAN_HEAR: that can be sent
 * to.  0: there is none. */
static uint16_t
family_of_sdp(const struct plan *p, bool can_hear)
{
	for (unsigned i = 0; i < p->lines; i++) {
		const struct line *l = &p->line[i];
		struct request_addr a = {0};

		if (is_relayed(p, l))
			a = negotiate_address_of(p, l->in);
		if (a.family != 0 && (!can_hear || request_addr_is_usable(&a)))
			return a.family;
	}
	return 0;
}

bool
negotiate_has_address(const struct sw_state *node, const struct config *conf,
	const char *interface, uint16_t family)
{
	if (node == NULL || node->addresses == 0)
		return true;
	if (*interface == '\0')
		interface = config_names_at(conf, &node->address[0], 0);
	for (unsigned i = 0; i < node->addresses; i++)
		if ((family == 0 || node->address[i].addr.family == family) &&
			config_names_has(conf, &node->address[i], interface))
			return true;
	return false;
}

/* Which other address family LEG, that has a place, changes to, of an address that its
 * interface has; 0: none.  Who answers by another family than it was told of keeps the
 * address that it was told, and is answered where it sends from; in the next offer, too, for
 * were that rejected, it would never learn of other ports, and we would not learn of that. */
static uint16_t
other_family(const struct plan *p, unsigned leg)
{
	uint16_t is = negotiate_family(p, leg), wanted;

	if (p->n->answer)
		return 0;
	wanted = leg == p->from ? family_of_sdp(p, true)
				: negotiate_family_word(p->request->address_family);
	return wanted != is && wanted != 0 &&
			       negotiate_has_address(p->n->node, p->n->conf,
				       p->n->call->leg[leg].interface, wanted)
		       ? wanted
		       : 0;
}

/* On an interface that there is not, which rtpengine forgives, LEG is placed as if none had
 * been named. */
static void
place(const struct plan *p, unsigned leg, struct slice interface)
{
	struct leg_request *l = &p->asked->leg[leg];

	if (slice_copy(interface, l->interface, sizeof l->interface) != 0 ||
		!negotiate_has_address(p->n->node, p->n->conf, l->interface, 0))
		l->interface[0] = '\0';
}

/* Of those that the interface of LEG, which has no place yet, has an address of, the first
 * that is wanted.  0: any. */
static uint16_t
first_family(const struct plan *p, unsigned leg)
{
	uint16_t said = family_of_sdp(p, false),
		 asked = negotiate_family_word(p->request->address_family);
	const char *interface = p->asked->leg[leg].interface;

	if (leg == p->to && asked != 0 &&
		negotiate_has_address(p->n->node, p->n->conf, interface, asked))
		return asked;
	return negotiate_has_address(p->n->node, p->n->conf, interface, said) ? said : 0;
}

/* A leg stays on the interface where it was placed first. */
static void
settle(const struct plan *p, unsigned leg, struct slice interface)
{
	struct leg_request *l = &p->asked->leg[leg];

	if (negotiate_family(p, leg) != 0) {
		l->family = other_family(p, leg);
		return;
	}
	place(p, leg, interface);
	l->family = first_family(p, leg);
}

void
negotiate_legs(struct plan *p)
{
	if (!p->n->alone)
		settle(p, p->from, p->request->from_interface);
	settle(p, p->to, p->request->to_interface);
}
