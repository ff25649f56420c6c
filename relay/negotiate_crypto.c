/* SPDX-License-Identifier: Apache-2.0
 *
 * By which suites the parties speak SRTP, and with which keys.  Each side has keys of its own:
 * nobody is ever told the other party's.  RFC 4568 section 5 and 7. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "control/sdes.h"
#include "relay/negotiate_inside.h"

static const char no_crypto[] = "No a=crypto that can be used";

/* In a memo 0 is none. */
enum { NO_SUITE = 0 };

/* Our key towards the party of leg SIDE, whose line is M. */
static void
our_key(const struct plan *p, const struct line *l, unsigned side, const struct memo_line *m,
	enum sdes_suite suite, struct sdes_key *k)
{
	uint32_t generation = m->suite == suite + 1u ? m->key : m->other_key;

	sdes_derive(k, p->now.secret, suite, side, l->n, generation);
}

/* As SDP calls it; -1: it does not. */
static int
suite_of(const struct sw_key *key)
{
	return sdes_find(slice_of(sw_suite_info(key->suite)->name));
}

static bool
is_key(const struct sw_key *key, const struct sdes_key *k)
{
	const struct sw_suite_info *suite = sw_suite_info(key->suite);

	return memcmp(key->key, k->key, suite->key_len) == 0 &&
	       memcmp(key->salt, k->key + suite->key_len, suite->salt_len) == 0;
}

/* Where the switch has lost what it knew, the call has renewed our keys, and the one that
 * follows from the secret may not seal again: another is to follow. */
static void
follow_renewal(const struct plan *p, const struct line *l, unsigned side, struct memo_line *m)
{
	const struct stream *s = negotiate_stream(p, side, l->n);
	const struct sw_key *has;
	struct sdes_key k;
	int suite;

	if (s == NULL)
		return;
	has = call_seal(s);
	suite = suite_of(has);
	if (suite < 0)
		return;
	our_key(p, l, side, m, (enum sdes_suite)suite, &k);
	if (!is_key(has, &k))
		m->key = ++m->other_key;
	explicit_bzero(&k, sizeof k);
}

/* M's party has settled for SUITE. */
static void
settle(struct memo_line *m, enum sdes_suite suite)
{
	if (m->suite == suite + 1u)
		return;
	m->key = m->other_key;
	/* What it spoke before would else come back with its old key. */
	if (m->suite != NO_SUITE)
		m->other_key++;
	m->suite = suite + 1u;
}

/* S is SRTP of SUITE, and sealed with our key for it. */
static void
ask_suite(const struct plan *p, const struct line *l, unsigned side, struct memo_line *m,
	struct stream_request *s, enum sdes_suite suite)
{
	struct sdes_key k;

	our_key(p, l, side, m, suite, &k);
	snprintf(s->suite, sizeof s->suite, "%s", sdes_name(suite));
	memcpy(s->our_key, k.key, k.len);
	s->our_key_len = k.len;
	s->has |= REQUEST_HAS_SUITE | REQUEST_HAS_OUR_KEY;
	explicit_bzero(&k, sizeof k);
}

/* Who talks by SRTP goes on until the answer; its suite says so meanwhile. */
static void
ask_plain(const struct plan *p, const struct line *l, struct memo_line *m,
	struct stream_request *s)
{
	const struct stream *is = negotiate_stream(p, m == l->from ? p->from : p->to, l->n);

	if (!(m->marks & MEMO_SECURE) && m->suite == NO_SUITE &&
		(is == NULL || is->keys == NULL))
		return;
	m->marks &= ~(uint32_t)MEMO_SECURE;
	if (negotiate_is_running(p, l))
		return;
	m->suite = NO_SUITE;
	m->key = ++m->other_key;
	snprintf(s->suite, sizeof s->suite, "none");
	s->has |= REQUEST_HAS_SUITE;
}

/* ---- What FROM says. ---- */

/* Is it a handshake that FROM means, by its protocol or with its certificate? */
static bool
wants_dtls(const struct line *l)
{
	return (protocol_of(l->in->protocol) & PROTOCOL_DTLS) || l->in->fingerprint.len > 0;
}

/* M's party, of leg SIDE, seals with K from now on. */
static void
take_key(const struct plan *p, const struct line *l, unsigned side, struct memo_line *m,
	struct stream_request *s, const struct sdes_key *k)
{
	settle(m, k->suite);
	ask_suite(p, l, side, m, s, k->suite);
	memcpy(s->key, k->key, k->len);
	s->key_len = k->len;
	s->has |= REQUEST_HAS_KEY;
	if (k->mki_len == 0)
		return;
	memcpy(s->mki, k->mki, k->mki_len);
	s->mki_len = k->mki_len;
	s->has |= REQUEST_HAS_MKI;
}

/* Does the party of leg SIDE speak SRTP by SUITE already? */
static bool
is_spoken(const struct plan *p, const struct line *l, unsigned side, enum sdes_suite suite)
{
	const struct stream *s = negotiate_stream(p, side, l->n);

	return s != NULL && s->keys != NULL && suite_of(call_seal(s)) == (int)suite;
}

/* FROM, which talks otherwise, will speak by C when it is answered. */
static int
hold_crypto(struct plan *p, struct line *l, const struct sdp_crypto *c)
{
	l->from->crypto = arena_print(p->arena, "%.*s %.*s%s%.*s", (int)c->suite.len,
		c->suite.at, (int)c->key.len, c->key.at, c->mki.len > 0 ? " " : "",
		(int)c->mki.len, c->mki.len > 0 ? c->mki.at : "");
	return l->from->crypto.at != NULL ? 0 : plan_no_memory(p);
}

/* TO is answered: what it has offered to speak by, it speaks by. */
static int
take_held(struct plan *p, struct line *l)
{
	struct slice rest = l->to->crypto;
	struct sdp_crypto c = {.suite = slice_cut(&rest, ' '), .key = slice_cut(&rest, ' ')};
	struct sdes_key k;

	if (rest.len > 0)
		c.mki = rest;
	if (sdes_read(&c, &k) != 0)
		return plan_fail(p, no_crypto);
	take_key(p, l, p->to, l->to, l->to_asked, &k);
	explicit_bzero(&k, sizeof k);
	return 0;
}

static int
take_from(struct plan *p, struct line *l)
{
	struct sdes_key k;
	int i = sdes_choose(l->in, p->request, &k), err = 0;

	if (i < 0)
		return plan_fail(p, wants_dtls(l) ? negotiate_no_dtls : no_crypto);
	l->from->tag = l->in->crypto[i].tag;
	l->from->marks |= MEMO_SECURE;
	if (negotiate_is_running(p, l) && !is_spoken(p, l, p->from, k.suite))
		err = hold_crypto(p, l, &l->in->crypto[i]);
	else
		take_key(p, l, p->from, l->from, l->from_asked, &k);
	explicit_bzero(&k, sizeof k);
	return err;
}

/* ---- What TO is told. ---- */

static int
print_key(struct plan *p, struct line *l, uint32_t tag, enum sdes_suite suite)
{
	struct sdp_crypto *c = &l->out->crypto[l->out->cryptos];
	struct sdes_key k;
	int err;

	our_key(p, l, p->to, l->to, suite, &k);
	err = sdes_print(c, p->arena, tag, &k, p->request->sdes);
	explicit_bzero(&k, sizeof k);
	if (err != 0)
		return plan_no_memory(p);
	l->out->cryptos++;
	return 0;
}

/* The tag that FROM's line of SUITE has; 0: there is none. */
static uint32_t
tag_of(const struct line *l, enum sdes_suite suite)
{
	for (size_t i = 0; i < l->in->cryptos; i++)
		if (sdes_find(l->in->crypto[i].suite) == (int)suite)
			return l->in->crypto[i].tag;
	return 0;
}

static uint32_t
last_tag(const struct line *l)
{
	uint32_t last = 0;

	for (size_t i = 0; i < l->in->cryptos; i++)
		if (l->in->crypto[i].tag > last)
			last = l->in->crypto[i].tag;
	return last < INT32_MAX - SDES_SUITES ? last : 0;
}

/* A suite that both could speak keeps the tag that FROM has given it. */
static int
offer_keys(struct plan *p, struct line *l, bool from_secure)
{
	struct sdes_list list;
	uint32_t next = from_secure ? last_tag(l) : 0;
	enum sdes_suite first;

	if (!negotiate_suites(p, l, from_secure, &list))
		return plan_fail(p, negotiate_no_dtls);
	l->out->crypto = arena_array(p->arena, list.n, sizeof *l->out->crypto);
	if (l->out->crypto == NULL)
		return plan_no_memory(p);
	for (unsigned i = 0; i < list.n; i++) {
		uint32_t tag = from_secure ? tag_of(l, list.suite[i]) : 0;

		if (print_key(p, l, tag != 0 ? tag : ++next, list.suite[i]) != 0)
			return -EINVAL;
	}
	if (negotiate_is_settled_plain(l->to_was))
		return 0;
	l->to->marks |= MEMO_SECURE;
	/* What TO will choose is not known yet: until then nobody authenticates. */
	first = l->to->suite != NO_SUITE ? l->to->suite - 1 : list.suite[0];
	if (!negotiate_is_running(p, l) || is_spoken(p, l, p->to, first))
		ask_suite(p, l, p->to, l->to, l->to_asked, first);
	return 0;
}

static int
answer_key(struct plan *p, struct line *l)
{
	if (l->to->crypto.len > 0 && take_held(p, l) != 0)
		return -EINVAL;
	if (l->to->suite == NO_SUITE)
		return 0;
	if ((l->out->crypto = arena_array(p->arena, 1, sizeof *l->out->crypto)) == NULL)
		return plan_no_memory(p);
	ask_suite(p, l, p->to, l->to, l->to_asked, l->to->suite - 1);
	return print_key(p, l, l->to->tag, l->to->suite - 1);
}

static int
tell_to(struct plan *p, struct line *l, bool from_secure)
{
	if (p->n->answer) {
		if (!negotiate_close_osrtp(p, l, from_secure))
			ask_plain(p, l, l->to, l->to_asked);
		if (l->to->marks & MEMO_SECURE)
			return answer_key(p, l);
		ask_plain(p, l, l->to, l->to_asked);
		return 0;
	}
	negotiate_profile(p, l, from_secure);
	if ((protocol_of(l->to->protocol) & PROTOCOL_SECURE) || (l->to->marks & MEMO_OSRTP))
		return offer_keys(p, l, from_secure);
	ask_plain(p, l, l->to, l->to_asked);
	return 0;
}

int
negotiate_crypto(struct plan *p, struct line *l)
{
	bool secure = negotiate_speaks_srtp(p, l);

	l->out->cryptos = 0;
	l->out->setup = SDP_SETUP_NONE;
	l->out->fingerprint = l->out->tls_id = (struct slice){NULL, 0};
	if (!protocol_is_rtp(l->to->protocol) && !l->fax) {
		ask_plain(p, l, l->from, l->from_asked);
		ask_plain(p, l, l->to, l->to_asked);
		return 0;
	}
	follow_renewal(p, l, p->from, l->from);
	follow_renewal(p, l, p->to, l->to);
	negotiate_open_osrtp(p, l, secure);
	if (secure && take_from(p, l) != 0)
		return -EINVAL;
	if (!secure)
		ask_plain(p, l, l->from, l->from_asked);
	if (protocol_is_rtp(l->to->protocol))
		return tell_to(p, l, secure);
	ask_plain(p, l, l->to, l->to_asked);
	return 0;
}

int
negotiate_crypto_back(struct plan *p, struct line *l)
{
	follow_renewal(p, l, p->from, l->from);
	if (!negotiate_speaks_srtp(p, l)) {
		ask_plain(p, l, l->from, l->from_asked);
		return 0;
	}
	return take_from(p, l) == 0 ? answer_key(p, l) : -EINVAL;
}
