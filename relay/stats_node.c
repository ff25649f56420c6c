/* SPDX-License-Identifier: Apache-2.0
 *
 * The node and its switch as a whole: shared memory -> JSON; see stats.h. */
#include <stdio.h>

#include "dataplane/switch_client.h"
#include "relay/calls.h"
#include "relay/config.h"
#include "relay/config_names.h"
#include "relay/core_watch.h"
#include "relay/figures.h"
#include "relay/put.h"
#include "relay/sampler.h"
#include "relay/stats.h"

static uint64_t
sum(const _Atomic uint64_t *counts, unsigned n)
{
	uint64_t all = 0;

	while (n-- > 0)
		all += figures_count(&counts[n]);
	return all;
}

/* Of struct calls_sums, and of struct quality_sums. */
static const struct {
	const char *name;
	size_t at;
} call_sums[] =
	{
		{"created", offsetof(struct calls_sums, created)},
		{"updated", offsetof(struct calls_sums, updated)},
		{"deleted", offsetof(struct calls_sums, deleted)},
		{"refused", offsetof(struct calls_sums, refused)},
		{"exported", offsetof(struct calls_sums, exported)},
		{"imported", offsetof(struct calls_sums, imported)},
		{"recovered", offsetof(struct calls_sums, recovered)},
		{"ended_by_us", offsetof(struct calls_sums, dropped)},
},
  rtp_sums[] = {
	  {"packets", offsetof(struct quality_sums, packets)},
	  {"lost", offsetof(struct quality_sums, lost)},
	  {"reordered", offsetof(struct quality_sums, reordered)},
	  {"duplicates", offsetof(struct quality_sums, repeats)},
	  {"reports", offsetof(struct quality_sums, reports)},
	  {"talk_ms", offsetof(struct quality_sums, talk_ms)},
	  {"one_way", offsetof(struct quality_sums, one_way)},
	  {"decoded", offsetof(struct quality_sums, decoded)},
	  {"concealed", offsetof(struct quality_sums, concealed)},
	  {"recovered", offsetof(struct quality_sums, recovered)},
};

static uint64_t
sum_at(const void *sums, size_t at)
{
	return *(const uint64_t *)(const void *)((const char *)sums + at);
}

/* A histogram's counts, and the mean of what it counts. */
static void
put_histogram(json_t *o, const char *name, const char *mean,
	const uint64_t counts[QUALITY_BUCKETS], double all_mos)
{
	json_t *list = json_array();
	uint64_t n = 0;

	for (unsigned i = 0; i < QUALITY_BUCKETS; i++) {
		n += counts[i];
		json_array_append_new(list, json_integer((json_int_t)counts[i]));
	}
	json_object_set_new(o, name, list);
	if (n > 0)
		put_number(o, mean, all_mos / (double)n, 100);
}

static json_t *
mos(const struct quality_sums *sums)
{
	json_t *o = json_object(), *bounds = json_array();

	for (unsigned i = 0; i < QUALITY_BUCKETS; i++)
		json_array_append_new(bounds, json_real(1 + i / 2.0));
	json_object_set_new(o, "bounds", bounds);
	put_histogram(o, "running", "running_mean", sums->running, sums->running_mos);
	put_histogram(o, "ended", "ended_mean", sums->ended, sums->ended_mos);
	return o;
}

const struct quality_sums *
stats_quality(const struct calls *calls)
{
	return sampler_sums(calls_sampler(calls));
}

json_t *
stats_sums(const struct calls *calls, const struct switch_client *client)
{
	uint64_t rx = 0, rx_bytes = 0, tx = 0, tx_bytes = 0, dropped = 0;
	json_t *o = json_object(), *rtp = json_object();
	const struct sw_transcoder *transcoder;
	const struct sw_core *core;

	for (unsigned i = 0; (transcoder = switch_client_transcoder(client, i)) != NULL; i++)
		dropped += sum(transcoder->drops, DROPS);
	for (unsigned i = 0; (core = switch_client_core(client, i)) != NULL; i++) {
		rx += figures_count(&core->rx_packets);
		rx_bytes += figures_count(&core->rx_bytes);
		tx += figures_count(&core->tx_packets);
		tx_bytes += figures_count(&core->tx_bytes);
		dropped += sum(core->drops, DROPS);
	}
	put_count(o, "calls", calls_count(calls));
	for (size_t i = 0; i < sizeof call_sums / sizeof *call_sums; i++)
		put_count(o, call_sums[i].name, sum_at(calls_sums(calls), call_sums[i].at));
	put_count(o, "rx_packets", rx);
	put_count(o, "rx_bytes", rx_bytes);
	put_count(o, "tx_packets", tx);
	put_count(o, "tx_bytes", tx_bytes);
	put_count(o, "dropped", dropped);
	for (size_t i = 0; i < sizeof rtp_sums / sizeof *rtp_sums; i++)
		put_count(rtp, rtp_sums[i].name, sum_at(stats_quality(calls), rtp_sums[i].at));
	json_object_set_new(o, "rtp", rtp);
	json_object_set_new(o, "mos", mos(stats_quality(calls)));
	return o;
}

static json_t *
stages(const struct sw_core *core)
{
	json_t *rows = json_array();

	for (unsigned i = 0; i < SW_STAGES; i++) {
		uint64_t packets = figures_count(&core->packets[i]),
			 cycles = figures_count(&core->cycles[i]);
		json_t *o = json_object();

		put_text(o, "name", sw_stage_name((enum sw_stage)i));
		put_count(o, "packets", packets);
		put_count(o, "cycles", cycles);
		put_number(o, "cycles_per_packet",
			packets > 0 ? (double)cycles / (double)packets : 0, 10);
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

	put_count(o, "core", i);
	put_count(o, "cpu", atomic_load_explicit(&core->cpu, memory_order_relaxed));
	json_object_set_new(o, "asleep",
		json_boolean(atomic_load_explicit(&core->asleep, memory_order_relaxed)));
	json_object_set_new(o, "stalled", json_boolean(core_watch_is_stalled(watch, i)));
	put_count(o, "transports", calls_on_core(calls, i));
	put_number(o, "rx_rate", rate.rx, 10);
	put_number(o, "tx_rate", rate.tx, 10);
	put_number(o, "busy", rate.busy * 100, 10);
	for (size_t n = 0; n < sizeof sums / sizeof *sums; n++)
		put_count(o, sums[n].name,
			figures_count((const void *)((const char *)core + sums[n].at)));
	put_count(o, "dropped", sum(core->drops, DROPS));
	put_drops(o, "drops", core->drops);
	json_object_set_new(o, "stages", stages(core));
	return o;
}

json_t *
stats_cores(const struct switch_client *client, const struct calls *calls,
	const struct core_watch *watch)
{
	json_t *rows = json_array();

	for (unsigned i = 0; switch_client_core(client, i) != NULL; i++)
		json_array_append_new(rows, core_row(client, calls, watch, i));
	return json_pack("{s:o}", "cores", rows);
}

/* L as one of INTERFACE's. */
static json_t *
address_row(const struct config *conf, const struct sw_local *l, const char *interface)
{
	const struct sw_addr *advertised = config_names_advertised(conf, interface, &l->addr);
	json_t *o = json_object();

	put_text(o, "interface", interface);
	put_ip(o, "address", &l->addr);
	if (advertised != NULL)
		put_ip(o, "advertised", advertised);
	put_count(o, "first_port", l->addr.port);
	put_count(o, "last_port", l->port_last);
	return o;
}

/* The local addresses of device I, each under all its names; where legs of the mesh are is
 * nobody's to send to. */
static json_t *
addresses(const struct sw_state *st, unsigned i, const struct config *conf)
{
	json_t *rows = json_array();

	for (unsigned n = 0; n < st->addresses && n < SW_ADDRESSES; n++) {
		struct sw_local l = st->address[n];
		const char *interface;

		if (l.device != i || l.addr.family == SW_AF_MESH)
			continue;
		l.interface[sizeof l.interface - 1] = '\0';
		for (unsigned j = 0; (interface = config_names_at(conf, &l, j)) != NULL; j++)
			json_array_append_new(rows, address_row(conf, &l, interface));
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
		put_count(o, "mtu", d->mtu);
		put_count(o, "queues", d->queues);
		if (d->vlan != 0)
			put_count(o, "vlan", d->vlan);
		if (d->twin[0] != '\0')
			put_name(o, "twin", d->twin, sizeof d->twin);
		json_object_set_new(o, "up",
			json_boolean(atomic_load_explicit(&d->up, memory_order_relaxed)));
		put_count(o, "fragments", figures_count(&d->fragments));
		put_count(o, "mbufs", atomic_load_explicit(&d->mbufs, memory_order_relaxed));
		put_count(o, "mbufs_free",
			atomic_load_explicit(&d->mbufs_free, memory_order_relaxed));
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
		uint64_t n_dropped = 0;
		const struct sw_transcoder *transcoder;
		const struct sw_core *core;
		json_t *o = json_object();

		for (unsigned n = 0; (core = switch_client_core(client, n)) != NULL; n++)
			n_dropped += figures_count(&core->drops[i]);
		for (unsigned n = 0;
			(transcoder = switch_client_transcoder(client, n)) != NULL; n++)
			n_dropped += figures_count(&transcoder->drops[i]);
		put_text(o, "name", drop_info((enum drop)i)->name);
		put_count(o, "packets", n_dropped);
		put_text(o, "help", drop_info((enum drop)i)->help);
		json_array_append_new(rows, o);
	}
	return json_pack("{s:o}", "drops", rows);
}
