/* SPDX-License-Identifier: Apache-2.0
 *
 * Which party speaks SRTP, by which suite, and with which keys.  Each side has keys of its
 * own: nobody is ever told the other party's.  RFC 4568 section 5 and 7; RFC 8643. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "control/sdes.h"
#include "relay/negotiate_inside.h"

/* Keys that we can not make without a handshake. */
static const char no_dtls[] = "Not supported yet: DTLS";
static const char no_crypto[] = "No a=crypto that can be used";

/* In a memo 0 is none. */
enum { NO_SUITE = 0 };

bool
negotiate_has_key(const struct plan *p, const struct sdp_media *m)
{
	struct sdes_key k;
	bool has = sdes_choose(m, p->request, &k) >= 0;

	explicit_bzero(&k, sizeof k);
	return has;
}

static bool
is_accepted(const struct plan *p)
{
	return (p->request->osrtp & NG_OSRTP_ACCEPT_RFC) != 0;
}

/* Has a party agreed to plain RTP?  Then it speaks and hears that until an answer says SRTP.
 */
static bool
is_settled_plain(const struct memo_line *was)
{
	return was != NULL && !(was->marks & (MEMO_SECURE | MEMO_CLOSED));
}

/* SRTP under a plain profile may be offered by anybody who does not speak plain RTP already,
 * and answered by who was offered it. */
static bool
may_be_best_effort(const struct plan *p, const struct line *l)
{
	if (p->n->answer)
		return is_accepted(p) || (l->from->marks & MEMO_OSRTP);
	if (p->request->sdes & NG_SDES_OFF)
		return false;
	return is_accepted(p) || !is_settled_plain(l->from_was);
}

static bool
speaks_srtp(const struct plan *p, const struct line *l)
{
	int bits = protocol_of(l->in->protocol);

	if (!(bits & PROTOCOL_RTP))
		return false;
	if (bits & PROTOCOL_SECURE)
		return true;
	return may_be_best_effort(p, l) && negotiate_has_key(p, l->in);
}

/* Our key towards the party of leg SIDE, whose line is M. */
static void
our_key(const struct plan *p, const struct line *l, unsigned side, const struct memo_line *m,
	enum sdes_suite suite, struct sdes_key *k)
{
	uint32_t generation = m->suite == suite + 1u ? m->key : m->other_key;

	sdes_derive(k, p->now.secret, suite, side, l->n, generation);
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
	suite = sdes_find(slice_of(sw_suite_info(has->suite)->name));
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
	if (!(m->marks & MEMO_SECURE) && m->suite == NO_SUITE)
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

	return s != NULL && s->keys != NULL &&
	       sdes_find(slice_of(sw_suite_info(call_seal(s)->suite)->name)) == (int)suite;
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
		return plan_fail(p, wants_dtls(l) ? no_dtls : no_crypto);
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

/* The suites that TO may be offered; false: there are none. */
static bool
list_suites(
	const struct plan *p, const struct line *l, bool from_secure, struct sdes_list *list)
{
	sdes_offer(list, from_secure ? l->in : NULL, p->request);
	return list->n > 0 && !(p->request->sdes & NG_SDES_OFF);
}

/* A suite that both could speak keeps the tag that FROM has given it. */
static int
offer_keys(struct plan *p, struct line *l, bool from_secure)
{
	struct sdes_list list;
	uint32_t next = from_secure ? last_tag(l) : 0;
	enum sdes_suite first;

	if (!list_suites(p, l, from_secure, &list))
		return plan_fail(p, no_dtls);
	l->out->crypto = arena_array(p->arena, list.n, sizeof *l->out->crypto);
	if (l->out->crypto == NULL)
		return plan_no_memory(p);
	for (unsigned i = 0; i < list.n; i++) {
		uint32_t tag = from_secure ? tag_of(l, list.suite[i]) : 0;

		if (print_key(p, l, tag != 0 ? tag : ++next, list.suite[i]) != 0)
			return -EINVAL;
	}
	if (is_settled_plain(l->to_was))
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

/* Is TO to be offered SRTP under the plain profile: as asked; or because it speaks it already,
 * for nobody is put back to plain RTP by a flag that was forgotten; or as FROM offers it? */
static bool
is_best_effort(const struct plan *p, const struct line *l)
{
	const uint32_t spoken = MEMO_OSRTP | MEMO_SECURE;
	int bits = protocol_of(l->to->protocol);

	if (bits & PROTOCOL_DTLS)
		return false;
	if ((p->request->osrtp & NG_OSRTP_OFFER) || p->request->transport_protocol.at != NULL)
		return (p->request->osrtp & NG_OSRTP_OFFER) != 0;
	return (l->to->marks & spoken) == spoken ||
	       ((l->from->marks & MEMO_OSRTP_OPEN) && !(bits & PROTOCOL_SECURE));
}

/* The plain profile; OFFERED: with keys. */
static void
take_plain_profile(struct line *l, bool offered)
{
	bool feedback = protocol_of(l->to->protocol) & PROTOCOL_FEEDBACK;

	l->to->marks &= ~(uint32_t)MEMO_OSRTP;
	if (offered)
		l->to->marks |= MEMO_OSRTP;
	l->to->protocol = feedback ? SLICE("RTP/AVPF") : SLICE("RTP/AVP");
	l->out->protocol = l->to->protocol;
}

/* Is TO to be offered both, in two m= lines?  One that it has already keeps its place. */
static bool
may_have_twins(const struct plan *p, const struct line *l)
{
	if (!(p->request->osrtp & NG_OSRTP_OFFER_LEGACY) || is_settled_plain(l->to_was))
		return false;
	return l->to_was == NULL || (l->to_was->marks & MEMO_TWINS);
}

static void
take_twins(struct line *l)
{
	bool feedback = protocol_of(l->to->protocol) & PROTOCOL_FEEDBACK;

	l->to->marks = (l->to->marks & ~(uint32_t)MEMO_OSRTP) | MEMO_TWINS;
	l->to->protocol = feedback ? SLICE("RTP/SAVPF") : SLICE("RTP/SAVP");
	l->out->protocol = l->to->protocol;
}

/* How TO is offered SRTP; where it could choose no suite, a best effort is plain RTP. */
static void
choose_profile(const struct plan *p, struct line *l, bool from_secure)
{
	bool twins = may_have_twins(p, l);
	struct sdes_list list;

	if (!is_best_effort(p, l) && !twins)
		l->to->marks &= ~(uint32_t)MEMO_OSRTP;
	else if (!list_suites(p, l, from_secure, &list))
		take_plain_profile(l, false);
	else if (is_best_effort(p, l))
		take_plain_profile(l, true);
	else
		take_twins(l);
}

/* FROM offers SRTP under a plain profile: is the answer to say whether that holds?  Not if the
 * last one has said that FROM speaks it, and the other party does not. */
static bool
is_open(const struct plan *p, const struct line *l)
{
	const uint32_t open = MEMO_SECURE | MEMO_OSRTP_OPEN;

	if (p->n->answer || is_accepted(p) || (protocol_of(l->in->protocol) & PROTOCOL_SECURE))
		return false;
	return l->from_was == NULL || (l->from_was->marks & open) != MEMO_SECURE ||
	       !is_settled_plain(l->to_was);
}

/* What TO has offered under a plain profile holds if the other party took it as well, or if
 * the client says so. */
static void
close_osrtp(const struct plan *p, struct line *l, bool from_secure)
{
	if ((l->to->marks & MEMO_OSRTP_OPEN) && !from_secure && !is_accepted(p))
		ask_plain(p, l, l->to, l->to_asked);
	l->to->marks &= ~(uint32_t)MEMO_OSRTP_OPEN;
}

static int
tell_to(struct plan *p, struct line *l, bool from_secure)
{
	if (p->n->answer) {
		close_osrtp(p, l, from_secure);
		if (l->to->marks & MEMO_SECURE)
			return answer_key(p, l);
		ask_plain(p, l, l->to, l->to_asked);
		return 0;
	}
	choose_profile(p, l, from_secure);
	if ((protocol_of(l->to->protocol) & PROTOCOL_SECURE) || (l->to->marks & MEMO_OSRTP))
		return offer_keys(p, l, from_secure);
	ask_plain(p, l, l->to, l->to_asked);
	return 0;
}

int
negotiate_crypto(struct plan *p, struct line *l)
{
	bool secure = speaks_srtp(p, l);

	l->out->cryptos = 0;
	l->out->setup = SDP_SETUP_NONE;
	l->out->fingerprint = l->out->tls_id = (struct slice){NULL, 0};
	if (!(protocol_of(l->to->protocol) & PROTOCOL_RTP) && !l->fax) {
		ask_plain(p, l, l->from, l->from_asked);
		ask_plain(p, l, l->to, l->to_asked);
		return 0;
	}
	follow_renewal(p, l, p->from, l->from);
	follow_renewal(p, l, p->to, l->to);
	l->from->marks &= ~(uint32_t)MEMO_OSRTP_OPEN;
	if (secure && is_open(p, l))
		l->from->marks |= MEMO_OSRTP_OPEN;
	if (secure && take_from(p, l) != 0)
		return -EINVAL;
	if (!secure)
		ask_plain(p, l, l->from, l->from_asked);
	if (protocol_of(l->to->protocol) & PROTOCOL_RTP)
		return tell_to(p, l, secure);
	ask_plain(p, l, l->to, l->to_asked);
	return 0;
}

int
negotiate_crypto_back(struct plan *p, struct line *l)
{
	follow_renewal(p, l, p->from, l->from);
	if (!speaks_srtp(p, l)) {
		ask_plain(p, l, l->from, l->from_asked);
		return 0;
	}
	return take_from(p, l) == 0 ? answer_key(p, l) : -EINVAL;
}
