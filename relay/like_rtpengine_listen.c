/* SPDX-License-Identifier: Apache-2.0
 *
 * At which of this host's addresses an option of rtpengine's has strowger listen: a name may
 * stand for several, of which some may be another host's.  See like_rtpengine_inside.h. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "control/ng_address.h"
#include "relay/config.h"
#include "relay/config_listen.h"
#include "relay/like_rtpengine.h"
#include "relay/like_rtpengine_inside.h"

static int
put_listen(struct like *l, const struct like_option *o, const struct sockaddr *at, long port)
{
	struct request_addr from = ng_address_in(at);
	struct sw_addr a = {.family = from.family, .port = (uint16_t)port};
	char text[CONFIG_LISTEN_TEXT];

	memcpy(a.ip, from.ip, sizeof a.ip);
	config_listen_text(&a, text);
	l->remote = l->remote || !config_listen_is_loopback(&a);
	return like_put(l, o->section, o->key, "%s", text);
}

/* Has this host the address of A, at which nobody listens to port 0? */
static bool
is_here(const struct addrinfo *a)
{
	int fd = socket(a->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool here = fd >= 0 && bind(fd, a->ai_addr, a->ai_addrlen) == 0;

	if (fd >= 0)
		close(fd);
	return here;
}

/* At all of ALL, which HOST stands for; at those alone that this host has if it is a name. */
static int
listen_at_all(struct like *l, const struct like_option *o, const char *host, long port,
	const struct addrinfo *all)
{
	char text[INET6_ADDRSTRLEN], list[LIKE_TEXT] = "";
	bool any = false;

	for (const struct addrinfo *a = all; a != NULL; a = a->ai_next) {
		if (like_is_address(host) || is_here(a)) {
			if (put_listen(l, o, a->ai_addr, port) != 0)
				return -EINVAL;
			any = true;
		} else if (getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof text, NULL, 0,
				   NI_NUMERICHOST) == 0) {
			size_t len = strlen(list);

			snprintf(list + len, sizeof list - len, "%s%s", len > 0 ? ", " : "",
				text);
		}
	}
	if (!any)
		return like_say(l, o->name, "'%s' stands for no address of this host's: %s",
			host, list);
	if (list[0] != '\0')
		like_say(l, o->name,
			"left out of what '%s' stands for, since this host does not have it: %s",
			host, list);
	return 0;
}

/* At all addresses of HOST, a name or an address. */
static int
listen_at_host(struct like *l, const struct like_option *o, const char *host, long port)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM};
	struct addrinfo *all;
	int err = getaddrinfo(host, NULL, &hints, &all);

	if (err != 0)
		return like_say(l, o->name, "%s: %s", host, gai_strerror(err));
	err = listen_at_all(l, o, host, port, all);
	freeaddrinfo(all);
	return err;
}

int
like_listen(struct like *l, const struct like_option *o, const char *value)
{
	static const char brackets[] = "[]";
	const char *colon = strrchr(value, ':');
	char host[LIKE_TEXT] = "";
	long port;
	int err;

	if (like_read_number(l, o, colon != NULL ? colon + 1 : value, &port) != 0)
		return -EINVAL;
	if (port < 1 || port > UINT16_MAX)
		return like_say(l, o->name, "got '%s', expected [ADDRESS:]PORT", value);
	if (colon == NULL) {
		err = listen_at_host(l, o, "0.0.0.0", port);
		return err != 0 ? err : listen_at_host(l, o, "::", port);
	}
	value += strspn(value, brackets);
	snprintf(host, sizeof host, "%.*s", (int)(colon - value), value);
	host[strcspn(host, brackets)] = '\0';
	return listen_at_host(l, o, host, port);
}

int
like_listen_http(struct like *l, const struct like_option *o, const char *value)
{
	if (!like_has(l, "ng", "http") && like_put(l, "ng", "http", "yes") != 0)
		return -EINVAL;
	return like_listen(l, o, value);
}
