/* SPDX-License-Identifier: Apache-2.0
 *
 * See like_rtpengine_inside.h: rtpengine binds to addresses, strowger opens the interfaces
 * that have them; the kernel knows which these are. */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
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

/* Is A, whose address is TEXT, what WANTED names: an address, an interface, any? */
static bool
is_wanted(const struct ifaddrs *a, const char *text, const char *wanted)
{
	if (strcmp(wanted, "any") == 0)
		return !(a->ifa_flags & IFF_LOOPBACK);
	return strcmp(wanted, text) == 0 || strcmp(wanted, a->ifa_name) == 0;
}

static struct like_interface *
get(struct like *l, const char *name, size_t len)
{
	struct like_interface *it;

	for (unsigned i = 0; i < l->n_interfaces; i++)
		if (strlen(l->interface[i].name) == len &&
			memcmp(l->interface[i].name, name, len) == 0)
			return &l->interface[i];
	if (l->n_interfaces == SW_DEVICES || len >= sizeof it->name)
		return NULL;
	it = &l->interface[l->n_interfaces++];
	memcpy(it->name, name, len);
	return it;
}

/* Two logical interfaces cannot have one device, nor one of them two. */
static int
set_device(struct like *l, struct like_interface *it, const char *device)
{
	if (it->device[0] != '\0' && strcmp(it->device, device) != 0)
		return like_say(l, "--interface",
			"%s would be on %s and on %s: give each a name of its own", it->name,
			it->device, device);
	for (unsigned i = 0; i < l->n_interfaces; i++)
		if (&l->interface[i] != it && strcmp(l->interface[i].device, device) == 0)
			return like_say(l, "--interface",
				"%s and %s are both on %s, and strowger has one name for an "
				"interface: give both the same",
				l->interface[i].name, it->name, device);
	snprintf(it->device, sizeof it->device, "%s", device);
	return 0;
}

static int
add(struct like *l, struct like_interface *it, const char *device, const char *address,
	const char *advertised)
{
	if (it->n == SW_ADDRESSES)
		return like_say(l, "--interface", "%s has too many addresses", it->name);
	snprintf(it->address[it->n++], LIKE_TEXT, "%s%s%s", address,
		advertised != NULL ? " advertised " : "",
		advertised != NULL ? advertised : "");
	return set_device(l, it, device);
}

static int
add_wanted(
	struct like *l, struct like_interface *it, const char *wanted, const char *advertised)
{
	struct ifaddrs *all;
	char text[INET6_ADDRSTRLEN];
	unsigned before = it->n;
	int err = 0;

	if (getifaddrs(&all) != 0)
		return like_say(l, "--interface", "%s", strerror(errno));
	for (const struct ifaddrs *a = all; a != NULL && err == 0; a = a->ifa_next)
		if (address_text(a, text) && is_wanted(a, text, wanted))
			err = add(l, it, a->ifa_name, text, advertised);
	freeifaddrs(all);
	if (err == 0 && it->n == before)
		return like_say(l, "--interface", "no interface of this host has %s", wanted);
	return err;
}

/* The address as the kernel prints it, so that 2001:DB8::1 is found. */
static void
normalize(char *text, size_t size)
{
	uint8_t ip[16];

	if (inet_pton(AF_INET6, text, ip) == 1)
		inet_ntop(AF_INET6, ip, text, (socklen_t)size);
}

int
like_interface_add(struct like *l, const char *text)
{
	const char *slash = strchr(text, '/'), *name = slash != NULL ? text : "default";
	const char *rest = slash != NULL ? slash + 1 : text, *bang = strchr(rest, '!');
	/* BASE:SUFFIX takes turns with others of the same base, as all addresses of one of our
	 * interfaces do. */
	size_t len = slash != NULL ? strcspn(name, ":/") : strlen(name);
	char wanted[INET6_ADDRSTRLEN + IF_NAMESIZE];
	struct like_interface *it;

	if (slash == NULL && strchr(text, '=') != NULL)
		return like_say(l, "--interface",
			"%s: an interface has one name; use that in `direction`, too", text);
	snprintf(wanted, sizeof wanted, "%.*s",
		(int)(bang != NULL ? (size_t)(bang - rest) : strlen(rest)), rest);
	normalize(wanted, sizeof wanted);
	if ((it = get(l, name, len)) == NULL)
		return like_say(l, "--interface", "%s: too many, or too long a name", text);
	return add_wanted(l, it, wanted, bang != NULL ? bang + 1 : NULL);
}

void
like_interface_print(const struct like *l, const struct like_interface *it, FILE *to)
{
	const char *kind = l->device != NULL ? l->device : "xdp";

	/* The loopback interface has no XDP that would be of use. */
	if (strcmp(it->device, "lo") == 0)
		kind = "packet";
	fprintf(to, "\n[interface %s]\ndevice = %s:%s\n", it->name, kind, it->device);
	for (unsigned i = 0; i < it->n; i++)
		fprintf(to, "address = %s\n", it->address[i]);
	/* Pairs: an even port for RTP, the one above for RTCP. */
	fprintf(to, "ports = %u-%u\n", (l->port_min + 1u) & ~1u,
		l->port_max % 2 == 1 ? l->port_max : l->port_max - 1u);
}
