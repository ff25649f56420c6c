/* SPDX-License-Identifier: Apache-2.0
 *
 * Shared memory -> JSON; see stats.h.  Jitter and loss: RFC 3550 appendix A.3 and A.8, which
 * the switch has computed but for the units. */
#include "relay/stats.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "dataplane/switch_client.h"
#include "relay/bridge.h"
#include "relay/call.h"
#include "relay/calls.h"
#include "relay/config.h"
#include "relay/core_watch.h"
#include "relay/tsc.h"

static uint64_t
count(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static uint64_t
sum(const _Atomic uint64_t *counts, unsigned n)
{
	uint64_t all = 0;

	while (n-- > 0)
		all += count(&counts[n]);
	return all;
}

static void
put(json_t *o, const char *name, uint64_t n)
{
	json_object_set_new(o, name, json_integer((json_int_t)n));
}

static void
put_text(json_t *o, const char *name, const char *text)
{
	json_object_set_new(o, name, json_string(text));
}

/* A name of at most N bytes, which may lack its NUL. */
static void
put_name(json_t *o, const char *name, const char *text, size_t n)
{
	json_object_set_new(o, name, json_stringn(text, strnlen(text, n)));
}

static double
rounded(double v, double steps)
{
	return (double)(int64_t)(v * steps + 0.5) / steps;
}

static double
seconds_since(int64_t real_us)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return rounded(
		((double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3 - (double)real_us) / 1e6,
		1e3);
}

static void
put_ip(json_t *o, const char *name, const struct sw_addr *a)
{
	char text[INET6_ADDRSTRLEN] = "";

	inet_ntop(a->family, a->ip, text, sizeof text);
	put_text(o, name, text);
}

/* {"address", "port"}; with RTCP_PORT not 0 also "rtcp_port". */
static json_t *
address_json(const struct sw_addr *a, uint16_t rtcp_port)
{
	json_t *o = json_object();

	put_ip(o, "address", a);
	put(o, "port", a->port);
	if (rtcp_port != 0)
		put(o, "rtcp_port", rtcp_port);
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
	bool told = l->advertised.family != 0;

	json_object_set_new(o, "local", local_json(told ? l->advertised : l->local, s));
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

/* What is said of a transport that the switch does not have (yet, or any more). */
static const struct sw_transport_state nothing;
static const struct sw_transport_more no_more;

/* A transport's state, and the rest of it; read-only, and the switch's word for nothing. */
struct seen {
	const struct sw_transport_state *st;
	const struct sw_transport_more *more; /* of zeros until it has something to say */
};

static struct seen
seen_of(const struct stream *s, const struct switch_client *client)
{
	const struct sw_transport_state *st = switch_client_transport(client, s->slot);

	if (st == NULL || count(&st->id) != s->id)
		st = &nothing;
	return (struct seen){
		st, st->has_more ? switch_client_more(client, s->slot) : &no_more};
}

static unsigned
rx_ssrcs(const struct seen *t)
{
	return t->st->rx_ssrcs <= SW_SSRCS ? t->st->rx_ssrcs : SW_SSRCS;
}

static const struct sw_rx_ssrc *
rx_at(const struct seen *t, unsigned i)
{
	return i == 0 ? &t->st->rx : &t->more->rx[i - 1];
}

/* Packets lost on the way here: of all SSRCs' finished epochs and the running ones. */
static uint64_t
lost(const struct seen *t)
{
	uint64_t sum = count(&t->st->lost);

	for (unsigned i = 0; i < rx_ssrcs(t); i++) {
		const struct sw_rx_ssrc *rx = rx_at(t, i);
		uint64_t expected = count(&rx->index) - rx->first + 1,
			 got = count(&rx->packets);

		if (rx->state != 0 && rx->epoch != 0 && expected > got)
			sum += expected - got;
	}
	return sum;
}

/* The SSRC that was heard last; NULL: none. */
static const struct sw_rx_ssrc *
newest(const struct seen *t)
{
	const struct sw_rx_ssrc *best = NULL;

	for (unsigned i = 0; i < rx_ssrcs(t); i++) {
		const struct sw_rx_ssrc *rx = rx_at(t, i);

		if (rx->state != 0 && rx->epoch != 0 &&
			(best == NULL || (int32_t)(rx->seen - best->seen) > 0))
			best = rx;
	}
	return best;
}

static double
jitter_ms(const struct seen *t, uint32_t clock_hz)
{
	const struct sw_rx_ssrc *rx = newest(t);

	if (rx == NULL || clock_hz == 0)
		return 0;
	return rounded(atomic_load_explicit(&rx->jitter, memory_order_relaxed) / 16.0 * 1000 /
			       (double)clock_hz,
		1e3);
}

/* The core writes it between two steps of learned_seq.  False: it is just doing so. */
static bool
read_learned(const struct sw_transport_state *ts, struct sw_addr learned[2])
{
	enum { TRIES = 100 };

	for (unsigned i = 0; i < TRIES; i++) {
		uint32_t before = atomic_load_explicit(&ts->learned_seq, memory_order_acquire);

		memcpy(learned, ts->learned, sizeof ts->learned);
		atomic_thread_fence(memory_order_acquire);
		if (before % 2 == 0 &&
			before == atomic_load_explicit(&ts->learned_seq, memory_order_relaxed))
			return true;
	}
	return false;
}

static void
put_learned(json_t *o, const struct sw_transport_state *ts)
{
	static const char *const names[2] = {"learned", "learned_rtcp"};
	struct sw_addr learned[2];

	if (!read_learned(ts, learned))
		return;
	for (unsigned i = 0; i < 2; i++)
		if (learned[i].family == AF_INET || learned[i].family == AF_INET6)
			json_object_set_new(o, names[i], address_json(&learned[i], 0));
}

/* Reasons that count something, with their packets. */
static json_t *
drops(const _Atomic uint64_t counts[DROPS])
{
	json_t *o = json_object();

	for (unsigned i = 0; i < DROPS; i++)
		if (count(&counts[i]) != 0)
			put(o, drop_info((enum drop)i)->name, count(&counts[i]));
	return o;
}

static void
put_age(json_t *o, const struct sw_transport_state *ts, const struct switch_client *client)
{
	const struct sw_state *st = switch_client_state(client);
	uint64_t seen = count(&ts->last_seen), now = tsc_now();

	if (seen == 0 || st == NULL || st->tsc_hz == 0)
		return;
	put(o, "last_packet_ms_ago",
		now > seen ? (uint64_t)((double)(now - seen) * 1e3 / (double)st->tsc_hz) : 0);
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

static json_t *
stream(const struct call *c, unsigned leg, unsigned i, const struct switch_client *client)
{
	const struct leg *l = &c->leg[leg];
	const struct stream *s = &l->stream[i];
	const struct seen t = seen_of(s, client);
	char bridge[BRIDGE_TEXT];
	json_t *o = json_object();

	put_text(o, "media", request_media_words[s->media]);
	put_text(o, "direction", request_direction_words[s->direction]);
	stats_put_local(o, l, s);
	if (s->remote.family != 0)
		json_object_set_new(
			o, "remote", address_json(&s->remote, call_remote_rtcp(s).port));
	put_learned(o, t.st);
	put_text(o, "source", bridge_source_words(s));
	put_text(o, "suite", sw_suite_info(s->seal.suite)->name);
	bridge_describe(s, bridge_peer(c, leg, i), bridge);
	put_text(o, "bridge", bridge);
	put(o, "dscp", call_dscp(s));
	put(o, "core", core_of(s, client));
	for (size_t n = 0; n < sizeof counters / sizeof *counters; n++)
		put(o, counters[n].name,
			count((const void *)((const char *)t.st + counters[n].at)));
	put(o, "lost", lost(&t));
	json_object_set_new(o, "jitter_ms", json_real(jitter_ms(&t, call_clock_hz(s))));
	put_age(o, t.st, client);
	json_object_set_new(o, "drops", drops(t.more->drops));
	json_object_set_new(o, "events", events(&s->seen));
	return o;
}

json_t *
stats_call(const struct call *c, const struct switch_client *client)
{
	json_t *o = json_object(), *legs = json_array();

	for (unsigned i = 0; i < c->legs; i++) {
		json_t *leg = json_object(), *streams = json_array();

		put_text(leg, "name", c->leg[i].name);
		put_text(leg, "interface", c->leg[i].interface);
		for (unsigned j = 0; j < c->leg[i].streams; j++)
			json_array_append_new(streams, stream(c, i, j, client));
		json_object_set_new(leg, "streams", streams);
		json_array_append_new(legs, leg);
	}
	put_text(o, "call", c->id);
	put_text(o, "state", c->exported ? "exported" : "running");
	json_object_set_new(o, "age_s", json_real(seconds_since(c->created_us)));
	json_object_set_new(o, "legs", legs);
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
	uint64_t rx = 0, tx = 0, gone = 0, dropped = 0;
	uint32_t with = 0; /* bit n: core n */

	for (unsigned i = 0; i < c->legs; i++) {
		json_array_append_new(legs, json_string(c->leg[i].name));
		for (unsigned j = 0; j < c->leg[i].streams; j++) {
			const struct seen t = seen_of(&c->leg[i].stream[j], client);

			with |= UINT32_C(1) << core_of(&c->leg[i].stream[j], client);
			rx += count(&t.st->rx_packets);
			tx += count(&t.st->tx_packets);
			gone += lost(&t);
			dropped += sum(t.more->drops, DROPS);
		}
	}
	put_text(o, "call", c->id);
	put_text(o, "state", c->exported ? "exported" : "running");
	json_object_set_new(o, "age_s", json_real(seconds_since(c->created_us)));
	json_object_set_new(o, "legs", legs);
	json_object_set_new(o, "cores", numbers(with));
	put(o, "rx_packets", rx);
	put(o, "tx_packets", tx);
	put(o, "lost", gone);
	put(o, "dropped", dropped);
	return o;
}

/* ---- The switch as a whole. ---- */

json_t *
stats_sums(const struct calls *calls, const struct switch_client *client)
{
	const struct calls_sums *sums = calls_sums(calls);
	uint64_t rx = 0, rx_bytes = 0, tx = 0, tx_bytes = 0, dropped = 0;

	for (unsigned i = 0; i < cores(client); i++) {
		const struct sw_core *core = switch_client_core(client, i);

		rx += count(&core->rx_packets);
		rx_bytes += count(&core->rx_bytes);
		tx += count(&core->tx_packets);
		tx_bytes += count(&core->tx_bytes);
		dropped += sum(core->drops, DROPS);
	}
	return json_pack(
		"{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
		"calls", (json_int_t)calls_count(calls), "created", (json_int_t)sums->created,
		"updated", (json_int_t)sums->updated, "deleted", (json_int_t)sums->deleted,
		"refused", (json_int_t)sums->refused, "exported", (json_int_t)sums->exported,
		"imported", (json_int_t)sums->imported, "recovered",
		(json_int_t)sums->recovered, "ended_by_us", (json_int_t)sums->dropped,
		"rx_packets", (json_int_t)rx, "rx_bytes", (json_int_t)rx_bytes, "tx_packets",
		(json_int_t)tx, "tx_bytes", (json_int_t)tx_bytes, "dropped",
		(json_int_t)dropped);
}

static json_t *
stages(const struct sw_core *core)
{
	json_t *rows = json_array();

	for (unsigned i = 0; i < SW_STAGES; i++) {
		uint64_t packets = count(&core->packets[i]), cycles = count(&core->cycles[i]);
		json_t *o = json_object();

		put_text(o, "name", sw_stage_name((enum sw_stage)i));
		put(o, "packets", packets);
		put(o, "cycles", cycles);
		json_object_set_new(o, "cycles_per_packet",
			json_real(packets > 0 ? rounded((double)cycles / (double)packets, 10)
					      : 0));
		json_array_append_new(rows, o);
	}
	return rows;
}

static json_t *
core_row(const struct switch_client *client, const struct calls *calls,
	const struct core_watch *watch, unsigned i)
{
	static const struct {
		const char *name;
		size_t at;
	} sums[] = {
		{"rx_packets", offsetof(struct sw_core, rx_packets)},
		{"rx_bytes", offsetof(struct sw_core, rx_bytes)},
		{"tx_packets", offsetof(struct sw_core, tx_packets)},
		{"tx_bytes", offsetof(struct sw_core, tx_bytes)},
		{"handed_over", offsetof(struct sw_core, handed_over)},
		{"taken_in", offsetof(struct sw_core, taken_in)},
		{"turns", offsetof(struct sw_core, turns)},
		{"empty_turns", offsetof(struct sw_core, empty_turns)},
		{"sleeps", offsetof(struct sw_core, sleeps)},
		{"busy_cycles", offsetof(struct sw_core, busy_cycles)},
	};
	const struct sw_core *core = switch_client_core(client, i);
	struct core_rate rate = core_watch_rate(watch, i);
	json_t *o = json_object();

	put(o, "core", i);
	put(o, "cpu", atomic_load_explicit(&core->cpu, memory_order_relaxed));
	json_object_set_new(o, "asleep",
		json_boolean(atomic_load_explicit(&core->asleep, memory_order_relaxed)));
	json_object_set_new(o, "stalled", json_boolean(core_watch_is_stalled(watch, i)));
	put(o, "transports", calls_on_core(calls, i));
	json_object_set_new(o, "rx_rate", json_real(rounded(rate.rx, 10)));
	json_object_set_new(o, "tx_rate", json_real(rounded(rate.tx, 10)));
	json_object_set_new(o, "busy", json_real(rounded(rate.busy * 100, 10)));
	for (size_t n = 0; n < sizeof sums / sizeof *sums; n++)
		put(o, sums[n].name, count((const void *)((const char *)core + sums[n].at)));
	put(o, "dropped", sum(core->drops, DROPS));
	json_object_set_new(o, "drops", drops(core->drops));
	json_object_set_new(o, "stages", stages(core));
	return o;
}

json_t *
stats_cores(const struct switch_client *client, const struct calls *calls,
	const struct core_watch *watch)
{
	json_t *rows = json_array();

	for (unsigned i = 0; i < cores(client); i++)
		json_array_append_new(rows, core_row(client, calls, watch, i));
	return json_pack("{s:o}", "cores", rows);
}

/* The local addresses of device I. */
static json_t *
addresses(const struct sw_state *st, unsigned i, const struct config *conf)
{
	json_t *rows = json_array();

	for (unsigned n = 0; n < st->addresses && n < SW_ADDRESSES; n++) {
		const struct sw_local *l = &st->address[n];
		struct sw_addr advertised;
		char interface[SW_NAME + 1];
		json_t *o;

		if (l->device != i)
			continue;
		o = json_object();
		snprintf(interface, sizeof interface, "%.*s", SW_NAME, l->interface);
		advertised = config_advertised(conf, interface, &l->addr);
		put_text(o, "interface", interface);
		put_ip(o, "address", &l->addr);
		if (advertised.family != 0)
			put_ip(o, "advertised", &advertised);
		put(o, "first_port", l->addr.port);
		put(o, "last_port", l->port_last);
		json_array_append_new(rows, o);
	}
	return rows;
}

json_t *
stats_devices(const struct switch_client *client, const struct config *conf)
{
	const struct sw_state *st = switch_client_state(client);
	json_t *rows = json_array();

	for (unsigned i = 0; st != NULL && i < st->devices && i < SW_DEVICES; i++) {
		const struct sw_device *d = &st->device[i];
		char mac[18];
		json_t *o = json_object();

		snprintf(mac, sizeof mac, "%02x:%02x:%02x:%02x:%02x:%02x", d->mac[0],
			d->mac[1], d->mac[2], d->mac[3], d->mac[4], d->mac[5]);
		put_name(o, "name", d->name, sizeof d->name);
		put_name(o, "kind", d->kind, sizeof d->kind);
		put_name(o, "driver", d->driver, sizeof d->driver);
		put_text(o, "mac", mac);
		put(o, "mtu", d->mtu);
		put(o, "queues", d->queues);
		if (d->vlan != 0)
			put(o, "vlan", d->vlan);
		if (d->twin[0] != '\0')
			put_name(o, "twin", d->twin, sizeof d->twin);
		json_object_set_new(o, "up",
			json_boolean(atomic_load_explicit(&d->up, memory_order_relaxed)));
		put(o, "fragments", count(&d->fragments));
		json_object_set_new(o, "addresses", addresses(st, i, conf));
		json_array_append_new(rows, o);
	}
	return json_pack("{s:o}", "devices", rows);
}

json_t *
stats_drops(const struct switch_client *client)
{
	json_t *rows = json_array();

	for (unsigned i = 0; i < DROPS; i++) {
		uint64_t sum = 0;
		json_t *o = json_object();

		for (unsigned n = 0; n < cores(client); n++)
			sum += count(&switch_client_core(client, n)->drops[i]);
		put_text(o, "name", drop_info((enum drop)i)->name);
		put(o, "packets", sum);
		put_text(o, "help", drop_info((enum drop)i)->help);
		json_array_append_new(rows, o);
	}
	return json_pack("{s:o}", "drops", rows);
}
