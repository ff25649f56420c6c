/* SPDX-License-Identifier: Apache-2.0
 *
 * Suite of dataplane/state_mesh.c: on real memfds; "killed" is leaving without state_close().
 */
#include <netinet/in.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <check.h>

#include "dataplane/state.h"

static const struct state_sizes sizes = {.transports = 10, .record_blocks = 5};

/* Looks unlike anything else in memory. */
static const uint8_t planted[SW_MESH_KEY] = {0x5e, 0xc2, 0xe7, 0x11, 0x9d, 0x03, 0x77, 0xa1,
	0xb4, 0x42, 0xf0, 0x6c, 0x88, 0x1a, 0xd5, 0x3b};

static const struct sw_mesh_node node = {.identities = 2, .sid = {{0xa0}, {0xa1}}};
static const struct sw_mesh_neighbour neighbour = {
	.id = 7, .slot = 255, .sid = {0xb0}, .addr = {AF_INET, 4110, {192, 0, 2, 9}}};

static struct sw_mesh_peer
peer(uint16_t slot)
{
	struct sw_mesh_peer p = {.id = 70u + slot,
		.slot = slot,
		.identity = 1,
		.neighbour = 255,
		.sid = {0xc0, (uint8_t)slot}};

	memcpy(p.key, planted, sizeof p.key);
	return p;
}

static struct state
created(void)
{
	struct state s;

	ck_assert_int_eq(state_create(&s, &sizes), 0);
	s.head->addresses = 2;
	s.head->devices = 1;
	s.head->address[0] =
		(struct sw_local){{AF_INET, 30000, {192, 0, 2, 1}}, 39999, 0, "lan"};
	s.head->address[1] =
		(struct sw_local){{SW_AF_MESH, SW_MESH_FIRST, {0}}, SW_MESH_LAST, 0, "mesh"};
	return s;
}

/* What a successor of OLD finds. */
static struct state
adopted(const struct state *old)
{
	struct state s;

	ck_assert_int_eq(state_adopt(&s, dup(old->fd), &sizes), 0);
	state_mesh_recover(&s);
	return s;
}

/* How often the planted key lies in the whole of the memfd. */
static unsigned
count_planted(const struct state *s)
{
	uint64_t size = s->head->size;
	const char *at = mmap(NULL, size, PROT_READ, MAP_SHARED, s->fd, 0), *from = at;
	unsigned n = 0;

	ck_assert_ptr_ne(at, MAP_FAILED);
	while ((from = memmem(from, size - (size_t)(from - at), planted, 16)) != NULL) {
		from++;
		n++;
	}
	munmap((void *)(uintptr_t)at, size);
	return n;
}

START_TEST(a_successor_finds_what_was_known)
{
	struct state old = created(), s;
	struct sw_mesh_peer p = peer(8191), was;
	struct sw_mesh_neighbour nb;
	struct sw_mesh_node n;

	state_mesh_put_node(&old, &node);
	state_mesh_put_neighbour(&old, &neighbour);
	state_mesh_put_peer(&old, &p);
	s = adopted(&old);
	ck_assert(state_mesh_node(&s, &n));
	ck_assert_mem_eq(&n, &node, sizeof n);
	ck_assert(state_mesh_neighbour(&s, 255, &nb));
	ck_assert_mem_eq(&nb, &neighbour, sizeof nb);
	ck_assert(state_mesh_peer(&s, 8191, &was));
	ck_assert_mem_eq(&was, &p, sizeof was);
	ck_assert(!state_mesh_neighbour(&s, 254, &nb));
	ck_assert(!state_mesh_peer(&s, 8190, &was));
	state_close(&s);
}
END_TEST

START_TEST(control_sees_links_and_no_keys)
{
	struct state s = created();

	ck_assert_ptr_eq(s.mesh_link, (char *)s.head + s.head->mesh_at);
	ck_assert_ptr_eq(s.mesh, (char *)s.head + s.head->mesh_rules_at);
	ck_assert_uint_lt(s.head->mesh_at, s.head->rules_at);
	ck_assert_uint_gt(s.head->mesh_rules_at, s.head->rules_at);
	ck_assert_uint_ge(
		s.head->records_at, s.head->mesh_rules_at + sizeof(struct state_mesh));
	state_close(&s);
}
END_TEST

/* Cut short at each of its steps: nothing of it, or the journal has it. */
START_TEST(a_kill_while_a_peer_is_written_leaves_this_one_or_the_one_before)
{
	struct state old = created(), s;
	struct sw_mesh_peer p = peer(3), next = p, is;

	next.neighbour = SW_MESH_NONE;
	state_mesh_put_node(&old, &node);
	state_mesh_put_peer(&old, &p);
	old.mesh->journal.slot = 3; /* killed before it says so */
	old.mesh->journal.rules.peer = next;
	s = adopted(&old);
	ck_assert(state_mesh_peer(&s, 3, &is));
	ck_assert_mem_eq(&is, &p, sizeof is);
	state_close(&s);

	old.mesh->journal.slot = 3;
	old.mesh->journal.rules.peer = next;
	old.mesh->journal.what = 3;
	memset(&old.mesh->peer[3], 0x5a, 20); /* killed half-way */
	s = adopted(&old);
	ck_assert(state_mesh_peer(&s, 3, &is));
	ck_assert_mem_eq(&is, &next, sizeof is);
	ck_assert_uint_eq(s.mesh->journal.what, 0);
	state_close(&s);
}
END_TEST

START_TEST(nonsense_in_the_journal_touches_nothing)
{
	struct state s = created();
	const struct state_mesh nothing = {.node = {.identities = 0}};

	s.mesh->journal.what = 2;
	s.mesh->journal.slot = SW_MESH_NEIGHBOURS;
	s.mesh->journal.rules.neighbour = neighbour;
	state_mesh_recover(&s);
	s.mesh->journal.what = 3;
	s.mesh->journal.slot = 1 << 30;
	state_mesh_recover(&s);
	s.mesh->journal.what = 4;
	s.mesh->journal.rules.neighbour = neighbour;
	state_mesh_recover(&s);
	s.mesh->journal.slot = 0;
	ck_assert_mem_eq(s.mesh, &nothing, sizeof nothing);
	state_close(&s);
}
END_TEST

START_TEST(what_is_not_sound_is_none)
{
	struct state s = created();
	struct sw_mesh_neighbour nb = neighbour;
	struct sw_mesh_peer p = peer(3);
	struct sw_mesh_node n;

	ck_assert(!state_mesh_node(&s, &n));
	state_mesh_put_peer(&s, &p);
	ck_assert(!state_mesh_peer(&s, 3, &p)); /* of an identity that is not there */
	state_mesh_put_node(&s, &node);
	ck_assert(state_mesh_peer(&s, 3, &p));
	s.mesh->peer[4] = s.mesh->peer[3];
	ck_assert(!state_mesh_peer(&s, 4, &p));
	state_mesh_put_neighbour(&s, &neighbour);
	s.head->address[0].addr.family = AF_INET6;
	ck_assert(!state_mesh_neighbour(&s, 255, &nb));
	s.mesh->node.identities = 3;
	ck_assert(!state_mesh_node(&s, &n));
	state_close(&s);
}
END_TEST

START_TEST(a_key_is_nowhere_once_its_peer_is_gone)
{
	struct state s = created();
	struct sw_mesh_peer p = peer(3), other = peer(8000);

	state_mesh_put_node(&s, &node);
	state_mesh_put_peer(&s, &p);
	state_mesh_put_peer(&s, &other);
	ck_assert_uint_eq(count_planted(&s), 2);
	state_mesh_clear_peer(&s, 3);
	ck_assert_uint_eq(count_planted(&s), 1);
	memset(other.key, 1, sizeof other.key);
	state_mesh_put_peer(&s, &other);
	ck_assert_uint_eq(count_planted(&s), 0);
	other = peer(8000);
	state_mesh_put_peer(&s, &other);
	state_mesh_wipe(&s);
	ck_assert_uint_eq(count_planted(&s), 0);
	state_mesh_put_peer(&s, &other);
	state_wipe(&s);
	ck_assert_uint_eq(count_planted(&s), 0);
	state_close(&s);
}
END_TEST

START_TEST(peers_that_were_never_put_are_passed_over)
{
	struct state s = created();
	struct sw_mesh_peer p = peer(4000);
	uint32_t first;

	ck_assert_uint_eq(state_mesh_next_peer(&s, 0), SW_MESH_PEERS);
	state_mesh_put_peer(&s, &p);
	first = state_mesh_next_peer(&s, 0);
	/* The journal is on the first page; from there on there is nothing up to it. */
	for (uint32_t i = first; i < 4000 && i < 3000; i = state_mesh_next_peer(&s, i + 1))
		ck_assert_uint_lt(i, 2 * 4096 / sizeof p);
	ck_assert_uint_le(state_mesh_next_peer(&s, 3000), 4000);
	ck_assert_uint_gt(state_mesh_next_peer(&s, 3000), 3900);
	ck_assert_uint_eq(state_mesh_next_peer(&s, 4100), SW_MESH_PEERS);
	state_close(&s);
}
END_TEST

START_TEST(without_a_mesh_it_takes_no_memory)
{
	struct state s = created();
	off_t at = (off_t)s.head->mesh_rules_at;

	state_mesh_wipe(&s);
	ck_assert_int_ne(lseek(s.fd, at, SEEK_DATA), at);
	state_close(&s);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("state_mesh");
	TCase *tc = tcase_create("state_mesh");

	tcase_add_test(tc, a_successor_finds_what_was_known);
	tcase_add_test(tc, control_sees_links_and_no_keys);
	tcase_add_test(tc, a_kill_while_a_peer_is_written_leaves_this_one_or_the_one_before);
	tcase_add_test(tc, nonsense_in_the_journal_touches_nothing);
	tcase_add_test(tc, what_is_not_sound_is_none);
	tcase_add_test(tc, a_key_is_nowhere_once_its_peer_is_gone);
	tcase_add_test(tc, peers_that_were_never_put_are_passed_over);
	tcase_add_test(tc, without_a_mesh_it_takes_no_memory);
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
