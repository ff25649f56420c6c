/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/negotiate*.c and relay/memo*.c: two parties say whatever they like to each other,
 * through whatever requests.  What either of them is told is an SDP; an answer leaves out no
 * line of the offer; and no key that one of them has said, or was told, ever reaches the
 * other.
 *
 * The input is a row of requests.  Each begins with "o", "a" or "p" (offer, answer, publish),
 * "0" or "1" (who says it; 0 publishes) and a line of JSON; its SDP ends with a line "%". */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "control/sdp.h"
#include "control/value_json.h"
#include "relay/call.h"
#include "tests/fuzz/bridges.h"
#include "tests/relay/ng_pair.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { REQUESTS = 6, ARENA = 32 << 20 };

struct talk {
	struct ng_pair pair;
	struct arena *arena; /* of all requests */
	struct sdp *told[2][REQUESTS], *said[2][REQUESTS];
	unsigned n[2];           /* how often each of them was told, and the other said */
	const struct sdp *offer; /* that was made last; NULL: it is answered */
	unsigned offerer;
};

static void
must(bool is)
{
	if (!is)
		abort();
}

static bool
has_key(const struct sdp *s, struct slice key)
{
	for (size_t i = 0; i < s->medias; i++)
		for (size_t j = 0; j < s->media[i].cryptos; j++)
			if (slice_equal(s->media[i].crypto[j].key, key))
				return true;
	return false;
}

/* Lines that we have no part in pass as they are, keys and all. */
static bool
is_relayed(const struct talk *t, unsigned to, const struct sdp_media *m)
{
	const struct leg *l = &t->pair.call->leg[to];

	for (unsigned i = 0; i < l->streams; i++)
		if (m->port != 0 && l->stream[i].port == m->port)
			return true;
	return false;
}

static void
check_keys(const struct talk *t, unsigned to, const struct sdp_media *m)
{
	for (size_t i = 0; i < m->cryptos; i++) {
		struct slice key = m->crypto[i].key;

		for (unsigned j = 0; j <= t->n[to]; j++)
			must(t->said[1 - to][j] == NULL || !has_key(t->said[1 - to][j], key));
		for (unsigned j = 0; j < t->n[1 - to]; j++)
			must(!has_key(t->told[1 - to][j], key));
	}
}

static void
check_media(const struct talk *t, unsigned to, const struct sdp_media *m)
{
	must(m->port != 0 || m->cryptos == 0);
	if (!is_relayed(t, to, m))
		return;
	check_keys(t, to, m);
	must(m->candidates == NULL && m->ice_ufrag.at == NULL && m->ice_pwd.at == NULL);
	must(m->fingerprint.at == NULL && m->setup == SDP_SETUP_NONE);
	must(m->connection.family.at != NULL);
}

static void
remember(struct talk *t, bool answer, unsigned from, const struct sdp *said)
{
	if (answer) {
		t->offer = NULL;
		return;
	}
	t->offer = said;
	t->offerer = from;
}

/* TO was told TEXT, of what the other SAID. */
static void
check_told(struct talk *t, bool answer, unsigned to, const struct sdp *said, struct slice text)
{
	struct sdp *s = arena_take(t->arena, sizeof *s);

	if (s == NULL)
		return;
	must(sdp_read(s, t->arena, text.at, text.len) == SDP_OK);
	if (answer && t->offer != NULL && t->offerer == to)
		must(s->medias >= t->offer->medias);
	for (size_t i = 0; i < s->medias; i++)
		check_media(t, to, &s->media[i]);
	t->told[to][t->n[to]++] = s;
	remember(t, answer, 1 - to, said);
}

static void
ask(struct talk *t, bool answer, unsigned from, const struct ng_request *r)
{
	struct sdp *said = arena_take(t->arena, sizeof *said);
	const char *reason = NULL;
	struct slice told;

	if (said == NULL || sdp_read(said, t->arena, r->sdp.at, r->sdp.len) == SDP_NO_MEMORY)
		return;
	t->said[from][t->n[1 - from]] = said;
	told = ng_pair_ask(&t->pair, r, answer, from, t->arena, &reason);
	if (told.at == NULL || told.at == r->sdp.at) {
		t->said[from][t->n[1 - from]] = NULL;
		return;
	}
	check_told(t, answer, 1 - from, said, told);
	check_bridges(t->pair.call);
}

/* Who publishes is answered itself, line by line. */
static void
publish(struct talk *t, const struct ng_request *r)
{
	struct sdp *said = arena_take(t->arena, sizeof *said), *s;
	const char *reason = NULL;
	struct slice told;

	t->pair.alone = true;
	told = ng_pair_ask(&t->pair, r, false, 0, t->arena, &reason);
	t->pair.alone = false;
	s = arena_take(t->arena, sizeof *s);
	if (told.at == NULL || told.at == r->sdp.at || said == NULL || s == NULL)
		return;
	must(t->pair.call->legs == 1);
	must(sdp_read(said, t->arena, r->sdp.at, r->sdp.len) == SDP_OK);
	must(sdp_read(s, t->arena, told.at, told.len) == SDP_OK);
	must(s->medias == said->medias);
	for (size_t i = 0; i < s->medias; i++)
		for (size_t j = 0; j < s->media[i].cryptos; j++)
			must(!has_key(said, s->media[i].crypto[j].key));
	check_bridges(t->pair.call);
}

/* What R asks is done where it can be: who is alone is not answered, nor is alone who talks.
 */
static void
ask_or_publish(struct talk *t, char what, unsigned from, const struct ng_request *r)
{
	unsigned legs = t->pair.call != NULL ? t->pair.call->legs : 0;

	if (what == 'p' && legs < CALL_LEGS)
		publish(t, r);
	else if (what != 'p' && (what != 'a' || legs != 1))
		ask(t, what == 'a', from, r);
}

/* The next request of TEXT, which is taken off it.  False: there is none. */
static bool
next_request(struct talk *t, struct slice *text)
{
	struct slice head = slice_cut(text, '\n'), sdp;
	const char *end = text->len > 0 ? memmem(text->at, text->len, "\n%\n", 3) : NULL;
	const struct value *v;
	struct ng_request r;
	size_t len;

	if (head.len < 2)
		return false;
	v = value_from_json(t->arena, head.at + 2, head.len - 2);
	if (v == NULL || ng_request_read(&r, v, t->arena) != 0)
		return false;
	len = end != NULL ? (size_t)(end - text->at) + 1 : text->len;
	sdp = arena_copy(
		t->arena, (struct slice){text->at, len}); /* so that its end is seen */
	if (sdp.at == NULL)
		return false;
	r.sdp = sdp;
	ask_or_publish(t, head.at[0], head.at[1] == '1', &r);
	*text = end != NULL ? (struct slice){end + 3, text->len - len - 2}
			    : (struct slice){text->at + text->len, 0};
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = {(const char *)data, size};
	struct talk t = {.arena = arena_open(ARENA)};

	ng_pair_open(&t.pair);
	for (unsigned i = 0; i < REQUESTS && text.len > 0 && next_request(&t, &text);)
		i++;
	ng_pair_close(&t.pair);
	arena_close(t.arena);
	return 0;
}
