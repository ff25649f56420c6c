/* SPDX-License-Identifier: Apache-2.0
 *
 * See config_listen.h. */
#include "relay/config_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay/config.h"
#include "relay/config_type.h"

/* 1 to 65535, in digits alone.  0; -EINVAL. */
static int
read_port(const char *text, uint16_t *port)
{
	size_t len = strlen(text);
	long n;

	if (len == 0 || len > 5 || strspn(text, "0123456789") != len)
		return -EINVAL;
	n = strtol(text, NULL, 10);
	*port = (uint16_t)n;
	return n >= 1 && n <= UINT16_MAX ? 0 : -EINVAL;
}

/* The address in front of the port: LEN bytes, IPv6 in brackets. */
static int
read_ip(const char *text, size_t len, struct sw_addr *at)
{
	bool v6 = len >= 2 && text[0] == '[' && text[len - 1] == ']';
	char ip[INET6_ADDRSTRLEN];

	if (v6) {
		text++;
		len -= 2;
	}
	if (len >= sizeof ip)
		return -EINVAL;
	memcpy(ip, text, len);
	ip[len] = '\0';
	at->family = v6 ? AF_INET6 : AF_INET;
	return inet_pton(at->family, ip, at->ip) == 1 ? 0 : -EINVAL;
}

static int
read_listen(const char *text, struct sw_addr *at)
{
	const char *colon = strrchr(text, ':');

	memset(at, 0, sizeof *at);
	if (colon == NULL) {
		read_ip("127.0.0.1", strlen("127.0.0.1"), at);
		return read_port(text, &at->port);
	}
	if (read_ip(text, (size_t)(colon - text), at) != 0)
		return -EINVAL;
	return read_port(colon + 1, &at->port);
}

static int
set_listen(const struct config_key *key, void *field, const char *text)
{
	struct config_listens *list = field;
	struct sw_addr at;

	if (read_listen(text, &at) != 0)
		return -EINVAL;
	for (unsigned i = 0; i < list->n; i++)
		if (memcmp(&list->at[i], &at, sizeof at) == 0)
			return -EEXIST;
	if (list->n == CONFIG_LISTENS)
		return -ENOSPC;
	list->at[list->n++] = at;
	return 0;
}

const struct config_type config_type_listen = {
	.repeats = true,
	.takes = "PORT, which is 127.0.0.1:PORT, or IP:PORT or [IPV6]:PORT",
	.set = set_listen,
};

/* [:PORT][/...] is what stands behind a URL's host. */
static bool
is_rest_of_url(const char *text)
{
	char port[8];
	size_t len;
	uint16_t n;

	if (*text == ':') {
		len = strcspn(++text, "/");
		if (len >= sizeof port)
			return false;
		memcpy(port, text, len);
		port[len] = '\0';
		if (read_port(port, &n) != 0)
			return false;
		text += len;
	}
	return *text == '\0' || *text == '/';
}

bool
config_listen_is_url(const char *text)
{
	static const char scheme[] = "http://", anybody[] = "%%";
	const char *host;
	struct sw_addr at;
	size_t len;

	if (strncmp(text, scheme, strlen(scheme)) != 0)
		return false;
	host = text + strlen(scheme);
	len = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");
	if (strncmp(host, anybody, strlen(anybody)) == 0 ? len != strlen(anybody)
							 : read_ip(host, len, &at) != 0)
		return false;
	return is_rest_of_url(host + len);
}

static int
set_url(const struct config_key *key, void *field, const char *text)
{
	return config_listen_is_url(text) ? config_type_text.set(key, field, text) : -EINVAL;
}

const struct config_type config_type_url = {
	.takes = "http://ADDRESS:PORT/PATH, with %% or a number for ADDRESS",
	.set = set_url,
};

void
config_listen_text(const struct sw_addr *at, char text[CONFIG_LISTEN_TEXT])
{
	char ip[INET6_ADDRSTRLEN] = "";

	inet_ntop(at->family, at->ip, ip, sizeof ip);
	snprintf(text, CONFIG_LISTEN_TEXT, at->family == AF_INET6 ? "[%s]:%u" : "%s:%u", ip,
		at->port);
}

bool
config_listen_is_loopback(const struct sw_addr *at)
{
	static const uint8_t v6[16] = {[15] = 1};

	return at->family == AF_INET ? at->ip[0] == 127 : memcmp(at->ip, v6, sizeof v6) == 0;
}
