/* SPDX-License-Identifier: Apache-2.0
 *
 * See call_log.h. */
#include "relay/call_log.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "control/log_trace.h"
#include "relay/bridge.h"

enum { ADDRESS = INET6_ADDRSTRLEN + 8 };

/* "192.0.2.1:4000", or "nowhere yet". */
static const char *
address(const struct sw_addr *a, uint16_t port, char text[ADDRESS])
{
	char ip[INET6_ADDRSTRLEN];

	if (a->family == SW_AF_MESH) {
		snprintf(text, ADDRESS, "session %u of the mesh", port);
		return text;
	}
	if (a->family == 0 || inet_ntop(a->family, a->ip, ip, sizeof ip) == NULL)
		return "nowhere yet";
	snprintf(text, ADDRESS, "%s:%u", ip, port);
	return text;
}

static void
log_stream(const struct call *c, unsigned leg, unsigned i)
{
	const struct leg *l = &c->leg[leg];
	const struct stream *s = &l->stream[i];
	char ours[ADDRESS], theirs[ADDRESS], bridge[BRIDGE_TEXT];

	if (s->closed) {
		log_about(c->id, LOG_LEVEL_DEBUG, "party %s, stream %u: closed", l->name, i);
		return;
	}
	bridge_describe(s, bridge_sink(c, leg, i), bridge);
	log_about(c->id, LOG_LEVEL_DEBUG,
		"party %s, stream %u: at %s, sends to %s (slot %u); heard: %s; %s", l->name, i,
		address(&l->local, s->port, ours), address(&s->remote, s->remote.port, theirs),
		s->slot, bridge_source_words(s), bridge);
}

void
call_log_change(const struct call *c, enum change_kind kind)
{
	if (!log_trace_wants(c->id, LOG_LEVEL_DEBUG))
		return;
	log_about(c->id, LOG_LEVEL_DEBUG, "%s", change_words[kind]);
	if (kind != CHANGE_CREATED && kind != CHANGE_UPDATED && kind != CHANGE_RESUMED)
		return;
	for (unsigned leg = 0; leg < c->legs; leg++)
		for (unsigned i = 0; i < c->leg[leg].streams; i++)
			log_stream(c, leg, i);
}

void
call_log_source(const struct call *c, const struct sw_addr *addr)
{
	char text[ADDRESS];

	if (addr->family != 0 && log_trace_wants(c->id, LOG_LEVEL_DEBUG))
		log_about(
			c->id, LOG_LEVEL_DEBUG, "that is %s", address(addr, addr->port, text));
}

void
call_log_refused(const char *id, const struct fault *fault)
{
	if (log_trace_wants(id, LOG_LEVEL_DEBUG))
		log_about(id, LOG_LEVEL_DEBUG, "refused: %s", fault->text);
}
