/* SPDX-License-Identifier: Apache-2.0
 *
 * See ng_pair.h. */
#include "tests/relay/ng_pair.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <arpa/inet.h>

#include "relay/call.h"
#include "relay/config.h"

enum { FIRST_PORT = 30000 };

void
ng_pair_open(struct ng_pair *p)
{
	*p = (struct ng_pair){.memo = memo_open(), .next_port = FIRST_PORT};
}

void
ng_pair_close(struct ng_pair *p)
{
	call_close(p->call);
	memo_close(p->memo);
}

static const char *
address(const struct leg *l)
{
	if (strcmp(l->interface, "priv") == 0)
		return "10.99.2.1";
	return l->family == AF_INET6 ? "fd00:99:1::1" : "10.99.1.1";
}

static void
place(struct ng_pair *p, struct call *c)
{
	for (unsigned i = 0; i < c->legs; i++) {
		struct leg *l = &c->leg[i];

		if (l->local.family == 0) {
			if (l->family == 0)
				l->family = AF_INET;
			l->local.family = l->family;
			inet_pton(l->family, address(l), l->local.ip);
		}
		for (unsigned j = 0; j < l->streams; j++) {
			struct stream *s = &l->stream[j];

			if (s->closed) {
				s->port = 0;
				continue;
			}
			if (s->port != 0)
				continue;
			s->port = p->next_port;
			p->next_port += 2;
		}
	}
}

/* Does the call become what is asked?  NULL: not, and FAULT says why. */
static struct call *
become(struct ng_pair *p, struct call_request *asked, struct fault *fault)
{
	struct call *c;

	memcpy(asked->id, "pair", sizeof "pair");
	if (request_check(asked, fault) != 0)
		return NULL;
	c = p->call != NULL ? call_copy(p->call) : call_open(asked->id);
	if (c == NULL || call_apply(c, asked, fault) != 0) {
		call_close(c);
		return NULL;
	}
	place(p, c);
	return c;
}

/* As it comes out of a note. */
static struct memo *
copy(const struct memo *m)
{
	static uint8_t bytes[16384];
	ssize_t len = memo_encode(m, bytes, sizeof bytes);
	struct memo *again = len > 0 ? memo_decode(bytes, (size_t)len) : NULL;

	if (again == NULL)
		abort();
	return again;
}

struct slice
ng_pair_ask(struct ng_pair *p, const struct ng_request *r, bool answer, unsigned from,
	struct arena *a, const char **reason)
{
	static const struct config unnamed;
	static struct fault fault;
	struct call_request *asked = calloc(1, sizeof *asked);
	struct negotiation n = {.request = r,
		.answer = answer,
		.alone = p->alone,
		.from = from,
		.memo = copy(p->memo),
		.call = p->call,
		.instance = "0123456789abcdef",
		.node = p->node,
		.conf = p->conf != NULL ? p->conf : &unnamed,
		.arena = a};
	struct slice sdp = {NULL, 0};
	struct call *c = NULL;
	int err = negotiate_begin(&n, asked, reason);

	if (err == -EALREADY)
		sdp = r->sdp;
	if (err == 0 && (c = become(p, asked, &fault)) == NULL)
		*reason = fault.text;
	for (unsigned i = 0; i < CALL_LEGS; i++)
		p->families[i] = asked->leg[i].family;
	free(asked);
	if (c != NULL) {
		sdp = negotiate_end(&n, c);
		call_close(p->call);
		p->call = c;
		memo_close(p->memo);
		p->memo = n.memo;
	} else {
		memo_close(n.memo);
	}
	return sdp;
}
