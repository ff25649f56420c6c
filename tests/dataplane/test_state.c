/* SPDX-License-Identifier: Apache-2.0
 *
 * Suite of dataplane/state.c: on real memfds; "killed" is leaving without state_close(). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <check.h>

#include "dataplane/state.h"

static const struct state_sizes sizes = {.transports = 100, .record_blocks = 50};

/* Looks unlike anything else in memory. */
static const uint8_t planted[SW_KEY_MAX] = {0x5e, 0xc2, 0xe7, 0x11, 0x9d, 0x03, 0x77, 0xa1,
	0xb4, 0x42, 0xf0, 0x6c, 0x88, 0x1a, 0xd5, 0x3b};

static struct state
created(void)
{
	struct state s;

	ck_assert_int_eq(state_create(&s, &sizes), 0);
	s.head->addresses = s.head->devices = 1;
	s.head->address[0].addr =
		(struct sw_addr){.family = 2, .port = 30000, .ip = {192, 0, 2, 1}};
	s.head->address[0].port_last = 39999;
	return s;
}

static struct state_rules
rules(uint32_t slot, uint64_t id)
{
	struct state_rules r = {
		.transport = {.id = id,
			.slot = slot,
			.port = 30000,
			.ssrcs = 1,
			.unseal = {.suite = SW_AES_CM_128_HMAC_SHA1_80}},
		.flow = {.id = id, .slot = slot},
		.generation = 3,
	};

	memcpy(r.transport.unseal.key, planted, 16);
	return r;
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

START_TEST(a_new_state_is_well_formed_and_zero)
{
	struct state s = created();

	ck_assert_int_eq(sw_check_state(s.head, s.head->size), 0);
	ck_assert_uint_eq(s.head->transports, 100);
	ck_assert_uint_eq(s.head->record_blocks, 50);
	ck_assert_uint_ne(s.head->instance, 0);
	ck_assert_uint_ge(
		s.head->records_at, s.head->rules_at + 101 * sizeof(struct state_slot));
	ck_assert_uint_eq(s.mapped, s.head->records_at);
	ck_assert_ptr_eq(s.core, (char *)s.head + s.head->cores_at);
	ck_assert_ptr_eq(s.transcoder, (char *)s.head + s.head->transcoders_at);
	ck_assert_ptr_eq(s.transport, (char *)s.head + s.head->transports_at);
	ck_assert_ptr_eq(s.bridge_state, (char *)s.head + s.head->bridges_at);
	ck_assert_ptr_eq(s.slot, (char *)s.head + s.head->rules_at);
	for (unsigned i = 0; i < 100; i++)
		ck_assert(s.transport[i].id == 0 && s.slot[i].valid == 0);
	ck_assert_int_eq(
		ftruncate(s.fd, 4096), -1); /* pages cannot be pulled from under anybody */
	ck_assert(fcntl(s.fd, F_GETFD) & FD_CLOEXEC);
	state_close(&s);
}
END_TEST

START_TEST(sizes_out_of_range_are_refused)
{
	static const struct state_sizes bad[] = {
		{0, 1}, {SW_TRANSPORTS_MAX + 1, 1}, {1, SW_RECORD_BLOCKS_MAX + 1}};
	struct state s;

	for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_int_eq(state_create(&s, &bad[i]), -EINVAL);
}
END_TEST

START_TEST(a_successor_finds_rules_and_counters)
{
	struct state old = created(), s;
	struct state_rules put = rules(7, 77), got;

	state_rules_put(&old, 7, &put);
	old.transport[7].id = 77;
	old.core[1].turns = 5;
	ck_assert_int_eq(state_adopt(&s, dup(old.fd), &sizes), 0);
	ck_assert(state_rules_get(&s, 7, &got));
	ck_assert_mem_eq(&got, &put, sizeof got);
	ck_assert(!state_rules_get(&s, 8, &got));
	ck_assert_uint_eq(s.transport[7].id, 77);
	ck_assert_uint_eq(s.core[1].turns, 5);
	ck_assert(fcntl(s.fd, F_GETFD) & FD_CLOEXEC);
	state_close(&s);
}
END_TEST

static int
sealed_memfd(uint64_t size, unsigned seals)
{
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	ck_assert_int_eq(ftruncate(fd, (off_t)size), 0);
	ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

START_TEST(what_is_not_our_state_is_not_adopted)
{
	struct state old = created(), s;
	struct state_sizes other = sizes;
	int fd = sealed_memfd(old.head->size, 0);

	ck_assert_int_eq(state_adopt(&s, fd, &sizes), -EPERM);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1); /* it was closed */
	fd = sealed_memfd(old.head->size, F_SEAL_SHRINK | F_SEAL_GROW);
	ck_assert_int_eq(state_adopt(&s, fd, &sizes), -EBADMSG);
	fd = sealed_memfd(100, F_SEAL_SHRINK | F_SEAL_GROW);
	ck_assert_int_eq(state_adopt(&s, fd, &sizes), -EBADMSG);
	fd = open("/dev/null", O_RDWR);
	ck_assert_int_eq(state_adopt(&s, fd, &sizes), -EBADMSG);
	ck_assert_int_eq(state_adopt(&s, 9999, &sizes), -EBADF);

	other.transports++;
	ck_assert_int_eq(state_adopt(&s, dup(old.fd), &other), -EBADMSG);
	other = sizes;
	other.record_blocks += 1000;
	ck_assert_int_eq(state_adopt(&s, dup(old.fd), &other), -EBADMSG);
	old.head->bridges_at += 4096;
	ck_assert_int_eq(state_adopt(&s, dup(old.fd), &sizes), -EBADMSG);
	old.head->bridges_at -= 4096;
	old.head->rules_at -= 4096;
	ck_assert_int_eq(state_adopt(&s, dup(old.fd), &sizes), -EBADMSG);
	old.head->rules_at += 4096;
	old.head->abi++;
	ck_assert_int_eq(state_adopt(&s, dup(old.fd), &sizes), -EPROTO);
	old.head->abi--;
	ck_assert_int_eq(state_adopt(&s, dup(old.fd), &sizes), 0);
}
END_TEST

/* A successor takes S over. */
static void
killed(struct state *s)
{
	struct state next;

	ck_assert_int_eq(state_adopt(&next, dup(s->fd), &s->sizes), 0);
	state_close(s);
	*s = next;
}

/* The first N bytes of what R is when packed, and all that is rare of it, in the journal of S,
 * which does not count yet. */
static struct state_slot *
begun(struct state *s, const struct state_rules *r, size_t n)
{
	enum { SPARE = 50 };
	struct state_slot *journal = &s->slot[s->sizes.transports];

	state_rules_put(s, SPARE, r);
	memcpy(journal->usual, s->slot[SPARE].usual, n);
	journal->rare = s->slot[SPARE].rare;
	s->rare[s->sizes.transports] = s->rare[SPARE];
	state_rules_clear(s, SPARE);
	return journal;
}

START_TEST(a_kill_while_rules_are_written_leaves_these_or_the_ones_before)
{
	struct state s = created();
	struct state_rules first = rules(1, 5), second = rules(1, 5), got;

	second.transport.dscp = 46;
	state_rules_put(&s, 1, &first);
	/* Not all of it had reached the journal. */
	begun(&s, &second, STATE_USUAL / 2);
	killed(&s);
	ck_assert(state_rules_get(&s, 1, &got));
	ck_assert_mem_eq(&got, &first, sizeof got);
	/* All of it, and half of that its place. */
	begun(&s, &second, STATE_USUAL)->valid = 1 + 1;
	memset(s.slot[1].usual, 0xff, STATE_USUAL / 2);
	memset(&s.rare[1], 0xff, STATE_RARE / 2);
	killed(&s);
	ck_assert(state_rules_get(&s, 1, &got));
	ck_assert_mem_eq(&got, &second, sizeof got);
	/* Whose it would be is none of the slots. */
	begun(&s, &first, STATE_USUAL)->valid = s.sizes.transports + 2;
	killed(&s);
	ck_assert_uint_eq(s.slot[s.sizes.transports].valid, 0);
	ck_assert_uint_eq(count_planted(&s), 1); /* of slot 1 */
	state_close(&s);
}
END_TEST

START_TEST(a_kill_while_a_bridge_is_written_leaves_this_or_the_one_before_with_its_flow)
{
	struct state s = created();
	struct state_rules first = rules(1, 5), second = rules(1, 5), got;
	struct sw_bridge u_law = {.maps = 1, .map = {{0, 0, SW_LAW_KEEP, 0}}};
	struct sw_bridge a_law = {.maps = 1, .map = {{0, 8, SW_LAW_U_TO_A, 0}}}, kept;
	struct state_slot *journal = &s.slot[s.sizes.transports];

	first.flow.bridged = second.flow.bridged = 1;
	second.transport.dscp = 46;
	state_rules_put_bridged(&s, 1, &first, &u_law);
	/* The bridge has reached the journal, the rules have not. */
	s.bridge[s.sizes.transports] = a_law;
	journal->bridge = 1;
	killed(&s);
	ck_assert(state_rules_get(&s, 1, &got));
	ck_assert_mem_eq(&got, &first, sizeof got);
	state_bridge_get(&s, 1, &kept);
	ck_assert_mem_eq(&kept, &u_law, sizeof kept);
	/* All of it, and half of that its place. */
	s.bridge[s.sizes.transports] = a_law;
	journal = begun(&s, &second, STATE_USUAL);
	journal->bridge = 1;
	journal->valid = 1 + 1;
	memset(&s.bridge[1], 0xff, sizeof kept / 2);
	killed(&s);
	ck_assert(state_rules_get(&s, 1, &got));
	ck_assert_mem_eq(&got, &second, sizeof got);
	state_bridge_get(&s, 1, &kept);
	ck_assert_mem_eq(&kept, &a_law, sizeof kept);
	/* Rules that are put without a bridge leave it as it is. */
	state_rules_put(&s, 1, &first);
	state_bridge_get(&s, 1, &kept);
	ck_assert_mem_eq(&kept, &a_law, sizeof kept);
	state_close(&s);
}
END_TEST

START_TEST(only_what_is_bridged_takes_memory_for_its_bridge)
{
	struct state s = created();
	struct state_rules r = rules(7, 5);
	struct sw_bridge b = {.maps = 1};
	struct stat plain, bridged;

	state_transport_clear(&s, 7);
	state_rules_put(&s, 7, &r);
	state_rules_clear(&s, 7);
	state_transport_clear(&s, 7);
	state_rules_put(&s, 7, &r);
	killed(&s);
	ck_assert(state_rules_get(&s, 7, &r));
	ck_assert_int_eq(
		lseek(s.fd, (off_t)s.head->bridges_at, SEEK_DATA), (off_t)s.head->rules_at);
	ck_assert_int_eq(fstat(s.fd, &plain), 0);
	state_rules_put_bridged(&s, 7, &r, &b);
	ck_assert_int_eq(fstat(s.fd, &bridged), 0);
	ck_assert_int_gt(bridged.st_blocks, plain.st_blocks);
	ck_assert_int_ge((char *)s.bridge - (char *)s.slot, 101 * sizeof *s.slot);
	ck_assert_uint_le((uint64_t)((char *)&s.bridge[101] - (char *)s.head), s.mapped);
	state_close(&s);
}
END_TEST

START_TEST(only_what_has_keys_or_many_sinks_takes_memory_for_them)
{
	struct state s = created();
	struct state_rules r = rules(7, 5), got;
	off_t rare = (char *)s.rare - (char *)s.head,
	      bridges = (char *)s.bridge - (char *)s.head;

	r.transport.source = SW_SOURCE_SIGNALLED;
	r.transport.unseal = (struct sw_key){0};
	r.flow.sinks = 1;
	r.flow.sink[0].id = 6;
	state_rules_put(&s, 7, &r);
	killed(&s);
	ck_assert(state_rules_get(&s, 7, &got));
	ck_assert_mem_eq(&got, &r, sizeof got);
	ck_assert_int_ge(
		lseek(s.fd, rare, SEEK_DATA) < 0 ? bridges : lseek(s.fd, rare, SEEK_DATA),
		bridges);
	r.flow.sinks = SW_SINKS;
	for (unsigned i = 1; i < SW_SINKS; i++) {
		r.flow.sink[i].id = 6 + i;
		r.flow.sink[i].slot = 10 + i;
	}
	state_rules_put(&s, 7, &r);
	killed(&s);
	ck_assert(state_rules_get(&s, 7, &got));
	ck_assert_mem_eq(&got, &r, sizeof got);
	r.flow.sinks = 0;
	memset(r.flow.sink, 0, sizeof r.flow.sink);
	state_rules_put(&s, 7, &r);
	ck_assert(state_rules_get(&s, 7, &got));
	ck_assert_mem_eq(&got, &r, sizeof got);
	state_close(&s);
}
END_TEST

START_TEST(rules_that_do_not_fit_the_node_are_none)
{
	struct state s = created();
	struct state_rules r = rules(1, 5), zero = {0}, got;

	state_rules_put(&s, 1, &r);
	s.head->address[0].addr.port = 30002; /* the media range is another one now */
	ck_assert(!state_rules_get(&s, 1, &got));
	ck_assert_mem_eq(&got, &zero, sizeof got);
	s.head->address[0].addr.port = 30000;
	ck_assert(state_rules_get(&s, 1, &got));

	s.slot[1].valid = 2;
	ck_assert(!state_rules_get(&s, 1, &got));
	state_rules_put(&s, 2, &r); /* says slot 1 */
	ck_assert(!state_rules_get(&s, 2, &got));
	r = rules(3, 5);
	r.flow.id = 6;
	state_rules_put(&s, 3, &r);
	ck_assert(!state_rules_get(&s, 3, &got));
	r.flow.id = 0; /* no flow yet */
	state_rules_put(&s, 3, &r);
	ck_assert(state_rules_get(&s, 3, &got));
	state_close(&s);
}
END_TEST

START_TEST(a_key_is_nowhere_once_its_rules_are_gone)
{
	struct state s = created();
	struct state_rules r = rules(1, 5);

	ck_assert_uint_eq(count_planted(&s), 0);
	state_rules_put(&s, 1, &r);
	state_rules_put(&s, 1, &r);
	ck_assert_uint_eq(count_planted(&s), 1);
	memset(r.transport.unseal.key, 1, 16);
	state_rules_put(&s, 1, &r);
	ck_assert_uint_eq(count_planted(&s), 0);
	r = rules(2, 5);
	state_rules_put(&s, 2, &r);
	state_rules_clear(&s, 2);
	ck_assert_uint_eq(count_planted(&s), 0);
	state_close(&s);
}
END_TEST

START_TEST(a_wiped_state_has_no_rules_and_no_transports)
{
	struct state s = created(), next;
	struct state_rules r = rules(99, 5);

	state_rules_put(&s, 99, &r);
	s.transport[99].id = 5;
	state_wipe(&s);
	ck_assert_int_eq(state_adopt(&next, dup(s.fd), &s.sizes), -EBADMSG);
	ck_assert_uint_eq(count_planted(&s), 0);
	ck_assert_uint_eq(s.transport[99].id, 0);
	ck_assert(!state_rules_get(&s, 99, &r));
	state_close(&s);
	ck_assert_int_eq(s.fd, -1);
}
END_TEST

START_TEST(slots_that_were_never_used_are_passed_over)
{
	const struct state_sizes many = {.transports = 40000, .record_blocks = 50};
	struct state_rules r = rules(77, 5);
	struct stat before, after;
	unsigned looked_at = 0;
	bool found[2] = {false, false};
	struct state s;

	ck_assert_int_eq(state_create(&s, &many), 0);
	ck_assert_uint_eq(state_next_used(&s, 0), 40000);
	state_rules_put(&s, 77, &r);
	atomic_store(&s.transport[39999].id, 6);
	ck_assert_int_eq(fstat(s.fd, &before), 0);
	for (uint32_t i = state_next_used(&s, 0); i < 40000; i = state_next_used(&s, i + 1)) {
		found[0] |= i == 77;
		found[1] |= i == 39999;
		looked_at++;
	}
	ck_assert(found[0] && found[1]);
	ck_assert_uint_lt(looked_at, 60); /* some pages, of up to 30 each */
	ck_assert_int_eq(fstat(s.fd, &after), 0);
	ck_assert_int_eq(after.st_blocks, before.st_blocks);
	state_close(&s);
}
END_TEST

/* The "dd" of /proc/self/smaps: what a core dump leaves out. */
START_TEST(the_state_is_kept_out_of_core_files)
{
	struct state s = created();
	FILE *f = fopen("/proc/self/smaps", "r");
	bool ours = false, left_out = false;
	char line[512];

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof line, f) != NULL) {
		if (strstr(line, "memfd:strowger-state") != NULL)
			ours = true;
		if (ours && strncmp(line, "VmFlags:", 8) == 0) {
			left_out = strstr(line, " dd") != NULL;
			break;
		}
	}
	fclose(f);
	ck_assert(ours && left_out);
	state_close(&s);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("state");
	TCase *tc = tcase_create("memfd");

	tcase_add_test(tc, a_new_state_is_well_formed_and_zero);
	tcase_add_test(tc, sizes_out_of_range_are_refused);
	tcase_add_test(tc, a_successor_finds_rules_and_counters);
	tcase_add_test(tc, what_is_not_our_state_is_not_adopted);
	tcase_add_test(tc, a_wiped_state_has_no_rules_and_no_transports);
	tcase_add_test(tc, slots_that_were_never_used_are_passed_over);
	tcase_add_test(tc, the_state_is_kept_out_of_core_files);
	suite_add_tcase(s, tc);

	tc = tcase_create("rules");
	tcase_add_test(tc, a_kill_while_rules_are_written_leaves_these_or_the_ones_before);
	tcase_add_test(tc,
		a_kill_while_a_bridge_is_written_leaves_this_or_the_one_before_with_its_flow);
	tcase_add_test(tc, only_what_is_bridged_takes_memory_for_its_bridge);
	tcase_add_test(tc, only_what_has_keys_or_many_sinks_takes_memory_for_them);
	tcase_add_test(tc, rules_that_do_not_fit_the_node_are_none);
	tcase_add_test(tc, a_key_is_nowhere_once_its_rules_are_gone);
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
