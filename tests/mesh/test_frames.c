/* SPDX-License-Identifier: Apache-2.0
 *
 * What our parsers say of 97 datagrams is what an independent decoder has said of them, field
 * by field (tests/vectors/vomp/frames.json); keys follow from seeds as servald derives them.
 */
#include <check.h>
#include <sodium.h>
#include <stdio.h>

#include "mesh/box.h"
#include "mesh/link_state.h"
#include "mesh/services.h"
#include "mesh/vomp.h"
#include "tests/bench/runner.h"
#include "tests/mesh/capture.h"

static json_t *said;    /* frames.json */
static unsigned looked; /* at datagrams of it */

static void
read_all(void)
{
	nodes_read();
	said = capture_json("frames.json");
}

static void
forget_all(void)
{
	json_decref(said);
}

/* ---- Fields; those that are not there are not there on the wire either ---- */

static bool
has(const json_t *of, const char *key)
{
	return !json_is_null(json_object_get(of, key)) && json_object_get(of, key) != NULL;
}

static void
number(const json_t *of, const char *key, uint64_t value)
{
	ck_assert_msg(json_integer_value(json_object_get(of, key)) == (json_int_t)value,
		"%s %llu", key, (unsigned long long)value);
}

static void
text(const json_t *of, const char *key, const char *value)
{
	ck_assert_str_eq(json_string_value(json_object_get(of, key)), value);
}

static void
bytes(const json_t *of, const char *key, const uint8_t *p, unsigned len)
{
	char hex[2 * MESH_DATAGRAM_MAX + 1];

	sodium_bin2hex(hex, sizeof hex, p, len);
	text(of, key, hex);
}

/* As many as are said: long ones are cut there. */
static void
first_bytes(const json_t *of, const char *key, const uint8_t *p, unsigned len)
{
	unsigned n = (unsigned)json_string_length(json_object_get(of, key)) / 2;

	bytes(of, key, p, n < len ? n : len);
}

static void
hex(const json_t *of, const char *key, uint32_t value, int digits)
{
	char is[9];

	snprintf(is, sizeof is, "%0*x", digits, value);
	text(of, key, is);
}

static void
form(const json_t *of, const char *key, const struct mesh_address *a)
{
	char is[16];

	if (a->kind == MESH_ADDRESS_PREFIX)
		snprintf(is, sizeof is, "abbrev%u", a->len);
	else
		snprintf(is, sizeof is, "%s", a->kind == MESH_ADDRESS_SAME ? "PREV" : "full");
	text(of, key, is);
}

/* ---- Services ---- */

static void
link_state(const json_t *of, const struct node *source, const uint8_t *p, unsigned len)
{
	struct whom w = {.sender = source};
	const json_t *row;
	size_t i;

	json_array_foreach (of, i, row) {
		struct link_record r;
		int n = link_record_read(p, len, &r);

		number(row, "len", (uint64_t)n);
		number(row, "flags", r.flags);
		text(row, "receiver", whom(&w, &r.receiver)->name);
		number(row, "version", r.version);
		ck_assert(has(row, "transmitter") == !(r.flags & LINK_NO_PATH));
		if (has(row, "transmitter"))
			text(row, "transmitter", whom(&w, &r.transmitter)->name);
		number(row, "interface", r.interface);
		number(row, "ack_seq", r.ack);
		ck_assert(has(row, "ack_mask") == !!(r.flags & LINK_HAS_ACK));
		if (has(row, "ack_mask"))
			hex(row, "ack_mask", r.mask, 8);
		number(row, "drop_rate", r.drop_rate);
		p += n;
		len -= (unsigned)n;
	}
	ck_assert_uint_eq(len, 0);
}

static void
codecs(const json_t *of, const struct vomp_offer *o)
{
	ck_assert_uint_eq(json_array_size(of), o->codecs);
	for (unsigned i = 0; i < o->codecs; i++)
		ck_assert_int_eq(json_integer_value(json_array_get(of, i)), o->codec[i]);
}

static void
vomp(const json_t *of, const uint8_t *p, unsigned len)
{
	static const char *const states[] = {
		"", "NOCALL", "CALLPREP", "RINGINGOUT", "RINGINGIN", "INCALL", "CALLENDED"};
	struct vomp_header h;
	struct vomp_offer o = {0};
	struct vomp_sound s;

	ck_assert_int_eq(vomp_header_read(p, len, &h), 0);
	number(of, "version", VOMP_VERSION);
	hex(of, "sender_session", h.from_session, 4);
	hex(of, "receiver_session", h.to_session, 4);
	text(of, "sender_state", states[h.state]);
	text(of, "receiver_state_as_seen_by_sender", states[h.view]);
	p += VOMP_HEADER;
	len -= VOMP_HEADER;
	if (has(of, "codecs"))
		ck_assert_int_eq(vomp_offer_read(p, len, &o), 0);
	codecs(json_object_get(of, "codecs"), &o);
	if (has(of, "caller_did")) {
		text(of, "caller_did", o.from);
		text(of, "called_did", o.to);
	}
	if (has(of, "codec")) {
		ck_assert_int_eq(vomp_sound_read(p, len, &s), 0);
		number(of, "codec", s.codec);
		number(of, "time_20ms_units", s.slot);
		number(of, "sequence", s.seq);
		number(of, "audio_len", s.len);
		first_bytes(of, "audio_hex", s.data, s.len);
	}
}

static void
dna(const json_t *of, const uint8_t *p, unsigned len)
{
	const char *value = json_string_value(json_object_get(of, "dna"));
	struct dna_answer a;
	char did[MESH_DID];

	if (value != NULL) {
		ck_assert_int_eq(dna_request_read(p, len, did), 0);
		ck_assert_str_eq(value, did);
	}
	value = json_string_value(json_object_get(of, "dna_reply"));
	if (value != NULL) {
		ck_assert_int_eq(dna_answer_read(p, len, &a), 0);
		ck_assert_ptr_nonnull(strstr(value, a.uri));
		ck_assert_ptr_nonnull(strstr(value, a.did));
		ck_assert_ptr_nonnull(strstr(value, a.name));
	}
}

static void
message(const json_t *of, const struct node *source, const uint8_t *p, unsigned len)
{
	struct mesh_ports ports;
	int n = mesh_ports_read(p, len, &ports);

	bytes(of, "mdp_plaintext_hex", p, len);
	number(of, "dst_port", ports.destination);
	number(of, "src_port", ports.source);
	p += n;
	len -= (unsigned)n;
	bytes(of, "mdp_data_hex", p, len);
	if (has(of, "linkstate"))
		link_state(json_object_get(of, "linkstate"), source, p, len);
	if (has(of, "vomp"))
		vomp(json_object_get(of, "vomp"), p, len);
	if (has(of, "keymap")) {
		const json_t *keymap = json_object_get(of, "keymap");

		number(keymap, "keytype", p[0]);
		number(keymap, "len", len - 1);
		ck_assert(keymap_is_request(p, len) == (len == 1));
	}
	dna(of, p, len);
}

static void
explain(const json_t *of, const uint8_t *p, unsigned len)
{
	const json_t *row;
	size_t i;

	json_array_foreach (of, i, row) {
		struct explain_item item;
		int n = explain_read(p, len, &item);
		char is[2 * SID_LEN + 1];

		sodium_bin2hex(is, sizeof is, item.at, item.len);
		ck_assert_str_eq(json_string_value(row), is);
		p += n;
		len -= (unsigned)n;
	}
	ck_assert_uint_eq(len, 0);
}

/* ---- Frames ---- */

static void
payload(const json_t *of, const struct mesh_frame *f, const struct node *source,
	const struct node *destination)
{
	uint8_t copy[MESH_DATAGRAM_MAX], key[MESH_KEY];
	const char *crypto = json_string_value(json_object_get(of, "crypto"));
	int n;

	number(of, "payload_len", f->len);
	bytes(of, "payload_hex", f->payload, f->len);
	memcpy(copy, f->payload, f->len);
	if (crypto == NULL) {
		explain(json_object_get(of, "explain"), f->payload, f->len);
	} else if (strcmp(crypto, "authcrypt") == 0) {
		ck_assert_uint_eq(f->flags & MESH_BOXED, MESH_BOXED);
		bytes(of, "nonce", f->payload, BOX_NONCE);
		ck_assert_int_eq(box_key(key, &source->id.sid, destination->id.box_secret), 0);
		n = box_open(copy, f->len, key);
		ck_assert_int_gt(n, 0);
		message(of, source, copy + BOX_HEAD, (unsigned)n);
	} else if (strcmp(crypto, "signed:ok") == 0) {
		ck_assert_uint_eq(f->flags & MESH_BOXED, MESH_SIGNED);
		n = mesh_verify(copy, f->len, source->id.sign_public);
		ck_assert_int_gt(n, 0);
		message(of, source, copy, (unsigned)n);
	} else {
		ck_assert_str_eq(crypto, "clear");
		ck_assert_uint_eq(f->flags & MESH_BOXED, 0);
		message(of, source, copy, f->len);
	}
}

static void
frame(const json_t *of, struct whom *w, const struct mesh_frame *f)
{
	const struct node *source, *destination = NULL;

	number(of, "flags", f->flags);
	number(of, "type", f->type);
	number(of, "mdp_seq", f->seq);
	number(of, "ttl", f->ttl);
	number(of, "qos", f->qos);
	source = f->flags & MESH_SENDER_SAME ? w->sender : whom(w, &f->source);
	text(of, "src", source->name);
	if (has(of, "src_form"))
		form(of, "src_form", &f->source);
	ck_assert(has(of, "dst") == (f->destination.kind != MESH_ADDRESS_NONE));
	if (has(of, "dst")) {
		form(of, "dst_form", &f->destination);
		destination = whom(w, &f->destination);
		text(of, "dst", destination->name);
	}
	ck_assert(has(of, "nexthop") == (f->next_hop.kind != MESH_ADDRESS_NONE));
	if (has(of, "nexthop")) {
		form(of, "nexthop_form", &f->next_hop);
		text(of, "nexthop", whom(w, &f->next_hop)->name);
	}
	ck_assert(has(of, "bpi") == (f->broadcast_id != NULL));
	if (has(of, "bpi"))
		bytes(of, "bpi", f->broadcast_id, MESH_BROADCAST_ID);
	payload(of, f, source, destination);
}

static void
datagram(const json_t *of, const uint8_t *p, unsigned len)
{
	const json_t *envelope = json_object_get(of, "envelope"), *row;
	struct whom w = {.sender = NULL};
	struct mesh_envelope e;
	int n = mesh_envelope_read(p, len, &e);
	unsigned at = (unsigned)n;
	size_t i;

	ck_assert_int_gt(n, 0);
	bytes(of, "datagram_hex", p, len);
	number(envelope, "version", e.version);
	number(envelope, "encap", e.one_frame + 1u);
	form(envelope, "sender_addr_form", &e.sender);
	w.sender = whom(&w, &e.sender);
	text(envelope, "sender", w.sender->name);
	number(envelope, "flags", e.flags);
	number(envelope, "interface", e.interface);
	number(envelope, "seq", e.seq);
	json_array_foreach (json_object_get(of, "frames"), i, row) {
		struct mesh_frame f;

		number(row, "offset", at);
		n = mesh_frame_read(p + at, len - at, &e, &f);
		ck_assert_int_gt(n, 0);
		frame(row, &w, &f);
		at += (unsigned)n;
	}
	ck_assert_uint_eq(at, len);
	looked++;
}

static void
look(void *capture, unsigned n, const uint8_t *p, unsigned len)
{
	const json_t *row;
	size_t i;

	json_array_foreach (json_object_get(said, "vectors"), i, row) {
		if (strcmp(json_string_value(json_object_get(row, "pcap")), capture) == 0 &&
			json_integer_value(json_object_get(row, "packet")) == n)
			datagram(row, p, len);
	}
}

START_TEST(fields_are_as_the_independent_decoder_has_them)
{
	for (unsigned i = 0; i < CAPTURES; i++) {
		char name[32];

		snprintf(name, sizeof name, "%s", captures[i]);
		capture_each(captures[i], look, name);
	}
	ck_assert_uint_eq(looked, 97);
	ck_assert_uint_eq(json_array_size(json_object_get(said, "vectors")), 97);
}
END_TEST

START_TEST(keys_follow_from_seeds_as_servald_derives_them)
{
	json_t *root = capture_json("keys.json");
	const json_t *all = json_object_get(root, "identities");

	for (unsigned i = 0; i < NODES; i++) {
		const struct mesh_identity *id = &nodes[i].id;
		const json_t *of = json_object_get(all, nodes[i].name);
		struct sid sid;

		bytes(of, "sid", id->sid.b, SID_LEN);
		bytes(of, "box_sk", id->box_secret, MESH_KEY);
		bytes(of, "sign_pk", id->sign_public, MESH_KEY);
		ck_assert_int_eq(mesh_sid_of_sign(&sid, id->sign_public), 0);
		ck_assert(sid_equal(&sid, &id->sid));
	}
	json_decref(root);
}
END_TEST

START_TEST(the_key_of_a_pair_is_that_of_both_its_ends)
{
	json_t *root = capture_json("keys.json");
	const json_t *all = json_object_get(root, "shared_keys"), *value;
	const char *pair;

	ck_assert_uint_eq(json_object_size(all), 4);
	json_object_foreach ((json_t *)(uintptr_t)all, pair, value) {
		const struct mesh_identity *end[2] = {NULL, NULL};
		uint8_t key[MESH_KEY];

		for (unsigned i = 0; i < NODES; i++)
			for (unsigned j = 0; j < 2; j++)
				if (nodes[i].name[0] == pair[j])
					end[j] = &nodes[i].id;
		for (unsigned j = 0; j < 2; j++) {
			ck_assert_int_eq(
				box_key(key, &end[j]->sid, end[1 - j]->box_secret), 0);
			bytes(all, pair, key, sizeof key);
		}
	}
	json_decref(root);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("frames");
	TCase *all = tcase_create("frames");

	tcase_add_checked_fixture(all, read_all, forget_all);
	tcase_add_test(all, fields_are_as_the_independent_decoder_has_them);
	tcase_add_test(all, keys_follow_from_seeds_as_servald_derives_them);
	tcase_add_test(all, the_key_of_a_pair_is_that_of_both_its_ends);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
