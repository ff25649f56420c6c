/* SPDX-License-Identifier: Apache-2.0
 *
 * See transcoders.h. */
#include "relay/transcoders.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/cost.h"
#include "control/log.h"
#include "dataplane/switch_client.h"
#include "relay/bridge.h"
#include "relay/coding.h"
#include "relay/config.h"

/* Of a core's second: more than it can do, for hardly anybody talks all the time, a core
 * lowers the work of encoding when it has to, and says by itself when that is not enough. This
 * only keeps a burst of calls from being taken before it can. */
static const uint64_t most_ns = 2000000000;

/* What a direction of a fax gateway takes of a second: a page each way at 14,400 bit/s took
 * 0.5 to 0.9 ms of it. */
static const uint64_t fax_ns = 1000000;

struct transcoders {
	const struct switch_client *client;
	struct cost_table *costs;          /* owned; NULL: what is usual */
	uint64_t promised[SW_TRANSCODERS]; /* ns of a second */
};

/* The table in the file at PATH.  NULL, after a line of the log: what is usual has to do. */
static struct cost_table *
read_costs(const char *path)
{
	struct cost_table *costs = malloc(sizeof *costs);
	char text[COST_ROWS * 64] = "";
	FILE *f = fopen(path, "re");
	unsigned line = 0;

	if (f == NULL) {
		log_warn("the costs of codecs cannot be read from %s: %m", path);
		goto unread;
	}
	text[fread(text, 1, sizeof text - 1, f)] = '\0';
	fclose(f);
	if (costs != NULL && cost_parse(costs, text, &line) == 0)
		return costs;
	log_warn("%s, line %u: no cost of a codec; usual figures are taken for all", path,
		line);
unread:
	free(costs);
	return NULL;
}

struct transcoders *
transcoders_open(const struct switch_client *client, const struct config *conf)
{
	struct transcoders *t = calloc(1, sizeof *t);

	if (t == NULL)
		return NULL;
	t->client = client;
	if (conf->cost_table[0] != '\0')
		t->costs = read_costs(conf->cost_table);
	return t;
}

void
transcoders_close(struct transcoders *t)
{
	if (t == NULL)
		return;
	free(t->costs);
	free(t);
}

uint64_t
transcoders_promised(const struct transcoders *t, unsigned n)
{
	return t->promised[n];
}

/* ---- What a call costs. ---- */

/* Of what the party of stream J of leg I says, in the dearest of its codecs, for it may send
 * any; 0: it is not transcoded. */
static uint64_t
cost(const struct transcoders *t, const struct call *c, unsigned i, unsigned j)
{
	const struct stream *s = &c->leg[i].stream[j], *peer = bridge_peer(c, i, j);
	uint64_t most = 1;
	struct sw_bridge b;

	/* Held or not: it may go on at any time. */
	if (!bridge_rules(s, peer, &b) || b.kind == SW_BRIDGE_MAP)
		return 0;
	if (b.kind == SW_BRIDGE_FAX)
		return fax_ns;
	for (unsigned n = 0; n < TRANSCODE_FORMATS; n++) {
		const struct codec_format *from = &b.transcode.from[n];
		uint64_t ns = from->codec != CODEC_NONE
				      ? cost_of(t->costs, from, &b.transcode.to[0])
				      : 0;

		most = ns > most ? ns : most;
	}
	return most;
}

/* ADD: promise the work of C; otherwise take that back. */
static void
count(struct transcoders *t, const struct call *c, bool add)
{
	for (unsigned i = 0; i < c->legs; i++)
		for (unsigned j = 0; j < c->leg[i].streams; j++) {
			const struct coding *coding = c->leg[i].stream[j].coding;
			uint64_t ns;

			if (coding == NULL || coding->transcoder == 0)
				continue;
			ns = cost(t, c, i, j);
			if (add)
				t->promised[coding->transcoder - 1] += ns;
			else
				t->promised[coding->transcoder - 1] -= ns;
		}
}

void
transcoders_return(struct transcoders *t, const struct call *c)
{
	count(t, c, false);
}

/* ---- Choosing. ---- */

static unsigned
cores(const struct transcoders *t)
{
	unsigned n = 0;

	while (n < SW_TRANSCODERS && switch_client_transcoder(t->client, n) != NULL)
		n++;
	return n;
}

/* The core that takes NS more, and has been promised the least.  -1: none does. */
static int
choose(const struct transcoders *t, uint64_t ns)
{
	const struct sw_transcoder *core;
	int best = -1;

	for (unsigned i = 0; (core = switch_client_transcoder(t->client, i)) != NULL; i++)
		if (atomic_load_explicit(&core->accepting, memory_order_relaxed) &&
			t->promised[i] + ns <= most_ns &&
			(best < 0 || t->promised[i] < t->promised[best]))
			best = (int)i;
	return best;
}

/* The core that CALL's stream of the same transport as S has; 0: none. */
static uint8_t
kept(const struct call *call, const struct stream *s)
{
	for (unsigned i = 0; s->id != 0 && i < call->legs; i++)
		for (unsigned j = 0; j < call->leg[i].streams; j++) {
			const struct stream *was = &call->leg[i].stream[j];

			if (was->id == s->id && was->coding != NULL)
				return was->coding->transcoder;
		}
	return 0;
}

/* Give stream J of leg I of DRAFT the core of its peer, if that has one, or else a new one. */
static int
give(struct transcoders *t, struct call *draft, unsigned i, unsigned j, struct fault *fault)
{
	struct coding *coding = draft->leg[i].stream[j].coding;
	const struct stream *peer = bridge_peer(draft, i, j);
	uint64_t ns = cost(t, draft, i, j);
	int core;

	if (ns == 0 || coding->transcoder != 0)
		return 0;
	coding->transcoder = peer->coding->transcoder;
	if (coding->transcoder != 0)
		return 0;
	if ((core = choose(t, ns + cost(t, draft, 1 - i, j))) < 0)
		return fault_set(fault, FAULT_NO_TRANSCODER, NULL, NULL, NULL,
			"its parties need a transcode core, and none of the %u transcode cores has "
			"room for one more call",
			cores(t));
	coding->transcoder = (uint8_t)(core + 1);
	return 0;
}

int
transcoders_give(struct transcoders *t, struct call *draft, const struct call *call,
	struct fault *fault)
{
	for (unsigned i = 0; i < draft->legs; i++)
		for (unsigned j = 0; j < draft->leg[i].streams; j++) {
			struct stream *s = &draft->leg[i].stream[j];

			if (s->coding != NULL)
				s->coding->transcoder = kept(call, s);
		}
	for (unsigned i = 0; i < draft->legs; i++)
		for (unsigned j = 0; j < draft->leg[i].streams; j++)
			if (give(t, draft, i, j, fault) != 0)
				return -EINVAL;
	count(t, draft, true);
	return 0;
}

/* ---- Another switch. ---- */

void
transcoders_welcome(struct transcoders *t)
{
	memset(t->promised, 0, sizeof t->promised);
}

void
transcoders_claim(struct transcoders *t, struct call *c)
{
	unsigned n = cores(t);

	for (unsigned i = 0; n > 0 && i < c->legs; i++)
		for (unsigned j = 0; j < c->leg[i].streams; j++) {
			struct coding *coding = c->leg[i].stream[j].coding;

			if (coding != NULL && coding->transcoder > n)
				coding->transcoder =
					(uint8_t)(1 + (coding->transcoder - 1) % n);
		}
	count(t, c, true);
}
