/* SPDX-License-Identifier: Apache-2.0
 *
 * At which addresses media is, under which names: strowger opens the interfaces that have
 * them. See like_rtpengine_inside.h. */
#include <errno.h>
#include <string.h>

#include "relay/config_type.h"
#include "relay/like_rtpengine_inside.h"

/* An address of a name is one place, whatever it is called outside; more is said, and left
 * out. */
static bool
is_there(const struct like *l, const struct like_place *p)
{
	for (const struct like_place *q = l->place; q < l->place + l->n_places; q++) {
		if (strcmp(q->name, p->name) != 0 || strcmp(q->address, p->address) != 0)
			continue;
		if (strcmp(q->advertised, p->advertised) != 0)
			like_say(l, "--interface",
				"left out: %s has %s already; what else it is called outside "
				"takes another name",
				p->name, p->address);
		return true;
	}
	return false;
}

/* Of one name rtpengine tells parties the first address of a family, unless names with
 * suffixes take turns.  We share calls among those of one device; on another one a party might
 * never be heard. */
static bool
is_second(const struct like *l, const struct like_place *p)
{
	for (const struct like_place *q = l->place; q < l->place + l->n_places; q++) {
		if (strcmp(q->name, p->name) != 0 || strcmp(q->device, p->device) == 0 ||
			like_is_v6(q->address) != like_is_v6(p->address) || p->takes_turns)
			continue;
		like_say(l, "--interface",
			"left out: %s of %s, since %s has %s of %s; %s:1/ and %s:2/ in front of "
			"them share calls",
			p->address, p->device, q->name, q->address, q->device, p->name,
			p->name);
		return true;
	}
	return false;
}

static uint16_t
port_or(uint16_t port, uint16_t otherwise)
{
	return port != 0 ? port : otherwise;
}

/* A place before P, at another address, that is known by the same one outside, by which a NAT
 * cannot tell them apart; NULL. */
static const struct like_place *
double_of(const struct like *l, const struct like_place *p)
{
	for (const struct like_place *q = l->place; q < l->place + l->n_places; q++)
		if (p->advertised[0] != '\0' && strcmp(q->advertised, p->advertised) == 0 &&
			strcmp(q->address, p->address) != 0 &&
			port_or(q->port_min, l->port_min) <=
				port_or(p->port_max, l->port_max) &&
			port_or(p->port_min, l->port_min) <= port_or(q->port_max, l->port_max))
			return q;
	return NULL;
}

/* Of one name the first one is told, unless they take turns; P, which is Q's double, is none
 * of them? */
static bool
is_left_to(const struct like *l, const struct like_place *p, const struct like_place *q)
{
	if (strcmp(q->name, p->name) != 0 || p->takes_turns)
		return false;
	like_say(l, "--interface", "left out: %s of %s, since %s is known as %s outside",
		p->address, p->name, q->address, q->advertised);
	return true;
}

/* -EINVAL. */
static int
say_doubles(const struct like *l, const struct like_place *q, const struct like_place *p)
{
	bool one = strcmp(q->name, p->name) == 0;

	return like_say(l, "--interface",
		"%s%s%s%s %s and %s%s are both known as %s outside, with the same ports: nothing "
		"tells them apart there",
		q->name, one ? ":" : " and ", one ? "" : p->name, one ? "" : ",", q->address,
		p->address, one ? "" : ",", p->advertised);
}

/* The switch has one range of ports for a device. */
static int
check_ports(const struct like *l, const struct like_place *p)
{
	for (const struct like_place *q = l->place; q < l->place + l->n_places; q++)
		if (strcmp(q->device, p->device) == 0 &&
			(port_or(q->port_min, l->port_min) !=
					port_or(p->port_min, l->port_min) ||
				port_or(q->port_max, l->port_max) !=
					port_or(p->port_max, l->port_max)))
			return like_say(l, "--interface",
				"%s and %s are both on %s, and strowger has one range of ports "
				"for each interface of the kernel's: give both the same",
				q->name, p->name, p->device);
	return 0;
}

/* Of the configuration's parser, so that it never refuses what nobody wrote. */
static int
check_address(const struct like *l, const struct like_place *p)
{
	struct config_addresses list = {0};
	char text[2 * INET6_ADDRSTRLEN + sizeof " advertised "];

	snprintf(text, sizeof text, "%s%s%s", p->address,
		p->advertised[0] != '\0' ? " advertised " : "", p->advertised);
	if (config_type_address.set(NULL, &list, text) == 0)
		return 0;
	return like_say(l, "--interface", "%s: got '%s', expected %s", p->name, text,
		config_type_address.takes);
}

int
like_place_add(struct like *l, const struct like_place *p)
{
	const struct like_place *other;

	if (is_there(l, p) || is_second(l, p))
		return 0;
	if ((other = double_of(l, p)) != NULL) {
		if (is_left_to(l, p, other))
			return 0;
		return say_doubles(l, other, p);
	}
	if (check_address(l, p) != 0)
		return -EINVAL;
	if (l->n_places == LIKE_PLACES)
		return like_say(l, "--interface", "%s: too many addresses", p->name);
	if (check_ports(l, p) != 0)
		return -EINVAL;
	l->place[l->n_places++] = *p;
	return 0;
}

/* ---- What is printed. ---- */

/* A section is called as the one name that all places of its device have, unless a section
 * before is, or another device; otherwise as the device, and its addresses say their names. */
struct heading {
	const char *device, *text;
	bool named;
};

static bool
is_taken(const struct heading *all, unsigned n, const char *text)
{
	for (unsigned i = 0; i < n; i++)
		if (strcmp(all[i].text, text) == 0)
			return true;
	return false;
}

static bool
is_the_name(const struct like *l, const char *device, const char *name)
{
	for (const struct like_place *p = l->place; p < l->place + l->n_places; p++) {
		bool is_here = strcmp(p->device, device) == 0;

		if (is_here ? strcmp(p->name, name) != 0 : strcmp(p->device, name) == 0)
			return false;
	}
	return true;
}

/* Is there no place before P on its device that is ADDRESS, or any (NULL)? */
static bool
is_first(const struct like *l, const struct like_place *p, const char *address)
{
	for (const struct like_place *q = l->place; q < p; q++)
		if (strcmp(q->device, p->device) == 0 &&
			(address == NULL || strcmp(q->address, address) == 0))
			return false;
	return true;
}

/* "address =" and "name =" of one section. */
static void
print_addresses(const struct like *l, const struct heading *h, FILE *to)
{
	for (const struct like_place *p = l->place; p < l->place + l->n_places; p++) {
		if (strcmp(p->device, h->device) != 0 || !is_first(l, p, p->address))
			continue;
		fprintf(to, "address = %s", p->address);
		if (h->named && p->advertised[0] != '\0')
			fprintf(to, " advertised %s", p->advertised);
		fputc('\n', to);
	}
	for (const struct like_place *p = l->place; !h->named && p < l->place + l->n_places;
		p++) {
		if (strcmp(p->device, h->device) != 0)
			continue;
		fprintf(to, "name = %s %s", p->name, p->address);
		if (p->advertised[0] != '\0')
			fprintf(to, " advertised %s", p->advertised);
		fputc('\n', to);
	}
}

static void
print_section(
	const struct like *l, const struct heading *h, const struct like_place *p, FILE *to)
{
	const char *kind = l->device != NULL ? l->device : "xdp";
	uint16_t min = port_or(p->port_min, l->port_min),
		 max = port_or(p->port_max, l->port_max);

	/* The loopback interface has no XDP that would be of use. */
	if (strcmp(h->device, "lo") == 0)
		kind = "packet";
	fprintf(to, "\n[interface %s]\ndevice = %s:%s\n", h->text, kind, h->device);
	print_addresses(l, h, to);
	/* Pairs: an even port for RTP, the one above for RTCP. */
	fprintf(to, "ports = %u-%u\n", (min + 1u) & ~1u, max % 2 == 1 ? max : max - 1u);
}

void
like_interfaces_print(const struct like *l, FILE *to)
{
	struct heading all[LIKE_PLACES];
	unsigned n = 0;

	for (const struct like_place *p = l->place; p < l->place + l->n_places; p++) {
		if (!is_first(l, p, NULL))
			continue;
		all[n] = (struct heading){p->device, p->name,
			is_the_name(l, p->device, p->name) && !is_taken(all, n, p->name)};
		if (!all[n].named)
			all[n].text = p->device;
		print_section(l, &all[n], p, to);
		n++;
	}
}
