/* SPDX-License-Identifier: Apache-2.0
 *
 * Which addresses media is to be at, as options of rtpengine's say it, or sections of its
 * file. See like_rtpengine_inside.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "relay/call_mesh.h"
#include "relay/config_type.h"
#include "relay/like_rtpengine_inside.h"

enum { HOST = 256 }; /* of an address, an interface, or a host's name */

/* The LEN bytes at FROM, without brackets, into TEXT; an address as the kernel prints it, so
 * that 2001:DB8::1 is found. */
static int
copy_host(char text[HOST], const char *from, size_t len)
{
	uint8_t ip[16];

	if (len > 1 && from[0] == '[' && from[len - 1] == ']') {
		from++;
		len -= 2;
	}
	if (len >= HOST)
		return -EINVAL;
	snprintf(text, HOST, "%.*s", (int)len, from);
	if (inet_pton(AF_INET6, text, ip) == 1)
		inet_ntop(AF_INET6, ip, text, HOST);
	return 0;
}

/* BASE:SUFFIX takes turns with others of the same base, as all addresses of one name do. */
static int
copy_name(const struct like *l, char name[SW_NAME], const char *from, size_t len)
{
	const char *colon = memchr(from, ':', len);
	size_t base = colon != NULL ? (size_t)(colon - from) : len;

	snprintf(name, SW_NAME, "%.*s", (int)base, from);
	if (base < SW_NAME && config_is_interface_name(name))
		return 0;
	return like_say(l, "--interface",
		"got '%.*s' for a name, expected letters, digits, '.', '_' and '-', at most %d of "
		"them, and not " CALL_MESH_INTERFACE,
		(int)len, from, SW_NAME - 1);
}

/* TEXT is what people wrote. */
static int
add_alias(struct like *l, const char *text, const char *alias, size_t len, const char *name)
{
	struct like_alias *a = &l->alias[l->n_aliases];

	if (l->n_aliases == LIKE_ALIASES)
		return like_say(l, "--interface", "%s: too many aliases", text);
	if (copy_name(l, a->alias, alias, len) != 0 ||
		copy_name(l, a->name, name, strlen(name)) != 0)
		return -EINVAL;
	l->n_aliases++;
	return 0;
}

int
like_interface_add(struct like *l, const char *text)
{
	const char *name = "default", *rest = text, *bang;
	struct like_place p = {0};
	char wanted[HOST], advertised[HOST] = "";
	size_t len = strcspn(text, "/="), name_len = strlen(name);

	if (text[len] == '=')
		return add_alias(l, text, text, len, text + len + 1);
	if (text[len] == '/') {
		name = text;
		name_len = len;
		rest = text + len + 1;
	}
	bang = strchr(rest, '!');
	if (copy_name(l, p.name, name, name_len) != 0)
		return -EINVAL;
	if (copy_host(wanted, rest, strcspn(rest, "!")) != 0 ||
		(bang != NULL && copy_host(advertised, bang + 1, strlen(bang + 1)) != 0))
		return like_say(l, "--interface", "%s: too long", text);
	p.takes_turns = memchr(name, ':', name_len) != NULL;
	return like_place_find(l, &p, wanted, advertised);
}

static int
copy_port(const struct like *l, const struct like_section *s, const char *text, uint16_t *port)
{
	char *end;
	unsigned long n;

	if (text == NULL)
		return 0;
	n = strtoul(text, &end, 10);
	if (*end != '\0' || n < 1 || n > UINT16_MAX)
		return like_say(l, "--interfaces-config", "%s: got '%s', expected a port",
			s->name, text);
	*port = (uint16_t)n;
	return 0;
}

int
like_interface_add_section(struct like *l, const struct like_section *s)
{
	struct like_place p = {0};
	char wanted[HOST], advertised[HOST] = "";

	if (s->alias != NULL)
		return add_alias(l, s->name, s->name, strlen(s->name), s->alias);
	if (s->address == NULL)
		return like_say(l, "--interfaces-config", "%s has no address", s->name);
	if (copy_name(l, p.name, s->name, strlen(s->name)) != 0)
		return -EINVAL;
	if (copy_host(wanted, s->address, strlen(s->address)) != 0 ||
		(s->advertised != NULL &&
			copy_host(advertised, s->advertised, strlen(s->advertised)) != 0))
		return like_say(l, "--interfaces-config", "%s: too long", s->name);
	if (copy_port(l, s, s->port_min, &p.port_min) != 0 ||
		copy_port(l, s, s->port_max, &p.port_max) != 0)
		return -EINVAL;
	p.takes_turns = strchr(s->name, ':') != NULL;
	return like_place_find(l, &p, wanted, advertised);
}

/* What A is of, A is called, too. */
static int
end_alias(struct like *l, const struct like_alias *a)
{
	unsigned n = l->n_places;
	bool found = false;

	for (unsigned i = 0; i < n; i++) {
		struct like_place p = l->place[i];

		if (strcmp(p.name, a->name) != 0)
			continue;
		found = true;
		snprintf(p.name, sizeof p.name, "%s", a->alias);
		if (like_place_add(l, &p) != 0)
			return -EINVAL;
	}
	if (!found)
		return like_say(l, "--interface", "%s=%s: there is no interface %s", a->alias,
			a->name, a->name);
	return 0;
}

/* The first alias that is not DONE, and of none that is not; of a circle, its first. */
static unsigned
next_alias(const struct like *l, const bool *done)
{
	unsigned first = l->n_aliases;

	for (unsigned i = 0; i < l->n_aliases; i++) {
		bool waits = false;

		for (unsigned j = 0; j < l->n_aliases; j++)
			waits = waits ||
				(!done[j] && strcmp(l->alias[i].name, l->alias[j].alias) == 0);
		if (!done[i] && !waits)
			return i;
		if (!done[i] && first == l->n_aliases)
			first = i;
	}
	return first;
}

int
like_interfaces_end(struct like *l)
{
	bool done[LIKE_ALIASES] = {false};

	for (unsigned n = 0; n < l->n_aliases; n++) {
		unsigned next = next_alias(l, done);

		if (end_alias(l, &l->alias[next]) != 0)
			return -EINVAL;
		done[next] = true;
	}
	return 0;
}
