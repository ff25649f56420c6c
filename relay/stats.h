/* SPDX-License-Identifier: Apache-2.0
 *
 * What the switch counts, read from the shared memory while it goes on counting, and what the
 * sampler makes of that, as JSON. Each counter is exact, a set of them is no snapshot.
 * Control's one thread.
 *
 * All return a new object, or NULL without memory.  Keys are in none of them. */
#pragma once

#include <jansson.h>
#include <stdint.h>

/* Words of codec.list, NULL-ended. */
extern const char *const stats_codec_kinds[], *const stats_codec_costs[];

struct call;
struct calls;
struct config;
struct core_watch;
struct leg;
struct quality_sums;
struct stream;
struct sw_addr;
struct switch_client;

/* All that is known of a call: call.get. */
json_t *stats_call(const struct call *c, const struct switch_client *client);

/* Since it was made, in seconds; 0: by a clock that is ahead of ours.  No JSON.
 */
double stats_age_s(const struct call *c);

/* A row of call.list. */
json_t *stats_call_row(const struct call *c, const struct switch_client *client);

/* The worst calls by BY (enum worst_by), at most LIMIT: call.top. */
json_t *stats_top(const struct calls *calls, const struct switch_client *client, unsigned by,
	unsigned limit);

/* What all calls sounded like (look.h); no JSON. */
const struct quality_sums *stats_quality(const struct calls *calls);

json_t *stats_sums(
	const struct calls *calls, const struct switch_client *client); /* stats.get */
json_t *stats_cores(const struct switch_client *client, const struct calls *calls,
	const struct core_watch *watch); /* core.list */
json_t *stats_transcoders(
	const struct switch_client *client, const struct calls *calls); /* transcoder.list */
json_t *stats_codecs(void);                                             /* codec.list */
json_t *stats_devices(
	const struct switch_client *client, const struct config *conf); /* device.list */
json_t *stats_drops(const struct switch_client *client);                /* drop.list */

/* Into O: where the party is to send ("local"), and where that arrives, when NAT makes it
 * another address ("bound"); nothing of the mesh.  S of L is placed. */
void stats_put_local(json_t *o, const struct leg *l, const struct stream *s);

/* Into O: who the party of L is in the mesh, if it is there; L is placed. */
void stats_put_mesh(json_t *o, const struct leg *l);

/* Into O: what stream I of leg LEG of C sounds like, both ways. */
void stats_put_heard(json_t *o, const struct call *c, unsigned leg, unsigned i,
	const struct switch_client *client);

/* Into O: the codecs of stream I of leg LEG of C, and what becomes of its payloads. */
void stats_put_coding(json_t *o, const struct call *c, unsigned leg, unsigned i,
	const struct switch_client *client);

/* Into O: the fax gateway of that stream, if it has one. */
void stats_put_fax(json_t *o, const struct call *c, unsigned leg, unsigned i,
	const struct switch_client *client);

/* Into O: the rules of C, if it has any. */
void stats_put_rules(json_t *o, const struct call *c);

/* Into O: whose call C is, if NG made it. */
void stats_put_ng(json_t *o, const struct call *c);
