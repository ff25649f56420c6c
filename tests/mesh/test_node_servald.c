/* SPDX-License-Identifier: Apache-2.0
 *
 * A node that meets servald: datagrams as captured (tests/vectors/vomp), addresses cut short
 * as servald does it, and what it asks and is asked for them. */
#include <check.h>
#include <sodium.h>

#include "mesh/node_inside.h"
#include "tests/bench/runner.h"
#include "tests/mesh/capture.h"
#include "tests/mesh/island.h"

static struct islander *const us = &island.who[0];

/* ---- Captures ---- */

struct replay {
	const struct node *self;
	unsigned sounds_and_states; /* of VoMP, in boxes to us */
	unsigned numbers;           /* look-ups for ours */
	unsigned keys;              /* asked for */
	unsigned boxes;
};

/* As the frames of a datagram from W are to be understood. */
static void
count(struct replay *r, const struct mesh_frame *f, struct whom *w)
{
	const struct node *from = w->sender, *to = NULL;
	uint8_t box[MESH_DATAGRAM_MAX], key[MESH_KEY];
	const uint8_t *p = f->payload;
	struct mesh_ports ports;
	int len = f->len, took;

	if (!(f->flags & MESH_SENDER_SAME))
		from = whom(w, &f->source);
	if (f->destination.kind != MESH_ADDRESS_NONE)
		to = whom(w, &f->destination);
	if (f->next_hop.kind != MESH_ADDRESS_NONE)
		whom(w, &f->next_hop);
	if (f->type != MESH_DATA || (to != NULL && to != r->self))
		return;
	if ((f->flags & MESH_BOXED) == MESH_BOXED) {
		memcpy(box, p, (size_t)len);
		ck_assert_int_eq(box_key(key, &from->id.sid, r->self->id.box_secret), 0);
		len = box_open(box, (unsigned)len, key);
		ck_assert_int_gt(len, 0);
		p = box + BOX_HEAD;
		r->boxes++;
	}
	took = mesh_ports_read(p, (unsigned)len, &ports);
	ck_assert_int_gt(took, 0);
	r->sounds_and_states += ports.destination == MESH_PORT_VOMP;
	r->numbers += ports.destination == MESH_PORT_DNA;
	r->keys += ports.destination == MESH_PORT_KEYMAP &&
		   keymap_is_request(p + took, (unsigned)(len - took));
}

/* Whatever a neighbour has sent comes from its own address, 20 ms after what was before it. */
static void
replay_one(void *arg, unsigned number, const uint8_t *p, unsigned len)
{
	struct replay *r = arg;
	struct mesh_envelope e;
	struct mesh_frame f;
	struct whom w = {NULL, NULL};
	struct mesh_at at;
	int took = mesh_envelope_read(p, len, &e);

	ck_assert_int_gt(took, 0);
	w.sender = whom(&w, &e.sender);
	if (w.sender == r->self)
		return;
	at = island_at(10 + (unsigned)(w.sender - nodes));
	island_heard(us, &at, p, len);
	if (mesh_node_neighbour_of(us->node, &w.sender->id.sid))
		for (unsigned i = (unsigned)took; i < len; i += (unsigned)took) {
			took = mesh_frame_read(p + i, len - i, &e, &f);
			ck_assert_int_gt(took, 0);
			count(r, &f, &w);
		}
	island_go(20);
}

static struct replay
replay(const char *capture, const char *self)
{
	struct replay r = {.self = NULL};

	nodes_read();
	for (unsigned i = 0; i < NODES; i++)
		if (strcmp(nodes[i].name, self) == 0)
			r.self = &nodes[i];
	island_begin(1);
	us->ids.id[0] = r.self->id;
	island_open();
	capture_each(capture, replay_one, &r);
	return r;
}

static const struct {
	const char *capture, *self;
} stories[] = {
	{"call-servald.pcap", "A"},
	{"call-servald.pcap", "B"},
	{"call-independent.pcap", "A"},
	{"call-independent.pcap", "N"},
	{"relay-3node.pcap", "A"},
	{"relay-3node.pcap", "B"},
};

START_TEST(all_that_servald_has_sent_is_taken)
{
	struct replay r = replay(stories[_i].capture, stories[_i].self);
	const struct mesh_node_counts *c = mesh_node_counts(us->node);

	ck_assert_uint_eq(c->malformed, 0);
	ck_assert_uint_eq(c->unopened, 0);
	ck_assert_uint_eq(c->refused, 0);
	/* The first of a sender's datagrams come before it has a link. */
	ck_assert_uint_ge(us->vomp + 2, r.sounds_and_states);
	ck_assert_uint_le(us->vomp, r.sounds_and_states);
	ck_assert_uint_gt(r.boxes, 10);
	ck_assert_uint_eq(c->keys_told, r.keys);
	island_end();
}
END_TEST

START_TEST(numbers_that_servald_asked_for_are_answered)
{
	struct replay r = replay("call-servald.pcap", "B");
	const struct mesh_node_counts *c = mesh_node_counts(us->node);

	ck_assert_uint_gt(r.numbers, 0);
	/* The first one comes before its key is known; each that is repeated is a flood anew.
	 */
	ck_assert_uint_ge(c->floods, 1);
	ck_assert_uint_eq(c->lookups_answered + c->unverified, c->floods);
	island_end();
}
END_TEST

START_TEST(whom_a_neighbour_reaches_we_reach)
{
	struct mesh_route_look look;
	unsigned two_hops = 0;

	replay("relay-3node.pcap", "A");
	for (unsigned at = 0; mesh_node_route(us->node, &at, &look);)
		if (look.hops == 2) {
			two_hops++;
			ck_assert(sid_equal(&look.sid, &nodes[1].id.sid));
			ck_assert(sid_equal(&look.next_hop, &nodes[2].id.sid));
		}
	ck_assert_uint_eq(two_hops, 1);
	island_end();
}
END_TEST

/* ---- Who are you? ---- */

static const struct mesh_at there = {.family = 2, .port = 4110, .ip = {10, 77, 12, 1}};
static const uint8_t short_tick[] = {0x00, 0x01, 0x02, 0x0a, 0x07, 0x00};

/* What we have asked THERE; 0: nothing. */
static unsigned
asked(void)
{
	unsigned casts = us->casts;

	us->casts = 0;
	return casts;
}

static void
alone(void)
{
	island_begin(1);
	us->broadcast = false;
	island_open();
	island_go(1);
}

START_TEST(an_abbreviated_sender_is_asked_at_its_second_datagram)
{
	static const uint8_t question[] = {0x87, 0x60, 0x00, 0x03, 0x02, 0x0a, 0x07};

	alone();
	island_heard(us, &there, short_tick, sizeof short_tick);
	ck_assert_uint_eq(asked(), 0);
	island_go(2);
	island_heard(us, &there, short_tick, sizeof short_tick);
	ck_assert_uint_eq(asked(), 1);
	ck_assert_mem_eq(&us->cast_to, &there, sizeof there);
	/* Behind an envelope with all of our SID. */
	ck_assert_uint_eq(us->cast_len, 2 + 33 + 1 + sizeof question);
	ck_assert_uint_eq(us->cast[2], 0x20);
	ck_assert_mem_eq(us->cast + 3, island_sid(0)->b, SID_LEN);
	ck_assert_mem_eq(us->cast + 36, question, sizeof question);
	island_end();
}
END_TEST

START_TEST(it_is_asked_again_while_it_is_unknown_twice_a_second)
{
	struct mesh_writer w;
	uint8_t p[64];

	alone();
	for (unsigned i = 0; i < 200; i++) {
		island_heard(us, &there, short_tick, sizeof short_tick);
		island_go(10);
	}
	ck_assert_uint_eq(asked(), 4);
	ck_assert_uint_eq(us->sets, 0);

	nodes_read();
	w = (struct mesh_writer){.p = p, .max = sizeof p};
	mesh_put_envelope(&w, &nodes[0].id.sid, MESH_UNICAST, 0);
	island_heard(us, &there, p, w.len);
	ck_assert_uint_eq(us->sets, 1);
	for (unsigned i = 0; i < 200; i++) {
		island_heard(us, &there, short_tick, sizeof short_tick);
		island_go(10);
	}
	ck_assert_uint_eq(asked(), 0);
	ck_assert_uint_eq(us->sets, 1);
	island_end();
}
END_TEST

START_TEST(thousands_of_unknown_prefixes_are_few_questions)
{
	alone();
	for (unsigned i = 0; i < 1000; i++) {
		uint8_t tick[] = {0x00, 0x01, 0x02, (uint8_t)(i >> 8), (uint8_t)i, 0x00};

		island_heard(us, &there, tick, sizeof tick);
		island_go(2);
		island_heard(us, &there, tick, sizeof tick);
	}
	/* Two seconds of them, and one at once. */
	ck_assert_uint_le(asked(), 20 * 3);
	island_end();
}
END_TEST

/* ---- Who is that? ---- */

/* Nodes 0 and 1 are neighbours; a datagram of node 1's with what TYPE, FLAGS, and PAYLOAD
 * say. */
static void
from_neighbour(uint8_t flags, uint8_t type, const uint8_t *payload, unsigned len)
{
	const struct mesh_frame f = {.flags = flags, .type = type};
	uint8_t p[MESH_DATAGRAM_MAX];
	struct mesh_writer w = {.p = p, .max = sizeof p};

	mesh_put_envelope_0(&w, island_sid(1), MESH_UNICAST);
	mesh_put_frame_head(&w, &f);
	mesh_put_byte(&w, (uint8_t)(len >> 8));
	mesh_put_byte(&w, (uint8_t)len);
	mesh_put(&w, payload, len);
	island_heard(us, &island.who[1].at, p, w.len);
}

static void
neighbours(void)
{
	island_begin(2);
	island_open();
	island_go(1100);
	us->tells = 0;
}

START_TEST(unknown_addresses_in_frames_are_one_question_to_the_neighbour)
{
	/* Two ways, to and over unknown nodes; one that is lost, which is not asked for. */
	static const uint8_t body[] = {0x05, 0x08, 0x20, 0x02, 0xc6, 0x2f, 0x02, 0xff, 0x00,
		0x0a, 0x20, 0x02, 0xd4, 0x48, 0x02, 0x02, 0xc6, 0x30, 0x00, 0x07, 0x22, 0x02,
		0xaa, 0xaa, 0xff, 0x20};
	static const uint8_t question[] = {
		0x02, 0xc6, 0x2f, 0x02, 0xd4, 0x48, 0x02, 0xc6, 0x30};

	neighbours();
	from_neighbour(MESH_BROADCAST | MESH_ONE_HOP, MESH_DATA, body, sizeof body);
	ck_assert_uint_eq(us->tells, 1);
	ck_assert_uint_eq(us->told[0], 0x85);
	ck_assert_uint_eq(us->told_len, sizeof question);
	ck_assert_mem_eq(us->told + us->told_head, question, sizeof question);
	ck_assert_uint_eq(mesh_node_counts(us->node)->malformed, 0);
	from_neighbour(MESH_BROADCAST | MESH_ONE_HOP, MESH_DATA, body, sizeof body);
	ck_assert_uint_eq(us->tells, 1);
	island_end();
}
END_TEST

START_TEST(what_it_answers_is_learned)
{
	uint8_t items[2 * 33];
	struct sid other;

	neighbours();
	nodes_read();
	items[0] = 0x20;
	memcpy(items + 1, nodes[0].id.sid.b, SID_LEN);
	items[33] = 0xfb;
	memcpy(items + 34, nodes[1].id.sign_public, MESH_KEY);
	from_neighbour(MESH_BROADCAST | MESH_ONE_HOP, MESH_EXPLAIN, items, sizeof items);
	ck_assert_ptr_nonnull(mesh_node_known(us->node, &nodes[0].id.sid));
	other = nodes[1].id.sid;
	ck_assert_ptr_nonnull(mesh_node_known(us->node, &other));
	ck_assert(mesh_node_known(us->node, &other)->has_key);
	ck_assert_uint_eq(us->tells, 0);
	island_end();
}
END_TEST

START_TEST(who_asks_for_us_is_answered_twice_a_second)
{
	uint8_t question[] = {0x02, 0, 0};

	neighbours();
	memcpy(question + 1, island_sid(0)->b, 2);
	for (unsigned i = 0; i < 10; i++) {
		from_neighbour(MESH_BROADCAST | MESH_ONE_HOP, MESH_EXPLAIN, question,
			sizeof question);
		island_go(1);
	}
	ck_assert_uint_eq(mesh_node_counts(us->node)->explained, 1);
	ck_assert_uint_eq(us->told_len, 1 + SID_LEN);
	ck_assert_uint_eq(us->told[us->told_head], 0x20);
	ck_assert_mem_eq(us->told + us->told_head + 1, island_sid(0)->b, SID_LEN);
	island_go(500);
	from_neighbour(MESH_BROADCAST | MESH_ONE_HOP, MESH_EXPLAIN, question, sizeof question);
	ck_assert_uint_eq(mesh_node_counts(us->node)->explained, 2);
	/* And about nobody else that it could have invented. */
	question[1] ^= 0xff;
	from_neighbour(MESH_BROADCAST | MESH_ONE_HOP, MESH_EXPLAIN, question, sizeof question);
	ck_assert_uint_eq(mesh_node_counts(us->node)->explained, 2);
	island_end();
}
END_TEST

START_TEST(a_stranger_that_asks_for_us_is_told_where_it_is)
{
	const struct mesh_frame f = {
		.flags = MESH_BROADCAST | MESH_ONE_HOP, .type = MESH_EXPLAIN};
	uint8_t p[128];
	struct mesh_writer w = {.p = p, .max = sizeof p};

	alone();
	nodes_read();
	mesh_put_envelope(&w, &nodes[0].id.sid, 0, 0);
	mesh_put_frame_head(&w, &f);
	mesh_put(&w, "\x01\x00\x02\x01", 4);
	mesh_put(&w, island_sid(0)->b, 1);
	island_heard(us, &there, p, w.len);
	ck_assert_uint_eq(us->casts, 1);
	ck_assert_mem_eq(&us->cast_to, &there, sizeof there);
	ck_assert_uint_eq(mesh_node_counts(us->node)->explained, 1);
	island_end();
}
END_TEST

/* ---- Services ---- */

START_TEST(an_echo_in_clear_text_comes_back_in_clear_text_and_none_of_an_echo)
{
	static const uint8_t echo[] = {MESH_PORT_ECHO << 1, 0x80, 0x02, 'h', 'i'};
	static const uint8_t back[] = {0x80, 0x04, MESH_PORT_ECHO, 'h', 'i'};
	static const uint8_t of_echo[] = {MESH_PORT_ECHO << 1 | 1, 'h', 'i'};

	neighbours();
	from_neighbour(MESH_BROADCAST | MESH_ONE_HOP, MESH_DATA, echo, sizeof echo);
	ck_assert_uint_eq(us->tells, 1);
	ck_assert_uint_eq(us->told_len, sizeof back);
	ck_assert_mem_eq(us->told + us->told_head, back, sizeof back);
	from_neighbour(MESH_BROADCAST | MESH_ONE_HOP, MESH_DATA, of_echo, sizeof of_echo);
	ck_assert_uint_eq(us->tells, 1);
	island_end();
}
END_TEST

START_TEST(vomp_in_clear_text_is_refused)
{
	static const uint8_t vomp[] = {0x19, 2, 0, 1, 0, 0, 0x12, 2, 3, 0};

	neighbours();
	from_neighbour(MESH_BROADCAST | MESH_ONE_HOP, MESH_DATA, vomp, sizeof vomp);
	ck_assert_uint_eq(us->vomp, 0);
	ck_assert_uint_eq(mesh_node_counts(us->node)->refused, 1);
	island_end();
}
END_TEST

START_TEST(a_box_for_somebody_else_is_not_opened)
{
	uint8_t box[BOX_HEAD + 10] = {0};

	neighbours();
	from_neighbour(MESH_BROADCAST | MESH_ONE_HOP | MESH_BOXED, MESH_DATA, box, sizeof box);
	ck_assert_uint_eq(us->vomp, 0);
	ck_assert_uint_eq(mesh_node_counts(us->node)->unopened, 0);
	island_end();
}
END_TEST

/* ---- Whatever comes ---- */

START_TEST(bytes_of_any_kind_do_no_harm)
{
	uint8_t p[400];
	struct mesh_writer w = {.p = p, .max = sizeof p};
	uint64_t dice = 7;

	neighbours();
	mesh_put_envelope_0(&w, island_sid(1), MESH_UNICAST);
	for (unsigned i = 0; i < 20000; i++) {
		for (unsigned n = w.len; n < sizeof p; n++) {
			dice = dice * UINT64_C(6364136223846793005) + 1442695040888963407u;
			p[n] = (uint8_t)(dice >> 56);
		}
		/* Frames that have a length that fits, mostly. */
		p[w.len] &= MESH_BROADCAST | MESH_ONE_HOP | MESH_SENDER_SAME | MESH_HAS_TYPE;
		p[w.len] |= MESH_BROADCAST | MESH_ONE_HOP | MESH_SENDER_SAME;
		island_heard(us, &island.who[1].at, p, w.len + (unsigned)(dice % 300));
	}
	island_go(3000);
	ck_assert(island_reaches(0, 1, 1));
	island_end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("node of a mesh and servald");
	TCase *captured = tcase_create("captures"), *senders = tcase_create("senders");
	TCase *addresses = tcase_create("addresses"), *services = tcase_create("services");

	tcase_add_loop_test(captured, all_that_servald_has_sent_is_taken, 0,
		sizeof stories / sizeof *stories);
	tcase_add_test(captured, numbers_that_servald_asked_for_are_answered);
	tcase_add_test(captured, whom_a_neighbour_reaches_we_reach);
	suite_add_tcase(s, captured);
	tcase_add_test(senders, an_abbreviated_sender_is_asked_at_its_second_datagram);
	tcase_add_test(senders, it_is_asked_again_while_it_is_unknown_twice_a_second);
	tcase_add_test(senders, thousands_of_unknown_prefixes_are_few_questions);
	suite_add_tcase(s, senders);
	tcase_add_test(
		addresses, unknown_addresses_in_frames_are_one_question_to_the_neighbour);
	tcase_add_test(addresses, what_it_answers_is_learned);
	tcase_add_test(addresses, who_asks_for_us_is_answered_twice_a_second);
	tcase_add_test(addresses, a_stranger_that_asks_for_us_is_told_where_it_is);
	suite_add_tcase(s, addresses);
	tcase_add_test(
		services, an_echo_in_clear_text_comes_back_in_clear_text_and_none_of_an_echo);
	tcase_add_test(services, vomp_in_clear_text_is_refused);
	tcase_add_test(services, a_box_for_somebody_else_is_not_opened);
	tcase_add_test(services, bytes_of_any_kind_do_no_harm);
	suite_add_tcase(s, services);
	return run_suite(s);
}
