/* SPDX-License-Identifier: Apache-2.0
 *
 * The command `statistics`: what was counted over all calls, in rtpengine 26.3's tree, as far
 * as it is counted here; docs/ng.md says what is not.  Sums are since this process began;
 * packets, since the switch did.  Everything there is: /metrics and the RPC. */
#include <arpa/inet.h>
#include <string.h>

#include "dataplane/switch_client.h"
#include "relay/calls.h"
#include "relay/config_names.h"
#include "relay/dialog.h"
#include "relay/figures.h"
#include "relay/look.h"
#include "relay/ng_inside.h"
#include "relay/sampler.h"

enum { US = 1000000 };

/* How 26.3 calls the commands there. */
static const struct {
	enum ng_command command;
	const char *name;
} names[] = {
	{NG_PING, "ping"},
	{NG_OFFER, "offer"},
	{NG_ANSWER, "answer"},
	{NG_DELETE, "delete"},
	{NG_QUERY, "query"},
	{NG_LIST, "list"},
	{NG_START_RECORDING, "startrec"},
	{NG_STOP_RECORDING, "stoprec"},
	{NG_PAUSE_RECORDING, "pauserec"},
	{NG_START_FORWARDING, "startfwd"},
	{NG_STOP_FORWARDING, "stopfwd"},
	{NG_BLOCK_DTMF, "blkdtmf"},
	{NG_UNBLOCK_DTMF, "unblkdtmf"},
	{NG_BLOCK_MEDIA, "blkmedia"},
	{NG_UNBLOCK_MEDIA, "unblkmedia"},
	{NG_PLAY_MEDIA, "playmedia"},
	{NG_STOP_MEDIA, "stopmedia"},
	{NG_PLAY_DTMF, "playdtmf"},
	{NG_STATISTICS, "stats"},
	{NG_SILENCE_MEDIA, "slnmedia"},
	{NG_UNSILENCE_MEDIA, "unslnmedia"},
	{NG_PUBLISH, "pub"},
	{NG_SUBSCRIBE_REQUEST, "subreq"},
	{NG_SUBSCRIBE_ANSWER, "subans"},
	{NG_UNSUBSCRIBE, "unsub"},
	{NG_INJECT_START, "injstart"},
	{NG_INJECT_STOP, "injstop"},
	{NG_CONNECT, "conn"},
	{NG_CLI, "cli"},
	{NG_TRANSFORM, "trnsfm"},
	{NG_CREATE, "create"},
	{NG_CREATE_ANSWER, "crtansw"},
	{NG_MESH, "mesh"},
};
enum { NAMES = sizeof names / sizeof *names };

/* Fractions are texts there. */
static void
put_fraction(struct arena *a, struct value *d, const char *key, double v)
{
	value_put_text(a, d, key, arena_print(a, "%.6f", v));
}

static void
put_current(struct ng_work *w, struct value *all)
{
	struct value *d = value_put_dict(w->arena, all, "currentstatistics");
	int64_t sessions = (int64_t)dialogs_count(ng_dialogs(w->ng));

	value_put_number(w->arena, d, "sessionsown", sessions);
	value_put_number(w->arena, d, "sessionsforeign", 0);
	value_put_number(w->arena, d, "sessionstotal", sessions);
}

static void
put_count(struct arena *a, struct value *d, struct slice key, uint64_t n)
{
	struct value *v = value_put(a, d, key, VALUE_NUMBER);

	if (v != NULL)
		v->number = (int64_t)n;
}

/* Since the switch began. */
struct relayed {
	uint64_t packets, bytes, errors;
};

static struct relayed
sum_relayed(const struct switch_client *client)
{
	struct relayed sum = {.packets = 0};
	const struct sw_core *core;

	for (unsigned i = 0; (core = switch_client_core(client, i)) != NULL; i++) {
		sum.packets += figures_count(&core->tx_packets);
		sum.bytes += figures_count(&core->tx_bytes);
		for (unsigned why = 0; why < DROPS; why++)
			sum.errors += figures_count(&core->drops[why]);
	}
	return sum;
}

static void
put_totals(struct ng_work *w, struct value *all)
{
	struct value *d = value_put_dict(w->arena, all, "totalstatistics");
	const struct calls_sums *sums = calls_sums(ng_calls(w->ng));
	const struct quality_sums *heard = sampler_sums(calls_sampler(ng_calls(w->ng)));
	const struct relayed relayed = sum_relayed(ng_client(w->ng));
	const struct {
		const char *key;
		uint64_t n;
	} rows[] = {
		{"managedsessions", sums->created},
		{"rejectedsessions", sums->refused},
		{"timeoutsessions", sums->timed_out},
		{"regularterminatedsessions", sums->deleted},
		{"forcedterminatedsessions", sums->dropped},
		{"relayedpackets", relayed.packets},
		{"relayedpacketerrors", relayed.errors},
		{"relayedbytes", relayed.bytes},
		{"onewaystreams", heard->one_way},
	};

	value_put_text(w->arena, d, "uptime",
		arena_print(
			w->arena, "%lld", (long long)((w->began_us - w->ng->opened_us) / US)));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		put_count(w->arena, d, slice_of(rows[i].key), rows[i].n);
}

/* Of calls that have ended. */
static void
put_quality(struct ng_work *w, struct value *all)
{
	const struct quality_sums *sums = sampler_sums(calls_sampler(ng_calls(w->ng)));
	struct value *d = value_put_dict(w->arena, all, "mos");
	uint64_t calls = 0;

	for (unsigned i = 0; i < QUALITY_BUCKETS; i++)
		calls += sums->ended[i];
	put_fraction(w->arena, d, "mos_total", sums->ended_mos);
	value_put_number(w->arena, d, "mos_samples_total", (int64_t)calls);
	put_fraction(
		w->arena, d, "mos_average", calls > 0 ? sums->ended_mos / (double)calls : 0);
	d = value_put_dict(w->arena, all, "voip_metrics");
	value_put_number(w->arena, d, "packets_lost", (int64_t)sums->lost);
	value_put_number(w->arena, d, "rtp_duplicates", (int64_t)sums->repeats);
	value_put_number(w->arena, d, "rtp_reordered", (int64_t)sums->reordered);
}

/* ---- Commands. ---- */

static void
put_commands(struct ng_work *w, struct value *all)
{
	struct arena *a = w->arena;
	struct value *d = value_put_dict(a, all, "controlstatistics");
	struct value *list = value_put_list(a, d, "proxies"), *one, *v;
	int64_t errors = 0;

	/* Clients are not told apart. */
	one = value_put_dict(a, list, NULL);
	value_put_string(a, one, "proxy", "all");
	for (size_t i = 0; i < NAMES; i++) {
		const struct ng_tally *tally = ng_tally(w->ng, names[i].command);

		put_count(a, one, arena_print(a, "%scount", names[i].name), tally->requests);
		v = value_put(a, one, arena_print(a, "%sduration", names[i].name), VALUE_TEXT);
		if (v != NULL)
			v->text = arena_print(a, "%.6f", (double)tally->us / US);
		errors += (int64_t)tally->errors;
	}
	value_put_number(a, one, "errorcount", errors);
	for (size_t i = 0; i < NAMES; i++)
		put_count(a, d, arena_print(a, "total%scount", names[i].name),
			ng_tally(w->ng, names[i].command)->requests);
}

/* ---- Interfaces: an address with several names is one of each. ---- */

static void
put_interface(
	struct arena *a, struct value *list, const struct sw_local *l, const char *interface)
{
	struct value *d = value_put_dict(a, list, NULL), *ports;
	char text[INET6_ADDRSTRLEN] = "";

	inet_ntop(l->addr.family, l->addr.ip, text, sizeof text);
	value_put_text(a, d, "name", arena_copy(a, slice_of(interface)));
	value_put_text(a, d, "address", arena_copy(a, slice_of(text)));
	ports = value_put_dict(a, d, "ports");
	value_put_number(a, ports, "min", l->addr.port);
	value_put_number(a, ports, "max", l->port_last);
	value_put_number(a, ports, "totals", l->port_last - l->addr.port + 1);
}

static void
put_interfaces(struct ng_work *w, struct value *all)
{
	const struct sw_state *st = switch_client_state(ng_client(w->ng));
	struct value *list = value_put_list(w->arena, all, "interfaces");

	for (unsigned i = 0; st != NULL && i < st->addresses && i < SW_ADDRESSES; i++) {
		struct sw_local l = st->address[i];
		const char *interface;

		l.interface[sizeof l.interface - 1] = '\0';
		for (unsigned j = 0;
			(interface = config_names_at(ng_config(w->ng), &l, j)) != NULL; j++)
			put_interface(w->arena, list, &l, interface);
	}
}

void
ng_statistics(struct ng_work *w)
{
	struct value *answer = value_dict(w->arena), *all;

	all = value_put_dict(w->arena, answer, "statistics");
	put_current(w, all);
	put_totals(w, all);
	put_quality(w, all);
	put_commands(w, all);
	put_interfaces(w, all);
	value_put_string(w->arena, answer, "result", "ok");
	ng_done(w, answer);
}
