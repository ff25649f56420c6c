/* SPDX-License-Identifier: Apache-2.0
 *
 * Codecs, what becomes of payloads, and transcode cores -> JSON; see stats.h. */
#include <stdio.h>

#include "dataplane/switch_client.h"
#include "relay/bridge.h"
#include "relay/call.h"
#include "relay/calls.h"
#include "relay/coding.h"
#include "relay/figures.h"
#include "relay/put.h"
#include "relay/stats.h"

static uint32_t
load(const _Atomic uint32_t *v)
{
	return atomic_load_explicit(v, memory_order_relaxed);
}

/* ---- What a party has agreed to. ---- */

static json_t *
format_json(const struct request_format *f, bool used)
{
	const struct codec *codec = codec_by_id(f->format.codec);
	json_t *o = json_object();
	char fmtp[CODEC_FMTP] = "";

	put_text(o, "name", f->name);
	put_count(o, "payload_type", f->format.payload_type);
	if (codec_clock(&f->format) != 0)
		put_count(o, "clock", codec_clock(&f->format));
	put_count(o, "channels", codec_map_channels(&f->format));
	if (f->format.ptime_ms != 0)
		put_count(o, "ptime", f->format.ptime_ms);
	if (codec != NULL && codec->fmtp_print != NULL)
		codec->fmtp_print(&f->format, fmtp);
	if (fmtp[0] != '\0')
		put_text(o, "fmtp", fmtp);
	json_object_set_new(o, "used", json_boolean(used));
	return o;
}

static void
put_wishes(json_t *o, const struct coding *c)
{
	const struct {
		const char *name;
		uint8_t on;
	} flags[] = {
		{"mute", c->mute}, {"block", c->block}, {"echo", c->echo}, {"fill", c->fill}};
	json_t *formats = json_array();

	for (unsigned i = 0; i < c->formats; i++)
		json_array_append_new(
			formats, format_json(&c->format[i], (c->use.taken & 1u << i) != 0));
	if (c->formats > 0)
		json_object_set(o, "codecs", formats);
	json_decref(formats);
	if (c->gain_db10 != 0)
		put_number(o, "gain_db", c->gain_db10 / 10., 10);
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (flags[i].on)
			json_object_set_new(o, flags[i].name, json_true());
}

/* ---- What becomes of it. ---- */

static const struct {
	const char *name;
	size_t at;
} counters[] = {
	{"packets_in", offsetof(struct sw_bridge_state, packets_in)},
	{"packets_out", offsetof(struct sw_bridge_state, packets_out)},
	{"frames", offsetof(struct sw_bridge_state, frames)},
	{"passed", offsetof(struct sw_bridge_state, passed)},
	{"events", offsetof(struct sw_bridge_state, events)},
	{"lost", offsetof(struct sw_bridge_state, lost)},
	{"recovered", offsetof(struct sw_bridge_state, recovered)},
	{"concealed", offsetof(struct sw_bridge_state, concealed)},
	{"filled", offsetof(struct sw_bridge_state, filled)},
	{"late", offsetof(struct sw_bridge_state, late)},
	{"duplicates", offsetof(struct sw_bridge_state, duplicates)},
	{"reordered", offsetof(struct sw_bridge_state, reordered)},
	{"malformed", offsetof(struct sw_bridge_state, malformed)},
	{"unknown", offsetof(struct sw_bridge_state, unknown)},
	{"jumps", offsetof(struct sw_bridge_state, jumps)},
	{"clipped", offsetof(struct sw_bridge_state, clipped)},
};

/* Of a direction that is transcoded by core CORE; ST: NULL, nothing has come yet. */
static json_t *
transcode_json(const struct sw_bridge_state *st, unsigned core, uint64_t tsc_hz)
{
	json_t *o = json_object();

	put_count(o, "core", core);
	if (st == NULL)
		return o;
	put_count(o, "ssrc", st->ssrc);
	put_count(o, "window_ms", load(&st->window_us) / 1000);
	put_number(o, "level_db",
		atomic_load_explicit(&st->level_db10, memory_order_relaxed) / 10., 10);
	if (tsc_hz != 0)
		put_number(o, "busy_ms",
			(double)figures_count(&st->cycles) * 1e3 / (double)tsc_hz, 10);
	for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
		put_count(o, counters[i].name,
			figures_count((const void *)((const char *)st + counters[i].at)));
	return o;
}

static void
put_coding(json_t *o, const char *words, bool is_transcoded, const struct sw_bridge_state *st)
{
	char text[BRIDGE_TEXT + 32];

	if (is_transcoded)
		snprintf(text, sizeof text, "%s, window %u ms", words,
			st != NULL ? load(&st->window_us) / 1000 : 0);
	if (words[0] != '\0')
		put_text(o, "coding", is_transcoded ? text : words);
}

void
stats_put_coding(json_t *o, const struct call *c, unsigned leg, unsigned i,
	const struct switch_client *client)
{
	const struct stream *s = &c->leg[leg].stream[i], *sink = bridge_sink(c, leg, i);
	const struct sw_bridge_state *st = figures_bridge(s, client);
	const struct sw_state *state = switch_client_state(client);
	char words[BRIDGE_TEXT];
	struct sw_bridge b;
	bool is_transcoded;

	if (s->coding == NULL)
		return;
	put_wishes(o, s->coding);
	bridge_describe_codecs(s, sink, words);
	is_transcoded = bridge_rules(s, sink, &b) && b.kind != SW_BRIDGE_MAP;
	put_coding(o, words, is_transcoded, st);
	if (s->coding->transcoder != 0 && (is_transcoded || st != NULL))
		json_object_set_new(o, "transcode",
			transcode_json(st, s->coding->transcoder - 1u,
				state != NULL ? state->tsc_hz : 0));
}

/* ---- Rules. ---- */

static const char *
name_of(unsigned id)
{
	const struct codec *c = codec_by_id(id);

	return c != NULL ? c->name : "other";
}

static void
put_set(json_t *o, const char *name, uint32_t set)
{
	json_t *list;

	if (set == 0)
		return;
	list = json_array();
	for (unsigned id = 0; id < CODECS; id++)
		if (set & UINT32_C(1) << id)
			json_array_append_new(list, json_string(name_of(id)));
	json_object_set_new(o, name, list);
}

void
stats_put_rules(json_t *o, const struct call *c)
{
	json_t *rules, *prefer;

	if (c->rules == NULL)
		return;
	rules = json_object();
	prefer = json_array();
	put_set(rules, "allow", c->rules->allow);
	put_set(rules, "deny", c->rules->deny);
	put_set(rules, "transcode", c->rules->transcode);
	put_set(rules, "mask", c->rules->mask);
	for (unsigned i = 0; i < REQUEST_PREFER && c->rules->prefer[i] != CODEC_NONE; i++)
		json_array_append_new(prefer, json_string(name_of(c->rules->prefer[i])));
	if (json_array_size(prefer) > 0)
		json_object_set(rules, "prefer", prefer);
	json_decref(prefer);
	json_object_set_new(o, "codecs", rules);
}

/* ---- transcoder.list ---- */

static json_t *
transcoder_row(const struct sw_transcoder *core, unsigned i, const struct calls *calls)
{
	static const struct {
		const char *name;
		size_t at;
	} sums[] = {
		{"frames", offsetof(struct sw_transcoder, frames)},
		{"crowded", offsetof(struct sw_transcoder, crowded)},
		{"taken_in", offsetof(struct sw_transcoder, taken_in)},
		{"handed_over", offsetof(struct sw_transcoder, handed_over)},
		{"turns", offsetof(struct sw_transcoder, turns)},
		{"empty_turns", offsetof(struct sw_transcoder, empty_turns)},
		{"sleeps", offsetof(struct sw_transcoder, sleeps)},
		{"busy_cycles", offsetof(struct sw_transcoder, busy_cycles)},
	};
	json_t *o = json_object();

	put_count(o, "core", i);
	put_count(o, "cpu", load(&core->cpu));
	json_object_set_new(o, "accepting", json_boolean(load(&core->accepting)));
	put_number(o, "load", load(&core->load) / 10., 10);
	put_number(o, "promised", (double)calls_promised(calls, i) / 1e7, 10);
	put_count(o, "directions", load(&core->directions));
	put_count(o, "complexity", load(&core->complexity));
	json_object_set_new(o, "asleep", json_boolean(load(&core->asleep)));
	for (size_t n = 0; n < sizeof sums / sizeof *sums; n++)
		put_count(o, sums[n].name,
			figures_count((const void *)((const char *)core + sums[n].at)));
	put_drops(o, "drops", core->drops);
	return o;
}

json_t *
stats_transcoders(const struct switch_client *client, const struct calls *calls)
{
	const struct sw_transcoder *core;
	json_t *rows = json_array();

	for (unsigned i = 0; (core = switch_client_transcoder(client, i)) != NULL; i++)
		json_array_append_new(rows, transcoder_row(core, i, calls));
	return json_pack("{s:o}", "transcoders", rows);
}

/* ---- codec.list ---- */

const char *const stats_codec_costs[] = {"table", "light", "medium", "heavy", NULL};
const char *const stats_codec_kinds[] = {"speech", "noise", "events", NULL};

static json_t *
codec_row_json(const struct codec *c)
{
	json_t *o = json_object(), *rates = json_array();
	struct codec_format f;

	codec_default(c, &f);
	for (unsigned i = 0; i < CODEC_RATES && c->rate[i] != 0; i++)
		json_array_append_new(rates, json_integer(c->rate[i]));
	put_text(o, "name", c->name);
	put_text(o, "kind", stats_codec_kinds[c->kind]);
	if (f.payload_type != CODEC_DYNAMIC)
		put_count(o, "payload_type", f.payload_type);
	put_count(o, "clock", codec_clock(&f));
	json_object_set_new(o, "rates", rates);
	put_count(o, "channels", c->channels);
	put_count(o, "ptime", c->ptime_ms);
	put_count(o, "bitrate", c->bitrate);
	put_text(o, "cost", stats_codec_costs[c->cost]);
	if (c->complexity != CODING_COMPLEXITY_ANY)
		put_count(o, "complexity", c->complexity);
	put_text(o, "help", c->help);
	return o;
}

json_t *
stats_codecs(void)
{
	json_t *rows = json_array();
	const struct codec *c;

	for (unsigned i = 0; (c = codec_row(i)) != NULL; i++)
		json_array_append_new(rows, codec_row_json(c));
	return json_pack("{s:o}", "codecs", rows);
}
