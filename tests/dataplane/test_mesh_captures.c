/* SPDX-License-Identifier: Apache-2.0
 *
 * What unmodified servald has said in recorded calls (tests/vectors/vomp), to a forwarding
 * core in the place of whom it spoke with: all of its sound comes out as RTP, byte by byte,
 * and its links are understood.  What there is to come out is read from the capture here, by
 * the recorded secrets. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/rtp.h"
#include "tests/dataplane/mesh_rig.h"
#include "tests/mesh/capture.h"

enum { SOUNDS = 2000, SESSIONS = 8 };

/* Who speaks and who hears, of whom we take the place. */
static const struct scene {
	const char *capture, *speaker, *hearer;
	unsigned sounds; /* at least, of tests/vectors/vomp/README.md */
} scenes[] = {
	{"call-servald.pcap", "A", "B", 40},
	{"call-servald.pcap", "B", "A", 30},
	{"call-independent.pcap", "A", "N", 100},
	{"call-independent.pcap", "N", "A", 150},
};

static struct inproc rig;
static struct far far;
static const struct node *speaker, *hearer;

static struct recorded {
	uint16_t session, far_session, slot;
	const struct vomp_codec_row *row;
	unsigned len;
	uint8_t data[1024];
} sound[SOUNDS];
static unsigned sounds;
static struct {
	uint16_t session, far_session;
} call[SESSIONS];
static unsigned calls, datagrams;

static const struct node *
node_of(const char *name)
{
	for (unsigned i = 0; i < NODES; i++)
		if (strcmp(nodes[i].name, name) == 0)
			return &nodes[i];
	ck_abort_msg("no node %s", name);
}

/* ---- What there is ---- */

static void
note_call(const struct vomp_header *h)
{
	for (unsigned i = 0; i < calls; i++)
		if (call[i].session == h->to_session)
			return;
	ck_assert_uint_lt(calls, SESSIONS);
	call[calls].session = h->to_session;
	call[calls++].far_session = h->from_session;
}

static void
note_sound(const struct vomp_header *h, const struct vomp_sound *s)
{
	struct recorded *r = &sound[sounds];

	note_call(h);
	*r = (struct recorded){h->to_session, h->from_session, s->slot,
		vomp_codec_by_id(s->codec), s->len, {0}};
	ck_assert_ptr_nonnull(r->row);
	memcpy(r->data, s->data, s->len);
	for (unsigned i = 0; i < sounds; i++)
		if (sound[i].session == r->session && sound[i].slot == r->slot)
			return;
	if (r->row->id != VOMP_TEXT)
		sounds++;
	ck_assert_uint_lt(sounds, SOUNDS);
}

/* A box for the hearer, which nobody else has a key for. */
static void
read_box(const struct mesh_frame *f)
{
	uint8_t p[MESH_DATAGRAM_MAX], key[MESH_KEY];
	struct vomp_header h;
	struct vomp_sound s;
	int len;

	ck_assert_int_eq(box_key(key, &speaker->id.sid, hearer->id.box_secret), 0);
	memcpy(p, f->payload, f->len);
	len = box_open(p, f->len, key);
	if (len <= VOMP_RTP || p[BOX_HEAD] != 0x19 ||
		vomp_header_read(p + BOX_HEAD + 1, (unsigned)len - 1, &h) != 0 ||
		h.state != VOMP_INCALL)
		return;
	if (vomp_sound_read(p + BOX_HEAD + 7, (unsigned)len - 7, &s) == 0)
		note_sound(&h, &s);
}

/* Is the datagram the speaker's?  LEN: of its envelope. */
static bool
is_speakers(const uint8_t *p, unsigned n, struct mesh_envelope *e, unsigned *len)
{
	struct whom w = {NULL, NULL};
	int read = mesh_envelope_read(p, n, e);

	ck_assert_int_gt(read, 0);
	*len = (unsigned)read;
	return whom(&w, &e->sender) == speaker;
}

static void
look(void *arg, unsigned number, const uint8_t *p, unsigned len)
{
	struct mesh_envelope e;
	struct mesh_frame f;
	unsigned at;

	if (!is_speakers(p, len, &e, &at))
		return;
	for (int n = 0; at < len; at += (unsigned)n) {
		n = mesh_frame_read(p + at, len - at, &e, &f);
		ck_assert_int_gt(n, 0);
		if ((f.flags & MESH_BOXED) == MESH_BOXED)
			read_box(&f);
	}
}

/* ---- What becomes of it ---- */

static void
deliver(void *arg, unsigned number, const uint8_t *p, unsigned len)
{
	const struct mesh_writer w = {.p = (uint8_t *)(uintptr_t)p, .len = len};
	struct mesh_envelope e;
	struct up up;
	unsigned at;

	if (!is_speakers(p, len, &e, &at))
		return;
	datagrams++;
	far_send(&rig, &far, &w);
	rig_turn(&rig);
	while (mesh_rig_up(&rig, &up))
		ck_assert_uint_eq(up.head.neighbour, 100);
}

static void
open_scene(const struct scene *s)
{
	struct sw_mesh_node node = {.identities = 1};
	struct sw_transport leg, phone = rig_transport(PHONE, "192.0.2.20", 5000);

	mesh_rig_open(&rig, 1);
	mesh_rig_self[0] = hearer->id;
	memcpy(node.sid[0], hearer->id.sid.b, SW_SID);
	ck_assert_int_eq(tables_mesh_node(rig.tables, &node), 0);
	far_init(&far, 0, 0);
	far.id = speaker->id;
	far_set_neighbour(&rig, &far);
	far_set_peer(&rig, &far, 0, 0);
	rig_set(&rig, &phone);
	for (unsigned i = 0; i < calls; i++) {
		leg = mesh_rig_leg(&far);
		leg.slot = 2 + i;
		leg.id = 1002 + i;
		leg.port = call[i].session;
		leg.remote[0].port = call[i].far_session;
		/* Ours would be even; this one servald has chosen. */
		ck_assert_int_eq(tables_transport_set(rig.tables, &leg), 0);
		rig_join(&rig, leg.slot, PHONE);
	}
}

static void
expect(const struct recorded *r)
{
	struct rig_datagram d;
	const uint8_t *payload = d.payload + RTP_HEADER;

	do
		ck_assert(rig_receive(&rig, &d));
	while (d.to.port != 5000);
	ck_assert_uint_eq(d.payload[1], r->row->payload_type);
	ck_assert_uint_eq(rtp_seq(d.payload), r->slot);
	ck_assert_uint_eq(rtp_ssrc(d.payload), (uint32_t)r->session << 16 | r->far_session);
	if (r->row->id == VOMP_DTMF) {
		ck_assert_uint_eq(d.len, RTP_HEADER + 4);
		return;
	}
	ck_assert_uint_eq(d.len, RTP_HEADER + r->len);
	for (unsigned i = 0; i < r->len; i++)
		ck_assert_uint_eq(payload[i], r->data[r->row->id == VOMP_PCM16 ? i ^ 1 : i]);
}

START_TEST(all_that_was_said_is_heard)
{
	const struct scene *s = &scenes[_i];
	const struct sw_mesh_link *link;

	nodes_read();
	speaker = node_of(s->speaker);
	hearer = node_of(s->hearer);
	capture_each(s->capture, look, NULL);
	ck_assert_uint_ge(sounds, s->sounds);
	open_scene(s);
	capture_each(s->capture, deliver, NULL);
	for (unsigned i = 0; i < sounds; i++)
		expect(&sound[i]);
	link = &rig.state.mesh_link[0];
	ck_assert_uint_eq(atomic_load(&link->rx_datagrams), datagrams);
	ck_assert_uint_eq(atomic_load(&link->unopened), 0);
	ck_assert_uint_ne(atomic_load(&link->heard_us), 0);
	ck_assert_uint_eq(rig_drops(&rig, DROP_MESH_MALFORMED), 0);
	mesh_rig_close(&rig);
}
END_TEST

static Suite *
captures_suite(void)
{
	Suite *s = suite_create("mesh_captures");
	TCase *t = tcase_create("captures");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, all_that_was_said_is_heard, 0, RTE_DIM(scenes));
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(captures_suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
