/* SPDX-License-Identifier: Apache-2.0
 *
 * See mesh_file.h.  Copies that jansson makes are wiped as all heap memory is (wipe.h); those
 * of ours are here. */
#include "relay/mesh_file.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/log.h"
#include "relay/instance.h"

enum {
	SEED_TEXT = 2 * MESH_KEY + 1,
	FILE_MAX_LEN = 1 << 16,
};

/* ---- The directory ---- */

/* Where PATH's directory ends. */
static size_t
directory_len(const char *path)
{
	return (size_t)(strrchr(path, '/') - path);
}

int
mesh_file_make_dir(const char *path, uid_t uid, gid_t gid)
{
	char dir[PATH_MAX];
	int err;

	snprintf(dir, sizeof dir, "%.*s", (int)directory_len(path), path);
	if (dir[0] == '\0' || access(dir, F_OK) == 0)
		return 0;
	err = instance_make_parents(dir);
	if (err == 0 && mkdir(dir, 0700) != 0 && errno != EEXIST)
		err = -errno;
	if (err == 0 && uid != (uid_t)-1 && chown(dir, uid, gid) != 0)
		err = -errno;
	if (err != 0)
		log_err("cannot make %s for the identities of the mesh: %s; [mesh] identities "
			"names another place",
			dir, strerror(-err));
	return err;
}

/* ---- Reading ---- */

/* Nobody but us has it open, or will. */
static int
check_file(int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return -errno;
	if (S_ISREG(st.st_mode) && st.st_uid == geteuid() && (st.st_mode & 077) == 0)
		return st.st_size < FILE_MAX_LEN ? 0 : -EFBIG;
	log_err("%s holds secret keys and is not safe: it belongs to user %u, with mode %04o; "
		"it has to be an ordinary file of user %u, with mode 0600",
		path, (unsigned)st.st_uid, (unsigned)st.st_mode & 07777, (unsigned)geteuid());
	return -EPERM;
}

static json_t *
read_json(int fd, const char *path)
{
	static char text[FILE_MAX_LEN];
	ssize_t n = read(fd, text, sizeof text);
	json_t *root = NULL;
	json_error_t e;

	if (n >= 0)
		root = json_loadb(text, (size_t)n, JSON_REJECT_DUPLICATES, &e);
	if (n > 0)
		explicit_bzero(text, (size_t)n);
	/* What jansson says of it may quote a secret. */
	if (n < 0)
		log_err("cannot read %s: %m", path);
	else if (root == NULL)
		log_err("%s is no JSON: something is wrong in line %d, column %d", path,
			e.line, e.column);
	return root;
}

/* TEXT, which may be absent, into TO. */
static bool
take_text(const json_t *text, char *to, size_t room, bool (*is_valid)(const char *text))
{
	const char *s = text != NULL ? json_string_value(text) : "";

	if (s == NULL || strlen(s) >= room || (s[0] != '\0' && !is_valid(s)))
		return false;
	memcpy(to, s, strlen(s) + 1);
	return true;
}

static bool
take_identity(const json_t *o, struct mesh_identities *ids)
{
	const char *seed = json_string_value(json_object_get(o, "seed"));
	struct mesh_identity *id = &ids->id[ids->n];
	size_t len;

	if (seed == NULL || ids->n == MESH_NODE_IDENTITIES ||
		sodium_hex2bin(id->seed, sizeof id->seed, seed, strlen(seed), NULL, &len,
			NULL) != 0 ||
		len != sizeof id->seed)
		return false;
	if (!take_text(
		    json_object_get(o, "did"), id->did, sizeof id->did, mesh_did_is_valid) ||
		!take_text(json_object_get(o, "name"), id->name, sizeof id->name,
			mesh_name_is_valid))
		return false;
	mesh_identity_derive(id);
	for (unsigned i = 0; i < ids->n; i++)
		if (sid_equal(&ids->id[i].sid, &id->sid))
			return false;
	ids->n++;
	return true;
}

static int
take_all(const json_t *root, struct mesh_identities *ids, const char *path)
{
	const json_t *list = json_object_get(root, "identities"), *one;
	json_int_t version = json_integer_value(json_object_get(root, "version"));
	size_t i;

	if (version != MESH_FILE_VERSION) {
		log_err("%s is of version %lld, and this strowger knows %d", path,
			(long long)version, MESH_FILE_VERSION);
		return -EBADMSG;
	}
	json_array_foreach (list, i, one) {
		if (take_identity(one, ids))
			continue;
		log_err("%s: identity %zu is none, is there twice, or is one too many", path,
			i);
		return -EBADMSG;
	}
	if (ids->n > 0)
		return 0;
	log_err("%s has no identity", path);
	return -EBADMSG;
}

int
mesh_file_read(const char *path, struct mesh_identities *ids)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), err;
	json_t *root = NULL;

	ids->n = 0;
	if (fd < 0) {
		err = -errno;
		if (err != -ENOENT)
			log_err("cannot read %s: %s", path, strerror(-err));
		return err;
	}
	if ((err = check_file(fd, path)) == 0 && (root = read_json(fd, path)) == NULL)
		err = -EBADMSG;
	close(fd);
	if (err == 0)
		err = take_all(root, ids, path);
	json_decref(root);
	return err;
}

/* ---- Writing ---- */

static json_t *
identity_json(const struct mesh_identity *id)
{
	char seed[SEED_TEXT];
	json_t *o;

	sodium_bin2hex(seed, sizeof seed, id->seed, sizeof id->seed);
	o = json_pack("{s:s}", "seed", seed);
	explicit_bzero(seed, sizeof seed);
	if (id->did[0] != '\0')
		json_object_set_new(o, "did", json_string(id->did));
	if (id->name[0] != '\0')
		json_object_set_new(o, "name", json_string(id->name));
	return o;
}

static char *
file_text(const struct mesh_identities *ids)
{
	json_t *list = json_array(), *root;
	char *text;

	for (unsigned i = 0; i < ids->n; i++)
		json_array_append_new(list, identity_json(&ids->id[i]));
	root = json_pack("{s:i, s:o}", "version", MESH_FILE_VERSION, "identities", list);
	text = json_dumps(root, JSON_INDENT(1));
	json_decref(root);
	return text;
}

/* TEXT into the new file NAME of DIR, for good. */
static int
write_new(int dir, const char *name, const char *text)
{
	size_t len = strlen(text);
	ssize_t n;
	int fd, err = 0;

	unlinkat(dir, name, 0); /* of a writer that was killed */
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	n = write(fd, text, len);
	if (n < 0 || fsync(fd) != 0)
		err = -errno;
	else if ((size_t)n != len)
		err = -ENOSPC;
	close(fd);
	return err;
}

/* Into a file beside it, which then takes its place: either is there as a whole. */
static int
replace(const char *path, const char *text)
{
	const char *name = strrchr(path, '/') + 1;
	char at[PATH_MAX], beside[NAME_MAX];
	int dir, err;

	snprintf(at, sizeof at, "%.*s/", (int)directory_len(path), path);
	if ((size_t)snprintf(beside, sizeof beside, "%s.new", name) >= sizeof beside)
		return -ENAMETOOLONG;
	if ((dir = open(at, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return -errno;
	err = write_new(dir, beside, text);
	if (err == 0 && renameat(dir, beside, dir, name) != 0)
		err = -errno;
	if (err == 0)
		fsync(dir);
	else
		unlinkat(dir, beside, 0);
	close(dir);
	return err;
}

int
mesh_file_write(const char *path, const struct mesh_identities *ids)
{
	char *text = file_text(ids);
	int err = text != NULL ? replace(path, text) : -ENOMEM;

	if (text != NULL)
		explicit_bzero(text, strlen(text));
	free(text);
	if (err != 0)
		log_err("cannot write %s: %s; [mesh] identities names another place", path,
			strerror(-err));
	return err;
}
