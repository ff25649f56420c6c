/* SPDX-License-Identifier: Apache-2.0
 *
 * NG over HTTP: POST /ng, whose body is as over UDP, and /ng-plain, without the cookie; and
 * the handshake of a WebSocket (ng_websocket.c).
 *
 * No browser may ask: a page from anywhere could have it end calls on this host.  So there
 * must be no Origin, but for that of Kamailio's WebSocket client, which is no page's; and the
 * content's type must be one that a page cannot send unasked. */
#include <string.h>
#include <strings.h>

#include "control/http.h"
#include "control/ng_address.h"
#include "control/ng_server_inside.h"
#include "control/ng_websocket.h"

static const char own_type[] = "application/x-rtpengine-ng";
static const char json_type[] = "application/json";

static void
refuse(struct http_asked *a, int status, const char *why)
{
	http_asked_reply(a, status, "text/plain; charset=utf-8", slice_of(why));
}

/* libwebsockets says `Origin: http://ADDRESS` of the address that it asks, and does not name
 * itself.  A browser does, and says where its page is from: by a name, if that name could be
 * made to mean this host. */
static bool
is_of_page(const struct http_asked *a)
{
	const char *origin = http_asked_header(a, "Origin");
	struct sockaddr_storage here;
	struct request_addr said, is;

	if (origin == NULL)
		return false;
	if (http_asked_header(a, "Upgrade") == NULL ||
		http_asked_header(a, "User-Agent") != NULL ||
		strncmp(origin, "http://", strlen("http://")) != 0 ||
		request_addr_parse(&said, origin + strlen("http://")) != 0)
		return true;
	http_asked_here(a, &here);
	is = ng_address_in((const struct sockaddr *)&here);
	return said.family != is.family || memcmp(said.ip, is.ip, sizeof is.ip) != 0;
}

/* Whom A is of.  False: who may not ask, and has been told so. */
static bool
admit(struct ng_server *s, struct http_asked *a, struct request_addr *peer)
{
	struct sockaddr_storage from;

	http_asked_peer(a, &from);
	*peer = ng_address_in((const struct sockaddr *)&from);
	if (ng_server_admits(s, peer) && !is_of_page(a))
		return true;
	refuse(a, 403, "Not from here.\n");
	return false;
}

/* ---- POST. ---- */

/* What has a cookie in front is no JSON. */
static void
answer(const struct ng_asker *asker, struct slice bytes, bool json)
{
	struct http_asked *a = asker->of;
	bool plain = asker->detail != 0;

	if (bytes.at != NULL)
		http_asked_reply(a, 200, json && plain ? json_type : own_type, bytes);
	else
		refuse(a, 503, "No answer.\n");
}

static bool
is_type(const char *header, const char *type)
{
	size_t len = header != NULL ? strcspn(header, "; \t") : 0;

	return len == strlen(type) && strncasecmp(header, type, len) == 0;
}

static void
take(struct ng_server *s, struct http_asked *a, bool plain)
{
	const char *type = http_asked_header(a, "Content-Type");
	struct ng_asker asker = {
		.answer = answer, .way = "http", .of = a, .detail = plain ? 1 : 0};

	if (!admit(s, a, &asker.peer))
		return;
	if (!is_type(type, own_type) && !(plain && is_type(type, json_type)))
		refuse(a, 415, "Content-Type: application/x-rtpengine-ng, please.\n");
	else if (!ng_exchange_take(s, http_asked_body(a), plain, &asker))
		refuse(a, 503, "No cookie, or too many requests.\n");
}

static void
take_ng(void *arg, struct http_asked *a)
{
	take(arg, a, false);
}

static void
take_plain(void *arg, struct http_asked *a)
{
	take(arg, a, true);
}

/* ---- WebSocket. ---- */

static const struct protocol {
	const char *name;
	bool plain;
} protocols[] = {
	{"ng.rtpengine.com", false},
	{"ng-plain.rtpengine.com", true},
};

static const struct protocol *
find_protocol(const char *list)
{
	for (size_t i = 0; list != NULL && i < sizeof protocols / sizeof *protocols; i++)
		if (websocket_names(list, protocols[i].name))
			return &protocols[i];
	return NULL;
}

static void
take_websocket(void *arg, struct http_asked *a)
{
	const char *key = http_asked_header(a, "Sec-WebSocket-Key");
	const char *version = http_asked_header(a, "Sec-WebSocket-Version");
	const char *connection = http_asked_header(a, "Connection");
	const struct protocol *p =
		find_protocol(http_asked_header(a, "Sec-WebSocket-Protocol"));
	char accept[WEBSOCKET_ACCEPT];
	struct request_addr peer;

	if (!admit(arg, a, &peer))
		return;
	if (p == NULL || key == NULL || !websocket_accept(key, accept) || version == NULL ||
		strcmp(version, "13") != 0 || connection == NULL ||
		!websocket_names(connection, "upgrade"))
		refuse(a, 400, "WebSocket 13 for ng.rtpengine.com, please.\n");
	else
		ng_websocket_open(arg, a, p->name, p->plain, accept, &peer);
}

/* ---- */

static const struct http_post posts[] = {
	{"/ng", "NG, with a cookie", take_ng},
	{"/ng-plain", "NG, without one", take_plain},
};

void
ng_server_http(struct ng_server *s, struct http *h)
{
	if (s->http != NULL)
		http_serve(s->http, NULL);
	s->http = h;
	s->service =
		(struct http_service){posts, sizeof posts / sizeof *posts, take_websocket, s};
	if (h != NULL)
		http_serve(h, &s->service);
	else
		ng_websocket_close_all(s);
}
