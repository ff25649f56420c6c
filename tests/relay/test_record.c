/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/record.c. */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "control/note.h"
#include "mesh/vomp.h"
#include "relay/call_mesh.h"
#include "relay/coding.h"
#include "relay/fax.h"
#include "relay/record.h"
#include "tests/relay/same_stream.h"

static unsigned
any(unsigned n)
{
	return (unsigned)rand() % n;
}

static void
any_bytes(void *to, size_t n)
{
	for (uint8_t *p = to; n > 0; n--)
		*p++ = (uint8_t)rand();
}

/* In UTF-8, with characters of every length. */
static void
any_text(char *to, size_t most)
{
	static const char *const beyond[] = {"\u00e9", "\u20ac", "\U0001f4de"};
	size_t n = 1 + any((unsigned)most);

	memset(to, 0, most + 1);
	for (size_t i = 0; i < n;) {
		const char *more = beyond[any(3)];

		if (any(4) == 0 && strlen(more) <= n - i) {
			memcpy(to + i, more, strlen(more));
			i += strlen(more);
		} else {
			to[i++] = (char)(1 + any(127));
		}
	}
}

static struct sw_addr
any_addr(uint16_t family)
{
	struct sw_addr a = {.family = family};

	any_bytes(a.ip, family == AF_INET ? 4 : 16);
	a.ip[0] = (uint8_t)(32 + any(32)); /* media may be sent there */
	return a;
}

static struct sw_key
any_key(unsigned suite)
{
	const struct sw_suite_info *info = sw_suite_info(suite);
	struct sw_key k = {.suite = (uint8_t)suite};

	if (suite == SW_SUITE_PLAIN)
		return k;
	k.mki_len = (uint8_t)any(SW_MKI_MAX + 1);
	any_bytes(k.mki, k.mki_len);
	any_bytes(k.key, info->key_len);
	any_bytes(k.salt, info->salt_len);
	return k;
}

/* One of ours as its row has it by default, or one that is none; payload type N. */
static void
any_format(struct request_format *f, uint8_t n)
{
	static const char *const names[] = {"PCMU", "opus", "G722", "telephone-event", "EVS"};
	const struct codec *codec;

	memset(f, 0, sizeof *f);
	strcpy(f->name, names[any(5)]);
	codec = codec_by_name(f->name, strlen(f->name), 0);
	if (codec != NULL)
		codec_default(codec, &f->format);
	else
		f->format = (struct codec_format){.rate = any(100000), .channels = 2};
	f->format.payload_type = n;
}

static struct coding *
any_coding(void)
{
	struct request_format format[REQUEST_FORMATS] = {0};
	struct coding *c = coding_open();
	unsigned n = 0;

	ck_assert_ptr_nonnull(c);
	for (; n < REQUEST_FORMATS && any(4) != 0; n++)
		any_format(&format[n], (uint8_t)(8 * any(16) + n));
	ck_assert_int_eq(coding_set_formats(c, format, n), 0);
	c->mute = (uint8_t)any(2);
	c->block = (uint8_t)any(2);
	c->fill = (uint8_t)any(2);
	c->gain_db10 = (int16_t)((int)any(901) - 600);
	c->opus_complexity = any(2) ? CODING_COMPLEXITY_ANY : (uint8_t)any(11);
	c->window_ms = (uint16_t)any(CODING_WINDOW_MAX_MS + 1);
	c->transcoder = (uint8_t)any(SW_TRANSCODERS + 1);
	if (any(3) == 0)
		fax_set(c, &(struct request_fax){.gateway = 1,
				   .version = (uint8_t)any(4),
				   .correction = (uint8_t)any(3),
				   .limits = (uint8_t)any(4),
				   .max_datagram = (uint16_t)any(2000)});
	return c;
}

static void
any_rules(struct call *c)
{
	struct codec_rules r = {.allow = any(1 << 20), .deny = any(1 << 20), .mask = any(2)};

	for (unsigned i = any(REQUEST_PREFER + 1); i > 0; i--)
		r.prefer[i - 1] = (uint8_t)(1 + any(20));
	ck_assert_int_eq(call_set_rules(c, &r), 0);
}

/* S gets any of SUITE. */
static void
set_keys(struct stream *s, unsigned suite)
{
	call_drop_keys(s);
	if (suite == SW_SUITE_PLAIN)
		return;
	ck_assert_ptr_nonnull(call_keys(s));
	s->keys->unseal = any_key(suite);
	s->keys->seal = any_key(suite);
}

static void
any_stream(struct stream *s, uint16_t family, uint8_t e2e)
{
	unsigned suite = e2e ? SW_SUITE_PLAIN : any(SW_SUITES);
	struct sw_addr other = any_addr(family);

	s->media = (uint8_t)any(REQUEST_MEDIA);
	s->direction = (uint8_t)any(REQUEST_DIRECTIONS);
	s->e2e = e2e;
	s->source = e2e ? REQUEST_AUTO : (uint8_t)any(REQUEST_SOURCES);
	s->mux = (uint8_t)any(2);
	s->dscp = any(2) ? CALL_DSCP_BY_MEDIA : (uint8_t)any(64);
	s->codec = (uint8_t)any(REQUEST_CODECS);
	s->key_known = (uint8_t)any(2);
	s->rtcp_port = (uint16_t)any(65536);
	s->latch_ms = 1 + any(REQUEST_LATCH_MAX);
	s->clock_hz = any(REQUEST_CLOCK_MAX + 1);
	if (any(2)) {
		s->remote = any_addr(family);
		s->remote.port = (uint16_t)any(65536);
		ck_assert_int_eq(call_set_rtcp(s, any(2) ? &s->remote : &other), 0);
	}
	set_keys(s, suite);
	any_bytes(&s->id, sizeof s->id);
	s->id |= 1;
	s->slot = any(SW_TRANSPORTS_MAX);
	any_bytes(&s->relatch, sizeof s->relatch);
	s->port = (uint16_t)(2 * (1 + any(32767)));
	s->no_feedback = (uint8_t)any(2);
	any_bytes(&s->spent, sizeof s->spent);
	if (any(5) == 0) {
		s->closed = 1;
		s->id = 0;
		s->port = 0;
		s->slot = CALL_NO_SLOT;
	}
	if (any(2))
		s->coding = any_coding();
}

/* A party in the mesh, of whom little or much is known. */
static void
any_mesh(struct leg *l)
{
	struct request_mesh m;
	struct stream *s;

	memset(&m, 0, sizeof m);
	m.used = 1;
	m.has_sid = (uint8_t)any(2);
	m.has_identity = (uint8_t)any(2);
	if (m.has_sid)
		any_bytes(m.sid, sizeof m.sid);
	if (m.has_identity)
		any_bytes(m.identity, sizeof m.identity);
	if (any(2))
		any_text(m.did, sizeof m.did - 1);
	if (any(2))
		any_text(m.from, sizeof m.from - 1);
	m.incoming = (uint8_t)any(2);
	m.local = (uint8_t)any(VOMP_CALLENDED + 1);
	m.remote = (uint8_t)any(VOMP_CALLENDED + 1);
	m.number = (uint8_t)any(SW_MESH_IDENTITIES);
	m.far_session = (uint16_t)any(65536);
	l->local.family = l->family = SW_AF_MESH;
	ck_assert_int_eq(call_mesh_set(l, &m), 0);
	ck_assert_int_eq(call_add_streams(l, 1), 0);
	s = &l->stream[0];
	do {
		if (s->coding != NULL)
			coding_close(s->coding);
		s->coding = NULL;
		s->closed = 0;
		any_stream(s, AF_INET, 0);
	} while (s->closed);
	call_drop_keys(s);
	call_mesh_settle(l);
}

static uint64_t
any64(void)
{
	uint64_t v;

	any_bytes(&v, sizeof v);
	return v;
}

/* Of a width that is any, too: small numbers are commoner. */
static uint64_t
any_index(void)
{
	return any64() >> (16 + any(48));
}

static void
any_rx(struct sw_rx_history *rx, uint32_t epochs)
{
	*rx = (struct sw_rx_history){
		.index = any_index(),
		.window = {any64(), any64()},
		.first = any_index(),
		.packets = any64(),
		.rtcp_window = any64(),
		.rtcp_index = (uint32_t)any64() >> 1,
		.ssrc = (uint32_t)any64(),
		.epoch = any(2) ? epochs - any(1000) : 0,
		.seen = any(100000),
		.transit = (uint32_t)any64(),
		.jitter = any(100000),
		.restart = (uint16_t)any(65536),
		.keys = (uint8_t)any(4),
		.state = (uint8_t)(1 + any(2)),
		.rtcp_used = (uint8_t)any(4),
	};
	if (rx->first > rx->index)
		rx->first = rx->index;
	if (rx->epoch == 0)
		rx->keys = 0;
}

static void
any_tx(struct sw_tx_ssrc *tx, uint32_t ssrc)
{
	*tx = (struct sw_tx_ssrc){
		.source = any64(),
		.offset = (int64_t)any_index() * (any(2) ? 1 : -1),
		.highest = any_index(),
		.floor = any_index(),
		.epoch = (uint32_t)any64(),
		.ssrc = ssrc,
		.rtcp_index = (uint32_t)any64() >> 1,
		.state = (uint8_t)(1 + any(7)),
	};
}

/* Of the transport of S. */
static void
any_history(struct sw_history *h, const struct stream *s)
{
	memset(h, 0, sizeof *h);
	h->id = s->id;
	h->rx_packets = any64();
	h->tx_bytes = any64();
	h->lost = any(3);
	h->zrtp = any(3);
	h->secured = any(2) ? 0 : (uint16_t)(SW_SECURED + any(1000));
	h->idle_ms = any(100000);
	h->latch_ms = any(100000);
	h->epochs = (uint32_t)any64();
	h->relatch = any(5);
	h->latched[any(2)] = 1;
	h->generation = (uint8_t)any(256);
	h->key_generation = (uint8_t)any(256);
	h->seal_generation = (uint8_t)any(256);
	h->seal_met = (uint8_t)any(256);
	h->key_proven = (uint8_t)any(2);
	h->old_key = (uint8_t)any(2);
	for (unsigned i = any(3); i < 2; i++) {
		h->learned[i] = any_addr(any(2) ? AF_INET : AF_INET6);
		h->learned[i].port = (uint16_t)(1 + any(65535));
	}
	h->unseal[0] = any_key(any(SW_SUITES));
	h->unseal[1] = any_key(any(SW_SUITES));
	h->unseal[any(2)] = *call_unseal(s);
	for (unsigned i = any(4); i < DROPS; i += 1 + any(9))
		h->drops[i] = any64();
	for (unsigned i = any(SW_SSRCS + 1); i > 0; i--)
		any_rx(&h->rx[i - 1], h->epochs);
	for (unsigned i = any(SW_SSRCS + 1); i > 0; i--)
		any_tx(&h->tx[i - 1], 1000 * i + any(1000));
}

static void
any_histories(const struct call *c, struct call_history *h)
{
	memset(h, 0, sizeof *h);
	for (unsigned i = 0; i < c->legs; i++)
		for (unsigned j = 0; j < c->leg[i].streams; j++)
			if (!c->leg[i].stream[j].closed)
				any_history(&h->of[i][j], &c->leg[i].stream[j]);
}

static void
any_note(struct call *c, size_t len)
{
	static uint8_t bytes[NOTE_MAX];

	any_bytes(bytes, len);
	c->note = note_open(bytes, len);
	ck_assert_ptr_nonnull(c->note);
}

/* One more, who listens to the first of the parties. */
static struct listener *
any_listener(struct call *c)
{
	struct listener *l = call_add_listener(c, "");
	struct leg *leg = &l->leg;

	any_text(leg->name, sizeof leg->name - 1);
	any_text(leg->interface, sizeof leg->interface - 1);
	leg->local = any_addr(any(2) ? AF_INET : AF_INET6);
	leg->family = leg->local.family;
	ck_assert_int_eq(call_add_streams(leg, c->leg[0].streams), 0);
	for (unsigned i = 0; i < leg->streams; i++) {
		any_stream(&leg->stream[i], leg->family, 0);
		l->of[i] = (struct listener_source){0, (uint8_t)(leg->streams - 1 - i)};
	}
	return l;
}

static struct call *
any_call(void)
{
	char id[REQUEST_ID], name[REQUEST_NAME];
	struct call *c;
	unsigned legs = 1 + any(CALL_LEGS);
	uint8_t e2e = any(4) == 0;

	any_text(id, sizeof id - 1);
	c = call_open(id);
	any_bytes(&c->created_us, sizeof c->created_us);
	c->created_us &= INT64_MAX;
	c->exported = (uint8_t)any(2);
	for (unsigned i = 0; i < TIMEOUTS; i++)
		c->timeout_ms[i] = any(2) ? CALL_NO_TIMEOUT : any(TIMEOUT_MAX_MS);
	for (unsigned i = 0; i < legs; i++) {
		struct leg *l = &c->leg[i];

		any_text(name, sizeof name - 1);
		ck_assert_int_eq(call_add_leg(c, name), 0);
		any_text(l->interface, sizeof l->interface - 1);
		if (!e2e && any(4) == 0) {
			any_mesh(l);
			continue;
		}
		l->local = any_addr(any(2) ? AF_INET : AF_INET6);
		l->family = l->local.family;
		ck_assert_int_eq(call_add_streams(l, 1 + any(CALL_STREAMS)), 0);
		for (unsigned j = 0; j < l->streams; j++)
			any_stream(&l->stream[j], l->family, e2e);
	}
	if (any(2))
		any_rules(c);
	if (any(2))
		any_note(c, 1 + any(2000));
	call_apply_rules(c);
	return c;
}

static void
assert_equal_codings(const struct coding *a, const struct coding *b)
{
	struct coding x = *a, y = *b;

	x.format = y.format = NULL;
	ck_assert_mem_eq(&x, &y, sizeof x);
	if (a->formats > 0)
		ck_assert_mem_eq(a->format, b->format, a->formats * sizeof *a->format);
}

static void
assert_equal_streams(const struct stream *a, const struct stream *b)
{
	ck_assert_int_eq(a->coding == NULL, b->coding == NULL);
	if (a->coding != NULL)
		assert_equal_codings(a->coding, b->coding);
	check_same_stream(a, b);
}

static void
assert_equal(const struct call *a, const struct call *b)
{
	ck_assert_str_eq(a->id, b->id);
	ck_assert_int_eq(a->created_us, b->created_us);
	ck_assert_uint_eq(a->exported, b->exported);
	ck_assert_mem_eq(a->timeout_ms, b->timeout_ms, sizeof a->timeout_ms);
	ck_assert_int_eq(a->rules == NULL, b->rules == NULL);
	if (a->rules != NULL)
		ck_assert_mem_eq(a->rules, b->rules, sizeof *a->rules);
	ck_assert_int_eq(a->note == NULL, b->note == NULL);
	if (a->note != NULL) {
		ck_assert_uint_eq(a->note->len, b->note->len);
		ck_assert_mem_eq(a->note->bytes, b->note->bytes, a->note->len);
	}
	ck_assert_uint_eq(a->legs, b->legs);
	ck_assert_uint_eq(a->listeners, b->listeners);
	for (unsigned i = 0; i < a->listeners; i++)
		ck_assert_mem_eq(
			a->listener[i].of, b->listener[i].of, sizeof a->listener[i].of);
	for (unsigned i = 0; i < call_all(a); i++) {
		const struct leg *l = call_leg(a, i), *m = call_leg(b, i);

		ck_assert_str_eq(l->name, m->name);
		ck_assert_str_eq(l->interface, m->interface);
		ck_assert_mem_eq(&l->local, &m->local, sizeof l->local);
		ck_assert_uint_eq(l->family, m->family);
		ck_assert_uint_eq(l->streams, m->streams);
		ck_assert_int_eq(l->mesh == NULL, m->mesh == NULL);
		if (l->mesh != NULL)
			ck_assert_mem_eq(l->mesh, m->mesh, sizeof *l->mesh);
		for (unsigned j = 0; j < l->streams; j++)
			assert_equal_streams(&l->stream[j], &m->stream[j]);
	}
}

START_TEST(any_call_comes_back_as_it_was)
{
	static uint8_t buf[RECORD_MAX];

	srand(2);
	for (unsigned i = 0; i < 5000; i++) {
		struct call *c = any_call(), *back;
		unsigned listeners = call_is_e2e(c) ? 0 : any(CALL_LISTENERS + 1);
		ssize_t len;

		while (c->listeners < listeners)
			any_listener(c);
		len = record_encode(c, NULL, buf, sizeof buf);
		ck_assert_int_gt(len, 0);
		back = record_decode(buf, (size_t)len, NULL);
		ck_assert_ptr_nonnull(back);
		assert_equal(c, back);
		call_close(back);
		call_close(c);
	}
}
END_TEST

/* Half of it would be relayed as it is, and half of it not. */
START_TEST(a_call_is_end_to_end_as_a_whole)
{
	static uint8_t buf[RECORD_MAX];

	srand(3);
	for (unsigned i = 0; i < 2000; i++) {
		struct call *c = any_call(), *back;
		struct stream *s = &c->leg[0].stream[c->leg[0].streams - 1];
		bool alone = c->legs == 1 && c->leg[0].streams == 1;

		s->e2e ^= 1;
		back = record_decode(
			buf, (size_t)record_encode(c, NULL, buf, sizeof buf), NULL);
		ck_assert(back == NULL || alone);
		ck_assert(back == NULL || !s->e2e ||
			  (s->keys == NULL && !call_learns(s->source)));
		call_close(back);
		call_close(c);
	}
}
END_TEST

START_TEST(any_history_comes_back_as_it_was)
{
	static uint8_t buf[RECORD_LONG_MAX];
	static struct call_history h, back_h;

	srand(5);
	for (unsigned i = 0; i < 1000; i++) {
		struct call *c = any_call(), *back;
		ssize_t len;

		any_histories(c, &h);
		len = record_encode(c, &h, buf, sizeof buf);
		ck_assert_int_gt(len, 0);
		memset(&back_h, 0xa5, sizeof back_h);
		back = record_decode(buf, (size_t)len, &back_h);
		ck_assert_ptr_nonnull(back);
		assert_equal(c, back);
		ck_assert_mem_eq(&h, &back_h, sizeof h);
		call_close(back);
		call_close(c);
	}
}
END_TEST

/* As a version before histories would: what it does not know it skips. */
START_TEST(a_reader_without_histories_reads_the_call)
{
	static uint8_t buf[RECORD_LONG_MAX];
	static struct call_history h;

	srand(6);
	for (unsigned i = 0; i < 1000; i++) {
		struct call *c = any_call(), *back;

		any_histories(c, &h);
		back = record_decode(buf, (size_t)record_encode(c, &h, buf, sizeof buf), NULL);
		ck_assert_ptr_nonnull(back);
		assert_equal(c, back);
		call_close(back);
		call_close(c);
	}
}
END_TEST

/* As much as can be said of codecs. */
static void
fill_coding(struct stream *s)
{
	struct request_format format[REQUEST_FORMATS];
	struct coding *c = call_coding(s);

	memset(&c->gain_db10, 0xff, sizeof *c - offsetof(struct coding, gain_db10));
	memset(format, 0xff, sizeof format);
	for (unsigned i = 0; i < REQUEST_FORMATS; i++)
		format[i].name[REQUEST_CODEC - 1] = '\0';
	ck_assert_int_eq(coding_set_formats(c, format, REQUEST_FORMATS), 0);
}

/* L says as much as a leg can. */
static void
fill_leg(struct leg *l)
{
	memset(l->name, 'n', sizeof l->name - 1);
	memset(l->interface, 'i', sizeof l->interface - 1);
	l->local = any_addr(AF_INET6);
	l->family = AF_INET6;
	ck_assert_int_eq(call_add_streams(l, CALL_STREAMS), 0);
	for (unsigned j = 0; j < CALL_STREAMS; j++) {
		any_stream(&l->stream[j], l->family, 0);
		set_keys(&l->stream[j], SW_AES_256_CM_HMAC_SHA1_80);
		fill_coding(&l->stream[j]);
	}
}

START_TEST(the_longest_record_has_room)
{
	static uint8_t buf[RECORD_LONG_MAX];
	static struct call_history h;
	char id[REQUEST_ID];
	struct call *c;

	srand(7);
	memset(id, 'x', sizeof id - 1);
	id[sizeof id - 1] = '\0';
	c = call_open(id);
	memset(&h, 0, sizeof h);
	for (unsigned i = 0; i < CALL_LEGS; i++) {
		ck_assert_int_eq(call_add_leg(c, ""), 0);
		fill_leg(&c->leg[i]);
		for (unsigned j = 0; j < CALL_STREAMS; j++) {
			struct sw_history *full = &h.of[i][j];

			/* Every byte of a number that is not 0 is written. */
			memset(full, 0xff, offsetof(struct sw_history, learned));
			full->unseal[0] = full->unseal[1] = *call_seal(&c->leg[i].stream[j]);
			full->learned[0] = full->learned[1] = any_addr(AF_INET6);
			memset((void *)full->rx, 0xff, sizeof full->rx);
			memset((void *)full->tx, 0xff, sizeof full->tx);
		}
	}
	for (unsigned i = 0; i < CALL_LISTENERS; i++)
		fill_leg(&call_add_listener(c, "")->leg);
	any_note(c, NOTE_MAX);
	ck_assert_int_gt(record_encode(c, &h, buf, sizeof buf), RECORD_MAX);
	ck_assert_int_gt(record_encode(c, NULL, buf, RECORD_MAX), 0);
	call_close(c);
}
END_TEST

/* Those of a call that moves stay behind: whose ports are theirs this node alone knows. */
START_TEST(a_record_from_elsewhere_brings_no_listeners)
{
	static uint8_t buf[RECORD_MAX];
	static struct call_history h;
	struct call *c, *back;
	size_t len;

	srand(11);
	for (c = any_call(); call_is_e2e(c); c = any_call())
		call_close(c);
	any_listener(c);
	len = (size_t)record_encode(c, NULL, buf, sizeof buf);
	back = record_decode(buf, len, NULL);
	ck_assert_ptr_nonnull(back);
	call_close(back);
	ck_assert_ptr_null(record_decode(buf, len, &h));
	ck_assert_int_eq(errno, EBADMSG);
	call_close(c);
}
END_TEST

/* A flow with such sinks would be refused by the switch, or lead nowhere. */
START_TEST(a_listener_to_what_is_not_there_or_twice_the_same_is_not_read)
{
	static uint8_t buf[RECORD_MAX];
	struct request_mesh mesh = {.used = 1};

	srand(8);
	for (unsigned i = 0; i < 500; i++) {
		struct call *c = any_call();
		struct listener *l = !call_is_e2e(c) ? any_listener(c) : NULL;

		if (l != NULL && i % 3 == 0) /* nor does the mesh have listeners */
			ck_assert_int_eq(call_mesh_set(&l->leg, &mesh), 0);
		else if (l != NULL && i % 3 == 1)
			l->of[0].stream = c->leg[0].streams;
		else if (l != NULL && l->leg.streams > 1)
			l->of[0] = l->of[1];
		else if (l != NULL)
			l->of[0].leg = (uint8_t)c->legs;
		if (l != NULL)
			ck_assert_ptr_null(record_decode(
				buf, (size_t)record_encode(c, NULL, buf, sizeof buf), NULL));
		call_close(c);
	}
}
END_TEST

/* What a history may not say, behind a sound call. */
static const struct {
	const char *what;
	size_t at;
	uint8_t value;
} wrong_history[] = {
	{"a numbering newer than the newest", offsetof(struct sw_history, epochs) + 3, 0x80},
	{"a flag that is neither", offsetof(struct sw_history, key_proven), 2},
	{"an index beyond 48 bits", offsetof(struct sw_history, rx[0].index) + 6, 1},
	{"a state that does not exist", offsetof(struct sw_history, rx[0].state), 3},
	{"a third generation of keys", offsetof(struct sw_history, rx[0].keys), 4},
	{"an SRTCP index beyond 31 bits", offsetof(struct sw_history, tx[1].rtcp_index) + 3,
		0x80},
	{"an SSRC that is numbered twice", offsetof(struct sw_history, tx[1].ssrc), 7},
};

START_TEST(a_history_that_no_switch_has_is_not_read)
{
	static uint8_t buf[RECORD_LONG_MAX];
	static struct call_history h;
	struct call *c, *back;
	ssize_t len;

	srand(8);
	c = any_call();
	memset(&h, 0, sizeof h);
	h.of[0][0].id = c->leg[0].stream[0].id;
	h.of[0][0].unseal[0] = *call_unseal(&c->leg[0].stream[0]);
	h.of[0][0].epochs = 5;
	h.of[0][0].rx[0] = (struct sw_rx_history){.state = 1, .epoch = 5, .ssrc = 3};
	h.of[0][0].tx[0] = (struct sw_tx_ssrc){.state = 1, .ssrc = 7};
	h.of[0][0].tx[1] = (struct sw_tx_ssrc){.state = 1, .ssrc = 8};
	len = record_encode(c, &h, buf, sizeof buf);
	back = record_decode(buf, (size_t)len, &h);
	ck_assert_ptr_nonnull(back);
	call_close(back);
	((uint8_t *)&h.of[0][0])[wrong_history[_i].at] = wrong_history[_i].value;
	len = record_encode(c, &h, buf, sizeof buf);
	ck_assert_int_gt(len, 0);
	ck_assert_msg(
		record_decode(buf, (size_t)len, &h) == NULL, "%s", wrong_history[_i].what);
	call_close(c);
}
END_TEST

/* The switch would take it for a broken message, and hang up. */
START_TEST(a_history_of_other_keys_is_not_read)
{
	static uint8_t buf[RECORD_LONG_MAX];
	static struct call_history h;
	struct call *c, *back;
	struct sw_history *known = &h.of[0][0];
	struct stream *s;

	srand(9);
	for (c = any_call();
		c->leg[0].mesh != NULL || c->leg[0].stream[0].closed || call_is_e2e(c);
		c = any_call())
		call_close(c);
	s = &c->leg[0].stream[0];
	set_keys(s, SW_AEAD_AES_128_GCM);
	for (unsigned i = 0; i < 2; i++) {
		ssize_t len;

		memset(&h, 0, sizeof h);
		known->id = s->id;
		known->unseal[i] = *call_unseal(s);
		len = record_encode(c, &h, buf, sizeof buf);
		back = record_decode(buf, (size_t)len, &h);
		ck_assert_ptr_nonnull(back);
		call_close(back);
		known->unseal[1 - i] = *call_seal(s);
		len = record_encode(c, &h, buf, sizeof buf);
		ck_assert_ptr_null(record_decode(buf, (size_t)len, &h));
		ck_assert_int_eq(errno, EBADMSG);
	}
	memset(&h, 0, sizeof h);
	known->id = s->id;
	known->unseal[0] = *call_unseal(s);
	known->unseal[0].key[0] ^= 1;
	ck_assert_ptr_null(
		record_decode(buf, (size_t)record_encode(c, &h, buf, sizeof buf), &h));
	ck_assert_int_eq(errno, EBADMSG);
	call_close(c);
}
END_TEST

START_TEST(a_record_needs_exactly_its_room)
{
	static uint8_t buf[RECORD_MAX];
	struct call *c;
	ssize_t len;

	srand(3);
	c = any_call();
	len = record_encode(c, NULL, buf, sizeof buf);
	for (ssize_t room = 0; room < len; room++) {
		uint8_t *exact = malloc((size_t)room + 1);

		ck_assert_int_eq(record_encode(c, NULL, exact, (size_t)room), -ENOSPC);
		free(exact);
	}
	ck_assert_int_eq(record_encode(c, NULL, buf, (size_t)len), len);
	call_close(c);
}
END_TEST

/* A call with little in it, so that its record can be read here. */
static struct call *
small_call(void)
{
	struct call *c = call_open("x");

	call_add_leg(c, "a");
	strcpy(c->leg[0].interface, "i");
	c->leg[0].local.family = c->leg[0].family = AF_INET;
	c->leg[0].local.ip[0] = 10;
	call_add_streams(&c->leg[0], 1);
	c->leg[0].stream[0].id = 5;
	c->leg[0].stream[0].slot = 0;
	c->leg[0].stream[0].port = 30000;
	c->leg[0].stream[0].latch_ms = 1;
	c->leg[0].stream[0].dscp = 0;
	c->created_us = 3;
	return c;
}

/* As the description in record.h has it, written by hand: what a later version must still
 * read. */
static const uint8_t small_record[] = {
	'S', 'W', 'C', 'R', 1, 0, 0, 0,   /* head */
	1, 1, 0, 'x',                     /* id */
	2, 8, 0, 3, 0, 0, 0, 0, 0, 0, 0,  /* created */
	3, 46, 0,                         /* leg */
	1, 1, 0, 'a',                     /* name */
	2, 1, 0, 'i',                     /* interface */
	3, 7, 0, 4, 0, 0, 10, 0, 0, 0,    /* local address */
	16, 25, 0,                        /* stream */
	8, 4, 0, 1, 0, 0, 0,              /* latch_ms */
	13, 8, 0, 5, 0, 0, 0, 0, 0, 0, 0, /* id */
	17, 4, 0, 0x30, 0x75, 0, 0,       /* port, wider than today */
};

/* The same party in the mesh, which has no address. */
static const uint8_t mesh_record[] = {
	'S', 'W', 'C', 'R', 1, 0, 0, 0,                           /* head */
	1, 1, 0, 'x',                                             /* id */
	3, 84, 0,                                                 /* leg */
	1, 1, 0, 'a',                                             /* name */
	2, 1, 0, 'i',                                             /* interface */
	4, 45, 0,                                                 /* mesh */
	1, 32, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* sid */
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,           /* ... */
	7, 1, 0, 5,                                               /* local */
	9, 3, 0, 0x34, 0x12, 0,                                   /* far_session */
	16, 25, 0,                                                /* stream */
	8, 4, 0, 1, 0, 0, 0,                                      /* latch_ms */
	13, 8, 0, 5, 0, 0, 0, 0, 0, 0, 0,                         /* id */
	17, 4, 0, 0x30, 0x75, 0, 0,                               /* port */
};

START_TEST(a_party_in_the_mesh_is_read_with_what_follows)
{
	struct call *c = record_decode(mesh_record, sizeof mesh_record, NULL);
	const struct stream *s;

	ck_assert_ptr_nonnull(c);
	ck_assert(c->leg[0].mesh->used && c->leg[0].mesh->has_sid);
	ck_assert_uint_eq(c->leg[0].family, SW_AF_MESH);
	s = c->leg[0].stream;
	ck_assert_uint_eq(s->mesh, STREAM_MESH_TALKS);
	ck_assert_uint_eq(s->mux, 1);
	ck_assert_uint_eq(s->remote.family, SW_AF_MESH);
	ck_assert_uint_eq(s->remote.port, 0x1234);
	ck_assert_uint_eq(s->remote.ip[0], 7);
	call_close(c);
}
END_TEST

/* Each makes it something that no call can be. */
static const struct {
	unsigned at; /* byte of mesh_record */
	uint8_t is;
} broken_mesh[] = {
	{23, 4 + 128}, /* nothing of the mesh is known, nor an address */
	{27, 31},      /* a SID of another length */
	{61, 2},       /* an identity of one byte */
	{64, 7},       /* a state that there is not */
	{70, 1},       /* a session beyond 16 bits */
};

START_TEST(a_party_in_the_mesh_that_cannot_be_is_refused)
{
	uint8_t bytes[sizeof mesh_record];

	memcpy(bytes, mesh_record, sizeof bytes);
	bytes[broken_mesh[_i].at] = broken_mesh[_i].is;
	ck_assert_ptr_null(record_decode(bytes, sizeof bytes, NULL));
	ck_assert_int_eq(errno, EBADMSG);
}
END_TEST

START_TEST(a_record_written_by_hand_is_read)
{
	struct call *c = record_decode(small_record, sizeof small_record, NULL),
		    *expected = small_call();

	ck_assert_ptr_nonnull(c);
	assert_equal(c, expected);
	call_close(c);
	call_close(expected);
}
END_TEST

START_TEST(what_a_reader_does_not_know_it_skips)
{
	/* A field of tag 200 in the call, in the leg and in the stream. */
	static const uint8_t later[] = {
		'S',
		'W',
		'C',
		'R',
		1,
		0,
		0,
		0,
		1,
		1,
		0,
		'x',
		200,
		3,
		0,
		1,
		2,
		3,
		2,
		8,
		0,
		3,
		0,
		0,
		0,
		0,
		0,
		0,
		0,
		3,
		54,
		0,
		200,
		0,
		0,
		1,
		1,
		0,
		'a',
		2,
		1,
		0,
		'i',
		3,
		7,
		0,
		4,
		0,
		0,
		10,
		0,
		0,
		0,
		16,
		30,
		0,
		200,
		2,
		0,
		9,
		9,
		8,
		4,
		0,
		1,
		0,
		0,
		0,
		13,
		8,
		0,
		5,
		0,
		0,
		0,
		0,
		0,
		0,
		0,
		17,
		4,
		0,
		0x30,
		0x75,
		0,
		0,
	};
	struct call *c = record_decode(later, sizeof later, NULL), *expected = small_call();

	ck_assert_ptr_nonnull(c);
	assert_equal(c, expected);
	call_close(c);
	call_close(expected);
}
END_TEST

START_TEST(another_version_is_not_read)
{
	uint8_t record[sizeof small_record];

	memcpy(record, small_record, sizeof record);
	record[4] = 2;
	errno = 0;
	ck_assert_ptr_null(record_decode(record, sizeof record, NULL));
	ck_assert_int_eq(errno, EPROTO);
	record[0] = 'T';
	ck_assert_ptr_null(record_decode(record, sizeof record, NULL));
	ck_assert_int_eq(errno, EBADMSG);
}
END_TEST

START_TEST(a_record_cut_short_is_not_read)
{
	for (size_t len = 0; len < sizeof small_record; len++) {
		uint8_t *exact = malloc(len + 1);

		memcpy(exact, small_record, len);
		ck_assert_ptr_null(record_decode(exact, len, NULL));
		free(exact);
	}
}
END_TEST

START_TEST(a_stream_is_closed_in_every_respect_or_not_at_all)
{
	static uint8_t buf[RECORD_MAX];
	struct call *c = small_call(), *back;
	struct stream *s = &c->leg[0].stream[0];
	const struct stream open = *s;
	const struct {
		uint8_t closed;
		uint64_t id;
		uint16_t port;
		uint32_t slot;
		bool sound;
	} cases[] = {
		{0, open.id, open.port, open.slot, true},
		{1, 0, 0, CALL_NO_SLOT, true},
		{1, open.id, 0, CALL_NO_SLOT, false},
		{1, 0, open.port, CALL_NO_SLOT, false},
		{1, 0, 0, open.slot, false},
		{0, 0, open.port, open.slot, false},
		{0, open.id, 0, open.slot, false},
		{0, open.id, open.port, CALL_NO_SLOT, false},
		{0, open.id, open.port, SW_TRANSPORTS_MAX, false},
	};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		s->closed = cases[i].closed;
		s->id = cases[i].id;
		s->port = cases[i].port;
		s->slot = cases[i].slot;
		back = record_decode(
			buf, (size_t)record_encode(c, NULL, buf, sizeof buf), NULL);
		ck_assert_msg((back != NULL) == cases[i].sound, "case %u", i);
		call_close(back);
	}
	call_close(c);
}
END_TEST

/* Both leave from one address of ours. */
START_TEST(rtcp_to_another_family_than_the_media_is_not_read)
{
	static const struct {
		uint16_t remote, rtcp;
		bool sound;
	} cases[] = {
		{AF_INET, AF_INET, true}, {AF_INET, AF_INET6, false}, {0, AF_INET, false}};
	uint8_t buf[256];

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct sw_addr rtcp = any_addr(cases[i].rtcp);
		struct call *c = small_call(), *back;

		c->leg[0].stream[0].remote.family = cases[i].remote;
		ck_assert_int_eq(call_set_rtcp(c->leg[0].stream, &rtcp), 0);
		back = record_decode(
			buf, (size_t)record_encode(c, NULL, buf, sizeof buf), NULL);
		ck_assert_msg((back != NULL) == cases[i].sound, "case %u", i);
		call_close(back);
		call_close(c);
	}
}
END_TEST

/* Byte AT of the small record -> VALUE is no call. */
static const struct {
	const char *what;
	size_t at;
	uint8_t value;
} wrong[] = {
	{"a record of something else", 1, 'X'},
	{"an id with a NUL", 11, 0},
	{"an id that is not UTF-8", 11, 0xff},
	{"a field without tag", 12, 0},
	{"a field longer than the rest", 25, 1},
	{"a name with a NUL", 29, 0},
	{"a name that ends within a character", 29, 0xc3},
	{"an interface that begins within one", 33, 0xa9},
	{"a family that does not exist", 37, 5},
	{"an address shorter than its family's", 37, 6},
	{"a stream longer than its leg", 45, 26},
	{"a latch of 0 ms", 50, 0},
	{"an id of 0", 57, 0},
	{"an odd port", 68, 0x31},
	{"a port beyond 65535", 70, 1},
};

START_TEST(a_record_of_wrong_values_is_not_read)
{
	uint8_t record[sizeof small_record];

	memcpy(record, small_record, sizeof record);
	ck_assert_uint_ne(record[wrong[_i].at], wrong[_i].value);
	record[wrong[_i].at] = wrong[_i].value;
	ck_assert_msg(
		record_decode(record, sizeof record, NULL) == NULL, "%s", wrong[_i].what);
}
END_TEST

/* What the switch would refuse. */
START_TEST(work_beyond_the_most_is_not_read)
{
	static uint8_t buf[RECORD_MAX];
	struct call *c = small_call(), *back;
	struct coding *coding = call_coding(&c->leg[0].stream[0]);

	for (unsigned n = 0; n < 256; n++) {
		ssize_t len;

		coding->opus_complexity = (uint8_t)n;
		len = record_encode(c, NULL, buf, sizeof buf);
		back = record_decode(buf, (size_t)len, NULL);
		ck_assert_int_eq(back != NULL, n <= 10 || n == CODING_COMPLEXITY_ANY);
		call_close(back);
	}
	call_close(c);
}
END_TEST

START_TEST(no_damage_does_harm)
{
	static uint8_t buf[RECORD_LONG_MAX];
	static struct call_history h;

	srand(4);
	for (unsigned i = 0; i < 20000; i++) {
		struct call *c = any_call(), *back;
		bool long_one = i % 16 == 0;
		size_t len;
		uint8_t *exact;

		if (long_one)
			any_histories(c, &h);
		len = (size_t)record_encode(c, long_one ? &h : NULL, buf, sizeof buf);
		exact = malloc(len);
		for (unsigned n = any(8); n > 0; n--)
			buf[any((unsigned)len)] = (uint8_t)rand();
		memcpy(exact, buf, len);
		back = record_decode(exact, len, long_one ? &h : NULL);
		if (back != NULL) /* then it is a call that can be written */
			ck_assert_int_gt(
				record_encode(back, long_one ? &h : NULL, buf, sizeof buf), 0);
		call_close(back);
		free(exact);
		call_close(c);
	}
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof *(table))

int
main(void)
{
	Suite *s = suite_create("record");
	TCase *t = tcase_create("record");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_test(t, any_call_comes_back_as_it_was);
	tcase_add_test(t, a_call_is_end_to_end_as_a_whole);
	tcase_add_test(t, any_history_comes_back_as_it_was);
	tcase_add_test(t, a_reader_without_histories_reads_the_call);
	tcase_add_test(t, the_longest_record_has_room);
	tcase_add_test(t, a_record_from_elsewhere_brings_no_listeners);
	tcase_add_test(t, a_listener_to_what_is_not_there_or_twice_the_same_is_not_read);
	tcase_add_loop_test(
		t, a_history_that_no_switch_has_is_not_read, 0, ROWS(wrong_history));
	tcase_add_test(t, a_history_of_other_keys_is_not_read);
	tcase_add_test(t, a_record_needs_exactly_its_room);
	tcase_add_test(t, a_record_written_by_hand_is_read);
	tcase_add_test(t, a_party_in_the_mesh_is_read_with_what_follows);
	tcase_add_loop_test(t, a_party_in_the_mesh_that_cannot_be_is_refused, 0,
		sizeof broken_mesh / sizeof *broken_mesh);
	tcase_add_test(t, what_a_reader_does_not_know_it_skips);
	tcase_add_test(t, another_version_is_not_read);
	tcase_add_test(t, a_record_cut_short_is_not_read);
	tcase_add_test(t, a_stream_is_closed_in_every_respect_or_not_at_all);
	tcase_add_test(t, rtcp_to_another_family_than_the_media_is_not_read);
	tcase_add_loop_test(t, a_record_of_wrong_values_is_not_read, 0, ROWS(wrong));
	tcase_add_test(t, work_beyond_the_most_is_not_read);
	tcase_add_test(t, no_damage_does_harm);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
