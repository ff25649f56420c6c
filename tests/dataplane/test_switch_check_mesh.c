/* SPDX-License-Identifier: Apache-2.0
 *
 * Suite of dataplane/switch_check_mesh.c.  Each case begins with something sound and breaks
 * one thing. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <check.h>

#include "dataplane/switch.h"
#include "mesh/vomp.h"

#define SID(n)                   \
	{                        \
		0xa0 + (n), 1, 2 \
	}

/* ---- Messages ---- */

union message {
	struct sw_head head;
	struct sw_mesh_node_set node;
	struct sw_mesh_neighbour_set neighbour;
	struct sw_mesh_peer_set peer;
	struct sw_mesh_del del;
	struct sw_mesh_tell tell;
	struct sw_mesh_cast cast;
	struct sw_mesh_say say;
	struct sw_mesh_heard heard;
};

#define HEAD(t, len_)                                               \
	{                                                           \
		.magic = SW_MAGIC, .type = t, .len = len_, .seq = 7 \
	}
/* Of a message with N bytes at its end. */
#define UP_TO(struct_, n) ((offsetof(struct struct_, bytes) + (n) + 7) / 8 * 8)

enum { NODE, NEIGHBOUR, NEIGHBOUR_DEL, PEER, PEER_DEL, TELL, CAST, SAY, HEARD };

static const union message sound[] = {
	[NODE] = {.node = {HEAD(SW_MESH_NODE_SET, sizeof(struct sw_mesh_node_set)),
			  {.identities = 2, .sid = {SID(1), SID(2)}}}},
	[NEIGHBOUR] = {.neighbour = {HEAD(SW_MESH_NEIGHBOUR_SET,
					     sizeof(struct sw_mesh_neighbour_set)),
			       {.id = 5,
				       .slot = 255,
				       .sid = SID(3),
				       .addr = {AF_INET, 4110, {192, 0, 2, 7}}}}},
	[NEIGHBOUR_DEL] = {.del = {HEAD(SW_MESH_NEIGHBOUR_DEL, sizeof(struct sw_mesh_del)), 5,
				   255, 0}},
	[PEER] = {.peer = {HEAD(SW_MESH_PEER_SET, sizeof(struct sw_mesh_peer_set)),
			  {.id = 6,
				  .slot = 8191,
				  .identity = 1,
				  .neighbour = 255,
				  .sid = SID(4),
				  .key = {9}}}},
	[PEER_DEL] = {.del = {HEAD(SW_MESH_PEER_DEL, sizeof(struct sw_mesh_del)), 6, 8191, 0}},
	[TELL] = {.tell = {HEAD(SW_MESH_TELL, UP_TO(sw_mesh_tell, 5)), .id = 5, .slot = 255,
			  .head_len = 3, .len = 2, .bytes = {1, 2, 3, 4, 5}}},
	[CAST] = {.cast = {HEAD(SW_MESH_CAST, UP_TO(sw_mesh_cast, 9)),
			  .to = {AF_INET, 0, {255, 255, 255, 255}}, .len = 9,
			  .bytes = {[8] = 1}}},
	[SAY] = {.say = {HEAD(SW_MESH_SAY, UP_TO(sw_mesh_say, 1)), .id = 9,
			 .slot = SW_TRANSPORTS_MAX - 1, .len = 1, .codec = VOMP_DTMF,
			 .bytes = {0xb0}}},
	[HEARD] = {.heard = {{SW_MAGIC, SW_MESH_HEARD, UP_TO(sw_mesh_heard, 1200), 0},
			   .neighbour = 5, .done = UINT64_MAX, .opened = 1,
			   .from = {AF_INET6, 4110, {0x20, 1}}, .len = 1200, .broadcast = 1,
			   .bytes = {[1199] = 1}}},
};

enum { SOUND = sizeof sound / sizeof sound[0] };

static int
verdict(const union message *m)
{
	return sw_check(m, sizeof *m, m->head.type == SW_MESH_HEARD);
}

START_TEST(a_sound_message_passes_and_says_how_long_it_is)
{
	ck_assert_int_eq(verdict(&sound[_i]), sound[_i].head.len);
	ck_assert_int_eq(
		sw_check(&sound[_i], sound[_i].head.len, _i == HEARD), sound[_i].head.len);
}
END_TEST

START_TEST(a_message_must_have_its_length_its_way_and_all_its_bytes)
{
	union message m = sound[_i];

	ck_assert_int_eq(sw_check(&m, sizeof m, _i != HEARD), -EBADMSG);
	ck_assert_int_eq(sw_check(&m, m.head.len - 1u, _i == HEARD), -EBADMSG);
	m.head.len -= 8;
	ck_assert_int_eq(verdict(&m), -EBADMSG);
	m.head.len += 16;
	ck_assert_int_eq(verdict(&m), -EBADMSG);
	m = sound[_i];
	m.head.seq = m.head.seq == 0; /* only what nobody asked for has no number */
	ck_assert_int_eq(verdict(&m), -EBADMSG);
}
END_TEST

/* Sound but for one value. */
#define REFUSED(n, change)                               \
	do {                                             \
		union message m = sound[n];              \
		change;                                  \
		ck_assert_int_eq(verdict(&m), -EBADMSG); \
	} while (0)

START_TEST(values_out_of_range_are_refused)
{
	REFUSED(NODE, m.node.node.identities = 17);
	REFUSED(NEIGHBOUR, m.neighbour.neighbour.slot = SW_MESH_NEIGHBOURS);
	REFUSED(NEIGHBOUR_DEL, m.del.id = 0);
	REFUSED(NEIGHBOUR_DEL, m.del.slot = SW_MESH_NEIGHBOURS);
	REFUSED(NEIGHBOUR_DEL, m.del.reserved = 1);
	REFUSED(PEER, m.peer.peer.slot = SW_MESH_PEERS);
	REFUSED(PEER_DEL, m.del.slot = SW_MESH_PEERS);
	REFUSED(TELL, m.tell.id = 0);
	REFUSED(TELL, m.tell.slot = SW_MESH_NEIGHBOURS);
	REFUSED(TELL, m.tell.reserved = 1);
	REFUSED(TELL, (m.tell.head_len = 0, m.tell.len = 5));
	REFUSED(CAST, m.cast.to.family = SW_AF_MESH);
	REFUSED(CAST, m.cast.to.family = 0);
	REFUSED(CAST, m.cast.to.ip[4] = 1);
	REFUSED(CAST, m.cast.reserved[1] = 1);
	REFUSED(SAY, m.say.id = 0);
	REFUSED(SAY, m.say.slot = SW_TRANSPORTS_MAX);
	REFUSED(SAY, m.say.codec = VOMP_PCMU);
	REFUSED(SAY, m.say.reserved = 1);
	REFUSED(HEARD, m.heard.from.port = 0);
	REFUSED(HEARD, m.heard.from.family = SW_AF_MESH);
	REFUSED(HEARD, m.heard.broadcast = 2);
	REFUSED(HEARD, m.heard.reserved = 1);
}
END_TEST

START_TEST(a_message_ends_behind_the_bytes_that_are_used)
{
	REFUSED(TELL, m.tell.len = 200);
	REFUSED(TELL, m.tell.len = UINT16_MAX);
	REFUSED(TELL, m.tell.head_len = UINT16_MAX);
	REFUSED(TELL, m.tell.bytes[5] = 1); /* what fills it up is zeros */
	REFUSED(CAST, m.cast.len = 0);
	REFUSED(CAST, m.cast.len = 1201);
	REFUSED(SAY, m.say.len = 0);
	REFUSED(HEARD, m.heard.len = 1201);
}
END_TEST

START_TEST(a_frame_has_less_than_1200_bytes_and_what_is_said_1024)
{
	union message m = sound[TELL];

	m.tell.len = 1196;
	m.head.len = UP_TO(sw_mesh_tell, 1199);
	ck_assert_int_eq(verdict(&m), m.head.len);
	m.tell.len = 1197;
	m.head.len = UP_TO(sw_mesh_tell, 1200);
	ck_assert_int_eq(verdict(&m), -EBADMSG);
	m = sound[SAY];
	m.say.len = 1024;
	m.head.len = UP_TO(sw_mesh_say, 1024);
	ck_assert_int_eq(verdict(&m), m.head.len);
	m.say.len = 1025;
	m.head.len = UP_TO(sw_mesh_say, 1025);
	ck_assert_int_eq(verdict(&m), -EBADMSG);
}
END_TEST

START_TEST(acknowledgements_may_be_of_the_mesh)
{
	struct sw_ack ack = {{SW_MAGIC, SW_ACK, sizeof ack, 7}, -EHOSTUNREACH, SW_MESH_CAST};

	ck_assert_int_eq(sw_check(&ack, sizeof ack, 1), sizeof ack);
	ack.type = SW_MESH_HEARD;
	ck_assert_int_eq(sw_check(&ack, sizeof ack, 1), -EBADMSG);
}
END_TEST

/* ---- Rules ---- */

static struct sw_state
state(void)
{
	return (struct sw_state){.transports = 100,
		.addresses = 2,
		.address = {{{AF_INET, 30000, {192, 0, 2, 1}}, 39999, 0, "lan"},
			{{SW_AF_MESH, SW_MESH_FIRST, {0}}, SW_MESH_LAST, 0, "mesh"}}};
}

#define LEG(expect, change)                                            \
	do {                                                           \
		struct sw_state st = state();                          \
		struct sw_transport t = {.id = 9,                      \
			.local = 1,                                    \
			.port = 0x1234,                                \
			.mux = 1,                                      \
			.source = SW_SOURCE_SIGNALLED,                 \
			.ssrcs = 1,                                    \
			.identity = 15,                                \
			.remote = {{SW_AF_MESH, 0x4321, {0xab}}}};     \
		change;                                                \
		ck_assert_int_eq(sw_check_transport(&t, &st), expect); \
	} while (0)

START_TEST(a_mesh_leg_is_plain_sound_between_two_sessions)
{
	LEG(0, (void)0);
	LEG(0, t.port = 2);
	LEG(0, t.port = 65534);
	LEG(-EINVAL, t.port = 0);
	LEG(-EINVAL, t.port = 0x1233);
	LEG(-EINVAL, t.mux = 0);
	LEG(-EINVAL, t.source = SW_SOURCE_LATCH);
	LEG(-EINVAL, t.opaque = 1);
	LEG(-EINVAL, t.identity = 16);
	LEG(-EINVAL, (t.seal.suite = SW_AES_CM_128_HMAC_SHA1_80, t.seal.key[0] = 1));
	LEG(-EINVAL, (t.unseal.suite = SW_AES_CM_128_HMAC_SHA1_80, t.unseal.key[0] = 1));
	LEG(0, t.remote[0] = (struct sw_addr){0}); /* nobody has answered yet */
	LEG(0, t.remote[0].port = 0x4321);         /* theirs may be any */
	LEG(-EINVAL, t.remote[0].port = 0);
	LEG(-EINVAL, t.remote[0].ip[0] = 0);
	LEG(-EINVAL, t.remote[0].family = AF_INET);
}
END_TEST

START_TEST(other_transports_have_nothing_of_the_mesh)
{
	LEG(0, (t.local = 0, t.port = 30000, t.identity = 0, t.remote[0].family = 0,
		       t.remote[0].port = 0, t.remote[0].ip[0] = 0));
	LEG(-EINVAL, (t.local = 0, t.port = 30000, t.identity = 1, t.remote[0].family = 0,
			     t.remote[0].port = 0, t.remote[0].ip[0] = 0));
	LEG(-EINVAL, (t.local = 0, t.port = 30000, t.identity = 0));
}
END_TEST

#define RULES(check, expect, change)                                                \
	do {                                                                        \
		struct sw_state st = state();                                       \
		struct sw_mesh_node n = sound[NODE].node.node;                      \
		struct sw_mesh_neighbour nb = sound[NEIGHBOUR].neighbour.neighbour; \
		struct sw_mesh_peer p = sound[PEER].peer.peer;                      \
		change;                                                             \
		(void)(st.size + n.identities + nb.id + p.id);                      \
		ck_assert_int_eq(check, expect);                                    \
	} while (0)
#define NODE_IS(expect, change) RULES(sw_check_mesh_node(&n), expect, change)
#define NEIGHBOUR_IS(expect, change) RULES(sw_check_mesh_neighbour(&nb, &st), expect, change)
#define PEER_IS(expect, change) RULES(sw_check_mesh_peer(&p, &n), expect, change)

START_TEST(a_node_has_each_identity_once)
{
	NODE_IS(0, (void)0);
	NODE_IS(-EINVAL, n.forward = 2);
	NODE_IS(-EINVAL, n.reserved[4] = 1);
	NODE_IS(-EINVAL, n.identities = 1); /* something lies behind it */
	NODE_IS(-EINVAL, n.identities = 3); /* nothing lies there */
	NODE_IS(-EINVAL, n.sid[1][0] = n.sid[0][0]);
	NODE_IS(0, memset(&n, 0, sizeof n));
}
END_TEST

START_TEST(a_neighbour_is_a_host_that_we_can_send_to)
{
	NEIGHBOUR_IS(0, (void)0);
	NEIGHBOUR_IS(-EINVAL, nb.id = 0);
	NEIGHBOUR_IS(-EINVAL, nb.slot = SW_MESH_NEIGHBOURS);
	NEIGHBOUR_IS(-EINVAL, nb.reserved = 1);
	NEIGHBOUR_IS(-EINVAL, memset(nb.sid, 0, sizeof nb.sid));
	NEIGHBOUR_IS(-EINVAL, nb.addr.port = 0);
	NEIGHBOUR_IS(-EINVAL, nb.addr.ip[0] = 224);
	NEIGHBOUR_IS(-EINVAL, nb.addr.ip[0] = 255);
	NEIGHBOUR_IS(-EINVAL, nb.addr.family = SW_AF_MESH);
	NEIGHBOUR_IS(-EINVAL, nb.addr = ((struct sw_addr){AF_INET6, 4110, {0x20, 1}}));
}
END_TEST

START_TEST(a_peer_has_a_key_with_one_of_our_identities_or_neither)
{
	PEER_IS(0, (void)0);
	PEER_IS(-EINVAL, p.id = 0);
	PEER_IS(-EINVAL, p.slot = SW_MESH_PEERS);
	PEER_IS(-EINVAL, p.reserved = 1);
	PEER_IS(-EINVAL, p.identity = 2);
	PEER_IS(-EINVAL, p.identity = SW_MESH_NONE);
	PEER_IS(0, (p.identity = SW_MESH_NONE, p.key[0] = 0));
	PEER_IS(-EINVAL, p.key[0] = 0);
	PEER_IS(-EINVAL, p.neighbour = SW_MESH_NEIGHBOURS);
	PEER_IS(0, p.neighbour = SW_MESH_NONE);
	PEER_IS(-EINVAL, memset(p.sid, 0, sizeof p.sid));
	PEER_IS(-EINVAL, memcpy(p.sid, n.sid[1], sizeof p.sid)); /* that is us */
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("switch_check_mesh");
	TCase *tc = tcase_create("messages");

	tcase_add_loop_test(tc, a_sound_message_passes_and_says_how_long_it_is, 0, SOUND);
	tcase_add_loop_test(
		tc, a_message_must_have_its_length_its_way_and_all_its_bytes, 0, SOUND);
	tcase_add_test(tc, values_out_of_range_are_refused);
	tcase_add_test(tc, a_message_ends_behind_the_bytes_that_are_used);
	tcase_add_test(tc, a_frame_has_less_than_1200_bytes_and_what_is_said_1024);
	tcase_add_test(tc, acknowledgements_may_be_of_the_mesh);
	suite_add_tcase(s, tc);

	tc = tcase_create("rules");
	tcase_add_test(tc, a_mesh_leg_is_plain_sound_between_two_sessions);
	tcase_add_test(tc, other_transports_have_nothing_of_the_mesh);
	tcase_add_test(tc, a_node_has_each_identity_once);
	tcase_add_test(tc, a_neighbour_is_a_host_that_we_can_send_to);
	tcase_add_test(tc, a_peer_has_a_key_with_one_of_our_identities_or_neither);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(suite());
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
