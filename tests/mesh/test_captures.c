/* SPDX-License-Identifier: Apache-2.0
 *
 * All that went over the wire between unmodified servald, and between it and an endpoint that
 * is neither its nor ours (tests/vectors/vomp): every datagram is understood to its last byte,
 * every box opens, every signature holds, and what we would have written in their place are
 * the same bytes.  The totals are those of an independent decoder (frames.json). */
#include <check.h>

#include "mesh/box.h"
#include "mesh/link_state.h"
#include "mesh/services.h"
#include "mesh/vomp.h"
#include "tests/bench/runner.h"
#include "tests/mesh/capture.h"

struct totals {
	unsigned datagrams, frames, boxes, signed_frames, clear, explains, records;
	unsigned keymaps, requests, answers, calls, offers, sounds;
};

struct letter {
	struct totals *totals;
	const struct node *source, *destination; /* NULL: to everybody */
	uint8_t box[MESH_DATAGRAM_MAX];          /* opened, with its head */
};

/* What we write is what WAS of LEN bytes. */
static void
same(const struct mesh_writer *w, const uint8_t *was, unsigned len)
{
	ck_assert(!w->full);
	ck_assert_uint_eq(w->len, len);
	ck_assert_mem_eq(w->p, was, len);
}

#define WRITER(w)                             \
	uint8_t w##_bytes[MESH_DATAGRAM_MAX]; \
	struct mesh_writer w = {.p = w##_bytes, .max = sizeof w##_bytes}

/* ---- Services ---- */

static void
link_state(struct letter *l, const uint8_t *p, unsigned len)
{
	struct whom w = {.sender = l->source};

	while (len > 0) {
		struct link_record r;
		int n = link_record_read(p, len, &r);
		WRITER(again);

		ck_assert_int_gt(n, 0);
		whom(&w, &r.receiver);
		if (!(r.flags & LINK_NO_PATH))
			whom(&w, &r.transmitter);
		/* Which it would not be if something stood behind what we know. */
		mesh_put_link_record(&again, &r);
		same(&again, p, (unsigned)n);
		p += n;
		len -= (unsigned)n;
		l->totals->records++;
	}
}

static void
keymap(struct letter *l, const uint8_t *p, unsigned len)
{
	uint8_t key[MESH_KEY];
	WRITER(again);

	if (keymap_is_request(p, len)) {
		mesh_put_keymap_request(&again);
	} else {
		ck_assert_int_eq(keymap_answer_read(p, len, &l->source->id.sid, key), 0);
		ck_assert_mem_eq(key, l->source->id.sign_public, sizeof key);
		mesh_put_keymap_answer(&again, &l->source->id);
	}
	same(&again, p, len);
	l->totals->keymaps++;
}

static void
dna_request(struct letter *l, const uint8_t *p, unsigned len)
{
	char did[MESH_DID];
	WRITER(again);

	ck_assert_int_eq(dna_request_read(p, len, did), 0);
	mesh_put_dna_request(&again, did);
	same(&again, p, len);
	l->totals->requests++;
}

static void
dna_answer(struct letter *l, const uint8_t *p, unsigned len)
{
	struct dna_answer a;
	WRITER(again);

	ck_assert_int_eq(dna_answer_read(p, len, &a), 0);
	ck_assert(sid_equal(&a.sid, &l->source->id.sid));
	ck_assert_str_eq(a.did, l->source->id.did);
	ck_assert_str_eq(a.name, l->source->id.name);
	mesh_put_dna_answer(&again, &l->source->id);
	same(&again, p, len);
	l->totals->answers++;
}

static void
vomp(struct letter *l, const uint8_t *p, unsigned len)
{
	struct vomp_header h;
	const uint8_t *body = p + VOMP_HEADER;
	unsigned left = len - VOMP_HEADER;
	struct vomp_offer o;
	struct vomp_sound s;
	WRITER(again);

	ck_assert_int_eq(vomp_header_read(p, len, &h), 0);
	mesh_put_vomp_header(&again, &h);
	if (h.state < VOMP_RINGINGOUT && h.view < VOMP_RINGINGOUT) {
		ck_assert_int_eq(vomp_offer_read(body, left, &o), 0);
		mesh_put_vomp_offer(&again, &o, h.state == VOMP_CALLPREP);
		l->totals->offers++;
	} else if (left > 0) {
		ck_assert_uint_eq(h.state, VOMP_INCALL);
		ck_assert_int_eq(vomp_sound_read(body, left, &s), 0);
		ck_assert_ptr_nonnull(vomp_codec_by_id(s.codec));
		mesh_put_vomp_sound(&again, &s);
		l->totals->sounds++;
	}
	ck_assert_uint_eq(again.p[0], MESH_PORT_VOMP << 1 | 1);
	again.p += VOMP_PORTS;
	again.len -= VOMP_PORTS;
	same(&again, p, len);
	l->totals->calls++;
}

static void
message(struct letter *l, const uint8_t *p, unsigned len)
{
	struct mesh_ports ports;
	int n = mesh_ports_read(p, len, &ports);
	WRITER(again);

	ck_assert_int_gt(n, 0);
	mesh_put_ports(&again, &ports);
	same(&again, p, (unsigned)n);
	p += n;
	len -= (unsigned)n;
	if (ports.source == MESH_PORT_DNA)
		dna_answer(l, p, len);
	else if (ports.destination == MESH_PORT_DNA)
		dna_request(l, p, len);
	else if (ports.destination == MESH_PORT_LINK_STATE)
		link_state(l, p, len);
	else if (ports.destination == MESH_PORT_KEYMAP)
		keymap(l, p, len);
	else if (ports.destination == MESH_PORT_VOMP)
		vomp(l, p, len);
	else
		ck_assert_uint_eq(ports.destination, MESH_PORT_STUN);
}

/* ---- How they are secured ---- */

static void
boxed(struct letter *l, const uint8_t *p, unsigned len)
{
	const struct mesh_identity *from = &l->source->id, *to = &l->destination->id;
	uint8_t key[MESH_KEY], senders[MESH_KEY], closed[MESH_DATAGRAM_MAX];
	struct nonces nonces;
	unsigned in = len - BOX_HEAD;

	ck_assert_int_eq(box_key(key, &from->sid, to->box_secret), 0);
	ck_assert_int_eq(box_key(senders, &to->sid, from->box_secret), 0);
	memcpy(l->box, p, len);
	ck_assert_int_eq(box_open(l->box, len, key), (int)in);
	memcpy(closed, p, len);
	ck_assert_int_eq(box_open(closed, len, senders), (int)in);
	ck_assert_mem_eq(closed + BOX_HEAD, l->box + BOX_HEAD, in);
	/* And so does a box of ours. */
	nonces_init(&nonces);
	box_seal(closed, in, senders, &nonces);
	ck_assert_mem_ne(closed + BOX_HEAD, l->box + BOX_HEAD, in);
	ck_assert_int_eq(box_open(closed, len, key), (int)in);
	ck_assert_mem_eq(closed + BOX_HEAD, l->box + BOX_HEAD, in);
	message(l, l->box + BOX_HEAD, in);
	l->totals->boxes++;
}

static void
signed_frame(struct letter *l, const uint8_t *p, unsigned len)
{
	int n = mesh_verify(p, len, l->source->id.sign_public);
	uint8_t again[MESH_DATAGRAM_MAX];

	ck_assert_int_eq(n, (int)len - SIGN_TAIL);
	memcpy(again, p, (unsigned)n);
	mesh_sign(again, (unsigned)n, &l->source->id);
	ck_assert_mem_eq(again, p, len);
	message(l, p, (unsigned)n);
	l->totals->signed_frames++;
}

static void
explain(struct letter *l, const uint8_t *p, unsigned len)
{
	struct whom w = {.sender = NULL};

	while (len > 0) {
		struct explain_item item;
		int n = explain_read(p, len, &item);
		WRITER(again);

		ck_assert_int_gt(n, 0);
		if (item.kind == EXPLAIN_WHO)
			whom(&w, &(struct mesh_address){.kind = MESH_ADDRESS_PREFIX,
					 .len = item.len,
					 .at = item.at});
		mesh_put_explain(&again, &item);
		same(&again, p, (unsigned)n);
		p += n;
		len -= (unsigned)n;
	}
	l->totals->explains++;
}

/* ---- Frames and datagrams ---- */

static void
frame(struct totals *t, struct whom *w, const struct mesh_frame *f)
{
	struct letter l = {.totals = t};

	l.source = f->flags & MESH_SENDER_SAME ? w->sender : whom(w, &f->source);
	if (!(f->flags & MESH_BROADCAST))
		l.destination = whom(w, &f->destination);
	if (f->next_hop.kind != MESH_ADDRESS_NONE)
		whom(w, &f->next_hop);
	t->frames++;
	if (f->type == MESH_EXPLAIN) {
		explain(&l, f->payload, f->len);
	} else if ((f->flags & MESH_BOXED) == MESH_BOXED) {
		boxed(&l, f->payload, f->len);
	} else if (f->flags & MESH_SIGNED) {
		signed_frame(&l, f->payload, f->len);
	} else {
		message(&l, f->payload, f->len);
		t->clear++;
	}
}

static void
datagram(void *totals, unsigned number, const uint8_t *p, unsigned len)
{
	struct totals *t = totals;
	struct mesh_envelope e;
	struct whom w = {.sender = NULL};
	int n = mesh_envelope_read(p, len, &e);

	ck_assert_int_gt(n, 0);
	w.sender = whom(&w, &e.sender);
	for (unsigned at = (unsigned)n; at < len; at += (unsigned)n) {
		struct mesh_frame f;
		WRITER(again);

		n = mesh_frame_read(p + at, len - at, &e, &f);
		ck_assert_msg(n > 0, "datagram %u at %u", number, at);
		mesh_put_frame_head(&again, &f);
		if (e.version > 0)
			mesh_put_byte(&again, f.seq);
		mesh_put(&again, &(uint16_t){htobe16(f.len)}, 2);
		mesh_put(&again, f.payload, f.len);
		same(&again, p + at, (unsigned)n);
		frame(t, &w, &f);
	}
	t->datagrams++;
}

START_TEST(every_datagram_is_understood_to_its_last_byte)
{
	static const unsigned datagrams[CAPTURES] = {249, 452, 256};
	struct totals t = {0};

	for (unsigned i = 0; i < CAPTURES; i++)
		ck_assert_uint_eq(capture_each(captures[i], datagram, &t), datagrams[i]);
	ck_assert_uint_eq(t.datagrams, 957);
	ck_assert_uint_eq(t.frames, 927);
	ck_assert_uint_eq(t.boxes, 568);
	ck_assert_uint_eq(t.signed_frames, 7);
	ck_assert_uint_eq(t.clear, 116 + 111 + 98);
	ck_assert_uint_eq(t.explains, 4 + 15 + 8);
	ck_assert_uint_eq(t.records, 329);
	ck_assert_uint_eq(t.requests, 7);
	ck_assert(t.keymaps > 0 && t.answers > 0 && t.offers > 0 && t.sounds > 0);
}
END_TEST

/* Cut anywhere, it is understood as far as it goes, or not; under the sanitizers nothing is
 * read behind its end. */
static void
cut_datagram(void *none, unsigned number, const uint8_t *p, unsigned len)
{
	struct mesh_envelope e;
	unsigned short_frames = 0;

	for (unsigned end = 0; end < len; end++) {
		uint8_t *cut = malloc(end > 0 ? end : 1);
		int n;

		ck_assert_ptr_nonnull(cut);
		memcpy(cut, p, end);
		n = mesh_envelope_read(cut, end, &e);
		for (unsigned at = (unsigned)n; n > 0 && at < end; at += (unsigned)n) {
			struct mesh_frame f;

			n = mesh_frame_read(cut + at, end - at, &e, &f);
			short_frames += n < 0;
		}
		free(cut);
	}
	ck_assert(short_frames > 0 || mesh_envelope_read(p, len, &e) == (int)len);
}

START_TEST(a_datagram_may_be_cut_anywhere)
{
	for (unsigned i = 0; i < CAPTURES; i++)
		capture_each(captures[i], cut_datagram, NULL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("captures");
	TCase *all = tcase_create("captures");

	tcase_add_checked_fixture(all, nodes_read, NULL);
	tcase_add_test(all, every_datagram_is_understood_to_its_last_byte);
	tcase_add_test(all, a_datagram_may_be_cut_anywhere);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
