/* SPDX-License-Identifier: Apache-2.0
 *
 * relay/mesh_file.c: whoever has this file is this node.  The seed and its public key are
 * those of RFC 8032, section 7.1, test 1. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/log.h"
#include "relay/mesh_file.h"
#include "tests/bench/runner.h"
#include "tests/scratch.h"

#define SEED "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
#define PUBLIC "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"

static char directory[SCRATCH], path[SCRATCH + 32];
static struct mesh_identities ids, again;

static void
setup(void)
{
	log_set_level(LOG_LEVEL_ERROR);
	ck_assert_ptr_nonnull(mkdtemp(scratch(directory, "mesh")));
	snprintf(path, sizeof path, "%s/node.mesh", directory);
	memset(&ids, 0, sizeof ids);
}

static void
teardown(void)
{
	char beside[sizeof path + 8];

	unlink(path);
	snprintf(beside, sizeof beside, "%s.new", path);
	unlink(beside);
	rmdir(directory);
}

static void
put(const char *text, mode_t mode)
{
	int fd;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

static mode_t
mode_of(void)
{
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void
add(uint8_t byte, const char *did, const char *name)
{
	struct mesh_identity *id = &ids.id[ids.n++];

	memset(id->seed, byte, sizeof id->seed);
	strcpy(id->did, did);
	strcpy(id->name, name);
	mesh_identity_derive(id);
}

START_TEST(what_is_written_is_read)
{
	add(1, "5550100", "Almon \"A\" Str\xc3\xb6wger");
	add(2, "", "");
	ck_assert_int_eq(mesh_file_write(path, &ids), 0);
	ck_assert_uint_eq(mode_of(), 0600);
	ck_assert_int_eq(mesh_file_read(path, &again), 0);
	ck_assert_uint_eq(again.n, 2);
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_mem_eq(again.id[i].seed, ids.id[i].seed, MESH_KEY);
		ck_assert_mem_eq(again.id[i].box_secret, ids.id[i].box_secret, MESH_KEY);
		ck_assert(sid_equal(&again.id[i].sid, &ids.id[i].sid));
		ck_assert_str_eq(again.id[i].did, ids.id[i].did);
		ck_assert_str_eq(again.id[i].name, ids.id[i].name);
	}
}
END_TEST

START_TEST(its_mode_is_ours_whatever_the_mask)
{
	mode_t was = umask(0);

	add(1, "", "");
	ck_assert_int_eq(mesh_file_write(path, &ids), 0);
	umask(was);
	ck_assert_uint_eq(mode_of(), 0600);
}
END_TEST

START_TEST(another_takes_its_place_as_a_whole)
{
	char beside[sizeof path + 8];

	add(1, "", "");
	ck_assert_int_eq(mesh_file_write(path, &ids), 0);
	/* What a writer that was killed has left is in nobody's way. */
	snprintf(beside, sizeof beside, "%s.new", path);
	close(open(beside, O_WRONLY | O_CREAT, 0644));
	add(2, "", "");
	ck_assert_int_eq(mesh_file_write(path, &ids), 0);
	ck_assert_int_ne(access(beside, F_OK), 0);
	ck_assert_uint_eq(mode_of(), 0600);
	ck_assert_int_eq(mesh_file_read(path, &again), 0);
	ck_assert_uint_eq(again.n, 2);
}
END_TEST

START_TEST(the_format_is_as_it_is_documented)
{
	char public[2 * MESH_KEY + 1];

	put("{\"version\": 1, \"identities\": [{\"seed\": \"" SEED
	    "\", \"did\": \"5550100\"}]}",
		0600);
	ck_assert_int_eq(mesh_file_read(path, &again), 0);
	ck_assert_uint_eq(again.n, 1);
	sodium_bin2hex(public, sizeof public, again.id[0].sign_public, MESH_KEY);
	ck_assert_str_eq(public, PUBLIC);
	ck_assert_str_eq(again.id[0].did, "5550100");
	ck_assert_str_eq(again.id[0].name, "");
}
END_TEST

START_TEST(a_file_that_others_may_read_is_refused)
{
	static const mode_t modes[] = {0640, 0604, 0620, 0601, 0666};

	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		put("{\"version\": 1, \"identities\": [{\"seed\": \"" SEED "\"}]}", modes[i]);
		ck_assert_int_eq(mesh_file_read(path, &again), -EPERM);
	}
	put("{\"version\": 1, \"identities\": [{\"seed\": \"" SEED "\"}]}", 0400);
	ck_assert_int_eq(mesh_file_read(path, &again), 0);
}
END_TEST

START_TEST(a_file_of_somebody_else_is_refused)
{
	put("{\"version\": 1, \"identities\": [{\"seed\": \"" SEED "\"}]}", 0600);
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chown(path, 65534, (gid_t)-1), 0);
	ck_assert_int_eq(mesh_file_read(path, &again), -EPERM);
}
END_TEST

START_TEST(a_link_or_a_directory_is_no_file)
{
	char other[sizeof path + 8];

	add(1, "", "");
	snprintf(other, sizeof other, "%s.real", path);
	ck_assert_int_eq(mesh_file_write(other, &ids), 0);
	ck_assert_int_eq(symlink(other, path), 0);
	ck_assert_int_eq(mesh_file_read(path, &again), -ELOOP);
	unlink(path);
	unlink(other);
	ck_assert_int_eq(mesh_file_read(path, &again), -ENOENT);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_lt(mesh_file_read(path, &again), 0);
	rmdir(path);
}
END_TEST

START_TEST(what_is_no_such_file_is_refused)
{
	static const char *const wrong[] = {"", "{", "[]",
		"{\"version\": 2, \"identities\": [{\"seed\": \"" SEED "\"}]}",
		"{\"version\": 1, \"identities\": []}", "{\"version\": 1}",
		"{\"version\": 1, \"identities\": [{}]}",
		"{\"version\": 1, \"identities\": [{\"seed\": \"9d61\"}]}",
		"{\"version\": 1, \"identities\": [{\"seed\": \"" SEED "00\"}]}",
		"{\"version\": 1, \"identities\": [{\"seed\": \"" SEED
		"\", \"did\": \"12\"}]}",
		"{\"version\": 1, \"identities\": [{\"seed\": \"" SEED
		"\", \"did\": 5550100}]}",
		"{\"version\": 1, \"identities\": [{\"seed\": \"" SEED
		"\", \"name\": \"a|b\"}]}",
		"{\"version\": 1, \"identities\": [{\"seed\": \"" SEED
		"\"}, {\"seed\": \"" SEED "\"}]}"};

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		put(wrong[i], 0600);
		ck_assert_msg(mesh_file_read(path, &again) == -EBADMSG, "%s", wrong[i]);
	}
}
END_TEST

START_TEST(where_it_cannot_be_written_the_old_one_stays)
{
	add(1, "", "");
	ck_assert_int_eq(mesh_file_write("/nowhere/node.mesh", &ids), -ENOENT);
	ck_assert_int_eq(mesh_file_write("/proc/self/node.mesh", &ids) < 0, 1);
}
END_TEST

START_TEST(its_directory_is_made_for_its_user_alone)
{
	char below[sizeof path + 8];
	struct stat st;

	snprintf(below, sizeof below, "%s/keys/n.mesh", directory);
	ck_assert_int_eq(mesh_file_make_dir(below, (uid_t)-1, (gid_t)-1), 0);
	snprintf(below, sizeof below, "%s/keys", directory);
	ck_assert_int_eq(stat(below, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	ck_assert_int_eq(chmod(below, 0755), 0);
	snprintf(below, sizeof below, "%s/keys/n.mesh", directory);
	ck_assert_int_eq(mesh_file_make_dir(below, (uid_t)-1, (gid_t)-1), 0);
	snprintf(below, sizeof below, "%s/keys", directory);
	ck_assert_int_eq(stat(below, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0755); /* an operator's: as it was */
	rmdir(below);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("mesh_file");
	TCase *t = tcase_create("file");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_is_written_is_read);
	tcase_add_test(t, its_mode_is_ours_whatever_the_mask);
	tcase_add_test(t, another_takes_its_place_as_a_whole);
	tcase_add_test(t, the_format_is_as_it_is_documented);
	tcase_add_test(t, a_file_that_others_may_read_is_refused);
	tcase_add_test(t, a_file_of_somebody_else_is_refused);
	tcase_add_test(t, a_link_or_a_directory_is_no_file);
	tcase_add_test(t, what_is_no_such_file_is_refused);
	tcase_add_test(t, where_it_cannot_be_written_the_old_one_stays);
	tcase_add_test(t, its_directory_is_made_for_its_user_alone);
	suite_add_tcase(s, t);
	return run_suite(s);
}
