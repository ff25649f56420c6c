/* SPDX-License-Identifier: Apache-2.0
 *
 * See metrics_value.h. */
#include "relay/metrics_value.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#include "control/events.h"
#include "control/rpc.h"
#include "control/rpc_tally.h"
#include "dataplane/switch_client.h"
#include "relay/calls.h"
#include "relay/config.h"
#include "relay/core_watch.h"
#include "relay/methods.h"
#include "relay/metrics.h"
#include "relay/node_view.h"
#include "relay/sampler.h"
#include "relay/setup_time.h"

static double
count(const void *base, size_t at)
{
	const _Atomic uint64_t *counter = (const void *)((const char *)base + at);

	return (double)atomic_load_explicit(counter, memory_order_relaxed);
}

static void
put_one(struct openmetrics *m, const char *label, double value)
{
	openmetrics_put(m, &label, value);
}

static void
put_two(struct openmetrics *m, const char *first, const char *second, double value)
{
	openmetrics_put(m, (const char *const[]){first, second}, value);
}

/* ---- The node. ---- */

void
metric_build(struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	char api[12], abi[12];

	snprintf(api, sizeof api, "%d", (int)RPC_API);
	snprintf(abi, sizeof abi, "%d", (int)SW_ABI);
	openmetrics_put(m, (const char *const[]){STROWGER_VERSION, api, abi}, 1);
}

void
metric_started(struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	const struct sw_state *st = switch_client_state(view->client);

	put_one(m, "control", (double)view->started_us / 1e6);
	if (st != NULL)
		put_one(m, "switch", (double)st->started_us / 1e6);
}

void
metric_flag(struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	openmetrics_put(m, NULL, *(const bool *)((const char *)view + row->at));
}

void
metric_restarts(struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	openmetrics_put(m, NULL, view->restarts);
}

void
metric_takeovers(struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	const struct sw_state *st = switch_client_state(view->client);

	if (st != NULL)
		openmetrics_put(m, NULL, atomic_load(&st->restarts));
}

void
metric_tsc_hz(struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	const struct sw_state *st = switch_client_state(view->client);

	if (st != NULL)
		openmetrics_put(m, NULL, (double)st->tsc_hz);
}

void
metric_rpc(struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	uint64_t n[RPC_OUTCOMES];
	const char *method;

	for (size_t i = 0; (method = rpc_tally_row(view->rpc, i, n)) != NULL; i++)
		for (unsigned j = 0; j < RPC_OUTCOMES; j++)
			put_two(m, method, rpc_outcome_words[j], (double)n[j]);
}

void
metric_events(struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	openmetrics_put(m, NULL, (double)events_seq(view->events));
}

void
metric_events_dropped(
	struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	openmetrics_put(m, NULL, (double)events_dropped(view->events));
}

/* ---- Calls. ---- */

void
metric_calls(struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	openmetrics_put(m, NULL, calls_count(view->calls));
}

void
metric_call_limit(
	struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	openmetrics_put(m, NULL, view->conf->call_limit);
}

/* A member of struct calls_sums. */
void
metric_sum(struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	const char *sums = (const char *)calls_sums(view->calls);

	openmetrics_put(m, NULL, (double)*(const uint64_t *)(const void *)(sums + row->at));
}

void
metric_refused(struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	const struct calls_sums *sums = calls_sums(view->calls);

	for (unsigned i = FAULT_NONE + 1; i < FAULTS; i++)
		put_one(m, method_faults[i].reason, (double)sums->refused_for[i]);
}

void
metric_ended(struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	const struct calls_sums *sums = calls_sums(view->calls);

	put_one(m, "deleted", (double)sums->deleted);
	put_one(m, "timeout", (double)sums->timed_out);
	put_one(m, "mesh", (double)sums->ended);
	put_one(m, "lost", (double)sums->dropped);
}

void
metric_setup(struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	const struct setup_time *t = &calls_sums(view->calls)->setup;

	openmetrics_put_histogram(
		m, NULL, setup_time_bound, t->count, SETUP_BOUNDS, (double)t->sum_us / 1e6);
}

/* ---- What calls sound like. ---- */

/* A number of struct quality_sums. */
void
metric_quality(struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	const char *sums = (const char *)sampler_sums(calls_sampler(view->calls));

	openmetrics_put(m, NULL, (double)*(const uint64_t *)(const void *)(sums + row->at));
}

/* One that is in milliseconds. */
void
metric_quality_ms(
	struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	const char *sums = (const char *)sampler_sums(calls_sampler(view->calls));

	openmetrics_put(
		m, NULL, (double)*(const uint64_t *)(const void *)(sums + row->at) / 1e3);
}

/* The greatest opinion in bucket I: look.h. */
static double
mos_bound(unsigned i)
{
	return 1 + i / 2.;
}

/* No opinion is greater than the last bound. */
void
metric_mos(struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	const struct quality_sums *sums = sampler_sums(calls_sampler(view->calls));
	uint64_t n[QUALITY_BUCKETS + 1] = {0};
	double bound[QUALITY_BUCKETS];

	for (unsigned i = 0; i < QUALITY_BUCKETS; i++) {
		bound[i] = mos_bound(i);
		n[i] = sums->ended[i];
	}
	openmetrics_put_histogram(m, NULL, bound, n, QUALITY_BUCKETS, sums->ended_mos);
}

void
metric_mos_now(struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	const struct quality_sums *sums = sampler_sums(calls_sampler(view->calls));
	char bound[8];

	for (unsigned i = 0; i < QUALITY_BUCKETS; i++) {
		snprintf(bound, sizeof bound, "%.1f", mos_bound(i));
		put_one(m, bound, (double)sums->running[i]);
	}
}

/* ---- Forwarding cores. ---- */

/* Calls PUT for each of them with its number as text. */
static void
each_core(struct openmetrics *m, const struct node_view *view, const struct metric *row,
	void (*put)(struct openmetrics *, const struct sw_core *, const char *number,
		const struct metric *))
{
	const struct sw_core *core;
	char number[12];

	for (unsigned i = 0; (core = switch_client_core(view->client, i)) != NULL; i++) {
		snprintf(number, sizeof number, "%u", i);
		put(m, core, number, row);
	}
}

static void
core_counter(struct openmetrics *m, const struct sw_core *core, const char *number,
	const struct metric *row)
{
	put_one(m, number, count(core, row->at));
}

/* A counter of struct sw_core. */
void
metric_core(struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	each_core(m, view, row, core_counter);
}

static void
core_small(struct openmetrics *m, const struct sw_core *core, const char *number,
	const struct metric *row)
{
	const _Atomic uint32_t *value = (const void *)((const char *)core + row->at);

	put_one(m, number, atomic_load_explicit(value, memory_order_relaxed));
}

/* One of its 32-bit members. */
void
metric_core_small(
	struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	each_core(m, view, row, core_small);
}

static void
core_stages(struct openmetrics *m, const struct sw_core *core, const char *number,
	const struct metric *row)
{
	for (unsigned i = 0; i < SW_STAGES; i++)
		put_two(m, number, sw_stage_name((enum sw_stage)i),
			count(core, row->at + i * sizeof(uint64_t)));
}

/* One of its counters by stage. */
void
metric_stages(struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	each_core(m, view, row, core_stages);
}

static void
core_drops(struct openmetrics *m, const struct sw_core *core, const char *number,
	const struct metric *row)
{
	for (unsigned i = 0; i < DROPS; i++)
		put_two(m, number, drop_info((enum drop)i)->name,
			count(core->drops, i * sizeof *core->drops));
}

void
metric_drops(struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	each_core(m, view, row, core_drops);
}

void
metric_stalled(struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	char number[12];

	for (unsigned i = 0; switch_client_core(view->client, i) != NULL; i++) {
		snprintf(number, sizeof number, "%u", i);
		put_one(m, number, core_watch_is_stalled(view->watch, i));
	}
}

void
metric_transports(
	struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	char number[12];

	for (unsigned i = 0; switch_client_core(view->client, i) != NULL; i++) {
		snprintf(number, sizeof number, "%u", i);
		put_one(m, number, calls_on_core(view->calls, i));
	}
}

/* ---- Transcode cores. ---- */

static void
each_transcoder(struct openmetrics *m, const struct node_view *view, const struct metric *row,
	void (*put)(struct openmetrics *, const struct sw_transcoder *, const char *number,
		const struct metric *))
{
	const struct sw_transcoder *core;
	char number[12];

	for (unsigned i = 0; (core = switch_client_transcoder(view->client, i)) != NULL; i++) {
		snprintf(number, sizeof number, "%u", i);
		put(m, core, number, row);
	}
}

static double
small(const struct sw_transcoder *core, size_t at)
{
	const _Atomic uint32_t *value = (const void *)((const char *)core + at);

	return atomic_load_explicit(value, memory_order_relaxed);
}

static void
transcoder_counter(struct openmetrics *m, const struct sw_transcoder *core, const char *number,
	const struct metric *row)
{
	put_one(m, number, count(core, row->at));
}

/* A counter of struct sw_transcoder. */
void
metric_transcoder(
	struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	each_transcoder(m, view, row, transcoder_counter);
}

static void
transcoder_small(struct openmetrics *m, const struct sw_transcoder *core, const char *number,
	const struct metric *row)
{
	put_one(m, number, small(core, row->at));
}

/* One of its 32-bit members. */
void
metric_transcoder_small(
	struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	each_transcoder(m, view, row, transcoder_small);
}

static void
transcoder_ratio(struct openmetrics *m, const struct sw_transcoder *core, const char *number,
	const struct metric *row)
{
	put_one(m, number, small(core, row->at) / 1e3);
}

/* One of them that is in thousandths. */
void
metric_transcoder_ratio(
	struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	each_transcoder(m, view, row, transcoder_ratio);
}

/* What it has been promised, in seconds a second. */
void
metric_promised(struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	char number[12];

	for (unsigned i = 0; switch_client_transcoder(view->client, i) != NULL; i++) {
		snprintf(number, sizeof number, "%u", i);
		put_one(m, number, (double)calls_promised(view->calls, i) / 1e9);
	}
}

static void
transcoder_drops(struct openmetrics *m, const struct sw_transcoder *core, const char *number,
	const struct metric *row)
{
	for (unsigned i = 0; i < DROPS; i++)
		put_two(m, number, drop_info((enum drop)i)->name,
			count(core->drops, i * sizeof *core->drops));
}

void
metric_transcoder_drops(
	struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	each_transcoder(m, view, row, transcoder_drops);
}

/* ---- Devices. ---- */

/* Device I, and its name with a NUL.  NULL: there is none such. */
static const struct sw_device *
device(const struct node_view *view, unsigned i, char name[SW_NAME + 1])
{
	const struct sw_state *st = switch_client_state(view->client);

	if (st == NULL || i >= st->devices || i >= SW_DEVICES)
		return NULL;
	snprintf(name, SW_NAME + 1, "%.*s", SW_NAME, st->device[i].name);
	return &st->device[i];
}

void
metric_device_up(struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	const struct sw_device *d;
	char name[SW_NAME + 1];

	for (unsigned i = 0; (d = device(view, i, name)) != NULL; i++)
		put_one(m, name, atomic_load_explicit(&d->up, memory_order_relaxed) != 0);
}

void
metric_fragments(struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	const struct sw_device *d;
	char name[SW_NAME + 1];

	for (unsigned i = 0; (d = device(view, i, name)) != NULL; i++)
		put_one(m, name, count(&d->fragments, 0));
}

void
metric_mbufs(struct openmetrics *m, const struct node_view *view, const struct metric *row)
{
	const struct sw_device *d;
	char name[SW_NAME + 1];

	for (unsigned i = 0; (d = device(view, i, name)) != NULL; i++) {
		uint32_t all = atomic_load_explicit(&d->mbufs, memory_order_relaxed);
		uint32_t free = atomic_load_explicit(&d->mbufs_free, memory_order_relaxed);

		put_two(m, name, "free", free);
		put_two(m, name, "used", all > free ? all - free : 0);
	}
}
