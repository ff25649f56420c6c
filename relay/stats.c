/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls as the switch sees them: shared memory -> JSON; see stats.h. */
#include "relay/stats.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "dataplane/switch_client.h"
#include "relay/bridge.h"
#include "relay/call.h"
#include "relay/figures.h"
#include "relay/put.h"

double
stats_age_s(const struct call *c)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return fmax(0, ((double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3 -
			       (double)c->created_us) /
			       1e6);
}

/* {"address", "port"}; with RTCP_PORT not 0 also "rtcp_port". */
static json_t *
address_json(const struct sw_addr *a, uint16_t rtcp_port)
{
	json_t *o = json_object();

	put_ip(o, "address", a);
	put_count(o, "port", a->port);
	if (rtcp_port != 0)
		put_count(o, "rtcp_port", rtcp_port);
	return o;
}

/* Where S's party is. */
static json_t *
remote_json(const struct stream *s)
{
	struct sw_addr rtcp = call_remote_rtcp(s);
	json_t *o = address_json(&s->remote, rtcp.port);

	if (memcmp(rtcp.ip, s->remote.ip, sizeof rtcp.ip) != 0)
		put_ip(o, "rtcp_address", &rtcp);
	return o;
}

/* AT with the ports of S. */
static json_t *
local_json(struct sw_addr at, const struct stream *s)
{
	at.port = s->port;
	return address_json(&at, s->mux ? s->port : (uint16_t)(s->port + 1));
}

void
stats_put_local(json_t *o, const struct leg *l, const struct stream *s)
{
	bool told = l->advertised != NULL;

	if (l->mesh != NULL)
		return;
	json_object_set_new(o, "local", local_json(told ? *l->advertised : l->local, s));
	if (told)
		json_object_set_new(o, "bound", local_json(l->local, s));
}

/* ---- One transport. ---- */

static const struct {
	const char *name;
	size_t at;
} counters[] = {
	{"rx_packets", offsetof(struct sw_transport_state, rx_packets)},
	{"rx_bytes", offsetof(struct sw_transport_state, rx_bytes)},
	{"tx_packets", offsetof(struct sw_transport_state, tx_packets)},
	{"tx_bytes", offsetof(struct sw_transport_state, tx_bytes)},
	{"rx_rtcp", offsetof(struct sw_transport_state, rx_rtcp)},
	{"tx_rtcp", offsetof(struct sw_transport_state, tx_rtcp)},
};

static void
put_learned(json_t *o, const struct sw_transport_state *ts)
{
	static const char *const names[2] = {"learned", "learned_rtcp"};
	struct sw_addr learned[2];

	if (!figures_learned(ts, learned))
		return;
	for (unsigned i = 0; i < 2; i++)
		if (learned[i].family == AF_INET || learned[i].family == AF_INET6)
			json_object_set_new(o, names[i], address_json(&learned[i], 0));
}

static void
put_age(json_t *o, const struct sw_transport_state *ts, const struct switch_client *client)
{
	uint64_t ms = figures_idle_ms(ts, client);

	if (ms != FIGURES_NEVER)
		put_count(o, "last_packet_ms_ago", ms);
}

/* ---- Calls. ---- */

static unsigned
cores(const struct switch_client *client)
{
	unsigned n = 0;

	while (n < SW_CORES && switch_client_core(client, n) != NULL)
		n++;
	return n;
}

/* The forwarding core that S is with. */
static unsigned
core_of(const struct stream *s, const struct switch_client *client)
{
	return sw_core_of(s->port, cores(client));
}

static json_t *
events(const struct stream_seen *seen)
{
	return json_pack("{s:I, s:I, s:I, s:I}", "latches", (json_int_t)seen->latches,
		"second_sources", (json_int_t)seen->second_sources, "rekeys",
		(json_int_t)seen->rekeys, "ssrc_limits", (json_int_t)seen->ssrc_limits);
}

/* Have its two parties agreed on keys between themselves, as far as that can be seen? */
static void
put_zrtp(json_t *o, const struct stream *s, const struct figures_of *t)
{
	uint64_t packets = figures_count(&t->more->zrtp);

	if (packets > 0)
		json_object_set_new(o, "zrtp",
			json_pack("{s:I, s:b}", "packets", (json_int_t)packets, "secured",
				sw_is_secured(t->st, s->relatch)));
}

static json_t *
stream(const struct call *c, unsigned leg, unsigned i, const struct switch_client *client)
{
	const struct leg *l = &c->leg[leg];
	const struct stream *s = &l->stream[i];
	const struct figures_of t = figures_of(s, client);
	char bridge[BRIDGE_TEXT];
	json_t *o = json_object();

	put_text(o, "media", request_media_words[s->media]);
	put_text(o, "direction", request_direction_words[s->direction]);
	if (s->closed) {
		json_object_set_new(o, "closed", json_true());
		return o;
	}
	stats_put_local(o, l, s);
	if (s->remote.family != 0 && l->mesh == NULL)
		json_object_set_new(o, "remote", remote_json(s));
	put_learned(o, t.st);
	put_text(o, "source", bridge_source_words(s));
	put_text(o, "suite", bridge_suite_words(s));
	bridge_describe(s, bridge_sink(c, leg, i), bridge);
	put_text(o, "bridge", bridge);
	put_count(o, "dscp", call_dscp(s));
	if (s->codec != REQUEST_OTHER)
		put_text(o, "codec", request_codec_words[s->codec]);
	stats_put_coding(o, c, leg, i, client);
	stats_put_fax(o, c, leg, i, client);
	put_count(o, "core", core_of(s, client));
	for (size_t n = 0; n < sizeof counters / sizeof *counters; n++)
		put_count(o, counters[n].name,
			figures_count((const void *)((const char *)t.st + counters[n].at)));
	stats_put_heard(o, c, leg, i, client);
	put_age(o, t.st, client);
	put_zrtp(o, s, &t);
	put_drops(o, "drops", t.more->drops);
	json_object_set_new(o, "events", events(call_seen(s)));
	return o;
}

static json_t *
heard_stream(const struct call *c, const struct listener *l, unsigned i,
	const struct switch_client *client)
{
	const struct stream *s = &l->leg.stream[i];
	json_t *o = json_object();
	char copy[BRIDGE_TEXT];
	struct figures f;

	put_text(o, "media", request_media_words[s->media]);
	put_text(o, "leg", c->leg[l->of[i].leg].name);
	put_count(o, "stream", l->of[i].stream);
	bridge_describe_listener(c, l, i, copy);
	put_text(o, "copy", copy);
	if (s->closed) {
		json_object_set_new(o, "closed", json_true());
		return o;
	}
	stats_put_local(o, &l->leg, s);
	if (s->remote.family != 0)
		json_object_set_new(o, "remote", remote_json(s));
	put_text(o, "suite", bridge_suite_words(s));
	figures_read(&f, s, client);
	put_count(o, "tx_packets", f.sent);
	return o;
}

static json_t *
listeners(const struct call *c, const struct switch_client *client)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < c->listeners; i++) {
		const struct listener *l = &c->listener[i];
		json_t *one = json_object(), *streams = json_array();

		put_text(one, "name", l->leg.name);
		put_text(one, "interface", l->leg.interface);
		for (unsigned j = 0; j < l->leg.streams; j++)
			json_array_append_new(streams, heard_stream(c, l, j, client));
		json_object_set_new(one, "streams", streams);
		json_array_append_new(list, one);
	}
	return list;
}

/* What was asked for C as a whole. */
static void
put_wishes(json_t *o, const struct call *c)
{
	json_t *timeouts = json_object();

	if (call_is_e2e(c))
		put_text(o, "e2e", request_e2e_words[0]);
	stats_put_rules(o, c);
	for (unsigned i = 0; i < TIMEOUTS; i++) {
		char name[16];

		snprintf(name, sizeof name, "%s_ms", timeout_words[i]);
		if (c->timeout_ms[i] != 0)
			put_count(timeouts, name,
				c->timeout_ms[i] != CALL_NO_TIMEOUT ? c->timeout_ms[i] : 0);
	}
	if (json_object_size(timeouts) > 0)
		json_object_set(o, "timeouts", timeouts);
	json_decref(timeouts);
}

json_t *
stats_call(const struct call *c, const struct switch_client *client)
{
	json_t *o = json_object(), *legs = json_array();

	for (unsigned i = 0; i < c->legs; i++) {
		json_t *leg = json_object(), *streams = json_array();

		put_text(leg, "name", c->leg[i].name);
		put_text(leg, "interface", c->leg[i].interface);
		stats_put_mesh(leg, &c->leg[i]);
		for (unsigned j = 0; j < c->leg[i].streams; j++)
			json_array_append_new(streams, stream(c, i, j, client));
		json_object_set_new(leg, "streams", streams);
		json_array_append_new(legs, leg);
	}
	put_text(o, "call", c->id);
	put_text(o, "state", c->exported ? "exported" : "running");
	put_wishes(o, c);
	stats_put_ng(o, c);
	put_number(o, "age_s", stats_age_s(c), 1e3);
	json_object_set_new(o, "legs", legs);
	if (c->listeners > 0)
		json_object_set_new(o, "listeners", listeners(c, client));
	return o;
}

/* The numbers of the bits that are set in MASK. */
static json_t *
numbers(uint32_t mask)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < 32; i++)
		if (mask & UINT32_C(1) << i)
			json_array_append_new(list, json_integer(i));
	return list;
}
static_assert(SW_CORES <= 32, "a bit for each core");

json_t *
stats_call_row(const struct call *c, const struct switch_client *client)
{
	json_t *o = json_object(), *legs = json_array();
	uint64_t rx = 0, tx = 0, lost = 0, dropped = 0;
	uint32_t with = 0; /* bit n: core n */

	for (unsigned i = 0; i < c->legs; i++) {
		json_array_append_new(legs, json_string(c->leg[i].name));
		for (unsigned j = 0; j < c->leg[i].streams; j++) {
			struct figures f;

			if (c->leg[i].stream[j].closed)
				continue;
			figures_read(&f, &c->leg[i].stream[j], client);
			with |= UINT32_C(1) << core_of(&c->leg[i].stream[j], client);
			rx += f.packets;
			tx += f.sent;
			lost += f.lost;
			dropped += f.dropped;
		}
	}
	put_text(o, "call", c->id);
	put_text(o, "state", c->exported ? "exported" : "running");
	put_number(o, "age_s", stats_age_s(c), 1e3);
	json_object_set_new(o, "legs", legs);
	json_object_set_new(o, "cores", numbers(with));
	put_count(o, "rx_packets", rx);
	put_count(o, "tx_packets", tx);
	put_count(o, "lost", lost);
	put_count(o, "dropped", dropped);
	return o;
}
