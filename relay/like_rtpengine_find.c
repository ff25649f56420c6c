/* SPDX-License-Identifier: Apache-2.0
 *
 * See like_rtpengine_inside.h: which addresses of this host an interface of rtpengine's is,
 * by the kernel and the resolver. */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>

#include "relay/like_rtpengine_inside.h"

/* A's address as text; false: it is none of IPv4 or IPv6, or one of a link alone. */
static bool
address_text(const struct ifaddrs *a, char text[INET6_ADDRSTRLEN])
{
	const struct sockaddr *at = a->ifa_addr;
	struct sockaddr_in6 v6;
	struct sockaddr_in v4;

	if (at != NULL && at->sa_family == AF_INET) {
		memcpy(&v4, at, sizeof v4);
		return inet_ntop(AF_INET, &v4.sin_addr, text, INET6_ADDRSTRLEN) != NULL;
	}
	if (at == NULL || at->sa_family != AF_INET6)
		return false;
	memcpy(&v6, at, sizeof v6);
	return !IN6_IS_ADDR_LINKLOCAL(&v6.sin6_addr) &&
	       inet_ntop(AF_INET6, &v6.sin6_addr, text, INET6_ADDRSTRLEN) != NULL;
}

/* Is A, whose address is TEXT, what WANTED names: an address, an interface, any?  Media is
 * never at a link-local one (RFC 3927), which an interface may have beside its own. */
static bool
is_wanted(const struct ifaddrs *a, const char *text, const char *wanted)
{
	if (strcmp(wanted, text) == 0)
		return true;
	if (strncmp(text, "169.254.", 8) == 0)
		return false;
	return strcmp(wanted, "any") == 0 ? !(a->ifa_flags & IFF_LOOPBACK)
					  : strcmp(wanted, a->ifa_name) == 0;
}

/* The addresses that a word stands for, in the resolver's order. */
enum { HOSTS = 8 };
struct hosts {
	unsigned n;
	char text[HOSTS][INET6_ADDRSTRLEN];
};

bool
like_is_address(const char *text)
{
	uint8_t ip[16];

	return inet_pton(AF_INET, text, ip) == 1 || inet_pton(AF_INET6, text, ip) == 1;
}

/* Is TEXT one that the resolver would take for another address than people do?  127.1 and
 * 127.0.0.010, whose last number is 8, are 4.2BSD's; see inet_aton(3). */
static bool
is_old_address(const char *text)
{
	struct in_addr ip;

	return !like_is_address(text) && inet_aton(text, &ip) != 0;
}

/* One of a link alone, which is nowhere without an interface (RFC 4007)? */
static bool
is_of_link(const struct addrinfo *a)
{
	struct sockaddr_in6 v6;

	if (a->ai_family != AF_INET6)
		return false;
	memcpy(&v6, a->ai_addr, sizeof v6);
	return IN6_IS_ADDR_LINKLOCAL(&v6.sin6_addr);
}

/* Those of ALL, which HOST stands for, that media can be at. */
static void
take_hosts(
	const struct like *l, const char *host, const struct addrinfo *all, struct hosts *to)
{
	for (const struct addrinfo *a = all; a != NULL; a = a->ai_next) {
		if (is_of_link(a))
			continue;
		if (to->n == HOSTS) {
			like_say(l, "--interface",
				"left out: all but %d of the addresses that %s stands for",
				HOSTS, host);
			return;
		}
		if (getnameinfo(a->ai_addr, a->ai_addrlen, to->text[to->n],
			    sizeof to->text[to->n], NULL, 0, NI_NUMERICHOST) == 0)
			to->n++;
	}
}

/* HOST, an address or a name; KIND: what it is not then.  0: TO has one at least; -EINVAL
 * after a line that says what is wrong. */
static int
look_up(const struct like *l, const char *host, const char *kind, struct hosts *to)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM};
	struct addrinfo *all;
	int err;

	to->n = 0;
	if (is_old_address(host))
		return like_say(l, "--interface", "'%s' is no %s", host, kind);
	if ((err = getaddrinfo(host, NULL, &hints, &all)) != 0)
		return like_say(l, "--interface", "'%s' is no %s, and as a host's name: %s",
			host, kind, gai_strerror(err));
	take_hosts(l, host, all, to);
	freeaddrinfo(all);
	return to->n > 0
		       ? 0
		       : like_say(l, "--interface",
				 "'%s' stands for no address but those of a link alone", host);
}

/* A's interface: an address with a label, "eth0:1", has that for its name. */
static void
device_of(const struct ifaddrs *a, char device[IF_NAMESIZE])
{
	snprintf(device, IF_NAMESIZE, "%.*s", (int)strcspn(a->ifa_name, ":"), a->ifa_name);
}

/* Is one of ALL, this host's, TEXT? */
static bool
is_here(const struct ifaddrs *all, const char *text)
{
	char own[INET6_ADDRSTRLEN];

	for (const struct ifaddrs *a = all; a != NULL; a = a->ifa_next)
		if (address_text(a, own) && strcmp(own, text) == 0)
			return true;
	return false;
}

/* That of OUTSIDE which ADDRESS is known by: the first of its family, one of ALL, this host's,
 * only if there is no other; the resolver has those in front (RFC 6724).  NULL. */
static const char *
known_as(const struct hosts *outside, const char *address, const struct ifaddrs *all)
{
	const char *own = NULL;

	for (unsigned i = 0; i < outside->n; i++) {
		if (like_is_v6(outside->text[i]) != like_is_v6(address))
			continue;
		if (!is_here(all, outside->text[i]))
			return outside->text[i];
		if (own == NULL)
			own = outside->text[i];
	}
	return own;
}

/* P is known by that of OUTSIDE which is of its family.  EXACT: it was asked for by itself. */
static int
add_known(struct like *l, struct like_place *p, const struct ifaddrs *all,
	const struct hosts *outside, bool exact)
{
	const char *told = known_as(outside, p->address, all);

	if (told == NULL && outside->n > 0 && exact)
		return like_say(l, "--interface",
			"%s: %s cannot be known as %s outside: one is IPv4, the other IPv6",
			p->name, p->address, outside->text[0]);
	if (told == NULL && outside->n > 0)
		like_say(l, "--interface", "%s: %s is told as it is, since %s is %s", p->name,
			p->address, outside->text[0],
			like_is_v6(p->address) ? "IPv4" : "IPv6");
	snprintf(p->advertised, sizeof p->advertised, "%s", told != NULL ? told : "");
	return like_place_add(l, p);
}

/* Those of ALL that are WANTED; EXACT: which is an address.  How many; -EINVAL. */
static int
add_all(struct like *l, struct like_place *p, const struct ifaddrs *all, const char *wanted,
	const struct hosts *outside, bool exact)
{
	int n = 0;

	for (const struct ifaddrs *a = all; a != NULL; a = a->ifa_next) {
		if (!address_text(a, p->address) || !is_wanted(a, p->address, wanted))
			continue;
		device_of(a, p->device);
		if (add_known(l, p, all, outside, exact) != 0)
			return -EINVAL;
		n++;
	}
	return n;
}

/* Is TEXT an address of this host's that other hosts can reach? */
static bool
is_for_others(const struct ifaddrs *all, const char *text)
{
	return strncmp(text, "127.", 4) != 0 && strcmp(text, "::1") != 0 && is_here(all, text);
}

/* No interface has any of HOST's addresses: -EINVAL. */
static int
say_none(const struct like *l, const char *host, const struct hosts *of)
{
	char list[HOSTS * (INET6_ADDRSTRLEN + sizeof ", ")] = "";
	size_t len = 0;

	for (unsigned i = 0; i < of->n; i++)
		len += (size_t)snprintf(
			list + len, sizeof list - len, "%s%s", i > 0 ? ", " : "", of->text[i]);
	return like_say(l, "--interface",
		"no interface of this host has an address that '%s' stands for: %s", host,
		list);
}

/* Those that the name of a host stands for, and this host has.  One that only the host itself
 * reaches, as /etc/hosts often gives it first to its name, only if there is no other. */
static int
add_host(struct like *l, struct like_place *p, const struct ifaddrs *all, const char *host,
	const struct hosts *outside)
{
	struct hosts of;
	bool reached = false, left[HOSTS];
	int n = 0;

	if (look_up(l, host, "address or interface of this host", &of) != 0)
		return -EINVAL;
	for (unsigned i = 0; i < of.n; i++)
		reached = reached || is_for_others(all, of.text[i]);
	for (unsigned i = 0; i < of.n; i++) {
		int more = reached && !is_for_others(all, of.text[i])
				   ? 0
				   : add_all(l, p, all, of.text[i], outside, false);

		if (more < 0)
			return more;
		left[i] = more == 0;
		n += more;
	}
	for (unsigned i = 0; i < of.n && n > 0; i++)
		if (left[i])
			like_say(l, "--interface",
				"left out: %s, which %s stands for, is no address of this host's "
				"that others reach",
				of.text[i], host);
	return n > 0 ? n : say_none(l, host, &of);
}

int
like_place_find(
	struct like *l, struct like_place *p, const char *wanted, const char *advertised)
{
	struct hosts outside = {0};
	struct ifaddrs *all;
	int n;

	if (advertised[0] != '\0' && look_up(l, advertised, "address", &outside) != 0)
		return -EINVAL;
	if (getifaddrs(&all) != 0)
		return like_say(l, "--interface", "%s", strerror(errno));
	n = add_all(l, p, all, wanted, &outside, like_is_address(wanted));
	if (n == 0 && !like_is_address(wanted) && strcmp(wanted, "any") != 0)
		n = add_host(l, p, all, wanted, &outside);
	freeifaddrs(all);
	if (n == 0)
		return like_say(l, "--interface", "no interface of this host has %s", wanted);
	return n > 0 ? 0 : n;
}
